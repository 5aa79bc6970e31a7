//! Platform connections: what platforms own and Patchbay mirrors, and which connection of ours each stands beside
//! [D2, A8].

use domain::blast_radius::{Join, PlatformConnection, PlatformConnectionState, Provenance, Source};
use domain::{ConnectionId, PlatformConnectionId, PlatformId, ProviderId};
use rusqlite::Row;

use super::columns::{read, read_moment, read_optional_moment, read_with, written_moment};
use super::platforms::bump_wiring;
use super::{Store, StoreError};

impl Store {
    /// Those that are not gone, by platform and name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_platform_connections(&self) -> Result<Vec<PlatformConnection>, StoreError> {
        self.read(list)
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_platform_connection(
        &self,
        id: &PlatformConnectionId,
    ) -> Result<Option<PlatformConnection>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM platform_connections WHERE id = ?1")?;
            let mut rows = statement.query([id.as_str()])?;
            rows.next()?.map(read_platform_connection).transpose()
        })
    }

    /// Which connection of ours each stands beside, as was found or said; in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when a connection of ours is not there.
    pub fn put_joins(&self, joins: &[(PlatformConnectionId, Option<Join>)]) -> Result<(), StoreError> {
        if joins.is_empty() {
            return Ok(());
        }
        self.write(|writing| {
            let mut statement = writing.prepare_cached(
                "UPDATE platform_connections SET joined = ?2, join_percent = ?3, join_confirmed = ?4 WHERE id = ?1",
            )?;
            for (id, join) in joins {
                let own = join.as_ref().and_then(|it| it.connection.as_ref()).map(ConnectionId::as_str);
                let percent = join.as_ref().map(|it| it.percent);
                statement.execute((id.as_str(), own, percent, join.as_ref().is_some_and(|it| it.is_confirmed)))?;
            }
            drop(statement);
            bump_wiring(writing)
        })
    }

    /// What a test or a run has shown.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn put_platform_connection_state(
        &self,
        id: &PlatformConnectionId,
        state: &PlatformConnectionState,
    ) -> Result<(), StoreError> {
        let (state, at, words) = written_state(state);
        self.write(|writing| {
            let changed = writing.execute(
                // What is dead still has died when it did.
                "UPDATE platform_connections SET state = ?2, state_words = ?4,
                     state_at = CASE WHEN state = 'dead' AND ?2 = 'dead' THEN min(state_at, ?3) ELSE ?3 END
                 WHERE id = ?1",
                (id.as_str(), state, at, words),
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }
}

impl Store {
    /// Whether any platform's own connection is known to have died.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn has_dead_platform_connections(&self) -> Result<bool, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT 1 FROM platform_connections WHERE state = 'dead' AND gone_at IS NULL LIMIT 1",
            )?;
            Ok(statement.exists([])?)
        })
    }

    /// Whether any is dead, was never signed in, or is missing.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn has_broken_platform_connections(&self) -> Result<bool, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT 1 FROM platform_connections
                 WHERE state IN ('dead', 'never_connected', 'missing') AND gone_at IS NULL LIMIT 1",
            )?;
            Ok(statement.exists([])?)
        })
    }
}

pub(super) fn list(sqlite: &rusqlite::Connection) -> Result<Vec<PlatformConnection>, StoreError> {
    let mut statement = sqlite
        .prepare_cached("SELECT * FROM platform_connections WHERE gone_at IS NULL ORDER BY platform, name, id")?;
    let mut rows = statement.query([])?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(read_platform_connection(row)?);
    }
    Ok(all)
}

/// The word, the moment and what was said.
pub(super) fn written_state(state: &PlatformConnectionState) -> (&'static str, Option<i64>, Option<&str>) {
    match state {
        PlatformConnectionState::Unknown => ("unknown", None, None),
        PlatformConnectionState::Works { at } => ("works", Some(written_moment(*at)), None),
        PlatformConnectionState::Dead { since, words } => ("dead", Some(written_moment(*since)), Some(words)),
        PlatformConnectionState::NeverConnected => ("never_connected", None, None),
        PlatformConnectionState::Missing => ("missing", None, None),
    }
}

fn read_state(row: &Row<'_>) -> Result<PlatformConnectionState, StoreError> {
    let unreadable = || StoreError::Unreadable { column: "state_at" };
    let at = read_optional_moment(row, "state_at")?;
    Ok(match read::<String>(row, "state")?.as_str() {
        "unknown" => PlatformConnectionState::Unknown,
        "works" => PlatformConnectionState::Works { at: at.ok_or_else(unreadable)? },
        "dead" => PlatformConnectionState::Dead {
            since: at.ok_or_else(unreadable)?,
            words: read::<Option<String>>(row, "state_words")?.unwrap_or_default(),
        },
        "never_connected" => PlatformConnectionState::NeverConnected,
        "missing" => PlatformConnectionState::Missing,
        _ => return Err(StoreError::Unreadable { column: "state" }),
    })
}

pub(super) fn read_provenance(row: &Row<'_>) -> Result<Provenance, StoreError> {
    Ok(Provenance {
        source: read_with(row, "source", |text: String| Source::from_text(&text))?,
        seen_at: read_moment(row, "seen_at")?,
        gone_at: read_optional_moment(row, "gone_at")?,
    })
}

fn read_platform_connection(row: &Row<'_>) -> Result<PlatformConnection, StoreError> {
    let percent: Option<u8> = read(row, "join_percent")?;
    let joined = read::<Option<String>>(row, "joined")?.map(ConnectionId::from_text);
    let is_confirmed = read(row, "join_confirmed")?;
    Ok(PlatformConnection {
        id: PlatformConnectionId::from_text(read::<String>(row, "id")?),
        platform: PlatformId::from_text(read::<String>(row, "platform")?),
        external_id: read(row, "external_id")?,
        name: read(row, "name")?,
        kind: read(row, "kind")?,
        provider: read::<Option<String>>(row, "provider")?.map(ProviderId::from_text),
        account: read(row, "account")?,
        owner: read(row, "owner")?,
        state: read_state(row)?,
        page: read(row, "page")?,
        provenance: read_provenance(row)?,
        joined: percent.map(|percent| Join { connection: joined, percent, is_confirmed }),
    })
}
