//! The format of a provider file: what may stand in it, and under which names [A2].

mod calls;
mod trial_object;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) use self::calls::{
    CheckFile, IdentityFile, RevocationAuthenticationFile, RevocationBodyFile, RevocationEffectFile, RevocationFile,
    TokenPlaceFile,
};
pub(super) use self::trial_object::{TrialActFile, TrialCallFile, TrialMethodFile, TrialObjectFile};

/// One provider: what Patchbay knows of it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFile {
    /// Where an editor finds this schema.
    #[serde(rename = "$schema", default)]
    pub(super) _schema: Option<String>,
    /// Lower-case letters, digits and dashes; a file of a person's with the id of a built-in one takes its place.
    pub(super) id: String,
    /// As the provider writes it.
    pub(super) name: String,
    /// Two letters for the board's tag.
    pub(super) tag: String,
    /// Other words people look for: products, hosts.
    #[serde(default)]
    pub(super) also: Vec<String>,
    /// Who says so; its discovery document is compared, and id tokens must name it.
    pub(super) issuer: Option<IssuerFile>,
    /// What a person says before the addresses are whole; each name may stand between braces in them.
    #[serde(default)]
    pub(super) variables: Vec<VariableFile>,
    /// Where the browser is sent (RFC 6749 §3.1); https.
    pub(super) authorization_endpoint: String,
    /// Where codes and refresh tokens are traded (RFC 6749 §3.2); https.
    pub(super) token_endpoint: String,
    /// RFC 8628 §3.1.
    pub(super) device_authorization_endpoint: Option<String>,
    /// RFC 9126 §5.
    pub(super) pushed_authorization_request_endpoint: Option<String>,
    /// Authorization requests that were not pushed are refused (RFC 9126 §5).
    #[serde(default)]
    pub(super) require_pushed_authorization_requests: bool,
    /// RFC 7591 §3.
    pub(super) registration_endpoint: Option<String>,
    /// Whether tokens can be bound to a key (RFC 9449).
    #[serde(default)]
    pub(super) dpop: DpopFile,
    /// How the browser brings the answer back. Absent: a code in the query.
    #[serde(default)]
    pub(super) answer: AnswerFile,
    /// How the authorization endpoint calls its parameters, where not by the names of RFC 6749.
    #[serde(default)]
    pub(super) authorize_names: AuthorizeNamesFile,
    /// How a client proves itself at the token endpoint; the first is used where a client says nothing else.
    pub(super) client_authentication: Vec<ClientAuthenticationFile>,
    /// Whether a person has to enter a client secret.
    pub(super) client_secret: SecretNeedFile,
    /// What the provider says of PKCE (RFC 7636). It is sent always.
    pub(super) pkce: PkceFile,
    /// How scopes are written, and which are needed for what.
    pub(super) scopes: ScopesFile,
    /// Further parameters of every authorization request. Those of the flow itself are refused.
    #[serde(default)]
    pub(super) authorize_parameters: BTreeMap<String, String>,
    /// Parameters that are added, or replace others, when a connection is brought back.
    #[serde(default)]
    pub(super) reconnect_parameters: BTreeMap<String, String>,
    /// The parameter that preselects an account.
    pub(super) login_hint_parameter: Option<String>,
    /// How token requests are written. Absent: as a form.
    #[serde(default)]
    pub(super) token_request: TokenRequestFile,
    /// How token answers are to be read.
    #[serde(default)]
    pub(super) token_answer: TokenAnswerFile,
    /// What refresh tokens of this provider do.
    pub(super) refresh: RefreshFile,
    /// Which redirect URIs it takes on this machine.
    pub(super) redirect: RedirectFile,
    /// The cheapest call that says who signed in.
    pub(super) identity: Option<IdentityFile>,
    /// Harmless calls beside the identity call.
    #[serde(default)]
    pub(super) checks: Vec<CheckFile>,
    /// Objects that a rehearsal makes, reads back, changes and removes.
    #[serde(default)]
    pub(super) trial_objects: Vec<TrialObjectFile>,
    /// How a grant is taken back. Absent: it cannot be.
    pub(super) revocation: Option<RevocationFile>,
    /// Hosts an access token may be sent to beside those of the endpoints; one that begins with a dot stands for all
    /// below it.
    #[serde(default)]
    pub(super) api_hosts: Vec<String>,
    /// The answer header that holds the provider's own request id.
    pub(super) request_id_header: Option<String>,
    /// JSON pointer into a refusal's body.
    pub(super) request_id_pointer: Option<String>,
    /// Answer headers that tell of rate limits.
    #[serde(default)]
    pub(super) rate_limit_headers: Vec<String>,
    /// The provider's own ways of saying what went wrong; the first that matches counts.
    #[serde(default)]
    pub(super) error_signatures: Vec<SignatureFile>,
    /// Pages a person may be sent to; https.
    #[serde(default)]
    pub(super) pages: PagesFile,
    /// What a person does at the provider to get a client.
    #[serde(default)]
    pub(super) setup: SetupFile,
    /// Oddities worth knowing.
    #[serde(default)]
    pub(super) quirks: Vec<QuirkFile>,
    /// Where each part of the file comes from, and how sure it is; the key is the part's name.
    #[serde(default)]
    pub(super) evidence: BTreeMap<String, SourceFile>,
}

