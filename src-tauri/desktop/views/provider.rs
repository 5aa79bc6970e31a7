//! One provider of the catalogue, as Connect lists it.

use domain::provider::Provider;
use engine::flows::providers::Page;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderPage {
    Console,
    RevokeAccess,
    Status,
}

impl From<&Provider> for ProviderView {
    fn from(provider: &Provider) -> Self {
        Self {
            id: provider.id.to_string(),
            name: provider.name.clone(),
            tag: provider.tag.clone(),
            also: provider.also.clone(),
            authorization_host: provider.authorization_endpoint.host_str().unwrap_or_default().to_owned(),
        }
    }
}

impl From<ProviderPage> for Page {
    fn from(page: ProviderPage) -> Self {
        match page {
            ProviderPage::Console => Self::Console,
            ProviderPage::RevokeAccess => Self::RevokeAccess,
            ProviderPage::Status => Self::Status,
        }
    }
}
