//! Clients: the OAuth apps a person registered; their secrets are in the keychain [A2].

use std::collections::{BTreeMap, HashMap};

use domain::connection::client_rotation::SecretSlot;
use domain::connection::{Client, Environment};
use domain::provider::{ClientAuthentication, RedirectRule};
use domain::{ClientId, ProviderId};
use rusqlite::{OptionalExtension as _, Params, Row, Transaction, named_params};

use super::columns::{read, read_count, read_environment, read_json, read_moment, written_json, written_moment};
use super::secret_rotations::note_outlived;
use super::{Store, StoreError, redirect_uri};

impl Store {
    /// # Errors
    /// [`StoreError::DuplicateClient`] when the provider's client is stored already for this environment.
    pub fn insert_client(&self, client: &Client) -> Result<(), StoreError> {
        self.write(|writing| {
            let twin: Option<String> = writing
                .query_row(
                    "SELECT id FROM clients
                     WHERE id = ?1 OR (provider = ?2 AND client_id = ?3 AND environment = ?4)",
                    (client.id.as_str(), client.provider.as_str(), &client.client_id, client.environment.as_str()),
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(other) = twin {
                return Err(StoreError::DuplicateClient { other: ClientId::from_text(other) });
            }
            writing.execute(
                "INSERT INTO clients (id, provider, name, client_id, has_secret, environment, redirect_port, created_at,
                    variables, redirect, authentication)
                 VALUES (:id, :provider, :name, :client_id, :has_secret, :environment, :redirect_port, :created_at,
                    :variables, :redirect, :authentication)",
                named_params! {
                    ":id": client.id.as_str(),
                    ":provider": client.provider.as_str(),
                    ":name": client.name,
                    ":client_id": client.client_id,
                    ":has_secret": client.has_secret,
                    ":environment": client.environment.as_str(),
                    ":redirect_port": client.redirect_port,
                    ":created_at": written_moment(client.created_at),
                    ":variables": written_json(&client.variables, "variables")?,
                    ":redirect": client.redirect.as_ref().map(redirect_uri::written).transpose()?,
                    ":authentication": client.authentication.map(ClientAuthentication::as_str),
                },
            )?;
            Ok(())
        })
    }

