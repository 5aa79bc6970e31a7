//! Reads JSON for what it says of a failure: codes, words, and marks of success, in any envelope; also JSON that is
//! cut off or not quite JSON [C1, B8].

use serde_json::Value;

use super::said::{CodeField, Said};

const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 4096;
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
        Err(_) => read_loosely(json, said),
    }
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
            for (name, value) in fields {
                visit(value, name, depth + 1, is_error, said, left);
            }
        }
    }
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

fn note_flag(key: &str, it: bool, depth: usize, said: &mut Said) {
    said.field(key, if it { "true" } else { "false" });
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    if depth <= TOP {
        match (name, it) {
            ("ok" | "success" | "succeeded" | "issuccess" | "successful", true) => said.outcome.is_success = true,
            ("ok" | "success" | "succeeded" | "issuccess" | "successful", false)
            | ("error" | "iserror" | "haserror" | "haserrors" | "failed" | "failure", true) => {
                said.outcome.has_error = true;
            }
            ("active", it) => said.outcome.is_active = Some(it),
            _ => {}
        }
    }
    if it && name.contains("fail") {
        said.words_of(key);
    }
}

fn note_number(key: &str, number: &str, depth: usize, is_in_error: bool, said: &mut Said) {
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
        "accesstoken" | "idtoken" | "refreshtoken" | "oauthtoken" => {
            said.outcome.has_token |= depth <= TOP + 1 && name != "refreshtoken";
            return;
        }
        "expiresin" if depth <= TOP + 1 => {
            said.outcome.expires_in = Some(format!("\"{trimmed}\""));
            return;
        }
        "ok" | "success" | "succeeded" | "issuccess"
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
    if trimmed.starts_with("http://") || trimmed.starts_with("https://") {
        // The last part of a problem's address is its name (RFC 9457 §3.1.1).
        if name == "type" || name == "code" {
            said.code(CodeField::Class, trimmed.rsplit(['/', '#']).next().unwrap_or_default());
        }
        return;
    }
    let is_error = is_error_key(key);
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
        if let (Ok(status), "status" | "statuscode" | "code") = (trimmed.parse::<u16>(), name)
            && (400..600).contains(&status)
        {
            said.outcome.status = said.outcome.status.or(Some(status));
            said.outcome.has_error |= is_near;
        }
        said.code(field, trimmed);
    } else if is_in_error || is_error || speaks(name) || key.is_empty() || is_sentence_in_data(name, trimmed) {
        if is_near && is_error && !is_good_news(trimmed) {
            said.outcome.has_error = true;
        }
        if depth <= 1 && MESSAGES.contains(&name) {
            said.outcome.has_message = true;
            said.outcome.has_failing_message |= refuses(trimmed);
        }
        said.words_of(trimmed);
    }
}

/// `data` holds what was asked for, or a few words on why it is not there.
fn is_sentence_in_data(name: &str, text: &str) -> bool {
    name == "data" && text.contains(' ') && text.len() <= 200
}

/// Names of the one sentence that an error says.
const MESSAGES: &[&str] = &["message", "msg", "errmsg", "retmsg", "description", "detail", "details", "info"];

/// Whether a code or a sentence tells of something that did not go well, word by word.
pub(super) fn refuses(text: &str) -> bool {
    const STEMS: &[&str] = &[
        "illegal",
        "invalid",
        "expire",
        "denied",
        "error",
        "fail",
        "unauthor",
        "forbid",
        "exceed",
        "missing",
        "revoke",
        "suspend",
        "unauthenticated",
        "refused",
        "rejected",
        "wrong",
        "mismatch",
        "incomplete",
        "insufficient",
        "unsupported",
    ];
    let words = super::plain_words_of(text);
    if words.contains(" successfully ") && !words.contains(" not ") {
        return false;
    }
    words.split(' ').any(|word| STEMS.iter().any(|it| word.starts_with(it)))
        || [
            " not allowed ",
            " not found ",
            " not permitted ",
            " not authorized ",
            " not valid ",
            " too many ",
            " not in the ",
        ]
        .iter()
        .any(|it| words.contains(it))
}

fn is_good_news(text: &str) -> bool {
    [
        "ok",
        "success",
        "succeeded",
        "successful",
        "true",
        "200",
        "0",
        "none",
        "null",
        "active",
        "no error",
        "成功",
        "操作成功",
        "请求成功",
    ]
    .iter()
    .any(|it| text.eq_ignore_ascii_case(it))
}

fn is_bad_news(text: &str) -> bool {
    ["error", "fail", "failed", "failure", "err", "nok", "ko", "unauthorized", "forbidden", "denied"]
        .iter()
        .any(|it| text.eq_ignore_ascii_case(it))
}

