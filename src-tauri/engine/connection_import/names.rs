//! What other tools call the providers, which clients they share among all their users, and how secrets begin: data
//! of `names.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::ImportFormat;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Names {
    /// By format: a tool's type name, or its begin with `*`, to the catalogue's id.
    types: BTreeMap<String, BTreeMap<String, String>>,
    /// By client id: whose it is.
    shared_clients: BTreeMap<String, String>,
    secrets_begin: Vec<String>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| serde_json::from_str(include_str!("names.json")).unwrap_or_default())
}

/// The catalogue's id of what a tool calls `type_name`.
pub(super) fn provider_of(format: ImportFormat, type_name: &str) -> Option<&'static str> {
    let types = names().types.get(format.as_str())?;
    let exact = types.get(type_name);
    let by_begin = || {
        types.iter().find(|(name, _)| name.strip_suffix('*').is_some_and(|it| type_name.starts_with(it))).map(|it| it.1)
    };
    exact.or_else(by_begin).map(String::as_str)
}

/// Whose client it is, where a tool gives the same one to all its users.
pub(super) fn shared_client(client_id: &str) -> Option<&'static str> {
    names().shared_clients.get(client_id).map(String::as_str)
}

pub(super) fn begins_like_a_secret(text: &str) -> bool {
    names().secrets_begin.iter().any(|begin| text.starts_with(begin.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2
    #[test]
    fn the_names_can_be_read_and_a_begin_stands_for_many() {
        assert_eq!(provider_of(ImportFormat::N8n, "googleSheetsOAuth2Api"), Some("google"));
        assert_eq!(provider_of(ImportFormat::N8n, "notionOAuth2Api"), Some("notion"));
        assert_eq!(provider_of(ImportFormat::Rclone, "drive"), Some("google"));
        assert_eq!(provider_of(ImportFormat::Rclone, "sftp"), None);
        assert!(shared_client("32555940559.apps.googleusercontent.com").is_some());
    }
}
