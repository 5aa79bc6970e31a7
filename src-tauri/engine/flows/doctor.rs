//! Patchbay's own parts, checked: keychain, database, listener, browser, clock — so that a report begins
//! with facts [B9].

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use domain::connection::status::is_client_secret_ending;
use domain::provider::RedirectHost;
use domain::token::clock_skew::{ClockReading, ServerClock, is_off};
use jiff::Timestamp;

use crate::redirect_listener::{ListenAt, RedirectListener};
use crate::vault::KeychainState;
use crate::{Engine, Error, Notice};

/// A keychain that works answers in a few milliseconds.
const QUICK_LOOK: Duration = Duration::from_secs(1);

/// A database that is written to needs so many bytes more at times.
const ROOM: usize = 1 << 20;

/// Servers named in the clock's line; of the rest only the number is said.
const NAMED_SERVERS: usize = 3;

/// How the keychain was found at the last look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeychainSeen {
    state: KeychainState,
    since: Timestamp,
    /// One that went away comes back by itself or at the next need: nothing that only looks starts another in its place.
    was_there: bool,
}

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
    /// For https on this computer.
    Certificate,
    /// The secret of a client that ends.
    ClientSecret,
    /// A grant that no connection holds, and that may live on at its provider.
    LeftGrant,
    /// A file of the person's in the folder `providers`.
    ProviderFile,
}

impl Part {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Database => "database",
            Self::Listener => "listener",
            Self::Browser => "browser",
            Self::Clock => "clock",
            Self::Certificate => "certificate",
            Self::ClientSecret => "client secret",
            Self::LeftGrant => "left grant",
            Self::ProviderFile => "provider file",
        }
    }
}

impl Engine {
    /// Checks every part; a part that fails does not keep the others from being checked. Files of providers are read
    /// anew.
    pub async fn check_self(&self) -> Vec<SelfCheck> {
        self.reload_catalogue().await;
        let own = [
            self.check_keychain().await,
            self.check_database().await,
            check_listener().await,
            self.check_browser(),
            self.check_clock(),
            self.check_certificate().await,
        ];
        own.into_iter()
            .chain(self.check_client_secrets())
            .chain(self.check_left_sign_ins())
            .chain(self.catalogue_errors().into_iter().map(wrong_file))
            .collect()
    }

    /// Looks for provider files that came, changed or went since they were read.
    async fn reload_catalogue(&self) {
        let engine = self.clone();
        // A folder may lie on a slow disk.
        let reading = tokio::task::spawn_blocking(move || engine.parts.catalogue.reload());
        if reading.await.is_ok_and(|is_changed| is_changed) {
            self.notify(Notice::ConnectionChanged(None));
        }
    }

    /// Whether the keychain can be used right now.
    pub async fn keychain_state(&self) -> KeychainState {
        self.parts.vault.check().await
    }

    /// Asks the keychain before a person is sent to a browser: a grant that cannot be stored is not asked for.
    pub async fn require_keychain(&self) -> Result<(), Error> {
        Ok(self.parts.vault.probe().await?)
    }

    /// The state without writing anything, without waiting and without a prompt: what a board may ask at every drawing.
    pub async fn known_keychain_state(&self) -> KeychainState {
        let state = match self.parts.vault.glance().await {
            Some(KeychainState::Locked) => KeychainState::Locked,
            // A look could start a daemon anew, locked, before the one that was there is back.
            Some(KeychainState::Absent) if self.keychain_was_there() => KeychainState::Absent,
            _ => match tokio::time::timeout(QUICK_LOOK, self.parts.vault.look()).await {
                Ok(found) => found,
                // It may have been locked between the two, and what hangs is the prompt.
                Err(_) => match self.parts.vault.glance().await {
                    Some(KeychainState::Locked) => KeychainState::Locked,
                    _ => KeychainState::NotAnswering,
                },
            },
        };
        self.see_keychain(state);
        state
    }

    /// Has the desktop ask the person to unlock the keychain, waits for what they do, and says how it stands then.
    pub async fn unlock_keychain(&self) -> KeychainState {
        if let Err(error) = self.parts.vault.unlock().await {
            tracing::info!(%error, "the keychain was not unlocked");
        }
        let state = self.known_keychain_state().await;
        self.notify(Notice::ConnectionChanged(None));
        state
    }

