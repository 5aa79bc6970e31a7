//! Platforms are read again by themselves, in the loop that refreshes: in time, one at a time, less and less while one is
//! down, and not where a person switched it off [D2, D4, B14].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundRun, PlatformReading};
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::{PlatformId, Secret};
use engine::flows::platforms::{NewPlatform, PlatformOverview};
use engine::platforms::{Abilities, Asked, Platform, PlatformFailure, Progress, Pushed, PushedGrant};
use engine::{Engine, Error, Notice};
use fakes::{N8nRelease, N8nServer, N8nTrouble};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Semaphore;

use super::support::{HOUR, MINUTE, World, new_n8n, within};

const TOKEN: &str = "at-of-before";

/// An n8n whose one active workflow calls with one credential, added and read.
async fn with_n8n(world: &World) -> (N8nServer, PlatformId) {
    // Its runs are of that hour.
    world.clock.set_to("2026-11-20T09:00:00Z".parse().unwrap());
    let server = N8nServer::start(N8nRelease::New).await.unwrap();
    server.honour(TOKEN);
    let held = json!({
        "grantType": "authorizationCode", "authUrl": "https://p.example/auth", "accessTokenUrl": "https://p.example/token",
        "clientId": "client", "clientSecret": "client-secret", "scope": "files.read", "authentication": "header",
        "oauthTokenData": { "access_token": TOKEN, "refresh_token": "rt-of-before" },
    });
    server.add_credential("drive", "Drive", "oAuth2Api", held);
    let hook = json!({ "id": "hook", "name": "Webhook", "type": "n8n-nodes-base.webhook", "parameters": {} });
    let call = json!({
        "id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest",
        "parameters": { "authentication": "genericCredentialType", "genericAuthType": "oAuth2Api" },
        "credentials": { "oAuth2Api": { "id": "drive", "name": "Drive" } },
    });
    server.add_workflow("w1", "Orders", true, json!([hook, call]));
    let platform = world.engine.add_platform(new_platform("n8n", server.url())).await.unwrap();
    world.engine.read_platform(&platform.id).await.unwrap();
    (server, platform.id)
}

fn new_platform(name: &str, address: &str) -> NewPlatform {
    NewPlatform { name: Some(name.to_owned()), ..new_n8n(address) }
}

fn overview(world: &World, id: &PlatformId) -> PlatformOverview {
    world.engine.list_platforms().unwrap().into_iter().find(|it| it.platform.id == *id).unwrap()
}

fn until(world: &World, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(world.clock.now())).unwrap()
}

/// Goes to the provider and back a few times: what was woken before has asked by then.
async fn settle(world: &World) {
    for _ in 0..5 {
        world.engine.find_or_discover(world.practice.issuer()).await.unwrap();
    }
}

/// Looks at every notice, and now and then besides.
async fn becomes(engine: &Engine, is_so: impl Fn() -> bool) {
    let mut notices = engine.notices();
    within(async {
        while !is_so() {
            drop(tokio::time::timeout(Duration::from_millis(20), notices.recv()).await);
        }
    })
    .await;
}

/// D2, D4, A8: what died at a platform is an incident within the quarter of an hour, and nobody asked for anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_dies_at_a_platform_is_an_incident_without_anybody_asking() {
    let world = World::start().await;
    let (server, id) = with_n8n(&world).await;
    let asked = server.seen().len();
    let due = overview(&world, &id).next_reading_at.unwrap();
    let wait = until(&world, due);
    assert!(wait >= 15 * MINUTE && wait <= 18 * MINUTE, "{wait:?}");
    let mut notices = world.engine.notices();
    let _watch = world.engine.watch();
    server.revoke(TOKEN);
    assert_eq!(server.run("w1"), "error");

    world.pass_time(wait - Duration::from_secs(1));
    settle(&world).await;
    assert_eq!(server.seen().len(), asked, "not before its time");
    world.pass_time(Duration::from_secs(1));

    within(async { while !matches!(notices.recv().await, Ok(Notice::IncidentChanged(Some(_)))) {} }).await;
    let incidents = world.engine.list_incidents().unwrap();
    assert_eq!((incidents.len(), incidents[0].name.as_str(), incidents[0].affected.len()), (1, "Drive", 1));
    assert!(overview(&world, &id).next_reading_at.unwrap() >= due + 15 * MINUTE, "and again in a quarter of an hour");
}

