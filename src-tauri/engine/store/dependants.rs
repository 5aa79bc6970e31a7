//! Dependants: the workflows that lean on a connection [D1].

use std::collections::HashMap;

use domain::connection::{Dependant, Provenance};
use domain::{ConnectionId, DependantId};
use rusqlite::{Row, named_params};

use super::columns::{read, read_count, read_moment, read_with, written_moment};
use super::{Store, StoreError};

impl Store {
    /// Adds it, or sees it again: the same step of the same workflow keeps its id and how it came to be
    /// known, and is seen at the later moment. The id it has.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn add_dependant(&self, dependant: &Dependant) -> Result<DependantId, StoreError> {
        self.write(|writing| {
            let id: String = writing
                .prepare_cached(
                    "INSERT INTO dependants (id, connection, workflow, place, step, owner, provenance, seen_at)
                     VALUES (:id, :connection, :workflow, :place, :step, :owner, :provenance, :seen_at)
                     ON CONFLICT (connection, workflow, place, coalesce(step, '')) DO UPDATE SET
                         owner = coalesce(excluded.owner, owner),
                         seen_at = max(seen_at, excluded.seen_at)
                     RETURNING id",
                )?
                .query_row(
                    named_params! {
                        ":id": dependant.id.as_str(),
                        ":connection": dependant.connection.as_str(),
                        ":workflow": dependant.workflow,
                        ":place": dependant.place,
                        ":step": dependant.step,
                        ":owner": dependant.owner,
                        ":provenance": dependant.provenance.as_str(),
                        ":seen_at": written_moment(dependant.seen_at),
                    },
                    |row| row.get(0),
                )?;
            Ok(DependantId::from_text(id))
        })
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn remove_dependant(&self, id: &DependantId) -> Result<(), StoreError> {
        self.write(|writing| {
            let removed = writing.execute("DELETE FROM dependants WHERE id = ?1", [id.as_str()])?;
            if removed == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    /// Those of one connection, by place and workflow.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_dependants(&self, connection: &ConnectionId) -> Result<Vec<Dependant>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite
                .prepare_cached("SELECT * FROM dependants WHERE connection = ?1 ORDER BY place, workflow, step, id")?;
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
            let mut statement = sqlite
                .prepare_cached("SELECT connection, count(*) AS dependants FROM dependants GROUP BY connection")?;
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

fn read_dependant(row: &Row<'_>) -> Result<Dependant, StoreError> {
    Ok(Dependant {
        id: DependantId::from_text(read::<String>(row, "id")?),
        connection: ConnectionId::from_text(read::<String>(row, "connection")?),
        workflow: read(row, "workflow")?,
        place: read(row, "place")?,
        step: read(row, "step")?,
        owner: read(row, "owner")?,
        provenance: read_with(row, "provenance", |text: String| Provenance::from_text(&text))?,
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
