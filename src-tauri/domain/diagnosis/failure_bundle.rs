//! The failure bundle of one connection: what it is, what failed and when, what the ladder showed and what it is not,
//! for a person (Markdown) and for a machine (JSON), after one redaction [C6, A3].
//!
//! The document is built once, redacted as a whole, and only then written down: both forms say the same.

mod document;
mod markdown;

use jiff::Timestamp;

use super::probe_plan::LadderReport;
use super::redaction::Redaction;
use crate::connection::status::Status;
use crate::connection::{Client, Connection, TokenLink};
use crate::lifecycle::refresh_mode::RefreshMode;
use crate::lifecycle_event::LifecycleEvent;
use crate::provider::Provider;
use crate::token::clock_skew::ClockReading;

/// The number of the JSON's shape; what reads it refuses another.
pub const SCHEMA: u32 = 1;

/// Everything that is known of a failure.
#[derive(Clone, Copy)]
pub struct FailureFacts<'a> {
    pub written_at: Timestamp,
    /// The version of this program.
    pub version: &'a str,
    /// "linux", "`x86_64`".
    pub system: (&'a str, &'a str),
    pub provider: &'a Provider,
    pub connection: &'a Connection,
    pub client: &'a Client,
    pub status: &'a Status,
    /// The last ladder that was run to its end.
    pub report: Option<&'a LadderReport>,
    /// The connection's, the newest first.
    pub events: &'a [LifecycleEvent],
    /// The newest first.
    pub lineage: &'a [TokenLink],
    pub clock: &'a ClockReading,
    pub mode: RefreshMode,
    pub network_down_since: Option<Timestamp>,
    pub dependant_count: usize,
}

/// What leaves, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureBundle {
    pub markdown: String,
    pub json: String,
    /// Without its ending: `patchbay-failure-gmail-2026-03-04T103107Z`.
    pub file_name: String,
}

/// Writes it down.
pub fn failure_bundle(facts: &FailureFacts<'_>, redaction: &Redaction) -> FailureBundle {
    let mut whole = document::document(facts, redaction.includes_account());
    redaction.of_value(&mut whole);
    let name = slug(whole.pointer("/connection/name").and_then(|it| it.as_str()).unwrap_or_default());
    FailureBundle {
        markdown: markdown::markdown(&whole),
        json: format!("{whole:#}\n"),
        file_name: format!("patchbay-failure-{name}-{}", facts.written_at.strftime("%Y-%m-%dT%H%M%SZ")),
    }
}

/// As much of a name as every file system takes.
fn slug(name: &str) -> String {
    const LONGEST: usize = 40;
    let plain: String = name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { ' ' }).collect();
    let words: Vec<_> = plain.split_whitespace().map(str::to_ascii_lowercase).collect();
    let joined: String = words.join("-").chars().take(LONGEST).collect();
    if joined.is_empty() { "connection".to_owned() } else { joined.trim_end_matches('-').to_owned() }
}

#[cfg(test)]
pub(crate) mod tests;
