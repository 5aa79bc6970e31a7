//! Programs that asked for tokens, and what a person said of each [F2, S147].

use domain::open_questions::{OpenQuestion, room_for};
use domain::program::{AskingProgram, Permission, ProgramFile};
use domain::{ConnectionId, ProgramId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::columns::{read, read_moment, read_optional_moment, written_moment};
use super::{Store, StoreError};

/// What stands of a program and a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub program: ProgramId,
    pub permission: Permission,
    /// A person has said something of them before, also where that is over and the program asks anew.
    pub was_answered: bool,
}

/// One program and one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramPermission {
    pub id: ProgramId,
    pub program: AskingProgram,
    /// Who had started it when it first asked, as far as that was seen.
    pub started_by: Option<String>,
    pub connection: ConnectionId,
    pub permission: Permission,
    pub asked_at: Timestamp,
    pub said_at: Option<Timestamp>,
    /// When it last got a token of it, to the minute.
    pub token_at: Option<Timestamp>,
}

impl Store {
    /// What was said of a program and a connection; `None`: it never asked for this one.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn permission(&self, program: &AskingProgram, connection: &ConnectionId) -> Result<Option<Said>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT id, permission, until, said_at FROM programs JOIN program_permissions ON program = id
                 WHERE path = ?1 AND sha256 = ?2 AND script = ?3 AND script_sha256 = ?4 AND connection = ?5",
            )?;
            let (path, sha256, script, script_sha256) = written(program);
            let mut rows = statement.query((path, sha256, script, script_sha256, connection.as_str()))?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(Said {
                program: ProgramId::from_text(read::<String>(row, "id")?),
                permission: read_permission(row)?,
                was_answered: read_optional_moment(row, "said_at")?.is_some(),
            }))
        })
    }

    /// Notes that a program waits for an answer, under `id` where it is not known yet. Its id, and whether this is news:
    /// one that waits already is not noted again. `None`: so many wait already that there is no room for it.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn note_program(
        &self,
        id: &ProgramId,
        program: &AskingProgram,
        started_by: Option<&str>,
        connection: &ConnectionId,
        at: Timestamp,
    ) -> Result<Option<(ProgramId, bool)>, StoreError> {
        // Who finds no room writes nothing, however often it comes.
        let has_room = self
            .read(|sqlite| Ok(find(sqlite, program)?.is_some() || room(sqlite, program, started_by, at)?.is_some()))?;
        if !has_room {
            return Ok(None);
        }
        self.write(|writing| {
            let is_known: bool =
                writing.query_row("SELECT count(*) > 0 FROM connections WHERE id = ?1", [connection.as_str()], |row| {
                    row.get(0)
                })?;
            if !is_known {
                return Err(StoreError::Gone);
            }
            let id = match find(writing, program)? {
                Some(id) => id,
                None => {
                    if !make_room(writing, program, started_by, at)? {
                        return Ok(None);
                    }
                    let (path, sha256, script, script_sha256) = written(program);
                    writing.execute(
                        "INSERT INTO programs (id, path, sha256, script, script_sha256, started_by)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                        (id.as_str(), path, sha256, script, script_sha256, started_by),
                    )?;
                    id.clone()
                }
            };
            let changed = writing.execute(
                "INSERT INTO program_permissions (program, connection, permission, asked_at) VALUES (?1, ?2, 'asked', ?3)
                 ON CONFLICT (program, connection)
                 DO UPDATE SET permission = 'asked', until = NULL, asked_at = excluded.asked_at
                 WHERE permission = 'always' AND until <= excluded.asked_at",
                (id.as_str(), connection.as_str(), written_moment(at)),
            )?;
            Ok(Some((id, changed > 0)))
        })
    }

    /// Says what a program may. False: there is no such program.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn say_of_program(
        &self,
        id: &ProgramId,
        connection: &ConnectionId,
        permission: Permission,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|writing| {
            let is_known: bool =
                writing
                    .query_row("SELECT count(*) > 0 FROM programs WHERE id = ?1", [id.as_str()], |row| row.get(0))?;
            if is_known {
                writing.execute(
                    "INSERT INTO program_permissions (program, connection, permission, until, asked_at, said_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                     ON CONFLICT (program, connection) DO UPDATE SET
                     permission = excluded.permission, until = excluded.until, said_at = excluded.said_at",
                    (
                        id.as_str(),
                        connection.as_str(),
                        permission.as_str(),
                        until_of(permission).map(written_moment),
                        written_moment(at),
                    ),
                )?;
            }
            Ok(is_known)
        })
    }

    /// Takes back what was said, of one connection or of all; the program is asked about again. How many were taken back.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_permissions(
        &self,
        id: &ProgramId,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<ConnectionId>, StoreError> {
        self.write(|writing| {
            let mut statement = writing.prepare_cached(
                "DELETE FROM program_permissions WHERE program = ?1 AND (?2 IS NULL OR connection = ?2)
                 RETURNING connection",
            )?;
            let gone: Vec<_> = statement
                .query_map((id.as_str(), connection.map(|it| it.as_str())), |row| row.get::<_, String>(0))?
                .collect::<Result<_, _>>()?;
            writing.execute(
                "DELETE FROM programs WHERE id = ?1 AND NOT EXISTS
                 (SELECT 1 FROM program_permissions WHERE program = ?1)",
                [id.as_str()],
            )?;
            Ok(gone.into_iter().map(ConnectionId::from_text).collect())
        })
    }

    /// Uses up a permission for one token: of several that ask at once one gets true. It has run out from then on: nobody
    /// is asked before the program asks again.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn use_up_once(&self, id: &ProgramId, connection: &ConnectionId, at: Timestamp) -> Result<bool, StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE program_permissions SET permission = 'always', until = ?3
                 WHERE program = ?1 AND connection = ?2 AND permission = 'once'",
                (id.as_str(), connection.as_str(), written_moment(at)),
            )?;
            Ok(changed > 0)
        })
    }

    /// Gives back what was used up by then, where nothing was handed out. What a person has said since stays.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn give_back_once(&self, id: &ProgramId, connection: &ConnectionId, at: Timestamp) -> Result<bool, StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE program_permissions SET permission = 'once', until = NULL
                 WHERE program = ?1 AND connection = ?2 AND permission = 'always' AND until <= ?3",
                (id.as_str(), connection.as_str(), written_moment(at)),
            )?;
            Ok(changed > 0)
        })
    }

    /// Notes that it got a token; once a minute at most. Whether that was noted.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_token(
        &self,
        program: &AskingProgram,
        connection: &ConnectionId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        const WHICH: &str = "connection = ?5 AND program =
             (SELECT id FROM programs WHERE path = ?1 AND sha256 = ?2 AND script = ?3 AND script_sha256 = ?4)
             AND (token_at IS NULL OR abs(token_at - ?6) >= 60000)";
        let (path, sha256, script, script_sha256) = written(program);
        let of = (path, sha256, script, script_sha256, connection.as_str(), written_moment(at));
        let is_due = self.read(|sqlite| {
            Ok(sqlite.prepare_cached(&format!("SELECT 1 FROM program_permissions WHERE {WHICH}"))?.exists(of)?)
        })?;
        if is_due {
            self.write_unsynced(|writing| {
                writing.execute(&format!("UPDATE program_permissions SET token_at = ?6 WHERE {WHICH}"), of)?;
                Ok(())
            })?;
        }
        Ok(is_due)
    }

    /// What waits for an answer first, then by program.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_program_permissions(&self) -> Result<Vec<ProgramPermission>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT * FROM programs JOIN program_permissions ON program = id
                 ORDER BY permission <> 'asked', path, script, id, connection",
            )?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(read_row(row)?);
            }
            Ok(all)
        })
    }
}

