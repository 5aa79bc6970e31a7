//! The key a grant is bound to: made before it is needed, found again, erased with its grant [A3, A10, S103].

use std::sync::Arc;

use domain::ConnectionId;
use domain::connection::Client;
use domain::connection::Connection;
use domain::connection::binding::GrantBinding;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::provider::Provider;

use crate::signing::{DpopKey, SigningKey};
use crate::vault::VaultError;
use crate::{Engine, Error};

impl Engine {
    /// What a grant is bound to beyond its account.
    pub fn grant_binding(&self, id: &ConnectionId) -> Result<GrantBinding, Error> {
        Ok(self.parts.store.grant_binding(id)?)
    }

    /// A new key, durable in the keychain before anything is bound to it.
    pub(super) async fn new_dpop_key(&self) -> Result<Arc<DpopKey>, Error> {
        let (key, kept) = SigningKey::generate().ok_or(Error::NoRandomness)?;
        self.note_canary().await?;
        self.parts.vault.write_dpop_key(&key.thumbprint(), &kept).await?;
        Ok(Arc::new(DpopKey::new(key, self.dpop_nonces.clone())))
    }

    /// The key that a grant is bound to, where it is bound to one. A keychain that answers and does not hold it has
    /// lost the grant: nothing else can renew or use its tokens.
    pub(super) async fn dpop_key_of(
        &self,
        connection: &Connection,
        binding: &GrantBinding,
    ) -> Result<Option<Arc<DpopKey>>, Error> {
        let Some(thumbprint) = &binding.dpop_thumbprint else { return Ok(None) };
        match self.read_dpop_key(thumbprint).await? {
            Some(key) => Ok(Some(key)),
            None => Err(Error::BlockedOnAuth {
                name: connection.name.clone(),
                diagnosis: Diagnosis {
                    provider_code: Some("dpop_key_missing".to_owned()),
                    ..Diagnosis::of(CauseLabel::GrantInvalid)
                },
            }),
        }
    }

    /// The key of that thumbprint, if the keychain holds it.
    pub(super) async fn read_dpop_key(&self, thumbprint: &str) -> Result<Option<Arc<DpopKey>>, Error> {
        let kept = match self.parts.vault.read_dpop_key(thumbprint).await {
            Ok(kept) => kept,
            Err(VaultError::Damaged) => None,
            Err(error) => return Err(error.into()),
        };
        let key = kept.and_then(|kept| SigningKey::read(&kept).ok()).filter(|key| key.thumbprint() == thumbprint);
        Ok(key.map(|key| Arc::new(DpopKey::new(key, self.dpop_nonces.clone()))))
    }

    /// Erases a key that no grant is bound to any longer.
    pub(super) async fn erase_unbound_key(&self, thumbprint: &str) -> Result<(), Error> {
        if self.parts.store.list_bound_keys()?.iter().any(|it| it == thumbprint) {
            return Ok(());
        }
        Ok(self.parts.vault.erase_dpop_key(thumbprint).await?)
    }
}

/// The provider as one client deals with it: where a way to prove itself was chosen for the client, that one alone.
pub(super) fn as_seen_by(client: &Client, mut provider: Provider) -> Provider {
    if let Some(method) = client.authentication {
        provider.client_authentication = vec![method];
    }
    provider
}
