//! The real program, killed at random moments, with the real keychain and database: nothing is lost outside the
//! window W, nothing at all with a grace, nothing is torn [A4, A5, S153, F16, F17].
//!
//! W begins when a request leaves and ends when the new refresh token is in the keychain. The provider's log and
//! the keychain tell which kills fell into it: a token that was issued and is not there. The moments come from a
//! seed, which is printed; `PATCHBAY_KILL_SEED` repeats them, `PATCHBAY_KILL_ROUNDS` says how many.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "seed and figures are read by people")]

mod durable;
#[expect(dead_code, reason = "the tests of the command line use the rest")]
#[path = "../command_line/support.rs"]
mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use practice::{Endpoint, Faults, LoggedRequest, Outcome, TokenRole};

use durable::{Durable, fill_keyring};
use support::{Board, Ran, SignIn};

const ROUNDS: &str = "PATCHBAY_KILL_ROUNDS";
const SEED: &str = "PATCHBAY_KILL_SEED";
const USUAL_ROUNDS: u32 = 50;
/// What the server takes for a token request.
const SERVER_TIME: Duration = Duration::from_millis(5);
const GRACE: Duration = Duration::from_secs(30);
/// The figure is for a keyring of so many items.
const ITEMS: usize = 100;

/// What a script or a person does.
#[derive(Debug, Clone, Copy)]
enum Command {
    Refresh,
    /// `patchbay token`, with an access token that is too old.
    Token,
    /// `patchbay test`, with an access token that the API refuses.
    Test,
}

const COMMANDS: [Command; 3] = [Command::Refresh, Command::Token, Command::Test];

#[derive(Debug, Default)]
struct Tally {
    killed: u32,
    /// Had ended by itself before the signal came.
    ended: u32,
    inside_window: u32,
    lost_inside: u32,
    adopted: u32,
}

/// F16, A5: half of the rounds with a provider that never takes a token twice, half with one that gives 30 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_at_any_moment_loses_nothing_outside_the_window() {
    if std::env::var(durable::REAL_KEYCHAIN).is_ok_and(|it| it == "1") {
        kill_for_long().await;
    } else {
        println!("skipped: this needs a keychain for tests; tests/with_keychain.sh gives one");
    }
}

async fn kill_for_long() {
    let rounds = number(ROUNDS).map_or(USUAL_ROUNDS, |it| u32::try_from(it).unwrap());
    let seed = number(SEED).unwrap_or_else(|| u64::from(std::process::id()) << 20 | u64::from(rounds));
    println!("{SEED}={seed} {ROUNDS}={rounds}");
    let filler = fill_keyring(ITEMS);
    let mut random = Random(seed);
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let durable = Durable::of(board.home.path(), &id);
    assert_eq!(durable.look().tokens.len(), 1, "the keychain is looked into where the program writes");

    let mut losses_outside = Vec::new();
    for (grace, count) in [(Duration::ZERO, rounds - rounds / 2), (GRACE, rounds / 2)] {
        board.provider.set_faults(Faults::default().rotation_grace(grace).answers_slowly(SERVER_TIME));
        let usual = usual_times(&board, &id).await;
        let mut tally = Tally::default();
        let started = Instant::now();
        for round in 1..=count {
            let command = COMMANDS[random.below(3)];
            let longest = usual[command as usize].mul_f64(1.1);
            let moment = longest.mul_f64(random.share());
            let context = format!("round {round} of {count}, grace {grace:?}, {command:?} killed after {moment:?}");

            prepare(&board, &id, command);
            board.provider.clear_log();
            let mut child = board.command(&words(command, &id)).spawn().unwrap();
            // The moment of the kill is what is tested.
            tokio::time::sleep(moment).await;
            if child.try_wait().unwrap().is_some() {
                tally.ended += 1;
            } else {
                tally.killed += 1;
            }
            child.kill().await.unwrap();

            let log = answered_log(&board).await;
            let issued: Vec<_> = log.iter().filter_map(issued).collect();
            let kept = durable.look();
            assert!(!kept.is_torn, "{context}: a bundle is torn");
            assert_eq!(durable.integrity(), "ok", "{context}");
            let is_inside = issued.last().is_some_and(|newest| !kept.tokens.contains(newest));
            tally.inside_window += u32::from(is_inside);
            let version_before = durable.version();

            let settled = board.json(&["refresh", &id]).await;
            assert_eq!(durable.integrity(), "ok", "{context}, after the next start");
            if settled.code == 0 {
                tally.adopted += u32::from(!is_inside && durable.version() > version_before + 1);
            } else {
                let is_forgiven = is_inside && grace.is_zero();
                if !is_forgiven {
                    losses_outside.push(format!("{context}: {settled:?}\n{log:?}"));
                }
                assert_eq!(settled.code, 20, "{context}: a loss is said to need a person: {settled:?}");
                tally.lost_inside += u32::from(is_inside);
                bring_back(&board, &id).await;
            }
        }
        println!(
            "grace {grace:?}: {} kills ({} had ended already), {} inside W, {} lost there, {} adopted; 0 torn; {:.0} s",
            tally.killed,
            tally.ended,
            tally.inside_window,
            tally.lost_inside,
            tally.adopted,
            started.elapsed().as_secs_f64(),
        );
        assert!(grace.is_zero() || tally.lost_inside == 0, "with a grace nothing is lost anywhere");
    }

    board.json(&["test", &id]).await.done();
    print_at_risk(&durable.at_risk_us());
    assert_eq!(losses_outside.len(), 0, "lost outside W:\n{}", losses_outside.join("\n"));
    let grants = board.provider.grants();
    let newest = grants.last().and_then(|grant| grant.refresh_tokens.last()).unwrap().fingerprint.clone();
    assert_eq!(durable.look().tokens, BTreeSet::from([newest]), "one bundle, the newest, and no orphan");
    drop(filler);
}

