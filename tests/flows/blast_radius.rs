//! Both planes in one picture: platforms are added, read, cancelled and removed, incidents open by themselves and end in
//! a report, workflows are paused and resumed after a canary [D1, D2, D3, D4, D5, D6, A3].

use std::sync::{Arc, Mutex};

use domain::Secret;
use domain::blast_radius::impact::TwoPlanes;
use domain::blast_radius::incident::Stage;
use domain::blast_radius::reading::{
    FoundConnection, FoundRun, FoundStep, FoundUse, FoundWorkflow, PlatformReading, ReadingNote,
};
use domain::blast_radius::replay_advice::Replay;
use domain::blast_radius::{
    Access, PlatformConnectionState, PlatformKind, Run, RunOutcome, Schedule, StepVersion, Uses,
};
use domain::connection::Connection;
use engine::flows::labels::NewDependant;
use engine::flows::pause_and_resume::{Resumed, SwitchOutcome};
use engine::flows::platforms::NewPlatform;
use engine::flows::read_platform::ImportTarget;
use engine::platforms::{
    Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant, Standing, Started, TestWorth,
};
use engine::{Engine, Error};
use jiff::Timestamp;

use super::support::{HOUR, MINUTE, World};

const KEY: &str = "platform-key-7f3a9b";

/// What a platform that follows a script says and hears.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) reading: PlatformReading,
    pub(crate) failure: Option<fn() -> PlatformFailure>,
    is_cancelled_meanwhile: bool,
    pub(crate) switched: Vec<(String, bool)>,
    keys: Vec<bool>,
    pub(crate) state: Option<PlatformConnectionState>,
    /// What it says to a change that it makes all the same.
    pub(crate) switch_failure: Option<fn() -> PlatformFailure>,
    /// What runs of each workflow.
    pub(crate) version: Option<&'static str>,
    /// How each stands, where it is asked.
    pub(crate) standing: Option<Standing>,
    /// Which version it says that it started.
    pub(crate) starts: Option<&'static str>,
    /// What it says is saved beside that, and when.
    pub(crate) newer: Option<(&'static str, Option<Timestamp>)>,
    /// Looks around when a change arrives there, before it answers.
    pub(crate) on_switch: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Changes wait until so many have come at once.
    pub(crate) meets: Option<Arc<tokio::sync::Barrier>>,
    pub(crate) resumed_as: Vec<Option<String>>,
    /// Of a version that has no such address, which is found out by asking.
    has_no_test: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Script>>);

impl Scripted {
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

impl Platform for Scripted {
    fn abilities(&self) -> Abilities {
        Abilities {
            lists_workflows: true,
            lists_runs: true,
            tests_connections: Some(TestWorth::Proves),
            pauses: true,
            ..Abilities::default()
        }
    }

    fn read<'a>(&'a self, progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(async move {
            let (reading, failure, cancels) =
                self.with(|it| (it.reading.clone(), it.failure, it.is_cancelled_meanwhile));
            if let Some(failure) = failure {
                return Err(failure());
            }
            if cancels {
                progress.cancel();
            }
            Ok(reading)
        })
    }

    fn runs_since(&self, _since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(async move { self.with(|it| it.failure).map_or(Ok(vec![]), |failure| Err(failure())) })
    }

    fn test_connection<'a>(&'a self, _external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(async move {
            if self.with(|it| it.has_no_test) {
                return Err(PlatformFailure::Unsupported("an old one".to_owned()));
            }
            Ok(self.with(|it| it.state.clone()).unwrap_or(PlatformConnectionState::Unknown))
        })
    }

    fn set_active<'a>(&'a self, workflow: &'a str, is_active: bool) -> Asked<'a, ()> {
        Box::pin(async move {
            let (on_switch, meets) = self.with(|it| {
                it.switched.push((workflow.to_owned(), is_active));
                (it.on_switch.clone(), it.meets.clone())
            });
            if let Some(on_switch) = on_switch {
                on_switch();
            }
            if let Some(meets) = meets {
                meets.wait().await;
            }
            self.with(|it| it.switch_failure).map_or(Ok(()), |failure| Err(failure()))
        })
    }

    fn standing<'a>(&'a self, _workflow: &'a str) -> Asked<'a, Option<Standing>> {
        Box::pin(async move {
            Ok(self.with(|it| {
                let told = it.version.map(|version| Standing {
                    is_active: it.switched.last().is_none_or(|(_, is_active)| *is_active),
                    version: Some(version.to_owned()),
                    only: None,
                });
                it.standing.clone().or(told)
            }))
        })
    }

    fn resume_as<'a>(&'a self, workflow: &'a str, version: Option<&'a str>) -> Asked<'a, Started> {
        Box::pin(async move {
            self.with(|it| it.resumed_as.push(version.map(str::to_owned)));
            self.set_active(workflow, true).await?;
            let (version, newer) = self.with(|it| (it.starts, it.newer.map(|(version, _)| version)));
            Ok(Started { version: version.map(str::to_owned), newer: newer.map(str::to_owned) })
        })
    }

    fn saved_at<'a>(&'a self, _workflow: &'a str, version: &'a str) -> Asked<'a, Option<Timestamp>> {
        Box::pin(async move {
            let newer = self.with(|it| it.newer).filter(|(newer, _)| *newer == version);
            let saved_at = newer.and_then(|(_, saved_at)| saved_at);
            saved_at.map(Some).ok_or_else(|| PlatformFailure::Unreachable(version.to_owned(), "no answer".to_owned()))
        })
    }

    fn push_grant<'a>(&'a self, external_id: &'a str, _grant: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async move { Err(PlatformFailure::Unsupported(external_id.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { Err(PlatformFailure::Unsupported(run.to_owned())) })
    }
}

