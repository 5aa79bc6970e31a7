//! What all connections learn from the answers one of them got: which provider wants peace, and whether there is
//! a network at all [B4, B6, S161, S162, S163, S166].

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::{Connection, FailureStreak};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::display_text::length;
use domain::lifecycle::breaker::Breaker;
use domain::lifecycle::network::{Network, NetworkChange};
use domain::lifecycle::retry::budget_spent_until;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Provider;
use domain::provider::limits::RefreshLimits;
use domain::{ConnectionId, ProviderId};
use jiff::Timestamp;

use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::authorization_server::AnswerFacts;
use crate::{Engine, Error, Notice};

/// Which servers can be reached, as far as this process has seen.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    pub(crate) breakers: HashMap<ProviderId, Breaker>,
    pub(crate) network: Network,
    /// How many providers have connections that are refreshed by themselves, where somebody counts them.
    pub(crate) provider_count: Option<usize>,
}

impl Engine {
    /// Since when no provider could be reached.
    pub fn network_down_since(&self) -> Option<Timestamp> {
        self.reach().network.down_since()
    }

    pub(crate) fn reach(&self) -> MutexGuard<'_, Reach> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Random, in 0..1; the middle where the system gives nothing.
    pub(crate) fn jitter() -> f64 {
        let bits = Self::random_bits().map_or(u32::MAX / 2, |bits| u32::try_from(bits >> 32).unwrap_or(0));
        f64::from(bits) / f64::from(u32::MAX)
    }

    /// Why no request may leave although the connection itself would allow one: offline mode, a budget that is
    /// spent, a provider that asked for peace. A click bypasses the last alone.
    pub(super) fn held_back(
        &self,
        connection: &Connection,
        provider: &Provider,
        why: RefreshWhy,
    ) -> Result<Option<RefreshOutcome>, Error> {
        self.refuse_when_offline()?;
        let now = self.parts.clock.now();
        let spent_until = self.budget_spent_until(&connection.id, provider.refresh.limits, now)?;
        let asked = if why == RefreshWhy::Person {
            None
        } else {
            self.reach().breakers.get(&connection.provider).and_then(|breaker| breaker.asked_to_wait_until(now))
        };
        Ok(spent_until.max(asked).map(|retry_at| {
            let diagnosis = Diagnosis::of(CauseLabel::RateLimited);
            RefreshOutcome::Failed { diagnosis, retry_at }
        }))
    }

    /// When the provider's limits allow this connection another refresh, where that is not now [S166].
    fn budget_spent_until(
        &self,
        id: &ConnectionId,
        limits: RefreshLimits,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(budget) = limits.budget else { return Ok(None) };
        let made_at = self.parts.store.latest_refreshes(id, budget.count)?;
        Ok(budget_spent_until(budget, &made_at, now))
    }

    /// A provider has answered: it is there, and so is the network.
    pub(super) fn heed_success(&self, provider: &ProviderId) {
        let mut reach = self.reach();
        reach.breakers.entry(provider.clone()).or_default().note_answer();
        let change = reach.network.note_answer();
        self.heed_network(reach, change);
    }

    /// Learns from a refusal, or from the lack of an answer.
    pub(super) fn heed_failure(
        &self,
        provider: &ProviderId,
        diagnosis: &Diagnosis,
        retry_after: Option<Duration>,
        about: &AnswerFacts,
    ) {
        let (now, jitter) = (self.parts.clock.now(), Self::jitter());
        let mut reach = self.reach();
        let count = reach.provider_count;
        reach.breakers.entry(provider.clone()).or_default().note_failure(diagnosis, retry_after, jitter, now);
        let change = if never_left(diagnosis, about) {
            reach.network.note_unreached(provider, count, jitter, now)
        } else if is_an_answer(diagnosis, about) {
            reach.network.note_answer()
        } else {
            None
        };
        self.heed_network(reach, change);
    }

    fn heed_network(&self, mut reach: MutexGuard<'_, Reach>, change: Option<NetworkChange>) {
        let now = self.parts.clock.now();
        if matches!(change, Some(NetworkChange::Back { .. })) {
            // What they suffered from was the network.
            reach.breakers.retain(|_, breaker| breaker.asked_to_wait_until(now).is_some());
        }
        drop(reach);
        if let Some(change) = change {
            self.tell_of_network(change, now);
        }
    }

