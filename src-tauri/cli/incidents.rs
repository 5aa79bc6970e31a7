//! Incidents: listed, shown with what to run again, paused and resumed, ticked off, closed, reported [D4, D5, D6].

use domain::IncidentId;
use domain::blast_radius::impact::Picture;
use domain::blast_radius::incident::{Affected, Incident, Stage};
use domain::blast_radius::replay_advice::{FailurePoint, Idempotency, MissedRuns, Replay};
use domain::blast_radius::{PlatformConnectionState, Uses};
use domain::diagnosis::CauseLabel;
use engine::Engine;
use engine::flows::incidents::ReplayLine;
use engine::flows::pause_and_resume::{Resumed, Switched};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::IncidentCommand;
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::radius::uses_of;
use crate::table::{Table, facts};
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::switched::SwitchedWords;
use crate::words::times::Now;
use crate::words::{counted, listed};

/// Told to end while a platform had not answered: what it was asked is noted, and stays.
const HALF_SWITCHED: &str = "Cancelled; what was asked of a platform may be done all the same. The next sync shows it.";

/// An incident, for programs.
#[derive(Serialize)]
struct IncidentJson<'a> {
    of: &'static str,
    id: &'a str,
    connection: &'a str,
    stage: &'static str,
    cause: Option<&'static str>,
    last_good_at: Option<Timestamp>,
    first_bad_at: Option<Timestamp>,
    opened_at: Timestamp,
    repaired_at: Option<Timestamp>,
    canary_worked: Option<bool>,
    closed_at: Option<Timestamp>,
    workflows: usize,
    validated: usize,
    paused: usize,
    failed_runs: u32,
    note: Option<&'a str>,
}

/// One of its workflows, for programs.
#[derive(Serialize)]
struct AffectedJson<'a> {
    of: &'static str,
    id: &'a str,
    workflow: &'a str,
    platform: &'a str,
    customer: Option<&'a str>,
    failed_runs: u32,
    paused_at: Option<Timestamp>,
    resumed_at: Option<Timestamp>,
    validated_at: Option<Timestamp>,
    replayed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayJson<'a>>,
}

/// What to run again, for programs.
#[derive(Serialize)]
struct ReplayJson<'a> {
    point: &'static str,
    replay: &'static str,
    idempotency: &'static str,
    from: Option<Timestamp>,
    until: Timestamp,
    failed_runs: usize,
    missed_runs: u32,
    missed_while_paused: u32,
    missed_for_certain: bool,
    failed_step: Option<&'a str>,
    checkpoints: &'a [String],
    kept_by_platform: bool,
}

/// What became of a pause or its end, for programs.
#[derive(Serialize)]
struct SwitchedJson<'a> {
    of: &'static str,
    id: &'a str,
    workflow: &'a str,
    outcome: &'static str,
    /// Of a newer version that is at the platform and does not run.
    newer_saved_at: Option<Timestamp>,
    error: Option<String>,
}

