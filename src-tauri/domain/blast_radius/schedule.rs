//! When a workflow runs by itself, as far as its platform says [D1, D3].

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What starts it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Schedule {
    Unknown,
    /// Nothing but a person or another workflow.
    OnDemand,
    /// A webhook or an event: it may run at any moment.
    OnEvent,
    /// Every so many seconds.
    Every {
        seconds: u32,
    },
    /// Five or six fields, and the time zone they are meant in (IANA).
    Cron {
        expression: String,
        time_zone: Option<String>,
    },
    /// Only the next time is known, in seconds since 1970.
    NextAt {
        at: Timestamp,
    },
    /// Nobody said so: about every so many seconds, as it was seen ([`super::rhythm`]).
    Learned {
        seconds: u32,
        /// How much of the time that was seen it held.
        percent: u8,
        /// When its last run began.
        from: Timestamp,
    },
}

/// When a workflow runs next. The order is that of a list: what is dated first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NextRun {
    At(Timestamp),
    /// Whenever its event comes.
    AnyMoment,
    NotKnown,
    /// Not by itself.
    OnDemand,
}

impl NextRun {
    /// The moment, where there is one.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::AnyMoment | Self::NotKnown | Self::OnDemand => None,
        }
    }
}

impl Schedule {
    /// The time zone its hours are meant in, where it names one.
    pub fn zone_name(&self) -> Option<&str> {
        match self {
            Self::Cron { time_zone, .. } => time_zone.as_deref(),
            Self::Unknown
            | Self::OnDemand
            | Self::OnEvent
            | Self::Every { .. }
            | Self::NextAt { .. }
            | Self::Learned { .. } => None,
        }
    }

    /// The next run after a moment. `zone` is the one that [`Schedule::zone_name`] names, else the person's own.
    pub fn next_run(&self, after: Timestamp, zone: &TimeZone) -> NextRun {
        Timetable::read(self, zone).next_run(after, None)
    }
}

/// A schedule that was read once, and is asked often.
#[derive(Debug, Clone)]
pub struct Timetable(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Unknown,
    OnDemand,
    OnEvent,
    Every(SignedDuration),
    Cron(Box<Cron>, TimeZone),
    NextAt(Timestamp),
    /// From a run on that is known.
    Learned(SignedDuration, Timestamp),
}

impl Timetable {
    /// What cannot be read is not known.
    pub fn read(schedule: &Schedule, zone: &TimeZone) -> Self {
        Self(match schedule {
            Schedule::Unknown | Schedule::Every { seconds: 0 } | Schedule::Learned { seconds: 0, .. } => Kind::Unknown,
            Schedule::OnDemand => Kind::OnDemand,
            Schedule::OnEvent => Kind::OnEvent,
            Schedule::Every { seconds } => Kind::Every(SignedDuration::from_secs(i64::from(*seconds))),
            Schedule::Cron { expression, .. } => {
                let parser = CronParser::builder().seconds(Seconds::Optional).build();
                match parser.parse(expression.trim()) {
                    Ok(cron) => Kind::Cron(Box::new(cron), zone.clone()),
                    Err(_) => Kind::Unknown,
                }
            }
            Schedule::NextAt { at } => Kind::NextAt(*at),
            Schedule::Learned { seconds, from, .. } => {
                Kind::Learned(SignedDuration::from_secs(i64::from(*seconds)), *from)
            }
        })
    }

    /// The next run after a moment. An interval goes on from the last run, where one is known; else the first run is
    /// one interval away at most.
    pub fn next_run(&self, after: Timestamp, last_run: Option<Timestamp>) -> NextRun {
        match &self.0 {
            Kind::Unknown => NextRun::NotKnown,
            Kind::OnDemand => NextRun::OnDemand,
            Kind::OnEvent => NextRun::AnyMoment,
            Kind::Every(interval) => next_in_steps(*interval, after, last_run).map_or(NextRun::NotKnown, NextRun::At),
            Kind::Cron(cron, zone) => next_by_cron(cron, zone, after).map_or(NextRun::NotKnown, NextRun::At),
            Kind::NextAt(at) if *at > after => NextRun::At(*at),
            Kind::NextAt(_) => NextRun::NotKnown,
            Kind::Learned(pause, from) => {
                next_in_steps(*pause, after, Some(*from)).map_or(NextRun::NotKnown, NextRun::At)
            }
        }
    }

