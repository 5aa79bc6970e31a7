//! Rotations of client secrets: which of two places in the keychain is used, and how far each rotation is [E5].

use domain::ClientId;
use domain::connection::client_rotation::{RotationLine, RotationStage, SecretRotation, SecretSlot, Tried};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::{Deserialize, Serialize};

use super::columns::{read, read_json, read_moment, read_with, written_json, written_moment};
use super::{Store, StoreError};

/// One line of a report, as the column holds it.
#[derive(Serialize, Deserialize)]
struct LineColumn {
    at: i64,
    tried: String,
    well: Option<bool>,
    evidence: String,
}

impl Store {
    /// Where the secret in use lies.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn client_secret_slot(&self, client: &ClientId) -> Result<SecretSlot, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT secret_slot FROM clients WHERE id = ?1")?;
            let slot = statement.query_row([client.as_str()], |row| row.get(0)).optional()?.ok_or(StoreError::Gone)?;
            SecretSlot::from_number(slot).ok_or(StoreError::Unreadable { column: "secret_slot" })
        })
    }

    /// Says that a new secret is about to be written beside the one in use; an intent before is replaced.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn begin_rotation(&self, client: &ClientId, at: Timestamp) -> Result<SecretSlot, StoreError> {
        self.write(|writing| {
            let used: u8 =
                writing.query_row("SELECT secret_slot FROM clients WHERE id = ?1", [client.as_str()], |r| r.get(0))?;
            let used = SecretSlot::from_number(used).ok_or(StoreError::Unreadable { column: "secret_slot" })?;
            let slot = used.other();
            // What was to be erased there is written over.
            writing.execute(
                "DELETE FROM outlived_secrets WHERE client = ?1 AND slot = ?2",
                (client.as_str(), slot.as_number()),
            )?;
            writing.execute(
                "INSERT OR REPLACE INTO secret_rotations (client, stage, new_slot, staged_at)
                 VALUES (?1, 'staging', ?2, ?3)",
                (client.as_str(), slot.as_number(), written_moment(at)),
            )?;
            Ok(slot)
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_rotation(&self, client: &ClientId) -> Result<Option<SecretRotation>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM secret_rotations WHERE client = ?1")?;
            let mut rows = statement.query([client.as_str()])?;
            rows.next()?.map(read_rotation).transpose()
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn list_rotations(&self) -> Result<Vec<SecretRotation>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM secret_rotations ORDER BY client")?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(read_rotation(row)?);
            }
            Ok(all)
        })
    }

    /// Writes down how far it is and what was seen. Where it is switched, the pointer to the secret in use moves
    /// with it, and back where it is not: one transaction.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it was ended meanwhile.
    pub fn save_rotation(&self, rotation: &SecretRotation) -> Result<(), StoreError> {
        let report = rotation.report.iter().map(LineColumn::from).collect::<Vec<_>>();
        let report = written_json(&report, "report")?;
        let used = if rotation.is_switched() { rotation.new_slot } else { rotation.new_slot.other() };
        self.write(|writing| {
            let updated = writing.execute(
                "UPDATE secret_rotations SET stage = ?2, tested_at = ?3, switched_at = ?4, report = ?5
                 WHERE client = ?1",
                (
                    rotation.client.as_str(),
                    rotation.stage.as_str(),
                    rotation.tested_at.map(written_moment),
                    rotation.switched_at.map(written_moment),
                    report,
                ),
            )?;
            if updated == 0 {
                return Err(StoreError::Gone);
            }
            writing.execute(
                "UPDATE clients SET secret_slot = ?2 WHERE id = ?1",
                (rotation.client.as_str(), used.as_number()),
            )?;
            Ok(())
        })
    }

    /// Ends it with the secret in this place in use; the other is noted as outlived.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn end_rotation(&self, client: &ClientId, used: SecretSlot) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute("DELETE FROM secret_rotations WHERE client = ?1", [client.as_str()])?;
            writing
                .execute("UPDATE clients SET secret_slot = ?2 WHERE id = ?1", (client.as_str(), used.as_number()))?;
            note_outlived(writing, client, used.other())
        })
    }

    /// Secrets that are used no more, and may still be in the keychain.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_outlived_secrets(&self) -> Result<Vec<(ClientId, SecretSlot)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM outlived_secrets ORDER BY client, slot")?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                let slot = read_with(row, "slot", SecretSlot::from_number)?;
                all.push((ClientId::from_text(read::<String>(row, "client")?), slot));
            }
            Ok(all)
        })
    }

    /// The keychain holds it no more.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn confirm_secret_erased(&self, client: &ClientId, slot: SecretSlot) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "DELETE FROM outlived_secrets WHERE client = ?1 AND slot = ?2",
                (client.as_str(), slot.as_number()),
            )?;
            Ok(())
        })
    }
}

