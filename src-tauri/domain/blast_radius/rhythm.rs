//! How often a program runs, as learned from when it was seen at the door; and how far that can be relied on [D1, D3, F2].
//!
//! Nobody says so: it is read from the pauses between its runs. A guess is told as one, with the share of the time in which
//! it held.

use jiff::{SignedDuration, Timestamp};

use super::Schedule;

/// Uses closer together than this belong to one run, in minutes: the shortest that makes the pauses alike is taken. A job
/// of the night may take a token every half hour until it is done.
const ONE_RUN: [i64; 3] = [10, 60, 6 * 60];
/// Fewer pauses than this are no habit.
const LEAST_PAUSES: usize = 3;
/// How far a pause may lie from the middle one and still be like it, as a share of that.
const LIKE: f64 = 0.2;
/// So much of the time that was seen has to lie in pauses that are alike.
const LEAST_PERCENT: u8 = 60;
/// A run that takes more of a pause than this has a rhythm of its own that is not known: what it does hourly by day only.
const LONGEST_RUN: f64 = 0.25;
/// In use for so long without a pause, it may need its token at any moment.
const STEADY: SignedDuration = SignedDuration::from_hours(2);
/// After so many pauses without a run it has stopped, or runs by something else.
const MISSED: i32 = 3;
/// A clock may be put right by this much without anything seen before becoming doubtful, in minutes.
const LITTLE_AHEAD: i64 = 10;
/// A run's rate is measured over at least so long.
const MEASURED_OVER: SignedDuration = SignedDuration::from_hours(24);

/// When a program was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// When its runs began, the earliest first; bounded.
    starts: Vec<Timestamp>,
    last: Option<Timestamp>,
}

/// What was learned of when it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Habit {
    pub schedule: Schedule,
    /// Measured, where no schedule says.
    pub runs_per_day: Option<f64>,
}

impl Seen {
    /// Enough for a month of nights, or two days of hours.
    pub const MOST_STARTS: usize = 48;

    /// As it was kept.
    pub fn from_kept(mut starts: Vec<Timestamp>, last: Option<Timestamp>) -> Self {
        starts.sort_unstable();
        starts.dedup();
        Self { starts, last }
    }

    /// It was seen now. True: a run began with that.
    pub fn take(&mut self, at: Timestamp) -> bool {
        self.drop_what_lies_ahead_of(at);
        // A clock that was put back a little begins nothing.
        let begins = self.last.is_none_or(|last| at.duration_since(last) >= minutes(ONE_RUN[0]));
        if begins {
            self.starts.push(at);
            let over = self.starts.len().saturating_sub(Self::MOST_STARTS);
            self.starts.drain(..over);
        }
        self.last = self.last.max(Some(at));
        begins
    }

    /// What a clock that was ahead has written: nothing would be seen to begin until that time has come, and no rhythm can
    /// be read beside it.
    fn drop_what_lies_ahead_of(&mut self, at: Timestamp) {
        let is_ahead = |it: &Timestamp| it.duration_since(at) > minutes(LITTLE_AHEAD);
        self.starts.retain(|it| !is_ahead(it));
        if self.last.as_ref().is_some_and(is_ahead) {
            self.last = self.starts.last().copied();
        }
    }

    /// When it was seen last; `None`: never.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    pub fn starts(&self) -> &[Timestamp] {
        &self.starts
    }

    /// One program's uses of all its connections: what begins together is one run.
    pub fn together(all: impl IntoIterator<Item = Self>) -> Self {
        let (mut starts, mut last) = (vec![], None);
        for one in all {
            starts.extend(one.starts);
            last = last.max(one.last);
        }
        starts.sort_unstable();
        let starts = runs(&starts, minutes(ONE_RUN[0])).into_iter().map(|it| it.from).collect();
        Self { starts, last }
    }

    /// What can be said of when it runs next.
    pub fn habit(&self) -> Habit {
        if let (Some(start), Some(last)) = (self.starts.last(), self.last)
            && last.duration_since(*start) >= STEADY
        {
            return Habit { schedule: Schedule::OnEvent, runs_per_day: None };
        }
        let learned = ONE_RUN.iter().find_map(|apart| rhythm(&runs(&self.starts, minutes(*apart))));
        match learned {
            Some(schedule) => Habit { schedule, runs_per_day: None },
            None => Habit { schedule: Schedule::Unknown, runs_per_day: self.rate() },
        }
    }

    fn rate(&self) -> Option<f64> {
        let (first, last) = (self.starts.first()?, self.starts.last()?);
        let span = last.duration_since(*first);
        let pauses = u32::try_from(self.starts.len().saturating_sub(1)).ok()?;
        (span >= MEASURED_OVER).then(|| f64::from(pauses) * 86_400.0 / span.as_secs_f64())
    }
}

