//! An answer, read whatever it is: JSON in any envelope, XML, a form, a page, plain text, or nothing; its codes, its
//! words and what it says of success [C1, B8].
//!
//! Bounded in size and depth; no entity is expanded; nothing of it is trusted to be well-formed.

mod bytes;
mod form;
mod json;
mod loose_json;
mod markup;
mod names;
mod outcome_words;
pub(crate) mod plain_words;
mod printed_array;
mod said;
mod text;
mod told_status;

use std::borrow::Cow;

use super::challenge::{self, Challenge};
use super::evidence::{Evidence, FailedEndpoint};
use super::redaction::of_what_was_said;

pub(crate) use self::outcome_words::tells_of_an_end_ahead;
pub(crate) use self::said::{Code, CodeField, Said, plain_code};

/// Challenges and codes in headers are short.
const MAX_HEADER: usize = 4096;
/// A code that names an error, and hardly anything that it could belong to.
const MAX_FIELDS_OF_A_CODE: usize = 2;
/// An answer with more to say than this carries something.
const MAX_FIELDS_OF_AN_ERROR: usize = 6;

/// What kind of text the body is, whatever its content type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BodyForm {
    #[default]
    Empty,
    Json,
    Xml,
    Html,
    Form,
    Text,
}

/// Everything an answer says.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) form: BodyForm,
    pub(crate) said: Said,
    pub(crate) challenges: Vec<Challenge>,
    /// Body, challenges and decoded form in lower case, with one blank for everything that is no letter or digit.
    pub(crate) spaced: String,
    /// `Retry-After`, or a limit of which nothing remains.
    pub(crate) has_retry_after: bool,
    pub(crate) has_nothing_remaining: bool,
}

impl Answer {
    pub(crate) fn read(evidence: &Evidence) -> Self {
        let mut answer = Self::default();
        let text = bytes::without_blots(bytes::text_of(&evidence.body));
        let body = match text.trim() {
            "" => told_by_a_library(evidence).unwrap_or_default(),
            body => body,
        };
        // An authorization answers with an address to go to.
        let redirect = (evidence.endpoint == FailedEndpoint::Authorize)
            .then(|| evidence.header("location"))
            .flatten()
            .and_then(|it| it.split_once(['?', '#']))
            .map(|(_, query)| query);

        answer.form = form_of(body, evidence);
        if answer.form == BodyForm::Json {
            space(&mut answer.spaced, &without_fragments(body));
        } else {
            space(&mut answer.spaced, body);
        }
        match answer.form {
            BodyForm::Empty => {}
            BodyForm::Json => json::read(body, &mut answer.said),
            BodyForm::Xml => markup::read_xml(body, &mut answer.said),
            BodyForm::Html => markup::read_page(body, &mut answer.said),
            BodyForm::Form => {
                let decoded = form::read(query_of(body), &mut answer.said);
                space(&mut answer.spaced, &decoded);
            }
            BodyForm::Text => text::read(body, &mut answer.said),
        }
        if let Some(query) = redirect {
            let decoded = form::read(query, &mut answer.said);
            space(&mut answer.spaced, &decoded);
        }
        answer.read_headers(evidence);
        let Said { fields, outcome, .. } = &mut answer.said;
        // An error that is not called one: a failing code with its sentence, or a refusing sentence and hardly more.
        outcome.has_error |= outcome.has_failing_code && (outcome.has_message || fields.len() <= MAX_FIELDS_OF_A_CODE)
            || outcome.has_failing_message
                && (fields.len() <= MAX_FIELDS_OF_AN_ERROR
                    || fields.iter().any(|(name, _)| names::is_result_code(&plain_code(name))));
        answer
    }

    /// Whether it is a page that asks who is there, and complains of nothing.
    pub(crate) fn is_sign_in_page(&self) -> bool {
        let asks = [" sign in ", " log in ", " login ", " password ", " choose an account ", " allow access "];
        self.form == BodyForm::Html
            && (self.spaced.contains(" type password ") || asks.iter().any(|it| self.said.words.contains(it)))
            && !outcome_words::refuses(&self.said.words)
    }

