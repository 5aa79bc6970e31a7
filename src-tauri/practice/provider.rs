//! What all endpoints share: issuer, clock, switches, grants, log, key; changes are kept before they are answered [A5].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::accounts::PracticeAccount;
use crate::api::Files;
use crate::authorize::Pending;
use crate::clients::RegisteredClient;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::grants::Book;
use crate::log::RequestLog;
use crate::played::Part;
use crate::signing::SigningKey;
use crate::state_file::StateFile;

pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) port: u16,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) key: SigningKey,
    pub(crate) accounts: Vec<PracticeAccount>,
    pub(crate) clients: Vec<RegisteredClient>,
    pub(crate) faults: Mutex<Faults>,
    /// The account that agrees without being asked.
    pub(crate) automatic_consent: Mutex<Option<String>>,
    pub(crate) pending: Mutex<Vec<Pending>>,
    pub(crate) files: Mutex<Files>,
    /// The provider that is played beside the own one.
    pub(crate) part: Option<Part>,
    book: Mutex<Book>,
    state_file: Option<StateFile>,
}

impl Provider {
    pub(crate) fn new(
        port: u16,
        key: SigningKey,
        accounts: Vec<PracticeAccount>,
        clients: Vec<RegisteredClient>,
        book: Book,
        state_file: Option<StateFile>,
        part: Option<Part>,
    ) -> Provider {
        Provider {
            issuer: format!("http://127.0.0.1:{port}"),
            port,
            clock: Clock::default(),
            log: Arc::default(),
            key,
            accounts,
            clients,
            faults: Mutex::default(),
            automatic_consent: Mutex::default(),
            pending: Mutex::default(),
            files: Mutex::new(Files::with_samples()),
            part,
            book: Mutex::new(book),
            state_file,
        }
    }

    /// The switches as they stand.
    pub(crate) fn faults(&self) -> Faults {
        held(&self.faults).clone()
    }

    /// The switches for one token request; counts down `for_token_requests`.
    pub(crate) fn faults_for_token_request(&self) -> Faults {
        let mut faults = held(&self.faults);
        let for_this_one = faults.clone();
        if let Some(left) = faults.for_token_requests {
            if left > 1 {
                faults.for_token_requests = Some(left - 1);
            } else {
                *faults = Faults::default();
            }
        }
        if for_this_one.for_token_requests == Some(0) { Faults::default() } else { for_this_one }
    }

    pub(crate) fn client(&self, id: &str) -> Option<&RegisteredClient> {
        self.clients.iter().find(|client| client.client_id == id)
    }

    pub(crate) fn account(&self, id: &str) -> Option<&PracticeAccount> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// Looks at the grants.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Book) -> R) -> R {
        look(&held(&self.book))
    }

    /// Changes the grants: on disk first, then in memory. If the disk refuses, nothing happened.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Book) -> R) -> Result<R, std::io::Error> {
        let mut book = held(&self.book);
        let mut next = book.clone();
        let outcome = change(&mut next);
        if let Some(file) = &self.state_file {
            file.save(self.port, &self.clients, &next)?;
        }
        *book = next;
        Ok(outcome)
    }
}

/// Locks, also after a panic elsewhere: every value behind these locks is replaced whole.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
