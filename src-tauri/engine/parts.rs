//! The seams to the machine, put together once: clock, browser, keychain, database, network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyring_core::CredentialStore;

use crate::browser::Browser;
use crate::clock::Clock;
use crate::error::Error;
use crate::http::{Http, Timeouts};
use crate::provider_catalogue::KeptCatalogue;
use crate::refresh_lock::RefreshLocks;
use crate::sealed_bundles::SealedBundles;
use crate::store::Store;
use crate::vault::Vault;

/// Set once a secret was stored: from then on a keychain without our canary is a different one.
pub(crate) const CANARY_SETTING: &str = "canary_written";

const DATABASE: &str = "patchbay.db";
/// The public half of the key that held bundles are sealed to; the other half is in the keychain.
pub(crate) const HELD_KEY_SETTING: &str = "held_key";

/// Everything the flows use. `data_folder` is the home of one board; keychain entries of different
/// homes never mix.
pub struct EngineParts {
    pub clock: Clock,
    pub browser: Browser,
    pub vault: Vault,
    pub store: Store,
    pub http: Http,
    pub catalogue: KeptCatalogue,
    pub locks: RefreshLocks,
    pub sealed: SealedBundles,
    pub data_folder: PathBuf,
}

impl EngineParts {
    /// The real parts, on a data folder that is made when it is missing.
    pub fn open(data_folder: &Path) -> Result<Self, Error> {
        let store = Store::open(&data_folder.join(DATABASE))?;
        Self::assemble(data_folder, store, None, Clock::system(), Browser::system(), Timeouts::default())
    }

    /// The same where the disk is full, for whoever only reads, and not for long: no other process gets at the
    /// database meanwhile.
    pub fn open_on_full_disk(data_folder: &Path) -> Result<Self, Error> {
        let store = Store::open_alone(&data_folder.join(DATABASE))?;
        Self::assemble(data_folder, store, None, Clock::system(), Browser::system(), Timeouts::default())
    }

    /// The same where nothing can be written, for whoever only reads.
    pub fn open_to_read(data_folder: &Path) -> Result<Self, Error> {
        let store = Store::open_to_read(&data_folder.join(DATABASE))?;
        Self::assemble(data_folder, store, None, Clock::system(), Browser::system(), Timeouts::default())
    }

    /// The real code over another keychain, clock and browser: what tests and the `demo` build replace.
    pub fn open_with(
        data_folder: &Path,
        keychain: Arc<CredentialStore>,
        clock: Clock,
        browser: Browser,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        let store = Store::open(&data_folder.join(DATABASE))?;
        Self::assemble(data_folder, store, Some(keychain), clock, browser, timeouts)
    }

    fn assemble(
        data_folder: &Path,
        store: Store,
        keychain: Option<Arc<CredentialStore>>,
        clock: Clock,
        browser: Browser,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        let install_id = store.install_id();
        let vault = match keychain {
            Some(keychain) => Vault::with_store(&install_id, keychain),
            None => Vault::open(&install_id),
        };
        vault.set_expects_canary(store.setting(CANARY_SETTING)?.is_some());

        let wall = clock.clone();
        Ok(Self {
            clock,
            browser,
            vault,
            store,
            http: Http::new(timeouts, move || wall.now()),
            catalogue: KeptCatalogue::load(data_folder.join("providers")),
            locks: RefreshLocks::new(data_folder.join("locks")),
            sealed: SealedBundles::new(data_folder.join("held")),
            data_folder: data_folder.to_owned(),
        })
    }
}
