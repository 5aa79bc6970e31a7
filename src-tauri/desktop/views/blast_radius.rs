//! Who breaks when something breaks: two columns, wires between them, and what to mend first [D1, D3, D4, D7].
//!
//! What is too much to draw the engine folds: a group says how many it keeps back, and wires of those end at the group.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    LampView, Millis, PlatformKindView, ReadFailureView, ReplayView, SeenByView, SeenView, TwoVerdictsView,
    WorkflowNodeView, WorkflowStateView,
};

/// What is asked. Everything the answer holds is under it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct RadiusQuestion {
    /// A connection, a platform connection or a workflow. Null: everything.
    pub focus: Option<String>,
    pub filter: RadiusFilter,
    /// Keys of groups that are drawn whole.
    pub expanded: Vec<String>,
    /// Further connections that are taken for dead.
    pub simulated: Vec<String>,
    /// Nothing is folded: for the list and the files.
    pub is_whole: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct RadiusFilter {
    /// Null: all.
    pub state: Option<RadiusStateFilter>,
    /// Null: all; empty: those without one.
    pub customer: Option<String>,
    /// A platform's id. Null: all.
    pub platform: Option<String>,
    /// Every word of it stands in a name, an account, a customer, an owner or a step.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RadiusStateFilter {
    /// Workflows that stop, and what they wait for.
    Stopped,
    /// What stops unless a person acts.
    AtRisk,
    Running,
    /// Switched off at their platform, or paused.
    NotActive,
}

/// Everything the screen draws, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RadiusView {
    pub headline: RadiusHeadlineView,
    /// Accounts with the connections that they have, dead first.
    pub left: Vec<SourceGroupView>,
    /// Customers with their workflows, those that stop first, then by their next run.
    pub right: Vec<WorkflowGroupView>,
    pub wires: Vec<WireView>,
    /// What to mend, in order; those that end soon come after the dead.
    pub repair: Vec<RepairStepView>,
    /// What to look at afterwards, by next run.
    pub validation: Vec<RadiusValidationView>,
    pub replay: ReplayView,
    /// What is worth knowing though nothing is broken.
    pub risks: Vec<RadiusRiskView>,
    pub totals: RadiusTotalsView,
    pub freshness: Vec<FreshnessView>,
    /// What the filter can name, whatever it names now.
    pub customers: Vec<String>,
}

/// The sentence that matters, as facts; `words/` says it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RadiusHeadlineView {
    /// No workflow is known.
    Empty,
    /// All that is known runs. `next` is the first connection that ends.
    AllRun { next: Option<RadiusEndView> },
    /// Something is dead; `first` is the one to mend first.
    Stops {
        /// Those that stop something.
        dead_count: u32,
        /// Dead as well, and nothing active needs them.
        idle_dead_count: u32,
        damage: DamageView,
        first: SourceNameView,
        healed_count: u32,
    },
    /// One connection is in focus.
    Source {
        source: SourceNameView,
        /// It is dead, or taken for dead.
        is_dead: bool,
        is_simulated: bool,
        /// When it died, or is forecast to; null: neither is known.
        dies_at: Option<Millis>,
        /// What stops, or would.
        damage: DamageView,
        /// As many heal when it is mended first.
        healed_count: u32,
    },
    /// One workflow is in focus.
    Workflow {
        name: String,
        does: WorkflowStateView,
        needs_count: u32,
        /// What it waits for, or stops for next.
        waits_for: Vec<SourceNameView>,
        next_run_at: Option<Millis>,
    },
    /// The one in focus is not known any more.
    Gone,
}

/// What stops.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DamageView {
    /// Active workflows only.
    pub workflow_count: u32,
    pub customer_count: u32,
    /// The first scheduled run after the death.
    pub first_run_at: Option<Millis>,
    pub first_run_workflow: Option<String>,
    /// Null: of none of them known.
    pub runs_per_day: Option<f64>,
    pub owners: Vec<String>,
    /// Stopped ones that wait for another connection as well.
    pub also_waiting: Vec<AlsoWaitingView>,
    /// Of the others: those that lack a scope.
    pub lacking_scope: Vec<String>,
    /// Of the others in view: those that keep running.
    pub running_count: u32,
    /// Switched off at their platform, or paused: they would stop too.
    pub inactive_count: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlsoWaitingView {
    pub workflow: String,
    pub source: SourceNameView,
}

/// Names a connection of either plane.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SourceNameView {
    pub id: String,
    pub name: String,
    pub account: Option<String>,
    /// Null: our own.
    pub platform_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RadiusEndView {
    pub source: SourceNameView,
    pub at: Millis,
    pub workflow_count: u32,
}

/// One account; on a board of more than sixty of them, one customer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SourceGroupView {
    /// What wires of folded nodes end at, and `expanded` names.
    pub key: String,
    pub by: SourceGroupingView,
    /// The account or the customer. Null: of none known.
    pub label: Option<String>,
    pub node_count: u32,
    pub dead_count: u32,
    /// Those that are drawn.
    pub nodes: Vec<SourceNodeView>,
    /// Kept back; wires of theirs end at the group.
    pub folded_count: u32,
    /// So many of these are dead.
    pub folded_dead_count: u32,
    pub is_expanded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceGroupingView {
    Account,
    Customer,
}

