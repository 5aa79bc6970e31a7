//! What happens after the browser opened: the callback, the one exchange, the identity, the holding pen,
//! the store [A1, A5, A7, S019, S029, S031, S040, S064, S099].

use std::time::Duration;

use domain::connection::authorization::{AuthorizationCode, CallbackRefused};
use domain::connection::reconnect::{self, ReconnectComparison, ReconnectDecision, Refusal};
use domain::connection::{Connection, FrozenEndpoints, GrantState, Identity, IssuedBy, Proof, ProofKind, Scopes};
use domain::diagnosis::{CauseLabel, Diagnosis, Evidence, EvidenceContext, FailedEndpoint, classify};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Revocation;
use domain::provider::scope_map::covers;
use domain::token::TokenBundle;
use domain::token::token_response::IssuedTokens;
use domain::{ConnectionId, Secret, TokenVersion};
use jiff::Timestamp;

use super::super::bundle::{Replacement, bundle_of};
use super::answer::{Answered, Ear, Given, close};
use super::sign_in::Controls;
use super::{Frozen, LeftBecause, Purpose, SignInFailure, SignInId, SignInProgress, SignInWay, ours};
use crate::authorization_server::id_token::{self, ExpectedClaims};
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};
use crate::authorization_server::{AnswerFacts, CodeExchange, TokenEndpointAnswer, exchange_code};
use crate::provider_api::{IdentityRequest, greet_mcp_server, who_is_signed_in};
use crate::redirect_listener::{RedirectListener, SignInEnd};
use crate::refresh_lock::RefreshLock;
use crate::store::StoreError;
use crate::{Engine, Error};

/// How long new tokens wait for a yes before they are taken back.
const DECISION_TIME: Duration = Duration::from_secs(60 * 60);

/// One sign-in's task.
pub(super) struct Landing {
    pub(super) engine: Engine,
    pub(super) id: SignInId,
    pub(super) frozen: Frozen,
    pub(super) ends_at: Timestamp,
}

/// New tokens and whose they are; not yet anyone's connection.
pub(super) struct Pen {
    tokens: IssuedTokens,
    about: AnswerFacts,
    identity: Identity,
    proof: Option<Proof>,
    scopes: Scopes,
}

impl Landing {
    pub(super) async fn run(self, mut ear: Ear, mut controls: Controls) {
        let awaited = tokio::select! {
            biased;
            Ok(()) = &mut controls.cancelled => Err(SignInProgress::Cancelled),
            () = self.engine.parts.clock.sleep_until(self.ends_at) => Err(SignInProgress::TimedOut),
            answer = self.await_answer(&mut ear) => Ok(answer),
        };
        let listener = ear.into_listener();
        match awaited {
            Err(end) => {
                // The port is free before anyone is told that it is over.
                close(listener).await;
                self.tell(end);
            }
            Ok((accepted, Err(refused))) => {
                let progress = self.refused_callback(&refused);
                accepted.finish(SignInEnd::Failed);
                close(listener).await;
                self.fail(progress, &AnswerFacts::default());
            }
            Ok((accepted, Ok(given))) => self.land(given, accepted, listener, controls).await,
        }
    }

    async fn land(self, given: Given, accepted: Answered, listener: Option<RedirectListener>, controls: Controls) {
        self.tell(SignInProgress::ExchangingCode);
        let pen = match self.fill_pen(given).await {
            Ok(pen) => pen,
            Err((progress, about)) => {
                accepted.finish(SignInEnd::Failed);
                close(listener).await;
                self.fail(progress, &about);
                return;
            }
        };

        match self.older_connection(&pen) {
            Err(error) => {
                accepted.finish(SignInEnd::Failed);
                close(listener).await;
                self.fail(ours(error), &AnswerFacts::default());
            }
            Ok(None) => {
                self.tell(SignInProgress::Storing);
                let stored = self.store_new(pen).await;
                self.finish(stored, accepted, listener).await;
            }
            Ok(Some(older)) => {
                let comparison = self.compare(&older, &pen);
                if comparison.needs_a_yes() {
                    accepted.finish(SignInEnd::NeedsDecision);
                    close(listener).await;
                    self.hold(older, pen, comparison, controls).await;
                } else {
                    self.tell(SignInProgress::Storing);
                    let stored = self.store_in_place(&older, pen).await;
                    self.finish(stored, accepted, listener).await;
                }
            }
        }
    }

