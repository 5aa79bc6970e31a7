//! What may be typed, and what `--help` says about it. Secrets are no arguments: every user of the machine can
//! read those [A3].

mod alerts;
mod blast_radius;
mod checklist;
mod client;
mod credential;
mod forward;
mod grants;
mod import;
mod ladder;
mod preflight;
mod programs;
mod queue;
#[cfg(unix)]
mod run;
mod upkeep;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use domain::connection::Environment;
use domain::connection::reconnect::ReconnectDecision;
use jiff::SignedDuration;

use self::alerts::ALERTS_EXAMPLES;
pub(crate) use self::alerts::{
    AddAlertsCommand, AddMail, AlertsCommand, ChannelRuleArguments, QuietName, RuleArguments, SecurityName,
};
use self::blast_radius::{IMPORT_WORKFLOWS_EXAMPLES, PLATFORMS_EXAMPLES, RADIUS_EXAMPLES};
pub(crate) use self::blast_radius::{
    ImportWorkflowsArguments, IncidentCommand, PlatformAddArguments, PlatformKindName, PlatformsCommand, PushArguments,
    RadiusArguments, Switch, SyncArguments,
};
use self::checklist::CHECKLIST_EXAMPLES;
pub(crate) use self::checklist::{AddArguments, ChecklistCommand, RunArguments};
pub(crate) use self::client::{
    ClientAddArguments, ClientCommand, ClientRedirectArguments, ClientRotateArguments, RotationStep,
};
use self::credential::{COMPLETIONS_EXAMPLES, CREDENTIAL_EXAMPLES, MAN_EXAMPLES};
pub(crate) use self::credential::{CompletionsArguments, CredentialCommand, GitArguments, GitOperation, ManArguments};
use self::forward::FORWARD_EXAMPLES;
pub(crate) use self::forward::{
    CommonArguments, FileArguments, ForwardAddCommand, ForwardCommand, OtlpArguments, WantedName, WhatArguments,
};
use self::grants::{DUPLICATES_EXAMPLES, SCOPES_EXAMPLES};
pub(crate) use self::grants::{DuplicatesArguments, ListArguments, ScopesArguments};
pub(crate) use self::import::ImportArguments;
use self::ladder::DIAGNOSE_EXAMPLES;
pub(crate) use self::ladder::DiagnoseArguments;
pub(crate) use self::preflight::{NeedsArguments, PreflightArguments, WaitArguments};
use self::preflight::{PREFLIGHT_EXAMPLES, WAIT_EXAMPLES};
use self::programs::PROGRAMS_EXAMPLES;
pub(crate) use self::programs::{ProgramsCommand, UnaskedName};
use self::queue::QUEUE_EXAMPLES;
pub(crate) use self::queue::{QueueCommand, QueueRunArguments};
#[cfg(unix)]
pub(crate) use self::run::NeedingRunArguments;
#[cfg(unix)]
use self::run::RUN_EXAMPLES;
use self::upkeep::{AUTOMATIC_EXAMPLES, HEALTH_EXAMPLES};
pub(crate) use self::upkeep::{
    AutomaticArguments, AutomaticSwitch, HealthArguments, HeldCommand, HeldExportArguments, HeldImportArguments,
};

const EXIT_CODES: &str = "\
Exit codes:
   0  done, or ready
   1  failed
   2  wrong usage
  20  blocked: a person must reconnect
  21  a scope is missing
  22  another account or tenant
  23  temporary, try later
  24  no such connection
  25  the keychain cannot be used

Begin:
  patchbay doctor                                is this machine ready?
  patchbay provider show google                  what to register at the provider
  patchbay connect google --client-id ID         sign in, in the browser
  patchbay list                                  what works, and what needs you
  patchbay token Gmail | sed 's/.*/header = \"Authorization: Bearer &\"/' | curl --config - https://…

C is a connection's id (con_…) or its name, where only one has it.";

