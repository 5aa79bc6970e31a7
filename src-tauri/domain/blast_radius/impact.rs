//! Who breaks when a connection does: which workflows, when first, for whom, and what else each of them waits for
//! [D1, D3].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::schedule::NextRun;
use super::wiring::{Apart, Known, Number, Wiring};
use super::{Platform, PlatformConnection, PlatformConnectionState, Step, StepVersion, Uses, Workflow};
use crate::connection::{Environment, Identity};
use crate::{ConnectionId, PlatformConnectionId, PlatformId, ProviderId, WorkflowId};

/// One of our own connections, as the picture needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnConnection {
    pub id: ConnectionId,
    pub name: String,
    pub provider: ProviderId,
    pub identity: Identity,
    pub customer: Option<String>,
    pub environment: Environment,
    pub health: Health,
    /// When it stops if nobody acts, as far as that is known [D3].
    pub ends_at: Option<Timestamp>,
    /// Scopes that it was granted, with all that they imply; `None`: not known, or nobody asks.
    pub granted: Option<Vec<String>>,
}

/// Whether a connection works, of whichever plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Works,
    Dead { since: Option<Timestamp> },
    Unknown,
}

impl Health {
    pub fn is_dead(self) -> bool {
        match self {
            Self::Dead { .. } => true,
            Self::Works | Self::Unknown => false,
        }
    }

    /// Of a connection that a platform owns.
    pub fn of_platform(state: &PlatformConnectionState) -> Self {
        match state {
            PlatformConnectionState::Unknown => Self::Unknown,
            PlatformConnectionState::Works { .. } => Self::Works,
            PlatformConnectionState::Dead { since, .. } => Self::Dead { since: Some(*since) },
            PlatformConnectionState::NeverConnected | PlatformConnectionState::Missing => Self::Dead { since: None },
        }
    }
}

/// Both planes at one moment. Cheap to make anew when only our own connections changed.
#[derive(Debug)]
pub struct Picture {
    wiring: Arc<Wiring>,
    own: Vec<OwnConnection>,
    own_numbers: HashMap<ConnectionId, usize>,
    /// Taken for dead, whatever is known of them.
    supposed: HashSet<Uses>,
    /// What is dead and stops something.
    dead: Vec<Number>,
    /// Which dead nodes each stopped workflow waits for.
    waits: HashMap<Number, Vec<Number>>,
}

/// A workflow that stops.
#[derive(Debug, Clone, PartialEq)]
pub struct Struck {
    pub workflow: WorkflowId,
    /// The first run that fails.
    pub first: NextRun,
    pub runs_per_day: Option<f64>,
    /// The steps at which it fails, in their order; none where it stops with another workflow.
    pub steps: Vec<String>,
    /// The workflow that it stops with.
    pub carried_by: Option<WorkflowId>,
    /// What else is dead that it needs: without these it does not heal.
    pub waits_for: Vec<Uses>,
}

/// What a death does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Impact {
    /// What is dated first, first.
    pub struck: Vec<Struck>,
    /// Workflows that use it and do not stop, by name.
    pub apart: Vec<(WorkflowId, Apart)>,
    /// When it died or is to die; `None` where it works and no end is known.
    pub dies_at: Option<Timestamp>,
    /// The first run that fails and is dated.
    pub first: Option<(WorkflowId, Timestamp)>,
    /// Of those whose runs can be counted.
    pub runs_per_day: f64,
    /// Workflows of which nobody knows how often they run.
    pub uncounted: usize,
    pub customers: Vec<String>,
    pub owners: Vec<String>,
    /// Workflows that run again once this alone is mended.
    pub heals: usize,
}

/// What one workflow needs, and whether all of it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    pub needs: Vec<Need>,
    /// Nothing that it needs is known to be dead or to lack a scope, and it is switched on.
    pub is_ready: bool,
    pub is_running: bool,
    pub next: NextRun,
    /// Workflows that it stops with.
    pub rests_on: Vec<WorkflowId>,
}

/// One connection that a workflow needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    pub uses: Uses,
    /// Of this workflow; none where another workflow needs it that this one starts or is started by.
    pub steps: Vec<String>,
    pub health: Health,
    pub ends_at: Option<Timestamp>,
    /// Scopes that its steps are said to need and it was not granted.
    pub lacking: Vec<String>,
}

/// The two planes of one platform connection in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoPlanes {
    BothWork,
    /// "Your sign-in is fine, Make's copy is dead."
    CopyDead,
    /// "The copy works, your sign-in is dead."
    SignInDead,
    BothDead,
    NotKnown,
}

