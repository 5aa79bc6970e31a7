//! Workflows and the steps that use connections; all that the picture is put together from [D1].

use domain::blast_radius::{Access, Importance, Known, Run, RunOutcome, Schedule, Step, StepVersion, Uses, Workflow};
use domain::connection::Environment;
use domain::{ConnectionId, PlatformConnectionId, PlatformId, WorkflowId};
use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::columns::{Placed, read, read_moment, read_optional_moment, read_optional_with, read_with, written_moment};
use super::platform_connections::read_provenance;
use super::platforms::bump_wiring;
use super::{Store, StoreError, platform_connections, platforms};

/// A pause that was sent and not answered may still arrive for so long, in milliseconds.
pub(super) const MAY_STILL_TAKE: i64 = 10 * 60 * 1_000;

/// What a person says of a workflow; no reading changes it. `None`: nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidOfWorkflow {
    pub customer: Option<String>,
    pub owner: Option<String>,
    pub importance: Option<Importance>,
}

impl Store {
    /// All that is not gone of both planes, at one moment.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn known(&self) -> Result<Known, StoreError> {
        self.read(|sqlite| {
            let snapshot = sqlite.unchecked_transaction()?;
            let known = Known {
                platforms: platforms::list(&snapshot)?,
                platform_connections: platform_connections::list(&snapshot)?,
                workflows: list_workflows(&snapshot)?,
                steps: list_steps(&snapshot)?,
                starts: list_starts(&snapshot)?,
            };
            snapshot.commit()?;
            Ok(known)
        })
    }

    /// One that is not gone.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_workflow(&self, id: &WorkflowId) -> Result<Option<Workflow>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM workflows WHERE id = ?1 AND gone_at IS NULL")?;
            let mut rows = statement.query([id.as_str()])?;
            rows.next()?.map(read_workflow).transpose()
        })
    }

    /// Takes down what a person says of it, in place of what they said before.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn say_of_workflow(&self, id: &WorkflowId, said: &SaidOfWorkflow) -> Result<(), StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE workflows SET said_customer = :customer, said_owner = :owner, importance = :importance
                 WHERE id = :id",
                named_params! {
                    ":id": id.as_str(),
                    ":customer": said.customer,
                    ":owner": said.owner,
                    ":importance": said.importance.map(Importance::as_str),
                },
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// We are about to switch it off, and `version` is what ran until then; until its platform says that it did, that is
    /// doubted. Or we switched it on again.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn put_paused(
        &self,
        id: &WorkflowId,
        paused_at: Option<Timestamp>,
        version: Option<&str>,
    ) -> Result<(), StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                // The next reading looks at it anew, whatever it says.
                "UPDATE workflows SET paused_at = ?2, paused_version = ?4, pause_is_doubted = NOT ?3, is_active = ?3,
                     fingerprint = x'' WHERE id = ?1",
                (id.as_str(), paused_at.map(written_moment), paused_at.is_none(), version),
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// Its platform says that it is off. Whether that is our doing: a pause of ours is in doubt no more, and what anybody
    /// else switched off is not ours.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_off(&self, id: &WorkflowId) -> Result<bool, StoreError> {
        self.write(|writing| {
            let is_ours = writing
                .prepare_cached(
                    "UPDATE workflows SET is_active = 0, pause_is_doubted = 0, fingerprint = x'' WHERE id = ?1
                     RETURNING paused_at IS NOT NULL",
                )?
                .query([id.as_str()])?
                .next()?
                .map(|row| row.get(0))
                .transpose()?
                .ok_or(StoreError::Gone)?;
            bump_wiring(writing)?;
            Ok(is_ours)
        })
    }

    /// Its platform says that it runs, by no doing of ours: our pause is forgotten, but for one that may still arrive.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_running(&self, id: &WorkflowId, now: Timestamp) -> Result<(), StoreError> {
        self.write(|writing| {
            let may_arrive_since = written_moment(now).saturating_sub(MAY_STILL_TAKE);
            let changed = writing.execute(
                "UPDATE workflows SET is_active = 1, fingerprint = x'',
                     paused_version = CASE WHEN pause_is_doubted AND paused_at > ?2 THEN paused_version END,
                     paused_at = CASE WHEN pause_is_doubted AND paused_at > ?2 THEN paused_at END
                 WHERE id = ?1",
                (id.as_str(), may_arrive_since),
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// Which version of it ran when we paused it, where its platform keeps several.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn paused_version(&self, id: &WorkflowId) -> Result<Option<String>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT paused_version FROM workflows WHERE id = ?1")?;
            let mut rows = statement.query([id.as_str()])?;
            rows.next()?.map_or(Ok(None), |row| read(row, "paused_version"))
        })
    }

    /// Runs of these workflows that did not go well since then, the newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_failed_runs(&self, since: Timestamp) -> Result<Vec<(WorkflowId, Run)>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT * FROM failed_runs WHERE at >= ?1 ORDER BY at DESC, external_id DESC")?;
            let mut rows = statement.query([written_moment(since)])?;
            let mut runs = vec![];
            while let Some(row) = rows.next()? {
                let run = Run {
                    external_id: read(row, "external_id")?,
                    at: read_moment(row, "at")?,
                    outcome: read_with(row, "outcome", |text: String| outcome_from(&text))?,
                    failed_step: read(row, "step")?,
                    failed_connection: read(row, "connection")?,
                    words: read(row, "words")?,
                };
                runs.push((WorkflowId::from_text(read::<String>(row, "workflow")?), run));
            }
            Ok(runs)
        })
    }
}

