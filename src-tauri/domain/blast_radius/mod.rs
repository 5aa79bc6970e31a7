//! What leans on what: platforms, their workflows and steps, and the connections of ours and of theirs that these use
//! [D1, D2].
//!
//! A *connection* is a grant that Patchbay owns; a *platform connection* is one that a platform owns and Patchbay only
//! mirrors. A step uses one or the other.

mod by_number;
pub mod horizon;
pub mod impact;
pub mod incident;
pub mod incident_order;
pub mod joining;
pub mod lacking_scope;
pub mod ownership;
pub mod platform_needs;
pub mod reading;
pub mod reading_time;
pub mod replay_advice;
pub mod resuming;
pub mod rhythm;
pub mod run_verdicts;
pub mod schedule;
#[cfg(test)]
mod test_values;
#[cfg(test)]
mod tests;
mod wiring;

use jiff::Timestamp;

pub use schedule::Schedule;
pub use wiring::{Apart, Known, Wiring};

use crate::connection::Environment;
use crate::{ConnectionId, PlatformConnectionId, PlatformId, ProviderId, WorkflowId};

/// One place where workflows live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub id: PlatformId,
    pub kind: PlatformKind,
    pub name: String,
    /// The address of its API, where it is read over one; never with a key in it.
    pub address: Option<String>,
    /// Within it, where one key sees several: a team, an organisation, a project.
    pub space: Option<String>,
    /// The customer whose platform it is; what it holds belongs to them unless it says otherwise.
    pub customer: Option<String>,
    pub added_at: Timestamp,
    /// The last time all of it was read.
    pub read_at: Option<Timestamp>,
    /// The last time it was asked over its API, however that ended.
    pub asked_at: Option<Timestamp>,
    /// Why the last reading failed, if it did: what was read before is kept, and is old.
    pub failed: Option<ReadFailure>,
    /// It is read again by itself, where it has an API; a person's switch.
    pub reads_itself: bool,
}

/// A reading that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFailure {
    pub at: Timestamp,
    /// For a person; without secrets.
    pub words: String,
    /// How many failed one after another, with this one.
    pub streak: u32,
    /// It asked to be left alone until then.
    pub wait_until: Option<Timestamp>,
    /// Time does not cure it: the key is refused, or lacks a right.
    pub needs_person: bool,
}

/// Whose software it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlatformKind {
    N8n,
    Make,
    Zapier,
    Activepieces,
    NodeRed,
    PowerAutomate,
    Airtable,
    /// Configurations of MCP clients.
    McpClient,
    /// Programs that take tokens from Patchbay or ask it before they run [F1, F2].
    Programs,
    ByHand,
}

impl PlatformKind {
    pub const ALL: [Self; 10] = [
        Self::N8n,
        Self::Make,
        Self::Zapier,
        Self::Activepieces,
        Self::NodeRed,
        Self::PowerAutomate,
        Self::Airtable,
        Self::McpClient,
        Self::Programs,
        Self::ByHand,
    ];

    /// As the database, the command line and the bindings write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::N8n => "n8n",
            Self::Make => "make",
            Self::Zapier => "zapier",
            Self::Activepieces => "activepieces",
            Self::NodeRed => "node_red",
            Self::PowerAutomate => "power_automate",
            Self::Airtable => "airtable",
            Self::McpClient => "mcp_client",
            Self::Programs => "programs",
            Self::ByHand => "by_hand",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How a thing came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Api,
    /// An export or a configuration file.
    File,
    ByHand,
    /// It took a token or asked before it ran, and so entered by itself [F1, F2].
    TokenDoor,
}

