//! What happened in a span: counted in SQL, from kept events and thinned days in one snapshot [C9].

use std::collections::HashMap;

use domain::ConnectionId;
use domain::diagnosis::CauseLabel;
use domain::lifecycle::health::{Prompts, RefreshTimes, Tally};
use domain::lifecycle_event::EventKind;
use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::columns::{read, read_optional_span, read_optional_with, read_with, written_moment};
use super::daily_figures::DAY_MS;
use super::{Store, StoreError};

/// Spreads are made of at most this many refreshes, the newest.
const NEWEST_REFRESHES: i64 = 20_000;

/// What one span holds, by connection.
#[derive(Debug, Default)]
pub struct SpanFigures {
    pub tallies: Vec<(ConnectionId, Tally)>,
    pub prompts: HashMap<ConnectionId, Prompts>,
    /// The newest refreshes that succeeded.
    pub refreshes: Vec<(ConnectionId, RefreshTimes)>,
}

impl Store {
    /// Everything from that moment on; thinned days that began before it are left out.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn figures(&self, since: Timestamp) -> Result<SpanFigures, StoreError> {
        self.read(|sqlite| {
            // One snapshot: what another process thins meanwhile is counted once all the same.
            let snapshot = sqlite.unchecked_transaction()?;
            let since = written_moment(since);
            let mut tallies = vec![];
            count_events(&snapshot, since, &mut tallies)?;
            count_failures(&snapshot, since, &mut tallies)?;
            count_days(&snapshot, since, &mut tallies)?;
            let (prompts, refreshes) = (follow_prompts(&snapshot, since)?, newest_refreshes(&snapshot, since)?);
            snapshot.finish()?;
            Ok(SpanFigures { tallies, prompts, refreshes })
        })
    }
}

/// Answered by the index alone, in its order: no row is read and nothing sorted.
const COUNT_EVENTS: &str = "
    SELECT kind, connection, endpoint, http_status, NULL AS cause, 0 AS is_guessed, count(*) AS count
    FROM lifecycle_events INDEXED BY lifecycle_events_by_outcome
    WHERE kind = ?1 AND connection IS NOT NULL AND at >= ?2
    GROUP BY connection, endpoint, http_status";

fn count_events(sqlite: &Connection, since: i64, tallies: &mut Vec<(ConnectionId, Tally)>) -> Result<(), StoreError> {
    let mut statement = sqlite.prepare_cached(COUNT_EVENTS)?;
    for kind in [
        EventKind::RefreshSucceeded,
        EventKind::RefreshCutOff,
        EventKind::TokenDelivered,
        EventKind::TestCallSucceeded,
        EventKind::TestCallFailed,
    ] {
        collect(&mut statement.query((kind.as_str(), since))?, tallies)?;
    }
    Ok(())
}

/// Failed refreshes are few, and their cause is in the row.
fn count_failures(sqlite: &Connection, since: i64, tallies: &mut Vec<(ConnectionId, Tally)>) -> Result<(), StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT kind, connection, endpoint, http_status, json_extract(diagnosis, '$.cause') AS cause,
                coalesce(json_extract(diagnosis, '$.confidence') < ?3, 0) AS is_guessed, count(*) AS count
         FROM lifecycle_events
         WHERE kind = ?1 AND at >= ?2 AND connection IS NOT NULL
         GROUP BY connection, endpoint, http_status, cause, is_guessed",
    )?;
    let said = domain::diagnosis::Confidence::SAID.percent();
    collect(&mut statement.query((EventKind::RefreshFailed.as_str(), since, said))?, tallies)
}

fn count_days(sqlite: &Connection, since: i64, tallies: &mut Vec<(ConnectionId, Tally)>) -> Result<(), StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT kind, connection, nullif(endpoint, '') AS endpoint, nullif(http_status, 0) AS http_status,
                nullif(cause, '') AS cause, 0 AS is_guessed, sum(count) AS count
         FROM daily_figures
         WHERE day >= ?1 AND connection <> ''
         GROUP BY connection, kind, endpoint, http_status, cause",
    )?;
    let first_day = since.div_euclid(DAY_MS) + i64::from(since.rem_euclid(DAY_MS) > 0);
    collect(&mut statement.query([first_day])?, tallies)
}

fn collect(rows: &mut rusqlite::Rows<'_>, tallies: &mut Vec<(ConnectionId, Tally)>) -> Result<(), StoreError> {
    while let Some(row) = rows.next()? {
        tallies.push((connection_of(row)?, tally(row)?));
    }
    Ok(())
}

fn tally(row: &Row<'_>) -> Result<Tally, StoreError> {
    Ok(Tally {
        kind: kind_of(row)?,
        cause: read_optional_with(row, "cause", |text: String| CauseLabel::from_text(&text))?,
        is_guessed: read(row, "is_guessed")?,
        is_api_call: read::<Option<String>>(row, "endpoint")?.as_deref() == Some("api"),
        http_status: read(row, "http_status")?,
        count: read_with(row, "count", |count: i64| u64::try_from(count).ok())?,
    })
}

/// The audit kinds are never thinned, so that what follows what is known for any span.
fn follow_prompts(sqlite: &Connection, since: i64) -> Result<HashMap<ConnectionId, Prompts>, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT kind, connection FROM lifecycle_events
         WHERE kind IN (?1, ?2, ?3, ?4, ?5) AND at >= ?6 AND connection IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query((
        EventKind::ReauthRequiredSet.as_str(),
        EventKind::Reconnected.as_str(),
        EventKind::Reconciled.as_str(),
        EventKind::Disconnected.as_str(),
        EventKind::ReauthRequiredCleared.as_str(),
        since,
    ))?;
    let mut prompts: HashMap<ConnectionId, Prompts> = HashMap::new();
    while let Some(row) = rows.next()? {
        prompts.entry(connection_of(row)?).or_default().follow(kind_of(row)?);
    }
    Ok(prompts)
}

