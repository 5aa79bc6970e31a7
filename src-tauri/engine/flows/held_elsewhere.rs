//! New tokens that only the memory of another process has: seen through what that one wrote into its lock [A5, S154].

use domain::connection::Connection;
use domain::{ConnectionId, TokenVersion};
use jiff::Timestamp;

use super::held::{HeldBundle, HoldingProcess};
use crate::{Engine, Error};

impl Engine {
    /// What other processes that run hold in their memory alone.
    pub(super) fn held_elsewhere(&self) -> Result<Vec<HeldBundle>, Error> {
        let mut all = vec![];
        for (connection, version, _) in self.parts.store.list_intents()? {
            let Some((since, by)) = self.holder_elsewhere(&connection, version)? else { continue };
            let Some(Connection { name, .. }) = self.parts.store.find_connection(&connection)? else { continue };
            let elsewhere = Some(by);
            all.push(HeldBundle {
                connection,
                name,
                since,
                is_sealed: false,
                is_exported: false,
                file: None,
                reason: None,
                elsewhere,
            });
        }
        Ok(all)
    }

    /// The process that has the new token of this connection in its memory alone, if another one has.
    pub(super) fn held_elsewhere_of(&self, id: &ConnectionId) -> Result<Option<HoldingProcess>, Error> {
        let Some((_, Some(version))) = self.parts.store.find_with_intent(id)? else { return Ok(None) };
        Ok(self.holder_elsewhere(id, version)?.map(|(_, by)| by))
    }

    /// Refreshes that this process has under way, without those that are held: the connections' names. What they bring
    /// may be lost if the program ends.
    pub fn refreshes_at_risk(&self) -> Vec<String> {
        let intents = self.parts.store.list_intents().unwrap_or_default();
        let is_ours = |id: &ConnectionId| {
            self.held_reason(id).is_none()
                && !self.parts.locks.is_free(id)
                && self.parts.locks.holder(id).is_none_or(|holder| holder.pid == std::process::id())
        };
        let ours = intents.into_iter().map(|(id, _, _)| id).filter(is_ours);
        ours.filter_map(|id| Some(self.parts.store.find_connection(&id).ok()??.name)).collect()
    }

    fn holder_elsewhere(
        &self,
        id: &ConnectionId,
        version: TokenVersion,
    ) -> Result<Option<(Timestamp, HoldingProcess)>, Error> {
        if self.held_reason(id).is_some() || self.parts.locks.is_free(id) {
            return Ok(None);
        }
        match self.parts.locks.holder(id) {
            Some(holder) => Ok(holder.unsaved.map(|(_, since)| {
                let program = Some(holder.program).filter(|it| !it.is_empty());
                (since, HoldingProcess { pid: Some(holder.pid), program })
            })),
            // A system that lets nobody read a locked file: what that process wrote into the timeline says as much.
            None => {
                let held = self.held_events(id)?.find(|it| it.token_version == Some(version));
                Ok(held.map(|event| (event.at, HoldingProcess { pid: None, program: None })))
            }
        }
    }
}
