//! Signing in: what is asked, what is under way, what came of it [A2, A7, E1].

use domain::connection::reconnect::{self, ReconnectComparison, Refusal};
use domain::connection::{Client, Identity};
use domain::provider::{Dpop, RedirectRule, ScopeAction, SecretNeed};
use engine::flows::connect::{ConnectPlan, DevicePrompt, LeftBecause, SignIn, SignInFailure, SignInProgress};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    BudgetView, CauseView, EnvironmentView, HandedOverView, Millis, PlatformFailureView, VariableValue, VariableView,
    count,
};
use crate::command_error::CommandError;

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
    /// A code is typed on another device; no browser comes back here.
    #[serde(default)]
    pub uses_device: bool,
    /// What makes the provider's addresses whole.
    #[serde(default)]
    pub variables: Vec<VariableValue>,
    /// The one API the tokens are for (RFC 8707).
    #[serde(default)]
    pub resource: Option<String>,
    /// Tokens are bound to a key of ours, also where the provider only offers it (RFC 9449).
    #[serde(default)]
    pub dpop: bool,
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
    /// What to register at the provider, character for character; without a port where any serves.
    pub redirect_uri: String,
    /// Any port is accepted, so there is none in `redirect_uri`.
    pub is_any_port: bool,
    /// False: the right kind of client takes any address of this computer, and is not told one.
    pub has_redirect_to_register: bool,
    /// Null while it is free; otherwise why the port cannot be had.
    pub port_taken_by: Option<String>,
    pub client_secret: SecretNeedView,
    /// What the provider calls the two; null: as everybody does.
    pub client_id_name: Option<String>,
    pub client_secret_name: Option<String>,
    pub has_console: bool,
    /// What has to be known before the provider's addresses are whole.
    pub variables: Vec<VariableView>,
    /// Whether tokens are bound to a key of ours.
    pub dpop: DpopView,
    /// What stands between two scopes where they are pasted.
    pub scope_separator: String,
    /// The provider knows no scopes: what is granted is chosen on its own page.
    pub has_no_scopes: bool,
    pub scope_choices: Vec<ScopeChoiceView>,
    pub clients: Vec<ClientView>,
    /// Of each client, where the provider lets only so many grants live.
    pub budget: Vec<BudgetView>,
    /// The MCP server that was named; the provider is the one that guards it.
    pub mcp_server: Option<McpServerView>,
    /// Nothing to set up: the provider registers a client by itself.
    pub registers_itself: bool,
    /// It can show a code to type on another device.
    pub offers_device: bool,
}

/// An MCP server, in its own words: nobody vouches for them.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct McpServerView {
    pub name: String,
    pub host: String,
    pub resource: String,
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

/// Whether the provider binds tokens to a key (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DpopView {
    NotOffered,
    Offered,
    Required,
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
    /// When its secret ends, as the server said that registered it; null: nobody said.
    pub secret_ends_at: Option<Millis>,
    pub environment: EnvironmentView,
    /// Its own redirect URI; null: the provider's usual one.
    pub redirect_uri: Option<String>,
    pub connection_count: u32,
}

/// One sign-in, from the open browser to its end.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SignInView {
    pub id: String,
    /// Set when an existing connection is being brought back.
    pub reconnects: Option<String>,
    /// Set when a platform keeps the grant, and none of it stays here.
    pub keeper: Option<KeeperView>,
    pub provider_id: String,
    pub provider_name: String,
    pub is_practice: bool,
    pub authorize_url: String,
    pub redirect_uri: String,
    /// SHA-256 of this computer's certificate, where the browser will warn of it.
    pub certificate_fingerprint: Option<String>,
    /// The provider posts its answer, so that no address holds it.
    pub is_posted: bool,
    pub started_at: Millis,
    pub ends_at: Millis,
    pub device: Option<DevicePromptView>,
    pub progress: SignInProgressView,
}

/// The platform connection that a grant is for.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct KeeperView {
    pub id: String,
    pub name: String,
    pub platform_name: String,
}

/// The code of a sign-in on another device.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DevicePromptView {
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: Option<String>,
    /// A QR code of the address: rows of 0 and 1, dark ones 1; empty where none could be made.
    pub qr: Vec<String>,
}

