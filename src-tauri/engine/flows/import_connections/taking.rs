//! Takes one find: its client stored, its grant written as any new one, then asked whose it is [A1, A5, A7, S073].

use std::collections::BTreeMap;
use std::time::Duration;

use domain::connection::{
    Client, Connection, Environment, FrozenEndpoints, GrantState, Identity, IssuedBy, Proof, ProofKind, Scopes,
};
use domain::diagnosis::EvidenceContext;
use domain::lifecycle_event::EventKind;
use domain::provider::{Provider, Rotation};
use domain::token::{Expiry, TokenBundle};
use domain::{ConnectionId, Fingerprint, Secret, TokenVersion};

use super::super::bundle::Replacement;
use super::super::clients::NewClient;
use super::{ImportItem, TakenOutcome};
use crate::connection_import::{Found, FoundGrant, means_never};
use crate::provider_api::{IdentityRequest, WhoAnswered, which_workspaces, who_is_signed_in};
use crate::{Engine, Error};

/// An access token that ends sooner is not asked with: the answer may come too late.
const WORTH_ASKING_WITH: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) async fn take_one(
        &self,
        item: &ImportItem,
        found: &Found,
        environment: Environment,
    ) -> Result<TakenOutcome, Error> {
        let (Some(guessed), Some(found_client)) = (&item.provider, &found.client) else {
            return Err(Error::BadInput("the preview says why this cannot be taken"));
        };
        let provider = self.find_or_discover(guessed.id.as_str()).await?;
        let values = self.values_in(&provider, &found.clues);
        let known = self.parts.store.find_client_by(&provider.id, &found_client.id, environment)?;
        // A secret that the board has is the one that was tried; the file's may be an older one.
        let secret = found_client.secret.as_ref().filter(|_| known.as_ref().is_none_or(|it| !it.has_secret));
        let client = self
            .add_client(NewClient {
                provider: provider.id.to_string(),
                client_id: found_client.id.clone(),
                client_secret: secret.map(copied),
                environment,
                // What a known client is usually signed in with stays its own.
                variables: if known.is_none() { values.clone() } else { BTreeMap::new() },
                ..NewClient::default()
            })
            .await?;
        let Some(grant) = &found.grant else { return Ok(TakenOutcome::Client { client: client.id }) };
        let provider = self.with_variables(provider, Some(&client.variables), &values)?;
        self.take_grant(item, grant, &provider, &client, values).await
    }

    async fn take_grant(
        &self,
        item: &ImportItem,
        grant: &FoundGrant,
        provider: &Provider,
        client: &Client,
        values: BTreeMap<String, String>,
    ) -> Result<TakenOutcome, Error> {
        if let Some(other) = self.holder_of(grant)? {
            return Ok(TakenOutcome::AlreadyOnBoard { connection: other });
        }
        self.prepare_saving().await?;
        let endpoints = FrozenEndpoints {
            issuer: provider.issuer.as_ref().map(|issuer| issuer.identifier.clone()),
            token_endpoint: provider.token_endpoint.clone(),
            kept_fields: provider
                .variables
                .iter()
                .filter_map(|it| Some((it.name.clone(), values.get(&it.name).or(it.value.as_ref())?.clone())))
                .collect(),
        };
        // Whoever can be asked without spending the refresh token is asked before anything is stored.
        let asked = self.who_holds(grant, provider, &endpoints).await;
        if let Some((who, _)) = &asked
            && let Some(twin) = self.twin_of(provider, client, &who.identity)?
        {
            return Ok(TakenOutcome::AlreadyOnBoard { connection: twin });
        }
        let connection = self.store_imported(item, grant, provider, client, endpoints, asked).await?;
        self.identify(connection, provider).await
    }

    /// The connection that has, or had, this refresh token; without one, the living one that has this access token.
    fn holder_of(&self, grant: &FoundGrant) -> Result<Option<ConnectionId>, Error> {
        let Some(fingerprint) = grant.refresh_token.as_ref().map(Secret::fingerprint) else {
            let Some(access) = grant.access_token.as_ref().map(Secret::fingerprint) else { return Ok(None) };
            return Ok(self.holder_of_access_token(&access)?.map(|it| it.id));
        };
        for connection in self.parts.store.list_connections()? {
            let links = self.parts.store.list_token_links(&connection.id, 200)?;
            if links.iter().any(|link| link.refresh_fingerprint.as_ref() == Some(&fingerprint)) {
                return Ok(Some(connection.id));
            }
        }
        Ok(None)
    }

    /// The living connection whose access token this is.
    pub(super) fn holder_of_access_token(&self, fingerprint: &Fingerprint) -> Result<Option<Connection>, Error> {
        let has_it = |it: &Connection| {
            it.is_living() && it.token.as_ref().is_some_and(|it| it.access_fingerprint.as_ref() == Some(fingerprint))
        };
        Ok(self.parts.store.list_connections()?.into_iter().find(has_it))
    }

    fn twin_of(
        &self,
        provider: &Provider,
        client: &Client,
        identity: &Identity,
    ) -> Result<Option<ConnectionId>, Error> {
        let all = self.parts.store.list_connections()?;
        Ok(all
            .into_iter()
            .find(|it| {
                identity.subject.is_some()
                    && it.provider == provider.id
                    && it.client == client.id
                    && it.environment == client.environment
                    && it.identity.subject == identity.subject
                    && it.identity.workspace_id == identity.workspace_id
                    && !matches!(it.grant, GrantState::Disconnected { .. })
            })
            .map(|it| it.id))
    }

    /// Asks with the access token of the file, where it may still be good.
    async fn who_holds(
        &self,
        grant: &FoundGrant,
        provider: &Provider,
        endpoints: &FrozenEndpoints,
    ) -> Option<(WhoAnswered, Proof)> {
        let access_token = grant.access_token.as_ref()?;
        let now = self.parts.clock.now();
        let is_over = grant
            .expires_at
            .is_some_and(|at| Duration::try_from(at.duration_since(now)).map_or(true, |left| left < WORTH_ASKING_WITH));
        if is_over || self.refuse_when_offline().is_err() {
            return None;
        }
        let request = IdentityRequest {
            dpop: None,
            provider,
            token_endpoint: &endpoints.token_endpoint,
            kept_fields: &endpoints.kept_fields,
            access_token,
            earlier: &[],
            context: EvidenceContext::default(),
        };
        let mut answer = who_is_signed_in(&self.parts.http, request.clone(), || self.parts.clock.now()).await?;
        if let Ok(who) = &mut answer.outcome
            && who.identity.workspace_id.is_none()
            && let Some((ids, names)) = which_workspaces(&self.parts.http, request, || self.parts.clock.now()).await
        {
            who.identity.workspace_id = Some(ids);
            who.identity.workspace_name = names;
        }
        let proof = Proof {
            at: self.parts.clock.now(),
            by: ProofKind::TestCall,
            failure: None,
            latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
        };
        answer.outcome.ok().map(|who| (who, proof))
    }

    /// The order of writes of any new grant: its row without a token, the bundle, the pointer [A5].
    async fn store_imported(
        &self,
        item: &ImportItem,
        grant: &FoundGrant,
        provider: &Provider,
        client: &Client,
        endpoints: FrozenEndpoints,
        asked: Option<(WhoAnswered, Proof)>,
    ) -> Result<Connection, Error> {
        let now = self.parts.clock.now();
        let issued_at = grant.issued_at.filter(|at| *at <= now).unwrap_or(now);
        let (who, proof) = asked.unzip();
        let (identity, listed) = who.map(|who| (who.identity, who.scopes)).unwrap_or_default();
        let granted = listed.unwrap_or_else(|| {
            if grant.are_scopes_granted || provider.scopes.missing_means_as_asked {
                grant.scopes.clone()
            } else {
                vec![]
            }
        });
        let connection = Connection {
            id: ConnectionId::from_random(Self::random_bits()?),
            name: item.name.chars().take(80).collect(),
            provider: provider.id.clone(),
            client: client.id.clone(),
            customer: None,
            environment: client.environment,
            identity: identity.clone(),
            endpoints: endpoints.clone(),
            scopes: Scopes { requested: grant.scopes.clone(), granted: granted.clone() },
            automatic_refresh: true,
            created_at: now,
            grant: GrantState::Alive { granted_at: issued_at },
            token: None,
            refresh_token_ends_at: None,
            refresh_end_moves: None,
            recovered_at: None,
            refresh_failures: None,
            proof: None,
        };
        let bundle = TokenBundle {
            version: TokenVersion::default().next(),
            access_token: grant.access_token.as_ref().map(copied),
            refresh_token: grant.refresh_token.as_ref().map(copied),
            issued_at,
            expiry: match grant.expires_at {
                Some(at) if means_never(at, now) => Expiry::Never,
                Some(at) => Expiry::At(at),
                // Without an access token there is nothing to hand out before the first refresh.
                None if grant.access_token.is_none() => Expiry::At(issued_at),
                None => Expiry::Unknown,
            },
            refresh_token_ends_at: None,
            granted_scopes: granted,
            defects: vec![],
        };
        let mut event = self.event(EventKind::Imported, &connection);
        event.token_version = Some(bundle.version);
        event.token_fingerprint = bundle.access_token.as_ref().map(Secret::fingerprint);
        event.subject = Some(domain::display_text::cleaned(&item.file, 200));

        let lock = self.lock_refresh(&connection.id).await?;
        self.parts.store.insert_connection(&connection, None, &[])?;
        let replacement = Replacement {
            binding: None,
            issued_by: IssuedBy::Import,
            reason: None,
            granted_at: issued_at,
            refused: None,
            is_in_doubt: false,
            proof,
            identity: identity.subject.is_some().then_some(identity),
            requested: Some(grant.scopes.clone()),
            endpoints: Some(endpoints),
            client: Some(client.id.clone()),
            events: vec![event],
            exposure: None,
        };
        match self.replace_bundle(&connection, TokenVersion::default(), bundle, replacement, lock).await {
            Ok(()) => self.connection(&connection.id),
            // It waits for the keychain, and its row with it.
            Err(error @ (Error::BundleHeld { .. } | Error::BundleUncommitted { .. })) => Err(error),
            Err(error) => {
                self.parts.store.forget_connection(&connection.id)?;
                Err(error)
            }
        }
    }

    /// The first call tells whose it is, where that is not known yet; it may have to refresh for it.
    async fn identify(&self, connection: Connection, provider: &Provider) -> Result<TakenOutcome, Error> {
        let id = connection.id.clone();
        let connected =
            |account: Option<String>, failure| Ok(TakenOutcome::Connected { connection: id.clone(), account, failure });
        let account = connection.identity.account().map(str::to_owned);
        if account.is_some() || provider.identity.is_none() || self.refuse_when_offline().is_err() {
            return connected(account, None);
        }
        match self.run_test_call(&id).await {
            Ok(test) => connected(test.identity.account().map(str::to_owned), test.failure),
            Err(Error::AlreadyConnected(twin)) => self.settle_twin(&connection, twin, provider).await,
            // It is stored; its status says what is the matter.
            Err(error) => {
                tracing::info!(connection = %id, %error, "an imported connection could not be tested");
                connected(None, None)
            }
        }
    }

    /// The account is another connection's. What the file holds is still good where the provider replaces no refresh
    /// token; else the only good one is ours, and giving it up would end the other tool's grant with it.
    async fn settle_twin(
        &self,
        connection: &Connection,
        twin: ConnectionId,
        provider: &Provider,
    ) -> Result<TakenOutcome, Error> {
        if provider.refresh.rotation != Rotation::Never {
            return Ok(TakenOutcome::KeptBeside { connection: connection.id.clone(), twin });
        }
        let lock = self.lock_refresh(&connection.id).await?;
        self.parts.store.forget_connection(&connection.id)?;
        self.parts.vault.erase_connection(&connection.id).await?;
        drop(lock);
        self.notify(crate::Notice::ConnectionChanged(None));
        Ok(TakenOutcome::AlreadyOnBoard { connection: twin })
    }
}

/// The keychain gets a copy: what was previewed stays where it is until it is dropped.
#[expect(clippy::disallowed_methods, reason = "copied into another secret")]
fn copied(secret: &Secret) -> Secret {
    Secret::new(secret.expose_secret())
}
