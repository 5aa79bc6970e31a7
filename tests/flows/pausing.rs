//! Pausing and resuming where somebody else acts at the platform meanwhile, where no answer comes, and where the program
//! ends in the middle [D6].

use std::sync::Arc;

use domain::blast_radius::PlatformConnectionState;
use domain::{IncidentId, PlatformId, WorkflowId};
use engine::Error;
use engine::flows::pause_and_resume::{Resumed, SwitchOutcome, Switched};
use engine::platforms::{PlatformFailure, Standing};
use fakes::{N8nRelease, N8nServer};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Barrier, mpsc};

use super::blast_radius::{Scripted, failed_run, paused_world, read_world};
use super::support::{MINUTE, World, new_n8n, within};

fn off() -> Standing {
    Standing { is_active: false, version: None, only: None }
}

fn runs_as(version: &str) -> Standing {
    Standing { is_active: true, version: Some(version.to_owned()), only: None }
}

/// Both workflows run, and w1 and w2 stand in an open incident.
async fn stopped_world() -> (World, Scripted, PlatformId, IncidentId) {
    let (world, script, _, id) = read_world().await;
    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())]);
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0).id;
    (world, script, id, incident)
}

fn w1(world: &World) -> WorkflowId {
    world.engine.find_workflow("Workflow w1").unwrap().id
}

fn is_paused(world: &World, incident: &IncidentId) -> bool {
    let incident = world.engine.incident(incident).unwrap();
    incident.affected.iter().any(|it| it.workflow == w1(world) && it.is_paused())
}

async fn resume_anyway(world: &World) -> Switched {
    world.engine.resume_unproved(&[w1(world)]).await.unwrap().remove(0)
}

/// D6: what a person switched off at its platform after it was read is theirs, and is never switched on from here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_switched_off_at_its_platform_is_never_ours() {
    let (world, script, _, incident) = stopped_world().await;
    script.with(|it| it.standing = Some(off()));

    let paused = world.engine.pause_workflows(&[w1(&world)], Some(&incident)).await.unwrap();

    assert!(matches!(paused[0].outcome, SwitchOutcome::AsItWas), "{paused:?}");
    assert!(!is_paused(&world, &incident));
    let known = world.engine.find_workflow("Workflow w1").unwrap();
    assert!(!known.is_active && known.paused_at.is_none(), "it is remembered as off: {known:?}");
    let resumed = resume_anyway(&world).await;
    assert!(matches!(resumed.outcome, SwitchOutcome::AsItWas), "{resumed:?}");
    assert!(script.with(|it| it.switched.is_empty()), "nothing was asked of it");
}

/// D6: a newer version that a person published while it was paused is not rolled back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_resumed_is_left_as_it_runs() {
    let (world, script, _, incident) = paused_world(Some("v1")).await;
    script.with(|it| it.standing = Some(runs_as("v2")));

    let resumed = resume_anyway(&world).await;

    assert!(matches!(resumed.outcome, SwitchOutcome::RunsAlready), "{resumed:?}");
    assert_eq!(script.with(|it| it.resumed_as.len()), 0);
    assert!(!is_paused(&world, &incident), "our pause is forgotten");
    assert!(world.engine.find_workflow("Workflow w1").unwrap().is_active);
}

/// D6: where a platform starts nothing but what is saved, an edit made while it was paused is not let loose; who lets it
/// loose all the same is told what runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_what_is_paused_is_started_by_a_persons_own_decision_alone() {
    let (world, script, _, incident) = paused_world(Some("v1")).await;
    world.pass_time(MINUTE);
    script.with(|it| {
        it.state = Some(PlatformConnectionState::Works { at: world.clock.now() });
        it.standing = Some(Standing { only: Some("v2".to_owned()), ..off() });
        it.starts = Some("v2");
    });

    let resumed = world.engine.resume_workflows(&[w1(&world)]).await.unwrap();

    let Resumed::Resumed(switched) = resumed else { panic!("{resumed:?}") };
    assert!(matches!(switched[0].outcome, SwitchOutcome::EditedSince), "{switched:?}");
    assert_eq!(script.with(|it| it.resumed_as.len()), 0, "it was not activated");
    assert!(is_paused(&world, &incident));

    let forced = resume_anyway(&world).await;
    assert!(matches!(forced.outcome, SwitchOutcome::ResumedAsSaved), "{forced:?}");
    assert!(!is_paused(&world, &incident), "it runs, whatever it runs as");
}

