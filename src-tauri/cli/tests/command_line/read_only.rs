//! A disk that is mounted to be read: what is there is read, and what must write says what is in the way [A5, F2].

use crate::disks;
use crate::support::Board;

/// A5, F2: reading needs no writing, whether or not a crash has left a log beside the database.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_read_only_disk_what_is_there_is_read_and_handed_out() {
    if !disks::may_be_mounted().await {
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

        let listed = disks::on_a_read_only_one(&board, &["list", "--json"]).await.done();
        assert_eq!((&listed.object()["name"], &listed.object()["status"]), (&name.into(), &"active".into()));
        for reading in [&["list"][..], &["show", &id], &["events"], &["held"], &["health"], &["client", "list"]] {
            let ran = disks::on_a_read_only_one(&board, reading).await.done();
            assert!(ran.stderr.contains("cannot be written to"), "{reading:?}: {ran:?}");
        }
        let handed = disks::on_a_read_only_one(&board, &["token", &id]).await.done();
        assert_eq!(handed.stdout, stored, "the very token that holds");

        for writing in [&["refresh", &id][..], &["radius", &id, "--add", "Invoices"], &["forget", &id, "--yes"]] {
            let ran = disks::on_a_read_only_one(&board, writing).await;
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

/// F2: where nothing was ever stored, nothing is promised of what can be read.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_where_nothing_may_be_written_says_so() {
    if !disks::may_be_mounted().await {
        return;
    }
    let board = Board::start().await;
    let fresh = board.home.path().join("fresh");

    let ran = disks::on_a_read_only_one(&board, &["list", "--home", fresh.to_str().unwrap()]).await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(&format!("none can be begun in {}", fresh.display())), "{ran:?}");
    assert!(ran.stderr.contains("PATCHBAY_HOME") && !ran.stderr.contains("work without"), "{ran:?}");
}
