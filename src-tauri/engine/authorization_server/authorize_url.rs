//! The address a browser is sent to [A2, S001, S002, S004, S005, S011, S049].

use domain::connection::authorization::PendingAuthorization;
use domain::provider::{AnswerHolds, AnswerMode, AuthorizeNames, Provider, ScopeRules};
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
    /// RFC 8707 §2.
    pub resource: Option<&'a str>,
    /// The key that the code is to be bound to, by its thumbprint (RFC 9449 §10).
    pub dpop_jkt: Option<&'a str>,
    /// Only further scopes are asked for; those granted before stay.
    pub is_widening: bool,
}

/// Builds the authorization URL. `None` when the redirect URI is not a URL.
pub fn authorize_url(
    provider: &Provider,
    pending: &PendingAuthorization,
    request: &AuthorizationRequest<'_>,
) -> Option<Url> {
    let holds_token = provider.answer.holds == AnswerHolds::Token;
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

    let mut url = client.authorize_url(|| state);
    // A token that comes with the browser is traded for nothing, and needs no proof of who trades.
    url = if holds_token { url.use_implicit_flow() } else { url.set_pkce_challenge(challenge) };
    match provider.answer.mode {
        AnswerMode::FormPost => url = url.add_extra_param("response_mode", "form_post"),
        AnswerMode::Fragment if !holds_token => url = url.add_extra_param("response_mode", "fragment"),
        AnswerMode::Fragment | AnswerMode::Query => {}
    }
    for (parameter, scopes) in scope_parameters(&provider.scopes, request.scopes) {
        // The crate joins with spaces only; some providers want commas.
        url = url.add_extra_param(parameter, scopes.join(&provider.scopes.separator.to_string()));
    }
    if request.scopes.iter().any(|scope| scope == "openid") {
        url = url.add_extra_param("nonce", nonce);
    }
    let bound = [("resource", request.resource), ("dpop_jkt", request.dpop_jkt)];
    for (name, value) in bound.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        url = url.add_extra_param(name, value);
    }
    for (name, value) in extra_parameters(provider, request) {
        url = url.add_extra_param(name, value);
    }
    Some(renamed(url.url().0, &provider.authorize_names))
}

/// Which parameter asks for which scopes, as the provider spells them.
fn scope_parameters<'a>(rules: &'a ScopeRules, scopes: &'a [String]) -> Vec<(String, Vec<&'a str>)> {
    let Some(parameter) = &rules.parameter else { return vec![] };
    let of_apart = |scope: &'a String| rules.apart.as_ref().and_then(|apart| scope.strip_prefix(&apart.prefix));
    let usual: Vec<_> = scopes.iter().filter(|scope| of_apart(scope).is_none()).map(String::as_str).collect();
    let apart: Vec<_> = scopes.iter().filter_map(of_apart).collect();
    let second = rules.apart.as_ref().map(|it| (it.parameter.clone(), apart));
    [(parameter.clone(), usual)].into_iter().chain(second).filter(|(_, scopes)| !scopes.is_empty()).collect()
}

/// The same request in the provider's own words.
fn renamed(mut url: Url, names: &AuthorizeNames) -> Url {
    if *names == AuthorizeNames::default() {
        return url;
    }
    let mut parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let state = parameters.iter().find(|(name, _)| name == "state").map(|(_, value)| value.clone());
    for (name, value) in &mut parameters {
        match name.as_str() {
            "client_id" => name.clone_from(&names.client_id),
            "redirect_uri" => {
                if let Some(state) = state.as_ref().filter(|_| names.is_state_in_redirect) {
                    // Letters, digits, - and _: nothing to escape.
                    value.push_str(&format!("?state={state}"));
                }
                name.clone_from(&names.redirect_uri);
            }
            _ => {}
        }
    }
    parameters.retain(|(name, _)| !(names.is_state_in_redirect && name == "state"));
    url.query_pairs_mut().clear().extend_pairs(parameters);
    url
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

    use domain::provider::AuthorizationAnswer;

    use super::*;
    use crate::provider_catalogue::ProviderCatalogue;

    /// A2, S011: every parameter once, with our value, for each built-in provider.
    #[test]
    fn every_reserved_parameter_stands_exactly_once() {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        let pending = PendingAuthorization::from_random(&[7; 96], None);
        let scopes = ["openid".to_owned(), "files.read".to_owned()];

        for provider in catalogue.list().filter(|it| it.answer.holds == AnswerHolds::Code) {
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

    /// A2, S011: a provider that gives the token itself is asked for it in its own words, and for nothing twice.
    #[test]
    fn a_token_in_the_fragment_is_asked_for_by_the_providers_own_names() {
        let mut provider = google();
        provider.answer =
            AuthorizationAnswer { mode: AnswerMode::Fragment, holds: AnswerHolds::Token, kept_parameters: vec![] };
        provider.authorize_names = AuthorizeNames {
            client_id: "key".into(),
            redirect_uri: "return_url".into(),
            access_token: "token".into(),
            is_state_in_redirect: true,
        };
        let pending = PendingAuthorization::from_random(&[7; 96], None);

        let url = authorize_url(&provider, &pending, &request(&["read".to_owned()])).unwrap();

        let value = |wanted: &str| {
            let all: Vec<_> = url.query_pairs().filter(|(name, _)| name == wanted).map(|(_, it)| it).collect();
            assert!(all.len() < 2, "{wanted} stands {} times", all.len());
            all.first().map(ToString::to_string)
        };
        assert_eq!(value("key").as_deref(), Some("client"));
        assert_eq!(value("response_type").as_deref(), Some("token"));
        let back = value("return_url").unwrap();
        assert!(back.starts_with("http://127.0.0.1:43117/callback?state=") && back.len() > 60, "{back}");
        for absent in ["client_id", "redirect_uri", "state", "code_challenge", "response_mode"] {
            assert_eq!(value(absent), None, "{absent}");
        }
    }

    /// A2, S012: the answer is asked for in the form that the catalogue names.
    #[test]
    fn the_form_of_the_answer_is_asked_for() {
        let pending = PendingAuthorization::from_random(&[7; 96], None);
        for (mode, expected) in [
            (AnswerMode::Query, None),
            (AnswerMode::FormPost, Some("form_post")),
            (AnswerMode::Fragment, Some("fragment")),
        ] {
            let mut provider = google();
            provider.answer.mode = mode;
            let url = authorize_url(&provider, &pending, &request(&[])).unwrap();
            let found = url.query_pairs().find(|(name, _)| name == "response_mode").map(|(_, value)| value.to_string());
            assert_eq!(found.as_deref(), expected, "{mode:?}");
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

    fn google() -> Provider {
        let (catalogue, _) = ProviderCatalogue::load(Path::new("no such folder"));
        catalogue.find(&domain::ProviderId::from_text("google")).unwrap().clone()
    }

    fn request(scopes: &[String]) -> AuthorizationRequest<'_> {
        AuthorizationRequest {
            client_id: "client",
            redirect_uri: "http://127.0.0.1:43117/callback",
            scopes,
            login_hint: Some("mira@fjordstudio.example"),
            is_reconnect: true,
            resource: None,
            dpop_jkt: None,
            is_widening: false,
        }
    }
}
