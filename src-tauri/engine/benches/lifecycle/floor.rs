//! The floor under a refresh: the least program that does what a refresh that cannot lose a token has to do, and nothing
//! else [A4, A5, B3]. No rules, no checks of what is stored, no figures: what the engine costs above it is the engine's.
//!
//! The lock's file, the pointer read again under it, the old bundle from the keychain, the intent, the POST, the new bundle
//! into the keychain and read back, one commit on the disk that moves the pointer and writes the event; the old bundle is
//! blanked behind it. Everything on the caller's own thread, no call handed to another.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::boards::Secrets;
use super::one_refresh::post;

const SCHEMA: &str = "
    CREATE TABLE connections (id TEXT PRIMARY KEY, token_version INTEGER NOT NULL, intent INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE events (id INTEGER PRIMARY KEY, connection TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
                         fingerprint TEXT NOT NULL, latency_us INTEGER NOT NULL) STRICT;";

/// One data folder: the database, and the folder of the locks.
#[derive(Clone)]
pub(crate) struct Ground {
    sqlite: Arc<Mutex<Connection>>,
    locks: PathBuf,
    store: Arc<CredentialStore>,
}

/// One connection, and what its POST needs.
pub(crate) struct Floor {
    ground: Ground,
    id: String,
    version: u32,
    slots: [Entry; 2],
    http: reqwest::Client,
    token_endpoint: Arc<str>,
    client_id: &'static str,
}

/// What is held between the request and the answer.
pub(crate) struct Asked {
    form: String,
    sent_at: Instant,
    _lock: File,
}

impl Ground {
    pub(crate) fn open(folder: &Path, secrets: &Secrets) -> Self {
        let sqlite = Connection::open(folder.join("floor.db")).unwrap();
        sqlite.pragma_update(None, "journal_mode", "WAL").unwrap();
        sqlite.pragma_update(None, "synchronous", "FULL").unwrap();
        sqlite.execute_batch(SCHEMA).unwrap();
        Self { sqlite: Arc::new(Mutex::new(sqlite)), locks: folder.to_owned(), store: secrets.store() }
    }
}

impl Floor {
    /// Takes a grant over, as the first bundle of a connection.
    pub(crate) fn begin(
        ground: &Ground,
        id: &str,
        (token_endpoint, client_id): (Arc<str>, &'static str),
        refresh_token: &str,
        http: reqwest::Client,
    ) -> Self {
        let slots = ["even", "odd"].map(|slot| {
            let entry = ground.store.build("patchbay-benchmark-floor", &format!("{id}/{slot}"), None).unwrap();
            entry.set_secret(b"").unwrap();
            entry
        });
        let first = serde_json::json!({ "access_token": "none", "refresh_token": refresh_token, "version": 1 });
        slots[1].set_secret(first.to_string().as_bytes()).unwrap();
        ground.sqlite.lock().unwrap().execute("INSERT INTO connections VALUES (?1, 1, NULL)", [id]).unwrap();
        Self { ground: ground.clone(), id: id.to_owned(), version: 1, slots, http, token_endpoint, client_id }
    }

    /// Until the caller has its new token.
    pub(crate) async fn refresh(&mut self) {
        let asked = self.ask();
        let answer = self.post(&asked).await;
        self.keep(asked, &answer);
    }

    /// Everything before the request leaves.
    pub(crate) fn ask(&mut self) -> Asked {
        let path = self.ground.locks.join(format!("{}.lock", self.id));
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
        lock.try_lock().unwrap();
        {
            let sqlite = self.ground.sqlite.lock().unwrap();
            let mut pointer = sqlite.prepare_cached("SELECT token_version FROM connections WHERE id = ?1").unwrap();
            self.version = pointer.query_row([&self.id], |row| row.get(0)).unwrap();
        }
        let stored: Value = serde_json::from_slice(&self.slot(self.version).get_secret().unwrap()).unwrap();
        assert_eq!(stored["version"], self.version, "the bundle that the pointer says");
        let refresh_token = stored["refresh_token"].as_str().unwrap();
        let form = format!(
            "grant_type=refresh_token&client_id={}&refresh_token={}",
            self.client_id,
            url::form_urlencoded::byte_serialize(refresh_token.as_bytes()).collect::<String>()
        );
        {
            // As the engine's: it outlives the process, and is not waited for on the disk.
            let sqlite = self.ground.sqlite.lock().unwrap();
            sqlite.pragma_update(None, "synchronous", "NORMAL").unwrap();
            let mut intent = sqlite
                .prepare_cached("UPDATE connections SET intent = ?3 WHERE id = ?1 AND token_version = ?2")
                .unwrap();
            assert_eq!(intent.execute((&self.id, self.version, self.version + 1)).unwrap(), 1);
            sqlite.pragma_update(None, "synchronous", "FULL").unwrap();
        }
        Asked { form, sent_at: Instant::now(), _lock: lock }
    }

    pub(crate) async fn post(&self, asked: &Asked) -> Vec<u8> {
        post(&self.http, &self.token_endpoint, asked.form.clone()).await
    }

    /// Everything after the answer came; the lock is given back with it.
    pub(crate) fn keep(&mut self, asked: Asked, answer: &[u8]) {
        let latency = asked.sent_at.elapsed();
        let mut answer: Value = serde_json::from_slice(answer).unwrap();
        let next = self.version + 1;
        answer["version"] = next.into();
        let bundle = answer.to_string();
        let slot = self.slot(next);
        slot.set_secret(bundle.as_bytes()).unwrap();
        assert_eq!(slot.get_secret().unwrap(), bundle.as_bytes(), "it is there");

        let fingerprint = format!("{:x?}", &Sha256::digest(answer["access_token"].as_str().unwrap())[..8]);
        let mut sqlite = self.ground.sqlite.lock().unwrap();
        let writing = sqlite.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let moved = writing
            .prepare_cached(
                "UPDATE connections SET token_version = ?3, intent = NULL WHERE id = ?1 AND token_version = ?2",
            )
            .unwrap()
            .execute((&self.id, self.version, next))
            .unwrap();
        assert_eq!(moved, 1, "nobody was faster");
        writing
            .prepare_cached(
                "INSERT INTO events (connection, kind, version, fingerprint, latency_us)
                 VALUES (?1, 'refresh_succeeded', ?2, ?3, ?4)",
            )
            .unwrap()
            .execute((&self.id, next, fingerprint, micros(latency)))
            .unwrap();
        writing.commit().unwrap();
        drop(sqlite);
        drop(asked);
        self.version = next;
    }

    /// What is done when the caller has gone.
    pub(crate) fn blank_old(&self) {
        self.slot(self.version - 1).set_secret(b"").unwrap();
    }

    fn slot(&self, version: u32) -> &Entry {
        &self.slots[usize::from(!version.is_multiple_of(2))]
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap()
}