/// D2, B12, F4: a platform that could not be read while nobody looked is told to whoever comes back, until it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_that_fails_at_night_is_told_in_the_morning() {
    let world = World::start().await;
    let (server, id) = with_n8n(&world).await;
    world.engine.attend().unwrap();
    server.set_trouble(N8nTrouble::GoesDownAfter { requests: 0 });
    world.engine.read_platform(&id).await.unwrap_err();
    assert_eq!(world.engine.unread().unwrap().readings, [], "whoever pressed the button saw it");

    world.pass_time(6 * HOUR);
    world.engine.read_platform(&id).await.unwrap_err();
    world.pass_time(HOUR);
    let morning = world.opened_again();
    morning.attend().unwrap();

    let unread = morning.unread().unwrap();
    let [one] = &unread.readings[..] else { panic!("one platform was down: {unread:?}") };
    assert_eq!((&one.platform, one.name.as_str(), one.failure.streak), (&id, "n8n", 2));
    assert!(one.read_at.is_some() && unread.since.is_some());

    morning.mark_read(unread.as_of).unwrap();
    assert_eq!(morning.unread().unwrap().readings, [], "it still fails, and that is known");
    world.pass_time(HOUR);
    world.engine.read_platform(&id).await.unwrap_err();
    world.pass_time(HOUR);
    assert_eq!(morning.unread().unwrap().readings.len(), 1, "and told again of a later one");
    server.set_trouble(N8nTrouble::None);
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(morning.unread().unwrap().readings, [], "what was read is up to date");
}

/// D2: the old picture stays, and is marked as old; one that is down is asked less and less, one that says when not before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_down_is_asked_less_and_less_and_its_picture_stays() {
    let world = World::start().await;
    let (server, id) = with_n8n(&world).await;
    let _watch = world.engine.watch();
    server.set_trouble(N8nTrouble::GoesDownAfter { requests: 0 });
    let mut waits = vec![];
    for streak in 1..=3 {
        world.pass_time(until(&world, overview(&world, &id).next_reading_at.unwrap()));
        becomes(&world.engine, || overview(&world, &id).platform.failed.is_some_and(|it| it.streak == streak)).await;
        waits.push(until(&world, overview(&world, &id).next_reading_at.unwrap()).as_secs() / 60);
    }
    let is_about = |found: u64, minutes: u64| found >= minutes && found <= minutes * 12 / 10;
    assert!(is_about(waits[0], 15) && is_about(waits[1], 30) && is_about(waits[2], 60), "{waits:?}");
    let old = overview(&world, &id);
    assert_eq!((old.workflow_count, old.connection_count, old.is_stale), (1, 1, true));
    assert!(old.platform.failed.unwrap().words.contains("503"));

    server.set_trouble(N8nTrouble::RateLimited { times: 1_000, retry_after: "14400" });
    world.pass_time(until(&world, old.next_reading_at.unwrap()));
    becomes(&world.engine, || overview(&world, &id).platform.failed.is_some_and(|it| it.streak == 4)).await;
    let wait = until(&world, overview(&world, &id).next_reading_at.unwrap());
    assert!(wait > 3 * HOUR && wait <= 4 * HOUR, "as it asked: {wait:?}");

    server.set_trouble(N8nTrouble::None);
    world.pass_time(wait);
    becomes(&world.engine, || !overview(&world, &id).is_stale).await;
    assert_eq!(overview(&world, &id).platform.failed, None);
}

/// What is asked of a platform that follows a script.
struct Script {
    reads: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    gate: Semaphore,
    failure: Mutex<Option<fn() -> PlatformFailure>>,
}

struct Scripted(Arc<Script>);

impl Platform for Scripted {
    fn abilities(&self) -> Abilities {
        Abilities { lists_workflows: true, ..Abilities::default() }
    }

    fn read<'a>(&'a self, _progress: &'a Arc<Progress>) -> Asked<'a, PlatformReading> {
        Box::pin(async move {
            let script = &self.0;
            script.reads.fetch_add(1, Ordering::SeqCst);
            let under_way = script.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            script.most.fetch_max(under_way, Ordering::SeqCst);
            script.gate.acquire().await.unwrap().forget();
            script.under_way.fetch_sub(1, Ordering::SeqCst);
            match *script.failure.lock().unwrap() {
                Some(failure) => Err(failure()),
                None => Ok(PlatformReading { is_whole: true, ..PlatformReading::default() }),
            }
        })
    }

    fn runs_since(&self, _since: Timestamp) -> Asked<'_, Vec<FoundRun>> {
        Box::pin(async { Ok(vec![]) })
    }

    fn test_connection<'a>(&'a self, _external_id: &'a str) -> Asked<'a, PlatformConnectionState> {
        Box::pin(async { Ok(PlatformConnectionState::Unknown) })
    }

    fn set_active<'a>(&'a self, workflow: &'a str, _is_active: bool) -> Asked<'a, ()> {
        Box::pin(async move { Err(PlatformFailure::Unsupported(workflow.to_owned())) })
    }

    fn push_grant<'a>(&'a self, external_id: &'a str, _grant: &'a PushedGrant) -> Asked<'a, Pushed> {
        Box::pin(async move { Err(PlatformFailure::Unsupported(external_id.to_owned())) })
    }

    fn repeat_run<'a>(&'a self, run: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { Err(PlatformFailure::Unsupported(run.to_owned())) })
    }
}

