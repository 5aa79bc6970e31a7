//! Which bundles were sealed on the disk, so that a file that is missing is known to be missing [A5, S154].

use domain::{ConnectionId, TokenVersion};
use rusqlite::OptionalExtension as _;

use super::columns::read;
use super::{Store, StoreError};

impl Store {
    /// Notes that a bundle lies sealed on the disk; it counts as long as no such version does.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_sealed(&self, id: &ConnectionId, version: TokenVersion) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO sealed_bundles (connection, version) VALUES (?1, ?2)
                 ON CONFLICT (connection) DO UPDATE SET version = max(version, excluded.version)",
                (id.as_str(), version.0),
            )?;
            Ok(())
        })
    }

    /// The version of the last bundle of a connection that was sealed and not given up.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn sealed_version(&self, id: &ConnectionId) -> Result<Option<TokenVersion>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT version FROM sealed_bundles WHERE connection = ?1")?;
            Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?.map(TokenVersion))
        })
    }

    /// Connections whose last sealed bundle is newer than what counts.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_awaited_seals(&self) -> Result<Vec<ConnectionId>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT connection FROM sealed_bundles JOIN connections ON id = connection WHERE version > token_version",
            )?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(ConnectionId::from_text(read::<String>(row, "connection")?));
            }
            Ok(all)
        })
    }

    /// A person gave up what was sealed.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_sealed(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute("DELETE FROM sealed_bundles WHERE connection = ?1", [id.as_str()])?;
            Ok(())
        })
    }
}
