//! The provider has rotated, and the keychain takes nothing: the new bundle is held, sealed, tried again,
//! and found by the next start; the spent token is not sent again [A5, S154, S120, S156].

use std::fs;
use std::path::Path;
use std::time::Duration;

use domain::board::Headline;
use domain::connection::Identity;
use domain::connection::binding::GrantBinding;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::Rung;
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::token::{Expiry, TokenBundle};
use domain::{ConnectionId, Secret, TokenVersion};
use engine::browser::Browser;
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::refresh_lock::RefreshLocks;
use engine::store::{ArrivingGrant, Store};
use engine::vault::Vault;
use engine::{Engine, EngineParts, Error};
use fakes::keychain::Mood;
use jiff::tz::TimeZone;
use practice::Faults;

use super::support::{HOUR, MINUTE, World, in_another_process, open, within};

/// S154: nothing is lost while the program runs, and nobody sends the spent token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_that_the_keychain_refuses_is_held_until_it_takes_it() {
    let world = World::start().await;
    let id = world.connect().await.id;
    // One refresh prepares the key that is sealed to.
    assert!(matches!(world.refresh(&id).await, RefreshOutcome::Refreshed { .. }));
    world.keychain.be(Mood::ReadOnly);
    world.practice.clear_log();

    let refused = world.engine.refresh(&id, RefreshWhy::Person).await;

    assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: true, .. })), "{refused:?}");
    let held = world.engine.held_bundles();
    assert_eq!((held.len(), held[0].connection.clone(), held[0].is_sealed), (1, id.clone(), true));
    assert!(!world.engine.would_lose_a_token(), "it lies sealed on the disk");
    let again = world.engine.refresh(&id, RefreshWhy::Person).await;
    assert!(matches!(again, Err(Error::BundleHeld { .. })), "said at once: {again:?}");
    assert_eq!(world.refreshes().len(), 1, "the spent token is not sent again");
    assert_eq!(world.status(&id), ("active", "bundle_held"), "the grant lives");
    let told = told_of_stored_token(&world.engine, &id).await;
    assert!(told.contains("v3, waits sealed for the keychain"), "C3: {told}");

    world.pass_time(Duration::from_secs(5));
    world.keychain.heal();
    until_nothing_is_held(&world.engine).await;

    assert_eq!(sealed_files(world.folder.path()), 0, "the seal is gone with its reason");
    assert!(world.event_kinds(Some(&id)).starts_with(&["bundle_recovered", "refresh_succeeded", "bundle_held"]));
    let times: Vec<_> = world.engine.list_events(Some(&id), 50).unwrap().into_iter().map(|(_, it)| it.at).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "told in the order of their times: {times:?}");
    assert!(world.still_works(&id).await);
    assert_eq!(world.bundle_count().await, 1, "and nothing is left over");
}

/// S154: the program ends while it holds a bundle; the next start opens the seal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_bundle_survives_the_end_of_the_program() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.keychain.be(Mood::ReadOnly);
    refresh_in_another_process(&world, &id).await;
    let engine = world.opened_again();
    assert_eq!(engine.held_bundles().len(), 1, "another process sees that one waits");

    // Still locked: nothing can be settled, and nothing is sent.
    world.keychain.be(Mood::Locked);
    world.practice.clear_log();
    assert!(engine.reconcile().await.is_err());
    assert!(matches!(engine.refresh(&id, RefreshWhy::Person).await, Err(Error::VaultUnavailable(_))));
    assert_eq!(world.refreshes().len(), 0);

    world.keychain.heal();
    assert_eq!(engine.reconcile().await.unwrap().adopted_count, 1);

    assert_eq!((engine.held_bundles().len(), sealed_files(world.folder.path())), (0, 0));
    let newest = engine.detail(&id).unwrap().lineage.remove(0);
    assert_eq!((newest.version.0, newest.reason), (3, Some(RefreshReason::Person)), "as it was asked for");
    let kinds: Vec<_> = engine.list_events(Some(&id), 3).unwrap().into_iter().map(|(_, it)| it.kind.as_str()).collect();
    assert_eq!(kinds, ["bundle_recovered", "refresh_succeeded", "bundle_held"], "it counts as the refresh it was");
    assert!(matches!(engine.refresh(&id, RefreshWhy::Person).await.unwrap(), RefreshOutcome::Refreshed { .. }));
    engine.until_quiet().await;
    assert_eq!(world.bundle_count().await, 1);
}

