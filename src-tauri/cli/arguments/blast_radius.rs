//! What may be typed about platforms, workflows and incidents. Keys are no arguments [A3].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use domain::blast_radius::PlatformKind;

pub(super) const RADIUS_EXAMPLES: &str = "\
Examples:
  patchbay radius                                  what to mend, in order
  patchbay radius Gmail                            who breaks with it, and when first
  patchbay radius --workflow 'Nightly invoices'    what it needs; ends with 20 where that is dead
  patchbay radius Gmail --add 'Nightly invoices' --place Make --step 'Search mail'
  patchbay radius --csv --customer Halden > radius.csv";

#[derive(Debug, Args)]
pub(crate) struct RadiusArguments {
    /// A connection's id (con_…), a platform connection's (pco_…), or a name that only one has. Without it: what to mend,
    /// in order.
    #[arg(value_name = "C")]
    pub(crate) connection: Option<String>,
    /// What this workflow needs: its id (wfl_…), or a name that only one has.
    #[arg(long, value_name = "W", conflicts_with = "connection")]
    pub(crate) workflow: Option<String>,
    /// Every step that uses a connection, as a table.
    #[arg(long, conflicts_with_all = ["connection", "workflow"])]
    pub(crate) csv: bool,
    /// Of the table only what is for this customer; empty: for none.
    #[arg(long, requires = "csv")]
    pub(crate) customer: Option<String>,
    /// Of the table only what runs there: a platform's id (pla_…), or a name that only one has.
    #[arg(long, requires = "csv")]
    pub(crate) platform: Option<String>,
    /// Of the table only what is stopped.
    #[arg(long, requires = "csv")]
    pub(crate) stopped: bool,
    /// Writes down a workflow that leans on it.
    #[arg(long, value_name = "NAME", requires = "connection")]
    pub(crate) add: Option<String>,
    /// Where that workflow runs: a platform, a machine, a script.
    #[arg(long, requires = "add")]
    pub(crate) place: Option<String>,
    /// The first step of it that needs the connection.
    #[arg(long, requires = "add")]
    pub(crate) step: Option<String>,
    /// Whose it is.
    #[arg(long, requires = "add")]
    pub(crate) owner: Option<String>,
}

pub(super) const PLATFORMS_EXAMPLES: &str = "\
Examples:
  patchbay platforms
  patchbay platforms add n8n --address https://n8n.halden.example --name 'n8n at Halden' < key.txt
  patchbay platforms key 'n8n at Halden' < new-key.txt
  patchbay platforms join pco_0abc Gmail
  patchbay platforms push pco_0abc
  patchbay platforms remove 'n8n at Halden' --yes";

