//! The document of an issuer: which fields count, what spoils it, and the provider it makes [A2, S010, S087, S088].

use domain::ProviderId;
use domain::provider::{
    AnswerHolds, AnswerMode, AuthorizationAnswer, CallMethod, ClientAuthentication, Dpop, HowIssued, IdentityCall,
    Issuer, Pkce, Provider, PushedAuthorization, RefreshPolicy, Revocation, RevocationAuthentication, RevocationBody,
    RevocationCall, RevocationEffect, RevocationMethod, ScopeAction, ScopeRules, ScopeWidening, TokenPlace,
};
use serde::Deserialize;
use url::Url;

use super::tag::tag;
use super::{DiscoveryRefused, cut, is_loopback, parse_issuer};
use crate::http::is_local;
use crate::provider_catalogue::is_reserved_parameter;

/// OpenID Connect Core §11: what asks for a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";
/// Of one list in it [S088].
const MAX_LIST: usize = 1_000;
/// Of one address in it, in bytes [S088].
const MAX_ADDRESS: usize = 8 * 1024;

/// The fields we use; all others are ignored.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    registration_endpoint: Option<String>,
    pushed_authorization_request_endpoint: Option<String>,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    dpop_signing_alg_values_supported: Option<Vec<String>>,
    response_modes_supported: Option<Vec<String>>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    response_types_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Makes a provider of a stored document, with the same checks as at first sight.
pub fn read_document(asked: &str, text: &str) -> Result<Provider, DiscoveryRefused> {
    let document: Document =
        serde_json::from_str(text).map_err(|_| DiscoveryRefused::Unusable("it is not the JSON of RFC 8414"))?;
    // Code points, no normalisation (RFC 8414 §3.3); a lone trailing slash is how a person typed it.
    if document.issuer != asked && document.issuer != format!("{asked}/") && format!("{}/", document.issuer) != asked {
        return Err(DiscoveryRefused::OtherIssuer { asked: asked.to_owned(), found: cut(&document.issuer) });
    }
    let issuer = parse_issuer(&document.issuer)?;
    document.refuse_long_lists()?;
    let endpoint = |text: &str| endpoint(text, &issuer);

    let authorization_endpoint = endpoint(
        document
            .authorization_endpoint
            .as_deref()
            .ok_or(DiscoveryRefused::Unusable("it names no authorization endpoint"))?,
    )?;
    if authorization_endpoint.query_pairs().any(|(name, _)| is_reserved_parameter(&name)) {
        return Err(DiscoveryRefused::Unusable("its authorization endpoint sets what the sign-in itself sets"));
    }
    let token_endpoint =
        endpoint(document.token_endpoint.as_deref().ok_or(DiscoveryRefused::Unusable("it names no token endpoint"))?)?;
    let userinfo = document.userinfo_endpoint.as_deref().map(endpoint).transpose()?;
    let revocation = document.revocation_endpoint.as_deref().map(endpoint).transpose()?;
    let device_authorization_endpoint = document.device_authorization_endpoint.as_deref().map(endpoint).transpose()?;
    let registration_endpoint = document.registration_endpoint.as_deref().map(endpoint).transpose()?;
    let pushed = document.pushed_authorization_request_endpoint.as_deref().map(endpoint).transpose()?;
    let pushed_authorization = match (pushed, document.require_pushed_authorization_requests) {
        (Some(url), true) => PushedAuthorization::Required(url),
        (Some(url), false) => PushedAuthorization::Offered(url),
        (None, false) => PushedAuthorization::NotOffered,
        (None, true) => {
            return Err(DiscoveryRefused::Unusable("it requires pushed requests and names no endpoint for them"));
        }
    };
    let mode = answer_mode(document.response_modes_supported.as_deref())?;
    if document.response_types_supported.as_ref().is_some_and(|types| !types.iter().any(|it| it == "code")) {
        return Err(DiscoveryRefused::Unusable("it offers no authorization code flow"));
    }

    let host = issuer.host_str().unwrap_or_default().to_owned();
    let client_authentication = authentication(document.token_endpoint_auth_methods_supported.as_deref());
    // Two servers on one machine differ by their port alone.
    let name = issuer.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
    let bare = Provider::bare(ProviderId::from_text(document.issuer.clone()), token_endpoint);
    let scopes = scopes(&document.scopes_supported);
    let is_by_scope = scopes.always.iter().any(|scope| scope == OFFLINE_ACCESS);
    Ok(Provider {
        refresh: RefreshPolicy {
            how_issued: if is_by_scope { HowIssued::ByScope } else { bare.refresh.how_issued },
            ..bare.refresh.clone()
        },
        tag: tag(&issuer),
        name,
        also: vec![document.issuer.clone()],
        authorization_endpoint,
        device_authorization_endpoint,
        pushed_authorization,
        registration_endpoint,
        // Whether a client must, the server says when it is registered, not here (RFC 9449 §5.1, §5.2).
        dpop: match &document.dpop_signing_alg_values_supported {
            Some(algorithms) if algorithms.iter().any(|it| it == "ES256") => Dpop::Offered,
            Some(_) | None => Dpop::NotOffered,
        },
        answer: AuthorizationAnswer { mode, holds: AnswerHolds::Code, kept_parameters: vec![] },
        client_authentication,
        pkce: match &document.code_challenge_methods_supported {
            Some(methods) if methods.iter().any(|it| it == "S256") => Pkce::Supported,
            Some(_) | None => Pkce::Undocumented,
        },
        scopes,
        login_hint_parameter: Some("login_hint".to_owned()),
        identity: userinfo.map(userinfo_call),
        revocation: revocation.map_or(Revocation::NotOffered, revocation_call),
        request_id_header: Some("x-request-id".to_owned()),
        issuer: Some(Issuer {
            identifier: document.issuer,
            answers_carry_iss: document.authorization_response_iss_parameter_supported,
        }),
        ..bare
    })
}

