//! Redeeming a refresh token: the intent before the request, the new bundle durable before anything else is written,
//! and what a refusal means [A4, A5, B4, B5, S068, S069].

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::connection::binding::GrantBinding;
use domain::connection::{Client, Connection, GrantState, IssuedBy, Proof, ProofKind};
use domain::diagnosis::redaction::of_foreign_words;
use domain::diagnosis::{CauseLabel, Diagnosis, EvidenceContext};
use domain::display_text::cleaned;
use domain::lifecycle::refresh_outcome::{AfterFailure, after_failure, cause_in_doubt};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::retry::wait_before_next;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::limits::PreviousToken;
use domain::provider::scope_map::shortfall;
use domain::provider::{Provider, Rotation};
use domain::token::durability::{ForecastReason, forecast};
use domain::token::token_response::IssuedTokens;
use domain::token::{Expiry, TokenBundle};
use domain::{Secret, TokenVersion};
use jiff::Timestamp;

use super::bindings::as_seen_by;
use super::bundle::{Exposure, Replacement, bundle_of};
use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::authorization_server::id_token::{self, ExpectedClaims, IdTokenRefused};
use crate::authorization_server::{
    AnswerFacts, Binding, ClientCredentials, TokenEndpointAnswer, TokenRefresh, refresh_token,
};
use crate::intent_holder::IntentHolder;
use crate::refresh_lock::RefreshLock;
use crate::signing::DpopKey;
use crate::{Engine, Error};

/// What one refresh asks with.
struct Asking<'a> {
    connection: &'a Connection,
    provider: &'a Provider,
    client: &'a Client,
    client_secret: Option<Secret>,
    binding: GrantBinding,
    dpop: Option<Arc<DpopKey>>,
    why: RefreshWhy,
    /// Somebody refreshed the same grant meanwhile.
    saw_concurrent: bool,
    /// This process, as the intent names it.
    by: String,
}

/// What one request led to.
enum Tried {
    Issued(Box<Issued>),
    Failed(Box<Failed>),
}

struct Issued {
    tokens: IssuedTokens,
    about: AnswerFacts,
    /// The refresh token that was sent: kept where the answer brings no other.
    sent: Secret,
    exposure: Exposure,
}

struct Failed {
    diagnosis: Diagnosis,
    retry_after: Option<Duration>,
    about: AnswerFacts,
    /// What the provider said beside its code.
    words: Option<String>,
}

impl Engine {
    /// Sends the newest stored refresh token; where that is refused and there is ground for doubt, the one before
    /// it, once [A5]. `may_retry`: once more, if the token turns out to have been replaced meanwhile [B5].
    pub(super) async fn redeem(
        &self,
        connection: &Connection,
        provider: &Provider,
        why: RefreshWhy,
        lock: RefreshLock,
        may_retry: bool,
    ) -> Result<RefreshOutcome, Error> {
        let token_endpoint = &connection.endpoints.token_endpoint;
        // None needs another: while the keychain reads, the rest is looked up.
        let (bundle, (), asked_with) =
            tokio::join!(self.read_bundle(connection), self.parts.http.prepare(token_endpoint), async {
                self.look_up(connection)
            });
        let Some(bundle) = bundle? else {
            let diagnosis = Diagnosis::of(CauseLabel::RefreshTokenMissing);
            return Ok(RefreshOutcome::GrantEnded { diagnosis });
        };
        let TokenBundle { version, refresh_token: Some(newest), access_token, expiry, .. } = bundle else {
            return Ok(RefreshOutcome::NoRefreshToken);
        };
        let in_hand = access_token.map(|token| (token, expiry));
        if self.is_first_look(&connection.id) && self.adopt_from_other_slot(connection, version).await? {
            // The database is an older one: what it points to was spent.
            let newest = self.connection(&connection.id)?;
            return Box::pin(self.redeem(&newest, provider, why, lock, may_retry)).await;
        }
        let (client, binding) = asked_with?;
        let seen;
        let provider = if client.authentication.is_some() {
            seen = as_seen_by(&client, provider.clone());
            &seen
        } else {
            provider
        };
        let client_secret = self.client_secret(&client).await?;
        let dpop = match self.dpop_key_of(connection, &binding).await {
            Ok(key) => key,
            Err(Error::BlockedOnAuth { diagnosis, .. }) => return self.end_without_key(connection, version, diagnosis),
            Err(error) => return Err(error),
        };
        let saw_concurrent = !may_retry;
        let by = IntentHolder::with(&lock).written();
        let asking =
            Asking { connection, provider, client: &client, client_secret, binding, dpop, why, saw_concurrent, by };
        // Between the answer and the keychain nothing but the bundle itself may have to be written.
        self.prepare_saving().await?;

        let sent = newest.fingerprint();
        let refused = match self.redeem_with(&asking, version, newest).await? {
            Tried::Issued(issued) => return self.store_refreshed(&asking, version, *issued, in_hand, lock).await,
            Tried::Failed(failed) => *failed,
        };
        let newest = self.connection(&connection.id)?;
        if refused.diagnosis.ends_the_grant()
            && may_retry
            && newest.token.as_ref().is_some_and(|token| token.version > version)
        {
            // Somebody who does not see our lock was faster: a folder without locks, or put back from a copy.
            return Box::pin(self.redeem(&newest, provider, why, lock, false)).await;
        }
        if refused.diagnosis.ends_the_grant()
            && let Some(previous) = self.previous_refresh_token(connection, provider).await?
            // The provider did not rotate: it has refused this one already.
            && previous.fingerprint() != sent
        {
            self.note_attempt(&asking, &refused)?;
            return match self.redeem_with(&asking, version, previous).await? {
                Tried::Issued(issued) => self.store_refreshed(&asking, version, *issued, in_hand, lock).await,
                // Two requests, two answers, each written down once. What the newest token met is the verdict, unless
                // the second question was not answered.
                Tried::Failed(second) if second.diagnosis.ends_the_grant() => self.note_failure(
                    &asking,
                    version,
                    Failed { diagnosis: refused.diagnosis, words: refused.words, ..*second },
                ),
                Tried::Failed(second) => self.note_failure(&asking, version, *second),
            };
        }
        self.note_failure(&asking, version, refused)
    }

