//! Importing from another tool's file, preview first: nothing is written before a person has ticked it, the file is
//! only ever read, and secrets wait in memory for ten minutes at most [A1, A3, A8].

mod previewed;
mod taking;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::Environment;
use domain::diagnosis::Diagnosis;
use domain::{ClientId, ConnectionId, Fingerprint, ProviderId};
use jiff::Timestamp;

use crate::connection_import::{self, Certainty, Findings, Found, ImportFormat, ImportRefused, Oddity};
use crate::{Engine, Error};

/// Secrets of a preview wait this long for a decision: as long as it takes to read the list, not to forget it.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);
/// Previews at one time; the oldest gives way.
const MOST_PREVIEWS: usize = 4;

/// One preview. Gone with the program: what it read was never written down.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImportId(String);

impl ImportId {
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file holds, before anything of it is taken. Secrets only as fingerprints.
#[derive(Debug, Clone)]
pub struct ImportPreview {
    pub id: ImportId,
    pub files: Vec<String>,
    pub format: ImportFormat,
    pub items: Vec<ImportItem>,
    /// Entries that are neither clients nor grants.
    pub passed_over: usize,
    /// When the secrets are dropped.
    pub ends_at: Timestamp,
}

/// One line of a preview.
#[derive(Debug, Clone)]
pub struct ImportItem {
    /// From one on; what a person says to take it.
    pub number: usize,
    pub file: String,
    pub place: String,
    pub name: String,
    pub provider: Option<ImportProvider>,
    pub client_id: Option<String>,
    pub client_secret: Option<Fingerprint>,
    pub refresh_token: Option<Fingerprint>,
    pub access_token: Option<Fingerprint>,
    pub expires_at: Option<Timestamp>,
    pub scopes: Vec<String>,
    /// Whose it is, as the file says.
    pub account: Option<String>,
    pub warnings: Vec<ImportWarning>,
    /// Why it cannot be taken.
    pub refusal: Option<ImportRefusal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProvider {
    pub id: ProviderId,
    pub name: String,
    pub certainty: Certainty,
}

/// What a person should know before taking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportWarning {
    Oddity(Oddity),
    /// The provider replaces the refresh token at every use, and the other tool keeps the old one.
    TwoHolders {
        tool: &'static str,
    },
    /// It ends with its access token.
    NoRefreshToken,
    /// The client is on the board already, and its secret there stays.
    ClientKnown {
        name: String,
    },
}

/// Why a find cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportRefusal {
    HostUnknown(String),
    AddressRefused {
        field: &'static str,
    },
    ProviderUnclear,
    NameUnknown(String),
    /// An address of the provider has a part that the file does not tell.
    VariableMissing {
        asks: String,
    },
    NoClient,
    /// The provider wants a client secret, and neither the file nor the board has it.
    NoClientSecret,
    NothingUsable,
    OtherKind(String),
    /// Its token is, or was, that of a connection on the board.
    AlreadyOnBoard {
        connection: ConnectionId,
        name: String,
    },
    TwiceInFile {
        number: usize,
    },
}

/// What became of one line.
#[derive(Debug)]
pub struct TakenItem {
    pub number: usize,
    pub name: String,
    /// Its provider's name.
    pub provider: Option<String>,
    pub outcome: TakenOutcome,
}

#[derive(Debug)]
pub enum TakenOutcome {
    /// The client alone: there was no grant.
    Client {
        client: ClientId,
    },
    /// A connection. `failure`: what its first call showed, where it did not work.
    Connected {
        connection: ConnectionId,
        account: Option<String>,
        failure: Option<Diagnosis>,
    },
    /// The account is on the board already; the grant of the file was left where it is.
    AlreadyOnBoard {
        connection: ConnectionId,
    },
    /// The account is on the board already, and telling it spent the file's token: the new one is kept beside it.
    KeptBeside {
        connection: ConnectionId,
        twin: ConnectionId,
    },
    Failed(Error),
}

/// Previews whose secrets wait.
#[derive(Default)]
pub(crate) struct Imports(Mutex<HashMap<ImportId, Kept>>);

struct Kept {
    preview: ImportPreview,
    /// By their numbers; what was taken is gone.
    found: HashMap<usize, Found>,
}

impl Imports {
    fn lock(&self, now: Timestamp) -> MutexGuard<'_, HashMap<ImportId, Kept>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, it| it.preview.ends_at > now);
        kept
    }
}

