//! A disk without a byte left: what is there is read, and a token that holds is handed out [A5, F2].

use crate::disks;
use crate::support::Board;

/// A5, F2: reading needs no writing.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_what_is_there_is_read_and_handed_out() {
    if !disks::may_be_mounted().await {
        return;
    }
    let board = Board::start().await;
    let id = board.connect(&["--name", "Mail"]).await;

    let listed = disks::on_a_full_one(&board, &["list", "--json"], "").await.done();
    assert_eq!((&listed.object()["name"], &listed.object()["status"]), (&"Mail".into(), &"active".into()));
    let shown = disks::on_a_full_one(&board, &["show", &id], "").await.done();
    assert!(shown.stdout.contains("Mail") && shown.stderr.contains("The disk is full"), "{shown:?}");
    let handed = disks::on_a_full_one(&board, &["token", &id], "").await.done();
    let stored = board.run(&["token", &id]).await.done();
    assert_eq!(handed.stdout, stored.stdout, "the very token that holds");

    let written = disks::on_a_full_one(&board, &["radius", &id, "--add", "Invoices"], "").await;
    assert_eq!(written.code, 1, "what has to be written is refused: {written:?}");
    assert!(written.stderr.contains("full"), "{written:?}");

    let checked = disks::on_a_full_one(&board, &["doctor"], "").await;
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(checked.stdout.contains("the disk is full"), "{checked:?}");
    let well = board.run(&["doctor", "--json"]).await;
    assert!(well.stdout.contains("\"whole: "), "with room there is nothing to say: {well:?}");
}