impl Document {
    fn refuse_long_lists(&self) -> Result<(), DiscoveryRefused> {
        let lists = [
            Some(&self.scopes_supported),
            self.response_types_supported.as_ref(),
            self.token_endpoint_auth_methods_supported.as_ref(),
            self.code_challenge_methods_supported.as_ref(),
            self.dpop_signing_alg_values_supported.as_ref(),
            self.response_modes_supported.as_ref(),
        ];
        if lists.into_iter().flatten().any(|list| list.len() > MAX_LIST) {
            return Err(DiscoveryRefused::Unusable("a list in it is longer than any server's"));
        }
        Ok(())
    }
}

/// RFC 8414 §2: absent means query and fragment. The first that our listener likes best.
fn answer_mode(modes: Option<&[String]>) -> Result<AnswerMode, DiscoveryRefused> {
    let Some(modes) = modes else { return Ok(AnswerMode::Query) };
    let known = [("query", AnswerMode::Query), ("form_post", AnswerMode::FormPost), ("fragment", AnswerMode::Fragment)];
    let chosen = known.into_iter().find(|(name, _)| modes.iter().any(|it| it == name));
    chosen.map(|(_, mode)| mode).ok_or(DiscoveryRefused::Unusable("it answers in no way that a browser can bring back"))
}

/// OpenID Connect Core §5.3.
fn userinfo_call(url: Url) -> IdentityCall {
    let pointers = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    IdentityCall {
        method: CallMethod::Fetch,
        url: url.into(),
        headers: vec![],
        body: None,
        token_place: TokenPlace::Bearer,
        success_flag: None,
        subject: pointers(&["/sub"]),
        label: pointers(&["/email", "/preferred_username", "/name"]),
        workspace_id: pointers(&["/workspace/id", "/tid", "/org_id", "/hd"]),
        workspace_name: pointers(&["/workspace/name", "/org_name", "/hd"]),
        workspace_claim: None,
        workspaces: None,
        account_kind: None,
        scopes_header: None,
    }
}

/// RFC 7009 §2.1.
fn revocation_call(url: Url) -> Revocation {
    Revocation::Offered(RevocationCall {
        method: RevocationMethod::Post,
        url: url.into(),
        body: RevocationBody::standard(),
        authentication: RevocationAuthentication::AsClient,
        wants_access_token: false,
        effect: RevocationEffect::ThisGrant,
        headers: vec![],
        success_flag: None,
        leaves_access_token: false,
        refuses_public_clients: false,
    })
}

