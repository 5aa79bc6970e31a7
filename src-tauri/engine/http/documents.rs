//! Fetches a document from a host that somebody else named: https, public addresses, few redirects
//! [S085, S086].

use std::io;
use std::net::{IpAddr, SocketAddr};

use ::http::header::{ACCEPT, LOCATION};
use ::http::{HeaderValue, Request};
use domain::diagnosis::NetworkFailure;
use thiserror::Error;
use tokio::time::timeout;
use url::{Host, Url};

use super::addresses::{AddressPolicy, is_local, is_public};
use super::{Compressed, Http, HttpAnswer, HttpFailure, WasSent, base, build, exchange};

/// A well-known document moves from the bare host to `www.`, and to https, and to its folder.
const MAX_REDIRECTS: usize = 3;

/// Never shows an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DocumentFailure {
    #[error("the address is not https")]
    NotHttps,
    #[error("over http this computer is asked by its number alone: 127.0.0.1 in the place of localhost")]
    LoopbackByName,
    #[error("the address carries a user name or password")]
    UserName,
    #[error("the address leads into a private network")]
    PrivateAddress,
    #[error("the document moved more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
    #[error("the document moved, but not to a web address")]
    BadRedirect,
    #[error(transparent)]
    Http(#[from] HttpFailure),
}

impl Http {
    /// GETs `url`, which carries no secret. The host's name is resolved once, its addresses are checked, and
    /// only they are connected to. What a redirect names was not typed by anyone: unless it stays on the
    /// same origin it has to be public. Behind a proxy the proxy connects, to what it resolves itself.
    pub async fn fetch_document(
        &self,
        url: &Url,
        limit: usize,
        policy: AddressPolicy,
    ) -> Result<HttpAnswer, DocumentFailure> {
        self.fetch_resolving(url, limit, policy, |host: String, port: u16| async move {
            Ok(tokio::net::lookup_host((host, port)).await?.collect())
        })
        .await
    }

    async fn fetch_resolving<Answer: Future<Output = io::Result<Vec<SocketAddr>>> + Send>(
        &self,
        url: &Url,
        limit: usize,
        policy: AddressPolicy,
        resolve: impl Fn(String, u16) -> Answer + Send + Sync,
    ) -> Result<HttpAnswer, DocumentFailure> {
        let mut at = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let policy = if at.origin() == url.origin() { policy } else { AddressPolicy::PublicOnly };
            let answer = self.fetch_here(&at, limit, policy, &resolve).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let target = answer.header(LOCATION.as_str()).ok_or(DocumentFailure::BadRedirect)?;
            at = at.join(target).map_err(|_| DocumentFailure::BadRedirect)?;
        }
        Err(DocumentFailure::TooManyRedirects)
    }

    async fn fetch_here<Answer: Future<Output = io::Result<Vec<SocketAddr>>> + Send>(
        &self,
        url: &Url,
        limit: usize,
        policy: AddressPolicy,
        resolve: impl Fn(String, u16) -> Answer + Send + Sync,
    ) -> Result<HttpAnswer, DocumentFailure> {
        let host = url.host().ok_or(DocumentFailure::NotHttps)?.to_owned();
        let is_near = is_local(&host);
        check_scheme(url, &host, policy)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DocumentFailure::UserName);
        }
        let port = url.port_or_known_default().ok_or(DocumentFailure::NotHttps)?;
        let addresses = self.addresses(&host, port, resolve).await?;
        if policy == AddressPolicy::PublicOnly && (is_near || !addresses.iter().all(|it| is_public(it.ip()))) {
            return Err(DocumentFailure::PrivateAddress);
        }

        let timeouts = self.parts.timeouts;
        let mut client = base(timeouts);
        if is_near || addresses.iter().any(|it| !is_public(it.ip())) {
            client = client.no_proxy();
        }
        if let Host::Domain(name) = &host {
            client = client.resolve_to_addrs(name, &addresses);
        }
        // A system without certificates can still read plain documents on this computer.
        let client = if url.scheme() == "http" { client.tls_certs_only([]) } else { client };
        let mut request =
            Request::get(without_fragment(url)).body(Vec::new()).map_err(|_| super::failure::UNSENDABLE)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(exchange(&build(client)?, request, limit, timeouts, |_| false, Compressed::Refused).await?)
    }

    async fn addresses<Answer: Future<Output = io::Result<Vec<SocketAddr>>> + Send>(
        &self,
        host: &Host<String>,
        port: u16,
        resolve: impl Fn(String, u16) -> Answer + Send + Sync,
    ) -> Result<Vec<SocketAddr>, HttpFailure> {
        let not_found = HttpFailure::Network { kind: NetworkFailure::NameNotResolved, was_sent: WasSent::No };
        let literal = |ip| Ok(vec![SocketAddr::new(ip, port)]);
        match host {
            Host::Ipv4(ip) => literal(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => literal(IpAddr::V6(*ip)),
            Host::Domain(name) => {
                let found = timeout(self.parts.timeouts.connect, resolve(name.clone(), port)).await;
                found.ok().and_then(Result::ok).filter(|found| !found.is_empty()).ok_or(not_found)
            }
        }
    }
}

