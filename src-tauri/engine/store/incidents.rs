//! Incidents: one death of one connection each, and what became of every workflow that it stopped [D4, D6].

use domain::blast_radius::Uses;
use domain::blast_radius::incident::{Affected, Canary, Incident};
use domain::diagnosis::CauseLabel;
use domain::{ConnectionId, IncidentId, PlatformConnectionId, WorkflowId};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};

use super::columns::{read, read_moment, read_optional_moment, read_optional_with, written_moment};
use super::{Store, StoreError};

impl Store {
    /// Opens it, unless one of the same connection is open. Whether it was opened.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn open_incident(&self, incident: &Incident) -> Result<bool, StoreError> {
        let (own, theirs) = ids_of(&incident.uses);
        self.write(|writing| {
            let opened = writing.execute(
                "INSERT INTO incidents (id, connection, platform_connection, name, cause, opened_at, last_good_at,
                     first_bad_at, repaired_at, canary_at, canary_worked, closed_at, note)
                 VALUES (:id, :connection, :platform_connection, :name, :cause, :opened_at, :last_good_at, :first_bad_at,
                     :repaired_at, :canary_at, :canary_worked, :closed_at, :note)
                 ON CONFLICT DO NOTHING",
                named_params! {
                    ":id": incident.id.as_str(),
                    ":connection": own,
                    ":platform_connection": theirs,
                    ":name": incident.name,
                    ":cause": incident.cause.map(CauseLabel::as_str),
                    ":opened_at": written_moment(incident.opened_at),
                    ":last_good_at": incident.last_good_at.map(written_moment),
                    ":first_bad_at": incident.first_bad_at.map(written_moment),
                    ":repaired_at": incident.repaired_at.map(written_moment),
                    ":canary_at": incident.canary.map(|it| written_moment(it.at)),
                    ":canary_worked": incident.canary.map(|it| it.worked),
                    ":closed_at": incident.closed_at.map(written_moment),
                    ":note": incident.note,
                },
            )? > 0;
            if opened {
                put_affected(writing, incident)?;
            }
            Ok(opened)
        })
    }

    /// The newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_incidents(&self) -> Result<Vec<Incident>, StoreError> {
        self.read(|sqlite| list(sqlite, "SELECT * FROM incidents ORDER BY opened_at DESC, id", []))
    }

    /// # Errors
    /// Any of the store's.
    pub fn list_open_incidents(&self) -> Result<Vec<Incident>, StoreError> {
        self.read(|sqlite| {
            list(sqlite, "SELECT * FROM incidents WHERE closed_at IS NULL ORDER BY opened_at DESC, id", [])
        })
    }

    /// When the last closed incident about it was repaired, if it was, and when it was closed.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn last_closed_incident(&self, uses: &Uses) -> Result<Option<(Option<Timestamp>, Timestamp)>, StoreError> {
        let (own, theirs) = ids_of(uses);
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT repaired_at, closed_at FROM incidents
                 WHERE coalesce(connection, platform_connection) = ?1 AND closed_at IS NOT NULL
                 ORDER BY closed_at DESC LIMIT 1",
            )?;
            let mut rows = statement.query([own.or(theirs)])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some((read_optional_moment(row, "repaired_at")?, read_moment(row, "closed_at")?)))
        })
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        self.read(|sqlite| Ok(list(sqlite, "SELECT * FROM incidents WHERE id = ?1", [id.as_str()])?.pop()))
    }

    /// Reads it, lets it be changed and writes it back, in one transaction. What it became.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn change_incident(&self, id: &IncidentId, change: impl FnOnce(&mut Incident)) -> Result<Incident, StoreError> {
        self.write(|writing| {
            let mut found = list(writing, "SELECT * FROM incidents WHERE id = ?1", [id.as_str()])?;
            let mut incident = found.pop().ok_or(StoreError::Gone)?;
            change(&mut incident);
            writing.execute(
                "UPDATE incidents SET cause = :cause, last_good_at = :last_good_at, first_bad_at = :first_bad_at,
                     repaired_at = :repaired_at, canary_at = :canary_at, canary_worked = :canary_worked,
                     closed_at = :closed_at, note = :note WHERE id = :id",
                named_params! {
                    ":id": id.as_str(),
                    ":cause": incident.cause.map(CauseLabel::as_str),
                    ":last_good_at": incident.last_good_at.map(written_moment),
                    ":first_bad_at": incident.first_bad_at.map(written_moment),
                    ":repaired_at": incident.repaired_at.map(written_moment),
                    ":canary_at": incident.canary.map(|it| written_moment(it.at)),
                    ":canary_worked": incident.canary.map(|it| it.worked),
                    ":closed_at": incident.closed_at.map(written_moment),
                    ":note": incident.note,
                },
            )?;
            put_affected(writing, &incident)?;
            Ok(incident)
        })
    }
}

fn put_affected(writing: &Transaction<'_>, incident: &Incident) -> Result<(), StoreError> {
    writing.execute("DELETE FROM incident_workflows WHERE incident = ?1", [incident.id.as_str()])?;
    let mut insert = writing.prepare_cached(
        "INSERT INTO incident_workflows (incident, workflow, place, name, platform, customer, failed_runs, paused_at,
             resumed_at, validated_at, replayed_at)
         VALUES (:incident, :workflow, :place, :name, :platform, :customer, :failed_runs, :paused_at, :resumed_at,
             :validated_at, :replayed_at)
         ON CONFLICT DO NOTHING",
    )?;
    for (place, it) in (0_i64..).zip(&incident.affected) {
        insert.execute(named_params! {
            ":incident": incident.id.as_str(),
            ":workflow": it.workflow.as_str(),
            ":place": place,
            ":name": it.name,
            ":platform": it.platform,
            ":customer": it.customer,
            ":failed_runs": it.failed_runs,
            ":paused_at": it.paused_at.map(written_moment),
            ":resumed_at": it.resumed_at.map(written_moment),
            ":validated_at": it.validated_at.map(written_moment),
            ":replayed_at": it.replayed_at.map(written_moment),
        })?;
    }
    Ok(())
}

