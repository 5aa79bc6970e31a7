//! Runs of scenarios: what the logs say, and what Make keeps to be completed [D1, D5].

use domain::blast_radius::reading::FoundRun;
use domain::blast_radius::{Run, RunOutcome};
use domain::diagnosis::redaction::of_foreign_words;
use jiff::Timestamp;
use serde_json::Value;

use super::super::rest::Purpose;
use super::super::text::{id_in, moment_in, text_in};
use super::super::{PlatformFailure, Progress};
use super::{INCOMPLETE, Make};

/// Scenarios whose queue of incomplete executions is read.
pub(super) const MOST_QUEUES: usize = 20;
/// Scenarios whose logs are read at one time: the smallest plan allows 60 calls a minute.
const MOST_LOGS: usize = 30;
/// Failed runs that are asked about one by one.
const MOST_DETAILS: usize = 20;
/// Of one scenario.
const MOST_RUNS: &str = "100";

const LOGS: Purpose = Purpose { what: "read the logs of a scenario", right: "scenarios:read" };

/// Runs since then, the newest first: of those scenarios first that were stopped by errors or keep something incomplete.
pub(super) async fn since(make: &Make, since: Timestamp) -> Result<Vec<FoundRun>, PlatformFailure> {
    let purpose = Purpose { what: "list scenarios", right: "scenarios:read" };
    let never = Progress::default();
    let mut scenarios = vec![];
    for team in make.teams(&never).await? {
        scenarios.extend(make.all("scenarios", &[("teamId", &team.id)], purpose, &never).await?);
    }
    scenarios.retain(|it| is(it, "isActive") || is(it, "isinvalid") || queue(it) > 0);
    scenarios.sort_by_key(|it| (!is(it, "isinvalid"), queue(it) == 0));
    let from = since.as_millisecond().to_string();
    let (mut runs, mut details) = (vec![], MOST_DETAILS);
    for scenario in scenarios.iter().take(MOST_LOGS) {
        let Some(id) = id_in(scenario, "id") else { continue };
        let query = [("from", from.as_str()), ("pg[limit]", MOST_RUNS)];
        let answer: Value = match make.rest.fetch(&["scenarios", &id, "logs"], &query, LOGS).await {
            Ok(answer) => answer,
            // What was read by then is true, and the rest is read the next time.
            Err(PlatformFailure::RateLimited { .. }) if !runs.is_empty() => break,
            Err(PlatformFailure::Refused { status: 404, .. }) => continue,
            Err(failure) => return Err(failure),
        };
        for entry in answer.get("scenarioLogs").and_then(Value::as_array).into_iter().flatten() {
            let Some(mut run) = run_of(entry).filter(|it| it.at >= since) else { continue };
            if run.outcome == RunOutcome::Failed && details > 0 {
                details -= 1;
                detail(make, &id, &mut run).await;
            }
            runs.push(FoundRun::new(id.clone(), run));
        }
        if queue(scenario) > 0 {
            match incomplete(make, &id).await {
                Ok(kept) => runs.extend(kept.into_iter().filter(|it| it.run.at >= since)),
                Err(PlatformFailure::RightMissing { .. } | PlatformFailure::RateLimited { .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
    }
    runs.sort_by_key(|it| std::cmp::Reverse(it.run.at));
    Ok(runs)
}

/// What Make keeps of one scenario to be completed.
pub(super) async fn incomplete(make: &Make, scenario: &str) -> Result<Vec<FoundRun>, PlatformFailure> {
    let purpose = Purpose { what: "list incomplete executions", right: "dlqs:read" };
    let answer: Value = make.rest.fetch(&["dlqs"], &[("scenarioId", scenario)], purpose).await?;
    let entries = answer.get("dlqs").and_then(Value::as_array);
    let is_open = |it: &&Value| !is(it, "resolved") && !is(it, "deleted");
    let runs = entries.into_iter().flatten().filter(is_open).filter_map(|it| {
        let run = Run {
            external_id: format!("{INCOMPLETE}{}", id_in(it, "id")?),
            at: moment_in(it, "created")?,
            outcome: RunOutcome::Incomplete,
            failed_step: None,
            failed_connection: None,
            words: text_in(it, "reason").map(of_foreign_words),
        };
        Some(FoundRun::new(scenario.to_owned(), run))
    });
    Ok(runs.collect())
}

fn run_of(entry: &Value) -> Option<Run> {
    let outcome = match entry.get("status").and_then(Value::as_u64)? {
        0 => RunOutcome::Running,
        1 => RunOutcome::Succeeded,
        2 => RunOutcome::FailedInside,
        3 => RunOutcome::Failed,
        _ => return None,
    };
    Some(Run {
        external_id: id_in(entry, "id").or_else(|| id_in(entry, "imtId"))?,
        at: moment_in(entry, "timestamp")?,
        outcome,
        failed_step: None,
        failed_connection: None,
        words: None,
    })
}

/// Where and why it failed; without an answer the run is told without them.
async fn detail(make: &Make, scenario: &str, run: &mut Run) {
    let answer: Result<Value, _> =
        make.rest.fetch(&["scenarios", scenario, "executions", &run.external_id], &[], LOGS).await;
    let Ok(answer) = answer else { return };
    // The module's name is no id of a step, so it stands in the words.
    let parts = ["/error/causeModule/name", "/error/message"].map(|it| answer.pointer(it).and_then(Value::as_str));
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    run.words = Some(of_foreign_words(&words)).filter(|it| !it.is_empty());
}

fn is(entry: &Value, field: &str) -> bool {
    entry.get(field).and_then(Value::as_bool) == Some(true)
}

fn queue(scenario: &Value) -> u64 {
    scenario.get("dlqCount").and_then(Value::as_u64).unwrap_or(0)
}
