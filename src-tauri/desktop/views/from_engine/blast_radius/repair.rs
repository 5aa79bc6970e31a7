//! What to mend, in order; what ends soon comes after the dead [D3, D4].

use std::collections::HashSet;

use domain::blast_radius::incident_order::Repair;

use super::survey::{Source, Survey};
use crate::views::{LaterStepView, Millis, RepairStepView, count};

pub(super) fn steps(survey: &Survey<'_>, order: &[Repair]) -> Vec<RepairStepView> {
    let mut steps: Vec<RepairStepView> = vec![];
    for (place, repair) in order.iter().enumerate() {
        let Some(source) = survey.source(&repair.node) else { continue };
        let healed = repair.heals.first().filter(|_| repair.heals.len() == 1);
        steps.push(RepairStepView {
            number: count(place + 1),
            source: source.named(),
            lamp: source.lamp(),
            share_left: source.share_left(),
            ends_at: None,
            healed_count: count(repair.heals.len()),
            healed_name: healed.and_then(|it| Some(survey.workflow(it)?.workflow.name.clone())),
            later: later(repair),
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
fn later(repair: &Repair) -> Option<LaterStepView> {
    let step = repair.still_waiting.iter().map(|(_, step)| *step).min()?;
    let waiting = repair.still_waiting.iter().filter(|(_, it)| *it == step).count();
    Some(LaterStepView { count: count(waiting), step: count(step) })
}

fn platform_count(survey: &Survey<'_>, source: &Source<'_>) -> usize {
    source.users.iter().map(|it| &survey.workflows[*it].workflow.platform).collect::<HashSet<_>>().len()
}
