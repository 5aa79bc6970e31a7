//! The one error the window sees: a code it has words for, and a message for "Details" [A3].

use serde::Serialize;
use ts_rs::TS;

/// Why a command could not be done. Never contains a URL's query, a token or a response body.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CommandError {
    pub code: ErrorCode,
    pub message: String,
}

/// A code exists only where the window does something different for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    KeychainLocked,
    KeychainAbsent,
    KeychainDifferent,
    KeychainNotAnswering,
    StoreUnavailable,
    ProviderUnreachable,
    ProviderRefused,
    ProviderUnknown,
    DiscoveryRefused,
    ClientIncomplete,
    ListenerPortTaken,
    BrowserNotOpened,
    SignInGone,
    SignInUnderWay,
    ConnectionGone,
    ChangedMeanwhile,
    BadInput,
    PracticeUnavailable,
    Unexpected,
}
