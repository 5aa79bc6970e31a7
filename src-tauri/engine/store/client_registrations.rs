//! Clients that were registered from here (RFC 7591): where they are managed, and how long their secret holds [A2, S092].

use std::collections::HashMap;

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
    /// Since when nothing needs it and the server has not confirmed that it is deleted.
    pub given_up_at: Option<Timestamp>,
}

impl Store {
    /// # Errors
    /// Any of the store's.
    pub fn save_registration(&self, registration: &ClientRegistration) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "INSERT INTO client_registrations (client, configuration_uri, registered_at, secret_expires_at, given_up_at)
                 VALUES (:client, :configuration_uri, :registered_at, :secret_expires_at, :given_up_at)
                 ON CONFLICT (client) DO UPDATE SET configuration_uri = excluded.configuration_uri,
                    registered_at = excluded.registered_at, secret_expires_at = excluded.secret_expires_at,
                    given_up_at = excluded.given_up_at",
                named_params! {
                    ":client": registration.client.as_str(),
                    ":configuration_uri": registration.configuration_uri,
                    ":registered_at": written_moment(registration.registered_at),
                    ":secret_expires_at": registration.secret_expires_at.map(written_moment),
                    ":given_up_at": registration.given_up_at.map(written_moment),
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
                given_up_at: read_optional_moment(row, "given_up_at")?,
            }))
        })
    }

    /// When the secrets of clients end, where they do.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn client_secret_ends(&self) -> Result<HashMap<ClientId, Timestamp>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT client, secret_expires_at FROM client_registrations WHERE secret_expires_at IS NOT NULL",
            )?;
            let mut rows = statement.query([])?;
            let mut ends = HashMap::new();
            while let Some(row) = rows.next()? {
                let client = ClientId::from_text(read::<String>(row, "client")?);
                ends.insert(client, read_moment(row, "secret_expires_at")?);
            }
            Ok(ends)
        })
    }

    /// Another secret has taken the place of the one that was registered: nobody said when that one ends.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn forget_client_secret_end(&self, client: &ClientId) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE client_registrations SET secret_expires_at = NULL WHERE client = ?1",
                [client.as_str()],
            )?;
            Ok(())
        })
    }

    /// Clients whose registrations nothing needs and whose servers have not confirmed that they are deleted.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn given_up_registrations(&self) -> Result<Vec<ClientId>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT client FROM client_registrations WHERE given_up_at IS NOT NULL ORDER BY given_up_at, client",
            )?;
            let mut rows = statement.query([])?;
            let mut clients = vec![];
            while let Some(row) = rows.next()? {
                clients.push(ClientId::from_text(read::<String>(row, "client")?));
            }
            Ok(clients)
        })
    }

    /// Nothing needs a registration since then; `None`: something does. One that is given up already stays so since then.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn set_given_up(&self, client: &ClientId, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.write(|writing| {
            writing.execute(
                "UPDATE client_registrations SET given_up_at = iif(?2 IS NULL, NULL, coalesce(given_up_at, ?2))
                 WHERE client = ?1",
                (client.as_str(), at.map(written_moment)),
            )?;
            Ok(())
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
