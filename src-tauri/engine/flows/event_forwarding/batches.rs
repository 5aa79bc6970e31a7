//! What waits leaves in batches, and the cursor moves once a place took them [F5].

use std::collections::HashMap;
use std::time::Duration;

use domain::event_forwarding::{Complaint, EventDestination, Failing, ForwardingTrouble, Verdict};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::retry::{as_long_as_waited, is_waiting};
use domain::lifecycle_event::LifecycleEvent;
use domain::{ConnectionId, EventDestinationId};
use jiff::Timestamp;

use super::{Receiver, waits_for_person};
use crate::event_destinations::{NotTaken, Receipt, Told};
use crate::store::ForwardedBatch;
use crate::{Engine, Error};

/// Events that a place does not want are passed over in one step once there are so many.
const PASSED_OVER_AT: i64 = 500;

/// What came of forwarding to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forwarded {
    /// Nothing waits any more.
    Done { sent: u64, dropped: u64 },
    /// The rest leaves later.
    Stopped { sent: u64, dropped: u64, complaint: Complaint, retry_at: Timestamp },
    /// It asked to be left alone until then, or a failure is not long enough ago.
    LeftAlone { until: Timestamp, sent: u64, dropped: u64 },
    /// Offline mode is on.
    Offline,
    /// It is switched off.
    Off,
    /// Another task or process forwards to it just now.
    Busy,
    /// It was removed.
    Gone,
}
impl Engine {
    /// Sends what waits, batch by batch, until nothing does or something stands in the way. `is_asked`: a person does not
    /// wait for the next try, only for what the receiver asked for.
    ///
    /// # Errors
    /// The database's, and the lock's.
    pub async fn forward_events(&self, id: &EventDestinationId, is_asked: bool) -> Result<Forwarded, Error> {
        let Some(_lock) = self.parts.locks.try_forward(id)? else { return Ok(Forwarded::Busy) };
        let mut receiver = None;
        let mut course = Course::default();
        loop {
            let Some(destination) = self.parts.store.find_event_destination(id)? else { return Ok(Forwarded::Gone) };
            if !destination.is_on {
                return Ok(Forwarded::Off);
            }
            if destination.place.is_elsewhere() && self.refresh_mode()? == RefreshMode::Offline {
                return Ok(Forwarded::Offline);
            }
            if let Some(until) = self.is_left_alone(&destination, is_asked && course.is_first) {
                return Ok(Forwarded::LeftAlone { until, sent: course.sent, dropped: course.dropped });
            }
            course.is_first = false;
            let most = course.most.unwrap_or_else(|| destination.place.kind().batch());
            let waiting = self.parts.store.events_to_forward(&destination, most)?;
            let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else {
                if self.pass_over_unwanted(&destination)? {
                    continue;
                }
                return Ok(Forwarded::Done { sent: course.sent, dropped: course.dropped });
            };
            tracing::debug!(destination = %destination.id, first = first.0, last = last.0, "events are forwarded");
            let end = last.0;
            if !self.parts.store.begin_batch(id, destination.cursor, end)? {
                continue;
            }
            let batch = self.told(&destination, waiting)?;
            let outcome = match self.opened(&mut receiver, &destination, is_asked).await {
                Ok(receiver) => self.hand_over(receiver, &batch).await,
                Err(refused) => Err(refused),
            };
            if let Some(stopped) = self.settle(&destination, &batch, end, outcome, &mut course)? {
                return Ok(stopped);
            }
        }
    }

    /// Writes down what became of a batch. `None`: on with the next.
    fn settle(
        &self,
        destination: &EventDestination,
        batch: &[Told],
        end: i64,
        outcome: Result<Receipt, NotTaken>,
        course: &mut Course,
    ) -> Result<Option<Forwarded>, Error> {
        let (id, now) = (&destination.id, self.parts.clock.now());
        let count = batch.len() as u64;
        let receipt = match outcome {
            Ok(receipt) => receipt,
            // Half of it may be taken; one alone that is too large is never.
            Err(refused) if refused.verdict == Verdict::TooLarge && batch.len() > 1 => {
                course.most = Some(batch.len() / 2);
                self.parts.store.forget_batch(id)?;
                return Ok(None);
            }
            Err(NotTaken { verdict: Verdict::Dropped | Verdict::TooLarge, complaint, .. }) => {
                tracing::warn!(destination = %id, trouble = %complaint.trouble.written(), count, "events were refused for ever");
                Receipt { dropped_count: count, words: complaint.words, pause: None }
            }
            Err(NotTaken { complaint, asked, .. }) => {
                let retry_at = self.note_untaken(destination, complaint.clone(), asked)?;
                let (sent, dropped) = (course.sent, course.dropped);
                return Ok(Some(Forwarded::Stopped { sent, dropped, complaint, retry_at }));
            }
        };
        let dropped_count = receipt.dropped_count.min(count);
        let done = ForwardedBatch { from: destination.cursor, to: end, sent_count: count, dropped_count, at: now };
        if self.parts.store.end_batch(id, done)? {
            course.sent += count - dropped_count;
            course.dropped += dropped_count;
        }
        if let Some(pause) = receipt.pause.filter(|it| !it.is_zero()) {
            let until = now.checked_add(as_long_as_waited(pause)).unwrap_or(now);
            self.parts.store.put_forwarding_pause(id, until)?;
        }
        Ok(None)
    }

