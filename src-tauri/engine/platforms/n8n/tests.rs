//! What n8n 2.40.7 and 1.123.81 really answered, read [D1, D2, D5].

use domain::blast_radius::reading::{
    FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading, ReadingNote,
};
use domain::blast_radius::{Access, PlatformConnectionState, RunOutcome, Schedule, StepVersion};
use serde_json::{Value, json};

use super::execution::{ExecutionText, Looked};
use super::gathering::Gathering;
use super::*;

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/n8n/", $name, ".json"))
    };
}

fn list(text: &str) -> Vec<Box<serde_json::value::RawValue>> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Box<serde_json::value::RawValue>>,
    }
    serde_json::from_str::<List>(text).unwrap().data
}

fn read(credentials: Option<&str>, workflows: &str) -> PlatformReading {
    let page = |it: &[&str]| Some(format!("https://n8n.example/{}", it.join("/")));
    let mut gathering = Gathering::new(&page);
    if let Some(credentials) = credentials {
        gathering.are_credentials_listed = true;
        list(credentials).iter().for_each(|raw| gathering.take_credential(raw));
    }
    list(workflows).iter().for_each(|raw| gathering.take_workflow(raw, None));
    gathering.into_reading(true)
}

fn workflow<'a>(reading: &'a PlatformReading, name: &str) -> &'a FoundWorkflow {
    reading.workflows.iter().find(|it| it.name == name).unwrap()
}

fn connection<'a>(reading: &'a PlatformReading, name: &str) -> &'a FoundConnection {
    reading.connections.iter().find(|it| it.name == name).unwrap()
}

fn step<'a>(workflow: &'a FoundWorkflow, name: &str) -> &'a FoundStep {
    workflow.steps.iter().find(|it| it.name == name).unwrap()
}

fn look(text: &str) -> Looked {
    serde_json::from_str::<ExecutionText>(text).unwrap().look().unwrap()
}

/// D1, D2: names, kinds, owners, pages, schedules and access as 2.40.7 tells them.
#[test]
fn a_real_list_becomes_the_picture() {
    let reading = read(Some(recorded!("credentials")), recorded!("workflows_with_a_draft"));

    let drive = connection(&reading, "Google Drive - finance@");
    assert_eq!(drive.provider.as_ref().map(|it| it.as_str()), Some("google"));
    assert_eq!(drive.owner.as_deref(), Some("Lab Owner <owner@lab.test>"));
    assert_eq!(drive.page.as_deref(), Some("https://n8n.example/home/credentials/mYusLEQFDLURBsbB"));
    let intake = workflow(&reading, "Invoice intake");
    assert!(intake.is_active);
    assert_eq!(intake.schedule, Schedule::Cron { expression: "0 */6 * * *".to_owned(), time_zone: None });
    assert_eq!(intake.project.as_deref(), Some("critical"), "its tag");
    assert_eq!(intake.owner.as_deref(), Some("Lab Owner <owner@lab.test>"), "known from the credentials' list");
    assert_eq!(intake.page.as_deref(), Some("https://n8n.example/workflow/wqJ50MT1MJOxZv9C"));
    let (find, tell) = (step(intake, "Find invoices"), step(intake, "Tell finance"));
    assert_eq!((find.access, find.version, find.place), (Access::Reads, StepVersion::Both, 1));
    assert_eq!((tell.access, tell.place), (Access::Writes, 2));
    assert_eq!(workflow(&reading, "OAuth probe (webhook)").schedule, Schedule::OnEvent);
}

/// D2: what is edited and what runs differ.
#[test]
fn a_draft_with_another_credential_does_not_hide_the_one_that_runs() {
    let reading = read(Some(recorded!("credentials")), recorded!("workflows_with_a_draft"));
    let steps = &workflow(&reading, "Drive via HTTP Request").steps;

    let told: Vec<_> = steps.iter().map(|it| (it.external_id.as_str(), it.version, it.uses.clone())).collect();
    let uses = |id: &str| FoundUse::External(id.to_owned());
    assert_eq!(
        told,
        [
            ("n-h2", StepVersion::Live, uses("mYusLEQFDLURBsbB")),
            ("n-h2@draft", StepVersion::Draft, uses("Tjf1s1kTh2qfyW3j")),
        ],
        "the live one keeps the id by which runs name it"
    );
}

