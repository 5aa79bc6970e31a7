//! A redirect URI of a person's own, as a rule of how to listen, and back as text [A2, S006, S022].

use thiserror::Error;
use url::{Host, Url};

use super::{RedirectHost, RedirectPort, RedirectRule, RedirectScheme};

/// No provider registers longer ones.
const MAX_LENGTH: usize = 2000;

/// Why no browser can be waited for at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RedirectUriRefused {
    #[error("that is not an absolute address such as http://127.0.0.1:8765/callback")]
    NotAnAddress,
    #[error("a scheme of its own leads to whichever program claims it")]
    CustomScheme,
    #[error("it leads to another computer, where Patchbay cannot listen")]
    OtherHost,
    #[error("a redirect URI may hold no user, query or fragment here")]
    NotPlain,
    #[error("its path may hold letters, digits, - _ . ~ and single / only")]
    OddPath,
    #[error("providers compare it letter by letter: write it as {0}")]
    OtherSpelling(Spelling),
}

/// What would have been understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    LowerCase,
    WithPath,
}

impl std::fmt::Display for Spelling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LowerCase => "http://127.0.0.1, http://[::1] or http://localhost, in lower case",
            Self::WithPath => "an address with a path, at least /",
        })
    }
}

impl RedirectHost {
    /// As it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "127.0.0.1",
            Self::Ipv6 => "[::1]",
            Self::Localhost => "localhost",
        }
    }
}

