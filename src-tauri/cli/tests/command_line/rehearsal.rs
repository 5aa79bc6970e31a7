//! Dress rehearsals from the command line: made from a template, run, reported, stopped, and what their exit codes say
//! [E4, F1].

use std::process::Command;
use std::time::Duration;

use practice::{ApiRejection, Faults, LoggedRequest};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::ChildStdout;
use url::Url;

use crate::support::{Board, Ran, fetch, finish};

const SCOPES: [&str; 8] =
    ["--scope", "offline_access", "--scope", "files.read", "--scope", "files.write", "--scope", "profile"];

/// The provider is the practice one, of which it is known how a file is made.
pub(crate) async fn with_checklist(board: &Board, more: &[&str]) -> String {
    let sqlite = rusqlite::Connection::open(board.home.path().join("patchbay.db")).unwrap();
    let adopted = "INSERT INTO settings (key, value) VALUES ('practice_issuer', ?1)";
    assert_eq!(sqlite.execute(adopted, [board.provider.issuer()]).unwrap(), 1);
    let id = board.connect(&[&["--name", "Drive"], SCOPES.as_slice()].concat()).await;
    let add = ["checklist", "add", "everything", "--name", "Demo", "Drive"];
    board.json(&[&add, more].concat()).await.done();
    id
}

async fn run(board: &Board, more: &[&str]) -> Ran {
    board.json(&[&["checklist", "run", "Demo"], more].concat()).await
}

fn ended(ran: &Ran) -> Value {
    let last = ran.objects().pop().unwrap();
    assert_eq!(last["event"], "ended", "{ran:?}");
    last
}

/// E4: made, run, handed over, kept as a file and made again from it.
#[tokio::test(flavor = "multi_thread")]
async fn a_checklist_is_run_and_its_report_handed_over() {
    let board = Board::start().await;
    with_checklist(&board, &["--no-sign-in", "--customer", "Halden Optik", "--hold", "90m"]).await;
    let report = board.home.path().join("report.html");

    let ran = run(&board, &["--report", report.to_str().unwrap()]).await.done();

    let end = ended(&ran);
    assert_eq!((&end["state"], &end["holding"], &end["left_behind"]), (&json!("holds"), &json!(1), &json!([])));
    assert!(end["sentence"].as_str().unwrap().starts_with("Drive holds until "), "{end}");
    let steps: Vec<_> = ran.objects().into_iter().filter(|it| it["event"] == "step").collect();
    let names: Vec<_> = steps.iter().filter_map(|it| it["step"].as_str()).collect();
    assert_eq!(names, ["account", "scopes", "object", "forced_refresh", "two_at_once", "clean_log"]);
    assert!(steps.iter().all(|it| it["state"] == "passed"), "{steps:?}");
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("Drive holds until") && page.contains("nothing left behind"), "{page}");

    let row = board.json(&["checklist"]).await.done().object();
    assert_eq!(
        (&row["name"], &row["last_state"], &row["customer"]),
        (&json!("Demo"), &json!("holds"), &json!("Halden Optik"))
    );
    let told = board.run(&["checklist", "list"]).await.done();
    assert!(told.stdout.contains("holds until"), "{told:?}");
    let file = board.json(&["checklist", "show", "demo"]).await.done();
    assert_eq!(file.object()["hold_minutes"], 90);
    board.json(&["checklist", "remove", "Demo"]).await.done();
    assert_eq!(board.json(&["checklist", "run", "Demo"]).await.code, 2);
    let add = ["checklist", "add", "--file", "-", "--name", "Again", "--json"];
    let again = board.run_with_input(&add, &file.stdout).await.done();
    assert_eq!(
        (&again.object()["name"], &again.object()["connections"]),
        (&json!("Again"), &file.object()["connections"])
    );
    let markdown = board.run(&["checklist", "run", "Again", "--report", "-"]).await.done();
    assert!(markdown.stdout.contains("# Again") && markdown.stdout.contains("| Drive |"), "{markdown:?}");
}

