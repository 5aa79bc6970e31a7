//! Connections: stored, found, labelled, forgotten; one per grant [A1, A9].

use domain::ConnectionId;
use domain::TokenVersion;
use domain::connection::{Connection, Environment, TokenLink};
use domain::lifecycle_event::LifecycleEvent;
use jiff::Timestamp;
use rusqlite::{Params, Transaction};

use super::columns::{read, read_moment};
use super::connection_row::{ConnectionRow, RefreshIntent};
use super::{Store, StoreError, dependants, erasures, event_destinations, events, token_links};

impl Store {
    /// Stores a new connection, its first token link and what happened. One without a token is about to get its
    /// first: that is its intent from the start, so that a crash leaves no row that nobody settles.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the same grant is a connection already; [`StoreError::Gone`] when its
    /// client is not stored.
    pub fn insert_connection(
        &self,
        connection: &Connection,
        first: Option<&TokenLink>,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        let intent = connection.token.is_none().then(|| RefreshIntent {
            version: TokenVersion::default().next(),
            at: connection.created_at,
            by: None,
        });
        let row = ConnectionRow { connection: connection.clone(), intent };
        self.write(|writing| {
            if ConnectionRow::find(writing, &connection.id)?.is_some() {
                return Err(StoreError::Duplicate { other: connection.id.clone() });
            }
            if let Some(other) = row.find_twin(writing)? {
                return Err(StoreError::Duplicate { other });
            }
            row.insert(writing)?;
            if let Some(link) = first {
                token_links::append_link(writing, &connection.id, link)?;
            }
            events::append_all(writing, events)
        })
    }

