//! The question before a run: can what it needs be used now, and until when [F1, D1, D3].

use domain::blast_radius::Uses;
use domain::link::Link;
use domain::preflight::Verdict;
use engine::Engine;
use engine::flows::preflight::{Demands, Needed, Preflight, together};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{NeedsArguments, PreflightArguments};
use crate::asker;
use crate::candidates::with_candidates;
use crate::door;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::moment;
use crate::radius::{id_of, uses_of};
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::Now;
use crate::words::{causes, counted, listed, named, refresh_token, status, times};

/// The answer as a whole, for programs.
#[derive(Serialize)]
struct WholeJson<'a> {
    of: &'static str,
    verdict: &'static str,
    ready: bool,
    good_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<&'a str>,
    /// Of a workflow: whether its platform would start it.
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<bool>,
}

/// One connection, for programs.
#[derive(Serialize)]
struct PreflightJson<'a> {
    of: &'static str,
    id: &'a str,
    name: &'a str,
    verdict: &'static str,
    good_until: Option<Timestamp>,
    token_expires_at: Option<Timestamp>,
    cause: Option<&'static str>,
    action: Option<&'static str>,
    lacking_scopes: &'a [String],
    /// Opens the question whether to reconnect it, where that is what helps.
    reconnect: Option<String>,
    /// Before that it is not tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    /// Of refresh tokens that came with the last answer and were left.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

/// What was asked for by name.
pub(crate) struct NamedNeeds {
    pub(crate) needed: Vec<Needed>,
    /// Of a workflow: its name, and whether its platform would start it.
    pub(crate) workflow: Option<(String, bool)>,
}

impl NamedNeeds {
    /// Finds all that was named.
    pub(crate) fn find(engine: &Engine, asked: &NeedsArguments) -> Result<Self, Failure> {
        let mut needed = vec![];
        for typed in &asked.connections {
            needed.push(Needed::from(uses_of(engine, typed)?));
        }
        let mut workflow = None;
        if let Some(typed) = &asked.workflow {
            let found = engine.find_workflow(typed).map_err(|error| with_candidates(engine, typed, error.into()))?;
            let readiness = engine.readiness(&found.id)?;
            needed.extend(readiness.needs.into_iter().map(Needed::from));
            workflow = Some((found.name, readiness.is_running));
        }
        if let Some(typed) = &asked.checklist {
            needed.extend(engine.find_checklist(typed)?.members.into_iter().map(|it| Needed::from(it.uses)));
        }
        let mut once: Vec<Needed> = vec![];
        for one in needed {
            match once.iter_mut().find(|it| it.uses == one.uses) {
                Some(before) => before.lacking.extend(one.lacking),
                None => once.push(one),
            }
        }
        if once.is_empty() {
            let what = asked.workflow.as_ref().or(asked.checklist.as_ref()).map_or("It", |it| it);
            return Err(Failure::usage(format!("{what} needs no connection that Patchbay knows of.")));
        }
        Ok(Self { needed: once, workflow })
    }
}

pub(crate) async fn preflight(
    engine: &Engine,
    terminal: &Terminal,
    asked: &PreflightArguments,
) -> Result<Exit, Failure> {
    let named_needs = NamedNeeds::find(engine, &asked.needs)?;
    let demands = Demands {
        min_valid: asked.min_valid.unwrap_or_default(),
        scopes: asked.needs.scope.clone(),
        only_known: asked.known,
    };
    let tried = match door::preflight(engine, &named_needs.needed, &demands).await {
        Some(tried) => tried,
        None => {
            asker::learn_needs(engine, &named_needs.needed);
            engine.preflight_all(&named_needs.needed, &demands).await?
        }
    };
    tell(terminal, &tried, named_needs.workflow.as_ref())
}

pub(crate) fn token_expires_at(one: &Preflight) -> Option<Timestamp> {
    let token = one.overview.as_ref()?.connection.token.as_ref()?;
    moment(token.expiry)
}

/// What the answer that brought its token left open.
fn warning(one: &Preflight) -> Option<String> {
    refresh_token::warning(one.overview.as_ref()?.connection.token.as_ref()?, one.left.as_ref()?)
}

