//! Where workflows live, and what was read there [D2, A3].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Millis;

/// One place where workflows live, with what its last reading brought.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlatformView {
    pub id: String,
    pub kind: PlatformKindView,
    pub name: String,
    /// Where its API listens, or the file it was read from; never with a key in it.
    pub address: Option<String>,
    /// Within it: a team, an organisation, a project.
    pub space: Option<String>,
    pub customer: Option<String>,
    pub way: SeenByView,
    pub abilities: AbilitiesView,
    pub added_at: Millis,
    /// The last time all of it was read. Null: never.
    pub read_at: Option<Millis>,
    /// Why the last reading failed; what was read before is kept, and is old.
    pub failed: Option<ReadFailureView>,
    /// The last reading is older than twice its usual interval, or failed.
    pub is_stale: bool,
    /// It is read again by itself; a person's switch. Only where it can be asked at all.
    pub reads_itself: bool,
    /// When. Null: not by itself, as things stand.
    pub next_reading_at: Option<Millis>,
    /// What its last reading changed. Null: there was none.
    pub changes: Option<ReadingChangesView>,
    /// What a person should know of the last reading.
    pub notes: Vec<ReadingNoteView>,
    pub workflow_count: u32,
    pub active_count: u32,
    pub connection_count: u32,
    pub dead_count: u32,
    /// Connections of it that nobody has joined to one of ours, or said that there is none.
    pub unjoined_count: u32,
    /// A reading is under way.
    pub reading: Option<ReadingProgressView>,
}

/// Whose software it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKindView {
    N8n,
    Make,
    Zapier,
    Activepieces,
    NodeRed,
    PowerAutomate,
    Airtable,
    McpClient,
    /// Programs that take tokens from Patchbay or ask it before they run [F1, F2].
    Programs,
    ByHand,
}

/// How a thing came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SeenByView {
    Api,
    File,
    ByHand,
    TokenDoor,
}

/// How a thing came to be known, and when it was last seen there.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SeenView {
    pub by: SeenByView,
    pub at: Millis,
    /// Since when a reading of all of its platform did not find it.
    pub gone_at: Option<Millis>,
}

/// What the platform can be asked; what it cannot, the window does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct AbilitiesView {
    /// It can be read again without a person.
    pub reads: bool,
    pub lists_runs: bool,
    /// Null: it has no test of a connection.
    pub tests_connections: Option<TestWorthView>,
    pub pauses: bool,
    pub takes_grants: bool,
    pub repeats_runs: bool,
}

/// What its "OK" is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TestWorthView {
    Proves,
    OnlySaysWhetherConnected,
}

/// A reading that did not come to its end.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReadFailureView {
    pub at: Millis,
    /// For a person; without secrets.
    pub words: String,
}

/// Why a platform could not be read, or did not do what was asked.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlatformFailureView {
    Unreachable {
        platform: String,
        words: String,
    },
    KeyRefused {
        platform: String,
    },
    RightMissing {
        platform: String,
        what: String,
        right: String,
    },
    RateLimited {
        platform: String,
        until: Millis,
    },
    Refused {
        platform: String,
        status: u16,
        words: String,
    },
    Unreadable {
        platform: String,
        words: String,
    },
    /// This version of it, or this platform at all, cannot do that.
    Unsupported {
        platform: String,
    },
    Cancelled,
}

/// What a person should know of a reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReadingNoteView {
    /// Modules nobody knows: kept under their own names, and counted.
    UnknownModules {
        name: String,
        count: u32,
    },
    /// More kinds than are named, and how many modules these are.
    FurtherModules {
        kinds: u32,
        count: u32,
    },
    MissingRight {
        right: String,
        without_it: String,
    },
    Skipped {
        count: u32,
        first: String,
    },
    UnknownVersion {
        version: String,
    },
    DuplicateId {
        id: String,
    },
    FurtherDuplicates {
        count: u32,
    },
    /// Workflows that start each other.
    Cycle {
        names: Vec<String>,
    },
    FurtherCycles {
        count: u32,
    },
}

/// What a reading changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReadingChangesView {
    pub added: u32,
    pub changed: u32,
    pub same: u32,
    /// Names of workflows and platform connections that are gone.
    pub gone: Vec<String>,
}

/// How far a reading has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReadingProgressView {
    /// Workflows read.
    pub read: u32,
    /// Of how many. Null: not known yet.
    pub all: Option<u32>,
}

/// A reading has come further, or has ended.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlatformReadingView {
    /// The platform's, or what the window called an import.
    pub id: String,
    pub read: u32,
    /// Null: not known yet.
    pub all: Option<u32>,
    pub state: ReadingStateView,
    /// As many as were found so far.
    pub notes: Vec<ReadingNoteView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReadingStateView {
    Reading,
    /// All was read, and is being written down in one piece.
    Writing,
    Done,
    Failed,
    Cancelled,
}

/// What came of a reading or an import.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReadingOutcomeView {
    Read {
        platform: Box<PlatformView>,
    },
    /// Everything is as it was before.
    Failed {
        failure: PlatformFailureView,
    },
    /// Nobody said which list it is, and what the one of its kind holds would be gone; everything is as it was before.
    WouldReplace {
        platform: String,
        name: String,
        gone: Vec<String>,
    },
}

/// What a person filled in to add a platform.
#[derive(Deserialize, TS)]
pub struct NewPlatformForm {
    pub kind: PlatformKindView,
    /// Null: as it calls itself.
    pub name: Option<String>,
    /// n8n, Activepieces and Node-RED: where it listens. Make: its zone ("eu1.make.com"). MCP client: the path of its
    /// configuration. Null: there is only one.
    pub address: Option<String>,
    /// Make: the team's number. Activepieces: the project. Null: all that the key sees.
    pub space: Option<String>,
    pub customer: Option<String>,
    /// Crosses once, towards the keychain; never comes back.
    pub key: Option<String>,
}
