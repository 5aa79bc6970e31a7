//! The door for programs that ask in their own protocol: each answer is one access token on standard output, in the shape
//! that git, kubectl or Google's libraries read [F2, S148].

mod git;
mod google;
mod kubernetes;

use std::io::{self, Write as _};
use std::time::Duration;

use engine::Engine;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::arguments::{CredentialCommand, TokenArguments, Which};
use crate::door::{self, Given};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::token::obtain;

pub(crate) async fn credential(
    engine: &Engine,
    terminal: &Terminal,
    asked: CredentialCommand,
) -> Result<Exit, Failure> {
    match asked {
        CredentialCommand::Git(asked) => git::git(engine, terminal, &asked).await,
        CredentialCommand::Kubernetes(which) => kubernetes::kubernetes(engine, terminal, &which.connection).await,
        CredentialCommand::Google(which) => google::google(engine, terminal, &which.connection).await,
    }
}

/// A token for `asked_by`, who can use it as it stands; from the program that watches over the board, where one runs.
///
/// # Errors
/// Why there is none; also where it is bound to a key, which only Patchbay can prove.
pub(crate) async fn bearer_token(
    engine: &Engine,
    terminal: &Terminal,
    called: &str,
    min_valid: Option<Duration>,
    asked_by: &str,
) -> Result<Given, Failure> {
    let connection = engine.find_connection(called)?;
    let name = connection.name.clone();
    let which = Which { connection: connection.id.to_string() };
    let told = door::token(engine.data_folder(), terminal, &TokenArguments { which, min_valid }).await?;
    let given = obtain(engine, connection, min_valid, told, asked_by).await?;
    if given.is_key_bound {
        return Err(Failure::unusable_token(
            format!("The token of {name} is bound to a key that stays in Patchbay (DPoP)."),
            format!("{asked_by} cannot prove that key, and would be refused."),
            "Connect without --dpop for this use.",
        ));
    }
    Ok(given)
}

#[expect(clippy::disallowed_methods, reason = "this command's purpose: the token goes to standard output")]
pub(crate) fn exposed(given: &Given) -> &str {
    given.access_token.expose_secret()
}

/// One JSON object on standard output; nothing of it stays in memory.
fn print_json(answer: &impl Serialize) -> Result<(), Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(8 * 1024));
    serde_json::to_writer(&mut *line, answer).map_err(|error| Failure::output(error.into()))?;
    line.push(b'\n');
    print(&line)
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::output)
}
