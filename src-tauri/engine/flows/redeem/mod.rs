//! Redeeming a refresh token: the intent before the request, the new bundle durable before anything else is written,
//! and what a refusal means [A4, A5, B4, B5, S068, S069].

mod failed;
mod issued;

pub(super) use issued::leaves_in_doubt;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::connection::binding::GrantBinding;
use domain::connection::{Client, Connection, GrantState};
use domain::diagnosis::redaction::of_foreign_words;
use domain::diagnosis::{CauseLabel, Diagnosis, EvidenceContext};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Provider;
use domain::provider::limits::PreviousToken;
use domain::token::TokenBundle;
use domain::token::token_response::IssuedTokens;
use domain::{ConnectionId, Fingerprint, Secret, TokenVersion};

use super::bindings::as_seen_by;
use super::bundle::Exposure;
use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::authorization_server::{
    AnswerFacts, Binding, ClientCredentials, TokenEndpointAnswer, TokenRefresh, refresh_token,
};
use crate::intent_holder::IntentHolder;
use crate::refresh_lock::RefreshLock;
use crate::signing::DpopKey;
use crate::{Engine, Error};

/// Links of the chain whose tokens are looked for in a provider's words: what it may still remember.
const EARLIER_LOOKED_FOR: usize = 200;

/// What one refresh asks with.
struct Asking<'a> {
    connection: &'a Connection,
    provider: &'a Provider,
    client: &'a Client,
    client_secret: Option<Secret>,
    binding: GrantBinding,
    dpop: Option<Arc<DpopKey>>,
    why: RefreshWhy,
    /// Somebody refreshed the same grant meanwhile.
    saw_concurrent: bool,
    /// This process, as the intent names it.
    by: String,
    /// The tokens before this one, by their fingerprints.
    earlier: Vec<Fingerprint>,
}

/// What one request led to.
enum Tried {
    Issued(Box<Issued>),
    Failed(Box<Failed>),
}

struct Issued {
    tokens: IssuedTokens,
    about: AnswerFacts,
    /// The refresh token that was sent: kept where the answer brings no other.
    sent: Secret,
    exposure: Exposure,
}

struct Failed {
    diagnosis: Diagnosis,
    retry_after: Option<Duration>,
    about: AnswerFacts,
    /// What the provider said beside its code.
    words: Option<String>,
    /// It was the token before the newest, which was refused: there is no other to try.
    is_last: bool,
}

impl Engine {
    /// Sends the newest stored refresh token; where that is refused and there is ground for doubt, the one before
    /// it, once [A5]. `may_retry`: once more, if the token turns out to have been replaced meanwhile [B5].
    pub(super) async fn redeem(
        &self,
        connection: &Connection,
        provider: &Provider,
        why: RefreshWhy,
        lock: RefreshLock,
        may_retry: bool,
    ) -> Result<RefreshOutcome, Error> {
        let token_endpoint = &connection.endpoints.token_endpoint;
        // None needs another: while the keychain reads, the rest is looked up.
        let (bundle, (), asked_with) =
            tokio::join!(self.read_bundle(connection), self.parts.http.prepare(token_endpoint), async {
                self.look_up(connection)
            });
        let Some(bundle) = bundle? else {
            let diagnosis = Diagnosis::of(CauseLabel::RefreshTokenMissing);
            return Ok(RefreshOutcome::GrantEnded { diagnosis });
        };
        let TokenBundle { version, refresh_token: Some(newest), access_token, expiry, .. } = bundle else {
            return Ok(RefreshOutcome::NoRefreshToken);
        };
        let in_hand = access_token.map(|token| (token, expiry));
        let in_hand_token = in_hand.as_ref().map(|(token, _)| token);
        if self.adopt_at_first_look(connection, version).await? {
            // The database is an older one: what it points to was spent.
            let newest = self.connection(&connection.id)?;
            return Box::pin(self.redeem(&newest, provider, why, lock, may_retry)).await;
        }
        let (client, binding, earlier) = asked_with?;
        let seen;
        let provider = if client.authentication.is_some() {
            seen = as_seen_by(&client, provider.clone());
            &seen
        } else {
            provider
        };
        let client_secret = self.client_secret(&client).await?;
        let dpop = match self.dpop_key_of(connection, &binding).await {
            Ok(key) => key,
            Err(Error::BlockedOnAuth { diagnosis, .. }) => return self.end_without_key(connection, version, diagnosis),
            Err(error) => return Err(error),
        };
        let saw_concurrent = !may_retry;
        let by = IntentHolder::with(&lock).written();
        let asking = Asking {
            connection,
            provider,
            client: &client,
            client_secret,
            binding,
            dpop,
            why,
            saw_concurrent,
            by,
            earlier,
        };
        // Between the answer and the keychain nothing but the bundle itself may have to be written.
        self.prepare_saving().await?;

        let sent = newest.fingerprint();
        let refused = match self.redeem_with(&asking, version, newest, in_hand_token).await? {
            Tried::Issued(issued) => return self.store_refreshed(&asking, version, *issued, in_hand, lock).await,
            Tried::Failed(failed) => *failed,
        };
        let newest = self.connection(&connection.id)?;
        if refused.diagnosis.ends_the_grant()
            && may_retry
            && newest.token.as_ref().is_some_and(|token| token.version > version)
        {
            // Somebody who does not see our lock was faster: a folder without locks, or put back from a copy.
            return Box::pin(self.redeem(&newest, provider, why, lock, false)).await;
        }
        if refused.diagnosis.ends_the_grant()
            && let Some(previous) = self.previous_refresh_token(connection, provider).await?
            // The provider did not rotate: it has refused this one already.
            && previous.fingerprint() != sent
        {
            self.note_attempt(&asking, &refused)?;
            let second = self.redeem_with(&asking, version, previous, in_hand_token).await;
            if matches!(second, Err(Error::Offline)) {
                // It did not leave, and the first was answered: nothing is in doubt.
                self.parts.store.clear_intent(&connection.id)?;
            }
            return match second? {
                Tried::Issued(issued) => self.store_refreshed(&asking, version, *issued, in_hand, lock).await,
                // Two requests, two answers, each written down once. What the newest token met is the verdict, unless
                // the second question was not answered.
                Tried::Failed(second) if second.diagnosis.ends_the_grant() => self.note_failure(
                    &asking,
                    version,
                    Failed { diagnosis: refused.diagnosis, words: refused.words, is_last: true, ..*second },
                ),
                Tried::Failed(second) => self.note_failure(&asking, version, Failed { is_last: true, ..*second }),
            };
        }
        self.note_failure(&asking, version, refused)
    }

