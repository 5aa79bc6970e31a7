//! Where workflows live: each platform is one file or folder, and says what it can and cannot do [D2, D6].
//!
//! Bytes and answers in, [`PlatformReading`] out; nothing here touches the database or the keychain. Words of a platform
//! (scenario, Zap, flow) appear in its own file alone.

pub mod activepieces;
mod address;
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
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use domain::Secret;
use domain::blast_radius::reading::{FoundRun, PlatformReading};
use domain::blast_radius::{PlatformConnectionState, PlatformKind};
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Notify;

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
    #[error("{platform} asks to wait until {}", until.strftime("%Y-%m-%d %H:%M:%S UTC"))]
    RateLimited { platform: String, until: Timestamp },
    #[error("{platform} answered {status}: {words}")]
    Refused { platform: String, status: u16, words: String },
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    /// Before anything was asked: no key goes there.
    #[error("the address cannot be used: {0}")]
    AddressRefused(String),
    #[error("{file} is a file of {}, not of {}", files::title(*found), files::title(*wanted))]
    OtherKind { file: String, found: PlatformKind, wanted: PlatformKind },
    /// Of a list by hand, of which nothing is taken; `named` are the first of them, each with its place.
    #[error("{file} has {count} {} that cannot be read: {}", if *count == 1 { "line" } else { "lines" }, named.join("; "))]
    BadLines { file: String, named: Vec<String>, count: u32 },
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
    fate: AtomicU8,
    told: Notify,
}

/// What a reading may come to; who says it first is right.
const OPEN: u8 = 0;
const CANCELLED: u8 = 1;
const KEPT: u8 = 2;
const WRITTEN: u8 = 3;

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

    /// Nothing of it is kept; false where it is too late for that.
    pub fn cancel(&self) -> bool {
        let is_cancelled = self.decide(CANCELLED);
        if is_cancelled {
            self.told.notify_waiters();
        }
        is_cancelled
    }

    /// All of it is kept from here on; false where it was cancelled before.
    pub fn keep(&self) -> bool {
        self.decide(KEPT)
    }

    /// What was kept is on the disk.
    pub fn note_written(&self) {
        self.fate.store(WRITTEN, Ordering::Release);
    }

    pub fn is_written(&self) -> bool {
        self.fate.load(Ordering::Acquire) == WRITTEN
    }

    /// Returns once it was cancelled.
    pub async fn until_cancelled(&self) {
        loop {
            let told = self.told.notified();
            if self.is_cancelled() {
                return;
            }
            told.await;
        }
    }

    pub fn is_cancelled(&self) -> bool {
        self.fate.load(Ordering::Acquire) == CANCELLED
    }

    fn decide(&self, fate: u8) -> bool {
        let before = self.fate.compare_exchange(OPEN, fate, Ordering::AcqRel, Ordering::Acquire);
        before.map_or_else(|decided| decided == fate, |_| true)
    }

    /// # Errors
    /// [`PlatformFailure::Cancelled`] once it was.
    pub fn check(&self) -> Result<(), PlatformFailure> {
        if self.is_cancelled() { Err(PlatformFailure::Cancelled) } else { Ok(()) }
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

/// How a workflow stands at its platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub is_active: bool,
    /// Which version runs, where the platform keeps others beside it.
    pub version: Option<String>,
    /// The only version that can be switched on, where the platform starts none but the one that is saved.
    pub only: Option<String>,
}

/// What runs of a workflow that was switched on, as far as its platform says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// Which version.
    pub version: Option<String>,
    /// A newer one that is saved there and does not run. Whether somebody had published it, or only drafted it, nobody
    /// tells once it is off.
    pub newer: Option<String>,
}

pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, PlatformFailure>> + Send + 'a>>;

/// One platform that is read over an API.
pub trait Platform: Send + Sync {
    fn abilities(&self) -> Abilities;
    /// All of it, page by page.
    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading>;
    /// Runs since then, also those that failed within a success.
    fn runs_since(&self, since: Timestamp) -> Asked<'_, Vec<FoundRun>>;
    /// Successes among them with what their own data show of the connections that they used. A platform whose runs do not
    /// tell shows none.
    fn look_into<'a>(&'a self, _runs: &'a [FoundRun]) -> Asked<'a, Vec<FoundRun>> {
        Box::pin(async { Ok(vec![]) })
    }
    fn test_connection<'a>(&'a self, external_id: &'a str) -> Asked<'a, PlatformConnectionState>;
    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()>;
    /// How a workflow stands just now. `None`: the platform is not asked, and what was last read counts.
    fn standing<'a>(&'a self, _workflow: &'a str) -> Asked<'a, Option<Standing>> {
        Box::pin(async { Ok(None) })
    }
    /// Whether it still keeps that version of a workflow: one that neither runs nor was saved last may be cleared away.
    fn keeps_version<'a>(&'a self, _workflow: &'a str, _version: &'a str) -> Asked<'a, bool> {
        Box::pin(async { Ok(true) })
    }
    /// Switches it on as it ran: that version, whatever was saved meanwhile. Answers what runs then.
    fn resume_as<'a>(&'a self, workflow: &'a str, _version: Option<&'a str>) -> Asked<'a, Started> {
        Box::pin(async move { self.set_active(workflow, true).await.map(|()| Started::default()) })
    }
    /// When a version of a workflow was saved; `None`: the platform does not say.
    fn saved_at<'a>(&'a self, _workflow: &'a str, _version: &'a str) -> Asked<'a, Option<Timestamp>> {
        Box::pin(async { Ok(None) })
    }
    fn push_grant<'a>(&'a self, external_id: &'a str, grant: &'a PushedGrant) -> Asked<'a, Pushed>;
    /// Runs a failed run again, where the platform keeps what it needs for that.
    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D2: either all of a reading is kept or it is cancelled, whoever comes first; both are said truthfully.
    #[tokio::test]
    async fn who_decides_a_readings_fate_first_is_right() {
        let cancelled = Arc::new(Progress::default());
        let waiting = tokio::spawn({
            let progress = Arc::clone(&cancelled);
            async move { progress.until_cancelled().await }
        });
        tokio::task::yield_now().await;
        assert!(cancelled.check().is_ok() && !cancelled.is_cancelled());

        assert!(cancelled.cancel());
        waiting.await.unwrap();
        cancelled.until_cancelled().await;
        assert!(!cancelled.keep(), "it is too late to keep it");
        assert!(cancelled.cancel(), "who cancels twice has cancelled");
        assert!(matches!(cancelled.check(), Err(PlatformFailure::Cancelled)));

        let kept = Progress::default();
        assert!(kept.keep() && !kept.is_written());
        assert!(!kept.cancel(), "it is too late to cancel it");
        kept.note_written();
        assert!(kept.is_written() && !kept.cancel());
        assert!(kept.check().is_ok());
    }
}
