//! Incidents from the first bad call to the report, and pausing what waits for a repair [D4, D5, D6].

use domain::{IncidentId, WorkflowId};
use engine::Engine;
use tauri::{AppHandle, Runtime, State};

use super::files::save_for_person;
use crate::views::from_engine::blast_radius::{RadiusFacts, uses_of};
use crate::views::from_engine::incidents::IncidentFacts;
use crate::views::{IncidentReportView, IncidentRowView, IncidentView, PausedWorkflowView, ResumedView};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn list_incidents(opened: State<'_, Opened>) -> Answer<Vec<IncidentRowView>> {
    let engine = opened.engine()?;
    let incidents = engine.list_incidents()?;
    if incidents.is_empty() {
        return Ok(vec![]);
    }
    Ok(IncidentRowView::all(&RadiusFacts::load(engine)?, &incidents))
}

#[tauri::command]
pub(crate) async fn incident(opened: State<'_, Opened>, id: String) -> Answer<IncidentView> {
    view_of(opened.engine()?, &IncidentId::from_text(id))
}

/// Opens one by hand, also of a platform's connection; the one that is open where there is one. Its id.
#[tauri::command]
pub(crate) async fn open_incident(opened: State<'_, Opened>, id: String) -> Answer<String> {
    let engine = opened.engine()?;
    let uses = uses_of(&*engine.picture()?, &id).ok_or(engine::Error::ConnectionGone(id))?;
    Ok(engine.open_incident(&uses)?.id.to_string())
}

#[tauri::command]
pub(crate) async fn run_canary(opened: State<'_, Opened>, id: String) -> Answer<IncidentView> {
    let (engine, id) = (opened.engine()?, IncidentId::from_text(id));
    engine.run_canary(&id).await?;
    view_of(engine, &id)
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn tick_validation(
    opened: State<'_, Opened>,
    id: String,
    workflow: String,
    is_ticked: bool,
) -> Answer<IncidentView> {
    let (engine, id) = (opened.engine()?, IncidentId::from_text(id));
    engine.tick_validation(&id, &WorkflowId::from_text(workflow), is_ticked)?;
    view_of(engine, &id)
}

/// What is still open is shown before, and said in the report; what is paused is resumed first in any case.
#[tauri::command]
pub(crate) async fn close_incident(
    opened: State<'_, Opened>,
    id: String,
    note: Option<String>,
) -> Answer<IncidentView> {
    let (engine, id) = (opened.engine()?, IncidentId::from_text(id));
    engine.close_incident(&id, note.as_deref(), true)?;
    view_of(engine, &id)
}

#[tauri::command]
pub(crate) async fn incident_report(opened: State<'_, Opened>, id: String) -> Answer<IncidentReportView> {
    report(opened.engine()?, &IncidentId::from_text(id))
}

#[tauri::command]
pub(crate) async fn save_incident_report<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    id: String,
) -> Answer<String> {
    let engine = opened.engine()?;
    let report = report(engine, &IncidentId::from_text(id))?;
    let name = report.file_name.strip_suffix(".md").unwrap_or(&report.file_name);
    Ok(save_for_person(&app, engine, name, "md", report.markdown.as_bytes())?)
}

#[tauri::command]
pub(crate) async fn pause_workflows(
    opened: State<'_, Opened>,
    ids: Vec<String>,
    incident: Option<String>,
) -> Answer<Vec<PausedWorkflowView>> {
    let (ids, incident) = (workflows(ids), incident.map(IncidentId::from_text));
    let switched = opened.engine()?.pause_workflows(&ids, incident.as_ref()).await?;
    Ok(switched.into_iter().map(PausedWorkflowView::from).collect())
}

#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn resume_workflows(
    opened: State<'_, Opened>,
    ids: Vec<String>,
    as_saved: bool,
) -> Answer<ResumedView> {
    let (engine, ids) = (opened.engine()?, workflows(ids));
    let resumed = if as_saved { engine.resume_as_saved(&ids).await } else { engine.resume_workflows(&ids).await }?;
    Ok(ResumedView::new(&RadiusFacts::load(engine)?, resumed))
}

fn workflows(ids: Vec<String>) -> Vec<WorkflowId> {
    ids.into_iter().map(WorkflowId::from_text).collect()
}

fn view_of(engine: &Engine, id: &IncidentId) -> Answer<IncidentView> {
    let facts = IncidentFacts::load(engine, engine.incident(id)?)?;
    Ok(IncidentView::new(&RadiusFacts::load(engine)?, &facts))
}

fn report(engine: &Engine, id: &IncidentId) -> Answer<IncidentReportView> {
    Ok(IncidentReportView { markdown: engine.incident_report(id)?, file_name: format!("Patchbay incident {id}.md") })
}
