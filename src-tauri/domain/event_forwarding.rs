//! Where events are forwarded to, which of them, how bad each is, and what becomes of one that a receiver did not take
//! [F5].

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::EventDestinationId;
use crate::diagnosis::NetworkFailure;
use crate::lifecycle::retry::wait_before_next;
use crate::lifecycle_event::EventKind;

/// How often a destination is tried again that waits for a person: somebody may have mended it there.
const WAIT_FOR_A_PERSON: Duration = Duration::from_secs(15 * 60);
/// A person unlocks it any moment, and asking is free.
const WAIT_FOR_THE_KEYCHAIN: Duration = Duration::from_secs(30);

/// What is told of every event, once.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDestination {
    pub id: EventDestinationId,
    pub name: String,
    pub place: Place,
    /// Off, nothing leaves for it; what happens waits.
    pub is_on: bool,
    pub wanted: WantedEvents,
    /// Whether accounts and workspaces are told by name; otherwise by a mark that only this board makes.
    pub with_accounts: bool,
    pub added_at: Timestamp,
    /// The last event that it took, or did not want.
    pub cursor: i64,
    /// The last event of a batch that left, and of which nobody knows whether it arrived: the same batch leaves again.
    pub batch_end: Option<i64>,
    pub accepted: Option<Accepted>,
    pub sent_count: u64,
    /// Events that the receiver said it never takes.
    pub dropped_count: u64,
    /// Events that were counted by day, or forgotten with their connection, before they could be sent.
    pub lost_count: u64,
    /// It asked for peace until then, or the last try came to nothing.
    pub left_alone_until: Option<Timestamp>,
    pub failing: Option<Failing>,
    /// Since when its figures count: midnight (UTC). `None`: they begin anew with the next.
    pub counted_since: Option<Timestamp>,
    /// Why its last figures were not taken.
    pub figures_failed: Option<Complaint>,
}

/// What it took last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub event: i64,
    pub at: Timestamp,
}

/// A streak of tries that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    pub since: Timestamp,
    pub count: u32,
    pub last: Complaint,
    pub retry_at: Timestamp,
}

/// Why a try came to nothing, and what the receiver said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub trouble: ForwardingTrouble,
    /// Its own words; cut, and without secrets.
    pub words: Option<String>,
}

/// Where and how. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One JSON line an event.
    File {
        folder: PathBuf,
        /// A file that would grow beyond so many bytes is put aside first.
        largest: u64,
        /// How many that were put aside are kept.
        kept: u16,
    },
    /// JSON arrays, signed as Standard Webhooks. The address is in the keychain, as it may be a key.
    Webhook { origin: String },
    /// Envelopes. The DSN is in the keychain.
    Sentry { origin: String, project: String },
    /// Logs, and figures as metrics, over OTLP. Headers are in the keychain.
    Otlp { endpoint: String, with_metrics: bool },
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// The word the database and scripts see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Takes the word back.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What kind of place it is.
    DestinationKind { File = "file", Webhook = "webhook", Sentry = "sentry", Otlp = "otlp" }
}

words! {
    /// Which events a destination is told of.
    WantedEvents {
        All = "all",
        /// Failures, what needs a person, and the end of either.
        Trouble = "trouble",
    }
}

words! {
    /// How bad an event is, as logs sort them.
    Severity { Info = "info", Warning = "warning", Error = "error" }
}

impl Place {
    pub fn kind(&self) -> DestinationKind {
        match self {
            Self::File { .. } => DestinationKind::File,
            Self::Webhook { .. } => DestinationKind::Webhook,
            Self::Sentry { .. } => DestinationKind::Sentry,
            Self::Otlp { .. } => DestinationKind::Otlp,
        }
    }

    /// Whether a request leaves for it.
    pub fn is_elsewhere(&self) -> bool {
        self.kind() != DestinationKind::File
    }

    /// Whether it needs a secret out of the keychain.
    pub fn has_secret(&self) -> bool {
        self.is_elsewhere()
    }
}

impl DestinationKind {
    /// How many events leave in one batch. Sentry takes one in an envelope; the others some hundred kilobytes at once.
    pub fn batch(self) -> usize {
        match self {
            Self::File | Self::Otlp => 500,
            Self::Webhook => 100,
            Self::Sentry => 1,
        }
    }
}

impl WantedEvents {
    pub fn wants(self, kind: EventKind) -> bool {
        match self {
            Self::All => true,
            Self::Trouble => severity(kind) != Severity::Info || ends_trouble(kind),
        }
    }

    /// The kinds it is made of.
    pub fn kinds(self) -> Vec<EventKind> {
        EventKind::ALL.iter().copied().filter(|kind| self.wants(*kind)).collect()
    }
}