    /// Tells the browser and the person the same thing, only after the grant is stored [S040].
    async fn finish(
        &self,
        stored: Result<ConnectionId, Error>,
        accepted: Answered,
        listener: Option<RedirectListener>,
    ) {
        match stored {
            Ok(id) => {
                accepted.finish(SignInEnd::Connected);
                self.tell(SignInProgress::Connected(id));
                close(listener).await;
            }
            Err(error) => {
                accepted.finish(SignInEnd::Failed);
                self.fail(ours(error), &AnswerFacts::default());
                close(listener).await;
            }
        }
    }

    /// The exchange and the identity: nothing is stored yet.
    async fn fill_pen(&self, given: Given) -> Result<Pen, (SignInProgress, AnswerFacts)> {
        self.ready_to_store().await.map_err(|error| (ours(error), AnswerFacts::default()))?;
        let (tokens, about) = match given {
            Given::Code(code) => self.trade(code).await?,
            Given::Token(bare) => {
                let tokens = self
                    .tokens_of(bare)
                    .ok_or_else(|| (self.refused_callback(&CallbackRefused::NoCode), AnswerFacts::default()))?;
                (tokens, AnswerFacts::default())
            }
        };
        self.identified(tokens, about).await
    }

    /// Between the answer and the keychain nothing but the bundle itself may have to be written. And a code is not
    /// spent on a grant that no keychain would take.
    pub(super) async fn ready_to_store(&self) -> Result<(), Error> {
        self.engine.require_keychain().await?;
        self.engine.prepare_saving().await
    }

    /// The key that the new grant is bound to, by its thumbprint.
    pub(super) fn bound_key(&self) -> Option<String> {
        self.frozen.binding.dpop_thumbprint.clone()
    }

    /// Whose tokens these are.
    pub(super) async fn identified(
        &self,
        tokens: IssuedTokens,
        about: AnswerFacts,
    ) -> Result<Pen, (SignInProgress, AnswerFacts)> {
        let frozen = &self.frozen;
        self.engine.note_server_clock(frozen.provider.token_endpoint.as_str(), about.clock_ahead);

        self.tell(SignInProgress::Identifying);
        let claimed = self.claimed_identity(&tokens).map_err(|progress| (progress, about.clone()))?;
        let (mut identity, proof, listed_scopes) =
            self.prove_identity(&tokens, claimed).await.map_err(|progress| (progress, about.clone()))?;
        // Grants of one account for two resources are two connections.
        if let (None, Some(resource)) = (&identity.workspace_id, &frozen.binding.resource) {
            identity.workspace_id = Some(resource.clone());
        }
        let rules = &frozen.provider.scopes;
        let granted = match (&tokens.scopes, listed_scopes) {
            (Some(granted), _) => granted.clone(),
            (None, Some(listed)) => listed,
            (None, None) if rules.missing_means_as_asked => frozen.scopes.clone(),
            (None, None) => vec![],
        };
        let scopes = Scopes { requested: frozen.scopes.clone(), granted };
        Ok(Pen { tokens, about, identity, proof, scopes })
    }

