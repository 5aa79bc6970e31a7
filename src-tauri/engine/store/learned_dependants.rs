//! Programs that were seen to use connections, as workflows with a step for each [D1, D3, F2].
//!
//! A program stands by the path of its script: what is in it may change. Its workflow is its own, in the place of
//! programs, until a person says which workflow of a platform it is.

use domain::blast_radius::rhythm::Seen;
use domain::blast_radius::{PlatformKind, Schedule, Source};
use domain::{ConnectionId, DependantId, WorkflowId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, named_params};

use super::columns::{read, read_count, read_json, read_moment, written_count, written_json, written_moment};
use super::dependants::{drop_when_bare, place_of_kind};
use super::platforms::bump_wiring;
use super::workflows::written_schedule;
use super::{Store, StoreError};

/// So many programs are kept at most: of more, those that were not seen for longest are let go. Whoever copies a script a
/// thousand times fills no disk.
const MOST_PROGRAMS: usize = 500;

/// Where programs stand among the platforms.
const PLACE: &str = "Programs";

/// A program that was seen at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedProgram {
    /// Of its script, or else of what runs.
    pub path: String,
    pub name: String,
    pub workflow: WorkflowId,
    /// A person said that it is this workflow of a platform.
    pub is_merged: bool,
    pub schedule: Schedule,
    /// By connection; never none.
    pub uses: Vec<LearnedUse>,
}

/// What it was seen to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedUse {
    pub connection: ConnectionId,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub count: u64,
}

/// That a program used a connection.
#[derive(Debug, Clone, Copy)]
pub struct SeenUse<'a> {
    pub path: &'a str,
    /// What its file is called.
    pub name: &'a str,
    pub connection: &'a ConnectionId,
    pub at: Timestamp,
    /// How often since the last time this was written.
    pub count: u64,
    /// Under this one, where the use is news.
    pub dependant: &'a DependantId,
}

