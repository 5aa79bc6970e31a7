//! The practice provider and its switches.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::CauseLabel;

/// The practice provider as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PracticeView {
    pub is_running: bool,
    pub issuer: Option<String>,
    pub switches: PracticeSwitches,
    /// The cause that is brought about, beside the switches.
    pub staged: Option<CauseLabel>,
    pub live_grant_count: u32,
}

/// The faults a person can switch on; each says what the server then does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct PracticeSwitches {
    /// Refreshes are refused with `invalid_grant`.
    pub refuses_refresh: bool,
    /// Access tokens live 60 seconds instead of an hour.
    pub short_access_tokens: bool,
    /// Refresh tokens live ten minutes from their issue.
    pub short_grant: bool,
    /// No refresh token is issued at the next sign-in.
    pub no_refresh_token: bool,
    /// Every answer of the token endpoint takes 8 seconds.
    pub answers_slowly: bool,
    /// A refresh takes effect, and its answer never comes.
    pub lost_answer: bool,
    /// The token endpoint answers 429 with Retry-After 30.
    pub rate_limited: bool,
    /// The token endpoint answers 503.
    pub outage: bool,
    /// The token endpoint answers 200 with an error inside.
    pub ok_with_error: bool,
    /// `expires_in` comes in milliseconds, as text.
    pub expires_in_milliseconds: bool,
    /// Only the first scope is granted at the next sign-in.
    pub partial_grant: bool,
    /// The server's clock is ten minutes behind.
    pub clock_skew: bool,
    /// The API answers 403 `insufficient_scope`.
    pub api_forbids: bool,
}

/// Something that happens at once, not a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PracticeDeed {
    RevokeGrants,
    ExpireAccessTokens,
}
