//! Takes a grant back at the provider, in the provider's own way [A10, S078, S079].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use domain::provider::{Provider, RevocationAuthentication, RevocationBody, RevocationCall, RevocationMethod};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use jiff::Timestamp;
use url::form_urlencoded;

use super::ClientCredentials;
use super::client_proof::client_proof;
use crate::http::Http;

/// Revocation answers are empty or tiny [S055].
const MAX_ANSWER: usize = 1024 * 1024;

/// What became of it. An answer of 200 also stands for a token the server did not know (RFC 7009 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationOutcome {
    Revoked,
    /// The refresh token may go on working: this provider revokes access tokens alone.
    AccessTokenRevoked,
    /// The grant must be assumed to live on there.
    Failed {
        http_status: Option<u16>,
    },
}

/// The tokens there are to revoke with.
pub struct RevocableTokens<'a> {
    pub access_token: Option<&'a Secret>,
    pub refresh_token: Option<&'a Secret>,
}

/// Sends the revocation, once for each token where the provider ends no more than the one shown. `None`: there is no
/// token it could be done with.
pub async fn revoke(
    http: &Http,
    provider: &Provider,
    call: &RevocationCall,
    client: &ClientCredentials<'_>,
    tokens: &RevocableTokens<'_>,
    kept_fields: &[(String, String)],
    now: Timestamp,
) -> Option<RevocationOutcome> {
    let access = tokens.access_token.map(|it| (it, "access_token"));
    let refresh = tokens.refresh_token.map(|it| (it, "refresh_token"));
    let (first, second) = match (call.wants_access_token, refresh) {
        (true, _) => (access?, None),
        (false, Some(refresh)) => (refresh, access.filter(|_| call.is_per_token())),
        (false, None) => (access?, None),
    };
    let ask = async |(token, hint)| {
        let Some(request) = request(provider, call, client, token, hint, kept_fields, now) else {
            return RevocationOutcome::Failed { http_status: None };
        };
        match http.send(request, MAX_ANSWER).await {
            Ok(answer) if (200..300).contains(&answer.status) && says_success(call, &answer.body) => {
                RevocationOutcome::Revoked
            }
            Ok(answer) => RevocationOutcome::Failed { http_status: Some(answer.status) },
            Err(_) => RevocationOutcome::Failed { http_status: None },
        }
    };

    let outcome = ask(first).await;
    if let Some(second) = second {
        // The refresh token decides: many a provider ends the access token with it, and then does not know it.
        ask(second).await;
    }
    if outcome == RevocationOutcome::Revoked && refresh.is_some() && call.ends_access_token_alone() {
        return Some(RevocationOutcome::AccessTokenRevoked);
    }
    Some(outcome)
}

fn says_success(call: &RevocationCall, body: &[u8]) -> bool {
    let Some(flag) = &call.success_flag else { return true };
    serde_json::from_slice::<serde_json::Value>(body)
        .is_ok_and(|answer| answer.pointer(flag) == Some(&serde_json::Value::Bool(true)))
}

#[expect(clippy::disallowed_methods, reason = "the provider must be shown the token it is to revoke")]
fn request(
    provider: &Provider,
    call: &RevocationCall,
    client: &ClientCredentials<'_>,
    token: &Secret,
    hint: &str,
    kept_fields: &[(String, String)],
    now: Timestamp,
) -> Option<http::Request<Vec<u8>>> {
    let method = match call.method {
        RevocationMethod::Post => http::Method::POST,
        RevocationMethod::Delete => http::Method::DELETE,
    };
    let values = Values { client, token, hint, kept_fields };
    let mut request = http::Request::builder().method(method).uri(values.as_address(&call.url));
    for (name, value) in &call.headers {
        request = request.header(name, values.as_text(value));
    }

    let (is_form, fields) = match &call.body {
        RevocationBody::Form(fields) => (true, fields.as_slice()),
        RevocationBody::Json(fields) => (false, fields.as_slice()),
        RevocationBody::Empty => (true, [].as_slice()),
    };
    let mut fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| (name.clone(), values.as_text(value))).collect();
    match call.authentication {
        RevocationAuthentication::Bearer => {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose_secret()));
        }
        RevocationAuthentication::Basic => request = request.header(AUTHORIZATION, basic(client)?),
        RevocationAuthentication::AsClient => {
            let proof = client_proof(provider, client, now)?;
            if let Some(authorization) = &proof.authorization {
                request = request.header(AUTHORIZATION, authorization.expose_secret());
            }
            fields.extend(proof.fields.iter().map(|(name, it)| ((*name).to_owned(), it.expose_secret().to_owned())));
        }
        RevocationAuthentication::Nothing => {}
    }

    let (content_type, body) = if call.body == RevocationBody::Empty {
        ("application/x-www-form-urlencoded", Vec::new())
    } else if is_form {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&fields);
        ("application/x-www-form-urlencoded", form.finish().into_bytes())
    } else {
        let fields: serde_json::Map<_, _> =
            fields.into_iter().map(|(name, value)| (name, serde_json::Value::String(value))).collect();
        ("application/json", serde_json::to_vec(&fields).ok()?)
    };
    request.header(CONTENT_TYPE, content_type).body(body).ok()
}

/// What may stand between braces in a revocation's address and fields.
struct Values<'a> {
    client: &'a ClientCredentials<'a>,
    token: &'a Secret,
    hint: &'a str,
    kept_fields: &'a [(String, String)],
}

impl Values<'_> {
    #[expect(clippy::disallowed_methods, reason = "the provider must be shown the token it is to revoke")]
    fn filled(&self, template: &str, written: impl Fn(&str) -> String) -> String {
        if !template.contains('{') {
            return template.to_owned();
        }
        let secret = self.client.client_secret.map_or("", |it| it.expose_secret());
        let own = [
            ("{client_id}", self.client.client_id),
            ("{client_secret}", secret),
            ("{token_type_hint}", self.hint),
            ("{token}", self.token.expose_secret()),
        ];
        // Kept fields first: a value of theirs must not be able to name one of ours, nor to stand for it.
        let is_own = |name: &str| own.iter().any(|(gap, _)| *gap == format!("{{{name}}}"));
        let kept = self.kept_fields.iter().filter(|(name, _)| !is_own(name)).fold(
            template.to_owned(),
            |text, (name, value)| {
                let value = value.replace(['{', '}'], "");
                text.replace(&format!("{{{name}}}"), value.trim_end_matches('/'))
            },
        );
        own.iter().fold(kept, |text, (name, value)| text.replace(name, &written(value)))
    }

    fn as_text(&self, template: &str) -> String {
        self.filled(template, str::to_owned)
    }

    fn as_address(&self, template: &str) -> String {
        self.filled(template, |value| form_urlencoded::byte_serialize(value.as_bytes()).collect())
    }
}

/// Id and secret, form-encoded first (RFC 6749 §2.3.1).
#[expect(clippy::disallowed_methods, reason = "the provider authenticates the client by its secret")]
fn basic(client: &ClientCredentials<'_>) -> Option<String> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let secret = client.client_secret?;
    Some(format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", encode(client.client_id), encode(secret.expose_secret())))
    ))
}
