//! Which provider of the catalogue a platform means by the name it has for an app, a module or a kind of credential
//! [D1, D2].
//!
//! One table for all platforms: their names are first brought down to the app's own name, `googlesheets` for
//! `google-sheets:addRow`, `googleSheetsOAuth2Api`, `GoogleSheetsV2CLIAPI@2.1.0` and `@activepieces/piece-google-sheets`.

use domain::ProviderId;
use url::Url;

use super::step_access::words_of;

/// Begins of an app's name, and whose it is; of several that fit, the longest counts.
const BEGINS: [(&str, &str); 49] = [
    ("airtable", "airtable"),
    ("asana", "asana"),
    ("atlassian", "atlassian"),
    ("auth0", "auth0"),
    ("azureentra", "microsoft"),
    ("azurestorage", "microsoft"),
    ("bigquery", "google"),
    ("bitbucket", "bitbucket"),
    ("calendly", "calendly"),
    ("clickup", "clickup"),
    ("confluence", "atlassian"),
    ("discord", "discord"),
    ("docusign", "docusign"),
    ("dropbox", "dropbox"),
    ("dynamics", "microsoft"),
    ("excel", "microsoft"),
    ("facebook", "meta"),
    ("figma", "figma"),
    ("firebase", "google"),
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("gmail", "google"),
    ("google", "google"),
    ("gsuiteadmin", "google"),
    ("hubspot", "hubspot"),
    ("instagram", "meta"),
    ("jira", "atlassian"),
    ("keycloak", "keycloak"),
    ("linkedin", "linkedin"),
    ("mailchimp", "mailchimp"),
    ("microsoft", "microsoft"),
    ("monday", "monday"),
    ("notion", "notion"),
    ("office365", "microsoft"),
    ("onedrive", "microsoft"),
    ("outlook", "microsoft"),
    ("pipedrive", "pipedrive"),
    ("quickbooks", "quickbooks"),
    ("salesforce", "salesforce"),
    ("sharepoint", "microsoft"),
    ("shopify", "shopify"),
    ("slack", "slack"),
    ("spotify", "spotify"),
    ("todoist", "todoist"),
    ("trello", "trello"),
    ("typeform", "typeform"),
    ("webflow", "webflow"),
    ("whatsapp", "meta"),
    ("youtube", "google"),
];

/// Names that are also the begin of strangers': they fit whole or not at all.
const WHOLE: [(&str, &str); 35] = [
    ("azuread", "microsoft"),
    ("box", "box"),
    ("canva", "canva"),
    ("commondataservice", "microsoft"),
    ("commondataserviceforapps", "microsoft"),
    ("entraid", "microsoft"),
    ("intercom", "intercom"),
    ("linear", "linear"),
    ("make", "make"),
    ("meta", "meta"),
    ("miro", "miro"),
    ("mysharepoint", "microsoft"),
    ("okta", "okta"),
    ("onenote", "microsoft"),
    ("planner", "microsoft"),
    ("stripe", "stripe"),
    ("teams", "microsoft"),
    ("todo", "microsoft"),
    ("twitter", "x"),
    ("twitteroauth", "x"),
    ("twitterv", "x"),
    ("x", "x"),
    ("xero", "xero"),
    ("xeroaccounting", "xero"),
    ("youtubedata", "google"),
    ("zapier", "zapier"),
    ("zendesk", "zendesk"),
    ("zendesksell", "zendesk"),
    ("zendesksupport", "zendesk"),
    ("zoho", "zoho"),
    ("zohobooks", "zoho"),
    ("zohocrm", "zoho"),
    ("zohodesk", "zoho"),
    ("zohomail", "zoho"),
    ("zoom", "zoom"),
];

/// Ends of hosts that speak for a provider's account.
const HOSTS: [(&str, &str); 17] = [
    ("airtable.com", "airtable"),
    ("asana.com", "asana"),
    ("atlassian.com", "atlassian"),
    ("canva.com", "canva"),
    ("figma.com", "figma"),
    ("githubcopilot.com", "github"),
    ("github.com", "github"),
    ("gitlab.com", "gitlab"),
    ("googleapis.com", "google"),
    ("hubspot.com", "hubspot"),
    ("intercom.com", "intercom"),
    ("linear.app", "linear"),
    ("make.com", "make"),
    ("microsoft.com", "microsoft"),
    ("notion.com", "notion"),
    ("stripe.com", "stripe"),
    ("slack.com", "slack"),
];