fn written(program: &AskingProgram) -> (&str, &str, &str, &str) {
    let script = program.script.as_ref();
    (
        &program.file.path,
        &program.file.sha256,
        script.map_or("", |it| it.path.as_str()),
        script.map_or("", |it| it.sha256.as_str()),
    )
}

fn find(sqlite: &Connection, program: &AskingProgram) -> Result<Option<ProgramId>, StoreError> {
    let found: Option<String> = sqlite
        .prepare_cached(
            "SELECT id FROM programs WHERE path = ?1 AND sha256 = ?2 AND script = ?3 AND script_sha256 = ?4",
        )?
        .query_row(written(program), |row| row.get(0))
        .optional()?;
    Ok(found.map(ProgramId::from_text))
}

/// Whom of those that wait a new one takes the place of; `None`: there is no room for it.
fn room(
    sqlite: &Connection,
    program: &AskingProgram,
    started_by: Option<&str>,
    at: Timestamp,
) -> Result<Option<Vec<ProgramId>>, StoreError> {
    let mut statement = sqlite.prepare_cached(
        "SELECT id, path, script, started_by, max(asked_at) AS asked_at FROM programs
         JOIN program_permissions ON program = id GROUP BY id HAVING max(permission <> 'asked') = 0",
    )?;
    let mut rows = statement.query([])?;
    let mut open = vec![];
    while let Some(row) = rows.next()? {
        let (path, script): (String, String) = (read(row, "path")?, read(row, "script")?);
        open.push(OpenQuestion {
            id: ProgramId::from_text(read::<String>(row, "id")?),
            path: if script.is_empty() { path } else { script },
            started_by: read(row, "started_by")?,
            asked_at: read_moment(row, "asked_at")?,
        });
    }
    Ok(room_for(program.path(), started_by, &open, at))
}

