//! Any OIDC or RFC 8414 issuer: asked for its own document, which is made into a provider [A2, S008, S083, S084, S085].

mod document;
mod tag;

use domain::provider::Provider;
use thiserror::Error;
use url::{Host, Url};

use crate::http::{AddressPolicy, DocumentFailure, Http};

pub use self::document::read_document;

/// Documents are small; this is generous [S055].
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;
/// Why an address is not an issuer we can use.
#[derive(Debug, Error)]
pub enum DiscoveryRefused {
    #[error("the address {0} is not one of an issuer: it must be https, without query or fragment")]
    NotAnIssuer(String),
    #[error("no discovery document was found at {host}")]
    NotFound { host: String },
    #[error("the issuer's document could not be fetched")]
    Unreachable(#[source] DocumentFailure),
    #[error("the server at {host} did not say within {seconds} seconds what it is")]
    TooSlow { host: String, seconds: u64 },
    #[error("the document of {asked} says that it belongs to {found}")]
    OtherIssuer { asked: String, found: String },
    #[error("the discovery document cannot be used: {0}")]
    Unusable(&'static str),
}

/// What an issuer said of itself, and the text to keep with the connection (peers' pitfall 14).
pub struct Discovered {
    pub provider: Provider,
    pub document: String,
}

/// Asks an issuer about itself. The person typed the address, so it may be on this machine.
pub async fn discover(http: &Http, issuer: &str) -> Result<Discovered, DiscoveryRefused> {
    discover_named(http, issuer, AddressPolicy::UserTyped).await
}

/// The same of an issuer that somebody else named: another document, for example.
pub async fn discover_named(http: &Http, issuer: &str, policy: AddressPolicy) -> Result<Discovered, DiscoveryRefused> {
    let url = parse_issuer(issuer)?;
    let mut last = None;

    for location in locations(&url) {
        match http.fetch_document(&location, MAX_DOCUMENT, policy).await {
            Ok(answer) if answer.status == 200 => {
                let text = String::from_utf8(answer.body).map_err(|_| DiscoveryRefused::Unusable("it is not UTF-8"))?;
                let provider = read_document(issuer, &text)?;
                return Ok(Discovered { provider, document: text });
            }
            Ok(_) => last = None,
            Err(failure) => last = Some(failure),
        }
    }
    Err(match last {
        Some(failure) => DiscoveryRefused::Unreachable(failure),
        None => DiscoveryRefused::NotFound { host: url.host_str().unwrap_or_default().to_owned() },
    })
}

/// RFC 8414 §3.1 puts the well-known part before the path; OpenID Connect Discovery §4 after it.
fn locations(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    };
    let mut all = vec![
        at(format!("{path}/.well-known/openid-configuration")),
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("/.well-known/openid-configuration{path}")),
    ];
    all.dedup();
    all
}

fn parse_issuer(text: &str) -> Result<Url, DiscoveryRefused> {
    let refused = || DiscoveryRefused::NotAnIssuer(cut(text));
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_fit = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.host().is_some();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    (is_fit && is_safe && text.len() <= 2_048).then_some(url).ok_or_else(refused)
}

/// Of this machine, as it is written.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

pub(super) fn cut(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S010: http only for a server on this machine, which the person typed.
    #[test]
    fn http_is_for_this_machine_alone() {
        assert!(parse_issuer("http://127.0.0.1:3000").is_ok());
        for text in
            ["http://as.example", "https://as.example/?a", "https://u@as.example", "ftp://as.example", "as.example", ""]
        {
            assert!(parse_issuer(text).is_err(), "{text}");
        }
    }
}
