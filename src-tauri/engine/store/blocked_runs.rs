//! Runs that wait for a person, each with the process that waits [F3].

use domain::ConnectionId;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::columns::{read, read_moment, written_moment};
use super::{Store, StoreError};

/// One run, as it was written by whoever waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedRunRow {
    pub number: i64,
    pub name: String,
    pub path: Option<String>,
    /// As `IntentHolder` writes it.
    pub holder: String,
    pub since: Timestamp,
    /// What it waits for; of those that are still on the board.
    pub needs: Vec<ConnectionId>,
}

impl Store {
    /// Writes down that a run waits for these. Its number.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when one of them is not there.
    pub fn begin_blocked_run(
        &self,
        name: &str,
        path: Option<&str>,
        holder: &str,
        since: Timestamp,
        needs: &[ConnectionId],
    ) -> Result<i64, StoreError> {
        // Of a run that is waiting a power cut leaves nothing.
        self.write_unsynced(|writing| {
            writing.execute(
                "INSERT INTO blocked_runs (name, path, holder, since) VALUES (?1, ?2, ?3, ?4)",
                (name, path, holder, written_moment(since)),
            )?;
            let number = writing.last_insert_rowid();
            write_needs(writing, number, needs)?;
            Ok(number)
        })
    }

    /// It waits for these by now.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn put_blocked_needs(&self, number: i64, needs: &[ConnectionId]) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute("DELETE FROM blocked_run_needs WHERE run = ?1", [number])?;
            write_needs(writing, number, needs)
        })
    }

    /// It waits no more.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn end_blocked_runs(&self, numbers: &[i64]) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            numbers.iter().try_for_each(|number| {
                writing.execute("DELETE FROM blocked_runs WHERE number = ?1", [number])?;
                Ok(())
            })
        })
    }

    /// All that were written down, the longest wait first; also those of processes that died.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_blocked_runs(&self) -> Result<Vec<BlockedRunRow>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT blocked_runs.*, connection FROM blocked_runs
                 LEFT JOIN blocked_run_needs ON run = number ORDER BY since, number, connection",
            )?;
            let mut rows = statement.query([])?;
            let mut runs: Vec<BlockedRunRow> = vec![];
            while let Some(row) = rows.next()? {
                let number = read(row, "number")?;
                let need = read::<Option<String>>(row, "connection")?.map(ConnectionId::from_text);
                match runs.last_mut().filter(|it| it.number == number) {
                    Some(run) => run.needs.extend(need),
                    None => runs.push(BlockedRunRow {
                        number,
                        name: read(row, "name")?,
                        path: read(row, "path")?,
                        holder: read(row, "holder")?,
                        since: read_moment(row, "since")?,
                        needs: need.into_iter().collect(),
                    }),
                }
            }
            Ok(runs)
        })
    }
}

fn write_needs(writing: &Transaction<'_>, number: i64, needs: &[ConnectionId]) -> Result<(), StoreError> {
    let mut insert =
        writing.prepare_cached("INSERT OR IGNORE INTO blocked_run_needs (run, connection) VALUES (?1, ?2)")?;
    needs.iter().try_for_each(|need| {
        insert.execute((number, need.as_str()))?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    /// F3: a run stands with what it waits for until it ends, and goes with what it waited for.
    #[test]
    fn a_run_stands_until_it_ends() {
        let store = store();
        let needs = [connection().id];
        let first =
            store.begin_blocked_run("nightly.py", Some("/srv/nightly.py"), "1 2 -", at_minute(1), &needs).unwrap();
        let second = store.begin_blocked_run("report.py", None, "1 2 -", at_minute(0), &needs).unwrap();

        let all = store.list_blocked_runs().unwrap();
        assert_eq!(all.iter().map(|it| it.number).collect::<Vec<_>>(), [second, first], "who waits longest");
        assert_eq!((all[1].name.as_str(), all[1].path.as_deref()), ("nightly.py", Some("/srv/nightly.py")));
        assert_eq!((&all[1].needs[..], all[1].since), (&needs[..], at_minute(1)));
        store.put_blocked_needs(second, &[]).unwrap();
        assert_eq!(store.list_blocked_runs().unwrap()[0].needs, []);
        store.end_blocked_runs(&[second]).unwrap();
        store.forget_connection(&connection().id).unwrap();
        assert_eq!(store.list_blocked_runs().unwrap()[0].needs, [], "it waits for nothing that is there");
        assert!(matches!(store.begin_blocked_run("x", None, "1 2 -", at_minute(2), &needs), Err(StoreError::Gone)));
        assert_eq!(store.list_blocked_runs().unwrap().len(), 1, "nothing of it stays");
        store.check().unwrap();
    }
}
