//! The engine without a window, as long as it is let: refreshes by itself, and programs ask it at the door [F2, S145].

use domain::diagnosis::ActionLabel;
use engine::Engine;
use engine::signals::told_to_end;
use local_access::{Door, DoorError, Rules};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::counted;

/// Once it can be asked, for whoever started it.
#[derive(Serialize)]
struct ServingJson {
    event: &'static str,
    socket: Option<String>,
}

pub(crate) async fn serve(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let watch = engine.watch();
    let door = match Door::open(engine, Rules::default()) {
        Ok(door) => Some(door),
        Err(error) if error.is_not_here() => None,
        Err(error) => return Err(failure(&error)),
    };
    let socket = door.as_ref().map(|it| it.socket().display().to_string());
    if terminal.is_json() {
        terminal.object(&ServingJson { event: "serving", socket })?;
    } else {
        let count = counted(engine.list_connections()?.len(), "connection");
        let programs = match &socket {
            Some(socket) => format!("Programs ask at {socket}."),
            None => "Programs cannot ask over a socket on this system yet; patchbay token works as ever.".to_owned(),
        };
        terminal.say([
            Text::styled(STRONG, format!("Watching over {count}.")),
            Text::from(programs),
            Text::styled(FAINT, "Ctrl-C ends it."),
        ])?;
    }
    told_to_end().await;
    // Nobody is let in any more; what is under way is waited for by the program's end.
    drop(door);
    drop(watch);
    Ok(Exit::Done)
}

fn failure(error: &DoorError) -> Failure {
    let words = if error.is_taken() {
        FailureWords {
            code: "served_already",
            happened: "Another Patchbay program serves this board already.".to_owned(),
            meaning: "One is enough: it refreshes, and programs ask it.".to_owned(),
            ..FailureWords::default()
        }
    } else {
        FailureWords {
            code: "socket_unavailable",
            happened: "The socket for programs could not be opened.".to_owned(),
            advice: "Mend or remove what is named below, and start again.".to_owned(),
            detail: error.to_string(),
            ..FailureWords::default()
        }
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