/// D1, D2: disabled nodes stay in the picture, and a deleted credential is said to be missing.
#[test]
fn disabled_steps_and_deleted_credentials_are_told_apart() {
    let reading = read(Some(recorded!("credentials")), recorded!("workflows"));

    assert!(!step(workflow(&reading, "CRM sync"), "Slack (disabled)").is_enabled);
    let gone = connection(&reading, "Old Slack");
    assert_eq!((gone.external_id.as_str(), &gone.state), ("deletedCred00000", &PlatformConnectionState::Missing));
    assert_eq!(gone.page, None, "what does not exist has no page");
    assert_eq!(connection(&reading, "Slack - ops").state, PlatformConnectionState::Unknown);
    assert_eq!(
        step(workflow(&reading, "Dangling credential"), "Slack gone").version,
        StepVersion::Draft,
        "nothing runs"
    );
}

/// D2: versions without a list of credentials.
#[test]
fn without_a_list_the_credentials_come_from_the_nodes() {
    let reading = read(None, recorded!("1.123_workflows"));

    assert_eq!(reading.connections.len(), 1);
    let only = connection(&reading, "Lab IdP");
    assert_eq!((only.kind.as_str(), &only.state), ("oAuth2Api", &PlatformConnectionState::Unknown), "not missing");
    assert_eq!(step(workflow(&reading, "probe"), "Call").version, StepVersion::Both);
}

/// D5: each way in which a credential can fail, in the words of both versions, and what only looks like it.
#[test]
fn a_failed_run_names_step_credential_and_reason() {
    for (text, is_credentials) in [
        (recorded!("run_revoked"), true),
        (recorded!("run_no_refresh_token"), true),
        (recorded!("run_never_connected"), true),
        (recorded!("run_wrong_client_secret"), true),
        (recorded!("run_api_401"), true),
        (recorded!("run_1.123_revoked"), true),
        (recorded!("run_1.123_wrong_client_secret"), true),
        (recorded!("run_token_endpoint_503"), false),
        (recorded!("run_token_endpoint_down"), false),
        (recorded!("run_name_not_found"), false),
        (recorded!("run_scope_missing_403"), false),
        (recorded!("run_api_429"), false),
    ] {
        let run = look(text).found.run;
        assert_eq!(run.outcome, RunOutcome::Failed);
        assert!(run.failed_step.is_some(), "{run:?}");
        assert_eq!(run.failed_connection.is_some(), is_credentials, "{run:?}");
        assert!(run.words.is_some_and(|it| it.len() > 10));
    }
    let revoked = look(recorded!("run_revoked")).found;
    assert_eq!(revoked.workflow, "xTFZv4oj0ytdD5sd");
    assert_eq!(revoked.run.failed_connection.as_deref(), Some("wCy3Ydw8aO19xlDJ"));
    assert!(revoked.run.words.unwrap().starts_with("The credential \"Lab IdP (alice)\" needs to be reconnected."));
}

/// D5: the error of a deleted credential names no node.
#[test]
fn a_deleted_credential_is_found_by_the_last_node() {
    let run = look(recorded!("run_deleted")).found.run;

    assert_eq!(run.failed_step.as_deref(), Some("n-http"));
    assert_eq!(run.failed_connection.as_deref(), Some("Uk4W00WjuIVM7Tp5"));
}

/// D5, F1: n8n calls both of these a success.
#[test]
fn a_failure_behind_a_success_is_found() {
    for (text, credential) in [
        (recorded!("run_hidden_by_regular_output"), "wCy3Ydw8aO19xlDJ"),
        (recorded!("run_hidden_by_error_output"), "wCy3Ydw8aO19xlDJ"),
        (recorded!("run_1.123_hidden_by_regular_output"), "fMAqOnvPF4gOOlns"),
    ] {
        assert!(text.contains("\"status\":\"success\""));
        let run = look(text).found.run;
        assert_eq!(run.outcome, RunOutcome::FailedInside);
        assert_eq!(run.failed_connection.as_deref(), Some(credential));
        assert!(run.failed_step.is_some() && run.words.is_some());
    }
    for text in [recorded!("run_fresh"), recorded!("run_1.123_fresh"), recorded!("retry")] {
        assert_eq!(look(text).found.run.outcome, RunOutcome::Succeeded);
    }
}

