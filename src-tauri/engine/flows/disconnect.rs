//! Disconnecting: says what it strands, revokes where it can, looks whether that helped, erases the keychain entries
//! [A10, S078, S079, S080].

use domain::ConnectionId;
use domain::connection::binding::GrantBinding;
use domain::connection::farewell::{self, AccessTokenAfter, Farewell, RevocationPlan};
use domain::connection::sprawl::taken_along;
use domain::connection::{Connection, GrantState};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Revocation;
use domain::token::{Expiry, TokenBundle};
use jiff::Timestamp;

use super::bindings::as_seen_by;
use super::test_call::is_token_refused;
use crate::authorization_server::ClientCredentials;
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};
use crate::vault::VaultError;
use crate::{Engine, Error};

/// What an event says where the refresh token may go on working.
const ACCESS_TOKEN_ALONE: &str = "the access token alone was revoked";

/// What a disconnect did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    pub revocation: RevocationResult,
    pub access_token: AccessTokenSeen,
    /// What became of those that the provider ends along with it.
    pub siblings: Vec<SiblingSeen>,
    pub stranded_count: usize,
}

/// What became of the grant at the provider, by its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationResult {
    Revoked,
    /// The access token is revoked; the refresh token, erased here, may go on working there.
    AccessTokenAlone,
    /// Erased here, not revoked there.
    Failed {
        http_status: Option<u16>,
    },
    NotOffered,
    NothingToRevoke,
}

/// What one call with the access token showed after the provider had answered. No refresh token is used for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenSeen {
    /// It was refused.
    Dead,
    /// It was taken, whatever the provider had answered. `None`: nobody said when it ends.
    StillWorks { until: Option<Timestamp> },
    /// Nobody could look, or there was no reason to; it may work until then.
    NotSeen { until: Option<Timestamp> },
    /// There was none that could still work.
    NoneLeft,
}

/// A connection that hung on the same grants, tested after the revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiblingSeen {
    pub name: String,
    pub state: SiblingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiblingState {
    Ended,
    StillWorks,
    NotSeen,
}

impl Engine {
    /// What a disconnect would do, before it is done.
    pub fn plan_disconnect(&self, id: &ConnectionId) -> Result<Farewell, Error> {
        let connection = self.connection(id)?;
        let provider = self.provider_of(&connection)?;
        let dependants = self.list_dependants(id)?;
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        Ok(farewell::plan(&connection, &provider, dependants, &board, &clients, self.parts.clock.now()))
    }

    /// Revokes at the provider, looks, then erases here whatever the provider answered. The row stays, so that
    /// the connection can be brought back with its name and dependants.
    pub async fn disconnect(&self, id: &ConnectionId) -> Result<Disconnected, Error> {
        let counted = self.connection(id)?.token_version();
        let (lock, connection) = self.lock_settled(id, counted).await?;
        // Its secrets could not be erased: nothing has ended before they can.
        if let Err(locked @ VaultError::Locked) = self.parts.vault.probe().await {
            return Err(locked.into());
        }
        let connection = self.newest_to_take_back(connection).await?;
        let plan = self.plan_disconnect(id)?;
        let (revocation, access_token) = self.take_back(&connection, &plan).await?;

        let version = connection.token_version();
        let at = self.parts.clock.now();
        let mut events = vec![self.event(EventKind::Disconnected, &connection)];
        if let Some(event) = self.left_at_provider(&connection, revocation) {
            events.insert(0, event);
        }
        self.parts.store.set_grant(id, version, &GrantState::Disconnected { at }, &events)?;
        match revocation {
            RevocationResult::Revoked => self.forget_left_behind(&connection)?,
            RevocationResult::AccessTokenAlone
            | RevocationResult::Failed { .. }
            | RevocationResult::NotOffered
            // There may have been none to be found.
            | RevocationResult::NothingToRevoke => self.note_left_behind(&connection)?,
        }
        self.erase_all(id, version).await?;
        drop(lock);
        self.notify_connection(id);
        let siblings =
            if revocation == RevocationResult::Revoked { self.look_at_siblings(&connection).await? } else { vec![] };
        Ok(Disconnected { revocation, access_token, siblings, stranded_count: plan.stranded.len() })
    }

    /// Takes a disconnected connection off the board, with its dependants and timeline.
    pub fn forget_connection(&self, id: &ConnectionId) -> Result<(), Error> {
        let connection = self.connection(id)?;
        if !matches!(connection.grant, GrantState::Disconnected { .. }) {
            return Err(Error::BadInput("disconnect it first: its grant may still live at the provider"));
        }
        self.parts.store.forget_connection(id)?;
        self.parts.sealed.remove_all_of(id)?;
        self.notify_connection(id);
        Ok(())
    }

    /// A database that was put back from a copy points to a spent token: the newer one is what has to be taken back.
    pub(super) async fn newest_to_take_back(&self, connection: Connection) -> Result<Connection, Error> {
        if !connection.has_tokens_to_revoke() {
            return Ok(connection);
        }
        match self.adopt_from_other_slot(&connection, connection.token_version()).await {
            Ok(true) => self.connection(&connection.id),
            Ok(false) => Ok(connection),
            Err(error) => {
                // Where tokens are read next, that fails too, and says so.
                tracing::debug!(connection = %connection.id, %error, "no newer token was looked for");
                Ok(connection)
            }
        }
    }

