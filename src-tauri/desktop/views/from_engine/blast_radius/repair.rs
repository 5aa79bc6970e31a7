//! What to mend, in order; what ends soon comes after the dead [D3, D4].

use std::collections::HashSet;

use domain::WorkflowId;
use domain::blast_radius::incident_order::Repair;

use super::survey::{Source, Survey, Watched};
use crate::views::{LaterStepView, Millis, RepairStepView, count};

pub(super) fn steps(survey: &Survey<'_>, order: &[Repair]) -> Vec<RepairStepView> {
    let mut steps: Vec<RepairStepView> = vec![];
    for (place, repair) in order.iter().enumerate() {
        let Some(source) = survey.source(&repair.node) else { continue };
        let heals: Vec<&WorkflowId> = repair.heals.iter().filter(|it| is_active(survey, it)).collect();
        let healed = heals.first().filter(|_| heals.len() == 1);
        steps.push(RepairStepView {
            number: count(place + 1),
            source: source.named(),
            lamp: source.lamp(),
            share_left: source.share_left(),
            ends_at: None,
            healed_count: count(heals.len()),
            healed_name: healed.and_then(|it| Some(survey.workflow(it)?.workflow.name.clone())),
            later: later(survey, repair),
            before: repair.first.at().map(Millis::from),
            runs_per_day: (repair.runs_per_day > 0.0).then_some(repair.runs_per_day),
            customers: repair.customers.clone(),
            is_shared: repair.customers.len() > 1 || platform_count(survey, source) > 1,
            way: source.way(),
        });
    }
    let mut ending: Vec<&Source<'_>> = survey.sources.iter().filter(|it| it.ends_at.is_some()).collect();
    ending.sort_by(|a, b| a.ends_at.cmp(&b.ends_at).then_with(|| a.name().cmp(b.name())));
    for source in ending {
        let struck = survey.struck(&source.uses);
        if struck.is_empty() {
            continue;
        }
        let impact = survey.picture.impact(&source.uses, survey.facts.now);
        let healed = struck.first().filter(|_| struck.len() == 1);
        steps.push(RepairStepView {
            number: count(steps.len() + 1),
            source: source.named(),
            lamp: source.lamp(),
            share_left: source.share_left(),
            ends_at: source.ends_at.map(Millis::from),
            healed_count: count(struck.len()),
            healed_name: healed.map(|it| survey.workflows[*it].workflow.name.clone()),
            later: None,
            before: impact.first.map(|(_, at)| at.into()),
            runs_per_day: survey.runs_per_day(&struck),
            is_shared: impact.customers.len() > 1 || platform_count(survey, source) > 1,
            customers: impact.customers,
            way: source.way(),
        });
    }
    steps
}

/// Those that wait for the next of the later steps.
fn later(survey: &Survey<'_>, repair: &Repair) -> Option<LaterStepView> {
    let still = || repair.still_waiting.iter().filter(|(id, _)| is_active(survey, id)).map(|(_, step)| *step);
    let step = still().min()?;
    let waiting = still().filter(|it| *it == step).count();
    Some(LaterStepView { count: count(waiting), step: count(step) })
}

/// What was paused from here runs again when it is resumed, and not by a repair.
fn is_active(survey: &Survey<'_>, workflow: &WorkflowId) -> bool {
    survey.workflow(workflow).is_some_and(Watched::is_active)
}

fn platform_count(survey: &Survey<'_>, source: &Source<'_>) -> usize {
    source.users.iter().map(|it| &survey.workflows[*it].workflow.platform).collect::<HashSet<_>>().len()
}
