//! How long the tokens of an answer live: every form of `expires_in`, the end inside a JWT, the refresh token's own
//! [B7, B9, B11, S060].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::AnswerTimes;
use crate::provider::{MissingExpiry, TokenAnswerShape};
use crate::token::{Expiry, TokenDefect};

/// Ten years: longer than any token is meant to live, short enough for every clock.
const ABSURD_SECONDS: f64 = 10.0 * 365.25 * 86_400.0;

/// Every form `expires_in` was ever seen in, one stated rule each [B7].
pub(super) fn read_expiry(
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
pub(super) fn read_refresh_end(at: &Value, asked_at: Timestamp) -> Option<Timestamp> {
    let seconds = ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"]
        .iter()
        .find_map(|name| number(at.get(name)?))?;
    (seconds > 0.0 && seconds <= ABSURD_SECONDS).then(|| after(asked_at, seconds)).flatten()
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
