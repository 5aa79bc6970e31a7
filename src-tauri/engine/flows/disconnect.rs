//! Disconnecting: says what it strands, revokes where it can, erases the keychain entries [A10, S078, S079, S080].

use domain::ConnectionId;
use domain::connection::binding::GrantBinding;
use domain::connection::farewell::{self, Farewell, RevocationPlan};
use domain::connection::{Connection, GrantState};
use domain::lifecycle_event::EventKind;
use domain::provider::Revocation;

use super::bindings::as_seen_by;
use crate::authorization_server::ClientCredentials;
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};
use crate::{Engine, Error};

/// What a disconnect did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    pub revocation: RevocationResult,
    pub stranded_count: usize,
}

/// What became of the grant at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationResult {
    Revoked,
    /// Erased here, not revoked there.
    Failed {
        http_status: Option<u16>,
    },
    NotOffered,
    NothingToRevoke,
}

impl Engine {
    /// What a disconnect would do, before it is done.
    pub fn plan_disconnect(&self, id: &ConnectionId) -> Result<Farewell, Error> {
        let connection = self.connection(id)?;
        let provider = self.provider_of(&connection)?;
        let dependants = self.list_dependants(id)?;
        let board = self.parts.store.list_connections()?;
        Ok(farewell::plan(&connection, &provider, dependants, &board))
    }

    /// Revokes at the provider, then erases here whatever the provider answered. The row stays, so that
    /// the connection can be brought back with its name and dependants.
    pub async fn disconnect(&self, id: &ConnectionId) -> Result<Disconnected, Error> {
        let plan = self.plan_disconnect(id)?;
        let lock = self.lock_refresh(id).await?;
        let connection = self.connection(id)?;
        let revocation = self.take_back(&connection, plan.revocation).await?;

        let version = connection.token.as_ref().map(|token| token.version).unwrap_or_default();
        let at = self.parts.clock.now();
        let mut events = vec![self.event(EventKind::Disconnected, &connection)];
        if let RevocationResult::Failed { http_status } = revocation {
            let mut event = self.event(EventKind::RevocationFailed, &connection);
            event.endpoint = Some("revocation");
            event.http_status = http_status;
            events.insert(0, event);
        }
        self.parts.store.set_grant(id, version, &GrantState::Disconnected { at }, &events)?;
        self.erase_all(id, version).await?;
        drop(lock);
        self.notify_connection(id);
        Ok(Disconnected { revocation, stranded_count: plan.stranded.len() })
    }

    /// Takes a disconnected connection off the board, with its dependants and timeline.
    pub fn forget_connection(&self, id: &ConnectionId) -> Result<(), Error> {
        let connection = self.connection(id)?;
        if !matches!(connection.grant, GrantState::Disconnected { .. }) {
            return Err(Error::BadInput("disconnect it first: its grant may still live at the provider"));
        }
        self.parts.store.forget_connection(id)?;
        for sealed in self.parts.sealed.list()?.into_iter().filter(|it| it.connection == *id) {
            self.parts.sealed.remove(id, sealed.version)?;
        }
        self.notify_connection(id);
        Ok(())
    }

    async fn take_back(&self, connection: &Connection, plan: RevocationPlan) -> Result<RevocationResult, Error> {
        let client = self.client(&connection.client)?;
        let provider = as_seen_by(&client, self.provider_of(connection)?);
        let Revocation::Offered(call) = &provider.revocation else { return Ok(RevocationResult::NotOffered) };
        if plan == RevocationPlan::NothingToRevoke {
            return Ok(RevocationResult::NothingToRevoke);
        }
        let Some(bundle) = self.read_bundle(connection).await? else { return Ok(RevocationResult::NothingToRevoke) };
        // Nothing was erased yet: it can be said goodbye to once requests may leave again.
        self.refuse_when_offline()?;
        // A lost client secret must not keep anyone from saying goodbye.
        let client_secret = self.client_secret(&client).await.unwrap_or_default();
        let credentials = ClientCredentials { client_id: &client.client_id, client_secret: client_secret.as_ref() };
        let at = self.parts.clock.now();
        let tokens = RevocableTokens {
            access_token: bundle.access_token.as_ref(),
            refresh_token: bundle.refresh_token.as_ref(),
        };
        Ok(
            match revoke(
                &self.parts.http,
                &provider,
                call,
                &credentials,
                &tokens,
                &connection.endpoints.kept_fields,
                at,
            )
            .await
            {
                Some(RevocationOutcome::Revoked) => RevocationResult::Revoked,
                Some(RevocationOutcome::Failed { http_status }) => RevocationResult::Failed { http_status },
                None => RevocationResult::NothingToRevoke,
            },
        )
    }

    /// Erases the bundle in use, and an older one whose erasure was never confirmed.
    async fn erase_all(&self, id: &ConnectionId, version: domain::TokenVersion) -> Result<(), Error> {
        self.parts.vault.erase_connection(id).await?;
        let binding = self.parts.store.grant_binding(id)?;
        if let Some(thumbprint) = &binding.dpop_thumbprint {
            self.parts.vault.erase_dpop_key(thumbprint).await?;
            self.parts.store.put_grant_binding(id, &GrantBinding { dpop_thumbprint: None, ..binding.clone() })?;
        }
        self.parts.store.confirm_erased(id, version)?;
        for older in self.parts.store.previous_versions_of(id)? {
            self.parts.store.confirm_erased(id, older)?;
        }
        Ok(())
    }
}
