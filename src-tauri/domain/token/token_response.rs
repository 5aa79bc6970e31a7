//! Reads a token answer: odd expiries, 200s that are errors, and a refresh token that survives
//! any other bad field [B7, B8, S059, S060, S061, S062, S063].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Expiry, TokenDefect};
use crate::Secret;
use crate::provider::{MissingExpiry, TokenAnswerShape};

/// Ten years: longer than any token is meant to live, short enough for every clock.
const ABSURD_SECONDS: f64 = 10.0 * 365.25 * 86_400.0;
/// RFC 6749 sets no limit; 64 KiB holds the largest tokens seen, with room.
const MAX_TOKEN_LENGTH: usize = 64 * 1024;
/// A refresh token travels in no header, and a rotated one exists nowhere else: taken up to half of the largest answer,
/// which the keychain holds in parts.
const MAX_REFRESH_TOKEN_LENGTH: usize = 512 * 1024;

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
}

/// No provider has a thousand scopes.
const MAX_SCOPES: usize = 1000;

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
    let whole = Value::Object(answer.fields.iter().cloned().collect());

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
    let is_repeated = |(index, (name, _)): (usize, &(String, Value))| {
        answer.fields[..index].iter().any(|(earlier, _)| earlier == name)
    };
    if answer.fields.iter().enumerate().any(is_repeated) {
        defects.push(TokenDefect::DuplicateField);
    }

    let has_usable_type = check_token_type(at.get("token_type"), &mut defects);
    let access_token = at.get("access_token").and_then(as_token);
    let expiry = read_expiry(at.get("expires_in"), access_token.as_ref(), shape, times, &mut defects);

    TokenAnswer::Issued(Box::new(IssuedTokens {
        access_token: access_token.filter(|_| has_usable_type).map(Secret::new),
        refresh_token: read_refresh_token(at.get("refresh_token"), &mut defects),
        id_token: at.get("id_token").or_else(|| whole.get("id_token")).and_then(as_token).map(Secret::new),
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
    }))
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

fn holds_tokens(value: &Value) -> bool {
    value.get("access_token").and_then(as_token).is_some()
        || value.get("refresh_token").and_then(as_refresh_token).is_some()
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

/// Every form `expires_in` was ever seen in, one stated rule each [B7].
fn read_expiry(
    value: Option<&Value>,
    access_token: Option<&String>,
    shape: &TokenAnswerShape,
    times: AnswerTimes,
    defects: &mut Vec<TokenDefect>,
) -> Expiry {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return match access_token.and_then(|token| seconds_left_in_jwt(token, times)) {
            Some(seconds) => ends_after(seconds, times, defects),
            None => match shape.missing_expiry {
                MissingExpiry::Unknown => Expiry::Unknown,
                MissingExpiry::Never => Expiry::Never,
            },
        };
    };
    if value.is_string() {
        defects.push(TokenDefect::ExpiresInIsText);
    }
    let Some(seconds) = number(value) else {
        defects.push(TokenDefect::ExpiresInIsNotANumber);
        return Expiry::Unknown;
    };
    if seconds == 0.0 && shape.missing_expiry == MissingExpiry::Never {
        return Expiry::Never;
    }
    if is_milliseconds(seconds, shape.usual_lifetime) {
        defects.push(TokenDefect::ExpiresInIsMilliseconds);
        return ends_after(seconds / 1000.0, times, defects);
    }
    ends_after(seconds, times, defects)
}

/// Nothing, less than nothing and more than ten years are no lifetimes: the token is used, and its end is unknown.
fn ends_after(seconds: f64, times: AnswerTimes, defects: &mut Vec<TokenDefect>) -> Expiry {
    let defect = if seconds == 0.0 {
        TokenDefect::ExpiresInIsZero
    } else if seconds < 0.0 {
        TokenDefect::ExpiresInIsNegative
    } else if seconds > ABSURD_SECONDS {
        TokenDefect::ExpiresInIsAbsurd
    } else {
        return after(times.asked_at, seconds).map_or(Expiry::Unknown, Expiry::At);
    };
    defects.push(defect);
    Expiry::Unknown
}

/// A number, or one written as text; never one that is not finite.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|it| it.is_finite())
}