impl Picture {
    /// From what is stored. `zone_of` finds the zone of a name; without one, the person's own.
    pub fn build(known: Known, own: Vec<OwnConnection>, zone_of: &dyn Fn(Option<&str>) -> TimeZone) -> Self {
        Self::over(Arc::new(Wiring::build(known, zone_of)), own)
    }

    /// The same wiring with the health of our own connections as it is just now.
    pub fn over(wiring: Arc<Wiring>, own: Vec<OwnConnection>) -> Self {
        Self::supposing(wiring, own, HashSet::new())
    }

    /// The same with these taken for dead besides.
    pub fn with_dead(&self, supposed: impl IntoIterator<Item = Uses>) -> Self {
        Self::supposing(Arc::clone(&self.wiring), self.own.clone(), supposed.into_iter().collect())
    }

    fn supposing(wiring: Arc<Wiring>, own: Vec<OwnConnection>, supposed: HashSet<Uses>) -> Self {
        let own_numbers = own.iter().enumerate().map(|(number, it)| (it.id.clone(), number)).collect();
        let mut picture = Self { wiring, own, own_numbers, supposed, dead: vec![], waits: HashMap::new() };
        for node in 0..picture.wiring.nodes.len() {
            if !picture.health(&picture.wiring.nodes[node]).is_dead() {
                continue;
            }
            let struck = picture.wiring.struck_by(&[node]);
            if struck.is_empty() {
                continue;
            }
            picture.dead.push(node);
            for (workflow, _) in struck {
                picture.waits.entry(workflow).or_default().push(node);
            }
        }
        picture
    }

    pub fn wiring(&self) -> &Arc<Wiring> {
        &self.wiring
    }

    pub fn platforms(&self) -> &[Platform] {
        &self.wiring.platforms
    }

    pub fn platform(&self, id: &PlatformId) -> Option<&Platform> {
        self.wiring.platform(id)
    }

    /// Our own, whether or not anything uses them.
    pub fn own_connections(&self) -> &[OwnConnection] {
        &self.own
    }

    pub fn own_connection(&self, id: &ConnectionId) -> Option<&OwnConnection> {
        self.own.get(*self.own_numbers.get(id)?)
    }

    pub fn platform_connections(&self) -> &[PlatformConnection] {
        &self.wiring.theirs
    }

    pub fn platform_connection(&self, id: &PlatformConnectionId) -> Option<&PlatformConnection> {
        self.wiring.their(id)
    }

    pub fn workflows(&self) -> &[Workflow] {
        &self.wiring.workflows
    }

    pub fn workflow(&self, id: &WorkflowId) -> Option<&Workflow> {
        self.wiring.workflows.get(self.wiring.workflow_number(id)?)
    }

    /// Those of one workflow that use connections, in their order.
    pub fn steps_of(&self, id: &WorkflowId) -> &[Step] {
        self.wiring.workflow_number(id).map_or(&[], |number| self.wiring.steps_of(number))
    }

    /// Whom a workflow is for: as it says, else as its platform does.
    pub fn customer_of(&self, id: &WorkflowId) -> Option<&str> {
        self.wiring.customer_of(self.wiring.workflow_number(id)?)
    }

    pub fn runs_per_day_of(&self, id: &WorkflowId) -> Option<f64> {
        self.wiring.runs_per_day(self.wiring.workflow_number(id)?)
    }

    /// It is switched on, or something that is starts it.
    pub fn is_running(&self, id: &WorkflowId) -> bool {
        self.wiring.workflow_number(id).is_some_and(|number| self.wiring.is_running(number))
    }

    /// What it waits for: the dead that it needs.
    pub fn waits_for(&self, id: &WorkflowId) -> Vec<Uses> {
        let waits = self.wiring.workflow_number(id).and_then(|number| self.waits.get(&number));
        waits.into_iter().flatten().map(|node| self.wiring.nodes[*node].clone()).collect()
    }

    /// Every workflow that stops as things stand.
    pub fn stopped(&self) -> impl Iterator<Item = &Workflow> {
        self.waits.keys().map(|number| &self.wiring.workflows[*number])
    }

    /// What a person calls it.
    pub fn name_of<'a>(&'a self, uses: &'a Uses) -> &'a str {
        match uses {
            Uses::Connection(id) => self.own_connection(id).map_or(id.as_str(), |it| &it.name),
            Uses::PlatformConnection(id) => self.platform_connection(id).map_or(id.as_str(), |it| &it.name),
        }
    }

    pub fn health(&self, uses: &Uses) -> Health {
        let known = match uses {
            Uses::Connection(id) => self.own_connection(id).map_or(Health::Unknown, |it| it.health),
            Uses::PlatformConnection(id) => {
                self.platform_connection(id).map_or(Health::Unknown, |it| Health::of_platform(&it.state))
            }
        };
        if !known.is_dead() && self.supposed.contains(uses) { Health::Dead { since: None } } else { known }
    }

