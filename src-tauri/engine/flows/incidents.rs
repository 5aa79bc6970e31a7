//! Incidents: opened by themselves when a connection that workflows lean on dies, ours or a platform's, followed to the
//! repair, validated one by one, reported on one page [D4, D5, A8].

use std::collections::HashMap;

use domain::blast_radius::impact::{Health, Picture};
use domain::blast_radius::incident::{self, Affected, Canary, Incident, Open};
use domain::blast_radius::incident_order::validation_list;
use domain::blast_radius::replay_advice::{MissedRuns, ReplayAdvice, advise, advise_on_missed};
use domain::blast_radius::{PlatformConnectionState, Run, Uses};
use domain::connection::status::Lamp;
use domain::display_text::cleaned;
use domain::{IncidentId, PlatformConnectionId, WorkflowId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::overview::ConnectionOverview;
use crate::platforms::{PlatformFailure, TestWorth};
use crate::{Engine, Error, Notice};

/// How far back the last good call is looked for.
const EVENTS_LOOKED_AT: usize = 500;
const LONGEST_NOTE: usize = 2_000;

/// What to run again of one workflow, by its newest run that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayLine {
    pub workflow: WorkflowId,
    /// `None`: none is known to have failed, and scheduled ones are missing.
    pub run: Option<Run>,
    pub failed_runs: usize,
    pub missed: MissedRuns,
    /// Since when runs could not work.
    pub since: Timestamp,
    pub advice: ReplayAdvice,
}

impl Engine {
    /// Opens what became an incident since the last look, and notes what was repaired, or died again since. Whoever asks
    /// for incidents looks; so does the process that watches, at every change.
    ///
    /// # Errors
    /// The database's.
    pub fn follow_incidents(&self) -> Result<(), Error> {
        let mut open = self.parts.store.list_open_incidents()?;
        let has_reauth = |it: &ConnectionOverview| it.status.lamp == Lamp::ReauthRequired;
        let connections = self.list_connections()?;
        let has_dead_copies = self.parts.store.has_dead_platform_connections()?;
        if open.is_empty() && !has_dead_copies && !connections.iter().any(has_reauth) {
            return Ok(());
        }
        let picture = self.picture()?;
        let mut has_opened = false;
        for overview in connections.iter().filter(|it| has_reauth(it)) {
            let uses = Uses::Connection(overview.connection.id.clone());
            let is_open = open.iter().any(|it| it.uses == uses);
            let leaning = overview.dependant_count + copies_of(&picture, &uses).len();
            if !is_open
                && incident::opens(overview.status.lamp, leaning)
                && self.is_another_death(&uses, overview.status.since)?
            {
                self.open_incident_of(&picture, &uses, Some(overview))?;
                has_opened = true;
            }
        }
        if has_dead_copies {
            if has_opened {
                open = self.parts.store.list_open_incidents()?;
            }
            self.open_incidents_of_copies(&picture, &open)?;
        }
        for incident in &open {
            // What a person resumed at its platform, or removed there, waits for nothing from here.
            let runs_again = |it: &Affected| {
                it.is_paused() && picture.workflow(&it.workflow).is_none_or(|it| it.paused_at.is_none() && it.is_active)
            };
            // Whoever paused it, and whatever came of it then: while it stands as paused it is paused for this too.
            let paused_since = |it: &Affected| {
                let since = picture.workflow(&it.workflow).and_then(|it| it.paused_at);
                since.filter(|_| !it.is_paused())
            };
            if incident.affected.iter().any(|it| runs_again(it) || paused_since(it).is_some()) {
                let now = self.parts.clock.now();
                self.change(&incident.id, |it| {
                    for affected in &mut it.affected {
                        if runs_again(affected) {
                            affected.resumed_at = Some(now);
                        } else if let Some(since) = paused_since(affected) {
                            (affected.paused_at, affected.resumed_at) = (Some(since), None);
                        }
                    }
                })?;
            }
        }
        for incident in open.iter().filter(|it| it.repaired_at.is_some()) {
            let is_dead = match &incident.uses {
                Uses::Connection(id) => connections.iter().any(|it| it.connection.id == *id && has_reauth(it)),
                theirs @ Uses::PlatformConnection(_) => picture.health(theirs).is_dead(),
            };
            if is_dead {
                self.change(&incident.id, Incident::break_again)?;
            }
        }
        for incident in open.iter().filter(|it| it.repaired_at.is_none()) {
            if let Some(at) = self.repaired_at(&picture, &connections, incident) {
                self.change(&incident.id, |it| it.repaired_at = Some(at))?;
            }
        }
        self.count_failed_runs(&picture, &self.parts.store.list_open_incidents()?)
    }