/// One endpoint that is not https spoils the whole document [S087]; an issuer on this machine may name http there.
/// A public issuer names no host of a private network [S085].
fn endpoint(text: &str, issuer: &Url) -> Result<Url, DiscoveryRefused> {
    if text.len() > MAX_ADDRESS {
        return Err(DiscoveryRefused::Unusable("an address in it is longer than any server's"));
    }
    let issuer_is_local = is_loopback(issuer);
    let url = Url::parse(text).map_err(|_| DiscoveryRefused::Unusable("it names an endpoint that is no URL"))?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && issuer_is_local && is_loopback(&url));
    if !is_safe || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(DiscoveryRefused::Unusable("it names an endpoint that is not https"));
    }
    if !issuer_is_local && is_loopback(&url) {
        return Err(DiscoveryRefused::Unusable("it names an endpoint on this machine"));
    }
    let is_private = |url: &Url| url.host().is_some_and(|host| is_local(&host.to_owned()));
    if !is_private(issuer) && is_private(&url) {
        return Err(DiscoveryRefused::Unusable("it names an endpoint in a private network"));
    }
    Ok(url)
}

/// RFC 8414 §2: absent means `client_secret_basic`; a public client is worth trying then.
fn authentication(methods: Option<&[String]>) -> Vec<ClientAuthentication> {
    let Some(methods) = methods else { return vec![ClientAuthentication::Basic, ClientAuthentication::Public] };
    let mut known: Vec<_> = methods
        .iter()
        .filter_map(|method| match method.as_str() {
            "client_secret_basic" => Some(ClientAuthentication::Basic),
            "client_secret_post" => Some(ClientAuthentication::Post),
            "private_key_jwt" => Some(ClientAuthentication::PrivateKeyJwt),
            "none" => Some(ClientAuthentication::Public),
            _ => None,
        })
        .collect();
    // First a way with a secret, where there is one; the order is the server's otherwise.
    known.sort_by_key(|it| *it == ClientAuthentication::Public);
    known.dedup();
    if known.is_empty() {
        // It names none that we know: a client without a secret is all that is left to try.
        known.push(ClientAuthentication::Public);
    }
    known
}

/// Who signed in and staying connected always; the rest by name.
fn scopes(supported: &[String]) -> ScopeRules {
    const ALWAYS: &[&str] = &["openid", "profile", "email", OFFLINE_ACCESS];
    const OTHER_CLAIMS: &[&str] = &["address", "phone"];
    let is_always = |scope: &&String| ALWAYS.contains(&scope.as_str());
    ScopeRules {
        parameter: Some("scope".to_owned()),
        separator: ' ',
        answer_separator: ' ',
        always: supported.iter().filter(is_always).cloned().collect(),
        actions: supported
            .iter()
            .filter(|scope| is_scope_token(scope) && !is_always(scope) && !OTHER_CLAIMS.contains(&scope.as_str()))
            .take(100)
            .map(|scope| ScopeAction {
                allows: scope.clone(),
                scopes: vec![scope.clone()],
                is_preselected: false,
                writes: false,
            })
            .collect(),
        meanings: vec![],
        implies: vec![],
        missing_means_as_asked: true,
        widening: ScopeWidening::AsksAllAgain,
        widening_parameters: vec![],
        apart: None,
    }
}

