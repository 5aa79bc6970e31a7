//! What needs a sign-in, by damage: as it is to be mended, then what stops nothing, as the board has it [E3, D4].

use std::collections::{HashMap, HashSet};

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::blast_radius::incident_order::Repair;
use domain::board;
use domain::connection::status::Lamp;
use domain::reconnect_queue::{Needing, belongs};

use crate::flows::overview::{ConnectionOverview, entry_of};
use crate::{Engine, Error};

/// Whether a sign-in is what brings it back, and a person is needed for that.
pub(super) fn needs_sign_in(overview: &ConnectionOverview) -> bool {
    overview.status.needs_person() && belongs(overview.status.action())
}

impl Engine {
    /// All that needs a sign-in, what heals most first.
    pub(super) fn list_needing(&self) -> Result<Vec<Needing>, Error> {
        let mut all = self.list_connections()?;
        all.retain(needs_sign_in);
        self.by_damage(&all, false)
    }

    /// These, whatever their state; those that are gone are left out.
    pub(super) fn needing_among(&self, ids: &[ConnectionId]) -> Result<Vec<Needing>, Error> {
        let ids: HashSet<&ConnectionId> = ids.iter().collect();
        let mut all = self.list_connections()?;
        all.retain(|it| ids.contains(&it.connection.id));
        self.by_damage(&all, true)
    }

    fn by_damage(&self, all: &[ConnectionOverview], is_chosen: bool) -> Result<Vec<Needing>, Error> {
        if all.is_empty() {
            return Ok(vec![]);
        }
        let repairs = self.repair_order()?;
        let places: HashMap<&ConnectionId, (usize, &Repair)> = repairs
            .iter()
            .enumerate()
            .filter_map(|(place, repair)| match &repair.node {
                Uses::Connection(id) => Some((id, (place, repair))),
                Uses::PlatformConnection(_) => None,
            })
            .collect();
        let now = self.parts.clock.now();
        let entries: Vec<_> = all.iter().map(|it| entry_of(it, now)).collect();
        let mut order = board::order(&entries);
        // Stable: what stops nothing keeps the board's order.
        order.sort_by_key(|index| places.get(&all[*index].connection.id).map_or(usize::MAX, |(place, _)| *place));
        let needing = order.into_iter().map(|index| {
            let overview = &all[index];
            let repair = places.get(&overview.connection.id).map(|(_, repair)| *repair);
            Needing {
                connection: overview.connection.id.clone(),
                name: overview.connection.name.clone(),
                provider: overview.provider.name.clone(),
                account: overview.connection.identity.account().map(str::to_owned),
                customer: overview.connection.customer.clone(),
                cause: overview
                    .status
                    .diagnosis()
                    .filter(|_| overview.status.lamp != Lamp::Disconnected)
                    .map(|it| it.cause),
                workflow_count: repair.map_or(0, |it| it.heals.len() + it.still_waiting.len()),
                customers: repair.map(|it| it.customers.clone()).unwrap_or_default(),
                first_run_at: repair.and_then(|it| it.first.at()),
                is_asked_for: is_chosen && !needs_sign_in(overview),
            }
        });
        Ok(needing.collect())
    }
}