    fn read_headers(&mut self, evidence: &Evidence) {
        for (name, value) in &evidence.headers {
            let value = cut(value, MAX_HEADER);
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            if is("www-authenticate") || is("proxy-authenticate") || is("x-www-authenticate") {
                self.challenges.extend(challenge::read(value));
            } else if is("retry-after") {
                self.has_retry_after = !value.trim().is_empty();
            } else if is("grpc-status") {
                self.said.outcome.status = self.said.outcome.status.or(status_of_grpc(value));
            } else if is("grpc-message") {
                let value = value.replace("%20", " ");
                self.said.words_of(&value);
                space(&mut self.spaced, &value);
            } else if is("x-github-sso") || is("x-amzn-errortype") || is_error_header(name) && !is_denial(value) {
                self.said.code(CodeField::Header, value);
                self.said.code_of_an_exception(value);
                self.said.words_of(&format!("{name} {value}"));
                space(&mut self.spaced, name);
                space(&mut self.spaced, value);
            } else if is_remaining_header(name) && is_nothing(value) {
                self.has_nothing_remaining = true;
            }
        }
        let Self { challenges, said, spaced, .. } = self;
        for challenge in challenges.iter() {
            if let Some(error) = &challenge.error {
                said.code(CodeField::Challenge, error);
            }
            if let Some(words) = &challenge.error_description {
                said.words_of(words);
            }
            space(spaced, &challenge.words());
        }
    }
}

/// What a library said of an answer that it did not hand on: its status, or the code of a standard.
pub(crate) fn told_by_a_library(evidence: &Evidence) -> Option<&str> {
    let error = evidence.network_error.as_deref().map(str::trim).filter(|it| !it.is_empty())?;
    let lower = cut(error, MAX_HEADER).to_ascii_lowercase();
    let is_proxys = ["tunnel", "proxy", "certificate", "getaddrinfo"].iter().any(|it| lower.contains(it));
    (!is_proxys && told_status::status_in(error).is_some()).then_some(error)
}

/// The status that the text of an answer tells of, for one that came without its own.
pub(crate) fn told_status(answer: &Answer) -> Option<u16> {
    (answer.form == BodyForm::Text).then_some(answer.said.outcome.status).flatten()
}

/// Any text as `Said` keeps its words.
pub(crate) fn plain_words_of(text: &str) -> String {
    let mut words = String::new();
    plain_words::append(&mut words, &of_what_was_said(cut(text, MAX_HEADER)));
    words
}

/// By the first character rather than by the content type, which is wrong too often.
fn form_of(body: &str, evidence: &Evidence) -> BodyForm {
    let Some(first) = body.chars().next() else { return BodyForm::Empty };
    match first {
        '{' => BodyForm::Json,
        '[' if is_list(body) => BodyForm::Json,
        '"' if body.len() > 1 && body.ends_with('"') => BodyForm::Json,
        '<' if is_page(body) => BodyForm::Html,
        '<' => BodyForm::Xml,
        'a' | 'A' | '[' if printed_array::is_printed(body) => BodyForm::Json,
        _ if is_guarded_json(body) => BodyForm::Json,
        _ if repeats_a_page(body) => BodyForm::Html,
        _ if form::is_form(query_of(body)) => BodyForm::Form,
        _ if evidence.header("content-type").is_some_and(|it| it.contains("html")) => BodyForm::Html,
        _ => BodyForm::Text,
    }
}

/// Rather than a word in brackets with which a line begins: `[403] Forbidden`.
fn is_list(body: &str) -> bool {
    body[1..].trim_start().starts_with(['{', '[', '"', '\'', ']']) || serde_json::from_str::<Vec<f64>>(body).is_ok()
}

/// A page behind the words of whoever got it.
fn repeats_a_page(body: &str) -> bool {
    let start = cut(body, 1024).to_ascii_lowercase();
    ["<!doctype html", "<html", "<head>", "<title>"].iter().any(|it| start.contains(it))
}