    /// Of a platform's connection of which nothing is proved: when a workflow that uses it, as it runs, last ran well. That
    /// is no proof: whether the run came to the step, and was answered there, is not known by that [A8, D2].
    pub fn good_run_without_proof(&self, id: &PlatformConnectionId) -> Option<Timestamp> {
        let uses = Uses::PlatformConnection(id.clone());
        if self.health(&uses) != Health::Unknown {
            return None;
        }
        let users = self.wiring.users_of(self.wiring.node(&uses)?).iter();
        let runs_with = |number: &&Number| {
            let steps = self.wiring.steps_of(**number);
            steps.iter().any(|it| it.uses == uses && it.is_enabled && it.version != StepVersion::Draft)
        };
        users.filter(runs_with).filter_map(|number| self.wiring.workflows[*number].last_good_at).max()
    }

    /// When it stops if nobody acts. Of a platform's grants nobody says.
    pub fn ends_at(&self, uses: &Uses) -> Option<Timestamp> {
        match uses {
            Uses::Connection(id) => self.own_connection(id)?.ends_at,
            Uses::PlatformConnection(_) => None,
        }
    }

    /// What a platform's connection and ours of the same account say together.
    pub fn two_planes(&self, id: &PlatformConnectionId) -> TwoPlanes {
        let theirs = self.health(&Uses::PlatformConnection(id.clone()));
        let joined = self.platform_connection(id).and_then(|it| it.joined.as_ref()?.connection.clone());
        let ours = joined.map_or(Health::Unknown, |own| self.health(&Uses::Connection(own)));
        match (ours, theirs) {
            (Health::Dead { .. }, Health::Dead { .. }) => TwoPlanes::BothDead,
            (Health::Works, Health::Dead { .. }) => TwoPlanes::CopyDead,
            (Health::Dead { .. }, Health::Works) => TwoPlanes::SignInDead,
            (Health::Works, Health::Works) => TwoPlanes::BothWork,
            (Health::Unknown, _) | (_, Health::Unknown) => TwoPlanes::NotKnown,
        }
    }

    /// Who breaks with one connection, of whichever plane: dead already, dying as forecast, or supposed to.
    pub fn impact(&self, uses: &Uses, now: Timestamp) -> Impact {
        self.what_if(std::slice::from_ref(uses), now)
    }

    /// Who breaks when all of these are dead.
    pub fn what_if(&self, dead: &[Uses], now: Timestamp) -> Impact {
        let nodes: Vec<Number> = dead.iter().filter_map(|it| self.wiring.node(it)).collect();
        let dies_at = dead.iter().filter_map(|it| self.death_of(it)).min();
        let after = dies_at.map_or(now, |at| at.max(now));
        let mut next = NextRuns::after(after);

        let mut impact = Impact { dies_at, ..Impact::default() };
        let (mut customers, mut owners) = (BTreeSet::new(), BTreeSet::new());
        let mut struck = vec![];
        for (number, carrier) in self.wiring.struck_by(&nodes) {
            let workflow = &self.wiring.workflows[number];
            customers.extend(self.wiring.customer_of(number));
            owners.extend(workflow.owner.as_deref());
            let runs_per_day = self.wiring.runs_per_day(number);
            match runs_per_day {
                Some(runs) => impact.runs_per_day += runs,
                None => impact.uncounted += 1,
            }
            let waits_for = self.waits_beside(number, &nodes);
            impact.heals += usize::from(waits_for.is_empty());
            let found = Struck {
                workflow: workflow.id.clone(),
                first: next.of(&self.wiring, number),
                runs_per_day,
                steps: self.failing_steps(number, dead),
                carried_by: carrier.map(|it| self.wiring.workflows[it].id.clone()),
                waits_for,
            };
            struck.push((number, found));
        }
        struck.sort_by(|(one, a), (other, b)| {
            let frequency = |it: &Struck| it.runs_per_day.unwrap_or(0.0);
            let names = (&self.wiring.workflows[*one].name, &self.wiring.workflows[*other].name);
            a.first
                .cmp(&b.first)
                .then(frequency(b).total_cmp(&frequency(a)))
                .then(names.0.cmp(names.1))
                .then(one.cmp(other))
        });
        impact.struck = struck.into_iter().map(|(_, it)| it).collect();
        impact.first = impact.struck.first().and_then(|it| Some((it.workflow.clone(), it.first.at()?)));
        impact.customers = customers.into_iter().map(str::to_owned).collect();
        impact.owners = owners.into_iter().map(str::to_owned).collect();
        impact.apart = self.apart_of(&nodes, &impact.struck);
        impact
    }

