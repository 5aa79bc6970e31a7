//! Our clock against the servers' Date headers: measured with every answer, kept for other processes, and taken off
//! where a server's own moment is read [B9].

use std::collections::HashMap;

use domain::token::clock_skew::{ServerClocks, corrected, is_clock_set, is_own_machine};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::clock::ClockStand;
use crate::store::StoreError;
use crate::{Engine, Error, Notice};

pub use domain::token::clock_skew::{ClockReading, ServerClock};

/// What is stored is renewed when it differs by this much, or is this old: not with every answer.
const TELLING_CHANGE_MS: u64 = 1_000;
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// The setting that keeps where our clock stood when the stored measurements were made.
const STAND: &str = "clock_stand";

/// What is known of the servers' clocks, and what of it is stored.
#[derive(Debug, Default)]
pub(crate) struct KeptClocks {
    known: ServerClocks,
    stored: HashMap<String, ServerClock>,
    is_loaded: bool,
    /// Where our clock stood when it was last looked at.
    stand: Option<ClockStand>,
}

impl KeptClocks {
    fn adopt(&mut self, stored: Vec<ServerClock>) {
        self.stored = stored.iter().map(|clock| (clock.host.clone(), clock.clone())).collect();
        self.known.adopt(stored);
        self.is_loaded = true;
    }

    fn is_worth_storing(&self, clock: &ServerClock) -> bool {
        self.stored.get(&clock.host).is_none_or(|stored| {
            let age = clock.measured_at.duration_since(stored.measured_at);
            let differs = stored.ahead_ms.abs_diff(clock.ahead_ms) >= TELLING_CHANGE_MS;
            let is_newly_confirmed = clock.is_confirmed != stored.is_confirmed;
            differs || is_newly_confirmed || age >= RENEWED_AFTER || age.is_negative()
        })
    }
}

impl Engine {
    /// Our clock minus the servers', in milliseconds; `None` where no server was heard of within a day.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        let now = self.parts.clock.now();
        self.with_clocks(|clocks| clocks.known.ahead_ms(now)).flatten()
    }

    /// What is known of our clock, by this process and by others on the same data folder.
    pub fn clock_reading(&self) -> Result<ClockReading, Error> {
        let stored = self.stored_clocks()?;
        let now = self.parts.clock.now();
        let reading = self.with_clocks(|clocks| {
            clocks.adopt(stored);
            clocks.known.reading(now)
        });
        Ok(reading.unwrap_or_default())
    }

    /// The time as the server at this address has it: what its own moments (`exp`, `iat`, dates) are compared with.
    pub(crate) fn now_at(&self, address: &str) -> Timestamp {
        let now = self.parts.clock.now();
        let host = host_of(address).unwrap_or_default();
        let ahead_ms = self.with_clocks(|clocks| clocks.known.ahead_of_ms(&host, now)).flatten();
        corrected(now, ahead_ms.unwrap_or(0))
    }

    /// Takes into account how far ahead of the server at this address one answer showed our clock to be. It may
    /// write to the database: call it once what the answer brought is safe.
    pub(crate) fn note_server_clock(&self, address: &str, ahead: Option<SignedDuration>) {
        let now = self.parts.clock.now();
        let (Some(ahead), Some(host)) = (ahead, host_of(address)) else { return };
        let to_store = self.with_clocks(|clocks| {
            let clock = clocks.known.note(&host, ahead, now);
            let is_worth_it = clocks.is_worth_storing(&clock);
            if is_worth_it {
                clocks.stored.insert(host, clock.clone());
            }
            is_worth_it.then_some(clock)
        });
        if let Some(clock) = to_store.flatten() {
            if let Err(error) = self.keep_stand().and_then(|()| self.parts.store.save_server_clock(&clock)) {
                // Only another process misses it; this one knows.
                tracing::warn!(%error, "a measurement of the clock could not be stored");
            }
            // What is said of our clock may be another by it.
            self.notify(Notice::ConnectionChanged(None));
        }
    }

    /// With what earlier runs stored, read once.
    fn with_clocks<T>(&self, work: impl FnOnce(&mut KeptClocks) -> T) -> Option<T> {
        let mut clocks = self.clocks.lock().ok()?;
        let stand = self.parts.clock.stand();
        if clocks.stand.as_ref().is_some_and(|before| was_set(&stand, before)) {
            // What was measured against the clock as it stood says nothing of it as it stands.
            *clocks = KeptClocks::default();
        }
        clocks.stand = Some(stand);
        if !clocks.is_loaded {
            // Unreadable measurements are measured anew.
            clocks.adopt(self.stored_clocks().unwrap_or_default());
        }
        Some(work(&mut clocks))
    }

    /// What any process measured since our clock was last set: what it measured before is void [B9].
    fn stored_clocks(&self) -> Result<Vec<ServerClock>, Error> {
        if !self.are_stored_void()? {
            return Ok(self.parts.store.list_server_clocks()?);
        }
        if let Err(error) = self.keep_stand() {
            // Void all the same: whoever looks next finds it so too.
            tracing::warn!(%error, "measurements of the clock as it stood before could not be removed");
        }
        Ok(vec![])
    }

    /// Stores where our clock stands. What was measured before it was set goes first: beside a newer stand it would
    /// count again.
    fn keep_stand(&self) -> Result<(), StoreError> {
        if self.are_stored_void()? {
            self.parts.store.forget_server_clocks()?;
        }
        self.parts.store.put_setting(STAND, &self.parts.clock.stand().written())
    }

    fn are_stored_void(&self) -> Result<bool, StoreError> {
        let before = self.parts.store.setting(STAND)?.and_then(|text| ClockStand::from_text(&text));
        Ok(before.is_some_and(|before| was_set(&self.parts.clock.stand(), &before)))
    }
}