/// Who issues the tokens.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerFile {
    /// Compared character by character with what answers carry.
    pub(super) identifier: String,
    /// Every authorization answer carries `iss` (RFC 9207).
    #[serde(default)]
    pub(super) answers_carry_iss: bool,
}

/// A way for a client to prove itself.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum ClientAuthenticationFile {
    /// Id and secret in an `Authorization: Basic` header.
    Basic,
    /// Id and secret in the body.
    Post,
    /// The id alone, in the body.
    Public,
    /// A signed assertion (RFC 7523 §2.2).
    PrivateKeyJwt,
}

/// Whether a client secret is needed.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum SecretNeedFile {
    Required,
    Optional,
}

/// What the provider says of PKCE.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum PkceFile {
    Required,
    Supported,
    Undocumented,
}

/// Scopes: their writing and their meaning.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ScopesFile {
    /// The authorization parameter; absent or null where the provider knows no scopes.
    pub(super) parameter: Option<String>,
    /// What stands between two scopes; a space unless said otherwise.
    #[serde(default = "space")]
    pub(super) separator: char,
    /// The same in token answers, where it differs.
    pub(super) answer_separator: Option<char>,
    /// Asked for at every sign-in: to know who it is, and to stay connected.
    #[serde(default)]
    pub(super) always: Vec<String>,
    /// What a person may want to do.
    #[serde(default)]
    pub(super) actions: Vec<ActionFile>,
    /// Scopes of `always` in words, beside those every OpenID provider shares.
    #[serde(default)]
    pub(super) meanings: BTreeMap<String, String>,
    /// A token answer without `scope` means all that was asked for (RFC 6749 §5.1).
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
    /// Scopes of a second kind, which come with a token of their own: a person's beside an app's.
    pub(super) apart: Option<ScopesApartFile>,
}

/// Scopes that go into another parameter. One sign-in asks for one kind.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ScopesApartFile {
    /// The authorization parameter.
    pub(super) parameter: String,
    /// What stands before such scopes in this file, and is left away at the provider: `user:`.
    pub(super) prefix: String,
    /// The `token_type` of their token.
    pub(super) token_type: String,
}

/// What a person wants to do, and the scopes it takes.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ActionFile {
    /// In words: "Read files in Drive".
    pub(super) allows: String,
    /// The fewest that will do.
    pub(super) scopes: Vec<String>,
    /// Ticked at first.
    #[serde(default)]
    pub(super) preselected: bool,
    /// It changes things at the provider.
    #[serde(default)]
    pub(super) writes: bool,
}

/// How token requests are written.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequestFile {
    /// As JSON rather than as a form.
    #[serde(default)]
    pub(super) json: bool,
    /// Further headers.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// Further parameters of the request that trades a code.
    #[serde(default)]
    pub(super) code_parameters: BTreeMap<String, String>,
}

/// How token answers are to be read.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct TokenAnswerFile {
    /// JSON pointers to where the token fields may stand, first match wins; the empty one is the top.
    pub(super) locations: Option<Vec<String>>,
    /// An answer without `expires_in` is for a token that does not expire.
    #[serde(default)]
    pub(super) missing_expiry_means_never: bool,
    /// What the provider usually gives; settles doubtful units.
    pub(super) usual_lifetime_seconds: Option<u64>,
    /// Some answers are forms rather than JSON.
    #[serde(default)]
    pub(super) may_be_form_encoded: bool,
    /// Names for JSON pointers into the answer whose values are kept with the connection; `{name}` stands for them in
    /// later addresses.
    #[serde(default)]
    pub(super) kept_fields: BTreeMap<String, String>,
}

