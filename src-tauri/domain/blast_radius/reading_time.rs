//! When a platform is read again by itself: regularly and not all at one moment, later after failures, not before it
//! allows, and never where only a person can help [D2, B14].

use std::time::Duration;

use jiff::Timestamp;

use super::Platform;
use crate::lifecycle::refresh_mode::RefreshMode;
use crate::lifecycle::refresh_time::spread_of_id;
use crate::lifecycle::retry::is_waiting;

/// From one reading to the next.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// Up to that share later: platforms that were added together are not read together.
const SPREAD: f64 = 0.2;
/// The longest wait that we choose ourselves; doubles up to it with each failure.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 60 * 60);
/// Whoever adds a platform reads it: only where nobody did, it is read by itself.
const AFTER_ADDING: Duration = Duration::from_secs(2 * 60);

/// When it is due; a moment that has passed is due at once. `None`: not by itself, as things stand. Whether it can be
/// asked at all is not looked at.
pub fn next_reading(platform: &Platform, mode: RefreshMode, now: Timestamp) -> Option<Timestamp> {
    // A reading is never what would otherwise be lost: where the network costs money, a person asks for it.
    if !platform.reads_itself || mode != RefreshMode::On {
        return None;
    }
    let failed = platform.failed.as_ref();
    if failed.is_some_and(|it| it.needs_person) {
        return None;
    }
    // What was written down under a clock that was ahead is past.
    let asked_at = platform.asked_at.filter(|at| *at <= now);
    let regular = match (asked_at, platform.asked_at) {
        (None, Some(_)) => return Some(now),
        (None, None) => platform.added_at.min(now).checked_add(AFTER_ADDING),
        (Some(at), _) => {
            let doublings = failed.map_or(0, |it| it.streak.saturating_sub(1)).min(16);
            let wait = EVERY.saturating_mul(1 << doublings).min(LONGEST_WAIT);
            at.checked_add(wait.mul_f64(1.0 + SPREAD * spread_of_id(platform.id.as_str())))
        }
    };
    let regular = regular.unwrap_or(now);
    let asked_to_wait = failed.and_then(|it| it.wait_until).filter(|until| is_waiting(*until, now));
    Some(asked_to_wait.map_or(regular, |until| until.max(regular)))
}

#[cfg(test)]
mod tests {
    use super::super::ReadFailure;
    use super::super::test_values::platform;
    use super::*;
    use crate::PlatformId;
    use crate::test_values::at_minute;

    fn read_at(minute: i64) -> Platform {
        Platform { asked_at: Some(at_minute(minute)), ..platform() }
    }

    fn failing(streak: u32) -> Platform {
        let failure = ReadFailure {
            at: at_minute(0),
            words: "connection refused".to_owned(),
            streak,
            wait_until: None,
            needs_person: false,
        };
        Platform { failed: Some(failure), ..read_at(0) }
    }

    fn due(platform: &Platform) -> Option<Timestamp> {
        next_reading(platform, RefreshMode::On, at_minute(1))
    }

    /// In minutes after it was asked last, without what spreads it.
    fn wait(platform: &Platform) -> i64 {
        let spread = 1.0 + SPREAD * spread_of_id(platform.id.as_str());
        let waits = due(platform).unwrap().duration_since(at_minute(0));
        (waits.as_secs_f64() / spread / 60.0).round() as i64
    }

    /// D2
    #[test]
    fn a_platform_is_read_every_quarter_of_an_hour_and_each_at_its_own_moment() {
        let all: Vec<_> = (0..40)
            .map(|number| Platform { id: PlatformId::from_random(number), ..read_at(0) })
            .map(|it| due(&it).unwrap())
            .collect();

        assert!(all.iter().all(|at| *at >= at_minute(15) && *at <= at_minute(18)), "{all:?}");
        let moments: std::collections::BTreeSet<_> = all.iter().collect();
        assert!(moments.len() > 30, "spread: {moments:?}");
        assert_eq!(due(&Platform { asked_at: None, ..platform() }), Some(at_minute(2)), "nobody has read it yet");
    }

    /// D2: one that is down is asked less and less, and never given up.
    #[test]
    fn each_failure_doubles_the_wait_up_to_two_hours() {
        let waits: Vec<_> = (1..=6).map(|streak| wait(&failing(streak))).collect();

        assert_eq!(waits, [15, 30, 60, 120, 120, 120]);
        assert_eq!(wait(&failing(u32::MAX)), 120);
    }

    /// D2: what it asks for wins; what no server means seriously does not.
    #[test]
    fn a_platform_that_asks_to_wait_is_left_alone_until_then() {
        let asking = |minute| {
            let mut it = failing(1);
            it.failed.as_mut().unwrap().wait_until = Some(at_minute(minute));
            due(&it).unwrap()
        };

        assert_eq!(asking(300), at_minute(300));
        assert!(asking(3) >= at_minute(15), "not more often than the others");
        assert!(asking(60 * 24 * 400) <= at_minute(18), "more than a year");
    }

    /// D2, B14: switched off, paused, offline, metered, or of no use without a person.
    #[test]
    fn what_a_person_switched_off_or_has_to_mend_is_not_read() {
        let mut refused = failing(1);
        refused.failed.as_mut().unwrap().needs_person = true;

        assert_eq!(due(&refused), None);
        assert_eq!(due(&Platform { reads_itself: false, ..read_at(0) }), None);
        for mode in [RefreshMode::Metered, RefreshMode::Paused, RefreshMode::Offline] {
            assert_eq!(next_reading(&read_at(0), mode, at_minute(1)), None, "{mode:?}");
        }
    }

    /// S160: a clock that was ahead does not keep it from being read.
    #[test]
    fn what_was_read_in_the_future_is_read_again() {
        assert_eq!(due(&read_at(60 * 24)), Some(at_minute(1)));
    }
}
