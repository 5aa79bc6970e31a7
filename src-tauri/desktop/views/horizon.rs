//! What breaks next if nobody acts, as marks along a bent axis [B11, D3, E1].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Millis;

/// How far the axis reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReachView {
    Day,
    ThreeDays,
    Week,
    Month,
    Quarter,
}

/// Everything the horizon draws, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HorizonView {
    pub from: Millis,
    pub until: Millis,
    /// Time is even within each.
    pub segments: Vec<SegmentView>,
    pub runs: Vec<RunMarkView>,
    pub ends: Vec<EndMarkView>,
    /// Workflows with a run that fails on this axis.
    pub failing_count: u32,
    /// From here on runs fail again that have no mark of their own; null: all have one.
    pub goes_on_from: Option<Millis>,
    /// Workflows that fail whenever their event comes.
    pub on_event_count: u32,
    /// Workflows that fail at a moment nobody can tell.
    pub undated_count: u32,
    /// When each connection, of either plane, is needed next, by its id.
    pub needs: Vec<NeedView>,
}

/// One part of the axis.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SegmentView {
    #[ts(type = "number")]
    pub ends_after_ms: u64,
    /// Of the width, 0 to 1.
    pub share: f64,
}

/// Runs that fail so close to each other that they share a mark.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RunMarkView {
    pub at: Millis,
    /// Workflows that fail for the first time.
    pub first_count: u32,
    pub again_count: u32,
    /// Some of them, the first failures first.
    pub named: Vec<FailingRunView>,
}

/// One run that fails.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FailingRunView {
    pub workflow_id: String,
    pub workflow: String,
    pub customer: Option<String>,
    pub at: Millis,
    pub is_first: bool,
    /// The connection, of either plane, that it fails for.
    pub because_id: String,
    pub because: String,
    /// The platform that owns that connection; null: it is ours.
    pub because_platform: Option<String>,
}

/// Grants that end so close to each other that they share a mark.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EndMarkView {
    pub at: Millis,
    pub count: u32,
    /// Some of them, the earliest first.
    pub named: Vec<EndingView>,
}

/// One grant that ends.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EndingView {
    pub id: String,
    pub name: String,
    pub customer: Option<String>,
    pub at: Millis,
}

/// When a connection is needed next.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NeedView {
    pub id: String,
    pub at: Millis,
}
