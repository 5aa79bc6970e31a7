//! What a disconnect revokes, erases and strands, and what goes on working, said before it is done [A10, S080].

use jiff::Timestamp;
use url::Url;

use super::sprawl::{names_of, taken_along};
use super::{Client, Connection, Dependant};
use crate::provider::{Provider, Revocation, RevocationEffect};
use crate::token::Expiry;

/// Everything a person should know before saying goodbye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    pub revocation: RevocationPlan,
    pub access_token: AccessTokenAfter,
    pub stranded: Vec<Dependant>,
    /// Names of other connections that the revocation takes along.
    pub siblings: Vec<String>,
    /// Where a person can take the access back.
    pub access_page: Option<Url>,
}

/// What the provider offers for this grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationPlan {
    EndsThisGrant,
    EndsAllGrantsOfThisClient,
    /// The refresh token may go on working: only the access token can be revoked.
    EndsAccessTokenAlone,
    /// It is asked all the same; it is known to turn clients without a secret away.
    RefusedToPublicClients,
    NotOffered,
    NothingToRevoke,
}

impl RevocationPlan {
    /// Whether the grant is expected to be over afterwards.
    pub fn ends_grant(self) -> bool {
        match self {
            Self::EndsThisGrant | Self::EndsAllGrantsOfThisClient => true,
            Self::EndsAccessTokenAlone | Self::RefusedToPublicClients | Self::NotOffered | Self::NothingToRevoke => {
                false
            }
        }
    }
}

/// What the access token that was handed out is good for afterwards, as the catalogue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenAfter {
    EndsToo,
    WorksUntil(Timestamp),
    /// Nobody said when it ends.
    WorksOn,
    /// There is none that still works.
    NoneLeft,
}

/// Plans the farewell of one connection among all of the board's.
pub fn plan(
    connection: &Connection,
    provider: &Provider,
    dependants: Vec<Dependant>,
    board: &[Connection],
    clients: &[Client],
    now: Timestamp,
) -> Farewell {
    let revocation = plan_revocation(connection, provider, clients);
    let (leaves_access_token, siblings) = match (&provider.revocation, revocation) {
        (
            Revocation::Offered(call),
            RevocationPlan::EndsThisGrant
            | RevocationPlan::EndsAllGrantsOfThisClient
            | RevocationPlan::EndsAccessTokenAlone,
        ) => {
            let (this, identity) = (Some(&connection.id), &connection.identity);
            let siblings = if identity.subject.is_some() {
                names_of(&taken_along(call.effect, this, &connection.client, identity, board, clients))
            } else {
                vec![]
            };
            (call.leaves_access_token, siblings)
        }
        (Revocation::Offered(_) | Revocation::NotOffered, _) => (true, vec![]),
    };
    Farewell {
        access_token: access_token_after(connection, leaves_access_token, now),
        access_page: provider.pages.revoke_access.clone(),
        stranded: dependants,
        revocation,
        siblings,
    }
}

/// What the provider's own revocation does to this grant.
pub fn plan_revocation(connection: &Connection, provider: &Provider, clients: &[Client]) -> RevocationPlan {
    let Revocation::Offered(call) = &provider.revocation else { return RevocationPlan::NotOffered };
    if !connection.has_tokens_to_revoke() {
        return RevocationPlan::NothingToRevoke;
    }
    let is_public = clients.iter().any(|client| client.id == connection.client && !client.has_secret);
    if call.refuses_public_clients && is_public {
        return RevocationPlan::RefusedToPublicClients;
    }
    if let Some(token) = connection.token.as_ref().filter(|it| it.has_refresh_token)
        && call.ends_access_token_alone()
    {
        return if token.has_access_token { RevocationPlan::EndsAccessTokenAlone } else { RevocationPlan::NotOffered };
    }
    match call.effect {
        RevocationEffect::ThisToken | RevocationEffect::ThisGrant => RevocationPlan::EndsThisGrant,
        RevocationEffect::AllGrantsOfTheClient => RevocationPlan::EndsAllGrantsOfThisClient,
    }
}

