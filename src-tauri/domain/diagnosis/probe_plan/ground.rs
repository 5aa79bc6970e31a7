//! The three rungs that everything else stands on: the way there, the clock, what is stored [C3, B9].

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::subject::{Finding, Subject, advising, span};
use super::{ProofLine, Rung};
use crate::connection::GrantState;
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis, NetworkFailure};
use crate::token::clock_skew::is_off;
use crate::token::{Expiry, TokenFacts};
use crate::{Fingerprint, TokenVersion};

/// What came of asking the token endpoint's host for anything at all.
#[derive(Debug, Clone)]
pub struct ReachSeen {
    pub host: String,
    pub outcome: ReachOutcome,
    pub took: Duration,
    pub proof: Vec<ProofLine>,
}

#[derive(Debug, Clone)]
pub enum ReachOutcome {
    Answered {
        status: u16,
        /// The server's, or that of the proxy before it.
        address: Option<IpAddr>,
    },
    Failed {
        kind: NetworkFailure,
        /// How many other providers cannot be reached either, of how many that were tried lately.
        others_down: (usize, usize),
    },
}

/// The provider's host is found, reached and trusted.
pub fn reach(seen: &ReachSeen) -> Finding {
    let host = &seen.host;
    let took = Some(seen.took);
    match &seen.outcome {
        ReachOutcome::Answered { status: status @ (407 | 511), .. } => Finding::failed(
            Rung::Reach,
            format!("Something between here and {host} answered {status}: a proxy or a network that wants a sign-in."),
            Diagnosis { http_status: Some(*status), ..Diagnosis::of(CauseLabel::NetworkFailure) },
        ),
        ReachOutcome::Answered { status: 429, .. } => Finding::failed(
            Rung::Reach,
            format!("{host} asks to slow down. Nothing more was asked."),
            Diagnosis { http_status: Some(429), ..Diagnosis::of(CauseLabel::RateLimited) },
        ),
        ReachOutcome::Answered { address, .. } => {
            let address = address.map(|it| format!(" ({it})")).unwrap_or_default();
            Finding::passed(Rung::Reach, format!("{host}{address} answered in {} ms.", seen.took.as_millis()))
        }
        ReachOutcome::Failed { kind, others_down } => {
            let (cause, what) = match kind {
                NetworkFailure::NameNotResolved => (CauseLabel::NetworkFailure, "its name was not found"),
                NetworkFailure::NotConnected => (CauseLabel::NetworkFailure, "nobody took the connection"),
                NetworkFailure::TimedOut => (CauseLabel::NetworkFailure, "it did not answer in time"),
                NetworkFailure::Tls => (CauseLabel::NetworkFailure, "it could not prove who it is (TLS)"),
                NetworkFailure::CertificateOfAnotherTime => {
                    (CauseLabel::ClockSkew, "by this computer's clock its certificate is not valid at this time")
                }
                NetworkFailure::Intercepted => {
                    (CauseLabel::NetworkFailure, "something in between answers with a certificate of its own")
                }
                NetworkFailure::Proxy => (CauseLabel::NetworkFailure, "the proxy in between failed"),
                NetworkFailure::Broken => (CauseLabel::NetworkFailure, "the connection broke"),
            };
            let others = match others_down {
                (0, 0) => String::new(),
                (0, _) => " Other providers answered lately, so it is not the whole network.".to_owned(),
                (down, tried) if down == tried => " No other provider could be reached lately either.".to_owned(),
                (down, tried) => format!(" {down} of {tried} other providers could not be reached lately either."),
            };
            Finding::failed(Rung::Reach, format!("{host} could not be reached: {what}.{others}"), Diagnosis::of(cause))
        }
    }
    .with(took, seen.proof.clone())
}

/// Our clock against the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSeen {
    /// Ours minus the server's; `None`: its answer carried no usable date.
    pub ahead_ms: Option<i64>,
    /// Other servers, heard of within a day, that say ours is right.
    pub contradicting_count: usize,
    /// Other servers that say the same of ours.
    pub confirming_count: usize,
}

impl ClockSeen {
    /// The others agree with ours: it is the provider's that is off.
    pub fn is_theirs(&self) -> bool {
        self.ahead_ms.is_some_and(is_off) && self.contradicting_count > self.confirming_count
    }
}

pub fn clock(seen: ClockSeen, subject: &Subject<'_>) -> Finding {
    let name = subject.name();
    let Some(ahead_ms) = seen.ahead_ms else {
        return Finding::not_needed(Rung::Clock, "Its answer carried no usable date, so the clocks were not compared.");
    };
    let difference = clock_difference(ahead_ms, name);
    if !is_off(ahead_ms) {
        return Finding::passed(Rung::Clock, format!("{difference}."));
    }
    if seen.is_theirs() {
        let count = seen.contradicting_count;
        return Finding::passed(
            Rung::Clock,
            format!(
                "{difference}, and it agrees with {count} other servers': the wrong clock is theirs, and is allowed for."
            ),
        );
    }
    if let GrantState::Ended { diagnosis, .. } = &subject.connection.grant
        && diagnosis.cause != CauseLabel::ClockSkew
    {
        return Finding::passed(
            Rung::Clock,
            format!("{difference}. That wants setting, and is not what ended the grant."),
        );
    }
    let (whose, meaning) = if seen.confirming_count > 0 {
        (" Others say the same.", "Other servers differ from this computer's clock as much: it is the one to set.")
    } else {
        (
            " One of the two is wrong; no other server has told which.",
            "One of the two clocks is wrong, and no other server has told which: compare both before setting one.",
        )
    };
    let diagnosis = Diagnosis { meaning: Some(meaning.into()), ..Diagnosis::of(CauseLabel::ClockSkew) };
    Finding::failed(Rung::Clock, format!("{difference}.{whose}"), diagnosis)
}

