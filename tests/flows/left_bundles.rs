//! A new bundle that is durable and does not count yet: whoever comes next takes it up, with all that its answer said
//! [A4, A5, A7, A10, S153, S154].

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::ConnectionId;
use domain::connection::{Connection, GrantState};
use domain::lifecycle_event::EventKind;
use engine::browser::Browser;
use engine::flows::disconnect::RevocationResult;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::store::call_hook::{Call, Moment};
use engine::store::{Store, StoreError};
use engine::{Engine, EngineParts, Error};
use fakes::keychain::Mood;
use practice::{Endpoint, Faults, TokenRole};

use super::support::{World, in_another_process, open};

/// How a new bundle comes to lie there without counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// In the keychain: the disk had no room for the line that makes it count.
    Uncommitted,
    /// On the disk: the keychain took nothing, and the process ended.
    Sealed,
}

/// Refreshed at the provider, in a process that is over by now.
async fn leave_a_bundle(world: &World, id: &ConnectionId, left: Left) {
    match left {
        Left::Uncommitted => {
            let refused = with_a_full_disk(world).await.refresh(id, RefreshWhy::Person).await;
            assert!(matches!(refused, Err(Error::BundleUncommitted { .. })), "{refused:?}");
        }
        Left::Sealed => {
            let id = id.clone();
            world.keychain.be(Mood::ReadOnly);
            in_another_process(world, move |engine, _| async move {
                let refused = engine.refresh(&id, RefreshWhy::Person).await;
                assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: true, .. })), "{refused:?}");
            })
            .await;
            world.keychain.heal();
        }
    }
}

/// A process whose database takes nothing any more once the next bundle is on its way into the keychain.
async fn with_a_full_disk(world: &World) -> Engine {
    let browser = Browser::scripted(world.person.opener());
    let (folder, keychain) = (world.folder.path(), world.keychain.store());
    let parts = EngineParts::open_with(folder, keychain, world.clock.clone(), browser, world.timeouts).unwrap();
    let is_full = Arc::new(AtomicBool::new(false));
    let looked_at = Arc::clone(&is_full);
    parts.store.set_call_hook(move |call, moment| {
        let refuses = (call, moment) == (Call::Write, Moment::Before) && looked_at.load(Ordering::SeqCst);
        if refuses { Err(StoreError::DiskFull) } else { Ok(()) }
    });
    // What is being erased is a change of the keychain too.
    world.engine.until_quiet().await;
    world.keychain.before_write(move || is_full.store(true, Ordering::SeqCst));
    Engine::new(parts)
}

/// One that was refreshed before: what saving needs is there.
async fn connected() -> (World, Connection) {
    let world = World::start().await;
    let connection = world.connect().await;
    assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { .. }));
    world.engine.until_quiet().await;
    (world, connection)
}

fn sealed_files(world: &World) -> usize {
    fs::read_dir(world.folder.path().join("held")).map_or(0, Iterator::count)
}

/// A5, A10: a disconnect takes back the token that lives, not the one that a refresh has spent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_takes_back_what_a_refresh_left_without_counting() {
    for left in [Left::Uncommitted, Left::Sealed] {
        let (world, connection) = connected().await;
        leave_a_bundle(&world, &connection.id, left).await;
        let newest = world.practice.grants()[0].refresh_tokens.last().unwrap().fingerprint.clone();
        world.practice.clear_log();

        let done = world.engine.disconnect(&connection.id).await.unwrap();

        assert_eq!(done.revocation, RevocationResult::Revoked, "{left:?}");
        let asked = world.practice.log().into_iter().filter(|it| it.endpoint == Endpoint::Revocation);
        let presented: Vec<_> = asked
            .flat_map(|it| it.tokens)
            .filter(|it| it.role == TokenRole::Presented)
            .map(|it| it.fingerprint)
            .collect();
        assert!(presented.contains(&newest), "{left:?}: {presented:?}, and not {newest}");
        assert_eq!((world.bundle_count().await, sealed_files(&world)), (0, 0), "{left:?}: nothing of it stays");
        assert_eq!(world.status(&connection.id).0, "disconnected", "{left:?}");
    }
}

