//! The keychain as three calls, with one reading of every store's errors; lives on its own thread and
//! connects anew once when the connection broke [A3, S156].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyring_core::{CredentialStore, Entry, Error};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::VaultError;
use super::item::ItemText;

pub(super) const SERVICE: &str = "dev.patchbay.desktop";

/// Connects to a store; runs only on the keychain thread, since some stores refuse to run inside tokio.
pub(super) type Connect = Arc<dyn Fn() -> keyring_core::Result<Connected> + Send + Sync>;

/// A store and what to ask of it for each entry.
pub(super) struct Connected {
    pub(super) store: Arc<CredentialStore>,
    pub(super) modifiers: HashMap<&'static str, &'static str>,
}

/// What is being written under which name, on any thread that still runs; `None`: an erasure.
pub(super) type Unfinished = Arc<Mutex<HashMap<String, Option<[u8; 32]>>>>;

/// An item that says: this is the keychain this installation stored its secrets in.
#[derive(Clone)]
pub(super) struct Canary {
    pub(super) name: String,
    pub(super) text: ItemText,
}

/// The one user of a store's handle.
pub(super) struct Keychain {
    connect: Connect,
    connected: Option<Connected>,
    unfinished: Unfinished,
    canary_seen: bool,
}

/// Connects to this platform's keychain.
#[cfg(target_os = "linux")]
pub(super) fn connect_to_platform() -> keyring_core::Result<Connected> {
    let store = zbus_secret_service_keyring_store::Store::new()?;
    Ok(Connected { store, modifiers: HashMap::new() })
}

/// Connects to this platform's keychain.
#[cfg(target_os = "macos")]
pub(super) fn connect_to_platform() -> keyring_core::Result<Connected> {
    let store = apple_native_keyring_store::keychain::Store::new()?;
    Ok(Connected { store, modifiers: HashMap::new() })
}

/// Connects to this platform's keychain. Entries stay on this machine: by default they would roam [S142].
#[cfg(target_os = "windows")]
pub(super) fn connect_to_platform() -> keyring_core::Result<Connected> {
    let store = windows_native_keyring_store::Store::new()?;
    Ok(Connected { store, modifiers: HashMap::from([("persistence", "Local")]) })
}

/// Windows takes 2,560 bytes; the others have no limit that a bundle meets.
pub(super) const fn platform_item_limit() -> usize {
    if cfg!(windows) { 2_560 } else { 64 * 1024 }
}

impl Keychain {
    pub(super) fn new(connect: Connect, unfinished: Unfinished) -> Self {
        Self { connect, connected: None, unfinished, canary_seen: false }
    }

