//! What is opened, made, migrated and refused, and what that leaves on the disk [A1, A4, A5, S112 to S119].

use std::thread;

use super::super::Store;
use super::super::test_values::{at_minute, connection, fill};
use super::*;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("patchbay.db")
    }

    /// Every file with its bytes.
    fn contents(&self) -> Vec<(OsString, Vec<u8>)> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(Result::unwrap);
        let mut contents: Vec<_> = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
        contents.sort();
        contents
    }

    /// Opens what is there, and makes sure that nothing was changed or left behind.
    fn refusal(&self) -> StoreError {
        let before = self.contents();
        let refusal = Store::open(&self.path()).expect_err("this file must be refused");
        assert!(self.contents() == before, "a refused file is left as it was ({refusal})");
        refusal
    }

    /// A good file, changed from outside by these statements.
    fn changed_by(statements: &str) -> Self {
        let place = Self::new();
        fill(&Store::open(&place.path()).unwrap());
        let sqlite = Connection::open(place.path()).unwrap();
        sqlite.execute_batch(statements).unwrap();
        drop(sqlite);
        place
    }
}

/// A5
#[test]
fn what_is_stored_is_there_after_opening_again() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    fill(&store);
    let install_id = store.install_id();
    drop(store);

    let again = Store::open(&place.path()).unwrap();

    assert_eq!(again.list_connections().unwrap(), [connection()]);
    assert_eq!(again.install_id(), install_id, "keychain items are found by it");
    assert_eq!(install_id.len(), 32, "128 bits in hex");
    assert_eq!(again.path(), place.path());
    assert_ne!(Store::in_memory().unwrap().install_id(), install_id, "each database has its own");
    again.check().unwrap();
    drop(again);
    assert_eq!(place.contents().len(), 1, "the log is taken in and removed by whoever closes last");
}

/// S116
#[cfg(unix)]
#[test]
fn folder_file_and_log_are_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let place = Place::new();
    let folder = place.folder.path().join("deep").join("patchbay");
    let path = folder.join("patchbay.db");
    let store = Store::open(&path).unwrap();
    fill(&store);

    assert_eq!(mode(&folder), 0o700);
    for file in [path.clone(), beside(&path, "-wal"), beside(&path, "-shm")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600, "a file that came back from a backup is made private again");
    drop(open_file(&path, &[schema::MIGRATIONS, &["SELECT 1"]].concat()).unwrap());
    assert_eq!(
        mode(&beside(&path, &format!(".before-{}", schema::known_version(schema::MIGRATIONS) + 1))),
        0o600,
        "copies are private too"
    );
}

/// S112
#[test]
fn a_file_that_is_not_sqlite_is_refused_untouched() {
    for content in ["hello", &"x".repeat(9000)] {
        let place = Place::new();
        fs::write(place.path(), content).unwrap();

        assert!(matches!(place.refusal(), StoreError::NotADatabase), "{} bytes", content.len());
    }
}

/// S113
#[test]
fn another_programs_database_is_refused_untouched_also_with_a_pending_log() {
    let place = Place::new();
    let theirs = Connection::open(place.path()).unwrap();
    theirs.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE places (url TEXT)").unwrap();
    assert!(beside(&place.path(), "-wal").exists(), "the other program is still at work");

    assert!(matches!(place.refusal(), StoreError::ForeignDatabase));
    drop(theirs);
    assert!(matches!(place.refusal(), StoreError::ForeignDatabase));
}

/// S113
#[test]
fn a_newer_version_is_refused_untouched() {
    let place = Place::changed_by("PRAGMA user_version = 99");

    assert!(
        matches!(place.refusal(), StoreError::NewerVersion { found: 99, known } if known == schema::known_version(schema::MIGRATIONS)),
        "refused, and which versions are known is said"
    );
}

/// S113
#[test]
fn a_newer_version_that_is_only_in_the_log_is_refused_untouched() {
    let origin = Place::new();
    let store = Store::open(&origin.path()).unwrap();
    store.lock().execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 99").unwrap();
    // As a crash leaves it: the file and its log, nobody at work.
    let place = Place::new();
    for suffix in ["", "-wal"] {
        fs::copy(beside(&origin.path(), suffix), beside(&place.path(), suffix)).unwrap();
    }
    let before = place.contents();

    let outcome = Store::open(&place.path());

    assert!(matches!(
        outcome,
        Err(StoreError::NewerVersion { found: 99, known }) if known == schema::known_version(schema::MIGRATIONS)
    ));
    let after: Vec<_> = place.contents().into_iter().filter(|(name, _)| name != "patchbay.db-shm").collect();
    assert!(after == before, "neither the file nor its log has changed");
}

