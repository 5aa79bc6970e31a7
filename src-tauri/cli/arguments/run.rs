//! What may be typed around a command that needs connections [F1, F2, F3].

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::duration;

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  patchbay run --needs Orders -- ./nightly.py
  patchbay run --needs Orders Mail --wait 8h -- ./report.sh
  patchbay run --needs Orders --env API_TOKEN -- ./vendor-tool sync

The command finds the number of an open file in PATCHBAY_TOKEN_FD, and one line in it: the access token
of the first connection; of the second in PATCHBAY_TOKEN_FD_2, and so on. In a shell:
  token=$(cat \"/dev/fd/$PATCHBAY_TOKEN_FD\")
A command that runs for longer than its token holds asks `patchbay token` again.

Exit codes: the command's own; where it was not started those of `preflight`, 127 where there is no such
command, and 126 where it may not be run.";

#[derive(Debug, Args)]
pub(crate) struct NeedingRunArguments {
    /// What it needs: ids (con_…, pco_…), or names that only one has.
    #[arg(long, value_name = "C", required = true, num_args = 1..)]
    pub(crate) needs: Vec<String>,
    /// A scope that each of them must have. May be repeated.
    #[arg(long, value_name = "SCOPE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) scope: Vec<String>,
    /// How long each token must hold at least: 90s, 10m, 1h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) min_valid: Option<Duration>,
    /// Where a person is needed, waits for that person, so long at most: 30m, 8h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
    /// Puts the first token into this environment variable too. Every program of yours can read it there, and whatever the
    /// command starts gets it.
    #[arg(long, value_name = "NAME", value_parser = variable)]
    pub(crate) env: Option<String>,
    /// The command and its arguments, behind --.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// A name that every shell can read (POSIX.1-2017, 8.1).
fn variable(text: &str) -> Result<String, &'static str> {
    let is_letter = |it: char| it.is_ascii_alphabetic() || it == '_';
    let is_name = text.starts_with(is_letter) && text.chars().all(|it| is_letter(it) || it.is_ascii_digit());
    if is_name { Ok(text.to_owned()) } else { Err("letters, digits and _ are wanted, no digit first") }
}
