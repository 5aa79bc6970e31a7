//! The buttons "Test call" and "Refresh now" [E2, B14].

use std::time::Duration;

use domain::connection::Connection;
use engine::Engine;
use engine::flows::checks::{CheckOutcome, CheckResult};
use engine::flows::left_refresh_tokens::LeftRefreshTokens;
use engine::flows::overview::ConnectionOverview;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::flows::test_call::TestCall;
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{RefreshArguments, TestArguments};
use crate::connections::cause_lines;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::json::moment;
use crate::table::facts;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::{Now, latency};
use crate::words::{errors, refresh_token, status};

/// A test call, for programs.
#[derive(Serialize)]
struct TestCallJson<'a> {
    connection: &'a str,
    at: Timestamp,
    ok: bool,
    called: Option<&'a str>,
    http_status: Option<u16>,
    latency_ms: Option<u64>,
    account: Option<&'a str>,
    workspace: Option<&'a str>,
    scopes: &'a [String],
    request_id: Option<&'a str>,
    was_refreshed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    /// Only where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<CheckJson<'a>>>,
}

/// One harmless call, for programs.
#[derive(Serialize)]
struct CheckJson<'a> {
    name: &'a str,
    /// Null: not tried.
    ok: Option<bool>,
    http_status: Option<u16>,
    latency_ms: Option<u64>,
    cause: Option<&'static str>,
    missing_scopes: &'a [String],
}

impl<'a> From<&'a CheckResult> for CheckJson<'a> {
    fn from(check: &'a CheckResult) -> Self {
        let untried =
            Self { name: &check.name, ok: None, http_status: None, latency_ms: None, cause: None, missing_scopes: &[] };
        match &check.outcome {
            CheckOutcome::Worked { http_status, latency } => {
                Self { ok: Some(true), http_status: *http_status, latency_ms: Some(whole_ms(*latency)), ..untried }
            }
            CheckOutcome::Failed { http_status, diagnosis } => {
                Self { ok: Some(false), http_status: *http_status, cause: Some(diagnosis.cause.as_str()), ..untried }
            }
            CheckOutcome::NotTried { missing } => Self { missing_scopes: missing, ..untried },
        }
    }
}

/// A refresh that worked, for programs.
#[derive(Serialize)]
struct RefreshedJson<'a> {
    connection: &'a str,
    outcome: &'static str,
    version: u32,
    latency_ms: Option<u64>,
    is_rotated: Option<bool>,
    token_expires_at: Option<Timestamp>,
    /// Of the refresh token that is kept.
    refresh_token_fingerprint: Option<&'a str>,
    /// Others that the answer held, and that were left.
    left_refresh_tokens: Vec<String>,
    /// What was odd about the answer, and what that means for what is kept.
    defects: Vec<&'static str>,
    warning: Option<String>,
}

pub(crate) async fn test(engine: &Engine, terminal: &Terminal, asked: &TestArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let about = |error| Failure::about(engine, &connection, error);
    let call = engine.run_test_call(&connection.id).await.map_err(about)?;
    let overview = engine.overview(&connection.id).map_err(about)?;
    // A token that does not work needs no further proof.
    let checks = if asked.checks && call.failure.is_none() {
        engine.run_checks(&connection.id).await.map_err(about)?
    } else {
        vec![]
    };

    if terminal.is_json() {
        // Of a call that was never made there is nothing to report.
        let was_made = !call.called.is_empty();
        terminal.object(&TestCallJson {
            connection: connection.id.as_str(),
            at: call.at,
            ok: call.failure.is_none(),
            called: was_made.then_some(call.called.as_str()),
            http_status: call.http_status.filter(|_| was_made),
            latency_ms: was_made.then(|| whole_ms(call.latency)),
            account: call.identity.account().filter(|_| was_made),
            workspace: call.identity.workspace().filter(|_| was_made),
            scopes: if was_made { &call.scopes } else { &[] },
            request_id: call.request_id.as_deref(),
            was_refreshed: call.was_refreshed,
            cause: call.failure.as_ref().map(|it| it.cause.as_str()),
            action: call.failure.as_ref().map(|it| it.action.as_str()),
            checks: asked.checks.then(|| checks.iter().map(CheckJson::from).collect()),
        })?;
    } else {
        let mut lines = result(&call, &overview.provider.name, &overview.connection);
        lines.extend(checks.iter().map(check_line));
        if asked.checks && call.failure.is_none() && checks.is_empty() {
            lines.push(Text::styled(FAINT, "  The catalogue knows no further check of this provider."));
        }
        terminal.say(lines)?;
    }
    let failed = call.failure.or_else(|| {
        checks.into_iter().find_map(|check| match check.outcome {
            CheckOutcome::Failed { diagnosis, .. } => Some(diagnosis),
            CheckOutcome::Worked { .. } | CheckOutcome::NotTried { .. } => None,
        })
    });
    Ok(failed.map_or(Exit::Done, |diagnosis| Exit::of_cause(&diagnosis, Some(overview.status.lamp))))
}

