//! The system clock, or one a test sets; the only reader of the system's time [B2, S160].

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};
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
    Set(Arc<watch::Sender<SetTime>>),
}

#[derive(Debug, Clone, Copy)]
struct SetTime {
    wall: Timestamp,
    steady: Duration,
    jump_count: u64,
}

/// The wall clock and a clock that nobody can set, read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    steady: Duration,
}

impl Moment {
    /// By how much the wall clock was moved since an earlier moment. Where the steady clock stands still in sleep
    /// (macOS), a step forward is taken for sleep.
    pub fn jump_since(&self, earlier: &Self) -> SignedDuration {
        let passed = SignedDuration::try_from(self.steady.saturating_sub(earlier.steady)).unwrap_or_default();
        let jump = self.at.duration_since(earlier.at).saturating_sub(passed);
        if cfg!(target_os = "macos") { jump.min(SignedDuration::ZERO) } else { jump }
    }
}

/// Where the wall clock stands against one that nobody can set: it moves only when the wall clock is set, and another
/// process sees by it that it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockStand {
    /// What the steady clock counts from: a start of the computer, or of this process where the system tells no more.
    counts_from: String,
    /// What the wall clock showed, or would have, when the steady one stood at nothing.
    zero_ms: i64,
}

impl ClockStand {
    /// By how much the wall clock was set since an earlier stand. `None`: the computer was started since, so nobody
    /// can tell.
    pub fn set_since(&self, earlier: &Self) -> Option<SignedDuration> {
        let by_ms = self.zero_ms.saturating_sub(earlier.zero_ms);
        (self.counts_from == earlier.counts_from).then(|| SignedDuration::from_millis(by_ms))
    }

    /// As the database keeps it.
    pub fn written(&self) -> String {
        format!("{} {}", self.zero_ms, self.counts_from)
    }

    /// Takes it back.
    pub fn from_text(text: &str) -> Option<Self> {
        let (zero_ms, counts_from) = text.split_once(' ')?;
        Some(Self { counts_from: counts_from.to_owned(), zero_ms: zero_ms.parse().ok()? })
    }
}

impl Clock {
    /// The computer's wall clock.
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// A clock that stands at `now` until it is advanced.
    pub fn set_at(now: Timestamp) -> Self {
        let time = SetTime { wall: now, steady: Duration::ZERO, jump_count: 0 };
        Self { source: Source::Set(Arc::new(watch::Sender::new(time))) }
    }

    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System => system_now(),
            Source::Set(time) => time.borrow().wall,
        }
    }

    /// Both clocks at once.
    pub fn moment(&self) -> Moment {
        match &self.source {
            Source::System => Moment { at: system_now(), steady: system_steady() },
            Source::Set(time) => {
                let time = *time.borrow();
                Moment { at: time.wall, steady: time.steady }
            }
        }
    }

    /// Where the wall clock stands now.
    pub fn stand(&self) -> ClockStand {
        let moment = self.moment();
        let steady_ms = i64::try_from(moment.steady.as_millis()).unwrap_or(i64::MAX);
        let counts_from = match &self.source {
            Source::System => steady_counts_from(),
            Source::Set(_) => "set".to_owned(),
        };
        ClockStand { counts_from, zero_ms: moment.at.as_millisecond().saturating_sub(steady_ms) }
    }

    /// Lets time pass on a set clock and every clone of it, as in waking or in sleep. The system clock cannot be
    /// moved and stays as it is.
    pub fn advance(&self, by: Duration) {
        match &self.source {
            Source::System => {}
            Source::Set(time) => time.send_modify(|time| {
                time.wall = time.wall.saturating_add(by).unwrap_or(Timestamp::MAX);
                time.steady = time.steady.saturating_add(by);
            }),
        }
    }

    /// Sets a set clock to another moment, also an earlier one, as a person or a time server does: no time passes.
    pub fn set_to(&self, at: Timestamp) {
        match &self.source {
            Source::System => {}
            Source::Set(time) => time.send_modify(|time| {
                time.wall = at;
                time.jump_count += 1;
            }),
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
            Source::Set(time) => {
                let mut changes = time.subscribe();
                // The sender is alive as long as `self` is borrowed, so waiting cannot fail.
                drop(changes.wait_for(|time| time.wall >= at).await);
            }
        }
    }

    /// Returns once the clock shows `at`, once `longest` has passed, or once the clock was set: whoever sleeps so
    /// looks again in any case.
    pub async fn nap_until(&self, at: Timestamp, longest: Duration) {
        match &self.source {
            Source::System => {
                tokio::time::sleep(time_left(system_now(), at).unwrap_or_default().min(longest)).await;
            }
            Source::Set(time) => {
                let mut changes = time.subscribe();
                let begin = *changes.borrow_and_update();
                let is_over = |time: &SetTime| {
                    time.wall >= at
                        || time.steady.saturating_sub(begin.steady) >= longest
                        || time.jump_count != begin.jump_count
                };
                drop(changes.wait_for(is_over).await);
            }
        }
    }
}

