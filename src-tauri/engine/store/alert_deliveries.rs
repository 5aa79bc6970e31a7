//! Messages on their way to channels, and what became of those before [F4].

use domain::AlertChannelId;
use domain::alert::MessageKind;
use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::columns::{read, read_moment, read_optional_moment, read_with, written_count, written_moment};
use super::{Store, StoreError};

/// Of each channel so many are kept, those on their way aside.
const KEPT: usize = 200;

/// A message to one channel, to be sent at once.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// Its name: the same at each try.
    pub message: String,
    pub kind: MessageKind,
    pub title: String,
    /// JSON, without secrets.
    pub body: String,
    pub made_at: Timestamp,
}

/// One that is on its way, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub number: i64,
    pub channel: AlertChannelId,
    pub message: String,
    pub kind: MessageKind,
    pub title: String,
    pub body: String,
    pub made_at: Timestamp,
    pub attempts: u32,
    /// `None`: it is over.
    pub next_try_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub given_up_at: Option<Timestamp>,
    /// The last that was in the way, also of one that arrived later.
    pub failure: Option<FailedTry>,
}

/// A try that brought no receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTry {
    pub at: Timestamp,
    pub code: String,
    /// Without secrets.
    pub words: String,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryOutcome {
    Delivered { at: Timestamp },
    Failed { failure: FailedTry, next_try_at: Timestamp },
    GivenUp { failure: FailedTry },
}

impl Store {
    /// One message more for a channel. Its number.
    ///
    /// # Errors
    /// Any of the store's, also where the channel is gone.
    pub fn add_delivery(&self, channel: &AlertChannelId, new: &NewDelivery) -> Result<i64, StoreError> {
        self.write(|writing| insert_delivery(writing, channel, new))
    }

    /// The oldest that waits, of each channel that has one: those behind it wait for it, so that no repair is told before
    /// the failure.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_next_deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        self.read(|sqlite| {
            list(
                sqlite,
                "SELECT * FROM alert_deliveries WHERE number IN
                 (SELECT min(number) FROM alert_deliveries WHERE next_try_at IS NOT NULL GROUP BY channel)
                 ORDER BY number",
                [],
            )
        })
    }

    /// The newest first, of one channel or of all; `before`: those with smaller numbers alone.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_deliveries(
        &self,
        channel: Option<&AlertChannelId>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.read(|sqlite| {
            list(
                sqlite,
                "SELECT * FROM alert_deliveries
                 WHERE (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR number < ?2) ORDER BY number DESC LIMIT ?3",
                (channel.map(|it| it.as_str()), before, written_count(limit)),
            )
        })
    }

    /// When a channel took one last.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn last_receipt(&self, channel: &AlertChannelId) -> Result<Option<Timestamp>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite
                .prepare_cached("SELECT max(delivered_at) AS delivered_at FROM alert_deliveries WHERE channel = ?1")?;
            let mut rows = statement.query([channel.as_str()])?;
            rows.next()?.map_or(Ok(None), |row| read_optional_moment(row, "delivered_at"))
        })
    }

    /// How many wait, of one channel.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn waiting_deliveries(&self, channel: &AlertChannelId) -> Result<usize, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT count(*) AS waiting FROM alert_deliveries WHERE channel = ?1 AND next_try_at IS NOT NULL",
            )?;
            let mut rows = statement.query([channel.as_str()])?;
            rows.next()?.map_or(Ok(0), |row| super::columns::read_count(row, "waiting"))
        })
    }

    /// Writes down how a try ended, and forgets the oldest that are over. False: it is not on its way any more.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_try(&self, number: i64, outcome: &TryOutcome) -> Result<bool, StoreError> {
        self.write(|writing| note_try(writing, number, outcome))
    }

    /// One that was tried at once, and is tried once: it never waits where another process would send it too.
    ///
    /// # Errors
    /// Any of the store's, also where the channel is gone.
    pub fn add_tried_delivery(
        &self,
        channel: &AlertChannelId,
        new: &NewDelivery,
        outcome: &TryOutcome,
    ) -> Result<i64, StoreError> {
        self.write(|writing| {
            let number = insert_delivery(writing, channel, new)?;
            note_try(writing, number, outcome)?;
            Ok(number)
        })
    }

    /// Makes what waits for a channel due now: a person has just mended it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn hurry_deliveries(&self, channel: &AlertChannelId, now: Timestamp) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE alert_deliveries SET next_try_at = ?2 WHERE channel = ?1 AND next_try_at > ?2",
                (channel.as_str(), written_moment(now)),
            )?;
            Ok(())
        })
    }
}

