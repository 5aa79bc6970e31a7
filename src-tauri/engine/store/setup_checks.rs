//! The last check of each client's set-up [C5].

use domain::ClientId;
use domain::diagnosis::setup_check::{SetupLine, SetupPart, Verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::columns::{read_json, read_moment, written_json, written_moment};
use super::{Store, StoreError};

/// One line, as the column holds it.
#[derive(Serialize, Deserialize)]
struct LineColumn {
    part: String,
    verdict: String,
    evidence: String,
    advice: Option<String>,
}

impl Store {
    /// Keeps it in place of the one before.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such client.
    pub fn save_setup_check(&self, client: &ClientId, at: Timestamp, lines: &[SetupLine]) -> Result<(), StoreError> {
        let report = written_json(&lines.iter().map(LineColumn::from).collect::<Vec<_>>(), "report")?;
        self.write(|writing| {
            writing.execute(
                "INSERT OR REPLACE INTO setup_checks (client, at, report) VALUES (?1, ?2, ?3)",
                (client.as_str(), written_moment(at), report),
            )?;
            Ok(())
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_setup_check(&self, client: &ClientId) -> Result<Option<(Timestamp, Vec<SetupLine>)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM setup_checks WHERE client = ?1")?;
            let mut rows = statement.query([client.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let lines: Vec<LineColumn> = read_json(row, "report")?;
            // A part that a later version looks at is left out.
            Ok(Some((read_moment(row, "at")?, lines.into_iter().filter_map(line).collect())))
        })
    }
}

fn line(column: LineColumn) -> Option<SetupLine> {
    Some(SetupLine {
        part: SetupPart::from_text(&column.part)?,
        verdict: Verdict::from_text(&column.verdict)?,
        evidence: column.evidence,
        advice: column.advice,
    })
}

impl From<&SetupLine> for LineColumn {
    fn from(line: &SetupLine) -> Self {
        Self {
            part: line.part.as_str().to_owned(),
            verdict: line.verdict.as_str().to_owned(),
            evidence: line.evidence.clone(),
            advice: line.advice.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, client, store};
    use super::*;

    /// C5
    #[test]
    fn the_last_check_is_kept() {
        let (store, id) = (store(), client().id);
        let line = |verdict| SetupLine {
            part: SetupPart::ClientPair,
            verdict,
            evidence: "400 invalid_grant".into(),
            advice: None,
        };
        store.save_setup_check(&id, at_minute(1), &[line(Verdict::Failed)]).unwrap();

        store.save_setup_check(&id, at_minute(2), &[line(Verdict::Passed)]).unwrap();

        let kept = store.find_setup_check(&id).unwrap().unwrap();
        assert_eq!(kept, (at_minute(2), vec![line(Verdict::Passed)]));
        let nobody = store.save_setup_check(&ClientId::from_random(9), at_minute(2), &[]);
        assert!(matches!(nobody, Err(StoreError::Gone)), "{nobody:?}");
    }
}
