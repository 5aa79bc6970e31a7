//! Grants that a later sign-in replaced: ended where that ends no other, else counted [A8, A10].

use std::time::Duration;

use domain::connection::{Connection, GrantState};
use domain::{ConnectionId, ProviderId};
use engine::Engine;
use engine::flows::connect::SignInProgress;
use engine::flows::left_grants::OldGrant;
use engine::flows::refresh::RefreshWhy;
use practice::{Faults, StagedCause};

use super::grants::{connect_played, world_with_a_played_revocation};
use super::support::{World, settled};

const PATIENCE: Duration = Duration::from_secs(10);

/// A provider that lets so many grants of an account live, and whose revocation has this effect.
pub(crate) async fn world_with_a_limit(effect: &str, count: u32) -> (World, Engine) {
    let (world, _) = world_with_a_played_revocation(effect, false, serde_json::json!({})).await;
    let path = world.folder.path().join("providers/played.json");
    let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["refresh"]["live_tokens"] =
        serde_json::json!({ "count": count, "per": "account_and_client", "excess": "oldest_ends" });
    std::fs::write(&path, file.to_string()).unwrap();
    let engine = world.opened_again();
    assert_eq!(engine.catalogue_errors(), [""; 0]);
    (world, engine)
}

async fn reconnect(engine: &Engine, connection: &Connection) {
    let sign_in = engine.begin_reconnect(&connection.id, true).await.unwrap();
    let progress = settled(engine, &sign_in.id).await;
    assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
}

fn counted(engine: &Engine) -> Vec<(usize, bool)> {
    let budgets = engine.grant_budgets(&ProviderId::from_text("played")).unwrap();
    let (_, budget) = &budgets[0];
    budget.shares.iter().map(|share| (share.count(), budget.is_spent(share))).collect()
}

fn alive(world: &World) -> usize {
    world.practice.grants().iter().filter(|it| it.is_alive()).count()
}

/// A8: what the provider still keeps counts, though one connection is all there is to see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_grant_counts_while_it_lives_at_the_provider() {
    let (world, engine) = world_with_a_limit("this_grant", 3).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    assert_eq!(counted(&engine), [(1, false)]);

    reconnect(&engine, &connection).await;
    reconnect(&engine, &connection).await;
    assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, Some(OldGrant::LeftAlive));

    assert_eq!(alive(&world), 3, "two consents of one account may be one grant there: the old is not revoked");
    assert_eq!(counted(&engine), [(3, true)], "one connection, three grants");
    engine.disconnect(&connection.id).await.unwrap();
    assert_eq!(counted(&engine), [(2, false)], "its own was ended, the others were not");
}

/// A8, A10: where each token ends by itself, the old one is taken back, and nothing is left to count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_grant_is_ended_where_that_ends_no_other() {
    let (world, engine) = world_with_a_limit("this_token", 3).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;

    reconnect(&engine, &connection).await;

    assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, Some(OldGrant::Revoked));
    assert_eq!((alive(&world), counted(&engine)), (1, vec![(1, false)]), "never both revoked and counted");
    let test = engine.run_test_call(&connection.id).await.unwrap();
    assert_eq!(test.failure, None, "the new one lives");
}

/// A10: an answer that never came is no answer, and a dead grant is none to speak of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_the_old_grant_is_only_said_where_it_is_known() {
    let (world, engine) = world_with_a_limit("this_token", 3).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, None, "the first takes no place");
    world.set_faults(practice::Faults::default().revocation_answers(503));

    reconnect(&engine, &connection).await;

    assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, Some(OldGrant::LeftAlive), "it was refused");
    assert_eq!(counted(&engine), [(2, false)], "and counts");
    world.set_faults(practice::Faults::default());
    engine.disconnect(&connection.id).await.unwrap();
    reconnect(&engine, &connection).await;
    assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, None, "there was none that lived");
}

/// Why a grant that may live is not known to.
#[derive(Debug, Clone, Copy)]
enum Doubt {
    AnswerLost,
    Blocked,
    SecretMissing,
}

impl Doubt {
    async fn come_over(self, world: &World, engine: &Engine, id: &ConnectionId) {
        match self {
            Self::AnswerLost | Self::Blocked => {
                let faults = match self {
                    Self::Blocked => Faults::default().stages(StagedCause::of("account_disabled").unwrap()),
                    Self::AnswerLost | Self::SecretMissing => Faults::default().drops_answer_after_rotating(),
                };
                world.set_faults(faults);
                engine.refresh(id, RefreshWhy::Person).await.unwrap();
                world.set_faults(Faults::default());
            }
            Self::SecretMissing => {
                engine.until_quiet().await;
                let mut items = world.keychain.items();
                items.retain(|name, _| !name.contains(id.as_str()));
                world.keychain.put_items(items);
                engine.refresh(id, RefreshWhy::Person).await.unwrap();
            }
        }
        let grant = engine.connection(id).unwrap().grant;
        assert!(!matches!(grant, GrantState::Alive { .. }), "{self:?}: {grant:?}");
    }
}

/// A8, A10: what may live is let go like what is known to, whether a sign-in or a disconnect does it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_may_live_is_not_forgotten() {
    for doubt in [Doubt::AnswerLost, Doubt::Blocked, Doubt::SecretMissing] {
        let (world, engine) = world_with_a_limit("this_grant", 3).await;
        let connection = connect_played(&world, &engine, &["files.read"]).await;
        doubt.come_over(&world, &engine, &connection.id).await;

        reconnect(&engine, &connection).await;

        assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, Some(OldGrant::LeftAlive), "{doubt:?}");
        assert_eq!((alive(&world), counted(&engine)), (2, vec![(2, false)]), "{doubt:?}");
    }
    for (doubt, fate, left) in [
        (Doubt::Blocked, OldGrant::Revoked, 1),
        // Its tokens are gone: nobody can end it.
        (Doubt::SecretMissing, OldGrant::LeftAlive, 2),
    ] {
        let (world, engine) = world_with_a_limit("this_token", 3).await;
        let connection = connect_played(&world, &engine, &["files.read"]).await;
        doubt.come_over(&world, &engine, &connection.id).await;

        reconnect(&engine, &connection).await;

        assert_eq!(engine.old_grant(&connection.id, PATIENCE).await, Some(fate), "{doubt:?}");
        assert_eq!((alive(&world), counted(&engine)), (left, vec![(left, false)]), "{doubt:?}");
    }
    let (world, engine) = world_with_a_limit("this_token", 3).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    Doubt::SecretMissing.come_over(&world, &engine, &connection.id).await;
    engine.disconnect(&connection.id).await.unwrap();
    assert_eq!((alive(&world), counted(&engine)), (1, vec![(1, false)]), "erased here, and never revoked");
}

/// A8, A10: erased here alone, it goes on counting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_whose_revocation_failed_goes_on_counting() {
    let (world, engine) = world_with_a_limit("this_grant", 3).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    world.set_faults(practice::Faults::default().revocation_refuses_public_clients());

    engine.disconnect(&connection.id).await.unwrap();

    assert_eq!((alive(&world), counted(&engine)), (1, vec![(1, false)]));
}
