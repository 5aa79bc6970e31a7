//! Lets a test stop or fail a chosen call of the database; a release has no such door [A5, S153].

#[cfg(debug_assertions)]
use std::sync::{Arc, Mutex, PoisonError};

use super::{Store, StoreError};

/// What is asked of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Read,
    /// One transaction.
    Write,
}

/// When a hook is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has happened yet.
    Before,
    /// It has taken effect, and the caller does not know yet.
    After,
}

#[cfg(debug_assertions)]
type Hook = Arc<dyn Fn(Call, Moment) -> Result<(), StoreError> + Send + Sync>;

/// Who is asked around every call, if anyone.
#[cfg(debug_assertions)]
#[derive(Default)]
pub(super) struct CallHook(Mutex<Option<Hook>>);

#[cfg(debug_assertions)]
impl Store {
    /// Asked before and after every call from now on; its error is what the caller gets. It may also never return.
    pub fn set_call_hook(&self, hook: impl Fn(Call, Moment) -> Result<(), StoreError> + Send + Sync + 'static) {
        *self.call_hook.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(hook));
    }

    pub(super) fn hooked<T>(&self, call: Call, act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let hook = self.call_hook.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(hook) = hook else { return act() };
        hook(call, Moment::Before)?;
        let outcome = act()?;
        hook(call, Moment::After)?;
        Ok(outcome)
    }
}

#[cfg(not(debug_assertions))]
impl Store {
    #[expect(clippy::unused_self, reason = "the same call as in a debug build")]
    pub(super) fn hooked<T>(&self, _: Call, act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        act()
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    /// A5: a write that is failed beforehand leaves nothing; one that is failed afterwards is there all the same.
    #[test]
    fn a_call_is_failed_before_or_after_it_takes_effect() {
        for (moment, kept) in [(Moment::Before, None), (Moment::After, Some("yes".to_owned()))] {
            let store = Store::in_memory().unwrap();
            store.set_call_hook(
                move |call, at| {
                    if (call, at) == (Call::Write, moment) { Err(StoreError::Busy) } else { Ok(()) }
                },
            );

            let outcome = store.put_setting("canary", "yes");

            assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
            assert_eq!(store.setting("canary").unwrap(), kept, "failed {moment:?} it took effect");
        }
    }
}
