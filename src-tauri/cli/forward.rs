//! Where events are forwarded to: added with what is secret from standard input or a prompt, tried, sent to, removed [F5, A3].

use std::time::Duration;

use domain::Secret;
use domain::event_forwarding::{EventDestination, Place, WantedEvents};
use engine::Engine;
use engine::flows::event_forwarding::{EventDestinationOverview, Forwarded, NewEventDestination, NewPlace};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{
    CommonArguments, FileArguments, ForwardAddCommand, ForwardCommand, OtlpArguments, WantedName, WhatArguments,
};
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret_entry;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN};
use crate::words::times::Now;
use crate::words::{forward, named};

/// How long another process that sends just now is waited for, and how often it is looked at.
const WAIT_FOR_ANOTHER: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const NOT_ADDED: &str = "Cancelled; nothing was added.";

/// A destination, for programs; what is secret of it is in the keychain and nowhere else.
#[derive(Serialize)]
struct DestinationJson<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    goes_to: String,
    only: &'static str,
    is_on: bool,
    with_accounts: bool,
    added_at: Timestamp,
    last_event: Option<i64>,
    last_accepted_at: Option<Timestamp>,
    waiting: u64,
    sent: u64,
    dropped: u64,
    lost: u64,
    failing_since: Option<Timestamp>,
    failed_count: u32,
    failure: Option<String>,
    failure_words: Option<&'a str>,
    retry_at: Option<Timestamp>,
    figures_failure: Option<String>,
    is_forwarded: bool,
    /// Made now, and shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
}

#[derive(Serialize)]
struct OutcomeJson<'a> {
    event: &'static str,
    name: &'a str,
    sent: u64,
    dropped: u64,
}

#[derive(Serialize)]
struct TriedJson<'a> {
    event: &'static str,
    name: &'a str,
    words: Option<&'a str>,
}

#[derive(Serialize)]
struct RemovedJson<'a> {
    removed: &'a str,
}