    /// What a request takes besides tokens and secrets.
    fn look_up(&self, connection: &Connection) -> Result<(Client, GrantBinding), Error> {
        Ok((self.client(&connection.client)?, self.parts.store.grant_binding(&connection.id)?))
    }

    /// One request with one refresh token; the intent is durable before it leaves.
    async fn redeem_with(&self, asking: &Asking<'_>, version: TokenVersion, token: Secret) -> Result<Tried, Error> {
        let Asking { connection, provider, client, client_secret, binding, dpop, .. } = asking;
        self.parts.store.begin_refresh(&connection.id, version, self.parts.clock.now(), &asking.by)?;
        let request = TokenRefresh {
            provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            client: ClientCredentials { client_id: &client.client_id, client_secret: client_secret.as_ref() },
            refresh_token: &token,
            context: EvidenceContext {
                saw_concurrent_refresh: asking.saw_concurrent.then_some(true),
                ..self.evidence_context(connection, provider)
            },
            binding: Binding { resource: binding.resource.as_deref(), dpop: dpop.as_deref() },
        };
        let sent_at = Instant::now();
        match refresh_token(&self.parts.http, request, || self.parts.clock.now()).await {
            TokenEndpointAnswer::Issued { tokens, about } => {
                let exposure = Exposure { sent_at, server_time: about.latency };
                Ok(Tried::Issued(Box::new(Issued { tokens: *tokens, about, sent: token, exposure })))
            }
            TokenEndpointAnswer::Failed { diagnosis, retry_after, about, detail } => {
                self.heed_failure(&connection.provider, &diagnosis, retry_after, &about);
                self.note_server_clock(connection.endpoints.token_endpoint.as_str(), about.clock_ahead);
                let words = detail.map(|it| of_foreign_words(&it)).filter(|it| !it.is_empty());
                Ok(Tried::Failed(Box::new(Failed { diagnosis, retry_after, about, words })))
            }
        }
    }

    /// The refresh token before the newest, where it may be the one that works: the newest was found after a
    /// crash, and the provider takes a replaced one for a while, or does not say [A5].
    async fn previous_refresh_token(
        &self,
        connection: &Connection,
        provider: &Provider,
    ) -> Result<Option<Secret>, Error> {
        if provider.refresh.previous_token == PreviousToken::Refused {
            return Ok(None);
        }
        for version in self.parts.store.previous_versions_of(&connection.id)? {
            if let Some(bundle) = self.whole_or_refresh_part(&connection.id, version).await? {
                return Ok(bundle.refresh_token);
            }
        }
        Ok(None)
    }

