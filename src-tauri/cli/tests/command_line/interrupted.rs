//! Commands that end early: Ctrl-C, a reader that leaves, a follower that is stopped.

use std::net::TcpListener;
use std::process::Command;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{Board, SignIn, finish};

/// A2: the port is free again, and the script is told.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cancels_the_sign_in_and_frees_its_port() {
    let board = Board::start().await;
    let arguments = ["connect", board.provider.issuer(), "--client-id", "patchbay-practice"];
    let sign_in = SignIn::start(&board, &arguments).await;
    let port = sign_in.redirect_uri.port().unwrap();
    assert!(TcpListener::bind(("127.0.0.1", port)).is_err(), "the listener is up before the address is told");

    assert!(Command::new("kill").args(["-INT", &sign_in.pid().to_string()]).status().unwrap().success());
    let ran = sign_in.finish().await;

    assert_eq!((ran.code, &ran.object()["error"]), (1, &json!("sign_in_cancelled")));
    assert_eq!(ran.object()["event"], "failed");
    assert!(TcpListener::bind(("127.0.0.1", port)).is_ok(), "the port is given back");
}

/// A reader that leaves is no failure and no panic.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_not_a_panic() {
    let board = Board::start().await;
    board.connect(&[]).await;

    for arguments in [&["list"][..], &["events", "--json"], &["events", "--follow"], &["provider", "list"]] {
        let mut child = board.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let ran = finish(child, "").await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

/// B12: what another program does arrives while following.
#[tokio::test(flavor = "multi_thread")]
async fn events_are_followed_as_they_happen() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let mut child = board.command(&["events", &id, "--follow", "--limit", "0", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();

    // The follower may begin after the first of these: then it tells the next.
    let next = async {
        loop {
            board.json(&["test", &id]).await.done();
            let wait = std::time::Duration::from_secs(2);
            if let Ok(line) = tokio::time::timeout(wait, lines.next_line()).await {
                return line.unwrap().expect("a line");
            }
        }
    };
    let line = tokio::time::timeout(std::time::Duration::from_secs(30), next).await.expect("nothing was told");

    assert!(line.contains("test_call_succeeded"), "{line}");
    child.kill().await.unwrap();
}
