//! The board served without a window, and programs that ask it [F1, F2, S145, S147, S150].

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Board, Ran, finish};

const PATIENCE: Duration = Duration::from_secs(60);

/// `patchbay serve`, once it can be asked.
pub(crate) struct Served {
    child: Child,
    // Kept open: what it says last is written somewhere.
    _stdout: BufReader<ChildStdout>,
    socket: String,
}

impl Served {
    pub(crate) async fn start(board: &Board) -> Self {
        let mut child =
            board.command(&["serve", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await.expect("it begins").unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        assert_eq!(told["event"], "serving");
        Self { child, _stdout: stdout, socket: told["socket"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn end(mut self) -> i32 {
        let pid = Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap().code().unwrap()
    }
}

/// In a session without a keychain, as a job of cron's has none.
async fn run_without_keychain(mut command: Command) -> Ran {
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    finish(command.spawn().unwrap(), "").await
}

/// F2, S150: where a program watches over the board, the command line asks it: a job without a keychain gets its token, the
/// event says who started it, and the end takes the socket away.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_a_keychain_gets_its_token_from_who_serves() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    assert_eq!(run_without_keychain(board.command(&["token", &id])).await.code, 25, "by itself it cannot");
    let served = Served::start(&board).await;

    let given = run_without_keychain(board.command(&["token", &id, "--json"])).await.done().object();
    let usual = board.run(&["token", &id]).await.done();

    assert_eq!(given["access_token"], usual.stdout.trim());
    let events = board.json(&["events", &id]).await.done().objects();
    let taken: Vec<_> = events.iter().filter(|it| it["kind"] == "token_delivered").collect();
    assert_eq!(taken.len(), 2, "{events:?}");
    for event in taken {
        let subject = event["subject"].as_str().unwrap();
        assert!(subject.starts_with("command line, started by "), "{subject}");
    }
    let second = board.json(&["serve"]).await;
    assert_eq!(second.code, 1, "one serves a board: {second:?}");
    assert!(second.stderr.contains("served_already") || second.stdout.contains("served_already"), "{second:?}");
    let socket = served.socket.clone();
    assert!(std::path::Path::new(&socket).exists());
    assert_eq!(served.end().await, 0);
    assert!(!std::path::Path::new(&socket).exists());
    board.run(&["token", &id]).await.done();
}

/// F2, S147: a program that speaks the protocol for itself is asked about by what it is, and gets its token once it may;
/// changed, it is asked about anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_over_the_socket_gets_a_token_once_a_person_allows_it() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let served = Served::start(&board).await;
    let example = board.home.path().join("door.py");
    let text = include_str!("../../../../docs/examples/door.py");
    std::fs::write(&example, text).unwrap();
    let run = async || {
        let mut command = Command::new("python3");
        command.arg(&example).args([&served.socket, "Orders"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        finish(command.spawn().unwrap(), "").await
    };

    let asked = run().await;
    assert_eq!((asked.code, asked.stderr.as_str()), (1, ""), "{asked:?}");
    let command = asked.stdout.lines().nth(1).expect("the command that allows it").to_owned();
    let words: Vec<_> = command.split_whitespace().skip(1).collect();
    assert!(asked.stdout.starts_with("permission_needed: ") && words[..2] == ["programs", "allow"], "{asked:?}");
    board.run(&words).await.done();

    let given = run().await.done();
    assert_eq!(given.stdout, board.run(&["token", &id]).await.done().stdout);
    std::fs::write(&example, format!("{text}\n")).unwrap();
    assert!(run().await.stdout.starts_with("permission_needed: "), "it is another program now");
    assert_eq!(served.end().await, 0);
}

/// F2, S147: who allows an interpreter whose script is not known allows every program in its language, and is told so.
#[tokio::test(flavor = "multi_thread")]
async fn an_interpreter_alone_stands_for_all_that_it_runs() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let served = Served::start(&board).await;
    let mut command = Command::new("python3");
    command.args(["-c", include_str!("../../../../docs/examples/door.py"), &served.socket, "Orders"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let asked = finish(command.spawn().unwrap(), "").await;
    assert!(asked.stdout.starts_with("permission_needed: "), "{asked:?}");
    let program = board.json(&["programs"]).await.done().object()["program"].as_str().unwrap().to_owned();

    let listed = board.run(&["programs"]).await.done();
    let allowed = board.run(&["programs", "allow", &program, &id]).await.done();
    let denied = board.run(&["programs", "deny", &program, &id]).await.done();

    let said = "It stands for every Python program of yours";
    assert!(listed.stdout.contains(said), "{listed:?}");
    assert!(allowed.stderr.contains(said) && allowed.stderr.contains("patchbay programs revoke prg_"), "{allowed:?}");
    assert!(!denied.stderr.contains(said), "{denied:?}");
    assert_eq!(board.json(&["programs", "seen"]).await.done().stdout, "", "and it is no workflow");
    assert_eq!(served.end().await, 0);
}

/// S147, S149: copies of a program leave room for the questions of others, those that came first stay, and the list says
/// how many there were besides.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_program_push_nobodys_question_out() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let served = Served::start(&board).await;
    let folder = tempfile::tempdir().unwrap();
    let example = include_str!("../../../../docs/examples/door.py");
    let ask = async |group: &str, count: usize| {
        let group = folder.path().join(group);
        std::fs::create_dir(&group).unwrap();
        let mut words = String::new();
        for number in 0..count {
            let copy = group.join(format!("copy{number}.py"));
            std::fs::write(&copy, format!("{example}# {number}\n")).unwrap();
            words.push_str(&format!("python3 '{}' '{}' Orders\n", copy.display(), served.socket));
        }
        let all = folder.path().join(format!("{}.sh", group.file_name().unwrap().display()));
        std::fs::write(&all, format!("{words}true\n")).unwrap();
        let mut command = Command::new("sh");
        command.arg(all).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        finish(command.spawn().unwrap(), "").await.done()
    };

    let flood = ask("flood", 20).await;
    let other = ask("other", 1).await;

    assert_eq!(flood.stdout.matches("permission_needed: ").count(), 20, "{flood:?}");
    assert_eq!(flood.stdout.matches("patchbay programs allow prg_").count(), 16, "{flood:?}");
    assert_eq!(other.stdout.matches("patchbay programs allow prg_").count(), 1, "{other:?}");
    let listed = board.run(&["programs"]).await.done().stdout;
    assert!(
        listed.contains("17 questions wait") && listed.contains("4 more programs asked and found no room"),
        "{listed}"
    );
    let all = board.json(&["programs"]).await.done().objects();
    for one in all {
        board.run(&["programs", "deny", one["program"].as_str().unwrap(), &id]).await.done();
    }
    let listed = board.run(&["programs"]).await.done().stdout;
    assert!(!listed.contains("found no room"), "whoever comes finds room again: {listed}");
    assert_eq!(served.end().await, 0);
}

/// F1: what a script is told of a dead grant is the same, whoever looked.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_grant_is_told_in_the_same_words_by_whoever_looked() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    assert_eq!(board.provider.revoke_all(), 1);
    let _served = Served::start(&board).await;
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);

    let through = board.run(&["token", &id]).await;
    drop(_served);
    let alone = board.run(&["token", &id]).await;

    assert_eq!((through.code, &through.stderr), (alone.code, &alone.stderr));
    assert_eq!((through.code, through.stdout.as_str()), (20, ""));
}

/// S147: another program is asked about, listed with what it is, and gets what a person says.
#[tokio::test(flavor = "multi_thread")]
async fn another_program_gets_what_a_person_lets_it_have() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    // Another file than the one that serves.
    let other = folder.path().join("backup");
    std::fs::copy(env!("CARGO_BIN_EXE_patchbay"), &other).unwrap();
    let ask = || {
        let mut command = Command::new(&other);
        command.args(["token", &id]).env("PATCHBAY_HOME", board.home.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run_without_keychain(command)
    };
    let _served = Served::start(&board).await;

    assert_eq!(ask().await.code, 25, "it is told nothing, and has no keychain of its own");
    let waiting = board.json(&["programs"]).await.done().object();
    assert_eq!((&waiting["name"], &waiting["permission"]), (&"backup".into(), &"asked".into()));
    assert_eq!(waiting["path"], other.to_str().unwrap());
    let listed = board.run(&["programs"]).await.done();
    assert!(
        listed.stdout.contains("One program waits for your answer") && listed.stdout.contains("backup"),
        "{listed:?}"
    );

    let allowed = board.run(&["programs", "allow", "backup", &id]).await.done();
    assert!(allowed.stderr.contains("backup may take tokens of "), "{allowed:?}");
    assert!(!ask().await.done().stdout.is_empty());
    board.run(&["programs", "deny", waiting["program"].as_str().unwrap(), &id]).await.done();
    let refused = ask().await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("this program may not use"), "{refused:?}");
    board.run(&["programs", "revoke", "backup"]).await.done();
    assert_eq!(board.json(&["programs"]).await.done().stdout, "");
    assert_eq!(board.run(&["programs", "allow", "backup", &id]).await.code, 2, "nobody of that name has asked");
}

/// S147: on a machine where nobody can be asked a person says once what holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_a_person_can_be_told_to_let_programs_in() {
    let board = Board::start().await;

    assert_eq!(board.json(&["programs", "unasked"]).await.done().object()["unasked"], "refuse");
    let set = board.run(&["programs", "unasked", "allow"]).await.done();

    assert!(set.stdout.contains("get the tokens they ask for"), "{set:?}");
    assert_eq!(board.json(&["programs", "unasked"]).await.done().object()["unasked"], "allow");
    let events = board.json(&["events"]).await.done().objects();
    assert!(events.iter().any(|it| it["kind"] == "settings_changed" && it["subject"] == "unasked programs allow"));
}

/// F3: a session without a keychain that waited through who served says that it has gone, waits on, and goes on through
/// the next one; its time over, it ends as a matter of time and not with a keychain that it never had.
#[tokio::test(flavor = "multi_thread")]
async fn who_waited_through_an_app_that_ended_says_so_and_waits_on() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let served = Served::start(&board).await;
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.run(&["preflight", "Orders"]).await.code, 20);
    let wait = |more: &[&str]| {
        let mut command = board.command(&[&["wait", "Orders"], more].concat());
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus").spawn().unwrap()
    };
    let (in_vain, mut waiting) = (wait(&["--timeout", "12s", "--json"]), wait(&[]));
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let mut until_said = async |wanted: &str| loop {
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it is said").unwrap().unwrap();
        if line.contains(wanted) {
            break;
        }
    };
    until_said("Waiting for Orders.").await;
    // The other one too.
    while board.json(&["programs", "waiting"]).await.done().objects().len() < 2 {
        tokio::task::yield_now().await;
    }

    assert_eq!(served.end().await, 0);
    until_said("The Patchbay that this waited through has ended").await;
    until_said("It waits on until one runs again").await;
    let in_vain = finish(in_vain, "").await;
    assert_eq!(in_vain.code, 23, "{in_vain:?}");
    assert_eq!(in_vain.object()["error"], "patchbay_gone", "{in_vain:?}");
    assert_eq!(board.json(&["programs", "waiting"]).await.done().objects().len(), 1, "it waits still");

    let served = Served::start(&board).await;
    board.sign_in(&["reconnect", &id]).await.done();
    let ended = tokio::time::timeout(PATIENCE, waiting.wait()).await.expect("it goes on").unwrap();
    assert_eq!(ended.code(), Some(0));
    assert_eq!(served.end().await, 0);
}

