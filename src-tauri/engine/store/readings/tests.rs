//! Readings over one platform: what is new, changed, the same and gone, and what no reading may touch [D1, D2].

use domain::ConnectionId;
use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow};
use domain::blast_radius::{
    Access, Importance, Join, Platform, PlatformConnectionState, PlatformKind, Run, Schedule, StepVersion, Uses,
    Workflow,
};
use domain::connection::{Dependant, Provenance};
use domain::{DependantId, PlatformId, ProviderId};

use super::super::test_values::{at_minute, connection, store};
use super::super::{SaidOfWorkflow, Store};
use super::*;

fn platform(number: u64) -> Platform {
    Platform {
        id: PlatformId::from_random(number),
        kind: PlatformKind::N8n,
        name: format!("n8n {number}"),
        address: Some("https://n8n.example".into()),
        space: None,
        customer: None,
        added_at: at_minute(0),
        read_at: None,
        asked_at: None,
        failed: None,
        reads_itself: true,
    }
}

fn found_connection(id: &str) -> FoundConnection {
    FoundConnection {
        external_id: id.into(),
        name: format!("Gmail {id}"),
        kind: "gmailOAuth2".into(),
        provider: Some(ProviderId::from_text("google")),
        account: Some("mira@halden.example".into()),
        owner: None,
        state: PlatformConnectionState::Unknown,
        page: None,
    }
}

fn found_step(id: &str, uses: FoundUse) -> FoundStep {
    FoundStep {
        external_id: id.into(),
        name: format!("Step {id}"),
        kind: "gmail".into(),
        place: 1,
        uses,
        version: StepVersion::Both,
        is_enabled: true,
        access: Access::Reads,
        goes_on_after_error: false,
        scopes: vec![],
    }
}

fn found_workflow(id: &str, uses: &[&str]) -> FoundWorkflow {
    FoundWorkflow {
        external_id: id.into(),
        name: format!("Workflow {id}"),
        is_active: true,
        customer: Some("Halden".into()),
        project: None,
        owner: Some("Mira".into()),
        environment: None,
        schedule: Schedule::Cron { expression: "0 9 * * *".into(), time_zone: Some("Europe/Oslo".into()) },
        runs_per_day: Some(1.5),
        page: None,
        steps: uses.iter().map(|it| found_step(&format!("uses {it}"), FoundUse::External((*it).into()))).collect(),
        starts: vec![],
        changed_at: None,
    }
}

fn reading() -> PlatformReading {
    PlatformReading {
        connections: vec![found_connection("c1"), found_connection("c2")],
        workflows: vec![found_workflow("w1", &["c1"]), found_workflow("w2", &["c1", "c2"])],
        is_whole: true,
        ..PlatformReading::default()
    }
}

fn with_platform() -> Store {
    let store = store();
    store.insert_platform(&platform(1)).unwrap();
    store
}

fn apply(store: &Store, reading: &PlatformReading, minute: i64) -> ReadingChanges {
    apply_of(store, Source::Api, reading, minute)
}

fn apply_of(store: &Store, source: Source, reading: &PlatformReading, minute: i64) -> ReadingChanges {
    try_apply(store, &platform(1), source, reading, minute).unwrap()
}

fn try_apply(
    store: &Store,
    platform: &Platform,
    source: Source,
    reading: &PlatformReading,
    minute: i64,
) -> Result<ReadingChanges, StoreError> {
    let arriving = ArrivingReading { platform, is_first: false, source, reading, now: at_minute(minute) };
    store.apply_reading(&arriving, &|_| true)
}

fn workflow(store: &Store, external_id: &str) -> Workflow {
    store.known().unwrap().workflows.into_iter().find(|it| it.external_id == external_id).unwrap()
}

