//! What Patchbay refreshes by itself: shown and switched, for the board or for one connection [B14].

use domain::lifecycle::refresh_mode::RefreshMode;
use engine::Engine;
use serde::Serialize;

use crate::arguments::{AutomaticArguments, AutomaticSwitch};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{STRONG, Terminal, Text};
use crate::words::times::Now;
use crate::words::{listed, modes};

/// The board's switch, and whom it does not concern, for programs.
#[derive(Serialize)]
struct ModeJson {
    mode: &'static str,
    switched_off: Vec<String>,
}

/// One connection's switch, for programs.
#[derive(Serialize)]
struct SwitchJson<'a> {
    connection: &'a str,
    automatic_refresh: bool,
}

pub(crate) fn automatic(engine: &Engine, terminal: &Terminal, asked: &AutomaticArguments) -> Result<Exit, Failure> {
    match &asked.connection {
        Some(typed) => of_connection(engine, terminal, typed, asked.switch),
        None => of_board(engine, terminal, asked.switch),
    }
}

fn of_board(engine: &Engine, terminal: &Terminal, switch: Option<AutomaticSwitch>) -> Result<Exit, Failure> {
    if let Some(switch) = switch {
        let mode = match switch {
            AutomaticSwitch::On => RefreshMode::On,
            AutomaticSwitch::Metered => RefreshMode::Metered,
            AutomaticSwitch::Paused => RefreshMode::Paused,
            AutomaticSwitch::Offline => RefreshMode::Offline,
            AutomaticSwitch::Off => {
                return Err(Failure::usage(
                    "`off` is for one connection: add --connection C. For the whole board say paused.",
                ));
            }
        };
        engine.set_refresh_mode(mode)?;
    }
    let mode = engine.refresh_mode()?;
    let off: Vec<_> = engine.list_connections()?.into_iter().filter(|it| !it.connection.automatic_refresh).collect();
    if terminal.is_json() {
        let switched_off = off.iter().map(|it| it.connection.id.to_string()).collect();
        terminal.object(&ModeJson { mode: mode.as_str(), switched_off })?;
        return Ok(Exit::Done);
    }
    let (happened, rest) = modes::sentence(mode);
    let mut lines = vec![Text::styled(STRONG, happened), Text::from(format!("  {rest}"))];
    if !off.is_empty() {
        let names = listed(off.iter().map(|it| it.connection.name.as_str()));
        lines.push(Text::from(format!("  Switched off on its own: {names}.")));
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

fn of_connection(
    engine: &Engine,
    terminal: &Terminal,
    typed: &str,
    switch: Option<AutomaticSwitch>,
) -> Result<Exit, Failure> {
    let id = engine.find_connection(typed)?.id;
    match switch {
        None => {}
        Some(AutomaticSwitch::On) => engine.set_automatic_refresh(&id, true)?,
        Some(AutomaticSwitch::Off) => engine.set_automatic_refresh(&id, false)?,
        Some(AutomaticSwitch::Metered | AutomaticSwitch::Paused | AutomaticSwitch::Offline) => {
            return Err(Failure::usage("One connection is on or off; the rest is for the whole board."));
        }
    }
    let connection = engine.connection(&id)?;
    let (name, is_on) = (&connection.name, connection.automatic_refresh);
    if terminal.is_json() {
        terminal.object(&SwitchJson { connection: id.as_str(), automatic_refresh: is_on })?;
        return Ok(Exit::Done);
    }
    let mut lines = if is_on {
        vec![Text::styled(STRONG, format!("Automatic refresh of {name} is on."))]
    } else {
        vec![
            Text::styled(STRONG, format!("Automatic refresh of {name} is off.")),
            Text::from(format!(
                "  By itself nothing renews its token; a call that needs it does, or patchbay refresh {id}"
            )),
        ]
    };
    let mode = engine.refresh_mode()?;
    if is_on && mode != RefreshMode::On {
        lines.push(Text::from(format!("  {}", modes::on_top(mode, engine.refresh_mode_since()?, &Now::here()))));
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}
