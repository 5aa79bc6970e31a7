//! Which token bundle counts, moved by compare-and-swap; where its grant stands [A4, A5].

use domain::connection::binding::GrantBinding;
use domain::connection::{
    Connection, FailureStreak, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome, Proof, ProofKind,
    TokenLink,
};
use domain::lifecycle::breakage_forecast::end_moves;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::LifecycleEvent;
use domain::token::TokenFacts;
use domain::{ClientId, ConnectionId, TokenVersion};
use jiff::Timestamp;

use super::columns::read;
use super::connection_row::ConnectionRow;
use super::{
    Store, StoreError, arriving_bundles, dependants, ended_grants, erasures, grant_bindings, open_sign_ins, token_links,
};

/// What a new bundle means for what was last proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofChange {
    /// It says nothing about it.
    Keep,
    Set(Proof),
    /// Whose tokens these are is no longer known for sure.
    Forget,
}

/// All that changes when a new bundle counts. `None` leaves what is stored.
#[derive(Debug, Clone)]
pub struct BundleCommit {
    pub facts: TokenFacts,
    pub granted: Vec<String>,
    pub requested: Option<Vec<String>>,
    /// `None`: the provider did not say; what an earlier answer said is dropped.
    pub refresh_token_ends_at: Option<Timestamp>,
    pub grant: GrantState,
    pub proof: ProofChange,
    pub identity: Option<Identity>,
    /// A new consent freezes them anew [S073].
    pub endpoints: Option<FrozenEndpoints>,
    /// A new consent binds anew.
    pub binding: Option<GrantBinding>,
    /// On a reconnect through another client of the same provider.
    pub client: Option<ClientId>,
    pub issued_by: IssuedBy,
    /// Why it was fetched, where a refresh brought it.
    pub reason: Option<RefreshReason>,
}

