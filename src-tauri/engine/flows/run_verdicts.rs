//! Lays what runs prove over what a reading says of a platform's connections [D2, A8].

use std::collections::HashMap;

use domain::blast_radius::reading::{FoundRun, FoundUse, PlatformReading};
use domain::blast_radius::run_verdicts::state_by_runs;
use domain::blast_radius::{PlatformConnectionState, Run, RunOutcome, Uses};
use domain::{PlatformId, WorkflowId};
use jiff::{SignedDuration, Timestamp};

use crate::platforms::{Platform as Client, PlatformFailure};
use crate::{Engine, Error};

/// Longer ago nobody remembers a failure.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Engine {
    /// Has those runs of a reading looked into that may show whether a connection in question works: its platform calls
    /// them a success, and which connections they used stands in their data alone.
    ///
    /// # Errors
    /// The database's; [`PlatformFailure::Cancelled`].
    pub(super) async fn look_for_proofs(
        &self,
        client: &dyn Client,
        platform: &PlatformId,
        reading: &mut PlatformReading,
    ) -> Result<(), Error> {
        let wanted = self.runs_in_question(platform, reading)?;
        if wanted.is_empty() {
            return Ok(());
        }
        let looked = match client.look_into(&wanted).await {
            Ok(looked) => looked,
            Err(PlatformFailure::Cancelled) => return Err(PlatformFailure::Cancelled.into()),
            // What nobody could look into proves nothing.
            Err(failure) => {
                tracing::info!(%failure, "runs could not be looked into");
                return Ok(());
            }
        };
        let mut looked: HashMap<(String, String), FoundRun> =
            looked.into_iter().map(|it| ((it.workflow.clone(), it.run.external_id.clone()), it)).collect();
        for found in &mut reading.runs {
            if let Some(seen) = looked.remove(&(found.workflow.clone(), found.run.external_id.clone())) {
                *found = seen;
            }
        }
        Ok(())
    }

    /// Successes since a connection died, or since an incident about it was opened, of workflows that use it.
    fn runs_in_question(&self, platform: &PlatformId, reading: &PlatformReading) -> Result<Vec<FoundRun>, Error> {
        if reading.runs.is_empty() {
            return Ok(vec![]);
        }
        let mut since: HashMap<String, Timestamp> = HashMap::new();
        let mut ask = |id: &str, at: Timestamp| {
            since.entry(id.to_owned()).and_modify(|it| *it = at.min(*it)).or_insert(at);
        };
        for found in &reading.runs {
            if let Some(id) = &found.run.failed_connection {
                ask(id, found.run.at);
            }
        }
        let picture = self.picture()?;
        for theirs in picture.platform_connections().iter().filter(|it| it.platform == *platform) {
            if let PlatformConnectionState::Dead { since, .. } = &theirs.state {
                ask(&theirs.external_id, *since);
            }
        }
        for incident in self.parts.store.list_open_incidents()?.iter().filter(|it| it.repaired_at.is_none()) {
            let Uses::PlatformConnection(id) = &incident.uses else { continue };
            if let Some(theirs) = picture.platform_connection(id).filter(|it| it.platform == *platform) {
                ask(&theirs.external_id, incident.opened_at);
            }
        }
        let mut by_workflow: HashMap<&str, Timestamp> = HashMap::new();
        let uses = reading.workflows.iter().flat_map(|workflow| {
            workflow.steps.iter().filter_map(|step| match &step.uses {
                FoundUse::External(id) => Some((workflow.external_id.as_str(), id)),
                FoundUse::Ours(_) => None,
            })
        });
        // What has failed at it may be drafted otherwise, or be gone, by now.
        let failed =
            reading.runs.iter().filter_map(|it| Some((it.workflow.as_str(), it.run.failed_connection.as_ref()?)));
        for (workflow, id) in uses.chain(failed) {
            if let Some(at) = since.get(id) {
                by_workflow.entry(workflow).and_modify(|it| *it = (*at).min(*it)).or_insert(*at);
            }
        }
        let is_wanted = |it: &&FoundRun| {
            it.run.outcome == RunOutcome::Succeeded
                && it.proves.is_none()
                && by_workflow.get(it.workflow.as_str()).is_some_and(|since| it.run.at >= *since)
        };
        Ok(reading.runs.iter().filter(is_wanted).cloned().collect())
    }

    /// What the reading itself says of a connection stays.
    pub(super) fn judge_by_runs(&self, platform: &PlatformId, reading: &mut PlatformReading) -> Result<(), Error> {
        if reading.runs.is_empty() {
            return Ok(());
        }
        let picture = self.picture()?;
        let own = picture.platform_connections().iter().filter(|it| it.platform == *platform);
        let known: HashMap<&str, &PlatformConnectionState> =
            own.map(|it| (it.external_id.as_str(), &it.state)).collect();
        let workflows = picture.workflows().iter().filter(|it| it.platform == *platform);
        let external: HashMap<&WorkflowId, &str> = workflows.map(|it| (&it.id, it.external_id.as_str())).collect();
        let since = self.parts.clock.now().checked_sub(LOOKED_BACK).unwrap_or(Timestamp::UNIX_EPOCH);
        let failed = self.parts.store.list_failed_runs(since)?;
        // What was once seen to hide a failure is not made good by a look that was less close.
        let hiding = failed.iter().filter(|(_, run)| run.outcome == RunOutcome::FailedInside);
        let hiding: HashMap<(&str, &str), &Run> = hiding
            .filter_map(|(workflow, run)| Some(((*external.get(workflow)?, run.external_id.as_str()), run)))
            .collect();
        for found in reading.runs.iter_mut().filter(|it| it.run.outcome == RunOutcome::Succeeded) {
            if let Some(seen) = hiding.get(&(found.workflow.as_str(), found.run.external_id.as_str())) {
                found.run = (*seen).clone();
            }
        }
        for found in reading.connections.iter_mut().filter(|it| it.state == PlatformConnectionState::Unknown) {
            let id = found.external_id.as_str();
            let known = known.get(id).copied().unwrap_or(&PlatformConnectionState::Unknown);
            if let Some(state) = state_by_runs(id, known, &reading.runs) {
                found.state = state;
            }
        }
        Ok(())
    }
}
