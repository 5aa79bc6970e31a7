//! One refresh per connection at a time, also across processes, and one process that owns the scheduler:
//! OS file locks that the kernel releases when their holder dies [B3, B14].
//!
//! The files are never unlinked: whoever had opened the old file would hold a lock nobody else sees.

use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use domain::{ChecklistId, ConnectionId, EventDestinationId, TokenVersion};
use jiff::Timestamp;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep, timeout_at};

/// How often another process's lock is tried: a dead holder's passes on well within 100 ms, also where many processes
/// want the processor. One try costs a microsecond.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// What a holder writes takes this many bytes from the first on, so that it can be replaced on a disk that is full.
const NOTE_LENGTH: usize = 128;
/// Behind it, in the same block of the disk, stands what outlives the holder.
const CARRIED_LENGTH: usize = 32;

const SCHEDULER: &str = "scheduler";
const QUEUE: &str = "reconnect-queue";

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RefreshLockError {
    /// The longest wait is over, and somebody else still holds it.
    #[error("waited too long for another refresh of the same connection")]
    Waited {
        /// The process that holds it, where it could be read (not on Windows: a locked file is unreadable).
        holder_pid: Option<u32>,
    },
    #[error("the lock file cannot be used")]
    Unavailable(#[source] io::Error),
}

/// The locks of one data folder.
pub struct RefreshLocks {
    folder: PathBuf,
    /// Who waits or holds inside this process, in order; entries go when the last of them does.
    queues: std::sync::Mutex<HashMap<ConnectionId, Weak<Mutex<()>>>>,
}

/// The right to refresh one connection, until dropped.
#[derive(Debug)]
pub struct RefreshLock {
    // Dropped in this order: the next one in this process then finds the file free.
    file: LockedFile,
    _turn: OwnedMutexGuard<()>,
}

impl RefreshLock {
    /// What tells its file from another at the same place; `None` where the system does not say.
    pub fn mark(&self) -> Option<String> {
        self.file.mark()
    }

    /// Tells other processes that a new token of this version is in this one's memory alone, and since when; `None`:
    /// that it no longer is. A courtesy: the lock holds without it.
    pub fn note_unsaved(&mut self, unsaved: Option<(TokenVersion, Timestamp)>) {
        if let Err(error) = self.file.write_note(unsaved) {
            tracing::warn!(%error, "other processes are not told of a token in memory");
        }
    }

    /// The version of a new token that a person carried away in a file, where the database could not be told.
    pub fn carried(&mut self) -> Option<TokenVersion> {
        read_carried(&mut self.file.0)
    }

    /// Notes beside the lock that a person carried the new token of this version away in a file, for whoever holds the
    /// lock next: on a disk that is full this finds room where the database finds none.
    ///
    /// # Errors
    /// The disk's.
    pub fn note_carried(&mut self, version: TokenVersion) -> io::Result<()> {
        write_carried(&mut self.file.0, Some(version))
    }

    /// The database knows it by now.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget_carried(&mut self) -> io::Result<()> {
        write_carried(&mut self.file.0, None)
    }
}

/// What the holder of a lock says of itself. Nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    pub pid: u32,
    /// The name of its executable.
    pub program: String,
    /// A new token that is in its memory alone, and since when.
    pub unsaved: Option<(TokenVersion, Timestamp)>,
}

impl LockHolder {
    fn this_process() -> Self {
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_stem).map(|it| it.to_string_lossy().into_owned());
        // A name is one word of the note.
        let is_plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        let program: String = program.unwrap_or_default().chars().filter(is_plain).take(60).collect();
        Self { pid: std::process::id(), program, unsaved: None }
    }

    /// One line, padded: what follows an earlier note is gone.
    fn written(&self) -> String {
        let unsaved = self.unsaved.map(|(version, since)| format!(" holds {} {}", version.0, since.as_millisecond()));
        let line = format!("{} {}{}\n", self.pid, self.program, unsaved.unwrap_or_default());
        format!("{line:NOTE_LENGTH$}")
    }

    /// `None`: nobody has written there, or this is not a note.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.lines().next()?.split(' ');
        let (pid, program) = (words.next()?.parse().ok()?, words.next().unwrap_or_default().to_owned());
        let unsaved = match (words.next(), words.next(), words.next()) {
            (Some("holds"), Some(version), Some(since)) => {
                Some((TokenVersion(version.parse().ok()?), Timestamp::from_millisecond(since.parse().ok()?).ok()?))
            }
            _ => None,
        };
        Some(Self { pid, program, unsaved })
    }
}

