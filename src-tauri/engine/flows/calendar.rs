//! When grants end, as calendar entries (RFC 5545): one a grant, under a name that lets a later export replace it [B11].

use std::fmt::Write as _;

use domain::ConnectionId;
use domain::connection::GrantState;
use domain::display_text::cleaned;
use domain::token::durability::{Confidence, ForecastReason, GrantEnd};
use icalendar::{Alarm, Calendar, CalendarDateTime, Component as _, Event, EventLike as _, Property};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::overview::ConnectionOverview;
use crate::{Engine, Error};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Names go into calendars of other people; whole novels do not.
const MAX_NAME: usize = 200;

impl Engine {
    /// The grant's end of one connection, or of all, as the text of an `.ics` file. `None` without a known end: a
    /// calendar without an entry is none (RFC 5545 §3.6). Titles say the time in `zone`, the person's.
    pub fn grant_calendar(&self, id: Option<&ConnectionId>, zone: &TimeZone) -> Result<Option<String>, Error> {
        let overviews = match id {
            Some(id) => vec![self.overview(id)?],
            None => self.list_connections()?,
        };
        let now = self.parts.clock.now();
        let mut calendar = Calendar::empty();
        calendar.append_property(Property::new("VERSION", "2.0"));
        calendar.append_property(Property::new("PRODID", "-//Patchbay//Grants//EN"));
        calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
        let mut entries: Vec<_> =
            overviews.iter().filter_map(|it| Some((ends_at(it).filter(|at| *at > now)?, it))).collect();
        entries.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.connection.id.cmp(&b.connection.id)));
        if entries.is_empty() {
            return Ok(None);
        }
        for (ends_at, overview) in entries {
            calendar.push(entry(overview, ends_at, now, zone));
        }
        Ok(Some(calendar.to_string()))
    }
}

/// The date at which a person is needed. Over already, or kept off by Patchbay itself: none.
pub(super) fn ends_at(overview: &ConnectionOverview) -> Option<Timestamp> {
    let is_alive = matches!(overview.connection.grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. });
    match overview.forecast.end {
        GrantEnd::At(at) if is_alive => Some(at),
        GrantEnd::At(_) | GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => None,
    }
}

fn entry(overview: &ConnectionOverview, ends_at: Timestamp, now: Timestamp, zone: &TimeZone) -> Event {
    let connection = &overview.connection;
    let name = cleaned(&connection.name, MAX_NAME);
    let provider = cleaned(&overview.provider.name, MAX_NAME);
    let begin = written(ends_at);
    let uid = format!("{}-{}@patchbay", connection.id, granted_at(overview).as_second());

    let mut event = Event::new();
    event
        .uid(&uid)
        .add_property("DTSTAMP", written(now))
        .add_property("DTSTART", &begin)
        .add_property("TRANSP", "TRANSPARENT")
        .add_property("CATEGORIES", "Patchbay")
        // The newest export is the one that counts (§3.8.7.4).
        .add_property(
            "SEQUENCE",
            now.duration_since(granted_at(overview)).as_secs().clamp(0, i64::from(i32::MAX)).to_string(),
        )
        .summary(&format!("Reconnect {name} ({provider}) before {}{}", spoken(ends_at, zone), unless(overview)))
        .description(&description(overview));
    for before in alarms(ends_at.duration_since(granted_at(overview))) {
        // Relative, so that it moves with its entry.
        let Ok(at) = begin.parse::<CalendarDateTime>() else { continue };
        let mut alarm = Alarm::display(
            &format!("{name} ({provider}) stops working unless it is reconnected{}.", or_moved(overview)),
            at,
        );
        alarm
            .append_property(Property::new("TRIGGER", before_it(before)))
            .add_property("UID", format!("{}-{uid}", before.as_mins()))
            .add_property("DTSTAMP", written(now));
        event.alarm(alarm);
    }
    event.done()
}

/// A refresh may give such a grant another end: the entry is a guess until then.
fn unless(overview: &ConnectionOverview) -> &'static str {
    if overview.forecast.may_move { ", unless a refresh moves that" } else { "" }
}