#[derive(Debug, Subcommand)]
pub(crate) enum PlatformsCommand {
    /// Adds a platform. Its key is asked for at a terminal, else read from standard input.
    Add(PlatformAddArguments),
    /// Removes a platform with all that is known of it, and its key.
    Remove {
        /// Its id (pla_…), or a name that only one has.
        #[arg(value_name = "PLATFORM")]
        platform: String,
        /// Does not ask. Needed where there is no terminal.
        #[arg(long, short)]
        yes: bool,
    },
    /// Replaces a platform's key. The new one is asked for at a terminal, else read from standard input; one that is
    /// refused replaces nothing.
    Key {
        /// Its id (pla_…), or a name that only one has.
        #[arg(value_name = "PLATFORM")]
        platform: String,
    },
    /// Says whether a platform is read again by itself, every quarter of an hour while a window is open.
    Auto {
        /// Its id (pla_…), or a name that only one has.
        #[arg(value_name = "PLATFORM")]
        platform: String,
        #[arg(value_enum, value_name = "on|off")]
        switch: Switch,
    },
    /// Lists the connections that platforms own, and which of ours each stands beside.
    Connections,
    /// Says which connection of ours stands for the same account as a platform's. It stays.
    Join {
        /// The platform's: its id (pco_…), or a name that only one has.
        #[arg(value_name = "PLATFORM-CONNECTION")]
        theirs: String,
        /// Ours: its id (con_…), or a name that only one has. Without it: none does.
        #[arg(value_name = "C")]
        ours: Option<String>,
    },
    /// Gives a platform's connection a grant of its own: you sign in anew, and the platform alone keeps the grant. It is
    /// that of the account of the connection of yours it stands beside.
    Push(PushArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PushArguments {
    /// The platform's: its id (pco_…), or a name that only one has.
    #[arg(value_name = "PLATFORM-CONNECTION")]
    pub(crate) theirs: String,
    /// Opens no browser: you, or a script, open the address.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Where a version that takes no grant over its API gets a file for its own import, which holds the grant.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// As typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct PlatformAddArguments {
    #[arg(value_enum)]
    pub(crate) kind: PlatformKindName,
    /// What to call it.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where its API listens.
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,
    /// Within it: a team, an organisation, a project.
    #[arg(long)]
    pub(crate) space: Option<String>,
    /// Whose it is: what it holds belongs to them unless it says otherwise.
    #[arg(long)]
    pub(crate) customer: Option<String>,
}

/// A platform's kind, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlatformKindName {
    N8n,
    Make,
    Zapier,
    Activepieces,
    NodeRed,
    PowerAutomate,
    Airtable,
    McpClient,
    ByHand,
}

impl From<PlatformKindName> for PlatformKind {
    fn from(name: PlatformKindName) -> Self {
        match name {
            PlatformKindName::N8n => Self::N8n,
            PlatformKindName::Make => Self::Make,
            PlatformKindName::Zapier => Self::Zapier,
            PlatformKindName::Activepieces => Self::Activepieces,
            PlatformKindName::NodeRed => Self::NodeRed,
            PlatformKindName::PowerAutomate => Self::PowerAutomate,
            PlatformKindName::Airtable => Self::Airtable,
            PlatformKindName::McpClient => Self::McpClient,
            PlatformKindName::ByHand => Self::ByHand,
        }
    }
}

pub(super) const IMPORT_WORKFLOWS_EXAMPLES: &str = "\
Examples:
  patchbay import-workflows workflows.json
  patchbay import-workflows export.json --kind n8n --name 'n8n at Halden' --customer Halden";

#[derive(Debug, Args)]
pub(crate) struct ImportWorkflowsArguments {
    /// An export, a configuration or a list.
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// Whose it is; without it Patchbay looks.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<PlatformKindName>,
    /// Reads it into this platform: its id (pla_…), or a name that only one has.
    #[arg(long, value_name = "PLATFORM", conflicts_with_all = ["name", "customer"])]
    pub(crate) platform: Option<String>,
    /// What to call its platform; the one of that kind and name is read again.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Whose it is.
    #[arg(long)]
    pub(crate) customer: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// Its id (pla_…), or a name that only one has. Without it: all that can be asked.
    #[arg(value_name = "PLATFORM")]
    pub(crate) platform: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// Lists incidents, the newest first.
    #[command(visible_alias = "ls")]
    List,
    /// Shows one in full, with what to run again.
    Show(WhichIncident),
    /// Opens one by hand, also of a platform's connection.
    Open {
        /// A connection's id (con_…), a platform connection's (pco_…), or a name that only one has.
        #[arg(value_name = "C")]
        connection: String,
    },
    /// Calls the connection to see whether it works again.
    Canary(WhichIncident),
    /// Pauses its workflows at their platforms, where those allow it.
    Pause(WhichIncident),
    /// Resumes what was paused, once a call has shown that what it needs works.
    Resume {
        #[command(flatten)]
        which: WhichIncident,
        /// Resumes it though nothing has shown that what it needs works.
        #[arg(long)]
        anyway: bool,
    },
    /// Notes that a workflow was seen running again.
    Tick {
        #[command(flatten)]
        which: WhichIncident,
        /// Its id (wfl_…), or a name that only one has.
        #[arg(value_name = "W")]
        workflow: String,
        /// Takes the tick back.
        #[arg(long)]
        undo: bool,
        /// Notes instead that what had failed was run again.
        #[arg(long)]
        replayed: bool,
    },
    /// Closes it.
    Close {
        #[command(flatten)]
        which: WhichIncident,
        /// What is worth knowing afterwards.
        #[arg(long)]
        note: Option<String>,
        /// Closes it though not everything was seen running again.
        #[arg(long)]
        anyway: bool,
    },
    /// Prints the one-page report, as Markdown.
    Report(WhichIncident),
}

/// One incident.
#[derive(Debug, Args)]
pub(crate) struct WhichIncident {
    /// Its id (inc_…).
    #[arg(value_name = "INCIDENT")]
    pub(crate) incident: String,
}