fn check_line(check: &CheckResult) -> Text {
    let answer = |http_status: &Option<u16>| http_status.map_or("no answer".to_owned(), |it| format!("HTTP {it}"));
    match &check.outcome {
        CheckOutcome::Worked { http_status, latency: taken } => Text::styled(WELL, "  ✓ ")
            .plain(&check.name)
            .and(FAINT, format!("  {} in {}", answer(http_status), latency(*taken))),
        CheckOutcome::Failed { http_status, diagnosis } => Text::styled(BAD, "  ✗ ")
            .plain(&check.name)
            .and(FAINT, format!("  {}, {}", answer(http_status), diagnosis.cause.as_str())),
        CheckOutcome::NotTried { missing } => Text::styled(FAINT, "  – ")
            .plain(&check.name)
            .and(FAINT, format!("  not tried: {} is not granted", missing.join(" "))),
    }
}

fn result(call: &TestCall, provider: &str, connection: &Connection) -> Vec<Text> {
    let mut lines = match &call.failure {
        None => {
            let whose = call.identity.account().map(|account| format!(" as {account}")).unwrap_or_default();
            vec![Text::styled(WELL, "✓ ").and(STRONG, format!("{} works{whose}.", connection.name))]
        }
        Some(diagnosis) if call.is_other_account => {
            let who = call.identity.account().unwrap_or("another account");
            let expected = connection.identity.account().unwrap_or("another account");
            let mut lines = cause_lines(diagnosis, provider, connection);
            lines.push(Text::from(format!("  {who} answered; this connection was made for {expected}.")));
            lines
        }
        Some(diagnosis) => match errors::without_secrets(connection).filter(|_| call.called.is_empty()) {
            // Our own doing, not the provider's.
            Some(words) => vec![
                Text::styled(BAD, "✗ ").and(STRONG, words.happened),
                Text::from("  ").plain(words.meaning),
                Text::from("  ").plain(words.advice),
            ],
            None => cause_lines(diagnosis, provider, connection),
        },
    };
    if call.was_refreshed {
        lines.push(Text::from("  The token was refreshed on the way."));
    }
    // Nothing was called when there is no token to call with.
    if call.called.is_empty() {
        lines.push(Text::styled(FAINT, "  Nothing was called."));
    } else {
        let answer = match call.http_status {
            Some(status) => format!("HTTP {status} in {}", latency(call.latency)),
            None => "none".to_owned(),
        };
        lines.extend(facts(vec![
            ("Called", Some(Text::from(&call.called))),
            ("Answer", Some(Text::from(answer))),
            ("Workspace", call.identity.workspace().map(Text::from)),
            ("Scopes", (!call.scopes.is_empty()).then(|| Text::from(call.scopes.join(" ")))),
            ("Request id", call.request_id.as_ref().map(|id| Text::styled(FAINT, id))),
        ]));
    }
    lines
}

