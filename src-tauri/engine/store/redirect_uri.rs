//! A client's own redirect URI, as text in its row [A2].

use domain::provider::{RedirectHost, RedirectPort, RedirectRule, RedirectScheme};
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::columns::{read, written_json};

#[derive(Serialize, Deserialize)]
struct Written {
    https: bool,
    host: String,
    /// Absent: any free port.
    port: Option<u16>,
    path: String,
    exact: bool,
}

const HOSTS: [(RedirectHost, &str); 3] =
    [(RedirectHost::Ipv4, "127.0.0.1"), (RedirectHost::Ipv6, "[::1]"), (RedirectHost::Localhost, "localhost")];

pub(super) fn written(rule: &RedirectRule) -> Result<String, StoreError> {
    let host = HOSTS.iter().find(|(host, _)| *host == rule.host).map_or("127.0.0.1", |(_, text)| text);
    let written = Written {
        https: rule.scheme == RedirectScheme::Https,
        host: host.to_owned(),
        port: match rule.port {
            RedirectPort::Any => None,
            RedirectPort::Fixed(port) => Some(port),
        },
        path: rule.path.clone(),
        exact: rule.is_path_exact,
    };
    written_json(&written, "redirect")
}

/// What cannot be read is as if nothing had been chosen: the provider's usual one serves.
pub(super) fn read_from(row: &Row<'_>) -> Result<Option<RedirectRule>, StoreError> {
    let Some(text) = read::<Option<String>>(row, "redirect")? else { return Ok(None) };
    let Ok(written) = serde_json::from_str::<Written>(&text) else { return Ok(None) };
    let Some((host, _)) = HOSTS.iter().find(|(_, text)| *text == written.host) else { return Ok(None) };
    Ok(Some(RedirectRule {
        scheme: if written.https { RedirectScheme::Https } else { RedirectScheme::Http },
        host: *host,
        port: written.port.map_or(RedirectPort::Any, RedirectPort::Fixed),
        path: written.path,
        is_path_exact: written.exact,
    }))
}
