//! What failed while nobody looked, kept until somebody has read it: also over a restart [B12, F4].

use std::collections::BTreeMap;

use domain::unread::{Attendance, ENDING, FailedReading, TROUBLING, Trouble, failed_readings, troubles};
use jiff::Timestamp;

use crate::{Engine, Error};

/// `[last seen, [[from, until], …]]`, in milliseconds since 1970.
const ATTENDANCE_SETTING: &str = "attendance";
/// More failures than that tell nothing new: the newest are read.
const MOST_EVENTS: usize = 2_000;

/// What nobody has read, and up to when that was looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Unread {
    pub as_of: Timestamp,
    /// `None`: somebody looked all the time, or has read everything.
    pub since: Option<Timestamp>,
    pub troubles: Vec<Trouble>,
    /// Platforms whose picture is old since then.
    pub readings: Vec<FailedReading>,
}

impl Engine {
    /// Somebody touches the window: what failed since the last touch, where that is long ago, was not seen.
    pub fn attend(&self) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let attendance = match self.attendance()? {
            Some(mut attendance) => {
                attendance.touched(now);
                attendance
            }
            None => Attendance::begins(now),
        };
        self.keep(&attendance)
    }

    /// What failed while nobody looked and is not marked as read.
    pub fn unread(&self) -> Result<Unread, Error> {
        let as_of = self.parts.clock.now();
        let nothing = Unread { as_of, since: None, troubles: vec![], readings: vec![] };
        let Some(attendance) = self.attendance()? else { return Ok(nothing) };
        let Some(since) = attendance.unread_since(as_of) else { return Ok(nothing) };
        let mut events = self.parts.store.list_events_of_kinds(&TROUBLING, since, MOST_EVENTS)?;
        let mut concerned = BTreeMap::new();
        for (id, event) in &events {
            concerned.entry(event.connection.clone()).or_insert(*id);
        }
        for (connection, first) in concerned {
            events.extend(self.parts.store.newest_events_of_kinds(connection.as_ref(), &ENDING, first)?);
        }
        events.sort_by_key(|(id, _)| *id);
        let mut found = troubles(&events, &attendance, as_of);
        // Of what was forgotten since, nothing can be done and nothing be shown.
        let known: Vec<_> = self.parts.store.list_connections()?.into_iter().map(|it| it.id).collect();
        found.retain(|it| it.connection.as_ref().is_none_or(|id| known.contains(id)));
        let readings = failed_readings(&self.parts.store.list_platforms()?, &attendance, as_of);
        let is_any = !found.is_empty() || !readings.is_empty();
        Ok(Unread { as_of, since: Some(since).filter(|_| is_any), troubles: found, readings })
    }

    /// Somebody has read all of it, up to the moment at which it was looked up.
    pub fn mark_read(&self, until: Timestamp) -> Result<(), Error> {
        let Some(mut attendance) = self.attendance()? else { return Ok(()) };
        attendance.read(until.min(self.parts.clock.now()));
        self.keep(&attendance)
    }

    /// What cannot be read means what no setting means: nobody has looked yet.
    fn attendance(&self) -> Result<Option<Attendance>, Error> {
        let Some(text) = self.parts.store.setting(ATTENDANCE_SETTING)? else { return Ok(None) };
        let read = |it: i64| Timestamp::from_millisecond(it).ok();
        Ok(serde_json::from_str::<(i64, Vec<(i64, i64)>)>(&text).ok().and_then(|(seen, absences)| {
            let absences = absences.into_iter().map(|(from, until)| Some((read(from)?, read(until)?)));
            Some(Attendance::kept(read(seen)?, absences.collect::<Option<_>>()?))
        }))
    }

    fn keep(&self, attendance: &Attendance) -> Result<(), Error> {
        let absences = attendance.absences().iter();
        let absences: Vec<_> = absences.map(|(from, until)| (from.as_millisecond(), until.as_millisecond())).collect();
        let text = serde_json::json!([attendance.last_seen_at().as_millisecond(), absences]).to_string();
        Ok(self.parts.store.put_setting(ATTENDANCE_SETTING, &text)?)
    }
}
