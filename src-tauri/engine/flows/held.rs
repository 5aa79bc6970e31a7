//! New bundles that the keychain would not take: held, tried again, shouted about, sealed on the disk, exported
//! [A5, S154].
//!
//! The provider has spent the old refresh token, and the new one exists nowhere else. So it is sealed on the disk at
//! the first refusal, and tried again until the keychain takes it. The lock stays with whoever holds the bundle:
//! nobody else may send the spent token meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::GrantState;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::TokenBundle;
use domain::{ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::bundle::Replacement;
use super::refresh::UnderWay;
use crate::parts::HELD_KEY_SETTING;
use crate::refresh_lock::RefreshLock;
use crate::sealed_bundles::{self, SHORTEST_PASSPHRASE, SealError, SealedBundle};
use crate::vault::{Vault, VaultError};
use crate::{Engine, Error, Notice};

/// How far back the event of a held bundle is looked for: nothing refreshes the connection in between.
const LOOKED_BACK: usize = 50;

/// Between two tries: a person who has just unlocked the keychain looks at the window.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// An export further ahead of the board than this is not of this board: a version only grows, and one at the end of
/// all numbers would be the last.
const FURTHEST_AHEAD: u32 = 1000;

/// Longer than it takes another process to make the key.
const KEY_WAIT: Duration = Duration::from_secs(20);

/// A bundle that waits for the keychain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBundle {
    pub connection: ConnectionId,
    pub name: String,
    pub since: Timestamp,
    /// It lies sealed on the disk as well, and survives the end of the program.
    pub is_sealed: bool,
    /// A person has carried it away in a file, and this process may end.
    pub is_exported: bool,
    /// Where it lies sealed.
    pub file: Option<PathBuf>,
    /// Why the keychain would not take it, where this process has tried.
    pub reason: Option<VaultError>,
    /// In the memory of this other process alone: it is lost if that one ends.
    pub elsewhere: Option<HoldingProcess>,
}

/// Another process that has a new token in its memory alone. What the system keeps to itself is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingProcess {
    pub pid: Option<u32>,
    pub program: Option<String>,
}

impl fmt::Display for HoldingProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, &self.program) {
            (Some(pid), Some(program)) => write!(f, "process {pid} ({program})"),
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => f.write_str("another program"),
        }
    }
}

/// What became of an exported file's bundles; those that are counted in neither were known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldImport {
    pub taken_count: usize,
    /// Of connections that this board does not have.
    pub strange_count: usize,
}

/// What this process holds.
#[derive(Default)]
pub(crate) struct Held {
    bundles: Mutex<HashMap<ConnectionId, HeldHere>>,
    /// The canary and the key were there when this process looked.
    is_prepared: AtomicBool,
}

struct HeldHere {
    name: String,
    since: Timestamp,
    is_sealed: bool,
    /// A person has carried it away: the program may end.
    is_exported: bool,
    version: TokenVersion,
    text: Zeroizing<Vec<u8>>,
    reason: VaultError,
    /// Given back once the bundle is stored: nobody else may send the spent token meanwhile.
    lock: RefreshLock,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, HeldHere>> {
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything it takes to finish a replacement later.
pub(super) struct Unsaved {
    pub(super) id: ConnectionId,
    pub(super) name: String,
    pub(super) expected: TokenVersion,
    pub(super) bundle: TokenBundle,
    pub(super) replacement: Replacement,
    pub(super) is_sealed: bool,
    pub(super) reason: VaultError,
}

/// One line of an export: a bundle as one text.
#[derive(Serialize, Deserialize)]
struct ExportedBundle {
    connection: String,
    version: u32,
    bundle: String,
}

impl Engine {
    /// What waits for the keychain: in this process, sealed on the disk, and in another process that runs.
    pub fn held_bundles(&self) -> Vec<HeldBundle> {
        let mut all: Vec<_> = self
            .held
            .lock()
            .iter()
            .map(|(id, held)| HeldBundle {
                connection: id.clone(),
                name: held.name.clone(),
                since: held.since,
                is_sealed: held.is_sealed,
                is_exported: held.is_exported,
                file: held.is_sealed.then(|| self.parts.sealed.path(id, held.version).ok()).flatten(),
                reason: Some(held.reason),
                elsewhere: None,
            })
            .collect();
        for sealed in self.sealed_bundles() {
            if all.iter().any(|held| held.connection == sealed.connection) {
                continue;
            }
            // A file whose connection is gone, or has gone on without it, holds nobody up.
            let Ok(Some(connection)) = self.parts.store.find_connection(&sealed.connection) else { continue };
            if connection.token.as_ref().is_none_or(|token| token.version < sealed.version) {
                all.push(HeldBundle {
                    name: connection.name,
                    since: sealed.sealed_at,
                    is_sealed: true,
                    is_exported: false,
                    file: self.parts.sealed.path(&sealed.connection, sealed.version).ok(),
                    reason: None,
                    elsewhere: None,
                    connection: sealed.connection,
                });
            }
        }
        let elsewhere = self.held_elsewhere().unwrap_or_else(|error| {
            tracing::warn!(%error, "what other processes hold could not be looked at");
            vec![]
        });
        all.extend(
            elsewhere
                .into_iter()
                .filter(|it| !all.iter().any(|held| held.connection == it.connection))
                .collect::<Vec<_>>(),
        );
        all.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.connection.cmp(&other.connection)));
        all
    }

