//! Every connection and workflow with what the picture says of it, worked out once for one answer [D1, D3].

mod facts;
mod source;

use std::collections::{HashMap, HashSet};

use domain::blast_radius::impact::Picture;
use domain::blast_radius::schedule::NextRun;
use domain::blast_radius::{PlatformConnection, StepVersion, Uses, Workflow};
use domain::connection::status::Lamp;
use domain::{ConnectionId, PlatformId, WorkflowId};
use engine::flows::overview::ConnectionOverview;
use engine::flows::platforms::PlatformOverview;
use jiff::Timestamp;

use super::super::platform_connections::verdict;
use super::super::platforms::way_of;
use crate::views::{
    Millis, PlatformNameView, SeenByView, SeenView, SourceNodeView, WorkflowNodeView, WorkflowStateView, count,
};

pub(in crate::views::from_engine) use self::facts::died_at;
pub(crate) use self::facts::{RadiusFacts, uses_of};
pub(in crate::views::from_engine) use self::source::Plane;
pub(crate) use self::source::Source;

/// What is known of one workflow.
pub(in crate::views::from_engine) struct Watched<'a> {
    pub(in crate::views::from_engine) workflow: &'a Workflow,
    pub(in crate::views::from_engine) customer: Option<&'a str>,
    pub(in crate::views::from_engine) state: WorkflowStateView,
    pub(in crate::views::from_engine) next: NextRun,
    pub(in crate::views::from_engine) runs_per_day: Option<f64>,
    /// Dead sources that it waits for, by their numbers.
    pub(in crate::views::from_engine) waits: Vec<usize>,
    pub(in crate::views::from_engine) carried_by: Option<&'a str>,
}

impl Watched<'_> {
    /// It is switched on, and not paused from here.
    pub(in crate::views::from_engine) fn is_active(&self) -> bool {
        !matches!(self.state, WorkflowStateView::Inactive | WorkflowStateView::Paused { .. })
    }

    pub(in crate::views::from_engine) fn stops(&self) -> bool {
        matches!(self.state, WorkflowStateView::Stopped | WorkflowStateView::WouldStop)
    }

    pub(in crate::views::from_engine) fn next_at(&self) -> Option<Timestamp> {
        self.next.at()
    }
}

/// Both planes for one answer.
pub(crate) struct Survey<'a> {
    pub(in crate::views::from_engine) facts: &'a RadiusFacts,
    pub(in crate::views::from_engine) picture: &'a Picture,
    pub(in crate::views::from_engine) sources: Vec<Source<'a>>,
    numbers: HashMap<Uses, usize>,
    own_numbers: HashMap<&'a ConnectionId, usize>,
    platforms: HashMap<&'a PlatformId, &'a PlatformOverview>,
    /// In the picture's order.
    pub(in crate::views::from_engine) workflows: Vec<Watched<'a>>,
}

impl<'a> Survey<'a> {
    /// `picture` is that of the facts, or one that supposes more dead.
    pub(crate) fn new(facts: &'a RadiusFacts, picture: &'a Picture) -> Self {
        let mut survey = Self {
            facts,
            picture,
            sources: vec![],
            numbers: HashMap::new(),
            own_numbers: facts.connections.iter().enumerate().map(|(number, it)| (&it.connection.id, number)).collect(),
            platforms: facts.platforms.iter().map(|it| (&it.platform.id, it)).collect(),
            workflows: vec![],
        };
        survey.take_sources();
        survey.take_users();
        survey.watch();
        survey
    }

    fn take_sources(&mut self) {
        for overview in &self.facts.connections {
            let ends = overview.status.lamp == Lamp::Expiring;
            let uses = Uses::Connection(overview.connection.id.clone());
            let ends_at = self.picture.ends_at(&uses).filter(|_| ends);
            self.take_source(uses, Plane::Own(overview), ends_at);
        }
        for theirs in self.picture.platform_connections() {
            let Some(platform) = self.platform(&theirs.platform) else { continue };
            self.take_source(Uses::PlatformConnection(theirs.id.clone()), Plane::Theirs(theirs, platform), None);
        }
    }

    fn take_source(&mut self, uses: Uses, plane: Plane<'a>, ends_at: Option<Timestamp>) {
        let is_dead = self.picture.health(&uses).is_dead();
        self.numbers.insert(uses.clone(), self.sources.len());
        self.sources.push(Source {
            is_simulated: is_dead && !self.facts.picture.health(&uses).is_dead(),
            ends_at: ends_at.filter(|_| !is_dead),
            is_dead,
            uses,
            plane,
            users: vec![],
        });
    }

