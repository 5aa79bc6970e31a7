//! What the scheduler does when many things go wrong at once: providers that hang, fail or ask for peace, a network
//! that is gone, a leader that goes [B4, B6, B12, B13, S159, S161 to S165].

use std::time::Duration;

use domain::board::Headline;
use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::lifecycle_event::EventKind;
use domain::token::Expiry;
use domain::{ConnectionId, TokenVersion};
use engine::flows::connect::{ClientChoice, ConnectRequest};
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::{Engine, Notice};
use practice::{Faults, PracticeProvider, Settings};

use super::support::{HOUR, MINUTE, World, refreshes, timeouts, within};

/// B13, S165: eight places overall, and four providers that hang: they give way after a few seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_providers_that_hang_do_not_keep_a_fifth_waiting() {
    let world = World::start_with(Settings::default(), timeouts(Duration::from_secs(60))).await;
    let mut hanging = vec![];
    for _ in 0..4 {
        let provider = provider_beside(&world).await;
        for account in ["mira", "jonas"] {
            connect_at(&world, &provider, account).await;
        }
        provider.set_faults(Faults::default().never_answers());
        hanging.push(provider);
    }
    let _watch = world.engine.watch();
    world.clock.advance(HOUR);
    for provider in &hanging {
        within(provider.until_logged(|_| refreshes(provider).len() == 2)).await;
    }

    // All places are taken by now.
    world.practice.pass_time(HOUR);
    let fifth = world.connect().await;
    world.clock.advance(HOUR);

    wait_for_version(&world.engine, 2, &fifth.id).await;
    assert!(hanging.iter().all(|it| refreshes(it).len() == 2), "each waits at its own provider, twice and no more");
}

/// B4, S162: after five failures in a row a provider is left alone, then tried once, then all go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_fails_is_left_alone_and_tried_with_one() {
    let world = World::start().await;
    let mut ids = vec![];
    for account in ["mira", "jonas", "exports"] {
        world.signs_in_as(account);
        ids.push(world.connect().await.id);
    }
    world.set_faults(Faults::default().answers_status(503));
    let _watch = world.engine.watch();
    world.pass_time(HOUR);
    // Each time a minute passes every streak's wait is over; the provider's own pause begins with the fifth failure.
    let mut asked = 0;
    for minute in 1..=120 {
        world.pass_time(MINUTE);
        quiet(&world).await;
        let count = world.refreshes().len();
        assert!(minute < 30 || count - asked <= 3, "no more than a try for each: {} in minute {minute}", count - asked);
        asked = count;
    }
    assert!(asked < 120, "two hours of outage are few requests: {asked}");
    assert!(ids.iter().all(|id| world.status(id) == ("expiring", "refresh_failing")));

    world.set_faults(Faults::default());
    for _ in 0..40 {
        world.pass_time(MINUTE);
        quiet(&world).await;
    }
    for id in &ids {
        wait_for_version(&world.engine, 2, id).await;
    }
    assert!(ids.iter().all(|id| world.status(id).0 == "active"));
}

/// B6, S162: what a provider asks of one it asks of all; a click goes all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_asks_for_peace_is_left_alone_by_all_but_a_person() {
    let world = World::start().await;
    let first = world.connect().await;
    world.signs_in_as("jonas");
    let second = world.connect().await;
    world.set_faults(Faults::default().retry_after("600").for_token_requests(1));
    world.pass_time(HOUR);
    assert!(matches!(world.refresh(&first.id).await, RefreshOutcome::Failed { .. }));

    let needed = world.engine.refresh(&second.id, RefreshWhy::Needed { min_valid: MINUTE }).await.unwrap();
    let RefreshOutcome::Failed { diagnosis, retry_at } = needed else { panic!("it asked for peace: {needed:?}") };
    assert_eq!(diagnosis.cause, CauseLabel::RateLimited);
    assert!(retry_at > world.clock.now() + 9 * MINUTE, "as long as it asked for");
    let _watch = world.engine.watch();
    quiet(&world).await;
    assert_eq!(world.refreshes().len(), 1, "nobody asks by himself");

    assert!(matches!(world.refresh(&second.id).await, RefreshOutcome::Refreshed { .. }), "a click bypasses the wait");
}

