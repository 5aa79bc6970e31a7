//! Checklists, their runs, and what a run left: the engine runs them, whatever the window does meanwhile [E4].

use std::time::Duration;

use domain::ChecklistId;
use domain::rehearsal::{Checklist, HoldWish, Member};
use engine::Engine;
use engine::flows::checklists::{ChecklistDraft, Prospect, templates};
use engine::flows::rehearsal::RehearseWith;
use engine::store::{RehearsalRecord, RunState};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tauri::{AppHandle, Runtime, State};

use super::files::save_for_person;
use crate::views::from_engine::rehearsal::{MemberFacts, RunFacts};
use crate::views::{
    CertificateView, ChecklistForm, ChecklistTemplateView, ChecklistView, LeftObjectView, MemberView, Millis,
    RehearsalReportView, RehearsalRowView, RehearsalView, ReportFormat, SavedChecklistView, StepView,
};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// More runs of one checklist nobody looks through.
const MOST_RUNS: usize = 200;

#[tauri::command]
pub(crate) async fn checklists(opened: State<'_, Opened>) -> Answer<Vec<ChecklistView>> {
    let engine = opened.engine()?;
    let all = engine.list_checklists()?;
    let facts = MemberFacts::load(engine, all.iter().flat_map(|it| &it.members).map(|it| &it.uses))?;
    let mut prospects = engine.prospects(all.iter().flat_map(|it| &it.members))?;
    let mut views = vec![];
    for checklist in &all {
        let later = prospects.split_off(checklist.members.len().min(prospects.len()));
        views.push(checklist_view(engine, &facts, checklist, &prospects)?);
        prospects = later;
    }
    Ok(views)
}

#[tauri::command]
pub(crate) async fn checklist_templates(opened: State<'_, Opened>) -> Answer<Vec<ChecklistTemplateView>> {
    let engine = opened.engine()?;
    let facts = MemberFacts::load_all(engine)?;
    let mut views = vec![];
    for template in templates() {
        let found = engine.candidates(&template)?;
        views.push(ChecklistTemplateView {
            steps: template.steps.iter().map(StepView::from).collect(),
            members: found.iter().map(|(member, prospect)| MemberView::new(&facts, member, prospect)).collect(),
            signs_out_first: template.signs_out_first,
            id: template.id,
            name: template.name,
        });
    }
    Ok(views)
}

#[tauri::command]
pub(crate) async fn checklist_candidates(opened: State<'_, Opened>) -> Answer<Vec<MemberView>> {
    let engine = opened.engine()?;
    let Some(all) = templates().into_iter().find(|it| it.providers.is_empty() && it.has_theirs && it.steps.len() > 3)
    else {
        return Ok(vec![]);
    };
    let facts = MemberFacts::load_all(engine)?;
    let found = engine.candidates(&all)?;
    Ok(found.iter().map(|(member, prospect)| MemberView::new(&facts, member, prospect)).collect())
}

#[tauri::command]
pub(crate) async fn save_checklist(opened: State<'_, Opened>, form: ChecklistForm) -> Answer<SavedChecklistView> {
    let engine = opened.engine()?;
    match engine.save_checklist(ChecklistDraft::from(form)) {
        Ok(checklist) => {
            let facts = MemberFacts::load(engine, checklist.members.iter().map(|it| &it.uses))?;
            let prospects = engine.prospects(&checklist.members)?;
            let checklist = Box::new(checklist_view(engine, &facts, &checklist, &prospects)?);
            Ok(SavedChecklistView::Saved { checklist })
        }
        Err(engine::Error::ChecklistRefused(why)) => Ok(SavedChecklistView::Refused { why: why.into() }),
        Err(error) => Err(error.into()),
    }
}

#[tauri::command]
pub(crate) async fn remove_checklist(opened: State<'_, Opened>, id: String) -> Answer<()> {
    opened.engine()?.remove_checklist(&ChecklistId::from_text(id))?;
    Ok(())
}

