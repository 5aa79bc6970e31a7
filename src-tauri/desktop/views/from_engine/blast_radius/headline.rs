//! The sentence that matters, as facts [D1, D3].

use std::collections::{BTreeSet, HashSet};

use domain::WorkflowId;
use domain::blast_radius::impact::{Impact, Struck};
use domain::blast_radius::incident_order::Repair;
use domain::blast_radius::{Apart, Uses};
use jiff::Timestamp;

use super::survey::{Source, Survey, died_at, uses_of};
use crate::views::{
    AlsoWaitingView, DamageView, Millis, RadiusEndView, RadiusHeadlineView, RadiusQuestion, RepairStepView,
    WorkflowStateView, count,
};

pub(super) fn headline(
    survey: &Survey<'_>,
    question: &RadiusQuestion,
    order: &[Repair],
    repair: &[RepairStepView],
) -> RadiusHeadlineView {
    if survey.workflows.is_empty() {
        return RadiusHeadlineView::Empty;
    }
    match question.focus.as_deref() {
        Some(focus) => of_focus(survey, focus),
        None => of_all(survey, order, repair),
    }
}

fn of_focus(survey: &Survey<'_>, focus: &str) -> RadiusHeadlineView {
    if let Some(source) = uses_of(survey.picture, focus).and_then(|it| survey.source(&it)) {
        return of_source(survey, source);
    }
    let Some(watched) = survey.workflow(&WorkflowId::from_text(focus)) else { return RadiusHeadlineView::Gone };
    let steps = survey.picture.steps_of(&watched.workflow.id).iter();
    let needs: HashSet<&Uses> = steps.map(|it| &it.uses).collect();
    RadiusHeadlineView::Workflow {
        name: watched.workflow.name.clone(),
        does: watched.state,
        needs_count: count(needs.len()),
        waits_for: watched.waits.iter().map(|it| survey.sources[*it].named()).collect(),
        next_run_at: watched.next_at().map(Millis::from),
    }
}

/// What is well is asked as if it died: that is what a radius is of.
fn of_source(survey: &Survey<'_>, source: &Source<'_>) -> RadiusHeadlineView {
    let uses = std::slice::from_ref(&source.uses);
    let impact = survey.picture.what_if(uses, survey.facts.now);
    RadiusHeadlineView::Source {
        source: source.named(),
        is_dead: source.is_dead,
        is_simulated: source.is_simulated,
        dies_at: died_at(survey.picture, &source.uses).or(source.ends_at).map(Millis::from),
        damage: damage(survey, &impact, Some(source)),
        healed_count: count(impact.struck.iter().filter(|it| is_active(survey, it) && it.waits_for.is_empty()).count()),
    }
}

fn of_all(survey: &Survey<'_>, order: &[Repair], repair: &[RepairStepView]) -> RadiusHeadlineView {
    let Some((first, source)) = repair.first().zip(order.first().and_then(|it| survey.source(&it.node))) else {
        let next = repair.first().and_then(|it| {
            Some(RadiusEndView { source: it.source.clone(), at: it.ends_at?, workflow_count: it.healed_count })
        });
        return RadiusHeadlineView::AllRun { next };
    };
    let dead: Vec<Uses> = order.iter().map(|it| it.node.clone()).collect();
    let impact = survey.picture.what_if(&dead, survey.facts.now);
    let dead_count = survey.sources.iter().filter(|it| it.is_dead).count();
    RadiusHeadlineView::Stops {
        dead_count: count(order.len()),
        idle_dead_count: count(dead_count.saturating_sub(order.len())),
        damage: damage(survey, &impact, None),
        first: source.named(),
        healed_count: first.healed_count,
    }
}

fn is_active(survey: &Survey<'_>, struck: &Struck) -> bool {
    survey.workflow(&struck.workflow).is_some_and(super::survey::Watched::is_active)
}

/// `mended`: what is in focus; whoever waits for something else as well is named.
fn damage(survey: &Survey<'_>, impact: &Impact, mended: Option<&Source<'_>>) -> DamageView {
    let struck: Vec<&Struck> = impact.struck.iter().filter(|it| is_active(survey, it)).collect();
    let paused = impact.struck.len() - struck.len();
    let places: Vec<usize> = struck.iter().filter_map(|it| survey.picture.place_of(&it.workflow)).collect();
    let first: Option<(&Struck, Timestamp)> = struck.iter().find_map(|it| Some((*it, it.first.at()?)));
    let hit: HashSet<usize> = places.iter().copied().collect();
    let is_running = |place: &usize| {
        let state = survey.workflows[*place].state;
        !hit.contains(place) && matches!(state, WorkflowStateView::Running | WorkflowStateView::AtRisk { .. })
    };
    let owners: BTreeSet<&str> =
        places.iter().filter_map(|it| survey.workflows[*it].workflow.owner.as_deref()).collect();
    DamageView {
        workflow_count: count(struck.len()),
        customer_count: count(survey.customers(&places)),
        first_run_at: first.map(|(_, at)| at.into()),
        first_run_workflow: first.and_then(|(it, _)| Some(survey.workflow(&it.workflow)?.workflow.name.clone())),
        runs_per_day: survey.runs_per_day(&places),
        owners: owners.into_iter().map(str::to_owned).collect(),
        also_waiting: struck
            .iter()
            .filter(|_| mended.is_some())
            .filter_map(|it| {
                let source = survey.source(it.waits_for.first()?)?.named();
                Some(AlsoWaitingView { workflow: survey.workflow(&it.workflow)?.workflow.name.clone(), source })
            })
            .collect(),
        lacking_scope: (0..survey.workflows.len())
            .filter(|it| !hit.contains(it) && survey.workflows[*it].state == WorkflowStateView::LacksScope)
            .map(|it| survey.workflows[it].workflow.name.clone())
            .collect(),
        // Of everything, as what stops is: a filter narrows the picture and not the sentence.
        running_count: count((0..survey.workflows.len()).filter(is_running).count()),
        inactive_count: count(impact.apart.iter().filter(|(_, why)| *why == Apart::Inactive).count() + paused),
    }
}
