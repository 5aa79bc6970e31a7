//! The two services of a desktop, and the hand that uses them.

mod messages;
mod tray;
mod windows;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use zbus::blocking::Connection;
use zbus::fdo::RequestNameFlags;

use messages::Messages;
use tray::{Items, Watcher};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Serves until standard input ends.
pub(crate) fn run() {
    if let Err(error) = serve() {
        say(&json!({ "event": "failed", "why": error.to_string() }));
        std::process::exit(1);
    }
}

fn serve() -> zbus::Result<()> {
    let bus = Connection::session()?;
    let items = Items::default();
    bus.object_server().at("/org/freedesktop/Notifications", Messages::default())?;
    bus.object_server().at("/StatusNotifierWatcher", Watcher::new(items.clone()))?;
    bus.request_name("org.freedesktop.Notifications")?;
    say(&json!({ "event": "ready" }));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let done = act(&bus, &items, &line);
        let answer = match done {
            Ok(answer) => answer,
            Err(error) => json!({ "event": "failed", "why": error.to_string() }),
        };
        say(&answer);
    }
    Ok(())
}

fn act(bus: &Connection, items: &Items, line: &str) -> zbus::Result<Value> {
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    match words.as_slice() {
        ["choose", id, key] => messages::choose(bus, id.parse().unwrap_or(0), key)?,
        ["dismiss", id] => messages::dismiss(bus, id.parse().unwrap_or(0))?,
        ["tray", "on"] => {
            bus.request_name_with_flags(WATCHER, RequestNameFlags::DoNotQueue.into())?;
            tray::announce(bus)?;
        }
        ["tray", "off"] => {
            items.clear();
            bus.release_name(WATCHER)?;
        }
        ["menu"] => return tray::menu(bus, items),
        ["pick", ..] => tray::pick(bus, items, line.trim_start_matches("pick "))?,
        ["shows", ..] => {
            let is_shown = windows::is_shown(line.trim_start_matches("shows "));
            let is_shown = is_shown.map_err(|error| zbus::Error::Failure(error.to_string()))?;
            return Ok(json!({ "event": "shown", "is_shown": is_shown }));
        }
        ["close", ..] => {
            let title = line.trim_start_matches("close ");
            windows::close(title).map_err(|error| zbus::Error::Failure(error.to_string()))?;
        }
        _ => return Ok(json!({ "event": "failed", "why": format!("no such word: {line}") })),
    }
    Ok(json!({ "event": "done" }))
}

/// One line on standard output.
pub(crate) fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    // Whoever listened is gone, and the test with it.
    if writeln!(out, "{value}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
