//! Programs and agents that use connections become dependants by themselves: nobody has to enter them [D1, D3, F2].
//!
//! A program is learned when it takes a token, asks before it runs, or waits; under the path of its script, so that a new
//! version of it is the same dependant. When it runs is read from when it was seen (`domain::blast_radius::rhythm`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::program::AskingProgram;
use domain::{ConnectionId, DependantId, WorkflowId};
use jiff::{SignedDuration, Timestamp};

use super::labels::label;
use super::programs::Caller;
use crate::store::{LearnedProgram, SeenUse, StoreError};
use crate::{Engine, Error, Notice};

/// A use is written down this often at most: who takes a hundred tokens a second costs no write for each.
const WRITTEN_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Of more pairs of a program and a connection it is not known how often they were used in this minute.
const MOST_COUNTED: usize = 1_024;

/// Uses that were not written down yet, and when the last one was.
#[derive(Debug, Default)]
pub struct LearnedUses(Mutex<HashMap<(String, ConnectionId), Unwritten>>);

#[derive(Debug, Clone, Copy)]
struct Unwritten {
    written_at: Timestamp,
    count: u64,
}

impl LearnedUses {
    /// How many uses there are to write; `None`: it is too soon.
    fn take(&self, of: &(String, ConnectionId), now: Timestamp) -> Option<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(unwritten) = all.get_mut(of) else { return Some(1) };
        if is_soon(unwritten.written_at, now) {
            unwritten.count = unwritten.count.saturating_add(1);
            return None;
        }
        Some(unwritten.count.saturating_add(1))
    }

    /// Up to then all is written but so many.
    fn put(&self, of: (String, ConnectionId), written_at: Timestamp, count: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_COUNTED && !all.contains_key(&of) {
            all.retain(|_, it| is_soon(it.written_at, written_at));
            if all.len() >= MOST_COUNTED {
                all.clear();
            }
        }
        all.insert(of, Unwritten { written_at, count });
    }
}

impl Engine {
    /// Learns that a program uses a connection: it took a token of it, asked before a run or waits for it. Cheap, however
    /// often it is told. An interpreter whose script is not known (`sh -c`, `python3 -c`) is nobody in particular, and is not
    /// learned.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the database's.
    pub fn learn_use(&self, program: &AskingProgram, connection: &ConnectionId) -> Result<(), Error> {
        // Every program in its language would be one workflow.
        if program.stands_for().is_some() {
            return Ok(());
        }
        self.learn(program.path(), program.name(), connection)
    }

    /// The same of an agent of which nothing but its interpreter can be told: by what it calls itself, which is its own word.
    ///
    /// # Errors
    /// [`Error::ConnectionGone`]; the database's.
    pub fn learn_use_of_agent(
        &self,
        program: &AskingProgram,
        called: &str,
        connection: &ConnectionId,
    ) -> Result<(), Error> {
        match label(called) {
            Some(called) if program.stands_for().is_some() => {
                self.learn(&format!("{} ({called})", program.path()), &called, connection)
            }
            Some(_) | None => self.learn_use(program, connection),
        }
    }