/// How far a sign-in has come.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignInProgressView {
    /// The browser was asked to open; the answer has not come yet.
    WaitingForBrowser {
        browser_opened: bool,
        strange_request_count: u32,
    },
    ExchangingCode,
    Identifying,
    Storing,
    /// Another account, workspace or fewer scopes: nothing is replaced before a yes [A7].
    NeedsDecision {
        comparison: Box<ReconnectComparisonView>,
    },
    Connected {
        connection_id: String,
    },
    /// A platform keeps the grant; the connection of ours beside it keeps its own.
    HandedOver {
        connection_id: String,
        outcome: HandedOverView,
    },
    /// The person refused the new grant; `revoked` says whether the provider took it back.
    Refused {
        revoked: bool,
        left_because: Option<LeftBecauseView>,
    },
    Failed {
        failure: SignInFailureView,
    },
    Cancelled,
    TimedOut,
}

/// What a refusal would do, or why a refused grant was left at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum LeftBecauseView {
    /// The provider's revocation would end these connections too.
    WouldEnd {
        names: Vec<String>,
    },
    NotOffered,
    /// The access token is revoked; the refresh token may go on working there.
    AccessTokenAlone,
    /// The provider was asked, and did not do it.
    Failed {
        http_status: Option<u16>,
    },
}

/// Why a sign-in failed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInFailureView {
    /// The provider, or its answer, is the cause.
    Cause { cause: CauseView, detail: Option<String> },
    /// Our own machine is: the code has words in `words/errors.ts`.
    Ours { code: crate::command_error::ErrorCode, message: String },
    /// The same, and new tokens had come already; `None`: they were taken back at the provider.
    NotStored { code: crate::command_error::ErrorCode, message: String, left_because: Option<LeftBecauseView> },
    /// The platform did not take the grant.
    NotTaken { failure: PlatformFailureView, left_because: Option<LeftBecauseView> },
}

/// Old and new, side by side [A7].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReconnectComparisonView {
    pub old: IdentityView,
    pub new: IdentityView,
    pub is_other_account: bool,
    pub is_other_workspace: bool,
    pub is_other_kind: bool,
    pub is_other_domain: bool,
    /// The provider does not say who signed in, so nothing can be compared.
    pub is_identity_unknown: bool,
    pub scopes_lost: Vec<String>,
    pub scopes_gained: Vec<String>,
    pub dependant_count: u32,
    /// Null: a refusal takes the new grant back. Otherwise why it is left at the provider.
    pub refusal_leaves: Option<LeftBecauseView>,
}

/// Who a grant belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct IdentityView {
    pub account: Option<String>,
    pub subject: Option<String>,
    pub workspace: Option<String>,
    pub account_kind: Option<String>,
    pub domain: Option<String>,
}

/// What a person says to a grant that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReconnectDecision {
    Replace,
    KeepBoth,
    Refuse,
}

impl From<&ConnectPlan> for ConnectPlanView {
    fn from(plan: &ConnectPlan) -> Self {
        let provider = &plan.provider;
        let always = (!provider.scopes.always.is_empty()).then(|| ScopeChoiceView {
            allows: "Know who signed in, and stay connected".to_owned(),
            scopes: provider.scopes.always.clone(),
            is_preselected: true,
            is_always: true,
        });
        Self {
            provider_id: provider.id.to_string(),
            provider_name: provider.name.clone(),
            provider_tag: provider.tag.clone(),
            issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.clone()),
            authorization_host: provider.authorization_endpoint.host_str().unwrap_or_default().to_owned(),
            redirect_uri: plan.registered_redirect_uri(),
            is_any_port: plan.is_any_port,
            has_redirect_to_register: plan.has_redirect_to_register(),
            port_taken_by: plan.port_taken_by.clone(),
            client_secret: provider.client_secret.into(),
            client_id_name: provider.setup.client_id_name.clone(),
            client_secret_name: provider.setup.client_secret_name.clone(),
            variables: provider.variables.iter().map(VariableView::from).collect(),
            dpop: match provider.dpop {
                Dpop::NotOffered => DpopView::NotOffered,
                Dpop::Offered => DpopView::Offered,
                Dpop::Required => DpopView::Required,
            },
            scope_separator: provider.scopes.separator.to_string(),
            has_console: provider.pages.console.is_some(),
            has_no_scopes: provider.scopes.parameter.is_none(),
            scope_choices: always
                .into_iter()
                .chain(provider.scopes.actions.iter().map(ScopeChoiceView::from))
                .collect(),
            clients: plan.clients.iter().map(ClientView::from).collect(),
            mcp_server: plan.mcp.as_ref().map(|it| McpServerView {
                name: it.name.clone(),
                host: it.url.host_str().unwrap_or_default().to_owned(),
                resource: it.resource.clone(),
            }),
            registers_itself: plan.registers_itself,
            offers_device: provider.device_authorization_endpoint.is_some(),
            budget: vec![],
        }
    }
}

