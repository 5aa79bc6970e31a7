//! Workflows with their steps, as a reading found them [D1, D2].

use std::collections::HashMap;

use domain::WorkflowId;
use domain::blast_radius::StepVersion;
use domain::blast_radius::reading::{FoundStep, FoundUse, FoundWorkflow};
use domain::connection::Environment;
use domain::display_text::cleaned;
use rusqlite::named_params;

use super::super::StoreError;
use super::super::columns::read;
use super::super::workflows::MAY_STILL_TAKE;
use super::super::workflows::{access_word, version_word, written_schedule};

use super::fingerprints::workflow_fingerprint;
use super::{KnownRow, LONGEST_NAME, Taking, last_of_each, name_of, optional, random};

struct KnownWorkflow {
    row: KnownRow,
    /// By us.
    paused: Option<Paused>,
}

struct Paused {
    /// In milliseconds.
    at: i64,
    version: Option<String>,
    is_doubted: bool,
}

impl Paused {
    /// Its platform never said whether it took it, and may yet.
    fn may_still_take(&self, now: i64) -> bool {
        self.is_doubted && now.saturating_sub(self.at) < MAY_STILL_TAKE
    }
}

/// What a workflow that we paused is to run as again: that it is off takes no connection from it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhileOff {
    /// It is on, or off and none of ours.
    Idle,
    RunsAsBefore,
    RunsAsDrafted,
}

/// A step of the version that ran.
struct KeptStep {
    external_id: String,
    uses: Option<String>,
    is_enabled: bool,
}