    /// The streak as it stays when one more refresh could not leave: the network is down for all, and one failure
    /// of each connection has said so.
    pub(super) fn streak_of_a_lost_network<'a>(
        &self,
        connection: &'a Connection,
        diagnosis: &Diagnosis,
        about: &AnswerFacts,
    ) -> Option<&'a FailureStreak> {
        let streak = connection.refresh_failures.as_ref()?;
        (never_left(diagnosis, about) && self.network_down_since().is_some()).then_some(streak)
    }

    fn tell_of_network(&self, change: NetworkChange, now: Timestamp) {
        let event = match change {
            NetworkChange::Lost { .. } => LifecycleEvent::new(now, EventKind::NetworkLost, None),
            NetworkChange::Back { since } => {
                let mut event = LifecycleEvent::new(now, EventKind::NetworkBack, None);
                event.subject = Some(length(now.duration_since(since)));
                event
            }
        };
        if let Err(error) = self.parts.store.append_event(&event) {
            tracing::warn!(%error, "what became of the network could not be written down");
        }
        self.notify(Notice::ConnectionChanged(None));
    }
}

/// No byte of the request can have reached the server.
fn never_left(diagnosis: &Diagnosis, about: &AnswerFacts) -> bool {
    diagnosis.cause == CauseLabel::NetworkFailure && about.http_status.is_none() && !about.outcome_is_unknown
}

/// The provider itself spoke. A page in the place of a token answer may be a hotel's [S163].
fn is_an_answer(diagnosis: &Diagnosis, about: &AnswerFacts) -> bool {
    let Some(status) = about.http_status else { return false };
    let is_portal = diagnosis.cause == CauseLabel::ProviderOutage && (status < 500 || status == 511);
    !is_portal
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::provider::limits::RefreshBudget;

    use super::*;
    use crate::EngineParts;
    use crate::browser::Browser;
    use crate::clock::Clock;
    use crate::http::Timeouts;

    fn engine(folder: &std::path::Path) -> Engine {
        let (keychain, clock) = (keyring_core::mock::Store::new().unwrap(), Clock::set_at(Timestamp::UNIX_EPOCH));
        let browser = Browser::scripted(Arc::new(|_| {}));
        Engine::new(EngineParts::open_with(folder, keychain, clock, browser, Timeouts::default()).unwrap())
    }

    /// S166: two in ten minutes and not a third, counted from what happened, so that every process counts alike.
    #[test]
    fn a_budget_is_counted_from_the_refreshes_that_were_made() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path());
        let id = ConnectionId::from_random(1);
        let ten_minutes = Duration::from_secs(600);
        let limits = RefreshLimits { at_once: 2, budget: Some(RefreshBudget { count: 2, within: ten_minutes }) };
        let spent_until = || engine.budget_spent_until(&id, limits, engine.now()).unwrap();

        let first = engine.now();
        for kind in [EventKind::RefreshSucceeded, EventKind::RefreshFailed] {
            assert_eq!(spent_until(), None);
            let event = LifecycleEvent::new(engine.now(), kind, Some(id.clone()));
            engine.parts.store.append_event(&event).unwrap();
            engine.parts.clock.advance(Duration::from_secs(60));
        }

        assert_eq!(spent_until(), Some(first + ten_minutes), "a failed one counts as well");
        let unlimited = RefreshLimits { budget: None, ..limits };
        assert_eq!(engine.budget_spent_until(&id, unlimited, engine.now()).unwrap(), None);
        engine.parts.clock.advance(ten_minutes);
        assert_eq!(spent_until(), None, "both are past");
    }

    /// S163: a page in the place of an answer says nothing of the network; a refusal does.
    #[test]
    fn a_hotels_page_is_no_answer_of_the_provider() {
        let of = |cause, status| {
            let about = AnswerFacts { http_status: status, ..AnswerFacts::default() };
            (is_an_answer(&Diagnosis::of(cause), &about), never_left(&Diagnosis::of(cause), &about))
        };

        assert_eq!(of(CauseLabel::GrantInvalid, Some(400)), (true, false));
        assert_eq!(of(CauseLabel::ProviderOutage, Some(503)), (true, false), "it answers, though not well");
        for status in [200, 302, 511] {
            assert_eq!(of(CauseLabel::ProviderOutage, Some(status)), (false, false), "{status}: perhaps a hotel's");
        }
        assert_eq!(of(CauseLabel::NetworkFailure, None), (false, true));
        let lost = AnswerFacts { outcome_is_unknown: true, ..AnswerFacts::default() };
        assert!(!never_left(&Diagnosis::of(CauseLabel::NetworkFailure), &lost), "it may have been acted on");
    }
}
