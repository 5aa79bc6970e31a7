//! Programs that asked for tokens, and what a person said of each [F2, S147].

use domain::program::{AskingProgram, Permission, ProgramFile};
use domain::{ConnectionId, ProgramId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::columns::{read, read_moment, read_optional_moment, written_count, written_moment};
use super::{Store, StoreError};

/// So many programs wait for an answer at most: of more, those that waited longest are let go. Whoever copies a program a
/// thousand times fills no disk.
const MOST_ASKED: usize = 64;

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
    /// What was said of a program and a connection, and the program's id; `None`: it never asked for this one.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn permission(
        &self,
        program: &AskingProgram,
        connection: &ConnectionId,
    ) -> Result<Option<(ProgramId, Permission)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT id, permission, until FROM programs JOIN program_permissions ON program = id
                 WHERE path = ?1 AND sha256 = ?2 AND script = ?3 AND script_sha256 = ?4 AND connection = ?5",
            )?;
            let (path, sha256, script, script_sha256) = written(program);
            let mut rows = statement.query((path, sha256, script, script_sha256, connection.as_str()))?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some((ProgramId::from_text(read::<String>(row, "id")?), read_permission(row)?)))
        })
    }

    /// Notes that a program waits for an answer, under `id` where it is not known yet. Its id, and whether this is news:
    /// one that waits already is not noted again.
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
    ) -> Result<(ProgramId, bool), StoreError> {
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
                    make_room(writing)?;
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
            Ok((id, changed > 0))
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

    /// Uses up a permission for one token: of several that ask at once one gets true.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn use_up_once(&self, id: &ProgramId, connection: &ConnectionId) -> Result<bool, StoreError> {
        self.change_once(id, connection, "once", "asked")
    }

    /// Gives it back, where nothing was handed out.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn give_back_once(&self, id: &ProgramId, connection: &ConnectionId) -> Result<bool, StoreError> {
        self.change_once(id, connection, "asked", "once")
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

    fn change_once(&self, id: &ProgramId, connection: &ConnectionId, from: &str, to: &str) -> Result<bool, StoreError> {
        self.write(|writing| {
            let changed = writing.execute(
                "UPDATE program_permissions SET permission = ?4 WHERE program = ?1 AND connection = ?2 AND permission = ?3",
                (id.as_str(), connection.as_str(), from, to),
            )?;
            Ok(changed > 0)
        })
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

fn find(writing: &Transaction<'_>, program: &AskingProgram) -> Result<Option<ProgramId>, StoreError> {
    let found: Option<String> = writing
        .prepare_cached(
            "SELECT id FROM programs WHERE path = ?1 AND sha256 = ?2 AND script = ?3 AND script_sha256 = ?4",
        )?
        .query_row(written(program), |row| row.get(0))
        .optional()?;
    Ok(found.map(ProgramId::from_text))
}

/// Lets go of those that have waited longest, and of which nobody has said anything.
fn make_room(writing: &Transaction<'_>) -> Result<(), StoreError> {
    writing.execute(
        "DELETE FROM programs WHERE id IN (
             SELECT program FROM program_permissions GROUP BY program HAVING max(permission <> 'asked') = 0
             ORDER BY max(asked_at) DESC LIMIT -1 OFFSET ?1
         )",
        [written_count(MOST_ASKED - 1)],
    )?;
    Ok(())
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
        store.note_program(&id, program, Some("cron"), &connection().id, at_minute(minute)).unwrap()
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
            assert_eq!(store.permission(&program("bb"), &on).unwrap(), Some((id.clone(), permission)));
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
        assert!(store.use_up_once(&id, &on).unwrap());
        assert!(!store.use_up_once(&id, &on).unwrap());
        assert!(store.give_back_once(&id, &on).unwrap());
        assert!(store.use_up_once(&id, &on).unwrap());

        let until = Permission::Always { until: Some(at_minute(5)) };
        store.say_of_program(&id, &on, until, at_minute(3)).unwrap();
        assert!(!ask(&store, 2, &program("bb"), 4).1, "it holds");
        assert!(ask(&store, 2, &program("bb"), 5).1);
        assert_eq!(store.permission(&program("bb"), &on).unwrap(), Some((id, Permission::Asked)));
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

    /// S147, S149: copies without end leave so many questions, and nothing that a person said is lost for them.
    #[test]
    fn many_programs_leave_so_many_questions() {
        let (store, on) = (store(), connection().id);
        let (allowed, _) = ask(&store, 1, &program("bb"), 0);
        store.say_of_program(&allowed, &on, Permission::Always { until: None }, at_minute(1)).unwrap();
        for copy in 0..200 {
            ask(&store, 100 + copy, &program(&format!("copy {copy}")), 2 + i64::try_from(copy).unwrap());
        }

        let listed = store.list_program_permissions().unwrap();
        assert_eq!(listed.len(), MOST_ASKED + 1);
        assert!(listed.iter().any(|it| it.id == allowed));
        assert!(listed.iter().any(|it| it.program == program("copy 199")), "the newest are kept");
    }
}
