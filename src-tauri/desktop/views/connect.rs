//! Signing in: what is asked, what is under way, what came of it [A2, A7, E1].

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CauseView, EnvironmentView, Millis};

/// What a person filled in to connect.
#[derive(Deserialize, TS)]
pub struct ConnectForm {
    /// A provider of the catalogue, or an issuer's https address.
    pub provider: String,
    /// A client already known, by its id; otherwise the two fields below make a new one.
    pub client: Option<String>,
    pub client_id: Option<String>,
    /// Crosses once, towards the keychain; never comes back.
    pub client_secret: Option<String>,
    pub scopes: Vec<String>,
    pub name: Option<String>,
    pub customer: Option<String>,
    pub environment: EnvironmentView,
}

/// What has to be known, and done at the provider, before the browser opens.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ConnectPlanView {
    pub provider_id: String,
    pub provider_name: String,
    pub provider_tag: String,
    pub issuer: Option<String>,
    /// Where authorization happens: the host a person will see in the browser.
    pub authorization_host: String,
    /// What to register at the provider, character for character.
    pub redirect_uri: String,
    /// Any port is accepted, so the one in `redirect_uri` is only an example.
    pub is_any_port: bool,
    /// Null while it is free; otherwise why the port cannot be had.
    pub port_taken_by: Option<String>,
    pub client_secret: SecretNeedView,
    pub has_console: bool,
    pub scope_choices: Vec<ScopeChoiceView>,
    pub clients: Vec<ClientView>,
}

/// Whether the provider wants a client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretNeedView {
    Required,
    Optional,
    /// Nothing to enter: the client is built in.
    BuiltIn,
}

/// Scopes by what one wants to do [C4].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ScopeChoiceView {
    pub allows: String,
    pub scopes: Vec<String>,
    pub is_preselected: bool,
    /// Needed to know who signed in, or to stay connected.
    pub is_always: bool,
}

/// An OAuth app the person registered.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClientView {
    pub id: String,
    pub provider_id: String,
    pub name: String,
    pub client_id: String,
    pub has_secret: bool,
    pub environment: EnvironmentView,
    pub connection_count: u32,
}

/// One sign-in, from the open browser to its end.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SignInView {
    pub id: String,
    /// Set when an existing connection is being brought back.
    pub reconnects: Option<String>,
    pub provider_id: String,
    pub provider_name: String,
    pub authorize_url: String,
    pub redirect_uri: String,
    pub started_at: Millis,
    pub ends_at: Millis,
    pub progress: SignInProgressView,
}

/// How far a sign-in has come.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignInProgressView {
    /// The browser was asked to open; the answer has not come yet.
    WaitingForBrowser { browser_opened: bool, strange_request_count: u32 },
    ExchangingCode,
    Identifying,
    Storing,
    /// Another account, workspace or fewer scopes: nothing is replaced before a yes [A7].
    NeedsDecision { comparison: ReconnectComparisonView },
    Connected { connection_id: String },
    /// The person refused the new grant; `revoked` says whether the provider took it back.
    Refused { revoked: bool },
    Failed { failure: SignInFailureView },
    Cancelled,
    TimedOut,
}

/// Why a sign-in failed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInFailureView {
    /// The provider, or its answer, is the cause.
    Cause { cause: CauseView, detail: Option<String> },
    /// Our own machine is: the code has words in `words/errors.ts`.
    Ours { code: crate::command_error::ErrorCode, message: String },
}

/// Old and new, side by side [A7].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReconnectComparisonView {
    pub old: IdentityView,
    pub new: IdentityView,
    pub is_other_account: bool,
    pub is_other_workspace: bool,
    /// The provider does not say who signed in, so nothing can be compared.
    pub is_identity_unknown: bool,
    pub scopes_lost: Vec<String>,
    pub scopes_gained: Vec<String>,
    pub dependant_count: u32,
}

/// Who a grant belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IdentityView {
    pub account: Option<String>,
    pub subject: Option<String>,
    pub workspace: Option<String>,
    pub account_kind: Option<String>,
}

/// What a person says to a grant that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReconnectDecision {
    Replace,
    KeepBoth,
    Refuse,
}