fn newest_refreshes(sqlite: &Connection, since: i64) -> Result<Vec<(ConnectionId, RefreshTimes)>, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT connection, latency_ms, lateness_ms, at_risk_us FROM lifecycle_events
         WHERE kind = ?1 AND at >= ?2 AND connection IS NOT NULL ORDER BY at DESC LIMIT ?3",
    )?;
    let mut rows = statement.query((EventKind::RefreshSucceeded.as_str(), since, NEWEST_REFRESHES))?;
    let mut refreshes = vec![];
    while let Some(row) = rows.next()? {
        let times = RefreshTimes {
            latency: read_optional_span(row, "latency_ms")?,
            lateness: read_optional_span(row, "lateness_ms")?,
            at_risk: read_optional_with(row, "at_risk_us", |us: i64| {
                u64::try_from(us).ok().map(std::time::Duration::from_micros)
            })?,
        };
        refreshes.push((connection_of(row)?, times));
    }
    Ok(refreshes)
}

fn connection_of(row: &Row<'_>) -> Result<ConnectionId, StoreError> {
    read::<String>(row, "connection").map(ConnectionId::from_text)
}

fn kind_of(row: &Row<'_>) -> Result<EventKind, StoreError> {
    read_with(row, "kind", |text: String| EventKind::from_text(&text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::diagnosis::Diagnosis;
    use domain::lifecycle::health::Figures;
    use domain::lifecycle_event::LifecycleEvent;

    use super::super::test_values::at_minute;
    use super::*;

    fn event(minute: i64, kind: EventKind, connection: u64) -> LifecycleEvent {
        LifecycleEvent::new(at_minute(minute), kind, Some(ConnectionId::from_random(connection)))
    }

    fn sum(found: &SpanFigures) -> Figures {
        let mut figures = Figures::default();
        found.tallies.iter().for_each(|(_, tally)| figures.add(tally));
        found.prompts.values().for_each(|prompts| figures.add_prompts(*prompts));
        figures
    }

    /// C9
    #[test]
    fn each_kind_is_counted_from_the_beginning_of_the_span_on() {
        let store = Store::in_memory().unwrap();
        let ended = LifecycleEvent {
            diagnosis: Some(Diagnosis::of(CauseLabel::GrantRevoked)),
            ..event(5, EventKind::RefreshFailed, 1)
        };
        let refused = |status| LifecycleEvent {
            endpoint: Some("api"),
            http_status: Some(status),
            ..event(6, EventKind::TestCallFailed, 2)
        };
        for happened in [
            event(1, EventKind::RefreshSucceeded, 1),
            event(4, EventKind::RefreshSucceeded, 1),
            ended,
            event(5, EventKind::ReauthRequiredSet, 1),
            refused(401),
            refused(403),
            event(6, EventKind::TestCallFailed, 2),
            event(7, EventKind::TokenDelivered, 2),
            event(8, EventKind::Reconnected, 1),
            LifecycleEvent::new(at_minute(9), EventKind::NetworkLost, None),
        ] {
            store.append_event(&happened).unwrap();
        }

        let figures = sum(&store.figures(at_minute(2)).unwrap());

        assert_eq!((figures.refresh_succeeded_count, figures.refresh_failed_count), (1, 1), "minute 1 is before");
        assert_eq!(figures.invalid_grant_count, 1);
        assert_eq!((figures.reauth_prompted_count, figures.reauth_completed_count), (1, 1));
        assert_eq!((figures.call_count, figures.status_401_count, figures.status_403_count), (2, 1, 1));
        assert_eq!(figures.delivered_count, 1);
        assert_eq!(sum(&store.figures(at_minute(60)).unwrap()), Figures::default(), "an empty span is empty");
    }

    /// C9: a million events are counted without reading one of them.
    #[test]
    fn counting_reads_the_index_and_no_row() {
        let store = Store::in_memory().unwrap();

        let plan: Vec<String> = store
            .read(|sqlite| {
                let mut statement = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {COUNT_EVENTS}"))?;
                let steps = statement.query_map(("refresh_succeeded", 0), |row| row.get("detail"))?;
                Ok(steps.collect::<Result<_, _>>()?)
            })
            .unwrap();

        let [step] = plan.as_slice() else { panic!("a second step sorts: {plan:?}") };
        assert!(step.contains("USING COVERING INDEX lifecycle_events_by_outcome"), "{step}");
    }

    /// C9: spreads come from the newest refreshes.
    #[test]
    fn times_are_those_of_refreshes_that_succeeded() {
        let store = Store::in_memory().unwrap();
        let timed = |minute, kind, latency| LifecycleEvent {
            latency: Some(Duration::from_millis(latency)),
            at_risk: Some(Duration::from_micros(latency)),
            ..event(minute, kind, 1)
        };
        store.append_event(&timed(1, EventKind::RefreshSucceeded, 10)).unwrap();
        store.append_event(&timed(2, EventKind::RefreshFailed, 90_000)).unwrap();
        store.append_event(&timed(3, EventKind::RefreshSucceeded, 20)).unwrap();

        let found = store.figures(at_minute(0)).unwrap().refreshes;

        let latencies: Vec<_> = found.iter().filter_map(|(_, times)| times.latency).collect();
        assert_eq!(latencies, [Duration::from_millis(20), Duration::from_millis(10)], "the newest first");
        assert_eq!(found[0].1.at_risk, Some(Duration::from_micros(20)));
    }
}
