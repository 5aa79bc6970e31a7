//! How single values stand in a column, and how they are taken back with suspicion [S115].

use std::time::Duration;

use domain::Fingerprint;
use domain::connection::Environment;
use domain::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::FromSql;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// A column of a row: by its name, or by its place where a row is read too often to compare names.
pub(super) trait Column: Copy {
    fn name(self) -> &'static str;

    fn value<T: FromSql>(self, row: &Row<'_>) -> rusqlite::Result<T>;
}

impl Column for &'static str {
    fn name(self) -> &'static str {
        self
    }

    fn value<T: FromSql>(self, row: &Row<'_>) -> rusqlite::Result<T> {
        row.get(self)
    }
}

/// A column whose place in the row is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    place: usize,
    name: &'static str,
}

impl Placed {
    /// Its place among the columns of a table. To be asked in a `const`: a name that is not there does not compile.
    pub(super) const fn among(columns: &[&'static str], name: &'static str) -> Self {
        let mut place = 0;
        while place < columns.len() {
            if is_same(columns[place], name) {
                return Self { place, name };
            }
            place += 1;
        }
        panic!("the table has no such column")
    }
}

impl Column for Placed {
    fn name(self) -> &'static str {
        self.name
    }

    fn value<T: FromSql>(self, row: &Row<'_>) -> rusqlite::Result<T> {
        row.get(self.place)
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The value of a column, or [`StoreError::Unreadable`] if it is of another type or out of range.
pub(super) fn read<T: FromSql>(row: &Row<'_>, column: impl Column) -> Result<T, StoreError> {
    column.value(row).map_err(|_| StoreError::Unreadable { column: column.name() })
}

pub(super) fn read_with<T: FromSql, U>(
    row: &Row<'_>,
    column: impl Column,
    convert: impl FnOnce(T) -> Option<U>,
) -> Result<U, StoreError> {
    convert(read(row, column)?).ok_or(StoreError::Unreadable { column: column.name() })
}

/// `None` stays `None`; what is there must convert.
pub(super) fn read_optional_with<T: FromSql, U>(
    row: &Row<'_>,
    column: impl Column,
    convert: impl FnOnce(T) -> Option<U>,
) -> Result<Option<U>, StoreError> {
    match read::<Option<T>>(row, column)? {
        None => Ok(None),
        Some(value) => convert(value).map(Some).ok_or(StoreError::Unreadable { column: column.name() }),
    }
}

pub(super) fn read_moment(row: &Row<'_>, column: impl Column) -> Result<Timestamp, StoreError> {
    read_with(row, column, moment)
}

pub(super) fn read_optional_moment(row: &Row<'_>, column: impl Column) -> Result<Option<Timestamp>, StoreError> {
    read_optional_with(row, column, moment)
}

pub(super) fn read_environment(row: &Row<'_>, column: impl Column) -> Result<Environment, StoreError> {
    read_with(row, column, |text: String| Environment::from_text(&text))
}

pub(super) fn read_optional_fingerprint(row: &Row<'_>, column: impl Column) -> Result<Option<Fingerprint>, StoreError> {
    Ok(read::<Option<String>>(row, column)?.map(Fingerprint::from_text))
}

pub(super) fn read_optional_span(row: &Row<'_>, column: impl Column) -> Result<Option<Duration>, StoreError> {
    read_optional_with(row, column, |span: i64| u64::try_from(span).ok().map(Duration::from_millis))
}

pub(super) fn read_json<T: DeserializeOwned>(row: &Row<'_>, column: impl Column) -> Result<T, StoreError> {
    read_with(row, column, |text: String| serde_json::from_str(&text).ok())
}

pub(super) fn read_optional_diagnosis(row: &Row<'_>, column: impl Column) -> Result<Option<Diagnosis>, StoreError> {
    read_optional_with(row, column, |text: String| {
        serde_json::from_str::<DiagnosisColumn>(&text).ok().and_then(DiagnosisColumn::into_diagnosis)
    })
}

/// Milliseconds since 1970; what is finer is dropped. Of the last second of time only its beginning can be read.
pub(super) fn written_moment(at: Timestamp) -> i64 {
    at.as_millisecond().clamp(Timestamp::MIN.as_second() * 1000, Timestamp::MAX.as_second() * 1000)
}

/// Milliseconds; what is finer is dropped.
pub(super) fn written_span(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// As many as SQLite can count to.
pub(super) fn written_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn read_count(row: &Row<'_>, column: impl Column) -> Result<usize, StoreError> {
    read_with(row, column, |count: i64| usize::try_from(count).ok())
}

pub(super) fn written_json(value: &impl Serialize, column: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable { column })
}

pub(super) fn written_diagnosis(
    diagnosis: Option<&Diagnosis>,
    column: &'static str,
) -> Result<Option<String>, StoreError> {
    diagnosis.map(|diagnosis| written_json(&DiagnosisColumn::from(diagnosis), column)).transpose()
}

fn moment(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// A diagnosis as JSON text.
#[derive(Serialize, Deserialize)]
pub(super) struct DiagnosisColumn {
    cause: String,
    action: String,
    provider_code: Option<String>,
    http_status: Option<u16>,
}

impl From<&Diagnosis> for DiagnosisColumn {
    fn from(diagnosis: &Diagnosis) -> Self {
        Self {
            cause: diagnosis.cause.as_str().to_owned(),
            action: diagnosis.action.as_str().to_owned(),
            provider_code: diagnosis.provider_code.clone(),
            http_status: diagnosis.http_status,
        }
    }
}

impl DiagnosisColumn {
    pub(super) fn into_diagnosis(self) -> Option<Diagnosis> {
        Some(Diagnosis {
            action: ActionLabel::from_text(&self.action)?,
            provider_code: self.provider_code,
            http_status: self.http_status,
            ..Diagnosis::of(CauseLabel::from_text(&self.cause)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S160: a clock that stands at an end of time makes no row unreadable.
    #[test]
    fn every_moment_that_is_written_can_be_read() {
        for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let read = moment(written_moment(at)).unwrap_or_else(|| panic!("{at} cannot be read"));
            assert!(at.duration_since(read).abs() < jiff::SignedDuration::from_secs(1), "{at} is read as {read}");
        }
    }
}
