//! Makes, reads back, changes and removes one object at a provider's API: at hosts of that provider only, and what was
//! made is known to the caller before anything else is tried [E4, S075].

use std::time::Duration;

use domain::diagnosis::{CauseLabel, Diagnosis, Evidence, FailedEndpoint, classify};
use domain::display_text::cleaned;
use domain::provider::trial_object::{
    NothingStandsFor, TrialCall, TrialMethod, TrialValues, filled_address, filled_json, filled_text,
};
use domain::provider::{CallMethod, IdentityCall, TokenPlace};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::identity::{IdentityRequest, SaidBeside, diagnose, request, request_id_of};
use super::resource::is_of_provider;
use crate::http::{Http, HttpAnswer};

/// An answer about one object is small.
const MAX_ANSWER: usize = 1024 * 1024;
/// An id that is longer is none.
const LONGEST_VALUE: usize = 1_000;

/// What one call came to.
#[derive(Debug, Clone)]
pub struct TrialAnswer {
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub request_id: Option<String>,
    pub clock_ahead: Option<SignedDuration>,
    /// The provider's words of a refusal, cut and cleaned.
    pub words: Option<String>,
    /// What the answer gave, by the names of the call. Of a call that failed too: what it made is there.
    pub gave: TrialValues,
    /// It says of the object that it is in the bin or archived: there for a while, and out of everybody's way.
    pub is_put_away: bool,
    pub outcome: Result<(), TrialFailure>,
}

/// Why a call does not count as done.
#[derive(Debug, Clone)]
pub enum TrialFailure {
    Refused(Diagnosis),
    /// It was let in, and the answer is not what was to be expected.
    Unexpected {
        /// JSON pointer.
        at: String,
        expected: String,
        found: Option<String>,
    },
    /// The provider's file speaks of something that nobody said and no answer gave.
    Unsaid(NothingStandsFor),
    /// The address leads away from the provider.
    NotOfProvider,
}

