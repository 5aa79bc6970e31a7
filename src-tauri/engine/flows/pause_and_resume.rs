//! Pausing what depends on a broken connection, where its platform allows it, and resuming it after a canary call [D6].
//!
//! What is to be paused is noted before the platform is asked: a crash in between leaves a note, which the next reading
//! takes back where the workflow runs after all.

use std::collections::HashMap;
use std::sync::Arc;

use domain::blast_radius::incident::Canary;
use domain::blast_radius::resuming::{Proof, proofs_before_resuming};
use domain::blast_radius::{Uses, Workflow};
use domain::{IncidentId, PlatformId, WorkflowId};

use crate::platforms::{Platform as PlatformApi, PlatformFailure};
use crate::{Engine, Error, Notice};

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

/// Platforms that were opened for one errand.
type OpenPlatforms = HashMap<PlatformId, Option<Arc<dyn PlatformApi>>>;

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
        let mut open = OpenPlatforms::new();
        let mut switched = vec![];
        for workflow in self.workflows_of(ids)? {
            let outcome = self.pause_one(&workflow, &mut open).await;
            let is_ours = matches!(outcome, SwitchOutcome::Paused | SwitchOutcome::ProbablyPaused(_));
            if let (true, Some(incident)) = (is_ours, incident) {
                let now = self.parts.clock.now();
                self.change(incident, |it| {
                    if let Some(affected) = it.affected.iter_mut().find(|it| it.workflow == workflow.id) {
                        affected.paused_at = Some(now);
                        affected.resumed_at = None;
                    }
                })?;
            }
            switched.push(Switched { workflow: workflow.id, name: workflow.name, outcome });
        }
        self.notify(Notice::PlatformChanged(None));
        Ok(switched)
    }

    /// Resumes what was paused from here, once a call has shown that each connection it needs works.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`]; [`Error::PlatformFailed`] where a platform could not be asked about a connection.
    pub async fn resume_workflows(&self, ids: &[WorkflowId]) -> Result<Resumed, Error> {
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
        Ok(Resumed::Resumed(self.resume_unproved(ids).await?))
    }

    /// Resumes what was paused from here whatever is known of its connections: a person's own decision.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`].
    pub async fn resume_unproved(&self, ids: &[WorkflowId]) -> Result<Vec<Switched>, Error> {
        let workflows = self.workflows_of(ids)?;
        let mut open = OpenPlatforms::new();
        let mut switched = vec![];
        for workflow in workflows {
            let outcome = self.resume_one(&workflow, &mut open).await;
            if matches!(outcome, SwitchOutcome::Resumed) {
                self.note_resumed(&workflow.id)?;
            }
            switched.push(Switched { workflow: workflow.id, name: workflow.name, outcome });
        }
        self.notify(Notice::PlatformChanged(None));
        Ok(switched)
    }

    async fn pause_one(&self, workflow: &Workflow, open: &mut OpenPlatforms) -> SwitchOutcome {
        if !workflow.is_active {
            return SwitchOutcome::AsItWas;
        }
        let client = match self.pausing_client(workflow, open).await {
            Ok(Some(client)) => client,
            Ok(None) => return SwitchOutcome::NotOffered,
            Err(error) => return SwitchOutcome::Failed(error),
        };
        // What runs is not always what is drafted, and that alone is to run again.
        let version = match client.running_version(&workflow.external_id).await {
            Ok(version) => version,
            Err(failure) => return self.outcome_of(failure, Ok(())),
        };
        let now = self.parts.clock.now();
        if let Err(error) = self.parts.store.put_paused(&workflow.id, Some(now), version.as_deref()) {
            return SwitchOutcome::Failed(error.into());
        }
        match client.set_active(&workflow.external_id, false).await {
            Ok(()) => SwitchOutcome::Paused,
            Err(failure) if may_have_been_done(&failure) => match self.parts.store.doubt_pause(&workflow.id) {
                Ok(()) => SwitchOutcome::ProbablyPaused(failure.into()),
                Err(error) => SwitchOutcome::Failed(error.into()),
            },
            Err(failure) => {
                let undone = self.parts.store.put_paused(&workflow.id, None, None);
                self.outcome_of(failure, undone.map_err(Error::from))
            }
        }
    }

    async fn resume_one(&self, workflow: &Workflow, open: &mut OpenPlatforms) -> SwitchOutcome {
        if workflow.paused_at.is_none() {
            return SwitchOutcome::AsItWas;
        }
        let client = match self.pausing_client(workflow, open).await {
            Ok(Some(client)) => client,
            Ok(None) => return SwitchOutcome::NotOffered,
            Err(error) => return SwitchOutcome::Failed(error),
        };
        let version = match self.parts.store.paused_version(&workflow.id) {
            Ok(version) => version,
            Err(error) => return SwitchOutcome::Failed(error.into()),
        };
        match client.resume_as(&workflow.external_id, version.as_deref()).await {
            Ok(()) => match self.parts.store.put_paused(&workflow.id, None, None) {
                Ok(()) => SwitchOutcome::Resumed,
                Err(error) => SwitchOutcome::Failed(error.into()),
            },
            Err(failure) => self.outcome_of(failure, Ok(())),
        }
    }

    fn outcome_of(&self, failure: PlatformFailure, undone: Result<(), Error>) -> SwitchOutcome {
        match (failure, undone) {
            (_, Err(error)) => SwitchOutcome::Failed(error),
            (PlatformFailure::Unsupported(_), Ok(())) => SwitchOutcome::NotOffered,
            (failure, Ok(())) => SwitchOutcome::Failed(failure.into()),
        }
    }

    /// The client of a workflow's platform, where that can pause; each platform is opened once.
    async fn pausing_client(
        &self,
        workflow: &Workflow,
        open: &mut OpenPlatforms,
    ) -> Result<Option<Arc<dyn PlatformApi>>, Error> {
        if let Some(client) = open.get(&workflow.platform) {
            return Ok(client.clone());
        }
        let platform = self.platform(&workflow.platform)?;
        let client = match self.open_platform(&platform).await {
            Ok(client) => Some(client).filter(|it| it.abilities().pauses),
            Err(Error::PlatformFailed(PlatformFailure::Unsupported(_))) => None,
            Err(error) => return Err(error),
        };
        open.insert(workflow.platform.clone(), client.clone());
        Ok(client)
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
