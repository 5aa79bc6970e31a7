//! What is on the disk and in the keychain while no program runs: read past the program, as a detective would.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{CredentialStore, Error};
use rusqlite::{Connection, OpenFlags};
use zbus_secret_service_keyring_store::Store;

use crate::support::fingerprint;

/// Says that this session has a keychain of its own for tests.
pub(crate) const REAL_KEYCHAIN: &str = "PATCHBAY_TEST_KEYCHAIN";
const SERVICE: &str = "dev.patchbay.desktop";
const FILLER: &str = "patchbay test filler";
/// As the practice provider begins its refresh tokens, and how long they are.
const REFRESH_TOKEN: &str = "practice_rt_";
const ACCESS_TOKEN: &str = "practice_at_";
const LENGTH: usize = 12 + 43;

/// One connection's traces.
pub(crate) struct Durable {
    database: PathBuf,
    connection: String,
    install: String,
}

/// What the keychain holds of it.
pub(crate) struct Kept {
    /// Fingerprints of refresh tokens.
    pub(crate) tokens: BTreeSet<String>,
    /// An item is there that holds half a bundle.
    pub(crate) is_torn: bool,
}

impl Durable {
    pub(crate) fn of(home: &Path, connection: &str) -> Self {
        let database = home.join("patchbay.db");
        let install = open(&database).query_row("SELECT install_id FROM installation", [], |row| row.get(0)).unwrap();
        Self { database, connection: connection.to_owned(), install }
    }

    /// The version that counts.
    pub(crate) fn version(&self) -> u32 {
        let version = "SELECT token_version FROM connections WHERE id = ?1";
        open(&self.database).query_row(version, [&self.connection], |row| row.get(0)).unwrap()
    }

    pub(crate) fn integrity(&self) -> String {
        open(&self.database).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn look(&self) -> Kept {
        let items = self.items();
        let plain: Vec<_> = items.iter().map(|text| URL_SAFE_NO_PAD.decode(text).ok()).collect();
        let is_torn = |plain: &Option<Vec<u8>>| {
            plain.as_ref().is_none_or(|plain| holds(plain, ACCESS_TOKEN) && refresh_token_in(plain).is_none())
        };
        Kept {
            is_torn: plain.iter().any(is_torn),
            tokens: plain.iter().flatten().filter_map(|plain| refresh_token_in(plain)).collect(),
        }
    }

    /// Our share of W of every refresh that said so, in microseconds, the shortest first.
    pub(crate) fn at_risk_us(&self) -> Vec<u64> {
        let sqlite = open(&self.database);
        let mut all = sqlite
            .prepare("SELECT at_risk_us FROM lifecycle_events WHERE at_risk_us IS NOT NULL ORDER BY at_risk_us")
            .unwrap();
        let rows = all.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|micros| u64::try_from(micros.unwrap()).unwrap()).collect()
    }

    /// Everything the keychain holds of the connection: in either slot, and blanks as well.
    fn items(&self) -> Vec<Vec<u8>> {
        let stem = format!("{}/{}", self.install, self.connection);
        let names = (1..=self.version() + 2).map(|version| format!("{stem}/v{version}/0"));
        let names: Vec<_> = names.chain(["even", "odd"].map(|slot| format!("{stem}/{slot}/0"))).collect();
        outside_tokio(move || {
            let store: Arc<CredentialStore> = Store::new().unwrap();
            let read = |name: &String| {
                let entry = store.build(SERVICE, name, None).unwrap();
                match entry.get_secret() {
                    Ok(text) => Some(text),
                    Err(Error::NoEntry) => None,
                    // The error itself may hold a secret.
                    Err(_) => panic!("the keychain does not answer"),
                }
            };
            names.iter().filter_map(read).collect()
        })
    }
}

fn open(database: &Path) -> Connection {
    // Not as a writer, yet able to take over the log that a killed writer left.
    Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

fn holds(plain: &[u8], text: &str) -> bool {
    plain.windows(text.len()).any(|piece| piece == text.as_bytes())
}

fn refresh_token_in(plain: &[u8]) -> Option<String> {
    let start = plain.windows(REFRESH_TOKEN.len()).position(|piece| piece == REFRESH_TOKEN.as_bytes())?;
    std::str::from_utf8(plain.get(start..start + LENGTH)?).ok().map(fingerprint)
}

/// Other programs' items, so that the keyring is as large as a person's; erased when dropped.
pub(crate) struct Filler(usize);

pub(crate) fn fill_keyring(count: usize) -> Filler {
    outside_tokio(move || {
        let store: Arc<CredentialStore> = Store::new().unwrap();
        for number in 0..count {
            let entry = store.build(FILLER, &number.to_string(), None).unwrap();
            entry.set_secret(&[b'x'; 900]).expect("the keychain takes it");
        }
    });
    Filler(count)
}

impl Drop for Filler {
    fn drop(&mut self) {
        let count = self.0;
        outside_tokio(move || {
            let Ok(store) = Store::new() else { return };
            for number in 0..count {
                if let Ok(entry) = store.build(FILLER, &number.to_string(), None) {
                    entry.delete_credential().ok();
                }
            }
        });
    }
}

/// The store refuses to run inside a runtime.
fn outside_tokio<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().expect("the keychain works"))
}