/// A platform with two workflows: one uses a copy of Mira's account, one uses another connection as well.
fn reading(account: Option<&str>) -> PlatformReading {
    let connection = |id: &str, account: Option<&str>| FoundConnection {
        external_id: id.into(),
        name: format!("Mail {id}"),
        kind: "mailOAuth2".into(),
        provider: None,
        account: account.map(str::to_owned),
        owner: None,
        state: PlatformConnectionState::Unknown,
        page: None,
    };
    let step = |place: u32, uses: &str, access| FoundStep {
        external_id: format!("s{place}"),
        name: format!("Step {place}"),
        kind: "mail".into(),
        place,
        uses: FoundUse::External(uses.into()),
        version: StepVersion::Both,
        is_enabled: true,
        access,
        goes_on_after_error: false,
        scopes: vec![],
    };
    let workflow = |id: &str, steps| FoundWorkflow {
        external_id: id.into(),
        name: format!("Workflow {id}"),
        is_active: true,
        customer: Some("Halden".into()),
        project: None,
        owner: Some("Mira".into()),
        environment: None,
        schedule: Schedule::Every { seconds: 3600 },
        runs_per_day: None,
        page: None,
        steps,
        starts: vec![],
        changed_at: None,
    };
    PlatformReading {
        connections: vec![connection("c1", account), connection("c2", None)],
        workflows: vec![
            workflow("w1", vec![step(0, "c1", Access::Reads), step(1, "c1", Access::Writes)]),
            workflow("w2", vec![step(0, "c1", Access::Writes), step(1, "c2", Access::Writes)]),
        ],
        is_whole: true,
        ..PlatformReading::default()
    }
}

fn scripted(engine: &Engine) -> Scripted {
    let script = Scripted::default();
    let hooked = script.clone();
    engine.set_platform_hook(Arc::new(move |platform, key| {
        let is_scripted = platform.kind == PlatformKind::N8n;
        hooked.with(|it| it.keys.push(key.is_some()));
        is_scripted.then(|| Ok(Arc::new(hooked.clone()) as Arc<dyn Platform>))
    }));
    script
}

fn new_platform() -> NewPlatform {
    NewPlatform {
        kind: PlatformKind::N8n,
        name: Some("n8n at Halden".into()),
        address: Some("https://n8n.halden.example".into()),
        space: None,
        customer: None,
        key: Some(Secret::new(KEY)),
    }
}

pub(crate) async fn read_world() -> (World, Scripted, Connection, domain::PlatformId) {
    let world = World::start().await;
    let script = scripted(&world.engine);
    let own = world.connect().await;
    let account = own.identity.account().map(str::to_owned);
    script.with(|it| it.reading = reading(account.as_deref()));
    let platform = world.engine.add_platform(new_platform()).await.unwrap();
    world.engine.read_platform(&platform.id).await.unwrap();
    (world, script, own, platform.id)
}

/// D2, A3: its key rests in the keychain alone, and goes with it; one that is refused is not kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_is_added_with_its_key_and_removed_with_it() {
    let world = World::start().await;
    let script = scripted(&world.engine);
    script.with(|it| it.failure = Some(|| PlatformFailure::KeyRefused("n8n at Halden".into())));
    let refused = world.engine.add_platform(new_platform()).await;
    assert!(matches!(refused, Err(Error::PlatformFailed(PlatformFailure::KeyRefused(_)))), "{refused:?}");
    assert!(world.engine.list_platforms().unwrap().is_empty());
    let items = world.keychain.items().len();

    script.with(|it| it.failure = None);
    let platform = world.engine.add_platform(new_platform()).await.unwrap();
    let twin = world.engine.add_platform(new_platform()).await;
    assert!(matches!(twin, Err(Error::BadInput(_))), "it is there already");
    let slashed = NewPlatform { address: Some("https://n8n.halden.example/".into()), ..new_platform() };
    assert!(matches!(world.engine.add_platform(slashed).await, Err(Error::BadInput(_))), "it is the same address");
    let with_key = NewPlatform { address: Some("https://me:pass@n8n.example".into()), ..new_platform() };
    assert!(matches!(world.engine.add_platform(with_key).await, Err(Error::BadInput(_))));

    assert!(world.keychain.items().len() > items, "its key, and the canary that comes with the first secret");
    let kept = world.keychain.items().len();
    for name in ["patchbay.db", "patchbay.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(KEY.len()).any(|it| it == KEY.as_bytes()), "no key in {name}");
    }
    world.engine.remove_platform(&platform.id).await.unwrap();
    assert_eq!(world.keychain.items().len(), kept - 1, "its key is gone");
    assert!(matches!(world.engine.platform(&platform.id), Err(Error::PlatformGone(_))));
}

