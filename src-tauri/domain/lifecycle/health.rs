//! Rates and counts of one connection, one provider or the whole board over a span of time [C9].

use std::time::Duration;

/// What happened in a span of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    pub refresh_succeeded_count: u64,
    pub refresh_failed_count: u64,
    /// Of those that failed: answers that ended the grant.
    pub invalid_grant_count: u64,
    /// How often a person was needed, and how often one had come by the end of the span.
    pub reauth_prompted_count: u64,
    pub reauth_completed_count: u64,
    pub call_count: u64,
    pub status_401_count: u64,
    pub status_403_count: u64,
    pub delivered_count: u64,
    pub latency: Option<Spread>,
    /// From the moment a refresh was due to its end.
    pub lateness: Option<Spread>,
    /// Our share of the window in which a new token exists nowhere durable [A5].
    pub at_risk: Option<Spread>,
}

/// Half of all values lie at or below `median`, 99 of 100 at or below `p99`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    pub count: u64,
    pub median: Duration,
    pub p99: Duration,
}
