//! Goes with a run to its end: each step as it ends, the address of a sign-in, Ctrl-C, the report, and an exit code that
//! says who must act [E4, F1].

use std::path::Path;

use domain::blast_radius::Uses;
use domain::connection::status::Lamp;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::rehearsal::{Certificate, HoldWish, MemberRun, Rehearsal, Step, StepRun, StepState, step_name, took};
use engine::flows::rehearsal::{RehearsalNow, RehearseWith, WrittenReport};
use engine::signals::{told_again, told_to_end};
use engine::{Engine, Error, Notice};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::radius::id_of;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};

/// What happens, for programs: one object as each thing happens.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum HappenedJson<'a> {
    Started {
        run: i64,
        checklist: &'a str,
        steps: usize,
    },
    Authorize {
        connection: &'a str,
        url: &'a str,
    },
    Step {
        connection: &'a str,
        name: &'a str,
        step: String,
        state: &'static str,
        seen: &'a str,
        took_ms: u128,
        cause: Option<&'static str>,
        http_status: Option<u16>,
        request_id: Option<&'a str>,
    },
    Ended {
        run: i64,
        state: &'static str,
        sentence: &'a str,
        good_until: Option<Timestamp>,
        holding: usize,
        connections: usize,
        failed_connection: Option<&'a str>,
        failed_step: Option<String>,
        cause: Option<&'static str>,
        left_behind: Vec<String>,
    },
    Withdrawn {
        run: i64,
        connection: Option<&'a str>,
        seen: &'a str,
        cause: Option<&'static str>,
    },
    Over {
        run: i64,
    },
}

/// Said instead of what a run came to that was broken off before anything failed.
const STOPPED: &str = "Stopped before its end: there is no certificate.";

pub(super) async fn run(engine: &Engine, terminal: &Terminal, asked: RunArguments) -> Result<Exit, Failure> {
    let checklist = engine.find_checklist(&asked.which.checklist)?;
    let until = asked.until.as_deref().map(|it| moment(it, engine.now())).transpose()?;
    let hold = until.map(HoldWish::Until).or(asked.hold.map(HoldWish::For));
    if let Err(error) = engine.tidy_up_rehearsals().await {
        tracing::warn!(%error, "what earlier rehearsals left could not be tidied up");
    }
    let with = RehearseWith { hold, opens_browser: !asked.no_browser, ..RehearseWith::default() };
    let mut now = engine.start_rehearsal(&checklist.id, with)?;
    let (run, steps) = (now.borrow().id, now.borrow().rehearsal.progress().of);
    if terminal.is_json() {
        terminal.object(&HappenedJson::Started { run, checklist: &checklist.name, steps })?;
    } else {
        terminal.note([Text::styled(STRONG, &checklist.name).plain(format!(", {steps} checks"))]);
    }
    let mut told = Told::default();
    let mut ended = std::pin::pin!(told_to_end());
    let mut is_stopping = false;
    let done = loop {
        let at = now.borrow_and_update().clone();
        told.tell(engine, terminal, &at.rehearsal)?;
        if at.is_over {
            break at;
        }
        tokio::select! {
            biased;
            () = &mut ended, if !is_stopping => {
                is_stopping = true;
                terminal.note([Text::from("Stopping; what was made is removed first.")]);
                engine.stop_rehearsal(&checklist.id);
            }
            () = told_again(), if is_stopping => {
                return Err(Failure::cancelled("Ended at once: patchbay checklist tidy removes what was made."));
            }
            // A sign-in has an address a moment after its step has begun.
            () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
            changed = now.changed() => if changed.is_err() { return Err(Error::TaskEnded.into()) },
        }
    };
    let report = engine.rehearsal_report(run, &TimeZone::system())?;
    if let Some(path) = &asked.report {
        write(terminal, path, &report)?;
    }
    let exit = say_end(engine, terminal, &done, &report)?;
    if asked.stay && exit == Exit::Done {
        return stay(engine, terminal, run).await;
    }
    if exit == Exit::Done && !engine.is_kept_warm() && !terminal.is_json() {
        terminal.note([Text::styled(FAINT, "It is tested again while Patchbay's window is open, or with --stay.")]);
    }
    Ok(exit)
}

/// What was told already.
#[derive(Default)]
struct Told {
    steps: std::collections::HashSet<(usize, Step)>,
    sign_ins: std::collections::HashSet<String>,
}

impl Told {
    fn tell(&mut self, engine: &Engine, terminal: &Terminal, rehearsal: &Rehearsal) -> Result<(), Failure> {
        for (place, member) in rehearsal.members.iter().enumerate() {
            for step in &member.steps {
                if matches!(step.state, StepState::Running { .. }) {
                    if step.step == Step::SignInAgain {
                        self.tell_sign_in(engine, terminal, member)?;
                    }
                    terminal.progress(&format!("{}: {} …", member.name, step_name(&step.step)));
                }
                if step.ended_at.is_some() && self.steps.insert((place, step.step.clone())) {
                    terminal.end_progress();
                    tell_step(terminal, member, step)?;
                }
            }
        }
        Ok(())
    }

