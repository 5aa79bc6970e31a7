//! Tells channels what needs a person, in the one process that leads: looks a moment after whatever changed, sends what is
//! due, and sleeps until the next [F4].

use std::collections::HashMap;
use std::time::Duration;

use domain::AlertChannelId;
use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{Id, JoinSet};

use crate::Engine;

/// What changes together is looked at together. Messages gather for longer by themselves.
const SETTLE: Duration = Duration::from_secs(1);
/// A look reads the whole board: most of the time none is taken.
const REST_FOR_EACH_LOOK: u32 = 10;
/// A computer that slept and a clock that was set keep a timer waiting: while something waits, it is looked at this
/// often [S161].
const LONGEST_NAP: Duration = Duration::from_secs(60);
/// After a database that could not be written to.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// Why the loop goes on.
enum Event {
    /// Something on the board, or in what channels want.
    Changed,
    /// A look or a message is due, or a message has come to its end.
    Due,
    Over,
}

impl Engine {
    /// Never returns.
    pub(super) async fn send_alerts(&self) {
        self.until_it_leads().await;
        let mut notices = self.notices();
        let mut sending = JoinSet::new();
        let mut busy: HashMap<Id, AlertChannelId> = HashMap::new();
        let mut look_at = Some(self.parts.clock.now());
        loop {
            if look_at.is_some_and(|at| at <= self.parts.clock.now()) {
                look_at = self.look_for_channels_apart().await;
            }
            let next_at = self.start_sending(&mut sending, &mut busy);
            let wake_at = [look_at, next_at].into_iter().flatten().min();
            let nap = async {
                match wake_at {
                    Some(at) => self.parts.clock.nap_until(at, LONGEST_NAP).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                () = nap => Event::Due,
                Some(ended) = sending.join_next_with_id(), if !sending.is_empty() => {
                    busy.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
                    Event::Due
                }
                notice = notices.recv() => match notice {
                    Ok(_) | Err(RecvError::Lagged(_)) => Event::Changed,
                    Err(RecvError::Closed) => Event::Over,
                },
            };
            match event {
                Event::Due => {}
                Event::Changed => {
                    tokio::time::sleep(SETTLE).await;
                    // What came meanwhile is in what is seen now.
                    notices = notices.resubscribe();
                    look_at = Some(self.parts.clock.now());
                }
                Event::Over => return,
            }
        }
    }

    /// Off the loop's thread; when to look again.
    async fn look_for_channels_apart(&self) -> Option<Timestamp> {
        let (engine, began) = (self.clone(), tokio::time::Instant::now());
        let look = tokio::task::spawn_blocking(move || engine.look_for_channels()).await;
        let again_at = match look {
            Ok(Ok(again_at)) => again_at,
            Ok(Err(error)) => {
                tracing::warn!(%error, "what channels are to be told could not be looked up");
                self.parts.clock.now().checked_add(AFTER_TROUBLE).ok()
            }
            Err(_) => self.parts.clock.now().checked_add(AFTER_TROUBLE).ok(),
        };
        tokio::time::sleep(began.elapsed().saturating_mul(REST_FOR_EACH_LOOK)).await;
        again_at
    }

    /// Starts what is due at channels that are not busy; when the next is.
    fn start_sending(&self, sending: &mut JoinSet<()>, busy: &mut HashMap<Id, AlertChannelId>) -> Option<Timestamp> {
        let (due, next_at) = match self.due_deliveries() {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "messages to channels could not be read");
                return self.parts.clock.now().checked_add(AFTER_TROUBLE).ok();
            }
        };
        for delivery in due {
            if busy.values().any(|it| *it == delivery.channel) {
                continue;
            }
            let (engine, channel) = (self.clone(), delivery.channel.clone());
            let task = sending.spawn(async move {
                let Some(outcome) = engine.try_delivery(&delivery).await else {
                    // A database that could not be read would be asked in a loop.
                    return tokio::time::sleep(AFTER_TROUBLE).await;
                };
                // Not written down, it would be due at once: it went out, and is not sent again because a disk is full.
                while let Err(error) = engine.note_try(&delivery, &outcome) {
                    tracing::warn!(%error, message = %delivery.message, "how a message went could not be written down");
                    tokio::time::sleep(AFTER_TROUBLE).await;
                }
            });
            busy.insert(task.id(), channel);
        }
        next_at
    }
}
