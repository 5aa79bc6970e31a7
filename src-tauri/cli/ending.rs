//! How the program ends: not before a new token is saved, unless a person gives it up, and never without saying what it
//! leaves behind [A5, S154, S168].
//!
//! Signals arrive as events of the runtime, never inside a signal handler: whatever is said here may be said.

use std::path::PathBuf;
use std::time::Duration;

use engine::Engine;
use engine::flows::held::HeldBundle;
use engine::signals::{told_again, told_to_end};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::held;
use crate::secret_entry::new_passphrase;
use crate::terminal::{Terminal, Text};
use crate::words::{counted, errors, listed};

/// A job that was called back is asked something at once, as its person sees it.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// A person who has just seen that it waits learns that it still does.
const FIRST_REMINDER: Duration = Duration::from_secs(10);
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// What a command leaves behind it ends first: an old bundle is erased in a moment. A new token that neither the
/// keychain nor the disk would take is waited for, until it is stored or a person says that it may go [S154].
pub(crate) async fn until_saved(engine: &Engine, terminal: &Terminal) {
    let is_at_risk = engine.would_lose_a_token();
    if is_at_risk {
        terminal.warn([Text::from(unsaved(engine)), Text::from(format!("  Waiting. {LOSES_IT}"))]);
    }
    loop {
        // Asked each time: who reads from behind is stopped by the system, with the only copy in its memory.
        let can_ask = is_at_risk && terminal.is_attended() && terminal.is_in_front();
        if can_ask {
            terminal.warn([Text::from(OFFER)]);
        }
        tokio::select! {
            () = engine.until_quiet() => return,
            () = remind(engine, terminal), if is_at_risk => {}
            () = given_up(is_at_risk, engine, terminal) => {
                say_what_is_left(engine, terminal);
                return;
            }
            () = brought_to_front(terminal), if is_at_risk && !can_ask => continue,
            () = enter_pressed(), if can_ask => {}
        }
        if save_in_a_file(engine, terminal).await {
            return;
        }
    }
}

/// Returns once a job that ran behind is the one that is typed to (`fg`); never where nobody types.
async fn brought_to_front(terminal: &Terminal) {
    if !terminal.is_attended() {
        std::future::pending::<()>().await;
    }
    while !terminal.is_in_front() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Returns once a person has pressed Enter; never where nothing is to be read any more.
async fn enter_pressed() {
    if line_typed().await.is_none() {
        std::future::pending::<()>().await;
    }
}

/// A line from the terminal. `None`: it was closed.
async fn line_typed() -> Option<String> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).ok().filter(|length| *length > 0).map(|_| line)
    });
    reading.await.ok().flatten()
}

/// Asks for a file and a passphrase, and puts into it what this program alone has: only the process itself can, and only
/// at a person's word. Whether it may end now.
async fn save_in_a_file(engine: &Engine, terminal: &Terminal) -> bool {
    terminal.warn([Text::from("Which file, on another disk? Nothing typed goes on waiting.")]);
    let typed = tokio::select! {
        typed = line_typed() => typed,
        () = given_up(true, engine, terminal) => {
            say_what_is_left(engine, terminal);
            return true;
        }
    };
    let Some(to) = typed.as_deref().and_then(path_typed) else { return false };
    let refused = |words: String| {
        terminal.warn([Text::from(words)]);
        false
    };
    if to.exists() {
        return refused(format!("{} is there already; nothing is overwritten.", to.display()));
    }
    // Asked to its end, whatever comes meanwhile: a prompt that is broken off leaves a terminal that shows nothing.
    let passphrase = match new_passphrase().await {
        Ok(passphrase) => passphrase,
        Err(failure) => return refused(failure.sentence()),
    };
    if !engine.would_lose_a_token() {
        return refused("It is saved by now, and no file was made.".to_owned());
    }
    match engine.export_held(&passphrase, &to).await {
        Ok(count) => {
            let file = to.display().to_string();
            let saved = format!("{} saved in {file}. Only the passphrase opens it.", counted(count, "new token"));
            let next = format!("  Once the keychain is open: patchbay held import {}", quoted(&file));
            terminal.warn([Text::from(saved), Text::from(next)]);
            // Another refresh may be under way, or its token may have come while this file was written.
            !engine.would_lose_a_token() && engine.refreshes_at_risk().is_empty()
        }
        Err(error) => refused(Failure::from(error).sentence()),
    }
}

fn path_typed(line: &str) -> Option<PathBuf> {
    let typed = line.trim();
    match typed.strip_prefix("~/") {
        // No shell has read it.
        Some(rest) => std::env::home_dir().map(|home| home.join(rest)),
        None => Some(typed).filter(|it| !it.is_empty()).map(PathBuf::from),
    }
}

/// As a shell takes it for one word.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|it| it.is_ascii_alphanumeric() || "/._-+".contains(it));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Says for as long as it takes what is waited for. Never returns.
async fn remind(engine: &Engine, terminal: &Terminal) {
    let mut pause = FIRST_REMINDER;
    loop {
        tokio::time::sleep(pause).await;
        pause = REMIND_EVERY;
        terminal.warn([Text::from(format!("Still waiting. {}", unsaved(engine)))]);
    }
}

