//! Programs that use connections are dependants without being entered, and runs that wait are listed [D1, D3, F2, F3].

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStderr, Command};
use tokio::time::timeout;

use crate::agent::PATIENCE;
use crate::door::Served;
use crate::support::{Board, Ran, finish};

/// A script of its own, which runs these words with `patchbay` as its first.
fn script(folder: &Path, name: &str, words: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("set -e\npatchbay() {{ '{}' \"$@\"; }}\n{words}\n", env!("CARGO_BIN_EXE_patchbay")))
        .unwrap();
    path
}

fn command(board: &Board, script: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg(script).env("PATCHBAY_HOME", board.home.path());
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped()).kill_on_drop(true);
    command
}

async fn run(board: &Board, script: &Path) -> Ran {
    finish(command(board, script).spawn().unwrap(), "").await
}

/// The workflows that hang on a connection.
async fn radius(board: &Board, id: &str) -> Vec<Value> {
    let told = board.json(&["radius", id]).await.done().objects();
    told.into_iter().filter(|it| it["of"] == "workflow").collect()
}

/// D1, F2: whoever did the work, the command itself or the one that serves, and with another content the same one.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_takes_tokens_is_in_the_blast_radius_without_being_entered() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    board.run(&["token", &id]).await.done();
    assert_eq!(radius(&board, &id).await, Vec::<Value>::new(), "a person at a terminal is no dependant");
    let nightly = script(folder.path(), "nightly.sh", "patchbay token Orders > /dev/null");

    run(&board, &nightly).await.done();
    script(folder.path(), "nightly.sh", "patchbay token Orders > /dev/null # of another content");
    run(&board, &nightly).await.done();

    let hanging = radius(&board, &id).await;
    assert_eq!(hanging.len(), 1, "{hanging:?}");
    assert_eq!((&hanging[0]["workflow"], &hanging[0]["known_by"]), (&json!("nightly.sh"), &json!("token_door")));
    let served = Served::start(&board).await;
    run(&board, &script(folder.path(), "report.sh", "patchbay preflight Orders > /dev/null")).await.done();
    let job = script(folder.path(), "job.sh", "read -r token < \"/dev/fd/$PATCHBAY_TOKEN_FD\"");
    board.run(&["run", "--needs", "Orders", "--", "sh", job.to_str().unwrap()]).await.done();
    assert_eq!(served.end().await, 0);

    // Whose text that is nobody can tell: it is no workflow, and above all not one for all of them.
    board.run(&["run", "--needs", "Orders", "--", "sh", "-c", "true"]).await.done();
    let seen = board.json(&["programs", "seen"]).await.done().objects();
    let names: Vec<_> = seen.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["job.sh", "nightly.sh", "report.sh"], "{seen:?}");
    let paths: Vec<_> = seen.iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths[1], nightly.canonicalize().unwrap().to_str().unwrap());
    assert_eq!(seen[1]["uses"][0]["connection_name"], "Orders");
    let told = board.run(&["programs", "seen"]).await.done();
    assert!(told.stdout.contains("3 programs seen") && told.stdout.contains("no rhythm known yet"), "{told:?}");
}

/// D1, D3: what was only seen to run so is told as that, in the table and in the sentence.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_only_seen_is_about_then() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    let nightly = script(folder.path(), "nightly.sh", "patchbay token Orders > /dev/null");
    run(&board, &nightly).await.done();
    // As it would stand after a week of nights.
    let sqlite = rusqlite::Connection::open(board.home.path().join("patchbay.db")).unwrap();
    let learned = "UPDATE workflows SET schedule = 'learned', schedule_seconds = 86400, 
         schedule_at = unixepoch() * 1000 - 3600000, schedule_percent = 92, runs_per_day = 1 WHERE name = 'nightly.sh'";
    assert_eq!(sqlite.execute(learned, []).unwrap(), 1);

    let told = board.run(&["radius", &id]).await.done().stdout;
    let json = radius(&board, &id).await;

    assert!(told.contains(", first nightly.sh about "), "{told}");
    assert!(told.contains(", 92 % of the time"), "{told}");
    assert!(told.contains("asks here") && !told.contains("takes tokens"), "it may have asked only: {told}");
    assert_eq!(json[0]["held_percent"], 92, "{json:?}");
}

