//! When to refresh next: one margin, in one place [B2, S167].

use std::time::Duration;

use jiff::Timestamp;

use crate::connection::{Connection, GrantState};
use crate::provider::RefreshPolicy;
use crate::provider::limits::PreviousToken;
use crate::token::{Expiry, TokenFacts};

/// The least margin: enough for a slow provider and a few retries.
const LEAST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// How long before expiry a token is refreshed: the larger of a tenth of its lifetime and five minutes,
/// never more than half of the lifetime.
pub fn margin(lifetime: Duration) -> Duration {
    (lifetime / 10).max(LEAST_MARGIN).min(lifetime / 2)
}

/// When the token is due. `spread` in 0..1 differs per connection, so that many issued together are
/// not refreshed together: it moves the moment forward by up to a fifth of the margin.
/// `None`: nothing to refresh with, no end known, or a token that lives shorter than any margin: those
/// are refreshed on need, never in a loop.
pub fn refresh_at(token: &TokenFacts, spread: f64) -> Option<Timestamp> {
    if !token.has_refresh_token {
        return None;
    }
    if !token.has_access_token {
        // The last answer held no usable token: asked again, but not at once [S060].
        return token.issued_at.checked_add(LEAST_MARGIN).ok();
    }
    let Expiry::At(expires_at) = token.expiry else { return None };
    let lifetime = Duration::try_from(expires_at.duration_since(token.issued_at)).unwrap_or_default();
    if lifetime <= LEAST_MARGIN {
        return None;
    }
    let margin = margin(lifetime);
    let early = margin.mul_f64(0.2 * spread.clamp(0.0, 1.0));
    let latest = expires_at.checked_sub(margin).ok()?;
    Some(latest.checked_sub(early).map_or(latest, |at| at.max(token.issued_at)))
}

/// When a connection is due: its token's time; at once where the answer to the last refresh was lost, unless this
/// provider takes a token that is sent twice for theft, and would end what still works [A5].
pub fn due_at(connection: &Connection, policy: &RefreshPolicy) -> Option<Timestamp> {
    let token = connection.token.as_ref()?;
    match connection.grant {
        GrantState::OutcomeUnknown { asked_at, .. } if policy.previous_token != PreviousToken::Refused => {
            token.has_refresh_token.then_some(asked_at)
        }
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => refresh_at(token, spread_of(&connection.id)),
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => None,
    }
}

/// Whether a token should be renewed before it is handed out for at least `min_valid`.
pub fn is_due(token: &TokenFacts, min_valid: Duration, now: Timestamp) -> bool {
    if !token.has_access_token {
        return true;
    }
    match token.expiry {
        Expiry::Unknown | Expiry::Never => false,
        Expiry::At(expires_at) => now.checked_add(min_valid).map_or(true, |needed| expires_at <= needed),
    }
}

/// A spread in 0..1 that stays the same for one connection.
pub fn spread_of(connection: &crate::ConnectionId) -> f64 {
    // FNV-1a: stable across builds, unlike the standard library's hasher.
    let hash = connection
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::{at_minute, connection, durable_policy};

    /// B2
    #[test]
    fn the_margin_is_a_tenth_or_five_minutes_and_never_over_half() {
        for (lifetime, expected) in [(36_000, 3_600), (3_600, 360), (1_800, 300), (60, 30), (10, 5), (0, 0)] {
            assert_eq!(margin(Duration::from_secs(lifetime)), Duration::from_secs(expected), "lifetime {lifetime}");
        }
    }

    /// B2: jitter moves it earlier, never later.
    #[test]
    fn the_moment_lies_before_expiry_and_spreads_forwards() {
        let token = connection().token.unwrap();

        assert_eq!(refresh_at(&token, 0.0), Some(at_minute(54)));
        assert_eq!(refresh_at(&token, 1.0), Some(at_minute(54) - Duration::from_secs(72)));
    }

    /// B2: a token shorter than any margin would be refreshed without end.
    #[test]
    fn a_token_of_a_minute_is_refreshed_on_need_alone() {
        let mut token = connection().token.unwrap();
        token.expiry = Expiry::At(at_minute(1));

        assert_eq!(refresh_at(&token, 0.0), None);
        assert!(is_due(&token, Duration::ZERO, at_minute(1)), "asked for, it is renewed");
    }

    /// B7: without a known end there is no moment, so nothing can loop.
    #[test]
    fn an_unknown_expiry_is_never_due_by_itself() {
        let mut token = connection().token.unwrap();
        token.expiry = Expiry::Unknown;

        assert_eq!(refresh_at(&token, 0.0), None);
        assert!(!is_due(&token, Duration::from_secs(600), at_minute(9_999)));
    }

    /// A5: a lost answer is looked into at once, where that costs nothing.
    #[test]
    fn a_grant_in_doubt_is_due_at_once_unless_asking_may_end_it() {
        let mut doubtful = connection();
        doubtful.grant = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(3) };
        let wary = RefreshPolicy { previous_token: PreviousToken::Refused, ..durable_policy() };

        assert_eq!(due_at(&doubtful, &durable_policy()), Some(at_minute(3)));
        assert_eq!(due_at(&doubtful, &wary), due_at(&connection(), &wary), "the token in hand is used up first");
    }
}
