//! Imports from another tool's file: the preview first, then what was named; secrets appear as fingerprints only
//! [A1, A3, A8].

use std::path::Path;

use domain::blast_radius::PlatformKind;
use engine::flows::file_kinds::kind_of_file;
use engine::flows::import_connections::{ImportItem, ImportPreview, TakenItem, TakenOutcome};
use engine::flows::read_platform::holds_workflows;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{ImportArguments, ImportWorkflowsArguments};
use crate::ending::{self, unless_told};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::platforms;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::causes;
use crate::words::counted;
use crate::words::import as words;

/// Said where Ctrl-C came before anything was taken.
const NOTHING_TAKEN: &str = "Cancelled; nothing was taken.";

/// A line of the preview, for programs.
#[derive(Serialize)]
struct ItemJson<'a> {
    of: &'static str,
    number: usize,
    format: &'static str,
    file: &'a str,
    place: &'a str,
    name: &'a str,
    provider: Option<&'a str>,
    certainty: Option<&'static str>,
    client_id: Option<&'a str>,
    client_secret_fingerprint: Option<&'a str>,
    refresh_token_fingerprint: Option<&'a str>,
    access_token_fingerprint: Option<&'a str>,
    expires_at: Option<Timestamp>,
    scopes: &'a [String],
    account: Option<&'a str>,
    warnings: Vec<&'static str>,
    refusal: Option<&'static str>,
}

/// What became of a line, for programs.
#[derive(Serialize)]
struct TakenJson<'a> {
    of: &'static str,
    number: usize,
    name: &'a str,
    outcome: &'static str,
    client: Option<&'a str>,
    connection: Option<&'a str>,
    account: Option<&'a str>,
    twin: Option<&'a str>,
    cause: Option<&'static str>,
    error: Option<String>,
}

pub(crate) async fn import(engine: &Engine, terminal: &Terminal, asked: ImportArguments) -> Result<Exit, Failure> {
    let has_workflows = || kind_of_file(&asked.path) == Some(PlatformKind::N8n) && holds_workflows(&asked.path);
    if let Some(kind) = asked.format.workflows_of(has_workflows) {
        let asked =
            ImportWorkflowsArguments { path: asked.path, kind: Some(kind), platform: None, name: None, customer: None };
        return platforms::import_workflows(engine, terminal, asked).await;
    }
    let previewing = engine.preview_import(&asked.path, asked.format.format());
    let preview = unless_told(NOTHING_TAKEN, previewing).await?.map_err(|error| {
        let is_of_file = matches!(error, Error::ImportRefused(_));
        rightly_called(error.into(), is_of_file.then_some(asked.path.as_path()))
    })?;
    if preview.items.is_empty()
        && let Some(kind) = kind_of_file(&asked.path)
    {
        engine.drop_import(&preview.id);
        return Err(Failure::of_workflows(&asked.path, kind));
    }
    show(terminal, &preview)?;
    let Some(numbers) = unless_told(NOTHING_TAKEN, chosen(terminal, &preview, &asked)).await?? else {
        engine.drop_import(&preview.id);
        return Ok(Exit::Done);
    };
    let taking = engine.take_import(&preview.id, &numbers, asked.environment.into());
    let taken = tokio::select! {
        taken = taking => taken,
        () = ending::interrupted_twice_or_quiet(engine, terminal) => {
            let exit = ending::say_what_is_left(engine, terminal);
            let left = "Cancelled; what was taken until then stays. See patchbay list.";
            return if exit == Exit::Failed { Err(Failure::cancelled(left)) } else { Ok(exit) };
        }
    };
    engine.drop_import(&preview.id);
    let taken = taken?;

    let mut exit = Exit::Done;
    for item in taken {
        report(terminal, &item)?;
        if let TakenOutcome::Failed(error) = item.outcome {
            let failure = Failure::from(error);
            exit = failure.exit;
            if !terminal.is_json() {
                terminal.warn([Text::from(format!("{} was not taken. {}", item.name, failure.sentence()))]);
                terminal.warn(failure.advice().map(|advice| Text::from("  ").plain(advice)));
            }
        }
    }
    Ok(exit)
}

