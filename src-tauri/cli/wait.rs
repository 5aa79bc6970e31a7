//! A run that is blocked waits here for the person who brings its connections back [F3].

use std::time::Duration;

use domain::diagnosis::ActionLabel;
use domain::preflight::Verdict;
use domain::program::AskingProgram;
use engine::flows::blocked_runs::Blocked;
use engine::flows::preflight::{Demands, Needed, Preflight, together, waited_for};
use engine::{Engine, Error};
use local_access::{Starters, script_behind_this_program};
use tokio::time::{Instant, sleep, sleep_until};

use crate::arguments::{NeedsArguments, WaitArguments};
use crate::asker;
use crate::door;
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::preflight::{NamedNeeds, tell, why_and_what};
use crate::terminal::{BAD, FAINT, Terminal, Text, WARN};
use crate::words::named;
use crate::words::times::Now;

const STARTER_GONE: &str =
    "Stopped waiting: what started this has ended. To let it wait alone, start it with nohup or setsid.";

/// Of a session that has no keychain.
const DOOR_GONE: &str = "The Patchbay that this waited through has ended, and this session has no keychain of its own.";
/// How often it is looked whether it is back.
const DOOR_AGAIN: Duration = Duration::from_secs(1);

/// How often the database is asked for what other programs did, where its folder cannot be watched.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Looks at what is known, again whenever another program has written something: a person who reconnects does so in the
/// window or in another terminal. No provider is asked.
pub(crate) async fn wait(
    engine: &Engine,
    terminal: &Terminal,
    asked: &WaitArguments,
    starters: Starters,
) -> Result<Exit, Failure> {
    let behind = script_behind_this_program();
    let ready = until_ready(engine, terminal, &asked.needs, asked.timeout, behind.as_ref(), starters);
    let known = unless_told("Stopped waiting; nothing was changed.", ready).await??;
    // Whether a workflow is switched on is not waited for.
    tell(terminal, &known, None)
}

/// What is known of all that is needed, once nobody has to be waited for, or when the time is up. `run`: what waits, for
/// the list that a person sees; unsaid, a person at this terminal. `starters`: who waits for the answer.
pub(crate) async fn until_ready(
    engine: &Engine,
    terminal: &Terminal,
    needs: &NeedsArguments,
    timeout: Option<Duration>,
    run: Option<&AskingProgram>,
    starters: Starters,
) -> Result<Vec<Preflight>, Failure> {
    let named_needs = NamedNeeds::find(engine, needs)?;
    let mut said: Vec<(String, Verdict)> = vec![];
    // Listed as long as it is waited.
    let mut listed = None;
    let on_heard = |heard: Heard<'_>| match heard {
        Heard::Blocked(known) => {
            say_who_is_waited_for(terminal, known, &mut said);
            list_blocked(engine, run, known, &mut listed);
        }
        Heard::DoorGone => terminal.warn([
            Text::styled(WARN, "! ").plain(DOOR_GONE),
            Text::styled(FAINT, "  It waits on until one runs again: the window, or patchbay serve."),
        ]),
    };
    tokio::select! {
        known = until_nobody_is_waited_for(engine, &named_needs.needed, &needs.scope, timeout, on_heard) => known,
        // Whoever waited for this goes on no more: nobody else is shown that it waits.
        () = starters.one_has_gone() => Err(Failure::cancelled(STARTER_GONE)),
    }
}

/// What is heard while it is waited.
pub(crate) enum Heard<'a> {
    /// Somebody has to be waited for, each time that has changed.
    Blocked(&'a [Preflight]),
    /// Who watched over the board for a session without a keychain has ended; it is waited for that one too.
    DoorGone,
}

/// The same for what was found already.
pub(crate) async fn until_nobody_is_waited_for(
    engine: &Engine,
    needed: &[Needed],
    scopes: &[String],
    timeout: Option<Duration>,
    mut on_heard: impl FnMut(Heard<'_>),
) -> Result<Vec<Preflight>, Failure> {
    let give_up_at = timeout.map(|timeout| Instant::now() + timeout);
    // Before the first look, so that nothing falls between.
    let writes = engine.writes();
    let demands = Demands { scopes: scopes.to_vec(), only_known: true, ..Demands::default() };
    let (mut was_answered, mut is_gone_said, mut is_learned) = (false, false, false);
    let mut asks_at_door = true;
    loop {
        if asks_at_door && let Some(known) = door::preflight(engine, needed, &demands).await {
            if together(&known).0.may_pass() {
                return Ok(known);
            }
            on_heard(Heard::Blocked(&known));
            (was_answered, is_gone_said) = (true, false);
            let left = give_up_at.map(|at| at.saturating_duration_since(Instant::now()));
            if let Some(known) = door::wait(engine, needed, &demands, left).await {
                return Ok(known);
            }
        }
        if !is_learned {
            asker::learn_needs(engine, needed);
            is_learned = true;
        }
        // Of a session without a keychain nobody but who watches over the board can tell: that one may come back.
        asks_at_door = false;
        let known = match engine.preflight_all(needed, &demands).await {
            Ok(known) if together(&known).0.may_pass() => return Ok(known),
            Ok(known) => {
                on_heard(Heard::Blocked(&known));
                Some(known)
            }
            Err(Error::VaultUnavailable(_)) if was_answered => {
                asks_at_door = true;
                if !is_gone_said {
                    on_heard(Heard::DoorGone);
                    is_gone_said = true;
                }
                None
            }
            Err(error) => return Err(error.into()),
        };
        let changed = async {
            match &writes {
                Some(writes) if !asks_at_door => writes.next().await,
                Some(_) => sleep(DOOR_AGAIN).await,
                None => sleep(LOOK_EVERY).await,
            }
        };
        let time_is_up = async {
            match give_up_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = changed => {}
            () = time_is_up => return known.ok_or_else(door_gone),
        }
    }
}

/// The number says that it is a matter of time; what it waits for has not changed for that.
fn door_gone() -> Failure {
    let words = FailureWords {
        code: "patchbay_gone",
        happened: DOOR_GONE.to_owned(),
        meaning: "Whether somebody has reconnected meanwhile cannot be told from here.".to_owned(),
        advice: "Start the window, or patchbay serve, and wait again.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Temporary, ActionLabel::None, words)
}

/// In the window, and for whoever else looks, until it goes on.
fn list_blocked(engine: &Engine, run: Option<&AskingProgram>, known: &[Preflight], listed: &mut Option<Blocked>) {
    let needs = waited_for(known);
    let done = match listed {
        Some(listed) => listed.waits_for(needs),
        None => engine.list_blocked(run, needs).map(|it| *listed = Some(it)),
    };
    // Nobody is kept from waiting because it could not be written down.
    if let Err(error) = done {
        tracing::warn!(%error, "that this run waits could not be listed");
    }
}

/// Each once, and again when what it needs has changed.
fn say_who_is_waited_for(terminal: &Terminal, known: &[Preflight], said: &mut Vec<(String, Verdict)>) {
    let now = Now::here();
    let waited_for: Vec<_> = known.iter().filter(|it| !it.verdict.may_pass()).collect();
    for one in &waited_for {
        let key = (one.name.clone(), one.verdict);
        if said.contains(&key) {
            continue;
        }
        let mut lines = vec![Text::styled(BAD, "▲ ").plain(format!("Waiting for {}.", named(&one.name)))];
        lines.extend(why_and_what(one, &now).into_iter().map(|it| Text::styled(FAINT, format!("  {it}"))));
        terminal.warn(lines);
    }
    *said = waited_for.into_iter().map(|it| (it.name.clone(), it.verdict)).collect();
}
