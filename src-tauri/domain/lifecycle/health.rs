//! Rates and counts of one connection, one provider or the whole board over a span of time [C9].
//!
//! Counts come from kept events and from the daily numbers of thinned ones alike; spreads from kept events only.

use std::time::Duration;

use crate::diagnosis::CauseLabel;
use crate::lifecycle_event::EventKind;

/// What happened in a span of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    pub refresh_succeeded_count: u64,
    pub refresh_failed_count: u64,
    /// Of those that failed: answers that ended the grant.
    pub invalid_grant_count: u64,
    /// Of those that failed: refusals without a word, which end nothing and are tried again.
    pub wordless_count: u64,
    /// Besides: refreshes whose end nobody saw. The next one found out, and counts by itself.
    pub cut_off_count: u64,
    /// How often a person was needed, and how often one had come by the end of the span.
    pub reauth_prompted_count: u64,
    pub reauth_completed_count: u64,
    /// How often that was over without anybody: it passed by itself, or the connection was given up.
    pub reauth_passed_count: u64,
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
    /// `None`: too few values to say so.
    pub p99: Option<Duration>,
}

/// Of fewer values the 99th of 100 is the largest that chance brought.
const LEAST_FOR_A_PERCENTILE: usize = 20;

/// Like events of a span, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub kind: EventKind,
    pub cause: Option<CauseLabel>,
    /// The cause is the likeliest of a refusal without a word. Those are never thinned, so their count is exact.
    pub is_guessed: bool,
    /// It reached for the provider's API: a test without a token to call with did not.
    pub is_api_call: bool,
    pub http_status: Option<u16>,
    pub count: u64,
}

/// How long one refresh that succeeded took, as far as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefreshTimes {
    pub latency: Option<Duration>,
    pub lateness: Option<Duration>,
    pub at_risk: Option<Duration>,
}

/// How often a person was needed, and how often one came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prompts {
    pub prompted: u64,
    pub completed: u64,
    pub passed: u64,
    is_open: bool,
}

impl Prompts {
    /// Follows the events of one connection, oldest first. Being asked again before anyone came is the same prompt;
    /// one that ends without a person (the secret is back, the connection is given up) is not completed.
    pub fn follow(&mut self, kind: EventKind) {
        if kind == EventKind::ReauthRequiredSet {
            self.prompted += u64::from(!self.is_open);
            self.is_open = true;
        } else if kind == EventKind::Reconnected {
            self.completed += u64::from(self.is_open);
            self.is_open = false;
        } else if matches!(kind, EventKind::Reconciled | EventKind::Disconnected | EventKind::ReauthRequiredCleared) {
            self.passed += u64::from(self.is_open);
            self.is_open = false;
        }
    }
}

impl Figures {
    /// Adds what was counted.
    pub fn add(&mut self, tally: &Tally) {
        let count = tally.count;
        if tally.kind == EventKind::RefreshSucceeded {
            self.refresh_succeeded_count += count;
        } else if tally.kind == EventKind::RefreshFailed {
            self.refresh_failed_count += count;
            if tally.is_guessed && !tally.cause.is_some_and(CauseLabel::is_transient) {
                self.wordless_count += count;
            } else if tally.cause.is_some_and(CauseLabel::ends_the_grant) {
                self.invalid_grant_count += count;
            }
        } else if tally.kind == EventKind::RefreshCutOff {
            self.cut_off_count += count;
        } else if tally.kind == EventKind::TokenDelivered {
            self.delivered_count += count;
        } else if matches!(tally.kind, EventKind::TestCallSucceeded | EventKind::TestCallFailed) && tally.is_api_call {
            self.call_count += count;
            match tally.http_status {
                Some(401) => self.status_401_count += count,
                Some(403) => self.status_403_count += count,
                Some(_) | None => {}
            }
        }
    }

    pub fn add_prompts(&mut self, prompts: Prompts) {
        self.reauth_prompted_count += prompts.prompted;
        self.reauth_completed_count += prompts.completed;
        self.reauth_passed_count += prompts.passed;
    }

    /// Sets the three spreads.
    pub fn spread(&mut self, times: &[RefreshTimes]) {
        let of = |pick: fn(&RefreshTimes) -> Option<Duration>| Spread::of(times.iter().filter_map(pick).collect());
        self.latency = of(|it| it.latency);
        self.lateness = of(|it| it.lateness);
        self.at_risk = of(|it| it.at_risk);
    }

    pub fn refresh_count(&self) -> u64 {
        self.refresh_succeeded_count + self.refresh_failed_count
    }