    /// The one token request of this sign-in [S031].
    async fn trade(
        &self,
        code: AuthorizationCode,
    ) -> Result<(IssuedTokens, AnswerFacts), (SignInProgress, AnswerFacts)> {
        let (frozen, parts) = (&self.frozen, &self.engine.parts);
        let exchange = CodeExchange {
            provider: &frozen.provider,
            token_endpoint: &frozen.provider.token_endpoint,
            client: frozen.credentials(),
            code,
            code_verifier: &frozen.pending.code_verifier,
            redirect_uri: &frozen.redirect_uri,
            binding: frozen.binding(),
        };
        let (tokens, about) = match exchange_code(&parts.http, exchange, || parts.clock.now()).await {
            TokenEndpointAnswer::Issued { tokens, about } => (*tokens, about),
            TokenEndpointAnswer::Failed { diagnosis, detail, about, .. } => {
                return Err((SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }), about));
            }
        };
        Ok((tokens, about))
    }

    /// What the ID token says; one that is not meant for us ends the sign-in [S095].
    fn claimed_identity(&self, tokens: &IssuedTokens) -> Result<Option<Identity>, SignInProgress> {
        let Some(token) = &tokens.id_token else { return Ok(None) };
        let frozen = &self.frozen;
        let has_asked_openid = frozen.scopes.iter().any(|scope| scope == "openid");
        let expected = ExpectedClaims {
            // A multi-tenant issuer writes the tenant into its tokens, so it is compared only where it is one.
            issuer: frozen.provider.issuer.as_ref().map(|issuer| issuer.identifier.as_str()),
            client_id: &frozen.client.client_id,
            // No browser carried one where a code was typed elsewhere.
            nonce: (has_asked_openid && frozen.way != SignInWay::Device).then_some(&frozen.pending.nonce),
        };
        // The server's clock, as its own answers show it, decides what is over.
        let now = self.engine.now_at(frozen.provider.token_endpoint.as_str());

        id_token::read(token, &expected, now).map(Some).map_err(|refused| {
            SignInProgress::Failed(SignInFailure::Cause {
                diagnosis: Diagnosis::of(CauseLabel::TokenAudienceMismatch),
                detail: Some(refused.to_string()),
            })
        })
    }

    /// Asks the provider who this is. A call that fails leaves the identity to the ID token, unproved.
    async fn prove_identity(
        &self,
        tokens: &IssuedTokens,
        claimed: Option<Identity>,
    ) -> Result<(Identity, Option<Proof>, Option<Vec<String>>), SignInProgress> {
        let (Some(access_token), parts) = (&tokens.access_token, &self.engine.parts) else {
            return Ok((claimed.unwrap_or_default(), None, None));
        };
        let request = IdentityRequest {
            provider: &self.frozen.provider,
            token_endpoint: &self.frozen.provider.token_endpoint,
            kept_fields: &self.kept_fields(tokens),
            access_token,
            dpop: self.frozen.dpop.as_deref(),
            context: EvidenceContext::default(),
        };
        // A token for one resource is good there, and nowhere else.
        let mcp_server = self.frozen.binding.mcp_server.as_deref().and_then(|it| url::Url::parse(it).ok());
        if let Some(server) = &mcp_server {
            let known = claimed.unwrap_or_default();
            let answer = greet_mcp_server(&parts.http, server, request, known.clone(), || parts.clock.now()).await;
            let proof = Proof {
                at: parts.clock.now(),
                by: ProofKind::SignIn,
                failure: answer.outcome.as_ref().err().cloned(),
                latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
            };
            return Ok((known, Some(proof), None));
        }
        let Some(answer) = who_is_signed_in(&parts.http, request, || parts.clock.now()).await else {
            return Ok((claimed.unwrap_or_default(), None, None));
        };
        let proof = Proof {
            at: parts.clock.now(),
            by: ProofKind::SignIn,
            failure: answer.outcome.as_ref().err().cloned(),
            latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
        };
        let Ok(who) = answer.outcome else { return Ok((claimed.unwrap_or_default(), Some(proof), None)) };

        let is_userinfo =
            self.frozen.provider.identity.as_ref().is_some_and(|call| call.subject.iter().any(|it| it == "/sub"));
        if let Some(claimed) = &claimed
            && is_userinfo
            && claimed.subject != who.identity.subject
        {
            return Err(SignInProgress::Failed(SignInFailure::Cause {
                diagnosis: Diagnosis::of(CauseLabel::WrongTenantOrAccount),
                detail: Some("the ID token and the userinfo endpoint name different people".to_owned()),
            }));
        }
        let identity = Identity {
            workspace_id: who.identity.workspace_id.or_else(|| claimed.and_then(|it| it.workspace_id)),
            ..who.identity
        };
        Ok((identity, Some(proof), who.scopes))
    }

    /// The connection this grant would take the place of: the one being reconnected, or one of the same
    /// provider, client, account, workspace and environment [A1].
    pub(super) fn older_connection(&self, pen: &Pen) -> Result<Option<Connection>, Error> {
        match &self.frozen.purpose {
            Purpose::Reconnect(connection) => self.engine.connection(&connection.id).map(Some),
            Purpose::New { environment, .. } => {
                if pen.identity.subject.is_none() {
                    return Ok(None);
                }
                let all = self.engine.parts.store.list_connections()?;
                Ok(all.into_iter().find(|it| {
                    it.provider == self.frozen.provider.id
                        && it.client == self.frozen.client.id
                        && it.environment == *environment
                        && it.identity.subject == pen.identity.subject
                        && it.identity.workspace_id == pen.identity.workspace_id
                        && it.token.is_some()
                        && !matches!(it.grant, GrantState::Disconnected { .. })
                }))
            }
        }
    }

    pub(super) fn compare(&self, older: &Connection, pen: &Pen) -> ReconnectComparison {
        let mut comparison = ReconnectComparison::between(&older.identity, &pen.identity, &older.scopes, &pen.scopes);
        // What a wider scope takes the place of is not lost.
        comparison.scopes_lost.retain(|it| !covers(&self.frozen.provider.scopes, &pen.scopes.granted, it));
        comparison
    }

    /// What taking the new grant back at the provider would do to those there are [A7, A10].
    fn refusal(&self, pen: &Pen) -> Result<Refusal, Error> {
        let board = self.engine.parts.store.list_connections()?;
        let clients = self.engine.parts.store.list_clients()?;
        let (revocation, client) = (&self.frozen.provider.revocation, &self.frozen.client.id);
        let has_refresh_token = pen.tokens.refresh_token.is_some();
        Ok(reconnect::refusal(revocation, client, &pen.identity, has_refresh_token, &board, &clients))
    }

    /// Another connection may hold the new account already, through the same client: two of one never mix, and what
    /// was just issued is one too many [A1, A9].
    async fn refuse_twin(&self, older: &Connection, is_kept_beside: bool, pen: &Pen) -> Result<(), Error> {
        let is_twin = |it: &Connection| {
            (is_kept_beside || it.id != older.id)
                && it.identity.subject.is_some()
                && it.provider == self.frozen.provider.id
                && it.client == self.frozen.client.id
                && it.environment == older.environment
                && it.identity.subject == pen.identity.subject
                && it.identity.workspace_id == pen.identity.workspace_id
                && !matches!(it.grant, GrantState::Disconnected { .. })
        };
        match self.engine.parts.store.list_connections()?.into_iter().find(is_twin) {
            None => Ok(()),
            Some(twin) => {
                self.take_back(pen).await;
                Err(Error::AlreadyConnected(twin.id))
            }
        }
    }

    /// A connection of its own beside the old one.
    async fn store_beside(&self, older: &Connection, pen: Pen) -> Result<ConnectionId, Error> {
        self.refuse_twin(older, true, &pen).await?;
        self.store_new(pen).await
    }

    /// The holding pen: tokens wait in memory until a person says what they are [A7].
    pub(super) async fn hold(self, older: Connection, pen: Pen, comparison: ReconnectComparison, controls: Controls) {
        let dependant_count = self.engine.list_dependants(&older.id).map_or(0, |all| all.len());
        let refusal = match self.refusal(&pen) {
            Ok(refusal) => refusal,
            Err(error) => return self.fail(ours(error), &AnswerFacts::default()),
        };
        let clock = &self.engine.parts.clock;
        let until = clock.now().checked_add(DECISION_TIME).unwrap_or(self.ends_at);
        self.tell(SignInProgress::NeedsDecision { comparison: Box::new(comparison), dependant_count, refusal });

        let decision = tokio::select! {
            decided = controls.decided => decided.unwrap_or(ReconnectDecision::Refuse),
            // Cancelling now is refusing: the tokens exist already.
            Ok(()) = controls.cancelled => ReconnectDecision::Refuse,
            () = clock.sleep_until(until) => ReconnectDecision::Refuse,
        };
        let stored = match decision {
            ReconnectDecision::Refuse => return self.refuse(&older, &pen).await,
            ReconnectDecision::Replace => self.store_in_place(&older, pen).await,
            ReconnectDecision::KeepBoth => self.store_beside(&older, pen).await,
        };
        match stored {
            Ok(id) => self.tell(SignInProgress::Connected(id)),
            Err(error) => self.fail(ours(error), &AnswerFacts::default()),
        }
    }

    async fn refuse(&self, older: &Connection, pen: &Pen) {
        let left_because = self.take_back(pen).await;
        let event = self.engine.event(EventKind::ReconnectRefused, older);
        self.log_failure(self.engine.parts.store.append_event(&event).err().map(Error::from));
        self.tell(SignInProgress::Refused { revoked: left_because.is_none(), left_because });
    }

    /// Takes the new grant back at the provider, unless that would end one that is wanted. Says why it was left.
    async fn take_back(&self, pen: &Pen) -> Option<LeftBecause> {
        let call = match (&self.frozen.provider.revocation, self.refusal(pen)) {
            (Revocation::Offered(call), Ok(Refusal::TakesItBack | Refusal::TakesAccessTokenBack)) => call,
            (_, Ok(Refusal::WouldEnd(names))) => return Some(LeftBecause::WouldEnd(names)),
            (_, Ok(Refusal::NotOffered | Refusal::TakesItBack | Refusal::TakesAccessTokenBack)) => {
                return Some(LeftBecause::NotOffered);
            }
            (_, Err(error)) => {
                self.log_failure(Some(error));
                return Some(LeftBecause::Failed { http_status: None });
            }
        };
        let tokens = RevocableTokens {
            access_token: pen.tokens.access_token.as_ref(),
            refresh_token: pen.tokens.refresh_token.as_ref(),
        };
        let kept_fields = self.kept_fields(&pen.tokens);
        let (http, now) = (&self.engine.parts.http, self.engine.parts.clock.now());
        let (provider, client) = (&self.frozen.provider, self.frozen.credentials());
        match revoke(http, provider, call, &client, &tokens, &kept_fields, now).await {
            Some(RevocationOutcome::Revoked) => None,
            Some(RevocationOutcome::AccessTokenRevoked) => Some(LeftBecause::AccessTokenAlone),
            Some(RevocationOutcome::Failed { http_status }) => Some(LeftBecause::Failed { http_status }),
            // The way there is wants an access token, and none came.
            None => Some(LeftBecause::NotOffered),
        }
    }

    /// A connection of its own: its row first, without a token; then the bundle under version 1. The lock
    /// tells other processes that the row is no leftover of a crash.
    pub(super) async fn store_new(&self, pen: Pen) -> Result<ConnectionId, Error> {
        let frozen = &self.frozen;
        let engine = &self.engine;
        let (name, customer, environment) = match &frozen.purpose {
            Purpose::New { name, customer, environment } => (name.clone(), customer.clone(), *environment),
            Purpose::Reconnect(older) => (None, older.customer.clone(), older.environment),
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
        match engine.parts.store.insert_connection(&connection, None, &[]) {
            // Before its bundle: one that is held must find its key again.
            Ok(()) => engine.parts.store.put_grant_binding(&connection.id, &frozen.binding)?,
            Err(StoreError::Duplicate { other }) => {
                drop(lock);
                return self.store_over_twin(&other, pen).await;
            }
            Err(error) => return Err(error.into()),
        }
        match self.put_bundle(&connection, TokenVersion::default(), IssuedBy::Connect, pen, None, lock).await {
            Ok(()) => Ok(connection.id),
            // The new grant waits for the keychain, and its row with it.
            Err(error @ Error::BundleHeld { .. }) => Err(error),
            Err(error) => {
                engine.parts.store.forget_connection(&connection.id)?;
                Err(error)
            }
        }
    }

    /// Another sign-in of the same account is being stored in this very moment: the later takes its place [A1, S043].
    async fn store_over_twin(&self, twin: &ConnectionId, pen: Pen) -> Result<ConnectionId, Error> {
        let twin = self.engine.connection(twin)?;
        let is_wanted = match self.frozen.purpose {
            Purpose::New { .. } => !self.compare(&twin, &pen).needs_a_yes(),
            Purpose::Reconnect(_) => false,
        };
        if !is_wanted {
            return Err(StoreError::Duplicate { other: twin.id }.into());
        }
        self.store_in_place(&twin, pen).await
    }

    /// In the place of an older grant; id, settings and dependants stay [A7, E1].
    pub(super) async fn store_in_place(&self, older: &Connection, pen: Pen) -> Result<ConnectionId, Error> {
        // Before anything is written: a bundle in the keychain would be adopted at the next start.
        self.refuse_twin(older, false, &pen).await?;
        let lock = self.engine.lock_refresh(&older.id).await?;
        let current = self.engine.connection(&older.id)?;
        let version = self.engine.parts.store.token_version(&older.id)?;
        self.engine.parts.store.begin_reconnect(&older.id, version, self.engine.parts.clock.now())?;
        let old_refresh_token = self.still_good(&current, &pen).await;
        let before = self.engine.parts.store.grant_binding(&older.id)?;
        // An older refresh token is bound to the older key, and would be useless beside another.
        let old_refresh_token = old_refresh_token.filter(|_| before.dpop_thumbprint == self.bound_key());
        self.put_bundle(&current, version, IssuedBy::Reconnect, pen, old_refresh_token, lock).await?;
        if let Some(replaced) = before.dpop_thumbprint.filter(|it| Some(it) != self.bound_key().as_ref())
            && let Err(error) = self.engine.erase_unbound_key(&replaced).await
        {
            tracing::debug!(%error, "a replaced key stays in the keychain");
        }
        Ok(older.id.clone())
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

        let replacement = Replacement {
            issued_by,
            reason: None,
            granted_at: now,
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
    fn kept_fields(&self, tokens: &IssuedTokens) -> Vec<(String, String)> {
        let said = self.frozen.provider.variables.iter();
        let said = said.filter_map(|it| Some((it.name.clone(), it.value.clone()?)));
        // Where an API wants the client named beside the token.
        let client_id = ("client_id".to_owned(), self.frozen.client.client_id.clone());
        let wants_client_id = self.frozen.provider.identity.as_ref().is_some_and(|it| it.url.contains("{client_id}"));
        tokens.kept_fields.iter().cloned().chain(said).chain(wants_client_id.then_some(client_id)).collect()
    }

    fn refused_callback(&self, refused: &CallbackRefused) -> SignInProgress {
        let (diagnosis, detail) = match refused {
            CallbackRefused::ProviderSaid { code, description } => {
                let evidence = Evidence {
                    endpoint: FailedEndpoint::Authorize,
                    body: url::form_urlencoded::Serializer::new(String::new())
                        .append_pair("error", code)
                        .append_pair("error_description", description.as_deref().unwrap_or_default())
                        .finish()
                        .into_bytes(),
                    ..Evidence::default()
                };
                (classify(&evidence, &self.frozen.provider.error_signatures), description.clone())
            }
            // On a wrong issuer nothing else the answer says may be shown [S008].
            CallbackRefused::StateMismatch | CallbackRefused::IssuerMismatch | CallbackRefused::IssuerMissing => {
                (Diagnosis::of(CauseLabel::StateMismatch), Some(refused.to_string()))
            }
            CallbackRefused::RepeatedParameter | CallbackRefused::NoCode => {
                (Diagnosis::of(CauseLabel::AuthorizationCodeInvalid), Some(refused.to_string()))
            }
        };
        SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail })
    }

    pub(super) fn fail(&self, progress: SignInProgress, about: &AnswerFacts) {
        let connection = match &self.frozen.purpose {
            Purpose::Reconnect(connection) => Some(connection.id.clone()),
            Purpose::New { .. } => None,
        };
        let mut event = LifecycleEvent::new(self.engine.parts.clock.now(), EventKind::SignInFailed, connection);
        event.endpoint = Some(if about.http_status.is_some() { "token" } else { "authorize" });
        event.http_status = about.http_status;
        event.request_id = about.request_id.clone();
        event.latency = about.http_status.map(|_| about.latency);
        event.redirect_uri_hash = Some(Secret::new(self.frozen.redirect_uri.as_str()).fingerprint().to_string());
        event.subject = Some(self.frozen.provider.name.clone());
        if let SignInProgress::Failed(SignInFailure::Cause { diagnosis, .. }) = &progress {
            event.diagnosis = Some(diagnosis.clone());
        }
        self.log_failure(self.engine.parts.store.append_event(&event).err().map(Error::from));
        self.tell(progress);
    }

    pub(super) fn tell(&self, progress: SignInProgress) {
        self.engine.update_sign_in(&self.id, |current| *current = progress);
    }

    fn log_failure(&self, error: Option<Error>) {
        if let Some(error) = error {
            tracing::warn!(sign_in = %self.id, %error, "an event could not be written");
        }
    }
}
