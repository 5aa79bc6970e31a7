//! The report of a run, as it would be written [E4].

use domain::display_text::cleaned;
use domain::rehearsal::{Report, html, markdown};
use jiff::tz::TimeZone;

use crate::store::{LeftObject, RehearsalRecord};
use crate::{Engine, Error};

/// A page in both shapes.
#[derive(Debug, Clone)]
pub struct WrittenReport {
    /// "All five connections hold until 16:40."
    pub sentence: String,
    pub detail: String,
    pub markdown: String,
    pub html: String,
    /// Without folder and ending.
    pub file_name: String,
}

impl Engine {
    /// # Errors
    /// [`Error::ChecklistGone`] when there is no such run.
    pub fn rehearsal_report(&self, run: i64, zone: &TimeZone) -> Result<WrittenReport, Error> {
        let record = self.find_rehearsal(run)?.ok_or_else(|| Error::ChecklistGone(format!("run {run}")))?;
        let left: Vec<String> = self.left_objects_of(&record)?.iter().map(left_words).collect();
        let certificate = record.certificate();
        let report = Report {
            run: run.to_string(),
            rehearsal: &record.rehearsal,
            certificate: certificate.as_ref(),
            withdrawal: record.withdrawal.as_ref(),
            tested_at: record.tested_at,
            left: &left,
            zone,
            now: self.parts.clock.now(),
        };
        let day = record.rehearsal.started_at.to_zoned(zone.clone());
        let name = cleaned(&record.rehearsal.name, 60);
        // What a file system takes, wherever the report is sent.
        let name: String =
            name.chars().map(|it| if it.is_alphanumeric() || it == ' ' || it == '-' { it } else { '-' }).collect();
        Ok(WrittenReport {
            sentence: report.sentence(),
            detail: report.detail(),
            markdown: markdown(&report),
            html: html(&report),
            file_name: format!("Patchbay rehearsal {} {}", name.trim(), day.strftime("%Y-%m-%d %H-%M")),
        })
    }

    /// Objects of this run that are, or may be, still there.
    ///
    /// # Errors
    /// The database's.
    pub fn left_objects_of(&self, record: &RehearsalRecord) -> Result<Vec<LeftObject>, Error> {
        let mut left = self.list_left_objects()?;
        left.retain(|it| it.rehearsal == Some(record.id));
        Ok(left)
    }
}

/// One line of an object that stayed behind.
pub fn left_words(left: &LeftObject) -> String {
    match (&left.given, &left.seen) {
        (None, _) => format!("{}, perhaps made: look for “{}”", left.name, left.tag),
        (Some(_), Some(seen)) => format!("{}, “{}”: {seen}", left.name, left.tag),
        (Some(_), None) => format!("{}, “{}”", left.name, left.tag),
    }
}
