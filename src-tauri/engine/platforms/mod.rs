//! Where workflows live: each platform is one file or folder, and says what it can and cannot do [D2, D6].
//!
//! Bytes and answers in, [`PlatformReading`] out; nothing here touches the database or the keychain. Words of a platform
//! (scenario, Zap, flow) appear in its own file alone.

pub mod activepieces;
pub mod airtable;
pub mod by_hand;
pub mod files;
#[cfg(test)]
mod hostile_servers;
pub mod make;
pub mod mcp_client;
pub mod n8n;
pub mod node_red;
pub mod open;
pub mod power_automate;
pub mod providers;
mod rest;
mod settled;
mod step_access;
mod text;
pub mod zapier;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use domain::Secret;
use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundRun, PlatformReading};
use jiff::Timestamp;
use thiserror::Error;

pub use rest::{ApiAccess, Now};

/// What a platform can be asked. What it cannot, the window does not offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    pub lists_workflows: bool,
    pub lists_runs: bool,
    /// A test of a connection, and whether its "OK" proves anything.
    pub tests_connections: Option<TestWorth>,
    pub pauses: bool,
    pub takes_grants: bool,
    pub repeats_runs: bool,
}

/// n8n's own test says OK for dead grants; Make's asks the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestWorth {
    Proves,
    OnlySaysWhetherConnected,
}

/// Why a platform could not be read or did not do what was asked.
#[derive(Debug, Clone, Error)]
pub enum PlatformFailure {
    #[error("{0} does not answer: {1}")]
    Unreachable(String, String),
    #[error("{0} does not accept the key")]
    KeyRefused(String),
    #[error("the key for {platform} may not {what}: it lacks {right}")]
    RightMissing { platform: String, what: String, right: String },
    #[error("{platform} asks to wait until {until}")]
    RateLimited { platform: String, until: Timestamp },
    #[error("{platform} answered {status}: {words}")]
    Refused { platform: String, status: u16, words: String },
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    #[error("this version of {0} cannot do that")]
    Unsupported(String),
    #[error("cancelled")]
    Cancelled,
}

/// How far a reading has come; cancels it.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU32,
    all: AtomicU32,
    is_cancelled: AtomicBool,
}

impl Progress {
    pub fn report(&self, read: u32, all: Option<u32>) {
        self.read.store(read, Ordering::Relaxed);
        if let Some(all) = all {
            self.all.store(all, Ordering::Relaxed);
        }
    }

    /// How many workflows were read, and of how many, where that is known.
    pub fn state(&self) -> (u32, Option<u32>) {
        let all = self.all.load(Ordering::Relaxed);
        (self.read.load(Ordering::Relaxed), (all > 0).then_some(all))
    }

    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// [`PlatformFailure::Cancelled`] once it was.
    pub fn check(&self) -> Result<(), PlatformFailure> {
        if self.is_cancelled.load(Ordering::Relaxed) { Err(PlatformFailure::Cancelled) } else { Ok(()) }
    }
}

/// A grant of its own for a platform: tokens that Patchbay does not keep [S159].
pub struct PushedGrant {
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub authorize_url: String,
    pub token_url: String,
    pub scopes: Vec<String>,
    /// The token endpoint's whole answer.
    pub token_response: Secret,
    pub issued_at: Timestamp,
}

/// What came of a push: 200 proves nothing, a run does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// By this run.
    Proved(FoundRun),
    /// Written, and nothing has shown yet that it works.
    Unproved,
}

pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, PlatformFailure>> + Send + 'a>>;

/// One platform that is read over an API.
pub trait Platform: Send + Sync {
    fn abilities(&self) -> Abilities;
    /// All of it, page by page.
    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading>;
    /// Runs since then, also those that failed within a success.
    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>>;
    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState>;
    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()>;
    fn push_grant<'a>(&'a self, external_id: &'a str, grant: &'a PushedGrant) -> Asked<'a, Pushed>;
    /// Runs a failed run again, where the platform keeps what it needs for that.
    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()>;
}
