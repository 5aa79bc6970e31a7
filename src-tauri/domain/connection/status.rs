//! The one place a status is derived, from facts and `now` [B1, A6, S169].

use std::time::Duration;

use jiff::Timestamp;

use super::{Connection, GrantState};
use crate::diagnosis::{ActionLabel, Diagnosis};
use crate::lifecycle::refresh_mode::RefreshMode;
use crate::lifecycle::refresh_time::is_refreshed_on_need;
use crate::provider::RefreshPolicy;
use crate::token::durability::{GrantEnd, grant_end};
use crate::token::{Expiry, TokenFacts};

/// How long before an end a connection counts as *expiring*: a working week, so that someone is there.
pub const WARNING_WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long before the end of its client's secret a connection says so: a new one takes a person, and at times a review.
pub const CLIENT_SECRET_WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A proof older than this says little: twice the day in which a used connection is refreshed or tested.
const STALE_AFTER: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// What a lamp shows, why, and since when.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    pub lamp: Lamp,
    pub reason: StatusReason,
    pub since: Timestamp,
    /// Since when the token in hand is of no use; only a refresh that succeeds, or a sign-in, changes that.
    pub over_since: Option<Timestamp>,
    /// For *expiring*: the share of the warning window that is left, 0 to 1.
    pub share_left: Option<f64>,
    pub is_stale: bool,
}

/// The states of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lamp {
    Active,
    Expiring,
    ReauthRequired,
    Unproved,
    Disconnected,
}

impl Status {
    /// No call works as things stand, and no person can change that but by waiting or by letting it refresh [B1].
    pub fn is_down(&self) -> bool {
        self.lamp == Lamp::Expiring && self.over_since.is_some() && !self.needs_person()
    }

    /// The diagnosis that decides it, where one does: the only cause that is named of it.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others rest on no answer")]
        match &self.reason {
            StatusReason::GrantEnded(diagnosis)
            | StatusReason::LastCallFailed(diagnosis)
            | StatusReason::RefreshFailing { last: diagnosis, .. } => Some(diagnosis),
            _ => None,
        }
    }

    /// The one thing to do about it: what the diagnosis that decides the status advises, and a sign-in only where that
    /// brings it back. Whatever offers an action offers this one [C1, C2].
    pub fn action(&self) -> ActionLabel {
        match &self.reason {
            StatusReason::GrantEnded(diagnosis)
            | StatusReason::LastCallFailed(diagnosis)
            | StatusReason::RefreshFailing { last: diagnosis, .. } => diagnosis.action,
            StatusReason::TokenOver
            | StatusReason::SecretMissing
            | StatusReason::HeldUnopened { .. }
            | StatusReason::NoRefreshToken(_)
            | StatusReason::GrantEnds(_) => ActionLabel::Reconnect,
            StatusReason::ClientSecretEnds(_) => ActionLabel::FixClientConfig,
            StatusReason::KeptAlive
            | StatusReason::RefreshedOnNeed(_)
            | StatusReason::NeverExpires
            | StatusReason::NoEndKnown
            | StatusReason::HoldsUntil(_)
            | StatusReason::RefreshSwitchedOff(_)
            | StatusReason::RefreshPaused { .. }
            | StatusReason::OutcomeUnknown { .. }
            | StatusReason::BundleHeld { .. }
            | StatusReason::NeverProved
            | StatusReason::DisconnectedByPerson => ActionLabel::None,
        }
    }

    /// Somebody has to do something before it works, or goes on working: also while the token in hand still holds.
    pub fn needs_person(&self) -> bool {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others are found by their lamp")]
        let is_found = match &self.reason {
            StatusReason::RefreshFailing { last, .. } => !last.is_tried_again(),
            StatusReason::LastCallFailed(_) => true,
            // Nothing but the file brings the newer token back.
            StatusReason::HeldUnopened { .. } => return true,
            _ => false,
        };
        self.lamp == Lamp::ReauthRequired || (is_found && self.action().is_for_person())
    }
}

impl Lamp {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::ReauthRequired => "reauth_required",
            Self::Unproved => "unproved",
            Self::Disconnected => "disconnected",
        }
    }
}

