//! Forwards events in the process that leads: wakes when something was written, or when a place may be tried again; one
//! task for each place that has something to do, so that a slow one holds up no other [F5, C9, S160].

use std::collections::HashMap;
use std::time::Duration;

use domain::EventDestinationId;
use domain::event_forwarding::{EventDestination, Place};
use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use super::Writes;
use crate::flows::event_forwarding::Forwarded;
use crate::{Engine, Error};

/// How often figures leave: the interval that OpenTelemetry's own readers have.
const FIGURES_EVERY: Duration = Duration::from_secs(60);
/// Where no one tells of writes: one integer is read each time.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Wakes at least this often while a place is to be tried again: timers alone stand still in sleep [S160].
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// A place that another process is at, or that could not be looked at, is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl Engine {
    /// Never returns.
    pub(super) async fn forward_for_ever(&self) {
        self.until_it_leads().await;
        let writes = self.writes();
        Round { engine: self, tasks: JoinSet::new(), busy: HashMap::new(), next: HashMap::new() }.run(writes).await;
    }
}

/// What the loop knows between two looks.
struct Round<'a> {
    engine: &'a Engine,
    tasks: JoinSet<Result<Forwarded, Error>>,
    busy: HashMap<Id, EventDestinationId>,
    next: HashMap<EventDestinationId, Next>,
}

/// When a place is looked at again, besides when something was written.
#[derive(Default, Clone, Copy)]
struct Next {
    figures_at: Option<Instant>,
    look_at: Option<Instant>,
    /// Up to which event it was looked at: what it does not want is not looked at again.
    seen: i64,
}

impl Next {
    fn again_later(&mut self) {
        (self.look_at, self.seen) = (Some(Instant::now() + LOOK_AGAIN), 0);
    }
}

impl Round<'_> {
    async fn run(mut self, writes: Option<Writes>) {
        loop {
            let wake = self.start_what_is_due();
            let nap_until = wake.at.unwrap_or(Timestamp::MAX);
            let paced = wake.paced_at.unwrap_or_else(Instant::now);
            let written = async {
                match &writes {
                    Some(writes) => writes.next().await,
                    None => tokio::time::sleep(LOOK_EVERY).await,
                }
            };
            tokio::select! {
                () = written => {}
                () = self.engine.parts.clock.nap_until(nap_until, LONGEST_SLEEP), if wake.at.is_some() => {}
                () = tokio::time::sleep_until(paced), if wake.paced_at.is_some() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.end(ended),
            }
        }
    }

    fn start_what_is_due(&mut self) -> Wake {
        let mut wake = Wake::default();
        let all = match self.engine.parts.store.list_event_destinations() {
            Ok(all) => all,
            Err(error) => {
                tracing::warn!(%error, "where events go could not be read; trying again soon");
                wake.paced(Instant::now() + LOOK_AGAIN);
                return wake;
            }
        };
        self.next.retain(|id, _| all.iter().any(|it| it.id == *id));
        for destination in all {
            if !self.busy.values().any(|it| *it == destination.id) {
                self.start(&destination, &mut wake);
            }
        }
        wake
    }

    fn start(&mut self, destination: &EventDestination, wake: &mut Wake) {
        if !destination.is_on {
            // Switched on again, it is looked at whole.
            self.next.remove(&destination.id);
            return;
        }
        let (now, instant) = (self.engine.parts.clock.now(), Instant::now());
        let next = self.next.get(&destination.id).copied().unwrap_or_default();
        let takes_figures = matches!(destination.place, Place::Otlp { with_metrics: true, .. });
        if let Some(until) = destination.left_alone_until.filter(|it| domain::lifecycle::retry::is_waiting(*it, now)) {
            wake.also_at(until);
            return;
        }
        if let Some(at) = next.look_at.filter(|it| *it > instant) {
            wake.paced(at);
            return;
        }
        let has_figures = takes_figures && next.figures_at.is_none_or(|at| at <= instant);
        if takes_figures && let Some(at) = next.figures_at.filter(|it| *it > instant) {
            wake.paced(at);
        }
        let newest = self.engine.parts.store.newest_event().ok();
        let is_news = newest.is_none_or(|it| it > destination.cursor.max(next.seen));
        let waits = is_news || destination.batch_end.is_some();
        if !waits && !has_figures {
            return;
        }
        let figures_at = if has_figures { Some(instant + FIGURES_EVERY) } else { next.figures_at };
        self.next.insert(destination.id.clone(), Next { figures_at, look_at: None, seen: newest.unwrap_or(0) });
        let (engine, id) = (self.engine.clone(), destination.id.clone());
        let task = self.tasks.spawn(async move {
            let outcome = engine.forward_events(&id, false).await?;
            if has_figures && matches!(outcome, Forwarded::Done { .. }) {
                engine.forward_figures(&id).await?;
            }
            Ok(outcome)
        });
        self.busy.insert(task.id(), destination.id.clone());
    }

    fn end(&mut self, ended: Result<(Id, Result<Forwarded, Error>), tokio::task::JoinError>) {
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => (error.id(), Err(Error::TaskEnded)),
        };
        let Some(id) = self.busy.remove(&task) else { return };
        let next = self.next.entry(id).or_default();
        match outcome {
            // The end of offline mode is a write of its own, and everybody looks then.
            Ok(Forwarded::Done { .. } | Forwarded::Off | Forwarded::Gone | Forwarded::Offline) => {}
            // When to look again is in its row.
            Ok(Forwarded::LeftAlone { .. } | Forwarded::Stopped { .. }) => next.seen = 0,
            Ok(Forwarded::Busy) => next.again_later(),
            Err(error) => {
                tracing::warn!(%error, "events could not be forwarded; trying again soon");
                next.again_later();
            }
        }
    }
}

/// When to look again.
#[derive(Default)]
struct Wake {
    at: Option<Timestamp>,
    paced_at: Option<Instant>,
}

impl Wake {
    fn also_at(&mut self, at: Timestamp) {
        self.at = Some(self.at.map_or(at, |earlier| earlier.min(at)));
    }

    fn paced(&mut self, at: Instant) {
        self.paced_at = Some(self.paced_at.map_or(at, |earlier| earlier.min(at)));
    }
}
