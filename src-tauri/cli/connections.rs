//! Connections listed, disconnected and forgotten [A6, A10, B1, B14].

use anstyle::Style;
use domain::connection::sprawl::DuplicateKind;
use domain::connection::status::Lamp;
use domain::connection::{Connection, Environment, GrantState};
use domain::diagnosis::Diagnosis;
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::provider::scope_map::shortfall;
use engine::Engine;
use engine::flows::disconnect::{RevocationResult, SiblingSeen};
use engine::flows::overview::{Board, ConnectionOverview};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{DisconnectArguments, ForgetArguments, ListArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::held;
use crate::json::ConnectionJson;
use crate::table::{Table, shortened};
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::Now;
use crate::words::{causes, farewell, keychain, modes, platform_needs, registration, scopes, status};

/// Room for an account in a list.
const ACCOUNT_WIDTH: usize = 30;

/// What a disconnect did, for programs.
#[derive(Serialize)]
struct DisconnectedJson {
    disconnected: String,
    /// What became of the grant there: `revoked`, `left_alive`, `unknown`; null where no token was left.
    grant: Option<&'static str>,
    revocation: &'static str,
    http_status: Option<u16>,
    /// What one call with the access token showed afterwards: `dead`, `still_works`, `not_seen`, `none_left`.
    access_token: &'static str,
    access_token_until: Option<Timestamp>,
    siblings: Vec<SiblingJson>,
    stranded: usize,
}

/// A connection that shared the account and the client, looked at afterwards.
#[derive(Serialize)]
struct SiblingJson {
    name: String,
    state: &'static str,
}

impl From<&SiblingSeen> for SiblingJson {
    fn from(sibling: &SiblingSeen) -> Self {
        Self { name: sibling.name.clone(), state: farewell::sibling_state(sibling.state) }
    }
}

/// `revoked`, `failed` and so on, with the status of a failure.
pub(crate) fn revocation_word(revocation: RevocationResult) -> (&'static str, Option<u16>) {
    match revocation {
        RevocationResult::Revoked => ("revoked", None),
        RevocationResult::AccessTokenAlone => ("access_token_alone", None),
        RevocationResult::Failed { http_status } => ("failed", http_status),
        RevocationResult::NotOffered => ("not_offered", None),
        RevocationResult::NothingToRevoke => ("nothing_to_revoke", None),
    }
}

/// What a forget did, for programs.
#[derive(Serialize)]
struct ForgottenJson {
    forgotten: String,
    /// `deleted`, `left_there`, `kept`; null where nothing was registered for it, or it is in use.
    client_registration: Option<&'static str>,
}

pub(crate) async fn list(engine: &Engine, terminal: &Terminal, asked: &ListArguments) -> Result<Exit, Failure> {
    // Looked at first: what the board says depends on it.
    let keychain = keychain::trouble(engine).await;
    let mut board = engine.board()?;
    if let Some(environment) = asked.environment.map(Environment::from) {
        board.connections.retain(|it| it.connection.environment == environment);
    }
    if terminal.is_json() {
        for overview in &board.connections {
            terminal.object(&ConnectionJson::from(overview))?;
        }
        return Ok(Exit::Done);
    }

    let now = Now::here();
    let mut lines = on_top(&board, &now);
    let keychain = keychain.filter(|_| !board.connections.is_empty());
    match keychain {
        Some((happened, advice)) => {
            lines.extend([Text::styled(BAD, "▲ ").and(STRONG, happened), Text::from(format!("  {advice}"))]);
            let besides = platform_needs::besides(&board.platform_needs);
            lines.extend(besides.iter().flat_map(|it| it.lines()).map(|line| Text::styled(STRONG, line)));
        }
        None => lines.extend(status::headline(&board, &now).lines().map(|line| Text::styled(STRONG, line))),
    }
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
        let is_readable = keychain.is_none() || !overview.connection.rests_on_keychain();
        table.row(row(overview, &now, is_mixed, is_readable));
        if let Some(line) = second_line(overview, &now).filter(|_| is_readable) {
            table.below(line);
        }
    }
    lines.push(Text::default());
    // On a narrow screen these leave, the first first: marks and accounts never do.
    let columns = terminal.columns();
    lines.extend(table.names_within(None, &[0]).within(columns, &[5, 2, 7, 6]).names_within(columns, &[0, 1]).lines());
    let is_sprawling = engine.list_duplicates()?.iter().any(|it| it.kind == DuplicateKind::SameClient);
    lines.extend(is_sprawling.then(|| Text::styled(FAINT, "Some connections repeat each other: patchbay duplicates")));
    terminal.say(lines)?;
    Ok(Exit::Done)
}

/// What concerns every connection and is not as usual: a switch, the network, tokens that wait.
fn on_top(board: &Board, now: &Now) -> Vec<Text> {
    let mut lines = vec![];
    if !board.held.is_empty() {
        lines.push(Text::styled(BAD, "▲ ").plain(held::headline(&board.held)).plain(" See: patchbay held"));
    }
    if let Some(since) = board.network_down_since {
        let since = now.moment(since);
        lines.push(
            Text::styled(WARN, "◔ ").plain(format!("No network since {since}: refreshing waits until it is back.")),
        );
    }
    if board.mode != RefreshMode::On {
        lines.push(Text::styled(WARN, "◔ ").plain(modes::on_top(board.mode, board.mode_since, now)));
    }
    lines
}

