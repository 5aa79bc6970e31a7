//! A disk that is mounted to be read: what is there is read, and what must write says what is in the way [A5, F2].

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Board, Ran, finish};

/// Mounts the data folder anew so that nobody writes to it, and runs the program there, in a namespace of its own.
const ON_A_READ_ONLY_DISK: &str = r#"
    mount --bind "$PATCHBAY_HOME" "$PATCHBAY_HOME" && mount -o remount,bind,ro "$PATCHBAY_HOME" || exit 90
    exec "$@"
"#;

fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-current-user", "--mount", "sh", "-c", script, "sh"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn read_only(board: &Board, arguments: &[&str]) -> Ran {
    let mut command = apart(ON_A_READ_ONLY_DISK);
    command.arg(env!("CARGO_BIN_EXE_patchbay")).args(arguments);
    command.env("PATCHBAY_HOME", board.home.path()).env_remove("PATCHBAY_LOG");
    finish(command.spawn().unwrap(), "").await
}

/// A5, F2: reading needs no writing, whether or not a crash has left a log beside the database.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_read_only_disk_what_is_there_is_read_and_handed_out() {
    let probed = finish(apart("mount -t tmpfs -o size=1m none /mnt").spawn().unwrap(), "").await;
    if probed.code != 0 {
        eprintln!("this system lets nobody mount a disk of his own: {}", probed.stderr);
        return;
    }
    let board = Board::start().await;
    let id = board.connect(&["--name", "Mail"]).await;
    let stored = board.run(&["token", &id]).await.done().stdout;

    for is_in_use in [false, true] {
        // Whoever has it open keeps a log beside it.
        let other = rusqlite::Connection::open(board.home.path().join("patchbay.db")).unwrap();
        other.execute("UPDATE connections SET name = ?1", [if is_in_use { "Post" } else { "Mail" }]).unwrap();
        let open = is_in_use.then_some(other);
        let name = if is_in_use { "Post" } else { "Mail" };

        let listed = read_only(&board, &["list", "--json"]).await.done();
        assert_eq!((&listed.object()["name"], &listed.object()["status"]), (&name.into(), &"active".into()));
        for reading in [&["list"][..], &["show", &id], &["events"], &["held"], &["health"], &["client", "list"]] {
            let ran = read_only(&board, reading).await.done();
            assert!(ran.stderr.contains("cannot be written to"), "{reading:?}: {ran:?}");
        }
        let handed = read_only(&board, &["token", &id]).await.done();
        assert_eq!(handed.stdout, stored, "the very token that holds");

        for writing in [&["refresh", &id][..], &["radius", &id, "--add", "Invoices"], &["forget", &id, "--yes"]] {
            let ran = read_only(&board, writing).await;
            assert_eq!(ran.code, 1, "{writing:?}: {ran:?}");
            assert!(
                ran.stderr.contains("does not allow writing") && ran.stderr.contains("Make the data folder"),
                "{ran:?}"
            );
        }
        drop(open);
    }
    assert_eq!(board.provider.log().iter().filter(|it| it.endpoint == practice::Endpoint::Token).count(), 1);
    board.json(&["refresh", &id]).await.done();
}