/// Milliseconds are believed where seconds would make a lifetime nobody gives: a thousand times the
/// usual one, or over a week, not whole days, and a round number of minutes once divided.
fn is_milliseconds(value: f64, usual: Option<Duration>) -> bool {
    if let Some(usual) = usual {
        let ratio = value / usual.as_secs_f64();
        if (ratio - 1000.0).abs() < 100.0 {
            return true;
        }
        if ratio < 100.0 {
            return false;
        }
    }
    let divided = value / 1000.0;
    let is_usual_span = (60.0..=86_400.0).contains(&divided) && divided % 60.0 == 0.0;
    let is_whole_days = value % 86_400.0 == 0.0 && value <= 400.0 * 86_400.0;
    value > 7.0 * 86_400.0 && is_usual_span && !is_whole_days
}

/// How long the refresh token itself lives: the spellings in use, the last of them Intuit's.
fn read_refresh_end(at: &Value, asked_at: Timestamp) -> Option<Timestamp> {
    let seconds = ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"]
        .iter()
        .find_map(|name| number(at.get(name)?))?;
    (seconds > 0.0 && seconds <= ABSURD_SECONDS).then(|| after(asked_at, seconds)).flatten()
}

/// Scopes of a token of the second kind stand here with their prefix.
fn as_written_here(mut scopes: Vec<String>, token_type: Option<&Value>, shape: &TokenAnswerShape) -> Vec<String> {
    let kind = token_type.and_then(Value::as_str);
    if let Some(apart) = shape.apart.as_ref().filter(|apart| kind == Some(apart.token_type.as_str())) {
        scopes.iter_mut().for_each(|scope| scope.insert_str(0, &apart.prefix));
    }
    scopes
}

