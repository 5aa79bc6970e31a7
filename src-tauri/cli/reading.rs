//! Follows a reading: says on a terminal how far it is, hears Ctrl-C, and tells what it brought [D2].

use std::time::Duration;

use domain::blast_radius::reading::ReadingNote;
use engine::flows::read_platform::ReadingOutcome;
use engine::signals::{told_again, told_to_end};
use engine::{Engine, Error};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::{counted, listed};

/// How often it is said how far a reading is.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What a reading brought, for programs.
#[derive(Serialize)]
struct ReadingJson<'a> {
    of: &'static str,
    platform: &'a str,
    name: &'a str,
    kind: &'static str,
    /// How many of each stood there.
    workflows: usize,
    connections: usize,
    added: u32,
    changed: u32,
    same: u32,
    gone: &'a [String],
    joined: usize,
    notes: Vec<String>,
}

/// A reading that was taken over.
pub(crate) struct Followed {
    pub(crate) outcome: ReadingOutcome,
    /// The program was told to end, when it was too late for this reading.
    pub(crate) is_told: bool,
}

/// Goes with a reading to its end. The first Ctrl-C cancels it, unless all of it is being written down already: then it
/// is waited for.
///
/// # Errors
/// The reading's; a failure that [is a cancellation](Failure::is_cancelled), and then nothing of it was taken.
pub(crate) async fn follow(
    engine: &Engine,
    terminal: &Terminal,
    name: &str,
    work: impl Future<Output = Result<ReadingOutcome, Error>>,
) -> Result<Followed, Failure> {
    let mut work = std::pin::pin!(work);
    let mut told = std::pin::pin!(told_to_end());
    let mut is_told = false;
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut work => break outcome,
            () = &mut told, if !is_told => {
                is_told = true;
                if !engine.cancel_reading(name) {
                    break tokio::select! {
                        outcome = &mut work => outcome,
                        () = told_while_unwritten(engine, name) => {
                            terminal.end_progress();
                            return Err(Failure::cancelled(
                                "Ended while all of it was being written down: either all was taken, or nothing. Run the \
                                 command again to be sure; what is there already stays the same.",
                            ));
                        }
                    };
                }
            }
            () = tokio::time::sleep(TELL_EVERY) => {
                if let Some(state) = engine.reading_progress(name) {
                    terminal.progress(&how_far(state));
                }
            }
        }
    };
    terminal.end_progress();
    let outcome = outcome?;
    if is_told {
        terminal.note([Text::from("It was too late to cancel: all of it was taken.")]);
    }
    Ok(Followed { outcome, is_told })
}

/// Returns once the program was told to end again and what is read is not yet on the disk; what is, is looked at in a
/// moment.
async fn told_while_unwritten(engine: &Engine, name: &str) {
    loop {
        told_again().await;
        if !engine.is_reading_written(name) {
            return;
        }
    }
}

fn how_far((read, all): (u32, Option<u32>)) -> String {
    match all {
        Some(all) if read >= all => format!("{all} workflows read; writing them down. Ctrl-C cancels."),
        Some(all) => format!("{read} of {all} workflows read. Ctrl-C cancels."),
        None if read == 0 => "Reading. Ctrl-C cancels.".to_owned(),
        None => format!("{read} workflows read. Ctrl-C cancels."),
    }
}

pub(crate) fn say_outcome(terminal: &Terminal, outcome: &ReadingOutcome) -> Result<(), Failure> {
    let (platform, changes) = (&outcome.platform, &outcome.changes);
    if terminal.is_json() {
        return terminal.object(&ReadingJson {
            of: "reading",
            platform: platform.id.as_str(),
            name: &platform.name,
            kind: platform.kind.as_str(),
            workflows: outcome.workflow_count,
            connections: outcome.connection_count,
            added: changes.added,
            changed: changes.changed,
            same: changes.same,
            gone: &changes.gone,
            joined: outcome.joined_count,
            notes: outcome.notes.iter().map(note_words).collect(),
        });
    }
    let head = format!(
        "{} is read, {} and {}: {} new, {} changed, {} as before, {} gone.",
        platform.name,
        counted(outcome.workflow_count, "workflow"),
        counted(outcome.connection_count, "connection"),
        changes.added,
        changes.changed,
        changes.same,
        changes.gone.len()
    );
    let mut lines = vec![Text::styled(STRONG, head)];
    if !changes.gone.is_empty() {
        lines.push(Text::from(format!("  Gone: {}", listed(changes.gone.iter().take(20).map(String::as_str)))));
    }
    if outcome.joined_count > 0 {
        let count = counted(outcome.joined_count, "connection");
        lines.push(Text::from(format!("  {count} of it stand beside ours: patchbay platforms connections")));
    }
    lines.extend(outcome.notes.iter().map(|it| Text::styled(FAINT, format!("  {}", note_words(it)))));
    terminal.say(lines)
}

fn note_words(note: &ReadingNote) -> String {
    match note {
        ReadingNote::UnknownModules { kind, count } => {
            let modules = if *count == 1 { "module" } else { "modules" };
            format!("{count} unknown {modules} of the kind {kind}, kept")
        }
        ReadingNote::FurtherModules { kinds, count } => {
            format!("and {kinds} more kinds of unknown modules, {count} in all, kept")
        }
        ReadingNote::MissingRight { right, without_it } => format!("the key lacks {right}: {without_it}"),
        ReadingNote::Skipped { count: 1, first } => format!("not read: {first}"),
        ReadingNote::Skipped { count, first } => format!("{count} entries could not be read; the first: {first}"),
        ReadingNote::UnknownVersion { version } => format!("written by an unknown version: {version}"),
        ReadingNote::DuplicateId { id } => format!("the id {id} stands there twice; the later one counts"),
        ReadingNote::FurtherDuplicates { count } => format!("and {count} more ids that stand there twice"),
        ReadingNote::Cycle { names } => {
            format!("these start each other: {}", listed(names.iter().map(String::as_str)))
        }
        ReadingNote::FurtherCycles { count } => format!("and {count} more rounds of workflows that start each other"),
    }
}
