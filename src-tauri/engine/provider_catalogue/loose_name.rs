//! Finds a provider by whatever a record calls it: `google_drive`, `Microsoft Graph`, `login.salesforce.com` [C1].

use domain::provider::Provider;

use super::ProviderCatalogue;

/// Words that say what is called, not who.
const GENERIC: &[&str] = &[
    "oauth",
    "oauth2",
    "oidc",
    "api",
    "rest",
    "app",
    "apps",
    "cloud",
    "online",
    "v1",
    "v2",
    "v3",
    "v4",
    "crm",
    "com",
    "the",
    "inc",
    "connect",
    "openid",
    "sandbox",
    "mcp",
    "rs",
    "and",
    "of",
    "for",
    "workspace",
    "business",
    "id",
    "sso",
    "auth",
    "login",
    "support",
    "www",
    "account",
    "accounts",
    "sdk",
    "open",
    "posts",
    "forms",
    "pages",
    "docs",
    "tasks",
    "chat",
    "sites",
    "events",
    "integration",
];

/// What the names of its products have in common with none of its files.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "microsoft",
        &[
            "azure",
            "azuread",
            "aad",
            "entra",
            "msgraph",
            "graph",
            "office",
            "office365",
            "o365",
            "m365",
            "sharepoint",
            "onedrive",
            "outlook",
            "teams",
            "msal",
            "adal",
            "dynamics",
            "dynamics365",
            "powerbi",
            "dataverse",
            "exchange",
            "hotmail",
        ],
    ),
    (
        "google",
        &[
            "gmail",
            "youtube",
            "gcp",
            "gsuite",
            "gdrive",
            "firebase",
            "googleads",
            "googleapis",
            "adwords",
            "bigquery",
            "analytics",
            "googledrive",
            "googlesheets",
            "googlecalendar",
            "gcloud",
            "vertex",
        ],
    ),
    ("meta", &["facebook", "instagram", "whatsapp", "threads", "fb"]),
    ("x", &["twitter"]),
    ("atlassian", &["jira", "confluence"]),
    ("quickbooks", &["intuit", "qbo"]),
    ("salesforce", &["sfdc", "pardot", "forcedotcom", "force"]),
    ("linkedin", &[]),
];

impl ProviderCatalogue {
    /// The provider that this name means: its id, its name, another name of it, or a word of either. `None` where
    /// nothing fits, or several do.
    pub fn find_loosely(&self, name: &str) -> Option<&Provider> {
        let whole = plain(name);
        if whole.is_empty() {
            return None;
        }
        let is_named = |it: &&Provider| plain(it.id.as_str()) == whole || plain(&it.name) == whole;
        if let Some(found) = self.list().find(is_named) {
            return Some(found);
        }
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower
            .split(|it: char| !it.is_alphanumeric())
            .filter(|it| !it.is_empty() && !GENERIC.contains(it))
            .collect();
        let family = |id: &str| {
            let (_, words_of) = FAMILIES.iter().find(|(it, _)| *it == id)?;
            (words_of.contains(&whole.as_str()) || words.iter().any(|it| words_of.contains(it))).then_some(())
        };
        if let Some(found) = self.list().find(|it| words.iter().any(|word| *word == it.id.as_str())) {
            return Some(found);
        }
        if let Some(found) = self.list().find(|it| family(it.id.as_str()).is_some()) {
            return Some(found);
        }
        let mut found = self.list().filter(|it| it.also.iter().any(|also| plain(also) == whole));
        found.next().filter(|_| found.next().is_none())
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// C1
    #[test]
    fn a_provider_is_found_by_what_people_call_it() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let id = |name: &str| catalogue.find_loosely(name).map(|it| it.id.to_string());
        for (name, expected) in [
            ("google_drive", "google"),
            ("Google", "google"),
            ("gmail", "google"),
            ("microsoft-graph", "microsoft"),
            ("entra", "microsoft"),
            ("Azure AD", "microsoft"),
            ("azure_ad", "microsoft"),
            ("facebook", "meta"),
            ("twitter", "x"),
            ("jira", "atlassian"),
            ("zoho_crm", "zoho"),
            ("QuickBooks Online", "quickbooks"),
            ("salesforce_sandbox", "salesforce"),
            ("login.salesforce.com", "salesforce"),
        ] {
            assert_eq!(id(name).as_deref(), Some(expected), "{name}");
        }
        for nobody in ["", "oauth", "tiendanube", "generic", "identityserver", "kick", "api"] {
            assert_eq!(id(nobody), None, "{nobody}");
        }
    }
}