/// S112
#[test]
fn a_damaged_file_is_refused_untouched() {
    let place = Place::changed_by("");
    let whole = fs::read(place.path()).unwrap();

    for length in [0, 100, 512, 4096, whole.len() - 4096, whole.len() / 2] {
        fs::write(place.path(), &whole[..length]).unwrap();
        let refusal = place.refusal();
        assert!(
            matches!(refusal, StoreError::Damaged | StoreError::NotADatabase),
            "{length} of {} bytes: {refusal:?}",
            whole.len()
        );
    }
    let mut scribbled = whole.clone();
    scribbled[100..2000].fill(0xAA);
    fs::write(place.path(), scribbled).unwrap();
    assert!(matches!(place.refusal(), StoreError::Damaged | StoreError::Tampered), "the first page");
}

/// A database and its log as a kill leaves them in the midst of a checkpoint: the log is whole, and of its pages only
/// the first, which names the new size, has come into the file.
fn killed_in_a_checkpoint() -> Place {
    let origin = Place::new();
    let store = Store::open(&origin.path()).unwrap();
    fill(&store);
    store.lock().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = fs::metadata(origin.path()).unwrap().len();
    store.put_setting("words", &"x".repeat(1 << 16)).unwrap();
    let place = Place::new();
    for suffix in ["", "-wal"] {
        fs::copy(beside(&origin.path(), suffix), beside(&place.path(), suffix)).unwrap();
    }
    store.lock().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let whole = fs::read(origin.path()).unwrap();
    assert!(u64::try_from(whole.len()).unwrap() > before, "the file grows with what is in the log");
    let mut torn = fs::read(place.path()).unwrap();
    torn[..4096].copy_from_slice(&whole[..4096]);
    fs::write(place.path(), torn).unwrap();
    place
}

/// A5, S112: also what another process sees that opens the file while a log is moved into it.
#[test]
fn a_file_in_the_midst_of_taking_in_its_log_is_no_damaged_one() {
    let place = killed_in_a_checkpoint();

    let store = Store::open(&place.path()).unwrap();

    assert_eq!(store.list_connections().unwrap(), [connection()]);
    assert_eq!(store.setting("words").unwrap().map(|it| it.len()), Some(1 << 16), "what is in the log counts");
    store.check().unwrap();
}

/// S112: no log makes a damaged file whole that does not hold the missing pages.
#[test]
fn a_damaged_file_with_a_log_is_refused_untouched() {
    let place = killed_in_a_checkpoint();
    let torn = fs::read(place.path()).unwrap();
    fs::write(place.path(), &torn[..torn.len() / 2]).unwrap();
    let before = place.contents();

    let outcome = Store::open(&place.path());

    assert!(matches!(outcome, Err(StoreError::Damaged)), "{outcome:?}");
    let after: Vec<_> = place.contents().into_iter().filter(|(name, _)| name != "patchbay.db-shm").collect();
    assert!(after == before, "neither the file nor its log has changed");
}

/// S112
#[test]
fn damage_deep_in_the_file_is_found_by_the_check() {
    let place = Place::changed_by("");
    let mut bytes = fs::read(place.path()).unwrap();
    let root: u32 = Connection::open(place.path())
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'connections'", [], |row| row.get(0))
        .unwrap();
    let end = usize::try_from(root).unwrap() * 4096;
    bytes[end - 4096..end].fill(0xAA);
    fs::write(place.path(), bytes).unwrap();

    let store = Store::open(&place.path()).unwrap();

    assert!(matches!(store.check(), Err(StoreError::Damaged)));
    assert!(matches!(store.list_connections(), Err(StoreError::Damaged)), "and never shown as an empty board");
}

/// S112
#[test]
fn an_emptied_file_is_a_loss_and_no_beginning() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();

    assert!(matches!(place.refusal(), StoreError::Damaged));

    fs::write(beside(&place.path(), "-wal"), "what was written last").unwrap();
    assert!(matches!(place.refusal(), StoreError::Damaged));
}

