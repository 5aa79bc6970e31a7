//! How well it goes: counts, rates and spreads of the board, each provider and each connection [C9].

use std::time::Duration;

use domain::ConnectionId;
use domain::lifecycle::health::{Figures, Spread};
use engine::Engine;
use engine::flows::health::Health;
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::HealthArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::{Table, facts, shortened};
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::health as words;
use crate::words::times::{Now, taken};

/// Room for a name in a table.
const NAME_WIDTH: usize = 24;

/// Figures of the board, a provider or a connection, for programs. A rate or spread of nothing is null.
#[derive(Debug, Serialize)]
struct FiguresJson<'a> {
    of: &'static str,
    id: Option<&'a str>,
    name: Option<&'a str>,
    since: Timestamp,
    until: Timestamp,
    refresh_succeeded: u64,
    refresh_failed: u64,
    refresh_success_rate: Option<f64>,
    invalid_grant: u64,
    wordless: u64,
    cut_off: u64,
    reauth_prompted: u64,
    reauth_completed: u64,
    reauth_passed: u64,
    api_calls: u64,
    status_401: u64,
    status_401_rate: Option<f64>,
    status_403: u64,
    status_403_rate: Option<f64>,
    tokens_delivered: u64,
    latency: Option<SpreadJson>,
    lateness: Option<SpreadJson>,
    at_risk: Option<SpreadJson>,
}

#[derive(Debug, Serialize)]
struct SpreadJson {
    count: u64,
    median_ms: f64,
    /// `null`: too few values to say so.
    p99_ms: Option<f64>,
}

impl From<Spread> for SpreadJson {
    fn from(spread: Spread) -> Self {
        let ms = |span: Duration| span.as_micros() as f64 / 1000.0;
        Self { count: spread.count, median_ms: ms(spread.median), p99_ms: spread.p99.map(ms) }
    }
}

pub(crate) fn health(engine: &Engine, terminal: &Terminal, asked: &HealthArguments) -> Result<Exit, Failure> {
    let one = asked.connection.as_ref().map(|typed| engine.find_connection(typed)).transpose()?;
    let span = Duration::from_secs(u64::from(asked.days) * 86_400);
    let since = engine.now().checked_sub(span).unwrap_or(Timestamp::UNIX_EPOCH);
    let health = engine.health(since)?;
    let now = Now::here();
    match one {
        Some(connection) => {
            let found = health.connections.iter().find(|(id, _, _)| *id == connection.id);
            let figures = found.map(|(_, _, figures)| figures.clone()).unwrap_or_default();
            if terminal.is_json() {
                terminal.object(&json(&health, "connection", named(&connection.id, &connection.name), &figures))?;
            } else {
                terminal.say(page(&figures, &words::span_of(&connection.name, asked.days, health.since, &now)))?;
            }
        }
        None if terminal.is_json() => print_objects(terminal, &health)?,
        None => {
            let mut lines = page(&health.overall, &words::span(asked.days, health.since, &now));
            lines.extend(tables(&health));
            terminal.say(lines)?;
        }
    }
    Ok(Exit::Done)
}

fn named<'a>(id: &'a ConnectionId, name: &'a str) -> Option<(&'a str, &'a str)> {
    Some((id.as_str(), name))
}

fn print_objects(terminal: &Terminal, health: &Health) -> Result<(), Failure> {
    terminal.object(&json(health, "overall", None, &health.overall))?;
    for (id, name, figures) in &health.providers {
        terminal.object(&json(health, "provider", Some((id.as_str(), name)), figures))?;
    }
    health
        .connections
        .iter()
        .try_for_each(|(id, name, figures)| terminal.object(&json(health, "connection", named(id, name), figures)))
}

