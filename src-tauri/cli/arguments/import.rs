//! What may be typed to import from another tool. Secrets stay in the file; no argument holds one [A3].

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::connection_import::ImportFormat;

use super::{EnvironmentName, PlatformKindName};

pub(super) const EXAMPLES: &str = "\
Examples:
  patchbay import auto ~/.config/rclone/rclone.conf
  patchbay import gcloud ~/.config/gcloud --take 1
  patchbay import n8n credentials.json --all --yes
  patchbay import make blueprint.json              # workflows: as import-workflows

Without --take and --all nothing is taken; at a terminal you are asked.";

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// Whose file it is; `auto` looks.
    #[arg(value_enum)]
    pub(crate) format: ImportFormatName,
    /// The file; of gcloud and Bruno also its folder.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Takes these lines of the preview: 1,3,4.
    #[arg(long, value_name = "N,N", value_delimiter = ',', conflicts_with = "all")]
    pub(crate) take: Vec<usize>,
    /// Takes every line that can be taken.
    #[arg(long)]
    pub(crate) all: bool,
    /// Does not ask again.
    #[arg(long)]
    pub(crate) yes: bool,
    /// What the clients and connections are for.
    #[arg(long, value_enum, default_value_t = EnvironmentName::Production)]
    pub(crate) environment: EnvironmentName,
}

/// A tool, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormatName {
    Auto,
    Gcloud,
    GoogleAuth,
    Rclone,
    N8n,
    Postman,
    Bruno,
    Insomnia,
    OidcAgent,
    Nango,
    Make,
    Zapier,
    Activepieces,
    NodeRed,
    PowerAutomate,
    Airtable,
    McpClient,
    ByHand,
}

impl ImportFormatName {
    /// Whose workflows are meant; `None` where clients and grants are. An export of n8n may hold either.
    pub(crate) fn workflows_of(self, has_workflows: impl FnOnce() -> bool) -> Option<PlatformKindName> {
        match self {
            Self::N8n => has_workflows().then_some(PlatformKindName::N8n),
            Self::Make => Some(PlatformKindName::Make),
            Self::Zapier => Some(PlatformKindName::Zapier),
            Self::Activepieces => Some(PlatformKindName::Activepieces),
            Self::NodeRed => Some(PlatformKindName::NodeRed),
            Self::PowerAutomate => Some(PlatformKindName::PowerAutomate),
            Self::Airtable => Some(PlatformKindName::Airtable),
            Self::McpClient => Some(PlatformKindName::McpClient),
            Self::ByHand => Some(PlatformKindName::ByHand),
            Self::Auto
            | Self::Gcloud
            | Self::GoogleAuth
            | Self::Rclone
            | Self::Postman
            | Self::Bruno
            | Self::Insomnia
            | Self::OidcAgent
            | Self::Nango => None,
        }
    }

    /// `None`: found out by looking.
    pub(crate) fn format(self) -> Option<ImportFormat> {
        match self {
            Self::Auto
            | Self::Make
            | Self::Zapier
            | Self::Activepieces
            | Self::NodeRed
            | Self::PowerAutomate
            | Self::Airtable
            | Self::McpClient
            | Self::ByHand => None,
            Self::Gcloud | Self::GoogleAuth => Some(ImportFormat::Gcloud),
            Self::Rclone => Some(ImportFormat::Rclone),
            Self::N8n => Some(ImportFormat::N8n),
            Self::Postman => Some(ImportFormat::Postman),
            Self::Bruno => Some(ImportFormat::Bruno),
            Self::Insomnia => Some(ImportFormat::Insomnia),
            Self::OidcAgent => Some(ImportFormat::OidcAgent),
            Self::Nango => Some(ImportFormat::Nango),
        }
    }
}
