//! Runs of checklists in this process: begun in the background, followed, stopped, and none twice at once [E4].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ChecklistId;
use domain::rehearsal::{Certificate, Checklist, HoldWish, Rehearsal};
use tokio::sync::watch;

use super::certificates::TEST_EVERY;
use super::{RehearseWith, Rehearsed, StopSign};
use crate::refresh_lock::RehearsalLock;
use crate::store::{RehearsalRecord, RunState};
use crate::{Engine, Error, Notice};

/// How a run stands.
#[derive(Debug, Clone)]
pub struct RehearsalNow {
    pub id: i64,
    pub rehearsal: Rehearsal,
    /// Nothing more happens, and it is written down.
    pub is_over: bool,
    pub certificate: Option<Certificate>,
}

/// Checklists that this process runs.
#[derive(Default)]
pub struct Rehearsals(Mutex<HashMap<ChecklistId, Running>>);

struct Running {
    now: watch::Sender<RehearsalNow>,
    stop: Arc<StopSign>,
}

impl Rehearsals {
    fn lock(&self) -> MutexGuard<'_, HashMap<ChecklistId, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a run off the list, however it ends.
struct OffTheList(Engine, ChecklistId);

impl Drop for OffTheList {
    fn drop(&mut self) {
        self.0.rehearsals.lock().remove(&self.1);
        self.0.notify(Notice::ChecklistChanged(Some(self.1.clone())));
    }
}

impl Engine {
    /// Begins a run, which goes on whoever follows it.
    ///
    /// # Errors
    /// [`Error::RehearsalUnderWay`] here or in another process, [`Error::ChecklistGone`], [`Error::Offline`].
    pub fn start_rehearsal(
        &self,
        id: &ChecklistId,
        with: RehearseWith,
    ) -> Result<watch::Receiver<RehearsalNow>, Error> {
        self.refuse_when_offline()?;
        let checklist = self.checklist(id)?;
        if let Some(HoldWish::Until(at)) = with.hold
            && at <= self.parts.clock.now()
        {
            return Err(Error::BadInput("the time until which it is to hold is over already"));
        }
        let Some(lock) = self.parts.locks.try_rehearse(id)? else {
            return Err(Error::RehearsalUnderWay(checklist.name));
        };
        for mut record in self.parts.store.list_open_rehearsals()? {
            if record.rehearsal.checklist == *id {
                self.settle_cut_off(&mut record)?;
            }
        }
        let rehearsal = self.begin_rehearsal(&checklist, &with)?;
        let run = self.parts.store.begin_rehearsal(&rehearsal)?;
        let stop = Arc::new(StopSign::default());
        let begun = RehearsalNow { id: run, rehearsal: rehearsal.clone(), is_over: false, certificate: None };
        let (now, followed) = watch::channel(begun);
        self.rehearsals.lock().insert(id.clone(), Running { now: now.clone(), stop: Arc::clone(&stop) });
        self.notify(Notice::ChecklistChanged(Some(id.clone())));
        let engine = self.clone();
        tokio::spawn(async move { engine.run_to_its_end(checklist, rehearsal, with, run, stop, now, lock).await });
        Ok(followed)
    }

    /// Every change of a run of this process, beginning with what it is now. `None`: it runs none of it.
    pub fn follow_rehearsal(&self, id: &ChecklistId) -> Option<watch::Receiver<RehearsalNow>> {
        self.rehearsals.lock().get(id).map(|it| it.now.subscribe())
    }

    /// What was made is removed before it ends. False: this process runs none of it.
    pub fn stop_rehearsal(&self, id: &ChecklistId) -> bool {
        self.rehearsals.lock().get(id).map(|it| it.stop.raise()).is_some()
    }

    /// Ends all runs, as a program does before it ends. False where one was not over in time: the next start tidies up.
    pub async fn end_rehearsals(&self, limit: Duration) -> bool {
        let ending: Vec<_> = self.rehearsals.lock().values().map(|it| (it.now.subscribe(), it.stop.raise())).collect();
        let all_over = async {
            for (mut now, ()) in ending {
                // One that nobody runs any more is over.
                drop(now.wait_for(|it| it.is_over).await);
            }
        };
        tokio::time::timeout(limit, all_over).await.is_ok()
    }

    /// The runs of a checklist, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn list_rehearsals(&self, id: &ChecklistId, limit: usize) -> Result<Vec<RehearsalRecord>, Error> {
        Ok(self.parts.store.list_rehearsals(id, limit)?)
    }

    /// One run by its number.
    ///
    /// # Errors
    /// The database's.
    pub fn find_rehearsal(&self, run: i64) -> Result<Option<RehearsalRecord>, Error> {
        Ok(self.parts.store.find_rehearsal(run)?)
    }

    #[expect(clippy::too_many_arguments, reason = "all that belongs to one run, handed over to its task")]
    async fn run_to_its_end(
        &self,
        checklist: Checklist,
        rehearsal: Rehearsal,
        with: RehearseWith,
        run: i64,
        stop: Arc<StopSign>,
        now: watch::Sender<RehearsalNow>,
        lock: RehearsalLock,
    ) {
        let id = checklist.id.clone();
        let off = OffTheList(self.clone(), id.clone());
        let tell = |rehearsal: &Rehearsal| {
            if let Err(error) = self.parts.store.note_rehearsal(run, rehearsal) {
                tracing::warn!(%error, "how far a rehearsal has come could not be written down");
            }
            now.send_modify(|it| it.rehearsal = rehearsal.clone());
            self.notify(Notice::ChecklistChanged(Some(id.clone())));
        };
        let done = self.rehearse(&checklist, rehearsal.clone(), &with, run, &stop, tell).await;
        let Rehearsed { rehearsal, certificate } = done.unwrap_or_else(|error| {
            tracing::warn!(%error, "a rehearsal could not go on");
            let mut rehearsal = now.borrow().rehearsal.clone();
            rehearsal.stop(self.parts.clock.now());
            Rehearsed { rehearsal, certificate: None }
        });
        let state = if rehearsal.was_stopped { RunState::Stopped } else { RunState::Ended };
        let next_test_at = self.parts.clock.now().checked_add(TEST_EVERY).ok();
        let ended = self.parts.store.end_rehearsal(run, state, &rehearsal, certificate.as_ref(), next_test_at);
        if let Err(error) = ended {
            tracing::warn!(%error, "the end of a rehearsal could not be written down");
        }
        // Whoever is told that it is over may begin another one.
        drop(lock);
        drop(off);
        now.send_modify(|it| (it.rehearsal, it.certificate, it.is_over) = (rehearsal, certificate, true));
    }
}