/// To be erased from the keychain.
pub(super) fn note_outlived(writing: &Transaction<'_>, client: &ClientId, slot: SecretSlot) -> Result<(), StoreError> {
    writing.execute(
        "INSERT OR IGNORE INTO outlived_secrets (client, slot) VALUES (?1, ?2)",
        (client.as_str(), slot.as_number()),
    )?;
    Ok(())
}

fn read_rotation(row: &Row<'_>) -> Result<SecretRotation, StoreError> {
    let moment = |column| {
        read::<Option<i64>>(row, column)?
            .map(|at| Timestamp::from_millisecond(at).map_err(|_| StoreError::Unreadable { column }))
            .transpose()
    };
    let report: Vec<LineColumn> = read_json(row, "report")?;
    Ok(SecretRotation {
        client: ClientId::from_text(read::<String>(row, "client")?),
        stage: read_with(row, "stage", |text: String| RotationStage::from_text(&text))?,
        new_slot: read_with(row, "new_slot", SecretSlot::from_number)?,
        staged_at: read_moment(row, "staged_at")?,
        tested_at: moment("tested_at")?,
        switched_at: moment("switched_at")?,
        report: report
            .into_iter()
            .map(line)
            .collect::<Option<_>>()
            .ok_or(StoreError::Unreadable { column: "report" })?,
    })
}

fn line(column: LineColumn) -> Option<RotationLine> {
    Some(RotationLine {
        at: Timestamp::from_millisecond(column.at).ok()?,
        tried: Tried::from_text(&column.tried)?,
        is_well: column.well,
        evidence: column.evidence,
    })
}

impl From<&RotationLine> for LineColumn {
    fn from(line: &RotationLine) -> Self {
        Self {
            at: written_moment(line.at),
            tried: line.tried.as_str().to_owned(),
            well: line.is_well,
            evidence: line.evidence.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, client, store};
    use super::*;

    /// E5: the pointer moves with the stage, and back; what is left over is known.
    #[test]
    fn the_pointer_moves_with_the_rotation_in_one_step() {
        let (store, id) = (store(), client().id);
        assert_eq!(store.begin_rotation(&id, at_minute(1)).unwrap(), SecretSlot::Second);
        let staging = store.find_rotation(&id).unwrap().unwrap();
        assert_eq!(staging.stage, RotationStage::Staging);
        let line = RotationLine {
            at: at_minute(2),
            tried: Tried::NewPair,
            is_well: Some(true),
            evidence: "400 invalid_grant".into(),
        };
        let switched = SecretRotation {
            stage: RotationStage::Switched,
            tested_at: Some(at_minute(2)),
            switched_at: Some(at_minute(3)),
            report: vec![line],
            ..staging
        };

        store.save_rotation(&switched).unwrap();

        assert_eq!(store.list_rotations().unwrap(), std::slice::from_ref(&switched));
        assert_eq!(store.client_secret_slot(&id).unwrap(), SecretSlot::Second);
        store.end_rotation(&id, SecretSlot::First).unwrap();
        assert_eq!(store.client_secret_slot(&id).unwrap(), SecretSlot::First, "gone back");
        assert_eq!(store.list_outlived_secrets().unwrap(), [(id.clone(), SecretSlot::Second)]);
        assert!(matches!(store.save_rotation(&switched), Err(StoreError::Gone)), "it has ended");
        store.confirm_secret_erased(&id, SecretSlot::Second).unwrap();
        assert_eq!(store.list_outlived_secrets().unwrap(), []);
    }
}