/// D2, A8: a recorded success proves the credential that its own step called with, in both versions and as a retry.
#[test]
fn a_recorded_success_proves_the_credential_that_it_called_with() {
    for (text, credential) in [
        (recorded!("run_fresh"), "wCy3Ydw8aO19xlDJ"),
        (recorded!("run_1.123_fresh"), "fiJmklpAu66IylIg"),
        (recorded!("retry"), "wCy3Ydw8aO19xlDJ"),
    ] {
        assert_eq!(look(text).found.proves, Some(vec![credential.to_owned()]));
    }
    for text in [
        recorded!("run_hidden_by_regular_output"),
        recorded!("run_hidden_by_error_output"),
        recorded!("run_1.123_hidden_by_regular_output"),
        recorded!("run_revoked"),
    ] {
        assert_eq!(look(text).found.proves, Some(vec![]), "{text}");
    }
}

/// D2, A8: the same run, changed in the one thing that takes its proof away.
#[test]
fn a_success_that_does_not_show_an_answered_call_proves_nothing() {
    let fresh: Value = serde_json::from_str(recorded!("run_fresh")).unwrap();
    let proves = |change: &dyn Fn(&mut Value)| {
        let mut run = fresh.clone();
        change(&mut run);
        look(&run.to_string()).found.proves
    };
    let node = |run: &mut Value, change: &dyn Fn(&mut Value)| change(&mut run["workflowData"]["nodes"][1]);
    let round = |run: &mut Value, change: &dyn Fn(&mut Value)| {
        change(&mut run["data"]["resultData"]["runData"]["Call protected API"][0]);
    };
    let any_answer = |run: &mut Value, more: bool| {
        node(run, &|it| {
            it["parameters"]["options"] = json!({"response": {"response": {"neverError": true, "fullResponse": more}}});
        });
    };
    let answered = |run: &mut Value, json: Value| {
        round(run, &|it| it["data"]["main"][0][0]["json"] = json.clone());
    };
    let full = |status: u16| json!({"body": {"files": []}, "headers": {}, "statusCode": status, "statusMessage": "."});

    let nothing = Some(vec![]);
    assert_eq!(proves(&|it| node(it, &|it| it["disabled"] = json!(true))), nothing, "it handed on what it was given");
    assert_eq!(
        proves(&|it| node(it, &|it| it["credentials"]["oAuth2Api"]["id"] = json!("other"))),
        Some(vec!["other".to_owned()]),
        "its success is the other one's"
    );
    assert_eq!(proves(&|it| node(it, &|it| it["credentials"]["oAuth2Api"] = json!("Lab IdP"))), nothing, "a name");
    assert_eq!(proves(&|it| node(it, &|it| it["parameters"]["authentication"] = json!("none"))), nothing, "left over");
    let unreached = |it: &mut Value| {
        it["data"]["resultData"]["runData"].as_object_mut().unwrap().remove("Call protected API");
    };
    assert_eq!(proves(&unreached), nothing, "it was never come to");
    assert_eq!(proves(&|it| any_answer(it, false)), nothing, "a refusal would look as well");
    let with = |json: Value| {
        proves(&|it| {
            any_answer(it, true);
            answered(it, json.clone());
        })
    };
    assert_eq!(with(full(401)), nothing);
    assert_eq!(with(full(302)), nothing, "sent on to a page to sign in");
    assert_ne!(with(full(200)), nothing, "its status says that it was answered");
    for failed in [json!({"error": "invalid_auth"}), json!({"ok": false}), json!({"errors": [1]}), full(403)] {
        assert_eq!(proves(&|it| answered(it, failed.clone())), nothing, "{failed}");
    }
    assert_eq!(proves(&|it| round(it, &|it| it["error"] = json!({"message": "No"}))), nothing, "an error of its own");
    assert_eq!(proves(&|it| round(it, &|it| it["executionStatus"] = json!("error"))), nothing);
    let beside = |it: &mut Value| round(it, &|it| it["data"]["main"][0][0]["error"] = json!({"message": "No"}));
    assert_eq!(proves(&beside), nothing, "an error beside the item");
    let second = |it: &mut Value| {
        node(it, &|it| it["onError"] = json!("continueErrorOutput"));
        round(it, &|it| it["data"]["main"] = json!([[], [{"json": {}}]]));
    };
    assert_eq!(proves(&second), nothing, "what went the way of errors");
    assert_eq!(
        proves(&|it| round(it, &|it| it["startTime"] = json!(1_795_164_433_000_i64))),
        nothing,
        "before it began"
    );
    assert_eq!(proves(&|it| it["data"]["resultData"]["pinData"] = json!({"Call protected API": []})), nothing);
    let by_hand = |it: &mut Value| {
        it["mode"] = json!("manual");
        it["workflowData"]["pinData"] = json!({"Call protected API": [{"json": {}}]});
    };
    assert_eq!(proves(&by_hand), nothing, "a person has put the answer there");
    assert_eq!(proves(&|it| it["data"]["resultData"]["runData"] = Value::Null), None, "nobody can look");
}

