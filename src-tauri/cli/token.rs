//! The door for scripts: a fresh access token on standard output and nothing else [F2, S148].

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::{CauseLabel, Diagnosis};
use engine::flows::fresh_access_token::FreshAccessToken;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::arguments::TokenArguments;
use crate::asker;
use crate::door::{Given, Told};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Text};
use crate::words::refresh_token;
use crate::words::times::Now;

/// Who took it, in the events.
const ASKED_BY: &str = "command line";

/// The key never leaves the keychain, so there is nothing that a script could do with such a token.
const BOUND: &str = "This token is bound to a key that stays in Patchbay (DPoP): an API refuses it from anyone who cannot prove the key. It serves for looking at, not for calling.";

#[derive(Serialize)]
struct TokenJson<'a> {
    access_token: &'a str,
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
}

/// `told`: what the program that watches over the board said of it, where one was asked.
pub(crate) async fn token(
    engine: &Engine,
    terminal: &Terminal,
    asked: TokenArguments,
    told: Told,
) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let given = obtain(engine, connection, asked.min_valid, told, ASKED_BY).await?;
    show(&given, asked.min_valid, terminal)
}

/// A token that holds as long as was asked for: what was `told`, or else by this program itself. `asked_by` stands in the
/// event.
pub(crate) async fn obtain(
    engine: &Engine,
    connection: Connection,
    min_valid: Option<Duration>,
    told: Told,
    asked_by: &str,
) -> Result<Given, Failure> {
    match told {
        Told::Token(given) => return Ok(given),
        Told::NotNow { may_pass, cause } => {
            return Err(Failure::about(engine, &connection, not_now(&connection, may_pass, cause)));
        }
        Told::Nothing => asker::learn(engine, &connection.id),
    }
    let taken = engine.ready_token(&connection.id, min_valid).await;
    match taken.and_then(|ready| engine.hand_out(ready, asked_by)) {
        Ok(FreshAccessToken { access_token, expires_at, is_key_bound, .. }) => {
            let newest = engine.connection(&connection.id).unwrap_or(connection);
            let warning = refresh_token::warning_of(engine, &newest);
            Ok(Given { access_token, expires_at, is_key_bound, warning })
        }
        // What the refresh found out is told from the connection as it is since.
        Err(error) => {
            let newest = engine.connection(&connection.id).unwrap_or(connection);
            Err(Failure::about(engine, &newest, error))
        }
    }
}

/// Prints it, with what a person should know of it on standard error.
pub(crate) fn show(given: &Given, min_valid: Option<Duration>, terminal: &Terminal) -> Result<Exit, Failure> {
    if io::stdout().is_terminal() {
        terminal.warn([Text::from(
            "This is a secret: it stays in the terminal's scrollback. Rather use it in a command: $(patchbay token …)",
        )]);
    }
    print(given, terminal.is_json())?;
    if !terminal.is_json() {
        terminal.warn(given.warning.as_deref().map(Text::from));
    }
    if given.is_key_bound {
        terminal.warn([Text::from(BOUND)]);
    }
    warn_if_short(given.expires_at, min_valid, terminal);
    Ok(Exit::Done)
}

/// What the other program met, as it stands written down by now.
fn not_now(connection: &Connection, may_pass: bool, cause: CauseLabel) -> Error {
    let written = connection.refresh_failures.as_ref().map(|it| it.telling().clone());
    let diagnosis = written.filter(|it| it.cause == cause).unwrap_or_else(|| Diagnosis::of(cause));
    let name = connection.name.clone();
    if may_pass { Error::Temporary { name, diagnosis } } else { Error::NeedsMending { name, diagnosis } }
}

fn print(given: &Given, is_json: bool) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "this command's purpose: the token goes to standard output")]
    let access_token = given.access_token.expose_secret();
    let mut line = Zeroizing::new(Vec::with_capacity(access_token.len() + 128));
    if is_json {
        let warning = given.warning.as_deref();
        serde_json::to_writer(&mut *line, &TokenJson { access_token, expires_at: given.expires_at, warning })
            .map_err(|error| Failure::output(error.into()))?;
    } else {
        line.extend_from_slice(access_token.as_bytes());
    }
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).map_err(Failure::output)
}

/// A provider gives what it gives; a script that asked for more should know.
fn warn_if_short(expires_at: Option<Timestamp>, wanted: Option<Duration>, terminal: &Terminal) {
    let (Some(wanted), Some(expires_at)) = (wanted, expires_at) else { return };
    let now = Now::here();
    if now.at().checked_add(wanted).is_ok_and(|needed| expires_at < needed) {
        terminal.warn([Text::from(format!(
            "This token holds only until {}: its provider issues no longer ones.",
            now.until(expires_at)
        ))]);
    }
}
