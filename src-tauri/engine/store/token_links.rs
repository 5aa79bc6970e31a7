//! The chain of a connection's tokens: when each came, why, and what became of it [A4, A5].

use domain::connection::{GrantState, IssuedBy, LinkOutcome, TokenLink};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::{ConnectionId, Fingerprint, TokenVersion};
use jiff::Timestamp;
use rusqlite::params;

use super::columns::{
    read, read_moment, read_optional_fingerprint, read_optional_moment, read_optional_with, read_with, written_count,
    written_moment,
};
use super::{Store, StoreError};

impl Store {
    /// The chain of its tokens, the newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_token_links(&self, id: &ConnectionId, limit: usize) -> Result<Vec<TokenLink>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite
                .prepare_cached("SELECT * FROM token_links WHERE connection = ?1 ORDER BY version DESC LIMIT ?2")?;
            let mut rows = statement.query((id.as_str(), written_count(limit)))?;
            let mut links = vec![];
            while let Some(row) = rows.next()? {
                links.push(TokenLink {
                    version: TokenVersion(read(row, "version")?),
                    access_fingerprint: read_optional_fingerprint(row, "access_fingerprint")?,
                    refresh_fingerprint: read_optional_fingerprint(row, "refresh_fingerprint")?,
                    issued_at: read_moment(row, "issued_at")?,
                    issued_by: read_with(row, "issued_by", |text: String| IssuedBy::from_text(&text))?,
                    reason: read_optional_with(row, "reason", |text: String| RefreshReason::from_text(&text))?,
                    // Links from before outcomes were kept have been replaced since, or count still.
                    outcome: read_optional_with(row, "outcome", |text: String| LinkOutcome::from_text(&text))?
                        .unwrap_or(LinkOutcome::InUse),
                    ended_at: read_optional_moment(row, "ended_at")?,
                });
            }
            Ok(links)
        })
    }

    /// The fingerprints of all tokens of the newest links of its chain.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_token_fingerprints(&self, id: &ConnectionId, links: usize) -> Result<Vec<Fingerprint>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT access_fingerprint, refresh_fingerprint FROM token_links
                 WHERE connection = ?1 ORDER BY version DESC LIMIT ?2",
            )?;
            let mut rows = statement.query((id.as_str(), written_count(links)))?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.extend(read_optional_fingerprint(row, "access_fingerprint")?);
                all.extend(read_optional_fingerprint(row, "refresh_fingerprint")?);
            }
            Ok(all)
        })
    }
}

pub(super) fn append_link(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    link: &TokenLink,
) -> Result<(), StoreError> {
    sqlite
        .prepare_cached(
            "INSERT INTO token_links (connection, version, access_fingerprint, refresh_fingerprint, issued_at, issued_by,
                                      reason, outcome, ended_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            id.as_str(),
            link.version.0,
            link.access_fingerprint.as_ref().map(|it| it.as_str()),
            link.refresh_fingerprint.as_ref().map(|it| it.as_str()),
            written_moment(link.issued_at),
            link.issued_by.as_str(),
            link.reason.map(RefreshReason::as_str),
            link.outcome.as_str(),
            link.ended_at.map(written_moment),
        ])?;
    Ok(())
}

/// What a change of the grant says of the token version that counts.
pub(super) fn note_outcome(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
    grant: &GrantState,
) -> Result<(), StoreError> {
    let (outcome, at) = match grant {
        GrantState::Alive { .. } => {
            sqlite
                .prepare_cached(
                    "UPDATE token_links SET outcome = 'in_use', ended_at = NULL WHERE connection = ?1 AND version = ?2",
                )?
                .execute((id.as_str(), version.0))?;
            return Ok(());
        }
        GrantState::OutcomeUnknown { asked_at, .. } => (LinkOutcome::ProbablySpent, *asked_at),
        GrantState::Ended { at, .. } => (LinkOutcome::Refused, *at),
        GrantState::SecretMissing { at } => (LinkOutcome::Missing, *at),
        GrantState::Disconnected { at } => (LinkOutcome::Disconnected, *at),
    };
    end_link(sqlite, id, version, outcome, at)
}

/// One that was refused, missing or given up stays so: that is why it was replaced.
pub(super) fn replace_link(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlite
        .prepare_cached(
            "UPDATE token_links SET outcome = 'replaced', ended_at = ?3
             WHERE connection = ?1 AND version = ?2 AND outcome IN ('in_use', 'probably_spent')",
        )?
        .execute((id.as_str(), version.0, written_moment(at)))?;
    Ok(())
}

fn end_link(
    sqlite: &rusqlite::Connection,
    id: &ConnectionId,
    version: TokenVersion,
    outcome: LinkOutcome,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlite
        .prepare_cached("UPDATE token_links SET outcome = ?3, ended_at = ?4 WHERE connection = ?1 AND version = ?2")?
        .execute((id.as_str(), version.0, outcome.as_str(), written_moment(at)))?;
    Ok(())
}
