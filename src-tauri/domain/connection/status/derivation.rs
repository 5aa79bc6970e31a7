//! Derives a status from facts and `now`: what is worst of a connection decides [B1, A6, S092, S169].

use std::time::Duration;

use jiff::Timestamp;

use super::super::{Connection, GrantState};
use crate::lifecycle::refresh_time::is_refreshed_on_need;
use crate::provider::RefreshPolicy;
use crate::token::durability::{GrantEnd, grant_end};
use crate::token::{Expiry, TokenFacts};

use super::{CLIENT_SECRET_WARNING, Lamp, Status, StatusReason, WARNING_WINDOW, Watching};

/// A proof older than this says little: twice the day in which a used connection is refreshed or tested.
const STALE_AFTER: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// Derives the status of a connection. It has none from before it came: a grant that another tool got may be older.
pub fn derive(connection: &Connection, policy: &RefreshPolicy, watching: Watching, now: Timestamp) -> Status {
    let status = judged(connection, policy, watching, now);
    Status { since: status.since.max(connection.created_at), ..status }
}

fn judged(connection: &Connection, policy: &RefreshPolicy, watching: Watching, now: Timestamp) -> Status {
    let granted_at = match &connection.grant {
        GrantState::Disconnected { at } => {
            return plain(Lamp::Disconnected, StatusReason::DisconnectedByPerson, *at);
        }
        GrantState::Ended { at, diagnosis } => {
            return plain(Lamp::ReauthRequired, StatusReason::GrantEnded(diagnosis.clone()), *at);
        }
        GrantState::SecretMissing { at } => {
            return plain(Lamp::ReauthRequired, StatusReason::SecretMissing, *at);
        }
        GrantState::OutcomeUnknown { granted_at, asked_at } if !is_failure_known(connection) => {
            return in_doubt(connection, *granted_at, *asked_at, now);
        }
        GrantState::OutcomeUnknown { granted_at, .. } | GrantState::Alive { granted_at } => *granted_at,
    };

    let Some(token) = &connection.token else {
        return plain(Lamp::ReauthRequired, StatusReason::SecretMissing, connection.created_at);
    };

    if let Some(over_at) = connection.runs_out_at().filter(|at| *at <= now) {
        return plain(Lamp::ReauthRequired, StatusReason::TokenOver, over_at);
    }

    if let Some((reason, ends_at, since)) = what_ends_it(connection, policy, watching, granted_at, now) {
        // Until its grant ends, whoever wants a token has it refreshed.
        let is_renewed = matches!(reason, StatusReason::GrantEnds(at) if at > now) && connection.automatic_refresh;
        return Status {
            over_since: over_since(connection, now).filter(|_| !is_renewed),
            lamp: if needs_mending(connection, now) { Lamp::ReauthRequired } else { Lamp::Expiring },
            reason,
            since,
            share_left: Some(ends_at.map_or(0.0, |at| share_left(at, granted_at, now))),
            is_stale: is_stale(connection, now),
        };
    }

    match &connection.proof {
        None => plain(Lamp::Unproved, StatusReason::NeverProved, granted_at),
        Some(proof) => match &proof.failure {
            Some(diagnosis) if !diagnosis.is_transient() => {
                plain(Lamp::Unproved, StatusReason::LastCallFailed(diagnosis.clone()), proof.at)
            }
            Some(_) | None => Status {
                lamp: Lamp::Active,
                reason: why_active(connection, token.expiry, token.has_refresh_token, now),
                since: connection.recovered_at.map_or(granted_at, |at| at.max(granted_at)),
                over_since: over_since(connection, now),
                share_left: None,
                is_stale: is_stale(connection, now),
            },
        },
    }
}

