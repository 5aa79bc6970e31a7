//! A checklist to the window and back [E4].

use std::time::Duration;

use domain::blast_radius::Uses;
use domain::provider::trial_object::TrialMethod;
use domain::rehearsal::{
    Checklist, Expected, ExpectedAccount, Member, OwnCall as Call, OwnCallRefused, Rehearsal, Step,
};
use domain::{ChecklistId, ConnectionId, PlatformConnectionId};
use engine::flows::checklists::{ChecklistDraft, ChecklistRefused, Prospect};
use engine::store::RehearsalRecord;

use super::MemberFacts;
use crate::views::{
    ChecklistForm, ChecklistRefusedView, ChecklistView, ExpectedAccountView, ExpectedValue, ExpectedView, MemberForm,
    MemberStepView, MemberView, OwnCall, OwnCallRefusedView, OwnMethod, ProgressView, QuestionView, RehearsalRowView,
    WritesView, count,
};

impl ChecklistView {
    pub(crate) fn new(
        facts: &MemberFacts,
        checklist: &Checklist,
        prospects: &[Prospect],
        last: Option<&RehearsalRecord>,
        under_way: Option<&Rehearsal>,
    ) -> Self {
        let members = checklist.members.iter().zip(prospects);
        Self {
            id: checklist.id.to_string(),
            name: checklist.name.clone(),
            customer: checklist.customer.clone(),
            members: members.map(|(member, prospect)| MemberView::new(facts, member, prospect)).collect(),
            hold_minutes: minutes(checklist.hold_for),
            after_failure: checklist.after_failure.into(),
            signs_out_first: checklist.signs_out_first,
            created_at: checklist.created_at.into(),
            last: last.map(RehearsalRowView::from),
            under_way: under_way.map(ProgressView::from),
        }
    }
}

pub(super) fn minutes(time: Duration) -> u32 {
    u32::try_from(time.as_secs() / 60).unwrap_or(u32::MAX)
}

impl MemberView {
    pub(crate) fn new(facts: &MemberFacts, member: &Member, prospect: &Prospect) -> Self {
        let named = facts.named(&member.uses, &member.name);
        let (own, theirs) = match &member.uses {
            Uses::Connection(id) => (facts.own(id), None),
            Uses::PlatformConnection(id) => (None, facts.theirs(id)),
        };
        let told = |name: &str| member.told.iter().find(|(it, _)| it == name).map(|(_, said)| said.clone());
        let own_steps = member.own_calls.iter().map(|it| Step::Own(it.name.clone()));
        let all = Step::in_order(Step::ALL.into_iter().chain(own_steps));
        Self {
            id: named.id,
            is_own: named.is_own,
            name: named.name,
            is_gone: named.is_gone,
            provider_id: own.map(|it| it.provider_id.clone()).or(theirs.and_then(|it| it.provider_id.clone())),
            provider_name: own.map(|it| it.provider_name.clone()).or(theirs.and_then(|it| it.provider_name.clone())),
            provider_tag: named.provider_tag,
            platform_name: named.platform_name,
            account: named.account,
            workspace: own.and_then(|it| it.workspace.clone()),
            customer: own.and_then(|it| it.customer.clone()).or(theirs.and_then(|it| it.customer.clone())),
            lamp: facts.lamp(&member.uses),
            steps: all
                .iter()
                .map(|step| MemberStepView {
                    step: step.into(),
                    is_chosen: member.steps.contains(step),
                    why_not: prospect.why_not(step).map(Into::into),
                })
                .collect(),
            expected: ExpectedView {
                account: match &member.account {
                    None => ExpectedAccountView::AsBefore,
                    Some(ExpectedAccount::Named(name)) => ExpectedAccountView::Named { name: name.clone() },
                    Some(ExpectedAccount::OfDomain(domain)) => ExpectedAccountView::OfDomain { domain: domain.clone() },
                },
                workspace: member.workspace.clone(),
            },
            questions: prospect
                .questions
                .iter()
                .map(|it| QuestionView {
                    name: it.name.clone(),
                    asks: it.asks.clone(),
                    example: it.example.clone(),
                    answer: told(&it.name).unwrap_or_default(),
                })
                .collect(),
            writes: prospect
                .writes
                .iter()
                .map(|(name, missing)| WritesView { name: name.clone(), missing_scopes: missing.clone() })
                .collect(),
            own_calls: member.own_calls.iter().map(OwnCall::from).collect(),
            would_end: prospect.would_end.clone(),
            workflow_count: own.map(|it| it.dependant_count).or(theirs.map(|it| it.workflow_count)).unwrap_or(0),
        }
    }
}