pub(crate) async fn incident(
    engine: &Engine,
    terminal: &Terminal,
    command: Option<IncidentCommand>,
) -> Result<Exit, Failure> {
    let id = |text: &str| IncidentId::from_text(text);
    match command.unwrap_or(IncidentCommand::List) {
        IncidentCommand::List => list(engine, terminal),
        IncidentCommand::Show(which) => show(engine, terminal, &engine.incident(&id(&which.incident))?),
        IncidentCommand::Open { connection } => {
            let opened = engine.open_incident(&uses_of(engine, &connection)?)?;
            show(engine, terminal, &opened)
        }
        IncidentCommand::Canary(which) => {
            let called = engine.run_canary(&id(&which.incident)).await?;
            let worked = called.canary.is_some_and(|it| it.worked);
            show(engine, terminal, &called)?;
            Ok(if worked { Exit::Done } else { Exit::BlockedOnAuth })
        }
        IncidentCommand::Pause(which) => {
            let incident = engine.incident(&id(&which.incident))?;
            let ids: Vec<_> = incident.affected.iter().map(|it| it.workflow.clone()).collect();
            terminal.progress(&format!("Pausing {}, a few at a time…", counted(ids.len(), "workflow")));
            let paused = unless_told(HALF_SWITCHED, engine.pause_workflows(&ids, Some(&incident.id))).await;
            terminal.end_progress();
            say_switched(terminal, &paused??)
        }
        IncidentCommand::Resume { which, anyway } => {
            let incident = engine.incident(&id(&which.incident))?;
            let paused = incident.affected.iter().filter(|it| it.is_paused());
            let ids: Vec<_> = paused.map(|it| it.workflow.clone()).collect();
            terminal.progress(&format!("Resuming {}, a few at a time…", counted(ids.len(), "workflow")));
            if anyway {
                let resumed = unless_told(HALF_SWITCHED, engine.resume_unproved(&ids)).await;
                terminal.end_progress();
                return say_switched(terminal, &resumed??);
            }
            let resumed = engine.resume_workflows(&ids).await;
            terminal.end_progress();
            match resumed? {
                Resumed::Resumed(switched) => say_switched(terminal, &switched),
                Resumed::CanaryFailed { uses, .. } => {
                    let picture = engine.picture()?;
                    terminal.warn(not_resumed(&picture, &uses));
                    Ok(Exit::BlockedOnAuth)
                }
            }
        }
        IncidentCommand::Tick { which, workflow, undo, replayed } => {
            let incident = engine.incident(&id(&which.incident))?;
            let workflow = workflow_of(&incident, &workflow)?;
            let ticked = if replayed {
                engine.tick_replay(&incident.id, &workflow, !undo)?
            } else {
                engine.tick_validation(&incident.id, &workflow, !undo)?
            };
            show(engine, terminal, &ticked)
        }
        IncidentCommand::Close { which, note, anyway } => {
            let closed = engine.close_incident(&id(&which.incident), note.as_deref(), anyway)?;
            show(engine, terminal, &closed)
        }
        IncidentCommand::Report(which) => {
            terminal.file(&engine.incident_report(&id(&which.incident))?)?;
            Ok(Exit::Done)
        }
    }
}

