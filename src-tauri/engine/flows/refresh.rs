//! Refreshing a token: under the lock, from the newest stored bundle, durable before anyone may use it
//! [A4, A5, B1, B3, B4, B5, S056, S067, S070, S071, S072].

use std::time::Duration;

use domain::connection::{Connection, GrantState};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::refresh_time::is_due;
use domain::lifecycle::retry::is_waiting;
use domain::{ConnectionId, Fingerprint, TokenVersion};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::intent_holder::IntentHolder;
use crate::refresh_lock::{RefreshLock, RefreshLockError};
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::{Engine, Error};

/// The longest wait for another task's or process's refresh: longer than any token endpoint may take [S158].
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// Who holds a sealed bundle tries the keychain every ten seconds at least.
const WAIT_FOR_A_SEAL: Duration = Duration::from_secs(12);

/// How often it is looked whether another process has ended its refresh.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A token this young is not renewed because it does not hold longer: this provider's do not [S060].
const LEAST_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// Unless this much of its life is over and a new one holds for as long as is wanted: whoever wants nearly all of it does
/// not have one fetched at every call.
const WORN_SHARE: i32 = 4;

/// Why a refresh is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshWhy {
    /// Its time has come.
    Scheduled { due_at: Timestamp },
    /// Its grant would die unused [B11].
    KeepAlive { due_at: Timestamp },
    /// A person clicked: bypasses the backoff, not the lock.
    Person,
    /// A token is wanted that holds this long.
    Needed { min_valid: Duration },
    /// The API refused the token of this version.
    Rejected { version: TokenVersion },
}

impl RefreshWhy {
    pub(super) fn reason(self) -> RefreshReason {
        match self {
            Self::Scheduled { .. } => RefreshReason::Scheduled,
            Self::KeepAlive { .. } => RefreshReason::KeepAlive,
            Self::Person => RefreshReason::Person,
            Self::Needed { .. } => RefreshReason::Needed,
            Self::Rejected { .. } => RefreshReason::Rejected,
        }
    }

    /// How long after its time it ends, where it had one.
    pub(super) fn lateness(self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Scheduled { due_at } | Self::KeepAlive { due_at } => {
                Some(Duration::try_from(now.duration_since(due_at)).unwrap_or_default())
            }
            Self::Person | Self::Needed { .. } | Self::Rejected { .. } => None,
        }
    }
}

/// What it led to.
#[derive(Debug, Clone, PartialEq)]
pub enum RefreshOutcome {
    Refreshed {
        version: TokenVersion,
        latency: Duration,
        is_rotated: bool,
        /// Other refresh tokens that the answer held, and that were left.
        left_refresh_tokens: Vec<Fingerprint>,
    },
    /// Another task or process had just done it, or it was not needed any more.
    AlreadyFresh {
        version: TokenVersion,
    },
    /// It may pass, or wants mending; the grant stands.
    Failed {
        diagnosis: Diagnosis,
        retry_at: Timestamp,
    },
    /// Only a person can bring it back.
    GrantEnded {
        diagnosis: Diagnosis,
    },
    NoRefreshToken,
}

/// Counts a refresh from its beginning to its end, however it ends.
pub(super) struct UnderWay(Engine);

impl UnderWay {
    pub(super) fn begin(engine: &Engine) -> Self {
        engine.refreshes_under_way.send_modify(|count| *count += 1);
        Self(engine.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.refreshes_under_way.send_modify(|count| *count -= 1);
    }
}

impl Engine {
    /// Refreshes one connection. Once begun it is not cancelled with its caller: an answer that carries a
    /// rotated token must be stored by someone [S067].
    pub async fn refresh(&self, id: &ConnectionId, why: RefreshWhy) -> Result<RefreshOutcome, Error> {
        let engine = self.clone();
        let id = id.clone();
        let under_way = UnderWay::begin(self);
        tokio::spawn(async move {
            let outcome = engine.refresh_under_lock(&id, why).await;
            drop(under_way);
            outcome
        })
        .await
        .map_err(|_| Error::TaskEnded)?
    }

    /// Waits until no refresh is under way: a program that ends earlier may lose a rotated token [S168].
    pub async fn until_quiet(&self) {
        let mut count = self.refreshes_under_way.subscribe();
        // The sender lives as long as the engine.
        drop(count.wait_for(|count| *count == 0).await);
        if let Err(error) = self.parts.store.settle_erasures() {
            tracing::debug!(%error, "what was erased is looked for once more at the next start");
        }
    }