/// F3: the limit of a wait is the waiting program's own: where who serves says nothing any more, it ends all the same, and
/// says what it knows by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_in_time_though_who_serves_is_stopped() {
    let board = Board::start().await;
    board.connect(&["--name", "Orders"]).await;
    let served = Served::start(&board).await;
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.run(&["preflight", "Orders"]).await.code, 20);
    let began = std::time::Instant::now();
    let mut waiting = board.command(&["wait", "Orders", "--timeout", "10s", "--json"]).spawn().unwrap();
    let mut run = board.command(&["run", "--needs", "Orders", "--wait", "10s", "--", "true"]).spawn().unwrap();
    for child in [&mut waiting, &mut run] {
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
        let said = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it is said").unwrap().unwrap();
        assert!(said.contains("Waiting for Orders."), "{said}");
    }
    while board.json(&["programs", "waiting"]).await.done().objects().len() < 2 {}
    let pid = Pid::from_raw(i32::try_from(served.child.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();

    let both = async { tokio::join!(waiting.wait_with_output(), run.wait_with_output()) };
    let ended = tokio::time::timeout(PATIENCE, both).await;
    kill_process(pid, Signal::CONT).unwrap();

    let (waited, ran) = ended.expect("both end by themselves");
    assert!(began.elapsed() >= Duration::from_secs(10));
    let waited = waited.unwrap();
    assert_eq!((waited.status.code(), ran.unwrap().status.code()), (Some(20), Some(20)));
    let told = String::from_utf8(waited.stdout).unwrap();
    let told: Value = serde_json::from_str(told.lines().nth(1).expect("one line for each connection")).unwrap();
    assert_eq!((&told["name"], &told["verdict"]), (&"Orders".into(), &"blocked_on_auth".into()));
    assert_eq!(served.end().await, 0);
}

/// F1, F3: before a run and while it is blocked who serves is asked; its end is the end of no waiting.
#[tokio::test(flavor = "multi_thread")]
async fn preflight_and_wait_ask_who_serves() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let alone = board.json(&["preflight", "Orders", "--known"]).await.done().stdout;
    let served = Served::start(&board).await;

    let through = run_without_keychain(board.command(&["preflight", "Orders", "--known", "--json"])).await.done();
    assert_eq!(through.stdout, alone, "the same answer, without a keychain");
    run_without_keychain(board.command(&["preflight", "Orders"])).await.done();
    assert_eq!(board.provider.revoke_all(), 1);
    let blocked = run_without_keychain(board.command(&["preflight", "Orders"])).await;
    assert_eq!(blocked.code, 20);
    assert!(blocked.stdout.contains(&format!("patchbay://reconnect/{id}")), "{blocked:?}");
    let up = run_without_keychain(board.command(&["wait", "Orders", "--timeout", "1s"])).await;
    assert_eq!(up.code, 20, "{up:?}");

    let mut waiting = board.command(&["wait", "Orders"]).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let said = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it is said").unwrap().unwrap();
    assert!(said.contains("Waiting for Orders."), "{said}");
    assert_eq!(served.end().await, 0);
    board.sign_in(&["reconnect", &id]).await.done();

    let ended = tokio::time::timeout(PATIENCE, waiting.wait()).await.expect("it goes on").unwrap();
    assert_eq!(ended.code(), Some(0));
}
