//! What each rung asks, and of whom; the judging is the domain's [C3, B5, B9, S075].

use std::time::{Duration, Instant};

use domain::connection::{Connection, GrantState};
use domain::diagnosis::probe_plan::{
    self, CheckSeen, ClockSeen, CredentialSeen, EndpointSeen, Finding, IdentitySeen, KeychainSeen, OurTokenSeen,
    ProofLine, ReachOutcome, ReachSeen, ResourceSeen, ScopesSeen, missing_scopes,
};
use domain::diagnosis::setup_check::{PairVerdict, TokenSeen};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::refresh_time::is_due;
use domain::lifecycle::retry::is_waiting;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::{AnswerHolds, SecretNeed};
use domain::token::Expiry;
use domain::token::clock_skew::is_off;
use http::Request;
use jiff::Timestamp;
use url::Url;

use super::climb::{Climb, stored_fingerprint};
use crate::Error;
use crate::flows::checks::missing_for;
use crate::flows::connect::redirect_uri_for;
use crate::flows::refresh::{RefreshOutcome, RefreshWhy};
use crate::http::HttpFailure;
use crate::provider_api::{IdentityRequest, read_resource};

/// Of a front page only the answer's head is wanted.
const MAX_PAGE: usize = 64 * 1024;
/// A sibling's refresh this fresh shows that the token endpoint takes the client.
const FRESH_PROOF: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// How the stored token stands, before anything is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// It holds, and nothing has failed.
    None,
    /// Refreshes fail, or one went unanswered, while the token in hand holds.
    Failing,
    /// It is over, refused, or not there.
    Over,
}