impl From<SecretNeed> for SecretNeedView {
    fn from(need: SecretNeed) -> Self {
        match need {
            SecretNeed::Required => Self::Required,
            SecretNeed::Optional => Self::Optional,
            SecretNeed::BuiltIn => Self::BuiltIn,
        }
    }
}

impl From<&ScopeAction> for ScopeChoiceView {
    fn from(action: &ScopeAction) -> Self {
        Self {
            allows: action.allows.clone(),
            scopes: action.scopes.clone(),
            is_preselected: action.is_preselected,
            is_always: false,
        }
    }
}

impl From<&(Client, usize)> for ClientView {
    fn from((client, connection_count): &(Client, usize)) -> Self {
        Self {
            id: client.id.to_string(),
            provider_id: client.provider.to_string(),
            name: client.name.clone(),
            client_id: client.client_id.clone(),
            has_secret: client.has_secret,
            secret_ends_at: None,
            environment: client.environment.into(),
            redirect_uri: client.redirect.as_ref().map(RedirectRule::registered),
            connection_count: count(*connection_count),
        }
    }
}

impl ClientView {
    #[must_use]
    pub fn with_secret_end(self, at: Option<jiff::Timestamp>) -> Self {
        Self { secret_ends_at: at.map(Millis::from), ..self }
    }
}

impl From<&SignIn> for SignInView {
    fn from(sign_in: &SignIn) -> Self {
        Self {
            id: sign_in.id.to_string(),
            reconnects: sign_in.reconnects.as_ref().map(ToString::to_string),
            keeper: sign_in.keeper.as_ref().map(|it| KeeperView {
                id: it.id.to_string(),
                name: it.name.clone(),
                platform_name: it.platform_name.clone(),
            }),
            provider_id: sign_in.provider.to_string(),
            provider_name: sign_in.provider_name.clone(),
            is_practice: sign_in.is_practice,
            authorize_url: sign_in.authorize_url.to_string(),
            redirect_uri: sign_in.redirect_uri.clone(),
            certificate_fingerprint: sign_in.certificate.as_ref().map(|it| it.fingerprint.clone()),
            is_posted: sign_in.is_posted,
            started_at: sign_in.started_at.into(),
            ends_at: sign_in.ends_at.into(),
            device: sign_in.device.as_ref().map(DevicePromptView::from),
            progress: SignInProgressView::from(&sign_in.progress),
        }
    }
}

impl From<&DevicePrompt> for DevicePromptView {
    fn from(prompt: &DevicePrompt) -> Self {
        let row = |row: &Vec<bool>| row.iter().map(|dark| if *dark { '1' } else { '0' }).collect();
        Self {
            user_code: prompt.user_code.clone(),
            verification_uri: prompt.verification_uri.to_string(),
            verification_uri_complete: prompt.verification_uri_complete.as_ref().map(ToString::to_string),
            qr: prompt.qr.iter().map(row).collect(),
        }
    }
}

