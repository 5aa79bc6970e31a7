//! Thinning: old routine events become one number a day, in the transaction that deletes them [B12, C9].
//!
//! The rule is `domain::lifecycle::retention`'s.

use domain::lifecycle::retention::{ROUTINE_FAILURES, Retention, retention};
use domain::lifecycle_event::EventKind;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::columns::{written_count, written_json, written_moment};
use super::event_destinations::note_lost;
use super::{Store, StoreError};

pub(super) const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Counts at most `most` routine events from before that moment into their days and deletes them: both or
    /// neither. How many; zero when nothing is left to thin.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn thin_events(&self, before: Timestamp, most: usize) -> Result<usize, StoreError> {
        self.write(|writing| {
            let mut old = vec![];
            // Each is looked at on its own, along the index.
            for kind in EventKind::ALL.iter().copied().filter(|kind| retention(*kind) != Retention::Kept) {
                let room = most.saturating_sub(old.len());
                if room > 0 {
                    old.extend(find_old(writing, kind, before, room)?);
                }
            }
            if !old.is_empty() {
                let ids = written_json(&old, "id")?;
                count_by_day(writing, &ids)?;
                note_lost(writing, &ids)?;
                delete(writing, &ids)?;
            }
            Ok(old.len())
        })
    }
}

/// The newest event of a connection stays: an idle one would otherwise show nothing.
fn find_old(
    writing: &Transaction<'_>,
    kind: EventKind,
    before: Timestamp,
    most: usize,
) -> Result<Vec<i64>, StoreError> {
    let causes: Vec<_> = match retention(kind) {
        Retention::Kept => return Ok(vec![]),
        Retention::Thinned => vec![],
        Retention::ThinnedIfRoutine => ROUTINE_FAILURES.iter().map(|cause| cause.as_str()).collect(),
    };
    let mut statement = writing.prepare_cached(
        "SELECT id FROM lifecycle_events AS old
         WHERE kind = ?1 AND at < ?2
           AND (?3 = '[]' OR json_extract(diagnosis, '$.cause') IN (SELECT value FROM json_each(?3)))
           AND EXISTS (SELECT 1 FROM lifecycle_events AS newer
                       WHERE newer.connection IS old.connection AND newer.id > old.id)
         LIMIT ?4",
    )?;
    let parameters = (kind.as_str(), written_moment(before), written_json(&causes, "diagnosis")?, written_count(most));
    Ok(statement.query_map(parameters, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn count_by_day(writing: &Transaction<'_>, ids: &str) -> Result<(), StoreError> {
    writing.execute(
        "INSERT INTO daily_figures (day, connection, kind, endpoint, http_status, cause, count)
         SELECT at / ?2, coalesce(connection, ''), kind, coalesce(endpoint, ''), coalesce(http_status, 0),
                coalesce(json_extract(diagnosis, '$.cause'), ''), count(*)
         FROM lifecycle_events
         WHERE id IN (SELECT value FROM json_each(?1))
         GROUP BY 1, 2, 3, 4, 5, 6
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
        (ids, DAY_MS),
    )?;
    Ok(())
}

fn delete(writing: &Transaction<'_>, ids: &str) -> Result<(), StoreError> {
    writing.execute("DELETE FROM lifecycle_events WHERE id IN (SELECT value FROM json_each(?1))", [ids])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::ConnectionId;
    use domain::diagnosis::{CauseLabel, Diagnosis};
    use domain::lifecycle::health::Figures;
    use domain::lifecycle_event::LifecycleEvent;

    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn event(minute: i64, kind: EventKind) -> LifecycleEvent {
        LifecycleEvent::new(at_minute(minute), kind, Some(connection().id))
    }

    fn failed(minute: i64, cause: CauseLabel) -> LifecycleEvent {
        LifecycleEvent { diagnosis: Some(Diagnosis::of(cause)), ..event(minute, EventKind::RefreshFailed) }
    }

    fn figures(store: &Store) -> Figures {
        let mut figures = Figures::default();
        store.figures(Timestamp::UNIX_EPOCH).unwrap().tallies.iter().for_each(|(_, tally)| figures.add(tally));
        figures
    }

    /// Forty refreshes over a week, some failures, calls of both kinds, and what must stay.
    fn busy() -> Store {
        let store = store();
        let day = 24 * 60;
        for number in 0..40 {
            store.append_event(&event(number * 250, EventKind::RefreshSucceeded)).unwrap();
            let call = LifecycleEvent {
                endpoint: Some("api"),
                http_status: Some(if number % 4 == 0 { 401 } else { 200 }),
                ..event(number * 250, EventKind::TestCallFailed)
            };
            store.append_event(&call).unwrap();
        }
        for happened in [
            failed(day, CauseLabel::ProviderOutage),
            failed(day, CauseLabel::ClientCredentialsMismatch),
            failed(2 * day, CauseLabel::GrantRevoked),
            event(2 * day, EventKind::ReauthRequiredSet),
            event(3 * day, EventKind::Reconnected),
            event(day, EventKind::RefreshTokenLeft),
            event(3 * day, EventKind::TestCallFailed),
            LifecycleEvent::new(at_minute(day), EventKind::NetworkLost, None),
            LifecycleEvent::new(at_minute(day), EventKind::NetworkBack, None),
        ] {
            store.append_event(&happened).unwrap();
        }
        store
    }

    fn thin_all(store: &Store, most: usize) -> usize {
        let mut all = 0;
        loop {
            let thinned = store.thin_events(at_minute(99 * 24 * 60), most).unwrap();
            assert!(thinned <= most, "a batch is bounded");
            if thinned == 0 {
                return all;
            }
            all += thinned;
        }
    }

    /// C9: whatever the batches are.
    #[test]
    fn thinning_changes_no_count() {
        for most in [1, 7, 1000] {
            let store = busy();
            let before = figures(&store);

            let thinned = thin_all(&store, most);

            assert!(thinned > 80, "nearly all of it was routine: {thinned}");
            assert_eq!(figures(&store), before, "batches of {most}");
            assert_eq!(thin_all(&store, most), 0, "done twice is done once");
            store.check().unwrap();
        }
    }

    /// B12: the audit kinds, what a person had to mend, and the newest of each connection.
    #[test]
    fn what_is_not_routine_is_kept_whole() {
        let store = busy();

        thin_all(&store, 50);

        let kept = store.list_events(None, None, 99).unwrap();
        let kinds: Vec<_> = kept.iter().rev().map(|(_, event)| event.kind).collect();
        assert_eq!(
            kinds,
            [
                EventKind::RefreshFailed,
                EventKind::RefreshFailed,
                EventKind::ReauthRequiredSet,
                EventKind::Reconnected,
                EventKind::TestCallFailed,
                EventKind::NetworkBack,
            ]
        );
        let causes: Vec<_> = kept.iter().filter_map(|(_, it)| it.diagnosis.as_ref()).map(|it| it.cause).collect();
        assert_eq!(causes, [CauseLabel::GrantRevoked, CauseLabel::ClientCredentialsMismatch], "an outage is routine");
    }

    /// B12
    #[test]
    fn what_is_young_is_not_touched() {
        let store = busy();
        let before = store.list_events(None, None, 999).unwrap();

        assert_eq!(store.thin_events(at_minute(0), 999).unwrap(), 0);

        assert_eq!(store.list_events(None, None, 999).unwrap(), before);
    }

    /// C9: a crash between counting and deleting counts nothing twice, at every batch.
    #[test]
    fn a_thinning_that_is_cut_short_left_no_trace() {
        let store = busy();
        let before = figures(&store);
        loop {
            let kept = store.list_events(None, None, 999).unwrap().len();
            let cut_short = store.write(|writing| {
                let old = find_old(writing, EventKind::RefreshSucceeded, at_minute(99 * 24 * 60), 9)?;
                count_by_day(writing, &written_json(&old, "id")?)?;
                Err::<(), _>(StoreError::DiskFull)
            });
            assert!(matches!(cut_short, Err(StoreError::DiskFull)));
            assert_eq!(figures(&store), before, "counted, not deleted, rolled back");
            assert_eq!(store.list_events(None, None, 999).unwrap().len(), kept);

            if store.thin_events(at_minute(99 * 24 * 60), 9).unwrap() == 0 {
                break;
            }
            assert_eq!(figures(&store), before, "and the next start does it once");
        }
    }

    /// A thinned day counts for spans that hold it whole.
    #[test]
    fn a_day_that_began_before_the_span_is_left_out() {
        let store = busy();
        thin_all(&store, 99);
        let noon = Timestamp::from_millisecond(at_minute(2 * 24 * 60).as_millisecond() / DAY_MS * DAY_MS + DAY_MS / 2);
        let count = |since| {
            let found = store.figures(since).unwrap();
            found.tallies.iter().map(|(_, tally)| tally.count).sum::<u64>()
        };
        let midnight = |day: i64| {
            let ms = (at_minute(2 * 24 * 60).as_millisecond() / DAY_MS + day) * DAY_MS;
            Timestamp::from_millisecond(ms).unwrap()
        };

        assert!(count(midnight(0)) > count(midnight(1)), "there was something on that day");
        let routine_of_noon = count(noon.unwrap());
        assert!(routine_of_noon <= count(midnight(0)) && routine_of_noon >= count(midnight(1)));
    }

    /// A10: forgetting takes the numbers along.
    #[test]
    fn a_forgotten_connection_leaves_no_figures() {
        let store = busy();
        thin_all(&store, 99);

        store.forget_connection(&connection().id).unwrap();

        assert_eq!(figures(&store), Figures::default());
        let left: i64 = store
            .read(|sqlite| {
                let of = [connection().id.as_str().to_owned()];
                Ok(sqlite
                    .query_row("SELECT count(*) FROM daily_figures WHERE connection = ?1", of, |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!(left, 0);
        assert_eq!(store.find_connection(&ConnectionId::from_random(1)).unwrap(), None);
    }
}
