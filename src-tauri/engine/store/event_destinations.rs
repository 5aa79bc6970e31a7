//! Where events are forwarded to: how far each place has come, and what became of the last try [F5].

use domain::EventDestinationId;
use domain::event_forwarding::{
    Accepted, Complaint, DestinationKind, EventDestination, Failing, ForwardingTrouble, Place, WantedEvents,
};
use domain::lifecycle_event::LifecycleEvent;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::columns::{
    read, read_json, read_moment, read_optional_moment, read_with, written_count, written_json, written_moment,
};
use super::events::{append_all, words_of};
use super::{Store, StoreError};

/// The plus keeps the index of kinds out of it: what waits is a few rows at the end, of every kind.
const TO_FORWARD: &str = "
    SELECT * FROM lifecycle_events
    WHERE id > ?1 AND id <= ?2 AND +kind IN (SELECT value FROM json_each(?3)) ORDER BY id LIMIT ?4";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardedBatch {
    /// Where the cursor stood when the batch was put together: it moves from there, or not at all.
    pub from: i64,
    /// The last event of it.
    pub to: i64,
    pub sent_count: u64,
    /// Of those, what the receiver said it never takes.
    pub dropped_count: u64,
    pub at: Timestamp,
}

impl Store {
    /// Adds a place with what happened. Its cursor stands at the newest event; `from_start`: before the first.
    ///
    /// # Errors
    /// Any of the store's, also for a name that is taken.
    pub fn insert_event_destination(
        &self,
        new: &EventDestination,
        from_start: bool,
        events: &[LifecycleEvent],
    ) -> Result<(), StoreError> {
        self.write(|writing| {
            append_all(writing, events)?;
            writing.execute(
                "INSERT INTO event_destinations (id, name, kind, settings, wanted, with_accounts, added_at, counted_since, cursor)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                        CASE WHEN ?9 THEN 0 ELSE coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'lifecycle_events'), 0) END",
                params![
                    new.id.as_str(),
                    new.name,
                    new.place.kind().as_str(),
                    written_json(&PlaceColumn::from(&new.place), "settings")?,
                    new.wanted.as_str(),
                    new.with_accounts,
                    written_moment(new.added_at),
                    new.counted_since.map(written_moment),
                    from_start,
                ],
            )?;
            Ok(())
        })
    }

    /// By name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_event_destinations(&self) -> Result<Vec<EventDestination>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM event_destinations ORDER BY name")?;
            let mut rows = statement.query([])?;
            let mut found = vec![];
            while let Some(row) = rows.next()? {
                found.push(read_destination(row)?);
            }
            Ok(found)
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_event_destination(&self, id: &EventDestinationId) -> Result<Option<EventDestination>, StoreError> {
        Ok(self.list_event_destinations()?.into_iter().find(|it| it.id == *id))
    }