/// https; http only for an address on this computer that the person typed as such.
fn check_scheme(url: &Url, host: &Host<String>, policy: AddressPolicy) -> Result<(), DocumentFailure> {
    let is_typed_loopback = policy == AddressPolicy::UserTyped
        && match host {
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
            Host::Domain(_) => false,
        };
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_typed_loopback => Ok(()),
        // Any program may answer by that name on the other family [S022].
        "http" if matches!(host, Host::Domain(name) if name == "localhost") => Err(DocumentFailure::LoopbackByName),
        _ => Err(DocumentFailure::NotHttps),
    }
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::Timeouts;
    use super::super::tests::{RawServer, status};
    use super::*;

    /// S086
    #[tokio::test]
    async fn three_redirects_are_followed_and_a_fourth_is_not() {
        let server = RawServer::start(|head| {
            let count: usize = head.split('/').nth(1).and_then(|it| it.split(' ').next()).unwrap().parse().unwrap();
            if count == 0 {
                status("200 OK", "", "{}")
            } else {
                status("302 Found", &format!("Location: /{}\r\n", count - 1), "")
            }
        })
        .await;

        let third = fetch(&server.url("/3"), AddressPolicy::UserTyped).await;
        let fourth = fetch(&server.url("/4"), AddressPolicy::UserTyped).await;

        assert_eq!(third.unwrap().body, b"{}");
        assert_eq!(fourth.unwrap_err(), DocumentFailure::TooManyRedirects);
    }

    /// S086, decision 2: a redirect was typed by nobody.
    #[tokio::test]
    async fn a_redirect_to_a_private_host_is_refused_and_not_contacted() {
        let canary = RawServer::start(|_| status("200 OK", "", "{}")).await;
        for target in [
            canary.url("/").to_string(),
            canary.url("/").to_string().replace("http://", "https://"),
            "https://10.0.0.1/".to_owned(),
            "http://example.com/".to_owned(),
            "javascript:alert(1)".to_owned(),
            "https://user@example.com/".to_owned(),
        ] {
            let location = format!("Location: {target}\r\n");
            let server = RawServer::start(move |_| status("302 Found", &location, "")).await;

            let refused = fetch(&server.url("/"), AddressPolicy::UserTyped).await.unwrap_err();

            let expected = [DocumentFailure::NotHttps, DocumentFailure::PrivateAddress, DocumentFailure::UserName];
            assert!(expected.contains(&refused), "{target} gave {refused:?}");
        }
        assert_eq!(canary.connections(), 0, "nothing was sent inside");
    }

    /// S085
    #[tokio::test]
    async fn private_hosts_from_documents_are_refused_in_every_spelling() {
        for text in [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://localhost/",
            "https://x.localhost/",
            "https://169.254.169.254/latest",
            "https://10.1.2.3/",
            "https://100.64.0.1/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
        ] {
            let refused = resolving_to(text, &["127.0.0.1"]).await.unwrap_err();

            assert_eq!(refused, DocumentFailure::PrivateAddress, "{text}");
        }
    }

    /// S085
    #[tokio::test]
    async fn a_public_name_with_any_private_address_is_refused() {
        let refused = resolving_to("https://localtest.example/", &["93.184.216.34", "192.168.1.1"]).await.unwrap_err();

        assert_eq!(refused, DocumentFailure::PrivateAddress);
    }

    /// S085: a name service that answers differently the second time is not asked twice.
    #[tokio::test]
    async fn the_name_is_resolved_once_and_that_address_is_connected_to() {
        let server = RawServer::start(|_| status("200 OK", "", "{}")).await;
        let asked = AtomicUsize::new(0);
        let count = &asked;
        let url = Url::parse(&format!("https://rebinding.example:{}/", server.port())).unwrap();

        let failed = http()
            .fetch_resolving(&url, 1000, AddressPolicy::UserTyped, |_, port| async move {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
            })
            .await
            .unwrap_err();

        let tls = HttpFailure::Network { kind: NetworkFailure::Tls, was_sent: WasSent::No };
        assert_eq!(failed, DocumentFailure::Http(tls), "the server there speaks no TLS");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(server.connections(), 1, "the resolved address was used");
    }

    /// S010
    #[tokio::test]
    async fn plain_http_is_only_for_a_typed_loopback_literal() {
        for (text, policy) in [
            ("http://example.com/", AddressPolicy::UserTyped),
            ("http://192.168.0.1/", AddressPolicy::UserTyped),
            ("http://127.0.0.1/", AddressPolicy::PublicOnly),
            ("ftp://example.com/", AddressPolicy::UserTyped),
        ] {
            let refused = fetch(&Url::parse(text).unwrap(), policy).await.unwrap_err();

            assert_eq!(refused, DocumentFailure::NotHttps, "{text}");
        }
        let named = fetch(&Url::parse("http://localhost/").unwrap(), AddressPolicy::UserTyped).await.unwrap_err();
        assert_eq!(named, DocumentFailure::LoopbackByName, "and the reason is the true one");
    }

    fn http() -> Http {
        Http::new(Timeouts::default(), || jiff::Timestamp::UNIX_EPOCH)
    }

    async fn fetch(url: &Url, policy: AddressPolicy) -> Result<HttpAnswer, DocumentFailure> {
        http().fetch_document(url, 1000, policy).await
    }

    async fn resolving_to(url: &str, found: &[&str]) -> Result<HttpAnswer, DocumentFailure> {
        http()
            .fetch_resolving(&Url::parse(url).unwrap(), 1000, AddressPolicy::PublicOnly, |_, port| async move {
                Ok(found.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect())
            })
            .await
    }
}