/// D2: what fails in the middle leaves the old picture, marked as old with the reason; so does what is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_that_fails_or_is_cancelled_leaves_all_as_it_was() {
    let (world, script, _, id) = read_world().await;
    let overview = || world.engine.list_platforms().unwrap().remove(0);
    assert_eq!((overview().workflow_count, overview().is_stale), (2, false));
    script.with(|it| {
        it.reading.workflows.clear();
        it.failure = Some(|| PlatformFailure::Unreachable("n8n at Halden".into(), "connection refused".into()));
    });

    let failed = world.engine.read_platform(&id).await;
    assert!(matches!(failed, Err(Error::PlatformFailed(PlatformFailure::Unreachable(..)))), "{failed:?}");
    assert_eq!((overview().workflow_count, overview().is_stale), (2, true));
    let said = overview().platform.failed.unwrap().words;
    assert!(said.contains("connection refused"), "{said}");

    script.with(|it| (it.failure, it.is_cancelled_meanwhile) = (None, true));
    let cancelled = world.engine.read_platform(&id).await;
    assert!(matches!(cancelled, Err(Error::PlatformFailed(PlatformFailure::Cancelled))), "{cancelled:?}");
    assert_eq!(overview().workflow_count, 2);

    script.with(|it| it.is_cancelled_meanwhile = false);
    let outcome = world.engine.read_platform(&id).await.unwrap();
    assert_eq!(outcome.changes.gone.len(), 2, "{:?}", outcome.changes);
    assert_eq!((overview().workflow_count, overview().is_stale), (0, false));
}

/// D1, D3: our sign-in, its copies and what hangs on each; the person's word on which belongs to which stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_grants_of_one_account_stand_beside_each_other() {
    let (world, script, own, id) = read_world().await;
    let radius = world.engine.radius(&own.id).unwrap();
    assert_eq!(radius.copies.len(), 1, "found by what the platform shows of the account");
    assert_eq!(radius.impact.struck.len(), 0, "nothing uses our own");
    assert_eq!(radius.copies[0].impact.struck.len(), 2);
    let first = radius.copies[0].impact.first.as_ref().unwrap().1;
    assert!(first > world.clock.now() && first <= world.clock.now() + HOUR);

    script.with(|it| {
        it.reading.connections[0].state =
            PlatformConnectionState::Dead { since: it_is_dead_since(), words: "needs to be reconnected".into() };
    });
    world.engine.read_platform(&id).await.unwrap();
    let radius = world.engine.radius(&own.id).unwrap();
    assert_eq!(radius.copies[0].verdict, TwoPlanes::CopyDead);
    let order = world.engine.repair_order().unwrap();
    assert_eq!(order.len(), 1);
    assert_eq!(order[0].heals.len(), 2);

    let copy = radius.copies[0].connection.id.clone();
    world.engine.join_platform_connection(&copy, None).unwrap();
    world.engine.read_platform(&id).await.unwrap();
    assert!(world.engine.radius(&own.id).unwrap().copies.is_empty(), "a person said that it is another account");
    let table = world.engine.radius_csv(|_, _| true).unwrap();
    assert_eq!(table.lines().count(), 5, "a head and a line for each step: {table}");
    let part = world.engine.radius_csv(|_, workflow| workflow.external_id == "w2").unwrap();
    assert_eq!(part.lines().count(), 3, "what is wanted alone: {part}");
}

fn it_is_dead_since() -> Timestamp {
    Timestamp::from_second(1_760_000_000).unwrap()
}