    /// The refresh lock of a connection, or who holds it too long.
    pub(super) async fn lock_refresh(&self, id: &ConnectionId) -> Result<RefreshLock, Error> {
        let _waiting = self.begin_wait(id, LONGEST_WAIT);
        let lock = self.parts.locks.acquire(id, LONGEST_WAIT).await?;
        self.take_up_carried(id, lock)
    }

    /// What a person carried away is known to whoever only looks, as soon as the database takes it [A5, S154].
    pub(super) fn tell_of_carried(&self, id: &ConnectionId) {
        let Some(version) = self.parts.locks.carried(id) else { return };
        if self.noted_seal(id) >= Some(version) {
            return;
        }
        if let Err(error) = self.parts.store.note_sealed(id, version) {
            tracing::warn!(connection = %id, %error, "that a bundle was carried away is not in the database yet");
        }
    }

    /// Before anything is sent: what a person carried away makes the token in hand a spent one [A5, S154].
    pub(super) fn take_up_carried(&self, id: &ConnectionId, mut lock: RefreshLock) -> Result<RefreshLock, Error> {
        if let Some(version) = lock.carried() {
            self.parts.store.note_sealed(id, version)?;
            if let Err(error) = lock.forget_carried() {
                tracing::warn!(connection = %id, %error, "a note beside a lock, which the database has by now, stays");
            }
        }
        Ok(lock)
    }

    /// The lock; or what keeps another process from giving it back: that one holds a new bundle, and a seal on the disk
    /// or its own word in the lock says so.
    async fn lock_refresh_or_seal(&self, id: &ConnectionId, counted: TokenVersion) -> Result<RefreshLock, Error> {
        if self.newer_seal(id, counted).is_none() && self.held_elsewhere_of(id)?.is_none() {
            return match self.lock_refresh(id).await {
                // It may have come to that while we waited.
                Err(stuck @ Error::RefreshStuck { .. }) => match self.held_elsewhere_of(id)? {
                    Some(by) => Err(Error::HeldElsewhere { name: self.connection(id)?.name, by }),
                    None => Err(stuck),
                },
                locked => locked,
            };
        }
        let _waiting = self.begin_wait(id, WAIT_FOR_A_SEAL);
        match self.parts.locks.acquire(id, WAIT_FOR_A_SEAL).await {
            Ok(lock) => self.take_up_carried(id, lock),
            Err(RefreshLockError::Waited { .. }) => {
                let name = self.connection(id)?.name;
                match self.held_elsewhere_of(id)? {
                    Some(by) => Err(Error::HeldElsewhere { name, by }),
                    None => {
                        let reason = self.parts.vault.probe().await.err().unwrap_or(VaultError::Locked);
                        Err(Error::BundleHeld { name, is_sealed: true, reason })
                    }
                }
            }
            Err(unavailable) => Err(unavailable.into()),
        }
    }

