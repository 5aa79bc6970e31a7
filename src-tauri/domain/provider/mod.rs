//! Provider: everything the catalogue says about one provider, as kinds of behaviour [A2, B10, B11, C4].

mod calls;
pub mod error_signature;
pub mod evidence;
pub mod limits;
pub mod redirect_uri;
pub mod scope_map;
pub mod trial_object;
pub mod variables;

use std::time::Duration;

use url::Url;

pub use self::calls::{
    AccountKindRule, CallMethod, CheckCall, ContentRefusal, IdentityCall, Revocation, RevocationAuthentication,
    RevocationBody, RevocationCall, RevocationEffect, RevocationMethod, TokenPlace, WorkspacesCall,
};
pub use self::error_signature::{ErrorSignature, SignatureEndpoint, SignatureHeader};
use self::evidence::FactSource;
use self::limits::{LiveTokenLimit, PreviousToken, RefreshLimits};
use self::trial_object::TrialObject;
use self::variables::EndpointVariable;
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
    /// What a person says before the endpoints are whole: a shop, an organisation's address.
    pub variables: Vec<EndpointVariable>,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    /// Where a refresh goes, when it is not the token endpoint.
    pub refresh_endpoint: Option<Url>,
    /// RFC 8628 §3.1.
    pub device_authorization_endpoint: Option<Url>,
    pub pushed_authorization: PushedAuthorization,
    /// RFC 7591 §3.
    pub registration_endpoint: Option<Url>,
    pub dpop: Dpop,
    pub answer: AuthorizationAnswer,
    /// How this provider calls the parameters of its authorization endpoint.
    pub authorize_names: AuthorizeNames,
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
    /// Harmless calls beside the identity call, each for a scope or two [E2].
    pub checks: Vec<CheckCall>,
    /// What a rehearsal makes and removes, each kind by itself [E4].
    pub trial_objects: Vec<TrialObject>,
    pub revocation: Revocation,
    /// Hosts an access token may be sent to, beside those of the endpoints above [S075].
    pub api_hosts: Vec<String>,
    /// The answer header that holds the provider's own request id.
    pub request_id_header: Option<String>,
    /// Where a refusal's body holds it (JSON pointer), beside or without the header.
    pub request_id_pointer: Option<String>,
    /// Answer headers that tell of rate limits, as the provider spells them.
    pub rate_limit_headers: Vec<String>,
    pub error_signatures: Vec<ErrorSignature>,
    pub pages: ProviderPages,
    pub setup: SetupGuide,
    /// Oddities worth knowing, in words.
    pub quirks: Vec<Quirk>,
    /// Where each part of all this comes from, and how sure it is.
    pub evidence: Vec<(String, FactSource)>,
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
            variables: vec![],
            authorization_endpoint: token_endpoint.clone(),
            refresh_endpoint: None,
            device_authorization_endpoint: None,
            pushed_authorization: PushedAuthorization::NotOffered,
            registration_endpoint: None,
            dpop: Dpop::NotOffered,
            answer: AuthorizationAnswer { mode: AnswerMode::Query, holds: AnswerHolds::Code, kept_parameters: vec![] },
            authorize_names: AuthorizeNames::default(),
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
                implies: vec![],
                missing_means_as_asked: true,
                widening: ScopeWidening::AsksAllAgain,
                widening_parameters: vec![],
                apart: None,
            },
            authorize_parameters: vec![],
            reconnect_parameters: vec![],
            login_hint_parameter: None,
            token_request: TokenRequestShape { body: TokenRequestBody::Form, headers: vec![], code_parameters: vec![] },
            token_answer: TokenAnswerShape {
                locations: vec![String::new()],
                missing_expiry: MissingExpiry::Unknown,
                usual_lifetime: None,
                may_be_form_encoded: false,
                kept_fields: vec![],
                apart: None,
            },
            refresh: RefreshPolicy {
                rotation: Rotation::Sometimes,
                idle_life: None,
                absolute_life: None,
                how_issued: HowIssued::ByClientSetting,
                testing_life: None,
                previous_token: PreviousToken::NotKnown,
                limits: RefreshLimits::default(),
                live_tokens: None,
            },
            redirect: RedirectRule {
                scheme: RedirectScheme::Http,
                host: RedirectHost::Ipv4,
                port: RedirectPort::Any,
                path: "/callback".to_owned(),
                is_path_exact: false,
            },
            identity: None,
            checks: vec![],
            trial_objects: vec![],
            revocation: Revocation::NotOffered,
            api_hosts: vec![],
            request_id_header: None,
            request_id_pointer: None,
            rate_limit_headers: vec![],
            error_signatures: vec![],
            pages: ProviderPages::default(),
            setup: SetupGuide::default(),
            quirks: vec![],
            evidence: vec![],
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
    /// A signed assertion in place of a secret (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl ClientAuthentication {
    const ALL: [Self; 4] = [Self::Basic, Self::Post, Self::Public, Self::PrivateKeyJwt];

    /// As in `token_endpoint_auth_methods_supported` (RFC 7591 §2, OpenID Connect Core §9).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::Public => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Whether authorization requests may, or must, be pushed first (RFC 9126).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedAuthorization {
    NotOffered,
    Offered(Url),
    Required(Url),
}

