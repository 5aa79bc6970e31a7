//! Events leave from the command line: what is secret comes by standard input, what is sent is what `events` shows, and a
//! program that is killed in the middle loses nothing [F5, A3].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fakes::{Answer, Server};
use serde_json::{Value, json};

use crate::support::Board;

const FILE_NAME: &str = "patchbay-events.jsonl";

fn ids(text: &str) -> Vec<i64> {
    let events: Vec<Value> = serde_json::from_str(text).unwrap();
    events.iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

/// F5: byte for byte what `events --json` prints, while something serves and without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_what_events_prints() {
    let board = Board::start().await;
    let none = board.run(&["forward"]).await.done();
    assert!(none.stderr.contains("forwarded nowhere yet"), "{none:?}");
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = board.home.path().join("out");
    let place = folder.to_str().unwrap();

    let added = board.json(&["forward", "add", "file", place, "--from-start"]).await.done().object();
    assert_eq!((&added["kind"], &added["name"], &added["sent"]), (&json!("file"), &json!("file"), &json!(0)));
    assert!(added["waiting"].as_u64().unwrap() > 1, "{added}");
    board.run(&["forward", "test", "file"]).await.done();
    let sent = board.json(&["forward", "now", "file"]).await.done().object();
    assert_eq!(sent["sent"], added["waiting"]);

    let mut serving = board.command(&["serve", "--json"]).spawn().unwrap();
    board.run(&["refresh", &id]).await.done();
    let printed = board.json(&["events", "--limit", "1000"]).await.done().stdout;
    let mut written = String::new();
    for _ in 0..200 {
        written = std::fs::read_to_string(folder.join(FILE_NAME)).unwrap();
        if written.len() >= printed.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    serving.kill().await.unwrap();
    assert_eq!(written, printed);

    let twice = board.run(&["forward", "add", "file", place]).await;
    assert_eq!(twice.code, 2, "{twice:?}");
    assert!(twice.stderr.contains("written to already"), "{twice:?}");
    assert_eq!(board.run(&["forward", "remove", "file"]).await.code, 2, "nobody is there to be asked");
    board.run(&["forward", "remove", "file", "--yes"]).await.done();
    assert_eq!(board.run(&["forward", "now", "file"]).await.code, 2);
}

/// F5: kill -9 between a receiver's taking a batch and our knowing it: the same batch comes again, and all the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_in_the_middle_of_a_batch_loses_none() {
    let board = Board::start().await;
    let is_well = Arc::new(AtomicBool::new(false));
    let well = Arc::clone(&is_well);
    let server = Server::start(move |_, _| {
        // Took it, and never says so.
        tokio::task::block_in_place(|| {
            while !well.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Answer::json(200, "{}")
    })
    .await
    .unwrap();
    let id = board.connect(&[]).await;
    let address = format!("{}/hooks/hush-hush\n", server.url());
    let add = ["forward", "add", "webhook", "--from-start", "--json"];
    let added = board.run_with_input(&add, &address).await.done();
    assert!(added.object()["signing_secret"].as_str().unwrap().starts_with("whsec_"));
    assert!(!added.stdout.contains("hush"), "an address may be a key: {added:?}");

    let mut child = board.command(&["forward", "now", "webhook"]).spawn().unwrap();
    for _ in 0..400 {
        if !server.seen().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    child.kill().await.unwrap();
    is_well.store(true, Ordering::SeqCst);
    board.run(&["refresh", &id]).await.done();
    board.run(&["forward", "now", "webhook"]).await.done();

    let seen = server.seen();
    let named = |number: usize| seen[number].headers.iter().find(|it| it.0 == "webhook-id").unwrap().1.clone();
    assert_eq!((ids(&seen[0].body), named(0)), (ids(&seen[1].body), named(1)), "the same again, under the same id");
    let arrived: Vec<i64> = seen[1..].iter().flat_map(|it| ids(&it.body)).collect();
    let all = board.json(&["events", "--limit", "1000"]).await.done().objects();
    let all: Vec<i64> = all.iter().map(|it| it["id"].as_i64().unwrap()).collect();
    assert_eq!(arrived, all);
    let listed = board.json(&["forward"]).await.done().object();
    assert_eq!((&listed["waiting"], &listed["sent"]), (&json!(0), &json!(all.len())));
}

/// F5, A3: what a person sees of a receiver that is down, of a wrong DSN, of headers that are none.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_with_what_to_do_and_without_a_secret() {
    let board = Board::start().await;
    board.connect(&[]).await;
    let server = Server::start(|_, _| Answer::json(401, "\"no such key: hush-hush-1\"")).await.unwrap();

    let add = |more: &'static [&'static str]| [&["forward", "add"], more].concat();
    for (arguments, input, said) in [
        (add(&["sentry"]), "hush-hush-1\n", "no DSN"),
        (add(&["sentry"]), "", "No DSN came on standard input"),
        (add(&["webhook"]), "http://hooks.example/hush-hush-1\n", "not https"),
        (add(&["webhook"]), "https://hooks.example/a\nhush-hush-1!\n", "no signing secret"),
        (add(&["otlp", "https://a.example/v1/logs"]), "", "ends in /v1/logs"),
        (add(&["otlp", "https://a.example", "--headers"]), "hush-hush-1\n", "1 is no header"),
        (add(&["file", "/dev/null/nowhere"]), "", "cannot be written"),
    ] {
        let ran = board.run_with_input(&arguments, input).await;
        assert!(ran.code == 2 || ran.code == 1, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("hush"), "{ran:?}");
    }
    assert!(board.json(&["forward"]).await.done().objects().is_empty());

    let arguments = ["forward", "add", "otlp", server.url(), "--headers", "--from-start", "--name", "mine"];
    board.run_with_input(&arguments, "Authorization: Bearer hush-hush-1\n").await.done();
    let tried = board.run(&["forward", "test", "mine"]).await;
    assert_eq!(tried.code, 1, "{tried:?}");
    let refused = board.json(&["forward", "now", "mine"]).await;
    assert_eq!(refused.code, 1, "somebody has to mend it: {refused:?}");
    let list = board.run(&["forward"]).await.done();
    assert!(list.stdout.contains("the key is refused"), "{list:?}");
    for ran in [tried, refused, list] {
        assert!(!(ran.stdout.clone() + &ran.stderr).contains("hush"), "{ran:?}");
    }
    let listed = board.json(&["forward"]).await.done().object();
    assert_eq!((&listed["failure"], &listed["sent"], &listed["dropped"]), (&json!("http_401"), &json!(0), &json!(0)));
    assert_eq!(board.json(&["forward", "now", "nobody"]).await.code, 2);
}