    /// How many runs fall due after one moment and up to another, by the clock that `run` fixes where an interval goes on
    /// from a run; `None` where no schedule says. What is many is reckoned by the rate of the first.
    pub fn runs_between(&self, after: Timestamp, until: Timestamp, run: Option<Timestamp>) -> Option<u32> {
        /// Nobody makes up for more one by one.
        const COUNTED: u32 = 500;
        if until <= after {
            return Some(0);
        }
        match &self.0 {
            Kind::Unknown | Kind::OnDemand | Kind::OnEvent => None,
            Kind::NextAt(at) => Some(u32::from(*at > after && *at <= until)),
            Kind::Every(interval) => Some(steps_between(*interval, after, until, run)),
            Kind::Learned(pause, from) => Some(steps_between(*pause, after, until, Some(*from))),
            Kind::Cron(cron, zone) => {
                let (mut count, mut last) = (0, after);
                while let Some(next) = next_by_cron(cron, zone, last).filter(|next| *next <= until) {
                    (count, last) = (count + 1, next);
                    if count == COUNTED {
                        let (all, seen) = (until.duration_since(after), last.duration_since(after));
                        let share = all.as_secs_f64() / seen.as_secs_f64().max(1.0);
                        return Some((f64::from(COUNTED) * share).min(f64::from(u32::MAX)) as u32);
                    }
                }
                Some(count)
            }
        }
    }

    /// Whether its next run depends on its last one.
    pub(super) fn goes_on_from_last_run(&self) -> bool {
        matches!(self.0, Kind::Every(_))
    }

    /// How often it runs by itself, in a day; `None` where nobody can tell.
    pub fn runs_per_day(&self) -> Option<f64> {
        /// Enough to see a week's pattern, few enough to be asked of thousands.
        const LOOKED_AT: usize = 28;
        const DAY: f64 = 86_400.0;
        match &self.0 {
            Kind::Every(interval) | Kind::Learned(interval, _) => Some(DAY / interval.as_secs_f64()),
            Kind::Cron(cron, zone) => {
                let begin = Timestamp::UNIX_EPOCH;
                let (mut last, mut count) = (begin, 0_u32);
                for _ in 0..LOOKED_AT {
                    let Some(next) = next_by_cron(cron, zone, last) else { break };
                    last = next;
                    count += 1;
                }
                let days = last.duration_since(begin).as_secs_f64() / DAY;
                (count > 0 && days > 0.0).then(|| f64::from(count) / days)
            }
            Kind::Unknown | Kind::OnDemand | Kind::OnEvent | Kind::NextAt(_) => None,
        }
    }
}

fn next_in_steps(interval: SignedDuration, after: Timestamp, last_run: Option<Timestamp>) -> Option<Timestamp> {
    let Some(last) = last_run.filter(|last| *last <= after) else { return after.checked_add(interval).ok() };
    let passed = after.duration_since(last).as_secs() / interval.as_secs().max(1);
    let steps = i32::try_from(passed.saturating_add(1)).ok()?;
    last.checked_add(interval.checked_mul(steps)?).ok()
}

fn steps_between(interval: SignedDuration, after: Timestamp, until: Timestamp, run: Option<Timestamp>) -> u32 {
    let first = next_in_steps(interval, after, run).filter(|first| *first <= until);
    let more = first.map_or(-1, |first| until.duration_since(first).as_secs() / interval.as_secs().max(1));
    u32::try_from(more.saturating_add(1)).unwrap_or(u32::MAX)
}

