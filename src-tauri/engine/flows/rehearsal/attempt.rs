//! What keeps a step from going on for ever: a person's stop, and a deadline [E4].

use std::time::Duration;

use domain::diagnosis::CauseLabel;
use domain::provider::trial_object::TrialAct;
use domain::rehearsal::{Checklist, Member, NotTried, StepAnswer};
use jiff::Timestamp;
use tokio::sync::watch;

use super::RehearseWith;
use crate::Error;

/// Whether a person wants it to end; what was made is removed first.
#[derive(Debug, Default)]
pub struct StopSign(watch::Sender<bool>);

impl StopSign {
    pub fn raise(&self) {
        self.0.send_replace(true);
    }

    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it is raised.
    pub async fn raised(&self) {
        // The sender lives as long as this does.
        drop(self.0.subscribe().wait_for(|it| *it).await);
    }
}

/// One step's surroundings.
pub(super) struct Attempt<'a> {
    pub(super) checklist: &'a Checklist,
    pub(super) member: &'a Member,
    pub(super) started_at: Timestamp,
    /// The number of the run.
    pub(super) run: i64,
    pub(super) stop: &'a StopSign,
    pub(super) with: &'a RehearseWith,
}

/// What a step came to, before it is known how long it took.
pub(super) struct Came {
    pub(super) outcome: Result<String, (String, Option<CauseLabel>)>,
    pub(super) answer: StepAnswer,
}

impl Came {
    pub(super) fn passed(seen: impl Into<String>) -> Self {
        Self { outcome: Ok(seen.into()), answer: StepAnswer::default() }
    }

    pub(super) fn failed(seen: impl Into<String>, cause: Option<CauseLabel>) -> Self {
        Self { outcome: Err((seen.into(), cause)), answer: StepAnswer::default() }
    }

    pub(super) fn answered(self, http_status: Option<u16>, request_id: Option<String>) -> Self {
        Self { answer: StepAnswer { http_status, request_id, ..self.answer }, ..self }
    }

    /// Where of its object it failed.
    pub(super) fn at(self, act: TrialAct) -> Self {
        Self { answer: StepAnswer { act: Some(act), ..self.answer }, ..self }
    }
}

/// Why a step came to nothing of its own.
pub(super) enum Broken {
    Stopped,
    /// It was left alone.
    NotTried(NotTried),
    /// Nothing came within this time.
    TooLong(Duration),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Attempt<'_> {
    /// What can be given up at any moment: by the person's stop, or after the step's time.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Broken> {
        tokio::select! {
            done = tokio::time::timeout(self.with.longest_step, work) => match done {
                Ok(done) => Ok(done?),
                Err(_) => Err(Broken::TooLong(self.with.longest_step)),
            },
            () = self.stop.raised() => Err(Broken::Stopped),
        }
    }

    /// What is not given up by a stop, and not waited for longer than the step's time either.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Broken> {
        match tokio::time::timeout(self.with.longest_step, work).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Broken::TooLong(self.with.longest_step)),
        }
    }
}