/// D4, D5: it opens by itself, knows the calls around it, and ends when everything was seen running again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_opens_by_itself_and_is_followed_to_its_report() {
    let world = World::start().await;
    let own = world.connect().await;
    let bare = world.connect_with(engine::flows::connect::ConnectRequest {
        environment: domain::connection::Environment::Sandbox,
        ..world.request()
    });
    let bare = bare.await;
    let new = NewDependant { workflow: "Nightly invoices".into(), place: Some("Make".into()), step: None, owner: None };
    world.engine.add_dependant(&own.id, new).unwrap();
    assert!(world.engine.list_incidents().unwrap().is_empty());

    world.pass_time(MINUTE);
    world.practice.revoke_all();
    world.refresh(&own.id).await;
    world.refresh(&bare.id).await;
    assert_eq!(world.status(&own.id).0, "reauth_required");

    let incidents = world.engine.list_incidents().unwrap();
    assert_eq!(incidents.len(), 1, "nothing leans on the other one");
    let incident = &incidents[0];
    assert_eq!((incident.stage(), incident.affected.len()), (Stage::Broken, 1));
    assert!(incident.last_good_at.unwrap() < incident.first_bad_at.unwrap(), "{incident:?}");
    assert_eq!(world.engine.list_incidents().unwrap().len(), 1, "it is one incident, however often one looks");
    let workflow = world.engine.find_workflow("Nightly invoices").unwrap();
    assert!(!world.engine.readiness(&workflow.id).unwrap().is_ready);
    let early = world.engine.close_incident(&incident.id, None, false);
    assert!(matches!(early, Err(Error::BadInput(_))), "{early:?}");

    world.pass_time(MINUTE);
    world.reconnect(&own.id).await;
    let repaired = world.engine.incident(&incident.id).unwrap();
    assert_eq!(repaired.stage(), Stage::Repaired);
    let proved = world.engine.run_canary(&incident.id).await.unwrap();
    assert!(proved.canary.unwrap().worked);
    let ticked = world.engine.tick_validation(&incident.id, &workflow.id, true).unwrap();
    assert_eq!(ticked.stage(), Stage::Validated);
    let closed = world.engine.close_incident(&incident.id, Some("The password was changed."), false).unwrap();
    assert_eq!(closed.stage(), Stage::Closed);
    let report = world.engine.incident_report(&incident.id).unwrap();
    assert!(report.contains("Nightly invoices") && report.contains("The password was changed."), "{report}");
    assert!(world.engine.readiness(&workflow.id).unwrap().is_ready);
}

/// D6, D5: only what ran is paused, only what was paused is resumed, and nothing before a call has worked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_depends_on_it_is_paused_and_resumed_after_a_canary() {
    let (world, script, own, id) = read_world().await;
    let dead = PlatformConnectionState::Dead { since: it_is_dead_since(), words: "revoked".into() };
    script.with(|it| {
        it.reading.workflows[1].is_active = false;
        it.reading.connections[0].state = dead.clone();
        it.state = Some(dead);
        it.reading.runs = vec![FoundRun {
            workflow: "w1".into(),
            may_hide_failure: false,
            proves: None,
            run: Run {
                external_id: "r1".into(),
                at: world.clock.now(),
                outcome: RunOutcome::Failed,
                failed_step: Some("s1".into()),
                failed_connection: Some("c1".into()),
                words: Some("needs to be reconnected".into()),
            },
        }];
    });
    world.engine.read_platform(&id).await.unwrap();
    let copy = world.engine.radius(&own.id).unwrap().copies[0].connection.id.clone();
    let incident = world.engine.open_incident(&Uses::PlatformConnection(copy)).unwrap();
    assert_eq!((incident.affected.len(), incident.affected[0].failed_runs), (1, 1), "one of the two is switched off");
    let advice = world.engine.replay_advice(&incident.id).unwrap();
    assert_eq!(advice[0].advice.replay, Replay::Whole, "it failed at its first write");

    let ids = ["Workflow w1", "Workflow w2"].map(|name| world.engine.find_workflow(name).unwrap().id);
    let paused = world.engine.pause_workflows(&ids, Some(&incident.id)).await.unwrap();
    assert!(matches!(paused[0].outcome, SwitchOutcome::Paused) && matches!(paused[1].outcome, SwitchOutcome::AsItWas));
    assert_eq!(script.with(|it| it.switched.clone()), [("w1".to_owned(), false)]);
    assert_eq!(world.engine.incident(&incident.id).unwrap().affected.len(), 1, "it waits to run again");

    let closing = world.engine.close_incident(&incident.id, None, true);
    let Err(Error::StillPaused { names, .. }) = closing else { panic!("{closing:?}") };
    assert_eq!(names, ["Workflow w1"], "which one it is, is said");

    let too_soon = world.engine.resume_workflows(&ids).await.unwrap();
    assert!(matches!(too_soon, Resumed::CanaryFailed { .. }), "{too_soon:?}");
    script.with(|it| it.has_no_test = true);
    let untested = world.engine.resume_workflows(&ids).await;
    let is_held_back = matches!(untested, Ok(Resumed::CanaryFailed { .. }));
    assert!(is_held_back, "a version without a test refuses nothing: its copy waits for a run: {untested:?}");
    script.with(|it| it.has_no_test = false);
    assert_eq!(script.with(|it| it.switched.len()), 1, "nothing was let loose");

    world.pass_time(MINUTE);
    script.with(|it| it.state = Some(PlatformConnectionState::Works { at: world.clock.now() }));
    let resumed = world.engine.resume_workflows(&ids).await.unwrap();
    let Resumed::Resumed(switched) = resumed else { panic!("{resumed:?}") };
    assert!(matches!(switched[1].outcome, SwitchOutcome::AsItWas), "it was off before");
    assert_eq!(script.with(|it| it.switched.last().cloned()), Some(("w1".to_owned(), true)));
    let incident = world.engine.incident(&incident.id).unwrap();
    assert_eq!(incident.stage(), Stage::Repaired, "a test that means it has shown that it works");
    assert!(incident.affected[0].resumed_at.is_some());
}