    /// All clients, the oldest first.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        self.select_clients("SELECT * FROM clients ORDER BY created_at, id", [])
    }

    /// # Errors
    /// Any of the store's.
    pub fn find_client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.select_clients("SELECT * FROM clients WHERE id = ?1", [id.as_str()])?.pop())
    }

    /// The one that the provider calls `client_id`.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_client_by(
        &self,
        provider: &ProviderId,
        client_id: &str,
        environment: Environment,
    ) -> Result<Option<Client>, StoreError> {
        let found = self.select_clients(
            "SELECT * FROM clients WHERE provider = ?1 AND client_id = ?2 AND environment = ?3",
            (provider.as_str(), client_id, environment.as_str()),
        );
        Ok(found?.pop())
    }

    /// Says whether the keychain holds its secret.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_has_secret(&self, id: &ClientId, has_secret: bool) -> Result<(), StoreError> {
        self.update_client("UPDATE clients SET has_secret = ?2 WHERE id = ?1", (id.as_str(), has_secret))
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_redirect_port(&self, id: &ClientId, port: Option<u16>) -> Result<(), StoreError> {
        self.update_client("UPDATE clients SET redirect_port = ?2 WHERE id = ?1", (id.as_str(), port))
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_client_variables(&self, id: &ClientId, variables: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let variables = written_json(variables, "variables")?;
        self.update_client("UPDATE clients SET variables = ?2 WHERE id = ?1", (id.as_str(), variables))
    }

    /// The redirect URI registered with it; `None`: the provider's usual one.
    ///
    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_client_redirect(&self, id: &ClientId, redirect: Option<&RedirectRule>) -> Result<(), StoreError> {
        let redirect = redirect.map(redirect_uri::written).transpose()?;
        self.update_client("UPDATE clients SET redirect = ?2 WHERE id = ?1", (id.as_str(), redirect))
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn set_client_authentication(
        &self,
        id: &ClientId,
        authentication: Option<ClientAuthentication>,
    ) -> Result<(), StoreError> {
        let written = authentication.map(ClientAuthentication::as_str);
        self.update_client("UPDATE clients SET authentication = ?2 WHERE id = ?1", (id.as_str(), written))
    }

    /// How many connections use each client; one that none uses is left out.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn connection_counts_by_client(&self) -> Result<HashMap<ClientId, usize>, StoreError> {
        self.read(|sqlite| {
            let mut statement =
                sqlite.prepare_cached("SELECT client, count(*) AS uses FROM connections GROUP BY client")?;
            let mut rows = statement.query([])?;
            let mut counts = HashMap::new();
            while let Some(row) = rows.next()? {
                counts.insert(ClientId::from_text(read::<String>(row, "client")?), read_count(row, "uses")?);
            }
            Ok(counts)
        })
    }

    /// # Errors
    /// [`StoreError::Gone`].
    pub fn rename_client(&self, id: &ClientId, name: &str) -> Result<(), StoreError> {
        self.update_client("UPDATE clients SET name = ?2 WHERE id = ?1", (id.as_str(), name))
    }

    /// Says which environment it is of.
    ///
    /// # Errors
    /// [`StoreError::ClientInUse`] while a connection uses it [A9]; [`StoreError::DuplicateClient`] when that
    /// environment has the same one; [`StoreError::Gone`].
    pub fn set_client_environment(&self, id: &ClientId, environment: Environment) -> Result<(), StoreError> {
        self.write(|writing| {
            refuse_in_use(writing, id)?;
            let twin: Option<String> = writing
                .query_row(
                    "SELECT other.id FROM clients JOIN clients AS other USING (provider, client_id)
                     WHERE clients.id = ?1 AND other.id <> ?1 AND other.environment = ?2",
                    (id.as_str(), environment.as_str()),
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(other) = twin {
                return Err(StoreError::DuplicateClient { other: ClientId::from_text(other) });
            }
            let updated = writing
                .execute("UPDATE clients SET environment = ?2 WHERE id = ?1", (id.as_str(), environment.as_str()))?;
            if updated == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    /// Removes it, and notes its secrets as outlived: they are still in the keychain.
    ///
    /// # Errors
    /// [`StoreError::ClientInUse`] while a connection uses it, also a disconnected one; [`StoreError::Gone`].
    pub fn remove_client(&self, id: &ClientId) -> Result<(), StoreError> {
        self.write(|writing| {
            refuse_in_use(writing, id)?;
            for table in ["client_registrations", "secret_rotations", "setup_checks"] {
                writing.execute(&format!("DELETE FROM {table} WHERE client = ?1"), [id.as_str()])?;
            }
            let removed = writing.execute("DELETE FROM clients WHERE id = ?1", [id.as_str()])?;
            if removed == 0 {
                return Err(StoreError::Gone);
            }
            for slot in [SecretSlot::First, SecretSlot::Second] {
                note_outlived(writing, id, slot)?;
            }
            Ok(())
        })
    }

    fn update_client(&self, statement: &str, parameters: impl Params) -> Result<(), StoreError> {
        self.write(|writing| {
            let updated = writing.execute(statement, parameters)?;
            if updated == 0 { Err(StoreError::Gone) } else { Ok(()) }
        })
    }

    fn select_clients(&self, statement: &str, parameters: impl Params) -> Result<Vec<Client>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(statement)?;
            let mut rows = statement.query(parameters)?;
            let mut clients = vec![];
            while let Some(row) = rows.next()? {
                clients.push(read_client(row)?);
            }
            Ok(clients)
        })
    }
}

fn refuse_in_use(writing: &Transaction<'_>, id: &ClientId) -> Result<(), StoreError> {
    let connections =
        writing.query_row("SELECT count(*) FROM connections WHERE client = ?1", [id.as_str()], |row| row.get(0))?;
    if connections > 0 { Err(StoreError::ClientInUse { connections }) } else { Ok(()) }
}

fn read_client(row: &Row<'_>) -> Result<Client, StoreError> {
    Ok(Client {
        id: ClientId::from_text(read::<String>(row, "id")?),
        provider: ProviderId::from_text(read::<String>(row, "provider")?),
        name: read(row, "name")?,
        client_id: read(row, "client_id")?,
        has_secret: read(row, "has_secret")?,
        environment: read_environment(row, "environment")?,
        redirect_port: read(row, "redirect_port")?,
        created_at: read_moment(row, "created_at")?,
        variables: read_json(row, "variables")?,
        redirect: redirect_uri::read_from(row)?,
        authentication: read::<Option<String>>(row, "authentication")?
            .and_then(|text| ClientAuthentication::from_text(&text)),
    })
}

#[cfg(test)]
mod tests {
    use domain::provider::{RedirectHost, RedirectPort, RedirectScheme};

    use super::super::test_values::{client, connection, store};
    use super::*;

    /// A2
    #[test]
    fn a_client_comes_back_as_it_was_and_as_it_was_changed() {
        let store = Store::in_memory().unwrap();
        let bare = Client {
            id: ClientId::from_random(2),
            has_secret: false,
            environment: Environment::Sandbox,
            redirect_port: None,
            variables: BTreeMap::from([("shop".to_owned(), "my-shop".to_owned())]),
            redirect: Some(RedirectRule {
                scheme: RedirectScheme::Https,
                host: RedirectHost::Ipv6,
                port: RedirectPort::Fixed(8443),
                path: "/cb".to_owned(),
                is_path_exact: true,
            }),
            authentication: Some(ClientAuthentication::PrivateKeyJwt),
            ..client()
        };
        store.insert_client(&client()).unwrap();
        store.insert_client(&bare).unwrap();
        assert_eq!(store.list_clients().unwrap(), [client(), bare.clone()]);
        let found = store.find_client_by(&bare.provider, &bare.client_id, Environment::Sandbox).unwrap();
        assert_eq!(found, Some(bare.clone()), "environments never mix");
        assert_eq!(store.find_client_by(&bare.provider, &bare.client_id, Environment::Staging).unwrap(), None);

        store.set_has_secret(&bare.id, true).unwrap();
        store.set_redirect_port(&bare.id, Some(8765)).unwrap();

        let changed = Client { has_secret: true, redirect_port: Some(8765), ..bare };
        assert_eq!(store.find_client(&changed.id).unwrap(), Some(changed));
        let nobody = ClientId::from_random(9);
        assert!(matches!(store.set_has_secret(&nobody, true), Err(StoreError::Gone)));
        assert!(matches!(store.remove_client(&nobody), Err(StoreError::Gone)));
    }

    /// A1
    #[test]
    fn the_same_client_is_stored_once() {
        let store = store();
        let again = Client { id: ClientId::from_random(2), name: "Again".into(), ..client() };

        let outcome = store.insert_client(&again);

        assert!(matches!(&outcome, Err(StoreError::DuplicateClient { other }) if *other == client().id), "{outcome:?}");
    }

    /// A1
    #[test]
    fn a_client_in_use_stays() {
        let store = store();
        assert_eq!(store.connection_counts_by_client().unwrap(), HashMap::from([(client().id, 1)]));

        let outcome = store.remove_client(&client().id);
        assert!(matches!(outcome, Err(StoreError::ClientInUse { connections: 1 })), "{outcome:?}");

        let moved = store.set_client_environment(&client().id, Environment::Sandbox);
        assert!(matches!(moved, Err(StoreError::ClientInUse { connections: 1 })), "its connections would follow: A9");

        store.forget_connection(&connection().id).unwrap();
        store.set_client_environment(&client().id, Environment::Sandbox).unwrap();
        store.rename_client(&client().id, "Ours").unwrap();
        let changed = store.find_client(&client().id).unwrap().unwrap();
        assert_eq!((changed.name.as_str(), changed.environment), ("Ours", Environment::Sandbox));
        store.remove_client(&client().id).unwrap();
        assert_eq!(store.list_outlived_secrets().unwrap().len(), 2, "what the keychain holds of it is to be erased");
        assert_eq!(store.list_clients().unwrap(), []);
        assert_eq!(store.connection_counts_by_client().unwrap(), HashMap::new());
    }
}
