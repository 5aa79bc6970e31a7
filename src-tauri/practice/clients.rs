//! Which programs may ask, where their redirects may go, and how they prove who they are [A2].

use std::fmt;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::faults::Faults;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::tokens::TokenHash;

/// The public client that is always there: no secret, any loopback port, PKCE as for everybody.
pub(crate) const DEFAULT_CLIENT_ID: &str = "patchbay-practice";

/// A program that may ask for grants.
#[derive(Clone)]
pub struct PracticeClient {
    pub client_id: String,
    pub client_secret: Option<String>,
    pub redirect: RedirectRule,
    /// The ways accepted at the token, revocation and introspection endpoints.
    pub authentication: Vec<ClientAuthentication>,
}

impl fmt::Debug for PracticeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PracticeClient")
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret.as_ref().map(|_| "[redacted]"))
            .field("redirect", &self.redirect)
            .field("authentication", &self.authentication)
            .finish()
    }
}

/// Where answers of the authorization endpoint may go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectRule {
    /// `http` on `127.0.0.1`, `[::1]` or `localhost` with any explicit port (RFC 8252 §7.3); `None` = any path.
    LoopbackAnyPort { path: Option<String> },
    /// Byte for byte one of these.
    Exact(Vec<String>),
}

/// How a client proves who it is (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// Only `client_id` in the body.
    None,
    /// `client_id` and `client_secret` in the body.
    Post,
    /// `Authorization: Basic`, both halves form-encoded first.
    Basic,
}

impl RedirectRule {
    pub(crate) fn permits(&self, uri: &str) -> bool {
        match self {
            RedirectRule::Exact(uris) => uris.iter().any(|registered| registered == uri),
            RedirectRule::LoopbackAnyPort { path } => {
                loopback_path(uri).is_some_and(|given| path.as_ref().is_none_or(|registered| registered == given))
            }
        }
    }
}

/// The path of a loopback redirect URI, or `None` if it is anything else. Read by hand because a
/// lenient parser would repair what must be refused.
fn loopback_path(uri: &str) -> Option<&str> {
    let rest =
        ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"].iter().find_map(|start| uri.strip_prefix(start))?;
    let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port_is_plain =
        !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let path_is_plain =
        path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\' | b'"' | b'<' | b'>'));
    (port_is_plain && path_is_plain).then_some(path)
}

/// A client as it is kept: its secret only as a hash.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RegisteredClient {
    pub(crate) client_id: String,
    pub(crate) secret: Option<TokenHash>,
    pub(crate) redirect: RedirectRule,
    pub(crate) authentication: Vec<ClientAuthentication>,
}

impl RegisteredClient {
    /// `None` if the secret and the ways to prove it do not go together.
    pub(crate) fn register(client: &PracticeClient) -> Option<RegisteredClient> {
        let ways = &client.authentication;
        let needs_secret = ways.iter().any(|way| *way != ClientAuthentication::None);
        if client.client_id.is_empty()
            || ways.is_empty()
            || needs_secret != client.client_secret.as_ref().is_some_and(|secret| !secret.is_empty())
        {
            return None;
        }
        Some(RegisteredClient {
            client_id: client.client_id.clone(),
            secret: client.client_secret.as_deref().map(TokenHash::of),
            redirect: client.redirect.clone(),
            authentication: ways.clone(),
        })
    }

    pub(crate) fn built_in() -> RegisteredClient {
        RegisteredClient {
            client_id: DEFAULT_CLIENT_ID.to_owned(),
            secret: None,
            redirect: RedirectRule::LoopbackAnyPort { path: None },
            authentication: vec![ClientAuthentication::None],
        }
    }
}

/// Refuses a way of proving oneself that a fault forbids.
pub(crate) fn refuse_way(faults: &Faults, headers: &HeaderMap, parameters: &Parameters) -> Result<(), Refusal> {
    let is_basic = headers.contains_key(header::AUTHORIZATION);
    let is_post = parameters.one("client_secret").is_some();
    if (faults.rejects_basic && is_basic) || (faults.rejects_post && is_post) {
        return Err(Refusal::client(is_basic, "This client must prove itself in another way"));
    }
    Ok(())
}

