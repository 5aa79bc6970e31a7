//! Our clock against the servers': measured per host, smoothed, judged over all of them, forgotten when a clock was
//! set [B9, S160].

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Off by more than this is shown and may be blamed. FAPI 2.0 (§5.3.2.1) has servers accept what is dated ten seconds
/// ahead and refuse what is dated a minute ahead: half a minute is past ordinary drift and short of certain trouble.
pub const TOLERATED: SignedDuration = SignedDuration::from_secs(30);

/// A measurement older than this says nothing of a clock that may have been set since.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Differs a server by this much from what it said before, then one of the two clocks was set: drift is slower.
const JUMP: SignedDuration = SignedDuration::from_secs(5);
/// An answer that was under way for longer says too little: half of its way is the error.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(10);
/// A Date header has whole seconds and is cut, not rounded: on average half a second is missing.
const CUT_OFF: SignedDuration = SignedDuration::from_millis(500);
/// How much a new measurement counts against what is known of a server: one in so many.
const SHARE_OF_NEW: i32 = 3;
/// More servers than a board speaks to in a day; the one not heard of for longest is forgotten.
const MAX_SERVERS: usize = 64;

/// What one server's Date headers said, smoothed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerClock {
    /// With its port where the server runs on this machine: several may, each with a clock of its own making.
    pub host: String,
    /// Our clock minus its, in milliseconds.
    pub ahead_ms: i64,
    pub measured_at: Timestamp,
    /// It said alike twice in a row.
    pub is_confirmed: bool,
}

/// Our clock against all servers'.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClockReading {
    pub ahead_ms: Option<i64>,
    /// Off by so much that signatures and expiries suffer; two servers say so alike, or one elsewhere said so twice.
    pub is_off: bool,
    /// It differs as much and nobody has confirmed it, or the servers contradict each other and most do not agree:
    /// nobody can tell whose clock is wrong.
    pub is_disputed: bool,
    /// Those that answered within a day, the one heard of last first.
    pub servers: Vec<ServerClock>,
}

/// Our clock minus a server's, by one Date header. `None`: the answer took too long to say.
pub fn ahead_of_date(date: Timestamp, received_at: Timestamp, round_trip: Duration) -> Option<SignedDuration> {
    if round_trip > LONGEST_ROUND_TRIP {
        return None;
    }
    let half_way = SignedDuration::try_from(round_trip / 2).ok()?;
    Some(received_at.duration_since(date).saturating_sub(half_way).saturating_sub(CUT_OFF))
}

/// Whether a clock is off by more than is tolerated.
pub fn is_off(ahead_ms: i64) -> bool {
    ahead_ms.unsigned_abs() > TOLERATED.as_millis().unsigned_abs() as u64
}

/// Whether a clock that was moved by this much was set: drift is slower, and what was measured before is void.
pub fn is_clock_set(by: SignedDuration) -> bool {
    by.abs() >= JUMP
}

