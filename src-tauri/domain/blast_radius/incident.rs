//! One incident: from the last good call over the first bad one, the pause, the repair and the validation to the report
//! [D4, D5, D6].

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Uses;
use super::replay_advice::Pause;
use crate::connection::status::Lamp;
use crate::diagnosis::CauseLabel;
use crate::display_text::{as_markdown, length};
use crate::lifecycle_event::{EventKind, LifecycleEvent};
use crate::{IncidentId, WorkflowId};

/// Names in a report are cut here.
const LONGEST_NAME: usize = 120;
/// A note fits on the page.
const LONGEST_NOTE: usize = 2_000;

/// One death of one connection, and all that was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub id: IncidentId,
    pub uses: Uses,
    /// What the connection was called.
    pub name: String,
    pub cause: Option<CauseLabel>,
    pub opened_at: Timestamp,
    /// The last call that worked.
    pub last_good_at: Option<Timestamp>,
    /// The first that did not.
    pub first_bad_at: Option<Timestamp>,
    /// When the connection worked again, proved by a call.
    pub repaired_at: Option<Timestamp>,
    /// The last call that was to show whether it works again, before anything is let loose on it.
    pub canary: Option<Canary>,
    pub closed_at: Option<Timestamp>,
    /// What a person wrote on closing it.
    pub note: Option<String>,
    /// In the order in which they are to be validated.
    pub affected: Vec<Affected>,
}

/// A call made on purpose, and whether it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    pub at: Timestamp,
    pub worked: bool,
}

/// A workflow that the incident stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    pub workflow: WorkflowId,
    /// What it was called; it may be gone since.
    pub name: String,
    pub platform: String,
    pub customer: Option<String>,
    /// Runs that failed while the connection was dead, as far as the platform told.
    pub failed_runs: u32,
    /// Patchbay paused it.
    pub paused_at: Option<Timestamp>,
    pub resumed_at: Option<Timestamp>,
    /// A person saw it running again.
    pub validated_at: Option<Timestamp>,
    /// A person has run again what had failed.
    pub replayed_at: Option<Timestamp>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Broken,
    /// The connection works; not all workflows were seen running.
    Repaired,
    /// All is seen to be well; it can be closed.
    Validated,
    Closed,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Repaired => "repaired",
            Self::Validated => "validated",
            Self::Closed => "closed",
        }
    }
}

/// Why it should not be closed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// The connection is still dead.
    Broken,
    /// So many workflows are still paused.
    Paused(usize),
    /// So many were not seen running again.
    Unvalidated(usize),
}

impl Incident {
    pub fn stage(&self) -> Stage {
        if self.closed_at.is_some() {
            Stage::Closed
        } else if self.repaired_at.is_none() {
            Stage::Broken
        } else if self.open().is_some() {
            Stage::Repaired
        } else {
            Stage::Validated
        }
    }

    /// Whether a call of that moment shows that a platform's connection works again: what worked before it was known to be
    /// dead says nothing of now.
    pub fn is_repaired_by(&self, worked_at: Timestamp) -> bool {
        worked_at >= self.opened_at && self.first_bad_at.is_none_or(|bad| worked_at > bad)
    }

    /// What it is about has died again: it is as open as at first, and nobody has seen anything running since.
    pub fn break_again(&mut self) {
        self.repaired_at = None;
        self.canary = None;
        self.affected.iter_mut().for_each(|it| it.validated_at = None);
    }

    /// What stands against closing it; `None`: nothing does.
    pub fn open(&self) -> Option<Open> {
        let paused = self.affected.iter().filter(|it| it.is_paused()).count();
        let unvalidated = self.affected.iter().filter(|it| it.validated_at.is_none()).count();
        match (self.repaired_at, paused, unvalidated) {
            (None, _, _) => Some(Open::Broken),
            (Some(_), 1.., _) => Some(Open::Paused(paused)),
            (Some(_), 0, 1..) => Some(Open::Unvalidated(unvalidated)),
            (Some(_), 0, 0) => None,
        }
    }
}

impl Affected {
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some() && self.resumed_at.is_none()
    }

    /// From when to when it was paused; `now` is the end of a pause that lasts.
    pub fn pause(&self, now: Timestamp) -> Option<Pause> {
        Some(Pause { from: self.paused_at?, until: self.resumed_at.unwrap_or(now) })
    }
}

