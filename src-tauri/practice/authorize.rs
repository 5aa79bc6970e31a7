//! The authorization endpoint: checks the request to the letter, asks a person, redirects [A2].

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::clock::shifted;
use crate::faults::Faults;
use crate::grants::{Code, Redemption, is_pkce_text};
use crate::log::LogEntry;
use crate::pages::{self, Consent, SCOPES, UNLISTED_SCOPE};
use crate::parameters::Parameters;
use crate::provider::{Provider, held};
use crate::staging::Asked;
use crate::token_answer;
use crate::tokens::{Fresh, Minted, TokenHash};

/// A person may take a while to read; after this the page is stale.
const PENDING_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Open consent pages at once; the oldest makes room.
const PENDING_LIMIT: usize = 200;

/// A request that passed every check and waits for a person.
#[derive(Clone)]
pub(crate) struct Pending {
    id: TokenHash,
    asked_at: Timestamp,
    request: Accepted,
}

#[derive(Clone)]
struct Accepted {
    client_id: String,
    redirect_uri: String,
    state: String,
    challenge: String,
    nonce: Option<String>,
    scopes: Vec<String>,
}

/// How a request fails: on a page if nobody may be redirected, else at the client.
enum Failure {
    Page { title: &'static str, explanation: &'static str },
    Redirect { uri: String, state: Option<String>, error: &'static str, description: &'static str },
    Own,
}

/// GET /authorize
pub(crate) async fn ask(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::from_form(query.unwrap_or_default().as_bytes());
    let asked =
        accept(&provider, &parameters, &entry).and_then(|request| proceed(&provider, &parameters, request, &entry));
    asked.unwrap_or_else(|failure| fail(&provider, failure, &entry))
}

/// POST /authorize/decision, sent by the consent page.
pub(crate) async fn decide(
    State(provider): State<Arc<Provider>>,
    Extension(entry): Extension<LogEntry>,
    body: Bytes,
) -> Response {
    let form = Parameters::from_form(&body);
    decision(&provider, &form, &entry).unwrap_or_else(|failure| fail(&provider, failure, &entry))
}

fn accept(provider: &Provider, parameters: &Parameters, entry: &LogEntry) -> Result<Accepted, Failure> {
    let page = |title, explanation| Failure::Page { title, explanation };
    let repeated = parameters.repeated();
    if matches!(repeated, Some("client_id" | "redirect_uri")) {
        return Err(page("This request is not well-formed", "client_id or redirect_uri stands there twice."));
    }
    let client = parameters.one("client_id").and_then(|id| provider.client(id)).ok_or_else(|| {
        page("This program is not known here", "The client_id of the request is missing or not registered.")
    })?;
    entry.client(&client.client_id);
    let redirect_uri = parameters
        .one("redirect_uri")
        .filter(|uri| client.redirect.permits(uri) && Url::parse(uri).is_ok())
        .ok_or_else(|| {
            page(
                "This return address is not registered",
                "The redirect_uri of the request is missing, or it is not one this program registered. \
                 Addresses are compared byte for byte.",
            )
        })?;

    if provider.faults().refuses_http_loopback && redirect_uri.starts_with("http:") {
        return Err(page("This return address is not secure", "The redirect_uri has to begin with https."));
    }

    let state = parameters.one("state").filter(|_| repeated != Some("state"));
    let back = |error, description| Failure::Redirect {
        uri: redirect_uri.to_owned(),
        state: state.map(ToOwned::to_owned),
        error,
        description,
    };
    if repeated.is_some() {
        return Err(back("invalid_request", "A parameter stands there twice"));
    }
    if parameters.one("request").is_some() {
        return Err(back("request_not_supported", "Request objects are not supported"));
    }
    if parameters.one("request_uri").is_some() {
        return Err(back("request_uri_not_supported", "Request URIs are not supported"));
    }
    match parameters.one("response_type") {
        Some("code") => {}
        Some(_) => return Err(back("unsupported_response_type", "Only response_type=code is supported")),
        None => return Err(back("invalid_request", "response_type is missing")),
    }
    if parameters.one("response_mode").is_some_and(|mode| mode != "query") {
        return Err(back("invalid_request", "Only response_mode=query is supported"));
    }
    let state = state.ok_or_else(|| back("invalid_request", "state is missing"))?;
    // An S256 challenge is always 43 characters (RFC 7636 §4.2).
    let challenge = parameters
        .one("code_challenge")
        .filter(|challenge| challenge.len() == 43 && is_pkce_text(challenge))
        .ok_or_else(|| back("invalid_request", "code_challenge is missing or not well-formed"))?;
    if parameters.one("code_challenge_method") != Some("S256") {
        return Err(back("invalid_request", "code_challenge_method must be S256"));
    }
    let asked = parameters.one("scope").unwrap_or("openid profile email offline_access files.read");
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if !SCOPES.iter().chain([&UNLISTED_SCOPE]).any(|(known, _)| *known == scope) {
            return Err(back("invalid_scope", "A scope is not known here"));
        }
        if !scopes.iter().any(|already| already == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        return Err(back("invalid_scope", "The scope is empty"));
    }
    if parameters.one("prompt") == Some("none") && held(&provider.automatic_consent).is_none() {
        return Err(back("login_required", "Nobody is signed in, and prompt=none forbids asking"));
    }
    Ok(Accepted {
        client_id: client.client_id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: state.to_owned(),
        challenge: challenge.to_owned(),
        nonce: parameters.one("nonce").map(ToOwned::to_owned),
        scopes,
    })
}

