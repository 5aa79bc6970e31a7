//! Patchbay's own parts, checked: keychain, database, listener, browser, clock.

use serde::Serialize;
use ts_rs::TS;

/// One part and what was found.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SelfCheckView {
    pub part: SelfCheckPart,
    pub is_well: bool,
    pub found: String,
    pub advice: Option<String>,
}

/// The parts that can fail on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SelfCheckPart {
    Keychain,
    Database,
    Listener,
    Browser,
    Clock,
}
