//! The vault against an in-memory store that fails, blocks and forgets on request.

use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::time::Duration;

use domain::connection::client_rotation::SecretSlot;
use domain::token::{Expiry, TokenDefect};
use jiff::Timestamp;
use keyring_core::Error;

use super::test_store::TestStore;
use super::*;

const INSTALL: &str = "0123456789abcdef";
const WINDOWS_LIMIT: usize = 2_560;

/// A4: all of a bundle comes back, not only its tokens.
#[tokio::test]
async fn a_bundle_comes_back_as_it_was_written() {
    let vault = Vault::with_store(INSTALL, keyring_core::mock::Store::new().unwrap());

    for (version, expiry, refresh, access) in [
        (1, Expiry::At(at(3_600)), Some("1//0refresh"), Some("ya29.access")),
        (2, Expiry::Never, None, Some("ntn_access")),
        (3, Expiry::Unknown, Some("1//0refresh"), None),
    ] {
        let written = TokenBundle {
            version: TokenVersion(version),
            expiry,
            refresh_token: refresh.map(Secret::new),
            access_token: access.map(Secret::new),
            ..bundle(1, 10)
        };
        vault.write_bundle(&connection(), &written).await.unwrap();

        assert_same(&vault.read_bundle(&connection(), written.version).await.unwrap().unwrap(), &written);
    }
}

/// A3, S153: one line of base64url, one item, one keychain call to read it.
#[tokio::test]
async fn a_bundle_that_fits_is_one_line_of_one_item_read_by_one_call() {
    let store = TestStore::new();
    let vault = vault_on(&store, 64 * 1024);
    vault.ensure_canary().await.unwrap();
    vault.write_bundle(&connection(), &bundle(1, 1_000)).await.unwrap();

    let name = format!("{INSTALL}/{}/odd/0", connection());
    let text = store.items()[&name].clone();
    assert!(text.iter().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(it)), "a newline breaks gnome-keyring");
    assert_eq!(store.items().len(), 2, "the canary and the bundle");

    let calls = store.calls();
    vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap().unwrap();
    assert_eq!(store.calls() - calls, 1, "a token is asked for often: no canary, no second part");
}

/// S153: where an item is small, tokens are spread, and come back.
#[tokio::test]
async fn a_split_bundle_comes_back_whole_and_is_erased_whole() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);

    for (version, length) in [(1, 1_000), (2, 1_500), (3, 2_500), (4, 8_000)] {
        let written = bundle(version, length);
        vault.write_bundle(&connection(), &written).await.unwrap();

        assert!(store.items().values().all(|it| it.len() <= WINDOWS_LIMIT), "the platform's limit holds");
        assert_same(&vault.read_bundle(&connection(), written.version).await.unwrap().unwrap(), &written);
        vault.erase_bundle(&connection(), written.version).await.unwrap();
        vault.erase_bundle(&connection(), written.version).await.unwrap();
        let left: usize = store.items().values().map(Vec::len).sum();
        assert!(left < 400, "a blank is left of {length} bytes: {left}");
        assert!(vault.read_bundle(&connection(), written.version).await.unwrap().is_none());
    }
}

/// A4, S153: the next bundle goes beside the one that counts, and the one after it in its place.
#[tokio::test]
async fn two_slots_take_all_bundles_by_turns() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);
    for version in 1..=9 {
        vault.write_bundle(&connection(), &bundle(version, 100)).await.unwrap();
        assert!(vault.read_bundle(&connection(), TokenVersion(version)).await.unwrap().is_some());
        let before = vault.read_bundle(&connection(), TokenVersion(version - 1)).await.unwrap();
        assert_eq!(before.is_some(), version > 1, "the one before stands until it is erased");
        assert!(vault.read_bundle(&connection(), TokenVersion(version + 1)).await.unwrap().is_none());
    }
    assert_eq!(vault.find_newer(&connection(), TokenVersion(3)).await.unwrap(), Some(TokenVersion(9)));
    assert_eq!(vault.find_newer(&connection(), TokenVersion(9)).await.unwrap(), None);

    vault.erase_bundle(&connection(), TokenVersion(1)).await.unwrap();
    assert!(vault.read_bundle(&connection(), TokenVersion(9)).await.unwrap().is_some(), "another stands there by now");
    vault.erase_connection(&connection()).await.unwrap();
    assert!(store.items().is_empty(), "of a connection that is gone nothing stays");
}