/// Keeps OAuth connections alive: connects, tests, refreshes, reconnects, and hands out fresh tokens.
///
/// Works on the same data as the Patchbay window, at the same time. Secrets rest in this machine's keychain and
/// are printed by `patchbay token` and `patchbay credential` only.
#[derive(Debug, Parser)]
#[command(name = "patchbay", version, after_help = EXIT_CODES, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Prints one JSON object a line, for programs.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// The data folder. Each has its own connections, and its own entries in the keychain. Unsaid: what `PATCHBAY_HOME`
    /// names, else the platform's.
    // Not read by clap: it would stand in every usage line of who has set the variable.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connects an account: signs in through the browser and keeps the grant.
    #[command(after_help = CONNECT_EXAMPLES)]
    Connect(ConnectArguments),
    /// Lists every connection, what needs a person first.
    #[command(visible_alias = "ls")]
    List(ListArguments),
    /// Shows one connection in full.
    Show(Which),
    /// Tells what happened, oldest first.
    #[command(after_help = "Examples:\n  patchbay events Gmail\n  patchbay events --follow --json | jq .kind")]
    Events(EventsArguments),
    /// Forwards events as they happen: to a file, a webhook, Sentry, OpenTelemetry. Alone it lists where they go.
    #[command(after_help = FORWARD_EXAMPLES)]
    Forward {
        #[command(subcommand)]
        command: Option<ForwardCommand>,
    },
    /// Says how well it goes: refreshes, reconnects, refused calls, how long and how late.
    #[command(after_help = HEALTH_EXAMPLES)]
    Health(HealthArguments),
    /// Makes a test call: asks the provider who is signed in.
    ///
    /// An expired token is refreshed on the way. Exit codes: 0 it works, 20 a person must reconnect, 21 a scope is
    /// missing, 22 another account answers, 23 temporary, 1 anything else.
    Test(TestArguments),
    /// Finds out what is wrong with a connection: tries it layer by layer, and stops at the first that fails.
    ///
    /// Nothing is made worse: a token that holds is refreshed only with --refresh, a refused grant is not sent again, and
    /// nothing is written at the provider. Exit codes: 0 nothing is wrong, otherwise as for `test`.
    ///
    /// With --from it names the causes of failures that were recorded elsewhere: it reads their evidence as JSON
    /// lines, and writes one JSON object for each.
    #[command(after_help = DIAGNOSE_EXAMPLES)]
    Diagnose(DiagnoseArguments),
    /// Refreshes the access token now, whether or not it is due.
    Refresh(RefreshArguments),
    /// Brings a connection back: signs in again and keeps its id, name and dependants.
    ///
    /// Another account, another workspace or fewer scopes replace nothing unasked: at a terminal you decide;
    /// otherwise the new grant is refused and taken back at the provider (exit code 22, or 21 for scopes).
    #[command(after_help = RECONNECT_EXAMPLES)]
    Reconnect(ReconnectArguments),
    /// Lists what needs a sign-in by damage, and goes through it one after the other.
    #[command(after_help = QUEUE_EXAMPLES)]
    Queue {
        #[command(subcommand)]
        command: Option<QueueCommand>,
    },
    /// Ends a connection: revokes its grant where the provider allows that, and erases its secrets.
    ///
    /// Names what it strands, then asks. Name and dependants stay, so that a reconnect brings it back.
    Disconnect(DisconnectArguments),
    /// Takes a disconnected connection off the board, with its dependants, events and figures. There is no way back.
    ///
    /// Asks first.
    Forget(ForgetArguments),
    /// Prints a fresh access token and nothing else, refreshing it first if need be.
    #[command(after_help = TOKEN_EXAMPLES)]
    Token(TokenArguments),
    /// Hands a fresh access token to a program that asks in its own protocol: git, kubectl, Google's libraries.
    #[command(subcommand, after_help = CREDENTIAL_EXAMPLES)]
    Credential(CredentialCommand),
    /// Says before a run whether what it needs can be used now, and until when.
    ///
    /// Each connection is tried: a token that holds is there or is brought, and the provider is asked who is signed in.
    /// Exit codes: 0 ready, 20 a person must reconnect, 21 a scope is missing, 22 another account answers, 23 temporary,
    /// 25 the keychain cannot be used, 1 something else must be mended; of several the one that presses most.
    #[command(after_help = PREFLIGHT_EXAMPLES)]
    Preflight(PreflightArguments),
    /// Waits until a person has reconnected what a run needs. Asks no provider meanwhile.
    ///
    /// Exit codes: 0 ready; when the time is up those of `preflight`; 1 stopped by Ctrl-C. What may pass by itself, and a
    /// keychain that is locked, is not waited for: 23 and 25.
    #[command(after_help = WAIT_EXAMPLES)]
    Wait(WaitArguments),
    /// Keeps everything alive without a window, and answers programs that ask for tokens, until Ctrl-C.
    ///
    /// What the window does by itself while it is open. With --json the first line is {"event":"serving","socket":…}.
    #[command(after_help = "Example:\n  systemd-run --user patchbay serve")]
    Serve,
    /// Answers an agent in the Model Context Protocol (MCP), over standard input and output: the program starts this.
    ///
    /// It lists connections, says before a run whether they can be used, diagnoses, names who breaks, puts a reconnect
    /// before a person and waits for it. It hands out no token unless a person allowed that for the program that started
    /// it: patchbay programs.
    #[command(after_help = MCP_EXAMPLES)]
    Mcp,
    /// Lists programs that asked for tokens, and says which may have them.
    #[command(after_help = PROGRAMS_EXAMPLES)]
    Programs {
        #[command(subcommand)]
        command: Option<ProgramsCommand>,
    },
    /// Lists where alerts go besides this screen: webhooks, Slack, Teams, mail, commands; adds, tries and changes them.
    #[command(after_help = ALERTS_EXAMPLES)]
    Alerts {
        #[command(subcommand)]
        command: Option<AlertsCommand>,
    },
    /// Runs a command with what it needs: tries it before, and hands it fresh access tokens.
    #[cfg(unix)]
    #[command(after_help = RUN_EXAMPLES)]
    Run(NeedingRunArguments),
    /// Shows or sets what Patchbay refreshes by itself.
    #[command(after_help = AUTOMATIC_EXAMPLES)]
    Automatic(AutomaticArguments),
    /// Prints when grants end, as a calendar file (.ics).
    #[command(after_help = "Example:\n  patchbay calendar > grants.ics")]
    Calendar {
        /// Only that of this connection: its id (con_…), or a name that only one has.
        #[arg(value_name = "C")]
        connection: Option<String>,
    },
    /// Lists new tokens that wait for the keychain, saves them in an encrypted file, takes them back.
    ///
    /// A provider has handed them out, and the keychain would not take them: they exist nowhere else.
    Held {
        #[command(subcommand)]
        command: Option<HeldCommand>,
    },
    /// The catalogue of providers.
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// The clients (OAuth apps) you registered at providers.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Takes clients and grants over from another tool's file: shows what is there first.
    ///
    /// Reads files of gcloud and Google's libraries, rclone, n8n, Postman, Bruno, Insomnia, oidc-agent and Nango. The
    /// file is never changed, and nothing is taken that was not named.
    #[command(after_help = import::EXAMPLES)]
    Import(ImportArguments),
    /// Says who breaks: with one connection, in what order to mend, what a workflow needs.
    ///
    /// Exit codes with --workflow: 0 nothing that it needs is known to be dead, 20 something it needs is dead, 1 it is switched off.
    #[command(after_help = RADIUS_EXAMPLES)]
    Radius(RadiusArguments),
    /// Lists where workflows live, adds such a place, removes it.
    #[command(after_help = PLATFORMS_EXAMPLES)]
    Platforms {
        #[command(subcommand)]
        command: Option<PlatformsCommand>,
    },
    /// Reads workflows from an export, a configuration or a list. Importing twice changes nothing.
    #[command(after_help = IMPORT_WORKFLOWS_EXAMPLES)]
    ImportWorkflows(ImportWorkflowsArguments),
    /// Reads platforms again over their APIs.
    Sync(SyncArguments),
    /// Follows an incident: what stopped, what to validate, what to run again, the report.
    Incident {
        #[command(subcommand)]
        command: Option<IncidentCommand>,
    },
    /// Dress rehearsals: tries all that a demo needs, tidies up, and says until when it holds.
    #[command(after_help = CHECKLIST_EXAMPLES)]
    Checklist {
        #[command(subcommand)]
        command: Option<ChecklistCommand>,
    },
    /// Says what a connection may do, and asks for more.
    ///
    /// Without --add and --wish it only looks. What comes back is compared with what there was: losing a scope, or
    /// another account, replaces nothing unasked.
    #[command(after_help = SCOPES_EXAMPLES)]
    Scopes(ScopesArguments),
    /// Lists connections that repeat each other, or merges two of them.
    #[command(after_help = DUPLICATES_EXAMPLES)]
    Duplicates(DuplicatesArguments),
    /// Checks Patchbay's own parts: keychain, database, listener, browser, clock.
    Doctor,
    /// Prints what makes a shell complete commands and options with the Tab key.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArguments),
    /// Prints the manual page, or writes one page for each command into a folder.
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManArguments),
}

