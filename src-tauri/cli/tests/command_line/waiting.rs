//! What is said while a server or another program takes its time, and of addresses that are no issuer's [A2, B3].

use std::time::Duration;

use practice::{Endpoint, Faults};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;

use crate::support::{Board, finish, program};

/// A2: nobody stares at nothing: what is waited for is said after a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_said_to_be_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = silent.local_addr().unwrap().to_string();
    let home = tempfile::tempdir().unwrap();
    let address = format!("http://{host}");
    for command in [["connect", &address], ["provider", "show"]] {
        let mut asked = program(&command);
        if command[0] == "provider" {
            asked.arg(&address);
        }
        let mut child = asked.env("PATCHBAY_HOME", home.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();

        let line = tokio::time::timeout(Duration::from_secs(15), lines.next_line()).await;

        let said = line.expect("a line comes before the end").unwrap().unwrap();
        assert!(said.contains(&format!("Waiting for {host}")), "{command:?}: {said}");
        child.kill().await.unwrap();
    }
}

/// A2: an address stays as it was typed at the beginning of a sentence too.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_not_written_with_a_capital() {
    let board = Board::start().await;
    let address = format!("{}/nothing-here", board.provider.issuer());

    let ran = board.run(&["connect", &address]).await;

    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("The server at http://"), "{ran:?}");
    assert!(!ran.stderr.contains("Http"), "{ran:?}");
}

/// A2, C5: an address without a port comes with the sentence that says why.
#[tokio::test(flavor = "multi_thread")]
async fn where_any_port_serves_it_is_said() {
    let board = Board::start().await;

    let shown = board.run(&["provider", "show", "google"]).await.done();

    assert!(shown.stdout.contains("none to enter: a Desktop app takes any address"), "{shown:?}");
    assert!(
        shown.stdout.contains("http://127.0.0.1:43117/callback/google, and --port 43117"),
        "a web client's: {shown:?}"
    );
    let shown = board.json(&["provider", "show", "google"]).await.done().object();
    assert_eq!(shown["redirect_to_register"], false);
    assert_eq!(shown["redirect_uri_with_port"], "http://127.0.0.1:43117/callback/google");
    let compared = board.json(&["provider", "show", "airtable"]).await.done().object();
    assert_eq!((&compared["redirect_to_register"], &compared["redirect_uri_with_port"]), (&json!(true), &json!(null)));
}

/// B3, S158: a second program says whom it waits for and until when, on standard error alone, and takes what that one
/// brought.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_another_programs_refresh_says_so() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.grow_old(&id, Duration::from_secs(7_200));
    board.provider.clear_log();
    board.provider.set_faults(Faults::default().answers_slowly(Duration::from_secs(6)));
    let first = board.command(&["token", &id]).spawn().unwrap();
    let pid = first.id().unwrap();
    board.provider.until_logged(|log| log.iter().any(|it| it.endpoint == Endpoint::Token)).await;

    let second = board.command(&["token", &id, "--json"]).spawn().unwrap();
    let (first, second) = tokio::join!(finish(first, ""), finish(second, ""));

    let (first, second) = (first.done(), second.done());
    assert!(!first.stderr.contains("Waiting for"), "its own request is no other program's: {}", first.stderr);
    assert!(second.stderr.contains(&format!("Waiting for process {pid} (patchbay), which refreshes ")), "{second:?}");
    assert!(second.stderr.contains(" at the latest"), "{second:?}");
    assert_eq!(second.object()["access_token"], first.stdout.trim(), "one refresh for both");
    let log = board.provider.log();
    assert_eq!(log.iter().filter(|it| it.endpoint == Endpoint::Token).count(), 1, "{log:?}");
}