pub(crate) async fn forward(
    engine: &Engine,
    terminal: &Terminal,
    command: Option<ForwardCommand>,
) -> Result<Exit, Failure> {
    match command {
        None => list(engine, terminal),
        Some(ForwardCommand::Add(asked)) => add(engine, terminal, asked).await,
        Some(ForwardCommand::Test(which)) => test(engine, terminal, &which.destination).await,
        Some(ForwardCommand::Now(which)) => now(engine, terminal, &which.destination).await,
        Some(ForwardCommand::On(which)) => switch(engine, terminal, &which.destination, true),
        Some(ForwardCommand::Off(which)) => switch(engine, terminal, &which.destination, false),
        Some(ForwardCommand::Remove { which, yes }) => remove(engine, terminal, &which.destination, yes).await,
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.list_event_destinations()?;
    if terminal.is_json() {
        all.iter().try_for_each(|it| terminal.object(&json_of(it, None)))?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(forward::NOWHERE), Text::from(forward::HOW)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Name", "Goes to", "Events", "Waiting", "Last taken", "Id"]);
    for it in &all {
        let of = &it.destination;
        let waiting = if it.waiting_count > 0 { it.waiting_count.to_string() } else { String::new() };
        table.row(vec![
            Text::styled(STRONG, named(&of.name)),
            Text::from(forward::goes_to(&of.place)),
            Text::from(forward::wanted(of.wanted)),
            if of.failing.is_some() { Text::styled(WARN, waiting) } else { Text::from(waiting) },
            Text::from(of.accepted.map_or_else(|| "nothing yet".to_owned(), |it| now.ago(it.at))),
            Text::styled(FAINT, of.id.as_str()),
        ]);
        for line in lines_below(of, &now) {
            table.below(Text::styled(FAINT, "  ").followed_by(line));
        }
    }
    terminal.say(table.names_within(terminal.columns(), &[1]).lines())?;
    if all.iter().any(|it| !it.is_forwarded && it.destination.is_on && it.waiting_count > 0) {
        terminal.note([Text::from(forward::NOBODY_FORWARDS)]);
    }
    Ok(Exit::Done)
}

fn lines_below(of: &EventDestination, now: &Now) -> Vec<Text> {
    let mut lines = vec![];
    if !of.is_on {
        lines.push(Text::styled(FAINT, format!("Off: what happens waits. patchbay forward on {}", of.id)));
    }
    if let Some(failing) = of.failing.as_ref().filter(|_| of.is_on) {
        let style = if failing.last.trouble.needs_person(of.place.kind()) { BAD } else { WARN };
        let why = forward::why(&failing.last, of.place.kind());
        let retry = if failing.retry_at > now.at() { now.until(failing.retry_at) } else { "at once".to_owned() };
        let (first, count) = (now.ago(failing.since), failing.count);
        let tries = if count == 1 { format!("tried {first}") } else { format!("tried {count} times, first {first}") };
        lines.push(Text::styled(style, format!("Takes nothing: {why} ({tries}). Next try: {retry}.")));
        let advice = forward::advice(failing.last.trouble, &of.name);
        if !advice.is_empty() {
            lines.push(Text::from(advice));
        }
    }
    if let Some(failed) = &of.figures_failed {
        lines.push(Text::styled(WARN, format!("Figures are not taken: {}.", forward::why(failed, of.place.kind()))));
    }
    if of.dropped_count > 0 {
        lines.push(Text::styled(WARN, format!("{}.", forward::dropped(of.dropped_count))));
    }
    if of.lost_count > 0 {
        lines.push(Text::styled(WARN, format!("{}.", forward::lost(of.lost_count))));
    }
    lines
}

async fn add(engine: &Engine, terminal: &Terminal, asked: ForwardAddCommand) -> Result<Exit, Failure> {
    let new = match asked {
        ForwardAddCommand::File(FileArguments { folder, rotate_at, keep, what }) => {
            new_of(NewPlace::File { folder, largest: rotate_at, kept: keep }, what, true)
        }
        ForwardAddCommand::Webhook(CommonArguments { with_accounts, what }) => {
            let (address, key) = typed_webhook(terminal).await?;
            new_of(NewPlace::Webhook { address, key }, what, with_accounts)
        }
        ForwardAddCommand::Sentry(CommonArguments { with_accounts, what }) => {
            let dsn = if terminal.is_attended() {
                secret_entry::from_prompt_unless_told("DSN: ").await?
            } else {
                Some(piped(|| secret_entry::from_stdin(forward::DSN)).await?)
            };
            let dsn = dsn.ok_or_else(|| Failure::usage("No DSN was entered; nothing was added."))?;
            new_of(NewPlace::Sentry { dsn }, what, with_accounts)
        }
        ForwardAddCommand::Otlp(OtlpArguments { endpoint, headers, no_metrics, common }) => {
            let headers = match (headers, terminal.is_attended()) {
                (false, _) => None,
                (true, true) => secret_entry::from_prompt_unless_told("Header (Name: value): ").await?,
                (true, false) => Some(piped(|| secret_entry::text_from_stdin(forward::HEADERS)).await?),
            };
            let place = NewPlace::Otlp { endpoint, headers, with_metrics: !no_metrics };
            new_of(place, common.what, common.with_accounts)
        }
    };
    let added = engine.add_event_destination(new).await?;
    let all = engine.list_event_destinations()?;
    let Some(found) = all.iter().find(|it| it.destination.id == added.destination.id) else {
        return Err(Failure::from(engine::Error::ChangedMeanwhile));
    };
    #[expect(clippy::disallowed_methods, reason = "made here for a person to enter at the receiver; shown this once")]
    let made = added.made_key.as_ref().map(Secret::expose_secret);
    if terminal.is_json() {
        terminal.object(&json_of(found, made))?;
        return Ok(Exit::Done);
    }
    let of = &found.destination;
    let from = match found.waiting_count {
        0 => "From the next event on.".to_owned(),
        more => format!("{} for it.", forward::waiting(more)),
    };
    let goes_to = forward::goes_to(&of.place);
    terminal
        .say([Text::styled(STRONG, format!("Events go to {goes_to}.")).plain(format!(" It is called {}.", of.name))])?;
    if let Some(made) = made {
        terminal
            .say([Text::from("Its signing secret, shown this once; enter it at the receiver:"), Text::from(made)])?;
    }
    let try_it = format!("Try it: patchbay forward test {}", of.name);
    let mut notes = vec![Text::from(from), Text::from(try_it)];
    if !found.is_forwarded {
        notes.push(Text::styled(FAINT, forward::NOBODY_FORWARDS));
    }
    terminal.note(notes);
    Ok(Exit::Done)
}

fn new_of(place: NewPlace, what: WhatArguments, with_accounts: bool) -> NewEventDestination {
    let wanted = match what.only {
        Some(WantedName::All) => WantedEvents::All,
        Some(WantedName::Trouble) => WantedEvents::Trouble,
        // There every event becomes an issue that somebody looks at.
        None if matches!(place, NewPlace::Sentry { .. }) => WantedEvents::Trouble,
        None => WantedEvents::All,
    };
    NewEventDestination { name: what.name, place, wanted, with_accounts, from_start: what.from_start }
}

/// The address, and the signing secret where there is one already.
async fn typed_webhook(terminal: &Terminal) -> Result<(Secret, Option<Secret>), Failure> {
    let missing = || Failure::usage("No address was entered; nothing was added.");
    if terminal.is_attended() {
        let address =
            secret_entry::from_prompt_unless_told("Address (it is not shown): ").await?.ok_or_else(missing)?;
        let key = secret_entry::from_prompt_unless_told("Signing secret (nothing: one is made): ").await?;
        return Ok((address, key));
    }
    let mut lines = piped(|| secret_entry::lines_from_stdin(forward::ADDRESS, 2)).await?.into_iter();
    Ok((lines.next().ok_or_else(missing)?, lines.next()))
}

/// From standard input, which may take its time: a signal ends the wait.
async fn piped<T: Send + 'static>(read: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let reading = tokio::task::spawn_blocking(read);
    unless_told(NOT_ADDED, reading).await?.map_err(|_| Failure::from(engine::Error::TaskEnded))?
}

async fn test(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let of = engine.find_event_destination(typed)?;
    match engine.try_event_destination(&of.id).await? {
        Ok(receipt) if terminal.is_json() => {
            let words = receipt.words.as_deref();
            terminal.object(&TriedJson { event: "taken", name: &of.name, words })?;
        }
        Ok(receipt) => {
            let to = forward::goes_to(&of.place);
            let said = match &of.place {
                Place::File { .. } => format!("{to} can be written to."),
                Place::Webhook { .. } | Place::Sentry { .. } | Place::Otlp { .. } => format!("{to} took a trial."),
            };
            terminal.say([Text::from(said)])?;
            if let Some(words) = receipt.words {
                terminal.note([Text::from(format!("It says: {words}"))]);
            }
        }
        Err(refused) => return Err(forward::failure(&refused.complaint, of.place.kind(), &of.name, None)),
    }
    Ok(Exit::Done)
}

async fn now(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let of = engine.find_event_destination(typed)?;
    let give_up_at = tokio::time::Instant::now() + WAIT_FOR_ANOTHER;
    let here = Now::here();
    loop {
        match engine.forward_events(&of.id, true).await? {
            Forwarded::Done { sent, dropped } => {
                if terminal.is_json() {
                    terminal.object(&OutcomeJson { event: "forwarded", name: &of.name, sent, dropped })?;
                } else {
                    terminal.say([Text::from(forward::sent(&of.name, sent, dropped))])?;
                }
                return Ok(Exit::Done);
            }
            Forwarded::Stopped { sent, complaint, retry_at, .. } => {
                if sent > 0 {
                    terminal.note([Text::from(forward::sent(&of.name, sent, 0))]);
                }
                return Err(forward::failure(&complaint, of.place.kind(), &of.name, Some((&here, retry_at))));
            }
            Forwarded::LeftAlone { until, sent, dropped } => {
                if sent + dropped > 0 {
                    terminal.note([Text::from(forward::sent(&of.name, sent, dropped))]);
                }
                let happened = format!("{} asks to be left alone until {}.", named(&of.name), here.moment(until));
                return Err(Failure::temporary("left_alone", happened, "The rest waits; nothing is lost."));
            }
            Forwarded::Offline => return Err(engine::Error::Offline.into()),
            Forwarded::Off => return Err(forward::switched_off(&of)),
            Forwarded::Gone => return Err(engine::Error::DestinationGone(of.name).into()),
            Forwarded::Busy if tokio::time::Instant::now() < give_up_at => tokio::time::sleep(LOOK_EVERY).await,
            Forwarded::Busy => {
                let happened = format!("Another program sends to {} just now.", named(&of.name));
                return Err(Failure::temporary("forwarded_elsewhere", happened, "Nothing is lost."));
            }
        }
    }
}

fn switch(engine: &Engine, terminal: &Terminal, typed: &str, is_on: bool) -> Result<Exit, Failure> {
    let of = engine.find_event_destination(typed)?;
    engine.set_event_destination_on(&of.id, is_on)?;
    let all = engine.list_event_destinations()?;
    let gone = || engine::Error::DestinationGone(of.name.clone());
    let found = all.iter().find(|it| it.destination.id == of.id).ok_or_else(gone)?;
    if terminal.is_json() {
        terminal.object(&json_of(found, None))?;
    } else {
        terminal.say([Text::from(forward::switched(&of.name, is_on, found.waiting_count))])?;
    }
    Ok(Exit::Done)
}

async fn remove(engine: &Engine, terminal: &Terminal, typed: &str, yes: bool) -> Result<Exit, Failure> {
    let of = engine.find_event_destination(typed)?;
    if !yes {
        let all = engine.list_event_destinations()?;
        let waiting = all.iter().find(|it| it.destination.id == of.id).map_or(0, |it| it.waiting_count);
        let unsent =
            if waiting > 0 { format!(" {}, and will not be sent.", forward::waiting(waiting)) } else { String::new() };
        terminal
            .warn([Text::from(format!("No event goes to {} any more.{unsent} What was sent stays there.", of.name))]);
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to remove it."));
        }
        if !matches!(terminal.ask("Remove? [y/N] ").await.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from(format!("{} stays.", of.name))]);
            return Ok(Exit::Failed);
        }
    }
    engine.remove_event_destination(&of.id).await?;
    if terminal.is_json() {
        terminal.object(&RemovedJson { removed: of.id.as_str() })?;
    } else {
        terminal.say([Text::from(format!("{} is removed.", of.name))])?;
    }
    Ok(Exit::Done)
}

