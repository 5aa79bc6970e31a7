//! The reconnect queue: what needs a sign-in in the order of damage, what each turn came to, and the record [E3].

use serde::Serialize;
use ts_rs::TS;

use super::{CauseLabel, Millis};
use crate::command_error::CommandError;

/// The queue as it is just now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReconnectQueueView {
    pub course: QueueCourseView,
    /// Null: none was begun, and `turns` are what one would hold.
    pub pass: Option<String>,
    pub began_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    /// In the order in which they are opened.
    pub turns: Vec<QueueTurnView>,
    pub sum: QueueSumView,
    /// What stands still until those that are left are back.
    pub damage: QueueDamageView,
    /// Connections that need a sign-in beside a pass that has ended.
    pub needing_count: u32,
    /// Of the turn that is open.
    pub sign_in: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum QueueCourseView {
    Idle,
    Running,
    Paused {
        why: QueuePauseView,
    },
    /// The program ended in the middle of it.
    LeftBehind,
    /// Another program of this board runs it.
    Elsewhere,
    Ended,
}

/// Why no further tab is opened.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum QueuePauseView {
    Asked,
    /// A sign-in was open until its time was over.
    NobodySignedIn,
    /// What would be in the way of each that follows.
    Ours {
        error: CommandError,
    },
}

/// One connection's place in it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct QueueTurnView {
    /// The connection's.
    pub id: String,
    pub name: String,
    pub provider_name: String,
    /// Two letters; empty where the connection is gone.
    pub provider_tag: String,
    pub account: Option<String>,
    pub customer: Option<String>,
    /// Why it needs a sign-in, where that is known.
    pub cause: Option<CauseLabel>,
    /// Workflows that stand still without it, and whose they are.
    pub workflow_count: u32,
    pub customers: Vec<String>,
    pub first_run_at: Option<Millis>,
    pub state: TurnStateView,
    /// When it came to that, where it is over.
    pub settled_at: Option<Millis>,
    /// Who signed in instead, where that is why it failed.
    pub other_account: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TurnStateView {
    Waiting,
    /// Its sign-in is open in the browser.
    Open {
        since: Millis,
    },
    Reconnected {
        #[ts(type = "number")]
        took_ms: u64,
    },
    /// It came back without the queue.
    CameBack,
    Skipped,
    HandedOver,
    /// Its sign-in came to nothing; it may be opened again.
    Failed {
        why: TurnFailureView,
    },
    /// Disconnected or removed meanwhile.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TurnFailureView {
    Cause { cause: CauseLabel },
    Cancelled,
    NobodySignedIn,
    NotBegun,
}

/// What a pass came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct QueueSumView {
    pub total: u32,
    pub mended: u32,
    pub skipped: u32,
    pub handed_over: u32,
    pub failed: u32,
    pub gone: u32,
    pub left: u32,
}

/// Each workflow and customer counted once.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct QueueDamageView {
    pub workflow_count: u32,
    pub customer_count: u32,
    /// The first run that fails.
    pub first_run_at: Option<Millis>,
}

/// A pass there was.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PassRowView {
    pub id: String,
    pub began_at: Millis,
    /// Null: it is under way, or was left in the middle.
    pub ended_at: Option<Millis>,
    pub sum: QueueSumView,
}

/// A text to send to somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HandingOverNoteView {
    pub text: String,
    /// Without a folder.
    pub file_name: String,
}

/// What a record is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordFile {
    Markdown,
    Csv,
}
