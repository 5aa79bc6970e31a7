//! Tokens that come for a sign-in and are not stored: taken back at the provider, and the person is told [A5, A7, A10].

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use domain::connection::reconnect::ReconnectDecision;
use domain::diagnosis::{ActionLabel, CauseLabel};
use domain::lifecycle_event::EventKind;
use engine::browser::Browser;
use engine::flows::connect::{ConnectRequest, LeftBecause, SignInFailure, SignInProgress};
use engine::flows::doctor::Part;
use engine::store::StoreError;
use engine::store::call_hook::{Call, Moment};
use engine::{Engine, EngineParts, Error};
use practice::{Endpoint, Faults};

use super::support::{World, ended, within};

const PATIENCE: Duration = Duration::from_secs(10);

/// The database as a test has it answer.
#[derive(Default)]
struct Writes {
    engine: OnceLock<Engine>,
    failing: Mutex<Option<Failing>>,
}

/// Which writes of a sign-in that has its tokens fail, and how.
struct Failing {
    next: u32,
    from: u32,
    count: u32,
    error: fn() -> StoreError,
}

impl Writes {
    fn fail(&self, from: u32, count: u32, error: fn() -> StoreError) {
        *self.failing.lock().unwrap() = Some(Failing { next: 0, from, count, error });
    }

    fn work_again(&self) {
        *self.failing.lock().unwrap() = None;
    }

    fn answer(&self, call: Call, moment: Moment) -> Result<(), StoreError> {
        if (call, moment) != (Call::Write, Moment::Before) || !self.is_storing() {
            return Ok(());
        }
        let mut failing = self.failing.lock().unwrap();
        let Some(failing) = failing.as_mut() else { return Ok(()) };
        failing.next += 1;
        let number = failing.next - 1;
        if number < failing.from || number - failing.from >= failing.count { Ok(()) } else { Err((failing.error)()) }
    }

    fn is_storing(&self) -> bool {
        let sign_ins = self.engine.get().map(Engine::list_sign_ins).unwrap_or_default();
        let has_tokens =
            |it: &SignInProgress| matches!(it, SignInProgress::Storing | SignInProgress::NeedsDecision { .. });
        sign_ins.iter().any(|it| has_tokens(&it.progress))
    }
}

async fn world_with_writes() -> (World, Arc<Writes>) {
    let mut world = World::start().await;
    let browser = Browser::scripted(world.person.opener());
    let keychain = world.keychain.store();
    let parts =
        EngineParts::open_with(world.folder.path(), keychain, world.clock.clone(), browser, world.timeouts).unwrap();
    let writes = Arc::new(Writes::default());
    let asked = Arc::clone(&writes);
    parts.store.set_call_hook(move |call, moment| asked.answer(call, moment));
    world.engine = Engine::new(parts);
    assert!(writes.engine.set(world.engine.clone()).is_ok(), "there is one");
    (world, writes)
}

fn alive(world: &World) -> usize {
    world.practice.grants().iter().filter(|it| it.is_alive()).count()
}

/// A5, A10: a grant that cannot be written down is ended, and the person is told that it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_a_full_disk_does_not_take_is_revoked() {
    let (world, writes) = world_with_writes().await;
    writes.fail(0, u32::MAX, || StoreError::DiskFull);

    let progress = world.sign_in(world.request()).await;

    let SignInProgress::Failed(SignInFailure::NotStored { error, left_because: None }) = &progress else {
        panic!("{progress:?}")
    };
    assert!(matches!(error.as_ref(), Error::StoreUnavailable(StoreError::DiskFull)), "{error}");
    assert_eq!((alive(&world), world.practice.grants().len()), (0, 1), "it was given, and taken back");
    writes.work_again();
    assert!(world.engine.board().unwrap().connections.is_empty());
}

