//! Clients: the OAuth apps a person registered; ids in the database, secrets in the keychain [A3, A9, S016].

use std::collections::{BTreeMap, HashMap};

use domain::connection::client_rotation::{RotationRefused, SecretSlot};
use domain::connection::{Client, Dependant, Environment};
use domain::provider::{Provider, RedirectPort, RedirectRule, SecretNeed};
use domain::{ClientId, ProviderId, Secret};
use jiff::Timestamp;

use super::connect::values_of;
use super::labels::label;
use super::overview::ConnectionOverview;
use super::providers::refuse_unknown_variables;
use super::registrations::Retirement;
use crate::store::StoreError;
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

/// What became of a client that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedClient {
    /// Where it is [`Retirement::Kept`], nothing was removed.
    pub registration: Retirement,
    /// False: the keychain could not be asked, and the secrets are erased once it can.
    pub is_secret_erased: bool,
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

    /// When the secrets of clients end, as the servers said that registered them (RFC 7591 §3.2.1); of the others
    /// nobody knows an end.
    ///
    /// # Errors
    /// The database's.
    pub fn client_secret_ends(&self) -> Result<HashMap<ClientId, Timestamp>, Error> {
        Ok(self.parts.store.client_secret_ends()?)
    }

    /// Adds a client, or gives a known one its new secret. The secret is stored before the row says so.
    pub async fn add_client(&self, new: NewClient) -> Result<Client, Error> {
        let provider = self.find_or_discover(&new.provider).await?;
        let client_id = new.client_id.trim().to_owned();
        if client_id.is_empty() || client_id.len() > 512 || client_id.chars().any(char::is_control) {
            return Err(Error::ClientIncomplete("its id is missing"));
        }
        let known = self.parts.store.find_client_by(&provider.id, &client_id, new.environment)?;
        refuse_unknown_variables(&provider, &new.variables)?;
        let filled =
            self.with_variables(provider.clone(), known.as_ref().map(|client| &client.variables), &new.variables)?;
        let has_secret = new.client_secret.is_some() || known.as_ref().is_some_and(|it| it.has_secret);
        if provider.client_secret == SecretNeed::Required && !has_secret {
            return Err(Error::ClientIncomplete("this provider wants a client secret too"));
        }

        let id = match &known {
            Some(client) => client.id.clone(),
            None => ClientId::from_random(Self::random_bits()?),
        };
        if let Some(secret) = &new.client_secret {
            let slot = match &known {
                Some(client) if self.rotation(&client.id)?.is_some() => return Err(RotationRefused::UnderWay.into()),
                Some(client) => self.parts.store.client_secret_slot(&client.id)?,
                None => SecretSlot::default(),
            };
            self.note_canary().await?;
            self.parts.vault.write_client_secret(&id, slot, secret).await?;
        }
        match known {
            Some(client) => {
                if new.client_secret.is_some() && !client.has_secret {
                    self.parts.store.set_has_secret(&id, true)?;
                }
                if new.client_secret.is_some() {
                    self.parts.store.forget_client_secret_end(&id)?;
                }
                if let Some(port) = new.redirect_port {
                    self.parts.store.set_redirect_port(&id, Some(port))?;
                }
                if new.redirect.is_some() {
                    self.parts.store.set_client_redirect(&id, new.redirect.as_ref())?;
                }
                if !new.variables.is_empty() {
                    self.parts.store.set_client_variables(&id, &values_of(&filled))?;
                }
            }
            None => {
                let name = new.name.filter(|name| !name.trim().is_empty());
                let others = self.list_clients_of(&provider.id)?;
                let is_first = others.is_empty();
                self.parts.store.insert_client(&Client {
                    id: id.clone(),
                    name: name.unwrap_or_else(|| default_name(&provider, &client_id, is_first)),
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
        let slot = self.parts.store.client_secret_slot(&client.id)?;
        if let Some(secret) = self.parts.vault.read_client_secret(&client.id, slot).await? {
            return Ok(Some(secret));
        }
        // Switched between the two looks, and the old one forgotten.
        let newest = self.parts.store.client_secret_slot(&client.id)?;
        if newest != slot
            && let Some(secret) = self.parts.vault.read_client_secret(&client.id, newest).await?
        {
            return Ok(Some(secret));
        }
        Err(Error::ClientSecretMissing(client.name.clone()))
    }

    /// A client by what a person typed: its id, or a name or client id that only one has.
    pub fn find_client(&self, typed: &str) -> Result<Client, Error> {
        let typed = typed.trim();
        let mut clients = self.parts.store.list_clients()?;
        if let Some(client) = clients.iter().find(|it| it.id.as_str() == typed) {
            return Ok(client.clone());
        }
        clients.retain(|it| it.client_id == typed || it.name.to_lowercase() == typed.to_lowercase());
        match (clients.pop(), clients.len()) {
            (Some(client), 0) => Ok(client),
            (Some(_), _) => Err(Error::BadInput("several clients are called so; use an id (cli_…)")),
            (None, _) => Err(Error::ClientGone(typed.chars().take(80).collect())),
        }
    }

    /// Connections that sign in through a client, also disconnected ones, each with what leans on it [E5].
    pub fn connections_of_client(&self, id: &ClientId) -> Result<Vec<(ConnectionOverview, Vec<Dependant>)>, Error> {
        let all = self.list_connections()?.into_iter().filter(|it| it.connection.client == *id);
        all.map(|it| Ok((self.list_dependants(&it.connection.id)?, it)).map(|(leaning, it)| (it, leaning))).collect()
    }

    pub fn rename_client(&self, id: &ClientId, name: &str) -> Result<Client, Error> {
        let name = label(name).ok_or(Error::BadInput("a client needs a name"))?;
        self.parts.store.rename_client(id, &name)?;
        self.client(id)
    }

    /// Moves a client to another environment; refused while connections use it, for they would change sides [A9].
    pub fn set_client_environment(&self, id: &ClientId, environment: Environment) -> Result<Client, Error> {
        let client = self.client(id)?;
        self.refuse_while_used(&client)?;
        match self.parts.store.set_client_environment(id, environment) {
            Err(StoreError::DuplicateClient { .. }) => {
                Err(Error::BadInput("that environment has a client with this client id already"))
            }
            other => Ok(other?),
        }?;
        self.client(id)
    }

    /// Removes a client and erases its secrets. Refused while connections use it. One that Patchbay registered is taken
    /// back at its server first, and stays where that could not be asked, unless it may be left there.
    pub async fn remove_client(&self, id: &ClientId, may_be_left_there: bool) -> Result<RemovedClient, Error> {
        let client = self.client(id)?;
        self.refuse_while_used(&client)?;
        let mut registration = self.retire_registration(id).await?;
        if matches!(registration, Retirement::Kept { .. }) && may_be_left_there {
            self.forget_registered(id).await?;
            registration = Retirement::LeftThere;
        }
        if registration != Retirement::NotOurs {
            return Ok(RemovedClient { registration, is_secret_erased: true });
        }
        self.parts.store.remove_client(id)?;
        Ok(RemovedClient { registration, is_secret_erased: self.erase_outlived_secrets().await.is_ok() })
    }

    fn refuse_while_used(&self, client: &Client) -> Result<(), Error> {
        let used_by: Vec<_> =
            self.connections_of_client(&client.id)?.into_iter().map(|(it, _)| it.connection.name).collect();
        if used_by.is_empty() { Ok(()) } else { Err(Error::ClientInUse { name: client.name.clone(), used_by }) }
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

/// So much of a client id stands in a name.
const LONGEST_ID: usize = 20;

/// An issuer given by its address seldom has two clients: the first is called as it is. Else the id tells them apart,
/// and one that is cut says so.
fn default_name(provider: &Provider, client_id: &str, is_first: bool) -> String {
    if provider.id.as_str().contains("://") && is_first {
        return provider.name.clone();
    }
    if client_id.chars().count() <= LONGEST_ID {
        return format!("{} {client_id}", provider.name);
    }
    let begin: String = client_id.chars().take(LONGEST_ID - 1).collect();
    format!("{} {begin}…", provider.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that a person did not name is named by its host, and never by half a word without saying so.
    #[test]
    fn a_client_without_a_name_is_called_by_its_host_and_a_cut_id_says_so() {
        let of = |id: &str, name: &str| {
            let bare = Provider::bare(ProviderId::from_text(id), "https://a.example/token".parse().unwrap());
            Provider { name: name.to_owned(), ..bare }
        };
        let issuer = of("http://127.0.0.1:46017", "127.0.0.1:46017");

        assert_eq!(default_name(&issuer, "patchbay-practice", true), "127.0.0.1:46017");
        assert_eq!(default_name(&issuer, "patchbay-practice", false), "127.0.0.1:46017 patchbay-practice");
        let google = of("google", "Google");
        assert_eq!(default_name(&google, "1234567890-abcdef.apps.example", true), "Google 1234567890-abcdef.a…");
    }
}
