//! What became of a client that Patchbay had registered at a server [A2, S092].

use engine::flows::clients::RemovedClient;
use engine::flows::registrations::Retirement;
use serde::Serialize;
use ts_rs::TS;

/// A registration that nothing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RetirementView {
    /// The server has deleted it.
    Gone,
    /// The server lets nobody delete it; it is forgotten here alone.
    LeftThere,
    /// The server could not be asked, or not answer; it is kept and tried again at the next start.
    Kept { http_status: Option<u16> },
    /// A person registered the client, or a connection uses it.
    NotOurs,
}

/// A client that was to be removed; where its registration is kept, so is the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct RemovedClientView {
    pub registration: RetirementView,
    /// False: the secret is erased once the keychain answers.
    pub is_secret_erased: bool,
}

impl From<Retirement> for RetirementView {
    fn from(retirement: Retirement) -> Self {
        match retirement {
            Retirement::Gone => Self::Gone,
            Retirement::LeftThere => Self::LeftThere,
            Retirement::Kept { http_status } => Self::Kept { http_status },
            Retirement::NotOurs => Self::NotOurs,
        }
    }
}

impl From<RemovedClient> for RemovedClientView {
    fn from(removed: RemovedClient) -> Self {
        Self { registration: removed.registration.into(), is_secret_erased: removed.is_secret_erased }
    }
}
