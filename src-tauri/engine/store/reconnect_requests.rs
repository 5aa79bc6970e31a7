//! Reconnects that a program asked a person for, as the timeline tells them [F3, B12].

use domain::ConnectionId;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use jiff::Timestamp;

use super::columns::{read, read_count, read_moment, written_moment};
use super::events::append;
use super::{Store, StoreError};

/// What shows that a connection works again: a request before it is over.
const ENDING: &str = "'reconnected', 'reauth_required_cleared', 'refresh_succeeded', 'bundle_recovered', 'imported', \
                      'disconnected'";

/// A program asked a person to bring a connection back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconnectRequest {
    pub connection: ConnectionId,
    /// The program's name, as the system tells it.
    pub asked_by: Option<String>,
    pub asked_at: Timestamp,
}

/// What became of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotedRequest {
    Noted(ReconnectRequest),
    /// This one stands already, whoever asked.
    Stands(ReconnectRequest),
    /// So many were asked for since then.
    TooMany(usize),
}

impl Store {
    /// Writes a request down, unless one stands since `since` or `most` of any connection were made since then. However
    /// often it is asked, and by however many at once, one stands.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_reconnect_request(
        &self,
        event: &LifecycleEvent,
        since: Timestamp,
        most: usize,
    ) -> Result<NotedRequest, StoreError> {
        let Some(connection) = &event.connection else { return Err(StoreError::Gone) };
        self.write(|writing| {
            if let Some(standing) = standing(writing, connection, since)? {
                return Ok(NotedRequest::Stands(standing));
            }
            let count = writing
                .prepare_cached("SELECT count(*) AS requests FROM lifecycle_events WHERE kind = ?1 AND at >= ?2")?
                .query_row((EventKind::ReconnectRequested.as_str(), written_moment(since)), |row| {
                    Ok(read_count(row, "requests"))
                })??;
            if count >= most {
                return Ok(NotedRequest::TooMany(count));
            }
            append(writing, event)?;
            // As whoever asks next is told of it.
            standing(writing, connection, since)?.map(NotedRequest::Noted).ok_or(StoreError::Gone)
        })
    }

    /// The request that stands for a connection, where one does.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_reconnect_request(
        &self,
        connection: &ConnectionId,
        since: Timestamp,
    ) -> Result<Option<ReconnectRequest>, StoreError> {
        self.read(|sqlite| standing(sqlite, connection, since))
    }

    /// All that stand, the oldest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_reconnect_requests(&self, since: Timestamp) -> Result<Vec<ReconnectRequest>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT connection FROM lifecycle_events WHERE kind = ?1 AND at >= ?2 AND connection IS NOT NULL
                 GROUP BY connection ORDER BY max(id)",
            )?;
            let asked: Vec<String> = statement
                .query_map((EventKind::ReconnectRequested.as_str(), written_moment(since)), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let standing_of = |id: String| standing(sqlite, &ConnectionId::from_text(id), since).transpose();
            asked.into_iter().filter_map(standing_of).collect()
        })
    }
}

fn standing(
    sqlite: &rusqlite::Connection,
    connection: &ConnectionId,
    since: Timestamp,
) -> Result<Option<ReconnectRequest>, StoreError> {
    let text = format!(
        "SELECT at, subject FROM lifecycle_events
         WHERE kind = ?1 AND connection = ?2 AND at >= ?3 AND id > coalesce(
             (SELECT max(id) FROM lifecycle_events WHERE connection = ?2 AND kind IN ({ENDING})), 0)
         ORDER BY id DESC LIMIT 1"
    );
    let mut statement = sqlite.prepare_cached(&text)?;
    let mut rows =
        statement.query((EventKind::ReconnectRequested.as_str(), connection.as_str(), written_moment(since)))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(ReconnectRequest {
        connection: connection.clone(),
        asked_by: read(row, "subject")?,
        asked_at: read_moment(row, "at")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn event(kind: EventKind, minute: i64) -> LifecycleEvent {
        let mut event = LifecycleEvent::new(at_minute(minute), kind, Some(connection().id));
        event.subject = Some("agent".to_owned());
        event
    }

    fn ask(store: &Store, minute: i64, since: i64) -> NotedRequest {
        store.note_reconnect_request(&event(EventKind::ReconnectRequested, minute), at_minute(since), 3).unwrap()
    }

    /// F3: a thousand requests are one, until the connection has come back or a day has gone by.
    #[test]
    fn a_request_stands_until_what_it_asks_for_has_happened() {
        let store = store();
        let NotedRequest::Noted(first) = ask(&store, 1, 0) else { panic!("nobody had asked") };
        assert_eq!(first.asked_by.as_deref(), Some("agent"));

        for minute in 2..50 {
            assert_eq!(ask(&store, minute, 0), NotedRequest::Stands(first.clone()));
        }
        assert_eq!(store.list_events(None, None, 99).unwrap().len(), 1, "and nothing more is written");
        assert_eq!(store.list_reconnect_requests(at_minute(0)).unwrap(), std::slice::from_ref(&first));
        assert_eq!(store.list_reconnect_requests(at_minute(2)).unwrap(), [], "an old one is over");

        store.append_event(&event(EventKind::Reconnected, 60)).unwrap();
        assert_eq!(store.find_reconnect_request(&connection().id, at_minute(0)).unwrap(), None);
        assert!(matches!(ask(&store, 61, 0), NotedRequest::Noted(_)), "it died again");
    }

    /// F3: whoever asks for everything is stopped.
    #[test]
    fn so_many_requests_are_made_and_no_more() {
        let store = store();
        for minute in [1, 3, 5] {
            assert!(matches!(ask(&store, minute, 0), NotedRequest::Noted(_)));
            store.append_event(&event(EventKind::Reconnected, minute + 1)).unwrap();
        }

        assert_eq!(ask(&store, 7, 0), NotedRequest::TooMany(3));
        assert!(matches!(ask(&store, 8, 2), NotedRequest::Noted(_)), "the first is too long ago to count");
    }
}
