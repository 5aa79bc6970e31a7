//! The ladder of live probes on one connection: its rungs in order, what each showed, what stopped it, and what
//! follows [C3].
//!
//! It stops at the first rung that fails: what stands above rests on what stands below. Sentences are made here, so
//! that the window and the command line say the same; nothing in them is secret.

mod api;
mod credential;
mod ground;
mod next_step;
mod ruled_out;
mod subject;
mod verdict;

use std::time::Duration;

use jiff::Timestamp;

pub use api::{
    CheckSeen, IdentitySeen, ResourceSeen, ScopeStanding, ScopesSeen, identity, missing_scopes, resource, scope_diff,
    scopes,
};
pub use credential::{CredentialSeen, EndpointSeen, credential, token_endpoint};
pub use ground::{ClockSeen, KeychainSeen, NewerSeen, OurTokenSeen, ReachOutcome, ReachSeen, clock, our_token, reach};
pub use next_step::letter_to_admin;
pub use ruled_out::{LiveLimitSeen, RuledOutFacts, SiblingSeen};
pub use subject::{Finding, Subject, not_run};
pub use verdict::{Stop, verdict};

use super::{CauseLabel, Diagnosis};
use crate::ClientId;

/// A layer that is tried, from the ground up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// The provider's host is found, reached and trusted.
    Reach,
    /// Our clock against the server's.
    Clock,
    /// What is stored: versions, ages, the keychain.
    OurToken,
    /// The token endpoint knows the client.
    TokenEndpoint,
    /// A usable access token can be had.
    Credential,
    /// The right account in the right workspace answers.
    Identity,
    /// What was asked for is granted, and works.
    Scopes,
    /// One object of the API.
    Resource,
}

impl Rung {
    /// What holds where it is passed: the same words wherever it is named.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reach => "Provider reachable",
            Self::Clock => "Clocks agree",
            Self::OurToken => "Stored token whole",
            Self::TokenEndpoint => "Client known",
            Self::Credential => "Credential obtainable",
            Self::Identity => "Identity and tenant right",
            Self::Scopes => "Scopes right",
            Self::Resource => "Resource reachable",
        }
    }

    pub const ALL: [Self; 8] = [
        Self::Reach,
        Self::Clock,
        Self::OurToken,
        Self::TokenEndpoint,
        Self::Credential,
        Self::Identity,
        Self::Scopes,
        Self::Resource,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Clock => "clock",
            Self::OurToken => "our_token",
            Self::TokenEndpoint => "token_endpoint",
            Self::Credential => "credential",
            Self::Identity => "identity",
            Self::Scopes => "scopes",
            Self::Resource => "resource",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How a rung ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RungState {
    Passed,
    /// What it stands for does not hold: nothing above it is tried.
    Failed,
    /// Nothing had to be asked: what is known already says it, or nobody wanted it.
    NotNeeded,
    /// A rung below failed.
    NotRun,
}

impl RungState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotNeeded => "not_needed",
            Self::NotRun => "not_run",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Passed, Self::Failed, Self::NotNeeded, Self::NotRun].into_iter().find(|it| it.as_str() == text)
    }
}

/// What one rung showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RungResult {
    pub rung: Rung,
    pub state: RungState,
    /// `None`: nothing was asked.
    pub took: Option<Duration>,
    /// One or two plain sentences.
    pub says: String,
    pub proof: Vec<ProofLine>,
}

/// One request and its answer, as far as they may be shown: names and fingerprints of what was sent, never values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofLine {
    /// Method, host and path: `POST oauth2.googleapis.com/token`.
    pub request: String,
    /// What was sent, each with its fingerprint or a harmless value: `refresh_token`, `71d0e5b2c9`.
    pub sent: Vec<(String, String)>,
    /// `None`: no HTTP answer.
    pub status: Option<u16>,
    /// The provider's error code.
    pub code: Option<String>,
    /// What it said, or why there is no answer; cut and cleaned.
    pub words: Option<String>,
}

/// A look-alike that it is not, and what shows that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    pub cause: CauseLabel,
    pub by: String,
}

/// Something that was seen at a moment: "refresh, 400 `invalid_grant`".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAt {
    pub at: Timestamp,
    pub what: String,
}

/// What the whole ladder says.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderVerdict {
    pub diagnosis: Diagnosis,
    pub ruled_out: Vec<RuledOut>,
    /// What no probe can tell, and whether it matters.
    pub still_open: Option<String>,
    /// The last that worked before it failed.
    pub last_good: Option<SeenAt>,
    /// The first that failed since.
    pub first_bad: Option<SeenAt>,
    pub next: NextStep,
}

/// A ladder that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct LadderReport {
    pub at: Timestamp,
    /// Every rung, in the order of [`Rung::ALL`].
    pub rungs: Vec<RungResult>,
    pub verdict: LadderVerdict,
}

impl LadderReport {
    /// The rung that stopped it.
    pub fn failed_rung(&self) -> Option<&RungResult> {
        self.rungs.iter().find(|it| it.state == RungState::Failed)
    }

    /// How long all of it took.
    pub fn took(&self) -> Duration {
        self.rungs.iter().filter_map(|it| it.took).sum()
    }
}

/// The one button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// The same account, the same scopes.
    Reconnect,
    /// What is granted, and these.
    ReconnectWithScopes {
        missing: Vec<String>,
    },
    ReconnectOtherAccount,
    RefreshNow,
    RunTestCall,
    OpenProviderPage(StepPage),
    /// The page that the provider itself named: [`Diagnosis::mending_page`].
    OpenMendingPage,
    /// Check this client's set-up.
    CheckClient(ClientId),
    /// The system's own settings of date and time.
    OpenClock,
    /// `None`: nobody said how long.
    WaitUntil(Option<Timestamp>),
    /// `text` is to be copied and sent.
    AskAdmin {
        text: String,
    },
    ShareResource {
        steps: Vec<String>,
    },
    ReportToVendor,
    Nothing,
}

/// A page of the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepPage {
    Console,
    RevokeAccess,
    Status,
}

impl StepPage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::RevokeAccess => "revoke_access",
            Self::Status => "status",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Console, Self::RevokeAccess, Self::Status].into_iter().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests;
