//! What a person wrote beside a connection: a note, and who answers for it [B14, D7].

use domain::ConnectionId;
use rusqlite::OptionalExtension as _;

use super::{Store, StoreError};

/// What a person says of a connection. No refresh and no sign-in changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidOfConnection {
    /// Several lines, perhaps.
    pub note: Option<String>,
    pub owner: Option<String>,
}

impl Store {
    /// Replaces what was said before.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn say_of_connection(&self, id: &ConnectionId, said: &SaidOfConnection) -> Result<(), StoreError> {
        self.write(|writing| {
            if said == &SaidOfConnection::default() {
                writing.execute("DELETE FROM connection_notes WHERE connection = ?1", [id.as_str()])?;
                return Ok(());
            }
            writing.execute(
                "INSERT INTO connection_notes (connection, note, owner) VALUES (?1, ?2, ?3)
                 ON CONFLICT (connection) DO UPDATE SET note = excluded.note, owner = excluded.owner",
                (id.as_str(), &said.note, &said.owner),
            )?;
            Ok(())
        })
    }

    /// Nothing, where nobody said anything.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn said_of_connection(&self, id: &ConnectionId) -> Result<SaidOfConnection, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT note, owner FROM connection_notes WHERE connection = ?1")?;
            let said = statement
                .query_row([id.as_str()], |row| Ok(SaidOfConnection { note: row.get(0)?, owner: row.get(1)? }))
                .optional()?;
            Ok(said.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{connection, store};
    use super::*;

    /// B14: what is said stays until something else is said, and goes with its connection.
    #[test]
    fn a_note_stays_until_it_is_taken_back_or_its_connection_goes() {
        let (store, id) = (store(), connection().id);
        assert_eq!(store.said_of_connection(&id).unwrap(), SaidOfConnection::default());
        let said =
            SaidOfConnection { note: Some("Ask Jonas first.\nHe has the phone.".into()), owner: Some("Jonas".into()) };

        store.say_of_connection(&id, &said).unwrap();
        assert_eq!(store.said_of_connection(&id).unwrap(), said);
        store.say_of_connection(&id, &SaidOfConnection { note: None, ..said.clone() }).unwrap();
        assert_eq!(store.said_of_connection(&id).unwrap().note, None);
        assert_eq!(store.said_of_connection(&id).unwrap().owner, said.owner, "the other stays");

        store.forget_connection(&id).unwrap();
        assert_eq!(store.said_of_connection(&id).unwrap(), SaidOfConnection::default());
        assert!(store.say_of_connection(&id, &said).is_err(), "nothing is said of what is not there");
    }
}
