//! What support needs of a failure: gathered, redacted, shown, and written where a person wants it [C6, C7, A3].

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use domain::connection::Connection;
use domain::diagnosis::failure_bundle::{self, FailureFacts};
use domain::diagnosis::redaction::Redaction;
use domain::diagnosis::vendor_report;
use domain::{ConnectionId, Secret};

use super::overview::ConnectionDetail;
use crate::vault::KeychainState;
use crate::{Engine, Error};

pub use domain::diagnosis::failure_bundle::FailureBundle;
pub use domain::diagnosis::vendor_report::{Escalation, EscalationStep, VendorPage, VendorReport};

/// How far back the events are looked through.
const EVENTS: usize = 1_000;

/// What a bundle may hold beyond the usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct BundleWith {
    /// The account's own name, unmasked.
    pub includes_account: bool,
}

impl Engine {
    /// Everything support needs of this connection, without a secret. Nothing is asked at the provider: the last ladder
    /// is what it tells of.
    ///
    /// # Errors
    /// What keeps the database from being read. A keychain that is closed only means that what would be blotted out
    /// by its value is blotted out by its looks.
    pub async fn failure_bundle(&self, id: &ConnectionId, with: BundleWith) -> Result<FailureBundle, Error> {
        self.with_facts(id, with.includes_account, failure_bundle::failure_bundle).await
    }

    /// A text for the vendor's support, and whether it is time to send it.
    ///
    /// # Errors
    /// As for [`Engine::failure_bundle`].
    pub async fn vendor_report(&self, id: &ConnectionId, with: BundleWith) -> Result<VendorReport, Error> {
        self.with_facts(id, with.includes_account, vendor_report::vendor_report).await
    }

    async fn with_facts<T>(
        &self,
        id: &ConnectionId,
        includes_account: bool,
        write: impl FnOnce(&FailureFacts<'_>, &Redaction) -> T,
    ) -> Result<T, Error> {
        let ConnectionDetail { overview, client, lineage, .. } = self.detail(id)?;
        let connection = &overview.connection;
        let secrets = self.known_secrets(connection).await;
        let report = self.last_diagnosis(id)?;
        let events: Vec<_> = self.list_events(Some(id), EVENTS)?.into_iter().map(|(_, event)| event).collect();
        let clock = self.clock_reading()?;
        let facts = FailureFacts {
            written_at: self.parts.clock.now(),
            version: env!("CARGO_PKG_VERSION"),
            system: (std::env::consts::OS, std::env::consts::ARCH),
            provider: &overview.provider,
            connection,
            client: &client,
            status: &overview.status,
            report: report.as_ref(),
            events: &events,
            lineage: &lineage,
            clock: &clock,
            mode: self.refresh_mode()?,
            network_down_since: self.network_down_since(),
            dependant_count: overview.dependant_count,
        };
        Ok(write(&facts, &Redaction::new(&secrets, &connection.identity, includes_account)))
    }

    /// What lies in the keychain for it, as far as that opens without a question.
    async fn known_secrets(&self, connection: &Connection) -> Vec<Secret> {
        let mut known = vec![];
        if self.known_keychain_state().await != KeychainState::Open {
            return known;
        }
        if let Some(facts) = &connection.token
            && let Ok(Some(bundle)) = self.parts.vault.read_bundle(&connection.id, facts.version).await
        {
            known.extend(bundle.access_token);
            known.extend(bundle.refresh_token);
        }
        if let Ok(client) = self.client(&connection.client)
            && let Ok(secret) = self.client_secret(&client).await
        {
            known.extend(secret);
        }
        known
    }
}

/// Writes both forms into a folder, for its owner alone. Nothing is overwritten: where one of the names is taken,
/// neither is written.
///
/// # Errors
/// [`Error::BadInput`] for a name that is taken, [`Error::FileNotWritten`] for a folder that takes no file.
pub fn save_failure_bundle(bundle: &FailureBundle, folder: &Path) -> Result<[PathBuf; 2], Error> {
    let paths = ["md", "json"].map(|ending| folder.join(format!("{}.{ending}", bundle.file_name)));
    let [markdown, json] = &paths;
    write_new(markdown, &bundle.markdown)?;
    if let Err(error) = write_new(json, &bundle.json) {
        // Ours, and of no use alone.
        std::fs::remove_file(markdown).map_err(Error::not_written(markdown))?;
        return Err(error);
    }
    Ok(paths)
}

fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let write = |mut file: File| file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    private_file(path).and_then(write).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Error::BadInput("a file of that name is there already, and is not overwritten");
        }
        Error::not_written(path)(error)
    })
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
