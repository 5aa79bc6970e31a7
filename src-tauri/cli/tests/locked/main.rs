//! The real program and the real keychain, which is locked while an answer is under way: where the new token is, who has
//! it, and what ending that one costs [A5, S154, S168].

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "the tests of the command line use the rest")]
#[path = "../command_line/disks.rs"]
mod disks;
mod keychain;
#[expect(dead_code, reason = "the tests of the command line use the rest")]
#[path = "../command_line/support.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use practice::{Endpoint, Faults};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr};
use tokio::time::timeout;

use support::{Board, Ran};

/// What the server takes for an answer: long enough to lock a keychain.
const SLOW: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(40);

/// S154, S168: others are told which program has a token that is nowhere else; that one says what it waits for, again
/// and again, and stores it once it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_a_programs_memory_is_known_to_others_and_waited_for() {
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    let board = Board::start().await;
    let id = board.connect(&["--name", "Gmail"]).await;
    let mut waiting = Waiting::start(&board, &id).await;
    let pid = waiting.pid;
    let said = waiting.line().await;
    assert!(said.contains("Gmail") && said.contains(&format!("this program alone (process {pid})")), "{said}");
    let cost = waiting.line().await;
    assert!(cost.contains("Ending this program loses the token"), "{cost}");

    let listed = board.run(&["held"]).await;
    assert_eq!(listed.code, 1, "what else waits is not known, the folder being none: {listed:?}");
    let listed = listed.stdout;
    assert!(listed.contains(&format!("Do not end process {pid} (patchbay)")), "{listed}");
    assert!(listed.contains(&format!("in memory of process {pid} (patchbay) only")), "{listed}");
    let object = board.json(&["held"]).await.object();
    let elsewhere = json!({ "pid": pid, "program": "patchbay" });
    assert_eq!((&object["sealed"], &object["elsewhere"]), (&json!(false), &elsewhere));
    let to = board.home.path().join("saved.age");
    let export = ["held", "export", "--to", to.to_str().unwrap(), "--passphrase-stdin"];
    let refused = board.json(&export).await;
    assert_eq!((refused.code, &refused.object()["error"]), (25, &json!("held_elsewhere")), "{refused:?}");
    assert!(refused.stdout.contains(&pid.to_string()) && !to.exists(), "{refused:?}");
    let shown = board.run(&["show", &id]).await.done().stdout;
    assert!(shown.contains("What it keeps is as it was") && !shown.contains("no usable answer"), "{shown}");
    let refused = board.json(&["refresh", &id]).await;
    assert_eq!((refused.code, &refused.object()["error"]), (25, &json!("held_elsewhere")), "{refused:?}");
    let again = waiting.line().await;
    assert!(again.starts_with("Still waiting. The new token of Gmail"), "{again}");

    kill("-INT", pid);
    waiting.until_said("Ctrl-C again, and it is lost").await;
    keychain::restart_unlocked().await;
    let ran = waiting.finish().await;
    assert_eq!(ran.code, 23, "{ran:?}");
    assert!(ran.stdout.contains("The keychain has taken it since"), "{ran:?}");

    assert_eq!(token_requests(&board), 1, "the spent token was sent by nobody");
    std::fs::remove_file(board.home.path().join("held")).unwrap();
    assert_eq!(board.run(&["held"]).await.done().stdout, "Nothing waits for the keychain.\n");
    board.json(&["refresh", &id]).await.done();
}

/// S154, S168, A5: who gives it up is told before what is lost, and after that it is; the timeline says when the refresh
/// was cut off, not when somebody noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_given_up_is_named_first_and_last() {
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    let board = Board::start().await;
    let id = board.connect(&["--name", "Gmail"]).await;
    let mut waiting = Waiting::start(&board, &id).await;
    waiting.until_said("Ending this program loses the token").await;

    kill("-INT", waiting.pid);
    waiting.until_said("Ctrl-C again, and it is lost").await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    kill("-INT", waiting.pid);
    waiting.until_said("The new token of Gmail was in this program's memory only, and is lost with it").await;
    let ran = waiting.finish().await;
    assert_eq!(ran.code, 25, "{ran:?}");
    assert!(!ran.stdout.contains("othing was lost") && !ran.stderr.contains("othing was lost"), "it was: {ran:?}");

    keychain::restart_unlocked().await;
    std::fs::remove_file(board.home.path().join("held")).unwrap();
    assert_eq!(board.run(&["held"]).await.done().stdout, "Nothing waits for the keychain.\n");
    let lost_at = intent_of(&board, &id).expect("nothing has settled it yet");
    // Whoever looks later, a test call settles it first.
    board.json(&["test", &id]).await;
    let events = board.json(&["events", &id]).await.done().objects();
    let cut_off: Vec<_> = events.iter().filter(|it| it["kind"] == "refresh_cut_off").collect();
    assert_eq!(cut_off.len(), 1, "{events:?}");
    let at: jiff::Timestamp = cut_off[0]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_millisecond(), lost_at, "dated as it was sent");
    let said = board.run(&["events", &id]).await.done().stdout;
    assert!(said.contains("Refresh cut off, v2: the program ended before an answer was stored"), "{said}");
}

