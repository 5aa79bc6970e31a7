//! Says moments and spans: relative under a day, weekday under a week, date after; in the person's zone.

use std::time::Duration;

use domain::token::{Expiry, TokenFacts};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The moment everything is told from, and whose clock is on the wall.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    at: Zoned,
    is_12_hours: bool,
}

impl Now {
    /// The system's time and zone.
    pub(crate) fn here() -> Self {
        Self {
            at: engine::clock::Clock::system().now().to_zoned(TimeZone::system()),
            is_12_hours: engine::hours::is_12().unwrap_or(false),
        }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at.timestamp()
    }

    /// "2026-11-19 16:55:03".
    pub(crate) fn exact(&self, at: Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// "just now", "4 min ago", "Mon 17:02", "14 Nov".
    pub(crate) fn ago(&self, at: Timestamp) -> String {
        let past = self.at().as_second() - at.as_second();
        if !(0..DAY).contains(&past) {
            return self.moment(at);
        }
        if past < 10 { "just now".to_owned() } else { format!("{} ago", short_span(past)) }
    }

    /// "16:55" today, "tomorrow 02:00", "Thu 16:55" within a week, "28 Dec" beyond.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        let (local, days) = (self.local(at), self.days_until(at));
        let clock = self.clock(&local);
        match days {
            0 => clock,
            1 => format!("tomorrow {clock}"),
            -1 => format!("yesterday {clock}"),
            -6..=6 => format!("{} {clock}", local.strftime("%a")),
            _ if local.year() == self.at.year() || days.abs() < 180 => local.strftime("%-d %b").to_string(),
            _ => local.strftime("%-d %b %Y").to_string(),
        }
    }

    /// The same inside a sentence: "at 16:55", "tomorrow at 02:00", "on Thursday at 16:55", "on 28 Dec".
    pub(crate) fn moment_in_sentence(&self, at: Timestamp) -> String {
        let local = self.local(at);
        let clock = self.clock(&local);
        match self.days_until(at) {
            0 => format!("at {clock}"),
            1 => format!("tomorrow at {clock}"),
            -1 => format!("yesterday at {clock}"),
            -6..=6 => format!("on {} at {clock}", local.strftime("%A")),
            _ => format!("on {}", self.moment(at)),
        }
    }

    /// "in 41 min", or the moment when it is past or far.
    pub(crate) fn until(&self, at: Timestamp) -> String {
        let left = at.as_second() - self.at().as_second();
        if (0..DAY).contains(&left) { format!("{}, in {}", self.moment(at), span(left)) } else { self.moment(at) }
    }

    /// "2 d 6 h" from now; never negative.
    pub(crate) fn left(&self, at: Timestamp) -> String {
        span(at.as_second() - self.at().as_second())
    }

    /// "3 h" until now; never negative.
    pub(crate) fn since(&self, at: Timestamp) -> String {
        short_span(self.at().as_second() - at.as_second())
    }

    /// "16:55", or "4:55 pm" where the locale has it so.
    fn clock(&self, local: &Zoned) -> String {
        local.strftime(if self.is_12_hours { "%-I:%M %P" } else { "%H:%M" }).to_string()
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.at.time_zone().clone())
    }

    fn days_until(&self, at: Timestamp) -> i64 {
        let hours = self.local(at).date().duration_since(self.at.date()).as_hours();
        hours / 24
    }
}

/// "11 min", "3 h 5 min", "2 d 6 h": of seconds, never less than one.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(1);
    let (days, hours, minutes) = (seconds / DAY, seconds % DAY / HOUR, seconds % HOUR / MINUTE);
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{minutes} min"),
        HOUR..DAY if hours < 4 && minutes > 0 => format!("{hours} h {minutes} min"),
        HOUR..DAY => format!("{hours} h"),
        _ if days < 7 && hours > 0 => format!("{days} d {hours} h"),
        _ => format!("{days} d"),
    }
}

