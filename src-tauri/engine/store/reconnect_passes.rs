//! Passes through the reconnect queue: the one that is under way, and the record of those that are over [E3].

use std::time::Duration;

use domain::diagnosis::CauseLabel;
use domain::reconnect_queue::{Needing, ReconnectQueue, Turn, TurnFailure, TurnState};
use domain::{ConnectionId, PassId};
use rusqlite::{Row, named_params};

use super::columns::{
    read, read_count, read_json, read_moment, read_optional_moment, read_optional_span, read_optional_with,
    written_count, written_json, written_moment, written_span,
};
use super::{Store, StoreError};

impl Store {
    /// Writes a pass as it stands.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_reconnect_pass(&self, queue: &ReconnectQueue) -> Result<(), StoreError> {
        self.write(|writing| {
            let pass = queue.id.as_str();
            writing.execute(
                "INSERT INTO reconnect_passes (id, began_at, ended_at) VALUES (:id, :began_at, :ended_at)
                 ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at",
                named_params! {
                    ":id": pass,
                    ":began_at": written_moment(queue.began_at),
                    ":ended_at": queue.ended_at.map(written_moment),
                },
            )?;
            writing.execute("DELETE FROM reconnect_turns WHERE pass = ?1", [pass])?;
            let mut insert = writing.prepare_cached(
                "INSERT INTO reconnect_turns (pass, place, connection, name, provider, account, customer, cause,
                     workflow_count, customers, first_run_at, is_asked_for, state, open_since, took, failure, settled_at)
                 VALUES (:pass, :place, :connection, :name, :provider, :account, :customer, :cause, :workflow_count,
                     :customers, :first_run_at, :is_asked_for, :state, :open_since, :took, :failure, :settled_at)",
            )?;
            for (place, turn) in queue.turns.iter().enumerate() {
                let needing = &turn.needing;
                insert.execute(named_params! {
                    ":pass": pass,
                    ":place": written_count(place),
                    ":connection": needing.connection.as_str(),
                    ":name": needing.name,
                    ":provider": needing.provider,
                    ":account": needing.account,
                    ":customer": needing.customer,
                    ":cause": needing.cause.map(CauseLabel::as_str),
                    ":workflow_count": written_count(needing.workflow_count),
                    ":customers": written_json(&needing.customers, "customers")?,
                    ":first_run_at": needing.first_run_at.map(written_moment),
                    ":is_asked_for": needing.is_asked_for,
                    ":state": turn.state.as_str(),
                    ":open_since":
                        if let TurnState::Open { since } = turn.state { Some(written_moment(since)) } else { None },
                    ":took":
                        if let TurnState::Reconnected { took } = turn.state { Some(written_span(took)) } else { None },
                    ":failure": written_failure(turn),
                    ":settled_at": turn.settled_at.map(written_moment),
                })?;
            }
            Ok(())
        })
    }

    /// The one that is not over.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn open_reconnect_pass(&self) -> Result<Option<ReconnectQueue>, StoreError> {
        self.read(|sqlite| Ok(list(sqlite, "WHERE ended_at IS NULL ORDER BY began_at DESC, id LIMIT 1", [])?.pop()))
    }

    /// The newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_reconnect_passes(&self, limit: usize) -> Result<Vec<ReconnectQueue>, StoreError> {
        self.read(|sqlite| list(sqlite, "ORDER BY began_at DESC, id LIMIT ?1", [written_count(limit)]))
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_reconnect_pass(&self, id: &PassId) -> Result<Option<ReconnectQueue>, StoreError> {
        self.read(|sqlite| Ok(list(sqlite, "WHERE id = ?1", [id.as_str()])?.pop()))
    }
}

fn list(
    sqlite: &rusqlite::Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<ReconnectQueue>, StoreError> {
    let mut statement = sqlite.prepare_cached(&format!("SELECT * FROM reconnect_passes {which}"))?;
    let mut turns = sqlite.prepare_cached("SELECT * FROM reconnect_turns WHERE pass = ?1 ORDER BY place")?;
    let mut rows = statement.query(parameters)?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        let mut queue = ReconnectQueue {
            id: PassId::from_text(read::<String>(row, "id")?),
            turns: vec![],
            began_at: read_moment(row, "began_at")?,
            ended_at: read_optional_moment(row, "ended_at")?,
        };
        let mut its = turns.query([queue.id.as_str()])?;
        while let Some(row) = its.next()? {
            queue.turns.push(read_turn(row)?);
        }
        all.push(queue);
    }
    Ok(all)
}

