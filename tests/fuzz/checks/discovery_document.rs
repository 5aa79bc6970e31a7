//! What holds for every discovery document [S083, S087, S088].

use domain::provider::Revocation;
use engine::authorization_server::discovery::read_document;

const ISSUER: &str = "https://as.example";

pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // Also of an issuer on this machine, where plain http is allowed.
    for asked in [ISSUER, "http://127.0.0.1:3000"] {
        let provider = match read_document(asked, text) {
            Ok(provider) => provider,
            Err(refused) => {
                let said = refused.to_string();
                assert!(said.len() < 2_000 && !said.chars().any(char::is_control), "{said:?} is shown to a person");
                continue;
            }
        };
        let is_local = asked.starts_with("http:");
        let is_safe = |url: &str| url.starts_with("https://") || (is_local && url.starts_with("http://"));
        assert!(is_safe(provider.authorization_endpoint.as_str()), "a browser is sent there");
        assert!(is_safe(provider.token_endpoint.as_str()), "secrets are sent there");
        assert!(provider.identity.as_ref().is_none_or(|call| is_safe(&call.url)), "a token is sent there");
        if let Revocation::Offered(call) = &provider.revocation {
            assert!(is_safe(&call.url), "a token is sent there");
        }
        assert!(!provider.client_authentication.is_empty(), "there is a way to try");
        assert!(provider.scopes.actions.len() <= 100, "a flood of scopes");
        for shown in [&provider.name, &provider.tag] {
            assert!(shown.len() < 600 && !shown.chars().any(char::is_control), "{shown:?} is shown to a person");
        }
        for action in &provider.scopes.actions {
            for shown in action.scopes.iter().chain([&action.allows]) {
                assert!(!shown.chars().any(char::is_control), "{shown:?} is shown, and asked for");
            }
        }
    }
}
