//! At start: keychain and database may disagree after a crash; each case is settled, nothing is
//! mass-deleted [A5, S120, S153, S155, S156].

use std::collections::HashSet;
use std::time::Duration;

use domain::connection::{Connection, GrantState, IssuedBy, Proof, ProofKind};
use domain::diagnosis::Diagnosis;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::TokenBundle;
use domain::{ConnectionId, TokenVersion};

use super::redeem::leaves_in_doubt;
use crate::refresh_lock::RefreshLockError;
use crate::sealed_bundles::SealedBundle;
use crate::store::{ArrivingBundle, BundleCommit, ProofChange, StoreError};
use crate::vault::{KeychainState, VaultError};
use crate::{Engine, Error};

/// A keychain that works answers far sooner, and whoever only looks is kept waiting no longer.
const QUICK_PROBE: Duration = Duration::from_secs(2);

/// Files that nobody is known to have sealed, tried at a time: anybody can put thousands there.
const MOST_UNKNOWN: usize = 3;

/// What was found and settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Bundles that were durable, and are now pointed to.
    pub adopted_count: usize,
    /// Intents without a bundle: the stored token is perhaps spent, and tried again.
    pub doubted_count: usize,
    pub erased_count: usize,
}

/// What a start could not settle.
#[derive(Default)]
struct Unsettled {
    first: Option<Error>,
}

impl Unsettled {
    fn note<T>(&mut self, done: Result<T, Error>) -> Option<T> {
        match done {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::warn!(%error, "something that was left is settled later");
                // A keychain that is shut says why nothing else went on.
                if self.first.is_none() || is_of_shut_keychain(&error) {
                    self.first = Some(error);
                }
                None
            }
        }
    }

    /// Each question would ask a person to unlock it, or wait as long again.
    fn is_keychain_shut(&self) -> bool {
        self.first.as_ref().is_some_and(is_of_shut_keychain)
    }
}

fn is_of_shut_keychain(error: &Error) -> bool {
    matches!(error, Error::VaultUnavailable(VaultError::Locked | VaultError::Absent | VaultError::NotAnswering))
}

impl Engine {
    /// Settles what a crash left behind. A connection that another process is refreshing is left to it.
    ///
    /// # Errors
    /// The first that was met: what one connection meets holds up no other.
    pub async fn reconcile(&self) -> Result<Reconciled, Error> {
        let (mut settled, mut unsettled) = (Reconciled::default(), Unsettled::default());
        if let Err(error) = self.take_up_drafts().await {
            tracing::debug!(%error, "what was being sealed is looked at later");
        }
        let intents = unsettled.note(self.parts.store.list_intents().map_err(Error::from)).unwrap_or_default();
        let seals = unsettled.note(self.parts.sealed.list().map_err(Error::from)).unwrap_or_default();
        let intents = intents.into_iter().map(|(id, _, _)| id);
        let left: HashSet<_> = intents.chain(seals.into_iter().map(|it| it.connection)).collect();
        for id in left {
            if unsettled.is_keychain_shut() {
                break;
            }
            match unsettled.note(self.settle_if_free(&id).await).flatten() {
                Some(true) => settled.adopted_count += 1,
                Some(false) => settled.doubted_count += 1,
                None => {}
            }
        }
        let replaced = unsettled.note(self.parts.store.previous_versions().map_err(Error::from)).unwrap_or_default();
        for (id, version) in replaced {
            if unsettled.is_keychain_shut() {
                break;
            }
            let is_erased = unsettled.note(self.erase_left(&id, version).await).unwrap_or_default();
            settled.erased_count += usize::from(is_erased);
        }
        if !unsettled.is_keychain_shut() {
            settled.erased_count += unsettled.note(self.settle_rotations().await).unwrap_or_default();
        }
        unsettled.note(self.drop_outlived_seals());
        unsettled.note(self.settle_open_sign_ins());
        unsettled.first.map_or(Ok(settled), Err)
    }

