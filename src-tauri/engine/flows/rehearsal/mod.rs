//! A dress rehearsal: each step really done, one after the other, kept as it goes, and tidied up after [E4].

mod attempt;
mod certificates;
mod left_objects;
mod object;
mod own_steps;
mod removal;
mod reports;
mod running;
mod signing_in;
mod their_steps;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::blast_radius::Uses;
use domain::connection::status::StatusReason;
use domain::connection::{Connection, GrantState};
use domain::provider::Provider;
use domain::provider::trial_object::TrialObject;
use domain::rehearsal::{
    Ability, Certificate, Checklist, Hold, HoldWish, Member, NotTried, Rehearsal, Step, StepAnswer, StepState, certify,
};
use domain::token::Expiry;
use domain::token::durability::GrantEnd;

pub use self::attempt::StopSign;
use self::attempt::{Attempt, Broken, Came};
pub use self::reports::{WrittenReport, left_words};
pub use self::running::{RehearsalNow, Rehearsals};
use crate::{Engine, Error};

/// Twice what the slowest API takes; a sign-in has its own time.
const LONGEST_STEP: Duration = Duration::from_secs(90);

/// How a checklist is run.
#[derive(Debug, Clone)]
pub struct RehearseWith {
    /// Other than the checklist says.
    pub hold: Option<HoldWish>,
    /// The sign-in's page is opened here; else whoever follows shows its address.
    pub opens_browser: bool,
    /// A step that takes longer has failed, and the next goes on.
    pub longest_step: Duration,
}

impl Default for RehearseWith {
    fn default() -> Self {
        Self { hold: None, opens_browser: true, longest_step: LONGEST_STEP }
    }
}

/// A rehearsal that came to its end, and what it is good for.
#[derive(Debug, Clone)]
struct Rehearsed {
    rehearsal: Rehearsal,
    certificate: Option<Certificate>,
}

impl Engine {
    /// Where a run of this checklist begins: what can be tried of each member as things stand.
    fn begin_rehearsal(&self, checklist: &Checklist, with: &RehearseWith) -> Result<Rehearsal, Error> {
        let able = checklist.members.iter().map(|it| self.abilities_of(it)).collect::<Result<Vec<_>, _>>()?;
        let mut rehearsal = Rehearsal::begin(checklist, &able, self.parts.clock.now());
        if let Some(hold) = with.hold {
            rehearsal.hold = hold;
        }
        Ok(rehearsal)
    }

    /// Runs it to its end. `tell` is called at every change. Steps that fail are results, not errors.
    async fn rehearse(
        &self,
        checklist: &Checklist,
        mut rehearsal: Rehearsal,
        with: &RehearseWith,
        run: i64,
        stop: &Arc<StopSign>,
        mut tell: impl FnMut(&Rehearsal),
    ) -> Result<Rehearsed, Error> {
        while let Some((place, step)) = rehearsal.start_next(self.parts.clock.now()) {
            tell(&rehearsal);
            let found = rehearsal.members.get(place).and_then(|it| it.steps.get(step)).map(|it| it.step.clone());
            let (Some(member), Some(step)) = (checklist.members.get(place), found) else {
                return Err(Error::BadInput("the rehearsal has members that its checklist lacks"));
            };
            let started_at = rehearsal.started_at;
            let attempt = Attempt { checklist, member, started_at, run, stop, with };
            let state = if stop.is_raised() { None } else { self.try_step(&step, &attempt).await };
            if step == Step::SignInAgain && matches!(state, Some((StepState::Passed { .. }, _))) {
                rehearsal.consider_again(place, &self.abilities_of(member)?);
            }
            if let Some((state, answer)) = state {
                let has_failed = matches!(state, StepState::Failed { .. });
                rehearsal.note(state, answer, self.parts.clock.now());
                if let Some(why) = has_failed.then(|| self.why_nothing_works(member)).transpose()?.flatten() {
                    rehearsal.leave_member(place, why, self.parts.clock.now());
                }
            }
            if stop.is_raised() {
                rehearsal.stop(self.parts.clock.now());
            }
            tell(&rehearsal);
        }
        let holds = checklist.members.iter().map(|it| self.hold_of(it)).collect::<Result<Vec<_>, _>>()?;
        let certificate = certify(&rehearsal, &holds);
        Ok(Rehearsed { rehearsal, certificate })
    }

    /// `None`: it was stopped before it came to anything.
    async fn try_step(&self, step: &Step, attempt: &Attempt<'_>) -> Option<(StepState, StepAnswer)> {
        let begun = Instant::now();
        let came = match &attempt.member.uses {
            Uses::Connection(id) => self.try_own(id, step, attempt).await,
            Uses::PlatformConnection(id) => self.try_theirs(id, step, attempt).await,
        };
        let took = begun.elapsed();
        let failed = |seen, cause| StepState::Failed { took, seen, cause };
        Some(match came {
            Ok(Came { outcome: Ok(seen), answer }) => (StepState::Passed { took, seen }, answer),
            Ok(Came { outcome: Err((seen, cause)), answer }) => (failed(seen, cause), answer),
            Err(Broken::Stopped) => return None,
            Err(Broken::NotTried(why)) => (StepState::NotTried(why), StepAnswer::default()),
            Err(Broken::TooLong(time)) => {
                (failed(format!("nothing came of it within {} s", time.as_secs()), None), StepAnswer::default())
            }
            Err(Broken::Failed(error)) => (failed(error.to_string(), cause_of(&error)), StepAnswer::default()),
        })
    }

