//! Runs that wait for a person just now [F3].

use engine::Engine;
use engine::flows::blocked_runs::BlockedRun;
use jiff::Timestamp;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{counted, listed, named, programs};

/// One run, for programs.
#[derive(Serialize)]
struct WaitingJson<'a> {
    name: &'a str,
    path: Option<&'a str>,
    since: Timestamp,
    needs: Vec<NeedJson<'a>>,
}

#[derive(Serialize)]
struct NeedJson<'a> {
    connection: &'a str,
    connection_name: String,
}

pub(super) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.blocked_runs()?;
    if terminal.is_json() {
        for one in &all {
            let needs = names(engine, one).into_iter().zip(&one.needs);
            let needs = needs.map(|(connection_name, it)| NeedJson { connection: it.as_str(), connection_name });
            let (name, path) = (one.name.as_str(), one.path.as_deref());
            terminal.object(&WaitingJson { name, path, since: one.since, needs: needs.collect() })?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(programs::NONE_WAITING)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Run", "Waits for", "Since"]);
    for one in &all {
        let needs: Vec<String> = names(engine, one).iter().map(|it| named(it)).collect();
        table.row(vec![
            Text::from(named(&one.name)),
            Text::from(listed(needs.iter().map(String::as_str))),
            Text::from(now.ago(one.since)),
        ]);
    }
    let waits = if all.len() == 1 { "waits" } else { "wait" };
    let head = Text::styled(STRONG, format!("{} {waits} for a person.", counted(all.len(), "run")));
    terminal.say(std::iter::once(head).chain(table.names_within(terminal.columns(), &[0, 1]).lines()))?;
    Ok(Exit::Done)
}

fn names(engine: &Engine, one: &BlockedRun) -> Vec<String> {
    let name = |id| engine.connection(id).map_or_else(|_| id.to_string(), |found| found.name);
    one.needs.iter().map(name).collect()
}
