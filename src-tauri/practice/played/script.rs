//! What a provider demands and answers, as its file says it: the part that is played [A2].

use std::collections::BTreeMap;

use serde_json::Value;

use super::places::Place;
use super::signatures::Signature;

/// How the browser carries the answer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerMode {
    Query,
    FormPost,
    Fragment,
}

/// When refresh tokens are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issued {
    Always,
    ByParameter,
    ByScope,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    Never,
    Always,
    Sometimes,
}

/// What a refresh token is good for after its successor was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Previous {
    Refused,
    WorksForSeconds(u64),
    WorksUntilSuccessorIsUsed,
}

/// Where an API wants its token.
#[derive(Clone, Debug)]
pub(super) enum TokenIn {
    Bearer,
    Header { name: String, prefix: String },
    Query(String),
}

/// A call of the API that the file names.
pub(super) struct Call {
    pub(super) place: Place,
    pub(super) is_post: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) token_in: TokenIn,
    pub(super) success_flag: Option<String>,
    pub(super) scopes: Vec<String>,
    /// For a call without content, once it is let in.
    pub(super) refused_with: Option<ContentRefusal>,
    /// `None`: a check, which tells nothing of who is signed in.
    pub(super) who: Option<Who>,
}

/// What there is to say of a request that holds nothing to write.
pub(super) struct ContentRefusal {
    pub(super) status: u16,
    /// A pointer, and the code there.
    pub(super) code: Option<(String, String)>,
}

/// Where the answer says who is signed in.
#[derive(Default)]
pub(super) struct Who {
    pub(super) subject: Vec<String>,
    pub(super) label: Vec<String>,
    pub(super) workspace_id: Vec<String>,
    pub(super) workspace_name: Vec<String>,
    pub(super) account_domain: Option<String>,
    pub(super) account_kind: Option<String>,
    pub(super) scopes_header: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Form,
    Json,
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    AsClient,
    Basic,
    Bearer,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    ThisToken,
    ThisGrant,
    AllGrantsOfTheClient,
}

pub(super) struct Revocation {
    pub(super) place: Place,
    pub(super) is_delete: bool,
    pub(super) body: BodyKind,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) is_standard: bool,
    pub(super) shown: Shown,
    pub(super) wants_access_token: bool,
    pub(super) effect: Effect,
    pub(super) headers: Vec<(String, String)>,
    pub(super) success_flag: Option<String>,
    pub(super) leaves_access_token: bool,
    pub(super) refuses_public_clients: bool,
}

/// Where the client lets the browser come back to.
pub(super) struct Redirect {
    pub(super) start: String,
    pub(super) is_port_compared: bool,
}

/// Parameters of the authorization endpoint under names of the provider's own.
pub(super) struct Names {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) access_token: String,
    /// There is no `state`: it travels in the query of the redirect URI.
    pub(super) is_state_in_redirect: bool,
}

/// Scopes that come with a token of their own.
pub(super) struct Apart {
    pub(super) parameter: String,
    pub(super) prefix: String,
    pub(super) token_type: String,
}

/// Everything the file demands.
pub(super) struct Script {
    pub(super) id: String,
    pub(super) issuer: Option<String>,
    pub(super) answers_carry_iss: bool,
    pub(super) authorize: Place,
    pub(super) token: Place,
    /// Where refreshes go, if not to the token endpoint.
    pub(super) refresh: Option<Place>,
    pub(super) mode: AnswerMode,
    pub(super) holds_token: bool,
    pub(super) ways: Vec<String>,
    pub(super) is_pkce_required: bool,
    pub(super) scope_parameter: Option<String>,
    /// Scopes of a second kind: their parameter, their prefix in the file, the type of their token.
    pub(super) apart: Option<Apart>,
    /// Names and parameters of what an answer tells beside its code.
    pub(super) kept_parameters: Vec<(String, String)>,
    /// The claim of ID tokens that names the workspace.
    pub(super) workspace_claim: Option<String>,
    pub(super) separator: String,
    pub(super) answer_separator: String,
    pub(super) known_scopes: Vec<String>,
    pub(super) authorize_parameters: Vec<(String, String)>,
    pub(super) reconnect_parameters: Vec<(String, String)>,
    pub(super) wants_json: bool,
    pub(super) token_headers: Vec<(String, String)>,
    /// Further parameters of the request that trades a code.
    pub(super) code_parameters: Vec<(String, String)>,
    /// What the authorization endpoint calls its parameters.
    pub(super) names: Names,
    pub(super) locations: Vec<String>,
    pub(super) lifetime_seconds: Option<u64>,
    pub(super) missing_expiry_means_never: bool,
    pub(super) may_be_form_encoded: bool,
    pub(super) kept_fields: Vec<(String, String)>,
    /// Kept fields that are whole addresses, because addresses of the file begin with them.
    pub(super) kept_addresses: BTreeMap<String, String>,
    pub(super) issued: Issued,
    pub(super) rotation: Rotation,
    pub(super) previous: Previous,
    pub(super) redirect: Redirect,
    pub(super) calls: Vec<Call>,
    pub(super) revocation: Option<Revocation>,
    pub(super) request_id_header: Option<String>,
    pub(super) signatures: Vec<Signature>,
}
