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
use crate::words::times::Now;
use crate::words::{counted, errors};

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
    // A folder that cannot be read is not the same as an empty one.
    let unusable = engine.unusable_seals()?;
    if !unusable.is_empty() {
        terminal.warn([Text::from(unusable_sentence(&unusable)), Text::from(format!("  {UNUSABLE_ADVICE}"))]);
    }
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
pub(crate) const ADVICE: &str = "Unlock or mend the keychain; the next command stores it.";

/// "1 file in the folder of sealed tokens cannot be opened: …"
pub(crate) fn unusable_sentence(files: &[String]) -> String {
    let (count, names) = (counted(files.len(), "file"), files.join(", "));
    format!("{count} in the folder of sealed tokens cannot be opened: {names}.")
}

/// What there is to be done about them.
pub(crate) const UNUSABLE_ADVICE: &str =
    "A token in it is lost, unless the file can be put back as it was. Where the connection fails, reconnect it.";

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
    // Before anybody thinks of a passphrase.
    engine.require_exportable().await.map_err(|error| {
        Failure::from(error).with_words(|words| SEALED_TO_THE_KEYCHAIN.clone_into(&mut words.meaning))
    })?;
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

/// Why the export waits as well.
const SEALED_TO_THE_KEYCHAIN: &str = "What lies sealed is opened by the keychain alone; until then it is safe where it lies. A running Patchbay window \
     that holds a token itself can export it.";

/// A token was held when the command ended: says what became of it since.
pub(crate) fn end(engine: &Engine, failure: Failure) -> Failure {
    let held = engine.held_bundles();
    if engine.would_lose_a_token() {
        return failure.with_words(|words| LOST.clone_into(&mut words.advice));
    }
    if !held.is_empty() {
        return failure.with_words(|words| errors::HELD_SEALED.clone_into(&mut words.advice));
    }
    let mut failure = failure.with_words(|words| {
        "The keychain has taken it since: nothing is lost. Run the command again.".clone_into(&mut words.advice);
        words.detail.clear();
    });
    failure.exit = Exit::Temporary;
    failure
}

/// Said where a person gave it up.
const LOST: &str = "It was in this program's memory only, and is lost with it. If the provider refuses the one before, \
                    reconnect.";

/// What is said of held tokens when a program was told to end: where they are.
pub(crate) fn farewell(engine: &Engine) -> Option<String> {
    let held = engine.held_bundles();
    if engine.would_lose_a_token() {
        return Some(format!("{} {LOST}", headline(&held)));
    }
    (!held.is_empty()).then(|| format!("{} {ADVICE} Sealed on the disk, it is safe.", headline(&held)))
}

fn nothing_held() -> Failure {
    let words = FailureWords {
        code: "nothing_held",
        happened: "Nothing waits for the keychain, so there is nothing to save.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
