//! A refresh that failed: tried again, or the end of the grant, or in doubt [A5, B4, B5].

use domain::TokenVersion;
use domain::connection::{Connection, GrantState};
use domain::diagnosis::CauseLabel;
use domain::lifecycle::refresh_outcome::{
    AfterFailure, after_a_try_in_doubt, after_failure, cause_in_doubt, may_have_replaced,
};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::lifecycle::retry::{wait_before_next, wait_once_told};
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use domain::provider::Rotation;
use jiff::Timestamp;

use super::super::refresh::RefreshOutcome;
use super::{Asking, Failed, fill, reason_of};
use crate::{Engine, Error};

impl Engine {
    /// A try that another follows at once.
    pub(super) fn note_attempt(&self, asking: &Asking<'_>, failed: &Failed) -> Result<(), Error> {
        let mut event = self.event(EventKind::RefreshFailed, asking.connection);
        fill(&mut event, &failed.about);
        event.diagnosis = Some(failed.diagnosis.clone());
        event.words.clone_from(&failed.words);
        event.reason = Some(RefreshReason::Recovery);
        event.subject = Some("the token before it is tried".to_owned());
        Ok(self.parts.store.append_event(&event).map(drop)?)
    }

    pub(super) fn note_failure(
        &self,
        asking: &Asking<'_>,
        version: TokenVersion,
        failed: Failed,
    ) -> Result<RefreshOutcome, Error> {
        let Asking { connection, client, why, .. } = asking;
        let Failed { diagnosis, retry_after, mut about, words, is_last } = failed;
        let mut diagnosis = cause_in_doubt(diagnosis, &connection.grant);
        if !is_last && self.is_doubtful(connection)? && may_have_replaced(&diagnosis, &connection.grant) {
            diagnosis = diagnosis.as_told_of_replacement();
            about.outcome_is_unknown = true;
        }
        let now = self.parts.clock.now();
        if let Some(streak) = self.streak_of_a_lost_network(connection, &diagnosis, &about) {
            self.parts.store.record_refresh_failure(&connection.id, version, streak, None, &[])?;
            return Ok(RefreshOutcome::Failed { diagnosis, retry_at: streak.retry_at });
        }
        let attempt = connection.refresh_failures.as_ref().map_or(0, |streak| streak.count);
        let jitter = f64::from(u32::try_from(Self::random_bits()? >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        let was_told = connection.is_told_of_refusals();
        let wait = if was_told && diagnosis.is_guessed() {
            wait_once_told(attempt, jitter, retry_after)
        } else {
            wait_before_next(attempt, jitter, retry_after)
        };
        let retry_at = now.checked_add(wait).unwrap_or(now);
        let (policy, is_lost) = (asking.provider.refresh.previous_token, about.outcome_is_unknown);
        let diagnosis = after_a_try_in_doubt(diagnosis, connection, policy, is_lost, is_last, retry_at);

        let mut event = self.event(EventKind::RefreshFailed, connection);
        fill(&mut event, &about);
        event.reason = Some(reason_of(connection, *why));
        event.diagnosis = Some(diagnosis.clone());
        event.words = words;
        event.attempt = Some(attempt.saturating_add(1));
        event.subject = (diagnosis.cause == CauseLabel::ClientCredentialsMismatch).then(|| client.name.clone());
        if let (GrantState::OutcomeUnknown { asked_at, .. }, true) =
            (&connection.grant, diagnosis.cause == CauseLabel::RefreshTokenReused)
        {
            event.subject = Some(asked_at.to_string());
        }

        match after_failure(diagnosis.clone(), connection.refresh_failures.as_ref(), retry_at, now) {
            AfterFailure::GrantEnded(state) => {
                let mut events = vec![event];
                for kind in [EventKind::RevokedDetected, EventKind::ReauthRequiredSet] {
                    events.push(LifecycleEvent { diagnosis: Some(diagnosis.clone()), ..self.event(kind, connection) });
                }
                self.parts.store.set_grant(&connection.id, version, &state, &events)?;
                Ok(RefreshOutcome::GrantEnded { diagnosis })
            }
            AfterFailure::TryAgain(streak) | AfterFailure::NeedsMending(streak) => {
                event.backoff = streak.last.is_tried_again().then_some(wait);
                let mut events = vec![event];
                let is_given_up = streak.last.is_of_answers_lost() && !connection.has_lost_answers();
                if !was_told && streak.told_at().is_some() || is_given_up {
                    let told = Some(streak.telling().clone());
                    events.push(LifecycleEvent {
                        diagnosis: told,
                        ..self.event(EventKind::ReauthRequiredSet, connection)
                    });
                }
                let is_in_doubt = about.outcome_is_unknown && self.is_doubtful(connection)?;
                let doubtful = connection.grant.in_doubt_since(now).filter(|_| is_in_doubt);
                self.parts.store.record_refresh_failure(
                    &connection.id,
                    version,
                    &streak,
                    doubtful.as_ref(),
                    &events,
                )?;
                Ok(RefreshOutcome::Failed { diagnosis, retry_at })
            }
        }
    }

    /// The request may have been acted on, and the answer is lost. Where refresh tokens rotate, the one we hold
    /// is perhaps spent; the next refresh shows it [A5].
    pub(in crate::flows) fn doubt_grant(
        &self,
        connection: &Connection,
        version: TokenVersion,
        asked_at: Timestamp,
        events: &[LifecycleEvent],
    ) -> Result<(), Error> {
        let Some(doubtful) = connection.grant.in_doubt_since(asked_at) else { return Ok(()) };
        Ok(self.parts.store.set_grant(&connection.id, version, &doubtful, events)?)
    }

    /// Whether a request that went unanswered can have spent the refresh token.
    pub(in crate::flows) fn is_doubtful(&self, connection: &Connection) -> Result<bool, Error> {
        let rotates = self.provider_or_stand_in(connection)?.refresh.rotation != Rotation::Never;
        Ok(rotates && matches!(connection.grant, GrantState::Alive { .. }))
    }
}
