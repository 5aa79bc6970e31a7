//! Files that a person asks for: where he looks for them, and never over an old one.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use engine::{Engine, Error};
use tauri::{AppHandle, Manager as _, Runtime};

/// Where a person looks for files; where the system names no such folder, the board's own.
pub(super) fn folder_for_files<R: Runtime>(app: &AppHandle<R>, engine: &Engine) -> PathBuf {
    app.path().download_dir().ok().filter(|it| it.is_dir()).unwrap_or_else(|| engine.data_folder().to_owned())
}

/// Writes a file where a person looks for files, never over an old one; its path.
pub(super) fn save_for_person<R: Runtime>(
    app: &AppHandle<R>,
    engine: &Engine,
    name: &str,
    extension: &str,
    content: &[u8],
) -> Result<String, Error> {
    let file = free_name(&folder_for_files(app, engine), name, extension);
    let written = File::create_new(&file).and_then(|mut it| {
        it.write_all(content).inspect_err(|_| {
            // Half of it is of no use.
            std::fs::remove_file(&file).ok();
        })
    });
    written.map_err(Error::not_written(&file))?;
    Ok(file.display().to_string())
}

/// Never an old file's: the first free one of `name.ics`, `name 2.ics`, ….
pub(super) fn free_name(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let numbered = (2_u32..1000).map(|number| format!("{name} {number}.{extension}"));
    let first = format!("{name}.{extension}");
    let mut paths = std::iter::once(first.clone()).chain(numbered).map(|name| folder.join(name));
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(first))
}
