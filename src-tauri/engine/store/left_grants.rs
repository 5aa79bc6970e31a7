//! Grants that live on at the provider though no connection uses them any more [A8].

use domain::ProviderId;
use domain::connection::grant_budget::LeftGrant;
use rusqlite::named_params;

use super::columns::{read, read_moment, written_moment};
use super::{Store, StoreError, open_sign_ins};

impl Store {
    /// Writes one down; the number takes it back.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn note_left_grant(&self, provider: &ProviderId, left: &LeftGrant) -> Result<i64, StoreError> {
        self.write(|writing| insert(writing, provider, left))
    }

    /// Those of one provider, the oldest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_left_grants(&self, provider: &ProviderId) -> Result<Vec<LeftGrant>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM left_grants WHERE provider = ?1 ORDER BY id")?;
            let mut rows = statement.query([provider.as_str()])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(LeftGrant {
                    app: read(row, "app")?,
                    subject: read(row, "subject")?,
                    account: read(row, "account")?,
                    left_at: read_moment(row, "left_at")?,
                });
            }
            Ok(all)
        })
    }

    /// It has ended after all.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_left_grant(&self, number: i64) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute("DELETE FROM left_grants WHERE id = ?1", [number])?;
            Ok(())
        })
    }

    /// All of one account through one client have ended.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_left_grants_of(&self, provider: &ProviderId, app: &str, subject: &str) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "DELETE FROM left_grants WHERE provider = ?1 AND app = ?2 AND subject = ?3",
                [provider.as_str(), app, subject],
            )?;
            open_sign_ins::forget_left_of(writing, provider, app, subject)
        })
    }
}

pub(super) fn insert(
    writing: &rusqlite::Connection,
    provider: &ProviderId,
    left: &LeftGrant,
) -> Result<i64, StoreError> {
    writing.execute(
        "INSERT INTO left_grants (provider, app, subject, account, left_at)
         VALUES (:provider, :app, :subject, :account, :left_at)",
        named_params! {
            ":provider": provider.as_str(),
            ":app": left.app,
            ":subject": left.subject,
            ":account": left.account,
            ":left_at": written_moment(left.left_at),
        },
    )?;
    Ok(writing.last_insert_rowid())
}
