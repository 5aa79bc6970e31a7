//! Reading a platform, over its API or from a file: with progress, all of it or nothing, and what was joined before is
//! joined again [D2].

use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use domain::blast_radius::joining::Candidates;
use domain::blast_radius::reading::{FoundUse, PlatformReading, ReadingChanges, ReadingNote};
use domain::blast_radius::{Join, Platform, PlatformKind, ReadFailure, Source, Workflow};
use domain::display_text::cleaned;
use domain::{ConnectionId, PlatformConnectionId, PlatformId};
use jiff::{SignedDuration, Timestamp};

use super::labels::label;
use super::platforms::default_name;
use crate::platforms::open::read_file;
use crate::platforms::{PlatformFailure, Progress};
use crate::store::{ArrivingReading, MayIt, StoreError};
use crate::{Engine, Error, Notice};

/// Larger exports are no exports: ten thousand workflows take a tenth of it.
const LARGEST_FILE: u64 = 512 << 20;
const LONGEST_WORDS: usize = 300;
/// How far back the first reading looks at runs.
const FIRST_RUNS: SignedDuration = SignedDuration::from_hours(7 * 24);
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// What a reading brought.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingOutcome {
    pub platform: Platform,
    pub changes: ReadingChanges,
    /// How many of each stood there.
    pub workflow_count: usize,
    pub connection_count: usize,
    pub notes: Vec<ReadingNote>,
    /// Connections of the platform that stand beside one of ours.
    pub joined_count: usize,
}

/// Where a file is read into.
#[derive(Debug, Clone, Default)]
pub struct ImportTarget {
    /// One that is there. `None`: the one of that kind and name, or a new one.
    pub platform: Option<PlatformId>,
    pub name: Option<String>,
    pub customer: Option<String>,
}

/// Takes a reading off the list when it ends, however it ends.
struct UnderWay<'a> {
    engine: &'a Engine,
    name: String,
    progress: Arc<Progress>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.engine.readings_under_way().remove(&self.name);
        self.engine.notify(Notice::ReadingChanged(self.name.clone()));
    }
}

/// Whether a file of n8n's holds workflows rather than credentials: only those have nodes.
pub fn holds_workflows(path: &Path) -> bool {
    /// The first workflow names its nodes well before that.
    const LOOKED_AT: u64 = 1 << 20;
    let mut head = vec![];
    let read = std::fs::File::open(path).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut head));
    read.is_ok() && head.windows(7).any(|it| it == b"\"nodes\"")
}

impl Engine {
    /// Reads all of a platform over its API. What was known stays where it fails, and is marked as old.
    ///
    /// # Errors
    /// [`Error::PlatformFailed`] with what the platform said, also when it was cancelled; [`Error::ReadingUnderWay`].
    pub async fn read_platform(&self, id: &PlatformId) -> Result<ReadingOutcome, Error> {
        let platform = self.platform(id)?;
        let under_way = self.begin_reading(id.as_str(), &platform.name)?;
        self.parts.store.note_asked(id, self.parts.clock.now())?;
        let reading = async {
            let client = self.open_platform(&platform).await?;
            let mut reading = client.read(&under_way.progress).await?;
            if client.abilities().lists_runs && reading.runs.is_empty() {
                let since = self.runs_wanted_since(&platform);
                // Runs are worth having, and no reason to do without the rest.
                match client.runs_since(since).await {
                    Ok(runs) => reading.runs = runs,
                    Err(PlatformFailure::Cancelled) => return Err(PlatformFailure::Cancelled.into()),
                    Err(PlatformFailure::RightMissing { right, .. }) => {
                        let without_it = "no run can be seen, so a dead connection is not noticed".to_owned();
                        reading.notes.push(ReadingNote::MissingRight { right, without_it });
                    }
                    Err(failure) => tracing::info!(%failure, "runs could not be read"),
                }
            }
            self.look_for_proofs(client.as_ref(), &platform.id, &mut reading).await?;
            self.take_over(&platform, false, Source::Api, reading, &under_way.progress).await
        };
        // A platform that does not answer keeps nobody waiting.
        let read = tokio::select! {
            biased;
            read = reading => read,
            () = under_way.progress.until_cancelled() => Err(PlatformFailure::Cancelled.into()),
        };
        self.note_outcome(&platform, read)
    }