/// A5, S153: stopped after any part, the refresh token is there or nothing is; never something wrong.
#[tokio::test]
async fn a_torn_write_leaves_the_refresh_token_readable() {
    let written = TokenBundle { access_token: Some(Secret::new("a".repeat(4_000))), ..bundle(1, 1_500) };
    // Each part is one write and one read.
    for broken_call in (1..).step_by(2) {
        let store = TestStore::new();
        let vault = vault_on(&store, WINDOWS_LIMIT);
        store.fail_from(broken_call);
        let outcome = vault.write_bundle(&connection(), &written).await;
        store.fail_from(usize::MAX);

        let refresh = vault.read_refresh_part(&connection(), written.version).await.unwrap();
        let whole = vault.read_bundle(&connection(), written.version).await;
        if outcome.is_ok() {
            assert!(broken_call > 5, "three parts at least");
            break;
        }
        if broken_call == 1 {
            assert!(refresh.is_none() && whole.unwrap().is_none(), "nothing was written");
            continue;
        }
        let refresh = refresh.expect("part 0 was written and is complete in itself");
        assert!(refresh.refresh_token.unwrap().is_same_as(&"r".repeat(1_500)));
        assert!(refresh.access_token.is_none() && refresh.issued_at == written.issued_at);
        assert_eq!(whole.err(), Some(VaultError::Damaged), "parts are missing");
    }
}

/// A5: in every item, every bit.
#[tokio::test]
async fn a_flipped_bit_never_gives_a_wrong_token() {
    let store = TestStore::new();
    let vault = vault_on(&store, 400);
    vault.write_bundle(&connection(), &bundle(1, 100)).await.unwrap();
    let whole = store.items();
    assert!(whole.len() > 1, "several items are looked at");

    for (name, text) in &whole {
        for place in 0..text.len() {
            let mut flipped = text.clone();
            flipped[place] ^= 1 << (place % 8);
            store.put(name, flipped);
            let read = vault.read_bundle(&connection(), TokenVersion(1)).await;
            assert_eq!(read.err(), Some(VaultError::Damaged), "byte {place} of {name}");
        }
        store.put(name, text.clone());
    }
    assert!(vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap().is_some());
}

/// S156: an empty keychain is fine before the first secret, and another keychain after it.
#[tokio::test]
async fn not_found_in_another_keychain_is_not_not_found() {
    let first = vault_on(&TestStore::new(), WINDOWS_LIMIT);
    assert!(first.read_bundle(&connection(), TokenVersion(1)).await.unwrap().is_none(), "a fresh installation");
    assert_eq!(first.check().await, KeychainState::Open);
    assert!(first.ensure_canary().await.unwrap(), "written with the first secret");
    assert!(!first.ensure_canary().await.unwrap(), "and only then");
    assert!(first.read_bundle(&connection(), TokenVersion(1)).await.unwrap().is_none(), "really not there");

    let other_store = TestStore::new();
    let other = vault_on(&other_store, WINDOWS_LIMIT);
    other.set_expects_canary(true);

    let different = Some(VaultError::Different);
    assert_eq!(other.read_bundle(&connection(), TokenVersion(1)).await.err(), different);
    assert_eq!(other.read_refresh_part(&connection(), TokenVersion(1)).await.err(), different);
    assert_eq!(other.read_client_secret(&client(), SecretSlot::First).await.err(), different);
    assert_eq!(other.write_bundle(&connection(), &bundle(1, 10)).await.err(), different);
    assert_eq!(other.write_client_secret(&client(), SecretSlot::First, &Secret::new("s")).await.err(), different);
    assert_eq!(other.ensure_canary().await.err(), different, "a missing canary is not put back");
    assert_eq!(other.check().await, KeychainState::Different);
    assert!(other_store.items().is_empty(), "no secret goes into a keychain it does not belong to");
}

