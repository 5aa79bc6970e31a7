//! An incident from the last good call to its report, and what can be paused meanwhile [D4, D5, D6].

use serde::Serialize;
use ts_rs::TS;

use super::{
    CauseView, LampView, Millis, PlatformFailureView, PlatformNameView, RepairWayView, ReplayLineView, RunView,
    SourceNameView, WorkflowStateView,
};

/// One incident in the list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IncidentRowView {
    pub id: String,
    pub source: SourceNameView,
    pub provider_tag: String,
    pub lamp: LampView,
    pub state: IncidentStateView,
    /// Null: nobody knows why.
    pub cause: Option<CauseView>,
    pub opened_at: Millis,
    pub mended_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub workflow_count: u32,
    pub customer_count: u32,
    pub failed_run_count: u32,
    pub validated_count: u32,
    /// The first run that fails if nobody acts; null once it is mended.
    pub next_failing_run_at: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStateView {
    /// It needs a person.
    Open,
    /// The connection works again; workflows wait to be looked at.
    Mended,
    Closed,
}

/// One incident with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IncidentView {
    pub row: IncidentRowView,
    /// Null: none is on record.
    pub last_good: Option<IncidentCallView>,
    pub first_bad: Option<IncidentCallView>,
    pub repaired: Option<IncidentCallView>,
    /// What mends it.
    pub way: RepairWayView,
    /// The last canary call since it was mended.
    pub canary: Option<CanaryView>,
    pub workflows: Vec<AffectedWorkflowView>,
    /// What else died with it, or stands beside it, and has to be mended too.
    pub others: Vec<SourceNameView>,
    /// What a person wrote on closing it.
    pub note: Option<String>,
    /// Why it cannot be closed yet; empty: it can.
    pub open_points: Vec<OpenPointView>,
}

/// A call on record.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IncidentCallView {
    pub at: Millis,
    pub by: IncidentCallKindView,
    /// Whose: a workflow's name, an endpoint's label; without secrets.
    pub words: Option<String>,
    pub http_status: Option<u16>,
    /// The provider's own code: `invalid_grant`.
    pub provider_code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IncidentCallKindView {
    TestCall,
    Refresh,
    SignIn,
    /// Of a token that a program took.
    TokenDoor,
    /// A workflow's run at its platform.
    PlatformRun,
    PlatformTest,
}

/// A call that shows whether it works, before anything is let loose on it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CanaryView {
    pub at: Millis,
    pub is_success: bool,
    pub latency_ms: Option<u32>,
    pub http_status: Option<u16>,
    pub cause: Option<CauseView>,
    /// Of a platform's own test.
    pub failure: Option<PlatformFailureView>,
}

/// A workflow that the incident stopped.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AffectedWorkflowView {
    pub id: String,
    pub name: String,
    pub platform: PlatformNameView,
    pub customer: Option<String>,
    pub owner: Option<String>,
    pub state: WorkflowStateView,
    pub next_run_at: Option<Millis>,
    /// Since it began, the newest first; at most ten.
    pub failed_runs: Vec<RunView>,
    pub failed_run_count: u32,
    pub can_be_paused: bool,
    pub has_page: bool,
    /// When a person found it running well.
    pub validated_at: Option<Millis>,
    /// A run since the repair has shown it.
    pub proved_by_run: Option<RunView>,
    /// It waits for another connection still.
    pub waits_for: Option<SourceNameView>,
    /// Null: nothing has to be run again.
    pub replay: Option<ReplayLineView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpenPointView {
    NotMended,
    CanaryMissing,
    NotValidated {
        count: u32,
    },
    /// They are resumed before it is closed, whatever else is open.
    StillPaused {
        count: u32,
        names: Vec<String>,
    },
}

/// What became of one workflow that was to be paused or resumed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PausedWorkflowView {
    pub id: String,
    pub name: String,
    pub outcome: PauseOutcomeView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PauseOutcomeView {
    Paused,
    Resumed,
    /// It runs again as it ran; a newer version is saved at its platform and does not run. Null: nobody says when.
    ResumedBeforeNewer {
        newer_saved_at: Option<Millis>,
    },
    /// It runs again as what is saved at its platform now, and not as it ran.
    ResumedAsSaved,
    /// Somebody else resumed it at its platform.
    RunsAlready,
    /// It was edited while it was paused, and its platform can start nothing but the edit.
    EditedSince,
    /// It was so already: left alone, and not resumed later.
    AsItWas,
    /// Its platform has no way to do that from here.
    NotOffered,
    /// It was asked, and did not answer: the next reading shows whether it was done.
    Unanswered {
        failure: PlatformFailureView,
    },
    Failed {
        failure: PlatformFailureView,
    },
}

/// What came of resuming: nothing is let loose on a connection that does not work.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ResumedView {
    Resumed {
        workflows: Vec<PausedWorkflowView>,
    },
    /// A canary call was refused: all stay paused.
    CanaryFailed {
        source: SourceNameView,
        canary: Box<CanaryView>,
        /// Of a platform's copy that no call can prove: null where one can.
        only_a_run_proves: Option<UnprovedCopyView>,
    },
}

/// A platform's copy that counts as dead until a run at the platform has worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct UnprovedCopyView {
    pub platform_name: String,
    /// What the platform said when it failed; null: nothing.
    pub words: Option<String>,
    pub since: Option<Millis>,
}

/// The one-page report, as it would be written.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IncidentReportView {
    pub markdown: String,
    /// Without a folder.
    pub file_name: String,
}
