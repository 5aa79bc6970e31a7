//! A command with what it needs: tried first, waited for if that is wanted, and each token in an open file that only the
//! command inherits [F1, F2, F3, S152].

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use domain::blast_radius::Uses;
use engine::Engine;
use engine::flows::preflight::{Demands, Preflight, together};
use local_access::Starters;
use rustix::io::{FdFlags, fcntl_setfd};
use zeroize::Zeroizing;

use crate::arguments::{NeedingRunArguments, NeedsArguments};
use crate::asker;
use crate::credential::{bearer_token, exposed};
use crate::door::{self, Given};
use crate::ending::until_saved;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::preflight::{NamedNeeds, tell};
use crate::terminal::Terminal;
use crate::wait::until_ready;

/// Where the command finds the first token; the others have their number behind it.
const VARIABLE: &str = "PATCHBAY_TOKEN_FD";

/// A pipe takes this much before anybody reads.
const LONGEST_TOKEN: usize = 32 * 1024;

/// Returns only where the command was not started: it takes this program's place, with its signals and its exit code.
pub(crate) async fn run(
    engine: &Engine,
    terminal: &Terminal,
    asked: NeedingRunArguments,
    starters: Starters,
) -> Result<Exit, Failure> {
    let needs = NeedsArguments { connections: asked.needs, workflow: None, checklist: None, scope: asked.scope };
    let demands =
        Demands { min_valid: asked.min_valid.unwrap_or_default(), scopes: needs.scope.clone(), only_known: false };
    let mut tried = tried(engine, &needs, &demands).await?;
    let program = asker::program_behind(&asked.command);
    asker::learn_of(engine, program.as_ref(), &tried);
    if let Some(longest) = asked.wait
        && !together(&tried).0.may_pass()
    {
        until_ready(engine, terminal, &needs, Some(longest), program.as_ref(), starters).await?;
        tried = self::tried(engine, &needs, &demands).await?;
    }
    if !together(&tried).0.is_go() {
        return tell(terminal, &tried, None);
    }

    let mut command = Command::new(asked.command.first().map_or(OsStr::new(""), |it| it));
    command.args(asked.command.iter().skip(1));
    let asked_by = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut inherited = vec![];
    for one in &tried {
        let Uses::Connection(id) = &one.uses else { continue };
        let given = bearer_token(engine, terminal, id.as_str(), asked.min_valid, &asked_by).await?;
        let number = inherited.len() + 1;
        let name = if number == 1 { VARIABLE.to_owned() } else { format!("{VARIABLE}_{number}") };
        let file = file_of(&given).map_err(|error| not_handed_over(&one.name, &error))?;
        command.env(name, file.as_raw_fd().to_string());
        if let Some(variable) = asked.env.as_ref().filter(|_| number == 1) {
            command.env(variable, exposed(&given));
        }
        inherited.push(file);
    }

    // A new token that is not stored yet would end with this program.
    until_saved(engine, terminal).await;
    let error = command.exec();
    drop(inherited);
    Err(not_started(command.get_program(), &error))
}

async fn tried(engine: &Engine, needs: &NeedsArguments, demands: &Demands) -> Result<Vec<Preflight>, Failure> {
    let named_needs = NamedNeeds::find(engine, needs)?;
    match door::preflight(engine, &named_needs.needed, demands).await {
        Some(tried) => Ok(tried),
        None => Ok(engine.preflight_all(&named_needs.needed, demands).await?),
    }
}

/// One line, to be read once; the only end that is inherited.
fn file_of(given: &Given) -> io::Result<OwnedFd> {
    let token = exposed(given);
    if token.len() > LONGEST_TOKEN {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the token is longer than a pipe takes"));
    }
    let (reader, mut writer) = io::pipe()?;
    let mut line = Zeroizing::new(Vec::with_capacity(token.len() + 1));
    line.extend_from_slice(token.as_bytes());
    line.push(b'\n');
    writer.write_all(&line)?;
    fcntl_setfd(&reader, FdFlags::empty())?;
    Ok(reader.into())
}

fn not_handed_over(name: &str, error: &io::Error) -> Failure {
    Failure::unusable_token(
        format!("The token of {name} could not be handed to the command: {error}."),
        "The command was not started.",
        "",
    )
}

fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let is_missing = error.kind() == io::ErrorKind::NotFound;
    let exit = if is_missing { Exit::NoSuchCommand } else { Exit::CommandRefused };
    Failure::not_started(exit, &program.to_string_lossy(), error)
}