    fn note_untaken(
        &self,
        destination: &EventDestination,
        last: Complaint,
        asked: Option<Duration>,
    ) -> Result<Timestamp, Error> {
        let now = self.parts.clock.now();
        let earlier = destination.failing.as_ref();
        let count = earlier.map_or(0, |it| it.count).saturating_add(1);
        let wait = last.trouble.wait(destination.place.kind(), count, Self::jitter(), asked);
        let retry_at = now.checked_add(wait).unwrap_or(now);
        if earlier.is_none() {
            let trouble = last.trouble.written();
            tracing::warn!(destination = %destination.id, %trouble, "events could not be forwarded; they wait");
        }
        let failing = Failing { since: earlier.map_or(now, |it| it.since), count, last, retry_at };
        self.parts.store.put_forwarding_failure(&destination.id, Some(&failing))?;
        Ok(retry_at)
    }

    /// Until when nothing is sent to it. A person's wish overrides our own patience, not what a receiver asked for.
    pub(super) fn is_left_alone(&self, destination: &EventDestination, is_asked: bool) -> Option<Timestamp> {
        let until = destination.left_alone_until?;
        let is_ours = destination.failing.as_ref().is_some_and(|it| it.last.trouble != ForwardingTrouble::Status(429));
        (is_waiting(until, self.parts.clock.now()) && !(is_asked && is_ours)).then_some(until)
    }

    /// Moves the cursor over what a place does not want, once that is worth it. True: there may be more.
    fn pass_over_unwanted(&self, destination: &EventDestination) -> Result<bool, Error> {
        if let Some(end) = destination.batch_end {
            // What left last is gone from the timeline.
            self.parts.store.pass_over(&destination.id, destination.cursor, end)?;
            return Ok(true);
        }
        let newest = self.parts.store.newest_event()?;
        if newest - destination.cursor < PASSED_OVER_AT {
            return Ok(false);
        }
        // What was written since the last look may be wanted: only what was there before it is passed over.
        if self.parts.store.events_to_forward(destination, 1)?.is_empty() {
            self.parts.store.pass_over(&destination.id, destination.cursor, newest)?;
        }
        Ok(true)
    }

    fn told(&self, destination: &EventDestination, events: Vec<(i64, LifecycleEvent)>) -> Result<Vec<Told>, Error> {
        let speaker = self.speaker();
        // A file is this computer's own, and says what `patchbay events` does.
        let with_accounts = destination.with_accounts || !destination.place.is_elsewhere();
        let mut providers: HashMap<ConnectionId, Option<String>> = HashMap::new();
        events
            .into_iter()
            .map(|(id, event)| {
                let provider = match &event.connection {
                    None => None,
                    Some(connection) => match providers.get(connection) {
                        Some(known) => known.clone(),
                        None => {
                            let found = self.parts.store.find_connection(connection)?.map(|it| it.provider.to_string());
                            providers.insert(connection.clone(), found.clone());
                            found
                        }
                    },
                };
                Ok(Told::new(&speaker, (id, event), provider, with_accounts))
            })
            .collect()
    }

    async fn opened<'a>(
        &self,
        receiver: &'a mut Option<Receiver>,
        destination: &EventDestination,
        is_asked: bool,
    ) -> Result<&'a Receiver, NotTaken> {
        let opened = match receiver.take() {
            Some(opened) => opened,
            // In the background nobody is there for a prompt, and an unanswered one keeps the keychain from everybody.
            None if !is_asked && destination.place.has_secret() && self.is_keychain_locked().await => {
                return Err(waits_for_person(ForwardingTrouble::Keychain));
            }
            None => self.receiver(destination).await?,
        };
        Ok(receiver.insert(opened))
    }

    async fn hand_over(&self, receiver: &Receiver, batch: &[Told]) -> Result<Receipt, NotTaken> {
        let (http, speaker, now) = (&self.parts.http, self.speaker(), self.parts.clock.now());
        match receiver {
            Receiver::File(file) => file.append(batch).await.map(|()| Receipt::default()),
            Receiver::Webhook(webhook) => webhook.send(http, &speaker, batch, now).await,
            Receiver::Sentry(sentry) => match batch {
                [told] => sentry.send(http, &speaker, told, now).await,
                _ => Ok(Receipt::default()),
            },
            Receiver::Otlp(otlp) => otlp.send(http, &speaker, batch, now).await,
        }
    }
}

/// What a run has done so far.
struct Course {
    is_first: bool,
    /// So many at once, since more were too large.
    most: Option<usize>,
    sent: u64,
    dropped: u64,
}

impl Default for Course {
    fn default() -> Self {
        Self { is_first: true, most: None, sent: 0, dropped: 0 }
    }
}