    fn take_users(&mut self) {
        for (place, workflow) in self.picture.workflows().iter().enumerate() {
            for step in self.picture.steps_of(&workflow.id) {
                let Some(number) = self.numbers.get(&step.uses) else { continue };
                let users = &mut self.sources[*number].users;
                if users.last() != Some(&place) {
                    users.push(place);
                }
            }
        }
        // What nobody uses and nobody can use is no part of the picture.
        let is_shown = |source: &Source<'_>| match source.plane {
            Plane::Own(it) => {
                !source.users.is_empty() || !(it.provider.is_practice || it.status.lamp == Lamp::Disconnected)
            }
            Plane::Theirs(..) => true,
        };
        self.sources.retain(is_shown);
        self.numbers = self.sources.iter().enumerate().map(|(number, it)| (it.uses.clone(), number)).collect();
    }

    fn watch(&mut self) {
        let picture = self.picture;
        let carried: HashMap<usize, usize> = picture
            .struck_places(&picture.dead_uses())
            .into_iter()
            .filter_map(|(place, carrier)| Some((place, carrier?)))
            .collect();
        let next_runs = picture.next_runs(self.facts.now);
        let mut watched = Vec::with_capacity(next_runs.len());
        for (place, (workflow, next)) in picture.workflows().iter().zip(next_runs).enumerate() {
            let waits: Vec<usize> =
                picture.waits_for(&workflow.id).iter().filter_map(|it| self.numbers.get(it).copied()).collect();
            let state = self.state_of(workflow, &waits);
            watched.push(Watched {
                workflow,
                customer: picture.customer_of(&workflow.id),
                state,
                next,
                runs_per_day: picture.runs_per_day_of(&workflow.id),
                waits: if state == WorkflowStateView::Inactive { vec![] } else { waits },
                carried_by: carried.get(&place).map(|it| picture.workflows()[*it].name.as_str()),
            });
        }
        self.workflows = watched;
    }

    fn state_of(&self, workflow: &Workflow, waits: &[usize]) -> WorkflowStateView {
        if let Some(since) = workflow.paused_at {
            return WorkflowStateView::Paused { since: since.into() };
        }
        if !self.picture.is_running(&workflow.id) {
            return WorkflowStateView::Inactive;
        }
        if !waits.is_empty() {
            let is_supposed = waits.iter().all(|it| self.sources[*it].is_simulated);
            return if is_supposed { WorkflowStateView::WouldStop } else { WorkflowStateView::Stopped };
        }
        if !self.picture.lacks_of(&workflow.id).is_empty() {
            return WorkflowStateView::LacksScope;
        }
        let steps = self.picture.steps_of(&workflow.id).iter();
        let live = steps.filter(|it| it.is_enabled && it.version != StepVersion::Draft);
        let end = live.filter_map(|it| self.sources[*self.numbers.get(&it.uses)?].ends_at).min();
        end.map_or(WorkflowStateView::Running, |at| WorkflowStateView::AtRisk { at: at.into() })
    }

    pub(crate) fn platform(&self, id: &PlatformId) -> Option<&'a PlatformOverview> {
        self.platforms.get(id).copied()
    }

    pub(in crate::views::from_engine) fn number(&self, uses: &Uses) -> Option<usize> {
        self.numbers.get(uses).copied()
    }

    pub(crate) fn source(&self, uses: &Uses) -> Option<&Source<'a>> {
        Some(&self.sources[self.number(uses)?])
    }

    /// Our own connection of that id.
    pub(crate) fn own(&self, id: &ConnectionId) -> Option<&'a ConnectionOverview> {
        Some(&self.facts.connections[*self.own_numbers.get(id)?])
    }

    /// Active workflows that stop with it, or would, by their places.
    pub(crate) fn struck(&self, uses: &Uses) -> Vec<usize> {
        let struck = self.picture.struck_places(std::slice::from_ref(uses)).into_iter();
        struck.map(|(place, _)| place).filter(|it| self.workflows[*it].is_active()).collect()
    }

    pub(crate) fn first_run(&self, places: &[usize]) -> Option<Millis> {
        places.iter().filter_map(|it| self.workflows[*it].next_at()).min().map(Millis::from)
    }

    /// Of none of them known: none.
    pub(in crate::views::from_engine) fn runs_per_day(&self, places: &[usize]) -> Option<f64> {
        let known: Vec<f64> = places.iter().filter_map(|it| self.workflows[*it].runs_per_day).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }

    /// Name, where it is known, and two letters.
    pub(crate) fn provider_of(&self, theirs: &PlatformConnection) -> (Option<String>, String) {
        match theirs.provider.as_ref().and_then(|it| self.facts.providers.get(it)) {
            Some((name, tag)) => (Some(name.clone()), tag.clone()),
            None => {
                let mut letters = theirs.kind.chars().filter(|it| it.is_alphanumeric());
                let first = letters.next().map(|it| it.to_uppercase().collect::<String>());
                (None, first.into_iter().chain(letters.next().map(String::from)).collect())
            }
        }
    }

    pub(in crate::views::from_engine) fn source_view(&self, source: &Source<'a>) -> SourceNodeView {
        let struck = self.struck(&source.uses);
        let died_at = died_at(self.picture, &source.uses).or(source.ends_at);
        let (provider, seen, is_stale, verdict) = match source.plane {
            Plane::Own(it) => (
                (Some(it.provider.name.clone()), it.provider.tag.clone()),
                SeenView {
                    by: SeenByView::TokenDoor,
                    at: it.connection.proof.as_ref().map_or(it.connection.created_at, |proof| proof.at).into(),
                    gone_at: None,
                },
                it.status.is_stale,
                None,
            ),
            Plane::Theirs(it, platform) => {
                let beside = it.joined.as_ref().and_then(|join| self.own(join.connection.as_ref()?));
                let verdict = beside.map(|_| verdict(it, beside, platform));
                (self.provider_of(it), it.provenance.into(), platform.is_stale, verdict)
            }
        };
        SourceNodeView {
            id: source.id().to_owned(),
            name: source.name().to_owned(),
            provider_name: provider.0,
            provider_tag: provider.1,
            account: source.account().map(str::to_owned),
            customer: source.customer().map(str::to_owned),
            owner: match source.plane {
                Plane::Own(_) => None,
                Plane::Theirs(it, _) => it.owner.clone(),
            },
            platform: match source.plane {
                Plane::Own(_) => None,
                Plane::Theirs(_, platform) => Some((&platform.platform).into()),
            },
            lamp: source.lamp(),
            share_left: source.share_left(),
            is_stale,
            is_simulated: source.is_simulated,
            dies_at: died_at.map(Millis::from),
            workflow_count: count(source.users.len()),
            stopped_count: count(struck.len()),
            runs_per_day: self.runs_per_day(&struck),
            next_run_at: self.first_run(&struck),
            seen,
            verdict,
        }
    }

    pub(in crate::views::from_engine) fn platform_name(&self, workflow: &Workflow) -> Option<PlatformNameView> {
        self.platform(&workflow.platform).map(|it| (&it.platform).into())
    }

    /// Whether its platform can be told to pause it.
    pub(in crate::views::from_engine) fn can_be_paused(&self, workflow: &Workflow) -> bool {
        let platform = self.platform(&workflow.platform);
        platform.is_some_and(|it| it.abilities.pauses && way_of(it) == SeenByView::Api)
    }

    pub(in crate::views::from_engine) fn workflow_view(&self, watched: &Watched<'_>) -> Option<WorkflowNodeView> {
        let workflow = watched.workflow;
        Some(WorkflowNodeView {
            id: workflow.id.to_string(),
            name: workflow.name.clone(),
            platform: self.platform_name(workflow)?,
            customer: watched.customer.map(str::to_owned),
            project: workflow.project.clone(),
            owner: workflow.owner.clone(),
            environment: workflow.environment.map(Into::into),
            state: watched.state,
            schedule: (&workflow.schedule).into(),
            next_run_at: watched.next_at().map(Millis::from),
            runs_per_day: watched.runs_per_day,
            last_run: workflow.last_run.as_ref().map(Into::into),
            waits_for: watched.waits.iter().map(|it| self.sources[*it].id().to_owned()).collect(),
            carried_by: watched.carried_by.map(str::to_owned),
            can_be_paused: self.can_be_paused(workflow),
            has_page: workflow.page.is_some(),
            seen: workflow.provenance.into(),
        })
    }

    /// The workflow of that id, with its place.
    pub(in crate::views::from_engine) fn workflow(&self, id: &WorkflowId) -> Option<&Watched<'a>> {
        self.workflows.get(self.picture.place_of(id)?)
    }

    /// How many customers these are for.
    pub(in crate::views::from_engine) fn customers(&self, places: &[usize]) -> usize {
        places.iter().filter_map(|it| self.workflows[*it].customer).collect::<HashSet<_>>().len()
    }
}
