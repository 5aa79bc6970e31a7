//! Patchbay for agents: the Model Context Protocol over standard input and output, as a client starts it
//! [F1, F2, F3, S147, S148, S150].
//!
//! - `transport`: messages in and out, so many at a time; `lines`: what is no message, on its way in
//! - `server`: what is said of us, which tools there are, one call
//! - `tools`: the list, and what may be given to each; `answers`: what each gives back
//! - `looking`, `runs`, `requests`, `tokens`: the tools themselves
//! - `client`: who started this, which is who may or may not have tokens
//!
//! Standard output carries the protocol alone; everything else goes to standard error.

mod answers;
mod client;
mod lines;
mod looking;
mod requests;
mod runs;
mod server;
mod tokens;
mod tools;
mod transport;

use std::io::{self, IsTerminal as _};

use domain::diagnosis::ActionLabel;
use engine::Engine;
use engine::signals::told_to_end;
use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;

pub(crate) use self::tools::ToolName;

use self::server::Server;
use self::transport::Bounded;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::terminal::{FAINT, Terminal, Text};

pub(crate) async fn serve(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    if io::stdin().is_terminal() {
        let said = "This speaks the Model Context Protocol with the program that starts it. Ctrl-D ends it; docs/AGENTS.md says how to set a client up.";
        terminal.warn([Text::styled(FAINT, said)]);
    }
    let transport = Bounded::new(tokio::io::stdin(), tokio::io::stdout());
    let server = Server::new(engine.clone(), transport.ended());
    let begun = tokio::select! {
        begun = server.clone().serve(transport) => begun,
        () = told_to_end() => return Ok(Exit::Done),
    };
    let running = match begun {
        Ok(running) => running,
        // Whoever started it has gone again.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(Exit::Done),
        Err(_) => return Err(not_begun()),
    };
    let cancelling = running.cancellation_token();
    let peer = running.peer().clone();
    let mut ending = std::pin::pin!(running.waiting());
    tokio::select! {
        _ = &mut ending => {}
        never = server.follow(&peer) => match never {},
        () = told_to_end() => {
            cancelling.cancel();
            // What is being answered is brought to its end, in two seconds at most.
            drop(ending.await);
        }
    }
    Ok(Exit::Done)
}

/// What the first message was is not told: it may be anything.
fn not_begun() -> Failure {
    let words = FailureWords {
        code: "mcp_not_begun",
        happened: "The first message was no beginning of the Model Context Protocol.".to_owned(),
        meaning: "A client begins with initialize, or with what it discovers the server by.".to_owned(),
        advice: "Start it from an MCP client; docs/AGENTS.md says how.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
