//! When grants end, as a calendar file on standard output [B11].

use engine::Engine;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The same, for programs.
#[derive(Serialize)]
struct CalendarJson<'a> {
    ics: &'a str,
}

pub(crate) fn calendar(engine: &Engine, terminal: &Terminal, typed: Option<&str>) -> Result<Exit, Failure> {
    let id = typed.map(|typed| engine.find_connection(typed)).transpose()?.map(|connection| connection.id);
    let ics = engine.grant_calendar(id.as_ref())?;
    if terminal.is_json() {
        terminal.object(&CalendarJson { ics: &ics })?;
    } else {
        terminal.file(&ics)?;
    }
    Ok(Exit::Done)
}