impl RedirectScheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that browsers and providers leave unsaid.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl RedirectRule {
    /// Reads an address as it is registered at a provider. Without a port any port does (RFC 8252 §7.3).
    ///
    /// # Errors
    /// [`RedirectUriRefused`] says what stands in the way of listening there.
    pub fn read(text: &str) -> Result<Self, RedirectUriRefused> {
        use RedirectUriRefused as No;
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(No::NotAnAddress);
        }
        let url = Url::parse(text).map_err(|_| No::NotAnAddress)?;
        let scheme = match url.scheme() {
            "http" => RedirectScheme::Http,
            "https" => RedirectScheme::Https,
            _ => return Err(No::CustomScheme),
        };
        let host = match url.host() {
            Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST => RedirectHost::Ipv4,
            Some(Host::Ipv6(address)) if address == std::net::Ipv6Addr::LOCALHOST => RedirectHost::Ipv6,
            Some(Host::Domain("localhost")) => RedirectHost::Localhost,
            Some(_) | None => return Err(No::OtherHost),
        };
        if !url.username().is_empty() || url.password().is_some() || text.contains(['?', '#', '@']) {
            return Err(No::NotPlain);
        }
        let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"/-_.~".contains(&it);
        let path = url.path();
        if !path.bytes().all(is_letter) || path.contains("//") || text.contains("/.") {
            return Err(No::OddPath);
        }
        // The address that goes out is built anew from this rule; it must be the one that was typed.
        let port = match url.port() {
            Some(port) => RedirectPort::Fixed(port),
            None if text.contains(&format!("{}:{}/", host.as_str(), scheme.usual_port())) => {
                RedirectPort::Fixed(scheme.usual_port())
            }
            None => RedirectPort::Any,
        };
        if port == RedirectPort::Fixed(0) {
            return Err(No::NotAnAddress);
        }
        let rule = Self { scheme, host, port, path: path.to_owned(), is_path_exact: true };
        let typed_port = match port {
            RedirectPort::Fixed(port) => format!(":{port}"),
            RedirectPort::Any => String::new(),
        };
        let again = format!("{}://{}{typed_port}{path}", scheme.as_str(), host.as_str());
        if again == text {
            Ok(rule)
        } else if again.strip_suffix('/') == Some(text) {
            Err(No::OtherSpelling(Spelling::WithPath))
        } else {
            Err(No::OtherSpelling(Spelling::LowerCase))
        }
    }

    /// As it is registered: without a port where any serves.
    pub fn registered(&self) -> String {
        match self.port {
            RedirectPort::Fixed(port) => self.address(port, &self.path),
            RedirectPort::Any => self.address(self.scheme.usual_port(), &self.path),
        }
    }

    /// The address for a port, as browsers and providers write it: the usual port stays unsaid.
    pub fn address(&self, port: u16, path: &str) -> String {
        let (scheme, host) = (self.scheme.as_str(), self.host.as_str());
        if port == self.scheme.usual_port() {
            format!("{scheme}://{host}{path}")
        } else {
            format!("{scheme}://{host}:{port}{path}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2: every form that is offered is read, and comes out as it went in.
    #[test]
    fn each_kind_of_loopback_address_is_read_and_written_alike() {
        for (text, scheme, host, port, path) in [
            ("http://127.0.0.1:8765/callback", RedirectScheme::Http, RedirectHost::Ipv4, Some(8765), "/callback"),
            ("http://[::1]:8765/a/b.c", RedirectScheme::Http, RedirectHost::Ipv6, Some(8765), "/a/b.c"),
            ("https://localhost:8443/", RedirectScheme::Https, RedirectHost::Localhost, Some(8443), "/"),
            ("http://localhost/cb", RedirectScheme::Http, RedirectHost::Localhost, None, "/cb"),
            (" http://127.0.0.1/cb\n", RedirectScheme::Http, RedirectHost::Ipv4, None, "/cb"),
        ] {
            let rule = RedirectRule::read(text).unwrap();
            let expected = port.map_or(RedirectPort::Any, RedirectPort::Fixed);
            assert_eq!(
                (rule.scheme, rule.host, rule.port, rule.path.as_str()),
                (scheme, host, expected, path),
                "{text}"
            );
            assert!(rule.is_path_exact, "a path of one's own stands as it is");
            if let Some(port) = port {
                assert_eq!(rule.address(port, &rule.path), text.trim(), "S006: byte for byte");
            }
        }
    }

    /// A2, S022: what cannot be listened at is refused by name.
    #[test]
    fn an_address_that_cannot_be_served_says_why() {
        use RedirectUriRefused as No;
        for (text, why) in [
            ("https://example.com/callback", No::OtherHost),
            ("http://127.0.0.1.nip.io:80/cb", No::OtherHost),
            ("http://0.0.0.0:8765/cb", No::OtherHost),
            ("http://127.0.0.2:8765/cb", No::OtherHost),
            ("http://192.168.1.2/cb", No::OtherHost),
            ("http://localhost.evil.test/cb", No::OtherHost),
            ("com.example.app:/callback", No::CustomScheme),
            ("urn:ietf:wg:oauth:2.0:oob", No::CustomScheme),
            ("file:///etc/passwd", No::CustomScheme),
            ("javascript:alert(1)", No::CustomScheme),
            ("localhost:8765/cb", No::CustomScheme),
            ("", No::NotAnAddress),
            ("/callback", No::NotAnAddress),
            ("http://127.0.0.1:99999/cb", No::NotAnAddress),
            ("http://127.0.0.1:0/cb", No::NotAnAddress),
            ("http://127.0.0.1:1/cb?next=1", No::NotPlain),
            ("http://127.0.0.1:1/cb#x", No::NotPlain),
            ("http://me@127.0.0.1:1/cb", No::NotPlain),
            ("http://127.0.0.1:1//cb", No::OddPath),
            ("http://127.0.0.1:1/a/../cb", No::OddPath),
            ("http://127.0.0.1:1/c%62", No::OddPath),
            ("http://LOCALHOST:1/cb", No::OtherSpelling(Spelling::LowerCase)),
            ("HTTP://127.0.0.1:1/cb", No::OtherSpelling(Spelling::LowerCase)),
            ("http://2130706433:8765/cb", No::OtherSpelling(Spelling::LowerCase)),
            ("http://127.0.0.1:8765", No::OtherSpelling(Spelling::WithPath)),
        ] {
            assert_eq!(RedirectRule::read(text), Err(why), "{text}");
        }
    }

    /// S006: browsers and providers leave the usual port out, and so does the address that is compared.
    #[test]
    fn the_usual_port_stays_unsaid() {
        let rule = RedirectRule::read("https://localhost/cb").unwrap();

        assert_eq!(rule.address(443, "/cb"), "https://localhost/cb");
        assert_eq!(rule.address(8443, "/cb"), "https://localhost:8443/cb");
    }
}
