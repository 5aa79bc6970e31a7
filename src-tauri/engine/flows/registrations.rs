//! Clients that Patchbay registers by itself where a server lets programs do so, and takes back when nothing uses
//! them (RFC 7591, RFC 7592) [A2, A3, A10, S092].

use domain::connection::client_rotation::SecretSlot;
use domain::connection::{Client, Environment};
use domain::provider::{ClientAuthentication, Provider};
use domain::{ClientId, Secret};
use jiff::Timestamp;
use url::Url;

use crate::authorization_server::registration::{
    Deregistered, RegistrationRequest, best_authentication, deregister, register,
};
use crate::redirect_listener::RedirectListener;
use crate::signing::{KeyRefused, SigningKey};
use crate::store::ClientRegistration;
use crate::{Engine, Error};

/// What a registration is wanted for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) environment: Environment,
    pub(super) uses_device_flow: bool,
    pub(super) is_dpop_bound: bool,
}

/// What became of a registration that nothing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// The server has deleted it, or does not know it; it is forgotten here.
    Gone,
    /// The server lets nobody delete it (RFC 7592 §2.3, or it named no place to ask); it is forgotten here alone.
    LeftThere,
    /// The server could not be asked, or not answer: the client is kept, with the token that deletes it.
    Kept { http_status: Option<u16> },
    /// A person registered the client, or a connection uses it.
    NotOurs,
}

impl Engine {
    /// A key for a client that signs in place of a secret: what to keep as its secret, and the public half to register.
    pub fn new_client_key() -> Result<(Secret, serde_json::Value), Error> {
        let (key, kept) = SigningKey::generate().ok_or(Error::NoRandomness)?;
        Ok((kept, key.public_jwk()))
    }

    /// The public half of a private key that a person gave.
    pub fn public_half(key: &Secret) -> Result<serde_json::Value, KeyRefused> {
        Ok(SigningKey::read(key)?.public_jwk())
    }

    /// The public half of the key that a client signs with, as a JWK (RFC 7517); `None` where it proves itself by a secret, or not at all.
    pub async fn public_key_of(&self, client: &Client) -> Result<Option<String>, Error> {
        let provider = self.provider(&client.provider)?;
        let signs = match client.authentication {
            Some(method) => method == ClientAuthentication::PrivateKeyJwt,
            None => provider.client_authentication.contains(&ClientAuthentication::PrivateKeyJwt),
        };
        if !signs || !client.has_secret {
            return Ok(None);
        }
        Ok(self.client_secret(client).await?.and_then(|kept| Self::public_half(&kept).ok()).map(|it| it.to_string()))
    }

    /// Registers a client for this program, with the one redirect URI it will listen at. Its secrets are in the
    /// keychain before its row says so.
    pub(super) async fn register_client(&self, provider: &Provider, wanted: Wanted) -> Result<Client, Error> {
        let Some(endpoint) = &provider.registration_endpoint else {
            return Err(Error::ClientIncomplete("its id is missing"));
        };
        let refused = |detail: Option<String>| Error::RegistrationRefused {
            provider: provider.name.clone(),
            detail: detail.unwrap_or_default(),
        };
        let method = best_authentication(provider)
            .ok_or_else(|| refused(Some("it takes no way of authentication that a program can keep".to_owned())))?;
        self.note_canary().await?;

        // A free port of this moment: some servers compare it, and the client keeps it from then on.
        let listener = RedirectListener::bind(&super::connect::listen_at_for(provider, None)).await?;
        let redirect_uri = listener.redirect_uri().to_owned();
        listener.close().await;
        let port = Url::parse(&redirect_uri).ok().and_then(|url| url.port());

        let key = match method {
            ClientAuthentication::PrivateKeyJwt => Some(SigningKey::generate().ok_or(Error::NoRandomness)?),
            ClientAuthentication::Basic | ClientAuthentication::Post | ClientAuthentication::Public => None,
        };
        let request = RegistrationRequest {
            redirect_uri: &redirect_uri,
            authentication: method,
            public_jwk: key.as_ref().map(|(key, _)| key.public_jwk()),
            wants_device_flow: wanted.uses_device_flow,
            is_dpop_bound: wanted.is_dpop_bound,
        };
        let registered =
            register(&self.parts.http, provider, endpoint, &request).await.map_err(|it| refused(it.detail))?;

        let id = ClientId::from_random(Self::random_bits()?);
        let secret: Option<Secret> = match registered.authentication {
            ClientAuthentication::PrivateKeyJwt => key.map(|(_, kept)| kept),
            ClientAuthentication::Basic | ClientAuthentication::Post | ClientAuthentication::Public => {
                registered.client_secret
            }
        };
        if let Some(secret) = &secret {
            self.parts.vault.write_client_secret(&id, SecretSlot::First, secret).await?;
        }
        if let Some(token) = &registered.access_token {
            self.parts.vault.write_registration_token(&id, token).await?;
        }
        let now = self.parts.clock.now();
        let client = Client {
            id: id.clone(),
            provider: provider.id.clone(),
            name: "Registered by Patchbay".to_owned(),
            client_id: registered.client_id,
            has_secret: secret.is_some(),
            environment: wanted.environment,
            redirect_port: port,
            variables: std::collections::BTreeMap::new(),
            redirect: None,
            authentication: Some(registered.authentication),
            created_at: now,
        };
        self.parts.store.insert_client(&client)?;
        self.parts.store.save_registration(&ClientRegistration {
            client: id,
            configuration_uri: registered.configuration_uri.map(String::from),
            registered_at: now,
            secret_expires_at: registered.secret_expires_at,
            given_up_at: None,
        })?;
        Ok(client)
    }

