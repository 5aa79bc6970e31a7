//! Every flow that stores a token, stopped at each of its steps: what was durable is found again, nothing is left
//! over, and there is one truth [A4, A5, S153, S154].
//!
//! The steps are found by running: the n-th call of the keychain is where it stops, until a run has no n-th call.
//! Between two calls of the keychain the database is written, so a database that fails from a call on is a step of
//! its own. Only where the provider had rotated and the answer was not yet durable (the window W) may a grant be
//! lost, and only if the provider gives no grace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use domain::ConnectionId;
use domain::lifecycle::refresh_reason::RefreshReason;
use engine::Engine;
use engine::flows::connect::SignInProgress;
use engine::flows::reconcile::Reconciled;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::Keychain;
use practice::{Faults, LoggedRequest, TokenRole};
use tokio::runtime::Runtime;

use super::support::{World, fingerprint_in, open, settled};

/// No flow has so many steps: a run that never ends is stopped here.
const MOST_STEPS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Connect,
    Refresh,
    Reconnect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The process is gone before this call takes effect.
    Killed,
    /// This call fails and those after it, until the next start.
    KeychainFails,
    /// This call alone fails.
    KeychainFailsOnce,
    /// The database fails from here on, until the next start.
    DatabaseFails,
}

#[derive(Debug, Default)]
struct Tally {
    steps: usize,
    survived: usize,
    inside_window: usize,
}

/// A5: with a provider that honours the previous token for a while, nothing is lost anywhere.
#[test]
fn a_refresh_stopped_at_any_step_loses_nothing_with_a_grace() {
    for stop in [Stop::Killed, Stop::DatabaseFails, Stop::KeychainFailsOnce, Stop::KeychainFails] {
        let tally = every_step(Flow::Refresh, stop, Duration::from_secs(30));
        assert_eq!(tally.survived, tally.steps, "{stop:?}: every step of {tally:?} must survive");
    }
}

/// A5: without any grace, nothing is lost outside the window W.
#[test]
fn a_refresh_stopped_at_any_step_loses_nothing_outside_the_window_without_a_grace() {
    for stop in [Stop::Killed, Stop::DatabaseFails, Stop::KeychainFailsOnce] {
        let tally = every_step(Flow::Refresh, stop, Duration::ZERO);
        assert_eq!(tally.survived + tally.inside_window, tally.steps, "{stop:?}: {tally:?}");
        assert!(tally.inside_window <= 1, "between the answer and the first write there is no other work: {tally:?}");
    }
}

/// A5, A7: the old grant counts until the new one is stored; stopped anywhere, one of both works.
#[test]
fn a_reconnect_stopped_at_any_step_leaves_the_old_or_the_new_grant() {
    for stop in [Stop::Killed, Stop::DatabaseFails, Stop::KeychainFailsOnce] {
        let tally = every_step(Flow::Reconnect, stop, Duration::ZERO);
        assert_eq!(tally.survived, tally.steps, "{stop:?}: {tally:?}");
    }
}

/// A1, A5: a first sign-in is there or not there; what was durable is adopted, and the account is never blocked.
#[test]
fn a_sign_in_stopped_at_any_step_is_there_or_was_never_there() {
    for stop in [Stop::Killed, Stop::DatabaseFails, Stop::KeychainFailsOnce] {
        let tally = every_step(Flow::Connect, stop, Duration::ZERO);
        assert_eq!(tally.survived, tally.steps, "{stop:?}: {tally:?}");
    }
}

fn every_step(flow: Flow, stop: Stop, grace: Duration) -> Tally {
    let outside = Runtime::new().unwrap();
    let mut tally = Tally::default();
    for step in 1..MOST_STEPS {
        match outside.block_on(one_step(flow, stop, step, grace)) {
            None => {
                println!("{flow:?}, {stop:?}, grace {grace:?}: {} of {} survived", tally.survived, tally.steps);
                assert!(tally.steps >= 3, "the flow calls the keychain more often than that");
                return tally;
            }
            Some(Fate::Survived) => tally.survived += 1,
            Some(Fate::LostInsideWindow) => tally.inside_window += 1,
        }
        tally.steps += 1;
    }
    panic!("{flow:?} never ran to its end");
}

enum Fate {
    Survived,
    LostInsideWindow,
}

/// Runs the flow with a stop at one step, starts again, and looks. `None`: the flow has no such step.
async fn one_step(flow: Flow, stop: Stop, step: usize, grace: Duration) -> Option<Fate> {
    let world = World::start().await;
    world.set_faults(Faults::default().rotation_grace(grace));
    let id = if flow == Flow::Connect { None } else { Some(world.connect().await.id) };
    world.practice.clear_log();
    let (calls_before, started) = (world.keychain.call_count(), (step, stop));

    let folder = run_stopped(&world, flow, started, id.clone()).await;
    if world.keychain.call_count() - calls_before < step {
        return None;
    }

    let durable = refresh_tokens_in(&world.keychain);
    world.keychain.heal();
    let engine = open(&folder, &world.keychain, &world.clock, &world.person, world.timeouts);
    engine.reconcile().await.unwrap();
    let context = format!("{flow:?}, {stop:?} at step {step}");
    assert_eq!(engine.reconcile().await.unwrap(), Reconciled::default(), "{context}: once is enough");
    assert_one_truth(&world, &engine, &context).await;

    let Some(id) = id else { return Some(look_at_sign_in(&world, &engine, &durable, &context).await) };
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert_one_truth(&world, &engine, &context).await;
    if matches!(outcome, RefreshOutcome::Refreshed { .. }) {
        return Some(Fate::Survived);
    }
    // What the provider says of the stopped run, not what we think of it.
    let log = world.practice.log();
    let rotated_to = log.first().and_then(issued);
    let is_inside_window =
        grace.is_zero() && flow == Flow::Refresh && rotated_to.is_some_and(|token| !durable.contains(&token));
    assert!(is_inside_window, "{context}: a grant was lost, {outcome:?}, {log:?}");
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "reauth_required", "{context}: and it is said");
    Some(Fate::LostInsideWindow)
}

