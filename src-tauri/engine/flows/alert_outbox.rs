//! What channels are told, and the sending of it: a message is written down together with what it tells, and sent until it
//! arrives or three days are over [F4].
//!
//! A try that may have arrived is made again under the same name, so that the receiver can drop the second. Of each channel
//! one message is on its way at a time, in the order they were made.

use domain::alert::{
    AfterFailure, AlertChannel, ChannelFailure, ChannelText, MessageKind, Occasion, Told, after_failure,
    look_for_channel,
};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle::retry::is_waiting;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::alert_channels::failed_try;
use super::alerts::WithdrawnCertificate;
use crate::store::{Delivery, NewDelivery, StoreError, TryOutcome};
use crate::{Engine, Error, Notice};

impl Engine {
    /// Looks at all that needs a person, or will, and writes down what each channel is to be told. When to look again though
    /// nothing changes.
    ///
    /// # Errors
    /// The database's.
    pub fn look_for_channels(&self) -> Result<Option<Timestamp>, Error> {
        let channels = self.parts.store.list_alert_channels()?;
        if channels.is_empty() {
            return Ok(None);
        }
        let board = self.board()?;
        let now = self.parts.clock.now();
        let ahead = channels.iter().filter_map(|it| it.rule.ahead).max();
        let (matters, next_at) = self.matters(&board, now, ahead)?;
        let (quiet, zone) = (self.alert_wishes()?.quiet, TimeZone::system());
        let mut again_at = next_at;
        for channel in &channels {
            let before = self.parts.store.list_told(&channel.id)?;
            let names = [Self::message_name()?, Self::message_name()?];
            let occasion = Occasion {
                rule: &channel.rule,
                is_on: channel.is_on,
                quiet,
                now,
                zone: &zone,
                messages: [&names[0], &names[1]],
            };
            let look = look_for_channel(before.clone(), &matters, &occasion);
            again_at = [again_at, look.again_at].into_iter().flatten().min();
            let mut messages = vec![];
            let face = self.clock_face();
            if let Some(text) = ChannelText::of_raised(&look.raised, now, &face) {
                let with = |it: crate::alert_channels::AlertMessage| it.with_troubles(&look.raised);
                messages.push(self.named_message(&names[0], MessageKind::Raised, text, now, with)?);
            }
            if let Some(text) = ChannelText::of_ahead(&look.ahead, now, &face) {
                let with = |it: crate::alert_channels::AlertMessage| it.with_troubles(&look.ahead);
                messages.push(self.named_message(&names[1], MessageKind::Ahead, text, now, with)?);
            }
            if let Some(text) = ChannelText::of_resolved(&look.resolved) {
                let with = |it: crate::alert_channels::AlertMessage| it.with_raised_by(&look.resolved);
                messages.push(self.message_of(MessageKind::Resolved, text, now, with)?);
            }
            self.write_look(channel, &before, &look.told, &messages)?;
        }
        Ok(again_at)
    }

    fn write_look(
        &self,
        channel: &AlertChannel,
        before: &[Told],
        told: &[Told],
        messages: &[NewDelivery],
    ) -> Result<(), Error> {
        if before == told && messages.is_empty() {
            return Ok(());
        }
        if self.parts.store.commit_alert_look(&channel.id, before, told, messages)? {
            // Whoever draws what waits; the look that follows changes nothing.
            self.notify(Notice::AlertWishesChanged);
        } else {
            tracing::info!(channel = %channel.id, "somebody else told this channel meanwhile, or it was removed");
        }
        Ok(())
    }

    /// Writes down for every channel that wants to know that a certificate holds no more. It is told in quiet hours too.
    pub(super) fn tell_channels_of_certificate(&self, withdrawn: &WithdrawnCertificate) -> Result<(), Error> {
        let channels = self.parts.store.list_alert_channels()?;
        let now = self.parts.clock.now();
        let WithdrawnCertificate { checklist, connection, until, customers, environment } = withdrawn;
        for channel in channels.iter().filter(|it| it.is_on && it.rule.wants_certificate(customers, *environment)) {
            let text = ChannelText::of_certificate(checklist, connection, *until, now, &self.clock_face());
            let message = self.message_of(MessageKind::Certificate, text, now, |it| it)?;
            match self.parts.store.add_delivery(&channel.id, &message) {
                // Removed a moment ago: the others are told all the same.
                Err(StoreError::Gone) => {}
                added => {
                    added?;
                    self.notify(Notice::AlertWishesChanged);
                }
            }
        }
        Ok(())
    }