    /// Everything under this name: nothing, one text, or several where the keychain holds doubles.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<ItemText>, VaultError> {
        self.call(
            name,
            |_| Ok(()),
            |entry| match entry.get_secret() {
                Ok(text) => Ok(vec![Zeroizing::new(text)]),
                Err(Error::NoEntry) => Ok(vec![]),
                Err(Error::Ambiguous(entries)) => {
                    entries.iter().map(|it| it.get_secret().map(Zeroizing::new)).collect()
                }
                Err(other) => Err(other),
            },
        )
    }

    /// Writes under this name and reads back what arrived: some keychains say yes and store nothing.
    ///
    /// Secrets never go into a keychain without the `canary` they belong to. It is looked at once per
    /// connection: between a provider's answer and its storage every call counts.
    pub(super) fn write(&mut self, name: &str, text: &ItemText, canary: Option<&Canary>) -> Result<(), VaultError> {
        let content = Sha256::digest(text.as_slice()).into();
        let _noted = Noted::unless_hanging(&self.unfinished, name, Some(content)).ok_or(VaultError::NotAnswering)?;
        let refuse_another =
            |keychain: &mut Self| if keychain.canary_seen { Ok(()) } else { keychain.refuse_another(canary) };
        refuse_another(self)?;
        self.call(name, refuse_another, |entry| match entry.set_secret(text) {
            Err(Error::Ambiguous(entries)) => entries.iter().try_for_each(|it| it.set_secret(text)),
            other => other,
        })?;

        let stored = self.read(name)?;
        if stored.is_empty() {
            return Err(VaultError::Refused);
        }
        if stored.iter().any(|it| it != text) {
            return Err(VaultError::Damaged);
        }
        Ok(())
    }

    /// Erases everything under this name. Absent is fine.
    pub(super) fn erase(&mut self, name: &str) -> Result<(), VaultError> {
        let _noted = Noted::unless_hanging(&self.unfinished, name, None).ok_or(VaultError::NotAnswering)?;
        self.call(
            name,
            |_| Ok(()),
            |entry| match entry.delete_credential() {
                Err(Error::NoEntry) => Ok(()),
                Err(Error::Ambiguous(entries)) => entries.iter().try_for_each(Entry::delete_credential),
                other => other,
            },
        )
    }

    /// Looks whether this is the keychain with that canary; if not, [`VaultError::Different`].
    pub(super) fn refuse_another(&mut self, canary: Option<&Canary>) -> Result<(), VaultError> {
        let Some(canary) = canary else { return Ok(()) };
        self.canary_seen = self.read(&canary.name)?.contains(&canary.text);
        if self.canary_seen { Ok(()) } else { Err(VaultError::Different) }
    }

    /// An item of this installation's was read, whole: as good as the canary, and one call less between a
    /// provider's answer and its storage.
    pub(super) fn recognise(&mut self) {
        self.canary_seen = true;
    }

    /// Makes one call. A broken connection (the daemon restarted) is made anew, and the call repeated once
    /// if `may_repeat` agrees: behind the new connection may be another keychain.
    fn call<T>(
        &mut self,
        name: &str,
        may_repeat: impl FnOnce(&mut Self) -> Result<(), VaultError>,
        act: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<T, VaultError> {
        let is_fresh = self.connected.is_none();
        let mut outcome = self.call_once(name, &act)?;
        if !is_fresh && matches!(outcome, Err(Error::PlatformFailure(_))) {
            self.disconnect();
            may_repeat(self)?;
            outcome = self.call_once(name, &act)?;
        }
        outcome.map_err(|error| read_error(&error))
    }

    fn disconnect(&mut self) {
        self.connected = None;
        self.canary_seen = false;
    }

    fn call_once<T>(
        &mut self,
        name: &str,
        act: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<keyring_core::Result<T>, VaultError> {
        let connected = match self.connected.take() {
            Some(connected) => connected,
            None => (self.connect)().map_err(|error| {
                if matches!(error, Error::NoStorageAccess(_)) { read_error(&error) } else { VaultError::Absent }
            })?,
        };
        let Connected { store, modifiers } = self.connected.insert(connected);
        let modifiers = (!modifiers.is_empty()).then_some(&*modifiers);
        Ok(store.build(SERVICE, name, modifiers).and_then(|entry| act(&entry)))
    }
}

/// A change that is under way; forgotten when it ended, however it ended. A different change to the same
/// item that hangs on a thread given up on must not be overtaken: it could still arrive, and last.
struct Noted {
    unfinished: Unfinished,
    /// `None`: the same change hangs already, and stays noted until that one ends.
    name: Option<String>,
}

impl Noted {
    fn unless_hanging(unfinished: &Unfinished, name: &str, content: Option<[u8; 32]>) -> Option<Self> {
        let mut changes = unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let name = match changes.get(name) {
            Some(hanging) if *hanging != content => return None,
            Some(_) => None,
            None => Some(name.to_owned()),
        };
        changes.extend(name.clone().map(|name| (name, content)));
        Some(Self { unfinished: Arc::clone(unfinished), name })
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
    }
}

/// What a store's error means. The error itself goes nowhere: its text may hold a secret.
fn read_error(error: &Error) -> VaultError {
    match error {
        Error::NoStorageAccess(cause) => read_no_access(cause.as_ref()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) | Error::Ambiguous(_) => {
            VaultError::Damaged
        }
        Error::TooLong(_, limit) => {
            let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
            VaultError::TooLarge { length: limit.saturating_add(1), limit }
        }
        Error::PlatformFailure(_)
        | Error::NoEntry
        | Error::Invalid(..)
        | Error::NoDefaultStore
        | Error::NotSupportedByStore(_) => VaultError::Refused,
        _ => VaultError::Refused,
    }
}

/// Locked, or no keychain in this session: the stores have one error for both.
fn read_no_access(cause: &(dyn std::error::Error + Send + Sync)) -> VaultError {
    // Windows: ERROR_NO_SUCH_LOGON_SESSION, as over SSH. Secret Service: there is no default collection.
    if cfg!(windows) || cause.to_string().contains("result not returned") {
        VaultError::Absent
    } else {
        VaultError::Locked
    }
}