/// D1: named by a person, the same as a platform's, and forgotten until it is seen again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_is_named_merged_and_forgotten() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    let nightly = script(folder.path(), "nightly.sh", "patchbay token Orders > /dev/null");
    run(&board, &nightly).await.done();
    board.run(&["radius", "Orders", "--add", "Invoices", "--place", "n8n at Halden"]).await.done();

    board.run(&["programs", "name", "nightly.sh", "Nightly export"]).await.done();
    let names = |all: Vec<Value>| all.iter().map(|it| it["workflow"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let mut named = names(radius(&board, &id).await);
    named.sort();
    assert_eq!(named, ["Invoices", "Nightly export"]);
    let merged = board.run(&["programs", "same-as", "Nightly export", "Invoices"]).await.done();
    assert!(merged.stderr.contains("Nightly export is Invoices from now on"), "{merged:?}");
    assert_eq!(names(radius(&board, &id).await), ["Invoices"]);
    assert_eq!(board.json(&["programs", "seen"]).await.done().object()["merged"], true);
    board.run(&["programs", "same-as", "Nightly export"]).await.done();
    assert_eq!(radius(&board, &id).await.len(), 2);

    board.run(&["programs", "forget", nightly.to_str().unwrap()]).await.done();
    assert_eq!(names(radius(&board, &id).await), ["Invoices"]);
    let unknown = board.run(&["programs", "forget", "nightly.sh"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("No program nightly.sh was seen"), "{unknown:?}");
    run(&board, &nightly).await.done();
    assert_eq!(radius(&board, &id).await.len(), 2, "that it is a dependant is no opinion");
}

/// D1: a program that was said to be a workflow stands on the list also once its platform knows that workflow no more, and
/// so do all others.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_whose_workflow_is_gone_is_listed_all_the_same() {
    let board = Board::start().await;
    board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["nightly.sh", "report.sh"] {
        run(&board, &script(folder.path(), name, "patchbay token Orders > /dev/null")).await.done();
    }
    board.run(&["radius", "Orders", "--add", "Invoices", "--place", "n8n at Halden"]).await.done();
    board.run(&["programs", "same-as", "nightly.sh", "Invoices"]).await.done();
    // As a reading leaves what it did not find any more.
    let sqlite = rusqlite::Connection::open(board.home.path().join("patchbay.db")).unwrap();
    let gone = "UPDATE workflows SET gone_at = unixepoch() * 1000 WHERE name = 'Invoices'";
    assert_eq!(sqlite.execute(gone, []).unwrap(), 1);

    let told = board.run(&["programs", "seen"]).await.done();

    assert!(told.stdout.contains("nightly.sh, which is gone at its platform"), "{told:?}");
    assert!(told.stdout.contains("report.sh"), "{told:?}");
    assert_eq!(board.json(&["programs", "seen"]).await.done().objects().len(), 2);
}

/// F3: a run that waits stands in the list until it goes on; one that was killed does not stay there.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_is_listed_until_it_goes_on_or_dies() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    let nightly = script(folder.path(), "nightly.sh", "patchbay wait Orders");
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);

    let mut waiting = command(&board, &nightly).spawn().unwrap();
    let _errors = said_to_wait(&mut waiting).await;
    let listed = board.json(&["programs", "waiting"]).await.done().object();
    assert_eq!((&listed["name"], &listed["needs"][0]["connection_name"]), (&json!("nightly.sh"), &json!("Orders")));
    let told = board.run(&["programs", "waiting"]).await.done();
    assert!(told.stdout.contains("nightly.sh") && told.stdout.contains("Orders"), "{told:?}");
    let mut killed = board.command(&["run", "--needs", "Orders", "--wait", "1h", "--", "true"]).spawn().unwrap();
    let _errors = said_to_wait(&mut killed).await;
    assert_eq!(board.json(&["programs", "waiting"]).await.done().objects().len(), 2);
    killed.kill().await.unwrap();
    assert_eq!(board.json(&["programs", "waiting"]).await.done().objects().len(), 1, "what a dead one left is no run");

    board.sign_in(&["reconnect", "Orders"]).await.done();

    assert_eq!(waiting.wait().await.unwrap().code(), Some(0));
    assert_eq!(board.json(&["programs", "waiting"]).await.done().stdout, "");
}