    /// What a workflow needs, and whether it would run.
    pub fn readiness(&self, id: &WorkflowId, now: Timestamp) -> Option<Readiness> {
        let number = self.wiring.workflow_number(id)?;
        let mut all = vec![number];
        let mut next = 0;
        while let Some(workflow) = all.get(next).copied() {
            for other in self.wiring.rests_on(workflow) {
                if self.wiring.is_running(*other) && !all.contains(other) {
                    all.push(*other);
                }
            }
            next += 1;
        }
        let mut needs: Vec<Need> = vec![];
        for workflow in &all {
            for step in self.wiring.steps_of(*workflow).iter().filter(|it| stops(it)) {
                let name = (*workflow == number).then(|| step.name.clone());
                match needs.iter_mut().find(|it| it.uses == step.uses) {
                    Some(need) => {
                        need.steps.extend(name);
                        let lacking = self.missing_of(&step.uses, &step.scopes).into_iter();
                        let lacking: Vec<String> = lacking.filter(|it| !need.lacking.contains(it)).collect();
                        need.lacking.extend(lacking);
                    }
                    None => needs.push(Need {
                        uses: step.uses.clone(),
                        steps: name.into_iter().collect(),
                        health: self.health(&step.uses),
                        ends_at: self.ends_at(&step.uses),
                        lacking: self.missing_of(&step.uses, &step.scopes),
                    }),
                }
            }
        }
        let is_running = self.wiring.is_running(number);
        Some(Readiness {
            is_ready: is_running && needs.iter().all(|it| !it.health.is_dead() && it.lacking.is_empty()),
            needs,
            is_running,
            next: NextRuns::after(now).of(&self.wiring, number),
            rests_on: all.iter().skip(1).map(|it| self.wiring.workflows[*it].id.clone()).collect(),
        })
    }

    pub(super) fn dead(&self) -> &[Number] {
        &self.dead
    }

    fn death_of(&self, uses: &Uses) -> Option<Timestamp> {
        match self.health(uses) {
            Health::Dead { since } => since,
            Health::Works | Health::Unknown => self.ends_at(uses),
        }
    }

    fn waits_beside(&self, workflow: Number, nodes: &[Number]) -> Vec<Uses> {
        let waits = self.waits.get(&workflow).into_iter().flatten();
        waits.filter(|node| !nodes.contains(node)).map(|node| self.wiring.nodes[*node].clone()).collect()
    }

    fn failing_steps(&self, workflow: Number, dead: &[Uses]) -> Vec<String> {
        let steps = self.wiring.steps_of(workflow).iter();
        let mut names: Vec<String> =
            steps.filter(|it| stops(it) && dead.contains(&it.uses)).map(|it| it.name.clone()).collect();
        names.dedup();
        names
    }

    fn apart_of(&self, nodes: &[Number], struck: &[Struck]) -> Vec<(WorkflowId, Apart)> {
        let is_struck: BTreeSet<&WorkflowId> = struck.iter().map(|it| &it.workflow).collect();
        let mut found: HashMap<Number, Apart> = HashMap::new();
        for (number, apart) in nodes.iter().flat_map(|node| self.wiring.apart_of(*node)) {
            if !is_struck.contains(&self.wiring.workflows[*number].id) {
                let kept = found.entry(*number).or_insert(*apart);
                *kept = (*kept).min(*apart);
            }
        }
        let mut all: Vec<(Number, Apart)> = found.into_iter().collect();
        all.sort_by_key(|(number, _)| (&self.wiring.workflows[*number].name, *number));
        all.into_iter().map(|(number, apart)| (self.wiring.workflows[number].id.clone(), apart)).collect()
    }
}

/// Whether a workflow that runs stops at this step when what it uses is dead.
pub(super) fn stops(step: &Step) -> bool {
    step.is_enabled && step.version != StepVersion::Draft
}

/// Next runs after one moment; those that share a schedule are worked out once.
pub(super) struct NextRuns {
    after: Timestamp,
    known: HashMap<usize, NextRun>,
}

impl NextRuns {
    pub(super) fn after(after: Timestamp) -> Self {
        Self { after, known: HashMap::new() }
    }

    pub(super) fn of(&mut self, wiring: &Wiring, workflow: Number) -> NextRun {
        let (index, table) = wiring.timetable(workflow);
        let last_run = wiring.workflows[workflow].last_run.as_ref().map(|it| it.at);
        // Only intervals depend on when it last ran.
        if last_run.is_some() && table.goes_on_from_last_run() {
            return table.next_run(self.after, last_run);
        }
        *self.known.entry(index).or_insert_with(|| wiring.next_run_of(index, self.after))
    }
}
