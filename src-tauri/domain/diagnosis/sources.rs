//! Which pages outside may be opened as the source of a lesson: standards, providers' own documentation, and reports of
//! others [C1, S124].
//!
//! The window names the page; what it may name is decided here, so that a window gone wrong opens nothing else.

use url::{Host, Url};

/// Whoever writes here is answerable for all of it.
const HOSTS: &[&str] = &[
    "developer.atlassian.com",
    "developer.spotify.com",
    "developers.google.com",
    "developers.notion.com",
    "dropbox.tech",
    "help.salesforce.com",
    "openid.net",
    "www.rfc-editor.org",
];

/// Others' hosts, and where on them.
const PLACES: &[(&str, &str)] = &[("www.nango.dev", "/blog/")];

/// Anybody may write there: only threads are opened, `/owner/repository/issues/7`.
const THREADS: (&str, [&str; 2]) = ("github.com", ["issues", "pull"]);

/// Whether it is such a page: https, at the usual port, without a sign-in or a question of its own beyond an article's.
pub fn is_source(url: &Url) -> bool {
    let is_plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
    let Some(Host::Domain(host)) = url.host().filter(|_| is_plain && url.password().is_none()) else { return false };
    let path = url.path();
    HOSTS.contains(&host)
        || PLACES.iter().any(|(place, beginning)| *place == host && path.starts_with(beginning))
        || host == THREADS.0 && url.query().is_none() && is_thread(path)
}

fn is_thread(path: &str) -> bool {
    let is_name = |it: &str| {
        !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let parts: Vec<_> = path.split('/').collect();
    let ["", owner, repository, kind, number] = parts.as_slice() else { return false };
    is_name(owner)
        && is_name(repository)
        && THREADS.1.contains(kind)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S124: pages of the kind that lessons name, and none that only looks like one.
    #[test]
    fn a_source_is_a_page_of_a_known_place() {
        let opens = |text: &str| Url::parse(text).is_ok_and(|it| is_source(&it));
        for good in [
            "https://www.rfc-editor.org/rfc/rfc6749#section-5.2",
            "https://github.com/panva/openid-client/issues/380",
            "https://help.salesforce.com/s/articleView?id=xcloud.connected_app_limit_idle_ttl.htm",
            "https://www.nango.dev/blog/airtable-oauth-refresh-token-invalid-grant",
        ] {
            assert!(opens(good), "{good}");
        }
        for bad in [
            "http://www.rfc-editor.org/rfc/rfc6749",
            "https://www.rfc-editor.org:8443/rfc/rfc6749",
            "https://me@www.rfc-editor.org/rfc/rfc6749",
            "https://www.rfc-editor.org.example/rfc/rfc6749",
            "https://github.com/panva/openid-client",
            "https://github.com/login/oauth/authorize?client_id=1",
            "https://github.com/panva/openid-client/issues/380?x=1",
            "https://github.com/panva/openid-client/issues/new",
            "https://www.nango.dev/login",
            "https://203.0.113.7/rfc",
            "file:///etc/passwd",
            "javascript:alert(1)",
        ] {
            assert!(!opens(bad), "{bad}");
        }
    }
}
