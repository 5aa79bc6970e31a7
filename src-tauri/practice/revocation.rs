//! The revocation endpoint (RFC 7009): a refresh token takes its grant with it, an access token only itself [A10].

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::clients;
use crate::grants::{EndReason, Found};
use crate::log::{LogEntry, TokenRole};
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::token;
use crate::tokens::TokenHash;

/// POST /revoke
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(status) = provider.faults().revocation_answers {
        entry.misbehaved("revocation_answers");
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        return status.into_response();
    }
    match revoke(&provider, &headers, query.as_deref(), &body, &entry) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refusal.into_response(&entry),
    }
}

/// An unknown token is revoked already (RFC 7009 §2.2).
fn revoke(
    provider: &Provider,
    headers: &HeaderMap,
    query: Option<&str>,
    body: &[u8],
    entry: &LogEntry,
) -> Result<(), Refusal> {
    let parameters = token::read(headers, query, body, false)?;
    let client = clients::authenticate(&provider.clients, headers, &parameters)?;
    entry.client(&client.client_id);
    let faults = provider.faults();
    if faults.revocation_refuses_public_clients && client.secret.is_none() {
        entry.misbehaved("revocation_refuses_public_clients");
        return Err(Refusal::new("unauthorized_client", "Clients without a secret cannot revoke"));
    }
    let token = parameters.one("token").ok_or_else(|| Refusal::request("token is missing"))?;
    let hash = TokenHash::of(token);
    entry.token(TokenRole::Presented, &hash);

    let now = provider.clock.now();
    provider
        .change(|book| {
            let (id, is_refresh_token, owner) = match book.find(&hash) {
                None => return Ok(()),
                Some(Found::Access(grant, _)) => (grant.id.clone(), false, grant.client_id.clone()),
                Some(Found::Refresh(grant, _)) => (grant.id.clone(), true, grant.client_id.clone()),
            };
            if owner != client.client_id {
                return Err(Refusal::new("unauthorized_client", "This token belongs to another client"));
            }
            entry.grant(&id);
            if faults.revokes_nothing_with_200 {
                entry.misbehaved("revokes_nothing_with_200");
            } else if is_refresh_token && faults.revocation_leaves_access_token {
                entry.misbehaved("revocation_leaves_access_token");
                book.expire_refresh_tokens(&id, now);
            } else if is_refresh_token {
                book.end(&id, EndReason::RevokedByClient, now);
            } else {
                book.revoke_access_token(&hash);
            }
            Ok(())
        })
        .map_err(|_| Refusal::own_failure())?
}
