//! The figures of C9 for places that take metrics [C9, F5].

use std::collections::BTreeMap;
use std::time::Duration;

use domain::EventDestinationId;
use domain::connection::status::Lamp;
use domain::event_forwarding::{Complaint, Place};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::retention::midnight;
use jiff::Timestamp;

use super::Receiver;
use crate::event_destinations::{FigureSet, FiguresOfProvider};
use crate::{Engine, Error};

/// Spreads of figures are those of the last day.
const SPREAD_OVER: Duration = Duration::from_secs(24 * 60 * 60);

impl Engine {
    /// Sends the figures of C9 to a place that takes metrics. What is not taken is not sent again: the next figures hold
    /// it as well. `None` within: it takes none, or waits for something else.
    ///
    /// # Errors
    /// The database's.
    pub async fn forward_figures(&self, id: &EventDestinationId) -> Result<Option<Result<(), Complaint>>, Error> {
        let Some(destination) = self.parts.store.find_event_destination(id)? else { return Ok(None) };
        let takes = matches!(destination.place, Place::Otlp { with_metrics: true, .. });
        let is_held_back =
            self.refresh_mode()? == RefreshMode::Offline || self.is_left_alone(&destination, false).is_some();
        if !takes || is_held_back {
            return Ok(None);
        }
        // On a large board that takes its time, and refreshes do not wait for it.
        let (engine, since) = (self.clone(), destination.counted_since);
        let counting = tokio::task::spawn_blocking(move || engine.figure_set(since));
        let figures = counting.await.map_err(|_| Error::TaskEnded)??;
        let outcome = match self.receiver(&destination).await {
            Ok(Receiver::Otlp(otlp)) => otlp.send_figures(&self.parts.http, &self.speaker(), &figures).await,
            Ok(Receiver::File(_) | Receiver::Webhook(_) | Receiver::Sentry(_)) => Ok(()),
            Err(refused) => Err(refused),
        };
        let outcome = outcome.map_err(|it| it.complaint);
        if destination.counted_since != Some(figures.since)
            || destination.figures_failed.as_ref() != outcome.as_ref().err()
        {
            self.parts.store.put_figures_outcome(id, figures.since, outcome.as_ref().err())?;
        }
        Ok(Some(outcome))
    }

    /// Sums since `since`, which is a midnight, so that thinned days are in them whole; without one since the last.
    fn figure_set(&self, since: Option<Timestamp>) -> Result<FigureSet, Error> {
        let now = self.parts.clock.now();
        let since = since.unwrap_or_else(|| midnight(now));
        let sums = self.health(since)?;
        let last_day = self.health(now.checked_sub(SPREAD_OVER).unwrap_or(now))?;
        let mut providers = vec![];
        for (id, _, sums) in sums.providers {
            let last_day = last_day.providers.iter().find(|it| it.0 == id).map(|it| it.2.clone()).unwrap_or_default();
            providers.push(FiguresOfProvider { provider: id.to_string(), sums, last_day });
        }
        let mut standing: BTreeMap<(String, &'static str), (Lamp, u64)> = BTreeMap::new();
        for overview in self.list_connections()? {
            let (provider, lamp) = (overview.connection.provider.to_string(), overview.status.lamp);
            standing.entry((provider, lamp.as_str())).or_insert((lamp, 0)).1 += 1;
        }
        let connections = standing.into_iter().map(|((provider, _), (lamp, count))| (provider, lamp, count)).collect();
        Ok(FigureSet { since, until: now, providers, connections })
    }
}
