//! The matrix of a run as the database keeps it: JSON that a newer Patchbay may have written more into [E4].

use std::time::Duration;

use domain::blast_radius::Uses;
use domain::diagnosis::CauseLabel;
use domain::provider::trial_object::TrialAct;
use domain::rehearsal::{AfterFailure, HoldWish, MemberRun, NotTried, Rehearsal, Step, StepAnswer, StepRun, StepState};
use domain::{ChecklistId, ConnectionId, PlatformConnectionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::columns::{written_moment, written_span};

/// The column `run` of a rehearsal.
#[derive(Serialize, Deserialize)]
pub(super) struct RunColumn {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_for_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_until: Option<i64>,
    goes_on: bool,
    signs_out_first: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<i64>,
    was_stopped: bool,
    members: Vec<MemberColumn>,
}

#[derive(Serialize, Deserialize)]
struct MemberColumn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    platform_connection: Option<String>,
    name: String,
    steps: Vec<StepColumn>,
}

#[derive(Serialize, Deserialize)]
struct StepColumn {
    step: String,
    state: StateColumn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_removal_unread: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateColumn {
    Waiting,
    Running { since: i64 },
    Passed { took_ms: i64, seen: String },
    Failed { took_ms: i64, seen: String, cause: Option<String> },
    NotTried { why: String },
}

impl From<&Rehearsal> for RunColumn {
    fn from(rehearsal: &Rehearsal) -> Self {
        let (hold_for_s, hold_until) = match rehearsal.hold {
            HoldWish::For(time) => (Some(time.as_secs()), None),
            HoldWish::Until(at) => (None, Some(written_moment(at))),
        };
        Self {
            name: rehearsal.name.clone(),
            customer: rehearsal.customer.clone(),
            hold_for_s,
            hold_until,
            goes_on: rehearsal.after_failure == AfterFailure::GoOn,
            signs_out_first: rehearsal.signs_out_first,
            ended_at: rehearsal.ended_at.map(written_moment),
            was_stopped: rehearsal.was_stopped,
            members: rehearsal.members.iter().map(MemberColumn::from).collect(),
        }
    }
}

impl RunColumn {
    /// `None` for what cannot be read.
    pub(super) fn into_rehearsal(self, checklist: ChecklistId, started_at: Timestamp) -> Option<Rehearsal> {
        let hold = match (self.hold_for_s, self.hold_until) {
            (_, Some(at)) => HoldWish::Until(moment(at)?),
            (Some(seconds), None) => HoldWish::For(Duration::from_secs(seconds)),
            (None, None) => return None,
        };
        Some(Rehearsal {
            checklist,
            name: self.name,
            customer: self.customer,
            hold,
            signs_out_first: self.signs_out_first,
            started_at,
            members: self.members.into_iter().map(MemberColumn::into_run).collect::<Option<_>>()?,
            after_failure: if self.goes_on { AfterFailure::GoOn } else { AfterFailure::Stop },
            ended_at: optional_moment(self.ended_at)?,
            was_stopped: self.was_stopped,
        })
    }
}

impl From<&MemberRun> for MemberColumn {
    fn from(run: &MemberRun) -> Self {
        let (connection, platform_connection) = match &run.uses {
            Uses::Connection(id) => (Some(id.to_string()), None),
            Uses::PlatformConnection(id) => (None, Some(id.to_string())),
        };
        let steps = run.steps.iter().map(StepColumn::from).collect();
        Self { connection, platform_connection, name: run.name.clone(), steps }
    }
}

impl MemberColumn {
    fn into_run(self) -> Option<MemberRun> {
        let uses = match (self.connection, self.platform_connection) {
            (Some(id), None) => Uses::Connection(ConnectionId::from_text(id)),
            (None, Some(id)) => Uses::PlatformConnection(PlatformConnectionId::from_text(id)),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        // A step that a newer Patchbay wrote is left out.
        let steps = self.steps.into_iter().filter_map(StepColumn::into_run).collect();
        Some(MemberRun { uses, name: self.name, steps })
    }
}

impl From<&StepRun> for StepColumn {
    fn from(run: &StepRun) -> Self {
        let state = match &run.state {
            StepState::Waiting => StateColumn::Waiting,
            StepState::Running { since } => StateColumn::Running { since: written_moment(*since) },
            StepState::Passed { took, seen } => {
                StateColumn::Passed { took_ms: written_span(*took), seen: seen.clone() }
            }
            StepState::Failed { took, seen, cause } => StateColumn::Failed {
                took_ms: written_span(*took),
                seen: seen.clone(),
                cause: cause.map(|it| it.as_str().to_owned()),
            },
            StepState::NotTried(why) => StateColumn::NotTried { why: why.as_str().to_owned() },
        };
        Self {
            step: run.step.written(),
            state,
            ended_at: run.ended_at.map(written_moment),
            status: run.answer.http_status,
            request_id: run.answer.request_id.clone(),
            act: run.answer.act.map(|it| it.as_str().to_owned()),
            is_removal_unread: run.answer.is_removal_unread,
        }
    }
}

impl StepColumn {
    fn into_run(self) -> Option<StepRun> {
        let span = |millis: i64| u64::try_from(millis).ok().map(Duration::from_millis);
        let state = match self.state {
            StateColumn::Waiting => StepState::Waiting,
            StateColumn::Running { since } => StepState::Running { since: moment(since)? },
            StateColumn::Passed { took_ms, seen } => StepState::Passed { took: span(took_ms)?, seen },
            StateColumn::Failed { took_ms, seen, cause } => StepState::Failed {
                took: span(took_ms)?,
                seen,
                cause: cause.as_deref().and_then(CauseLabel::from_text),
            },
            StateColumn::NotTried { why } => StepState::NotTried(NotTried::from_text(&why)?),
        };
        Some(StepRun {
            step: Step::from_text(&self.step)?,
            state,
            ended_at: optional_moment(self.ended_at)?,
            answer: StepAnswer {
                http_status: self.status,
                request_id: self.request_id,
                act: self.act.as_deref().and_then(TrialAct::from_text),
                is_removal_unread: self.is_removal_unread,
            },
        })
    }
}

fn moment(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// `None` for what is no moment.
fn optional_moment(millis: Option<i64>) -> Option<Option<Timestamp>> {
    millis.map_or(Some(None), |it| moment(it).map(Some))
}