    /// What a request takes besides tokens and secrets, and the fingerprints of those that came before.
    fn look_up(&self, connection: &Connection) -> Result<(Client, GrantBinding, Vec<Fingerprint>), Error> {
        let earlier = self.earlier_tokens(&connection.id)?;
        Ok((self.client(&connection.client)?, self.parts.store.grant_binding(&connection.id)?, earlier))
    }

    /// What is left of the tokens that a connection had, for finding them in somebody else's words [A3].
    pub(in crate::flows) fn earlier_tokens(&self, id: &ConnectionId) -> Result<Vec<Fingerprint>, Error> {
        Ok(self.parts.store.list_token_fingerprints(id, EARLIER_LOOKED_FOR)?)
    }

    /// One request with one refresh token; the intent is durable before it leaves.
    async fn redeem_with(
        &self,
        asking: &Asking<'_>,
        version: TokenVersion,
        token: Secret,
        access_token: Option<&Secret>,
    ) -> Result<Tried, Error> {
        // The keychain may have kept a person waiting, who switched it meanwhile.
        self.refuse_when_offline()?;
        let Asking { connection, provider, client, client_secret, binding, dpop, .. } = asking;
        self.parts.store.begin_refresh(&connection.id, version, self.parts.clock.now(), &asking.by)?;
        let request = TokenRefresh {
            provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            client: ClientCredentials { client_id: &client.client_id, client_secret: client_secret.as_ref() },
            refresh_token: &token,
            access_token,
            earlier: &asking.earlier,
            context: EvidenceContext {
                saw_concurrent_refresh: asking.saw_concurrent.then_some(true),
                ..self.evidence_context(connection, provider)
            },
            binding: Binding { resource: binding.resource.as_deref(), dpop: dpop.as_deref() },
        };
        let sent_at = Instant::now();
        match refresh_token(&self.parts.http, request, || self.parts.clock.now()).await {
            TokenEndpointAnswer::Issued { tokens, about } => {
                let exposure = Exposure { sent_at, server_time: about.latency };
                Ok(Tried::Issued(Box::new(Issued { tokens: *tokens, about, sent: token, exposure })))
            }
            TokenEndpointAnswer::Failed { diagnosis, retry_after, about, detail } => {
                self.heed_failure(&connection.provider, &diagnosis, retry_after, &about);
                self.note_server_clock(connection.endpoints.token_endpoint.as_str(), about.clock_ahead);
                let words = detail.map(|it| of_foreign_words(&it)).filter(|it| !it.is_empty());
                Ok(Tried::Failed(Box::new(Failed { diagnosis, retry_after, about, words, is_last: false })))
            }
        }
    }

    /// The refresh token before the newest, where it may be the one that works: the newest was found after a
    /// crash, and the provider takes a replaced one for a while, or does not say [A5].
    async fn previous_refresh_token(
        &self,
        connection: &Connection,
        provider: &Provider,
    ) -> Result<Option<Secret>, Error> {
        if provider.refresh.previous_token == PreviousToken::Refused {
            return Ok(None);
        }
        for version in self.parts.store.previous_versions_of(&connection.id)? {
            if let Some(bundle) = self.whole_or_refresh_part(&connection.id, version).await? {
                return Ok(bundle.refresh_token);
            }
        }
        Ok(None)
    }

    /// Its tokens are bound to a key that the keychain no longer holds: only a new sign-in brings it back [S103].
    fn end_without_key(
        &self,
        connection: &Connection,
        version: TokenVersion,
        diagnosis: Diagnosis,
    ) -> Result<RefreshOutcome, Error> {
        let ended = GrantState::Ended { at: self.parts.clock.now(), diagnosis: diagnosis.clone() };
        let mut event = self.event(EventKind::ReauthRequiredSet, connection);
        event.diagnosis = Some(diagnosis.clone());
        event.subject = Some("the key its tokens are bound to is gone from the keychain".to_owned());
        self.parts.store.set_grant(&connection.id, version, &ended, &[event])?;
        Ok(RefreshOutcome::GrantEnded { diagnosis })
    }
}

/// A refresh of a grant in doubt finds out what became of the last one, whoever asked.
fn reason_of(connection: &Connection, why: RefreshWhy) -> RefreshReason {
    match connection.grant {
        GrantState::OutcomeUnknown { .. } => RefreshReason::Recovery,
        GrantState::Alive { .. }
        | GrantState::Ended { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => why.reason(),
    }
}

fn fill(event: &mut LifecycleEvent, about: &AnswerFacts) {
    event.endpoint = Some("token");
    event.http_status = about.http_status;
    event.request_id.clone_from(&about.request_id);
    event.latency = Some(about.latency);
    event.limits.clone_from(&about.limits);
}
