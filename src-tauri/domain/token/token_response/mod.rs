//! Reads a token answer: odd expiries, 200s that are errors, and a refresh token that survives
//! any other bad field [B7, B8, S059, S060, S061, S062, S063].

mod lifetime;
mod names;
mod scopes;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use self::lifetime::{read_expiry, read_refresh_end};
pub use self::names::hold_refresh_token;
use self::scopes::{as_written_here, read_scopes};
use super::{Expiry, TokenDefect};
use crate::provider::TokenAnswerShape;
use crate::{Fingerprint, Secret};

/// RFC 6749 sets no limit; 64 KiB holds the largest tokens seen, with room.
const MAX_TOKEN_LENGTH: usize = 64 * 1024;
/// A refresh token travels in no header, and a rotated one exists nowhere else: taken up to half of the largest answer,
/// which the keychain holds in parts.
const MAX_REFRESH_TOKEN_LENGTH: usize = 512 * 1024;

/// Drawn by lot, a token is no shorter; three dots in a row may stand in a longer one.
const SHORTEST_OPAQUE: usize = 16;

/// When an answer was asked for, and by which clock.
#[derive(Debug, Clone, Copy)]
pub struct AnswerTimes {
    /// When the request departed: a lifetime is counted from there, so that it never ends later than the server means.
    pub asked_at: Timestamp,
    /// Our clock minus the server's in milliseconds, where it is known: an `exp` is a moment of the server's clock [B9].
    pub clock_ahead_ms: Option<i64>,
}

impl From<Timestamp> for AnswerTimes {
    fn from(asked_at: Timestamp) -> Self {
        Self { asked_at, clock_ahead_ms: None }
    }
}

/// The top level of an answer, as the wire gave it: fields in order, possibly repeated.
pub struct AnswerFields {
    pub fields: Vec<(String, Value)>,
    /// The content type did not say what the body is.
    pub has_wrong_content_type: bool,
    /// It was read to its end: nothing of it is missing.
    pub is_whole: bool,
}

/// What a readable token answer said.
#[derive(Debug)]
pub enum TokenAnswer {
    Issued(Box<IssuedTokens>),
    /// An error, whatever the status said [B8].
    Refused {
        code: String,
        description: Option<String>,
    },
    /// Neither tokens nor an error.
    Nothing,
}

/// The tokens of one answer.
#[derive(Debug)]
pub struct IssuedTokens {
    /// Absent when it came in a form that no header may carry.
    pub access_token: Option<Secret>,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    pub expiry: Expiry,
    pub refresh_token_ends_at: Option<Timestamp>,
    /// `None` when the answer named none.
    pub scopes: Option<Vec<String>>,
    /// `token_type` is `DPoP`: the access token works only with proofs of its key (RFC 9449 §5).
    pub is_key_bound: bool,
    pub kept_fields: Vec<(String, String)>,
    pub defects: Vec<TokenDefect>,
    /// Other refresh tokens that came, and were left: which of them is this grant's, only the provider knows.
    pub left_refresh_tokens: Vec<Fingerprint>,
}

impl IssuedTokens {
    /// A refresh token that came with nothing usable.
    fn only_refresh(refresh_token: Secret) -> Self {
        Self {
            access_token: None,
            refresh_token: Some(refresh_token),
            id_token: None,
            expiry: Expiry::Unknown,
            refresh_token_ends_at: None,
            scopes: None,
            is_key_bound: false,
            kept_fields: vec![],
            defects: vec![],
            left_refresh_tokens: vec![],
        }
    }
}

