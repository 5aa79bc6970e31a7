//! Figures of a board that lives for months: counted, thinned by the window's own housekeeping, and counted again
//! [B12, C9].

use std::time::Duration;

use engine::flows::health::Health;
use practice::{ApiRejection, Faults};

use super::support::{HOUR, World, within};

const DAY: Duration = Duration::from_secs(86_400);

fn health(world: &World, days: u32) -> Health {
    world.engine.health(world.clock.now().checked_sub(DAY * days).unwrap()).unwrap()
}

/// C9
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_those_of_the_board_its_providers_and_its_connections() {
    let world = World::start().await;
    let mira = world.connect().await;
    world.signs_in_as("jonas");
    let jonas = world.connect().await;
    for connection in [&mira.id, &mira.id, &jonas.id] {
        world.refresh(connection).await;
    }
    world.engine.run_test_call(&jonas.id).await.unwrap();
    world.set_faults(Faults::default().api_rejects(ApiRejection::InsufficientScope));
    world.engine.run_test_call(&jonas.id).await.unwrap();
    world.practice.revoke_all();
    world.refresh(&jonas.id).await;

    let health = health(&world, 7);

    assert_eq!((health.overall.refresh_succeeded_count, health.overall.refresh_failed_count), (3, 1));
    assert_eq!((health.overall.reauth_prompted_count, health.overall.reauth_completed_count), (1, 0));
    let [(_, _, provider)] = health.providers.as_slice() else { panic!("one provider: {health:?}") };
    assert_eq!(*provider, health.overall, "it is the only one");
    let [first, second] = health.connections.as_slice() else { panic!("two connections: {health:?}") };
    assert_eq!((&first.0, &second.0), (&jonas.id, &mira.id), "the one with failures first");
    assert_eq!((first.2.call_count, first.2.status_403_count, first.2.invalid_grant_count), (2, 1, 1));
    assert_eq!((second.2.refresh_succeeded_count, second.2.refresh_failed_count), (2, 0));
    assert_eq!(second.2.latency.unwrap().count, 2, "a spread says of how many");
}

/// B12, C9: what is thinned is still counted, and the audit is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_two_months_the_counts_stand_and_the_audit_is_whole() {
    let world = World::start().await;
    let connection = world.connect().await;
    for _ in 0..3 {
        world.pass_time(HOUR);
        world.refresh(&connection.id).await;
    }
    let before = health(&world, 7).overall;
    world.pass_time(60 * DAY);
    // The newest event of the connection stays: this one.
    world.engine.set_automatic_refresh(&connection.id, false).unwrap();
    // A server answers, and so confirms how late it is.
    world.signs_in_as("jonas");
    world.connect().await;

    let _watch = world.engine.watch();
    within(async {
        while world.event_kinds(Some(&connection.id)).contains(&"refresh_succeeded") {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let after = health(&world, 90);
    assert_eq!(after.overall.refresh_succeeded_count, before.refresh_succeeded_count, "counted by day");
    assert_eq!(after.overall.latency, None, "a spread needs the events");
    assert_eq!(world.event_kinds(Some(&connection.id)), ["settings_changed", "token_issued"]);
    assert_eq!(health(&world, 7).overall.refresh_succeeded_count, 0, "none lately");
}
