//! Platforms: where workflows live, and how fresh what is known of each is [D2].

use std::collections::HashMap;

use domain::PlatformId;
use domain::blast_radius::{Platform, PlatformKind, ReadFailure};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};

use super::columns::{read, read_count, read_moment, read_optional_moment, read_with, written_moment};
use super::{Store, StoreError};

/// The setting that counts every change of what the picture is put together from.
const WIRING_REVISION: &str = "wiring_revision";

/// How much of a platform is known, without what is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlatformCounts {
    pub workflows: usize,
    pub connections: usize,
}

impl Store {
    /// # Errors
    /// Any of the store's.
    pub fn insert_platform(&self, platform: &Platform) -> Result<(), StoreError> {
        self.write(|writing| {
            insert(writing, platform)?;
            bump_wiring(writing)
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_platform(&self, id: &PlatformId) -> Result<Option<Platform>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM platforms WHERE id = ?1")?;
            let mut rows = statement.query([id.as_str()])?;
            rows.next()?.map(read_platform).transpose()
        })
    }

    /// By name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_platforms(&self) -> Result<Vec<Platform>, StoreError> {
        self.read(list)
    }

    /// # Errors
    /// Any of the store's.
    pub fn platform_counts(&self) -> Result<HashMap<PlatformId, PlatformCounts>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT platform, count(*) AS workflows, 0 AS connections FROM workflows
                 WHERE gone_at IS NULL GROUP BY platform
                 UNION ALL
                 SELECT platform, 0, count(*) FROM platform_connections WHERE gone_at IS NULL GROUP BY platform",
            )?;
            let mut rows = statement.query([])?;
            let mut counts: HashMap<PlatformId, PlatformCounts> = HashMap::new();
            while let Some(row) = rows.next()? {
                let of = counts.entry(PlatformId::from_text(read::<String>(row, "platform")?)).or_default();
                of.workflows += read_count(row, "workflows")?;
                of.connections += read_count(row, "connections")?;
            }
            Ok(counts)
        })
    }

    /// What a person calls it, and whose it is.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn label_platform(&self, id: &PlatformId, name: &str, customer: Option<&str>) -> Result<(), StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE platforms SET name = ?2, customer = ?3 WHERE id = ?1",
                (id.as_str(), name, customer),
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// A reading did not come to its end: what was known stays, and is old.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_failed_reading(&self, id: &PlatformId, failure: &ReadFailure) -> Result<(), StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE platforms SET failed_at = ?2, failed_words = ?3, failed_streak = ?4, wait_until = ?5,
                     needs_person = ?6 WHERE id = ?1",
                (
                    id.as_str(),
                    written_moment(failure.at),
                    &failure.words,
                    failure.streak,
                    failure.wait_until.map(written_moment),
                    failure.needs_person,
                ),
            )?;
            if changed == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// Whether one cannot be read until a person does something about it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn has_refused_readings(&self) -> Result<bool, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite
                .prepare_cached("SELECT 1 FROM platforms WHERE needs_person <> 0 AND failed_at IS NOT NULL LIMIT 1")?;
            Ok(statement.exists([])?)
        })
    }

    /// It was asked over its API, however that ended.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_asked(&self, id: &PlatformId, at: Timestamp) -> Result<(), StoreError> {
        self.change_platform(id, "UPDATE platforms SET asked_at = ?2 WHERE id = ?1", written_moment(at))
    }

    /// Whether it is read again by itself.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn put_reads_itself(&self, id: &PlatformId, reads_itself: bool) -> Result<(), StoreError> {
        self.change_platform(id, "UPDATE platforms SET reads_itself = ?2 WHERE id = ?1", reads_itself)
    }

    /// A person has done something about what failed: it may be asked again at its next time. What was read stays old.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn forgive_readings(&self, id: &PlatformId) -> Result<(), StoreError> {
        let forgive = "UPDATE platforms SET failed_streak = min(failed_streak, ?2), wait_until = NULL, needs_person = 0
             WHERE id = ?1";
        self.change_platform(id, forgive, 1)
    }

    fn change_platform(&self, id: &PlatformId, update: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
        self.write(|writing| {
            if writing.execute(update, (id.as_str(), &value))? == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// Deletes it with all that is known of it; what happened in incidents stays.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn remove_platform(&self, id: &PlatformId) -> Result<(), StoreError> {
        self.write(|writing| {
            for statement in [
                "DELETE FROM steps WHERE workflow IN (SELECT id FROM workflows WHERE platform = ?1)",
                "DELETE FROM workflow_starts WHERE workflow IN (SELECT id FROM workflows WHERE platform = ?1)",
                "DELETE FROM failed_runs WHERE workflow IN (SELECT id FROM workflows WHERE platform = ?1)",
                "DELETE FROM learned_programs WHERE workflow IN (SELECT id FROM workflows WHERE platform = ?1)",
                "DELETE FROM workflows WHERE platform = ?1",
                "DELETE FROM platform_connections WHERE platform = ?1",
            ] {
                writing.execute(statement, [id.as_str()])?;
            }
            if writing.execute("DELETE FROM platforms WHERE id = ?1", [id.as_str()])? == 0 {
                return Err(StoreError::Gone);
            }
            bump_wiring(writing)
        })
    }

    /// Changes with whatever the picture is put together from, whichever process wrote it; not with the health of our own
    /// connections.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn wiring_revision(&self) -> Result<i64, StoreError> {
        Ok(self.setting(WIRING_REVISION)?.and_then(|it| it.parse().ok()).unwrap_or(0))
    }

    /// Changes with every write, of this process and of others.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn write_mark(&self) -> Result<(i64, u64), StoreError> {
        self.read(|sqlite| {
            let others = sqlite.query_row("PRAGMA data_version", [], |row| row.get(0))?;
            Ok((others, sqlite.total_changes()))
        })
    }
}

