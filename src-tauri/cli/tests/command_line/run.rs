//! A command with what it needs: its tokens, its exit code, and nothing of it where a person is needed [F1, F2, F3, S152].

use serde_json::json;

use crate::support::{Board, fingerprint, finish};

/// F1, F2: a command runs with a token in an open file that only it inherits, as itself: its words and its exit code.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_gets_its_tokens_in_files_that_only_it_has_open() {
    let board = Board::start().await;
    let orders = board.connect(&["--name", "Orders"]).await;
    assert!(board.provider.consent_automatically(Some("jonas")));
    board.connect(&["--name", "Mail"]).await;
    let script = r#"cat "/dev/fd/$PATCHBAY_TOKEN_FD" "/dev/fd/$PATCHBAY_TOKEN_FD_2"; tr '\0' '\n' < /proc/$$/environ >&2; exit 7"#;

    let ran = board.run(&["run", "--needs", "Orders", "Mail", "--", "sh", "-c", script]).await;

    assert_eq!(ran.code, 7, "its own: {ran:?}");
    let tokens: Vec<_> = ran.stdout.lines().map(fingerprint).collect();
    let known = board.token_fingerprints();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1] && tokens.iter().all(|it| known.contains(it)), "one of each");
    for token in ran.stdout.lines() {
        assert!(!ran.stderr.contains(token), "it stands in no environment");
    }
    let events = board.json(&["events", &orders]).await.done().objects();
    let taken: Vec<_> = events.iter().filter(|it| it["kind"] == "token_delivered").collect();
    assert_eq!((taken.len(), &taken[0]["subject"]), (1, &json!("sh")), "who took it is noted");

    let named = ["run", "--needs", "Orders", "--env", "API_TOKEN", "--", "sh", "-c", "printenv API_TOKEN"];
    let told = board.run(&named).await.done();
    assert!(known.contains(&fingerprint(told.stdout.trim())), "where a person asked for that");
    for (typed, code) in [(["--env", "7TOKEN"], 2), (["--min-valid", "soon"], 2)] {
        let wrong = board.run(&[&["run", "--needs", "Orders"], &typed[..], &["--", "true"]].concat()).await;
        assert_eq!(wrong.code, code, "{wrong:?}");
    }
    let missing = board.run(&["run", "--needs", "Orders", "--", "no-such-command-here"]).await;
    assert_eq!(missing.code, 127, "{missing:?}");
    assert!(missing.stderr.contains("no-such-command-here could not be started."), "{missing:?}");
}

/// F3: a blocked command is not started; with --wait it starts as soon as somebody has reconnected.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_command_is_not_started_and_goes_on_once_somebody_has_reconnected() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let mark = board.home.path().join("started");
    let touch = ["--", "touch", mark.to_str().unwrap()];
    assert_eq!(board.provider.revoke_all(), 1);

    let blocked = board.run(&[&["run", "--needs", "Orders"], &touch[..]].concat()).await;
    assert_eq!(blocked.code, 20, "{blocked:?}");
    assert!(blocked.stdout.contains(&format!("patchbay://reconnect/{id}")) && !mark.exists(), "{blocked:?}");
    let in_vain = board.run(&[&["run", "--needs", "Orders", "--wait", "1s"], &touch[..]].concat()).await;
    assert_eq!(in_vain.code, 20, "{in_vain:?}");
    assert!(in_vain.stderr.contains("Waiting for Orders.") && !mark.exists(), "{in_vain:?}");

    let waiting =
        board.command(&[&["run", "--needs", "Orders", "--wait", "50s"], &touch[..]].concat()).spawn().unwrap();
    let waiting = tokio::spawn(finish(waiting, ""));
    board.sign_in(&["reconnect", "Orders"]).await.done();
    waiting.await.unwrap().done();
    assert!(mark.exists(), "it was started");
}
