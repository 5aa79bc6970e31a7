//! The grant budget: how many refresh tokens a provider lets live, how many of them are known here, and what one
//! more consent ends [A8].

use jiff::Timestamp;

use super::sprawl::is_same_app;
use super::{Client, Connection};
use crate::ClientId;
use crate::provider::Provider;
use crate::provider::limits::{ExcessToken, LiveTokenLimit, LiveTokenScope};

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
    let mut living: Vec<_> = living_with(provider, &client.id, limit, board, clients).collect();
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
    for one in left_with(provider, &client.client_id, limit, left, now) {
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

/// Names of other connections that one more consent of this one's account would end, or could: which grant is the oldest
/// the provider alone knows, and an account that nobody knows may be any. `is_ended_before`: its own is ended first.
pub fn ended_by_consent(
    provider: &Provider,
    connection: &Connection,
    is_ended_before: bool,
    counted: &Counted<'_>,
) -> Vec<String> {
    let Counted { board, clients, left, now } = *counted;
    let Some(limit) = provider.refresh.live_tokens else { return vec![] };
    let subject = &connection.identity.subject;
    let counts_with = |other: &Option<String>| match (limit.per, subject, other) {
        (LiveTokenScope::Client, ..) | (_, None, _) | (_, _, None) => true,
        (LiveTokenScope::AccountAndClient | LiveTokenScope::Account, Some(one), Some(other)) => one == other,
    };
    let others: Vec<_> = living_with(provider, &connection.client, limit, board, clients)
        .filter(|it| it.id != connection.id && counts_with(&it.identity.subject))
        .collect();
    let app = clients.iter().find(|it| it.id == connection.client).map_or("", |it| &it.client_id);
    let left_count = left_with(provider, app, limit, left, now).filter(|it| counts_with(&it.subject)).count();
    let own_count = usize::from(connection.is_living() && !is_ended_before);
    let is_too_many = others.len() + left_count + own_count >= limit.count as usize;
    match limit.excess {
        ExcessToken::OldestEnds | ExcessToken::AllOthersEnd if is_too_many => {
            others.iter().map(|it| it.name.clone()).collect()
        }
        ExcessToken::OldestEnds | ExcessToken::AllOthersEnd | ExcessToken::Refused => vec![],
    }
}

/// Living connections of the provider that may count together with those of this client.
fn living_with<'a>(
    provider: &'a Provider,
    client: &'a ClientId,
    limit: LiveTokenLimit,
    board: &'a [Connection],
    clients: &'a [Client],
) -> impl Iterator<Item = &'a Connection> {
    board.iter().filter(move |it| {
        let is_of_app = match limit.per {
            LiveTokenScope::AccountAndClient | LiveTokenScope::Client => is_same_app(client, &it.client, clients),
            LiveTokenScope::Account => true,
        };
        it.provider == provider.id && it.is_living() && is_of_app
    })
}

/// Left grants of this client, or of any where all of an account count, that still live.
fn left_with<'a>(
    provider: &'a Provider,
    app: &'a str,
    limit: LiveTokenLimit,
    left: &'a [LeftGrant],
    now: Timestamp,
) -> impl Iterator<Item = &'a LeftGrant> {
    // One that nobody uses ends by itself where idle ones do.
    let life = provider.refresh.idle_life.or(provider.refresh.absolute_life);
    left.iter().filter(move |it| {
        let is_over = life.is_some_and(|life| it.left_at.checked_add(life).is_ok_and(|end| end <= now));
        !is_over && (limit.per == LiveTokenScope::Account || it.app == app)
    })
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

    /// A8, E4: what a consent ends besides is named before it is asked for.
    #[test]
    fn others_are_named_where_one_more_consent_could_end_them() {
        let board = [of(1, "Drive", 7, "mira"), of(2, "Mail", 7, "mira"), of(3, "Jonas", 7, "jonas")];
        let clients = [client(7), client(8)];
        let left =
            [LeftGrant { app: "app-7".into(), subject: Some("mira".into()), account: None, left_at: at_minute(5) }];
        let ended = |count, excess, is_ended_before, left: &[LeftGrant]| {
            let mut provider = provider(LiveTokenScope::AccountAndClient, count);
            provider.refresh.live_tokens = provider.refresh.live_tokens.map(|it| LiveTokenLimit { excess, ..it });
            ended_by_consent(&provider, &board[0], is_ended_before, &counted(&board, &clients, left))
        };
        use ExcessToken::{AllOthersEnd, OldestEnds, Refused};

        assert_eq!(ended(2, OldestEnds, false, &[]), ["Mail"], "Mira has two, and a third makes one go");
        assert_eq!(ended(2, OldestEnds, true, &[]), [""; 0], "its own has made room");
        assert_eq!(ended(2, OldestEnds, true, &left), ["Mail"], "one that nobody uses takes the room");
        assert_eq!(ended(3, OldestEnds, false, &[]), [""; 0]);
        assert_eq!(ended(1, AllOthersEnd, true, &[]), ["Mail"], "one at a time, whatever was ended before");
        assert_eq!(ended(2, Refused, false, &[]), [""; 0], "a consent that is refused ends nothing");

        let mut unknown = board.clone();
        unknown[1].identity.subject = None;
        let provider = provider(LiveTokenScope::AccountAndClient, 2);
        let ended = ended_by_consent(&provider, &unknown[0], false, &counted(&unknown, &clients, &[]));
        assert_eq!(ended, ["Mail"], "whose it is nobody knows: it may be Mira's");
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
