//! Make against a strict fake, and blueprint files.

use std::sync::Arc;

use domain::blast_radius::reading::{FoundUse, ReadingNote};
use domain::blast_radius::{Access, PlatformKind, RunOutcome, Schedule};
use fakes::{MAKE_KEY, MakeServer};
use serde_json::json;

use super::super::files::read_file as read_any_file;
use super::super::rest::tests::access;
use super::*;

const BLUEPRINT: &str = include_str!("../../../../tests/fixtures/platforms/make_blueprint.json");
const WRAPPED: &str = include_str!("../../../../tests/fixtures/platforms/make_blueprint_response.json");

fn make(server: &MakeServer, space: Option<&str>) -> Make {
    Make::new(access(server.url(), space, MAKE_KEY)).unwrap()
}

fn scenario(id: u64, fields: &Value) -> Value {
    let mut scenario = json!({
        "id": id, "name": format!("Scenario {id}"), "teamId": 18, "folderId": 99, "isActive": true, "isinvalid": false,
        "isPaused": false, "dlqCount": 0, "scheduling": {"type": "indefinitely", "interval": 900}, "nextExec": null,
        "lastEdit": "2026-10-13T13:27:45.109Z", "usedPackages": ["gateway"],
        "updatedByUser": {"id": 11, "name": "Mira", "email": "mira@fjordstudio.example"},
    });
    scenario.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    scenario
}

fn connection(id: u64, name: &str, kind: &str, fields: &Value) -> Value {
    let mut connection = json!({
        "id": id, "name": name, "accountName": kind, "packageName": null, "expire": null, "metadata": null,
        "teamId": 18, "scenarioUsages": [],
    });
    connection.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    connection
}

fn world() -> Value {
    let blueprint: Value = serde_json::from_str(BLUEPRINT).unwrap();
    let usage = json!({"scenarioUsages": [{"id": 924, "name": "Scenario 924"}, {"id": 925, "name": "Scenario 925"}]});
    let mut google = connection(2417, "My Google (a@b.example)", "google", &usage);
    google["metadata"] = json!({"type": "email", "value": "mira@fjordstudio.example"});
    json!({
        "organizations": [{"id": 5, "name": "Fjord", "timezoneId": 113}],
        "teams": [{"id": 18, "name": "Studio", "organizationId": 5}],
        "folders": [{"id": 99, "name": "Finance"}],
        "connections": [
            google,
            connection(2416, "Mail", "google-restricted", &json!({"expire": "2026-01-01T00:00:00Z"})),
            connection(3001, "Team Slack", "slack2", &json!({"scenarioUsages": [{"id": 924, "name": "x"}]})),
        ],
        "scenarios": [
            scenario(924, &json!({"dlqCount": 2})),
            scenario(925, &json!({"isActive": false, "scheduling": {"type": "on-demand"}})),
            scenario(926, &json!({"isinvalid": true, "folderId": null, "nextExec": "2026-11-21T07:00:00Z",
                "scheduling": {"type": "once"}})),
        ],
        "blueprints": {"924": blueprint, "925": {"name": "x", "flow": [], "metadata": {"version": 1}}},
        "logs": {"924": [
            {"imtId": "1_a", "id": "run3", "timestamp": "2026-11-20T09:00:00.000Z", "status": 3, "type": "auto"},
            {"imtId": "1_b", "id": "run2", "timestamp": "2026-11-20T08:00:00.000Z", "status": 2, "type": "auto"},
            {"imtId": "1_c", "id": "run1", "timestamp": "2026-11-20T07:00:00.000Z", "status": 1, "type": "auto"},
            {"imtId": "1_d", "id": "old", "timestamp": "2026-11-01T07:00:00.000Z", "status": 3, "type": "auto"},
        ]},
        "executions": {"run3": {"status": "ERROR", "error": {"name": "RuntimeError", "message": "401 invalid_grant",
            "causeModule": {"name": "Upload a file", "appName": "google-drive"}}}},
        "dlqs": {"924": [
            {"id": "dlq1", "reason": "401 invalid_grant", "created": "2026-11-20T09:00:01.000Z", "resolved": false},
            {"id": "dlq0", "reason": "old", "created": "2026-11-19T09:00:01.000Z", "resolved": true},
        ]},
        "dead": [{"id": 2416}, {"id": 3001, "words": "Failed to verify connection: token_revoked"}],
    })
}