fn is_page(body: &str) -> bool {
    let start = cut(body, 512).to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<title", "<h1", "<h2", "<p>", "<p ", "<div", "<center", "<script"]
        .iter()
        .any(|it| start.contains(it))
}

/// JSON behind a line that keeps scripts from including it, or in a call.
fn is_guarded_json(body: &str) -> bool {
    body.starts_with(")]}'") || body.starts_with("for(;;)") || body.starts_with("while(1)") || {
        let call = cut(body, 64).find('(');
        call.is_some_and(|at| at > 0 && body[at + 1..].trim_start().starts_with('{') && !body[..at].contains(' '))
    }
}

/// The query of a whole address, or the text itself.
fn query_of(body: &str) -> &str {
    let is_address = body.starts_with("http://") || body.starts_with("https://") || body.starts_with('/');
    let query = if is_address { body.split_once(['?', '#']).map_or(body, |(_, query)| query) } else { body };
    query.trim_start_matches(['?', '#', '&'])
}

fn is_error_header(name: &str) -> bool {
    const STATES: &[&str] = &[
        "suspended",
        "deactivated",
        "locked",
        "disabled",
        "blocked",
        "banned",
        "revoked",
        "expired",
        "diagnostics",
        "upgrade",
        "2fa",
        "mfa",
        "otp",
    ];
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(['-', '_']);
    let names_an_error =
        ["error", "oauth-problem", "denied", "fault", "failure", "auth-fail"].iter().any(|it| name.contains(it));
    name.starts_with("x-")
        && (names_an_error || parts.clone().any(|it| STATES.contains(&it)))
        && !parts.any(|it| it == "id" || it == "reporting" || it == "default")
}

/// What a header names is not so: `X-Account-Locked: false`.
fn is_denial(value: &str) -> bool {
    ["", "false", "0", "no", "none", "null"].iter().any(|it| value.trim().eq_ignore_ascii_case(it))
}

/// The HTTP status that a code of gRPC is mapped to.
fn status_of_grpc(code: &str) -> Option<u16> {
    match code.trim().parse::<u8>().ok()? {
        3 | 9 | 11 => Some(400),
        16 => Some(401),
        7 => Some(403),
        5 => Some(404),
        8 => Some(429),
        2 | 13 | 15 => Some(500),
        12 => Some(501),
        14 => Some(503),
        4 => Some(504),
        _ => None,
    }
}

/// `X-RateLimit-Remaining`, `RateLimit-Remaining`, `X-Rate-Limit-Remaining`, `X-Ratelimit-Remaining-Day` and the like.
fn is_remaining_header(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    plain.contains("remaining") && (plain.contains("ratelimit") || plain.contains("quota") || plain.contains("calls"))
}

fn is_nothing(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && value.parse::<f64>().is_ok_and(|left| left <= 0.0)
}

/// The part of a page where one may read on is named after whatever else is explained there.
fn without_fragments(body: &str) -> Cow<'_, str> {
    if !body.contains("://") || !body.contains('#') {
        return body.into();
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, from)) = rest.find("://").map(|at| rest.split_at(at)) {
        let end = from.find(|it: char| it.is_whitespace() || "\"'<>|)]}\\".contains(it)).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(address.split('#').next().unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// The beginning, never cut within a letter.
fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Appends text as `spaced` keeps it.
fn space(spaced: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    spaced.reserve(text.len() + 2);
    if !spaced.ends_with(' ') {
        spaced.push(' ');
    }
    for it in spaced_letters(text) {
        if it != ' ' || !spaced.ends_with(' ') {
            spaced.push(it);
        }
    }
}

/// The letters that `spaced` keeps; blanks may follow each other.
pub(crate) fn spaced_letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|it| match it {
        it if it.is_ascii_alphanumeric() => it.to_ascii_lowercase(),
        it if it.is_ascii() => ' ',
        it if it.is_alphanumeric() => it.to_lowercase().next().unwrap_or(it),
        _ => ' ',
    })
}
