//! Programs that were seen to use connections: workflows that nobody had to enter [D1, D3, F2].

use domain::blast_radius::Schedule;
use engine::store::LearnedProgram;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::candidates::with_candidates;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{counted, listed, named, programs};

/// One program, for programs.
#[derive(Serialize)]
struct SeenJson<'a> {
    path: &'a str,
    name: &'a str,
    workflow: &'a str,
    /// A person said that it is this workflow of a platform.
    merged: bool,
    /// About so many seconds between its runs; null: no rhythm is known.
    every_seconds: Option<u32>,
    /// How much of the time that was seen it held.
    held_percent: Option<u8>,
    uses: Vec<UseJson<'a>>,
}

#[derive(Serialize)]
struct UseJson<'a> {
    connection: &'a str,
    connection_name: String,
    first_at: Timestamp,
    last_at: Timestamp,
    count: u64,
}

pub(super) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.learned_programs()?;
    if terminal.is_json() {
        for one in &all {
            terminal.object(&json_of(engine, one))?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(programs::NONE_SEEN)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Program", "Uses", "Runs", "Seen"]);
    for one in &all {
        let uses: Vec<String> = one.uses.iter().map(|it| name_of(engine, it.connection.as_str())).collect();
        let last = one.uses.iter().map(|it| it.last_at).max();
        table.row(vec![
            Text::from(named(&one.name)),
            Text::from(listed(uses.iter().map(String::as_str))),
            Text::from(programs::habit(&one.schedule)),
            Text::from(last.map_or_else(String::new, |at| now.ago(at))),
        ]);
        let merged = if one.is_merged {
            // One that its platform has deleted is no workflow any more; the program was seen all the same.
            engine.find_workflow(one.workflow.as_str()).map_or_else(
                |_| programs::GONE_AT_ITS_PLATFORM.to_owned(),
                |it| format!(", which is {}", named(&it.name)),
            )
        } else {
            String::new()
        };
        table.below(Text::styled(FAINT, format!("  {}{merged}", one.path)));
    }
    let head = Text::styled(STRONG, format!("{} seen to use connections.", counted(all.len(), "program")));
    terminal.say(std::iter::once(head).chain(table.names_within(terminal.columns(), &[0, 1]).lines()))?;
    Ok(Exit::Done)
}

pub(super) fn rename(engine: &Engine, terminal: &Terminal, program: &str, name: &str) -> Result<Exit, Failure> {
    let found = find(engine, program)?;
    engine.rename_learned_program(&found.path, name)?;
    terminal.note([Text::from(programs::renamed(&found.name, name))]);
    Ok(Exit::Done)
}

pub(super) fn merge(
    engine: &Engine,
    terminal: &Terminal,
    program: &str,
    workflow: Option<&str>,
) -> Result<Exit, Failure> {
    let found = find(engine, program)?;
    let into = match workflow {
        Some(typed) => Some(engine.find_workflow(typed).map_err(|error| with_candidates(engine, typed, error.into()))?),
        None => None,
    };
    engine.merge_learned_program(&found.path, into.as_ref().map(|it| &it.id))?;
    terminal.note([Text::from(programs::merged(&found.name, into.as_ref().map(|it| it.name.as_str())))]);
    Ok(Exit::Done)
}

pub(super) fn forget(engine: &Engine, terminal: &Terminal, program: &str) -> Result<Exit, Failure> {
    let found = find(engine, program)?;
    engine.forget_learned_program(&found.path)?;
    terminal.note([Text::from(programs::forgotten(&found.name))]);
    Ok(Exit::Done)
}

fn find(engine: &Engine, typed: &str) -> Result<LearnedProgram, Failure> {
    engine.find_learned_program(typed).map_err(|error| {
        let is_unknown = matches!(error, Error::WorkflowGone(_));
        if is_unknown { Failure::usage(programs::not_seen(typed)) } else { error.into() }
    })
}

fn name_of(engine: &Engine, id: &str) -> String {
    engine.find_connection(id).map_or_else(|_| id.to_owned(), |it| named(&it.name))
}

fn json_of<'a>(engine: &Engine, one: &'a LearnedProgram) -> SeenJson<'a> {
    let (every_seconds, held_percent) = match one.schedule {
        Schedule::Learned { seconds, percent, .. } => (Some(seconds), Some(percent)),
        Schedule::Every { seconds } => (Some(seconds), None),
        Schedule::Unknown
        | Schedule::OnDemand
        | Schedule::OnEvent
        | Schedule::Cron { .. }
        | Schedule::NextAt { .. } => (None, None),
    };
    SeenJson {
        path: &one.path,
        name: &one.name,
        workflow: one.workflow.as_str(),
        merged: one.is_merged,
        every_seconds,
        held_percent,
        uses: one
            .uses
            .iter()
            .map(|it| UseJson {
                connection: it.connection.as_str(),
                connection_name: engine
                    .connection(&it.connection)
                    .map_or_else(|_| it.connection.to_string(), |found| found.name),
                first_at: it.first_at,
                last_at: it.last_at,
                count: it.count,
            })
            .collect(),
    }
}
