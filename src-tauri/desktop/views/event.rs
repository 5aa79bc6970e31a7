//! One line of the timeline [B12].

use serde::Serialize;
use ts_rs::TS;

use super::{CauseView, Millis};

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
    RefreshSucceeded,
    RefreshFailed,
    RevokedDetected,
    ReauthRequiredSet,
    Reconnected,
    ReconnectRefused,
    TestCallSucceeded,
    TestCallFailed,
    TokenDelivered,
    Disconnected,
    RevocationFailed,
    Reconciled,
    SettingsChanged,
}
