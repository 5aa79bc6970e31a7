//! The same grant twice: which connections repeat each other, what a revocation takes along, what merging moves
//! [A8, A9, A10].

use super::farewell::{self, RevocationPlan};
use super::{Client, Connection, Dependant, Identity};
use crate::provider::{Provider, Revocation, RevocationEffect};
use crate::{ClientId, ConnectionId};

/// Connections of one account that do the work of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicates {
    /// The oldest first.
    pub connections: Vec<ConnectionId>,
    pub kind: DuplicateKind,
}

/// How alike they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKind {
    /// One account authorised the same client twice: each grant counts against the provider's limit.
    SameClient,
    /// One account, through several clients: perhaps on purpose.
    SeveralClients,
}

/// What merging one connection into another does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePlan {
    /// Dependants that move to the one kept.
    pub moved: Vec<Dependant>,
    /// Dependants that the one kept has already.
    pub already_there: Vec<Dependant>,
    /// Granted to the one that goes and not to the one kept: what moves may need them.
    pub scopes_lost: Vec<String>,
    pub revocation: MergeRevocation,
}

/// What becomes of the grant that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeRevocation {
    Revokes,
    /// The refresh token may go on working: only the access token can be revoked.
    RevokesAccessTokenAlone,
    /// It is asked all the same; it is known to turn clients without a secret away.
    RefusedToPublicClients,
    /// The provider's revocation would end these too, the one kept among them: it is only erased here.
    WouldEnd(Vec<String>),
    NotOffered,
    NothingToRevoke,
}

/// Why two connections are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeRefused {
    Itself,
    OtherAccount,
    OtherEnvironment,
    KeptIsDead,
}

/// Every group of duplicates on the board. What was disconnected or has ended repeats nothing.
pub fn duplicates(board: &[Connection], clients: &[Client]) -> Vec<Duplicates> {
    let mut living: Vec<_> = board.iter().filter(|it| it.is_living() && it.identity.subject.is_some()).collect();
    living.sort_by_key(|it| it.created_at);
    let mut found = vec![];
    let mut grouped: Vec<&ConnectionId> = vec![];
    for first in &living {
        if grouped.contains(&&first.id) {
            continue;
        }
        let group: Vec<_> = living.iter().filter(|it| is_same_account(first, it)).copied().collect();
        grouped.extend(group.iter().map(|it| &it.id));
        let mut same: Vec<&ConnectionId> = vec![];
        for one in &group {
            let twins: Vec<_> = group.iter().filter(|it| is_same_app(&one.client, &it.client, clients)).collect();
            if twins.len() > 1 && !same.contains(&&one.id) {
                same.extend(twins.iter().map(|it| &it.id));
                let connections = twins.iter().map(|it| it.id.clone()).collect();
                found.push(Duplicates { connections, kind: DuplicateKind::SameClient });
            }
        }
        let is_one_app = group.iter().all(|it| is_same_app(&first.client, &it.client, clients));
        if !is_one_app {
            let connections = group.iter().map(|it| it.id.clone()).collect();
            found.push(Duplicates { connections, kind: DuplicateKind::SeveralClients });
        }
    }
    found
}

/// What a revocation of a grant ends beside it: with some providers every grant of that account to that client. An
/// account that nobody knows may be any.
pub fn taken_along<'a>(
    effect: RevocationEffect,
    this: Option<&ConnectionId>,
    client: &ClientId,
    who: &Identity,
    board: &'a [Connection],
    clients: &[Client],
) -> Vec<&'a Connection> {
    let is_along = |other: &&Connection| {
        let may_be_same = match (&who.subject, &other.identity.subject) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
        this != Some(&other.id) && other.is_living() && may_be_same && is_same_app(client, &other.client, clients)
    };
    match effect {
        RevocationEffect::ThisToken | RevocationEffect::ThisGrant => vec![],
        RevocationEffect::AllGrantsOfTheClient => board.iter().filter(is_along).collect(),
    }
}

/// What people call them.
pub fn names_of(connections: &[&Connection]) -> Vec<String> {
    connections.iter().map(|it| it.name.clone()).collect()
}

/// One client at the provider, whatever we call it and in however many environments it is entered.
pub fn is_same_app(one: &ClientId, other: &ClientId, clients: &[Client]) -> bool {
    let find = |id: &ClientId| clients.iter().find(|client| client.id == *id);
    one == other
        || matches!((find(one), find(other)), (Some(a), Some(b)) if a.provider == b.provider && a.client_id == b.client_id)
}

