//! Grants that ended by themselves, and after how long: what the next one of the same client may expect [B11].

use domain::connection::{Connection, GrantState};
use domain::diagnosis::CauseLabel;
use domain::token::durability::EndedGrant;
use domain::{ClientId, ProviderId};
use rusqlite::Row;

use super::columns::{read, read_moment, read_with, written_moment};
use super::{Store, StoreError};

/// Ends of one client that are kept: the newest show the provider's present rules.
const KEPT_PER_CLIENT: u32 = 20;

impl Store {
    /// All that are kept, the newest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_ended_grants(&self) -> Result<Vec<EndedGrant>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT provider, client, granted_at, ended_at, cause FROM ended_grants ORDER BY ended_at DESC, connection",
            )?;
            let mut rows = statement.query([])?;
            let mut ended = vec![];
            while let Some(row) = rows.next()? {
                ended.push(read_ended(row)?);
            }
            Ok(ended)
        })
    }
}

/// Notes the end of a living grant, in the transaction that writes it. Anything else is no end.
pub(super) fn note(
    sqlite: &rusqlite::Connection,
    connection: &Connection,
    becomes: &GrantState,
) -> Result<(), StoreError> {
    let (
        GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. },
        GrantState::Ended { at, diagnosis },
    ) = (&connection.grant, becomes)
    else {
        return Ok(());
    };
    let (provider, client) = (connection.provider.as_str(), connection.client.as_str());
    sqlite
        .prepare_cached(
            "INSERT OR REPLACE INTO ended_grants (connection, provider, client, granted_at, ended_at, cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            connection.id.as_str(),
            provider,
            client,
            written_moment(*granted_at),
            written_moment(*at),
            diagnosis.cause.as_str(),
        ))?;
    sqlite
        .prepare_cached(
            "DELETE FROM ended_grants WHERE (connection, granted_at) IN (
                 SELECT connection, granted_at FROM ended_grants WHERE provider = ?1 AND client = ?2
                 ORDER BY ended_at DESC, connection LIMIT -1 OFFSET ?3
             )",
        )?
        .execute((provider, client, KEPT_PER_CLIENT))?;
    Ok(())
}

fn read_ended(row: &Row<'_>) -> Result<EndedGrant, StoreError> {
    Ok(EndedGrant {
        provider: ProviderId::from_text(read::<String>(row, "provider")?),
        client: ClientId::from_text(read::<String>(row, "client")?),
        granted_at: read_moment(row, "granted_at")?,
        ended_at: read_moment(row, "ended_at")?,
        cause: read_with(row, "cause", |text: String| CauseLabel::from_text(&text))?,
    })
}

#[cfg(test)]
mod tests {
    use domain::TokenVersion;
    use domain::diagnosis::Diagnosis;

    use super::super::test_values::{at_minute, connection, store};
    use super::*;

    fn ended(minute: i64, cause: CauseLabel) -> GrantState {
        GrantState::Ended { at: at_minute(minute), diagnosis: Diagnosis::of(cause) }
    }

    /// B11: written with the end itself, once, with what it died of.
    #[test]
    fn the_end_of_a_living_grant_is_kept_with_its_life_and_cause() {
        let store = store();
        let id = connection().id;
        let set = |grant: &GrantState| store.set_grant(&id, TokenVersion(1), grant, &[]).unwrap();

        set(&GrantState::SecretMissing { at: at_minute(3) });
        set(&GrantState::Alive { granted_at: at_minute(1) });
        assert_eq!(store.list_ended_grants().unwrap(), [], "nothing of this is an end");
        set(&GrantState::OutcomeUnknown { granted_at: at_minute(1), asked_at: at_minute(4) });
        set(&ended(90, CauseLabel::RefreshTokenExpired));
        set(&ended(99, CauseLabel::GrantRevoked));
        set(&GrantState::Disconnected { at: at_minute(100) });

        let expected = EndedGrant {
            provider: connection().provider,
            client: connection().client,
            granted_at: at_minute(1),
            ended_at: at_minute(90),
            cause: CauseLabel::RefreshTokenExpired,
        };
        assert_eq!(store.list_ended_grants().unwrap(), [expected], "what is dead does not die again");
    }

    /// B11: years of reconnecting leave a bounded history.
    #[test]
    fn only_the_newest_ends_of_a_client_are_kept() {
        let store = store();
        let id = connection().id;
        for round in 0..50 {
            let granted_at = at_minute(round * 100);
            store.set_grant(&id, TokenVersion(1), &GrantState::Alive { granted_at }, &[]).unwrap();
            store.set_grant(&id, TokenVersion(1), &ended(round * 100 + 60, CauseLabel::GrantInvalid), &[]).unwrap();
        }

        let kept = store.list_ended_grants().unwrap();

        assert_eq!(kept.len(), KEPT_PER_CLIENT as usize);
        assert_eq!(kept[0].ended_at, at_minute(49 * 100 + 60), "the newest first");
        assert_eq!(kept[19].granted_at, at_minute(30 * 100), "the oldest are gone");
    }

    /// A4: who comes too late ends nothing.
    #[test]
    fn a_stale_end_leaves_no_history() {
        let store = store();

        let outcome = store.set_grant(&connection().id, TokenVersion(7), &ended(9, CauseLabel::GrantInvalid), &[]);

        assert!(matches!(outcome, Err(StoreError::ChangedMeanwhile)));
        assert_eq!(store.list_ended_grants().unwrap(), []);
    }
}
