//! A guided diagnosis at the terminal: each rung as it ends, then the cause, what rules its look-alikes out, and the
//! next step [C3].

use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::{LadderReport, NextStep, ProofLine, RungResult, RungState, SeenAt};
use engine::Engine;
use engine::flows::diagnose::{DiagnoseWith, RungEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::DiagnoseArguments;
use crate::connections::cause_lines;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::support_bundle;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::causes;
use crate::words::times::Now;

/// One rung, for programs.
#[derive(Serialize)]
struct RungJson<'a> {
    event: &'static str,
    rung: &'static str,
    state: &'static str,
    took_ms: Option<u128>,
    says: &'a str,
    proof: Vec<ProofJson<'a>>,
}

#[derive(Serialize)]
struct ProofJson<'a> {
    request: &'a str,
    sent: Vec<[&'a str; 2]>,
    http_status: Option<u16>,
    code: Option<&'a str>,
    words: Option<&'a str>,
}

/// The verdict, for programs.
#[derive(Serialize)]
struct VerdictJson<'a> {
    event: &'static str,
    connection: &'a str,
    at: Timestamp,
    stopped_at: Option<&'static str>,
    cause: &'static str,
    action: &'static str,
    provider_code: Option<&'a str>,
    http_status: Option<u16>,
    ruled_out: Vec<Value>,
    still_open: Option<&'a str>,
    /// Of the provider's own, as its answer named it.
    mending_page: Option<&'a str>,
    last_good: Option<Value>,
    first_bad: Option<Value>,
    next: Value,
}

pub(crate) async fn diagnose(engine: &Engine, terminal: &Terminal, asked: DiagnoseArguments) -> Result<Exit, Failure> {
    let Some(named) = &asked.connection else {
        return Err(Failure::usage("Say which connection, or --from which file."));
    };
    let connection = engine.find_connection(named)?;
    if asked.bundle.is_some() || asked.vendor_report {
        return support_bundle::support(engine, terminal, asked, &connection).await;
    }
    let with = DiagnoseWith {
        may_refresh: asked.refresh,
        may_write: asked.write,
        resource: asked.resource,
        zone: TimeZone::system(),
    };
    let tell = |event: RungEvent| {
        let RungEvent::Ended(result) = event else { return };
        let told = if terminal.is_json() {
            terminal.object(&RungJson::from(&result))
        } else {
            terminal.say(rung_lines(&result))
        };
        // A reader who went away hears of no verdict either: that is where it fails.
        told.ok();
    };
    let report = engine
        .diagnose(&connection.id, with, tell)
        .await
        .map_err(|error| Failure::about(engine, &connection, error))?;
    let overview = engine.overview(&connection.id)?;
    if terminal.is_json() {
        terminal.object(&verdict_json(&report, &connection))?;
    } else {
        terminal.say(verdict_lines(&report, &overview.provider.name, &connection))?;
    }
    let diagnosis = &report.verdict.diagnosis;
    if diagnosis.cause == CauseLabel::NoFailure {
        return Ok(Exit::Done);
    }
    Ok(Exit::of_cause(diagnosis, Some(overview.status.lamp)))
}

fn rung_lines(result: &RungResult) -> Vec<Text> {
    let (style, mark) = match result.state {
        RungState::Passed => (WELL, "✓"),
        RungState::Failed => (BAD, "✗"),
        RungState::NotNeeded | RungState::NotRun => (FAINT, "–"),
    };
    let took = result.took.filter(|_| !result.proof.is_empty());
    let took = took.map(|it| format!("  {} ms", it.as_millis())).unwrap_or_default();
    let head = Text::styled(style, mark).plain(" ").and(STRONG, result.rung.words()).and(FAINT, took);
    let mut lines = vec![head, Text::from("  ").plain(&result.says)];
    if result.state != RungState::Passed {
        lines.extend(result.proof.iter().map(proof_line));
    }
    lines
}

fn proof_line(line: &ProofLine) -> Text {
    let sent: String = line.sent.iter().map(|(name, shown)| format!("  {name} {shown}")).collect();
    let status = line.status.map(|it| format!(" → {it}")).unwrap_or_default();
    let code = line.code.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let words = line.words.as_ref().map(|it| format!("  \"{it}\"")).unwrap_or_default();
    Text::styled(FAINT, format!("    {}{sent}{status}{code}{words}", line.request))
}

fn verdict_lines(report: &LadderReport, provider: &str, connection: &Connection) -> Vec<Text> {
    let verdict = &report.verdict;
    let mut lines = vec![Text::default()];
    if verdict.diagnosis.cause == CauseLabel::NoFailure {
        let says = format!("{} works: every layer that was tried holds.", connection.name);
        lines.push(Text::styled(WELL, "✓ ").and(STRONG, says));
        return lines;
    }
    lines.extend(cause_lines(&verdict.diagnosis, provider, connection));
    if let Some(page) = verdict.diagnosis.mending_page() {
        lines.push(Text::styled(FAINT, "  mend it at ").plain(page.url().as_str()));
    }
    if let NextStep::ReconnectWithScopes { missing } = &verdict.next
        && !missing.is_empty()
    {
        lines.push(Text::styled(FAINT, "  missing ").plain(missing.join(", ")));
    }
    let seen = |label: &str, seen: &SeenAt| {
        Text::styled(FAINT, format!("  {label} ")).plain(format!("{}, {}", Now::here().moment(seen.at), seen.what))
    };
    lines.extend(verdict.last_good.as_ref().map(|it| seen("last good", it)));
    lines.extend(verdict.first_bad.as_ref().map(|it| seen("first bad", it)));
    if !verdict.ruled_out.is_empty() {
        lines.push(Text::from("  It is not:"));
    }
    for out in &verdict.ruled_out {
        lines.push(Text::styled(FAINT, "    – ").plain(causes::short(out.cause)).and(FAINT, format!(": {}", out.by)));
    }
    lines.extend(verdict.still_open.as_ref().map(|open| Text::styled(FAINT, "  Still open: ").plain(open)));
    lines.extend(next_lines(&verdict.next, connection));
    lines
}

