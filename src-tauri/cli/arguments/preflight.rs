//! What may be typed before a run, and while one is blocked [F1, F3].

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};

use super::duration;

pub(super) const PREFLIGHT_EXAMPLES: &str = "\
Examples:
  patchbay preflight Gmail Notion && ./nightly.py
  patchbay preflight --workflow 'Nightly invoices' --json
  patchbay preflight Gmail --min-valid 30m --scope https://www.googleapis.com/auth/gmail.send
  patchbay preflight --checklist 'Demo at Halden' --known

With --json the first line is {\"of\":\"preflight\",\"verdict\":…,\"good_until\":…}, and one for each connection follows:
{\"of\":\"connection\",\"id\":…,\"verdict\":…,\"cause\":…,\"reconnect\":\"patchbay://reconnect/con_…\"}.
A verdict is ready, unproved, temporary, too_short, needs_mending, scope_missing, wrong_account or
blocked_on_auth. Of too_short no token of the provider holds for --min-valid; its exit code is 2.";

pub(super) const WAIT_EXAMPLES: &str = "\
Examples:
  patchbay preflight Gmail || patchbay wait Gmail --timeout 8h && ./nightly.py
  patchbay wait --workflow 'Nightly invoices' --json";

/// What a run needs: connections, or what a workflow or a checklist names.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("needed").required(true).multiple(true))]
pub(crate) struct NeedsArguments {
    /// Ids (con_…, pco_…), or names that only one has.
    #[arg(value_name = "C", group = "needed")]
    pub(crate) connections: Vec<String>,
    /// All that this workflow needs: its id (wfl_…), or a name that only one has.
    #[arg(long, value_name = "W", group = "needed")]
    pub(crate) workflow: Option<String>,
    /// All that stands on this checklist.
    #[arg(long, value_name = "NAME", group = "needed")]
    pub(crate) checklist: Option<String>,
    /// A scope that each of them must have. May be repeated.
    #[arg(long, value_name = "SCOPE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) scope: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PreflightArguments {
    #[command(flatten)]
    pub(crate) needs: NeedsArguments,
    /// How long an access token must hold at least: 90s, 10m, 1h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) min_valid: Option<Duration>,
    /// Asks nobody: says what is known already. A grant that was revoked since is not seen by that.
    #[arg(long, conflicts_with = "min_valid")]
    pub(crate) known: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArguments {
    #[command(flatten)]
    pub(crate) needs: NeedsArguments,
    /// Gives up after this long: 30m, 8h. Unsaid: waits for as long as it takes.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}
