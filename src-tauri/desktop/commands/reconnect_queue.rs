//! The reconnect queue: begun with one click, gone through one tab at a time, told afterwards [E3].

use domain::{ConnectionId, PassId};
use engine::flows::reconnect_queue::PassManner;
use tauri::{AppHandle, Runtime, State};

use super::files::save_for_person;
use crate::views::{HandingOverNoteView, IncidentReportView, PassRowView, ReconnectQueueView, RecordFile};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// Somebody is in front of the window, with a browser.
const MANNER: PassManner = PassManner { opens_browser: true, has_decider: true };
/// More are in the database.
const PASSES_SHOWN: usize = 20;

#[tauri::command]
pub(crate) async fn reconnect_queue(opened: State<'_, Opened>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.reconnect_queue()?)?)
}

#[tauri::command]
pub(crate) async fn start_queue(opened: State<'_, Opened>, ids: Option<Vec<String>>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    let ids: Option<Vec<_>> = ids.map(|ids| ids.into_iter().map(ConnectionId::from_text).collect());
    Ok(ReconnectQueueView::new(engine, &engine.start_queue(ids.as_deref(), MANNER)?)?)
}

#[tauri::command]
pub(crate) async fn pause_queue(opened: State<'_, Opened>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.pause_queue()?)?)
}

#[tauri::command]
pub(crate) async fn resume_queue(opened: State<'_, Opened>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.resume_queue(MANNER)?)?)
}

#[tauri::command]
pub(crate) async fn stop_queue(opened: State<'_, Opened>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.stop_queue()?)?)
}

#[tauri::command]
pub(crate) async fn dismiss_queue(opened: State<'_, Opened>) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.dismiss_queue()?)?)
}

#[tauri::command]
pub(crate) async fn skip_turn(opened: State<'_, Opened>, id: String) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.skip_turn(&ConnectionId::from_text(id))?)?)
}

#[tauri::command]
pub(crate) async fn hand_over_turn(opened: State<'_, Opened>, id: String) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.hand_over_turn(&ConnectionId::from_text(id))?)?)
}

#[tauri::command]
pub(crate) async fn put_turn_back(opened: State<'_, Opened>, id: String) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.put_turn_back(&ConnectionId::from_text(id))?)?)
}

#[tauri::command]
pub(crate) async fn open_turn(opened: State<'_, Opened>, id: String) -> Answer<ReconnectQueueView> {
    let engine = opened.engine()?;
    Ok(ReconnectQueueView::new(engine, &engine.open_turn(&ConnectionId::from_text(id))?)?)
}

#[tauri::command]
pub(crate) async fn handing_over_note(opened: State<'_, Opened>, id: String) -> Answer<HandingOverNoteView> {
    note_of(opened.engine()?, id)
}

#[tauri::command]
pub(crate) async fn save_handing_over_note<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    id: String,
) -> Answer<String> {
    let note = note_of(opened.engine()?, id)?;
    save(&app, &opened, &note.file_name, &note.text)
}

#[tauri::command]
pub(crate) async fn list_passes(opened: State<'_, Opened>) -> Answer<Vec<PassRowView>> {
    Ok(opened.engine()?.list_passes(PASSES_SHOWN)?.iter().map(PassRowView::from).collect())
}

#[tauri::command]
pub(crate) async fn pass_record(opened: State<'_, Opened>, id: String) -> Answer<IncidentReportView> {
    let markdown = opened.engine()?.pass_record(&PassId::from_text(id.as_str()))?;
    Ok(IncidentReportView { markdown, file_name: format!("Patchbay reconnect queue {id}.md") })
}

#[tauri::command]
pub(crate) async fn save_pass_record<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    id: String,
    file: RecordFile,
) -> Answer<String> {
    let (engine, id) = (opened.engine()?, PassId::from_text(id));
    let (text, extension) = match file {
        RecordFile::Markdown => (engine.pass_record(&id)?, "md"),
        RecordFile::Csv => (engine.pass_record_csv(&id)?, "csv"),
    };
    save(&app, &opened, &format!("Patchbay reconnect queue {id}.{extension}"), &text)
}

fn note_of(engine: &engine::Engine, id: String) -> Answer<HandingOverNoteView> {
    let text = engine.handing_over_note(&ConnectionId::from_text(id.as_str()))?;
    Ok(HandingOverNoteView { text, file_name: format!("Patchbay sign-in for {id}.txt") })
}

/// Into the folder where a person looks for files; never over an old one.
fn save<R: Runtime>(app: &AppHandle<R>, opened: &State<'_, Opened>, name: &str, text: &str) -> Answer<String> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
    Ok(save_for_person(app, opened.engine()?, stem, extension, text.as_bytes())?)
}
