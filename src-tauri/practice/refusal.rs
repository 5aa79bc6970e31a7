//! Says no as RFC 6749 §5.2 and RFC 6750 §3 prescribe, and leaves a line in the log [C1].

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::log::LogEntry;
use crate::mending::Mending;
use crate::misbehaviour::tell_limit;

/// An error answer on its way out.
pub(crate) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    challenge: Option<String>,
    retry_after: Option<String>,
    mended_at: Option<(Mending, String)>,
}

impl Refusal {
    pub(crate) fn new(error: &'static str, description: &'static str) -> Refusal {
        Refusal {
            status: StatusCode::BAD_REQUEST,
            error,
            description,
            challenge: None,
            retry_after: None,
            mended_at: None,
        }
    }

    /// The request itself is malformed.
    pub(crate) fn request(description: &'static str) -> Refusal {
        Refusal::new("invalid_request", description)
    }

    /// The client is not who it says. 401 with a challenge where it used the header (RFC 6749 §5.2).
    pub(crate) fn client(by_header: bool, description: &'static str) -> Refusal {
        Refusal {
            status: StatusCode::UNAUTHORIZED,
            challenge: by_header.then(|| "Basic realm=\"practice\"".to_owned()),
            ..Refusal::new("invalid_client", description)
        }
    }

    /// The provider itself failed: no randomness, or its state could not be kept.
    pub(crate) fn own_failure() -> Refusal {
        Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Refusal::new("server_error", "The practice provider could not keep what it did")
        }
    }

    /// A refusal of a protected resource with its `WWW-Authenticate` (RFC 6750 §3).
    pub(crate) fn resource(status: StatusCode, error: &'static str, description: &'static str) -> Refusal {
        let challenge = format!("Bearer realm=\"practice\", error=\"{error}\", error_description=\"{description}\"");
        Refusal { status, challenge: Some(challenge), ..Refusal::new(error, description) }
    }

    /// No token came at all: a challenge without an error code (RFC 6750 §3.1).
    pub(crate) fn no_token() -> Refusal {
        Refusal {
            status: StatusCode::UNAUTHORIZED,
            challenge: Some("Bearer realm=\"practice\"".to_owned()),
            ..Refusal::new("no_token", "Send the access token in the Authorization header")
        }
    }

    /// The token is good but may not do this.
    pub(crate) fn scope(needed: &str) -> Refusal {
        let mut refusal =
            Refusal::resource(StatusCode::FORBIDDEN, "insufficient_scope", "The access token lacks a scope");
        if let Some(challenge) = &mut refusal.challenge {
            challenge.push_str(&format!(", scope=\"{needed}\""));
        }
        refusal
    }

    /// 429, with `Retry-After` as it was written in the fault.
    pub(crate) fn too_many(retry_after: Option<String>) -> Refusal {
        Refusal {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after,
            ..Refusal::new("rate_limited", "Too many requests")
        }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Refusal {
        Refusal { status, ..self }
    }

    /// Names the page where it is mended.
    pub(crate) fn mended_at(self, place: Mending, issuer: &str) -> Refusal {
        Refusal { mended_at: Some((place, place.address(issuer))), ..self }
    }

    pub(crate) fn into_response(self, entry: &LogEntry) -> Response {
        entry.refused(self.error);
        let mut body = json!({ "error": self.error, "error_description": self.description });
        if let Some((Mending::Switch, address)) = &self.mended_at {
            body["details"] = json!([{ "reason": "SERVICE_DISABLED", "metadata": { "activationUrl": address } }]);
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some((Mending::SignOn, address)) = &self.mended_at
            && let Ok(value) = HeaderValue::try_from(format!("required; url={address}"))
        {
            response.headers_mut().insert("x-practice-sso", value);
        }
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        tell_limit(&mut response, self.retry_after.as_deref());
        if let Some(after) = self.retry_after.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}

impl From<getrandom::Error> for Refusal {
    fn from(_: getrandom::Error) -> Refusal {
        Refusal::own_failure()
    }
}