    /// All connections, the oldest first; also disconnected ones.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.list("SELECT * FROM connections ORDER BY created_at, id", [])
    }

    /// Those written since the store was at `revision`, and where it is at now. From -1: all. Forgotten ones
    /// are not among them.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_changed_since(&self, revision: i64) -> Result<(Vec<Connection>, i64), StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT * FROM connections WHERE revision > ?1 ORDER BY revision")?;
            let mut rows = statement.query([revision])?;
            let (mut connections, mut newest) = (vec![], revision);
            while let Some(row) = rows.next()? {
                newest = newest.max(read(row, "revision")?);
                connections.push(ConnectionRow::read(row)?.connection);
            }
            Ok((connections, newest))
        })
    }

    /// When the latest refreshes of a connection were made, whatever came of them; at most `limit`.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn latest_refreshes(&self, id: &ConnectionId, limit: u32) -> Result<Vec<Timestamp>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT at FROM lifecycle_events
                 WHERE connection = ?1 AND kind IN ('refresh_succeeded', 'refresh_failed') ORDER BY id DESC LIMIT ?2",
            )?;
            let mut rows = statement.query((id.as_str(), limit))?;
            let mut moments = vec![];
            while let Some(row) = rows.next()? {
                moments.push(read_moment(row, "at")?);
            }
            Ok(moments)
        })
    }

    /// A connection, and the version that a refresh of it would make of which nothing is known since it began.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_with_intent(
        &self,
        id: &ConnectionId,
    ) -> Result<Option<(Connection, Option<TokenVersion>)>, StoreError> {
        let found = self.read(|sqlite| ConnectionRow::find(sqlite, id))?;
        Ok(found.map(|row| (row.connection, row.intent.map(|intent| intent.version))))
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.read(|sqlite| Ok(ConnectionRow::find(sqlite, id)?.map(|row| row.connection)))
    }

    /// Those with exactly this name; names may repeat.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_connections_named(&self, name: &str) -> Result<Vec<Connection>, StoreError> {
        self.list("SELECT * FROM connections WHERE name = ?1 ORDER BY created_at, id", [name])
    }

    /// Replaces what a person calls it.
    ///
    /// # Errors
    /// [`StoreError::Gone`]; [`StoreError::Duplicate`] when the environment makes it the same as another.
    pub fn label_connection(
        &self,
        id: &ConnectionId,
        name: &str,
        customer: Option<&str>,
        environment: Environment,
    ) -> Result<(), StoreError> {
        self.change(id, None, &[], |_, row| {
            row.connection.name = name.to_owned();
            row.connection.customer = customer.map(str::to_owned);
            row.connection.environment = environment;
            Ok(())
        })
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_automatic_refresh(&self, id: &ConnectionId, is_on: bool) -> Result<(), StoreError> {
        self.change(id, None, &[], |_, row| {
            row.connection.automatic_refresh = is_on;
            Ok(())
        })
    }

    /// Deletes it with its token links, dependants and events. Its bundle, and one that was about
    /// to come, are listed by [`Store::previous_versions`] until their erasure is confirmed.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn forget_connection(&self, id: &ConnectionId) -> Result<(), StoreError> {
        self.write(|writing| {
            let row = ConnectionRow::find(writing, id)?.ok_or(StoreError::Gone)?;
            erasures::note_for_erasure(writing, id, row.version())?;
            // A refresh or a first sign-in that was cut short may have left its bundle in the keychain.
            if let Some(intent) = &row.intent {
                erasures::note_for_erasure(writing, id, intent.version)?;
            }
            // The number of a row that goes is never given again: who has seen it would miss the next one.
            writing.execute(
                "INSERT INTO settings (key, value) SELECT 'newest_revision', max(revision) FROM connections WHERE true
                 ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
                [],
            )?;
            dependants::let_go(writing, id)?;
            event_destinations::note_forgotten(writing, id.as_str())?;
            for statement in [
                "DELETE FROM token_links WHERE connection = ?1",
                "DELETE FROM lifecycle_events WHERE connection = ?1",
                "DELETE FROM daily_figures WHERE connection = ?1",
                "DELETE FROM connections WHERE id = ?1",
            ] {
                writing.execute(statement, [id.as_str()])?;
            }
            Ok(())
        })
    }

    /// Reads the row, lets it be changed, writes what changed with what happened: in one transaction, and only if
    /// the token version is still the expected one [A4].
    pub(super) fn change(
        &self,
        id: &ConnectionId,
        expected: Option<TokenVersion>,
        events: &[LifecycleEvent],
        change: impl FnOnce(&Transaction<'_>, &mut ConnectionRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.write(|writing| {
            let mut row = ConnectionRow::find(writing, id)?.ok_or(StoreError::Gone)?;
            if expected.is_some_and(|expected| expected != row.version()) {
                return Err(StoreError::ChangedMeanwhile);
            }
            let stored = row.columns()?;
            change(writing, &mut row)?;
            row.update(writing, &stored)?;
            events::append_all(writing, events)
        })
    }

    fn list(&self, statement: &str, parameters: impl Params) -> Result<Vec<Connection>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(statement)?;
            let mut rows = statement.query(parameters)?;
            let mut connections = vec![];
            while let Some(row) = rows.next()? {
                connections.push(ConnectionRow::read(row)?.connection);
            }
            Ok(connections)
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::connection::{Client, Dependant, GrantState, Identity, Provenance};
    use domain::lifecycle_event::EventKind;
    use domain::{ClientId, DependantId};

    use super::super::test_values::{at_minute, client, connection, first_link, store};
    use super::*;

    fn other(id: u64) -> Connection {
        Connection { id: ConnectionId::from_random(id), ..connection() }
    }

    /// A1
    #[test]
    fn the_same_grant_is_stored_once() {
        let store = store();

        let outcome = store.insert_connection(&other(2), None, &[]);

        assert!(
            matches!(&outcome, Err(StoreError::Duplicate { other }) if *other == connection().id),
            "the person is led to the one there is: {outcome:?}"
        );
        let outcome = store.insert_connection(&connection(), None, &[]);
        assert!(matches!(outcome, Err(StoreError::Duplicate { .. })), "an id is given once");
        assert_eq!(store.list_connections().unwrap().len(), 1);
    }

    /// A1
    #[test]
    fn the_index_holds_also_where_the_code_would_not() {
        let store = store();
        let row = ConnectionRow { connection: other(2), intent: None };

        let outcome = store.write(|writing| row.insert(writing));

        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "the unique index is the law: {outcome:?}");
    }

    /// A1, A9
    #[test]
    fn another_account_workspace_client_or_environment_is_another_grant() {
        let store = store();
        let second_client = Client { id: ClientId::from_random(2), client_id: "another".into(), ..client() };
        store.insert_client(&second_client).unwrap();
        let with = |id, change: fn(&mut Connection)| {
            let mut connection = other(id);
            change(&mut connection);
            connection
        };

        for different in [
            with(2, |it| it.identity.subject = Some("somebody else".into())),
            with(3, |it| it.identity.workspace_id = None),
            with(4, |it| it.client = ClientId::from_random(2)),
            with(5, |it| it.environment = Environment::Sandbox),
            with(6, |it| it.identity = Identity::default()),
            with(7, |it| it.identity = Identity::default()),
            with(8, |it| it.grant = GrantState::Disconnected { at: at_minute(3) }),
        ] {
            store.insert_connection(&different, None, &[]).unwrap();
        }

        let twin = with(9, |it| it.identity.workspace_id = None);
        let outcome = store.insert_connection(&twin, None, &[]);
        assert!(matches!(outcome, Err(StoreError::Duplicate { .. })), "no workspace twice is the same, too");
    }

    /// A1
    #[test]
    fn a_connection_without_its_client_is_not_stored() {
        let store = Store::in_memory().unwrap();

        let outcome = store.insert_connection(&connection(), Some(&first_link()), &[]);

        assert!(matches!(outcome, Err(StoreError::Gone)), "{outcome:?}");
        assert_eq!(store.list_token_links(&connection().id, 9).unwrap(), [], "all or nothing");
    }

    /// A1, A9
    #[test]
    fn a_label_changes_and_never_makes_two_of_the_same() {
        let store = store();
        let second = Connection { environment: Environment::Sandbox, name: "Second".into(), ..other(2) };
        store.insert_connection(&second, None, &[]).unwrap();

        store.label_connection(&second.id, "Mira's", Some("Halden"), Environment::Production).unwrap();

        let found = store.find_connections_named("Mira's").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].customer.as_deref(), Some("Halden"));
        assert_eq!(found[0].environment, Environment::Production);
        assert_eq!(store.find_connections_named("Second").unwrap(), []);
        let outcome = store.label_connection(&second.id, "Second", None, Environment::Staging);
        assert!(matches!(outcome, Err(StoreError::Duplicate { .. })), "{outcome:?}");
        assert_eq!(store.find_connection(&second.id).unwrap().unwrap().name, "Mira's", "nothing of it was written");
    }

    /// S160: what a process looks for when it is told that something changed.
    #[test]
    fn what_changed_since_a_look_is_found_without_reading_the_rest() {
        let store = store();
        let second = Connection { environment: Environment::Sandbox, ..other(2) };
        store.insert_connection(&second, None, &[]).unwrap();
        let ids = |connections: Vec<Connection>| connections.into_iter().map(|it| it.id).collect::<Vec<_>>();

        let (all, seen) = store.list_changed_since(-1).unwrap();
        assert_eq!(ids(all), [connection().id, second.id.clone()]);
        assert_eq!(store.list_changed_since(seen).unwrap(), (vec![], seen), "nothing happened since");

        store.set_automatic_refresh(&connection().id, false).unwrap();
        let (changed, seen) = store.list_changed_since(seen).unwrap();
        assert_eq!(ids(changed), [connection().id]);
        store.set_grant(&second.id, TokenVersion(1), &GrantState::Disconnected { at: at_minute(3) }, &[]).unwrap();
        let (changed, seen) = store.list_changed_since(seen).unwrap();
        assert_eq!(ids(changed), std::slice::from_ref(&second.id));

        store.forget_connection(&second.id).unwrap();
        store.set_automatic_refresh(&connection().id, true).unwrap();
        let (changed, _) = store.list_changed_since(seen).unwrap();
        assert_eq!(ids(changed), [connection().id], "a number that was seen is not given again");
    }

    /// S166
    #[test]
    fn the_latest_refreshes_are_counted_whatever_came_of_them() {
        let store = store();
        let id = connection().id;
        let kinds = [EventKind::RefreshSucceeded, EventKind::TestCallFailed, EventKind::RefreshFailed];
        for (minute, kind) in (1..).zip(kinds) {
            store.append_event(&LifecycleEvent::new(at_minute(minute), kind, Some(id.clone()))).unwrap();
        }
        let other = LifecycleEvent::new(at_minute(9), EventKind::RefreshFailed, Some(ConnectionId::from_random(2)));
        store.append_event(&other).unwrap();

        assert_eq!(store.latest_refreshes(&id, 9).unwrap(), [at_minute(3), at_minute(1)]);
        assert_eq!(store.latest_refreshes(&id, 1).unwrap(), [at_minute(3)]);
    }

    /// A5
    #[test]
    fn forgetting_takes_everything_but_what_the_keychain_still_holds() {
        let store = store();
        let id = connection().id;
        store.append_event(&LifecycleEvent::new(at_minute(1), EventKind::TokenIssued, Some(id.clone()))).unwrap();
        let dependant = Dependant {
            id: DependantId::from_random(1),
            connection: id.clone(),
            workflow: "Invoices".into(),
            place: "n8n".into(),
            step: None,
            owner: None,
            provenance: Provenance::ByHand,
            seen_at: at_minute(1),
        };
        store.add_dependant(&dependant).unwrap();
        store.begin_refresh(&id, TokenVersion(1), at_minute(2), "me").unwrap();

        store.forget_connection(&id).unwrap();

        assert_eq!(store.find_connection(&id).unwrap(), None);
        assert_eq!(store.list_events(None, None, 9).unwrap(), []);
        assert_eq!(store.list_token_links(&id, 9).unwrap(), []);
        assert_eq!(store.list_dependants(&id).unwrap(), []);
        let to_erase = [(id.clone(), TokenVersion(1)), (id.clone(), TokenVersion(2))];
        assert_eq!(store.previous_versions().unwrap(), to_erase, "its bundle, and one that may have come");
        assert!(matches!(store.forget_connection(&id), Err(StoreError::Gone)));
        store.check().unwrap();
    }
}