    /// A little before the last reading: what was under way then has ended since.
    fn runs_wanted_since(&self, platform: &Platform) -> Timestamp {
        let now = self.parts.clock.now();
        let from = platform.read_at.map_or((now, FIRST_RUNS), |at| (at, OVERLAP));
        from.0.checked_sub(from.1).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Reads a file into a platform: the one named, the one of that kind and name, or a new one.
    ///
    /// # Errors
    /// [`Error::PlatformFailed`] where nobody can read it, [`Error::FileUnreadable`]; [`Error::WouldReplace`] where no
    /// platform and no name is given, and something of the one that it would be read into would be gone.
    pub async fn import_workflows(
        &self,
        path: &Path,
        kind: Option<PlatformKind>,
        target: ImportTarget,
        reading_name: &str,
    ) -> Result<ReadingOutcome, Error> {
        let file_name = path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let under_way = self.begin_reading(reading_name, &file_name)?;
        let (path, progress, shown) = (path.to_owned(), Arc::clone(&under_way.progress), file_name.clone());
        let read = tokio::task::spawn_blocking(move || {
            let size = std::fs::metadata(&path).map_err(Error::FileUnreadable)?.len();
            if size > LARGEST_FILE {
                return Err(PlatformFailure::Unreadable(shown, "it is too large".to_owned()).into());
            }
            // A device has no size, and no end.
            let mut bytes = vec![];
            let file = std::fs::File::open(&path).map_err(Error::FileUnreadable)?;
            file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(Error::FileUnreadable)?;
            if bytes.len() as u64 > LARGEST_FILE {
                return Err(PlatformFailure::Unreadable(shown, "it is too large".to_owned()).into());
            }
            Ok::<_, Error>(read_file(kind, &shown, &bytes, &progress)?)
        });
        let importing = async {
            let (kind, reading) = read.await.map_err(|_| Error::TaskEnded)??;
            self.import_reading(kind, reading, target, &under_way.progress).await
        };
        tokio::select! {
            biased;
            read = importing => read,
            () = under_way.progress.until_cancelled() => Err(PlatformFailure::Cancelled.into()),
        }
    }

    /// What a file was read to, into a platform; a new one is made with it, or not at all.
    pub(super) async fn import_reading(
        &self,
        kind: PlatformKind,
        reading: PlatformReading,
        target: ImportTarget,
        progress: &Arc<Progress>,
    ) -> Result<ReadingOutcome, Error> {
        progress.check()?;
        let is_named = target.platform.is_some() || target.name.is_some();
        let (platform, is_new) = self.platform_for(kind, target)?;
        if !is_named && !is_new {
            self.refuse_to_replace(&platform, &reading)?;
        }
        let taken = self.take_over(&platform, is_new, Source::File, reading, progress).await;
        if taken.is_err() && is_new {
            // It came to nothing together with its reading.
            return taken;
        }
        self.note_outcome(&platform, taken)
    }

    /// Cancels a reading by the name it was begun under: nothing of it is kept. False where it is too late for that, or
    /// none is under way.
    pub fn cancel_reading(&self, name: &str) -> bool {
        self.readings_under_way().get(name).is_some_and(|progress| progress.cancel())
    }

    /// Whether all of a reading under way is on the disk already.
    pub fn is_reading_written(&self, name: &str) -> bool {
        self.readings_under_way().get(name).is_some_and(|progress| progress.is_written())
    }

    /// How many workflows a reading under way has read, and of how many.
    pub fn reading_progress(&self, name: &str) -> Option<(u32, Option<u32>)> {
        self.readings_under_way().get(name).map(|progress| progress.state())
    }

    /// A person says which connection of ours stands for the same account; `None`: none does. It stays.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`] for either.
    pub fn join_platform_connection(
        &self,
        id: &PlatformConnectionId,
        connection: Option<&ConnectionId>,
    ) -> Result<(), Error> {
        if let Some(own) = connection {
            self.connection(own)?;
        }
        let theirs = self.parts.store.find_platform_connection(id)?;
        let theirs = theirs.ok_or_else(|| Error::ConnectionGone(id.to_string()))?;
        let join = Join { connection: connection.cloned(), percent: 100, is_confirmed: true };
        self.parts.store.put_joins(&[(id.clone(), Some(join))])?;
        self.notify(Notice::PlatformChanged(Some(theirs.platform)));
        Ok(())
    }

    /// Looks anew which connections of ours stand beside those of platforms; a person's word stays. How many are joined.
    pub(super) fn rematch(&self, platform: Option<&PlatformId>) -> Result<usize, Error> {
        let picture = self.picture()?;
        let candidates = Candidates::among(picture.own_connections());
        let mut joined_count = 0;
        let mut changed = vec![];
        for theirs in picture.platform_connections() {
            if platform.is_some_and(|it| *it != theirs.platform) {
                continue;
            }
            let customer = picture.platform(&theirs.platform).and_then(|it| it.customer.as_deref());
            let join = candidates.join(theirs, customer);
            joined_count += usize::from(join.as_ref().is_some_and(|it| it.connection.is_some()));
            if join != theirs.joined {
                changed.push((theirs.id.clone(), join));
            }
        }
        self.parts.store.put_joins(&changed)?;
        Ok(joined_count)
    }

    async fn take_over(
        &self,
        platform: &Platform,
        is_first: bool,
        source: Source,
        mut reading: PlatformReading,
        progress: &Arc<Progress>,
    ) -> Result<ReadingOutcome, Error> {
        progress.check()?;
        let (engine, platform, now) = (self.clone(), platform.clone(), self.parts.clock.now());
        let progress = Arc::clone(progress);
        let taken = tokio::task::spawn_blocking(move || {
            engine.judge_by_runs(&platform.id, &mut reading)?;
            engine.leave_strange_connections_out(&mut reading)?;
            let may_it = |asked: MayIt| match asked {
                MayIt::GoOn => !progress.is_cancelled(),
                MayIt::BeKept => progress.keep(),
            };
            let arriving = ArrivingReading { platform: &platform, is_first, source, reading: &reading, now };
            let changes = engine.parts.store.apply_reading(&arriving, &may_it).map_err(|error| {
                let is_left_off = matches!(error, StoreError::LeftOff);
                if is_left_off { PlatformFailure::Cancelled.into() } else { Error::from(error) }
            })?;
            progress.note_written();
            let joined_count = engine.rematch(Some(&platform.id))?;
            Ok::<_, Error>(ReadingOutcome {
                platform: engine.platform(&platform.id)?,
                changes,
                workflow_count: reading.workflows.len(),
                connection_count: reading.connections.len(),
                notes: reading.notes,
                joined_count,
            })
        });
        taken.await.map_err(|_| Error::TaskEnded)?
    }

    /// A file may name connections of ours that are of another computer, or gone: the rest of it is taken.
    fn leave_strange_connections_out(&self, reading: &mut PlatformReading) -> Result<(), Error> {
        let mut steps = reading.workflows.iter().flat_map(|it| &it.steps);
        if !steps.any(|it| matches!(it.uses, FoundUse::Ours(_))) {
            return Ok(());
        }
        let known: HashSet<ConnectionId> = self.parts.store.list_connections()?.into_iter().map(|it| it.id).collect();
        let mut strange: Vec<String> = vec![];
        for workflow in &mut reading.workflows {
            let name = &workflow.name;
            workflow.steps.retain(|it| match &it.uses {
                FoundUse::Ours(id) if !known.contains(id) => {
                    strange.push(format!("{name} names the connection {id}, which is not here"));
                    false
                }
                FoundUse::Ours(_) | FoundUse::External(_) => true,
            });
        }
        let count = u32::try_from(strange.len()).unwrap_or(u32::MAX);
        reading.notes.extend(strange.into_iter().next().map(|first| ReadingNote::Skipped { count, first }));
        Ok(())
    }

    /// Two lists of one kind are not one that has changed: a person says which it is before anything is gone.
    fn refuse_to_replace(&self, platform: &Platform, reading: &PlatformReading) -> Result<(), Error> {
        if !reading.is_whole {
            return Ok(());
        }
        let found: HashSet<&str> =
            reading.workflows.iter().map(|it| &it.external_id).chain(&reading.unread).map(String::as_str).collect();
        let picture = self.picture()?;
        let is_read =
            |it: &&Workflow| it.platform == platform.id && matches!(it.provenance.source, Source::Api | Source::File);
        let gone = picture.workflows().iter().filter(is_read).filter(|it| !found.contains(it.external_id.as_str()));
        let mut gone: Vec<String> = gone.map(|it| it.name.clone()).collect();
        if gone.is_empty() {
            return Ok(());
        }
        gone.sort();
        Err(Error::WouldReplace { platform: platform.id.clone(), name: platform.name.clone(), gone })
    }

    fn note_outcome(&self, platform: &Platform, read: Result<ReadingOutcome, Error>) -> Result<ReadingOutcome, Error> {
        if let Err(error) = &read {
            let words =
                if let Error::PlatformFailed(failure) = error { failure.to_string() } else { error.to_string() };
            let before = self.parts.store.find_platform(&platform.id)?.and_then(|it| it.failed);
            let needs_person = needs_person(error);
            // A try that access did not come into takes nothing back of what a person has to do.
            let stands = before.as_ref().filter(|it| it.needs_person && !needs_person && !tells_of_access(error));
            let failure = ReadFailure {
                at: self.parts.clock.now(),
                words: stands.map_or_else(|| cleaned(&words, LONGEST_WORDS), |it| it.words.clone()),
                streak: before.as_ref().map_or(0, |it| it.streak).saturating_add(1),
                wait_until: asked_to_wait(error),
                needs_person: needs_person || stands.is_some(),
            };
            self.parts.store.note_failed_reading(&platform.id, &failure)?;
        }
        self.notify(Notice::PlatformChanged(Some(platform.id.clone())));
        self.notify(Notice::ConnectionChanged(None));
        read
    }

    fn platform_for(&self, kind: PlatformKind, target: ImportTarget) -> Result<(Platform, bool), Error> {
        if let Some(id) = &target.platform {
            let platform = self.platform(id)?;
            if platform.kind != kind {
                return Err(Error::BadInput("the file is of another kind of platform"));
            }
            return Ok((platform, false));
        }
        let name = target.name.as_deref().and_then(label).unwrap_or_else(|| default_name(kind, None));
        let others = self.parts.store.list_platforms()?;
        if let Some(platform) = others.into_iter().find(|it| it.kind == kind && it.name == name) {
            return Ok((platform, false));
        }
        let platform = Platform {
            id: PlatformId::from_random(Self::random_bits()?),
            kind,
            name,
            address: None,
            space: None,
            customer: target.customer.as_deref().and_then(label),
            added_at: self.parts.clock.now(),
            read_at: None,
            asked_at: None,
            failed: None,
            reads_itself: true,
        };
        Ok((platform, true))
    }

    fn begin_reading(&self, name: &str, shown: &str) -> Result<UnderWay<'_>, Error> {
        let progress = Arc::new(Progress::default());
        let mut readings = self.readings_under_way();
        if readings.contains_key(name) {
            return Err(Error::ReadingUnderWay(shown.to_owned()));
        }
        readings.insert(name.to_owned(), Arc::clone(&progress));
        drop(readings);
        self.notify(Notice::ReadingChanged(name.to_owned()));
        Ok(UnderWay { engine: self, name: name.to_owned(), progress })
    }

