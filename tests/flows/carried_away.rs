//! A new token that neither the keychain nor the disk takes, carried away in a file and brought back [A5, S154].

use std::fs;
use std::path::{Path, PathBuf};

use domain::{ConnectionId, Secret};
use engine::flows::held::HeldImport;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::sealed_bundles::{self, SealError};
use engine::{Engine, Error};
use fakes::keychain::Mood;

use super::support::{World, in_another_process};

const PASSPHRASE: &str = "correct horse battery";

/// S154: neither the keychain nor the disk takes it: it is shouted about, and can be carried away encrypted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sealed_can_be_exported_and_brought_back() {
    let (world, id, file) = nothing_takes_it().await;

    let to = file.clone();
    in_another_process(&world, move |engine, id| async move {
        let refused = engine.refresh(&id, RefreshWhy::Person).await;
        assert!(matches!(refused, Err(Error::BundleHeld { is_sealed: false, .. })), "{refused:?}");
        assert!(engine.would_lose_a_token(), "so the window stays open, and the command line waits");
        assert!(engine.export_held(&Secret::new("short"), &to).await.is_err());
        assert_eq!(engine.export_held(&Secret::new(PASSPHRASE), &to).await.unwrap(), 1);
        assert!(!engine.would_lose_a_token(), "it was carried away: the program may end");
    })
    .await;
    all_take_it_again(&world);

    let content = fs::read(&file).unwrap();
    assert!(!content.windows(9).any(|it| it == b"practice_"), "it is encrypted");
    let engine = world.opened_again();
    let asked = world.refreshes().len();
    let refused = engine.refresh(&id, RefreshWhy::Person).await;
    assert!(refused.is_err(), "until it is taken back, the spent token is not sent by itself: {refused:?}");
    assert_eq!(world.refreshes().len(), asked);
    let wrong = engine.import_held(&file, &Secret::new("another passphrase")).await;
    assert!(matches!(wrong, Err(Error::HeldUnreadable(_))), "{wrong:?}");
    assert_eq!(taken(&engine, &file).await, 1);
    assert_eq!(taken(&engine, &file).await, 0, "it is known by now");
    let empty = world.folder.path().join("empty.age");
    fs::write(&empty, sealed_bundles::encrypt(&Secret::new(PASSPHRASE), b"").unwrap()).unwrap();
    let nothing = engine.import_held(&empty, &Secret::new(PASSPHRASE)).await;
    assert!(matches!(nothing, Err(Error::HeldUnreadable(SealError::Empty))), "{nothing:?}");
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");

    let another = World::start().await;
    let strange = another.engine.import_held(&file, &Secret::new(PASSPHRASE)).await.unwrap();
    assert_eq!(strange, HeldImport { taken_count: 0, strange_count: 1 }, "of a connection that is not on that board");
}

/// A5, S154, S071: where the database takes no note of it, the token before it is not sent for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_carried_away_is_remembered_though_the_database_takes_nothing() {
    let (world, id, file) = nothing_takes_it().await;
    let (to, database) = (file.clone(), world.folder.path().join("patchbay.db"));
    in_another_process(&world, move |engine, id| async move {
        assert!(engine.refresh(&id, RefreshWhy::Person).await.is_err());
        // As little as a disk that is full.
        let writer = rusqlite::Connection::open(&database).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_eq!(engine.export_held(&Secret::new(PASSPHRASE), &to).await.unwrap(), 1);
        let noted: u32 = writer.query_row("SELECT count(*) FROM sealed_bundles", [], |row| row.get(0)).unwrap();
        assert_eq!(noted, 0, "the database does not know");
    })
    .await;
    all_take_it_again(&world);
    let asked = world.refreshes().len();

    let engine = world.opened_again();
    engine.reconcile().await.unwrap();
    assert_eq!(engine.overview(&id).unwrap().status.reason.as_str(), "held_unopened", "who only looks is told");
    let refused = engine.refresh(&id, RefreshWhy::Person).await;
    assert!(matches!(refused, Err(Error::HeldUnopened { is_missing: true, .. })), "{refused:?}");
    assert_eq!(world.refreshes().len(), asked, "the spent token is not sent by itself");

    assert_eq!(taken(&engine, &file).await, 1);
    let outcome = engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
}

/// A10, S154: what was given up stays given up, whatever file turns up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_brings_back_no_connection_that_was_given_up() {
    let (world, id, file) = nothing_takes_it().await;
    let to = file.clone();
    in_another_process(&world, move |engine, id| async move {
        assert!(engine.refresh(&id, RefreshWhy::Person).await.is_err());
        engine.export_held(&Secret::new(PASSPHRASE), &to).await.unwrap();
    })
    .await;
    all_take_it_again(&world);
    let engine = world.opened_again();
    engine.disconnect(&id).await.unwrap();

    assert_eq!(taken(&engine, &file).await, 0);
    assert_eq!(engine.overview(&id).unwrap().status.lamp.as_str(), "disconnected");
    assert_eq!(world.bundle_count().await, 0);
}

/// A connection whose next token neither the keychain nor the folder of sealed ones takes, and a file to carry it away in.
async fn nothing_takes_it() -> (World, ConnectionId, PathBuf) {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.refresh(&id).await;
    fs::write(world.folder.path().join("held"), "in the way").unwrap();
    let file = world.folder.path().join("carried away.age");
    world.keychain.be(Mood::ReadOnly);
    (world, id, file)
}

/// Both take again what they are given.
fn all_take_it_again(world: &World) {
    world.keychain.heal();
    fs::remove_file(world.folder.path().join("held")).unwrap();
}

/// How many bundles of a file were taken back; all are of this board.
async fn taken(engine: &Engine, file: &Path) -> usize {
    let import = engine.import_held(file, &Secret::new(PASSPHRASE)).await.unwrap();
    assert_eq!(import.strange_count, 0);
    import.taken_count
}
