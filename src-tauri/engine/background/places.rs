//! Room for a few refreshes at a time, overall and per provider; who hangs does not keep others out
//! [B13, S161, S164, S165].

use std::collections::HashMap;

use domain::{ConnectionId, ProviderId, TokenVersion};
use tokio::task::Id;

/// Refreshes at once, over all providers [S161].
const MAX_AT_ONCE: usize = 8;

/// The refreshes under way.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: HashMap<Id, Taken>,
    overall: usize,
    by_provider: HashMap<ProviderId, usize>,
}

/// One refresh under way.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) connection: ConnectionId,
    pub(super) provider: ProviderId,
    /// Of the token it replaces.
    pub(super) version: TokenVersion,
    pub(super) probes: Option<Probes>,
    holds_overall: bool,
}

/// What a refresh tries out for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probes {
    Provider,
    Network,
}

impl Taken {
    pub(super) fn new(
        connection: ConnectionId,
        provider: ProviderId,
        version: TokenVersion,
        probes: Option<Probes>,
    ) -> Self {
        Self { connection, provider, version, probes, holds_overall: true }
    }
}

impl Places {
    pub(super) fn has_room(&self) -> bool {
        self.overall < MAX_AT_ONCE
    }

    pub(super) fn has_room_at(&self, provider: &ProviderId, at_once: usize) -> bool {
        self.count_at(provider) < at_once.max(1)
    }

    pub(super) fn count_at(&self, provider: &ProviderId) -> usize {
        self.by_provider.get(provider).copied().unwrap_or(0)
    }

    pub(super) fn take(&mut self, task: Id, taken: Taken) {
        self.overall += 1;
        *self.by_provider.entry(taken.provider.clone()).or_default() += 1;
        self.taken.insert(task, taken);
    }

    /// It takes long: its place overall is another's, that at its provider stays its own.
    pub(super) fn give_way(&mut self, task: Id) {
        if let Some(taken) = self.taken.get_mut(&task)
            && std::mem::take(&mut taken.holds_overall)
        {
            self.overall -= 1;
        }
    }

    /// It is over.
    pub(super) fn leave(&mut self, task: Id) -> Option<Taken> {
        let taken = self.taken.remove(&task)?;
        if taken.holds_overall {
            self.overall -= 1;
        }
        if let Some(count) = self.by_provider.get_mut(&taken.provider) {
            *count -= 1;
            if *count == 0 {
                self.by_provider.remove(&taken.provider);
            }
        }
        Some(taken)
    }
}