/// False: there is none.
fn make_room(
    writing: &Transaction<'_>,
    program: &AskingProgram,
    started_by: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let Some(let_go) = room(writing, program, started_by, at)? else { return Ok(false) };
    for id in let_go {
        writing.execute("DELETE FROM programs WHERE id = ?1", [id.as_str()])?;
    }
    Ok(true)
}

fn until_of(permission: Permission) -> Option<Timestamp> {
    match permission {
        Permission::Always { until } => until,
        Permission::Asked | Permission::Once | Permission::Never => None,
    }
}

fn read_permission(row: &Row<'_>) -> Result<Permission, StoreError> {
    let word: String = read(row, "permission")?;
    match word.as_str() {
        "asked" => Ok(Permission::Asked),
        "once" => Ok(Permission::Once),
        "always" => Ok(Permission::Always { until: read_optional_moment(row, "until")? }),
        "never" => Ok(Permission::Never),
        _ => Err(StoreError::Tampered),
    }
}

fn read_row(row: &Row<'_>) -> Result<ProgramPermission, StoreError> {
    let script = ProgramFile { path: read(row, "script")?, sha256: read(row, "script_sha256")? };
    Ok(ProgramPermission {
        id: ProgramId::from_text(read::<String>(row, "id")?),
        program: AskingProgram {
            file: ProgramFile { path: read(row, "path")?, sha256: read(row, "sha256")? },
            script: Some(script).filter(|it| !it.path.is_empty()),
        },
        started_by: read(row, "started_by")?,
        connection: ConnectionId::from_text(read::<String>(row, "connection")?),
        permission: read_permission(row)?,
        asked_at: read_moment(row, "asked_at")?,
        said_at: read_optional_moment(row, "said_at")?,
        token_at: read_optional_moment(row, "token_at")?,
    })
}

#[cfg(test)]
mod tests {
    use domain::open_questions::MOST_OF_A_GROUP;

    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn program(sha256: &str) -> AskingProgram {
        AskingProgram {
            file: ProgramFile { path: "/usr/bin/python3".into(), sha256: "aa".into() },
            script: Some(ProgramFile { path: "/srv/backup.py".into(), sha256: sha256.into() }),
        }
    }

    fn ask(store: &Store, bits: u64, program: &AskingProgram, minute: i64) -> (ProgramId, bool) {
        let id = ProgramId::from_random(bits);
        store.note_program(&id, program, Some("cron"), &connection().id, at_minute(minute)).unwrap().unwrap()
    }