fn access_token_after(connection: &Connection, is_left: bool, now: Timestamp) -> AccessTokenAfter {
    let Some(token) = connection.token.as_ref().filter(|it| it.has_access_token && connection.has_tokens_to_revoke())
    else {
        return AccessTokenAfter::NoneLeft;
    };
    match token.expiry {
        Expiry::At(at) if at <= now => AccessTokenAfter::NoneLeft,
        Expiry::At(_) | Expiry::Unknown | Expiry::Never if !is_left => AccessTokenAfter::EndsToo,
        Expiry::At(at) => AccessTokenAfter::WorksUntil(at),
        Expiry::Unknown | Expiry::Never => AccessTokenAfter::WorksOn,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::connection::{Environment, GrantState};
    use crate::provider::RevocationCall;
    use crate::test_values::{at_minute, connection, offered};
    use crate::{ConnectionId, ProviderId};

    /// A10: one line for each thing a provider may do.
    #[test]
    fn a_plan_says_what_the_providers_own_revocation_does() {
        use AccessTokenAfter::{EndsToo, WorksUntil};
        use RevocationEffect::{AllGrantsOfTheClient, ThisGrant, ThisToken};
        use RevocationPlan::{
            EndsAccessTokenAlone, EndsAllGrantsOfThisClient, EndsThisGrant, NotOffered, RefusedToPublicClients,
        };
        let works_on = WorksUntil(at_minute(60));
        let access_token_alone = with(|it| (it.effect, it.wants_access_token) = (ThisToken, true));

        for (revocation, has_secret, expected) in [
            (offered(ThisToken), true, (EndsThisGrant, EndsToo)),
            (offered(ThisGrant), true, (EndsThisGrant, EndsToo)),
            (offered(AllGrantsOfTheClient), true, (EndsAllGrantsOfThisClient, EndsToo)),
            (with(|it| it.leaves_access_token = true), true, (EndsThisGrant, works_on)),
            (with(|it| it.refuses_public_clients = true), false, (RefusedToPublicClients, works_on)),
            (with(|it| it.refuses_public_clients = true), true, (EndsThisGrant, EndsToo)),
            (Revocation::NotOffered, true, (NotOffered, works_on)),
            (access_token_alone, true, (EndsAccessTokenAlone, EndsToo)),
        ] {
            let farewell = planned(&connection(), revocation.clone(), has_secret, &[]);
            assert_eq!((farewell.revocation, farewell.access_token), expected, "{revocation:?}, secret {has_secret}");
        }
    }

    /// A10: only where it takes others along, and those by name.
    #[test]
    fn siblings_are_named_where_the_revocation_takes_them_along() {
        let sibling = Connection { id: ConnectionId::from_random(8), name: "Gmail".into(), ..connection() };
        let board = [connection(), sibling];

        let all = planned(&connection(), offered(RevocationEffect::AllGrantsOfTheClient), true, &board);
        assert_eq!(all.siblings, ["Gmail"]);
        assert!(planned(&connection(), offered(RevocationEffect::ThisGrant), true, &board).siblings.is_empty());
    }

    /// A10
    #[test]
    fn what_has_ended_is_not_revoked_and_leaves_nothing_that_works() {
        let gone = Connection { grant: GrantState::SecretMissing { at: at_minute(1) }, ..connection() };

        let farewell = planned(&gone, offered(RevocationEffect::ThisGrant), true, &[]);

        assert_eq!(farewell.revocation, RevocationPlan::NothingToRevoke);
        assert_eq!(farewell.access_token, AccessTokenAfter::NoneLeft);
    }

    fn with(change: fn(&mut RevocationCall)) -> Revocation {
        let Revocation::Offered(mut call) = offered(RevocationEffect::ThisGrant) else { unreachable!() };
        change(&mut call);
        Revocation::Offered(call)
    }

    fn planned(connection: &Connection, revocation: Revocation, has_secret: bool, board: &[Connection]) -> Farewell {
        let bare = Provider::bare(ProviderId::from_text("google"), "https://oauth2.example/token".parse().unwrap());
        let client = Client {
            id: connection.client.clone(),
            provider: connection.provider.clone(),
            name: String::new(),
            client_id: "app".into(),
            has_secret,
            environment: Environment::Production,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: at_minute(0),
        };
        plan(connection, &Provider { revocation, ..bare }, vec![], board, &[client], at_minute(5))
    }
}