/// Makes one call.
pub async fn make_trial_call(
    http: &Http,
    call: &TrialCall,
    values: &TrialValues,
    asked: &IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> TrialAnswer {
    let (url, body) = match addressed(call, values, asked) {
        Ok(filled) => filled,
        Err(failure) => return unanswered(failure),
    };
    let answer = match send(http, call.method, &url, &call.headers, body, asked, &now).await {
        Ok(answer) => answer,
        Err((diagnosis, words)) => {
            return TrialAnswer { words, ..unanswered(TrialFailure::Refused(diagnosis)) };
        }
    };
    let said = serde_json::from_slice::<Value>(&answer.body).ok();
    let gave: TrialValues = call
        .gives
        .iter()
        .filter_map(|(name, at)| Some((name.clone(), text_at(said.as_ref()?, at)?)))
        .filter(|(_, text)| text.len() <= LONGEST_VALUE)
        .collect();
    let hides_error = said.as_ref().is_some_and(|said| {
        let is_flag_down = call.success_flag.as_ref().is_some_and(|it| said.pointer(it) != Some(&Value::Bool(true)));
        is_flag_down || said.get("error").is_some_and(|it| !it.is_null())
    });
    let has_worked = (200..300).contains(&answer.status) && !hides_error;
    let outcome = if has_worked {
        as_expected(call, said.as_ref(), values, &gave)
    } else {
        Err(TrialFailure::Refused(diagnose(&answer, asked)))
    };
    TrialAnswer {
        http_status: Some(answer.status),
        latency: answer.latency,
        request_id: request_id_of(&answer, asked),
        clock_ahead: answer.clock_ahead(now()),
        words: if has_worked { None } else { SaidBeside::of(&answer, asked).words },
        gave,
        is_put_away: said.as_ref().is_some_and(is_put_away),
        outcome,
    }
}

/// One request with the token, and one more where the server wants its key's proof with a nonce (RFC 9449 §8). What kept
/// it from being answered, with the words of it.
pub(super) async fn send(
    http: &Http,
    method: TrialMethod,
    url: &Url,
    headers: &[(String, String)],
    body: Option<String>,
    asked: &IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> Result<HttpAnswer, (Diagnosis, Option<String>)> {
    let sent = sent_as(headers, body, asked);
    let method = method_of(method);
    let prepared = || request(&sent, &method, url, asked, now());
    let Some(first) = prepared() else { return Err((Diagnosis::of(CauseLabel::MalformedApiRequest), None)) };
    let mut answered = http.send(first, MAX_ANSWER).await;
    if let (Ok(answer), Some(key)) = (&answered, asked.dpop)
        && key.wants_again(url, answer)
        && let Some(again) = prepared()
    {
        answered = http.send(again, MAX_ANSWER).await;
    }
    answered.map(|answer| answer.without(&asked.secrets())).map_err(|failure| {
        let evidence = Evidence {
            endpoint: FailedEndpoint::Api,
            network_failure: Some(failure.kind()),
            context: asked.context.clone(),
            ..Evidence::default()
        };
        (classify(&evidence, &[]), Some(failure.to_string()))
    })
}

/// Where it goes and what it says, once every name stands for something and the address is the provider's.
fn addressed(
    call: &TrialCall,
    values: &TrialValues,
    asked: &IdentityRequest<'_>,
) -> Result<(Url, Option<String>), TrialFailure> {
    // A kept field is an address at times: it stands as it is, and is looked at as a whole below.
    let template = asked
        .kept_fields
        .iter()
        .fold(call.url.clone(), |url, (name, value)| url.replace(&format!("{{{name}}}"), value.trim_end_matches('/')));
    let url = filled_address(&template, values).map_err(TrialFailure::Unsaid)?;
    let url = Url::parse(&url).map_err(|_| TrialFailure::NotOfProvider)?;
    if !is_of_provider(&url, asked.provider, asked.token_endpoint) {
        return Err(TrialFailure::NotOfProvider);
    }
    let body = call.body.as_deref().map(|body| filled_json(body, values)).transpose().map_err(TrialFailure::Unsaid)?;
    Ok((url, body))
}

/// An API wants its token in one place.
fn sent_as(headers: &[(String, String)], body: Option<String>, asked: &IdentityRequest<'_>) -> IdentityCall {
    IdentityCall {
        method: CallMethod::Post,
        url: String::new(),
        headers: headers.to_vec(),
        body,
        token_place: asked.provider.identity.as_ref().map_or(TokenPlace::Bearer, |it| it.token_place.clone()),
        success_flag: None,
        subject: vec![],
        label: vec![],
        workspace_id: vec![],
        workspace_name: vec![],
        workspace_claim: None,
        workspaces: None,
        account_kind: None,
        scopes_header: None,
    }
}

/// Whether the answer says what it has to, and gave what later calls speak of.
fn as_expected(
    call: &TrialCall,
    said: Option<&Value>,
    values: &TrialValues,
    gave: &TrialValues,
) -> Result<(), TrialFailure> {
    let shown = |text: &str| cleaned(text, 200);
    for (name, at) in &call.gives {
        if !gave.contains_key(name) {
            let found = said.and_then(|it| it.pointer(at)).map(|it| shown(&it.to_string()));
            return Err(TrialFailure::Unexpected { at: at.clone(), expected: name.clone(), found });
        }
    }
    let mut known = values.clone();
    known.extend(gave.clone());
    for (at, expected) in &call.expects {
        let expected = filled_text(expected, &known).map_err(TrialFailure::Unsaid)?;
        let found = said.and_then(|it| text_at(it, at));
        if found.as_ref() != Some(&expected) {
            let found = found.map(|it| shown(&it));
            return Err(TrialFailure::Unexpected { at: at.clone(), expected: shown(&expected), found });
        }
    }
    Ok(())
}

/// As the APIs of Drive (`trashed`) and Notion (`archived`, `in_trash`) mark what was removed and is kept for a while.
fn is_put_away(said: &Value) -> bool {
    ["trashed", "archived", "in_trash"].iter().any(|it| said.get(it) == Some(&Value::Bool(true)))
}

fn text_at(said: &Value, at: &str) -> Option<String> {
    match said.pointer(at)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn method_of(method: TrialMethod) -> http::Method {
    match method {
        TrialMethod::Get => http::Method::GET,
        TrialMethod::Post => http::Method::POST,
        TrialMethod::Put => http::Method::PUT,
        TrialMethod::Patch => http::Method::PATCH,
        TrialMethod::Delete => http::Method::DELETE,
    }
}

fn unanswered(failure: TrialFailure) -> TrialAnswer {
    TrialAnswer {
        http_status: None,
        latency: Duration::ZERO,
        request_id: None,
        clock_ahead: None,
        words: None,
        gave: TrialValues::new(),
        is_put_away: false,
        outcome: Err(failure),
    }
}