/// A file of workflows is told from one that nobody knows.
fn rightly_called(failure: Failure, path: Option<&Path>) -> Failure {
    match path.and_then(|path| Some((path, kind_of_file(path)?))) {
        // Credentials of n8n are what was asked for, and something else is wrong with them.
        Some((path, kind)) if kind != PlatformKind::N8n || holds_workflows(path) => Failure::of_workflows(path, kind),
        Some(_) | None => failure,
    }
}

fn show(terminal: &Terminal, preview: &ImportPreview) -> Result<(), Failure> {
    if terminal.is_json() {
        for item in &preview.items {
            terminal.object(&ItemJson {
                of: "item",
                number: item.number,
                format: preview.format.as_str(),
                file: &item.file,
                place: &item.place,
                name: &item.name,
                provider: item.provider.as_ref().map(|it| it.id.as_str()),
                certainty: item.provider.as_ref().map(|it| it.certainty.as_str()),
                client_id: item.client_id.as_deref(),
                client_secret_fingerprint: item.client_secret.as_ref().map(domain::Fingerprint::as_str),
                refresh_token_fingerprint: item.refresh_token.as_ref().map(domain::Fingerprint::as_str),
                access_token_fingerprint: item.access_token.as_ref().map(domain::Fingerprint::as_str),
                expires_at: item.expires_at,
                scopes: &item.scopes,
                account: item.account.as_deref(),
                warnings: item.warnings.iter().map(words::warning_code).collect(),
                refusal: item.refusal.as_ref().map(words::refusal_code),
            })?;
        }
        return Ok(());
    }
    let from = preview.format.tool();
    let head = match preview.items.len() {
        0 => format!("Nothing in it can be imported (read as a file of {from})."),
        count => format!("{} in a file of {from}. Nothing is taken yet.", counted(count, "find")),
    };
    let mut lines = vec![Text::styled(STRONG, head)];
    for item in &preview.items {
        lines.extend(item_lines(item));
    }
    if preview.passed_over > 0 {
        lines.push(Text::styled(FAINT, format!("Passed over: {} of other kinds.", preview.passed_over)));
    }
    terminal.say(lines)
}

fn item_lines(item: &ImportItem) -> Vec<Text> {
    let number = format!("{:>3}  ", item.number);
    let what = match (&item.client_id, item.refresh_token.is_some() || item.access_token.is_some()) {
        (Some(_), true) => "client and grant",
        (Some(_), false) => "client",
        (None, true) => "grant",
        (None, false) => "nothing usable",
    };
    let mut lines = vec![
        Text::from(number)
            .and(STRONG, &item.name)
            .plain(format!("  {what}"))
            .and(FAINT, format!("  {} {}", item.file, item.place)),
    ];
    let mut fact = |label: &str, text: String| lines.push(Text::styled(FAINT, format!("     {label}  ")).plain(text));
    if let Some(provider) = &item.provider {
        fact("provider", format!("{}, {}", provider.name, words::certainty(provider.certainty)));
    }
    if let Some(client) = &item.client_id {
        let secret = item.client_secret.as_ref().map_or_else(|| "no secret".to_owned(), |it| format!("secret {it}"));
        fact("client  ", format!("{client}, {secret}"));
    }
    let tokens = [("refresh", &item.refresh_token), ("access", &item.access_token)];
    let tokens: Vec<String> =
        tokens.iter().filter_map(|(kind, token)| Some(format!("{kind} {}", token.as_ref()?))).collect();
    if !tokens.is_empty() {
        fact("tokens  ", tokens.join(", "));
    }
    if let Some(account) = &item.account {
        fact("account ", format!("{account}, as the file says"));
    }
    if !item.scopes.is_empty() {
        fact("scopes  ", item.scopes.join(" "));
    }
    lines.extend(item.warnings.iter().map(|it| Text::styled(WARN, "     ! ").plain(words::warning(it))));
    lines.extend(item.refusal.iter().map(|it| Text::styled(BAD, "     ✕ ").plain(words::refusal(it))));
    lines
}

