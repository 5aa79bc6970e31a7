//! Any OIDC or RFC 8414 issuer: its own document made into a provider [A2, S008, S083, S084, S085, S087, S088].

use domain::ProviderId;
use domain::provider::{
    CallMethod, ClientAuthentication, HowIssued, IdentityCall, Issuer, Pkce, Provider, RefreshPolicy, Revocation,
    RevocationAuthentication, RevocationBody, RevocationCall, RevocationEffect, RevocationMethod, ScopeAction,
    ScopeRules, ScopeWidening, TokenPlace,
};
use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

use crate::http::{AddressPolicy, DocumentFailure, Http};

/// OpenID Connect Core §11: what asks for a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// Documents are small; this is generous [S055].
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

/// Why an address is not an issuer we can use.
#[derive(Debug, Error)]
pub enum DiscoveryRefused {
    #[error("{0} is not an address of an issuer: it must be https, without query or fragment")]
    NotAnIssuer(String),
    #[error("no discovery document was found at {host}")]
    NotFound { host: String },
    #[error("the issuer's document could not be fetched")]
    Unreachable(#[source] DocumentFailure),
    #[error("the document of {asked} says that it belongs to {found}")]
    OtherIssuer { asked: String, found: String },
    #[error("the discovery document cannot be used: {0}")]
    Unusable(&'static str),
}

/// The fields we use; all others are ignored.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    response_types_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// What an issuer said of itself, and the text to keep with the connection (peers' pitfall 14).
pub struct Discovered {
    pub provider: Provider,
    pub document: String,
}

/// Asks an issuer about itself. The person typed the address, so it may be on this machine.
pub async fn discover(http: &Http, issuer: &str) -> Result<Discovered, DiscoveryRefused> {
    let url = parse_issuer(issuer)?;
    let mut last = None;

    for location in locations(&url) {
        match http.fetch_document(&location, MAX_DOCUMENT, AddressPolicy::UserTyped).await {
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

/// Makes a provider of a stored document, with the same checks as at first sight.
pub fn read_document(asked: &str, text: &str) -> Result<Provider, DiscoveryRefused> {
    let document: Document =
        serde_json::from_str(text).map_err(|_| DiscoveryRefused::Unusable("it is not the JSON of RFC 8414"))?;
    // Code points, no normalisation (RFC 8414 §3.3); a lone trailing slash is how a person typed it.
    if document.issuer != asked && document.issuer != format!("{asked}/") && format!("{}/", document.issuer) != asked {
        return Err(DiscoveryRefused::OtherIssuer { asked: asked.to_owned(), found: cut(&document.issuer) });
    }
    let issuer = parse_issuer(&document.issuer)?;
    let is_local = is_loopback(&issuer);
    let endpoint = |text: &str| endpoint(text, is_local);

    let authorization_endpoint = endpoint(
        document
            .authorization_endpoint
            .as_deref()
            .ok_or(DiscoveryRefused::Unusable("it names no authorization endpoint"))?,
    )?;
    let token_endpoint =
        endpoint(document.token_endpoint.as_deref().ok_or(DiscoveryRefused::Unusable("it names no token endpoint"))?)?;
    let userinfo = document.userinfo_endpoint.as_deref().map(endpoint).transpose()?;
    let revocation = document.revocation_endpoint.as_deref().map(endpoint).transpose()?;
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

/// One endpoint that is not https spoils the whole document [S087]; a local issuer may name local http.
fn endpoint(text: &str, issuer_is_local: bool) -> Result<Url, DiscoveryRefused> {
    let url = Url::parse(text).map_err(|_| DiscoveryRefused::Unusable("it names an endpoint that is no URL"))?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && issuer_is_local && is_loopback(&url));
    if !is_safe || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(DiscoveryRefused::Unusable("it names an endpoint that is not https"));
    }
    if !issuer_is_local && is_loopback(&url) {
        return Err(DiscoveryRefused::Unusable("it names an endpoint on this machine"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// RFC 8414 §2: absent means `client_secret_basic`. A public client is always worth trying.
fn authentication(methods: Option<&[String]>) -> Vec<ClientAuthentication> {
    let Some(methods) = methods else { return vec![ClientAuthentication::Basic, ClientAuthentication::Public] };
    let mut known: Vec<_> = methods
        .iter()
        .filter_map(|method| match method.as_str() {
            "client_secret_basic" => Some(ClientAuthentication::Basic),
            "client_secret_post" => Some(ClientAuthentication::Post),
            _ => None,
        })
        .collect();
    known.push(ClientAuthentication::Public);
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
    }
}

/// RFC 6749 §3.3: visible, without quote and backslash. Anything else could not be asked for, and would be shown.
fn is_scope_token(scope: &str) -> bool {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    (1..=500).contains(&scope.len()) && scope.bytes().all(is_visible)
}

/// Two letters that tell one issuer from the next: of the name it is registered under; for an address, which has no
/// name, the last digits of the port or else of the address.
fn tag(issuer: &Url) -> String {
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

fn cut(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
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
        ] {
            let text = document(&format!(r#""issuer":"https://as.example","{field}":"{value}""#));
            assert!(
                matches!(read_document("https://as.example", &text), Err(DiscoveryRefused::Unusable(_))),
                "{field}"
            );
        }
    }

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

    /// B10: what keeps a connection alive is asked for where it is offered.
    #[test]
    fn offline_access_is_always_asked_for() {
        let text = document(r#""issuer":"https://as.example","scopes_supported":["openid","offline_access","files"]"#);
        let provider = read_document("https://as.example", &text).unwrap();

        assert_eq!(provider.scopes.always, ["openid", "offline_access"]);
        assert_eq!(provider.scopes.actions[0].scopes, ["files"]);
        assert_eq!(provider.refresh.how_issued, HowIssued::ByScope);
    }

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
            .filter(|(name, _)| !fields.contains(name))
            .map(|(name, value)| format!(r#","{name}":"{value}""#))
            .collect();
        format!("{{{fields}{rest}}}")
    }
}