pub(super) fn bump_wiring(writing: &Transaction<'_>) -> Result<(), StoreError> {
    writing
        .prepare_cached(
            "INSERT INTO settings (key, value) VALUES (?1, '1')
             ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
        )?
        .execute([WIRING_REVISION])?;
    Ok(())
}

pub(super) fn insert(writing: &Transaction<'_>, platform: &Platform) -> Result<(), StoreError> {
    writing.execute(
        "INSERT INTO platforms (id, kind, name, address, space, customer, added_at, read_at, asked_at, reads_itself)
         VALUES (:id, :kind, :name, :address, :space, :customer, :added_at, :read_at, :asked_at, :reads_itself)",
        named_params! {
            ":id": platform.id.as_str(),
            ":kind": platform.kind.as_str(),
            ":name": platform.name,
            ":address": platform.address,
            ":space": platform.space,
            ":customer": platform.customer,
            ":added_at": written_moment(platform.added_at),
            ":read_at": platform.read_at.map(written_moment),
            ":asked_at": platform.asked_at.map(written_moment),
            ":reads_itself": platform.reads_itself,
        },
    )?;
    Ok(())
}

pub(super) fn list(sqlite: &rusqlite::Connection) -> Result<Vec<Platform>, StoreError> {
    let mut statement = sqlite.prepare_cached("SELECT * FROM platforms ORDER BY name, id")?;
    let mut rows = statement.query([])?;
    let mut platforms = vec![];
    while let Some(row) = rows.next()? {
        platforms.push(read_platform(row)?);
    }
    Ok(platforms)
}

fn read_platform(row: &Row<'_>) -> Result<Platform, StoreError> {
    let failed_at: Option<Timestamp> = read_optional_moment(row, "failed_at")?;
    let failed = match failed_at {
        Some(at) => Some(ReadFailure {
            at,
            words: read::<Option<String>>(row, "failed_words")?.unwrap_or_default(),
            streak: read(row, "failed_streak")?,
            wait_until: read_optional_moment(row, "wait_until")?,
            needs_person: read(row, "needs_person")?,
        }),
        None => None,
    };
    Ok(Platform {
        id: PlatformId::from_text(read::<String>(row, "id")?),
        kind: read_with(row, "kind", |text: String| PlatformKind::from_text(&text))?,
        name: read(row, "name")?,
        address: read(row, "address")?,
        space: read(row, "space")?,
        customer: read(row, "customer")?,
        added_at: read_moment(row, "added_at")?,
        read_at: read_optional_moment(row, "read_at")?,
        asked_at: read_optional_moment(row, "asked_at")?,
        failed,
        reads_itself: read(row, "reads_itself")?,
    })
}
