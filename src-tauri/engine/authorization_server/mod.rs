//! Speaks OAuth to one provider: builds requests with `oauth2`, sends and reads them itself; the only
//! user of `oauth2` [A2, B4, B8, S052, S053, S055].

pub mod authorize_url;
pub mod discovery;
pub mod id_token;
pub mod revocation;
mod token_endpoint;
mod wire;

use std::time::Duration;

use domain::Secret;
use domain::diagnosis::Diagnosis;
use domain::token::token_response::IssuedTokens;
use jiff::SignedDuration;

pub use token_endpoint::{CodeExchange, TokenRefresh, exchange_code, read_token_answer, refresh_token};

/// A client as the wire needs it.
pub struct ClientCredentials<'a> {
    pub client_id: &'a str,
    pub client_secret: Option<&'a Secret>,
}

/// What came back from a token endpoint.
#[derive(Debug)]
pub enum TokenEndpointAnswer {
    Issued { tokens: Box<IssuedTokens>, about: AnswerFacts },
    Failed { diagnosis: Diagnosis, detail: Option<String>, retry_after: Option<Duration>, about: AnswerFacts },
}

/// What may be written down about any answer [B12].
#[derive(Debug, Clone, Default)]
pub struct AnswerFacts {
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub request_id: Option<String>,
    /// Our clock minus the server's, as the answer showed it when it came [B9].
    pub clock_ahead: Option<SignedDuration>,
    /// The request may have reached the server, though no whole answer came back.
    pub outcome_is_unknown: bool,
}
