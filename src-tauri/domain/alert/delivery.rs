//! What a message to a channel says, when one that was not taken is sent again, and when it is given up [F4].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::lifecycle::retry::wait_before_next;

/// So often at least before it is given up: some hours of a computer that is awake.
const LEAST_TRIES: u32 = 20;
/// A long weekend without a receiver: whoever comes back after it looks at the board first.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);
/// A message that is refused for what it is (too large, not understood) keeps those behind it waiting for no longer.
const TRIED_FOR_THIS_MESSAGE: SignedDuration = SignedDuration::from_hours(1);

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    Raised,
    Ahead,
    Resolved,
    Certificate,
    Test,
}

impl MessageKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Ahead => "ahead",
            Self::Resolved => "resolved",
            Self::Certificate => "certificate",
            Self::Test => "test",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Raised, Self::Ahead, Self::Resolved, Self::Certificate, Self::Test]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

/// Why a channel did not take a message, as far as another try goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Nobody answered, or somebody who could not: time may cure it.
    Passing,
    /// It refuses whatever comes from us, until a person mends one side: tried on, for a person may.
    Refused,
    /// It refuses this very message.
    ThisMessage,
    /// It says that it is gone for good.
    Gone,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    TryAt(Timestamp),
    GiveUp,
}

/// `attempts`: how many there were, this one with it; `jitter` in 0..1 is random; `retry_after`: what the receiver asks for.
pub fn after_failure(
    kind: FailureKind,
    attempts: u32,
    made_at: Timestamp,
    now: Timestamp,
    jitter: f64,
    retry_after: Option<Duration>,
) -> AfterFailure {
    let tried_for = match kind {
        FailureKind::Passing | FailureKind::Refused => TRIED_FOR,
        FailureKind::ThisMessage => TRIED_FOR_THIS_MESSAGE,
        FailureKind::Gone => return AfterFailure::GiveUp,
    };
    let gives_up_at = made_at.checked_add(tried_for).unwrap_or(Timestamp::MAX);
    // A computer that slept through the three days has not tried for three days.
    let is_tried = attempts >= LEAST_TRIES || kind == FailureKind::ThisMessage;
    if now >= gives_up_at && is_tried {
        return AfterFailure::GiveUp;
    }
    let wait = wait_before_next(attempts, jitter, retry_after);
    let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    // The last try is at the end itself, not some time before it.
    AfterFailure::TryAt(if now < gives_up_at { next.min(gives_up_at) } else { next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::at_minute;

    fn after(kind: FailureKind, attempts: u32, now: i64) -> AfterFailure {
        after_failure(kind, attempts, at_minute(0), at_minute(now), 1.0, None)
    }

    /// F4: an hour without a receiver costs a few tries, and then a quarter of an hour at most.
    #[test]
    fn waits_grow_to_a_quarter_of_an_hour_and_end_after_three_days() {
        assert_eq!(after(FailureKind::Passing, 1, 0), AfterFailure::TryAt(at_minute(0) + SignedDuration::from_secs(2)));
        assert_eq!(after(FailureKind::Passing, 40, 60), AfterFailure::TryAt(at_minute(75)));
        let end = 72 * 60;
        assert_eq!(after(FailureKind::Refused, 300, end - 5), AfterFailure::TryAt(at_minute(end)), "one last try");
        assert_eq!(after(FailureKind::Refused, 300, end), AfterFailure::GiveUp);
    }

    /// F4: closed on Friday and opened on Tuesday, before its network is up.
    #[test]
    fn a_computer_that_slept_through_it_tries_on() {
        let tuesday = 4 * 24 * 60;
        let AfterFailure::TryAt(at) = after(FailureKind::Passing, 2, tuesday) else { panic!("given up") };
        assert!(at > at_minute(tuesday) && at < at_minute(tuesday + 1));
        assert_eq!(after(FailureKind::Passing, LEAST_TRIES, tuesday), AfterFailure::GiveUp);
    }

    /// F4
    #[test]
    fn a_message_that_is_refused_for_itself_blocks_the_others_for_an_hour() {
        assert_eq!(after(FailureKind::ThisMessage, 9, 59), AfterFailure::TryAt(at_minute(60)));
        assert_eq!(after(FailureKind::ThisMessage, 10, 60), AfterFailure::GiveUp);
        assert_eq!(after(FailureKind::Gone, 1, 0), AfterFailure::GiveUp, "it said so");
    }

    /// F4, B6
    #[test]
    fn a_receiver_that_asks_for_a_wait_gets_it() {
        let wait = Some(Duration::from_secs(600));
        let after = after_failure(FailureKind::Passing, 1, at_minute(0), at_minute(0), 0.0, wait);
        assert_eq!(after, AfterFailure::TryAt(at_minute(10)));
    }
}
