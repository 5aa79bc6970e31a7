//! What may be typed about clients: added, shown, checked, rotated, removed. No secret is an argument [A3, C5, E5].

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::EnvironmentName;

const ADD_EXAMPLES: &str = "\
Examples:
  patchbay client add notion --client-id ID --client-secret-stdin < secret.txt
  patchbay client add google --from ~/Downloads/client_secret_1234.json";

const ROTATE_EXAMPLES: &str = "\
Examples:
  patchbay client rotate Fjord --client-secret-stdin < new-secret.txt    stages, tests, switches, verifies, finishes
  patchbay client rotate Fjord --client-secret-stdin --stage-only < new-secret.txt
  patchbay client rotate Fjord --switch
  patchbay client rotate Fjord --finish

Without a step it shows how far a rotation is, and what leans on the client. Until it is finished the old secret is
kept, and --cancel goes back to it.";

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Adds a client, or gives a known one its new secret.
    #[command(after_help = ADD_EXAMPLES)]
    Add(ClientAddArguments),
    /// Says which redirect URI is registered with a client.
    #[command(after_help = "Example:\n  patchbay client redirect cli_0abc https://localhost:8765/callback")]
    Redirect(ClientRedirectArguments),
    /// Lists the clients, and how many connections use each.
    #[command(visible_alias = "ls")]
    List,
    /// Shows one client: its settings, the last check, what uses it.
    Show(WhichClient),
    /// Gives a client another name, or moves it to another environment while no connection uses it.
    Rename {
        #[command(flatten)]
        which: WhichClient,
        /// What to call it.
        name: Option<String>,
        /// Where it is used.
        #[arg(long, value_enum, required_unless_present = "name")]
        environment: Option<EnvironmentName>,
    },
    /// Removes a client that no connection uses, and erases its secret from the keychain.
    Remove {
        #[command(flatten)]
        which: WhichClient,
        /// Does not ask. Needed where there is no terminal.
        #[arg(long, short)]
        yes: bool,
        /// Of a client that Patchbay registered: removes it here even where its server cannot be asked to delete it.
        #[arg(long)]
        leave_there: bool,
    },
    /// Checks a client's eight settings by real requests, without signing in.
    ///
    /// One of them is a deliberately wrong code: it grants nothing, and tells a bad client from a good one. Exit codes:
    /// 0 nothing is wrong, 1 something is, 23 the provider did not tell.
    Check(WhichClient),
    /// Puts a new secret in the old one's place: staged, tested, switched, verified; then the old one is forgotten.
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate(ClientRotateArguments),
}

/// One client.
#[derive(Debug, Args)]
pub(crate) struct WhichClient {
    /// Its id (cli_…), or a name or client id that only one has.
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
}

#[derive(Debug, Args)]
pub(crate) struct ClientAddArguments {
    /// A name of the catalogue (`patchbay provider list`), or an issuer's https address.
    #[arg(value_name = "PROVIDER|ISSUER-URL")]
    pub(crate) provider: String,
    /// The client id the provider gave you.
    #[arg(long, value_name = "ID", required_unless_present = "from")]
    pub(crate) client_id: Option<String>,
    /// Reads the client secret from standard input, up to its end. Without it a terminal is asked.
    #[arg(long)]
    pub(crate) client_secret_stdin: bool,
    /// Reads a private key (PEM or JWK) from standard input: the client signs in place of a secret (RFC 7523).
    #[arg(long, conflicts_with = "client_secret_stdin")]
    pub(crate) client_key_stdin: bool,
    /// Makes such a key, keeps it in the keychain, and prints its public half to register at the provider.
    #[arg(long, conflicts_with_all = ["client_secret_stdin", "client_key_stdin"])]
    pub(crate) generate_key: bool,
    /// Takes id and secret from the file that the provider's console hands out (`client_secret_….json`).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_id", "client_secret_stdin", "client_key_stdin", "generate_key"])]
    pub(crate) from: Option<PathBuf>,
    /// What to call the client.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where it is used; its connections belong to the same environment.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) environment: EnvironmentName,
    /// The port registered in its redirect URI, where the provider compares ports.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// The redirect URI registered with it, letter by letter, where it is not the provider's usual one.
    #[arg(long, value_name = "URI", conflicts_with = "port")]
    pub(crate) redirect_uri: Option<String>,
    /// A value the provider's addresses need, as NAME=VALUE: a shop, a tenant. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("new").required(true))]
pub(crate) struct ClientRedirectArguments {
    /// The id of a known client (cli_…).
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    /// http or https at 127.0.0.1, `[::1]` or localhost; without a port any port serves.
    #[arg(value_name = "URI", group = "new")]
    pub(crate) redirect_uri: Option<String>,
    /// The provider's usual one again.
    #[arg(long, group = "new")]
    pub(crate) usual: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("step").multiple(false))]
pub(crate) struct ClientRotateArguments {
    #[command(flatten)]
    pub(crate) which: WhichClient,
    /// Reads the new secret from standard input, up to its end.
    #[arg(long, conflicts_with_all = ["switch", "finish", "cancel"])]
    pub(crate) client_secret_stdin: bool,
    /// Stores and tests the new secret, and stops there.
    #[arg(long, group = "step", requires = "client_secret_stdin")]
    pub(crate) stage_only: bool,
    /// Puts the staged secret to use and verifies it; the old one is kept.
    #[arg(long, group = "step")]
    pub(crate) switch: bool,
    /// Verifies the new secret, and forgets the old one.
    #[arg(long, group = "step")]
    pub(crate) finish: bool,
    /// Goes back to the old secret, and forgets the new one.
    #[arg(long, group = "step")]
    pub(crate) cancel: bool,
    /// Switches although the provider did not tell whether the new secret is good: where the old one dies at once.
    #[arg(long, conflicts_with_all = ["stage_only", "finish", "cancel"])]
    pub(crate) untested: bool,
    /// Also refreshes connections whose refresh token is used up by it, once each, to see the new secret work.
    #[arg(long, conflicts_with_all = ["stage_only", "cancel"])]
    pub(crate) refresh_rotating: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RotationStep {
    Show,
    StageOnly,
    All,
    Switch,
    Finish,
    Cancel,
}

impl ClientRotateArguments {
    pub(crate) fn step(&self) -> RotationStep {
        match (self.stage_only, self.switch, self.finish, self.cancel) {
            (true, _, _, _) => RotationStep::StageOnly,
            (_, true, _, _) => RotationStep::Switch,
            (_, _, true, _) => RotationStep::Finish,
            (_, _, _, true) => RotationStep::Cancel,
            (false, false, false, false) if self.client_secret_stdin => RotationStep::All,
            (false, false, false, false) => RotationStep::Show,
        }
    }
}

/// `shop=my-shop`.
pub(super) fn setting(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    if name.trim().is_empty() || value.trim().is_empty() {
        return Err("NAME=VALUE is wanted");
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