    /// The next message of each channel that may be sent just now, and when the first of the others is due.
    pub(crate) fn due_deliveries(&self) -> Result<(Vec<Delivery>, Option<Timestamp>), Error> {
        let next = self.parts.store.list_next_deliveries()?;
        if next.is_empty() {
            return Ok((vec![], None));
        }
        let is_offline = self.refresh_mode()? == RefreshMode::Offline;
        let channels = self.parts.store.list_alert_channels()?;
        let may_speak = |it: &Delivery| {
            let channel = channels.iter().find(|channel| channel.id == it.channel);
            channel.is_some_and(|it| it.is_on && !(is_offline && it.settings.leaves()))
        };
        let now = self.parts.clock.now();
        // What was put off under a clock that ran ahead is not waited for.
        let is_later = |it: &Delivery| it.next_try_at.is_some_and(|at| is_waiting(at, now));
        let (later, due): (Vec<_>, Vec<_>) = next.into_iter().filter(may_speak).partition(is_later);
        Ok((due, later.iter().filter_map(|it| it.next_try_at).min()))
    }

    /// Sends a message once; how that went is for [`Engine::note_try`]. `None`: its channel has gone, or
    /// could not be read, and nothing was sent.
    pub(crate) async fn try_delivery(&self, delivery: &Delivery) -> Option<TryOutcome> {
        let channel = self.find_alert_channel(delivery.channel.as_str()).ok()?;
        let sent = self.send_to(&channel, &delivery.message, &delivery.body).await;
        let now = self.parts.clock.now();
        Some(match sent {
            Ok(()) => TryOutcome::Delivered { at: now },
            Err(failure) => {
                let failed = failed_try(&failure, now);
                match self.after_failure(&failure, delivery, now) {
                    AfterFailure::TryAt(next_try_at) => TryOutcome::Failed { failure: failed, next_try_at },
                    AfterFailure::GiveUp => TryOutcome::GivenUp { failure: failed },
                }
            }
        })
    }

    fn after_failure(&self, failure: &ChannelFailure, delivery: &Delivery, now: Timestamp) -> AfterFailure {
        // Not given up either: nobody refused it.
        if let Some(wait) = failure.look_again_after() {
            return AfterFailure::TryAt(now.checked_add(wait).unwrap_or(Timestamp::MAX));
        }
        let attempts = delivery.attempts.saturating_add(1);
        let asked = failure.retry_after();
        after_failure(failure.kind(), attempts, delivery.made_at, now, Self::jitter(), asked)
    }

    /// Writes down how a try went.
    ///
    /// # Errors
    /// The database's: it is to be written down later, or the message goes out once more, under the same name.
    pub(crate) fn note_try(&self, delivery: &Delivery, outcome: &TryOutcome) -> Result<(), Error> {
        if self.parts.store.note_try(delivery.number, outcome)?
            && let TryOutcome::GivenUp { failure } = outcome
        {
            tracing::warn!(channel = %delivery.channel, message = %delivery.message, code = %failure.code, "given up");
            let channel = self.find_alert_channel(delivery.channel.as_str())?;
            let mut event = LifecycleEvent::new(failure.at, EventKind::AlertGivenUp, None);
            event.subject = Some(channel.name);
            event.words = Some(failure.words.clone());
            event.attempt = Some(delivery.attempts.saturating_add(1));
            self.parts.store.append_event(&event)?;
        }
        self.notify(Notice::AlertWishesChanged);
        Ok(())
    }

    /// Sends all that is due, one after the other, until nothing is.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_due_alerts(&self) -> Result<usize, Error> {
        let mut count = 0;
        loop {
            let (due, _) = self.due_deliveries()?;
            if due.is_empty() {
                return Ok(count);
            }
            for delivery in &due {
                let Some(outcome) = self.try_delivery(delivery).await else { continue };
                self.note_try(delivery, &outcome)?;
                count += 1;
            }
        }
    }
}