impl From<&SignInProgress> for SignInProgressView {
    fn from(progress: &SignInProgress) -> Self {
        match progress {
            SignInProgress::WaitingForBrowser { browser_opened, strange_request_count } => Self::WaitingForBrowser {
                browser_opened: *browser_opened,
                strange_request_count: *strange_request_count,
            },
            SignInProgress::ExchangingCode => Self::ExchangingCode,
            SignInProgress::Identifying => Self::Identifying,
            SignInProgress::Storing => Self::Storing,
            SignInProgress::NeedsDecision { comparison, dependant_count, refusal } => Self::NeedsDecision {
                comparison: ReconnectComparisonView::new(comparison, *dependant_count, refusal).into(),
            },
            SignInProgress::Connected(id) => Self::Connected { connection_id: id.to_string() },
            SignInProgress::HandedOver { beside, handed } => {
                Self::HandedOver { connection_id: beside.to_string(), outcome: handed.into() }
            }
            SignInProgress::Refused { revoked, left_because } => {
                Self::Refused { revoked: *revoked, left_because: left_because.as_ref().map(LeftBecauseView::from) }
            }
            SignInProgress::Failed(failure) => Self::Failed { failure: SignInFailureView::from(failure) },
            SignInProgress::Cancelled | SignInProgress::TakenBack { left_because: None } => Self::Cancelled,
            SignInProgress::TakenBack { left_because: Some(why) } => {
                Self::Refused { revoked: false, left_because: Some(LeftBecauseView::from(why)) }
            }
            SignInProgress::TimedOut => Self::TimedOut,
        }
    }
}

impl From<&SignInFailure> for SignInFailureView {
    fn from(failure: &SignInFailure) -> Self {
        match failure {
            SignInFailure::Cause { diagnosis, detail } => {
                Self::Cause { cause: diagnosis.into(), detail: detail.clone() }
            }
            SignInFailure::Ours(error) => {
                let CommandError { code, message } = CommandError::from(error.as_ref());
                Self::Ours { code, message }
            }
            SignInFailure::NotStored { error, left_because } => {
                let CommandError { code, message } = CommandError::from(error.as_ref());
                let left_because = left_because.as_ref().map(LeftBecauseView::from);
                Self::NotStored { code, message, left_because }
            }
            SignInFailure::NotTaken { failure, left_because } => {
                let left_because = left_because.as_ref().map(LeftBecauseView::from);
                Self::NotTaken { failure: failure.into(), left_because }
            }
        }
    }
}

impl From<&LeftBecause> for LeftBecauseView {
    fn from(why: &LeftBecause) -> Self {
        match why {
            LeftBecause::WouldEnd(names) => Self::WouldEnd { names: names.clone() },
            LeftBecause::NotOffered => Self::NotOffered,
            LeftBecause::AccessTokenAlone => Self::AccessTokenAlone,
            LeftBecause::Failed { http_status } => Self::Failed { http_status: *http_status },
        }
    }
}

impl ReconnectComparisonView {
    fn new(comparison: &ReconnectComparison, dependant_count: usize, refusal: &Refusal) -> Self {
        Self {
            old: IdentityView::from(&comparison.old),
            new: IdentityView::from(&comparison.new),
            is_other_account: comparison.is_other_account,
            is_other_workspace: comparison.is_other_workspace,
            is_other_kind: comparison.is_other_kind,
            is_other_domain: comparison.is_other_domain,
            is_identity_unknown: comparison.is_identity_unknown,
            scopes_lost: comparison.scopes_lost.clone(),
            scopes_gained: comparison.scopes_gained.clone(),
            dependant_count: count(dependant_count),
            refusal_leaves: match refusal {
                Refusal::TakesItBack => None,
                Refusal::WouldEnd(names) => Some(LeftBecauseView::WouldEnd { names: names.clone() }),
                Refusal::TakesAccessTokenBack => Some(LeftBecauseView::AccessTokenAlone),
                Refusal::NotOffered => Some(LeftBecauseView::NotOffered),
            },
        }
    }
}

impl From<&Identity> for IdentityView {
    fn from(identity: &Identity) -> Self {
        Self {
            account: identity.account().map(str::to_owned),
            subject: identity.subject.clone(),
            workspace: identity.workspace().map(str::to_owned),
            account_kind: identity.kind().map(str::to_owned),
            domain: identity.domain().map(str::to_owned),
        }
    }
}

impl From<ReconnectDecision> for reconnect::ReconnectDecision {
    fn from(decision: ReconnectDecision) -> Self {
        match decision {
            ReconnectDecision::Replace => Self::Replace,
            ReconnectDecision::KeepBoth => Self::KeepBoth,
            ReconnectDecision::Refuse => Self::Refuse,
        }
    }
}
