//! Checklists through the window's door: written from what is there, run, certified, reported, removed [E4].

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Window;

/// Three connections that a platform owns, from a list by hand.
fn with_platform_connections() -> Window {
    let window = Window::open();
    let path = window.folder.path().join("workflows.csv");
    let text = "workflow,step,connection,provider,account,customer,owner,schedule,active\n\
        Invoices,Read,Drive,google,ops@haldenoptik.no,Halden Optik,Mira,every 15 minutes,yes\n\
        Invoices,Write,Xero,xero,ops@haldenoptik.no,Halden Optik,Mira,every 15 minutes,yes\n\
        Orders,Read,Notion,notion,mira@fjordstudio.no,,Mira,every 15 minutes,yes\n";
    std::fs::write(&path, text).unwrap();
    let arguments = json!({ "path": path, "reading": "import 1", "kind": null, "platform": null, "name": null,
        "customer": null });
    window.call("import_workflows", arguments).unwrap();
    window
}

fn form(members: &[&Value], steps: &Value) -> Value {
    let member = |it: &&Value| {
        json!({ "id": it["id"], "is_own": it["is_own"], "steps": steps, "answers": [], "own_calls": [],
            "expected": { "account": { "kind": "as_before" }, "workspace": null } })
    };
    json!({ "form": { "id": null, "name": "Halden Optik demo", "customer": "Halden Optik", "hold_minutes": 60,
        "after_failure": "go_on", "signs_out_first": false, "members": members.iter().map(member).collect::<Vec<_>>() } })
}

fn until_over(window: &Window, id: &Value) -> Value {
    let begun = Instant::now();
    loop {
        let view = window.call("rehearsal", json!({ "id": id, "run": null })).unwrap();
        if view["end"] != "under_way" {
            return view;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the run should have ended: {view}");
        std::thread::yield_now();
    }
}

/// E4
#[test]
fn a_checklist_is_written_run_reported_and_removed() {
    let window = with_platform_connections();
    let candidates = window.call("checklist_candidates", json!({})).unwrap();
    let candidates = candidates.as_array().unwrap();
    assert_eq!(candidates.len(), 3);
    let why = |step: &str| {
        let steps = candidates[0]["steps"].as_array().unwrap();
        steps.iter().find(|it| it["step"]["kind"] == step).unwrap()["why_not"].clone()
    };
    assert_eq!(
        (why("sign_in_again"), why("account"), why("clean_log")),
        (json!("not_ours"), json!("nobody_to_ask"), Value::Null)
    );
    let templates = window.call("checklist_templates", json!({})).unwrap();
    let fits = |id: &str| {
        let all = templates.as_array().unwrap();
        all.iter().find(|it| it["id"] == id).unwrap()["members"].as_array().unwrap().len()
    };
    assert_eq!((fits("google"), fits("notion"), fits("slack"), fits("platforms")), (1, 1, 0, 3));

    let both = [&candidates[0], &candidates[1]];
    let saved = window.call("save_checklist", form(&both, &json!([{ "kind": "clean_log" }]))).unwrap();
    assert_eq!(saved["state"], "saved", "{saved}");
    let id = &saved["checklist"]["id"];
    let twin = window.call("save_checklist", form(&both, &json!([{ "kind": "clean_log" }]))).unwrap();
    assert_eq!(twin["why"]["kind"], "name_taken", "{twin}");
    let nothing = window.call("save_checklist", form(&both, &json!([]))).unwrap();
    assert_eq!(nothing["why"]["kind"], "no_steps", "{nothing}");

    let begun = window.call("start_rehearsal", json!({ "id": id, "hold_minutes": 30, "until": null })).unwrap();
    assert_eq!(begun["checklist_id"], *id);
    let view = until_over(&window, id);
    assert_eq!((&view["end"], &view["certificate"]["state"]), (&json!("ended"), &json!("holds")), "{view}");
    assert_eq!(view["log"].as_array().unwrap().len(), 2);
    assert_eq!(view["hold_minutes"], 30);
    let until = view["certificate"]["until"].as_i64().unwrap() - view["ended_at"].as_i64().unwrap();
    assert_eq!(until, 30 * 60 * 1000);

    let all = window.call("checklists", json!({})).unwrap();
    assert_eq!(all[0]["last"]["outcome"]["state"], "holds", "{all}");
    assert_eq!(window.call("rehearsals_of", json!({ "id": id })).unwrap().as_array().unwrap().len(), 1);
    let report = window.call("rehearsal_report", json!({ "run": view["id"] })).unwrap();
    assert!(report["markdown"].as_str().unwrap().contains("Both connections hold until"), "{report}");
    assert!(report["html"].as_str().unwrap().starts_with("<!doctype html>"));
    assert_eq!(window.call("left_objects", json!({})).unwrap(), json!([]));
    window.call("remove_checklist", json!({ "id": id })).unwrap();
    assert_eq!(window.call("checklists", json!({})).unwrap(), json!([]));
    window.call("restore_checklist", json!({ "id": id })).unwrap();
    assert_eq!(window.call("checklists", json!({})).unwrap(), all, "as it was");
    let gone = window.call("restore_checklist", json!({ "id": "chk_gone" }));
    assert_eq!(gone.unwrap_err()["code"], "connection_gone");
}

/// E4: what is not there is told, and no time that is over is promised.
#[test]
fn what_cannot_be_rehearsed_is_refused() {
    let window = with_platform_connections();
    let candidates = window.call("checklist_candidates", json!({})).unwrap();
    let saved = window.call("save_checklist", form(&[&candidates[0]], &json!([{ "kind": "clean_log" }]))).unwrap();
    let id = &saved["checklist"]["id"];

    let past = window.call("start_rehearsal", json!({ "id": id, "hold_minutes": null, "until": 1000 }));
    assert_eq!(past.unwrap_err()["code"], "bad_input");
    let gone = window.call("start_rehearsal", json!({ "id": "chk_gone", "hold_minutes": null, "until": null }));
    assert_eq!(gone.unwrap_err()["code"], "connection_gone");
    assert_eq!(window.call("rehearsal", json!({ "id": id, "run": null })).unwrap(), Value::Null, "it was never run");
    assert_eq!(window.call("rehearsal_report", json!({ "run": "x" })).unwrap_err()["code"], "bad_input");
    assert_eq!(window.call("stop_rehearsal", json!({ "id": id })).unwrap(), Value::Null, "nothing to stop");
}
