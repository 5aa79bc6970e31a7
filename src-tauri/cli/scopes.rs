//! Scopes: what a connection may do, what was asked for, what was granted, and asking for more [C4, A7].

use domain::connection::Connection;
use domain::provider::Provider;
use domain::provider::scope_map::{find_wish, meaning, required_by, shortfall, standings};
use engine::Engine;
use serde::Serialize;

use crate::arguments::ScopesArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sign_in;
use crate::table::Table;
use crate::terminal::{STRONG, Terminal, Text};
use crate::words::scopes as words;

/// The scopes of a connection, for programs.
#[derive(Serialize)]
struct ScopesJson<'a> {
    connection: &'a str,
    actions: Vec<ActionJson<'a>>,
    scopes: Vec<ScopeJson<'a>>,
    cannot: Vec<&'a str>,
}

#[derive(Serialize)]
struct ActionJson<'a> {
    allows: &'a str,
    scopes: &'a [String],
    wished: bool,
    missing: Vec<&'a str>,
}

#[derive(Serialize)]
struct ScopeJson<'a> {
    scope: &'a str,
    allows: Option<&'a str>,
    required_by: Vec<&'a str>,
    requested: bool,
    granted: bool,
}

pub(crate) async fn scopes(engine: &Engine, terminal: &Terminal, asked: ScopesArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let overview = engine.overview(&connection.id)?;
    let wished = scopes_of_wishes(&overview.provider, &asked.wish)?;
    if !asked.add.is_empty() || !wished.is_empty() {
        let decision = asked.decision();
        let more: Vec<_> = asked.add.into_iter().chain(wished).collect();
        return sign_in::widen(engine, terminal, connection, &more, decision, !asked.no_browser).await;
    }
    if terminal.is_json() {
        terminal.object(&as_json(&connection, &overview.provider))?;
    } else {
        terminal.say(page(&connection, &overview.provider))?;
    }
    Ok(Exit::Done)
}

/// The scopes that wishes in words take.
pub(crate) fn scopes_of_wishes(provider: &Provider, wishes: &[String]) -> Result<Vec<String>, Failure> {
    let mut scopes = vec![];
    for wish in wishes {
        let action = find_wish(&provider.scopes, wish)
            .map_err(|refused| Failure::usage(words::wish_refused(wish, &refused, &provider.name)))?;
        scopes.extend(action.scopes.iter().cloned());
    }
    Ok(scopes)
}

fn page(connection: &Connection, provider: &Provider) -> Vec<Text> {
    let rules = &provider.scopes;
    if rules.parameter.is_none() {
        return vec![Text::from(format!("{} knows no scopes: access is chosen on its own page.", provider.name))];
    }
    let first = match shortfall(rules, &connection.scopes) {
        Some(found) => words::shortfall(&found),
        None => "Everything asked for is granted.".to_owned(),
    };
    let mut lines = vec![Text::styled(STRONG, first), Text::default()];
    let mut actions = Table::new(&["  To do this", "Wished", "Can", "Scopes"]);
    for standing in standings(rules, &connection.scopes) {
        let can = match standing.missing.len() {
            0 => "yes",
            missing if missing == standing.action.scopes.len() => "no",
            _ => "in part",
        };
        actions.row(vec![
            Text::from("  ").plain(&standing.action.allows),
            Text::from(if standing.is_wished { "yes" } else { "no" }),
            Text::from(can),
            Text::from(standing.action.scopes.join(" ")),
        ]);
    }
    if !rules.actions.is_empty() {
        lines.extend(actions.lines());
        lines.push(Text::default());
    }
    let mut table = Table::new(&["  Scope", "Required by", "Requested", "Granted"]);
    for scope in all_of(connection) {
        let needed = required_by(provider, &connection.scopes, scope);
        table.row(vec![
            Text::from("  ").plain(scope),
            Text::from(if needed.is_empty() {
                meaning(rules, scope).unwrap_or_default().to_owned()
            } else {
                needed.join(", ")
            }),
            Text::from(if connection.scopes.requested.iter().any(|it| it == scope) { "yes" } else { "no" }),
            Text::from(if connection.scopes.granted.iter().any(|it| it == scope) { "yes" } else { "no" }),
        ]);
    }
    lines.extend(table.lines());
    lines
}

fn as_json<'a>(connection: &'a Connection, provider: &'a Provider) -> ScopesJson<'a> {
    let scopes = &connection.scopes;
    ScopesJson {
        connection: connection.id.as_str(),
        actions: standings(&provider.scopes, scopes)
            .into_iter()
            .map(|it| ActionJson {
                allows: &it.action.allows,
                scopes: &it.action.scopes,
                wished: it.is_wished,
                missing: it.missing,
            })
            .collect(),
        scopes: all_of(connection)
            .map(|scope| ScopeJson {
                scope,
                allows: meaning(&provider.scopes, scope),
                required_by: required_by(provider, scopes, scope),
                requested: scopes.requested.iter().any(|it| it == scope),
                granted: scopes.granted.iter().any(|it| it == scope),
            })
            .collect(),
        cannot: shortfall(&provider.scopes, scopes).map(|it| it.cannot).unwrap_or_default(),
    }
}

/// Asked for, then granted beyond that.
fn all_of(connection: &Connection) -> impl Iterator<Item = &str> {
    let scopes = &connection.scopes;
    let beyond = scopes.granted.iter().filter(|it| !scopes.requested.contains(it));
    scopes.requested.iter().chain(beyond).map(String::as_str)
}