/// D5: an API whose own answer has a field called error is no failed run.
#[test]
fn an_answer_that_speaks_of_an_error_is_no_failure() {
    let mut run: Value = serde_json::from_str(recorded!("run_hidden_by_regular_output")).unwrap();
    for harmless in
        [json!({"error": "none", "ok": true}), json!({"error": {"code": 0, "body": {}}}), json!({"error": null})]
    {
        run["data"]["resultData"]["runData"]["Call API swallow"][0]["data"]["main"][0][0]["json"] = harmless.clone();
        assert_eq!(look(&run.to_string()).found.run.outcome, RunOutcome::Succeeded, "{harmless}");
    }
}

/// D2: exports, with what they do not say left open.
#[test]
fn an_export_of_workflows_is_read() {
    let progress = Progress::default();
    let reading = read_file("all.json", recorded!("export_workflows").as_bytes(), &progress).unwrap();

    assert_eq!(reading.workflows.len(), 6);
    assert_eq!(progress.state(), (6, Some(6)));
    let intake = workflow(&reading, "Invoice intake");
    assert_eq!(intake.owner.as_deref(), Some("Lab Owner <owner@lab.test>"));
    assert_eq!((intake.page.as_ref(), step(intake, "Find invoices").version), (None, StepVersion::Both));
    assert_eq!(connection(&reading, "Old Slack").state, PlatformConnectionState::Unknown, "a file cannot tell");
    assert!(reading.is_whole, "all of them");
    let published = read_file("p.json", recorded!("export_workflows_published").as_bytes(), &progress).unwrap();
    assert!(!published.is_whole, "those that do not run are not in it, and are not gone");
}

/// A3: a decrypted export is full of secrets.
#[test]
fn of_credentials_only_names_ids_and_kinds_are_kept() {
    let plain = recorded!("export_credentials_decrypted");
    assert!(plain.contains("n8n-lab-secret"), "there is something to leak");
    for text in [plain, recorded!("export_credentials_encrypted")] {
        let reading = read_file("c.json", text.as_bytes(), &Progress::default()).unwrap();
        let shown = format!("{reading:?}");
        for secret in ["n8n-lab-secret", "GOCSPX", "refresh_token", "U2FsdGVk", "qtsAzC", "rt-000111"] {
            assert!(!shown.contains(secret), "{secret}");
        }
        assert_eq!(connection(&reading, "Lab IdP (alice)").kind, "oAuth2Api");
        assert!(!reading.is_whole);
    }
}