/// Reads one answer.
pub fn read(
    answer: &AnswerFields,
    shape: &TokenAnswerShape,
    separator: char,
    times: impl Into<AnswerTimes>,
) -> TokenAnswer {
    let times = times.into();
    let Some((named, has_odd_names)) = names::by_standard(&answer.fields) else { return TokenAnswer::Nothing };
    let whole = Value::Object(named.into_iter().collect());

    let refused = error_in(&whole);
    let location = shape.locations.iter().filter_map(|pointer| whole.pointer(pointer)).find(|it| holds_tokens(it));
    if let Some(refused) = refused {
        // A refresh token beside an error may be the only one that still works: kept, and nothing else used.
        return match location.and_then(|at| at.get("refresh_token")).and_then(as_refresh_token) {
            Some(token) => TokenAnswer::Issued(Box::new(IssuedTokens::only_refresh(Secret::new(token)))),
            None => refused,
        };
    }

    let Some(at) = location else {
        return TokenAnswer::Nothing;
    };

    let mut defects = Vec::new();
    if answer.has_wrong_content_type {
        defects.push(TokenDefect::WrongContentType);
    }
    if has_odd_names {
        defects.push(TokenDefect::OddFieldNames);
    }
    let mut names = HashSet::new();
    if !answer.fields.iter().all(|(name, _)| names.insert(name)) {
        defects.push(TokenDefect::DuplicateField);
    }

    let has_usable_type = check_token_type(at.get("token_type"), &mut defects);
    let access_token = at.get("access_token").and_then(as_token);
    let expiry = read_expiry(at.get("expires_in"), access_token.as_ref(), shape, times, &mut defects);

    TokenAnswer::Issued(Box::new(IssuedTokens {
        access_token: access_token.filter(|_| has_usable_type).map(Secret::new),
        refresh_token: read_refresh_token(at.get("refresh_token"), &mut defects),
        id_token: read_id_token(at.get("id_token").or_else(|| whole.get("id_token")), &mut defects),
        expiry,
        refresh_token_ends_at: read_refresh_end(at, times.asked_at),
        // Bitbucket says "scopes".
        scopes: read_scopes(at.get("scope").or_else(|| at.get("scopes")), separator, &mut defects)
            .map(|scopes| as_written_here(scopes, at.get("token_type"), shape)),
        is_key_bound: is_key_bound(at.get("token_type")),
        kept_fields: shape
            .kept_fields
            .iter()
            .filter_map(|(name, pointer)| Some((name.clone(), whole.pointer(pointer)?.as_str()?.to_owned())))
            .collect(),
        defects,
        left_refresh_tokens: vec![],
    }))
}

/// Reads an answer that is wrapped in something: a list, another object, a page. `objects` are all that stand in it, as
/// the wire gave them. Nothing is taken where they hold two different tokens, or where a part is missing in which the
/// refresh token may have stood [S059]. What is an echo of the request (`sent`), or an example, is no token of it.
pub fn read_wrapped(
    objects: &[AnswerFields],
    shape: &TokenAnswerShape,
    separator: char,
    times: impl Into<AnswerTimes>,
    sent: Option<&Secret>,
) -> TokenAnswer {
    let times = times.into();
    let shape = TokenAnswerShape { locations: vec![String::new()], ..shape.clone() };
    let mut found: Vec<Box<IssuedTokens>> = Vec::new();
    for object in objects {
        let TokenAnswer::Issued(tokens) = read(object, &shape, separator, times) else { continue };
        if !object.is_whole && tokens.refresh_token.is_none() {
            return TokenAnswer::Nothing;
        }
        if ![&tokens.refresh_token, &tokens.access_token].into_iter().flatten().any(is_placeholder) {
            found.push(tokens);
        }
    }
    let is_echo = |it: &IssuedTokens| it.access_token.is_none() && is_sent(it.refresh_token.as_ref(), sent);
    if !found.iter().all(|it| is_echo(it)) {
        found.retain(|it| !is_echo(it));
    }
    let is_one = |of: fn(&IssuedTokens) -> &Option<Secret>| {
        let mut all = found.iter().filter_map(|it| of(it).as_ref()).map(Secret::fingerprint);
        all.next().is_none_or(|first| all.all(|it| it == first))
    };
    if !is_one(|it| &it.refresh_token) || !is_one(|it| &it.access_token) {
        return TokenAnswer::Nothing;
    }
    let fullest = found.into_iter().min_by_key(|it| (it.refresh_token.is_none(), it.access_token.is_none()));
    fullest.map_or(TokenAnswer::Nothing, |mut tokens| {
        tokens.defects.push(TokenDefect::OddEnvelope);
        TokenAnswer::Issued(tokens)
    })
}

/// The refresh tokens at every place where this provider's answers have some: those of a second party are no surprise.
pub fn expected_refresh_tokens(answer: &AnswerFields, shape: &TokenAnswerShape) -> Vec<Fingerprint> {
    let Some((named, _)) = names::by_standard(&answer.fields) else { return vec![] };
    let whole = Value::Object(named.into_iter().collect());
    let places = shape.locations.iter().filter_map(|pointer| whole.pointer(pointer));
    let tokens = places.filter_map(|it| it.get("refresh_token").and_then(as_refresh_token));
    tokens.map(|it| Secret::new(it).fingerprint()).collect()
}

/// The refresh tokens in an answer that is an error or nothing at all, other than the one that was sent: what can be told of
/// them is that they came.
pub fn refresh_tokens_in(objects: &[AnswerFields], sent: Option<&Secret>) -> Vec<Secret> {
    let named = objects.iter().filter_map(|it| names::by_standard(&it.fields)).flat_map(|(named, _)| named);
    let tokens = named.filter(|(name, _)| name == "refresh_token").filter_map(|(_, value)| as_refresh_token(&value));
    tokens.map(Secret::new).filter(|it| !is_placeholder(it) && !is_sent(Some(it), sent)).collect()
}

