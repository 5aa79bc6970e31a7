//! How everything hangs together, put together once from what is stored: who uses what, and what stops with what
//! [D1, D2].

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::lacking_scope::is_refused_for_scope;
use super::schedule::{NextRun, Timetable};
use super::{Platform, PlatformConnection, Run, Schedule, Step, StepVersion, Uses, Workflow};
use crate::{ConnectionId, PlatformConnectionId, PlatformId, WorkflowId};

/// All that is stored of the two planes; what is gone may be among it, and is left out.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub platforms: Vec<Platform>,
    pub platform_connections: Vec<PlatformConnection>,
    pub workflows: Vec<Workflow>,
    pub steps: Vec<Step>,
    /// Which workflow starts which.
    pub starts: Vec<(WorkflowId, WorkflowId)>,
}

/// Why a workflow that uses a connection does not stop with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apart {
    /// It is switched off, and nothing that runs starts it.
    Inactive,
    /// All steps of it that use the connection are disabled.
    Disabled,
    /// Only what is edited uses it, not what runs.
    DraftOnly,
}

/// A number within the wiring: of a connection or of a workflow.
pub(super) type Number = usize;

/// Everything but our own connections' health.
#[derive(Debug, Default)]
pub struct Wiring {
    pub(super) platforms: Vec<Platform>,
    platform_numbers: HashMap<PlatformId, Number>,
    pub(super) theirs: Vec<PlatformConnection>,
    their_numbers: HashMap<PlatformConnectionId, Number>,
    pub(super) workflows: Vec<Workflow>,
    workflow_numbers: HashMap<WorkflowId, Number>,
    /// By workflow, then by place.
    steps: Vec<Step>,
    steps_of: Vec<Range<usize>>,
    pub(super) nodes: Vec<Uses>,
    node_numbers: HashMap<Uses, Number>,
    /// Which workflows stop at once when a node dies.
    users: Vec<Vec<Number>>,
    /// Which use it and do not.
    apart: Vec<Vec<(Number, Apart)>>,
    /// Which workflows stop when this one does.
    carries: Vec<Vec<Number>>,
    /// With which workflows this one stops.
    rests_on: Vec<Vec<Number>>,
    runs: Vec<bool>,
    timetables: Vec<Timetable>,
    timetable_of: Vec<usize>,
    rates: Vec<Option<f64>>,
    /// By timetable: from which moment on which run is the next.
    next_runs: Mutex<HashMap<usize, Vec<(Timestamp, NextRun)>>>,
    /// Workflows whose last run was refused for want of a scope.
    refused_for_scope: HashSet<Number>,
    /// Our own connections of which a step says which scopes it needs.
    scoped: Vec<ConnectionId>,
}

impl Wiring {
    /// `zone_of` finds the zone of that name; without one, the person's own.
    pub fn build(known: Known, zone_of: &dyn Fn(Option<&str>) -> TimeZone) -> Self {
        let (platforms, theirs, workflows) = (known.platforms, known.platform_connections, known.workflows);
        let mut wiring = Self {
            platform_numbers: numbered(platforms.iter().map(|it| &it.id)),
            platforms,
            theirs: theirs.into_iter().filter(|it| it.provenance.gone_at.is_none()).collect(),
            workflows: workflows.into_iter().filter(|it| it.provenance.gone_at.is_none()).collect(),
            ..Self::default()
        };
        wiring.their_numbers = numbered(wiring.theirs.iter().map(|it| &it.id));
        wiring.workflow_numbers = numbered(wiring.workflows.iter().map(|it| &it.id));
        wiring.nodes = wiring.theirs.iter().map(|it| Uses::PlatformConnection(it.id.clone())).collect();
        wiring.node_numbers = numbered(wiring.nodes.iter());
        wiring.take_steps(known.steps);
        wiring.link(&known.starts);
        wiring.sort_users();
        wiring.read_schedules(zone_of);
        wiring.look_for_scopes();
        wiring
    }

    fn take_steps(&mut self, steps: Vec<Step>) {
        let mut placed: Vec<(Number, Step)> = steps
            .into_iter()
            .filter_map(|step| Some((*self.workflow_numbers.get(&step.workflow)?, step)))
            .filter(|(_, step)| match &step.uses {
                Uses::Connection(_) => true,
                Uses::PlatformConnection(id) => self.their_numbers.contains_key(id),
            })
            .collect();
        placed.sort_by(|(one, a), (other, b)| (one, a.place, &a.external_id).cmp(&(other, b.place, &b.external_id)));
        self.steps_of = vec![0..0; self.workflows.len()];
        for (index, (workflow, step)) in placed.iter().enumerate() {
            let range = &mut self.steps_of[*workflow];
            *range = if range.start == range.end { index..index + 1 } else { range.start..index + 1 };
            if !self.node_numbers.contains_key(&step.uses) {
                self.node_numbers.insert(step.uses.clone(), self.nodes.len());
                self.nodes.push(step.uses.clone());
            }
        }
        self.steps = placed.into_iter().map(|(_, step)| step).collect();
    }

