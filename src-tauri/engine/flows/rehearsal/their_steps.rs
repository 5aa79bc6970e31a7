//! The steps of connections that a platform owns: tried by the platform where it can, and nobody is signed out of them
//! [D2, E4].

use domain::PlatformConnectionId;
use domain::blast_radius::{Platform, PlatformConnection, PlatformConnectionState};
use domain::diagnosis::CauseLabel;
use domain::rehearsal::{Ability, Step};

use super::attempt::{Attempt, Broken, Came};
use crate::{Engine, Error};

impl Engine {
    /// Of one that is gone all is tried, so that it is told.
    pub(in crate::flows) fn abilities_of_theirs(&self, id: &PlatformConnectionId) -> Result<Vec<Ability>, Error> {
        let Some(theirs) = self.parts.store.find_platform_connection(id)? else { return Ok(vec![Ability::Identity]) };
        let platform = self.platform(&theirs.platform)?;
        Ok(if self.tests_connections(&platform) { vec![Ability::Identity] } else { vec![] })
    }

    pub(super) async fn try_theirs(
        &self,
        id: &PlatformConnectionId,
        step: &Step,
        attempt: &Attempt<'_>,
    ) -> Result<Came, Broken> {
        let theirs = self.parts.store.find_platform_connection(id)?;
        let theirs = theirs.ok_or_else(|| Error::ConnectionGone(id.to_string()))?;
        let platform = self.platform(&theirs.platform)?;
        match step {
            Step::Account => {
                let state = attempt.within(self.test_platform_connection(id)).await?;
                Ok(tested(&state, &theirs, &platform, attempt))
            }
            Step::CleanLog => {
                let picture = self.picture()?;
                let uses = &attempt.member.uses;
                let failed = picture.workflows().iter().find(|workflow| {
                    let leans = picture.steps_of(&workflow.id).iter().any(|it| it.uses == *uses);
                    let run = workflow.last_run.as_ref().filter(|it| it.at >= attempt.started_at);
                    leans && run.is_some_and(|it| it.outcome != domain::blast_radius::RunOutcome::Succeeded)
                });
                Ok(match failed {
                    None => Came::passed("no failed run of it is known since"),
                    Some(workflow) => Came::failed(format!("a run of {} failed", workflow.name), None),
                })
            }
            Step::SignInAgain | Step::Scopes | Step::Object | Step::ForcedRefresh | Step::TwoAtOnce | Step::Own(_) => {
                Err(Error::BadInput("this step is no platform's").into())
            }
        }
    }
}

fn tested(
    state: &PlatformConnectionState,
    theirs: &PlatformConnection,
    platform: &Platform,
    attempt: &Attempt<'_>,
) -> Came {
    let name = &platform.name;
    match state {
        PlatformConnectionState::Works { .. } => {}
        PlatformConnectionState::Dead { words, .. } => {
            return Came::failed(format!("{name} says that it is dead: {words}"), Some(CauseLabel::GrantInvalid));
        }
        PlatformConnectionState::NeverConnected => {
            return Came::failed(
                format!("nobody ever signed in to it at {name}"),
                Some(CauseLabel::InteractionRequired),
            );
        }
        PlatformConnectionState::Missing => return Came::failed(format!("{name} has none of that id"), None),
        PlatformConnectionState::Unknown => {
            return Came::failed(format!("{name}'s own test does not show whether it works"), None);
        }
    }
    match (&theirs.account, &attempt.member.account) {
        (Some(account), Some(expected)) if !expected.is(account) => {
            Came::failed(format!("{name} shows {account}, and not {expected}"), Some(CauseLabel::WrongTenantOrAccount))
        }
        (Some(account), _) => Came::passed(format!("{name}'s own test passed, for {account}")),
        (None, Some(_)) => Came::passed(format!("{name}'s own test passed; whose it is {name} does not show")),
        (None, None) => Came::passed(format!("{name}'s own test passed")),
    }
}
