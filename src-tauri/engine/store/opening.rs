//! Opens the file: looks before it touches, refuses what is not ours, migrates behind a backup copy [S112, S113, S114, S116, S119].

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{StoreError, schema};

/// How long a write waits for another process's.
const PATIENCE: Duration = Duration::from_secs(5);

/// SQLite's name for files that are not locked: a lock is a write, and here is none.
const WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

/// More than there are: preparing a statement costs as much as running it.
const CACHED_STATEMENTS: usize = 100;

/// Far above what we write, far below what a crafted file may claim [S114].
const LIMITS: &[(Limit, i32)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, 16 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 64 << 10),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 50),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
];

/// Who else may use the file meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// Everybody: the index of the log is a file beside it, which wants 32 KiB of the disk.
    WithOthers,
    /// Nobody: the index is in memory, and a disk without room is no hindrance to reading.
    Alone,
}

/// What the file says of itself without its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Passed,
    /// Damaged, or in the midst of taking in its log.
    Unsettled,
}

pub(super) fn open_file(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    open(path, migrations, Sharing::WithOthers)
}

/// For oneself: no other process gets at it until it is closed.
pub(super) fn open_file_alone(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    open(path, migrations, Sharing::Alone)
}

/// How a file is read that cannot be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Beside others, through the index of the log that is there.
    Beside,
    /// The log's index is made in memory: no file of its own, and no lock that would need one.
    WithLog,
    /// There is no log, so the file is all there is.
    Whole,
}

/// Only to read, where nothing can be written: nothing is made, changed or migrated, and every write is refused as
/// [`StoreError::ReadOnly`].
pub(super) fn open_file_to_read(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    let look = match size_of(path)? {
        None => return Err(StoreError::ReadOnly),
        Some(0) => return Err(StoreError::Damaged),
        Some(_) => look_without_touching(path, migrations)?,
    };
    let without_index = if has_pending_log(path)? { Reading::WithLog } else { Reading::Whole };
    let has_index = size_of(&beside(path, "-shm"))?.is_some();
    if has_index {
        // An index that a crash has left cannot always be used.
        match read_as(path, Reading::Beside, look, migrations) {
            Err(StoreError::ReadOnly) => {}
            read => return read,
        }
    }
    read_as(path, without_index, look, migrations)
}

fn read_as(path: &Path, reading: Reading, look: Look, migrations: &[&str]) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut sqlite = match reading {
        Reading::Beside => Connection::open_with_flags(path, flags)?,
        Reading::WithLog => {
            let sqlite = Connection::open_with_flags_and_vfs(path, flags, WITHOUT_LOCKS)?;
            sqlite.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            sqlite
        }
        Reading::Whole => Connection::open_with_flags(unchanging(path)?.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)?,
    };
    harden(&sqlite)?;
    // An older file would have to be brought up to date first.
    if accept(&mut sqlite, look, migrations)? < schema::known_version(migrations) {
        return Err(StoreError::ReadOnly);
    }
    sqlite.pragma_update(None, "query_only", true)?;
    sqlite.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(sqlite)
}

fn open(path: &Path, migrations: &[&str], sharing: Sharing) -> Result<Connection, StoreError> {
    let look = match size_of(path)? {
        None => {
            make_file(path, migrations)?;
            Look::Passed
        }
        // Files are put in place whole: an emptied one is a loss and no beginning.
        Some(0) => return Err(StoreError::Damaged),
        Some(_) => look_without_touching(path, migrations)?,
    };

    // A refusal below must leave the file alone: closing would otherwise move a pending log into it.
    let has_pending_log = has_pending_log(path)?;
    // One mutex is enough: the store has its own around every call.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut sqlite = Connection::open_with_flags(path, flags)?;
    // Before the first read: that makes a log, which nobody could take away again.
    if sqlite.is_readonly("main")? {
        return Err(StoreError::ReadOnly);
    }
    if sharing == Sharing::Alone {
        // Before the first read too: the log's index is made with that.
        sqlite.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_pending_log)?;
    harden(&sqlite)?;
    let version = accept(&mut sqlite, look, migrations)?;
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;

    keep_private(path)?;
    if version < schema::known_version(migrations) {
        migrate(&mut sqlite, Some(path), migrations)?;
    }
    sqlite.pragma_update(None, "journal_mode", "WAL")?;
    make_durable(&sqlite)?;
    Ok(sqlite)
}

