//! Check my setup against the practice provider, and against servers that are wrong in one way each [C5, E2].

use domain::Secret;
use domain::connection::Client;
use domain::diagnosis::setup_check::{SetupPart, Verdict};
use engine::flows::clients::NewClient;
use engine::flows::setup_check::SetupCheck;
use fakes::server::{Answer, Server};
use jiff::SignedDuration;
use practice::{ClientAuthentication, Endpoint, Faults, PracticeClient, RedirectRule, Settings};

use super::support::{World, timeouts};

const SECRET: &str = "planted-client-secret-7Qm2";

async fn world(redirect: RedirectRule) -> World {
    let client = PracticeClient {
        client_id: "confidential".to_owned(),
        client_secret: Some(SECRET.to_owned()),
        redirect,
        authentication: vec![ClientAuthentication::Post, ClientAuthentication::Basic],
    };
    let settings = Settings { clients: vec![client], ..Settings::default() };
    let world = World::start_with(settings, timeouts(std::time::Duration::from_secs(10))).await;
    world.practice.consent_automatically(None);
    world
}

async fn add(world: &World, client_id: &str, secret: &str) -> Client {
    let new = NewClient {
        provider: world.practice.issuer().to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Some(Secret::new(secret)),
        ..NewClient::default()
    };
    world.engine.add_client(new).await.unwrap()
}

fn verdict(check: &SetupCheck, part: SetupPart) -> (Verdict, &str) {
    let line = check.lines.iter().find(|line| line.part == part).unwrap();
    (line.verdict, &line.evidence)
}

/// C5: one request with a wrong code, no grant, and no secret in what is shown and kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_good_client_passes_without_a_person_and_without_a_grant() {
    let world = world(RedirectRule::LoopbackAnyPort { path: None }).await;
    let client = add(&world, "confidential", SECRET).await;
    world.practice.clear_log();

    let check = world.engine.check_client(&client.id).await.unwrap();

    for part in [
        SetupPart::AuthorizeUrl,
        SetupPart::TokenUrl,
        SetupPart::ClientPair,
        SetupPart::RedirectUri,
        SetupPart::Discovery,
        SetupPart::Pkce,
        SetupPart::Clock,
        SetupPart::Listener,
        SetupPart::Keychain,
    ] {
        assert_eq!(verdict(&check, part).0, Verdict::Passed, "{part:?}: {check:?}");
    }
    let log = world.practice.log();
    assert_eq!(log.iter().filter(|it| it.endpoint == Endpoint::Token).count(), 1, "one request does no harm");
    assert!(world.practice.grants().is_empty(), "nothing was granted");
    assert!(!format!("{check:?}").contains(SECRET), "A3");
    let kept = world.engine.last_setup_check(&client.id).unwrap().unwrap();
    assert_eq!(kept.lines, check.lines, "it can be read later");
    assert!(world.event_kinds(None).contains(&"setup_checked"), "the wrong code is labelled");
}

/// C5: the secret, the id and the redirect URI are told apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_a_wrong_id_and_a_wrong_redirect_are_told_apart() {
    let world = world(RedirectRule::Exact(vec!["http://127.0.0.1:9/elsewhere".into()])).await;
    let wrong_secret = add(&world, "confidential", "not-the-secret").await;
    let unknown = add(&world, "nobody", "x-secret").await;

    let check = world.engine.check_client(&wrong_secret.id).await.unwrap();
    let (pair, evidence) = verdict(&check, SetupPart::ClientPair);
    assert_eq!(pair, Verdict::Failed, "{evidence}");
    assert!(evidence.contains("invalid_client"), "{evidence}");
    assert_eq!(verdict(&check, SetupPart::RedirectUri).0, Verdict::Failed, "{check:?}");
    assert_eq!(verdict(&check, SetupPart::TokenUrl).0, Verdict::Passed, "the address is right");

    let check = world.engine.check_client(&unknown.id).await.unwrap();
    assert_eq!(verdict(&check, SetupPart::ClientPair).0, Verdict::Failed);
    assert_eq!(verdict(&check, SetupPart::RedirectUri).0, Verdict::NotKnown, "the client is refused before it");
}

