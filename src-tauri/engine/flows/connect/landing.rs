//! What happens after the browser opened: the callback, the one exchange, the identity
//! [A1, A5, A7, S019, S029, S031, S040, S064, S099].

mod identity;
mod older;

use std::sync::Arc;

use domain::connection::authorization::{AuthorizationCode, CallbackRefused};
use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Connection, Identity, Proof, Scopes};
use domain::diagnosis::redaction::of_foreign_words;
use domain::diagnosis::{CauseLabel, Diagnosis, Evidence, FailedEndpoint, classify};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::token::token_response::IssuedTokens;
use domain::{ConnectionId, Secret};
use jiff::Timestamp;

use super::answer::{Answered, Ear, Given, GivenWhat, close};
use super::issued::Issued;
use super::sign_in::Controls;
use super::trace::Trace;
use super::{Frozen, HandedOver, LeftBecause, Purpose, SignInFailure, SignInId, SignInProgress, ours};
use crate::authorization_server::{AnswerFacts, CodeExchange, TokenEndpointAnswer, exchange_code};
use crate::platforms::PlatformFailure;
use crate::redirect_listener::{RedirectListener, SignInEnd};
use crate::{Engine, Error};

/// One sign-in's task.
#[derive(Clone)]
pub(super) struct Landing {
    pub(super) engine: Engine,
    pub(super) id: SignInId,
    pub(super) frozen: Arc<Frozen>,
    pub(super) ends_at: Timestamp,
}

/// New tokens and whose they are; not yet anyone's connection.
pub(super) struct Pen {
    pub(super) tokens: IssuedTokens,
    pub(super) about: AnswerFacts,
    pub(super) identity: Identity,
    pub(super) proof: Option<Proof>,
    pub(super) scopes: Scopes,
    /// Under which its sign-in is written down.
    pub(super) number: Option<i64>,
}

/// Why new tokens are nobody's connection.
pub(super) enum Unplaced {
    /// A bundle is in the keychain or held for it, and counts as soon as that can be written down.
    Kept(Error),
    Refused(Box<Connection>),
    Cancelled,
    Cause(Diagnosis, Option<String>),
    /// The platform that was to keep the grant did not take it.
    NotTaken(PlatformFailure),
    Ours(Error),
}

/// Whose new tokens are.
pub(super) enum Placed {
    Here(ConnectionId),
    /// A platform keeps them; which of ours it stands beside.
    AtPlatform(ConnectionId, HandedOver),
}

impl From<Error> for Unplaced {
    fn from(error: Error) -> Self {
        let is_kept = matches!(error, Error::BundleHeld { .. } | Error::BundleUncommitted { .. });
        if is_kept { Self::Kept(error) } else { Self::Ours(error) }
    }
}

/// What the browser is shown in the end, and the port it came back to.
pub(super) struct Page {
    pub(super) accepted: Answered,
    pub(super) listener: Option<RedirectListener>,
}

impl Page {
    fn finish(self, end: SignInEnd) -> Option<RedirectListener> {
        self.accepted.finish(end);
        self.listener
    }

    async fn close(self, end: SignInEnd) {
        close(self.finish(end)).await;
    }
}

