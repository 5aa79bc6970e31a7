//! What a person reads who breaks something off with Ctrl-C: one sentence, and an exit code that is true [E3, E4, F1].

use practice::{Faults, LoggedRequest, Settings};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Child;

use crate::rehearsal::with_checklist;
use crate::support::{Board, Ran, finish};

fn interrupt(child: &Child) {
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

/// Ctrl-C once a line of standard output or of standard error says this; what was said after it.
async fn break_off(board: &Board, arguments: &[&str], once: &str) -> Ran {
    let mut child = board.command(arguments).spawn().unwrap();
    drop(child.stdin.take());
    let (mut out, mut err) =
        (BufReader::new(child.stdout.take().unwrap()).lines(), BufReader::new(child.stderr.take().unwrap()).lines());
    loop {
        let line = tokio::select! {
            Ok(Some(line)) = out.next_line() => line,
            Ok(Some(line)) = err.next_line() => line,
            else => panic!("it ended before it said {once}"),
        };
        if line.contains(once) {
            break;
        }
    }
    interrupt(&child);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let (mut out, mut err) = (out.into_inner(), err.into_inner());
    let (_, _) = tokio::join!(out.read_to_string(&mut stdout), err.read_to_string(&mut stderr));
    let code = child.wait().await.unwrap().code().unwrap_or(-1);
    Ran { code, stdout, stderr }
}

/// A2, A10: who gives a sign-in up is told what it changed, and by its code that there is no connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_says_that_it_changed_nothing() {
    let board = Board::start().await;
    let connect = ["connect", board.provider.issuer(), "--client-id", "patchbay-practice", "--no-browser"];
    let ran = break_off(&board, &connect, "Ctrl-C cancels").await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.stderr, "patchbay: The sign-in was cancelled. Nothing was changed.\n");
    assert!(board.json(&["list"]).await.done().objects().is_empty(), "nothing is on the board");

    let id = board.connect(&[]).await;
    let ran = break_off(&board, &["reconnect", &id, "--no-browser"], "Ctrl-C cancels").await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.stderr, "patchbay: The sign-in was cancelled. Nothing was changed.\n");
    board.json(&["test", &id]).await.done();
}

/// E3: it was stopped, how far it came, and how it goes on; a person is still needed.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_says_how_far_it_came_and_how_it_goes_on() {
    let board = Board::with(Settings { staff: 2, ..Settings::default() }).await;
    for name in ["staff-1", "staff-2"] {
        assert!(board.provider.consent_automatically(Some(name)));
        board.connect(&["--name", name]).await;
    }
    board.provider.revoke_all();
    for name in ["staff-1", "staff-2"] {
        assert_eq!(board.run(&["refresh", name]).await.code, 20, "its grant is gone");
    }

    let ran = break_off(&board, &["queue", "run", "--no-browser"], "/authorize?").await;

    assert_eq!(ran.code, 20, "{ran:?}");
    assert!(ran.stdout.ends_with("Stopped: 0 of 2 are back; 2 not reached.\n"), "{ran:?}");
    let [on, record] = ran.stderr.lines().collect::<Vec<_>>()[..] else { panic!("two lines: {ran:?}") };
    assert_eq!(on, "Go on with the rest: patchbay queue run");
    assert!(record.starts_with("The record: patchbay queue record pas_"), "{record}");
    let listed = board.run(&["queue"]).await.done().stdout;
    assert!(listed.starts_with("2 connections need a sign-in"), "{listed}");
}

/// E4: it was stopped, not "nothing was proved" of what had passed.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_says_that_it_has_no_certificate() {
    let board = Board::start().await;
    with_checklist(&board, &["--no-sign-in"]).await;
    board.provider.set_faults(Faults { never_answers_files: Some("GET".into()), ..Faults::default() });
    board.provider.clear_log();
    let child = board.command(&["checklist", "run", "Demo"]).spawn().unwrap();
    let reads = |log: &[LoggedRequest]| log.iter().any(|it| it.path.starts_with("/api/files/") && it.method == "GET");
    board.provider.until_logged(reads).await;
    interrupt(&child);
    let ran = finish(child, "").await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("Stopping; what was made is removed first."), "{ran:?}");
    assert!(ran.stdout.contains("\nStopped before its end: there is no certificate.\n"), "{ran:?}");
    assert!(ran.stdout.contains("it was stopped. 2 of 6 checks, none failed, nothing left behind."), "{ran:?}");
    assert!(!ran.stdout.contains("Nothing was proved"), "{ran:?}");

    board.provider.set_faults(Faults::default());
    let stay = ["checklist", "run", "Demo", "--hold", "1h", "--stay"];
    let ran = break_off(&board, &stay, "Rehearsed on").await;
    assert_eq!(ran.code, 0, "it had what was asked for: {ran:?}");
    assert_eq!(ran.stderr, "Stopped: it is not tested again before its time is over.\n");
}

/// E4, A10: in the middle of a sign-in the old grant is gone already: that is said, and who must act.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_that_signed_out_says_who_must_sign_in() {
    let board = Board::start().await;
    with_checklist(&board, &["--signs-out"]).await;

    let ran = break_off(&board, &["checklist", "run", "Demo", "--no-browser"], "/authorize?").await;

    assert_eq!(ran.code, 20, "{ran:?}");
    assert!(ran.stdout.contains("the sign-in was cancelled; it is signed out until somebody signs in"), "{ran:?}");
    assert!(ran.stdout.contains("Drive fails at “Signed in again”: mend that first."), "{ran:?}");
}
