//! A token that ends without anything to renew it: written down once, as what asks for a person [B10, B12, C9].

use domain::ConnectionId;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle_event::{EventKind, LifecycleEvent};

use crate::{Engine, Error};

impl Engine {
    /// Writes down that the token in hand has run out, if it has, and nobody has done so. True where it did.
    pub(crate) fn note_run_out(&self, id: &ConnectionId) -> Result<bool, Error> {
        let Some(connection) = self.parts.store.find_connection(id)? else { return Ok(false) };
        if connection.runs_out_at().is_none_or(|at| at > self.parts.clock.now()) {
            return Ok(false);
        }
        let event = LifecycleEvent {
            diagnosis: Some(Diagnosis::of(CauseLabel::RefreshTokenMissing)),
            ..self.event(EventKind::ReauthRequiredSet, &connection)
        };
        let is_new = self.parts.store.append_event_once(&event)?;
        if is_new {
            self.notify_connection(id);
        }
        Ok(is_new)
    }
}