/// Asks a person, unless a switch or the automatic consent answers for them.
fn proceed(
    provider: &Provider,
    parameters: &Parameters,
    request: Accepted,
    entry: &LogEntry,
) -> Result<Response, Failure> {
    let faults = provider.faults();
    if faults.denies_consent {
        return Err(denied(request));
    }
    if let Some((error, description)) = faults.stages.and_then(|it| it.words(Asked::Authorize)) {
        entry.misbehaved("stages");
        return Err(Failure::Redirect { uri: request.redirect_uri, state: Some(request.state), error, description });
    }
    let automatic = held(&provider.automatic_consent).clone();
    if let Some(account) = automatic {
        let scopes = request.scopes.clone();
        return grant(provider, request, account, scopes, entry);
    }

    let minted = Minted::draw("").map_err(|_| Failure::Own)?;
    let hint = parameters.one("login_hint").unwrap_or_default();
    let preselected = provider
        .accounts
        .iter()
        .find(|account| account.id == hint || account.email.eq_ignore_ascii_case(hint))
        .or(provider.accounts.first())
        .map_or("", |account| account.id.as_str());
    let response = pages::consent(&Consent {
        pending_id: &minted.value,
        client_id: &request.client_id,
        redirect_uri: &request.redirect_uri,
        scopes: &request.scopes,
        accounts: &provider.accounts,
        preselected,
    });
    let now = provider.clock.now();
    let mut pending = held(&provider.pending);
    pending.retain(|other| now < shifted(other.asked_at, PENDING_LIFETIME));
    if pending.len() >= PENDING_LIMIT {
        pending.remove(0);
    }
    pending.push(Pending { id: minted.hash, asked_at: now, request });
    Ok(response)
}

fn decision(provider: &Provider, form: &Parameters, entry: &LogEntry) -> Result<Response, Failure> {
    if form.repeated_besides("scope").is_some() {
        return Err(Failure::Page {
            title: "This answer is not well-formed",
            explanation: "A field stands there twice.",
        });
    }
    let request = take_pending(provider, form.one("request").unwrap_or_default())?;
    entry.client(&request.client_id);
    let chosen: Vec<String> = request
        .scopes
        .iter()
        .filter(|scope| form.all("scope").any(|ticked| ticked == scope.as_str()))
        .cloned()
        .collect();
    let account = form.one("account").and_then(|id| provider.account(id));
    match (form.one("decision"), account) {
        (Some("allow"), Some(account)) if !chosen.is_empty() => {
            grant(provider, request, account.id.clone(), chosen, entry)
        }
        (Some("allow"), None) => Err(Failure::Page {
            title: "This answer is not well-formed",
            explanation: "No account of this provider was chosen.",
        }),
        // Nothing ticked grants nothing.
        (Some("allow" | "deny"), _) => Err(denied(request)),
        _ => Err(Failure::Page {
            title: "This answer is not well-formed",
            explanation: "It says neither Allow nor Deny.",
        }),
    }
}

/// Finds the request a consent page belongs to; each page can be answered once.
fn take_pending(provider: &Provider, id: &str) -> Result<Accepted, Failure> {
    let hash = TokenHash::of(id);
    let now = provider.clock.now();
    let mut pending = held(&provider.pending);
    let found = pending
        .iter()
        .position(|other| other.id.is(&hash))
        .map(|index| pending.remove(index))
        .filter(|found| now < shifted(found.asked_at, PENDING_LIFETIME));
    found.map(|found| found.request).ok_or(Failure::Page {
        title: "This page was answered before, or it is too old",
        explanation: "Each sign-in can be answered once, within fifteen minutes.",
    })
}

