//! A guided diagnosis at the terminal and for scripts [C3].

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Board;

/// C3: a line for each rung as it ends, then the verdict, and an exit code that says who must act.
#[tokio::test(flavor = "multi_thread")]
async fn a_diagnosis_streams_its_rungs_and_ends_with_the_verdict() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders", "--scope", "files.read"]).await;

    let healthy = board.json(&["diagnose", "Orders"]).await.done().objects();
    let (verdict, rungs) = healthy.split_last().unwrap();
    let names: Vec<_> = rungs.iter().map(|it| it["rung"].as_str().unwrap()).collect();
    let expected = ["reach", "clock", "our_token", "token_endpoint", "credential", "identity", "scopes", "resource"];
    assert_eq!(names, expected);
    assert_eq!((&verdict["event"], &verdict["cause"]), (&json!("verdict"), &json!("no_failure")));
    assert_eq!(verdict["stopped_at"], Value::Null);
    assert!(board.provider.grants()[0].refresh_count == 0, "a token that holds is not refreshed");
    let spoken = board.run(&["diagnose", &id, "--refresh"]).await.done();
    assert!(
        spoken.stdout.contains("✓ Credential obtainable") && spoken.stdout.contains("Orders works"),
        "{}",
        spoken.stdout
    );
    assert_eq!(board.provider.grants()[0].refresh_count, 1, "it was asked for");

    let missing = format!("{}/api/files/none", board.provider.issuer());
    let ran = board.json(&["diagnose", &id, "--resource", &missing]).await;
    let verdict = ran.objects().pop().unwrap();
    assert_eq!((ran.code, &verdict["cause"]), (1, &json!("resource_not_shared")));
    assert_eq!(verdict["next"]["step"], "share_resource");

    let elsewhere = board.run(&["diagnose", &id, "--resource", "https://evil.example/x"]).await;
    assert_ne!(elsewhere.code, 0, "a token goes nowhere else");
    assert_eq!(elsewhere.stdout, "", "and nothing was tried");

    assert_eq!(board.provider.revoke_all(), 1);
    board.grow_old(&id, Duration::from_secs(7200));
    let dead = board.run(&["diagnose", &id]).await;
    assert_eq!(dead.code, 20, "a person must reconnect: {dead:?}");
    for part in ["✗ Credential obtainable", "invalid_grant", "It is not:", &format!("patchbay reconnect {id}")] {
        assert!(dead.stdout.contains(part), "{part} is missing in {}", dead.stdout);
    }
    let secrets = ["practice_at_", "practice_rt_"];
    assert!(!secrets.iter().any(|it| dead.stdout.contains(it) || spoken.stdout.contains(it)), "A3");
}

/// C6, C7, A3: a bundle in a folder, and a text for the vendor; the probes run first where none were.
#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_written_and_a_report_printed() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders", "--scope", "files.read"]).await;
    assert_eq!(board.provider.revoke_all(), 1);
    board.grow_old(&id, Duration::from_secs(7200));
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();

    let spoken = board.run(&["diagnose", "Orders", "--bundle", place]).await.done();
    assert!(spoken.stderr.contains("The probes run first"), "{spoken:?}");
    let mut names: Vec<_> =
        std::fs::read_dir(place).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|it| it.starts_with("patchbay-failure-orders-")), "{names:?}");
    assert!(names[0].ends_with(".json") && names[1].ends_with(".md"), "{names:?}");
    for name in &names {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(
            text.contains("invalid_grant") && !text.contains("practice_rt_") && !text.contains("practice_at_"),
            "{text}"
        );
    }

    let report = board.run(&["diagnose", &id, "--vendor-report"]).await.done();
    assert!(!report.stderr.contains("The probes run first"), "the last ones tell: {report:?}");
    assert!(report.stdout.starts_with("Subject: OAuth at "), "{report:?}");
    assert!(report.stdout.contains("What we ask of you") && report.stderr.contains("Reconnect first."), "{report:?}");
    let object = board.json(&["diagnose", &id, "--vendor-report"]).await.done().objects().pop().unwrap();
    assert_eq!((&object["event"], &object["step"]), (&json!("vendor_report"), &json!("reconnect")));

    let nowhere = board.run(&["diagnose", &id, "--bundle", &format!("{place}/none")]).await;
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
}
