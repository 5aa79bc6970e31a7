//! Several sign-ins: the same account twice, eight at once, environments that do not mix [A1, A7, A9, S043].

use std::collections::BTreeSet;

use domain::connection::Environment;
use engine::Error;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use tokio::task::JoinSet;

use super::support::{World, settled, within};

/// A1, A7: the same account again is the same connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_account_signed_in_twice_takes_the_place_of_its_first_grant() {
    let world = World::start().await;
    let first = world.connect().await;

    let second = world.connect().await;

    assert_eq!(first.id, second.id, "one grant of one account is one connection");
    assert_eq!(world.engine.board().unwrap().connections.len(), 1);
    assert_eq!(world.bundle_count().await, 1, "the older bundle is erased");
    assert_eq!(second.token.unwrap().version.0, 2, "the version only grows");
    assert!(world.still_works(&first.id).await);
}

/// A9
#[tokio::test]
async fn a_client_of_one_environment_is_not_used_for_another() {
    let world = World::start().await;
    let connection = world.connect().await;

    let refused = world
        .engine
        .begin_connect(ConnectRequest {
            client: ClientChoice::Known(connection.client),
            environment: Environment::Sandbox,
            ..world.request()
        })
        .await;

    assert!(matches!(refused, Err(Error::EnvironmentsDiffer { .. })), "{refused:?}");
}

/// S043: eight at once, their codes swapped: each is refused or matched right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_sign_ins_at_once_never_cross() {
    let world = World::start().await;
    let mut waiting = Vec::new();
    for number in 0..8 {
        world.signs_in_as(["mira", "jonas", "exports"][number % 3]);
        waiting.push(world.waiting_sign_in().await);
    }
    assert!(
        matches!(world.engine.begin_connect(world.request()).await, Err(Error::TooManySignIns)),
        "a storm of tabs ends at eight"
    );

    // Each one's answer first goes to its neighbour's listener.
    for number in 0..8 {
        let (mut swapped, other) = (waiting[number].1.clone(), &waiting[(number + 1) % 8].1);
        swapped.set_port(other.port()).unwrap();
        let page = world.person.follow(&swapped).await.unwrap();
        assert!(page.status >= 400, "a state of another sign-in is a stranger's");
    }
    let mut people = JoinSet::new();
    for (_, callback) in waiting.iter().rev() {
        let (person, callback) = (world.person.clone(), callback.clone());
        people.spawn(async move { person.follow(&callback).await.unwrap() });
    }
    people.join_all().await;
    let mut connected = BTreeSet::new();
    for (sign_in, _) in &waiting {
        match within(settled(&world.engine, &sign_in.id)).await {
            SignInProgress::Connected(id) => drop(connected.insert(id)),
            other => panic!("{other:?}"),
        }
    }

    assert_eq!(connected.len(), 3, "three accounts, three connections");
    for overview in world.engine.board().unwrap().connections {
        let fingerprint = overview.connection.token.unwrap().refresh_fingerprint.unwrap();
        let grants = world.practice.grants();
        let owner = grants
            .iter()
            .find(|grant| grant.refresh_tokens.iter().any(|token| token.fingerprint == fingerprint.as_str()))
            .unwrap();
        assert_eq!(
            overview.connection.identity.subject.as_deref(),
            Some(owner.account.as_str()),
            "nobody else's token"
        );
    }
}