/// S154: the command line seals beside the window, or before it starts: the window stores it once the keychain opens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_takes_up_what_another_process_sealed() {
    for starts_first in [true, false] {
        let world = World::start().await;
        let id = world.connect().await.id;
        world.refresh(&id).await;
        let window = world.opened_again();
        let watch = starts_first.then(|| window.watch());
        world.keychain.be(Mood::ReadOnly);
        refresh_in_another_process(&world, &id).await;
        world.keychain.be(Mood::Locked);
        world.practice.clear_log();
        let watch = watch.unwrap_or_else(|| window.watch());
        // However long it waits: nothing was lost.
        world.pass_time(3 * MINUTE);
        assert_eq!(window.held_bundles().len(), 1, "starts first: {starts_first}");
        let status = window.overview(&id).unwrap().status;
        assert_eq!((status.lamp.as_str(), status.reason.as_str()), ("active", "bundle_held"));

        world.keychain.heal();
        until_nothing_is_held(&window).await;

        assert_eq!(sealed_files(world.folder.path()), 0);
        assert_eq!(world.refreshes().len(), 0, "the spent token is not sent");
        assert_eq!(window.connection(&id).unwrap().token.unwrap().version.0, 3);
        assert_eq!(world.status(&id), ("active", "kept_alive"));
        drop(watch);
    }
}

/// S154: a locked keychain keeps nobody from knowing, and a token that is asked for is the newest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_asked_for_settles_what_lies_sealed() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.keychain.be(Mood::ReadOnly);
    refresh_in_another_process(&world, &id).await;
    let engine = world.opened_again();

    assert_eq!(engine.take_up_seals().await.unwrap(), 1, "it still waits");
    engine.fresh_access_token(&id, Duration::ZERO, "a test").await.unwrap();
    assert_eq!(engine.connection(&id).unwrap().token.unwrap().version.0, 2, "the token in hand is as good as it was");
    world.keychain.heal();
    engine.fresh_access_token(&id, Duration::ZERO, "a test").await.unwrap();

    assert_eq!(engine.connection(&id).unwrap().token.unwrap().version.0, 3);
    assert_eq!((engine.held_bundles().len(), engine.take_up_seals().await.unwrap()), (0, 0));
}

/// A5: a process was killed between request and answer. Whoever looks sees it at once, and a token settles it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_process_died_is_seen_at_once() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let locks = RefreshLocks::new(world.folder.path().join("locks"));
    let lock = locks.acquire(&id, Duration::from_secs(5)).await.unwrap();
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    store.begin_refresh(&id, TokenVersion(1), world.clock.now(), "one that died").unwrap();
    assert_eq!(world.status(&id), ("active", "kept_alive"), "somebody is at it");

    drop(lock);
    assert_eq!(world.status(&id), ("expiring", "outcome_unknown"), "nobody is, and nobody has written the answer");

    world.engine.fresh_access_token(&id, Duration::ZERO, "a test").await.unwrap();
    assert_eq!(store.list_intents().unwrap(), [], "settled");
    assert_eq!(world.status(&id), ("expiring", "outcome_unknown"), "the next refresh finds out");
}

/// A5, B12: when it is settled says nothing of when it was sent; the timeline has a line for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_was_cut_off_is_dated_as_it_began() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.pass_time(MINUTE);
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    let began_at = world.clock.now();
    store.begin_refresh(&id, TokenVersion(1), began_at, "one that died").unwrap();
    world.pass_time(40 * MINUTE);

    assert_eq!(world.engine.reconcile().await.unwrap().doubted_count, 1);

    assert_eq!(world.engine.overview(&id).unwrap().status.since, began_at);
    let newest = world.engine.detail(&id).unwrap().lineage.remove(0);
    assert_eq!((newest.outcome.as_str(), newest.ended_at), ("probably_spent", Some(began_at)));
    let event = world.engine.list_events(Some(&id), 1).unwrap().remove(0).1;
    assert_eq!((event.kind.as_str(), event.at, event.token_age), ("refresh_cut_off", began_at, Some(MINUTE)));
    let figures = world.engine.health(began_at).unwrap().overall;
    assert_eq!((figures.cut_off_count, figures.refresh_count()), (1, 0), "C9: counted, and by itself");
    assert_eq!(world.engine.reconcile().await.unwrap().doubted_count, 0, "said once");
}

