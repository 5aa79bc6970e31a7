//! A keychain in memory that fails, blocks and forgets on request.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, Entry, Error};

/// Keeps items in memory; each call first meets what was asked for.
pub(super) struct TestStore {
    state: Arc<Mutex<State>>,
    unblocked: Mutex<mpsc::Receiver<()>>,
}

struct State {
    items: BTreeMap<String, Vec<u8>>,
    calls: usize,
    fails_from: usize,
    fails_next: Option<fn() -> Error>,
    blocks_next: Option<mpsc::Receiver<()>>,
    keeps_instead: Option<Option<Vec<u8>>>,
    unblocked: mpsc::Sender<()>,
}

impl TestStore {
    pub(super) fn new() -> Arc<Self> {
        let (sender, unblocked) = mpsc::channel();
        let state = State {
            items: BTreeMap::new(),
            calls: 0,
            fails_from: usize::MAX,
            fails_next: None,
            blocks_next: None,
            keeps_instead: None,
            unblocked: sender,
        };
        Arc::new(Self { state: Arc::new(Mutex::new(state)), unblocked: Mutex::new(unblocked) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn items(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().items.clone()
    }

    pub(super) fn put(&self, name: &str, text: Vec<u8>) {
        self.lock().items.insert(name.to_owned(), text);
    }

    pub(super) fn clear(&self) {
        self.lock().items.clear();
    }

    /// From now on, stores this instead of what it is given, or nothing; and says yes.
    pub(super) fn keep_instead(&self, kept: Option<Vec<u8>>) {
        self.lock().keeps_instead = Some(kept);
    }

    pub(super) fn calls(&self) -> usize {
        self.lock().calls
    }

    /// The n-th call from now, counted from 1, and all after it.
    pub(super) fn fail_from(&self, call: usize) {
        let mut state = self.lock();
        state.fails_from = state.calls.saturating_add(call);
    }

    pub(super) fn fail_next(&self, error: fn() -> Error) {
        self.lock().fails_next = Some(error);
    }

    pub(super) fn block_next(&self, until: mpsc::Receiver<()>) {
        self.lock().blocks_next = Some(until);
    }

    pub(super) fn wait_until_unblocked(&self) {
        self.unblocked.lock().unwrap().recv_timeout(Duration::from_secs(10)).unwrap();
    }
}

impl CredentialStoreApi for TestStore {
    fn vendor(&self) -> String {
        "test".into()
    }

    fn id(&self) -> String {
        "test".into()
    }

    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        assert_eq!(service, "dev.patchbay.desktop");
        let credential = TestCredential { state: Arc::clone(&self.state), name: user.to_owned() };
        Ok(Entry::new_with_credential(Arc::new(credential)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TestStore")
    }
}

struct TestCredential {
    state: Arc<Mutex<State>>,
    name: String,
}

impl TestCredential {
    fn call<T>(&self, act: impl FnOnce(&mut State) -> keyring_core::Result<T>) -> keyring_core::Result<T> {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (blocks, fails) = {
            let mut state = lock();
            state.calls += 1;
            (state.blocks_next.take(), state.fails_next.take())
        };
        let was_blocked = blocks.is_some_and(|until| until.recv().is_ok());
        if let Some(error) = fails {
            return Err(error());
        }

        let mut state = lock();
        if state.calls >= state.fails_from {
            return Err(Error::PlatformFailure("asked to fail".into()));
        }
        let outcome = act(&mut state);
        if was_blocked {
            state.unblocked.send(()).unwrap();
        }
        outcome
    }
}

impl CredentialApi for TestCredential {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        self.call(|state| {
            match state.keeps_instead.clone() {
                None => drop(state.items.insert(self.name.clone(), secret.to_vec())),
                Some(Some(other)) => drop(state.items.insert(self.name.clone(), other)),
                Some(None) => {}
            }
            Ok(())
        })
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        self.call(|state| state.items.get(&self.name).cloned().ok_or(Error::NoEntry))
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        self.call(|state| state.items.remove(&self.name).map(drop).ok_or(Error::NoEntry))
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TestCredential")
    }
}
