//! The keychain locks, goes away, is another one, or is damaged: a clear state each, never "revoked", and the grant
//! is whole when it comes back [A3, A5, S154, S156].

use engine::Error;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::vault::{KeychainState, VaultError};
use fakes::keychain::Mood;

use super::support::{MINUTE, World, within};

/// A3, S156
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keychain_that_cannot_be_read_costs_no_grant_and_no_request() {
    for (mood, expected, state) in [
        (Mood::Locked, VaultError::Locked, KeychainState::Locked),
        (Mood::Absent, VaultError::Absent, KeychainState::Absent),
        (Mood::FailsFrom(0), VaultError::Refused, KeychainState::NotAnswering),
    ] {
        let world = World::start().await;
        let connection = world.connect().await;
        world.practice.clear_log();
        world.keychain.be(mood);

        assert_eq!(world.engine.keychain_state().await, state, "said as it is");
        for refused in [
            world.engine.refresh(&connection.id, RefreshWhy::Person).await.err(),
            world.engine.fresh_access_token(&connection.id, MINUTE, "a test").await.err(),
            world.engine.run_test_call(&connection.id).await.err(),
        ] {
            assert!(
                matches!(refused, Some(Error::VaultUnavailable(error)) if error == expected),
                "{mood:?} is our trouble, not the provider's: {refused:?}"
            );
        }
        assert!(world.practice.log().is_empty(), "no refresh token, no request");
        assert_eq!(world.status(&connection.id).0, "active", "a locked keychain says nothing about a grant");
        assert_eq!(world.engine.connection(&connection.id).unwrap(), connection);

        world.keychain.heal();
        assert!(world.still_works(&connection.id).await, "whole again after {mood:?}");
    }
}

/// A5, S154: it locks while the answer is on its way: asked again until it opens, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keychain_that_locks_in_the_middle_of_a_refresh_gets_the_token_when_it_opens() {
    let world = World::start().await;
    let connection = world.connect().await;
    // The first call reads the old bundle, the second looks beside it, the third writes the new one; the fifth finds
    // it open again.
    let (locks, opens) = (world.keychain.clone(), world.keychain.clone());
    world.keychain.before_call(3, move || {
        locks.be(Mood::Locked);
        let again = opens.clone();
        opens.before_call(2, move || again.be(Mood::Willing));
    });

    let outcome = world.refresh(&connection.id).await;

    assert!(matches!(outcome, RefreshOutcome::Refreshed { is_rotated: true, .. }), "{outcome:?}");
    assert!(world.still_works(&connection.id).await);
}

/// S156: an empty keychain is another one, as long as the canary is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_keychain_is_told_from_a_lost_secret() {
    let world = World::start().await;
    let connection = world.connect().await;
    let ours = world.keychain.items();
    world.keychain.put_items(Default::default());
    let engine = world.opened_again();

    assert_eq!(engine.keychain_state().await, KeychainState::Different);
    let refused = engine.refresh(&connection.id, RefreshWhy::Person).await;
    assert!(matches!(refused, Err(Error::VaultUnavailable(VaultError::Different))), "{refused:?}");
    assert!(world.sign_in_with(&engine).await.is_err(), "and nothing is written into it");
    assert!(world.keychain.items().is_empty());
    assert_eq!(engine.overview(&connection.id).unwrap().status.lamp.as_str(), "active", "not revoked, not missing");

    world.keychain.put_items(ours);
    assert!(world.still_works(&connection.id).await, "the right keychain is back");
}

