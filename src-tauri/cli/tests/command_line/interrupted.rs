//! Commands that end early: Ctrl-C, a reader that leaves, a follower that is stopped.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use practice::Faults;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{Board, SignIn, finish};

/// What the server takes for an answer: long enough for a signal.
const SLOW: Duration = Duration::from_millis(700);

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

/// S168, A5: whatever ends a terminal, a session or the system, an answer under way is stored first, and a
/// sign-in's as well.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_is_stored_whatever_signal_comes() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let is_asked = |log: &[practice::LoggedRequest]| log.iter().any(|it| it.endpoint == practice::Endpoint::Token);

    for signal in ["-INT", "-TERM", "-HUP", "-QUIT"] {
        board.provider.set_faults(Faults::default().answers_slowly(SLOW));
        board.provider.clear_log();
        let child = with_usual_signals(&board, &["refresh", &id, "--json"]).spawn().unwrap();
        board.provider.until_logged(is_asked).await;
        kill(signal, child.id().unwrap());
        let ran = finish(child, "").await;
        assert_eq!((ran.code, &ran.object()["outcome"]), (0, &json!("refreshed")), "{signal}: {ran:?}");

        board.provider.set_faults(Faults::default());
        // The provider ends a grant whose older token comes back.
        board.json(&["refresh", &id]).await.done();

        board.provider.set_faults(Faults::default().answers_slowly(SLOW));
        let mut sign_in = SignIn::start(&board, &["reconnect", &id, "--replace"]).await;
        let pid = sign_in.pid();
        board.provider.clear_log();
        let (_, ()) = tokio::join!(sign_in.browse(), async {
            board.provider.until_logged(is_asked).await;
            kill(signal, pid);
        });
        let ran = sign_in.finish().await;
        assert_eq!(ran.code, 0, "{signal}: {ran:?}");
    }
}

/// S168, A4: what a debugger, a timer or a script may send, and what by itself would end a program on the spot.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_means_nothing_here_costs_no_token() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let is_asked = |log: &[practice::LoggedRequest]| log.iter().any(|it| it.endpoint == practice::Endpoint::Token);

    for signal in ["-ALRM", "-USR1", "-USR2", "-PIPE"] {
        board.provider.set_faults(Faults::default().answers_slowly(SLOW));
        board.provider.clear_log();
        let child = with_usual_signals(&board, &["refresh", &id, "--json"]).spawn().unwrap();
        board.provider.until_logged(is_asked).await;
        kill(signal, child.id().unwrap());
        let ran = finish(child, "").await;
        assert_eq!((ran.code, &ran.object()["outcome"]), (0, &json!("refreshed")), "{signal}: {ran:?}");

        board.provider.set_faults(Faults::default());
        // The provider ends a grant whose older token comes back.
        board.json(&["refresh", &id]).await.done();
    }
}

/// S168: who insists is obeyed.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_program_at_once() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().never_answers());
    board.provider.clear_log();
    let child = board.command(&["refresh", &id]).spawn().unwrap();
    let pid = child.id().unwrap();
    board.provider.until_logged(|log| log.iter().any(|it| it.endpoint == practice::Endpoint::Token)).await;

    let started = std::time::Instant::now();
    let insisting = tokio::spawn(async move {
        loop {
            kill("-TERM", pid);
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
    });
    let ran = finish(child, "").await;
    insisting.abort();

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("Ctrl-C again"), "it says what a second signal does: {ran:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "it did not wait for the answer");
}

/// S168: it says that Ctrl-C again ends at once, and a hand is quick.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_is_heard_a_moment_after_the_first() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().never_answers());
    board.provider.clear_log();
    let mut child = with_usual_signals(&board, &["refresh", &id]).spawn().unwrap();
    let pid = child.id().unwrap();
    board.provider.until_logged(|log| log.iter().any(|it| it.endpoint == practice::Endpoint::Token)).await;
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();

    kill("-INT", pid);
    let line = said.next_line().await.unwrap().unwrap();
    assert!(line.contains("Ctrl-C again ends at once"), "{line}");
    tokio::time::sleep(Duration::from_millis(250)).await;
    kill("-INT", pid);

    let ended =
        tokio::time::timeout(Duration::from_secs(10), child.wait()).await.expect("the second was heard").unwrap();
    assert_eq!(ended.code(), Some(1));
    let last = said.next_line().await.unwrap().expect("a last word");
    assert!(last.contains("its answer may be lost"), "it says what it leaves behind: {last}");
}

/// Whoever runs the tests may ignore signals, and a child inherits that.
fn with_usual_signals(board: &Board, arguments: &[&str]) -> tokio::process::Command {
    let usual = board.command(arguments);
    let usual = usual.as_std();
    let mut command = tokio::process::Command::new("env");
    command
        .arg("--default-signal=ALRM,HUP,INT,PIPE,QUIT,TERM,USR1,USR2")
        .arg(usual.get_program())
        .args(usual.get_args());
    command.env("PATCHBAY_HOME", board.home.path()).env_remove("PATCHBAY_LOG").kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn kill(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success(), "{signal}");
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
    kill("-INT", child.id().unwrap());
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), child.wait()).await.expect("it ends");
    assert_eq!(ended.unwrap().code(), Some(0), "who stops following has had what was asked for");
}
