//! What an incident counts while it is open: runs that failed, and runs that a pause kept from taking place [D4, D5, D6].

use domain::blast_radius::reading::FoundRun;
use domain::blast_radius::{PlatformConnectionState, Run, RunOutcome};
use jiff::Timestamp;

use super::blast_radius::{failed_run, read_world};
use super::support::{HOUR, MINUTE};

/// D4: the count is of what is known now, not of what was known when it was opened; once closed it stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_runs_are_counted_until_an_incident_is_closed() {
    let (world, script, _, id) = read_world().await;
    let died_at = world.clock.now();
    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", died_at)]);
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let counted = || -> Vec<_> {
        let affected = world.engine.incident(&incident.id).unwrap().affected;
        affected.into_iter().map(|it| (it.name, it.failed_runs)).collect()
    };
    assert_eq!(counted(), [("Workflow w1".to_owned(), 1), ("Workflow w2".to_owned(), 0)]);

    world.pass_time(HOUR);
    let later = ["r2", "r3"].map(|run| failed_run(run, "w1", world.clock.now()));
    script.with(|it| it.reading.runs = [later.to_vec(), vec![failed_run("r4", "w2", world.clock.now())]].concat());
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(counted(), [("Workflow w1".to_owned(), 3), ("Workflow w2".to_owned(), 1)]);

    world.engine.close_incident(&incident.id, None, true).unwrap();
    world.pass_time(HOUR);
    script.with(|it| it.reading.runs = vec![failed_run("r5", "w1", world.clock.now())]);
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(counted()[0].1, 3, "what comes after its end is not its own");
}

/// D5, D6: what fell due while it was paused did not take place, also between the repair and the end of the pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_a_pause_kept_from_taking_place_are_told() {
    let (world, script, _, id) = read_world().await;
    script.with(|it| it.reading.runs = vec![failed_run("r1", "w1", world.clock.now())]);
    world.engine.read_platform(&id).await.unwrap();
    let incident = world.engine.list_incidents().unwrap().remove(0);
    let workflow = world.engine.find_workflow("Workflow w1").unwrap().id;
    let missed = || {
        let lines = world.engine.replay_advice(&incident.id).unwrap();
        let line = lines.into_iter().find(|it| it.workflow == workflow).unwrap();
        (line.missed.count, line.missed.paused_count, line.missed.is_certain)
    };
    world.engine.pause_workflows(std::slice::from_ref(&workflow), Some(&incident.id)).await.unwrap();
    script.with(|it| {
        it.reading.runs.clear();
        it.reading.workflows[0].is_active = false;
    });
    world.engine.read_platform(&id).await.unwrap();

    world.pass_time(2 * HOUR + MINUTE);
    let works = PlatformConnectionState::Works { at: world.clock.now() };
    script.with(|it| (it.reading.connections[0].state, it.state) = (works.clone(), Some(works)));
    world.engine.read_platform(&id).await.unwrap();
    assert!(world.engine.incident(&incident.id).unwrap().repaired_at.is_some());
    assert_eq!(missed(), (2, 2, true), "every hour, since the death");

    world.pass_time(3 * HOUR);
    assert_eq!(missed(), (5, 5, true), "it works again, and the pause lasts");
    script.with(|it| it.state = Some(PlatformConnectionState::Works { at: world.clock.now() }));
    world.engine.resume_workflows(std::slice::from_ref(&workflow)).await.unwrap();
    let resumed_at = world.clock.now();
    world.pass_time(4 * HOUR);
    assert_eq!(missed(), (5, 5, true), "after the pause it runs by itself");
    let line = world.engine.replay_advice(&incident.id).unwrap().remove(0);
    assert_eq!(line.advice.until, resumed_at, "so far reaches what has to be run again");
}

/// D4, D5: a copy that dies alone has its last good and its first bad run, and what is run again begins after the good one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_dies_alone_has_the_runs_around_its_death() {
    let (world, script, _, id) = read_world().await;
    let good_at = world.clock.now();
    script.with(|it| it.reading.runs = vec![good_run("r1", "w1", good_at), good_run("r2", "w2", good_at + MINUTE)]);
    world.engine.read_platform(&id).await.unwrap();
    world.pass_time(HOUR);
    let died_at = world.clock.now();
    world.pass_time(HOUR);
    let runs = vec![failed_run("r4", "w1", died_at + MINUTE), failed_run("r3", "w1", died_at)];
    script.with(|it| it.reading.runs = runs);
    world.engine.read_platform(&id).await.unwrap();

    let incident = world.engine.list_incidents().unwrap().remove(0);

    let around = (incident.last_good_at, incident.first_bad_at);
    assert_eq!(around, (Some(good_at), Some(died_at)), "the other workflow may never have come to it");
    let lines = world.engine.replay_advice(&incident.id).unwrap();
    let failed = lines.iter().find(|it| it.failed_runs > 0).unwrap();
    assert_eq!(failed.advice.from, Some(good_at), "no further back than its last good run");
}

fn good_run(id: &str, workflow: &str, at: Timestamp) -> FoundRun {
    let run = failed_run(id, workflow, at).run;
    let run = Run { outcome: RunOutcome::Succeeded, failed_step: None, failed_connection: None, words: None, ..run };
    FoundRun::new(workflow.to_owned(), run)
}