/// A5, A10: the same in the place of an older grant, which goes on; and what could not be revoked is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_grant_goes_on_where_the_new_one_cannot_be_stored() {
    let (world, writes) = world_with_writes().await;
    let connection = world.connect().await;
    writes.fail(0, u32::MAX, || StoreError::DiskFull);

    let (_, progress) = world.reconnect(&connection.id).await;

    let is_taken_back =
        |it: &SignInProgress| matches!(it, SignInProgress::Failed(SignInFailure::NotStored { left_because: None, .. }));
    assert!(is_taken_back(&progress), "{progress:?}");
    assert_eq!(alive(&world), 1, "the older one");
    world.set_faults(Faults::default().revocation_answers(503));
    let (_, progress) = world.reconnect(&connection.id).await;
    let SignInProgress::Failed(SignInFailure::NotStored { left_because, .. }) = &progress else {
        panic!("{progress:?}")
    };
    assert_eq!(*left_because, Some(LeftBecause::Failed { http_status: Some(503) }));
    writes.work_again();
    assert!(world.still_works(&connection.id).await);
}

/// A5: another program that is busy with the database for a moment costs no sign-in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_use_is_asked_again() {
    for (first, name) in [(0, "where it goes"), (1, "the row"), (2, "the key"), (3, "the token")] {
        let (world, writes) = world_with_writes().await;
        writes.fail(first, 1, || StoreError::Busy);

        let progress = world.sign_in(world.request()).await;

        let SignInProgress::Connected(id) = progress else { panic!("{name}: {progress:?}") };
        writes.work_again();
        assert!(world.still_works(&id).await, "{name}");
    }
}

/// A5: what is in the keychain already, and announced, is not thrown away: the next start finds it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_the_keychain_has_is_kept_and_found() {
    let (world, writes) = world_with_writes().await;
    // Where it goes, its row and its key are written, the pointer to its tokens is not.
    writes.fail(3, u32::MAX, || StoreError::DiskFull);

    let progress = world.sign_in(world.request()).await;

    let SignInProgress::Failed(SignInFailure::Ours(error)) = &progress else { panic!("{progress:?}") };
    assert!(matches!(error.as_ref(), Error::BundleUncommitted { .. }), "{error}");
    assert_eq!(alive(&world), 1, "what is kept is not revoked");
    writes.work_again();
    world.engine.reconcile().await.unwrap();
    let board = world.engine.board().unwrap();
    assert_eq!(board.connections.len(), 1);
    assert!(world.still_works(&board.connections[0].connection.id).await);
}

/// A7, A10: who cancels while the answer or the account is waited for gets no connection, and leaves no grant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_after_the_browser_has_answered_takes_the_grant_back() {
    for at_identity in [false, true] {
        let world = World::start().await;
        let (sign_in, callback) = world.waiting_sign_in().await;
        let mut changes = world.engine.follow_sign_in(&sign_in.id).unwrap();
        world.set_faults(Faults::default().answers_slowly(Duration::from_secs(3)));
        let (person, to) = (world.person.clone(), callback.clone());
        let visit = tokio::spawn(async move { person.visit(&to).await.map(|page| page.status) });
        let is_there = |it: &SignInProgress| match it {
            SignInProgress::ExchangingCode => !at_identity,
            SignInProgress::Identifying => at_identity,
            _ => false,
        };
        within(changes.wait_for(|it| is_there(&it.progress))).await.unwrap();

        world.engine.cancel_sign_in(&sign_in.id).unwrap();

        let progress = ended(&world.engine, &sign_in.id).await;
        assert!(matches!(progress, SignInProgress::TakenBack { left_because: None }), "{at_identity}: {progress:?}");
        assert_eq!((alive(&world), world.practice.grants().len()), (0, 1), "{at_identity}");
        assert!(world.engine.board().unwrap().connections.is_empty(), "{at_identity}");
        visit.await.unwrap().unwrap();
    }
}