/// Before when it is not tried again, where it fails and time may cure it.
pub(crate) fn retry_at(one: &Preflight, now: Timestamp) -> Option<Timestamp> {
    let streak = one.overview.as_ref()?.connection.refresh_failures.as_ref()?;
    let is_waited_for = one.verdict == Verdict::Temporary && streak.last.is_tried_again();
    Some(streak.retry_at).filter(|at| is_waited_for && *at > now)
}

/// Prints the answer; how it ends.
pub(crate) fn tell(
    terminal: &Terminal,
    tried: &[Preflight],
    workflow: Option<&(String, bool)>,
) -> Result<Exit, Failure> {
    let (verdict, good_until) = together(tried);
    // Nobody starts it: that all it needs works is of no use to whoever waits for it.
    let is_switched_off = workflow.is_some_and(|(_, is_running)| !is_running);
    let exit = if verdict.is_go() && is_switched_off { Exit::Failed } else { verdict.into() };
    match print(terminal, tried, workflow, verdict, good_until, exit) {
        // The number is the answer, whoever reads the words.
        Err(failure) if failure.is_silent => Ok(exit),
        printed => printed.map(|()| exit),
    }
}

fn print(
    terminal: &Terminal,
    tried: &[Preflight],
    workflow: Option<&(String, bool)>,
    verdict: Verdict,
    good_until: Option<Timestamp>,
    exit: Exit,
) -> Result<(), Failure> {
    if terminal.is_json() {
        terminal.object(&WholeJson {
            of: "preflight",
            verdict: verdict.as_str(),
            ready: exit == Exit::Done,
            good_until: good_until.filter(|_| verdict.is_go()),
            workflow: workflow.map(|(name, _)| name.as_str()),
            running: workflow.map(|(_, is_running)| *is_running),
        })?;
        for one in tried {
            terminal.object(&json_of(one))?;
        }
        return Ok(());
    }
    let now = Now::here();
    let mut table = Table::new(&["", "Needs", "Is", "Holds until"]);
    for one in tried {
        let (mark, style) = match one.verdict {
            Verdict::Ready => ("✓", WELL),
            Verdict::Unproved => ("·", FAINT),
            Verdict::Temporary => ("◐", WARN),
            Verdict::TooShort
            | Verdict::NeedsMending
            | Verdict::ScopeMissing
            | Verdict::WrongAccount
            | Verdict::BlockedOnAuth => ("▲", BAD),
        };
        let holds = one.good_until.filter(|_| one.verdict.is_go());
        table.row(vec![
            Text::styled(style, mark),
            Text::from(named(&one.name)),
            Text::styled(style, word(one.verdict)),
            Text::from(holds.map_or_else(String::new, |at| now.moment(at))),
        ]);
        for line in why_and_what(one, &now) {
            table.below(Text::styled(FAINT, format!("     {line}")));
        }
    }
    let head = Text::styled(STRONG, headline(tried, verdict, workflow, good_until, &now));
    terminal.say(std::iter::once(head).chain(table.names_within(terminal.columns(), &[1]).lines()))
}

fn json_of(one: &Preflight) -> PreflightJson<'_> {
    PreflightJson {
        of: match one.uses {
            Uses::Connection(_) => "connection",
            Uses::PlatformConnection(_) => "platform_connection",
        },
        id: id_of(&one.uses),
        name: &one.name,
        verdict: one.verdict.as_str(),
        good_until: one.good_until.filter(|_| one.verdict.is_go()),
        token_expires_at: token_expires_at(one),
        cause: one.diagnosis.as_ref().map(|it| it.cause.as_str()),
        action: one.diagnosis.as_ref().map(|it| it.action.as_str()),
        lacking_scopes: &one.lacking,
        reconnect: link(one),
        retry_at: retry_at(one, Now::here().at()),
        warning: warning(one),
    }
}

/// The link that asks whether to reconnect it, where a sign-in is what helps.
pub(crate) fn link(one: &Preflight) -> Option<String> {
    let Uses::Connection(id) = &one.uses else { return None };
    let helps = matches!(one.verdict, Verdict::BlockedOnAuth | Verdict::WrongAccount);
    helps.then(|| Link::Reconnect(id.clone()).address())
}

