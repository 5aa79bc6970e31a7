//! Pausing what depends on a broken connection, where its platform allows it, and resuming it after a canary call [D6].
//!
//! A platform is asked how a workflow stands before it is switched: only what runs is paused, and only what is off is
//! resumed. What is to be paused is noted, for its incident too, before the request leaves: a crash in between leaves a
//! note, which the next reading takes back where the workflow runs after all.
//!
//! A platform that keeps versions starts the one that was paused. It does not tell whether a newer one was published in
//! between and switched off again, or is a draft: that one is there and does not run is said of either.

use std::collections::HashMap;
use std::sync::Arc;

use domain::blast_radius::incident::Canary;
use domain::blast_radius::resuming::{Proof, proofs_before_resuming};
use domain::blast_radius::{Uses, Workflow};
use domain::{IncidentId, PlatformId, WorkflowId};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::platforms::{Platform as PlatformApi, PlatformFailure};
use crate::{Engine, Error, Notice};

/// So many workflows are switched at a time: a platform that hangs holds each for half a minute.
const AT_ONCE: usize = 6;

/// What became of one workflow that was to be paused or resumed.
#[derive(Debug)]
pub struct Switched {
    pub workflow: WorkflowId,
    pub name: String,
    pub outcome: SwitchOutcome,
}

#[derive(Debug)]
pub enum SwitchOutcome {
    Paused,
    /// It was asked, and did not answer: it counts as paused from here until a reading finds it running.
    ProbablyPaused(Error),
    Resumed,
    /// It runs again as it ran; a newer version is saved at its platform, saved then, and does not run.
    ResumedBeforeNewer {
        newer_saved_at: Option<Timestamp>,
    },
    /// It runs again, and not as it ran: its platform started what is saved there now.
    ResumedAsSaved,
    /// It was asked, and did not answer: it counts as paused until a reading finds it running.
    ProbablyResumed(Error),
    /// Somebody else resumed it: it is left as it runs, and our pause is forgotten.
    RunsAlready,
    /// It was edited while it was paused, and its platform can start nothing but the edit: left off.
    EditedSince,
    /// It was so already: left alone, and not resumed later.
    AsItWas,
    /// Its platform has no way to do that from here.
    NotOffered,
    Failed(Error),
}

/// What came of resuming: nothing is let loose on a connection that does not work.
#[derive(Debug)]
pub enum Resumed {
    Resumed(Vec<Switched>),
    CanaryFailed { uses: Uses, canary: Canary },
}

/// Which version may be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// The one that was paused.
    AsItRan,
    /// By a person's own decision also what is saved, where the platform starts nothing else.
    AsSaved,
}

/// What is to be done with each of several workflows.
#[derive(Debug, Clone)]
enum Switch {
    /// For this incident.
    Pause(Option<IncidentId>),
    Resume(Allowed),
}

/// When a workflow was paused and resumed, as an incident noted it.
type PauseNote = (Option<Timestamp>, Option<Timestamp>);

/// The client of a workflow's platform; `None` where that cannot pause.
type Client = Option<Arc<dyn PlatformApi>>;

impl Engine {
    /// Pauses workflows at their platforms and remembers which: only those are resumed. An incident that waits for it
    /// notes it.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`], [`Error::IncidentGone`]; what a platform says of one workflow is its outcome.
    pub async fn pause_workflows(
        &self,
        ids: &[WorkflowId],
        incident: Option<&IncidentId>,
    ) -> Result<Vec<Switched>, Error> {
        if let Some(incident) = incident {
            self.incident(incident)?;
        }
        self.switch_all(ids, &Switch::Pause(incident.cloned())).await
    }

    /// Resumes what was paused from here, once a call has shown that each connection it needs works.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`]; [`Error::PlatformFailed`] where a platform could not be asked about a connection.
    pub async fn resume_workflows(&self, ids: &[WorkflowId]) -> Result<Resumed, Error> {
        self.resume_proved(ids, Allowed::AsItRan).await
    }

    /// The same, and what was edited while it was paused runs as it is saved, where its platform can start nothing else: a
    /// person's own decision.
    ///
    /// # Errors
    /// As for [`Engine::resume_workflows`].
    pub async fn resume_as_saved(&self, ids: &[WorkflowId]) -> Result<Resumed, Error> {
        self.resume_proved(ids, Allowed::AsSaved).await
    }