fn note_try(writing: &Transaction<'_>, number: i64, outcome: &TryOutcome) -> Result<bool, StoreError> {
    let (next_try_at, delivered_at, failure) = match outcome {
        TryOutcome::Delivered { at } => (None, Some(*at), None),
        TryOutcome::Failed { failure, next_try_at } => (Some(*next_try_at), None, Some(failure)),
        TryOutcome::GivenUp { failure } => (None, None, Some(failure)),
    };
    let given_up_at = failure.filter(|_| next_try_at.is_none()).map(|it| it.at);
    let changed = writing.execute(
        "UPDATE alert_deliveries SET attempts = attempts + 1, next_try_at = ?2, delivered_at = ?3,
             given_up_at = ?4, failed_at = coalesce(?5, failed_at), failure = coalesce(?6, failure),
             failure_code = coalesce(?7, failure_code)
         WHERE number = ?1 AND next_try_at IS NOT NULL",
        (
            number,
            next_try_at.map(written_moment),
            delivered_at.map(written_moment),
            given_up_at.map(written_moment),
            failure.map(|it| written_moment(it.at)),
            failure.map(|it| it.words.as_str()),
            failure.map(|it| it.code.as_str()),
        ),
    )?;
    writing.execute(
        "DELETE FROM alert_deliveries WHERE next_try_at IS NULL
         AND channel = (SELECT channel FROM alert_deliveries WHERE number = ?1)
         AND number <= (SELECT number FROM alert_deliveries AS later
             WHERE later.channel = (SELECT channel FROM alert_deliveries WHERE number = ?1)
             ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        (number, written_count(KEPT)),
    )?;
    Ok(changed > 0)
}

pub(super) fn insert_delivery(
    writing: &Transaction<'_>,
    channel: &AlertChannelId,
    new: &NewDelivery,
) -> Result<i64, StoreError> {
    let made_at = written_moment(new.made_at);
    writing.execute(
        "INSERT INTO alert_deliveries (channel, message, kind, title, body, made_at, attempts, next_try_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6)",
        (channel.as_str(), &new.message, new.kind.as_str(), &new.title, &new.body, made_at),
    )?;
    Ok(writing.last_insert_rowid())
}

fn list(sqlite: &rusqlite::Connection, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = sqlite.prepare_cached(sql)?;
    let mut rows = statement.query(of)?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(read_delivery(row)?);
    }
    Ok(all)
}

