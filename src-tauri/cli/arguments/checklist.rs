//! `patchbay checklist`: what can be said of dress rehearsals [E4].

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;

pub(super) const CHECKLIST_EXAMPLES: &str = "\
Examples:
  patchbay checklist templates
  patchbay checklist add google --name 'Halden Optik demo' --customer 'Halden Optik' Drive
  patchbay checklist run 'Halden Optik demo' --until 16:40 --report demo.html
  patchbay checklist show 'Halden Optik demo' --json > demo.json
  patchbay checklist add --file demo.json";

#[derive(Debug, Subcommand)]
pub(crate) enum ChecklistCommand {
    /// Lists checklists, with how the last run of each ended.
    #[command(visible_alias = "ls")]
    List,
    /// Shows what one tries of which connections, and its last runs. With --json: as `add --file` takes it.
    Show(WhichChecklist),
    /// Runs one: each step is really done, and what it makes is removed.
    ///
    /// Ctrl-C stops it once what was made is gone. Exit codes: 0 all hold, else by what failed first: 20 a person must
    /// reconnect, 21 a scope is missing, 22 another account answers, 23 temporary, 1 anything else.
    Run(RunArguments),
    /// Adds one, from a template or a file.
    #[command(visible_alias = "new")]
    Add(AddArguments),
    /// Removes one, with its runs.
    Remove(WhichChecklist),
    /// Lists the templates.
    Templates,
    /// Removes what runs have left at providers, and says what stays there.
    Tidy {
        /// Says no more of this one (its id): you have looked after it.
        #[arg(long, value_name = "ID")]
        forget: Option<String>,
    },
}

/// One checklist.
#[derive(Debug, Args)]
pub(crate) struct WhichChecklist {
    /// Its name or its id (chk_…).
    #[arg(value_name = "NAME")]
    pub(crate) checklist: String,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) which: WhichChecklist,
    /// Writes the report there: HTML where the name ends in .html, else Markdown; - for standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How long all of it is to hold after the last check, such as 60m; without it as the checklist says.
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "until")]
    pub(crate) hold: Option<Duration>,
    /// Until when: 16:40, or a moment such as 2026-11-21T16:40:00+01:00.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Stays and keeps it warm until then; ends as soon as it holds no more. Without it the window does that, if it is open.
    #[arg(long)]
    pub(crate) stay: bool,
    /// Opens no browser for a sign-in: you, or a script, open the address.
    #[arg(long)]
    pub(crate) no_browser: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// See patchbay checklist templates.
    #[arg(value_name = "TEMPLATE", required_unless_present = "file", conflicts_with = "file")]
    pub(crate) template: Option<String>,
    /// Connections, ours or a platform's: ids, or names that only one has. Without any: all that the template fits.
    #[arg(value_name = "C", conflicts_with = "file")]
    pub(crate) connections: Vec<String>,
    /// As `show --json` prints it; - for standard input. One of the same name is replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// What to call it; without it as the template or the file says.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Whom it is for.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// How long all of it is to hold after the last check.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) hold: Option<Duration>,
    /// Who has to be signed in: an address, or @domain for anybody of it.
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "file")]
    pub(crate) account: Option<String>,
    /// What a trial object has to be told, as NAME=VALUE: page=1a2b. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = super::client::setting, conflicts_with = "file")]
    pub(crate) told: Vec<(String, String)>,
    /// Ends the old grant at the provider before a sign-in, as a customer would see it.
    #[arg(long, conflicts_with = "file")]
    pub(crate) signs_out: bool,
    /// Leaves the sign-in out, so that no person is needed.
    #[arg(long, conflicts_with_all = ["file", "signs_out"])]
    pub(crate) no_sign_in: bool,
}
