//! The one error the window sees: a code it has words for, and a message for "Details" [A3].

use engine::platforms::PlatformFailure;
use engine::store::StoreError;
use engine::vault::VaultError;
use serde::Serialize;
use ts_rs::TS;

/// Why a command could not be done. Never contains a URL's query, a token or a response body.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CommandError {
    pub code: ErrorCode,
    pub message: String,
}

/// A code exists only where the window does something different for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    KeychainLocked,
    KeychainAbsent,
    KeychainDifferent,
    KeychainNotAnswering,
    StoreUnavailable,
    /// Not a database, another program's, tampered with or torn: left as it is.
    StoreDamaged,
    /// Written by a newer Patchbay.
    StoreNewer,
    ProviderUnreachable,
    /// By this machine's clock no server's certificate is valid.
    ClockIsOff,
    /// Offline mode is on: a person switched it, and can switch it back.
    Offline,
    ProviderRefused,
    /// One that workflows live on: its key, a right, or what it cannot do.
    PlatformRefused,
    /// Neither a test nor a run has shown that a platform's connection works.
    NothingShown,
    ProviderUnknown,
    DiscoveryRefused,
    ClientIncomplete,
    ListenerPortTaken,
    BrowserNotOpened,
    SignInGone,
    SignInUnderWay,
    /// Another window or terminal opens the browser for it.
    QueueElsewhere,
    ConnectionGone,
    /// One that a person asked for: the message names it.
    FileNotWritten,
    ChangedMeanwhile,
    BadInput,
    /// The file another tool wrote cannot be used: the message says why.
    ImportRefused,
    /// Ten minutes are over; the file has to be chosen again.
    ImportGone,
    PracticeUnavailable,
    Unexpected,
}

impl From<engine::Error> for CommandError {
    fn from(error: engine::Error) -> Self {
        let translated = Self::from(&error);
        tracing::info!(code = ?translated.code, message = translated.message, "a command was refused");
        translated
    }
}

impl From<&engine::Error> for CommandError {
    fn from(error: &engine::Error) -> Self {
        Self { code: ErrorCode::of(error), message: chain(error) }
    }
}

impl ErrorCode {
    /// Exhaustive on purpose: a new error must be given a code, or be called unexpected by name.
    fn of(error: &engine::Error) -> Self {
        use engine::Error as E;
        match error {
            E::VaultUnavailable(error) | E::BundleHeld { reason: error, .. } => match error {
                VaultError::Locked => Self::KeychainLocked,
                VaultError::Absent => Self::KeychainAbsent,
                VaultError::Different => Self::KeychainDifferent,
                VaultError::NotAnswering | VaultError::Refused | VaultError::Damaged | VaultError::TooLarge { .. } => {
                    Self::KeychainNotAnswering
                }
            },
            E::StoreUnavailable(
                StoreError::NotADatabase | StoreError::ForeignDatabase | StoreError::Damaged | StoreError::Tampered,
            ) => Self::StoreDamaged,
            E::StoreUnavailable(StoreError::NewerVersion { .. }) => Self::StoreNewer,
            E::StoreUnavailable(_) | E::BundleUncommitted { .. } | E::FolderUnavailable(_) => Self::StoreUnavailable,
            E::FileNotWritten { .. } => Self::FileNotWritten,
            E::ProviderUnknown(_) => Self::ProviderUnknown,
            E::DiscoveryRefused(_) if error.is_clock_off() => Self::ClockIsOff,
            E::DiscoveryRefused(_) if error.is_unreachable() => Self::ProviderUnreachable,
            E::DiscoveryRefused(_) | E::ResourceRefused(_) => Self::DiscoveryRefused,
            E::RegistrationRefused { .. } => Self::ClientIncomplete,
            E::VariableRefused { .. } | E::ClientIncomplete(_) | E::ClientGone(_) | E::ClientSecretMissing(_) => {
                Self::ClientIncomplete
            }
            E::ListenerUnavailable(_) => Self::ListenerPortTaken,
            E::CertificateUnavailable(_) => Self::Unexpected,
            E::RedirectUriRefused(_) | E::PasteRefused(_) => Self::BadInput,
            E::ConnectionGone(_) => Self::ConnectionGone,
            E::SignInGone(_) => Self::SignInGone,
            E::SignInUnderWay | E::TooManySignIns => Self::SignInUnderWay,
            E::QueueElsewhere => Self::QueueElsewhere,
            E::ChangedMeanwhile | E::RefreshStuck { .. } => Self::ChangedMeanwhile,
            E::BlockedOnAuth { .. } | E::NeedsMending { .. } => Self::ProviderRefused,
            E::Temporary { .. } => Self::ProviderUnreachable,
            E::HeldUnreadable(_) => Self::StoreUnavailable,
            E::HeldElsewhere { .. } => Self::ChangedMeanwhile,
            E::HeldUnopened { .. } => Self::ProviderRefused,
            E::Offline => Self::Offline,
            E::BadInput(_)
            | E::StillPaused { .. }
            | E::WouldReplace { .. }
            | E::NameAmbiguous { .. }
            | E::EnvironmentsDiffer { .. }
            | E::AlreadyConnected(_)
            | E::ClientInUse { .. }
            | E::ClientFileRefused(_)
            | E::RotationRefused(_)
            | E::ChannelNameTaken(_)
            | E::ChannelRefused(_)
            | E::ChannelSecretRefused(_)
            | E::PlaceRefused(_)
            | E::ChecklistRefused(_) => Self::BadInput,
            E::ImportRefused(_) => Self::ImportRefused,
            E::ImportGone(_) => Self::ImportGone,
            E::PlatformFailed(PlatformFailure::Unreachable(..) | PlatformFailure::RateLimited { .. }) => {
                Self::ProviderUnreachable
            }
            E::PlatformFailed(_) => Self::PlatformRefused,
            E::NothingShown(_) => Self::NothingShown,
            E::PlatformGone(_)
            | E::WorkflowGone(_)
            | E::IncidentGone(_)
            | E::ChecklistGone(_)
            | E::ChannelGone(_)
            | E::PassGone(_)
            | E::DestinationGone(_) => Self::ConnectionGone,
            E::ReadingUnderWay(_) | E::RehearsalUnderWay(_) => Self::ChangedMeanwhile,
            E::FileUnreadable(_) => Self::BadInput,
            E::NoRandomness | E::TaskEnded => Self::Unexpected,
        }
    }
}

/// The error and what caused it, in one line. Every message on the way is our own or the system's.
fn chain(error: &engine::Error) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
