//! Runs that wait for a person just now, whichever process they wait in: listed until they go on or end [F3].

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ConnectionId;
use domain::program::AskingProgram;
use jiff::Timestamp;

use super::labels::label;
use crate::intent_holder::IntentHolder;
use crate::store::{BlockedRunRow, StoreError};
use crate::{Engine, Error, Notice};

/// Where the system does not say whether a process lives, what it wrote is believed for so long.
const BELIEVED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// What a person waits with at a terminal.
const AT_A_TERMINAL: &str = "patchbay wait";

/// A run that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedRun {
    pub number: i64,
    pub name: String,
    pub path: Option<String>,
    pub since: Timestamp,
    pub needs: Vec<ConnectionId>,
}

/// Listed as long as it is kept.
pub struct Blocked {
    engine: Engine,
    number: i64,
    needs: Vec<ConnectionId>,
}

impl Blocked {
    /// It waits for these by now.
    ///
    /// # Errors
    /// The database's.
    pub fn waits_for(&mut self, needs: Vec<ConnectionId>) -> Result<(), Error> {
        if self.needs != needs {
            self.engine.parts.store.put_blocked_needs(self.number, &needs)?;
            self.needs = needs;
            self.engine.notify(Notice::ProgramsChanged);
        }
        Ok(())
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.engine.over_and_listed.all().insert(self.number);
        if let Err(error) = self.engine.take_ended_runs_away() {
            // Tried again with the next one, and by who watches; once this process has ended any other sees that.
            tracing::warn!(%error, "a run that waits no more could not be taken from the list");
        }
        self.engine.notify(Notice::ProgramsChanged);
    }
}

/// Numbers of runs of this process that are over and stand in the list still: it lives, so that nobody else would take
/// them for over.
#[derive(Debug, Default)]
pub struct OverAndListed(Mutex<BTreeSet<i64>>);

impl OverAndListed {
    fn all(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Lists a run of this program, or of a person at a terminal, for as long as the answer is kept.
    ///
    /// # Errors
    /// The database's.
    pub fn list_blocked(&self, program: Option<&AskingProgram>, needs: Vec<ConnectionId>) -> Result<Blocked, Error> {
        let name = program.map_or(AT_A_TERMINAL, AskingProgram::name);
        self.list_blocked_as(name, program.map(AskingProgram::path), needs)
    }

    /// The same under a name that a person knows it by.
    ///
    /// # Errors
    /// The database's.
    pub fn list_blocked_as(&self, name: &str, path: Option<&str>, needs: Vec<ConnectionId>) -> Result<Blocked, Error> {
        let name = label(name).unwrap_or_else(|| AT_A_TERMINAL.to_owned());
        let holder = IntentHolder::this_process().written();
        let now = self.parts.clock.now();
        let begun = self.parts.store.begin_blocked_run(&name, path, &holder, now, &needs);
        let number = begun.map_err(|error| {
            let is_gone = matches!(error, StoreError::Gone);
            if is_gone { Error::ConnectionGone(named(&needs)) } else { error.into() }
        })?;
        // Somebody else has taken a former one of that number away.
        self.over_and_listed.all().remove(&number);
        self.notify(Notice::ProgramsChanged);
        Ok(Blocked { engine: self.clone(), number, needs })
    }

    /// The runs that wait just now, the longest wait first. What dead processes left is not among them.
    ///
    /// # Errors
    /// The database's.
    pub fn blocked_runs(&self) -> Result<Vec<BlockedRun>, Error> {
        let now = self.parts.clock.now();
        let all = self.parts.store.list_blocked_runs()?;
        let over = self.over_and_listed.all().clone();
        Ok(all
            .into_iter()
            .filter(|it| !it.needs.is_empty() && !over.contains(&it.number) && waits(it, now))
            .map(|BlockedRunRow { number, name, path, since, needs, .. }| BlockedRun {
                number,
                name,
                path,
                since,
                needs,
            })
            .collect())
    }

    /// Those of this process that are over. What cannot be taken away now is tried again later.
    fn take_ended_runs_away(&self) -> Result<(), Error> {
        let over: Vec<i64> = self.over_and_listed.all().iter().copied().collect();
        if over.is_empty() {
            return Ok(());
        }
        self.parts.store.end_blocked_runs(&over)?;
        self.over_and_listed.all().retain(|it| !over.contains(it));
        Ok(())
    }

    /// Whether runs of this process that are over stand in the list still.
    pub(crate) fn has_ended_runs_listed(&self) -> bool {
        !self.over_and_listed.all().is_empty()
    }

    /// Takes what dead processes left from the list, and what this one could not take away when it was over. Whether any
    /// run waits still.
    pub(crate) fn clear_dead_runs(&self) -> Result<bool, Error> {
        if self.has_ended_runs_listed() {
            self.take_ended_runs_away()?;
            self.notify(Notice::ProgramsChanged);
        }
        let now = self.parts.clock.now();
        let all = self.parts.store.list_blocked_runs()?;
        let dead: Vec<i64> = all.iter().filter(|it| !waits(it, now)).map(|it| it.number).collect();
        if !dead.is_empty() {
            self.parts.store.end_blocked_runs(&dead)?;
            self.notify(Notice::ProgramsChanged);
        }
        Ok(dead.len() < all.len())
    }
}

fn named(needs: &[ConnectionId]) -> String {
    needs.iter().map(ConnectionId::as_str).collect::<Vec<_>>().join(", ")
}

fn waits(row: &BlockedRunRow, now: Timestamp) -> bool {
    let age = Duration::try_from(now.duration_since(row.since)).unwrap_or_default();
    IntentHolder::read(&row.holder).is_some_and(|it| it.lives(age, BELIEVED_FOR) && !it.is_over_in_its_sandbox())
}
