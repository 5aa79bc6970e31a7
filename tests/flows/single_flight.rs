//! One refresh per connection at a time, among tasks and among processes [B3, S070, S158].

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::ConnectionId;
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest};
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::{Engine, EngineParts, Error};
use fakes::{Person, folder_keychain};
use jiff::Timestamp;
use keyring_core::CredentialStore;
use practice::{Faults, PracticeProvider, Settings};
use tokio::task::JoinSet;

use super::support::{HOUR, MINUTE, World, refreshes, settled, timeouts, within};

/// Set for the processes that these tests start.
const FOLDER: &str = "PATCHBAY_TEST_FLOWS_FOLDER";
const CONNECTION: &str = "PATCHBAY_TEST_FLOWS_CONNECTION";
const KEYCHAIN: &str = "PATCHBAY_TEST_FLOWS_KEYCHAIN";
/// Says that this session has a keychain of its own for tests.
const REAL_KEYCHAIN: &str = "PATCHBAY_TEST_KEYCHAIN";

/// B3: a hundred at once, and one request for each expiry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_tasks_make_one_request_for_each_expiry() {
    let world = World::start().await;
    let connection = world.connect().await;

    for expiry in 1..=3 {
        world.pass_time(HOUR);
        let (refreshed, fresh) = refresh_a_hundred_times(&world.engine, &connection.id).await;
        assert_eq!((refreshed, fresh), (1, 99), "one goes, the others take what it brought");
        assert_eq!(world.refreshes().len(), expiry, "one request for each expiry");
    }

    assert!(world.practice.grants()[0].is_alive(), "no token was shown twice");
}

/// B3, S070: clicks are no exception.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clicks_at_once_are_one_refresh() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_slowly(Duration::from_secs(3)));

    let mut clicks = JoinSet::new();
    for _ in 0..100 {
        let (engine, id) = (world.engine.clone(), connection.id.clone());
        clicks.spawn(async move { engine.refresh(&id, RefreshWhy::Person).await.unwrap() });
    }
    let outcomes = clicks.join_all().await;

    let refreshed = outcomes.iter().filter(|it| matches!(it, RefreshOutcome::Refreshed { .. })).count();
    assert_eq!((refreshed, world.refreshes().len()), (1, 1));
}

/// B3, B4, S060: an answer with a new refresh token and nothing to send to an API is a failure for all who waited for it,
/// and nobody is sent to sign in for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_a_token_is_the_same_to_all_who_waited_for_it() {
    const NONE: &str = r#"{"access_token":"","token_type":"Bearer","refresh_token":"{refresh_token}"}"#;
    let world = World::start().await;
    let id = &world.connect().await.id;
    world.pass_time(HOUR);
    let slow = Faults::default().answers_slowly(Duration::from_secs(1));
    world.set_faults(slow.malformed_token_answer(NONE));

    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (engine, id) = (world.engine.clone(), id.clone());
        tasks.spawn(async move { engine.fresh_access_token(&id, MINUTE, "a test").await.map(drop) });
    }
    for outcome in tasks.join_all().await {
        assert!(matches!(outcome, Err(Error::Temporary { .. })), "{outcome:?}");
    }
    assert_eq!(world.refreshes().len(), 1, "it is asked again after the usual wait");

    let mut clicks = JoinSet::new();
    for _ in 0..20 {
        let (engine, id) = (world.engine.clone(), id.clone());
        clicks.spawn(async move { engine.refresh(&id, RefreshWhy::Person).await.unwrap() });
    }
    for outcome in clicks.join_all().await {
        assert!(matches!(outcome, RefreshOutcome::Failed { .. }), "{outcome:?}");
    }
    assert_eq!(world.refreshes().len(), 2, "twenty clicks at once are one refresh");
    assert!(world.still_works(id).await, "and the next one asks again");
}

/// B3, S158: two processes on one board, with files and locks as in life.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_make_one_request_for_each_expiry() {
    two_processes(Kind::Folder).await;
}

/// B3, S158: the same with the keychain of this system, where there is one for tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_make_one_request_for_each_expiry_with_a_real_keychain() {
    if has_real_keychain() {
        two_processes(Kind::Real).await;
    }
}