fn grant(
    provider: &Provider,
    request: Accepted,
    account: String,
    scopes: Vec<String>,
    entry: &LogEntry,
) -> Result<Response, Failure> {
    let faults = provider.faults();
    let scopes = match &faults.grants_fewer_scopes {
        Some(only) => scopes.into_iter().filter(|scope| only.contains(scope)).collect(),
        None => scopes,
    };
    let minted = Minted::draw("practice_ac_").map_err(|_| Failure::Own)?;
    let issued_at = provider.clock.now();
    let code = Code {
        hash: minted.hash,
        client_id: request.client_id,
        redirect_uri: request.redirect_uri.clone(),
        challenge: Some(request.challenge).filter(|_| !faults.token_in_fragment),
        is_offline: !faults.token_in_fragment,
        account,
        scopes,
        nonce: request.nonce,
        issued_at,
        spent: false,
        grant: None,
    };
    if faults.token_in_fragment {
        let token = access_token(provider, code, &minted, &faults, entry).ok_or(Failure::Own)?;
        entry.misbehaved("token_in_fragment");
        let answer = [("access_token", token.as_str()), ("token_type", "bearer"), ("state", &request.state)];
        let fragment = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        let location = format!("{}#{fragment}", request.redirect_uri);
        return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response());
    }
    provider.change(|book| book.add_code(code)).map_err(|_| Failure::Own)?;
    let state = if faults.wrong_state {
        entry.misbehaved("wrong_state");
        format!("{}-changed", request.state)
    } else {
        request.state
    };
    if faults.wrong_issuer {
        entry.misbehaved("wrong_issuer");
    }
    let mut answer = vec![("code", minted.value.as_str()), ("state", state.as_str())];
    if faults.answer_carries_tenant {
        answer.push(("tenant_id", "practice-tenant"));
    }
    Ok(redirect(provider, &request.redirect_uri, &answer))
}

/// Trades a code at once, for an answer that brings the token itself (RFC 6749 §4.2.2).
pub(crate) fn access_token(
    provider: &Provider,
    code: Code,
    minted: &Minted,
    faults: &Faults,
    entry: &LogEntry,
) -> Option<String> {
    let fresh = Fresh::draw().ok()?;
    let now = provider.clock.now();
    let (client_id, redirect_uri) = (code.client_id.clone(), code.redirect_uri.clone());
    let presented = Redemption {
        code: TokenHash::of(&minted.value),
        client_id: &client_id,
        redirect_uri: &redirect_uri,
        verifier: None,
    };
    let issued = provider.change(|book| {
        book.add_code(code);
        book.redeem(&presented, fresh, now, faults)
    });
    let issued = issued.ok()?.ok()?;
    token_answer::write_down(&issued, entry);
    Some(issued.access.value)
}

fn denied(request: Accepted) -> Failure {
    Failure::Redirect {
        uri: request.redirect_uri,
        state: Some(request.state),
        error: "access_denied",
        description: "The person did not agree",
    }
}

fn fail(provider: &Provider, failure: Failure, entry: &LogEntry) -> Response {
    match failure {
        Failure::Page { title, explanation } => {
            entry.refused("invalid_request");
            pages::refused(StatusCode::BAD_REQUEST, title, explanation)
        }
        Failure::Redirect { uri, state, error, description } => {
            entry.refused(error);
            let mut answer = vec![("error", error), ("error_description", description)];
            if let Some(state) = &state {
                answer.push(("state", state));
            }
            redirect(provider, &uri, &answer)
        }
        Failure::Own => {
            entry.refused("server_error");
            pages::refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The practice provider could not go on",
                "It could not write down what it was about to do.",
            )
        }
    }
}

/// 303 to the client, with `iss` on every answer (RFC 9207).
fn redirect(provider: &Provider, uri: &str, answer: &[(&str, &str)]) -> Response {
    let issuer = if provider.faults().wrong_issuer { "https://another-issuer.example" } else { &provider.issuer };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer).append_pair("iss", issuer);
    // Appended as text: parsing and printing again could change a byte of the registered address.
    let separator = if uri.contains('?') { '&' } else { '?' };
    let location = format!("{uri}{separator}{}", query.finish());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