impl Source {
    pub const ALL: [Self; 4] = [Self::Api, Self::File, Self::ByHand, Self::TokenDoor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::File => "file",
            Self::ByHand => "by_hand",
            Self::TokenDoor => "token_door",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How a thing came to be known, and when it was last seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    pub source: Source,
    pub seen_at: Timestamp,
    /// Since when a reading of all of its platform did not find it.
    pub gone_at: Option<Timestamp>,
}

/// A connection that a platform owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformConnection {
    pub id: PlatformConnectionId,
    pub platform: PlatformId,
    /// The platform's own id.
    pub external_id: String,
    pub name: String,
    /// The platform's word for its kind: `googleDriveOAuth2Api`, `google`, `slack`.
    pub kind: String,
    pub provider: Option<ProviderId>,
    /// What the platform shows of the account: an e-mail address, a name.
    pub account: Option<String>,
    pub owner: Option<String>,
    pub state: PlatformConnectionState,
    /// Its page at the platform.
    pub page: Option<String>,
    pub provenance: Provenance,
    pub joined: Option<Join>,
}

/// What is known of whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformConnectionState {
    /// Nobody asked, or the platform's answer proves nothing.
    Unknown,
    /// Proved by a run or by a test that means it.
    Works { at: Timestamp },
    /// Runs or a test fail for it.
    Dead { since: Timestamp, words: String },
    /// Made, and never signed in.
    NeverConnected,
    /// Steps use it, and the platform has none of that id.
    Missing,
}

/// The connection of ours that stands for the same account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// `None`: a person said that none is.
    pub connection: Option<ConnectionId>,
    /// 0 to 100; 100 where a person said so.
    pub percent: u8,
    pub is_confirmed: bool,
}

/// A scenario, Zap, flow, automation or program: what its platform runs as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    pub id: WorkflowId,
    pub platform: PlatformId,
    /// The platform's own id.
    pub external_id: String,
    pub name: String,
    pub is_active: bool,
    pub customer: Option<String>,
    /// The platform's folder, project or tag.
    pub project: Option<String>,
    pub owner: Option<String>,
    pub environment: Option<Environment>,
    /// As a person said.
    pub importance: Option<Importance>,
    pub schedule: Schedule,
    /// Measured or stated.
    pub runs_per_day: Option<f64>,
    pub last_run: Option<Run>,
    /// When it last ran well, whatever it did since.
    pub last_good_at: Option<Timestamp>,
    /// Patchbay paused it, at that time, and resumes it [D6].
    pub paused_at: Option<Timestamp>,
    /// Its page at the platform.
    pub page: Option<String>,
    pub provenance: Provenance,
}

/// How much it matters when a workflow does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Importance {
    Critical,
    Normal,
    Minor,
}

impl Importance {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Normal => "normal",
            Self::Minor => "minor",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Critical, Self::Normal, Self::Minor].into_iter().find(|it| it.as_str() == text)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub external_id: String,
    pub at: Timestamp,
    pub outcome: RunOutcome,
    /// The step at which it failed, by its external id.
    pub failed_step: Option<String>,
    /// The connection of the platform's that failed, by its external id.
    pub failed_connection: Option<String>,
    /// What the platform said; without secrets.
    pub words: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    Succeeded,
    /// It went on after a step had failed, and is called a success by its platform.
    FailedInside,
    Failed,
    /// Kept by the platform to be completed later.
    Incomplete,
    Running,
}

/// One step of a workflow that uses a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub workflow: WorkflowId,
    /// The platform's own id of it within the workflow.
    pub external_id: String,
    pub name: String,
    /// The platform's word for what it does: `n8n-nodes-base.googleSheets`.
    pub kind: String,
    /// Where it stands in the workflow, from 0.
    pub place: u32,
    pub uses: Uses,
    pub version: StepVersion,
    pub is_enabled: bool,
    pub access: Access,
    pub goes_on_after_error: bool,
    /// Scopes that it needs, as a person said; none: nobody has said.
    pub scopes: Vec<String>,
}

/// Ours, or the platform's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Uses {
    Connection(ConnectionId),
    PlatformConnection(PlatformConnectionId),
}

/// What is edited and what runs may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepVersion {
    Draft,
    Live,
    Both,
}

/// What a failure at this step leaves behind [D5].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Reads,
    Writes,
    Unknown,
}
