//! Publishes what this server offers (RFC 8414, OpenID Connect Discovery) and its keys [A2, C5].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::pages::SCOPES;
use crate::provider::Provider;

/// GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server
pub(crate) async fn metadata(State(provider): State<Arc<Provider>>) -> Response {
    let issuer = &provider.issuer;
    let named = provider.faults().discovers_another_issuer;
    let ways = ["none", "client_secret_post", "client_secret_basic"];
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    Json(json!({
        "issuer": named.as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "introspection_endpoint_auth_methods_supported": ways,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": ["sub", "name", "email", "email_verified", "workspace", "account_type"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
    .into_response()
}

/// GET /jwks
pub(crate) async fn keys(State(provider): State<Arc<Provider>>) -> Response {
    Json(provider.key.published()).into_response()
}
