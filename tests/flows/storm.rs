//! Many connections due at one time: each is refreshed once, providers are not crowded, memory stays flat
//! [B2, B3, B13, S161, S165, F23, F26].
//!
//! `PATCHBAY_STORM` says how many; `./dev storm` runs ten thousand in a release build.

pub(super) mod board;
mod for_a_window;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::TokenVersion;
use engine::Engine;
use fakes::{Keychain, TokenServer};
use keyring_core::CredentialStore;
use tempfile::TempDir;
use tokio::time::timeout;

use super::single_flight::{has_real_keychain, real_keychain};
use super::support::folder_in_memory;
use board::{Board, PROVIDERS};

const COUNT: &str = "PATCHBAY_STORM";
const USUAL_COUNT: usize = 500;
/// What a keyring on a person's machine is asked for.
const REAL_COUNT: usize = 200;
const LATENCY: Duration = Duration::from_millis(20);
/// Refreshes at once, over all providers.
const MOST_OVERALL: usize = 8;
const PATIENCE: Duration = Duration::from_secs(1800);

/// F23, B3, B13: keychain and database in memory: the engine's own cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_is_one_refresh_for_each_connection() {
    let count = std::env::var(COUNT).map_or(USUAL_COUNT, |text| text.parse().unwrap());
    let figures = storm(count, Keychain::default().store(), folder_in_memory()).await;
    println!("storm, keychain and database in memory: {figures}");
}

/// F23, B3, B13: with this system's keychain and disk, where there is a keychain for tests: what a person gets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_with_a_real_keychain_is_one_refresh_for_each_connection() {
    if has_real_keychain() {
        let store = tokio::task::spawn_blocking(|| std::thread::spawn(real_keychain).join().unwrap()).await.unwrap();
        let figures = storm(REAL_COUNT, store, tempfile::tempdir().unwrap()).await;
        println!("storm, keychain and disk of the system: {figures}");
    } else {
        println!("skipped: this needs a keychain for tests; tests/with_keychain.sh gives one");
    }
}

async fn storm(count: usize, keychain: Arc<CredentialStore>, folder: TempDir) -> String {
    let server = TokenServer::start(count, PROVIDERS, LATENCY).await.unwrap();
    let board = Board::write(folder.path(), &keychain, &server, count, count).await;
    let engine = board::open(folder.path(), &keychain);
    let limit = usize::max(2, engine.provider(&board.providers[0].id).unwrap().refresh.limits.at_once);
    let (memory_before, cpu_before, started) = (memory_mib(), cpu_time(), Instant::now());

    let watch = engine.watch();
    let halfway = async {
        server.until_redeemed(count / 2).await;
        memory_mib()
    };
    let memory_halfway = timeout(PATIENCE, halfway).await.expect("half of them are refreshed");
    timeout(PATIENCE, server.until_redeemed(count)).await.expect("all of them are refreshed");
    timeout(PATIENCE, until_all_have(&engine, TokenVersion(2))).await.expect("all of them are stored");
    let (took, cpu) = (started.elapsed(), cpu_time() - cpu_before);
    drop(watch);
    engine.until_quiet().await;

    let (at_providers, overall) = server.most_at_once();
    assert_eq!((server.redeemed(), server.reused().len()), (count, 0), "each once, and none twice");
    assert_eq!(server.unreadable(), 0);
    assert!(at_providers.iter().all(|most| *most <= limit), "a provider is not crowded: {at_providers:?}");
    assert!(overall <= MOST_OVERALL, "nor are we: {overall}");
    let memory_after = memory_mib();
    assert!(memory_after < memory_before + 100, "memory stays flat: {memory_before} to {memory_after} MiB");
    let all = engine.list_connections().unwrap();
    let lamps = all.iter().fold(BTreeMap::new(), |mut lamps: BTreeMap<_, usize>, it| {
        *lamps.entry(it.status.lamp.as_str()).or_default() += 1;
        lamps
    });
    assert_eq!(lamps, BTreeMap::from([("active", count)]), "nothing is wrong afterwards");
    board.erase_from_keychain(folder.path(), &keychain).await;

    format!(
        "{count} connections, {PROVIDERS} providers, {LATENCY:?} each: {count} refreshes, 0 twice, in {:.1} s \
         ({:.0} a second); at once: {overall} in all, {at_providers:?} by provider; memory {memory_before}, \
         {memory_halfway}, {memory_after} MiB; {:.2} ms of processor for each, server included",
        took.as_secs_f64(),
        f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e3 / f64::from(u32::try_from(count).unwrap()),
    )
}

async fn until_all_have(engine: &Engine, version: TokenVersion) {
    loop {
        let all = engine.list_connections().unwrap();
        if all.iter().all(|it| it.connection.token.as_ref().is_some_and(|token| token.version == version)) {
            return;
        }
        // The last ones are between the server's answer and their commit.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// What of this process is in memory; 0 where the system does not say.
fn memory_mib() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let resident = pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok()).unwrap_or(0);
    resident * 4096 / (1024 * 1024)
}

/// The processor time of this process; zero where the system does not say.
fn cpu_time() -> Duration {
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else { return Duration::ZERO };
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
