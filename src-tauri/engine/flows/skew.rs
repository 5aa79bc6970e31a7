//! Our clock against the servers' Date headers [B9].

use jiff::Timestamp;

use crate::Engine;

/// How much a new measurement counts: old ones fade, one odd server does not decide.
const WEIGHT_OF_NEW: i64 = 3;

/// What one server's Date headers said, smoothed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerClock {
    pub host: String,
    /// Our clock minus its, in milliseconds.
    pub ahead_ms: i64,
    pub measured_at: Timestamp,
}

/// Our clock against all servers'.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClockReading {
    pub ahead_ms: Option<i64>,
    /// Off by so much that signatures and expiries suffer.
    pub is_off: bool,
    pub servers: Vec<ServerClock>,
}

impl Engine {
    /// Our clock minus the servers', in milliseconds; `None` before any answer.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        self.clock_ahead_ms.lock().ok().and_then(|measured| *measured)
    }

    /// What is known of our clock.
    pub fn clock_reading(&self) -> Result<ClockReading, crate::Error> {
        Ok(ClockReading { ahead_ms: self.clock_ahead_ms(), ..ClockReading::default() })
    }

    /// Takes one answer's Date into account. Dates have whole seconds: half of one is the error.
    pub(crate) fn note_server_date(&self, date: Option<Timestamp>) {
        let (Some(date), Ok(mut measured)) = (date, self.clock_ahead_ms.lock()) else { return };
        let ahead = self.parts.clock.now().as_millisecond() - date.as_millisecond() - 500;
        // A jump is a corrected clock, not noise.
        *measured = Some(match *measured {
            Some(old) if (old - ahead).abs() < 5_000 => old + (ahead - old) / WEIGHT_OF_NEW,
            Some(_) | None => ahead,
        });
    }
}
