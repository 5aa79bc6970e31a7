//! The holding pen: tokens wait for a person's word, and are taken back at the provider where it is no [A7, A10].

use std::time::Duration;

use domain::connection::reconnect::{self, ReconnectComparison, ReconnectDecision, Refusal};
use domain::connection::{Connection, Identity};
use domain::lifecycle_event::EventKind;
use domain::provider::Revocation;
use domain::token::token_response::IssuedTokens;

use super::landing::{Landing, Pen};
use super::sign_in::Controls;
use super::{LeftBecause, SignInFailure, SignInProgress, ours};
use crate::Error;
use crate::authorization_server::AnswerFacts;
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};

/// How long new tokens wait for a yes before they are taken back.
const DECISION_TIME: Duration = Duration::from_secs(60 * 60);

impl Landing {
    /// What taking the new grant back at the provider would do to those there are [A7, A10].
    fn refusal(&self, tokens: &IssuedTokens, who: &Identity) -> Result<Refusal, Error> {
        let board = self.engine.parts.store.list_connections()?;
        let clients = self.engine.parts.store.list_clients()?;
        let (revocation, client) = (&self.frozen.provider.revocation, &self.frozen.client.id);
        let has_refresh_token = tokens.refresh_token.is_some();
        Ok(reconnect::refusal(revocation, client, who, has_refresh_token, &board, &clients))
    }

    /// The holding pen: tokens wait in memory until a person says what they are [A7].
    pub(super) async fn hold(self, older: Connection, pen: Pen, comparison: ReconnectComparison, controls: Controls) {
        let dependant_count = self.engine.list_dependants(&older.id).map_or(0, |all| all.len());
        let refusal = match self.refusal(&pen.tokens, &pen.identity) {
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

    /// Tokens came, and the sign-in is refused all the same: whose they are is not known, so they are taken back only
    /// where that ends no connection there is. The failure says what became of them.
    pub(super) async fn refuse_issued(&self, refused: SignInProgress, tokens: &IssuedTokens) -> SignInProgress {
        let left_because = self.take_back_tokens(tokens, &Identity::default()).await;
        let SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }) = refused else { return refused };
        let fate = match left_because {
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
        };
        let said: Vec<_> = detail.iter().map(String::as_str).chain([fate]).collect();
        SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail: Some(said.join("; ")) })
    }

    /// Takes the new grant back at the provider, unless that would end one that is wanted. Says why it was left.
    pub(super) async fn take_back(&self, pen: &Pen) -> Option<LeftBecause> {
        self.take_back_tokens(&pen.tokens, &pen.identity).await
    }

    async fn take_back_tokens(&self, tokens: &IssuedTokens, who: &Identity) -> Option<LeftBecause> {
        let call = match (&self.frozen.provider.revocation, self.refusal(tokens, who)) {
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
        let kept_fields = self.kept_fields(tokens);
        let tokens = RevocableTokens {
            access_token: tokens.access_token.as_ref(),
            refresh_token: tokens.refresh_token.as_ref(),
        };
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
}
