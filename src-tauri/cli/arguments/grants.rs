//! What may be typed about grants: their scopes, and those that repeat each other [A8, A9, C4].

use clap::{ArgGroup, Args};
use domain::connection::reconnect::ReconnectDecision;

use super::{EnvironmentName, Which};

pub(super) const SCOPES_EXAMPLES: &str = "\
Examples:
  patchbay scopes Drive
  patchbay scopes Drive --wish 'send mail'
  patchbay scopes Drive --add https://www.googleapis.com/auth/gmail.send --no-browser --json --refuse";

pub(super) const DUPLICATES_EXAMPLES: &str = "\
Examples:
  patchbay duplicates
  patchbay duplicates --merge con_0abc --into Drive
  patchbay duplicates --merge con_0abc --into Drive --yes";

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only those of this environment.
    #[arg(long, value_enum)]
    pub(crate) environment: Option<EnvironmentName>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scopes_decision").multiple(false))]
pub(crate) struct ScopesArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Asks for this scope too. May be repeated.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) add: Vec<String>,
    /// Asks for what this takes, in the provider's words: "send mail". May be repeated.
    #[arg(long, value_name = "WISH")]
    pub(crate) wish: Vec<String>,
    /// Opens no browser: you, or a script, open the address.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// If the new sign-in differs: puts it in the old one's place.
    #[arg(long, group = "scopes_decision")]
    pub(crate) replace: bool,
    /// If it differs: keeps the old one; the new one becomes a connection of its own.
    #[arg(long, group = "scopes_decision")]
    pub(crate) keep_both: bool,
    /// If it differs: takes the new grant back, without asking.
    #[arg(long, group = "scopes_decision")]
    pub(crate) refuse: bool,
}

impl ScopesArguments {
    /// What to do with a grant that differs, where it was said.
    pub(crate) fn decision(&self) -> Option<ReconnectDecision> {
        match (self.replace, self.keep_both, self.refuse) {
            (true, _, _) => Some(ReconnectDecision::Replace),
            (_, true, _) => Some(ReconnectDecision::KeepBoth),
            (_, _, true) => Some(ReconnectDecision::Refuse),
            (false, false, false) => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DuplicatesArguments {
    /// The connection that goes: what hangs on it moves, its secrets are erased.
    #[arg(long, value_name = "C", requires = "into")]
    pub(crate) merge: Option<String>,
    /// The connection that stays.
    #[arg(long, value_name = "C", requires = "merge")]
    pub(crate) into: Option<String>,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long, short, requires = "merge")]
    pub(crate) yes: bool,
}