/// What merging `gone` into `keep` would do. Nothing crosses from one environment to another.
///
/// # Errors
/// They are not two living grants of one account in one environment.
pub fn plan_merge(
    keep: (&Connection, &[Dependant]),
    gone: (&Connection, Vec<Dependant>),
    provider: &Provider,
    board: &[Connection],
    clients: &[Client],
) -> Result<MergePlan, MergeRefused> {
    let ((keep, at_kept), (gone, at_gone)) = (keep, gone);
    if keep.id == gone.id {
        return Err(MergeRefused::Itself);
    }
    if !is_same_account(keep, gone) {
        return Err(MergeRefused::OtherAccount);
    }
    if keep.environment != gone.environment {
        return Err(MergeRefused::OtherEnvironment);
    }
    if !keep.is_living() {
        return Err(MergeRefused::KeptIsDead);
    }
    let is_known = |it: &Dependant| {
        at_kept.iter().any(|known| (&known.workflow, &known.place, &known.step) == (&it.workflow, &it.place, &it.step))
    };
    let (already_there, moved) = at_gone.into_iter().partition(is_known);
    let scopes_lost = gone.scopes.granted.iter().filter(|it| !keep.scopes.granted.contains(it)).cloned().collect();
    let revocation = match (&provider.revocation, farewell::plan_revocation(gone, provider, clients)) {
        (Revocation::NotOffered, _) | (_, RevocationPlan::NotOffered) => MergeRevocation::NotOffered,
        (_, RevocationPlan::NothingToRevoke) => MergeRevocation::NothingToRevoke,
        (Revocation::Offered(call), planned) => {
            let along = taken_along(call.effect, Some(&gone.id), &gone.client, &gone.identity, board, clients);
            match planned {
                _ if !along.is_empty() => MergeRevocation::WouldEnd(names_of(&along)),
                RevocationPlan::EndsAccessTokenAlone => MergeRevocation::RevokesAccessTokenAlone,
                RevocationPlan::RefusedToPublicClients => MergeRevocation::RefusedToPublicClients,
                RevocationPlan::EndsThisGrant
                | RevocationPlan::EndsAllGrantsOfThisClient
                | RevocationPlan::NotOffered
                | RevocationPlan::NothingToRevoke => MergeRevocation::Revokes,
            }
        }
    };
    Ok(MergePlan { moved, already_there, scopes_lost, revocation })
}

