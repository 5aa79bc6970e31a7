//! The reconnect queue at a terminal: one address after the other, a record at the end [E3].

use std::process::Stdio;
use std::time::Duration;

use practice::Settings;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use url::Url;

use crate::support::{Board, fetch};

const DEADLINE: Duration = Duration::from_secs(60);

/// A board whose accounts were all revoked.
async fn revoked(count: u16) -> (Board, Vec<String>) {
    let board = Board::with(Settings { staff: count, ..Settings::default() }).await;
    let mut ids = vec![];
    for number in 1..=count {
        assert!(board.provider.consent_automatically(Some(&format!("staff-{number}"))));
        ids.push(board.connect(&["--name", &format!("Mailbox {number}")]).await);
    }
    board.provider.revoke_all();
    for id in &ids {
        assert_eq!(board.run(&["refresh", id]).await.code, 20, "its grant is gone");
    }
    (board, ids)
}

/// A run under way, told as lines of JSON.
struct Run {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Run {
    fn start(board: &Board) -> Self {
        let mut child =
            board.command(&["queue", "run", "--no-browser", "--json"]).stdin(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(DEADLINE, self.lines.next_line()).await.expect("it says nothing").unwrap();
        serde_json::from_str(&line.expect("it ended")).unwrap()
    }

    async fn code(mut self) -> Option<i32> {
        tokio::time::timeout(DEADLINE, self.child.wait()).await.expect("it hangs").unwrap().code()
    }
}

/// Signs in at an address as this account, and goes where that leads.
async fn consent(board: &Board, authorize: &Value, account: &str) {
    assert!(board.provider.consent_automatically(Some(account)));
    let mut url: Url = authorize["url"].as_str().unwrap().parse().unwrap();
    for _ in 0..6 {
        match fetch(&url).await {
            (300..400, Some(location), _) => url = url.join(&location).unwrap(),
            _ => return,
        }
    }
}

fn whose(authorize: &Value) -> String {
    assert_eq!(authorize["event"], "authorize", "{authorize}");
    authorize["account"].as_str().unwrap().split('@').next().unwrap().to_owned()
}

/// E3: addresses come one after the other, each when the one before has ended; nothing else is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_brings_all_back_one_address_after_the_other() {
    let (board, ids) = revoked(3).await;
    let listed = board.json(&["queue"]).await.done().objects();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|it| it["of"] == "needing" && it["cause"] == "grant_revoked"), "{listed:?}");

    let mut run = Run::start(&board);
    let mut seen = vec![];
    for _ in 0..3 {
        let authorize = run.next().await;
        let account = whose(&authorize);
        consent(&board, &authorize, &account).await;
        let turn = run.next().await;
        assert_eq!((&turn["event"], &turn["state"]), (&"turn".into(), &"reconnected".into()), "{turn}");
        assert_eq!(turn["connection"], authorize["connection"], "the next comes after the one before");
        seen.push(account);
    }
    let ended = run.next().await;
    assert_eq!((&ended["event"], &ended["brought_back"]), (&"ended".into(), &3.into()), "{ended}");
    assert_eq!(run.code().await, Some(0));
    seen.sort();
    assert_eq!(seen, ["staff-1", "staff-2", "staff-3"], "each as the account it had");

    assert!(board.json(&["queue"]).await.done().objects().is_empty(), "nothing is left");
    let page = board.run(&["queue", "record"]).await.done().stdout;
    assert!(page.contains("Every connection was brought back."), "{page}");
    let table = board.run(&["queue", "record", ended["pass"].as_str().unwrap(), "--csv"]).await.done().stdout;
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(ids.iter().all(|id| table.contains(id)));
}

/// E3, A7: another account is refused, the run goes on, and says that a person is still needed.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_refused_and_the_run_goes_on() {
    let (board, _) = revoked(2).await;
    let mut run = Run::start(&board);

    let first = run.next().await;
    let name = first["name"].as_str().unwrap().to_owned();
    consent(&board, &first, "mira").await;
    let turn = run.next().await;
    assert_eq!((&turn["state"], &turn["why"]), (&"failed".into(), &"wrong_tenant_or_account".into()), "{turn}");
    let second = run.next().await;
    consent(&board, &second, &whose(&second)).await;
    assert_eq!(run.next().await["state"], "reconnected");

    assert_eq!(run.next().await["failed"], 1);
    assert_eq!(run.code().await, Some(20), "a person is still needed");
    let letter = board.run(&["queue", "letter", &name]).await.done().stdout;
    assert!(letter.contains(first["account"].as_str().unwrap()), "{letter}");
    assert!(letter.contains("What to do") && !letter.contains("state="), "no address of a sign-in is in it: {letter}");
}

/// E3: who ends it is told what is left, and the next run goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_ended_says_what_is_left() {
    let (board, _) = revoked(2).await;
    let mut run = Run::start(&board);
    let first = run.next().await;
    consent(&board, &first, &whose(&first)).await;
    assert_eq!(run.next().await["state"], "reconnected");
    assert_eq!(run.next().await["event"], "authorize");

    let pid = run.child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());

    let ended = run.next().await;
    assert_eq!((&ended["event"], &ended["brought_back"], &ended["left"]), (&"ended".into(), &1.into(), &1.into()));
    assert_eq!(run.code().await, Some(20));
    assert_eq!(board.json(&["queue"]).await.done().objects().len(), 1, "it still needs a sign-in");
}