    /// Its tokens are bound to a key that the keychain no longer holds: only a new sign-in brings it back [S103].
    fn end_without_key(
        &self,
        connection: &Connection,
        version: TokenVersion,
        diagnosis: Diagnosis,
    ) -> Result<RefreshOutcome, Error> {
        let ended = GrantState::Ended { at: self.parts.clock.now(), diagnosis: diagnosis.clone() };
        let mut event = self.event(EventKind::ReauthRequiredSet, connection);
        event.diagnosis = Some(diagnosis.clone());
        event.subject = Some("the key its tokens are bound to is gone from the keychain".to_owned());
        self.parts.store.set_grant(&connection.id, version, &ended, &[event])?;
        Ok(RefreshOutcome::GrantEnded { diagnosis })
    }

    /// The new bundle is durable before anything else is written, and before anyone may use it [S069].
    async fn store_refreshed(
        &self,
        asking: &Asking<'_>,
        expected: TokenVersion,
        issued: Issued,
        in_hand: Option<(Secret, Expiry)>,
        lock: RefreshLock,
    ) -> Result<RefreshOutcome, Error> {
        let Asking { connection, why, .. } = asking;
        let Issued { tokens, about, sent, exposure } = issued;
        let now = self.parts.clock.now();
        let (is_rotated, latency) = (tokens.refresh_token.is_some(), about.latency);
        let contradicted = contradicted(asking, &tokens);
        let refused = contradicted.map(|_| Diagnosis::of(CauseLabel::WrongTenantOrAccount));
        let version = expected.next();
        let mut bundle =
            bundle_of(tokens, version, Some(sent), connection.refresh_token_ends_at, &connection.scopes.granted, now);
        let is_usable = bundle.access_token.is_some();
        if !is_usable
            && !connection.is_token_refused()
            && let Some((token, expiry)) = in_hand.filter(|(_, expiry)| !expiry.is_over(now))
        {
            // The one before it works until its own end.
            (bundle.access_token, bundle.expiry) = (Some(token), expiry);
            bundle.granted_scopes.clone_from(&connection.scopes.granted);
        }
        let granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => granted_at,
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => now,
        };
        let mut event = self.event(EventKind::RefreshSucceeded, connection);
        fill(&mut event, &about);
        event.token_version = Some(version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        event.attempt = connection.refresh_failures.as_ref().map(|streak| streak.count.saturating_add(1));
        event.lateness = why.lateness(now);
        event.subject = is_rotated.then(|| "rotated".to_owned());
        event.reason = Some(reason_of(connection, *why));
        let proof = Proof {
            at: now,
            by: ProofKind::Refresh,
            failure: None,
            latency_ms: u32::try_from(latency.as_millis()).ok(),
        };
        let replacement = Replacement {
            issued_by: IssuedBy::Refresh,
            reason: event.reason,
            granted_at,
            refused: refused.clone(),
            // An answer without a usable access token proves nothing, and one of somebody else nothing of this account.
            proof: (is_usable && refused.is_none()).then_some(proof),
            identity: None,
            requested: None,
            endpoints: None,
            binding: None,
            client: None,
            // Such an answer is told once: as the failure below.
            events: is_usable
                .then_some(event)
                .into_iter()
                .chain(self.scopes_changed(connection, &bundle.granted_scopes))
                .chain(contradicted.map(|why| self.refused_answer(connection, why)))
                .collect(),
            exposure: Some(exposure),
        };
        if let Some(diagnosis) = &refused
            && let Err(error) = self.parts.store.note_refused(&connection.id, version, diagnosis)
        {
            tracing::warn!(%error, "whose a new bundle is would not be known after a crash");
        }
        self.replace_bundle(connection, expected, bundle, replacement, lock).await?;
        self.heed_success(&connection.provider);
        if let Some(diagnosis) = refused {
            return Ok(RefreshOutcome::GrantEnded { diagnosis });
        }
        if !is_usable {
            // Nothing of it can be sent to an API. What was rotated is kept, and it is asked again after the usual
            // waits [S060, S062].
            let diagnosis = Diagnosis::of_unusable_token(about.http_status);
            return self.note_failure(asking, version, Failed { diagnosis, retry_after: None, about, words: None });
        }
        self.note_server_clock(connection.endpoints.token_endpoint.as_str(), about.clock_ahead);
        Ok(RefreshOutcome::Refreshed { version, latency, is_rotated })
    }

