//! The address of a platform as a person types it: to which a key may go, and why to another it may not [A3, S010].

use domain::diagnosis::NetworkFailure;
use url::{Host, Url};

use super::PlatformFailure;
use crate::http::{HttpFailure, is_local};

/// With https where no scheme is written; without a query and a fragment.
///
/// # Errors
/// [`PlatformFailure::AddressRefused`], in words that quote nothing but the server's name.
pub(super) fn server_at(typed: &str) -> Result<Url, PlatformFailure> {
    let refused = |why: &str| PlatformFailure::AddressRefused(why.to_owned());
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(refused("it is empty; it begins with https://"));
    }
    let written = if has_scheme(typed) { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&written).map_err(|_| refused("it is none; one begins with https://"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(refused(&format!("{}: leads to no server of a platform; begin it with https://", url.scheme())));
    }
    let host = url.host().map(|it: Host<&str>| it.to_owned()).ok_or_else(|| refused("it names no server"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it has a name or a password in it; the key is entered by itself"));
    }
    if url.scheme() == "http" && !is_local(&host) {
        let why = format!("over http:// the key for {host} could be read on the way; begin it with https://");
        return Err(refused(&why));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// `localhost:5678` has none, `file:/etc` has.
fn has_scheme(typed: &str) -> bool {
    let Some((before, after)) = typed.split_once(':') else { return false };
    let is_name = before.starts_with(|it: char| it.is_ascii_alphabetic())
        && before.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
    is_name && !after.starts_with(|it: char| it.is_ascii_digit())
}

/// Why no answer came, and what to look at first.
pub(super) fn why_unreached(failure: HttpFailure) -> String {
    let HttpFailure::Network { kind, .. } = failure else { return failure.to_string() };
    match kind {
        NetworkFailure::NameNotResolved => "no server has that name; check the address".to_owned(),
        NetworkFailure::NotConnected => "nothing listens at that address and port; check both".to_owned(),
        NetworkFailure::TimedOut => {
            "no answer came in time; check address and port, and whether a firewall is in the way".to_owned()
        }
        NetworkFailure::Tls => {
            "no safe connection came about: that port may speak http alone, or its certificate is not trusted here"
                .to_owned()
        }
        NetworkFailure::Broken => {
            "it broke off the connection; something else may listen at that port, or it wants https".to_owned()
        }
        NetworkFailure::CertificateOfAnotherTime | NetworkFailure::Intercepted | NetworkFailure::Proxy => {
            failure.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(typed: &str) -> String {
        let PlatformFailure::AddressRefused(why) = server_at(typed).unwrap_err() else { panic!("{typed}") };
        why
    }

    /// A3, S010: a key is sent to no address that others can read along, and each refusal says what is wrong with it.
    #[test]
    fn an_address_that_no_key_may_go_to_is_refused_with_its_own_reason() {
        assert!(why("http://n8n.example").contains("over http:// the key for n8n.example"));
        for typed in ["file:///etc/passwd", "file:/etc/passwd", "ftp://x"] {
            assert!(why(typed).contains("leads to no server of a platform"), "{typed}: {}", why(typed));
        }
        let secret = why("https://mira:hunter2@n8n.example");
        assert!(secret.contains("a name or a password") && !secret.contains("hunter2"));
        assert!(why("  ").contains("empty"));
        assert!(why("https://").contains("it is none"), "{}", why("https://"));
    }

    /// D2: people leave the scheme out.
    #[test]
    fn https_is_meant_where_nothing_is_said() {
        assert_eq!(server_at("eu1.make.com").unwrap().as_str(), "https://eu1.make.com/");
        assert_eq!(server_at("localhost:5678").unwrap().as_str(), "https://localhost:5678/");
        assert_eq!(server_at("http://127.0.0.1:5678/?a=1#b").unwrap().as_str(), "http://127.0.0.1:5678/");
    }
}
