//! Patchbay's own parts, checked: keychain, database, listener, browser, clock.

use engine::flows::doctor::{Part, SelfCheck};
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
    Certificate,
    ClientSecret,
    ProviderFile,
}

impl From<&SelfCheck> for SelfCheckView {
    fn from(check: &SelfCheck) -> Self {
        Self {
            part: match check.part {
                Part::Keychain => SelfCheckPart::Keychain,
                Part::Database => SelfCheckPart::Database,
                Part::Listener => SelfCheckPart::Listener,
                Part::Browser => SelfCheckPart::Browser,
                Part::Clock => SelfCheckPart::Clock,
                Part::Certificate => SelfCheckPart::Certificate,
                Part::ClientSecret => SelfCheckPart::ClientSecret,
                Part::ProviderFile => SelfCheckPart::ProviderFile,
            },
            is_well: check.is_well,
            found: check.found.clone(),
            advice: check.advice.clone(),
        }
    }
}
