//! Refreshes that are about to leave or have left, and of which nothing is known since [A4, A5].

use domain::{ConnectionId, TokenVersion};
use jiff::Timestamp;

use super::columns::{read, read_moment, written_moment};
use super::{ArrivingBundle, ArrivingGrant, Store, StoreError, arriving_bundles};

impl Store {
    /// Writes down that a refresh is about to leave, and who sends it, before it does. A later intent replaces an earlier
    /// one of the same hand: whoever calls holds the connection's lock. Of two who both believe to hold it the second
    /// finds the first one's intent in its way: one token leaves once.
    ///
    /// It outlives the process, and is not waited for on the disk: after a power cut that took it, the bundle it
    /// announced is found in its slot or under its seal all the same.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`], also where another's intent stands; [`StoreError::Gone`].
    pub fn begin_refresh(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        at: Timestamp,
        by: &str,
    ) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            let is_anothers = writing
                .prepare_cached(
                    "SELECT 1 FROM connections WHERE id = ?1 AND intent_version IS NOT NULL AND intent_by <> ?2",
                )?
                .exists((id.as_str(), by))?;
            if is_anothers {
                return Err(StoreError::ChangedMeanwhile);
            }
            arriving_bundles::forget(writing, id)?;
            write_intent(writing, id, expected, at, Some(by))
        })
    }

    /// Who began the refresh of which nothing is known since, and when; `None` where there is none, or nobody said.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn intent_holder(&self, id: &ConnectionId) -> Result<Option<(String, Timestamp)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT intent_by, intent_at FROM connections
                 WHERE id = ?1 AND intent_version IS NOT NULL AND intent_by IS NOT NULL",
            )?;
            let mut rows = statement.query([id.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some((read(row, "intent_by")?, read_moment(row, "intent_at")?)))
        })
    }

    /// The same for a sign-in that is about to take the place of a grant, on the disk: of one that has ended nobody
    /// would look for a newer bundle. With it goes what the sign-in changes besides.
    ///
    /// # Errors
    /// [`StoreError::ChangedMeanwhile`], [`StoreError::Gone`].
    pub fn begin_reconnect(
        &self,
        id: &ConnectionId,
        expected: TokenVersion,
        at: Timestamp,
        grant: ArrivingGrant,
    ) -> Result<(), StoreError> {
        self.write(|writing| {
            write_intent(writing, id, expected, at, None)?;
            arriving_bundles::put(writing, id, expected.next(), &ArrivingBundle::Grant(Box::new(grant)))
        })
    }

    /// The refresh did not leave, or its outcome is settled.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn clear_intent(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.write(|writing| {
            let cleared = writing
                .prepare_cached(
                    "UPDATE connections SET intent_version = NULL, intent_at = NULL, intent_by = NULL WHERE id = ?1",
                )?
                .execute([id.as_str()])?;
            if cleared == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    /// Refreshes of which nothing is known since they began: the version each would make, and when it began.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_intents(&self) -> Result<Vec<(ConnectionId, TokenVersion, Timestamp)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT id, intent_version, intent_at FROM connections WHERE intent_version IS NOT NULL ORDER BY id",
            )?;
            let mut rows = statement.query([])?;
            let mut intents = vec![];
            while let Some(row) = rows.next()? {
                let id = ConnectionId::from_text(read::<String>(row, "id")?);
                intents.push((id, TokenVersion(read(row, "intent_version")?), read_moment(row, "intent_at")?));
            }
            Ok(intents)
        })
    }
}

/// No index holds an intent but the one of the few there are: nobody who looks for changed rows is woken by it.
fn write_intent(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    expected: TokenVersion,
    at: Timestamp,
    by: Option<&str>,
) -> Result<(), StoreError> {
    let written = sqlite
        .prepare_cached(
            "UPDATE connections SET intent_version = ?3, intent_at = ?4, intent_by = ?5
             WHERE id = ?1 AND token_version = ?2",
        )?
        .execute((id.as_str(), expected.0, expected.next().0, written_moment(at), by))?;
    if written > 0 {
        return Ok(());
    }
    let is_there = sqlite.prepare_cached("SELECT 1 FROM connections WHERE id = ?1")?.exists([id.as_str()])?;
    Err(if is_there { StoreError::ChangedMeanwhile } else { StoreError::Gone })
}

