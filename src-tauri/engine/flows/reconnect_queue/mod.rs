//! The reconnect queue: one pass at a time on a board, one browser tab at a time, the next by itself; taken up again
//! after the program ended, and kept as a record [E3, D4, A7].

mod driver;
mod needing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::connection::Connection;
use domain::connection::reconnect::ReconnectComparison;
use domain::reconnect_queue::{Needing, ReconnectQueue, SignInPlace, handing_over_note, record_csv, record_markdown};
use domain::{ConnectionId, PassId};
use jiff::tz::TimeZone;
use tokio::sync::{Notify, Semaphore};

use super::connect::SignInId;
use crate::refresh_lock::LeaderLock;
use crate::{Engine, Error, Notice};

/// The queue as it is just now.
#[derive(Debug, Clone)]
pub struct QueueNow {
    pub course: Course,
    /// The pass that is under way, was left behind, or has just ended.
    pub queue: Option<ReconnectQueue>,
    /// That of the turn that is open.
    pub sign_in: Option<SignInId>,
    /// What a new pass would hold, in its order; empty while one is under way.
    pub needing: Vec<Needing>,
}

/// What a pass is at.
#[derive(Debug, Clone)]
pub enum Course {
    /// None is under way.
    Idle,
    Running,
    Paused(PauseReason),
    /// The program ended in the middle of it.
    LeftBehind,
    /// Another program of this board runs it.
    Elsewhere,
    Ended,
}

/// Why no further tab is opened.
#[derive(Debug, Clone)]
pub enum PauseReason {
    Asked,
    /// A sign-in was open for ten minutes: nobody is there.
    NobodySignedIn,
    /// What would be in the way of each that follows.
    Ours(Arc<Error>),
}

/// How a pass is gone through.
#[derive(Debug, Clone, Copy)]
pub struct PassManner {
    pub opens_browser: bool,
    /// Somebody is asked about a grant that cannot be compared or may do less; otherwise it is refused.
    pub has_decider: bool,
}

/// The pass of this process.
pub(crate) struct Pass {
    run: Mutex<Option<Run>>,
    woken: Notify,
    /// One for each port that is kept for a late answer.
    late_ears: Arc<Semaphore>,
}

/// More ports than these are kept for nobody.
const LATE_EARS: usize = 32;

impl Default for Pass {
    fn default() -> Self {
        Self { run: Mutex::default(), woken: Notify::new(), late_ears: Arc::new(Semaphore::new(LATE_EARS)) }
    }
}

struct Run {
    queue: ReconnectQueue,
    /// `None`: it goes on.
    paused: Option<PauseReason>,
    manner: PassManner,
    /// The sign-in that is followed, and whose turn it is: until it is over, no other is begun.
    sign_in: Option<(SignInId, ConnectionId)>,
    /// It was begun for some that a person chose: others do not join.
    is_for_some: bool,
    has_driver: bool,
    lock: Option<LeaderLock>,
}

impl Pass {
    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// # Errors
    /// The database's.
    pub fn reconnect_queue(&self) -> Result<QueueNow, Error> {
        if let Some(now) = self.pass.lock().as_ref().map(Run::now) {
            let has_ended = matches!(now.course, Course::Ended);
            return Ok(QueueNow { needing: if has_ended { self.list_needing()? } else { vec![] }, ..now });
        }
        let left = self.parts.store.open_reconnect_pass()?;
        let course = match &left {
            None => Course::Idle,
            Some(_) if self.parts.locks.is_queue_run() => Course::Elsewhere,
            Some(_) => Course::LeftBehind,
        };
        let needing = if left.is_some() { vec![] } else { self.list_needing()? };
        Ok(QueueNow { course, queue: left, sign_in: None, needing })
    }

    /// Begins a pass through all that needs a sign-in, or through those that a person chose, and opens the first. Into one
    /// that is under way they come last.
    ///
    /// # Errors
    /// [`Error::QueueElsewhere`], [`Error::BadInput`] where nothing needs a sign-in, [`Error::Offline`].
    pub fn start_queue(&self, only: Option<&[ConnectionId]>, manner: PassManner) -> Result<QueueNow, Error> {
        self.refuse_when_offline()?;
        let needing = match only {
            Some(ids) => self.needing_among(ids)?,
            None => self.list_needing()?,
        };
        let now = self.parts.clock.now();
        {
            let mut slot = self.pass.lock();
            match slot.as_mut().filter(|run| run.queue.ended_at.is_none()) {
                Some(run) => {
                    run.queue.join(needing, now);
                    run.paused = None;
                    run.is_for_some &= only.is_some();
                }
                None if needing.is_empty() => return Err(Error::BadInput("no connection needs a sign-in")),
                None => {
                    // The lock of the pass before may not have been given back yet.
                    let kept = slot.take().and_then(|run| run.lock);
                    let lock = match kept {
                        Some(lock) => lock,
                        None => self.parts.locks.try_run_queue()?.ok_or(Error::QueueElsewhere)?,
                    };
                    if let Some(mut left) = self.parts.store.open_reconnect_pass()? {
                        left.stop(now);
                        self.parts.store.put_reconnect_pass(&left)?;
                    }
                    let queue = ReconnectQueue::begin(PassId::from_random(Self::random_bits()?), needing, now);
                    *slot = Some(Run::new(queue, manner, only.is_some(), lock));
                }
            }
        }
        self.go_on()?;
        self.reconnect_queue()
    }

