//! Tokens that were issued and are not stored: they have one owner, and unless they are stored or held it takes them
//! back at the provider, whatever the reason [A5, A7, A10].

use domain::Secret;
use domain::connection::Identity;
use domain::connection::reconnect::{self, Refusal};
use domain::provider::Revocation;
use domain::token::token_response::IssuedTokens;

use super::LeftBecause;
use super::landing::Landing;
use super::trace::Trace;
use crate::Error;
use crate::authorization_server::revocation::{RevocableTokens, RevocationOutcome, revoke};

/// What was issued. Dropped with tokens in it, as where a task is aborted, it takes them back by itself.
pub(super) struct Issued {
    landing: Landing,
    tokens: Option<(Revocable, Trace)>,
}

/// As much of the tokens as a revocation takes.
struct Revocable {
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    kept_fields: Vec<(String, String)>,
    who: Identity,
}

impl Issued {
    /// Owns what an answer brought; whose it is nobody knows yet.
    pub(super) fn new(landing: &Landing, tokens: &IssuedTokens, trace: Trace) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the tokens themselves are on their way to the keychain")]
        let copied = |token: &Option<Secret>| token.as_ref().map(|it| Secret::new(it.expose_secret()));
        let tokens = Revocable {
            access_token: copied(&tokens.access_token),
            refresh_token: copied(&tokens.refresh_token),
            kept_fields: landing.kept_fields(tokens),
            who: Identity::default(),
        };
        Self { landing: landing.clone(), tokens: Some((tokens, trace)) }
    }

    /// Known from here on: a revocation may be one that ends no other grant of this account.
    pub(super) fn belong_to(&mut self, who: &Identity) {
        if let Some((tokens, trace)) = &mut self.tokens {
            trace.name(who);
            tokens.who = who.clone();
        }
    }

    /// They are stored: the bundle that counts has struck the sign-in off.
    pub(super) fn settle(mut self) {
        self.tokens = None;
    }

    /// Somebody else keeps them: they are nobody's here.
    pub(super) fn let_go(mut self) {
        if let Some((_, trace)) = self.tokens.take() {
            trace.close();
        }
    }

    /// They are held, to be stored.
    pub(super) fn keep(mut self) {
        if let Some((_, trace)) = self.tokens.take() {
            trace.keep();
        }
    }

    /// Under which number the sign-in is written down.
    pub(super) fn number(&self) -> Option<i64> {
        self.tokens.as_ref().map(|(_, trace)| trace.number)
    }

    /// Takes them back at the provider, unless that would end a grant that is wanted. Says why they were left.
    pub(super) async fn take_back(mut self) -> Option<LeftBecause> {
        let (tokens, trace) = self.tokens.take()?;
        take_back_traced(&self.landing, &tokens, trace).await
    }
}

impl Drop for Issued {
    fn drop(&mut self) {
        let Some((tokens, trace)) = self.tokens.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let landing = self.landing.clone();
        runtime.spawn(async move { take_back_traced(&landing, &tokens, trace).await });
    }
}

impl Landing {
    /// What taking a new grant back at the provider would do to those there are [A7, A10].
    pub(super) fn refusal(&self, who: &Identity, has_refresh_token: bool) -> Result<Refusal, Error> {
        let board = self.engine.parts.store.list_connections()?;
        let clients = self.engine.parts.store.list_clients()?;
        let (revocation, client) = (&self.frozen.provider.revocation, &self.frozen.client.id);
        Ok(reconnect::refusal(revocation, client, who, has_refresh_token, &board, &clients))
    }
}

async fn take_back_traced(landing: &Landing, tokens: &Revocable, trace: Trace) -> Option<LeftBecause> {
    let left_because = take_back(landing, tokens).await;
    match &left_because {
        // It lives on as long as the one that is wanted, and goes with it.
        None | Some(LeftBecause::WouldEnd(_)) => trace.close(),
        Some(LeftBecause::NotOffered | LeftBecause::AccessTokenAlone | LeftBecause::Failed { .. }) => trace.leave(),
    }
    left_because
}

async fn take_back(landing: &Landing, tokens: &Revocable) -> Option<LeftBecause> {
    let refusal = landing.refusal(&tokens.who, tokens.refresh_token.is_some());
    let call = match (&landing.frozen.provider.revocation, refusal) {
        (Revocation::Offered(call), Ok(Refusal::TakesItBack | Refusal::TakesAccessTokenBack)) => call,
        (_, Ok(Refusal::WouldEnd(names))) => return Some(LeftBecause::WouldEnd(names)),
        (_, Ok(Refusal::NotOffered | Refusal::TakesItBack | Refusal::TakesAccessTokenBack)) => {
            return Some(LeftBecause::NotOffered);
        }
        (_, Err(error)) => {
            landing.log_failure(Some(error));
            return Some(LeftBecause::Failed { http_status: None });
        }
    };
    let revocable =
        RevocableTokens { access_token: tokens.access_token.as_ref(), refresh_token: tokens.refresh_token.as_ref() };
    let (http, now) = (&landing.engine.parts.http, landing.engine.parts.clock.now());
    let (provider, client) = (&landing.frozen.provider, landing.frozen.credentials());
    match revoke(http, provider, call, &client, &revocable, &tokens.kept_fields, now).await {
        Some(RevocationOutcome::Revoked) => None,
        Some(RevocationOutcome::AccessTokenRevoked) => Some(LeftBecause::AccessTokenAlone),
        Some(RevocationOutcome::Failed { http_status }) => Some(LeftBecause::Failed { http_status }),
        // The way there is wants an access token, and none came.
        None => Some(LeftBecause::NotOffered),
    }
}
