//! The one thread that calls the keychain: nobody waits beyond a deadline, and a thread that hangs on an
//! unlock prompt is given up on [A3, B13].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::VaultError;
use super::keychain::{Connect, Keychain, Unfinished};

/// Threads alive at once, hanging ones included: a prompt that nobody answers must not eat the process.
const MOST_THREADS: usize = 4;

/// How long callers and threads are waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From asking to the answer. Ten seconds: a large gnome-keyring takes 0.7 s per write.
    pub(super) deadline: Duration,
    /// On one job, before another thread takes over. A minute: a person may be typing the password.
    pub(super) stuck_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), stuck_after: Duration::from_secs(60) }
    }
}

type Job = Box<dyn FnOnce(&mut Keychain) + Send>;

/// Started at the first job, and anew after a hang.
pub(super) struct KeychainThread {
    connect: Connect,
    patience: Patience,
    worker: Mutex<Option<Worker>>,
    unfinished: Unfinished,
    alive: Arc<AtomicUsize>,
}

struct Worker {
    jobs: mpsc::Sender<Job>,
    /// Since when the present job runs.
    busy_since: Arc<Mutex<Option<Instant>>>,
}

impl KeychainThread {
    pub(super) fn new(connect: Connect, patience: Patience) -> Self {
        Self {
            connect,
            patience,
            worker: Mutex::new(None),
            unfinished: Unfinished::default(),
            alive: Arc::new(AtomicUsize::new(0)),
        }
    }

    /// Runs `job` on the keychain thread. Fails with [`VaultError::NotAnswering`] at the deadline; a job
    /// that had begun by then still runs to its end, one that had not is skipped.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Keychain) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (answer, answered) = oneshot::channel();
        self.post(Box::new(move |keychain| {
            if !answer.is_closed() {
                // An answer nobody waits for any more is dropped, and wiped with it.
                drop(answer.send(job(keychain)));
            }
        }))?;

        match timeout(self.patience.deadline, answered).await {
            Ok(Ok(outcome)) => outcome,
            // The store panicked, or the time is over.
            Ok(Err(_)) | Err(_) => Err(VaultError::NotAnswering),
        }
    }

    fn post(&self, job: Job) -> Result<(), VaultError> {
        self.leave_if_busy(self.patience.stuck_after);
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match worker.take() {
            Some(running) => match running.jobs.send(job) {
                Ok(()) => {
                    *worker = Some(running);
                    return Ok(());
                }
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let started = self.start().ok_or(VaultError::NotAnswering)?;
        let sent = started.jobs.send(job).map_err(|_| VaultError::NotAnswering);
        *worker = Some(started);
        sent
    }

    /// Gives up on a thread that has hung that long: the next job gets another one.
    pub(super) fn leave_if_busy(&self, since: Duration) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = worker.as_ref().is_some_and(|it| it.is_stuck(since));
        if is_busy && self.alive.load(Ordering::Acquire) < MOST_THREADS {
            *worker = None;
        }
    }

    fn start(&self) -> Option<Worker> {
        let (jobs, posted) = mpsc::channel::<Job>();
        let busy_since = Arc::new(Mutex::new(None));
        let (connect, unfinished) = (Arc::clone(&self.connect), Arc::clone(&self.unfinished));
        let clock = Arc::clone(&busy_since);
        let alive = Alive::count(&self.alive);

        thread::Builder::new()
            .name("keychain".into())
            .spawn(move || {
                let _alive = alive;
                let new_keychain = || Keychain::new(Arc::clone(&connect), Arc::clone(&unfinished));
                let mut keychain = new_keychain();
                for job in posted {
                    set(&clock, Some(Instant::now()));
                    // Some stores panic when a lock of theirs was poisoned: a new handle has a new lock.
                    if catch_unwind(AssertUnwindSafe(|| job(&mut keychain))).is_err() {
                        keychain = new_keychain();
                    }
                    set(&clock, None);
                }
            })
            .ok()?;
        Some(Worker { jobs, busy_since })
    }
}

impl Worker {
    fn is_stuck(&self, after: Duration) -> bool {
        let busy_since = *self.busy_since.lock().unwrap_or_else(PoisonError::into_inner);
        busy_since.is_some_and(|since| since.elapsed() >= after)
    }
}

fn set(clock: &Mutex<Option<Instant>>, to: Option<Instant>) {
    *clock.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

/// Counts a thread for as long as it lives, however it ends.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn count(threads: &Arc<AtomicUsize>) -> Self {
        threads.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(threads))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
