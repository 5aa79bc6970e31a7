//! The reconnect queue at a terminal: what is in it, one address after the other, the record [E3, D4].

use std::collections::HashSet;

use domain::connection::Connection;
use domain::reconnect_queue::{Needing, ReconnectQueue, Sum, Turn, TurnFailure, TurnState};
use domain::{ConnectionId, PassId};
use engine::flows::connect::{SignIn, SignInId};
use engine::flows::reconnect_queue::{Course, PassManner, PauseReason, QueueNow};
use engine::signals::told_to_end;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{QueueCommand, QueueRunArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::times::Now;
use crate::words::{causes, counted, listed};

/// The addresses are told before a browser opens, and nobody decides between accounts at a queue's pace.
const MANNER: PassManner = PassManner { opens_browser: false, has_decider: false };

/// A connection that needs a sign-in, for programs.
#[derive(Serialize)]
struct NeedingJson<'a> {
    of: &'static str,
    place: usize,
    id: &'a str,
    name: &'a str,
    provider: &'a str,
    account: Option<&'a str>,
    customer: Option<&'a str>,
    cause: Option<&'static str>,
    workflows: usize,
    customers: &'a [String],
    first_run: Option<Timestamp>,
}

/// What a program that follows a run reads.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum RunJson<'a> {
    Authorize {
        connection: &'a str,
        name: &'a str,
        account: Option<&'a str>,
        url: &'a str,
        redirect_uri: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_code: Option<&'a str>,
    },
    Turn {
        connection: &'a str,
        name: &'a str,
        state: &'static str,
        why: Option<&'static str>,
        seconds: Option<u64>,
    },
    Ended {
        pass: &'a str,
        total: usize,
        brought_back: usize,
        skipped: usize,
        handed_over: usize,
        failed: usize,
        gone: usize,
        left: usize,
    },
}

