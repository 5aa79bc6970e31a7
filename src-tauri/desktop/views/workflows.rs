//! Workflows and their steps: what starts them, what they need, and what to run again [D1, D5].

use serde::Serialize;
use ts_rs::TS;

use super::{EnvironmentView, LampView, Millis, PlatformNameView, SeenView, SourceNameView, TwoVerdictsView};

/// A workflow.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct WorkflowNodeView {
    pub id: String,
    pub name: String,
    pub platform: PlatformNameView,
    pub customer: Option<String>,
    /// The platform's folder, project or tag.
    pub project: Option<String>,
    pub owner: Option<String>,
    pub environment: Option<EnvironmentView>,
    pub state: WorkflowStateView,
    pub schedule: ScheduleView,
    /// Null: not scheduled, or not known.
    pub next_run_at: Option<Millis>,
    pub runs_per_day: Option<f64>,
    pub last_run: Option<RunView>,
    /// Dead connections that it waits for.
    pub waits_for: Vec<String>,
    /// It stops because it starts, or is started by, one that stops: that one's name.
    pub carried_by: Option<String>,
    pub can_be_paused: bool,
    pub has_page: bool,
    pub seen: SeenView,
}

/// What a workflow does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WorkflowStateView {
    Stopped,
    /// It would stop if what is simulated came true.
    WouldStop,
    /// What it needs ends then.
    AtRisk {
        at: Millis,
    },
    LacksScope,
    Running,
    /// Switched off at its platform.
    Inactive,
    /// Paused from here.
    Paused {
        since: Millis,
    },
}

/// What starts it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScheduleView {
    Unknown,
    OnDemand,
    OnEvent,
    Every {
        seconds: u32,
    },
    Cron {
        expression: String,
        time_zone: Option<String>,
    },
    NextAt {
        at: Millis,
    },
    /// About so often, as it was seen; and how much of the time it held.
    Learned {
        seconds: u32,
        percent: u8,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RunView {
    pub id: String,
    pub at: Millis,
    pub outcome: RunOutcomeView,
    pub failed_step: Option<String>,
    /// What the platform said; without secrets.
    pub words: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcomeView {
    Succeeded,
    /// Called a success by its platform, though a step had failed.
    FailedInside,
    Failed,
    /// Kept by the platform to be completed later.
    Incomplete,
    Running,
}

/// What to run again [D5].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReplayView {
    /// Since when runs may have failed. Null: nothing is dead.
    pub since: Option<Millis>,
    /// From when on runs fail.
    pub first_run_at: Option<Millis>,
    pub lines: Vec<ReplayLineView>,
}

/// What to run again of one workflow, and how far back.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReplayLineView {
    pub workflow_id: String,
    pub workflow: String,
    pub point: FailurePointView,
    pub failed_count: u32,
    /// Scheduled runs of which none is known.
    pub missed_count: u32,
    /// Of these, how many fell due while the workflow was paused from here: they never began.
    pub missed_while_paused_count: u32,
    /// They never began. Else they fell due, and whether they began is not visible.
    pub is_missed_certain: bool,
    /// The smallest window that holds all of it.
    pub from: Millis,
    pub until: Option<Millis>,
    /// The step to go on from, where earlier ones have done their work.
    pub from_step: Option<String>,
    /// The platform keeps what it needs to run them again.
    pub can_repeat: bool,
}

/// Where it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailurePointView {
    BeforeFirstRead,
    MidRunAfterWrites,
    AfterWritingBeforeConfirmation,
    NotKnown,
}

/// One node with all that hangs on it, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RadiusNodeView {
    pub id: String,
    /// Of a workflow: what it needs. Of a connection: what uses it; of one of ours also what uses its copies.
    pub uses: Vec<UseView>,
    /// Our connection's copies on other platforms, or the own connection beside a copy.
    pub verdicts: Vec<NodeVerdictView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NodeVerdictView {
    pub id: String,
    pub name: String,
    pub verdict: TwoVerdictsView,
}

/// One step that uses one connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UseView {
    pub workflow_id: String,
    pub workflow: String,
    pub workflow_state: WorkflowStateView,
    pub platform: PlatformNameView,
    pub customer: Option<String>,
    pub owner: Option<String>,
    pub source: SourceNameView,
    pub lamp: LampView,
    pub step: String,
    /// From 1.
    pub place: u32,
    pub version: StepVersionView,
    pub is_enabled: bool,
    pub access: AccessView,
    pub goes_on_after_error: bool,
    /// What keeps it from doing its work though the connection lives. Null: nothing that is known.
    pub lack: Option<ScopeLackView>,
    pub next_run_at: Option<Millis>,
    pub seen: SeenView,
}

/// A scope that a step needs and does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "seen_by", rename_all = "snake_case")]
pub enum ScopeLackView {
    /// A list says that it needs these, and they were not granted.
    List { scopes: Vec<String> },
    /// Its last run was refused for it.
    Run { at: Millis },
}

/// What is edited and what runs may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StepVersionView {
    Draft,
    Live,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AccessView {
    Reads,
    Writes,
    Unknown,
}