    /// Opens no further tab; the one that is open may be brought to its end.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is under way.
    pub fn pause_queue(&self) -> Result<QueueNow, Error> {
        self.change_pass(|run, _| run.paused = Some(PauseReason::Asked))?;
        self.reconnect_queue()
    }

    /// Goes on, also with a pass that the program left in the middle when it ended.
    ///
    /// # Errors
    /// [`Error::QueueElsewhere`], [`Error::BadInput`] where none is under way.
    pub fn resume_queue(&self, manner: PassManner) -> Result<QueueNow, Error> {
        self.take_up_pass(manner)?;
        self.change_pass(|run, _| (run.paused, run.manner) = (None, manner))?;
        self.reconnect_queue()
    }

    /// Ends it. What is open is cancelled, what waits is left.
    ///
    /// # Errors
    /// [`Error::QueueElsewhere`], [`Error::BadInput`] where none is under way.
    pub fn stop_queue(&self) -> Result<QueueNow, Error> {
        self.take_up_pass(PassManner { opens_browser: false, has_decider: true })?;
        self.change_pass(|run, now| run.queue.stop(now))?;
        self.reconnect_queue()
    }

    /// Puts the summary of a pass that has ended away; its record stays.
    ///
    /// # Errors
    /// The database's.
    pub fn dismiss_queue(&self) -> Result<QueueNow, Error> {
        {
            let mut slot = self.pass.lock();
            if slot.as_ref().is_some_and(|run| run.queue.ended_at.is_some()) {
                *slot = None;
            }
        }
        self.notify(Notice::QueueChanged);
        self.reconnect_queue()
    }

    /// Leaves this one for later; its sign-in is cancelled where it is open. One that is over stays as it ended.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is under way.
    pub fn skip_turn(&self, id: &ConnectionId) -> Result<QueueNow, Error> {
        self.change_pass(|run, now| run.queue.skip(id, now))?;
        self.reconnect_queue()
    }

    /// Notes that somebody else was asked to do this one. One that is back stays so.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is under way.
    pub fn hand_over_turn(&self, id: &ConnectionId) -> Result<QueueNow, Error> {
        self.change_pass(|run, now| run.queue.hand_over(id, now))?;
        self.reconnect_queue()
    }

    /// What was skipped, handed over or failed waits again.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is under way, or it was none of these.
    pub fn put_turn_back(&self, id: &ConnectionId) -> Result<QueueNow, Error> {
        self.revive_pass()?;
        if !self.change_pass(|run, _| run.queue.put_back(id))? {
            return Err(Error::BadInput("it was not put aside"));
        }
        self.reconnect_queue()
    }

    /// Opens this one next, before all that wait; whoever chose it decides about a grant that differs.
    ///
    /// # Errors
    /// [`Error::BadInput`] where none is under way, or it needs no sign-in.
    pub fn open_turn(&self, id: &ConnectionId) -> Result<QueueNow, Error> {
        self.revive_pass()?;
        let is_chosen = self.change_pass(|run, _| {
            let is_chosen = run.queue.choose(id);
            if is_chosen {
                run.paused = None;
            }
            is_chosen
        })?;
        if !is_chosen {
            return Err(Error::BadInput("it needs no sign-in, or its sign-in is open already"));
        }
        self.reconnect_queue()
    }

    /// A text to send to somebody who can sign in where this person cannot; nothing secret is in it.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`].
    pub fn handing_over_note(&self, id: &ConnectionId) -> Result<String, Error> {
        let connection = self.connection(id)?;
        let known = self.pass.lock().as_ref().and_then(|run| run.queue.turn(id)).map(|turn| turn.needing.clone());
        let needing = match known {
            Some(needing) => needing,
            None => self.needing_among(std::slice::from_ref(id))?.pop().ok_or(Error::ConnectionGone(id.to_string()))?,
        };
        let place = self.sign_in_place(&connection)?;
        Ok(handing_over_note(&needing, place, &TimeZone::system(), self.parts.clock.now()))
    }

