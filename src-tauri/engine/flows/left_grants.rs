//! Grants that live on at the provider though no connection uses them: ended where that ends no other, else counted
//! [A8, A10].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::connection::grant_budget::LeftGrant;
use domain::connection::sprawl::taken_along;
use domain::connection::{Client, Connection, GrantState, Identity};
use domain::provider::limits::ExcessToken;
use domain::provider::{Provider, Revocation, RevocationEffect};
use domain::token::TokenBundle;
use domain::{ConnectionId, Secret};
use tokio::sync::watch;

use super::bindings::as_seen_by;
use crate::authorization_server::ClientCredentials;
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};
use crate::{Engine, Error};

/// What became of the grant that a sign-in took the place of, as far as the provider said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldGrant {
    /// The provider ended it.
    Revoked,
    /// It lives on there: ending it could have ended the new one, or the provider would not.
    LeftAlive,
    /// The provider was asked, and its answer did not come.
    Unknown,
}

/// What became of the old grant of each connection that was reconnected since this process began. `None` in the end:
/// there was none that lived, or the new sign-in goes on with it.
#[derive(Debug, Default)]
pub(crate) struct OldGrants(Mutex<HashMap<ConnectionId, watch::Receiver<Fate>>>);

#[derive(Debug, Clone, Copy)]
enum Fate {
    BeingAsked,
    Settled(Option<OldGrant>),
}

impl OldGrants {
    /// Tells of a connection's old grant from here on.
    fn follow(&self, id: &ConnectionId, fate: Fate) -> watch::Sender<Fate> {
        let (tell, told) = watch::channel(fate);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), told);
        tell
    }

    fn settle(&self, id: &ConnectionId, fate: Option<OldGrant>) {
        drop(self.follow(id, Fate::Settled(fate)));
    }
}

/// A grant that may live, and that a later sign-in is about to take the place of.
pub(super) struct Replaced {
    connection: Connection,
    provider: Provider,
    client: Client,
    /// `None`: they are not to be had, and nobody can end it with them.
    bundle: Option<TokenBundle>,
}

impl Engine {
    /// What a sign-in with this refresh token replaces. `None`: nothing that would live on, or nothing that counts.
    pub(super) async fn to_be_replaced(
        &self,
        current: &Connection,
        new: &Identity,
        new_refresh_token: Option<&Secret>,
    ) -> Result<Option<Replaced>, Error> {
        // Nobody looked at it yet: it may live.
        self.old_grants.settle(&current.id, Some(OldGrant::Unknown));
        let has_refresh_token = current.token.as_ref().is_some_and(|it| it.has_refresh_token);
        if !may_live(current) {
            self.old_grants.settle(&current.id, None);
            return Ok(None);
        }
        let (true, Some(new_refresh_token)) = (has_refresh_token, new_refresh_token) else {
            // An answer without a refresh token goes on with the account's older one.
            let is_same =
                has_refresh_token && current.identity.subject.is_some() && current.identity.subject == new.subject;
            let is_over = current.token.as_ref().is_none_or(|it| it.expiry.is_over(self.parts.clock.now()));
            let is_gone = is_same || (!has_refresh_token && is_over);
            self.old_grants.settle(&current.id, (!is_gone).then_some(OldGrant::LeftAlive));
            return Ok(None);
        };
        let client = self.client(&current.client)?;
        let provider = as_seen_by(&client, self.provider_of(current)?);
        // Some providers give the same one again: then nothing is replaced.
        let newest = self.parts.store.list_token_links(&current.id, 1)?.pop();
        if newest.and_then(|link| link.refresh_fingerprint) == Some(new_refresh_token.fingerprint()) {
            self.old_grants.settle(&current.id, None);
            return Ok(None);
        }
        self.old_grants.settle(&current.id, Some(OldGrant::LeftAlive));
        if !counts(&provider) && !self.ends_alone(current, &provider, new)? {
            return Ok(None);
        }
        let bundle = match self.whole_or_refresh_part(&current.id, current.token_version()).await {
            Ok(bundle) => bundle,
            Err(error) => {
                tracing::info!(connection = %current.id, %error, "a replaced grant cannot be ended");
                None
            }
        };
        Ok(Some(Replaced { connection: current.clone(), provider, client, bundle }))
    }

    /// What became of the grant that the last sign-in of this process took the place of; waits until the provider has
    /// answered. `None`: there was none that lived, or the new sign-in goes on with it.
    pub async fn old_grant(&self, id: &ConnectionId, limit: Duration) -> Option<OldGrant> {
        let told = self.old_grants.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let mut told = told?;
        let settled = tokio::time::timeout(limit, told.wait_for(|fate| matches!(fate, Fate::Settled(_)))).await;
        match settled {
            Ok(Ok(fate)) => match *fate {
                Fate::Settled(fate) => fate,
                Fate::BeingAsked => Some(OldGrant::Unknown),
            },
            Ok(Err(_)) | Err(_) => Some(OldGrant::Unknown),
        }
    }

