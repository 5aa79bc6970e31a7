//! The token endpoint: codes and refresh tokens in, token answers out, faults in between [A2, A5, B3, B5].

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::clients::{self, RegisteredClient};
use crate::clock::{later, shifted};
use crate::faults::Faults;
use crate::grants::{Denied, Issued, Redemption};
use crate::log::{GrantType, LogEntry, TokenRole};
use crate::misbehaviour;
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::serving::HangUp;
use crate::signing::access_token_hash;
use crate::staging::Asked;
use crate::token_answer;
use crate::tokens::{Fresh, TokenHash};

/// POST /token, and POST /refresh where a switch wants it
pub(crate) async fn answer(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let faults = provider.faults_for_token_request();
    let parameters = read(&headers, uri.query(), &body, faults.wants_json_bodies).and_then(|parameters| {
        let is_refresh = parameters.one("grant_type") == Some("refresh_token");
        let is_misplaced = (uri.path() == "/refresh") != (faults.separate_refresh_endpoint && is_refresh);
        if is_misplaced { Err(Refusal::request("This is asked at another address")) } else { Ok(parameters) }
    });
    if let Ok(parameters) = &parameters {
        write_down(parameters, &entry);
    }
    if let Some(response) = misbehave(&faults, &entry).await {
        return response;
    }
    let answered = parameters.and_then(|parameters| exchange(&provider, &headers, &parameters, &faults, &entry));
    answered.unwrap_or_else(|refusal| refuse_as(refusal, &faults, &entry))
}

/// Waits as the switches say; an answer that stands instead of the right one.
pub(crate) async fn misbehave(faults: &Faults, entry: &LogEntry) -> Option<Response> {
    if let Some(delay) = faults.answers_slowly {
        tokio::time::sleep(delay).await;
    }
    if faults.never_answers {
        std::future::pending::<()>().await;
    }
    misbehaviour::instead_of_an_answer(faults, entry)
}

/// A refusal, as a page where a switch says so.
pub(crate) fn refuse_as(refusal: Refusal, faults: &Faults, entry: &LogEntry) -> Response {
    let response = refusal.into_response(entry);
    if !faults.error_as_html {
        return response;
    }
    entry.misbehaved("error_as_html");
    let page = "<!doctype html><title>Something went wrong</title><p>We could not complete your request.</p>";
    (response.status(), axum::response::Html(page)).into_response()
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
pub(crate) fn write_down(parameters: &Parameters, entry: &LogEntry) {
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
    let asked = if parameters.one("grant_type") == Some("refresh_token") { Asked::Refresh } else { Asked::Code };
    if let Some(refusal) = faults.stages.and_then(|it| it.refusal(asked)) {
        entry.misbehaved("stages");
        return Err(refusal);
    }
    clients::refuse_way(faults, headers, parameters)?;
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
    let presented =
        Redemption { code: TokenHash::of(code), client_id: &client.client_id, redirect_uri, verifier: Some(verifier) };
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
    refresh_is_possible(faults, parameters)?;
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

/// What the switches demand of every refresh.
pub(crate) fn refresh_is_possible(faults: &Faults, parameters: &Parameters) -> Result<(), Refusal> {
    if faults.refuses_refresh {
        return Err(Refusal::new("invalid_grant", "Refreshing is switched off"));
    }
    if faults.wants_redirect_uri_on_refresh && parameters.one("redirect_uri").is_none() {
        return Err(Refusal::request("redirect_uri is missing"));
    }
    Ok(())
}

pub(crate) fn refuse(denied: &Denied, entry: &LogEntry) -> Refusal {
    if let Some(grant) = &denied.grant {
        entry.grant(grant);
    }
    Refusal::new(denied.error, denied.description)
}

/// The answer of RFC 6749 §5.1, bent where a switch says so.
fn respond(provider: &Provider, issued: &Issued, faults: &Faults, entry: &LogEntry) -> Result<Response, Refusal> {
    token_answer::write_down(issued, entry);
    if let Some(response) = token_answer::malformed(issued, faults, entry) {
        return Ok(response);
    }
    let mut answer = token_answer::fields(issued, faults, Some(faults.access_token_lifetime.as_secs()), " ");
    if issued.scopes.iter().any(|scope| scope == "openid") {
        let token = provider.key.sign(&claims(provider, issued, faults)).map_err(|_| Refusal::own_failure())?;
        answer.insert("id_token".to_owned(), json!(token));
    }
    let answer = Value::Object(answer);
    let answer = if faults.nested_token_answer { json!({ "authed_user": answer }) } else { answer };
    Ok(token_answer::written(&answer, faults.answers_form_encoded))
}

/// The claims of OpenID Connect Core 2 and 5.4.
pub(crate) fn claims(provider: &Provider, issued: &Issued, faults: &Faults) -> Value {
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