    /// Who starts another fails with it; who is only ever started stops with its starters. An inactive one that
    /// something active starts runs all the same.
    fn link(&mut self, starts: &[(WorkflowId, WorkflowId)]) {
        let count = self.workflows.len();
        self.carries = vec![vec![]; count];
        let mut started: Vec<Vec<Number>> = vec![vec![]; count];
        for (starter, other) in starts {
            let pair = (self.workflow_numbers.get(starter), self.workflow_numbers.get(other));
            let (Some(starter), Some(other)) = pair else { continue };
            if starter == other {
                continue;
            }
            self.carries[*other].push(*starter);
            if self.workflows[*other].schedule == Schedule::OnDemand {
                self.carries[*starter].push(*other);
            }
            started[*starter].push(*other);
        }
        self.rests_on = vec![vec![]; count];
        for (number, carried) in self.carries.iter_mut().enumerate() {
            carried.sort_unstable();
            carried.dedup();
            for other in carried.iter() {
                self.rests_on[*other].push(number);
            }
        }

        // What we paused is to run again.
        self.runs = self.workflows.iter().map(|it| it.is_active || it.paused_at.is_some()).collect();
        let mut waiting: Vec<Number> = (0..count).filter(|it| self.runs[*it]).collect();
        while let Some(number) = waiting.pop() {
            for other in &started[number] {
                if !self.runs[*other] {
                    self.runs[*other] = true;
                    waiting.push(*other);
                }
            }
        }
    }

    fn sort_users(&mut self) {
        let count = self.nodes.len();
        self.users = vec![vec![]; count];
        self.apart = vec![vec![]; count];
        let mut found: HashMap<Number, Option<Apart>> = HashMap::new();
        for workflow in 0..self.workflows.len() {
            found.clear();
            for step in &self.steps[self.steps_of[workflow].clone()] {
                let Some(node) = self.node_numbers.get(&step.uses) else { continue };
                let apart = if !self.runs[workflow] {
                    Some(Apart::Inactive)
                } else if !step.is_enabled {
                    Some(Apart::Disabled)
                } else if step.version == StepVersion::Draft {
                    Some(Apart::DraftOnly)
                } else {
                    None
                };
                // One step that stops it is enough.
                let kept = found.entry(*node).or_insert(apart);
                *kept = (*kept).min(apart);
            }
            for (node, apart) in &found {
                match apart {
                    None => self.users[*node].push(workflow),
                    Some(apart) => self.apart[*node].push((workflow, *apart)),
                }
            }
        }
    }

    fn read_schedules(&mut self, zone_of: &dyn Fn(Option<&str>) -> TimeZone) {
        let mut seen: HashMap<&Schedule, usize> = HashMap::new();
        for workflow in &self.workflows {
            let index = *seen.entry(&workflow.schedule).or_insert_with(|| {
                let zone = zone_of(workflow.schedule.zone_name());
                let table = Timetable::read(&workflow.schedule, &zone);
                self.rates.push(table.runs_per_day());
                self.timetables.push(table);
                self.timetables.len() - 1
            });
            self.timetable_of.push(index);
        }
    }

    fn look_for_scopes(&mut self) {
        let all = self.workflows.iter().enumerate();
        self.refused_for_scope = all.filter(|(_, it)| is_refused_for_scope(it)).map(|(number, _)| number).collect();
        let scoped = self.steps.iter().filter(|it| !it.scopes.is_empty()).filter_map(|it| match &it.uses {
            Uses::Connection(id) => Some(id.clone()),
            Uses::PlatformConnection(_) => None,
        });
        self.scoped = scoped.collect();
        self.scoped.sort();
        self.scoped.dedup();
    }

    /// The last run of a workflow, where it was refused for want of a scope.
    pub(super) fn refused_for_scope(&self, workflow: Number) -> Option<&Run> {
        self.workflows[workflow].last_run.as_ref().filter(|_| self.refused_for_scope.contains(&workflow))
    }

    /// Whether a step says which scopes it needs of this connection of ours.
    pub fn is_scoped(&self, connection: &ConnectionId) -> bool {
        self.scoped.binary_search(connection).is_ok()
    }

