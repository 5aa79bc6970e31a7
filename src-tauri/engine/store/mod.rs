//! Everything that is known of connections and not secret, in one SQLite file; the only user of rusqlite [A1, A4, A5, B12, S117].
//!
//! What belongs together is written in one `BEGIN IMMEDIATE` transaction. The window and the command line
//! use the file at the same time. The secrets are in the keychain: here is only which version of them counts.

mod alert_channels;
mod alert_deliveries;
mod arriving_bundles;
mod blocked_runs;
pub mod call_hook;
mod checklists;
mod client_registrations;
mod clients;
mod clock_measurements;
mod columns;
mod connection_notes;
mod connection_row;
mod connections;
mod daily_figures;
mod dependants;
mod diagnoses;
mod discovered_issuers;
mod ended_grants;
mod erasures;
mod error;
mod event_destinations;
mod events;
mod figures;
mod grant_bindings;
mod incidents;
mod intents;
mod last_reading;
mod learned_dependants;
mod left_grants;
mod open_sign_ins;
mod opening;
mod platform_connections;
mod platforms;
mod programs;
mod readings;
mod reconnect_passes;
mod reconnect_requests;
mod redirect_uri;
mod rehearsal_matrix;
mod rehearsals;
mod removed_checklists;
mod schema;
mod sealed;
mod secret_rotations;
mod seen_alerts;
mod settings;
mod setup_checks;
#[cfg(test)]
mod test_values;
mod token_links;
mod tokens;
mod trial_objects;
mod workflows;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{ConnectionId, TokenVersion};
use rusqlite::{Transaction, TransactionBehavior};

pub use alert_deliveries::{Delivery, FailedTry, NewDelivery, TryOutcome};
pub use arriving_bundles::{ArrivingBundle, ArrivingGrant};
pub use blocked_runs::BlockedRunRow;
pub use client_registrations::ClientRegistration;
pub use connection_notes::SaidOfConnection;
pub use discovered_issuers::DiscoveredIssuer;
pub use error::StoreError;
pub use event_destinations::ForwardedBatch;
pub use figures::SpanFigures;
pub use learned_dependants::{LearnedProgram, LearnedUse, SeenUse};
pub use open_sign_ins::OpenSignIn;
pub use platforms::PlatformCounts;
pub use programs::{ProgramPermission, Said};
pub use readings::{ArrivingReading, MayIt};
pub use reconnect_requests::{NotedRequest, ReconnectRequest};
pub use rehearsals::{RehearsalRecord, RunState};
pub use removed_checklists::RemovedChecklist;
pub use tokens::{BundleCommit, ProofChange};
pub use trial_objects::LeftObject;
pub use workflows::SaidOfWorkflow;

/// The opened database.
pub struct Store {
    sqlite: Mutex<rusqlite::Connection>,
    path: PathBuf,
    install_id: String,
    /// Bundles that the keychain no longer holds; struck from the list with the next transaction.
    erased: Mutex<Vec<(ConnectionId, TokenVersion)>>,
    #[cfg(debug_assertions)]
    call_hook: call_hook::CallHook,
}

impl Store {
    /// Opens the file, creates it where there is none, and brings an older one up to date.
    ///
    /// Looks at the header, the versions and the schema; [`Store::check`] looks at every page and takes its time.
    ///
    /// # Errors
    /// Refuses, and leaves as it is, a file that is not SQLite, another program's, of a later version,
    /// damaged at first sight or with a schema that is not ours; also when it cannot be written to.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)?;
        let sqlite = opening::open_file(&path, schema::MIGRATIONS)?;
        Self::over(sqlite, path)
    }

    /// The same for oneself alone, on a disk without room for what sharing takes: what is there can be read, and no
    /// other process opens the file until this one ends. To be tried after [`Store::open`] said [`StoreError::DiskFull`].
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Busy`] while another process has it open.
    pub fn open_alone(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)?;
        let sqlite = opening::open_file_alone(&path, schema::MIGRATIONS)?;
        Self::over(sqlite, path)
    }

    /// What is there, where nothing can be written: on a disk that is mounted to be read, in a folder of somebody else's.
    /// To be tried after [`Store::open`] said [`StoreError::ReadOnly`]; nothing is made or changed, and writes are refused
    /// as that.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::ReadOnly`] also where there is no file, or one of an earlier version.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)?;
        let sqlite = opening::open_file_to_read(&path, schema::MIGRATIONS)?;
        Self::over(sqlite, path)
    }

    /// A store that ends with the program, for tests.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::over(opening::open_in_memory(schema::MIGRATIONS)?, PathBuf::from(":memory:"))
    }

    fn over(sqlite: rusqlite::Connection, path: PathBuf) -> Result<Self, StoreError> {
        let install_id = sqlite.query_row("SELECT install_id FROM installation", [], |row| row.get(0))?;
        Ok(Self {
            sqlite: Mutex::new(sqlite),
            path,
            install_id,
            erased: Mutex::default(),
            #[cfg(debug_assertions)]
            call_hook: call_hook::CallHook::default(),
        })
    }

    /// Random, made with the file; the keychain items of this database carry it in their names.
    pub fn install_id(&self) -> String {
        self.install_id.clone()
    }

    /// Where the file is; `:memory:` for one that is not on the disk.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at every page of the file [S112].
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a page, an index entry or a reference does not hold.
    pub fn check(&self) -> Result<(), StoreError> {
        self.read(|sqlite| {
            let verdict: String = sqlite.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict != "ok" || !schema::references_hold(sqlite)? {
                return Err(StoreError::Damaged);
            }
            Ok(())
        })
    }

    /// Changes whenever another process or another `Store` has written; not by this one's own writes.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.read(|sqlite| Ok(sqlite.query_row("PRAGMA data_version", [], |row| row.get(0))?))
    }

    fn read<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.hooked(call_hook::Call::Read, || work(&self.lock()))
    }

    /// All of it or nothing, and on the disk. The write lock is taken at once: what the work reads stays true until
    /// the commit.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.hooked(call_hook::Call::Write, || self.transact(&mut self.lock(), work))
    }

    /// The same, but the disk is not waited for: every process sees it at once, and it outlives this one. A power
    /// cut may take it, never without what was written after it.
    fn write_unsynced<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.hooked(call_hook::Call::Write, || {
            let mut sqlite = self.lock();
            opening::wait_for_disk(&sqlite, false)?;
            let outcome = self.transact(&mut sqlite, work);
            opening::wait_for_disk(&sqlite, true)?;
            outcome
        })
    }

    fn transact<T>(
        &self,
        sqlite: &mut rusqlite::Connection,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let erased = std::mem::take(&mut *self.erased());
        let outcome = (|| {
            let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
            erased.iter().try_for_each(|(id, version)| erasures::strike_erasure(&transaction, id, *version))?;
            let outcome = work(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        })();
        if outcome.is_err() {
            self.erased().extend(erased);
        }
        outcome
    }

    fn erased(&self) -> MutexGuard<'_, Vec<(ConnectionId, TokenVersion)>> {
        self.erased.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic elsewhere leaves no half transaction: it is rolled back where it is dropped.
    fn lock(&self) -> MutexGuard<'_, rusqlite::Connection> {
        self.sqlite.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path is enough: everything else is rows.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}
