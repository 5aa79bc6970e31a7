//! The database refuses: clear errors, the state of before intact, and no token lost that can be kept
//! [A4, A5, S112, S116].

use std::path::Path;

use engine::clock::Clock;
use engine::flows::connect::{SignIn, SignInProgress};
use engine::flows::doctor::Part;
use engine::flows::labels::NewDependant;
use engine::flows::refresh::RefreshWhy;
use engine::http::Timeouts;
use engine::store::StoreError;
use engine::{EngineParts, Error};
use fakes::{Keychain, Person};

use super::support::World;

/// Set for the process that a test here starts.
const FULL_DISK: &str = "PATCHBAY_TEST_FULL_DISK";

/// S112
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_may_not_be_written_is_said_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start().await;
    world.connect().await;
    let path = copy_of_database(&world);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    // A superuser may write everything: there is nothing to see then.
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        return;
    }
    let before = std::fs::read(&path).unwrap();

    let refused = open(path.parent().unwrap());

    assert!(matches!(refused, Some(Error::StoreUnavailable(StoreError::ReadOnly))), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// S116: written by a later version: nothing of it is touched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_later_version_is_refused_untouched() {
    let world = World::start().await;
    world.connect().await;
    let path = copy_of_database(&world);
    let sqlite = rusqlite::Connection::open(&path).unwrap();
    sqlite.pragma_update(None, "user_version", 99).unwrap();
    sqlite.close().unwrap();
    let before = std::fs::read(&path).unwrap();

    let refused = open(path.parent().unwrap());

    let found = match &refused {
        Some(Error::StoreUnavailable(StoreError::NewerVersion { found, known })) => Some((*found, *known)),
        _ => None,
    };
    assert!(found.is_some_and(|(found, known)| found == 99 && known < 99), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// S112: not ours, or no database at all.
#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patchbay.db");
    std::fs::write(&path, "Dear diary").unwrap();

    let refused = open(folder.path());

    assert!(matches!(refused, Some(Error::StoreUnavailable(StoreError::NotADatabase))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear diary");
}

/// A4, A5: nothing can be written down, so no refresh token is spent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_for_the_intent_no_refresh_leaves() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();
    // Another program holds the database for longer than anyone waits.
    let hog = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    hog.execute_batch("BEGIN IMMEDIATE").unwrap();

    let refused = world.engine.refresh(&connection.id, RefreshWhy::Person).await;

    assert!(matches!(refused, Err(Error::StoreUnavailable(StoreError::Busy))), "{refused:?}");
    assert!(world.practice.log().is_empty(), "what cannot be written down is not begun");
    hog.execute_batch("ROLLBACK").unwrap();
    assert_eq!(world.engine.connection(&connection.id).unwrap(), connection, "the state of before");
    assert!(world.still_works(&connection.id).await);
}

/// A1: a sign-in whose beginning cannot be written down is not under way, and stands in nobody's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_cannot_be_written_down_is_not_begun() {
    let world = World::start().await;
    let connection = world.connect().await;
    let hog = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    hog.execute_batch("BEGIN IMMEDIATE").unwrap();

    let refused = world.engine.begin_reconnect(&connection.id, true).await;

    assert!(matches!(refused, Err(Error::StoreUnavailable(StoreError::Busy))), "{refused:?}");
    let is_waiting = |it: &SignIn| it.reconnects.as_ref() == Some(&connection.id) && !it.progress.is_over();
    assert!(!world.engine.list_sign_ins().iter().any(is_waiting), "nobody would ever end it");
    hog.execute_batch("ROLLBACK").unwrap();
    let (_, progress) = world.reconnect(&connection.id).await;
    assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
}

/// A5: the database fails between the answer and the commit: the token is in the keychain, and adopted at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_could_not_be_committed_is_adopted_at_the_next_start() {
    let world = World::start().await;
    let connection = world.connect().await;
    let path = world.folder.path().join("patchbay.db");
    let (sender, receiver) = std::sync::mpsc::channel();
    // Reads the old bundle, looks beside it, writes the new one; then reads it back.
    world.keychain.before_call(4, move || {
        let hog = rusqlite::Connection::open(&path).unwrap();
        hog.execute_batch("BEGIN IMMEDIATE").unwrap();
        sender.send(hog).unwrap();
    });

    let refused = world.engine.refresh(&connection.id, RefreshWhy::Person).await;

    assert!(matches!(refused, Err(Error::BundleUncommitted { reason: StoreError::Busy, .. })), "{refused:?}");
    drop(receiver.recv().unwrap());
    assert_eq!(world.engine.connection(&connection.id).unwrap().token.unwrap().version.0, 1, "not half committed");
    let again = world.opened_again();
    assert_eq!(again.reconcile().await.unwrap().adopted_count, 1);
    assert_eq!(again.connection(&connection.id).unwrap().token.unwrap().version.0, 2);
    assert!(world.still_works(&connection.id).await, "the rotated token was not lost");
}

/// S112: no file may grow any more: what was committed stays, and what does not fit is said.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_costs_nothing_that_was_stored() {
    let world = World::start().await;
    let connection = world.connect().await;
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$0\" --exact store::process_on_a_full_disk --nocapture";

    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(FULL_DISK, world.folder.path())
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("full after "),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let count: usize = said.split("full after ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let again = world.opened_again();
    assert_eq!(again.list_dependants(&connection.id).unwrap().len(), count, "all that was said to be stored is");
    assert!(again.check_self().await.iter().all(|it| it.part != Part::Database || it.is_well), "and the file is whole");
    assert!(world.still_works(&connection.id).await);
}

/// Not a test by itself: the process that the test above starts where no file may grow beyond a few pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_on_a_full_disk() {
    let Some(folder) = std::env::var_os(FULL_DISK) else { return };
    let (keychain, person) = (Keychain::default(), Person::default());
    let engine = super::support::open(Path::new(&folder), &keychain, &Clock::system(), &person, Timeouts::default());
    let id = engine.board().unwrap().connections[0].connection.id.clone();
    for count in 0..10_000 {
        let new =
            NewDependant { workflow: format!("{count} {}", "x".repeat(180)), place: None, step: None, owner: None };
        if let Err(error) = engine.add_dependant(&id, new) {
            assert!(matches!(error, Error::StoreUnavailable(_)), "{error:?}");
            println!("full after {count} dependants");
            return;
        }
    }
    panic!("the limit did not hold");
}

/// A folder of its own with what the database holds.
fn copy_of_database(world: &World) -> std::path::PathBuf {
    let folder = world.folder.path().join("copy");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("patchbay.db");
    let source = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    source.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
    path
}

fn open(folder: &Path) -> Option<Error> {
    let person = Person::default();
    EngineParts::open_with(
        folder,
        Keychain::default().store(),
        Clock::system(),
        engine::browser::Browser::scripted(person.opener()),
        Timeouts::default(),
    )
    .err()
}
