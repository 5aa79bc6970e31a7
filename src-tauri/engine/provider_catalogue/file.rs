//! The format of a provider file, and the rules a file must keep.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domain::ProviderId;
use domain::diagnosis::CauseLabel;
use domain::provider::limits::{PreviousToken, RefreshBudget, RefreshLimits};
use domain::provider::{
    AccountKindRule, CallMethod, ClientAuthentication, ErrorSignature, HowIssued, IdentityCall, Issuer, MissingExpiry,
    Pkce, Provider, ProviderPages, RedirectHost, RedirectPort, RedirectRule, RefreshPolicy, Revocation,
    RevocationAuthentication, RevocationBody, RevocationCall, RevocationEffect, RevocationMethod, Rotation,
    ScopeAction, ScopeRules, SecretNeed, SignatureEndpoint, TokenAnswerShape, TokenRequestBody, TokenRequestShape,
};
use serde::Deserialize;
use url::{Host, Url};

use super::CatalogueError;

/// Names that only the flow itself may set [S011].
const RESERVED_PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
    "dpop_jkt",
];

/// The port where a provider compares ports and the file names none: one for all, so that one
/// registered redirect URI serves.
const USUAL_FIXED_PORT: u16 = 43_117;

/// Longer than any documented life.
const MAX_LIFE_DAYS: u32 = 3650;
/// More than any provider has a use for.
const MAX_AT_ONCE: usize = 64;