/// A7, A10, S168: a program that ends does not leave behind what waits for a person's word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_the_program_at_the_question_takes_the_new_grant_back() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.signs_in_as("jonas");
    let (sign_in, progress) = world.reconnect(&connection.id).await;
    assert!(matches!(progress, SignInProgress::NeedsDecision { .. }), "{progress:?}");
    let (waiting, _) = world.waiting_sign_in().await;

    assert!(world.engine.end_sign_ins(PATIENCE).await, "all were over in time");

    let of_jonas = world.practice.grants().into_iter().find(|it| it.account == "jonas").unwrap();
    assert!(!of_jonas.is_alive(), "{of_jonas:?}");
    let progress = |id| world.engine.sign_in(id).unwrap().progress;
    assert!(matches!(progress(&sign_in), SignInProgress::Refused { revoked: true, .. }));
    assert!(matches!(progress(&waiting.id), SignInProgress::Cancelled), "it had no tokens");
    assert!(world.still_works(&connection.id).await, "the old grant was not touched");
}

/// A10: whoever disconnected meanwhile, or forgot the connection, meant to have no grant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_for_a_connection_that_is_gone_meanwhile_is_taken_back() {
    for is_forgotten in [false, true] {
        let world = World::start().await;
        let connection = world.connect().await;
        let sign_in = world.engine.begin_reconnect(&connection.id, false).await.unwrap();
        let callback = world.person.until_callback(&sign_in.authorize_url).await.unwrap();
        world.engine.disconnect(&connection.id).await.unwrap();
        if is_forgotten {
            world.engine.forget_connection(&connection.id).unwrap();
        }

        world.person.visit(&callback).await.unwrap();

        let progress = ended(&world.engine, &sign_in.id).await;
        let SignInProgress::Failed(SignInFailure::NotStored { error, left_because: None }) = &progress else {
            panic!("{is_forgotten}: {progress:?}")
        };
        let is_expected = matches!(
            (is_forgotten, error.as_ref()),
            (false, Error::ChangedMeanwhile) | (true, Error::ConnectionGone(_))
        );
        assert!(is_expected, "{is_forgotten}: {error}");
        assert_eq!(alive(&world), 0, "{is_forgotten}: neither the old grant nor the new one lives");
    }
}

/// S062, A10: a token of another kind than was asked for is of no use, and does not stay behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_bound_otherwise_than_asked_for_is_taken_back() {
    for (faults, is_bound, said) in [
        (Faults::default().token_type("DPoP"), false, "bound its token to a key that it was not asked for"),
        (Faults::default().token_type("DPoP").no_refresh_token(), false, "that it was not asked for"),
        (Faults::default(), true, "did not bind its token to our key"),
    ] {
        let world = World::start().await;
        world.set_faults(faults);

        let progress = world.sign_in(ConnectRequest { dpop: is_bound, ..world.request() }).await;

        let SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }) = &progress else {
            panic!("{progress:?}")
        };
        assert_eq!(
            (diagnosis.cause, diagnosis.action),
            (CauseLabel::TokenAudienceMismatch, ActionLabel::ContactProvider),
            "nothing is wrong with the client"
        );
        let detail = detail.as_deref().unwrap();
        assert!(detail.contains(said) && detail.ends_with("the tokens that came with it were revoked"), "{detail}");
        let revocations = world.practice.log().iter().filter(|it| it.endpoint == Endpoint::Revocation).count();
        assert!(revocations > 0, "{said}");
    }
}

/// A7: a yes that cannot be stored is told apart from one that was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_that_cannot_be_stored_takes_the_new_grant_back() {
    let (world, writes) = world_with_writes().await;
    let connection = world.connect().await;
    world.signs_in_as("jonas");
    let (sign_in, _) = world.reconnect(&connection.id).await;
    writes.fail(0, u32::MAX, || StoreError::DiskFull);

    world.engine.decide_reconnect(&sign_in, ReconnectDecision::Replace).unwrap();

    let progress = ended(&world.engine, &sign_in).await;
    assert!(
        matches!(progress, SignInProgress::Failed(SignInFailure::NotStored { left_because: None, .. })),
        "{progress:?}"
    );
    writes.work_again();
    assert_eq!(alive(&world), 1, "Mira's alone");
    assert!(world.still_works(&connection.id).await);
}