/// What refresh tokens do.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshFile {
    /// Whether a refresh brings a new refresh token.
    pub(super) rotation: RotationFile,
    /// What it takes to be given a refresh token.
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum PreviousTokenFile {
    Refused,
    WorksForSeconds(u32),
    WorksUntilSuccessorIsUsed,
}

/// So many refreshes within so long.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetFile {
    /// How many.
    pub(super) count: u32,
    /// In how many seconds.
    pub(super) within_seconds: u32,
}

/// Whether a refresh brings a new refresh token.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum RotationFile {
    /// The refresh token stays.
    Never,
    /// Every refresh brings a new one.
    Always,
    /// It depends: on a setting, or on time.
    Sometimes,
}

/// What it takes to be given a refresh token.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum HowIssuedFile {
    /// Nothing.
    Always,
    /// A parameter of the authorization or token request.
    ByParameter,
    /// A scope.
    ByScope,
    /// A setting of the client at the provider.
    ByClientSetting,
    /// There is none.
    Never,
}

/// Redirect URIs on this machine (RFC 8252 §7.3).
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RedirectFile {
    /// The provider refuses http even on loopback.
    #[serde(default)]
    pub(super) https: bool,
    /// The host the provider takes.
    pub(super) host: RedirectHostFile,
    /// Absent: any free port is accepted.
    #[serde(default)]
    pub(super) is_port_compared: bool,
    /// Which port that is; 43117 unless said otherwise.
    pub(super) port: Option<u16>,
    /// `/callback` unless said otherwise.
    pub(super) path: Option<String>,
    /// The path stands as it is, without the provider's name behind it.
    #[serde(default)]
    pub(super) is_path_exact: bool,
}

/// A host of this machine.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum RedirectHostFile {
    #[serde(rename = "127.0.0.1")]
    Ipv4,
    #[serde(rename = "[::1]")]
    Ipv6,
    #[serde(rename = "localhost")]
    Localhost,
}

/// One of the provider's ways of saying what went wrong.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureFile {
    /// Where it is said. Absent: wherever it is said.
    pub(super) endpoint: Option<SignatureEndpointFile>,
    /// Only with this status. Absent: with any.
    pub(super) http_status: Option<u16>,
    /// The answer holds this text, letter case aside.
    pub(super) contains: Option<String>,
    /// The answer has fields of these names, at any depth, with exactly these values; numbers as text.
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
    /// The answer carries this header.
    pub(super) header: Option<SignatureHeaderFile>,
    /// One of the causes that Patchbay tells apart.
    pub(super) cause: String,
    /// The next best action, where it is another than usual for the cause.
    pub(super) action: Option<String>,
    /// What the provider means by it, in one plain sentence.
    pub(super) meaning: Option<String>,
}

/// A header that a refusal carries.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureHeaderFile {
    /// Its name, letter case aside.
    pub(super) name: String,
    /// Stands in its value, letter case aside. Absent: any value.
    pub(super) contains: Option<String>,
}

/// Where a refusal is said.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum SignatureEndpointFile {
    Authorize,
    /// Whatever was asked of the token endpoint.
    Token,
    /// A code was to be traded.
    TokenExchange,
    /// A refresh was asked for.
    TokenRefresh,
    Api,
}

/// Pages for people.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PagesFile {
    /// Where clients are made.
    pub(super) console: Option<String>,
    /// Where a person takes access back.
    pub(super) revoke_access: Option<String>,
    /// Where outages are told.
    pub(super) status: Option<String>,
    /// The provider's documentation of its OAuth.
    pub(super) documentation: Option<String>,
    /// Pages where an answer may send a person to mend what it refuses, beside those where clients are made and access
    /// is taken back: host and path, where `*` is any one part of the path and `**` at its end all that follows.
    #[serde(default)]
    pub(super) mending_pages: Vec<String>,
    /// The header of a refusal that names such a page.
    pub(super) mending_header: Option<MendingHeaderFile>,
}

