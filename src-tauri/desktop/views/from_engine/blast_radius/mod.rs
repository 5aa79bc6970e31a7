//! The blast radius as the window draws it: two columns, wires, what to mend first and what to run again
//! [D1, D3, D4, D5, D7].

mod folding;
mod headline;
mod node;
mod repair;
mod risks;
mod survey;

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::WorkflowId;
use domain::blast_radius::Run;
use domain::blast_radius::incident_order::{Repair, repair_order};
use domain::blast_radius::replay_advice::{Pause, advise, advise_on_missed};
use domain::blast_radius::schedule::NextRun;

pub(in crate::views::from_engine) use survey::Plane;
pub(crate) use survey::{RadiusFacts, Survey, uses_of};

use self::folding::Cut;
use self::survey::died_at;
use super::platforms::way_of;
use crate::views::{
    FreshnessView, Millis, RadiusQuestion, RadiusTotalsView, RadiusValidationView, RadiusView, ReadFailureView,
    ReplayLineView, ReplayView, WorkflowStateView, count,
};

impl RadiusView {
    /// The workflows that the question's filter lets through.
    pub(crate) fn asked(facts: &RadiusFacts, question: &RadiusQuestion) -> HashSet<WorkflowId> {
        let picture = facts.supposing(&question.simulated);
        let survey = Survey::new(facts, &picture);
        let cut = Cut::new(&survey, question, &HashSet::new());
        cut.workflows.iter().map(|it| survey.workflows[*it].workflow.id.clone()).collect()
    }

    pub(crate) fn new(facts: &RadiusFacts, question: &RadiusQuestion) -> Self {
        let picture = facts.supposing(&question.simulated);
        let survey = Survey::new(facts, &picture);
        let order = repair_order(&picture, facts.now);
        let here = here(&survey, question, &order);
        let cut = Cut::new(&survey, question, &here);
        let drawn = cut.draw(&survey, question, &here);
        let repair = repair::steps(&survey, &order);
        let totals = totals(&survey, &cut, drawn.wires.iter().map(|it| it.count).sum());
        let customers: BTreeSet<&str> = survey.workflows.iter().filter_map(|it| it.customer).collect();
        Self {
            headline: headline::headline(&survey, question, &order, &repair),
            validation: validation(&survey, &order),
            replay: replay(&survey, question, &here),
            risks: risks::risks(&survey, question.is_whole),
            freshness: freshness(facts),
            customers: customers.into_iter().map(str::to_owned).collect(),
            left: drawn.left,
            right: drawn.right,
            wires: drawn.wires,
            repair,
            totals,
        }
    }
}

/// What is in focus, else what is supposed, else the first to mend.
fn here(survey: &Survey<'_>, question: &RadiusQuestion, order: &[Repair]) -> HashSet<usize> {
    let focus = question.focus.as_deref().and_then(|id| survey.number(&uses_of(survey.picture, id)?));
    if let Some(number) = focus {
        return HashSet::from([number]);
    }
    let supposed: HashSet<usize> =
        survey.sources.iter().enumerate().filter(|(_, it)| it.is_simulated).map(|(number, _)| number).collect();
    if !supposed.is_empty() {
        return supposed;
    }
    order.first().and_then(|it| survey.number(&it.node)).into_iter().collect()
}

fn totals(survey: &Survey<'_>, cut: &Cut, wire_count: u32) -> RadiusTotalsView {
    let own = cut.sources.iter().filter(|it| matches!(survey.sources[**it].plane, Plane::Own(_))).count();
    let shown = || cut.workflows.iter().map(|it| &survey.workflows[*it]);
    RadiusTotalsView {
        connection_count: count(own),
        platform_connection_count: count(cut.sources.len() - own),
        workflow_count: count(cut.workflows.len()),
        stopped_count: count(shown().filter(|it| it.stops()).count()),
        inactive_count: count(shown().filter(|it| !it.is_active()).count()),
        wire_count,
        hidden_count: count(survey.workflows.len() - cut.workflows.len()),
    }
}

