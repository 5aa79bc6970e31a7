//! The grant budget: how many refresh tokens a provider lets live, how many of them are known here, and what one
//! more consent ends [A8].

use super::sprawl::is_same_app;
use super::{Client, Connection};
use crate::provider::Provider;
use crate::provider::limits::{LiveTokenLimit, LiveTokenScope};

/// What a further consent meets. Grants made outside of this board are not visible, and count all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantBudget {
    pub limit: LiveTokenLimit,
    /// Grants that count together, the largest share first.
    pub shares: Vec<BudgetShare>,
}

/// Living grants that the provider counts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetShare {
    /// `None` where all accounts of a client are counted together, and where nobody knows whose they are.
    pub account: Option<String>,
    /// Names of connections, the oldest first.
    pub connections: Vec<String>,
}

/// The budget of one client, where its provider has a limit.
pub fn budget(provider: &Provider, client: &Client, board: &[Connection], clients: &[Client]) -> Option<GrantBudget> {
    let limit = provider.refresh.live_tokens?;
    let counts = |it: &&Connection| {
        let is_of_app = match limit.per {
            LiveTokenScope::AccountAndClient | LiveTokenScope::Client => is_same_app(&client.id, &it.client, clients),
            LiveTokenScope::Account => true,
        };
        it.provider == provider.id && it.is_living() && is_of_app
    };
    let mut living: Vec<_> = board.iter().filter(counts).collect();
    living.sort_by_key(|it| it.created_at);

    let mut shares: Vec<(Option<&str>, BudgetShare)> = vec![];
    for one in living {
        let key = match limit.per {
            LiveTokenScope::AccountAndClient | LiveTokenScope::Account => one.identity.subject.as_deref(),
            LiveTokenScope::Client => None,
        };
        match shares.iter_mut().find(|(known, _)| *known == key) {
            Some((_, share)) => share.connections.push(one.name.clone()),
            None => {
                let account = key.and(one.identity.account()).map(str::to_owned);
                shares.push((key, BudgetShare { account, connections: vec![one.name.clone()] }));
            }
        }
    }
    let mut shares: Vec<_> = shares.into_iter().map(|(_, share)| share).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.connections.len()));
    Some(GrantBudget { limit, shares })
}

impl GrantBudget {
    /// Whether one more consent of this share's account is one too many, as far as is visible here.
    pub fn is_spent(&self, share: &BudgetShare) -> bool {
        share.connections.len() >= self.limit.count as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::connection::{Environment, GrantState, Identity};
    use crate::provider::limits::ExcessToken;
    use crate::test_values::{at_minute, connection};
    use crate::{ClientId, ConnectionId};

    /// A8
    #[test]
    fn grants_are_counted_as_the_provider_counts_them() {
        let board = [
            of(1, "Drive", 7, "mira"),
            of(2, "Mail", 7, "mira"),
            of(3, "Other app", 8, "mira"),
            of(4, "Jonas", 7, "jonas"),
            Connection { grant: GrantState::Disconnected { at: at_minute(1) }, ..of(5, "Gone", 7, "mira") },
        ];
        let clients = [client(7), client(8)];
        let shares = |per| {
            let found = budget(&provider(per, 2), &clients[0], &board, &clients).unwrap();
            found.shares.iter().map(|it| it.connections.join("+")).collect::<Vec<_>>()
        };

        assert_eq!(shares(LiveTokenScope::AccountAndClient), ["Drive+Mail", "Jonas"]);
        assert_eq!(shares(LiveTokenScope::Account), ["Drive+Mail+Other app", "Jonas"]);
        assert_eq!(shares(LiveTokenScope::Client), ["Drive+Mail+Jonas"]);
        let found = budget(&provider(LiveTokenScope::AccountAndClient, 2), &clients[0], &board, &clients).unwrap();
        assert_eq!(found.shares.iter().map(|it| found.is_spent(it)).collect::<Vec<_>>(), [true, false]);
    }

    /// A8
    #[test]
    fn a_provider_without_a_limit_has_no_budget() {
        let bare = Provider { id: connection().provider, ..provider(LiveTokenScope::Client, 1) };
        let refresh = crate::provider::RefreshPolicy { live_tokens: None, ..bare.refresh.clone() };

        assert_eq!(budget(&Provider { refresh, ..bare }, &client(7), &[], &[]), None);
    }

    fn of(id: u64, name: &str, client: u64, subject: &str) -> Connection {
        Connection {
            id: ConnectionId::from_random(id),
            name: name.into(),
            client: ClientId::from_random(client),
            created_at: at_minute(i64::try_from(id).unwrap()),
            identity: Identity { subject: Some(subject.into()), ..Identity::default() },
            ..connection()
        }
    }

    fn provider(per: LiveTokenScope, count: u32) -> Provider {
        let mut provider = Provider::bare(connection().provider, "https://oauth2.example/token".parse().unwrap());
        provider.refresh.live_tokens = Some(LiveTokenLimit { count, per, excess: ExcessToken::OldestEnds });
        provider
    }

    fn client(id: u64) -> Client {
        Client {
            id: ClientId::from_random(id),
            provider: connection().provider,
            name: String::new(),
            client_id: format!("app-{id}"),
            has_secret: true,
            environment: Environment::Production,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: at_minute(0),
        }
    }
}
