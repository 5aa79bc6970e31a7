//! Checklists: what is tried of which connections [E4].

use std::time::Duration;

use domain::blast_radius::Uses;
use domain::provider::trial_object::TrialMethod;
use domain::rehearsal::{AfterFailure, Checklist, Expected, ExpectedAccount, Member, OwnCall, Step};
use domain::{ChecklistId, ConnectionId, PlatformConnectionId};
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};

use super::columns::{read, read_json, read_moment, read_with, written_json, written_moment};
use super::{Store, StoreError};

/// A call of a person's own as JSON text.
#[derive(Serialize, Deserialize)]
struct OwnCallColumn {
    name: String,
    method: String,
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<(String, String)>,
}

impl Store {
    /// Stores it, or what became of it.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another one is called so.
    pub fn save_checklist(&self, checklist: &Checklist) -> Result<(), StoreError> {
        self.write(|writing| {
            let twin: Option<String> = writing
                .query_row(
                    "SELECT id FROM checklists WHERE name = ?1 AND id <> ?2",
                    [&checklist.name, checklist.id.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            if twin.is_some() {
                return Err(StoreError::NameTaken);
            }
            writing.execute(
                "INSERT INTO checklists (id, name, customer, hold_for_s, after_failure, signs_out_first, created_at)
                 VALUES (:id, :name, :customer, :hold_for_s, :after_failure, :signs_out_first, :created_at)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, customer = excluded.customer,
                     hold_for_s = excluded.hold_for_s, after_failure = excluded.after_failure,
                     signs_out_first = excluded.signs_out_first",
                named_params! {
                    ":id": checklist.id.as_str(),
                    ":name": checklist.name,
                    ":customer": checklist.customer,
                    ":hold_for_s": i64::try_from(checklist.hold_for.as_secs()).unwrap_or(i64::MAX),
                    ":after_failure": after_failure_word(checklist.after_failure),
                    ":signs_out_first": checklist.signs_out_first,
                    ":created_at": written_moment(checklist.created_at),
                },
            )?;
            put_members(writing, checklist)
        })
    }

    /// By name.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_checklists(&self) -> Result<Vec<Checklist>, StoreError> {
        self.read(|sqlite| list(sqlite, "SELECT * FROM checklists ORDER BY name, id", []))
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_checklist(&self, id: &ChecklistId) -> Result<Option<Checklist>, StoreError> {
        self.read(|sqlite| Ok(list(sqlite, "SELECT * FROM checklists WHERE id = ?1", [id.as_str()])?.pop()))
    }
}

pub(super) fn list(
    sqlite: &rusqlite::Connection,
    sql: &str,
    of: impl rusqlite::Params,
) -> Result<Vec<Checklist>, StoreError> {
    let mut statement = sqlite.prepare_cached(sql)?;
    let mut rows = statement.query(of)?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        let mut checklist = read_checklist(row)?;
        checklist.members = members_of(sqlite, &checklist.id)?;
        all.push(checklist);
    }
    Ok(all)
}

fn put_members(writing: &Transaction<'_>, checklist: &Checklist) -> Result<(), StoreError> {
    writing.execute("DELETE FROM checklist_members WHERE checklist = ?1", [checklist.id.as_str()])?;
    let mut insert = writing.prepare_cached(
        "INSERT INTO checklist_members (checklist, place, connection, platform_connection, name, steps, account,
             account_domain, workspace, told, own_calls)
         VALUES (:checklist, :place, :connection, :platform_connection, :name, :steps, :account, :account_domain,
             :workspace, :told, :own_calls)",
    )?;
    for (place, member) in (0_i64..).zip(&checklist.members) {
        let (own, theirs) = match &member.uses {
            Uses::Connection(id) => (Some(id.as_str()), None),
            Uses::PlatformConnection(id) => (None, Some(id.as_str())),
        };
        let (account, domain) = match &member.account {
            Some(ExpectedAccount::Named(name)) => (Some(name), None),
            Some(ExpectedAccount::OfDomain(domain)) => (None, Some(domain)),
            None => (None, None),
        };
        let steps: Vec<_> = member.steps.iter().map(Step::written).collect();
        let own_calls: Vec<_> = member.own_calls.iter().map(OwnCallColumn::from).collect();
        insert.execute(named_params! {
            ":checklist": checklist.id.as_str(),
            ":place": place,
            ":connection": own,
            ":platform_connection": theirs,
            ":name": member.name,
            ":steps": written_json(&steps, "steps")?,
            ":account": account,
            ":account_domain": domain,
            ":workspace": member.workspace,
            ":told": written_json(&member.told, "told")?,
            ":own_calls": written_json(&own_calls, "own_calls")?,
        })?;
    }
    Ok(())
}

fn members_of(sqlite: &rusqlite::Connection, id: &ChecklistId) -> Result<Vec<Member>, StoreError> {
    let mut statement = sqlite.prepare_cached("SELECT * FROM checklist_members WHERE checklist = ?1 ORDER BY place")?;
    let mut rows = statement.query([id.as_str()])?;
    let mut members = vec![];
    while let Some(row) = rows.next()? {
        let own: Option<String> = read(row, "connection")?;
        let uses = match own {
            Some(id) => Uses::Connection(ConnectionId::from_text(id)),
            None => {
                Uses::PlatformConnection(PlatformConnectionId::from_text(read::<String>(row, "platform_connection")?))
            }
        };
        let account: Option<String> = read(row, "account")?;
        let domain: Option<String> = read(row, "account_domain")?;
        let steps: Vec<String> = read_json(row, "steps")?;
        members.push(Member {
            uses,
            name: read(row, "name")?,
            // A step that a newer Patchbay wrote is left out.
            steps: steps.iter().filter_map(|it| Step::from_text(it)).collect(),
            account: account.map(ExpectedAccount::Named).or(domain.map(ExpectedAccount::OfDomain)),
            workspace: read(row, "workspace")?,
            told: read_json(row, "told")?,
            own_calls: read_json::<Vec<OwnCallColumn>>(row, "own_calls")?
                .into_iter()
                .map(|it| it.into_call().ok_or(StoreError::Unreadable { column: "own_calls" }))
                .collect::<Result<_, _>>()?,
        });
    }
    Ok(members)
}

