//! Provider: everything the catalogue says about one provider, as kinds of behaviour [A2, B10, B11, C4].

pub mod limits;
pub mod scope_map;

use std::time::Duration;

use url::Url;

use self::limits::{PreviousToken, RefreshLimits};
use crate::ids::ProviderId;

/// One provider. Made from a catalogue file or from a discovery document.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    pub id: ProviderId,
    pub name: String,
    /// Two letters for the board's tag.
    pub tag: String,
    /// Other words people look for.
    pub also: Vec<String>,
    pub is_practice: bool,
    pub issuer: Option<Issuer>,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub client_authentication: Vec<ClientAuthentication>,
    pub client_secret: SecretNeed,
    /// The client id of a client that needs no set-up.
    pub built_in_client_id: Option<String>,
    pub pkce: Pkce,
    pub scopes: ScopeRules,
    pub authorize_parameters: Vec<(String, String)>,
    /// Added when an existing connection is brought back: account chooser, login hint.
    pub reconnect_parameters: Vec<(String, String)>,
    /// The parameter that preselects an account, where there is one.
    pub login_hint_parameter: Option<String>,
    pub token_request: TokenRequestShape,
    pub token_answer: TokenAnswerShape,
    pub refresh: RefreshPolicy,
    pub redirect: RedirectRule,
    pub identity: Option<IdentityCall>,
    pub revocation: Revocation,
    /// Hosts an access token may be sent to, beside those of the endpoints above [S075].
    pub api_hosts: Vec<String>,
    /// The answer header that holds the provider's own request id.
    pub request_id_header: Option<String>,
    pub error_signatures: Vec<ErrorSignature>,
    pub pages: ProviderPages,
}

impl Provider {
    /// A provider of which nothing but its token endpoint is known: it can be shown and refreshed, and
    /// offers nothing else.
    pub fn bare(id: ProviderId, token_endpoint: Url) -> Self {
        Self {
            name: id.to_string(),
            tag: "?".to_owned(),
            also: vec![],
            is_practice: false,
            issuer: None,
            authorization_endpoint: token_endpoint.clone(),
            client_authentication: vec![ClientAuthentication::Basic, ClientAuthentication::Public],
            client_secret: SecretNeed::Optional,
            built_in_client_id: None,
            pkce: Pkce::Undocumented,
            scopes: ScopeRules {
                parameter: None,
                separator: ' ',
                answer_separator: ' ',
                always: vec![],
                actions: vec![],
                meanings: vec![],
                missing_means_as_asked: true,
            },
            authorize_parameters: vec![],
            reconnect_parameters: vec![],
            login_hint_parameter: None,
            token_request: TokenRequestShape { body: TokenRequestBody::Form, headers: vec![] },
            token_answer: TokenAnswerShape {
                locations: vec![String::new()],
                missing_expiry: MissingExpiry::Unknown,
                usual_lifetime: None,
                may_be_form_encoded: false,
                kept_fields: vec![],
            },
            refresh: RefreshPolicy {
                rotation: Rotation::Sometimes,
                idle_life: None,
                absolute_life: None,
                how_issued: HowIssued::ByClientSetting,
                testing_life: None,
                previous_token: PreviousToken::NotKnown,
                limits: RefreshLimits::default(),
            },
            redirect: RedirectRule { host: RedirectHost::Ipv4, port: RedirectPort::Any, path: "/callback".to_owned() },
            identity: None,
            revocation: Revocation::NotOffered,
            api_hosts: vec![],
            request_id_header: None,
            error_signatures: vec![],
            pages: ProviderPages::default(),
            id,
            token_endpoint,
        }
    }
}

/// Who says so: compared character by character with what answers carry [S008, S083].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub identifier: String,
    /// RFC 9207: the server promises `iss` in every authorization answer.
    pub answers_carry_iss: bool,
}

/// How a client proves itself at the token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// Id and secret in an `Authorization: Basic` header, form-encoded first.
    Basic,
    /// Id and secret in the body.
    Post,
    /// Only the id, in the body: a public client.
    Public,
}

/// Whether a person has to enter a client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretNeed {
    Required,
    Optional,
    /// The client is built in; there is nothing to enter.
    BuiltIn,
}

/// What the provider says of PKCE. It is sent always [S002]; this is for words and checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    Required,
    Supported,
    /// Not documented: sent all the same, and ignored.
    Undocumented,
}

/// How scopes are written, and which are needed for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRules {
    /// The authorization parameter, or `None` where the provider knows no scopes.
    pub parameter: Option<String>,
    pub separator: char,
    /// What separates scopes in answers, where it differs.
    pub answer_separator: char,
    /// Always asked for: to know who signed in, and to stay connected.
    pub always: Vec<String>,
    pub actions: Vec<ScopeAction>,
    /// What scopes mean that no action names.
    pub meanings: Vec<(String, String)>,
    /// A token answer without `scope` means "as asked" (RFC 6749 §5.1).
    pub missing_means_as_asked: bool,
}