pub(crate) async fn queue(
    engine: &Engine,
    terminal: &Terminal,
    command: Option<QueueCommand>,
) -> Result<Exit, Failure> {
    match command {
        None | Some(QueueCommand::List) => list(engine, terminal),
        Some(QueueCommand::Run(asked)) => run(engine, terminal, &asked).await,
        Some(QueueCommand::Letter { connection }) => {
            let connection = engine.find_connection(&connection)?;
            terminal.file(&engine.handing_over_note(&connection.id)?)?;
            Ok(Exit::Done)
        }
        Some(QueueCommand::Record { pass, csv }) => record(engine, terminal, pass, csv),
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let now = engine.reconnect_queue()?;
    let all: Vec<&Needing> = match &now.queue {
        Some(queue) => queue.turns.iter().filter(|turn| !turn.state.is_over()).map(|turn| &turn.needing).collect(),
        None => now.needing.iter().collect(),
    };
    if terminal.is_json() {
        for (place, it) in all.iter().enumerate() {
            terminal.object(&NeedingJson {
                of: "needing",
                place: place + 1,
                id: it.connection.as_str(),
                name: &it.name,
                provider: &it.provider,
                account: it.account.as_deref(),
                customer: it.customer.as_deref(),
                cause: it.cause.map(|it| it.as_str()),
                workflows: it.workflow_count,
                customers: &it.customers,
                first_run: it.first_run_at,
            })?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.say([Text::from("No connection needs a sign-in.")])?;
        return Ok(Exit::Done);
    }
    let clock = Now::here();
    let head = match all.len() {
        1 => "1 connection needs a sign-in.".to_owned(),
        count => format!("{count} connections need a sign-in, in this order:"),
    };
    let mut table = Table::new(&["", "Connection", "As", "Stands still", "Fails first", "Customers"]);
    for (place, it) in all.iter().enumerate() {
        table.row(vec![
            Text::from(format!("{}", place + 1)),
            Text::styled(STRONG, &it.name),
            Text::from(it.account.as_deref().unwrap_or("not known")),
            Text::from(counted(it.workflow_count, "workflow")),
            Text::from(it.first_run_at.map_or_else(|| "not known".to_owned(), |at| clock.moment(at))),
            Text::from(listed(it.customers.iter().map(String::as_str))),
        ]);
    }
    let way = match now.course {
        Course::Elsewhere => "Another program of this board is going through it.",
        Course::LeftBehind => "A pass was left in the middle. Take it up: patchbay queue run",
        Course::Idle | Course::Running | Course::Paused(_) | Course::Ended => "Go through it: patchbay queue run",
    };
    terminal.say([Text::styled(STRONG, head)].into_iter().chain(table.lines()))?;
    terminal.note([Text::styled(FAINT, way)]);
    Ok(Exit::Done)
}

fn record(engine: &Engine, terminal: &Terminal, pass: Option<String>, csv: bool) -> Result<Exit, Failure> {
    let id = match pass {
        Some(typed) => PassId::from_text(typed),
        None => match engine.list_passes(1)?.pop() {
            Some(newest) => newest.id,
            None => {
                terminal.note([Text::from("There was no pass yet. Go through the queue: patchbay queue run")]);
                return Ok(Exit::Done);
            }
        },
    };
    terminal.file(&if csv { engine.pass_record_csv(&id)? } else { engine.pass_record(&id)? })?;
    Ok(Exit::Done)
}

async fn run(engine: &Engine, terminal: &Terminal, asked: &QueueRunArguments) -> Result<Exit, Failure> {
    let chosen: Result<Vec<Connection>, Error> =
        asked.connections.iter().map(|typed| engine.find_connection(typed)).collect();
    let chosen: Vec<ConnectionId> = chosen?.into_iter().map(|it| it.id).collect();
    let before = engine.reconnect_queue()?;
    if chosen.is_empty() && before.queue.is_none() && before.needing.is_empty() {
        terminal.note([Text::from("No connection needs a sign-in.")]);
        return Ok(Exit::Done);
    }
    // A grant that cannot be stored is not asked for.
    engine.require_keychain().await?;
    let mut notices = engine.notices();
    if chosen.is_empty() && matches!(before.course, Course::LeftBehind) {
        terminal.note([Text::from("A pass was left in the middle; it goes on where it was.")]);
        engine.resume_queue(MANNER)?;
    } else {
        engine.start_queue((!chosen.is_empty()).then_some(chosen.as_slice()), MANNER)?;
    }
    if terminal.is_attended() {
        terminal.note([Text::styled(FAINT, "s and Enter skips one; Ctrl-C ends it all.")]);
    }
    let mut telling = Telling { engine, terminal, opens_browser: !asked.no_browser, told: HashSet::new(), at: None };
    let mut typed = Box::pin(terminal.ask(""));
    let mut is_listening = terminal.is_attended();
    let mut told = Box::pin(told_to_end());
    let mut is_broken_off = false;
    loop {
        let now = engine.reconnect_queue()?;
        let Some(queue) = &now.queue else { return Err(Error::TaskEnded.into()) };
        telling.tell(&now, queue)?;
        match &now.course {
            Course::Ended => return telling.end(queue, is_broken_off),
            Course::Paused(why) => {
                let why = why.clone();
                let ended = engine.stop_queue()?;
                let exit = telling.end(ended.queue.as_ref().unwrap_or(queue), is_broken_off)?;
                return match why {
                    PauseReason::Ours(error) => Err(Failure::from(error.as_ref())),
                    PauseReason::Asked | PauseReason::NobodySignedIn => Ok(exit),
                };
            }
            Course::Idle | Course::Running | Course::LeftBehind | Course::Elsewhere => {}
        }
        tokio::select! {
            // One that was missed is made up for by looking.
            _ = notices.recv() => {}
            line = &mut typed, if is_listening => {
                match line.as_deref() {
                    Some("s" | "skip") => {
                        if let Some(open) = queue.open() {
                            engine.skip_turn(open.connection())?;
                        }
                    }
                    Some(_) => {}
                    None => is_listening = false,
                }
                typed = Box::pin(terminal.ask(""));
            }
            () = &mut told => {
                engine.stop_queue()?;
                is_broken_off = true;
                told = Box::pin(told_to_end());
            }
        }
    }
}

/// What of a run was told already.
struct Telling<'a> {
    engine: &'a Engine,
    terminal: &'a Terminal,
    opens_browser: bool,
    told: HashSet<ConnectionId>,
    at: Option<SignInId>,
}

impl Telling<'_> {
    fn tell(&mut self, now: &QueueNow, queue: &ReconnectQueue) -> Result<(), Failure> {
        for turn in &queue.turns {
            if !turn.state.is_over() {
                self.told.remove(turn.connection());
            } else if self.told.insert(turn.connection().clone()) {
                self.tell_turn(turn)?;
            }
        }
        let Some(id) = now.sign_in.as_ref().filter(|id| self.at.as_ref() != Some(*id)) else { return Ok(()) };
        self.at = Some(id.clone());
        let (Some(turn), Ok(sign_in)) = (queue.open(), self.engine.sign_in(id)) else { return Ok(()) };
        self.tell_address(turn, &sign_in, queue.sum())?;
        if self.opens_browser && sign_in.device.is_none() {
            let (engine, id, terminal) = (self.engine.clone(), id.clone(), *self.terminal);
            tokio::spawn(async move {
                if !matches!(engine.open_sign_in_page(&id).await, Ok(true)) {
                    terminal.note([Text::from("The browser did not open; open the address yourself.")]);
                }
            });
        }
        Ok(())
    }

    fn tell_address(&self, turn: &Turn, sign_in: &SignIn, sum: Sum) -> Result<(), Failure> {
        let needing = &turn.needing;
        let (url, redirect_uri) = (sign_in.authorize_url.as_str(), sign_in.redirect_uri.as_str());
        let user_code = sign_in.device.as_ref().map(|it| it.user_code.as_str());
        if self.terminal.is_json() {
            return self.terminal.object(&RunJson::Authorize {
                connection: needing.connection.as_str(),
                name: &needing.name,
                account: needing.account.as_deref(),
                url,
                redirect_uri,
                user_code,
            });
        }
        let place = format!("{} of {}. ", sum.total() - sum.left + 1, sum.total());
        let whose = needing.account.as_deref().map(|account| format!(" as {account}")).unwrap_or_default();
        let head = Text::styled(FAINT, place)
            .and(STRONG, format!("Sign in to {}{whose}", needing.provider))
            .plain(format!(", for {}:", needing.name));
        let mut lines = vec![head, Text::from(format!("  {url}"))];
        lines.extend(user_code.map(|code| Text::from("  The code: ").and(STRONG, code)));
        self.terminal.say(lines)
    }

    fn tell_turn(&self, turn: &Turn) -> Result<(), Failure> {
        let (why, seconds) = (failure(&turn.state), took(&turn.state));
        if self.terminal.is_json() {
            return self.terminal.object(&RunJson::Turn {
                connection: turn.needing.connection.as_str(),
                name: &turn.needing.name,
                state: turn.state.as_str(),
                why: why.map(TurnFailure::as_str),
                seconds,
            });
        }
        let (style, said) = match &turn.state {
            TurnState::Reconnected { .. } => (WELL, format!("is back, after {} s.", seconds.unwrap_or_default())),
            TurnState::CameBack => (WELL, "came back by itself.".to_owned()),
            TurnState::Skipped => (FAINT, "skipped.".to_owned()),
            TurnState::HandedOver => (FAINT, "is somebody else's to do.".to_owned()),
            TurnState::Gone => (FAINT, "was disconnected or removed meanwhile.".to_owned()),
            TurnState::Failed { why } => (BAD, failed(*why, turn)),
            TurnState::Waiting | TurnState::Open { .. } => return Ok(()),
        };
        self.terminal.say([Text::styled(STRONG, format!("{}: ", turn.needing.name)).and(style, said)])
    }

    /// `is_broken_off`: by Ctrl-C, which leaves what was not reached to the next run.
    fn end(&self, queue: &ReconnectQueue, is_broken_off: bool) -> Result<Exit, Failure> {
        let sum = queue.sum();
        let is_done = sum.mended + sum.gone == sum.total();
        if self.terminal.is_json() {
            self.terminal.object(&RunJson::Ended {
                pass: queue.id.as_str(),
                total: sum.total(),
                brought_back: sum.mended,
                skipped: sum.skipped,
                handed_over: sum.handed_over,
                failed: sum.failed,
                gone: sum.gone,
                left: sum.left,
            })?;
        } else {
            let rest = [
                (sum.skipped, "skipped"),
                (sum.handed_over, "handed over"),
                (sum.failed, "came to nothing"),
                (sum.gone, "gone"),
                (sum.left, "not reached"),
            ];
            let rest: Vec<String> =
                rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
            let stopped = if is_broken_off { "Stopped: " } else { "" };
            let head = format!("{stopped}{} of {} are back", sum.mended, sum.total());
            let rest = if rest.is_empty() { ".".to_owned() } else { format!("; {}.", rest.join(", ")) };
            self.terminal.say([Text::styled(STRONG, head).plain(rest)])?;
            if is_broken_off && sum.left > 0 {
                self.terminal.note([Text::styled(FAINT, "Go on with the rest: patchbay queue run")]);
            }
            self.terminal.note([Text::styled(FAINT, format!("The record: patchbay queue record {}", queue.id))]);
        }
        Ok(if is_done { Exit::Done } else { Exit::BlockedOnAuth })
    }
}

fn failure(state: &TurnState) -> Option<TurnFailure> {
    if let TurnState::Failed { why } = state { Some(*why) } else { None }
}

fn took(state: &TurnState) -> Option<u64> {
    if let TurnState::Reconnected { took } = state { Some(took.as_secs()) } else { None }
}

fn failed(why: TurnFailure, turn: &Turn) -> String {
    if let Some(other) = &turn.other_account {
        return format!("{other} signed in, which is another account: it was refused, and nothing was replaced.");
    }
    match why {
        TurnFailure::Cause(cause) => causes::sentence(cause, &turn.needing.provider),
        TurnFailure::Cancelled => "cancelled.".to_owned(),
        TurnFailure::NobodySignedIn => "nobody signed in within ten minutes.".to_owned(),
        TurnFailure::NotBegun => "its sign-in could not be begun: patchbay reconnect says why.".to_owned(),
    }
}