async fn scripted(world: &World, count: usize) -> (Arc<Script>, Vec<PlatformId>) {
    let script = Arc::new(Script {
        reads: AtomicUsize::new(0),
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        gate: Semaphore::new(0),
        failure: Mutex::new(None),
    });
    let hooked = Arc::clone(&script);
    world.engine.set_platform_hook(Arc::new(move |_, _| {
        Some(Ok(Arc::new(Scripted(Arc::clone(&hooked))) as Arc<dyn Platform>))
    }));
    let mut ids = vec![];
    for number in 0..count {
        let new = new_platform(&format!("n8n {number}"), &format!("https://n8n{number}.example"));
        ids.push(world.engine.add_platform(new).await.unwrap().id);
    }
    (script, ids)
}

fn reads(script: &Script) -> usize {
    script.reads.load(Ordering::SeqCst)
}

/// D2: what is due together is read one after another, and a person's own reading is no second one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn platforms_that_are_due_together_are_read_one_at_a_time() {
    let world = World::start().await;
    let (script, ids) = scripted(&world, 3).await;
    let _watch = world.engine.watch();

    world.pass_time(HOUR);
    becomes(&world.engine, || reads(&script) == 1).await;
    settle(&world).await;
    assert_eq!(reads(&script), 1, "the others wait for its end");
    let being_read = ids.iter().find(|id| world.engine.reading_progress(id.as_str()).is_some()).unwrap();
    let twice = world.engine.read_platform(being_read).await;
    assert!(matches!(twice, Err(Error::ReadingUnderWay(_))), "{twice:?}");
    script.gate.add_permits(3);

    becomes(&world.engine, || ids.iter().all(|id| overview(&world, id).platform.read_at.is_some())).await;
    assert_eq!((reads(&script), script.most.load(Ordering::SeqCst)), (3, 1));
}

/// B14: switched off for one, or paused for all, is left alone; a person may ask all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_switched_off_is_left_alone() {
    let world = World::start().await;
    let (script, ids) = scripted(&world, 1).await;
    script.gate.add_permits(100);
    world.engine.set_automatic_reading(&ids[0], false).unwrap();
    let _watch = world.engine.watch();

    world.pass_time(2 * HOUR);
    settle(&world).await;
    assert_eq!((reads(&script), overview(&world, &ids[0]).next_reading_at), (0, None), "switched off");
    world.engine.read_platform(&ids[0]).await.unwrap();
    world.engine.set_automatic_reading(&ids[0], true).unwrap();

    for (number, mode) in [RefreshMode::Paused, RefreshMode::Metered, RefreshMode::Offline].into_iter().enumerate() {
        world.engine.set_refresh_mode(mode).unwrap();
        world.pass_time(2 * HOUR);
        if mode != RefreshMode::Offline {
            settle(&world).await;
        }
        assert_eq!(reads(&script), 1 + number, "{mode:?}");
        world.engine.set_refresh_mode(RefreshMode::On).unwrap();
        world.pass_time(MINUTE);
        becomes(&world.engine, || reads(&script) == 2 + number).await;
        becomes(&world.engine, || world.engine.reading_progress(ids[0].as_str()).is_none()).await;
    }
}

/// D2: a key that is refused is not tried again and again; another key is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_refused_waits_for_a_person() {
    let world = World::start().await;
    let (script, ids) = scripted(&world, 1).await;
    script.gate.add_permits(100);
    *script.failure.lock().unwrap() = Some(|| PlatformFailure::KeyRefused("n8n".to_owned()));
    let _watch = world.engine.watch();

    world.pass_time(HOUR);
    becomes(&world.engine, || overview(&world, &ids[0]).platform.failed.is_some()).await;
    world.pass_time(24 * HOUR);
    settle(&world).await;
    assert_eq!((reads(&script), overview(&world, &ids[0]).next_reading_at), (1, None), "time does not mend it");

    *script.failure.lock().unwrap() = None;
    world.engine.change_platform_key(&ids[0], &Secret::new("another")).await.unwrap();
    world.pass_time(MINUTE);
    becomes(&world.engine, || !overview(&world, &ids[0]).is_stale).await;
    assert_eq!(reads(&script), 2);
}
