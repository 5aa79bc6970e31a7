//! Which tables there are: the numbered migrations, and whether a file has exactly what they made [S113].

use rusqlite::Connection;

use super::StoreError;

/// In the order of their numbers; the file's `user_version` says how many it has had.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_lifecycle.sql"),
    include_str!("migrations/0003_seen.sql"),
    include_str!("migrations/0004_recovered.sql"),
    include_str!("migrations/0005_providers.sql"),
    include_str!("migrations/0006_words.sql"),
];

/// `PtCh`: tells our files from other programs'.
pub(super) const APPLICATION_ID: i32 = 0x5074_4368;

pub(super) fn application_id(sqlite: &Connection) -> Result<i32, StoreError> {
    Ok(sqlite.query_row("PRAGMA application_id", [], |row| row.get(0))?)
}

pub(super) fn version(sqlite: &Connection) -> Result<u32, StoreError> {
    let found: i32 = sqlite.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    u32::try_from(found).map_err(|_| StoreError::Tampered)
}

pub(super) fn known_version(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

/// Whether the file has the schema that its first `version` migrations make, to the letter.
pub(super) fn is_as_made(sqlite: &Connection, version: u32, migrations: &[&str]) -> Result<bool, StoreError> {
    let pattern = Connection::open_in_memory()?;
    for (_, migration) in (0..version).zip(migrations) {
        pattern.execute_batch(migration)?;
    }
    Ok(objects(sqlite)? == objects(&pattern)?)
}

/// Whether every reference of one table to another has its row.
pub(super) fn references_hold(sqlite: &Connection) -> Result<bool, StoreError> {
    Ok(!sqlite.prepare("PRAGMA foreign_key_check")?.exists([])?)
}

/// A table, index, view or trigger; the text that made it.
type SchemaObject = (String, String, String, Option<String>);

fn objects(sqlite: &Connection) -> Result<Vec<SchemaObject>, StoreError> {
    let mut statement =
        sqlite.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name, sql")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    rows.collect::<Result<_, _>>().map_err(|error| {
        // A schema row that is not text was not written by SQLite's own CREATE.
        if matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..)) {
            return StoreError::Tampered;
        }
        error.into()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::opening::open_file;
    use super::super::test_values::{connection, fill};
    use super::super::{Store, StoreError};
    use super::*;

    fn later(migration: &'static str) -> Vec<&'static str> {
        [MIGRATIONS, &[migration]].concat()
    }

    /// A1
    #[test]
    fn a_migration_keeps_what_is_stored_and_leaves_a_copy_of_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchbay.db");
        fill(&Store::open(&path).unwrap());

        let next = known_version(MIGRATIONS) + 1;
        let migrations = later("ALTER TABLE settings ADD COLUMN changed_at INTEGER");

        let migrated = open_file(&path, &migrations).unwrap();

        assert_eq!(version(&migrated).unwrap(), next, "the file says how far it got");
        migrated.query_row("SELECT changed_at FROM settings UNION SELECT NULL", [], |_| Ok(())).unwrap();
        let names: i64 = migrated.query_row("SELECT count(*) FROM connections", [], |row| row.get(0)).unwrap();
        assert_eq!(names, 1, "a migration loses nothing");
        drop(migrated);
        assert!(
            is_as_made(&Connection::open(&path).unwrap(), next, &migrations).unwrap(),
            "and is as a new one would be"
        );
        let copy = format!("patchbay.db.before-{next}");
        let before = Store::open(&folder.path().join(&copy)).unwrap();
        assert_eq!(before.list_connections().unwrap(), [connection()], "the copy is whole and of the old version");
        drop(before);
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["patchbay.db", &copy], "no log, no unfinished copy stays behind");
    }

    /// A5: a board of the first version is whole afterwards, and its links say what became of them.
    #[test]
    fn a_board_of_the_first_version_comes_along() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchbay.db");
        let first = open_file(&path, &MIGRATIONS[..1]).unwrap();
        first
            .execute_batch(
                "INSERT INTO clients VALUES ('cli_1', 'google', 'Ours', '1234', 0, 'production', NULL, 5);
                 INSERT INTO connections (id, name, provider, client, environment, token_endpoint, kept_fields,
                     requested_scopes, granted_scopes, automatic_refresh, created_at, grant_state, granted_at,
                     token_version, token_issued_at, token_expiry, has_access_token, has_refresh_token, token_defects)
                 VALUES ('con_1', 'Drive', 'google', 'cli_1', 'production', 'https://a.example/token', '[]', '[]',
                     '[]', 1, 5, 'alive', 5, 2, 6, 'unknown', 1, 1, '[]');
                 INSERT INTO token_links VALUES ('con_1', 1, 'a1', 'r1', 5, 'connect'),
                     ('con_1', 2, 'a2', 'r2', 6, 'refresh')",
            )
            .unwrap();
        drop(first);

        let store = Store::open(&path).unwrap();

        let id = domain::ConnectionId::from_text("con_1");
        assert_eq!(store.list_connections().unwrap().len(), 1);
        let outcomes: Vec<_> =
            store.list_token_links(&id, 9).unwrap().into_iter().map(|link| link.outcome.as_str()).collect();
        assert_eq!(outcomes, ["in_use", "replaced"]);
    }

    /// A5
    #[test]
    fn a_migration_that_fails_leaves_the_version_and_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchbay.db");
        fill(&Store::open(&path).unwrap());
        let broken = &later("DELETE FROM connections; DROP TABLE nowhere");

        let outcome = open_file(&path, broken);

        assert!(outcome.is_err(), "there is no such table");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.list_connections().unwrap(), [connection()], "all of a migration or nothing");
    }

    /// A5
    #[test]
    fn a_migration_that_orphans_rows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchbay.db");
        fill(&Store::open(&path).unwrap());

        let outcome = open_file(&path, &later("DELETE FROM clients"));

        assert!(matches!(outcome, Err(StoreError::Damaged)), "a connection without its client is not a connection");
        assert_eq!(Store::open(&path).unwrap().list_clients().unwrap().len(), 1, "it was rolled back");
    }
}
