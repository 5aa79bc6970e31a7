//! Lifecycle events, appended and listed in the order they happened [B12].

use std::time::Duration;

use domain::connection::Environment;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::{ConnectionId, TokenVersion};
use jiff::Timestamp;
use rusqlite::{Params, Row, params};

use super::columns::{
    read, read_moment, read_optional_diagnosis, read_optional_fingerprint, read_optional_span, read_optional_with,
    read_with, written_count, written_diagnosis, written_moment, written_span,
};
use super::{Store, StoreError};

/// The labels of endpoints that events carry.
const ENDPOINTS: [&str; 5] = ["authorize", "token", "api", "revocation", "discovery"];

impl Store {
    /// Appends one event that belongs to no other write; its number, which only grows.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn append_event(&self, event: &LifecycleEvent) -> Result<i64, StoreError> {
        self.write(|writing| append(writing, event))
    }

    /// Appends an event of its kind only where none stands for the same connection and token version. False: one does.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn append_event_once(&self, event: &LifecycleEvent) -> Result<bool, StoreError> {
        self.write(|writing| {
            let is_known = writing
                .prepare_cached(
                    "SELECT 1 FROM lifecycle_events WHERE connection = ?1 AND kind = ?2 AND token_version IS ?3",
                )?
                .exists((
                    event.connection.as_ref().map(|it| it.as_str()),
                    event.kind.as_str(),
                    event.token_version.map(|it| it.0),
                ))?;
            if !is_known {
                append(writing, event)?;
            }
            Ok(!is_known)
        })
    }

    /// The newest first, of one connection or of all; older than the event `before`.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_events(
        &self,
        connection: Option<&ConnectionId>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        match connection {
            Some(id) => self.list_matching(
                "SELECT * FROM lifecycle_events WHERE connection = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                (id.as_str(), before, written_count(limit)),
            ),
            None => self.list_matching(
                "SELECT * FROM lifecycle_events WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                (before, written_count(limit)),
            ),
        }
    }

    /// The oldest first, of one connection or of all; newer than the event `after`.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_events_after(
        &self,
        after: i64,
        connection: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        match connection {
            Some(id) => self.list_matching(
                "SELECT * FROM lifecycle_events WHERE connection = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
                (id.as_str(), after, written_count(limit)),
            ),
            None => self.list_matching(
                "SELECT * FROM lifecycle_events WHERE id > ?1 ORDER BY id LIMIT ?2",
                (after, written_count(limit)),
            ),
        }
    }

    /// Those of some kinds since a moment, the newest so many, in the order they happened.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_events_of_kinds(
        &self,
        kinds: &[EventKind],
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        let mut newest = self.list_matching(
            "SELECT * FROM lifecycle_events WHERE kind IN (SELECT value FROM json_each(?1)) AND at >= ?2
             ORDER BY id DESC LIMIT ?3",
            (words_of(kinds), written_moment(since), written_count(limit)),
        )?;
        newest.reverse();
        Ok(newest)
    }

    /// The newest of each of some kinds, of one connection or of none, that came after an event.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn newest_events_of_kinds(
        &self,
        connection: Option<&ConnectionId>,
        kinds: &[EventKind],
        after: i64,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        self.list_matching(
            "SELECT * FROM lifecycle_events WHERE id IN (
                 SELECT max(id) FROM lifecycle_events
                 WHERE connection IS ?1 AND id > ?2 AND kind IN (SELECT value FROM json_each(?3)) GROUP BY kind
             ) ORDER BY id",
            (connection.map(|it| it.as_str()), after, words_of(kinds)),
        )
    }

    pub(super) fn list_matching(
        &self,
        statement: &str,
        parameters: impl Params,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(statement)?;
            let mut rows = statement.query(parameters)?;
            let mut events = vec![];
            while let Some(row) = rows.next()? {
                events.push((read(row, "id")?, read_event(row)?));
            }
            Ok(events)
        })
    }
}

pub(super) fn words_of(kinds: &[EventKind]) -> String {
    serde_json::json!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()).to_string()
}

pub(super) fn append_all(sqlite: &rusqlite::Connection, events: &[LifecycleEvent]) -> Result<(), StoreError> {
    events.iter().try_for_each(|event| append(sqlite, event).map(drop))
}