    /// Asks the provider to revoke, and looks with the access token whether it did.
    pub(super) async fn take_back(
        &self,
        connection: &Connection,
        plan: &Farewell,
    ) -> Result<(RevocationResult, AccessTokenSeen), Error> {
        let unseen = unseen(plan.access_token, connection);
        let client = self.client(&connection.client)?;
        let provider = as_seen_by(&client, self.provider_of(connection)?);
        let Revocation::Offered(call) = &provider.revocation else {
            return Ok((RevocationResult::NotOffered, unseen));
        };
        if plan.revocation == RevocationPlan::NotOffered {
            return Ok((RevocationResult::NotOffered, unseen));
        }
        if plan.revocation == RevocationPlan::NothingToRevoke {
            return Ok((RevocationResult::NothingToRevoke, AccessTokenSeen::NoneLeft));
        }
        let Some(bundle) = self.read_bundle(connection).await? else {
            return Ok((RevocationResult::NothingToRevoke, unseen));
        };
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
        let (http, kept_fields) = (&self.parts.http, &connection.endpoints.kept_fields);
        let result = match revoke(http, &provider, call, &credentials, &tokens, kept_fields, at).await {
            Some(RevocationOutcome::Revoked) => RevocationResult::Revoked,
            Some(RevocationOutcome::AccessTokenRevoked) => RevocationResult::AccessTokenAlone,
            Some(RevocationOutcome::Failed { http_status }) => RevocationResult::Failed { http_status },
            None => return Ok((RevocationResult::NothingToRevoke, unseen)),
        };
        Ok((result, self.look(connection, &bundle, unseen).await))
    }

    /// The event of a revocation that left something of the grant alive at the provider.
    pub(super) fn left_at_provider(
        &self,
        connection: &Connection,
        revocation: RevocationResult,
    ) -> Option<LifecycleEvent> {
        let (http_status, subject) = match revocation {
            RevocationResult::Failed { http_status } => (http_status, None),
            RevocationResult::AccessTokenAlone => (None, Some(ACCESS_TOKEN_ALONE.to_owned())),
            RevocationResult::Revoked | RevocationResult::NotOffered | RevocationResult::NothingToRevoke => {
                return None;
            }
        };
        let mut event = self.event(EventKind::RevocationFailed, connection);
        event.endpoint = Some("revocation");
        event.http_status = http_status;
        event.subject = subject;
        Some(event)
    }

    /// One call that says who is signed in: a token that was revoked is refused.
    async fn look(&self, connection: &Connection, bundle: &TokenBundle, unseen: AccessTokenSeen) -> AccessTokenSeen {
        let is_over = bundle.expiry.is_over(self.parts.clock.now());
        let Some(token) = bundle.access_token.as_ref().filter(|_| !is_over) else {
            return AccessTokenSeen::NoneLeft;
        };
        match self.ask(connection, token).await {
            Ok(Some(answer)) => match answer.outcome {
                Ok(_) => AccessTokenSeen::StillWorks { until: end_of(bundle.expiry) },
                Err(diagnosis) if is_token_refused(&diagnosis) => AccessTokenSeen::Dead,
                Err(_) => unseen,
            },
            Ok(None) | Err(_) => unseen,
        }
    }

    /// Those that the provider ends along with it are tested at once, so that nobody finds out by a failed run.
    async fn look_at_siblings(&self, connection: &Connection) -> Result<Vec<SiblingSeen>, Error> {
        let provider = self.provider_of(connection)?;
        let Revocation::Offered(call) = &provider.revocation else { return Ok(vec![]) };
        if connection.identity.subject.is_none() {
            return Ok(vec![]);
        }
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let (id, client) = (Some(&connection.id), &connection.client);
        let mut seen = vec![];
        for sibling in taken_along(call.effect, id, client, &connection.identity, &board, &clients) {
            let state = match self.run_test_call(&sibling.id).await {
                Ok(test) if test.failure.is_none() => SiblingState::StillWorks,
                Ok(_) | Err(_) => match self.connection(&sibling.id).map(|it| it.is_living()) {
                    Ok(false) => SiblingState::Ended,
                    Ok(true) | Err(_) => SiblingState::NotSeen,
                },
            };
            seen.push(SiblingSeen { name: sibling.name.clone(), state });
        }
        Ok(seen)
    }

    /// Erases the bundle in use, an older one whose erasure was never confirmed, and what lies sealed.
    pub(super) async fn erase_all(&self, id: &ConnectionId, version: domain::TokenVersion) -> Result<(), Error> {
        self.parts.vault.erase_connection(id).await?;
        self.forget_seals(id)?;
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

    /// Whatever was sealed of a connection whose secrets are erased is wanted no more.
    pub(super) fn forget_seals(&self, id: &ConnectionId) -> Result<(), Error> {
        self.parts.sealed.remove_all_of(id)?;
        Ok(self.parts.store.forget_sealed(id)?)
    }
}

pub(super) fn end_of(expiry: Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::At(at) => Some(at),
        Expiry::Unknown | Expiry::Never => None,
    }
}

/// What can be said of the access token without looking.
fn unseen(after: AccessTokenAfter, connection: &Connection) -> AccessTokenSeen {
    match after {
        AccessTokenAfter::NoneLeft => AccessTokenSeen::NoneLeft,
        AccessTokenAfter::WorksUntil(at) => AccessTokenSeen::NotSeen { until: Some(at) },
        AccessTokenAfter::EndsToo | AccessTokenAfter::WorksOn => {
            AccessTokenSeen::NotSeen { until: connection.token.as_ref().and_then(|token| end_of(token.expiry)) }
        }
    }
}