/// Whether a connection with this lamp and so many dependants is an incident by itself.
pub fn opens(lamp: Lamp, dependants: usize) -> bool {
    match lamp {
        Lamp::ReauthRequired => dependants > 0,
        Lamp::Active | Lamp::Expiring | Lamp::Unproved | Lamp::Disconnected => false,
    }
}

/// Whether a death is another one than that of the last incident about it, which was `closed`: when it was repaired, and
/// when it was closed. What a person closed unmended stays closed until it has lived and died again.
pub fn is_another_death(died_at: Timestamp, closed: Option<(Option<Timestamp>, Timestamp)>) -> bool {
    match closed {
        None | Some((Some(_), _)) => true,
        Some((None, closed_at)) => died_at > closed_at,
    }
}

/// The last call of a connection that worked and the first that did not, from its events, the newest first.
pub fn calls_around(events: &[LifecycleEvent]) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut first_bad = None;
    for event in events {
        if is_good(event.kind) {
            // What worked after all that failed says that nothing is broken.
            return (Some(event.at), first_bad);
        }
        if is_bad(event.kind) {
            first_bad = Some(event.at);
        }
    }
    (None, first_bad)
}

fn is_good(kind: EventKind) -> bool {
    use EventKind::{Imported, Reconnected, RefreshSucceeded, TestCallSucceeded, TokenIssued};
    matches!(kind, TokenIssued | Imported | RefreshSucceeded | Reconnected | TestCallSucceeded)
}

fn is_bad(kind: EventKind) -> bool {
    use EventKind::{ReauthRequiredSet, RefreshCutOff, RefreshFailed, RevokedDetected, TestCallFailed};
    matches!(kind, RefreshFailed | RefreshCutOff | RevokedDetected | ReauthRequiredSet | TestCallFailed)
}

