//! Whether this computer has a network at all, judged by what no request could reach [S161, S163].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::retry::is_waiting;
use crate::ProviderId;

/// With one provider on the board: so many requests in a row that could not leave.
const FAILURES_OF_THE_ONLY_ONE: u32 = 3;
/// The least time between two looks whether it is back; at most twice that.
const PROBE_EVERY: Duration = Duration::from_secs(30);

/// What is known of the network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Requests that could not leave since the last answer of anybody, by provider.
    unreached: BTreeMap<ProviderId, u32>,
    since: Option<Timestamp>,
    down: Option<Down>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Down {
    next_probe_at: Timestamp,
    is_probing: bool,
}

/// What one more observation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkChange {
    Lost { since: Timestamp },
    Back { since: Timestamp },
}

impl Network {
    /// Since when no provider could be reached; `None`: the network is there as far as is known.
    pub fn down_since(&self) -> Option<Timestamp> {
        self.down.and(self.since)
    }

    /// While it is down: when one refresh may try whether it is back. `None`: one is trying just now.
    pub fn next_probe_at(&self, now: Timestamp) -> Option<Timestamp> {
        let down = self.down.filter(|down| !down.is_probing)?;
        Some(if is_waiting(down.next_probe_at, now) { down.next_probe_at } else { now })
    }

    /// One refresh tries.
    pub fn begin_probe(&mut self) {
        if let Some(down) = &mut self.down {
            down.is_probing = true;
        }
    }

    /// The try is over, whatever it showed; `jitter` in 0..1 is random.
    pub fn end_probe(&mut self, jitter: f64, now: Timestamp) {
        if let Some(down) = &mut self.down {
            *down = Down { next_probe_at: probe_after(jitter, now), is_probing: false };
        }
    }

    /// A request could not leave: its name was not found, or no connection could be made. `provider_count`:
    /// how many providers have connections on the board, where that is known.
    pub fn note_unreached(
        &mut self,
        provider: &ProviderId,
        provider_count: Option<usize>,
        jitter: f64,
        now: Timestamp,
    ) -> Option<NetworkChange> {
        let since = *self.since.get_or_insert(now);
        let count = self.unreached.entry(provider.clone()).or_default();
        *count = count.saturating_add(1);
        let is_only_one = provider_count == Some(1) && *count >= FAILURES_OF_THE_ONLY_ONE;
        if self.down.is_some() || !(is_only_one || self.unreached.len() >= 2) {
            return None;
        }
        self.down = Some(Down { next_probe_at: probe_after(jitter, now), is_probing: false });
        Some(NetworkChange::Lost { since })
    }

    /// Somebody answered.
    pub fn note_answer(&mut self) -> Option<NetworkChange> {
        let since = self.down_since();
        *self = Self::default();
        since.map(|since| NetworkChange::Back { since })
    }
}

fn probe_after(jitter: f64, now: Timestamp) -> Timestamp {
    now.checked_add(PROBE_EVERY + PROBE_EVERY.mul_f64(jitter.clamp(0.0, 1.0))).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn provider(name: &str) -> ProviderId {
        ProviderId::from_text(name)
    }

    /// S163
    #[test]
    fn two_providers_out_of_reach_are_a_network_that_is_down_and_one_answer_is_a_network() {
        let mut network = Network::default();

        assert_eq!(network.note_unreached(&provider("google"), Some(2), 0.0, at_minute(1)), None, "it may be theirs");
        let lost = network.note_unreached(&provider("slack"), Some(2), 0.0, at_minute(2));
        assert_eq!(lost, Some(NetworkChange::Lost { since: at_minute(1) }), "since the first of them");
        assert_eq!(network.note_unreached(&provider("slack"), Some(2), 0.0, at_minute(3)), None, "said once");
        assert_eq!(network.down_since(), Some(at_minute(1)));

        assert_eq!(network.note_answer(), Some(NetworkChange::Back { since: at_minute(1) }));
        assert_eq!((network.note_answer(), network.down_since()), (None, None));
    }

    /// S163
    #[test]
    fn the_only_provider_must_fail_several_times() {
        let mut network = Network::default();
        let mut fail = |count| network.note_unreached(&provider("google"), count, 0.0, at_minute(1));

        assert_eq!((fail(Some(1)), fail(Some(1))), (None, None));
        assert!(matches!(fail(Some(1)), Some(NetworkChange::Lost { .. })));

        let mut one_of_many = Network::default();
        for _ in 0..99 {
            let change = one_of_many.note_unreached(&provider("google"), Some(2), 0.0, at_minute(1));
            assert_eq!(change, None, "the others may well be reached");
        }
    }

    /// S163: at most one look each half minute.
    #[test]
    fn while_it_is_down_one_at_a_time_looks_again() {
        let mut network = Network::default();
        for name in ["google", "slack"] {
            network.note_unreached(&provider(name), None, 1.0, at_minute(1));
        }

        assert_eq!(network.next_probe_at(at_minute(1)), Some(at_minute(2)));
        assert_eq!(network.next_probe_at(at_minute(7)), Some(at_minute(7)), "overdue");
        network.begin_probe();
        assert_eq!(network.next_probe_at(at_minute(7)), None, "one is enough");
        network.end_probe(0.0, at_minute(7));
        assert_eq!(network.next_probe_at(at_minute(7)), Some(at_minute(7) + PROBE_EVERY));
        assert_eq!(network.next_probe_at(at_minute(-999_999)), Some(at_minute(-999_999)), "the clock was wrong");
    }
}
