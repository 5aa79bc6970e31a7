//! The API of a played provider: takes the token where its file says and nowhere else, and says who is signed in
//! [A7, C8, E2, S075].

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::documents::{put, put_at_first, text_at};
use super::script::{Call, ContentRefusal, TokenIn};
use super::signatures::{Heard, Signature};
use super::{Arrived, Part, PlayedIdentity, refused, told};
use crate::accounts::{AccountType, PracticeAccount};
use crate::faults::ApiRejection;
use crate::grants::Found;
use crate::log::{Endpoint, LogEntry, TokenRole};
use crate::parameters::Parameters;
use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::tokens::TokenHash;

/// `None` if no call of the file is made to this address.
pub(super) fn answer(provider: &Provider, part: &Part, arrived: &Arrived, entry: &LogEntry) -> Option<Response> {
    let lives_here = |call: &&Call| {
        let method = if call.is_post { Method::POST } else { Method::GET };
        arrived.method == method && call.place.bind(&arrived.path).is_some()
    };
    let here: Vec<&Call> = part.script.calls.iter().filter(lives_here).collect();
    let sent: Option<Value> = serde_json::from_slice(&arrived.body).ok();
    let query = Parameters::from_form(arrived.query.as_bytes());
    let call = here
        .iter()
        .find(|call| call.body == sent && call.place.came_whole(&query))
        .or_else(|| here.iter().find(|call| call.place.came_whole(&query)))
        .or(here.first())?;
    entry.addressed(if call.who.is_some() { Endpoint::Userinfo } else { Endpoint::Api }, &call.place.shown());
    let mut response = match serve(provider, part, call, arrived, entry) {
        Ok(response) => response,
        Err(Said::Signature(signature)) => {
            let flag = call.success_flag.as_deref();
            entry.refused(&signature.cause);
            refused(signature, flag)
        }
        Err(Said::Refusal(refusal)) => refusal.into_response(entry),
    };
    if let Some(name) = part.script.request_id_header.as_deref()
        && let Ok(name) = header::HeaderName::try_from(name)
    {
        response.headers_mut().insert(name, HeaderValue::from(entry.seq()));
    }
    Some(response)
}

/// A no, in the file's words or in the standard's.
enum Said<'a> {
    Signature(&'a Signature),
    Refusal(Refusal),
}

impl From<Refusal> for Said<'_> {
    fn from(refusal: Refusal) -> Self {
        Said::Refusal(refusal)
    }
}

fn serve<'a>(
    provider: &Provider,
    part: &'a Part,
    call: &Call,
    arrived: &Arrived,
    entry: &LogEntry,
) -> Result<Response, Said<'a>> {
    let faults = provider.faults();
    checks(part, call, arrived)?;
    let token = presented(part, call, arrived)?;
    let hash = TokenHash::of(&token);
    entry.token(TokenRole::Presented, &hash);
    if let Some(signature) = part.provoked(&faults, Heard::Api) {
        entry.misbehaved("answers_signature");
        return Err(Said::Signature(signature));
    }
    let invalid = |description| {
        let known = |cause: &str| {
            let signatures = part.script.signatures.iter();
            signatures.filter(|it| it.heard.at(Heard::Api)).find(|it| it.cause == cause)
        };
        match known("access_token_expired").or_else(|| known("access_token_invalid")) {
            Some(signature) => Said::Signature(signature),
            None => Refusal::resource(StatusCode::UNAUTHORIZED, "invalid_token", description).into(),
        }
    };
    match &faults.api_rejects {
        None => {}
        Some(ApiRejection::InvalidToken) => return Err(invalid("The access token is refused")),
        Some(ApiRejection::InsufficientScope) => return Err(Refusal::scope("").into()),
        Some(ApiRejection::TooManyRequests { retry_after }) => {
            return Err(Refusal::too_many(retry_after.clone()).into());
        }
    }

    let now = provider.clock.now();
    let found = provider.read(|book| match book.find(&hash) {
        Some(Found::Access(grant, token)) if grant.ended.is_none() && token.is_live(now) => {
            Some((grant.id.clone(), grant.account.clone(), token.scopes.clone()))
        }
        Some(Found::Access(..) | Found::Refresh(..)) | None => None,
    });
    let (grant, account, scopes) = found.ok_or_else(|| invalid("The access token is not, or no longer, good"))?;
    entry.grant(&grant);
    if let Some(missing) = call.scopes.iter().find(|scope| !scopes.contains(scope)) {
        return Err(Refusal::scope(missing).into());
    }
    let account = provider.account(&account).ok_or_else(|| invalid("The account is gone"))?;
    if let Some(ContentRefusal { status, code }) = &call.refused_with {
        let mut refusal = Value::Null;
        put(&mut refusal, "/message", "There is nothing in it to write");
        if let Some((pointer, code)) = code {
            put(&mut refusal, pointer, code.as_str());
        }
        return Ok(told(*status, refusal.to_string()).into_response());
    }
    let mut response = told(200, document(call, account).to_string());
    let listed = call.who.as_ref().and_then(|who| who.scopes_header.as_deref());
    if let Some(name) = listed.and_then(|name| header::HeaderName::try_from(name).ok())
        && let Ok(list) = HeaderValue::try_from(scopes.join(", "))
    {
        response.headers_mut().insert(name, list);
    }
    Ok(response.into_response())
}

