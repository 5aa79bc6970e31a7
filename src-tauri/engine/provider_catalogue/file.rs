//! The format of a provider file: what may stand in it, and under which names [A2].

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFile {
    #[serde(rename = "$schema", default)]
    pub(super) _schema: Option<String>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) tag: String,
    #[serde(default)]
    pub(super) also: Vec<String>,
    pub(super) issuer: Option<IssuerFile>,
    /// What a person says before the addresses are whole; each name may stand between braces in them.
    #[serde(default)]
    pub(super) variables: Vec<VariableFile>,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) device_authorization_endpoint: Option<String>,
    pub(super) pushed_authorization_request_endpoint: Option<String>,
    /// Authorization requests that were not pushed are refused (RFC 9126 §5).
    #[serde(default)]
    pub(super) require_pushed_authorization_requests: bool,
    pub(super) registration_endpoint: Option<String>,
    #[serde(default)]
    pub(super) dpop: DpopFile,
    #[serde(default)]
    pub(super) answer: AnswerFile,
    pub(super) client_authentication: Vec<ClientAuthenticationFile>,
    pub(super) client_secret: SecretNeedFile,
    pub(super) pkce: PkceFile,
    pub(super) scopes: ScopesFile,
    #[serde(default)]
    pub(super) authorize_parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) reconnect_parameters: BTreeMap<String, String>,
    pub(super) login_hint_parameter: Option<String>,
    #[serde(default)]
    pub(super) token_request: TokenRequestFile,
    #[serde(default)]
    pub(super) token_answer: TokenAnswerFile,
    pub(super) refresh: RefreshFile,
    pub(super) redirect: RedirectFile,
    pub(super) identity: Option<IdentityFile>,
    /// Harmless calls beside the identity call.
    #[serde(default)]
    pub(super) checks: Vec<CheckFile>,
    pub(super) revocation: Option<RevocationFile>,
    #[serde(default)]
    pub(super) api_hosts: Vec<String>,
    pub(super) request_id_header: Option<String>,
    /// JSON pointer into a refusal's body.
    pub(super) request_id_pointer: Option<String>,
    #[serde(default)]
    pub(super) rate_limit_headers: Vec<String>,
    #[serde(default)]
    pub(super) error_signatures: Vec<SignatureFile>,
    #[serde(default)]
    pub(super) pages: PagesFile,
    #[serde(default)]
    pub(super) setup: SetupFile,
    #[serde(default)]
    pub(super) quirks: Vec<QuirkFile>,
    /// Where each part of the file comes from, and how sure it is; the key is the part's name.
    #[serde(default)]
    pub(super) evidence: BTreeMap<String, SourceFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerFile {
    pub(super) identifier: String,
    #[serde(default)]
    pub(super) answers_carry_iss: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClientAuthenticationFile {
    Basic,
    Post,
    Public,
    PrivateKeyJwt,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum SecretNeedFile {
    Required,
    Optional,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum PkceFile {
    Required,
    Supported,
    Undocumented,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScopesFile {
    pub(super) parameter: Option<String>,
    #[serde(default = "space")]
    pub(super) separator: char,
    pub(super) answer_separator: Option<char>,
    #[serde(default)]
    pub(super) always: Vec<String>,
    #[serde(default)]
    pub(super) actions: Vec<ActionFile>,
    /// Scopes of `always` in words, beside those every OpenID provider shares.
    #[serde(default)]
    pub(super) meanings: BTreeMap<String, String>,
    #[serde(default = "yes")]
    pub(super) missing_means_as_asked: bool,
    /// Scopes granted before are kept when further ones are consented to.
    #[serde(default)]
    pub(super) keeps_granted: bool,
    /// Added when only further scopes are asked for: `{ "include_granted_scopes": "true" }`.
    #[serde(default)]
    pub(super) widening_parameters: BTreeMap<String, String>,
    /// A scope, and those it takes the place of: `{ "drive": ["drive.readonly"] }`.
    #[serde(default)]
    pub(super) implies: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionFile {
    pub(super) allows: String,
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) preselected: bool,
    /// It changes things at the provider.
    #[serde(default)]
    pub(super) writes: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequestFile {
    #[serde(default)]
    pub(super) json: bool,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenAnswerFile {
    pub(super) locations: Option<Vec<String>>,
    #[serde(default)]
    pub(super) missing_expiry_means_never: bool,
    pub(super) usual_lifetime_seconds: Option<u64>,
    #[serde(default)]
    pub(super) may_be_form_encoded: bool,
    #[serde(default)]
    pub(super) kept_fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshFile {
    pub(super) rotation: RotationFile,
    pub(super) issued: HowIssuedFile,
    /// A refresh token dies when unused for so long.
    pub(super) idle_life_days: Option<u32>,
    /// A grant dies so long after consent, whatever one does.
    pub(super) absolute_life_days: Option<u32>,
    /// How long a grant lives while its client is still being tested at the provider.
    pub(super) testing_life_days: Option<u32>,
    /// What a refresh token is good for after its successor was issued. Absent: not known.
    pub(super) previous_token: Option<PreviousTokenFile>,
    /// Where a refresh goes, when it is not the token endpoint.
    pub(super) endpoint: Option<String>,
    /// How many refresh tokens may live at one time.
    pub(super) live_tokens: Option<LiveTokensFile>,
    /// Refreshes under way at one time, over all connections: 1 to 64.
    pub(super) at_once: Option<usize>,
    /// Refreshes of one connection in a span of time.
    pub(super) budget: Option<BudgetFile>,
}

/// `"refused"`, `"works_until_successor_is_used"` or `{ "works_for_seconds": 600 }`.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum PreviousTokenFile {
    Refused,
    WorksForSeconds(u32),
    WorksUntilSuccessorIsUsed,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetFile {
    pub(super) count: u32,
    pub(super) within_seconds: u32,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum RotationFile {
    Never,
    Always,
    Sometimes,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum HowIssuedFile {
    Always,
    ByParameter,
    ByScope,
    ByClientSetting,
    Never,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedirectFile {
    /// The provider refuses http even on loopback.
    #[serde(default)]
    pub(super) https: bool,
    pub(super) host: RedirectHostFile,
    /// Absent: any free port is accepted.
    #[serde(default)]
    pub(super) is_port_compared: bool,
    pub(super) port: Option<u16>,
    pub(super) path: Option<String>,
    /// The path stands as it is, without the provider's name behind it.
    #[serde(default)]
    pub(super) is_path_exact: bool,
}

#[derive(Deserialize, Clone, Copy)]
pub(super) enum RedirectHostFile {
    #[serde(rename = "127.0.0.1")]
    Ipv4,
    #[serde(rename = "[::1]")]
    Ipv6,
    #[serde(rename = "localhost")]
    Localhost,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentityFile {
    #[serde(default)]
    pub(super) post: bool,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// JSON text, sent as it is.
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) token_in: TokenPlaceFile,
    pub(super) success_flag: Option<String>,
    pub(super) subject: Vec<String>,
    #[serde(default)]
    pub(super) label: Vec<String>,
    #[serde(default)]
    pub(super) workspace_id: Vec<String>,
    #[serde(default)]
    pub(super) workspace_name: Vec<String>,
    pub(super) account_domain: Option<String>,
    pub(super) account_kind: Option<String>,
    pub(super) scopes_header: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationFile {
    pub(super) url: String,
    #[serde(default)]
    pub(super) delete: bool,
    #[serde(default)]
    pub(super) body: RevocationBodyFile,
    /// Field names with what stands in them: `{token}`, `{token_type_hint}`, `{client_id}`, `{client_secret}`,
    /// kept fields, or text. Absent: what RFC 7009 says.
    pub(super) fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) leaves_access_token: bool,
    #[serde(default)]
    pub(super) refuses_public_clients: bool,
    pub(super) authentication: RevocationAuthenticationFile,
    #[serde(default)]
    pub(super) wants_access_token: bool,
    pub(super) effect: RevocationEffectFile,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) success_flag: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum RevocationAuthenticationFile {
    AsClient,
    Basic,
    Bearer,
    Nothing,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum RevocationEffectFile {
    ThisToken,
    ThisGrant,
    AllGrantsOfTheClient,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureFile {
    pub(super) endpoint: SignatureEndpointFile,
    pub(super) http_status: Option<u16>,
    pub(super) contains: String,
    pub(super) cause: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignatureEndpointFile {
    Authorize,
    Token,
    Api,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct PagesFile {
    pub(super) console: Option<String>,
    pub(super) revoke_access: Option<String>,
    pub(super) status: Option<String>,
    pub(super) documentation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableFile {
    pub(super) name: String,
    pub(super) asks: String,
    pub(super) example: String,
    pub(super) usual: Option<String>,
    pub(super) shape: VariableShapeFile,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum VariableShapeFile {
    Label,
    Host,
    Region,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum DpopFile {
    #[default]
    NotOffered,
    Offered,
    Required,
}

/// How the browser brings the answer back.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerFile {
    #[serde(default)]
    pub(super) mode: AnswerModeFile,
    /// The token itself comes back, rather than a code.
    #[serde(default)]
    pub(super) holds_token: bool,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerModeFile {
    #[default]
    Query,
    FormPost,
    Fragment,
}

/// `"bearer"`, `{ "header": { "name": "X-Token", "prefix": "" } }` or `{ "query": "token" }`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenPlaceFile {
    #[default]
    Bearer,
    Header(TokenHeaderFile),
    Query(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenHeaderFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) post: bool,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    pub(super) success_flag: Option<String>,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum RevocationBodyFile {
    #[default]
    Form,
    Json,
    Empty,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(super) struct LiveTokensFile {
    pub(super) count: u32,
    pub(super) per: LiveTokenScopeFile,
    pub(super) excess: ExcessTokenFile,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum LiveTokenScopeFile {
    AccountAndClient,
    Account,
    Client,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExcessTokenFile {
    OldestEnds,
    AllOthersEnd,
    Refused,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct SetupFile {
    /// What the provider calls the right kind of client.
    pub(super) app_kind: Option<String>,
    /// One sentence each; `{redirect_uri}` and `{scopes}` stand for what is to be pasted.
    #[serde(default)]
    pub(super) steps: Vec<String>,
    pub(super) client_id_name: Option<String>,
    pub(super) client_secret_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuirkFile {
    pub(super) says: String,
    /// The name of the practice provider's fault that rehearses it.
    pub(super) fault: Option<String>,
    pub(super) source: String,
    pub(super) certainty: CertaintyFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    pub(super) source: String,
    pub(super) certainty: CertaintyFile,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum CertaintyFile {
    Verified,
    Partly,
    Remembered,
}

fn space() -> char {
    ' '
}

fn yes() -> bool {
    true
}
