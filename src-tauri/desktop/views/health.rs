//! How well it goes: rates and counts over a span of days, and whose clock says what [B9, C9].

use serde::Serialize;
use ts_rs::TS;

use super::Millis;

/// Figures of the whole board, of each provider and of each connection, for the same span.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HealthView {
    pub since: Millis,
    pub until: Millis,
    pub overall: FiguresView,
    /// The busiest first.
    pub providers: Vec<ProviderFiguresView>,
    /// Those with failures first, then the busiest.
    pub connections: Vec<ConnectionFiguresView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProviderFiguresView {
    pub provider_id: String,
    pub provider_name: String,
    pub figures: FiguresView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectionFiguresView {
    pub connection_id: String,
    pub connection_name: String,
    pub figures: FiguresView,
}

/// What happened in the span. A spread is null where nothing was measured.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FiguresView {
    pub refresh_succeeded_count: u32,
    pub refresh_failed_count: u32,
    pub invalid_grant_count: u32,
    /// Refusals without a word: no grant ended by them.
    pub wordless_count: u32,
    pub reauth_prompted_count: u32,
    pub reauth_completed_count: u32,
    pub reauth_passed_count: u32,
    pub call_count: u32,
    pub status_401_count: u32,
    pub status_403_count: u32,
    pub delivered_count: u32,
    pub latency: Option<SpreadView>,
    pub lateness: Option<SpreadView>,
    /// Our share of the window in which a new token exists nowhere durable [A5].
    pub at_risk: Option<SpreadView>,
}

/// Microseconds: half of all values lie at or below the median, 99 of 100 at or below p99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct SpreadView {
    pub count: u32,
    #[ts(type = "number")]
    pub median_us: u64,
    /// Null: too few values to say so.
    #[ts(type = "number | null")]
    pub p99_us: Option<u64>,
}

/// Our clock against the servers' [B9].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClockView {
    /// Positive: ours is ahead. Null before any answer.
    #[ts(type = "number | null")]
    pub ahead_ms: Option<i64>,
    /// Off by so much that signatures and expiries suffer, and more than one word for it.
    pub is_off: bool,
    /// It differs as much, but nobody has confirmed it: ours may be wrong, or theirs.
    pub is_disputed: bool,
    pub servers: Vec<ServerClockView>,
}

/// What one server's Date headers said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ServerClockView {
    pub host: String,
    #[ts(type = "number")]
    pub ahead_ms: i64,
    pub measured_at: Millis,
}