/// "11 min", "3 h", "2 d": cut to its largest unit, for columns.
fn short_span(seconds: i64) -> String {
    let seconds = seconds.max(1);
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

/// "60 d", "12 h": for columns.
pub(crate) fn length(time: Duration) -> String {
    span(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// "7 days", "12 h": inside a sentence; whole days in full.
pub(crate) fn life(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds > 0 && seconds.is_multiple_of(86_400) {
        super::counted(seconds as usize / 86_400, "day")
    } else {
        length(time)
    }
}

/// "Tokens of Orders live 1 h: its provider issues no longer ones. This one holds until 16:55; ask for less." `None`: it is
/// not known until when it holds.
pub(crate) fn short_lived(name: &str, token: &TokenFacts, now: &Now) -> Option<String> {
    let (lifetime, Expiry::At(at)) = (token.lifetime()?, token.expiry) else { return None };
    let life = life(nearly_whole(lifetime.unsigned_abs()));
    let name = super::named(name);
    Some(format!(
        "Tokens of {name} live {life}: its provider issues no longer ones. This one holds until {}; ask for less.",
        now.until(at)
    ))
}

/// A provider that says 3599 seconds means an hour.
fn nearly_whole(time: Duration) -> Duration {
    let seconds = time.as_secs();
    if seconds < 600 { time } else { Duration::from_secs((seconds + 30) / 60 * 60) }
}

/// "212 ms", "1.4 s".
pub(crate) fn latency(taken: Duration) -> String {
    let ms = taken.as_millis();
    if ms < 1000 { format!("{ms} ms") } else { format!("{} s", tenths(taken.as_secs_f64())) }
}

/// "1.4", "2": a nought behind the point would claim more than was measured.
fn tenths(number: f64) -> String {
    let written = format!("{number:.1}");
    written.strip_suffix(".0").map_or_else(|| written.clone(), str::to_owned)
}

/// "840 µs", "2.1 ms", "212 ms", "1.4 s", "3 min": of what was measured.
pub(crate) fn taken(time: Duration) -> String {
    match time.as_micros() {
        us @ ..1_000 => format!("{us} µs"),
        us @ 1_000..10_000 => format!("{} ms", tenths(us as f64 / 1000.0)),
        10_000..60_000_000 => latency(time),
        _ => span(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C9: no more digits than were measured.
    #[test]
    fn a_whole_number_has_no_nought_behind_it() {
        let of = |us| taken(Duration::from_micros(us));
        assert_eq!([of(840), of(2_000), of(2_120), of(212_000)], ["840 µs", "2 ms", "2.1 ms", "212 ms"]);
        assert_eq!([of(1_000_000), of(1_400_000), of(3_040_000)], ["1 s", "1.4 s", "3 s"]);
    }

    /// The design's rule for times.
    #[test]
    fn near_moments_are_told_by_the_clock_and_far_ones_by_the_calendar() {
        let now = Now {
            at: "2026-11-19T16:00:00Z".parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC),
            is_12_hours: false,
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();

        assert_eq!(now.ago(at("2026-11-19T15:56:00Z")), "4 min ago");
        assert_eq!(now.moment(at("2026-11-19T16:55:00Z")), "16:55");
        assert_eq!(now.moment_in_sentence(at("2026-11-20T02:00:00Z")), "tomorrow at 02:00");
        assert_eq!(now.moment(at("2026-11-23T16:55:00Z")), "Mon 16:55");
        let twelve = Now { is_12_hours: true, ..now.clone() };
        assert_eq!(twelve.moment(at("2026-11-23T16:55:00Z")), "Mon 4:55 pm", "as the locale has it");
        assert_eq!(now.moment(at("2026-12-28T10:00:00Z")), "28 Dec");
        assert_eq!(now.until(at("2026-11-19T16:41:00Z")), "16:41, in 41 min");
        assert_eq!(span(2 * DAY + 6 * HOUR), "2 d 6 h");
        assert_eq!(latency(Duration::from_millis(1_420)), "1.4 s");
        let idle = |hours: u64| (length(Duration::from_secs(hours * 3_600)), life(Duration::from_secs(hours * 3_600)));
        assert_eq!(idle(1_440), ("60 d".to_owned(), "60 days".to_owned()));
        assert_eq!(idle(12), ("12 h".to_owned(), "12 h".to_owned()), "never a life of no days");
        let told = [840, 2_100, 212_000, 1_420_000, 200_000_000].map(|us| taken(Duration::from_micros(us)));
        assert_eq!(told, ["840 µs", "2.1 ms", "212 ms", "1.4 s", "3 min"]);
    }
}