/// S156: the daemon restarts between two writes, and behind the new connection is another keychain.
#[tokio::test]
async fn a_write_is_not_repeated_into_another_keychain() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);
    vault.ensure_canary().await.unwrap();
    vault.write_bundle(&connection(), &bundle(1, 10)).await.unwrap();

    store.clear();
    store.fail_next(|| Error::PlatformFailure("NoSession".into()));
    let refused = vault.write_bundle(&connection(), &bundle(2, 10)).await;

    assert_eq!(refused.err(), Some(VaultError::Different));
    assert!(store.items().is_empty(), "the canary was seen in the one before");
}

/// A4: between a provider's answer and its storage, no call that is not needed.
#[tokio::test]
async fn the_canary_is_looked_at_once_per_connection_to_the_keychain() {
    let store = TestStore::new();
    let vault = vault_on(&store, 64 * 1024);
    vault.ensure_canary().await.unwrap();
    assert_eq!(vault.check().await, KeychainState::Open);

    let calls = store.calls();
    vault.write_bundle(&connection(), &bundle(1, 10)).await.unwrap();
    assert_eq!(store.calls() - calls, 2, "the write and its reading back");
}

/// A3
#[tokio::test]
async fn client_secrets_come_back_and_go() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);
    assert!(vault.read_client_secret(&client(), SecretSlot::First).await.unwrap().is_none());

    vault.write_client_secret(&client(), SecretSlot::First, &Secret::new("GOCSPX-one")).await.unwrap();
    vault.write_client_secret(&client(), SecretSlot::First, &Secret::new("GOCSPX-two")).await.unwrap();
    let read = vault.read_client_secret(&client(), SecretSlot::First).await.unwrap().unwrap();
    assert!(read.is_same_as("GOCSPX-two"), "the later one took its place");

    let too_long = Secret::new("s".repeat(2_000));
    let refused = vault.write_client_secret(&client(), SecretSlot::First, &too_long).await;
    assert!(matches!(refused, Err(VaultError::TooLarge { .. })), "a secret is one item");
    vault.erase_client_secret(&client(), SecretSlot::First).await.unwrap();
    vault.erase_client_secret(&client(), SecretSlot::First).await.unwrap();
    assert!(store.items().is_empty());
}

/// B14: the daemon restarted: the handle is dead for ever, a new one works.
#[tokio::test]
async fn a_broken_connection_is_made_anew_once() {
    let store = TestStore::new();
    let connects = Arc::new(AtomicUsize::new(0));
    let (counted, shared) = (Arc::clone(&connects), Arc::clone(&store));
    let connect: Connect = Arc::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Connected { store: shared.clone(), modifiers: HashMap::new() })
    });
    let vault = Vault::with(INSTALL, connect, Patience::default(), WINDOWS_LIMIT);
    vault.write_bundle(&connection(), &bundle(1, 10)).await.unwrap();

    store.fail_next(|| Error::PlatformFailure("NoSession".into()));
    assert!(vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap().is_some(), "repeated on a new one");
    assert_eq!(connects.load(Ordering::SeqCst), 2);

    store.fail_from(0);
    assert_eq!(vault.read_bundle(&connection(), TokenVersion(1)).await.err(), Some(VaultError::Refused));
    assert_eq!(connects.load(Ordering::SeqCst), 3, "once, not for ever");
}

