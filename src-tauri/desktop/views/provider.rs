//! One provider of the catalogue, as Connect lists it.

use serde::Serialize;
use ts_rs::TS;

/// A provider a person can choose.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProviderView {
    pub id: String,
    pub name: String,
    pub tag: String,
    /// What people also type when they look for it: "Drive", "Gmail", "Outlook".
    pub also: Vec<String>,
    pub authorization_host: String,
}

/// A page of a provider that the window may ask to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderPage {
    Console,
    RevokeAccess,
    Status,
}
