//! A keychain that two processes share: one file per item in a folder [B3].

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error};

/// Opens the keychain in a folder that is there.
pub fn open(folder: &Path) -> Arc<CredentialStore> {
    Arc::new(Store { folder: folder.to_owned() })
}

struct Store {
    folder: PathBuf,
}

impl CredentialStoreApi for Store {
    fn vendor(&self) -> String {
        "fakes".into()
    }

    fn id(&self) -> String {
        "in a folder".into()
    }

    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        let name = format!("{service} {user}").replace('/', "_");
        Ok(Entry::new_with_credential(Arc::new(Item { path: self.folder.join(name) })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

struct Item {
    path: PathBuf,
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        // Whole or not at all, as a keychain would.
        let draft = self.path.with_extension(std::process::id().to_string());
        fs::write(&draft, secret).and_then(|()| fs::rename(&draft, &self.path)).map_err(failure)
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        fs::read(&self.path).map_err(failure)
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        fs::remove_file(&self.path).map_err(failure)
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}

fn failure(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound { Error::NoEntry } else { Error::PlatformFailure(Box::new(error)) }
}