/// S154: another process has the new token in its memory alone: it is named, and the spent token is not sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_holds_in_memory_is_known() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.engine.until_quiet().await;
    fs::write(world.folder.path().join("held"), "in the way").unwrap();
    world.keychain.be(Mood::ReadOnly);
    assert!(world.engine.refresh(&id, RefreshWhy::Person).await.is_err());

    let other = world.opened_again();
    let held = other.held_bundles();
    assert_eq!((held.len(), held[0].is_sealed), (1, false), "{held:?}");
    assert_eq!(held[0].elsewhere.as_ref().and_then(|it| it.pid), Some(std::process::id()));
    assert_eq!(world.engine.held_bundles()[0].elsewhere, None, "its own is its own");
    assert!(!other.would_lose_a_token(), "that one may end");
    let status = other.overview(&id).unwrap().status;
    assert_eq!((status.lamp.as_str(), status.reason.as_str()), ("active", "bundle_held"));
    assert!(
        other.export_held(&Secret::new("correct horse battery"), &world.folder.path().join("x.age")).await.is_err()
    );

    fs::remove_file(world.folder.path().join("held")).unwrap();
    within(world.engine.until_quiet()).await;
    let held = other.held_bundles();
    assert_eq!((held.len(), held[0].is_sealed, &held[0].elsewhere), (1, true, &None), "sealed, it is everybody's");
    assert!(held[0].file.as_ref().is_some_and(|it| it.is_file()), "{held:?}");
    world.keychain.heal();
    until_nothing_is_held(&world.engine).await;
    assert_eq!(other.held_bundles(), []);
}

/// A5: the same while the window runs: it is settled without anybody asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_settles_what_died_under_way_before_it_started() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    store.begin_refresh(&id, TokenVersion(1), world.clock.now(), "one that died").unwrap();
    let window = world.opened_again();
    let mut notices = window.notices();

    let _watch = window.watch();

    within(async {
        while !store.list_intents().unwrap().is_empty() {
            drop(notices.recv().await);
        }
    })
    .await;
}

/// S154: also a command that wants a token settles it, without waiting for a reconcile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_refresh_finds_what_was_sealed() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.keychain.be(Mood::ReadOnly);
    refresh_in_another_process(&world, &id).await;
    world.keychain.heal();

    let engine = world.opened_again();

    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::AlreadyFresh { version } if version.0 == 3), "{outcome:?}");
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
}

/// A5, S154: a power cut may take the newest lines of the database, and with them that a refresh was under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_is_found_without_its_intent() {
    for reconciles in [false, true] {
        let world = World::start().await;
        let id = world.connect().await.id;
        world.refresh(&id).await;
        world.keychain.be(Mood::ReadOnly);
        refresh_in_another_process(&world, &id).await;
        world.keychain.heal();
        Store::open(&world.folder.path().join("patchbay.db")).unwrap().clear_intent(&id).unwrap();
        world.practice.clear_log();
        let engine = world.opened_again();

        if reconciles {
            assert_eq!(engine.reconcile().await.unwrap().adopted_count, 1);
        } else {
            let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
            assert!(matches!(outcome, RefreshOutcome::AlreadyFresh { version } if version.0 == 3), "{outcome:?}");
        }

        assert_eq!(world.refreshes().len(), 0, "the spent token is not sent");
        assert_eq!(sealed_files(world.folder.path()), 0);
        let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Refreshed { version, .. } if version.0 == 4), "{outcome:?}");
    }
}

/// S154: a keychain that does not answer, and may be waiting for a person, has a copy on the disk beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_sealed_while_the_keychain_does_not_answer() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.engine.until_quiet().await;
    let (go_on, told) = std::sync::mpsc::channel::<()>();
    let folder = world.folder.path().to_owned();
    // Reads the old bundle, looks for a newer one in both slots, then writes.
    let seen = std::sync::Arc::new(std::sync::Mutex::new(0));
    let noted = std::sync::Arc::clone(&seen);
    world.keychain.before_write(move || {
        told.recv_timeout(Duration::from_secs(20)).ok();
        *noted.lock().unwrap() = sealed_files(&folder);
    });
    let watching = world.folder.path().to_owned();
    std::thread::spawn(move || {
        let begun = std::time::Instant::now();
        while sealed_files(&watching) == 0 && begun.elapsed() < Duration::from_secs(15) {
            std::thread::yield_now();
        }
        go_on.send(()).ok();
    });

    let outcome = world.refresh(&id).await;

    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
    assert_eq!(*seen.lock().unwrap(), 1, "sealed before the keychain answered");
    assert_eq!(sealed_files(world.folder.path()), 0, "and the seal went when it did");
}

