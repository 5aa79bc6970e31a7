//! Objects that stayed at a provider: removed at the next start, or by a person; told until they are gone [E4].

use super::LONGEST_STEP;
use crate::store::{LeftObject, RunState};
use crate::{Engine, Error, Notice};

impl Engine {
    /// All that are, or may be, still there, without those that a run has just made.
    ///
    /// # Errors
    /// The database's.
    pub fn list_left_objects(&self) -> Result<Vec<LeftObject>, Error> {
        let live: Vec<i64> = self.parts.store.list_open_rehearsals()?.iter().map(|it| it.id).collect();
        let mut left = self.parts.store.list_trial_objects()?;
        left.retain(|it| !it.rehearsal.is_some_and(|run| live.contains(&run)) || it.seen.is_some());
        Ok(left)
    }

    /// Tries once more to remove it. `None`: it is gone.
    ///
    /// # Errors
    /// The database's; what keeps it there is no error.
    pub async fn remove_left_object(&self, id: &str) -> Result<Option<LeftObject>, Error> {
        let Some(left) = self.parts.store.list_trial_objects()?.into_iter().find(|it| it.id == id) else {
            return Ok(None);
        };
        match self.try_to_remove(&left).await {
            Ok(()) => {
                self.parts.store.strike_trial_object(id)?;
                self.notify(Notice::ChecklistChanged(None));
                Ok(None)
            }
            Err(seen) => {
                self.parts.store.note_object_left(id, &seen)?;
                self.notify(Notice::ChecklistChanged(None));
                Ok(Some(LeftObject { seen: Some(seen), ..left }))
            }
        }
    }

    /// A person has looked after it. False: nobody knew of it.
    ///
    /// # Errors
    /// The database's.
    pub fn forget_left_object(&self, id: &str) -> Result<bool, Error> {
        let is_struck = self.parts.store.strike_trial_object(id)?;
        self.notify(Notice::ChecklistChanged(None));
        Ok(is_struck)
    }

    /// What processes that died left: their runs are over, and what they made is removed. How many objects stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn tidy_up_rehearsals(&self) -> Result<usize, Error> {
        let mut live = vec![];
        for mut record in self.parts.store.list_open_rehearsals()? {
            // Held while it is settled: nobody begins another one meanwhile.
            let Some(_lock) = self.parts.locks.try_rehearse(&record.rehearsal.checklist)? else {
                live.push(record.id);
                continue;
            };
            self.settle_cut_off(&mut record)?;
        }
        let mut left = 0;
        for object in self.parts.store.list_trial_objects()? {
            let is_live = object.rehearsal.is_some_and(|it| live.contains(&it));
            if !is_live && (object.given.is_none() || self.remove_left_object(&object.id).await?.is_some()) {
                left += 1;
            }
        }
        Ok(left)
    }

    /// Whoever calls it holds the checklist's lock: nobody runs it.
    pub(super) fn settle_cut_off(&self, record: &mut crate::store::RehearsalRecord) -> Result<(), Error> {
        record.rehearsal.stop(self.parts.clock.now());
        self.parts.store.end_rehearsal(record.id, RunState::CutOff, &record.rehearsal, None, None)?;
        self.notify(Notice::ChecklistChanged(Some(record.rehearsal.checklist.clone())));
        Ok(())
    }

    async fn try_to_remove(&self, left: &LeftObject) -> Result<(), String> {
        let told = |error: Error| error.to_string();
        let Some(values) = &left.given else {
            return Err("no answer said whether it was made, so that only a person can look for it".to_owned());
        };
        let connection = self.connection(&left.connection).map_err(told)?;
        let provider = self.provider_of(&connection).map_err(told)?;
        let object = provider.trial_objects.iter().find(|it| it.name == left.name);
        let Some(object) = object else {
            return Err("how it is removed is not known any more".to_owned());
        };
        let removed = self.remove_in_time(&connection, &provider, object, values, LONGEST_STEP).await;
        removed.map(drop).map_err(|kept| kept.why)
    }
}