/// Whether tokens can, or must, be bound to a key of ours (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dpop {
    NotOffered,
    Offered,
    Required,
}

/// How the browser brings the answer back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationAnswer {
    pub mode: AnswerMode,
    pub holds: AnswerHolds,
    /// Further parameters of an answer that are kept with the connection: by which name, and what it is called there.
    pub kept_parameters: Vec<(String, String)>,
}

/// OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerMode {
    Query,
    FormPost,
    Fragment,
}

#[derive(Debug, Clone, PartialEq, Eq, Copy)]
pub enum AnswerHolds {
    /// A code to be traded at the token endpoint.
    Code,
    /// The token itself: nothing is traded, and nothing refreshes it.
    Token,
}

/// The names of parameters, where they are not those of RFC 6749 §4.1.1 and §4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeNames {
    pub client_id: String,
    pub redirect_uri: String,
    /// What the token is called in an answer that holds one.
    pub access_token: String,
    /// The provider gives no `state` back: it travels in the redirect URI's query.
    pub is_state_in_redirect: bool,
}

impl Default for AuthorizeNames {
    fn default() -> Self {
        Self {
            client_id: "client_id".to_owned(),
            redirect_uri: "redirect_uri".to_owned(),
            access_token: "access_token".to_owned(),
            is_state_in_redirect: false,
        }
    }
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
    /// A scope, and those it takes the place of.
    pub implies: Vec<(String, Vec<String>)>,
    /// A token answer without `scope` means "as asked" (RFC 6749 §5.1).
    pub missing_means_as_asked: bool,
    pub widening: ScopeWidening,
    /// Added when only further scopes are asked for: `include_granted_scopes`.
    pub widening_parameters: Vec<(String, String)>,
    /// Scopes of a second kind, which come with a token of their own.
    pub apart: Option<ScopesApart>,
}

/// Scopes that are asked for beside the others and granted to another token: of a person rather than of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopesApart {
    /// The authorization parameter they go into.
    pub parameter: String,
    /// What stands before them here, and never at the provider.
    pub prefix: String,
    /// The `token_type` of their token.
    pub token_type: String,
}

/// What a consent to further scopes does to those granted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeWidening {
    /// They are kept: only the new ones have to be asked for.
    KeepsGranted,
    /// The new grant holds what was asked for and nothing else.
    AsksAllAgain,
}

/// What a person wants to do, and the scopes it takes [C4].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeAction {
    pub allows: String,
    pub scopes: Vec<String>,
    pub is_preselected: bool,
    /// It changes things at the provider.
    pub writes: bool,
}

/// How token requests are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequestShape {
    pub body: TokenRequestBody,
    pub headers: Vec<(String, String)>,
    /// Further parameters of the request that trades a code.
    pub code_parameters: Vec<(String, String)>,
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
    /// Whose scopes are written with a prefix here.
    pub apart: Option<ScopesApart>,
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
    /// How many refresh tokens may live at one time [A8].
    pub live_tokens: Option<LiveTokenLimit>,
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
    pub scheme: RedirectScheme,
    pub host: RedirectHost,
    pub port: RedirectPort,
    pub path: String,
    /// The path stands as it is; otherwise the provider's name is added, so that answers cannot be mixed up.
    pub is_path_exact: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectScheme {
    Http,
    /// With a certificate of our own making, for providers that insist.
    Https,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectHost {
    /// `127.0.0.1`: preferred, nobody else can hold it while we do.
    Ipv4,
    /// `[::1]`.
    Ipv6,
    /// The name: both families are held on the same port [S022].
    Localhost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPort {
    Any,
    Fixed(u16),
}

/// Pages a person may be sent to; https only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderPages {
    pub console: Option<Url>,
    pub revoke_access: Option<Url>,
    pub status: Option<Url>,
    /// The provider's own documentation of its OAuth.
    pub documentation: Option<Url>,
    /// Pages of the provider's own where an answer may send a person to mend what it refuses, beside the console and the
    /// access page: host and path, where `*` is any one part of it and `**` at the end all that follows.
    pub mending_pages: Vec<String>,
    /// The header that names such a page.
    pub mending_header: Option<MendingHeader>,
}

/// A header of a refusal with an address among its parameters: `required; url=https://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendingHeader {
    /// Letter case aside.
    pub name: String,
    pub parameter: String,
}

/// What a person does at the provider to get a client, in order [C5].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetupGuide {
    /// What the provider calls the right kind of client: "Desktop app".
    pub app_kind: Option<String>,
    /// One sentence each. `{redirect_uri}` and `{scopes}` stand for what is to be pasted.
    pub steps: Vec<String>,
    /// What the provider calls the client id and the client secret, where it has other names for them.
    pub client_id_name: Option<String>,
    pub client_secret_name: Option<String>,
    /// How the owner of an object lets the app see it, in order. `{account}` and `{app}` stand for the signed-in account
    /// and the client's name. Empty: nobody has written it down.
    pub share_steps: Vec<String>,
}

/// An oddity of a provider, and the switch of the practice provider that rehearses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirk {
    pub says: String,
    /// The name of a fault of the practice provider.
    pub fault: Option<String>,
    pub source: FactSource,
}