fn json_of<'a>(it: &'a EventDestinationOverview, signing_secret: Option<&'a str>) -> DestinationJson<'a> {
    let of = &it.destination;
    let failing = of.failing.as_ref();
    DestinationJson {
        id: of.id.as_str(),
        name: &of.name,
        kind: of.place.kind().as_str(),
        goes_to: match &of.place {
            Place::Otlp { endpoint, .. } => endpoint.clone(),
            Place::File { .. } | Place::Webhook { .. } | Place::Sentry { .. } => forward::goes_to(&of.place),
        },
        only: of.wanted.as_str(),
        is_on: of.is_on,
        with_accounts: of.with_accounts,
        added_at: of.added_at,
        last_event: of.accepted.map(|it| it.event),
        last_accepted_at: of.accepted.map(|it| it.at),
        waiting: it.waiting_count,
        sent: of.sent_count,
        dropped: of.dropped_count,
        lost: of.lost_count,
        failing_since: failing.map(|it| it.since),
        failed_count: failing.map_or(0, |it| it.count),
        failure: failing.map(|it| it.last.trouble.written()),
        failure_words: failing.and_then(|it| it.last.words.as_deref()),
        retry_at: of.left_alone_until,
        figures_failure: of.figures_failed.as_ref().map(|it| it.trouble.written()),
        is_forwarded: it.is_forwarded,
        signing_secret,
    }
}
