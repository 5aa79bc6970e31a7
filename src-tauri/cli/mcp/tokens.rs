//! Tokens for an agent: never, unless a person switched that on for the program that started this server, for this very
//! connection. Each that is handed out is an event [F2, S147, S148, S150].

use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::ActionLabel;
use domain::program::Admission;
use domain::{ConnectionId, ProgramId, Secret};
use engine::Error;
use engine::flows::programs::{Caller, Delivery, MayUse};
use jiff::Timestamp;

use super::answers::{AccessAsked, AccessToken, data};
use super::looking::access_word;
use super::server::{Answer, Call, told};
use super::tools::{ConnectionGiven, TokenGiven};
use crate::arguments::{TokenArguments, Which};
use crate::door;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::terminal::Terminal;
use crate::token::obtain;
use crate::words::mcp as words;
use crate::words::times::{Now, short_lived};

/// Notes the question, once, and says what a person types to answer it.
pub(crate) async fn request_token_access(call: &Call<'_>, given: &ConnectionGiven) -> Answer {
    let connection = call.find(&given.connection)?;
    let Some(caller) = call.client.now().await else { return Err(unknown_client()) };
    let (token_access, program) = match call.engine.may_use(&caller, &connection.id)? {
        MayUse::Yes { .. } => (Admission::Served, None),
        MayUse::AskPerson { program: None, .. } => return Err(no_room(&connection)),
        MayUse::AskPerson { program, .. } => (Admission::Asks, program),
        MayUse::Refused => (Admission::Refused, None),
    };
    told(&AccessAsked {
        id: connection.id.to_string(),
        name: data(&connection.name),
        token_access: access_word(token_access),
        program: Some(data(call.client.name().await)),
        command: program.map(|it| allowing(&it, &connection)),
        said: words::token_access(token_access).to_owned(),
    })
}

pub(crate) async fn get_access_token(call: &Call<'_>, given: &TokenGiven) -> Answer {
    let connection = call.find(&given.connection)?;
    let id = &connection.id;
    let Some(caller) = call.client.now().await else { return Err(unknown_client()) };
    match call.engine.may_use(&caller, id)? {
        MayUse::Yes { .. } => {}
        MayUse::AskPerson { program, .. } => return Err(not_allowed(program.as_ref(), &connection)),
        MayUse::Refused => return Err(refused()),
    }
    call.leans_on([id.clone()]).await;
    let min_valid = given.min_valid_seconds.map(|it| Duration::from_secs(it.into()));
    let about = |error| {
        let newest = call.engine.connection(id).unwrap_or_else(|_| connection.clone());
        Failure::about(call.engine, &newest, error)
    };
    match call.engine.ready_token(id, min_valid).await {
        Ok(ready) => match call.engine.deliver(&caller, ready, &[]).map_err(about)? {
            Delivery::Token(token) => out(call, given, id, &token.access_token, token.expires_at, token.is_key_bound),
            Delivery::AskPerson(program) => Err(not_allowed(program.as_ref(), &connection)),
            Delivery::Refused => Err(refused()),
        },
        // In a session without a keychain the program that watches over the board has one open.
        Err(Error::VaultUnavailable(_)) => through_the_door(call, &caller, connection, given).await,
        Err(error) => Err(about(error)),
    }
}

/// The door takes this program for the person's own command line: what the person said of the client is looked at here.
async fn through_the_door(call: &Call<'_>, caller: &Caller, connection: Connection, given: &TokenGiven) -> Answer {
    let id = &connection.id;
    let once = match call.engine.take_permission(caller, id)? {
        MayUse::Yes { once } => once,
        MayUse::AskPerson { program, .. } => return Err(not_allowed(program.as_ref(), &connection)),
        MayUse::Refused => return Err(refused()),
    };
    let min_valid = given.min_valid_seconds.map(|it| Duration::from_secs(it.into()));
    let asked = TokenArguments { which: Which { connection: id.to_string() }, min_valid };
    let asked_by = format!("{} (MCP)", call.client.name().await);
    // What it has to say meanwhile goes to standard error.
    let told = door::token(call.engine.data_folder(), &Terminal::new(false), &asked).await;
    let obtained = match told {
        Ok(told) => obtain(call.engine, connection.clone(), min_valid, told, &asked_by).await,
        Err(failure) => Err(failure),
    };
    match obtained {
        Ok(token) => out(call, given, id, &token.access_token, token.expires_at, token.is_key_bound),
        Err(failure) => {
            if let Some(program) = &once {
                call.engine.give_back_permission(program, id)?;
            }
            Err(failure)
        }
    }
}

fn out(
    call: &Call<'_>,
    given: &TokenGiven,
    id: &ConnectionId,
    token: &Secret,
    expires_at: Option<Timestamp>,
    is_key_bound: bool,
) -> Answer {
    let warning = warning(call, given, id, expires_at);
    #[expect(clippy::disallowed_methods, reason = "this tool's purpose: the token goes to the client that may have it")]
    let access_token = token.expose_secret();
    told(&AccessToken { id: id.as_str(), access_token, expires_at, is_key_bound, warning })
}

/// A provider gives what it gives; who asked for more should know.
fn warning(call: &Call<'_>, given: &TokenGiven, id: &ConnectionId, expires_at: Option<Timestamp>) -> Option<String> {
    let (now, wanted) = (Now::here(), Duration::from_secs(given.min_valid_seconds?.into()));
    let is_short = expires_at.is_some_and(|at| now.at().checked_add(wanted).is_ok_and(|needed| at < needed));
    // As it is once it was refreshed.
    let connection = call.engine.connection(id).ok().filter(|_| is_short)?;
    short_lived(&data(&connection.name), connection.token.as_ref()?, &now)
}

fn allowing(program: &ProgramId, connection: &Connection) -> String {
    format!("patchbay programs allow {program} {}", connection.id)
}

fn not_allowed(program: Option<&ProgramId>, connection: &Connection) -> Failure {
    let Some(program) = program else { return no_room(connection) };
    failure(FailureWords {
        code: "permission_needed",
        happened: words::tokens_off(&data(&connection.name)),
        meaning: words::WHO_SWITCHES_ON.to_owned(),
        advice: format!("A person who wants that types: {}", allowing(program, connection)),
        ..FailureWords::default()
    })
}

/// So many programs wait for an answer that nobody is asked about this one.
fn no_room(connection: &Connection) -> Failure {
    failure(FailureWords {
        code: "permission_needed",
        happened: words::tokens_off(&data(&connection.name)),
        meaning: words::NO_ROOM.to_owned(),
        advice: "A person answers those first: patchbay programs".to_owned(),
        ..FailureWords::default()
    })
}

fn refused() -> Failure {
    failure(FailureWords {
        code: "permission_refused",
        happened: words::token_access(Admission::Refused).to_owned(),
        advice: "See what was said of it: patchbay programs".to_owned(),
        ..FailureWords::default()
    })
}

fn unknown_client() -> Failure {
    failure(FailureWords {
        code: "program_unknown",
        happened: words::CLIENT_UNKNOWN.to_owned(),
        meaning: words::CLIENT_UNKNOWN_MEANS.to_owned(),
        ..FailureWords::default()
    })
}

fn failure(words: FailureWords) -> Failure {
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