    /// S147: a flood of asking is one question, and what is said of it stays.
    #[test]
    fn a_program_is_noted_once_and_what_was_said_of_it_stays() {
        let (store, on) = (store(), connection().id);
        let (id, is_news) = ask(&store, 1, &program("bb"), 1);
        assert!(is_news);
        assert_eq!(ask(&store, 2, &program("bb"), 2), (id.clone(), false));

        let weekly = Permission::Always { until: Some(at_minute(9)) };
        for permission in [weekly, Permission::Never, Permission::Once] {
            assert!(store.say_of_program(&id, &on, permission, at_minute(3)).unwrap());
            let said = Said { program: id.clone(), permission, was_answered: true };
            assert_eq!(store.permission(&program("bb"), &on).unwrap(), Some(said));
        }
        let listed = store.list_program_permissions().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0].program, listed[0].started_by.as_deref()), (&program("bb"), Some("cron")));
        assert_eq!((listed[0].asked_at, listed[0].said_at), (at_minute(1), Some(at_minute(3))));
        let nobody = ProgramId::from_random(9);
        assert!(!store.say_of_program(&nobody, &on, Permission::Once, at_minute(3)).unwrap());
    }

    /// S147: with another content it is another program, and nothing was said of it.
    #[test]
    fn a_replaced_program_is_another_one() {
        let (store, on) = (store(), connection().id);
        let (id, _) = ask(&store, 1, &program("bb"), 1);
        store.say_of_program(&id, &on, Permission::Always { until: None }, at_minute(2)).unwrap();

        assert_eq!(store.permission(&program("cc"), &on).unwrap(), None);
        let (other, is_news) = ask(&store, 2, &program("cc"), 3);
        assert!(is_news && other != id);
    }

    /// S147: once is once, whoever comes at the same time; what ran out is asked again.
    #[test]
    fn once_is_used_up_once_and_what_ran_out_is_asked_again() {
        let (store, on) = (store(), connection().id);
        let (id, _) = ask(&store, 1, &program("bb"), 1);
        store.say_of_program(&id, &on, Permission::Once, at_minute(2)).unwrap();
        assert!(store.use_up_once(&id, &on, at_minute(3)).unwrap());
        assert!(!store.use_up_once(&id, &on, at_minute(3)).unwrap());
        assert!(store.give_back_once(&id, &on, at_minute(3)).unwrap());
        assert!(!store.give_back_once(&id, &on, at_minute(3)).unwrap());
        assert!(store.use_up_once(&id, &on, at_minute(3)).unwrap());
        let said = |permission| Some(Said { program: id.clone(), permission, was_answered: true });
        let over = Permission::Always { until: Some(at_minute(3)) };
        assert_eq!(store.permission(&program("bb"), &on).unwrap(), said(over), "nobody is asked yet");
        assert!(ask(&store, 2, &program("bb"), 3).1, "it asks anew");
        assert_eq!(store.permission(&program("bb"), &on).unwrap(), said(Permission::Asked));
        assert!(!store.give_back_once(&id, &on, at_minute(4)).unwrap(), "a person is asked by now");

        let until = Permission::Always { until: Some(at_minute(5)) };
        store.say_of_program(&id, &on, until, at_minute(3)).unwrap();
        assert!(!ask(&store, 2, &program("bb"), 4).1, "it holds");
        assert!(
            !store.give_back_once(&id, &on, at_minute(4)).unwrap(),
            "what a person says is no rest of another word"
        );
        assert!(ask(&store, 2, &program("bb"), 5).1);
        assert_eq!(store.permission(&program("bb"), &on).unwrap(), said(Permission::Asked));
    }

    /// S147
    #[test]
    fn what_is_taken_back_or_goes_with_its_connection_is_gone() {
        let (store, on) = (store(), connection().id);
        let (id, _) = ask(&store, 1, &program("bb"), 1);
        assert_eq!(store.forget_permissions(&id, Some(&ConnectionId::from_random(77))).unwrap(), []);
        assert_eq!(store.forget_permissions(&id, None).unwrap(), std::slice::from_ref(&on));
        assert_eq!(store.list_program_permissions().unwrap(), []);

        ask(&store, 2, &program("bb"), 2);
        store.forget_connection(&on).unwrap();
        assert_eq!(store.list_program_permissions().unwrap(), []);
        assert!(matches!(store.note_program(&id, &program("bb"), None, &on, at_minute(3)), Err(StoreError::Gone)));
        store.check().unwrap();
    }

    /// S147, S149: copies without end leave so many questions, take nobody's place, and what a person said is not lost for
    /// them.
    #[test]
    fn copies_without_end_take_nobodys_place() {
        let (store, on) = (store(), connection().id);
        let (allowed, _) = ask(&store, 1, &program("bb"), 0);
        store.say_of_program(&allowed, &on, Permission::Always { until: None }, at_minute(1)).unwrap();
        let note = |bits, program: &AskingProgram, by| {
            let id = ProgramId::from_random(bits);
            store.note_program(&id, program, Some(by), &on, at_minute(2)).unwrap().is_some()
        };
        let noted = (0..200).filter(|copy| note(100 + copy, &program(&format!("copy {copy}")), "flood.py")).count();
        assert_eq!(noted, MOST_OF_A_GROUP);

        let other = AskingProgram { file: ProgramFile { path: "/opt/sync".into(), sha256: "dd".into() }, script: None };
        assert!(note(1_000, &other, "cron"), "another one is asked about");

        let listed = store.list_program_permissions().unwrap();
        assert_eq!(listed.len(), MOST_OF_A_GROUP + 2);
        assert!(listed.iter().any(|it| it.id == allowed));
        assert!(listed.iter().any(|it| it.program == program("copy 0")), "the first ones stay");
        assert!(note(2_000, &program("copy 0"), "flood.py"), "who waits already has its place");
    }
}
