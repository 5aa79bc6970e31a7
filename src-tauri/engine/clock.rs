//! The system clock, or one a test sets; the only caller of `Timestamp::now` [B2, S160].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// The longest single sleep: timers stand still while the computer sleeps, so the wall clock is read again
/// this often and nothing is later than this after waking up.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Tells the time. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<watch::Sender<Timestamp>>),
}

impl Clock {
    /// The computer's wall clock.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// A clock that stands at `now` until it is advanced.
    pub fn set_at(now: Timestamp) -> Self {
        Self { source: Source::Set(Arc::new(watch::Sender::new(now))) }
    }

    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System => system_now(),
            Source::Set(now) => *now.borrow(),
        }
    }

    /// Moves a set clock, and every clone of it, forward. The system clock cannot be moved and stays as it is.
    pub fn advance(&self, by: Duration) {
        match &self.source {
            Source::System => {}
            Source::Set(now) => now.send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Returns once the clock shows `at` or later, also after a sleep of the computer or a jump of the clock.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.source {
            Source::System => {
                // A moment that has passed gives a negative span, which is no `Duration`.
                while let Some(rest) = time_left(system_now(), at) {
                    tokio::time::sleep(rest.min(LONGEST_SLEEP)).await;
                }
            }
            Source::Set(now) => {
                let mut changes = now.subscribe();
                // The sender is alive as long as `self` is borrowed, so waiting cannot fail.
                drop(changes.wait_for(|now| *now >= at).await);
            }
        }
    }
}

fn time_left(now: Timestamp, at: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now)).ok().filter(|rest| !rest.is_zero())
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B2
    #[tokio::test]
    async fn a_set_clock_wakes_the_sleeper_when_it_is_advanced_past_the_moment() {
        let clock = Clock::set_at(Timestamp::UNIX_EPOCH);
        let hour = Duration::from_secs(3600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(Timestamp::UNIX_EPOCH.saturating_add(hour).unwrap()).await;
                clock.now()
            }
        });

        clock.advance(hour - Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished(), "one second is missing");
        clock.advance(Duration::from_secs(2));

        assert_eq!(sleeper.await.unwrap().as_second(), 3601, "clones share one time");
    }

    /// S160
    #[tokio::test]
    async fn a_moment_that_has_passed_needs_no_sleep() {
        for clock in [Clock::system(), Clock::set_at(Timestamp::UNIX_EPOCH)] {
            clock.sleep_until(Timestamp::MIN).await;
            clock.sleep_until(clock.now()).await;
        }
    }

    /// S160: also for the moment furthest away, no single sleep is longer than the limit.
    #[test]
    fn the_time_left_is_never_negative() {
        let late = Timestamp::UNIX_EPOCH.saturating_add(Duration::from_secs(5)).unwrap();

        assert_eq!(time_left(Timestamp::UNIX_EPOCH, late), Some(Duration::from_secs(5)));
        assert_eq!(time_left(late, Timestamp::UNIX_EPOCH), None);
        assert_eq!(time_left(late, late), None);
        assert!(time_left(Timestamp::MIN, Timestamp::MAX).is_some(), "no overflow at the ends of time");
    }

    /// S060: a hostile lifetime cannot move the clock out of its range.
    #[test]
    fn advancing_stops_at_the_end_of_time() {
        let clock = Clock::set_at(Timestamp::UNIX_EPOCH);

        clock.advance(Duration::MAX);

        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