/// D1, D2: all that Make tells, with what it is used for and where.
#[tokio::test]
async fn everything_a_key_sees_is_read_with_its_steps() {
    let server = MakeServer::start(world()).await.unwrap();
    let progress = Arc::new(Progress::default());

    let reading = make(&server, None).read(&progress).await.unwrap();

    assert!(reading.is_whole);
    assert_eq!(progress.state(), (3, Some(3)), "all scenarios are counted");
    let google = reading.connections.iter().find(|it| it.external_id == "2417").unwrap();
    assert_eq!(google.account.as_deref(), Some("mira@fjordstudio.example"), "what the platform shows of the account");
    assert_eq!(google.provider.as_ref().map(|it| it.as_str()), Some("google"));
    assert_eq!(google.page.as_deref(), Some(format!("{}/18/connections", server.url()).as_str()));
    let mail = reading.connections.iter().find(|it| it.external_id == "2416").unwrap();
    assert!(matches!(mail.state, PlatformConnectionState::Dead { .. }), "one that has run out is dead");
    let missing = reading.connections.iter().find(|it| it.external_id == "3002").unwrap();
    assert_eq!(missing.state, PlatformConnectionState::Missing, "a step uses it, and Make has none of that id");

    let first = &reading.workflows[0];
    assert_eq!((first.external_id.as_str(), first.is_active), ("924", true));
    assert_eq!(first.project.as_deref(), Some("Finance"));
    assert_eq!(first.owner.as_deref(), Some("mira@fjordstudio.example"));
    assert_eq!(first.schedule, Schedule::Every { seconds: 900 });
    assert_eq!(first.page.as_deref(), Some(format!("{}/18/scenarios/924/edit", server.url()).as_str()));
    assert_eq!(first.starts, ["925"]);
    let steps: Vec<_> = first.steps.iter().map(|it| (it.external_id.as_str(), it.access, it.is_enabled)).collect();
    assert_eq!(
        steps,
        [
            ("1", Access::Reads, true),
            ("3", Access::Writes, true),
            ("6", Access::Writes, true),
            ("4", Access::Writes, true),
            ("9", Access::Writes, true),
            ("12", Access::Writes, false),
        ],
        "routes, error handlers and orphans are walked"
    );
    assert!(first.steps[1].goes_on_after_error, "its error handler resumes");
    let second = &reading.workflows[1];
    assert_eq!((second.is_active, &second.schedule), (false, &Schedule::OnDemand));
    assert_eq!(
        second.steps[0].uses,
        FoundUse::External("2417".into()),
        "used somewhere, where the blueprint is silent"
    );
    let third = &reading.workflows[2];
    assert!(!third.is_active, "stopped by errors");
    assert_eq!(third.project.as_deref(), Some("Studio"), "without a folder, the team");
    assert_eq!(third.schedule, Schedule::NextAt { at: "2026-11-21T07:00:00Z".parse().unwrap() });

    assert_eq!(reading.runs.len(), 1, "one that is resolved is none");
    assert_eq!(reading.runs[0].run.external_id, "dlq:dlq1");
    assert_eq!(reading.runs[0].run.outcome, RunOutcome::Incomplete);
    let unknown = ReadingNote::UnknownModules { kind: "acme-crm".into(), count: 1 };
    assert_eq!(reading.notes, [unknown], "kept, named and counted");
    assert!(server.seen().iter().all(|it| it.method == "GET"), "reading changes nothing");
}

/// D2: importing twice changes nothing.
#[tokio::test]
async fn two_readings_of_the_same_are_equal() {
    let server = MakeServer::start(world()).await.unwrap();
    let make = make(&server, Some("18"));

    let one = make.read(&Arc::default()).await.unwrap();
    let two = make.read(&Arc::default()).await.unwrap();

    assert_eq!(one, two);
    assert!(!server.seen().iter().any(|it| it.target.contains("organizations")), "one team was asked for");
}