/// What became of tokens that came with a refused sign-in.
fn words_of(left_because: Option<&LeftBecause>) -> &'static str {
    match left_because {
        None => "the tokens that came with it were revoked",
        Some(LeftBecause::AccessTokenAlone) => {
            "of the tokens that came with it the access token alone was revoked, so the grant lives on at the provider"
        }
        Some(LeftBecause::WouldEnd(_)) => {
            "the tokens that came with it were not revoked, since that may end another connection: the grant lives on at the provider"
        }
        Some(LeftBecause::NotOffered) => {
            "the tokens that came with it could not be revoked, since no revocation is offered: the grant lives on at the provider"
        }
        Some(LeftBecause::Failed { .. }) => {
            "the revocation of the tokens that came with it was not confirmed: the grant may live on at the provider"
        }
    }
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
                // The port is free before anyone is told that it is over, or kept by who gave it up.
                let left = listener.and_then(|it| self.engine.keep_for_late_answers(&self.id, it, self.ends_at));
                close(left).await;
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
        match self.redeem_given(given).await {
            Ok((tokens, about, trace)) => {
                self.land_issued(tokens, about, trace, Page { accepted, listener }, controls).await;
            }
            Err((progress, about)) => {
                Page { accepted, listener }.close(SignInEnd::Failed).await;
                self.fail(progress, &about);
            }
        }
    }

    /// From the token answer to the end, whatever it is: the one way that tokens go, so that none is left behind.
    pub(super) async fn land_issued(
        self,
        tokens: IssuedTokens,
        about: AnswerFacts,
        trace: Trace,
        page: Page,
        mut controls: Controls,
    ) {
        let mut issued = Issued::new(&self, &tokens, trace);
        let mut page = Some(page);
        let outcome = self.place(tokens, &about, &mut issued, &mut page, &mut controls).await;
        // Tells the browser and the person the same thing, only after the grant is stored [S040].
        let end = if outcome.is_ok() { SignInEnd::Connected } else { SignInEnd::Failed };
        let listener = page.and_then(|it| it.finish(end));
        match outcome {
            Ok(Placed::AtPlatform(beside, handed)) => {
                issued.let_go();
                self.tell(SignInProgress::HandedOver { beside, handed });
            }
            Ok(Placed::Here(id)) => {
                issued.settle();
                self.tell(SignInProgress::Connected(id));
            }
            Err(Unplaced::Kept(error)) => {
                issued.keep();
                self.fail(ours(error), &AnswerFacts::default());
            }
            Err(Unplaced::Refused(older)) => {
                let left_because = issued.take_back().await;
                let event = self.engine.event(EventKind::ReconnectRefused, &older);
                self.log_failure(self.engine.parts.store.append_event(&event).err().map(Error::from));
                self.tell(SignInProgress::Refused { revoked: left_because.is_none(), left_because });
            }
            Err(Unplaced::Cancelled) => {
                let left_because = issued.take_back().await;
                self.tell(SignInProgress::TakenBack { left_because });
            }
            Err(Unplaced::Cause(diagnosis, detail)) => {
                let fate = words_of(issued.take_back().await.as_ref());
                let detail = Some(detail.into_iter().chain([fate.to_owned()]).collect::<Vec<_>>().join("; "));
                self.fail(SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }), &about);
            }
            Err(Unplaced::NotTaken(failure)) => {
                let left_because = issued.take_back().await;
                let failure = SignInFailure::NotTaken { failure, left_because };
                self.fail(SignInProgress::Failed(failure), &AnswerFacts::default());
            }
            Err(Unplaced::Ours(error)) => {
                let left_because = issued.take_back().await;
                let error = Arc::new(error);
                let failure = SignInFailure::NotStored { error, left_because };
                self.fail(SignInProgress::Failed(failure), &AnswerFacts::default());
            }
        }
        close(listener).await;
    }

    /// Whose the tokens are, what they would take the place of, and there they go.
    async fn place(
        &self,
        tokens: IssuedTokens,
        about: &AnswerFacts,
        issued: &mut Issued,
        page: &mut Option<Page>,
        controls: &mut Controls,
    ) -> Result<Placed, Unplaced> {
        self.refuse_other_binding(&tokens)?;
        // What a reconnect of the same account brought is stored even so: the provider may have spent the older grant
        // for it [S168].
        let is_kept = matches!(self.frozen.purpose, Purpose::Reconnect(_));
        let mut is_cancelled = false;
        let identified = self.identified(tokens, about.clone(), issued.number());
        tokio::pin!(identified);
        let pen = loop {
            tokio::select! {
                biased;
                Ok(()) = &mut controls.cancelled, if !is_cancelled => is_cancelled = true,
                pen = &mut identified => break pen?,
            }
            if !is_kept {
                return Err(Unplaced::Cancelled);
            }
        };
        issued.belong_to(&pen.identity);
        if let Purpose::HandOver(recipient) = &self.frozen.purpose {
            if is_cancelled || controls.cancelled.try_recv().is_ok() {
                return Err(Unplaced::Cancelled);
            }
            self.tell(SignInProgress::Storing);
            return self.hand_over(recipient, &pen).await;
        }
        if let Some(older) = self.older_connection(&pen)? {
            let comparison = self.compare(&older, &pen);
            if comparison.needs_a_yes() {
                if is_cancelled {
                    return Err(Unplaced::Cancelled);
                }
                if let Some(page) = page.take() {
                    let end = match self.engine.is_refused_by_queue(&older.id, &comparison) {
                        false => SignInEnd::NeedsDecision,
                        true if comparison.is_another_identity() => SignInEnd::OtherAccount,
                        true => SignInEnd::NotTaken,
                    };
                    page.close(end).await;
                }
                return match self.decision(&older, &pen, comparison, controls).await? {
                    ReconnectDecision::Refuse => Err(Unplaced::Refused(Box::new(older))),
                    ReconnectDecision::Replace => Ok(Placed::Here(self.store_in_place(&older, pen).await?)),
                    ReconnectDecision::KeepBoth => Ok(Placed::Here(self.store_beside(&older, pen).await?)),
                };
            }
            if !is_kept && controls.cancelled.try_recv().is_ok() {
                return Err(Unplaced::Cancelled);
            }
            self.tell(SignInProgress::Storing);
            return Ok(Placed::Here(self.store_in_place(&older, pen).await?));
        }
        if controls.cancelled.try_recv().is_ok() {
            return Err(Unplaced::Cancelled);
        }
        self.tell(SignInProgress::Storing);
        Ok(Placed::Here(self.store_new(pen).await?))
    }

    /// What an answer is worth: nothing is stored yet, but that it was asked for.
    async fn redeem_given(
        &self,
        given: Given,
    ) -> Result<(IssuedTokens, AnswerFacts, Trace), (SignInProgress, AnswerFacts)> {
        let refused = |error| (ours(error), AnswerFacts::default());
        self.ready_to_store().await.map_err(refused)?;
        let trace = self.trace(true).await.map_err(refused)?;
        let Given { what, kept } = given;
        let traded = match what {
            GivenWhat::Code(code) => self.trade(code).await,
            GivenWhat::Token(bare) => {
                let tokens = self.tokens_of(bare).map(|tokens| (tokens, AnswerFacts::default()));
                tokens.ok_or_else(|| (self.refused_callback(&CallbackRefused::NoCode), AnswerFacts::default()))
            }
        };
        match traded {
            Ok((mut tokens, about)) => {
                tokens.kept_fields.extend(kept);
                Ok((tokens, about, trace))
            }
            Err(refused) => {
                trace.close();
                Err(refused)
            }
        }
    }

    /// A new grant whose token is bound to a key, or not, as was not asked for [S062].
    fn refuse_other_binding(&self, tokens: &IssuedTokens) -> Result<(), Unplaced> {
        if tokens.is_key_bound == self.frozen.dpop.is_some() {
            return Ok(());
        }
        let detail = if tokens.is_key_bound {
            "the server bound its token to a key that it was not asked for"
        } else {
            "the server did not bind its token to our key"
        };
        Err(Unplaced::Cause(Diagnosis::of_other_binding(), Some(detail.to_owned())))
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
                (
                    classify(&evidence, &self.frozen.provider.error_signatures),
                    description.as_deref().map(of_foreign_words),
                )
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
            Purpose::New { .. } | Purpose::HandOver(_) => None,
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

    pub(super) fn log_failure(&self, error: Option<Error>) {
        if let Some(error) = error {
            tracing::warn!(sign_in = %self.id, %error, "an event could not be written");
        }
    }
}
