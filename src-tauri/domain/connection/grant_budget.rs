//! The grant budget: how many refresh tokens a provider lets live, how many of them are known here, and what one
//! more consent ends [A8].

use jiff::Timestamp;

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
    /// Grants that no connection uses, and that live on at the provider all the same.
    pub left_count: usize,
}

impl BudgetShare {
    /// All that count.
    pub fn count(&self) -> usize {
        self.connections.len() + self.left_count
    }
}

/// A grant that lives on at the provider though no connection uses it: replaced by a later sign-in, or erased here
/// where the provider would not end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftGrant {
    /// The client's id at the provider.
    pub app: String,
    pub subject: Option<String>,
    /// What a person knows it by.
    pub account: Option<String>,
    pub left_at: Timestamp,
}

/// What the budget is counted from.
pub struct Counted<'a> {
    pub board: &'a [Connection],
    pub clients: &'a [Client],
    /// Of this provider.
    pub left: &'a [LeftGrant],
    pub now: Timestamp,
}

/// The budget of one client, where its provider has a limit.
pub fn budget(provider: &Provider, client: &Client, counted: &Counted<'_>) -> Option<GrantBudget> {
    let Counted { board, clients, left, now } = *counted;
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

    let key_of = |subject: Option<&'_ String>| match limit.per {
        LiveTokenScope::AccountAndClient | LiveTokenScope::Account => subject.cloned(),
        LiveTokenScope::Client => None,
    };
    let mut shares: Vec<(Option<String>, BudgetShare)> = vec![];
    for one in living {
        let key = key_of(one.identity.subject.as_ref());
        match shares.iter_mut().find(|(known, _)| *known == key) {
            Some((_, share)) => share.connections.push(one.name.clone()),
            None => {
                let account = key.as_ref().and(one.identity.account()).map(str::to_owned);
                shares.push((key, BudgetShare { account, connections: vec![one.name.clone()], left_count: 0 }));
            }
        }
    }
    // One that nobody uses ends by itself where idle ones do.
    let life = provider.refresh.idle_life.or(provider.refresh.absolute_life);
    let is_over = |it: &&LeftGrant| life.is_some_and(|life| it.left_at.checked_add(life).is_ok_and(|end| end <= now));
    let is_of_app = |it: &&LeftGrant| limit.per == LiveTokenScope::Account || it.app == client.client_id;
    for one in left.iter().filter(is_of_app).filter(|it| !is_over(it)) {
        let key = key_of(one.subject.as_ref());
        match shares.iter_mut().find(|(known, _)| *known == key) {
            Some((_, share)) => share.left_count += 1,
            None => {
                let account = key.as_ref().and(one.account.clone());
                shares.push((key, BudgetShare { account, connections: vec![], left_count: 1 }));
            }
        }
    }
    let mut shares: Vec<_> = shares.into_iter().map(|(_, share)| share).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.count()));
    Some(GrantBudget { limit, shares })
}

impl GrantBudget {
    /// Whether one more consent of this share's account is one too many, as far as is visible here.
    pub fn is_spent(&self, share: &BudgetShare) -> bool {
        share.count() >= self.limit.count as usize
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
            let found = budget(&provider(per, 2), &clients[0], &counted(&board, &clients, &[])).unwrap();
            found.shares.iter().map(|it| it.connections.join("+")).collect::<Vec<_>>()
        };

        assert_eq!(shares(LiveTokenScope::AccountAndClient), ["Drive+Mail", "Jonas"]);
        assert_eq!(shares(LiveTokenScope::Account), ["Drive+Mail+Other app", "Jonas"]);
        assert_eq!(shares(LiveTokenScope::Client), ["Drive+Mail+Jonas"]);
        let found =
            budget(&provider(LiveTokenScope::AccountAndClient, 2), &clients[0], &counted(&board, &clients, &[]))
                .unwrap();
        assert_eq!(found.shares.iter().map(|it| found.is_spent(it)).collect::<Vec<_>>(), [true, false]);
    }

    /// A8: what a later sign-in replaced counts for as long as it lives there.
    #[test]
    fn grants_that_no_connection_uses_count_while_they_live() {
        let (board, clients) = ([of(1, "Drive", 7, "mira")], [client(7), client(8)]);
        let left = |app: &str, subject: &str, minute| LeftGrant {
            app: app.into(),
            subject: Some(subject.into()),
            account: Some(format!("{subject}@x.example")),
            left_at: at_minute(minute),
        };
        let left = [left("app-7", "mira", 5), left("app-7", "jonas", 5), left("app-8", "mira", 5)];
        let mut provider = provider(LiveTokenScope::AccountAndClient, 2);
        let counts = |provider: &Provider| {
            let found = budget(provider, &clients[0], &counted(&board, &clients, &left)).unwrap();
            let counts: Vec<_> = found.shares.iter().map(|it| (it.count(), found.is_spent(it))).collect();
            (counts, found.shares.last().unwrap().account.clone())
        };

        assert_eq!(counts(&provider), (vec![(2, true), (1, false)], Some("jonas@x.example".into())));
        provider.refresh.idle_life = Some(std::time::Duration::from_secs(60));
        assert_eq!(counts(&provider).0, [(1, false)], "unused for that long it has ended");
    }

    /// A8
    #[test]
    fn a_provider_without_a_limit_has_no_budget() {
        let bare = Provider { id: connection().provider, ..provider(LiveTokenScope::Client, 1) };
        let refresh = crate::provider::RefreshPolicy { live_tokens: None, ..bare.refresh.clone() };

        assert_eq!(budget(&Provider { refresh, ..bare }, &client(7), &counted(&[], &[], &[])), None);
    }

    fn counted<'a>(board: &'a [Connection], clients: &'a [Client], left: &'a [LeftGrant]) -> Counted<'a> {
        Counted { board, clients, left, now: at_minute(10) }
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
