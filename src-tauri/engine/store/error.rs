//! What could not be done with the database, named for what failed; no row content in any message [A3, S112].

use domain::{ClientId, ConnectionId};
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_IOERR_SHMSIZE};

/// Why the store refused, or could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is something else than SQLite; it was not touched.
    #[error("the file is not a database")]
    NotADatabase,
    /// SQLite, but another program's; it was not touched.
    #[error("the database belongs to another program")]
    ForeignDatabase,
    /// Written by a later Patchbay; it was not touched.
    #[error("the database is of version {found}, this program knows up to {known}")]
    NewerVersion { found: u32, known: u32 },
    #[error("the database is damaged")]
    Damaged,
    /// The schema is not the one this program made: a trigger, a view, a changed table [S113].
    #[error("the database holds objects that Patchbay did not make")]
    Tampered,
    /// The file, its folder or the disk does not allow writing.
    #[error("the database, its folder or its disk does not allow writing")]
    ReadOnly,
    #[error("the disk is full")]
    DiskFull,
    /// Another process kept it locked for longer than the store waits.
    #[error("the database is in use by another process")]
    Busy,
    /// The token version was not the expected one: somebody else was faster [A4].
    #[error("the connection has changed in the meantime")]
    ChangedMeanwhile,
    /// A new bundle must carry a higher version than the one it replaces [A4].
    #[error("the token version must grow")]
    VersionDidNotGrow,
    /// Who asked for it said that it may not go on: nothing of it was written.
    #[error("it was left off")]
    LeftOff,
    /// There is no such row.
    #[error("it is no longer there")]
    Gone,
    /// The same grant is a connection already [A1].
    #[error("the same grant is already the connection {other}")]
    Duplicate { other: ConnectionId },
    /// Another one is called so.
    #[error("the name is taken")]
    NameTaken,
    /// The same client is stored already.
    #[error("the same client is already stored as {other}")]
    DuplicateClient { other: ClientId },
    /// Connections use the client.
    #[error("the client is used by {connections} connections")]
    ClientInUse { connections: u32 },
    /// A value that this program cannot have written.
    #[error("the database holds an unreadable value in the column {column}")]
    Unreadable { column: &'static str },
    #[error("the folder of the database cannot be used")]
    FolderUnavailable(#[source] std::io::Error),
    #[error("the system gave no random numbers")]
    NoRandomNumbers(#[source] getrandom::Error),
    #[error("the database cannot be used")]
    Unavailable(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
            return Self::Gone;
        }
        let Some(failure) = error.sqlite_error() else { return Self::Unavailable(error) };
        match (failure.code, failure.extended_code) {
            (ErrorCode::NotADatabase, _) => Self::NotADatabase,
            (ErrorCode::DatabaseCorrupt, _) => Self::Damaged,
            // An existing file that cannot be opened, or whose log cannot be created beside it.
            (ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen, _) => Self::ReadOnly,
            (ErrorCode::DiskFull, _) | (_, SQLITE_IOERR_SHMSIZE) => Self::DiskFull,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            (_, SQLITE_CONSTRAINT_FOREIGNKEY) => Self::Gone,
            (_, _) => Self::Unavailable(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem) {
            Self::ReadOnly
        } else if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
            Self::DiskFull
        } else {
            Self::FolderUnavailable(error)
        }
    }
}
