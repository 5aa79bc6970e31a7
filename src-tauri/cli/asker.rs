//! Who this command works for, where it does the work itself: a script that takes tokens becomes a dependant without
//! being entered [D1, F2]. Where somebody listens, the door sees it.

use std::ffi::OsString;

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::program::AskingProgram;
use engine::Engine;
use engine::flows::preflight::Needed;
use local_access::{program_of_command, script_behind_this_program};

/// Learns that the script which started this command uses a connection; a person at a terminal is no dependant.
pub(crate) fn learn(engine: &Engine, connection: &ConnectionId) {
    learn_of(engine, script_behind_this_program().as_ref(), connection);
}

/// The same of all that a run needs.
pub(crate) fn learn_needs(engine: &Engine, needed: &[Needed]) {
    let script = script_behind_this_program();
    for one in needed {
        if let Uses::Connection(id) = &one.uses {
            learn_of(engine, script.as_ref(), id);
        }
    }
}

/// Of a command that is about to be started: itself, unless a script starts it, which is the one that is known.
pub(crate) fn learn_command(engine: &Engine, words: &[OsString], connection: &ConnectionId) {
    let behind = script_behind_this_program();
    learn_of(engine, behind.or_else(|| program_of_command(words)).as_ref(), connection);
}

fn learn_of(engine: &Engine, program: Option<&AskingProgram>, connection: &ConnectionId) {
    // Nobody is kept from a token because it could not be noted.
    if let Some(program) = program
        && let Err(error) = engine.learn_use(program, connection)
    {
        tracing::warn!(%connection, %error, "the use of a connection could not be noted");
    }
}