/// D2: scenarios beyond the blueprints that are read keep what the list of connections tells of them.
#[tokio::test]
async fn many_scenarios_are_paged_and_few_blueprints_are_asked_for() {
    let mut world = world();
    let ids: Vec<u64> = (1_000..1_450).collect();
    world["scenarios"] = ids.iter().map(|id| scenario(*id, &json!({}))).collect();
    world["connections"][0]["scenarioUsages"] = ids.iter().map(|id| json!({"id": id, "name": "x"})).collect();
    for id in &ids {
        world["blueprints"][id.to_string()] = json!({"flow": [], "metadata": {"version": 1}});
    }
    let server = MakeServer::start(world).await.unwrap();

    let reading = make(&server, Some("organization:5")).read(&Arc::default()).await.unwrap();

    assert_eq!(reading.workflows.len(), 450, "three pages");
    assert!(reading.is_whole && reading.workflows.iter().all(|it| it.steps.len() == 1));
    let blueprints = server.seen().iter().filter(|it| it.target.ends_with("/blueprint")).count();
    assert_eq!(blueprints, 40, "the smallest plan allows 60 calls a minute");
}

/// D2: a right that is missing is named, and what can be read without it is read.
#[tokio::test]
async fn a_missing_scope_is_named() {
    let server = MakeServer::start(world()).await.unwrap();
    let make = make(&server, None);
    server.lacks_scope("connections:read");
    server.lacks_scope("dlqs:read");

    let reading = make.read(&Arc::default()).await.unwrap();

    let has = |named: &str| {
        let is_it = |it: &ReadingNote| matches!(it, ReadingNote::MissingRight { right, .. } if right == named);
        reading.notes.iter().any(is_it)
    };
    assert!(has("connections:read") && has("dlqs:read"), "{:?}", reading.notes);
    assert!(reading.connections.iter().any(|it| it.external_id == "2417"), "the blueprint names what the list may not");
    assert!(
        reading.connections.iter().all(|it| it.state == PlatformConnectionState::Unknown),
        "none is called missing"
    );
    server.lacks_scope("scenarios:read");
    let failure = make.read(&Arc::default()).await.unwrap_err();
    assert_eq!(failure.to_string(), "the key for Make may not list scenarios: it lacks scenarios:read");
}

/// D2: lists that never end do end, and a limit is told with its time.
#[tokio::test]
async fn a_list_without_end_and_a_limit_are_refused() {
    let mut world = world();
    world["scenarios"] = (0..200).map(|id| scenario(id, &json!({}))).collect();
    let server = MakeServer::start(world).await.unwrap();
    server.pages_forever();

    let failure = make(&server, Some("18")).read(&Arc::default()).await.unwrap_err();

    assert_eq!(failure.to_string(), "the list of scenarios of Make cannot be read: it never ends");
    assert!(server.seen().len() < 10, "it was noticed early");
    server.limits_from(1);
    let failure = make(&server, Some("18")).read(&Arc::default()).await.unwrap_err();
    let until = Timestamp::from_second(super::super::rest::tests::NOW + 30).unwrap();
    assert!(matches!(failure, PlatformFailure::RateLimited { until: at, .. } if at == until), "{failure}");
}

/// D2: a limit that is reached among the blueprints costs the steps alone.
#[tokio::test]
async fn a_limit_among_the_blueprints_keeps_what_is_known_by_then() {
    let server = MakeServer::start(world()).await.unwrap();
    server.limits_from(5);

    let reading = make(&server, Some("18")).read(&Arc::default()).await.unwrap();

    assert_eq!(reading.workflows.len(), 3);
    let uses: Vec<_> = reading.workflows[0].steps.iter().map(|it| it.external_id.as_str()).collect();
    assert_eq!(uses, ["1", "3", "6", "4", "9", "12"], "the first blueprint had come");
    assert!(reading.notes.iter().any(|it| matches!(it, ReadingNote::Skipped { .. })));
}

/// D2: where usages are not told, blueprints tell them.
#[tokio::test]
async fn without_usages_every_blueprint_is_walked() {
    let server = MakeServer::start(world()).await.unwrap();
    server.hides_usages();

    let reading = make(&server, Some("18")).read(&Arc::default()).await.unwrap();

    assert_eq!(reading.workflows[0].steps.len(), 6);
    assert!(reading.workflows[1].steps.is_empty());
}

