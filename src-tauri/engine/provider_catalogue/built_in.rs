//! The provider files that come with the app, by id: one line each, in order [A2].

/// Id and text.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("airtable", include_str!("airtable.json")),
    ("asana", include_str!("asana.json")),
    ("atlassian", include_str!("atlassian.json")),
    ("box", include_str!("box.json")),
    ("clickup", include_str!("clickup.json")),
    ("dropbox", include_str!("dropbox.json")),
    ("figma", include_str!("figma.json")),
    ("github", include_str!("github.json")),
    ("gitlab", include_str!("gitlab.json")),
    ("google", include_str!("google.json")),
    ("hubspot", include_str!("hubspot.json")),
    ("linear", include_str!("linear.json")),
    ("microsoft", include_str!("microsoft.json")),
    ("monday", include_str!("monday.json")),
    ("notion", include_str!("notion.json")),
    ("quickbooks", include_str!("quickbooks.json")),
    ("salesforce", include_str!("salesforce.json")),
    ("shopify", include_str!("shopify.json")),
    ("slack", include_str!("slack.json")),
    ("stripe", include_str!("stripe.json")),
    ("trello", include_str!("trello.json")),
    ("xero", include_str!("xero.json")),
    ("zoom", include_str!("zoom.json")),
];
