//! Channels from the command line: what a test comes to tells scripts whether to try again or to look at what was typed
//! [F4, A3].

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use fakes::{Answer, Server};
use serde_json::json;

use crate::support::Board;

/// F4: what passes by itself, what does not, and no key in anything that is shown or kept of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_whether_another_try_is_worth_it() {
    let board = Board::start().await;
    let status = Arc::new(AtomicU16::new(200));
    let answered = Arc::clone(&status);
    let receiver = Server::start(move |_, _| {
        Answer::json(answered.load(Ordering::SeqCst), "unknown token hush-hush-value of hush-hush-path")
    })
    .await
    .unwrap();
    let address = format!("{}/in/hush-hush-path?token=hush-hush-value\n", receiver.url());
    board.run_with_input(&["alerts", "add", "webhook", "Ops", "--json"], &address).await.done();

    board.run(&["alerts", "test", "Ops"]).await.done();
    for (said, code, word) in [(503, 23, "try_later"), (429, 23, "try_later"), (401, 1, "refused"), (404, 1, "refused")]
    {
        status.store(said, Ordering::SeqCst);
        let tried = board.json(&["alerts", "test", "Ops"]).await;
        assert_eq!((tried.code, &tried.object()["failure_code"]), (code, &json!(word)), "{said}: {tried:?}");
        let words = board.run(&["alerts", "test", "Ops"]).await;
        assert!(words.stderr.contains(&format!("answered {said}")), "{words:?}");
    }

    for shown in [["alerts"].as_slice(), &["alerts", "log"], &["alerts", "log", "--json"]] {
        let shown = board.run(shown).await.done();
        assert!(!shown.stdout.contains("hush-hush") && !shown.stderr.contains("hush-hush"), "{shown:?}");
    }
    for file in ["patchbay.db", "patchbay.db-wal"] {
        let kept = std::fs::read(board.home.path().join(file)).unwrap_or_default();
        assert!(!kept.windows(9).any(|it| it == b"hush-hush"), "{file}");
    }
}
