//! A storm for a real window: not a test by itself, but the board and the server that `tests/e2e/storm.spec.ts`
//! starts its window on [B2, B13, F23].

use std::path::Path;
use std::time::{Duration, Instant};

use fakes::TokenServer;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

use super::board::Board;
use crate::single_flight::real_keychain;

/// Set by the window's test: the data folder, how many connections, how many of them are due, and what the server
/// takes for an answer.
const HOME: &str = "PATCHBAY_STORM_HOME";
const COUNT: &str = "PATCHBAY_STORM_COUNT";
const DUE: &str = "PATCHBAY_STORM_DUE";
const LATENCY: &str = "PATCHBAY_STORM_LATENCY_MS";

/// F23: writes the board, says so, and says for each line it reads what the server was asked until then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn storm_for_a_window() {
    let Ok(home) = std::env::var(HOME) else { return };
    let home = Path::new(&home);
    let number = |name| std::env::var(name).unwrap().parse::<usize>().unwrap();
    let (count, due) = (number(COUNT), number(DUE));
    let latency = Duration::from_millis(u64::try_from(number(LATENCY)).unwrap());
    let keychain = tokio::task::spawn_blocking(|| std::thread::spawn(real_keychain).join().unwrap()).await.unwrap();
    let server = TokenServer::start(count, super::PROVIDERS, latency).await.unwrap();
    let started = Instant::now();
    let board = Board::write(home, &keychain, &server, count, due).await;
    println!("\nready after {:.1} s", started.elapsed().as_secs_f64());

    let mut lines = BufReader::new(stdin()).lines();
    while lines.next_line().await.unwrap().is_some_and(|line| line != "end") {
        println!(
            "\n{{\"redeemed\":{},\"reused\":{},\"most_at_once\":{}}}",
            server.redeemed(),
            server.reused().len(),
            server.most_at_once().1
        );
    }
    board.erase_from_keychain(home, &keychain).await;
    println!("\nerased");
}