/// Who wrote the file: a person may name servers on the own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    BuiltIn,
    Person,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    id: String,
    name: String,
    tag: String,
    #[serde(default)]
    also: Vec<String>,
    issuer: Option<IssuerFile>,
    authorization_endpoint: String,
    token_endpoint: String,
    client_authentication: Vec<ClientAuthenticationFile>,
    client_secret: SecretNeedFile,
    pkce: PkceFile,
    scopes: ScopesFile,
    #[serde(default)]
    authorize_parameters: BTreeMap<String, String>,
    #[serde(default)]
    reconnect_parameters: BTreeMap<String, String>,
    login_hint_parameter: Option<String>,
    #[serde(default)]
    token_request: TokenRequestFile,
    #[serde(default)]
    token_answer: TokenAnswerFile,
    refresh: RefreshFile,
    redirect: RedirectFile,
    identity: Option<IdentityFile>,
    revocation: Option<RevocationFile>,
    #[serde(default)]
    api_hosts: Vec<String>,
    request_id_header: Option<String>,
    #[serde(default)]
    error_signatures: Vec<SignatureFile>,
    #[serde(default)]
    pages: PagesFile,
    /// Where each part of the file comes from, and how sure it is; for people.
    #[serde(default, rename = "sources")]
    _sources: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerFile {
    identifier: String,
    #[serde(default)]
    answers_carry_iss: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ClientAuthenticationFile {
    Basic,
    Post,
    Public,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum SecretNeedFile {
    Required,
    Optional,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum PkceFile {
    Required,
    Supported,
    Undocumented,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopesFile {
    parameter: Option<String>,
    #[serde(default = "space")]
    separator: char,
    answer_separator: Option<char>,
    #[serde(default)]
    always: Vec<String>,
    #[serde(default)]
    actions: Vec<ActionFile>,
    /// Scopes of `always` in words, beside those every OpenID provider shares.
    #[serde(default)]
    meanings: BTreeMap<String, String>,
    #[serde(default = "yes")]
    missing_means_as_asked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionFile {
    allows: String,
    scopes: Vec<String>,
    #[serde(default)]
    preselected: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct TokenRequestFile {
    #[serde(default)]
    json: bool,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct TokenAnswerFile {
    locations: Option<Vec<String>>,
    #[serde(default)]
    missing_expiry_means_never: bool,
    usual_lifetime_seconds: Option<u64>,
    #[serde(default)]
    may_be_form_encoded: bool,
    #[serde(default)]
    kept_fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshFile {
    rotation: RotationFile,
    issued: HowIssuedFile,
    /// A refresh token dies when unused for so long.
    idle_life_days: Option<u32>,
    /// A grant dies so long after consent, whatever one does.
    absolute_life_days: Option<u32>,
    /// How long a grant lives while its client is still being tested at the provider.
    testing_life_days: Option<u32>,
    /// What a refresh token is good for after its successor was issued. Absent: not known.
    previous_token: Option<PreviousTokenFile>,
    /// Refreshes under way at one time, over all connections: 1 to 64.
    at_once: Option<usize>,
    /// Refreshes of one connection in a span of time.
    budget: Option<BudgetFile>,
}

/// `"refused"`, `"works_until_successor_is_used"` or `{ "works_for_seconds": 600 }`.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum PreviousTokenFile {
    Refused,
    WorksForSeconds(u32),
    WorksUntilSuccessorIsUsed,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct BudgetFile {
    count: u32,
    within_seconds: u32,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RotationFile {
    Never,
    Always,
    Sometimes,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum HowIssuedFile {
    Always,
    ByParameter,
    ByScope,
    ByClientSetting,
    Never,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectFile {
    host: RedirectHostFile,
    /// Absent: any free port is accepted.
    #[serde(default)]
    is_port_compared: bool,
    port: Option<u16>,
    path: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
enum RedirectHostFile {
    #[serde(rename = "127.0.0.1")]
    Ipv4,
    #[serde(rename = "localhost")]
    Localhost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    #[serde(default)]
    post: bool,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    success_flag: Option<String>,
    subject: Vec<String>,
    #[serde(default)]
    label: Vec<String>,
    #[serde(default)]
    workspace_id: Vec<String>,
    #[serde(default)]
    workspace_name: Vec<String>,
    account_domain: Option<String>,
    account_kind: Option<String>,
    scopes_header: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevocationFile {
    url: String,
    #[serde(default)]
    delete: bool,
    #[serde(default)]
    json_field: Option<String>,
    #[serde(default)]
    empty_body: bool,
    authentication: RevocationAuthenticationFile,
    #[serde(default)]
    wants_access_token: bool,
    effect: RevocationEffectFile,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    success_flag: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RevocationAuthenticationFile {
    AsClient,
    Basic,
    Bearer,
    Nothing,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RevocationEffectFile {
    ThisToken,
    ThisGrant,
    AllGrantsOfTheClient,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureFile {
    endpoint: SignatureEndpointFile,
    http_status: Option<u16>,
    contains: String,
    cause: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum SignatureEndpointFile {
    Authorize,
    Token,
    Api,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PagesFile {
    console: Option<String>,
    revoke_access: Option<String>,
    status: Option<String>,
}

fn space() -> char {
    ' '
}

fn yes() -> bool {
    true
}

/// Reads one file into a provider, or says what is wrong with it.
pub(super) fn read(path: &Path, text: &str, origin: Origin) -> Result<Provider, CatalogueError> {
    let file: ProviderFile = serde_json::from_str(text).map_err(|error| CatalogueError::Malformed {
        file: path.to_owned(),
        line: error.line(),
        reason: error.to_string(),
    })?;
    let rules = Rules { path, origin };

    rules.check_id(&file.id)?;
    rules.check_parameters("authorize_parameters", &file.authorize_parameters)?;
    rules.check_parameters("reconnect_parameters", &file.reconnect_parameters)?;
    rules.check_json_pointers(&file)?;
    rules.check_own_name("scopes.parameter", file.scopes.parameter.as_deref().filter(|name| *name != "scope"))?;
    rules.check_own_name("login_hint_parameter", file.login_hint_parameter.as_deref())?;
    rules.check_path(file.redirect.path.as_deref())?;
    rules.check_refresh(&file.refresh)?;
    if let Some(identity) = &file.identity {
        rules.template_url("identity", &identity.url)?;
    }
    if let Some(revocation) = &file.revocation {
        rules.template_url("revocation", &revocation.url)?;
    }
    if file.client_authentication.is_empty() {
        return Err(rules.wrong("client_authentication", "names no method"));
    }

    Ok(Provider {
        id: ProviderId::from_text(file.id),
        tag: file.tag,
        also: file.also,
        is_practice: false,
        issuer: file.issuer.map(|it| Issuer { identifier: it.identifier, answers_carry_iss: it.answers_carry_iss }),
        authorization_endpoint: rules.endpoint("authorization_endpoint", &file.authorization_endpoint)?,
        token_endpoint: rules.endpoint("token_endpoint", &file.token_endpoint)?,
        client_authentication: file
            .client_authentication
            .into_iter()
            .map(|it| match it {
                ClientAuthenticationFile::Basic => ClientAuthentication::Basic,
                ClientAuthenticationFile::Post => ClientAuthentication::Post,
                ClientAuthenticationFile::Public => ClientAuthentication::Public,
            })
            .collect(),
        client_secret: match file.client_secret {
            SecretNeedFile::Required => SecretNeed::Required,
            SecretNeedFile::Optional => SecretNeed::Optional,
        },
        built_in_client_id: None,
        pkce: match file.pkce {
            PkceFile::Required => Pkce::Required,
            PkceFile::Supported => Pkce::Supported,
            PkceFile::Undocumented => Pkce::Undocumented,
        },
        scopes: ScopeRules {
            parameter: file.scopes.parameter,
            separator: file.scopes.separator,
            answer_separator: file.scopes.answer_separator.unwrap_or(file.scopes.separator),
            always: file.scopes.always,
            actions: file
                .scopes
                .actions
                .into_iter()
                .map(|it| ScopeAction { allows: it.allows, scopes: it.scopes, is_preselected: it.preselected })
                .collect(),
            meanings: file.scopes.meanings.into_iter().collect(),
            missing_means_as_asked: file.scopes.missing_means_as_asked,
        },
        authorize_parameters: file.authorize_parameters.into_iter().collect(),
        reconnect_parameters: file.reconnect_parameters.into_iter().collect(),
        login_hint_parameter: file.login_hint_parameter,
        token_request: TokenRequestShape {
            body: if file.token_request.json { TokenRequestBody::Json } else { TokenRequestBody::Form },
            headers: file.token_request.headers.into_iter().collect(),
        },
        token_answer: TokenAnswerShape {
            locations: file.token_answer.locations.unwrap_or_else(|| vec![String::new()]),
            missing_expiry: if file.token_answer.missing_expiry_means_never {
                MissingExpiry::Never
            } else {
                MissingExpiry::Unknown
            },
            usual_lifetime: file.token_answer.usual_lifetime_seconds.map(Duration::from_secs),
            may_be_form_encoded: file.token_answer.may_be_form_encoded,
            kept_fields: file.token_answer.kept_fields.into_iter().collect(),
        },
        refresh: refresh(&file.refresh),
        redirect: RedirectRule {
            host: match file.redirect.host {
                RedirectHostFile::Ipv4 => RedirectHost::Ipv4,
                RedirectHostFile::Localhost => RedirectHost::Localhost,
            },
            port: if file.redirect.is_port_compared {
                RedirectPort::Fixed(file.redirect.port.unwrap_or(USUAL_FIXED_PORT))
            } else {
                RedirectPort::Any
            },
            path: file.redirect.path.unwrap_or_else(|| "/callback".to_owned()),
        },
        identity: file.identity.map(identity),
        revocation: file.revocation.map_or(Revocation::NotOffered, |it| Revocation::Offered(revocation(it))),
        api_hosts: file.api_hosts,
        request_id_header: file.request_id_header,
        error_signatures: file.error_signatures.into_iter().map(|it| rules.signature(it)).collect::<Result<_, _>>()?,
        pages: ProviderPages {
            console: rules.page("pages.console", file.pages.console)?,
            revoke_access: rules.page("pages.revoke_access", file.pages.revoke_access)?,
            status: rules.page("pages.status", file.pages.status)?,
        },
        name: file.name,
    })
}

fn refresh(file: &RefreshFile) -> RefreshPolicy {
    RefreshPolicy {
        rotation: match file.rotation {
            RotationFile::Never => Rotation::Never,
            RotationFile::Always => Rotation::Always,
            RotationFile::Sometimes => Rotation::Sometimes,
        },
        idle_life: file.idle_life_days.map(days),
        absolute_life: file.absolute_life_days.map(days),
        how_issued: match file.issued {
            HowIssuedFile::Always => HowIssued::Always,
            HowIssuedFile::ByParameter => HowIssued::ByParameter,
            HowIssuedFile::ByScope => HowIssued::ByScope,
            HowIssuedFile::ByClientSetting => HowIssued::ByClientSetting,
            HowIssuedFile::Never => HowIssued::Never,
        },
        testing_life: file.testing_life_days.map(days),
        previous_token: match file.previous_token {
            Some(PreviousTokenFile::Refused) => PreviousToken::Refused,
            Some(PreviousTokenFile::WorksForSeconds(seconds)) => PreviousToken::WorksFor(seconds_long(seconds)),
            Some(PreviousTokenFile::WorksUntilSuccessorIsUsed) => PreviousToken::WorksUntilSuccessorIsUsed,
            None => PreviousToken::NotKnown,
        },
        limits: RefreshLimits {
            at_once: file.at_once.unwrap_or(RefreshLimits::default().at_once),
            budget: file.budget.map(|it| RefreshBudget { count: it.count, within: seconds_long(it.within_seconds) }),
        },
    }
}

fn seconds_long(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}

fn identity(file: IdentityFile) -> IdentityCall {
    IdentityCall {
        method: if file.post { CallMethod::Post } else { CallMethod::Fetch },
        url: file.url,
        headers: file.headers.into_iter().collect(),
        success_flag: file.success_flag,
        subject: file.subject,
        label: file.label,
        workspace_id: file.workspace_id,
        workspace_name: file.workspace_name,
        account_kind: file
            .account_domain
            .map(AccountKindRule::DomainAt)
            .or(file.account_kind.map(AccountKindRule::TextAt)),
        scopes_header: file.scopes_header,
    }
}

fn revocation(file: RevocationFile) -> RevocationCall {
    RevocationCall {
        method: if file.delete { RevocationMethod::Delete } else { RevocationMethod::Post },
        url: file.url,
        body: match (file.json_field, file.empty_body) {
            (Some(field), _) => RevocationBody::Json(field),
            (None, true) => RevocationBody::Empty,
            (None, false) => RevocationBody::Form,
        },
        authentication: match file.authentication {
            RevocationAuthenticationFile::AsClient => RevocationAuthentication::AsClient,
            RevocationAuthenticationFile::Basic => RevocationAuthentication::Basic,
            RevocationAuthenticationFile::Bearer => RevocationAuthentication::Bearer,
            RevocationAuthenticationFile::Nothing => RevocationAuthentication::Nothing,
        },
        wants_access_token: file.wants_access_token,
        effect: match file.effect {
            RevocationEffectFile::ThisToken => RevocationEffect::ThisToken,
            RevocationEffectFile::ThisGrant => RevocationEffect::ThisGrant,
            RevocationEffectFile::AllGrantsOfTheClient => RevocationEffect::AllGrantsOfTheClient,
        },
        headers: file.headers.into_iter().collect(),
        success_flag: file.success_flag,
    }
}

/// What every file must keep to.
struct Rules<'a> {
    path: &'a Path,
    origin: Origin,
}

impl Rules<'_> {
    fn wrong(&self, field: &'static str, reason: impl Into<String>) -> CatalogueError {
        CatalogueError::Wrong { file: self.path.to_owned(), field, reason: reason.into() }
    }

    fn check_id(&self, id: &str) -> Result<(), CatalogueError> {
        let is_name = !id.is_empty()
            && id.len() <= 40
            && id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        is_name.then_some(()).ok_or_else(|| self.wrong("id", "must be lower-case letters, digits and dashes"))
    }

    fn check_parameters(
        &self,
        field: &'static str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(), CatalogueError> {
        match parameters.keys().find(|name| RESERVED_PARAMETERS.contains(&name.as_str())) {
            Some(name) => Err(self.wrong(field, format!("{name} is set by the sign-in itself"))),
            None => Ok(()),
        }
    }

    fn check_own_name(&self, field: &'static str, name: Option<&str>) -> Result<(), CatalogueError> {
        match name.filter(|name| RESERVED_PARAMETERS.contains(name)) {
            Some(name) => Err(self.wrong(field, format!("{name} is set by the sign-in itself"))),
            None => Ok(()),
        }
    }

    fn check_path(&self, path: Option<&str>) -> Result<(), CatalogueError> {
        let is_plain = path.is_none_or(|path| {
            let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"/-_".contains(&it);
            path.starts_with('/') && path.bytes().all(is_letter) && !path.contains("//") && path.len() <= 200
        });
        is_plain
            .then_some(())
            .ok_or_else(|| self.wrong("redirect", "its path must be plain: letters, digits, - _ and single /"))
    }

    /// Lives up to ten years, limits that let something through, and no successor where nothing rotates.
    fn check_refresh(&self, file: &RefreshFile) -> Result<(), CatalogueError> {
        let mut lives = [file.idle_life_days, file.absolute_life_days, file.testing_life_days].into_iter().flatten();
        let is_out_of_range = |seconds: u32| !(1..=MAX_LIFE_DAYS * 86_400).contains(&seconds);
        let complaint = if lives.any(|days| !(1..=MAX_LIFE_DAYS).contains(&days)) {
            "a life is 1 to 3650 days"
        } else if file.at_once.is_some_and(|count| !(1..=MAX_AT_ONCE).contains(&count)) {
            "`at_once` is 1 to 64"
        } else if file.budget.is_some_and(|it| it.count == 0 || is_out_of_range(it.within_seconds)) {
            "`budget` lets nothing through"
        } else if matches!(file.previous_token, Some(PreviousTokenFile::WorksForSeconds(it)) if is_out_of_range(it)) {
            "`previous_token` works for no time, or for more than ten years"
        } else if file.previous_token.is_some() && matches!(file.rotation, RotationFile::Never) {
            "`previous_token` says what follows a rotation, and `rotation` says that there is none"
        } else {
            return Ok(());
        };
        Err(self.wrong("refresh", complaint))
    }

    fn check_json_pointers(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        let identity = file
            .identity
            .iter()
            .flat_map(|it| [&it.subject, &it.label, &it.workspace_id, &it.workspace_name].into_iter().flatten());
        let locations = file.token_answer.locations.iter().flatten();
        match identity
            .chain(locations)
            .chain(file.token_answer.kept_fields.values())
            .find(|it| !it.is_empty() && !it.starts_with('/'))
        {
            Some(pointer) => Err(self.wrong("identity", format!("`{pointer}` is not a JSON pointer (RFC 6901)"))),
            None => Ok(()),
        }
    }

    /// https, without userinfo or fragment; http only for a person's server on this machine [S010].
    fn endpoint(&self, field: &'static str, text: &str) -> Result<Url, CatalogueError> {
        let url = Url::parse(text).map_err(|error| self.wrong(field, error.to_string()))?;
        let is_local = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        let may_be_http = self.origin == Origin::Person && is_local;
        if url.scheme() != "https" && !(url.scheme() == "http" && may_be_http) {
            return Err(self.wrong(field, "must be an https address"));
        }
        if let Some((name, _)) = url.query_pairs().find(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_ref())) {
            return Err(self.wrong(field, format!("{name} is set by the sign-in itself")));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || url.host().is_none() {
            return Err(self.wrong(field, "must name a host, and no user, password or fragment"));
        }
        Ok(url)
    }

    /// An endpoint that may hold `{field}` placeholders; those that begin with one are checked when filled.
    fn template_url(&self, field: &'static str, text: &str) -> Result<(), CatalogueError> {
        if text.starts_with("{instance_url}/") {
            return Ok(());
        }
        self.endpoint(field, &text.replace(['{', '}'], "")).map(|_| ())
    }

    fn page(&self, field: &'static str, text: Option<String>) -> Result<Option<Url>, CatalogueError> {
        // Consoles written as one page say where to go in the fragment.
        let check = |text: String| {
            let address = text.split('#').next().unwrap_or_default();
            self.endpoint(field, address)?;
            Url::parse(&text).map_err(|error| self.wrong(field, error.to_string()))
        };
        text.map(check).transpose()
    }

    fn signature(&self, file: SignatureFile) -> Result<ErrorSignature, CatalogueError> {
        Ok(ErrorSignature {
            endpoint: match file.endpoint {
                SignatureEndpointFile::Authorize => SignatureEndpoint::Authorize,
                SignatureEndpointFile::Token => SignatureEndpoint::Token,
                SignatureEndpointFile::Api => SignatureEndpoint::Api,
            },
            http_status: file.http_status,
            cause: CauseLabel::from_text(&file.cause)
                .ok_or_else(|| self.wrong("error_signatures", format!("`{}` is no cause", file.cause)))?,
            contains: file.contains,
        })
    }
}
