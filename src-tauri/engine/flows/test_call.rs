//! A test call: the provider's cheapest question, with one refresh and one retry when the token is refused
//! [B4, B8, E2, A6].

use std::time::Duration;

use domain::connection::{Connection, GrantState, Identity, Proof, ProofKind};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::{ConnectionId, Secret};
use jiff::Timestamp;

use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::provider_api::{IdentityAnswer, IdentityRequest, greet_mcp_server, who_is_signed_in};
use crate::{Engine, Error};

/// What a test call showed.
#[derive(Debug, Clone)]
pub struct TestCall {
    pub at: Timestamp,
    /// What was called, without query; empty when nothing could be.
    pub called: String,
    pub http_status: Option<u16>,
    pub latency: Duration,
    pub identity: Identity,
    pub scopes: Vec<String>,
    pub request_id: Option<String>,
    pub was_refreshed: bool,
    pub is_other_account: bool,
    /// How long the API asks to wait.
    pub retry_after: Option<Duration>,
    /// What a refusal of the call says beside its code.
    pub words: Option<String>,
    /// `None` when it worked.
    pub failure: Option<Diagnosis>,
    /// What the call itself was refused with, where `failure` is of the refresh that followed.
    pub refused: Option<Diagnosis>,
}

impl Engine {
    /// Tests a connection. A failure is a result, not an error.
    pub async fn run_test_call(&self, id: &ConnectionId) -> Result<TestCall, Error> {
        self.test_with(id, true).await
    }

    /// The same; where a refresh has just been made, another would not change what the API says of its token.
    pub(super) async fn test_with(&self, id: &ConnectionId, may_refresh: bool) -> Result<TestCall, Error> {
        match self.test_once(id, may_refresh).await {
            // Renewed by somebody else between our call and our note of it: the newer token is tested.
            Err(Error::ChangedMeanwhile) => self.test_once(id, may_refresh).await,
            tested => tested,
        }
    }

    async fn test_once(&self, id: &ConnectionId, may_refresh: bool) -> Result<TestCall, Error> {
        self.refuse_when_offline()?;
        let connection = self.connection(id)?;
        let before = connection.token_version();
        let (connection, token) = match self.usable_token(connection.clone(), Duration::ZERO).await {
            Ok(usable) => usable,
            Err(
                Error::BlockedOnAuth { diagnosis, .. }
                | Error::Temporary { diagnosis, .. }
                | Error::NeedsMending { diagnosis, .. },
            ) => {
                return self.uncallable(&connection, diagnosis);
            }
            Err(error) => return Err(error),
        };
        let mut was_refreshed = connection.token_version() > before;

        let Some(mut answer) = self.ask(&connection, &token).await? else {
            return Err(Error::BadInput("this provider has no call that says who is signed in"));
        };
        let mut connection = connection;
        let mut refused = None;
        if let Err(diagnosis) = &answer.outcome
            && is_token_refused(diagnosis)
            && may_refresh
            && !was_refreshed
        {
            let why = RefreshWhy::Rejected { version: connection.token_version() };
            match self.refresh(id, why).await? {
                RefreshOutcome::Refreshed { .. } | RefreshOutcome::AlreadyFresh { .. } => {
                    was_refreshed = true;
                    connection = self.connection(id)?;
                    let (newest, token) = self.usable_token(connection, Duration::ZERO).await?;
                    connection = newest;
                    if let Some(second) = self.ask(&connection, &token).await? {
                        answer = second;
                    }
                }
                RefreshOutcome::GrantEnded { diagnosis: unmended }
                | RefreshOutcome::Failed { diagnosis: unmended, .. } => {
                    refused = Some(diagnosis.clone());
                    answer.outcome = Err(unmended);
                    connection = self.connection(id)?;
                }
                RefreshOutcome::NoRefreshToken => {
                    self.end_without_refresh_token(&connection, diagnosis)?;
                    connection = self.connection(id)?;
                }
            }
        }
        self.record(&connection, answer, refused, was_refreshed)
    }

    pub(super) async fn ask(
        &self,
        connection: &Connection,
        access_token: &Secret,
    ) -> Result<Option<IdentityAnswer>, Error> {
        let provider = self.provider_of(connection)?;
        let binding = self.parts.store.grant_binding(&connection.id)?;
        let dpop = self.dpop_key_of(connection, &binding).await?;
        let earlier = self.earlier_tokens(&connection.id)?;
        let request = IdentityRequest {
            provider: &provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token,
            dpop: dpop.as_deref(),
            earlier: &earlier,
            context: self.evidence_context(connection, &provider),
        };
        let now = || self.parts.clock.now();
        let mcp_server = binding.mcp_server.as_deref().and_then(|it| url::Url::parse(it).ok());
        let answer = match &mcp_server {
            Some(server) => {
                let known = connection.identity.clone();
                Some(greet_mcp_server(&self.parts.http, server, request, known, now).await)
            }
            None => who_is_signed_in(&self.parts.http, request, now).await,
        };
        let mut answer = answer;
        // What a resource, an ID token or a second call told at the sign-in, this call does not tell again.
        if let Some(answer) = &mut answer
            && let Ok(who) = &mut answer.outcome
            && who.identity.workspace_id.is_none()
        {
            who.identity.workspace_id.clone_from(&connection.identity.workspace_id);
            who.identity.workspace_name =
                who.identity.workspace_name.take().or(connection.identity.workspace_name.clone());
        }
        if let Some(answer) = &answer {
            let address = answer.called.rsplit(' ').next().unwrap_or_default();
            self.note_server_clock(address, answer.clock_ahead);
        }
        Ok(answer)
    }