impl Command {
    /// Whether it waits on behalf of who started it.
    pub(crate) fn waits_for_a_person(&self) -> bool {
        #[cfg(unix)]
        if let Self::Run(asked) = self {
            return asked.wait.is_some();
        }
        matches!(self, Self::Wait(_))
    }

    /// Whether it hears itself that the program is told to end: a sign-in has a page and a port to take back, a reading says
    /// what became of it, and what a platform was asked to switch may be done all the same.
    pub(crate) fn hears_the_end(&self) -> bool {
        matches!(
            self,
            Self::Connect(_)
                | Self::Reconnect(_)
                | Self::Wait(_)
                | Self::Serve
                | Self::Mcp
                | Self::Alerts { command: Some(AlertsCommand::Add(_) | AlertsCommand::Test(_)) }
                | Self::Forward { command: Some(ForwardCommand::Add(_)) }
                | Self::Queue { command: Some(QueueCommand::Run(_)) }
                | Self::Scopes(_)
                | Self::Import(_)
                | Self::ImportWorkflows(_)
                | Self::Sync(_)
                | Self::Platforms {
                    command: Some(PlatformsCommand::Add(_) | PlatformsCommand::Key { .. } | PlatformsCommand::Push(_)),
                }
                | Self::Incident {
                    command: Some(IncidentCommand::Pause(_) | IncidentCommand::Resume { anyway: true, .. }),
                }
                | Self::Checklist { command: Some(ChecklistCommand::Run(_)) }
        )
    }