#[cfg(test)]
mod tests {
    use domain::connection::GrantState;
    use domain::lifecycle_event::{EventKind, LifecycleEvent};

    use super::super::test_values::{arriving_grant, at_minute, connection, diagnosis, refreshed_to, store};
    use super::*;

    fn issued(id: &ConnectionId) -> [LifecycleEvent; 1] {
        [LifecycleEvent::new(at_minute(7), EventKind::TokenIssued, Some(id.clone()))]
    }

    /// S119: the bundle that counts is on the disk, whatever the intent before it did with the disk.
    #[test]
    fn only_an_intent_does_not_wait_for_the_disk() {
        let store = store();
        let id = connection().id;
        let waits = || store.lock().query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0)).unwrap();
        let during = std::cell::Cell::new(0);
        let look = |writing: &rusqlite::Transaction<'_>| {
            during.set(writing.query_row("PRAGMA synchronous", [], |row| row.get(0))?);
            Ok(())
        };

        store.write_unsynced(look).unwrap();
        assert_eq!((during.get(), waits()), (1, 2), "NORMAL for this one, FULL from then on");
        store.begin_refresh(&id, TokenVersion(9), at_minute(6), "me").unwrap_err();
        assert_eq!(waits(), 2, "also after one that is refused");
        store.write(look).unwrap();
        assert_eq!(during.get(), 2);
    }

    /// A5, S160: nothing of what others look for has changed when a refresh begins.
    #[test]
    fn an_intent_is_no_change_of_the_connection() {
        let store = store();
        let id = connection().id;
        let (_, seen) = store.list_changed_since(-1).unwrap();

        store.begin_refresh(&id, TokenVersion(1), at_minute(6), "me").unwrap();
        assert_eq!(store.list_changed_since(seen).unwrap().0, []);
        assert_eq!(store.find_with_intent(&id).unwrap(), Some((connection(), Some(TokenVersion(2)))));

        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &[]).unwrap();
        assert_eq!(store.list_changed_since(seen).unwrap().0.len(), 1);
        assert_eq!(store.find_with_intent(&id).unwrap().unwrap().1, None);
    }

    /// A5, B3: two who each hold a lock file that the other does not see.
    #[test]
    fn of_two_who_begin_one_refresh_the_second_is_refused() {
        let store = store();
        let id = connection().id;
        assert_eq!(store.intent_holder(&id).unwrap(), None);

        store.begin_refresh(&id, TokenVersion(1), at_minute(6), "one").unwrap();
        store.begin_refresh(&id, TokenVersion(1), at_minute(7), "one").unwrap();
        let refused = store.begin_refresh(&id, TokenVersion(1), at_minute(8), "other");
        assert!(matches!(refused, Err(StoreError::ChangedMeanwhile)), "{refused:?}");
        assert_eq!(store.intent_holder(&id).unwrap(), Some(("one".to_owned(), at_minute(7))));

        store.clear_intent(&id).unwrap();
        assert_eq!(store.intent_holder(&id).unwrap(), None, "settled");
        store.begin_refresh(&id, TokenVersion(1), at_minute(9), "other").unwrap();
        store.begin_reconnect(&id, TokenVersion(1), at_minute(9), arriving_grant()).unwrap();
        assert_eq!(store.intent_holder(&id).unwrap(), None, "nobody said who signs in");
    }

    /// A5, B5
    #[test]
    fn an_answer_settles_the_intent_and_a_missing_secret_does_not() {
        let (granted_at, at) = (at_minute(1), at_minute(8));
        let cases = [
            (GrantState::Alive { granted_at }, 1),
            (GrantState::SecretMissing { at }, 1),
            (GrantState::OutcomeUnknown { granted_at, asked_at: at }, 0),
            (GrantState::Ended { at, diagnosis: diagnosis() }, 0),
            (GrantState::Disconnected { at }, 0),
        ];
        for (grant, intents_left) in cases {
            let store = store();
            let id = connection().id;
            store.begin_refresh(&id, TokenVersion(1), at_minute(6), "me").unwrap();

            store.set_grant(&id, TokenVersion(1), &grant, &issued(&id)).unwrap();

            assert_eq!(store.list_intents().unwrap().len(), intents_left, "{grant:?}");
            assert_eq!(store.find_connection(&id).unwrap().unwrap().grant, grant);
            assert_eq!(store.list_events(Some(&id), None, 9).unwrap().len(), 1);
        }
    }
}
