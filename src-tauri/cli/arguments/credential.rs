//! What may be typed where another program asks: git, kubectl, Google's libraries, a shell, man [F2].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

use super::Which;

pub(super) const CREDENTIAL_EXAMPLES: &str = "\
Examples:
  git config --global credential.https://github.com.helper '!patchbay credential git GitHub'
  patchbay credential kubernetes Cluster
  patchbay credential google 'Company login'";

const GIT_EXAMPLES: &str = "\
Examples:
  git config --global credential.https://github.com.helper '!patchbay credential git GitHub'
  git config credential.https://git.example.com.helper \\
    '!patchbay credential git GitLab --host git.example.com'

git puts `get`, `store` or `erase` behind it. It is answered for the host where the connection
signs in, and for those named with --host; for any other nothing is said, and git asks the next
helper. Nothing is ever stored from git. Where a person must reconnect, git is told to stop
instead of asking for a password.";

const KUBERNETES_EXAMPLES: &str = "\
In a kubeconfig:
  users:
  - name: me
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: patchbay
        args: [credential, kubernetes, Cluster]
        interactiveMode: Never";

const GOOGLE_EXAMPLES: &str = "\
In a credential configuration of workload identity federation:
  \"credential_source\": {
    \"executable\": { \"command\": \"patchbay credential google Login\", \"timeout_millis\": 30000 }
  }

GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 lets Google's libraries run it. Only a token that is a
JWT can be exchanged at Google; another is refused here, and says so.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  patchbay completions bash > ~/.local/share/bash-completion/completions/patchbay
  patchbay completions zsh > ~/.zfunc/_patchbay
  patchbay completions fish > ~/.config/fish/completions/patchbay.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  patchbay man | man -l -
  patchbay man --into ~/.local/share/man/man1";

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// A credential helper of git: user name and access token for the host of a connection.
    #[command(after_help = GIT_EXAMPLES)]
    Git(GitArguments),
    /// An exec credential plugin of kubectl and what else reads a kubeconfig (client.authentication.k8s.io).
    #[command(after_help = KUBERNETES_EXAMPLES)]
    Kubernetes(Which),
    /// An executable credential source of Google's libraries and gcloud (workload identity federation).
    #[command(after_help = GOOGLE_EXAMPLES)]
    Google(Which),
}

#[derive(Debug, Args)]
pub(crate) struct GitArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Also answers for this host, with its port where it has one: a server of your own. May be repeated.
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(crate) host: Vec<String>,
    /// The user name that git sends. Unsaid: the one that the host wants beside an OAuth token.
    #[arg(long, value_name = "NAME", value_parser = one_line)]
    pub(crate) username: Option<String>,
    /// What git wants; it says so itself.
    #[arg(value_name = "get|store|erase", hide_possible_values = true)]
    pub(crate) operation: GitOperation,
}

/// gitcredentials(7), "CUSTOM HELPERS".
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GitOperation {
    Get,
    Store,
    Erase,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Writes patchbay.1, patchbay-list.1 and the others there, and makes the folder where there is none.
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// As git names one: `git.example.com`, `127.0.0.1:8080`, `[::1]`.
fn host(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(&format!("https://{text}/"));
    let is_host = url.is_ok_and(|it| it.path() == "/" && it.username().is_empty() && it.query().is_none());
    let is_plain = !text.contains(['/', '@', '?', '#', '*', '\\']) && !text.starts_with(':');
    if is_host && is_plain { Ok(text.to_owned()) } else { Err("a host is wanted, with its port where it has one") }
}

/// git reads a line for each value.
fn one_line(text: &str) -> Result<String, &'static str> {
    let is_one = !text.is_empty() && !text.contains(char::is_control);
    if is_one { Ok(text.to_owned()) } else { Err("a name in one line is wanted") }
}