fn row(overview: &ConnectionOverview, now: &Now, is_mixed: bool, is_readable: bool) -> Vec<Text> {
    let connection = &overview.connection;
    let (lamp, state) = (overview.status.lamp, colour(overview.status.lamp));
    let detail = status::detail(overview, now);
    let needs_word = matches!(lamp, Lamp::Expiring | Lamp::ReauthRequired);
    let word = Text::styled(if needs_word { state } else { Style::new() }, lamp.as_str());
    let (sign, status_text) = match (is_readable, detail.is_empty()) {
        // What cannot be read is neither well nor over.
        (false, _) => (Text::from(status::lamp(Lamp::Unproved)), Text::from("not readable")),
        (true, true) => (Text::styled(state, status::lamp(lamp)), word),
        (true, false) => (Text::styled(state, status::lamp(lamp)), word.plain(", ").plain(detail)),
    };
    let identity = &connection.identity;
    vec![
        sign.plain(" ").plain(&connection.name),
        Text::from(shortened(identity.account().unwrap_or_default(), ACCOUNT_WIDTH)),
        Text::from(shortened(identity.workspace().unwrap_or_default(), ACCOUNT_WIDTH)),
        Text::from(if is_mixed { connection.environment.as_str() } else { "" }),
        status_text,
        Text::from(status::grant_end(overview, now)),
        Text::from(status::proof(overview, now)),
        Text::from(status::dependants(overview.dependant_count)),
        Text::styled(FAINT, connection.id.as_str()),
    ]
}

/// Only where a person is needed: what happened, then what heals.
fn second_line(overview: &ConnectionOverview, now: &Now) -> Option<Text> {
    let is_told = overview.status.needs_person() || overview.status.lamp == Lamp::Expiring;
    is_told.then(|| {
        let (sentence, advice) = status::sentence(overview, now);
        Text::from("  ").plain(sentence).plain(" ").and(FAINT, advice)
    })
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
        lines.extend(
            farewell::before(&plan, &provider.name, &Now::here()).iter().map(|line| Text::from("  ").plain(line)),
        );
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
        let (revocation, http_status) = revocation_word(done.revocation);
        let (access_token, access_token_until) = farewell::access_token_word(done.access_token);
        terminal.object(&DisconnectedJson {
            disconnected: connection.id.to_string(),
            grant: farewell::grant_word(&done),
            revocation,
            http_status,
            access_token,
            access_token_until,
            siblings: done.siblings.iter().map(SiblingJson::from).collect(),
            stranded: done.stranded_count,
        })?;
    } else {
        let now = Now::here();
        let (happened, rest) = farewell::after(&done, &connection.name, &provider.name, &now);
        let mut lines = vec![Text::styled(STRONG, happened)];
        lines.extend(rest.iter().map(|line| Text::from("  ").plain(line)));
        let page = provider.pages.revoke_access.filter(|_| farewell::is_left_there(&done));
        lines.extend(page.map(|page| Text::from("  ").plain(page.as_str())));
        terminal.say(lines)?;
    }
    Ok(Exit::Done)
}

pub(crate) async fn forget(engine: &Engine, terminal: &Terminal, asked: &ForgetArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    // A connection that stays anyway is nothing to ask about: the engine refuses it below.
    if !asked.yes && matches!(connection.grant, GrantState::Disconnected { .. }) {
        let count = engine.list_dependants(&connection.id)?.len();
        terminal.warn([
            Text::from(format!("Forgetting {}:", connection.name)),
            Text::from(format!("  {}", farewell::forgetting(count))),
        ]);
        if !terminal.is_attended() {
            return Err(Failure::usage("Nobody is there to be asked; say --yes to forget it."));
        }
        let answer = terminal.ask("Forget? [y/N] ").await;
        if !matches!(answer.as_deref(), Some("y" | "yes")) {
            terminal.note([Text::from(format!("{} stays on the board.", connection.name))]);
            return Ok(Exit::Failed);
        }
    }
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
    let retirement = engine.retire_registration(&connection.client).await?;
    if terminal.is_json() {
        let client_registration = registration::word(retirement);
        terminal.object(&ForgottenJson { forgotten: connection.id.to_string(), client_registration })?;
    } else {
        let forgotten = format!("{} is forgotten, with its dependants, events and figures.", connection.name);
        let mut lines = vec![Text::from(forgotten)];
        let server = engine.provider_name(&connection.provider);
        let rest = registration::sentence(retirement, connection.client.as_str(), &server);
        lines.extend(rest.map(|line| Text::from("  ").plain(line)));
        terminal.say(lines)?;
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
    if let Some(shortfall) = shortfall(&overview.provider.scopes, &connection.scopes) {
        lines.push(Text::from("  ").plain(scopes::shortfall(&shortfall)));
    }
    if !missing.is_empty() {
        lines.push(Text::from("  Not granted: ").plain(missing.join(" ")));
    }
    lines
}

/// The cause behind a failed call, for a result.
pub(crate) fn cause_lines(diagnosis: &Diagnosis, provider: &str, connection: &Connection) -> Vec<Text> {
    let mut happened = Text::styled(BAD, "✗ ").and(STRONG, causes::happened(diagnosis, provider));
    let code = causes::code(diagnosis);
    if !code.is_empty() {
        happened = happened.plain("  ").and(FAINT, code);
    }
    let mut lines = vec![happened, Text::from("  ").plain(causes::meaning_of(diagnosis))];
    let advice = causes::advice(diagnosis.action, Some(connection));
    if !advice.is_empty() {
        lines.push(Text::from("  ").plain(advice));
    }
    lines
}
