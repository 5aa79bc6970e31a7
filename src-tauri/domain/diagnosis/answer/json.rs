//! Reads JSON for what it says of a failure: codes, words, and marks of success, in any envelope; also JSON that is
//! cut off or not quite JSON [C1, B8].

use serde_json::Value;

use super::loose_json;
use super::names::{MESSAGES, code_field, is_error_key, is_result_code, plain_key, speaks};
use super::outcome_words::{is_bad_news, is_good_news, refuses};
use super::said::{CodeField, Said};

const MAX_DEPTH: usize = 32;
pub(super) const MAX_NODES: usize = 4096;
/// Success and failure are told near the top.
const TOP: usize = 2;

pub(super) fn read(body: &str, said: &mut Said) {
    read_at(body, said, 0);
}

fn read_at(body: &str, said: &mut Said, depth: usize) {
    let json = unguarded(body);
    match serde_json::from_str::<Value>(json) {
        Ok(value) => {
            let mut left = MAX_NODES;
            visit(&value, "", depth, depth > 0, said, &mut left);
        }
        Err(_) => loose_json::read(json, said),
    }
}

/// How long the object is with which a text begins.
pub(super) fn length_of_object(text: &str) -> Option<usize> {
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Map<String, Value>>();
    objects.next()?.ok()?;
    Some(objects.byte_offset())
}

fn unguarded(body: &str) -> &str {
    if body.starts_with(['{', '[', '"']) {
        return body;
    }
    let start = body.find(['{', '[']).unwrap_or(0);
    let end = body.rfind(['}', ']']).map_or(body.len(), |at| at + 1);
    body.get(start..end).unwrap_or(body)
}

fn visit(value: &Value, key: &str, depth: usize, is_in_error: bool, said: &mut Said, left: &mut usize) {
    if depth > MAX_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Null => {}
        Value::Bool(it) => note_flag(key, *it, depth, said),
        Value::Number(number) => note_number(key, &number.to_string(), depth, is_in_error, said),
        Value::String(text) => {
            let inner = text.trim_start();
            if depth < MAX_DEPTH && (inner.starts_with('{') || inner.starts_with("[{")) {
                read_at(inner, said, depth + 8);
            } else {
                note_text(key, text, depth, is_in_error, said);
            }
        }
        Value::Array(items) => {
            if depth <= TOP && is_error_key(key) && !items.is_empty() {
                said.outcome.has_error = true;
            }
            for item in items {
                visit(item, key, depth + usize::from(!key.is_empty()), is_in_error, said, left);
            }
        }
        Value::Object(fields) => {
            let is_error = is_in_error || is_error_key(key);
            if depth <= TOP && is_error_key(key) && !fields.is_empty() {
                said.outcome.has_error = true;
            }
            if is_error {
                note_place(fields, said);
            }
            if depth <= TOP + 1 && is_token_object(key, fields) {
                said.outcome.has_token = true;
                return;
            }
            // What stands in the head of an answer stands at its top.
            let inner = if depth > 0 && is_head(key) { depth } else { depth + 1 };
            for (name, value) in fields {
                visit(value, name, inner, is_error, said, left);
            }
        }
    }
}

/// Where programs put the result of a call beside what was asked for.
fn is_head(key: &str) -> bool {
    let mut buffer = [0; 32];
    matches!(
        plain_key(key, &mut buffer),
        "header"
            | "head"
            | "meta"
            | "status"
            | "statusinfo"
            | "responsestatus"
            | "responseheader"
            | "resultinfo"
            | "returnstatus"
    )
}

/// A token with its lifetime beside it, instead of the bare text: `accessToken: {value, expires}`.
fn is_token_object(key: &str, fields: &serde_json::Map<String, Value>) -> bool {
    let mut buffer = [0; 32];
    plain_key(key, &mut buffer) == "accesstoken"
        && ["value", "token", "accessToken", "access_token"]
            .iter()
            .any(|it| fields.get(*it).and_then(Value::as_str).is_some_and(|text| !text.is_empty()))
}

