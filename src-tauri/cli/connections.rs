//! Connections listed, shown, disconnected and forgotten [A6, A10, B1].

use anstyle::Style;
use domain::connection::status::Lamp;
use domain::connection::{Connection, GrantState};
use domain::diagnosis::Diagnosis;
use domain::token::Expiry;
use engine::Engine;
use engine::flows::disconnect::RevocationResult;
use engine::flows::overview::{ConnectionDetail, ConnectionOverview};
use serde::Serialize;

use crate::arguments::DisconnectArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::{ConnectionJson, DetailJson};
use crate::table::{Table, facts, shortened};
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::Now;
use crate::words::{causes, farewell, status};

/// Room for an account in a list.
const ACCOUNT_WIDTH: usize = 30;

/// What a disconnect did, for programs.
#[derive(Serialize)]
struct DisconnectedJson {
    disconnected: String,
    revocation: &'static str,
    http_status: Option<u16>,
    stranded: usize,
}

/// What a forget did, for programs.
#[derive(Serialize)]
struct ForgottenJson {
    forgotten: String,
}

pub(crate) fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let board = engine.board()?;
    if terminal.is_json() {
        for overview in &board.connections {
            terminal.object(&ConnectionJson::from(overview))?;
        }
        return Ok(Exit::Done);
    }

    let now = Now::here();
    let mut lines = vec![Text::styled(STRONG, status::headline(&board, &now))];
    if board.connections.is_empty() {
        lines.push(Text::from("See what can be connected: patchbay provider list"));
        lines.push(Text::from("Then: patchbay connect PROVIDER --client-id ID"));
        terminal.say(lines)?;
        return Ok(Exit::Done);
    }

    let mut table = Table::new(&[
        "  Name",
        "Account",
        "Workspace",
        "Environment",
        "Status",
        "Grant until",
        "Last proved",
        "Dependants",
        "Id",
    ]);
    let is_mixed =
        board.connections.iter().any(|it| it.connection.environment != board.connections[0].connection.environment);
    for overview in &board.connections {
        table.row(row(overview, &now, is_mixed));
        if let Some(line) = second_line(overview, &now) {
            table.below(line);
        }
    }
    lines.push(Text::default());
    // On a narrow screen these leave, the first first: marks and accounts never do.
    lines.extend(table.within(terminal.columns(), &[5, 2, 7, 6]).lines());
    terminal.say(lines)?;
    Ok(Exit::Done)
}

fn row(overview: &ConnectionOverview, now: &Now, is_mixed: bool) -> Vec<Text> {
    let connection = &overview.connection;
    let (lamp, state) = (overview.status.lamp, colour(overview.status.lamp));
    let detail = status::detail(overview, now);
    let needs_word = matches!(lamp, Lamp::Expiring | Lamp::ReauthRequired);
    let word = Text::styled(if needs_word { state } else { Style::new() }, lamp.as_str());
    let identity = &connection.identity;
    vec![
        Text::styled(state, status::lamp(lamp)).plain(" ").plain(&connection.name),
        Text::from(shortened(identity.account().unwrap_or_default(), ACCOUNT_WIDTH)),
        Text::from(shortened(identity.workspace().unwrap_or_default(), ACCOUNT_WIDTH)),
        Text::from(if is_mixed { connection.environment.as_str() } else { "" }),
        if detail.is_empty() { word } else { word.plain(", ").plain(detail) },
        Text::from(status::grant_end(overview, now)),
        Text::from(status::proof(overview, now)),
        Text::from(status::dependants(overview.dependant_count)),
        Text::styled(FAINT, connection.id.as_str()),
    ]
}

/// Only where a person is needed: what happened, then what heals.
fn second_line(overview: &ConnectionOverview, now: &Now) -> Option<Text> {
    match overview.status.lamp {
        Lamp::ReauthRequired | Lamp::Expiring => {
            let (sentence, advice) = status::sentence(overview, now);
            Some(Text::from("  ").plain(sentence).plain(" ").and(FAINT, advice))
        }
        Lamp::Active | Lamp::Unproved | Lamp::Disconnected => None,
    }
}

/// Colour stands for states only.
pub(crate) fn colour(lamp: Lamp) -> Style {
    match lamp {
        Lamp::Active => WELL,
        Lamp::Expiring => WARN,
        Lamp::ReauthRequired => BAD,
        Lamp::Unproved => Style::new(),
        Lamp::Disconnected => FAINT,
    }
}

