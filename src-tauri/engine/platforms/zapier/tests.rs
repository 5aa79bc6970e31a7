//! Zapier's export file, and its Workflow API against a strict fake.

use std::sync::Arc;

use domain::blast_radius::reading::{FoundUse, ReadingNote};
use domain::blast_radius::{Access, PlatformConnectionState, PlatformKind, RunOutcome, Schedule};
use fakes::{ZAPIER_TOKEN, ZapierServer};
use serde_json::{Value, json};

use super::super::files::read_file as read_any_file;
use super::super::rest::tests::access;
use super::super::{Platform, PlatformFailure, Progress};
use super::*;

const EXPORT: &str = include_str!("../../../../tests/fixtures/platforms/zapfile.json");

/// D1, D2
#[test]
fn an_export_is_read_with_the_connection_of_every_step() {
    let (kind, reading) = read_any_file(None, "zapfile.json", EXPORT.as_bytes(), &Progress::default()).unwrap();

    assert_eq!(kind, PlatformKind::Zapier);
    assert!(reading.is_whole);
    let [orders, digest] = reading.workflows.as_slice() else { panic!("two Zaps") };
    assert!(orders.is_active, "on, though its later steps say paused");
    assert!(!digest.is_active, "off: its root is paused");
    assert_eq!(orders.schedule, Schedule::OnEvent);
    let cron = Schedule::Cron { expression: "0 9 * * 1-5".into(), time_zone: Some("Europe/Oslo".into()) };
    assert_eq!(digest.schedule, cron);
    let steps: Vec<_> = orders.steps.iter().map(|it| (it.external_id.as_str(), it.place, it.access)).collect();
    assert_eq!(steps, [("1", 0, Access::Reads), ("10", 2, Access::Writes)], "in the order of their numbers");
    assert_eq!(orders.steps[1].name, "Google Sheets: add_row");
    assert_eq!(orders.page, None, "a number that was made anonymous leads nowhere");
    let connections: Vec<_> =
        reading.connections.iter().map(|it| (it.external_id.as_str(), it.name.as_str())).collect();
    assert_eq!(connections[0], ("12345", "Shopify 12345"));
    assert_eq!(reading.connections[1].provider.as_ref().map(|it| it.as_str()), Some("google"));
    assert_eq!(reading.notes, [ReadingNote::UnknownModules { kind: "AcmeCRMCLIAPI".into(), count: 1 }]);
}

/// D2: a Zap that cannot be read costs itself alone, and what it held is not gone.
#[test]
fn another_version_and_a_broken_zap_are_noted() {
    let text = EXPORT.replace("\"version\": 2", "\"version\": 3").replace("\"id\": 2,\n   \"title\"", "\"title\"");
    let (_, reading) = read_any_file(None, "zapfile.json", text.as_bytes(), &Progress::default()).unwrap();

    assert_eq!(reading.workflows.len(), 1);
    assert!(!reading.is_whole);
    assert_eq!(reading.notes[0], ReadingNote::UnknownVersion { version: "3".into() });
    assert!(matches!(&reading.notes[1], ReadingNote::Skipped { count: 1, first } if first.starts_with("Zap 2: ")));
}

fn world() -> Value {
    let zap = |id: &str, number: u64, steps: Value| {
        json!({
            "type": "zap", "id": id, "is_enabled": number % 2 == 1, "title": format!("Zap {number}"), "steps": steps,
            "updated_at": "2026-10-14T22:02:36+00:00", "last_successful_run_date": "2026-11-19T14:15:22Z",
            "links": {"html_editor": format!("https://zapier.com/editor/{number}?utm_source=partner")},
        })
    };
    let expanded = json!([
        {"action": {"id": "uag:1", "key": "new_file", "action_type": "READ", "title": "New file",
            "app": {"id": "app-google", "title": "Google Drive"}},
         "authentication": {"type": "authentication", "id": "auth1", "app": "app-google", "is_expired": true,
            "title": "Google Drive mira@fjordstudio.example"}, "title": null, "inputs": {}},
        {"action": {"id": "uag:2", "key": "send_message", "title": "Send message", "app": {"id": "app-slack", "title": "Slack"}},
         "authentication": "auth2", "title": "Tell", "inputs": {}},
        {"action": "uag:3", "authentication": null, "inputs": null, "title": null},
    ]);
    let mut zaps = vec![zap("00000000-0000-c000-8000-000000104445", 104_445, expanded)];
    zaps.extend((0..230).map(|it| zap(&format!("id{it}"), 200_000 + it, json!([]))));
    let run = |id: &str, status: &str, zap: u64, steps: Value| json!({"id": id, "zap_id": zap, "status": status, "start_time": "2026-11-20T06:29:10.360000Z", "steps": steps});
    json!({
        "zaps": zaps,
        "authentications": [
            {"type": "authentication", "id": "auth2", "app": "app-slack", "is_expired": false, "title": "Slack Fjord"},
            {"type": "authentication", "id": "auth9", "app": "app-other", "is_expired": true, "title": "Other"},
        ],
        "zap-runs": [
            run("r1", "success", 104_445, json!([{"status": "success"}])),
            run("r2", "error", 104_445, json!([{"status": "success"}, {"status": "error"}])),
            run("r3", "halted", 200_000, json!([{"status": "error"}])),
        ],
    })
}