fn list_workflows(sqlite: &rusqlite::Connection) -> Result<Vec<Workflow>, StoreError> {
    let mut statement =
        sqlite.prepare_cached("SELECT * FROM workflows WHERE gone_at IS NULL ORDER BY platform, name, id")?;
    let mut rows = statement.query([])?;
    let mut workflows = vec![];
    while let Some(row) = rows.next()? {
        workflows.push(read_workflow(row)?);
    }
    Ok(workflows)
}

fn read_workflow(row: &Row<'_>) -> Result<Workflow, StoreError> {
    let said_customer: Option<String> = read(row, "said_customer")?;
    let said_owner: Option<String> = read(row, "said_owner")?;
    let is_active = read(row, "is_active")?;
    Ok(Workflow {
        id: WorkflowId::from_text(read::<String>(row, "id")?),
        platform: PlatformId::from_text(read::<String>(row, "platform")?),
        external_id: read(row, "external_id")?,
        name: read(row, "name")?,
        is_active,
        customer: said_customer.or(read(row, "customer")?),
        project: read(row, "project")?,
        owner: said_owner.or(read(row, "owner")?),
        environment: read_optional_with(row, "environment", |text: String| Environment::from_text(&text))?,
        importance: read_optional_with(row, "importance", |text: String| Importance::from_text(&text))?,
        schedule: read_schedule(row)?,
        runs_per_day: read(row, "runs_per_day")?,
        last_run: read_last_run(row)?,
        last_good_at: read_optional_moment(row, "good_run_at")?,
        // What was seen running is not paused, though an unanswered pause of it may still arrive.
        paused_at: read_optional_moment(row, "paused_at")?.filter(|_| !is_active),
        page: read(row, "page")?,
        provenance: read_provenance(row)?,
    })
}

/// Kind, seconds, expression, zone and moment.
pub(super) type ScheduleColumns<'a> = (&'static str, Option<u32>, Option<&'a str>, Option<&'a str>, Option<i64>);

pub(super) fn written_schedule(schedule: &Schedule) -> ScheduleColumns<'_> {
    match schedule {
        Schedule::Unknown => ("unknown", None, None, None, None),
        Schedule::OnDemand => ("on_demand", None, None, None, None),
        Schedule::OnEvent => ("on_event", None, None, None, None),
        Schedule::Every { seconds } => ("every", Some(*seconds), None, None, None),
        Schedule::Cron { expression, time_zone } => ("cron", None, Some(expression), time_zone.as_deref(), None),
        Schedule::NextAt { at } => ("next_at", None, None, None, Some(written_moment(*at))),
        // What it is worth stands in a column of its own, which no reading writes.
        Schedule::Learned { seconds, from, .. } => ("learned", Some(*seconds), None, None, Some(written_moment(*from))),
    }
}

pub(super) fn read_schedule(row: &Row<'_>) -> Result<Schedule, StoreError> {
    let lacks = |column| StoreError::Unreadable { column };
    Ok(match read::<String>(row, "schedule")?.as_str() {
        "unknown" => Schedule::Unknown,
        "on_demand" => Schedule::OnDemand,
        "on_event" => Schedule::OnEvent,
        "every" => {
            let seconds: Option<u32> = read(row, "schedule_seconds")?;
            Schedule::Every { seconds: seconds.ok_or_else(|| lacks("schedule_seconds"))? }
        }
        "cron" => {
            let expression: Option<String> = read(row, "schedule_cron")?;
            let expression = expression.ok_or_else(|| lacks("schedule_cron"))?;
            Schedule::Cron { expression, time_zone: read(row, "schedule_zone")? }
        }
        "next_at" => {
            let at = read_optional_moment(row, "schedule_at")?;
            Schedule::NextAt { at: at.ok_or_else(|| lacks("schedule_at"))? }
        }
        "learned" => {
            let seconds: Option<u32> = read(row, "schedule_seconds")?;
            let percent: Option<u8> = read(row, "schedule_percent")?;
            let from = read_optional_moment(row, "schedule_at")?;
            Schedule::Learned {
                seconds: seconds.ok_or_else(|| lacks("schedule_seconds"))?,
                percent: percent.ok_or_else(|| lacks("schedule_percent"))?,
                from: from.ok_or_else(|| lacks("schedule_at"))?,
            }
        }
        _ => return Err(lacks("schedule")),
    })
}

pub(super) fn outcome_word(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "succeeded",
        RunOutcome::FailedInside => "failed_inside",
        RunOutcome::Failed => "failed",
        RunOutcome::Incomplete => "incomplete",
        RunOutcome::Running => "running",
    }
}