fn list(
    sqlite: &rusqlite::Connection,
    statement: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Incident>, StoreError> {
    let mut statement = sqlite.prepare_cached(statement)?;
    let mut affected =
        sqlite.prepare_cached("SELECT * FROM incident_workflows WHERE incident = ?1 ORDER BY place, workflow")?;
    let mut rows = statement.query(parameters)?;
    let mut incidents = vec![];
    while let Some(row) = rows.next()? {
        let mut incident = read_incident(row)?;
        let mut workflows = affected.query([incident.id.as_str()])?;
        while let Some(row) = workflows.next()? {
            incident.affected.push(read_affected(row)?);
        }
        incidents.push(incident);
    }
    Ok(incidents)
}

fn ids_of(uses: &Uses) -> (Option<&str>, Option<&str>) {
    match uses {
        Uses::Connection(id) => (Some(id.as_str()), None),
        Uses::PlatformConnection(id) => (None, Some(id.as_str())),
    }
}

fn read_incident(row: &Row<'_>) -> Result<Incident, StoreError> {
    let uses = match read::<Option<String>>(row, "connection")? {
        Some(own) => Uses::Connection(ConnectionId::from_text(own)),
        None => Uses::PlatformConnection(PlatformConnectionId::from_text(read::<String>(row, "platform_connection")?)),
    };
    Ok(Incident {
        id: IncidentId::from_text(read::<String>(row, "id")?),
        uses,
        name: read(row, "name")?,
        cause: read_optional_with(row, "cause", |text: String| CauseLabel::from_text(&text))?,
        opened_at: read_moment(row, "opened_at")?,
        last_good_at: read_optional_moment(row, "last_good_at")?,
        first_bad_at: read_optional_moment(row, "first_bad_at")?,
        repaired_at: read_optional_moment(row, "repaired_at")?,
        canary: match (read_optional_moment(row, "canary_at")?, read::<Option<bool>>(row, "canary_worked")?) {
            (Some(at), Some(worked)) => Some(Canary { at, worked }),
            (None, _) | (_, None) => None,
        },
        closed_at: read_optional_moment(row, "closed_at")?,
        note: read(row, "note")?,
        affected: vec![],
    })
}

fn read_affected(row: &Row<'_>) -> Result<Affected, StoreError> {
    Ok(Affected {
        workflow: WorkflowId::from_text(read::<String>(row, "workflow")?),
        name: read(row, "name")?,
        platform: read(row, "platform")?,
        customer: read(row, "customer")?,
        failed_runs: read(row, "failed_runs")?,
        paused_at: read_optional_moment(row, "paused_at")?,
        resumed_at: read_optional_moment(row, "resumed_at")?,
        validated_at: read_optional_moment(row, "validated_at")?,
        replayed_at: read_optional_moment(row, "replayed_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn incident(number: u64) -> Incident {
        let affected = |number, name: &str| Affected {
            workflow: WorkflowId::from_random(number),
            name: name.to_owned(),
            platform: "n8n".to_owned(),
            customer: None,
            failed_runs: 3,
            paused_at: Some(at_minute(4)),
            resumed_at: None,
            validated_at: None,
            replayed_at: None,
        };
        Incident {
            id: IncidentId::from_random(number),
            uses: Uses::Connection(connection().id),
            name: "Drive".to_owned(),
            cause: Some(CauseLabel::GrantRevoked),
            opened_at: at_minute(3),
            last_good_at: Some(at_minute(1)),
            first_bad_at: Some(at_minute(2)),
            repaired_at: None,
            canary: None,
            closed_at: None,
            note: None,
            affected: vec![affected(2, "Orders"), affected(1, "Invoices")],
        }
    }

    /// D4: what several processes see at once is one incident.
    #[test]
    fn a_connection_has_one_open_incident_at_a_time() {
        let store = store();
        assert!(store.open_incident(&incident(1)).unwrap());
        assert!(!store.open_incident(&incident(2)).unwrap(), "it is the same one");
        assert_eq!(store.list_open_incidents().unwrap(), [incident(1)], "in the order of validation");

        let changed = store
            .change_incident(&incident(1).id, |it| {
                it.repaired_at = Some(at_minute(9));
                it.affected[0].validated_at = Some(at_minute(10));
                it.canary = Some(Canary { at: at_minute(9), worked: true });
                it.note = Some("The password was changed.".to_owned());
                it.closed_at = Some(at_minute(11));
            })
            .unwrap();

        assert_eq!(store.find_incident(&incident(1).id).unwrap(), Some(changed));
        assert_eq!(store.list_open_incidents().unwrap(), []);
        let last = store.last_closed_incident(&incident(1).uses).unwrap();
        assert_eq!(last, Some((Some(at_minute(9)), at_minute(11))), "repaired, then closed");
        assert!(store.open_incident(&incident(2)).unwrap(), "the next death is another one");
        assert_eq!(store.list_incidents().unwrap().len(), 2);
        let gone = store.change_incident(&IncidentId::from_random(9), |_| {});
        assert!(matches!(gone, Err(StoreError::Gone)));
    }
}
