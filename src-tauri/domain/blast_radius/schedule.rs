//! When a workflow runs by itself, as far as its platform says [D1, D3].

/// What starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    Unknown,
    /// Nothing but a person or another workflow.
    OnDemand,
    /// A webhook or an event: it may run at any moment.
    OnEvent,
    /// Every so many seconds.
    Every {
        seconds: u32,
    },
    /// Five or six fields, and the time zone they are meant in (IANA).
    Cron {
        expression: String,
        time_zone: Option<String>,
    },
    /// Only the next time is known, in seconds since 1970.
    NextAt {
        at: jiff::Timestamp,
    },
}