fn read_delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let failure = match read_optional_moment(row, "failed_at")? {
        Some(at) => Some(FailedTry {
            at,
            code: read::<Option<String>>(row, "failure_code")?.unwrap_or_default(),
            words: read::<Option<String>>(row, "failure")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Delivery {
        number: read(row, "number")?,
        channel: AlertChannelId::from_text(read::<String>(row, "channel")?),
        message: read(row, "message")?,
        kind: read_with(row, "kind", |text: String| MessageKind::from_text(&text))?,
        title: read(row, "title")?,
        body: read(row, "body")?,
        made_at: read_moment(row, "made_at")?,
        attempts: read(row, "attempts")?,
        next_try_at: read_optional_moment(row, "next_try_at")?,
        delivered_at: read_optional_moment(row, "delivered_at")?,
        given_up_at: read_optional_moment(row, "given_up_at")?,
        failure,
    })
}

#[cfg(test)]
mod tests {
    use super::super::alert_channels::tests::{at, message, webhook};
    use super::*;

    fn failed(second: i64) -> FailedTry {
        FailedTry { at: at(second), code: "unreachable".into(), words: "Nobody answered.".into() }
    }

    /// F4: in their order, one at a time, and what is over is over.
    #[test]
    fn messages_wait_for_those_before_them() {
        let store = Store::in_memory().unwrap();
        let (one, other) = (webhook(1), webhook(2));
        store.insert_alert_channel(&one).unwrap();
        store.insert_alert_channel(&other).unwrap();
        let first = store.add_delivery(&one.id, &message("msg_1", 0)).unwrap();
        let second = store.add_delivery(&one.id, &message("msg_2", 1)).unwrap();
        let third = store.add_delivery(&other.id, &message("msg_3", 2)).unwrap();
        let next = || -> Vec<i64> { store.list_next_deliveries().unwrap().iter().map(|it| it.number).collect() };
        assert_eq!(next(), [first, third]);

        let later = TryOutcome::Failed { failure: failed(3), next_try_at: at(60) };
        assert!(store.note_try(first, &later).unwrap());
        assert_eq!(next(), [first, third], "the second does not overtake the first");
        assert_eq!(store.waiting_deliveries(&one.id).unwrap(), 2);
        store.hurry_deliveries(&one.id, at(10)).unwrap();
        assert_eq!(store.list_next_deliveries().unwrap()[0].next_try_at, Some(at(10)));
        assert!(store.note_try(first, &TryOutcome::Delivered { at: at(61) }).unwrap());
        assert!(!store.note_try(first, &TryOutcome::Delivered { at: at(62) }).unwrap(), "it is over");
        assert_eq!(next(), [second, third]);
        assert!(store.note_try(second, &TryOutcome::GivenUp { failure: failed(99) }).unwrap());

        let log = store.list_deliveries(Some(&one.id), None, 10).unwrap();
        assert_eq!((log[0].number, log[0].given_up_at, log[0].attempts), (second, Some(at(99)), 1));
        assert_eq!((log[1].delivered_at, log[1].attempts), (Some(at(61)), 2));
        assert_eq!(log[1].failure, Some(failed(3)), "what was in the way is remembered");
    }

    /// F4: what is read page by page is all of it, in its order.
    #[test]
    fn the_log_is_read_from_any_message_backwards() {
        let store = Store::in_memory().unwrap();
        let (one, other) = (webhook(1), webhook(2));
        for channel in [&one, &other] {
            store.insert_alert_channel(channel).unwrap();
        }
        assert_eq!(store.last_receipt(&one.id).unwrap(), None, "it has none");
        for number in 0..7 {
            let channel = if number == 3 { &other } else { &one };
            let number = store.add_delivery(&channel.id, &message(&format!("msg_{number}"), number)).unwrap();
            store.note_try(number, &TryOutcome::Delivered { at: at(20 - number) }).unwrap();
        }

        let mut seen = vec![];
        while let page = store.list_deliveries(Some(&one.id), seen.last().copied(), 4).unwrap()
            && !page.is_empty()
        {
            seen.extend(page.iter().map(|it| it.number));
        }
        let all: Vec<_> = store.list_deliveries(Some(&one.id), None, 99).unwrap().iter().map(|it| it.number).collect();
        assert_eq!((seen.len(), &seen), (6, &all));
        assert_eq!(store.last_receipt(&one.id).unwrap(), Some(at(19)));
    }

    /// F4
    #[test]
    fn the_log_forgets_the_oldest_and_nothing_that_waits() {
        let store = Store::in_memory().unwrap();
        let channel = webhook(1);
        store.insert_alert_channel(&channel).unwrap();
        let waiting = store.add_delivery(&channel.id, &message("msg_0", 0)).unwrap();
        for number in 1..=(KEPT + 20) {
            let number = store.add_delivery(&channel.id, &message(&format!("msg_{number}"), 1)).unwrap();
            store.note_try(number, &TryOutcome::Delivered { at: at(2) }).unwrap();
        }

        let kept = store.list_deliveries(None, None, 1000).unwrap();
        assert_eq!(kept.len(), KEPT + 1);
        assert_eq!(kept.last().map(|it| it.number), Some(waiting));
    }
}