    /// What can be done with it as things stand. Of one that is gone all is tried, so that it is told.
    pub(super) fn abilities_of(&self, member: &Member) -> Result<Vec<Ability>, Error> {
        let id = match &member.uses {
            Uses::Connection(id) => id,
            Uses::PlatformConnection(id) => return self.abilities_of_theirs(id),
        };
        let connection = match self.connection(id) {
            Ok(connection) => connection,
            Err(Error::ConnectionGone(_)) => {
                return Ok(vec![
                    Ability::SignIn,
                    Ability::Identity,
                    Ability::Scopes,
                    Ability::Object,
                    Ability::Refresh,
                    Ability::Call,
                ]);
            }
            Err(error) => return Err(error),
        };
        let provider = self.provider_of(&connection)?;
        Ok(abilities(&connection, &provider, member))
    }

    /// Why no further step can pass after one that failed: a grant that is over answers nothing. `None`: others may.
    fn why_nothing_works(&self, member: &Member) -> Result<Option<NotTried>, Error> {
        let Uses::Connection(id) = &member.uses else { return Ok(None) };
        match self.connection(id).map(|it| it.grant) {
            Ok(GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. }) => Ok(None),
            Ok(GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. })
            | Err(Error::ConnectionGone(_)) => Ok(Some(NotTried::GrantOver)),
            Err(error) => Err(error),
        }
    }

    /// How long it lasts from here on.
    fn hold_of(&self, member: &Member) -> Result<Hold, Error> {
        let unknown = Hold { grant_end: GrantEnd::NotKnown, token_end: Expiry::Unknown, is_renewed: true };
        match &member.uses {
            Uses::Connection(id) => {
                let overview = match self.overview(id) {
                    Ok(overview) => overview,
                    Err(Error::ConnectionGone(_)) => return Ok(unknown),
                    Err(error) => return Err(error),
                };
                let token = overview.connection.token.as_ref();
                let grant_end = if let StatusReason::ClientSecretEnds(at) = overview.status.reason {
                    // Without it no refresh is answered.
                    GrantEnd::At(at)
                } else {
                    overview.grant_end
                };
                Ok(Hold {
                    grant_end,
                    token_end: token.map_or(Expiry::Unknown, |it| it.expiry),
                    is_renewed: token.is_some_and(|it| it.has_refresh_token),
                })
            }
            // What a platform holds, and for how long, it tells nobody.
            Uses::PlatformConnection(_) => Ok(unknown),
        }
    }
}

/// What can be done with one of ours.
pub(in crate::flows) fn abilities(connection: &Connection, provider: &Provider, member: &Member) -> Vec<Ability> {
    let token = connection.token.as_ref();
    let has = |is_there: bool, ability| is_there.then_some(ability);
    let may = |object: &TrialObject| missing_scopes(object, connection).is_empty();
    let any = |fits: &dyn Fn(&TrialObject) -> bool| provider.trial_objects.iter().any(fits);
    [
        has(true, Ability::SignIn),
        has(provider.identity.is_some(), Ability::Identity),
        has(!connection.scopes.granted.is_empty(), Ability::Scopes),
        has(!trial_objects(provider, connection, member).is_empty(), Ability::Object),
        has(any(&may), Ability::ObjectOnceAnswered),
        has(any(&|_| true), Ability::ObjectOnceGranted),
        has(token.is_some_and(|it| it.has_refresh_token), Ability::Refresh),
        has(token.is_some_and(|it| it.has_access_token || it.has_refresh_token), Ability::Call),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Scopes that it takes and that are not granted.
pub fn missing_scopes(object: &TrialObject, connection: &Connection) -> Vec<String> {
    let granted = &connection.scopes.granted;
    object.scopes.iter().filter(|it| !granted.contains(it)).cloned().collect()
}

/// Those whose scopes are granted, and of which everything was said that they ask for.
fn trial_objects<'a>(provider: &'a Provider, connection: &Connection, member: &Member) -> Vec<&'a TrialObject> {
    let is_said = |name: &str| member.told.iter().any(|(told, value)| told == name && !value.trim().is_empty());
    let is_possible = |object: &&TrialObject| {
        missing_scopes(object, connection).is_empty() && object.asks.iter().all(|it| is_said(&it.name))
    };
    provider.trial_objects.iter().filter(is_possible).collect()
}

fn cause_of(error: &Error) -> Option<domain::diagnosis::CauseLabel> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others rest on no answer of a provider")]
    match error {
        Error::BlockedOnAuth { diagnosis, .. }
        | Error::Temporary { diagnosis, .. }
        | Error::NeedsMending { diagnosis, .. } => Some(diagnosis.cause),
        _ => None,
    }
}

/// How long the steps that are left take, from those that are done and without what a person takes to sign in: for
/// "about two minutes left". `None`: nothing was done yet that tells.
pub fn time_left(rehearsal: &Rehearsal) -> Option<Duration> {
    let steps = rehearsal.members.iter().flat_map(|it| &it.steps).filter(|it| it.step != Step::SignInAgain);
    let (mut took, mut done, mut left) = (Duration::ZERO, 0_u32, 0_u32);
    for step in steps {
        match &step.state {
            StepState::Passed { took: one, .. } | StepState::Failed { took: one, .. } => {
                took += *one;
                done += 1;
            }
            StepState::Waiting | StepState::Running { .. } => left += 1,
            StepState::NotTried(_) => {}
        }
    }
    (done >= 3).then(|| took / done * left)
}
