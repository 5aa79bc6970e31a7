//! Runs that failed while a connection was dead, as far as platforms told of them [D4, D5].

use domain::WorkflowId;
use domain::blast_radius::Run;
use domain::blast_radius::incident::Incident;
use jiff::Timestamp;

use super::incidents::failing_since;
use crate::{Engine, Error};

impl Engine {
    /// All of them since then, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn failed_runs(&self, since: Timestamp) -> Result<Vec<(WorkflowId, Run)>, Error> {
        Ok(self.parts.store.list_failed_runs(since)?)
    }

    /// Those of an incident's workflows that are not known to have failed for another connection, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn failed_runs_of(&self, incident: &Incident) -> Result<Vec<(WorkflowId, Run)>, Error> {
        let picture = self.picture()?;
        self.runs_of(incident, &picture, failing_since(&picture, incident))
    }
}