/// S113
#[test]
fn objects_that_are_not_ours_are_refused_untouched() {
    for statements in [
        "CREATE TRIGGER t AFTER UPDATE ON connections BEGIN
             UPDATE connections SET token_endpoint = 'https://evil.example/'; END",
        "CREATE VIEW v AS SELECT * FROM connections",
        "CREATE TABLE more (a)",
        "DROP INDEX one_connection_per_grant",
        "ALTER TABLE settings ADD COLUMN more TEXT",
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (token_version >= 0)', '')",
    ] {
        let place = Place::changed_by(statements);

        assert!(matches!(place.refusal(), StoreError::Tampered), "{statements}");
    }
}

/// S112, S118, S119
#[test]
fn the_pragmas_are_as_the_threat_model_wants_them() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    let sqlite = store.lock();

    for (pragma, expected) in [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA secure_delete", 1),
        ("PRAGMA trusted_schema", 0),
        ("PRAGMA cell_size_check", 1),
        ("PRAGMA mmap_size", 0),
        ("PRAGMA busy_timeout", 5000),
    ] {
        let found: i64 = sqlite.query_row(pragma, [], |row| row.get(0)).unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
    let mode: String = sqlite.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal", "readers and the writer do not wait for each other");
    assert!(sqlite.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
    assert!(!sqlite.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER).unwrap());
    assert!(!sqlite.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW).unwrap());
    assert!(sqlite.execute_batch("ATTACH ':memory:' AS other").is_err(), "no second database");
}

/// A5
#[test]
fn many_open_a_file_that_is_not_there_yet_and_get_the_same_database() {
    for _ in 0..20 {
        let place = Place::new();
        let path = &place.path();

        let ids: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..6).map(|_| scope.spawn(move || Store::open(path).map(|store| store.install_id()))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });

        assert!(ids.iter().all(|id| *id == ids[0]), "two install ids would lose each other's secrets");
        let drafts = place.contents().into_iter().filter(|(name, _)| name.to_string_lossy().contains(".new-"));
        assert_eq!(drafts.count(), 0, "no draft stays behind");
    }
}

/// A4
#[test]
fn one_handle_sees_what_the_other_wrote() {
    let place = Place::new();
    let window = Store::open(&place.path()).unwrap();
    let command_line = Store::open(&place.path()).unwrap();
    let before = window.data_version().unwrap();
    assert_eq!(window.data_version().unwrap(), before, "nothing has been written");

    fill(&command_line);

    assert_ne!(window.data_version().unwrap(), before, "this is how the window notices");
    assert_eq!(window.list_connections().unwrap(), [connection()]);
}

/// A5
#[test]
fn a_full_disk_is_called_so_and_loses_nothing() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    fill(&store);
    store.lock().execute_batch("PRAGMA max_page_count = 1").unwrap();

    let outcome = store.put_setting("words", &"x".repeat(1 << 20));

    assert!(matches!(outcome, Err(StoreError::DiskFull)), "{outcome:?}");
    assert_eq!(store.list_connections().unwrap(), [connection()], "the old state is intact");
    assert_eq!(store.setting("words").unwrap(), None);
}

/// A5: on a full disk there is no room for the log's index, and reading for oneself needs none.
#[test]
fn a_file_is_read_without_its_logs_index() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    fill(&store);
    drop(store);

    let alone = Store::open_alone(&place.path()).unwrap();

    assert_eq!(alone.list_connections().unwrap(), [connection()]);
    assert!(!place.folder.path().join("patchbay.db-shm").exists(), "nothing was made beside it for others");
    drop(alone);
    assert_eq!(
        Store::open(&place.path()).unwrap().list_connections().unwrap(),
        [connection()],
        "others get at it again"
    );
}