    /// Takes a registration back that was made for a sign-in which came to nothing. One that the server cannot be
    /// made to forget is kept, for the next sign-in to use. True when it is gone.
    pub(super) async fn retire_unused(&self, client: &Client) -> Result<bool, Error> {
        let Some(registration) = self.parts.store.find_registration(&client.id)? else { return Ok(false) };
        let can_be_taken_back = registration.configuration_uri.is_some()
            && self.parts.vault.read_registration_token(&client.id).await?.is_some()
            && self.refuse_when_offline().is_ok();
        let is_awaited = self.list_sign_ins().iter().any(|it| it.provider == client.provider && !it.progress.is_over());
        if !can_be_taken_back || is_awaited || self.is_used(&client.id)? {
            return Ok(false);
        }
        match self.ask_to_delete(&registration).await? {
            Deregistered::Gone => self.forget_registered(&client.id).await.map(|()| true),
            Deregistered::Refused | Deregistered::Unanswered { .. } => Ok(false),
        }
    }

    /// Takes a client's own registration back and forgets the client, once no connection uses it. Where the server
    /// cannot be asked today, both are kept with the token that deletes it, and it is asked again.
    pub async fn retire_registration(&self, client: &ClientId) -> Result<Retirement, Error> {
        let Some(registration) = self.parts.store.find_registration(client)? else { return Ok(Retirement::NotOurs) };
        if self.is_used(client)? {
            return Ok(Retirement::NotOurs);
        }
        // A crash after the answer leaves it given up, and the next look finds it gone.
        self.parts.store.set_given_up(client, Some(self.parts.clock.now()))?;
        let retirement = match self.ask_to_delete(&registration).await? {
            Deregistered::Gone => Retirement::Gone,
            Deregistered::Refused => Retirement::LeftThere,
            Deregistered::Unanswered { http_status } => {
                tracing::info!(client = %client, ?http_status, "a registration could not be deleted yet");
                return Ok(Retirement::Kept { http_status });
            }
        };
        self.forget_registered(client).await?;
        Ok(retirement)
    }

    /// Forgets a client that is registered, with the token that would delete it there.
    pub(super) async fn forget_registered(&self, client: &ClientId) -> Result<(), Error> {
        self.parts.vault.erase_registration_token(client).await?;
        for slot in [SecretSlot::First, SecretSlot::Second] {
            self.parts.vault.erase_client_secret(client, slot).await?;
        }
        self.parts.store.remove_registration(client)?;
        self.parts.store.remove_client(client)?;
        Ok(())
    }

    /// Since when a client's registration is to be deleted at its server, which has not confirmed it; `None`: it is in
    /// use, or a person's own.
    pub fn registration_given_up_at(&self, client: &ClientId) -> Result<Option<Timestamp>, Error> {
        Ok(self.parts.store.find_registration(client)?.and_then(|it| it.given_up_at))
    }

    /// Asks again for what servers could not delete when they were asked.
    pub(crate) async fn retire_given_up(&self) -> Result<(), Error> {
        for client in self.parts.store.given_up_registrations()? {
            if self.is_used(&client)? {
                self.parts.store.set_given_up(&client, None)?;
            } else if let Err(error) = self.retire_registration(&client).await {
                tracing::warn!(%client, %error, "a registration that nothing needs could not be taken back");
            }
        }
        Ok(())
    }

    fn is_used(&self, client: &ClientId) -> Result<bool, Error> {
        Ok(self.parts.store.connection_counts_by_client()?.get(client).is_some_and(|count| *count > 0))
    }

    async fn ask_to_delete(&self, registration: &ClientRegistration) -> Result<Deregistered, Error> {
        let address = registration.configuration_uri.as_deref().and_then(|it| Url::parse(it).ok());
        let token = self.parts.vault.read_registration_token(&registration.client).await?;
        let (Some(url), Some(token)) = (address, token) else { return Ok(Deregistered::Refused) };
        if self.refuse_when_offline().is_err() {
            return Ok(Deregistered::Unanswered { http_status: None });
        }
        Ok(deregister(&self.parts.http, &url, &token).await)
    }
}
