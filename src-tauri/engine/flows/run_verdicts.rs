//! Lays what runs prove over what a reading says of a platform's connections [D2, A8].

use std::collections::{HashMap, HashSet};

use domain::blast_radius::reading::PlatformReading;
use domain::blast_radius::run_verdicts::state_by_runs;
use domain::blast_radius::{PlatformConnectionState, Run, RunOutcome};
use domain::{PlatformId, WorkflowId};
use jiff::SignedDuration;

use crate::{Engine, Error};

/// Longer ago nobody remembers a failure.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Engine {
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
        let since = self.parts.clock.now().checked_sub(LOOKED_BACK).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let failed = self.parts.store.list_failed_runs(since)?;
        let mut failed_at: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (workflow, run) in &failed {
            if let (Some(workflow), Some(connection)) = (external.get(workflow), &run.failed_connection) {
                failed_at.entry(connection).or_default().insert(workflow);
            }
        }
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
        let nobody = HashSet::new();
        for found in reading.connections.iter_mut().filter(|it| it.state == PlatformConnectionState::Unknown) {
            let id = found.external_id.as_str();
            let known = known.get(id).copied().unwrap_or(&PlatformConnectionState::Unknown);
            let failed_before = failed_at.get(id).unwrap_or(&nobody);
            if let Some(state) = state_by_runs(id, known, &reading.runs, failed_before) {
                found.state = state;
            }
        }
        Ok(())
    }
}