    fn tell_sign_in(&mut self, engine: &Engine, terminal: &Terminal, member: &MemberRun) -> Result<(), Failure> {
        let Uses::Connection(id) = &member.uses else { return Ok(()) };
        let all = engine.list_sign_ins();
        let waiting = all.iter().find(|it| it.reconnects.as_ref() == Some(id) && !it.progress.is_over());
        let Some(sign_in) = waiting.filter(|it| self.sign_ins.insert(it.id.to_string())) else { return Ok(()) };
        terminal.end_progress();
        let account = engine.connection(id)?.identity.account().map(str::to_owned);
        let whom = account.map(|it| format!(" as {it}")).unwrap_or_default();
        if terminal.is_json() {
            let url = sign_in.authorize_url.as_str();
            return terminal.object(&HappenedJson::Authorize { connection: id.as_str(), url });
        }
        terminal.note([
            Text::from(format!("Sign in again{whom} for ")).and(STRONG, &member.name).plain(":"),
            Text::from(format!("  {}", sign_in.authorize_url)),
        ]);
        Ok(())
    }
}

fn tell_step(terminal: &Terminal, member: &MemberRun, step: &StepRun) -> Result<(), Failure> {
    let (mark, state, seen, time, cause) = match &step.state {
        StepState::Passed { took, seen } => (Text::styled(WELL, "✓"), "passed", seen, *took, None),
        StepState::Failed { took, seen, cause } => (Text::styled(BAD, "✗"), "failed", seen, *took, *cause),
        StepState::Waiting | StepState::Running { .. } | StepState::NotTried(_) => return Ok(()),
    };
    if terminal.is_json() {
        return terminal.object(&HappenedJson::Step {
            connection: id_of(&member.uses),
            name: &member.name,
            step: step.step.written(),
            state,
            seen,
            took_ms: time.as_millis(),
            cause: cause.map(CauseLabel::as_str),
            http_status: step.answer.http_status,
            request_id: step.answer.request_id.as_deref(),
        });
    }
    let line = mark.plain(" ").and(STRONG, &member.name).plain(format!(": {}, {seen}", step_name(&step.step)));
    terminal.say([line.and(FAINT, format!("  {}", took(time)))])
}

fn say_end(engine: &Engine, terminal: &Terminal, done: &RehearsalNow, report: &WrittenReport) -> Result<Exit, Failure> {
    let rehearsal = &done.rehearsal;
    let left = match engine.find_rehearsal(done.id)? {
        Some(record) => engine.left_objects_of(&record)?,
        None => vec![],
    };
    let left: Vec<String> = left.iter().map(engine::flows::rehearsal::left_words).collect();
    let (exit, state, until, failed) = match &done.certificate {
        Some(Certificate::Holds { until, .. }) => (Exit::Done, "holds", Some(*until), None),
        Some(Certificate::Mend { member, step, cause, .. }) => {
            let run = rehearsal.members.get(*member);
            (
                run.map_or(Exit::Failed, |it| exit_of(engine, it, *cause)),
                "fails",
                None,
                run.map(|it| (it, step, *cause)),
            )
        }
        Some(Certificate::Partly { .. }) | None => {
            (Exit::Failed, if rehearsal.was_stopped { "stopped" } else { "partly" }, None, None)
        }
    };
    if terminal.is_json() {
        terminal.object(&HappenedJson::Ended {
            run: done.id,
            state,
            sentence: &report.sentence,
            good_until: until,
            holding: rehearsal.holding_count(),
            connections: rehearsal.members.len(),
            failed_connection: failed.as_ref().map(|it| id_of(&it.0.uses)),
            failed_step: failed.as_ref().map(|it| it.1.written()),
            cause: failed.as_ref().and_then(|it| it.2).map(CauseLabel::as_str),
            left_behind: left,
        })?;
        return Ok(exit);
    }
    let style = if exit == Exit::Done { WELL } else { BAD };
    // What was proved of a run that a person broke off is in its detail.
    let sentence = if state == "stopped" { STOPPED } else { report.sentence.as_str() };
    let mut lines = vec![Text::default(), Text::styled(style, sentence), Text::from(&report.detail)];
    lines.extend(left.iter().map(|it| Text::styled(BAD, format!("Left behind: {it}"))));
    terminal.say(lines)?;
    Ok(exit)
}

