//! Before a run, and while one is blocked: is what it needs ready, and the waiting until a person has seen to it
//! [F1, F3].

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::preflight::Verdict;
use domain::program::AskingProgram;
use engine::Engine;
use engine::flows::blocked_runs::Blocked;
use engine::flows::preflight::{Demands, Preflight, ToldPreflight, together, waited_for};
use local_access::protocol::MOST_NAMED;
use rmcp::model::ProgressNotificationParam;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::answers::{Needed, Readiness, Waited, all_data, data};
use super::server::{Answer, Call, told, wrong};
use super::tools::{PreflightGiven, WaitGiven};
use crate::arguments::NeedsArguments;
use crate::door;
use crate::failure::Failure;
use crate::preflight::{NamedNeeds, link, retry_at, token_expires_at, why_and_what};
use crate::radius::id_of;
use crate::wait::{Heard, until_nobody_is_waited_for};
use crate::words::mcp as words;
use crate::words::times::Now;

/// Clients give up on a call after a minute, where nobody tells them of progress.
const USUAL_TIMEOUT: u32 = 45;
const LONGEST_TIMEOUT: u32 = 3600;
/// What waits answers within its limit; this much later it is answered for it.
const GRACE: Duration = Duration::from_millis(500);
/// How often it is told that it still waits.
const TELL_EVERY: Duration = Duration::from_secs(5);

pub(crate) async fn preflight(call: &Call<'_>, given: PreflightGiven) -> Answer {
    let needs = needs(given.connections, given.workflow, given.scopes)?;
    let found = NamedNeeds::find(call.engine, &needs)?;
    call.leans_on(ours(&found)).await;
    let demands = Demands {
        min_valid: Duration::from_secs(given.min_valid_seconds.unwrap_or_default().into()),
        scopes: needs.scope,
        only_known: given.known_only,
    };
    let (engine, needed) = (call.engine.clone(), found.needed.clone());
    // What has begun at a provider is brought to its end, also where nobody waits for it.
    let place = call.place.clone();
    let trying = tokio::spawn(async move {
        let _place = place;
        match door::preflight(&engine, &needed, &demands).await {
            Some(tried) => Ok(tried),
            None => engine.preflight_all(&needed, &demands).await,
        }
    });
    let tried = trying.await.map_err(|_| engine::Error::TaskEnded)??;
    told(&readiness(&tried, found.workflow))
}

pub(crate) async fn wait_for_connection(call: &Call<'_>, given: WaitGiven) -> Answer {
    let seconds = given.timeout_seconds.unwrap_or(USUAL_TIMEOUT);
    if !(1..=LONGEST_TIMEOUT).contains(&seconds) {
        return Err(wrong(format!("A timeout is from 1 to {LONGEST_TIMEOUT} seconds.")));
    }
    let (began, timeout) = (Instant::now(), Duration::from_secs(seconds.into()));
    let needs = needs(given.connections, given.workflow, given.scopes)?;
    let found = NamedNeeds::find(call.engine, &needs)?;
    let last: Mutex<Vec<Preflight>> = Mutex::default();
    let waiting = async {
        let name = call.client.shown_name(&call.context.peer).await;
        let program = call.client.first_seen().await;
        call.leans_on(ours(&found)).await;
        let Ok(_place) = call.waiting.acquire().await else { return Err(engine::Error::TaskEnded.into()) };
        // Listed for the person as long as it is waited.
        let mut listed = None;
        let heard = |heard: Heard<'_>| {
            let Heard::Blocked(known) = heard else { return };
            list_blocked(call.engine, &name, program, known, &mut listed);
            *locked(&last) = known.to_vec();
        };
        let left = timeout.saturating_sub(began.elapsed());
        until_nobody_is_waited_for(call.engine, &found.needed, &needs.scope, Some(left), heard).await
    };
    let mut has_ended = call.has_ended.clone();
    let known = tokio::select! {
        known = waiting => known?,
        never = call.tell_progress(began, timeout, &last) => match never {},
        // Nobody waits any longer, and what is known by now is told to whoever reads it all the same.
        () = until_it_is_true(&mut has_ended) => {
            let demands = Demands { scopes: needs.scope.clone(), only_known: true, ..Demands::default() };
            call.engine.preflight_all(&found.needed, &demands).await?
        }
        // There was no place, or who is asked is too busy to say it in time: the limit is the caller's.
        () = sleep_until(began + timeout + GRACE) => {
            let known = std::mem::take(&mut *locked(&last));
            if known.is_empty() { written(call, &found, &needs.scope).await? } else { known }
        }
    };
    told(&Waited {
        timed_out: !together(&known).0.may_pass() || began.elapsed() >= timeout + GRACE,
        waited_seconds: began.elapsed().as_secs(),
        readiness: readiness(&known, found.workflow),
    })
}