/// S154: a seal that nothing opens holds up nobody, and is not thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_seal_is_put_aside() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.set_faults(Faults::default().rotation_grace(3 * HOUR));
    world.keychain.be(Mood::ReadOnly);
    refresh_in_another_process(&world, &id).await;
    let path = world.folder.path().join("held").join(format!("{id}.3.age"));
    fs::write(&path, "nothing that age made").unwrap();
    world.keychain.heal();
    let engine = world.opened_again();

    world.practice.clear_log();
    let refused = engine.refresh(&id, RefreshWhy::Person).await;

    assert!(matches!(refused, Err(Error::HeldUnopened { .. })), "{refused:?}");
    assert_eq!(world.refreshes().len(), 0, "nobody says that this provider takes a spent token");
    let overview = engine.overview(&id).unwrap();
    assert_eq!((overview.status.lamp.as_str(), overview.status.reason.as_str()), ("expiring", "held_unopened"));
    assert_eq!(overview.refresh_at, None, "nor does anybody by himself");
    let told = told_of_stored_token(&engine, &id).await;
    assert!(told.contains("is spent") && told.contains("cannot be opened"), "C3: {told}");
    engine.fresh_access_token(&id, Duration::ZERO, "a test").await.expect("the token in hand is as good as it was");
    world.pass_time(2 * HOUR);
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "reauth_required", "a person has to do something");
    assert!(engine.held_bundles().is_empty());
    assert!(path.with_extension("age.damaged").exists(), "whoever wants to look finds it");
    let events = engine.list_events(Some(&id), 50).unwrap();
    let said = events.iter().any(|(_, it)| it.subject.as_ref().is_some_and(|it| it.contains("put aside")));
    assert!(said, "and the timeline says so");
    fs::write(path.with_file_name("renamed"), "").unwrap();
    assert_eq!(engine.unusable_seals().unwrap(), [format!("{id}.3.age.damaged"), "renamed".to_owned()]);

    assert_eq!(engine.give_up_unopened(&id).await.unwrap(), 1, "a person insists");
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "the provider's grace is used: {outcome:?}");
    assert_eq!(engine.unusable_seals().unwrap(), [format!("{id}.3.age.given-up"), "renamed".to_owned()]);
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "active");
    fs::remove_dir_all(world.folder.path().join("held")).unwrap();
    fs::write(world.folder.path().join("held"), "in the way").unwrap();
    assert!(engine.unusable_seals().is_err(), "not known is not the same as none");
}

/// A5, S154: a seal whose file went missing is missed: the answer was not lost, and the spent token is not sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seal_that_is_missing_is_not_taken_for_a_lost_answer() {
    for is_put_back in [true, false] {
        let world = World::start().await;
        let id = world.connect().await.id;
        world.refresh(&id).await;
        world.set_faults(Faults::default().rotation_grace(3 * HOUR));
        world.keychain.be(Mood::ReadOnly);
        refresh_in_another_process(&world, &id).await;
        let path = world.folder.path().join("held").join(format!("{id}.3.age"));
        let away = world.folder.path().join("away");
        fs::rename(&path, &away).unwrap();
        world.keychain.heal();
        let engine = world.opened_again();
        world.practice.clear_log();
        let status = || engine.overview(&id).unwrap().status;
        assert_eq!(status().reason.as_str(), "held_unopened", "before anybody tried");
        let missed = engine.unopened_seals().unwrap();
        assert_eq!((missed.len(), &missed[0].file, missed[0].is_missing), (1, &path, true), "where it lay is said");
        let headline = engine.board().unwrap().headline;
        assert!(matches!(&headline, Headline::NeedsYou { count: 1, first, .. } if *first == id), "{headline:?}");
        let told = told_of_stored_token(&engine, &id).await;
        assert!(told.contains("is spent") && told.contains(&path.display().to_string()), "C3: {told}");

        for _ in 0..2 {
            let refused = engine.refresh(&id, RefreshWhy::Person).await;
            assert!(matches!(refused, Err(Error::HeldUnopened { is_missing: true, .. })), "{refused:?}");
        }
        assert_eq!(world.refreshes().len(), 0, "nobody says that this provider takes a spent token");
        assert_eq!((status().lamp.as_str(), status().reason.as_str()), ("expiring", "held_unopened"));
        let events = engine.list_events(Some(&id), 50).unwrap();
        assert!(events.iter().all(|(_, it)| it.kind.as_str() != "refresh_cut_off"), "its answer came");

        let outcome = if is_put_back {
            fs::rename(&away, &path).unwrap();
            engine.refresh(&id, RefreshWhy::Person).await.unwrap()
        } else {
            assert_eq!(engine.give_up_unopened(&id).await.unwrap(), 1, "a person insists");
            assert_eq!(engine.give_up_unopened(&id).await.unwrap(), 0, "once");
            engine.refresh(&id, RefreshWhy::Person).await.unwrap()
        };
        match outcome {
            RefreshOutcome::AlreadyFresh { version } if is_put_back => assert_eq!(version.0, 3),
            RefreshOutcome::Refreshed { version, .. } if !is_put_back => assert_eq!(version.0, 3),
            other => panic!("{other:?}"),
        }
        assert_eq!(status().lamp.as_str(), "active");
        assert_eq!(engine.unopened_seals().unwrap(), [], "and nobody misses it any more");
    }
}