    /// Whether what waits can be carried away just now: what lies sealed is opened by the keychain alone, while what a
    /// process holds is exported by that process whatever the keychain does.
    ///
    /// # Errors
    /// Why the keychain cannot be used.
    pub async fn require_exportable(&self) -> Result<(), Error> {
        let is_here = !self.held.lock().is_empty();
        if is_here { Ok(()) } else { self.require_keychain().await }
    }

    /// Files in the folder of sealed tokens that nothing opens: put aside, or with a name that says nothing.
    ///
    /// # Errors
    /// The folder cannot be read: what waits in it is not known then.
    pub fn unusable_seals(&self) -> Result<Vec<String>, Error> {
        self.parts.sealed.list()?;
        Ok(self.parts.sealed.list_unusable()?)
    }

    /// Whether a token would be lost if this program ended.
    pub fn would_lose_a_token(&self) -> bool {
        self.held.lock().values().any(|held| !held.is_sealed && !held.is_exported)
    }

    /// Writes all that this process holds, and what lies sealed and can be opened, into one file that a passphrase
    /// opens (age); how many bundles those were.
    ///
    /// # Errors
    /// [`Error::BadInput`] on a short passphrase, or when nothing is held; the disk's.
    pub async fn export_held(&self, passphrase: &Secret, to: &Path) -> Result<usize, Error> {
        refuse_short(passphrase)?;
        let mut lines = Zeroizing::new(Vec::new());
        let mut exported: Vec<(ConnectionId, TokenVersion)> = Vec::new();
        for (id, held) in self.held.lock().iter() {
            write_line(&mut lines, id, held.version, &held.text)?;
            exported.push((id.clone(), held.version));
        }
        let is_in_it = |it: &ConnectionId| exported.iter().any(|(id, _)| id == it);
        let left: Vec<_> = self.sealed_bundles().into_iter().filter(|it| !is_in_it(&it.connection)).collect();
        for sealed in left {
            // Only the keychain opens those; while it is locked they are safe where they are.
            let key = match self.parts.vault.read_held_key().await {
                Ok(Some(key)) => key,
                Ok(None) => break,
                Err(_) if !exported.is_empty() => break,
                Err(error) => return Err(error.into()),
            };
            match self.parts.sealed.open(&key, &sealed.connection, sealed.version) {
                Ok(Some(text)) => {
                    write_line(&mut lines, &sealed.connection, sealed.version, &text)?;
                    exported.push((sealed.connection, sealed.version));
                }
                Ok(None) => {}
                // A seal that does not open keeps nobody from carrying away the others.
                Err(_) if !exported.is_empty() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if lines.is_empty() {
            return Err(Error::BadInput("no token waits for the keychain: there is nothing to export"));
        }
        let passphrase = Secret::new(plain(passphrase));
        let file = tokio::task::spawn_blocking(move || sealed_bundles::encrypt(&passphrase, &lines))
            .await
            .map_err(|_| Error::TaskEnded)??;
        sealed_bundles::write_whole(to, &file).map_err(Error::not_written(to))?;
        let mut carried = vec![];
        // What came while the file was written is not in it.
        for (id, held) in self.held.lock().iter_mut() {
            if exported.iter().any(|(it, version)| it == id && *version == held.version) {
                held.is_exported = true;
                carried.push((id.clone(), held.version));
            }
        }
        // Missed like one whose seal is missing once this process has ended: the token before it is not sent by itself.
        for (id, version) in carried {
            if let Err(error) = self.parts.store.note_sealed(&id, version) {
                tracing::warn!(connection = %id, %error, "that a bundle was carried away is not in the database yet");
                // Stored meanwhile, there is nothing to miss.
                let noted = self.held.lock().get_mut(&id).map(|held| held.lock.note_carried(version));
                if let Some(Err(error)) = noted {
                    tracing::error!(connection = %id, %error, "nor could it be noted beside the lock");
                }
            }
        }
        Ok(exported.len())
    }

    /// Takes exported bundles into the keychain, where they are newer than what is there.
    ///
    /// # Errors
    /// [`Error::HeldUnreadable`] on a wrong passphrase or another file; the keychain's.
    pub async fn import_held(&self, from: &Path, passphrase: &Secret) -> Result<HeldImport, Error> {
        let file = sealed_bundles::read_small(from)?;
        let passphrase = Secret::new(plain(passphrase));
        let lines = tokio::task::spawn_blocking(move || sealed_bundles::decrypt(&passphrase, &file))
            .await
            .map_err(|_| Error::TaskEnded)??;
        if lines.iter().all(u8::is_ascii_whitespace) {
            return Err(SealError::Empty.into());
        }
        let mut import = HeldImport::default();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let exported: ExportedBundle = serde_json::from_slice(line).map_err(|_| SealError::NotOurs)?;
            let (id, version) = (ConnectionId::from_text(exported.connection), TokenVersion(exported.version));
            let text = Zeroizing::new(exported.bundle.into_bytes());
            let bundle = Vault::unpack(&id, version, &text).map_err(|_| SealError::NotOurs)?;
            // Of another board, or disconnected and forgotten since.
            if self.parts.store.find_connection(&id)?.is_none() {
                import.strange_count += 1;
                continue;
            }
            let lock = self.lock_refresh(&id).await?;
            // Only what is read under the lock counts: a refresh may have gone on since.
            let connection = self.connection(&id)?;
            let counted = connection.token_version();
            let is_next = (1..=FURTHEST_AHEAD).contains(&version.0.saturating_sub(counted.0));
            if is_next && !matches!(connection.grant, GrantState::Disconnected { .. }) {
                self.prepare_saving().await?;
                self.parts.vault.write_bundle(&id, &bundle).await?;
                self.adopt(&connection, bundle, EventKind::BundleRecovered)?;
                import.taken_count += 1;
            }
            self.parts.sealed.remove(&id, version)?;
            drop(lock);
            self.notify_connection(&id);
        }
        Ok(import)
    }

    /// Seals a bundle on the disk. False when it could not be: then only this process has it.
    pub(super) fn seal(&self, id: &ConnectionId, bundle: &TokenBundle) -> bool {
        let sealed = || -> Result<bool, Error> {
            let Some(public_half) = self.parts.store.setting(HELD_KEY_SETTING)? else { return Ok(false) };
            let text = Vault::pack(id, bundle)?;
            self.parts.sealed.put(&public_half, id, bundle.version, &text)?;
            // It opens without this; only where it goes missing is it missed.
            if let Err(error) = self.parts.store.note_sealed(id, bundle.version) {
                tracing::warn!(connection = %id, %error, "that a bundle lies sealed is not in the database");
            }
            Ok(true)
        };
        sealed().unwrap_or_else(|error| {
            tracing::error!(connection = %id, %error, "a held bundle could not be sealed on the disk");
            false
        })
    }

    /// Keeps a bundle and goes on trying, detached from whoever asked for it.
    pub(super) fn hold(&self, mut unsaved: Unsaved, mut lock: RefreshLock) -> Result<(), Error> {
        let (id, name) = (unsaved.id.clone(), unsaved.name.clone());
        let (is_sealed, reason) = (unsaved.is_sealed, unsaved.reason);
        let text = Vault::pack(&id, &unsaved.bundle)?;
        let (since, version) = (self.parts.clock.now(), unsaved.bundle.version);
        if !is_sealed {
            lock.note_unsaved(Some((version, since)));
        }
        let held = HeldHere { name, since, is_sealed, is_exported: false, version, text, reason, lock };
        self.held.lock().insert(id.clone(), held);
        let noted = self.connection(&id).and_then(|connection| {
            let mut event = self.event(EventKind::BundleHeld, &connection);
            event.token_version = Some(version);
            event.token_fingerprint = unsaved.bundle.access_token.as_ref().map(Secret::fingerprint);
            // Whoever stores it may be another process: what it takes to call it a refresh is said here.
            let of_refresh = unsaved
                .replacement
                .events
                .iter()
                .find(|it| matches!(it.kind, EventKind::RefreshSucceeded | EventKind::RefreshFailed));
            if let Some(refresh) = of_refresh {
                event.reason = refresh.reason;
                event.request_id.clone_from(&refresh.request_id);
                event.subject.clone_from(&refresh.subject);
            }
            Ok(self.parts.store.append_event(&event).map(drop)?)
        });
        if let Err(error) = noted {
            tracing::warn!(%error, "an event could not be written");
        }
        self.tell_of_left_tokens(&mut unsaved.replacement.events);
        self.notify(Notice::ConnectionChanged(Some(id.clone())));
        let engine = self.clone();
        let under_way = UnderWay::begin(self);
        tokio::spawn(async move { engine.keep_trying(unsaved, under_way).await });
        Ok(())
    }

    /// The newest events of held bundles of a connection, the newest first.
    pub(super) fn held_events(&self, id: &ConnectionId) -> Result<impl Iterator<Item = LifecycleEvent> + use<>, Error> {
        let newest = self.parts.store.list_events(Some(id), None, LOOKED_BACK)?.into_iter();
        Ok(newest.map(|(_, event)| event).filter(|event| event.kind == EventKind::BundleHeld))
    }

    /// Which refresh tokens were left stands nowhere but in this process: said at once, as another may store the bundle.
    fn tell_of_left_tokens(&self, events: &mut Vec<LifecycleEvent>) {
        events.retain(|event| {
            let told = event.kind == EventKind::RefreshTokenLeft && {
                let appended = self.parts.store.append_event(event);
                appended.inspect_err(|error| tracing::warn!(%error, "an event could not be written")).is_ok()
            };
            !told
        });
    }

    /// Why a new bundle of this connection is held in this process, if one is.
    pub(super) fn held_reason(&self, id: &ConnectionId) -> Option<(VaultError, bool)> {
        self.held.lock().get(id).map(|held| (held.reason, held.is_sealed))
    }

    async fn keep_trying(&self, mut unsaved: Unsaved, under_way: UnderWay) {
        let id = unsaved.id.clone();
        // Sealed, it survives the program's end; until then the program waits for it [S168].
        let mut under_way = Some(under_way).filter(|_| !unsaved.is_sealed);
        let mut pause = Duration::from_secs(1);
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if !unsaved.is_sealed {
                // The disk may have room again before the keychain is unlocked.
                unsaved.is_sealed = self.seal(&id, &unsaved.bundle);
                // Known before the program may end: it says where it left the token.
                if unsaved.is_sealed
                    && let Some(held) = self.held.lock().get_mut(&id)
                {
                    held.is_sealed = true;
                    held.lock.note_unsaved(None);
                }
                under_way.take_if(|_| unsaved.is_sealed);
            }
            match self.parts.vault.write_bundle(&id, &unsaved.bundle).await {
                Ok(()) => break,
                Err(reason) => {
                    if let Some(held) = self.held.lock().get_mut(&id) {
                        (held.reason, held.is_sealed) = (reason, unsaved.is_sealed);
                    }
                }
            }
        }
        // Durable: whatever the database says, the next start finds it under the intent.
        let version = unsaved.bundle.version;
        match self.recover(unsaved) {
            Ok(()) => tracing::info!(connection = %id, "a held bundle is stored"),
            Err(error) => tracing::warn!(connection = %id, %error, "a held bundle is stored, and not pointed to yet"),
        }
        self.held.lock().remove(&id);
        if let Err(error) = self.parts.sealed.remove(&id, version) {
            tracing::warn!(%error, "a sealed bundle could not be removed");
        }
        self.notify_connection(&id);
    }