/// Takes up a refresh token that stands in an object of its own beside the access token. One that came with another access
/// token is another grant's (Slack's `authed_user`) and is left; where there are two to choose from, neither is taken. What
/// is left is said, unless it stands where it is `expected` [S059]. `sent`: the one that was sent, which an echo of the
/// request repeats.
pub fn take_up_nested(
    tokens: &mut IssuedTokens,
    objects: &[AnswerFields],
    times: impl Into<AnswerTimes>,
    sent: Option<&Secret>,
    expected: &[Fingerprint],
) {
    let asked_at = times.into().asked_at;
    let (mut own, mut left): (Vec<(Secret, Option<Timestamp>)>, Vec<Fingerprint>) = (vec![], vec![]);
    for object in objects {
        let Some((named, _)) = names::by_standard(&object.fields) else { continue };
        let ends_at = read_refresh_end(&Value::Object(named.iter().cloned().collect()), asked_at);
        let is_of_another = named.iter().filter(|(name, _)| name == "access_token").any(|(_, value)| {
            as_token(value).is_some_and(|other| tokens.access_token.as_ref().is_none_or(|it| !it.is_same_as(&other)))
        });
        // One name may stand there twice.
        for (_, value) in named.iter().filter(|(name, _)| name == "refresh_token") {
            let Some(token) = as_refresh_token(value).map(Secret::new) else { continue };
            let fingerprint = token.fingerprint();
            // What is stored stays: an echo of it is nothing new.
            if is_placeholder(&token) || is_sent(Some(&token), sent) || left.contains(&fingerprint) {
                continue;
            }
            left.push(fingerprint);
            if !is_of_another {
                own.push((token, ends_at));
            }
        }
    }
    let is_unread = tokens.refresh_token.is_none() && !tokens.defects.contains(&TokenDefect::RefreshTokenUnusable);
    if is_unread && own.len() > 1 {
        tokens.defects.push(TokenDefect::RefreshTokenUnclear);
    } else if is_unread && let Some((token, ends_at)) = own.pop() {
        (tokens.refresh_token, tokens.refresh_token_ends_at) = (Some(token), ends_at);
        tokens.defects.push(TokenDefect::OddEnvelope);
    }
    let kept = tokens.refresh_token.as_ref().map(Secret::fingerprint);
    left.retain(|it| Some(it) != kept.as_ref() && !expected.contains(it));
    if !left.is_empty() && !tokens.defects.contains(&TokenDefect::RefreshTokenUnclear) {
        tokens.defects.push(TokenDefect::OtherRefreshToken);
    }
    tokens.left_refresh_tokens = left;
}

/// Flags what seems to be another refresh token, and cannot be read for sure.
pub fn note_unread(tokens: &mut IssuedTokens, hinted: &[Secret]) {
    for fingerprint in hinted.iter().map(Secret::fingerprint) {
        if !tokens.left_refresh_tokens.contains(&fingerprint) {
            tokens.left_refresh_tokens.push(fingerprint);
        }
    }
    let defect =
        if tokens.refresh_token.is_none() { TokenDefect::RefreshTokenUnclear } else { TokenDefect::OtherRefreshToken };
    if !hinted.is_empty() && !tokens.defects.contains(&defect) {
        tokens.defects.push(defect);
    }
}

fn is_sent(token: Option<&Secret>, sent: Option<&Secret>) -> bool {
    token.zip(sent).is_some_and(|(it, sent)| it.fingerprint() == sent.fingerprint())
}

/// The tokens of the standards' own examples, which documentation repeats: RFC 6749 §5.1, RFC 6750 §2.1, RFC 9068,
/// OpenID Connect Core 1.0 §3.1.3.3.
const EXAMPLES: [&str; 5] =
    ["2YotnFZFEjr1zCsicMWpAA", "tGzv3JOkF0XG5Qx2TlKWIA", "mF_9.B5f-4.1JqM", "SlAV32hkKG", "8xLOxBtZp8"];
/// What is said of a token in its place, in pages, redirects and masked echoes.
const WORDS: [&str; 21] = [
    "expired",
    "invalid",
    "missing",
    "revoked",
    "required",
    "empty",
    "none",
    "null",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "string",
    "secret",
    "filtered",
    "redacted",
    "hidden",
    "unknown",
    "0",
    "1",
];

