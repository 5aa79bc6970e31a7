//! The two letters that stand for an issuer which no catalogue names [A2].

use url::{Host, Url};

/// Two letters that tell one issuer from the next: of the name it is registered under; for an address, which has no
/// name, the last digits of the port or else of the address.
pub(super) fn tag(issuer: &Url) -> String {
    let digits_at_the_end = |text: &str| {
        let kept: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
        kept.iter().skip(kept.len().saturating_sub(2)).collect::<String>()
    };
    match issuer.host() {
        Some(Host::Domain(name)) if name != "localhost" => {
            let mut letters = registered_label(name).chars().filter(char::is_ascii_alphanumeric);
            let first = letters.next().unwrap_or('?').to_ascii_uppercase();
            [Some(first), letters.next()].into_iter().flatten().collect()
        }
        host => match (issuer.port(), host) {
            (Some(port), _) => digits_at_the_end(&port.to_string()),
            (None, Some(Host::Ipv4(address))) if !address.is_loopback() => digits_at_the_end(&address.to_string()),
            (None, Some(Host::Ipv6(address))) if !address.is_loopback() => digits_at_the_end(&address.to_string()),
            (None, _) => "Lo".to_owned(),
        },
    }
}

/// `accounts.example.co.uk` is registered as `example`: what stands before the ending, which under a country may have
/// two parts. A guess, for a picture of two letters only.
fn registered_label(host: &str) -> &str {
    const SECOND_LEVELS: &[&str] = &["co", "com", "net", "org", "ac", "edu", "gov", "or", "ne", "go"];
    let labels: Vec<&str> = host.split('.').filter(|label| !label.is_empty()).collect();
    match labels.as_slice() {
        [.., name, second, country] if country.len() == 2 && SECOND_LEVELS.contains(second) => name,
        [.., name, _] | [name] => name,
        [] => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tag tells issuers apart also where all of them are on this machine.
    #[test]
    fn a_tag_is_of_the_registered_name_or_of_the_port() {
        for (issuer, expected) in [
            ("https://accounts.halden.example", "Ha"),
            ("https://www.auth.fjord-studio.co.uk/realms/a", "Fj"),
            ("https://keycloak", "Ke"),
            ("https://id.x.org", "X"),
            ("http://127.0.0.1:46017", "17"),
            ("http://localhost:9000", "00"),
            ("http://[::1]:3005", "05"),
            ("http://127.0.0.1", "Lo"),
            ("https://192.168.1.20", "20"),
        ] {
            assert_eq!(tag(&Url::parse(issuer).unwrap()), expected, "{issuer}");
        }
    }
}
