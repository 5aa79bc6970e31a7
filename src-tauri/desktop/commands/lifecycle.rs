//! The lifecycle engine as a whole: its switch, its figures, its clock, its forecasts, what it holds [B9, B11, B14, C9].

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{ConnectionId, Secret};
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
    let text = engine.grant_calendar(id.map(ConnectionId::from_text).as_ref())?;
    let folder = app.path().download_dir().unwrap_or_else(|_| engine.data_folder().to_owned());
    let path = write_anew(&folder, "Patchbay grants", "ics", text.as_bytes())?;
    Ok(path.display().to_string())
}

#[tauri::command]
pub(crate) async fn export_held(opened: State<'_, Opened>, passphrase: String) -> Result<String, CommandError> {
    let path = opened.engine()?.export_held(&Secret::new(&passphrase))?;
    Ok(path.display().to_string())
}

/// Writes a new file and never over an old one: the first free name of `name.ics`, `name 2.ics`, ….
fn write_anew(folder: &Path, name: &str, extension: &str, content: &[u8]) -> Result<PathBuf, CommandError> {
    use std::io::Write as _;
    let mut number = 1_u32;
    loop {
        let ending = if number == 1 { String::new() } else { format!(" {number}") };
        let path = folder.join(format!("{name}{ending}.{extension}"));
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(content).map_err(engine::Error::FolderUnavailable)?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            Err(error) => return Err(engine::Error::FolderUnavailable(error).into()),
        }
    }
}