/// "blocked"
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "ready",
        Verdict::Unproved => "unproved",
        Verdict::Temporary => "not just now",
        Verdict::TooShort => "too short-lived",
        Verdict::NeedsMending => "needs mending",
        Verdict::ScopeMissing => "lacks a scope",
        Verdict::WrongAccount => "another account",
        Verdict::BlockedOnAuth => "blocked",
    }
}

/// "Nightly invoices is blocked: Gmail and Notion need a person."
fn headline(
    tried: &[Preflight],
    verdict: Verdict,
    workflow: Option<&(String, bool)>,
    good_until: Option<Timestamp>,
    now: &Now,
) -> String {
    let of = |matches: &dyn Fn(Verdict) -> bool| {
        let names: Vec<String> = tried.iter().filter(|it| matches(it.verdict)).map(|it| named(&it.name)).collect();
        (listed(names.iter().map(String::as_str)), names.len())
    };
    let whole = match (workflow, tried) {
        (Some((name, _)), _) => format!("{} is", named(name)),
        (None, [one]) => format!("{} is", named(&one.name)),
        (None, all) => format!("All {} are", all.len()),
    };
    let blocked = workflow.map_or_else(|| "Blocked".to_owned(), |(name, _)| format!("{} is blocked", named(name)));
    let holds = good_until.map(|at| format!(", until {}", now.until(at))).unwrap_or_default();
    match verdict {
        Verdict::Ready | Verdict::Unproved if workflow.is_some_and(|(_, is_running)| !is_running) => {
            format!("{whole} switched off; what it needs is ready.")
        }
        Verdict::Ready => format!("{whole} ready{holds}."),
        Verdict::Unproved => {
            let (_, count) = of(&|it| it == Verdict::Unproved);
            format!("{whole} ready as far as is known; {} unproved.", counted(count, "connection"))
        }
        Verdict::Temporary => {
            let (names, _) = of(&|it| it == Verdict::Temporary);
            format!("{blocked} for now: {names} may come back without anybody.")
        }
        Verdict::TooShort => {
            let (names, _) = of(&|it| it == Verdict::TooShort);
            format!("More was asked for than there is: no token of {names} holds that long.")
        }
        Verdict::NeedsMending | Verdict::ScopeMissing | Verdict::WrongAccount | Verdict::BlockedOnAuth => {
            let (names, count) = of(&|it| it > Verdict::TooShort);
            format!("{blocked}: {names} {} a person.", if count == 1 { "needs" } else { "need" })
        }
    }
}

/// "Tokens of Orders live 1 h: its provider issues no longer ones. …"
fn too_short(one: &Preflight, now: &Now) -> Option<String> {
    let connection = &one.overview.as_ref()?.connection;
    times::short_lived(&connection.name, connection.token.as_ref()?, now)
}

/// Why it is not ready, and what helps.
pub(crate) fn why_and_what(one: &Preflight, now: &Now) -> Vec<String> {
    let mut lines: Vec<_> = warning(one).into_iter().collect();
    if one.verdict == Verdict::Ready {
        return lines;
    }
    if !one.lacking.is_empty() {
        lines.push(format!("Not granted: {}", one.lacking.join(" ")));
    }
    if one.is_too_short {
        lines.extend(too_short(one, now));
        return lines;
    }
    match (&one.overview, &one.diagnosis) {
        (Some(overview), Some(diagnosis)) => {
            lines.push(causes::happened(diagnosis, &overview.provider.name));
            lines.push(match retry_at(one, now.at()) {
                Some(_) => status::meaning_and_next("", overview, now).trim_start().to_owned(),
                None => causes::advice(diagnosis.action, Some(&overview.connection)),
            });
        }
        (Some(overview), None) if one.lacking.is_empty() => {
            let (happened, advice) = status::sentence(overview, now);
            lines.extend([happened, advice]);
        }
        (Some(overview), None) => {
            let scopes: Vec<String> = one.lacking.iter().map(|it| format!(" --add {it}")).collect();
            lines.push(format!("Ask for it: patchbay scopes {}{}", overview.connection.id, scopes.concat()));
        }
        (None, _) if one.verdict == Verdict::Unproved => {
            lines.push("No run and no test of its platform has shown that it works.".to_owned());
        }
        (None, _) => lines.push("It is mended where it lives, at its platform.".to_owned()),
    }
    lines.extend(link(one).map(|link| format!("Or open {link}")));
    lines.retain(|it| !it.is_empty());
    lines
}