/// Why the lamp shines so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusReason {
    KeptAlive,
    /// The token is over; whoever wants one has it refreshed.
    RefreshedOnNeed(Timestamp),
    NeverExpires,
    NoEndKnown,
    HoldsUntil(Timestamp),
    NoRefreshToken(Option<Timestamp>),
    /// A person switched automatic refresh off; it stops then.
    RefreshSwitchedOff(Timestamp),
    GrantEnds(Timestamp),
    /// The secret of its client ends then, and with it every refresh (RFC 7591 §3.2.1).
    ClientSecretEnds(Timestamp),
    /// The token is over, and nobody refreshes just now.
    RefreshPaused {
        watching: Watching,
        since: Timestamp,
    },
    RefreshFailing {
        last: Diagnosis,
        count: u32,
        /// `None`: it is over, or nobody says.
        usable_until: Option<Timestamp>,
        /// `None`: what time cannot cure is not tried again by itself.
        retry_at: Option<Timestamp>,
    },
    GrantEnded(Diagnosis),
    TokenOver,
    OutcomeUnknown {
        usable_until: Option<Timestamp>,
    },
    /// The newest bundle waits for the keychain, and is safe where it waits [S154].
    /// A newer token was sealed, and nothing opens it: the refresh token in hand is spent.
    HeldUnopened {
        usable_until: Option<Timestamp>,
    },
    BundleHeld {
        usable_until: Option<Timestamp>,
    },
    SecretMissing,
    NeverProved,
    /// The last call was refused, though the grant seems to live.
    LastCallFailed(Diagnosis),
    DisconnectedByPerson,
}

impl StatusReason {
    /// The word scripts see.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::KeptAlive => "kept_alive",
            Self::RefreshedOnNeed(_) => "refreshed_on_need",
            Self::NeverExpires => "never_expires",
            Self::NoEndKnown => "no_end_known",
            Self::HoldsUntil(_) => "holds_until",
            Self::NoRefreshToken(_) => "no_refresh_token",
            Self::RefreshSwitchedOff(_) => "refresh_switched_off",
            Self::GrantEnds(_) => "grant_ends",
            Self::ClientSecretEnds(_) => "client_secret_ends",
            Self::RefreshPaused { .. } => "refresh_paused",
            Self::RefreshFailing { .. } => "refresh_failing",
            Self::GrantEnded(diagnosis) => diagnosis.cause.as_str(),
            Self::TokenOver => "token_over",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::HeldUnopened { .. } => "held_unopened",
            Self::BundleHeld { .. } => "bundle_held",
            Self::SecretMissing => "secret_missing",
            Self::NeverProved => "never_proved",
            Self::LastCallFailed(_) => "last_call_failed",
            Self::DisconnectedByPerson => "disconnected",
        }
    }
}

/// Whether anybody refreshes by itself just now, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Watching {
    #[default]
    Running,
    /// A person switched it so, for the whole board.
    Switched {
        mode: RefreshMode,
        since: Timestamp,
    },
    NetworkDown {
        since: Timestamp,
    },
}

