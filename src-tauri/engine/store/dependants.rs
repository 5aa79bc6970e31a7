//! Dependants: the workflows that lean on a connection of ours [D1].
//!
//! A place is a platform of its own, and what is noted there a workflow with a step: written down by a person, or entered
//! by a program that took a token. What a list or a configuration file says of our connections is found here as well.

use std::collections::HashMap;

use domain::blast_radius::{PlatformKind, Source};
use domain::connection::{Dependant, Provenance};
use domain::{ConnectionId, DependantId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};

use super::columns::{read, read_count, read_moment, read_with, written_moment};
use super::platforms::bump_wiring;
use super::{Store, StoreError, learned_dependants};

impl Store {
    /// Adds it, or sees it again: the same step of the same workflow keeps its id and how it came to be
    /// known, and is seen at the later moment. The id it has.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn add_dependant(&self, dependant: &Dependant) -> Result<DependantId, StoreError> {
        self.write(|writing| {
            let workflow = workflow_of(writing, dependant)?;
            let id: String = writing
                .prepare_cached(
                    "INSERT INTO steps (workflow, external_id, name, kind, place, connection, version, is_enabled, access,
                                        goes_on_after_error, dependant, owner, source, seen_at)
                     VALUES (:workflow, :step, :step, '', 0, :connection, 'both', 1, 'unknown', 0, :id, :owner, :source,
                             :seen_at)
                     ON CONFLICT (connection, workflow, external_id) WHERE dependant IS NOT NULL DO UPDATE SET
                         owner = coalesce(excluded.owner, owner),
                         seen_at = max(seen_at, excluded.seen_at)
                     RETURNING dependant",
                )?
                .query_row(
                    named_params! {
                        ":workflow": workflow,
                        ":step": dependant.step.as_deref().unwrap_or_default(),
                        ":connection": dependant.connection.as_str(),
                        ":id": dependant.id.as_str(),
                        ":owner": dependant.owner,
                        ":source": dependant.provenance.as_str(),
                        ":seen_at": written_moment(dependant.seen_at),
                    },
                    |row| row.get(0),
                )?;
            bump_wiring(writing)?;
            Ok(DependantId::from_text(id))
        })
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn remove_dependant(&self, id: &DependantId) -> Result<(), StoreError> {
        self.write(|writing| {
            let (workflow, step, connection): (String, String, Option<String>) = writing.query_row(
                "DELETE FROM steps WHERE dependant = ?1 RETURNING workflow, external_id, connection",
                [id.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            learned_dependants::forget_use(writing, &connection.unwrap_or_default(), &workflow, &step)?;
            drop_when_bare(writing, &workflow)?;
            bump_wiring(writing)
        })
    }

    /// Those of one connection, by place and workflow.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_dependants(&self, connection: &ConnectionId) -> Result<Vec<Dependant>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT coalesce(steps.dependant, 'dep_' || steps.number) AS id, steps.connection AS connection,
                        workflows.name AS workflow, platforms.name AS place, nullif(steps.name, '') AS step,
                        coalesce(steps.owner, CASE WHEN steps.dependant IS NULL
                            THEN coalesce(workflows.said_owner, workflows.owner) END) AS owner,
                        steps.source AS source, coalesce(steps.seen_at, workflows.seen_at) AS seen_at
                 FROM steps
                 JOIN workflows ON workflows.id = steps.workflow
                 JOIN platforms ON platforms.id = workflows.platform
                 WHERE steps.connection = ?1 AND workflows.gone_at IS NULL
                 ORDER BY platforms.name, workflows.name, steps.name, 1",
            )?;
            let mut rows = statement.query([connection.as_str()])?;
            let mut dependants = vec![];
            while let Some(row) = rows.next()? {
                dependants.push(read_dependant(row)?);
            }
            Ok(dependants)
        })
    }

    /// How many lean on each connection; one without is left out.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn dependant_counts(&self) -> Result<HashMap<ConnectionId, usize>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT steps.connection AS connection, count(*) AS dependants
                 FROM steps JOIN workflows ON workflows.id = steps.workflow
                 WHERE steps.connection IS NOT NULL AND workflows.gone_at IS NULL GROUP BY steps.connection",
            )?;
            let mut rows = statement.query([])?;
            let mut counts = HashMap::new();
            while let Some(row) = rows.next()? {
                counts.insert(
                    ConnectionId::from_text(read::<String>(row, "connection")?),
                    read_count(row, "dependants")?,
                );
            }
            Ok(counts)
        })
    }
}

