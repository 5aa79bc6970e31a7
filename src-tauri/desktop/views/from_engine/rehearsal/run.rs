//! One run: the matrix, what happened, and what it waits for [E4].

use std::time::Duration;

use domain::blast_radius::Uses;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::rehearsal::{Certificate, HoldWish, MemberRun, Rehearsal, Step, StepRun, StepState, Verdict};
use engine::flows::connect::SignIn;
use engine::store::{RehearsalRecord, RunState};

use super::MemberFacts;
use super::checklist::minutes;
use crate::views::{
    CauseView, CertificateView, LeftObjectView, LogLineView, LogStateView, MemberRunView, MemberVerdictView, Millis,
    ProgressView, RehearsalEndView, RehearsalOutcomeView, RehearsalRowView, RehearsalSignInView, RehearsalView,
    SignInView, StepRunView, StepStateView, StepView, count,
};

/// What a run's view rests on besides the run.
pub(crate) struct RunFacts<'a> {
    pub(crate) members: &'a MemberFacts,
    pub(crate) record: &'a RehearsalRecord,
    /// Nobody knows it as its checklist says any more.
    pub(crate) hold_for: Option<Duration>,
    pub(crate) writes: Vec<String>,
    pub(crate) sign_ins: &'a [SignIn],
    pub(crate) previous: Option<&'a RehearsalRecord>,
    pub(crate) left: Vec<LeftObjectView>,
    pub(crate) certificate: Option<CertificateView>,
}

impl RehearsalView {
    pub(crate) fn new(facts: RunFacts<'_>) -> Self {
        let record = facts.record;
        let rehearsal = &record.rehearsal;
        let (hold_for, hold_until) = match rehearsal.hold {
            HoldWish::For(time) => (Some(time), None),
            HoldWish::Until(at) => (None, Some(at)),
        };
        Self {
            id: record.id.to_string(),
            checklist_id: rehearsal.checklist.to_string(),
            name: rehearsal.name.clone(),
            customer: rehearsal.customer.clone(),
            started_at: rehearsal.started_at.into(),
            ended_at: rehearsal.ended_at.map(Millis::from),
            end: record.state.into(),
            progress: rehearsal.into(),
            columns: rehearsal.columns().iter().map(StepView::from).collect(),
            members: rehearsal.members_in_view().into_iter().map(|it| MemberRunView::new(facts.members, it)).collect(),
            log: log_of(rehearsal),
            sign_in: waits_for(facts.members, rehearsal, facts.sign_ins),
            certificate: facts.certificate,
            hold_minutes: hold_for.or(facts.hold_for).map_or(0, minutes),
            hold_until: hold_until.map(Millis::from),
            after_failure: rehearsal.after_failure.into(),
            signs_out_first: rehearsal.signs_out_first,
            writes: facts.writes,
            previous: facts.previous.map(RehearsalRowView::from),
            left_objects: facts.left,
            has_unread_removal: rehearsal.has_unread_removal(),
        }
    }
}

impl From<RunState> for RehearsalEndView {
    fn from(state: RunState) -> Self {
        match state {
            RunState::UnderWay => Self::UnderWay,
            RunState::Ended => Self::Ended,
            RunState::Stopped => Self::Stopped,
            RunState::CutOff => Self::CutOff,
        }
    }
}

impl MemberRunView {
    fn new(facts: &MemberFacts, run: &MemberRun) -> Self {
        let named = facts.named(&run.uses, &run.name);
        Self {
            id: named.id,
            is_own: named.is_own,
            name: named.name,
            provider_tag: named.provider_tag,
            platform_name: named.platform_name,
            account: named.account,
            steps: run.steps.iter().map(StepRunView::from).collect(),
            verdict: (&run.verdict()).into(),
        }
    }
}

impl From<&StepRun> for StepRunView {
    fn from(run: &StepRun) -> Self {
        let at = run.ended_at.map_or(Millis(0), Millis::from);
        let (http_status, request_id) = (run.answer.http_status, run.answer.request_id.clone());
        let state = match &run.state {
            StepState::Waiting => StepStateView::Waiting,
            StepState::Running { since } => StepStateView::Running { since: (*since).into() },
            StepState::Passed { took, seen } => {
                StepStateView::Passed { at, took_ms: millis(*took), seen: seen.clone(), http_status, request_id }
            }
            StepState::Failed { took, seen, cause } => StepStateView::Failed {
                at,
                took_ms: millis(*took),
                seen: seen.clone(),
                cause: cause.map(cause_view),
                http_status,
                request_id,
            },
            StepState::NotTried(why) => StepStateView::NotTried { why: (*why).into() },
        };
        Self { step: (&run.step).into(), state }
    }
}