fn was_set(stand: &ClockStand, before: &ClockStand) -> bool {
    stand.set_since(before).is_some_and(is_clock_set)
}

fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    let port = url.port_or_known_default().filter(|_| is_own_machine(host));
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B9: servers elsewhere are one host each; on this machine every port is another's.
    #[test]
    fn a_server_on_this_machine_is_known_by_its_port() {
        for (address, host) in [
            ("https://a.example:8443/token", "a.example"),
            ("http://127.0.0.1:4711/token", "127.0.0.1:4711"),
            ("http://[::1]:4711/", "[::1]:4711"),
            ("http://localhost/token", "localhost:80"),
        ] {
            assert_eq!(host_of(address).as_deref(), Some(host));
        }
    }

    /// B9: ten thousand answers in a minute are one write, not ten thousand.
    #[test]
    fn what_has_not_changed_is_not_written_again() {
        let at = |seconds: i64| Timestamp::from_second(1_763_600_400 + seconds).unwrap();
        let clock = |ahead_ms, seconds| ServerClock {
            host: "a.example".into(),
            ahead_ms,
            measured_at: at(seconds),
            is_confirmed: true,
        };
        let mut clocks = KeptClocks::default();

        assert!(clocks.is_worth_storing(&clock(300, 0)), "the first");
        clocks.adopt(vec![clock(300, 0)]);
        for same in [clock(300, 1), clock(1_299, 60), clock(-699, 3_599)] {
            assert!(!clocks.is_worth_storing(&same), "{same:?}");
        }
        assert!(clocks.is_worth_storing(&clock(1_300, 1)), "a second more");
        assert!(clocks.is_worth_storing(&clock(300, 3_600)), "an hour later, or it would grow old");
        assert!(clocks.is_worth_storing(&clock(300, -1)), "the clock was set back");
        let doubted = ServerClock { is_confirmed: false, ..clock(300, 1) };
        assert!(clocks.is_worth_storing(&doubted), "a judgement of it");
        assert!(clocks.is_worth_storing(&ServerClock { host: "b.example".into(), ..clock(300, 1) }), "another");
    }
}
