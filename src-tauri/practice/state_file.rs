//! Keeps grants over a restart, tokens as hashes only, and steps around a damaged file [A3, A5].

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::PracticeError;
use crate::clients::RegisteredClient;
use crate::grants::Book;

const FORMAT: u32 = 1;

/// What stands in the file.
#[derive(Serialize, Deserialize)]
struct Contents<B, C> {
    format: u32,
    port: u16,
    clients: C,
    book: B,
}

/// What was kept from last time.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) port: Option<u16>,
    pub(crate) clients: Vec<RegisteredClient>,
    pub(crate) book: Book,
    /// Where a file that could not be understood was moved to.
    pub(crate) damaged: Option<PathBuf>,
}

/// The state file of one running provider, held against a second one.
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    pub(crate) fn open(path: &Path) -> Result<(StateFile, Kept), PracticeError> {
        let unusable = |source| PracticeError::StateUnusable { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(unusable)?;
        }
        let lock = private().open(beside(path, "lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(PracticeError::StateInUse { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }

        let kept = match fs::read(path) {
            Err(missing) if missing.kind() == ErrorKind::NotFound => Kept::default(),
            Err(source) => return Err(unusable(source)),
            Ok(bytes) => match serde_json::from_slice::<Contents<Book, Vec<RegisteredClient>>>(&bytes) {
                Ok(contents) if contents.format == FORMAT => {
                    Kept { port: Some(contents.port), clients: contents.clients, book: contents.book, damaged: None }
                }
                Ok(_) | Err(_) => {
                    let aside = free_name(path);
                    fs::rename(path, &aside).map_err(unusable)?;
                    Kept { damaged: Some(aside), ..Kept::default() }
                }
            },
        };
        Ok((StateFile { path: path.to_owned(), _lock: lock }, kept))
    }

    /// Replaces the file whole. There is no fsync: after a power cut a practice grant may be gone,
    /// which is one more thing to practise.
    pub(crate) fn save(&self, port: u16, clients: &[RegisteredClient], book: &Book) -> Result<(), std::io::Error> {
        let contents = Contents { format: FORMAT, port, clients, book };
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        // Readable by its owner alone (0600) from the moment it exists.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, &contents)?;
        file.flush()?;
        file.persist(&self.path).map_err(|refused| refused.error)?;
        Ok(())
    }
}

/// Opens a file that is its owner's alone.
fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// A name that overwrites no earlier damaged file.
fn free_name(path: &Path) -> PathBuf {
    let mut candidate = beside(path, "damaged");
    let mut number = 2_u32;
    while candidate.exists() {
        candidate = beside(path, &format!("damaged-{number}"));
        number += 1;
    }
    candidate
}