/// A5
#[cfg(unix)]
#[test]
fn a_file_or_folder_that_cannot_be_written_is_called_so() {
    use std::os::unix::fs::PermissionsExt as _;

    let make_readable_only = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let place = Place::changed_by("");
    make_readable_only(&place.path(), 0o400);
    let is_ignored = fs::OpenOptions::new().append(true).open(place.path()).is_ok();
    if is_ignored {
        eprintln!("this user may write everywhere: only the mapping is tested");
        let store = Store::open(&place.path()).unwrap();
        store.lock().execute_batch("PRAGMA query_only = ON").unwrap();
        assert!(matches!(store.put_setting("a", "b"), Err(StoreError::ReadOnly)));
        return;
    }
    assert!(matches!(place.refusal(), StoreError::ReadOnly), "the file");

    make_readable_only(&place.path(), 0o600);
    make_readable_only(place.folder.path(), 0o500);
    let existing = Store::open(&place.path());
    let new = Store::open(&place.folder.path().join("other.db"));
    let deeper = Store::open(&place.folder.path().join("deeper").join("patchbay.db"));
    make_readable_only(place.folder.path(), 0o700);

    for outcome in [existing, new, deeper] {
        assert!(matches!(outcome, Err(StoreError::ReadOnly)), "the folder: {outcome:?}");
    }
}

/// A5: what a read-only disk holds: a whole file, one with a log that a crash left, one in the midst of a checkpoint, and
/// one that another process has open. Nothing is made beside it, and nothing changed.
#[test]
fn a_file_that_cannot_be_written_is_read_with_what_is_in_its_log() {
    let closed = Place::changed_by("");
    let crashed = killed_in_a_checkpoint();
    let in_use = Place::new();
    let other = Store::open(&in_use.path()).unwrap();
    fill(&other);
    for (what, place, words) in
        [("closed", &closed, None), ("crashed", &crashed, Some(1 << 16)), ("in use", &in_use, None)]
    {
        let before = place.contents();

        let store = Store::open_to_read(&place.path()).unwrap();

        assert_eq!(store.list_connections().unwrap(), [connection()], "{what}");
        assert_eq!(store.setting("words").unwrap().map(|it| it.len()), words, "{what}: what is in the log counts");
        assert!(matches!(store.put_setting("a", "b"), Err(StoreError::ReadOnly)), "{what}");
        drop(store);
        let shown = |all: Vec<(OsString, Vec<u8>)>| -> Vec<_> {
            // The index of the log notes who reads.
            all.into_iter()
                .map(|(name, bytes)| if name == "patchbay.db-shm" { (name, vec![]) } else { (name, bytes) })
                .collect()
        };
        assert!(shown(place.contents()) == shown(before), "{what}: left as it was");
    }
    other.put_setting("a", "b").unwrap();
}

/// A5, S112: reading only does not take what is refused otherwise.
#[test]
fn what_is_refused_is_refused_to_readers_too() {
    let read = |place: &Place| Store::open_to_read(&place.path()).expect_err("refused");
    assert!(matches!(read(&Place::new()), StoreError::ReadOnly), "there is nothing to read");
    assert!(matches!(read(&Place::changed_by("CREATE TABLE more (a)")), StoreError::Tampered));
    assert!(matches!(read(&Place::changed_by("PRAGMA user_version = 99")), StoreError::NewerVersion { .. }));
    let older = Place::new();
    drop(open_file(&older.path(), &schema::MIGRATIONS[..1]).unwrap());
    assert!(matches!(read(&older), StoreError::ReadOnly), "it would have to be brought up to date");
}

/// A4
#[test]
fn whoever_waits_too_long_for_the_other_is_told_so() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.lock().busy_timeout(Duration::ZERO).unwrap();

    assert!(matches!(store.put_setting("a", "b"), Err(StoreError::Busy)));

    other.execute_batch("ROLLBACK").unwrap();
    store.put_setting("a", "b").unwrap();
}

/// S118
#[test]
fn what_is_deleted_is_gone_from_the_file() {
    let place = Place::new();
    let store = Store::open(&place.path()).unwrap();
    fill(&store);
    let mut event = domain::lifecycle_event::LifecycleEvent::new(
        at_minute(0),
        domain::lifecycle_event::EventKind::TestCallFailed,
        Some(connection().id),
    );
    event.subject = Some("mira@fjordstudio.example".into());
    store.append_event(&event).unwrap();

    store.forget_connection(&connection().id).unwrap();
    drop(store);

    let bytes = fs::read(place.path()).unwrap();
    let name = b"mira@fjordstudio.example";
    assert!(!bytes.windows(name.len()).any(|window| window == name), "forgotten means overwritten");
}