fn time_left(now: Timestamp, at: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now)).ok().filter(|rest| !rest.is_zero())
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn system_now() -> Timestamp {
    nearest(SystemTime::now())
}

/// A clock set past the ends of time stands at them.
fn nearest(shown: SystemTime) -> Timestamp {
    let end = if shown < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(shown).unwrap_or(end)
}

/// Runs also while the computer sleeps, where the system says so.
fn system_steady() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    uptime().unwrap_or_else(|| START.elapsed())
}

/// One start of the computer, or of this process, told from all others.
fn steady_counts_from() -> String {
    static COUNTS_FROM: LazyLock<String> = LazyLock::new(|| {
        let boot = uptime().and_then(|_| std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok());
        boot.map_or_else(|| format!("{} {}", std::process::id(), system_now()), |id| id.trim().to_owned())
    });
    COUNTS_FROM.clone()
}

/// `Instant` stands still in sleep on Linux; the kernel's uptime does not.
fn uptime() -> Option<Duration> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
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

    /// S160: time that passes is no jump, and a clock that is set is.
    #[tokio::test]
    async fn a_clock_that_is_set_wakes_those_who_nap_and_shows_by_how_much() {
        let clock = Clock::set_at(Timestamp::UNIX_EPOCH);
        let hour = Duration::from_secs(3600);
        let before = clock.moment();
        clock.advance(hour);
        assert_eq!(clock.moment().jump_since(&before), SignedDuration::ZERO, "an hour passed");

        let napper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.nap_until(Timestamp::MAX, hour).await }
        });
        tokio::task::yield_now().await;
        assert!(!napper.is_finished());
        let before = clock.moment();
        clock.set_to(Timestamp::UNIX_EPOCH);

        napper.await.unwrap();
        assert_eq!(clock.moment().jump_since(&before), SignedDuration::from_hours(-1));
    }

    /// S160
    #[test]
    fn the_systems_two_clocks_agree() {
        let clock = Clock::system();
        let before = clock.moment();

        let jump = clock.moment().jump_since(&before);

        assert!(jump.abs() < SignedDuration::from_secs(1), "nobody moved it: {jump:?}");
    }

    /// B9, S160: what passes moves nothing, and what is set is seen by whoever reads the stand back.
    #[test]
    fn the_stand_of_a_clock_tells_that_it_was_set() {
        let clock = Clock::set_at("2026-11-20T10:00:00Z".parse().unwrap());
        let before = ClockStand::from_text(&clock.stand().written()).unwrap();
        clock.advance(Duration::from_secs(86_400));
        assert_eq!(clock.stand().set_since(&before), Some(SignedDuration::ZERO), "a day passed");

        clock.set_to(clock.now().checked_sub(Duration::from_secs(7_200)).unwrap());
        assert_eq!(clock.stand().set_since(&before), Some(SignedDuration::from_hours(-2)));

        let of_another_start = ClockStand { counts_from: "another".into(), ..before };
        assert_eq!(clock.stand().set_since(&of_another_start), None);
        assert_eq!(ClockStand::from_text("nonsense"), None);
        let system = Clock::system();
        let now = ClockStand::from_text(&system.stand().written()).unwrap();
        assert!(system.stand().set_since(&now).unwrap().abs() < SignedDuration::from_secs(1));
    }

    /// S160: the year 9999 ends before the range of the system's time does.
    #[test]
    fn a_clock_set_past_the_ends_of_time_stands_at_them() {
        let seconds = Duration::from_secs;
        let epoch = SystemTime::UNIX_EPOCH;

        assert_eq!(nearest(epoch + seconds(253_402_300_700)), Timestamp::MAX);
        assert_eq!(nearest(epoch + seconds(i64::MAX as u64)), Timestamp::MAX);
        assert_eq!(nearest(epoch - seconds(i64::MAX as u64)), Timestamp::MIN);
        assert_eq!(nearest(epoch - seconds(1)).as_second(), -1, "before 1970");
        assert_eq!(nearest(epoch + seconds(1)).as_second(), 1);
    }

    /// S060: a hostile lifetime cannot move the clock out of its range.
    #[test]
    fn advancing_stops_at_the_end_of_time() {
        let clock = Clock::set_at(Timestamp::UNIX_EPOCH);

        clock.advance(Duration::MAX);

        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
