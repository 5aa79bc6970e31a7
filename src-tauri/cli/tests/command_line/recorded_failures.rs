//! Failures that were recorded elsewhere, and what becomes of each line.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

/// C1, F2: every line is answered when it comes, and a broken one stops nothing.
#[tokio::test]
async fn each_recorded_failure_is_answered_as_it_comes() {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_patchbay"))
        .args(["diagnose", "--from", "-", "--home"])
        .arg(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answered = async |line: &str| -> Value {
        input.write_all(line.as_bytes()).await.unwrap();
        input.write_all(b"\n").await.unwrap();
        input.flush().await.unwrap();
        serde_json::from_str(&output.next_line().await.unwrap().unwrap()).unwrap()
    };

    let limited =
        answered(r#"{"id":"a","provider":"slack","endpoint":"api","http_status":429,"body":"{\"ok\":false}"}"#).await;
    assert_eq!(
        (&limited["id"], &limited["cause"], &limited["action"]),
        (&json!("a"), &json!("rate_limited"), &json!("wait_and_retry"))
    );
    assert!(limited["confidence"].as_f64().unwrap() > 0.8);
    assert!(limited["evidence"][0].as_str().unwrap().contains("429"), "{limited}");

    let broken = answered("not json").await;
    assert!(broken["error"].is_string() && broken["id"].is_null(), "{broken}");

    let refused = answered(
        r#"{"id":7,"provider":null,"endpoint":"token_refresh","http_status":400,"headers":{},"body":"{\"error\":\"invalid_grant\"}","network_error":null,"context":{},"more":1}"#,
    )
    .await;
    assert_eq!((&refused["id"], &refused["cause"]), (&json!(7), &json!("grant_invalid")));
    assert!(refused["alternatives"].as_array().unwrap().len() >= 3, "a bare refusal leaves the special cases open");

    drop(input);
    let ended = child.wait().await.unwrap();
    assert_eq!(ended.code(), Some(1), "a broken line shows at the end");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is written");
}