/// The right to run one checklist, until dropped.
#[derive(Debug)]
pub struct RehearsalLock {
    _file: LockedFile,
}

/// The right to run the scheduler, the reconnect queue, or the forwarding to one place, until dropped.
#[derive(Debug)]
pub struct LeaderLock {
    _file: LockedFile,
}

impl RefreshLocks {
    /// `folder` is made at the first use, for its owner alone.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, queues: std::sync::Mutex::default() }
    }

    /// Waits for its turn, at most `longest_wait`.
    pub async fn acquire(
        &self,
        connection: &ConnectionId,
        longest_wait: Duration,
    ) -> Result<RefreshLock, RefreshLockError> {
        let give_up_at = Instant::now() + longest_wait;
        let path = self.path(connection.as_str());
        let mut file = self.open(connection.as_str())?;

        let Ok(turn) = timeout_at(give_up_at, self.queue(connection).lock_owned()).await else {
            return Err(RefreshLockError::Waited { holder_pid: read_pid(&mut file) });
        };
        loop {
            file = match LockedFile::try_lock(file)? {
                Attempt::Locked(file) if file.is_at(&path) => return Ok(RefreshLock { file, _turn: turn }),
                // Taken away while we waited: who comes next sees the one that took its place.
                Attempt::Locked(_) => self.open(connection.as_str())?,
                Attempt::HeldElsewhere(file) => file,
            };
            let now = Instant::now();
            if now >= give_up_at {
                return Err(RefreshLockError::Waited { holder_pid: read_pid(&mut file) });
            }
            sleep(POLL_INTERVAL.min(give_up_at - now)).await;
        }
    }

    /// Whether nobody holds the lock of a connection just now. Who holds it cannot be said to have died.
    pub fn is_free(&self, connection: &ConnectionId) -> bool {
        let Ok(_turn) = self.queue(connection).try_lock_owned() else { return false };
        // Given back as the file is closed, with nothing written into it: it is only looked at.
        self.open(connection.as_str()).is_ok_and(|file| file.try_lock().is_ok())
    }

    /// What the last holder of a connection's lock wrote, if it can be read (not on Windows while the lock is held):
    /// it holds good while [`RefreshLocks::is_free`] says no.
    pub fn holder(&self, connection: &ConnectionId) -> Option<LockHolder> {
        self.open(connection.as_str()).ok().and_then(|mut file| read_note(&mut file))
    }

    /// What stands there of a new token that a person carried away, whoever holds the lock.
    pub fn carried(&self, connection: &ConnectionId) -> Option<TokenVersion> {
        self.open(connection.as_str()).ok().and_then(|mut file| read_carried(&mut file))
    }

    /// The right to make the key that held bundles are sealed to: two halves of one pair are stored in two places.
    pub async fn acquire_key(&self, longest_wait: Duration) -> Result<RefreshLock, RefreshLockError> {
        self.acquire(&ConnectionId::from_text("held-key"), longest_wait).await
    }

    /// The right to make the certificate for https on this computer, whose halves lie in two places as well.
    pub async fn acquire_certificate(&self, longest_wait: Duration) -> Result<RefreshLock, RefreshLockError> {
        self.acquire(&ConnectionId::from_text("loopback-certificate"), longest_wait).await
    }

    /// Becomes the one process that runs the scheduler, unless another is.
    pub fn try_lead(&self) -> Result<Option<LeaderLock>, RefreshLockError> {
        match LockedFile::try_lock(self.open(SCHEDULER)?)? {
            Attempt::Locked(locked) => Ok(Some(LeaderLock { _file: locked })),
            Attempt::HeldElsewhere(_) => Ok(None),
        }
    }

    /// The right to run a checklist, unless another task or process runs it.
    pub fn try_rehearse(&self, checklist: &ChecklistId) -> Result<Option<RehearsalLock>, RefreshLockError> {
        match LockedFile::try_lock(self.open(checklist.as_str())?)? {
            Attempt::Locked(locked) => Ok(Some(RehearsalLock { _file: locked })),
            Attempt::HeldElsewhere(_) => Ok(None),
        }
    }

    /// The right to forward events to a place, unless another task or process does [F5].
    pub fn try_forward(&self, destination: &EventDestinationId) -> Result<Option<LeaderLock>, RefreshLockError> {
        match LockedFile::try_lock(self.open(destination.as_str())?)? {
            Attempt::Locked(locked) => Ok(Some(LeaderLock { _file: locked })),
            Attempt::HeldElsewhere(_) => Ok(None),
        }
    }

    /// Whether some process runs the scheduler, this one or another. Writes nothing, and makes no file.
    pub fn is_led(&self) -> bool {
        let Ok(file) = File::open(self.folder.join(format!("{SCHEDULER}.lock"))) else { return false };
        // Shared, so that two who ask do not take each other for the leader; given back with the file.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Becomes the one process that opens a browser for the reconnect queue, unless another is [E3].
    pub fn try_run_queue(&self) -> Result<Option<LeaderLock>, RefreshLockError> {
        match LockedFile::try_lock(self.open(QUEUE)?)? {
            Attempt::Locked(locked) => Ok(Some(LeaderLock { _file: locked })),
            Attempt::HeldElsewhere(_) => Ok(None),
        }
    }

    /// Whether some process runs the reconnect queue, this one or another. Writes nothing, and makes no file.
    pub fn is_queue_run(&self) -> bool {
        let Ok(file) = File::open(self.folder.join(format!("{QUEUE}.lock"))) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn queue(&self, connection: &ConnectionId) -> Arc<Mutex<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.strong_count() > 0);
        if let Some(queue) = queues.get(connection).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::default();
        queues.insert(connection.clone(), Arc::downgrade(&queue));
        queue
    }

    /// What tells the file at the place of a connection's lock from another.
    pub fn mark(&self, connection: &ConnectionId) -> Option<String> {
        self.path(connection.as_str()).symlink_metadata().ok().and_then(|it| mark_of(&it))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.lock"))
    }

    fn open(&self, name: &str) -> Result<File, RefreshLockError> {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !is_plain || name.is_empty() {
            return Err(RefreshLockError::Unavailable(io::ErrorKind::InvalidFilename.into()));
        }
        let path = self.path(name);
        match open_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_folder(&self.folder).and_then(|()| open_file(&path))
            }
            opened => opened,
        }
        .map_err(RefreshLockError::Unavailable)
    }
}