    fn learn(&self, path: &str, called: &str, connection: &ConnectionId) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let pair = (path.to_owned(), connection.clone());
        let Some(count) = self.learned_uses.take(&pair, now) else { return Ok(()) };
        // Another process may have written it just now: a script that starts the command line a hundred times.
        let written_at = self.parts.store.learned_use_at(path, connection)?;
        if let Some(written_at) = written_at.filter(|at| is_soon(*at, now)) {
            self.learned_uses.put(pair, written_at, count);
            return Ok(());
        }
        let dependant = DependantId::from_random(Self::random_bits()?);
        let name = label(called).unwrap_or_else(|| path.to_owned());
        let seen = SeenUse { path, name: &name, connection, at: now, count, dependant: &dependant };
        let learned = self.parts.store.learn_use(&seen);
        let is_other = learned.map_err(|error| {
            let is_gone = matches!(error, StoreError::Gone);
            if is_gone { Error::ConnectionGone(connection.to_string()) } else { error.into() }
        })?;
        self.learned_uses.put(pair, now, 0);
        if is_other {
            self.notify_connection(connection);
            self.notify(Notice::PlatformChanged(None));
        }
        Ok(())
    }

    /// The same of whoever stands at the door. A person at a terminal is no dependant; and nobody is kept from a token
    /// because it could not be noted.
    pub fn learn_use_by(&self, caller: &Caller, connection: &ConnectionId) {
        let program = match caller {
            Caller::Program { program, .. } | Caller::McpClient { program } => Some(program),
            Caller::OwnCommand { script, .. } => script.as_ref(),
        };
        if let Some(program) = program
            && let Err(error) = self.learn_use(program, connection)
        {
            tracing::warn!(%connection, %error, "the use of a connection could not be noted");
        }
    }

    /// All programs that were seen to use connections, by name.
    ///
    /// # Errors
    /// The database's.
    pub fn learned_programs(&self) -> Result<Vec<LearnedProgram>, Error> {
        let now = self.parts.clock.now();
        let mut all = self.parts.store.list_learned_programs()?;
        for program in &mut all {
            program.schedule = program.schedule.as_of(now);
        }
        Ok(all)
    }

    /// One by what a person typed: its path, or a name that only one has.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`], [`Error::NameAmbiguous`].
    pub fn find_learned_program(&self, typed: &str) -> Result<LearnedProgram, Error> {
        let all = self.learned_programs()?;
        if let Some(found) = all.iter().find(|it| it.path == typed) {
            return Ok(found.clone());
        }
        let mut named: Vec<_> = all.into_iter().filter(|it| it.name == typed).collect();
        match (named.pop(), named.len()) {
            (Some(found), 0) => Ok(found),
            (Some(_), others) => Err(Error::NameAmbiguous { name: typed.to_owned(), count: others + 1 }),
            (None, _) => Err(Error::WorkflowGone(typed.chars().take(80).collect())),
        }
    }

    /// Calls one as a person does, by its path.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`]; [`Error::BadInput`] without a name.
    pub fn rename_learned_program(&self, path: &str, name: &str) -> Result<(), Error> {
        let name = label(name).ok_or(Error::BadInput("a program needs a name"))?;
        self.changed(path, self.parts.store.rename_learned_program(path, &name))
    }

    /// One is a workflow that a platform reports too, and stands in the picture as that; `None`: it is one of its own
    /// again. What the platform says of when it runs stands.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`], of either.
    pub fn merge_learned_program(&self, path: &str, into: Option<&WorkflowId>) -> Result<(), Error> {
        if let Some(id) = into
            && self.parts.store.find_workflow(id)?.is_none()
        {
            return Err(Error::WorkflowGone(id.to_string()));
        }
        self.changed(path, self.parts.store.merge_learned_program(path, into, self.parts.clock.now()))
    }

    /// Forgets what was learned of one. It comes back when it is seen again: that it is a dependant is no opinion.
    ///
    /// # Errors
    /// [`Error::WorkflowGone`].
    pub fn forget_learned_program(&self, path: &str) -> Result<(), Error> {
        let mut all = self.learned_uses.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(of, _), _| of != path);
        drop(all);
        self.changed(path, self.parts.store.forget_learned_program(path))
    }

    fn changed(&self, path: &str, outcome: Result<(), StoreError>) -> Result<(), Error> {
        outcome.map_err(|error| {
            let is_gone = matches!(error, StoreError::Gone);
            if is_gone { Error::WorkflowGone(path.chars().take(80).collect()) } else { error.into() }
        })?;
        self.notify(Notice::PlatformChanged(None));
        self.notify(Notice::ConnectionChanged(None));
        Ok(())
    }
}

/// A clock that was set back waits for nothing.
fn is_soon(written_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(written_at).abs() < WRITTEN_EVERY
}