impl From<&Verdict> for MemberVerdictView {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Next => Self::Next,
            Verdict::UnderWay { done, of } => Self::UnderWay { done_count: count(*done), step_count: count(*of) },
            Verdict::Holds => Self::Holds,
            Verdict::Fails { step, cause } => Self::Fails { step: step.into(), cause: cause.map(cause_view) },
            Verdict::NotProved => Self::NotProved,
        }
    }
}

pub(super) fn cause_view(cause: CauseLabel) -> CauseView {
    CauseView::from(&Diagnosis::of(cause))
}

pub(super) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// The newest first.
fn log_of(rehearsal: &Rehearsal) -> Vec<LogLineView> {
    let steps = rehearsal.members.iter().flat_map(|member| member.steps.iter().map(move |step| (member, step)));
    let mut lines: Vec<LogLineView> = steps
        .filter_map(|(member, run)| {
            let line = |at: Millis, state, seen: &str, took_ms| {
                let (member, step) = (member.name.clone(), (&run.step).into());
                Some(LogLineView { at, member, step, state, seen: seen.to_owned(), took_ms })
            };
            let ended_at = run.ended_at.map_or(Millis(0), Millis::from);
            match &run.state {
                StepState::Running { since } => line((*since).into(), LogStateView::Running, "", None),
                StepState::Passed { took, seen } => line(ended_at, LogStateView::Passed, seen, Some(millis(*took))),
                StepState::Failed { took, seen, .. } => line(ended_at, LogStateView::Failed, seen, Some(millis(*took))),
                StepState::Waiting | StepState::NotTried(_) => None,
            }
        })
        .collect();
    // What ended in one moment stays in its order.
    lines.reverse();
    lines.sort_by_key(|it| std::cmp::Reverse((it.state == LogStateView::Running, it.at.0)));
    lines
}

fn waits_for(facts: &MemberFacts, rehearsal: &Rehearsal, sign_ins: &[SignIn]) -> Option<RehearsalSignInView> {
    let is_signing_in = |run: &&MemberRun| {
        run.steps.iter().any(|it| it.step == Step::SignInAgain && matches!(it.state, StepState::Running { .. }))
    };
    let member = rehearsal.members.iter().find(is_signing_in)?;
    let Uses::Connection(id) = &member.uses else { return None };
    let sign_in = sign_ins.iter().find(|it| it.reconnects.as_ref() == Some(id) && !it.progress.is_over())?;
    Some(RehearsalSignInView {
        sign_in: SignInView::from(sign_in),
        member_id: id.to_string(),
        member: member.name.clone(),
        account: facts.own(id).and_then(|it| it.account.clone()),
    })
}

impl From<&RehearsalRecord> for RehearsalRowView {
    fn from(record: &RehearsalRecord) -> Self {
        let rehearsal = &record.rehearsal;
        let name = |place: usize| rehearsal.members.get(place).map(|it| it.name.clone()).unwrap_or_default();
        let outcome = match (record.certificate(), &record.withdrawal) {
            (Some(Certificate::Holds { until, .. }), Some(withdrawal)) => RehearsalOutcomeView::Withdrawn {
                at: withdrawal.at.into(),
                until: until.into(),
                name: name(withdrawal.member),
                cause: withdrawal.cause.map(cause_view),
            },
            (Some(Certificate::Holds { until, .. }), None) => RehearsalOutcomeView::Holds { until: until.into() },
            (Some(Certificate::Mend { member, step, cause, .. }), _) => RehearsalOutcomeView::Mend {
                name: name(member),
                seen: seen_of(rehearsal, member, &step),
                act: rehearsal.failed_act(member, &step).map(Into::into),
                step: (&step).into(),
                cause: cause.map(cause_view),
            },
            (Some(Certificate::Partly { .. }), _) => RehearsalOutcomeView::Partly,
            (None, _) if record.state == RunState::UnderWay => RehearsalOutcomeView::UnderWay,
            (None, _) => RehearsalOutcomeView::Partly,
        };
        let progress = ProgressView::from(rehearsal);
        Self {
            id: record.id.to_string(),
            started_at: rehearsal.started_at.into(),
            ended_at: rehearsal.ended_at.map(Millis::from),
            end: record.state.into(),
            step_count: progress.step_count,
            member_count: progress.member_count,
            holding_count: progress.holding_count,
            outcome,
        }
    }
}

/// What the step that failed has seen.
pub(super) fn seen_of(rehearsal: &Rehearsal, member: usize, step: &Step) -> String {
    let steps = rehearsal.members.get(member).into_iter().flat_map(|it| &it.steps);
    let failed = steps.filter(|it| it.step == *step).find_map(|it| match &it.state {
        StepState::Failed { seen, .. } => Some(seen.clone()),
        StepState::Waiting | StepState::Running { .. } | StepState::Passed { .. } | StepState::NotTried(_) => None,
    });
    failed.unwrap_or_default()
}
