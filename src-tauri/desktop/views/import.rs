//! What a file of another tool's holds, before and after it is taken: secrets as fingerprints only [A3].

use engine::connection_import::{Certainty, Oddity};
use engine::flows::import_connections::{
    ImportItem, ImportPreview, ImportRefusal, ImportWarning, TakenItem, TakenOutcome,
};
use serde::Serialize;
use ts_rs::TS;

use super::{CauseView, Millis, count};
use crate::CommandError;

/// A preview: nothing of it is taken yet.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ImportPreviewView {
    pub id: String,
    /// What the tool is called in a sentence.
    pub tool: String,
    pub files: Vec<String>,
    pub items: Vec<ImportItemView>,
    /// Entries that are neither clients nor grants.
    pub passed_over: u32,
    /// When what was read is dropped.
    pub ends_at: Millis,
}

/// One line of a preview.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ImportItemView {
    pub number: u32,
    pub file: String,
    pub place: String,
    pub name: String,
    pub provider_id: Option<String>,
    pub provider_name: Option<String>,
    pub certainty: Option<ImportCertaintyView>,
    pub client_id: Option<String>,
    pub client_secret_fingerprint: Option<String>,
    pub refresh_fingerprint: Option<String>,
    pub access_fingerprint: Option<String>,
    pub expires_at: Option<Millis>,
    pub scopes: Vec<String>,
    pub account: Option<String>,
    pub warnings: Vec<ImportWarningView>,
    /// Why it cannot be taken; null where it can.
    pub refusal: Option<ImportRefusalView>,
}

/// How sure it is that this is the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImportCertaintyView {
    Address,
    Host,
    Issuer,
    Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ImportWarningView {
    Placeholder { field: String },
    WasEncoded { field: String },
    Unusable { field: String },
    SharedClient { owner: String },
    ExpiryGuessed,
    TwoHolders { tool: String },
    NoRefreshToken,
    ClientKnown { name: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ImportRefusalView {
    HostUnknown { host: String },
    AddressRefused { field: String },
    ProviderUnclear,
    NameUnknown { name: String },
    VariableMissing { asks: String },
    NoClient,
    NoClientSecret,
    NothingUsable,
    OtherKind { name: String },
    AlreadyOnBoard { connection: String, name: String },
    TwiceInFile { number: u32 },
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TakenItemView {
    pub number: u32,
    pub name: String,
    pub outcome: TakenOutcomeView,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TakenOutcomeView {
    Client,
    Connected { connection: String, account: Option<String>, cause: Option<CauseView> },
    AlreadyOnBoard { connection: String },
    KeptBeside { connection: String, twin: String },
    Failed { error: CommandError },
}

impl From<&ImportPreview> for ImportPreviewView {
    fn from(preview: &ImportPreview) -> Self {
        Self {
            id: preview.id.to_string(),
            tool: preview.format.tool().to_owned(),
            files: preview.files.clone(),
            items: preview.items.iter().map(ImportItemView::from).collect(),
            passed_over: count(preview.passed_over),
            ends_at: preview.ends_at.into(),
        }
    }
}

impl From<&ImportItem> for ImportItemView {
    fn from(item: &ImportItem) -> Self {
        let shown = |fingerprint: &Option<domain::Fingerprint>| fingerprint.as_ref().map(ToString::to_string);
        Self {
            number: count(item.number),
            file: item.file.clone(),
            place: item.place.clone(),
            name: item.name.clone(),
            provider_id: item.provider.as_ref().map(|it| it.id.to_string()),
            provider_name: item.provider.as_ref().map(|it| it.name.clone()),
            certainty: item.provider.as_ref().map(|it| it.certainty.into()),
            client_id: item.client_id.clone(),
            client_secret_fingerprint: shown(&item.client_secret),
            refresh_fingerprint: shown(&item.refresh_token),
            access_fingerprint: shown(&item.access_token),
            expires_at: item.expires_at.map(Millis::from),
            scopes: item.scopes.clone(),
            account: item.account.clone(),
            warnings: item.warnings.iter().cloned().map(ImportWarningView::from).collect(),
            refusal: item.refusal.clone().map(ImportRefusalView::from),
        }
    }
}

impl From<Certainty> for ImportCertaintyView {
    fn from(certainty: Certainty) -> Self {
        match certainty {
            Certainty::Address => Self::Address,
            Certainty::Host => Self::Host,
            Certainty::Issuer => Self::Issuer,
            Certainty::Name => Self::Name,
        }
    }
}

impl From<ImportWarning> for ImportWarningView {
    fn from(warning: ImportWarning) -> Self {
        match warning {
            ImportWarning::Oddity(Oddity::Placeholder { field }) => Self::Placeholder { field },
            ImportWarning::Oddity(Oddity::WasEncoded { field }) => Self::WasEncoded { field },
            ImportWarning::Oddity(Oddity::Unusable { field }) => Self::Unusable { field },
            ImportWarning::Oddity(Oddity::SharedClient { owner }) => Self::SharedClient { owner },
            ImportWarning::Oddity(Oddity::ExpiryGuessed) => Self::ExpiryGuessed,
            ImportWarning::TwoHolders { tool } => Self::TwoHolders { tool: tool.to_owned() },
            ImportWarning::NoRefreshToken => Self::NoRefreshToken,
            ImportWarning::ClientKnown { name } => Self::ClientKnown { name },
        }
    }
}

impl From<ImportRefusal> for ImportRefusalView {
    fn from(refusal: ImportRefusal) -> Self {
        match refusal {
            ImportRefusal::HostUnknown(host) => Self::HostUnknown { host },
            ImportRefusal::AddressRefused { field } => Self::AddressRefused { field: field.to_owned() },
            ImportRefusal::ProviderUnclear => Self::ProviderUnclear,
            ImportRefusal::NameUnknown(name) => Self::NameUnknown { name },
            ImportRefusal::VariableMissing { asks } => Self::VariableMissing { asks },
            ImportRefusal::NoClient => Self::NoClient,
            ImportRefusal::NoClientSecret => Self::NoClientSecret,
            ImportRefusal::NothingUsable => Self::NothingUsable,
            ImportRefusal::OtherKind(name) => Self::OtherKind { name },
            ImportRefusal::AlreadyOnBoard { connection, name } => {
                Self::AlreadyOnBoard { connection: connection.to_string(), name }
            }
            ImportRefusal::TwiceInFile { number } => Self::TwiceInFile { number: count(number) },
        }
    }
}

impl From<TakenItem> for TakenItemView {
    fn from(item: TakenItem) -> Self {
        let outcome = match item.outcome {
            TakenOutcome::Client { .. } => TakenOutcomeView::Client,
            TakenOutcome::Connected { connection, account, failure } => TakenOutcomeView::Connected {
                connection: connection.to_string(),
                account,
                cause: failure.as_ref().map(CauseView::from),
            },
            TakenOutcome::AlreadyOnBoard { connection } => {
                TakenOutcomeView::AlreadyOnBoard { connection: connection.to_string() }
            }
            TakenOutcome::KeptBeside { connection, twin } => {
                TakenOutcomeView::KeptBeside { connection: connection.to_string(), twin: twin.to_string() }
            }
            TakenOutcome::Failed(error) => TakenOutcomeView::Failed { error: error.into() },
        };
        Self { number: count(item.number), name: item.name, outcome }
    }
}
