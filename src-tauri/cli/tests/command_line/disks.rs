//! Disks that a test mounts for itself, in a namespace of its own that goes with its process: a full one, and one that is
//! only read.

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Board, Ran, finish};

/// Mounts a small disk over the data folder, brings everything back, fills it to the last byte, and runs the program
/// there.
const FULL: &str = r#"
    mkdir "$SAVED" && cp -a "$PATCHBAY_HOME/." "$SAVED" && mount -t tmpfs -o size=4m none "$PATCHBAY_HOME" || exit 90
    cp -a "$SAVED/." "$PATCHBAY_HOME" && rm -f "$PATCHBAY_HOME"/patchbay.db-*
    cat /dev/zero >"$PATCHBAY_HOME/filler" 2>/dev/null
    exec "$@"
"#;

/// Mounts the data folder anew so that nobody writes to it, and runs the program there.
const READ_ONLY: &str = r#"
    mount --bind "$PATCHBAY_HOME" "$PATCHBAY_HOME" && mount -o remount,bind,ro "$PATCHBAY_HOME" || exit 90
    exec "$@"
"#;

/// Whether this system lets a person mount disks of his own; it says so where it does not.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub(crate) async fn may_be_mounted() -> bool {
    let probed = finish(apart("mount -t tmpfs -o size=1m none /mnt").spawn().unwrap(), "").await;
    if probed.code != 0 {
        println!("this system lets nobody mount a disk of his own: {}", probed.stderr);
    }
    probed.code == 0
}

/// The program where the data folder's disk has no byte left.
pub(crate) async fn on_a_full_one(board: &Board, arguments: &[&str], input: &str) -> Ran {
    let saved = tempfile::tempdir().unwrap();
    let mut command = apart(FULL);
    command.env("SAVED", saved.path().join("board"));
    run(command, board, arguments, input).await
}

/// The program where the data folder can be read only.
pub(crate) async fn on_a_read_only_one(board: &Board, arguments: &[&str]) -> Ran {
    run(apart(READ_ONLY), board, arguments, "").await
}

async fn run(mut command: Command, board: &Board, arguments: &[&str], input: &str) -> Ran {
    command.arg(env!("CARGO_BIN_EXE_patchbay")).args(arguments);
    command.env("PATCHBAY_HOME", board.home.path()).env_remove("PATCHBAY_LOG");
    finish(command.spawn().unwrap(), input).await
}

/// A namespace of one's own needs no rights.
fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-current-user", "--mount", "sh", "-c", script, "sh"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
