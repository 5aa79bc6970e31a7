//! The calls that say who is signed in, show that scopes work, and take a grant back [A10, E2].

/// The provider's cheapest call that says who is signed in [E2].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityCall {
    pub method: CallMethod,
    /// May hold `{field}` for a kept field of the token answer.
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// JSON, as it is sent; a question in GraphQL, for example.
    pub body: Option<String>,
    pub token_place: TokenPlace,
    /// A field that is false when the call failed in spite of 200 [B8].
    pub success_flag: Option<String>,
    /// JSON pointers, tried in order.
    pub subject: Vec<String>,
    pub label: Vec<String>,
    pub workspace_id: Vec<String>,
    pub workspace_name: Vec<String>,
    /// The claim of the ID token that names the workspace, where the call does not.
    pub workspace_claim: Option<String>,
    /// A second call, made when somebody signs in, that lists the workspaces the grant reaches.
    pub workspaces: Option<WorkspacesCall>,
    pub account_kind: Option<AccountKindRule>,
    /// The answer header that lists the granted scopes.
    pub scopes_header: Option<String>,
}

/// Lists the workspaces, sites or teams that a grant reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspacesCall {
    /// May hold `{field}` for a kept field of the token answer.
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// JSON pointer to the list; "" is the whole answer.
    pub list: String,
    /// JSON pointers into one entry.
    pub id: String,
    pub name: Option<String>,
}

/// Where an API wants its access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenPlace {
    /// `Authorization: Bearer` (RFC 6750 §2.1), or `DPoP` where the token is bound.
    Bearer,
    /// A header of this name, the token behind this prefix.
    Header { name: String, prefix: String },
    /// A query parameter. The address must then never be logged.
    Query(String),
}

/// A harmless call that shows that some scopes work [E2].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckCall {
    /// What it does, in words: "List one file".
    pub name: String,
    pub method: CallMethod,
    /// May hold `{field}` for a kept field of the token answer.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// Without these it is not tried.
    pub scopes: Vec<String>,
    pub success_flag: Option<String>,
    /// It asks to write, and is refused for its content once it is let in: made only where that was consented to.
    pub refused_with: Option<ContentRefusal>,
}

/// How a request that may write, and has nothing to write in it, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRefusal {
    pub statuses: Vec<u16>,
    /// JSON pointer to the code, and the codes, where the status alone does not say it.
    pub codes: Option<(String, Vec<String>)>,
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
    /// May hold `{client_id}`, `{token}` and kept fields.
    pub url: String,
    pub body: RevocationBody,
    pub authentication: RevocationAuthentication,
    /// Send the access token rather than the refresh token.
    pub wants_access_token: bool,
    pub effect: RevocationEffect,
    pub headers: Vec<(String, String)>,
    /// A field that must be true in the answer for the revocation to have worked.
    pub success_flag: Option<String>,
    /// The access token in hand goes on working until it expires.
    pub leaves_access_token: bool,
    /// Clients without a secret are turned away.
    pub refuses_public_clients: bool,
}

impl RevocationCall {
    /// Whether a refresh token outlives it: the access token is all that can be shown, and all that ends.
    pub fn ends_access_token_alone(&self) -> bool {
        self.effect == RevocationEffect::ThisToken && self.wants_access_token
    }

    /// Whether each token is revoked by itself, and either can be.
    pub fn is_per_token(&self) -> bool {
        self.effect == RevocationEffect::ThisToken && !self.wants_access_token && !self.leaves_access_token
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationMethod {
    Post,
    Delete,
}

/// Field names with what stands in them: text, or `{token}`, `{token_type_hint}`, `{client_id}`,
/// `{client_secret}` and kept fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationBody {
    /// `token=…&token_type_hint=…` (RFC 7009 §2.1), or fields of the provider's own.
    Form(Vec<(String, String)>),
    Json(Vec<(String, String)>),
    Empty,
}

impl RevocationBody {
    /// The form of RFC 7009 §2.1.
    pub fn standard() -> Self {
        let field = |name: &str| (name.to_owned(), format!("{{{name}}}"));
        Self::Form(vec![field("token"), field("token_type_hint")])
    }
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