/// D6: a person's word for the edit is none for a connection that does not work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_started_by_a_persons_word_where_its_connection_works() {
    let (world, script, _, incident) = paused_world(Some("v1")).await;
    script.with(|it| {
        it.standing = Some(Standing { only: Some("v2".to_owned()), ..off() });
        it.starts = Some("v2");
    });

    let unproved = world.engine.resume_as_saved(&[w1(&world)]).await.unwrap();

    assert!(matches!(unproved, Resumed::CanaryFailed { .. }), "{unproved:?}");
    assert!(is_paused(&world, &incident));
    world.pass_time(MINUTE);
    script.with(|it| it.state = Some(PlatformConnectionState::Works { at: world.clock.now() }));
    let resumed = world.engine.resume_as_saved(&[w1(&world)]).await.unwrap();
    let Resumed::Resumed(switched) = resumed else { panic!("{resumed:?}") };
    assert!(matches!(switched[0].outcome, SwitchOutcome::ResumedAsSaved), "{switched:?}");
    assert!(!is_paused(&world, &incident));
}

/// D6: where nothing was edited, the same platform is resumed without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_saved_as_it_ran_is_resumed() {
    let (world, script, _, incident) = paused_world(Some("v1")).await;
    world.pass_time(MINUTE);
    script.with(|it| {
        it.state = Some(PlatformConnectionState::Works { at: world.clock.now() });
        it.standing = Some(Standing { only: Some("v1".to_owned()), ..off() });
        it.starts = Some("v1");
    });

    let resumed = world.engine.resume_workflows(&[w1(&world)]).await.unwrap();

    let Resumed::Resumed(switched) = resumed else { panic!("{resumed:?}") };
    assert!(matches!(switched[0].outcome, SwitchOutcome::Resumed), "{switched:?}");
    assert!(!is_paused(&world, &incident));
}

/// D6: what a person published while it was paused, and switched off again, is not overtaken without a word; no answer to
/// when it was saved is no failure of the resume.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_version_that_does_not_run_is_told_of() {
    for saved_at in [Some("2026-11-20T09:40:00Z".parse::<Timestamp>().unwrap()), None] {
        let (world, script, _, incident) = paused_world(Some("v1")).await;
        world.pass_time(MINUTE);
        script.with(|it| {
            it.state = Some(PlatformConnectionState::Works { at: world.clock.now() });
            (it.starts, it.newer) = (Some("v1"), Some(("v2", saved_at)));
        });

        let resumed = world.engine.resume_workflows(&[w1(&world)]).await.unwrap();

        let Resumed::Resumed(switched) = resumed else { panic!("{resumed:?}") };
        let SwitchOutcome::ResumedBeforeNewer { newer_saved_at } = switched[0].outcome else { panic!("{switched:?}") };
        assert_eq!(newer_saved_at, saved_at);
        assert_eq!(script.with(|it| it.resumed_as.clone()), [Some("v1".to_owned())]);
        assert!(!is_paused(&world, &incident), "it runs");
    }
}

/// D6: the same at an n8n.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n8n_runs_what_was_paused_and_the_version_published_meanwhile_is_told_of() {
    let (world, server, orders) = n8n_with_orders().await;
    let paused = world.engine.pause_workflows(&orders, None).await.unwrap();
    assert!(matches!(paused[0].outcome, SwitchOutcome::Paused), "{paused:?}");
    server.redraft_at("orders", &step("Edited"), "2026-11-20T09:40:00.000Z");
    server.publish("orders");
    assert_eq!(server.live_version("orders").as_deref(), Some("v2"));
    server.unpublish("orders");

    let Resumed::Resumed(resumed) = world.engine.resume_workflows(&orders).await.unwrap() else { panic!("no canary") };

    let SwitchOutcome::ResumedBeforeNewer { newer_saved_at } = resumed[0].outcome else { panic!("{resumed:?}") };
    assert_eq!(newer_saved_at, Some("2026-11-20T09:40:00Z".parse().unwrap()));
    assert_eq!(server.live_version("orders").as_deref(), Some("v1"));
}

/// D6: an n8n clears away versions that neither run nor were saved last: what is left starts at a person's word alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_version_that_n8n_cleared_away_is_not_replaced_without_a_word() {
    let (world, server, orders) = n8n_with_orders().await;
    world.engine.pause_workflows(&orders, None).await.unwrap();
    server.redraft_at("orders", &step("Edited"), "2026-11-20T09:40:00.000Z");
    server.prune("orders", "v1");

    let Resumed::Resumed(resumed) = world.engine.resume_workflows(&orders).await.unwrap() else { panic!("no canary") };
    assert!(matches!(resumed[0].outcome, SwitchOutcome::EditedSince), "{resumed:?}");
    assert_eq!(server.live_version("orders"), None);

    let resumed = world.engine.resume_unproved(&orders).await.unwrap();
    assert!(matches!(resumed[0].outcome, SwitchOutcome::ResumedAsSaved), "{resumed:?}");
    assert_eq!(server.live_version("orders").as_deref(), Some("v2"));
}