/// Every workflow that stops, by its next run, and the step of the repair order with which it runs again.
fn validation(survey: &Survey<'_>, order: &[Repair]) -> Vec<RadiusValidationView> {
    let mut steps = HashMap::new();
    for (step, repair) in order.iter().enumerate() {
        steps.extend(repair.heals.iter().map(|it| (it, step + 1)));
    }
    let mut stopped: Vec<_> = survey.workflows.iter().filter(|it| it.stops()).collect();
    stopped.sort_by(|a, b| a.next.cmp(&b.next).then_with(|| a.workflow.name.cmp(&b.workflow.name)));
    let lines = stopped.into_iter().filter_map(|it| {
        Some(RadiusValidationView {
            workflow_id: it.workflow.id.to_string(),
            name: it.workflow.name.clone(),
            platform_name: survey.platform_name(it.workflow)?.name,
            next_run_at: it.next_at().map(Millis::from),
            after_step: count(steps.get(&it.workflow.id).copied().unwrap_or(1)),
            can_be_paused: survey.can_be_paused(it.workflow),
        })
    });
    lines.collect()
}

/// Of what is dead in truth: what is only supposed has failed nothing.
fn replay(survey: &Survey<'_>, question: &RadiusQuestion, here: &HashSet<usize>) -> ReplayView {
    let dead = here.iter().map(|it| &survey.sources[*it]).filter(|it| it.is_dead && !it.is_simulated);
    let Some(since) = dead.filter_map(|it| died_at(survey.picture, &it.uses)).min() else {
        return ReplayView { since: None, first_run_at: None, lines: vec![] };
    };
    let is_in_scope = |it: &&survey::Watched<'_>| {
        let waits = question.focus.is_none() || it.waits.iter().any(|number| here.contains(number));
        waits && matches!(it.state, WorkflowStateView::Stopped | WorkflowStateView::Paused { .. })
    };
    let scope: Vec<_> = survey.workflows.iter().filter(is_in_scope).collect();
    let first = scope.iter().map(|it| it.next).filter(|it| matches!(it, NextRun::At(_))).min();
    let mut failed: HashMap<&str, Vec<&Run>> = HashMap::new();
    for (workflow, run) in &survey.facts.failed_runs {
        if run.at >= since {
            failed.entry(workflow.as_str()).or_default().push(run);
        }
    }
    let until = survey.facts.now;
    let lines = scope.iter().filter_map(|it| {
        let runs = failed.get(it.workflow.id.as_str()).map_or(&[][..], Vec::as_slice);
        let pause = it.workflow.paused_at.map(|from| Pause { from, until });
        let missed = survey.picture.missed_runs(&it.workflow.id, since, until, pause, runs);
        let good = it.workflow.last_good_at.filter(|at| *at < since);
        let advice = match runs.first() {
            Some(newest) => advise(newest, survey.picture.steps_of(&it.workflow.id), good, until),
            None => advise_on_missed(missed, good, until),
        };
        let platform = survey.platform(&it.workflow.platform)?;
        ReplayLineView::new(it.workflow, platform, runs, missed, since, &advice)
    });
    ReplayView {
        since: Some(since.into()),
        first_run_at: first.and_then(NextRun::at).map(Millis::from),
        lines: lines.collect(),
    }
}

fn freshness(facts: &RadiusFacts) -> Vec<FreshnessView> {
    let lines = facts.platforms.iter().map(|it| FreshnessView {
        platform: (&it.platform).into(),
        by: way_of(it),
        read_at: it.platform.read_at.map(Millis::from),
        is_stale: it.is_stale,
        failed: it.platform.failed.as_ref().map(ReadFailureView::from),
        gone: it.last_reading.iter().flat_map(|(changes, _)| changes.gone.clone()).collect(),
    });
    lines.collect()
}