/// S154, A5: where a person is there, the program that has the token asks for a file; it ends then, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_saves_the_token_in_a_file_and_takes_it_back() {
    const PASSPHRASE: &str = "a bridge over the river";
    const CTRL_C: &str = "\u{3}";
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    let board = Board::start().await;
    let id = board.connect(&["--name", "Gmail"]).await;
    board.json(&["refresh", &id]).await.done();
    std::fs::write(board.home.path().join("held"), "in the way").unwrap();
    board.provider.set_faults(Faults::default().answers_slowly(SLOW));
    board.provider.clear_log();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("saved.age");
    let mut terminal = AtATerminal::start(&board, &format!("refresh {id}"));
    board.provider.until_logged(|log| log.iter().any(|it| it.endpoint == Endpoint::Token)).await;
    keychain::lock();

    terminal.until_shown("Press Enter to save it in a file").await;
    terminal.type_line("").await;
    terminal.until_shown("Which file").await;
    terminal.type_letters(CTRL_C).await;
    terminal.until_shown("Still waiting; Ctrl-C again, and it is lost.").await;
    terminal.type_line(file.to_str().unwrap()).await;
    terminal.until_shown("Passphrase for the file").await;
    terminal.type_line(PASSPHRASE).await;
    terminal.until_shown("The same again").await;
    terminal.type_line(PASSPHRASE).await;
    terminal.until_shown("1 new token saved in").await;
    let shown = terminal.finish().await;
    assert!(shown.contains("patchbay held import") && !shown.contains("is lost with it"), "{shown}");

    keychain::restart_unlocked().await;
    std::fs::remove_file(board.home.path().join("held")).unwrap();
    board.provider.set_faults(Faults::default());
    let refused = board.json(&["refresh", &id]).await;
    assert_eq!((refused.code, &refused.object()["error"]), (20, &json!("held_unopened")), "{refused:?}");
    assert!(refused.stderr.contains("You saved it in a file of your own"), "{refused:?}");
    assert_eq!(token_requests(&board), 1, "the spent token was sent by nobody");
    let import = ["held", "import", file.to_str().unwrap(), "--passphrase-stdin"];
    board.run_with_input(&import, PASSPHRASE).await.done();
    board.json(&["refresh", &id]).await.done();
}

/// A3, F2: whoever thinks better of it at a passphrase is told once, and sees what he types afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passphrase_that_is_not_typed_ends_with_a_sentence_and_a_whole_terminal() {
    const CTRL_C: &str = "\u{3}";
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    let board = Board::start().await;
    let (file, pid) = (board.home.path().join("saved.age"), board.home.path().join("pid"));
    std::fs::write(&file, "what was saved").unwrap();
    let import = format!("{} held import {}", env!("CARGO_BIN_EXE_patchbay"), file.display());
    let program = format!("sh -c 'echo $$ > {}; exec {import}'; stty -a; echo at the end", pid.display());
    for is_by_key in [true, false] {
        let mut terminal = AtATerminal::running(&board, &program);
        terminal.until_shown("Passphrase of the file").await;
        if is_by_key {
            terminal.type_letters(CTRL_C).await;
        } else {
            kill("-TERM", std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap());
        }
        terminal.until_shown("at the end").await;
        let shown = &terminal.shown;
        assert_eq!(shown.matches("Cancelled; nothing was changed.").count(), 1, "{shown}");
        let has = |setting: &str| shown.split_whitespace().any(|it| it == setting);
        assert!(has("echo") && has("icanon") && has("isig"), "{shown}");
    }
}

