//! Rotating a client's secret, and every place where the program may end meanwhile [E5, A5].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::connection::Client;
use domain::connection::client_rotation::{RotationRefused, RotationStage, Tried};
use domain::diagnosis::setup_check::{SetupPart, Verdict};
use domain::{ClientId, Secret};
use engine::flows::clients::NewClient;
use engine::{Engine, Error};
use fakes::server::{Answer, Server};
use fakes::steps::Trouble;
use fakes::{Keychain, Person, Steps};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::rotation_survives_a_crash::bench::Site;
use super::support::{World, folder_in_memory};

const OLD: &str = "old-secret-3Xw9";
const NEW: &str = "new-secret-8Kd1";

/// An authorization server that takes these secrets.
async fn server(taken: Arc<Mutex<Vec<&'static str>>>) -> Server {
    Server::start(move |own, seen| {
        if seen.target.contains("/.well-known/") {
            return Answer::json(
                200,
                format!(
                    r#"{{"issuer":"{own}","authorization_endpoint":"{own}/authorize","token_endpoint":"{own}/token"}}"#
                ),
            );
        }
        let header = seen.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str());
        let pair = header.and_then(|it| it.strip_prefix("Basic ")).and_then(|it| STANDARD.decode(it).ok());
        let pair = String::from_utf8(pair.unwrap_or_default()).unwrap();
        let is_taken = taken.lock().unwrap().iter().any(|secret| pair == format!("fjord:{secret}"));
        if is_taken {
            Answer::json(400, r#"{"error":"invalid_grant"}"#)
        } else {
            Answer::json(401, r#"{"error":"invalid_client"}"#)
        }
    })
    .await
    .unwrap()
}

fn new_client(server: &Server) -> NewClient {
    NewClient {
        provider: server.url().into(),
        client_id: "fjord".into(),
        client_secret: Some(Secret::new(OLD)),
        ..NewClient::default()
    }
}

/// Whether the pair in use is let in, as the person would find out.
async fn pair_works(engine: &Engine, id: &ClientId) -> Verdict {
    let check = engine.check_client(id).await.unwrap();
    check.lines.iter().find(|line| line.part == SetupPart::ClientPair).unwrap().verdict
}

/// E5
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_staged_tested_switched_verified_and_the_old_one_forgotten() {
    let world = World::start().await;
    let taken = Arc::new(Mutex::new(vec![OLD, NEW]));
    let server = server(Arc::clone(&taken)).await;
    let (engine, client) = (&world.engine, world.engine.add_client(new_client(&server)).await.unwrap());
    let before = secrets_in(&world.keychain, &client);

    let staged = engine.stage_client_secret(&client.id, &Secret::new(NEW)).await.unwrap();
    assert_eq!(staged.stage, RotationStage::Staged);
    assert_eq!(secrets_in(&world.keychain, &client), before + 1, "both are kept");
    let tested = engine.test_staged_secret(&client.id).await.unwrap();
    assert_eq!(tested.stage, RotationStage::Tested);
    assert!(!tested.is_old_dead(), "this provider takes both");
    taken.lock().unwrap().retain(|it| *it == OLD);
    assert_eq!(pair_works(engine, &client.id).await, Verdict::Passed, "the old one is in use until the switch");
    *taken.lock().unwrap() = vec![NEW];
    assert!(matches!(
        engine.finish_rotation(&client.id).await,
        Err(Error::RotationRefused(RotationRefused::NotSwitched))
    ));
    engine.switch_client_secret(&client.id, false).await.unwrap();
    assert_eq!(pair_works(engine, &client.id).await, Verdict::Passed, "the new one is in use");
    let verified = engine.verify_client_secret(&client.id, false).await.unwrap();
    assert_eq!(verified.stage, RotationStage::Verified);

    engine.finish_rotation(&client.id).await.unwrap();

    assert_eq!(engine.rotation(&client.id).unwrap(), None);
    assert_eq!(secrets_in(&world.keychain, &client), before, "the old one is gone from the keychain");
    assert_eq!(pair_works(&world.opened_again(), &client.id).await, Verdict::Passed);
    assert!(engine.remove_client(&client.id, false).await.unwrap().is_secret_erased);
    assert_eq!(secrets_in(&world.keychain, &client), 0, "nothing of a removed client stays");
}

/// E5: refused, untold, dead, same: each is said, and the old one stays in use.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_secret_is_not_switched_to_and_going_back_works() {
    let world = World::start().await;
    let taken = Arc::new(Mutex::new(vec![OLD]));
    let server = server(Arc::clone(&taken)).await;
    let (engine, client) = (&world.engine, world.engine.add_client(new_client(&server)).await.unwrap());
    let same = engine.stage_client_secret(&client.id, &Secret::new(OLD)).await;
    assert!(matches!(same, Err(Error::RotationRefused(RotationRefused::SameSecret))));

    engine.stage_client_secret(&client.id, &Secret::new(NEW)).await.unwrap();
    let twice = engine.stage_client_secret(&client.id, &Secret::new("third")).await;
    assert!(matches!(twice, Err(Error::RotationRefused(RotationRefused::UnderWay))));
    let tested = engine.test_staged_secret(&client.id).await.unwrap();
    assert_eq!(tested.last(Tried::NewPair).unwrap().is_well, Some(false));
    let refused = engine.switch_client_secret(&client.id, false).await;
    assert!(matches!(refused, Err(Error::RotationRefused(RotationRefused::NewRefused))));

    // The person insists, sees that it does not work, and goes back.
    engine.switch_client_secret(&client.id, true).await.unwrap();
    assert_eq!(engine.verify_client_secret(&client.id, false).await.unwrap().stage, RotationStage::Switched);
    let early = engine.finish_rotation(&client.id).await;
    assert!(matches!(early, Err(Error::RotationRefused(RotationRefused::NotVerified))), "the old one is kept");
    engine.cancel_rotation(&client.id).await.unwrap();
    assert_eq!(pair_works(engine, &client.id).await, Verdict::Passed);
    assert_eq!(secrets_in(&world.keychain, &client), 1, "the new one is forgotten");

    // A provider that keeps one secret alive: the test of the old one says so.
    *taken.lock().unwrap() = vec![NEW];
    engine.stage_client_secret(&client.id, &Secret::new(NEW)).await.unwrap();
    let tested = engine.test_staged_secret(&client.id).await.unwrap();
    assert!(tested.is_old_dead(), "{tested:?}");
    assert_eq!(tested.stage, RotationStage::Tested);
}