/// D2: what was read comes back as it was, with where and when it was seen.
#[test]
fn a_reading_comes_back_with_its_provenance() {
    let store = with_platform();
    let mut whole = reading();
    whole.workflows[0].starts = vec!["w2".into(), "elsewhere".into()];
    let run = Run {
        external_id: "r1".into(),
        at: at_minute(3),
        outcome: RunOutcome::FailedInside,
        failed_step: Some("uses c1".into()),
        failed_connection: Some("c1".into()),
        words: Some("needs to be reconnected".into()),
    };
    whole.runs = vec![FoundRun::new("w1".into(), run.clone())];

    whole.notes = vec![
        ReadingNote::UnknownModules { kind: "x".into(), count: 2 },
        ReadingNote::FurtherModules { kinds: 3, count: 4 },
        ReadingNote::MissingRight { right: "execution:list".into(), without_it: "no runs".into() },
        ReadingNote::Skipped { count: 1, first: "no id".into() },
        ReadingNote::UnknownVersion { version: "9".into() },
        ReadingNote::DuplicateId { id: "w1".into() },
        ReadingNote::FurtherDuplicates { count: 5 },
        ReadingNote::Cycle { names: vec!["a".into()] },
        ReadingNote::FurtherCycles { count: 6 },
    ];

    let changes = apply(&store, &whole, 5);

    assert_eq!(changes, ReadingChanges { added: 4, ..ReadingChanges::default() });
    let known = store.known().unwrap();
    assert_eq!((known.workflows.len(), known.platform_connections.len(), known.steps.len()), (2, 2, 3));
    assert_eq!(known.starts.len(), 1, "what is not there is not started");
    let first = workflow(&store, "w1");
    assert_eq!(first.schedule, whole.workflows[0].schedule);
    assert_eq!((first.customer.as_deref(), first.runs_per_day), (Some("Halden"), Some(1.5)));
    assert_eq!((first.provenance.source, first.provenance.seen_at), (Source::Api, at_minute(5)));
    assert_eq!(first.last_run.as_ref(), Some(&run));
    assert_eq!(store.list_failed_runs(at_minute(0)).unwrap(), [(first.id.clone(), run)]);
    assert_eq!(store.find_platform(&platform(1).id).unwrap().unwrap().read_at, Some(at_minute(5)));
    assert_eq!(store.last_readings().unwrap()[&platform(1).id], (changes, whole.notes));
    store.check().unwrap();
}

/// D2: importing twice changes nothing but when it was seen.
#[test]
fn the_same_reading_twice_changes_nothing_but_when_it_was_seen() {
    let store = with_platform();
    apply(&store, &reading(), 5);
    let before = store.known().unwrap();

    let changes = apply(&store, &reading(), 9);

    assert_eq!(changes, ReadingChanges { same: 4, ..ReadingChanges::default() });
    let mut after = store.known().unwrap();
    assert!(after.workflows.iter().all(|it| it.provenance.seen_at == at_minute(9)));
    after.workflows.iter_mut().for_each(|it| it.provenance.seen_at = at_minute(5));
    after.platform_connections.iter_mut().for_each(|it| it.provenance.seen_at = at_minute(5));
    assert_eq!(after.workflows, before.workflows);
    assert_eq!(after.platform_connections, before.platform_connections);
    assert_eq!(after.steps, before.steps);
}

/// D2: a whole reading says what is gone; a part says nothing of the rest.
#[test]
fn what_a_whole_reading_does_not_find_is_gone_and_may_come_back() {
    let store = with_platform();
    apply(&store, &reading(), 5);
    let id = workflow(&store, "w2").id;
    let mut less = reading();
    less.workflows.pop();
    less.connections.pop();

    let part = PlatformReading { is_whole: false, ..less.clone() };
    assert_eq!(apply(&store, &part, 6).gone, Vec::<String>::new());
    assert_eq!(store.known().unwrap().workflows.len(), 2);

    let changes = apply(&store, &less, 6);
    assert_eq!(changes.gone, ["Gmail c2", "Workflow w2"], "also where no time has passed since the last");
    let known = store.known().unwrap();
    assert_eq!((known.workflows.len(), known.steps.len(), known.platform_connections.len()), (1, 1, 1));

    let changes = apply(&store, &reading(), 8);
    assert_eq!((changes.added, changes.gone.len()), (2, 0));
    assert_eq!(workflow(&store, "w2").id, id, "it is the same one");
    assert_eq!(store.known().unwrap().steps.len(), 3);
}