impl Watching {
    /// Whether somebody who wants a token gets it refreshed all the same.
    fn lets_a_call_refresh(self) -> bool {
        match self {
            Self::Running
            | Self::Switched { mode: RefreshMode::On | RefreshMode::Metered | RefreshMode::Paused, .. } => true,
            Self::Switched { mode: RefreshMode::Offline, .. } | Self::NetworkDown { .. } => false,
        }
    }
}

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
        GrantState::OutcomeUnknown { granted_at, asked_at } => {
            return in_doubt(connection, *granted_at, *asked_at, now);
        }
        GrantState::Alive { granted_at } => *granted_at,
    };

    let Some(token) = &connection.token else {
        return plain(Lamp::ReauthRequired, StatusReason::SecretMissing, connection.created_at);
    };

    if let Some(over_at) = connection.runs_out_at().filter(|at| *at <= now) {
        return plain(Lamp::ReauthRequired, StatusReason::TokenOver, over_at);
    }

    if let Some((reason, ends_at, since)) = what_ends_it(connection, policy, watching, granted_at, now) {
        return Status {
            over_since: over_since(connection, now),
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
            last: streak.last.clone(),
            count: streak.count,
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
        && connection.refresh_failures.as_ref().is_some_and(|streak| !streak.last.is_transient())
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
mod tests {
    use super::*;
    use crate::connection::{FailureStreak, Proof, ProofKind};
    use crate::diagnosis::CauseLabel;
    use crate::test_values::{at_minute, connection, durable_policy};

    /// B1, S092: a secret with an end is told of two weeks before it, wherever nothing worse is to be said.
    #[test]
    fn a_client_secret_that_ends_turns_a_working_connection_to_expiring() {
        let connection = connection();
        let now = at_minute(30);
        let in_days = |days: i64| now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let derived = derive(&connection, &durable_policy(), Watching::Running, now);
        let under = |ends_at| under_client_secret(derived.clone(), &connection, ends_at, now);

        assert_eq!(under(None), derived, "it never ends");
        assert_eq!(under(Some(in_days(15))), derived, "far away");
        for days in [14, 1, -1] {
            let told = under(Some(in_days(days)));
            assert_eq!((told.lamp, told.reason), (Lamp::Expiring, StatusReason::ClientSecretEnds(in_days(days))));
        }
        let without = Connection {
            token: connection.token.clone().map(|token| TokenFacts { has_refresh_token: false, ..token }),
            ..connection.clone()
        };
        assert_eq!(under_client_secret(derived.clone(), &without, Some(now), now), derived, "no refresh needs it");
        let worse = plain(Lamp::ReauthRequired, StatusReason::SecretMissing, now);
        assert_eq!(under_client_secret(worse.clone(), &connection, Some(now), now), worse);
    }

    /// B1: a token that will be refreshed by itself is not expiring.
    #[test]
    fn a_connection_that_renews_itself_is_active_up_to_the_last_minute() {
        let status = derive(&connection(), &durable_policy(), Watching::Running, at_minute(59));

        assert_eq!(status.lamp, Lamp::Active, "the refresh is ours to make, not a person's");
        assert_eq!(status.reason, StatusReason::KeptAlive);
    }

    /// A8: what another tool let run out long ago is over here since it came, and not before.
    #[test]
    fn an_imported_token_that_was_over_is_so_since_the_import() {
        let mut imported = Connection { created_at: at_minute(90), ..connection() };
        imported.token.as_mut().unwrap().has_refresh_token = false;

        let status = derive(&imported, &durable_policy(), Watching::Running, at_minute(100));

        assert_eq!(status.reason, StatusReason::TokenOver, "it ended an hour after its issue");
        assert_eq!(status.since, at_minute(90), "nothing of it was here before");
    }

    /// B1
    #[test]
    fn one_that_recovered_is_active_since_then_and_not_since_its_sign_in() {
        let recovered = Connection { recovered_at: Some(at_minute(40)), ..connection() };
        let signed_in_again =
            Connection { grant: GrantState::Alive { granted_at: at_minute(45) }, ..recovered.clone() };
        let since = |it: &Connection| derive(it, &durable_policy(), Watching::Running, at_minute(50)).since;

        assert_eq!(since(&connection()), at_minute(0));
        assert_eq!(since(&recovered), at_minute(40), "it did not work in between");
        assert_eq!(since(&signed_in_again), at_minute(45), "a new sign-in begins anew");
    }

    /// B1, B10
    #[test]
    fn without_a_refresh_token_it_is_expiring_and_then_over() {
        let mut fragile = connection();
        fragile.token.as_mut().unwrap().has_refresh_token = false;

        let before = derive(&fragile, &durable_policy(), Watching::Running, at_minute(30));
        let after = derive(&fragile, &durable_policy(), Watching::Running, at_minute(60));

        assert_eq!(before.reason, StatusReason::NoRefreshToken(Some(at_minute(60))));
        assert_eq!(before.share_left, Some(0.5), "the ring shows what is left of this grant's life");
        assert_eq!((after.lamp, after.since), (Lamp::ReauthRequired, at_minute(60)), "over since its expiry");
    }

    /// B1: a streak of failed refreshes past the expiry stays visible and never deletes a grant.
    #[test]
    fn failing_refreshes_show_even_after_the_token_is_over() {
        let mut failing = connection();
        failing.refresh_failures = Some(FailureStreak {
            since: at_minute(54),
            count: 3,
            last: Diagnosis::of(CauseLabel::ProviderOutage),
            retry_at: at_minute(70),
        });

        let status = derive(&failing, &durable_policy(), Watching::Running, at_minute(65));

        assert_eq!((status.lamp, status.since), (Lamp::Expiring, at_minute(54)), "not green, not dead");
        assert!(status.is_down(), "and it does not work");
        assert_eq!(status.over_since, Some(at_minute(60)));
        assert!(matches!(
            status.reason,
            StatusReason::RefreshFailing { usable_until: None, retry_at: Some(at), .. } if at == at_minute(70)
        ));
        let before = derive(&failing, &durable_policy(), Watching::Running, at_minute(59));
        assert!(!before.is_down(), "the token still holds");

        failing.refresh_failures.as_mut().unwrap().last = Diagnosis::of(CauseLabel::ClientCredentialsMismatch);
        let status = derive(&failing, &durable_policy(), Watching::Running, at_minute(65));
        assert_eq!(status.lamp, Lamp::ReauthRequired, "a wrong client secret does not pass by itself");
    }

    /// B14, S163: while the token holds nothing is wrong; from then on it shows, and is no one's grant's end.
    #[test]
    fn a_token_that_nobody_renews_shows_from_its_expiry_on() {
        let down = Watching::NetworkDown { since: at_minute(10) };
        let paused = Watching::Switched { mode: RefreshMode::Paused, since: at_minute(10) };

        for watching in [down, paused] {
            let before = derive(&connection(), &durable_policy(), watching, at_minute(59));
            let after = derive(&connection(), &durable_policy(), watching, at_minute(36 * 60));

            assert_eq!(before.reason, StatusReason::KeptAlive, "it still holds");
            let reason = StatusReason::RefreshPaused { watching, since: at_minute(60) };
            assert_eq!((after.lamp, after.reason, after.since), (Lamp::Expiring, reason, at_minute(60)));
        }
        let running = derive(&connection(), &durable_policy(), Watching::Running, at_minute(61));
        assert_eq!(running.lamp, Lamp::Active, "whoever wants it has it refreshed");
        assert_eq!(running.reason, StatusReason::RefreshedOnNeed(at_minute(60)), "it does not work by itself");
    }

    /// B1, B14: a token of a minute is renewed when it is wanted, and paused refreshing lets whoever wants it have it; where
    /// nothing may leave, nobody gets it.
    #[test]
    fn a_token_that_is_refreshed_on_need_stays_active_while_refreshing_is_paused() {
        let mut brief = connection();
        brief.token.as_mut().unwrap().expiry = Expiry::At(at_minute(1));
        let under = |mode| Watching::Switched { mode, since: at_minute(0) };
        let at_three = |watching| derive(&brief, &durable_policy(), watching, at_minute(3));

        let paused = at_three(under(RefreshMode::Paused));
        assert_eq!((paused.lamp, paused.reason), (Lamp::Active, StatusReason::RefreshedOnNeed(at_minute(1))));
        for watching in [under(RefreshMode::Offline), Watching::NetworkDown { since: at_minute(0) }] {
            let status = at_three(watching);
            let reason = StatusReason::RefreshPaused { watching, since: at_minute(1) };
            assert_eq!((status.lamp, status.reason), (Lamp::Expiring, reason));
        }
    }

    /// S154: a bundle that waits for the keychain is not lost, and the token in hand holds as long as it says.
    #[test]
    fn a_connection_whose_new_token_waits_is_held_and_not_in_doubt() {
        let mut waiting = connection();
        let at = |connection: &Connection, minute| {
            let status = derive_held(connection, &durable_policy(), Watching::Running, at_minute(minute));
            (status.lamp, status.reason.clone(), status.is_down())
        };
        for grant in [
            GrantState::Alive { granted_at: at_minute(0) },
            GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(30) },
        ] {
            waiting.grant = grant;
            let holds = StatusReason::BundleHeld { usable_until: Some(at_minute(60)) };
            assert_eq!(at(&waiting, 31), (Lamp::Active, holds, false));
            let is_over = StatusReason::BundleHeld { usable_until: None };
            assert_eq!(at(&waiting, 61), (Lamp::Expiring, is_over, true), "nothing renews it meanwhile");
        }
        waiting.grant = GrantState::Disconnected { at: at_minute(5) };
        assert_eq!(at(&waiting, 31).0, Lamp::Disconnected, "what was given up stays given up");
    }

    /// A5, B1: while the token in hand holds, a lost answer stops nothing; from its end on it does not work.
    #[test]
    fn a_connection_in_doubt_works_as_long_as_its_token_holds() {
        let mut doubtful = connection();
        doubtful.grant = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(30) };

        let before = derive(&doubtful, &durable_policy(), Watching::Running, at_minute(45));
        let after = derive(&doubtful, &durable_policy(), Watching::Running, at_minute(61));

        assert_eq!(before.reason, StatusReason::OutcomeUnknown { usable_until: Some(at_minute(60)) });
        assert_eq!((before.share_left, before.is_down()), (Some(0.25), false), "the ring shows what is left");
        assert_eq!(after.reason, StatusReason::OutcomeUnknown { usable_until: None });
        assert_eq!((after.over_since, after.is_down()), (Some(at_minute(60)), true));
    }

    /// B2, B14: those that are refreshed on need alone wait for nobody.
    #[test]
    fn a_token_refreshed_on_need_is_not_paused() {
        let mut short = connection();
        short.token.as_mut().unwrap().expiry = Expiry::At(at_minute(1));
        let paused = Watching::Switched { mode: RefreshMode::Paused, since: at_minute(0) };

        let status = derive(&short, &durable_policy(), paused, at_minute(60));
        assert_eq!((status.lamp, status.reason), (Lamp::Active, StatusReason::RefreshedOnNeed(at_minute(1))));
        for shut in [
            Watching::NetworkDown { since: at_minute(0) },
            Watching::Switched { mode: RefreshMode::Offline, since: at_minute(0) },
        ] {
            let status = derive(&short, &durable_policy(), shut, at_minute(60));
            assert!(status.is_down(), "no call can have it refreshed either: {shut:?}");
        }
    }

    /// B1
    #[test]
    fn before_any_proof_it_is_unproved() {
        let mut fresh = connection();
        fresh.proof = None;

        assert_eq!(derive(&fresh, &durable_policy(), Watching::Running, at_minute(1)).lamp, Lamp::Unproved);
    }

    /// B11
    #[test]
    fn a_grant_that_ends_this_week_is_expiring_in_spite_of_its_refresh_token() {
        let policy = RefreshPolicy { absolute_life: Some(Duration::from_secs(6 * 24 * 3600)), ..durable_policy() };

        let status = derive(&connection(), &policy, Watching::Running, at_minute(10));

        assert!(matches!(status.reason, StatusReason::GrantEnds(_)), "refreshing cannot move the grant's own end");
    }

    /// B5
    #[test]
    fn an_ended_grant_needs_a_person_whatever_the_token_says() {
        let mut dead = connection();
        dead.grant = GrantState::Ended { at: at_minute(5), diagnosis: Diagnosis::of(CauseLabel::GrantRevoked) };

        let status = derive(&dead, &durable_policy(), Watching::Running, at_minute(6));

        assert_eq!((status.lamp, status.since), (Lamp::ReauthRequired, at_minute(5)));
    }

    /// B1: beside the status stands when it was last proved.
    #[test]
    fn an_old_proof_is_stale_and_a_refused_call_is_no_proof() {
        let mut old = connection();
        old.token.as_mut().unwrap().expiry = Expiry::Never;
        let mut refused = connection();
        refused.proof = Some(Proof {
            at: at_minute(9),
            by: ProofKind::TestCall,
            failure: Some(Diagnosis::of(CauseLabel::InsufficientScope)),
            latency_ms: None,
        });

        assert!(derive(&old, &durable_policy(), Watching::Running, at_minute(3 * 24 * 60)).is_stale);
        assert_eq!(derive(&refused, &durable_policy(), Watching::Running, at_minute(10)).lamp, Lamp::Unproved);
    }
}