    /// Lets go of what was replaced: it counts until the provider has ended it, which is asked for where that ends
    /// nothing else. Nobody waits for the answer.
    pub(super) fn let_go(&self, replaced: Replaced, new: &Identity) -> Result<(), Error> {
        let Replaced { connection, provider, client, bundle } = replaced;
        let number = self.note_left(&connection, &provider, &client)?;
        let Some(bundle) = bundle else { return Ok(()) };
        if !self.ends_alone(&connection, &provider, new)? || self.refuse_when_offline().is_err() {
            return Ok(());
        }
        let engine = self.clone();
        let tell = self.old_grants.follow(&connection.id, Fate::BeingAsked);
        tokio::spawn(async move {
            let Revocation::Offered(call) = &provider.revocation else { return };
            let secret = engine.client_secret(&client).await.unwrap_or_default();
            let credentials = ClientCredentials { client_id: &client.client_id, client_secret: secret.as_ref() };
            let tokens = RevocableTokens {
                access_token: bundle.access_token.as_ref(),
                refresh_token: bundle.refresh_token.as_ref(),
            };
            let (http, kept_fields) = (&engine.parts.http, &connection.endpoints.kept_fields);
            let now = engine.parts.clock.now();
            let outcome = revoke(http, &provider, call, &credentials, &tokens, kept_fields, now).await;
            let fate = match outcome {
                Some(RevocationOutcome::Revoked) => OldGrant::Revoked,
                Some(RevocationOutcome::Failed { http_status: None }) => OldGrant::Unknown,
                Some(RevocationOutcome::AccessTokenRevoked | RevocationOutcome::Failed { http_status: Some(_) })
                | None => OldGrant::LeftAlive,
            };
            if fate != OldGrant::Revoked {
                tracing::info!(connection = %connection.id, "a replaced grant lives on at the provider");
            } else if let Some(number) = number
                && let Err(error) = engine.parts.store.forget_left_grant(number)
            {
                tracing::warn!(%error, "a grant that has ended is still counted");
            }
            // Told last: whoever hears that it has ended finds it counted no more.
            tell.send_replace(Fate::Settled(Some(fate)));
        });
        Ok(())
    }

    /// A grant that was erased here and lives on there.
    pub(super) fn note_left_behind(&self, connection: &Connection) -> Result<(), Error> {
        if may_live(connection) && connection.token.as_ref().is_some_and(|it| it.has_refresh_token) {
            self.note_left(connection, &self.provider_of(connection)?, &self.client(&connection.client)?)?;
        }
        Ok(())
    }

    /// A revocation ended every grant of the account through the client.
    pub(super) fn forget_left_behind(&self, connection: &Connection) -> Result<(), Error> {
        let provider = self.provider_of(connection)?;
        let takes_all = matches!(&provider.revocation, Revocation::Offered(call) if call.effect == RevocationEffect::AllGrantsOfTheClient);
        if let Some(subject) = connection.identity.subject.as_ref().filter(|_| takes_all && counts(&provider)) {
            let app = self.client(&connection.client)?.client_id;
            self.parts.store.forget_left_grants_of(&provider.id, &app, subject)?;
        }
        Ok(())
    }

    fn note_left(&self, connection: &Connection, provider: &Provider, client: &Client) -> Result<Option<i64>, Error> {
        if !counts(provider) {
            return Ok(None);
        }
        let left = LeftGrant {
            app: client.client_id.clone(),
            subject: connection.identity.subject.clone(),
            account: connection.identity.account().map(str::to_owned),
            left_at: self.parts.clock.now(),
        };
        Ok(Some(self.parts.store.note_left_grant(&provider.id, &left)?))
    }

    /// Whether the old grant can be ended without the new one, or any other, going with it: token by token, or where
    /// it is another account's. Servers may take two consents of one account for one grant.
    fn ends_alone(&self, old: &Connection, provider: &Provider, new: &Identity) -> Result<bool, Error> {
        let Revocation::Offered(call) = &provider.revocation else { return Ok(false) };
        if call.is_per_token() {
            return Ok(true);
        }
        // Tokens of others are of another than the connection's person, and who came instead may be just that one.
        let is_wanted_same = old.keeps_tokens_of_others();
        let subjects = old.identity.subject.as_ref().zip(new.subject.as_ref());
        let is_of_another = subjects.is_some_and(|(old, new)| (old == new) == is_wanted_same);
        if call.ends_access_token_alone() || !is_of_another {
            return Ok(false);
        }
        let (board, clients) = (self.parts.store.list_connections()?, self.parts.store.list_clients()?);
        let along = taken_along(call.effect, Some(&old.id), &old.client, &old.identity, &board, &clients);
        Ok(along.is_empty())
    }
}

/// Whether a grant of it may live at the provider: also where its tokens are no longer in the keychain.
fn may_live(connection: &Connection) -> bool {
    connection.has_tokens_to_revoke() || matches!(connection.grant, GrantState::SecretMissing { .. })
}

/// Whether the provider lets only so many live, of which an unused one is one.
pub(super) fn counts(provider: &Provider) -> bool {
    provider.refresh.live_tokens.is_some_and(|limit| limit.excess != ExcessToken::AllOthersEnd)
}
