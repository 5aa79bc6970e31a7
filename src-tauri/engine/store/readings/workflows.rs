//! Workflows with their steps, as a reading found them [D1, D2].

use std::collections::HashMap;

use domain::WorkflowId;
use domain::blast_radius::reading::{FoundStep, FoundUse, FoundWorkflow};
use domain::connection::Environment;
use domain::display_text::cleaned;
use rusqlite::named_params;

use super::super::StoreError;
use super::super::columns::read;
use super::super::workflows::{access_word, version_word, written_schedule};

use super::fingerprints::workflow_fingerprint;
use super::{KnownRow, LONGEST_NAME, Taking, last_of_each, name_of, optional, random};

impl Taking<'_> {
    pub(super) fn take_workflows(
        &mut self,
        all: &[FoundWorkflow],
        connections: &HashMap<String, String>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let known = self.known_workflows()?;
        let mut ids: HashMap<String, String> =
            known.iter().map(|(external, row)| (external.clone(), row.id.clone())).collect();
        for (count, found) in last_of_each(all, |it| &it.external_id).into_iter().enumerate() {
            self.go_on(count)?;
            let row = known.get(&found.external_id);
            let completed = self.with_kinds(found);
            let found = completed.as_ref().unwrap_or(found);
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

    fn known_workflows(&self) -> Result<HashMap<String, KnownRow>, StoreError> {
        let mut statement = self
            .writing
            .prepare_cached("SELECT id, external_id, fingerprint, gone_at FROM workflows WHERE platform = ?1")?;
        let mut rows = statement.query([self.platform.as_str()])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            known.insert(read(row, "external_id")?, KnownRow::read(row, String::new(), None)?);
        }
        Ok(known)
    }
}
