//! Writes token answers, right or bent as the switches say [B7, B8].

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::faults::{ExpiresIn, Faults};
use crate::grants::Issued;
use crate::log::{LogEntry, TokenRole};

/// Which tokens went out, for the log.
pub(crate) fn write_down(issued: &Issued, entry: &LogEntry) {
    entry.grant(&issued.grant);
    entry.token(TokenRole::IssuedAccess, &issued.access.hash);
    if let Some(refresh) = &issued.refresh {
        entry.token(TokenRole::IssuedRefresh, &refresh.hash);
    }
}

/// The body of a switch, with the tokens filled in.
pub(crate) fn malformed(issued: &Issued, faults: &Faults, entry: &LogEntry) -> Option<Response> {
    let body = faults.malformed_token_answer.as_ref()?;
    entry.misbehaved("malformed_token_answer");
    let refresh = issued.refresh.as_ref().map_or("", |token| token.value.as_str());
    let body = body.replace("{access_token}", &issued.access.value).replace("{refresh_token}", refresh);
    Some(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The fields of RFC 6749 §5.1. `lifetime`: what is said of it, in seconds.
pub(crate) fn fields(issued: &Issued, faults: &Faults, lifetime: Option<u64>, separator: &str) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("access_token".to_owned(), json!(issued.access.value));
    match &faults.token_type {
        Some(odd) => drop(answer.insert("token_type".to_owned(), json!(odd))),
        None if !faults.lower_case_bearer_missing_token_type => {
            answer.insert("token_type".to_owned(), json!("Bearer"));
        }
        None if issued.is_refresh => {}
        None => drop(answer.insert("token_type".to_owned(), json!("bearer"))),
    }
    match (&faults.expires_in, lifetime) {
        (ExpiresIn::True, Some(seconds)) => drop(answer.insert("expires_in".to_owned(), json!(seconds))),
        (ExpiresIn::Raw(raw), _) => drop(answer.insert("expires_in".to_owned(), raw.clone())),
        (ExpiresIn::True, None) | (ExpiresIn::Omitted, _) => {}
    }
    if let Some(refresh) = &issued.refresh {
        answer.insert("refresh_token".to_owned(), json!(refresh.value));
        if let Some(lifetime) = faults.refresh_token_lifetime {
            answer.insert("refresh_token_expires_in".to_owned(), json!(lifetime.as_secs()));
        }
    }
    let separator = if faults.scope_with_commas { "," } else { separator };
    answer.insert("scope".to_owned(), json!(issued.scopes.join(separator)));
    answer
}

/// As JSON, or as a form of what stands at the top.
pub(crate) fn written(answer: &Value, as_form: bool) -> Response {
    if !as_form {
        return ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response();
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in answer.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        form.append_pair(name, &text);
    }
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form.finish()).into_response()
}
