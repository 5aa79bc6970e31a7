//! The ladder of probes: its rungs as they end, the verdict, and the one button [C3, C4].

use serde::Serialize;
use ts_rs::TS;

use super::{CauseLabel, CauseView, Millis, ProviderPage};

/// A ladder that was run.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LadderView {
    pub connection_id: String,
    pub at: Millis,
    /// Without the rungs that asked nothing.
    pub took_ms: u32,
    /// All of them, from the ground up.
    pub rungs: Vec<RungView>,
    pub cause: CauseView,
    pub ruled_out: Vec<RuledOutView>,
    /// What no probe can tell, and whether it matters.
    pub still_open: Option<String>,
    pub last_good: Option<SeenAtView>,
    pub first_bad: Option<SeenAtView>,
    pub next: NextStepView,
}

/// One layer that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RungNameView {
    Reach,
    Clock,
    OurToken,
    TokenEndpoint,
    Credential,
    Identity,
    Scopes,
    Resource,
}

/// How a rung ended, or that it is being tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RungStateView {
    Running,
    Passed,
    Failed,
    /// Nothing had to be asked.
    NotNeeded,
    /// A rung below failed.
    NotRun,
}

/// What one rung showed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RungView {
    pub rung: RungNameView,
    pub state: RungStateView,
    /// Null: nothing was asked.
    pub took_ms: Option<u32>,
    /// One or two sentences; empty while it is running.
    pub says: String,
    pub proof: Vec<ProofLineView>,
}

/// One request and its answer, redacted: names and fingerprints, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProofLineView {
    /// `POST oauth2.googleapis.com/token`.
    pub request: String,
    /// `refresh_token` with its fingerprint, and the like.
    pub sent: Vec<SentView>,
    /// Null: no HTTP answer.
    pub status: Option<u16>,
    /// The provider's error code.
    pub code: Option<String>,
    /// What it said, or why there is no answer.
    pub words: Option<String>,
}

/// Something that was sent, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SentView {
    pub name: String,
    pub shown: String,
}

/// A rung of a running ladder has begun or ended.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RungChangedView {
    pub connection_id: String,
    /// As the window numbered it.
    pub run: u32,
    pub rung: RungView,
}

/// A look-alike that it is not, and what shows that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RuledOutView {
    pub cause: CauseLabel,
    pub by: String,
}

/// Something that was seen at a moment: "refresh, 400 `invalid_grant`".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SeenAtView {
    pub at: Millis,
    pub what: String,
}

/// The one button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum NextStepView {
    Reconnect,
    /// What is granted, and these.
    ReconnectWithScopes {
        missing: Vec<String>,
    },
    ReconnectOtherAccount,
    RefreshNow,
    RunTestCall,
    OpenProviderPage {
        provider: String,
        page: ProviderPage,
    },
    /// The page that the provider itself named. `shown` is its host and path.
    OpenMendingPage {
        shown: String,
    },
    CheckClient {
        client: String,
    },
    OpenClock,
    /// Null: nobody said how long.
    WaitUntil {
        at: Option<Millis>,
    },
    /// A text to copy and send.
    AskAdmin {
        text: String,
    },
    ShareResource {
        steps: Vec<String>,
    },
    ReportToVendor,
    Nothing,
}