fn zapier(server: &ZapierServer) -> Zapier {
    Zapier::new(access(server.url(), None, ZAPIER_TOKEN)).unwrap()
}

/// D1, D2: whole objects where the API expands them, ids where it does not.
#[tokio::test]
async fn the_workflow_api_is_read_page_by_page() {
    let server = ZapierServer::start(world(), false).await.unwrap();
    let progress = Arc::new(Progress::default());

    let reading = zapier(&server).read(&progress).await.unwrap();

    assert_eq!(reading.workflows.len(), 231, "three pages");
    assert_eq!(progress.state(), (231, Some(231)));
    let zap = &reading.workflows[0];
    assert!(zap.is_active && !reading.workflows[1].is_active);
    assert_eq!(zap.page.as_deref(), Some("https://zapier.com/editor/104445"), "without what follows its visitors");
    let uses: Vec<_> = zap.steps.iter().map(|it| (it.uses.clone(), it.access)).collect();
    assert_eq!(
        uses,
        [(FoundUse::External("auth1".into()), Access::Reads), (FoundUse::External("auth2".into()), Access::Writes)]
    );
    let [drive, slack] = reading.connections.as_slice() else { panic!("two connections") };
    assert!(matches!(drive.state, PlatformConnectionState::Dead { .. }));
    assert_eq!(drive.account.as_deref(), Some("mira@fjordstudio.example"));
    assert_eq!((slack.name.as_str(), slack.provider.as_ref().unwrap().as_str()), ("Slack Fjord", "slack"));
    assert!(matches!(slack.state, PlatformConnectionState::Works { .. }));
}

/// D2: rights that are missing are named: some cost a part, one costs all.
#[tokio::test]
async fn a_missing_scope_is_named() {
    let server = ZapierServer::start(world(), false).await.unwrap();
    let zapier = zapier(&server);
    server.lacks_scope("connection:read");

    let reading = zapier.read(&Arc::default()).await.unwrap();

    assert!(matches!(&reading.notes[0], ReadingNote::MissingRight { right, .. } if right == "connection:read"));
    assert_eq!(reading.connections.len(), 2, "the steps name it still");
    server.lacks_scope("zap:all");
    let failure = zapier.read(&Arc::default()).await.unwrap_err();
    assert_eq!(failure.to_string(), "the key for Zapier may not list Zaps: it lacks zap:all");
}

/// D1
#[tokio::test]
async fn runs_find_their_zap_by_its_number() {
    let server = ZapierServer::start(world(), false).await.unwrap();

    let runs = zapier(&server).runs_since("2026-11-20T00:00:00Z".parse().unwrap()).await.unwrap();

    let told: Vec<_> =
        runs.iter().map(|it| (it.workflow.as_str(), it.run.outcome, it.run.failed_step.as_deref())).collect();
    let first = "00000000-0000-c000-8000-000000104445";
    assert_eq!(
        told,
        [
            (first, RunOutcome::Succeeded, None),
            (first, RunOutcome::Failed, Some("1")),
            ("id0", RunOutcome::FailedInside, Some("0")),
        ]
    );
}

/// D2: a list of which every page brings something new does not go on for ever either.
#[tokio::test]
async fn a_list_without_end_is_left() {
    let server = ZapierServer::start(json!({}), true).await.unwrap();

    let failure = zapier(&server).read(&Arc::default()).await.unwrap_err();

    assert_eq!(failure.to_string(), "the list of zaps of Zapier cannot be read: it never ends");
    assert!(server.seen().len() <= 1_001);
}

/// D6: what Zapier does not offer, it is not asked for.
#[tokio::test]
async fn what_the_api_cannot_do_is_said_without_asking() {
    let server = ZapierServer::start(world(), false).await.unwrap();
    let zapier = zapier(&server);
    let abilities = zapier.abilities();

    assert!(!abilities.pauses && !abilities.repeats_runs && abilities.tests_connections.is_none());
    assert!(matches!(zapier.set_active("1", false).await, Err(PlatformFailure::Unsupported(_))));
    assert!(matches!(zapier.test_connection("1").await, Err(PlatformFailure::Unsupported(_))));
    assert!(matches!(zapier.repeat_run("1").await, Err(PlatformFailure::Unsupported(_))));
    assert!(server.seen().is_empty());
}