/// How bad it is that this happened. An error is what stays until a person comes.
pub fn severity(kind: EventKind) -> Severity {
    match kind {
        EventKind::RevokedDetected | EventKind::ReauthRequiredSet | EventKind::BundleHeld => Severity::Error,
        EventKind::SignInFailed
        | EventKind::RefreshFailed
        | EventKind::RefreshCutOff
        | EventKind::RefreshTokenLeft
        | EventKind::ReconnectRefused
        | EventKind::GrantLeft
        | EventKind::TestCallFailed
        | EventKind::RevocationFailed
        | EventKind::NetworkLost
        | EventKind::ReconnectRequested
        | EventKind::AlertGivenUp
        | EventKind::ClockJumped => Severity::Warning,
        EventKind::SignInStarted
        | EventKind::TokenIssued
        | EventKind::Imported
        | EventKind::RefreshSucceeded
        | EventKind::ReauthRequiredCleared
        | EventKind::Reconnected
        | EventKind::TestCallSucceeded
        | EventKind::TokenDelivered
        | EventKind::Disconnected
        | EventKind::Reconciled
        | EventKind::BundleRecovered
        | EventKind::NetworkBack
        | EventKind::SettingsChanged
        | EventKind::SetupChecked
        | EventKind::ClientSecretRotated
        | EventKind::ScopesChanged
        | EventKind::ConnectionsMerged => Severity::Info,
    }
}

fn ends_trouble(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::ReauthRequiredCleared
            | EventKind::Reconnected
            | EventKind::BundleRecovered
            | EventKind::NetworkBack
            | EventKind::Disconnected
    )
}

/// Why a batch did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardingTrouble {
    /// Any answer but a receipt, also one that points elsewhere.
    Status(u16),
    Network(NetworkFailure),
    /// The answer could not be read.
    AnswerUnreadable,
    DiskFull,
    FolderMissing,
    NotPermitted,
    /// Something else stands where the file should: a link, a folder.
    NotAFile,
    /// Any other failure of the disk.
    Disk,
    /// The keychain is locked or not there.
    Keychain,
    /// The keychain is open and does not hold its secret, or holds one that cannot be read.
    SecretMissing,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    /// Never: it is dropped, counted, and said.
    Dropped,
    /// Half of it may be taken.
    TooLarge,
    /// The same again, later.
    Later,
    /// The same again, once somebody has mended the address or the key there or here.
    NeedsPerson,
}

/// What the status of an answer means for a batch. OTLP says which to send again (OTLP 1.x, "Failures"), Sentry likewise
/// (develop.sentry.dev, "Rate Limiting"); where a key or an address is refused nothing is dropped, though either would
/// allow it: a person can mend that.
pub fn verdict(kind: DestinationKind, status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Taken,
        300..=399 | 401 | 402 | 403 | 404 | 405 | 407 | 410 => Verdict::NeedsPerson,
        413 => Verdict::TooLarge,
        408 | 425 | 429 | 500..=599 => Verdict::Later,
        // A receiver of one's own may answer anything while it is being written.
        _ if kind == DestinationKind::Webhook => Verdict::Later,
        _ => Verdict::Dropped,
    }
}

impl ForwardingTrouble {
    /// Whether waiting alone does not mend it.
    pub fn needs_person(self, kind: DestinationKind) -> bool {
        match self {
            Self::Status(status) => verdict(kind, status) == Verdict::NeedsPerson,
            Self::Network(_) | Self::AnswerUnreadable | Self::DiskFull | Self::Disk => false,
            Self::FolderMissing | Self::NotPermitted | Self::NotAFile | Self::Keychain | Self::SecretMissing => true,
        }
    }

    /// How long it is left alone after `count` tries in a row. `jitter` in 0..1 is random; `asked` is what the receiver
    /// asked for.
    pub fn wait(self, kind: DestinationKind, count: u32, jitter: f64, asked: Option<Duration>) -> Duration {
        if self == Self::Keychain {
            return WAIT_FOR_THE_KEYCHAIN;
        }
        if asked.is_none() && self.needs_person(kind) {
            return WAIT_FOR_A_PERSON;
        }
        wait_before_next(count, jitter, asked)
    }

    /// The word the database and scripts see.
    pub fn written(self) -> String {
        match self {
            Self::Status(status) => format!("http_{status}"),
            Self::Network(failure) => network_word(failure).to_owned(),
            Self::AnswerUnreadable => "answer_unreadable".to_owned(),
            Self::DiskFull => "disk_full".to_owned(),
            Self::FolderMissing => "folder_missing".to_owned(),
            Self::NotPermitted => "not_permitted".to_owned(),
            Self::NotAFile => "not_a_file".to_owned(),
            Self::Disk => "disk".to_owned(),
            Self::Keychain => "keychain".to_owned(),
            Self::SecretMissing => "secret_missing".to_owned(),
        }
    }

