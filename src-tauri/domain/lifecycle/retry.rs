//! What may be tried again, and after how long [B4, B6, S162].

use std::time::Duration;

/// The first wait; doubles with each attempt.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait we choose ourselves.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// The longest wait a server may ask for; hostile or mistaken values are cut to it.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait before attempt `attempt + 1`. `jitter` in 0..1 is random: full jitter, so that many
/// clients do not come back together. What the server asked for wins, unless it asked for nothing: zero, or a date
/// that has passed.
pub fn wait_before_next(attempt: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
    if let Some(asked) = retry_after.filter(|asked| *asked >= FIRST_WAIT) {
        return asked.min(LONGEST_RETRY_AFTER);
    }
    let ceiling = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempt.min(16)).unwrap_or(u32::MAX)).min(LONGEST_WAIT);
    // At least a second: a wait of nothing is a loop.
    ceiling.mul_f64(jitter.clamp(0.0, 1.0)).max(FIRST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B4
    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        assert_eq!(wait_before_next(0, 1.0, None), Duration::from_secs(1));
        assert_eq!(wait_before_next(4, 1.0, None), Duration::from_secs(16));
        assert_eq!(wait_before_next(4, 0.5, None), Duration::from_secs(8));
        assert_eq!(wait_before_next(u32::MAX, 1.0, None), LONGEST_WAIT);
    }

    /// B6
    #[test]
    fn what_the_server_asks_for_wins_within_a_day() {
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::from_secs(30))), Duration::from_secs(30));
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::from_secs(u64::MAX))), LONGEST_RETRY_AFTER);
    }

    /// S162: a server that always answers `Retry-After: 0` is not asked without end.
    #[test]
    fn a_server_that_asks_for_no_wait_does_not_stop_the_backoff() {
        assert_eq!(wait_before_next(4, 1.0, Some(Duration::ZERO)), Duration::from_secs(16));
        assert_eq!(wait_before_next(0, 0.0, Some(Duration::ZERO)), FIRST_WAIT);
    }
}