/// An incident of the dead copy c1, whose workflow w1 is off and read as a draft alone, as n8n shows what is off.
pub(crate) async fn paused_world(
    version: Option<&'static str>,
) -> (World, Scripted, domain::PlatformId, domain::IncidentId) {
    let (world, script, _, id) = read_world().await;
    script.with(|it| {
        it.version = version;
        it.reading.workflows.truncate(1);
        it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())];
    });
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;
    world.engine.pause_workflows(&[workflow], Some(&incident.id)).await.unwrap();
    script.with(|it| {
        it.reading.workflows[0].is_active = false;
        it.reading.workflows[0].steps.iter_mut().for_each(|step| step.version = StepVersion::Draft);
    });
    world.engine.read_platform(&id).await.unwrap();
    (world, script, id, incident.id)
}

/// D6, D1: that a workflow is paused takes no connection from it, so it still waits for the canary, and still counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_of_what_is_paused_lets_nothing_loose() {
    for version in [Some("v1"), None] {
        let (world, script, id, incident) = paused_world(version).await;
        let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;

        let held = world.engine.resume_workflows(std::slice::from_ref(&workflow)).await.unwrap();

        assert!(matches!(held, Resumed::CanaryFailed { .. }), "{version:?}: {held:?}");
        assert_eq!(script.with(|it| it.switched.len()), 1, "paused, and nothing since");
        let order = world.engine.repair_order().unwrap();
        assert_eq!(order.iter().map(|it| it.heals.len()).collect::<Vec<_>>(), [1], "it waits for the repair");
        assert!(!world.engine.readiness(&workflow).unwrap().needs.is_empty());

        let forced = world.engine.resume_unproved(std::slice::from_ref(&workflow)).await.unwrap();
        assert!(matches!(forced[0].outcome, SwitchOutcome::Resumed), "a person's own decision: {forced:?}");
        assert_eq!(script.with(|it| it.resumed_as.clone()), [version.map(str::to_owned)], "what ran, runs again");
        script.with(|it| it.reading.workflows[0].is_active = true);
        world.engine.read_platform(&id).await.unwrap();
        assert!(!world.engine.incident(&incident).unwrap().affected[0].is_paused());
    }
}

/// D6: an incident whose connection nobody has seen working holds back also what a reading no longer finds to need it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unmended_incident_holds_back_what_it_stopped() {
    let (world, script, id, _) = paused_world(None).await;
    script.with(|it| it.reading.workflows[0].steps.clear());
    world.engine.read_platform(&id).await.unwrap();
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;

    let held = world.engine.resume_workflows(&[workflow]).await.unwrap();

    assert!(matches!(held, Resumed::CanaryFailed { .. }), "{held:?}");
}

/// D6: no answer is no answer: what may be paused is remembered, read again, and can be resumed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_without_an_answer_is_not_forgotten() {
    let (world, script, _, id) = read_world().await;
    script.with(|it| {
        it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())];
        it.switch_failure = Some(|| PlatformFailure::Unreachable("n8n at Halden".into(), "no answer in time".into()));
    });
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;
    let is_paused = || world.engine.incident(&incident.id).unwrap().affected.iter().any(|it| it.is_paused());

    let paused = world.engine.pause_workflows(std::slice::from_ref(&workflow), Some(&incident.id)).await.unwrap();
    assert!(matches!(paused[0].outcome, SwitchOutcome::ProbablyPaused(_)), "{paused:?}");
    assert!(is_paused());
    world.pass_time(MINUTE);
    world.engine.read_platform(&id).await.unwrap();
    assert!(!is_paused(), "it was seen running");
    world.pass_time(MINUTE);
    world.engine.read_platform(&id).await.unwrap();
    assert!(!is_paused(), "also by a second look");
    world.pass_time(MINUTE);
    script.with(|it| it.reading.workflows[0].is_active = false);
    world.engine.read_platform(&id).await.unwrap();
    assert!(is_paused(), "what was sent may still arrive, and it has");
    script.with(|it| it.switch_failure = None);
    let resumed = world.engine.resume_unproved(std::slice::from_ref(&workflow)).await.unwrap();
    assert!(matches!(resumed[0].outcome, SwitchOutcome::Resumed), "{resumed:?}");

    script.with(|it| {
        it.reading.workflows[0].is_active = true;
        it.switch_failure = Some(|| PlatformFailure::Unreachable("n8n at Halden".into(), "no answer in time".into()));
    });
    world.engine.read_platform(&id).await.unwrap();
    world.engine.pause_workflows(std::slice::from_ref(&workflow), Some(&incident.id)).await.unwrap();
    world.engine.read_platform(&id).await.unwrap();
    world.pass_time(11 * MINUTE);
    world.engine.read_platform(&id).await.unwrap();
    assert!(!is_paused(), "it never arrived");
}

