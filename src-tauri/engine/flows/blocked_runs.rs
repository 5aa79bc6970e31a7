//! Runs that wait for a person just now, whichever process they wait in: listed until they go on or end [F3].

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
        if let Err(error) = self.engine.parts.store.end_blocked_runs(&[self.number]) {
            // Another process sees that this one is over.
            tracing::warn!(%error, "a run that waits no more could not be taken from the list");
        }
        self.engine.notify(Notice::ProgramsChanged);
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
        Ok(all
            .into_iter()
            .filter(|it| !it.needs.is_empty() && waits(it, now))
            .map(|BlockedRunRow { number, name, path, since, needs, .. }| BlockedRun {
                number,
                name,
                path,
                since,
                needs,
            })
            .collect())
    }

    /// Takes what dead processes left from the list. Whether any run waits still.
    pub(crate) fn clear_dead_runs(&self) -> Result<bool, Error> {
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
