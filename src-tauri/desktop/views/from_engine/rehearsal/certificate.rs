//! What a run is good for, what it stands on, and the one thing to mend with its button [E4].

use domain::blast_radius::Uses;
use domain::diagnosis::CauseLabel;
use domain::rehearsal::{Certificate, HoldEnd, MemberRun, Step, StepState};
use engine::store::RehearsalRecord;
use jiff::Timestamp;

use super::MemberFacts;
use super::run::{cause_view, millis, seen_of};
use crate::views::{
    CertificateView, ExpiryView, HeldMemberView, HoldEndView, MendWayView, Millis, StepView, ToMendView, count,
};

impl CertificateView {
    /// `None` while it runs.
    pub(crate) fn new(facts: &MemberFacts, record: &RehearsalRecord, is_watched: bool, now: Timestamp) -> Option<Self> {
        let rehearsal = &record.rehearsal;
        let members = || rehearsal.members.iter().map(|it| held(facts, it, record.tested_at)).collect();
        let run = |place: usize| rehearsal.members.get(place);
        Some(match record.certificate()? {
            Certificate::Holds { until, by, first, .. } => match &record.withdrawal {
                Some(withdrawal) => Self::Withdrawn {
                    at: withdrawal.at.into(),
                    until: until.into(),
                    mend: mend(facts, run(withdrawal.member)?, None, withdrawal.cause, withdrawal.seen.clone()),
                    members: members(),
                },
                None if until <= now => Self::Over { until: until.into(), members: members() },
                None => Self::Holds {
                    until: until.into(),
                    by: by.into(),
                    first: first.and_then(run).map(|it| it.name.clone()),
                    members: members(),
                    tested_at: record.tested_at.map(Millis::from),
                    next_test_at: record.next_test_at.map(Millis::from),
                    is_watched,
                },
            },
            Certificate::Mend { member, step, cause, failing_count, holding_count } => Self::Mend {
                mend: ToMendView {
                    act: rehearsal.failed_act(member, &step).map(Into::into),
                    ..mend(facts, run(member)?, Some(&step), cause, seen_of(rehearsal, member, &step))
                },
                failing_count: count(failing_count),
                holding_count: count(holding_count),
            },
            Certificate::Partly { holding_count, of } => {
                Self::Partly { holding_count: count(holding_count), member_count: count(of) }
            }
        })
    }
}

fn mend(
    facts: &MemberFacts,
    run: &MemberRun,
    step: Option<&Step>,
    cause: Option<CauseLabel>,
    seen: String,
) -> ToMendView {
    let named = facts.named(&run.uses, &run.name);
    ToMendView {
        way: way_of(facts, run, step, cause, named.is_gone),
        member_id: named.id,
        is_own: named.is_own,
        name: named.name,
        platform_name: named.platform_name,
        step: step.map(StepView::from),
        act: None,
        cause: cause.map(cause_view),
        seen,
    }
}

/// What brings it back: a sign-in where that does, else where more is known.
fn way_of(
    facts: &MemberFacts,
    run: &MemberRun,
    step: Option<&Step>,
    cause: Option<CauseLabel>,
    is_gone: bool,
) -> MendWayView {
    let id = match &run.uses {
        _ if is_gone => return MendWayView::EditChecklist,
        Uses::PlatformConnection(_) => return MendWayView::OpenPlatformPage,
        Uses::Connection(id) => id,
    };
    let action = facts.own(id).map(|it| it.status.action);
    let is_dead = facts.own(id).is_some_and(|it| {
        use crate::views::LampView::{Disconnected, ReauthRequired};
        matches!(it.status.lamp, ReauthRequired | Disconnected)
    });
    let reconnects = cause.is_some_and(|it| domain::diagnosis::Diagnosis::of(it).action.is_reconnect());
    match (step, cause) {
        (_, Some(CauseLabel::InsufficientScope)) | (Some(Step::Scopes), _) => MendWayView::AddScopes,
        (Some(Step::SignInAgain), _) => MendWayView::Reconnect,
        _ if is_dead || (reconnects && action.is_some()) => MendWayView::Reconnect,
        (Some(Step::CleanLog | Step::TwoAtOnce), _) => MendWayView::OpenConnection,
        _ => MendWayView::Diagnose,
    }
}

fn held(facts: &MemberFacts, run: &MemberRun, tested_at: Option<Timestamp>) -> HeldMemberView {
    let named = facts.named(&run.uses, &run.name);
    let own = match &run.uses {
        Uses::Connection(id) => facts.own(id),
        Uses::PlatformConnection(_) => None,
    };
    // A log that is clean proves nothing by itself.
    let proofs = run.steps.iter().filter(|it| it.step != Step::CleanLog && it.step != Step::Scopes);
    let proof = proofs.filter(|it| matches!(it.state, StepState::Passed { .. })).max_by_key(|it| it.ended_at);
    let took = proof.and_then(|it| match &it.state {
        StepState::Passed { took, .. } => Some(millis(*took)),
        StepState::Waiting | StepState::Running { .. } | StepState::Failed { .. } | StepState::NotTried(_) => None,
    });
    HeldMemberView {
        id: named.id,
        is_own: named.is_own,
        name: named.name,
        provider_tag: named.provider_tag,
        platform_name: named.platform_name,
        account: named.account,
        token_ends_at: own.and_then(|it| match &it.token_expiry {
            ExpiryView::Known { at } => Some(*at),
            ExpiryView::Unknown | ExpiryView::Never | ExpiryView::NoToken => None,
        }),
        is_renewed: own.is_none_or(is_renewed),
        grant_end: own.map(|it| it.grant_end.clone()),
        proved_at: proof.and_then(|it| it.ended_at).map(Millis::from),
        proved_by: proof.map(|it| (&it.step).into()),
        took_ms: took,
        tested_at: tested_at.map(Millis::from),
    }
}

/// It has a refresh token: what lacks one says so in its status.
fn is_renewed(row: &crate::views::ConnectionRowView) -> bool {
    use crate::views::StatusReasonView::{HoldsUntil, NoRefreshToken, TokenOver};
    !matches!(row.status.reason, NoRefreshToken { .. } | HoldsUntil { .. } | TokenOver)
}

impl From<HoldEnd> for HoldEndView {
    fn from(end: HoldEnd) -> Self {
        match end {
            HoldEnd::AsLongAsAsked => Self::AsLongAsAsked,
            HoldEnd::Grant => Self::Grant,
            HoldEnd::Token => Self::Token,
        }
    }
}