/// D2, A8: a run that hid a failure proves nothing, however it looks later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_failure_is_never_taken_for_a_repair() {
    let (world, script, _, id) = read_world().await;
    let mut hidden = failed_run("r1", "w1", world.clock.now());
    hidden.run.outcome = RunOutcome::FailedInside;
    script.with(|it| it.reading.runs = vec![hidden.clone()]);
    world.engine.read_platform(&id).await.unwrap();
    let stage = || world.engine.list_incidents().unwrap().remove(0).stage();
    assert_eq!(stage(), Stage::Broken);

    let glanced = |id: &str, at, may_hide_failure, proves: Option<&str>| {
        let run = failed_run(id, "w1", at).run;
        let run =
            Run { outcome: RunOutcome::Succeeded, failed_step: None, failed_connection: None, words: None, ..run };
        FoundRun { workflow: "w1".into(), run, may_hide_failure, proves: proves.map(|it| vec![it.to_owned()]) }
    };
    let read = async |run: FoundRun| {
        script.with(|it| it.reading.runs = vec![run]);
        world.engine.read_platform(&id).await.unwrap();
    };
    read(glanced("r1", hidden.run.at, false, Some("c1"))).await;
    assert_eq!(stage(), Stage::Broken, "its own run is no proof");
    world.pass_time(MINUTE);
    read(glanced("r2", world.clock.now(), true, Some("c1"))).await;
    assert_eq!(stage(), Stage::Broken, "nobody has looked into it");
    read(glanced("r2", world.clock.now(), false, None)).await;
    assert_eq!(stage(), Stage::Broken, "which connections it used is not known");
    read(glanced("r2", world.clock.now(), false, Some("c2"))).await;
    assert_eq!(stage(), Stage::Broken, "it used another one");
    read(glanced("r2", world.clock.now(), false, Some("c1"))).await;
    assert_eq!(stage(), Stage::Repaired);
}

/// D2: what is there and cannot be read is not gone, and neither is what it used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_that_cannot_be_read_stays_as_it_was() {
    let (world, script, _, id) = read_world().await;
    script.with(|it| {
        it.reading.workflows.remove(1);
        it.reading.connections.remove(1);
        it.reading.unread = vec!["w2".into()];
    });

    let outcome = world.engine.read_platform(&id).await.unwrap();

    assert!(outcome.changes.gone.is_empty(), "{:?}", outcome.changes);
    let workflow = world.engine.find_workflow("Workflow w2").unwrap();
    assert_eq!(world.engine.readiness(&workflow.id).unwrap().needs.len(), 2);
    script.with(|it| it.reading.unread.clear());
    let outcome = world.engine.read_platform(&id).await.unwrap();
    assert_eq!(outcome.changes.gone.len(), 2, "now it is gone: {:?}", outcome.changes);
}

/// D2: an export of workflows tells of no credential that none of them uses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_of_workflows_and_of_credentials_stand_beside_each_other() {
    let world = World::start().await;
    let target = ImportTarget { name: Some("n8n at Halden".into()), ..ImportTarget::default() };
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/n8n");
    let mut gone = vec![];
    for file in ["export_workflows.json", "export_credentials_decrypted.json", "export_workflows.json"] {
        let path = format!("{fixtures}/{file}");
        let kind = Some(PlatformKind::N8n);
        let read = world.engine.import_workflows(path.as_ref(), kind, target.clone(), file).await.unwrap();
        gone.extend(read.changes.gone);
    }
    assert!(gone.is_empty(), "{gone:?}");
}

/// D2: a configuration from another computer is taken but for the connections that are not here, which are named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_not_here_keeps_no_file_out() {
    let world = World::start().await;
    let path = world.folder.path().join("claude_desktop_config.json");
    let servers = serde_json::json!({ "mcpServers": {
        "mail": { "command": "sh", "args": ["-c", "TOKEN=$(patchbay token con_0000000000) run"] },
        "files": { "command": "files", "env": { "FILES_TOKEN": "x" } },
    } });
    std::fs::write(&path, servers.to_string()).unwrap();

    let read = world.engine.import_workflows(&path, None, ImportTarget::default(), "one").await.unwrap();

    assert_eq!(read.workflow_count, 2, "{read:?}");
    let names_it = |it: &ReadingNote| matches!(it, ReadingNote::Skipped { count: 1, first } if first.contains("con_") && first.starts_with("mail "));
    assert!(read.notes.iter().any(names_it), "{:?}", read.notes);
}