/// `{ "name": "x-github-sso", "parameter": "url" }` of `X-GitHub-SSO: required; url=https://…`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct MendingHeaderFile {
    pub(super) name: String,
    pub(super) parameter: String,
}

/// What a person says before the addresses are whole.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct VariableFile {
    /// As it stands between braces.
    pub(super) name: String,
    /// What a person is asked for.
    pub(super) asks: String,
    /// A hint.
    pub(super) example: String,
    /// Taken where nothing is said.
    pub(super) usual: Option<String>,
    /// What it may consist of.
    pub(super) shape: VariableShapeFile,
}

/// What a variable may consist of.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum VariableShapeFile {
    /// One name: letters, digits, `-` and `_`.
    Label,
    /// A host name, with a port if need be.
    Host,
    /// Letters, digits, dots, `-` and `_`.
    Region,
}

/// Whether tokens can, or must, be bound to a key.
#[derive(Deserialize, Clone, Copy, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum DpopFile {
    #[default]
    NotOffered,
    Offered,
    Required,
}

/// How the browser brings the answer back.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerFile {
    /// Where in the answer its parameters stand.
    #[serde(default)]
    pub(super) mode: AnswerModeFile,
    /// The token itself comes back, rather than a code.
    #[serde(default)]
    pub(super) holds_token: bool,
    /// Names for further parameters of the answer that are kept with the connection; `{name}` stands for them in later
    /// addresses, and `workspace_id` for the workspace.
    #[serde(default)]
    pub(super) kept_parameters: BTreeMap<String, String>,
}

/// How the authorization endpoint calls its parameters, where not by the names of RFC 6749.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizeNamesFile {
    /// `client_id`, there.
    pub(super) client_id: Option<String>,
    /// `redirect_uri`, there.
    pub(super) redirect_uri: Option<String>,
    /// What the token is called in an answer that holds one.
    pub(super) access_token: Option<String>,
    /// No `state` comes back: it travels in the redirect URI's query.
    #[serde(default)]
    pub(super) state_in_redirect: bool,
}

/// Where the parameters of an answer stand.
#[derive(Deserialize, Clone, Copy, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerModeFile {
    #[default]
    Query,
    FormPost,
    Fragment,
}

/// How many refresh tokens may live at one time.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct LiveTokensFile {
    /// So many.
    pub(super) count: u32,
    /// What is counted together.
    pub(super) per: LiveTokenScopeFile,
    /// What one more does.
    pub(super) excess: ExcessTokenFile,
}

/// What is counted together.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum LiveTokenScopeFile {
    AccountAndClient,
    Account,
    Client,
}

/// What one refresh token too many does.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum ExcessTokenFile {
    OldestEnds,
    AllOthersEnd,
    Refused,
}

/// What a person does at the provider to get a client.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SetupFile {
    /// What the provider calls the right kind of client.
    pub(super) app_kind: Option<String>,
    /// One sentence each; `{redirect_uri}` and `{scopes}` stand for what is to be pasted.
    #[serde(default)]
    pub(super) steps: Vec<String>,
    /// What the provider calls the client id, where it has another name for it.
    pub(super) client_id_name: Option<String>,
    /// What it calls the client secret.
    pub(super) client_secret_name: Option<String>,
    /// How the owner of an object lets the app see it, one sentence each; `{account}` and `{app}` stand for the signed-in
    /// account and the client's name.
    #[serde(default)]
    pub(super) share_steps: Vec<String>,
}

/// An oddity of a provider.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct QuirkFile {
    /// In one sentence.
    pub(super) says: String,
    /// The name of the practice provider's fault that rehearses it.
    pub(super) fault: Option<String>,
    /// An address where it can be read.
    pub(super) source: String,
    /// How sure it is.
    pub(super) certainty: CertaintyFile,
}

/// Where a part of the file comes from.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    /// An address where it can be read, or checked where it is only remembered.
    pub(super) source: String,
    /// How sure it is.
    pub(super) certainty: CertaintyFile,
}

/// How sure a fact is.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum CertaintyFile {
    /// Read in the source.
    Verified,
    /// The main value was read there, the rest was not.
    Partly,
    /// Read nowhere: shown as unverified.
    Remembered,
}

fn space() -> char {
    ' '
}

fn yes() -> bool {
    true
}
