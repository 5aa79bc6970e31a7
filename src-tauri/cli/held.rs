//! New tokens that the keychain would not take: listed, saved in an encrypted file, taken back [A5, S154].

use domain::diagnosis::ActionLabel;
use engine::Engine;
use engine::flows::held::HeldBundle;
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{HeldExportArguments, HeldImportArguments};
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::secret_entry::{PASSPHRASE, from_prompt, from_stdin, new_passphrase};
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text};
use crate::words::counted;
use crate::words::times::Now;

/// What waits, for programs.
#[derive(Serialize)]
struct HeldJson<'a> {
    connection: &'a str,
    name: &'a str,
    since: Timestamp,
    sealed: bool,
}

/// What was saved or taken back, for programs.
#[derive(Serialize)]
struct ExportedJson<'a> {
    file: &'a str,
    count: usize,
}

pub(crate) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let held = engine.held_bundles();
    if terminal.is_json() {
        for bundle in &held {
            let (connection, name) = (bundle.connection.as_str(), bundle.name.as_str());
            terminal.object(&HeldJson { connection, name, since: bundle.since, sealed: bundle.is_sealed })?;
        }
        return Ok(Exit::Done);
    }
    if held.is_empty() {
        terminal.say([Text::from("Nothing waits for the keychain.")])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["  Name", "Since", "Where", "Id"]);
    for bundle in &held {
        table.row(vec![
            Text::styled(BAD, "▲ ").plain(&bundle.name),
            Text::from(now.moment(bundle.since)),
            Text::from(if bundle.is_sealed { "sealed on the disk" } else { "in memory only" }),
            Text::styled(FAINT, bundle.connection.as_str()),
        ]);
    }
    let head = [Text::styled(STRONG, headline(&held)), Text::from(ADVICE), Text::default()];
    terminal.say(head.into_iter().chain(table.lines()))?;
    Ok(Exit::Done)
}

/// What helps while something is held.
pub(crate) const ADVICE: &str = "Unlock or mend the keychain; or save them first: patchbay held export --to FILE";

/// "2 new tokens wait for the keychain."
pub(crate) fn headline(held: &[HeldBundle]) -> String {
    let wait = if held.len() == 1 { "waits" } else { "wait" };
    format!("{} {wait} for the keychain.", counted(held.len(), "new token"))
}

pub(crate) async fn export(engine: &Engine, terminal: &Terminal, asked: &HeldExportArguments) -> Result<Exit, Failure> {
    if engine.held_bundles().is_empty() {
        return Err(nothing_held());
    }
    if asked.to.exists() {
        return Err(Failure::usage(format!("{} is there already; nothing is overwritten.", asked.to.display())));
    }
    let passphrase = if asked.passphrase_stdin {
        from_stdin(PASSPHRASE)?
    } else if terminal.is_attended() {
        new_passphrase().await?
    } else {
        return Err(Failure::usage("Nobody is there to be asked; give the passphrase with --passphrase-stdin."));
    };
    let count = engine.export_held(&passphrase, &asked.to).await?;

    let file = asked.to.display().to_string();
    if terminal.is_json() {
        terminal.object(&ExportedJson { file: &file, count })?;
    } else {
        terminal.say([
            Text::styled(STRONG, format!("{} saved in {file}.", counted(count, "new token"))),
            Text::from("  Only the passphrase opens it. They still wait for the keychain here."),
        ])?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn import(engine: &Engine, terminal: &Terminal, asked: &HeldImportArguments) -> Result<Exit, Failure> {
    let passphrase = if asked.passphrase_stdin {
        from_stdin(PASSPHRASE)?
    } else if terminal.is_attended() {
        let typed = from_prompt("Passphrase of the file: ").await?;
        typed.ok_or_else(|| Failure::usage("An empty passphrase opens nothing."))?
    } else {
        return Err(Failure::usage("Nobody is there to be asked; give the passphrase with --passphrase-stdin."));
    };
    let count = engine.import_held(&asked.from, &passphrase).await?;

    let file = asked.from.display().to_string();
    if terminal.is_json() {
        terminal.object(&ExportedJson { file: &file, count })?;
    } else if count == 0 {
        terminal.say([Text::from("Nothing in it is newer than what the keychain holds; nothing was changed.")])?;
    } else {
        terminal.say([Text::styled(STRONG, format!("{} taken into the keychain.", counted(count, "token")))])?;
    }
    Ok(Exit::Done)
}

fn nothing_held() -> Failure {
    let words = FailureWords {
        code: "nothing_held",
        happened: "Nothing waits for the keychain, so there is nothing to save.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