/// D4: nobody can have seen a workflow running on a dead connection, or while it is paused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_have_run_is_not_ticked() {
    let (world, script, id, incident) = paused_world(None).await;
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;
    let tick = || world.engine.tick_validation(&incident, &workflow, true);
    assert!(matches!(tick(), Err(Error::BadInput(_))), "it is dead");

    world.pass_time(MINUTE);
    script.with(|it| {
        it.reading.runs.clear();
        it.reading.connections[0].state = PlatformConnectionState::Works { at: world.clock.now() };
        it.state = Some(PlatformConnectionState::Works { at: world.clock.now() });
    });
    world.engine.read_platform(&id).await.unwrap();
    assert!(matches!(tick(), Err(Error::BadInput(_))), "it is paused");
    world.engine.resume_workflows(std::slice::from_ref(&workflow)).await.unwrap();
    assert!(tick().unwrap().affected[0].validated_at.is_some());
}

/// D6: what a person resumes at the platform itself is paused no more, and keeps no incident open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_resumed_at_its_platform_is_paused_no_more() {
    let (world, script, _, id) = read_world().await;
    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())]);
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;
    world.engine.pause_workflows(&[workflow], Some(&incident.id)).await.unwrap();
    assert!(world.engine.incident(&incident.id).unwrap().affected.iter().any(|it| it.is_paused()));

    // It is switched on there: the next reading finds it so.
    world.engine.read_platform(&id).await.unwrap();

    assert!(!world.engine.incident(&incident.id).unwrap().affected.iter().any(|it| it.is_paused()));
    assert!(world.engine.close_incident(&incident.id, None, true).is_ok());
}

/// D2: a file is read into one platform, twice without a change, and a broken one leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_read_twice_and_a_truncated_one_leaves_nothing() {
    let world = World::start().await;
    let export = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/n8n/export_workflows.json");
    let target = ImportTarget { name: Some("n8n at Halden".into()), ..ImportTarget::default() };

    let first = world.engine.import_workflows(export.as_ref(), None, target.clone(), "one").await.unwrap();
    let again = world.engine.import_workflows(export.as_ref(), None, target.clone(), "two").await.unwrap();

    assert!(first.changes.added > 0 && first.platform.kind == PlatformKind::N8n, "{first:?}");
    assert_eq!((again.changes.added, again.changes.changed, again.changes.gone.len()), (0, 0, 0), "{again:?}");
    assert_eq!(world.engine.list_platforms().unwrap().len(), 1);

    let whole = std::fs::read(export).unwrap();
    let cut = world.folder.path().join("cut.json");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let other = ImportTarget { name: Some("another".into()), ..ImportTarget::default() };
    let broken = world.engine.import_workflows(&cut, Some(PlatformKind::N8n), other, "three").await;
    assert!(matches!(broken, Err(Error::PlatformFailed(PlatformFailure::Unreadable(..)))), "{broken:?}");
    assert_eq!(world.engine.list_platforms().unwrap().len(), 1, "no empty platform is left behind");
}

/// D2: two lists of one kind are not one that has changed: what would be gone is named, and nothing is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overlapping_list_replaces_nothing_that_was_not_named_before() {
    let world = World::start().await;
    let written = |name: &str, workflows: &[&str]| {
        let path = world.folder.path().join(name);
        let lines: Vec<String> = workflows.iter().map(|it| format!("{it},Mail")).collect();
        std::fs::write(&path, format!("workflow,connection\n{}\n", lines.join("\n"))).unwrap();
        path
    };
    let (first, second) = (written("one.csv", &["Orders", "Invoices"]), written("two.csv", &["Orders", "Reports"]));
    let import = |path: std::path::PathBuf, target| {
        let engine = world.engine.clone();
        async move { engine.import_workflows(&path, Some(PlatformKind::ByHand), target, "list").await }
    };
    let names = || {
        let picture = world.engine.picture().unwrap();
        let mut names: Vec<_> = picture.workflows().iter().map(|it| it.name.clone()).collect();
        names.sort();
        names
    };
    let read = import(first.clone(), ImportTarget::default()).await.unwrap();
    import(first, ImportTarget::default()).await.expect("the same again changes nothing");

    let refused = import(second.clone(), ImportTarget::default()).await;

    let Err(Error::WouldReplace { platform, name, gone }) = refused else { panic!("{refused:?}") };
    assert_eq!((&platform, name.as_str(), gone), (&read.platform.id, "By hand", vec!["Invoices".to_owned()]));
    assert_eq!(names(), ["Invoices", "Orders"], "nothing was taken");

    let target = ImportTarget { name: Some("Reports".into()), ..ImportTarget::default() };
    import(second.clone(), target).await.unwrap();
    assert_eq!(names(), ["Invoices", "Orders", "Orders", "Reports"], "both stand, each in its own");
    let target = ImportTarget { platform: Some(platform), ..ImportTarget::default() };
    let replaced = import(second, target).await.unwrap();
    assert_eq!(replaced.changes.gone, ["Invoices"], "a person said so");
}

