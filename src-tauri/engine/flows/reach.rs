//! What all connections learn from the answers one of them got: which provider wants peace, and whether there is
//! a network at all [B4, B6, S161, S162, S163, S166].

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use domain::ProviderId;
use domain::connection::{Connection, FailureStreak};
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::lifecycle::breaker::Breaker;
use domain::lifecycle::network::{Network, NetworkChange};
use domain::lifecycle::retry::budget_spent_until;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use jiff::Timestamp;

use super::refresh::{RefreshOutcome, RefreshWhy};
use crate::authorization_server::{AnswerFacts, TokenEndpointAnswer};
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
    pub(super) fn held_back(&self, connection: &Connection, why: RefreshWhy) -> Result<Option<RefreshOutcome>, Error> {
        self.refuse_when_offline()?;
        let now = self.parts.clock.now();
        let limits = self.provider_or_stand_in(connection)?.refresh.limits;
        let spent_until = match limits.budget {
            Some(budget) => {
                let made_at = self.parts.store.latest_refreshes(&connection.id, budget.count)?;
                budget_spent_until(budget, &made_at, now)
            }
            None => None,
        };
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

    /// Learns from what a token endpoint answered, or from the lack of it.
    pub(super) fn heed_answer(&self, provider: &ProviderId, answer: &TokenEndpointAnswer) {
        let (now, jitter) = (self.parts.clock.now(), Self::jitter());
        let mut reach = self.reach();
        let count = reach.provider_count;
        let breaker = reach.breakers.entry(provider.clone()).or_default();
        let change = match answer {
            TokenEndpointAnswer::Issued { .. } => {
                breaker.note_answer();
                reach.network.note_answer()
            }
            TokenEndpointAnswer::Failed { diagnosis, retry_after, about, .. } => {
                breaker.note_failure(diagnosis, *retry_after, jitter, now);
                if never_left(diagnosis, about) {
                    reach.network.note_unreached(provider, count, jitter, now)
                } else if is_an_answer(diagnosis, about) {
                    reach.network.note_answer()
                } else {
                    None
                }
            }
        };
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
                event.subject = Some(format!("{:#}", now.duration_since(since)));
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
