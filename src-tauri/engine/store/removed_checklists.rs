//! A checklist that is removed with all its runs, and put back as it was while somebody still can say so [E4].

use domain::ChecklistId;
use domain::rehearsal::Checklist;
use rusqlite::types::Value;
use rusqlite::{Transaction, params_from_iter};

use super::checklists::list;
use super::{Store, StoreError};

/// What was removed: enough to put it back.
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedChecklist {
    pub checklist: Checklist,
    /// Rows of `rehearsals`, as they stood.
    runs: Vec<Vec<Value>>,
    /// Objects that may still lie at a provider, each with the run that made it.
    objects: Vec<(String, i64)>,
}

impl Store {
    /// With all its runs. `None`: there was none.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn remove_checklist(&self, id: &ChecklistId) -> Result<Option<RemovedChecklist>, StoreError> {
        self.write(|writing| {
            let Some(checklist) = list(writing, "SELECT * FROM checklists WHERE id = ?1", [id.as_str()])?.pop() else {
                return Ok(None);
            };
            let removed =
                RemovedChecklist { checklist, runs: runs_of(writing, id)?, objects: objects_of(writing, id)? };
            writing.execute(
                "UPDATE trial_objects SET rehearsal = NULL
                 WHERE rehearsal IN (SELECT id FROM rehearsals WHERE checklist = ?1)",
                [id.as_str()],
            )?;
            writing.execute("DELETE FROM rehearsals WHERE checklist = ?1", [id.as_str()])?;
            writing.execute("DELETE FROM checklist_members WHERE checklist = ?1", [id.as_str()])?;
            writing.execute("DELETE FROM checklists WHERE id = ?1", [id.as_str()])?;
            Ok(Some(removed))
        })
    }

    /// Puts it back with its runs; objects that were removed meanwhile stay removed.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another one has its name by now.
    pub fn restore_checklist(&self, removed: &RemovedChecklist) -> Result<(), StoreError> {
        self.save_checklist(&removed.checklist)?;
        self.write(|writing| {
            for run in &removed.runs {
                let places = vec!["?"; run.len()].join(", ");
                writing.execute(&format!("INSERT INTO rehearsals VALUES ({places})"), params_from_iter(run))?;
            }
            for (object, run) in &removed.objects {
                writing.execute("UPDATE trial_objects SET rehearsal = ?2 WHERE id = ?1", (object, run))?;
            }
            Ok(())
        })
    }
}

fn runs_of(writing: &Transaction<'_>, id: &ChecklistId) -> Result<Vec<Vec<Value>>, StoreError> {
    let mut statement = writing.prepare_cached("SELECT * FROM rehearsals WHERE checklist = ?1 ORDER BY id")?;
    let count = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..count).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>();
    Ok(statement.query_map([id.as_str()], read)?.collect::<Result<_, _>>()?)
}

fn objects_of(writing: &Transaction<'_>, id: &ChecklistId) -> Result<Vec<(String, i64)>, StoreError> {
    let mut statement = writing.prepare_cached(
        "SELECT id, rehearsal FROM trial_objects
         WHERE rehearsal IN (SELECT id FROM rehearsals WHERE checklist = ?1)",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(statement.query_map([id.as_str()], read)?.collect::<Result<_, _>>()?)
}