/// The lines to take; `None`: none.
async fn chosen(
    terminal: &Terminal,
    preview: &ImportPreview,
    asked: &ImportArguments,
) -> Result<Option<Vec<usize>>, Failure> {
    let can_be_taken: Vec<usize> = preview.items.iter().filter(|it| it.refusal.is_none()).map(|it| it.number).collect();
    let numbers = if asked.all {
        can_be_taken
    } else if !asked.take.is_empty() {
        if let Some(unknown) = asked.take.iter().find(|it| preview.items.iter().all(|item| item.number != **it)) {
            return Err(Failure::usage(format!("There is no line {unknown} in the preview. Nothing was taken.")));
        }
        if let Some(wrong) = asked.take.iter().find(|it| !can_be_taken.contains(it)) {
            return Err(Failure::usage(format!("{wrong} cannot be taken; the preview says why. Nothing was taken.")));
        }
        asked.take.clone()
    } else if terminal.is_attended() && !terminal.is_json() && !can_be_taken.is_empty() {
        let answer = terminal.ask("Take which? (1,3 or all; Enter: none) ").await.unwrap_or_default();
        if answer == "all" {
            return Ok(Some(can_be_taken));
        }
        let typed: Result<Vec<usize>, _> =
            answer.split([',', ' ']).filter(|it| !it.is_empty()).map(str::parse).collect();
        let typed = typed.ok().filter(|typed| typed.iter().all(|it| can_be_taken.contains(it)));
        let typed = typed.ok_or_else(|| Failure::usage("That is no list of lines that can be taken."))?;
        return Ok(Some(typed).filter(|typed| !typed.is_empty()));
    } else {
        return Ok(None);
    };
    if numbers.is_empty() {
        return Ok(None);
    }
    if !asked.yes {
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to take them."));
        }
        let answer = terminal.ask(&format!("Take {}? [y/N] ", counted(numbers.len(), "line"))).await;
        if !matches!(answer.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from("Nothing was taken.")]);
            return Ok(None);
        }
    }
    Ok(Some(numbers))
}

fn report(terminal: &Terminal, item: &TakenItem) -> Result<(), Failure> {
    if terminal.is_json() {
        return terminal.object(&taken_json(item));
    }
    let well = |text: String| Text::styled(WELL, "● ").plain(text);
    let part = |text: String| Text::styled(WARN, "◐ ").plain(text);
    let line = match &item.outcome {
        TakenOutcome::Client { .. } => well(format!("{}: its client is known here.", item.name)),
        TakenOutcome::Connected { connection, account, failure: None } => {
            let account = account.as_ref().map(|it| format!(" as {it}")).unwrap_or_default();
            well(format!("{} is connected{account}.", item.name)).and(FAINT, format!("  {connection}"))
        }
        TakenOutcome::Connected { connection, failure: Some(diagnosis), .. } => {
            let why = causes::sentence(diagnosis.cause, item.provider.as_deref().unwrap_or("The provider"));
            part(format!("{} is on the board, and its first call failed: {why}", item.name))
                .and(FAINT, format!("  {connection}"))
        }
        TakenOutcome::AlreadyOnBoard { connection } => {
            part(format!("{}: that account is on the board already.", item.name)).and(FAINT, format!("  {connection}"))
        }
        TakenOutcome::KeptBeside { connection, twin } => part(format!(
            "{}: that account is on the board already ({twin}). Asking spent the file's token, so the new one is kept \
             beside it.",
            item.name
        ))
        .and(FAINT, format!("  {connection}")),
        TakenOutcome::Failed(_) => return Ok(()),
    };
    terminal.say([line])
}

fn taken_json(item: &TakenItem) -> TakenJson<'_> {
    let mut json = TakenJson {
        of: "taken",
        number: item.number,
        name: &item.name,
        outcome: "",
        client: None,
        connection: None,
        account: None,
        twin: None,
        cause: None,
        error: None,
    };
    match &item.outcome {
        TakenOutcome::Client { client } => (json.outcome, json.client) = ("client", Some(client.as_str())),
        TakenOutcome::Connected { connection, account, failure } => {
            (json.outcome, json.connection, json.account) =
                ("connected", Some(connection.as_str()), account.as_deref());
            json.cause = failure.as_ref().map(|diagnosis| diagnosis.cause.as_str());
        }
        TakenOutcome::AlreadyOnBoard { connection } => {
            (json.outcome, json.connection) = ("already_on_board", Some(connection.as_str()));
        }
        TakenOutcome::KeptBeside { connection, twin } => {
            (json.outcome, json.connection, json.twin) =
                ("kept_beside", Some(connection.as_str()), Some(twin.as_str()));
        }
        TakenOutcome::Failed(error) => (json.outcome, json.error) = ("failed", Some(error.to_string())),
    }
    json
}
