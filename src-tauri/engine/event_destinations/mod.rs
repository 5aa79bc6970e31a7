//! Places that events are forwarded to: files, webhooks, Sentry, OpenTelemetry; what leaves, and what an answer means
//! [F5, A3].
//!
//! What leaves is an [`EventJson`] or made of one. Nothing here knows of cursors: see `flows/event_forwarding.rs`.

mod event_json;
mod file;
mod otlp;
mod posting;
mod sentry;
mod webhook;

use domain::display_text::LONGEST_ENTERED_NAME;
use domain::event_forwarding::{Complaint, Severity, Verdict, severity};
use domain::lifecycle_event::LifecycleEvent;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::http::AddressRefused;
use crate::signing::WebhookKeyRefused;

pub use event_json::EventJson;
pub use file::{EventFile, FILE_NAME};
pub(crate) use otlp::endpoint_of;
pub use otlp::{FigureSet, FiguresOfProvider, OtlpReceiver};
pub use sentry::SentryReceiver;
pub use webhook::WebhookReceiver;

/// The kind of an event that only shows whether it arrives.
pub const TRIAL_KIND: &str = "forwarding_tried";

/// Why a place is not written to. Never shows an address or a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceRefused {
    #[error(transparent)]
    Address(#[from] AddressRefused),
    #[error(transparent)]
    Key(#[from] WebhookKeyRefused),
    #[error("that is no DSN: one looks like https://KEY@HOST/PROJECT")]
    NotADsn,
    #[error("the address ends in {0}; name the one before it, to which that is added")]
    EndsInPath(&'static str),
    #[error("the address has a query; what is secret goes into a header")]
    HasQuery,
    #[error("line {0} is no header: one looks like Name: value")]
    NotAHeader(usize),
    #[error("the header {0} is set by Patchbay itself")]
    OwnHeader(String),
    #[error("the folder's name is no text")]
    FolderNotText,
    #[error("a file is put aside at {least} bytes at least")]
    FileTooSmall { least: u64 },
    #[error("{0} is written to already")]
    FolderTaken(String),
    #[error("a name has 1 to {LONGEST_ENTERED_NAME} characters that can be seen, and does not begin with dst_")]
    Name,
    #[error("the name is taken")]
    NameTaken,
    #[error("the random bytes for a signing secret could not be had")]
    NoRandomness,
}

/// A batch that did not arrive, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    pub verdict: Verdict,
    pub complaint: Complaint,
    /// How long the receiver asked to be left alone.
    pub asked: Option<std::time::Duration>,
}

/// What a receiver said of a batch that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// What of it it never takes.
    pub dropped_count: u64,
    /// Its words about those; cut, and without secrets.
    pub words: Option<String>,
    /// It asks to be left alone for so long.
    pub pause: Option<std::time::Duration>,
}

/// Who speaks: which board, which version.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The same for ever, and no other board's; says nothing of the database's own id.
    pub board: String,
    marks: Marks,
    install_id: String,
}

impl Speaker {
    pub fn new(install_id: &str) -> Self {
        let digest = digest(&["patchbay board", install_id]);
        Self {
            board: format!("brd_{}", hex(&digest[..10])),
            marks: Marks(install_id.to_owned()),
            install_id: install_id.to_owned(),
        }
    }

    /// A number for one event that no other event of any board has.
    pub(crate) fn event_uuid(&self, id: i64) -> [u8; 16] {
        let digest = digest(&["patchbay event", &self.install_id, &id.to_string()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        // A version 8 UUID (RFC 9562 §5.8).
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        bytes
    }
}

/// Stands names of accounts in for: the same name has the same mark on one board, another on every other, and nobody
/// without the database can try names out.
#[derive(Debug, Clone)]
struct Marks(String);

impl Marks {
    fn of(&self, name: &str) -> String {
        format!("mark_{}", hex(&digest(&["patchbay mark", &self.0, name])[..8]))
    }
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One event on its way.
#[derive(Debug, Clone)]
pub struct Told {
    pub id: i64,
    pub event: LifecycleEvent,
    /// Of its connection, as long as that is there.
    pub provider: Option<String>,
    json: EventJson,
}

impl Told {
    /// `with_accounts`: accounts and workspaces by name.
    pub fn new(
        speaker: &Speaker,
        (id, event): (i64, LifecycleEvent),
        provider: Option<String>,
        with_accounts: bool,
    ) -> Self {
        let json = EventJson::of(id, &event);
        let json = if with_accounts { json } else { json.without_names(&speaker.marks) };
        Self { id, event, provider, json }
    }

    /// As a line of a file.
    pub fn line(&self) -> String {
        self.json.line()
    }

    fn severity(&self) -> Severity {
        severity(self.event.kind)
    }
}

#[cfg(test)]
pub(crate) mod test_events {
    use domain::ConnectionId;
    use domain::diagnosis::{CauseLabel, Diagnosis};
    use domain::lifecycle_event::EventKind;
    use jiff::Timestamp;

    use super::*;

    pub(crate) const ACCOUNT: &str = "mira@fjordstudio.example";

    pub(crate) fn speaker() -> Speaker {
        Speaker::new("an install id")
    }

    pub(crate) fn told(id: i64, with_accounts: bool) -> Told {
        let at = Timestamp::from_millisecond(1_763_600_400_123).unwrap();
        let mut event =
            LifecycleEvent::new(at, EventKind::ReauthRequiredSet, Some(ConnectionId::from_text("con_0000000001")));
        event.subject = Some(ACCOUNT.to_owned());
        event.workspace = Some("Fjord Studio".to_owned());
        event.http_status = Some(400);
        event.diagnosis = Some(Diagnosis::of(CauseLabel::GrantRevoked));
        Told::new(&speaker(), (id, event), Some("google".to_owned()), with_accounts)
    }
}

#[cfg(test)]
mod tests {
    use super::test_events::{ACCOUNT, speaker, told};
    use super::*;

    /// F5, A3: a mark is stable, says nothing, and is another on another board.
    #[test]
    fn names_are_told_by_marks_unless_a_person_wants_them() {
        let (plain, marked) = (told(7, true).line(), told(7, false).line());

        assert!(plain.contains(ACCOUNT) && plain.contains("Fjord Studio"));
        assert!(!marked.contains(ACCOUNT) && !marked.contains("Fjord") && marked.contains("mark_"), "{marked}");
        assert_eq!(marked, told(7, false).line());
        let other = Speaker::new("another install id");
        assert_ne!(other.marks.of(ACCOUNT), speaker().marks.of(ACCOUNT));
        assert_ne!(other.board, speaker().board);
        assert!(!speaker().board.contains("install"));
    }

    /// F5
    #[test]
    fn an_event_has_one_number_and_no_other_has_it() {
        assert_eq!(speaker().event_uuid(7), speaker().event_uuid(7));
        assert_ne!(speaker().event_uuid(7), speaker().event_uuid(8));
        assert_ne!(speaker().event_uuid(7), Speaker::new("another").event_uuid(7));
    }
}
