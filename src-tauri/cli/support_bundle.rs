//! `patchbay diagnose C --bundle FOLDER` and `--vendor-report`: what support needs, written or printed without a
//! secret [C6, C7].

use domain::connection::Connection;
use domain::diagnosis::probe_plan::RungState;
use domain::lifecycle::refresh_mode::RefreshMode;
use engine::flows::diagnose::{DiagnoseWith, RungEvent};
use engine::flows::support_bundle::{BundleWith, EscalationStep, VendorReport, save_failure_bundle};
use engine::{Engine, Error};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::arguments::DiagnoseArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{FAINT, STRONG, Terminal, Text, WELL};

pub(crate) async fn support(
    engine: &Engine,
    terminal: &Terminal,
    asked: DiagnoseArguments,
    connection: &Connection,
) -> Result<Exit, Failure> {
    if let Some(folder) = asked.bundle.as_ref().filter(|it| !it.is_dir()) {
        return Err(Failure::usage(format!("{} is no folder.", folder.display())));
    }
    let with = BundleWith { includes_account: asked.with_account };
    let wants_run = asked.refresh || asked.write || asked.resource.is_some();
    let about = |error| Failure::about(engine, connection, error);
    if wants_run || engine.last_diagnosis(&connection.id).map_err(about)?.is_none() {
        run_first(engine, terminal, &asked, connection).await?;
    }
    if let Some(folder) = &asked.bundle {
        let bundle = engine.failure_bundle(&connection.id, with).await.map_err(about)?;
        let paths = save_failure_bundle(&bundle, folder)?;
        let [markdown, json] = paths.map(|it| it.display().to_string());
        if terminal.is_json() {
            terminal.object(&json!({ "event": "bundle", "markdown": markdown, "json": json }))?;
        } else {
            let account = if asked.with_account { "The account is named." } else { "The account is masked." };
            terminal.say([
                Text::styled(WELL, "✓ ").plain("Written, without tokens and secrets. ").plain(account),
                Text::from(format!("  {markdown}")),
                Text::from(format!("  {json}")),
            ])?;
        }
    }
    if asked.vendor_report {
        let report = engine.vendor_report(&connection.id, with).await.map_err(about)?;
        print_report(terminal, &report)?;
    }
    Ok(Exit::Done)
}

/// Rungs are told of beside the output, which is the report's.
async fn run_first(
    engine: &Engine,
    terminal: &Terminal,
    asked: &DiagnoseArguments,
    connection: &Connection,
) -> Result<(), Failure> {
    let mode = engine.refresh_mode()?;
    if matches!(mode, RefreshMode::Paused | RefreshMode::Offline) {
        let why =
            format!("Refreshing is {}, so no probes are run: what is written tells of none newer.", mode.as_str());
        terminal.warn([Text::from(why)]);
        return Ok(());
    }
    terminal.note([Text::from("The probes run first.")]);
    let with = DiagnoseWith {
        may_refresh: asked.refresh,
        may_write: asked.write,
        resource: asked.resource.clone(),
        zone: TimeZone::system(),
    };
    let tell = |event: RungEvent| {
        if let RungEvent::Ended(result) = event
            && result.state != RungState::NotRun
        {
            let state = result.state.as_str().replace('_', " ");
            terminal.note([Text::styled(FAINT, format!("  {}: {state}", result.rung.words()))]);
        }
    };
    match engine.diagnose(&connection.id, with, tell).await {
        Ok(_) => Ok(()),
        Err(error @ Error::BadInput(_)) => Err(Failure::about(engine, connection, error)),
        // What is known without them still helps.
        Err(error) => {
            terminal.warn([Text::from(format!("The probes could not be run: {error}."))]);
            Ok(())
        }
    }
}

fn print_report(terminal: &Terminal, report: &VendorReport) -> Result<(), Failure> {
    let advice = &report.escalation;
    if terminal.is_json() {
        let pages: Vec<_> =
            report.pages.iter().map(|(page, url)| json!({ "page": page.as_str(), "url": url.as_str() })).collect();
        return terminal.object(&json!({
            "event": "vendor_report",
            "step": advice.step.as_str(),
            "reason": advice.reason,
            "vendor_when": advice.vendor_when,
            "subject": report.subject,
            "text": report.text,
            "pages": pages,
        }));
    }
    terminal.note([
        Text::styled(STRONG, step(advice.step)),
        Text::from(format!("  {}", advice.reason)),
        Text::styled(FAINT, "  Call the provider: ").plain(&advice.vendor_when),
    ]);
    for (page, url) in &report.pages {
        terminal.note([Text::styled(FAINT, format!("  Their {}: ", page.as_str())).plain(url.as_str())]);
    }
    terminal.say([Text::from(format!("Subject: {}", report.subject)), Text::default()])?;
    terminal.say(report.text.lines().map(Text::from))
}

fn step(step: EscalationStep) -> &'static str {
    match step {
        EscalationStep::Nothing => "Nothing has to be done.",
        EscalationStep::Wait => "Wait first.",
        EscalationStep::Refresh => "Refresh first.",
        EscalationStep::Reconnect => "Reconnect first.",
        EscalationStep::MendHere => "Mend it on this side first.",
        EscalationStep::ShareResource => "Share the object first.",
        EscalationStep::AskAdmin => "Ask the administrator first.",
        EscalationStep::RotateCredentials => "Check and rotate the client's secret first.",
        EscalationStep::Rebuild => "Mend the client's set-up, or make a new one, first.",
        EscalationStep::ContactVendor => "It is time to write to the provider.",
    }
}
