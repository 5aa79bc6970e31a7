//! What may be tried again, and after how long [B4, B6, S162].

use std::time::Duration;

use jiff::Timestamp;

use crate::provider::limits::RefreshBudget;

/// The first wait; doubles with each attempt.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait we choose ourselves.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// The longest once a person knows that it is refused without a word: nobody waits for the next try [B4].
const LONGEST_WAIT_ONCE_TOLD: Duration = Duration::from_secs(60 * 60);
/// The longest wait a server may ask for; hostile or mistaken values are cut to it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The least wait of a streak, whatever a server asks for: one that asks for no wait is not asked in a loop [S060].
const LEAST_WAIT_OF_A_STREAK: Duration = Duration::from_secs(60);

/// How long to wait before attempt `attempt + 1`. `jitter` in 0..1 is random: full jitter, so that many
/// clients do not come back together. What the server asked for wins, from a second to a day; one that keeps asking
/// for less than a minute gets a minute or two in the end.
pub fn wait_before_next(attempt: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
    let ceiling = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempt.min(16)).unwrap_or(u32::MAX)).min(LONGEST_WAIT);
    if let Some(asked) = retry_after {
        // Only upwards: clients that were told "at once" do not come back together either.
        let least = ceiling.min(LEAST_WAIT_OF_A_STREAK).mul_f64(1.0 + jitter.clamp(0.0, 1.0));
        return asked.clamp(least, LONGEST_RETRY_AFTER);
    }
    // At least a second: a wait of nothing is a loop.
    ceiling.mul_f64(jitter.clamp(0.0, 1.0)).max(FIRST_WAIT)
}

/// As long as a server is waited for that asks for this: one that asks for years is asked again tomorrow.
pub fn as_long_as_waited(retry_after: Duration) -> Duration {
    retry_after.min(LONGEST_RETRY_AFTER)
}