/// S161, S163: told once, tried now and then, and taken up by all when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_gone_is_told_once_and_everything_goes_on_when_it_is_back() {
    let world = World::start().await;
    let ours = world.connect().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state_file: Some(folder.path().join("state.json")), ..Settings::default() };
    let other = PracticeProvider::start(settings.clone()).await.unwrap();
    let theirs = connect_at(&world, &other, "mira").await;
    let gone = provider_beside(&world).await;
    let third = connect_at(&world, &gone, "mira").await;
    let port = other.port();
    other.stop().await;
    gone.stop().await;
    world.set_faults(Faults::default().never_answers());
    // Ours hangs: it says nothing about the network until it answers.
    world.engine.set_automatic_refresh(&ours.id, false).unwrap();
    let _watch = world.engine.watch();

    world.clock.advance(HOUR);
    within(async {
        while world.engine.network_down_since().is_none() {
            quiet(&world).await;
        }
    })
    .await;
    for _ in 0..240 {
        world.clock.advance(MINUTE);
        tokio::task::yield_now().await;
    }
    let failures = |id: &ConnectionId| world.engine.connection(id).unwrap().refresh_failures.map(|it| it.count);
    for id in [&theirs.id, &third.id] {
        let streak = failures(id).unwrap_or_default();
        assert!(streak <= 2, "four hours without a network are no streak of {streak}");
        assert_eq!(world.status(id).0, "expiring", "neither green nor dead");
    }
    assert_eq!(count_of(&world, EventKind::NetworkLost), 1);

    let back = PracticeProvider::start(Settings { port, ..settings }).await.unwrap();
    within(async {
        while world.engine.network_down_since().is_some() {
            world.clock.advance(MINUTE);
            quiet(&world).await;
        }
    })
    .await;
    wait_for_version(&world.engine, 2, &theirs.id).await;
    assert_eq!(refreshes(&back).len(), 1);
    assert_eq!((count_of(&world, EventKind::NetworkLost), count_of(&world, EventKind::NetworkBack)), (1, 1));
}

/// B13: hosts that are gone are theirs as long as another answers, however many they are; nobody else waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_hosts_are_no_lost_network_while_another_answers() {
    let world = World::start().await;
    let ours = world.connect().await;
    let mut dead = vec![];
    for _ in 0..4 {
        let provider = provider_beside(&world).await;
        dead.push(connect_at(&world, &provider, "mira").await.id);
        provider.stop().await;
    }
    let _watch = world.engine.watch();

    for version in 2..=6 {
        world.pass_time(HOUR);
        wait_for_version(&world.engine, version, &ours.id).await;
        for _ in 0..10 {
            world.pass_time(MINUTE);
            quiet(&world).await;
        }
    }

    assert_eq!((count_of(&world, EventKind::NetworkLost), world.engine.network_down_since()), (0, None));
    let failures = |id: &ConnectionId| world.engine.connection(id).unwrap().refresh_failures.map(|it| it.count);
    assert!(
        dead.iter().all(|id| failures(id).is_some_and(|count| count > 2)),
        "they are tried, and their streaks grow"
    );
}

/// B13, S163: a process that refreshes nothing by itself would never find out that it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_refreshes_nothing_by_itself_tells_of_no_lost_network() {
    let world = World::start().await;
    let mut dead = vec![];
    for _ in 0..3 {
        let provider = provider_beside(&world).await;
        dead.push(connect_at(&world, &provider, "mira").await.id);
        provider.stop().await;
    }

    for id in dead.iter().chain(&dead) {
        assert!(matches!(world.refresh(id).await, RefreshOutcome::Failed { .. }));
    }

    assert_eq!((count_of(&world, EventKind::NetworkLost), world.engine.network_down_since()), (0, None));
}

