//! The probes at the token endpoint: a wrong code, and at the most one refresh [C3, B4, B5, B6].

use std::time::{Duration, Instant};

use domain::Secret;
use domain::connection::GrantState;
use domain::diagnosis::probe_plan::{self, CredentialSeen, EndpointSeen, Finding, ProofLine};
use domain::diagnosis::redaction::of_foreign_words;
use domain::diagnosis::setup_check::{PairVerdict, TokenSeen};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::refresh_time::is_due;
use domain::lifecycle::retry::is_waiting;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::limits::PreviousToken;
use domain::provider::{AnswerHolds, SecretNeed};
use domain::token::Expiry;
use jiff::Timestamp;

use super::climb::{Climb, FRESH_PROOF, address_of, stored_fingerprint};
use crate::Error;
use crate::flows::connect::redirect_uri_for;
use crate::flows::refresh::{RefreshOutcome, RefreshWhy};

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
            let until = self.moment(until);
            return Ok(EndpointSeen::NotAsked(format!("{name} asked not to be asked until {until}.")));
        }
        let need = self.need();
        let token = self.connection.token.as_ref();
        if need == Need::None {
            let issued = token.map(|it| self.moment(it.issued_at)).unwrap_or_default();
            return Ok(EndpointSeen::Proved(format!("The token in hand came from it at {issued}, and still holds.")));
        }
        if let Some((sibling, at)) = self.fresh_sibling()? {
            let at = self.moment(at);
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
    async fn send_wrong_code(&mut self, secret: Option<&Secret>) -> Result<EndpointSeen, Error> {
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
            words: tried.detail.map(|it| of_foreign_words(&it)),
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
        if let Some(seen) = self.not_sent_again(need, token.expiry) {
            return Ok((seen, false));
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
            RefreshOutcome::Refreshed { version, latency, is_rotated, .. } => {
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

    /// A refresh token that is probably spent is sent again by a person's word alone, where it was sent twice in vain, or
    /// where that may end the token in hand [A5].
    fn not_sent_again(&self, need: Need, expiry: Expiry) -> Option<CredentialSeen> {
        let connection = &self.connection;
        let is_in_doubt = matches!(connection.grant, GrantState::OutcomeUnknown { .. });
        let is_known_outage = connection.refresh_failures.as_ref().is_some_and(|it| it.last.is_of_known_outage());
        let is_dangerous = need != Need::Over
            && is_in_doubt
            && !is_known_outage
            && self.provider.refresh.previous_token == PreviousToken::Refused;
        if self.with.may_refresh || !connection.has_lost_answers() && !is_dangerous {
            return None;
        }
        Some(match &connection.refresh_failures {
            Some(streak) => {
                CredentialSeen::Failed { diagnosis: streak.last.clone(), retry_at: None, is_from_before: true }
            }
            None => CredentialSeen::Holds { until: end_of(expiry) },
        })
    }

    /// Whether this climb has renewed the token.
    pub(super) fn has_refreshed(&self) -> Result<bool, Error> {
        Ok(self.newest_refresh()?.is_some_and(|it| it.kind == EventKind::RefreshSucceeded))
    }

    /// The refresh that this climb brought about, as it was written down.
    fn newest_refresh(&self) -> Result<Option<LifecycleEvent>, Error> {
        let events = self.engine.list_events_after(self.event_before, Some(&self.connection.id), 20)?;
        let mut events = events.into_iter().rev().map(|(_, event)| event);
        Ok(events.find(|it| matches!(it.kind, EventKind::RefreshSucceeded | EventKind::RefreshFailed)))
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

    /// The newest refresh that failed so: the request that a diagnosis is about which no call of the API explains.
    pub(super) fn refresh_that_failed(&self, diagnosis: &Diagnosis) -> Result<Option<ProofLine>, Error> {
        let events = self.engine.list_events(Some(&self.connection.id), 100)?;
        let mut events = events.into_iter().map(|(_, event)| event).filter(|it| it.kind == EventKind::RefreshFailed);
        let is_meant = |it: &Diagnosis| it.cause == diagnosis.cause && it.provider_code == diagnosis.provider_code;
        Ok(events.find(|it| it.diagnosis.as_ref().is_some_and(is_meant)).map(|event| self.line_of(&event)))
    }

    fn line_of(&self, event: &LifecycleEvent) -> ProofLine {
        let sent = self.facts.sent.clone().or_else(|| stored_fingerprint(&self.connection));
        ProofLine {
            request: format!("POST {}", address_of(&self.connection.endpoints.token_endpoint)),
            sent: sent.map(|it| ("refresh_token".to_owned(), it.to_string())).into_iter().collect(),
            status: event.http_status,
            code: event.diagnosis.as_ref().and_then(|it| it.provider_code.clone()),
            words: event.words.clone(),
        }
    }
}

fn end_of(expiry: Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::At(at) => Some(at),
        Expiry::Unknown | Expiry::Never => None,
    }
}
