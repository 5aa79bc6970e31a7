//! A guided diagnosis: rungs told of as they end, cancelled when the window goes elsewhere [C3].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ConnectionId;
use engine::flows::diagnose::DiagnoseWith;
use jiff::tz::TimeZone;
use tauri::{AppHandle, Emitter, Runtime, State};
use tokio::sync::oneshot;

use crate::views::{LadderView, RungChangedView, RungView};
use crate::{CommandError, Opened};

/// The name of `contract::Events`, as the window listens for it.
const RUNG_CHANGED: &str = "rung-changed";

/// Ladders under way, each with the number of its run and what ends it.
#[derive(Default)]
pub(crate) struct RunningLadders(Mutex<HashMap<ConnectionId, (u32, oneshot::Sender<()>)>>);

impl RunningLadders {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, (u32, oneshot::Sender<()>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run takes the place of the one before, which ends: its sender is gone.
    fn begin(&self, id: &ConnectionId, run: u32) -> oneshot::Receiver<()> {
        let (sender, ended) = oneshot::channel();
        self.lock().insert(id.clone(), (run, sender));
        ended
    }

    fn end(&self, id: &ConnectionId, run: u32) {
        let mut all = self.lock();
        if all.get(id).is_some_and(|(own, _)| *own == run) {
            all.remove(id);
        }
    }
}

#[tauri::command(rename_all = "snake_case")]
#[expect(clippy::too_many_arguments, reason = "each is one field of the command's arguments, or what Tauri hands in")]
pub(crate) async fn diagnose<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    running: State<'_, RunningLadders>,
    id: String,
    run: u32,
    may_refresh: bool,
    may_write: bool,
    resource: Option<String>,
) -> Result<Option<LadderView>, CommandError> {
    let (engine, id) = (opened.engine()?, ConnectionId::from_text(id));
    let resource = match resource.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        Some(text) => Some(text.parse().map_err(|_| engine::Error::BadInput("the resource is not a URL"))?),
        None => None,
    };
    let with = DiagnoseWith { may_refresh, may_write, resource, zone: TimeZone::system() };
    let cancelled = running.begin(&id, run);
    let tell = |event| {
        let rung = RungView::from(&event);
        if let Err(error) = app.emit(RUNG_CHANGED, RungChangedView { connection_id: id.to_string(), run, rung }) {
            tracing::warn!(%error, "the window could not be told of a rung");
        }
    };
    let report = tokio::select! {
        report = engine.diagnose(&id, with, tell) => Some(report),
        _ = cancelled => None,
    };
    running.end(&id, run);
    let Some(report) = report.transpose()? else { return Ok(None) };
    Ok(Some(LadderView::new(&report, &engine.connection(&id)?)))
}

#[tauri::command]
pub(crate) async fn cancel_diagnosis(running: State<'_, RunningLadders>, id: String) -> Result<(), CommandError> {
    drop(running.lock().remove(&ConnectionId::from_text(id)));
    Ok(())
}

#[tauri::command]
pub(crate) async fn open_mending_page(opened: State<'_, Opened>, id: String) -> Result<(), CommandError> {
    Ok(opened.engine()?.open_mending_page(&ConnectionId::from_text(id)).await?)
}

#[tauri::command]
pub(crate) async fn letter_to_admin(opened: State<'_, Opened>, id: String) -> Result<String, CommandError> {
    Ok(opened.engine()?.letter_to_admin(&ConnectionId::from_text(id))?)
}

#[tauri::command]
pub(crate) async fn last_diagnosis(opened: State<'_, Opened>, id: String) -> Result<Option<LadderView>, CommandError> {
    let (engine, id) = (opened.engine()?, ConnectionId::from_text(id));
    let connection = engine.connection(&id)?;
    Ok(engine.last_diagnosis(&id)?.map(|report| LadderView::new(&report, &connection)))
}