/// What a person wants to do, and the scopes it takes [C4].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeAction {
    pub allows: String,
    pub scopes: Vec<String>,
    pub is_preselected: bool,
}

/// How token requests are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequestShape {
    pub body: TokenRequestBody,
    pub headers: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRequestBody {
    Form,
    Json,
}

/// How token answers are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAnswerShape {
    /// Where the token fields stand, first match wins; "" is the top.
    pub locations: Vec<String>,
    /// What an answer without `expires_in` means.
    pub missing_expiry: MissingExpiry,
    /// The lifetime this provider usually gives; settles doubtful units [B7].
    pub usual_lifetime: Option<Duration>,
    /// Some answers come form-encoded rather than as JSON.
    pub may_be_form_encoded: bool,
    /// JSON pointers into the answer, kept with the connection: `instance_url` and the like.
    pub kept_fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingExpiry {
    Unknown,
    Never,
}

/// What refresh tokens of this provider do [B11].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshPolicy {
    pub rotation: Rotation,
    /// A refresh token dies when unused for this long.
    pub idle_life: Option<Duration>,
    /// A grant dies this long after consent, whatever one does.
    pub absolute_life: Option<Duration>,
    /// How to get one where none came, for the words of the fix [B10].
    pub how_issued: HowIssued,
    /// How long a grant lives while its client is still being tested.
    pub testing_life: Option<Duration>,
    pub previous_token: PreviousToken,
    pub limits: RefreshLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    Never,
    Always,
    Sometimes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowIssued {
    Always,
    ByParameter,
    ByScope,
    /// A setting of the client at the provider.
    ByClientSetting,
    Never,
}

/// What redirect URIs the provider accepts for loopback (RFC 8252 §7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectRule {
    pub host: RedirectHost,
    pub port: RedirectPort,
    pub path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectHost {
    /// `127.0.0.1`: preferred, nobody else can hold it while we do.
    Ipv4,
    /// The name: both families are held on the same port [S022].
    Localhost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPort {
    Any,
    Fixed(u16),
}

/// The provider's cheapest call that says who is signed in [E2].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityCall {
    pub method: CallMethod,
    /// May hold `{field}` for a kept field of the token answer.
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// A field that is false when the call failed in spite of 200 [B8].
    pub success_flag: Option<String>,
    /// JSON pointers, tried in order.
    pub subject: Vec<String>,
    pub label: Vec<String>,
    pub workspace_id: Vec<String>,
    pub workspace_name: Vec<String>,
    pub account_kind: Option<AccountKindRule>,
    /// The answer header that lists the granted scopes.
    pub scopes_header: Option<String>,
}

/// How the kind of account is told [C8].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountKindRule {
    /// This field holds the organisation's domain; without it the account is a consumer's.
    DomainAt(String),
    /// This field holds the kind in words.
    TextAt(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallMethod {
    Fetch,
    Post,
}

/// How, and with what effect, a grant is taken back [A10].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    NotOffered,
    Offered(RevocationCall),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationCall {
    pub method: RevocationMethod,
    /// May hold `{client_id}`.
    pub url: String,
    pub body: RevocationBody,
    pub authentication: RevocationAuthentication,
    /// Send the access token rather than the refresh token.
    pub wants_access_token: bool,
    pub effect: RevocationEffect,
    pub headers: Vec<(String, String)>,
    /// A field that must be true in the answer for the revocation to have worked.
    pub success_flag: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationMethod {
    Post,
    Delete,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationBody {
    /// `token=…&token_type_hint=…` (RFC 7009 §2.1).
    Form,
    /// One JSON field of this name.
    Json(String),
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationAuthentication {
    /// As at the token endpoint (RFC 7009 §2.1).
    AsClient,
    /// Basic, always.
    Basic,
    /// The access token itself.
    Bearer,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationEffect {
    ThisToken,
    ThisGrant,
    /// Every grant of this account to this client, on any device.
    AllGrantsOfTheClient,
}

/// A provider's own way of saying what went wrong [C1].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSignature {
    pub endpoint: SignatureEndpoint,
    pub http_status: Option<u16>,
    /// Matches when this text stands in the answer's error code or description, letter case aside.
    pub contains: String,
    pub cause: crate::diagnosis::CauseLabel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureEndpoint {
    Authorize,
    Token,
    Api,
}

/// Pages a person may be sent to; https only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderPages {
    pub console: Option<Url>,
    pub revoke_access: Option<Url>,
    pub status: Option<Url>,
}