/// The same moment on a clock that ours is ahead of.
pub fn corrected(ours: Timestamp, ahead_ms: i64) -> Timestamp {
    let span = SignedDuration::from_millis(ahead_ms);
    ours.checked_sub(span).unwrap_or(if ahead_ms > 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// One server's clock moved against ours, and nobody has confirmed which of the two was set.
#[derive(Debug, Clone)]
struct Jump {
    host: String,
    by_ms: i64,
    at: Timestamp,
}

/// What is known of every server's clock.
#[derive(Debug, Clone, Default)]
pub struct ServerClocks {
    clocks: Vec<ServerClock>,
    jump: Option<Jump>,
}

impl ServerClocks {
    /// Takes back what was known earlier, or what another process learned; the newer of two measurements counts.
    pub fn adopt(&mut self, known: impl IntoIterator<Item = ServerClock>) {
        for clock in known {
            match self.clocks.iter_mut().find(|it| it.host == clock.host) {
                Some(ours) if ours.measured_at >= clock.measured_at => {}
                Some(ours) => *ours = clock,
                None => self.clocks.push(clock),
            }
        }
        self.forget_the_oldest();
    }

    /// Takes one measurement into account and gives what is known of that server by it.
    ///
    /// Small differences are smoothed. A large one is a clock that was set: the server starts anew. Where two servers
    /// move alike, it was ours: what the others said before is forgotten.
    pub fn note(&mut self, host: &str, ahead: SignedDuration, now: Timestamp) -> ServerClock {
        let measured_ms = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        self.clocks.retain(|it| !is_from_the_future(it, now));

        let known = self.clocks.iter().position(|it| it.host == host);
        let mut ahead_ms = measured_ms;
        let mut is_confirmed = false;
        if let Some(known) = known.map(|index| self.clocks.remove(index)) {
            let by_ms = measured_ms.saturating_sub(known.ahead_ms);
            if by_ms.unsigned_abs() < JUMP.as_millis().unsigned_abs() as u64 {
                ahead_ms = known.ahead_ms.saturating_add(by_ms / i64::from(SHARE_OF_NEW));
                is_confirmed = true;
            } else if now.duration_since(known.measured_at) <= FRESH_FOR {
                self.note_jump(host, by_ms, now);
            }
        }
        let clock = ServerClock { host: host.to_owned(), ahead_ms, measured_at: now, is_confirmed };
        self.clocks.push(clock.clone());
        self.forget_the_oldest();
        clock
    }

    /// Our clock minus the servers': the median of those heard of within a day, so that one odd server does not
    /// decide. Of two middle ones the one that says less. Servers on this machine share our clock, and count only
    /// where there are no others.
    pub fn ahead_ms(&self, now: Timestamp) -> Option<i64> {
        let mut all: Vec<_> = self.that_count(now).into_iter().map(|it| it.ahead_ms).collect();
        all.sort_unstable();
        let upper = all.get(all.len() / 2).copied()?;
        let lower = all.get((all.len() - 1) / 2).copied()?;
        Some(if lower.unsigned_abs() <= upper.unsigned_abs() { lower } else { upper })
    }

    fn that_count(&self, now: Timestamp) -> Vec<&ServerClock> {
        let fresh = || self.clocks.iter().filter(|it| is_fresh(it, now));
        let elsewhere: Vec<_> = fresh().filter(|it| !is_own_machine(&it.host)).collect();
        if elsewhere.is_empty() { fresh().collect() } else { elsewhere }
    }

    /// Whether two servers say this alike, or one on another machine said it twice.
    fn is_agreed(&self, ahead_ms: i64, now: Timestamp) -> bool {
        let is_alike = |it: &&ServerClock| it.ahead_ms.abs_diff(ahead_ms) < JUMP.as_millis().unsigned_abs() as u64;
        let alike: Vec<_> = self.that_count(now).into_iter().filter(is_alike).collect();
        alike.len() > 1 || alike.iter().any(|it| it.is_confirmed && !is_own_machine(&it.host))
    }

    /// Our clock minus this server's; where it was not heard of, the servers' in general.
    pub fn ahead_of_ms(&self, host: &str, now: Timestamp) -> Option<i64> {
        let own = self.clocks.iter().find(|it| it.host == host && is_fresh(it, now));
        own.map(|it| it.ahead_ms).or_else(|| self.ahead_ms(now))
    }

    /// All that is known and still says something.
    pub fn reading(&self, now: Timestamp) -> ClockReading {
        let ahead_ms = self.ahead_ms(now);
        let mut servers: Vec<_> = self.clocks.iter().filter(|it| is_fresh(it, now)).cloned().collect();
        servers.sort_by(|one, other| other.measured_at.cmp(&one.measured_at).then(one.host.cmp(&other.host)));
        let differs = ahead_ms.filter(|ahead_ms| is_off(*ahead_ms));
        let is_agreed = differs.is_some_and(|ahead_ms| self.is_agreed(ahead_ms, now));
        let is_contradicted = ahead_ms.is_some_and(|ahead_ms| !self.is_said_by_most(ahead_ms, now));
        let is_off = is_agreed && !is_contradicted;
        let is_disputed = is_contradicted || (differs.is_some() && !is_agreed);
        ClockReading { ahead_ms, is_off, is_disputed, servers }
    }

    /// Whether more than half of those that count say so, within what is tolerated.
    fn is_said_by_most(&self, ahead_ms: i64, now: Timestamp) -> bool {
        let all = self.that_count(now);
        let alike = all.iter().filter(|it| !is_off(it.ahead_ms.saturating_sub(ahead_ms))).count();
        alike * 2 > all.len()
    }

    fn note_jump(&mut self, host: &str, by_ms: i64, now: Timestamp) {
        let is_alike = |jump: &Jump| {
            jump.host != host
                && jump.by_ms.abs_diff(by_ms) < JUMP.as_millis().unsigned_abs() as u64
                && now.duration_since(jump.at) <= FRESH_FOR
        };
        match self.jump.take().filter(is_alike) {
            Some(first) => self.clocks.retain(|it| it.measured_at >= first.at),
            None => self.jump = Some(Jump { host: host.to_owned(), by_ms, at: now }),
        }
    }

    fn forget_the_oldest(&mut self) {
        while self.clocks.len() > MAX_SERVERS {
            let Some((oldest, _)) = self.clocks.iter().enumerate().min_by_key(|(_, it)| it.measured_at) else { return };
            self.clocks.remove(oldest);
        }
    }
}

fn is_fresh(clock: &ServerClock, now: Timestamp) -> bool {
    !is_from_the_future(clock, now) && now.duration_since(clock.measured_at) <= FRESH_FOR
}

/// Measured on a clock that was set back since. Answers that arrive together are a moment apart in any order.
fn is_from_the_future(clock: &ServerClock, now: Timestamp) -> bool {
    clock.measured_at.duration_since(now) > JUMP
}

/// Whether a server of this name, with a port or without, runs on this machine.
pub fn is_own_machine(host: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    const HOUR_MS: i64 = 3_600_000;

    fn noted(all: &[(&str, i64)]) -> ServerClocks {
        let mut clocks = ServerClocks::default();
        for (host, ahead_ms) in all {
            clocks.note(host, SignedDuration::from_millis(*ahead_ms), at_minute(0));
        }
        clocks
    }

    /// B9: a Date is cut to whole seconds, and the answer was under way.
    #[test]
    fn half_a_second_and_half_the_way_are_taken_off() {
        let received = at_minute(0) + Duration::from_millis(700);

        let ahead = ahead_of_date(at_minute(0), received, Duration::from_millis(400));

        assert_eq!(ahead, Some(SignedDuration::ZERO), "200 ms on its way, 500 ms cut off");
        assert_eq!(ahead_of_date(at_minute(0), received, Duration::from_secs(11)), None, "too slow to say");
    }

    /// B9: one odd server does not decide, in no place of the order.
    #[test]
    fn the_median_of_the_servers_decides() {
        assert_eq!(noted(&[]).ahead_ms(at_minute(1)), None);
        assert_eq!(noted(&[("a", 900)]).ahead_ms(at_minute(1)), Some(900));
        assert_eq!(noted(&[("a", 100), ("odd", HOUR_MS), ("b", 300)]).ahead_ms(at_minute(1)), Some(300));
        assert_eq!(noted(&[("odd", -HOUR_MS), ("b", 300)]).ahead_ms(at_minute(1)), Some(300), "of two, the milder");
        assert!(!noted(&[("a", 100), ("odd", i64::MAX)]).reading(at_minute(1)).is_off, "whatever a server claims");
    }

    /// B9
    #[test]
    fn a_server_on_this_machine_says_nothing_of_its_clock_where_others_do() {
        let own = [("127.0.0.1:4711", 0), ("127.0.0.1", 0), ("[::1]", 0), ("[::1]:80", 0), ("localhost:9", 0)];
        let mut all = own.to_vec();
        all.push(("far.example", HOUR_MS));

        assert_eq!(noted(&own).ahead_ms(at_minute(1)), Some(0));
        assert_eq!(noted(&all).ahead_ms(at_minute(1)), Some(HOUR_MS));
    }

    /// B9: the bound itself is tolerated.
    #[test]
    fn off_is_what_exceeds_the_bound_on_either_side() {
        for (ahead_ms, expected) in [(30_000, false), (-30_000, false), (30_001, true), (-30_001, true)] {
            let two = noted(&[("a", ahead_ms), ("b", ahead_ms)]);
            assert_eq!(two.reading(at_minute(1)).is_off, expected, "{ahead_ms} ms");
        }
    }

    /// B9: a single word blames nobody; two servers alike do, or one elsewhere that says it again.
    #[test]
    fn one_server_that_differs_is_a_dispute() {
        let verdict = |clocks: &ServerClocks| {
            let reading = clocks.reading(at_minute(1));
            (reading.is_off, reading.is_disputed)
        };
        assert_eq!(verdict(&noted(&[("a", 10)])), (false, false));
        assert_eq!(verdict(&noted(&[("a", HOUR_MS)])), (false, true));
        assert_eq!(verdict(&noted(&[("a", HOUR_MS), ("b", -HOUR_MS)])), (false, true), "they do not agree");
        assert_eq!(verdict(&noted(&[("a", HOUR_MS), ("b", HOUR_MS + 900)])), (true, false));
        assert_eq!(verdict(&noted(&[("a", 0), ("b", HOUR_MS)])), (false, true), "one and one is no agreement");
        let halves = [("a", 0), ("b", 0), ("c", HOUR_MS), ("d", HOUR_MS)];
        assert_eq!(verdict(&noted(&halves)), (false, true), "two and two neither");
        assert_eq!(verdict(&noted(&halves[1..])), (true, false), "two of three are most");
        assert_eq!(verdict(&noted(&halves[..3])), (false, false), "the odd one is wrong by itself");
        assert_eq!(verdict(&noted(&[("a", HOUR_MS), ("a", HOUR_MS)])), (true, false), "said again");
        let again = noted(&[("127.0.0.1:1", HOUR_MS), ("127.0.0.1:1", HOUR_MS)]);
        assert_eq!(verdict(&again), (false, true), "it shares our clock: its own making");
    }

    /// B9
    #[test]
    fn noise_is_smoothed() {
        let mut clocks = noted(&[("a", 0)]);

        let smoothed = clocks.note("a", SignedDuration::from_millis(900), at_minute(1));

        assert_eq!(smoothed.ahead_ms, 300, "a third of what is new");
    }

    /// B9: a person has set the clock; the old measurements must not outvote the new ones for a day.
    #[test]
    fn two_servers_that_jump_alike_tell_that_our_clock_was_set() {
        let mut clocks = noted(&[("a", HOUR_MS), ("b", HOUR_MS), ("c", HOUR_MS), ("d", HOUR_MS), ("e", HOUR_MS)]);

        clocks.note("a", SignedDuration::ZERO, at_minute(1));
        assert_eq!(clocks.ahead_ms(at_minute(1)), Some(HOUR_MS), "one alone may be odd");
        clocks.note("b", SignedDuration::from_millis(400), at_minute(2));

        assert_eq!(clocks.ahead_ms(at_minute(2)), Some(0));
        assert_eq!(clocks.reading(at_minute(2)).servers.len(), 2, "the others are heard anew");
    }

    /// B9
    #[test]
    fn a_single_server_is_followed_when_it_jumps_and_one_that_flickers_decides_nothing() {
        let mut alone = noted(&[("a", HOUR_MS)]);
        alone.note("a", SignedDuration::ZERO, at_minute(1));
        assert_eq!(alone.ahead_ms(at_minute(1)), Some(0));

        let mut several = noted(&[("odd", 0), ("b", 0), ("c", 0)]);
        for minute in 1..9 {
            let ahead = if minute % 2 == 0 { 0 } else { HOUR_MS };
            several.note("odd", SignedDuration::from_millis(ahead), at_minute(minute));
            assert_eq!(several.ahead_ms(at_minute(minute)), Some(0), "minute {minute}");
        }
        assert_eq!(several.reading(at_minute(9)).servers.len(), 3, "its own jumps confirm nothing");
    }

    /// B9: measured a day ago, or in a future that a set-back clock has left.
    #[test]
    fn what_is_old_or_from_the_future_says_nothing() {
        let clocks = noted(&[("a", HOUR_MS)]);

        assert_eq!(clocks.ahead_ms(at_minute(24 * 60)), Some(HOUR_MS));
        assert_eq!(clocks.ahead_ms(at_minute(24 * 60 + 1)), None);
        assert_eq!(clocks.ahead_ms(at_minute(-1)), None);
        let mut set_back = clocks;
        set_back.note("b", SignedDuration::ZERO, at_minute(-60));
        assert_eq!(set_back.reading(at_minute(0)).servers.len(), 1, "forgotten, not only unheard");
    }

    /// B9: this server's own clock goes before what the others say.
    #[test]
    fn a_server_is_compared_with_its_own_clock() {
        let clocks = noted(&[("a", 100), ("odd", HOUR_MS), ("b", 100)]);

        assert_eq!(clocks.ahead_of_ms("odd", at_minute(1)), Some(HOUR_MS));
        assert_eq!(clocks.ahead_of_ms("unheard", at_minute(1)), Some(100));
    }

    /// B9
    #[test]
    fn what_another_process_measured_later_counts() {
        let mut clocks = noted(&[("a", 100)]);
        let told = |ahead_ms, minute| ServerClock {
            host: "a".into(),
            ahead_ms,
            measured_at: at_minute(minute),
            is_confirmed: false,
        };

        clocks.adopt([told(9, -5)]);
        assert_eq!(clocks.ahead_ms(at_minute(1)), Some(100));
        clocks.adopt([told(9, 5)]);
        assert_eq!(clocks.ahead_ms(at_minute(6)), Some(9));
    }

    /// B9: a board that meets ever new servers keeps a bounded memory of them.
    #[test]
    fn memory_is_bounded() {
        let mut clocks = ServerClocks::default();
        for number in 0..500 {
            clocks.note(&format!("host{number}"), SignedDuration::ZERO, at_minute(number));
        }

        assert_eq!(clocks.clocks.len(), MAX_SERVERS);
        assert_eq!(clocks.clocks.last().unwrap().host, "host499", "the newest stay");
    }

    /// S060: no clock overflows another.
    #[test]
    fn a_correction_stays_within_time() {
        assert_eq!(corrected(at_minute(60), HOUR_MS), at_minute(0));
        assert_eq!(corrected(at_minute(0), i64::MAX), Timestamp::MIN);
        assert_eq!(corrected(at_minute(0), i64::MIN), Timestamp::MAX);
        let year_9999 = Timestamp::MAX;
        assert!(ahead_of_date(year_9999, Timestamp::MIN, Duration::ZERO).is_some());
    }
}