/// S154: a damaged file whose place was taken by the whole one is a note, and goes once its version is outlived.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_aside_and_outlived_is_nobodys_trouble() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.keychain.be(Mood::ReadOnly);
    refresh_in_another_process(&world, &id).await;
    let path = world.folder.path().join("held").join(format!("{id}.3.age"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, "").unwrap();
    world.keychain.heal();
    let engine = world.opened_again();
    engine.reconcile().await.unwrap();
    let aside = format!("{id}.3.age.damaged");
    assert_eq!(engine.needless_seal_files().unwrap(), Vec::<String>::new(), "it is missed");
    assert!(!engine.unopened_seals().unwrap()[0].is_missing, "it is there, and does not open");

    fs::write(&path, whole).unwrap();
    engine.reconcile().await.unwrap();

    assert_eq!(engine.connection(&id).unwrap().token_version(), TokenVersion(3), "the whole one counts");
    assert_eq!(engine.unopened_seals().unwrap(), []);
    assert_eq!(engine.needless_seal_files().unwrap(), [aside]);
    assert!(matches!(engine.refresh(&id, RefreshWhy::Person).await.unwrap(), RefreshOutcome::Refreshed { .. }));
    engine.until_quiet().await;
    engine.reconcile().await.unwrap();
    assert_eq!(sealed_files(world.folder.path()), 0, "its version is outlived");
}

/// S154, S109: links, folders, other people's files and thousands of forged ones hold up no refresh.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_beside_the_seals_stops_no_refresh() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let held = world.folder.path().join("held");
    fs::create_dir_all(held.join("a folder")).unwrap();
    let link = format!("{id}.7.age");
    std::os::unix::fs::symlink(&link, held.join(&link)).unwrap();
    for name in ["notes.txt", ".DS_Store", "Thumbs.db"] {
        fs::write(held.join(name), "x").unwrap();
    }
    assert!(matches!(world.refresh(&id).await, RefreshOutcome::Refreshed { .. }));
    assert_eq!(world.status(&id), ("active", "kept_alive"), "nothing waits");
    let mut named = world.engine.needless_seal_files().unwrap();
    named.sort();
    let mut expected = [".DS_Store", "Thumbs.db", "a folder", "notes.txt", link.as_str()];
    expected.sort_unstable();
    assert_eq!(named, expected, "each is named");

    for version in 100..3_100 {
        fs::write(held.join(format!("{id}.{version}.age")), "nothing that age made").unwrap();
    }
    let outcome = within(world.engine.refresh(&id, RefreshWhy::Person)).await.unwrap();

    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
    let aside = world.engine.unusable_seals().unwrap().iter().filter(|it| it.ends_with(".damaged")).count();
    assert!(aside <= 12, "a few are tried at a time: {aside}");
}

