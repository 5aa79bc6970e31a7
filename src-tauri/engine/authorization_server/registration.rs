//! Registers a client at a server that lets programs do so, and takes it back (RFC 7591, RFC 7592) [A2, S092, S094].

use domain::Secret;
use domain::diagnosis::CauseLabel;
use domain::provider::{ClientAuthentication, Provider};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;

pub use super::form::Refused;
use super::form::read;
use crate::http::{Http, is_local};

/// Registration answers echo what was asked.
const MAX_ANSWER: usize = 256 * 1024;

/// RFC 8628 §3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What is asked for.
pub struct RegistrationRequest<'a> {
    pub redirect_uri: &'a str,
    pub authentication: ClientAuthentication,
    /// The public half of the client's key, where it signs.
    pub public_jwk: Option<Value>,
    pub wants_device_flow: bool,
    /// Access tokens are to be bound to a key (RFC 9449 §5.2).
    pub is_dpop_bound: bool,
}

/// What the server made of it.
#[derive(Debug)]
pub struct Registered {
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub authentication: ClientAuthentication,
    /// `None`: never.
    pub secret_expires_at: Option<Timestamp>,
    pub access_token: Option<Secret>,
    /// On the issuer's own host; anything else was dropped.
    pub configuration_uri: Option<Url>,
}

/// The way to prove itself that a native program can keep best, of those the server takes: none beside PKCE, then a
/// secret, then a key (OAuth 2.1 §2.1). `None` when it takes none of them.
pub fn best_authentication(provider: &Provider) -> Option<ClientAuthentication> {
    use ClientAuthentication::{Basic, Post, PrivateKeyJwt, Public};
    [Public, Basic, Post, PrivateKeyJwt].into_iter().find(|it| provider.client_authentication.contains(it))
}

/// Registers. Sent once: a second try would be a second client.
pub async fn register(
    http: &Http,
    provider: &Provider,
    endpoint: &Url,
    request: &RegistrationRequest<'_>,
) -> Result<Registered, Refused> {
    let mut grants = vec!["authorization_code", "refresh_token"];
    if request.wants_device_flow {
        grants.push(DEVICE_CODE);
    }
    let mut metadata = json!({
        "client_name": "Patchbay",
        "application_type": "native",
        "redirect_uris": [request.redirect_uri],
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": request.authentication.as_str(),
    });
    if let Some(jwk) = &request.public_jwk {
        metadata["jwks"] = json!({ "keys": [jwk] });
        metadata["token_endpoint_auth_signing_alg"] = jwk.get("alg").cloned().unwrap_or_default();
    }
    if request.is_dpop_bound {
        metadata["dpop_bound_access_tokens"] = true.into();
    }
    let sent = http::Request::post(endpoint.as_str())
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json")
        .body(metadata.to_string().into_bytes())
        .map_err(|_| Refused::unusable(CauseLabel::MalformedTokenRequest, "the request cannot be written"))?;
    let answer = read(http.send(sent, MAX_ANSWER).await, provider, None)?;
    match registered(&answer, endpoint, request) {
        Ok(registered) => Ok(registered),
        Err(detail) => {
            // Nobody will ever use it.
            if let Some((uri, token)) = configuration(&answer, endpoint) {
                deregister(http, &uri, &token).await;
            }
            Err(Refused::unusable(CauseLabel::ClientCredentialsMismatch, detail))
        }
    }
}

/// Where a registration is taken back, and with what.
fn configuration(answer: &Map<String, Value>, endpoint: &Url) -> Option<(Url, Secret)> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let uri = text("registration_client_uri").and_then(|it| Url::parse(it).ok());
    Some((uri.filter(|url| is_beside(url, endpoint))?, Secret::new(text("registration_access_token")?)))
}

/// What was echoed must be something we can use [S092].
fn registered(
    answer: &Map<String, Value>,
    endpoint: &Url,
    request: &RegistrationRequest<'_>,
) -> Result<Registered, &'static str> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let client_id = text("client_id").filter(|it| it.len() <= 512 && !it.chars().any(char::is_control));
    let client_id = client_id.ok_or("the server's answer names no client id")?.to_owned();
    if let Some(echoed) = answer.get("redirect_uris").and_then(Value::as_array)
        && !echoed.iter().any(|it| it.as_str() == Some(request.redirect_uri))
    {
        return Err("the server registered another redirect URI than ours");
    }
    // RFC 7591 §3.2.1: what a server changed, it says; what it does not say is as it was asked for.
    let is_without = |field: &str, wanted: &str| {
        let echoed = answer.get(field).and_then(Value::as_array);
        echoed.is_some_and(|all| !all.iter().any(|it| it.as_str() == Some(wanted)))
    };
    if request.wants_device_flow {
        if is_without("grant_types", DEVICE_CODE) {
            return Err("the server registered a client that may not sign in by a code on another device");
        }
    } else if is_without("grant_types", "authorization_code") || is_without("response_types", "code") {
        return Err("the server registered a client that may not sign in through a browser");
    }
    let authentication = match text("token_endpoint_auth_method") {
        Some(method) => {
            ClientAuthentication::from_text(method).ok_or("the server chose a way of authentication we do not know")?
        }
        None => request.authentication,
    };
    if authentication == ClientAuthentication::PrivateKeyJwt && request.public_jwk.is_none() {
        return Err("the server wants a signing key that it was not given");
    }
    let client_secret = match authentication {
        ClientAuthentication::Basic | ClientAuthentication::Post => {
            Some(Secret::new(text("client_secret").ok_or("the server wants a secret and gave none")?))
        }
        ClientAuthentication::Public | ClientAuthentication::PrivateKeyJwt => None,
    };
    let secret_ends = answer.get("client_secret_expires_at").and_then(Value::as_i64).filter(|at| *at > 0);
    let configuration_uri = text("registration_client_uri").and_then(|it| Url::parse(it).ok());
    Ok(Registered {
        client_id,
        client_secret,
        authentication,
        secret_expires_at: secret_ends.and_then(|at| Timestamp::from_second(at).ok()),
        access_token: text("registration_access_token").map(Secret::new),
        configuration_uri: configuration_uri.filter(|url| is_beside(url, endpoint)),
    })
}

