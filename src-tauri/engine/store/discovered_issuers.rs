//! What the discovery of an issuer said, kept so that its connections refresh without asking again [A2].

use domain::ProviderId;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};

use super::columns::{read, read_moment, written_moment};
use super::{Store, StoreError};

/// One issuer that is not in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredIssuer {
    pub provider: ProviderId,
    /// The shape is the flows' own.
    pub json: String,
    pub at: Timestamp,
}

impl Store {
    /// Stores it, or replaces what was known of it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the text is not JSON.
    pub fn save_issuer(&self, provider: &ProviderId, json: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO discovered_issuers (provider, document, discovered_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (provider) DO UPDATE SET document = excluded.document, discovered_at = excluded.discovered_at",
                (provider.as_str(), json, written_moment(at)),
            )?;
            Ok(())
        })
    }

    /// What it said, as it was stored.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_issuer(&self, provider: &ProviderId) -> Result<Option<String>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT document FROM discovered_issuers WHERE provider = ?1")?;
            Ok(statement.query_row([provider.as_str()], |row| row.get(0)).optional()?)
        })
    }

    /// All of them, by provider.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_issuers(&self) -> Result<Vec<DiscoveredIssuer>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM discovered_issuers ORDER BY provider")?;
            let mut rows = statement.query([])?;
            let mut issuers = vec![];
            while let Some(row) = rows.next()? {
                issuers.push(read_issuer(row)?);
            }
            Ok(issuers)
        })
    }
}

fn read_issuer(row: &Row<'_>) -> Result<DiscoveredIssuer, StoreError> {
    Ok(DiscoveredIssuer {
        provider: ProviderId::from_text(read::<String>(row, "provider")?),
        json: read(row, "document")?,
        at: read_moment(row, "discovered_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_values::at_minute;
    use super::*;

    /// A2
    #[test]
    fn an_issuer_is_replaced_by_what_it_said_last() {
        let store = Store::in_memory().unwrap();
        let provider = ProviderId::from_text("https://issuer.example/");
        store.save_issuer(&provider, r#"{"a":1}"#, at_minute(1)).unwrap();
        assert!(store.save_issuer(&provider, "<html>", at_minute(2)).is_err(), "only JSON is stored");

        store.save_issuer(&provider, r#"{"a":2}"#, at_minute(3)).unwrap();

        let expected = DiscoveredIssuer { provider: provider.clone(), json: r#"{"a":2}"#.into(), at: at_minute(3) };
        assert_eq!(store.find_issuer(&provider).unwrap().as_deref(), Some(r#"{"a":2}"#));
        assert_eq!(store.list_issuers().unwrap(), [expected]);
        assert_eq!(store.find_issuer(&ProviderId::from_text("other")).unwrap(), None);
    }
}
