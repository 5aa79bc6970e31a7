//! The probes at the API: who is signed in, the harmless calls, one object; without consent all of them read [C3, C4, S075].

use std::time::{Duration, Instant};

use domain::diagnosis::Diagnosis;
use domain::diagnosis::probe_plan::{
    self, CheckSeen, Finding, IdentitySeen, ProofLine, ResourceSeen, ScopesSeen, missing_scopes,
};

use super::climb::{Climb, address_of, stored_fingerprint};
use crate::Error;
use crate::flows::checks::missing_for;
use crate::provider_api::{IdentityRequest, read_resource};

impl Climb<'_> {
    pub(super) async fn identity(&mut self) -> Result<Finding, Error> {
        let id = self.connection.id.clone();
        let binding = self.engine.parts.store.grant_binding(&id)?;
        if self.provider.identity.is_none() && binding.mcp_server.is_none() {
            return Ok(probe_plan::identity(None, &self.subject()));
        }
        let fingerprint = self.connection.token.as_ref().and_then(|it| it.access_fingerprint.clone());
        let refresh_token = stored_fingerprint(&self.connection);
        let call = self.engine.test_with(&id, !self.has_refreshed()?).await?;
        if call.failure.as_ref().is_some_and(Diagnosis::is_transient) {
            self.wait_from(call.retry_after);
        }
        let line = ProofLine {
            request: without_scheme(&call.called),
            sent: fingerprint.map(|it| ("access_token".to_owned(), it.to_string())).into_iter().collect(),
            status: call.http_status,
            code: call.refused.as_ref().or(call.failure.as_ref()).and_then(|it| it.provider_code.clone()),
            words: call.words,
        };
        let mut proof = if call.called.is_empty() { vec![] } else { vec![line] };
        if let Some(diagnosis) = call.failure.as_ref().filter(|_| proof.is_empty() || call.refused.is_some()) {
            self.facts.sent = self.facts.sent.take().or(refresh_token);
            proof.extend(self.refresh_that_failed(diagnosis)?);
        }
        self.facts.is_account_right = call.failure.is_none() && call.identity.subject.is_some();
        let seen = IdentitySeen {
            identity: call.identity,
            was_refreshed: call.was_refreshed,
            failure: call.failure,
            refused: call.refused,
            took: call.latency,
            proof,
        };
        let finding = probe_plan::identity(Some(&seen), &self.subject());
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
        let may_write = self.with.may_write;
        for check in self.provider.checks.iter().filter(|it| may_write || it.refused_with.is_none()) {
            let mut tried = CheckSeen {
                name: check.name.clone(),
                scopes: check.scopes.clone(),
                writes: check.refused_with.is_some(),
                answer: None,
            };
            if missing_for(&self.provider, check, &connection).is_some() {
                seen.checks.push(tried);
                continue;
            }
            let answer = self.engine.try_one_check(&self.provider, check, &connection, &token, dpop.as_deref()).await?;
            let failure = answer.outcome.err();
            seen.proof.push(ProofLine {
                request: without_scheme(&answer.called),
                sent: vec![("access_token".to_owned(), token.fingerprint().to_string())],
                status: answer.http_status,
                code: failure.as_ref().and_then(|it| it.provider_code.clone()),
                words: answer.said.words,
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
        let earlier = self.engine.earlier_tokens(&connection.id)?;
        let asked = IdentityRequest {
            provider: &self.provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token: &token,
            dpop: dpop.as_deref(),
            earlier: &earlier,
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
}

/// `GET api.example/me` of `GET https://api.example/me`.
fn without_scheme(called: &str) -> String {
    called.replacen("https://", "", 1).replacen("http://", "", 1)
}
