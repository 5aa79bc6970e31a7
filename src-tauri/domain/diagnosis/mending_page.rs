//! The page that a provider itself names for mending what it refused: an organisation's single sign-on, the switch of an
//! API. Taken from its answer, and only where it is a page of that provider's own [C1, C5, S048].
//!
//! An answer may be hostile, and the page ends up behind a button: it is https, one of the few that the catalogue knows
//! this provider to mend at, and nothing in it may be read in two ways. A provider's host also serves what its customers
//! write: it is no page to mend at by being there.

use std::fmt;

use serde_json::Value;
use url::{Host, Url};

use super::{CauseLabel, Evidence};
use crate::display_text::cleaned;
use crate::provider::Provider;

/// No page that mends anything has a longer address.
const MAX_LENGTH: usize = 2048;
/// What is shown of one.
const MAX_SHOWN: usize = 160;
/// Refusals are short; what is longer names no page.
const MAX_BODY: usize = 64 * 1024;
const MAX_NODES: usize = 1024;
const MAX_TRIED: usize = 32;
/// What explains mends nothing.
const EXPLAINS: [&str; 6] = ["docs", "doc", "documentation", "help", "support", "learn"];

/// An address at a host of the provider's. Its query may hold a request code: whatever is kept for others shows
/// [`Self::shown`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct MendingPage(Url);

impl MendingPage {
    /// The best that an answer of this provider names.
    pub fn named_in(evidence: &Evidence, provider: &Provider) -> Option<Self> {
        let in_header = provider.pages.mending_header.as_ref().into_iter().flat_map(|named| {
            let values = evidence.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&named.name));
            values.filter_map(|(_, value)| parameter(value, &named.parameter)).map(str::to_owned)
        });
        let is_short = evidence.body.len() <= MAX_BODY;
        let body = is_short.then(|| serde_json::from_slice(&evidence.body).ok()).flatten();
        let (mut named, mut left) = (Named::default(), MAX_NODES);
        named.read(body.as_ref().unwrap_or(&Value::Null), "", "", &mut left);
        in_header
            .chain(named.switches)
            .chain(named.links)
            .chain(named.in_words)
            .chain(named.helps)
            .take(MAX_TRIED)
            .find_map(|text| Self::from_text(&text).filter(|page| page.is_of(provider) && !page.explains()))
    }

    /// One that was kept. Whether it is of a provider is to be asked again.
    pub fn from_text(text: &str) -> Option<Self> {
        // The parser takes tabs and line ends out, and reads a backslash as a slash.
        let is_plain = text.bytes().all(|it| it.is_ascii_graphic() && !br#""'`<>\^{|}"#.contains(&it));
        // It forgives too many slashes as well.
        let begins_a_host =
            text.split_once("://").is_some_and(|(_, it)| it.starts_with(|it: char| it.is_ascii_alphanumeric()));
        if text.len() > MAX_LENGTH || !is_plain || !begins_a_host {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let is_bare = url.username().is_empty() && url.password().is_none();
        (is_bare && matches!(url.scheme(), "https" | "http") && url.has_host()).then_some(Self(url))
    }

    /// Whether it is a page of this provider's: https and one that its entry names, or the practice provider's own, on
    /// this computer.
    pub fn is_of(&self, provider: &Provider) -> bool {
        let (page, pages) = (&self.0, &provider.pages);
        if page.scheme() != "https" {
            let is_here = match page.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            };
            return provider.is_practice && is_here && page.origin() == provider.authorization_endpoint.origin();
        }
        let Some(Host::Domain(host)) = page.host() else { return false };
        let bare = |it: &Url| it.scheme() == "https" && it.host_str() == Some(host) && it.path() == page.path();
        // The very address that the entry sends a person to by itself.
        let is_named = page.query().is_none()
            && [&pages.console, &pages.revoke_access].into_iter().flatten().any(|it| it.query().is_none() && bare(it));
        page.port().is_none() && (is_named || pages.mending_pages.iter().any(|it| fits(it, host, page.path())))
    }

    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Host and path, for whatever leaves this computer or is kept in words.
    pub fn shown(&self) -> String {
        let port = self.0.port().map(|it| format!(":{it}")).unwrap_or_default();
        cleaned(&format!("{}{port}{}", self.0.host_str().unwrap_or_default(), self.0.path()), MAX_SHOWN)
    }

    fn explains(&self) -> bool {
        self.0.path_segments().is_some_and(|mut parts| parts.any(|it| EXPLAINS.contains(&it)))
    }
}

impl fmt::Debug for MendingPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MendingPage").field(&self.shown()).finish()
    }
}

/// `host/orgs/*/sso`: a star stands for one part of the path, two of them at its end for all that follows. What is
/// encoded may be read in two ways, and fits no star.
fn fits(pattern: &str, host: &str, path: &str) -> bool {
    let Some((named, pattern)) = pattern.split_once('/') else { return false };
    if named != host || !path.starts_with('/') {
        return false;
    }
    let is_plain = |part: &str| !part.is_empty() && !part.contains('%');
    let mut parts = path[1..].split('/');
    let mut wanted = pattern.split('/');
    loop {
        match (wanted.next(), parts.next()) {
            (Some("**"), Some(part)) => return is_plain(part) && parts.all(|it| it.is_empty() || is_plain(it)),
            (Some("*"), Some(part)) if is_plain(part) => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            (None, None) => return true,
            (_, _) => return false,
        }
    }
}

/// Whether a page of the provider's may mend it. Of the others a page would lead away from what does.
pub(super) fn may_be_mended_at_a_page(cause: CauseLabel) -> bool {
    matches!(cause, CauseLabel::SsoRequired | CauseLabel::ApiNotEnabled | CauseLabel::AdminPolicyRestriction)
}

/// `url` of `required; url=https://…`.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').find_map(|part| {
        let (own, text) = part.trim().split_once('=')?;
        own.trim_end().eq_ignore_ascii_case(name).then(|| text.trim().trim_matches('"'))
    })
}

/// What a body names, by how sure it is that the page mends.
#[derive(Default)]
struct Named {
    /// `google.rpc.ErrorInfo` has it among its metadata.
    switches: Vec<String>,
    /// `google.rpc.Help`
    links: Vec<String>,
    in_words: Vec<String>,
    helps: Vec<String>,
}

impl Named {
    fn read(&mut self, value: &Value, key: &str, above: &str, left: &mut usize) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, it)| self.read(it, name, key, left)),
            // The entries of a list are called as it is.
            Value::Array(items) => items.iter().for_each(|it| self.read(it, key, above, left)),
            Value::String(text) => match key {
                "activationUrl" => self.switches.push(text.clone()),
                "url" if above == "links" => self.links.push(text.clone()),
                "extendedHelp" => self.helps.push(text.clone()),
                "message" | "error_description" | "error_message" | "error_user_msg" | "detail" | "description" => {
                    self.in_words.extend(addresses(text).map(str::to_owned));
                }
                _ => {}
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The addresses in a sentence, without what ends it.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|it: char| it.is_whitespace() || "\"'<>".contains(it));
    words.filter_map(|word| {
        let word = word.trim_start_matches(['(', '[']).trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        (word.starts_with("https://") || word.starts_with("http://")).then_some(word)
    })
}

#[cfg(test)]
mod tests;
