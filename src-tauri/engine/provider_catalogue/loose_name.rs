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
        if let Some(found) = self.list().find(|it| words.iter().any(|word| *word == it.id.as_str())) {
            return Some(found);
        }
        // The first word that names one alone: `outlook calendar` is not the other's calendar.
        words.iter().copied().chain([whole.as_str()]).find_map(|word| {
            let mut found = self.list().filter(|it| it.also.iter().any(|also| plain(also) == word));
            found.next().filter(|_| found.next().is_none())
        })
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