/// A10: a file among the sealed ones that nothing opens goes with the secrets, and one that is held here is said at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_leaves_no_file_of_what_it_erased() {
    let (world, connection) = connected().await;
    leave_a_bundle(&world, &connection.id, Left::Sealed).await;
    let seal = world.folder.path().join("held").join(format!("{}.3.age", connection.id));
    fs::write(&seal, "nothing that age made").unwrap();

    world.engine.disconnect(&connection.id).await.unwrap();

    assert_eq!((world.bundle_count().await, sealed_files(&world)), (0, 0));

    let (world, connection) = connected().await;
    world.keychain.be(Mood::ReadOnly);
    assert!(world.engine.refresh(&connection.id, RefreshWhy::Person).await.is_err());
    let refused = world.engine.disconnect(&connection.id).await;
    assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: true, .. })), "not after a minute: {refused:?}");
    assert_eq!(world.status(&connection.id).0, "active");
}

/// A5, S120: the look for a newer bundle that failed is made again before anything is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_for_a_newer_bundle_that_failed_is_made_again() {
    // The old bundle is read, a newer one looked for, and read: the keychain goes away before each of them.
    for failing in 1..=3 {
        let (world, connection) = connected().await;
        let id = &connection.id;
        let copy = world.folder.path().join("copy");
        fs::create_dir(&copy).unwrap();
        let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
        sqlite.execute("VACUUM INTO ?1", [copy.join("patchbay.db").to_str().unwrap()]).unwrap();
        let older = world.keychain.items();
        world.refresh(id).await;
        world.engine.until_quiet().await;
        let mut both = world.keychain.items();
        // The slot of the older bundle is as it was: its erasure came to nothing.
        let newest_place = both.iter().find(|(name, text)| older.get(*name) != Some(*text) && text.len() > 300);
        let newest_place = newest_place.map(|(name, _)| name.clone()).unwrap();
        for (name, text) in older {
            if name != newest_place {
                both.insert(name, text);
            }
        }
        world.keychain.put_items(both);
        let engine = open(&copy, &world.keychain, &world.clock, &world.person, world.timeouts);
        world.practice.clear_log();
        world.keychain.fail_from(failing);
        let first = engine.refresh(id, RefreshWhy::Person).await;
        assert!(matches!(first, Err(Error::VaultUnavailable(_))), "call {failing}: {first:?}");
        world.keychain.heal();

        let outcome = engine.refresh(id, RefreshWhy::Person).await.unwrap();

        assert!(
            matches!(outcome, RefreshOutcome::Refreshed { version, .. } if version.0 == 4),
            "call {failing}: {outcome:?}"
        );
        assert!(world.practice.grants()[0].is_alive(), "call {failing}: no spent token was presented");
    }
}

/// A5, S059, C4: what an answer left open, took away or mended is known however its bundle came to count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_that_is_taken_up_tells_all_that_its_answer_told() {
    const TWO_OTHERS: &str = r#"{"access_token":"{access_token}","token_type":"Bearer","expires_in":3600,
        "scope":"openid","a":{"refresh_token":"{refresh_token}"},"b":{"refresh_token":"rt-of-somebody-0123456789"}}"#;
    for left in [None, Some(Left::Uncommitted), Some(Left::Sealed)] {
        let (world, connection) = connected().await;
        let id = &connection.id;
        assert!(connection.scopes.granted.len() > 1, "{:?}", connection.scopes);
        world.set_faults(Faults::default().malformed_token_answer(TWO_OTHERS));

        let engine = world.opened_again();
        match left {
            None => drop(world.refresh(id).await),
            Some(left) => {
                leave_a_bundle(&world, id, left).await;
                assert_eq!(engine.reconcile().await.unwrap().adopted_count, 1, "{left:?}");
            }
        }

        let taken = engine.connection(id).unwrap();
        assert_eq!(taken.token_version().0, 3, "{left:?}");
        assert!(matches!(taken.grant, GrantState::OutcomeUnknown { .. }), "{left:?}: {:?}", taken.grant);
        assert_eq!(taken.scopes.granted, ["openid"], "{left:?}");
        let told = |kind: EventKind| world.event_kinds(Some(id)).iter().filter(|it| **it == kind.as_str()).count();
        assert_eq!(told(EventKind::ScopesChanged), 1, "{left:?}: {:?}", world.event_kinds(Some(id)));
        let open = engine.left_refresh_tokens(&taken).unwrap().unwrap();
        // Of one whose process was killed nobody knows which they were.
        let known = if left == Some(Left::Uncommitted) { 0 } else { 2 };
        assert_eq!((open.is_rotated, open.left.len()), (false, known), "{left:?}");
    }
}

