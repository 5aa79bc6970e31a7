//! Programs that ask for tokens: who they are, and what a person lets them [F2, S147].

mod seen;
mod waiting;

use domain::ProgramId;
use domain::program::{AskingProgram, Permission, Unasked};
use engine::Engine;
use engine::store::ProgramPermission;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::arguments::{ProgramsCommand, UnaskedName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::Now;
use crate::words::{named, programs};

/// One program and one connection, for programs.
#[derive(Serialize)]
struct ProgramJson<'a> {
    program: &'a str,
    name: &'a str,
    path: &'a str,
    sha256: &'a str,
    script: Option<&'a str>,
    script_sha256: Option<&'a str>,
    started_by: Option<&'a str>,
    connection: &'a str,
    connection_name: &'a str,
    permission: &'static str,
    until: Option<Timestamp>,
    asked_at: Timestamp,
    said_at: Option<Timestamp>,
    token_at: Option<Timestamp>,
}

/// The setting, for programs.
#[derive(Serialize)]
struct UnaskedJson {
    unasked: &'static str,
}

pub(crate) fn programs(engine: &Engine, terminal: &Terminal, asked: Option<ProgramsCommand>) -> Result<Exit, Failure> {
    match asked {
        None => list(engine, terminal),
        Some(ProgramsCommand::Allow(asked)) => {
            let permission = match (asked.once, asked.days) {
                (true, _) => Permission::Once,
                (false, days) => Permission::Always { until: days.map(|days| in_days(engine, days)).transpose()? },
            };
            say(engine, terminal, &asked.of.program, &asked.of.which.connection, permission)
        }
        Some(ProgramsCommand::Deny(of)) => say(engine, terminal, &of.program, &of.which.connection, Permission::Never),
        Some(ProgramsCommand::Revoke(asked)) => {
            let (program, found) = find(engine, &asked.program)?;
            let connection = asked.connection.map(|typed| engine.find_connection(&typed)).transpose()?;
            let count = engine.forget_permissions(&program, connection.as_ref().map(|it| &it.id))?;
            terminal.note([Text::from(programs::taken_back(found.name(), count))]);
            Ok(Exit::Done)
        }
        Some(ProgramsCommand::Waiting) => waiting::list(engine, terminal),
        Some(ProgramsCommand::Seen) => seen::list(engine, terminal),
        Some(ProgramsCommand::Name { program, name }) => seen::rename(engine, terminal, &program, &name),
        Some(ProgramsCommand::SameAs { program, workflow }) => {
            seen::merge(engine, terminal, &program, workflow.as_deref())
        }
        Some(ProgramsCommand::Forget { program }) => seen::forget(engine, terminal, &program),
        Some(ProgramsCommand::Unasked { what }) => unasked(engine, terminal, what),
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.program_permissions()?;
    let names: Vec<String> = all
        .iter()
        .map(|it| engine.connection(&it.connection).map_or_else(|_| it.connection.to_string(), |found| found.name))
        .collect();
    if terminal.is_json() {
        for (one, name) in all.iter().zip(&names) {
            terminal.object(&json_of(one, name))?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(programs::NOBODY)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["", "Program", "Connection", "May", "Id"]);
    for (one, name) in all.iter().zip(&names) {
        let (mark, style) = match one.permission {
            Permission::Asked => ("?", WARN),
            Permission::Once | Permission::Always { .. } => ("✓", WELL),
            Permission::Never => ("▲", BAD),
        };
        table.row(vec![
            Text::styled(style, mark),
            Text::from(named(one.program.name())),
            Text::from(named(name)),
            Text::styled(style, programs::may(one.permission, &now)),
            Text::styled(FAINT, one.id.as_str()),
        ]);
        for line in programs::what_it_is(one, all.iter().any(|other| replaces(one, other))) {
            table.below(Text::styled(FAINT, format!("     {line}")));
        }
    }
    let waiting = all.iter().filter(|it| it.permission == Permission::Asked).count();
    let head = Text::styled(STRONG, programs::headline(waiting, all.len()));
    let more = programs::more_asked(engine.turned_away()?).map(|it| Text::styled(WARN, it));
    let rows = table.names_within(terminal.columns(), &[1, 2]).lines();
    terminal.say(std::iter::once(head).chain(more).chain(rows))?;
    Ok(Exit::Done)
}

/// Whether it waits where one stood about which something was said.
fn replaces(one: &ProgramPermission, other: &ProgramPermission) -> bool {
    one.permission == Permission::Asked
        && other.permission != Permission::Asked
        && one.id != other.id
        && one.program.has_place_of(&other.program)
}

fn say(
    engine: &Engine,
    terminal: &Terminal,
    program: &str,
    connection: &str,
    permission: Permission,
) -> Result<Exit, Failure> {
    let (id, found) = find(engine, program)?;
    let name = found.name();
    let connection = engine.find_connection(connection)?;
    if !engine.say_of_program(&id, &connection.id, permission)? {
        return Err(nobody(program));
    }
    terminal.note([Text::from(programs::said(name, &connection.name, permission, &Now::here()))]);
    if let Some(language) = found.stands_for()
        && permission != Permission::Never
    {
        terminal.warn([
            Text::styled(WARN, "! ").plain(programs::stands_for(language)),
            Text::styled(FAINT, format!("  {}", programs::instead(&id))),
        ]);
    }
    Ok(Exit::Done)
}

fn unasked(engine: &Engine, terminal: &Terminal, what: Option<UnaskedName>) -> Result<Exit, Failure> {
    match what {
        Some(UnaskedName::Refuse) => engine.set_unasked(Unasked::Refuse)?,
        Some(UnaskedName::Allow) => engine.set_unasked(Unasked::Allow)?,
        None => {}
    }
    let set = engine.unasked()?;
    if terminal.is_json() {
        terminal.object(&UnaskedJson { unasked: set.as_str() })?;
    } else {
        terminal.say([Text::from(programs::unasked(set))])?;
    }
    Ok(Exit::Done)
}

/// By what a person typed: its id, or a name that only one has.
fn find(engine: &Engine, typed: &str) -> Result<(ProgramId, AskingProgram), Failure> {
    let all = engine.program_permissions()?;
    if let Some(found) = all.iter().find(|it| it.id.as_str() == typed) {
        return Ok((found.id.clone(), found.program.clone()));
    }
    let mut named: Vec<_> =
        all.iter().filter(|it| it.program.name() == typed).map(|it| (it.id.clone(), it.program.clone())).collect();
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    named.dedup_by(|(one, _), (other, _)| one == other);
    match named.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(nobody(typed)),
        several => Err(Failure::usage(programs::ambiguous(typed, several.len()))),
    }
}

fn nobody(typed: &str) -> Failure {
    Failure::usage(programs::unknown(typed))
}

fn in_days(engine: &Engine, days: u16) -> Result<Timestamp, Failure> {
    let length = SignedDuration::from_hours(24 * i64::from(days));
    engine.now().checked_add(length).map_err(|_| Failure::usage("That is too far ahead."))
}

fn json_of<'a>(one: &'a ProgramPermission, connection_name: &'a str) -> ProgramJson<'a> {
    let script = one.program.script.as_ref();
    ProgramJson {
        program: one.id.as_str(),
        name: one.program.name(),
        path: &one.program.file.path,
        sha256: &one.program.file.sha256,
        script: script.map(|it| it.path.as_str()),
        script_sha256: script.map(|it| it.sha256.as_str()),
        started_by: one.started_by.as_deref(),
        connection: one.connection.as_str(),
        connection_name,
        permission: one.permission.as_str(),
        until: match one.permission {
            Permission::Always { until } => until,
            Permission::Asked | Permission::Once | Permission::Never => None,
        },
        asked_at: one.asked_at,
        said_at: one.said_at,
        token_at: one.token_at,
    }
}