/// An entry of a list of errors names what is wrong and what is said of it in fields of their own; together they are one
/// clause: `resource: Application, field: client_id, code: invalid`.
fn note_place(fields: &serde_json::Map<String, Value>, said: &mut Said) {
    const WHERE: &[&str] = &["resource", "field", "parameter", "param", "attribute", "property", "argument", "target"];
    const WHAT: &[&str] = &["code", "reason", "error", "message", "type", "issue", "detail"];
    let named = |names: &'static [&'static str]| {
        names
            .iter()
            .filter_map(|it| fields.get(*it).and_then(Value::as_str))
            .filter(|it| !it.is_empty() && it.len() <= 200)
    };
    if named(WHERE).next().is_none() || named(WHAT).next().is_none() {
        return;
    }
    let clause: Vec<&str> = named(WHERE).chain(named(WHAT)).map(|it| it.trim_end_matches(['.', '!'])).collect();
    said.words_of(&clause.join(" "));
}

pub(super) fn note_flag(key: &str, it: bool, depth: usize, said: &mut Said) {
    said.field(key, if it { "true" } else { "false" });
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    if depth <= TOP {
        match (name, it) {
            (
                "ok" | "success" | "succeeded" | "issuccess" | "successful" | "issuccessful" | "sucesso" | "exito"
                | "erfolg" | "succes" | "successo",
                true,
            ) => said.outcome.is_success = true,
            (
                "ok" | "success" | "succeeded" | "issuccess" | "successful" | "issuccessful" | "sucesso" | "exito"
                | "erfolg" | "succes" | "successo",
                false,
            )
            | ("error" | "iserror" | "haserror" | "haserrors" | "failed" | "failure", true) => {
                said.outcome.has_error = true;
            }
            ("active", it) => said.outcome.is_active = Some(it),
            _ => {}
        }
    }
    if it && (name.contains("fail") || name.ends_with("required")) {
        said.words_of(key);
    }
}

pub(super) fn note_number(key: &str, number: &str, depth: usize, is_in_error: bool, said: &mut Said) {
    said.field(key, number);
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    let whole = number.parse::<i64>().ok();
    match name {
        "ok" | "success" | "succeeded" | "issuccess" if matches!(whole, Some(0 | 1)) && depth <= TOP => {
            note_flag(key, whole == Some(1), depth, said);
        }
        "expiresin" if depth <= TOP + 1 => said.outcome.expires_in = Some(number.to_owned()),
        "status" | "statuscode" | "httpstatus" | "httpstatuscode" | "httpcode" | "responsecode" | "code"
            if whole.is_some_and(|it| (400..600).contains(&it)) =>
        {
            said.outcome.status = said.outcome.status.or(whole.and_then(|it| u16::try_from(it).ok()));
            if depth <= TOP {
                said.outcome.has_error = true;
            }
            if is_in_error || name == "code" {
                said.code(CodeField::Sub, number);
            }
        }
        _ => {
            let Some(field) = code_field(name) else { return };
            if whole == Some(0) || whole == Some(200) && !is_in_error {
                said.outcome.is_success |= depth <= 1;
            } else {
                if depth <= TOP && (is_error_key(key) || matches!(name, "code" | "ret" | "retcode" | "returncode")) {
                    said.outcome.has_error |= is_error_key(key) || depth <= 1;
                }
                said.code(if field == CodeField::Error { CodeField::Code } else { field }, number);
            }
        }
    }
}

/// The statuses that a program repeats as the code of its result.
const USUAL: [i64; 6] = [400, 401, 403, 429, 500, 503];