    /// What readings brought since: until an incident is closed its count grows.
    fn count_failed_runs(&self, picture: &Picture, open: &[Incident]) -> Result<(), Error> {
        for incident in open {
            let counts = run_counts(&self.runs_of(incident, picture, failing_since(picture, incident))?);
            // Runs are not kept for ever, and what was once seen is not unseen.
            let is_more = |it: &Affected| counts.get(&it.workflow).is_some_and(|count| *count > it.failed_runs);
            if incident.affected.iter().any(is_more) {
                self.change(&incident.id, |it| {
                    for affected in it.affected.iter_mut().filter(|it| is_more(it)) {
                        affected.failed_runs = counts[&affected.workflow];
                    }
                })?;
            }
        }
        Ok(())
    }

    /// The newest first, as things stand now.
    ///
    /// # Errors
    /// The database's.
    pub fn list_incidents(&self) -> Result<Vec<Incident>, Error> {
        self.follow_incidents()?;
        Ok(self.parts.store.list_incidents()?)
    }

    /// # Errors
    /// [`Error::IncidentGone`].
    pub fn incident(&self, id: &IncidentId) -> Result<Incident, Error> {
        self.follow_incidents()?;
        self.parts.store.find_incident(id)?.ok_or_else(|| Error::IncidentGone(id.to_string()))
    }

    /// A person opens one, also of a platform's connection. The one that is open where there is one.
    ///
    /// # Errors
    /// The database's.
    pub fn open_incident(&self, uses: &Uses) -> Result<Incident, Error> {
        let picture = self.picture()?;
        let overview = match uses {
            Uses::Connection(id) => Some(self.overview(id)?),
            Uses::PlatformConnection(_) => None,
        };
        self.open_incident_of(&picture, uses, overview.as_ref())?;
        let open = self.parts.store.list_open_incidents()?;
        open.into_iter().find(|it| it.uses == *uses).ok_or(Error::ChangedMeanwhile)
    }

    /// A call that shows whether the connection works again. One that works is the repair.
    ///
    /// # Errors
    /// [`Error::PlatformFailed`] where a platform could not be asked, [`Error::NothingShown`] where that shows nothing; what
    /// the test call of our own connection says is no error.
    pub async fn run_canary(&self, id: &IncidentId) -> Result<Incident, Error> {
        let incident = self.incident(id)?;
        let canary = match &incident.uses {
            own @ Uses::Connection(_) => self.canary_of(own).await?,
            Uses::PlatformConnection(theirs) => {
                let shown = self.canary_of_copy(theirs, Some(&incident)).await?;
                shown.ok_or_else(|| Error::NothingShown(incident.name.clone()))?
            }
        };
        self.change(id, |it| {
            it.canary = Some(canary);
            if canary.worked && it.repaired_at.is_none() {
                it.repaired_at = Some(canary.at);
            }
        })
    }

    /// A person saw a workflow running again, or takes that back.
    ///
    /// # Errors
    /// [`Error::IncidentGone`], [`Error::WorkflowGone`] when it is none of its workflows; [`Error::BadInput`] while nobody
    /// can have seen that: its connection is dead, or it is paused.
    pub fn tick_validation(&self, id: &IncidentId, workflow: &WorkflowId, is_ticked: bool) -> Result<Incident, Error> {
        let incident = self.incident(id)?;
        if is_ticked && incident.repaired_at.is_none() {
            return Err(Error::BadInput("the connection is still dead, so nothing can have run on it"));
        }
        if is_ticked && incident.affected.iter().any(|it| it.workflow == *workflow && it.is_paused()) {
            return Err(Error::BadInput("the workflow is still paused"));
        }
        let at = is_ticked.then(|| self.parts.clock.now());
        self.change_affected(id, workflow, |it| it.validated_at = at)
    }