/// A connection, ours or a platform's.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SourceNodeView {
    pub id: String,
    pub name: String,
    pub provider_name: Option<String>,
    pub provider_tag: String,
    pub account: Option<String>,
    pub customer: Option<String>,
    pub owner: Option<String>,
    /// Null: our own.
    pub platform: Option<PlatformNameView>,
    pub lamp: LampView,
    /// For `expiring`: the share of the warning window that is left, 0 to 1.
    pub share_left: Option<f64>,
    pub is_stale: bool,
    pub is_simulated: bool,
    /// When it died, or is forecast to.
    pub dies_at: Option<Millis>,
    /// All that use it, active or not.
    pub workflow_count: u32,
    /// Active ones that stop for it, or would if it died.
    pub stopped_count: u32,
    pub runs_per_day: Option<f64>,
    pub next_run_at: Option<Millis>,
    pub seen: SeenView,
    /// Where the other plane has the same account.
    pub verdict: Option<TwoVerdictsView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlatformNameView {
    pub id: String,
    pub name: String,
    pub kind: PlatformKindView,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct WorkflowGroupView {
    /// What wires of folded nodes end at, and `expanded` names.
    pub key: String,
    /// Null: workflows without one.
    pub customer: Option<String>,
    pub node_count: u32,
    pub stopped_count: u32,
    /// Those that are drawn.
    pub nodes: Vec<WorkflowNodeView>,
    /// Kept back; wires of theirs end at the group.
    pub folded_count: u32,
    /// So many of these stop.
    pub folded_stopped_count: u32,
    pub is_expanded: bool,
}

/// A cable from the left to the right; of many where an end is folded.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct WireView {
    /// A node's id or a group's key.
    pub from: String,
    pub to: String,
    pub state: WireStateView,
    /// As many connections of steps as it stands for.
    pub count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WireStateView {
    /// By what is in focus; without a focus, by the first of the repair order.
    CutHere,
    CutElsewhere,
    Works,
    /// Of a step or a workflow that is switched off.
    Off,
}

/// One thing to mend, in its place.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RepairStepView {
    /// From 1.
    pub number: u32,
    pub source: SourceNameView,
    pub lamp: LampView,
    pub share_left: Option<f64>,
    /// It still works, and ends then.
    pub ends_at: Option<Millis>,
    /// As many run again when this and all before it are mended.
    pub healed_count: u32,
    /// The one that heals, where it is one.
    pub healed_name: Option<String>,
    /// Workflows of this one that wait for a later step as well: as many, and for which.
    pub later: Option<LaterStepView>,
    /// The first run that fails without it.
    pub before: Option<Millis>,
    pub runs_per_day: Option<f64>,
    pub customers: Vec<String>,
    /// It is used by more than one customer or platform.
    pub is_shared: bool,
    pub way: RepairWayView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct LaterStepView {
    pub count: u32,
    pub step: u32,
}

/// What mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RepairWayView {
    Reconnect,
    PushGrant,
    OpenPage,
    AtPlatform,
}

/// One workflow to look at after the repair.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RadiusValidationView {
    pub workflow_id: String,
    pub name: String,
    pub platform_name: String,
    pub next_run_at: Option<Millis>,
    /// It runs again when this step of the repair order is done.
    pub after_step: u32,
    /// Its platform can be told to pause it from here.
    pub can_be_paused: bool,
}

/// What is worth knowing though nothing is broken [A8, D7].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RadiusRiskView {
    /// Nothing uses it, as far as is known: it can be revoked.
    Orphan {
        source: SourceNameView,
    },
    SinglePoint {
        source: SourceNameView,
        workflow_count: u32,
        customer_count: u32,
    },
    /// A person's own account carries what several use.
    PersonalAccount {
        source: SourceNameView,
        workflow_count: u32,
        customer_count: u32,
    },
    /// The same account is connected several times.
    Sprawl {
        account: String,
        sources: Vec<SourceNameView>,
    },
    /// Steps name a connection that their platform does not have.
    Dangling {
        platform_name: String,
        workflow_count: u32,
    },
}

/// What is in view, and what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct RadiusTotalsView {
    pub connection_count: u32,
    pub platform_connection_count: u32,
    pub workflow_count: u32,
    pub stopped_count: u32,
    pub inactive_count: u32,
    pub wire_count: u32,
    /// Workflows that the filter hides.
    pub hidden_count: u32,
}

/// How old what is shown is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FreshnessView {
    pub platform: PlatformNameView,
    pub by: SeenByView,
    pub read_at: Option<Millis>,
    pub is_stale: bool,
    pub failed: Option<ReadFailureView>,
    /// Names of what the last reading did not find any more.
    pub gone: Vec<String>,
}

/// A file of what is shown. The table is the engine's; the drawing is the window's, and is written as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RadiusFile {
    /// Every wire with every fact, nothing folded.
    Csv,
    Svg {
        text: String,
    },
    Png {
        base64: String,
    },
}
