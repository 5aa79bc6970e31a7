//! Clients: how to register one, what is known of it, its last check, its secret's rotation [C5, E5, A9].

use domain::connection::client_rotation::{RotationStage, SecretRotation, Tried};
use domain::diagnosis::setup_check::{SetupPart, Verdict};
use engine::flows::client_file::{ClientFileKind, ClientFilePreview, RedirectMatch};
use engine::flows::connect::ConnectPlan;
use engine::flows::overview::ConnectionOverview;
use engine::flows::setup_check::SetupCheck;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ClientView, EnvironmentView, Millis, SecretNeedView};
use domain::connection::Dependant;
use domain::provider::ClientAuthentication;
use domain::provider::variables::EndpointVariable;

/// What a person does at the provider to get a client, with what is to be pasted there.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClientGuideView {
    pub provider_id: String,
    pub provider_name: String,
    pub provider_tag: String,
    /// What the provider calls the right kind of client.
    pub app_kind: Option<String>,
    pub steps: Vec<String>,
    /// As it is registered: without a port where any serves.
    pub redirect_uri: String,
    pub is_any_port: bool,
    /// False: the right kind of client takes any address of this computer, and is not told one.
    pub has_redirect_to_register: bool,
    /// A client may sign with a key in place of a secret (RFC 7523).
    pub offers_key: bool,
    /// As the provider separates them; empty where it knows none.
    pub scopes: String,
    pub client_id_name: Option<String>,
    pub client_secret_name: Option<String>,
    pub client_secret: SecretNeedView,
    pub has_console: bool,
    pub variables: Vec<VariableView>,
    /// Parts of the entry that were read nowhere.
    pub unverified: Vec<UnverifiedView>,
}

/// A value that makes the provider's addresses whole.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VariableView {
    pub name: String,
    pub asks: String,
    pub example: String,
    pub value: Option<String>,
}

/// A fact nobody has checked, and where it is said to come from.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UnverifiedView {
    pub part: String,
    pub source: String,
}

/// One value, by the name of its variable.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct VariableValue {
    pub name: String,
    pub value: String,
}

/// What a person filled in to add a client.
#[derive(Deserialize, TS)]
pub struct NewClientForm {
    pub provider: String,
    pub client_id: String,
    /// Crosses once, towards the keychain; never comes back.
    pub client_secret: Option<String>,
    /// The path of the console's file, which holds the secret; the id above is the one that was read in it.
    pub file: Option<String>,
    /// A key is made in place of a secret, and its public half shown to be registered.
    #[serde(default)]
    pub generates_key: bool,
    pub name: Option<String>,
    pub environment: EnvironmentView,
    pub variables: Vec<VariableValue>,
}

/// A client file, as it is shown before it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClientFileView {
    Read {
        kind: ClientFileKindView,
        client_id: String,
        has_secret: bool,
        project: Option<String>,
        redirect_uris: Vec<String>,
        /// What has to be added at the provider.
        missing_redirect_uri: Option<String>,
    },
    /// What is wrong with it.
    Refused { complaint: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClientFileKindView {
    Installed,
    Web,
}

/// What the engine was asked about one client beside its row.
#[derive(Default)]
pub struct ClientFacts {
    pub usual_redirect_uri: String,
    pub public_jwk: Option<String>,
    pub given_up_at: Option<Timestamp>,
    pub check: Option<SetupCheck>,
    pub rotation: Option<SecretRotation>,
    pub secret_ends_at: Option<jiff::Timestamp>,
}

/// One client with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClientDetailView {
    pub client: ClientView,
    pub redirect_port: Option<u16>,
    /// What is registered where the client has none of its own.
    pub usual_redirect_uri: String,
    /// The public half of the key it signs with (RFC 7517), to be registered at the provider. Null: it has a secret, or
    /// none.
    pub public_jwk: Option<String>,
    /// Since when the server that Patchbay registered it at has not confirmed that it is deleted. Null: nobody asked.
    pub given_up_at: Option<Millis>,
    pub users: Vec<ClientUserView>,
    pub check: Option<SetupCheckView>,
    pub rotation: Option<RotationView>,
}

/// A connection that signs in through the client.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClientUserView {
    pub connection_id: String,
    pub name: String,
    /// Its refresh token is used up by every refresh.
    pub is_rotating: bool,
    pub workflows: Vec<String>,
}