    /// Whether a disk without room need not stop it: it shows what is there, or hands out what is stored.
    pub(crate) fn only_reads(&self) -> bool {
        // An event that is followed would keep everybody else from the database.
        let is_follow = matches!(self, Self::Events(asked) if asked.follow);
        let is_added = matches!(self, Self::Radius(asked) if asked.add.is_some());
        let is_changing = matches!(self, Self::Diagnose(asked) if asked.refresh || asked.write);
        matches!(
            self,
            Self::List(_)
                | Self::Show(_)
                | Self::Diagnose(_)
                | Self::Token(_)
                | Self::Credential(_)
                | Self::Events(_)
                | Self::Health(_)
                | Self::Calendar { .. }
                | Self::Radius(_)
                | Self::Programs { command: None }
                | Self::Alerts {
                    command: None | Some(AlertsCommand::Log { .. } | AlertsCommand::Quiet { hours: None })
                }
                | Self::Forward { command: None }
                | Self::Held { command: None | Some(HeldCommand::Export(_)) }
                | Self::Provider(ProviderCommand::List | ProviderCommand::Show { .. })
                | Self::Client(ClientCommand::List | ClientCommand::Show(_))
        ) && !is_follow
            && !is_added
            && !is_changing
    }

    /// Whether what a crash left behind is settled before it. `token` is to be fast, and every refresh settles
    /// its own connection first; the others only look.
    pub(crate) fn settles_first(&self) -> bool {
        match self {
            Self::Connect(_)
            | Self::Test(_)
            | Self::Diagnose(_)
            | Self::Refresh(_)
            | Self::Reconnect(_)
            | Self::Queue { command: Some(QueueCommand::Run(_)) }
            | Self::Disconnect(_)
            | Self::Client(ClientCommand::Rotate(_) | ClientCommand::Remove { .. })
            | Self::Checklist { command: Some(ChecklistCommand::Run(_)) }
            | Self::Scopes(_)
            | Self::Duplicates(_) => true,
            Self::Preflight(_) | Self::Wait(_) | Self::Serve => true,
            #[cfg(unix)]
            Self::Run(_) => true,
            // A client waits for its first answer; each refresh settles its own connection.
            Self::Mcp
            | Self::Token(_)
            | Self::List(_)
            | Self::Queue { .. }
            | Self::Show(_)
            | Self::Events(_)
            | Self::Health(_)
            | Self::Forget(_)
            | Self::Automatic(_)
            | Self::Programs { .. }
            | Self::Alerts { .. }
            | Self::Forward { .. }
            | Self::Calendar { .. }
            | Self::Held { .. }
            | Self::Provider(_)
            | Self::Client(_)
            | Self::Import(_)
            | Self::Radius(_)
            | Self::Platforms { .. }
            | Self::ImportWorkflows(_)
            | Self::Sync(_)
            | Self::Incident { .. }
            | Self::Checklist { .. }
            | Self::Credential(_)
            | Self::Doctor
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }
}

const MCP_EXAMPLES: &str = "\
Set a client up with this command, as for Claude Desktop, Cursor or VS Code:
  {\"mcpServers\": {\"patchbay\": {\"command\": \"patchbay\", \"args\": [\"mcp\"]}}}
Tokens for it, of one connection, once it has asked:
  patchbay programs
  patchbay programs allow PROGRAM C --days 7";

const CONNECT_EXAMPLES: &str = "\
Examples:
  patchbay connect google --client-id 1234.apps.googleusercontent.com
  patchbay connect notion --client-id ID --client-secret-stdin < secret.txt
  patchbay connect https://login.example.com --client-id ID --scope read --name Orders
  patchbay connect shopify --client-id ID --client-secret-stdin --set shop=my-shop < secret.txt
  patchbay connect google --paste                 # on a machine without a browser
  patchbay connect https://mcp.example.com/mcp
  patchbay connect google --device

A client that was entered once is known: `patchbay connect google` is then enough.
Ctrl-C cancels and frees the port.

With --json the first line is {\"event\":\"authorize\",\"url\":…,\"redirect_uri\":…}, or with --device
{\"event\":\"device\",\"user_code\":…,\"verification_uri\":…,\"expires_at\":…}, and the last
{\"event\":\"connected\",\"connection\":{…}} or {\"event\":\"failed\",\"cause\":…,\"action\":…,\"message\":…}.";

#[derive(Debug, Args)]
pub(crate) struct ConnectArguments {
    /// A name of the catalogue (`patchbay provider list`), an issuer's https address, or an MCP server's.
    #[arg(value_name = "PROVIDER|ISSUER-URL|MCP-URL")]
    pub(crate) provider: String,
    /// The client id the provider gave you, or the id of a known client (cli_…).
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Reads the client secret from standard input, up to its end. Without it a terminal is asked.
    #[arg(long, requires = "client_id")]
    pub(crate) client_secret_stdin: bool,
    /// One more scope, besides those always asked for. May be repeated. Without --scope and --wish what is usual at
    /// the provider is asked for.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// What it is to do, in the provider's words (`patchbay provider show`): its scopes are asked for. May be
    /// repeated.
    #[arg(long, value_name = "WISH")]
    pub(crate) wish: Vec<String>,
    /// What to call the connection.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where it is used; clients of one environment never serve another.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) environment: EnvironmentName,
    /// The port of the redirect URI, where the provider compares ports.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Opens no browser: you, or a script, open the address.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Listens for no browser: you bring the address it ended at, at the terminal or on standard input, up to its end.
    #[arg(long, conflicts_with = "client_secret_stdin")]
    pub(crate) paste: bool,
    /// Shows a code to type on another device (RFC 8628); nothing comes back to this computer.
    #[arg(long)]
    pub(crate) device: bool,
    /// A value the provider's addresses need, as NAME=VALUE: a shop, a tenant. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = client::setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// The one API the tokens are for (RFC 8707).
    #[arg(long, value_name = "URL")]
    pub(crate) resource: Option<String>,
    /// Binds the tokens to a key that stays in the keychain (RFC 9449), where the provider can.
    #[arg(long)]
    pub(crate) dpop: bool,
}

/// An environment as typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum EnvironmentName {
    #[default]
    Production,
    Staging,
    Sandbox,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Self {
        match name {
            EnvironmentName::Production => Self::Production,
            EnvironmentName::Staging => Self::Staging,
            EnvironmentName::Sandbox => Self::Sandbox,
        }
    }
}

/// One connection.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Its id (con_…), or a name that only one has.
    #[arg(value_name = "C")]
    pub(crate) connection: String,
}

#[derive(Debug, Args)]
pub(crate) struct RefreshArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Sends the old refresh token where the new one was sealed and cannot be opened. It is spent: the provider may take
    /// this for theft, and end the grant.
    #[arg(long)]
    pub(crate) send_spent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Also tries the provider's harmless calls whose scopes are granted: list one file, read one calendar.
    #[arg(long)]
    pub(crate) checks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// Only those of this connection: its id (con_…), or a name that only one has.
    #[arg(value_name = "C")]
    pub(crate) connection: Option<String>,
    /// Goes on as things happen, until Ctrl-C.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How many of the latest to begin with: 1000 at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) limit: u16,
}

const RECONNECT_EXAMPLES: &str = "\
Examples:
  patchbay reconnect Gmail
  patchbay reconnect con_0abc --no-browser --json --refuse";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decision").multiple(false))]