    /// A person has run again what had failed, or takes that back.
    ///
    /// # Errors
    /// As for a tick.
    pub fn tick_replay(&self, id: &IncidentId, workflow: &WorkflowId, is_ticked: bool) -> Result<Incident, Error> {
        let at = is_ticked.then(|| self.parts.clock.now());
        self.change_affected(id, workflow, |it| it.replayed_at = at)
    }

    /// Closes it. What still stands against that is an error, unless it is closed all the same; what is paused is
    /// resumed first in any case.
    ///
    /// # Errors
    /// [`Error::StillPaused`], [`Error::BadInput`] with what else stands against it.
    pub fn close_incident(&self, id: &IncidentId, note: Option<&str>, all_the_same: bool) -> Result<Incident, Error> {
        let incident = self.incident(id)?;
        let paused: Vec<String> =
            incident.affected.iter().filter(|it| it.is_paused()).map(|it| it.name.clone()).collect();
        if !paused.is_empty() {
            return Err(Error::StillPaused { incident: id.clone(), names: paused });
        }
        match incident.open() {
            Some(Open::Broken) if !all_the_same => return Err(Error::BadInput("the connection is still dead")),
            Some(Open::Unvalidated(_)) if !all_the_same => {
                return Err(Error::BadInput("not every workflow was seen running again"));
            }
            Some(Open::Broken | Open::Paused(_) | Open::Unvalidated(_)) | None => {}
        }
        let (now, note) = (self.parts.clock.now(), note.map(|it| cleaned(it.trim(), LONGEST_NOTE)));
        self.change(id, |it| {
            it.closed_at = it.closed_at.or(Some(now));
            it.note = note.filter(|it| !it.is_empty()).or(it.note.take());
        })
    }

    /// One page of Markdown, with times as the person reads them.
    ///
    /// # Errors
    /// [`Error::IncidentGone`].
    pub fn incident_report(&self, id: &IncidentId) -> Result<String, Error> {
        let incident = self.incident(id)?;
        Ok(incident::report(&incident, &TimeZone::system(), self.parts.clock.now()))
    }

    /// What to run again, workflow by workflow, the smallest window first known.
    ///
    /// # Errors
    /// [`Error::IncidentGone`].
    pub fn replay_advice(&self, id: &IncidentId) -> Result<Vec<ReplayLine>, Error> {
        let incident = self.incident(id)?;
        let picture = self.picture()?;
        let since = failing_since(&picture, &incident);
        let now = self.parts.clock.now();
        let until = incident.repaired_at.unwrap_or(now);
        let runs = self.runs_of(&incident, &picture, since)?;
        let mut lines = vec![];
        for affected in &incident.affected {
            let own = runs.iter().filter(|(workflow, _)| *workflow == affected.workflow);
            let own: Vec<&Run> = own.map(|(_, run)| run).collect();
            let pause = affected.pause(now);
            let missed = picture.missed_runs(&affected.workflow, since, until, pause, &own);
            let until = pause.map_or(until, |it| it.until.max(until));
            if own.is_empty() && missed.count == 0 {
                continue;
            }
            let good = picture.workflow(&affected.workflow).and_then(|it| it.last_good_at).filter(|at| *at < since);
            let good = good.or(incident.last_good_at);
            let advice = match own.first() {
                Some(newest) => advise(newest, picture.steps_of(&affected.workflow), good, until),
                None => advise_on_missed(missed, good, until),
            };
            lines.push(ReplayLine {
                workflow: affected.workflow.clone(),
                run: own.first().map(|it| (*it).clone()),
                failed_runs: own.len(),
                missed,
                since,
                advice,
            });
        }
        Ok(lines)
    }

