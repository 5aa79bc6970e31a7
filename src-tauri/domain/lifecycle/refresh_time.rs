//! When to refresh next: one margin, in one place [B2, B11, B14, S160, S167].

use std::time::Duration;

use jiff::Timestamp;

use super::refresh_mode::RefreshMode;
use super::refresh_reason::RefreshReason;
use super::retry::is_waiting;
use crate::connection::{Connection, GrantState};
use crate::provider::limits::PreviousToken;
use crate::token::{Expiry, TokenFacts};

/// The least margin: enough for a slow provider and a few retries.
const LEAST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token issued further in the future than clocks differ was issued under a clock that was wrong.
const WRONG_CLOCK: Duration = Duration::from_secs(5 * 60);

/// The next refresh that nobody has to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Timestamp,
    /// Scheduled, to keep it alive, or to find out what became of the last one.
    pub reason: RefreshReason,
}

/// When a connection is refreshed by itself, and why. `keep_alive_at`: when its grant must be used, lest it
/// dies idle. A grant in doubt is looked into at once, unless this provider takes a token that is sent twice for theft,
/// and would end what still works [A5]. `None`: never, as things stand; a connection's own switch is not looked at.
pub fn next_refresh(
    connection: &Connection,
    previous_token: PreviousToken,
    keep_alive_at: Option<Timestamp>,
    mode: RefreshMode,
    now: Timestamp,
) -> Option<Due> {
    let token = connection.token.as_ref().filter(|token| token.has_refresh_token)?;
    if !matches!(connection.grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. }) {
        return None;
    }
    let keep_alive = keep_alive_at.map(|at| {
        // A clock that was a year ahead counted from there: the grant would die idle long before.
        if is_issued_ahead(token, now) {
            return Due { at: now, reason: RefreshReason::KeepAlive };
        }
        // However short the idle life is said to be: never in a loop.
        let earliest = token.issued_at.checked_add(LEAST_MARGIN).unwrap_or(at);
        Due { at: at.max(earliest), reason: RefreshReason::KeepAlive }
    });
    let recovery = match connection.grant {
        // Where the doubt came with the token in hand, asking again brings it again: never in a loop.
        GrantState::OutcomeUnknown { asked_at, .. }
            if previous_token != PreviousToken::Refused && asked_at != token.issued_at =>
        {
            Some(Due { at: asked_at, reason: RefreshReason::Recovery })
        }
        GrantState::Alive { .. }
        | GrantState::OutcomeUnknown { .. }
        | GrantState::Ended { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => None,
    };
    let scheduled = if is_of_the_future(token, now) { Some(now) } else { refresh_at(token, spread_of(&connection.id)) };
    let scheduled = scheduled.map(|at| Due { at, reason: RefreshReason::Scheduled });
    let due = match mode {
        RefreshMode::On => [scheduled, keep_alive, recovery].into_iter().flatten().min_by_key(|due| due.at),
        RefreshMode::Metered => [keep_alive, recovery].into_iter().flatten().min_by_key(|due| due.at),
        RefreshMode::Paused | RefreshMode::Offline => return None,
    };
    let Some(streak) = &connection.refresh_failures else { return due };
    // What only a person can mend is not tried again by itself [B4].
    if !streak.last.is_tried_again() {
        return None;
    }
    // One that fails is tried again until it recovers, whoever had asked.
    let at = if is_waiting(streak.retry_at, now) { streak.retry_at } else { now };
    // One that is probably spent, and would be taken for theft, is not sent before what still works is used up [A5].
    let is_wary = matches!(connection.grant, GrantState::OutcomeUnknown { .. })
        && previous_token == PreviousToken::Refused
        && !streak.last.is_of_known_outage()
        && token.has_access_token
        && !connection.is_token_refused();
    let at = match token.expiry {
        Expiry::At(ends_at) if is_wary => at.max(ends_at),
        Expiry::Unknown | Expiry::Never if is_wary => return due,
        Expiry::At(_) | Expiry::Unknown | Expiry::Never => at,
    };
    match mode {
        RefreshMode::On => Some(Due { at, reason: due.map_or(RefreshReason::Scheduled, |due| due.reason) }),
        RefreshMode::Metered | RefreshMode::Paused | RefreshMode::Offline => {
            due.map(|due| Due { at: due.at.max(at), ..due })
        }
    }
}

