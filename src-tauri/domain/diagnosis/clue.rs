//! Why a cause was named, and what speaks against its look-alikes: facts with data, for whoever words them [C1, C7].

use std::time::Duration;

use super::{CauseLabel, MendingPage, NetworkFailure};

/// One fact, and what it does to the conclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    pub weight: ClueWeight,
    pub fact: Fact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClueWeight {
    Decides,
    Supports,
    RulesOut(CauseLabel),
}

/// What was seen, without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The provider's own way of saying it, and what the catalogue knows it to mean.
    Signature {
        says: String,
        meaning: Option<String>,
    },
    /// An error code of a standard, or one in use.
    Code(String),
    /// The words of the answer speak of it; the words that were heard.
    Words(String),
    Status(u16),
    /// The answer carries an error, whatever its status says.
    ErrorInSuccess(u16),
    /// The answer carries what was asked for, and no error.
    Succeeded,
    /// The lifetime of a new token, as it came.
    Lifetime(String),
    Network(NetworkFailure),
    /// A limit of which nothing remains, or a time to wait.
    ToldToWait,
    AccessTokenAge {
        age: Duration,
        lifetime: Duration,
    },
    NoRefreshToken,
    RefreshTokenAge {
        age: Duration,
        limit: Duration,
    },
    /// The refresh token that was sent is the last one we were given.
    LatestToken,
    /// The refresh token that was sent is not the provider's last one.
    Superseded,
    ConcurrentRefresh,
    RotatedAgo(Duration),
    TokensIssued {
        issued: u32,
        limit: Option<u32>,
    },
    /// Asked for and not granted.
    ScopesMissing(Vec<String>),
    /// The scopes that the refused call takes, as the API names them (RFC 6750 §3).
    ScopesNamed(Vec<String>),
    OtherTenant {
        expected: String,
        actual: String,
    },
    StateDiffers,
    StateMissing,
    ClientInTesting {
        age: Option<Duration>,
    },
    /// The end of the client's secret, which its registration named, was so long ago.
    ClientSecretEnded(Duration),
    /// Seconds; positive is ahead.
    ClockOff(i64),
    /// A page where data should be.
    PageInsteadOfData,
    /// The provider itself names where it is mended.
    MendingPage(MendingPage),
    /// Nothing in the answer says more.
    NothingMore,
    /// One of an earlier diagnosis, as it was worded then.
    Kept(String),
}
