//! Programs that asked and found no room among the questions for a person: counted, so that the list says that there were
//! more [S147, S149].

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::program::{AskingProgram, Permission};

use crate::{Engine, Error, Notice};

const COUNT_SETTING: &str = "programs_turned_away";
/// More are not told apart.
const MOST_COUNTED: usize = 10_000;

/// Those that this process turned away, each once.
#[derive(Debug, Default)]
pub struct TurnedAway {
    seen: Mutex<Counted>,
    hashing: RandomState,
}

#[derive(Debug, Default)]
struct Counted {
    marks: HashSet<u64>,
    /// What stood written down when it was looked at last.
    written: usize,
}

impl TurnedAway {
    fn seen(&self) -> MutexGuard<'_, Counted> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, program: &AskingProgram) -> u64 {
        self.hashing.hash_one(program)
    }
}

impl Engine {
    /// How many programs asked and found no room since the questions were last all answered.
    ///
    /// # Errors
    /// The database's.
    pub fn turned_away(&self) -> Result<usize, Error> {
        let written = self.parts.store.setting(COUNT_SETTING)?;
        Ok(written.and_then(|it| it.parse().ok()).unwrap_or_default())
    }

    /// One found none. The same one is counted once, however often it comes.
    pub(super) fn note_turned_away(&self, program: &AskingProgram) {
        let mark = self.turned_away.mark(program);
        let Ok(written) = self.turned_away() else { return };
        let mut seen = self.turned_away.seen();
        if written == 0 && seen.written > 0 {
            // Answered since, wherever.
            seen.marks.clear();
        }
        seen.written = written;
        let is_new = seen.marks.len() < MOST_COUNTED && seen.marks.insert(mark);
        let count = seen.marks.len();
        drop(seen);
        if is_new && !self.write_turned_away(count) {
            // Counted when it comes again.
            self.turned_away.seen().marks.remove(&mark);
        }
    }

    /// One that had found none has a place now.
    pub(super) fn note_placed(&self, program: &AskingProgram) {
        let was_away = self.turned_away.seen().marks.remove(&self.turned_away.mark(program));
        if was_away {
            self.write_turned_away(self.turned_away().unwrap_or_default().saturating_sub(1));
        }
    }

    /// Once nobody waits for an answer whoever comes finds room.
    pub(super) fn forget_turned_away_once_answered(&self) -> Result<(), Error> {
        let is_answered = self.program_permissions()?.iter().all(|it| it.permission != Permission::Asked);
        if is_answered && self.turned_away()? > 0 {
            self.write_turned_away(0);
        }
        Ok(())
    }

    /// Nobody is kept from anything because it could not be counted. False: it could not; nobody is woken to look at it
    /// then, for whoever waits would only try it again.
    fn write_turned_away(&self, count: usize) -> bool {
        match self.parts.store.put_setting(COUNT_SETTING, &count.to_string()) {
            Ok(()) => {
                let mut seen = self.turned_away.seen();
                seen.written = count;
                if count == 0 {
                    seen.marks.clear();
                }
                drop(seen);
                self.notify(Notice::ProgramsChanged);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a program that found no room could not be counted");
                false
            }
        }
    }
}
