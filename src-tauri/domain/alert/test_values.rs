//! Troubles that the tests of this folder tell of.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{About, ClockFace, FirstFailure, Trouble};
use crate::ConnectionId;
use crate::diagnosis::ActionLabel;
use crate::test_values::at_minute;

pub(super) fn face() -> ClockFace {
    ClockFace { zone: TimeZone::UTC, is_12: false }
}

/// A connection that waits for a sign-in since minute 0, and on which nothing is known to hang.
pub(super) fn trouble(number: u64) -> Trouble {
    Trouble {
        about: About::Connection(ConnectionId::from_random(number)),
        name: format!("Connection {number}"),
        platform: None,
        since: Some(at_minute(0)),
        action: ActionLabel::Reconnect,
        is_guess: false,
        words: None,
        works_until: None,
        worked_at: None,
        first: None,
        workflow_count: 0,
        cause: None,
        customers: BTreeSet::new(),
        environment: None,
        importance: None,
    }
}

/// Fails at minute 60.
pub(super) fn nightly_invoices() -> FirstFailure {
    FirstFailure { workflow: "Nightly invoices".into(), step: Some("Send mail".into()), at: Some(at_minute(60)) }
}