fn or_moved(overview: &ConnectionOverview) -> &'static str {
    if overview.forecast.may_move { ", or a refresh has moved its end" } else { "" }
}

/// A week and a day before; for lives that are shorter than twice that, a quarter of them.
fn alarms(life: SignedDuration) -> Vec<SignedDuration> {
    let mut alarms: Vec<_> = [WEEK, DAY].into_iter().filter(|before| *before * 2 <= life).collect();
    if alarms.is_empty() {
        alarms.push((life / 4).clamp(SignedDuration::from_mins(1), HOUR));
    }
    alarms
}

fn description(overview: &ConnectionOverview) -> String {
    let id = &overview.connection.id;
    let mut text = match overview.forecast.reason {
        ForecastReason::NoRefreshToken => {
            "The provider issued no refresh token: the access token ends, and nothing renews it."
        }
        ForecastReason::RefreshTokenEnds => "The refresh token itself ends then.",
        ForecastReason::AbsoluteLife => "Consent lasts only so long at this provider, whatever one does.",
        ForecastReason::IdleLife => "Automatic refresh is off, and unused grants end at this provider.",
        ForecastReason::TestingMode => {
            "The client is still in testing at the provider: its grants end early. Publishing it ends that."
        }
        ForecastReason::EarlierGrants => "Earlier grants of this client lived that long.",
        ForecastReason::NothingKnown => "",
    }
    .to_owned();
    text.push_str(match overview.forecast.confidence {
        Confidence::Stated => " The provider said so.",
        Confidence::Documented => " So the provider documents it.",
        Confidence::Observed => " Nobody states it: it was seen.",
        Confidence::NotKnown => "",
    });
    if overview.forecast.may_move {
        text.push_str(" A refresh may move that: the first one shows it. Export the calendar again afterwards.");
    }
    // Writing to a String cannot fail.
    let _ = match overview.dependant_count {
        0 => write!(text, "\n\nNo workflow is known to lean on it."),
        1 => write!(text, "\n\n1 workflow leans on it."),
        count => write!(text, "\n\n{count} workflows lean on it."),
    };
    let _ = write!(text, "\n\npatchbay reconnect {id}");
    text
}

fn granted_at(overview: &ConnectionOverview) -> Timestamp {
    match overview.connection.grant {
        GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => granted_at,
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => {
            overview.connection.created_at
        }
    }
}

/// A negative span (§3.3.6): whole days, or minutes.
fn before_it(span: SignedDuration) -> String {
    match (span.as_hours() / 24, span.as_mins()) {
        (days, _) if DAY * i32::try_from(days).unwrap_or(0) == span => format!("-P{days}D"),
        (_, minutes) => format!("-PT{minutes}M"),
    }
}

/// A date with UTC time (§3.3.5).
fn written(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// With its zone: calendars are shown elsewhere too.
fn spoken(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B11: the entry's own time follows its reader, the title was made for one person.
    #[test]
    fn a_title_says_the_time_of_the_persons_zone() {
        let at: Timestamp = "2026-11-19T15:55:00Z".parse().unwrap();

        assert_eq!(spoken(at, &TimeZone::posix("CET-1").unwrap()), "2026-11-19 16:55 CET");
        assert_eq!(spoken(at, &TimeZone::UTC), "2026-11-19 15:55 UTC");
    }

    /// B11: early enough to act, also where a grant lives an hour.
    #[test]
    fn alarms_come_a_week_and_a_day_before_or_as_a_short_life_allows() {
        let of = |life| alarms(life).into_iter().map(before_it).collect::<Vec<_>>();

        assert_eq!(of(DAY * 60), ["-P7D", "-P1D"]);
        assert_eq!(of(DAY * 7), ["-P1D"]);
        assert_eq!(of(DAY), ["-PT60M"]);
        assert_eq!(of(HOUR), ["-PT15M"]);
        assert_eq!(of(SignedDuration::from_secs(5)), ["-PT1M"]);
    }
}
