//! What may be typed about programs that ask for tokens [F2, S147].

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::Which;

pub(super) const PROGRAMS_EXAMPLES: &str = "\
Examples:
  patchbay programs                              who asked, and who may
  patchbay programs allow backup.py Gmail
  patchbay programs allow prg_0abc Gmail --days 30
  patchbay programs revoke backup.py
  patchbay programs unasked allow                on a machine where nobody can be asked
  patchbay programs seen                         what they use, and when they run
  patchbay programs same-as nightly.py 'Nightly export'";

#[derive(Debug, Subcommand)]
pub(crate) enum ProgramsCommand {
    /// Lets a program take tokens of a connection, until that is taken back.
    Allow(AllowArguments),
    /// Gives a program no token of a connection, and asks no more.
    Deny(ProgramAndConnection),
    /// Takes back what was said of a program: it is asked about again.
    Revoke(RevokeArguments),
    /// Lists the runs that wait for a person just now.
    Waiting,
    /// Lists programs that were seen to use connections, and when they run: each is a workflow of the blast radius.
    Seen,
    /// Gives one that was seen another name.
    Name {
        /// Its path, or a name that only one has.
        #[arg(value_name = "PROGRAM")]
        program: String,
        /// What you call it.
        #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
        name: String,
    },
    /// Says that one that was seen is a workflow which a platform reports too; without one, that it is its own again.
    SameAs {
        /// Its path, or a name that only one has.
        #[arg(value_name = "PROGRAM")]
        program: String,
        /// Its id (wfl_…), or a name that only one has.
        #[arg(value_name = "WORKFLOW")]
        workflow: Option<String>,
    },
    /// Forgets what was seen of one. It comes back when it is seen again.
    Forget {
        /// Its path, or a name that only one has.
        #[arg(value_name = "PROGRAM")]
        program: String,
    },
    /// Shows or sets what is done with programs that nobody was asked about.
    Unasked {
        /// Unsaid, shows what is set.
        #[arg(value_enum)]
        what: Option<UnaskedName>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProgramAndConnection {
    /// Its id (prg_…), or a name that only one has.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: String,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("length").multiple(false))]
pub(crate) struct AllowArguments {
    #[command(flatten)]
    pub(crate) of: ProgramAndConnection,
    /// One token, and no other.
    #[arg(long, group = "length")]
    pub(crate) once: bool,
    /// For so many days.
    #[arg(long, value_name = "N", group = "length", value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) days: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// Its id (prg_…), or a name that only one has.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: String,
    /// Only of this connection: its id (con_…), or a name that only one has.
    #[arg(value_name = "C")]
    pub(crate) connection: Option<String>,
}

/// What is done with programs that nobody was asked about, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnaskedName {
    /// They get nothing, and are told which command allows them.
    Refuse,
    /// They get what they ask for, and it is recorded. For a machine where nobody can be asked.
    Allow,
}