    /// Every workflow that stops when these nodes die, and through which other one, if it is not at once. Ends also
    /// where workflows start each other in a circle.
    pub(super) fn struck_by(&self, nodes: &[Number]) -> Vec<(Number, Option<Number>)> {
        let mut is_struck = vec![false; self.workflows.len()];
        let mut struck = vec![];
        for node in nodes {
            for workflow in &self.users[*node] {
                if !std::mem::replace(&mut is_struck[*workflow], true) {
                    struck.push((*workflow, None));
                }
            }
        }
        let mut next = 0;
        while let Some((workflow, _)) = struck.get(next).copied() {
            for other in &self.carries[workflow] {
                if self.runs[*other] && !std::mem::replace(&mut is_struck[*other], true) {
                    struck.push((*other, Some(workflow)));
                }
            }
            next += 1;
        }
        struck
    }

    /// Every workflow that stops when these nodes die one after another, with the turn of the first that stops it.
    pub(super) fn struck_in_turn(&self, nodes: impl Iterator<Item = Number>) -> Vec<(Number, usize)> {
        let mut is_struck = vec![false; self.workflows.len()];
        let mut struck: Vec<(Number, usize)> = vec![];
        for (turn, node) in nodes.enumerate() {
            let mut next = struck.len();
            for workflow in &self.users[node] {
                if !std::mem::replace(&mut is_struck[*workflow], true) {
                    struck.push((*workflow, turn));
                }
            }
            while let Some((workflow, _)) = struck.get(next).copied() {
                for other in &self.carries[workflow] {
                    if self.runs[*other] && !std::mem::replace(&mut is_struck[*other], true) {
                        struck.push((*other, turn));
                    }
                }
                next += 1;
            }
        }
        struck
    }

    pub(super) fn node(&self, uses: &Uses) -> Option<Number> {
        self.node_numbers.get(uses).copied()
    }

    pub(super) fn apart_of(&self, node: Number) -> &[(Number, Apart)] {
        &self.apart[node]
    }

    pub(super) fn users_of(&self, node: Number) -> &[Number] {
        &self.users[node]
    }

    pub(super) fn workflow_number(&self, id: &WorkflowId) -> Option<Number> {
        self.workflow_numbers.get(id).copied()
    }

    pub(super) fn steps_of(&self, workflow: Number) -> &[Step] {
        &self.steps[self.steps_of[workflow].clone()]
    }

    /// With which workflows this one stops, directly.
    pub(super) fn rests_on(&self, workflow: Number) -> &[Number] {
        &self.rests_on[workflow]
    }

    pub(super) fn is_running(&self, workflow: Number) -> bool {
        self.runs[workflow]
    }

    pub(super) fn timetable(&self, workflow: Number) -> (usize, &Timetable) {
        let index = self.timetable_of[workflow];
        (index, &self.timetables[index])
    }

    /// The next run of a timetable that depends on nothing but the clock. What was worked out once holds until that run
    /// comes: an expression is read through the calendar once, however often it is asked.
    pub(super) fn next_run_of(&self, timetable: usize, after: Timestamp) -> NextRun {
        /// Just now, and a few forecasts.
        const KEPT: usize = 4;
        let mut known = self.next_runs.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known.entry(timetable).or_default();
        let holds = |(from, next): &&(Timestamp, NextRun)| *from <= after && next.at().is_none_or(|at| after < at);
        if let Some((_, next)) = kept.iter().find(holds) {
            return *next;
        }
        let next = self.timetables[timetable].next_run(after, None);
        kept.insert(0, (after, next));
        kept.truncate(KEPT);
        next
    }

    /// Measured or stated, else as its schedule says.
    pub(super) fn runs_per_day(&self, workflow: Number) -> Option<f64> {
        let said = self.workflows[workflow].runs_per_day;
        said.filter(|it| it.is_finite() && *it >= 0.0).or(self.rates[self.timetable_of[workflow]])
    }

    /// Whom a workflow is for: as it says, else as its platform does.
    pub(super) fn customer_of(&self, workflow: Number) -> Option<&str> {
        let workflow = &self.workflows[workflow];
        workflow.customer.as_deref().or_else(|| self.platform(&workflow.platform)?.customer.as_deref())
    }

    pub(super) fn platform(&self, id: &PlatformId) -> Option<&Platform> {
        self.platforms.get(*self.platform_numbers.get(id)?)
    }

    pub(super) fn their(&self, id: &PlatformConnectionId) -> Option<&PlatformConnection> {
        self.theirs.get(*self.their_numbers.get(id)?)
    }
}

fn numbered<'a, T: Clone + Eq + std::hash::Hash + 'a>(all: impl Iterator<Item = &'a T>) -> HashMap<T, Number> {
    all.enumerate().map(|(number, it)| (it.clone(), number)).collect()
}