/// E5, A5: stopped before and after every call, a rotation is where it was or one step on, the secret in use is there,
/// and nothing is left over once it has ended.
#[test]
fn a_rotation_stopped_anywhere_leaves_a_secret_that_is_there() {
    let outside = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let taken = Arc::new(Mutex::new(vec![OLD, NEW]));
    let server = outside.block_on(server(taken));
    let places = live(&outside, &server, None).1.places().len();
    assert!(places > 20, "the flow calls keychain and database more often than {places} times");

    for step in 1..=places {
        for trouble in [Trouble::StopBefore, Trouble::StopAfter] {
            let (site, steps, id) = live(&outside, &server, Some((step, trouble)));
            assert!(steps.places().len() >= step, "call {step} was reached");
            site.keychain.count_as(None);
            outside.block_on(async {
                let engine = site.open();
                engine.reconcile().await.unwrap();
                let again = engine.reconcile().await.unwrap();
                assert_eq!(again, Default::default(), "one was enough: {trouble:?} at {step}");
                assert_eq!(pair_works(&engine, &id).await, Verdict::Passed, "{trouble:?} at {step}");
                let client = engine.client(&id).unwrap();
                let expected = if engine.rotation(&id).unwrap().is_some() { 2 } else { 1 };
                assert_eq!(secrets_in(&site.keychain, &client), expected, "{trouble:?} at {step}");
                if engine.rotation(&id).unwrap().is_some() {
                    engine.cancel_rotation(&id).await.unwrap();
                }
                assert_eq!(pair_works(&engine, &id).await, Verdict::Passed, "back: {trouble:?} at {step}");
                assert_eq!(secrets_in(&site.keychain, &client), 1, "{trouble:?} at {step}");
            });
        }
    }
}

/// One life of a program that rotates a secret, as far as it gets.
fn live(outside: &tokio::runtime::Runtime, server: &Server, stop: Option<(usize, Trouble)>) -> (Site, Steps, ClientId) {
    let site = Site {
        folder: folder_in_memory(),
        keychain: Keychain::default(),
        person: Person::default(),
        clock: engine::clock::Clock::system(),
    };
    let id = outside.block_on(async { site.open().add_client(new_client(server)).await.unwrap().id });
    let steps = Steps::default();
    if let Some((step, trouble)) = stop {
        steps.choose(step, trouble, false);
    }
    std::thread::scope(|scope| {
        let life = scope.spawn(|| {
            let process = Builder::new_current_thread().enable_all().build().unwrap();
            process.block_on(async {
                let engine = site.open_counted(&steps);
                let client = id.clone();
                let work = tokio::spawn(async move {
                    drop(engine.stage_client_secret(&client, &Secret::new(NEW)).await);
                    drop(engine.test_staged_secret(&client).await);
                    drop(engine.switch_client_secret(&client, false).await);
                    drop(engine.verify_client_secret(&client, false).await);
                    drop(engine.finish_rotation(&client).await);
                });
                let ended = async {
                    tokio::select! {
                        _ = work => {}
                        () = steps.until_stopped() => {}
                    }
                };
                timeout(Duration::from_secs(60), ended).await.unwrap();
            });
        });
        life.join().unwrap();
    });
    steps.stop();
    (site, steps, id)
}

/// How many secrets of a client the keychain holds.
fn secrets_in(keychain: &Keychain, client: &Client) -> usize {
    let of_client = format!("/client/{}", client.id);
    keychain.items().keys().filter(|name| name.contains(&of_client)).count()
}
