//! What an answer says: its codes and where they stood, its words, and whether it speaks of success [C1, B8].

use super::plain_words;
use crate::diagnosis::redaction::of_what_was_said;

/// A code is a word or a number; longer ones are sentences.
const MAX_CODE: usize = 100;
const MAX_CODES: usize = 48;
const MAX_FIELDS: usize = 96;
/// What is held against the vocabulary.
pub(super) const MAX_WORDS: usize = 32 * 1024;

/// Where a code stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CodeField {
    /// `error`, as the standards have it.
    Error,
    /// `status`, `type`, `category`: a class of errors.
    Class,
    Code,
    /// `reason`, `suberror`, `error_subcode`: what kind of it.
    Sub,
    Challenge,
    Header,
    /// A word with an underscore in a text.
    Text,
}

/// A code as it stood, and in letters and digits alone.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) field: CodeField,
    pub(crate) text: String,
    pub(crate) plain: String,
}

/// What an answer says of the outcome, whatever the status says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) has_error: bool,
    pub(crate) is_success: bool,
    pub(crate) has_token: bool,
    pub(crate) has_authorization_code: bool,
    /// `error_description`, as the standards name the sentence of an error (RFC 6749 §5.2).
    pub(crate) has_description: bool,
    /// `expires_in`, as JSON text.
    pub(crate) expires_in: Option<String>,
    pub(crate) state: Option<String>,
    /// `active` of an introspection (RFC 7662 §2.2).
    pub(crate) is_active: Option<bool>,
    /// A status within the body.
    pub(crate) status: Option<u16>,
    /// A code that is not called an error, and names one: `IllegalAccessToken`.
    pub(super) has_failing_code: bool,
    /// A sentence beside it, as errors have; and one that refuses.
    pub(super) has_message: bool,
    pub(super) has_failing_message: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) codes: Vec<Code>,
    pub(crate) words: String,
    /// Names and values as they stood; short ones only.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) outcome: Outcome,
}

impl Said {
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        if self.fields.len() < MAX_FIELDS && value.len() <= MAX_CODE && name.len() <= MAX_CODE && !name.is_empty() {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Whether a field of that name has that value, at any depth, letter case aside.
    pub(crate) fn has_field(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(it, said)| it.eq_ignore_ascii_case(name) && said.eq_ignore_ascii_case(value))
    }

    /// Notes a code, and its words.
    pub(crate) fn code(&mut self, field: CodeField, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if text.len() <= MAX_CODE && self.codes.len() < MAX_CODES && !text.contains(char::is_whitespace) {
            let plain = plain_code(text);
            if !plain.is_empty() {
                self.codes.push(Code { field, text: text.to_owned(), plain });
            }
        } else if text.len() <= MAX_CODE && self.codes.len() < MAX_CODES && field == CodeField::Error {
            // `Access Denied`: a code with a blank in it.
            self.codes.push(Code { field, text: text.to_owned(), plain: plain_code(text) });
        }
        if text.contains(char::is_whitespace) {
            self.codes_within(text);
        }
        // What every server says tells nothing in its words; the code itself is looked at.
        if !is_standard(text) {
            self.words_of(text);
        }
    }

