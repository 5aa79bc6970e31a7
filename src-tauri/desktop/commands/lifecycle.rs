//! The lifecycle engine as a whole: its switch, its figures, its clock, its forecasts, what it holds [B9, B11, B14, C9].

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{ConnectionId, Secret};
use engine::Engine;
use jiff::tz::TimeZone;
use tauri::{Manager, Runtime, State};

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
    let path = free_name(&folder_for_files(&app, engine), "Patchbay grants", "ics");
    std::fs::File::create_new(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(engine::Error::FolderUnavailable)?;
    Ok(path.display().to_string())
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

/// Where a person looks for files; where the system names no such folder, the board's own.
pub(super) fn folder_for_files<R: Runtime>(app: &tauri::AppHandle<R>, engine: &Engine) -> PathBuf {
    app.path().download_dir().ok().filter(|it| it.is_dir()).unwrap_or_else(|| engine.data_folder().to_owned())
}

/// Never an old file's: the first free one of `name.ics`, `name 2.ics`, ….
pub(super) fn free_name(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let numbered = (2_u32..1000).map(|number| format!("{name} {number}.{extension}"));
    let first = format!("{name}.{extension}");
    let mut paths = std::iter::once(first.clone()).chain(numbered).map(|name| folder.join(name));
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(first))
}