pub(super) fn append(sqlite: &rusqlite::Connection, event: &LifecycleEvent) -> Result<i64, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "INSERT INTO lifecycle_events (
             at, kind, connection, workspace, environment, endpoint, http_status, diagnosis, request_id, token_age_ms,
             token_version, token_fingerprint, attempt, backoff_ms, latency_ms, redirect_uri_hash, subject,
             reason, lateness_ms, at_risk_us, words, limits
         ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    statement.execute(params![
        written_moment(event.at),
        event.kind.as_str(),
        event.connection.as_ref().map(|it| it.as_str()),
        event.workspace,
        event.environment.map(Environment::as_str),
        event.endpoint,
        event.http_status,
        written_diagnosis(event.diagnosis.as_ref(), "diagnosis")?,
        event.request_id,
        event.token_age.map(written_span),
        event.token_version.map(|it| it.0),
        event.token_fingerprint.as_ref().map(|it| it.as_str()),
        event.attempt,
        event.backoff.map(written_span),
        event.latency.map(written_span),
        event.redirect_uri_hash,
        event.subject,
        event.reason.map(RefreshReason::as_str),
        event.lateness.map(written_span),
        event.at_risk.map(|it| i64::try_from(it.as_micros()).unwrap_or(i64::MAX)),
        event.words,
        (!event.limits.is_empty()).then(|| serde_json::json!(event.limits).to_string()),
    ])?;
    Ok(sqlite.last_insert_rowid())
}