/// D4, A8: a copy that a reading or its runs show dead is an incident without anybody asking; what nothing runs on is none,
/// and what a person closed unmended stays closed until it has died anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platforms_dead_copy_is_an_incident_by_itself() {
    let (world, script, own, id) = read_world().await;
    let incidents = || world.engine.list_incidents().unwrap();
    assert!(incidents().is_empty(), "nothing is dead");
    let dead_at = |since| PlatformConnectionState::Dead { since, words: "revoked".into() };
    let died_at = world.clock.now();
    script.with(|it| {
        it.reading.workflows[1].is_active = false;
        it.reading.connections[1].state = dead_at(died_at);
    });
    world.engine.read_platform(&id).await.unwrap();
    assert!(incidents().is_empty(), "what uses it is switched off");

    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())]);
    world.engine.read_platform(&id).await.unwrap();
    let opened = incidents().remove(0);
    let copy = world.engine.radius(&own.id).unwrap().copies[0].connection.id.clone();
    assert_eq!((incidents().len(), &opened.uses), (1, &Uses::PlatformConnection(copy)), "its run has shown it");
    assert_eq!((opened.affected.len(), opened.affected[0].failed_runs), (1, 1));
    assert_eq!(opened.first_bad_at, Some(died_at));

    world.pass_time(MINUTE);
    let closed = world.engine.close_incident(&opened.id, None, true).unwrap();
    assert_eq!(closed.stage(), Stage::Closed);
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(incidents().len(), 1, "a person closed it, and it is the same death");

    world.pass_time(MINUTE);
    script.with(|it| {
        it.reading.runs.clear();
        it.reading.connections[0].state = PlatformConnectionState::Works { at: world.clock.now() };
    });
    world.engine.read_platform(&id).await.unwrap();
    world.pass_time(MINUTE);
    script.with(|it| it.reading.connections[0].state = dead_at(world.clock.now()));
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(incidents().len(), 2, "another death is another incident");
}

/// D4, A8: one account that is dead on both planes is one incident as long as that names all that stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_whose_workflows_are_told_of_already_is_no_incident_of_its_own() {
    let (world, script, own, id) = read_world().await;
    script.with(|it| {
        it.reading.connections[0].state =
            PlatformConnectionState::Dead { since: world.clock.now(), words: "revoked".into() };
    });
    world.practice.revoke_all();
    world.refresh(&own.id).await;
    world.engine.read_platform(&id).await.unwrap();

    let incidents = world.engine.list_incidents().unwrap();
    let of_own = incidents.iter().find(|it| it.uses == Uses::Connection(own.id.clone())).unwrap();
    assert_eq!((incidents.len(), of_own.affected.len()), (1, 2), "{incidents:?}");

    world.engine.close_incident(&of_own.id, None, true).unwrap();
    let incidents = world.engine.list_incidents().unwrap();
    assert_eq!(incidents.len(), 2, "the copy is still dead, and somebody has to know");
    assert!(incidents.iter().any(|it| matches!(it.uses, Uses::PlatformConnection(_)) && it.closed_at.is_none()));
}

pub(crate) fn failed_run(id: &str, workflow: &str, at: Timestamp) -> FoundRun {
    FoundRun {
        workflow: workflow.into(),
        may_hide_failure: false,
        proves: None,
        run: Run {
            external_id: id.into(),
            at,
            outcome: RunOutcome::Failed,
            failed_step: Some("s1".into()),
            failed_connection: Some("c1".into()),
            words: Some("needs to be reconnected".into()),
        },
    }
}

/// D5: what the schedule says should have run, and of which no run is known, is told workflow by workflow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scheduled_runs_that_never_began_are_counted() {
    let (world, script, _, id) = read_world().await;
    let died_at = world.clock.now();
    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", died_at)]);
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let lines = || world.engine.replay_advice(&incident.id).unwrap();
    assert_eq!((lines().len(), lines()[0].missed.count), (1, 0), "nothing is due yet");

    world.pass_time(3 * HOUR + MINUTE);
    script.with(|it| it.reading.runs = vec![failed_run("r2", "w1", died_at + HOUR)]);
    world.engine.read_platform(&id).await.unwrap();

    let name = |line: &engine::flows::incidents::ReplayLine| {
        world.engine.picture().unwrap().workflow(&line.workflow).unwrap().name.clone()
    };
    let found: Vec<_> =
        lines().iter().map(|it| (name(it), it.failed_runs, it.missed.count, it.missed.is_certain)).collect();
    let expected = [("Workflow w1".to_owned(), 2, 2, true), ("Workflow w2".to_owned(), 0, 3, false)];
    assert_eq!(found, expected, "every hour: of one two have failed, of the other nothing is known");
}