impl Climb<'_> {
    /// Finds, reaches and trusts the host of the token endpoint, and asks it for nothing.
    pub(super) async fn reach(&mut self) -> Result<Finding, Error> {
        let endpoint = self.connection.endpoints.token_endpoint.clone();
        let mut front = endpoint.clone();
        front.set_path("/");
        front.set_query(None);
        let request = Request::head(front.as_str())
            .body(vec![])
            .map_err(|_| Error::BadInput("the token endpoint is not a URL"))?;
        let host = host_of(&endpoint);
        let started = Instant::now();
        let answered = self.engine.parts.http.send(request, MAX_PAGE).await;
        let took = started.elapsed();
        let mut line = ProofLine { request: format!("HEAD {host}/"), ..ProofLine::default() };
        let outcome = match answered {
            Ok(answer) => {
                let now = self.engine.parts.clock.now();
                self.clock_ahead = answer.clock_ahead(now);
                self.engine.note_server_clock(endpoint.as_str(), self.clock_ahead);
                if answer.status == 429 {
                    self.wait_from(answer.retry_after(now));
                } else if !matches!(answer.status, 407 | 511) {
                    self.facts.reached = Some(host.clone());
                }
                line.status = Some(answer.status);
                ReachOutcome::Answered { status: answer.status, address: answer.remote_address }
            }
            // An answer, though of no use: it was reached.
            Err(HttpFailure::TooLarge { .. } | HttpFailure::EncodedBody) => {
                self.facts.reached = Some(host.clone());
                ReachOutcome::Answered { status: 200, address: None }
            }
            Err(failure @ HttpFailure::Network { kind, .. }) => {
                line.words = Some(failure.to_string());
                ReachOutcome::Failed { kind, others_down: self.others_down()? }
            }
        };
        Ok(probe_plan::reach(&ReachSeen { host, outcome, took, proof: vec![line] }))
    }

    /// Other providers that could not be reached when they were last asked, of those asked within the last hour.
    fn others_down(&self) -> Result<(usize, usize), Error> {
        let now = self.engine.parts.clock.now();
        let mut seen: Vec<(domain::ProviderId, bool)> = vec![];
        for other in self.engine.parts.store.list_connections()? {
            if other.provider == self.connection.provider {
                continue;
            }
            let streak = other.refresh_failures.as_ref();
            let is_down = streak.is_some_and(|it| it.last.cause == CauseLabel::NetworkFailure);
            let proved = other.proof.as_ref().filter(|it| now.duration_since(it.at) <= FRESH_PROOF);
            if is_down || proved.is_some() {
                match seen.iter_mut().find(|(id, _)| *id == other.provider) {
                    Some((_, known)) => *known = *known && is_down,
                    None => seen.push((other.provider, is_down)),
                }
            }
        }
        Ok((seen.iter().filter(|(_, is_down)| *is_down).count(), seen.len()))
    }

    pub(super) fn clock(&mut self) -> Result<Finding, Error> {
        let ahead_ms = self.clock_ahead.and_then(|it| i64::try_from(it.as_millis()).ok());
        self.facts.clock_ahead_ms = ahead_ms;
        let own = self.connection.endpoints.token_endpoint.host_str().unwrap_or_default().to_owned();
        let others: Vec<_> = self.engine.clock_reading()?.servers;
        let others = others.iter().filter(|it| it.host != own && !it.host.starts_with(&format!("{own}:")));
        let (mut confirming_count, mut contradicting_count) = (0, 0);
        for other in others {
            if !is_off(other.ahead_ms) {
                contradicting_count += 1;
            } else if ahead_ms.is_some_and(|it| !is_off(other.ahead_ms.saturating_sub(it))) {
                confirming_count += 1;
            }
        }
        Ok(probe_plan::clock(ClockSeen { ahead_ms, contradicting_count, confirming_count }, &self.subject()))
    }

    /// Reads the keychain, and sends nothing.
    pub(super) async fn our_token(&mut self) -> Result<Finding, Error> {
        let started = Instant::now();
        let keychain = match &self.connection.grant {
            GrantState::Disconnected { .. } => KeychainSeen::NotAsked,
            GrantState::Ended { .. } => {
                // What a dead grant leaves behind may be erased already.
                let version = self.connection.token.as_ref().map(|it| it.version).unwrap_or_default();
                match self.engine.whole_or_refresh_part(&self.connection.id, version).await? {
                    Some(_) => KeychainSeen::Same,
                    None => KeychainSeen::NotAsked,
                }
            }
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {
                self.look_into_keychain().await?
            }
        };
        self.facts.stored = stored_fingerprint(&self.connection);
        let held_elsewhere = self.engine.newer_seal(&self.connection);
        let seen = OurTokenSeen { keychain, held_elsewhere, took: started.elapsed() };
        Ok(probe_plan::our_token(&seen, &self.subject()))
    }

    async fn look_into_keychain(&mut self) -> Result<KeychainSeen, Error> {
        let id = self.connection.id.clone();
        let read = match self.engine.read_bundle(&self.connection).await {
            // Replaced between the two looks: what is there by now is newer.
            Err(Error::ChangedMeanwhile) => {
                self.connection = self.engine.connection(&id)?;
                self.engine.read_bundle(&self.connection).await
            }
            read => read,
        }?;
        self.connection = self.engine.connection(&id)?;
        let Some(bundle) = read else { return Ok(KeychainSeen::Missing) };
        let found = bundle.refresh_token.as_ref().map(domain::Secret::fingerprint);
        let known = self.connection.token.as_ref().filter(|it| it.version == bundle.version);
        let is_same = known.is_none_or(|it| it.refresh_fingerprint == found || !it.has_refresh_token);
        Ok(if is_same { KeychainSeen::Same } else { KeychainSeen::Differs { refresh: found } })
    }

    fn need(&self) -> Need {
        let connection = &self.connection;
        let now = self.engine.parts.clock.now();
        let is_over = connection.token.as_ref().is_none_or(|it| is_due(it, Duration::ZERO, now));
        if is_over || connection.is_token_refused() {
            Need::Over
        } else if connection.refresh_failures.is_some() || matches!(connection.grant, GrantState::OutcomeUnknown { .. })
        {
            Need::Failing
        } else {
            Need::None
        }
    }

    /// The token endpoint asked for peace, and the time is not up.
    fn asked_for_peace(&self) -> Option<Timestamp> {
        let now = self.engine.parts.clock.now();
        let streak = self.connection.refresh_failures.as_ref();
        let stored = streak
            .filter(|it| it.last.cause == CauseLabel::RateLimited && is_waiting(it.retry_at, now))
            .map(|it| it.retry_at);
        let reach = self.engine.reach();
        let heard = reach.breakers.get(&self.connection.provider).and_then(|it| it.asked_to_wait_until(now));
        stored.max(heard)
    }

    pub(super) async fn token_endpoint(&mut self) -> Result<Finding, Error> {
        let seen = self.endpoint_seen().await?;
        Ok(probe_plan::token_endpoint(&seen, &self.subject()))
    }

    async fn endpoint_seen(&mut self) -> Result<EndpointSeen, Error> {
        let name = self.provider.name.clone();
        if let GrantState::Ended { diagnosis, .. } = &self.connection.grant {
            let told = diagnosis.provider_code.as_deref() == Some("invalid_grant");
            return Ok(if told {
                EndpointSeen::Proved(format!(
                    "{name} answered invalid_grant when the grant ended: it looks at the client first (RFC 6749 section \
                     5.2), so it took that."
                ))
            } else {
                EndpointSeen::NotAsked("The grant has ended: there is nothing to send there.".to_owned())
            });
        }
        if let Some(until) = self.asked_for_peace() {
            let until = self.subject_at(until);
            return Ok(EndpointSeen::NotAsked(format!("{name} asked not to be asked until {until}.")));
        }
        let need = self.need();
        let token = self.connection.token.as_ref();
        if need == Need::None {
            let issued = token.map(|it| self.subject_at(it.issued_at)).unwrap_or_default();
            return Ok(EndpointSeen::Proved(format!("The token in hand came from it at {issued}, and still holds.")));
        }
        if let Some((sibling, at)) = self.fresh_sibling()? {
            let at = self.subject_at(at);
            return Ok(EndpointSeen::Proved(format!("The same client refreshed {sibling} at {at}.")));
        }
        let budget = self.provider.refresh.limits.budget;
        if budget.is_some() || self.provider.answer.holds != AnswerHolds::Code {
            return Ok(EndpointSeen::NotAsked(
                "Not asked: this provider counts requests there, so only the refresh itself is sent.".to_owned(),
            ));
        }
        let secret = match self.engine.client_secret(&self.client).await {
            Ok(secret) => secret,
            Err(Error::ClientSecretMissing(_)) => return Ok(EndpointSeen::SecretMissing),
            Err(error) => return Err(error),
        };
        if secret.is_none() && self.provider.client_secret == SecretNeed::Required {
            return Ok(EndpointSeen::SecretMissing);
        }
        self.send_wrong_code(secret.as_ref()).await
    }

    /// A wrong code grants nothing and spends nothing; it goes where the grant's tokens come from [S073].
    async fn send_wrong_code(&mut self, secret: Option<&domain::Secret>) -> Result<EndpointSeen, Error> {
        let mut provider = self.provider.clone();
        provider.token_endpoint.clone_from(&self.connection.endpoints.token_endpoint);
        let redirect_uri = redirect_uri_for(&provider, Some(&self.client), 1);
        let tried = self.engine.try_wrong_code(&provider, Some(&self.client), secret, &redirect_uri).await?;
        self.wait_from(tried.retry_after);
        self.facts.client = Some(PairVerdict::of(&tried.seen));
        let code = match &tried.seen {
            TokenSeen::Refused(diagnosis) => diagnosis.provider_code.clone(),
            TokenSeen::Issued | TokenSeen::NotAsked(_) => None,
        };
        let line = ProofLine {
            request: format!("POST {}", address_of(&provider.token_endpoint)),
            sent: vec![
                ("client_id".to_owned(), self.client.client_id.clone()),
                ("code".to_owned(), "a deliberately wrong one".to_owned()),
            ],
            status: tried.http_status,
            code,
            words: tried.detail,
        };
        Ok(EndpointSeen::Asked { seen: tried.seen, took: tried.took, proof: vec![line] })
    }

    fn fresh_sibling(&self) -> Result<Option<(String, Timestamp)>, Error> {
        let now = self.engine.parts.clock.now();
        let since = self.connection.refresh_failures.as_ref().map(|it| it.since);
        let newest = self.siblings()?.into_iter().filter(|it| it.is_same_client).max_by_key(|it| it.refreshed_at);
        Ok(newest
            .filter(|it| {
                let is_fresh = now.duration_since(it.refreshed_at) <= FRESH_PROOF;
                is_fresh && since.is_none_or(|since| it.refreshed_at >= since)
            })
            .map(|it| (it.name, it.refreshed_at)))
    }

    pub(super) async fn credential(&mut self) -> Result<Finding, Error> {
        let started = Instant::now();
        let (seen, is_asked) = self.credential_seen().await?;
        let proof = if is_asked { self.proof_of_refresh()? } else { self.proof_of_end()? };
        let took = is_asked.then(|| started.elapsed());
        if let CredentialSeen::Failed { retry_at, .. } = &seen {
            self.retry_at = retry_at.or(self.retry_at);
        }
        let finding = probe_plan::credential(&seen, took, &proof, &self.subject());
        self.connection = self.engine.connection(&self.connection.id)?;
        Ok(finding)
    }

    /// What came of it, and whether anything was asked.
    async fn credential_seen(&mut self) -> Result<(CredentialSeen, bool), Error> {
        if let GrantState::Ended { at, diagnosis } = &self.connection.grant {
            return Ok((CredentialSeen::EndedBefore { at: *at, diagnosis: diagnosis.clone() }, false));
        }
        let Some(token) = self.connection.token.clone() else { return Ok((CredentialSeen::NoRefreshToken, false)) };
        let holds = CredentialSeen::Holds { until: end_of(token.expiry) };
        let need = self.need();
        if need != Need::Over && (!token.has_refresh_token || (need == Need::None && !self.with.may_refresh)) {
            return Ok((holds, false));
        }
        if self.engine.refresh_mode()? == RefreshMode::Paused && !self.with.may_refresh {
            return Ok((if need == Need::Over { CredentialSeen::Paused } else { holds }, false));
        }
        if let Some(until) = self.asked_for_peace() {
            if need == Need::None {
                return Ok((holds, false));
            }
            let streak = self.connection.refresh_failures.as_ref();
            let diagnosis = streak.map_or_else(|| Diagnosis::of(CauseLabel::RateLimited), |it| it.last.clone());
            let retry_at = Some(until);
            return Ok((CredentialSeen::Failed { diagnosis, retry_at, is_from_before: true }, false));
        }
        self.facts.sent = stored_fingerprint(&self.connection);
        let is_failing = self.connection.refresh_failures.is_some();
        let why = if self.with.may_refresh || is_failing || need == Need::Failing {
            RefreshWhy::Person
        } else if self.connection.is_token_refused() {
            RefreshWhy::Rejected { version: token.version }
        } else {
            RefreshWhy::Needed { min_valid: Duration::ZERO }
        };
        let outcome = self.engine.refresh(&self.connection.id, why).await?;
        let is_asked = self.newest_refresh()?.is_some();
        let seen = match outcome {
            RefreshOutcome::Refreshed { version, latency, is_rotated } => {
                CredentialSeen::Refreshed { version, is_rotated, took: latency }
            }
            RefreshOutcome::AlreadyFresh { version } => CredentialSeen::AlreadyFresh { version },
            RefreshOutcome::Failed { diagnosis, retry_at } => {
                CredentialSeen::Failed { diagnosis, retry_at: Some(retry_at), is_from_before: !is_asked }
            }
            RefreshOutcome::GrantEnded { diagnosis } => CredentialSeen::Ended { diagnosis },
            RefreshOutcome::NoRefreshToken if need == Need::Over => CredentialSeen::NoRefreshToken,
            RefreshOutcome::NoRefreshToken => holds,
        };
        Ok((seen, is_asked))
    }

    /// The refresh that this climb brought about, as it was written down.
    fn newest_refresh(&self) -> Result<Option<LifecycleEvent>, Error> {
        let events = self.engine.list_events(Some(&self.connection.id), 20)?;
        Ok(events
            .into_iter()
            .map(|(_, event)| event)
            .find(|it| matches!(it.kind, EventKind::RefreshSucceeded | EventKind::RefreshFailed))
            .filter(|it| it.at >= self.began_at))
    }

    fn proof_of_refresh(&self) -> Result<Vec<ProofLine>, Error> {
        Ok(self.newest_refresh()?.map(|event| self.line_of(&event)).into_iter().collect())
    }

    /// The refusal that ended the grant, where it is still written down.
    fn proof_of_end(&self) -> Result<Vec<ProofLine>, Error> {
        if !matches!(self.connection.grant, GrantState::Ended { .. }) {
            return Ok(vec![]);
        }
        let events = self.engine.list_events(Some(&self.connection.id), 100)?;
        let refused = events.into_iter().map(|(_, event)| event).find(|it| it.kind == EventKind::RefreshFailed);
        Ok(refused.map(|event| self.line_of(&event)).into_iter().collect())
    }

    fn line_of(&self, event: &LifecycleEvent) -> ProofLine {
        let sent = self.facts.sent.clone().or_else(|| stored_fingerprint(&self.connection));
        ProofLine {
            request: format!("POST {}", address_of(&self.connection.endpoints.token_endpoint)),
            sent: sent.map(|it| ("refresh_token".to_owned(), it.to_string())).into_iter().collect(),
            status: event.http_status,
            code: event.diagnosis.as_ref().and_then(|it| it.provider_code.clone()),
            words: None,
        }
    }

    pub(super) async fn identity(&mut self) -> Result<Finding, Error> {
        let id = self.connection.id.clone();
        let binding = self.engine.parts.store.grant_binding(&id)?;
        if self.provider.identity.is_none() && binding.mcp_server.is_none() {
            return Ok(probe_plan::identity(&IdentitySeen::NoCall, &self.subject()));
        }
        let fingerprint = self.connection.token.as_ref().and_then(|it| it.access_fingerprint.clone());
        let call = self.engine.run_test_call(&id).await?;
        if call.failure.as_ref().is_some_and(Diagnosis::is_transient) {
            self.wait_from(call.retry_after);
        }
        let line = ProofLine {
            request: call.called.replacen("https://", "", 1).replacen("http://", "", 1),
            sent: fingerprint.map(|it| ("access_token".to_owned(), it.to_string())).into_iter().collect(),
            status: call.http_status,
            code: call.failure.as_ref().and_then(|it| it.provider_code.clone()),
            words: None,
        };
        self.facts.is_account_right = call.failure.is_none() && call.identity.subject.is_some();
        let seen = IdentitySeen::Called {
            identity: call.identity,
            was_refreshed: call.was_refreshed,
            failure: call.failure,
            took: call.latency,
            proof: if call.called.is_empty() { vec![] } else { vec![line] },
        };
        let finding = probe_plan::identity(&seen, &self.subject());
        self.connection = self.engine.connection(&id)?;
        Ok(finding)
    }

    pub(super) async fn scopes(&mut self) -> Result<Finding, Error> {
        let mut seen = ScopesSeen {
            connection: self.connection.clone(),
            checks: vec![],
            may_write: self.with.may_write,
            took: None,
            proof: vec![],
        };
        // What is missing is known without asking.
        if self.provider.scopes.parameter.is_none() || missing_scopes(&self.provider, &self.connection).is_empty() {
            self.try_checks(&mut seen).await?;
        }
        let finding = probe_plan::scopes(&seen, &self.subject());
        self.facts.are_scopes_right = finding.failure.is_none();
        Ok(finding)
    }

    /// Each harmless call whose scopes are granted, up to the first that is refused.
    async fn try_checks(&self, seen: &mut ScopesSeen) -> Result<(), Error> {
        if self.provider.checks.is_empty() {
            return Ok(());
        }
        let (connection, token) = self.engine.usable_token(self.connection.clone(), Duration::ZERO).await?;
        let binding = self.engine.parts.store.grant_binding(&connection.id)?;
        let dpop = self.engine.dpop_key_of(&connection, &binding).await?;
        let started = Instant::now();
        for check in &self.provider.checks {
            let mut tried = CheckSeen { name: check.name.clone(), scopes: check.scopes.clone(), answer: None };
            if missing_for(&self.provider, check, &connection).is_some() {
                seen.checks.push(tried);
                continue;
            }
            let answer = self.engine.try_one_check(&self.provider, check, &connection, &token, dpop.as_deref()).await;
            let failure = answer.outcome.err();
            seen.proof.push(ProofLine {
                request: answer.called.replacen("https://", "", 1).replacen("http://", "", 1),
                sent: vec![("access_token".to_owned(), token.fingerprint().to_string())],
                status: answer.http_status,
                code: failure.as_ref().and_then(|it| it.provider_code.clone()),
                words: None,
            });
            let is_refused = failure.is_some();
            tried.answer = Some(failure.map_or(Ok(()), Err));
            seen.checks.push(tried);
            if is_refused {
                break;
            }
        }
        seen.took = Some(started.elapsed());
        Ok(())
    }

    pub(super) async fn resource(&mut self) -> Result<Finding, Error> {
        let Some(url) = &self.with.resource else {
            return Ok(probe_plan::resource(&ResourceSeen::NotAsked, &self.subject()));
        };
        let (connection, token) = self.engine.usable_token(self.connection.clone(), Duration::ZERO).await?;
        let binding = self.engine.parts.store.grant_binding(&connection.id)?;
        let dpop = self.engine.dpop_key_of(&connection, &binding).await?;
        let asked = IdentityRequest {
            provider: &self.provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token: &token,
            dpop: dpop.as_deref(),
            context: self.engine.evidence_context(&connection, &self.provider),
        };
        let answer = read_resource(&self.engine.parts.http, url, &asked, || self.engine.parts.clock.now()).await;
        self.engine.note_server_clock(url.as_str(), answer.clock_ahead);
        let failure = answer.outcome.err();
        let proof = vec![ProofLine {
            request: format!("GET {}", address_of(url)),
            sent: vec![("access_token".to_owned(), token.fingerprint().to_string())],
            status: answer.http_status,
            code: failure.as_ref().and_then(|it| it.provider_code.clone()),
            words: answer.words,
        }];
        let took = answer.latency;
        self.wait_from(answer.retry_after.filter(|_| failure.as_ref().is_some_and(Diagnosis::is_transient)));
        let seen = match failure {
            None => ResourceSeen::Read { took, proof },
            Some(diagnosis) => ResourceSeen::Refused { diagnosis, took, proof },
        };
        Ok(probe_plan::resource(&seen, &self.subject()))
    }

    fn subject_at(&self, at: Timestamp) -> String {
        (self.subject().moment)(at)
    }
}

pub(super) fn end_of(expiry: Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::At(at) => Some(at),
        Expiry::Unknown | Expiry::Never => None,
    }
}

fn host_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// Host and path: a query may hold what is nobody's business.
fn address_of(url: &Url) -> String {
    format!("{}{}", host_of(url), url.path())
}

/// Whether a connection tells of a provider's refreshes at all.
pub(super) fn is_of_same_provider(one: &Connection, other: &Connection) -> bool {
    one.provider == other.provider && one.id != other.id
}
