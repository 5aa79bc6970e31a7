//! Activepieces against a strict fake, and exported flows.

use domain::blast_radius::reading::{FoundUse, FoundWorkflow, ReadingNote};
use domain::blast_radius::{Access, PlatformKind, Schedule, StepVersion};
use fakes::{ACTIVEPIECES_KEY, ActivepiecesServer};

use super::super::files::read_file as read_any_file;
use super::super::rest::tests::access;
use super::*;

const TEMPLATE: &str = include_str!("../../../../tests/fixtures/platforms/activepieces_template.json");

fn piece(name: &str, piece: &str, action: &str, connection: &str, next: Option<Value>) -> Value {
    let auth = format!("{{{{connections['{connection}']}}}}");
    json!({
        "name": name, "displayName": format!("Step {name}"), "type": "PIECE", "valid": true,
        "settings": {"pieceName": format!("@activepieces/piece-{piece}"), "actionName": action, "input": {"auth": auth}},
        "nextAction": next,
    })
}

fn version(id: &str, title: &str, next: &Value) -> Value {
    json!({
        "id": id, "displayName": title, "state": "DRAFT", "schemaVersion": "17", "connectionIds": [],
        "trigger": {"name": "trigger", "type": "PIECE_TRIGGER", "settings":
            {"pieceName": "@activepieces/piece-schedule", "triggerName": "every_hour", "input": {"timezone": "UTC"}},
            "nextAction": next},
    })
}

fn world() -> Value {
    let flow = |id: &str, status: &str, published: Option<&str>, version: Value| {
        json!({"id": id, "externalId": format!("ext-{id}"), "projectId": "p1", "folderId": "f1", "status": status,
            "publishedVersionId": published, "updated": "2026-11-01T00:00:00.000Z", "version": version})
    };
    let edited = piece(
        "step_1",
        "google-sheets",
        "insert_row",
        "sheets-prod",
        Some(piece("step_2", "slack", "send_message", "slack-new", None)),
    );
    let live = piece(
        "step_1",
        "google-sheets",
        "insert_row",
        "sheets-prod",
        Some(piece("step_2", "slack", "send_message", "slack-old", None)),
    );
    let connection = |external: &str, piece: &str, status: &str, flows: Value| {
        json!({"id": format!("id-{external}"), "externalId": external, "displayName": format!("{external} mira@fjord.example"),
            "type": "OAUTH2", "pieceName": format!("@activepieces/piece-{piece}"), "projectIds": ["p1"], "status": status,
            "updated": "2026-11-10T00:00:00.000Z", "flowIds": flows, "owner": {"email": "jon@fjord.example"}})
    };
    json!({
        "projects": [{"id": "p1", "displayName": "Fjord"}],
        "folders": [{"id": "f1", "displayName": "Sales"}],
        "app-connections": [
            connection("sheets-prod", "google-sheets", "ERROR", json!(["flow1", "flow2"])),
            connection("slack-old", "slack", "ACTIVE", json!(["flow1"])),
            connection("unsigned", "notion", "MISSING", json!([])),
        ],
        "flows": [
            flow("flow1", "ENABLED", Some("v1"), version("v2", "Leads", &edited)),
            flow("flow2", "DISABLED", None, version("v3", "Draft only", &Value::Null)),
        ],
        "published": [flow("flow1", "ENABLED", Some("v1"), version("v1", "Leads", &live))],
        "flow-runs": [
            {"id": "r1", "projectId": "p1", "flowId": "flow1", "status": "FAILED", "environment": "PRODUCTION",
             "created": "2026-11-20T01:00:00.000Z", "failedStep": {"name": "step_1", "displayName": "Step"}},
            {"id": "r2", "projectId": "p1", "flowId": "flow1", "status": "SUCCEEDED", "environment": "PRODUCTION",
             "created": "2026-11-20T02:00:00.000Z"},
            {"id": "r3", "projectId": "p1", "flowId": "flow1", "status": "FAILED", "environment": "TESTING",
             "created": "2026-11-20T03:00:00.000Z"},
        ],
    })
}

fn activepieces(server: &ActivepiecesServer) -> Activepieces {
    Activepieces::new(access(server.url(), None, ACTIVEPIECES_KEY)).unwrap()
}

fn told(workflow: &FoundWorkflow) -> Vec<(&str, &FoundUse, StepVersion)> {
    workflow.steps.iter().map(|it| (it.external_id.as_str(), &it.uses, it.version)).collect()
}

/// D1, D2: what is edited and what runs are told apart, and a refresh that failed is a dead connection.
#[tokio::test]
async fn flows_are_read_as_they_run_and_as_they_are_edited() {
    let server = ActivepiecesServer::start(world(), false).await.unwrap();

    let reading = activepieces(&server).read(&Arc::default()).await.unwrap();

    let [leads, draft] = reading.workflows.as_slice() else { panic!("two flows") };
    let uses = |id: &str| FoundUse::External(id.into());
    assert_eq!(
        told(leads),
        [
            ("step_1", &uses("sheets-prod"), StepVersion::Both),
            ("step_2", &uses("slack-old"), StepVersion::Live),
            ("step_2#2", &uses("slack-new"), StepVersion::Draft),
        ]
    );
    assert!(leads.is_active && !draft.is_active);
    assert_eq!(leads.project.as_deref(), Some("Sales"));
    assert_eq!(leads.page.as_deref(), Some(format!("{}/projects/p1/flows/flow1", server.url()).as_str()));
    assert_eq!(leads.schedule, Schedule::Cron { expression: "0 * * * *".into(), time_zone: Some("UTC".into()) });
    assert_eq!(told(draft), [("connection:sheets-prod", &uses("sheets-prod"), StepVersion::Both)], "the list knows it");
    let states: Vec<_> = reading.connections.iter().map(|it| (it.external_id.as_str(), &it.state)).collect();
    let at = "2026-11-10T00:00:00Z".parse().unwrap();
    let words = "Activepieces could not refresh it".to_owned();
    assert_eq!(
        states,
        [
            ("sheets-prod", &PlatformConnectionState::Dead { since: at, words }),
            ("slack-old", &PlatformConnectionState::Works { at }),
            ("unsigned", &PlatformConnectionState::NeverConnected),
            ("slack-new", &PlatformConnectionState::Missing),
        ]
    );
    assert_eq!(reading.connections[0].account.as_deref(), Some("mira@fjord.example"));
    assert_eq!(reading.connections[0].owner.as_deref(), Some("jon@fjord.example"));
}

