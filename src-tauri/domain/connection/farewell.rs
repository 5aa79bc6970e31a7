//! What a disconnect revokes, erases and strands, said before it is done [A10, S080].

use super::{Connection, Dependant, GrantState};
use crate::provider::{Provider, Revocation, RevocationEffect};

/// Everything a person should know before saying goodbye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    pub revocation: RevocationPlan,
    pub stranded: Vec<Dependant>,
    /// Names of other connections that the revocation takes along.
    pub siblings: Vec<String>,
}

/// What the provider offers for this grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationPlan {
    EndsThisGrant,
    EndsAllGrantsOfThisClient,
    NotOffered,
    NothingToRevoke,
}

/// Plans the farewell of one connection among all of the board's.
pub fn plan(
    connection: &Connection,
    provider: &Provider,
    dependants: Vec<Dependant>,
    board: &[Connection],
) -> Farewell {
    let revocation = plan_revocation(connection, provider);
    let siblings = match revocation {
        RevocationPlan::EndsAllGrantsOfThisClient => siblings_of(connection, board),
        RevocationPlan::EndsThisGrant | RevocationPlan::NotOffered | RevocationPlan::NothingToRevoke => vec![],
    };
    Farewell { revocation, stranded: dependants, siblings }
}

fn plan_revocation(connection: &Connection, provider: &Provider) -> RevocationPlan {
    let Revocation::Offered(call) = &provider.revocation else { return RevocationPlan::NotOffered };
    let is_gone = match connection.grant {
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => false,
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => true,
    };
    if is_gone || connection.token.is_none() {
        return RevocationPlan::NothingToRevoke;
    }
    match call.effect {
        RevocationEffect::ThisToken | RevocationEffect::ThisGrant => RevocationPlan::EndsThisGrant,
        RevocationEffect::AllGrantsOfTheClient => RevocationPlan::EndsAllGrantsOfThisClient,
    }
}

/// Others of the same client and account: the provider ends them too.
fn siblings_of(connection: &Connection, board: &[Connection]) -> Vec<String> {
    let is_sibling = |other: &&Connection| {
        other.id != connection.id
            && other.client == connection.client
            && other.identity.subject.is_some()
            && other.identity.subject == connection.identity.subject
            && matches!(other.grant, GrantState::Alive { .. })
    };
    board.iter().filter(is_sibling).map(|other| other.name.clone()).collect()
}
