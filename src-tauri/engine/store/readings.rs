//! What a reading of a platform found is taken over in one transaction: all of it or nothing [D2].
//!
//! The platform's own ids decide what is the same; a fingerprint of all that it said decides whether that changed. What
//! is as it was costs one small write, so that a reading that brings nothing new is cheap.

mod connections;
mod fingerprints;
mod workflows;

use std::collections::HashMap;

use domain::PlatformId;
use domain::blast_radius::reading::{FoundRun, PlatformReading, ReadingChanges, ReadingNote};
use domain::blast_radius::{Platform, RunOutcome, Source};
use domain::display_text::cleaned;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, Transaction};

use super::columns::{read, read_json, written_json, written_moment};
use super::last_reading::LastReadingColumn;
use super::platforms::{bump_wiring, insert};
use super::workflows::outcome_word;
use super::{Store, StoreError};

use self::connections::SaidOfConnection;

/// Names are shown, and cut.
const LONGEST_NAME: usize = 300;
/// What a platform said of a failure.
const LONGEST_WORDS: usize = 1_000;
/// Failed runs are kept for as long as an incident may ask for them.
const RUNS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// So many are taken between two questions whether to go on.
const STRIDE: usize = 64;

/// A reading as it arrives.
#[derive(Debug, Clone, Copy)]
pub struct ArrivingReading<'a> {
    pub platform: &'a Platform,
    /// The platform is made with it.
    pub is_first: bool,
    pub source: Source,
    pub reading: &'a PlatformReading,
    pub now: Timestamp,
}

/// What is asked while a reading is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayIt {
    GoOn,
    /// Asked once, at the end: what was answered yes is written.
    BeKept,
}

/// A row that is there already.
struct KnownRow {
    id: String,
    fingerprint: Vec<u8>,
    is_gone: bool,
    /// Of a platform connection.
    state: String,
    /// Of a platform connection.
    said: Option<SaidOfConnection>,
}

/// One reading under way.
struct Taking<'a> {
    writing: &'a Transaction<'a>,
    platform: &'a PlatformId,
    source: Source,
    number: i64,
    now: i64,
    changes: ReadingChanges,
    may_it: &'a dyn Fn(MayIt) -> bool,
    /// Of the connections of a file, by their external ids.
    kinds: HashMap<String, String>,
}

impl Store {
    /// Takes a reading over. Of a whole one, what it did not find is gone; a person's own words, and what came from
    /// people and programs themselves, stay. What a file leaves open of a connection stays as it is known.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such platform, or a connection of ours that is named is not there;
    /// [`StoreError::LeftOff`] when it was not to go on.
    pub fn apply_reading(
        &self,
        arriving: &ArrivingReading<'_>,
        may_it: &dyn Fn(MayIt) -> bool,
    ) -> Result<ReadingChanges, StoreError> {
        let ArrivingReading { source, reading, now, .. } = *arriving;
        let platform = &arriving.platform.id;
        self.write(|writing| {
            if arriving.is_first {
                insert(writing, arriving.platform)?;
            }
            let number = writing.query_row(
                "UPDATE platforms SET reading = reading + 1, failed_at = NULL, failed_words = NULL, failed_streak = 0,
                     wait_until = NULL, needs_person = 0,
                     read_at = CASE WHEN ?2 THEN ?3 ELSE read_at END
                 WHERE id = ?1 RETURNING reading",
                (platform.as_str(), reading.is_whole, written_moment(now)),
                |row| row.get(0),
            )?;
            let now = written_moment(now);
            let changes = ReadingChanges::default();
            let kinds = HashMap::new();
            let mut taking = Taking { writing, platform, source, number, now, changes, may_it, kinds };
            let connections = taking.take_connections(reading)?;
            let workflows = taking.take_workflows(&reading.workflows, &connections)?;
            taking.take_runs(&reading.runs, &workflows)?;
            if reading.is_whole {
                taking.keep_unread(&reading.unread)?;
                taking.find_gone(reading.names_used_alone)?;
            }
            let changes = taking.changes;
            let last = LastReadingColumn::new(&changes, &reading.notes);
            writing.execute(
                "UPDATE platforms SET last_reading = ?2 WHERE id = ?1",
                (platform.as_str(), written_json(&last, "last_reading")?),
            )?;
            bump_wiring(writing)?;
            if may_it(MayIt::BeKept) { Ok(changes) } else { Err(StoreError::LeftOff) }
        })
    }

    /// What the last reading of each platform changed, and what a person should know of it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn last_readings(&self) -> Result<HashMap<PlatformId, (ReadingChanges, Vec<ReadingNote>)>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT id, last_reading FROM platforms WHERE last_reading IS NOT NULL")?;
            let mut rows = statement.query([])?;
            let mut all = HashMap::new();
            while let Some(row) = rows.next()? {
                let last: LastReadingColumn = read_json(row, "last_reading")?;
                all.insert(PlatformId::from_text(read::<String>(row, "id")?), last.into_parts());
            }
            Ok(all)
        })
    }
}