/// Whether an example stands where a token would: `YOUR_REFRESH_TOKEN`, `<token>`, `{{ refresh_token }}`, `...`, `***`,
/// `[FILTERED]`, `xxxxxxxx`, that of a standard; or a word about it: `expired`.
#[expect(clippy::disallowed_methods, reason = "looked at, and never handed on")]
fn is_placeholder(token: &Secret) -> bool {
    let text = token.expose_secret().to_ascii_lowercase();
    let is_named =
        text.contains("token") && text.bytes().all(|it| it.is_ascii_lowercase() || b"_- <>{}[]$%".contains(&it));
    let is_marked = ["{{", "${", "<", "your_", "your-"].iter().any(|it| text.starts_with(it));
    let is_cut = text.ends_with("...") || text.len() < SHORTEST_OPAQUE && text.contains("...");
    let is_word = WORDS.contains(&text.trim_matches(|it: char| !it.is_ascii_alphanumeric()));
    let is_filled = text.len() > 3 && text.bytes().all(|it| Some(&it) == text.as_bytes().first());
    let is_example = is_word || is_filled || EXAMPLES.contains(&token.expose_secret());
    is_named
        || is_marked
        || is_cut
        || is_example
        || text.contains("***")
        || !text.bytes().any(|it| it.is_ascii_alphanumeric())
}

/// An `error`, or a flag that says the call failed [B8, S063].
fn error_in(whole: &Value) -> Option<TokenAnswer> {
    let code = match whole.get("error") {
        Some(Value::String(code)) if !code.is_empty() => code.clone(),
        Some(Value::Object(nested)) => nested
            .get("code")
            .or_else(|| nested.get("type"))
            .map_or_else(|| "error".to_owned(), |code| code.as_str().map_or_else(|| code.to_string(), str::to_owned)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
            if whole.get("ok") != Some(&Value::Bool(false)) {
                return None;
            }
            "not_ok".to_owned()
        }
    };
    let description = whole
        .get("error_description")
        .or_else(|| whole.pointer("/error/message"))
        .or_else(|| whole.get("message"))
        .and_then(Value::as_str)
        .map(str::to_owned);

    Some(TokenAnswer::Refused { code, description })
}

/// Beside an access token whatever is called a refresh token is one; by itself only what may be one.
fn holds_tokens(value: &Value) -> bool {
    let by_itself = || value.get("refresh_token").and_then(as_refresh_token).map(Secret::new);
    value.get("access_token").and_then(as_token).is_some() || by_itself().is_some_and(|it| !is_placeholder(&it))
}

/// One that cannot be used is the provider's defect: without a word it would look as if none had come [B10].
fn read_refresh_token(value: Option<&Value>, defects: &mut Vec<TokenDefect>) -> Option<Secret> {
    let value =
        value.filter(|value| !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some(""))?;
    let token = as_refresh_token(value);
    if token.is_none() {
        defects.push(TokenDefect::RefreshTokenUnusable);
    }
    token.map(Secret::new)
}

/// One that cannot be read says nothing of whose the tokens are, and that is said [S101].
fn read_id_token(value: Option<&Value>, defects: &mut Vec<TokenDefect>) -> Option<Secret> {
    let value = value.filter(|value| !value.is_null() && value.as_str() != Some(""))?;
    let token = as_token(value);
    if token.is_none() {
        defects.push(TokenDefect::IdTokenUnusable);
    }
    token.map(Secret::new)
}

/// A token is 1*VSCHAR (RFC 6749 appendix A.12): anything else could forge a header [S061].
fn as_token(value: &Value) -> Option<String> {
    visible_text(value, MAX_TOKEN_LENGTH)
}

fn as_refresh_token(value: &Value) -> Option<String> {
    visible_text(value, MAX_REFRESH_TOKEN_LENGTH)
}

fn visible_text(value: &Value, longest: usize) -> Option<String> {
    let text = value.as_str()?;
    let is_visible = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    (!text.is_empty() && text.len() <= longest && is_visible).then(|| text.to_owned())
}

/// Bearer in any letter case; a missing type is lived with; another kind cannot be used [S062].
fn check_token_type(value: Option<&Value>, defects: &mut Vec<TokenDefect>) -> bool {
    match value {
        None | Some(Value::Null) => {
            defects.push(TokenDefect::TokenTypeMissing);
            true
        }
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => true,
        Some(_) if is_key_bound(value) => true,
        // Slack says what the token belongs to instead of how it is carried.
        Some(Value::String(kind)) if ["bot", "user"].contains(&kind.as_str()) => true,
        Some(_) => {
            defects.push(TokenDefect::TokenTypeOdd);
            false
        }
    }
}

/// RFC 9449 §5, in any letter case (RFC 6749 §7.1).
fn is_key_bound(value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("dpop"))
}
