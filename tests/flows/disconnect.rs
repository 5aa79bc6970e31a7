//! Saying goodbye: what it strands is said first, the provider is told, nothing stays in the keychain
//! [A10, S078, S079, S080].

use domain::connection::farewell::RevocationPlan;
use engine::Error;
use engine::flows::disconnect::RevocationResult;
use engine::flows::labels::NewDependant;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::keychain::Mood;
use practice::{EndReason, Endpoint, Faults, GrantState, StagedCause};

use super::support::{HOUR, World};

/// A10, S078
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_names_what_it_strands_then_revokes_and_erases() {
    let world = World::start().await;
    let connection = world.connect().await;
    let dependant = world.engine.add_dependant(&connection.id, workflow("Nightly export")).unwrap();

    let plan = world.engine.plan_disconnect(&connection.id).unwrap();
    assert_eq!(plan.revocation, RevocationPlan::EndsThisGrant);
    assert_eq!(plan.stranded, [dependant], "named before anything is done");
    assert!(world.practice.grants()[0].is_alive() && world.bundle_count().await == 1, "a plan does nothing");
    let done = world.engine.disconnect(&connection.id).await.unwrap();

    assert_eq!((done.revocation, done.stranded_count), (RevocationResult::Revoked, 1));
    assert!(matches!(world.practice.grants()[0].state, GrantState::Ended { why: EndReason::RevokedByClient, .. }));
    assert_eq!(
        world.bundle_count().await,
        0,
        "nothing of it stays in the keychain: {:?}",
        world.keychain.items().keys()
    );
    assert_eq!(world.status(&connection.id).0, "disconnected");
    let outcome = world.refresh(&connection.id).await;
    assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "nobody refreshes it any more: {outcome:?}");
    assert!(world.event_kinds(Some(&connection.id)).contains(&"disconnected"));
}

/// S079: what the provider did not do is said, not hidden.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_is_refused_still_erases_here_and_says_what_was_not_done() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().revocation_answers(503));

    let done = world.engine.disconnect(&connection.id).await.unwrap();

    assert_eq!(done.revocation, RevocationResult::Failed { http_status: Some(503) });
    assert_eq!(world.bundle_count().await, 0, "erased here");
    assert!(world.practice.grants()[0].is_alive(), "and alive there, as was said");
    let kinds = world.event_kinds(Some(&connection.id));
    assert!(kinds.contains(&"revocation_failed"), "it stands in the timeline: {kinds:?}");
}

/// A7, A10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_disconnected_comes_back_under_its_id_with_its_dependants() {
    let world = World::start().await;
    let connection = world.connect().await;
    let dependant = world.engine.add_dependant(&connection.id, workflow("Nightly export")).unwrap();
    world.engine.disconnect(&connection.id).await.unwrap();

    let (_, progress) = world.reconnect(&connection.id).await;

    assert!(progress.is_over(), "the same account needs no question: {progress:?}");
    assert_eq!(world.status(&connection.id), ("active", "kept_alive"));
    assert_eq!(world.engine.list_dependants(&connection.id).unwrap(), [dependant]);
    assert!(world.engine.connection(&connection.id).unwrap().token.unwrap().version.0 > 1, "a version is used once");
    assert!(world.still_works(&connection.id).await);
    world.engine.until_quiet().await;
    let reconciled = world.opened_again().reconcile().await.unwrap();
    assert_eq!(reconciled.erased_count, 0, "the farewell of before does not erase what came back");
}

/// A10: only what is disconnected can be forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgetting_takes_the_row_its_dependants_and_its_timeline() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.engine.add_dependant(&connection.id, workflow("Nightly export")).unwrap();
    assert!(world.engine.forget_connection(&connection.id).is_err(), "its grant still lives at the provider");
    world.engine.disconnect(&connection.id).await.unwrap();

    world.engine.forget_connection(&connection.id).unwrap();

    assert!(matches!(world.engine.connection(&connection.id), Err(Error::ConnectionGone(_))));
    assert!(world.engine.list_dependants(&connection.id).unwrap().is_empty());
    assert!(world.event_kinds(Some(&connection.id)).is_empty());
    let again = world.connect().await;
    assert_ne!(again.id, connection.id, "whoever comes later is a new connection");
}

/// A10: a keychain that is locked keeps the tokens, and so must we keep the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_stops_a_disconnect_before_anything_is_said() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.keychain.be(Mood::Locked);
    world.practice.clear_log();

    let refused = world.engine.disconnect(&connection.id).await;

    assert!(matches!(refused, Err(Error::VaultUnavailable(_))), "{refused:?}");
    assert!(world.practice.log().iter().all(|it| it.endpoint != Endpoint::Revocation));
    world.keychain.heal();
    assert_eq!(world.status(&connection.id).0, "active", "nothing was half done");
    assert!(world.still_works(&connection.id).await);
}

/// A10: the same where the provider has nothing to be asked, and only the keychain has to let go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_stops_a_disconnect_that_no_provider_is_asked_for() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.forget_the_revocation_endpoint();
    world.keychain.be(Mood::Locked);

    let refused = world.engine.disconnect(&connection.id).await;

    assert!(matches!(refused, Err(Error::VaultUnavailable(_))), "{refused:?}");
    world.keychain.heal();
    assert_eq!(world.status(&connection.id).0, "active", "nothing was half done");
    let done = world.engine.disconnect(&connection.id).await.unwrap();
    assert_eq!((done.revocation, world.bundle_count().await), (RevocationResult::NotOffered, 0));
}

/// A10: the erasure that a failing keychain did not do is done at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_that_failed_is_made_up_for_at_the_next_start() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.keychain.be(Mood::ReadOnly);

    let done = world.engine.disconnect(&connection.id).await;

    assert!(matches!(done, Err(Error::VaultUnavailable(_))), "it is said that something stayed: {done:?}");
    assert_eq!(world.bundle_count().await, 1);
    assert_eq!(world.status(&connection.id).0, "disconnected", "revoked there, and so it is called");
    world.keychain.heal();
    let reconciled = world.opened_again().reconcile().await.unwrap();
    assert_eq!((reconciled.erased_count, world.bundle_count().await), (1, 0));
}

fn workflow(name: &str) -> NewDependant {
    NewDependant { workflow: name.into(), place: None, step: None, owner: None }
}

/// A10, B5: an account that was disabled comes back with its grant; only a person asks whether it has, and a disconnect
/// revokes what may come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_behind_a_disabled_account_is_not_given_up() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    let disabled = Faults::default().stages(StagedCause::of("account_disabled").unwrap());
    world.set_faults(disabled.clone());
    let refused = world.engine.refresh(id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(refused, RefreshOutcome::GrantEnded { .. }), "{refused:?}");

    world.practice.clear_log();
    world.engine.refresh(id, RefreshWhy::Needed { min_valid: HOUR }).await.unwrap();
    assert_eq!(world.refreshes().len(), 0, "no program asks on");
    world.set_faults(Faults::default());
    let back = world.engine.refresh(id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(back, RefreshOutcome::Refreshed { .. }), "{back:?}");
    assert_eq!(world.status(id).0, "active");

    world.set_faults(disabled);
    world.engine.refresh(id, RefreshWhy::Person).await.unwrap();
    world.set_faults(Faults::default());
    let gone = world.engine.disconnect(id).await.unwrap();
    assert_eq!(gone.revocation, RevocationResult::Revoked);
}