/// Issued under a clock that ran far ahead: its expiry says nothing, so it is renewed once, now [S160].
fn is_of_the_future(token: &TokenFacts, now: Timestamp) -> bool {
    matches!(token.expiry, Expiry::At(_)) && is_issued_ahead(token, now)
}

fn is_issued_ahead(token: &TokenFacts, now: Timestamp) -> bool {
    now.checked_add(WRONG_CLOCK).is_ok_and(|latest| token.issued_at > latest)
}

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
    if is_refreshed_on_need(lifetime) {
        return None;
    }
    let margin = margin(lifetime);
    let early = margin.mul_f64(0.2 * spread.clamp(0.0, 1.0));
    let latest = expires_at.checked_sub(margin).ok()?;
    Some(latest.checked_sub(early).map_or(latest, |at| at.max(token.issued_at)))
}

/// Whether tokens of this lifetime are refreshed when somebody wants one, and not ahead of their end.
pub fn is_refreshed_on_need(lifetime: Duration) -> bool {
    lifetime <= LEAST_MARGIN
}

/// Whether a token should be renewed before it is handed out for at least `min_valid`.
pub fn is_due(token: &TokenFacts, min_valid: Duration, now: Timestamp) -> bool {
    if !token.has_access_token || is_of_the_future(token, now) {
        return true;
    }
    match token.expiry {
        Expiry::Unknown | Expiry::Never => false,
        Expiry::At(expires_at) => now.checked_add(min_valid).map_or(true, |needed| expires_at <= needed),
    }
}

/// A spread in 0..1 that stays the same for one connection.
pub fn spread_of(connection: &crate::ConnectionId) -> f64 {
    spread_of_id(connection.as_str())
}

