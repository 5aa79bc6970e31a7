//! The token endpoint: codes and refresh tokens in, token answers out, faults in between [A2, A5, B3, B5].

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use crate::clients::{self, RegisteredClient};
use crate::clock::{later, shifted};
use crate::faults::{ExpiresIn, Faults};
use crate::grants::{Denied, Issued, Redemption};
use crate::log::{GrantType, LogEntry, TokenRole};
use crate::misbehaviour;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::serving::HangUp;
use crate::signing::access_token_hash;
use crate::tokens::{Fresh, TokenHash};

/// POST /token
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let faults = provider.faults_for_token_request();
    let parameters = read(&headers, query.as_deref(), &body, faults.wants_json_bodies);
    if let Ok(parameters) = &parameters {
        write_down(parameters, &entry);
    }
    if let Some(delay) = faults.answers_slowly {
        tokio::time::sleep(delay).await;
    }
    if faults.never_answers {
        std::future::pending::<()>().await;
    }
    if let Some(response) = misbehaviour::instead_of_an_answer(&faults, &entry) {
        return response;
    }
    let answered = parameters.and_then(|parameters| exchange(&provider, &headers, &parameters, &faults, &entry));
    match answered {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(&entry),
    }
}

/// Reads the parameters of a request that must be a form in the body, without anything in the URL.
pub(crate) fn read(
    headers: &HeaderMap,
    query: Option<&str>,
    body: &[u8],
    as_json: bool,
) -> Result<Parameters, Refusal> {
    if query.is_some_and(|query| !query.is_empty()) {
        return Err(Refusal::request("Parameters belong in the body, not in the address"));
    }
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    let parameters = match (media_type.as_deref(), as_json) {
        (Some("application/json"), true) => {
            Parameters::from_json(body).ok_or_else(|| Refusal::request("The body is not a JSON object of texts"))?
        }
        (Some("application/x-www-form-urlencoded"), false) => Parameters::from_form(body),
        (_, true) => return Err(Refusal::request("This endpoint wants application/json")),
        (_, false) => {
            return Err(Refusal::request("This endpoint wants application/x-www-form-urlencoded"));
        }
    };
    if parameters.repeated().is_some() {
        return Err(Refusal::request("A parameter stands there twice"));
    }
    Ok(parameters)
}

/// Before any fault can swallow the request: a test counts what arrived.
fn write_down(parameters: &Parameters, entry: &LogEntry) {
    if let Some(client) = parameters.one("client_id") {
        entry.client(client);
    }
    match parameters.one("grant_type") {
        Some("authorization_code") => entry.grant_type(GrantType::AuthorizationCode),
        Some("refresh_token") => entry.grant_type(GrantType::RefreshToken),
        Some(_) | None => entry.grant_type(GrantType::Other),
    }
    if let Some(token) = parameters.one("refresh_token") {
        entry.token(TokenRole::Presented, &TokenHash::of(token));
    }
}

fn exchange(
    provider: &Provider,
    headers: &HeaderMap,
    parameters: &Parameters,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    let client = clients::authenticate(&provider.clients, headers, parameters)?;
    entry.client(&client.client_id);
    match parameters.one("grant_type") {
        Some("authorization_code") => redeem(provider, client, parameters, faults, entry),
        Some("refresh_token") => refresh(provider, client, parameters, faults, entry),
        Some(_) => Err(Refusal::new("unsupported_grant_type", "This grant type is not supported")),
        None => Err(Refusal::request("grant_type is missing")),
    }
}

fn redeem(
    provider: &Provider,
    client: &RegisteredClient,
    parameters: &Parameters,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    let code = parameters.one("code").ok_or_else(|| Refusal::request("code is missing"))?;
    let redirect_uri = parameters.one("redirect_uri").ok_or_else(|| Refusal::request("redirect_uri is missing"))?;
    let verifier = parameters.one("code_verifier").ok_or_else(|| Refusal::request("code_verifier is missing"))?;
    let presented = Redemption { code: TokenHash::of(code), client_id: &client.client_id, redirect_uri, verifier };
    let fresh = Fresh::draw()?;
    let now = provider.clock.now();
    let issued = provider
        .change(|book| book.redeem(&presented, fresh, now, faults))
        .map_err(|_| Refusal::own_failure())?
        .map_err(|denied| refuse(&denied, entry))?;
    respond(provider, &issued, faults, entry)
}

