//! When grants end, as a calendar file on standard output [B11].

use engine::Engine;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Text};

/// The same, for programs.
#[derive(Serialize)]
struct CalendarJson<'a> {
    /// `null`: there is nothing to put into one.
    ics: Option<&'a str>,
}

pub(crate) fn calendar(engine: &Engine, terminal: &Terminal, typed: Option<&str>) -> Result<Exit, Failure> {
    let id = typed.map(|typed| engine.find_connection(typed)).transpose()?.map(|connection| connection.id);
    let ics = engine.grant_calendar(id.as_ref(), &jiff::tz::TimeZone::system())?;
    if terminal.is_json() {
        terminal.object(&CalendarJson { ics: ics.as_deref() })?;
    } else if let Some(ics) = ics {
        terminal.file(&ics)?;
    } else {
        terminal.note([Text::from("Nothing to put into a calendar: no grant is known to end.")]);
    }
    Ok(Exit::Done)
}