/// How long each command takes when nobody kills it.
async fn usual_times(board: &Board, id: &str) -> [Duration; 3] {
    let mut usual = [Duration::ZERO; 3];
    for command in COMMANDS {
        for _ in 0..3 {
            prepare(board, id, command);
            let started = Instant::now();
            board.run(&words(command, id)).await.done();
            usual[command as usize] = usual[command as usize].max(started.elapsed());
        }
    }
    usual
}

fn prepare(board: &Board, id: &str, command: Command) {
    match command {
        Command::Refresh => {}
        Command::Token => board.grow_old(id, Duration::from_secs(2 * 3600)),
        Command::Test => drop(board.provider.expire_access_tokens()),
    }
}

fn words(command: Command, id: &str) -> [&str; 2] {
    match command {
        Command::Refresh => ["refresh", id],
        Command::Token => ["token", id],
        Command::Test => ["test", id],
    }
}

/// Longer than a request takes that nobody waits for any more.
const LAST_ANSWER: Duration = Duration::from_millis(500);

/// The log once the server has nothing open any more; a request whose caller died may end without an answer.
async fn answered_log(board: &Board) -> Vec<LoggedRequest> {
    let is_over = |log: &[LoggedRequest]| log.iter().all(|it| it.outcome != Outcome::Unanswered);
    tokio::time::timeout(LAST_ANSWER, board.provider.until_logged(is_over))
        .await
        .unwrap_or_else(|_| board.provider.log())
}

/// The refresh token that a request brought.
fn issued(request: &LoggedRequest) -> Option<String> {
    let is_token = |role: TokenRole| request.tokens.iter().find(|token| token.role == role);
    let token = is_token(TokenRole::IssuedRefresh).filter(|_| request.endpoint == Endpoint::Token)?;
    Some(token.fingerprint.clone())
}

/// Signs in again, without a person.
async fn bring_back(board: &Board, id: &str) {
    let faults = board.provider.faults();
    let mut sign_in = SignIn::start(board, &["reconnect", id, "--replace"]).await;
    sign_in.browse().await;
    let ran: Ran = sign_in.finish().await;
    assert_eq!(ran.code, 0, "a lost grant is brought back: {ran:?}");
    board.provider.set_faults(faults);
}

fn print_at_risk(sorted_us: &[u64]) {
    let at = |share: usize| sorted_us.get((sorted_us.len() * share / 100).min(sorted_us.len().saturating_sub(1)));
    match (at(50), at(99)) {
        (Some(p50), Some(p99)) => println!(
            "W without the server's time, keyring of {ITEMS} items, {} refreshes: p50 {:.1} ms, p99 {:.1} ms",
            sorted_us.len(),
            Duration::from_micros(*p50).as_secs_f64() * 1e3,
            Duration::from_micros(*p99).as_secs_f64() * 1e3,
        ),
        (_, _) => println!("no refresh said how long its token was at risk"),
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// `SplitMix64`: the same seed, the same moments.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.next() % end).unwrap()
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }
}