/// S154, S071: a seal that was altered is no lost answer, and the spent token is sent at a person's word alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seal_that_was_altered_is_said_to_be_and_the_spent_token_is_not_sent() {
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    let board = Board::start().await;
    let id = board.connect(&["--name", "Gmail"]).await;
    board.json(&["refresh", &id]).await.done();
    let child = refresh_and_lock(&board, &id).await;
    let ran = support::finish(child, "").await;
    assert_eq!((ran.code, &ran.object()["error"]), (25, &json!("bundle_held")), "{ran:?}");
    let seal = board.home.path().join("held").join(format!("{id}.3.age"));
    let whole = std::fs::read(&seal).unwrap();
    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    std::fs::write(&seal, &altered).unwrap();
    keychain::restart_unlocked().await;
    board.provider.set_faults(Faults::default());
    board.provider.clear_log();

    for _ in 0..2 {
        let refused = board.json(&["refresh", &id]).await;
        assert_eq!((refused.code, &refused.object()["error"]), (20, &json!("held_unopened")), "{refused:?}");
        assert!(refused.stdout.contains("--send-spent"), "what there is to be done: {refused:?}");
        let aside = format!("{}.damaged", seal.display());
        assert!(seal.with_extension("age.damaged").exists() && refused.stderr.contains(&aside), "{refused:?}");
    }
    let shown = board.run(&["show", &id]).await.done().stdout;
    assert!(shown.contains("sealed new token cannot be opened") && !shown.contains("no usable answer"), "{shown}");
    let listed = board.json(&["list"]).await.done().object();
    assert_eq!(listed["reason"], "held_unopened", "{listed}");
    let events = board.json(&["events", &id]).await.done().objects();
    assert!(!events.iter().any(|it| it["kind"] == "refresh_cut_off"), "its answer came: {events:?}");
    assert_eq!(token_requests(&board), 0, "the spent token is not sent by itself");

    // Put back as it was, it opens.
    std::fs::write(&seal, &whole).unwrap();
    let renewed = board.json(&["refresh", &id]).await.done().object();
    assert_eq!(
        (&renewed["version"], token_requests(&board)),
        (&json!(4), 1),
        "from the token that was sealed: {renewed}"
    );

    // Once more, and a person insists.
    let child = refresh_and_lock(&board, &id).await;
    assert_eq!(support::finish(child, "").await.code, 25);
    std::fs::write(seal.with_file_name(format!("{id}.5.age")), &altered).unwrap();
    keychain::restart_unlocked().await;
    board.provider.set_faults(Faults::default());
    assert_eq!(board.json(&["refresh", &id]).await.code, 20);
    board.provider.clear_log();
    let ended = board.json(&["refresh", &id, "--send-spent"]).await;
    assert_eq!((ended.code, token_requests(&board)), (20, 1), "sent once, and this provider ends the grant: {ended:?}");
    assert_ne!(ended.object()["error"], "held_unopened");
}

/// S154: a disk without a byte left does not keep a sealed token from being carried away to another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_token_is_carried_away_from_a_full_disk() {
    const PASSPHRASE: &str = "a bridge over the river";
    let Some(_keychain) = keychain::alone().await else { return println!("{}", keychain::NONE) };
    if !disks::may_be_mounted().await {
        return;
    }
    let board = Board::start().await;
    let id = board.connect(&["--name", "Gmail"]).await;
    board.json(&["refresh", &id]).await.done();
    let child = refresh_and_lock(&board, &id).await;
    assert_eq!(support::finish(child, "").await.code, 25);
    keychain::restart_unlocked().await;
    board.provider.set_faults(Faults::default());
    board.provider.clear_log();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("saved.age");

    let export = ["held", "export", "--to", file.to_str().unwrap(), "--passphrase-stdin"];
    let said = disks::on_a_full_one(&board, &export, PASSPHRASE).await.done();

    assert!(said.stdout.contains("1 new token saved in") && said.stderr.contains("The disk is full"), "{said:?}");
    let import = ["held", "import", file.to_str().unwrap(), "--passphrase-stdin"];
    let brought_back = board.run_with_input(&import, PASSPHRASE).await.done();
    board.json(&["refresh", &id]).await.done();
    assert_eq!(token_requests(&board), 1, "from the token that was sealed: {brought_back:?}");
}