pub(crate) struct ReconnectArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Opens no browser: you, or a script, open the address.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Listens for no browser: you bring the address it ended at, at the terminal or on standard input, up to its end.
    #[arg(long)]
    pub(crate) paste: bool,
    /// If the new sign-in differs: puts it in the old one's place.
    #[arg(long, group = "decision")]
    pub(crate) replace: bool,
    /// If it differs: keeps the old one; the new one becomes a connection of its own.
    #[arg(long, group = "decision")]
    pub(crate) keep_both: bool,
    /// If it differs: takes the new grant back, without asking.
    #[arg(long, group = "decision")]
    pub(crate) refuse: bool,
}

impl ReconnectArguments {
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
pub(crate) struct DisconnectArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

const TOKEN_EXAMPLES: &str = "\
Examples:
  patchbay token Gmail | sed 's/.*/header = \"Authorization: Bearer &\"/' | curl --config - https://gmail.googleapis.com/…
  patchbay token Gmail --min-valid 10m

Nothing is printed when there is none: exit code 20 means that a person must reconnect,
23 that a later try may work.
Ask for a token at each run rather than keep one: the refresh stays here.";

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// How long it must hold at least: 90s, 10m, 1h. Unsaid: as far ahead as Patchbay refreshes by itself.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) min_valid: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Lists the providers of the catalogue.
    #[command(visible_alias = "ls")]
    List,
    /// Shows what Patchbay knows of a provider, and the redirect URI to register there.
    Show {
        /// A name of the catalogue, or an issuer's https address, which is asked about itself.
        #[arg(value_name = "PROVIDER|ISSUER-URL")]
        provider: String,
        /// A value the provider's addresses need, as NAME=VALUE: a shop, a tenant. May be repeated.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = client::setting)]
        settings: Vec<(String, String)>,
    },
    /// Checks what can be checked without signing in: its addresses, its own document, each known client.
    ///
    /// Exit codes: 0 nothing is wrong, 1 something is, 23 the provider did not tell.
    Check {
        /// A name of the catalogue, or an issuer's https address.
        #[arg(value_name = "PROVIDER|ISSUER-URL")]
        provider: String,
        /// A value the provider's addresses need, as NAME=VALUE. May be repeated.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = client::setting)]
        settings: Vec<(String, String)>,
    },
}

/// A time such as `90s`, `10m` or `1h`; a bare number counts seconds.
fn duration(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().map(SignedDuration::from_secs);
    let said = seconds.or_else(|| text.parse().ok());
    said.and_then(|time| Duration::try_from(time).ok()).ok_or("a time such as 90s, 10m or 1h is wanted")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    /// F2
    #[test]
    fn a_time_is_read_with_its_unit_and_never_negative() {
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)), "a bare number counts seconds");
        assert!(duration("-5m").is_err() && duration("soon").is_err());
    }

    /// A3: what stands in the arguments can be read by every user of the machine.
    #[test]
    fn no_argument_takes_a_secret() {
        fn names(command: &clap::Command) -> Vec<String> {
            let own = command.get_arguments().filter(|it| it.get_action().takes_values());
            own.map(|it| it.get_id().to_string()).chain(command.get_subcommands().flat_map(names)).collect()
        }
        let secretive = |name: &&String| ["secret", "password", "token"].iter().any(|word| name.contains(word));

        assert_eq!(names(&Arguments::command()).iter().find(secretive), None);
    }
}