/// D2: bad files are refused with their place, and never half taken.
#[test]
fn a_truncated_or_strange_file_is_refused_with_its_place() {
    let whole = recorded!("export_workflows").as_bytes();
    let refused = |bytes: &[u8]| read_file("x.json", bytes, &Progress::default()).unwrap_err().to_string();

    let cut = refused(&whole[..whole.len() / 2]);
    assert!(cut.contains("ends in the middle, at line"), "{cut}");
    assert!(recognises(&whole[..whole.len() / 2]), "a broken file of n8n's is still known as one");
    let broken = recorded!("export_workflows").replacen("\"nodes\": [", "\"nodes\": }", 3);
    assert!(refused(broken.as_bytes()).contains("no export"), "{}", refused(broken.as_bytes()));
    let later = format!("[{},\n{{\"id\": }}]", json!({"id": "a", "nodes": [], "connections": {}}));
    assert!(refused(later.as_bytes()).contains("broken at line 2"), "{}", refused(later.as_bytes()));
    let two_files = [whole, whole].concat();
    assert!(refused(&two_files).contains("broken at line"), "{}", refused(&two_files));
    for strange in [&b"[]"[..], b"{}", b"", b"<html>", b"[1,2]", br#"[{"id":"a","type":"inject","z":"t","wires":[]}]"#]
    {
        assert!(!recognises(strange), "{}", String::from_utf8_lossy(strange));
        assert!(refused(strange).contains("no export"));
    }
    assert!(refused(b"\xFF\xFE[\x00").contains("UTF-16"));
}

/// D2: what the editor copies may have no id, and old exports name credentials and no more.
#[test]
fn a_single_workflow_without_id_is_known_by_its_file() {
    let text = json!({
        "nodes": [{"name": "Post", "type": "n8n-nodes-base.slack", "credentials": {"slackApi": "Slack prod"}}],
        "connections": {},
    });
    let reading = read_file("C:\\exports\\Weekly.json", text.to_string().as_bytes(), &Progress::default()).unwrap();

    assert_eq!(reading.workflows[0].name, "Weekly");
    assert_eq!(reading.connections[0].external_id, "slackApi/Slack prod");
    assert!(!reading.is_whole);
}

/// D2: hostile names are cut and cleaned; strange modules, circles, twins and unreadable entries are counted and named.
#[test]
fn hostile_and_odd_entries_are_kept_named_and_counted() {
    let starts =
        |id: &str| json!([{"name": "n", "type": "n8n-nodes-base.executeWorkflow", "parameters": {"workflowId": id}}]);
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let name = format!("<b>\u{202e}evil\u{0}{}", "x".repeat(10_000));
    let text = format!(
        "[{},{},{},{},{},{{\"id\":\"deep\",\"nodes\":[],\"staticData\":{deep}}},5]",
        json!({"id": "a", "name": name, "nodes": starts("b"), "connections": {}}),
        json!({"id": "b", "name": "B", "nodes": starts("a"), "connections": {}}),
        json!({"id": "a", "name": "A", "active": true, "nodes": starts("b"), "connections": {}}),
        json!({"id": "c", "name": "C", "nodes": [{"type": "n8n-nodes-acme.thing"}, {"type": "n8n-nodes-acme.thing"}]}),
        json!({"nodes": []}),
    );

    let reading = read_file("x.json", text.as_bytes(), &Progress::default()).unwrap();

    let ids: Vec<_> = reading.workflows.iter().map(|it| it.external_id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "deep"], "what nobody reads may be as deep as it likes");
    assert_eq!(workflow(&reading, "A").starts, ["b"], "of twins the later one counts");
    let notes = &reading.notes;
    assert!(notes.contains(&ReadingNote::UnknownModules { kind: "n8n-nodes-acme.thing".to_owned(), count: 2 }));
    assert!(notes.contains(&ReadingNote::DuplicateId { id: "a".to_owned() }));
    let circle = |it: &&ReadingNote| matches!(it, ReadingNote::Cycle { names } if names.len() == 2);
    assert_eq!(notes.iter().filter(circle).count(), 1, "{notes:?}");
    assert!(notes.iter().any(|it| matches!(it, ReadingNote::Skipped { count: 2, .. })), "{notes:?}");
    let first = json!([{"id": "a", "name": name, "nodes": [], "connections": {}}]).to_string();
    let shown = &read_file("x.json", first.as_bytes(), &Progress::default()).unwrap().workflows[0].name;
    assert!(shown.starts_with("<b>evilx") && shown.chars().count() == 200, "text, and no longer than a name");
}

/// D2: a large import shows how far it is, and stops when it is told to.
#[test]
fn ten_thousand_workflows_are_read_and_a_cancelled_reading_leaves_nothing() {
    let entry = |id: usize| {
        let credentials = json!({"googleDriveOAuth2Api": {"id": format!("c{}", id % 600), "name": "Drive"}});
        let node = json!({"id": "n", "name": "N", "type": "n8n-nodes-base.googleDrive", "credentials": credentials});
        json!({"id": format!("w{id}"), "name": format!("Workflow {id}"), "active": id.is_multiple_of(3), "nodes": [node], "connections": {}})
    };
    let text = Value::Array((0..10_000).map(entry).collect()).to_string();
    let progress = Progress::default();

    let reading = read_file("big.json", text.as_bytes(), &progress).unwrap();

    assert_eq!((reading.workflows.len(), reading.connections.len()), (10_000, 600));
    assert_eq!(progress.state(), (10_000, Some(10_000)));
    let cancelled = Progress::default();
    cancelled.cancel();
    let outcome = read_file("big.json", text.as_bytes(), &cancelled);
    assert!(matches!(outcome, Err(PlatformFailure::Cancelled)));
}
