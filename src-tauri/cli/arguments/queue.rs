//! What may be typed of the reconnect queue [E3].

use clap::{Args, Subcommand};

pub(super) const QUEUE_EXAMPLES: &str = "\
Examples:
  patchbay queue                         what needs a sign-in, in the order of damage
  patchbay queue run                     one after the other, in the browser
  patchbay queue run --no-browser        prints each address when its turn comes
  patchbay queue letter Gmail            a text for whoever else has to sign in
  patchbay queue record --csv > pass.csv

With --json each line of a run is {\"event\":\"authorize\",\"connection\":…,\"url\":…}, {\"event\":\"turn\",\"connection\":…,\"state\":…}
or, last, {\"event\":\"ended\",\"pass\":…,\"brought_back\":…}.";

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Lists what needs a sign-in, in the order of damage: what heals most comes first.
    List,
    /// Goes through it: one sign-in at a time, the next by itself, a summary at the end.
    ///
    /// Another account than before is refused and taken back. At a terminal `s` and Enter skips one, Ctrl-C ends it all.
    /// Exit codes: 0 all are back, 20 some still need a person.
    Run(QueueRunArguments),
    /// Prints a text to send to somebody else who has to sign in. Nothing secret is in it.
    Letter {
        /// Its id (con_…), or a name that only one has.
        #[arg(value_name = "C")]
        connection: String,
    },
    /// Prints the record of a pass: who, what, when, how long, with what outcome. Markdown, or a table with --csv.
    Record {
        /// Its id (pas_…); without one the newest.
        #[arg(value_name = "PASS")]
        pass: Option<String>,
        /// As a table (RFC 4180).
        #[arg(long)]
        csv: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct QueueRunArguments {
    /// Only these: ids (con_…), or names that only one has. Without any, all that needs a sign-in.
    #[arg(value_name = "C")]
    pub(crate) connections: Vec<String>,
    /// Opens no browser: you, or a script, open each address.
    #[arg(long)]
    pub(crate) no_browser: bool,
}
