//! Objects that a rehearsal makes at a provider: written down before they are made, struck off once they are gone [E4].

use domain::ConnectionId;
use domain::provider::trial_object::TrialValues;
use jiff::Timestamp;
use rusqlite::Row;

use super::columns::{read, read_moment, read_optional_with, written_json, written_moment};
use super::{Store, StoreError};

/// An object that is, or may be, at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftObject {
    pub id: String,
    pub connection: ConnectionId,
    /// The run that made it; `None`: that run is forgotten.
    pub rehearsal: Option<i64>,
    /// As the provider's file calls it: "a text file in My Drive".
    pub name: String,
    /// The text that marks it as ours.
    pub tag: String,
    pub made_at: Timestamp,
    /// What its removal speaks of; `None`: no answer said whether it was made.
    pub given: Option<TrialValues>,
    /// What the last attempt to remove it met.
    pub seen: Option<String>,
}

impl Store {
    /// It is about to be made.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_trial_object(&self, object: &LeftObject) -> Result<(), StoreError> {
        let given = object.given.as_ref().map(|it| written_json(it, "given")).transpose()?;
        self.write(|writing| {
            writing.execute(
                "INSERT INTO trial_objects (id, connection, rehearsal, name, tag, made_at, given, seen)
                 VALUES (?1, ?2, (SELECT id FROM rehearsals WHERE id = ?3), ?4, ?5, ?6, ?7, ?8)",
                (
                    &object.id,
                    object.connection.as_str(),
                    object.rehearsal,
                    &object.name,
                    &object.tag,
                    written_moment(object.made_at),
                    given,
                    &object.seen,
                ),
            )?;
            Ok(())
        })
    }

    /// It was made: what its removal speaks of.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_object_made(&self, id: &str, given: &TrialValues) -> Result<(), StoreError> {
        let given = written_json(given, "given")?;
        self.change_object("UPDATE trial_objects SET given = ?2 WHERE id = ?1", id, &given)
    }

    /// It could not be removed.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_object_left(&self, id: &str, seen: &str) -> Result<(), StoreError> {
        self.change_object("UPDATE trial_objects SET seen = ?2 WHERE id = ?1", id, seen)
    }

    /// It is gone, or was never made. False: nobody knew of it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn strike_trial_object(&self, id: &str) -> Result<bool, StoreError> {
        self.write(|writing| Ok(writing.execute("DELETE FROM trial_objects WHERE id = ?1", [id])? > 0))
    }

    /// The oldest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_trial_objects(&self) -> Result<Vec<LeftObject>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM trial_objects ORDER BY made_at, id")?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(read_object(row)?);
            }
            Ok(all)
        })
    }

    fn change_object(&self, sql: &str, id: &str, value: &str) -> Result<(), StoreError> {
        self.write(|writing| if writing.execute(sql, (id, value))? == 0 { Err(StoreError::Gone) } else { Ok(()) })
    }
}

fn read_object(row: &Row<'_>) -> Result<LeftObject, StoreError> {
    Ok(LeftObject {
        id: read(row, "id")?,
        connection: ConnectionId::from_text(read::<String>(row, "connection")?),
        rehearsal: read(row, "rehearsal")?,
        name: read(row, "name")?,
        tag: read(row, "tag")?,
        made_at: read_moment(row, "made_at")?,
        given: read_optional_with(row, "given", |it: String| serde_json::from_str(&it).ok())?,
        seen: read(row, "seen")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_values::at_minute;

    /// E4: a process that dies between two writes leaves what the next one has to know.
    #[test]
    fn an_object_is_known_from_before_it_is_made_until_it_is_gone() {
        let store = Store::in_memory().unwrap();
        let mut object = LeftObject {
            id: "tro_1".into(),
            connection: ConnectionId::from_random(1),
            rehearsal: None,
            name: "a text file".into(),
            tag: "Patchbay check".into(),
            made_at: at_minute(1),
            given: None,
            seen: None,
        };
        store.note_trial_object(&object).unwrap();
        assert_eq!(store.list_trial_objects().unwrap(), [object.clone()]);

        object.given = Some([("file".to_owned(), "file-4".to_owned())].into());
        store.note_object_made("tro_1", object.given.as_ref().unwrap()).unwrap();
        object.seen = Some("503".into());
        store.note_object_left("tro_1", "503").unwrap();
        assert_eq!(store.list_trial_objects().unwrap(), [object]);

        assert!(store.strike_trial_object("tro_1").unwrap() && !store.strike_trial_object("tro_1").unwrap());
        assert!(matches!(store.note_object_left("tro_1", "503"), Err(StoreError::Gone)));
    }
}