/// What stands written down of each; nobody is asked, the keychain neither.
async fn written(call: &Call<'_>, found: &NamedNeeds, scopes: &[String]) -> Result<Vec<Preflight>, Failure> {
    let demands = Demands { only_known: true, ..Demands::default() };
    let mut all = vec![];
    for one in &found.needed {
        all.push(match &one.uses {
            Uses::Connection(id) => {
                let overview = call.engine.overview(id)?;
                let lacking = call.engine.lacking_scopes(&overview.connection, scopes)?;
                let of_status = Verdict::of_status(&overview.status);
                let told = ToldPreflight {
                    verdict: if of_status.is_go() && !lacking.is_empty() { Verdict::ScopeMissing } else { of_status },
                    cause: overview.status.diagnosis().filter(|_| !of_status.is_go()).map(|it| it.cause),
                    lacking,
                    is_too_short: false,
                    good_until: None,
                };
                call.engine.preflight_as_told(id, told)?
            }
            uses @ Uses::PlatformConnection(_) => call.engine.preflight(uses, &demands).await?,
        });
    }
    Ok(all)
}

/// In the window, and for whoever else looks, by what a person knows the agent by.
fn list_blocked(
    engine: &Engine,
    name: &str,
    program: Option<&AskingProgram>,
    known: &[Preflight],
    listed: &mut Option<Blocked>,
) {
    let needs = waited_for(known);
    let done = match listed {
        Some(listed) => listed.waits_for(needs),
        None => engine.list_blocked_as(name, program.map(AskingProgram::path), needs).map(|it| *listed = Some(it)),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "that an agent waits could not be listed");
    }
}

fn locked(last: &Mutex<Vec<Preflight>>) -> MutexGuard<'_, Vec<Preflight>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn until_it_is_true(watched: &mut watch::Receiver<bool>) {
    drop(watched.wait_for(|it| *it).await);
}

impl Call<'_> {
    /// Says every now and then that it still waits, and for whom; to a client that asked for it.
    async fn tell_progress(
        &self,
        began: Instant,
        timeout: Duration,
        last: &Mutex<Vec<Preflight>>,
    ) -> std::convert::Infallible {
        let Some(token) = self.context.meta.get_progress_token() else { return std::future::pending().await };
        let mut ticks = interval(TELL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first is at once, before anybody is waited for.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let names: Vec<_> =
                locked(last).iter().filter(|it| !it.verdict.may_pass()).map(|it| data(&it.name)).collect();
            let progress = ProgressNotificationParam::new(token.clone(), began.elapsed().as_secs_f64())
                .with_total(timeout.as_secs_f64())
                .with_message(words::waiting(&names));
            // Who is gone is not told; the end of the input shows it.
            drop(self.context.peer.notify_progress(progress).await);
        }
    }
}

fn needs(connections: Vec<String>, workflow: Option<String>, scope: Vec<String>) -> Result<NeedsArguments, Failure> {
    if connections.is_empty() && workflow.is_none() {
        return Err(wrong("Name connections, or a workflow."));
    }
    if connections.len() > MOST_NAMED || scope.len() > MOST_NAMED {
        return Err(wrong(format!("At most {MOST_NAMED} are named at once.")));
    }
    Ok(NeedsArguments { connections, workflow, checklist: None, scope })
}

fn ours(found: &NamedNeeds) -> Vec<ConnectionId> {
    let of = |uses: &Uses| match uses {
        Uses::Connection(id) => Some(id.clone()),
        Uses::PlatformConnection(_) => None,
    };
    found.needed.iter().filter_map(|it| of(&it.uses)).collect()
}

fn readiness(tried: &[Preflight], workflow: Option<(String, bool)>) -> Readiness {
    let (verdict, good_until) = together(tried);
    let is_switched_off = workflow.as_ref().is_some_and(|(_, is_running)| !is_running);
    Readiness {
        verdict: verdict.as_str(),
        ready: verdict.is_go() && !is_switched_off,
        good_until: good_until.filter(|_| verdict.is_go()),
        running: workflow.as_ref().map(|(_, is_running)| *is_running),
        workflow: workflow.map(|(name, _)| data(&name)),
        connections: tried.iter().map(needed).collect(),
    }
}

fn needed(one: &Preflight) -> Needed {
    let now = Now::here();
    Needed {
        id: id_of(&one.uses).to_owned(),
        name: data(&one.name),
        verdict: one.verdict.as_str(),
        good_until: one.good_until.filter(|_| one.verdict.is_go()),
        token_expires_at: token_expires_at(one),
        cause: one.diagnosis.as_ref().map(|it| it.cause.as_str()),
        action: one.diagnosis.as_ref().map(|it| it.action.as_str()),
        lacking_scopes: all_data(one.lacking.iter().map(String::as_str)),
        why: why_and_what(one, &now),
        reconnect_link: link(one),
        retry_at: retry_at(one, now.at()),
    }
}