/// B3, S158: whoever is killed with the lock in its hands passes it on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_in_the_middle_of_a_refresh_passes_the_lock_on() {
    let board = Board::start(Kind::Folder).await;
    let mut process = Process::start(&board);
    board.practice.set_faults(Faults::default().rotation_grace(MINUTE).never_answers());
    board.practice.pass_time(HOUR);
    process.say(&format!("advance {}\n", HOUR.as_secs()));
    within(board.practice.until_logged(|_| refreshes(&board.practice).len() == 1)).await;

    let (engine, id) = (board.engine.clone(), board.connection.clone());
    board.clock.advance(HOUR);
    let waiting =
        tokio::spawn(async move { engine.refresh(&id, RefreshWhy::Needed { min_valid: 10 * MINUTE }).await.unwrap() });
    board.practice.set_faults(Faults::default().rotation_grace(MINUTE));
    process.child.kill().unwrap();
    process.child.wait().unwrap();

    let outcome = within(waiting).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "the kernel gave the lock back: {outcome:?}");
    assert_eq!(refreshes(&board.practice).len(), 2, "the killed one's request, and ours");
}

/// A5, B3: the lock files are taken away in the middle of a refresh: the process that lives is waited for, and its token
/// is not sent a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_file_that_is_taken_away_lets_nobody_send_the_same_token() {
    for is_renamed in [false, true] {
        let board = Board::start(Kind::Folder).await;
        let mut process = Process::start(&board);
        board.practice.set_faults(Faults::default().answers_slowly(Duration::from_secs(3)));
        board.practice.pass_time(HOUR);
        board.clock.advance(HOUR);
        process.say(&format!("advance {}\n", HOUR.as_secs()));
        within(board.practice.until_logged(|_| refreshes(&board.practice).len() == 1)).await;

        let locks = board.folder.path().join("locks");
        if is_renamed {
            std::fs::rename(&locks, board.folder.path().join("elsewhere")).unwrap();
        } else {
            std::fs::remove_file(locks.join(format!("{}.lock", board.connection))).unwrap();
        }
        board.engine.reconcile().await.unwrap();
        let reason = board.engine.overview(&board.connection).unwrap().status.reason;
        assert_ne!(reason.as_str(), "outcome_unknown", "somebody is at it");
        let outcome = within(board.engine.refresh(&board.connection, RefreshWhy::Person)).await.unwrap();

        assert!(matches!(outcome, RefreshOutcome::AlreadyFresh { version } if version.0 == 2), "{outcome:?}");
        assert_eq!(process.hear().0, 1, "it was waited for");
        assert_eq!(refreshes(&board.practice).len(), 1, "one request");
        assert!(board.practice.grants()[0].is_alive(), "no token was shown twice");
    }
}

/// A5, B3: neither is a process waited for that died after its lock file was taken away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_process_without_its_lock_file_is_not_waited_for() {
    let board = Board::start(Kind::Folder).await;
    let mut process = Process::start(&board);
    board.practice.set_faults(Faults::default().rotation_grace(MINUTE).never_answers());
    board.practice.pass_time(HOUR);
    board.clock.advance(HOUR);
    process.say(&format!("advance {}\n", HOUR.as_secs()));
    within(board.practice.until_logged(|_| refreshes(&board.practice).len() == 1)).await;
    std::fs::remove_dir_all(board.folder.path().join("locks")).unwrap();
    let (engine, id) = (board.engine.clone(), board.connection.clone());
    let waiting = tokio::spawn(async move { engine.refresh(&id, RefreshWhy::Person).await.unwrap() });
    board.practice.set_faults(Faults::default().rotation_grace(MINUTE));

    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let died_at = std::time::Instant::now();

    let outcome = within(waiting).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
    assert!(died_at.elapsed() < Duration::from_secs(5), "nobody waits for the dead");
    assert_eq!(refreshes(&board.practice).len(), 2, "the killed one's request, and ours");
}

/// Not a test by itself: the process that the tests above start. Reads `advance SECONDS`, lets its clock run, asks
/// for a token a hundred times at once and says what came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshing_process() {
    let (Ok(folder), Ok(id), Ok(kind)) = (std::env::var(FOLDER), std::env::var(CONNECTION), std::env::var(KEYCHAIN))
    else {
        return;
    };
    let kind = if kind == "real" { Kind::Real } else { Kind::Folder };
    let clock = Clock::set_at(now());
    let engine = open(Path::new(&folder), kind, &clock);
    println!("ready");
    for line in io::stdin().lines() {
        let line = line.unwrap();
        let seconds = line.strip_prefix("advance ").unwrap().parse().unwrap();
        clock.advance(Duration::from_secs(seconds));
        let (refreshed, fresh) = refresh_a_hundred_times(&engine, &ConnectionId::from_text(&id)).await;
        println!("done {refreshed} {fresh}");
    }
}