/// C5: what the connection of a client has proved.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_proves_what_a_machine_cannot_ask() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.refresh(&connection.id).await;
    world.engine.run_test_call(&connection.id).await.unwrap();

    let check = world.engine.check_client(&connection.client).await.unwrap();

    for line in &check.lines {
        assert_eq!(line.verdict, Verdict::Passed, "{line:?}");
    }
}

/// C5, B9: each thing that can be wrong with the server is named, and nothing hangs.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_wrong_are_named_for_it() {
    let world = world(RedirectRule::LoopbackAnyPort { path: None }).await;
    let client = add(&world, "confidential", SECRET).await;
    for (faults, part, wanted) in [
        (Faults::default().answers_html(), SetupPart::TokenUrl, Verdict::Failed),
        (Faults::default().answers_html(), SetupPart::ClientPair, Verdict::NotKnown),
        (Faults::default().answers_status(503), SetupPart::TokenUrl, Verdict::NotKnown),
        (Faults::default().answers_status(503), SetupPart::ClientPair, Verdict::NotKnown),
        (Faults::default().clock_is_off_by(SignedDuration::from_hours(3)), SetupPart::Clock, Verdict::Failed),
        (Faults::default().discovers_another_issuer("https://evil.example"), SetupPart::Discovery, Verdict::NotKnown),
    ] {
        world.set_faults(faults);
        let check = world.engine.check_client(&client.id).await.unwrap();
        assert_eq!(verdict(&check, part).0, wanted, "{part:?}: {:?}", verdict(&check, part));
    }
}

/// C5: the document has moved on since it was read.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_names_another_address_is_compared() {
    let world = World::start().await;
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |own, seen| {
        if seen.target.contains("/.well-known/") {
            let path = if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 { "token" } else { "v2/token" };
            let body = format!(
                r#"{{"issuer":"{own}","authorization_endpoint":"{own}/authorize","token_endpoint":"{own}/{path}","response_types_supported":["code"]}}"#
            );
            return Answer::json(200, body);
        }
        if seen.target.starts_with("/authorize") {
            return Answer {
                status: 200,
                headers: vec![("content-type".into(), "text/html".into())],
                body: "<form><input type=\"password\"></form>".into(),
            };
        }
        Answer::json(400, r#"{"error":"invalid_grant"}"#)
    })
    .await
    .unwrap();
    let new = NewClient { provider: server.url().into(), client_id: "x".into(), ..NewClient::default() };
    let client = world.engine.add_client(new).await.unwrap();

    let check = world.engine.check_client(&client.id).await.unwrap();

    let (found, evidence) = verdict(&check, SetupPart::Discovery);
    assert_eq!(found, Verdict::Failed, "{evidence}");
    assert!(evidence.contains("/v2/token"), "{evidence}");
    assert_eq!(verdict(&check, SetupPart::ClientPair).0, Verdict::Passed, "a public client that the server knows");
}

/// C5: nobody answers.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_down_fails_its_own_line_only() {
    let world = world(RedirectRule::LoopbackAnyPort { path: None }).await;
    let client = add(&world, "confidential", SECRET).await;
    let World { practice, engine, .. } = world;
    practice.stop().await;

    let check = engine.check_client(&client.id).await.unwrap();

    for part in [SetupPart::AuthorizeUrl, SetupPart::TokenUrl] {
        assert_eq!(verdict(&check, part).0, Verdict::Failed, "{part:?}");
    }
    for part in [SetupPart::ClientPair, SetupPart::RedirectUri, SetupPart::Clock] {
        assert_eq!(verdict(&check, part).0, Verdict::NotKnown, "{part:?}: nothing is claimed");
    }
    assert_eq!(verdict(&check, SetupPart::Keychain).0, Verdict::Passed);
}
