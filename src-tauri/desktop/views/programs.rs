//! Programs that ask at the door, what was learned of them, and runs that wait [D1, F2, F3].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Millis, ScheduleView};

/// All that is known of programs.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProgramsView {
    /// Nobody has answered these yet; the oldest first.
    pub questions: Vec<ProgramView>,
    /// So many more programs asked and found no room among the questions.
    pub turned_away: u32,
    /// By program.
    pub answered: Vec<ProgramView>,
    pub learned: Vec<LearnedProgramView>,
    /// The longest wait first.
    pub blocked: Vec<BlockedRunView>,
    pub unasked: UnaskedView,
}

/// One program and one connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProgramView {
    pub id: String,
    pub name: String,
    pub connection: String,
    pub connection_name: String,
    pub file: ProgramFileView,
    pub script: Option<ProgramFileView>,
    pub started_by: Option<String>,
    /// Something was said of what stood in its place before.
    pub is_replaced: bool,
    /// Of an interpreter whose script is not known: the language of all the programs that it stands for.
    pub stands_for: Option<String>,
    pub permission: PermissionView,
    pub asked_at: Millis,
    pub said_at: Option<Millis>,
    /// To the minute.
    pub token_at: Option<Millis>,
}

/// A file, and what tells its content from another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProgramFileView {
    pub path: String,
    /// Of SHA-256; null where it could not be read.
    pub fingerprint: Option<String>,
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[serde(tag = "may", rename_all = "snake_case")]
pub enum PermissionView {
    Asked,
    Once,
    Always,
    Until {
        at: Millis,
    },
    /// Its time is over: it is asked about again.
    RunOut {
        at: Millis,
    },
    Never,
}

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProgramAnswer {
    Once,
    Always,
    /// For seven days.
    Week,
    Never,
}

/// What is done with programs that nobody was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnaskedView {
    Refuse,
    Allow,
}

/// A program that was seen to use connections.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LearnedProgramView {
    /// By which it is known.
    pub path: String,
    pub name: String,
    /// The platform's workflow that a person said it is, as "Nightly export in n8n".
    pub merged_with: Option<String>,
    pub schedule: ScheduleView,
    pub next_run_at: Option<Millis>,
    pub first_at: Millis,
    pub last_at: Millis,
    pub uses: Vec<LearnedUseView>,
}

/// A connection that it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LearnedUseView {
    pub connection: String,
    pub connection_name: String,
    /// How often it was seen.
    pub count: u32,
}

/// A run that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct BlockedRunView {
    pub number: u32,
    pub name: String,
    /// Null: a person waits at a terminal.
    pub path: Option<String>,
    pub since: Millis,
    pub needs: Vec<BlockedNeedView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BlockedNeedView {
    pub connection: String,
    pub connection_name: String,
}