/// The registration's token goes to the server that gave it, and nowhere else.
fn is_beside(url: &Url, endpoint: &Url) -> bool {
    url.origin() == endpoint.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && (url.scheme() == "https" || url.host().is_some_and(|host| is_local(&host.to_owned())))
}

/// What a server made of being asked to delete a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deregistered {
    /// It is gone there, also when it was gone before.
    Gone,
    /// The server does not let it be deleted, and will not another time.
    Refused,
    /// No answer, or one that another time may be different.
    Unanswered { http_status: Option<u16> },
}

impl Deregistered {
    /// RFC 7592 §2.3: 401 where the client or its token is not known, 403 and 405 where nobody may delete it.
    const fn of(http_status: u16) -> Self {
        match http_status {
            200..=299 | 401 | 404 | 410 => Self::Gone,
            408 | 425 | 429 => Self::Unanswered { http_status: Some(http_status) },
            400..=499 => Self::Refused,
            _ => Self::Unanswered { http_status: Some(http_status) },
        }
    }
}

/// Takes a registration back (RFC 7592 §2.3).
#[expect(clippy::disallowed_methods, reason = "the registration's own token is shown to its server")]
pub async fn deregister(http: &Http, configuration_uri: &Url, access_token: &Secret) -> Deregistered {
    let request = http::Request::delete(configuration_uri.as_str())
        .header(AUTHORIZATION, format!("Bearer {}", access_token.expose_secret()))
        .body(vec![]);
    let Ok(request) = request else { return Deregistered::Refused };
    match http.send(request, MAX_ANSWER).await {
        Ok(answer) => Deregistered::of(answer.status),
        Err(_) => Deregistered::Unanswered { http_status: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(answer: &Value) -> Result<Registered, &'static str> {
        let request = RegistrationRequest {
            redirect_uri: "http://127.0.0.1:4000/callback",
            authentication: ClientAuthentication::Public,
            public_jwk: None,
            wants_device_flow: false,
            is_dpop_bound: false,
        };
        registered(answer.as_object().unwrap(), &Url::parse("https://as.example/register").unwrap(), &request)
    }

    /// S092: what the server made of it counts, and must be usable.
    #[test]
    fn a_registration_that_cannot_be_used_is_refused_by_name() {
        for (answer, part) in [
            (json!({}), "no client id"),
            (json!({ "client_id": "a\nb" }), "no client id"),
            (json!({ "client_id": "c", "redirect_uris": ["https://evil.example/"] }), "another redirect URI"),
            (json!({ "client_id": "c", "grant_types": ["client_credentials"] }), "through a browser"),
            (json!({ "client_id": "c", "response_types": ["token"] }), "through a browser"),
            (json!({ "client_id": "c", "token_endpoint_auth_method": "tls_client_auth" }), "do not know"),
            (json!({ "client_id": "c", "token_endpoint_auth_method": "client_secret_post" }), "gave none"),
            (json!({ "client_id": "c", "token_endpoint_auth_method": "private_key_jwt" }), "signing key"),
        ] {
            let refused = read_json(&answer).unwrap_err();
            assert!(refused.contains(part), "{answer}: {refused}");
        }
    }

    /// S092, RFC 7592 §2.3: only what another time may be different is tried another time.
    #[test]
    fn what_a_server_will_never_delete_is_told_from_what_it_could_not_delete_today() {
        for (status, expected) in [
            (204, Deregistered::Gone),
            (401, Deregistered::Gone),
            (404, Deregistered::Gone),
            (403, Deregistered::Refused),
            (405, Deregistered::Refused),
            (429, Deregistered::Unanswered { http_status: Some(429) }),
            (302, Deregistered::Unanswered { http_status: Some(302) }),
            (503, Deregistered::Unanswered { http_status: Some(503) }),
        ] {
            assert_eq!(Deregistered::of(status), expected, "{status}");
        }
    }

    /// S092: another method than the one asked for is taken as it is; the token stays with its server.
    #[test]
    fn what_the_server_chose_counts() {
        let answer = json!({
            "client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "client_secret_basic",
            "client_secret_expires_at": 1_800_000_000, "registration_access_token": "t",
            "registration_client_uri": "https://elsewhere.example/register/c",
        });

        let registered = read_json(&answer).unwrap();

        assert_eq!(registered.authentication, ClientAuthentication::Basic);
        assert!(registered.client_secret.is_some());
        assert_eq!(registered.secret_expires_at.map(Timestamp::as_second), Some(1_800_000_000));
        assert!(registered.configuration_uri.is_none(), "the registration's token goes nowhere else");
        let public = read_json(&json!({ "client_id": "c", "client_secret": "unused" })).unwrap();
        assert!(public.client_secret.is_none(), "a public client keeps no secret");
    }
}
