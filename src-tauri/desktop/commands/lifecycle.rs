//! The lifecycle engine as a whole: its switch, its figures, its clock, its forecasts, what it holds [B9, B11, B14, C9].

use std::time::Duration;

use domain::{ConnectionId, Secret};
use jiff::tz::TimeZone;
use tauri::{Runtime, State};

use super::files::{folder_for_files, free_name, save_for_person};
use crate::views::{ClockView, HealthView, RefreshModeView};
use crate::{CommandError, Opened};

/// Events older than that are thinned: figures reach no further back.
const LONGEST_SPAN_DAYS: u32 = 366;

#[tauri::command]
pub(crate) async fn health(opened: State<'_, Opened>, days: u32) -> Result<HealthView, CommandError> {
    let engine = opened.engine()?;
    let span = Duration::from_secs(u64::from(days.clamp(1, LONGEST_SPAN_DAYS)) * 86_400);
    let since = engine.now().checked_sub(span).unwrap_or_default();
    Ok(HealthView::from(&engine.health(since)?))
}

#[tauri::command]
pub(crate) async fn clock(opened: State<'_, Opened>) -> Result<ClockView, CommandError> {
    Ok(opened.engine()?.clock_reading()?.into())
}

#[tauri::command]
pub(crate) async fn set_refresh_mode(opened: State<'_, Opened>, mode: RefreshModeView) -> Result<(), CommandError> {
    Ok(opened.engine()?.set_refresh_mode(mode.into())?)
}

#[tauri::command]
pub(crate) async fn export_calendar<R: Runtime>(
    app: tauri::AppHandle<R>,
    opened: State<'_, Opened>,
    id: Option<String>,
) -> Result<String, CommandError> {
    let engine = opened.engine()?;
    let text = engine
        .grant_calendar(id.map(ConnectionId::from_text).as_ref(), &TimeZone::system())?
        .ok_or(engine::Error::BadInput("no grant is known to end: there is nothing to put into a calendar"))?;
    Ok(save_for_person(&app, engine, "Patchbay grants", "ics", text.as_bytes())?)
}

#[tauri::command]
pub(crate) async fn export_held<R: Runtime>(
    app: tauri::AppHandle<R>,
    opened: State<'_, Opened>,
    passphrase: String,
) -> Result<String, CommandError> {
    let path = free_name(&folder_for_files(&app, opened.engine()?), "Patchbay held tokens", "age");
    opened.engine()?.export_held(&Secret::new(passphrase), &path).await?;
    Ok(path.display().to_string())
}
