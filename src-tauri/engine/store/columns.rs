//! How single values stand in a column, and how they are taken back with suspicion [S115].

use std::time::Duration;

use domain::Fingerprint;
use domain::connection::Environment;
use domain::diagnosis::{
    ActionLabel, Alternative, CauseLabel, Clue, ClueWeight, Confidence, Diagnosis, Fact, MendingPage,
};
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
    /// In percent. Rows of earlier versions have none of what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<(String, u8)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    clues: Vec<ClueColumn>,
}

/// A clue in words, without those of the answer.
#[derive(Serialize, Deserialize)]
struct ClueColumn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rules_out: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    decides: bool,
    words: String,
    /// The page that the words speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

fn is_false(it: &bool) -> bool {
    !*it
}

impl From<&Clue> for ClueColumn {
    fn from(clue: &Clue) -> Self {
        let rules_out = match clue.weight {
            ClueWeight::RulesOut(cause) => Some(cause.as_str().to_owned()),
            ClueWeight::Decides | ClueWeight::Supports => None,
        };
        let page = if let Fact::MendingPage(page) = &clue.fact { Some(page.url().to_string()) } else { None };
        Self { rules_out, decides: clue.weight == ClueWeight::Decides, words: clue.kept().fact.words(), page }
    }
}

impl ClueColumn {
    fn into_clue(self) -> Option<Clue> {
        let weight = match self.rules_out {
            Some(cause) => ClueWeight::RulesOut(CauseLabel::from_text(&cause)?),
            None if self.decides => ClueWeight::Decides,
            None => ClueWeight::Supports,
        };
        let page = self.page.as_deref().and_then(MendingPage::from_text);
        Some(Clue { weight, fact: page.map_or(Fact::Kept(self.words), Fact::MendingPage) })
    }
}

impl From<&Diagnosis> for DiagnosisColumn {
    fn from(diagnosis: &Diagnosis) -> Self {
        Self {
            cause: diagnosis.cause.as_str().to_owned(),
            action: diagnosis.action.as_str().to_owned(),
            provider_code: diagnosis.provider_code.clone(),
            http_status: diagnosis.http_status,
            confidence: Some(diagnosis.confidence.percent()).filter(|it| *it < Confidence::CERTAIN.percent()),
            alternatives: diagnosis
                .alternatives
                .iter()
                .map(|it| (it.cause.as_str().to_owned(), it.confidence.percent()))
                .collect(),
            meaning: diagnosis.meaning.as_deref().map(str::to_owned),
            clues: diagnosis.clues.iter().map(ClueColumn::from).collect(),
        }
    }
}

impl DiagnosisColumn {
    pub(super) fn into_diagnosis(self) -> Option<Diagnosis> {
        let alternatives = self.alternatives.into_iter().map(|(cause, percent)| {
            Some(Alternative { cause: CauseLabel::from_text(&cause)?, confidence: Confidence::from_percent(percent) })
        });
        Some(Diagnosis {
            action: ActionLabel::from_text(&self.action)?,
            confidence: self.confidence.map_or(Confidence::CERTAIN, Confidence::from_percent),
            // What a later version writes there is not worth losing the diagnosis.
            alternatives: alternatives.flatten().collect(),
            clues: self.clues.into_iter().filter_map(ClueColumn::into_clue).collect(),
            meaning: self.meaning.map(Box::from),
            provider_code: self.provider_code,
            http_status: self.http_status,
            ..Diagnosis::of(CauseLabel::from_text(&self.cause)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1: how sure it was, what else it may be and why is kept; an answer's own words, which may hold anything, are not.
    #[test]
    fn a_diagnosis_is_kept_with_its_doubts_and_without_the_words_of_the_answer() {
        let diagnosis = Diagnosis {
            confidence: Confidence::from_percent(66),
            alternatives: Box::new([Alternative {
                cause: CauseLabel::GrantRevoked,
                confidence: Confidence::from_percent(18),
            }]),
            clues: Box::new([
                Clue { weight: ClueWeight::Decides, fact: Fact::Words("token abc123secret is dead".to_owned()) },
                Clue { weight: ClueWeight::RulesOut(CauseLabel::ClockSkew), fact: Fact::ClockOff(3) },
            ]),
            meaning: Some("It was ended.".into()),
            http_status: Some(400),
            ..Diagnosis::of(CauseLabel::GrantInvalid)
        };

        let written = serde_json::to_string(&DiagnosisColumn::from(&diagnosis)).unwrap();
        let read: DiagnosisColumn = serde_json::from_str(&written).unwrap();
        let read = read.into_diagnosis().unwrap();

        assert!(!written.contains("abc123secret"), "{written}");
        let kept = Diagnosis { clues: diagnosis.clues.iter().map(Clue::kept).collect(), ..diagnosis };
        assert_eq!(read, kept);
        let old: DiagnosisColumn = serde_json::from_str(
            r#"{"cause":"grant_revoked","action":"reconnect","provider_code":null,"http_status":400}"#,
        )
        .unwrap();
        assert_eq!(old.into_diagnosis().unwrap().confidence, Confidence::CERTAIN, "a row of an earlier version");
    }

    /// C5: the page that the provider named comes back whole, for the button; what is no page at all
    /// does not.
    #[test]
    fn the_page_that_mends_is_kept_beside_its_words() {
        let text = "https://acme.example/orgs/fjord/sso?request=7";
        let page = Fact::MendingPage(MendingPage::from_text(text).unwrap());
        let diagnosis = Diagnosis {
            clues: Box::new([Clue { weight: ClueWeight::Supports, fact: page }]),
            ..Diagnosis::of(CauseLabel::SsoRequired)
        };
        let written = serde_json::to_string(&DiagnosisColumn::from(&diagnosis)).unwrap();
        let read = |written: &str| serde_json::from_str::<DiagnosisColumn>(written).unwrap().into_diagnosis().unwrap();

        assert_eq!(read(&written), diagnosis);
        assert_eq!(read(&written.replace(text, "javascript:alert(1)")).mending_page(), None);
    }

    /// S160: a clock that stands at an end of time makes no row unreadable.
    #[test]
    fn every_moment_that_is_written_can_be_read() {
        for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let read = moment(written_moment(at)).unwrap_or_else(|| panic!("{at} cannot be read"));
            assert!(at.duration_since(read).abs() < jiff::SignedDuration::from_secs(1), "{at} is read as {read}");
        }
    }
}