/// The same once a person was told of refusals without a word: pauses that grow up to an hour, and are never less than
/// half of what they have grown to.
pub fn wait_once_told(attempt: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
    if retry_after.is_some() {
        return wait_before_next(attempt, jitter, retry_after);
    }
    let ceiling = FIRST_WAIT.saturating_mul(1_u32 << attempt.min(16)).min(LONGEST_WAIT_ONCE_TOLD);
    ceiling.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// The same moment, or the end of the longest wait where it lies behind that: whoever waits looks again then.
pub fn at_most_a_wait(until: Timestamp, now: Timestamp) -> Timestamp {
    until.min(now.checked_add(LONGEST_RETRY_AFTER).unwrap_or(Timestamp::MAX))
}

/// Whether a moment to wait for is still to come. One further away than any wait of ours was written down
/// under a clock that was wrong: nobody waits for it [S160].
pub fn is_waiting(until: Timestamp, now: Timestamp) -> bool {
    until > now && until.duration_since(now) <= LONGEST_RETRY_AFTER.try_into().unwrap_or(jiff::SignedDuration::MAX)
}

/// When the next refresh fits into what the provider allows one connection; `None`: it fits. `made_at`: the
/// latest refreshes, in any order. Those that lie in the future were written under a wrong clock.
pub fn budget_spent_until(budget: RefreshBudget, made_at: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let begin = now.checked_sub(budget.within).ok()?;
    let mut recent: Vec<_> = made_at.iter().copied().filter(|at| begin < *at && *at <= now).collect();
    recent.sort_unstable_by(|one, other| other.cmp(one));
    let oldest_that_counts = usize::try_from(budget.count).ok()?.checked_sub(1)?;
    recent.get(oldest_that_counts)?.checked_add(budget.within).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    /// S166: ten access tokens in ten minutes, and not one more.
    #[test]
    fn a_budget_is_free_again_when_its_oldest_refresh_is_past() {
        let budget = RefreshBudget { count: 2, within: Duration::from_secs(600) };

        assert_eq!(budget_spent_until(budget, &[at_minute(1)], at_minute(5)), None);
        assert_eq!(budget_spent_until(budget, &[at_minute(1), at_minute(3)], at_minute(5)), Some(at_minute(11)));
        assert_eq!(budget_spent_until(budget, &[at_minute(1), at_minute(3)], at_minute(11)), None, "the first is past");
        let many = [at_minute(1), at_minute(2), at_minute(3)];
        assert_eq!(budget_spent_until(budget, &many, at_minute(5)), Some(at_minute(12)), "two must be past");
        assert_eq!(budget_spent_until(budget, &[at_minute(60), at_minute(61)], at_minute(5)), None, "of a wrong clock");
    }

    /// S160
    #[test]
    fn nobody_waits_longer_than_a_day() {
        assert!(is_waiting(at_minute(60), at_minute(0)));
        assert!(!is_waiting(at_minute(0), at_minute(0)));
        assert!(!is_waiting(at_minute(25 * 60), at_minute(0)), "such a moment is a wrong clock's");
    }

    /// B6: years are a mistake.
    #[test]
    fn a_server_that_asks_for_years_is_waited_for_a_day() {
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(as_long_as_waited(Duration::from_secs(u64::MAX)), day);
        assert_eq!(wait_before_next(0, 0.5, Some(Duration::from_secs(u64::MAX))), day);
        assert_eq!(as_long_as_waited(Duration::from_secs(60)), Duration::from_secs(60));
    }

    /// B4
    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        assert_eq!(wait_before_next(0, 1.0, None), Duration::from_secs(1));
        assert_eq!(wait_before_next(4, 1.0, None), Duration::from_secs(16));
        assert_eq!(wait_before_next(4, 0.5, None), Duration::from_secs(8));
        assert_eq!(wait_before_next(u32::MAX, 1.0, None), LONGEST_WAIT);
    }

    /// B4: about once an hour in the end, however it falls out.
    #[test]
    fn pauses_grow_to_an_hour_once_a_person_was_told() {
        let hour = Duration::from_secs(3600);
        for jitter in [0.0, 0.5, 1.0] {
            let waits: Vec<_> = (0..40).map(|attempt| wait_once_told(attempt, jitter, None)).collect();
            assert!(waits.is_sorted(), "{waits:?}");
            assert!(waits[12..].iter().all(|it| (hour / 2..=hour).contains(it)), "{waits:?}");
        }
        assert_eq!(wait_once_told(40, 1.0, Some(Duration::from_secs(7200))), hour * 2, "what the server asks for wins");
    }

    /// B6
    #[test]
    fn what_the_server_asks_for_wins_within_a_day() {
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::from_secs(30))), Duration::from_secs(30));
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::from_secs(1_000_000_000_000))), LONGEST_RETRY_AFTER);
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::from_secs(u64::MAX))), LONGEST_RETRY_AFTER);
    }

    /// B6, S060: zero, or a date that has passed, again and again.
    #[test]
    fn a_server_that_asks_for_no_wait_is_not_asked_in_a_loop() {
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::ZERO)), Duration::from_secs(1));
        assert_eq!(wait_before_next(3, 0.0, Some(Duration::ZERO)), Duration::from_secs(8));
        assert_eq!(wait_before_next(u32::MAX, 0.0, Some(Duration::ZERO)), Duration::from_secs(60));
    }

    /// B6: all clients of a server that answers 503 with "Retry-After: 0" got that answer at the same time.
    #[test]
    fn clients_that_were_told_at_once_do_not_come_back_together() {
        let wait = |attempt, jitter| wait_before_next(attempt, jitter, Some(Duration::ZERO));

        assert_eq!(wait(0, 0.5), Duration::from_millis(1500));
        assert_eq!(wait(2, 1.0), Duration::from_secs(8));
        assert_eq!(wait(u32::MAX, 1.0), Duration::from_secs(120));
        assert_eq!(wait(0, -1.0), Duration::from_secs(1), "never below a second");
        assert_eq!(wait_before_next(2, 1.0, Some(Duration::from_secs(30))), Duration::from_secs(30), "it asked");
    }
}