    /// Removes a place, and writes down what happened. False: there is none, and nothing did.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn remove_event_destination(
        &self,
        id: &EventDestinationId,
        events: &[LifecycleEvent],
    ) -> Result<bool, StoreError> {
        self.write(|writing| {
            let is_gone = writing.execute("DELETE FROM event_destinations WHERE id = ?1", [id.as_str()])? > 0;
            if is_gone {
                append_all(writing, events)?;
            }
            Ok(is_gone)
        })
    }

    /// Switches a place on or off, and writes down what happened. False: there is none, or it is so already.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn set_event_destination_on(
        &self,
        id: &EventDestinationId,
        is_on: bool,
        events: &[LifecycleEvent],
    ) -> Result<bool, StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE event_destinations SET is_on = ?2 WHERE id = ?1 AND is_on <> ?2",
                (id.as_str(), is_on),
            )?;
            if changed > 0 {
                append_all(writing, events)?;
            }
            Ok(changed > 0)
        })
    }

    /// The oldest events that a place waits for, at most so many; up to its unsettled batch's end, where it has one.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn events_to_forward(
        &self,
        destination: &EventDestination,
        limit: usize,
    ) -> Result<Vec<(i64, LifecycleEvent)>, StoreError> {
        self.list_matching(
            TO_FORWARD,
            (
                destination.cursor,
                destination.batch_end.unwrap_or(i64::MAX),
                words_of(&destination.wanted.kinds()),
                written_count(limit),
            ),
        )
    }

    /// How many events a place waits for.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn count_events_to_forward(&self, destination: &EventDestination) -> Result<u64, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT count(*) FROM lifecycle_events
                 WHERE id > ?1 AND +kind IN (SELECT value FROM json_each(?2))",
            )?;
            let count: i64 =
                statement.query_row((destination.cursor, words_of(&destination.wanted.kinds())), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// The number of the newest event there ever was.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn newest_event(&self) -> Result<i64, StoreError> {
        self.read(|sqlite| {
            let newest = sqlite
                .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'lifecycle_events'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(newest.unwrap_or(0))
        })
    }

    /// Notes that a batch up to this event leaves now. False: the place is gone, or has come further meanwhile.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn begin_batch(&self, id: &EventDestinationId, from: i64, to: i64) -> Result<bool, StoreError> {
        self.write_unsynced(|writing| {
            let changed = writing.execute(
                "UPDATE event_destinations SET batch_end = ?3 WHERE id = ?1 AND cursor = ?2",
                (id.as_str(), from, to),
            )?;
            Ok(changed > 0)
        })
    }

    /// Moves the cursor behind a batch that arrived, or that will never be taken. False: the place is gone, or has come
    /// further meanwhile.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn end_batch(&self, id: &EventDestinationId, batch: ForwardedBatch) -> Result<bool, StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE event_destinations
                 SET cursor = ?3, batch_end = NULL, sent_count = sent_count + ?4 - ?5, dropped_count = dropped_count + ?5,
                     accepted_event = CASE WHEN ?4 > ?5 THEN ?3 ELSE accepted_event END,
                     accepted_at = CASE WHEN ?4 > ?5 THEN ?6 ELSE accepted_at END,
                     failing_since = NULL, failed_count = 0, failure = NULL, failure_words = NULL, retry_at = NULL
                 WHERE id = ?1 AND cursor = ?2",
                params![
                    id.as_str(),
                    batch.from,
                    batch.to,
                    written_u64(batch.sent_count),
                    written_u64(batch.dropped_count),
                    written_moment(batch.at)
                ],
            )?;
            Ok(changed > 0)
        })
    }

    /// The batch that left last did not arrive, and is put together anew.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_batch(&self, id: &EventDestinationId) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute("UPDATE event_destinations SET batch_end = NULL WHERE id = ?1", [id.as_str()])?;
            Ok(())
        })
    }

    /// Moves the cursor over events that a place does not want. Nothing depends on it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn pass_over(&self, id: &EventDestinationId, from: i64, to: i64) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute(
                "UPDATE event_destinations SET cursor = ?3, batch_end = NULL WHERE id = ?1 AND cursor = ?2",
                (id.as_str(), from, to),
            )?;
            Ok(())
        })
    }

    /// Notes a try that came to nothing; `None`: what stands in the way is over.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_forwarding_failure(&self, id: &EventDestinationId, failing: Option<&Failing>) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE event_destinations
                 SET failing_since = ?2, failed_count = ?3, failure = ?4, failure_words = ?5, retry_at = ?6 WHERE id = ?1",
                params![
                    id.as_str(),
                    failing.map(|it| written_moment(it.since)),
                    failing.map_or(0, |it| it.count),
                    failing.map(|it| it.last.trouble.written()),
                    failing.and_then(|it| it.last.words.as_deref()),
                    failing.map(|it| written_moment(it.retry_at)),
                ],
            )?;
            Ok(())
        })
    }

    /// Leaves a place alone until then, though nothing failed: it asked for that.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_forwarding_pause(&self, id: &EventDestinationId, until: Timestamp) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE event_destinations SET retry_at = ?2 WHERE id = ?1",
                (id.as_str(), written_moment(until)),
            )?;
            Ok(())
        })
    }

    /// Since when the figures of a place count, and why they were not taken last.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_figures_outcome(
        &self,
        id: &EventDestinationId,
        counted_since: Timestamp,
        failed: Option<&Complaint>,
    ) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute(
                "UPDATE event_destinations
                 SET counted_since = ?2, figures_failure = ?3, figures_failure_words = ?4 WHERE id = ?1",
                params![
                    id.as_str(),
                    written_moment(counted_since),
                    failed.map(|it| it.trouble.written()),
                    failed.and_then(|it| it.words.as_deref()),
                ],
            )?;
            Ok(())
        })
    }
}