/// D1: the person's words, the join and what they noted by hand survive every reading.
#[test]
fn what_a_person_said_survives_a_reading() {
    let store = with_platform();
    apply(&store, &reading(), 5);
    let first = workflow(&store, "w1");
    let said = SaidOfWorkflow {
        customer: Some("Fjord".into()),
        owner: Some("Eva".into()),
        importance: Some(Importance::Critical),
    };
    store.say_of_workflow(&first.id, &said).unwrap();
    let theirs = store.list_platform_connections().unwrap()[0].id.clone();
    let join = Join { connection: Some(connection().id), percent: 100, is_confirmed: true };
    store.put_joins(&[(theirs.clone(), Some(join.clone()))]).unwrap();
    store.put_paused(&first.id, Some(at_minute(6)), None).unwrap();

    let mut changed = reading();
    changed.workflows[0].name = "Renamed".into();
    changed.workflows[0].is_active = false;
    changed.connections[0].name = "Renamed too".into();
    let changes = apply(&store, &changed, 9);

    assert_eq!((changes.changed, changes.same), (2, 2));
    let now = workflow(&store, "w1");
    assert_eq!(
        (now.name.as_str(), now.customer.as_deref(), now.owner.as_deref()),
        ("Renamed", Some("Fjord"), Some("Eva"))
    );
    assert_eq!((now.importance, now.paused_at), (Some(Importance::Critical), Some(at_minute(6))));
    assert_eq!(store.find_platform_connection(&theirs).unwrap().unwrap().joined, Some(join));

    apply(&store, &reading(), 10);
    assert_eq!(workflow(&store, "w1").paused_at, None, "somebody else switched it on again");
}

/// D1: no news of a state is no news; a used connection that is nowhere is missing.
#[test]
fn a_state_stays_until_there_is_news_of_it() {
    let store = with_platform();
    let mut told = reading();
    let dead = PlatformConnectionState::Dead { since: at_minute(4), words: "revoked".into() };
    told.connections[0].state = dead.clone();
    apply(&store, &told, 5);
    let state = |external: &str| {
        let all = store.list_platform_connections().unwrap();
        all.into_iter().find(|it| it.external_id == external).map(|it| it.state)
    };

    assert_eq!(apply(&store, &reading(), 6).same, 4);
    assert_eq!(state("c1"), Some(dead));
    let mut without = reading();
    without.connections.remove(0);
    let changes = apply(&store, &without, 7);
    assert_eq!(state("c1"), Some(PlatformConnectionState::Missing), "steps use what is not there");
    assert_eq!((changes.changed, changes.gone.len()), (1, 0));
    assert_eq!(apply(&store, &without, 8).same, 4);
    apply(&store, &reading(), 9);
    assert_eq!(state("c1"), Some(PlatformConnectionState::Unknown), "it is there again");

    let mut strange = reading();
    strange.workflows.push(found_workflow("w3", &["nowhere"]));
    apply(&store, &strange, 10);
    assert_eq!(state("nowhere"), Some(PlatformConnectionState::Missing));
}

/// D2: the same id at two platforms is two things; twice at one, the later counts.
#[test]
fn ids_of_two_platforms_never_meet_and_of_two_alike_the_later_counts() {
    let store = with_platform();
    store.insert_platform(&platform(2)).unwrap();
    apply(&store, &reading(), 5);
    try_apply(&store, &platform(2), Source::File, &reading(), 6).unwrap();
    assert_eq!(store.known().unwrap().workflows.len(), 4);

    let mut twice = reading();
    twice.workflows.push(FoundWorkflow { name: "Later".into(), ..found_workflow("w1", &["c2"]) });
    let changes = apply(&store, &twice, 7);
    assert_eq!((changes.changed, changes.same), (1, 3));

    store.remove_platform(&platform(2).id).unwrap();
    assert_eq!(store.known().unwrap().workflows.len(), 2);
    let counts = store.platform_counts().unwrap()[&platform(1).id];
    assert_eq!((counts.workflows, counts.connections), (2, 2));
    store.check().unwrap();
}

/// D2: all of a reading or nothing.
#[test]
fn a_reading_that_cannot_be_taken_over_leaves_all_as_it_was() {
    let store = with_platform();
    apply(&store, &reading(), 5);
    let before = store.known().unwrap();
    let mut broken = reading();
    broken.workflows[0].name = "Renamed".into();
    broken.workflows[1].steps.push(found_step("x", FoundUse::Ours(ConnectionId::from_random(99))));

    let outcome = try_apply(&store, &platform(1), Source::Api, &broken, 9);

    assert!(matches!(outcome, Err(StoreError::Gone)), "{outcome:?}");
    assert_eq!(store.known().unwrap().workflows, before.workflows);
    let nobody = try_apply(&store, &platform(9), Source::Api, &reading(), 9);
    assert!(matches!(nobody, Err(StoreError::Gone)));
}