async fn n8n_with_orders() -> (World, N8nServer, [WorkflowId; 1]) {
    let world = World::start().await;
    let server = N8nServer::start(N8nRelease::New).await.unwrap();
    server.add_workflow("orders", "Orders", true, step("As paused"));
    let platform = world.engine.add_platform(new_n8n(server.url())).await.unwrap();
    world.engine.read_platform(&platform.id).await.unwrap();
    let orders = [world.engine.find_workflow("Orders").unwrap().id];
    (world, server, orders)
}

fn step(name: &str) -> Value {
    json!([{ "id": "a", "name": name, "type": "n8n-nodes-base.set", "parameters": {} }])
}

/// D6, D4: the program may end while a platform hangs; its workflow is paused for the incident all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_knows_of_a_pause_before_its_request_leaves() {
    let (world, script, _, incident) = stopped_world().await;
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let (engine, of) = (world.engine.clone(), incident.clone());
    script.with(|it| {
        it.on_switch = Some(Arc::new(move || {
            let noted = engine.incident(&of).unwrap().affected.iter().filter(|it| it.is_paused()).count();
            arrived.send(noted).unwrap();
        }));
        it.meets = Some(Arc::new(Barrier::new(2)));
    });

    let (engine, of, ids) = (world.engine.clone(), incident.clone(), [w1(&world)]);
    let hanging = tokio::spawn(async move { engine.pause_workflows(&ids, Some(&of)).await });
    assert_eq!(within(arrivals.recv()).await, Some(1), "paused before its platform has answered");
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled(), "the program ended here");

    assert!(is_paused(&world, &incident));
    let closing = world.engine.close_incident(&incident, None, true);
    assert!(matches!(closing, Err(Error::StillPaused { .. })), "{closing:?}");
    script.with(|it| (it.on_switch, it.meets) = (None, None));
    let resumed = resume_anyway(&world).await;
    assert!(matches!(resumed.outcome, SwitchOutcome::Resumed), "{resumed:?}");
    assert!(!is_paused(&world, &incident));
}

/// D6, D4: what stands as paused is paused for each incident that it stands in, whoever asked for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_for_no_incident_keeps_those_open_that_it_stands_in() {
    let (world, _, _, incident) = stopped_world().await;

    world.engine.pause_workflows(&[w1(&world)], None).await.unwrap();

    assert!(is_paused(&world, &incident));
    let closing = world.engine.close_incident(&incident, None, true);
    assert!(matches!(closing, Err(Error::StillPaused { .. })), "{closing:?}");
}

/// D6: a platform that refuses has paused nothing, and nothing of it stays noted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_that_was_refused_leaves_no_note() {
    let (world, script, _, incident) = stopped_world().await;
    script.with(|it| it.switch_failure = Some(|| PlatformFailure::KeyRefused("n8n at Halden".into())));

    let paused = world.engine.pause_workflows(&[w1(&world)], Some(&incident)).await.unwrap();

    assert!(matches!(paused[0].outcome, SwitchOutcome::Failed(_)), "{paused:?}");
    let affected = world.engine.incident(&incident).unwrap().affected;
    assert!(affected.iter().all(|it| it.paused_at.is_none() && it.resumed_at.is_none()), "{affected:?}");
}

/// D6: a platform that hangs holds them all at once, and not one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workflows_are_paused_at_a_time() {
    let (world, script, _, incident) = stopped_world().await;
    script.with(|it| it.meets = Some(Arc::new(Barrier::new(2))));
    let ids = ["Workflow w2", "Workflow w1"].map(|name| world.engine.find_workflow(name).unwrap().id);

    let paused = within(world.engine.pause_workflows(&ids, Some(&incident))).await.unwrap();

    assert!(paused.iter().all(|it| matches!(it.outcome, SwitchOutcome::Paused)), "{paused:?}");
    assert!(paused.iter().map(|it| &it.workflow).eq(&ids), "in the order asked");
}

/// D6: a resume whose answer was lost is neither done nor failed: the next reading tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_without_an_answer_is_settled_by_the_next_reading() {
    let (world, script, id, incident) = paused_world(None).await;
    script.with(|it| {
        it.switch_failure = Some(|| PlatformFailure::Unreachable("n8n at Halden".into(), "no answer in time".into()));
    });

    let resumed = resume_anyway(&world).await;

    assert!(matches!(resumed.outcome, SwitchOutcome::ProbablyResumed(_)), "{resumed:?}");
    assert!(is_paused(&world, &incident), "until it is seen");
    script.with(|it| it.reading.workflows[0].is_active = true);
    world.engine.read_platform(&id).await.unwrap();
    assert!(!is_paused(&world, &incident));
}
