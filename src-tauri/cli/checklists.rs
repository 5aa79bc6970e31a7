//! Dress rehearsals: checklists listed, shown, added from a template or a file, and what runs have left [E4].

mod file;
mod running;

use std::time::Duration;

use domain::blast_radius::Uses;
use domain::rehearsal::{
    AfterFailure, Certificate, Checklist, ExpectedAccount, Member, Step, Template, USUAL_HOLD, step_name,
};
use engine::flows::checklists::{ChecklistDraft, templates};
use engine::store::{LeftObject, RehearsalRecord, RunState};
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use self::file::ChecklistFile;
use crate::arguments::{AddArguments, ChecklistCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::radius::{id_of, uses_of};
use crate::table::{Table, facts};
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WELL};
use crate::words::times::Now;
use crate::words::{counted, listed};

/// As many runs as `show` tells of.
const RUNS_SHOWN: usize = 5;

/// A checklist in a list, for programs.
#[derive(Serialize)]
struct RowJson<'a> {
    id: &'a str,
    name: &'a str,
    customer: Option<&'a str>,
    connections: usize,
    last_run_at: Option<Timestamp>,
    last_state: Option<&'static str>,
    good_until: Option<Timestamp>,
}

/// An object that stayed, for programs.
#[derive(Serialize)]
struct LeftJson<'a> {
    id: &'a str,
    connection: &'a str,
    object: &'a str,
    tag: &'a str,
    made_at: Timestamp,
    can_be_removed: bool,
    seen: Option<&'a str>,
}

/// A template, for programs.
#[derive(Serialize)]
struct TemplateJson<'a> {
    id: &'a str,
    name: &'a str,
    steps: Vec<String>,
    fits: usize,
}