/// What is wrong still, and of a platform's copy what proves it.
fn not_resumed(picture: &Picture, uses: &Uses) -> Vec<Text> {
    let mut lines = vec![Text::from(format!("{} does not work yet; everything stays paused.", picture.name_of(uses)))];
    let Uses::PlatformConnection(id) = uses else { return lines };
    let Some(theirs) = picture.platform_connections().iter().find(|it| it.id == *id) else { return lines };
    let platform = picture.platform(&theirs.platform).map_or("its platform", |it| &it.name);
    if let PlatformConnectionState::Dead { words, .. } = &theirs.state
        && !words.is_empty()
    {
        lines.push(Text::from(format!("  {platform} last said: {words}")));
    }
    lines.push(Text::from(format!(
        "  A run there that works proves it: run one of its workflows at {platform}, then patchbay sync, then resume."
    )));
    lines
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.list_incidents()?;
    if terminal.is_json() {
        all.iter().try_for_each(|it| terminal.object(&incident_json(it)))?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.say([Text::from("No incident is on record.")])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Incident", "Connection", "Is", "Opened", "Workflows", "Validated", "Id"]);
    for it in &all {
        table.row(vec![
            Text::from(it.cause.map_or("cause not known", CauseLabel::words)),
            Text::styled(STRONG, &it.name),
            stage_text(it.stage()),
            Text::from(now.ago(it.opened_at)),
            Text::from(it.affected.len().to_string()),
            Text::from(validated(it).to_string()),
            Text::styled(FAINT, it.id.as_str()),
        ]);
    }
    terminal.say(table.names_within(terminal.columns(), &[1]).lines())?;
    Ok(Exit::Done)
}

fn show(engine: &Engine, terminal: &Terminal, incident: &Incident) -> Result<Exit, Failure> {
    let replay = engine.replay_advice(&incident.id)?;
    let line_of = |it: &Affected| replay.iter().find(|line| line.workflow == it.workflow);
    if terminal.is_json() {
        terminal.object(&incident_json(incident))?;
        for it in &incident.affected {
            terminal.object(&affected_json(it, line_of(it)))?;
        }
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let moment =
        |at: Option<Timestamp>| Some(Text::from(at.map_or_else(|| "not known".to_owned(), |at| now.exact(at))));
    let mut lines = vec![Text::styled(STRONG, &incident.name).plain(": ").followed_by(stage_text(incident.stage()))];
    lines.extend(facts(vec![
        ("incident", Some(Text::from(incident.id.as_str()))),
        ("cause", incident.cause.map(|it| Text::from(it.words()).plain("  ").and(FAINT, it.as_str()))),
        ("last good call", moment(incident.last_good_at)),
        ("first bad call", moment(incident.first_bad_at)),
        ("repaired", incident.repaired_at.map(|at| Text::from(now.exact(at)))),
        ("closed", incident.closed_at.map(|at| Text::from(now.exact(at)))),
        ("note", incident.note.as_ref().map(Text::from)),
    ]));
    let mut table = Table::new(&["", "Workflow", "Where", "Customer", "Failed runs", "Is", "Id"]);
    for it in &incident.affected {
        let is = if it.is_paused() { "paused" } else { "" };
        table.row(vec![
            if it.validated_at.is_some() { Text::styled(WELL, "✓") } else { Text::from("·") },
            Text::from(&it.name),
            Text::from(&it.platform),
            Text::from(it.customer.as_deref().unwrap_or_default()),
            Text::from(it.failed_runs.to_string()),
            Text::from(is),
            Text::styled(FAINT, it.workflow.as_str()),
        ]);
        if let Some(line) = line_of(it) {
            table.below(Text::styled(FAINT, format!("   {}", replay_sentence(line, &now))));
        }
    }
    lines.push(Text::default());
    lines.extend(table.names_within(terminal.columns(), &[1, 2, 3]).lines());
    terminal.say(lines)?;
    Ok(Exit::Done)
}

fn incident_json(it: &Incident) -> IncidentJson<'_> {
    IncidentJson {
        of: "incident",
        id: it.id.as_str(),
        connection: &it.name,
        stage: it.stage().as_str(),
        cause: it.cause.map(CauseLabel::as_str),
        last_good_at: it.last_good_at,
        first_bad_at: it.first_bad_at,
        opened_at: it.opened_at,
        repaired_at: it.repaired_at,
        canary_worked: it.canary.map(|it| it.worked),
        closed_at: it.closed_at,
        workflows: it.affected.len(),
        validated: validated(it),
        paused: it.affected.iter().filter(|it| it.is_paused()).count(),
        failed_runs: it.affected.iter().fold(0, |sum, it| sum.saturating_add(it.failed_runs)),
        note: it.note.as_deref(),
    }
}

fn affected_json<'a>(it: &'a Affected, line: Option<&'a ReplayLine>) -> AffectedJson<'a> {
    AffectedJson {
        of: "workflow",
        id: it.workflow.as_str(),
        workflow: &it.name,
        platform: &it.platform,
        customer: it.customer.as_deref(),
        failed_runs: it.failed_runs,
        paused_at: it.paused_at,
        resumed_at: it.resumed_at,
        validated_at: it.validated_at,
        replayed_at: it.replayed_at,
        replay: line.map(|line| ReplayJson {
            point: point_word(line.advice.point),
            replay: replay_word(line.advice.replay),
            idempotency: idempotency_word(line.advice.idempotency),
            from: line.advice.from,
            until: line.advice.until,
            failed_runs: line.failed_runs,
            missed_runs: line.missed.count,
            missed_while_paused: line.missed.paused_count,
            missed_for_certain: line.missed.is_certain,
            failed_step: line.advice.failed_step.as_deref(),
            checkpoints: &line.advice.checkpoints,
            kept_by_platform: line.advice.is_kept_by_platform,
        }),
    }
}

/// One of the incident's by id or name: it may be gone from its platform since.
fn workflow_of(incident: &Incident, typed: &str) -> Result<domain::WorkflowId, Failure> {
    let mut found = incident.affected.iter().filter(|it| it.workflow.as_str() == typed || it.name == typed);
    match (found.next(), found.count()) {
        (Some(it), 0) => Ok(it.workflow.clone()),
        (Some(_), others) => Err(engine::Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }.into()),
        (None, _) => Err(engine::Error::WorkflowGone(typed.chars().take(80).collect()).into()),
    }
}

