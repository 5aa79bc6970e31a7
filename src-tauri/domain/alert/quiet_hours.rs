//! Hours in which nothing is told: by the wall clock, over midnight, and on the days the clock is changed [F4].

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use thiserror::Error;

/// From one wall-clock time to another, every day; the later one is of the next day where it is the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

/// It is not two different times of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("quiet hours are two different times of the day, such as 22:00-07:00")]
pub struct BadQuietHours;

impl QuietHours {
    /// When the quiet hours that `now` lies in end; `None`: it lies in none.
    ///
    /// A time that the clock skips is the moment after the gap, one that comes twice is the first: an hour of each year
    /// may be quieter or louder than written, and none is endless.
    pub fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let days = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        days.filter_map(|day| self.of(day, zone)).find(|(from, until)| *from <= now && now < *until).map(|(_, it)| it)
    }

    /// Those that begin on a day.
    fn of(self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let moment =
            |day: Date, time: Time| Some(zone.to_ambiguous_zoned(day.to_datetime(time)).compatible().ok()?.timestamp());
        let last = if self.until > self.from { day } else { day.checked_add(1.day()).ok()? };
        Some((moment(day, self.from)?, moment(last, self.until)?))
    }
}

/// `22:00-07:00`.
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())
    }
}

impl FromStr for QuietHours {
    type Err = BadQuietHours;

    fn from_str(text: &str) -> Result<Self, BadQuietHours> {
        let time = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let is_two_digits = |it: &str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
            let both = [hour, minute];
            both.iter().all(|it| is_two_digits(it)).then_some(())?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let (from, until) = text.split_once('-').ok_or(BadQuietHours)?;
        match (time(from), time(until)) {
            (Some(from), Some(until)) if from != until => Ok(Self { from, until }),
            (Some(_) | None, Some(_) | None) => Err(BadQuietHours),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Central Europe: forward on 29 March 2026 at 02:00, back on 25 October at 03:00.
    fn zone() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn local(at: DateTime) -> Timestamp {
        zone().to_ambiguous_zoned(at).compatible().unwrap().timestamp()
    }

    fn hours(text: &str) -> QuietHours {
        text.parse().unwrap()
    }

    /// F4
    #[test]
    fn a_night_runs_over_midnight_and_ends_in_the_morning() {
        let night = hours("22:00-07:00");
        let end = local(date(2026, 6, 2).at(7, 0, 0, 0));
        for (day, hour, minute) in [(1, 22, 0), (1, 23, 59), (2, 0, 0), (2, 6, 59)] {
            let now = local(date(2026, 6, day).at(hour, minute, 0, 0));
            assert_eq!(night.until(now, &zone()), Some(end), "{day}. {hour}:{minute}");
        }
        for (day, hour, minute) in [(1, 21, 59), (2, 7, 0), (2, 12, 0)] {
            assert_eq!(night.until(local(date(2026, 6, day).at(hour, minute, 0, 0)), &zone()), None);
        }
        let noon = hours("12:00-13:30");
        let end = local(date(2026, 6, 2).at(13, 30, 0, 0));
        assert_eq!(noon.until(local(date(2026, 6, 2).at(12, 0, 0, 0)), &zone()), Some(end));
        assert_eq!(noon.until(end, &zone()), None);
    }

    /// F4: the night of the change is an hour shorter or longer, and ends when its clock says so.
    #[test]
    fn the_nights_of_the_clock_change_end_at_the_written_time() {
        let night = hours("22:00-07:00");
        for (day, length) in [(date(2026, 3, 28), 8), (date(2026, 10, 24), 10)] {
            let begins = local(day.at(22, 0, 0, 0));
            let ends = night.until(begins, &zone()).unwrap();
            assert_eq!(ends.duration_since(begins).as_hours(), length, "{day}");
        }
    }

    /// F4: an end that the clock skips, or shows twice, comes once.
    #[test]
    fn an_end_inside_the_change_is_one_moment() {
        let skipped = hours("01:00-02:30");
        let begins = local(date(2026, 3, 29).at(1, 0, 0, 0));
        let ends = skipped.until(begins, &zone()).unwrap();
        assert_eq!(ends, local(date(2026, 3, 29).at(3, 30, 0, 0)), "02:30 does not exist");
        assert_eq!(skipped.until(ends, &zone()), None);

        let twice = hours("01:00-02:30");
        let ends = twice.until(local(date(2026, 10, 25).at(1, 0, 0, 0)), &zone()).unwrap();
        let second = ends.checked_add(45.minutes()).unwrap();
        assert_eq!(second.to_zoned(zone()).time(), Time::constant(2, 15, 0, 0), "the second 02:15");
        assert_eq!(twice.until(second, &zone()), None, "it is over, and does not begin again");
    }

    #[test]
    fn what_is_no_pair_of_times_is_refused() {
        for text in [
            "",
            "-",
            "22:00",
            "22:00-22:00",
            "24:00-07:00",
            "2:0-7:0",
            "22:00-07:60",
            "+1:00-02:00",
            "22:00-07:00-08:00",
        ] {
            assert_eq!(text.parse::<QuietHours>(), Err(BadQuietHours), "{text}");
        }
        assert_eq!(hours("22:00-07:00").to_string(), "22:00-07:00");
    }

    proptest! {
        /// F4: whatever the hours, they end within a day and an hour, and are over then.
        #[test]
        fn quiet_hours_always_end(from in 0_u32..1440, span in 1_u32..1440, minute in 0_i64..600_000) {
            let until = (from + span) % 1440;
            let text = format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60);
            let now = Timestamp::from_second(1_767_225_600 + minute * 60).unwrap();
            if let Some(end) = hours(&text).until(now, &zone()) {
                prop_assert!(end > now && end.duration_since(now).as_hours() <= 25);
            }
        }
    }
}
