//! New tokens that the keychain would not take: listed, saved in an encrypted file, taken back [A5, S154].

use domain::diagnosis::ActionLabel;
use domain::display_text::cleaned;
use engine::Engine;
use engine::flows::held::{HeldBundle, HeldImport};
use engine::flows::unopened_seals::UnopenedSeal;
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{HeldExportArguments, HeldImportArguments};
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::secret_entry::{PASSPHRASE, from_prompt_unless_told, from_stdin, new_passphrase};
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
    /// In the memory of another process alone: which one, where the system says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<HolderJson<'a>>,
}

/// A sealed token that is out of reach, for programs.
#[derive(Serialize)]
struct UnopenedJson<'a> {
    connection: &'a str,
    name: &'a str,
    sealed: bool,
    /// `missing`, or `unreadable`.
    state: &'static str,
    /// Where it lies now, or lay.
    file: String,
    /// Where it has to lie to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_back_as: Option<String>,
}

/// A process that must not be ended.
#[derive(Serialize)]
struct HolderJson<'a> {
    pid: Option<u32>,
    program: Option<&'a str>,
}

/// What was taken back, for programs.
#[derive(Serialize)]
struct ImportedJson<'a> {
    file: &'a str,
    count: usize,
    not_on_this_board: usize,
}

/// What was saved, for programs.
#[derive(Serialize)]
struct ExportedJson<'a> {
    file: &'a str,
    count: usize,
}

pub(crate) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    // A folder that cannot be read is not the same as an empty one.
    let (held, unopened) = (engine.held_bundles(), engine.unopened_seals()?);
    let exit = match engine.unusable_seals() {
        Ok(_) => {
            let needless = engine.needless_seal_files()?;
            if !needless.is_empty() {
                terminal.warn([Text::from(needless_sentence(&needless)), Text::from(format!("  {NEEDLESS_ADVICE}"))]);
            }
            Exit::Done
        }
        // What a program has in its memory is known all the same, and nothing presses more.
        Err(error) if !held.is_empty() => {
            terminal.warn([Text::from(Failure::from(error).sentence())]);
            Exit::Failed
        }
        Err(error) => return Err(error.into()),
    };
    if terminal.is_json() {
        for bundle in &held {
            let (connection, name) = (bundle.connection.as_str(), bundle.name.as_str());
            let elsewhere =
                bundle.elsewhere.as_ref().map(|it| HolderJson { pid: it.pid, program: it.program.as_deref() });
            let (since, sealed) = (bundle.since, bundle.is_sealed);
            terminal.object(&HeldJson { connection, name, since, sealed, elsewhere })?;
        }
        for seal in &unopened {
            let lies_at = seal.lies_at();
            terminal.object(&UnopenedJson {
                connection: seal.connection.as_str(),
                name: &seal.name,
                sealed: true,
                state: if seal.is_missing { "missing" } else { "unreadable" },
                file: lies_at.display().to_string(),
                put_back_as: (lies_at != seal.file).then(|| seal.file.display().to_string()),
            })?;
        }
        return Ok(exit);
    }
    if !unopened.is_empty() {
        let lines = unopened.iter().flat_map(|seal| {
            let advice = errors::unopened_advice(&seal.connection);
            [Text::styled(BAD, "▲ ").plain(unopened_sentence(seal)), Text::from(format!("  {advice}"))]
        });
        terminal.say(lines.collect::<Vec<_>>())?;
        if held.is_empty() {
            return Ok(exit);
        }
        terminal.say([Text::default()])?;
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
            Text::from(match &bundle.elsewhere {
                Some(holder) => format!("in memory of {holder} only"),
                None if bundle.is_sealed => "sealed on the disk".to_owned(),
                None => "in memory only".to_owned(),
            }),
            Text::styled(FAINT, bundle.connection.as_str()),
        ]);
    }
    let mut head = vec![Text::styled(STRONG, headline(&held))];
    head.extend(held.iter().any(|it| it.elsewhere.is_none()).then(|| Text::from(ADVICE)));
    head.extend(held.iter().filter_map(elsewhere_sentence).map(|it| Text::styled(BAD, "▲ ").plain(it)));
    head.push(Text::default());
    terminal.say(head.into_iter().chain(table.lines()))?;
    Ok(exit)
}

/// What helps while something is held.
pub(crate) const ADVICE: &str = "See that the keychain is unlocked and the disk has room; the next command stores it.";

/// What helps while a token is in a program's memory alone.
pub(crate) const UNSAVED_ADVICE: &str = "unlock the keychain, or free disk space; it is then saved by itself.";

/// "Do not end process 4711 (patchbay): the new token of Gmail is in its memory alone, …" `None`: it is not elsewhere.
pub(crate) fn elsewhere_sentence(bundle: &HeldBundle) -> Option<String> {
    let holder = bundle.elsewhere.as_ref()?;
    let name = &bundle.name;
    Some(format!(
        "Do not end {holder}: the new token of {name} is in its memory alone, and is lost with it. Instead {UNSAVED_ADVICE}"
    ))
}

