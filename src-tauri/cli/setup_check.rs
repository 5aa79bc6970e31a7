//! Check my setup at the terminal: a line for each setting, verdict first, evidence beside it [C5].

use std::collections::BTreeMap;

use domain::diagnosis::setup_check::{SetupLine, SetupPart, Verdict, overall};
use engine::Engine;
use engine::flows::setup_check::SetupCheck;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::waiting;
use crate::words::counted;

/// One line, for programs.
#[derive(Serialize)]
struct LineJson<'a> {
    client: Option<&'a str>,
    setting: &'static str,
    verdict: &'static str,
    evidence: &'a str,
    advice: Option<&'a str>,
    at: jiff::Timestamp,
}

pub(crate) async fn check(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let client = engine.find_client(typed)?;
    let check = engine.check_client(&client.id).await?;
    print(terminal, &client.name, Some(client.id.as_str()), &check)?;
    Ok(exit(&check.lines))
}

/// The provider by itself, then each known client of it.
pub(crate) async fn check_provider(
    engine: &Engine,
    terminal: &Terminal,
    typed: &str,
    settings: Vec<(String, String)>,
) -> Result<Exit, Failure> {
    let provider = waiting::for_server(terminal, typed, engine.find_or_discover(typed)).await?;
    let settings: BTreeMap<_, _> = settings.into_iter().collect();
    let clients = engine.list_clients_of(&provider.id)?;
    if clients.is_empty() {
        engine.with_whole_addresses(provider.clone(), None, &settings)?;
        let check = engine.check_provider(typed, &settings).await?;
        print(terminal, &provider.name, None, &check)?;
        return Ok(exit(&check.lines));
    }
    let mut exits = vec![];
    for (client, _) in clients {
        let check = engine.check_client(&client.id).await?;
        print(terminal, &client.name, Some(client.id.as_str()), &check)?;
        exits.push(exit(&check.lines));
    }
    let worst = [Exit::Failed, Exit::Temporary].into_iter().find(|it| exits.contains(it));
    Ok(worst.unwrap_or(Exit::Done))
}

pub(crate) fn exit(lines: &[SetupLine]) -> Exit {
    match overall(lines) {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Failed,
        // Without a client there is no pair to be told of.
        Verdict::NotKnown if lines.iter().any(|it| it.part == SetupPart::TokenUrl && it.verdict == Verdict::Passed) => {
            Exit::Done
        }
        Verdict::NotKnown => Exit::Temporary,
    }
}

fn print(terminal: &Terminal, name: &str, client: Option<&str>, check: &SetupCheck) -> Result<(), Failure> {
    if terminal.is_json() {
        return check.lines.iter().try_for_each(|line| {
            terminal.object(&LineJson {
                client,
                setting: line.part.as_str(),
                verdict: line.verdict.as_str(),
                evidence: &line.evidence,
                advice: line.advice.as_deref(),
                at: check.at,
            })
        });
    }
    terminal.say(page(name, check))
}

pub(crate) fn page(name: &str, check: &SetupCheck) -> Vec<Text> {
    let count = |verdict| check.lines.iter().filter(|line| line.verdict == verdict).count();
    let sentence = match (count(Verdict::Failed), count(Verdict::NotKnown)) {
        (0, 0) => format!("{name}: every setting is right."),
        (0, unknown) => format!("{name}: nothing is wrong; {} only a sign-in shows.", counted(unknown, "thing")),
        (failed, _) => format!("{name}: {} to mend.", counted(failed, "thing")),
    };
    let mut table = Table::new(&["", "", ""]);
    for line in &check.lines {
        let mark = match line.verdict {
            Verdict::Passed => Text::styled(WELL, "  ✓"),
            Verdict::Failed => Text::styled(BAD, "  ✗"),
            Verdict::NotKnown => Text::styled(FAINT, "  ?"),
        };
        table.row(vec![mark, Text::from(title(line.part)), Text::from(&line.evidence)]);
        if let Some(advice) = &line.advice {
            table.below(Text::styled(FAINT, "       → ").plain(advice));
        }
    }
    let mut lines = vec![Text::styled(STRONG, sentence), Text::default()];
    lines.extend(table.lines());
    lines
}

/// What a person calls it.
pub(crate) fn title(part: SetupPart) -> &'static str {
    match part {
        SetupPart::AuthorizeUrl => "Authorize URL",
        SetupPart::TokenUrl => "Token URL",
        SetupPart::RefreshUrl => "Refresh URL",
        SetupPart::ClientPair => "Client id and secret",
        SetupPart::RedirectUri => "Redirect URI",
        SetupPart::Scopes => "Scopes",
        SetupPart::ResponseMapping => "Reading the answer",
        SetupPart::TestCall => "Test call",
        SetupPart::Discovery => "Provider's document",
        SetupPart::Pkce => "PKCE",
        SetupPart::Clock => "Clock",
        SetupPart::Listener => "Listener",
        SetupPart::Keychain => "Keychain",
    }
}
