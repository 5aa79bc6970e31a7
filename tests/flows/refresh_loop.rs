//! The loop that watches over all connections: in time, not before, and each by itself [B2, B13, B14, S160].

use domain::lifecycle::refresh_time::margin;
use domain::token::Expiry;
use engine::flows::refresh::RefreshWhy;
use practice::{Endpoint, Faults, PracticeProvider, Settings};
use std::time::Duration;

use super::support::{HOUR, MINUTE, World, refreshes, within};

/// B2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_refreshed_at_its_margin_and_not_before() {
    let world = World::start().await;
    let connection = world.connect().await;
    let overview = world.engine.overview(&connection.id).unwrap();
    let due = overview.refresh_at.unwrap();
    let Expiry::At(expires_at) = connection.token.unwrap().expiry else { panic!("an hour was said") };
    let early = Duration::try_from(expires_at.duration_since(due)).unwrap();
    assert!(margin(HOUR) <= early && early <= margin(HOUR).mul_f64(1.2), "six minutes, and a little spread: {early:?}");
    let _watch = world.engine.watch();

    let until_due = Duration::try_from(due.duration_since(world.clock.now())).unwrap();
    world.pass_time(until_due - Duration::from_secs(1));
    settle(&world).await;
    assert!(world.refreshes().is_empty(), "not before its time");
    world.pass_time(Duration::from_secs(1));

    within(world.practice.until_logged(|log| !only_refreshes(log).is_empty())).await;
    wait_for_version(&world, 2, &connection.id).await;
    let next = world.engine.overview(&connection.id).unwrap().refresh_at.unwrap();
    assert!(next > due, "and the next one is an hour later");
    assert_eq!(world.refreshes().len(), 1);
}

/// B2, S160: after a long sleep one refresh is enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_long_sleep_it_is_refreshed_once() {
    let world = World::start().await;
    let connection = world.connect().await;
    let _watch = world.engine.watch();

    world.pass_time(30 * HOUR);
    wait_for_version(&world, 2, &connection.id).await;

    settle(&world).await;
    assert_eq!(world.refreshes().len(), 1, "no stampede");
    assert_eq!(world.status(&connection.id).0, "active");
}

/// B13, S165: one provider hangs; the other's connections are refreshed in time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_delays_nobody_else() {
    let world = World::start().await;
    let other = PracticeProvider::start(Settings::default()).await.unwrap();
    for account in ["mira", "jonas", "exports"] {
        world.signs_in_as(account);
        world.connect().await;
    }
    other.consent_automatically(Some("mira"));
    world.engine.find_or_discover(other.issuer()).await.unwrap();
    let client = engine::flows::connect::ClientChoice::New {
        client_id: PracticeProvider::default_client_id().into(),
        client_secret: None,
    };
    let elsewhere = world
        .connect_with(engine::flows::connect::ConnectRequest {
            provider: other.issuer().to_owned(),
            client,
            ..world.request()
        })
        .await;
    world.set_faults(Faults::default().never_answers());
    let _watch = world.engine.watch();

    other.pass_time(HOUR);
    world.pass_time(HOUR);

    wait_for_version(&world, 2, &elsewhere.id).await;
    assert_eq!(refreshes(&other).len(), 1);
    let hanging = world.engine.list_connections().unwrap();
    let untouched = hanging.iter().filter(|it| it.connection.token.as_ref().unwrap().version.0 == 1).count();
    assert_eq!(untouched, 3, "the others still wait for their provider");
}

/// B2, B13: what a person has refreshed while it stood in the queue is not refreshed again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_refresh_that_a_person_made_meanwhile_is_left_out() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for account in ["mira", "jonas", "exports"] {
        world.signs_in_as(account);
        ids.push(world.connect().await.id);
    }
    world.set_faults(Faults::default().answers_slowly(Duration::from_secs(4)).for_token_requests(2));
    let _watch = world.engine.watch();
    world.pass_time(HOUR);
    within(world.practice.until_logged(|log| only_refreshes(log).len() == 2)).await;

    // Two are under way and the third waits for its turn: whichever it is, it is clicked now.
    let mut clicks = tokio::task::JoinSet::new();
    for id in ids.clone() {
        let engine = world.engine.clone();
        clicks.spawn(async move { engine.refresh(&id, RefreshWhy::Person).await.unwrap() });
    }
    clicks.join_all().await;

    settle(&world).await;
    assert_eq!(world.refreshes().len(), 3, "one for each connection");
    assert!(ids.iter().all(|id| world.engine.connection(id).unwrap().token.unwrap().version.0 == 2));
}