impl Engine {
    /// Reads a file, or a folder of a tool's, and says what could be taken. Nothing is written anywhere.
    ///
    /// # Errors
    /// [`Error::ImportRefused`] with the place in the file.
    pub async fn preview_import(&self, path: &Path, format: Option<ImportFormat>) -> Result<ImportPreview, Error> {
        let path = path.to_owned();
        let (format, found, passed_over) =
            tokio::task::spawn_blocking(move || read_all(&path, format)).await.map_err(|_| Error::TaskEnded)??;
        let now = self.parts.clock.now();
        let ends_at = now.checked_add(KEPT_FOR).map_err(|_| Error::BadInput("the clock is set to an absurd time"))?;
        let id = ImportId(ConnectionId::from_random(Self::random_bits()?).as_str().replace("con_", "imp_"));

        let mut files: Vec<String> = found.iter().map(|(file, _)| file.clone()).collect();
        files.dedup();
        let items = self.previewed(&found, format)?;
        let preview = ImportPreview { id: id.clone(), files, format, items, passed_over, ends_at };
        let found = found.into_iter().enumerate().map(|(index, (_, found))| (index + 1, found)).collect();
        {
            let mut kept = self.imports.lock(now);
            if kept.len() >= MOST_PREVIEWS {
                let oldest = kept.iter().min_by_key(|(_, it)| it.preview.ends_at).map(|(id, _)| id.clone());
                drop(oldest.and_then(|oldest| kept.remove(&oldest)));
            }
            kept.insert(id, Kept { preview: preview.clone(), found });
        }
        self.drop_import_in_time(ends_at);
        Ok(preview)
    }

    /// Takes what was ticked: clients to the keychain and the database, grants as connections. One that fails does
    /// not keep the others, and can be tried again.
    ///
    /// # Errors
    /// [`Error::ImportGone`]; [`Error::BadInput`] for a number that is not in the preview; the keychain's.
    pub async fn take_import(
        &self,
        id: &ImportId,
        numbers: &[usize],
        environment: Environment,
    ) -> Result<Vec<TakenItem>, Error> {
        let mut chosen = Vec::new();
        {
            let now = self.parts.clock.now();
            let mut imports = self.imports.lock(now);
            let kept = imports.get_mut(id).ok_or_else(|| Error::ImportGone(id.to_string()))?;
            let mut numbers = numbers.to_vec();
            numbers.sort_unstable();
            numbers.dedup();
            if numbers.iter().any(|number| !kept.preview.items.iter().any(|it| it.number == *number)) {
                return Err(Error::BadInput("that number is not in the preview"));
            }
            if kept.preview.items.iter().any(|it| numbers.contains(&it.number) && it.refusal.is_some()) {
                return Err(Error::BadInput("one of these cannot be taken; the preview says why"));
            }
            for number in numbers {
                let item = kept.preview.items.iter().find(|it| it.number == number).cloned();
                chosen.extend(item.zip(kept.found.remove(&number)));
            }
        }
        if let Err(error) = self.require_keychain().await {
            self.put_back(id, chosen);
            return Err(error);
        }

        let mut taken = Vec::new();
        for (item, found) in chosen {
            let outcome = match self.take_one(&item, &found, environment).await {
                Ok(outcome) => outcome,
                Err(error) => {
                    let is_stored = matches!(error, Error::BundleHeld { .. } | Error::BundleUncommitted { .. });
                    if !is_stored {
                        self.put_back(id, vec![(item.clone(), found)]);
                    }
                    TakenOutcome::Failed(error)
                }
            };
            let provider = item.provider.map(|it| it.name);
            taken.push(TakenItem { number: item.number, name: item.name, provider, outcome });
        }
        Ok(taken)
    }

    /// Drops what a preview read. One that is gone already is fine.
    pub fn drop_import(&self, id: &ImportId) {
        drop(self.imports.lock(self.parts.clock.now()).remove(id));
    }

    fn put_back(&self, id: &ImportId, items: Vec<(ImportItem, Found)>) {
        let mut imports = self.imports.lock(self.parts.clock.now());
        if let Some(kept) = imports.get_mut(id) {
            kept.found.extend(items.into_iter().map(|(item, found)| (item.number, found)));
        }
    }

    /// Secrets go at their time, whoever asks or does not ask by then.
    fn drop_import_in_time(&self, ends_at: Timestamp) {
        let (clock, inner) = (self.parts.clock.clone(), Arc::downgrade(&self.0));
        tokio::spawn(async move {
            clock.sleep_until(ends_at).await;
            if let Some(inner) = inner.upgrade() {
                drop(inner.imports.lock(clock.now()));
            }
        });
    }
}

type ReadAll = (ImportFormat, Vec<(String, Found)>, usize);

/// All files of what was chosen, each find with the file it stood in. Files of a folder are of one tool.
fn read_all(path: &Path, format: Option<ImportFormat>) -> Result<ReadAll, ImportRefused> {
    let mut settled = format;
    let (mut all, mut passed_over) = (Vec::new(), 0);
    for source in connection_import::open(path)? {
        let (format, findings) = connection_import::read(&source, settled)?;
        settled = Some(format);
        let Findings { found, passed_over: more } = findings;
        all.extend(found.into_iter().map(|found| (source.name.clone(), found)));
        passed_over += more;
        if all.len() > connection_import::MOST_FOUND {
            return Err(ImportRefused::TooMany { file: source.name });
        }
    }
    let format = settled.ok_or_else(|| ImportRefused::Unrecognised { file: path.display().to_string() })?;
    Ok((format, all, passed_over))
}