    /// Erases a bundle whose erasure was never confirmed, unless its connection is being refreshed: whoever does that
    /// holds the lock, and erases what was replaced.
    async fn erase_left(&self, id: &ConnectionId, version: TokenVersion) -> Result<bool, Error> {
        let Ok(lock) = self.parts.locks.acquire(id, Duration::ZERO).await else { return Ok(false) };
        let connection = self.parts.store.find_connection(id)?;
        if connection.is_none_or(|it| matches!(it.grant, GrantState::Disconnected { .. })) {
            self.parts.vault.erase_connection(id).await?;
            self.forget_seals(id)?;
        } else {
            self.parts.vault.erase_bundle(id, version).await?;
        }
        drop(lock);
        self.parts.store.confirm_erased(id, version)?;
        Ok(true)
    }

    /// Settles what a crash left of one connection, unless somebody is at it: `None` then, and where nothing was left.
    pub(super) async fn settle_if_free(&self, id: &ConnectionId) -> Result<Option<bool>, Error> {
        let lock = match self.parts.locks.acquire(id, Duration::ZERO).await {
            Ok(lock) => lock,
            Err(RefreshLockError::Waited { .. }) => return Ok(None),
            Err(unavailable) => return Err(unavailable.into()),
        };
        let lock = self.take_up_carried(id, lock)?;
        if self.under_way_elsewhere(id)?.is_some() {
            return Ok(None);
        }
        // Read under the lock: its last holder may have finished in between.
        let left = self.parts.store.find_with_intent(id)?;
        let settled = self.settle_left(left.as_ref()).await?;
        drop(lock);
        if settled.is_some() {
            self.notify_connection(id);
        }
        Ok(settled)
    }

    /// The same before somebody is handed a token. One that cannot be settled just now keeps nobody from the token in
    /// hand: that one is as good as it was.
    pub(super) async fn settle_before_use(&self, id: &ConnectionId) -> Result<(), Error> {
        let left = self.parts.store.find_with_intent(id)?;
        let is_left = left.is_some_and(|(connection, intent)| {
            (intent.is_some() && self.parts.locks.is_free(id))
                || self.newer_seal(id, connection.token_version()).is_some()
        });
        if is_left && let Err(error) = self.settle_if_free(id).await {
            tracing::debug!(connection = %id, %error, "what was left is settled later");
        }
        Ok(())
    }

    /// Tries what lies sealed, whoever sealed it, and what died under way; how many bundles still wait for the
    /// keychain. What one connection meets holds up no other.
    ///
    /// # Errors
    /// The sealed folder's and the database's.
    pub async fn take_up_what_was_left(&self) -> Result<usize, Error> {
        if let Err(error) = self.take_up_drafts().await {
            tracing::debug!(%error, "what was being sealed is looked at later");
        }
        let intents = self.parts.store.list_intents()?.into_iter().map(|(id, _, _)| id);
        for id in intents.filter(|id| self.parts.locks.is_free(id)).collect::<Vec<_>>() {
            if let Err(error) = self.settle_if_free(&id).await {
                tracing::debug!(connection = %id, %error, "what a crash left is settled later");
            }
        }
        self.take_up_seals().await
    }

    /// The seals alone: one look into a folder where nothing is sealed, and no keychain is asked.
    ///
    /// # Errors
    /// The sealed folder's and the database's.
    pub async fn take_up_seals(&self) -> Result<usize, Error> {
        if let Err(error) = self.take_up_drafts().await {
            tracing::debug!(%error, "what was being sealed is looked at later");
        }
        let mut waiting = self.interrupted_sign_ins()?;
        for sealed in self.parts.sealed.list()? {
            // Who holds it here tries it by itself.
            let is_here = self.held_reason(&sealed.connection).is_some();
            if !is_here && !waiting.contains(&sealed.connection) && self.is_awaited(&sealed)? {
                waiting.push(sealed.connection);
            }
        }
        // One that is known to be locked is not asked: each time a person would be asked to unlock it.
        if waiting.is_empty() || self.parts.vault.glance().await == Some(KeychainState::Locked) {
            return Ok(waiting.len());
        }
        // It is asked once, not once for each; one that hangs holds up no command.
        let probe = tokio::time::timeout(QUICK_PROBE, self.parts.vault.probe());
        if !matches!(probe.await, Ok(Ok(()))) {
            return Ok(waiting.len());
        }
        let mut left_count = 0;
        for id in waiting {
            match self.settle_if_free(&id).await {
                Ok(Some(_)) => {}
                // Whoever has the lock holds it, and tries.
                Ok(None) => left_count += 1,
                Err(error) => {
                    tracing::debug!(connection = %id, %error, "a sealed bundle still waits");
                    left_count += 1;
                }
            }
        }
        self.drop_outlived_seals()?;
        Ok(left_count)
    }