    /// Whether a connection works, shown by a call: ours by the provider, a platform's by a test that means it, else by
    /// what was last proved of it, though not from before the incident about it. What nothing shows to work does not.
    pub(super) async fn canary_of(&self, uses: &Uses) -> Result<Canary, Error> {
        match uses {
            Uses::Connection(id) => {
                let test = self.run_test_call(id).await?;
                Ok(Canary { at: test.at, worked: test.failure.is_none() && !test.is_other_account })
            }
            Uses::PlatformConnection(id) => {
                let open = self.parts.store.list_open_incidents()?;
                let shown = self.canary_of_copy(id, open.iter().find(|it| it.uses == *uses)).await?;
                Ok(shown.unwrap_or_else(|| Canary { at: self.parts.clock.now(), worked: false }))
            }
        }
    }

    /// With the time of the call that showed it, which may have been a run's. `None`: nothing shows it either way.
    async fn canary_of_copy(
        &self,
        id: &PlatformConnectionId,
        incident: Option<&Incident>,
    ) -> Result<Option<Canary>, Error> {
        let (state, is_shown_now) = self.tested(id).await?;
        Ok(match state {
            PlatformConnectionState::Works { at } => {
                incident.is_none_or(|it| it.is_repaired_by(at)).then_some(Canary { at, worked: true })
            }
            PlatformConnectionState::Unknown
            | PlatformConnectionState::Dead { .. }
            | PlatformConnectionState::NeverConnected
            | PlatformConnectionState::Missing => {
                is_shown_now.then(|| Canary { at: self.parts.clock.now(), worked: false })
            }
        })
    }

    /// Tests a platform's connection where the platform can; what its test cannot prove stays as it was last proved.
    ///
    /// # Errors
    /// [`Error::PlatformFailed`] where it could not be asked.
    pub async fn test_platform_connection(&self, id: &PlatformConnectionId) -> Result<PlatformConnectionState, Error> {
        Ok(self.tested(id).await?.0)
    }

    /// And whether the test has shown it.
    async fn tested(&self, id: &PlatformConnectionId) -> Result<(PlatformConnectionState, bool), Error> {
        let found = self.parts.store.find_platform_connection(id)?;
        let found = found.ok_or_else(|| Error::ConnectionGone(id.to_string()))?;
        let platform = self.platform(&found.platform)?;
        let client = match self.open_platform(&platform).await {
            Ok(client) => client,
            Err(Error::PlatformFailed(PlatformFailure::Unsupported(_))) => return Ok((found.state, false)),
            Err(error) => return Err(error),
        };
        let Some(worth) = client.abilities().tests_connections else { return Ok((found.state, false)) };
        let seen = match client.test_connection(&found.external_id).await {
            Ok(seen) => seen,
            // What a version can is found out by asking it.
            Err(PlatformFailure::Unsupported(_)) => return Ok((found.state, false)),
            Err(failure) => return Err(failure.into()),
        };
        let is_proof = match (&seen, worth) {
            (PlatformConnectionState::Unknown, _) => false,
            (PlatformConnectionState::Works { .. }, worth) => worth == TestWorth::Proves,
            (
                PlatformConnectionState::Dead { .. }
                | PlatformConnectionState::NeverConnected
                | PlatformConnectionState::Missing,
                _,
            ) => true,
        };
        if !is_proof {
            return Ok((found.state, false));
        }
        self.parts.store.put_platform_connection_state(id, &seen)?;
        self.notify(Notice::PlatformChanged(Some(found.platform)));
        Ok((seen, true))
    }

    pub(super) fn change(&self, id: &IncidentId, change: impl FnOnce(&mut Incident)) -> Result<Incident, Error> {
        let changed = self.parts.store.change_incident(id, change)?;
        self.notify(Notice::IncidentChanged(Some(id.clone())));
        Ok(changed)
    }

    fn change_affected(
        &self,
        id: &IncidentId,
        workflow: &WorkflowId,
        change: impl FnOnce(&mut Affected),
    ) -> Result<Incident, Error> {
        if !self.incident(id)?.affected.iter().any(|it| it.workflow == *workflow) {
            return Err(Error::WorkflowGone(workflow.to_string()));
        }
        self.change(id, |incident| {
            if let Some(affected) = incident.affected.iter_mut().find(|it| it.workflow == *workflow) {
                change(affected);
            }
        })
    }

