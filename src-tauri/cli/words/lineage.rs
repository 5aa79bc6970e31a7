//! The chain of tokens in words: why each was fetched, and what became of it [A5].

use domain::connection::{IssuedBy, LinkOutcome, TokenLink};
use domain::lifecycle::refresh_reason::RefreshReason;

use super::times::Now;

/// "sign-in", "reconnect", "refresh, on time".
pub(crate) fn issued(link: &TokenLink) -> String {
    match (link.issued_by, link.reason) {
        (IssuedBy::Connect, _) => "sign-in".to_owned(),
        (IssuedBy::Import, _) => "import".to_owned(),
        (IssuedBy::Reconnect, _) => "reconnect".to_owned(),
        (IssuedBy::Refresh, None) => "refresh".to_owned(),
        (IssuedBy::Refresh, Some(why)) => format!("refresh, {}", reason(why)),
    }
}

/// What asked for a refresh.
pub(crate) fn reason(reason: RefreshReason) -> &'static str {
    match reason {
        RefreshReason::Scheduled => "on time",
        RefreshReason::KeepAlive => "to keep the grant alive",
        RefreshReason::Person => "by hand",
        RefreshReason::Needed => "on need",
        RefreshReason::Rejected => "after a refusal",
        RefreshReason::Recovery => "after a lost answer",
    }
}

/// "in use", "replaced 16:55".
pub(crate) fn outcome(link: &TokenLink, now: &Now) -> String {
    let what = match link.outcome {
        LinkOutcome::InUse => "in use",
        LinkOutcome::Replaced => "replaced",
        LinkOutcome::ProbablySpent => "probably spent",
        LinkOutcome::Refused => "refused for good",
        LinkOutcome::Missing => "missing",
        LinkOutcome::Disconnected => "disconnected",
        LinkOutcome::Expired => "expired",
    };
    match link.ended_at {
        Some(at) => format!("{what} {}", now.moment(at)),
        None => what.to_owned(),
    }
}
