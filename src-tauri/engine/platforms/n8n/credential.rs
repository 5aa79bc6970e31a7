//! A credential as n8n lists or exports it: id, name and kind; what it holds is never read [D2, A3].

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::FoundConnection;
use domain::display_text::cleaned;
use serde::Deserialize;

use super::gathering::Page;
use super::node::{LONGEST_ID, LONGEST_NAME, loose_text};
use super::workflow::Keeper;
use crate::platforms::providers::provider_of;

/// `data` is passed over as bytes and kept nowhere, whether it is encrypted or not.
#[derive(Deserialize)]
pub(super) struct CredentialText {
    #[serde(default, deserialize_with = "loose_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
    #[serde(default)]
    shared: Option<Vec<SharedText>>,
}

#[derive(Deserialize)]
struct SharedText {
    /// Of the project.
    #[serde(default, deserialize_with = "loose_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    role: Option<String>,
}

impl CredentialText {
    /// The connection, and names of projects that stood beside it.
    pub(super) fn read(self, page: Page<'_>) -> Option<(FoundConnection, Vec<(String, Keeper)>)> {
        let id = self.id.filter(|it| !it.is_empty() && it.len() <= LONGEST_ID)?;
        let shared = self.shared.unwrap_or_default();
        let named = shared.iter().filter_map(|it| Some((it.id.clone()?, Keeper::named(it.name.as_deref()?))));
        let keepers: Vec<(String, Keeper)> = named.collect();
        let owner = shared.iter().find(|it| it.role.as_deref() == Some("credential:owner")).or_else(|| shared.first());
        let kind = cleaned(self.kind.as_deref().unwrap_or_default(), LONGEST_NAME);
        let found = FoundConnection {
            name: Some(cleaned(self.name.as_deref().unwrap_or_default().trim(), LONGEST_NAME))
                .filter(|it| !it.is_empty())
                .unwrap_or_else(|| id.clone()),
            provider: provider_of(&kind),
            kind,
            account: None,
            owner: owner.and_then(|it| it.name.as_deref()).map(|it| cleaned(it.trim(), LONGEST_NAME)),
            state: PlatformConnectionState::Unknown,
            page: page(&["home", "credentials", &id]),
            external_id: id,
        };
        Some((found, keepers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D2: kinds for keys and for OAuth, parts of one house, and look-alikes.
    #[test]
    fn a_kind_names_its_provider() {
        let told = |kind| provider_of(kind).map(|it| it.to_string());

        for (kind, provider) in [
            ("googleDriveOAuth2Api", "google"),
            ("googleApi", "google"),
            ("gmailOAuth2", "google"),
            ("youTubeOAuth2Api", "google"),
            ("notionApi", "notion"),
            ("notionOAuth2Api", "notion"),
            ("airtableTokenApi", "airtable"),
            ("microsoftOutlookOAuth2Api", "microsoft"),
            ("jiraSoftwareCloudApi", "atlassian"),
            ("facebookLeadAdsOAuth2Api", "meta"),
            ("mondayComOAuth2Api", "monday"),
            ("hubspotAppToken", "hubspot"),
            ("azureStorageOAuth2Api", "microsoft"),
            ("confluenceCloudOAuth2Api", "atlassian"),
            ("linkedInCommunityManagementOAuth2Api", "linkedin"),
            ("slackManagerOAuth2Api", "slack"),
            ("shopifyAccessTokenApi", "shopify"),
            ("whatsAppTriggerApi", "meta"),
        ] {
            assert_eq!(told(kind).as_deref(), Some(provider), "{kind}");
        }
        for kind in ["oAuth2Api", "httpHeaderAuth", "boxHeroApi", "boxless", "googl", "", "linearBetterApi"] {
            assert_eq!(told(kind), None, "{kind}");
        }
    }
}
