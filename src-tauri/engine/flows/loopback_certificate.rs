//! The certificate for https on this computer: made at the first sign-in that needs one, and anew before it ends
//! [A2, A3, S022].

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::redirect_listener::certificate::{LoopbackCertificate, NewCertificate};
use crate::vault::VaultError;
use crate::{Engine, Error};

/// Beside the database: it is no secret.
const FILE_NAME: &str = "loopback-certificate.pem";
/// Longer than it takes another process to make one.
const MAKING_TIME: Duration = Duration::from_secs(20);
/// A file that is longer is not ours.
const MAX_FILE_LENGTH: u64 = 16 * 1024;

/// What a person compares when the browser warns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateNote {
    /// SHA-256, in pairs with colons.
    pub fingerprint: String,
    pub ends_at: Timestamp,
}

impl From<&LoopbackCertificate> for CertificateNote {
    fn from(certificate: &LoopbackCertificate) -> Self {
        Self { fingerprint: certificate.fingerprint().to_owned(), ends_at: certificate.ends_at() }
    }
}

impl Engine {
    /// The one in use, or a new one where there is none, it ends soon, or its halves do not go together.
    pub(super) async fn loopback_certificate(&self) -> Result<Arc<LoopbackCertificate>, Error> {
        if let Some(certificate) = self.usable_certificate().await? {
            return Ok(Arc::new(certificate));
        }
        let lock = self.parts.locks.acquire_certificate(MAKING_TIME).await?;
        // Another sign-in or process may have made it meanwhile.
        if let Some(certificate) = self.usable_certificate().await? {
            return Ok(Arc::new(certificate));
        }
        let made = NewCertificate::make(self.parts.clock.now())?;
        self.note_canary().await?;
        self.parts.vault.write_loopback_key(&made.key).await?;
        self.write_certificate(&made.pem).map_err(Error::FolderUnavailable)?;
        let certificate = LoopbackCertificate::open(&made.pem, &made.key)?;
        drop(lock);
        tracing::info!(fingerprint = certificate.fingerprint(), "a certificate for https on this computer was made");
        Ok(Arc::new(certificate))
    }

    /// What is known of it, where there is one.
    pub async fn known_loopback_certificate(&self) -> Result<Option<CertificateNote>, Error> {
        Ok(self.whole_certificate().await?.as_ref().map(CertificateNote::from))
    }

    async fn usable_certificate(&self) -> Result<Option<LoopbackCertificate>, Error> {
        let now = self.parts.clock.now();
        Ok(self.whole_certificate().await?.filter(|it| !it.is_ending(now)))
    }

    /// `None` where a half is missing, or they do not go together: then another one is made.
    async fn whole_certificate(&self) -> Result<Option<LoopbackCertificate>, Error> {
        let Some(pem) = self.read_certificate().map_err(Error::FolderUnavailable)? else { return Ok(None) };
        let key = match self.parts.vault.read_loopback_key().await {
            Ok(Some(key)) => key,
            Ok(None) | Err(VaultError::Damaged) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(LoopbackCertificate::open(&pem, &key).ok())
    }

    fn read_certificate(&self) -> io::Result<Option<String>> {
        let path = self.certificate_path();
        match fs::metadata(&path) {
            Ok(file) if file.is_file() && file.len() <= MAX_FILE_LENGTH => Ok(fs::read_to_string(path).ok()),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_certificate(&self, pem: &str) -> io::Result<()> {
        let path = self.certificate_path();
        let beside = path.with_extension("new");
        fs::write(&beside, pem)?;
        fs::rename(beside, path)
    }

    fn certificate_path(&self) -> PathBuf {
        self.parts.data_folder.join(FILE_NAME)
    }
}
