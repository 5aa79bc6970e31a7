//! One line of the timeline [B12].

use domain::lifecycle_event::{EventKind, LifecycleEvent};
use serde::Serialize;
use ts_rs::TS;

use super::{CauseView, Millis, RefreshReasonView, count};

/// What happened, without a secret.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EventView {
    #[ts(type = "number")]
    pub id: i64,
    pub at: Millis,
    pub connection_id: Option<String>,
    pub connection_name: Option<String>,
    /// One of the kinds in `ui/src/words/events.ts`.
    pub kind: EventKindView,
    pub http_status: Option<u16>,
    pub latency_ms: Option<u32>,
    pub token_version: Option<u32>,
    pub token_fingerprint: Option<String>,
    #[ts(type = "number | null")]
    pub token_age_seconds: Option<i64>,
    pub endpoint: Option<String>,
    pub request_id: Option<String>,
    pub attempt: Option<u32>,
    pub reason: Option<RefreshReasonView>,
    /// How long after its time a refresh was made.
    pub lateness_ms: Option<u32>,
    /// Our share of the time in which a new token existed nowhere durable, in microseconds [A5].
    pub at_risk_us: Option<u32>,
    pub cause: Option<CauseView>,
    /// The program that took a token, the account that signed in: never a secret.
    pub subject: Option<String>,
}

/// The kinds of [B12] and those the window adds words to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EventKindView {
    SignInStarted,
    SignInFailed,
    TokenIssued,
    Imported,
    RefreshSucceeded,
    RefreshFailed,
    RefreshCutOff,
    RefreshTokenLeft,
    RevokedDetected,
    ReauthRequiredSet,
    ReauthRequiredCleared,
    Reconnected,
    ReconnectRefused,
    ReconnectRequested,
    GrantLeft,
    TestCallSucceeded,
    TestCallFailed,
    TokenDelivered,
    Disconnected,
    RevocationFailed,
    Reconciled,
    BundleHeld,
    BundleRecovered,
    NetworkLost,
    NetworkBack,
    ClockJumped,
    SettingsChanged,
    SetupChecked,
    ClientSecretRotated,
    ScopesChanged,
    ConnectionsMerged,
    AlertGivenUp,
}

impl EventView {
    pub fn new(id: i64, event: &LifecycleEvent, connection_name: Option<&str>) -> Self {
        Self {
            id,
            at: event.at.into(),
            connection_id: event.connection.as_ref().map(ToString::to_string),
            connection_name: connection_name.map(str::to_owned),
            kind: event.kind.into(),
            http_status: event.http_status,
            latency_ms: event.latency.map(|it| count(it.as_millis() as usize)),
            token_version: event.token_version.map(|it| it.0),
            token_fingerprint: event.token_fingerprint.as_ref().map(ToString::to_string),
            token_age_seconds: event.token_age.and_then(|age| i64::try_from(age.as_secs()).ok()),
            endpoint: event.endpoint.map(str::to_owned),
            request_id: event.request_id.clone(),
            attempt: event.attempt,
            reason: event.reason.map(RefreshReasonView::from),
            lateness_ms: event.lateness.map(|it| count(it.as_millis() as usize)),
            at_risk_us: event.at_risk.map(|it| count(it.as_micros() as usize)),
            cause: event.diagnosis.as_ref().map(CauseView::from),
            subject: event.subject.clone(),
        }
    }
}

impl From<EventKind> for EventKindView {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::SignInStarted => Self::SignInStarted,
            EventKind::SignInFailed => Self::SignInFailed,
            EventKind::TokenIssued => Self::TokenIssued,
            EventKind::Imported => Self::Imported,
            EventKind::RefreshSucceeded => Self::RefreshSucceeded,
            EventKind::RefreshFailed => Self::RefreshFailed,
            EventKind::RefreshCutOff => Self::RefreshCutOff,
            EventKind::RefreshTokenLeft => Self::RefreshTokenLeft,
            EventKind::RevokedDetected => Self::RevokedDetected,
            EventKind::ReauthRequiredSet => Self::ReauthRequiredSet,
            EventKind::ReauthRequiredCleared => Self::ReauthRequiredCleared,
            EventKind::Reconnected => Self::Reconnected,
            EventKind::ReconnectRefused => Self::ReconnectRefused,
            EventKind::ReconnectRequested => Self::ReconnectRequested,
            EventKind::GrantLeft => Self::GrantLeft,
            EventKind::TestCallSucceeded => Self::TestCallSucceeded,
            EventKind::TestCallFailed => Self::TestCallFailed,
            EventKind::TokenDelivered => Self::TokenDelivered,
            EventKind::Disconnected => Self::Disconnected,
            EventKind::RevocationFailed => Self::RevocationFailed,
            EventKind::Reconciled => Self::Reconciled,
            EventKind::BundleHeld => Self::BundleHeld,
            EventKind::BundleRecovered => Self::BundleRecovered,
            EventKind::NetworkLost => Self::NetworkLost,
            EventKind::NetworkBack => Self::NetworkBack,
            EventKind::ClockJumped => Self::ClockJumped,
            EventKind::SettingsChanged => Self::SettingsChanged,
            EventKind::SetupChecked => Self::SetupChecked,
            EventKind::ClientSecretRotated => Self::ClientSecretRotated,
            EventKind::ScopesChanged => Self::ScopesChanged,
            EventKind::ConnectionsMerged => Self::ConnectionsMerged,
            EventKind::AlertGivenUp => Self::AlertGivenUp,
        }
    }
}
