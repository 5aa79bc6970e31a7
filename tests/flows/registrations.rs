//! What a server makes of a client it was asked to register, what becomes of one that came to nothing, and servers
//! that take their time or describe somebody else [A2, S055, S083, S090, S092].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use domain::ClientId;
use engine::Error;
use engine::authorization_server::discovery::DiscoveryRefused;
use engine::flows::clients::NewClient;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress, SignInWay};
use engine::flows::doctor::Part;
use engine::flows::refresh::RefreshOutcome;
use engine::flows::registrations::Retirement;
use engine::store::{ClientRegistration, Store};
use fakes::{Answer, Server};
use practice::{ErrorShape, Faults};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::any_server::{Place, chain, document};
use super::support::{HOUR, World, ended, within};

fn by_itself(server: &Server) -> ConnectRequest {
    ConnectRequest { provider: server.url().to_owned(), way: SignInWay::PastedRedirect, ..Default::default() }
}

/// A server that registers whoever asks, and says `more` of what it made of it.
async fn registrar(more: &'static str) -> Server {
    Server::start(move |base, seen| match (seen.method.as_str(), seen.target.as_str()) {
        (_, "/.well-known/openid-configuration") => document(base, ""),
        ("POST", "/register") => {
            let more = more.replace("BASE", base);
            Answer::json(201, format!(r#"{{"client_id":"made-for-it"{more}}}"#))
        }
        ("DELETE", _) => Answer { status: 204, headers: vec![], body: String::new() },
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap()
}

fn deletions(server: &Server) -> usize {
    server.seen().iter().filter(|it| it.method == "DELETE").count()
}

const TAKEN_BACK_AT: &str =
    r#","registration_client_uri":"BASE/register/made-for-it","registration_access_token":"registration-secret""#;

/// S092: what was registered for a sign-in that nobody finished is taken back, there and here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_sign_in_leaves_no_client_behind() {
    let (place, server) = (Place::new(), registrar(TAKEN_BACK_AT).await);
    let sign_in = place.begin(by_itself(&server)).await;
    let client = sign_in.registered_client.clone().expect("it was registered for this");
    assert!(place.engine.client(&client).is_ok());

    place.engine.cancel_sign_in(&sign_in.id).unwrap();

    assert!(matches!(ended(&place.engine, &sign_in.id).await, SignInProgress::Cancelled));
    within(async {
        while place.engine.client(&client).is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let deleted = server.seen().into_iter().find(|it| it.method == "DELETE").expect("it was taken back there");
    assert_eq!(deleted.target, "/register/made-for-it");
    assert!(deleted.headers.iter().any(|(_, value)| value == "Bearer registration-secret"), "with its own token");
}

/// S092: one that cannot be taken back is kept, and used by the next sign-in in place of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_cannot_be_taken_back_is_used_by_the_next_sign_in() {
    let (place, server) = (Place::new(), registrar("").await);
    let first = place.begin(by_itself(&server)).await;
    place.engine.cancel_sign_in(&first.id).unwrap();
    assert!(matches!(ended(&place.engine, &first.id).await, SignInProgress::Cancelled));

    let second = place.begin(by_itself(&server)).await;

    assert!(second.registered_client.is_none(), "nothing was registered for it");
    let registered = server.seen().iter().filter(|it| it.target == "/register").count();
    assert_eq!(registered, 1, "one client for both");
    assert!(second.authorize_url.as_str().contains("client_id=made-for-it"));
}

/// A server that registers whoever asks, and answers a deletion with the status of the moment.
async fn registrar_with_moods(status: &Arc<AtomicU16>) -> Server {
    let status = Arc::clone(status);
    Server::start(move |base, seen| match (seen.method.as_str(), seen.target.as_str()) {
        (_, "/.well-known/openid-configuration") => document(base, ""),
        ("POST", "/register") => {
            Answer::json(201, format!(r#"{{"client_id":"made-for-it"{}}}"#, TAKEN_BACK_AT.replace("BASE", base)))
        }
        ("DELETE", _) => Answer { status: status.load(Ordering::Relaxed), headers: vec![], body: String::new() },
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap()
}

/// A client that was registered for a sign-in nobody finished, at a server that deletes nothing today.
async fn registered_and_unused(place: &Place, server: &Server) -> ClientId {
    let sign_in = place.begin(by_itself(server)).await;
    place.engine.cancel_sign_in(&sign_in.id).unwrap();
    assert!(matches!(ended(&place.engine, &sign_in.id).await, SignInProgress::Cancelled));
    let client = sign_in.registered_client.expect("it was registered for this");
    within(async {
        while deletions(server) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    client
}

/// S092, RFC 7592: what a server could not delete is not given up here; it is asked again at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_failed_is_said_and_tried_again_at_the_next_start() {
    let (place, status) = (Place::new(), Arc::new(AtomicU16::new(503)));
    let server = registrar_with_moods(&status).await;
    let client = registered_and_unused(&place, &server).await;
    assert!(place.engine.client(&client).is_ok(), "kept for the next sign-in");
    assert_eq!(place.engine.registration_given_up_at(&client).unwrap(), None);

    let removed = place.engine.remove_client(&client, false).await.unwrap();

    assert_eq!(removed.registration, Retirement::Kept { http_status: Some(503) });
    assert!(place.engine.client(&client).is_ok(), "it is there to be removed later");
    assert!(place.engine.registration_given_up_at(&client).unwrap().is_some());
    status.store(204, Ordering::Relaxed);
    let _watch = place.engine.watch();
    within(async {
        while place.engine.client(&client).is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let last = server.seen().into_iter().rfind(|it| it.method == "DELETE").unwrap();
    assert!(last.headers.iter().any(|(_, value)| value == "Bearer registration-secret"), "its token was kept for this");
    assert_eq!(deletions(&server), 3, "for the sign-in, for the person, at the start");
}

/// S092: a client that was to be deleted and is signed in with again is in use, and is not deleted at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_found_its_use_again_is_not_deleted() {
    let (place, status) = (Place::new(), Arc::new(AtomicU16::new(503)));
    let server = registrar_with_moods(&status).await;
    let client = registered_and_unused(&place, &server).await;
    place.engine.remove_client(&client, false).await.unwrap();

    let sign_in = place.begin(by_itself(&server)).await;

    assert_eq!(sign_in.client_id, "made-for-it");
    assert_eq!(place.engine.registration_given_up_at(&client).unwrap(), None);
}

/// S092, RFC 7592 §2.3: what is gone there is gone here; what nobody may delete there is said to stay there; and a
/// server that is gone for good does not hold a client for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_answer_to_a_deletion_is_told_from_the_others() {
    for (answered, expected) in [(401, Retirement::Gone), (404, Retirement::Gone), (403, Retirement::LeftThere)] {
        let (place, status) = (Place::new(), Arc::new(AtomicU16::new(503)));
        let server = registrar_with_moods(&status).await;
        let client = registered_and_unused(&place, &server).await;
        status.store(answered, Ordering::Relaxed);

        let removed = place.engine.remove_client(&client, false).await.unwrap();

        assert_eq!(removed.registration, expected, "{answered}");
        assert!(place.engine.client(&client).is_err(), "{answered}: nothing of it is kept");
    }

    let (place, status) = (Place::new(), Arc::new(AtomicU16::new(503)));
    let server = registrar_with_moods(&status).await;
    let client = registered_and_unused(&place, &server).await;
    drop(server);
    let unanswered = place.engine.remove_client(&client, false).await.unwrap();
    assert_eq!(unanswered.registration, Retirement::Kept { http_status: None });
    let left = place.engine.remove_client(&client, true).await.unwrap();
    assert_eq!(left.registration, Retirement::LeftThere, "a person may leave it there");
    assert!(place.engine.client(&client).is_err());
}

/// S092, RFC 7591 §3.2.1: a client other than the one asked for is refused by name, and taken back where that goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_other_than_asked_for_is_refused_and_taken_back() {
    let place = Place::new();
    for (more, named) in [
        (r#","redirect_uris":["https://elsewhere.example/callback"]"#, "another redirect URI"),
        (r#","grant_types":["client_credentials"]"#, "may not sign in through a browser"),
        (r#","response_types":["token"]"#, "may not sign in through a browser"),
        (r#","token_endpoint_auth_method":"tls_client_auth""#, "a way of authentication we do not know"),
    ] {
        let said: &'static str = Box::leak(format!("{more}{TAKEN_BACK_AT}").into_boxed_str());
        let server = registrar(said).await;

        let refused = place.engine.begin_connect(by_itself(&server)).await;

        let Err(Error::RegistrationRefused { detail, .. }) = refused else { panic!("{named}: {refused:?}") };
        assert!(detail.contains(named), "{detail}");
        assert_eq!(deletions(&server), 1, "{named}: it was taken back");
        assert!(place.engine.list_clients().unwrap().is_empty(), "{named}: nothing is kept here");
    }
}

/// S055: a server that drips a byte now and then, at each of the places in turn, has no more than the time there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drips_is_given_up_in_time() {
    let place = Place::with_time_for_discovery(Duration::from_millis(900));
    for drips in [true, false] {
        let address = slow_server(drips).await;

        let refused = within(place.engine.plan_connect(&address, &BTreeMap::new())).await;

        let Err(Error::DiscoveryRefused(DiscoveryRefused::TooSlow { host, .. })) = &refused else {
            panic!("drips {drips}: it was waited for to its own end: {:?}", refused.err())
        };
        assert_eq!(host, "127.0.0.1");
    }
}

/// Takes every connection, and answers a byte at a time or not at all.
async fn slow_server(drips: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                assert_ne!(stream.read(&mut heard).await.unwrap(), 0, "it was asked");
                if drips {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{").await.ok();
                }
                while drips && stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                std::future::pending::<()>().await;
            });
        }
    });
    address
}

/// S083, S090, RFC 9728 §3.3: metadata that a server names is of the very address that was asked, and readable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_a_parent_and_metadata_that_cannot_be_read_are_refused_by_name() {
    let place = Place::new();
    for (challenge, named) in [
        (r#"Bearer resource_metadata="BASE/of-the-host""#, "says that it belongs to"),
        (r#"Bearer resource_metadata="BASE/gone""#, "cannot be read (HTTP 404)"),
        (r#"Bearer resource_metadata="""#, "its metadata's address cannot be read"),
        (r#"Bearer resource_metadata="no address""#, "its metadata's address is no URL"),
    ] {
        let server = Server::start(move |base, seen| match seen.target.as_str() {
            "/mcp" => Answer {
                status: 401,
                headers: vec![("www-authenticate".to_owned(), challenge.replace("BASE", base))],
                body: String::new(),
            },
            // The well-known place would do: what a server names is used all the same.
            "/of-the-host" | "/.well-known/oauth-protected-resource/mcp" => {
                Answer::json(200, format!(r#"{{"resource":"{base}","authorization_servers":["{base}"]}}"#))
            }
            "/.well-known/openid-configuration" => document(base, ""),
            _ => Answer::json(404, "{}"),
        })
        .await
        .unwrap();

        let refused = place.engine.plan_connect(&format!("{}/mcp", server.url()), &BTreeMap::new()).await;

        let Err(error) = refused else { panic!("{challenge} was lived with") };
        assert!(chain(&error).contains(named), "{challenge}: {}", chain(&error));
    }
}

/// A2: what lies at the root is of the host, which has to be what was typed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_at_the_root_is_of_the_host_alone() {
    let place = Place::new();
    let server = Server::start(|base, seen| match seen.target.as_str() {
        "/mcp" => Answer { status: 401, headers: vec![], body: String::new() },
        "/.well-known/oauth-protected-resource" => {
            Answer::json(200, format!(r#"{{"resource":"{base}","authorization_servers":["{base}/as"]}}"#))
        }
        "/as/.well-known/openid-configuration" => document(&format!("{base}/as"), ""),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();

    let plan = place.engine.plan_connect(&format!("{}/mcp", server.url()), &BTreeMap::new()).await.unwrap();

    assert_eq!(plan.mcp.unwrap().resource, server.url(), "MCP: the place for the whole host, of the whole host");
}

/// A2, C5: a port that changes from one look to the next is no part of what is registered.
#[tokio::test]
async fn where_any_port_serves_the_plan_names_none() {
    let place = Place::new();
    let none = BTreeMap::new();

    let plan = place.engine.plan_connect("google", &none).await.unwrap();
    let fixed = place.engine.plan_connect("airtable", &none).await.unwrap();

    assert!(plan.is_any_port);
    assert_eq!(plan.redirect_uri, "http://127.0.0.1/callback/google");
    assert!(!fixed.is_any_port);
    let port = url::Url::parse(&fixed.redirect_uri).unwrap().port();
    assert!(port.is_some(), "{}", fixed.redirect_uri);
}

/// An authorization server whose client a person made for something else, and an MCP server elsewhere that names it.
async fn lent_to_another(registers: bool) -> (Place, Server, Server, ClientId) {
    let bank = Server::start(move |base, seen| match (seen.method.as_str(), seen.target.as_str()) {
        (_, "/.well-known/openid-configuration") => {
            let mut said = document(base, "");
            if !registers {
                said.body = said.body.replace("registration_endpoint", "elsewhere");
            }
            said
        }
        ("POST", "/register") => Answer::json(201, r#"{"client_id":"made-for-it"}"#),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();
    let issuer = bank.url().to_owned();
    let mcp = Server::start(move |base, seen| match seen.target.as_str() {
        "/mcp" => Answer { status: 401, headers: vec![], body: String::new() },
        "/.well-known/oauth-protected-resource/mcp" => Answer::json(
            200,
            format!(
                r#"{{"resource":"{base}/mcp","authorization_servers":["{issuer}"],"scopes_supported":["payments:write"]}}"#
            ),
        ),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();
    let place = Place::new();
    let own = ClientChoice::New { client_id: "the-bank-client".to_owned(), client_secret: None };
    let sign_in = place.begin(ConnectRequest { client: own, ..by_itself(&bank) }).await;
    place.engine.cancel_sign_in(&sign_in.id).unwrap();
    let (client, _) = place.engine.list_clients().unwrap().remove(0);
    (place, bank, mcp, client.id)
}

fn at_mcp(server: &Server) -> ConnectRequest {
    ConnectRequest { provider: format!("{}/mcp", server.url()), ..by_itself(server) }
}

/// S090, S092: an MCP server that names a server with a client of somebody else gets a client of its own, and whoever
/// signs in is told where the token goes and who asks for what.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_made_for_something_else_is_not_lent_to_an_mcp_server() {
    let (place, bank, mcp, _) = lent_to_another(true).await;
    let plan = place.engine.plan_connect(&at_mcp(&mcp).provider, &BTreeMap::new()).await.unwrap();
    assert!(plan.clients.is_empty() && plan.registers_itself, "the plan offers no client of something else");

    let sign_in = place.begin(at_mcp(&mcp)).await;

    assert_eq!(sign_in.client_id, "made-for-it");
    assert_eq!(sign_in.mcp_server, Some(at_mcp(&mcp).provider), "where the token goes");
    assert_eq!(sign_in.provider.as_str(), bank.url(), "who signs in");
    assert_eq!(sign_in.named_scopes, ["payments:write"], "who asked for it");
    assert!(sign_in.scopes.contains(&"payments:write".to_owned()));

    place.engine.cancel_sign_in(&sign_in.id).unwrap();
    ended(&place.engine, &sign_in.id).await;
    let again = place.begin(at_mcp(&mcp)).await;
    assert_eq!(again.client_id, "made-for-it");
    let registered = bank.seen().iter().filter(|it| it.target == "/register").count();
    assert_eq!(registered, 1, "what was made for it is used for it");
    let own = place.begin(by_itself(&bank)).await;
    assert_eq!(own.client_id, "the-bank-client", "and for nothing else");
    assert_eq!(own.mcp_server, None);
}

/// S090: where no client can be registered, a client of something else signs in for an MCP server only by its name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_made_for_something_else_serves_an_mcp_server_only_when_it_is_named() {
    let (place, _bank, mcp, client) = lent_to_another(false).await;

    let refused = place.engine.begin_connect(at_mcp(&mcp)).await;

    let Err(Error::ClientIncomplete(why)) = refused else { panic!("it was lent: {refused:?}") };
    assert!(why.contains("only when you name that client"), "{why}");
    let named = ConnectRequest { client: ClientChoice::Known(client), ..at_mcp(&mcp) };
    assert_eq!(place.begin(named).await.client_id, "the-bank-client", "a person may say so");
}

/// S092, B1, RFC 7591 §3.2.1: the end of a registered secret is told two weeks before it, explains a client that is
/// refused after it, and is forgotten with that secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registered_secret_that_ends_is_told_before_it_and_explains_a_refusal_after_it() {
    let world = World::start().await;
    let connection = world.connect().await;
    let (id, client) = (&connection.id, world.engine.client(&connection.client).unwrap());
    let ends_at = world.clock.now().checked_add(20 * 24 * HOUR).unwrap();
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    let registration = ClientRegistration {
        client: client.id.clone(),
        configuration_uri: None,
        registered_at: world.clock.now(),
        secret_expires_at: Some(ends_at),
        given_up_at: None,
    };
    store.save_registration(&registration).unwrap();
    let checked = async || {
        let checks = world.engine.check_self().await;
        checks.into_iter().find(|it| it.part == Part::ClientSecret).map(|it| (it.is_well, it.found))
    };
    assert_eq!(world.engine.client_secret_ends().unwrap().get(&client.id), Some(&ends_at));
    assert_eq!(world.status(id), ("active", "kept_alive"), "three weeks are long");
    assert_eq!(checked().await, None);

    world.pass_time(7 * 24 * HOUR);
    assert!(matches!(world.refresh(id).await, RefreshOutcome::Refreshed { .. }), "it works as before");
    assert_eq!(world.status(id), ("expiring", "client_secret_ends"));
    let (is_well, found) = checked().await.unwrap();
    assert!(is_well && found.contains(&client.name) && found.contains(" ends on "), "{found}");

    world.pass_time(14 * 24 * HOUR);
    world.set_faults(Faults::default().answers_200_with_an_error(ErrorShape::OAuth("invalid_client".into())));
    let RefreshOutcome::Failed { diagnosis, .. } = world.refresh(id).await else { panic!("the grant lives") };
    assert_eq!(diagnosis.cause.as_str(), "client_credentials_mismatch");
    let told: Vec<_> = diagnosis.clues.iter().map(|it| it.fact.words()).collect();
    assert!(told.iter().any(|it| it.contains("The client's secret ended 24 h ago")), "{told:?}");
    let (is_well, found) = checked().await.unwrap();
    assert!(!is_well && found.contains(" ended on "), "{found}");

    world.set_faults(Faults::default());
    let replaced = NewClient {
        provider: client.provider.to_string(),
        client_id: client.client_id.clone(),
        client_secret: Some(domain::Secret::new("another")),
        environment: client.environment,
        ..NewClient::default()
    };
    world.engine.add_client(replaced).await.unwrap();
    assert!(world.engine.client_secret_ends().unwrap().is_empty(), "nobody said when this one ends");
}