pub(crate) fn show(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let connection = engine.find_connection(typed)?;
    let detail = engine.detail(&connection.id)?;
    if terminal.is_json() {
        terminal.object(&DetailJson::from(&detail))?;
    } else {
        terminal.say(page(&detail, &Now::here()))?;
    }
    Ok(Exit::Done)
}

/// The sentence, what to do, then the evidence.
fn page(detail: &ConnectionDetail, now: &Now) -> Vec<Text> {
    let overview = &detail.overview;
    let connection = &overview.connection;
    let lamp = overview.status.lamp;
    let (sentence, advice) = status::sentence(overview, now);
    let mut lines = vec![
        Text::styled(colour(lamp), status::lamp(lamp))
            .plain(" ")
            .and(STRONG, &connection.name)
            .plain("  ")
            .and(FAINT, connection.id.as_str()),
        Text::from("  ").plain(sentence),
    ];
    if !advice.is_empty() {
        lines.push(Text::from("  ").plain(advice));
    }
    lines.push(Text::default());

    let identity = &connection.identity;
    let since = format!("{}, since {}", lamp.as_str(), now.moment(overview.status.since));
    let missing: Vec<_> = connection.scopes.missing().map(String::as_str).collect();
    let kind = identity.account_kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
    lines.extend(facts(vec![
        ("Account", Some(Text::from(format!("{}{kind}", identity.account().unwrap_or("not visible"))))),
        ("Workspace", identity.workspace().map(Text::from)),
        ("Customer", connection.customer.as_ref().map(Text::from)),
        ("Provider", Some(named(&overview.provider.name, connection.provider.as_str()))),
        ("Client", Some(named(&detail.client.name, detail.client.id.as_str()))),
        ("Environment", Some(Text::from(connection.environment.as_str()))),
        ("Status", Some(Text::from(since))),
        ("Last proved", Some(Text::from(status::proof(overview, now)))),
        ("Token", Some(token_line(connection, overview, now))),
        ("Grant", Some(Text::from(grant_line(overview, now)))),
        ("Scopes", Some(scopes(&connection.scopes.granted))),
        ("Not granted", (!missing.is_empty()).then(|| Text::styled(WARN, missing.join(" ")))),
        ("Dependants", Some(dependants(detail))),
    ]));
    lines
}

fn named(name: &str, id: &str) -> Text {
    if name == id { Text::from(name) } else { Text::from(name).plain("  ").and(FAINT, id) }
}

fn scopes(granted: &[String]) -> Text {
    if granted.is_empty() { Text::from("none named by the provider") } else { Text::from(granted.join(" ")) }
}

fn token_line(connection: &Connection, overview: &ConnectionOverview, now: &Now) -> Text {
    let Some(token) = &connection.token else { return Text::from("none") };
    let until = match (&connection.grant, token.expiry) {
        (GrantState::Disconnected { .. }, _) => return Text::from("erased"),
        (GrantState::SecretMissing { .. }, _) => return Text::from("missing from the keychain"),
        (GrantState::Ended { .. }, _) => "ended with the grant".to_owned(),
        (_, Expiry::At(at)) if at <= now.at() => format!("expired {}", now.ago(at)),
        (_, Expiry::At(at)) => format!("until {}", now.until(at)),
        (_, Expiry::Unknown) => "end not known".to_owned(),
        (_, Expiry::Never) => "does not expire".to_owned(),
    };
    let next = overview.refresh_at.filter(|_| connection.automatic_refresh).filter(|at| *at > now.at());
    let next = next.map(|at| format!("; refreshed by itself at {}, while the app runs", now.moment(at)));
    let fingerprint = token.access_fingerprint.as_ref().map(ToString::to_string).unwrap_or_default();
    Text::from(format!("{}, {until}{}", token.version, next.unwrap_or_default())).plain("  ").and(FAINT, fingerprint)
}

/// When it ends, and what keeps it until then.
fn grant_line(overview: &ConnectionOverview, now: &Now) -> String {
    let end = status::grant_end(overview, now);
    match overview.connection.grant {
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => {
            format!("{end}; {}", status::durability(overview.durability))
        }
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => end,
    }
}

fn dependants(detail: &ConnectionDetail) -> Text {
    let names: Vec<_> = detail.dependants.iter().map(|it| format!("{} ({})", it.workflow, it.place)).collect();
    if names.is_empty() {
        return Text::from("none known");
    }
    Text::from(names.join(", "))
}