    /// The API refuses the token and nothing can renew it: only a person can bring it back.
    fn end_without_refresh_token(&self, connection: &Connection, diagnosis: &Diagnosis) -> Result<(), Error> {
        let ended = GrantState::Ended { at: self.parts.clock.now(), diagnosis: diagnosis.clone() };
        let events: Vec<_> = [EventKind::RevokedDetected, EventKind::ReauthRequiredSet]
            .into_iter()
            .map(|kind| LifecycleEvent { diagnosis: Some(diagnosis.clone()), ..self.event(kind, connection) })
            .collect();
        self.parts.store.set_grant(&connection.id, connection.token_version(), &ended, &events)?;
        Ok(())
    }

    /// `refused`: what the call itself was refused with, where the answer tells what came after. That is what is proved
    /// and written down, whatever keeps the token from being renewed: the refresh has a line of its own.
    fn record(
        &self,
        connection: &Connection,
        answer: IdentityAnswer,
        refused: Option<Diagnosis>,
        was_refreshed: bool,
    ) -> Result<TestCall, Error> {
        let at = self.parts.clock.now();
        let (identity, mut listed, mut failure) = match answer.outcome {
            Ok(who) => (who.identity, who.scopes, None),
            Err(diagnosis) => (Identity::default(), None, Some(diagnosis)),
        };
        let apart = self.provider_of(connection)?.scopes.apart;
        if let (Some(apart), Some(listed)) = (apart, &mut listed)
            && connection.scopes.granted.iter().any(|scope| scope.starts_with(&apart.prefix))
        {
            listed.iter_mut().for_each(|scope| scope.insert_str(0, &apart.prefix));
        }
        let differs = |old: &Option<String>, new: &Option<String>| matches!((old, new), (Some(a), Some(b)) if a != b);
        let is_other_account = connection.identity.is_same_account(&identity) == Some(false)
            || differs(&connection.identity.workspace_id, &identity.workspace_id);
        if is_other_account {
            failure = Some(Diagnosis::of(CauseLabel::WrongTenantOrAccount));
        }

        let kind = if failure.is_none() { EventKind::TestCallSucceeded } else { EventKind::TestCallFailed };
        let mut event = self.event(kind, connection);
        event.endpoint = Some("api");
        event.http_status = answer.http_status;
        event.latency = Some(answer.latency);
        event.request_id.clone_from(&answer.request_id);
        event.words.clone_from(&answer.said.words);
        event.limits = answer.said.limits;
        let shown = refused.clone().or_else(|| failure.clone());
        event.diagnosis.clone_from(&shown);
        event.subject = identity.account().map(str::to_owned);

        // A lost network says nothing about the connection: the old proof stands, with its age.
        let is_telling = shown.as_ref().is_none_or(|diagnosis| !diagnosis.is_transient());
        if is_telling {
            let proof = Proof {
                at,
                by: ProofKind::TestCall,
                failure: shown,
                latency_ms: u32::try_from(answer.latency.as_millis()).ok(),
            };
            let newly_known = (failure.is_none()).then_some(&identity);
            self.parts.store.record_proof(
                &connection.id,
                connection.token_version(),
                &proof,
                newly_known,
                listed.as_deref(),
                &[event],
            )?;
        } else {
            self.parts.store.append_event(&event)?;
        }
        self.notify_connection(&connection.id);

        Ok(TestCall {
            at,
            called: answer.called,
            http_status: answer.http_status,
            latency: answer.latency,
            scopes: listed.unwrap_or_else(|| connection.scopes.granted.clone()),
            request_id: answer.request_id,
            was_refreshed,
            is_other_account,
            retry_after: answer.retry_after,
            words: answer.said.words,
            identity,
            failure,
            refused,
        })
    }

    /// There is no token to call with: that is the result.
    fn uncallable(&self, connection: &Connection, diagnosis: Diagnosis) -> Result<TestCall, Error> {
        let at = self.parts.clock.now();
        let mut event = self.event(EventKind::TestCallFailed, connection);
        event.diagnosis = Some(diagnosis.clone());
        self.parts.store.append_event(&event)?;
        self.notify_connection(&connection.id);
        Ok(TestCall {
            at,
            called: String::new(),
            http_status: diagnosis.http_status,
            latency: Duration::ZERO,
            identity: connection.identity.clone(),
            scopes: connection.scopes.granted.clone(),
            request_id: None,
            was_refreshed: false,
            is_other_account: false,
            retry_after: None,
            words: None,
            failure: Some(diagnosis),
            refused: None,
        })
    }
}

/// The API says that the token itself is the trouble.
pub(super) fn is_token_refused(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis.cause,
        CauseLabel::AccessTokenExpired
            | CauseLabel::AccessTokenInvalid
            | CauseLabel::RefreshTokenMissing
            | CauseLabel::GrantRevoked
            | CauseLabel::ClockSkew
    )
}