#[tauri::command]
pub(crate) async fn restore_checklist(opened: State<'_, Opened>, id: String) -> Answer<()> {
    opened.engine()?.restore_checklist(&ChecklistId::from_text(id))?;
    Ok(())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn start_rehearsal(
    opened: State<'_, Opened>,
    id: String,
    hold_minutes: Option<u32>,
    until: Option<Millis>,
) -> Answer<RehearsalView> {
    let (engine, id) = (opened.engine()?, ChecklistId::from_text(id));
    let until = until.map(|Millis(at)| Timestamp::from_millisecond(at)).transpose();
    let until = until.map_err(|_| engine::Error::BadInput("that is no time"))?;
    let for_so_long = hold_minutes.map(|it| HoldWish::For(Duration::from_secs(u64::from(it) * 60)));
    let with = RehearseWith { hold: until.map(HoldWish::Until).or(for_so_long), ..RehearseWith::default() };
    let run = engine.start_rehearsal(&id, with)?.borrow().id;
    let view = run_view(engine, &id, Some(run))?;
    Ok(view.ok_or_else(|| engine::Error::ChecklistGone(id.to_string()))?)
}

#[tauri::command]
pub(crate) async fn stop_rehearsal(opened: State<'_, Opened>, id: String) -> Answer<()> {
    opened.engine()?.stop_rehearsal(&ChecklistId::from_text(id));
    Ok(())
}

#[tauri::command]
pub(crate) async fn rehearsal(
    opened: State<'_, Opened>,
    id: String,
    run: Option<String>,
) -> Answer<Option<RehearsalView>> {
    let (engine, run) = (opened.engine()?, run.as_deref().map(number).transpose()?);
    run_view(engine, &ChecklistId::from_text(id), run)
}

#[tauri::command]
pub(crate) async fn rehearsals_of(opened: State<'_, Opened>, id: String) -> Answer<Vec<RehearsalRowView>> {
    let runs = opened.engine()?.list_rehearsals(&ChecklistId::from_text(id), MOST_RUNS)?;
    Ok(runs.iter().map(RehearsalRowView::from).collect())
}

#[tauri::command]
pub(crate) async fn rehearsal_report(opened: State<'_, Opened>, run: String) -> Answer<RehearsalReportView> {
    let report = opened.engine()?.rehearsal_report(number(&run)?, &TimeZone::system())?;
    Ok(RehearsalReportView { markdown: report.markdown, html: report.html, file_name: report.file_name })
}

#[tauri::command]
pub(crate) async fn save_rehearsal_report<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    run: String,
    format: ReportFormat,
) -> Answer<String> {
    let engine = opened.engine()?;
    let report = engine.rehearsal_report(number(&run)?, &TimeZone::system())?;
    let (ending, page) = match format {
        ReportFormat::Markdown => ("md", report.markdown),
        ReportFormat::Html => ("html", report.html),
    };
    Ok(save_for_person(&app, engine, &report.file_name, ending, page.as_bytes())?)
}

#[tauri::command]
pub(crate) async fn left_objects(opened: State<'_, Opened>) -> Answer<Vec<LeftObjectView>> {
    let engine = opened.engine()?;
    Ok(engine.list_left_objects()?.iter().map(|it| LeftObjectView::new(engine, it)).collect())
}

#[tauri::command]
pub(crate) async fn remove_left_object(opened: State<'_, Opened>, id: String) -> Answer<Option<LeftObjectView>> {
    let engine = opened.engine()?;
    Ok(engine.remove_left_object(&id).await?.map(|it| LeftObjectView::new(engine, &it)))
}

#[tauri::command]
pub(crate) async fn forget_left_object(opened: State<'_, Opened>, id: String) -> Answer<()> {
    opened.engine()?.forget_left_object(&id)?;
    Ok(())
}

fn checklist_view(
    engine: &Engine,
    facts: &MemberFacts,
    checklist: &Checklist,
    prospects: &[Prospect],
) -> Answer<ChecklistView> {
    let last = engine.list_rehearsals(&checklist.id, 1)?.pop();
    let under_way = last.as_ref().filter(|it| it.state == RunState::UnderWay).map(|it| &it.rehearsal);
    Ok(ChecklistView::new(facts, checklist, prospects, last.as_ref(), under_way))
}

/// The newest run, or the one of that number.
fn run_view(engine: &Engine, id: &ChecklistId, run: Option<i64>) -> Answer<Option<RehearsalView>> {
    let runs = engine.list_rehearsals(id, MOST_RUNS)?;
    let place = match run {
        None => 0,
        Some(run) => match runs.iter().position(|it| it.id == run) {
            Some(place) => place,
            None => return Ok(None),
        },
    };
    let Some(record) = runs.get(place) else { return Ok(None) };
    let checklist = engine.checklist(id)?;
    let members = MemberFacts::load(engine, record.rehearsal.members.iter().map(|it| &it.uses))?;
    let left = engine.left_objects_of(record)?;
    Ok(Some(RehearsalView::new(RunFacts {
        members: &members,
        hold_for: Some(checklist.hold_for),
        writes: writes_of(engine, &checklist.members, record)?,
        sign_ins: &engine.list_sign_ins(),
        previous: runs.get(place + 1),
        left: left.iter().map(|it| LeftObjectView::new(engine, it)).collect(),
        certificate: CertificateView::new(&members, record, engine.is_kept_warm(), engine.now()),
        record,
    })))
}

/// Kinds of object that the run makes.
fn writes_of(engine: &Engine, members: &[Member], record: &RehearsalRecord) -> Answer<Vec<String>> {
    let mut writes: Vec<String> = vec![];
    let makes = |member: &&Member| {
        let run = record.rehearsal.members.iter().find(|it| it.uses == member.uses);
        run.is_some_and(|it| it.steps.iter().any(|it| it.step == domain::rehearsal::Step::Object))
    };
    for (name, missing) in engine.prospects(members.iter().filter(makes))?.into_iter().flat_map(|it| it.writes) {
        if missing.is_empty() && !writes.contains(&name) {
            writes.push(name);
        }
    }
    Ok(writes)
}

fn number(run: &str) -> Answer<i64> {
    Ok(run.parse().map_err(|_| engine::Error::BadInput("that is no run"))?)
}