enum Attempt {
    Locked(LockedFile),
    HeldElsewhere(File),
}

/// A file whose lock we hold; it names our process for those who wait.
#[derive(Debug)]
struct LockedFile(File);

impl LockedFile {
    fn try_lock(file: File) -> Result<Attempt, RefreshLockError> {
        match file.try_lock() {
            Ok(()) => {
                let mut locked = Self(file);
                // A courtesy to those who wait: the lock holds without it.
                locked.write_note(None).ok();
                Ok(Attempt::Locked(locked))
            }
            Err(TryLockError::WouldBlock) => Ok(Attempt::HeldElsewhere(file)),
            Err(TryLockError::Error(error)) => Err(RefreshLockError::Unavailable(error)),
        }
    }

    fn is_at(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok_and(|there| mark_of(&there) == self.mark())
    }

    fn mark(&self) -> Option<String> {
        self.0.metadata().ok().and_then(|it| mark_of(&it))
    }

    fn write_note(&mut self, unsaved: Option<(TokenVersion, Timestamp)>) -> io::Result<()> {
        self.write(&LockHolder { unsaved, ..LockHolder::this_process() }.written())
    }

    /// In the same bytes each time: a file that is cut and grows again keeps the disk busy.
    fn write(&mut self, note: &str) -> io::Result<()> {
        self.0.rewind()?;
        self.0.write_all(note.as_bytes())
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // So that nobody reads the pid of one who has left; closing the file then gives the lock back.
        self.write(&" ".repeat(NOTE_LENGTH)).ok();
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    read_note(file).map(|holder| holder.pid)
}

fn read_note(file: &mut File) -> Option<LockHolder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(NOTE_LENGTH as u64).read_to_string(&mut text).ok()?;
    LockHolder::read(&text)
}

