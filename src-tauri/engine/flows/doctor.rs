//! Patchbay's own parts, checked: keychain, database, listener, browser, clock — so that a report begins
//! with facts.

use std::time::Duration;

use domain::provider::RedirectHost;

use crate::redirect_listener::{ListenAt, RedirectListener};
use crate::vault::{KeychainState, VaultError};
use crate::{Engine, Error};

/// A keychain that works answers in a few milliseconds.
const QUICK_LOOK: Duration = Duration::from_secs(1);

/// A clock this far off breaks sign-ins at some providers.
const TOLERATED_SKEW_MS: i64 = 60_000;

/// One part and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheck {
    pub part: Part,
    pub is_well: bool,
    pub found: String,
    pub advice: Option<String>,
}

/// The parts that can fail on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Keychain,
    Database,
    Listener,
    Browser,
    Clock,
}

impl Part {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Database => "database",
            Self::Listener => "listener",
            Self::Browser => "browser",
            Self::Clock => "clock",
        }
    }
}

impl Engine {
    /// Checks every part; a part that fails does not keep the others from being checked.
    pub async fn check_self(&self) -> Vec<SelfCheck> {
        vec![
            self.check_keychain().await,
            self.check_database(),
            check_listener().await,
            self.check_browser(),
            self.check_clock(),
        ]
    }

    /// Whether the keychain can be used right now.
    pub async fn keychain_state(&self) -> KeychainState {
        self.parts.vault.check().await
    }

    /// Asks the keychain before a person is sent to a browser: a grant that cannot be stored is not asked for.
    pub async fn require_keychain(&self) -> Result<(), Error> {
        let refused = match self.parts.vault.look().await {
            KeychainState::Open => return Ok(()),
            KeychainState::Locked => VaultError::Locked,
            KeychainState::Absent => VaultError::Absent,
            KeychainState::Different => VaultError::Different,
            KeychainState::NotAnswering => VaultError::NotAnswering,
        };
        Err(refused.into())
    }

    /// The state without writing anything and without waiting: what a board may ask at every drawing.
    pub async fn known_keychain_state(&self) -> KeychainState {
        tokio::time::timeout(QUICK_LOOK, self.parts.vault.look()).await.unwrap_or(KeychainState::NotAnswering)
    }

    async fn check_keychain(&self) -> SelfCheck {
        let (is_well, found, advice) = match self.keychain_state().await {
            KeychainState::Open => (true, "open: a throw-away item was written, read and erased", None),
            KeychainState::Locked => (false, "locked", Some("Unlock it, then check again. Nothing was lost.")),
            KeychainState::Absent => (
                false,
                "no keychain answers on this machine",
                Some(
                    "On Linux start a Secret Service: GNOME Keyring or KWallet. Over SSH, log in with a desktop session or run inside `dbus-run-session` with an unlocked keyring.",
                ),
            ),
            KeychainState::Different => (
                false,
                "this is not the keychain that holds this board's secrets",
                Some("Switch back to the keychain or the login that was used before. Nothing is written meanwhile."),
            ),
            KeychainState::NotAnswering => (
                false,
                "it does not answer",
                Some("A question to unlock it may be open behind another window. Answer it, then check again."),
            ),
        };
        SelfCheck { part: Part::Keychain, is_well, found: found.to_owned(), advice: advice.map(str::to_owned) }
    }

    fn check_database(&self) -> SelfCheck {
        match self.parts.store.check() {
            Ok(()) => SelfCheck {
                part: Part::Database,
                is_well: true,
                found: format!("whole: {}", self.parts.store.path().display()),
                advice: None,
            },
            Err(error) => SelfCheck {
                part: Part::Database,
                is_well: false,
                found: error.to_string(),
                advice: Some("Keep the file; a copy made before the last migration lies beside it.".to_owned()),
            },
        }
    }

    fn check_browser(&self) -> SelfCheck {
        match self.parts.browser.found() {
            Some(found) => SelfCheck { part: Part::Browser, is_well: true, found, advice: None },
            None => SelfCheck {
                part: Part::Browser,
                is_well: false,
                found: "no program that opens addresses was found".to_owned(),
                advice: Some("Set $BROWSER, or copy the address that Patchbay shows.".to_owned()),
            },
        }
    }

    fn check_clock(&self) -> SelfCheck {
        let (is_well, found) = match self.clock_ahead_ms() {
            None => (true, "not compared yet: no server has answered since the start".to_owned()),
            Some(ahead) => {
                let seconds = ahead.abs() as f64 / 1000.0;
                let side = if ahead >= 0 { "ahead of" } else { "behind" };
                (ahead.abs() <= TOLERATED_SKEW_MS, format!("{seconds:.1} s {side} the servers' clocks"))
            }
        };
        let advice =
            (!is_well).then(|| "Set the clock by the network; providers refuse times that are far off.".to_owned());
        SelfCheck { part: Part::Clock, is_well, found, advice }
    }
}

async fn check_listener() -> SelfCheck {
    let at =
        ListenAt { host: RedirectHost::Ipv4, port: None, path: "/self-check".to_owned(), accepts_form_post: false };
    match RedirectListener::bind(&at).await {
        Ok(listener) => {
            let found = format!("can listen on this machine: {}", listener.redirect_uri());
            listener.close().await;
            SelfCheck { part: Part::Listener, is_well: true, found, advice: None }
        }
        Err(error) => SelfCheck {
            part: Part::Listener,
            is_well: false,
            found: Error::from(error).to_string(),
            advice: Some("Something keeps programs from listening on 127.0.0.1, perhaps a firewall.".to_owned()),
        },
    }
}
