//! What may be typed about forwarding events [F5]. Addresses that are keys, signing secrets, DSNs and headers are asked for
//! or read from standard input [A3].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub(super) const FORWARD_EXAMPLES: &str = "\
Examples:
  patchbay forward                               where events go, how far each destination is, what fails
  patchbay forward add file /var/log/patchbay
  patchbay forward add otlp https://otlp.example --headers < headers.txt
  patchbay forward add sentry < dsn.txt
  patchbay forward add webhook < address.txt     prints the signing secret, once
  patchbay forward test otlp
  patchbay forward now otlp                      sends what waits, where nothing serves

The window and patchbay serve forward by themselves.";

#[derive(Debug, Subcommand)]
pub(crate) enum ForwardCommand {
    /// Adds a destination of events, from the next one on.
    #[command(subcommand)]
    Add(ForwardAddCommand),
    /// Sends something that is no event, and says what came of it. Of a file it only looks whether it can be written.
    Test(WhichDestination),
    /// Sends what waits now. Exit codes: 0 nothing waits any more, 23 the rest waits, 1 somebody has to mend something.
    Now(WhichDestination),
    /// Lets events go to a destination again, those first that waited.
    On(WhichDestination),
    /// Sends nothing to a destination for now; what happens meanwhile waits.
    Off(WhichDestination),
    /// Removes a destination, and what is secret of it. What was sent stays there.
    Remove {
        #[command(flatten)]
        which: WhichDestination,
        /// Does not ask. Needed where there is no terminal.
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct WhichDestination {
    /// Its id (dst_…) or its name.
    #[arg(value_name = "NAME")]
    pub(crate) destination: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ForwardAddCommand {
    /// Appends to patchbay-events.jsonl in a folder: one JSON line an event, as `events --json` prints it.
    File(FileArguments),
    /// POSTs JSON arrays to an address of yours, signed as Standard Webhooks.
    ///
    /// The address is asked for at a terminal, else it is the first line of standard input. A second line is the signing
    /// secret (whsec_…); without one it is made, and printed once.
    Webhook(CommonArguments),
    /// Sends events to Sentry, or what speaks as it does. The DSN is asked for at a terminal, else read from standard input.
    Sentry(CommonArguments),
    /// Sends events as logs, and the figures of `health` as metrics, over OTLP/HTTP.
    Otlp(OtlpArguments),
}

#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// Where the file is. It is made where it is missing.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// A file that would grow beyond this is put aside: it is called .1, the one before it .2.
    #[arg(long, value_name = "SIZE", default_value = "10MiB", value_parser = size)]
    pub(crate) rotate_at: u64,
    /// How many that were put aside are kept.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) keep: u16,
    #[command(flatten)]
    pub(crate) what: WhatArguments,
}

#[derive(Debug, Args)]
pub(crate) struct OtlpArguments {
    /// The endpoint before /v1/logs and /v1/metrics, such as `https://otlp.example` or `http://127.0.0.1:4318`.
    #[arg(value_name = "URL")]
    pub(crate) endpoint: String,
    /// Reads lines of `Name: value` from standard input, up to its end; at a terminal one is asked for.
    #[arg(long)]
    pub(crate) headers: bool,
    /// Events alone.
    #[arg(long)]
    pub(crate) no_metrics: bool,
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CommonArguments {
    /// Tells accounts and workspaces by name. Otherwise a mark stands there, the same each time.
    #[arg(long)]
    pub(crate) with_accounts: bool,
    #[command(flatten)]
    pub(crate) what: WhatArguments,
}

#[derive(Debug, Args)]
pub(crate) struct WhatArguments {
    /// What to call it.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Which events. Unsaid: trouble for Sentry, where each becomes an issue, and all for the others.
    #[arg(long, value_enum)]
    pub(crate) only: Option<WantedName>,
    /// Begins with the oldest event that is known, rather than with the next.
    #[arg(long)]
    pub(crate) from_start: bool,
}

/// Which events, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WantedName {
    All,
    /// Failures, what needs a person, and the end of either.
    Trouble,
}

/// `10MiB`, `500 kB`; a bare number counts bytes.
fn size(text: &str) -> Result<u64, &'static str> {
    const WANTED: &str = "a size such as 500KiB, 10MiB or 1GB is wanted";
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err(WANTED),
    };
    number.parse::<u64>().ok().and_then(|it| it.checked_mul(factor)).filter(|it| *it > 0).ok_or(WANTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F5
    #[test]
    fn a_size_is_read_with_its_unit() {
        assert_eq!(size("10MiB"), Ok(10 << 20));
        assert_eq!(size("500 kB"), Ok(500_000));
        assert_eq!(size("4096"), Ok(4096));
        for wrong in ["", "MiB", "-1", "1.5MiB", "0", "10 parsecs", "99999999999999GB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