/// One page for whoever asks afterwards, as Markdown. Times are those of `zone`.
pub fn report(incident: &Incident, zone: &TimeZone, now: Timestamp) -> String {
    let at = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string();
    let known = |moment: Option<Timestamp>| moment.map_or_else(|| "not known".to_owned(), at);
    let mut page = format!("# Incident: {}\n\n", plain(&incident.name));
    let state = match incident.stage() {
        Stage::Broken => "The connection is still dead.".to_owned(),
        Stage::Repaired => "The connection works again; not everything was seen running.".to_owned(),
        Stage::Validated => "Everything was seen running again.".to_owned(),
        Stage::Closed => format!("Closed on {}.", known(incident.closed_at)),
    };
    // An offset alone names no place, and says nothing of summer time.
    let place = zone.iana_name().map_or_else(String::new, |name| format!(" Times are those of {name}."));
    page.push_str(&format!("{state}{place}\n\n| | |\n| --- | --- |\n"));
    let mut fact = |name: &str, value: String| page.push_str(&format!("| {name} | {value} |\n"));
    fact("Incident", incident.id.to_string());
    fact("Cause", incident.cause.map_or("not known", CauseLabel::words).to_owned());
    fact("Last good call", known(incident.last_good_at));
    fact("First bad call", known(incident.first_bad_at));
    fact("Noticed", at(incident.opened_at));
    fact("Repaired", known(incident.repaired_at));
    let canary = incident.canary.map(|it| format!("{}, {}", if it.worked { "worked" } else { "failed" }, at(it.at)));
    fact("Canary call", canary.unwrap_or_else(|| "none".to_owned()));
    let begun = incident.first_bad_at.unwrap_or(incident.opened_at);
    let ended = incident.repaired_at.unwrap_or(now);
    fact("Dead for", length(ended.duration_since(begun)));
    let failed: u32 = incident.affected.iter().fold(0, |sum, it| sum.saturating_add(it.failed_runs));
    fact("Workflows", incident.affected.len().to_string());
    fact("Failed runs that were seen", failed.to_string());
    let mut customers: Vec<&str> = incident.affected.iter().filter_map(|it| it.customer.as_deref()).collect();
    customers.sort_unstable();
    customers.dedup();
    let customers: Vec<String> = customers.into_iter().map(plain).collect();
    fact("Customers", if customers.is_empty() { "none named".to_owned() } else { customers.join(", ") });

    // A date in every cell would break each line of the table in two.
    let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
    let opened = incident.opened_at.to_zoned(zone.clone()).strftime("%Y-%m-%d, %:z").to_string();
    page.push_str(&format!("\n## Workflows\n\nTimes are of {opened}, where no day is named.\n\n"));
    page.push_str("| Workflow | Platform | Customer | Failed runs | Paused | Resumed | Run again | Validated |\n");
    page.push_str("| --- | --- | --- | ---: | --- | --- | --- | --- |\n");
    let short = |moment: Timestamp| {
        let format = if day(moment) == day(incident.opened_at) { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        moment.to_zoned(zone.clone()).strftime(format).to_string()
    };
    let done = |moment: Option<Timestamp>| moment.map_or_else(|| "–".to_owned(), short);
    for it in &incident.affected {
        let customer = it.customer.as_deref().map_or_else(|| "–".to_owned(), plain);
        page.push_str(&format!(
            "| {} | {} | {customer} | {} | {} | {} | {} | {} |\n",
            plain(&it.name),
            plain(&it.platform),
            it.failed_runs,
            done(it.paused_at),
            done(it.resumed_at),
            done(it.replayed_at),
            done(it.validated_at),
        ));
    }
    if let Some(note) = &incident.note {
        page.push_str(&format!("\n## Note\n\n{}\n", as_markdown(note, LONGEST_NOTE)));
    }
    page.push_str(&format!("\nWritten on {}.\n", at(now)));
    page
}

/// A name as text: whatever it holds, it makes no markup of the page.
fn plain(text: &str) -> String {
    as_markdown(text, LONGEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectionId;
    use crate::test_values::at_minute;

    fn affected(number: u64, name: &str) -> Affected {
        Affected {
            workflow: WorkflowId::from_random(number),
            name: name.to_owned(),
            platform: "n8n".to_owned(),
            customer: Some("Halden".to_owned()),
            failed_runs: 2,
            paused_at: None,
            resumed_at: None,
            validated_at: None,
            replayed_at: None,
        }
    }

    fn incident() -> Incident {
        Incident {
            id: IncidentId::from_random(1),
            uses: Uses::Connection(ConnectionId::from_random(1)),
            name: "Gmail".to_owned(),
            cause: Some(CauseLabel::GrantRevoked),
            opened_at: at_minute(10),
            last_good_at: Some(at_minute(0)),
            first_bad_at: Some(at_minute(5)),
            repaired_at: None,
            canary: None,
            closed_at: None,
            note: None,
            affected: vec![affected(1, "Invoices"), affected(2, "Orders")],
        }
    }

    /// D4: nothing is over before it was seen to be.
    #[test]
    fn an_incident_is_over_when_everything_was_seen_running() {
        let mut it = incident();
        assert_eq!((it.stage(), it.open()), (Stage::Broken, Some(Open::Broken)));

        it.repaired_at = Some(at_minute(30));
        it.affected[0].paused_at = Some(at_minute(12));
        it.affected[0].validated_at = Some(at_minute(31));
        assert_eq!((it.stage(), it.open()), (Stage::Repaired, Some(Open::Paused(1))), "a pause is not forgotten");

        it.affected[0].resumed_at = Some(at_minute(32));
        assert_eq!(it.open(), Some(Open::Unvalidated(1)));
        it.affected[1].validated_at = Some(at_minute(33));
        assert_eq!((it.stage(), it.open()), (Stage::Validated, None));
        it.closed_at = Some(at_minute(34));
        assert_eq!(it.stage(), Stage::Closed);
    }

    /// D4: a proof of before says nothing of now.
    #[test]
    fn what_worked_before_the_death_repairs_nothing() {
        let mut it = incident();
        assert!(
            !it.is_repaired_by(at_minute(4)) && !it.is_repaired_by(at_minute(9)) && it.is_repaired_by(at_minute(11))
        );

        (it.opened_at, it.first_bad_at) = (at_minute(5), Some(at_minute(5)));
        assert!(!it.is_repaired_by(at_minute(5)), "the bad call itself");
        it.first_bad_at = None;
        assert!(it.is_repaired_by(at_minute(5)), "opened by hand, and then shown");
    }

    /// D4: a second death before it is closed takes back what was seen of the first repair.
    #[test]
    fn what_dies_again_is_as_open_as_at_first() {
        let mut it = incident();
        it.repaired_at = Some(at_minute(30));
        it.canary = Some(Canary { at: at_minute(30), worked: true });
        it.affected.iter_mut().for_each(|it| it.validated_at = Some(at_minute(31)));
        assert_eq!(it.stage(), Stage::Validated);

        it.break_again();

        assert_eq!((it.stage(), it.open(), it.canary), (Stage::Broken, Some(Open::Broken), None));
        it.repaired_at = Some(at_minute(40));
        assert_eq!(it.open(), Some(Open::Unvalidated(2)), "what ran before the second death is to be seen again");
    }

    /// D4
    #[test]
    fn what_leans_on_nothing_is_no_incident() {
        assert!(opens(Lamp::ReauthRequired, 1));
        assert!(!opens(Lamp::ReauthRequired, 0) && !opens(Lamp::Disconnected, 3) && !opens(Lamp::Expiring, 3));
    }

    /// D4: a person's word that it is over is not overruled by the death that it was about.
    #[test]
    fn what_was_closed_unmended_is_opened_again_by_another_death_alone() {
        let unmended = Some((None, at_minute(20)));

        assert!(is_another_death(at_minute(5), None));
        assert!(!is_another_death(at_minute(5), unmended));
        assert!(is_another_death(at_minute(21), unmended));
        assert!(is_another_death(at_minute(5), Some((Some(at_minute(10)), at_minute(20)))), "it lived in between");
    }

    /// D4: between these two lies what may have to be run again.
    #[test]
    fn the_last_good_and_the_first_bad_call_are_found_in_the_events() {
        let id = Some(ConnectionId::from_random(1));
        let event = |minute, kind| LifecycleEvent::new(at_minute(minute), kind, id.clone());
        let events = [
            event(9, EventKind::ReauthRequiredSet),
            event(8, EventKind::RefreshFailed),
            event(7, EventKind::SettingsChanged),
            event(6, EventKind::RefreshFailed),
            event(5, EventKind::RefreshSucceeded),
            event(4, EventKind::RefreshFailed),
        ];

        assert_eq!(calls_around(&events), (Some(at_minute(5)), Some(at_minute(6))));
        assert_eq!(calls_around(&events[..2]), (None, Some(at_minute(8))));
        assert_eq!(calls_around(&[]), (None, None));
    }

    /// D4, S108: a workflow's name is text, whatever it holds.
    #[test]
    fn the_report_is_one_page_that_no_name_can_break() {
        let mut it = incident();
        it.affected[0].name = format!("| x\n# <b>hi</b> \u{202e}{}", "y".repeat(10_000));
        it.repaired_at = Some(at_minute(30));

        let page = report(&it, &TimeZone::UTC, at_minute(40));

        assert!(page.contains("| Dead for | 25 min |"), "{page}");
        assert!(page.contains("| Cause | grant revoked |"), "words, and no code: {page}");
        assert!(page.contains("\\| x\\# \\<b\\>hi"), "{page}");
        assert!(!page.contains('\u{202e}') && page.len() < 4_000, "{} bytes", page.len());
        let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("n8n")).count();
        assert_eq!(rows, 2, "one row for each workflow");
    }

    /// D4: whoever reads it elsewhere knows whose clock it was.
    #[test]
    fn the_report_tells_the_time_of_the_place_and_names_it() {
        let page = report(&incident(), &TimeZone::UTC, at_minute(40));
        assert!(page.contains("The connection is still dead. Times are those of UTC."), "{page}");

        // A place that has an offset and no name.
        let east = TimeZone::fixed(jiff::tz::offset(2));
        let there = at_minute(40).to_zoned(east.clone()).strftime("%Y-%m-%d %H:%M +02:00").to_string();
        let page = report(&incident(), &east, at_minute(40));
        assert!(page.contains(&format!("Written on {there}.")), "{page}");
        assert!(!page.contains("Times are those"), "{page}");
    }
}