impl Schedule {
    /// What was learned is worth nothing any more once it has not come true several times; any other is as it was.
    pub fn as_of(&self, now: Timestamp) -> Self {
        match self {
            Self::Learned { seconds, from, .. } if is_missed(*seconds, *from, now) => Self::Unknown,
            Self::Unknown
            | Self::OnDemand
            | Self::OnEvent
            | Self::Every { .. }
            | Self::Cron { .. }
            | Self::NextAt { .. }
            | Self::Learned { .. } => self.clone(),
        }
    }
}

fn is_missed(seconds: u32, from: Timestamp, now: Timestamp) -> bool {
    let pause = SignedDuration::from_secs(i64::from(seconds));
    pause.checked_mul(MISSED).is_some_and(|long| now.duration_since(from) > long)
}

/// One run: when it began, and when it was last seen to begin something.
struct Run {
    from: Timestamp,
    until: Timestamp,
}

/// Pauses between runs that are alike for most of the time make a habit.
fn rhythm(runs: &[Run]) -> Option<Schedule> {
    let from = runs.last()?.from;
    let pauses: Vec<f64> =
        runs.iter().zip(runs.iter().skip(1)).map(|(one, next)| seconds(one.from, next.from)).collect();
    if pauses.len() < LEAST_PAUSES {
        return None;
    }
    let mut sorted = pauses.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = *sorted.get(pauses.len() / 2)?;
    // By the time they take and not by their number: five short pauses in a night are no habit of the day.
    let alike: f64 = pauses.iter().filter(|it| (**it - middle).abs() <= LIKE * middle).sum();
    let percent = (100.0 * alike / pauses.iter().sum::<f64>()).round();
    let is_short = runs.iter().all(|it| seconds(it.from, it.until) <= LONGEST_RUN * middle);
    let is_habit = is_short && percent >= f64::from(LEAST_PERCENT) && middle >= 1.0 && middle <= f64::from(u32::MAX);
    is_habit.then(|| Schedule::Learned { seconds: middle.round() as u32, percent: percent.min(100.0) as u8, from })
}

/// What lies closer together than that is one run.
fn runs(starts: &[Timestamp], apart: SignedDuration) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    for at in starts {
        match runs.last_mut().filter(|run| at.duration_since(run.until) < apart) {
            Some(run) => run.until = *at,
            None => runs.push(Run { from: *at, until: *at }),
        }
    }
    runs
}

fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    const DAY: i64 = 24 * 60;

    fn seen(at: impl IntoIterator<Item = i64>) -> Seen {
        let mut seen = Seen::default();
        for minute in at {
            seen.take(at_minute(minute));
        }
        seen
    }

    fn learned(seen: &Seen) -> Option<(u32, u8, Timestamp)> {
        let Schedule::Learned { seconds, percent, from } = seen.habit().schedule else { return None };
        Some((seconds, percent, from))
    }

    /// D3: what comes every night is foretold, also where it takes several tokens, and is some minutes late.
    #[test]
    fn a_job_of_the_night_is_known_after_some_nights() {
        let nights = |count: i64| seen((0..count).flat_map(|night| [0, 5, 14].map(|it| night * DAY + it + night % 3)));

        assert_eq!(learned(&nights(3)), None, "two pauses are no habit");
        let (seconds, percent, from) = learned(&nights(6)).unwrap();
        assert!((86_300..=86_600).contains(&seconds), "about a day: {seconds}");
        assert_eq!((percent, from), (100, at_minute(5 * DAY + 5 % 3)), "from where the last run began");
        assert_eq!(nights(6).habit().runs_per_day, None, "the schedule says it");
    }

    /// D3: one that pauses for half an hour within a run is still one of the night.
    #[test]
    fn a_run_with_pauses_of_its_own_is_one_run() {
        let slow = seen((0..6).flat_map(|night| [0, 25, 50].map(|it| night * DAY + it)));

        assert_eq!(learned(&slow), Some((86_400, 100, at_minute(5 * DAY))));
    }

    /// D3: a job that rests at the weekend is told with what it is worth, and no habit is none.
    #[test]
    fn a_habit_is_worth_what_bears_it_out() {
        let workdays = seen([0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map(|day| day * DAY));
        let (seconds, percent, _) = learned(&workdays).unwrap();
        assert_eq!((seconds, percent), (86_400, 73), "8 of 11 days");

        let by_day = seen((0..5).flat_map(|day| (9..18).map(move |hour| day * DAY + hour * 60)));
        assert_eq!(by_day.habit().schedule, Schedule::Unknown, "neither every hour nor once a day");
        assert!(by_day.habit().runs_per_day.is_some_and(|it| it > 8.0));

        let by_hand = seen([0, 90, 3 * DAY, 3 * DAY + 400, 9 * DAY, 20 * DAY]);
        assert_eq!(by_hand.habit().schedule, Schedule::Unknown);
        let rate = by_hand.habit().runs_per_day.unwrap();
        assert!((rate - 0.25).abs() < 0.001, "5 runs after the first in 20 days: {rate}");
        assert_eq!(
            seen([0, 30]).habit(),
            Habit { schedule: Schedule::Unknown, runs_per_day: None },
            "too short a time"
        );
        assert_eq!(Seen::default().habit(), Habit { schedule: Schedule::Unknown, runs_per_day: None });
    }

    /// D3: who is always at it may need its token at any moment.
    #[test]
    fn one_that_never_rests_runs_at_any_moment() {
        assert_eq!(seen((0..119).map(|it| it * 2)).habit().schedule, Schedule::OnEvent);
        assert_eq!(seen((0..30).map(|it| it * 2)).habit().schedule, Schedule::Unknown, "an hour is no always");
    }

    /// D3: what did not come true several times is forgotten, and no clock that was put back a little begins a run.
    #[test]
    fn a_habit_ends_and_a_clock_set_back_begins_nothing() {
        let mut hourly = seen((0..8).map(|it| it * 60));
        let schedule = hourly.habit().schedule;
        assert_eq!(schedule.as_of(at_minute(7 * 60 + 180)), schedule);
        assert_eq!(schedule.as_of(at_minute(7 * 60 + 181)), Schedule::Unknown);

        assert!(!hourly.take(at_minute(7 * 60 - 10)));
        assert!(!hourly.take(at_minute(7 * 60 + 9)));
        assert!(hourly.take(at_minute(8 * 60)));
    }

    /// D3: what a clock wrote that was a year ahead is let go once the clock is right, and the rhythm is learned on.
    #[test]
    fn a_clock_that_was_once_ahead_ends_no_learning() {
        let mut nightly = seen((0..4).map(|night| night * DAY));
        let a_year_ahead = (4 + 365) * DAY;
        assert!(nightly.take(at_minute(a_year_ahead)) && !nightly.take(at_minute(a_year_ahead + 5)));

        for night in 4..8 {
            assert!(nightly.take(at_minute(night * DAY)), "night {night}");
            assert!(!nightly.take(at_minute(night * DAY + 5)), "the same run");
        }

        assert_eq!(nightly.starts(), (0..8).map(|night| at_minute(night * DAY)).collect::<Vec<_>>());
        assert_eq!(learned(&nightly), Some((86_400, 100, at_minute(7 * DAY))));
        let mut new = Seen::from_kept(vec![at_minute(a_year_ahead)], Some(at_minute(a_year_ahead)));
        assert!(new.take(at_minute(0)) && new.starts() == [at_minute(0)]);
        let mut little = seen([60]);
        assert!(!little.take(at_minute(50)) && little == seen([60]), "put right by ten minutes");
    }

    /// D1: what is kept of a program is bounded, and its connections are used in one run.
    #[test]
    fn little_is_kept_and_what_begins_together_is_one_run() {
        let long = seen((0..500).map(|it| it * 60));
        assert_eq!(long.starts().len(), Seen::MOST_STARTS);
        assert_eq!(long.starts().last(), Some(&at_minute(499 * 60)));
        let kept = Seen::from_kept(long.starts().to_vec(), Some(at_minute(499 * 60)));
        assert_eq!(kept, long);

        let beside = seen((0..5).map(|it| it * DAY + 1));
        let both = Seen::together([seen((0..5).map(|it| it * DAY)), beside]);
        assert_eq!(both.starts(), (0..5).map(|it| at_minute(it * DAY)).collect::<Vec<_>>());
        assert_eq!(learned(&both), Some((86_400, 100, at_minute(4 * DAY))));
    }
}