/// D1, D5: runs with their outcome, also the failures within a success, and why.
#[tokio::test]
async fn runs_tell_their_outcome_and_where_they_failed() {
    let server = MakeServer::start(world()).await.unwrap();

    let runs = make(&server, Some("18")).runs_since("2026-11-20T00:00:00Z".parse().unwrap()).await.unwrap();

    let told: Vec<_> = runs.iter().map(|it| (it.run.external_id.as_str(), it.run.outcome)).collect();
    let expected = [
        ("dlq:dlq1", RunOutcome::Incomplete),
        ("run3", RunOutcome::Failed),
        ("run2", RunOutcome::FailedInside),
        ("run1", RunOutcome::Succeeded),
    ];
    assert_eq!(told, expected, "the newest first, and none from before");
    assert_eq!(runs[1].run.words.as_deref(), Some("Upload a file: 401 invalid_grant"));
}

/// D2: Make asks the provider, so its answer proves something.
#[tokio::test]
async fn a_test_tells_living_from_dead_and_from_missing() {
    let server = MakeServer::start(world()).await.unwrap();
    let make = make(&server, None);

    assert_eq!(make.abilities().tests_connections, Some(TestWorth::Proves));
    assert!(matches!(make.test_connection("2417").await.unwrap(), PlatformConnectionState::Works { .. }));
    assert!(matches!(make.test_connection("2416").await.unwrap(), PlatformConnectionState::Dead { .. }));
    let PlatformConnectionState::Dead { words, .. } = make.test_connection("3001").await.unwrap() else {
        panic!("dead")
    };
    assert_eq!(words, "Failed to verify connection: token_revoked");
    assert_eq!(make.test_connection("1").await.unwrap(), PlatformConnectionState::Missing);
    server.lacks_scope("connections:write");
    let failure = make.test_connection("2417").await.unwrap_err();
    assert_eq!(failure.to_string(), "the key for Make may not test a connection: it lacks connections:write");
}

/// D6: pausing twice is pausing.
#[tokio::test]
async fn scenarios_are_paused_and_resumed_and_doing_so_twice_is_no_failure() {
    let server = MakeServer::start(world()).await.unwrap();
    let make = make(&server, None);
    let is_active = || server.world()["scenarios"][0]["isActive"].as_bool();

    make.set_active("924", false).await.unwrap();
    assert_eq!(is_active(), Some(false));
    make.set_active("924", false).await.unwrap();
    make.set_active("924", true).await.unwrap();
    assert_eq!(is_active(), Some(true));
    let failure = make.set_active("1", true).await.unwrap_err();
    assert_eq!(failure.to_string(), "Make answered 404: Scenario not found");
    server.lacks_scope("scenarios:write");
    assert!(make.set_active("924", false).await.unwrap_err().to_string().ends_with("it lacks scenarios:write"));
}

/// D5: what Make keeps can be completed, what it does not cannot.
#[tokio::test]
async fn an_incomplete_run_is_repeated_and_another_is_not() {
    let server = MakeServer::start(world()).await.unwrap();
    let make = make(&server, None);

    make.repeat_run("dlq:dlq1").await.unwrap();

    assert_eq!(server.seen().last().unwrap().target, "/api/v2/dlqs/dlq1/retry");
    assert!(matches!(make.repeat_run("run3").await, Err(PlatformFailure::Unsupported(_))));
    assert!(!make.abilities().takes_grants);
}

/// D1, D2: a file from the editor, and the same as the API wraps it.
#[test]
fn a_blueprint_file_is_read_with_and_without_its_wrapper() {
    let read =
        |text: &str| read_any_file(None, "Invoices.blueprint.json", text.as_bytes(), &Progress::default()).unwrap();
    let (kind, plain) = read(BLUEPRINT);
    let (_, wrapped) = read(WRAPPED);

    assert_eq!(kind, PlatformKind::Make);
    assert!(!plain.is_whole, "one scenario is not all of Make");
    assert_eq!(plain.workflows[0].name, "Invoices to Drive");
    assert_eq!(plain.workflows[0].steps, wrapped.workflows[0].steps);
    assert_eq!(wrapped.workflows[0].schedule, Schedule::Every { seconds: 900 });
    let labels: Vec<_> = plain.connections.iter().map(|it| (it.name.as_str(), it.account.as_deref())).collect();
    assert_eq!(labels[1], ("My Google (a@b.example)", Some("a@b.example")), "the label is kept in an exported file");
    let providers: Vec<_> = plain.connections.iter().map(|it| it.provider.as_ref().map(|it| it.as_str())).collect();
    assert_eq!(providers, [Some("google"), Some("google"), Some("slack"), None, None, Some("notion")]);
}
