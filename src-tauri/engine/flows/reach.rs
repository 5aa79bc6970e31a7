//! What all connections learn from the answers one of them got: which provider wants peace, and whether there is
//! a network at all [B4, B6, S161, S162, S163, S166].

use std::collections::{BTreeMap, HashMap};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::{Connection, FailureStreak};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::display_text::length;
use domain::lifecycle::breaker::Breaker;
use domain::lifecycle::network::{Network, NetworkChange};
use domain::lifecycle::retry::{at_most_a_wait, budget_spent_until};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Provider;
use domain::provider::limits::RefreshLimits;
use domain::token::clock_skew::is_own_machine;
use domain::{ConnectionId, ProviderId};
use http::Request;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::authorization_server::AnswerFacts;
use crate::http::HttpFailure;
use crate::{Engine, Error, Notice};

/// How long whoever is asked for nothing but an answer has for it.
const LONGEST_LOOK: Duration = Duration::from_secs(8);
/// Of a front page only the answer's head is wanted.
const MAX_PAGE: usize = 64 * 1024;

/// Which servers can be reached, as far as this process has seen.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    pub(crate) breakers: HashMap<ProviderId, Breaker>,
    pub(crate) network: Network,
    /// The token endpoints of all that are refreshed by themselves, where somebody keeps them.
    pub(crate) token_endpoints: Option<BTreeMap<ProviderId, Url>>,
}

impl Reach {
    /// Whether an answer of this provider, or the lack of one, says anything of the network: of one on this computer it
    /// does not, unless all are.
    fn is_witness(&self, provider: &ProviderId) -> bool {
        let Some(endpoints) = &self.token_endpoints else { return true };
        let is_here = |endpoint: &Url| is_own_machine(endpoint.host_str().unwrap_or_default());
        !endpoints.get(provider).is_some_and(is_here) || endpoints.values().all(is_here)
    }

    fn note_answer(&mut self, provider: &ProviderId) -> Option<NetworkChange> {
        if self.is_witness(provider) { self.network.note_answer(provider) } else { None }
    }

    /// Where nobody refreshes by himself nobody would look whether it is back, so nobody says that it is gone.
    fn note_unreached(&mut self, provider: &ProviderId, jitter: f64, now: Timestamp) -> Option<NetworkChange> {
        let endpoints = self.token_endpoints.as_ref()?;
        let witness_count = endpoints.keys().filter(|it| self.is_witness(it)).count();
        let counts = endpoints.contains_key(provider) && self.is_witness(provider);
        if counts { self.network.note_unreached(provider, witness_count, jitter, now) } else { None }
    }
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
        // A person's own file may say a month: whoever waits longer than anybody does would be asked again at once.
        Ok(budget_spent_until(budget, &made_at, now).map(|until| at_most_a_wait(until, now)))
    }

    /// A provider has answered: it is there, and so is the network.
    pub(super) fn heed_success(&self, provider: &ProviderId) {
        let mut reach = self.reach();
        reach.breakers.entry(provider.clone()).or_default().note_answer();
        let change = reach.note_answer(provider);
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
        reach.breakers.entry(provider.clone()).or_default().note_failure(diagnosis, retry_after, jitter, now);
        let change = if never_left(diagnosis, about) {
            reach.note_unreached(provider, jitter, now)
        } else if is_an_answer(diagnosis, about) {
            reach.note_answer(provider)
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
        match change {
            Some(NetworkChange::Doubtful) => self.look_for_network(),
            Some(NetworkChange::Lost { .. }) => self.tell_of_network(EventKind::NetworkLost, None, now),
            Some(NetworkChange::Back { since }) => {
                self.tell_of_network(EventKind::NetworkBack, Some(length(now.duration_since(since))), now);
            }
            None => {}
        }
    }

    /// Asks hosts of the board that nobody found out of reach for nothing but an answer: one of them is enough for a
    /// network [B13, S163].
    pub(crate) fn look_for_network(&self) {
        if self.refuse_when_offline().is_err() {
            return;
        }
        let asked: Vec<(ProviderId, Url)> = {
            let reach = self.reach();
            let Some(endpoints) = &reach.token_endpoints else { return };
            let witnesses = reach.network.witnesses(endpoints.keys().filter(|it| reach.is_witness(it)));
            witnesses.into_iter().filter_map(|it| Some((it.clone(), endpoints.get(it)?.clone()))).collect()
        };
        let mut looks = JoinSet::new();
        for (provider, endpoint) in asked {
            let engine = self.clone();
            looks.spawn(async move { engine.answers(&endpoint).await.then_some(provider) });
        }
        let engine = self.clone();
        tokio::spawn(async move {
            while let Some(look) = looks.join_next().await {
                if let Ok(Some(provider)) = look {
                    let mut reach = engine.reach();
                    let change = reach.network.note_answer(&provider);
                    return engine.heed_network(reach, change);
                }
            }
            let (now, mut reach) = (engine.parts.clock.now(), engine.reach());
            let change = reach.network.end_look(Self::jitter(), now);
            engine.heed_network(reach, change);
        });
    }

    /// Whether the host of this endpoint can be reached and is what it says it is. A proxy and a hotel are not.
    async fn answers(&self, endpoint: &Url) -> bool {
        let Some(request) = front_page(endpoint) else { return false };
        match timeout(LONGEST_LOOK, self.parts.http.send(request, MAX_PAGE)).await {
            Ok(Ok(answer)) => !matches!(answer.status, 407 | 511),
            Ok(Err(HttpFailure::TooLarge { .. } | HttpFailure::EncodedBody)) => true,
            Ok(Err(HttpFailure::Network { .. })) | Err(_) => false,
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

    fn tell_of_network(&self, kind: EventKind, subject: Option<String>, now: Timestamp) {
        let event = LifecycleEvent { subject, ..LifecycleEvent::new(now, kind, None) };
        if let Err(error) = self.parts.store.append_event(&event) {
            tracing::warn!(%error, "what became of the network could not be written down");
        }
        self.notify(Notice::ConnectionChanged(None));
    }
}

/// What asks the host of an endpoint for an answer, and for nothing else.
pub(super) fn front_page(endpoint: &Url) -> Option<Request<Vec<u8>>> {
    let mut front = endpoint.clone();
    front.set_path("/");
    front.set_query(None);
    Request::head(front.as_str()).body(vec![]).ok()
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
        let month = Some(RefreshBudget { count: 2, within: ten_minutes * 6 * 24 * 30 });
        let of_a_month = RefreshLimits { budget: month, ..limits };
        let looked_at = engine.budget_spent_until(&id, of_a_month, engine.now()).unwrap();
        assert_eq!(looked_at, Some(engine.now() + ten_minutes * 6 * 24), "once a day, and not all the time");
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
