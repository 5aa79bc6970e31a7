//! The private keychain that `tests/with_keychain.sh` started, locked and brought back: by one test at a time, since all
//! of them share it.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};

const NAME: &str = "org.freedesktop.secrets";
const PASSWORD: &str = "PATCHBAY_TEST_KEYCHAIN_PASSWORD";

/// Said where a test is skipped.
pub(crate) const NONE: &str = "skipped: this needs a keychain for tests; tests/with_keychain.sh gives one";

/// The keychain for this test alone, unlocked. `None`: there is none that may be locked.
pub(crate) async fn alone() -> Option<MutexGuard<'static, ()>> {
    static ONE: Mutex<()> = Mutex::const_new(());
    std::env::var_os(PASSWORD)?;
    let alone = ONE.lock().await;
    // The test before may have failed with it locked.
    restart_unlocked().await;
    Some(alone)
}

/// Locks the keyring, as a screen lock or the person would. A prompt to unlock it fails at once: it has no display.
pub(crate) fn lock() {
    let login = "array:objpath:/org/freedesktop/secrets/collection/login";
    call(NAME, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", login);
}

/// Ends the daemon, as a crash would, and starts one anew that has the same keyring unlocked.
pub(crate) async fn restart_unlocked() {
    let answer = call_bus("GetConnectionUnixProcessID");
    let pid = answer.rsplit_once("uint32 ").expect("the bus names the keychain's process").1.trim().to_owned();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    until(|| !has_owner(), "the keychain daemon did not end").await;
    // It ends with its bus, which tests/with_keychain.sh stops.
    let mut daemon = Command::new("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.stdin.take().unwrap().write_all(std::env::var(PASSWORD).unwrap().as_bytes()).unwrap();
    // Reaped when it ends, which may be after this test.
    std::thread::spawn(move || daemon.wait());
    until(has_owner, "the keychain daemon did not come back").await;
}

fn has_owner() -> bool {
    call_bus("NameHasOwner").contains("boolean true")
}

/// Asks the bus, not the service: a call to the service would start a second, locked daemon.
fn call_bus(method: &str) -> String {
    let method = format!("org.freedesktop.DBus.{method}");
    call("org.freedesktop.DBus", "/org/freedesktop/DBus", &method, &format!("string:{NAME}"))
}

fn call(destination: &str, path: &str, method: &str, argument: &str) -> String {
    let destination = format!("--dest={destination}");
    let called = Command::new("dbus-send")
        .args(["--session", "--print-reply", &destination, path, method, argument])
        .output()
        .unwrap();
    assert!(called.status.success(), "{method}: {}", String::from_utf8_lossy(&called.stderr));
    String::from_utf8(called.stdout).unwrap()
}

async fn until(holds: impl Fn() -> bool, failure: &str) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{failure}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
