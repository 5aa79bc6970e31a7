//! What the next start finds: the grant works, or was lost inside the window W; one truth; nothing left over.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::connection::GrantState;
use domain::{ConnectionId, Secret};
use engine::Engine;
use engine::flows::connect::{ConnectRequest, SignInProgress};
use engine::flows::reconcile::Reconciled;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::Keychain;
use fakes::steps::{Failure, Place, Trouble};
use practice::{LoggedRequest, PracticeProvider, TokenRole};

use super::super::support::settled;
use super::bench::Site;
use super::{Case, Flow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Survived,
    LostInsideWindow,
    /// It works. An item whose erasure the keychain claimed is still there.
    LeftOver,
}

/// A board after its process has ended.
pub(super) struct Aftermath<'a> {
    pub(super) case: &'a Case,
    pub(super) site: &'a Site,
    pub(super) practice: &'a PracticeProvider,
    /// Fingerprints of the refresh tokens that the keychain held at the end.
    pub(super) durable: BTreeSet<String>,
    pub(super) request: &'a (dyn Fn() -> ConnectRequest + Sync),
}

impl Aftermath<'_> {
    pub(super) async fn look(&self, id: Option<ConnectionId>) -> Result<Fate, String> {
        // What the provider says of the stopped run, not what we think of it.
        let log = self.practice.log();
        let engine = self.site.open();
        engine.reconcile().await.map_err(|error| format!("it cannot be reconciled: {error:?}"))?;
        let again = engine.reconcile().await.map_err(|error| format!("not twice: {error:?}"))?;
        if again != Reconciled::default() {
            return Err(format!("one reconcile was not enough: {again:?}"));
        }
        self.one_truth(&engine, "after the start").await?;
        let fate = match (self.case.flow, id) {
            (Flow::Connect, _) | (_, None) => self.look_at_sign_in(&engine).await?,
            (Flow::Disconnect | Flow::Forget, Some(id)) => self.look_at_farewell(&engine, &id).await?,
            (_, Some(id)) => self.look_at_grant(&engine, &id, &log).await?,
        };
        let is_clean = bundles_in(&self.site.keychain).len() <= engine.list_connections().map_or(0, |all| all.len());
        Ok(if self.erasure_was_claimed() && !is_clean { Fate::LeftOver } else { fate })
    }

    /// The keychain said that it had erased something, or that it was not there to be erased, and kept it.
    fn erasure_was_claimed(&self) -> bool {
        let Case { place, trouble, .. } = self.case;
        *trouble == Trouble::Fails(Failure::NoEntry)
            || (*place, *trouble) == (Place::KeychainErase, Trouble::ClaimsToHaveTakenEffect)
    }

    /// The board, the database and the keychain tell the same story. Beside a bundle that was found after the stop
    /// and has proved nothing yet, the one before it may stay: it may be the one that works.
    async fn one_truth(&self, engine: &Engine, when: &str) -> Result<(), String> {
        engine.until_quiet().await;
        let all = engine.list_connections().map_err(|error| format!("no board: {error:?}"))?;
        let alive = all.iter().filter(|it| !matches!(it.connection.grant, GrantState::Disconnected { .. }));
        let counted: BTreeSet<_> = alive
            .clone()
            .filter_map(|it| {
                let token = it.connection.token.clone()?;
                Some((it.connection.id.to_string(), token.refresh_fingerprint?.to_string()))
            })
            .collect();
        let held = bundles_in(&self.site.keychain);
        let is_unproved = alive.clone().any(|it| it.connection.proof.is_none());
        let may_hold_more = self.erasure_was_claimed() || is_unproved && held.len() <= counted.len() + 1;
        let extra_is_known = held.difference(&counted).all(|(id, _)| counted.iter().any(|(owner, _)| owner == id));
        let is_extra_fine = self.erasure_was_claimed() || may_hold_more && extra_is_known;
        if held == counted || held.is_superset(&counted) && is_extra_fine {
            return Ok(());
        }
        Err(format!("{when}, the keychain holds {held:?}, and {counted:?} is what counts"))
    }

    async fn look_at_grant(&self, engine: &Engine, id: &ConnectionId, log: &[LoggedRequest]) -> Result<Fate, String> {
        if self.case.flow == Flow::RefreshUnanswered && log.iter().any(|it| issued(it).is_some()) {
            let grant = engine.connection(id).map_err(|error| format!("{error:?}"))?.grant;
            if !matches!(grant, GrantState::OutcomeUnknown { .. } | GrantState::Ended { .. }) {
                return Err(format!("its token is probably spent, and nobody doubts it: {grant:?}"));
            }
        }
        let outcome = engine.refresh(id, RefreshWhy::Person).await.map_err(|error| format!("no refresh: {error:?}"))?;
        self.one_truth(engine, "after a refresh").await?;
        let lamp = engine.overview(id).map_err(|error| format!("{error:?}"))?.status.lamp.as_str();
        if matches!(outcome, RefreshOutcome::Refreshed { .. }) {
            return if lamp == "active" { Ok(Fate::Survived) } else { Err(format!("it works and is shown as {lamp}")) };
        }
        let rotated_to: Vec<_> = log.iter().filter_map(issued).collect();
        let is_inside_window = self.case.grace.is_zero()
            && matches!(
                self.case.flow,
                Flow::Refresh | Flow::RefreshUnanswered | Flow::RefreshAfter401 | Flow::FreshAccessToken
            )
            && rotated_to.last().is_some_and(|newest| !self.durable.contains(newest));
        if !is_inside_window {
            return Err(format!("a grant was lost: {outcome:?}"));
        }
        if lamp != "reauth_required" {
            return Err(format!("it is lost and shown as {lamp}"));
        }
        Ok(Fate::LostInsideWindow)
    }

    /// A first sign-in is there, or was never there and can be made again.
    async fn look_at_sign_in(&self, engine: &Engine) -> Result<Fate, String> {
        let connections = engine.list_connections().map_err(|error| format!("{error:?}"))?;
        match connections.as_slice() {
            [] => {
                // One that failed was told to the person, and is made again.
                if self.case.trouble.is_stop() && !self.durable.is_empty() {
                    return Err("a durable token was thrown away".into());
                }
                let again = engine.begin_connect((self.request)()).await.map_err(|error| format!("{error:?}"))?;
                let progress = settled(engine, &again.id).await;
                if !matches!(progress, SignInProgress::Connected(_)) {
                    return Err(format!("the account is blocked: {progress:?}"));
                }
            }
            [one] => {
                let outcome = engine.refresh(&one.connection.id, RefreshWhy::Person).await;
                if !matches!(outcome, Ok(RefreshOutcome::Refreshed { .. })) {
                    return Err(format!("it is there and does not work: {outcome:?}"));
                }
            }
            several => return Err(format!("one sign-in made {} connections", several.len())),
        }
        self.one_truth(engine, "after the sign-in").await?;
        Ok(Fate::Survived)
    }

    /// Said goodbye to or not: saying it again ends it, and the keychain holds nothing of it.
    async fn look_at_farewell(&self, engine: &Engine, id: &ConnectionId) -> Result<Fate, String> {
        if let Ok(connection) = engine.connection(id) {
            if !matches!(connection.grant, GrantState::Disconnected { .. }) {
                engine.disconnect(id).await.map_err(|error| format!("it cannot be disconnected: {error:?}"))?;
            }
            engine.forget_connection(id).map_err(|error| format!("it cannot be forgotten: {error:?}"))?;
            engine.reconcile().await.map_err(|error| format!("{error:?}"))?;
        }
        let left: Vec<_> = self.site.keychain.items().into_keys().filter(|name| name.contains("/con_")).collect();
        if !left.is_empty() && !self.erasure_was_claimed() {
            return Err(format!("the keychain still holds {left:?}"));
        }
        let is_alive = self.practice.grants().last().is_some_and(practice::GrantSummary::is_alive);
        if is_alive { Err("its grant still lives at the provider".into()) } else { Ok(Fate::Survived) }
    }
}

fn issued(request: &LoggedRequest) -> Option<String> {
    let token = request.tokens.iter().find(|token| token.role == TokenRole::IssuedRefresh)?;
    Some(token.fingerprint.clone())
}

pub(super) fn refresh_tokens_in(keychain: &Keychain) -> BTreeSet<String> {
    keychain.items().values().filter_map(|text| fingerprint_in(text)).collect()
}

/// Whose bundles an item of the keychain holds, and the fingerprint of its refresh token.
pub(crate) fn bundles_in(keychain: &Keychain) -> BTreeSet<(String, String)> {
    let items = keychain.items();
    let bundles = items.iter().filter(|(name, _)| name.contains("/con_"));
    bundles.filter_map(|(name, text)| Some((name.split('/').nth(1)?.to_owned(), fingerprint_in(text)?))).collect()
}

/// The fingerprint of the refresh token that an item holds.
fn fingerprint_in(text: &[u8]) -> Option<String> {
    let plain = URL_SAFE_NO_PAD.decode(text).ok()?;
    let start = plain.windows(12).position(|piece| piece == b"practice_rt_")?;
    let token = std::str::from_utf8(plain.get(start..start + 12 + 43)?).ok()?;
    Some(Secret::new(token).fingerprint().to_string())
}