/// What the advice on the cause does not say already.
fn next_lines(next: &NextStep, connection: &Connection) -> Vec<Text> {
    match next {
        NextStep::ReconnectWithScopes { missing } if !missing.is_empty() => {
            let adds: String = missing.iter().map(|scope| format!(" --add {scope}")).collect();
            vec![Text::from(format!("  Ask for them: patchbay scopes {}{adds}", connection.id))]
        }
        NextStep::CheckClient(client) => {
            vec![Text::from(format!("  Check the client: patchbay client check {client}"))]
        }
        NextStep::WaitUntil(Some(at)) => vec![Text::from(format!("  Not before {}.", Now::here().moment(*at)))],
        NextStep::AskAdmin { text } => vec![Text::from("  To send:"), Text::from(format!("    {text}"))],
        NextStep::ShareResource { steps } => {
            steps.iter().enumerate().map(|(place, step)| Text::from(format!("  {}. {step}", place + 1))).collect()
        }
        NextStep::Reconnect
        | NextStep::ReconnectWithScopes { .. }
        | NextStep::ReconnectOtherAccount
        | NextStep::RefreshNow
        | NextStep::RunTestCall
        | NextStep::OpenProviderPage(_)
        | NextStep::OpenMendingPage
        | NextStep::OpenClock
        | NextStep::WaitUntil(None)
        | NextStep::ReportToVendor
        | NextStep::Nothing => vec![],
    }
}

impl<'a> From<&'a RungResult> for RungJson<'a> {
    fn from(result: &'a RungResult) -> Self {
        Self {
            event: "rung",
            rung: result.rung.as_str(),
            state: result.state.as_str(),
            took_ms: result.took.map(|it| it.as_millis()),
            says: &result.says,
            proof: result.proof.iter().map(ProofJson::from).collect(),
        }
    }
}

impl<'a> From<&'a ProofLine> for ProofJson<'a> {
    fn from(line: &'a ProofLine) -> Self {
        Self {
            request: &line.request,
            sent: line.sent.iter().map(|(name, shown)| [name.as_str(), shown.as_str()]).collect(),
            http_status: line.status,
            code: line.code.as_deref(),
            words: line.words.as_deref(),
        }
    }
}

fn verdict_json<'a>(report: &'a LadderReport, connection: &'a Connection) -> VerdictJson<'a> {
    let verdict = &report.verdict;
    let seen = |it: &SeenAt| json!({ "at": it.at, "what": it.what });
    VerdictJson {
        event: "verdict",
        connection: connection.id.as_str(),
        at: report.at,
        stopped_at: report.failed_rung().map(|it| it.rung.as_str()),
        cause: verdict.diagnosis.cause.as_str(),
        action: verdict.diagnosis.action.as_str(),
        provider_code: verdict.diagnosis.provider_code.as_deref(),
        http_status: verdict.diagnosis.http_status,
        ruled_out: verdict.ruled_out.iter().map(|it| json!({ "cause": it.cause.as_str(), "by": it.by })).collect(),
        still_open: verdict.still_open.as_deref(),
        mending_page: verdict.diagnosis.mending_page().map(|it| it.url().as_str()),
        last_good: verdict.last_good.as_ref().map(seen),
        first_bad: verdict.first_bad.as_ref().map(seen),
        next: next_json(&verdict.next),
    }
}

fn next_json(next: &NextStep) -> Value {
    match next {
        NextStep::Reconnect => json!({ "step": "reconnect" }),
        NextStep::ReconnectWithScopes { missing } => json!({ "step": "reconnect_with_scopes", "missing": missing }),
        NextStep::ReconnectOtherAccount => json!({ "step": "reconnect_other_account" }),
        NextStep::RefreshNow => json!({ "step": "refresh_now" }),
        NextStep::RunTestCall => json!({ "step": "run_test_call" }),
        NextStep::OpenProviderPage(page) => json!({ "step": "open_provider_page", "page": page.as_str() }),
        NextStep::OpenMendingPage => json!({ "step": "open_mending_page" }),
        NextStep::CheckClient(client) => json!({ "step": "check_client", "client": client.as_str() }),
        NextStep::OpenClock => json!({ "step": "open_clock" }),
        NextStep::WaitUntil(at) => json!({ "step": "wait_until", "at": at }),
        NextStep::AskAdmin { text } => json!({ "step": "ask_admin", "text": text }),
        NextStep::ShareResource { steps } => json!({ "step": "share_resource", "steps": steps }),
        NextStep::ReportToVendor => json!({ "step": "report_to_vendor" }),
        NextStep::Nothing => json!({ "step": "nothing" }),
    }
}