    /// Waits while a process that lives refreshes this connection under a lock file that was taken away: the lock that
    /// we hold says nothing of it, and its token is spent.
    async fn wait_for_who_lives(&self, id: &ConnectionId) -> Result<(), Error> {
        let _waiting = self.begin_wait(id, LONGEST_WAIT);
        let give_up_at = Instant::now() + LONGEST_WAIT;
        while let Some(holder) = self.under_way_elsewhere(id)? {
            if Instant::now() >= give_up_at {
                return Err(Error::RefreshStuck { holder: Some(holder) });
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// The process that has a refresh of this connection under way although its lock is free, if one has.
    pub(super) fn under_way_elsewhere(&self, id: &ConnectionId) -> Result<Option<u32>, Error> {
        let Some((written, began_at)) = self.parts.store.intent_holder(id)? else { return Ok(None) };
        let age = Duration::try_from(self.parts.clock.now().duration_since(began_at)).unwrap_or_default();
        let Some(holder) = IntentHolder::read(&written) else { return Ok(None) };
        let is_at_it = holder.may_live(self.parts.locks.mark(id).as_deref(), age, LONGEST_WAIT);
        Ok(is_at_it.then_some(holder.pid))
    }

    /// The lock, and the connection as it stands under it once all that was left of it is settled: of two bundles that are
    /// durable the newer counts. `counted`: the version that counted before.
    pub(super) async fn lock_settled(
        &self,
        id: &ConnectionId,
        counted: TokenVersion,
    ) -> Result<(RefreshLock, Connection), Error> {
        if let Some((reason, is_sealed)) = self.held_reason(id) {
            // Whoever holds it keeps the lock: there is nothing to wait for but the keychain.
            return Err(Error::BundleHeld { name: self.connection(id)?.name, is_sealed, reason });
        }
        let lock = self.lock_refresh_or_seal(id, counted).await?;
        let connection = self.settled(id).await?;
        Ok((lock, connection))
    }

    /// The same for whoever holds the lock already.
    pub(super) async fn settled(&self, id: &ConnectionId) -> Result<Connection, Error> {
        // Only what is read under the lock counts: another may have won meanwhile.
        let mut found = self.parts.store.find_with_intent(id)?;
        if found.as_ref().is_some_and(|(_, intent)| intent.is_some()) {
            self.wait_for_who_lives(id).await?;
            found = self.parts.store.find_with_intent(id)?;
        }
        // An intent that is still there was left by a process that died.
        if self.settle_left(found.as_ref()).await?.is_some() {
            found = self.parts.store.find_with_intent(id)?;
        }
        let (connection, _) = found.ok_or_else(|| Error::ConnectionGone(id.to_string()))?;
        Ok(connection)
    }

    async fn refresh_under_lock(&self, id: &ConnectionId, why: RefreshWhy) -> Result<RefreshOutcome, Error> {
        let counted = match self.parts.store.token_version(id) {
            Err(StoreError::Gone) => return Err(Error::ConnectionGone(id.to_string())),
            read => read?,
        };
        let (lock, connection) = self.lock_settled(id, counted).await?;
        let seen = Some(counted).filter(|version| *version > TokenVersion::default());
        if let Some(outcome) = self.settled_already(&connection, seen, why) {
            return Ok(outcome);
        }
        let provider = self.provider_of(&connection)?;
        if let Some(outcome) = self.held_back(&connection, &provider, why)? {
            return Ok(outcome);
        }
        self.refuse_spent(&connection, &provider)?;
        let outcome = self.redeem(&connection, &provider, why, lock, true).await;
        if matches!(outcome, Err(Error::ChangedMeanwhile)) && self.under_way_elsewhere(id)?.is_some() {
            // Nothing left: another began between our look and our intent, with a lock file that is not ours.
            return Box::pin(self.refresh_under_lock(id, why)).await;
        }
        self.notify_connection(id);
        outcome
    }

    /// What makes a refresh needless, or pointless.
    fn settled_already(
        &self,
        connection: &Connection,
        seen: Option<TokenVersion>,
        why: RefreshWhy,
    ) -> Option<RefreshOutcome> {
        let now = self.parts.clock.now();
        match &connection.grant {
            // A missing secret may have come back with its keychain: it is looked for again.
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {}
            // The administrator may have been asked by now: a person's click finds out.
            GrantState::Ended { .. } if connection.is_blocked() && matches!(why, RefreshWhy::Person) => {}
            GrantState::Ended { diagnosis, .. } => {
                return Some(RefreshOutcome::GrantEnded { diagnosis: diagnosis.clone() });
            }
            GrantState::Disconnected { .. } => {
                let diagnosis = Diagnosis::of(CauseLabel::GrantRevoked);
                return Some(RefreshOutcome::GrantEnded { diagnosis });
            }
        }
        let Some(token) = &connection.token else { return Some(RefreshOutcome::NoRefreshToken) };
        let version = token.version;
        let is_renewed = seen.is_some_and(|seen| seen < version);
        let is_fresh = match why {
            RefreshWhy::Person => is_renewed && token.has_access_token,
            // It may have stood in a queue while somebody else renewed it.
            RefreshWhy::Scheduled { .. } | RefreshWhy::KeepAlive { .. } => {
                self.next_refresh(connection, now).is_none_or(|due| due.at > now)
            }
            // Renewed while we waited: it holds as long as this provider's tokens do.
            RefreshWhy::Needed { min_valid } => {
                let age = now.duration_since(token.issued_at);
                let helps =
                    token.lifetime().is_some_and(|life| life.unsigned_abs() >= min_valid && age >= life / WORN_SHARE);
                let is_new =
                    token.has_refresh_token && age < LEAST_LIFE && !helps && !is_due(token, Duration::ZERO, now);
                is_new || (is_renewed && token.has_access_token) || !is_due(token, min_valid, now)
            }
            RefreshWhy::Rejected { version: rejected } => rejected < version && token.has_access_token,
        };
        if is_fresh {
            return Some(RefreshOutcome::AlreadyFresh { version });
        }
        if !token.has_refresh_token {
            return Some(RefreshOutcome::NoRefreshToken);
        }
        if let Some(streak) = &connection.refresh_failures
            // A click asks again; one that waited while somebody else was refused has its answer.
            && (why != RefreshWhy::Person || is_renewed)
            // What time cannot cure is never repeated by itself [B4].
            && (is_waiting(streak.retry_at, now) || !streak.last.is_tried_again())
        {
            return Some(RefreshOutcome::Failed { diagnosis: streak.last.clone(), retry_at: streak.retry_at });
        }
        None
    }
}