/// Returns once the program was told to end: twice where that loses a token, as once happens without a person,
/// when a terminal closes or a session ends.
async fn given_up(is_at_risk: bool, engine: &Engine, terminal: &Terminal) {
    told_to_end().await;
    if is_at_risk {
        terminal.warn([Text::from(format!("{} Still waiting; Ctrl-C again, and it is lost.", unsaved(engine)))]);
        told_again().await;
    }
}

/// The outcome of what leaves nothing behind when it is dropped; told to end, the program says these words instead.
///
/// # Errors
/// A cancellation in these words.
pub(crate) async fn unless_told<T>(words: &str, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        outcome = work => Ok(outcome),
        () = told_to_end() => Err(Failure::cancelled(words)),
    }
}

/// Returns once the program was told to end and no refresh is under way any more: an answer that carries a
/// rotated token is stored first [S168]. A second signal ends it at once.
pub(crate) async fn interrupted_twice_or_quiet(engine: &Engine, terminal: &Terminal) {
    told_to_end().await;
    if tokio::time::timeout(Duration::ZERO, engine.until_quiet()).await.is_ok() {
        return;
    }
    if engine.would_lose_a_token() {
        terminal.warn([Text::from(format!("{} Still waiting; Ctrl-C again, and it is lost.", unsaved(engine)))]);
    } else {
        terminal.warn([Text::from(
            "A refresh is under way; ending once its answer is stored. Ctrl-C again ends at once, and may lose the token.",
        )]);
    }
    let is_at_risk = engine.would_lose_a_token();
    tokio::select! {
        () = engine.until_quiet() => {}
        () = remind(engine, terminal), if is_at_risk => {}
        () = told_again() => {}
    }
}

/// The last word of a program that was told to end, and how it ends.
pub(crate) fn say_what_is_left(engine: &Engine, terminal: &Terminal) -> Exit {
    let (lost, sealed) = held_here(engine);
    let at_risk = engine.refreshes_at_risk();
    let mut lines = vec![];
    if !lost.is_empty() {
        lines.push(format!("The new token of {} {LOST}", names(&lost)));
    }
    for bundle in &sealed {
        let file = bundle.file.as_ref().map(|it| format!(" in {}", it.display())).unwrap_or_default();
        lines.push(format!("The new token of {} waits for the keychain{file}: {}", bundle.name, errors::HELD_SEALED));
    }
    if !at_risk.is_empty() {
        let of = listed(at_risk.iter().map(String::as_str));
        lines.push(format!("A refresh of {of} was under way: its answer may be lost. The next refresh finds out."));
    }
    let exit = if lost.is_empty() && sealed.is_empty() { Exit::Failed } else { Exit::KeychainUnavailable };
    terminal.warn(lines.into_iter().map(Text::from));
    exit
}

/// A token was held when the command ended: says what became of it since.
pub(crate) fn words_at_the_end(engine: &Engine, failure: Failure) -> Failure {
    if !failure.is_about_held() {
        return failure;
    }
    if engine.held_bundles().iter().any(|it| it.is_exported) {
        return failure.with_words(|words| EXPORTED.clone_into(&mut words.advice));
    }
    let (lost, sealed) = held_here(engine);
    if !lost.is_empty() {
        return failure.with_words(|words| format!("It {LOST}").clone_into(&mut words.advice));
    }
    if !sealed.is_empty() {
        return failure.with_words(|words| errors::HELD_SEALED.clone_into(&mut words.advice));
    }
    let mut failure = failure.with_words(|words| {
        "The keychain has taken it since: nothing is lost. Run the command again.".clone_into(&mut words.advice);
        words.detail.clear();
    });
    failure.exit = Exit::Temporary;
    failure
}

/// What ends with this program, and what outlives it.
fn held_here(engine: &Engine) -> (Vec<HeldBundle>, Vec<HeldBundle>) {
    let here = engine.held_bundles().into_iter().filter(|it| it.elsewhere.is_none());
    here.partition(|it| !it.is_sealed)
}

/// What is in the memory of this program alone, why, and what it waits for.
fn unsaved(engine: &Engine) -> String {
    let (open, _) = held_here(engine);
    let reason = open.iter().find_map(|it| it.reason).map(|it| format!(" ({it})")).unwrap_or_default();
    format!(
        "The new token of {} could not be saved, and is in the memory of this program alone (process {}). It waits for \
         the keychain{reason}, or for room on the disk: {}",
        names(&open),
        std::process::id(),
        held::UNSAVED_ADVICE
    )
}

fn names(held: &[HeldBundle]) -> String {
    listed(held.iter().map(|it| it.name.as_str()))
}

/// Said where a person gave it up.
const LOST: &str = "was in this program's memory only, and is lost with it. If the provider refuses the one before, \
                    reconnect.";

/// Said where a person has carried it away.
const EXPORTED: &str = "It is in the file that you saved: once the keychain is open, patchbay held import takes it back, \
                        before anything else is done with this connection.";

/// Said where somebody is there to be asked.
const OFFER: &str = "  Press Enter to save it in a file that a passphrase opens; the program may end then.";

/// What ending costs.
const LOSES_IT: &str = "Ending this program loses the token: the provider has taken the one before back. Ctrl-C twice ends it all the same.";