pub(super) fn open_in_memory(migrations: &[&str]) -> Result<Connection, StoreError> {
    let mut sqlite = Connection::open_in_memory()?;
    harden(&sqlite)?;
    migrate(&mut sqlite, None, migrations)?;
    make_durable(&sqlite)?;
    Ok(sqlite)
}

/// Makes a new database beside its place and puts it there whole: nobody ever sees half of it, and of two
/// processes that start together the later one takes the earlier one's.
fn make_file(path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let folder = path.parent().ok_or(StoreError::NotADatabase)?;
    create_private_folder(folder)?;
    let draft = beside(path, &[".new-", &new_install_id()?].concat());
    let outcome = draw_up(&draft, migrations).and_then(|()| put_in_place(&draft, path));
    remove_if_there(&draft)?;
    outcome?;
    make_names_durable(folder)
}

fn draw_up(draft: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    drop(private_file_options().write(true).create_new(true).open(draft)?);
    let mut sqlite = Connection::open_with_flags(draft, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate(&mut sqlite, None, migrations)?;
    sqlite.pragma_update(None, "journal_mode", "WAL")?;
    sqlite.close().map_err(|(_, error)| error.into())
}

/// A link never replaces a file; a file system without links (exFAT) has to do with a look before the move.
fn put_in_place(draft: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::hard_link(draft, path) {
        Err(_) if size_of(path)?.is_none() => Ok(fs::rename(draft, path)?),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads the header as an unchanging file: no lock, no log, no journal is touched or made.
///
/// Through SQLite rather than by reading the file: closing a file of one's own drops the locks that another
/// SQLite connection of this process holds on it.
///
/// Such a look takes no notice of the log. While a log is moved into the file, and after a crash in the midst of that,
/// the first page speaks of pages that are not there yet: what looks damaged beside a log is settled by reading both.
fn look_without_touching(path: &Path, migrations: &[&str]) -> Result<Look, StoreError> {
    let had_log = has_pending_log(path)?;
    match look_at_the_file_alone(path, migrations) {
        Ok(()) => Ok(Look::Passed),
        // The log may have been taken in and removed since.
        Err(StoreError::Damaged) if had_log || has_pending_log(path)? => Ok(Look::Unsettled),
        Err(error) => Err(error),
    }
}

fn look_at_the_file_alone(path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let address = unchanging(path)?;
    let sqlite =
        Connection::open_with_flags(address.as_str(), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?;
    if schema::application_id(&sqlite)? != schema::APPLICATION_ID {
        return Err(StoreError::ForeignDatabase);
    }
    refuse_newer(schema::version(&sqlite)?, migrations)
}

/// The address by which SQLite takes a file for one that nobody changes.
fn unchanging(path: &Path) -> Result<url::Url, StoreError> {
    let mut address = url::Url::from_file_path(path).map_err(|()| io::Error::from(io::ErrorKind::InvalidInput))?;
    address.set_query(Some("immutable=1"));
    Ok(address)
}

/// Nothing in the file may act on its own [S112, S114].
fn harden(sqlite: &Connection) -> Result<(), StoreError> {
    for (option, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        // Or a statement beside a partial index is planned anew for each value that is bound to it.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        sqlite.set_db_config(option, is_on)?;
    }
    for (limit, most) in LIMITS {
        sqlite.set_limit(*limit, *most)?;
    }
    sqlite.busy_timeout(PATIENCE)?;
    sqlite.pragma_update(None, "trusted_schema", false)?;
    sqlite.pragma_update(None, "cell_size_check", true)?;
    sqlite.pragma_update(None, "mmap_size", 0)?;
    Ok(())
}

/// Reads what the file is, with its log taken into account; writes nothing. The version it has.
fn accept(sqlite: &mut Connection, look: Look, migrations: &[&str]) -> Result<u32, StoreError> {
    let reading = sqlite.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let version = schema::version(&reading)?;
    refuse_newer(version, migrations)?;
    if schema::application_id(&reading)? != schema::APPLICATION_ID {
        return Err(StoreError::ForeignDatabase);
    }
    if version == 0 || !schema::is_as_made(&reading, version, migrations)? {
        return Err(StoreError::Tampered);
    }
    // With a log, SQLite takes the log's word for the size: pages that are in neither are found by going through all.
    if look == Look::Unsettled && !schema::is_whole(&reading)? {
        return Err(StoreError::Damaged);
    }
    Ok(version)
}

fn refuse_newer(found: u32, migrations: &[&str]) -> Result<(), StoreError> {
    let known = schema::known_version(migrations);
    if found > known { Err(StoreError::NewerVersion { found, known }) } else { Ok(()) }
}

/// One migration per transaction; the version is read again once the write lock is held, since another
/// process may be at the same work.
fn migrate(sqlite: &mut Connection, path: Option<&Path>, migrations: &[&str]) -> Result<(), StoreError> {
    // Cannot be changed inside a transaction; a migration that rebuilds a table needs it off.
    sqlite.pragma_update(None, "foreign_keys", false)?;
    loop {
        let writing = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = schema::version(&writing)?;
        refuse_newer(version, migrations)?;
        let Some((number, migration)) = (1..).zip(migrations).find(|(number, _)| *number > version) else {
            return Ok(());
        };
        if let (Some(path), 1..) = (path, version) {
            back_up(path, number)?;
        }
        writing.execute_batch(migration)?;
        if version == 0 {
            writing.execute("INSERT INTO installation (only_row, install_id) VALUES (1, ?1)", [new_install_id()?])?;
            writing.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        }
        if !schema::references_hold(&writing)? {
            return Err(StoreError::Damaged);
        }
        writing.pragma_update(None, "user_version", number)?;
        writing.commit()?;
    }
}

/// Copies the file as it was last committed to `….before-<number>`. The caller holds the write lock.
fn back_up(path: &Path, number: u32) -> Result<(), StoreError> {
    let unfinished = beside(path, ".backup-in-progress");
    remove_if_there(&unfinished)?;
    drop(private_file_options().write(true).create_new(true).open(&unfinished)?);

    let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(PATIENCE)?;
    let mut copy = Connection::open_with_flags(&unfinished, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Backup::new(&source, &mut copy)?.run_to_completion(1000, Duration::from_millis(5), None)?;
    copy.close().map_err(|(_, error)| error)?;

    fs::rename(&unfinished, beside(path, &[".before-", &number.to_string()].concat()))?;
    path.parent().map_or(Ok(()), make_names_durable)
}

/// What is committed is on the disk; what is deleted is overwritten [S118, S119].
fn make_durable(sqlite: &Connection) -> Result<(), StoreError> {
    wait_for_disk(sqlite, true)?;
    sqlite.pragma_update(None, "foreign_keys", true)?;
    sqlite.pragma_update(None, "secure_delete", true)?;
    sqlite.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

/// Whether a commit waits until the log is on the disk. Without, a power cut may take the newest commits: the log
/// stays whole, and what was written first goes last.
pub(super) fn wait_for_disk(sqlite: &Connection, does_wait: bool) -> Result<(), StoreError> {
    Ok(sqlite.pragma_update(None, "synchronous", if does_wait { "FULL" } else { "NORMAL" })?)
}

/// 128 random bits in hex.
fn new_install_id() -> Result<String, StoreError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(StoreError::NoRandomNumbers)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

/// The path with something added to the file's name, as SQLite does for its log.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Whether something is in the log that may not be in the file yet.
fn has_pending_log(path: &Path) -> Result<bool, StoreError> {
    Ok(size_of(&beside(path, "-wal"))?.is_some_and(|size| size > 0))
}

/// `None` when there is no such file.
fn size_of(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(found.len())),
        Ok(_) => Err(StoreError::NotADatabase),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A new name in a folder outlives a power cut once the folder itself is written; Windows sees to it by itself.
fn make_names_durable(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _: &Path = folder;
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// On Windows the folder of the user's profile is private by itself.
fn create_private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(folder)?)
}

fn private_file_options() -> fs::OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has a mode to set"))]
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// For the user alone, also where the file came back from a backup [S116]. SQLite gives its log the file's mode.
fn keep_private(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        use std::os::unix::fs::PermissionsExt as _;

        match fs::set_permissions(&file, fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    #[cfg(not(unix))]
    let _: &Path = path;
    Ok(())
}

#[cfg(test)]
mod tests;