fn json<'a>(
    health: &Health,
    of: &'static str,
    whose: Option<(&'a str, &'a str)>,
    figures: &Figures,
) -> FiguresJson<'a> {
    FiguresJson {
        of,
        id: whose.map(|(id, _)| id),
        name: whose.map(|(_, name)| name),
        since: health.since,
        until: health.until,
        refresh_succeeded: figures.refresh_succeeded_count,
        refresh_failed: figures.refresh_failed_count,
        refresh_success_rate: figures.refresh_success_rate(),
        invalid_grant: figures.invalid_grant_count,
        wordless: figures.wordless_count,
        cut_off: figures.cut_off_count,
        reauth_prompted: figures.reauth_prompted_count,
        reauth_completed: figures.reauth_completed_count,
        reauth_passed: figures.reauth_passed_count,
        api_calls: figures.call_count,
        status_401: figures.status_401_count,
        status_401_rate: figures.status_401_rate(),
        status_403: figures.status_403_count,
        status_403_rate: figures.status_403_rate(),
        tokens_delivered: figures.delivered_count,
        latency: figures.latency.map(Into::into),
        lateness: figures.lateness.map(Into::into),
        at_risk: figures.at_risk.map(Into::into),
    }
}

/// The sentence, then what was counted; what never happened is left out.
fn page(figures: &Figures, span: &str) -> Vec<Text> {
    let mut lines = vec![Text::styled(STRONG, words::headline(figures, span))];
    let rows = facts(vec![
        ("Ended", words::ended(figures).map(Text::from)),
        ("No reason", words::wordless(figures).map(Text::from)),
        ("Cut off", words::cut_off(figures).map(Text::from)),
        ("Reconnects", words::reconnects(figures).map(Text::from)),
        ("Test calls", words::calls(figures).map(Text::from)),
        ("Tokens taken", words::deliveries(figures).map(Text::from)),
        ("Latency", figures.latency.map(|it| Text::from(words::spread(it)))),
        ("Lateness", figures.lateness.map(|it| Text::from(words::lateness(it)))),
        ("At risk", figures.at_risk.map(|it| Text::from(words::spread(it)))),
    ]);
    if !rows.is_empty() {
        lines.push(Text::default());
        lines.extend(rows);
    }
    if let Some(note) = words::note(figures) {
        lines.push(Text::styled(FAINT, format!("  {note}")));
    }
    lines
}

/// Every provider, and the connections with which something went wrong.
fn tables(health: &Health) -> Vec<Text> {
    let mut lines = vec![];
    let mut providers = table("  Provider");
    for (_, name, figures) in &health.providers {
        providers.row(row(name, figures, Text::default()));
    }
    let mut troubled = table("  Went wrong with");
    let mut is_troubled = false;
    for (id, name, figures) in health.connections.iter().filter(|(_, _, figures)| figures.trouble_count() > 0) {
        is_troubled = true;
        troubled.row(row(name, figures, Text::styled(FAINT, id.as_str())));
    }
    if !health.providers.is_empty() {
        lines.push(Text::default());
        lines.extend(providers.lines());
    }
    if is_troubled {
        lines.push(Text::default());
        lines.extend(troubled.lines());
    }
    lines
}

fn table(first: &'static str) -> Table {
    Table::new(&[first, "Refreshed", "Ended", "Reconnects", "401", "403", "Latency", "Id"])
}

fn row(name: &str, figures: &Figures, id: Text) -> Vec<Text> {
    let count = |number: u64| Text::from(if number == 0 { "–".to_owned() } else { number.to_string() });
    let part = |part: u64, whole: u64| Text::from(words::part(part, whole));
    vec![
        Text::from(format!("  {}", shortened(name, NAME_WIDTH))),
        part(figures.refresh_succeeded_count, figures.refresh_count()),
        count(figures.invalid_grant_count),
        part(figures.reauth_completed_count, figures.reauth_prompted_count),
        count(figures.status_401_count),
        count(figures.status_403_count),
        Text::from(figures.latency.map_or_else(|| "–".to_owned(), |it| taken(it.median))),
        id,
    ]
}