/// "This computer's clock is 10 minutes ahead of Google's".
pub(super) fn clock_difference(ahead_ms: i64, name: &str) -> String {
    let off = Duration::from_millis(ahead_ms.unsigned_abs());
    if off < Duration::from_secs(1) {
        return format!("This computer's clock agrees with {name}'s");
    }
    let side = if ahead_ms > 0 { "ahead of" } else { "behind" };
    // To the nearest minute: a request on its way takes a moment off.
    let shown = if off < Duration::from_mins(2) { off } else { off + Duration::from_secs(30) };
    format!("This computer's clock is {} {side} {name}'s", span(shown))
}

/// What the keychain holds, beside what the database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeychainSeen {
    Same,
    /// An entry is there, with another token than the database knows.
    Differs {
        refresh: Option<Fingerprint>,
    },
    /// It answered, and holds nothing.
    Missing,
    NotAsked,
}

#[derive(Debug, Clone)]
pub struct OurTokenSeen {
    pub keychain: KeychainSeen,
    pub newer: Option<NewerSeen>,
    pub took: Duration,
}

/// A newer token of this grant that is not in the keychain: the one that counts is spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewerSeen {
    /// It lies sealed on the disk, and opens with the keychain.
    Sealed(TokenVersion),
    /// A program has it in its memory alone.
    InMemoryOf(String),
    /// It was sealed or carried away, and its file is missing or does not open.
    OutOfReach { file: String, is_missing: bool },
}

/// What is stored: version, age, lifetime, and whether keychain and database agree.
pub fn our_token(seen: &OurTokenSeen, subject: &Subject<'_>) -> Finding {
    let connection = subject.connection;
    let finding = match (&connection.grant, &connection.token) {
        (GrantState::Disconnected { at }, _) => Finding::failed(
            Rung::OurToken,
            format!(
                "It was disconnected here at {}: its grant was given back, and its tokens are erased.",
                subject.at(*at)
            ),
            Diagnosis::of(CauseLabel::GrantRevoked),
        ),
        (_, None) => Finding::failed(
            Rung::OurToken,
            "No token was ever stored for it.",
            Diagnosis::of(CauseLabel::RefreshTokenMissing),
        ),
        (_, Some(facts)) => stored(seen, facts, subject),
    };
    finding.with(Some(seen.took), vec![])
}

fn stored(seen: &OurTokenSeen, facts: &TokenFacts, subject: &Subject<'_>) -> Finding {
    let version = facts.version;
    if seen.keychain == KeychainSeen::Missing {
        return Finding::failed(
            Rung::OurToken,
            format!("The database knows {version}, and the keychain, which answers, does not hold it."),
            Diagnosis::of(CauseLabel::RefreshTokenMissing),
        );
    }
    if let KeychainSeen::Differs { refresh } = &seen.keychain {
        let print = |it: Option<&Fingerprint>| it.map_or_else(|| "none".to_owned(), ToString::to_string);
        return Finding::failed(
            Rung::OurToken,
            format!(
                "The keychain holds another refresh token ({}) than the database knows ({}) for {version}: one of the \
                 two was put back from a copy.",
                print(refresh.as_ref()),
                print(facts.refresh_fingerprint.as_ref())
            ),
            advising(CauseLabel::RefreshTokenReused, ActionLabel::Reconnect),
        );
    }
    let age = subject.since(facts.issued_at);
    let life = match facts.expiry {
        Expiry::At(at) if at <= subject.now => format!("its access token ended at {}", subject.at(at)),
        Expiry::At(at) => format!("its access token holds until {}", subject.at(at)),
        Expiry::Unknown => "nobody said how long its access token holds".to_owned(),
        Expiry::Never => "its access token does not end".to_owned(),
    };
    if !facts.has_refresh_token && is_over(facts, subject.now) {
        return Finding::failed(
            Rung::OurToken,
            format!("{version} is {age} old; {life}, and it came without a refresh token."),
            Diagnosis::of(CauseLabel::RefreshTokenMissing),
        );
    }
    let renewal = if facts.has_refresh_token { "" } else { " There is no refresh token to renew it with." };
    let agreement = match seen.keychain {
        KeychainSeen::Same => " Keychain and database agree.",
        KeychainSeen::NotAsked | KeychainSeen::Differs { .. } | KeychainSeen::Missing => "",
    };
    let found = format!("{version} is {age} old; {life}.{renewal}{agreement}");
    let Some(newer) = &seen.newer else { return Finding::passed(Rung::OurToken, found) };
    let (told, action) = match newer {
        NewerSeen::Sealed(newer) => (
            format!("A newer one, {newer}, waits sealed for the keychain: unlock or mend that, and it counts."),
            ActionLabel::None,
        ),
        NewerSeen::InMemoryOf(by) => (
            format!("A newer one is in the memory of {by} alone, which must not be ended before it is saved."),
            ActionLabel::None,
        ),
        NewerSeen::OutOfReach { file, is_missing } => {
            let what = if *is_missing { "is not where it lay" } else { "cannot be opened" };
            (
                format!(
                    "It is spent: a newer one was sealed, and {what} ({file}). Put that file back, or take back the one \
                     that you saved."
                ),
                ActionLabel::Reconnect,
            )
        }
    };
    Finding::failed(Rung::OurToken, format!("{found} {told}"), Diagnosis::of_newer_elsewhere(action))
}

fn is_over(facts: &TokenFacts, now: Timestamp) -> bool {
    facts.expiry.is_over(now) || !facts.has_access_token
}
