//! The program `patchbay-practice`: its first line, its control lines, its end [E2].

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

use crate::client::send;

/// E2
#[tokio::test]
async fn it_says_its_addresses_obeys_lines_and_ends_with_its_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_patchbay-practice"))
        .args(["--fault", "answers_status=503", "--fault", "retry_after=4"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || -> Value { serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap() };

    let said = next().await;
    let endpoint = said["token_endpoint"].as_str().unwrap();
    let failing = send("POST", endpoint, &[], "").await;
    input.write_all(b"{\"do\":\"switch\",\"on\":[\"refuses_refresh\"]}\n{\"do\":\"log\"}\nnonsense\n").await.unwrap();
    let (switched, log, nonsense) = (next().await, next().await, next().await);
    drop(input);
    let ended = child.wait().await.unwrap();

    assert_eq!(said["client_id"], "patchbay-practice", "all a test needs to begin");
    assert_eq!((failing.status, failing.header("retry-after")), (503, "4"), "the faults of the command line are on");
    assert_eq!(switched["faults"]["refuses_refresh"], json!(true), "faults change while it runs");
    assert_eq!(log["log"][0]["endpoint"], "token", "the log can be read from outside");
    assert!(nonsense["error"].is_string(), "an unreadable line is answered, not fatal");
    assert!(ended.success(), "it ends with its input");
}

/// E2
#[tokio::test]
async fn it_refuses_a_fault_it_does_not_know() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_patchbay-practice")).args(["--fault", "nonsense"]).output().await.unwrap();

    assert!(!output.status.success(), "a misspelt fault would make a test pass for nothing");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense"), "and it names the word");
}