    /// A platform's own connection that runs or a test have shown dead, and that stops what runs. One whose workflows all
    /// stand in the open incident of our connection of the same account needs none of its own until that is closed.
    fn open_incidents_of_copies(&self, picture: &Picture, open: &[Incident]) -> Result<(), Error> {
        for theirs in picture.platform_connections() {
            let PlatformConnectionState::Dead { since, .. } = &theirs.state else { continue };
            let uses = Uses::PlatformConnection(theirs.id.clone());
            if open.iter().any(|it| it.uses == uses) {
                continue;
            }
            let struck = picture.struck_places(std::slice::from_ref(&uses));
            let own = theirs.joined.as_ref().and_then(|join| join.connection.clone()).map(Uses::Connection);
            let beside = open.iter().find(|it| Some(&it.uses) == own.as_ref());
            let is_told = beside.is_some_and(|incident| {
                let mut stopped = struck.iter().map(|(place, _)| &picture.workflows()[*place].id);
                stopped.all(|id| incident.affected.iter().any(|it| it.workflow == *id))
            });
            if !struck.is_empty() && !is_told && self.is_another_death(&uses, *since)? {
                self.open_incident_of(picture, &uses, None)?;
            }
        }
        Ok(())
    }

    fn is_another_death(&self, uses: &Uses, died_at: Timestamp) -> Result<bool, Error> {
        Ok(incident::is_another_death(died_at, self.parts.store.last_closed_incident(uses)?))
    }

