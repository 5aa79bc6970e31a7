//! Sign-ins whose code is about to leave, or has, and whose grant is not stored: of one that is cut off it is known that
//! its grant may live on at the provider [A5, A8, A10].

use domain::connection::grant_budget::LeftGrant;
use domain::lifecycle_event::LifecycleEvent;
use domain::{ConnectionId, ProviderId};
use jiff::Timestamp;
use rusqlite::{Transaction, named_params};

use super::columns::{read, read_moment, written_moment};
use super::{Store, StoreError, events, left_grants};

/// One of them. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSignIn {
    pub provider: ProviderId,
    /// The client's id at the provider.
    pub app: String,
    /// What it reconnects.
    pub connection: Option<ConnectionId>,
    /// Under which connection its grant is being stored.
    pub arriving: Option<ConnectionId>,
    pub subject: Option<String>,
    /// What a person knows it by.
    pub account: Option<String>,
    pub began_at: Timestamp,
    /// The process that runs it, as it writes itself.
    pub held_by: String,
    /// When it was found that nobody runs it any more.
    pub left_at: Option<Timestamp>,
}

impl Store {
    /// Writes one down before its code leaves; the number takes it back. It outlives the process. A power cut may take
    /// it where `is_synced` is false.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn open_sign_in(&self, sign_in: &OpenSignIn, is_synced: bool) -> Result<i64, StoreError> {
        let work = |writing: &Transaction<'_>| {
            writing.execute(
                "INSERT INTO open_sign_ins (provider, app, connection, subject, account, began_at, held_by)
                 VALUES (:provider, :app, :connection, :subject, :account, :began_at, :held_by)",
                named_params! {
                    ":provider": sign_in.provider.as_str(),
                    ":app": sign_in.app,
                    ":connection": sign_in.connection.as_ref().map(ConnectionId::as_str),
                    ":subject": sign_in.subject,
                    ":account": sign_in.account,
                    ":began_at": written_moment(sign_in.began_at),
                    ":held_by": sign_in.held_by,
                },
            )?;
            Ok(writing.last_insert_rowid())
        };
        if is_synced { self.write(work) } else { self.write_unsynced(work) }
    }

    /// Who signed in.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn name_sign_in(&self, number: i64, subject: Option<&str>, account: Option<&str>) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute(
                "UPDATE open_sign_ins SET subject = ?2, account = ?3 WHERE id = ?1",
                (number, subject, account),
            )?;
            Ok(())
        })
    }

    /// Its grant is about to be stored under this connection, whose lock the caller holds: with the bundle that counts
    /// there it is struck off.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn sign_in_arrives(&self, number: i64, at: &ConnectionId) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute("UPDATE open_sign_ins SET arriving = ?2 WHERE id = ?1", (number, at.as_str()))?;
            Ok(())
        })
    }

    /// No grant of it lives that is not stored.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn close_sign_in(&self, number: i64) -> Result<(), StoreError> {
        self.write_unsynced(|writing| {
            writing.execute("DELETE FROM open_sign_ins WHERE id = ?1 AND left_at IS NULL", [number])?;
            Ok(())
        })
    }

    /// Nobody runs it any more, and its grant may live on: written down once, with what tells of it and, where grants
    /// are counted, as one of them. False where it was settled meanwhile.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn leave_sign_in(
        &self,
        number: i64,
        at: Timestamp,
        counted: Option<(&ProviderId, &LeftGrant)>,
        event: &LifecycleEvent,
    ) -> Result<bool, StoreError> {
        self.write(|writing| {
            let left = writing.execute(
                "UPDATE open_sign_ins SET left_at = ?2 WHERE id = ?1 AND left_at IS NULL",
                (number, written_moment(at)),
            )?;
            if left == 0 {
                return Ok(false);
            }
            if let Some((provider, grant)) = counted {
                left_grants::insert(writing, provider, grant)?;
            }
            events::append_all(writing, std::slice::from_ref(event))?;
            Ok(true)
        })
    }

    /// All, the oldest first, each with its number.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_open_sign_ins(&self) -> Result<Vec<(i64, OpenSignIn)>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM open_sign_ins ORDER BY id")?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                let id = |name| Ok::<_, StoreError>(read::<Option<String>>(row, name)?.map(ConnectionId::from_text));
                let left_at: Option<i64> = read(row, "left_at")?;
                let sign_in = OpenSignIn {
                    provider: ProviderId::from_text(read::<String>(row, "provider")?),
                    app: read(row, "app")?,
                    connection: id("connection")?,
                    arriving: id("arriving")?,
                    subject: read(row, "subject")?,
                    account: read(row, "account")?,
                    began_at: read_moment(row, "began_at")?,
                    held_by: read(row, "held_by")?,
                    left_at: left_at.map(|_| read_moment(row, "left_at")).transpose()?,
                };
                all.push((read(row, "id")?, sign_in));
            }
            Ok(all)
        })
    }

    /// Those that a person was told of before that moment are told of no more.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_sign_ins_left_before(&self, moment: Timestamp) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute("DELETE FROM open_sign_ins WHERE left_at < ?1", [written_moment(moment)])?;
            Ok(())
        })
    }
}

/// The bundle that it brought counts.
pub(super) fn strike_arrived(sqlite: &rusqlite::Connection, id: &ConnectionId) -> Result<(), StoreError> {
    sqlite
        .prepare_cached("DELETE FROM open_sign_ins WHERE arriving = ?1 AND left_at IS NULL")?
        .execute([id.as_str()])?;
    Ok(())
}

/// Every grant of one account through one client has ended.
pub(super) fn forget_left_of(
    sqlite: &rusqlite::Connection,
    provider: &ProviderId,
    app: &str,
    subject: &str,
) -> Result<(), StoreError> {
    sqlite.execute(
        "DELETE FROM open_sign_ins WHERE provider = ?1 AND app = ?2 AND subject = ?3 AND left_at IS NOT NULL",
        [provider.as_str(), app, subject],
    )?;
    Ok(())
}