    /// Sign-ins whose process died with the new grant on its way into the keychain: what is shown of these connections
    /// may be another account's.
    fn interrupted_sign_ins(&self) -> Result<Vec<ConnectionId>, Error> {
        let mut found = vec![];
        for (id, version, _) in self.parts.store.list_intents()? {
            let is_left = self.held_reason(&id).is_none() && self.parts.locks.is_free(&id);
            if is_left && let Some(ArrivingBundle::Grant(_)) = self.parts.store.arriving_bundle(&id, version)? {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Whether a seal is newer than what its connection has, and the connection is still wanted.
    fn is_awaited(&self, sealed: &SealedBundle) -> Result<bool, Error> {
        let Some((connection, intent)) = self.parts.store.find_with_intent(&sealed.connection)? else {
            return Ok(false);
        };
        let counted = connection.token_version();
        let is_wanted = match connection.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => true,
            // A sign-in that was to take its place.
            GrantState::Ended { .. } | GrantState::Disconnected { .. } => intent == Some(sealed.version),
        };
        Ok(is_wanted && sealed.version > counted)
    }

    /// Removes sealed bundles that the keychain has taken since. One whose connection is not known is kept: the
    /// database may be an older one.
    fn drop_outlived_seals(&self) -> Result<(), Error> {
        for sealed in self.parts.sealed.list()? {
            let is_outlived = self
                .parts
                .store
                .find_connection(&sealed.connection)?
                .and_then(|it| it.token)
                .is_some_and(|token| token.version >= sealed.version);
            if is_outlived && self.held_reason(&sealed.connection).is_none() {
                self.parts.sealed.remove(&sealed.connection, sealed.version)?;
            }
        }
        for aside in self.parts.sealed.list_put_aside()? {
            // A token that was refreshed since: whatever it held is spent.
            let counted = self.parts.store.find_connection(&aside.connection)?.map(|it| it.token_version());
            if counted.is_some_and(|counted| counted > aside.version) {
                self.parts.sealed.remove_put_aside(&aside.connection, aside.version)?;
            }
        }
        Ok(())
    }

    /// Settles what a crash left of one connection, as it was read under its lock: true when a bundle was adopted,
    /// `None` when nothing was left. Without an intent there may be a seal: a power cut took the intent, or the
    /// database is an older one.
    pub(super) async fn settle_left(
        &self,
        left: Option<&(Connection, Option<TokenVersion>)>,
    ) -> Result<Option<bool>, Error> {
        let Some((connection, intent)) = left else { return Ok(None) };
        if let Some(version) = intent {
            return self.settle_intent(connection, *version).await.map(Some);
        }
        match connection.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {}
            GrantState::Ended { .. } | GrantState::Disconnected { .. } => return Ok(None),
        }
        let mut settled = None;
        let newer = self.newer_seals(&connection.id, connection.token_version());
        if newer.is_empty() {
            return Ok(None);
        }
        let sealed = self.known_seals(&connection.id);
        let (known, unknown): (Vec<_>, Vec<_>) = newer.into_iter().partition(|version| sealed.contains(version));
        // One that is ours has the next version, or not many more.
        for version in known.into_iter().chain(unknown.into_iter().rev().take(MOST_UNKNOWN)) {
            let is_known = sealed.contains(&version);
            // A file that nobody is known to have sealed, and that does not open, casts no doubt on what counts.
            if is_known || self.is_opened(connection, version).await? {
                settled = Some(self.settle_intent(connection, version).await?);
            }
            if settled == Some(true) {
                break;
            }
        }
        Ok(settled)
    }

    /// Whether a bundle of this version is there, in its slot or under a seal that opens. The caller holds the lock.
    async fn is_opened(&self, connection: &Connection, version: TokenVersion) -> Result<bool, Error> {
        let is_stored = self.whole_or_refresh_part(&connection.id, version).await?.is_some();
        Ok(is_stored || self.unseal(&connection.id, version).await?.is_some())
    }

    /// True when the bundle of the interrupted write was whole enough to adopt.
    async fn settle_intent(&self, connection: &Connection, version: TokenVersion) -> Result<bool, Error> {
        let id = &connection.id;
        let found = match self.whole_or_refresh_part(id, version).await? {
            Some(bundle) => Some((bundle, EventKind::Reconciled)),
            None => self.unseal(id, version).await?.map(|bundle| (bundle, EventKind::BundleRecovered)),
        };
        match found {
            Some((bundle, kind)) => {
                self.adopt(connection, bundle, kind)?;
                self.parts.sealed.remove(id, version)?;
                Ok(true)
            }
            None if connection.token.is_none() => {
                // A sign-in that never stored anything: there is nothing to keep.
                self.parts.store.forget_connection(id)?;
                Ok(false)
            }
            None => {
                self.doubt_left_intent(connection, version)?;
                Ok(false)
            }
        }
    }

    /// A process died with a refresh under way, and no new bundle is anywhere: the request may have been acted on.
    /// Where refresh tokens rotate, the one we hold is perhaps spent; the next refresh shows it [A5].
    ///
    /// All that is dated as it began: when it is settled says nothing of when it was sent.
    fn doubt_left_intent(&self, connection: &Connection, intent: TokenVersion) -> Result<(), Error> {
        let id = &connection.id;
        let version = connection.token_version();
        let began_at = self.parts.store.list_intents()?.into_iter().find(|it| it.0 == *id).map(|(_, _, at)| at);
        // Its answer came, and was sealed; what became of that is told by itself.
        let was_answered = self.noted_seal(id) == Some(intent)
            || self.put_aside_seals().iter().any(|it| it.connection == *id && it.version == intent);
        let is_refreshed = match connection.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => true,
            // A sign-in was to bring these back.
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => false,
        };
        let cut_off = began_at.filter(|_| is_refreshed && !was_answered).map(|at| {
            let mut event = LifecycleEvent { at, ..self.event(EventKind::RefreshCutOff, connection) };
            let issued_at = connection.token.as_ref().map(|token| token.issued_at);
            event.token_age = issued_at.and_then(|issued_at| Duration::try_from(at.duration_since(issued_at)).ok());
            event
        });
        if self.is_doubtful(connection)? {
            let asked_at = began_at.unwrap_or_else(|| self.parts.clock.now());
            return self.doubt_grant(connection, version, asked_at, cut_off.as_slice());
        }
        if let Some(event) = &cut_off {
            self.parts.store.append_event(event)?;
        }
        Ok(self.parts.store.clear_intent(id)?)
    }