/// Finds out which client asks. Exactly one way of proving it is accepted (RFC 6749 §2.3).
pub(crate) fn authenticate<'c>(
    clients: &'c [RegisteredClient],
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<&'c RegisteredClient, Refusal> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = authorizations.next();
    if authorizations.next().is_some() {
        return Err(Refusal::request("The Authorization header must not be repeated"));
    }
    if parameters.one("client_assertion").is_some() {
        return Err(Refusal::client(authorization.is_some(), "Client assertions are not supported"));
    }

    let body_id = parameters.one("client_id");
    let body_secret = parameters.one("client_secret");
    let (way, id, secret) = match authorization {
        Some(_) if body_secret.is_some() => {
            return Err(Refusal::request("The client must prove itself in one way only"));
        }
        Some(value) => {
            let Some((id, secret)) = value.to_str().ok().and_then(basic_pair) else {
                return Err(Refusal::client(true, "The Authorization header is not well-formed Basic"));
            };
            if body_id.is_some_and(|body_id| body_id != id) {
                return Err(Refusal::request("client_id differs from the Authorization header"));
            }
            (ClientAuthentication::Basic, id, Some(secret))
        }
        None => {
            let Some(id) = body_id else {
                return Err(Refusal::client(false, "The client did not say who it is"));
            };
            let way = match body_secret {
                Some(_) => ClientAuthentication::Post,
                None => ClientAuthentication::None,
            };
            (way, id.to_owned(), body_secret.map(ToOwned::to_owned))
        }
    };

    let by_header = way == ClientAuthentication::Basic;
    let client = clients
        .iter()
        .find(|client| client.client_id == id)
        .ok_or_else(|| Refusal::client(by_header, "This client is not known here"))?;
    if !client.authentication.contains(&way) {
        return Err(Refusal::client(by_header, "This client must prove itself in another way"));
    }
    let proven = match (&client.secret, secret) {
        (Some(kept), Some(given)) => kept.is(&TokenHash::of(&given)),
        (_, None) => way == ClientAuthentication::None,
        (None, Some(_)) => false,
    };
    if proven { Ok(client) } else { Err(Refusal::client(by_header, "The client secret is wrong")) }
}

fn basic_pair(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

/// Undoes form encoding of a single value; `&` and `=` must have been encoded.
fn form_decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    let (value, _) = url::form_urlencoded::parse(text.as_bytes()).next()?;
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2
    #[test]
    fn only_plain_loopback_addresses_pass_the_loopback_rule() {
        let any = RedirectRule::LoopbackAnyPort { path: None };
        let fixed = RedirectRule::LoopbackAnyPort { path: Some("/callback".to_owned()) };

        for good in ["http://127.0.0.1:49152/callback", "http://[::1]:1/callback", "http://localhost:65535/callback"] {
            assert!(any.permits(good) && fixed.permits(good), "{good} is a loopback address");
        }
        assert!(any.permits("http://127.0.0.1:8080"), "a path is not needed where any will do");
        for bad in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:08/callback",
            "http://127.0.0.1:65536/callback",
            "https://127.0.0.1:8080/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1.evil.example:80/callback",
            "http://0.0.0.0:8080/callback",
            "http://127.0.0.1:8080/callback#x",
            "http://127.0.0.1:8080/callback?x=1",
            "http://127.0.0.1:8080/call back",
        ] {
            assert!(!any.permits(bad), "{bad} would carry the code elsewhere");
        }
        assert!(!fixed.permits("http://127.0.0.1:8080/callback/"), "paths match byte for byte");
    }

    /// A2
    #[test]
    fn a_secret_without_a_way_to_prove_it_is_refused() {
        let client = PracticeClient {
            client_id: "x".to_owned(),
            client_secret: Some("s3cret".to_owned()),
            redirect: RedirectRule::Exact(Vec::new()),
            authentication: vec![ClientAuthentication::None],
        };

        assert!(RegisteredClient::register(&client).is_none(), "the secret would never be checked");
        assert!(!format!("{client:?}").contains("s3cret"), "Debug must not print the secret");
    }
}
