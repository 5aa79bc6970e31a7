//! The new grant on its way to the store: a connection of its own, or in the place of an older one
//! [A1, A5, A7, S043, S073].

use domain::connection::{Connection, FrozenEndpoints, GrantState, IssuedBy};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::TokenBundle;
use domain::token::token_response::IssuedTokens;
use domain::{ConnectionId, Secret, TokenVersion};

use super::super::bundle::{Replacement, bundle_of};
use super::Purpose;
use super::landing::{Landing, Pen};
use crate::refresh_lock::RefreshLock;
use crate::store::{ArrivingGrant, StoreError};
use crate::{Engine, Error};

impl Landing {
    /// A connection of its own: its row first, without a token; then the bundle under version 1. The lock
    /// tells other processes that the row is no leftover of a crash.
    pub(super) async fn store_new(&self, pen: Pen) -> Result<ConnectionId, Error> {
        let frozen = &self.frozen;
        let engine = &self.engine;
        let (name, customer, environment) = match &frozen.purpose {
            Purpose::New { name, customer, environment } => (name.clone(), customer.clone(), *environment),
            Purpose::Reconnect(older) => (None, older.customer.clone(), older.environment),
            // What a platform keeps is not stored here.
            Purpose::HandOver(_) => return Err(Error::ChangedMeanwhile),
        };
        let now = engine.parts.clock.now();
        let connection = Connection {
            id: ConnectionId::from_random(Engine::random_bits()?),
            name: name.unwrap_or_else(|| frozen.provider.name.clone()),
            provider: frozen.provider.id.clone(),
            client: frozen.client.id.clone(),
            customer,
            environment,
            identity: pen.identity.clone(),
            endpoints: self.frozen_endpoints(&pen.tokens),
            scopes: pen.scopes.clone(),
            automatic_refresh: true,
            created_at: now,
            grant: GrantState::Alive { granted_at: now },
            token: None,
            refresh_token_ends_at: None,
            refresh_end_moves: None,
            recovered_at: None,
            refresh_failures: None,
            proof: None,
        };
        let lock = engine.lock_refresh(&connection.id).await?;
        self.arrives(&pen, &connection.id).await?;
        match engine.when_free(|| engine.parts.store.insert_connection(&connection, None, &[])).await {
            Ok(()) => {}
            Err(StoreError::Duplicate { other }) => {
                drop(lock);
                return self.store_over_twin(&other, pen).await;
            }
            Err(error) => return Err(error.into()),
        }
        // Before its bundle: one that is held must find its key again.
        let put = match engine.when_free(|| engine.parts.store.put_grant_binding(&connection.id, &frozen.binding)).await
        {
            Ok(()) => self.put_bundle(&connection, TokenVersion::default(), IssuedBy::Connect, pen, None, lock).await,
            Err(error) => Err(error.into()),
        };
        match put {
            Ok(()) => Ok(connection.id),
            // The new grant waits for the keychain or the database, and its row with it.
            Err(error @ (Error::BundleHeld { .. } | Error::BundleUncommitted { .. })) => Err(error),
            Err(error) => {
                self.log_failure(engine.parts.store.forget_connection(&connection.id).err().map(Error::from));
                Err(error)
            }
        }
    }

    /// From here on the bundle that counts there strikes the sign-in off.
    async fn arrives(&self, pen: &Pen, at: &ConnectionId) -> Result<(), Error> {
        let (Some(number), store) = (pen.number, &self.engine.parts.store) else { return Ok(()) };
        Ok(self.engine.when_free(|| store.sign_in_arrives(number, at)).await?)
    }

    /// Another sign-in of the same account is being stored in this very moment: the later takes its place [A1, S043].
    async fn store_over_twin(&self, twin: &ConnectionId, pen: Pen) -> Result<ConnectionId, Error> {
        let twin = self.engine.connection(twin)?;
        let is_wanted = match self.frozen.purpose {
            Purpose::New { .. } => !self.compare(&twin, &pen).needs_a_yes(),
            Purpose::Reconnect(_) | Purpose::HandOver(_) => false,
        };
        if !is_wanted {
            return Err(StoreError::Duplicate { other: twin.id }.into());
        }
        self.store_in_place(&twin, pen).await
    }