fn read_checklist(row: &Row<'_>) -> Result<Checklist, StoreError> {
    Ok(Checklist {
        id: ChecklistId::from_text(read::<String>(row, "id")?),
        name: read(row, "name")?,
        customer: read(row, "customer")?,
        members: vec![],
        hold_for: read_with(row, "hold_for_s", |it: i64| u64::try_from(it).ok().map(Duration::from_secs))?,
        after_failure: read_with(row, "after_failure", |it: String| after_failure(&it))?,
        signs_out_first: read(row, "signs_out_first")?,
        created_at: read_moment(row, "created_at")?,
    })
}

fn after_failure_word(of: AfterFailure) -> &'static str {
    match of {
        AfterFailure::GoOn => "go_on",
        AfterFailure::Stop => "stop",
    }
}

fn after_failure(word: &str) -> Option<AfterFailure> {
    [AfterFailure::GoOn, AfterFailure::Stop].into_iter().find(|it| after_failure_word(*it) == word)
}

impl From<&OwnCall> for OwnCallColumn {
    fn from(call: &OwnCall) -> Self {
        let OwnCall { name, method, url, body, expected: Expected { status, text, values } } = call.clone();
        Self { name, method: method.as_str().to_owned(), url, body, status, text, values }
    }
}

impl OwnCallColumn {
    fn into_call(self) -> Option<OwnCall> {
        let Self { name, method, url, body, status, text, values } = self;
        let method = TrialMethod::from_text(&method)?;
        Some(OwnCall { name, method, url, body, expected: Expected { status, text, values } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_values::{at_minute, store};

    fn checklist(number: u64, name: &str) -> Checklist {
        let own = Member {
            uses: Uses::Connection(ConnectionId::from_random(1)),
            name: "Drive".into(),
            steps: vec![Step::Account, Step::SignInAgain, Step::Own("Open invoices".into())],
            account: Some(ExpectedAccount::OfDomain("haldenoptik.no".into())),
            workspace: Some("Halden Optik".into()),
            told: vec![("page".into(), "1a2b".into())],
            own_calls: vec![OwnCall {
                name: "Open invoices".into(),
                method: TrialMethod::Patch,
                url: "https://api.example/invoices?open=1".into(),
                body: Some("{}".into()),
                expected: Expected {
                    status: Some(202),
                    text: Some("Halden".into()),
                    values: vec![("/a".into(), "b".into())],
                },
            }],
        };
        let theirs = Member {
            uses: Uses::PlatformConnection(PlatformConnectionId::from_random(2)),
            account: Some(ExpectedAccount::Named("ops@haldenoptik.no".into())),
            workspace: None,
            own_calls: vec![],
            ..own.clone()
        };
        Checklist {
            id: ChecklistId::from_random(number),
            name: name.into(),
            customer: Some("Halden Optik".into()),
            members: vec![own, theirs],
            hold_for: Duration::from_secs(3600),
            after_failure: AfterFailure::Stop,
            signs_out_first: true,
            created_at: at_minute(0),
        }
    }

    /// E4: what was written is what is read, however often; its connections may be gone.
    #[test]
    fn a_checklist_is_what_it_was_saved_as_last() {
        let store = Store::in_memory().unwrap();
        let mut list = checklist(1, "Demo");
        store.save_checklist(&list).unwrap();
        assert_eq!(store.list_checklists().unwrap(), [list.clone()]);

        list.members.remove(0);
        list.name = "Tuesday".into();
        (list.after_failure, list.signs_out_first) = (AfterFailure::GoOn, false);
        store.save_checklist(&list).unwrap();
        store.save_checklist(&list).unwrap();

        assert_eq!(store.find_checklist(&list.id).unwrap(), Some(list.clone()));
        let removed = store.remove_checklist(&list.id).unwrap().unwrap();
        assert_eq!(store.remove_checklist(&list.id).unwrap(), None, "it is gone");
        assert_eq!(store.list_checklists().unwrap(), []);

        store.restore_checklist(&removed).unwrap();
        assert_eq!(store.find_checklist(&list.id).unwrap(), Some(list));
    }

    #[test]
    fn a_name_is_one_checklists() {
        let store = store();
        store.save_checklist(&checklist(1, "Demo")).unwrap();
        let taken = store.save_checklist(&checklist(2, "Demo"));
        assert!(matches!(taken, Err(StoreError::NameTaken)), "{taken:?}");
        assert_eq!(store.list_checklists().unwrap().len(), 1, "nothing of it was written");
    }

    #[test]
    fn a_step_that_is_not_known_is_left_out_and_the_others_stand() {
        let store = Store::in_memory().unwrap();
        let list = checklist(1, "Demo");
        store.save_checklist(&list).unwrap();
        store
            .write(|writing| {
                let steps = r#"["account","dance","own:Open invoices"]"#;
                Ok(writing.execute("UPDATE checklist_members SET steps = ?1 WHERE place = 0", [steps])?)
            })
            .unwrap();

        let steps = &store.find_checklist(&list.id).unwrap().unwrap().members[0].steps;
        assert_eq!(*steps, [Step::Account, Step::Own("Open invoices".into())]);
    }
}