fn refresh(
    provider: &Provider,
    client: &RegisteredClient,
    parameters: &Parameters,
    faults: &Faults,
    entry: &LogEntry,
) -> Result<Response, Refusal> {
    let token = parameters.one("refresh_token").ok_or_else(|| Refusal::request("refresh_token is missing"))?;
    if faults.refuses_refresh {
        return Err(Refusal::new("invalid_grant", "Refreshing is switched off"));
    }
    let narrowed = parameters
        .one("scope")
        .map(|scope| scope.split(' ').filter(|scope| !scope.is_empty()).map(ToOwned::to_owned).collect());
    let fresh = Fresh::draw()?;
    let now = provider.clock.now();
    let presented = TokenHash::of(token);
    let issued = provider
        .change(|book| book.refresh(presented, &client.client_id, narrowed, fresh, now, faults))
        .map_err(|_| Refusal::own_failure())?
        .map_err(|denied| refuse(&denied, entry))?;
    let mut response = respond(provider, &issued, faults, entry)?;
    if faults.drops_answer_after_rotating {
        entry.misbehaved("drops_answer_after_rotating");
        response.extensions_mut().insert(HangUp);
    }
    Ok(response)
}

fn refuse(denied: &Denied, entry: &LogEntry) -> Refusal {
    if let Some(grant) = &denied.grant {
        entry.grant(grant);
    }
    Refusal::new(denied.error, denied.description)
}

/// The answer of RFC 6749 §5.1, bent where a switch says so.
fn respond(provider: &Provider, issued: &Issued, faults: &Faults, entry: &LogEntry) -> Result<Response, Refusal> {
    entry.grant(&issued.grant);
    entry.token(TokenRole::IssuedAccess, &issued.access.hash);
    if let Some(refresh) = &issued.refresh {
        entry.token(TokenRole::IssuedRefresh, &refresh.hash);
    }
    if let Some(body) = &faults.malformed_token_answer {
        entry.misbehaved("malformed_token_answer");
        let refresh = issued.refresh.as_ref().map_or("", |token| token.value.as_str());
        let body = body.replace("{access_token}", &issued.access.value).replace("{refresh_token}", refresh);
        return Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response());
    }

    let mut answer = Map::new();
    answer.insert("access_token".to_owned(), json!(issued.access.value));
    answer.insert("token_type".to_owned(), json!(faults.token_type.as_deref().unwrap_or("Bearer")));
    match &faults.expires_in {
        ExpiresIn::True => {
            answer.insert("expires_in".to_owned(), json!(faults.access_token_lifetime.as_secs()));
        }
        ExpiresIn::Raw(raw) => {
            answer.insert("expires_in".to_owned(), raw.clone());
        }
        ExpiresIn::Omitted => {}
    }
    if let Some(refresh) = &issued.refresh {
        answer.insert("refresh_token".to_owned(), json!(refresh.value));
        if let Some(lifetime) = faults.refresh_token_lifetime {
            answer.insert("refresh_token_expires_in".to_owned(), json!(lifetime.as_secs()));
        }
    }
    answer.insert("scope".to_owned(), json!(issued.scopes.join(" ")));
    if issued.scopes.iter().any(|scope| scope == "openid") {
        let token = provider.key.sign(&claims(provider, issued, faults)).map_err(|_| Refusal::own_failure())?;
        answer.insert("id_token".to_owned(), json!(token));
    }
    Ok((StatusCode::OK, Json(Value::Object(answer))).into_response())
}

/// The claims of OpenID Connect Core 2 and 5.4.
fn claims(provider: &Provider, issued: &Issued, faults: &Faults) -> Value {
    let shown = |moment| shifted(moment, faults.clock_is_off_by).as_second();
    let now = provider.clock.now();
    let mut claims = json!({
        "iss": provider.issuer,
        "sub": issued.account,
        "aud": issued.client_id,
        "iat": shown(now),
        "exp": shown(later(now, faults.access_token_lifetime)),
        "auth_time": shown(issued.authenticated_at),
        "at_hash": access_token_hash(&issued.access.value),
    });
    if let Some(nonce) = &issued.nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(account) = provider.account(&issued.account) {
        if issued.scopes.iter().any(|scope| scope == "profile") {
            claims["name"] = json!(account.name);
        }
        if issued.scopes.iter().any(|scope| scope == "email") {
            claims["email"] = json!(account.email);
            claims["email_verified"] = json!(true);
        }
    }
    claims
}
