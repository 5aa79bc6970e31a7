//! The door for scripts: a fresh access token on standard output and nothing else [F2, S148].

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use domain::connection::Connection;
use domain::lifecycle::refresh_time::margin;
use engine::flows::fresh_access_token::FreshAccessToken;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::arguments::TokenArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::moment;
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

pub(crate) async fn token(engine: &Engine, terminal: &Terminal, asked: TokenArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let fresh = match take(engine, &connection, asked.min_valid).await {
        Ok(fresh) => fresh,
        // What the refresh found out is told from the connection as it is since.
        Err(error) => {
            let newest = engine.connection(&connection.id).unwrap_or(connection);
            return Err(Failure::about(engine, &newest, error));
        }
    };
    if io::stdout().is_terminal() {
        terminal.warn([Text::from(
            "This is a secret: it stays in the terminal's scrollback. Rather use it in a command: $(patchbay token …)",
        )]);
    }
    let newest = engine.connection(&connection.id).unwrap_or_else(|_| connection.clone());
    let warning = refresh_token::warning_of(engine, &newest);
    print(&fresh, warning.as_deref(), terminal.is_json())?;
    if !terminal.is_json() {
        terminal.warn(warning.map(Text::from));
    }
    if fresh.is_key_bound {
        terminal.warn([Text::from(BOUND)]);
    }
    warn_if_short(fresh.expires_at, asked.min_valid, terminal);
    Ok(Exit::Done)
}

/// A token that holds as long as was asked for. Where nothing was asked, one that cannot be renewed just now is
/// handed out for as long as it holds.
async fn take(
    engine: &Engine,
    connection: &Connection,
    min_valid: Option<Duration>,
) -> Result<FreshAccessToken, Error> {
    let wanted = min_valid.unwrap_or_else(|| usual_margin(connection));
    match engine.fresh_access_token(&connection.id, wanted, ASKED_BY).await {
        Err(Error::Temporary { .. } | Error::NeedsMending { .. } | Error::Offline) if min_valid.is_none() => {
            engine.fresh_access_token(&connection.id, Duration::ZERO, ASKED_BY).await
        }
        outcome => outcome,
    }
}

/// As far ahead as tokens are refreshed by themselves [B2].
fn usual_margin(connection: &Connection) -> Duration {
    let Some(token) = &connection.token else { return Duration::ZERO };
    let lifetime = moment(token.expiry).and_then(|at| Duration::try_from(at.duration_since(token.issued_at)).ok());
    lifetime.map(margin).unwrap_or_default()
}

fn print(fresh: &FreshAccessToken, warning: Option<&str>, is_json: bool) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "this command's purpose: the token goes to standard output")]
    let access_token = fresh.access_token.expose_secret();
    let mut line = Zeroizing::new(Vec::with_capacity(access_token.len() + 128));
    if is_json {
        serde_json::to_writer(&mut *line, &TokenJson { access_token, expires_at: fresh.expires_at, warning })
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
            "This token holds only until {}: the provider gives hardly longer ones.",
            now.until(expires_at)
        ))]);
    }
}
