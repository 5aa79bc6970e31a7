//! Patchbay's own parts, checked: so that a report begins with facts.

use std::path::Path;

use domain::lifecycle::refresh_mode::RefreshMode;
use engine::flows::doctor::Part;
use engine::{Engine, Error};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::held;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::{counted, errors, modes};

/// One part, for programs.
#[derive(Serialize)]
struct CheckJson<'a> {
    part: &'a str,
    ok: bool,
    found: &'a str,
    advice: Option<&'a str>,
}

pub(crate) async fn doctor(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let checks = engine.check_self().await;
    let mut rows: Vec<CheckJson<'_>> = checks
        .iter()
        .map(|check| CheckJson {
            part: check.part.as_str(),
            ok: check.is_well,
            found: &check.found,
            advice: check.advice.as_deref(),
        })
        .collect();
    let (mode, held) = (engine.refresh_mode(), engine.held_bundles());
    let (found, meaning) = mode.as_ref().map_or(("the database does not say", ""), |mode| modes::sentence(*mode));
    let is_usual = matches!(mode, Ok(RefreshMode::On));
    let advice = Some(meaning).filter(|_| !is_usual);
    rows.push(CheckJson { part: "refreshing", ok: mode.is_ok(), found, advice });
    let waiting = (!held.is_empty()).then(|| held::headline(&held));
    let beside = match engine.needless_seal_files() {
        Ok(files) if files.is_empty() => None,
        Ok(files) => Some((true, held::needless_sentence(&files), held::NEEDLESS_ADVICE)),
        Err(error) => {
            let found = format!("the folder cannot be read: {}", source_of(&error));
            Some((false, found, "Move what lies at held in the data folder out of the way; it is to be a folder."))
        }
    };
    if let Some((ok, found, advice)) = &beside {
        rows.push(CheckJson { part: "held tokens", ok: *ok, found, advice: Some(advice) });
    }
    // A database that cannot be read says so in its own line.
    let unopened = engine.unopened_seals().unwrap_or_default();
    let unopened: Vec<_> =
        unopened.iter().map(|it| (held::unopened_sentence(it), errors::unopened_advice(&it.connection))).collect();
    rows.extend(unopened.iter().map(|(found, advice)| CheckJson {
        part: "held tokens",
        ok: false,
        found,
        advice: Some(advice),
    }));
    if let Some(found) = &waiting {
        rows.push(CheckJson { part: "held tokens", ok: false, found, advice: Some(held::ADVICE) });
    }
    print(terminal, engine.data_folder(), &rows)?;

    let keychain_is_well = checks.iter().all(|check| check.part != Part::Keychain || check.is_well);
    Ok(match (keychain_is_well, rows.iter().all(|row| row.ok)) {
        (true, true) => Exit::Done,
        (true, false) => Exit::Failed,
        (false, _) => Exit::KeychainUnavailable,
    })
}

/// What the system said.
fn source_of(error: &Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    source.to_string()
}

/// The database did not even open: that is the finding.
pub(crate) fn report_unopened(terminal: &Terminal, home: &Path, error: &Error) -> Result<Exit, Failure> {
    let (exit, _, words) = crate::words::errors::explain(error);
    let found = [words.happened.as_str(), words.meaning.as_str()].join(" ");
    print(
        terminal,
        home,
        &[CheckJson { part: "database", ok: false, found: found.trim(), advice: Some(&words.advice) }],
    )?;
    Ok(exit)
}

fn print(terminal: &Terminal, home: &Path, rows: &[CheckJson<'_>]) -> Result<(), Failure> {
    if terminal.is_json() {
        return rows.iter().try_for_each(|row| terminal.object(row));
    }
    let headline = match rows.iter().filter(|row| !row.ok).count() {
        0 if rows.iter().any(|row| row.advice.is_some()) => "Nothing is broken; see the notes.".to_owned(),
        0 => "Everything Patchbay needs is here.".to_owned(),
        1 => "One part needs you.".to_owned(),
        count => format!("{} need you.", counted(count, "part")),
    };
    let mut table = Table::new(&["", "", ""]);
    for row in rows {
        let mark = match (row.ok, row.advice) {
            (false, _) => Text::styled(BAD, "✗"),
            // Nothing is broken, and it is not as usual.
            (true, Some(_)) => Text::styled(WARN, "·"),
            (true, None) => Text::styled(WELL, "✓"),
        };
        table.row(vec![mark, Text::from(row.part), Text::from(row.found)]);
        if let Some(advice) = row.advice {
            table.below(Text::from("   ").plain(advice));
        }
    }
    let head = [
        Text::styled(STRONG, headline),
        Text::styled(FAINT, format!("Data folder: {}", home.display())),
        Text::default(),
    ];
    terminal.say(head.into_iter().chain(table.lines()))
}