impl Store {
    /// When this program was last seen to use this connection; `None`: never.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn learned_use_at(&self, path: &str, connection: &ConnectionId) -> Result<Option<Timestamp>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT last_at FROM learned_uses WHERE path = ?1 AND connection = ?2")?;
            let mut rows = statement.query((path, connection.as_str()))?;
            rows.next()?.map(|row| read_moment(row, "last_at")).transpose()
        })
    }

    /// Learns that a program used a connection. Whether the picture is another one for that.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn learn_use(&self, seen: &SeenUse<'_>) -> Result<bool, StoreError> {
        // Nothing depends on it after a power cut, and who waits for a token does not wait for the disk.
        self.write_unsynced(|writing| {
            let workflow = match living_workflow(writing, seen.path)? {
                Some(workflow) => workflow,
                None => begin(writing, seen)?,
            };
            let (mut kept, is_known) = match kept_use(writing, seen.path, seen.connection)? {
                Some(kept) => (kept, true),
                None => (Seen::default(), false),
            };
            let begins = kept.take(seen.at);
            write_use(writing, seen, &kept)?;
            let is_step_new = see_step(writing, &workflow, seen)?;
            writing
                .prepare_cached("UPDATE workflows SET seen_at = max(seen_at, ?2) WHERE id = ?1 AND source = ?3")?
                .execute((&workflow, written_moment(seen.at), Source::TokenDoor.as_str()))?;
            let is_other = is_step_new || !is_known || (begins && write_habit(writing, &workflow)?);
            if is_other {
                bump_wiring(writing)?;
            }
            Ok(is_other)
        })
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_learned_programs(&self) -> Result<Vec<LearnedProgram>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT learned_programs.path AS path, learned_programs.name AS called, workflows.*, connection, first_at,
                        last_at, uses
                 FROM learned_programs
                 JOIN workflows ON workflows.id = learned_programs.workflow
                 JOIN learned_uses ON learned_uses.path = learned_programs.path
                 ORDER BY called, learned_programs.path, connection",
            )?;
            let mut rows = statement.query([])?;
            let mut programs: Vec<LearnedProgram> = vec![];
            while let Some(row) = rows.next()? {
                let path: String = read(row, "path")?;
                let used = LearnedUse {
                    connection: ConnectionId::from_text(read::<String>(row, "connection")?),
                    first_at: read_moment(row, "first_at")?,
                    last_at: read_moment(row, "last_at")?,
                    count: u64::try_from(read_count(row, "uses")?).unwrap_or(u64::MAX),
                };
                match programs.last_mut().filter(|it| it.path == path) {
                    Some(program) => program.uses.push(used),
                    None => programs.push(LearnedProgram {
                        name: read(row, "called")?,
                        workflow: WorkflowId::from_text(read::<String>(row, "id")?),
                        is_merged: !is_own(&read::<String>(row, "source")?, &read::<String>(row, "external_id")?, &path),
                        schedule: super::workflows::read_schedule(row)?,
                        uses: vec![used],
                        path,
                    }),
                }
            }
            Ok(programs)
        })
    }

    /// Calls it as a person does.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn rename_learned_program(&self, path: &str, name: &str) -> Result<(), StoreError> {
        self.write(|writing| {
            if writing.execute("UPDATE learned_programs SET name = ?2 WHERE path = ?1", [path, name])? == 0 {
                return Err(StoreError::Gone);
            }
            writing.execute(
                "UPDATE workflows SET name = ?2 WHERE external_id = ?1 AND source = ?3",
                (path, name, Source::TokenDoor.as_str()),
            )?;
            writing.execute(
                "UPDATE steps SET name = ?2 WHERE dependant IS NOT NULL AND external_id = ?1 AND source = ?3 AND name <> ''",
                (path, name, Source::TokenDoor.as_str()),
            )?;
            bump_wiring(writing)
        })
    }

    /// It is this workflow; `None`: it is one of its own again.
    ///
    /// # Errors
    /// [`StoreError::Gone`], of the program or of the workflow.
    pub fn merge_learned_program(
        &self,
        path: &str,
        into: Option<&WorkflowId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|writing| {
            let (name, before): (String, String) =
                writing.query_row("SELECT name, workflow FROM learned_programs WHERE path = ?1", [path], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let (workflow, step) = match into {
                Some(into) => {
                    let is_there = writing
                        .prepare_cached("SELECT 1 FROM workflows WHERE id = ?1 AND gone_at IS NULL")?
                        .exists([into.as_str()])?;
                    if !is_there {
                        return Err(StoreError::Gone);
                    }
                    (into.as_str().to_owned(), name.as_str())
                }
                None => (own_workflow(writing, path, &name, at)?, ""),
            };
            if workflow == before {
                return Ok(());
            }
            writing.execute("UPDATE learned_programs SET workflow = ?2 WHERE path = ?1", [path, &workflow])?;
            writing.execute(
                "UPDATE steps SET workflow = ?2, name = ?3
                 WHERE workflow = ?4 AND external_id = ?1 AND dependant IS NOT NULL AND source = ?5",
                (path, &workflow, step, &before, Source::TokenDoor.as_str()),
            )?;
            write_habit(writing, &workflow)?;
            write_habit(writing, &before)?;
            drop_when_bare(writing, &before)?;
            bump_wiring(writing)
        })
    }

    /// Forgets what was learned of it. It comes back when it is seen again.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn forget_learned_program(&self, path: &str) -> Result<(), StoreError> {
        self.write(|writing| {
            forget(writing, path)?;
            bump_wiring(writing)
        })
    }
}

/// What is no longer a dependant is no longer seen to be one either.
pub(super) fn forget_use(
    writing: &Transaction<'_>,
    connection: &str,
    workflow: &str,
    path: &str,
) -> Result<(), StoreError> {
    writing.execute(
        "DELETE FROM learned_uses WHERE connection = ?1
         AND path IN (SELECT path FROM learned_programs WHERE workflow = ?2 AND path = ?3)",
        [connection, workflow, path],
    )?;
    let_go_unused(writing)
}

/// Programs that use nothing any more are gone.
pub(super) fn let_go_unused(writing: &Transaction<'_>) -> Result<(), StoreError> {
    writing.execute("DELETE FROM learned_programs WHERE path NOT IN (SELECT path FROM learned_uses)", [])?;
    Ok(())
}

/// What was seen at one connection was seen at another.
pub(super) fn move_uses(writing: &Transaction<'_>, gone: &ConnectionId, keep: &ConnectionId) -> Result<(), StoreError> {
    let ids = [gone.as_str(), keep.as_str()];
    writing.execute("UPDATE OR IGNORE learned_uses SET connection = ?2 WHERE connection = ?1", ids)?;
    writing.execute("DELETE FROM learned_uses WHERE connection = ?1", [gone.as_str()])?;
    Ok(())
}

