//! Who this command works for, where it does the work itself: a script that takes tokens becomes a dependant without
//! being entered [D1, F2]. Where somebody listens, the door sees it.

use std::ffi::OsString;

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::program::AskingProgram;
use engine::Engine;
use engine::flows::preflight::{Needed, Preflight};
use local_access::{program_of_command, script_behind_this_program};

/// Learns that the script which started this command uses a connection; a person at a terminal is no dependant.
pub(crate) fn learn(engine: &Engine, connection: &ConnectionId) {
    learn_one(engine, script_behind_this_program().as_ref(), &Uses::Connection(connection.clone()));
}

/// The same of all that a run needs.
pub(crate) fn learn_needs(engine: &Engine, needed: &[Needed]) {
    let script = script_behind_this_program();
    needed.iter().for_each(|one| learn_one(engine, script.as_ref(), &one.uses));
}

/// Of a command that is about to be started: itself, unless a script starts it, which is the one that is known.
pub(crate) fn program_behind(words: &[OsString]) -> Option<AskingProgram> {
    script_behind_this_program().or_else(|| program_of_command(words))
}

/// Learns that this one needs all that was tried.
pub(crate) fn learn_of(engine: &Engine, program: Option<&AskingProgram>, tried: &[Preflight]) {
    tried.iter().for_each(|one| learn_one(engine, program, &one.uses));
}

fn learn_one(engine: &Engine, program: Option<&AskingProgram>, uses: &Uses) {
    // Nobody is kept from a token because it could not be noted.
    if let (Some(program), Uses::Connection(id)) = (program, uses)
        && let Err(error) = engine.learn_use(program, id)
    {
        tracing::warn!(connection = %id, %error, "the use of a connection could not be noted");
    }
}
