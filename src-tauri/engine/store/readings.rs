//! What a reading of a platform found is taken over in one transaction: all of it or nothing [D2].
//!
//! The platform's own ids decide what is the same; a fingerprint of all that it said decides whether that changed. What
//! is as it was costs one small write, so that a reading that brings nothing new is cheap.

use std::collections::{HashMap, HashSet};

use domain::blast_radius::reading::{
    FoundConnection, FoundRun, FoundStep, FoundUse, FoundWorkflow, PlatformReading, ReadingChanges, ReadingNote,
};
use domain::blast_radius::{PlatformConnectionState, RunOutcome, Source};
use domain::connection::Environment;
use domain::display_text::cleaned;
use domain::{PlatformConnectionId, PlatformId, ProviderId, WorkflowId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, named_params};
use sha2::{Digest as _, Sha256};

use super::columns::{read, read_json, written_json, written_moment};
use super::last_reading::LastReadingColumn;
use super::platform_connections::written_state;
use super::platforms::bump_wiring;
use super::workflows::{access_word, outcome_word, version_word, written_schedule};
use super::{Store, StoreError};

/// Names are shown, and cut.
const LONGEST_NAME: usize = 300;
/// What a platform said of a failure.
const LONGEST_WORDS: usize = 1_000;
/// Failed runs are kept for as long as an incident may ask for them.
const RUNS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A row that is there already.
struct KnownRow {
    id: String,
    fingerprint: Vec<u8>,
    is_gone: bool,
    /// Of a platform connection.
    state: String,
}

/// One reading under way.
struct Taking<'a> {
    writing: &'a Transaction<'a>,
    platform: &'a PlatformId,
    source: Source,
    number: i64,
    now: i64,
    changes: ReadingChanges,
}