pub(crate) async fn checklist(
    engine: &Engine,
    terminal: &Terminal,
    command: Option<ChecklistCommand>,
) -> Result<Exit, Failure> {
    match command.unwrap_or(ChecklistCommand::List) {
        ChecklistCommand::List => list(engine, terminal),
        ChecklistCommand::Show(which) => show(engine, terminal, &engine.find_checklist(&which.checklist)?),
        ChecklistCommand::Run(asked) => running::run(engine, terminal, asked).await,
        ChecklistCommand::Add(asked) => add(engine, terminal, asked),
        ChecklistCommand::Remove(which) => {
            let checklist = engine.find_checklist(&which.checklist)?;
            engine.remove_checklist(&checklist.id)?;
            terminal.note([Text::from(format!("{} is gone, with its runs.", checklist.name))]);
            Ok(Exit::Done)
        }
        ChecklistCommand::Templates => list_templates(engine, terminal),
        ChecklistCommand::Tidy { forget } => tidy(engine, terminal, forget.as_deref()).await,
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.list_checklists()?;
    let mut rows = vec![];
    for checklist in &all {
        rows.push((checklist, engine.list_rehearsals(&checklist.id, 1)?.pop()));
    }
    let at = engine.now();
    if terminal.is_json() {
        for (checklist, last) in &rows {
            let good = last.as_ref().filter(|it| it.is_good(at)).and_then(|it| it.held);
            terminal.object(&RowJson {
                id: checklist.id.as_str(),
                name: &checklist.name,
                customer: checklist.customer.as_deref(),
                connections: checklist.members.len(),
                last_run_at: last.as_ref().map(|it| it.rehearsal.started_at),
                last_state: last.as_ref().map(|it| outcome_word(it, at)),
                good_until: good.map(|it| it.0),
            })?;
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        let advice = "There is no checklist yet: patchbay checklist add TEMPLATE makes one.";
        terminal.say([Text::from(advice)])?;
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["Checklist", "Customer", "Connections", "Last run", "It ended", "Id"]);
    for (checklist, last) in &rows {
        table.row(vec![
            Text::styled(STRONG, &checklist.name),
            Text::from(checklist.customer.as_deref().unwrap_or("–")),
            Text::from(checklist.members.len().to_string()),
            Text::from(last.as_ref().map_or_else(|| "never".to_owned(), |it| now.ago(it.rehearsal.started_at))),
            last.as_ref().map_or_else(|| Text::from("–"), |it| outcome(it, &now, at)),
            Text::styled(FAINT, checklist.id.as_str()),
        ]);
    }
    terminal.say(table.lines())?;
    Ok(Exit::Done)
}

/// How a run ended, as it stands.
fn outcome(record: &RehearsalRecord, now: &Now, at: Timestamp) -> Text {
    let name = |place: usize| record.rehearsal.members.get(place).map(|it| it.name.clone()).unwrap_or_default();
    match (record.certificate(), &record.withdrawal) {
        (_, Some(withdrawal)) => {
            let when = now.moment_in_sentence(withdrawal.at);
            Text::styled(BAD, format!("{} failed {when}", name(withdrawal.member)))
        }
        (Some(Certificate::Holds { until, .. }), None) if until > at => {
            Text::styled(WELL, format!("holds until {}", now.moment(until)))
        }
        (Some(Certificate::Holds { until, .. }), None) => Text::from(format!("held until {}", now.moment(until))),
        (Some(Certificate::Mend { member, step, .. }), None) => {
            Text::styled(BAD, format!("{}: {}", name(member), step_name(&step)))
        }
        (Some(Certificate::Partly { holding_count, of }), None) => Text::from(format!("{holding_count} of {of} hold")),
        (None, None) => Text::from("under way"),
    }
}

fn outcome_word(record: &RehearsalRecord, at: Timestamp) -> &'static str {
    match (record.certificate(), &record.withdrawal) {
        (_, Some(_)) => "withdrawn",
        (Some(Certificate::Holds { until, .. }), None) => {
            if until > at {
                "holds"
            } else {
                "over"
            }
        }
        (Some(Certificate::Mend { .. }), None) => "fails",
        (Some(Certificate::Partly { .. }), None) => match record.state {
            RunState::Stopped => "stopped",
            RunState::CutOff => "cut_off",
            RunState::Ended | RunState::UnderWay => "partly",
        },
        (None, None) => "under_way",
    }
}

fn show(engine: &Engine, terminal: &Terminal, checklist: &Checklist) -> Result<Exit, Failure> {
    if terminal.is_json() {
        terminal.object(&ChecklistFile::from(checklist))?;
        return Ok(Exit::Done);
    }
    let (now, at) = (Now::here(), engine.now());
    let mut lines = vec![Text::styled(STRONG, &checklist.name)];
    let minutes = checklist.hold_for.as_secs() / 60;
    let after = match checklist.after_failure {
        AfterFailure::GoOn => "goes on with what does not rest on it",
        AfterFailure::Stop => "stops",
    };
    let out = if checklist.signs_out_first { "the old grant is ended first" } else { "the old grant stays until then" };
    let signs_in = checklist.members.iter().any(|it| it.steps.contains(&Step::SignInAgain));
    lines.extend(facts(vec![
        ("checklist", Some(Text::from(checklist.id.as_str()))),
        ("customer", checklist.customer.as_ref().map(Text::from)),
        ("holds for", Some(Text::from(format!("{minutes} min after the last check")))),
        ("if one fails", Some(Text::from(after))),
        ("signs in again", signs_in.then(|| Text::from(out))),
    ]));
    let mut table = Table::new(&["Connection", "As", "Steps", "Cannot be tried"]);
    for (member, prospect) in checklist.members.iter().zip(engine.prospects(&checklist.members)?) {
        let cannot = member.steps.iter().filter_map(|it| Some((it, prospect.why_not(it)?)));
        let cannot: Vec<String> =
            cannot.map(|(step, why)| format!("{} ({})", step_name(step), domain::rehearsal::not_tried(why))).collect();
        let steps: Vec<String> = member.steps.iter().map(step_name).collect();
        table.row(vec![
            Text::styled(STRONG, &member.name),
            Text::from(member.account.as_ref().map_or_else(|| "as before".to_owned(), ToString::to_string)),
            Text::from(steps.join(" · ")),
            Text::from(if prospect.is_gone { "it is gone".to_owned() } else { cannot.join(", ") }),
        ]);
    }
    lines.extend(table.lines());
    let runs = engine.list_rehearsals(&checklist.id, RUNS_SHOWN)?;
    if !runs.is_empty() {
        let mut table = Table::new(&["Run", "Began", "It ended"]);
        for run in &runs {
            let began = now.ago(run.rehearsal.started_at);
            table.row(vec![Text::styled(FAINT, run.id.to_string()), Text::from(began), outcome(run, &now, at)]);
        }
        lines.push(Text::default());
        lines.extend(table.lines());
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

fn add(engine: &Engine, terminal: &Terminal, asked: AddArguments) -> Result<Exit, Failure> {
    let mut draft = match (&asked.file, &asked.template) {
        (Some(path), _) => file::read(path)?.into_draft(engine)?,
        (None, Some(template)) => from_template(engine, template, &asked)?,
        (None, None) => return Err(Failure::usage("say a template, or --file".to_owned())),
    };
    draft.name = asked.name.unwrap_or(draft.name);
    draft.customer = asked.customer.or(draft.customer);
    draft.hold_for = asked.hold.unwrap_or(draft.hold_for);
    if asked.file.is_some() {
        // What is kept in a file is what it is called.
        let twin = engine.list_checklists()?.into_iter().find(|it| it.name == draft.name);
        draft.id = twin.map(|it| it.id);
    }
    let checklist = engine.save_checklist(draft)?;
    show(engine, terminal, &checklist)
}

fn from_template(engine: &Engine, named: &str, asked: &AddArguments) -> Result<ChecklistDraft, Failure> {
    let template = templates().into_iter().find(|it| it.id == named).ok_or_else(|| {
        let all = templates();
        Failure::usage(format!("there is no template {named}: say {}", listed(all.iter().map(|it| it.id.as_str()))))
    })?;
    let mut members: Vec<Member> = engine.candidates(&template)?.into_iter().map(|(member, _)| member).collect();
    if asked.connections.is_empty() {
        members.retain(|it| !it.steps.is_empty());
    } else {
        let wanted = asked.connections.iter().map(|it| uses_of(engine, it)).collect::<Result<Vec<_>, _>>()?;
        members = wanted.into_iter().map(|uses| chosen(&template, &members, uses)).collect();
    }
    let account = asked.account.as_deref().map(|it| match it.strip_prefix('@') {
        Some(domain) => ExpectedAccount::OfDomain(domain.to_owned()),
        None => ExpectedAccount::Named(it.to_owned()),
    });
    for member in &mut members {
        member.account.clone_from(&account);
        member.told.clone_from(&asked.told);
        if asked.no_sign_in {
            member.steps.retain(|it| *it != Step::SignInAgain);
        }
    }
    Ok(ChecklistDraft {
        id: None,
        name: template.name,
        customer: None,
        members,
        hold_for: USUAL_HOLD,
        after_failure: AfterFailure::GoOn,
        signs_out_first: asked.signs_out,
    })
}

/// As the template has it; one that it does not fit with all its steps: what cannot be tried is told.
fn chosen(template: &Template, members: &[Member], uses: Uses) -> Member {
    let fitting = members.iter().find(|it| it.uses == uses).cloned();
    fitting.unwrap_or_else(|| Member {
        name: id_of(&uses).to_owned(),
        uses,
        steps: template.steps.clone(),
        account: None,
        workspace: None,
        told: vec![],
        own_calls: vec![],
    })
}

fn list_templates(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut table = Table::new(&["Template", "For", "Connections that it fits", "Steps"]);
    for template in templates() {
        let fits = engine.candidates(&template)?.len();
        if terminal.is_json() {
            let steps = template.steps.iter().map(Step::written).collect();
            terminal.object(&TemplateJson { id: &template.id, name: &template.name, steps, fits })?;
            continue;
        }
        let steps: Vec<String> = template.steps.iter().map(step_name).collect();
        table.row(vec![
            Text::styled(STRONG, &template.id),
            Text::from(&template.name),
            Text::from(fits.to_string()),
            Text::from(steps.join(" · ")),
        ]);
    }
    if !terminal.is_json() {
        terminal.say(table.lines())?;
    }
    Ok(Exit::Done)
}

async fn tidy(engine: &Engine, terminal: &Terminal, forget: Option<&str>) -> Result<Exit, Failure> {
    if let Some(id) = forget
        && !engine.forget_left_object(id)?
    {
        return Err(Error::BadInput("nothing of that id was left").into());
    }
    if forget.is_none() {
        engine.tidy_up_rehearsals().await?;
    }
    let left = engine.list_left_objects()?;
    say_left(terminal, &left)?;
    Ok(if left.is_empty() { Exit::Done } else { Exit::Failed })
}

fn say_left(terminal: &Terminal, left: &[LeftObject]) -> Result<(), Failure> {
    if terminal.is_json() {
        return left.iter().try_for_each(|it| {
            terminal.object(&LeftJson {
                id: &it.id,
                connection: it.connection.as_str(),
                object: &it.name,
                tag: &it.tag,
                made_at: it.made_at,
                can_be_removed: it.given.is_some(),
                seen: it.seen.as_deref(),
            })
        });
    }
    if left.is_empty() {
        return terminal.say([Text::from("Nothing of any rehearsal is left at a provider.")]);
    }
    let is = if left.len() == 1 { "is" } else { "are" };
    let one = format!("{} {is}", counted(left.len(), "object"));
    let lines = left.iter().map(|it| {
        Text::from(format!("  {}", engine::flows::rehearsal::left_words(it))).and(FAINT, format!("  {}", it.id))
    });
    terminal.say([Text::styled(STRONG, format!("{one} still at a provider:"))].into_iter().chain(lines))
}

/// Minutes that a file counts in.
fn minutes_of(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
}
