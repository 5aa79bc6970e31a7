//! Failures that came while nobody looked: told when somebody is back, over a restart, until they are read [B12, F4].

use domain::unread::TroubleKind;

use super::support::{HOUR, MINUTE, World};

/// B12, F4: the grant was revoked at night; the refresh found out, and nobody was there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_at_night_is_told_in_the_morning_also_by_another_start_until_it_is_read() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.engine.attend().unwrap();
    assert_eq!(world.engine.unread().unwrap().troubles, [], "everything was seen");

    world.pass_time(HOUR);
    world.practice.revoke_all();
    drop(world.engine.fresh_access_token(&connection.id, MINUTE, "a script").await);
    world.pass_time(6 * HOUR);
    let morning = world.opened_again();
    morning.attend().unwrap();

    let unread = morning.unread().unwrap();
    let [one] = &unread.troubles[..] else { panic!("one connection died: {unread:?}") };
    assert_eq!((one.kind, one.connection.as_ref(), one.over_at), (TroubleKind::Grant, Some(&connection.id), None));
    assert_eq!(one.told_by.1.kind.as_str(), "reauth_required_set", "the reason, not the attempt");
    assert!(unread.since.is_some());

    world.reconnect(&connection.id).await;
    assert!(morning.unread().unwrap().troubles[0].over_at.is_some(), "mended, and still to be read");

    morning.mark_read(unread.as_of).unwrap();
    let read = world.opened_again().unread().unwrap();
    assert_eq!((read.since, read.troubles), (None, vec![]));
}

/// F4: what was forgotten is nobody's trouble; a setting that cannot be read loses no start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_of_what_was_forgotten_and_a_spoilt_setting_begins_anew() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.engine.attend().unwrap();
    world.pass_time(HOUR);
    world.practice.revoke_all();
    drop(world.engine.fresh_access_token(&connection.id, MINUTE, "a script").await);
    world.pass_time(HOUR);
    assert_eq!(world.engine.unread().unwrap().troubles.len(), 1, "nobody came back yet, and it counts");

    world.engine.disconnect(&connection.id).await.unwrap();
    world.engine.forget_connection(&connection.id).unwrap();
    assert_eq!(world.engine.unread().unwrap().troubles, []);

    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    sqlite.execute("UPDATE settings SET value = '{\"later\":1}' WHERE key = 'attendance'", ()).unwrap();
    let engine = world.opened_again();
    assert_eq!(engine.unread().unwrap().troubles, []);
    engine.attend().unwrap();
    assert_eq!(engine.unread().unwrap().since, None);
}