    /// Makes a bundle count that another run, or another process, put into the keychain.
    pub(super) fn adopt(&self, connection: &Connection, bundle: TokenBundle, kind: EventKind) -> Result<(), Error> {
        let expected = connection.token_version();
        let (grant, is_refused) = match self.parts.store.arriving_bundle(&connection.id, bundle.version)? {
            Some(ArrivingBundle::Grant(grant)) => (Some(*grant), None),
            Some(ArrivingBundle::Refused(diagnosis)) => (None, Some(diagnosis)),
            None => (None, None),
        };
        let granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } if grant.is_none() => {
                granted_at
            }
            GrantState::Alive { .. }
            | GrantState::OutcomeUnknown { .. }
            | GrantState::Ended { .. }
            | GrantState::SecretMissing { .. }
            | GrantState::Disconnected { .. } => bundle.issued_at,
        };
        let refreshed = self.refresh_that_was_held(connection, &bundle, is_refused.as_ref())?;
        let reason = refreshed.as_ref().and_then(|it| it.reason).or(Some(RefreshReason::Recovery));
        // What a sign-in brings begins anew: there is no older token to be in doubt of, and its scopes are its own.
        let is_of_refresh = grant.is_none() && expected != TokenVersion::default();
        let rotation = self.provider_or_stand_in(connection)?.refresh.rotation;
        let is_in_doubt = is_of_refresh && leaves_in_doubt(rotation, &bundle.defects);
        let commit = BundleCommit {
            facts: bundle.facts(),
            granted: bundle.granted_scopes.clone(),
            requested: grant.as_ref().map(|it| it.requested.clone()),
            refresh_token_ends_at: bundle.refresh_token_ends_at,
            grant: match &is_refused {
                None if is_in_doubt => GrantState::OutcomeUnknown { granted_at, asked_at: bundle.issued_at },
                None => GrantState::Alive { granted_at },
                Some(diagnosis) => GrantState::Ended { at: self.parts.clock.now(), diagnosis: diagnosis.clone() },
            },
            proof: match &refreshed {
                Some(_) if bundle.access_token.is_some() && is_refused.is_none() => ProofChange::Set(Proof {
                    at: bundle.issued_at,
                    by: ProofKind::Refresh,
                    failure: None,
                    latency_ms: None,
                }),
                Some(_) => ProofChange::Keep,
                // The interrupted write may have been a reconnect as another account: the next call shows whose it is.
                None => ProofChange::Forget,
            },
            identity: grant.as_ref().map(|it| it.identity.clone()),
            endpoints: grant.as_ref().map(|it| it.endpoints.clone()),
            binding: grant.as_ref().map(|it| it.binding.clone()),
            client: grant.as_ref().map(|it| it.client.clone()),
            issued_by: match &grant {
                _ if expected == TokenVersion::default() => IssuedBy::Connect,
                Some(_) => IssuedBy::Reconnect,
                None => IssuedBy::Refresh,
            },
            reason: reason.filter(|_| grant.is_none()),
        };
        let mut events: Vec<_> =
            refreshed.into_iter().chain([self.adoption_event(kind, connection, &bundle)]).collect();
        // A bundle that is there in part says nothing of its scopes.
        if is_of_refresh && bundle.access_token.is_some() {
            events.extend(self.cleared(connection, is_refused.is_none()));
            events.extend(self.scopes_changed(connection, &bundle.granted_scopes));
        }
        if let Some(grant) = &grant {
            let mut event = self.adoption_event(EventKind::Reconnected, connection, &bundle);
            event.subject = grant.identity.account().map(str::to_owned);
            events.push(event);
        }
        if let Some(diagnosis) = is_refused {
            let mut event = self.adoption_event(EventKind::ReauthRequiredSet, connection, &bundle);
            event.diagnosis = Some(diagnosis);
            events.push(event);
        }
        match self.parts.store.commit_bundle(&connection.id, expected, &commit, &events) {
            // Another connection of that account was made since: the tokens are kept, and the next call shows whose.
            Err(StoreError::Duplicate { .. }) => {
                let unnamed = BundleCommit { identity: None, ..commit };
                Ok(self.parts.store.commit_bundle(&connection.id, expected, &unnamed, &events)?)
            }
            committed => Ok(committed?),
        }
    }

    fn adoption_event(&self, kind: EventKind, connection: &Connection, bundle: &TokenBundle) -> LifecycleEvent {
        let mut event = self.event(kind, connection);
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(domain::Secret::fingerprint);
        event
    }

    /// The end of a refresh whose bundle the keychain would not take, as the process that made it would have written it:
    /// that one wrote down only that it holds it. `refused`: why the tokens are given to nobody.
    fn refresh_that_was_held(
        &self,
        connection: &Connection,
        bundle: &TokenBundle,
        refused: Option<&Diagnosis>,
    ) -> Result<Option<LifecycleEvent>, Error> {
        let mut held = self.held_events(&connection.id)?;
        let held = held.find(|event| event.token_version == Some(bundle.version) && event.reason.is_some());
        Ok(held.map(|held| LifecycleEvent {
            at: self.parts.clock.now(),
            kind: if refused.is_none() { EventKind::RefreshSucceeded } else { EventKind::RefreshFailed },
            diagnosis: refused.cloned(),
            ..held
        }))
    }
}