/// S156: every error of a store has one meaning, and none of them is "not found".
#[tokio::test]
async fn every_error_of_a_store_is_told_apart() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);
    vault.write_bundle(&connection(), &bundle(1, 10)).await.unwrap();
    let cases: [(fn() -> Error, VaultError); 8] = [
        (|| Error::NoStorageAccess("SS error: prompt dismissed".into()), VaultError::Locked),
        (|| Error::NoStorageAccess("SS error: result not returned from SS API".into()), VaultError::Absent),
        (|| Error::BadEncoding(b"ya29.hidden".to_vec()), VaultError::Damaged),
        (|| Error::BadDataFormat(b"ya29.hidden".to_vec(), "ya29.hidden".into()), VaultError::Damaged),
        (|| Error::BadStoreFormat("ya29.hidden".into()), VaultError::Damaged),
        (|| Error::Invalid("user".into(), "long".into()), VaultError::Refused),
        (|| Error::NotSupportedByStore("this".into()), VaultError::Refused),
        (|| Error::TooLong("secret".into(), 9), VaultError::TooLarge { length: 10, limit: 9 }),
    ];

    for (error, expected) in cases {
        if cfg!(windows) && expected == VaultError::Locked {
            continue;
        }
        store.fail_next(error);
        let failed = vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap_err();
        assert_eq!(failed, expected);
        assert!(!format!("{failed} {failed:?}").contains("hidden"), "an error is no way out for a secret");
    }
    let absent: Connect = Arc::new(|| Err(Error::PlatformFailure("no bus".into())));
    let absent = Vault::with(INSTALL, absent, Patience::default(), WINDOWS_LIMIT);
    assert_eq!(absent.read_bundle(&connection(), TokenVersion(1)).await.err(), Some(VaultError::Absent));
    assert_eq!(absent.check().await, KeychainState::Absent);
}

/// A4: the store says yes and keeps nothing, or something else.
#[tokio::test]
async fn a_write_that_did_not_arrive_is_an_error() {
    for (kept, expected) in [(None, VaultError::Refused), (Some(b"x".to_vec()), VaultError::Damaged)] {
        let store = TestStore::new();
        let vault = vault_on(&store, WINDOWS_LIMIT);
        store.keep_instead(kept);

        assert_eq!(vault.write_bundle(&connection(), &bundle(1, 10)).await.err(), Some(expected));
        assert_eq!(vault.check().await, KeychainState::NotAnswering, "no use of it can be made");
    }
}

/// B13: a prompt nobody answers blocks nobody, and another thread takes over.
#[tokio::test]
async fn a_call_that_hangs_holds_nobody_up() {
    let store = TestStore::new();
    let patience = Patience { deadline: Duration::from_millis(500), stuck_after: Duration::from_millis(100) };
    let vault = Vault::with(INSTALL, connect_to(&store), patience, WINDOWS_LIMIT);
    let (unlock, locked) = mpsc::channel::<()>();
    store.block_next(locked);

    let asked_at = std::time::Instant::now();
    let waiting = vault.write_bundle(&connection(), &bundle(1, 10)).await;
    assert_eq!(waiting.err(), Some(VaultError::NotAnswering));
    assert!(asked_at.elapsed() < Duration::from_secs(5), "nobody waits beyond the deadline");

    assert_eq!(vault.check().await, KeychainState::Open, "another thread took over");
    let later = TokenBundle { access_token: None, ..bundle(1, 10) };
    for _ in 0..2 {
        let overtaking = vault.write_bundle(&connection(), &later).await;
        assert_eq!(overtaking.err(), Some(VaultError::NotAnswering), "the hanging write could still come last");
        vault.write_bundle(&connection(), &bundle(1, 10)).await.expect("the same bundle may be written again");
    }
    vault.write_bundle(&connection(), &bundle(2, 10)).await.expect("another version is nothing to it");

    unlock.send(()).unwrap();
    store.wait_until_unblocked();
    assert_same(&vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap().unwrap(), &bundle(1, 10));
}

