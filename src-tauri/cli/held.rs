//! New tokens that the keychain would not take: listed, and saved in an encrypted file [A5, S154].

use std::path::Path;

use domain::diagnosis::ActionLabel;
use engine::flows::held::HeldBundle;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::HeldExportArguments;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::secret_entry::{PASSPHRASE, from_stdin, new_passphrase};
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

/// What was saved, for programs.
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
    let count = engine.held_bundles().len();
    if count == 0 {
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
    let written = engine.export_held(&passphrase)?;
    move_to(&written, &asked.to).map_err(Error::FolderUnavailable)?;

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

/// Never over a file; the two may lie on different disks.
fn move_to(written: &Path, to: &Path) -> std::io::Result<()> {
    let mut copy = std::fs::File::create_new(to)?;
    std::io::copy(&mut std::fs::File::open(written)?, &mut copy)?;
    copy.sync_all()?;
    std::fs::remove_file(written)
}

fn nothing_held() -> Failure {
    let words = FailureWords {
        code: "nothing_held",
        happened: "Nothing waits for the keychain, so there is nothing to save.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