/// RFC 6749 §3.3: visible, without quote and backslash. Anything else could not be asked for, and would be shown.
fn is_scope_token(scope: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    (1..=500).contains(&scope.len()) && scope.bytes().all(is_visible)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S083: the issuer is compared by code points.
    #[test]
    fn a_document_of_another_issuer_is_refused() {
        let of = |issuer: &str| document(&format!(r#""issuer":"{issuer}""#));

        assert!(read_document("https://as.example", &of("https://as.example")).is_ok());
        for other in ["https://AS.example", "https://as.example:443", "https://as.example/x", "https://evil.example"] {
            let refused = read_document("https://as.example", &of(other));
            assert!(matches!(refused, Err(DiscoveryRefused::OtherIssuer { .. })), "{other}");
        }
    }

    /// S087: one bad endpoint spoils the whole document.
    #[test]
    fn endpoints_that_are_not_https_spoil_the_document() {
        for (field, value) in [
            ("token_endpoint", "http://as.example/token"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("userinfo_endpoint", "file:///etc/passwd"),
            ("revocation_endpoint", "https://u:p@as.example/revoke"),
            ("token_endpoint", "https://127.0.0.1/token"),
            ("token_endpoint", "https://10.0.0.7/token"),
            ("registration_endpoint", "https://169.254.169.254/latest/meta-data"),
            ("device_authorization_endpoint", "https://[fe80::1]/device"),
            ("pushed_authorization_request_endpoint", "https://192.168.1.1/par"),
            ("revocation_endpoint", "https://x.localhost/revoke"),
            ("userinfo_endpoint", "https://[fd00::1]/me"),
            ("registration_endpoint", "data:text/html,x"),
        ] {
            let text = document(&format!(r#""issuer":"https://as.example","{field}":"{value}""#));
            assert!(
                matches!(read_document("https://as.example", &text), Err(DiscoveryRefused::Unusable(_))),
                "{field}"
            );
        }
    }

    /// A2: what RFC 9126, 8628, 7591, 7523 and 9449 add to a document.
    #[test]
    fn what_later_rfcs_add_is_read() {
        let text = document(
            r#""issuer":"https://as.example","device_authorization_endpoint":"https://as.example/device",
               "registration_endpoint":"https://as.example/register",
               "pushed_authorization_request_endpoint":"https://as.example/par",
               "require_pushed_authorization_requests":true,"dpop_signing_alg_values_supported":["ES256"],
               "token_endpoint_auth_methods_supported":["none","private_key_jwt","tls_client_auth"],
               "response_modes_supported":["form_post","jwt"]"#,
        );
        let provider = read_document("https://as.example", &text).unwrap();

        let at = |path: &str| Url::parse(&format!("https://as.example/{path}")).unwrap();
        assert_eq!(provider.device_authorization_endpoint, Some(at("device")));
        assert_eq!(provider.registration_endpoint, Some(at("register")));
        assert_eq!(provider.pushed_authorization, PushedAuthorization::Required(at("par")));
        assert_eq!(provider.dpop, Dpop::Offered);
        assert_eq!(provider.answer.mode, AnswerMode::FormPost);
        let methods = [ClientAuthentication::PrivateKeyJwt, ClientAuthentication::Public];
        assert_eq!(provider.client_authentication, methods, "what it does not know is left out");
    }

    /// S088
    #[test]
    fn what_no_honest_server_says_makes_a_document_unusable() {
        let many = vec!["\"a\""; 1_001].join(",");
        for fields in [
            format!(r#""scopes_supported":[{many}]"#),
            format!(r#""revocation_endpoint":"https://as.example/{}""#, "a".repeat(9_000)),
            r#""require_pushed_authorization_requests":true"#.to_owned(),
            r#""response_modes_supported":["web_message"]"#.to_owned(),
            r#""token_endpoint":null"#.to_owned(),
            r#""authorization_endpoint":"https://as.example/a?Redirect_URI=https://evil.example""#.to_owned(),
            r#""authorization_endpoint":"https://as.example/a?p=x&state=1""#.to_owned(),
        ] {
            let text = document(&format!(r#""issuer":"https://as.example",{fields}"#));
            let refused = read_document("https://as.example", &text);
            assert!(matches!(refused, Err(DiscoveryRefused::Unusable(_))), "{}", &fields[..40.min(fields.len())]);
        }
    }

    /// B10: what keeps a connection alive is asked for where it is offered.
    #[test]
    fn offline_access_is_always_asked_for() {
        let text = document(r#""issuer":"https://as.example","scopes_supported":["openid","offline_access","files"]"#);
        let provider = read_document("https://as.example", &text).unwrap();

        assert_eq!(provider.scopes.always, ["openid", "offline_access"]);
        assert_eq!(provider.scopes.actions[0].scopes, ["files"]);
        assert_eq!(provider.refresh.how_issued, HowIssued::ByScope);
    }

    /// S088, S094: a document's scopes are shown to a person and put into an address.
    #[test]
    fn scopes_that_are_none_are_left_out() {
        let text =
            document(r#""issuer":"https://as.example","scopes_supported":["a\r\nb","a\u202eb","","a b","files:read"]"#);
        let provider = read_document("https://as.example", &text).unwrap();

        let offered: Vec<_> = provider.scopes.actions.iter().map(|it| it.scopes[0].as_str()).collect();
        assert_eq!(offered, ["files:read"]);
    }

    /// Later fields win, as in the object that serde builds.
    fn document(fields: &str) -> String {
        let defaults = [
            ("authorization_endpoint", "https://as.example/authorize"),
            ("token_endpoint", "https://as.example/token"),
        ];
        let rest: String = defaults
            .iter()
            .filter(|(name, _)| !fields.contains(&format!("\"{name}\"")))
            .map(|(name, value)| format!(r#","{name}":"{value}""#))
            .collect();
        format!("{{{fields}{rest}}}")
    }
}
