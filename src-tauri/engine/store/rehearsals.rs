//! Each run of a checklist: its matrix as it goes, until when it is good, and why it is good no more [E4].

use domain::ChecklistId;
use domain::diagnosis::CauseLabel;
use domain::rehearsal::{Certificate, HoldEnd, Rehearsal, Withdrawal, certify};
use jiff::Timestamp;
use rusqlite::{Row, named_params};
use serde::{Deserialize, Serialize};

use super::columns::{
    read, read_json, read_moment, read_optional_moment, read_optional_with, read_with, written_json, written_moment,
};
use super::rehearsal_matrix::RunColumn;
use super::{Store, StoreError};

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    UnderWay,
    Ended,
    /// By a person.
    Stopped,
    /// Its process died while it ran.
    CutOff,
}

/// One run as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct RehearsalRecord {
    pub id: i64,
    pub state: RunState,
    pub rehearsal: Rehearsal,
    /// Until when all of them hold, by what, and which is the first to end. `None`: not all of them held.
    pub held: Option<(Timestamp, HoldEnd, Option<usize>)>,
    pub tested_at: Option<Timestamp>,
    pub next_test_at: Option<Timestamp>,
    /// Since when a test could not be made.
    pub doubt_since: Option<Timestamp>,
    pub withdrawal: Option<Withdrawal>,
}

impl RehearsalRecord {
    /// What it came to; `None` while it runs, and where it was cut off.
    pub fn certificate(&self) -> Option<Certificate> {
        match self.held {
            Some((until, by, first)) => {
                Some(Certificate::Holds { count: self.rehearsal.members.len(), until, by, first })
            }
            None => certify(&self.rehearsal, &[]),
        }
    }

    /// Whether it is still good, and tested again.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.withdrawal.is_none() && self.held.is_some_and(|(until, ..)| until > now)
    }
}

#[derive(Serialize, Deserialize)]
struct WithdrawalColumn {
    member: usize,
    seen: String,
    cause: Option<String>,
}

impl Store {
    /// Writes down that a run has begun. Its number.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such checklist.
    pub fn begin_rehearsal(&self, rehearsal: &Rehearsal) -> Result<i64, StoreError> {
        let run = written_json(&RunColumn::from(rehearsal), "run")?;
        self.write(|writing| {
            let written = writing.execute(
                "INSERT INTO rehearsals (checklist, state, started_at, run)
                 SELECT ?1, 'under_way', ?2, ?3 WHERE EXISTS (SELECT 1 FROM checklists WHERE id = ?1)",
                (rehearsal.checklist.as_str(), written_moment(rehearsal.started_at), run),
            )?;
            if written == 0 { Err(StoreError::Gone) } else { Ok(writing.last_insert_rowid()) }
        })
    }