fn is_own(source: &str, external_id: &str, path: &str) -> bool {
    source == Source::TokenDoor.as_str() && external_id == path
}

/// The workflow that it stands for; `None`: nobody has seen it yet, or its platform knows that workflow no more.
fn living_workflow(writing: &Transaction<'_>, path: &str) -> Result<Option<String>, StoreError> {
    Ok(writing
        .prepare_cached(
            "SELECT workflows.id FROM learned_programs JOIN workflows ON workflows.id = learned_programs.workflow
             WHERE learned_programs.path = ?1 AND workflows.gone_at IS NULL",
        )?
        .query_row([path], |row| row.get(0))
        .optional()?)
}

/// It is seen for the first time, or its workflow is gone: it has one of its own.
fn begin(writing: &Transaction<'_>, seen: &SeenUse<'_>) -> Result<String, StoreError> {
    let called: Option<String> = writing
        .query_row("SELECT name FROM learned_programs WHERE path = ?1", [seen.path], |row| row.get(0))
        .optional()?;
    if called.is_none() {
        make_room(writing)?;
    }
    let name = called.as_deref().unwrap_or(seen.name);
    let workflow = own_workflow(writing, seen.path, name, seen.at)?;
    writing
        .prepare_cached(
            "INSERT INTO learned_programs (path, name, workflow) VALUES (?1, ?2, ?3)
             ON CONFLICT (path) DO UPDATE SET workflow = excluded.workflow",
        )?
        .execute([seen.path, name, &workflow])?;
    // What it was seen to use before stands there again.
    writing.execute(
        "UPDATE OR IGNORE steps SET workflow = ?2, name = ''
         WHERE external_id = ?1 AND dependant IS NOT NULL AND source = ?3 AND workflow <> ?2",
        (seen.path, &workflow, Source::TokenDoor.as_str()),
    )?;
    Ok(workflow)
}

fn own_workflow(writing: &Transaction<'_>, path: &str, name: &str, at: Timestamp) -> Result<String, StoreError> {
    let platform = place_of_kind(writing, PlatformKind::Programs, PLACE, at)?;
    Ok(writing
        .prepare_cached(
            "INSERT INTO workflows (id, platform, external_id, name, is_active, schedule, source, seen_at, reading,
                                    fingerprint)
             VALUES ('wfl_' || lower(hex(randomblob(5))), ?1, ?2, ?3, 1, 'unknown', ?4, ?5, 0, x'')
             ON CONFLICT (platform, external_id) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at), gone_at = NULL
             RETURNING id",
        )?
        .query_row((platform, path, name, Source::TokenDoor.as_str(), written_moment(at)), |row| row.get(0))?)
}

fn kept_use(writing: &Transaction<'_>, path: &str, connection: &ConnectionId) -> Result<Option<Seen>, StoreError> {
    let mut statement =
        writing.prepare_cached("SELECT starts, last_at FROM learned_uses WHERE path = ?1 AND connection = ?2")?;
    let mut rows = statement.query((path, connection.as_str()))?;
    rows.next()?.map(read_seen).transpose()
}

fn read_seen(row: &rusqlite::Row<'_>) -> Result<Seen, StoreError> {
    let starts: Vec<i64> = read_json(row, "starts")?;
    let starts = starts.into_iter().map(Timestamp::from_millisecond).collect::<Result<_, _>>();
    let starts = starts.map_err(|_| StoreError::Unreadable { column: "starts" })?;
    Ok(Seen::from_kept(starts, Some(read_moment(row, "last_at")?)))
}

fn write_use(writing: &Transaction<'_>, seen: &SeenUse<'_>, kept: &Seen) -> Result<(), StoreError> {
    let starts: Vec<i64> = kept.starts().iter().map(|it| written_moment(*it)).collect();
    writing
        .prepare_cached(
            "INSERT INTO learned_uses (path, connection, first_at, last_at, uses, starts)
             VALUES (:path, :connection, :at, :last, :count, :starts)
             ON CONFLICT (path, connection) DO UPDATE SET
                 first_at = min(first_at, excluded.first_at), last_at = excluded.last_at,
                 uses = uses + excluded.uses, starts = excluded.starts",
        )?
        .execute(named_params! {
            ":path": seen.path,
            ":connection": seen.connection.as_str(),
            ":at": written_moment(seen.at),
            // What a clock wrote that was ahead is over.
            ":last": written_moment(kept.last().unwrap_or(seen.at)),
            ":count": i64::try_from(seen.count).unwrap_or(i64::MAX),
            ":starts": written_json(&starts, "starts")?,
        })?;
    Ok(())
}

