//! An object is removed, and read again to see that it is gone: an answer alone proves no removal [E4].

use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::provider::Provider;
use domain::provider::trial_object::{TrialAct, TrialCall, TrialObject, TrialValues};

use super::object::why_of;
use crate::provider_api::{TrialAnswer, TrialFailure};
use crate::{Engine, Error};

/// Once more, where an object could not be removed for a reason that may pass, or can still be read.
const ATTEMPTS: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(2);
/// Whoever stopped a run waits no longer than this to learn whether what was removed is gone.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// How it is known that an object is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    /// Read again, it was not found, or lies in the bin.
    Seen,
    /// The provider said so, and it could not be read again.
    Confirmed,
}

/// An object that is still there.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) why: String,
    pub(super) cause: Option<CauseLabel>,
    pub(super) http_status: Option<u16>,
    pub(super) request_id: Option<String>,
}

impl Kept {
    fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), cause: None, http_status: None, request_id: None }
    }
}

impl Engine {
    /// Removes it within `limit`, and reads it again, for 10 s at most, where its provider's file says how.
    pub(super) async fn remove_in_time(
        &self,
        connection: &Connection,
        provider: &Provider,
        object: &TrialObject,
        values: &TrialValues,
        limit: Duration,
    ) -> Result<Removal, Kept> {
        let Some(removal) = object.call(TrialAct::Remove) else {
            return Err(Kept::because("how it is removed is not known"));
        };
        let removed = match tokio::time::timeout(limit, self.remove(connection, provider, removal, values)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(Kept { cause: super::cause_of(&error), ..Kept::because(error.to_string()) }),
            Err(_) => return Err(Kept::because("no answer came")),
        };
        let (why, cause) = why_of(&removed);
        let kept = |why| Kept { why, cause, http_status: removed.http_status, request_id: removed.request_id.clone() };
        if !is_done(&removed) {
            return Err(kept(why));
        }
        let Some(reading) = object.call(TrialAct::Read) else { return Ok(Removal::Confirmed) };
        let look = limit.min(LONGEST_LOOK);
        match tokio::time::timeout(look, self.read_again(connection, provider, reading, values)).await {
            Ok(Ok(Read::Gone)) => Ok(Removal::Seen),
            Ok(Ok(Read::There)) => {
                let status = removed.http_status.map(|it| format!("{it} ")).unwrap_or_default();
                Err(kept(format!("its removal was answered {status}as done, and it can still be read")))
            }
            Ok(Ok(Read::NotTold) | Err(_)) | Err(_) => Ok(Removal::Confirmed),
        }
    }

    /// What the last attempt was answered with.
    async fn remove(
        &self,
        connection: &Connection,
        provider: &Provider,
        removal: &TrialCall,
        values: &TrialValues,
    ) -> Result<TrialAnswer, Error> {
        let mut attempt = 1;
        loop {
            let answer = self.call_with(connection, provider, removal, values).await?;
            let may_pass = match &answer.outcome {
                Ok(()) => return Ok(answer),
                // What was just made may not be found everywhere yet; what is not found twice is gone.
                Err(TrialFailure::Refused(_)) if is_not_found(&answer) && attempt > 1 => return Ok(answer),
                Err(TrialFailure::Refused(diagnosis)) => is_not_found(&answer) || diagnosis.is_transient(),
                Err(TrialFailure::Unexpected { .. } | TrialFailure::Unsaid(_) | TrialFailure::NotOfProvider) => false,
            };
            if !may_pass || attempt >= ATTEMPTS {
                return Ok(answer);
            }
            attempt += 1;
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// What was just removed may be found for a moment yet.
    async fn read_again(
        &self,
        connection: &Connection,
        provider: &Provider,
        reading: &TrialCall,
        values: &TrialValues,
    ) -> Result<Read, Error> {
        let mut attempt = 1;
        loop {
            let read = Read::from(&self.call_with(connection, provider, reading, values).await?);
            if read != Read::There || attempt >= ATTEMPTS {
                return Ok(read);
            }
            attempt += 1;
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// Removed, or not found any more.
fn is_done(answer: &TrialAnswer) -> bool {
    answer.outcome.is_ok() || is_not_found(answer)
}

fn is_not_found(answer: &TrialAnswer) -> bool {
    matches!((&answer.outcome, answer.http_status), (Err(TrialFailure::Refused(_)), Some(404 | 410)))
}

/// What a reading says of an object that should be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Gone,
    There,
    NotTold,
}

impl From<&TrialAnswer> for Read {
    fn from(answer: &TrialAnswer) -> Self {
        match &answer.outcome {
            _ if is_not_found(answer) => Self::Gone,
            Ok(()) | Err(TrialFailure::Unexpected { .. }) if answer.is_put_away => Self::Gone,
            Ok(()) | Err(TrialFailure::Unexpected { .. }) => Self::There,
            Err(TrialFailure::Refused(_) | TrialFailure::Unsaid(_) | TrialFailure::NotOfProvider) => Self::NotTold,
        }
    }
}