/// Headers, query and body, as the file writes them.
fn checks(part: &Part, call: &Call, arrived: &Arrived) -> Result<(), Refusal> {
    let _nothing_to_fill = part.checks_headers(&call.headers, arrived)?;
    if !call.place.came_whole(&Parameters::from_form(arrived.query.as_bytes())) {
        return Err(part.complaint(format!("{}: a parameter of the address itself was lost", arrived.path)));
    }
    let kind = arrived.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_as_written = match &call.body {
        None => arrived.body.is_empty(),
        Some(body) => {
            kind.starts_with("application/json")
                && serde_json::from_slice::<Value>(&arrived.body).is_ok_and(|sent| sent == *body)
        }
    };
    if is_as_written { Ok(()) } else { Err(part.complaint(format!("{}: another body is wanted", arrived.path))) }
}

/// The token, from its place; one that stands anywhere else as well is refused.
fn presented(part: &Part, call: &Call, arrived: &Arrived) -> Result<String, Refusal> {
    let headers = |name: &str| -> Vec<String> {
        let values = arrived.headers.get_all(name).iter();
        values.filter_map(|it| it.to_str().ok()).map(ToOwned::to_owned).collect()
    };
    let query = Parameters::from_form(arrived.query.as_bytes());
    let bearer = headers("authorization");
    let (token, others) = match &call.token_in {
        TokenIn::Bearer => (one(&bearer, "Bearer "), query.one("access_token").is_some()),
        TokenIn::Header { name, prefix } => {
            (one(&headers(name), prefix), !name.eq_ignore_ascii_case("authorization") && !bearer.is_empty())
        }
        TokenIn::Query(name) => (query.one(name).map(ToOwned::to_owned), !bearer.is_empty()),
    };
    match token {
        Some(token) if !others => Ok(token),
        Some(_) => Err(part.complaint(format!("{}: the token stands in two places", arrived.path))),
        None => Err(part.complaint(format!("{}: the token does not stand in {:?}", arrived.path, call.token_in))),
    }
}

fn one(values: &[String], prefix: &str) -> Option<String> {
    match values {
        [value] => value.strip_prefix(prefix).filter(|token| !token.is_empty()).map(ToOwned::to_owned),
        _ => None,
    }
}

/// The answer of a call, with everything in it that the file looks for.
fn document(call: &Call, account: &PracticeAccount) -> Value {
    let mut document = Value::Null;
    if let Some(flag) = &call.success_flag {
        put(&mut document, flag, true);
    }
    let Some(who) = &call.who else {
        put(&mut document, "/items", Value::Array(Vec::new()));
        return document;
    };
    put_at_first(&mut document, &who.subject, &account.id);
    put_at_first(&mut document, &who.label, &account.email);
    put_at_first(&mut document, &who.workspace_id, &account.workspace.id);
    put_at_first(&mut document, &who.workspace_name, &account.workspace.name);
    if let Some(pointer) = &who.account_domain {
        put(&mut document, pointer, account.email.split('@').next_back().unwrap_or_default());
    }
    if let Some(pointer) = &who.account_kind {
        let kind = match account.account_type {
            AccountType::Person => "Person",
            AccountType::Service => "Service",
        };
        put(&mut document, pointer, kind);
    }
    document
}

/// Who the answers of all calls together say that the account is.
pub(super) fn identity_of_all(calls: &[Call], account: &PracticeAccount) -> Option<PlayedIdentity> {
    let mut told = calls.iter().filter_map(|call| identity(call, account));
    let first = told.next()?;
    Some(told.fold(first, |known, more| PlayedIdentity {
        workspace_id: known.workspace_id.or(more.workspace_id),
        workspace_name: known.workspace_name.or(more.workspace_name),
        ..known
    }))
}

/// Who the answer of this call says that the account is; `None` for a check.
fn identity(call: &Call, account: &PracticeAccount) -> Option<PlayedIdentity> {
    let who = call.who.as_ref()?;
    let document = document(call, account);
    let kind: Vec<String> = who.account_domain.iter().chain(&who.account_kind).cloned().collect();
    Some(PlayedIdentity {
        subject: text_at(&document, &who.subject),
        label: text_at(&document, &who.label),
        workspace_id: text_at(&document, &who.workspace_id),
        workspace_name: text_at(&document, &who.workspace_name),
        account_kind: text_at(&document, &kind),
    })
}