    async fn resume_proved(&self, ids: &[WorkflowId], allowed: Allowed) -> Result<Resumed, Error> {
        let paused: Vec<Workflow> = self.workflows_of(ids)?.into_iter().filter(|it| it.paused_at.is_some()).collect();
        if !paused.is_empty() {
            self.follow_incidents()?;
        }
        let (picture, incidents) = (self.picture()?, self.parts.store.list_open_incidents()?);
        let mut proofs: Vec<Proof> = vec![];
        for workflow in &paused {
            let wanted = proofs_before_resuming(&picture, &workflow.id, &incidents, self.parts.clock.now());
            proofs.extend(wanted.into_iter().filter(|it| !proofs.contains(it)).collect::<Vec<_>>());
        }
        for Proof { uses, is_required } in proofs {
            let canary = self.canary_of(&uses).await?;
            // Its test may just have found it dead.
            if !canary.worked && (is_required || self.picture()?.health(&uses).is_dead()) {
                return Ok(Resumed::CanaryFailed { uses, canary });
            }
        }
        Ok(Resumed::Resumed(self.switch_all(ids, &Switch::Resume(allowed)).await?))
    }

    /// Resumes what was paused from here whatever is known of its connections, and as what is saved where its platform can
    /// start nothing else: a person's own decision.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`].
    pub async fn resume_unproved(&self, ids: &[WorkflowId]) -> Result<Vec<Switched>, Error> {
        self.switch_all(ids, &Switch::Resume(Allowed::AsSaved)).await
    }

    /// A few at a time; each platform is opened once.
    async fn switch_all(&self, ids: &[WorkflowId], switch: &Switch) -> Result<Vec<Switched>, Error> {
        let workflows = self.workflows_of(ids)?;
        let mut done = vec![];
        let mut open: HashMap<PlatformId, Client> = HashMap::new();
        let mut running = JoinSet::new();
        for (place, workflow) in workflows.into_iter().enumerate() {
            while running.len() >= AT_ONCE {
                done.extend(next_of(&mut running).await);
            }
            // What needs no switching needs no platform either.
            let is_to_do = match switch {
                Switch::Pause(_) => workflow.is_active,
                Switch::Resume(_) => workflow.paused_at.is_some(),
            };
            let client = if is_to_do { self.pausing_client(&workflow.platform, &mut open).await } else { Ok(None) };
            let (engine, switch) = (self.clone(), switch.clone());
            running.spawn(async move {
                let outcome = match client {
                    _ if !is_to_do => SwitchOutcome::AsItWas,
                    Err(error) => SwitchOutcome::Failed(error),
                    Ok(None) => SwitchOutcome::NotOffered,
                    Ok(Some(client)) => match switch {
                        Switch::Pause(incident) => engine.pause_one(&workflow, &*client, incident.as_ref()).await,
                        Switch::Resume(allowed) => engine.resume_one(&workflow, &*client, allowed).await,
                    }
                    .unwrap_or_else(SwitchOutcome::Failed),
                };
                (place, Switched { workflow: workflow.id, name: workflow.name, outcome })
            });
        }
        while let Some(switched) = next_of(&mut running).await {
            done.push(switched);
        }
        done.sort_by_key(|(place, _)| *place);
        self.notify(Notice::PlatformChanged(None));
        Ok(done.into_iter().map(|(_, switched)| switched).collect())
    }

    async fn pause_one(
        &self,
        workflow: &Workflow,
        client: &dyn PlatformApi,
        incident: Option<&IncidentId>,
    ) -> Result<SwitchOutcome, Error> {
        let standing = match client.standing(&workflow.external_id).await {
            Ok(standing) => standing,
            Err(failure) => return Ok(outcome_of(failure)),
        };
        if standing.as_ref().is_some_and(|it| !it.is_active) {
            // It was switched off there since it was read: by an unanswered pause of ours, or by somebody else.
            let is_ours = self.parts.store.note_off(&workflow.id)?;
            return Ok(if is_ours { SwitchOutcome::Paused } else { SwitchOutcome::AsItWas });
        }
        // What runs is not always what is drafted, and that alone is to run again.
        let version = standing.and_then(|it| it.version);
        let now = self.parts.clock.now();
        self.parts.store.put_paused(&workflow.id, Some(now), version.as_deref())?;
        let noted = incident.map(|it| self.note_pause(it, &workflow.id, (Some(now), None))).transpose()?.flatten();
        match client.set_active(&workflow.external_id, false).await {
            Ok(()) => {
                self.parts.store.note_off(&workflow.id)?;
                Ok(SwitchOutcome::Paused)
            }
            Err(failure) if may_have_been_done(&failure) => Ok(SwitchOutcome::ProbablyPaused(failure.into())),
            Err(failure) => {
                self.parts.store.put_paused(&workflow.id, None, None)?;
                if let (Some(incident), Some(before)) = (incident, noted) {
                    self.note_pause(incident, &workflow.id, before)?;
                }
                Ok(outcome_of(failure))
            }
        }
    }

