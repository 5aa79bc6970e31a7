//! The calls of a provider file: who is signed in, what works, how a grant is taken back [A2].

use std::collections::BTreeMap;

use serde::Deserialize;

/// The call that says who signed in.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct IdentityFile {
    /// POST rather than GET.
    #[serde(default)]
    pub(in crate::provider_catalogue) post: bool,
    /// https. `{name}` stands for a variable, a kept field or `client_id`.
    pub(in crate::provider_catalogue) url: String,
    /// Further headers.
    #[serde(default)]
    pub(in crate::provider_catalogue) headers: BTreeMap<String, String>,
    /// JSON text, sent as it is.
    pub(in crate::provider_catalogue) body: Option<String>,
    /// Where the access token goes. Absent: `Authorization: Bearer`.
    #[serde(default)]
    pub(in crate::provider_catalogue) token_in: TokenPlaceFile,
    /// JSON pointer to a field that is false when the call failed in spite of 200.
    pub(in crate::provider_catalogue) success_flag: Option<String>,
    /// JSON pointers to the account's own id, tried in order.
    pub(in crate::provider_catalogue) subject: Vec<String>,
    /// To what a person knows the account by.
    #[serde(default)]
    pub(in crate::provider_catalogue) label: Vec<String>,
    /// To the id of the workspace or tenant.
    #[serde(default)]
    pub(in crate::provider_catalogue) workspace_id: Vec<String>,
    /// To its name.
    #[serde(default)]
    pub(in crate::provider_catalogue) workspace_name: Vec<String>,
    /// The claim of the ID token that names the workspace, where the call does not.
    pub(in crate::provider_catalogue) workspace_claim: Option<String>,
    /// A second call, made when somebody signs in, that lists the workspaces the grant reaches.
    pub(in crate::provider_catalogue) workspaces: Option<WorkspacesFile>,
    /// To the organisation's domain; without it the account is a consumer's.
    pub(in crate::provider_catalogue) account_domain: Option<String>,
    /// To the kind of account in words.
    pub(in crate::provider_catalogue) account_kind: Option<String>,
    /// The answer header that lists the granted scopes.
    pub(in crate::provider_catalogue) scopes_header: Option<String>,
}

/// A call whose answer lists workspaces, sites or teams.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct WorkspacesFile {
    /// https. `{name}` stands for a variable, a kept field or `client_id`.
    pub(in crate::provider_catalogue) url: String,
    /// Further headers.
    #[serde(default)]
    pub(in crate::provider_catalogue) headers: BTreeMap<String, String>,
    /// JSON pointer to the list; the empty one is the whole answer.
    #[serde(default)]
    pub(in crate::provider_catalogue) list: String,
    /// JSON pointer to the id within one entry.
    pub(in crate::provider_catalogue) id: String,
    /// To its name.
    pub(in crate::provider_catalogue) name: Option<String>,
}

/// How a grant is taken back (RFC 7009, or the provider's own way).
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct RevocationFile {
    /// https. `{client_id}`, `{token}`, variables and kept fields are filled in.
    pub(in crate::provider_catalogue) url: String,
    /// DELETE rather than POST.
    #[serde(default)]
    pub(in crate::provider_catalogue) delete: bool,
    /// A form unless said otherwise.
    #[serde(default)]
    pub(in crate::provider_catalogue) body: RevocationBodyFile,
    /// Field names with what stands in them: `{token}`, `{token_type_hint}`, `{client_id}`, `{client_secret}`,
    /// kept fields, or text. Absent: what RFC 7009 says.
    pub(in crate::provider_catalogue) fields: Option<BTreeMap<String, String>>,
    /// The access token in hand goes on working until it expires.
    #[serde(default)]
    pub(in crate::provider_catalogue) leaves_access_token: bool,
    /// Clients without a secret are turned away.
    #[serde(default)]
    pub(in crate::provider_catalogue) refuses_public_clients: bool,
    /// How the request proves whose it is.
    pub(in crate::provider_catalogue) authentication: RevocationAuthenticationFile,
    /// The access token is sent rather than the refresh token.
    #[serde(default)]
    pub(in crate::provider_catalogue) wants_access_token: bool,
    /// What it ends.
    pub(in crate::provider_catalogue) effect: RevocationEffectFile,
    /// Further headers; `{token}` and `{client_secret}` may stand in them.
    #[serde(default)]
    pub(in crate::provider_catalogue) headers: BTreeMap<String, String>,
    /// JSON pointer to a field that must be true for it to have worked.
    pub(in crate::provider_catalogue) success_flag: Option<String>,
}

/// How a revocation proves whose it is.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::provider_catalogue) enum RevocationAuthenticationFile {
    /// As at the token endpoint.
    AsClient,
    /// HTTP Basic with id and secret.
    Basic,
    /// By the token itself.
    Bearer,
    /// Not at all.
    Nothing,
}

/// What a revocation ends.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::provider_catalogue) enum RevocationEffectFile {
    /// The token that was sent.
    ThisToken,
    /// All tokens of this grant.
    ThisGrant,
    /// Every grant of this account to this client.
    AllGrantsOfTheClient,
}

/// `"bearer"`, `{ "header": { "name": "X-Token", "prefix": "" } }` or `{ "query": "token" }`.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::provider_catalogue) enum TokenPlaceFile {
    #[default]
    Bearer,
    Header(TokenHeaderFile),
    Query(String),
}

/// A header that holds the access token.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct TokenHeaderFile {
    /// Its name.
    pub(in crate::provider_catalogue) name: String,
    /// What stands before the token.
    #[serde(default)]
    pub(in crate::provider_catalogue) prefix: String,
}

/// A harmless call.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct CheckFile {
    /// What it does, in words: "List one file".
    pub(in crate::provider_catalogue) name: String,
    /// POST rather than GET.
    #[serde(default)]
    pub(in crate::provider_catalogue) post: bool,
    /// https. `{name}` stands for a variable, a kept field or `client_id`.
    pub(in crate::provider_catalogue) url: String,
    /// Further headers.
    #[serde(default)]
    pub(in crate::provider_catalogue) headers: BTreeMap<String, String>,
    /// JSON text, sent as it is.
    pub(in crate::provider_catalogue) body: Option<String>,
    /// Without all of these it is not tried.
    #[serde(default)]
    pub(in crate::provider_catalogue) scopes: Vec<String>,
    /// JSON pointer to a field that is false when the call failed in spite of 200.
    pub(in crate::provider_catalogue) success_flag: Option<String>,
    /// For a call that asks to write and holds nothing to write: how it is refused once it is let in. It is made only
    /// where a person consented to probes that write.
    pub(in crate::provider_catalogue) refused_with: Option<RefusedWithFile>,
}

/// A refusal for the content alone, after scopes and rights were looked at.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::provider_catalogue) struct RefusedWithFile {
    /// The HTTP statuses of it.
    pub(in crate::provider_catalogue) statuses: Vec<u16>,
    /// JSON pointer to a code, where the status alone does not tell.
    pub(in crate::provider_catalogue) pointer: Option<String>,
    /// The codes there that say so.
    #[serde(default)]
    pub(in crate::provider_catalogue) codes: Vec<String>,
}

/// What a revocation's body is.
#[derive(Deserialize, Clone, Copy, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::provider_catalogue) enum RevocationBodyFile {
    #[default]
    Form,
    Json,
    Empty,
}
