//! An event as programs see it: the shape of `patchbay events --json`, of forwarded files and of webhooks. No secret has a
//! place in it [A3, B12, F5].

use std::time::Duration;

use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::LifecycleEvent;
use serde::Serialize;

use super::Marks;

/// One event; `null` where nothing is known, times in RFC 3339.
#[derive(Debug, Clone, Serialize)]
pub struct EventJson {
    /// Counts up within one board, with gaps; never given twice.
    pub(super) id: i64,
    at: String,
    kind: &'static str,
    connection: Option<String>,
    workspace: Option<String>,
    environment: Option<&'static str>,
    endpoint: Option<&'static str>,
    http_status: Option<u16>,
    cause: Option<&'static str>,
    action: Option<&'static str>,
    provider_code: Option<String>,
    request_id: Option<String>,
    token_age_s: Option<u64>,
    token_version: Option<u32>,
    token_fingerprint: Option<String>,
    attempt: Option<u32>,
    backoff_ms: Option<u64>,
    latency_ms: Option<u64>,
    reason: Option<&'static str>,
    lateness_ms: Option<u64>,
    at_risk_us: Option<u64>,
    redirect_uri_hash: Option<String>,
    subject: Option<String>,
}

impl EventJson {
    pub fn of(id: i64, event: &LifecycleEvent) -> Self {
        let diagnosis = event.diagnosis.as_ref();
        let ms = |time: Duration| u64::try_from(time.as_millis()).ok();
        Self {
            id,
            at: event.at.to_string(),
            kind: event.kind.as_str(),
            connection: event.connection.as_ref().map(ToString::to_string),
            workspace: event.workspace.clone(),
            environment: event.environment.map(|it| it.as_str()),
            endpoint: event.endpoint,
            http_status: event.http_status,
            cause: diagnosis.map(|it| it.cause.as_str()),
            action: diagnosis.map(|it| it.action.as_str()),
            provider_code: diagnosis.and_then(|it| it.provider_code.clone()),
            request_id: event.request_id.clone(),
            token_age_s: event.token_age.map(|it| it.as_secs()),
            token_version: event.token_version.map(|it| it.0),
            token_fingerprint: event.token_fingerprint.as_ref().map(ToString::to_string),
            attempt: event.attempt,
            backoff_ms: event.backoff.and_then(ms),
            latency_ms: event.latency.and_then(ms),
            reason: event.reason.map(RefreshReason::as_str),
            lateness_ms: event.lateness.and_then(ms),
            at_risk_us: event.at_risk.and_then(|it| u64::try_from(it.as_micros()).ok()),
            redirect_uri_hash: event.redirect_uri_hash.clone(),
            subject: event.subject.clone(),
        }
    }

    /// Without names of accounts and workspaces: marks stand there, the same each time.
    #[must_use]
    pub(super) fn without_names(mut self, marks: &Marks) -> Self {
        self.subject = self.subject.map(|it| marks.of(&it));
        self.workspace = self.workspace.map(|it| marks.of(&it));
        self
    }

    /// As a line of a file, with its end.
    pub(super) fn line(&self) -> String {
        // Strings, numbers and nothing else: this cannot fail, and an empty line is none.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}