fn write_carried(file: &mut File, version: Option<TokenVersion>) -> io::Result<()> {
    let line = version.map(|it| format!("carried {}\n", it.0)).unwrap_or_default();
    file.seek(io::SeekFrom::Start(NOTE_LENGTH as u64))?;
    file.write_all(format!("{line:CARRIED_LENGTH$}").as_bytes())?;
    file.sync_data()
}

fn read_carried(file: &mut File) -> Option<TokenVersion> {
    let mut text = String::new();
    file.seek(io::SeekFrom::Start(NOTE_LENGTH as u64)).ok()?;
    file.take(CARRIED_LENGTH as u64).read_to_string(&mut text).ok()?;
    text.lines().next()?.strip_prefix("carried ")?.parse().ok().map(TokenVersion)
}

#[cfg(unix)]
fn mark_of(file: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    Some(format!("{}-{}", file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn mark_of(file: &Metadata) -> Option<String> {
    let made_at = file.created().ok()?.duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?;
    Some(made_at.as_nanos().to_string())
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

fn open_file(path: &Path) -> io::Result<File> {
    // The pid is written into it: never through a link into a file of somebody else's.
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the lock is not a plain file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufRead as _;
    use std::process::{Child, Command, Stdio};

    const LONG: Duration = Duration::from_secs(20);
    const FOLDER_VARIABLE: &str = "PATCHBAY_TEST_LOCK_FOLDER";

    /// S154: what was carried away is known to whoever holds the lock next, and only until he has said so.
    #[tokio::test]
    async fn a_note_of_what_was_carried_away_outlives_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let locks = RefreshLocks::new(folder.path().join("locks"));
        let mut holder = locks.acquire(&connection(1), LONG).await.unwrap();
        holder.note_carried(TokenVersion(7)).unwrap();
        drop(holder);

        let mut next = locks.acquire(&connection(1), LONG).await.unwrap();
        assert_eq!(next.carried(), Some(TokenVersion(7)));
        next.note_unsaved(Some((TokenVersion(8), Timestamp::UNIX_EPOCH)));
        assert_eq!(next.carried(), Some(TokenVersion(7)), "what the holder says of itself stands before it");
        next.forget_carried().unwrap();
        drop(next);

        assert_eq!(locks.acquire(&connection(1), LONG).await.unwrap().carried(), None);
        assert_eq!(locks.acquire(&connection(2), LONG).await.unwrap().carried(), None);
    }

    /// B3: many tasks, one at a time, each gets its turn.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_connection_is_refreshed_by_one_task_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let locks = Arc::new(RefreshLocks::new(folder.path().join("locks")));
        let inside = Arc::new(std::sync::atomic::AtomicU32::new(0));

        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (locks, inside) = (Arc::clone(&locks), Arc::clone(&inside));
            tasks.spawn(async move {
                let _lock = locks.acquire(&connection(1), LONG).await.unwrap();
                assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0, "two are inside");
                tokio::task::yield_now().await;
                inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            });
        }
        assert_eq!(tasks.join_all().await.len(), 50);

        let _other = locks.acquire(&connection(2), LONG).await.unwrap();
        assert_eq!(locks.queues.lock().unwrap().len(), 1, "nobody waits for the first any more");
    }

    /// B3: two openings of one folder, as two processes have them.
    #[tokio::test]
    async fn waiting_ends_and_names_who_was_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (RefreshLocks::new(folder.path().into()), RefreshLocks::new(folder.path().into()));
        let held = one.acquire(&connection(1), LONG).await.unwrap();

        for waiting in [&one, &other] {
            let refused = waiting.acquire(&connection(1), Duration::from_millis(50)).await;
            let Err(RefreshLockError::Waited { holder_pid }) = refused else { panic!("it is held: {refused:?}") };
            assert_eq!(holder_pid, Some(std::process::id()), "who waits may say for whom");
        }
        let _unrelated = other.acquire(&connection(2), Duration::ZERO).await.unwrap();

        assert!(!one.is_free(&connection(1)) && !other.is_free(&connection(1)), "somebody is at it");
        drop(held);
        assert!(one.is_free(&connection(1)) && other.is_free(&connection(1)), "and looking holds nothing");
        let _now_free = other.acquire(&connection(1), Duration::ZERO).await.unwrap();
    }

    /// A5, S154: who looks from elsewhere learns that a token would be lost with the holder, and nothing of the token.
    #[tokio::test]
    async fn a_holder_says_what_only_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (RefreshLocks::new(folder.path().into()), RefreshLocks::new(folder.path().into()));
        let id = connection(1);
        assert_eq!(other.holder(&id), None, "nobody has held it yet");
        let mut lock = one.acquire(&id, LONG).await.unwrap();
        let pid = std::process::id();
        let program = std::env::current_exe().unwrap().file_stem().unwrap().to_string_lossy().into_owned();

        let unsaved = Some((TokenVersion(u32::MAX), Timestamp::from_millisecond(1_763_669_219_123).unwrap()));
        for unsaved in [None, unsaved, None] {
            lock.note_unsaved(unsaved);
            let said = other.holder(&id).unwrap();
            assert_eq!(said, LockHolder { pid, program: program.clone(), unsaved });
            let length = std::fs::metadata(folder.path().join(format!("{id}.lock"))).unwrap().len();
            assert_eq!(length, NOTE_LENGTH as u64, "a full disk has room for each note, as it had for the first");
        }
        drop(lock);
        assert_eq!(other.holder(&id), None);
        let last = Timestamp::from_millisecond(253_402_207_200_000).unwrap();
        let longest =
            LockHolder { pid: u32::MAX, program: "p".repeat(60), unsaved: Some((TokenVersion(u32::MAX), last)) };
        let written = longest.written();
        assert_eq!((written.len(), LockHolder::read(&written)), (NOTE_LENGTH, Some(longest)));
        for strange in ["", "\n", "x y", "12 p holds", "12 p holds x 1", "12 p holds 1 9999999999999999"] {
            let read = LockHolder::read(strange);
            assert!(read.is_none_or(|it| it.unsaved.is_none()), "{strange:?}");
        }
        assert_eq!(LockHolder::read("4711").map(|it| it.pid), Some(4711), "as an earlier Patchbay writes it");
    }

    /// B3, B13: given up on waiting, its place is free for the next.
    #[tokio::test]
    async fn a_waiter_that_is_cancelled_leaves_nothing_held() {
        let folder = tempfile::tempdir().unwrap();
        let locks = RefreshLocks::new(folder.path().into());
        let held = locks.acquire(&connection(1), LONG).await.unwrap();

        let (id, elapsed) = (connection(1), Duration::from_millis(30));
        assert!(tokio::time::timeout(elapsed, locks.acquire(&id, LONG)).await.is_err(), "cancelled while waiting");
        drop(held);

        locks.acquire(&connection(1), Duration::ZERO).await.unwrap();
    }

    /// B14
    #[test]
    fn one_process_leads() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (RefreshLocks::new(folder.path().into()), RefreshLocks::new(folder.path().into()));

        assert!(!one.is_led(), "nobody does");
        let leader = one.try_lead().unwrap().unwrap();
        assert!(other.try_lead().unwrap().is_none(), "one scheduler is enough");
        assert!(one.is_led() && other.is_led(), "whoever asks");
        drop(leader);
        assert!(!other.is_led() && !one.is_led());

        assert!(other.try_lead().unwrap().is_some(), "the next one takes over");
    }

    /// An id comes from a command line too: it must not choose the path.
    #[tokio::test]
    async fn an_id_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let locks = RefreshLocks::new(folder.path().join("locks"));

        for id in ["../outside", "a/b", "", ".", "a\\b", "a\0"] {
            let refused = locks.acquire(&ConnectionId::from_text(id), Duration::ZERO).await;
            assert!(matches!(refused, Err(RefreshLockError::Unavailable(_))), "{id:?} is not an id");
        }
        assert!(!folder.path().join("outside.lock").exists());
    }

    /// B3, A3
    #[cfg(unix)]
    #[tokio::test]
    async fn lock_files_are_their_owners_alone_and_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let locks = RefreshLocks::new(folder.path().join("locks"));

        drop(locks.acquire(&connection(1), LONG).await.unwrap());

        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = folder.path().join("locks").join(format!("{}.lock", connection(1)));
        assert_eq!(mode(&folder.path().join("locks")), 0o700);
        assert_eq!(mode(&file), 0o600, "never unlinked, and nobody else's");
        assert_eq!(read_pid(&mut File::open(&file).unwrap()), None, "no stale process is named");
    }

    /// B3: a process that is killed while it holds the lock passes it on at once. On a busy machine the kernel may take
    /// long to end a process: what is ours is what comes after that. `PATCHBAY_LOCK_ROUNDS` says how often.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_killed_holder_passes_the_lock_on_in_under_100_ms() {
        let rounds = std::env::var("PATCHBAY_LOCK_ROUNDS").map_or(5, |it| it.parse().unwrap());
        let (mut all, mut ours) = (vec![], vec![]);
        for _ in 0..rounds {
            let (passed_on_after, died_after) = kill_a_holder().await;
            all.push(passed_on_after);
            ours.push(passed_on_after.saturating_sub(died_after));
        }

        all.sort();
        ours.sort();
        let at = |sorted: &[Duration], share: usize| sorted[(sorted.len() - 1) * share / 100];
        for (name, sorted) in [("from the kill", &all), ("from the process's end", &ours)] {
            println!("{name}: p50 {:?}, p95 {:?}, at most {:?}", at(sorted, 50), at(sorted, 95), at(sorted, 100));
        }
        assert!(at(&all, 50) < Duration::from_millis(100), "took {all:?}");
        assert!(at(&ours, 50) < Duration::from_millis(100), "took {ours:?} after its end");
    }

    /// How long after the kill the lock was ours, and the process gone.
    async fn kill_a_holder() -> (Duration, Duration) {
        let folder = tempfile::tempdir().unwrap();
        let locks = RefreshLocks::new(folder.path().into());
        let mut holder = start_holder(folder.path());

        let refused = locks.acquire(&connection(1), Duration::from_millis(30)).await;
        let Err(RefreshLockError::Waited { holder_pid }) = refused else { panic!("another process holds it") };
        if cfg!(unix) {
            assert_eq!(holder_pid, Some(holder.id()), "who waits may say for whom");
        }
        assert!(locks.try_lead().unwrap().is_none(), "it leads, too");

        let id = connection(1);
        let waiting = locks.acquire(&id, LONG);
        tokio::pin!(waiting);
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut waiting).await.is_err(), "still held");
        let killed_at = std::time::Instant::now();
        holder.kill().unwrap();
        let ending = std::thread::spawn(move || {
            holder.wait().unwrap();
            killed_at.elapsed()
        });
        let _lock = waiting.await.unwrap();
        let passed_on_after = killed_at.elapsed();
        let died_after = ending.join().unwrap();
        assert!(locks.try_lead().unwrap().is_some(), "the scheduler is free again");
        (passed_on_after, died_after)
    }

    /// Not a test by itself: the process that the test above starts, holds and kills.
    #[tokio::test]
    async fn holder_process() {
        let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else { return };
        let locks = RefreshLocks::new(folder.into());
        let _lock = locks.acquire(&connection(1), LONG).await.unwrap();
        let _leader = locks.try_lead().unwrap().unwrap();
        println!("held");
        // Until killed, or the one who started it is gone.
        io::stdin().read_to_end(&mut vec![]).unwrap();
    }

    fn start_holder(folder: &Path) -> Child {
        let mut holder = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "refresh_lock::tests::holder_process", "--nocapture"])
            .env(FOLDER_VARIABLE, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = io::BufReader::new(holder.stdout.as_mut().unwrap());
        assert!(output.lines().any(|line| line.unwrap().ends_with("held")), "the other process got the lock");
        holder
    }

    fn connection(number: u64) -> ConnectionId {
        ConnectionId::from_random(number)
    }
}
