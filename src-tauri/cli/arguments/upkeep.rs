//! What may be typed between sign-ins: figures, switches, held tokens [B14, C9].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub(super) const HEALTH_EXAMPLES: &str = "\
Examples:
  patchbay health
  patchbay health Gmail --days 30
  patchbay health --json | jq 'select(.of == \"connection\" and .reauth_prompted > 0)'

Older than 30 days only each day's counts are kept, and the events of the audit.";

#[derive(Debug, Args)]
pub(crate) struct HealthArguments {
    /// Only of this connection: its id (con_…), or a name that only one has.
    #[arg(value_name = "C")]
    pub(crate) connection: Option<String>,
    /// Over how many days back from now.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
}

pub(super) const AUTOMATIC_EXAMPLES: &str = "\
Examples:
  patchbay automatic                          what is on?
  patchbay automatic paused                   nothing by itself, until: patchbay automatic on
  patchbay automatic off --connection Gmail   only that one";

#[derive(Debug, Args)]
pub(crate) struct AutomaticArguments {
    /// What to switch to; unsaid, shows what is on. `off` is for one connection.
    #[arg(value_enum)]
    pub(crate) switch: Option<AutomaticSwitch>,
    /// Only this connection: its id (con_…), or a name that only one has.
    #[arg(long, value_name = "C")]
    pub(crate) connection: Option<String>,
}

/// What is refreshed by itself, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AutomaticSwitch {
    /// Every token, ahead of its end.
    On,
    /// For one connection: nothing by itself.
    Off,
    /// Only what would otherwise be lost.
    Metered,
    /// Nothing by itself; a refresh or token that is asked for is still made.
    Paused,
    /// No request leaves, whoever asks.
    Offline,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HeldCommand {
    /// Writes what waits into a new file, encrypted with a passphrase (age).
    #[command(after_help = "Example:\n  patchbay held export --to tokens.age")]
    Export(HeldExportArguments),
    /// Takes what was exported into the keychain, where it is newer than what is there.
    #[command(after_help = "Example:\n  patchbay held import tokens.age")]
    Import(HeldImportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct HeldImportArguments {
    /// The file that was exported.
    #[arg(value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// Reads the passphrase from standard input. Without it a terminal is asked.
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HeldExportArguments {
    /// The file to write; one that is there is not overwritten.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Reads the passphrase from standard input. Without it a terminal is asked, twice.
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
}
