//! The time matrix: clocks that are set, computers that sleep; no storm and no miss [B2, S160].

use std::time::Duration;

use domain::connection::Connection;
use domain::lifecycle_event::EventKind;
use domain::token::Expiry;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use jiff::{SignedDuration, Timestamp};

use super::support::{HOUR, MINUTE, World, within};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// S160: whatever the clock does, each step costs one refresh at most, and none where none is due.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_the_clock_is_set_nobody_storms_and_nobody_is_missed() {
    let world = World::start().await;
    let connection = world.connect().await;
    let _watch = world.engine.watch();
    rest(&world).await;

    let hour = SignedDuration::from_hours(1);
    let year = SignedDuration::from_hours(24 * 365);
    for (step, by, expected) in [
        ("a minute ahead", SignedDuration::from_mins(1), 0),
        ("a minute back", SignedDuration::from_mins(-1), 0),
        ("an hour ahead", hour, 1),
        ("an hour back", -hour, 1),
        ("a day ahead", 24 * hour, 1),
        ("a day back", -24 * hour, 1),
        ("ten years ahead", 10 * year, 1),
        ("ten years back", -10 * year, 1),
    ] {
        let before = world.refreshes().len();
        world.clock.set_to(world.clock.now() + by);
        step_is_over(&world, &connection, before + expected, step).await;
    }
    for (step, at) in
        [("1970", "1970-01-01T00:00:01Z"), ("2100", "2100-01-01T00:00:00Z"), ("2026", "2026-03-29T00:59:00Z")]
    {
        let before = world.refreshes().len();
        world.clock.set_to(at.parse().unwrap());
        step_is_over(&world, &connection, before + 1, step).await;
    }
    assert_eq!(count_of_jumps(&world), 9, "minutes are no jumps");

    // Europe's clocks go forward at 01:00 UTC, which is no moment of ours.
    let before = world.refreshes().len();
    world.clock.advance(2 * MINUTE);
    step_is_over(&world, &connection, before, "daylight saving").await;
    assert_eq!(count_of_jumps(&world), 9);
}

/// S160, S161: time passes in sleep, and that is no jump.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_long_the_computer_sleeps_one_refresh_is_enough() {
    let world = World::start().await;
    let connection = world.connect().await;
    let _watch = world.engine.watch();
    rest(&world).await;

    for (step, asleep, expected) in [
        ("a second", Duration::from_secs(1), 0),
        ("a minute", MINUTE, 0),
        ("an hour", HOUR, 1),
        ("a night", 9 * HOUR, 1),
        ("a month", 30 * DAY, 1),
    ] {
        let before = world.refreshes().len();
        world.pass_time(asleep);
        step_is_over(&world, &connection, before + expected, step).await;
    }
    assert_eq!(count_of_jumps(&world), 0);
}

/// S160: told with how far it went.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumped_is_told() {
    let world = World::start().await;
    let _watch = world.engine.watch();
    rest(&world).await;

    world.clock.set_to(world.clock.now() - 3 * HOUR);
    rest(&world).await;

    let events = world.engine.list_events(None, 9).unwrap();
    let jump = events.into_iter().map(|(_, event)| event).find(|event| event.kind == EventKind::ClockJumped).unwrap();
    assert_eq!(jump.subject.as_deref(), Some("3 h back"));
}

async fn step_is_over(world: &World, connection: &Connection, expected: usize, step: &str) {
    within(world.practice.until_logged(|_| world.refreshes().len() >= expected)).await;
    rest(world).await;
    assert_eq!(world.refreshes().len(), expected, "{step}: as many as are due and no more");
    let token = world.engine.connection(&connection.id).unwrap().token.unwrap();
    let Expiry::At(expires_at) = token.expiry else { panic!("an hour was said") };
    let now: Timestamp = world.clock.now();
    let left = expires_at.duration_since(now);
    let is_right = SignedDuration::ZERO < left && left <= SignedDuration::from_mins(61);
    assert!(is_right, "{step}: the token holds, and no longer than it can: {left:?}");
}

fn count_of_jumps(world: &World) -> usize {
    let events = world.engine.list_events(None, 500).unwrap();
    events.into_iter().filter(|(_, event)| event.kind == EventKind::ClockJumped).count()
}

/// Until the loop has had its turn and nothing is under way.
async fn rest(world: &World) {
    for _ in 0..10 {
        world.engine.find_or_discover(world.practice.issuer()).await.unwrap();
    }
    world.engine.until_quiet().await;
}

/// S160: a battery that is empty, a clock that a person mistyped: nothing panics, and nothing is damaged by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_that_saw_the_ends_of_time_works_under_the_true_clock() {
    for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let world = World::start().await;
        let connection = world.connect().await;
        let true_time = world.clock.now();

        world.clock.set_to(at);
        let outcome = world.engine.refresh(&connection.id, RefreshWhy::Person).await;
        assert!(outcome.is_ok(), "{at}: {outcome:?}");
        for engine in [&world.engine, &world.opened_again()] {
            engine.reconcile().await.unwrap();
            engine.board().unwrap();
            engine.overview(&connection.id).unwrap();
            engine.list_events(None, 50).unwrap();
        }

        world.clock.set_to(true_time);
        world.opened_again().board().unwrap();
        let outcome = world.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{at}: {outcome:?}");
        assert_eq!(world.status(&connection.id).0, "active", "{at}");
    }
}