/// The flow on a runtime of its own, which ends with the stop as a process does. The folder that the next start
/// finds.
async fn run_stopped(world: &World, flow: Flow, (step, stop): (usize, Stop), id: Option<ConnectionId>) -> PathBuf {
    let folder = world.folder.path().to_owned();
    let mut found_at_start = folder.clone();
    let (over, is_over) = mpsc::channel();
    match stop {
        Stop::Killed => world.keychain.stand_still_at(step, over.clone()),
        Stop::KeychainFails => world.keychain.fail_from(step),
        Stop::KeychainFailsOnce => world.keychain.fail_once_at(step),
        Stop::DatabaseFails => {
            let (folder, copy) = (folder.clone(), folder.join("as it was"));
            found_at_start.clone_from(&copy);
            world.keychain.before_call(step, move || break_database(&folder, &copy));
        }
    }
    let engine = open(&folder, &world.keychain, &world.clock, &world.person, world.timeouts);
    let request = world.request();
    tokio::task::spawn_blocking(move || {
        let process = Runtime::new().unwrap();
        process.spawn(async move {
            run(&engine, flow, id, request).await;
            over.send(()).ok();
        });
        is_over.recv_timeout(PATIENCE).unwrap();
        // Every task of it is dropped where it stands.
        process.shutdown_timeout(PATIENCE);
    })
    .await
    .unwrap();
    found_at_start
}

async fn run(engine: &Engine, flow: Flow, id: Option<ConnectionId>, request: engine::flows::connect::ConnectRequest) {
    // How it ends is looked at after the next start.
    let sign_in = match (flow, id) {
        (Flow::Refresh, Some(id)) => {
            drop(engine.refresh(&id, RefreshWhy::Person).await);
            return;
        }
        (Flow::Reconnect, Some(id)) => engine.begin_reconnect(&id, true).await,
        (_, _) => engine.begin_connect(request).await,
    };
    if let Ok(sign_in) = sign_in {
        settled(engine, &sign_in.id).await;
    }
}

/// Keeps the database as it is now for the next start, and takes it away from the one that runs.
fn break_database(folder: &Path, copy: &Path) {
    fs::create_dir(copy).unwrap();
    let path = folder.join("patchbay.db");
    let sqlite = rusqlite::Connection::open(&path).unwrap();
    sqlite.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE").unwrap();
    for name in ["patchbay.db", "patchbay.db-wal"] {
        fs::copy(folder.join(name), copy.join(name)).unwrap();
    }
    sqlite.execute_batch("DROP TABLE connections; DROP TABLE settings; COMMIT").unwrap();
}

/// The board, the database and the keychain tell the same story. Beside a bundle that was found after the stop and has
/// proved nothing yet, the one before it stays: it may be the one that works.
async fn assert_one_truth(world: &World, engine: &Engine, context: &str) {
    engine.until_quiet().await;
    let counted: BTreeSet<_> = engine
        .list_connections()
        .unwrap()
        .into_iter()
        .filter_map(|it| {
            let token = it.connection.token?;
            Some((it.connection.id.to_string(), token.refresh_fingerprint?.to_string()))
        })
        .collect();
    let items = world.keychain.items();
    let held: BTreeSet<_> = items
        .iter()
        .filter(|(name, _)| name.contains("/con_"))
        .filter_map(|(name, text)| Some((name.split('/').nth(1)?.to_owned(), fingerprint_in(text)?)))
        .collect();
    assert!(held.is_superset(&counted), "{context}: what counts is in the keychain: {held:?}, {counted:?}");
    for (id, _) in held.difference(&counted) {
        let detail = engine.detail(&ConnectionId::from_text(id)).unwrap();
        let is_unproved = detail.overview.connection.proof.is_none();
        let is_found = detail.lineage[0].reason == Some(RefreshReason::Recovery);
        assert!(
            is_unproved && is_found && held.len() <= 2,
            "{context}: something else is there: {held:?}, {counted:?}"
        );
    }
}

/// A first sign-in after the next start.
async fn look_at_sign_in(world: &World, engine: &Engine, durable: &BTreeSet<String>, context: &str) -> Fate {
    let connections = engine.list_connections().unwrap();
    match connections.as_slice() {
        [] => {
            assert!(durable.is_empty(), "{context}: a durable token was thrown away");
            let again = engine.begin_connect(world.request()).await.unwrap();
            let progress = settled(engine, &again.id).await;
            assert!(
                matches!(progress, SignInProgress::Connected(_)),
                "{context}: the account is blocked: {progress:?}"
            );
        }
        [one] => {
            let outcome = engine.refresh(&one.connection.id, RefreshWhy::Person).await.unwrap();
            assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{context}: {outcome:?}");
        }
        several => panic!("{context}: one sign-in made {} connections", several.len()),
    }
    assert_one_truth(world, engine, context).await;
    Fate::Survived
}

fn issued(request: &LoggedRequest) -> Option<String> {
    let token = request.tokens.iter().find(|token| token.role == TokenRole::IssuedRefresh)?;
    Some(token.fingerprint.clone())
}

fn refresh_tokens_in(keychain: &Keychain) -> BTreeSet<String> {
    keychain.items().values().filter_map(|text| fingerprint_in(text)).collect()
}
