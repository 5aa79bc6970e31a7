//! What was certified is kept warm until its end: tested again every five minutes, ours and platforms', and withdrawn
//! when a test fails or a connection needs a person [E4].

use std::time::Duration;

use domain::ChecklistId;
use domain::blast_radius::{PlatformConnectionState, Uses};
use domain::connection::status::Lamp;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::rehearsal::{Member, Withdrawal};
use jiff::Timestamp;

use super::cause_of;
use crate::flows::alerts::WithdrawnCertificate;
use crate::store::RehearsalRecord;
use crate::{Engine, Error, Notice};

/// A demo notices a dead connection within one; an API does not notice the question.
pub(super) const TEST_EVERY: Duration = Duration::from_secs(5 * 60);
/// What could not be asked is asked again after this, and has failed if it cannot be asked then.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// A test that takes longer is one that could not be made.
const LONGEST_TEST: Duration = Duration::from_secs(60);

/// What one test showed.
enum Retest {
    Holds,
    /// It could not be made, for a reason that may pass.
    Doubt(String, Option<CauseLabel>),
    Fails(String, Option<CauseLabel>),
}

impl Engine {
    /// Looks after all certificates once. When to look again, besides at once when a connection changes.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn look_after_certificates(&self) -> Result<Option<Timestamp>, Error> {
        let mut next: Option<Timestamp> = None;
        for record in self.parts.store.list_kept_certificates()? {
            match self.look_after(&record).await {
                Ok(at) => next = [next, at].into_iter().flatten().min(),
                // One that cannot be looked after keeps no other one waiting.
                Err(error) => tracing::warn!(run = record.id, %error, "a certificate could not be looked after"),
            }
        }
        Ok(next)
    }

    /// When to look at this one again; `None`: it is over.
    async fn look_after(&self, record: &RehearsalRecord) -> Result<Option<Timestamp>, Error> {
        let now = self.parts.clock.now();
        let Some((until, ..)) = record.held else { return Ok(None) };
        if until <= now {
            if self.parts.store.let_certificate_go(record.id)? {
                self.notify(Notice::ChecklistChanged(Some(record.rehearsal.checklist.clone())));
            }
            return Ok(None);
        }
        if let Some(withdrawal) = self.broken_by_state(record)? {
            self.withdraw_certificate(record, &withdrawal)?;
            return Ok(None);
        }
        let due_at = record.next_test_at.unwrap_or(now);
        let at = if due_at <= now { self.test_again(record, due_at, now).await? } else { due_at };
        Ok(Some(at.min(until)))
    }

    /// When it is tested next.
    async fn test_again(
        &self,
        record: &RehearsalRecord,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        let next_at = now.checked_add(TEST_EVERY).unwrap_or(Timestamp::MAX);
        if !self.parts.store.take_test(record.id, due_at, next_at)? {
            return Ok(next_at);
        }
        let checklist = self.checklist(&record.rehearsal.checklist)?;
        let mut doubt = None;
        for (place, run) in record.rehearsal.members.iter().enumerate() {
            let told = checklist.members.iter().find(|it| it.uses == run.uses);
            let tested = tokio::time::timeout(LONGEST_TEST, self.retest(&run.uses, told)).await;
            let tested = tested.unwrap_or_else(|_| Ok(Retest::Doubt("no answer came".to_owned(), None)));
            let (seen, cause) = match tested.unwrap_or_else(|error| of_error(&error)) {
                Retest::Holds => continue,
                Retest::Doubt(..) if record.doubt_since.is_none() => {
                    doubt = Some(now);
                    continue;
                }
                Retest::Doubt(seen, cause) | Retest::Fails(seen, cause) => (seen, cause),
            };
            let withdrawal = Withdrawal { at: self.parts.clock.now(), member: place, seen, cause };
            self.withdraw_certificate(record, &withdrawal)?;
            return Ok(next_at);
        }
        self.parts.store.note_test(record.id, self.parts.clock.now(), doubt)?;
        self.notify(Notice::ChecklistChanged(Some(record.rehearsal.checklist.clone())));
        if doubt.is_none() {
            return Ok(next_at);
        }
        let again_at = now.checked_add(ASK_AGAIN).unwrap_or(next_at);
        self.parts.store.take_test(record.id, next_at, again_at)?;
        Ok(again_at)
    }

    /// The first member whose connection is known not to work, without asking anybody.
    fn broken_by_state(&self, record: &RehearsalRecord) -> Result<Option<Withdrawal>, Error> {
        for (place, run) in record.rehearsal.members.iter().enumerate() {
            let broken = match &run.uses {
                Uses::Connection(id) => match self.overview(id) {
                    Ok(overview) => {
                        let status = &overview.status;
                        let is_broken = matches!(status.lamp, Lamp::ReauthRequired | Lamp::Disconnected)
                            || status.is_down()
                            || status.needs_person();
                        let cause = status.diagnosis().map(|it| it.cause);
                        let seen = cause.map_or_else(|| status.reason.as_str(), CauseLabel::words);
                        is_broken.then(|| (seen.to_owned(), cause))
                    }
                    Err(Error::ConnectionGone(_)) => Some(("it is gone".to_owned(), None)),
                    Err(error) => return Err(error),
                },
                Uses::PlatformConnection(id) => match self.parts.store.find_platform_connection(id)? {
                    None => Some(("it is gone".to_owned(), None)),
                    Some(theirs) => match theirs.state {
                        PlatformConnectionState::Dead { words, .. } => Some((words, Some(CauseLabel::GrantInvalid))),
                        PlatformConnectionState::NeverConnected | PlatformConnectionState::Missing => {
                            Some(("its platform has it no more".to_owned(), None))
                        }
                        PlatformConnectionState::Works { .. } | PlatformConnectionState::Unknown => None,
                    },
                },
            };
            if let Some((seen, cause)) = broken {
                return Ok(Some(Withdrawal { at: self.parts.clock.now(), member: place, seen, cause }));
            }
        }
        Ok(None)
    }

    async fn retest(&self, uses: &Uses, told: Option<&Member>) -> Result<Retest, Error> {
        let id = match uses {
            Uses::Connection(id) => id,
            Uses::PlatformConnection(id) => {
                return Ok(match self.test_platform_connection(id).await {
                    Ok(PlatformConnectionState::Dead { words, .. }) => {
                        Retest::Fails(words, Some(CauseLabel::GrantInvalid))
                    }
                    Ok(PlatformConnectionState::Missing | PlatformConnectionState::NeverConnected) => {
                        Retest::Fails("its platform has it no more".to_owned(), None)
                    }
                    // What has no test is watched through its runs.
                    Ok(PlatformConnectionState::Works { .. } | PlatformConnectionState::Unknown) => Retest::Holds,
                    Err(error) => Retest::Doubt(error.to_string(), None),
                });
            }
        };
        if self.provider_of(&self.connection(id)?)?.identity.is_none() {
            // Nobody can be asked; a token that holds is all there is.
            return Ok(match self.usable_token(self.connection(id)?, Duration::ZERO).await {
                Ok(_) => Retest::Holds,
                Err(error) => of_error(&error),
            });
        }
        let call = match self.run_test_call(id).await {
            Ok(call) => call,
            Err(error) => return Ok(of_error(&error)),
        };
        if let Some(failure) = &call.failure {
            let seen = call.words.clone().unwrap_or_else(|| failure.cause.words().to_owned());
            return Ok(of_diagnosis(seen, failure));
        }
        let account = call.identity.account().unwrap_or_default();
        let expected = told.and_then(|it| it.account.as_ref());
        if call.is_other_account || expected.is_some_and(|it| !it.is(account) && !account.is_empty()) {
            return Ok(Retest::Fails(format!("signed in as {account}"), Some(CauseLabel::WrongTenantOrAccount)));
        }
        Ok(Retest::Holds)
    }

    fn withdraw_certificate(&self, record: &RehearsalRecord, withdrawal: &Withdrawal) -> Result<(), Error> {
        if self.parts.store.withdraw(record.id, withdrawal)? {
            let id: ChecklistId = record.rehearsal.checklist.clone();
            tracing::info!(checklist = %id, "what was certified holds no more");
            let checklist = self.checklist(&id).ok();
            let member = record.rehearsal.members.get(withdrawal.member);
            let connection = member.and_then(|it| match &it.uses {
                Uses::Connection(id) => self.connection(id).ok(),
                Uses::PlatformConnection(_) => None,
            });
            let customers = [
                checklist.as_ref().and_then(|it| it.customer.clone()),
                connection.as_ref().and_then(|it| it.customer.clone()),
            ];
            self.tell_of_withdrawn_certificate(WithdrawnCertificate {
                checklist: checklist.map_or_else(|| id.to_string(), |it| it.name),
                connection: member.map(|it| it.name.clone()).unwrap_or_default(),
                until: record.held.map_or(withdrawal.at, |(until, ..)| until),
                customers: customers.into_iter().flatten().collect(),
                environment: connection.map(|it| it.environment),
            });
            self.notify(Notice::ChecklistChanged(Some(id)));
        }
        Ok(())
    }
}

fn of_error(error: &Error) -> Retest {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing of the connection, and may pass")]
    match error {
        Error::BlockedOnAuth { diagnosis, .. } | Error::NeedsMending { diagnosis, .. } => {
            Retest::Fails(diagnosis.cause.words().to_owned(), Some(diagnosis.cause))
        }
        Error::ConnectionGone(_) => Retest::Fails("it is gone".to_owned(), None),
        error => Retest::Doubt(error.to_string(), cause_of(error)),
    }
}

fn of_diagnosis(seen: String, diagnosis: &Diagnosis) -> Retest {
    if diagnosis.is_transient() {
        Retest::Doubt(seen, Some(diagnosis.cause))
    } else {
        Retest::Fails(seen, Some(diagnosis.cause))
    }
}