/// D2, D5, D6
#[tokio::test]
async fn runs_states_switches_and_repetitions_work_as_documented() {
    let server = ActivepiecesServer::start(world(), false).await.unwrap();
    let platform = activepieces(&server);

    let runs = platform.runs_since("2026-11-20T00:00:00Z".parse().unwrap()).await.unwrap();
    let told: Vec<_> = runs.iter().map(|it| (it.run.external_id.as_str(), it.run.outcome)).collect();
    assert_eq!(told, [("p1/r2", RunOutcome::Succeeded), ("p1/r1", RunOutcome::Failed)], "tries are no runs");
    assert_eq!(runs[1].run.failed_step.as_deref(), Some("step_1"));

    platform.repeat_run("p1/r1").await.unwrap();
    assert!(matches!(platform.repeat_run("r1").await, Err(PlatformFailure::Unsupported(_))));

    platform.set_active("flow1", false).await.unwrap();
    assert_eq!(server.world()["flows"][0]["status"], "DISABLED");
    let failure = platform.set_active("gone", true).await.unwrap_err();
    assert_eq!(failure.to_string(), "Activepieces answered 404: flow not found");

    assert!(matches!(platform.test_connection("sheets-prod").await.unwrap(), PlatformConnectionState::Dead { .. }));
    assert_eq!(platform.test_connection("nobody").await.unwrap(), PlatformConnectionState::Missing);
}

/// D2: the right is named as the platform names it.
#[tokio::test]
async fn a_missing_permission_is_named_and_a_round_of_pages_ends() {
    let server = ActivepiecesServer::start(world(), false).await.unwrap();
    let platform = activepieces(&server);
    server.lacks("READ_APP_CONNECTION");
    server.lacks("READ_FOLDER");

    let reading = platform.read(&Arc::default()).await.unwrap();

    assert!(matches!(&reading.notes[0], ReadingNote::MissingRight { right, .. } if right == "READ_APP_CONNECTION"));
    assert_eq!(reading.workflows[0].project.as_deref(), Some("Fjord"), "without folders, the project");
    server.lacks("READ_FLOW");
    let failure = platform.read(&Arc::default()).await.unwrap_err();
    assert_eq!(failure.to_string(), "the key for Activepieces may not list flows: it lacks READ_FLOW");

    let endless = ActivepiecesServer::start(world(), true).await.unwrap();
    let failure = activepieces(&endless).read(&Arc::default()).await.unwrap_err();
    assert_eq!(failure.to_string(), "the list of flows of Activepieces cannot be read: it never ends");
    assert!(endless.seen().len() < 20);
}

/// D1, D2, D5
#[test]
fn a_template_is_read_with_loops_branches_and_own_code() {
    let (kind, reading) = read_any_file(None, "Fjord.json", TEMPLATE.as_bytes(), &Progress::default()).unwrap();

    assert_eq!(kind, PlatformKind::Activepieces);
    let flow = &reading.workflows[0];
    let cron = Schedule::Cron { expression: "0 9 * * 1-5".into(), time_zone: Some("Europe/Oslo".into()) };
    assert_eq!(flow.schedule, cron);
    let steps: Vec<_> = flow
        .steps
        .iter()
        .map(|it| (it.external_id.as_str(), it.access, it.is_enabled, it.goes_on_after_error))
        .collect();
    assert_eq!(
        steps,
        [
            ("step_2", Access::Reads, true, true),
            ("step_4", Access::Writes, true, false),
            ("step_5", Access::Unknown, false, false),
        ]
    );
    assert_eq!(flow.starts, ["ext-weekly"]);
    assert_eq!(reading.workflows[1].schedule, Schedule::OnEvent);
    assert_eq!(reading.notes, [ReadingNote::UnknownVersion { version: "schema 99".into() }]);
    assert_eq!(reading.connections.len(), 3);
}

/// D2: steps lie within each other, deeper than JSON is usually read.
#[test]
fn a_chain_of_hundreds_of_steps_is_read_and_an_endless_one_is_cut() {
    let chain = |length: usize| {
        let mut text = String::from(r#"{"displayName":"Long","schemaVersion":"17","trigger":"#);
        for step in 0..length {
            text.push_str(&format!(
                r#"{{"name":"s{step}","type":"PIECE","settings":{{"input":{{"auth":"{{{{connections.c{step}}}}}"}}}},"nextAction":"#
            ));
        }
        text.push_str("null");
        text.push_str(&"}".repeat(length + 1));
        read_any_file(None, "long.json", text.as_bytes(), &Progress::default()).unwrap().1
    };

    assert_eq!(chain(500).workflows[0].steps.len(), 500);
    let cut = chain(2_050);
    assert_eq!(cut.workflows[0].steps.len(), 2_000);
    assert!(matches!(&cut.notes[0], ReadingNote::Skipped { count: 1, .. }));
}