/// Counts events that are about to go away with the places that still wait for them. `ids`: a JSON array.
pub(super) fn note_lost(writing: &Transaction<'_>, ids: &str) -> Result<(), StoreError> {
    let mut statement = writing.prepare_cached("SELECT id, cursor, wanted FROM event_destinations")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, cursor): (String, i64) = (read(row, "id")?, read(row, "cursor")?);
        let wanted = read_with(row, "wanted", |text: String| WantedEvents::from_text(&text))?;
        writing.execute(
            "UPDATE event_destinations SET lost_count = lost_count + (
                 SELECT count(*) FROM lifecycle_events
                 WHERE id IN (SELECT value FROM json_each(?2)) AND id > ?3
                   AND kind IN (SELECT value FROM json_each(?4)))
             WHERE id = ?1",
            (&id, ids, cursor, words_of(&wanted.kinds())),
        )?;
    }
    Ok(())
}

/// The same for all events of a connection, whose figures go with them: sums that count it begin anew.
pub(super) fn note_forgotten(writing: &Transaction<'_>, connection: &str) -> Result<(), StoreError> {
    let mut statement =
        writing.prepare_cached("SELECT json_group_array(id) FROM lifecycle_events WHERE connection = ?1")?;
    let ids: String = statement.query_row([connection], |row| row.get(0))?;
    note_lost(writing, &ids)?;
    writing.execute("UPDATE event_destinations SET counted_since = NULL", [])?;
    Ok(())
}

fn written_u64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where and how, as JSON text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PlaceColumn {
    File { folder: String, largest: u64, kept: u16 },
    Sentry { origin: String, project: String },
    Otlp { endpoint: String, with_metrics: bool },
    Webhook { origin: String },
}

impl From<&Place> for PlaceColumn {
    fn from(place: &Place) -> Self {
        match place.clone() {
            // A folder whose name is no text is refused where it is added.
            Place::File { folder, largest, kept } => {
                Self::File { folder: folder.to_string_lossy().into_owned(), largest, kept }
            }
            Place::Webhook { origin } => Self::Webhook { origin },
            Place::Sentry { origin, project } => Self::Sentry { origin, project },
            Place::Otlp { endpoint, with_metrics } => Self::Otlp { endpoint, with_metrics },
        }
    }
}

impl From<PlaceColumn> for Place {
    fn from(column: PlaceColumn) -> Self {
        match column {
            PlaceColumn::File { folder, largest, kept } => Self::File { folder: folder.into(), largest, kept },
            PlaceColumn::Webhook { origin } => Self::Webhook { origin },
            PlaceColumn::Sentry { origin, project } => Self::Sentry { origin, project },
            PlaceColumn::Otlp { endpoint, with_metrics } => Self::Otlp { endpoint, with_metrics },
        }
    }
}

fn read_destination(row: &Row<'_>) -> Result<EventDestination, StoreError> {
    let place: Place = read_json::<PlaceColumn>(row, "settings")?.into();
    let kind = read_with(row, "kind", |text: String| DestinationKind::from_text(&text))?;
    if place.kind() != kind {
        return Err(StoreError::Unreadable { column: "settings" });
    }
    let accepted = match (read(row, "accepted_event")?, read_optional_moment(row, "accepted_at")?) {
        (Some(event), Some(at)) => Some(Accepted { event, at }),
        _ => None,
    };
    let last = read_complaint(row, "failure", "failure_words")?;
    let failing = match (read_optional_moment(row, "failing_since")?, last, read_optional_moment(row, "retry_at")?) {
        (Some(since), Some(last), Some(retry_at)) => {
            Some(Failing { since, count: read(row, "failed_count")?, last, retry_at })
        }
        _ => None,
    };
    Ok(EventDestination {
        id: EventDestinationId::from_text(read::<String>(row, "id")?),
        name: read(row, "name")?,
        place,
        is_on: read(row, "is_on")?,
        wanted: read_with(row, "wanted", |text: String| WantedEvents::from_text(&text))?,
        with_accounts: read(row, "with_accounts")?,
        added_at: read_moment(row, "added_at")?,
        cursor: read(row, "cursor")?,
        batch_end: read(row, "batch_end")?,
        accepted,
        sent_count: read_u64(row, "sent_count")?,
        dropped_count: read_u64(row, "dropped_count")?,
        lost_count: read_u64(row, "lost_count")?,
        left_alone_until: read_optional_moment(row, "retry_at")?,
        failing,
        counted_since: read_optional_moment(row, "counted_since")?,
        figures_failed: read_complaint(row, "figures_failure", "figures_failure_words")?,
    })
}