/// A workspace that is not known may be the other's.
fn is_same_account(one: &Connection, other: &Connection) -> bool {
    let is_same_workspace = match (&one.identity.workspace_id, &other.identity.workspace_id) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => true,
    };
    one.provider == other.provider
        && one.identity.subject.is_some()
        && one.identity.subject == other.identity.subject
        && is_same_workspace
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Environment, GrantState, Provenance, Scopes};
    use super::*;
    use crate::test_values::{at_minute, connection, offered};
    use crate::{DependantId, ProviderId};

    /// A8
    #[test]
    fn the_same_client_twice_is_told_from_the_same_account_through_two_clients() {
        let clients = [client(7, "one"), client(8, "two"), client(9, "one")];
        let (first, again, other) = (named(1, "A", 7), named(2, "B", 9), named(3, "C", 8));
        let somewhere_else = workspace(named(4, "D", 7), "T2");
        let board = [first.clone(), again.clone(), other.clone(), workspace(first.clone(), "T1")];

        let found = duplicates(&board[..3], &clients);
        let ids = |all: &[&Connection]| all.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                Duplicates { connections: ids(&[&first, &again]), kind: DuplicateKind::SameClient },
                Duplicates { connections: ids(&[&first, &again, &other]), kind: DuplicateKind::SeveralClients },
            ]
        );
        assert_eq!(duplicates(&[workspace(first.clone(), "T1"), somewhere_else], &clients), [], "two workspaces");
        let ended = Connection { grant: GrantState::Disconnected { at: at_minute(3) }, ..again };
        assert_eq!(duplicates(&[first, ended], &clients), [], "what is gone repeats nothing");
    }

    /// A8: nobody can say that two accounts without a name are one.
    #[test]
    fn accounts_that_nobody_can_name_are_no_duplicates() {
        let nameless = |id| Connection { identity: Identity::default(), ..named(id, "A", 7) };

        assert_eq!(duplicates(&[nameless(1), nameless(2)], &[client(7, "one")]), []);
    }

    /// A8, A10
    #[test]
    fn merging_moves_what_is_not_there_and_revokes_only_what_goes() {
        let clients = [client(7, "one"), client(8, "two")];
        let (keep, gone) = (named(1, "Kept", 7), named(2, "Gone", 8));
        let gone = Connection { scopes: granted(&["a", "b"]), ..gone };
        let keep = Connection { scopes: granted(&["a"]), ..keep };
        let here = [dependant(1, "Invoices")];
        let plan = |provider: &Provider, gone: &Connection, clients: &[Client]| {
            let there = vec![dependant(2, "Invoices"), dependant(3, "Reports")];
            plan_merge((&keep, &here), (gone, there), provider, &[keep.clone(), gone.clone()], clients)
        };

        let planned = plan(&provider(RevocationEffect::AllGrantsOfTheClient), &gone, &clients).unwrap();
        assert_eq!(planned.moved, [dependant(3, "Reports")]);
        assert_eq!(planned.already_there, [dependant(2, "Invoices")]);
        assert_eq!(planned.scopes_lost, ["b"], "what moves may need it");
        assert_eq!(planned.revocation, MergeRevocation::Revokes, "another client's grants stay");

        let one_app = [client(7, "one"), client(8, "one")];
        let planned = plan(&provider(RevocationEffect::AllGrantsOfTheClient), &gone, &one_app).unwrap();
        assert_eq!(planned.revocation, MergeRevocation::WouldEnd(vec!["Kept".into()]));
        let planned = plan(&provider(RevocationEffect::ThisGrant), &gone, &one_app).unwrap();
        assert_eq!(planned.revocation, MergeRevocation::Revokes);

        let mut alone = provider(RevocationEffect::ThisToken);
        let Revocation::Offered(call) = &mut alone.revocation else { unreachable!() };
        call.wants_access_token = true;
        let planned = plan(&alone, &gone, &one_app).unwrap();
        assert_eq!(planned.revocation, MergeRevocation::RevokesAccessTokenAlone, "as a goodbye says it");
        let mut refuses = provider(RevocationEffect::ThisGrant);
        let Revocation::Offered(call) = &mut refuses.revocation else { unreachable!() };
        call.refuses_public_clients = true;
        let public = one_app.clone().map(|client| Client { has_secret: false, ..client });
        assert_eq!(plan(&refuses, &gone, &public).unwrap().revocation, MergeRevocation::RefusedToPublicClients);

        let sandbox = Connection { environment: Environment::Sandbox, ..gone.clone() };
        let of_sandbox = plan(&provider(RevocationEffect::ThisGrant), &sandbox, &clients);
        assert_eq!(of_sandbox, Err(MergeRefused::OtherEnvironment), "environments never mix");
        let other = Connection { identity: Identity { subject: Some("x".into()), ..Identity::default() }, ..gone };
        assert_eq!(plan(&provider(RevocationEffect::ThisGrant), &other, &clients), Err(MergeRefused::OtherAccount));
    }

    fn named(id: u64, name: &str, client: u64) -> Connection {
        Connection {
            id: ConnectionId::from_random(id),
            name: name.into(),
            client: ClientId::from_random(client),
            created_at: at_minute(i64::try_from(id).unwrap()),
            ..connection()
        }
    }

    fn workspace(connection: Connection, id: &str) -> Connection {
        let identity = Identity { workspace_id: Some(id.into()), ..connection.identity };
        Connection { identity, ..connection }
    }

    fn granted(scopes: &[&str]) -> Scopes {
        Scopes { granted: scopes.iter().map(|it| (*it).to_owned()).collect(), ..Scopes::default() }
    }

    fn provider(effect: RevocationEffect) -> Provider {
        let bare = Provider::bare(ProviderId::from_text("google"), "https://oauth2.example/token".parse().unwrap());
        Provider { revocation: offered(effect), ..bare }
    }

    fn client(id: u64, client_id: &str) -> Client {
        Client {
            id: ClientId::from_random(id),
            provider: ProviderId::from_text("google"),
            name: client_id.into(),
            client_id: client_id.into(),
            has_secret: true,
            environment: Environment::Production,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: at_minute(0),
        }
    }

    fn dependant(id: u64, workflow: &str) -> Dependant {
        Dependant {
            id: DependantId::from_random(id),
            connection: ConnectionId::from_random(2),
            workflow: workflow.into(),
            place: "n8n".into(),
            step: None,
            owner: None,
            provenance: Provenance::ByHand,
            seen_at: at_minute(1),
        }
    }
}