    /// Passes there were, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn list_passes(&self, limit: usize) -> Result<Vec<ReconnectQueue>, Error> {
        Ok(self.parts.store.list_reconnect_passes(limit)?)
    }

    /// One page of Markdown, with times as the person reads them.
    ///
    /// # Errors
    /// [`Error::PassGone`].
    pub fn pass_record(&self, id: &PassId) -> Result<String, Error> {
        Ok(record_markdown(&self.find_pass(id)?, &TimeZone::system(), self.parts.clock.now()))
    }

    /// The same as a table (RFC 4180).
    ///
    /// # Errors
    /// [`Error::PassGone`].
    pub fn pass_record_csv(&self, id: &PassId) -> Result<String, Error> {
        Ok(record_csv(&self.find_pass(id)?))
    }

    /// The program ends: what is open waits for the next start, and no further tab opens.
    pub(super) fn leave_pass(&self) {
        let Some(mut run) = self.pass.lock().take() else { return };
        run.queue.let_go();
        if let Err(error) = self.parts.store.put_reconnect_pass(&run.queue) {
            tracing::warn!(%error, "how far the reconnect queue came could not be written down");
        }
        drop(run);
        self.pass.woken.notify_one();
    }

    fn find_pass(&self, id: &PassId) -> Result<ReconnectQueue, Error> {
        self.parts.store.find_reconnect_pass(id)?.ok_or_else(|| Error::PassGone(id.to_string()))
    }

    /// How somebody elsewhere signs in: as this connection was.
    fn sign_in_place(&self, connection: &Connection) -> Result<SignInPlace, Error> {
        let is_by_device = self.parts.store.grant_binding(&connection.id)?.is_by_device;
        Ok(if is_by_device { SignInPlace::Device } else { SignInPlace::Link })
    }

    /// A pass that the program left in the middle becomes this process's.
    fn take_up_pass(&self, manner: PassManner) -> Result<(), Error> {
        let mut slot = self.pass.lock();
        if slot.is_some() {
            return Ok(());
        }
        let Some(mut left) = self.parts.store.open_reconnect_pass()? else { return Ok(()) };
        let lock = self.parts.locks.try_run_queue()?.ok_or(Error::QueueElsewhere)?;
        left.let_go();
        *slot = Some(Run::new(left, manner, false, lock));
        Ok(())
    }

    /// One that has ended is this process's again before something in it is to be opened once more.
    fn revive_pass(&self) -> Result<(), Error> {
        let mut slot = self.pass.lock();
        if let Some(run) = slot.as_mut().filter(|run| run.lock.is_none()) {
            run.lock = Some(self.parts.locks.try_run_queue()?.ok_or(Error::QueueElsewhere)?);
        }
        Ok(())
    }

    fn change_pass<T>(&self, change: impl FnOnce(&mut Run, jiff::Timestamp) -> T) -> Result<T, Error> {
        let changed = {
            let mut slot = self.pass.lock();
            let run = slot.as_mut().ok_or(Error::BadInput("no reconnect queue is under way"))?;
            change(run, self.parts.clock.now())
        };
        self.go_on()?;
        Ok(changed)
    }

    /// Writes down how far it is, tells whoever draws it, and lets it go on.
    fn go_on(&self) -> Result<(), Error> {
        let begins = {
            let mut slot = self.pass.lock();
            let Some(run) = slot.as_mut() else { return Ok(()) };
            self.parts.store.put_reconnect_pass(&run.queue)?;
            let begins = !run.has_driver && (run.queue.ended_at.is_none() || run.sign_in.is_some());
            run.has_driver |= begins;
            if !run.has_driver {
                run.lock = None;
            }
            begins.then(|| run.queue.id.clone())
        };
        self.notify(Notice::QueueChanged);
        match begins {
            Some(pass) => {
                let engine = self.clone();
                tokio::spawn(async move { engine.drive_pass(&pass).await });
            }
            None => self.pass.woken.notify_one(),
        }
        Ok(())
    }
}

impl Run {
    /// Whether a grant that differs is refused without a question: another account's always, unless a person chose this
    /// turn and is there to decide.
    fn refuses(&self, connection: &ConnectionId, comparison: &ReconnectComparison) -> bool {
        let is_by_hand = self.queue.turn(connection).is_some_and(|turn| turn.is_by_hand);
        !self.manner.has_decider || (comparison.is_another_identity() && !is_by_hand)
    }

    fn now(&self) -> QueueNow {
        let course = match &self.paused {
            _ if self.queue.ended_at.is_some() => Course::Ended,
            Some(why) => Course::Paused(why.clone()),
            None => Course::Running,
        };
        let is_open = |id: &ConnectionId| self.queue.turn(id).is_some_and(|turn| turn.state.is_open());
        let sign_in = self.sign_in.as_ref().filter(|(_, id)| is_open(id)).map(|(sign_in, _)| sign_in.clone());
        QueueNow { course, queue: Some(self.queue.clone()), sign_in, needing: vec![] }
    }

    fn new(queue: ReconnectQueue, manner: PassManner, is_for_some: bool, lock: LeaderLock) -> Self {
        Self { queue, paused: None, manner, sign_in: None, is_for_some, has_driver: false, lock: Some(lock) }
    }
}