    async fn resume_one(
        &self,
        workflow: &Workflow,
        client: &dyn PlatformApi,
        allowed: Allowed,
    ) -> Result<SwitchOutcome, Error> {
        let standing = match client.standing(&workflow.external_id).await {
            Ok(standing) => standing,
            Err(failure) => return Ok(outcome_of(failure)),
        };
        if standing.as_ref().is_some_and(|it| it.is_active) {
            self.parts.store.note_running(&workflow.id, self.parts.clock.now())?;
            self.note_resumed(&workflow.id)?;
            return Ok(SwitchOutcome::RunsAlready);
        }
        let version = self.parts.store.paused_version(&workflow.id)?;
        let is_other = |it: &str| version.as_deref().is_some_and(|paused| paused != it);
        let is_kept = match (standing.and_then(|it| it.only), &version) {
            (Some(only), _) => !is_other(&only),
            (None, Some(version)) => match client.keeps_version(&workflow.external_id, version).await {
                Ok(is_kept) => is_kept,
                Err(failure) => return Ok(outcome_of(failure)),
            },
            (None, None) => true,
        };
        if allowed == Allowed::AsItRan && !is_kept {
            return Ok(SwitchOutcome::EditedSince);
        }
        match client.resume_as(&workflow.external_id, version.as_deref().filter(|_| is_kept)).await {
            Ok(started) => {
                self.parts.store.put_paused(&workflow.id, None, None)?;
                self.note_resumed(&workflow.id)?;
                if started.version.is_some_and(|it| is_other(&it)) {
                    return Ok(SwitchOutcome::ResumedAsSaved);
                }
                let Some(newer) = started.newer else { return Ok(SwitchOutcome::Resumed) };
                // It runs, and a newer version is there, whether or not its time can be had.
                let newer_saved_at = client.saved_at(&workflow.external_id, &newer).await.ok().flatten();
                Ok(SwitchOutcome::ResumedBeforeNewer { newer_saved_at })
            }
            Err(failure) if may_have_been_done(&failure) => Ok(SwitchOutcome::ProbablyResumed(failure.into())),
            Err(failure) => Ok(outcome_of(failure)),
        }
    }

    async fn pausing_client(&self, id: &PlatformId, open: &mut HashMap<PlatformId, Client>) -> Result<Client, Error> {
        if let Some(client) = open.get(id) {
            return Ok(client.clone());
        }
        let client = match self.open_platform(&self.platform(id)?).await {
            Ok(client) => Some(client).filter(|it| it.abilities().pauses),
            Err(Error::PlatformFailed(PlatformFailure::Unsupported(_))) => None,
            Err(error) => return Err(error),
        };
        open.insert(id.clone(), client.clone());
        Ok(client)
    }

    /// What the incident had noted before; `None` where the workflow is none of its.
    fn note_pause(
        &self,
        incident: &IncidentId,
        workflow: &WorkflowId,
        note: PauseNote,
    ) -> Result<Option<PauseNote>, Error> {
        let mut before = None;
        self.change(incident, |it| {
            if let Some(affected) = it.affected.iter_mut().find(|it| it.workflow == *workflow) {
                before = Some((affected.paused_at, affected.resumed_at));
                (affected.paused_at, affected.resumed_at) = note;
            }
        })?;
        Ok(before)
    }

    fn note_resumed(&self, workflow: &WorkflowId) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let waits = |it: &domain::blast_radius::incident::Affected| it.workflow == *workflow && it.is_paused();
        for incident in self.parts.store.list_open_incidents()? {
            if incident.affected.iter().any(waits) {
                self.change(&incident.id, |it| {
                    it.affected.iter_mut().filter(|it| waits(it)).for_each(|it| it.resumed_at = Some(now));
                })?;
            }
        }
        Ok(())
    }

    fn workflows_of(&self, ids: &[WorkflowId]) -> Result<Vec<Workflow>, Error> {
        ids.iter()
            .map(|id| self.parts.store.find_workflow(id)?.ok_or_else(|| Error::WorkflowGone(id.to_string())))
            .collect()
    }
}

async fn next_of(running: &mut JoinSet<(usize, Switched)>) -> Option<(usize, Switched)> {
    match running.join_next().await? {
        Ok(switched) => Some(switched),
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

fn outcome_of(failure: PlatformFailure) -> SwitchOutcome {
    if matches!(failure, PlatformFailure::Unsupported(_)) {
        SwitchOutcome::NotOffered
    } else {
        SwitchOutcome::Failed(failure.into())
    }
}

/// Whether a platform may have done what it did not say that it did.
fn may_have_been_done(failure: &PlatformFailure) -> bool {
    match failure {
        PlatformFailure::Unreachable(..) | PlatformFailure::Unreadable(..) | PlatformFailure::Cancelled => true,
        PlatformFailure::KeyRefused(_)
        | PlatformFailure::RightMissing { .. }
        | PlatformFailure::RateLimited { .. }
        | PlatformFailure::Refused { .. }
        | PlatformFailure::AddressRefused(_)
        | PlatformFailure::OtherKind { .. }
        | PlatformFailure::BadLines { .. }
        | PlatformFailure::Unsupported(_) => false,
    }
}