/// The same status, where nothing else is said of a connection that works but that the secret of its client is about to
/// end, or has: no refresh works from then on.
#[must_use]
pub fn under_client_secret(
    status: Status,
    connection: &Connection,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Status {
    let is_refreshed = connection.token.as_ref().is_some_and(|token| token.has_refresh_token);
    let Some(at) = ends_at.filter(|at| is_refreshed && is_client_secret_ending(*at, now)) else { return status };
    if status.lamp != Lamp::Active || matches!(status.reason, StatusReason::BundleHeld { .. }) {
        return status;
    }
    let warned_at = at.checked_sub(CLIENT_SECRET_WARNING).unwrap_or(at);
    Status {
        lamp: Lamp::Expiring,
        reason: StatusReason::ClientSecretEnds(at),
        since: warned_at.max(connection.created_at),
        // Until then whoever wants a token has it refreshed.
        over_since: status.over_since.filter(|_| at <= now),
        share_left: Some((seconds_between(now, at) / CLIENT_SECRET_WARNING.as_secs_f64()).clamp(0.0, 1.0)),
        is_stale: status.is_stale,
    }
}

/// Whether a client's secret ends so soon that somebody should know, or has ended.
pub fn is_client_secret_ending(at: Timestamp, now: Timestamp) -> bool {
    seconds_between(now, at) <= CLIENT_SECRET_WARNING.as_secs_f64()
}

/// The status of a connection whose newest bundle waits for the keychain: the grant lives, and the token in hand holds
/// as long as it says. What a person has to mend first stays what it is.
pub fn derive_held(connection: &Connection, policy: &RefreshPolicy, watching: Watching, now: Timestamp) -> Status {
    let derived = derive(connection, policy, watching, now);
    match connection.grant {
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => {}
        GrantState::Ended { .. } | GrantState::Disconnected { .. } => return derived,
    }
    let over_since = over_since(connection, now);
    let usable_until = expires_at(connection).filter(|_| over_since.is_none());
    Status {
        lamp: if over_since.is_some() { Lamp::Expiring } else { Lamp::Active },
        reason: StatusReason::BundleHeld { usable_until },
        since: connection.token.as_ref().map_or(derived.since, |token| token.issued_at.max(connection.created_at)),
        over_since,
        share_left: over_since.map(|_| 0.0),
        is_stale: false,
    }
}

/// The status of a connection whose newest bundle was sealed and cannot be opened: the token in hand holds as long as it
/// says, and then a person is needed.
pub fn derive_unopened(connection: &Connection, policy: &RefreshPolicy, watching: Watching, now: Timestamp) -> Status {
    let (granted_at, asked_at) = match connection.grant {
        GrantState::OutcomeUnknown { granted_at, asked_at } => (granted_at, asked_at),
        GrantState::Alive { granted_at } => (granted_at, granted_at),
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => {
            return derive(connection, policy, watching, now);
        }
    };
    let over_since = over_since(connection, now);
    let usable_until = expires_at(connection).filter(|_| over_since.is_none());
    Status {
        lamp: if over_since.is_some() { Lamp::ReauthRequired } else { Lamp::Expiring },
        reason: StatusReason::HeldUnopened { usable_until },
        since: asked_at.max(connection.created_at),
        over_since,
        share_left: usable_until.map(|at| share_left(at, granted_at, now)),
        is_stale: false,
    }
}

/// What will stop a usable connection within the warning window, when, and since when that is known.
fn what_ends_it(
    connection: &Connection,
    policy: &RefreshPolicy,
    watching: Watching,
    granted_at: Timestamp,
    now: Timestamp,
) -> Option<(StatusReason, Option<Timestamp>, Timestamp)> {
    let token = connection.token.as_ref()?;
    let expires_at = expires_at(connection);

    if let Some(streak) = &connection.refresh_failures
        && token.has_refresh_token
    {
        let reason = StatusReason::RefreshFailing {
            last: streak.telling().clone(),
            count: streak.count,
            is_repeated: streak.told_at().is_some(),
            usable_until: expires_at.filter(|_| over_since(connection, now).is_none()),
            retry_at: streak.last.is_tried_again().then_some(streak.retry_at),
        };
        return Some((reason, expires_at, streak.since));
    }

    if watching != Watching::Running
        && connection.automatic_refresh
        && let Some(over_at) = expires_at.filter(|at| *at <= now)
        && (is_refreshed_ahead(token, over_at) || !watching.lets_a_call_refresh())
    {
        let since = over_at.max(connection.created_at);
        return Some((StatusReason::RefreshPaused { watching, since }, Some(over_at), since));
    }

    if token.has_refresh_token
        && let GrantEnd::At(at) = grant_end(connection, policy)
        && is_within_window(at, now)
    {
        return Some((StatusReason::GrantEnds(at), Some(at), window_start(at, granted_at)));
    }

    let ends_at = expires_at.filter(|at| is_within_window(*at, now))?;
    if !token.has_refresh_token {
        return Some((StatusReason::NoRefreshToken(Some(ends_at)), Some(ends_at), window_start(ends_at, granted_at)));
    }
    if !connection.automatic_refresh {
        return Some((StatusReason::RefreshSwitchedOff(ends_at), Some(ends_at), window_start(ends_at, granted_at)));
    }
    None
}

/// Whether somebody would have renewed it before its end, had anybody been allowed to.
fn is_refreshed_ahead(token: &TokenFacts, expires_at: Timestamp) -> bool {
    let lifetime = Duration::try_from(expires_at.duration_since(token.issued_at)).unwrap_or_default();
    token.has_refresh_token && !is_refreshed_on_need(lifetime)
}

/// The token is over, and what keeps it from being renewed will not pass by itself.
fn needs_mending(connection: &Connection, now: Timestamp) -> bool {
    over_since(connection, now).is_some()
        && connection.refresh_failures.as_ref().is_some_and(|streak| streak.is_for_person())
}

/// A request left and no answer came: the token in hand holds as long as it says, and the next refresh finds out.
fn in_doubt(connection: &Connection, granted_at: Timestamp, asked_at: Timestamp, now: Timestamp) -> Status {
    let over_since = over_since(connection, now);
    let usable_until = expires_at(connection).filter(|_| over_since.is_none());
    Status {
        lamp: Lamp::Expiring,
        reason: StatusReason::OutcomeUnknown { usable_until },
        since: asked_at,
        over_since,
        share_left: usable_until.map(|at| share_left(at, granted_at, now)),
        is_stale: false,
    }
}

/// Whether the last refresh was answered, by a failing server or with a refusal, or is given up. That says more than the
/// doubt that is left of it or of an earlier one: what is wrong, for how long, and when it is tried again [B1]. An answer
/// that may hold a new token is the doubt itself.
fn is_failure_known(connection: &Connection) -> bool {
    let is_known = connection.refresh_failures.as_ref().is_some_and(|streak| {
        let is_answered = streak.last.http_status.is_some_and(|status| status >= 400);
        streak.told_at().is_some()
            || streak.last.is_of_answers_lost()
            || is_answered && !streak.last.is_of_unread_token()
    });
    is_known && connection.token.as_ref().is_some_and(|token| token.has_refresh_token)
}

/// Since when the token in hand is of no use: past its expiry, refused by the API, or never there.
fn over_since(connection: &Connection, now: Timestamp) -> Option<Timestamp> {
    let token = connection.token.as_ref()?;
    let refused_at = connection.proof.as_ref().map(|proof| proof.at).filter(|_| connection.is_token_refused());
    let absent_since = (!token.has_access_token).then_some(token.issued_at);
    let over_since =
        [expires_at(connection).filter(|at| *at <= now), refused_at, absent_since].into_iter().flatten().min();
    // One that another tool let run out was not down here before it came.
    over_since.map(|at| at.max(connection.created_at))
}

fn expires_at(connection: &Connection) -> Option<Timestamp> {
    match connection.token.as_ref()?.expiry {
        Expiry::At(at) => Some(at),
        Expiry::Unknown | Expiry::Never => None,
    }
}

fn why_active(connection: &Connection, expiry: Expiry, has_refresh_token: bool, now: Timestamp) -> StatusReason {
    if has_refresh_token && connection.automatic_refresh {
        if let Some(since) = over_since(connection, now) {
            return StatusReason::RefreshedOnNeed(since);
        }
        return match expiry {
            Expiry::Never => StatusReason::NeverExpires,
            Expiry::At(_) | Expiry::Unknown => StatusReason::KeptAlive,
        };
    }
    match expiry {
        Expiry::At(at) => StatusReason::HoldsUntil(at),
        Expiry::Never => StatusReason::NeverExpires,
        Expiry::Unknown => StatusReason::NoEndKnown,
    }
}

fn plain(lamp: Lamp, reason: StatusReason, since: Timestamp) -> Status {
    Status { lamp, reason, since, over_since: None, share_left: None, is_stale: false }
}

fn is_within_window(at: Timestamp, now: Timestamp) -> bool {
    seconds_between(now, at) <= WARNING_WINDOW.as_secs_f64()
}

/// The warning began when the window opened, or with the grant if that lives shorter.
fn window_start(ends_at: Timestamp, granted_at: Timestamp) -> Timestamp {
    ends_at.checked_sub(WARNING_WINDOW).unwrap_or(granted_at).max(granted_at)
}

/// Left of the warning window, or of the grant's life where that is shorter.
fn share_left(ends_at: Timestamp, granted_at: Timestamp, now: Timestamp) -> f64 {
    let whole = seconds_between(granted_at, ends_at).clamp(1.0, WARNING_WINDOW.as_secs_f64());
    (seconds_between(now, ends_at) / whole).clamp(0.0, 1.0)
}

fn is_stale(connection: &Connection, now: Timestamp) -> bool {
    connection.proof.as_ref().is_some_and(|proof| seconds_between(proof.at, now) > STALE_AFTER.as_secs_f64())
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests;
