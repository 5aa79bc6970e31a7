//! Refreshing a token: under the lock, from the newest stored bundle, durable before anyone may use it
//! [A4, A5, B1, B3, B4, B5, S056, S067, S070, S071, S072].

use std::time::Duration;

use domain::connection::{Client, Connection, GrantState, IssuedBy, Proof, ProofKind};
use domain::diagnosis::{CauseLabel, Diagnosis, EvidenceContext};
use domain::lifecycle::refresh_outcome::{AfterFailure, after_failure};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::refresh_time::is_due;
use domain::lifecycle::retry::{is_waiting, wait_before_next};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::{Provider, Rotation};
use domain::token::{Expiry, TokenBundle};
use domain::{ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;

use super::bundle::{Replacement, bundle_of};
use crate::authorization_server::{AnswerFacts, ClientCredentials, TokenEndpointAnswer, TokenRefresh, refresh_token};
use crate::refresh_lock::{RefreshLock, RefreshLockError};
use crate::{Engine, Error};

/// The longest wait for another task's or process's refresh: longer than any token endpoint may take [S158].
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// A token this young is not renewed because it does not hold longer: this provider's do not [S060].
const LEAST_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

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
    fn reason(self) -> RefreshReason {
        match self {
            Self::Scheduled { .. } => RefreshReason::Scheduled,
            Self::KeepAlive { .. } => RefreshReason::KeepAlive,
            Self::Person => RefreshReason::Person,
            Self::Needed { .. } => RefreshReason::Needed,
            Self::Rejected { .. } => RefreshReason::Rejected,
        }
    }

    /// How long after its time it ends, where it had one.
    fn lateness(self, now: Timestamp) -> Option<Duration> {
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
struct UnderWay(Engine);

impl UnderWay {
    fn begin(engine: &Engine) -> Self {
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
    }

    /// The refresh lock of a connection, or who holds it too long.
    pub(super) async fn lock_refresh(&self, id: &ConnectionId) -> Result<RefreshLock, Error> {
        self.parts.locks.acquire(id, LONGEST_WAIT).await.map_err(|error| match error {
            RefreshLockError::Waited { holder_pid } => Error::RefreshStuck { holder: holder_pid },
            RefreshLockError::Unavailable(source) => Error::FolderUnavailable(source),
        })
    }

    async fn refresh_under_lock(&self, id: &ConnectionId, why: RefreshWhy) -> Result<RefreshOutcome, Error> {
        let seen = self.connection(id)?.token.map(|token| token.version);
        let lock = self.lock_refresh(id).await?;
        // An intent that is still there under the lock was left by a process that died.
        self.settle_left_intent(id).await?;
        // Only what is read under the lock counts: another may have won meanwhile.
        let connection = self.connection(id)?;
        if let Some(outcome) = self.settled_already(&connection, seen, why) {
            return Ok(outcome);
        }
        if let Some(outcome) = self.held_back(&connection, why)? {
            return Ok(outcome);
        }
        let outcome = self.redeem(&connection, why, true).await;
        drop(lock);
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
        let is_fresh = match why {
            RefreshWhy::Person => seen.is_some_and(|seen| seen < version),
            // It may have stood in a queue while somebody else renewed it.
            RefreshWhy::Scheduled { .. } | RefreshWhy::KeepAlive { .. } => {
                self.next_refresh(connection).is_none_or(|due| due.at > now)
            }
            // Renewed while we waited: it holds as long as this provider's tokens do.
            RefreshWhy::Needed { min_valid } => {
                let is_new = token.has_refresh_token
                    && now.duration_since(token.issued_at) < LEAST_LIFE
                    && !is_due(token, Duration::ZERO, now);
                is_new || seen.is_some_and(|seen| seen < version) || !is_due(token, min_valid, now)
            }
            RefreshWhy::Rejected { version: rejected } => rejected < version,
        };
        if is_fresh {
            return Some(RefreshOutcome::AlreadyFresh { version });
        }
        if !token.has_refresh_token {
            return Some(RefreshOutcome::NoRefreshToken);
        }
        if let Some(streak) = &connection.refresh_failures
            && why != RefreshWhy::Person
            // What time cannot cure is never repeated by itself [B4].
            && (is_waiting(streak.retry_at, now) || !streak.last.is_transient())
        {
            return Some(RefreshOutcome::Failed { diagnosis: streak.last.clone(), retry_at: streak.retry_at });
        }
        None
    }

    /// One request with the newest stored refresh token. `may_retry`: once more, if that token turns out
    /// to have been replaced while the request was under way [B5].
    async fn redeem(&self, connection: &Connection, why: RefreshWhy, may_retry: bool) -> Result<RefreshOutcome, Error> {
        let Some(token) = &connection.token else { return Ok(RefreshOutcome::NoRefreshToken) };
        let version = token.version;
        let Some(bundle) = self.read_bundle(connection).await? else {
            let diagnosis = Diagnosis::of(CauseLabel::RefreshTokenMissing);
            return Ok(RefreshOutcome::GrantEnded { diagnosis });
        };
        let TokenBundle { refresh_token: Some(old_refresh_token), .. } = bundle else {
            return Ok(RefreshOutcome::NoRefreshToken);
        };
        let provider = self.provider_of(connection)?;
        let client = self.client(&connection.client)?;
        let client_secret = self.client_secret(&client).await?;

        self.parts.store.begin_refresh(&connection.id, version, self.parts.clock.now())?;
        let request = TokenRefresh {
            provider: &provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            client: ClientCredentials { client_id: &client.client_id, client_secret: client_secret.as_ref() },
            refresh_token: &old_refresh_token,
            context: self.evidence_context(connection, &provider),
        };
        let answer = refresh_token(&self.parts.http, request, || self.parts.clock.now()).await;
        self.heed_answer(&connection.provider, &answer);
        match answer {
            TokenEndpointAnswer::Issued { tokens, about } => {
                self.note_server_date(about.date);
                let is_rotated = tokens.refresh_token.is_some();
                let now = self.parts.clock.now();
                let new = bundle_of(
                    *tokens,
                    version.next(),
                    Some(old_refresh_token),
                    connection.refresh_token_ends_at,
                    &connection.scopes.granted,
                    now,
                );
                let latency = about.latency;
                self.store_refreshed(connection, version, new, about, why, is_rotated).await?;
                Ok(RefreshOutcome::Refreshed { version: version.next(), latency, is_rotated })
            }
            TokenEndpointAnswer::Failed { diagnosis, retry_after, about, .. } => {
                self.note_server_date(about.date);
                if diagnosis.cause.ends_the_grant() && may_retry {
                    let newest = self.connection(&connection.id)?;
                    if newest.token.as_ref().is_some_and(|token| token.version > version) {
                        return Box::pin(self.redeem(&newest, why, false)).await;
                    }
                }
                self.note_failure(connection, &client, version, diagnosis, retry_after, &about)
            }
        }
    }

    async fn store_refreshed(
        &self,
        connection: &Connection,
        expected: TokenVersion,
        bundle: TokenBundle,
        about: AnswerFacts,
        why: RefreshWhy,
        is_rotated: bool,
    ) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => granted_at,
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => now,
        };
        let mut event = self.event(EventKind::RefreshSucceeded, connection);
        fill(&mut event, &about);
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        event.attempt = connection.refresh_failures.as_ref().map(|streak| streak.count.saturating_add(1));
        event.lateness = why.lateness(now);
        event.subject = is_rotated.then(|| "rotated".to_owned());
        let proof = Proof {
            at: now,
            by: ProofKind::Refresh,
            failure: None,
            latency_ms: u32::try_from(about.latency.as_millis()).ok(),
        };
        let replacement = Replacement {
            issued_by: IssuedBy::Refresh,
            reason: Some(why.reason()),
            granted_at,
            // An answer without a usable access token proves nothing.
            proof: bundle.access_token.is_some().then_some(proof),
            identity: None,
            requested: None,
            endpoints: None,
            client: None,
            events: vec![event],
        };
        self.replace_bundle(connection, expected, bundle, replacement).await
    }

    fn note_failure(
        &self,
        connection: &Connection,
        client: &Client,
        version: TokenVersion,
        diagnosis: Diagnosis,
        retry_after: Option<Duration>,
        about: &AnswerFacts,
    ) -> Result<RefreshOutcome, Error> {
        let now = self.parts.clock.now();
        if let Some(streak) = self.streak_of_a_lost_network(connection, &diagnosis, about) {
            self.parts.store.record_refresh_failure(&connection.id, version, streak, &[])?;
            return Ok(RefreshOutcome::Failed { diagnosis, retry_at: streak.retry_at });
        }
        let attempt = connection.refresh_failures.as_ref().map_or(0, |streak| streak.count);
        let jitter = f64::from(u32::try_from(Self::random_bits()? >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        let wait = wait_before_next(attempt, jitter, retry_after);
        let retry_at = now.checked_add(wait).unwrap_or(now);

        let mut event = self.event(EventKind::RefreshFailed, connection);
        fill(&mut event, about);
        event.diagnosis = Some(diagnosis.clone());
        event.attempt = Some(attempt.saturating_add(1));
        event.subject = (diagnosis.cause == CauseLabel::ClientCredentialsMismatch).then(|| client.name.clone());

        match after_failure(diagnosis.clone(), connection.refresh_failures.as_ref(), retry_at, now) {
            AfterFailure::GrantEnded(state) => {
                let mut events = vec![event];
                for kind in [EventKind::RevokedDetected, EventKind::ReauthRequiredSet] {
                    events.push(LifecycleEvent { diagnosis: Some(diagnosis.clone()), ..self.event(kind, connection) });
                }
                self.parts.store.set_grant(&connection.id, version, &state, &events)?;
                Ok(RefreshOutcome::GrantEnded { diagnosis })
            }
            AfterFailure::TryAgain(streak) | AfterFailure::NeedsMending(streak) => {
                event.backoff = Some(wait);
                self.parts.store.record_refresh_failure(&connection.id, version, &streak, &[event])?;
                if about.outcome_is_unknown {
                    self.doubt_grant(connection, version)?;
                }
                Ok(RefreshOutcome::Failed { diagnosis, retry_at })
            }
        }
    }

    /// The request may have been acted on, and the answer is lost. Where refresh tokens rotate, the one we hold
    /// is perhaps spent; the next refresh shows it [A5].
    fn doubt_grant(&self, connection: &Connection, version: TokenVersion) -> Result<(), Error> {
        let GrantState::Alive { granted_at } = connection.grant else { return Ok(()) };
        if self.provider_of(connection)?.refresh.rotation == Rotation::Never {
            return Ok(());
        }
        let doubtful = GrantState::OutcomeUnknown { granted_at, asked_at: self.parts.clock.now() };
        Ok(self.parts.store.set_grant(&connection.id, version, &doubtful, &[])?)
    }

    /// What we know besides an answer, for the diagnosis.
    pub(super) fn evidence_context(&self, connection: &Connection, provider: &Provider) -> EvidenceContext {
        let now = self.parts.clock.now();
        let token = connection.token.as_ref();
        let age = token.and_then(|token| Duration::try_from(now.duration_since(token.issued_at)).ok());
        let lifetime = token.and_then(|token| match token.expiry {
            Expiry::At(at) => Duration::try_from(at.duration_since(token.issued_at)).ok(),
            Expiry::Unknown | Expiry::Never => None,
        });
        EvidenceContext {
            access_token_age: age,
            access_token_lifetime: lifetime,
            has_refresh_token: token.map(|token| token.has_refresh_token),
            // A rotated refresh token is as old as its access token.
            refresh_token_age: age,
            refresh_token_idle_life: provider.refresh.idle_life,
            clock_ahead_seconds: self.clock_ahead_ms().map(|ahead| ahead / 1000),
        }
    }
}

fn fill(event: &mut LifecycleEvent, about: &AnswerFacts) {
    event.endpoint = Some("token");
    event.http_status = about.http_status;
    event.request_id.clone_from(&about.request_id);
    event.latency = Some(about.latency);
}
