//! What may be typed about channels for alerts [F4].

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use domain::alert::QuietHours;
use domain::blast_radius::Importance;
use domain::diagnosis::CauseLabel;

pub(super) const ALERTS_EXAMPLES: &str = "\
Examples:
  patchbay alerts                                 the channels, and how it goes with each
  patchbay alerts add webhook Pager < address.txt
  patchbay alerts add slack \"#oncall\" --ahead 7 --production-only
  patchbay alerts add mail Mira --server smtp.example.com --user mira --from patchbay@example.com --to mira@example.com
  patchbay alerts add command Beep -- /usr/local/bin/beep --loud
  patchbay alerts test Pager
  patchbay alerts rule Pager --within 12 --customer Brightwater
  patchbay alerts quiet 22:00-07:00
  patchbay alerts log Pager

Addresses, signing secrets and passwords are asked for, or read from standard input: an address of Slack, Teams or a
webhook is a key itself. A webhook may bring its signing secret on a second line; without one a secret is made and shown
once. Messages are signed as Standard Webhooks says: https://www.standardwebhooks.com

The window, or patchbay serve, sends them. What is not taken is sent again for three days, under the same name.";

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Adds a channel. It tells at once of what needs a person by then.
    #[command(subcommand)]
    Add(AddAlertsCommand),
    /// Sends a test to a channel now, and says how it went.
    ///
    /// Exit codes: 0 it was taken, 23 it was not and may be later, 25 the keychain cannot be used, 1 anything else.
    Test(ChannelArguments),
    /// Shows what a channel tells, or sets it: what is not said is as for a new channel.
    Rule(ChannelRuleArguments),
    /// Switches a channel on again; it tells of what comes from now on.
    On(ChannelArguments),
    /// Switches a channel off; what waits stays, and what comes meanwhile is not told later.
    Off(ChannelArguments),
    /// Removes a channel, with what is secret of it and what was on its way.
    Remove(ChannelArguments),
    /// Lists messages, the newest first: of one channel, or of all.
    Log {
        /// Its id (alc_…) or name.
        #[arg(value_name = "CHANNEL")]
        channel: Option<String>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Shows or sets the hours in which nothing is told, on this screen and everywhere.
    Quiet {
        /// Two times of the day, such as 22:00-07:00, or `off`. Unsaid, shows what is set.
        #[arg(value_name = "HOURS")]
        hours: Option<QuietName>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ChannelArguments {
    /// Its id (alc_…) or name.
    #[arg(value_name = "CHANNEL")]
    pub(crate) channel: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AddAlertsCommand {
    /// A webhook of your own, signed. Its address, and if you have one its signing secret on the next line, are asked for.
    Webhook(AddByAddress),
    /// An incoming webhook of Slack, or of what understands the same. Its address is asked for.
    Slack(AddByAddress),
    /// A workflow of Teams that posts what a webhook brings. Its address is asked for.
    Teams(AddByAddress),
    /// Mail over TLS or STARTTLS. The password is asked for where there is a user.
    Mail(AddMail),
    /// A program of your own: the message comes as JSON on its standard input, and 0 is a receipt.
    Command(AddCommand),
}

#[derive(Debug, Args)]
pub(crate) struct AddByAddress {
    /// What you call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rule: RuleArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AddMail {
    /// What you call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The server that takes mail from you.
    #[arg(long, value_name = "HOST")]
    pub(crate) server: String,
    /// Unsaid, 587 for STARTTLS, 465 for TLS, 25 for neither.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    #[arg(long, value_enum, default_value_t = SecurityName::Starttls)]
    pub(crate) security: SecurityName,
    /// Sends without TLS: only to a server on this computer or its own network, named by its number, and without a
    /// password. Messages name customers and workflows, and anybody on the way could read them.
    #[arg(long, conflicts_with_all = ["security", "user", "authority"])]
    pub(crate) allow_plain: bool,
    /// Who signs in. Unsaid, nobody does.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The sender's address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: String,
    /// A receiver's address. May be given several times.
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub(crate) to: Vec<String>,
    /// A file with the certificate (PEM) of an authority of your own, for a server that only your house knows.
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rule: RuleArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AddCommand {
    /// What you call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rule: RuleArguments,
    /// The whole path of a program, and its arguments; no shell reads them.
    #[arg(value_name = "PROGRAM", last = true, required = true)]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelRuleArguments {
    #[command(flatten)]
    pub(crate) of: ChannelArguments,
    /// All that needs a person, as for a new channel.
    #[arg(long, conflicts_with_all = ["ahead", "certificates", "no_troubles", "cause", "customer", "production_only",
        "importance", "within"])]
    pub(crate) usual: bool,
    #[command(flatten)]
    pub(crate) rule: RuleArguments,
}

/// What a channel tells.
#[derive(Debug, Args)]
#[command(next_help_heading = "What it tells")]
pub(crate) struct RuleArguments {
    /// Also grants that end within so many days, while they still work.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(crate) ahead: Option<u16>,
    /// Also a rehearsal's certificate that holds no more.
    #[arg(long)]
    pub(crate) certificates: bool,
    /// Not what needs a person now.
    #[arg(long)]
    pub(crate) no_troubles: bool,
    /// Only this cause, such as `grant_revoked`. May be given several times.
    #[arg(long, value_name = "CAUSE", value_parser = cause)]
    pub(crate) cause: Vec<CauseLabel>,
    /// Only for this customer. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) customer: Vec<String>,
    /// Not what is known to be staging or a sandbox.
    #[arg(long)]
    pub(crate) production_only: bool,
    /// Only where a workflow stops that matters at least so much.
    #[arg(long, value_name = "critical|normal|minor", value_parser = importance)]
    pub(crate) importance: Option<Importance>,
    /// Only once the first run that fails is within so many hours.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..=8760))]
    pub(crate) within: Option<u16>,
}

impl RuleArguments {
    /// Whether anything was said.
    pub(crate) fn is_said(&self) -> bool {
        self.ahead.is_some()
            || self.certificates
            || self.no_troubles
            || !self.cause.is_empty()
            || !self.customer.is_empty()
            || self.production_only
            || self.importance.is_some()
            || self.within.is_some()
    }

    pub(crate) fn ahead(&self) -> Option<Duration> {
        self.ahead.map(|days| Duration::from_secs(u64::from(days) * 86_400))
    }

    pub(crate) fn within(&self) -> Option<Duration> {
        self.within.map(|hours| Duration::from_secs(u64::from(hours) * 3_600))
    }
}

/// What keeps the way private, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecurityName {
    Starttls,
    Tls,
}

/// Quiet hours, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuietName {
    Off,
    Hours(QuietHours),
}

impl std::str::FromStr for QuietName {
    type Err = domain::alert::BadQuietHours;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::Hours) }
    }
}

fn cause(text: &str) -> Result<CauseLabel, String> {
    CauseLabel::from_text(text)
        .ok_or_else(|| "no such cause; `patchbay events --json` shows how they are written".to_owned())
}

fn importance(text: &str) -> Result<Importance, String> {
    Importance::from_text(text).ok_or_else(|| "one of critical, normal and minor".to_owned())
}
