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
/// So many folders deep a collection is read, and so many entries are looked at.
const DEEPEST: usize = 8;
const MOST_ENTRIES: usize = 10_000;

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

/// `application_default_credentials.json` and `legacy_credentials/*/adc.json` of gcloud, `*.bru` of Bruno, in folders too.
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
        let mut left = MOST_ENTRIES;
        collect_bru(folder, DEEPEST, &mut left, &mut files)?;
    }
    Ok(files)
}

/// The `*.bru` files of a collection, with those of its folders. Links to folders are not followed.
fn collect_bru(folder: &Path, depth: usize, left: &mut usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut folders = vec![];
    for path in entries(folder)? {
        if *left == 0 || files.len() > MOST_FILES {
            return Ok(());
        }
        *left -= 1;
        let about = fs::symlink_metadata(&path)?;
        if path.extension().is_some_and(|it| it == "bru") && path.is_file() {
            files.push(path);
        } else if about.is_dir() && depth > 0 && !is_foreign(&path) {
            folders.push(path);
        }
    }
    for inner in folders {
        // One that cannot be opened hides nothing of the others.
        if let Err(error) = collect_bru(&inner, depth - 1, left, files) {
            tracing::debug!(%error, "a folder of a collection could not be read");
        }
    }
    Ok(())
}

/// Hidden, or what a package manager put there.
fn is_foreign(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name == "node_modules"
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A2: requests of a collection lie in folders; hidden ones and links are none of it.
    #[test]
    fn a_collection_is_read_with_its_folders_and_no_deeper_than_stated() {
        let home = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "meta {\n}\n").unwrap();
        };
        let deep = "d/".repeat(DEEPEST + 1);
        for path in ["users/list.bru", "users/admin/add.bru", ".git/no.bru", "node_modules/no.bru", "a.txt"] {
            write(path);
        }
        write(&format!("{deep}no.bru"));
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.path(), home.path().join("users/again")).unwrap();

        let mut read: Vec<_> = open(home.path()).unwrap().into_iter().map(|it| it.name).collect();

        read.sort();
        assert_eq!(read, ["add.bru", "list.bru"]);
        (0..=MOST_FILES).for_each(|number| write(&format!("many/{number}.bru")));
        assert!(matches!(open(home.path()), Err(ImportRefused::TooMany { .. })), "too many are said to be so");
    }
}
