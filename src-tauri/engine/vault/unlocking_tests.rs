//! What becomes of a press on "Unlock…": a Secret Service of the tests' own, with a person before it who types the
//! password or closes the window. Runs where `PATCHBAY_TEST_KEYCHAIN=1` is set.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, Value};

use super::secret_service_tests::{INSTALL, in_a_session, is_wanted};
use super::{Vault, VaultError};

const ITEM: &str = "/org/freedesktop/secrets/collection/login/1";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";
const ASKED: &str = "/org/freedesktop/secrets/prompt/p1";

/// A keychain with a person before it, who types the password or closes the window.
#[derive(Clone, Default)]
struct Keychain {
    is_open: Arc<AtomicBool>,
    was_asked: Arc<AtomicBool>,
    holds_it: bool,
    has_collection: bool,
    types_it: bool,
}

struct Service(Keychain);
struct Prompt(Keychain);

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).unwrap()
}

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    fn search_items(&self, wanted: HashMap<String, String>) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        assert_eq!(wanted.get("username").map(String::as_str), Some(format!("{INSTALL}/canary").as_str()));
        let found = if self.0.holds_it { vec![path(ITEM)] } else { vec![] };
        if self.0.is_open.load(Ordering::SeqCst) { (found, vec![]) } else { (vec![], found) }
    }

    fn read_alias(&self, name: &str) -> OwnedObjectPath {
        assert_eq!(name, "default");
        path(if self.0.has_collection { COLLECTION } else { "/" })
    }

    fn unlock(&self, objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        assert_eq!(objects, [path(if self.0.holds_it { ITEM } else { COLLECTION })]);
        if self.0.is_open.load(Ordering::SeqCst) { (objects, path("/")) } else { (vec![], path(ASKED)) }
    }
}

#[zbus::interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    async fn prompt(&self, _window: String, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        self.0.was_asked.store(true, Ordering::SeqCst);
        self.0.is_open.store(self.0.types_it, Ordering::SeqCst);
        Self::completed(&emitter, !self.0.types_it, Value::from("")).await.unwrap();
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, dismissed: bool, result: Value<'_>) -> zbus::Result<()>;
}

async fn stand(keychain: &Keychain) -> zbus::Connection {
    zbus::connection::Builder::session()
        .unwrap()
        .serve_at("/org/freedesktop/secrets", Service(keychain.clone()))
        .unwrap()
        .serve_at(ASKED, Prompt(keychain.clone()))
        .unwrap()
        .name("org.freedesktop.secrets")
        .unwrap()
        .build()
        .await
        .unwrap()
}

async fn press_unlock(keychain: &Keychain) -> Result<(), VaultError> {
    let service = stand(keychain).await;
    let answer = Vault::open(INSTALL).unlock().await;
    service.close().await.unwrap();
    answer
}

/// A3
#[test]
fn the_desktop_asks_and_what_the_person_does_is_told() {
    if is_wanted() {
        in_a_session("vault::unlocking_tests::with_a_person_before_it");
    }
}

/// Not a test by itself: the process that the test above starts inside the session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_person_before_it() {
    if std::env::var_os(super::secret_service_tests::FOLDER_VARIABLE).is_none() {
        return;
    }
    let was_asked = |it: &Keychain| it.was_asked.load(Ordering::SeqCst);
    let types_it = Keychain { holds_it: true, has_collection: true, types_it: true, ..Keychain::default() };
    assert_eq!(press_unlock(&types_it).await, Ok(()));
    assert!(was_asked(&types_it) && types_it.is_open.load(Ordering::SeqCst));

    let closes_it = Keychain { holds_it: true, has_collection: true, ..Keychain::default() };
    assert_eq!(press_unlock(&closes_it).await, Err(VaultError::Locked), "refused is not open");
    assert!(was_asked(&closes_it));

    let open = Keychain { holds_it: true, has_collection: true, ..Keychain::default() };
    open.is_open.store(true, Ordering::SeqCst);
    assert_eq!(press_unlock(&open).await, Ok(()));
    assert!(!was_asked(&open), "nobody is asked for what is open");

    let names_nothing = Keychain { has_collection: true, types_it: true, ..Keychain::default() };
    assert_eq!(press_unlock(&names_nothing).await, Ok(()), "some name nothing while they are locked");
    assert!(was_asked(&names_nothing), "where new items go is unlocked then");

    let nowhere = Keychain { types_it: true, ..Keychain::default() };
    assert_eq!(press_unlock(&nowhere).await, Err(VaultError::Locked));
    assert!(!was_asked(&nowhere), "nor for what is not there");
}
