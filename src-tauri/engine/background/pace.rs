//! How fast what has piled up is begun, after sleep, a late start or a network that came back: by a timer that no
//! wall clock moves [S161].

use std::time::Duration;

use domain::ConnectionId;
use domain::lifecycle::refresh_time::spread_of;
use tokio::time::Instant;

/// So many need no spreading.
const BURST: u32 = 16;
/// More are spread over this long, or over as long as the rate asks for.
const SPREAD_OVER: Duration = Duration::from_secs(30);
const MAX_STARTS_PER_SECOND: u32 = 200;

/// The moments at which refreshes may begin.
#[derive(Debug)]
pub(super) struct Pace {
    next_at: Instant,
    every: Duration,
}

impl Pace {
    /// For so many that wait together; `None`: they are few.
    pub(super) fn for_piled_up(count: usize, now: Instant) -> Option<Self> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let fastest = Duration::from_secs(1) / MAX_STARTS_PER_SECOND;
        (count > BURST).then(|| Self { next_at: now, every: (SPREAD_OVER / count).max(fastest) })
    }

    /// When the next may begin; `None`: at once.
    pub(super) fn waits_until(&self, now: Instant) -> Option<Instant> {
        Some(self.next_at).filter(|at| *at > now)
    }

    /// One begins: the next comes half a step to one and a half later, by the connection that goes. Steps that
    /// timers or full places were late for are made up for.
    pub(super) fn step(&mut self, id: &ConnectionId) {
        self.next_at += self.every.mul_f64(0.5 + spread_of(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S161: half a minute at least, and never more than the rate.
    #[test]
    fn what_has_piled_up_is_spread_over_half_a_minute_or_by_the_rate() {
        let begin = Instant::now();
        assert!(Pace::for_piled_up(16, begin).is_none(), "a handful is no stampede");

        for (count, least, most) in [(17_u64, 15, 45), (1_000, 28, 32), (10_000, 48, 52)] {
            let mut pace = Pace::for_piled_up(usize::try_from(count).unwrap(), begin).unwrap();
            assert_eq!(pace.waits_until(begin), None, "the first goes at once");
            for number in 0..count {
                pace.step(&ConnectionId::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            }
            let took = pace.waits_until(begin).unwrap().duration_since(begin).as_secs();
            assert!((least..=most).contains(&took), "{count} in {took} s");
        }
    }
}