    fn open_incident_of(
        &self,
        picture: &Picture,
        uses: &Uses,
        overview: Option<&ConnectionOverview>,
    ) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let (last_good_at, first_bad_at) = self.calls_around(picture, uses)?;
        let mut incident = Incident {
            id: IncidentId::from_random(Self::random_bits()?),
            uses: uses.clone(),
            name: picture.name_of(uses).to_owned(),
            cause: overview.and_then(|it| it.status.diagnosis()).map(|it| it.cause),
            opened_at: now,
            last_good_at,
            first_bad_at: first_bad_at.or_else(|| overview.map(|it| it.status.since)),
            repaired_at: None,
            canary: None,
            closed_at: None,
            note: None,
            affected: vec![],
        };
        let dead_copies =
            copies_of(picture, uses).into_iter().filter(|copy| picture.health(copy).is_dead()).collect::<Vec<_>>();
        let stopped = [vec![uses.clone()], dead_copies].concat();
        let since = failing_since(picture, &incident);
        for validation in validation_list(picture, &stopped, now) {
            let Some(workflow) = picture.workflow(&validation.workflow) else { continue };
            incident.affected.push(Affected {
                workflow: workflow.id.clone(),
                name: workflow.name.clone(),
                platform: picture.platform(&workflow.platform).map_or_else(String::new, |it| it.name.clone()),
                customer: picture.customer_of(&workflow.id).map(str::to_owned),
                failed_runs: 0,
                paused_at: workflow.paused_at,
                resumed_at: None,
                validated_at: None,
                replayed_at: None,
            });
        }
        let counts = run_counts(&self.runs_of(&incident, picture, since)?);
        for affected in &mut incident.affected {
            affected.failed_runs = counts.get(&affected.workflow).copied().unwrap_or(0);
        }
        if self.parts.store.open_incident(&incident)? {
            self.notify(Notice::IncidentChanged(Some(incident.id)));
        }
        Ok(())
    }

    /// Failed runs of its workflows that are not known to have failed for another connection; of those of which it is not
    /// known either, what failed once it was repaired is not its doing.
    pub(super) fn runs_of(
        &self,
        incident: &Incident,
        picture: &Picture,
        since: Timestamp,
    ) -> Result<Vec<(WorkflowId, Run)>, Error> {
        let copies = copies_of(picture, &incident.uses);
        let external_ids: Vec<&str> = copies
            .iter()
            .chain(std::iter::once(&incident.uses))
            .filter_map(|uses| match uses {
                Uses::Connection(_) => None,
                Uses::PlatformConnection(id) => picture.platform_connection(id).map(|it| it.external_id.as_str()),
            })
            .collect();
        let is_of_it = |run: &Run| match run.failed_connection.as_deref() {
            Some(it) => external_ids.contains(&it),
            None => incident.repaired_at.is_none_or(|repaired| run.at <= repaired),
        };
        let mut runs = self.parts.store.list_failed_runs(since)?;
        runs.retain(|(workflow, run)| is_of_it(run) && incident.affected.iter().any(|it| it.workflow == *workflow));
        Ok(runs)
    }

    fn calls_around(&self, picture: &Picture, uses: &Uses) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
        match uses {
            Uses::Connection(id) => {
                let events = self.list_events(Some(id), EVENTS_LOOKED_AT)?;
                let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
                Ok(incident::calls_around(&events))
            }
            Uses::PlatformConnection(id) => {
                let Health::Dead { since: Some(since) } = picture.health(uses) else { return Ok((None, None)) };
                Ok((self.last_good_run(picture, id, since)?, Some(since)))
            }
        }
    }

    /// The last good run before it died, of workflows that have failed at it since: others may never have come to it.
    fn last_good_run(
        &self,
        picture: &Picture,
        id: &PlatformConnectionId,
        died_at: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(theirs) = picture.platform_connection(id) else { return Ok(None) };
        let failed = self.parts.store.list_failed_runs(died_at)?;
        let failed = failed.iter().filter(|(_, run)| run.failed_connection.as_deref() == Some(&theirs.external_id));
        let workflows = failed.filter_map(|(workflow, _)| picture.workflow(workflow));
        let own = workflows.filter(|it| it.platform == theirs.platform);
        Ok(own.filter_map(|it| it.last_good_at).filter(|at| *at < died_at).max())
    }

    /// When what an incident is about worked again, if it does.
    fn repaired_at(
        &self,
        picture: &Picture,
        connections: &[ConnectionOverview],
        incident: &Incident,
    ) -> Option<Timestamp> {
        match &incident.uses {
            Uses::Connection(id) => {
                let overview = connections.iter().find(|it| it.connection.id == *id)?;
                let is_well = matches!(overview.status.lamp, Lamp::Active | Lamp::Expiring);
                let proof = overview.connection.proof.as_ref().filter(|it| it.failure.is_none())?;
                (is_well && proof.at >= incident.opened_at).then_some(proof.at)
            }
            Uses::PlatformConnection(id) => match picture.platform_connection(id)?.state {
                PlatformConnectionState::Works { at } if incident.is_repaired_by(at) => Some(at),
                PlatformConnectionState::Works { .. }
                | PlatformConnectionState::Unknown
                | PlatformConnectionState::Dead { .. }
                | PlatformConnectionState::NeverConnected
                | PlatformConnectionState::Missing => None,
            },
        }
    }
}

fn run_counts(runs: &[(WorkflowId, Run)]) -> HashMap<WorkflowId, u32> {
    let mut counts: HashMap<WorkflowId, u32> = HashMap::new();
    for (workflow, _) in runs {
        let count = counts.entry(workflow.clone()).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// When the first of what it is about began to fail: a copy may have died before the connection did.
pub(super) fn failing_since(picture: &Picture, incident: &Incident) -> Timestamp {
    let died_at = |uses: Uses| match picture.health(&uses) {
        Health::Dead { since } => since,
        Health::Works | Health::Unknown => None,
    };
    let copies = copies_of(picture, &incident.uses).into_iter().filter_map(died_at);
    copies.fold(incident.first_bad_at.unwrap_or(incident.opened_at), Timestamp::min)
}

/// A platform's own connections of the same account.
fn copies_of(picture: &Picture, uses: &Uses) -> Vec<Uses> {
    let Uses::Connection(id) = uses else { return vec![] };
    let all = picture.platform_connections().iter();
    let copies = all.filter(|it| it.joined.as_ref().is_some_and(|join| join.connection.as_ref() == Some(id)));
    copies.map(|it| Uses::PlatformConnection(it.id.clone())).collect()
}
