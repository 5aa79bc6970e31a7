//! Clients that were registered from here (RFC 7591): where they are managed, and how long their secret holds [A2, S092].

use domain::ClientId;
use jiff::Timestamp;
use rusqlite::named_params;

use super::columns::{read, read_moment, read_optional_moment, written_moment};
use super::{Store, StoreError};

/// One registration. Its access token is in the keychain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRegistration {
    pub client: ClientId,
    /// Where the server lets it be read and deleted (RFC 7592), if it does.
    pub configuration_uri: Option<String>,
    pub registered_at: Timestamp,
    /// `None`: never.
    pub secret_expires_at: Option<Timestamp>,
}

impl Store {
    /// # Errors
    /// Any of the store's.
    pub fn save_registration(&self, registration: &ClientRegistration) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO client_registrations (client, configuration_uri, registered_at, secret_expires_at)
                 VALUES (:client, :configuration_uri, :registered_at, :secret_expires_at)
                 ON CONFLICT (client) DO UPDATE SET configuration_uri = excluded.configuration_uri,
                    registered_at = excluded.registered_at, secret_expires_at = excluded.secret_expires_at",
                named_params! {
                    ":client": registration.client.as_str(),
                    ":configuration_uri": registration.configuration_uri,
                    ":registered_at": written_moment(registration.registered_at),
                    ":secret_expires_at": registration.secret_expires_at.map(written_moment),
                },
            )?;
            Ok(())
        })
    }

    /// How a client was registered; `None` where a person did it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_registration(&self, client: &ClientId) -> Result<Option<ClientRegistration>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM client_registrations WHERE client = ?1")?;
            let mut rows = statement.query([client.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(ClientRegistration {
                client: client.clone(),
                configuration_uri: read(row, "configuration_uri")?,
                registered_at: read_moment(row, "registered_at")?,
                secret_expires_at: read_optional_moment(row, "secret_expires_at")?,
            }))
        })
    }

    /// Forgets how a client was registered.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn remove_registration(&self, client: &ClientId) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute("DELETE FROM client_registrations WHERE client = ?1", [client.as_str()])?;
            Ok(())
        })
    }
}
