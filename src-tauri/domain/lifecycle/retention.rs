//! What of the timeline is kept for ever, and what is only counted after a while [B12, C9].
//!
//! The rule: everything is kept whole for 30 days. What says who came, went, was asked or was repaired (the audit
//! kinds) stays for ever. Of the older rest each day's numbers stay, and the newest event of each connection.

use std::time::Duration;

use jiff::Timestamp;

use crate::diagnosis::CauseLabel;
use crate::lifecycle_event::EventKind;

/// How long routine events are kept whole.
pub const KEPT_WHOLE: Duration = Duration::from_secs(30 * 86_400);

const DAY_MS: i64 = 86_400_000;

/// The causes of failed refreshes that are routine: time cures them.
pub const ROUTINE_FAILURES: [CauseLabel; 3] =
    [CauseLabel::RateLimited, CauseLabel::ProviderOutage, CauseLabel::NetworkFailure];

/// How long one kind of event is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// An audit kind: for ever.
    Kept,
    /// Counted by day once it is old.
    Thinned,
    /// Counted by day where its cause is one of [`ROUTINE_FAILURES`], else kept.
    ThinnedIfRoutine,
}

/// How long events of this kind are kept.
pub fn retention(kind: EventKind) -> Retention {
    match kind {
        EventKind::SignInStarted
        | EventKind::SignInFailed
        | EventKind::TokenIssued
        | EventKind::Imported
        | EventKind::RevokedDetected
        | EventKind::ReauthRequiredSet
        | EventKind::ReauthRequiredCleared
        | EventKind::Reconnected
        | EventKind::ReconnectRefused
        | EventKind::ReconnectRequested
        | EventKind::GrantLeft
        | EventKind::ScopesChanged
        | EventKind::ConnectionsMerged
        | EventKind::AlertGivenUp
        | EventKind::Disconnected
        | EventKind::RevocationFailed
        | EventKind::Reconciled
        | EventKind::RefreshCutOff
        | EventKind::BundleHeld
        | EventKind::BundleRecovered
        | EventKind::ClockJumped
        | EventKind::SettingsChanged
        | EventKind::SetupChecked
        | EventKind::ClientSecretRotated => Retention::Kept,
        EventKind::RefreshFailed => Retention::ThinnedIfRoutine,
        EventKind::RefreshSucceeded
        | EventKind::RefreshTokenLeft
        | EventKind::TestCallSucceeded
        | EventKind::TestCallFailed
        | EventKind::TokenDelivered
        | EventKind::NetworkLost
        | EventKind::NetworkBack => Retention::Thinned,
    }
}

/// Routine events before this are counted by day: midnight (UTC), so that a day is thinned whole.
pub fn thinned_before(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT_WHOLE).map_or(Timestamp::UNIX_EPOCH, midnight)
}

/// Where a span begins that was asked for from `since`: one that reaches into thinned days counts whole days.
pub fn span_start(since: Timestamp, now: Timestamp) -> Timestamp {
    if since < thinned_before(now) { midnight(since) } else { since }
}

/// The beginning of that day (UTC).
pub fn midnight(at: Timestamp) -> Timestamp {
    let ms = at.as_millisecond();
    Timestamp::from_millisecond(ms - ms.rem_euclid(DAY_MS)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B12: a failure that a person had to mend is part of the audit.
    #[test]
    fn what_time_cures_is_routine_and_nothing_else() {
        assert!(ROUTINE_FAILURES.iter().all(|cause| cause.is_transient()), "a kept cause needs a person");
        assert!(!ROUTINE_FAILURES.contains(&CauseLabel::GrantRevoked));
        assert_eq!(retention(EventKind::ReauthRequiredSet), Retention::Kept);
        assert_eq!(retention(EventKind::TokenDelivered), Retention::Thinned);
    }

    /// C9: no day is half thinned, and no span begins in the middle of one that is.
    #[test]
    fn thinning_and_long_spans_begin_at_midnight() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-20T13:50:00Z");

        assert_eq!(thinned_before(now), at("2026-10-21T00:00:00Z"));
        assert_eq!(span_start(at("2026-10-01T17:00:00Z"), now), at("2026-10-01T00:00:00Z"));
        assert_eq!(span_start(at("2026-11-13T13:50:00Z"), now), at("2026-11-13T13:50:00Z"), "kept whole: exact");
        assert_eq!(span_start(Timestamp::MIN, now), midnight(Timestamp::MIN), "the far past is no panic");
    }
}
