//! What servers' Date headers said of our clock, kept so that another process need not ask [B9].

use domain::token::clock_skew::ServerClock;
use rusqlite::Row;

use super::columns::{read, read_moment, written_count, written_moment};
use super::{Store, StoreError};

/// Servers that are kept; those not heard of for longest are forgotten.
const KEPT: usize = 64;

impl Store {
    /// Stores what is known of one server's clock; replaces what was.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn save_server_clock(&self, clock: &ServerClock) -> Result<(), StoreError> {
        self.write(|writing| {
            writing
                .prepare_cached(
                    "INSERT INTO clock_measurements (host, ahead_ms, measured_at, is_confirmed) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (host) DO UPDATE SET ahead_ms = excluded.ahead_ms,
                         measured_at = excluded.measured_at, is_confirmed = excluded.is_confirmed",
                )?
                .execute((&clock.host, clock.ahead_ms, written_moment(clock.measured_at), clock.is_confirmed))?;
            writing
                .prepare_cached(
                    "DELETE FROM clock_measurements WHERE host IN (
                         SELECT host FROM clock_measurements ORDER BY measured_at DESC, host LIMIT -1 OFFSET ?1
                     )",
                )?
                .execute([written_count(KEPT)])?;
            Ok(())
        })
    }

    /// Forgets every server's: our own clock was set since they were measured.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_server_clocks(&self) -> Result<(), StoreError> {
        self.write(|writing| Ok(writing.execute("DELETE FROM clock_measurements", [])?)).map(drop)
    }

    /// All that are kept, the one heard of last first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_server_clocks(&self) -> Result<Vec<ServerClock>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT * FROM clock_measurements ORDER BY measured_at DESC, host")?;
            let mut rows = statement.query([])?;
            let mut clocks = vec![];
            while let Some(row) = rows.next()? {
                clocks.push(read_clock(row)?);
            }
            Ok(clocks)
        })
    }
}

fn read_clock(row: &Row<'_>) -> Result<ServerClock, StoreError> {
    Ok(ServerClock {
        host: read(row, "host")?,
        ahead_ms: read(row, "ahead_ms")?,
        measured_at: read_moment(row, "measured_at")?,
        is_confirmed: read(row, "is_confirmed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_values::at_minute;
    use super::*;

    fn clock(host: &str, ahead_ms: i64, minute: i64) -> ServerClock {
        ServerClock { host: host.into(), ahead_ms, measured_at: at_minute(minute), is_confirmed: minute % 2 == 0 }
    }

    /// B9
    #[test]
    fn a_servers_clock_is_replaced_by_what_it_said_last() {
        let store = Store::in_memory().unwrap();
        for said in [clock("a.example", i64::MAX, 1), clock("b.example", -9, 2), clock("a.example", 5, 3)] {
            store.save_server_clock(&said).unwrap();
        }

        assert_eq!(store.list_server_clocks().unwrap(), [clock("a.example", 5, 3), clock("b.example", -9, 2)]);
    }

    /// B9
    #[test]
    fn the_servers_heard_of_last_are_kept() {
        let store = Store::in_memory().unwrap();
        for number in 0..80 {
            store.save_server_clock(&clock(&format!("host{number}"), 0, number)).unwrap();
        }

        let kept = store.list_server_clocks().unwrap();
        assert_eq!((kept.len(), kept[0].host.as_str()), (KEPT, "host79"));
    }
}
