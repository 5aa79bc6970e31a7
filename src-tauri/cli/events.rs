//! The timeline: what happened, oldest first, and what happens from here on [B12].

use std::collections::HashMap;
use std::time::Duration;

use anstyle::Style;
use domain::ConnectionId;
use domain::lifecycle_event::LifecycleEvent;
use engine::Engine;

use crate::arguments::EventsArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::EventJson;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, Terminal, Text, WARN, WELL};
use crate::words::events::{Mark, evidence, line, mark};
use crate::words::times::Now;

/// How often the database is asked for what other programs did, where its folder cannot be watched.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How many events one look takes at most.
const PAGE: usize = 500;

pub(crate) async fn events(engine: &Engine, terminal: &Terminal, asked: EventsArguments) -> Result<Exit, Failure> {
    if asked.limit == 0 && !asked.follow {
        return Err(Failure::usage("--limit 0 shows no event. With --follow it shows only what comes from here on."));
    }
    let id = match &asked.connection {
        Some(typed) => Some(engine.find_connection(typed)?.id),
        None => None,
    };
    // Before the first look, so that nothing falls between.
    let writes = if asked.follow { engine.writes() } else { None };
    let mut latest = engine.list_events(id.as_ref(), usize::from(asked.limit.max(1)))?;
    latest.reverse();
    let mut last = latest.last().map_or(0, |(seen, _)| *seen);
    if asked.limit == 0 {
        latest.clear();
    }
    if latest.is_empty() && !asked.follow {
        terminal.note([Text::from("Nothing has happened yet.")]);
    }
    print(engine, terminal, &latest)?;
    if !asked.follow {
        return Ok(Exit::Done);
    }

    loop {
        match &writes {
            Some(writes) => writes.next().await,
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
        loop {
            let fresh = engine.list_events_after(last, id.as_ref(), PAGE)?;
            last = fresh.last().map_or(last, |(seen, _)| *seen);
            print(engine, terminal, &fresh)?;
            if fresh.len() < PAGE {
                break;
            }
        }
    }
}

fn print(engine: &Engine, terminal: &Terminal, events: &[(i64, LifecycleEvent)]) -> Result<(), Failure> {
    if terminal.is_json() {
        return events.iter().try_for_each(|(id, event)| terminal.object(&EventJson::of(*id, event)));
    }
    if events.is_empty() {
        return Ok(());
    }
    let now = Now::here();
    let mut names: HashMap<&ConnectionId, String> = HashMap::new();
    let mut table = Table::new(&["", "", "", "", ""]);
    for (_, event) in events {
        let name = event.connection.as_ref().map(|id| {
            names
                .entry(id)
                .or_insert_with(|| engine.connection(id).map_or_else(|_| id.to_string(), |it| it.name))
                .clone()
        });
        let (sign, style) = match mark(event.kind) {
            Mark::Pass => ("✓", WELL),
            Mark::Fail => ("✗", BAD),
            Mark::Part => ("◐", WARN),
            Mark::Neither => ("·", Style::new()),
        };
        table.row(vec![
            Text::styled(FAINT, now.exact(event.at)),
            Text::styled(style, sign),
            Text::from(name.unwrap_or_default()),
            Text::from(line(event)),
            Text::styled(FAINT, evidence(event)),
        ]);
    }
    terminal.say(table.lines())
}
