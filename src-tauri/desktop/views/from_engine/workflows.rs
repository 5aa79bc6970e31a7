//! Schedules, runs and what to run again, as the engine knows them [D1, D5].

use domain::blast_radius::replay_advice::{FailurePoint, MissedRuns, Replay, ReplayAdvice};
use domain::blast_radius::{Access, PlatformKind, Run, RunOutcome, Schedule, StepVersion, Workflow};
use engine::flows::platforms::PlatformOverview;
use jiff::Timestamp;

use crate::views::{
    AccessView, FailurePointView, ReplayLineView, RunOutcomeView, RunView, ScheduleView, StepVersionView, count,
};

impl From<&Schedule> for ScheduleView {
    fn from(schedule: &Schedule) -> Self {
        match schedule {
            Schedule::Unknown => Self::Unknown,
            Schedule::OnDemand => Self::OnDemand,
            Schedule::OnEvent => Self::OnEvent,
            Schedule::Every { seconds } => Self::Every { seconds: *seconds },
            Schedule::Cron { expression, time_zone } => {
                Self::Cron { expression: expression.clone(), time_zone: time_zone.clone() }
            }
            Schedule::NextAt { at } => Self::NextAt { at: (*at).into() },
            Schedule::Learned { seconds, percent, .. } => Self::Learned { seconds: *seconds, percent: *percent },
        }
    }
}

impl From<&Run> for RunView {
    fn from(run: &Run) -> Self {
        Self {
            id: run.external_id.clone(),
            at: run.at.into(),
            outcome: match run.outcome {
                RunOutcome::Succeeded => RunOutcomeView::Succeeded,
                RunOutcome::FailedInside => RunOutcomeView::FailedInside,
                RunOutcome::Failed => RunOutcomeView::Failed,
                RunOutcome::Incomplete => RunOutcomeView::Incomplete,
                RunOutcome::Running => RunOutcomeView::Running,
            },
            failed_step: run.failed_step.clone(),
            words: run.words.clone(),
        }
    }
}

impl ReplayLineView {
    /// `failed` are the workflow's failed runs, the newest first; `None` where nothing failed and nothing is missing.
    pub(super) fn new(
        workflow: &Workflow,
        platform: &PlatformOverview,
        failed: &[&Run],
        missed: MissedRuns,
        since: Timestamp,
        advice: &ReplayAdvice,
    ) -> Option<Self> {
        if failed.is_empty() && missed.count == 0 {
            return None;
        }
        let goes_on = matches!(advice.replay, Replay::FromFailedStep | Replay::CheckThenFromLastWrite);
        let is_make = platform.platform.kind == PlatformKind::Make;
        Some(Self {
            workflow_id: workflow.id.to_string(),
            workflow: workflow.name.clone(),
            point: advice.point.into(),
            failed_count: count(failed.len()),
            missed_count: missed.count,
            missed_while_paused_count: missed.paused_count,
            is_missed_certain: missed.is_certain,
            from: advice.from.unwrap_or_else(|| failed.last().map_or(since, |it| it.at)).into(),
            until: Some(advice.until.into()),
            from_step: advice.failed_step.clone().filter(|_| goes_on),
            // Make completes what it kept as incomplete, and nothing else.
            can_repeat: !failed.is_empty()
                && platform.abilities.repeats_runs
                && (!is_make || advice.is_kept_by_platform),
        })
    }
}

impl From<FailurePoint> for FailurePointView {
    fn from(point: FailurePoint) -> Self {
        match point {
            // Either way nothing was written.
            FailurePoint::BeforeFirstRead | FailurePoint::BeforeFirstWrite => Self::BeforeFirstRead,
            FailurePoint::MidRunAfterWrites => Self::MidRunAfterWrites,
            FailurePoint::AfterWritingBeforeConfirmation => Self::AfterWritingBeforeConfirmation,
            FailurePoint::NotKnown => Self::NotKnown,
        }
    }
}

impl From<StepVersion> for StepVersionView {
    fn from(version: StepVersion) -> Self {
        match version {
            StepVersion::Draft => Self::Draft,
            StepVersion::Live => Self::Live,
            StepVersion::Both => Self::Both,
        }
    }
}

impl From<Access> for AccessView {
    fn from(access: Access) -> Self {
        match access {
            Access::Reads => Self::Reads,
            Access::Writes => Self::Writes,
            Access::Unknown => Self::Unknown,
        }
    }
}