    fn readings_under_way(&self) -> MutexGuard<'_, HashMap<String, Arc<Progress>>> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until when the platform wants to be left alone, where it says so.
fn asked_to_wait(error: &Error) -> Option<Timestamp> {
    if let Error::PlatformFailed(PlatformFailure::RateLimited { until, .. }) = error { Some(*until) } else { None }
}

/// Whether the platform itself has answered, so that what kept it away before is over or another thing now.
fn tells_of_access(error: &Error) -> bool {
    let Error::PlatformFailed(failure) = error else {
        // Of the keychain and the disk no platform was asked.
        return matches!(error, Error::WouldReplace { .. });
    };
    match failure {
        PlatformFailure::Unreachable(..) | PlatformFailure::RateLimited { .. } | PlatformFailure::Cancelled => false,
        // What stands before a platform says that it is away.
        PlatformFailure::Refused { status, .. } => *status < 500,
        PlatformFailure::KeyRefused(_)
        | PlatformFailure::RightMissing { .. }
        | PlatformFailure::AddressRefused(_)
        | PlatformFailure::Unsupported(_)
        | PlatformFailure::Unreadable(..)
        | PlatformFailure::OtherKind { .. }
        | PlatformFailure::BadLines { .. } => true,
    }
}

/// Whether time cures nothing: a person has to look at the key or the address.
fn needs_person(error: &Error) -> bool {
    let Error::PlatformFailed(failure) = error else { return false };
    match failure {
        PlatformFailure::KeyRefused(_)
        | PlatformFailure::RightMissing { .. }
        | PlatformFailure::AddressRefused(_)
        | PlatformFailure::Unsupported(_) => true,
        PlatformFailure::Unreachable(..)
        | PlatformFailure::RateLimited { .. }
        | PlatformFailure::Refused { .. }
        | PlatformFailure::Unreadable(..)
        | PlatformFailure::OtherKind { .. }
        | PlatformFailure::BadLines { .. }
        | PlatformFailure::Cancelled => false,
    }
}