impl Taking<'_> {
    pub(super) fn take_workflows(
        &mut self,
        all: &[FoundWorkflow],
        connections: &HashMap<String, String>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let known = self.known_workflows()?;
        let mut ids: HashMap<String, String> =
            known.iter().map(|(external, it)| (external.clone(), it.row.id.clone())).collect();
        for (count, found) in last_of_each(all, |it| &it.external_id).into_iter().enumerate() {
            self.go_on(count)?;
            let (row, paused) =
                known.get(&found.external_id).map_or((None, None), |it| (Some(&it.row), it.paused.as_ref()));
            let completed = self.with_kinds(found);
            let found = completed.as_ref().unwrap_or(found);
            let is_undecided = found.is_active && paused.is_some_and(|it| it.may_still_take(self.now));
            let fingerprint = workflow_fingerprint(found);
            // A pause that can no longer arrive is over, though the workflow reads as it did.
            let is_over = found.is_active && paused.is_some() && !is_undecided;
            if let Some(row) = row.filter(|it| !it.is_gone && !is_over && it.fingerprint == fingerprint) {
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
            self.write_workflow(&id, found, &fingerprint, is_undecided)?;
            let kept = match paused.filter(|_| !found.is_active) {
                None => WhileOff::Idle,
                Some(Paused { version: Some(_), .. }) => WhileOff::RunsAsBefore,
                Some(Paused { version: None, .. }) => WhileOff::RunsAsDrafted,
            };
            self.write_steps(&id, found, row.is_some(), kept, connections)?;
            self.count(row, false);
            ids.insert(found.external_id.clone(), id);
        }
        Ok(ids)
    }

    /// A step that says nothing of its kind is of its connection's.
    fn with_kinds(&self, found: &FoundWorkflow) -> Option<FoundWorkflow> {
        let kind_of = |step: &FoundStep| match &step.uses {
            FoundUse::External(id) => self.kinds.get(id).filter(|kind| step.kind.is_empty() && !kind.is_empty()),
            FoundUse::Ours(_) => None,
        };
        found.steps.iter().any(|it| kind_of(it).is_some()).then(|| {
            let mut found = found.clone();
            for step in &mut found.steps {
                if let Some(kind) = kind_of(step).cloned() {
                    step.kind = kind;
                }
            }
            found
        })
    }

    fn write_workflow(
        &self,
        id: &str,
        found: &FoundWorkflow,
        fingerprint: &[u8],
        keeps_pause: bool,
    ) -> Result<(), StoreError> {
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
                     pause_is_doubted = CASE WHEN :keeps_pause THEN pause_is_doubted ELSE 0 END,
                     paused_version =
                         CASE WHEN excluded.is_active AND NOT :keeps_pause THEN NULL ELSE paused_version END,
                     paused_at = CASE WHEN excluded.is_active AND NOT :keeps_pause THEN NULL ELSE paused_at END",
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
                ":keeps_pause": keeps_pause,
            })?;
        Ok(())
    }

    fn write_steps(
        &self,
        workflow: &str,
        found: &FoundWorkflow,
        is_known: bool,
        while_off: WhileOff,
        connections: &HashMap<String, String>,
    ) -> Result<(), StoreError> {
        let mut kept: Vec<KeptStep> = vec![];
        if is_known {
            if while_off == WhileOff::RunsAsBefore {
                kept = self.steps_that_ran(workflow)?;
            }
            // What a person or a program noted beside it stays.
            self.writing
                .prepare_cached(
                    "DELETE FROM steps WHERE workflow = ?1 AND dependant IS NULL AND (NOT ?2 OR version = 'draft')",
                )?
                .execute((workflow, !kept.is_empty()))?;
            if kept.is_empty() {
                self.writing.prepare_cached("DELETE FROM workflow_starts WHERE workflow = ?1")?.execute([workflow])?;
            }
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
            let before = kept.iter().find(|it| it.external_id == step.external_id);
            let uses = own.map(str::to_owned).or_else(|| theirs.cloned());
            if before.is_some_and(|it| it.uses == uses && it.is_enabled == step.is_enabled) {
                continue;
            }
            let external_id = match before {
                Some(_) => &format!("{}@draft", step.external_id),
                None => &step.external_id,
            };
            let version = match (while_off, step.version) {
                // One version is all that it has: what was drafted is what runs when it is switched on.
                (WhileOff::RunsAsDrafted, StepVersion::Draft) => StepVersion::Both,
                (WhileOff::RunsAsDrafted | WhileOff::RunsAsBefore | WhileOff::Idle, version) => version,
            };
            insert.execute((
                workflow,
                external_id,
                name_of(&step.name, &step.external_id),
                cleaned(&step.kind, LONGEST_NAME),
                step.place,
                own,
                theirs,
                version_word(version),
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
        for started in found.starts.iter().filter(|_| kept.is_empty()) {
            insert.execute((workflow, started))?;
        }
        Ok(())
    }

    fn steps_that_ran(&self, workflow: &str) -> Result<Vec<KeptStep>, StoreError> {
        let mut statement = self.writing.prepare_cached(
            "SELECT external_id, coalesce(connection, platform_connection) AS uses, is_enabled FROM steps
             WHERE workflow = ?1 AND dependant IS NULL AND version <> 'draft'",
        )?;
        let mut rows = statement.query([workflow])?;
        let mut steps = vec![];
        while let Some(row) = rows.next()? {
            steps.push(KeptStep {
                external_id: read(row, "external_id")?,
                uses: read(row, "uses")?,
                is_enabled: read(row, "is_enabled")?,
            });
        }
        Ok(steps)
    }

    fn known_workflows(&self) -> Result<HashMap<String, KnownWorkflow>, StoreError> {
        let mut statement = self.writing.prepare_cached(
            "SELECT id, external_id, fingerprint, gone_at, paused_at, paused_version, pause_is_doubted
             FROM workflows WHERE platform = ?1",
        )?;
        let mut rows = statement.query([self.platform.as_str()])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            let paused = match read::<Option<i64>>(row, "paused_at")? {
                None => None,
                Some(at) => Some(Paused {
                    at,
                    version: read(row, "paused_version")?,
                    is_doubted: read(row, "pause_is_doubted")?,
                }),
            };
            let row = (read(row, "external_id")?, KnownRow::read(row, String::new(), None)?);
            known.insert(row.0, KnownWorkflow { row: row.1, paused });
        }
        Ok(known)
    }
}