/// Letters and digits of a name in lower case, as far as they fit.
fn plain_key<'a>(key: &str, buffer: &'a mut [u8; 32]) -> &'a str {
    // XML and JSON-LD put a prefix before it.
    let key = key.rsplit(':').next().unwrap_or(key);
    let mut length = 0;
    for it in key.bytes().filter(u8::is_ascii_alphanumeric).take(buffer.len()) {
        buffer[length] = it.to_ascii_lowercase();
        length += 1;
    }
    std::str::from_utf8(&buffer[..length]).unwrap_or_default()
}

/// Names under which errors stand, and nothing else does.
fn is_error_key(key: &str) -> bool {
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    matches!(
        name,
        "fault" | "faults" | "exception" | "problem" | "oauthproblem" | "suberror" | "err" | "errors" | "error"
    ) || name.starts_with("err") && !name.contains("uri") && !name.contains("url")
        || name.ends_with("error")
        || name.ends_with("errors")
        || name.ends_with("fault")
        || name.ends_with("exception")
}

fn code_field(name: &str) -> Option<CodeField> {
    Some(match name {
        "error" | "errors" | "err" => CodeField::Error,
        "status" | "type" | "category" | "class" | "errortype" | "errorclass" | "title" | "kind" | "tag" | "name"
        | "errorname" | "exception" | "exceptionname" | "state" | "result" | "xmlroot" => CodeField::Class,
        "code" | "codes" | "errorcode" | "errorcodes" | "errcode" | "errno" | "errorno" | "errornum"
        | "errornumber" | "errorid" | "errorkey" | "faultcode" | "exceptioncode" | "resultcode" | "returncode"
        | "retcode" | "ret" | "responsecode" | "serviceerrorcode" | "messagecode" | "msgcode" | "statuscode"
        | "apierrorcode" | "oauthproblem" | "majorerrorcode" | "minorerrorcode" | "internalcode" | "appcode"
        | "bizcode" | "key" | "errorsummary" | "httpstatus" | "httpcode" | "value" => CodeField::Code,
        "reason" | "errorreason" | "suberror" | "suberrors" | "errorsubcode" | "subcode" | "errorsubtype"
        | "substatus" | "subtype" | "failurereason" | "reasoncode" | "detailcode" | "errordetailcode"
        | "innererrorcode" | "errorcause" => CodeField::Sub,
        _ => return None,
    })
}

/// Names under which sentences stand.
fn speaks(name: &str) -> bool {
    [
        "mess",
        "msg",
        "desc",
        "detail",
        "reason",
        "hint",
        "title",
        "text",
        "explan",
        "summary",
        "warn",
        "note",
        "cause",
        "help",
        "info",
        "status",
        "phrase",
        "problem",
        "advice",
        "notice",
        "alert",
        "string",
        "faultactor",
        "body",
        "content",
        "reply",
        "response",
    ]
    .iter()
    .any(|it| name.contains(it))
}

/// Names and values of what only looks like JSON: cut off, with commas too many, with single quotes.
fn read_loosely(body: &str, said: &mut Said) {
    let mut key = String::new();
    let mut rest = body;
    let mut left = MAX_NODES;
    while let (Some(at), true) = (rest.find(['"', '\'']), left > 0) {
        left -= 1;
        // A number or a word between a name and what follows.
        let between = rest[..at].trim_start_matches([':', ' ', '\t', '\r', '\n']);
        let bare = between.split([',', '}', ']', '\n']).next().unwrap_or_default().trim();
        if !key.is_empty() && !bare.is_empty() && bare.parse::<f64>().is_ok() {
            note_number(&key, bare, 1, true, said);
            key.clear();
        } else if !key.is_empty() && (bare == "true" || bare == "false") {
            note_flag(&key, bare == "true", 1, said);
            key.clear();
        } else if between.contains(['{', '[']) && !key.is_empty() {
            key.clear();
        }
        let quote = rest.as_bytes()[at];
        let (text, after) = quoted(&rest[at + 1..], char::from(quote));
        rest = after;
        if rest.trim_start().starts_with(':') {
            key = text;
        } else {
            note_text(&key, &text, 1, true, said);
            key.clear();
        }
    }
    let bare = rest.trim_start_matches([':', ' ']).split([',', '}', ']', '\n']).next().unwrap_or_default().trim();
    if !key.is_empty() && bare.parse::<f64>().is_ok() {
        note_number(&key, bare, 1, true, said);
    }
    if said.words.trim().is_empty() {
        super::said::read_text(body, said);
    }
}

/// A quoted text with its simplest escapes undone, and what follows; never closed, it ends with the body.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, it)) = letters.next() {
        match it {
            '\\' => match letters.next() {
                Some((_, 'n' | 'r' | 't')) => value.push(' '),
                Some((_, it)) => value.push(it),
                None => break,
            },
            it if it == quote => return (value, &text[at + 1..]),
            it => value.push(it),
        }
    }
    (value, "")
}