/// S154: a process that is killed while it seals leaves a whole draft, or a part of one.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_of_a_killed_process_is_found() {
    for is_whole in [true, false] {
        let world = World::start().await;
        let id = world.connect().await.id;
        world.refresh(&id).await;
        world.keychain.be(Mood::ReadOnly);
        refresh_in_another_process(&world, &id).await;
        let held = world.folder.path().join("held");
        let mut killed = std::process::Command::new("true").spawn().unwrap();
        killed.wait().unwrap();
        let draft = held.join(format!("{id}.3.draft-{}", killed.id()));
        fs::rename(held.join(format!("{id}.3.age")), &draft).unwrap();
        if !is_whole {
            let sealed = fs::read(&draft).unwrap();
            fs::write(&draft, &sealed[..sealed.len() - 9]).unwrap();
        }
        world.keychain.heal();
        let engine = world.opened_again();

        let settled = engine.reconcile().await.unwrap();

        assert_eq!(settled.adopted_count, usize::from(is_whole));
        assert_eq!(engine.connection(&id).unwrap().token_version().0, if is_whole { 3 } else { 2 });
        assert_eq!(sealed_files(world.folder.path()), 0, "nothing is left of it");
    }
}

/// A7, A5: a sign-in as another that was killed when its tokens were durable: whoever only looks sees whose they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_was_killed_at_its_end_is_settled_by_whoever_looks() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    let browser = Browser::scripted(world.person.opener());
    let (folder, store) = (world.folder.path(), world.keychain.store());
    let parts = EngineParts::open_with(folder, store, world.clock.clone(), browser, world.timeouts).unwrap();
    let version = connection.token_version();
    let bundle = parts.vault.read_bundle(id, version).await.unwrap().unwrap();
    let grant = ArrivingGrant {
        identity: Identity {
            subject: Some("another".into()),
            label: Some("other@x.example".into()),
            ..Identity::default()
        },
        requested: vec![],
        endpoints: connection.endpoints.clone(),
        binding: GrantBinding::default(),
        client: connection.client.clone(),
    };
    parts.store.begin_reconnect(id, version, world.clock.now(), grant).unwrap();
    parts.vault.write_bundle(id, &TokenBundle { version: version.next(), ..bundle }).await.unwrap();
    let engine = Engine::new(parts);

    engine.take_up_seals().await.unwrap();

    let settled = engine.connection(id).unwrap();
    assert_eq!(settled.token_version(), version.next());
    assert_eq!(settled.identity.account(), Some("other@x.example"), "whose token is handed out");
}

/// A5, S154: a file that nobody sealed says nothing of the token in hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_never_sealed_stops_no_refresh() {
    let world = World::start().await;
    let id = world.connect().await.id;
    // The end of the sign-in may still hold the connection's lock, and whoever holds it is left alone.
    let locks = RefreshLocks::new(world.folder.path().join("locks"));
    drop(locks.acquire(&id, Duration::from_secs(10)).await.unwrap());
    let held = world.folder.path().join("held");
    fs::create_dir_all(&held).unwrap();
    fs::write(held.join(format!("{id}.5.age")), "nothing that age made").unwrap();
    fs::write(held.join(format!("{id}.9.age")), "nothing that age made").unwrap();

    world.engine.reconcile().await.unwrap();
    assert_eq!(world.status(&id), ("active", "kept_alive"), "no doubt is cast on it");
    let outcome = world.engine.refresh(&id, RefreshWhy::Person).await.unwrap();

    assert!(matches!(outcome, RefreshOutcome::Refreshed { version, .. } if version.0 == 2), "{outcome:?}");
    let aside = [format!("{id}.5.age.damaged"), format!("{id}.9.age.damaged")];
    assert_eq!(world.engine.unusable_seals().unwrap(), aside, "they are put aside");
    let events = world.engine.list_events(Some(&id), 50).unwrap();
    let said = |it: &str| it.contains("none that was sealed");
    assert_eq!(events.iter().filter(|(_, it)| it.subject.as_deref().is_some_and(said)).count(), 2, "with a word");
}

/// S154: the disk has room again before the keychain opens: whoever waits for that learns that the program may end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_memory_is_sealed_as_soon_as_the_disk_takes_it() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    world.engine.until_quiet().await;
    fs::write(world.folder.path().join("held"), "in the way").unwrap();
    world.keychain.be(Mood::ReadOnly);
    assert!(world.engine.refresh(&id, RefreshWhy::Person).await.is_err());
    assert!(world.engine.would_lose_a_token());

    fs::remove_file(world.folder.path().join("held")).unwrap();
    within(world.engine.until_quiet()).await;

    assert!(!world.engine.would_lose_a_token(), "what is waited for is that it lies sealed");
    assert_eq!((world.engine.held_bundles()[0].is_sealed, sealed_files(world.folder.path())), (true, 1));
}

