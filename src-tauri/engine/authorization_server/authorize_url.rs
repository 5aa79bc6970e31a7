//! The address a browser is sent to [A2, S001, S002, S004, S005, S011, S049].

use domain::connection::authorization::PendingAuthorization;
use domain::provider::Provider;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use url::Url;

/// What one sign-in asks for.
pub struct AuthorizationRequest<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    /// The account to preselect, when one is brought back.
    pub login_hint: Option<&'a str>,
    pub is_reconnect: bool,
    /// Only further scopes are asked for; those granted before stay.
    pub is_widening: bool,
}

/// Builds the authorization URL. `None` when the redirect URI is not a URL.
pub fn authorize_url(
    provider: &Provider,
    pending: &PendingAuthorization,
    request: &AuthorizationRequest<'_>,
) -> Option<Url> {
    let client = BasicClient::new(ClientId::new(request.client_id.to_owned()))
        .set_auth_uri(AuthUrl::from_url(provider.authorization_endpoint.clone()))
        .set_redirect_uri(RedirectUrl::new(request.redirect_uri.to_owned()).ok()?);

    #[expect(clippy::disallowed_methods, reason = "state and nonce travel in the URL; the verifier is only hashed")]
    let (state, nonce, challenge) = (
        CsrfToken::new(pending.state.expose_secret().to_owned()),
        pending.nonce.expose_secret().to_owned(),
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(
            pending.code_verifier.expose_secret().to_owned(),
        )),
    );

    let mut url = client.authorize_url(|| state).set_pkce_challenge(challenge);
    if let Some(parameter) = &provider.scopes.parameter
        && !request.scopes.is_empty()
    {
        // The crate joins with spaces only; some providers want commas.
        url = url.add_extra_param(parameter.clone(), request.scopes.join(&provider.scopes.separator.to_string()));
    }
    if request.scopes.iter().any(|scope| scope == "openid") {
        url = url.add_extra_param("nonce", nonce);
    }
    for (name, value) in extra_parameters(provider, request) {
        url = url.add_extra_param(name, value);
    }
    Some(url.url().0)
}

/// The catalogue's parameters; those for a reconnect take the place of the same names.
fn extra_parameters(provider: &Provider, request: &AuthorizationRequest<'_>) -> Vec<(String, String)> {
    let mut parameters = provider.authorize_parameters.clone();
    // OIDC Core §11: offline access is granted only with a prompt for consent.
    if request.scopes.iter().any(|scope| scope == "offline_access")
        && provider.issuer.is_some()
        && !parameters.iter().any(|(name, _)| name == "prompt")
    {
        parameters.push(("prompt".to_owned(), "consent".to_owned()));
    }
    if request.is_reconnect {
        for (name, value) in &provider.reconnect_parameters {
            parameters.retain(|(existing, _)| existing != name);
            parameters.push((name.clone(), value.clone()));
        }
        if let (Some(name), Some(hint)) = (&provider.login_hint_parameter, request.login_hint) {
            parameters.push((name.clone(), hint.to_owned()));
        }
    }
    if request.is_widening {
        for (name, value) in &provider.scopes.widening_parameters {
            parameters.retain(|(existing, _)| existing != name);
            parameters.push((name.clone(), value.clone()));
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::provider_catalogue::ProviderCatalogue;

    /// A2, S011: every parameter once, with our value, for each built-in provider.
    #[test]
    fn every_reserved_parameter_stands_exactly_once() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let pending = PendingAuthorization::from_random(&[7; 96], None);
        let scopes = ["openid".to_owned(), "files.read".to_owned()];

        for provider in catalogue.list() {
            let url = authorize_url(provider, &pending, &request(&scopes)).unwrap();

            for name in
                ["client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method"]
            {
                let count = url.query_pairs().filter(|(key, _)| key == name).count();
                assert_eq!(count, 1, "{name} in the URL of {}", provider.id);
            }
            assert!(url.query_pairs().any(|(key, value)| key == "code_challenge_method" && value == "S256"));
            assert!(url.query_pairs().any(|(key, value)| key == "response_type" && value == "code"));
        }
    }

    /// A7, C4: the account it had is preselected, and a person may choose another; further scopes are asked for in
    /// the provider's own way, and only then.
    #[test]
    fn a_reconnect_hints_at_the_account_and_a_widening_keeps_what_was_granted() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let pending = PendingAuthorization::from_random(&[7; 96], None);
        let mut google = catalogue.find(&domain::ProviderId::from_text("google")).unwrap().clone();
        google.reconnect_parameters = vec![("prompt".into(), "consent select_account".into())];
        google.scopes.widening_parameters = vec![("include_granted_scopes".into(), "true".into())];
        let value = |request: &AuthorizationRequest<'_>, name: &str| {
            let url = authorize_url(&google, &pending, request).unwrap();
            let all: Vec<_> = url.query_pairs().filter(|(key, _)| key == name).map(|it| it.1.into_owned()).collect();
            assert!(all.len() < 2, "{name} stands once: {all:?}");
            all.into_iter().next()
        };

        let widening = AuthorizationRequest { is_widening: true, ..request(&[]) };
        assert_eq!(value(&widening, "login_hint").as_deref(), Some("mira@fjordstudio.example"));
        assert_eq!(value(&widening, "prompt").as_deref(), Some("consent select_account"));
        assert_eq!(value(&widening, "include_granted_scopes").as_deref(), Some("true"));
        assert_eq!(value(&request(&[]), "include_granted_scopes"), None, "a reconnect asks for what it had");
        let first = AuthorizationRequest { is_reconnect: false, ..request(&[]) };
        assert_eq!(value(&first, "login_hint"), None);
    }

    /// S049: what is secret does not travel in the URL.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "looks for the plain verifier in the URL")]
    fn the_verifier_is_not_in_the_url() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let distinct = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let pending = PendingAuthorization::from_random(&distinct, None);
        let google = catalogue.find(&domain::ProviderId::from_text("google")).unwrap();

        let url = authorize_url(google, &pending, &request(&[])).unwrap();

        assert!(!url.as_str().contains(pending.code_verifier.expose_secret()));
    }

    fn request(scopes: &[String]) -> AuthorizationRequest<'_> {
        AuthorizationRequest {
            client_id: "client",
            redirect_uri: "http://127.0.0.1:43117/callback",
            scopes,
            login_hint: Some("mira@fjordstudio.example"),
            is_reconnect: true,
            is_widening: false,
        }
    }
}