/// A refresh whose new token neither the keychain nor the disk takes.
struct Waiting {
    child: Child,
    pid: u32,
    said: Lines<BufReader<ChildStderr>>,
}

impl Waiting {
    async fn start(board: &Board, id: &str) -> Self {
        board.json(&["refresh", id]).await.done();
        std::fs::write(board.home.path().join("held"), "in the way").unwrap();
        let mut child = refresh_and_lock(board, id).await;
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { pid: child.id().unwrap(), child, said }
    }

    async fn line(&mut self) -> String {
        timeout(LONG, self.said.next_line()).await.expect("nothing was said").unwrap().expect("it has ended")
    }

    async fn until_said(&mut self, part: &str) {
        let mut said = vec![];
        let until = async {
            while said.last().is_none_or(|line: &String| !line.contains(part)) {
                said.push(self.line().await);
            }
        };
        if timeout(LONG, until).await.is_err() {
            panic!("{part:?} was not said: {said:?}");
        }
    }

    async fn finish(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        while let Some(line) = timeout(LONG, self.said.next_line()).await.expect("it goes on").unwrap() {
            stderr += &line;
        }
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).await.unwrap();
        let status = timeout(LONG, self.child.wait()).await.expect("it goes on").unwrap();
        Ran { code: status.code().expect("an exit code, not a signal"), stdout, stderr }
    }
}

/// The program with a person in front of it: `script` makes the terminal.
struct AtATerminal {
    child: Child,
    shown: String,
}

impl AtATerminal {
    fn start(board: &Board, arguments: &str) -> Self {
        // In the shell's place: one that waits for the program hears its Ctrl-C too, and some then end by it.
        Self::running(board, &format!("exec {} {arguments}", env!("CARGO_BIN_EXE_patchbay")))
    }

    fn running(board: &Board, program: &str) -> Self {
        let mut command = tokio::process::Command::new("script");
        command.args(["--quiet", "--return", "--command", program, "/dev/null"]).kill_on_drop(true);
        command.env("PATCHBAY_HOME", board.home.path()).env_remove("PATCHBAY_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), shown: String::new() }
    }

    async fn until_shown(&mut self, part: &str) {
        let mut piece = [0; 4096];
        while !self.shown.contains(part) {
            let read = timeout(LONG, self.child.stdout.as_mut().unwrap().read(&mut piece)).await;
            let length = read.unwrap_or_else(|_| panic!("{part:?} was not shown: {}", self.shown)).unwrap();
            assert!(length > 0, "it has ended without {part:?}: {}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    }

    async fn type_line(&mut self, line: &str) {
        self.type_letters(&format!("{line}\n")).await;
    }

    async fn type_letters(&mut self, letters: &str) {
        let keyboard = self.child.stdin.as_mut().unwrap();
        keyboard.write_all(letters.as_bytes()).await.unwrap();
        keyboard.flush().await.unwrap();
    }

    /// All that was shown; it ends as what waits for the keychain does.
    async fn finish(mut self) -> String {
        let rest = async {
            let mut rest = vec![];
            self.child.stdout.as_mut().unwrap().read_to_end(&mut rest).await.unwrap();
            self.shown.push_str(&String::from_utf8_lossy(&rest));
            self.child.wait().await.unwrap()
        };
        let status = timeout(LONG, rest).await.expect("it goes on");
        assert_eq!(status.code(), Some(25), "{}", self.shown);
        self.shown
    }
}

/// The keychain is locked between request and answer.
async fn refresh_and_lock(board: &Board, id: &str) -> Child {
    board.provider.set_faults(Faults::default().answers_slowly(SLOW));
    board.provider.clear_log();
    let child = board.command(&["refresh", id, "--json"]).spawn().unwrap();
    board.provider.until_logged(|log| log.iter().any(|it| it.endpoint == Endpoint::Token)).await;
    keychain::lock();
    child
}

fn token_requests(board: &Board) -> usize {
    board.provider.log().iter().filter(|it| it.endpoint == Endpoint::Token).count()
}

/// When the refresh began that nobody has settled, in milliseconds.
fn intent_of(board: &Board, id: &str) -> Option<i64> {
    let sqlite = rusqlite::Connection::open(board.home.path().join("patchbay.db")).unwrap();
    sqlite.query_row("SELECT intent_at FROM connections WHERE id = ?1", [id], |row| row.get(0)).unwrap()
}

fn kill(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success(), "{signal}");
}