pub(crate) async fn disconnect(
    engine: &Engine,
    terminal: &Terminal,
    asked: DisconnectArguments,
) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let about = |error| Failure::about(engine, &connection, error);
    let provider = engine.provider(&connection.provider).map_err(about)?;
    let plan = engine.plan_disconnect(&connection.id).map_err(about)?;

    if !asked.yes {
        let mut lines = vec![Text::from(format!("Disconnecting {}:", connection.name))];
        lines.extend(farewell::before(&plan, &provider.name).iter().map(|line| Text::from("  ").plain(line)));
        terminal.warn(lines);
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to disconnect."));
        }
        let answer = terminal.ask("Disconnect? [y/N] ").await;
        if !matches!(answer.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from(format!("{} stays connected.", connection.name))]);
            return Ok(Exit::Failed);
        }
    }

    let done = engine.disconnect(&connection.id).await.map_err(about)?;
    if terminal.is_json() {
        let (revocation, http_status) = match done.revocation {
            RevocationResult::Revoked => ("revoked", None),
            RevocationResult::Failed { http_status } => ("failed", http_status),
            RevocationResult::NotOffered => ("not_offered", None),
            RevocationResult::NothingToRevoke => ("nothing_to_revoke", None),
        };
        let disconnected = connection.id.to_string();
        terminal.object(&DisconnectedJson { disconnected, revocation, http_status, stranded: done.stranded_count })?;
    } else {
        let (happened, rest) = farewell::after(&done, &connection.name, &provider.name);
        let mut lines = vec![Text::styled(STRONG, happened), Text::from("  ").plain(rest)];
        let page = provider
            .pages
            .revoke_access
            .filter(|_| matches!(done.revocation, RevocationResult::Failed { .. } | RevocationResult::NotOffered));
        lines.extend(page.map(|page| Text::from("  ").plain(page.as_str())));
        terminal.say(lines)?;
    }
    Ok(Exit::Done)
}

pub(crate) fn forget(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let connection = engine.find_connection(typed)?;
    engine.forget_connection(&connection.id).map_err(|error| {
        let is_refusal = matches!(error, engine::Error::BadInput(_));
        let failure = Failure::about(engine, &connection, error);
        if !is_refusal {
            return failure;
        }
        failure.with_words(|words| {
            words.happened = format!("{} is connected; its grant may still live at the provider.", connection.name);
            words.advice = format!("Disconnect it first: patchbay disconnect {}", connection.id);
        })
    })?;
    if terminal.is_json() {
        terminal.object(&ForgottenJson { forgotten: connection.id.to_string() })?;
    } else {
        terminal.say([Text::from(format!("{} is forgotten, with its dependants and events.", connection.name))])?;
    }
    Ok(Exit::Done)
}

/// One line for a connection that just came or came back.
pub(crate) fn arrival(overview: &ConnectionOverview) -> Vec<Text> {
    let connection = &overview.connection;
    let lamp = overview.status.lamp;
    let whose = connection.identity.account().map(|account| format!(" as {account}")).unwrap_or_default();
    let workspace = connection.identity.workspace().map(|workspace| format!(", {workspace}")).unwrap_or_default();
    let first = Text::styled(colour(lamp), status::lamp(lamp))
        .plain(" ")
        .and(STRONG, format!("{} is connected{whose}{workspace}.", connection.name))
        .plain("  ")
        .and(FAINT, connection.id.as_str());
    let missing: Vec<_> = connection.scopes.missing().map(String::as_str).collect();
    let (sentence, advice) = status::sentence(overview, &Now::here());
    let mut lines = vec![first, Text::from("  ").plain(sentence)];
    if !advice.is_empty() {
        lines.push(Text::from("  ").plain(advice));
    }
    if !missing.is_empty() {
        lines.push(Text::from("  Not granted: ").plain(missing.join(" ")));
    }
    lines
}

/// The cause behind a failed call, for a result.
pub(crate) fn cause_lines(diagnosis: &Diagnosis, provider: &str, connection: &Connection) -> Vec<Text> {
    let mut happened = Text::styled(BAD, "✗ ").and(STRONG, causes::sentence(diagnosis.cause, provider));
    let code = causes::code(diagnosis);
    if !code.is_empty() {
        happened = happened.plain("  ").and(FAINT, code);
    }
    let mut lines = vec![happened, Text::from("  ").plain(causes::meaning(diagnosis.cause))];
    let advice = causes::advice(diagnosis.action, Some(connection));
    if !advice.is_empty() {
        lines.push(Text::from("  ").plain(advice));
    }
    lines
}