    /// How far it has come. The disk is not waited for: what is lost is a line of a run that was cut off.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn note_rehearsal(&self, id: i64, rehearsal: &Rehearsal) -> Result<(), StoreError> {
        let run = written_json(&RunColumn::from(rehearsal), "run")?;
        self.write_unsynced(|writing| {
            let written = writing.execute("UPDATE rehearsals SET run = ?2 WHERE id = ?1", (id, run))?;
            if written == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    /// It is over: what it came to, and when all of it is tested again.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn end_rehearsal(
        &self,
        id: i64,
        state: RunState,
        rehearsal: &Rehearsal,
        certificate: Option<&Certificate>,
        next_test_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let run = written_json(&RunColumn::from(rehearsal), "run")?;
        let held = match certificate {
            Some(Certificate::Holds { until, by, first, .. }) => Some((*until, *by, *first)),
            Some(Certificate::Mend { .. } | Certificate::Partly { .. }) | None => None,
        };
        self.write(|writing| {
            // An older certificate of the same checklist is not kept beside a newer run.
            writing.execute(
                "UPDATE rehearsals SET next_test_at = NULL
                 WHERE checklist = (SELECT checklist FROM rehearsals WHERE id = ?1) AND id < ?1",
                [id],
            )?;
            let written = writing.execute(
                "UPDATE rehearsals SET state = :state, run = :run, held_until = :until, held_by = :by, held_first = :first,
                     next_test_at = :next_test_at WHERE id = :id",
                named_params! {
                    ":id": id,
                    ":state": state.as_str(),
                    ":run": run,
                    ":until": held.map(|it| written_moment(it.0)),
                    ":by": held.map(|it| it.1.as_str()),
                    ":first": held.and_then(|it| it.2).and_then(|it| i64::try_from(it).ok()),
                    ":next_test_at": held.and(next_test_at).map(written_moment),
                },
            )?;
            if written == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    /// The newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_rehearsals(&self, of: &ChecklistId, limit: usize) -> Result<Vec<RehearsalRecord>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM rehearsals WHERE checklist = ?1 ORDER BY id DESC LIMIT ?2";
        self.read(|sqlite| list(sqlite, sql, (of.as_str(), limit)))
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_rehearsal(&self, id: i64) -> Result<Option<RehearsalRecord>, StoreError> {
        self.read(|sqlite| Ok(list(sqlite, "SELECT * FROM rehearsals WHERE id = ?1", [id])?.pop()))
    }

    /// Runs that nobody has said are over.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_open_rehearsals(&self) -> Result<Vec<RehearsalRecord>, StoreError> {
        self.read(|sqlite| list(sqlite, "SELECT * FROM rehearsals WHERE state = 'under_way' ORDER BY id", []))
    }

    /// Certificates that are tested again some time, the next one first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_kept_certificates(&self) -> Result<Vec<RehearsalRecord>, StoreError> {
        let sql = "SELECT * FROM rehearsals WHERE next_test_at IS NOT NULL ORDER BY next_test_at, id";
        self.read(|sqlite| list(sqlite, sql, []))
    }

    /// Takes the test that is due then: of several processes one gets it. Whether it was this one.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn take_test(&self, id: i64, due_at: Timestamp, next_at: Timestamp) -> Result<bool, StoreError> {
        self.write(|writing| {
            let taken = writing.execute(
                "UPDATE rehearsals SET next_test_at = ?3 WHERE id = ?1 AND next_test_at = ?2",
                (id, written_moment(due_at), written_moment(next_at)),
            )?;
            Ok(taken > 0)
        })
    }

    /// All of it was tested: it holds (`doubt_since` is `None`), or something could not be asked since then.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_test(&self, id: i64, at: Timestamp, doubt_since: Option<Timestamp>) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE rehearsals SET tested_at = CASE WHEN ?3 IS NULL THEN ?2 ELSE tested_at END, doubt_since = ?3
                 WHERE id = ?1",
                (id, written_moment(at), doubt_since.map(written_moment)),
            )?;
            Ok(())
        })
    }

    /// Its time is over, and it held: nothing of it is tested again. Whether it was kept until now.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn let_certificate_go(&self, id: i64) -> Result<bool, StoreError> {
        self.write(|writing| {
            let sql = "UPDATE rehearsals SET next_test_at = NULL WHERE id = ?1 AND next_test_at IS NOT NULL";
            Ok(writing.execute(sql, [id])? > 0)
        })
    }

    /// Withdraws a certificate. False: it was withdrawn before, or there is none.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn withdraw(&self, id: i64, withdrawal: &Withdrawal) -> Result<bool, StoreError> {
        let Withdrawal { at, member, seen, cause } = withdrawal.clone();
        let column = WithdrawalColumn { member, seen, cause: cause.map(|it| it.as_str().to_owned()) };
        let column = written_json(&column, "withdrawal")?;
        self.write(|writing| {
            let written = writing.execute(
                "UPDATE rehearsals SET withdrawn_at = ?2, withdrawal = ?3, next_test_at = NULL
                 WHERE id = ?1 AND withdrawn_at IS NULL AND held_until IS NOT NULL",
                (id, written_moment(at), column),
            )?;
            Ok(written > 0)
        })
    }
}

fn list(
    sqlite: &rusqlite::Connection,
    sql: &str,
    of: impl rusqlite::Params,
) -> Result<Vec<RehearsalRecord>, StoreError> {
    let mut statement = sqlite.prepare_cached(sql)?;
    let mut rows = statement.query(of)?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(read_record(row)?);
    }
    Ok(all)
}

