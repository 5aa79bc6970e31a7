//! The probes of the ground: the way to the provider, its clock, and what is stored here [C3, B9].

use std::time::Instant;

use domain::connection::GrantState;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::{
    self, ClockSeen, Finding, KeychainSeen, NewerSeen, OurTokenSeen, ProofLine, ReachOutcome, ReachSeen,
};
use domain::token::clock_skew::{is_off, is_own_machine};
use domain::{ProviderId, Secret};

use super::super::reach::front_page;
use super::climb::{Climb, FRESH_PROOF, host_of, stored_fingerprint};
use crate::Error;
use crate::http::HttpFailure;

/// Of a front page only the answer's head is wanted.
const MAX_PAGE: usize = 64 * 1024;

impl Climb<'_> {
    /// Finds, reaches and trusts the host of the token endpoint, and asks it for nothing.
    pub(super) async fn reach(&mut self) -> Result<Finding, Error> {
        let endpoint = self.connection.endpoints.token_endpoint.clone();
        let request = front_page(&endpoint).ok_or(Error::BadInput("the token endpoint is not a URL"))?;
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
        let mut seen: Vec<(ProviderId, bool)> = vec![];
        for other in self.engine.parts.store.list_connections()? {
            let host = other.endpoints.token_endpoint.host_str().unwrap_or_default();
            // One on this machine needs no network.
            if other.provider == self.connection.provider || is_own_machine(host) {
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
        let known = self.engine.clock_reading()?.servers;
        // A server on this machine has our clock, and proves nothing of it: but that it is another's making, where that
        // runs here too.
        let is_here = is_own_machine(self.connection.endpoints.token_endpoint.host_str().unwrap_or_default());
        let own = if is_here { host_of(&self.connection.endpoints.token_endpoint) } else { own };
        let others = known.iter().filter(|it| it.host != own && (is_here || !is_own_machine(&it.host)));
        let (mut confirming_count, mut contradicting_count) = (0, 0);
        for other in others {
            if !is_off(other.ahead_ms) {
                contradicting_count += 1;
            } else if ahead_ms.is_some_and(|it| !is_off(other.ahead_ms.saturating_sub(it))) {
                confirming_count += 1;
            }
        }
        let seen = ClockSeen { ahead_ms, contradicting_count, confirming_count };
        self.facts.is_clock_theirs = seen.is_theirs();
        Ok(probe_plan::clock(seen, &self.subject()))
    }

    /// Reads the keychain, and sends nothing.
    pub(super) async fn our_token(&mut self) -> Result<Finding, Error> {
        let started = Instant::now();
        let keychain = match &self.connection.grant {
            GrantState::Disconnected { .. } => KeychainSeen::NotAsked,
            GrantState::Ended { .. } => {
                // What a dead grant leaves behind may be erased already.
                let version = self.connection.token_version();
                match self.engine.whole_or_refresh_part(&self.connection.id, version).await? {
                    Some(_) => KeychainSeen::Same,
                    None => KeychainSeen::NotAsked,
                }
            }
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {
                match self.look_into_keychain().await {
                    // What waits for the keychain is what is wrong, and known without it.
                    Err(Error::VaultUnavailable(_)) if self.newer_elsewhere()?.is_some() => KeychainSeen::NotAsked,
                    looked => looked?,
                }
            }
        };
        self.facts.stored = stored_fingerprint(&self.connection);
        let seen = OurTokenSeen { keychain, newer: self.newer_elsewhere()?, took: started.elapsed() };
        Ok(probe_plan::our_token(&seen, &self.subject()))
    }

    /// A newer token that is not in the keychain. One that is out of reach may be tried without, where the provider
    /// takes the one before it.
    fn newer_elsewhere(&self) -> Result<Option<NewerSeen>, Error> {
        let (engine, connection) = (self.engine, &self.connection);
        if let Some(newer) = engine.newer_seal(&connection.id, connection.token_version()) {
            return Ok(Some(NewerSeen::Sealed(newer)));
        }
        if engine.held_reason(&connection.id).is_some() {
            return Ok(Some(NewerSeen::InMemoryOf("this program".to_owned())));
        }
        if let Some(by) = engine.held_elsewhere_of(&connection.id)? {
            return Ok(Some(NewerSeen::InMemoryOf(by.to_string())));
        }
        let is_refused = engine.refuse_spent(connection, &self.provider).is_err();
        let unopened = engine.unopened_of(connection, &self.provider).filter(|_| is_refused);
        Ok(unopened.map(|seal| {
            let file = seal.lies_at().display().to_string();
            NewerSeen::OutOfReach { file, is_missing: seal.is_missing }
        }))
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
        let found = bundle.refresh_token.as_ref().map(Secret::fingerprint);
        let known = self.connection.token.as_ref().filter(|it| it.version == bundle.version);
        let is_same = known.is_none_or(|it| it.refresh_fingerprint == found || !it.has_refresh_token);
        Ok(if is_same { KeychainSeen::Same } else { KeychainSeen::Differs { refresh: found } })
    }
}
