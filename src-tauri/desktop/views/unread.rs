//! What failed while nobody looked [B12, F4].

use domain::ConnectionId;
use domain::unread::{FailedReading, Trouble, TroubleKind};
use engine::flows::unread::Unread;
use serde::Serialize;
use ts_rs::TS;

use super::{EventView, Millis, count};

/// Everything unread.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UnreadView {
    /// When it was looked up: what marks it as read.
    pub as_of: Millis,
    /// Null: nothing is unread.
    pub since: Option<Millis>,
    /// What still stands first, then the newest.
    pub troubles: Vec<TroubleView>,
    /// Platforms that could not be read, and were not since; the newest first.
    pub readings: Vec<FailedReadingView>,
}

/// A platform whose picture is old.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FailedReadingView {
    pub platform_id: String,
    pub platform_name: String,
    pub last_at: Millis,
    /// How many failed one after another.
    pub count: u32,
    /// For a person; without secrets.
    pub words: String,
    /// Time does not cure it: the key is refused, or lacks a right.
    pub needs_person: bool,
    /// What is known of it is of then; null: it was never read.
    pub read_at: Option<Millis>,
}

/// All of one kind that failed on one connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TroubleView {
    pub kind: TroubleKindView,
    pub first_at: Millis,
    pub last_at: Millis,
    pub count: u32,
    /// The event that tells most.
    pub event: EventView,
    /// When something proved that it is over; null: it stands.
    pub over_at: Option<Millis>,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKindView {
    Grant,
    Keychain,
    Network,
    Call,
    SignIn,
    LeftThere,
}

impl UnreadView {
    pub fn new<'a>(unread: &Unread, name_of: impl Fn(&ConnectionId) -> Option<&'a str>) -> Self {
        let view = |it: &Trouble| TroubleView {
            kind: it.kind.into(),
            first_at: it.first_at.into(),
            last_at: it.last_at.into(),
            count: count(it.count),
            event: EventView::new(it.told_by.0, &it.told_by.1, it.connection.as_ref().and_then(&name_of)),
            over_at: it.over_at.map(Millis::from),
        };
        Self {
            as_of: unread.as_of.into(),
            since: unread.since.map(Millis::from),
            troubles: unread.troubles.iter().map(view).collect(),
            readings: unread.readings.iter().map(FailedReadingView::from).collect(),
        }
    }
}

impl From<&FailedReading> for FailedReadingView {
    fn from(reading: &FailedReading) -> Self {
        Self {
            platform_id: reading.platform.to_string(),
            platform_name: reading.name.clone(),
            last_at: reading.failure.at.into(),
            count: reading.failure.streak,
            words: reading.failure.words.clone(),
            needs_person: reading.failure.needs_person,
            read_at: reading.read_at.map(Millis::from),
        }
    }
}

impl From<TroubleKind> for TroubleKindView {
    fn from(kind: TroubleKind) -> Self {
        match kind {
            TroubleKind::Grant => Self::Grant,
            TroubleKind::Keychain => Self::Keychain,
            TroubleKind::Network => Self::Network,
            TroubleKind::Call => Self::Call,
            TroubleKind::SignIn => Self::SignIn,
            TroubleKind::LeftThere => Self::LeftThere,
        }
    }
}