    /// In the place of an older grant; id, settings and dependants stay [A7, E1].
    pub(super) async fn store_in_place(&self, older: &Connection, pen: Pen) -> Result<ConnectionId, Error> {
        // Before anything is written: a bundle in the keychain would be adopted at the next start.
        self.refuse_twin(older, false, &pen)?;
        let lock = self.engine.lock_refresh(&older.id).await?;
        // What a refresh left that died has the version to come: it would be taken for what this sign-in brings.
        let current = match self.engine.settled(&older.id).await {
            // The row was all that another sign-in left.
            Err(Error::ConnectionGone(_)) => {
                drop(lock);
                return Box::pin(self.store_new(pen)).await;
            }
            settled => settled?,
        };
        self.refuse_disconnected(&current)?;
        let version = self.engine.parts.store.token_version(&older.id)?;
        self.arrives(&pen, &older.id).await?;
        let arriving = ArrivingGrant {
            identity: pen.identity.clone(),
            requested: pen.scopes.requested.clone(),
            endpoints: self.frozen_endpoints(&pen.tokens),
            binding: self.frozen.binding.clone(),
            client: self.frozen.client.id.clone(),
        };
        let (store, now) = (&self.engine.parts.store, self.engine.parts.clock.now());
        self.engine.when_free(|| store.begin_reconnect(&older.id, version, now, arriving.clone())).await?;
        let old_refresh_token = self.still_good(&current, &pen).await;
        let before = self.engine.parts.store.grant_binding(&older.id)?;
        // An older refresh token is bound to the older key, and would be useless beside another.
        let old_refresh_token = old_refresh_token.filter(|_| before.dpop_thumbprint == self.bound_key());
        let new = pen.identity.clone();
        let replaced = self.engine.to_be_replaced(&current, &new, pen.tokens.refresh_token.as_ref()).await;
        self.put_bundle(&current, version, IssuedBy::Reconnect, pen, old_refresh_token, lock).await?;
        // The new grant is stored, whatever becomes of the old one.
        let let_go = replaced.and_then(|it| it.map_or(Ok(()), |replaced| self.engine.let_go(replaced, &new)));
        self.log_failure(let_go.err());
        if let Some(replaced) = before.dpop_thumbprint.filter(|it| Some(it) != self.bound_key().as_ref())
            && let Err(error) = self.engine.erase_unbound_key(&replaced).await
        {
            tracing::debug!(%error, "a replaced key stays in the keychain");
        }
        Ok(older.id.clone())
    }

    /// Whoever disconnected it while somebody signed in meant to have no grant.
    fn refuse_disconnected(&self, current: &Connection) -> Result<(), Error> {
        let Purpose::Reconnect(begun_with) = &self.frozen.purpose else { return Ok(()) };
        let is_disconnected = matches!(current.grant, GrantState::Disconnected { .. });
        if is_disconnected && current.grant != begun_with.grant { Err(Error::ChangedMeanwhile) } else { Ok(()) }
    }

    /// The refresh token of a living grant of the same account, where the new answer brought none: some
    /// providers give one at the first consent alone.
    async fn still_good(&self, current: &Connection, pen: &Pen) -> Option<Secret> {
        let is_alive = matches!(current.grant, GrantState::Alive { .. });
        let is_same = current.identity.subject.is_some() && current.identity.subject == pen.identity.subject;
        if pen.tokens.refresh_token.is_some() || !is_alive || !is_same {
            return None;
        }
        self.engine.read_bundle(current).await.ok().flatten()?.refresh_token
    }

    async fn put_bundle(
        &self,
        connection: &Connection,
        expected: TokenVersion,
        issued_by: IssuedBy,
        pen: Pen,
        old_refresh_token: Option<Secret>,
        lock: RefreshLock,
    ) -> Result<(), Error> {
        let engine = &self.engine;
        let now = engine.parts.clock.now();
        let endpoints = self.frozen_endpoints(&pen.tokens);
        let about = pen.about;
        let left = engine.refresh_token_left(connection, expected.next(), &pen.tokens.left_refresh_tokens);
        let bundle: TokenBundle =
            bundle_of(pen.tokens, expected.next(), old_refresh_token, None, &pen.scopes.granted, now);

        let mut event = engine.event(EventKind::TokenIssued, connection);
        event.endpoint = Some("token");
        event.http_status = about.http_status;
        event.latency = Some(about.latency);
        event.request_id = about.request_id;
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        event.token_age = None;
        event.redirect_uri_hash = Some(Secret::new(self.frozen.redirect_uri.as_str()).fingerprint().to_string());
        event.subject = pen.identity.account().map(str::to_owned);
        let mut events = vec![event.clone()];
        if issued_by == IssuedBy::Reconnect {
            events.push(LifecycleEvent { kind: EventKind::Reconnected, ..event });
        }
        events.extend(left);

        let replacement = Replacement {
            issued_by,
            reason: None,
            granted_at: now,
            refused: None,
            is_in_doubt: false,
            proof: pen.proof,
            identity: Some(pen.identity),
            requested: Some(pen.scopes.requested),
            endpoints: Some(endpoints),
            binding: Some(self.frozen.binding.clone()),
            client: Some(self.frozen.client.id.clone()),
            events,
            exposure: None,
        };
        engine.replace_bundle(connection, expected, bundle, replacement, lock).await
    }

    /// Where this grant's refresh token may go, from now on [S073].
    fn frozen_endpoints(&self, tokens: &IssuedTokens) -> FrozenEndpoints {
        let provider = &self.frozen.provider;
        FrozenEndpoints {
            issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.clone()),
            // Some providers refresh elsewhere than they trade codes.
            token_endpoint: provider.refresh_endpoint.as_ref().unwrap_or(&provider.token_endpoint).clone(),
            kept_fields: self.kept_fields(tokens),
        }
    }

    /// What later calls need to be whole: what the answer told, and what the person said of the addresses.
    pub(super) fn kept_fields(&self, tokens: &IssuedTokens) -> Vec<(String, String)> {
        let said = self.frozen.provider.variables.iter();
        let said = said.filter_map(|it| Some((it.name.clone(), it.value.clone()?)));
        // Where an API wants the client named beside the token.
        let client_id = ("client_id".to_owned(), self.frozen.client.client_id.clone());
        let wants_client_id = self.frozen.provider.identity.as_ref().is_some_and(|it| it.url.contains("{client_id}"));
        tokens.kept_fields.iter().cloned().chain(said).chain(wants_client_id.then_some(client_id)).collect()
    }
}