    /// Whether the keychain is another than at the last look, as far as that shows without a prompt.
    pub(crate) async fn keychain_has_changed(&self) -> bool {
        let (seen, Some(glance)) = (self.seen_keychain(), self.parts.vault.glance().await) else { return false };
        match glance {
            KeychainState::Open => match seen {
                // Open to look at, and perhaps another one.
                Some(before) if before != KeychainState::Open => {
                    self.parts.vault.leave_prompt();
                    self.known_keychain_state().await != before
                }
                Some(_) | None => false,
            },
            // The first need starts it.
            KeychainState::Absent if seen.is_none() => false,
            KeychainState::Locked | KeychainState::Absent | KeychainState::Different => self.see_keychain(glance),
            // One that is at work for a moment is no news.
            KeychainState::NotAnswering => false,
        }
    }

    fn seen_keychain(&self) -> Option<KeychainState> {
        self.keychain_seen.lock().unwrap_or_else(PoisonError::into_inner).map(|seen| seen.state)
    }

    fn keychain_was_there(&self) -> bool {
        self.keychain_seen.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|seen| seen.was_there)
    }

    /// True when it was seen otherwise before.
    fn see_keychain(&self, state: KeychainState) -> bool {
        let mut seen = self.keychain_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = seen.is_none_or(|before| before.state != state);
        if is_news {
            let was_there = state != KeychainState::Absent || seen.is_some_and(|before| before.was_there);
            *seen = Some(KeychainSeen { state, since: self.parts.clock.now(), was_there });
        }
        is_news
    }

    /// Since when this process has seen the keychain as it was at the last look; `None` while it is open.
    pub fn keychain_closed_since(&self) -> Option<Timestamp> {
        let seen = *self.keychain_seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.filter(|seen| seen.state != KeychainState::Open).map(|seen| seen.since)
    }

    async fn check_keychain(&self) -> SelfCheck {
        let (is_well, found, advice) = match self.keychain_state().await {
            KeychainState::Open => (true, "open: a throw-away item was written, read and erased", None),
            KeychainState::Locked => {
                (false, "locked", Some("Unlock it, then check again. What it keeps is as it was."))
            }
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

    async fn check_database(&self) -> SelfCheck {
        let folder = self.parts.data_folder.clone();
        let room = tokio::task::spawn_blocking(move || take_room(&folder)).await;
        match self.parts.store.check() {
            Ok(()) => {
                let path = self.parts.store.path().display();
                let (found, advice) = match room {
                    Ok(Err(error)) => (
                        format!("whole, but nothing can be written beside it ({error}): {path}"),
                        Some(
                            "Make room on that disk, or let this user write to it. Until then no sign-in and no new \
                             token can be recorded; tokens that still hold are handed out."
                                .to_owned(),
                        ),
                    ),
                    Ok(Ok(())) | Err(_) => (format!("whole: {path}"), None),
                };
                SelfCheck { part: Part::Database, is_well: advice.is_none(), found, advice }
            }
            Err(error) => SelfCheck {
                part: Part::Database,
                is_well: false,
                found: error.to_string(),
                advice: Some("Keep the file; a copy made before the last migration lies beside it.".to_owned()),
            },
        }
    }

    /// One for each secret that is about to end, or has.
    fn check_client_secrets(&self) -> Vec<SelfCheck> {
        let now = self.parts.clock.now();
        // A database that cannot be read says so in its own line.
        let (ends, clients) = (self.client_secret_ends().unwrap_or_default(), self.list_clients().unwrap_or_default());
        let ending = clients.iter().filter_map(|(client, _)| {
            let at = ends.get(&client.id).copied().filter(|at| is_client_secret_ending(*at, now))?;
            let day = at.strftime("%Y-%m-%d");
            let (is_well, verb) = if at > now { (true, "ends") } else { (false, "ended") };
            Some(SelfCheck {
                part: Part::ClientSecret,
                is_well,
                found: format!("the secret of {} {verb} on {day}, as {} said", client.name, client.provider),
                advice: Some(format!(
                    "Get a new one at the provider, then: patchbay client rotate {} — or connect with another client.",
                    client.id
                )),
            })
        });
        ending.collect()
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

    /// Which certificate a browser may warn of; not having one yet is as it should be.
    async fn check_certificate(&self) -> SelfCheck {
        let found = match self.known_loopback_certificate().await {
            Ok(None) => "none: one is made when a provider wants https on this computer".to_owned(),
            Ok(Some(note)) => format!(
                "for https on this computer, until {}; SHA-256 {}",
                note.ends_at.strftime("%Y-%m-%d"),
                note.fingerprint
            ),
            // The keychain has a line of its own.
            Err(error) => format!("not looked at: {error}"),
        };
        SelfCheck { part: Part::Certificate, is_well: true, found, advice: None }
    }

    fn check_clock(&self) -> SelfCheck {
        match self.clock_reading() {
            Ok(reading) => clock_check(&reading),
            Err(error) => SelfCheck { part: Part::Clock, is_well: true, found: error.to_string(), advice: None },
        }
    }
}

/// Off by how much, by whose clocks, what it means and what to do [B9].
fn clock_check(reading: &ClockReading) -> SelfCheck {
    let Some(ahead_ms) = reading.ahead_ms else {
        let found = "not compared: no server has answered within a day".to_owned();
        return SelfCheck { part: Part::Clock, is_well: true, found, advice: None };
    };
    if reading.is_disputed {
        return disputed(reading, ahead_ms);
    }
    // A server that stands apart has a wrong clock of its own.
    let (apart, alike): (Vec<_>, Vec<_>) =
        reading.servers.iter().partition(|it| is_off(it.ahead_ms.saturating_sub(ahead_ms)));
    let mut found = match alike.len() {
        1 => format!("{} one server's clock", off_by(ahead_ms)),
        count => format!("{} the clocks of {count} servers", off_by(ahead_ms)),
    };
    found.push_str(&format!(" ({})", named(&alike)));
    if let Some(odd) = apart.first() {
        found.push_str(&format!("; {} stands apart: {} its clock", odd.host, ours(odd.ahead_ms)));
    }
    let advice = reading.is_off.then(|| {
        let meaning = if ahead_ms > 0 {
            "Tokens look over before they are, and what this computer dates may be refused as coming from the future."
        } else {
            "Tokens look good after they are over, and fresh ones may look not yet valid."
        };
        format!("{meaning} Set the clock by the network; until then Patchbay reads servers' times by their own clocks.")
    });
    SelfCheck { part: Part::Clock, is_well: !reading.is_off, found, advice }
}

/// Nobody can tell whose clock is wrong: neither is blamed.
fn disputed(reading: &ClockReading, ahead_ms: i64) -> SelfCheck {
    let found = match reading.servers.as_slice() {
        [only] => format!(
            "differs from the only server compared ({}): {} its clock; one of the two is wrong",
            only.host,
            ours(ahead_ms)
        ),
        all => {
            let each: Vec<_> = all
                .iter()
                .take(NAMED_SERVERS)
                .map(|it| format!("{} the one of {}", ours(it.ahead_ms), it.host))
                .collect();
            let rest = if all.len() > NAMED_SERVERS { ", …" } else { "" };
            format!(
                "the clocks of {} servers disagree, so nothing can be concluded about ours: {}{rest}",
                all.len(),
                each.join(", ")
            )
        }
    };
    let advice =
        Some("Another server's answer will tell. Until then Patchbay reads its times by its own clock.".to_owned());
    SelfCheck { part: Part::Clock, is_well: true, found, advice }
}

fn named(servers: &[&ServerClock]) -> String {
    let named: Vec<_> = servers.iter().take(NAMED_SERVERS).map(|it| it.host.as_str()).collect();
    let rest = if servers.len() > NAMED_SERVERS { ", …" } else { "" };
    format!("{}{rest}", named.join(", "))
}

/// "ours agrees with", "ours is 10 min behind".
fn ours(ahead_ms: i64) -> String {
    let off_by = off_by(ahead_ms);
    if off_by == AGREES { format!("ours {off_by}") } else { format!("ours is {off_by}") }
}

const AGREES: &str = "agrees with";

fn off_by(ahead_ms: i64) -> String {
    let side = if ahead_ms >= 0 { "ahead of" } else { "behind" };
    let seconds = ahead_ms.unsigned_abs() as f64 / 1000.0;
    // A Date header has whole seconds.
    if seconds < 1.0 {
        return AGREES.to_owned();
    }
    let span = if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else if seconds < 172_800.0 {
        format!("{:.1} h", seconds / 3_600.0)
    } else {
        format!("{:.0} days", seconds / 86_400.0)
    };
    format!("{span} {side}")
}

/// A file of the person's that is wrong: found at the start, with its line and field [A2].
fn wrong_file(found: String) -> SelfCheck {
    let advice = "Correct or remove the file; all other providers work.".to_owned();
    SelfCheck { part: Part::ProviderFile, is_well: false, found, advice: Some(advice) }
}

async fn check_listener() -> SelfCheck {
    let at = ListenAt::plain(RedirectHost::Ipv4, None, "/self-check");
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

/// Whether the disk takes what a database needs to be written.
fn take_room(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!("room-{}.tmp", std::process::id()));
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    });
    match std::fs::remove_file(&path) {
        Err(error) if written.is_ok() => Err(error),
        Ok(()) | Err(_) => written,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// A5: nothing stays behind of looking for room, and where nothing can be written it is said.
    #[test]
    fn room_is_taken_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        take_room(folder.path()).unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);

        assert!(take_room(&folder.path().join("not there")).is_err());
    }

    fn reading(ahead_ms: i64, servers: &[(&str, i64)]) -> ClockReading {
        ClockReading {
            ahead_ms: Some(ahead_ms),
            is_off: is_off(ahead_ms) && servers.len() > 1,
            is_disputed: is_off(ahead_ms) && servers.len() < 2,
            servers: servers
                .iter()
                .map(|(host, ahead_ms)| ServerClock {
                    host: (*host).to_owned(),
                    ahead_ms: *ahead_ms,
                    measured_at: Timestamp::UNIX_EPOCH,
                    is_confirmed: false,
                })
                .collect(),
        }
    }

    /// B9: how far, by whom, what it means, what to do.
    #[test]
    fn the_clocks_line_says_how_far_off_it_is_by_whose_word_and_what_to_do() {
        let near = clock_check(&reading(-400, &[("a.example", -400)]));
        let ahead = clock_check(&reading(7_500_000, &[("a.example", 7_500_000), ("b.example", 7_499_000)]));
        let behind = clock_check(&reading(-90_000, &[("a.example", -90_000), ("b.example", -90_000)]));
        let alone = clock_check(&reading(-90_000, &[("127.0.0.1:4711", -90_000)]));
        let unknown = clock_check(&ClockReading::default());

        assert_eq!((near.is_well, near.found.as_str()), (true, "agrees with one server's clock (a.example)"));
        assert_eq!(near.advice, None);
        assert_eq!(ahead.found, "2.1 h ahead of the clocks of 2 servers (a.example, b.example)");
        assert!(!ahead.is_well && ahead.advice.unwrap().contains("from the future"));
        assert!(!behind.is_well && behind.advice.unwrap().contains("after they are over"));
        assert!(alone.is_well && alone.advice.is_some(), "neither is blamed: {alone:?}");
        assert_eq!(
            alone.found,
            "differs from the only server compared (127.0.0.1:4711): ours is 90 s behind its clock; one of the two is wrong"
        );
        assert!(unknown.is_well && unknown.advice.is_none(), "what was not measured is not wrong");
    }

    /// B9: one odd server is named, and our clock is not blamed for it.
    #[test]
    fn a_server_that_stands_apart_is_named() {
        let check = clock_check(&reading(300, &[("odd.example", 3_600_000), ("b", 300), ("c", 300), ("d", 1)]));

        assert!(check.is_well);
        assert_eq!(
            check.found,
            "agrees with the clocks of 3 servers (b, c, d); odd.example stands apart: ours is 60 min ahead of its clock"
        );
        let check = clock_check(&reading(600_000, &[("a", 600_000), ("b", 600_000), ("odd.example", 100)]));
        assert_eq!(
            check.found,
            "10 min ahead of the clocks of 2 servers (a, b); odd.example stands apart: ours agrees with its clock"
        );
    }

    /// B9: two that contradict each other are no agreement, and nobody is blamed.
    #[test]
    fn servers_that_disagree_are_said_to_and_nothing_is_concluded() {
        let two = ClockReading { is_disputed: true, ..reading(0, &[("a.example", 0), ("b.example", -600_000)]) };

        let check = clock_check(&two);

        assert!(check.is_well && check.advice.is_some(), "neither well nor broken: {check:?}");
        assert_eq!(
            check.found,
            "the clocks of 2 servers disagree, so nothing can be concluded about ours: ours agrees with the one of \
             a.example, ours is 10 min behind the one of b.example"
        );
    }
}