/// A5, S153: what cannot be settled of one keeps nobody from the rest: files of others, and a keychain that fails once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_settles_what_it_can() {
    let (world, connection) = connected().await;
    world.signs_in_as("jonas");
    let of_jonas = world.connect().await;
    leave_a_bundle(&world, &connection.id, Left::Sealed).await;
    world.keychain.be(Mood::ReadOnly);
    drop(world.engine.disconnect(&of_jonas.id).await);
    world.keychain.heal();
    let held = world.folder.path().join("held");
    for name in ["x (copy).3.age", "..3.age", ".3.age"] {
        fs::write(held.join(name), "nothing that age made").unwrap();
    }
    // Where a lock cannot be had either: a folder stands in its place.
    fs::write(held.join("lost.3.age"), "nothing that age made").unwrap();
    fs::create_dir(world.folder.path().join("locks").join("lost.lock")).unwrap();

    let settled = world.opened_again().reconcile().await;

    assert!(settled.is_err(), "what is left of one is said: {settled:?}");
    assert_eq!(world.engine.connection(&connection.id).unwrap().token_version().0, 3, "another's bundle counts");
    assert_eq!(world.bundle_count().await, 1, "what a farewell left is erased");
    fs::remove_file(held.join("lost.3.age")).unwrap();
    let settled = world.opened_again().reconcile().await.unwrap();
    assert_eq!((settled.adopted_count, settled.erased_count), (0, 0), "nothing is left: others' files are nobody's");
    let mut names = world.engine.unusable_seals().unwrap();
    names.sort();
    assert_eq!(names, ["..3.age", ".3.age", "x (copy).3.age"], "and the self-check names them");
}

/// A5, S154: what another process is about to store is not given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seal_that_its_process_still_tries_is_not_given_up() {
    let (world, connection) = connected().await;
    let id = &connection.id;
    world.keychain.be(Mood::ReadOnly);
    assert!(matches!(world.engine.refresh(id, RefreshWhy::Person).await, Err(Error::BundleHeld { .. })));
    let other = world.opened_again();

    for engine in [&other, &world.engine] {
        let refused = engine.give_up_unopened(id).await;
        assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: true, .. })), "{refused:?}");
    }

    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    assert_eq!(store.sealed_version(id).unwrap().map(|it| it.0), Some(3), "its note stays");
    let events = world.engine.list_events(Some(id), 50).unwrap();
    let said = |it: &str| it.contains("gave up");
    assert!(!events.iter().any(|(_, it)| it.subject.as_deref().is_some_and(said)), "{events:?}");
    assert_eq!(sealed_files(&world), 1);
}

/// A7, A5: a version is used once: a sign-in does not begin with that of a refresh that died.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_settles_what_a_refresh_left_before_it_takes_its_place() {
    for left in [Left::Uncommitted, Left::Sealed] {
        let (world, connection) = connected().await;
        let id = &connection.id;
        leave_a_bundle(&world, id, left).await;

        let (_, progress) = world.reconnect(id).await;

        assert!(progress.is_over(), "{left:?}: {progress:?}");
        let now = world.engine.connection(id).unwrap();
        assert_eq!(now.token_version().0, 4, "{left:?}: the third is the refresh's");
        assert_eq!((world.bundle_count().await, sealed_files(&world)), (1, 0), "{left:?}");
        assert!(world.still_works(id).await, "{left:?}");
        let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
        assert_eq!(store.list_intents().unwrap(), [], "{left:?}");
    }
}