/// A5, A8, A10: a program that is killed while its answer is under way cannot revoke; the next start tells of it, once.
#[test]
fn a_sign_in_that_was_cut_off_is_told_at_the_next_start() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let outside = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = outside.block_on(World::start());
    let connection = outside.block_on(world.connect());
    let died = world.opened_again();
    world.signs_in_as("jonas");
    runtime.block_on(async {
        let sign_in = died.begin_reconnect(&connection.id, true).await.unwrap();
        let mut changes = died.follow_sign_in(&sign_in.id).unwrap();
        let asks = |it: &SignInProgress| matches!(it, SignInProgress::NeedsDecision { .. });
        within(changes.wait_for(|it| asks(&it.progress))).await.unwrap();
    });
    let is_told = |engine: &Engine| !engine.left_sign_ins(None).unwrap().is_empty();
    outside.block_on(async {
        died.reconcile().await.unwrap();
        assert!(!is_told(&died), "this very process is at it");
    });
    // Nothing of it runs any more, and nothing of it could be said.
    runtime.shutdown_timeout(PATIENCE);

    let again = world.opened_again();
    outside.block_on(async {
        again.reconcile().await.unwrap();
        again.reconcile().await.unwrap();
    });

    let left = again.left_sign_ins(Some(&connection.id)).unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].account.as_deref(), Some("jonas@haldenoptik.example"), "it was known by then");
    let events = again.list_events(Some(&connection.id), 50).unwrap();
    assert_eq!(events.iter().filter(|(_, it)| it.kind == EventKind::GrantLeft).count(), 1, "told once");
    let checks = outside.block_on(again.check_self());
    assert!(checks.iter().any(|it| it.part == Part::LeftGrant && it.advice.is_some()), "{checks:?}");
    assert_eq!(alive(&world), 2, "Jonas's lives on indeed");
}

/// B3: what another living process has under way is not taken for left; what a dead one had, is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(target_os = "linux")]
async fn a_sign_in_of_a_process_that_lives_is_left_to_it() {
    let world = World::start().await;
    let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", other.id())).unwrap();
    let began = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned();
    let home = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    let held_by = format!("{} {began}@{} -", other.id(), home.display());
    sqlite
        .execute(
            "INSERT INTO open_sign_ins (provider, app, began_at, held_by) VALUES (?1, 'app', ?2, ?3)",
            (world.practice.issuer(), world.clock.now().as_millisecond(), held_by),
        )
        .unwrap();

    world.engine.reconcile().await.unwrap();
    assert_eq!(world.engine.left_sign_ins(None).unwrap(), [], "it is at it");
    other.kill().unwrap();
    other.wait().unwrap();
    world.engine.reconcile().await.unwrap();

    assert_eq!(world.engine.left_sign_ins(None).unwrap().len(), 1, "it is gone");
    assert!(world.event_kinds(None).contains(&"grant_left"));
}

/// A5: a sign-in that ends in any way that is known leaves nothing to tell of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_stored_or_revoked_is_not_told_of() {
    let (world, writes) = world_with_writes().await;
    let connection = world.connect().await;
    world.reconnect(&connection.id).await;
    world.signs_in_as("jonas");
    let (sign_in, _) = world.reconnect(&connection.id).await;
    world.engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();
    ended(&world.engine, &sign_in).await;
    writes.fail(0, u32::MAX, || StoreError::DiskFull);
    world.sign_in(world.request()).await;
    writes.work_again();
    world.set_faults(Faults::default().answers_status(503));
    world.sign_in(world.request()).await;
    let again = world.opened_again();
    again.reconcile().await.unwrap();

    let told: Vec<_> = again.left_sign_ins(None).unwrap();

    assert_eq!(told, [], "{told:?}");
}