/// B13, S163: the others are asked before anybody says that there is no network, and when none of them answers it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_is_gone_once_those_who_were_not_due_do_not_answer_either() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state_file: Some(folder.path().join("state.json")), ..Settings::default() };
    let lasting = PracticeProvider::start(settings.clone()).await.unwrap();
    lasting.set_faults(Faults::default().access_token_lifetime(90 * HOUR));
    world.engine.find_or_discover(lasting.issuer()).await.unwrap();
    connect_at(&world, &lasting, "mira").await;
    for _ in 0..2 {
        let provider = provider_beside(&world).await;
        connect_at(&world, &provider, "mira").await;
        provider.stop().await;
    }
    let port = lasting.port();
    lasting.stop().await;
    let _watch = world.engine.watch();

    world.clock.advance(HOUR);
    within(async {
        while world.engine.network_down_since().is_none() {
            quiet(&world).await;
        }
    })
    .await;

    // Nothing of it is due for days: it is asked for an answer alone.
    let back = PracticeProvider::start(Settings { port, ..settings }).await.unwrap();
    within(async {
        while world.engine.network_down_since().is_some() {
            world.clock.advance(MINUTE);
            quiet(&world).await;
        }
    })
    .await;
    assert!(refreshes(&back).is_empty(), "no token was spent to find out");
    assert_eq!((count_of(&world, EventKind::NetworkLost), count_of(&world, EventKind::NetworkBack)), (1, 1));
}

/// B1, B4: a day and a half of outage is no green light and no dead grant, and ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_36_hours_shows_and_loses_nothing() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_status(503));
    let _watch = world.engine.watch();
    for _ in 0..36 {
        world.pass_time(HOUR);
        quiet(&world).await;
    }
    assert_eq!(world.status(&connection.id), ("expiring", "refresh_failing"));
    let over_at = world.engine.connection(&connection.id).unwrap().token.unwrap().expiry;
    let board = world.engine.board().unwrap();
    assert_eq!(
        board.headline,
        Headline::SomeDown { count: 1, first: connection.id.clone(), next_end: None },
        "nobody is called, and nothing is called well"
    );
    assert_eq!(board.connections[0].status.over_since.map(Expiry::At), Some(over_at), "down since its token ended");

    world.set_faults(Faults::default());
    for _ in 0..8 {
        world.pass_time(15 * MINUTE);
        quiet(&world).await;
    }
    wait_for_version(&world.engine, 2, &connection.id).await;
    assert_eq!(world.status(&connection.id).0, "active");
}

/// S163: a hotel's page in the place of the token answer changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captive_portal_ends_no_grant() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_html());
    let _watch = world.engine.watch();
    for _ in 0..24 {
        world.pass_time(HOUR);
        quiet(&world).await;
    }
    assert_eq!(world.status(&connection.id), ("expiring", "refresh_failing"));

    assert!(world.still_works(&connection.id).await, "the grant is as it was");
}

/// S161: what piled up in sleep is spread; who asks for a token does not wait for his turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_sleep_what_piled_up_is_spread_and_who_asks_is_served_at_once() {
    let world = World::start().await;
    let mut providers = vec![];
    let mut connections = vec![];
    for _ in 0..20 {
        let provider = provider_beside(&world).await;
        connections.push(connect_at(&world, &provider, "mira").await.id);
        providers.push(provider);
    }
    let _watch = world.engine.watch();
    quiet(&world).await;
    for provider in &providers {
        provider.pass_time(30 * HOUR);
    }
    world.clock.advance(30 * HOUR);
    let done = || providers.iter().filter(|it| !refreshes(it).is_empty()).count();
    within(async {
        while done() < 2 {
            quiet(&world).await;
        }
    })
    .await;
    assert!(done() < 10, "twenty are not begun together: {}", done());

    for id in &connections {
        world.engine.fresh_access_token(id, MINUTE, "a test").await.unwrap();
    }
    assert!(providers.iter().all(|it| refreshes(it).len() == 1), "each once, whoever asked");
}