impl From<ChecklistForm> for ChecklistDraft {
    fn from(form: ChecklistForm) -> Self {
        Self {
            id: form.id.map(ChecklistId::from_text),
            name: form.name,
            customer: form.customer,
            members: form.members.into_iter().map(Member::from).collect(),
            hold_for: Duration::from_secs(u64::from(form.hold_minutes) * 60),
            after_failure: form.after_failure.into(),
            signs_out_first: form.signs_out_first,
        }
    }
}

impl From<MemberForm> for Member {
    fn from(form: MemberForm) -> Self {
        let uses = if form.is_own {
            Uses::Connection(ConnectionId::from_text(form.id))
        } else {
            Uses::PlatformConnection(PlatformConnectionId::from_text(form.id))
        };
        Self {
            uses,
            // The engine names it as it is called.
            name: String::new(),
            steps: form.steps.into_iter().map(Step::from).collect(),
            account: match form.expected.account {
                ExpectedAccountView::AsBefore => None,
                ExpectedAccountView::Named { name } => Some(ExpectedAccount::Named(name)),
                ExpectedAccountView::OfDomain { domain } => Some(ExpectedAccount::OfDomain(domain)),
            },
            workspace: form.expected.workspace,
            told: form.answers.into_iter().map(|it| (it.name, it.answer)).collect(),
            own_calls: form.own_calls.into_iter().map(Call::from).collect(),
        }
    }
}

impl From<&Call> for OwnCall {
    fn from(call: &Call) -> Self {
        let Expected { status, text, values } = call.expected.clone();
        Self {
            name: call.name.clone(),
            method: match call.method {
                TrialMethod::Get => OwnMethod::Get,
                TrialMethod::Post => OwnMethod::Post,
                TrialMethod::Put => OwnMethod::Put,
                TrialMethod::Patch => OwnMethod::Patch,
                TrialMethod::Delete => OwnMethod::Delete,
            },
            url: call.url.clone(),
            body: call.body.clone(),
            expected_status: status,
            expected_text: text,
            expected_values: values.into_iter().map(|(pointer, value)| ExpectedValue { pointer, value }).collect(),
        }
    }
}

impl From<OwnCall> for Call {
    fn from(call: OwnCall) -> Self {
        Self {
            name: call.name,
            method: match call.method {
                OwnMethod::Get => TrialMethod::Get,
                OwnMethod::Post => TrialMethod::Post,
                OwnMethod::Put => TrialMethod::Put,
                OwnMethod::Patch => TrialMethod::Patch,
                OwnMethod::Delete => TrialMethod::Delete,
            },
            url: call.url,
            body: call.body,
            expected: Expected {
                status: call.expected_status,
                text: call.expected_text,
                values: call.expected_values.into_iter().map(|it| (it.pointer, it.value)).collect(),
            },
        }
    }
}

impl From<ChecklistRefused> for ChecklistRefusedView {
    fn from(refused: ChecklistRefused) -> Self {
        match refused {
            ChecklistRefused::NoName => Self::NoName,
            ChecklistRefused::NameTaken => Self::NameTaken,
            ChecklistRefused::NoMembers => Self::NoMembers,
            ChecklistRefused::MemberTwice(name) => Self::MemberTwice { name },
            ChecklistRefused::NoSteps(name) => Self::NoSteps { name },
            ChecklistRefused::MemberGone(id) => Self::MemberGone { id },
            ChecklistRefused::UnderWay => Self::UnderWay,
            ChecklistRefused::OwnCall { member, call, why } => Self::OwnCall {
                member,
                call,
                why: match why {
                    OwnCallRefused::NoName => OwnCallRefusedView::NoName,
                    OwnCallRefused::NameTwice => OwnCallRefusedView::NameTwice,
                    OwnCallRefused::NoAddress => OwnCallRefusedView::NoAddress,
                    OwnCallRefused::NotOfProvider => OwnCallRefusedView::NotOfProvider,
                    OwnCallRefused::BodyNotJson => OwnCallRefusedView::BodyNotJson,
                    OwnCallRefused::PointerUnreadable => OwnCallRefusedView::PointerUnreadable,
                },
            },
        }
    }
}

impl From<&Rehearsal> for ProgressView {
    fn from(rehearsal: &Rehearsal) -> Self {
        let progress = rehearsal.progress();
        let left = engine::flows::rehearsal::time_left(rehearsal).filter(|_| rehearsal.ended_at.is_none());
        Self {
            done_count: count(progress.done),
            left_out_count: count(progress.left_out),
            step_count: count(progress.of),
            failed_count: count(rehearsal.failed_count()),
            holding_count: count(rehearsal.holding_count()),
            member_count: count(rehearsal.members.len()),
            left_ms: left.map(super::run::millis),
        }
    }
}