/// A name with its text, from whatever kind of answer.
pub(super) fn note_text(key: &str, text: &str, depth: usize, is_in_error: bool, said: &mut Said) {
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    said.field(key, trimmed);
    let is_near = depth <= TOP;
    match name {
        // A sentence where the token should be.
        "accesstoken" | "oauthtoken" if trimmed.contains(' ') && refuses(trimmed) => {
            said.outcome.has_error |= is_near;
            return said.words_of(trimmed);
        }
        "accesstoken" | "idtoken" | "refreshtoken" | "oauthtoken" | "clienttoken" | "authtoken" | "bearertoken" => {
            said.outcome.has_token |= depth <= TOP + 1 && name != "refreshtoken";
            return;
        }
        "expiresin" if depth <= TOP + 1 => {
            said.outcome.expires_in = Some(format!("\"{trimmed}\""));
            return;
        }
        "ok" | "success" | "succeeded" | "issuccess" | "sucesso" | "exito"
            if is_near && ["n", "no", "f", "0"].iter().any(|it| trimmed.eq_ignore_ascii_case(it)) =>
        {
            return note_flag(key, false, depth, said);
        }
        "ok" | "success" | "succeeded" | "issuccess" | "sucesso" | "exito"
            if is_near && (trimmed.eq_ignore_ascii_case("true") || trimmed.eq_ignore_ascii_case("false")) =>
        {
            return note_flag(key, trimmed.eq_ignore_ascii_case("true"), depth, said);
        }
        // What was asked is not what was answered.
        "clientid" | "redirecturi" | "scope" | "scopes" | "url" | "uri" | "erroruri" | "documentationurl" | "href"
        | "path" | "instance" | "requestid" | "traceid" | "correlationid" | "timestamp" | "date" | "fbtraceid"
        | "logid" | "nonce" | "moreinfo" | "helpurl" | "infourl" | "loginhint" | "tokentype"
            if !is_in_error || !trimmed.contains(' ') =>
        {
            return;
        }
        _ => {}
    }
    // A problem that is no more than its status (RFC 9457 §4.2.1).
    if name == "type" && trimmed == "about:blank" {
        return;
    }
    if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
        // The last part of a problem's address is its name (RFC 9457 §3.1.1).
        if name == "type" || name == "code" {
            said.code(CodeField::Class, trimmed.rsplit(['/', '#']).next().unwrap_or_default());
        }
        return;
    }
    let is_error = is_error_key(key);
    said.outcome.has_description |= is_near && name == "errordescription";
    // `errors: {redirect_uri: ["must match …"]}`: the name is the sentence's subject.
    if is_in_error && is_parameter(name) && trimmed.starts_with(|it: char| it.is_lowercase()) && trimmed.contains(' ') {
        said.outcome.has_error |= is_near;
        return said.words_of(&format!("{key} {trimmed}"));
    }
    if let Some(field) = code_field(name) {
        if is_near && field != CodeField::Error && is_good_news(trimmed) {
            said.outcome.is_success = true;
            return;
        }
        if is_near && (is_error && !is_good_news(trimmed) || is_bad_news(trimmed)) {
            said.outcome.has_error = true;
        }
        // What kind of an error it is, only errors say.
        said.outcome.has_error |=
            is_near && matches!(name, "subcode" | "errorsubcode" | "suberror") && !is_good_news(trimmed);
        said.outcome.has_failing_code |= depth <= 1
            && matches!(field, CodeField::Code | CodeField::Sub)
            && name != "value"
            && name != "key"
            && refuses(trimmed);
        if let Ok(status) = trimmed.parse::<u16>()
            && (matches!(name, "status" | "statuscode" | "code") && (400..600).contains(&status)
                || is_result_code(name) && USUAL.contains(&status.into()))
        {
            said.outcome.status = said.outcome.status.or(Some(status));
            said.outcome.has_error |= is_near;
        }
        said.code(field, trimmed);
    } else if is_in_error || is_error || speaks(name) || key.is_empty() || is_sentence_in_data(name, trimmed)
        // Whatever it is called, beside the code of an error.
        || depth <= 1 && is_sentence(trimmed) && refuses(trimmed)
    {
        if is_near && is_error && !is_good_news(trimmed) {
            said.outcome.has_error = true;
        }
        if depth <= 1 && MESSAGES.contains(&name) {
            said.outcome.has_message = true;
            said.outcome.has_failing_message |= refuses(trimmed);
        }
        said.codes_within(trimmed);
        said.words_of(trimmed);
    }
}

/// What a request to an authorization server is made of (RFC 6749 §4.1).
fn is_parameter(name: &str) -> bool {
    matches!(
        name,
        "clientid"
            | "clientsecret"
            | "code"
            | "codeverifier"
            | "granttype"
            | "redirecturi"
            | "refreshtoken"
            | "responsetype"
            | "scope"
            | "state"
            | "token"
    )
}

/// `data` holds what was asked for, or a few words on why it is not there; the line of a log, what happened.
fn is_sentence_in_data(name: &str, text: &str) -> bool {
    matches!(name, "data" | "event" | "exception" | "log") && is_sentence(text)
}

fn is_sentence(text: &str) -> bool {
    text.contains(' ') && text.len() <= 200
}