fn read_record(row: &Row<'_>) -> Result<RehearsalRecord, StoreError> {
    let checklist = ChecklistId::from_text(read::<String>(row, "checklist")?);
    let column: RunColumn = read_json(row, "run")?;
    let rehearsal = column.into_rehearsal(checklist, read_moment(row, "started_at")?);
    let until = read_optional_moment(row, "held_until")?;
    let by = read_optional_with(row, "held_by", |it: String| HoldEnd::from_text(&it))?;
    let first = read_optional_with(row, "held_first", |it: i64| usize::try_from(it).ok())?;
    let withdrawn_at = read_optional_moment(row, "withdrawn_at")?;
    let withdrawal =
        read_optional_with(row, "withdrawal", |it: String| serde_json::from_str::<WithdrawalColumn>(&it).ok())?;
    Ok(RehearsalRecord {
        id: read(row, "id")?,
        state: read_with(row, "state", |it: String| RunState::from_text(&it))?,
        rehearsal: rehearsal.ok_or(StoreError::Unreadable { column: "run" })?,
        held: until.zip(by).map(|(until, by)| (until, by, first)),
        tested_at: read_optional_moment(row, "tested_at")?,
        next_test_at: read_optional_moment(row, "next_test_at")?,
        doubt_since: read_optional_moment(row, "doubt_since")?,
        withdrawal: withdrawn_at.zip(withdrawal).map(|(at, WithdrawalColumn { member, seen, cause })| {
            let cause = cause.as_deref().and_then(CauseLabel::from_text);
            Withdrawal { at, member, seen, cause }
        }),
    })
}

impl RunState {
    fn as_str(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::CutOff => "cut_off",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::UnderWay, Self::Ended, Self::Stopped, Self::CutOff].into_iter().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::blast_radius::Uses;
    use domain::provider::trial_object::TrialAct;
    use domain::rehearsal::{Ability, AfterFailure, Checklist, Hold, Member, Step, StepAnswer, StepState};
    use domain::token::Expiry;
    use domain::token::durability::GrantEnd;
    use domain::{ConnectionId, PlatformConnectionId};

    use super::*;
    use crate::store::test_values::at_minute;

    fn checklist() -> Checklist {
        Checklist {
            id: ChecklistId::from_random(1),
            name: "Demo".into(),
            customer: Some("Halden".into()),
            members: vec![
                Member {
                    uses: Uses::Connection(ConnectionId::from_random(1)),
                    name: "Drive".into(),
                    steps: vec![Step::Account, Step::Object, Step::Own("Invoices".into())],
                    account: None,
                    workspace: None,
                    told: vec![],
                    own_calls: vec![],
                },
                Member {
                    uses: Uses::PlatformConnection(PlatformConnectionId::from_random(2)),
                    name: "Drive in n8n".into(),
                    steps: vec![Step::Account, Step::CleanLog],
                    account: None,
                    workspace: None,
                    told: vec![],
                    own_calls: vec![],
                },
            ],
            hold_for: Duration::from_secs(3600),
            after_failure: AfterFailure::GoOn,
            signs_out_first: true,
            created_at: at_minute(0),
        }
    }

    fn begun(store: &Store) -> (i64, Rehearsal) {
        store.save_checklist(&checklist()).unwrap();
        let able = [vec![Ability::Identity, Ability::Call], vec![Ability::Identity]];
        let rehearsal = Rehearsal::begin(&checklist(), &able, at_minute(0));
        (store.begin_rehearsal(&rehearsal).unwrap(), rehearsal)
    }

    fn passed() -> StepState {
        StepState::Passed { took: Duration::from_millis(190), seen: "it is".into() }
    }

    fn to_its_end(rehearsal: &mut Rehearsal) {
        while rehearsal.start_next(at_minute(1)).is_some() {
            rehearsal.note(passed(), StepAnswer::default(), at_minute(2));
        }
    }