    fn recover(&self, unsaved: Unsaved) -> Result<(), Error> {
        let Unsaved { id, expected, bundle, mut replacement, .. } = unsaved;
        let connection = self.connection(&id)?;
        let mut event = self.event(EventKind::BundleRecovered, &connection);
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        // Written now: the order of events is the order of their times.
        replacement.events.iter_mut().for_each(|earlier| earlier.at = event.at);
        replacement.events.push(event);
        self.commit(&id, expected, bundle, replacement)
    }

    /// A bundle that an earlier run sealed, opened and put into the keychain. The caller holds the lock.
    pub(super) async fn unseal(&self, id: &ConnectionId, version: TokenVersion) -> Result<Option<TokenBundle>, Error> {
        if !self.parts.sealed.is_there(id, version)? {
            return Ok(None);
        }
        let Some(key) = self.parts.vault.read_held_key().await? else { return Ok(None) };
        let opened = match self.parts.sealed.open(&key, id, version) {
            Ok(Some(text)) => Vault::unpack(id, version, &text).ok(),
            Ok(None) | Err(SealError::NotOpened | SealError::NotOurs) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(bundle) = opened else {
            // Nothing opens it any more, and it must not hold up everything that comes after.
            tracing::error!(connection = %id, "a sealed bundle is damaged, and was put aside");
            self.parts.sealed.put_aside(id, version)?;
            let mut event = self.event(EventKind::Reconciled, &self.connection(id)?);
            let said = if self.was_sealed(id, version) {
                "a sealed token could not be opened, and its file was put aside"
            } else {
                "a file among the sealed tokens is none that was sealed for this connection, and was put aside"
            };
            event.subject = Some(said.to_owned());
            self.parts.store.append_event(&event)?;
            return Ok(None);
        };
        self.parts.vault.write_bundle(id, &bundle).await?;
        Ok(Some(bundle))
    }

    /// The version of a bundle of this connection that lies sealed, newer than what counts.
    pub(super) fn newer_seal(&self, id: &ConnectionId, counted: TokenVersion) -> Option<TokenVersion> {
        self.newer_seals(id, counted).first().copied()
    }

    /// All of them, the newest first.
    pub(super) fn newer_seals(&self, id: &ConnectionId, counted: TokenVersion) -> Vec<TokenVersion> {
        let sealed = self.sealed_bundles().into_iter().filter(|it| it.connection == *id);
        let mut newer: Vec<_> = sealed.map(|it| it.version).filter(|version| *version > counted).collect();
        newer.sort_by(|one, other| other.cmp(one));
        newer
    }

    /// For showing: a folder that cannot be listed is said where it matters, before a request.
    fn sealed_bundles(&self) -> Vec<SealedBundle> {
        self.parts.sealed.list().unwrap_or_else(|error| {
            tracing::warn!(%error, "sealed bundles could not be listed");
            vec![]
        })
    }

    /// Sees to it that nothing but the bundle itself has to be written once the provider has answered: the canary
    /// and the key for held bundles are there before a request leaves.
    pub(super) async fn prepare_saving(&self) -> Result<(), Error> {
        // Neither goes while a program runs.
        if self.held.is_prepared.load(Ordering::Acquire) {
            return Ok(());
        }
        self.make_ready_to_save().await?;
        self.held.is_prepared.store(true, Ordering::Release);
        Ok(())
    }

    async fn make_ready_to_save(&self) -> Result<(), Error> {
        self.note_canary().await?;
        if self.parts.store.setting(HELD_KEY_SETTING)?.is_some() {
            return Ok(());
        }
        let lock = self.parts.locks.acquire_key(KEY_WAIT).await?;
        let public_half = match self.parts.vault.read_held_key().await? {
            // The database is a newer or an older one: the key is the same.
            Some(key) => sealed_bundles::public_half(&key).ok_or(SealError::NotOpened)?,
            None => {
                let (key, public_half) = sealed_bundles::new_key();
                self.parts.vault.write_held_key(&key).await?;
                public_half
            }
        };
        self.parts.store.put_setting(HELD_KEY_SETTING, &public_half)?;
        drop(lock);
        Ok(())
    }
}

fn refuse_short(passphrase: &Secret) -> Result<(), Error> {
    let is_short = plain(passphrase).chars().count() < SHORTEST_PASSPHRASE;
    if is_short { Err(Error::BadInput("a passphrase has at least 12 characters")) } else { Ok(()) }
}

#[expect(clippy::disallowed_methods, reason = "measured and handed on as a secret")]
fn plain(passphrase: &Secret) -> &str {
    passphrase.expose_secret()
}

fn write_line(lines: &mut Vec<u8>, id: &ConnectionId, version: TokenVersion, text: &[u8]) -> Result<(), Error> {
    let bundle = std::str::from_utf8(text).map_err(|_| SealError::NotOurs)?.to_owned();
    let line = ExportedBundle { connection: id.to_string(), version: version.0, bundle };
    let written = Zeroizing::new(serde_json::to_vec(&line).map_err(|_| SealError::NotOurs)?);
    drop(Zeroizing::new(line.bundle.into_bytes()));
    lines.extend_from_slice(&written);
    lines.push(b'\n');
    Ok(())
}
