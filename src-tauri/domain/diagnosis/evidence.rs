//! What was seen of a failure, as it came over the wire; never stored as it is [C1].

use std::time::Duration;

/// Everything the classifier may look at.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub endpoint: FailedEndpoint,
    /// `None`: no HTTP answer.
    pub http_status: Option<u16>,
    pub content_type: Option<String>,
    pub www_authenticate: Option<String>,
    /// The answer, as far as the transport let it in: at most a mebibyte. May hold anything.
    pub body: String,
    pub network_failure: Option<NetworkFailure>,
    pub context: EvidenceContext,
}

/// Which kind of endpoint answered, or should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailedEndpoint {
    Authorize,
    TokenExchange,
    TokenRefresh,
    #[default]
    Api,
}

/// Why there was no HTTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkFailure {
    NameNotResolved,
    NotConnected,
    TimedOut,
    Tls,
    /// By our clock the server's certificate is not valid yet, or was over long ago.
    CertificateOfAnotherTime,
    /// The connection broke in the middle.
    Broken,
}

/// What is known besides the answer.
#[derive(Debug, Clone, Default)]
pub struct EvidenceContext {
    pub access_token_age: Option<Duration>,
    pub access_token_lifetime: Option<Duration>,
    pub has_refresh_token: Option<bool>,
    pub refresh_token_age: Option<Duration>,
    /// The provider's idle limit for refresh tokens, where it has one.
    pub refresh_token_idle_life: Option<Duration>,
    /// Our clock minus the server's, in seconds.
    pub clock_ahead_seconds: Option<i64>,
}
