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
    include_str!("migrations/0007_open_sign_ins.sql"),
    include_str!("migrations/0008_workflows.sql"),
    include_str!("migrations/0009_readings.sql"),
    include_str!("migrations/0010_checklists.sql"),
    include_str!("migrations/0011_reconnect_queue.sql"),
    include_str!("migrations/0012_notes.sql"),
    include_str!("migrations/0013_alerts.sql"),
    include_str!("migrations/0014_wordless_refusals.sql"),
    include_str!("migrations/0015_paused.sql"),
    include_str!("migrations/0016_good_runs.sql"),
    include_str!("migrations/0017_programs.sql"),
    include_str!("migrations/0018_learned_dependants.sql"),
    include_str!("migrations/0019_blocked_runs.sql"),
    include_str!("migrations/0020_alert_channels.sql"),
    include_str!("migrations/0021_event_destinations.sql"),
    include_str!("migrations/0022_forwarding_switch.sql"),
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

/// Whether every page is there and has its place; as much work as reading the whole file.
pub(super) fn is_whole(sqlite: &Connection) -> Result<bool, StoreError> {
    let verdict: String = sqlite.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(verdict == "ok")
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

    /// D1: what was noted before platforms were known is a workflow at a place, with its id, owner and provenance.
    #[test]
    fn dependants_of_an_earlier_version_become_workflows_of_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchbay.db");
        let seventh = open_file(&path, &MIGRATIONS[..7]).unwrap();
        seventh
            .execute_batch(
                "INSERT INTO clients (id, provider, name, client_id, has_secret, environment, created_at)
                     VALUES ('cli_1', 'google', 'Ours', '1234', 0, 'production', 5);
                 INSERT INTO connections (id, name, provider, client, environment, token_endpoint, kept_fields,
                     requested_scopes, granted_scopes, automatic_refresh, created_at, grant_state, token_version)
                 VALUES ('con_1', 'Drive', 'google', 'cli_1', 'production', 'https://a.example/token', '[]', '[]', '[]', 1,
                         5, 'disconnected', 0),
                        ('con_2', 'Mail', 'google', 'cli_1', 'production', 'https://a.example/token', '[]', '[]', '[]', 1,
                         6, 'disconnected', 0);
                 UPDATE connections SET grant_changed_at = 6;
                 INSERT INTO dependants VALUES
                     ('dep_1', 'con_1', 'Invoices', 'n8n', 'Upload', 'Mira', 'by_hand', 10),
                     ('dep_2', 'con_2', 'Invoices', 'n8n', NULL, NULL, 'token_door', 20),
                     ('dep_3', 'con_1', 'Invoices', 'laptop', NULL, NULL, 'token_door', 30)",
            )
            .unwrap();
        drop(seventh);

        let store = Store::open(&path).unwrap();

        let drive = store.list_dependants(&domain::ConnectionId::from_text("con_1")).unwrap();
        let told: Vec<_> = drive
            .iter()
            .map(|it| {
                (it.id.as_str(), it.place.as_str(), it.step.as_deref(), it.owner.as_deref(), it.provenance.as_str())
            })
            .collect();
        assert_eq!(
            told,
            [("dep_3", "laptop", None, None, "token_door"), ("dep_1", "n8n", Some("Upload"), Some("Mira"), "by_hand")]
        );
        let kinds: Vec<_> = store.list_platforms().unwrap().into_iter().map(|it| (it.name, it.kind.as_str())).collect();
        assert_eq!(kinds, [("laptop".to_owned(), "programs"), ("n8n".to_owned(), "by_hand")]);
        let known = store.known().unwrap();
        assert_eq!((known.workflows.len(), known.steps.len()), (2, 3), "one workflow, two connections");
        store.check().unwrap();

        let again = domain::connection::Dependant { id: domain::DependantId::from_text("dep_9"), ..drive[1].clone() };
        assert_eq!(store.add_dependant(&again).unwrap().as_str(), "dep_1", "it is the same one");
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