    /// The code of a standard with which a sentence begins, `insufficient_scope: …`, and those of an answer within it:
    /// `oauth_problem="timestamp_refused"`, `{"error": "invalid_grant"}`.
    pub(super) fn codes_within(&mut self, sentence: &str) {
        if self.codes.len() >= MAX_CODES || !sentence.contains('_') {
            return;
        }
        let start = leading_code(sentence);
        if STANDARD.contains(&start) && sentence[start.len()..].trim_start().starts_with([':', '-', '(', ',', '.']) {
            self.codes.push(Code { field: CodeField::Sub, text: start.to_owned(), plain: plain_code(start) });
        }
        for name in ["oauth_problem", "error"] {
            for (at, _) in sentence.match_indices(name).take(4) {
                const QUOTES: [char; 4] = [' ', '"', '\'', '\\'];
                let is_whole = !sentence[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
                let rest = sentence[at + name.len()..].trim_start_matches(QUOTES);
                let Some(value) = rest.strip_prefix([':', '=']).filter(|_| is_whole) else { continue };
                let code = leading_code(value.trim_start_matches(QUOTES));
                if code.contains('_') && code.len() <= MAX_CODE && self.codes.len() < MAX_CODES {
                    self.codes.push(Code { field: CodeField::Sub, text: code.to_owned(), plain: plain_code(code) });
                }
            }
        }
    }

    /// The code of a standard after which an exception is named: `OA2InvalidGrantException:http://internal/`.
    pub(super) fn code_of_an_exception(&mut self, name: &str) {
        let name = name.split(':').next().unwrap_or_default().trim();
        let Some(name) = name.strip_suffix("Exception").or_else(|| name.strip_suffix("Error")) else { return };
        let plain = plain_code(name);
        if let Some(code) = STANDARD.iter().find(|it| plain.ends_with(&plain_code(it))) {
            self.codes.push(Code { field: CodeField::Header, text: (*code).to_owned(), plain: plain_code(code) });
        }
    }

    pub(crate) fn words_of(&mut self, text: &str) {
        if self.words.len() < MAX_WORDS {
            let text = super::cut(text, MAX_WORDS);
            plain_words::append(&mut self.words, &without_empty_fields(&of_what_was_said(text)));
        }
    }

    /// The code that is shown: the most standard place first.
    pub(crate) fn shown_code(&self) -> Option<&str> {
        self.codes.iter().min_by_key(|it| it.field).map(|it| it.text.as_str())
    }
}

/// Codes with which a server begins its sentence (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, OpenID Connect Core §3.1.2.6,
/// RFC 8707 §2).
const STANDARD: [&str; 16] = [
    "invalid_grant",
    "invalid_client",
    "invalid_token",
    "invalid_scope",
    "invalid_request",
    "insufficient_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "temporarily_unavailable",
    "consent_required",
    "login_required",
    "interaction_required",
    "redirect_uri_mismatch",
    "invalid_target",
];

/// Small letters and underscores, as far as the text begins with them.
fn leading_code(text: &str) -> &str {
    let end = text.find(|it: char| !(it.is_ascii_lowercase() || it == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The name of a scope in several parts, `user:profile:read`, whose parts say nothing of the case.
fn is_scope_name(word: &str) -> bool {
    let name = word.trim_matches(|it: char| !it.is_ascii_alphanumeric());
    name.matches(':').count() >= 2
        && ["read", "write", "admin", "manage", "delete", "all"].contains(&name.rsplit(':').next().unwrap_or_default())
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || b":_-.".contains(&it))
}

/// Letters and digits in lower case.
pub(crate) fn plain_code(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a program prints of fields that hold nothing, and whose realm it is: `redirectUri='null'`, `realm="api"`.
fn without_empty_fields(text: &str) -> std::borrow::Cow<'_, str> {
    let is_empty = |word: &str| {
        word.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim_matches(|it: char| "'\",;)}]".contains(it));
            name.ends_with("realm") || ["null", "None", "nil", "undefined"].contains(&value)
        })
    };
    // Azure DevOps and others name nobody where nobody is signed in.
    if let Some(name) = ["user ''", "user \"\""].iter().find(|it| text.contains(**it)) {
        return text.replace(name, "unauthenticated session").into();
    }
    let is_empty = |word: &str| is_empty(word) || is_scope_name(word);
    if !text.contains(['=', ':']) || !text.split([' ', ',']).any(is_empty) {
        return text.into();
    }
    text.split([' ', ',']).filter(|it| !is_empty(it)).collect::<Vec<_>>().join(" ").into()
}

/// The codes of the standards whose words would be taken for what is wrong.
fn is_standard(text: &str) -> bool {
    [
        "invalid_grant",
        "invalid_request",
        "invalid_client",
        "invalid_token",
        "invalid_scope",
        "unauthorized_client",
        "access_denied",
        "unauthorized",
        "forbidden",
        "invalid_argument",
        "failed_precondition",
        "bad_request",
        "badrequest",
    ]
    .iter()
    .any(|it| text.eq_ignore_ascii_case(it))
}
