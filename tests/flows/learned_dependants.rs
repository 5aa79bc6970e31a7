//! Programs become dependants by being seen, and when they run is foretold from when they did [D1, D3, F2].

use std::time::Duration;

use domain::blast_radius::{Schedule, Source, Uses};
use domain::program::{AskingProgram, ProgramFile};
use engine::{Error, Notice};
use jiff::SignedDuration;
use tokio::sync::broadcast::Receiver;

use super::support::{HOUR, MINUTE, World};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn program(script: &str, sha256: &str) -> AskingProgram {
    let file = |path: &str, sha256: &str| ProgramFile { path: path.to_owned(), sha256: sha256.to_owned() };
    AskingProgram { file: file("/usr/bin/python3", "aa"), script: Some(file(script, sha256)) }
}

/// D1, D3: a job of the night is in the radius after its first run, and its next one is dated once it has a rhythm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_the_night_is_foretold_after_some_nights() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;

    world.engine.learn_use(&program("/srv/nightly.py", "v1"), id).unwrap();
    let first = world.engine.radius(id).unwrap().impact;
    assert_eq!(first.struck.len(), 1);
    assert_eq!(first.struck[0].first.at(), None, "once is no rhythm");
    for _ in 0..4 {
        world.pass_time(DAY);
        world.engine.learn_use(&program("/srv/nightly.py", "v2"), id).unwrap();
    }
    let last = world.clock.now();
    world.pass_time(HOUR);

    let impact = world.engine.radius(id).unwrap().impact;
    assert_eq!(impact.struck.len(), 1, "of another content it is the same workflow");
    let picture = world.engine.picture().unwrap();
    let workflow = picture.workflow(&impact.struck[0].workflow).unwrap();
    assert_eq!((workflow.name.as_str(), workflow.provenance.source), ("nightly.py", Source::TokenDoor));
    assert_eq!(workflow.schedule, Schedule::Learned { seconds: 86_400, percent: 100, from: last });
    let next = last.checked_add(SignedDuration::from_hours(24)).unwrap();
    assert_eq!(impact.struck[0].first.at(), Some(next));
    assert_eq!(impact.first.as_ref().map(|(_, at)| *at), Some(next), "the first run that fails");

    for _ in 0..4 {
        world.pass_time(DAY);
    }
    let impact = world.engine.radius(id).unwrap().impact;
    assert_eq!(impact.struck[0].first.at(), None, "what did not come true is foretold no more");
}

/// F2: who takes a hundred tokens a second costs a write a minute, and each is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_uses_is_a_write_a_minute() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let storm = program("/srv/storm.py", "v1");
    let mut notices = world.engine.notices();

    world.engine.learn_use(&storm, &id).unwrap();
    assert_eq!(drawn_anew(&mut notices), 1);
    let other = world.opened_again();
    for _ in 0..5_000 {
        world.engine.learn_use(&storm, &id).unwrap();
    }
    other.learn_use(&storm, &id).unwrap();
    assert_eq!(drawn_anew(&mut notices), 0, "nothing to draw");
    let written = world.engine.learned_programs().unwrap();
    assert_eq!((written.len(), written[0].uses[0].count), (1, 1));

    world.pass_time(MINUTE);
    world.engine.learn_use(&storm, &id).unwrap();

    assert_eq!(world.engine.learned_programs().unwrap()[0].uses[0].count, 5_002);
    assert_eq!(drawn_anew(&mut notices), 0, "the same run still");
}

/// How often the picture was said to be another one; what else was told meanwhile is none of its matter.
fn drawn_anew(notices: &mut Receiver<Notice>) -> usize {
    let mut count = 0;
    while let Ok(notice) = notices.try_recv() {
        count += usize::from(notice == Notice::PlatformChanged(None));
    }
    count
}

/// D1: a program that uses two connections is one workflow that waits for both; what a person says of it stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_of_two_connections_is_one_workflow() {
    let world = World::start().await;
    let one = world.connect().await.id;
    world.signs_in_as("jonas");
    let other = world.connect().await.id;
    let report = program("/srv/report.py", "v1");
    world.engine.learn_use(&report, &one).unwrap();
    world.engine.learn_use(&report, &other).unwrap();

    let picture = world.engine.picture().unwrap();
    assert_eq!(picture.workflows().len(), 1);
    let uses: Vec<_> = picture.steps_of(&picture.workflows()[0].id).iter().map(|it| it.uses.clone()).collect();
    assert!(uses.contains(&Uses::Connection(one.clone())) && uses.contains(&Uses::Connection(other)), "{uses:?}");
    world.engine.rename_learned_program("/srv/report.py", " Monthly report ").unwrap();
    assert_eq!(world.engine.find_learned_program("Monthly report").unwrap().path, "/srv/report.py");
    assert!(matches!(world.engine.rename_learned_program("/srv/report.py", " "), Err(Error::BadInput(_))));
    assert!(matches!(world.engine.forget_learned_program("/srv/none.py"), Err(Error::WorkflowGone(_))));

    world.engine.forget_learned_program("/srv/report.py").unwrap();
    assert!(world.engine.picture().unwrap().workflows().is_empty());
    world.engine.learn_use(&report, &one).unwrap();
    assert_eq!(world.engine.learned_programs().unwrap()[0].name, "report.py", "at once, and with nothing of before");
    let gone = domain::ConnectionId::from_text("con_0000000000");
    assert!(matches!(world.engine.learn_use(&report, &gone), Err(Error::ConnectionGone(_))));
}
