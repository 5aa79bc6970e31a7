//! Two whole processes on one board, and one of them is killed: the other takes the schedule over, and a storm under
//! way ends as it should [A4, A5, B2, B3, B13, S158, S159].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::TokenVersion;
use engine::clock::Clock;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::{Engine, EngineParts};
use fakes::{TokenServer, folder_keychain};
use keyring_core::CredentialStore;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines, stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::storm::board::{self, Board};
use super::support::{MINUTE, folder_in_memory};

/// Set for the processes that these tests start.
const FOLDER: &str = "PATCHBAY_TEST_TAKEOVER_FOLDER";
/// By so many seconds the process's clock is behind ours.
const BEHIND: &str = "PATCHBAY_TEST_TAKEOVER_BEHIND";
const LATENCY: Duration = Duration::from_millis(20);
const IN_THE_STORM: usize = 300;
/// What one process asks for at a time, besides what its schedule begins.
const ASKED_AT_ONCE: usize = 8;
/// The most a killed process can have under way: what it asks for and what its schedule began.
const MOST_UNDER_WAY: usize = 2 * ASKED_AT_ONCE;
/// Longer than any of this takes: reached only when something never comes.
const PATIENCE: Duration = Duration::from_secs(180);

/// B3, S159: nobody asks for anything, and what is due is refreshed all the same once the leader is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_process_takes_the_schedule_over_when_the_leader_is_killed() {
    let scene = Scene::start(5, 5).await;
    // By its clock the tokens hold for most of an hour: it leads, and refreshes nothing.
    let mut leader = Process::start(scene.folder(), 40 * MINUTE).await;
    scene.until_led_by(&leader).await;
    let mut waiting = Process::start(scene.folder(), Duration::ZERO).await;
    // A process that waits asks every two seconds whether it may lead.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(scene.leader_pid(), leader.pid(), "one leads at a time");
    assert_eq!(scene.server.redeemed(), 0, "who waits refreshes nothing by itself");

    leader.kill().await;
    let killed_at = Instant::now();
    scene.until_led_by(&waiting).await;
    let led_after = killed_at.elapsed();
    timeout(PATIENCE, scene.server.until_redeemed(5)).await.expect("the successor refreshes what is due");
    let refreshed_after = killed_at.elapsed();
    scene.until_settled().await;

    assert_eq!(scene.server.redemptions(), vec![1; 5], "each once");
    assert_eq!(scene.server.reused(), BTreeSet::new());
    println!("takeover: led after {led_after:?}, all 5 that were due refreshed after {refreshed_after:?}");
    waiting.end().await;
}

/// F23, B3, A5: a provider without grace; what was in flight at the kill is lost, and nothing besides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_two_processes_survives_the_kill_of_one() {
    let (scene, in_flight) = storm_with_a_kill(false).await;

    let reused = scene.server.reused();
    assert!(reused.is_subset(&in_flight), "twice only what was in flight: {reused:?} of {in_flight:?}");
    for (grant, lamp) in scene.lamps().into_iter().enumerate() {
        let is_lost = lamp == "reauth_required";
        assert_eq!(is_lost, reused.contains(&grant), "connection {grant} is {lamp}: a loss is said, and nothing else");
        assert!(is_lost || is_well(lamp), "connection {grant} is {lamp}");
    }
    scene.assert_whole(&reused).await;
    println!("storm with a kill, no grace: {} in flight at the kill, {} lost there", in_flight.len(), reused.len());
}

/// F23, A4, A5: with a provider that forgives one repetition nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_two_processes_loses_nothing_to_a_kill_where_the_provider_gives_grace() {
    let (scene, in_flight) = storm_with_a_kill(true).await;

    let repeated = scene.server.reused();
    assert!(repeated.is_subset(&in_flight), "twice only what was in flight: {repeated:?} of {in_flight:?}");
    let unwell: Vec<_> = scene.lamps().into_iter().filter(|lamp| !is_well(lamp)).collect();
    assert!(unwell.is_empty(), "nothing is lost: {unwell:?}");
    scene.assert_whole(&BTreeSet::new()).await;
    println!(
        "storm with a kill, grace: {} in flight at the kill, {} repeated, 0 lost",
        in_flight.len(),
        repeated.len()
    );
}