/// By what the clocks in that zone show, also where they change.
fn next_by_cron(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let next = cron.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok()?;
    Some(next.timestamp()).filter(|at| *at > after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cron(expression: &str) -> Schedule {
        Schedule::Cron { expression: expression.to_owned(), time_zone: None }
    }

    /// Central European time, as a rule that needs no file.
    fn oslo() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    /// D3: what platforms write, and when it is next.
    #[test]
    fn a_schedule_says_when_it_is_next() {
        // A Saturday.
        let now = at("2026-11-21T10:30:00Z");
        for (schedule, expected) in [
            (cron("0 9 * * *"), "2026-11-22T09:00:00Z"),
            (cron("0 9 * * 1-5"), "2026-11-23T09:00:00Z"),
            (cron("0 9 * * 0"), "2026-11-22T09:00:00Z"),
            (cron("0 9 * * 7"), "2026-11-22T09:00:00Z"),
            (cron("30 0 2 * * *"), "2026-11-22T02:00:30Z"),
            (cron("*/15 * * * *"), "2026-11-21T10:45:00Z"),
            (cron("0 0 1 * MON"), "2026-11-23T00:00:00Z"),
            (Schedule::Every { seconds: 900 }, "2026-11-21T10:45:00Z"),
            (Schedule::NextAt { at: at("2026-12-01T00:00:00Z") }, "2026-12-01T00:00:00Z"),
        ] {
            assert_eq!(schedule.next_run(now, &TimeZone::UTC), NextRun::At(at(expected)), "{schedule:?}");
        }
        for (schedule, expected) in [
            (Schedule::OnEvent, NextRun::AnyMoment),
            (Schedule::OnDemand, NextRun::OnDemand),
            (Schedule::Unknown, NextRun::NotKnown),
            (Schedule::Every { seconds: 0 }, NextRun::NotKnown),
            (Schedule::NextAt { at: now }, NextRun::NotKnown),
            (cron("every morning"), NextRun::NotKnown),
            (cron("0 0 30 2 *"), NextRun::NotKnown),
        ] {
            assert_eq!(schedule.next_run(now, &TimeZone::UTC), expected, "{schedule:?}");
        }
    }

    /// D3: nine o'clock is nine o'clock where the workflow lives, also when the clocks change.
    #[test]
    fn hours_are_those_of_the_zone_and_the_clocks_may_change() {
        let nine = cron("0 9 * * *");
        assert_eq!(nine.next_run(at("2026-07-01T00:00:00Z"), &oslo()), NextRun::At(at("2026-07-01T07:00:00Z")));
        assert_eq!(nine.next_run(at("2026-12-01T00:00:00Z"), &oslo()), NextRun::At(at("2026-12-01T08:00:00Z")));

        // 29 March 2026: from 01:59:59 to 03:00:00. 25 October: 02:30 comes twice.
        let half_past_two = cron("30 2 * * *");
        let skipped = half_past_two.next_run(at("2026-03-28T23:30:00Z"), &oslo());
        assert_eq!(skipped, NextRun::At(at("2026-03-29T01:00:00Z")), "where the clocks go on");
        let first = half_past_two.next_run(at("2026-10-24T23:00:00Z"), &oslo());
        assert_eq!(first, NextRun::At(at("2026-10-25T00:30:00Z")), "the first of two");
        let between = half_past_two.next_run(at("2026-10-25T01:10:00Z"), &oslo());
        assert_eq!(
            between,
            NextRun::At(at("2026-10-26T01:30:00Z")),
            "it has run that day, and no run lies in the past"
        );
    }

    /// D3
    #[test]
    fn an_interval_goes_on_from_the_last_run() {
        let table = Timetable::read(&Schedule::Every { seconds: 3600 }, &TimeZone::UTC);
        let next = |last| table.next_run(at("2026-11-21T10:30:00Z"), Some(at(last)));

        assert_eq!(next("2026-11-21T10:05:00Z"), NextRun::At(at("2026-11-21T11:05:00Z")));
        assert_eq!(next("2026-11-19T10:05:00Z"), NextRun::At(at("2026-11-21T11:05:00Z")), "what was missed is past");
        assert_eq!(next("2026-11-22T00:00:00Z"), NextRun::At(at("2026-11-21T11:30:00Z")), "a clock that was ahead");
    }

    /// D5: what fell due while nothing could run.
    #[test]
    fn the_runs_between_two_moments_are_counted() {
        let (from, until) = (at("2026-11-20T00:00:00Z"), at("2026-11-21T10:30:00Z"));
        let between = |schedule: &Schedule| Timetable::read(schedule, &TimeZone::UTC).runs_between(from, until, None);

        assert_eq!(between(&cron("0 9 * * *")), Some(2));
        assert_eq!(between(&cron("0 9 * * 0")), Some(0));
        assert_eq!(between(&Schedule::Every { seconds: 3600 }), Some(34));
        assert_eq!(between(&Schedule::NextAt { at: at("2026-11-20T09:00:00Z") }), Some(1));
        assert_eq!(between(&Schedule::NextAt { at: from }), Some(0), "the one at the beginning was before");
        assert_eq!(between(&cron("* * * * *")), Some(2_070), "by the rate of the first five hundred");
        assert_eq!(between(&Schedule::OnEvent), None);
        let table = Timetable::read(&Schedule::Every { seconds: 3600 }, &TimeZone::UTC);
        let run = Some(at("2026-11-19T23:40:00Z"));
        assert_eq!(table.runs_between(from, at("2026-11-20T00:45:00Z"), run), Some(1), "it goes on from its run");
        assert_eq!(table.runs_between(until, from, run), Some(0));
    }

    /// D3
    #[test]
    fn how_often_a_day_follows_from_the_schedule() {
        let of = |schedule: &Schedule| Timetable::read(schedule, &TimeZone::UTC).runs_per_day();
        let is_near =
            |found: Option<f64>, expected: f64| found.is_some_and(|it| (it - expected).abs() < expected * 0.1);

        assert_eq!(of(&Schedule::Every { seconds: 3600 }), Some(24.0));
        assert!(is_near(of(&cron("0 * * * *")), 24.0));
        assert!(is_near(of(&cron("0 9 * * 1-5")), 5.0 / 7.0), "{:?}", of(&cron("0 9 * * 1-5")));
        assert_eq!(of(&Schedule::OnEvent), None);
    }
}
