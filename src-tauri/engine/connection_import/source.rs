//! Opens what a person chose, for reading only: a plain file of a sensible size, or a folder whose files of a tool
//! are known by name [A3, S127].

use std::fs::{self, File, FileType, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::ImportRefused;

/// Exports of a few thousand entries are a megabyte.
pub(super) const MAX_FILE: u64 = 8 * 1024 * 1024;
/// As many files of a folder are read.
const MOST_FILES: usize = 200;

/// The bytes of one file, wiped when dropped.
pub struct Source {
    /// As a person knows it.
    pub name: String,
    pub path: PathBuf,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// The file, or those files of the folder that a tool keeps its grants in.
///
/// # Errors
/// [`ImportRefused`], naming the file.
pub fn open(path: &Path) -> Result<Vec<Source>, ImportRefused> {
    let about = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    if !about.is_dir() {
        return Ok(vec![read_file(path)?]);
    }
    let files = files_of_tools(path).map_err(|source| unreadable(path, source))?;
    if files.is_empty() {
        return Err(ImportRefused::NotAFile { file: shown(path), what: "a folder without files of a known tool" });
    }
    if files.len() > MOST_FILES {
        return Err(ImportRefused::TooMany { file: shown(path) });
    }
    files.iter().map(|file| read_file(file)).collect()
}

/// `application_default_credentials.json` and `legacy_credentials/*/adc.json` of gcloud, `*.bru` of Bruno.
fn files_of_tools(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let default = folder.join("application_default_credentials.json");
    if default.is_file() {
        files.push(default);
    }
    let legacy = folder.join("legacy_credentials");
    if legacy.is_dir() {
        files.extend(entries(&legacy)?.into_iter().map(|account| account.join("adc.json")).filter(|it| it.is_file()));
    }
    if files.is_empty() {
        let is_bru = |path: &PathBuf| path.extension().is_some_and(|it| it == "bru") && path.is_file();
        files.extend(entries(folder)?.into_iter().filter(is_bru));
    }
    Ok(files)
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

fn read_file(path: &Path) -> Result<Source, ImportRefused> {
    let about = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    // A pipe would be waited for for ever, so what it is comes before it is opened.
    check(path, &about)?;
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    check(path, &file.metadata().map_err(|source| unreadable(path, source))?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default() + 1));
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ImportRefused::TooLarge { file: shown(path) });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ImportRefused::Empty { file: shown(path) });
    }
    Ok(Source { name: shown(path), path: path.to_owned(), bytes })
}

fn check(path: &Path, about: &Metadata) -> Result<(), ImportRefused> {
    if !about.is_file() {
        return Err(ImportRefused::NotAFile { file: shown(path), what: kind(about.file_type()) });
    }
    if about.len() > MAX_FILE {
        return Err(ImportRefused::TooLarge { file: shown(path) });
    }
    Ok(())
}

fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() { "a folder" } else { "a pipe, a device or a socket" }
}

fn unreadable(path: &Path, source: std::io::Error) -> ImportRefused {
    if source.kind() == ErrorKind::IsADirectory {
        return ImportRefused::NotAFile { file: shown(path), what: "a folder" };
    }
    ImportRefused::Unreadable { file: shown(path), source }
}

/// The last part of a path; of `legacy_credentials` also whose it is.
fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).map(|it| it.to_string_lossy());
    let text = match folder {
        Some(folder) if name == "adc.json" => format!("{folder}/{name}"),
        Some(_) | None => name.into_owned(),
    };
    domain::display_text::cleaned(&text, 200)
}
