//! Bundles that no longer count and may still be in the keychain [A5].

use domain::{ConnectionId, TokenVersion};

use super::columns::read;
use super::{Store, StoreError};

impl Store {
    /// Bundles that no longer count and whose erasure from the keychain is not confirmed: replaced ones, those
    /// of disconnected connections and of forgotten ones. Never one that counts, nor the one before a bundle that
    /// was found after a crash and has proved nothing yet: it may be the one that still works.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn previous_versions(&self) -> Result<Vec<(ConnectionId, TokenVersion)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT connection, version FROM bundles_to_erase AS old
                 WHERE NOT EXISTS (
                     SELECT 1 FROM connections
                     WHERE id = old.connection AND token_version = old.version AND grant_state <> 'disconnected'
                 ) AND NOT EXISTS (
                     SELECT 1 FROM connections JOIN token_links AS link
                         ON link.connection = connections.id AND link.version = token_version
                     WHERE id = old.connection AND link.reason = 'recovery' AND proved_at IS NULL
                       AND grant_state IN ('alive', 'outcome_unknown')
                 )
                 ORDER BY connection, version",
            )?;
            let mut rows = statement.query([])?;
            let mut versions = vec![];
            while let Some(row) = rows.next()? {
                let id = ConnectionId::from_text(read::<String>(row, "connection")?);
                versions.push((id, TokenVersion(read(row, "version")?)));
            }
            Ok(versions)
        })
    }

    /// Of one connection: every bundle that does not count and may still be in the keychain, the newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn previous_versions_of(&self, id: &ConnectionId) -> Result<Vec<TokenVersion>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT version FROM bundles_to_erase AS old
                 WHERE connection = ?1 AND NOT EXISTS (
                     SELECT 1 FROM connections
                     WHERE id = old.connection AND token_version = old.version AND grant_state <> 'disconnected'
                 )
                 ORDER BY version DESC",
            )?;
            let mut rows = statement.query([id.as_str()])?;
            let mut versions = vec![];
            while let Some(row) = rows.next()? {
                versions.push(TokenVersion(read(row, "version")?));
            }
            Ok(versions)
        })
    }

    /// The keychain no longer holds this bundle. Saying so twice is fine.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn confirm_erased(&self, id: &ConnectionId, version: TokenVersion) -> Result<(), StoreError> {
        self.write(|writing| strike_erasure(writing, id, version))
    }

    /// The same, written with whatever is written next, or by [`Store::settle_erasures`]. A process that ends before
    /// leaves it listed, and it is looked for once more.
    pub fn note_erased(&self, id: &ConnectionId, version: TokenVersion) {
        self.erased().push((id.clone(), version));
    }

    /// Writes down what [`Store::note_erased`] was told and nothing has written yet.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn settle_erasures(&self) -> Result<(), StoreError> {
        let is_settled = self.erased().is_empty();
        if is_settled { Ok(()) } else { self.write_unsynced(|_| Ok(())) }
    }
}

/// The caller makes sure, in the same transaction, that the version no longer counts.
pub(super) fn note_for_erasure(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
) -> Result<(), StoreError> {
    if version > TokenVersion::default() {
        sqlite
            .prepare_cached("INSERT OR IGNORE INTO bundles_to_erase (connection, version) VALUES (?1, ?2)")?
            .execute((id.as_str(), version.0))?;
    }
    Ok(())
}

pub(super) fn strike_erasure(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
) -> Result<(), StoreError> {
    sqlite
        .prepare_cached("DELETE FROM bundles_to_erase WHERE connection = ?1 AND version = ?2")?
        .execute((id.as_str(), version.0))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::connection::GrantState;
    use domain::lifecycle_event::{EventKind, LifecycleEvent};

    use super::super::test_values::{at_minute, connection, refreshed_to, store};
    use super::*;

    fn issued(id: &ConnectionId) -> [LifecycleEvent; 1] {
        [LifecycleEvent::new(at_minute(7), EventKind::TokenIssued, Some(id.clone()))]
    }

    /// A5
    #[test]
    fn a_replaced_bundle_is_remembered_until_it_is_erased() {
        let store = store();
        let id = connection().id;
        assert_eq!(store.previous_versions().unwrap(), [], "the first replaces none");
        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &[]).unwrap();
        store.commit_bundle(&id, TokenVersion(2), &refreshed_to(3), &[]).unwrap();
        let (first, second) = ((id.clone(), TokenVersion(1)), (id.clone(), TokenVersion(2)));
        assert_eq!(store.previous_versions().unwrap(), [first, second.clone()]);

        store.confirm_erased(&id, TokenVersion(1)).unwrap();
        store.confirm_erased(&id, TokenVersion(1)).unwrap();

        assert_eq!(store.previous_versions().unwrap(), [second]);
    }

    /// A5: what the keychain no longer holds costs no transaction of its own, and is not forgotten by one that fails.
    #[test]
    fn an_erasure_is_written_down_with_what_is_written_next() {
        let store = store();
        let id = connection().id;
        store.commit_bundle(&id, TokenVersion(1), &refreshed_to(2), &[]).unwrap();

        store.note_erased(&id, TokenVersion(1));
        assert_eq!(store.previous_versions().unwrap().len(), 1, "nothing was written yet");
        let refused = store.begin_refresh(&id, TokenVersion(9), at_minute(6), "me");
        assert!(matches!(refused, Err(StoreError::ChangedMeanwhile)), "{refused:?}");
        assert_eq!(store.previous_versions().unwrap().len(), 1, "it was rolled back");
        store.begin_refresh(&id, TokenVersion(2), at_minute(6), "me").unwrap();
        assert_eq!(store.previous_versions().unwrap(), []);

        store.commit_bundle(&id, TokenVersion(2), &refreshed_to(3), &[]).unwrap();
        store.note_erased(&id, TokenVersion(2));
        store.settle_erasures().unwrap();
        assert_eq!(store.previous_versions().unwrap(), [], "or where nothing else is written");
    }

    /// A10, A5
    #[test]
    fn a_disconnected_bundle_is_to_be_erased_and_one_that_counts_never_is() {
        let store = store();
        let id = connection().id;
        let current = TokenVersion(1);
        store.set_grant(&id, current, &GrantState::Disconnected { at: at_minute(5) }, &issued(&id)).unwrap();
        assert_eq!(store.previous_versions().unwrap(), [(id.clone(), current)]);

        store.set_grant(&id, current, &GrantState::Alive { granted_at: at_minute(5) }, &[]).unwrap();
        assert_eq!(store.previous_versions().unwrap(), [], "it counts again");

        store.write(|writing| note_for_erasure(writing, &id, current)).unwrap();
        assert_eq!(store.previous_versions().unwrap(), [], "even a wrong note does not give away what counts");
    }
}