fn read_scopes(value: Option<&Value>, separator: char, defects: &mut Vec<TokenDefect>) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = match value? {
        Value::String(text) => {
            text.split([separator, ' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
        }
        Value::Array(items) => {
            defects.push(TokenDefect::ScopeIsAList);
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    scopes.truncate(MAX_SCOPES);
    let mut seen = Vec::new();
    scopes.retain(|scope| {
        let is_new = !seen.contains(scope);
        seen.push(scope.clone());
        is_new
    });
    Some(scopes)
}

/// What is left by the `exp` of an access token that happens to be a JWT (RFC 9068); read, not trusted for anything else.
///
/// `exp` is a moment of the server's clock and is taken over with the measured difference. Where that is unknown, the
/// token's own life (`exp` minus `iat`) stands against it, and the shorter of the two counts.
fn seconds_left_in_jwt(token: &str, times: AnswerTimes) -> Option<f64> {
    use base64::Engine as _;

    let mut parts = token.split('.');
    let (_, claims, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    let exp = number(claims.get("exp")?)?;

    let asked_at = times.asked_at.as_millisecond() as f64 / 1000.0;
    let left = exp - asked_at;
    Some(match times.clock_ahead_ms {
        Some(ahead_ms) => left + ahead_ms as f64 / 1000.0,
        None => claims
            .get("iat")
            .and_then(number)
            .map(|iat| exp - iat)
            .filter(|life| *life > 0.0)
            .map_or(left, |life| left.min(life)),
    })
}

fn after(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    now.checked_add(Duration::try_from_secs_f64(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;
    use serde_json::json;

    /// B7, S060: each odd form has its rule and its flag; no flag where there is no defect.
    #[test]
    fn every_odd_expires_in_has_its_rule() {
        use TokenDefect as D;

        let hour = Expiry::At(at_minute(60));
        let after_ms = |ms| Expiry::At(at_minute(0) + Duration::from_millis(ms));
        let cases = [
            (json!(3600), hour, vec![]),
            (json!(3600.0), hour, vec![]),
            (json!(3600.9), after_ms(3_600_900), vec![]),
            (json!(3.6e3), hour, vec![]),
            (json!(1), after_ms(1_000), vec![]),
            (json!(0.001), after_ms(1), vec![]),
            (json!(315_576_000), Expiry::At(at_minute(315_576_000 / 60)), vec![]),
            (json!("3600"), hour, vec![D::ExpiresInIsText]),
            (json!(" 3600 "), hour, vec![D::ExpiresInIsText]),
            (json!("3600.5"), after_ms(3_600_500), vec![D::ExpiresInIsText]),
            (json!(3_600_000), hour, vec![D::ExpiresInIsMilliseconds]),
            (json!("3600000"), hour, vec![D::ExpiresInIsText, D::ExpiresInIsMilliseconds]),
            (json!(0), Expiry::Unknown, vec![D::ExpiresInIsZero]),
            (json!(-0.0), Expiry::Unknown, vec![D::ExpiresInIsZero]),
            (json!("0"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsZero]),
            (json!(-1), Expiry::Unknown, vec![D::ExpiresInIsNegative]),
            (json!("-3600"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNegative]),
            (json!(i64::MIN), Expiry::Unknown, vec![D::ExpiresInIsNegative]),
            (json!(315_576_001), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
            (json!(1e30), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
            (json!(f64::MAX), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
            (json!(u64::MAX), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
            (json!("1e30"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsAbsurd]),
            (json!("1e999"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
            (json!("soon"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
            (json!(""), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
            (json!("NaN"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
            (json!("inf"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
            (json!([3600]), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
            (json!({ "s": 3600 }), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
            (json!(true), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
            (json!(null), Expiry::Unknown, vec![]),
        ];

        for (expires_in, expected, defects) in cases {
            let tokens = issued(&json!({ "access_token": "a", "token_type": "bearer", "expires_in": expires_in }));

            assert_eq!(tokens.expiry, expected, "expires_in {expires_in}");
            assert_eq!(tokens.defects, defects, "expires_in {expires_in}");
            assert!(tokens.access_token.is_some(), "whatever its end, the token is used");
            refreshes_at_most_once_a_minute(tokens, &format!("expires_in {expires_in}"));
        }
        let absent = issued(&json!({ "access_token": "a", "token_type": "bearer" }));
        assert_eq!((absent.expiry, absent.defects), (Expiry::Unknown, vec![]), "RFC 6749 only recommends it");
    }

    /// S060: by whatever answer, the next refresh that comes by itself is a minute away at least.
    fn refreshes_at_most_once_a_minute(tokens: IssuedTokens, what: &str) {
        let facts = crate::token::TokenBundle {
            version: crate::TokenVersion(1),
            access_token: tokens.access_token,
            refresh_token: Some(Secret::new("r")),
            issued_at: at_minute(0),
            expiry: tokens.expiry,
            refresh_token_ends_at: tokens.refresh_token_ends_at,
            granted_scopes: vec![],
            defects: vec![],
        }
        .facts();
        let mut connection = crate::test_values::connection();
        connection.token = Some(facts.clone());
        connection.refresh_token_ends_at = tokens.refresh_token_ends_at;
        let policy = crate::test_values::durable_policy();
        let keep_alive = crate::lifecycle::breakage_forecast::forecast(&connection, &policy, &[]).keep_alive_at;
        for spread in [0.0, 0.5, 1.0] {
            let due = crate::lifecycle::refresh_time::refresh_at(&facts, spread);
            for at in due.into_iter().chain(keep_alive) {
                assert!(at >= at_minute(1), "{what}: refreshed again at {at}");
            }
        }
    }

    /// S060: also for every length of life there is.
    #[test]
    fn no_lifetime_makes_a_loop() {
        for seconds in (1..1_000).chain((1..10_000).map(|it| it * 31_541)) {
            let answer = json!({ "access_token": "a", "expires_in": seconds, "refresh_token_expires_in": seconds });
            refreshes_at_most_once_a_minute(issued(&answer), &format!("{seconds} s"));
        }
        let odd_only = issued(&json!({ "refresh_token": "r", "access_token": "a\u{0}" }));
        refreshes_at_most_once_a_minute(odd_only, "no usable token");
    }

    /// B7, B9: an `exp` is a moment of the server's clock.
    #[test]
    fn the_end_inside_a_jwt_is_moved_to_our_clock() {
        use base64::Engine as _;

        let asked = at_minute(0).as_second();
        let read_jwt = |claims: Value, clock_ahead_ms: Option<i64>| {
            let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
            let answer = json!({ "access_token": format!("e30.{claims}.c2ln"), "token_type": "bearer" });
            let times = AnswerTimes { asked_at: at_minute(0), clock_ahead_ms };
            match token_response(&answer, times) {
                TokenAnswer::Issued(tokens) => (tokens.expiry, tokens.defects),
                other @ (TokenAnswer::Refused { .. } | TokenAnswer::Nothing) => panic!("{other:?}"),
            }
        };
        let at = |minute| (Expiry::At(at_minute(minute)), vec![]);
        let in_an_hour = json!({ "exp": asked + 3600, "iat": asked });

        assert_eq!(read_jwt(in_an_hour.clone(), None), at(60));
        assert_eq!(read_jwt(in_an_hour.clone(), Some(600_000)), at(70), "ours is ahead: it shows more at the end");
        assert_eq!(read_jwt(in_an_hour, Some(-600_000)), at(50));
        let by_a_clock_ahead_of_ours = json!({ "exp": asked + 7200, "iat": asked + 3600 });
        assert_eq!(read_jwt(by_a_clock_ahead_of_ours, None), at(60), "unmeasured, its own life is the bound");
        assert_eq!(read_jwt(json!({ "exp": asked + 1800, "iat": asked - 1800 }), None), at(30), "issued earlier");
        assert_eq!(read_jwt(json!({ "exp": (asked + 60).to_string() }), None), at(1), "as text");
        assert_eq!(read_jwt(json!({ "exp": asked - 1 }), None).1, [TokenDefect::ExpiresInIsNegative]);
        assert_eq!(read_jwt(json!({ "exp": 1e300 }), None).1, [TokenDefect::ExpiresInIsAbsurd]);
        for unreadable in [json!({}), json!({ "exp": "soon" }), json!([]), json!({ "exp": null })] {
            assert_eq!(read_jwt(unreadable, None), (Expiry::Unknown, vec![]));
        }
    }

    /// B11: the spellings in use, and what none of them may do.
    #[test]
    fn the_refresh_tokens_own_end_is_read_in_every_spelling() {
        for name in ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"] {
            let end_by = |value: Value| issued(&json!({ "access_token": "a", name: value })).refresh_token_ends_at;

            assert_eq!(end_by(json!(3600)), Some(at_minute(60)));
            assert_eq!(end_by(json!("3600")), Some(at_minute(60)));
            for nonsense in [json!(0), json!(-1), json!("NaN"), json!(1e30), json!([1]), json!(null)] {
                assert_eq!(end_by(nonsense.clone()), None, "{name}: {nonsense} says nothing");
            }
        }
    }

    /// B7: sixty days in seconds are sixty days, for providers that mean it.
    #[test]
    fn long_lifetimes_in_whole_days_are_not_taken_for_milliseconds() {
        for days in [30_u64, 60, 90, 365] {
            let tokens = issued(&json!({ "access_token": "a", "token_type": "Bearer", "expires_in": days * 86_400 }));

            assert_eq!(tokens.expiry, Expiry::At(at_minute(i64::try_from(days).unwrap() * 24 * 60)));
        }
    }

    /// S059, F10: the rotated refresh token outlives every other bad field.
    #[test]
    fn a_refresh_token_survives_any_other_bad_field() {
        let answers = [
            json!({ "refresh_token": "r" }),
            json!({ "refresh_token": "r", "access_token": "a\r\nX-Evil: 1", "token_type": "bearer" }),
            json!({ "refresh_token": "r", "access_token": 7, "expires_in": {} }),
            json!({ "refresh_token": "r", "access_token": "a", "token_type": ["bearer"] }),
            json!({ "refresh_token": "r", "access_token": "a", "token_type": "mac", "scope": 3 }),
            json!({ "refresh_token": "r", "access_token": "", "expires_in": "NaN", "scope": ["a"] }),
        ];

        for answer in answers {
            let tokens = issued(&answer);

            assert!(tokens.refresh_token.as_ref().is_some_and(|it| it.is_same_as("r")), "kept from {answer}");
        }
    }

    /// S059, B10: what is long is kept; what cannot be is not taken for "none came".
    #[test]
    fn a_refresh_token_is_kept_or_missed_and_never_dropped_in_silence() {
        let with =
            |token: Value| issued(&json!({ "access_token": "a", "token_type": "bearer", "refresh_token": token }));

        for kept in ["r".repeat(64 * 1024 + 1), "r".repeat(512 * 1024)] {
            let tokens = with(json!(kept));
            assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as(&kept)), "{} characters", kept.len());
            assert_eq!(tokens.defects, []);
        }
        for unusable in
            [json!("r".repeat(512 * 1024 + 1)), json!("r\r\nr"), json!("\u{e9}"), json!(7), json!({}), json!(true)]
        {
            let tokens = with(unusable);
            assert!(tokens.refresh_token.is_none());
            assert_eq!(tokens.defects, [TokenDefect::RefreshTokenUnusable]);
        }
        for none in [json!(null), json!(""), json!(false)] {
            assert_eq!(with(none).defects, [], "that is no refresh token, and honest");
        }
        assert!(with(json!("r")).access_token.is_some());
    }

    /// S061, S062
    #[test]
    fn a_token_no_header_may_carry_is_not_used() {
        let forged = issued(&json!({ "refresh_token": "r", "access_token": "a\r\nX-Evil: 1", "token_type": "bearer" }));
        let other_kind = issued(&json!({ "refresh_token": "r", "access_token": "a", "token_type": "mac" }));

        assert!(forged.access_token.is_none(), "a line break would forge a header");
        assert!(other_kind.access_token.is_none(), "not a bearer token");
    }

    /// B8, S063
    #[test]
    fn an_error_inside_a_success_is_an_error() {
        for (answer, expected) in [
            (json!({ "ok": false, "error": "invalid_refresh_token" }), "invalid_refresh_token"),
            (json!({ "error": { "code": 190, "message": "expired" } }), "190"),
            (json!({ "error": "invalid_grant", "access_token": "a" }), "invalid_grant"),
            (json!({ "error": "partial", "refresh_token": "" }), "partial"),
            (json!({ "ok": false }), "not_ok"),
        ] {
            let TokenAnswer::Refused { code, .. } = read_json(&answer) else { panic!("{answer} is an error") };
            assert_eq!(code, expected);
        }
    }

    /// S059: an error beside a rotated token does not throw the token away, nor use the rest.
    #[test]
    fn a_refresh_token_beside_an_error_is_kept_and_nothing_else_used() {
        let tokens = issued(&json!({ "error": "partial", "access_token": "a", "refresh_token": "r" }));

        assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as("r")));
        assert!(tokens.access_token.is_none());
    }

    /// A2: some providers put user tokens below the top.
    #[test]
    fn tokens_are_found_where_the_provider_puts_them() {
        let tokens = issued(&json!({ "ok": true, "authed_user": { "access_token": "xoxp", "token_type": "user" } }));

        assert!(tokens.access_token.is_some_and(|it| it.is_same_as("xoxp")));
    }

    /// S013
    #[test]
    fn scopes_are_read_from_text_and_lists_without_repeats() {
        let commas = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": "read,write,read" }));
        let list = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": ["read"] }));

        assert_eq!(commas.scopes, Some(vec!["read".into(), "write".into()]));
        assert_eq!(list.scopes, Some(vec!["read".into()]));
    }

    /// A2, S013: some providers name the field in the plural.
    #[test]
    fn scopes_are_found_under_the_plural_name_too() {
        let plural = issued(&json!({ "access_token": "a", "token_type": "bearer", "scopes": "read write" }));
        let both = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": "read", "scopes": "x" }));

        assert_eq!(plural.scopes, Some(vec!["read".into(), "write".into()]));
        assert_eq!(both.scopes, Some(vec!["read".into()]), "the standard's name goes first");
    }

    /// A2, B7: where tokens never end, a lifetime of nothing says so; elsewhere it says nothing.
    #[test]
    fn a_lifetime_of_zero_means_never_only_where_tokens_never_end() {
        let answer = json!({ "access_token": "a", "token_type": "bearer", "expires_in": 0 });
        let endless = TokenAnswerShape { missing_expiry: MissingExpiry::Never, ..shape() };

        let TokenAnswer::Issued(tokens) = read_shaped(&answer, &endless, at_minute(0).into()) else {
            panic!("{answer} holds tokens")
        };
        assert_eq!((tokens.expiry, tokens.defects), (Expiry::Never, vec![]));
        assert_eq!(issued(&answer).expiry, Expiry::Unknown, "it is a defect elsewhere");
    }

    fn issued(answer: &Value) -> IssuedTokens {
        match read_json(answer) {
            TokenAnswer::Issued(tokens) => *tokens,
            other @ (TokenAnswer::Refused { .. } | TokenAnswer::Nothing) => {
                panic!("{answer} holds tokens, read {other:?}")
            }
        }
    }

    fn read_json(answer: &Value) -> TokenAnswer {
        token_response(answer, at_minute(0).into())
    }

    fn token_response(answer: &Value, times: AnswerTimes) -> TokenAnswer {
        read_shaped(answer, &shape(), times)
    }

    fn shape() -> TokenAnswerShape {
        TokenAnswerShape {
            locations: vec![String::new(), "/authed_user".into()],
            missing_expiry: MissingExpiry::Unknown,
            usual_lifetime: None,
            may_be_form_encoded: false,
            kept_fields: vec![],
            apart: None,
        }
    }

    fn read_shaped(answer: &Value, shape: &TokenAnswerShape, times: AnswerTimes) -> TokenAnswer {
        let fields = answer.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        read(&AnswerFields { fields, has_wrong_content_type: false }, shape, ' ', times)
    }
}
