//! The vault against a real gnome-keyring in a D-Bus session of its own: absent, open, restarted, locked,
//! another one. Runs where `PATCHBAY_TEST_KEYCHAIN=1` is set.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::connection::client_rotation::SecretSlot;
use domain::{Secret, TokenVersion};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::tests::{assert_same, bundle, client, connection};
use super::{KeychainState, Tidings, Vault, VaultError};

const SWITCH: &str = "PATCHBAY_TEST_KEYCHAIN";
pub(super) const FOLDER_VARIABLE: &str = "PATCHBAY_TEST_KEYCHAIN_FOLDER";
pub(super) const INSTALL: &str = "0123456789abcdef";

/// A bus that starts nothing by itself: the keychain is there only while the test runs it.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A3, S156
#[test]
fn the_vault_holds_in_a_real_keychain() {
    if is_wanted() {
        in_a_session("vault::secret_service_tests::inside_the_session");
    }
}

pub(super) fn is_wanted() -> bool {
    std::env::var_os(SWITCH).is_some_and(|it| it == "1")
}

/// Runs that test in a D-Bus session of its own, in which nothing can ask a person.
pub(super) fn in_a_session(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let bus = folder.path().join("bus.conf");
    std::fs::write(&bus, BUS.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();

    let status = Command::new("dbus-run-session")
        .arg("--config-file")
        .arg(&bus)
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER_VARIABLE, folder.path())
        .env("HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .status()
        .unwrap();

    assert!(status.success(), "see the output above");
}

/// Not a test by itself: the process that the test above starts inside the session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_the_session() {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from) else { return };
    let vault = Vault::open(INSTALL);
    let (id, v1) = (connection(), TokenVersion(1));
    assert_eq!(vault.check().await, KeychainState::Absent, "no keychain runs");
    assert_eq!(vault.glance().await, Some(KeychainState::Absent));

    let daemon = Daemon::start(&folder.join("one"), Some("one")).await;
    assert_eq!(vault.check().await, KeychainState::Open, "it was started later: found without a restart");
    assert_eq!(vault.glance().await, Some(KeychainState::Open), "nothing is stored in it yet");
    assert!(vault.read_bundle(&id, v1).await.unwrap().is_none());
    assert!(vault.ensure_canary().await.unwrap());
    lock_and_unlock(&vault).await;
    let written = bundle(1, 1_500);
    vault.write_bundle(&id, &written).await.unwrap();
    vault.write_client_secret(&client(), SecretSlot::First, &Secret::new("GOCSPX")).await.unwrap();
    assert_same(&vault.read_bundle(&id, v1).await.unwrap().unwrap(), &written);

    daemon.stop();
    assert_eq!(vault.glance().await, Some(KeychainState::Absent));
    assert_eq!(vault.read_bundle(&id, v1).await.err(), Some(VaultError::Absent), "gone is not empty");
    let daemon = Daemon::start(&folder.join("one"), Some("one")).await;
    assert_same(&vault.read_bundle(&id, v1).await.unwrap().unwrap(), &written);
    daemon.stop();
    let daemon = Daemon::start(&folder.join("one"), Some("one")).await;
    vault.write_bundle(&id, &bundle(2, 1_500)).await.expect("the dead handle was replaced unnoticed");
    assert!(vault.read_client_secret(&client(), SecretSlot::First).await.unwrap().unwrap().is_same_as("GOCSPX"));
    vault.erase_bundle(&id, v1).await.unwrap();
    assert!(vault.read_bundle(&id, v1).await.unwrap().is_none(), "erased, and the canary is there");
    measure(&vault).await;
    daemon.stop();

    let daemon = Daemon::start(&folder.join("one"), None).await;
    assert_eq!(vault.glance().await, Some(KeychainState::Locked));
    assert_eq!(vault.read_bundle(&id, TokenVersion(2)).await.err(), Some(VaultError::Locked), "nobody to ask");
    assert_eq!(vault.check().await, KeychainState::Locked);
    assert_eq!(vault.unlock().await.err(), Some(VaultError::Locked), "no window can ask: told at once, not at the end");
    unlock(&zbus::Connection::session().await.unwrap(), "one").await;
    vault.unlock().await.expect("nobody is asked for what is open");
    daemon.stop();
    assert_eq!(vault.unlock().await.err(), Some(VaultError::Absent));

    let daemon = Daemon::start(&folder.join("other"), Some("other")).await;
    assert_eq!(vault.read_bundle(&id, TokenVersion(2)).await.err(), Some(VaultError::Different));
    assert_eq!(vault.write_bundle(&id, &bundle(3, 10)).await.err(), Some(VaultError::Different));
    assert_eq!(vault.check().await, KeychainState::Different);
    daemon.stop();
}