/// Not a test by itself: the process that the tests above start. Watches over the board; reads `ask FROM TO`, asks
/// for the tokens of those connections, and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_process() {
    let (Ok(folder), Ok(behind)) = (std::env::var(FOLDER), std::env::var(BEHIND)) else { return };
    let behind = Duration::from_secs(behind.parse().unwrap());
    let clock = match behind {
        Duration::ZERO => Clock::system(),
        behind => Clock::set_at(Clock::system().now().checked_sub(behind).unwrap()),
    };
    let engine = Engine::new(parts(Path::new(&folder), clock));
    engine.reconcile().await.unwrap();
    let _watch = engine.watch();
    println!("\nready");
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let mut numbers = line.strip_prefix("ask ").unwrap().split(' ').map(|it| it.parse().unwrap());
        let (from, to): (usize, usize) = (numbers.next().unwrap(), numbers.next().unwrap());
        ask_for_tokens(&engine, from, to).await;
        println!("\nasked");
    }
    engine.until_quiet().await;
}

/// As many scripts do at once.
async fn ask_for_tokens(engine: &Engine, from: usize, to: usize) {
    let mut all = engine.list_connections().unwrap();
    all.sort_by_key(|it| grant_of(&it.connection.name));
    let mut tasks = JoinSet::new();
    for it in all.drain(from..to) {
        if tasks.len() == ASKED_AT_ONCE {
            drop::<Result<RefreshOutcome, engine::Error>>(tasks.join_next().await.unwrap().unwrap());
        }
        let engine = engine.clone();
        tasks.spawn(
            async move { engine.refresh(&it.connection.id, RefreshWhy::Needed { min_valid: 10 * MINUTE }).await },
        );
    }
    tasks.join_all().await;
}

/// Two processes refresh the first half of a board one against the other; in the second half the leader is killed,
/// and its successor's schedule does the rest. Which grants were in flight at the kill comes from the server's log
/// and the keychain: redeemed, and the new token not written.
async fn storm_with_a_kill(has_grace: bool) -> (Scene, BTreeSet<usize>) {
    let scene = Scene::start(IN_THE_STORM, IN_THE_STORM).await;
    if has_grace {
        scene.server.grant_grace();
    }
    let mut leader = Process::start(scene.folder(), Duration::ZERO).await;
    scene.until_led_by(&leader).await;
    let mut waiting = Process::start(scene.folder(), Duration::ZERO).await;

    leader.say(&format!("ask 0 {IN_THE_STORM}\n")).await;
    waiting.say(&format!("ask 0 {}\n", IN_THE_STORM / 2)).await;
    timeout(PATIENCE, scene.server.until_redeemed(IN_THE_STORM * 2 / 3)).await.expect("the storm is under way");
    // The other one stands still meanwhile, so that the figures are of one moment.
    waiting.signal("-STOP");
    leader.kill().await;
    scene.until_server_is_idle().await;
    let in_flight = scene.in_flight().await;
    let redeemed_at_the_kill = scene.server.redeemed();
    waiting.signal("-CONT");

    scene.until_led_by(&waiting).await;
    timeout(PATIENCE, scene.server.until_redeemed(IN_THE_STORM)).await.expect("the other process does the rest");
    scene.until_settled().await;

    assert!(redeemed_at_the_kill < IN_THE_STORM, "the kill came before the end");
    assert_eq!(scene.server.redemptions(), vec![1; IN_THE_STORM], "each is refreshed, and none twice");
    assert_eq!(scene.server.unreadable(), 0);
    assert!(in_flight.len() <= 2 * MOST_UNDER_WAY, "{}", in_flight.len());
    let sent_again = scene.server.reused().len();
    assert!(sent_again <= MOST_UNDER_WAY, "no more than one process had under way: {sent_again}");
    waiting.end().await;
    (scene, in_flight)
}

/// A board on disk, its keychain in files that every process sees, and the server.
struct Scene {
    server: TokenServer,
    board: Board,
    home: TempDir,
}

impl Scene {
    async fn start(count: usize, due: usize) -> Self {
        let home = folder_in_memory();
        std::fs::create_dir(home.path().join("keychain")).unwrap();
        let server = TokenServer::start(count, board::PROVIDERS, LATENCY).await.unwrap();
        let board = Board::write(home.path(), &keychain(home.path()), &server, count, due).await;
        Self { server, board, home }
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }

    fn leader_pid(&self) -> Option<u32> {
        let lock: PathBuf = self.folder().join("locks").join("scheduler.lock");
        std::fs::read_to_string(lock).ok()?.split(' ').next()?.parse().ok()
    }

    async fn until_led_by(&self, process: &Process) {
        until("it leads", async || self.leader_pid() == process.pid()).await;
    }

    /// What a dead process had sent has been read, and answered as far as there is anybody to answer.
    async fn until_server_is_idle(&self) {
        let mut idle_for = 0;
        until("the server is idle", async || {
            idle_for = if self.server.under_way() == 0 { idle_for + 1 } else { 0 };
            idle_for == 10
        })
        .await;
    }

    /// Redeemed at the server, and not in the keychain.
    async fn in_flight(&self) -> BTreeSet<usize> {
        let parts = parts(self.folder(), Clock::system());
        let mut in_flight = BTreeSet::new();
        for (grant, count) in self.server.redemptions().into_iter().enumerate() {
            let newest = parts.vault.read_bundle(&self.board.ids[grant], TokenVersion(2)).await;
            if count > 0 && !matches!(newest, Ok(Some(_))) {
                in_flight.insert(grant);
            }
        }
        in_flight
    }

    /// Every connection has its new token, or has lost its grant.
    async fn until_settled(&self) {
        let engine = board::open(self.folder(), &keychain(self.folder()));
        until("everything is settled", async || {
            engine.list_connections().unwrap().iter().all(|it| {
                let version = it.connection.token.as_ref().map(|token| token.version);
                version >= Some(TokenVersion(2)) || it.status.lamp.as_str() == "reauth_required"
            })
        })
        .await;
    }

    /// By grant.
    fn lamps(&self) -> Vec<&'static str> {
        let engine = board::open(self.folder(), &keychain(self.folder()));
        let mut all = engine.list_connections().unwrap();
        all.sort_by_key(|it| grant_of(&it.connection.name));
        all.iter().map(|it| it.status.lamp.as_str()).collect()
    }

    /// The database holds, and the keychain holds of each connection that was not lost the newest token whole, under
    /// the version that counts.
    async fn assert_whole(&self, lost: &BTreeSet<usize>) {
        let parts = parts(self.folder(), Clock::system());
        parts.store.check().expect("no page and no reference is damaged");
        let newest = self.server.newest_tokens();
        for (grant, id) in self.board.ids.iter().enumerate().filter(|(grant, _)| !lost.contains(grant)) {
            let version = parts.store.find_connection(id).unwrap().unwrap().token.unwrap().version;
            let bundle = parts.vault.read_bundle(id, version).await.unwrap().expect("the version that counts is there");
            let token = bundle.refresh_token.expect("with its refresh token");
            assert!(token.is_same_as(&newest[grant]), "connection {grant} holds what the server knows");
            assert!(bundle.access_token.is_some(), "connection {grant} is whole");
        }
    }
}

struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(folder: &Path, behind: Duration) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "takeover::watching_process", "--nocapture"])
            .env(FOLDER, folder)
            .env(BEHIND, behind.as_secs().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()).lines());
        let mut process = Self { child, input, output };
        process.hear("ready").await;
        process
    }

    fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    async fn say(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(line.as_bytes()).await.unwrap();
    }

    async fn hear(&mut self, wanted: &str) {
        let heard = async {
            while let Some(line) = self.output.next_line().await.unwrap() {
                if line == wanted {
                    return;
                }
            }
            panic!("the process ended before it said {wanted:?}");
        };
        timeout(PATIENCE, heard).await.expect("the process says so in time");
    }

    fn signal(&self, signal: &str) {
        let pid = self.pid().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success(), "{signal}");
    }

    async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// By itself, once its input ends.
    async fn end(&mut self) {
        drop(self.input.take());
        assert!(timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap().success());
    }
}

/// Files of several processes tell nobody; looked at again until it holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

fn parts(folder: &Path, clock: Clock) -> EngineParts {
    board::parts(folder, &keychain(folder), clock)
}

fn keychain(folder: &Path) -> Arc<CredentialStore> {
    folder_keychain::open(&folder.join("keychain"))
}

/// A bundle that the dead process had written, and its successor adopted, has not been used yet.
fn is_well(lamp: &str) -> bool {
    ["active", "unproved"].contains(&lamp)
}

fn grant_of(name: &str) -> usize {
    name.strip_prefix("Storm ").unwrap().parse().unwrap()
}
