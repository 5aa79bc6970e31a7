//! Whom this program waits for when another one refreshes the same connection, so that it can be said [B3, S158].

use std::time::Duration;

use domain::ConnectionId;
use jiff::Timestamp;
use tokio::sync::watch;

use super::held::HoldingProcess;
use crate::{Engine, Error};

/// Somebody in this program waits for a refresh of this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub connection: ConnectionId,
    /// It is given up then, at the latest.
    pub until: Timestamp,
}

/// Told as long as it is kept.
pub(super) struct Waiting(Engine);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waits.send_replace(None);
    }
}

impl Engine {
    /// The newest wait, while there is one; most are over at once.
    pub fn waits(&self) -> watch::Receiver<Option<Wait>> {
        self.waits.subscribe()
    }

    /// The other process that refreshes this connection just now; `None` where it is this one, or none.
    ///
    /// # Errors
    /// The database's.
    pub fn refreshed_elsewhere(&self, id: &ConnectionId) -> Result<Option<HoldingProcess>, Error> {
        if let Some(pid) = self.under_way_elsewhere(id)? {
            return Ok(Some(HoldingProcess { pid: Some(pid), program: None }));
        }
        if self.parts.locks.is_free(id) {
            return Ok(None);
        }
        Ok(match self.parts.locks.holder(id) {
            Some(holder) if holder.pid == std::process::id() => None,
            Some(holder) => {
                let program = Some(holder.program).filter(|it| !it.is_empty());
                Some(HoldingProcess { pid: Some(holder.pid), program })
            }
            None => Some(HoldingProcess { pid: None, program: None }),
        })
    }

    pub(super) fn begin_wait(&self, id: &ConnectionId, longest: Duration) -> Waiting {
        let now = self.parts.clock.now();
        let until = now.checked_add(longest).unwrap_or(now);
        self.waits.send_replace(Some(Wait { connection: id.clone(), until }));
        Waiting(self.clone())
    }
}