    fn refused_answer(&self, connection: &Connection, why: IdTokenRefused) -> LifecycleEvent {
        let mut event = self.event(EventKind::ReauthRequiredSet, connection);
        event.diagnosis = Some(Diagnosis::of(CauseLabel::WrongTenantOrAccount));
        event.subject = Some(why.to_string());
        event
    }

    /// What a refresh took away or added of the scopes, where it did [C4].
    fn scopes_changed(&self, connection: &Connection, granted: &[String]) -> Option<LifecycleEvent> {
        let before = &connection.scopes.granted;
        let only = |of: &[String], and_not: &[String]| {
            let all: Vec<_> = of.iter().filter(|it| !and_not.contains(it)).map(String::as_str).collect();
            all.join(" ")
        };
        let (lost, gained) = (only(before, granted), only(granted, before));
        if before.is_empty() || (lost.is_empty() && gained.is_empty()) {
            return None;
        }
        let said = [("lost", lost), ("gained", gained)].into_iter().filter(|(_, scopes)| !scopes.is_empty());
        let said: Vec<_> = said.map(|(word, scopes)| format!("{word} {scopes}")).collect();
        let mut event = self.event(EventKind::ScopesChanged, connection);
        event.subject = Some(cleaned(&said.join("; "), 400));
        Some(event)
    }

    /// A try that another follows at once.
    fn note_attempt(&self, asking: &Asking<'_>, failed: &Failed) -> Result<(), Error> {
        let mut event = self.event(EventKind::RefreshFailed, asking.connection);
        fill(&mut event, &failed.about);
        event.diagnosis = Some(failed.diagnosis.clone());
        event.words.clone_from(&failed.words);
        event.reason = Some(RefreshReason::Recovery);
        event.subject = Some("the token before it is tried".to_owned());
        Ok(self.parts.store.append_event(&event).map(drop)?)
    }

    fn note_failure(
        &self,
        asking: &Asking<'_>,
        version: TokenVersion,
        failed: Failed,
    ) -> Result<RefreshOutcome, Error> {
        let Asking { connection, client, why, .. } = asking;
        let Failed { diagnosis, retry_after, about, words } = failed;
        let diagnosis = cause_in_doubt(diagnosis, &connection.grant);
        let now = self.parts.clock.now();
        if let Some(streak) = self.streak_of_a_lost_network(connection, &diagnosis, &about) {
            self.parts.store.record_refresh_failure(&connection.id, version, streak, &[])?;
            return Ok(RefreshOutcome::Failed { diagnosis, retry_at: streak.retry_at });
        }
        let attempt = connection.refresh_failures.as_ref().map_or(0, |streak| streak.count);
        let jitter = f64::from(u32::try_from(Self::random_bits()? >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        let wait = wait_before_next(attempt, jitter, retry_after);
        let retry_at = now.checked_add(wait).unwrap_or(now);

        let mut event = self.event(EventKind::RefreshFailed, connection);
        fill(&mut event, &about);
        event.reason = Some(reason_of(connection, *why));
        event.diagnosis = Some(diagnosis.clone());
        event.words = words;
        event.attempt = Some(attempt.saturating_add(1));
        event.subject = (diagnosis.cause == CauseLabel::ClientCredentialsMismatch).then(|| client.name.clone());
        if let (GrantState::OutcomeUnknown { asked_at, .. }, true) =
            (&connection.grant, diagnosis.cause == CauseLabel::RefreshTokenReused)
        {
            event.subject = Some(asked_at.to_string());
        }

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
                if about.outcome_is_unknown && self.is_doubtful(connection)? {
                    self.doubt_grant(connection, version, now, &[])?;
                }
                Ok(RefreshOutcome::Failed { diagnosis, retry_at })
            }
        }
    }

    /// The request may have been acted on, and the answer is lost. Where refresh tokens rotate, the one we hold
    /// is perhaps spent; the next refresh shows it [A5].
    pub(super) fn doubt_grant(
        &self,
        connection: &Connection,
        version: TokenVersion,
        asked_at: Timestamp,
        events: &[LifecycleEvent],
    ) -> Result<(), Error> {
        let GrantState::Alive { granted_at } = connection.grant else { return Ok(()) };
        let doubtful = GrantState::OutcomeUnknown { granted_at, asked_at };
        Ok(self.parts.store.set_grant(&connection.id, version, &doubtful, events)?)
    }

