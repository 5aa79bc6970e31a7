//! What was seen of a failure, as it came over the wire; never stored as it is [C1].

use std::time::Duration;

/// Everything the classifier may look at.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Who answered, as the catalogue or a person calls it.
    pub provider: Option<String>,
    pub endpoint: FailedEndpoint,
    /// `None`: no HTTP answer, or a browser's redirect or page.
    pub http_status: Option<u16>,
    /// As they came, in any letter case and order.
    pub headers: Vec<(String, String)>,
    /// The answer, as far as the transport let it in; for an authorization the query of the redirect back, or the
    /// text of the page. May hold anything.
    pub body: Vec<u8>,
    pub network_failure: Option<NetworkFailure>,
    /// What a library said of a connection that failed.
    pub network_error: Option<String>,
    pub context: EvidenceContext,
}

impl Evidence {
    /// The first header of that name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Which kind of endpoint answered, or should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailedEndpoint {
    Authorize,
    TokenExchange,
    TokenRefresh,
    /// RFC 8628: the request for a code, and the waiting for its approval.
    Device,
    /// RFC 7009.
    Revoke,
    /// RFC 7662.
    Introspect,
    #[default]
    Api,
}

impl FailedEndpoint {
    /// Whether the authorization server is asked for a token there.
    pub fn issues_tokens(self) -> bool {
        matches!(self, Self::TokenExchange | Self::TokenRefresh | Self::Device)
    }

    /// The word of a recorded failure.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::TokenExchange => "token_exchange",
            Self::TokenRefresh => "token_refresh",
            Self::Device => "device",
            Self::Revoke => "revoke",
            Self::Introspect => "introspect",
            Self::Api => "api",
        }
    }

    /// Takes the word of a recorded failure, as different tools write it; what is not known is an API.
    pub fn from_text(text: &str) -> Self {
        let word: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match word.as_str() {
            "authorize"
            | "authorise"
            | "authorization"
            | "authorizationendpoint"
            | "callback"
            | "redirect"
            | "consent"
            | "login"
            | "par"
            | "pushedauthorization" => Self::Authorize,
            "tokenexchange" | "token" | "tokenendpoint" | "exchange" | "code" | "codeexchange"
            | "authorizationcode" | "clientcredentials" => Self::TokenExchange,
            "tokenrefresh" | "refresh" | "refreshtoken" => Self::TokenRefresh,
            "device" | "devicecode" | "deviceauthorization" | "devicetoken" | "tokendevice" => Self::Device,
            "revoke" | "revocation" | "tokenrevoke" | "tokenrevocation" => Self::Revoke,
            "introspect" | "introspection" | "tokeninfo" | "tokenintrospection" => Self::Introspect,
            _ => Self::Api,
        }
    }
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
    /// Somebody in between answers with a certificate of their own: a proxy, a virus scanner.
    Intercepted,
    /// The proxy in between failed or wants a sign-in of its own.
    Proxy,
    /// The connection broke in the middle.
    Broken,
}

/// What is known besides the answer; `None` is not known.
#[derive(Debug, Clone, Default)]
pub struct EvidenceContext {
    pub access_token_age: Option<Duration>,
    pub access_token_lifetime: Option<Duration>,
    /// The `expires_in` of the last token answer, as JSON text.
    pub expires_in_raw: Option<String>,
    pub has_refresh_token: Option<bool>,
    pub refresh_token_age: Option<Duration>,
    /// The provider's idle limit for refresh tokens, where it has one.
    pub refresh_token_idle_life: Option<Duration>,
    /// How long a grant lives after the consent, where the provider limits it.
    pub grant_life: Option<Duration>,
    /// How long ago a refresh brought the last new refresh token.
    pub refresh_token_rotated_ago: Option<Duration>,
    /// Whether the refresh token that was sent is the last one the provider gave.
    pub is_latest_refresh_token: Option<bool>,
    /// Whether somebody else refreshed the same grant at the same time.
    pub saw_concurrent_refresh: Option<bool>,
    /// Refresh tokens that this account was given by this client.
    pub refresh_tokens_issued: Option<u32>,
    /// How many of them the provider lets live.
    pub live_token_limit: Option<u32>,
    pub requested_scopes: Option<Vec<String>>,
    pub granted_scopes: Option<Vec<String>>,
    pub expected_tenant: Option<String>,
    pub actual_tenant: Option<String>,
    /// The `state` that was sent with the authorization request.
    pub expected_state: Option<String>,
    /// Whether the client is still in testing at the provider.
    pub is_client_in_testing: Option<bool>,
    /// How long a grant lives while its client is in testing.
    pub testing_life: Option<Duration>,
    /// How long ago the client's secret ended, as the server said when it registered the client.
    pub client_secret_ended_ago: Option<Duration>,
    /// Our clock minus the server's, in seconds.
    pub clock_ahead_seconds: Option<i64>,
    /// The call asks whose token it is: no object is in play that could be shared or not.
    pub asks_who_it_is: bool,
}