/// True: it was not there.
fn see_step(writing: &Transaction<'_>, workflow: &str, seen: &SeenUse<'_>) -> Result<bool, StoreError> {
    let changed = writing
        .prepare_cached(
            "UPDATE steps SET seen_at = max(seen_at, ?4)
             WHERE connection = ?1 AND workflow = ?2 AND external_id = ?3 AND dependant IS NOT NULL",
        )?
        .execute((seen.connection.as_str(), workflow, seen.path, written_moment(seen.at)))?;
    if changed > 0 {
        return Ok(false);
    }
    writing
        .prepare_cached(
            "INSERT INTO steps (workflow, external_id, name, kind, place, connection, version, is_enabled, access,
                                goes_on_after_error, dependant, source, seen_at)
             SELECT :workflow, :path,
                    CASE WHEN workflows.source = :source AND workflows.external_id = :path THEN ''
                         ELSE learned_programs.name END,
                    '', 0, :connection, 'both', 1, 'unknown', 0, :id, :source, :seen_at
             FROM workflows, learned_programs WHERE workflows.id = :workflow AND learned_programs.path = :path",
        )?
        .execute(named_params! {
            ":workflow": workflow,
            ":path": seen.path,
            ":connection": seen.connection.as_str(),
            ":id": seen.dependant.as_str(),
            ":source": Source::TokenDoor.as_str(),
            ":seen_at": written_moment(seen.at),
        })?;
    Ok(true)
}

/// When it runs, as far as that was learned; what a platform says of its own workflow stands. Whether that is news.
fn write_habit(writing: &Transaction<'_>, workflow: &str) -> Result<bool, StoreError> {
    let mut statement = writing.prepare_cached(
        "SELECT starts, last_at FROM learned_uses JOIN learned_programs ON learned_programs.path = learned_uses.path
         WHERE learned_programs.workflow = ?1",
    )?;
    let mut rows = statement.query([workflow])?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(read_seen(row)?);
    }
    let habit = Seen::together(all).habit();
    let (kind, seconds, cron, zone, at) = written_schedule(&habit.schedule);
    let percent = match habit.schedule {
        Schedule::Learned { percent, .. } => Some(percent),
        Schedule::Unknown
        | Schedule::OnDemand
        | Schedule::OnEvent
        | Schedule::Every { .. }
        | Schedule::Cron { .. }
        | Schedule::NextAt { .. } => None,
    };
    let changed = writing
        .prepare_cached(
            "UPDATE workflows SET schedule = :kind, schedule_seconds = :seconds, schedule_cron = :cron,
                 schedule_zone = :zone, schedule_at = :at, schedule_percent = :percent, runs_per_day = :rate
             WHERE id = :id AND source = :source",
        )?
        .execute(named_params! {
            ":id": workflow,
            ":source": Source::TokenDoor.as_str(),
            ":kind": kind,
            ":seconds": seconds,
            ":cron": cron,
            ":zone": zone,
            ":at": at,
            ":percent": percent,
            ":rate": habit.runs_per_day,
        })?;
    Ok(changed > 0)
}

/// Lets go of those that were not seen for longest.
fn make_room(writing: &Transaction<'_>) -> Result<(), StoreError> {
    let old: Vec<String> = writing
        .prepare_cached("SELECT path FROM learned_uses GROUP BY path ORDER BY max(last_at) DESC LIMIT -1 OFFSET ?1")?
        .query_map([written_count(MOST_PROGRAMS - 1)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    old.iter().try_for_each(|path| forget(writing, path))
}

fn forget(writing: &Transaction<'_>, path: &str) -> Result<(), StoreError> {
    let workflow: String =
        writing.query_row("SELECT workflow FROM learned_programs WHERE path = ?1", [path], |row| row.get(0))?;
    writing.execute(
        "DELETE FROM steps WHERE workflow = ?1 AND external_id = ?2 AND dependant IS NOT NULL AND source = ?3",
        (&workflow, path, Source::TokenDoor.as_str()),
    )?;
    writing.execute("DELETE FROM learned_programs WHERE path = ?1", [path])?;
    drop_when_bare(writing, &workflow)
}

#[cfg(test)]
mod tests;
