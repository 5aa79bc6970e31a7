//! Whether this computer has a network at all, judged by what no request could reach [S161, S163].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::retry::is_waiting;
use crate::ProviderId;

/// With one provider on the board: so many requests in a row that could not leave.
const FAILURES_OF_THE_ONLY_ONE: u32 = 3;
/// So many that are out of reach at the same time are hardly chance.
const SUSPICIOUS: usize = 2;
/// So many others are asked whether they can be reached, all at once: some may be as dead as those in doubt, and one
/// answer of any of them is enough.
const MOST_WITNESSES: usize = 16;
/// The least time between two looks whether it is back; at most twice that.
const PROBE_EVERY: Duration = Duration::from_secs(30);

/// What is known of the network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Who could not be reached when it was asked last.
    unreached: BTreeMap<ProviderId, Unreached>,
    answered_last: Option<ProviderId>,
    is_looking: bool,
    down: Option<Down>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unreached {
    since: Timestamp,
    count: u32,
    /// Another has answered meanwhile: it is the provider that is gone, not the network [B13].
    is_theirs: bool,
    /// Tried again since anybody answered.
    has_failed_since: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Down {
    since: Timestamp,
    next_probe_at: Timestamp,
    is_probing: bool,
}

/// What one more observation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkChange {
    /// Several are out of reach, and there are others on the board: whether those answer tells the network from the
    /// providers. [`Network::end_look`] follows.
    Doubtful,
    Lost {
        since: Timestamp,
    },
    Back {
        since: Timestamp,
    },
}

impl Network {
    /// Since when no provider could be reached; `None`: the network is there as far as is known.
    pub fn down_since(&self) -> Option<Timestamp> {
        self.down.map(|down| down.since)
    }

    /// While it is down: when one refresh may try whether it is back. `None`: one is trying just now.
    pub fn next_probe_at(&self, now: Timestamp) -> Option<Timestamp> {
        let down = self.down.filter(|down| !down.is_probing)?;
        Some(if is_waiting(down.next_probe_at, now) { down.next_probe_at } else { now })
    }