    /// 0 to 1; `None` when nothing was refreshed.
    pub fn refresh_success_rate(&self) -> Option<f64> {
        rate(self.refresh_succeeded_count, self.refresh_count())
    }

    /// The share of API calls that were answered with 401, 0 to 1; `None` when nothing was called.
    pub fn status_401_rate(&self) -> Option<f64> {
        rate(self.status_401_count, self.call_count)
    }

    /// The share of API calls that were answered with 403, 0 to 1; `None` when nothing was called.
    pub fn status_403_rate(&self) -> Option<f64> {
        rate(self.status_403_count, self.call_count)
    }

    /// How many things went wrong; for an order, not to be shown.
    pub fn trouble_count(&self) -> u64 {
        self.refresh_failed_count
            + self.cut_off_count
            + self.reauth_prompted_count
            + self.status_401_count
            + self.status_403_count
    }

    /// How much happened at all; for an order, not to be shown.
    pub fn activity_count(&self) -> u64 {
        self.refresh_count() + self.cut_off_count + self.call_count + self.delivered_count + self.reauth_prompted_count
    }
}

impl Spread {
    /// By the nearest-rank method: both are values that occurred. `None` of nothing.
    pub fn of(mut values: Vec<Duration>) -> Option<Self> {
        values.sort_unstable();
        let nearest = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100);
            values.get(rank.saturating_sub(1)).copied()
        };
        let p99 = nearest(99).filter(|_| values.len() >= LEAST_FOR_A_PERCENTILE);
        Some(Self { count: values.len() as u64, median: nearest(50)?, p99 })
    }
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(values: &[u64]) -> Vec<Duration> {
        values.iter().copied().map(Duration::from_millis).collect()
    }

    fn tally(kind: EventKind, count: u64) -> Tally {
        Tally { kind, cause: None, is_guessed: false, is_api_call: false, http_status: None, count }
    }

    fn prompts_of(kinds: &[EventKind]) -> (u64, u64) {
        let mut prompts = Prompts::default();
        kinds.iter().for_each(|kind| prompts.follow(*kind));
        (prompts.prompted, prompts.completed)
    }

    /// C9
    #[test]
    fn of_nothing_there_is_no_rate_and_no_spread() {
        let mut figures = Figures::default();
        figures.spread(&[RefreshTimes::default()]);

        assert_eq!(figures, Figures::default(), "a refresh that was not measured is no value");
        assert_eq!(figures.refresh_success_rate(), None, "nought of nought is not perfect");
        assert_eq!((figures.status_401_rate(), figures.status_403_rate()), (None, None));
    }

    /// C9: nearest rank.
    #[test]
    fn a_spread_is_made_of_values_that_occurred() {
        let of = |values: &[u64]| {
            let spread = Spread::of(ms(values)).unwrap();
            (spread.count, spread.median.as_millis(), spread.p99.map(|it| it.as_millis()))
        };

        assert_eq!(of(&[7]), (1, 7, None), "one value says nothing of the other 99");
        assert_eq!(of(&[3, 1]), (2, 1, None), "the lower of two is the median");
        assert_eq!(of(&[5; 19]), (19, 5, None), "one too few");
        assert_eq!(of(&[5; 20]), (20, 5, Some(5)), "ties stay ties");
        let hundred: Vec<_> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), (100, 50, Some(99)), "99 of 100 lie at or below p99");
    }

    /// C9
    #[test]
    fn refusals_that_end_a_grant_are_told_from_outages() {
        let mut figures = Figures::default();
        figures.add(&tally(EventKind::RefreshSucceeded, 97));
        figures.add(&Tally { cause: Some(CauseLabel::GrantRevoked), ..tally(EventKind::RefreshFailed, 1) });
        figures.add(&Tally { cause: Some(CauseLabel::ProviderOutage), ..tally(EventKind::RefreshFailed, 2) });

        assert_eq!((figures.refresh_failed_count, figures.invalid_grant_count), (3, 1));
        assert_eq!(figures.refresh_success_rate(), Some(0.97));

        let guess =
            Tally { cause: Some(CauseLabel::GrantInvalid), is_guessed: true, ..tally(EventKind::RefreshFailed, 5) };
        figures.add(&guess);
        let counted = (figures.refresh_failed_count, figures.invalid_grant_count, figures.wordless_count);
        assert_eq!(counted, (8, 1, 5), "a refusal without a word ended nothing");
    }

    /// C9: a 401 of the token endpoint is the client's affair, and a test without a token is no call.
    #[test]
    fn rates_of_401_and_403_are_over_calls_to_the_api() {
        let mut figures = Figures::default();
        let call = |status, count| Tally {
            is_api_call: true,
            http_status: Some(status),
            ..tally(EventKind::TestCallFailed, count)
        };
        figures.add(&call(200, 6));
        figures.add(&call(401, 2));
        figures.add(&call(403, 2));
        figures.add(&Tally { http_status: Some(401), ..tally(EventKind::TestCallFailed, 9) });
        figures.add(&Tally { http_status: Some(401), ..tally(EventKind::RefreshFailed, 9) });

        assert_eq!((figures.call_count, figures.status_401_count, figures.status_403_count), (10, 2, 2));
        assert_eq!(figures.status_401_rate(), Some(0.2));
    }

    /// C9
    #[test]
    fn a_prompt_is_completed_by_the_reconnect_that_follows_it() {
        use EventKind::{
            Disconnected, ReauthRequiredCleared, ReauthRequiredSet, Reconciled, Reconnected, RefreshFailed,
        };

        assert_eq!(prompts_of(&[]), (0, 0));
        assert_eq!(prompts_of(&[Reconnected]), (0, 0), "its prompt lies before the span");
        assert_eq!(prompts_of(&[ReauthRequiredSet, RefreshFailed, Reconnected]), (1, 1));
        assert_eq!(prompts_of(&[ReauthRequiredSet, ReauthRequiredSet, Reconnected, Reconnected]), (1, 1));
        assert_eq!(prompts_of(&[ReauthRequiredSet, Reconciled, ReauthRequiredSet, Reconnected]), (2, 1));
        assert_eq!(prompts_of(&[ReauthRequiredSet, Disconnected, Reconnected]), (1, 0), "given up, then wanted again");
        let mut prompts = Prompts::default();
        for kind in [ReauthRequiredSet, RefreshFailed, ReauthRequiredCleared, Reconnected] {
            prompts.follow(kind);
        }
        assert_eq!((prompts.prompted, prompts.completed, prompts.passed), (1, 0, 1), "it passed, and nobody came");
    }

    fn any_kind() -> impl Strategy<Value = EventKind> {
        prop::sample::select(vec![
            EventKind::RefreshSucceeded,
            EventKind::RefreshFailed,
            EventKind::ReauthRequiredSet,
            EventKind::Reconnected,
            EventKind::Reconciled,
            EventKind::Disconnected,
            EventKind::TestCallFailed,
            EventKind::TokenDelivered,
        ])
    }

    proptest! {
        /// C9
        #[test]
        fn nobody_comes_more_often_than_they_were_needed(kinds in prop::collection::vec(any_kind(), 0..60)) {
            let (prompted, completed) = prompts_of(&kinds);
            prop_assert!(completed <= prompted);
        }

        /// C9: a thinned day does not distort a count.
        #[test]
        fn events_counted_one_by_one_or_by_the_day_give_the_same(
            events in prop::collection::vec((any_kind(), 0_u16..4), 0..80),
        ) {
            let like = |(kind, status): (EventKind, u16), count| Tally {
                is_api_call: true,
                http_status: Some(400 + status),
                cause: (status == 3).then_some(CauseLabel::GrantInvalid),
                ..tally(kind, count)
            };
            let mut singly = Figures::default();
            events.iter().for_each(|event| singly.add(&like(*event, 1)));
            let mut by_day = Figures::default();
            let mut different = events.clone();
            different.dedup();
            different.sort_unstable_by_key(|(kind, status)| (kind.as_str(), *status));
            different.dedup();
            for event in different {
                let count = events.iter().filter(|it| **it == event).count() as u64;
                by_day.add(&like(event, count));
            }
            prop_assert_eq!(&singly, &by_day);
            prop_assert!(singly.refresh_success_rate().is_none_or(|rate| (0.0..=1.0).contains(&rate)));
        }

        /// C9
        #[test]
        fn a_spread_divides_its_values_as_it_says(values in prop::collection::vec(0_u64..1000, 1..300)) {
            let spread = Spread::of(ms(&values)).unwrap();
            let at_or_below = |limit: Duration| ms(&values).iter().filter(|it| **it <= limit).count();
            prop_assert!(at_or_below(spread.median) * 2 >= values.len());
            prop_assert_eq!(spread.p99.is_some(), values.len() >= LEAST_FOR_A_PERCENTILE);
            prop_assert!(spread.p99.is_none_or(|p99| at_or_below(p99) * 100 >= values.len() * 99 && spread.median <= p99));
            prop_assert_eq!(spread.count, values.len() as u64);
        }
    }
}
