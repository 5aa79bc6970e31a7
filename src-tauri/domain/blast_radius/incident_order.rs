//! Which connection to mend first, what heals with each, and what to look at afterwards [D4].

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::Uses;
use super::impact::{NextRuns, Picture};
use super::schedule::NextRun;
use super::wiring::Number;
use crate::WorkflowId;

/// One step of the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    pub node: Uses,
    /// Workflows that run again with this step, by name.
    pub heals: Vec<WorkflowId>,
    /// Workflows that need it and still wait, and the step (from 1) with which they heal.
    pub still_waiting: Vec<(WorkflowId, usize)>,
    /// The first run that fails without it.
    pub first: NextRun,
    pub runs_per_day: f64,
    pub customers: Vec<String>,
}

/// A workflow to be seen running again, the one that runs next first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    pub workflow: WorkflowId,
    pub next: NextRun,
}

/// What is known of a dead connection before the order is made.
struct Candidate {
    node: Number,
    struck: Vec<Number>,
    /// Workflows that wait for nothing else.
    alone: usize,
    first: NextRun,
    runs_per_day: f64,
    customers: BTreeSet<String>,
    is_mended: bool,
}

/// What to mend, in order: each step heals as much as any can. Of equals the one that more workflows share, then the
/// one whose next run is nearer, with more runs a day, for more customers; then by name. A connection whose death stops
/// nothing is not in it.
pub fn repair_order(picture: &Picture, now: Timestamp) -> Vec<Repair> {
    let wiring = picture.wiring();
    let mut next = NextRuns::after(now);
    let mut left: HashMap<Number, usize> = HashMap::new();
    let mut candidates: Vec<Candidate> = picture
        .dead()
        .iter()
        .map(|node| {
            let struck: Vec<Number> = wiring.struck_by(&[*node]).into_iter().map(|(number, _)| number).collect();
            let firsts = struck.iter().map(|it| next.of(wiring, *it));
            let first = firsts.min().unwrap_or(NextRun::NotKnown);
            let customers = struck.iter().filter_map(|it| wiring.customer_of(*it)).map(str::to_owned).collect();
            // The sum of no numbers is -0.0.
            let runs_per_day = struck.iter().filter_map(|it| wiring.runs_per_day(*it)).fold(0.0, |sum, it| sum + it);
            for workflow in &struck {
                *left.entry(*workflow).or_default() += 1;
            }

            Candidate { node: *node, struck, alone: 0, first, runs_per_day, customers, is_mended: false }
        })
        .collect();
    let mut needed_by: HashMap<Number, Vec<usize>> = HashMap::new();
    for (index, candidate) in candidates.iter_mut().enumerate() {
        candidate.alone = candidate.struck.iter().filter(|it| left.get(it) == Some(&1)).count();
        for workflow in &candidate.struck {
            needed_by.entry(*workflow).or_default().push(index);
        }
    }

    let mut order: Vec<(usize, Vec<Number>)> = vec![];
    let mut healed_at: HashMap<Number, usize> = HashMap::new();
    while let Some(best) = best_of(picture, &candidates) {
        candidates[best].is_mended = true;
        let mut heals = vec![];
        for workflow in candidates[best].struck.clone() {
            let Some(count) = left.get_mut(&workflow) else { continue };
            *count -= 1;
            let count = *count;
            if count == 0 {
                heals.push(workflow);
                healed_at.insert(workflow, order.len() + 1);
            } else if count == 1
                && let Some(last) = needed_by[&workflow].iter().find(|it| !candidates[**it].is_mended)
            {
                candidates[*last].alone += 1;
            }
        }
        order.push((best, heals));
    }

    let named = |mut numbers: Vec<Number>| {
        numbers.sort_by_key(|it| (&wiring.workflows[*it].name, *it));
        numbers
    };
    let id_of = |number: &Number| wiring.workflows[*number].id.clone();
    let mut repairs = vec![];
    for (place, (index, heals)) in order.into_iter().enumerate() {
        let candidate = &candidates[index];
        let later = candidate.struck.iter().copied().filter(|it| healed_at.get(it).is_some_and(|at| *at > place + 1));
        repairs.push(Repair {
            node: wiring.nodes[candidate.node].clone(),
            heals: named(heals).iter().map(id_of).collect(),
            still_waiting: named(later.collect()).iter().map(|it| (id_of(it), healed_at[it])).collect(),
            first: candidate.first,
            runs_per_day: candidate.runs_per_day,
            customers: candidate.customers.iter().cloned().collect(),
        });
    }
    repairs
}

/// What to see running again once these were mended: every workflow that stopped with one of them.
pub fn validation_list(picture: &Picture, mended: &[Uses], now: Timestamp) -> Vec<Validation> {
    let impact = picture.what_if(mended, now);
    let mut next = NextRuns::after(now);
    let wiring = picture.wiring();
    let numbers = impact.struck.iter().filter_map(|it| wiring.workflow_number(&it.workflow));
    let mut all: Vec<(NextRun, Number)> = numbers.map(|number| (next.of(wiring, number), number)).collect();
    all.sort_by_key(|(next, number)| (*next, &wiring.workflows[*number].name, *number));
    all.into_iter().map(|(next, number)| Validation { workflow: wiring.workflows[number].id.clone(), next }).collect()
}

fn best_of(picture: &Picture, candidates: &[Candidate]) -> Option<usize> {
    let left = candidates.iter().enumerate().filter(|(_, it)| !it.is_mended);
    let best = left.min_by(|(_, one), (_, other)| {
        let wiring = picture.wiring();
        let name = |it: &Candidate| picture.name_of(&wiring.nodes[it.node]).to_owned();
        other
            .alone
            .cmp(&one.alone)
            .then(other.struck.len().cmp(&one.struck.len()))
            .then(one.first.cmp(&other.first))
            .then(other.runs_per_day.total_cmp(&one.runs_per_day))
            .then(other.customers.len().cmp(&one.customers.len()))
            .then_with(|| name(one).cmp(&name(other)))
            .then(one.node.cmp(&other.node))
    });
    best.map(|(index, _)| index)
}