/// A check of the set-up [C5].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SetupCheckView {
    pub at: Millis,
    pub lines: Vec<SetupLineView>,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SetupLineView {
    pub part: SetupPartView,
    pub verdict: VerdictView,
    pub evidence: String,
    pub advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SetupPartView {
    AuthorizeUrl,
    TokenUrl,
    RefreshUrl,
    ClientPair,
    RedirectUri,
    Scopes,
    ResponseMapping,
    TestCall,
    Discovery,
    Pkce,
    Clock,
    Listener,
    Keychain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    Passed,
    Failed,
    NotKnown,
}

/// A secret being rotated [E5].
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RotationView {
    pub stage: RotationStageView,
    /// The provider refuses the old secret already.
    pub is_old_dead: bool,
    pub staged_at: Millis,
    pub report: Vec<RotationLineView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationStageView {
    Staged,
    Tested,
    Switched,
    Verified,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RotationLineView {
    pub at: Millis,
    pub tried: TriedView,
    /// Null: it told neither way.
    pub is_well: Option<bool>,
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TriedView {
    NewPair,
    OldPair,
    Refresh,
}

impl From<&ConnectPlan> for ClientGuideView {
    fn from(plan: &ConnectPlan) -> Self {
        let provider = &plan.provider;
        Self {
            provider_id: provider.id.to_string(),
            provider_name: provider.name.clone(),
            provider_tag: provider.tag.clone(),
            app_kind: provider.setup.app_kind.clone(),
            steps: plan.setup_steps(),
            redirect_uri: plan.registered_redirect_uri(),
            is_any_port: plan.is_any_port,
            has_redirect_to_register: plan.has_redirect_to_register(),
            offers_key: provider.client_authentication.contains(&ClientAuthentication::PrivateKeyJwt),
            scopes: plan.usual_scopes(),
            client_id_name: provider.setup.client_id_name.clone(),
            client_secret_name: provider.setup.client_secret_name.clone(),
            client_secret: provider.client_secret.into(),
            has_console: provider.pages.console.is_some(),
            variables: provider.variables.iter().map(VariableView::from).collect(),
            unverified: plan
                .unverified_facts()
                .into_iter()
                .map(|(part, source)| UnverifiedView { part, source })
                .collect(),
        }
    }
}

impl From<&EndpointVariable> for VariableView {
    fn from(variable: &EndpointVariable) -> Self {
        Self {
            name: variable.name.clone(),
            asks: variable.asks.clone(),
            example: variable.example.clone(),
            value: variable.value.clone(),
        }
    }
}

impl From<&ClientFilePreview> for ClientFileView {
    fn from(preview: &ClientFilePreview) -> Self {
        Self::Read {
            kind: match preview.file.kind {
                ClientFileKind::Installed => ClientFileKindView::Installed,
                ClientFileKind::Web => ClientFileKindView::Web,
            },
            client_id: preview.file.client_id.clone(),
            has_secret: preview.file.client_secret.is_some(),
            project: preview.file.project.clone(),
            redirect_uris: preview.file.redirect_uris.clone(),
            missing_redirect_uri: match &preview.redirect {
                RedirectMatch::Missing { wanted } => Some(wanted.clone()),
                RedirectMatch::AnyLoopback | RedirectMatch::Registered { .. } => None,
            },
        }
    }
}

impl ClientUserView {
    pub fn new(overview: &ConnectionOverview, dependants: &[Dependant]) -> Self {
        Self {
            connection_id: overview.connection.id.to_string(),
            name: overview.connection.name.clone(),
            is_rotating: overview.provider.refresh.rotation != domain::provider::Rotation::Never,
            workflows: dependants.iter().map(|it| it.workflow.clone()).collect(),
        }
    }
}

impl ClientDetailView {
    pub fn new(
        client: &domain::connection::Client,
        users: &[(ConnectionOverview, Vec<Dependant>)],
        facts: &ClientFacts,
    ) -> Self {
        Self {
            client: ClientView::from(&(client.clone(), users.len())).with_secret_end(facts.secret_ends_at),
            redirect_port: client.redirect_port,
            usual_redirect_uri: facts.usual_redirect_uri.clone(),
            public_jwk: facts.public_jwk.clone(),
            given_up_at: facts.given_up_at.map(Millis::from),
            users: users.iter().map(|(overview, leaning)| ClientUserView::new(overview, leaning)).collect(),
            check: facts.check.as_ref().map(SetupCheckView::from),
            rotation: facts.rotation.as_ref().map(RotationView::from),
        }
    }
}

impl From<&SetupCheck> for SetupCheckView {
    fn from(check: &SetupCheck) -> Self {
        let lines = check.lines.iter().map(|line| SetupLineView {
            part: line.part.into(),
            verdict: match line.verdict {
                Verdict::Passed => VerdictView::Passed,
                Verdict::Failed => VerdictView::Failed,
                Verdict::NotKnown => VerdictView::NotKnown,
            },
            evidence: line.evidence.clone(),
            advice: line.advice.clone(),
        });
        Self { at: check.at.into(), lines: lines.collect() }
    }
}

impl From<SetupPart> for SetupPartView {
    fn from(part: SetupPart) -> Self {
        match part {
            SetupPart::AuthorizeUrl => Self::AuthorizeUrl,
            SetupPart::TokenUrl => Self::TokenUrl,
            SetupPart::RefreshUrl => Self::RefreshUrl,
            SetupPart::ClientPair => Self::ClientPair,
            SetupPart::RedirectUri => Self::RedirectUri,
            SetupPart::Scopes => Self::Scopes,
            SetupPart::ResponseMapping => Self::ResponseMapping,
            SetupPart::TestCall => Self::TestCall,
            SetupPart::Discovery => Self::Discovery,
            SetupPart::Pkce => Self::Pkce,
            SetupPart::Clock => Self::Clock,
            SetupPart::Listener => Self::Listener,
            SetupPart::Keychain => Self::Keychain,
        }
    }
}

impl From<&SecretRotation> for RotationView {
    fn from(rotation: &SecretRotation) -> Self {
        let report = rotation.report.iter().map(|line| RotationLineView {
            at: line.at.into(),
            tried: match line.tried {
                Tried::NewPair => TriedView::NewPair,
                Tried::OldPair => TriedView::OldPair,
                Tried::Refresh => TriedView::Refresh,
            },
            is_well: line.is_well,
            evidence: line.evidence.clone(),
        });
        Self {
            stage: match rotation.stage {
                RotationStage::Staging | RotationStage::Staged => RotationStageView::Staged,
                RotationStage::Tested => RotationStageView::Tested,
                RotationStage::Switched => RotationStageView::Switched,
                RotationStage::Verified => RotationStageView::Verified,
            },
            is_old_dead: rotation.is_old_dead(),
            staged_at: rotation.staged_at.into(),
            report: report.collect(),
        }
    }
}
