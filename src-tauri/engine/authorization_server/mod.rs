//! Speaks OAuth to one provider: builds requests with `oauth2`, sends and reads them itself; the only
//! user of `oauth2` [A2, B4, B8, S052, S053, S055].

pub mod authorize_url;
mod client_proof;
pub mod device_authorization;
pub mod discovery;
mod form;
pub mod id_token;
pub mod protected_resource;
pub mod pushed_authorization;
pub mod registration;
pub mod revocation;
mod token_endpoint;
mod unread_tokens;
mod wire;

use std::time::Duration;

use domain::Secret;
use domain::diagnosis::Diagnosis;
use domain::token::token_response::IssuedTokens;
use jiff::SignedDuration;

use crate::signing::DpopKey;

pub use token_endpoint::{
    CodeExchange, DeviceRedemption, TokenRefresh, exchange_code, read_token_answer, redeem_device_code, refresh_token,
};

/// A client as the wire needs it.
pub struct ClientCredentials<'a> {
    pub client_id: &'a str,
    pub client_secret: Option<&'a Secret>,
}

/// What the tokens of one grant are bound to, beyond their account.
#[derive(Debug, Clone, Copy, Default)]
pub struct Binding<'a> {
    /// The one API they are for (RFC 8707 §2).
    pub resource: Option<&'a str>,
    /// The key whose proofs go along with them (RFC 9449 §5).
    pub dpop: Option<&'a DpopKey>,
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
    /// What a refusal told of the server's limits: names and values of headers [B6].
    pub limits: Vec<(String, String)>,
}