impl Store {
    /// Which bundle counts; zero where none was stored yet.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn token_version(&self, id: &ConnectionId) -> Result<TokenVersion, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT token_version FROM connections WHERE id = ?1")?;
            let mut rows = statement.query([id.as_str()])?;
            let row = rows.next()?.ok_or(StoreError::Gone)?;
            Ok(TokenVersion(read(row, "token_version")?))
        })
    }

    /// Moves the pointer from the expected version to the new bundle's; clears the intent and the failures,
    /// appends the token link, and notes the old bundle for erasure.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`] when another version counts by now; [`StoreError::VersionDidNotGrow`];
    /// [`StoreError::Gone`]; [`StoreError::Duplicate`] when its identity is another connection's.
    pub fn commit_bundle(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        commit: &BundleCommit,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        let BundleCommit {
            facts,
            granted,
            requested,
            refresh_token_ends_at,
            grant,
            proof,
            identity,
            endpoints,
            binding,
            client,
            issued_by,
            reason,
        } = commit.clone();
        self.change(id, Some(expected), events, |writing, row| {
            if facts.version <= expected {
                return Err(StoreError::VersionDidNotGrow);
            }
            let link = TokenLink {
                version: facts.version,
                access_fingerprint: facts.access_fingerprint.clone(),
                refresh_fingerprint: facts.refresh_fingerprint.clone(),
                issued_at: facts.issued_at,
                issued_by,
                reason,
                outcome: LinkOutcome::InUse,
                ended_at: None,
            };
            let link = match &grant {
                // It came, and is given to nobody.
                GrantState::Ended { at, .. } => {
                    TokenLink { outcome: LinkOutcome::Refused, ended_at: Some(*at), ..link }
                }
                GrantState::Alive { .. }
                | GrantState::OutcomeUnknown { .. }
                | GrantState::SecretMissing { .. }
                | GrantState::Disconnected { .. } => link,
            };
            token_links::replace_link(writing, id, expected, facts.issued_at)?;
            token_links::append_link(writing, id, &link)?;
            erasures::note_for_erasure(writing, id, expected)?;
            arriving_bundles::forget(writing, id)?;
            if issued_by != IssuedBy::Refresh {
                open_sign_ins::strike_arrived(writing, id)?;
            }
            if let Some(binding) = &binding {
                grant_bindings::put(writing, id, binding)?;
            }

            row.intent = None;
            let connection = &mut row.connection;
            let (was_failing, issued_at) = (connection.is_failing(), facts.issued_at);
            connection.refresh_end_moves = match issued_by {
                IssuedBy::Refresh => end_moves(connection, facts.issued_at, refresh_token_ends_at),
                IssuedBy::Connect | IssuedBy::Reconnect | IssuedBy::Import => None,
            };
            connection.token = Some(facts);
            connection.scopes.granted = granted;
            connection.refresh_token_ends_at = refresh_token_ends_at;
            connection.grant = grant;
            connection.refresh_failures = None;
            replace(&mut connection.scopes.requested, requested);
            replace(&mut connection.identity, identity);
            replace(&mut connection.endpoints, endpoints);
            replace(&mut connection.client, client);
            match proof {
                ProofChange::Keep => {}
                // A refresh proves nothing of whose grant it is.
                ProofChange::Set(proof) if proof.by == ProofKind::Refresh && connection.answers_as_another() => {}
                ProofChange::Set(proof) => connection.proof = Some(proof),
                ProofChange::Forget => connection.proof = None,
            }
            match issued_by {
                IssuedBy::Refresh => note_recovery(connection, was_failing, issued_at),
                IssuedBy::Connect | IssuedBy::Reconnect | IssuedBy::Import => connection.recovered_at = None,
            }
            Ok(())
        })
    }

    /// Says where the grant stands. A final or unknown outcome settles the intent; a disconnect notes the
    /// bundle for erasure.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`], [`StoreError::Gone`]; [`StoreError::Duplicate`] when a disconnected one
    /// comes back beside its successor.
    pub fn set_grant(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        grant: &GrantState,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        self.change(id, Some(expected), events, |writing, row| settle_grant(writing, row, expected, grant))
    }

    /// What hangs on one connection moves to another, and the one is disconnected: in one transaction. A dependant
    /// that the other has already stays there once. How many moved.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`]; [`StoreError::Gone`] also when the one to keep is not there.
    pub fn merge_connections(
        &self,
        (gone, expected): (&ConnectionId, TokenVersion),
        keep: &ConnectionId,
        at: Timestamp,
        events: &[LifecycleEvent],
    ) -> Result<usize, StoreError> {
        let mut moved = 0;
        self.change(gone, Some(expected), events, |writing, row| {
            if ConnectionRow::find(writing, keep)?.is_none() {
                return Err(StoreError::Gone);
            }
            moved = dependants::move_all(writing, gone, keep)?;
            settle_grant(writing, row, expected, &GrantState::Disconnected { at })
        })?;
        Ok(moved)
    }

    /// A refresh was answered, or never left, in a way that may pass. Settles the intent; `doubtful` is where the grant
    /// stands where what became of the refresh token is not known.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`], [`StoreError::Gone`].
    pub fn record_refresh_failure(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        failures: &FailureStreak,
        doubtful: Option<&GrantState>,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        self.change(id, Some(expected), events, |writing, row| {
            row.intent = None;
            row.connection.refresh_failures = Some(failures.clone());
            doubtful.map_or(Ok(()), |grant| settle_grant(writing, row, expected, grant))
        })
    }

    /// Someone looked: what was seen, and what it taught of the account and the scopes.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`], [`StoreError::Gone`]; [`StoreError::Duplicate`] when the account turns
    /// out to be another connection's.
    pub fn record_proof(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        proof: &Proof,
        identity: Option<&Identity>,
        granted: Option<&[String]>,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        self.change(id, Some(expected), events, |_, row| {
            let was_failing = row.connection.is_failing();
            row.connection.proof = Some(proof.clone());
            note_recovery(&mut row.connection, was_failing, proof.at);
            replace(&mut row.connection.identity, identity.cloned());
            replace(&mut row.connection.scopes.granted, granted.map(<[String]>::to_vec));
            Ok(())
        })
    }
}

/// Where the grant stands from now on, in its row and in the chain of its tokens.
fn settle_grant(
    sqlite: &rusqlite::Connection,
    row: &mut ConnectionRow,
    version: TokenVersion,
    grant: &GrantState,
) -> Result<(), StoreError> {
    let id = row.connection.id.clone();
    if matches!(grant, GrantState::Disconnected { .. }) {
        erasures::note_for_erasure(sqlite, &id, version)?;
    } else {
        erasures::strike_erasure(sqlite, &id, version)?;
    }
    // A missing secret may come back, and the refresh that was under way with it.
    if !matches!(grant, GrantState::Alive { .. } | GrantState::SecretMissing { .. }) {
        row.intent = None;
    }
    token_links::note_outcome(sqlite, &id, version, grant)?;
    ended_grants::note(sqlite, &row.connection, grant)?;
    row.connection.grant = grant.clone();
    Ok(())
}