/// F3: a script that was killed waits no more: neither is it listed, nor goes what it had started on in its name.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_script_had_started_waits_no_more() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("started");
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);
    let run = format!("patchbay run --needs Orders --wait 1h -- touch {}", mark.display());

    // In a shell of its own, too: `os.system` of Python starts one.
    for (name, words) in
        [("nightly.sh", "patchbay wait Orders"), ("job.sh", run.as_str()), ("one.sh", "sh -c \"$0 wait Orders; :\"")]
    {
        let nightly = script(folder.path(), name, &words.replace("$0", env!("CARGO_BIN_EXE_patchbay")));
        let mut waiting = command(&board, &nightly).spawn().unwrap();
        let errors = said_to_wait(&mut waiting).await;
        assert_eq!(board.json(&["programs", "waiting"]).await.done().object()["name"], name);
        waiting.kill().await.unwrap();

        // Open as long as what it had started lives.
        let left = timeout(PATIENCE, read_to_end(errors)).await.expect("it ends");

        assert!(left.contains("Stopped waiting: what started this has ended."), "{name}: {left}");
        assert_eq!(board.json(&["programs", "waiting"]).await.done().stdout, "", "{name}");
    }
    board.sign_in(&["reconnect", "Orders"]).await.done();
    assert!(!mark.exists(), "what nobody wants any more is not started");
}

/// F3: what a person let go on alone goes on alone, and its answer is there when it comes.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_detached_on_purpose_waits_on() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);
    let patchbay = env!("CARGO_BIN_EXE_patchbay");
    let ways = ["", "nohup", "setsid"];
    for (number, way) in ways.iter().enumerate() {
        // Says that it waits before the script ends.
        let (answer, said) =
            (folder.path().join(format!("answer{number}")), folder.path().join(format!("said{number}")));
        // Whoever runs the tests may ignore what tells a job in the background from others.
        let words = format!(
            "[ \"$AFRESH\" ] || AFRESH=1 exec env --default-signal=HUP,INT sh \"$0\"\n\
             {way} '{patchbay}' wait Orders --json > '{}' 2> '{}' &\nuntil [ -s '{}' ]; do sleep 0.1; done",
            answer.display(),
            said.display(),
            said.display(),
        );
        run(&board, &script(folder.path(), &format!("way{number}.sh"), &words)).await.done();
    }

    board.sign_in(&["reconnect", "Orders"]).await.done();

    for (number, way) in ways.iter().enumerate() {
        let answer = folder.path().join(format!("answer{number}"));
        let told = timeout(PATIENCE, async {
            loop {
                let told = std::fs::read_to_string(&answer).unwrap();
                if told.ends_with('\n') {
                    break told;
                }
                tokio::task::yield_now().await;
            }
        });
        let told = told.await.unwrap_or_else(|_| panic!("{way}: no answer came"));
        assert!(told.contains("\"ready\":true"), "{way}: {told}");
    }
}

async fn read_to_end(mut from: ChildStderr) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}

/// Returns with what it says behind that.
async fn said_to_wait(waiting: &mut tokio::process::Child) -> ChildStderr {
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let said = lines.next_line().await.unwrap().unwrap();
    assert!(said.contains("Waiting for Orders."), "{said}");
    // Listed right behind what it says.
    lines.next_line().await.unwrap();
    lines.into_inner().into_inner()
}