fn read_turn(row: &Row<'_>) -> Result<Turn, StoreError> {
    let needing = Needing {
        connection: ConnectionId::from_text(read::<String>(row, "connection")?),
        name: read(row, "name")?,
        provider: read(row, "provider")?,
        account: read(row, "account")?,
        customer: read(row, "customer")?,
        cause: read_optional_with(row, "cause", |text: String| CauseLabel::from_text(&text))?,
        workflow_count: read_count(row, "workflow_count")?,
        customers: read_json(row, "customers")?,
        first_run_at: read_optional_moment(row, "first_run_at")?,
        is_asked_for: read(row, "is_asked_for")?,
    };
    let word: String = read(row, "state")?;
    let state = match word.as_str() {
        "waiting" => TurnState::Waiting,
        "open" => TurnState::Open { since: read_moment(row, "open_since")? },
        "reconnected" => TurnState::Reconnected { took: read_optional_span(row, "took")?.unwrap_or(Duration::ZERO) },
        "came_back" => TurnState::CameBack,
        "skipped" => TurnState::Skipped,
        "handed_over" => TurnState::HandedOver,
        "failed" => TurnState::Failed {
            why: read_optional_with(row, "failure", |text: String| TurnFailure::from_text(parted(&text).0))?
                .unwrap_or(TurnFailure::NotBegun),
        },
        "gone" => TurnState::Gone,
        _ => return Err(StoreError::Unreadable { column: "state" }),
    };
    let failure = read::<Option<String>>(row, "failure")?;
    let other_account = failure.as_deref().and_then(|it| parted(it).1).map(str::to_owned);
    let settled_at = read_optional_moment(row, "settled_at")?;
    Ok(Turn { needing, state, settled_at, is_by_hand: false, other_account })
}

/// One word, and behind a colon who signed in instead.
fn written_failure(turn: &Turn) -> Option<String> {
    let TurnState::Failed { why } = turn.state else { return None };
    let who = turn.other_account.as_ref().map(|it| format!(":{it}")).unwrap_or_default();
    Some(format!("{}{who}", why.as_str()))
}

fn parted(failure: &str) -> (&str, Option<&str>) {
    failure.split_once(':').map_or((failure, None), |(why, who)| (why, Some(who)))
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, store};
    use super::*;

    fn needing(number: u64) -> Needing {
        Needing {
            connection: ConnectionId::from_random(number),
            name: format!("Connection {number}"),
            provider: "Google".into(),
            account: Some("mira@fjordstudio.example".into()),
            customer: None,
            cause: Some(CauseLabel::GrantRevoked),
            workflow_count: 3,
            customers: vec!["Brightwater".into(), "Halden, Optik".into()],
            first_run_at: Some(at_minute(90)),
            is_asked_for: false,
        }
    }

    /// E3: what the program had done of a pass when it ended is there at the next start, and a record afterwards.
    #[test]
    fn a_pass_is_read_back_as_it_was_written() {
        let store = store();
        let mut queue = ReconnectQueue::begin(PassId::from_random(1), (0..8).map(needing), at_minute(0));
        let id = ConnectionId::from_random;
        for (number, state) in [
            (0, TurnState::Reconnected { took: Duration::from_millis(41_500) }),
            (1, TurnState::CameBack),
            (2, TurnState::Skipped),
            (3, TurnState::HandedOver),
            (4, TurnState::Failed { why: TurnFailure::Cause(CauseLabel::WrongTenantOrAccount) }),
            (5, TurnState::Gone),
        ] {
            queue.settle(&id(number), state, at_minute(1));
        }
        queue.refused_account(&id(6), Some("jonas: desk@brightwater.example"), at_minute(1));
        queue.open_next(at_minute(2)).unwrap();
        store.put_reconnect_pass(&queue).unwrap();
        store.put_reconnect_pass(&queue).unwrap();

        assert_eq!(store.open_reconnect_pass().unwrap(), Some(queue.clone()), "written twice is written once");

        queue.stop(at_minute(3));
        store.put_reconnect_pass(&queue).unwrap();
        let later = ReconnectQueue::begin(PassId::from_random(2), [needing(9)], at_minute(5));
        store.put_reconnect_pass(&later).unwrap();

        assert_eq!(store.open_reconnect_pass().unwrap(), Some(later.clone()));
        assert_eq!(store.find_reconnect_pass(&queue.id).unwrap(), Some(queue.clone()));
        assert_eq!(store.list_reconnect_passes(9).unwrap(), [later, queue], "the newest first");
    }
}