impl Store {
    /// Takes a reading over. Of a whole one, what it did not find is gone; a person's own words, and what came from
    /// people and programs themselves, stay.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such platform, or a connection of ours that is named is not there.
    pub fn apply_reading(
        &self,
        platform: &PlatformId,
        source: Source,
        reading: &PlatformReading,
        now: Timestamp,
    ) -> Result<ReadingChanges, StoreError> {
        self.write(|writing| {
            let number = writing.query_row(
                "UPDATE platforms SET reading = reading + 1, failed_at = NULL, failed_words = NULL, failed_streak = 0,
                     wait_until = NULL, needs_person = 0,
                     read_at = CASE WHEN ?2 THEN ?3 ELSE read_at END
                 WHERE id = ?1 RETURNING reading",
                (platform.as_str(), reading.is_whole, written_moment(now)),
                |row| row.get(0),
            )?;
            let now = written_moment(now);
            let mut taking = Taking { writing, platform, source, number, now, changes: ReadingChanges::default() };
            let connections = taking.take_connections(reading)?;
            let workflows = taking.take_workflows(&reading.workflows, &connections)?;
            taking.take_runs(&reading.runs, &workflows)?;
            if reading.is_whole {
                taking.find_gone()?;
            }
            let changes = taking.changes;
            let last = LastReadingColumn::new(&changes, &reading.notes);
            writing.execute(
                "UPDATE platforms SET last_reading = ?2 WHERE id = ?1",
                (platform.as_str(), written_json(&last, "last_reading")?),
            )?;
            bump_wiring(writing)?;
            Ok(changes)
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
    /// The ids of all that steps of this reading may name.
    fn take_connections(&mut self, reading: &PlatformReading) -> Result<HashMap<String, String>, StoreError> {
        let known = self.known_rows("SELECT id, external_id, fingerprint, gone_at, state FROM platform_connections")?;
        let mut ids: HashMap<String, String> =
            known.iter().map(|(external, row)| (external.clone(), row.id.clone())).collect();
        let mut found: HashSet<&str> = HashSet::new();
        for connection in last_of_each(&reading.connections, |it| &it.external_id) {
            found.insert(&connection.external_id);
            let id = self.take_connection(connection, known.get(&connection.external_id))?;
            ids.insert(connection.external_id.clone(), id);
        }

        let steps = reading.workflows.iter().flat_map(|it| &it.steps);
        let mut named: HashSet<&str> = steps
            .filter_map(|step| match &step.uses {
                FoundUse::External(id) => Some(id.as_str()),
                FoundUse::Ours(_) => None,
            })
            .filter(|id| !found.contains(id))
            .collect();
        // Named by steps, and not among what the platform has.
        let state = if reading.is_whole { PlatformConnectionState::Missing } else { PlatformConnectionState::Unknown };
        for external_id in named.drain() {
            let row = known.get(external_id);
            if row.is_some_and(|it| !it.is_gone) && !reading.is_whole {
                continue;
            }
            let id = match row {
                Some(row) => {
                    self.miss(row)?;
                    row.id.clone()
                }
                None => {
                    let unseen = FoundConnection {
                        external_id: external_id.to_owned(),
                        name: external_id.to_owned(),
                        kind: String::new(),
                        provider: None,
                        account: None,
                        owner: None,
                        state: state.clone(),
                        page: None,
                    };
                    self.take_connection(&unseen, None)?
                }
            };
            ids.insert(external_id.to_owned(), id);
        }
        Ok(ids)
    }

    /// Steps still use it, and the platform has it no more.
    fn miss(&mut self, row: &KnownRow) -> Result<(), StoreError> {
        self.writing
            .prepare_cached(
                "UPDATE platform_connections SET state = 'missing', state_at = NULL, state_words = NULL, reading = ?2,
                     seen_at = ?3, gone_at = NULL WHERE id = ?1",
            )?
            .execute((&row.id, self.number, self.now))?;
        self.count(Some(row), row.state == "missing");
        Ok(())
    }

    fn take_connection(&mut self, found: &FoundConnection, row: Option<&KnownRow>) -> Result<String, StoreError> {
        let fingerprint = connection_fingerprint(found);
        let (state, at, words) = written_state(&found.state);
        let is_news = found.state != PlatformConnectionState::Unknown;
        if let Some(row) = row.filter(|it| !it.is_gone && it.fingerprint == fingerprint) {
            if is_news {
                self.writing
                    .prepare_cached(
                        "UPDATE platform_connections SET reading = ?2, seen_at = ?3, source = ?4, state = ?5,
                             state_at = CASE WHEN state = 'dead' AND ?5 = 'dead' THEN min(state_at, ?6) ELSE ?6 END,
                             state_words = ?7 WHERE id = ?1",
                    )?
                    .execute((&row.id, self.number, self.now, self.source.as_str(), state, at, words))?;
            } else {
                // Found again is not missing; that it works, nobody said.
                self.writing
                    .prepare_cached(
                        "UPDATE platform_connections SET reading = ?2, seen_at = ?3, source = ?4,
                             state = CASE state WHEN 'missing' THEN 'unknown' ELSE state END WHERE id = ?1",
                    )?
                    .execute((&row.id, self.number, self.now, self.source.as_str()))?;
            }
            self.count(Some(row), !is_news || row.state == state);
            return Ok(row.id.clone());
        }

        let id = match row {
            Some(row) => row.id.clone(),
            None => PlatformConnectionId::from_random(random()?).to_string(),
        };
        self.writing
            .prepare_cached(
                "INSERT INTO platform_connections (id, platform, external_id, name, kind, provider, account, owner, state,
                     state_at, state_words, page, source, seen_at, reading, fingerprint)
                 VALUES (:id, :platform, :external_id, :name, :kind, :provider, :account, :owner, :state, :state_at,
                     :state_words, :page, :source, :seen_at, :reading, :fingerprint)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, provider = excluded.provider,
                     account = excluded.account, owner = excluded.owner, page = excluded.page, source = excluded.source,
                     state = CASE WHEN :is_news THEN excluded.state
                                  WHEN state = 'missing' THEN 'unknown' ELSE state END,
                     state_at = CASE WHEN :is_news AND state = 'dead' AND excluded.state = 'dead'
                                     THEN min(state_at, excluded.state_at)
                                     WHEN :is_news THEN excluded.state_at ELSE state_at END,
                     state_words = CASE WHEN :is_news THEN excluded.state_words ELSE state_words END,
                     seen_at = excluded.seen_at, gone_at = NULL, reading = excluded.reading,
                     fingerprint = excluded.fingerprint",
            )?
            .execute(named_params! {
                ":id": id,
                ":platform": self.platform.as_str(),
                ":external_id": found.external_id,
                ":name": name_of(&found.name, &found.external_id),
                ":kind": cleaned(&found.kind, LONGEST_NAME),
                ":provider": found.provider.as_ref().map(ProviderId::as_str),
                ":account": optional(found.account.as_deref()),
                ":owner": optional(found.owner.as_deref()),
                ":state": state,
                ":state_at": at,
                ":state_words": words.map(|it| cleaned(it, LONGEST_WORDS)),
                ":page": found.page,
                ":source": self.source.as_str(),
                ":seen_at": self.now,
                ":reading": self.number,
                ":fingerprint": fingerprint,
                ":is_news": is_news,
            })?;
        self.count(row, false);
        Ok(id)
    }

    fn take_workflows(
        &mut self,
        all: &[FoundWorkflow],
        connections: &HashMap<String, String>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let known = self.known_rows("SELECT id, external_id, fingerprint, gone_at, '' AS state FROM workflows")?;
        let mut ids: HashMap<String, String> =
            known.iter().map(|(external, row)| (external.clone(), row.id.clone())).collect();
        for found in last_of_each(all, |it| &it.external_id) {
            let row = known.get(&found.external_id);
            let fingerprint = workflow_fingerprint(found);
            if let Some(row) = row.filter(|it| !it.is_gone && it.fingerprint == fingerprint) {
                self.writing
                    .prepare_cached("UPDATE workflows SET reading = ?2, seen_at = ?3, source = ?4 WHERE id = ?1")?
                    .execute((&row.id, self.number, self.now, self.source.as_str()))?;
                self.count(Some(row), true);
                continue;
            }
            let id = match row {
                Some(row) => row.id.clone(),
                None => WorkflowId::from_random(random()?).to_string(),
            };
            self.write_workflow(&id, found, &fingerprint)?;
            self.write_steps(&id, found, row.is_some(), connections)?;
            self.count(row, false);
            ids.insert(found.external_id.clone(), id);
        }
        Ok(ids)
    }

    fn write_workflow(&self, id: &str, found: &FoundWorkflow, fingerprint: &[u8]) -> Result<(), StoreError> {
        let (schedule, seconds, cron, zone, at) = written_schedule(&found.schedule);
        self.writing
            .prepare_cached(
                "INSERT INTO workflows (id, platform, external_id, name, is_active, customer, project, owner, environment,
                     schedule, schedule_seconds, schedule_cron, schedule_zone, schedule_at, runs_per_day, page, source,
                     seen_at, reading, fingerprint)
                 VALUES (:id, :platform, :external_id, :name, :is_active, :customer, :project, :owner, :environment,
                     :schedule, :seconds, :cron, :zone, :at, :runs_per_day, :page, :source, :seen_at, :reading,
                     :fingerprint)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_active = excluded.is_active,
                     customer = excluded.customer, project = excluded.project, owner = excluded.owner,
                     environment = excluded.environment, schedule = excluded.schedule,
                     schedule_seconds = excluded.schedule_seconds, schedule_cron = excluded.schedule_cron,
                     schedule_zone = excluded.schedule_zone, schedule_at = excluded.schedule_at,
                     runs_per_day = excluded.runs_per_day, page = excluded.page, source = excluded.source,
                     seen_at = excluded.seen_at, gone_at = NULL, reading = excluded.reading,
                     fingerprint = excluded.fingerprint,
                     paused_at = CASE WHEN excluded.is_active THEN NULL ELSE paused_at END",
            )?
            .execute(named_params! {
                ":id": id,
                ":platform": self.platform.as_str(),
                ":external_id": found.external_id,
                ":name": name_of(&found.name, &found.external_id),
                ":is_active": found.is_active,
                ":customer": optional(found.customer.as_deref()),
                ":project": optional(found.project.as_deref()),
                ":owner": optional(found.owner.as_deref()),
                ":environment": found.environment.map(Environment::as_str),
                ":schedule": schedule,
                ":seconds": seconds,
                ":cron": cron,
                ":zone": zone,
                ":at": at,
                ":runs_per_day": found.runs_per_day.filter(|it| it.is_finite()),
                ":page": found.page,
                ":source": self.source.as_str(),
                ":seen_at": self.now,
                ":reading": self.number,
                ":fingerprint": fingerprint,
            })?;
        Ok(())
    }

    fn write_steps(
        &self,
        workflow: &str,
        found: &FoundWorkflow,
        is_known: bool,
        connections: &HashMap<String, String>,
    ) -> Result<(), StoreError> {
        if is_known {
            // What a person or a program noted beside it stays.
            self.writing
                .prepare_cached("DELETE FROM steps WHERE workflow = ?1 AND dependant IS NULL")?
                .execute([workflow])?;
            self.writing.prepare_cached("DELETE FROM workflow_starts WHERE workflow = ?1")?.execute([workflow])?;
        }
        let mut insert = self.writing.prepare_cached(
            "INSERT INTO steps (workflow, external_id, name, kind, place, connection, platform_connection, version,
                 is_enabled, access, goes_on_after_error, source, scopes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for step in &found.steps {
            let (own, theirs) = match &step.uses {
                FoundUse::Ours(id) => (Some(id.as_str()), None),
                FoundUse::External(id) => (None, connections.get(id)),
            };
            insert.execute((
                workflow,
                &step.external_id,
                name_of(&step.name, &step.external_id),
                cleaned(&step.kind, LONGEST_NAME),
                step.place,
                own,
                theirs,
                version_word(step.version),
                step.is_enabled,
                access_word(step.access),
                step.goes_on_after_error,
                self.source.as_str(),
                (!step.scopes.is_empty()).then(|| step.scopes.join(" ")),
            ))?;
        }
        let mut insert = self
            .writing
            .prepare_cached("INSERT INTO workflow_starts (workflow, started) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
        for started in &found.starts {
            insert.execute((workflow, started))?;
        }
        Ok(())
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
        for FoundRun { workflow, run } in runs {
            let Some(id) = workflows.get(workflow) else { continue };
            let words = run.words.as_deref().map(|it| cleaned(it, LONGEST_WORDS));
            let at = written_moment(run.at);
            let outcome = outcome_word(run.outcome);
            let row = (id, &run.external_id, at, outcome, &run.failed_step, &run.failed_connection, &words);
            match run.outcome {
                RunOutcome::Failed | RunOutcome::FailedInside | RunOutcome::Incomplete => {
                    failed.execute(row)?;
                }
                RunOutcome::Succeeded | RunOutcome::Running => {}
            }
            newest.execute((id, &run.external_id, at, outcome, &run.failed_step, &run.failed_connection, &words))?;
        }
        let kept_since = self.now.saturating_sub(i64::try_from(RUNS_KEPT.as_millis()).unwrap_or(i64::MAX));
        self.writing.prepare_cached("DELETE FROM failed_runs WHERE at < ?1")?.execute([kept_since])?;
        Ok(())
    }

    /// What people and programs noted themselves is not the platform's to miss.
    fn find_gone(&mut self) -> Result<(), StoreError> {
        for statement in [
            "UPDATE workflows SET gone_at = ?3
             WHERE platform = ?1 AND reading < ?2 AND gone_at IS NULL AND source NOT IN ('by_hand', 'token_door')
             RETURNING name",
            "UPDATE platform_connections SET gone_at = ?3
             WHERE platform = ?1 AND reading < ?2 AND gone_at IS NULL RETURNING name",
        ] {
            let mut statement = self.writing.prepare_cached(statement)?;
            let mut rows = statement.query((self.platform.as_str(), self.number, self.now))?;
            while let Some(row) = rows.next()? {
                self.changes.gone.push(read(row, "name")?);
            }
        }
        self.changes.gone.sort();
        Ok(())
    }

    fn known_rows(&self, select: &str) -> Result<HashMap<String, KnownRow>, StoreError> {
        let mut statement = self.writing.prepare_cached(&format!("{select} WHERE platform = ?1"))?;
        let mut rows = statement.query([self.platform.as_str()])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            let found = KnownRow {
                id: read(row, "id")?,
                fingerprint: read(row, "fingerprint")?,
                is_gone: read::<Option<i64>>(row, "gone_at")?.is_some(),
                state: read(row, "state")?,
            };
            known.insert(read(row, "external_id")?, found);
        }
        Ok(known)
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

/// All that was said of one thing: each part with its length, so that no two differ and look alike.
#[derive(Default)]
struct Said(Sha256);

impl Said {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
        self
    }

    fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.0.update([u8::from(text.is_some())]);
        self.text(text.unwrap_or_default())
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.0.update([u8::from(flag)]);
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_le_bytes());
        self
    }

    fn fingerprint(self) -> Vec<u8> {
        self.0.finalize()[..16].to_vec()
    }
}

fn connection_fingerprint(found: &FoundConnection) -> Vec<u8> {
    let mut said = Said::default();
    said.text(&found.name).text(&found.kind).optional(found.provider.as_ref().map(ProviderId::as_str));
    said.optional(found.account.as_deref()).optional(found.owner.as_deref()).optional(found.page.as_deref());
    said.fingerprint()
}

fn workflow_fingerprint(found: &FoundWorkflow) -> Vec<u8> {
    let mut said = Said::default();
    said.text(&found.name).flag(found.is_active).optional(found.customer.as_deref());
    said.optional(found.project.as_deref()).optional(found.owner.as_deref());
    said.optional(found.environment.map(Environment::as_str)).optional(found.page.as_deref());
    let (schedule, seconds, cron, zone, at) = written_schedule(&found.schedule);
    said.text(schedule).number(seconds.map_or(-1, i64::from)).optional(cron).optional(zone);
    said.number(at.unwrap_or(i64::MIN))
        .number(found.runs_per_day.map_or(-1, |it| i64::from_le_bytes(it.to_le_bytes())));
    for step in &found.steps {
        said_of_step(&mut said, step);
    }
    said.text("starts");
    found.starts.iter().for_each(|it| {
        said.text(it);
    });
    said.fingerprint()
}

fn said_of_step(said: &mut Said, step: &FoundStep) {
    let (is_ours, id) = match &step.uses {
        FoundUse::Ours(id) => (true, id.as_str()),
        FoundUse::External(id) => (false, id.as_str()),
    };
    said.text(&step.external_id).text(&step.name).text(&step.kind).number(i64::from(step.place)).flag(is_ours).text(id);
    said.text(version_word(step.version)).flag(step.is_enabled).text(access_word(step.access));
    said.flag(step.goes_on_after_error);
    // Of most steps nobody says any: their fingerprints are as they always were.
    step.scopes.iter().for_each(|it| {
        said.text(it);
    });
}

#[cfg(test)]
mod tests;
