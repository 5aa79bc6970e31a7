//! The provider's own time: the machine's, moved ahead on request, so that expiry needs no waiting [B9].

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

#[derive(Default)]
pub(crate) struct Clock {
    ahead: Mutex<SignedDuration>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a server of its own; tests move it with pass_time")]
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let end = if SystemTime::now() < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        shifted(Timestamp::try_from(SystemTime::now()).unwrap_or(end), ahead)
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(time);
    }
}

/// `moment` moved by `by`; at the ends of time it stops instead of failing.
pub(crate) fn shifted(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// `moment` plus an unsigned span.
pub(crate) fn later(moment: Timestamp, by: std::time::Duration) -> Timestamp {
    shifted(moment, SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX))
}