/// S156: the right keychain, and the item is gone: missing, which a person must mend, and not revoked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_is_gone_is_called_missing_and_comes_back_with_a_reconnect() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut items = world.keychain.items();
    items.retain(|name, _| !name.contains("/con_"));
    world.keychain.put_items(items);
    world.practice.clear_log();

    let outcome = world.refresh(&connection.id).await;

    assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "{outcome:?}");
    assert_eq!(world.status(&connection.id), ("reauth_required", "secret_missing"));
    assert!(world.practice.log().is_empty());
    assert!(!world.event_kinds(Some(&connection.id)).contains(&"revoked_detected"), "nobody revoked anything");
    let since = world.engine.overview(&connection.id).unwrap().status.since;
    for _ in 0..3 {
        world.pass_time(MINUTE);
        assert!(world.engine.fresh_access_token(&connection.id, MINUTE, "a script").await.is_err());
    }
    let told = world.event_kinds(Some(&connection.id)).iter().filter(|it| **it == "reauth_required_set").count();
    assert_eq!(told, 1, "a script that asks each minute fills no timeline");
    assert_eq!(world.engine.overview(&connection.id).unwrap().status.since, since);
    world.reconnect(&connection.id).await;
    assert_eq!(world.status(&connection.id), ("active", "kept_alive"));
    assert!(world.still_works(&connection.id).await);
}

/// S153, S156: one flipped byte is noticed, and is no reason to ask the provider with nonsense.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_item_is_noticed_and_never_sent() {
    let world = World::start().await;
    let connection = world.connect().await;
    let whole = world.keychain.items();
    let mut damaged = whole.clone();
    for (name, text) in &mut damaged {
        if name.contains("/con_") {
            let middle = text.len() / 2;
            text[middle] = if text[middle] == b'A' { b'B' } else { b'A' };
        }
    }
    world.keychain.put_items(damaged);
    world.practice.clear_log();

    let outcome = world.engine.refresh(&connection.id, RefreshWhy::Person).await;

    assert!(world.practice.log().is_empty(), "nothing that failed its check leaves the machine");
    assert!(!matches!(outcome, Ok(RefreshOutcome::Refreshed { .. })), "{outcome:?}");
    assert!(!world.event_kinds(Some(&connection.id)).contains(&"revoked_detected"));
    assert!(world.practice.grants()[0].is_alive());
    assert_eq!(world.status(&connection.id), ("reauth_required", "secret_missing"));
    world.keychain.put_items(whole);
    assert!(world.still_works(&connection.id).await, "mended, it is found again without a person");
    assert_eq!(world.status(&connection.id), ("active", "kept_alive"));
}

/// A3, B1: nobody needs a token, and yet the window is told that none can be read, and that all can be read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_window_is_told_that_the_keychain_was_locked_and_unlocked() {
    let world = World::start().await;
    world.connect().await;
    let _watch = world.engine.watch();
    assert_eq!(world.engine.known_keychain_state().await, KeychainState::Open);
    let mut notices = world.engine.notices();

    for (mood, state) in [
        (Mood::Locked, KeychainState::Locked),
        (Mood::Willing, KeychainState::Open),
        (Mood::Absent, KeychainState::Absent),
    ] {
        world.keychain.be(mood);
        let told = async {
            while world.engine.keychain_closed_since().is_some() == (state == KeychainState::Open) {
                notices.recv().await.unwrap();
            }
        };
        // Every three seconds; without a need the engine would look once a minute.
        within(told).await;
        assert_eq!(world.engine.known_keychain_state().await, state);
    }
}

/// A3: a keychain that takes nothing leads to no other place for a secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_keychain_nothing_is_stored_anywhere_else() {
    let world = World::start().await;
    world.keychain.be(Mood::Absent);

    let progress = world.sign_in(world.request()).await;

    assert!(
        matches!(
            &progress,
            engine::flows::connect::SignInProgress::Failed(engine::flows::connect::SignInFailure::Ours(error))
                if matches!(**error, Error::VaultUnavailable(VaultError::Absent))
        ),
        "{progress:?}"
    );
    assert!(world.engine.board().unwrap().connections.is_empty());
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        for kind in ["practice_at_", "practice_rt_"] {
            let is_there = bytes.windows(kind.len()).any(|piece| piece == kind.as_bytes());
            assert!(!is_there, "{} holds a token", path.display());
        }
    }
}