impl Taking<'_> {
    fn go_on(&self, count: usize) -> Result<(), StoreError> {
        if count.is_multiple_of(STRIDE) && !(self.may_it)(MayIt::GoOn) { Err(StoreError::LeftOff) } else { Ok(()) }
    }

    fn take_runs(&self, runs: &[FoundRun], workflows: &HashMap<String, String>) -> Result<(), StoreError> {
        let mut newest = self.writing.prepare_cached(
            "UPDATE workflows SET run_id = ?2, run_at = ?3, run_outcome = ?4, run_step = ?5, run_connection = ?6,
                 run_words = ?7 WHERE id = ?1 AND (run_at IS NULL OR run_at <= ?3)",
        )?;
        let mut failed = self.writing.prepare_cached(
            "INSERT INTO failed_runs (workflow, external_id, at, outcome, step, connection, words)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (workflow, external_id) DO UPDATE SET at = excluded.at, outcome = excluded.outcome,
                 step = excluded.step, connection = excluded.connection, words = excluded.words",
        )?;
        let mut good = self.writing.prepare_cached(
            "UPDATE workflows SET good_run_at = ?2 WHERE id = ?1 AND (good_run_at IS NULL OR good_run_at < ?2)",
        )?;
        for FoundRun { workflow, run, may_hide_failure, proves: _ } in runs {
            let Some(id) = workflows.get(workflow) else { continue };
            let words = run.words.as_deref().map(|it| cleaned(it, LONGEST_WORDS));
            let at = written_moment(run.at);
            let outcome = outcome_word(run.outcome);
            let row = (id, &run.external_id, at, outcome, &run.failed_step, &run.failed_connection, &words);
            match run.outcome {
                RunOutcome::Failed | RunOutcome::FailedInside | RunOutcome::Incomplete => {
                    failed.execute(row)?;
                }
                RunOutcome::Succeeded if !may_hide_failure => {
                    good.execute((id, at))?;
                }
                RunOutcome::Succeeded | RunOutcome::Running => {}
            }
            newest.execute((id, &run.external_id, at, outcome, &run.failed_step, &run.failed_connection, &words))?;
        }
        let kept_since = self.now.saturating_sub(i64::try_from(RUNS_KEPT.as_millis()).unwrap_or(i64::MAX));
        self.writing.prepare_cached("DELETE FROM failed_runs WHERE at < ?1")?.execute([kept_since])?;
        Ok(())
    }

    /// What is there and cannot be read stays as it was last read, with the age that it has; so do the connections that it
    /// used, of which nothing else may tell.
    fn keep_unread(&self, unread: &[String]) -> Result<(), StoreError> {
        let mut workflow = self.writing.prepare_cached(
            "UPDATE workflows SET reading = ?3 WHERE platform = ?1 AND external_id = ?2 AND gone_at IS NULL",
        )?;
        let mut connections = self.writing.prepare_cached(
            "UPDATE platform_connections SET reading = ?3 WHERE gone_at IS NULL AND id IN (
                 SELECT steps.platform_connection FROM steps JOIN workflows ON workflows.id = steps.workflow
                 WHERE workflows.platform = ?1 AND workflows.external_id = ?2)",
        )?;
        for id in unread {
            workflow.execute((self.platform.as_str(), id, self.number))?;
            connections.execute((self.platform.as_str(), id, self.number))?;
        }
        Ok(())
    }

    /// What people and programs noted themselves is not the platform's to miss.
    fn find_gone(&mut self, names_used_alone: bool) -> Result<(), StoreError> {
        let statements = [
            "UPDATE workflows SET gone_at = ?3
             WHERE platform = ?1 AND reading < ?2 AND gone_at IS NULL AND source NOT IN ('by_hand', 'token_door')
             RETURNING name",
            "UPDATE platform_connections SET gone_at = ?3
             WHERE platform = ?1 AND reading < ?2 AND gone_at IS NULL RETURNING name",
        ];
        for statement in statements.into_iter().take(if names_used_alone { 1 } else { 2 }) {
            let mut statement = self.writing.prepare_cached(statement)?;
            let mut rows = statement.query((self.platform.as_str(), self.number, self.now))?;
            while let Some(row) = rows.next()? {
                self.changes.gone.push(read(row, "name")?);
            }
        }
        self.changes.gone.sort();
        Ok(())
    }

    fn count(&mut self, row: Option<&KnownRow>, is_same: bool) {
        let counted = match row {
            None => &mut self.changes.added,
            Some(row) if row.is_gone => &mut self.changes.added,
            Some(_) if is_same => &mut self.changes.same,
            Some(_) => &mut self.changes.changed,
        };
        *counted += 1;
    }
}

impl KnownRow {
    fn read(row: &Row<'_>, state: String, said: Option<SaidOfConnection>) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(row, "id")?,
            fingerprint: read(row, "fingerprint")?,
            is_gone: read::<Option<i64>>(row, "gone_at")?.is_some(),
            state,
            said,
        })
    }
}

/// Each once, in their order; of the same id the later one.
fn last_of_each<T>(all: &[T], id: impl Fn(&T) -> &str) -> Vec<&T> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, it) in all.iter().enumerate() {
        places.insert(id(it), place);
    }
    all.iter().enumerate().filter(|(place, it)| places[id(it)] == *place).map(|(_, it)| it).collect()
}

/// What a person reads; what has no name is called by its id.
fn name_of(name: &str, external_id: &str) -> String {
    let shown = cleaned(name.trim(), LONGEST_NAME);
    if shown.is_empty() { cleaned(external_id, LONGEST_NAME) } else { shown }
}

fn optional(text: Option<&str>) -> Option<String> {
    text.map(|it| cleaned(it.trim(), LONGEST_NAME)).filter(|it| !it.is_empty())
}

fn random() -> Result<u64, StoreError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(StoreError::NoRandomNumbers)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests;
