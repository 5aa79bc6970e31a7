//! Destinations that events are forwarded to, and how far each is [F5].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Millis;

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ForwardingView {
    /// By name.
    pub destinations: Vec<EventDestinationView>,
    /// A process of this board forwards by itself.
    pub is_forwarded: bool,
}

/// A destination; what is secret of it is in the keychain and nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EventDestinationView {
    pub id: String,
    pub name: String,
    pub kind: DestinationKindView,
    /// A file, an origin, an endpoint.
    pub goes_to: String,
    /// Of Sentry alone.
    pub project: Option<String>,
    /// Of OpenTelemetry alone: also the figures, as metrics.
    pub with_metrics: bool,
    pub is_on: bool,
    pub wanted: WantedEventsView,
    /// Accounts and workspaces by name; otherwise by marks.
    pub with_accounts: bool,
    pub waiting_count: u32,
    pub sent_count: u32,
    /// The receiver said that it never takes them.
    pub dropped_count: u32,
    /// Counted by day, or forgotten with their connection, before they could leave.
    pub lost_count: u32,
    pub accepted_at: Option<Millis>,
    pub failing: Option<ForwardingFailureView>,
    /// It asked for peace until then.
    pub left_alone_until: Option<Millis>,
    /// Why its last figures were not taken.
    pub figures_failed: Option<ComplaintView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKindView {
    File,
    Webhook,
    Sentry,
    Otlp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WantedEventsView {
    All,
    /// Failures, what needs a person, and the end of either.
    Trouble,
}

/// A streak of tries that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ForwardingFailureView {
    pub since: Millis,
    pub count: u32,
    pub complaint: ComplaintView,
    pub retry_at: Millis,
    /// Waiting alone does not mend it.
    pub needs_person: bool,
}

/// Why a try came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ComplaintView {
    pub trouble: ForwardingTroubleView,
    /// The receiver's own words; cut, and without secrets.
    pub words: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ForwardingTroubleView {
    /// Any answer but a receipt, also one that points elsewhere.
    Status {
        status: u16,
    },
    NameNotResolved,
    NotConnected,
    TimedOut,
    Tls,
    CertificateOfAnotherTime,
    Intercepted,
    Proxy,
    Broken,
    AnswerUnreadable,
    DiskFull,
    FolderMissing,
    NotPermitted,
    NotAFile,
    Disk,
    Keychain,
    SecretMissing,
}

/// What came of a trial, which is no event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DestinationTestView {
    /// `words`: what the receiver said beside it.
    Taken {
        words: Option<String>,
    },
    Refused {
        complaint: ComplaintView,
    },
}

/// What came of adding a destination.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AddedDestinationView {
    pub id: String,
    /// A signing secret was made; it can be copied, and is never shown.
    pub has_made_secret: bool,
    pub forwarding: ForwardingView,
}

/// What a person filled in to add a destination.
#[derive(Deserialize, TS)]
pub struct NewDestinationForm {
    /// Null: called by its kind.
    pub name: Option<String>,
    pub target: NewDestinationTarget,
    pub wanted: WantedEventsView,
    pub with_accounts: bool,
    /// From the oldest event that is known; otherwise from the next.
    pub from_start: bool,
}

/// Where events go. Addresses, keys, DSNs and headers cross once, towards the keychain; they never come back.
#[derive(Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewDestinationTarget {
    File {
        folder: String,
        /// A file that would grow beyond so many MiB is put aside, 1 to 10000.
        largest_mib: u32,
        /// How many that were put aside are kept, 1 to 1000.
        kept: u16,
    },
    Webhook {
        address: String,
        /// Null: one is made.
        key: Option<String>,
    },
    Sentry {
        dsn: String,
    },
    Otlp {
        endpoint: String,
        /// Lines of `Name: value`.
        headers: Option<String>,
        with_metrics: bool,
    },
}