/// The provider behind a platform's name for an app, a module, a node or a kind of credential.
pub fn provider_of(name: &str) -> Option<ProviderId> {
    let app = app_of(name);
    if let Some((_, id)) = WHOLE.iter().find(|(whole, _)| *whole == app) {
        return Some(ProviderId::from_text(*id));
    }
    let begins = BEGINS.iter().filter(|(begin, _)| app.starts_with(begin)).max_by_key(|(begin, _)| begin.len());
    begins.map(|(_, id)| ProviderId::from_text(*id))
}

/// The provider that a word of a text names, as in `GITHUB_TOKEN` or `server-slack`. Short names are words of every
/// language, so they do not count.
pub fn provider_in(text: &str) -> Option<ProviderId> {
    words_of(text).iter().filter(|word| word.len() > 4).find_map(|word| provider_of(word))
}

/// The provider whose host this is.
pub fn provider_at(address: &str) -> Option<ProviderId> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    let is_of = |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    HOSTS.iter().find(|(end, _)| is_of(end)).map(|(_, id)| ProviderId::from_text(*id))
}

/// The app's own name: without what platforms put before and behind it, in small letters and digits.
fn app_of(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let name = name.rsplit_once("n8n-nodes-base.").map_or(name, |(_, rest)| rest);
    let name = ["shared_", "piece-", "app#"].iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name);
    let mut app: String =
        name.chars().take(200).filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect();
    for end in ["cliapi", "oauth2api", "oauth2", "oauthapi", "oauth", "tokenapi", "accesstoken", "api"] {
        if let Some(rest) = app.strip_suffix(end).filter(|it| !it.is_empty()) {
            app = rest.to_owned();
            break;
        }
    }
    // The version stands last: `airtable3`, `slackv2`.
    let kept = app.trim_end_matches(|it: char| it.is_ascii_digit());
    let kept = if kept.len() < app.len() { kept.strip_suffix('v').unwrap_or(kept) } else { kept };
    if kept.is_empty() || app == "auth0" || app == "office365" { app } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn told(name: &str) -> Option<String> {
        provider_of(name).map(|it| it.to_string())
    }

    /// D2: one table for the names of all platforms.
    #[test]
    fn every_platforms_name_leads_to_the_catalogues_provider() {
        for name in [
            "google-sheets",
            "google-sheets:addRow",
            "google",
            "app#google-calendar",
            "googleDriveOAuth2Api",
            "gmailOAuth2",
            "GoogleSheetsV2CLIAPI@2.1.0",
            "GoogleMailV2CLIAPI",
            "@activepieces/piece-google-sheets",
            "n8n-nodes-base.googleSheets",
            "shared_googledrive",
        ] {
            assert_eq!(told(name).as_deref(), Some("google"), "{name}");
        }
        for (name, id) in [
            ("SlackAPI", "slack"),
            ("SlackCLIAPI@1.28.0", "slack"),
            ("slackApi", "slack"),
            ("shared_office365", "microsoft"),
            ("/providers/Microsoft.PowerApps/apis/shared_sharepointonline", "microsoft"),
            ("shared_commondataserviceforapps", "microsoft"),
            ("airtable2", "airtable"),
            ("airtable3", "airtable"),
            ("ShopifyCLIAPI@6.1.1", "shopify"),
            ("twitterOAuth2Api", "x"),
            ("auth0", "auth0"),
            ("box", "box"),
        ] {
            assert_eq!(told(name).as_deref(), Some(id), "{name}");
        }
        for name in ["boxhero", "zoominfo", "FilterAPI", "json:ParseJSON", "", "http", "shared_sql", "api", "2"] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    /// D2: programs name their providers in words and addresses.
    #[test]
    fn words_and_hosts_name_providers_and_lookalikes_do_not() {
        let word = |text| provider_in(text).map(|it| it.to_string());
        assert_eq!(word("GITHUB_PERSONAL_ACCESS_TOKEN").as_deref(), Some("github"));
        assert_eq!(word("@modelcontextprotocol/server-slack").as_deref(), Some("slack"));
        assert_eq!(word("API_KEY"), None);
        let host = |text| provider_at(text).map(|it| it.to_string());
        assert_eq!(host("https://mcp.linear.app/sse").as_deref(), Some("linear"));
        assert_eq!(host("https://evillinear.app/sse"), None);
        assert_eq!(host("https://linear.app.evil.example/"), None);
        assert_eq!(host("not an address"), None);
    }

    /// D2: an id that the catalogue lacks would join nothing.
    #[test]
    fn every_id_of_the_table_is_in_the_catalogue() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider_catalogue");
        for (name, id) in BEGINS.iter().chain(&WHOLE).chain(&HOSTS) {
            assert!(folder.join(format!("{id}.json")).is_file(), "{name} leads to {id}, which no file describes");
        }
        assert!(BEGINS.is_sorted() && WHOLE.is_sorted(), "sorted, so that nothing stands there twice");
    }
}
