//! Which n8n this is, as its front page says to everybody, and what that version can do [D2].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Names a meta element of the front page, which holds the release in base64.
const META: &[u8] = b"n8n:config:sentry";
pub(super) const LONGEST_FRONT_PAGE: usize = 2 * 1024 * 1024;

/// Major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct N8nVersion(pub u32, pub u32, pub u32);

/// The first versions whose API had it.
pub(super) const REPLACES_CREDENTIALS: N8nVersion = N8nVersion(2, 3, 0);
pub(super) const TESTS_CREDENTIALS: N8nVersion = N8nVersion(2, 20, 0);
/// Before, `versionId` is taken and ignored: what is saved is activated. 1.123.81 was seen to, 2.40.7 was not.
pub(super) const ACTIVATES_A_VERSION: N8nVersion = N8nVersion(2, 0, 0);

impl N8nVersion {
    /// `2.40.7`, also with something behind it.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split(['.', '-', '+']).map(str::parse::<u32>);
        let mut next = || numbers.next()?.ok();
        Some(Self(next()?, next()?, next()?))
    }

    /// Whether its answers were looked at.
    pub(super) fn is_known(self) -> bool {
        (1..=2).contains(&self.0)
    }

    pub(super) fn of_front_page(page: &[u8]) -> Option<Self> {
        let start = page.windows(META.len()).position(|it| it == META)?;
        let rest = page.get(start..)?.iter().take(4_096).copied().collect::<Vec<u8>>();
        let rest = String::from_utf8_lossy(&rest).into_owned();
        let element = rest.split('>').next()?;
        let content = element.split_once("content=")?.1.trim_start_matches(['"', '\'']);
        let encoded = content.split(['"', '\'', ' ']).next()?;
        let decoded = STANDARD.decode(encoded).ok()?;
        let release = serde_json::from_slice::<Value>(&decoded).ok()?;
        Self::from_text(release.get("release")?.as_str()?.strip_prefix("n8n@")?)
    }
}

impl std::fmt::Display for N8nVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D2
    #[test]
    fn the_version_stands_on_the_front_page() {
        let content = STANDARD.encode(r#"{"dsn":"","environment":"development","release":"n8n@2.40.7"}"#);
        let page = format!(r#"<!doctype html><meta name="n8n:config:sentry" content="{content}"><title>n8n</title>"#);

        assert_eq!(N8nVersion::of_front_page(page.as_bytes()), Some(N8nVersion(2, 40, 7)));
        assert!(N8nVersion(1, 123, 81) < REPLACES_CREDENTIALS, "versions are numbers, not texts");
    }

    /// D2: anybody may stand at that address.
    #[test]
    fn a_page_that_says_nothing_or_nonsense_names_no_version() {
        for page in
            ["", "n8n:config:sentry", r#"n8n:config:sentry" content="%%%""#, r#"n8n:config:sentry" content="e30=""#]
        {
            assert_eq!(N8nVersion::of_front_page(page.as_bytes()), None, "{page}");
        }
        assert_eq!(N8nVersion::from_text("2.x.1"), None);
        assert_eq!(N8nVersion::from_text("2.41.0-beta.1"), Some(N8nVersion(2, 41, 0)));
    }
}
