//! Clients: the OAuth apps a person registered; ids in the database, secrets in the keychain [A3, A9, S016].

use std::collections::BTreeMap;

use domain::connection::{Client, Environment};
use domain::provider::{Provider, RedirectPort, RedirectRule, SecretNeed};
use domain::{ClientId, ProviderId, Secret};

use crate::{Engine, Error};

/// A client as a person enters it.
#[derive(Default)]
pub struct NewClient {
    pub provider: String,
    pub name: Option<String>,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub environment: Environment,
    pub redirect_port: Option<u16>,
    /// The redirect URI registered with it, where it is not the provider's usual one.
    pub redirect: Option<RedirectRule>,
    /// Values of the provider's variables, for every sign-in of this client.
    pub variables: BTreeMap<String, String>,
}

impl Engine {
    /// All clients with how many connections use each.
    pub fn list_clients(&self) -> Result<Vec<(Client, usize)>, Error> {
        let counts = self.parts.store.connection_counts_by_client()?;
        let clients = self.parts.store.list_clients()?;
        Ok(clients
            .into_iter()
            .map(|client| (counts.get(&client.id).copied().unwrap_or(0), client))
            .map(|(n, c)| (c, n))
            .collect())
    }

    /// A client by its id.
    pub fn client(&self, id: &ClientId) -> Result<Client, Error> {
        self.parts.store.find_client(id)?.ok_or_else(|| Error::ClientGone(id.to_string()))
    }

    /// Adds a client, or gives a known one its new secret. The secret is stored before the row says so.
    pub async fn add_client(&self, new: NewClient) -> Result<Client, Error> {
        let provider = self.find_or_discover(&new.provider).await?;
        let client_id = new.client_id.trim().to_owned();
        if client_id.is_empty() || client_id.len() > 512 || client_id.chars().any(char::is_control) {
            return Err(Error::ClientIncomplete("its id is missing"));
        }
        let known = self.parts.store.find_client_by(&provider.id, &client_id, new.environment)?;
        let has_secret = new.client_secret.is_some() || known.as_ref().is_some_and(|it| it.has_secret);
        if provider.client_secret == SecretNeed::Required && !has_secret {
            return Err(Error::ClientIncomplete("this provider wants a client secret too"));
        }

        let id = match &known {
            Some(client) => client.id.clone(),
            None => ClientId::from_random(Self::random_bits()?),
        };
        if let Some(secret) = &new.client_secret {
            self.note_canary().await?;
            self.parts.vault.write_client_secret(&id, secret).await?;
        }
        match known {
            Some(client) => {
                if new.client_secret.is_some() && !client.has_secret {
                    self.parts.store.set_has_secret(&id, true)?;
                }
                if let Some(port) = new.redirect_port {
                    self.parts.store.set_redirect_port(&id, Some(port))?;
                }
                if new.redirect.is_some() {
                    self.parts.store.set_client_redirect(&id, new.redirect.as_ref())?;
                }
            }
            None => {
                let name = new.name.filter(|name| !name.trim().is_empty());
                self.parts.store.insert_client(&Client {
                    id: id.clone(),
                    name: name.unwrap_or_else(|| default_name(&provider, &client_id)),
                    provider: provider.id,
                    client_id,
                    has_secret,
                    environment: new.environment,
                    redirect_port: new.redirect_port,
                    variables: new.variables,
                    redirect: new.redirect,
                    authentication: None,
                    created_at: self.parts.clock.now(),
                })?;
            }
        }
        self.client(&id)
    }

    /// Says which redirect URI is registered with a client, letter by letter; `None`: the provider's usual one.
    ///
    /// # Errors
    /// [`Error::RedirectUriRefused`] where no browser can be waited for at it; [`Error::ClientGone`].
    pub fn set_client_redirect(&self, id: &ClientId, redirect_uri: Option<&str>) -> Result<Client, Error> {
        let rule = redirect_uri.map(RedirectRule::read).transpose()?;
        self.client(id)?;
        self.parts.store.set_client_redirect(id, rule.as_ref())?;
        self.client(id)
    }

    /// The built-in client of a provider that needs no set-up, made on first use.
    pub(super) fn built_in_client(
        &self,
        provider: &Provider,
        environment: Environment,
    ) -> Result<Option<Client>, Error> {
        let Some(client_id) = &provider.built_in_client_id else { return Ok(None) };
        if let Some(client) = self.parts.store.find_client_by(&provider.id, client_id, environment)? {
            return Ok(Some(client));
        }
        let client = Client {
            id: ClientId::from_random(Self::random_bits()?),
            provider: provider.id.clone(),
            name: "Built in".to_owned(),
            client_id: client_id.clone(),
            has_secret: false,
            environment,
            redirect_port: None,
            variables: BTreeMap::new(),
            redirect: None,
            authentication: None,
            created_at: self.parts.clock.now(),
        };
        self.parts.store.insert_client(&client)?;
        Ok(Some(client))
    }

    /// The secret of a client, where it has one.
    pub(super) async fn client_secret(&self, client: &Client) -> Result<Option<Secret>, Error> {
        if !client.has_secret {
            return Ok(None);
        }
        match self.parts.vault.read_client_secret(&client.id).await? {
            Some(secret) => Ok(Some(secret)),
            None => Err(Error::ClientSecretMissing(client.name.clone())),
        }
    }

    /// The port to listen on for a client: its own, else the provider's fixed one, else any.
    pub(super) fn redirect_port(provider: &Provider, client: Option<&Client>) -> Option<u16> {
        client.and_then(|client| client.redirect_port).or(match provider.redirect.port {
            RedirectPort::Fixed(port) => Some(port),
            RedirectPort::Any => None,
        })
    }

    /// Clients of one provider.
    pub fn list_clients_of(&self, provider: &ProviderId) -> Result<Vec<(Client, usize)>, Error> {
        let mut clients = self.list_clients()?;
        clients.retain(|(client, _)| client.provider == *provider);
        Ok(clients)
    }
}

fn default_name(provider: &Provider, client_id: &str) -> String {
    let end: String = client_id.chars().take(12).collect();
    format!("{} {end}", provider.name)
}
