//! Numbers every call that leaves the engine for the keychain or the database, and stops or fails a chosen one
//! [A5, S153, S154].
//!
//! A stop unwinds whoever made the call, and everyone who calls afterwards: nothing that would come later takes
//! effect, as when a process is killed, and all it had open is closed, as the kernel would.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyring_core::{Entry, Error};
use tokio::sync::watch;

/// Where a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    KeychainRead,
    KeychainWrite,
    KeychainErase,
    DatabaseRead,
    DatabaseWrite,
}

/// What a call says instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    NoEntry,
    /// The collection is locked.
    NoStorageAccess,
    PlatformFailure,
    /// The same item twice under one name.
    Ambiguous,
    BadEncoding,
    TooLong,
    Busy,
    Full,
    InputOutput,
}

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The process is gone before it takes effect.
    StopBefore,
    /// It takes effect, and the process is gone before it hears so.
    StopAfter,
    /// It has no effect and says so.
    Fails(Failure),
    /// It takes effect, and says that it did not.
    TakesEffectAndFails(Failure),
    /// It says that it took effect, and did not.
    ClaimsToHaveTakenEffect,
}

impl Trouble {
    /// Everything that can befall a call there.
    pub fn all_of(place: Place) -> Vec<Self> {
        const OF_KEYCHAINS: [Failure; 6] = [
            Failure::NoEntry,
            Failure::NoStorageAccess,
            Failure::PlatformFailure,
            Failure::Ambiguous,
            Failure::BadEncoding,
            Failure::TooLong,
        ];
        const OF_DATABASES: [Failure; 3] = [Failure::Busy, Failure::Full, Failure::InputOutput];
        let mut all = vec![Self::StopBefore, Self::StopAfter];
        match place {
            Place::KeychainRead => all.extend(OF_KEYCHAINS.map(Self::Fails)),
            Place::KeychainWrite | Place::KeychainErase => {
                all.extend(OF_KEYCHAINS.map(Self::Fails));
                all.push(Self::TakesEffectAndFails(Failure::PlatformFailure));
                all.push(Self::ClaimsToHaveTakenEffect);
            }
            Place::DatabaseRead => all.extend(OF_DATABASES.map(Self::Fails)),
            Place::DatabaseWrite => {
                all.extend(OF_DATABASES.map(Self::Fails));
                all.push(Self::TakesEffectAndFails(Failure::InputOutput));
            }
        }
        all
    }

    /// Whether the process ends with it.
    pub fn is_stop(self) -> bool {
        matches!(self, Self::StopBefore | Self::StopAfter)
    }

    fn suits(self, place: Place) -> bool {
        Self::all_of(place).contains(&self)
    }
}

/// One row of calls; clones are the same one.
#[derive(Clone, Default)]
pub struct Steps(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    stopped: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    places: Vec<Place>,
    chosen: Option<Chosen>,
    is_stopped: bool,
}

struct Chosen {
    step: usize,
    trouble: Trouble,
    /// Those after it, too.
    lasts: bool,
}

/// A call that is under way.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    stops_after: bool,
    /// Never a stop.
    pub trouble: Option<Trouble>,
}

impl Steps {
    /// The call of this number, counted from 1, meets this trouble; with `lasts` those after it as well, where the
    /// trouble suits them.
    pub fn choose(&self, step: usize, trouble: Trouble, lasts: bool) {
        self.lock().chosen = Some(Chosen { step, trouble, lasts });
    }

    /// Where each call went, in order.
    pub fn places(&self) -> Vec<Place> {
        self.lock().places.clone()
    }

    /// Returns once the process is gone.
    pub async fn until_stopped(&self) {
        // The sender lives as long as `self`.
        drop(self.0.stopped.subscribe().wait_for(|is_stopped| *is_stopped).await);
    }

    /// Ends the process here, whatever it is doing.
    pub fn stop(&self) {
        self.lock().is_stopped = true;
        self.0.stopped.send_replace(true);
    }

    /// A call begins. Does not return where it stops.
    pub fn begin(&self, place: Place) -> Step {
        let mut state = self.lock();
        if state.is_stopped {
            drop(state);
            self.unwind();
        }
        state.places.push(place);
        let step = state.places.len();
        let chosen = state.chosen.as_ref().filter(|it| it.step == step || it.lasts && it.step < step);
        let trouble = chosen.map(|it| it.trouble).filter(|it| it.suits(place));
        drop(state);
        if trouble == Some(Trouble::StopBefore) {
            self.unwind();
        }
        Step { stops_after: trouble == Some(Trouble::StopAfter), trouble: trouble.filter(|it| !it.is_stop()) }
    }

    /// It has taken effect. Does not return where it stops.
    pub fn end(&self, step: Step) {
        if step.stops_after || self.lock().is_stopped {
            self.unwind();
        }
    }

    fn unwind(&self) -> ! {
        self.stop();
        // Without the message of a panic: this is no failure.
        resume_unwind(Box::new("stopped"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    /// What a keychain's store says; `entry` opens the item it was asked for.
    pub fn of_keychain(self, entry: impl Fn() -> Entry) -> Error {
        match self {
            Self::NoEntry => Error::NoEntry,
            Self::NoStorageAccess => Error::NoStorageAccess("the collection is locked".into()),
            Self::Ambiguous => Error::Ambiguous(vec![entry(), entry()]),
            Self::BadEncoding => Error::BadEncoding(vec![0xff]),
            Self::TooLong => Error::TooLong("secret".into(), 16),
            Self::PlatformFailure | Self::Busy | Self::Full | Self::InputOutput => {
                Error::PlatformFailure("asked to fail".into())
            }
        }
    }
}
