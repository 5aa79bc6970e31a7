//! The userinfo endpoint (OpenID Connect Core 5.3), with the workspace beside the person [A7, C8, E2].

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::bearer;
use crate::log::LogEntry;
use crate::provider::Provider;
use crate::staging::StagedCause;

/// GET /userinfo
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    headers: HeaderMap,
) -> Response {
    let bearer = match bearer::admit(&provider, &headers, "openid", &entry) {
        Ok(bearer) => bearer,
        Err(refusal) => return refusal.into_response(&entry),
    };
    let is_another = provider.faults().stages.is_some_and(StagedCause::names_another);
    let other = provider.accounts.iter().find(|it| is_another && it.id != bearer.account.id);
    let account = other.unwrap_or(&bearer.account);
    let mut claims = json!({
        "sub": account.id,
        "workspace": account.workspace,
        "account_type": account.account_type,
    });
    if bearer.has("profile") {
        claims["name"] = json!(account.name);
    }
    if bearer.has("email") {
        claims["email"] = json!(account.email);
        claims["email_verified"] = json!(true);
    }
    Json(claims).into_response()
}