    /// Takes the word back.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Some(status) = text.strip_prefix("http_") {
            return status.parse().ok().map(Self::Status);
        }
        if let Some(failure) = NETWORK_FAILURES.into_iter().find(|it| network_word(*it) == text) {
            return Some(Self::Network(failure));
        }
        Some(match text {
            "answer_unreadable" => Self::AnswerUnreadable,
            "disk_full" => Self::DiskFull,
            "folder_missing" => Self::FolderMissing,
            "not_permitted" => Self::NotPermitted,
            "not_a_file" => Self::NotAFile,
            "disk" => Self::Disk,
            "keychain" => Self::Keychain,
            "secret_missing" => Self::SecretMissing,
            _ => return None,
        })
    }
}

const NETWORK_FAILURES: [NetworkFailure; 8] = [
    NetworkFailure::NameNotResolved,
    NetworkFailure::NotConnected,
    NetworkFailure::TimedOut,
    NetworkFailure::Tls,
    NetworkFailure::CertificateOfAnotherTime,
    NetworkFailure::Intercepted,
    NetworkFailure::Proxy,
    NetworkFailure::Broken,
];

fn network_word(failure: NetworkFailure) -> &'static str {
    match failure {
        NetworkFailure::NameNotResolved => "name_not_resolved",
        NetworkFailure::NotConnected => "not_connected",
        NetworkFailure::TimedOut => "timed_out",
        NetworkFailure::Tls => "tls",
        NetworkFailure::CertificateOfAnotherTime => "certificate_of_another_time",
        NetworkFailure::Intercepted => "intercepted",
        NetworkFailure::Proxy => "proxy",
        NetworkFailure::Broken => "broken",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F5: every word comes back as what it was.
    #[test]
    fn words_in_the_database_are_read_as_they_were_written() {
        let mut troubles = vec![
            ForwardingTrouble::Status(503),
            ForwardingTrouble::AnswerUnreadable,
            ForwardingTrouble::DiskFull,
            ForwardingTrouble::FolderMissing,
            ForwardingTrouble::NotPermitted,
            ForwardingTrouble::NotAFile,
            ForwardingTrouble::Disk,
            ForwardingTrouble::Keychain,
            ForwardingTrouble::SecretMissing,
        ];
        troubles.extend(NETWORK_FAILURES.map(ForwardingTrouble::Network));
        for trouble in troubles {
            assert_eq!(ForwardingTrouble::from_text(&trouble.written()), Some(trouble));
        }
        assert_eq!(ForwardingTrouble::from_text("of a later version"), None);
        assert_eq!(DestinationKind::from_text(DestinationKind::Otlp.as_str()), Some(DestinationKind::Otlp));
    }

    /// F5
    #[test]
    fn who_wants_trouble_is_told_of_its_end_and_not_of_routine() {
        let wanted = WantedEvents::Trouble;

        for kind in [EventKind::ReauthRequiredSet, EventKind::RefreshFailed, EventKind::Reconnected] {
            assert!(wanted.wants(kind), "{kind:?}");
        }
        for kind in [EventKind::RefreshSucceeded, EventKind::TokenDelivered, EventKind::SettingsChanged] {
            assert!(!wanted.wants(kind), "{kind:?}");
        }
        assert_eq!(WantedEvents::All.kinds().len(), EventKind::ALL.len());
        assert!(wanted.kinds().iter().all(|kind| wanted.wants(*kind)));
    }

    /// F5: nothing is dropped that a person could mend; what the data itself is refused for is not sent for ever.
    #[test]
    fn an_answer_says_whether_a_batch_is_sent_again() {
        use DestinationKind::{Otlp, Sentry, Webhook};
        for (kind, status, expected) in [
            (Otlp, 200, Verdict::Taken),
            (Otlp, 400, Verdict::Dropped),
            (Otlp, 429, Verdict::Later),
            (Otlp, 503, Verdict::Later),
            (Otlp, 401, Verdict::NeedsPerson),
            (Otlp, 307, Verdict::NeedsPerson),
            (Sentry, 413, Verdict::TooLarge),
            (Sentry, 400, Verdict::Dropped),
            (Webhook, 400, Verdict::Later),
            (Webhook, 410, Verdict::NeedsPerson),
            (Webhook, 204, Verdict::Taken),
        ] {
            assert_eq!(verdict(kind, status), expected, "{kind:?} {status}");
        }
    }

    /// F5: Retry-After is obeyed, and a broken address is not hammered.
    #[test]
    fn a_receiver_is_left_alone_as_long_as_it_asked() {
        let wait = |trouble: ForwardingTrouble, count, asked| trouble.wait(DestinationKind::Otlp, count, 1.0, asked);
        let busy = ForwardingTrouble::Status(429);

        assert_eq!(wait(busy, 1, Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert!(wait(busy, 1, None) <= Duration::from_secs(2));
        assert!(wait(busy, 30, None) <= Duration::from_secs(900), "it never gives up");
        assert_eq!(wait(ForwardingTrouble::Status(401), 1, None), WAIT_FOR_A_PERSON);
        assert!(wait(ForwardingTrouble::Keychain, 9, None) <= Duration::from_secs(30));
    }
}