async fn two_processes(kind: Kind) {
    let board = Board::start(kind).await;
    let mut processes = [Process::start(&board), Process::start(&board)];

    for expiry in 1..=3 {
        board.practice.pass_time(HOUR);
        for process in &mut processes {
            process.say(&format!("advance {}\n", HOUR.as_secs()));
        }
        let mut sum = (0, 0);
        for process in &mut processes {
            let (refreshed, fresh) = process.hear();
            sum = (sum.0 + refreshed, sum.1 + fresh);
        }
        assert_eq!(sum, (1, 199), "one of two hundred goes, in whichever process");
        assert_eq!(refreshes(&board.practice).len(), expiry, "one request for each expiry");
    }

    assert!(board.practice.grants()[0].is_alive(), "no token was shown twice");
}

async fn refresh_a_hundred_times(engine: &Engine, id: &ConnectionId) -> (usize, usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (engine, id) = (engine.clone(), id.clone());
        tasks.spawn(async move { engine.refresh(&id, RefreshWhy::Needed { min_valid: 10 * MINUTE }).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let count = |is: fn(&RefreshOutcome) -> bool| outcomes.iter().filter(|it| is(it)).count();
    (
        count(|it| matches!(it, RefreshOutcome::Refreshed { .. })),
        count(|it| matches!(it, RefreshOutcome::AlreadyFresh { .. })),
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Files that both processes see.
    Folder,
    Real,
}

/// A board on disk with one connection of Mira's.
struct Board {
    practice: PracticeProvider,
    engine: Engine,
    clock: Clock,
    connection: ConnectionId,
    kind: Kind,
    folder: tempfile::TempDir,
}

impl Board {
    async fn start(kind: Kind) -> Self {
        let practice = PracticeProvider::start(Settings::default()).await.unwrap();
        practice.consent_automatically(Some("mira"));
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keychain")).unwrap();
        let clock = Clock::set_at(now());
        let engine = open(folder.path(), kind, &clock);
        engine.adopt_practice(practice.issuer()).await.unwrap();
        let request = ConnectRequest {
            provider: practice.issuer().to_owned(),
            client: ClientChoice::Usual,
            scopes: vec![],
            name: None,
            customer: None,
            environment: Default::default(),
            port: None,
            opens_browser: true,
            ..Default::default()
        };
        let sign_in = engine.begin_connect(request).await.unwrap();
        let progress = settled(&engine, &sign_in.id).await;
        let engine::flows::connect::SignInProgress::Connected(connection) = progress else { panic!("{progress:?}") };
        Self { practice, engine, clock, connection, kind, folder }
    }
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(board: &Board) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "single_flight::refreshing_process", "--nocapture"])
            .env(FOLDER, board.folder.path())
            .env(CONNECTION, board.connection.as_str())
            .env(KEYCHAIN, if board.kind == Kind::Real { "real" } else { "folder" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut process = Self { child, input, output };
        process.line_with("ready");
        process
    }

    fn say(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).unwrap();
    }

    /// How many of its hundred were refreshed, and how many found it done.
    fn hear(&mut self) -> (usize, usize) {
        let line = self.line_with("done ");
        let mut numbers = line.trim().rsplit(' ').map(|it| it.parse().unwrap());
        let fresh = numbers.next().unwrap();
        (numbers.next().unwrap(), fresh)
    }

    fn line_with(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the process ended before it said {text:?}");
        }
        line
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn open(folder: &Path, kind: Kind, clock: &Clock) -> Engine {
    let store = match kind {
        Kind::Folder => folder_keychain::open(&folder.join("keychain")),
        // It must not be opened inside a runtime.
        Kind::Real => std::thread::spawn(real_keychain).join().unwrap(),
    };
    let browser = Browser::scripted(Person::default().opener());
    let timeouts = timeouts(Duration::from_secs(20));
    Engine::new(EngineParts::open_with(folder, store, clock.clone(), browser, timeouts).unwrap())
}

#[cfg(target_os = "linux")]
pub(super) fn real_keychain() -> Arc<CredentialStore> {
    zbus_secret_service_keyring_store::Store::new().unwrap()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn real_keychain() -> Arc<CredentialStore> {
    unreachable!("only Linux has a keychain that a test can start")
}

pub(super) fn has_real_keychain() -> bool {
    cfg!(target_os = "linux") && std::env::var_os(REAL_KEYCHAIN).is_some_and(|it| it == "1")
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap()
}
