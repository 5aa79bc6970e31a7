//! What has to be shown to work before a paused workflow is let loose: what it needs, and what an open incident that
//! stopped it is about [D6].

use jiff::Timestamp;

use super::Uses;
use super::impact::{Health, Picture};
use super::incident::Incident;
use crate::WorkflowId;

/// One connection that a workflow is to run on again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub uses: Uses,
    /// Without a call that worked nothing is resumed. Otherwise nothing is known against it, and one that nobody can test
    /// holds nothing back.
    pub is_required: bool,
}

/// Whatever a reading made of the workflow meanwhile: that it is paused takes no connection off the list.
pub fn proofs_before_resuming(
    picture: &Picture,
    workflow: &WorkflowId,
    open: &[Incident],
    now: Timestamp,
) -> Vec<Proof> {
    let needs = picture.readiness(workflow, now).map(|it| it.needs).unwrap_or_default();
    let mut uses: Vec<Uses> = needs.into_iter().map(|it| it.uses).collect();
    let steps = picture.steps_of(workflow);
    if uses.is_empty() {
        uses.extend(steps.iter().filter(|it| it.is_enabled).map(|it| it.uses.clone()));
    }
    let is_unmended = |it: &&Incident| it.closed_at.is_none() && it.repaired_at.is_none();
    let stopped_it = |it: &&Incident| it.affected.iter().any(|affected| affected.workflow == *workflow);
    let unmended: Vec<&Uses> = open.iter().filter(is_unmended).filter(stopped_it).map(|it| &it.uses).collect();
    let still_uses = |it: &Uses| uses.is_empty() || steps.iter().any(|step| step.uses == *it);
    let told: Vec<Uses> = unmended.iter().filter(|it| still_uses(it)).map(|it| (*it).clone()).collect();
    uses.extend(told);
    let mut proofs: Vec<Proof> = vec![];
    for uses in uses {
        if proofs.iter().any(|it| it.uses == uses) {
            continue;
        }
        let is_known_bad = match picture.health(&uses) {
            Health::Dead { .. } => true,
            Health::Works | Health::Unknown => unmended.contains(&&uses),
        };
        let is_required = is_known_bad || matches!(uses, Uses::Connection(_));
        proofs.push(Proof { uses, is_required });
    }
    proofs
}