fn note_recovery(connection: &mut Connection, was_failing: bool, at: Timestamp) {
    if was_failing && !connection.is_failing() {
        connection.recovered_at = Some(at);
    }
}

fn replace<T>(place: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *place = new;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use domain::connection::{ProofKind, WordlessRefusals};
    use domain::diagnosis::{CauseLabel, Diagnosis};
    use domain::lifecycle_event::EventKind;

    use super::super::test_values::{
        at_minute, client, connection, diagnosis, facts, failures, fill, first_link, refreshed_to, store,
    };
    use super::*;

    fn issued(id: &ConnectionId) -> [LifecycleEvent; 1] {
        [LifecycleEvent::new(at_minute(7), EventKind::TokenIssued, Some(id.clone()))]
    }

    /// A4
    #[test]
    fn a_stale_writer_is_refused_and_leaves_no_trace() {
        let store = store();
        let id = connection().id;
        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &issued(&id)).unwrap();
        let after_the_first = store.find_connection(&id).unwrap();
        let proof = Proof { at: at_minute(9), by: ProofKind::TestCall, failure: None, latency_ms: None };
        let late = TokenVersion(1);

        for outcome in [
            store.commit_bundle(&id, late, &refreshed_to(3), &issued(&id)),
            store.begin_refresh(&id, late, at_minute(9), "me"),
            store.set_grant(&id, late, &GrantState::SecretMissing { at: at_minute(9) }, &issued(&id)),
            store.record_refresh_failure(&id, late, &failures(), None, &issued(&id)),
            store.record_proof(&id, late, &proof, None, None, &issued(&id)),
        ] {
            assert!(matches!(outcome, Err(StoreError::ChangedMeanwhile)), "{outcome:?}");
        }

        assert_eq!(store.find_connection(&id).unwrap(), after_the_first, "the newer bundle stands");
        assert_eq!(store.list_events(None, None, 9).unwrap().len(), 1, "what did not happen has no event");
        assert_eq!(store.list_intents().unwrap(), []);
    }

    /// B1: a refresh or a call that works after one that had not; a new sign-in begins anew.
    #[test]
    fn a_recovery_is_remembered_and_nothing_else_is_taken_for_one() {
        let store = store();
        let id = connection().id;
        let recovered_at = || store.find_connection(&id).unwrap().unwrap().recovered_at;
        let refreshed = |version| BundleCommit { issued_by: IssuedBy::Refresh, ..refreshed_to(version) };
        let issued_at = |minute, version| BundleCommit {
            facts: TokenFacts { issued_at: at_minute(minute), ..facts(version) },
            proof: ProofChange::Set(proof(minute, None)),
            ..refreshed(version)
        };
        store.commit_bundle(&id, TokenVersion(1), &issued_at(5, 2), &[]).unwrap();
        assert_eq!(recovered_at(), Some(at_minute(5)), "it had failed before");
        store.commit_bundle(&id, TokenVersion(2), &issued_at(6, 3), &[]).unwrap();
        assert_eq!(recovered_at(), Some(at_minute(5)), "it was well already");

        let refused = Diagnosis::of(CauseLabel::InsufficientScope);
        store.record_proof(&id, TokenVersion(3), &proof(7, Some(refused)), None, None, &[]).unwrap();
        assert_eq!(recovered_at(), Some(at_minute(5)), "that is no recovery");
        store.record_proof(&id, TokenVersion(3), &proof(8, None), None, None, &[]).unwrap();
        assert_eq!(recovered_at(), Some(at_minute(8)));

        let reconnected = BundleCommit { issued_by: IssuedBy::Reconnect, ..issued_at(9, 4) };
        store.commit_bundle(&id, TokenVersion(3), &reconnected, &[]).unwrap();
        assert_eq!(recovered_at(), None);
    }

    fn proof(minute: i64, failure: Option<Diagnosis>) -> Proof {
        Proof { at: at_minute(minute), by: ProofKind::TestCall, failure, latency_ms: None }
    }

    /// A4
    #[test]
    fn a_version_only_grows() {
        let store = store();
        let id = connection().id;
        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(5), &[]).unwrap();

        for version in [0, 1, 4, 5] {
            let outcome = store.commit_bundle(&id, TokenVersion(5), &refreshed_to(version), &[]);
            assert!(matches!(outcome, Err(StoreError::VersionDidNotGrow)), "{version}: {outcome:?}");
        }

        assert_eq!(store.list_token_links(&id, 9).unwrap().len(), 2, "nothing was appended by the refused ones");
    }

    /// A4
    #[test]
    fn of_two_processes_with_the_same_version_in_hand_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("patchbay.db");
        fill(&Store::open(path).unwrap());
        let id = &connection().id;

        for version in 1..=20 {
            let outcomes: Vec<_> = thread::scope(|scope| {
                let racers: Vec<_> = (0..3)
                    .map(|_| {
                        scope.spawn(move || {
                            let store = Store::open(path).unwrap();
                            store.commit_bundle(id, TokenVersion(version), &refreshed_to(version + 1), &issued(id))
                        })
                    })
                    .collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });

            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let lost = outcomes.iter().filter(|it| matches!(it, Err(StoreError::ChangedMeanwhile))).count();
            assert_eq!((won, lost), (1, 2), "{outcomes:?}");
        }

        assert_eq!(Store::open(path).unwrap().list_events(None, None, 99).unwrap().len(), 20, "one event per win");
    }

    /// A4, A5
    #[test]
    fn a_refresh_replaces_the_bundle_and_leaves_the_rest() {
        let store = store();
        let id = connection().id;
        store.begin_refresh(&id, TokenVersion(1), at_minute(6), "me").unwrap();
        assert_eq!(store.list_intents().unwrap(), [(id.clone(), TokenVersion(2), at_minute(6))]);
        let granted = vec!["drive".to_owned(), "mail".to_owned()];
        let commit = BundleCommit { granted: granted.clone(), ..refreshed_to(2) };

        store.commit_bundle(&id, TokenVersion(1), &commit, &issued(&id)).unwrap();

        let mut expected = connection();
        expected.token = Some(facts(2));
        expected.scopes.granted = granted;
        expected.refresh_token_ends_at = None;
        expected.refresh_failures = None;
        assert_eq!(store.find_connection(&id).unwrap(), Some(expected));
        assert_eq!(store.list_intents().unwrap(), [], "the outcome is known");
        let second = TokenLink {
            version: TokenVersion(2),
            refresh_fingerprint: facts(2).refresh_fingerprint,
            issued_by: IssuedBy::Refresh,
            reason: Some(RefreshReason::Scheduled),
            outcome: LinkOutcome::InUse,
            ended_at: None,
            ..first_link()
        };
        let replaced = TokenLink { outcome: LinkOutcome::Replaced, ended_at: Some(second.issued_at), ..first_link() };
        assert_eq!(store.list_token_links(&id, 9).unwrap(), [second.clone(), replaced], "the newest first");
        assert_eq!(store.list_token_links(&id, 1).unwrap(), [second]);
    }

    /// A5
    #[test]
    fn the_first_bundle_follows_a_row_that_had_none() {
        let store = store();
        let new =
            Connection { id: ConnectionId::from_random(2), identity: Identity::default(), token: None, ..connection() };
        let none = TokenVersion::default();
        store.insert_connection(&new, None, &[]).unwrap();
        store.begin_refresh(&new.id, none, at_minute(6), "me").unwrap();
        assert_eq!(store.list_intents().unwrap(), [(new.id.clone(), TokenVersion(1), at_minute(6))]);

        store.commit_bundle(&new.id, none, &refreshed_to(1), &[]).unwrap();

        assert_eq!(store.find_connection(&new.id).unwrap().unwrap().token, Some(facts(1)));
        assert_eq!(store.previous_versions().unwrap(), [], "there was nothing before it");
    }

    /// A7
    #[test]
    fn a_reconnect_may_replace_everything_but_the_id() {
        let store = store();
        let id = connection().id;
        let other_client =
            domain::connection::Client { id: ClientId::from_random(2), client_id: "another".into(), ..client() };
        store.insert_client(&other_client).unwrap();
        let commit = BundleCommit {
            requested: Some(vec!["all".into()]),
            refresh_token_ends_at: Some(at_minute(77)),
            grant: GrantState::Alive { granted_at: at_minute(70) },
            proof: ProofChange::Set(Proof {
                at: at_minute(70),
                by: ProofKind::SignIn,
                failure: None,
                latency_ms: Some(3),
            }),
            identity: Some(Identity { subject: Some("new".into()), ..Identity::default() }),
            endpoints: Some(FrozenEndpoints {
                issuer: Some("https://moved.example".into()),
                token_endpoint: "https://moved.example/token".parse().unwrap(),
                kept_fields: vec![("instance_url".into(), "https://eu9.example".into())],
            }),
            client: Some(ClientId::from_random(2)),
            issued_by: IssuedBy::Reconnect,
            reason: None,
            ..refreshed_to(2)
        };

        store.commit_bundle(&id, TokenVersion(1), &commit, &[]).unwrap();

        let found = store.find_connection(&id).unwrap().unwrap();
        assert_eq!(store.token_version(&id).unwrap(), TokenVersion(2));
        assert_eq!(found.scopes.requested, ["all"]);
        assert_eq!(found.refresh_token_ends_at, Some(at_minute(77)));
        assert_eq!(found.grant, commit.grant);
        assert_eq!(found.proof.map(ProofChange::Set), Some(commit.proof));
        assert_eq!(Some(found.identity), commit.identity);
        assert_eq!(Some(found.endpoints), commit.endpoints);
        assert_eq!(Some(found.client), commit.client);
        assert_eq!(store.list_token_links(&id, 1).unwrap()[0].issued_by, IssuedBy::Reconnect);
    }

    /// A1
    #[test]
    fn a_disconnected_connection_does_not_come_back_beside_its_successor() {
        let store = store();
        let old = connection().id;
        store.set_grant(&old, TokenVersion(1), &GrantState::Disconnected { at: at_minute(5) }, &[]).unwrap();
        let successor = Connection { id: ConnectionId::from_random(2), ..connection() };
        store.insert_connection(&successor, None, &[]).unwrap();

        let outcome = store.commit_bundle(&old, TokenVersion(1), &refreshed_to(2), &[]);

        assert!(matches!(&outcome, Err(StoreError::Duplicate { other }) if *other == successor.id), "{outcome:?}");
        let given_up = TokenLink { outcome: LinkOutcome::Disconnected, ended_at: Some(at_minute(5)), ..first_link() };
        assert_eq!(store.list_token_links(&old, 9).unwrap(), [given_up], "all or nothing");
    }

    /// A5: the chain says why a person was needed.
    #[test]
    fn a_refused_version_stays_refused_when_a_reconnect_replaces_it() {
        let store = store();
        let id = connection().id;
        let ended = GrantState::Ended { at: at_minute(8), diagnosis: diagnosis() };
        store.set_grant(&id, TokenVersion(1), &ended, &[]).unwrap();

        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &[]).unwrap();

        let outcomes: Vec<_> = store.list_token_links(&id, 9).unwrap().into_iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [LinkOutcome::InUse, LinkOutcome::Refused]);
    }

    /// B4
    #[test]
    fn a_failed_refresh_and_a_proof_are_written_down() {
        let store = store();
        let id = connection().id;
        let wordless =
            WordlessRefusals { since: at_minute(31), count: 5, last: diagnosis(), told_at: Some(at_minute(37)) };
        let streak = FailureStreak { count: 9, since: at_minute(30), wordless: Some(wordless), ..failures() };
        let proof = Proof { at: at_minute(9), by: ProofKind::TestCall, failure: None, latency_ms: Some(42) };
        let identity = Identity { label: Some("mira".into()), ..connection().identity };
        store.begin_refresh(&id, TokenVersion(1), at_minute(6), "me").unwrap();

        store.record_refresh_failure(&id, TokenVersion(1), &streak, None, &issued(&id)).unwrap();
        assert_eq!(store.list_intents().unwrap(), [], "it was answered");
        store
            .record_proof(&id, TokenVersion(1), &proof, Some(&identity), Some(&["mail".to_owned()]), &issued(&id))
            .unwrap();
        store.begin_refresh(&id, TokenVersion(1), at_minute(7), "me").unwrap();
        store.clear_intent(&id).unwrap();

        let mut expected = connection();
        expected.refresh_failures = Some(streak);
        expected.proof = Some(proof);
        expected.identity = identity;
        expected.scopes.granted = vec!["mail".into()];
        assert_eq!(store.find_connection(&id).unwrap(), Some(expected));
        assert_eq!(store.list_intents().unwrap(), []);
        assert_eq!(store.list_events(Some(&id), None, 9).unwrap().len(), 2);
    }

    /// A1
    #[test]
    fn what_is_not_there_is_gone() {
        let store = store();
        let nobody = ConnectionId::from_random(99);

        assert!(matches!(store.begin_refresh(&nobody, TokenVersion(1), at_minute(1), "me"), Err(StoreError::Gone)));
        assert!(matches!(store.clear_intent(&nobody), Err(StoreError::Gone)));
        assert!(matches!(store.token_version(&nobody), Err(StoreError::Gone)));
        assert_eq!(store.find_connection(&nobody).unwrap(), None);
    }
}