fn read_complaint(row: &Row<'_>, trouble: &'static str, words: &'static str) -> Result<Option<Complaint>, StoreError> {
    // A word of a later version says nothing here; the rest of the row still does.
    let trouble = read::<Option<String>>(row, trouble)?.and_then(|text| ForwardingTrouble::from_text(&text));
    let words = read(row, words)?;
    Ok(trouble.map(|trouble| Complaint { trouble, words }))
}

fn read_u64(row: &Row<'_>, column: &'static str) -> Result<u64, StoreError> {
    read_with(row, column, |count: i64| u64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use domain::lifecycle_event::EventKind;

    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn destination(bits: u64, name: &str, wanted: WantedEvents) -> EventDestination {
        EventDestination {
            id: EventDestinationId::from_random(bits),
            name: name.to_owned(),
            place: Place::Otlp { endpoint: "https://otlp.example".to_owned(), with_metrics: true },
            is_on: true,
            wanted,
            with_accounts: false,
            added_at: at_minute(1),
            cursor: 0,
            batch_end: None,
            accepted: None,
            sent_count: 0,
            dropped_count: 0,
            lost_count: 0,
            left_alone_until: None,
            failing: None,
            counted_since: Some(at_minute(0)),
            figures_failed: None,
        }
    }

    fn happened(store: &Store, minute: i64, kind: EventKind) -> i64 {
        store.append_event(&LifecycleEvent::new(at_minute(minute), kind, Some(connection().id))).unwrap()
    }

    fn reread(store: &Store, of: &EventDestination) -> EventDestination {
        store.find_event_destination(&of.id).unwrap().unwrap()
    }

    fn batch(from: i64, to: i64) -> ForwardedBatch {
        ForwardedBatch { from, to, sent_count: 1, dropped_count: 0, at: at_minute(9) }
    }

    /// F5
    #[test]
    fn every_kind_of_place_comes_back_as_it_was_added() {
        let store = store();
        let places = [
            Place::File { folder: "/var/log/patchbay".into(), largest: 10, kept: 5 },
            Place::Webhook { origin: "https://hooks.example".to_owned() },
            Place::Sentry { origin: "https://o1.ingest.example".to_owned(), project: "42".to_owned() },
            Place::Otlp { endpoint: "https://otlp.example".to_owned(), with_metrics: false },
        ];
        for (number, place) in (0_u64..).zip(places) {
            let new = EventDestination { place, ..destination(number, &format!("{number}"), WantedEvents::Trouble) };
            store.insert_event_destination(&new, true, &[]).unwrap();
            assert_eq!(reread(&store, &new), new);
        }
        store.check().unwrap();
    }

    /// F5: what happened before it was added is another matter, unless a person wants it.
    #[test]
    fn a_place_begins_with_now_or_with_the_first() {
        let store = store();
        let newest = happened(&store, 1, EventKind::TokenIssued);
        let (later, early) = (destination(1, "later", WantedEvents::All), destination(2, "early", WantedEvents::All));
        store.insert_event_destination(&later, false, &[]).unwrap();
        store.insert_event_destination(&early, true, &[]).unwrap();

        assert_eq!(reread(&store, &later).cursor, newest);
        assert_eq!(store.count_events_to_forward(&reread(&store, &later)).unwrap(), 0);
        let all = store.events_to_forward(&reread(&store, &early), 99).unwrap();
        assert_eq!(all.last().map(|(id, _)| *id), Some(newest));
    }

    /// F5: of two processes that sent the same batch one moves the cursor, and nothing moves it back.
    #[test]
    fn a_cursor_moves_from_where_the_batch_began_and_only_forwards() {
        let store = store();
        let new = destination(1, "one", WantedEvents::All);
        store.insert_event_destination(&new, true, &[]).unwrap();
        let (first, second) =
            (happened(&store, 1, EventKind::TokenIssued), happened(&store, 2, EventKind::RefreshSucceeded));

        assert!(store.begin_batch(&new.id, 0, first).unwrap());
        let waiting = store.events_to_forward(&reread(&store, &new), 99).unwrap();
        assert_eq!(waiting.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [first], "the same batch leaves again");
        assert!(store.end_batch(&new.id, batch(0, first)).unwrap());
        assert!(!store.end_batch(&new.id, batch(0, second)).unwrap(), "another was quicker");
        assert!(!store.begin_batch(&new.id, 0, second).unwrap());

        let reached = reread(&store, &new);
        assert_eq!((reached.cursor, reached.batch_end, reached.sent_count), (first, None, 1));
        assert_eq!(reached.accepted, Some(Accepted { event: first, at: at_minute(9) }));
        store.remove_event_destination(&new.id, &[]).unwrap();
        assert!(!store.end_batch(&new.id, batch(first, second)).unwrap(), "it is gone");
    }

    /// F5
    #[test]
    fn a_streak_of_failures_is_kept_until_something_is_taken() {
        let store = store();
        let new = destination(1, "one", WantedEvents::All);
        store.insert_event_destination(&new, true, &[]).unwrap();
        let event = happened(&store, 1, EventKind::TokenIssued);
        let last = Complaint { trouble: ForwardingTrouble::Status(503), words: Some("down".to_owned()) };
        let failing = Failing { since: at_minute(1), count: 3, last, retry_at: at_minute(5) };

        store.put_forwarding_failure(&new.id, Some(&failing)).unwrap();
        assert_eq!(reread(&store, &new).failing, Some(failing));
        store.end_batch(&new.id, batch(0, event)).unwrap();

        assert_eq!(reread(&store, &new).failing, None);
        assert_eq!(reread(&store, &new).left_alone_until, None);
    }

    /// F5: what retention or a person takes away before it was sent is counted, by what each place wants.
    #[test]
    fn events_that_go_before_they_were_sent_are_counted() {
        let store = store();
        let (all, trouble, done) = (
            destination(1, "all", WantedEvents::All),
            destination(2, "trouble", WantedEvents::Trouble),
            destination(3, "done", WantedEvents::All),
        );
        for minute in 0..5 {
            happened(&store, minute, EventKind::RefreshSucceeded);
        }
        store.insert_event_destination(&done, false, &[]).unwrap();
        store.insert_event_destination(&all, true, &[]).unwrap();
        store.insert_event_destination(&trouble, true, &[]).unwrap();
        let lost = || [&all, &trouble, &done].map(|it| reread(&store, it).lost_count);

        let thinned = store.thin_events(at_minute(99), 100).unwrap();
        assert_eq!(thinned, 4, "the newest stays");
        assert_eq!(lost(), [4, 0, 0]);

        happened(&store, 6, EventKind::ReauthRequiredSet);
        store.forget_connection(&connection().id).unwrap();
        let [of_all, of_trouble, of_done] = lost();
        assert!(of_all > 5, "{of_all}");
        assert_eq!((of_trouble, of_done), (1, 1));
        assert_eq!(reread(&store, &all).counted_since, None, "its sums would go down");
        assert_eq!(store.newest_event().unwrap(), 6, "a number is never given twice");
    }

    /// F5: a board with a million events is not read through at each write.
    #[test]
    fn what_waits_is_found_by_its_number() {
        let store = store();
        let step: String = store
            .read(|sqlite| {
                let plan = format!("EXPLAIN QUERY PLAN {TO_FORWARD}");
                Ok(sqlite.query_row(&plan, (0, 9, "[]", 1), |row| row.get("detail"))?)
            })
            .unwrap();

        assert!(step.contains("USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), "{step}");
    }
}