fn read_event(row: &Row<'_>) -> Result<LifecycleEvent, StoreError> {
    let endpoint: Option<String> = read(row, "endpoint")?;
    Ok(LifecycleEvent {
        at: read_moment(row, "at")?,
        kind: read_with(row, "kind", |text: String| EventKind::from_text(&text))?,
        connection: read::<Option<String>>(row, "connection")?.map(ConnectionId::from_text),
        workspace: read(row, "workspace")?,
        environment: read_optional_with(row, "environment", |text: String| Environment::from_text(&text))?,
        // A label that is none of ours says nothing: the rest of the event still does.
        endpoint: endpoint.and_then(|found| ENDPOINTS.into_iter().find(|known| *known == found)),
        http_status: read(row, "http_status")?,
        diagnosis: read_optional_diagnosis(row, "diagnosis")?,
        request_id: read(row, "request_id")?,
        token_age: read_optional_span(row, "token_age_ms")?,
        token_version: read::<Option<u32>>(row, "token_version")?.map(TokenVersion),
        token_fingerprint: read_optional_fingerprint(row, "token_fingerprint")?,
        attempt: read(row, "attempt")?,
        backoff: read_optional_span(row, "backoff_ms")?,
        latency: read_optional_span(row, "latency_ms")?,
        reason: read_optional_with(row, "reason", |text: String| RefreshReason::from_text(&text))?,
        lateness: read_optional_span(row, "lateness_ms")?,
        at_risk: read_optional_with(row, "at_risk_us", |it: i64| u64::try_from(it).ok().map(Duration::from_micros))?,
        redirect_uri_hash: read(row, "redirect_uri_hash")?,
        subject: read(row, "subject")?,
        words: read(row, "words")?,
        limits: read_optional_with(row, "limits", |text: String| serde_json::from_str(&text).ok())?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use domain::Fingerprint;

    use super::super::test_values::{at_minute, diagnosis};
    use super::*;

    fn full(endpoint: &'static str) -> LifecycleEvent {
        LifecycleEvent {
            at: at_minute(3),
            kind: EventKind::RefreshFailed,
            connection: Some(ConnectionId::from_random(1)),
            workspace: Some("Fjord Studio".into()),
            environment: Some(Environment::Sandbox),
            endpoint: Some(endpoint),
            http_status: Some(503),
            diagnosis: Some(diagnosis()),
            request_id: Some("req-1".into()),
            token_age: Some(Duration::from_millis(3_600_001)),
            token_version: Some(TokenVersion(7)),
            token_fingerprint: Some(Fingerprint::from_text("ba7816bf8f")),
            attempt: Some(2),
            backoff: Some(Duration::from_secs(90)),
            latency: Some(Duration::from_millis(431)),
            reason: Some(RefreshReason::KeepAlive),
            lateness: Some(Duration::from_millis(12)),
            at_risk: Some(Duration::from_micros(3_141)),
            redirect_uri_hash: Some("a1b2".into()),
            subject: Some("mira@fjordstudio.example".into()),
            words: Some("The server is down.".into()),
            limits: vec![("x-ratelimit-remaining".into(), "0".into())],
        }
    }

    /// B12
    #[test]
    fn every_field_of_an_event_comes_back() {
        let store = Store::in_memory().unwrap();
        let bare = LifecycleEvent::new(at_minute(1), EventKind::SettingsChanged, None);
        let mut events = vec![bare];
        events.extend(ENDPOINTS.map(full));
        for event in &events {
            store.append_event(event).unwrap();
        }

        let found = store.list_events_after(0, None, 99).unwrap();

        assert_eq!(found.into_iter().map(|(_, event)| event).collect::<Vec<_>>(), events);
    }

    /// B12
    #[test]
    fn what_happens_once_to_a_token_is_written_once_and_again_for_the_next_token() {
        let store = Store::in_memory().unwrap();
        let of = |version, connection| LifecycleEvent {
            token_version: Some(TokenVersion(version)),
            ..LifecycleEvent::new(
                at_minute(1),
                EventKind::ReauthRequiredSet,
                Some(ConnectionId::from_random(connection)),
            )
        };

        let written: Vec<_> = [of(1, 1), of(1, 1), of(2, 1), of(1, 2), of(2, 1)]
            .iter()
            .map(|event| store.append_event_once(event).unwrap())
            .collect();

        assert_eq!(written, [true, false, true, true, false]);
        assert_eq!(store.list_events(None, None, 9).unwrap().len(), 3);
    }

    /// B12, F4
    #[test]
    fn events_of_some_kinds_are_read_since_a_moment_and_their_newest_after_an_event() {
        let store = Store::in_memory().unwrap();
        let ours = ConnectionId::from_random(1);
        let append = |minute, kind, connection: Option<&ConnectionId>| {
            store.append_event(&LifecycleEvent::new(at_minute(minute), kind, connection.cloned())).unwrap()
        };
        append(1, EventKind::RefreshFailed, Some(&ours));
        let failed = append(5, EventKind::RefreshFailed, Some(&ours));
        append(6, EventKind::RefreshSucceeded, Some(&ours));
        let lost = append(7, EventKind::NetworkLost, None);
        let refreshed = append(8, EventKind::RefreshSucceeded, Some(&ours));
        let back = append(9, EventKind::NetworkBack, None);
        let numbers = |found: Vec<(i64, LifecycleEvent)>| found.into_iter().map(|(id, _)| id).collect::<Vec<_>>();

        let troubling = [EventKind::RefreshFailed, EventKind::NetworkLost];
        let ending = [EventKind::RefreshSucceeded, EventKind::NetworkBack];

        assert_eq!(numbers(store.list_events_of_kinds(&troubling, at_minute(2), 9).unwrap()), [failed, lost]);
        assert_eq!(numbers(store.list_events_of_kinds(&troubling, at_minute(0), 1).unwrap()), [lost], "the newest");
        assert_eq!(numbers(store.newest_events_of_kinds(Some(&ours), &ending, failed).unwrap()), [refreshed]);
        assert_eq!(numbers(store.newest_events_of_kinds(None, &ending, lost).unwrap()), [back]);
        assert!(store.newest_events_of_kinds(Some(&ours), &ending, refreshed).unwrap().is_empty());
    }

    /// B12
    #[test]
    fn events_are_read_in_pages_backwards_and_followed_forwards() {
        let store = Store::in_memory().unwrap();
        let (ours, other) = (ConnectionId::from_random(1), ConnectionId::from_random(2));
        let append = |connection: &ConnectionId| {
            let event = LifecycleEvent::new(at_minute(1), EventKind::TokenDelivered, Some(connection.clone()));
            store.append_event(&event).unwrap()
        };
        let [first, second, third, fourth] = [append(&ours), append(&other), append(&ours), append(&ours)];
        let numbers = |page: Vec<(i64, LifecycleEvent)>| page.into_iter().map(|(id, _)| id).collect::<Vec<_>>();

        assert!(first < second && second < third && third < fourth, "numbers only grow");
        assert_eq!(numbers(store.list_events(None, None, 3).unwrap()), [fourth, third, second]);
        assert_eq!(numbers(store.list_events(None, Some(second), 3).unwrap()), [first]);
        assert_eq!(numbers(store.list_events(Some(&ours), None, 2).unwrap()), [fourth, third]);
        assert_eq!(numbers(store.list_events(Some(&ours), Some(third), 2).unwrap()), [first]);
        assert_eq!(numbers(store.list_events_after(first, None, 2).unwrap()), [second, third]);
        assert_eq!(numbers(store.list_events_after(first, Some(&ours), 9).unwrap()), [third, fourth]);
    }
}