/// A3, B13: unlocked from elsewhere while a prompt of ours stands open: nobody waits for that one any more.
#[tokio::test]
async fn a_prompt_that_is_left_keeps_nobody_waiting() {
    let store = TestStore::new();
    let patience = Patience { deadline: Duration::from_secs(2), stuck_after: Duration::from_secs(60) };
    let vault = Vault::with(INSTALL, connect_to(&store), patience, WINDOWS_LIMIT);
    let (_unlock, locked) = mpsc::channel::<()>();
    store.block_next(locked);
    assert!(vault.read_bundle(&connection(), TokenVersion(1)).await.is_err(), "hangs");

    vault.leave_prompt();

    assert_eq!(vault.look().await, KeychainState::Open);
}

/// A4: what was asked for and given up on before it began is not done later.
#[tokio::test]
async fn a_write_whose_caller_left_before_it_began_is_skipped() {
    let store = TestStore::new();
    let patience = Patience { deadline: Duration::from_millis(250), stuck_after: Duration::from_secs(60) };
    let vault = Vault::with(INSTALL, connect_to(&store), patience, WINDOWS_LIMIT);
    let (unlock, locked) = mpsc::channel::<()>();
    store.block_next(locked);

    assert!(vault.read_bundle(&connection(), TokenVersion(1)).await.is_err(), "hangs");
    assert!(vault.write_bundle(&connection(), &bundle(1, 10)).await.is_err(), "waits behind it");
    unlock.send(()).unwrap();
    store.wait_until_unblocked();

    assert!(vault.read_bundle(&connection(), TokenVersion(1)).await.unwrap().is_none(), "nobody waited for it");
}

/// A store that panics takes one call with it, not the vault.
#[tokio::test]
async fn a_panic_in_the_store_costs_one_call() {
    let store = TestStore::new();
    let vault = vault_on(&store, WINDOWS_LIMIT);
    store.fail_next(|| panic!("a poisoned lock inside the store"));

    assert_eq!(vault.write_bundle(&connection(), &bundle(1, 10)).await.err(), Some(VaultError::NotAnswering));
    vault.write_bundle(&connection(), &bundle(1, 20)).await.expect("a new handle, and nothing under way");
}

/// A3: an id from a command line does not name somebody else's item.
#[tokio::test]
async fn an_id_with_a_delimiter_is_refused() {
    let vault = vault_on(&TestStore::new(), WINDOWS_LIMIT);

    for id in ["a/v1", "", "../x", "a b", "é"] {
        let read = vault.read_bundle(&ConnectionId::from_text(id), TokenVersion(1)).await;
        assert_eq!(read.err(), Some(VaultError::Refused), "{id:?} is not an id");
    }
}

pub(super) fn connection() -> ConnectionId {
    ConnectionId::from_random(7)
}

pub(super) fn client() -> ClientId {
    ClientId::from_random(7)
}

/// Each token of that length.
pub(super) fn bundle(version: u32, token_length: usize) -> TokenBundle {
    TokenBundle {
        version: TokenVersion(version),
        access_token: Some(Secret::new("a".repeat(token_length))),
        refresh_token: Some(Secret::new("r".repeat(token_length))),
        issued_at: at(0) + Duration::from_nanos(123_456_789),
        expiry: Expiry::At(at(3_600)),
        refresh_token_ends_at: Some(at(86_400)),
        granted_scopes: vec!["openid".into(), "https://www.googleapis.com/auth/drive.file".into()],
        defects: vec![TokenDefect::ExpiresInIsText, TokenDefect::TokenTypeMissing],
    }
}

pub(super) fn assert_same(read: &TokenBundle, written: &TokenBundle) {
    assert_eq!(read.facts(), written.facts());
    assert_eq!(read.refresh_token_ends_at, written.refresh_token_ends_at);
    assert_eq!(read.granted_scopes, written.granted_scopes);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_763_600_400 + second).unwrap()
}

fn vault_on(store: &Arc<TestStore>, item_limit: usize) -> Vault {
    Vault::with(INSTALL, connect_to(store), Patience::default(), item_limit)
}

fn connect_to(store: &Arc<TestStore>) -> Connect {
    let store = Arc::clone(store);
    Arc::new(move || Ok(Connected { store: store.clone(), modifiers: HashMap::new() }))
}
