//! What is known besides an answer, for its diagnosis [C1, C2].

use std::time::Duration;

use domain::connection::{Connection, GrantState};
use domain::diagnosis::EvidenceContext;
use domain::provider::scope_map::shortfall;
use domain::provider::{Provider, Rotation};
use domain::token::Expiry;
use domain::token::durability::{ForecastReason, forecast};

use crate::Engine;

impl Engine {
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

    /// Whether the client is in testing at the provider, as far as the lives of earlier grants tell.
    fn is_in_testing(&self, connection: &Connection, provider: &Provider) -> Option<bool> {
        provider.refresh.testing_life?;
        let ended = self.parts.store.list_ended_grants().ok()?;
        let told = forecast(connection, &provider.refresh, &ended).reason;
        (told == ForecastReason::TestingMode).then_some(true)
    }
}