/// "The new token of Gmail is not here: it was saved in a file of yours, or lay sealed at …"
pub(crate) fn unopened_sentence(seal: &UnopenedSeal) -> String {
    let (name, file) = (&seal.name, seal.file.display().to_string());
    if seal.is_missing {
        format!("The new token of {name} is not here: you saved it in a file of your own, or it lay sealed at {file}.")
    } else {
        format!("The new token of {name}, sealed on the disk, cannot be opened: {}.", errors::put_aside(&file))
    }
}

/// "1 file in the folder of sealed tokens is of no use: …"
pub(crate) fn needless_sentence(files: &[String]) -> String {
    let (count, is) = (counted(files.len(), "file"), if files.len() == 1 { "is" } else { "are" });
    let named: Vec<_> = files.iter().take(MOST_NAMED).map(|it| cleaned(it, 80)).collect();
    let rest = if files.len() > MOST_NAMED { ", …" } else { "." };
    format!("{count} in the folder of sealed tokens {is} of no use: {}{rest}", named.join(", "))
}

/// Files that are named one by one.
const MOST_NAMED: usize = 8;

/// What there is to be done about them.
pub(crate) const NEEDLESS_ADVICE: &str = "No connection waits for them; they can be deleted.";

/// "2 new tokens wait for the keychain."
pub(crate) fn headline(held: &[HeldBundle]) -> String {
    let wait = if held.len() == 1 { "waits" } else { "wait" };
    format!("{} {wait} for the keychain.", counted(held.len(), "new token"))
}

pub(crate) async fn export(engine: &Engine, terminal: &Terminal, asked: &HeldExportArguments) -> Result<Exit, Failure> {
    let held = engine.held_bundles();
    if held.is_empty() {
        return Err(nothing_held());
    }
    if held.iter().all(|it| it.elsewhere.is_some()) {
        return Err(only_elsewhere(&held));
    }
    for not_saved in held.iter().filter_map(elsewhere_sentence) {
        terminal.warn([Text::from(not_saved)]);
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
        unless_told("Cancelled; nothing was saved, and the tokens still wait.", new_passphrase()).await??
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
    let file = asked.from.display().to_string();
    // Before anybody types a passphrase.
    if !asked.from.exists() {
        let words = FailureWords {
            code: errors::HELD_UNREADABLE,
            happened: format!("There is no file {file}."),
            advice: "Nothing was changed. Check the name.".to_owned(),
            ..FailureWords::default()
        };
        return Err(Failure::new(Exit::Failed, ActionLabel::None, words));
    }
    let passphrase = if asked.passphrase_stdin {
        from_stdin(PASSPHRASE)?
    } else if terminal.is_attended() {
        let typed = from_prompt_unless_told("Passphrase of the file: ").await?;
        typed.ok_or_else(|| Failure::usage("An empty passphrase opens nothing."))?
    } else {
        return Err(Failure::usage("Nobody is there to be asked; give the passphrase with --passphrase-stdin."));
    };
    let import = engine.import_held(&asked.from, &passphrase).await.map_err(|error| {
        let is_of_file = matches!(error, engine::Error::HeldUnreadable(_));
        let failure = Failure::from(error);
        if is_of_file { failure.with_words(|words| words.meaning = format!("The file is {file}.")) } else { failure }
    })?;

    let HeldImport { taken_count, strange_count } = import;
    if strange_count > 0 {
        let connections = counted(strange_count, "connection");
        terminal.warn([Text::from(format!(
            "{connections} of this file {} not on this board, and nothing of {} was taken: keep the file, and import it \
             where {} (patchbay --home FOLDER held import).",
            if strange_count == 1 { "is" } else { "are" },
            if strange_count == 1 { "it" } else { "them" },
            if strange_count == 1 { "it is" } else { "they are" },
        ))]);
    }
    if terminal.is_json() {
        terminal.object(&ImportedJson { file: &file, count: taken_count, not_on_this_board: strange_count })?;
    } else if taken_count > 0 {
        terminal.say([Text::styled(STRONG, format!("{} taken into the keychain.", counted(taken_count, "token")))])?;
    } else if strange_count == 0 {
        terminal.say([Text::from("Nothing in it is newer than what the keychain holds; nothing was changed.")])?;
    }
    Ok(if strange_count > 0 { Exit::Failed } else { Exit::Done })
}

/// Why the export waits as well.
const SEALED_TO_THE_KEYCHAIN: &str = "What lies sealed is opened by the keychain alone; until then it is safe where it lies. A running Patchbay window \
     that holds a token itself can export it.";

/// Nobody but the process itself can save what is in its memory.
fn only_elsewhere(held: &[HeldBundle]) -> Failure {
    let words = FailureWords {
        code: errors::HELD_ELSEWHERE,
        happened: headline(held),
        meaning:
            "Only the program that holds it can save it: press Enter in its terminal, and it asks for a file and a \
                  passphrase. A Patchbay window exports it by itself."
                .to_owned(),
        advice: held.iter().filter_map(elsewhere_sentence).collect::<Vec<_>>().join(" "),
        ..FailureWords::default()
    };
    Failure::new(Exit::KeychainUnavailable, ActionLabel::None, words)
}

fn nothing_held() -> Failure {
    let words = FailureWords {
        code: "nothing_held",
        happened: "Nothing waits for the keychain, so there is nothing to save.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, words)
}
