//! Importing from another tool's file: preview, take what was ticked, drop the rest [A1, A3, A8].

use std::path::{Path, PathBuf};

use engine::connection_import::ImportFormat;
use engine::flows::import_connections::ImportId;
use tauri::{AppHandle, Manager as _, Runtime, State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, FilePath};
use tokio::sync::oneshot;

use crate::views::{EnvironmentView, ImportPreviewView, TakenItemView};
use crate::{CommandError, Opened};

/// Asks the person for a file or folder in the system's own dialog. Null when they chose none.
///
/// The window learns the path; what stands in the file stays in Rust [A3].
#[tauri::command(rename_all = "snake_case")]
pub(crate) async fn choose_import<R: Runtime>(
    window: WebviewWindow<R>,
    is_folder: bool,
) -> Result<Option<String>, CommandError> {
    let (tell, told) = oneshot::channel();
    // Nobody waits any longer when the window is gone.
    let chosen = move |path| drop(tell.send(path));
    let dialog = window.dialog().file().set_parent(&window);
    if is_folder {
        dialog.set_title("Folder to import from").pick_folder(chosen);
    } else {
        dialog.set_title("File to import").pick_file(chosen);
    }
    Ok(chosen_path(told).await)
}

/// What the system's dialog was answered with.
pub(super) async fn chosen_path(told: oneshot::Receiver<Option<FilePath>>) -> Option<String> {
    let path = told.await.ok().flatten().and_then(|it| it.into_path().ok());
    path.map(|it| it.to_string_lossy().into_owned())
}

#[tauri::command]
pub(crate) async fn preview_import<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    path: String,
    format: Option<String>,
) -> Result<ImportPreviewView, CommandError> {
    let format = match format {
        None => None,
        Some(name) => {
            Some(ImportFormat::from_text(&name).ok_or(engine::Error::BadInput("no tool of that name is known here"))?)
        }
    };
    let path = typed_path(&path, app.path().home_dir().ok().as_deref());
    Ok((&opened.engine()?.preview_import(&path, format).await?).into())
}

#[tauri::command]
pub(crate) async fn take_import(
    opened: State<'_, Opened>,
    id: String,
    numbers: Vec<u32>,
    environment: EnvironmentView,
) -> Result<Vec<TakenItemView>, CommandError> {
    let numbers: Vec<usize> = numbers.into_iter().filter_map(|number| usize::try_from(number).ok()).collect();
    let taken = opened.engine()?.take_import(&ImportId::from_text(id), &numbers, environment.into()).await?;
    Ok(taken.into_iter().map(TakenItemView::from).collect())
}

#[tauri::command]
pub(crate) async fn drop_import(opened: State<'_, Opened>, id: String) -> Result<(), CommandError> {
    opened.engine()?.drop_import(&ImportId::from_text(id));
    Ok(())
}

/// A path as people paste it: in quotes, or beginning at home.
pub(super) fn typed_path(typed: &str, home: Option<&Path>) -> PathBuf {
    let plain = typed.trim().trim_matches(['"', '\'']);
    match (plain.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_path_may_have_quotes_and_begin_at_home() {
        let home = Some(Path::new("/home/mira"));

        assert_eq!(typed_path(" \"/a b/c.json\" ", home), Path::new("/a b/c.json"));
        assert_eq!(
            typed_path("~/.config/rclone/rclone.conf", home),
            Path::new("/home/mira/.config/rclone/rclone.conf")
        );
        assert_eq!(typed_path("~/x", None), Path::new("~/x"));
    }
}