    /// While it is down: nobody has found this one out of reach, so that one refresh may show that it is not [B13].
    pub fn is_untried(&self, provider: &ProviderId) -> bool {
        !self.unreached.contains_key(provider)
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
            *down = Down { next_probe_at: probe_after(jitter, now), is_probing: false, since: down.since };
        }
    }

    /// Whom to ask for nothing but an answer: those that nobody found out of reach, who answered last first.
    pub fn witnesses<'a>(&self, of: impl Iterator<Item = &'a ProviderId>) -> Vec<&'a ProviderId> {
        let mut witnesses: Vec<_> = of.filter(|it| self.is_untried(it)).collect();
        witnesses.sort_by_key(|it| Some(*it) != self.answered_last.as_ref());
        witnesses.truncate(MOST_WITNESSES);
        witnesses
    }

    /// None of the witnesses answered.
    pub fn end_look(&mut self, jitter: f64, now: Timestamp) -> Option<NetworkChange> {
        let was_looking = std::mem::take(&mut self.is_looking);
        if was_looking && self.down.is_none() && self.suspects().count() >= SUSPICIOUS {
            Some(self.lose(jitter, now))
        } else {
            None
        }
    }

    /// A request could not leave: its name was not found, or no connection could be made. `provider_count`:
    /// how many providers have connections on the board that are refreshed by themselves.
    pub fn note_unreached(
        &mut self,
        provider: &ProviderId,
        provider_count: usize,
        jitter: f64,
        now: Timestamp,
    ) -> Option<NetworkChange> {
        let first = Unreached { since: now, count: 0, is_theirs: false, has_failed_since: true };
        let known = self.unreached.entry(provider.clone()).or_insert(first);
        known.count = known.count.saturating_add(1);
        known.has_failed_since = true;
        let count = known.count;
        if self.down.is_some() {
            return None;
        }
        let is_suspicious = self.suspects().count() >= SUSPICIOUS;
        let failing_count = self.unreached.values().filter(|it| it.has_failed_since).count();
        match provider_count {
            0 => None,
            1 if count >= FAILURES_OF_THE_ONLY_ONE => Some(self.lose(jitter, now)),
            1 => None,
            all if failing_count >= all => Some(self.lose(jitter, now)),
            _ if is_suspicious && !self.is_looking => {
                self.is_looking = true;
                Some(NetworkChange::Doubtful)
            }
            _ => None,
        }
    }

    /// Somebody answered.
    pub fn note_answer(&mut self, provider: &ProviderId) -> Option<NetworkChange> {
        let since = self.down_since();
        self.unreached.remove(provider);
        for other in self.unreached.values_mut() {
            *other = Unreached { is_theirs: true, has_failed_since: false, ..*other };
        }
        self.answered_last = Some(provider.clone());
        (self.is_looking, self.down) = (false, None);
        since.map(|since| NetworkChange::Back { since })
    }

    /// Those out of reach of which nobody knows whether it is the network.
    fn suspects(&self) -> impl Iterator<Item = &Unreached> {
        self.unreached.values().filter(|it| !it.is_theirs)
    }

    fn lose(&mut self, jitter: f64, now: Timestamp) -> NetworkChange {
        let since = self.suspects().map(|it| it.since).min().unwrap_or(now);
        self.is_looking = false;
        self.down = Some(Down { since, next_probe_at: probe_after(jitter, now), is_probing: false });
        NetworkChange::Lost { since }
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

        assert_eq!(network.note_unreached(&provider("google"), 2, 0.0, at_minute(1)), None, "it may be theirs");
        let lost = network.note_unreached(&provider("slack"), 2, 0.0, at_minute(2));
        assert_eq!(lost, Some(NetworkChange::Lost { since: at_minute(1) }), "since the first of them");
        assert_eq!(network.note_unreached(&provider("slack"), 2, 0.0, at_minute(3)), None, "said once");
        assert_eq!(network.down_since(), Some(at_minute(1)));

        assert_eq!(network.note_answer(&provider("slack")), Some(NetworkChange::Back { since: at_minute(1) }));
        assert_eq!((network.note_answer(&provider("slack")), network.down_since()), (None, None));
    }

    /// B13: dead hosts are theirs as soon as anybody else answers, however many they are.
    #[test]
    fn providers_that_fail_while_another_answers_are_gone_themselves() {
        let mut network = Network::default();
        let all = ["google", "slack", "github", "notion"].map(provider);
        network.note_answer(&all[2]);

        assert_eq!(network.note_unreached(&all[0], 4, 0.0, at_minute(1)), None);
        let doubtful = network.note_unreached(&all[1], 4, 0.0, at_minute(1));
        assert_eq!((doubtful, network.down_since()), (Some(NetworkChange::Doubtful), None), "two others may answer");
        assert_eq!(network.witnesses(all.iter()), [&all[2], &all[3]], "who answered last is asked first");
        assert_eq!(network.note_unreached(&all[1], 4, 0.0, at_minute(1)), None, "one look at a time");

        assert_eq!(network.note_answer(&all[2]), None, "it was never down");
        assert_eq!(network.end_look(0.0, at_minute(1)), None, "the answer has ended the look");
        for _ in 0..99 {
            for dead in &all[..2] {
                assert_eq!(network.note_unreached(dead, 4, 0.0, at_minute(2)), None, "it is theirs");
            }
        }
        assert_eq!(network.note_unreached(&all[3], 4, 0.0, at_minute(3)), None, "one more is one suspect");
        let lost = network.note_unreached(&all[2], 4, 0.0, at_minute(4));
        assert_eq!(
            lost,
            Some(NetworkChange::Lost { since: at_minute(3) }),
            "nobody is left, and it began with the third"
        );
    }

    /// B13: of a board on which nobody has answered yet, all are asked: the first by name may be dead as well.
    #[test]
    fn who_is_alive_is_asked_however_many_are_not() {
        let mut network = Network::default();
        let all = ["airtable", "asana", "github", "google", "slack"].map(provider);
        for dead in &all[..2] {
            network.note_unreached(dead, 5, 0.0, at_minute(1));
        }

        assert_eq!(network.witnesses(all.iter()), [&all[2], &all[3], &all[4]]);
        let many: Vec<_> = (0..99).map(|number| provider(&format!("provider-{number}"))).collect();
        assert_eq!(network.witnesses(many.iter()).len(), MOST_WITNESSES, "not the whole catalogue");
    }

    /// S163: where nobody else answers either, it is the network; whoever was not tried may still try once.
    #[test]
    fn a_look_that_nobody_answers_is_a_network_that_is_down() {
        let mut network = Network::default();
        for name in ["google", "slack"] {
            network.note_unreached(&provider(name), 4, 0.0, at_minute(1));
        }

        let lost = network.end_look(0.0, at_minute(2));
        assert_eq!(lost, Some(NetworkChange::Lost { since: at_minute(1) }));
        assert_eq!(network.end_look(0.0, at_minute(2)), None, "said once");
        assert!(network.is_untried(&provider("github")) && !network.is_untried(&provider("google")));
        network.note_unreached(&provider("github"), 4, 0.0, at_minute(3));
        assert!(!network.is_untried(&provider("github")));
        assert_eq!(network.note_answer(&provider("notion")), Some(NetworkChange::Back { since: at_minute(1) }));
    }

    /// S163
    #[test]
    fn the_only_provider_must_fail_several_times() {
        let mut network = Network::default();
        let mut fail = |count| network.note_unreached(&provider("google"), count, 0.0, at_minute(1));

        assert_eq!((fail(1), fail(1)), (None, None));
        assert!(matches!(fail(1), Some(NetworkChange::Lost { .. })));

        let mut one_of_many = Network::default();
        for _ in 0..99 {
            let change = one_of_many.note_unreached(&provider("google"), 2, 0.0, at_minute(1));
            assert_eq!(change, None, "the others may well be reached");
        }
    }

    /// S163: at most one look each half minute.
    #[test]
    fn while_it_is_down_one_at_a_time_looks_again() {
        let mut network = Network::default();
        for name in ["google", "slack"] {
            network.note_unreached(&provider(name), 2, 1.0, at_minute(1));
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