/// C9: how late a refresh was, from its time to its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scheduled_refresh_says_how_late_it_was() {
    let world = World::start().await;
    let connection = world.connect().await;
    let due = world.engine.overview(&connection.id).unwrap().refresh_at.unwrap();
    let until_due = Duration::try_from(due.duration_since(world.clock.now())).unwrap();
    world.pass_time(until_due + 2 * MINUTE);

    let _watch = world.engine.watch();
    wait_for_version(&world.engine, 2, &connection.id).await;
    assert_eq!(event_of(&world, EventKind::RefreshSucceeded).lateness, Some(2 * MINUTE));

    world.refresh(&connection.id).await;
    assert_eq!(event_of(&world, EventKind::RefreshSucceeded).lateness, None, "a click has no time of its own");
}

/// B14, S159: quitting releases; the other one takes over without anybody's clock moving.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_leader_goes_another_takes_over() {
    let world = World::start().await;
    let connection = world.connect().await;
    let other = world.opened_again();
    let leading = world.engine.watch();
    world.pass_time(HOUR);
    wait_for_version(&world.engine, 2, &connection.id).await;
    let _following = other.watch();

    drop(leading);
    world.pass_time(HOUR);

    wait_for_version(&other, 3, &connection.id).await;
    assert_eq!(world.refreshes().len(), 2);
}

/// S160: nobody asks every second; the file system tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_writes_is_noticed() {
    let world = World::start().await;
    let connection = world.connect().await;
    let other = world.opened_again();
    let _watch = world.engine.watch();
    let mut notices = world.engine.notices();
    let heard = tokio::spawn(async move { while notices.recv().await.unwrap() != Notice::ConnectionChanged(None) {} });

    // Until the watcher is up there is nothing to hear.
    let mut on = false;
    within(async {
        while !heard.is_finished() {
            other.set_automatic_refresh(&connection.id, on).unwrap();
            on = !on;
            quiet(&world).await;
        }
    })
    .await;
    heard.await.unwrap();
}

async fn provider_beside(world: &World) -> PracticeProvider {
    let provider = PracticeProvider::start(Settings::default()).await.unwrap();
    world.engine.find_or_discover(provider.issuer()).await.unwrap();
    provider
}

async fn connect_at(world: &World, provider: &PracticeProvider, account: &str) -> Connection {
    provider.consent_automatically(Some(account));
    let known = world.engine.find_or_discover(provider.issuer()).await.unwrap();
    let clients = world.engine.list_clients_of(&known.id).unwrap();
    let client = match clients.first() {
        Some((client, _)) => ClientChoice::Known(client.id.clone()),
        None => ClientChoice::New { client_id: PracticeProvider::default_client_id().into(), client_secret: None },
    };
    let request = ConnectRequest { provider: provider.issuer().to_owned(), client, ..world.request() };
    world.connect_with(request).await
}

/// Goes to a server and back a few times: what was woken before has asked by then.
async fn quiet(world: &World) {
    for _ in 0..3 {
        world.engine.find_or_discover(world.practice.issuer()).await.unwrap();
    }
    world.engine.until_quiet().await;
}

async fn wait_for_version(engine: &Engine, version: u32, id: &ConnectionId) {
    let mut notices = engine.notices();
    within(async {
        while engine.connection(id).unwrap().token.unwrap().version < TokenVersion(version) {
            drop(tokio::time::timeout(Duration::from_millis(20), notices.recv()).await);
        }
    })
    .await;
}

fn count_of(world: &World, kind: EventKind) -> usize {
    world.engine.list_events(None, 5000).unwrap().into_iter().filter(|(_, event)| event.kind == kind).count()
}

fn event_of(world: &World, kind: EventKind) -> domain::lifecycle_event::LifecycleEvent {
    world.engine.list_events(None, 50).unwrap().into_iter().map(|(_, event)| event).find(|it| it.kind == kind).unwrap()
}
