//! What the look-alikes of a cause are held against: siblings, budgets, ages; read from what is stored [C3].

use domain::connection::grant_budget::{BudgetShare, Counted, budget};
use domain::connection::sprawl::is_same_app;
use domain::connection::{GrantState, IssuedBy};
use domain::diagnosis::probe_plan::{LiveLimitSeen, SiblingSeen};
use domain::lifecycle_event::{EventKind, LifecycleEvent};

use super::climb::{Climb, is_of_same_provider, stored_fingerprint};
use crate::Error;

/// So many siblings say enough.
const SIBLINGS: usize = 50;

impl Climb<'_> {
    /// Once the climb is over. `events`: the connection's, the newest first.
    pub(super) fn gather(&mut self, events: &[LifecycleEvent]) -> Result<(), Error> {
        self.facts.siblings = self.siblings()?;
        self.facts.live_limit = self.live_limit()?;
        let connection = &self.connection;
        let links = self.engine.parts.store.list_token_links(&connection.id, 50)?;
        // The grant began with the last sign-in.
        let sign_in = links.iter().find(|it| it.issued_by != IssuedBy::Refresh);
        self.facts.granted_at = match connection.grant {
            GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. } => Some(granted_at),
            // Since when an imported one stood is not known.
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => {
                sign_in.filter(|it| it.issued_by != IssuedBy::Import).map(|it| it.issued_at)
            }
        };
        let is_refused = |it: &&LifecycleEvent| it.kind == EventKind::RefreshFailed;
        let is_good =
            |it: &LifecycleEvent| matches!(it.kind, EventKind::RefreshSucceeded | EventKind::TestCallSucceeded);
        self.facts.refused_at =
            events.iter().take_while(|it| !is_good(it)).filter(is_refused).last().map(|event| event.at);
        self.facts.used_at = links.first().map(|it| it.issued_at);
        if self.facts.sent.is_none() && self.facts.refused_at.is_some() {
            // A grant that ended earlier was sent what is stored: nothing came after it.
            self.facts.sent = stored_fingerprint(connection);
        }
        Ok(())
    }

    /// Other connections of the provider whose tokens it has renewed, and when it did.
    pub(super) fn siblings(&self) -> Result<Vec<SiblingSeen>, Error> {
        let store = &self.engine.parts.store;
        let clients = store.list_clients()?;
        let all = store.list_connections()?;
        let mut siblings = vec![];
        for other in all.iter().filter(|it| is_of_same_provider(&self.connection, it)).take(SIBLINGS) {
            let newest = store.list_token_links(&other.id, 1)?;
            let Some(link) = newest.first().filter(|it| it.issued_by == IssuedBy::Refresh) else { continue };
            siblings.push(SiblingSeen {
                name: other.name.clone(),
                is_same_client: is_same_app(&self.connection.client, &other.client, &clients),
                refreshed_at: link.issued_at,
            });
        }
        Ok(siblings)
    }

    fn live_limit(&self) -> Result<Option<LiveLimitSeen>, Error> {
        let store = &self.engine.parts.store;
        let (board, clients) = (store.list_connections()?, store.list_clients()?);
        let left = store.list_left_grants(&self.provider.id)?;
        let now = self.engine.parts.clock.now();
        let counted = Counted { board: &board, clients: &clients, left: &left, now };
        let Some(budget) = budget(&self.provider, &self.client, &counted) else { return Ok(None) };
        let account = self.connection.identity.account();
        let share = budget.shares.iter().find(|it| it.account.is_none() || it.account.as_deref() == account);
        let living = share.map_or(0, BudgetShare::count);
        // The one that ended counted until then.
        let own = usize::from(!self.connection.is_living());
        Ok(Some(LiveLimitSeen {
            known_count: u32::try_from(living + own).unwrap_or(u32::MAX),
            limit: budget.limit.count,
            per: budget.limit.per,
            excess: budget.limit.excess,
        }))
    }
}
