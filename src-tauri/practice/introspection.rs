//! The introspection endpoint (RFC 7662): says what a token is, to the client it belongs to [C3].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::clients;
use crate::grants::{Found, Grant};
use crate::log::{LogEntry, TokenRole};
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::token;
use crate::tokens::TokenHash;

/// POST /introspect
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match introspect(&provider, &headers, query.as_deref(), &body, &entry) {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal.into_response(&entry),
    }
}

fn introspect(
    provider: &Provider,
    headers: &HeaderMap,
    query: Option<&str>,
    body: &[u8],
    entry: &LogEntry,
) -> Result<Value, Refusal> {
    let parameters = token::read(headers, query, body, false)?;
    let client = clients::authenticate(&provider.clients, headers, &parameters)?;
    entry.client(&client.client_id);
    let token = parameters.one("token").ok_or_else(|| Refusal::request("token is missing"))?;
    let hash = TokenHash::of(token);
    entry.token(TokenRole::Presented, &hash);

    let now = provider.clock.now();
    let grace = provider.faults().rotation_grace;
    // Unknown, ended and another client's token look the same from outside (RFC 7662 §2.2).
    let inactive = json!({ "active": false });
    Ok(provider.read(|book| match book.find(&hash) {
        Some(Found::Access(grant, token))
            if grant.client_id == client.client_id && grant.ended.is_none() && token.is_live(now) =>
        {
            let mut answer = described(provider, grant, &token.scopes);
            answer["token_type"] = json!("Bearer");
            answer["iat"] = json!(token.issued_at.as_second());
            answer["exp"] = json!(token.expires_at.as_second());
            answer
        }
        Some(Found::Refresh(grant, token)) if grant.client_id == client.client_id && grant.takes(token, now, grace) => {
            let mut answer = described(provider, grant, &grant.scopes);
            answer["token_type"] = json!("refresh_token");
            if let Some(expires_at) = token.expires_at {
                answer["exp"] = json!(expires_at.as_second());
            }
            answer
        }
        Some(Found::Access(..) | Found::Refresh(..)) | None => inactive,
    }))
}

fn described(provider: &Provider, grant: &Grant, scopes: &[String]) -> Value {
    let mut answer = json!({
        "active": true,
        "iss": provider.issuer,
        "sub": grant.account,
        "client_id": grant.client_id,
        "scope": scopes.join(" "),
    });
    if let Some(account) = provider.account(&grant.account) {
        answer["username"] = json!(account.email);
    }
    answer
}
