//! A keychain in memory that locks, goes away, fails or stands still from a chosen call on [A3, A5, S156].

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error};

use crate::steps::{Place, Steps, Trouble};

/// One keychain; clones are the same one. What it holds outlives every store that was made of it.
#[derive(Clone, Default)]
pub struct Keychain(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: BTreeMap<String, Vec<u8>>,
    calls: usize,
    mood: Mood,
    /// Acts just before the call of that number.
    before: Option<(usize, Box<dyn FnOnce() + Send>)>,
    /// Acts just before the next change.
    before_write: Option<Box<dyn FnOnce() + Send>>,
    stands_still_at: Option<(usize, mpsc::Sender<()>)>,
    fails_at: Option<usize>,
    steps: Option<Steps>,
}

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Willing,
    /// Locked, and nobody unlocks it.
    Locked,
    /// No keychain in this session.
    Absent,
    /// Every call fails from this one on, counted from the first ever.
    FailsFrom(usize),
    /// Reading works, writing does not.
    ReadOnly,
}

impl Keychain {
    /// The store that a vault is opened with.
    pub fn store(&self) -> Arc<CredentialStore> {
        Arc::new(Store(self.clone()))
    }

    /// Everything it holds, by name.
    pub fn items(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().items.clone()
    }

    /// Puts other content in the place of all it holds.
    pub fn put_items(&self, items: BTreeMap<String, Vec<u8>>) {
        self.lock().items = items;
    }

    pub fn be(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// From now on every call is one of these steps too; `None`: no longer.
    pub fn count_as(&self, steps: Option<Steps>) {
        self.lock().steps = steps;
    }

    /// How often it was called.
    pub fn call_count(&self) -> usize {
        self.lock().calls
    }

    /// The call of this number, counted from 1 and from now, is never answered; `stopped` hears of it. Nothing
    /// of that call takes effect: so a process stops that is killed between two calls.
    pub fn stand_still_at(&self, call: usize, stopped: mpsc::Sender<()>) {
        let mut state = self.lock();
        state.stands_still_at = Some((state.calls + call, stopped));
    }

    /// Acts before the call of this number, counted from 1 and from now, takes effect.
    pub fn before_call(&self, call: usize, act: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.before = Some((state.calls + call, Box::new(act)));
    }

    /// Acts before the next change takes effect, whatever is read until then.
    pub fn before_write(&self, act: impl FnOnce() + Send + 'static) {
        self.lock().before_write = Some(Box::new(act));
    }

    /// The call of this number, counted from 1 and from now, fails; those after it do not.
    pub fn fail_once_at(&self, call: usize) {
        let mut state = self.lock();
        state.fails_at = Some(state.calls + call);
    }

    /// Fails from the call of this number on, counted from 1 and from now.
    pub fn fail_from(&self, call: usize) {
        let mut state = self.lock();
        state.mood = Mood::FailsFrom(state.calls + call);
    }

    /// Answers as ever again, and forgets what was asked of it.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.mood = Mood::Willing;
        state.before = None;
        state.before_write = None;
        state.stands_still_at = None;
        state.fails_at = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T: Nothing>(
        &self,
        place: Place,
        name: &str,
        act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let steps = self.lock().steps.clone();
        let Some(steps) = steps else { return self.answer(place, act) };
        let step = steps.begin(place);
        let same = || Entry::new_with_credential(Arc::new(Item { keychain: self.clone(), name: name.to_owned() }));
        let outcome = match step.trouble {
            Some(Trouble::Fails(failure)) => Err(failure.of_keychain(same)),
            Some(Trouble::TakesEffectAndFails(failure)) => {
                self.answer(place, act).and_then(|_| Err(failure.of_keychain(same)))
            }
            Some(Trouble::ClaimsToHaveTakenEffect) => T::nothing().ok_or(Error::NoEntry),
            Some(Trouble::StopBefore | Trouble::StopAfter) | None => self.answer(place, act),
        };
        steps.end(step);
        outcome
    }

    fn answer<T>(
        &self,
        place: Place,
        act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let is_write = place != Place::KeychainRead;
        let (before, stands_still) = {
            let mut state = self.lock();
            state.calls += 1;
            let calls = state.calls;
            let is_now = |at: usize| at == calls;
            let before = state.before.take_if(|(at, _)| is_now(*at)).map(|(_, act)| act);
            let before = before.or_else(|| is_write.then(|| state.before_write.take()).flatten());
            (before, state.stands_still_at.take_if(|(at, _)| is_now(*at)))
        };
        if let Some(act) = before {
            act();
        }
        if let Some((_, stopped)) = stands_still {
            stopped.send(()).ok();
            loop {
                std::thread::park();
            }
        }
        let mut state = self.lock();
        let calls = state.calls;
        if state.fails_at.take_if(|at| *at <= calls).is_some() {
            return Err(Error::PlatformFailure("asked to fail once".into()));
        }
        match state.mood {
            Mood::Willing => act(&mut state.items),
            Mood::Locked => Err(Error::NoStorageAccess("the collection is locked".into())),
            Mood::Absent => Err(Error::NoStorageAccess("result not returned from SS API".into())),
            Mood::FailsFrom(first) if state.calls >= first => Err(Error::PlatformFailure("asked to fail".into())),
            Mood::ReadOnly if is_write => Err(Error::PlatformFailure("asked to refuse".into())),
            Mood::FailsFrom(_) | Mood::ReadOnly => act(&mut state.items),
        }
    }
}

/// The answer of a call that brings nothing back.
trait Nothing: Sized {
    fn nothing() -> Option<Self>;
}

impl Nothing for () {
    fn nothing() -> Option<Self> {
        Some(())
    }
}

impl Nothing for Vec<u8> {
    fn nothing() -> Option<Self> {
        None
    }
}

struct Store(Keychain);

impl CredentialStoreApi for Store {
    fn vendor(&self) -> String {
        "fakes".into()
    }

    fn id(&self) -> String {
        "in memory".into()
    }

    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        let credential = Item { keychain: self.0.clone(), name: format!("{service} {user}") };
        Ok(Entry::new_with_credential(Arc::new(credential)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

struct Item {
    keychain: Keychain,
    name: String,
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        self.keychain.call(Place::KeychainWrite, &self.name, |items| {
            items.insert(self.name.clone(), secret.to_vec());
            Ok(())
        })
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        self.keychain
            .call(Place::KeychainRead, &self.name, |items| items.get(&self.name).cloned().ok_or(Error::NoEntry))
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        self.keychain
            .call(Place::KeychainErase, &self.name, |items| items.remove(&self.name).map(drop).ok_or(Error::NoEntry))
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

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}