    /// E4: killed in the middle, it is known how far it had come.
    #[test]
    fn a_run_is_kept_as_it_goes() {
        let store = Store::in_memory().unwrap();
        let (id, mut rehearsal) = begun(&store);
        rehearsal.start_next(at_minute(1));
        let answer = StepAnswer {
            http_status: Some(200),
            request_id: Some("a7f3".into()),
            act: Some(TrialAct::Remove),
            is_removal_unread: true,
        };
        rehearsal.note(passed(), answer, at_minute(1));
        rehearsal.start_next(at_minute(1));
        store.note_rehearsal(id, &rehearsal).unwrap();

        let open = store.list_open_rehearsals().unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].id, open[0].state, &open[0].rehearsal), (id, RunState::UnderWay, &rehearsal));

        let cause = Some(CauseLabel::InsufficientScope);
        let failed = StepState::Failed { took: Duration::from_secs(1), seen: "403".into(), cause };
        rehearsal.note(failed, StepAnswer::default(), at_minute(2));
        to_its_end(&mut rehearsal);
        let certificate = certify(&rehearsal, &[]);
        store.end_rehearsal(id, RunState::Ended, &rehearsal, certificate.as_ref(), Some(at_minute(7))).unwrap();

        let record = store.find_rehearsal(id).unwrap().unwrap();
        assert_eq!((record.state, record.certificate(), record.held), (RunState::Ended, certificate, None));
        assert_eq!(store.list_kept_certificates().unwrap(), [], "what failed is not kept warm");
        assert_eq!(store.list_open_rehearsals().unwrap(), []);
        let removed = store.remove_checklist(&checklist().id).unwrap().unwrap();
        assert_eq!(store.find_rehearsal(id).unwrap(), None);
        assert!(matches!(store.begin_rehearsal(&rehearsal), Err(StoreError::Gone)));

        store.save_checklist(&Checklist { id: ChecklistId::from_random(9), ..checklist() }).unwrap();
        assert!(matches!(store.restore_checklist(&removed), Err(StoreError::NameTaken)), "its name is another one's");
        assert_eq!(store.find_rehearsal(id).unwrap(), None);
        store.remove_checklist(&ChecklistId::from_random(9)).unwrap();
        store.restore_checklist(&removed).unwrap();
        assert_eq!(store.find_rehearsal(id).unwrap(), Some(record), "as it was, with its number");
        assert_eq!(store.begin_rehearsal(&rehearsal).unwrap(), id + 1, "and no number is given twice");
    }

    /// E4: one process tests it, and a withdrawal is final.
    #[test]
    fn a_certificate_is_tested_by_one_and_withdrawn_once() {
        let store = Store::in_memory().unwrap();
        let (id, mut rehearsal) = begun(&store);
        to_its_end(&mut rehearsal);
        let hold = Hold { grant_end: GrantEnd::At(at_minute(50)), token_end: Expiry::Unknown, is_renewed: true };
        let certificate = certify(&rehearsal, &[hold, hold]);
        store.end_rehearsal(id, RunState::Ended, &rehearsal, certificate.as_ref(), Some(at_minute(7))).unwrap();

        let kept = store.list_kept_certificates().unwrap();
        assert_eq!(kept[0].held, Some((at_minute(50), HoldEnd::Grant, Some(0))));
        assert_eq!(kept[0].certificate(), certificate);
        assert!(kept[0].is_good(at_minute(49)) && !kept[0].is_good(at_minute(50)));
        assert!(store.take_test(id, at_minute(7), at_minute(12)).unwrap());
        assert!(!store.take_test(id, at_minute(7), at_minute(12)).unwrap(), "another process has it");
        store.note_test(id, at_minute(8), None).unwrap();
        store.note_test(id, at_minute(13), Some(at_minute(13))).unwrap();
        let record = store.find_rehearsal(id).unwrap().unwrap();
        assert_eq!((record.tested_at, record.doubt_since), (Some(at_minute(8)), Some(at_minute(13))));

        let cause = Some(CauseLabel::GrantRevoked);
        let withdrawal = Withdrawal { at: at_minute(14), member: 1, seen: "it is dead".into(), cause };
        assert!(store.withdraw(id, &withdrawal).unwrap());
        assert!(!store.withdraw(id, &Withdrawal { member: 0, ..withdrawal.clone() }).unwrap());
        let record = store.find_rehearsal(id).unwrap().unwrap();
        assert!(!record.is_good(at_minute(20)));
        assert_eq!(record.withdrawal, Some(withdrawal));
        assert_eq!(store.list_kept_certificates().unwrap(), []);
        assert_eq!(store.list_rehearsals(&checklist().id, 9).unwrap().len(), 1);
    }

    #[test]
    fn a_newer_run_takes_the_place_of_an_older_certificate() {
        let store = Store::in_memory().unwrap();
        let mut ids = vec![];
        for _ in 0..2 {
            let (id, mut rehearsal) = begun(&store);
            to_its_end(&mut rehearsal);
            let certificate = certify(&rehearsal, &[]);
            store.end_rehearsal(id, RunState::Ended, &rehearsal, certificate.as_ref(), Some(at_minute(7))).unwrap();
            ids.push(id);
        }
        let kept: Vec<_> = store.list_kept_certificates().unwrap().into_iter().map(|it| it.id).collect();
        assert_eq!(kept, ids[1..]);
        assert!(store.let_certificate_go(ids[1]).unwrap() && !store.let_certificate_go(ids[1]).unwrap());
    }
}