/// A1, S154: a first sign-in that the keychain refuses waits as well: the grant is not thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_the_keychain_refuses_is_there_when_it_opens() {
    let world = World::start().await;
    world.connect().await;
    world.signs_in_as("jonas");
    let (sign_in, callback) = world.waiting_sign_in().await;
    world.keychain.be(Mood::ReadOnly);
    world.person.visit(&callback).await.unwrap();
    super::support::ended(&world.engine, &sign_in.id).await;
    assert_eq!(world.engine.held_bundles().len(), 1);

    world.keychain.heal();
    until_nothing_is_held(&world.engine).await;

    let accounts = world.engine.list_connections().unwrap();
    assert_eq!(accounts.len(), 2, "Jonas is connected: {accounts:?}");
}

/// S120, S156: the database is a copy of last night; the keychain has gone on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_put_back_from_a_copy_finds_the_newer_token() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    let copy = world.folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    sqlite.execute("VACUUM INTO ?1", [copy.join("patchbay.db").to_str().unwrap()]).unwrap();
    for _ in 0..5 {
        world.refresh(&id).await;
    }

    let engine = open(&copy, &world.keychain, &world.clock, &world.person, world.timeouts);
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();

    assert!(matches!(outcome, RefreshOutcome::Refreshed { version, .. } if version.0 == 8), "{outcome:?}");
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "active", "missing is never taken for revoked");
}

/// S120, S150: what such a database says of the old token holds for none that is handed out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_put_back_from_a_copy_hands_out_the_newer_token_with_its_own_end() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let copy = world.folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    sqlite.execute("VACUUM INTO ?1", [copy.join("patchbay.db").to_str().unwrap()]).unwrap();
    // The newer one lives for minutes, and is over while the old row still promises most of an hour.
    world.set_faults(Faults::default().access_token_lifetime(MINUTE * 10));
    world.refresh(&id).await;
    world.pass_time(MINUTE * 20);

    let engine = open(&copy, &world.keychain, &world.clock, &world.person, world.timeouts);
    let token = engine.fresh_access_token(&id, Duration::ZERO, "a test").await.unwrap();

    assert!(token.expires_at.unwrap() <= world.clock.now() + MINUTE * 10, "its own end, {:?}", token.expires_at);
    assert!(token.expires_at.unwrap() > world.clock.now(), "not one that is over");
    let delivered = engine.list_events(Some(&id), 1).unwrap().remove(0).1;
    let newest = engine.connection(&id).unwrap().token.unwrap();
    assert_eq!(delivered.token_version, Some(newest.version), "and that is what the timeline tells of");
}

/// A5: a lost answer is looked into at once, and within the provider's grace nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_a_state_of_its_own_and_is_resolved_by_one_try() {
    let world = World::start().await;
    for (grace, expected) in [(Duration::from_secs(30), "active"), (Duration::ZERO, "reauth_required")] {
        world.signs_in_as(if grace.is_zero() { "mira" } else { "jonas" });
        let id = world.connect().await.id;
        world.set_faults(Faults::default().rotation_grace(grace).drops_answer_after_rotating());
        world.refresh(&id).await;
        assert_eq!(world.status(&id), ("expiring", "outcome_unknown"));
        let links = world.engine.detail(&id).unwrap().lineage;
        assert_eq!(links[0].outcome.as_str(), "probably_spent");
        world.set_faults(Faults::default().rotation_grace(grace));
        world.practice.clear_log();
        let due = world.engine.overview(&id).unwrap().refresh_at.unwrap();
        assert!(due <= world.clock.now() + Duration::from_secs(2), "at once, while a grace may run");

        world.refresh(&id).await;

        assert_eq!(world.status(&id).0, expected, "grace {grace:?}");
        assert_eq!(world.refreshes().len(), 1, "the newest token once");
        let event = world.engine.list_events(Some(&id), 1).unwrap().remove(0).1;
        if grace.is_zero() {
            assert_eq!(world.engine.detail(&id).unwrap().lineage[0].outcome.as_str(), "refused");
        } else {
            assert_eq!(event.reason, Some(RefreshReason::Recovery));
        }
    }
}