/// A glance sees both, whoever did it, asks nobody, and costs next to nothing.
async fn lock_and_unlock(vault: &Vault) {
    const ROUNDS: u32 = 200;
    let bus = zbus::Connection::session().await.unwrap();
    let heard = tempfile::NamedTempFile::new().unwrap();
    let mut listening = Command::new("dbus-monitor").arg("--session").stdout(heard.reopen().unwrap()).spawn().unwrap();
    wait_for(heard.path(), "NameAcquired", 1).await;

    let mut tidings = vault.tidings();
    assert!(tidings.is_told().await, "there is a bus to be told by");
    for _ in 0..2 {
        call(&bus, "org.freedesktop.Secret.Service", "Lock", &(vec![login()],)).await;
        tell(&mut tidings).await;
        assert_eq!(vault.glance().await, Some(KeychainState::Locked));
        assert_eq!(vault.glance().await, Some(KeychainState::Locked), "it does not unlock by being looked at");
        unlock(&bus, "one").await;
        tell(&mut tidings).await;
        assert_eq!(vault.glance().await, Some(KeychainState::Open));
    }
    let said = wait_for(heard.path(), "member=UnlockWithMasterPassword", 2).await;
    assert!(said.contains("member=Get"), "the glances were heard");
    for asks in ["member=Unlock\n", "member=Prompt"] {
        assert!(!said.contains(asks), "a person would have been asked");
    }
    listening.kill().unwrap();
    listening.wait().unwrap();

    let started = Instant::now();
    for _ in 0..ROUNDS {
        vault.glance().await.unwrap();
    }
    println!("a glance: {:?}", started.elapsed() / ROUNDS);
}

/// S160: nobody asks every few seconds whether it was locked.
async fn tell(tidings: &mut Tidings) {
    tokio::time::timeout(Duration::from_secs(20), tidings.next()).await.expect("the keychain says so by itself");
}

async fn wait_for(file: &Path, sign: &str, count: usize) -> String {
    let asked_since = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap();
        if text.matches(sign).count() >= count {
            return text;
        }
        assert!(asked_since.elapsed() < Duration::from_secs(10), "{sign} was not heard");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn login() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked("/org/freedesktop/secrets/collection/login")
}

/// As the desktop's own login does.
async fn unlock(bus: &zbus::Connection, password: &str) {
    let opened = call(bus, "org.freedesktop.Secret.Service", "OpenSession", &("plain", Value::from(""))).await;
    let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize().unwrap();
    let secret = (session, Vec::<u8>::new(), password.as_bytes(), "text/plain");
    let internal = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
    call(bus, internal, "UnlockWithMasterPassword", &(login(), secret)).await;
}

async fn call<B>(bus: &zbus::Connection, interface: &str, method: &str, body: &B) -> zbus::Message
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    let path = "/org/freedesktop/secrets";
    bus.call_method(Some("org.freedesktop.secrets"), path, Some(interface), method, body).await.unwrap()
}

/// What the vault costs over a bare read of one item, both with a connection of their own.
async fn measure(vault: &Vault) {
    const ROUNDS: u32 = 20;
    let (id, v2) = (connection(), TokenVersion(2));
    vault.read_bundle(&id, v2).await.unwrap().unwrap();

    let bare = std::thread::spawn(|| {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            let connected = super::keychain::connect_to_platform().unwrap();
            let name = format!("{INSTALL}/{}/even/0", connection());
            let entry = connected.store.build("dev.patchbay.desktop", &name, None).unwrap();
            assert!(entry.get_secret().unwrap().len() > 3_000);
        }
        started.elapsed() / ROUNDS
    });
    let bare = bare.join().unwrap();

    let started = Instant::now();
    for _ in 0..ROUNDS {
        let fresh = Vault::open(INSTALL);
        fresh.set_expects_canary(true);
        fresh.read_bundle(&id, v2).await.unwrap().unwrap();
    }
    let whole = started.elapsed() / ROUNDS;

    let started = Instant::now();
    for _ in 0..ROUNDS {
        vault.read_bundle(&id, v2).await.unwrap().unwrap();
    }
    let connected = started.elapsed() / ROUNDS;
    println!("bare connect and get: {bare:?}; vault open and read_bundle: {whole:?}; connected: {connected:?}");
}

struct Daemon(Child);

impl Daemon {
    /// Starts a gnome-keyring over that folder, unlocked with that password or left locked.
    async fn start(folder: &Path, password: Option<&str>) -> Self {
        use std::io::Write as _;

        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).args(password.map(|_| "--unlock"));
        command.env("XDG_DATA_HOME", folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);

        let expected = if password.is_some() { KeychainState::Open } else { KeychainState::Locked };
        let asked_since = Instant::now();
        while Vault::open("waiting").check().await != expected {
            assert!(asked_since.elapsed() < Duration::from_secs(20), "the keychain did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self(child)
    }

    fn stop(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
