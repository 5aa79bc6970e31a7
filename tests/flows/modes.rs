//! The board's switch: on, metered, paused, offline; obeyed by every process at once [B2, B14].

use domain::connection::status::Watching;
use domain::lifecycle::refresh_mode::RefreshMode;
use engine::Error;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use std::time::Duration;

use super::support::{HOUR, MINUTE, World, within};

/// B14: nothing by itself; a click and a script refresh all the same, and switching back catches up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_is_nothing_by_itself() {
    for mode in [RefreshMode::Paused, RefreshMode::Metered] {
        let world = World::start().await;
        let connection = world.connect().await;
        let _watch = world.engine.watch();
        world.engine.set_refresh_mode(mode).unwrap();
        let since = world.clock.now();
        assert_eq!(world.engine.watching().unwrap(), Watching::Switched { mode, since });

        world.pass_time(HOUR - MINUTE);
        rest(&world).await;
        assert_eq!(world.status(&connection.id).0, "active", "it still holds");
        world.pass_time(MINUTE);
        rest(&world).await;
        assert!(world.refreshes().is_empty(), "{mode:?}: nobody asked");
        assert_eq!(world.status(&connection.id), ("expiring", "refresh_paused"));
        assert_eq!(world.engine.overview(&connection.id).unwrap().refresh_at, None);

        world.engine.fresh_access_token(&connection.id, MINUTE, "a test").await.unwrap();
        assert_eq!(world.refreshes().len(), 1, "{mode:?}: a script asked");
        assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { .. }), "a person asked");
        world.pass_time(HOUR);

        world.engine.set_refresh_mode(RefreshMode::On).unwrap();
        within(world.practice.until_logged(|_| world.refreshes().len() == 3)).await;
        assert_eq!(world.engine.watching().unwrap(), Watching::Running);
    }
}

/// B14: no request leaves, whoever asks; a token that holds is handed out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offline_no_request_leaves() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    // Another process of the board.
    world.opened_again().set_refresh_mode(RefreshMode::Offline).unwrap();
    world.practice.clear_log();
    let _watch = world.engine.watch();

    world.engine.fresh_access_token(id, MINUTE, "a test").await.unwrap();
    world.pass_time(HOUR);
    let needed = world.engine.fresh_access_token(id, MINUTE, "a test").await;
    assert!(matches!(needed, Err(Error::Offline)), "it is over, and nothing may renew it");
    for why in [RefreshWhy::Person, RefreshWhy::Needed { min_valid: Duration::ZERO }] {
        assert!(matches!(world.engine.refresh(id, why).await, Err(Error::Offline)));
    }
    assert!(matches!(world.engine.run_test_call(id).await, Err(Error::Offline)));
    assert!(matches!(world.engine.begin_reconnect(id, true).await, Err(Error::Offline)));
    assert!(matches!(world.engine.begin_connect(world.request()).await, Err(Error::Offline)));
    assert!(matches!(world.engine.find_or_discover("http://127.0.0.1:9").await, Err(Error::Offline)));
    assert!(matches!(world.engine.disconnect(id).await, Err(Error::Offline)), "it could not be revoked");
    assert_eq!(world.status(id), ("expiring", "refresh_paused"), "nothing was lost");
    assert_eq!(world.practice.log().len(), 0, "not one request: {:?}", world.practice.log());

    world.opened_again().set_refresh_mode(RefreshMode::On).unwrap();
    world.engine.fresh_access_token(id, MINUTE, "a test").await.unwrap();
}

/// B14: whoever switches it while a keychain is being asked means the request that would follow, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_waits_for_the_keychain_does_not_leave_after_the_switch() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    world.refresh(id).await;
    world.engine.until_quiet().await;
    world.practice.clear_log();
    let other = world.opened_again();
    world.keychain.before_call(1, move || other.set_refresh_mode(RefreshMode::Offline).unwrap());

    let refused = world.engine.refresh(id, RefreshWhy::Person).await;

    assert!(matches!(refused, Err(Error::Offline)), "{refused:?}");
    assert_eq!(world.practice.log().len(), 0, "{:?}", world.practice.log());
    world.engine.set_refresh_mode(RefreshMode::On).unwrap();
    assert_eq!(world.status(id), ("active", "kept_alive"), "nothing was begun");
    assert!(world.still_works(id).await);
}

/// B12, B14
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_is_an_event() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.engine.set_refresh_mode(RefreshMode::Metered).unwrap();
    world.engine.set_refresh_mode(RefreshMode::Metered).unwrap();
    world.engine.set_automatic_refresh(&connection.id, false).unwrap();

    let events = world.engine.list_events(None, 3).unwrap();
    let subjects: Vec<_> = events.into_iter().map(|(_, event)| (event.kind.as_str(), event.subject)).collect();

    assert_eq!(subjects[0], ("settings_changed", Some("automatic refresh off".to_owned())));
    assert_eq!(subjects[1], ("settings_changed", Some("refresh mode metered".to_owned())));
    assert_ne!(subjects[2].0, "settings_changed", "what stays as it is is no change");
}

async fn rest(world: &World) {
    for _ in 0..5 {
        world.engine.find_or_discover(world.practice.issuer()).await.unwrap();
    }
    world.engine.until_quiet().await;
}
