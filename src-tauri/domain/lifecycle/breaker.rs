//! When a provider is left alone: after several failures in a row, or when it asks for it [B4, B6, S162].

use std::time::Duration;

use jiff::Timestamp;

use super::retry::{is_waiting, wait_before_next};
use crate::diagnosis::{CauseLabel, Diagnosis};

/// So many failures in a row that may pass are no accident of one connection.
const FAILURES_THAT_OPEN: u32 = 5;

/// What is known of one provider's token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaker {
    failure_count: u32,
    pause: Option<Pause>,
    is_probing: bool,
}

/// Until when nobody asks by himself, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pause {
    until: Timestamp,
    /// How many pauses came before this one without a good answer in between.
    earlier_count: u32,
    is_asked_for: bool,
}

/// Whether one more refresh may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Open,
    /// One alone, to see whether the provider is back.
    Probe,
    /// Not before; `None`: when the probe that is under way has ended.
    Wait {
        until: Option<Timestamp>,
    },
}

impl Breaker {
    /// Whether a refresh that nobody asked for may begin.
    pub fn admission(&self, now: Timestamp) -> Admission {
        match self.pause {
            None => Admission::Open,
            Some(_) if self.is_probing => Admission::Wait { until: None },
            Some(pause) if is_waiting(pause.until, now) => Admission::Wait { until: Some(pause.until) },
            Some(_) => Admission::Probe,
        }
    }

    /// Until when the provider asked to be left alone, where it did.
    pub fn asked_to_wait_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.pause.filter(|pause| pause.is_asked_for && is_waiting(pause.until, now)).map(|pause| pause.until)
    }

    /// The one probe is under way.
    pub fn begin_probe(&mut self) {
        self.is_probing = true;
    }

    /// The probe came to nothing that says anything of the provider: another may be made.
    pub fn end_probe(&mut self) {
        self.is_probing = false;
    }

    /// It answered, be it with a refusal: a terminal error is an answer and is never hidden behind a pause.
    pub fn note_answer(&mut self) {
        *self = Self::default();
    }

    /// A refresh failed. `jitter` in 0..1 is random; what the provider asked for wins.
    pub fn note_failure(&mut self, diagnosis: &Diagnosis, retry_after: Option<Duration>, jitter: f64, now: Timestamp) {
        if !diagnosis.is_transient() {
            self.note_answer();
            return;
        }
        self.failure_count = self.failure_count.saturating_add(1);
        let was_probing = std::mem::take(&mut self.is_probing);
        let is_asked_for = diagnosis.cause == CauseLabel::RateLimited;
        // Those that were under way when the pause began tell nothing new.
        let is_news = was_probing || self.pause.is_none_or(|pause| !is_waiting(pause.until, now));
        if is_asked_for || (is_news && self.failure_count >= FAILURES_THAT_OPEN) {
            let earlier_count = match self.pause {
                Some(pause) if is_news => pause.earlier_count.saturating_add(1),
                Some(pause) => pause.earlier_count,
                None => 0,
            };
            let wait = wait_before_next(earlier_count, jitter, retry_after.filter(|_| is_asked_for || is_news));
            let until = now.checked_add(wait).unwrap_or(now);
            let until = self.pause.filter(|it| is_waiting(it.until, now)).map_or(until, |it| it.until.max(until));
            self.pause = Some(Pause { until, earlier_count, is_asked_for });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn outage() -> Diagnosis {
        Diagnosis::of(CauseLabel::ProviderOutage)
    }

    fn after_outages(count: u32) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..count {
            breaker.note_failure(&outage(), None, 1.0, at_minute(0));
        }
        breaker
    }

    /// S162
    #[test]
    fn a_few_failures_in_a_row_pause_the_provider_and_one_probe_reopens_it() {
        assert_eq!(after_outages(4).admission(at_minute(0)), Admission::Open, "four may be chance");
        let mut breaker = after_outages(5);
        let Admission::Wait { until: Some(until) } = breaker.admission(at_minute(0)) else { panic!("it is paused") };

        assert_eq!(until, at_minute(0) + Duration::from_secs(1), "the first pause is short");
        assert_eq!(breaker.admission(until), Admission::Probe, "half open");
        breaker.begin_probe();
        assert_eq!(breaker.admission(until), Admission::Wait { until: None }, "one probe at a time");
        breaker.note_answer();
        assert_eq!(breaker.admission(until), Admission::Open, "it is back");
    }

    /// S162
    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_a_quarter_of_an_hour() {
        let mut breaker = after_outages(5);
        let mut now = at_minute(0);
        let mut pauses = vec![];
        for _ in 0..13 {
            let Admission::Wait { until: Some(until) } = breaker.admission(now) else { panic!("it is paused") };
            pauses.push(until.duration_since(now).as_secs());
            now = until;
            breaker.begin_probe();
            breaker.note_failure(&outage(), None, 1.0, now);
        }

        assert_eq!(pauses[..5], [1, 2, 4, 8, 16], "doubling");
        assert_eq!(pauses[10..], [900, 900, 900], "and no further");
    }

    /// S162: those that were under way together are one failure of the provider's, not five pauses.
    #[test]
    fn failures_that_were_already_under_way_do_not_lengthen_the_pause() {
        assert_eq!(after_outages(5), Breaker { failure_count: 5, ..after_outages(9) });
    }

    /// B6
    #[test]
    fn a_provider_that_asks_for_peace_gets_it_at_once() {
        let mut breaker = Breaker::default();
        let limited = Diagnosis::of(CauseLabel::RateLimited);

        breaker.note_failure(&limited, Some(Duration::from_secs(600)), 0.0, at_minute(0));

        assert_eq!(breaker.asked_to_wait_until(at_minute(9)), Some(at_minute(10)));
        assert_eq!(breaker.admission(at_minute(10)), Admission::Probe);
        assert_eq!(after_outages(5).asked_to_wait_until(at_minute(0)), None, "an outage asks for nothing");
    }

    /// S162: an ended grant is told as what it is, and the provider answers.
    #[test]
    fn a_terminal_answer_closes_the_breaker() {
        let mut breaker = after_outages(5);

        breaker.note_failure(&Diagnosis::of(CauseLabel::GrantInvalid), None, 0.0, at_minute(1));

        assert_eq!(breaker.admission(at_minute(1)), Admission::Open);
    }

    /// S160: a pause that began under a wrong clock does not last for years.
    #[test]
    fn a_pause_far_in_the_future_is_the_clocks_mistake() {
        let breaker = after_outages(5);
        let years_before = at_minute(-10 * 365 * 24 * 60);

        assert_eq!(breaker.admission(years_before), Admission::Probe);
    }
}