fn say_switched(terminal: &Terminal, switched: &[Switched]) -> Result<Exit, Failure> {
    let now = Now::here();
    let mut exit = Exit::Done;
    let mut lines = vec![];
    for it in switched {
        let said = SwitchedWords::of(&it.outcome, &now);
        exit = said.exit.unwrap_or(exit);
        if terminal.is_json() {
            terminal.object(&SwitchedJson {
                of: "workflow",
                id: it.workflow.as_str(),
                workflow: &it.name,
                outcome: said.code,
                newer_saved_at: said.newer_saved_at,
                error: said.error,
            })?;
        } else {
            lines.push(Text::from(format!("{} {}.", it.name, said.sentence)));
        }
    }
    if !terminal.is_json() {
        lines.push(Text::styled(FAINT, format!("{} in all.", counted(switched.len(), "workflow"))));
        terminal.say(lines)?;
    }
    Ok(exit)
}

fn validated(incident: &Incident) -> usize {
    incident.affected.iter().filter(|it| it.validated_at.is_some()).count()
}

fn stage_text(stage: Stage) -> Text {
    match stage {
        Stage::Broken => Text::styled(BAD, "broken"),
        Stage::Repaired => Text::from("repaired, to be validated"),
        Stage::Validated => Text::styled(WELL, "validated"),
        Stage::Closed => Text::styled(FAINT, "closed"),
    }
}

fn point_word(point: FailurePoint) -> &'static str {
    match point {
        FailurePoint::BeforeFirstRead => "before_first_read",
        FailurePoint::BeforeFirstWrite => "before_first_write",
        FailurePoint::MidRunAfterWrites => "mid_run_after_writes",
        FailurePoint::AfterWritingBeforeConfirmation => "after_writing_before_confirmation",
        FailurePoint::NotKnown => "not_known",
    }
}

fn replay_word(replay: Replay) -> &'static str {
    match replay {
        Replay::Whole => "whole",
        Replay::FromFailedStep => "from_failed_step",
        Replay::CheckThenFromLastWrite => "check_then_from_last_write",
        Replay::LookFirst => "look_first",
    }
}

fn idempotency_word(idempotency: Idempotency) -> &'static str {
    match idempotency {
        Idempotency::NotNeeded => "not_needed",
        Idempotency::KeyPerRecord => "key_per_record",
        Idempotency::NotKnown => "not_known",
    }
}

fn was_or_were(count: u32) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// "5 scheduled runs were missed, 3 of them while it was paused; "
fn missed_sentence(missed: MissedRuns) -> String {
    let runs = counted(missed.count as usize, "scheduled run");
    let while_paused = match (missed.count, missed.paused_count) {
        (_, 0) => String::new(),
        (all, paused) if all == paused => " while it was paused".to_owned(),
        (_, paused) => format!(", {paused} of them while it was paused"),
    };
    match (missed.count, missed.is_certain) {
        (0, _) => String::new(),
        (count, true) => format!("{runs} {} missed{while_paused}; ", was_or_were(count)),
        (_, false) if missed.paused_count == 0 => format!("{runs} fell due, and whether they ran is not visible; "),
        (_, false) => format!("{runs} fell due{while_paused}; whether the others ran is not visible; "),
    }
}

/// "3 scheduled runs were missed; nothing was written: run it again as a whole, from 14 Nov 02:00 on."
fn replay_sentence(line: &ReplayLine, now: &Now) -> String {
    let advice = &line.advice;
    let step = advice.failed_step.as_deref().unwrap_or("a step that is not known");
    let mut said = missed_sentence(line.missed);
    said.push_str(&match advice.replay {
        Replay::Whole if line.run.is_none() => "run each again as a whole".to_owned(),
        Replay::LookFirst if line.run.is_none() => "compare before running anything again".to_owned(),
        Replay::Whole => "nothing was written: run it again as a whole".to_owned(),
        Replay::FromFailedStep => {
            format!("go on from {step}; repeat no write without a key of its record")
        }
        Replay::CheckThenFromLastWrite => {
            "all was written, and not confirmed: look whether it arrived before running anything again".to_owned()
        }
        Replay::LookFirst => format!("failed at {step}: look at the run before running it again"),
    });
    if !advice.checkpoints.is_empty() {
        said.push_str(&format!("; look at what {} left", listed(advice.checkpoints.iter().map(String::as_str))));
    }
    if let Some(from) = advice.from {
        said.push_str(&format!("; from {} on", now.exact(from)));
    }
    if advice.is_kept_by_platform {
        said.push_str("; its platform keeps the run and can complete it");
    }
    said
}