/// The workflow that a dependant stands for; it and its place are made where they are not there yet.
fn workflow_of(writing: &Transaction<'_>, dependant: &Dependant) -> Result<String, StoreError> {
    let (kind, source) = match dependant.provenance {
        Provenance::ByHand => (PlatformKind::ByHand, Source::ByHand),
        Provenance::TokenDoor => (PlatformKind::Programs, Source::TokenDoor),
    };
    let platform = place_of_kind(writing, kind, &dependant.place, dependant.seen_at)?;
    let seen_at = written_moment(dependant.seen_at);
    let workflow = writing
        .prepare_cached(
            "INSERT INTO workflows (id, platform, external_id, name, is_active, schedule, source, seen_at, reading,
                                    fingerprint)
             VALUES ('wfl_' || lower(hex(randomblob(5))), ?1, ?2, ?2, 1, 'unknown', ?3, ?4, 0, x'')
             ON CONFLICT (platform, external_id) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at), gone_at = NULL
             RETURNING id",
        )?
        .query_row((&platform, &dependant.workflow, source.as_str(), seen_at), |row| row.get(0))?;
    Ok(workflow)
}

/// The place of that name among what was noted; made where it is not there yet.
pub(super) fn place_of_kind(
    writing: &Transaction<'_>,
    kind: PlatformKind,
    name: &str,
    at: Timestamp,
) -> Result<String, StoreError> {
    writing
        .prepare_cached(
            "INSERT INTO platforms (id, kind, name, added_at) VALUES ('pla_' || lower(hex(randomblob(5))), ?1, ?2, ?3)
             ON CONFLICT (name) WHERE kind IN ('by_hand', 'programs') DO NOTHING",
        )?
        .execute((kind.as_str(), name, written_moment(at)))?;
    Ok(writing
        .prepare_cached("SELECT id FROM platforms WHERE name = ?1 AND kind IN ('by_hand', 'programs')")?
        .query_row([name], |row| row.get(0))?)
}