    /// Whether a request that went unanswered can have spent the refresh token.
    pub(super) fn is_doubtful(&self, connection: &Connection) -> Result<bool, Error> {
        let rotates = self.provider_or_stand_in(connection)?.refresh.rotation != Rotation::Never;
        Ok(rotates && matches!(connection.grant, GrantState::Alive { .. }))
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
        let scopes = &connection.scopes;
        // Some scopes are asked for and never named again: only what the provider's actions lack counts.
        let is_short = shortfall(&provider.scopes, scopes).is_some();
        let named = |all: &[String]| (is_short && !all.is_empty()).then(|| all.to_vec());
        let rotates = provider.refresh.rotation != Rotation::Never;
        let is_rotated = token.is_some_and(|token| token.version.0 > 1) && rotates;
        EvidenceContext {
            requested_scopes: named(&scopes.requested),
            granted_scopes: named(&scopes.granted),
            refresh_token_rotated_ago: age.filter(|_| is_rotated),
            // Nothing that the provider gave is lost, as far as is known.
            is_latest_refresh_token: (rotates && matches!(connection.grant, GrantState::Alive { .. })).then_some(true),
            is_client_in_testing: self.is_in_testing(connection, provider),
            expected_tenant: connection.identity.workspace_id.clone(),
            access_token_age: age,
            access_token_lifetime: lifetime,
            has_refresh_token: token.map(|token| token.has_refresh_token),
            // A rotated refresh token is as old as its access token.
            refresh_token_age: age,
            refresh_token_idle_life: provider.refresh.idle_life,
            grant_life: provider.refresh.absolute_life,
            live_token_limit: provider.refresh.live_tokens.map(|it| it.count),
            testing_life: provider.refresh.testing_life,
            client_secret_ended_ago: self
                .parts
                .store
                .find_registration(&connection.client)
                .ok()
                .flatten()
                .and_then(|registered| Duration::try_from(now.duration_since(registered.secret_expires_at?)).ok()),
            clock_ahead_seconds: self.clock_ahead_ms().map(|ahead| ahead / 1000),
            ..EvidenceContext::default()
        }
    }
}

impl Engine {
    /// Whether the client is in testing at the provider, as far as the lives of earlier grants tell.
    fn is_in_testing(&self, connection: &Connection, provider: &Provider) -> Option<bool> {
        provider.refresh.testing_life?;
        let ended = self.parts.store.list_ended_grants().ok()?;
        let told = forecast(connection, &provider.refresh, &ended).reason;
        (told == ForecastReason::TestingMode).then_some(true)
    }
}

/// Where the ID token of a refresh answer is of another issuer, client or person (OIDC Core §12.2) [S101].
fn contradicted(asking: &Asking<'_>, tokens: &IssuedTokens) -> Option<IdTokenRefused> {
    let Asking { connection, provider, client, .. } = asking;
    // An identity call of the provider's own may count people otherwise than its ID tokens do.
    let is_subject_comparable =
        provider.identity.as_ref().is_none_or(|call| call.subject.iter().any(|it| it == "/sub"));
    let expected = ExpectedClaims {
        issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.as_str()),
        client_id: &client.client_id,
        nonce: None,
        workspace_claim: None,
    };
    let subject = connection.identity.subject.as_deref().filter(|_| is_subject_comparable);
    id_token::contradiction(tokens.id_token.as_ref()?, &expected, subject)
}

/// A refresh of a grant in doubt finds out what became of the last one, whoever asked.
fn reason_of(connection: &Connection, why: RefreshWhy) -> RefreshReason {
    match connection.grant {
        GrantState::OutcomeUnknown { .. } => RefreshReason::Recovery,
        GrantState::Alive { .. }
        | GrantState::Ended { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => why.reason(),
    }
}

fn fill(event: &mut LifecycleEvent, about: &AnswerFacts) {
    event.endpoint = Some("token");
    event.http_status = about.http_status;
    event.request_id.clone_from(&about.request_id);
    event.latency = Some(about.latency);
    event.limits.clone_from(&about.limits);
}
