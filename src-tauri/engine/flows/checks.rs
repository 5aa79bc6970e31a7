//! The provider's harmless calls, each for a scope or two: what the grant allows is tried, not supposed [A6, E2, C4].

use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::Diagnosis;
use domain::provider::scope_map::covers;
use domain::provider::{CheckCall, Provider};
use domain::{ConnectionId, Secret};

use crate::provider_api::{IdentityAnswer, IdentityRequest, try_check};
use crate::signing::DpopKey;
use crate::{Engine, Error};

/// One call, and what it showed.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// What it does, in words: "List one file".
    pub name: String,
    pub outcome: CheckOutcome,
}

#[derive(Debug, Clone)]
pub enum CheckOutcome {
    Worked {
        http_status: Option<u16>,
        latency: Duration,
    },
    Failed {
        http_status: Option<u16>,
        diagnosis: Diagnosis,
    },
    /// These scopes are not granted, so that a refusal would say nothing new.
    NotTried {
        missing: Vec<String>,
    },
}

impl Engine {
    /// Tries each of the provider's checks that read once, one after the other. Nothing is refreshed for them beyond what a
    /// usable token takes, and nothing is written down: a check that fails says nothing of the sign-in.
    pub async fn run_checks(&self, id: &ConnectionId) -> Result<Vec<CheckResult>, Error> {
        self.refuse_when_offline()?;
        let (connection, token) = self.usable_token(self.connection(id)?, Duration::ZERO).await?;
        let provider = self.provider_of(&connection)?;
        let binding = self.parts.store.grant_binding(id)?;
        let dpop = self.dpop_key_of(&connection, &binding).await?;

        let mut results = vec![];
        // Nobody consented to what asks to write.
        for check in provider.checks.iter().filter(|it| it.refused_with.is_none()) {
            if let Some(missing) = missing_for(&provider, check, &connection) {
                results.push(CheckResult { name: check.name.clone(), outcome: CheckOutcome::NotTried { missing } });
                continue;
            }
            let answer = self.try_one_check(&provider, check, &connection, &token, dpop.as_deref()).await?;
            let (http_status, latency) = (answer.http_status, answer.latency);
            let outcome = match answer.outcome {
                Ok(_) => CheckOutcome::Worked { http_status, latency },
                Err(diagnosis) => CheckOutcome::Failed { http_status, diagnosis },
            };
            results.push(CheckResult { name: check.name.clone(), outcome });
        }
        Ok(results)
    }

    /// One of the provider's checks, once.
    pub(super) async fn try_one_check(
        &self,
        provider: &Provider,
        check: &CheckCall,
        connection: &Connection,
        token: &Secret,
        dpop: Option<&DpopKey>,
    ) -> Result<IdentityAnswer, Error> {
        let earlier = self.earlier_tokens(&connection.id)?;
        let request = IdentityRequest {
            provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token: token,
            dpop,
            earlier: &earlier,
            context: self.evidence_context(connection, provider),
        };
        Ok(try_check(&self.parts.http, check, request, || self.parts.clock.now()).await)
    }
}

/// The scopes without which a refusal would say nothing new; `None`: it can be tried.
pub(super) fn missing_for(provider: &Provider, check: &CheckCall, connection: &Connection) -> Option<Vec<String>> {
    let is_missing = |scope: &&String| !covers(&provider.scopes, &connection.scopes.granted, scope);
    let missing: Vec<_> = check.scopes.iter().filter(is_missing).cloned().collect();
    (provider.scopes.parameter.is_some() && !missing.is_empty()).then_some(missing)
}