fn outcome_from(text: &str) -> Option<RunOutcome> {
    use RunOutcome::{Failed, FailedInside, Incomplete, Running, Succeeded};
    [Succeeded, FailedInside, Failed, Incomplete, Running].into_iter().find(|it| outcome_word(*it) == text)
}

fn read_last_run(row: &Row<'_>) -> Result<Option<Run>, StoreError> {
    let Some(at) = read_optional_moment(row, "run_at")? else { return Ok(None) };
    Ok(Some(Run {
        external_id: read::<Option<String>>(row, "run_id")?.unwrap_or_default(),
        at,
        outcome: read_with(row, "run_outcome", |text: String| outcome_from(&text))?,
        failed_step: read(row, "run_step")?,
        failed_connection: read(row, "run_connection")?,
        words: read(row, "run_words")?,
    }))
}

/// Of a step, in the order in which they are asked for: there are too many rows to compare names.
const STEP_COLUMNS: &[&str] = &[
    "workflow",
    "external_id",
    "name",
    "kind",
    "place",
    "connection",
    "platform_connection",
    "version",
    "is_enabled",
    "access",
    "goes_on_after_error",
    "scopes",
];

fn list_steps(sqlite: &rusqlite::Connection) -> Result<Vec<Step>, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT steps.workflow, steps.external_id, steps.name, steps.kind, steps.place, steps.connection,
                steps.platform_connection, steps.version, steps.is_enabled, steps.access, steps.goes_on_after_error,
                steps.scopes
         FROM steps JOIN workflows ON workflows.id = steps.workflow
         WHERE workflows.gone_at IS NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut steps = vec![];
    while let Some(row) = rows.next()? {
        steps.push(read_step(row)?);
    }
    Ok(steps)
}

fn read_step(row: &Row<'_>) -> Result<Step, StoreError> {
    const fn column(name: &'static str) -> Placed {
        Placed::among(STEP_COLUMNS, name)
    }
    const WORKFLOW: Placed = column("workflow");
    const EXTERNAL_ID: Placed = column("external_id");
    const NAME: Placed = column("name");
    const KIND: Placed = column("kind");
    const PLACE: Placed = column("place");
    const CONNECTION: Placed = column("connection");
    const PLATFORM_CONNECTION: Placed = column("platform_connection");
    const VERSION: Placed = column("version");
    const IS_ENABLED: Placed = column("is_enabled");
    const ACCESS: Placed = column("access");
    const GOES_ON_AFTER_ERROR: Placed = column("goes_on_after_error");
    const SCOPES: Placed = column("scopes");

    let uses = match read::<Option<String>>(row, CONNECTION)? {
        Some(own) => Uses::Connection(ConnectionId::from_text(own)),
        None => Uses::PlatformConnection(PlatformConnectionId::from_text(read::<String>(row, PLATFORM_CONNECTION)?)),
    };
    Ok(Step {
        workflow: WorkflowId::from_text(read::<String>(row, WORKFLOW)?),
        external_id: read(row, EXTERNAL_ID)?,
        name: read(row, NAME)?,
        kind: read(row, KIND)?,
        place: read(row, PLACE)?,
        uses,
        version: read_with(row, VERSION, |text: String| version_from(&text))?,
        is_enabled: read(row, IS_ENABLED)?,
        access: read_with(row, ACCESS, |text: String| access_from(&text))?,
        goes_on_after_error: read(row, GOES_ON_AFTER_ERROR)?,
        scopes: read::<Option<String>>(row, SCOPES)?
            .map_or_else(Vec::new, |it| it.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect()),
    })
}

pub(super) fn version_word(version: StepVersion) -> &'static str {
    match version {
        StepVersion::Draft => "draft",
        StepVersion::Live => "live",
        StepVersion::Both => "both",
    }
}

fn version_from(text: &str) -> Option<StepVersion> {
    [StepVersion::Draft, StepVersion::Live, StepVersion::Both].into_iter().find(|it| version_word(*it) == text)
}

pub(super) fn access_word(access: Access) -> &'static str {
    match access {
        Access::Reads => "reads",
        Access::Writes => "writes",
        Access::Unknown => "unknown",
    }
}

fn access_from(text: &str) -> Option<Access> {
    [Access::Reads, Access::Writes, Access::Unknown].into_iter().find(|it| access_word(*it) == text)
}

fn list_starts(sqlite: &rusqlite::Connection) -> Result<Vec<(WorkflowId, WorkflowId)>, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT starter.id AS starter, other.id AS other
         FROM workflow_starts
         JOIN workflows starter ON starter.id = workflow_starts.workflow
         JOIN workflows other ON other.platform = starter.platform AND other.external_id = workflow_starts.started
         WHERE starter.gone_at IS NULL AND other.gone_at IS NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut starts = vec![];
    while let Some(row) = rows.next()? {
        let id = |column: &'static str| Ok::<_, StoreError>(WorkflowId::from_text(read::<String>(row, column)?));
        starts.push((id("starter")?, id("other")?));
    }
    Ok(starts)
}