/// E4, F1: what failed first says who must act.
#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_what_failed_first() {
    let board = Board::start().await;
    with_checklist(&board, &["--no-sign-in"]).await;
    let rejects = |rejection| Faults::default().api_rejects(rejection);

    board.provider.set_faults(rejects(ApiRejection::InsufficientScope));
    assert_eq!(run(&board, &[]).await.code, 21);
    board.provider.set_faults(rejects(ApiRejection::TooManyRequests { retry_after: None }));
    assert_eq!(run(&board, &[]).await.code, 23);
    board.provider.set_faults(Faults::default());
    let mut file = board.json(&["checklist", "show", "Demo"]).await.done().object();
    file["connections"][0]["account_domain"] = json!("haldenoptik.no");
    board.run_with_input(&["checklist", "add", "--file", "-", "--json"], &file.to_string()).await.done();
    let other = run(&board, &[]).await;
    assert_eq!((other.code, &ended(&other)["cause"]), (22, &json!("wrong_tenant_or_account")));
    assert_eq!(run(&board, &["--until", "teatime"]).await.code, 2);

    file["connections"][0]["account_domain"] = Value::Null;
    board.run_with_input(&["checklist", "add", "--file", "-", "--json"], &file.to_string()).await.done();
    board.provider.revoke_all();
    let dead = run(&board, &[]).await;
    assert_eq!((dead.code, &ended(&dead)["failed_connection"]), (20, &file["connections"][0]["connection"]));
    let told = board.run(&["checklist", "run", "Demo"]).await;
    assert!(told.stdout.contains("Drive fails at"), "{told:?}");
}

/// E4: Ctrl-C ends it once what was made is gone.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_a_run_and_tidies_up() {
    let board = Board::start().await;
    with_checklist(&board, &["--no-sign-in"]).await;
    board.provider.set_faults(Faults { never_answers_files: Some("GET".into()), ..Faults::default() });
    board.provider.clear_log();
    let child = board.command(&["checklist", "run", "Demo", "--json"]).spawn().unwrap();
    let reads = |log: &[LoggedRequest]| log.iter().any(|it| it.path.starts_with("/api/files/") && it.method == "GET");
    board.provider.until_logged(reads).await;

    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = finish(child, "").await;

    assert_eq!((ran.code, &ended(&ran)["state"]), (1, &json!("stopped")), "{ran:?}");
    let calls: Vec<_> = board.provider.log().into_iter().filter(|it| it.path.starts_with("/api/files")).collect();
    let methods: Vec<_> = calls.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(methods, ["POST", "GET", "DELETE", "GET"], "removed, and looked for");
    board.provider.set_faults(Faults::default());
    board.json(&["checklist", "tidy"]).await.done();
}

/// E4, A10: the run waits for the sign-in, whose address is told, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_part_of_a_run() {
    let board = Board::start().await;
    with_checklist(&board, &["--signs-out"]).await;
    let mut child = board.command(&["checklist", "run", "Demo", "--no-browser", "--json"]).spawn().unwrap();
    drop(child.stdin.take());
    let mut lines = BufReader::new(child.stdout.take().unwrap());

    let url = loop {
        let event = next(&mut lines).await;
        if event["event"] == "authorize" {
            break event["url"].as_str().unwrap().parse::<Url>().unwrap();
        }
    };
    let mut at = url;
    for _ in 0..6 {
        let (_, location, _) = fetch(&at).await;
        match location {
            Some(location) => at = at.join(&location).unwrap(),
            None => break,
        }
    }
    let end = loop {
        let event = next(&mut lines).await;
        if event["event"] == "ended" {
            break event;
        }
    };
    assert_eq!((&end["state"], &end["connections"]), (&json!("holds"), &json!(1)), "{end}");
    assert!(child.wait().await.unwrap().success());
}

async fn next(lines: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    tokio::time::timeout(Duration::from_secs(60), lines.read_line(&mut line)).await.expect("no line came").unwrap();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line:?}"))
}