/// Who must act: by the cause, and by how the connection is now.
fn exit_of(engine: &Engine, run: &MemberRun, cause: Option<CauseLabel>) -> Exit {
    let Uses::Connection(id) = &run.uses else {
        return cause.map_or(Exit::Failed, |it| Exit::of_cause(&Diagnosis::of(it), None));
    };
    let lamp = match engine.overview(id) {
        Ok(overview) => overview.status.lamp,
        Err(Error::ConnectionGone(_)) => return Exit::NoSuchConnection,
        Err(_) => return Exit::Failed,
    };
    match cause {
        Some(cause) => Exit::of_cause(&Diagnosis::of(cause), Some(lamp)),
        None if matches!(lamp, Lamp::ReauthRequired | Lamp::Disconnected) => Exit::BlockedOnAuth,
        None => Exit::Failed,
    }
}

/// Keeps it warm until its end, or until it holds no more.
async fn stay(engine: &Engine, terminal: &Terminal, run: i64) -> Result<Exit, Failure> {
    let mut notices = engine.notices();
    let is_kept_elsewhere = engine.is_kept_warm();
    let _watch = engine.watch();
    let mut ended = std::pin::pin!(told_to_end());
    loop {
        let Some(record) = engine.find_rehearsal(run)? else { return Ok(Exit::Failed) };
        if let Some(withdrawal) = &record.withdrawal {
            let member = record.rehearsal.members.get(withdrawal.member);
            if terminal.is_json() {
                terminal.object(&HappenedJson::Withdrawn {
                    run,
                    connection: member.map(|it| id_of(&it.uses)),
                    seen: &withdrawal.seen,
                    cause: withdrawal.cause.map(CauseLabel::as_str),
                })?;
            } else {
                let report = engine.rehearsal_report(run, &TimeZone::system())?;
                terminal.say([Text::styled(BAD, format!("{} ({})", report.sentence, withdrawal.seen))])?;
            }
            return Ok(member.map_or(Exit::Failed, |it| exit_of(engine, it, withdrawal.cause)));
        }
        if !record.is_good(engine.now()) {
            if terminal.is_json() {
                terminal.object(&HappenedJson::Over { run })?;
            } else {
                terminal.say([Text::from(engine.rehearsal_report(run, &TimeZone::system())?.sentence)])?;
            }
            return Ok(Exit::Done);
        }
        tokio::select! {
            () = &mut ended => {
                if !is_kept_elsewhere && !terminal.is_json() {
                    terminal.note([Text::from("Stopped: it is not tested again before its time is over.")]);
                }
                return Ok(Exit::Done);
            }
            () = next(&mut notices) => {}
        }
    }
}

/// Returns at the next thing that may concern a certificate.
async fn next(notices: &mut tokio::sync::broadcast::Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::ChecklistChanged(_) | Notice::CertificateWithdrawn { .. }) | Err(RecvError::Lagged(_)) => return,
            Ok(
                Notice::ConnectionChanged(_)
                | Notice::SignInChanged(_)
                | Notice::PlatformChanged(_)
                | Notice::ReadingChanged(_)
                | Notice::IncidentChanged(_)
                | Notice::QueueChanged
                | Notice::ProgramsChanged
                | Notice::AlertWishesChanged,
            ) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn write(terminal: &Terminal, path: &Path, report: &WrittenReport) -> Result<(), Failure> {
    if path == Path::new("-") {
        return terminal.file(&report.markdown);
    }
    let is_html = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("html") || it.eq_ignore_ascii_case("htm"));
    let page = if is_html { &report.html } else { &report.markdown };
    std::fs::write(path, page)
        .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))?;
    terminal.note([Text::styled(FAINT, format!("The report is in {}.", path.display()))]);
    Ok(())
}

/// "16:40" is the next one; else a moment with its zone.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let unreadable = || Failure::usage(format!("{text} is no time: say 16:40, or 2026-11-21T16:40:00+01:00"));
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let time: jiff::civil::Time = text.parse().map_err(|_| unreadable())?;
    let here = now.to_zoned(TimeZone::system());
    let today = here.with().time(time).build().map_err(|_| unreadable())?;
    let at = if today.timestamp() > now { today } else { today.tomorrow().map_err(|_| unreadable())? };
    Ok(at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::times::Now;

    /// E4: a time of the day is the next one, so that a demo after midnight can be meant.
    #[test]
    fn a_time_of_the_day_is_the_next_one() {
        let now = Now::here().at();
        let in_an_hour = now.to_zoned(TimeZone::system()).strftime("%H:%M").to_string();
        let at = moment(&in_an_hour, now).unwrap();
        assert!(at > now && at.duration_since(now).as_hours() <= 24, "{at}");
        assert_eq!(moment("2026-11-21T16:40:00+01:00", now).unwrap().to_string(), "2026-11-21T15:40:00Z");
        assert!(moment("teatime", now).is_err());
    }
}
