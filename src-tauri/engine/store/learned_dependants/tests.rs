use domain::blast_radius::Uses;

use super::super::test_values::{at_minute, connection, store};
use super::*;

const NIGHTLY: &str = "/srv/nightly.py";
const DAY: i64 = 24 * 60;

fn see(store: &Store, path: &str, minute: i64) -> bool {
    let dependant = DependantId::from_random(u64::try_from(minute).unwrap() * 1_000 + path.len() as u64);
    let name = path.rsplit('/').next().unwrap();
    let seen =
        SeenUse { path, name, connection: &connection().id, at: at_minute(minute), count: 2, dependant: &dependant };
    store.learn_use(&seen).unwrap()
}

fn only(store: &Store) -> LearnedProgram {
    let mut all = store.list_learned_programs().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// D1, F2: what was seen is a workflow with a step, once, and with the times it was seen at.
#[test]
fn a_program_that_was_seen_is_a_workflow() {
    let store = store();
    let revision = store.wiring_revision().unwrap();
    assert!(see(&store, NIGHTLY, 0));
    assert!(store.wiring_revision().unwrap() > revision);
    let revision = store.wiring_revision().unwrap();
    assert!(!see(&store, NIGHTLY, 4), "the same run is no news");
    assert_eq!(store.wiring_revision().unwrap(), revision, "and nobody draws it anew");

    let known = store.known().unwrap();
    assert_eq!((known.workflows.len(), known.steps.len()), (1, 1));
    let (workflow, step) = (&known.workflows[0], &known.steps[0]);
    assert_eq!((workflow.name.as_str(), workflow.provenance.source), ("nightly.py", Source::TokenDoor));
    assert_eq!((&step.uses, step.name.as_str()), (&Uses::Connection(connection().id), ""));
    assert_eq!(workflow.provenance.seen_at, at_minute(4));
    let program = only(&store);
    assert_eq!((&program.workflow, program.is_merged), (&workflow.id, false));
    let used = &program.uses[0];
    assert_eq!((used.first_at, used.last_at, used.count), (at_minute(0), at_minute(4), 4));
    assert_eq!(store.learned_use_at(NIGHTLY, &connection().id).unwrap(), Some(at_minute(4)));
    assert_eq!(store.dependant_counts().unwrap()[&connection().id], 1);
    store.check().unwrap();
}

/// D3: a clock that was ahead once leaves no moment to come behind, and its rhythm is learned on.
#[test]
fn what_a_clock_wrote_that_was_ahead_is_over() {
    let store = store();
    see(&store, NIGHTLY, 400 * DAY);

    (0..5).for_each(|night| {
        see(&store, NIGHTLY, night * DAY);
    });

    let program = only(&store);
    assert_eq!((program.uses[0].first_at, program.uses[0].last_at), (at_minute(0), at_minute(4 * DAY)));
    assert_eq!(program.uses[0].count, 12, "it was used all the same");
    let learned = Schedule::Learned { seconds: 86_400, percent: 100, from: at_minute(4 * DAY) };
    assert_eq!(program.schedule, learned);
}

/// D3: after some nights it is foretold.
#[test]
fn its_habit_is_written_with_what_it_is_worth() {
    let store = store();
    (0..5).for_each(|night| {
        see(&store, NIGHTLY, night * DAY);
    });

    let learned = Schedule::Learned { seconds: 86_400, percent: 100, from: at_minute(4 * DAY) };
    assert_eq!(only(&store).schedule, learned);
    assert_eq!(store.known().unwrap().workflows[0].schedule, learned);
}

/// D1: a person's name for it stays, and what is forgotten comes back when it is seen again.
#[test]
fn it_is_called_as_a_person_calls_it_and_forgotten_when_told() {
    let store = store();
    see(&store, NIGHTLY, 0);
    store.rename_learned_program(NIGHTLY, "Nightly export").unwrap();
    see(&store, NIGHTLY, DAY);
    assert_eq!(only(&store).name, "Nightly export");
    assert_eq!(store.known().unwrap().workflows[0].name, "Nightly export");

    store.forget_learned_program(NIGHTLY).unwrap();
    assert_eq!(store.list_learned_programs().unwrap(), []);
    assert!(store.known().unwrap().workflows.is_empty());
    assert_eq!(store.learned_use_at(NIGHTLY, &connection().id).unwrap(), None);
    assert!(matches!(store.forget_learned_program(NIGHTLY), Err(StoreError::Gone)));
    assert!(matches!(store.rename_learned_program(NIGHTLY, "x"), Err(StoreError::Gone)));
    assert!(see(&store, NIGHTLY, 2 * DAY));
    assert_eq!(only(&store).name, "nightly.py");
    store.check().unwrap();
}

/// D1: a program and a platform's workflow can be one; what the platform says of it stands, and it comes apart again.
#[test]
fn a_program_is_merged_with_a_workflow_and_comes_apart_again() {
    let store = store();
    see(&store, NIGHTLY, 0);
    let by_hand = domain::connection::Dependant {
        id: DependantId::from_random(700),
        connection: connection().id,
        workflow: "Export".into(),
        place: "n8n at Halden".into(),
        step: Some("Upload".into()),
        owner: None,
        provenance: domain::connection::Provenance::ByHand,
        seen_at: at_minute(1),
    };
    store.add_dependant(&by_hand).unwrap();
    let export = store.known().unwrap().workflows.into_iter().find(|it| it.name == "Export").unwrap();

    store.merge_learned_program(NIGHTLY, Some(&export.id), at_minute(2)).unwrap();
    see(&store, NIGHTLY, DAY);
    let known = store.known().unwrap();
    assert_eq!(known.workflows.iter().map(|it| &it.id).collect::<Vec<_>>(), [&export.id], "its own is gone");
    let mut steps: Vec<_> = known.steps.iter().map(|it| it.name.as_str()).collect();
    steps.sort_unstable();
    assert_eq!(steps, ["Upload", "nightly.py"]);
    assert!(only(&store).is_merged);
    let nowhere = WorkflowId::from_text("wfl_0");
    assert!(matches!(store.merge_learned_program(NIGHTLY, Some(&nowhere), at_minute(3)), Err(StoreError::Gone)));

    store.merge_learned_program(NIGHTLY, None, at_minute(DAY)).unwrap();
    let apart = only(&store);
    assert!(!apart.is_merged && apart.workflow != export.id);
    assert_eq!(store.known().unwrap().workflows.len(), 2);
    assert_eq!(apart.uses[0].first_at, at_minute(0), "what was seen is kept");
    store.check().unwrap();
}

/// D1: it goes with its connection, and with what a person takes from the list of dependants.
#[test]
fn it_goes_with_its_connection_and_with_its_dependant() {
    let store = store();
    see(&store, NIGHTLY, 0);
    let dependant = store.list_dependants(&connection().id).unwrap().remove(0);
    store.remove_dependant(&dependant.id).unwrap();
    assert_eq!(store.list_learned_programs().unwrap(), []);
    see(&store, NIGHTLY, 20);

    store.forget_connection(&connection().id).unwrap();
    assert_eq!(store.list_learned_programs().unwrap(), []);
    assert!(store.known().unwrap().workflows.is_empty());
    let dependant = DependantId::from_random(9);
    let seen = SeenUse {
        path: NIGHTLY,
        name: "nightly.py",
        connection: &connection().id,
        at: at_minute(30),
        count: 1,
        dependant: &dependant,
    };
    assert!(matches!(store.learn_use(&seen), Err(StoreError::Gone)));
    assert!(store.known().unwrap().workflows.is_empty(), "nothing of it stays");
    store.check().unwrap();
}

/// S147, S149: scripts without end leave so many workflows.
#[test]
fn many_programs_leave_so_many_workflows() {
    let store = store();
    for copy in 0..MOST_PROGRAMS + 20 {
        see(&store, &format!("/srv/copy{copy}.py"), i64::try_from(copy).unwrap());
    }

    let left = store.list_learned_programs().unwrap();
    assert_eq!(left.len(), MOST_PROGRAMS);
    assert!(left.iter().all(|it| it.path != "/srv/copy0.py"), "those not seen for longest go");
    assert_eq!(store.known().unwrap().workflows.len(), MOST_PROGRAMS);
}