/// A workflow that was only noted is nothing without a step.
pub(super) fn drop_when_bare(writing: &Transaction<'_>, workflow: &str) -> Result<(), StoreError> {
    let is_kept = writing
        .query_row(
            "SELECT 1 FROM workflows WHERE id = ?1
             AND (source NOT IN ('by_hand', 'token_door') OR EXISTS (SELECT 1 FROM steps WHERE workflow = ?1))",
            [workflow],
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if !is_kept {
        for statement in [
            "DELETE FROM workflow_starts WHERE workflow = ?1",
            "DELETE FROM failed_runs WHERE workflow = ?1",
            "DELETE FROM learned_programs WHERE workflow = ?1",
            "DELETE FROM workflows WHERE id = ?1",
        ] {
            writing.execute(statement, [workflow])?;
        }
    }
    Ok(())
}

/// What hung on one connection hangs on another; what hung on both hangs there once. How many moved.
pub(super) fn move_all(
    writing: &Transaction<'_>,
    gone: &ConnectionId,
    keep: &ConnectionId,
) -> Result<usize, StoreError> {
    let ids = [gone.as_str(), keep.as_str()];
    let moved = writing.execute("UPDATE OR IGNORE steps SET connection = ?2 WHERE connection = ?1", ids)?;
    writing.execute("DELETE FROM steps WHERE connection = ?1", [gone.as_str()])?;
    learned_dependants::move_uses(writing, gone, keep)?;
    writing.execute("UPDATE platform_connections SET joined = ?2 WHERE joined = ?1", ids)?;
    bump_wiring(writing)?;
    Ok(moved)
}

/// Nothing hangs on a connection any more that is forgotten.
pub(super) fn let_go(writing: &Transaction<'_>, connection: &ConnectionId) -> Result<(), StoreError> {
    let id = [connection.as_str()];
    let workflows: Vec<String> = writing
        .prepare("DELETE FROM steps WHERE connection = ?1 RETURNING workflow")?
        .query_map(id, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for workflow in workflows {
        drop_when_bare(writing, &workflow)?;
    }
    writing.execute("DELETE FROM learned_uses WHERE connection = ?1", id)?;
    learned_dependants::let_go_unused(writing)?;
    writing.execute(
        "UPDATE platform_connections SET joined = NULL, join_percent = NULL, join_confirmed = 0 WHERE joined = ?1",
        id,
    )?;
    bump_wiring(writing)
}

fn read_dependant(row: &Row<'_>) -> Result<Dependant, StoreError> {
    let source = read_with(row, "source", |text: String| Source::from_text(&text))?;
    Ok(Dependant {
        id: DependantId::from_text(read::<String>(row, "id")?),
        connection: ConnectionId::from_text(read::<String>(row, "connection")?),
        workflow: read(row, "workflow")?,
        place: read(row, "place")?,
        step: read(row, "step")?,
        owner: read(row, "owner")?,
        provenance: match source {
            Source::TokenDoor => Provenance::TokenDoor,
            // A list is by hand too.
            Source::ByHand | Source::File | Source::Api => Provenance::ByHand,
        },
        seen_at: read_moment(row, "seen_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn dependant() -> Dependant {
        Dependant {
            id: DependantId::from_random(1),
            connection: connection().id,
            workflow: "Invoices to Drive".into(),
            place: "n8n at Halden".into(),
            step: Some("Upload".into()),
            owner: Some("Mira".into()),
            provenance: Provenance::ByHand,
            seen_at: at_minute(1),
        }
    }

    /// D1
    #[test]
    fn dependants_come_back_are_counted_and_removed() {
        let store = store();
        let bare = Dependant {
            id: DependantId::from_random(2),
            step: None,
            owner: None,
            provenance: Provenance::TokenDoor,
            ..dependant()
        };
        store.add_dependant(&dependant()).unwrap();
        store.add_dependant(&bare).unwrap();

        assert_eq!(store.list_dependants(&connection().id).unwrap(), [bare.clone(), dependant()]);
        assert_eq!(store.dependant_counts().unwrap(), HashMap::from([(connection().id, 2)]));

        store.remove_dependant(&bare.id).unwrap();
        assert_eq!(store.list_dependants(&connection().id).unwrap(), [dependant()]);
        assert!(matches!(store.remove_dependant(&bare.id), Err(StoreError::Gone)));
        let lost = Dependant { connection: ConnectionId::from_random(9), ..bare };
        assert!(matches!(store.add_dependant(&lost), Err(StoreError::Gone)), "nothing to lean on");
    }

    /// D1
    #[test]
    fn a_dependant_seen_again_is_the_same_one() {
        let store = store();
        store.add_dependant(&dependant()).unwrap();
        let again = Dependant {
            id: DependantId::from_random(2),
            owner: None,
            provenance: Provenance::TokenDoor,
            seen_at: at_minute(8),
            ..dependant()
        };

        let id = store.add_dependant(&again).unwrap();

        assert_eq!(id, dependant().id);
        let expected = Dependant { seen_at: at_minute(8), ..dependant() };
        assert_eq!(store.list_dependants(&connection().id).unwrap(), [expected], "what a person wrote stays");
    }
}