pub(crate) async fn refresh(engine: &Engine, terminal: &Terminal, asked: &RefreshArguments) -> Result<Exit, Failure> {
    let connection = engine.find_connection(&asked.which.connection)?;
    let about = |error| Failure::about(engine, &connection, error);
    if asked.send_spent {
        engine.give_up_unopened(&connection.id).await.map_err(about)?;
    }
    let outcome = engine.refresh(&connection.id, RefreshWhy::Person).await.map_err(about)?;
    let overview = engine.overview(&connection.id).map_err(about)?;
    let (provider, lamp) = (overview.provider.name.as_str(), overview.status.lamp);
    let expires_at = overview.connection.token.as_ref().and_then(|token| moment(token.expiry));

    let (version, taken, is_rotated, left) = match outcome {
        RefreshOutcome::Refreshed { version, latency, is_rotated, left_refresh_tokens } => {
            (version, Some(latency), Some(is_rotated), left_refresh_tokens)
        }
        RefreshOutcome::AlreadyFresh { version } => (version, None, None, vec![]),
        RefreshOutcome::Failed { diagnosis, .. } => {
            let failure = Failure::of_cause("refresh_failed", &diagnosis, provider, Some(&connection), Some(lamp))
                .with_doubt(&overview.connection.grant);
            return Err(failure.with_words(|words| {
                words.meaning = status::meaning_and_next(&words.meaning, &overview, &Now::here());
            }));
        }
        RefreshOutcome::GrantEnded { diagnosis } => {
            let error = engine::Error::BlockedOnAuth { name: connection.name.clone(), diagnosis };
            return Err(Failure::about(engine, &overview.connection, error));
        }
        RefreshOutcome::NoRefreshToken => return Err(nothing_to_refresh_with(&overview)),
    };
    let token = overview.connection.token.as_ref();
    let about = is_rotated.map(|is_rotated| LeftRefreshTokens { is_rotated, left: left.clone() });
    let warning = token.zip(about).and_then(|(token, about)| refresh_token::warning(token, &about));
    if terminal.is_json() {
        terminal.object(&RefreshedJson {
            connection: connection.id.as_str(),
            outcome: if taken.is_some() { "refreshed" } else { "already_fresh" },
            version: version.0,
            latency_ms: taken.map(whole_ms),
            is_rotated,
            token_expires_at: expires_at,
            refresh_token_fingerprint: token.and_then(|it| Some(it.refresh_fingerprint.as_ref()?.as_str())),
            left_refresh_tokens: left.iter().map(ToString::to_string).collect(),
            defects: token.map(|it| it.defects.iter().map(|defect| defect.as_str()).collect()).unwrap_or_default(),
            warning,
        })?;
        return Ok(Exit::Done);
    }
    let happened = match taken {
        Some(taken) => format!("{} is refreshed: {version}, in {}.", connection.name, latency(taken)),
        None => format!("{} was refreshed by another program just now: {version}.", connection.name),
    };
    let mut lines = vec![Text::styled(WELL, "✓ ").and(STRONG, happened)];
    if is_rotated == Some(true) {
        lines.push(Text::from("  The refresh token was exchanged too."));
    }
    lines.extend(expires_at.map(|at| Text::from(format!("  The access token holds until {}.", Now::here().until(at)))));
    lines.extend(warning.map(|it| Text::styled(WARN, "◔ ").plain(it)));
    terminal.say(lines)?;
    Ok(Exit::Done)
}

fn nothing_to_refresh_with(overview: &ConnectionOverview) -> Failure {
    let connection = &overview.connection;
    let diagnosis = domain::diagnosis::Diagnosis::of(domain::diagnosis::CauseLabel::RefreshTokenMissing);
    let words = FailureWords {
        code: "no_refresh_token",
        happened: format!("There is nothing to refresh {} with.", connection.name),
        meaning: "No refresh token was issued for this grant.".to_owned(),
        advice: format!("{} patchbay reconnect {}", refresh_token::way(overview), connection.id),
        detail: String::new(),
    };
    Failure::new(Exit::of_cause(&diagnosis, Some(overview.status.lamp)), diagnosis.action, words)
        .with_cause(diagnosis.cause)
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