/// A5: what a crash left is newer and does not work, since the provider has lost it too: the token before it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_found_after_a_crash_that_is_refused_gives_way_to_the_one_before() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    store.begin_refresh(&id, TokenVersion(1), world.clock.now(), "one that died").unwrap();
    let vault = Vault::with_store(&store.install_id(), world.keychain.store());
    let lost = TokenBundle {
        version: TokenVersion(2),
        access_token: None,
        refresh_token: Some(Secret::new("practice_rt_the_provider_was_put_back_and_forgot_it")),
        issued_at: world.clock.now(),
        expiry: Expiry::Unknown,
        refresh_token_ends_at: None,
        granted_scopes: vec![],
        defects: vec![],
    };
    vault.write_bundle(&id, &lost).await.unwrap();
    let engine = world.opened_again();
    assert_eq!(engine.reconcile().await.unwrap().adopted_count, 1);
    assert_eq!(world.bundle_count().await, 2, "the one before is kept until the newer one has proved itself");
    world.practice.clear_log();

    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();

    assert!(matches!(outcome, RefreshOutcome::Refreshed { version, .. } if version.0 == 3), "{outcome:?}");
    assert_eq!(world.refreshes().len(), 2, "each of them once");
    engine.until_quiet().await;
    assert_eq!(world.bundle_count().await, 1, "and both are gone");
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "active");
}

/// A5, B12: where the token before it is refused as well, two requests are two events, and each is named once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refused_request_is_written_down_once() {
    for is_rotated in [true, false] {
        let world = World::start().await;
        let id = world.connect().await.id;
        let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
        store.begin_refresh(&id, TokenVersion(1), world.clock.now(), "one that died").unwrap();
        let vault = Vault::with_store(&store.install_id(), world.keychain.store());
        let mut found = vault.read_bundle(&id, TokenVersion(1)).await.unwrap().unwrap();
        found.version = TokenVersion(2);
        if is_rotated {
            found.refresh_token = Some(Secret::new("practice_rt_the_provider_was_put_back_and_forgot_it"));
        }
        vault.write_bundle(&id, &found).await.unwrap();
        assert_eq!(world.engine.reconcile().await.unwrap().adopted_count, 1);
        world.practice.revoke_all();
        world.practice.clear_log();

        let outcome = world.engine.refresh(&id, RefreshWhy::Person).await.unwrap();

        assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "{outcome:?}");
        let sent = world.refreshes().len();
        assert_eq!(sent, if is_rotated { 2 } else { 1 }, "the same token is not sent twice");
        let mut ids: Vec<_> = world.engine.list_events(Some(&id), 50).unwrap().into_iter().map(|(_, it)| it).collect();
        ids.retain(|it| it.kind.as_str() == "refresh_failed");
        let named: std::collections::HashSet<_> = ids.iter().map(|it| it.request_id.clone()).collect();
        assert_eq!((ids.len(), named.len()), (sent, sent), "one event for each request");
    }
}

/// A5: each refresh says how long its token was nowhere durable, without the server's share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_says_how_long_its_token_was_at_risk() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.set_faults(Faults::default().answers_slowly(Duration::from_millis(250)));

    world.refresh(&id).await;

    let event = world.engine.list_events(Some(&id), 1).unwrap().remove(0).1;
    let (at_risk, latency) = (event.at_risk.unwrap(), event.latency.unwrap());
    assert!(latency >= Duration::from_millis(250), "{latency:?}");
    assert!(at_risk > Duration::ZERO && at_risk < latency, "the server's time is not ours: {at_risk:?}");
}

async fn refresh_in_another_process(world: &World, id: &ConnectionId) {
    let id = id.clone();
    in_another_process(world, move |engine, _| async move {
        let refused = engine.refresh(&id, RefreshWhy::Person).await;
        assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: true, .. })), "{refused:?}");
    })
    .await;
}

async fn until_nothing_is_held(engine: &Engine) {
    let mut notices = engine.notices();
    within(async {
        while !engine.held_bundles().is_empty() {
            drop(notices.recv().await);
        }
    })
    .await;
}

fn sealed_files(folder: &Path) -> usize {
    fs::read_dir(folder.join("held")).map_or(0, Iterator::count)
}

/// What a diagnosis says of the stored token where a newer one is not in the keychain: never that it is whole.
async fn told_of_stored_token(engine: &Engine, id: &ConnectionId) -> String {
    let with = DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::UTC };
    let report = engine.diagnose(id, with, |_| {}).await.unwrap();
    let rung = report.failed_rung().unwrap_or_else(|| panic!("nothing is said: {report:#?}"));
    assert_eq!((rung.rung, report.verdict.diagnosis.cause), (Rung::OurToken, CauseLabel::RefreshTokenReused));
    rung.says.clone()
}