/// B10, B12, C9: nothing renews it and nobody asks for it: that a person is needed is written down all the same, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_runs_out_with_nothing_to_renew_it_is_an_event_once_and_counts() {
    let world = World::start().await;
    world.set_faults(Faults::default().no_refresh_token());
    let mira = world.connect().await.id;
    world.engine.set_automatic_refresh(&mira, false).unwrap();
    let watch = world.engine.watch();
    world.pass_time(59 * MINUTE);
    world.signs_in_as("jonas");
    let jonas = world.connect().await.id;
    settle(&world).await;
    assert_eq!(needed(&world, &mira), 0, "it holds for another minute");

    world.pass_time(2 * MINUTE);
    within(async {
        while needed(&world, &mira) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    drop(watch);
    let another = world.opened_again();
    let _watch = another.watch();
    world.pass_time(HOUR);
    within(async {
        while needed(&world, &jonas) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    assert_eq!(needed(&world, &mira), 1, "who leads next has read it");
    assert_eq!(world.status(&mira).1, "token_over");
    let all = world.engine.list_events(Some(&mira), 9).unwrap();
    let (_, event) = all.iter().find(|(_, it)| it.kind.as_str() == "reauth_required_set").unwrap();
    assert_eq!(event.diagnosis.as_ref().unwrap().cause.as_str(), "refresh_token_missing");
    world.set_faults(Faults::default());
    world.reconnect(&jonas).await;
    let overall = world.engine.health(world.clock.now() - 24 * HOUR).unwrap().overall;
    assert_eq!((overall.reauth_prompted_count, overall.reauth_completed_count), (2, 1), "one has come");
}

fn needed(world: &World, id: &domain::ConnectionId) -> usize {
    world.event_kinds(Some(id)).iter().filter(|kind| **kind == "reauth_required_set").count()
}

/// B14
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_switched_off_is_left_alone_until_a_person_or_a_switch_says_otherwise() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.engine.set_automatic_refresh(&connection.id, false).unwrap();
    let _watch = world.engine.watch();

    world.pass_time(HOUR - MINUTE);
    settle(&world).await;
    assert!(world.refreshes().is_empty(), "switched off is off");
    assert_eq!(world.status(&connection.id), ("expiring", "refresh_switched_off"));

    world.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
    assert_eq!(world.refreshes().len(), 1, "a click works all the same");
    world.pass_time(HOUR - MINUTE);
    world.engine.set_automatic_refresh(&connection.id, true).unwrap();
    wait_for_version(&world, 3, &connection.id).await;
}

/// B14, S161: two programs on one board; one of them runs the loop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_engines_on_one_board_one_refreshes() {
    let world = World::start().await;
    let connection = world.connect().await;
    let other = world.opened_again();
    let _watches = (world.engine.watch(), other.watch());

    for round in 2..=4 {
        world.pass_time(HOUR);
        wait_for_version(&world, round, &connection.id).await;
    }

    settle(&world).await;
    assert_eq!(world.refreshes().len(), 3, "one request for each expiry");
}

/// Goes to the provider and back a few times: what was woken before has asked by then.
async fn settle(world: &World) {
    for _ in 0..5 {
        world.engine.find_or_discover(world.practice.issuer()).await.unwrap();
    }
}

async fn wait_for_version(world: &World, version: u32, id: &domain::ConnectionId) {
    let mut notices = world.engine.notices();
    let reached = async {
        while world.engine.connection(id).unwrap().token.unwrap().version.0 < version {
            // The other engine's changes come without a notice.
            drop(tokio::time::timeout(Duration::from_millis(20), notices.recv()).await);
        }
    };
    within(reached).await;
}

fn only_refreshes(log: &[practice::LoggedRequest]) -> Vec<&practice::LoggedRequest> {
    log.iter()
        .filter(|it| it.endpoint == Endpoint::Token && it.grant_type == Some(practice::GrantType::RefreshToken))
        .collect()
}
