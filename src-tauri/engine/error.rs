//! What could not be done, named for the person it concerns; the library's error is the source.

use std::io;
use std::path::{Path, PathBuf};

use domain::alert::ChannelRefused;
use domain::connection::client_rotation::RotationRefused;
use domain::diagnosis::Diagnosis;
use domain::provider::redirect_uri::RedirectUriRefused;
use domain::{ConnectionId, IncidentId, PlatformId};
use thiserror::Error;

use crate::alert_channels::SecretRefused;
use crate::authorization_server::discovery::DiscoveryRefused;
use crate::authorization_server::protected_resource::ResourceRefused;
use crate::connection_import::ImportRefused;
use crate::event_destinations::PlaceRefused;
use crate::flows::checklists::ChecklistRefused;
use crate::flows::client_file::ClientFileRefused;
use crate::flows::held::HoldingProcess;
use crate::platforms::PlatformFailure;
use crate::redirect_listener::ListenerError;
use crate::redirect_listener::certificate::CertificateError;
use crate::redirect_listener::pasted::PasteRefused;
use crate::refresh_lock::RefreshLockError;
use crate::sealed_bundles::SealError;
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why the engine could not do what it was asked. Causes of broken connections are no errors: see
/// `domain::diagnosis`.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the keychain cannot be used")]
    VaultUnavailable(#[from] VaultError),
    #[error("the keychain would not take the new token of {name}")]
    BundleHeld {
        name: String,
        /// It lies sealed on the disk, and survives the end of the program.
        is_sealed: bool,
        #[source]
        reason: VaultError,
    },
    /// It is in the keychain, and found there as soon as the database can be written to.
    #[error("the new token of {name} is kept in the keychain, and could not be written down")]
    BundleUncommitted {
        name: String,
        #[source]
        reason: StoreError,
    },
    /// Only that process can store it; `None` where the system does not say which.
    #[error("another process has the new token of {name} in its memory alone")]
    HeldElsewhere { name: String, by: HoldingProcess },
    /// `file` is where it lay: put back there as it was, it is opened.
    #[error("the sealed new token of {name} cannot be opened")]
    HeldUnopened { connection: ConnectionId, name: String, file: String, is_missing: bool },
    #[error("held tokens cannot be read or written")]
    HeldUnreadable(#[from] SealError),
    #[error("the database cannot be used")]
    StoreUnavailable(#[source] StoreError),
    #[error("the data folder cannot be used")]
    FolderUnavailable(#[source] io::Error),
    /// One that a person asked for, in a place of his choice.
    #[error("{} cannot be written", file.display())]
    FileNotWritten { file: PathBuf, source: io::Error },
    #[error("there is no provider called {0}")]
    ProviderUnknown(String),
    #[error("the issuer cannot be used")]
    DiscoveryRefused(#[from] DiscoveryRefused),
    #[error("the resource cannot be used")]
    ResourceRefused(#[from] ResourceRefused),
    #[error("{provider} would not register a client: {detail}")]
    RegistrationRefused { provider: String, detail: String },
    /// A value that makes the provider's addresses whole is missing, or fits none.
    #[error("{asks} is {complaint}")]
    ///
    /// `name` is as it stands in the provider's file; `example` is empty where no value of that name is asked for.
    VariableRefused { name: String, asks: String, example: String, complaint: String },
    #[error("the client is incomplete: {0}")]
    ClientIncomplete(&'static str),
    #[error("the keychain no longer holds the secret of client {0}")]
    ClientSecretMissing(String),
    #[error("there is no client {0}")]
    ClientGone(String),
    #[error("the client {name} is used by {}", used_by.join(", "))]
    ClientInUse { name: String, used_by: Vec<String> },
    #[error("this is no client file")]
    ClientFileRefused(#[from] ClientFileRefused),
    #[error(transparent)]
    RotationRefused(#[from] RotationRefused),
    #[error("a client of {client} cannot be used with a connection of {connection}")]
    EnvironmentsDiffer { client: &'static str, connection: &'static str },
    #[error("the sign-in could not start to listen")]
    ListenerUnavailable(#[from] ListenerError),
    #[error("no browser can be waited for at this redirect URI")]
    RedirectUriRefused(#[from] RedirectUriRefused),
    #[error("the certificate for https on this computer cannot be used")]
    CertificateUnavailable(#[from] CertificateError),
    #[error("this is not the answer that the sign-in waits for")]
    PasteRefused(#[from] PasteRefused),
    #[error("there is no connection {0}")]
    ConnectionGone(String),
    #[error("{name} names {count} connections; use an id")]
    NameAmbiguous { name: String, count: usize },
    #[error("there is no sign-in {0}")]
    SignInGone(String),
    #[error("a sign-in of this connection is under way")]
    SignInUnderWay,
    #[error("too many sign-ins are under way")]
    TooManySignIns,
    #[error("another task or program changed the connection meanwhile")]
    ChangedMeanwhile,
    #[error("process {holder:?} has been refreshing this connection for too long")]
    RefreshStuck { holder: Option<u32> },
    #[error("a person must reconnect {name}")]
    BlockedOnAuth { name: String, diagnosis: Diagnosis },
    #[error("no usable token for {name} just now")]
    Temporary { name: String, diagnosis: Diagnosis },
    #[error("the provider refuses to renew {name} until something is mended")]
    NeedsMending { name: String, diagnosis: Diagnosis },
    #[error("connection {0} already holds this account")]
    AlreadyConnected(ConnectionId),
    #[error("offline mode is on, and no request leaves")]
    Offline,
    #[error("the file cannot be imported")]
    ImportRefused(#[from] ImportRefused),
    #[error("there is no import {0}")]
    ImportGone(String),
    #[error("the platform cannot be used")]
    PlatformFailed(#[from] PlatformFailure),
    #[error("there is no platform {0}")]
    PlatformGone(String),
    #[error("{0} is being read already")]
    ReadingUnderWay(String),
    #[error("there is no workflow {0}")]
    WorkflowGone(String),
    #[error("there is no incident {0}")]
    IncidentGone(String),
    #[error("there is no checklist {0}")]
    ChecklistGone(String),
    #[error("the checklist cannot be kept: {0}")]
    ChecklistRefused(#[source] ChecklistRefused),
    #[error("events cannot be forwarded there")]
    PlaceRefused(#[from] PlaceRefused),
    #[error("there is no place {0} that events are forwarded to")]
    DestinationGone(String),
    #[error("{0} is being rehearsed already")]
    RehearsalUnderWay(String),
    #[error("another program of this board runs the reconnect queue")]
    QueueElsewhere,
    #[error("there is no pass {0}")]
    PassGone(String),
    /// They are resumed before it is closed, whatever else is open.
    #[error("still paused: {}; resume them first", names.join(", "))]
    StillPaused { incident: IncidentId, names: Vec<String> },
    /// Nobody said into which platform a file is read, and the one of its kind holds what the file does not.
    #[error("{name} holds what the file does not: {}", first_of(gone))]
    WouldReplace { platform: PlatformId, name: String, gone: Vec<String> },
    #[error("there is no channel for alerts called {0}")]
    ChannelGone(String),
    #[error("a channel for alerts is called {0} already")]
    ChannelNameTaken(String),
    #[error("the channel cannot be kept: {0}")]
    ChannelRefused(#[from] ChannelRefused),
    /// Its address, or what its messages are signed with.
    #[error("the channel cannot be used: {0}")]
    ChannelSecretRefused(#[from] SecretRefused),
    #[error("the file cannot be read")]
    FileUnreadable(#[source] io::Error),
    #[error("random bytes could not be had")]
    NoRandomness,
    #[error("the background task ended unexpectedly")]
    TaskEnded,
    /// A canary of a platform's connection, by its name, where neither a test nor a run since it died has shown anything.
    #[error("nothing has shown yet that {0} works")]
    NothingShown(String),
    #[error("{0}")]
    BadInput(&'static str),
}

/// "Invoices, Orders and 4 more"
fn first_of(names: &[String]) -> String {
    const NAMED: usize = 5;
    let first = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl Error {
    /// Of a file that a person asked for.
    pub fn not_written(file: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let file = file.to_owned();
        |source| Self::FileNotWritten { file, source }
    }
}

impl From<RefreshLockError> for Error {
    fn from(error: RefreshLockError) -> Self {
        match error {
            RefreshLockError::Waited { holder_pid } => Self::RefreshStuck { holder: holder_pid },
            RefreshLockError::Unavailable(source) => Self::FolderUnavailable(source),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if let StoreError::Duplicate { other } = error {
            return Self::AlreadyConnected(other);
        }
        if matches!(error, StoreError::ChangedMeanwhile) {
            return Self::ChangedMeanwhile;
        }
        Self::StoreUnavailable(error)
    }
}