/// D2: what is left off leaves nothing, not even the platform that would have come with it.
#[test]
fn a_reading_that_is_left_off_leaves_nothing() {
    let store = store();
    let (new, reading) = (platform(3), reading());
    let arriving =
        ArrivingReading { platform: &new, is_first: true, source: Source::File, reading: &reading, now: at_minute(5) };
    let before = store.list_platforms().unwrap();

    for no in [MayIt::GoOn, MayIt::BeKept] {
        let outcome = store.apply_reading(&arriving, &|asked| asked != no);
        assert!(matches!(outcome, Err(StoreError::LeftOff)), "{no:?}: {outcome:?}");
        assert_eq!(store.list_platforms().unwrap(), before, "{no:?}");
    }
    let changes = store.apply_reading(&arriving, &|_| true).unwrap();
    assert_eq!((changes.added, store.list_platforms().unwrap().len()), (4, before.len() + 1));
}

/// D2: in a file, blank means not said: what is known of a connection stays, and nothing counts as changed.
#[test]
fn a_file_that_leaves_something_open_erases_nothing() {
    let store = with_platform();
    let mut whole = reading();
    whole.connections[0].owner = Some("Mira".into());
    whole.connections[0].page = Some("https://n8n.example/c1".into());
    apply_of(&store, Source::File, &whole, 5);
    let known = || store.list_platform_connections().unwrap().into_iter().find(|it| it.external_id == "c1").unwrap();
    let before = known();

    let mut blank = whole.clone();
    for it in &mut blank.connections {
        (it.kind, it.provider, it.account) = (String::new(), Some(ProviderId::from_text("slack")), Some(" ".into()));
        (it.owner, it.page) = (None, None);
    }
    assert_eq!(apply_of(&store, Source::File, &blank, 6), ReadingChanges { same: 4, ..ReadingChanges::default() });
    let after = known();
    assert_eq!((after.provider, after.account), (before.provider, before.account), "a guess by the name is no word");
    assert_eq!((after.kind, after.owner, after.page), (before.kind, before.owner, before.page));

    blank.connections[0].account = Some("eva@halden.example".into());
    assert_eq!(apply_of(&store, Source::File, &blank, 7).changed, 1, "what is said counts");
    assert_eq!(known().account.as_deref(), Some("eva@halden.example"));
    let mut shown = whole;
    shown.connections[0].account = None;
    apply(&store, &shown, 8);
    assert_eq!(known().account, None, "what a platform itself shows no more is not kept");
}

/// S108: hostile names are text, and short enough to be shown.
#[test]
fn hostile_names_are_cut_and_cannot_turn_text_around() {
    let store = with_platform();
    let mut hostile = reading();
    hostile.workflows[0].name = format!("\u{202e}<b>{}", "x".repeat(10_000));
    hostile.workflows[1].name = "\u{200b}".into();
    apply(&store, &hostile, 5);

    let name = workflow(&store, "w1").name;
    assert!(name.starts_with("<b>x") && name.chars().count() == LONGEST_NAME, "{name}");
    assert_eq!(workflow(&store, "w2").name, "w2", "what has no name is called by its id");
}

/// D1: a list that names our connections makes dependants of its lines, and what was noted by hand stays beside them.
#[test]
fn a_list_and_notes_by_hand_live_side_by_side() {
    let store = store();
    let by_hand = Dependant {
        id: DependantId::from_random(1),
        connection: connection().id,
        workflow: "w1".into(),
        place: "Lists".into(),
        step: None,
        owner: None,
        provenance: Provenance::ByHand,
        seen_at: at_minute(1),
    };
    store.add_dependant(&by_hand).unwrap();
    let platform = store.list_platforms().unwrap().remove(0);
    let mut list = PlatformReading { is_whole: true, ..PlatformReading::default() };
    list.workflows = vec![FoundWorkflow {
        steps: vec![found_step("s", FoundUse::Ours(connection().id))],
        ..found_workflow("w1", &[])
    }];
    try_apply(&store, &platform, Source::File, &list, 5).unwrap();

    let steps: Vec<_> = store.list_dependants(&connection().id).unwrap().into_iter().map(|it| it.step).collect();
    assert_eq!(steps, [None, Some("Step s".to_owned())]);
    let uses: Vec<_> = store.known().unwrap().steps.into_iter().map(|it| it.uses).collect();
    assert!(uses.iter().all(|it| *it == Uses::Connection(connection().id)));

    list.workflows.clear();
    try_apply(&store, &platform, Source::File, &list, 6).unwrap();
    assert_eq!(store.known().unwrap().workflows.len(), 0, "the list took it over, and dropped it");
}
