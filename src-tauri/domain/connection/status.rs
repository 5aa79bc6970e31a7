//! The one place a status is derived, from facts and `now` [B1, A6, S169].

mod derivation;

use std::time::Duration;

use jiff::Timestamp;

use crate::diagnosis::{ActionLabel, Diagnosis, MendingPage};
use crate::lifecycle::refresh_mode::RefreshMode;

pub use derivation::{derive, derive_held, derive_unopened, is_client_secret_ending, under_client_secret};

/// How long before an end a connection counts as *expiring*: a working week, so that someone is there.
pub const WARNING_WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long before the end of its client's secret a connection says so: a new one takes a person, and at times a review.
pub const CLIENT_SECRET_WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

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

    /// The page that the provider itself named for it, where that mends and a sign-in does not [C5].
    pub fn mending_page(&self) -> Option<&MendingPage> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others rest on no answer of a provider's")]
        match &self.reason {
            StatusReason::GrantEnded(diagnosis)
            | StatusReason::LastCallFailed(diagnosis)
            | StatusReason::RefreshFailing { last: diagnosis, .. } => diagnosis.page_that_mends(),
            _ => None,
        }
    }

    /// Somebody has to do something before it works, or goes on working: also while the token in hand still holds.
    pub fn needs_person(&self) -> bool {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others are found by their lamp")]
        let is_found = match &self.reason {
            StatusReason::RefreshFailing { last, is_repeated, .. } => *is_repeated || !last.is_tried_again(),
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
        /// What is wrong: of a refusal without a word a guess.
        last: Diagnosis,
        count: u32,
        /// Refused without a word so often, over so long, that a person should know [B4].
        is_repeated: bool,
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
    pub(crate) fn lets_a_call_refresh(self) -> bool {
        match self {
            Self::Running
            | Self::Switched { mode: RefreshMode::On | RefreshMode::Metered | RefreshMode::Paused, .. } => true,
            Self::Switched { mode: RefreshMode::Offline, .. } | Self::NetworkDown { .. } => false,
        }
    }
}
