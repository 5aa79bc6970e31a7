//! A disk without a byte left: what is there is read, and a token that holds is handed out [A5, F2].

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Board, Ran, finish};

/// Mounts a small disk over the data folder, brings everything back, fills it to the last byte, and runs the program
/// there: a namespace of one's own needs no rights, and goes with its process.
const ON_A_FULL_DISK: &str = r#"
    mkdir "$SAVED" && cp -a "$PATCHBAY_HOME/." "$SAVED" && mount -t tmpfs -o size=4m none "$PATCHBAY_HOME" || exit 90
    cp -a "$SAVED/." "$PATCHBAY_HOME" && rm -f "$PATCHBAY_HOME"/patchbay.db-*
    cat /dev/zero >"$PATCHBAY_HOME/filler" 2>/dev/null
    exec "$@"
"#;

fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-current-user", "--mount", "sh", "-c", script, "sh"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn on_a_full_disk(board: &Board, name: &str, arguments: &[&str]) -> Ran {
    let saved = tempfile::tempdir().unwrap();
    let mut command = apart(ON_A_FULL_DISK);
    command.arg(env!("CARGO_BIN_EXE_patchbay")).args(arguments);
    command.env("PATCHBAY_HOME", board.home.path()).env("SAVED", saved.path().join(name)).env_remove("PATCHBAY_LOG");
    finish(command.spawn().unwrap(), "").await
}

/// A5, F2: reading needs no writing.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_what_is_there_is_read_and_handed_out() {
    let probed = finish(apart("mount -t tmpfs -o size=1m none /mnt").spawn().unwrap(), "").await;
    if probed.code != 0 {
        eprintln!("this system lets nobody mount a disk of his own: {}", probed.stderr);
        return;
    }
    let board = Board::start().await;
    let id = board.connect(&["--name", "Mail"]).await;

    let listed = on_a_full_disk(&board, "list", &["list", "--json"]).await.done();
    assert_eq!((&listed.object()["name"], &listed.object()["status"]), (&"Mail".into(), &"active".into()));
    let shown = on_a_full_disk(&board, "show", &["show", &id]).await.done();
    assert!(shown.stdout.contains("Mail") && shown.stderr.contains("The disk is full"), "{shown:?}");
    let handed = on_a_full_disk(&board, "token", &["token", &id]).await.done();
    let stored = board.run(&["token", &id]).await.done();
    assert_eq!(handed.stdout, stored.stdout, "the very token that holds");

    let written = on_a_full_disk(&board, "forget", &["radius", &id, "--add", "Invoices"]).await;
    assert_eq!(written.code, 1, "what has to be written is refused: {written:?}");
    assert!(written.stderr.contains("full"), "{written:?}");
}