/// The same of any id.
pub fn spread_of_id(id: &str) -> f64 {
    // FNV-1a: stable across builds, unlike the standard library's hasher.
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::FailureStreak;
    use crate::diagnosis::{CauseLabel, Diagnosis};
    use crate::test_values::{at_minute, connection};

    /// S160: a clock that ran ahead when the token came would let it sit for years.
    #[test]
    fn a_token_from_the_future_is_renewed_now() {
        let connection = connection();
        let due = |minute| {
            next_refresh(&connection, PreviousToken::NotKnown, None, RefreshMode::On, at_minute(minute)).unwrap().at
        };

        assert_eq!(due(-60), at_minute(-60), "an hour ahead is no skew");
        assert_eq!(due(-4), due(0), "a few minutes are");
        assert_eq!(due(-10 * 365 * 24 * 60), at_minute(-10 * 365 * 24 * 60));
        let token = connection.token.as_ref().unwrap();
        assert!(is_due(token, Duration::ZERO, at_minute(-60)), "and is not handed out on the word of that clock");
        assert!(!is_due(token, Duration::ZERO, at_minute(-4)));
    }

    /// S160, B10: a token without an end is not renewed for its own sake, and its grant is kept alive all the same.
    #[test]
    fn a_grant_that_was_kept_alive_under_a_clock_ahead_is_kept_alive_now() {
        let mut connection = connection();
        connection.token.as_mut().unwrap().expiry = Expiry::Never;
        let years = 10 * 365 * 24 * 60;
        let due = |minute| {
            let keep_alive_at = Some(at_minute(90 * 24 * 60));
            next_refresh(&connection, PreviousToken::NotKnown, keep_alive_at, RefreshMode::Metered, at_minute(minute))
        };

        assert_eq!(due(0).unwrap().at, at_minute(90 * 24 * 60));
        assert_eq!(due(-years).unwrap(), Due { at: at_minute(-years), reason: RefreshReason::KeepAlive });
    }

    /// B14
    #[test]
    fn what_a_mode_leaves_undone_is_not_due() {
        let connection = connection();
        let due = |mode| next_refresh(&connection, PreviousToken::NotKnown, Some(at_minute(30)), mode, at_minute(1));
        let kept_alive = Some(Due { at: at_minute(30), reason: RefreshReason::KeepAlive });

        assert_eq!(due(RefreshMode::On), kept_alive, "whichever comes first");
        assert_eq!(due(RefreshMode::Metered), kept_alive, "the grant would be lost");
        assert_eq!(next_refresh(&connection, PreviousToken::NotKnown, None, RefreshMode::Metered, at_minute(1)), None);
        assert_eq!((due(RefreshMode::Paused), due(RefreshMode::Offline)), (None, None));
    }

    /// B11: a token that never expires keeps its grant alive all the same, and never in a loop.
    #[test]
    fn a_grant_that_dies_idle_is_used_in_time() {
        let mut endless = connection();
        endless.token.as_mut().unwrap().expiry = Expiry::Never;
        let due = |at| next_refresh(&endless, PreviousToken::NotKnown, at, RefreshMode::On, at_minute(1));

        assert_eq!(due(Some(at_minute(90))), Some(Due { at: at_minute(90), reason: RefreshReason::KeepAlive }));
        assert_eq!(due(Some(at_minute(-9))).unwrap().at, at_minute(5), "not at once again");
        assert_eq!(due(None), None);
    }

    /// B4
    #[test]
    fn a_streak_moves_the_moment_and_a_wrong_secret_ends_it() {
        let mut failing = connection();
        let streak = |cause, retry_at| FailureStreak::after(None, Diagnosis::of(cause), retry_at, at_minute(54));
        let mut due = |streak| {
            failing.refresh_failures = Some(streak);
            next_refresh(&failing, PreviousToken::NotKnown, None, RefreshMode::On, at_minute(55)).map(|due| due.at)
        };

        assert_eq!(due(streak(CauseLabel::ProviderOutage, at_minute(58))), Some(at_minute(58)));
        assert_eq!(due(streak(CauseLabel::ClientCredentialsMismatch, at_minute(58))), None);
        let in_years = streak(CauseLabel::ProviderOutage, at_minute(99 * 24 * 60));
        assert_eq!(due(in_years), Some(at_minute(55)), "a wrong clock's retry is not waited for");
    }

    /// B4: a click that failed is made good, also where nothing else would be due.
    #[test]
    fn a_token_refreshed_on_need_is_tried_again_while_it_fails() {
        let mut short = connection();
        short.token.as_mut().unwrap().expiry = Expiry::At(at_minute(1));
        let due = |connection: &Connection, mode| {
            next_refresh(connection, PreviousToken::NotKnown, None, mode, at_minute(2)).map(|due| due.at)
        };
        assert_eq!(due(&short, RefreshMode::On), None);

        short.refresh_failures = Some(FailureStreak {
            since: at_minute(1),
            count: 2,
            last: Diagnosis::of(CauseLabel::ProviderOutage),
            retry_at: at_minute(3),
            wordless: None,
        });

        assert_eq!(due(&short, RefreshMode::On), Some(at_minute(3)));
        assert_eq!(due(&short, RefreshMode::Metered), None, "only what would be lost");
        assert_eq!(due(&short, RefreshMode::Paused), None);
    }

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
        let in_doubt = doubtful.clone();
        let due = |policy, mode| next_refresh(&in_doubt, policy, None, mode, at_minute(4));
        let at_once = Some(Due { at: at_minute(3), reason: RefreshReason::Recovery });

        assert_eq!(due(PreviousToken::NotKnown, RefreshMode::On), at_once);
        assert_eq!(due(PreviousToken::NotKnown, RefreshMode::Metered), at_once, "it would be lost");
        let wary = due(PreviousToken::Refused, RefreshMode::On).unwrap();
        assert_eq!(wary.reason, RefreshReason::Scheduled, "the token in hand is used up first");

        let lost = |cause, http_status| {
            let last = Diagnosis { http_status, ..Diagnosis::of(cause) };
            Some(FailureStreak::after(None, last, at_minute(5), at_minute(4)))
        };
        doubtful.refresh_failures = lost(CauseLabel::NetworkFailure, None);
        let at = |connection: &Connection, policy| {
            next_refresh(connection, policy, None, RefreshMode::On, at_minute(4)).map(|due| due.at)
        };
        assert_eq!(at(&doubtful, PreviousToken::Refused), Some(at_minute(60)), "also after an answer that was lost");
        assert_eq!(at(&doubtful, PreviousToken::NotKnown), Some(at_minute(5)));
        doubtful.refresh_failures = lost(CauseLabel::ProviderOutage, Some(503));
        assert_eq!(at(&doubtful, PreviousToken::Refused), Some(at_minute(5)), "an outage is waited for as ever");
        doubtful.refresh_failures = lost(CauseLabel::NetworkFailure, None);
        doubtful.token.as_mut().unwrap().expiry = Expiry::Never;
        assert_eq!(at(&doubtful, PreviousToken::Refused), None, "it works, and goes on working");
        doubtful.token.as_mut().unwrap().has_access_token = false;
        assert_eq!(at(&doubtful, PreviousToken::Refused), Some(at_minute(5)), "nothing is lost with it");
    }
}
