//! Every way in which an answer comes back: pasted, by https, posted, in the fragment, at a redirect URI of one's own
//! [A2, A3, S006, S022, S025, S028, S029, S031].

use std::time::Duration;

use domain::Secret;
use domain::connection::Connection;
use domain::provider::redirect_uri::RedirectUriRefused;
use engine::flows::clients::NewClient;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInProgress, SignInWay};
use engine::flows::doctor::Part;
use engine::redirect_listener::pasted::PasteRefused;
use engine::{Engine, Error};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::support::{World, ended};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A token no provider gave; nothing but the keychain may hold it.
const BARE_TOKEN: &str = "ATTA0123456789canary";

/// A2, S025, S029: without a port, by what the person brings; mistakes are named and do not end it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_address_ends_a_sign_in_that_listens_nowhere() {
    let world = World::start().await;
    let (sign_in, callback) = waiting(&world, &world.engine, pasting(&world)).await;
    let other = waiting(&world, &world.engine, pasting(&world)).await.1;

    let at = Url::parse(&sign_in.redirect_uri).unwrap();
    assert!(TcpStream::connect(("127.0.0.1", at.port().unwrap())).await.is_err(), "no port is opened");
    let tampered = callback.as_str().replace("state=", "state=x");
    let stateless = callback.as_str().split("state=").next().unwrap().to_owned();
    for (pasted, why) in [
        ("", PasteRefused::Empty),
        (sign_in.authorize_url.as_str(), PasteRefused::OtherAddress),
        (sign_in.redirect_uri.as_str(), PasteRefused::NoAnswer),
        (other.as_str(), PasteRefused::OtherAddress),
        (other.query().unwrap(), PasteRefused::OtherSignIn),
        (tampered.as_str(), PasteRefused::OtherSignIn),
        (stateless.as_str(), PasteRefused::OtherSignIn),
        (&"x".repeat(70_000), PasteRefused::TooLong),
    ] {
        let refused = world.engine.paste_redirect(&sign_in.id, Secret::new(pasted)).await;
        assert!(matches!(&refused, Err(Error::PasteRefused(it)) if *it == why), "{why:?}: {refused:?}");
        let secret = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1;
        assert!(!format!("{refused:?}").contains(&*secret), "A3");
        let progress = world.engine.sign_in(&sign_in.id).unwrap().progress;
        assert!(matches!(progress, SignInProgress::WaitingForBrowser { .. }), "{why:?} does not end it: {progress:?}");
    }

    let (start, end) = callback.as_str().split_at(60);
    let wrapped = format!("  \"{start}\n   {end}\"\r\n");
    world.engine.paste_redirect(&sign_in.id, Secret::new(wrapped)).await.unwrap();

    let connection = connected(&world.engine, &sign_in).await;
    assert_eq!(world.status(&connection.id), ("active", "kept_alive"));
    let late = world.engine.paste_redirect(&sign_in.id, Secret::new(callback.as_str())).await;
    assert!(matches!(late, Err(Error::SignInGone(_))), "S031: {late:?}");
}

/// A2, S031: also while a browser is waited for; the browser comes too late then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_sign_in_takes_the_address_of_a_browser_that_could_not_come() {
    let world = World::start().await;
    let (sign_in, callback) = world.waiting_sign_in().await;

    world.engine.paste_redirect(&sign_in.id, Secret::new(callback.query().unwrap())).await.unwrap();

    connected(&world.engine, &sign_in).await;
    // Its port may be served until the sign-in is told of.
    let late = world.person.visit(&callback).await;
    assert!(late.as_ref().map_or(true, |page| page.status == 410), "one answer is enough: {late:?}");
    assert_eq!(world.practice.grants().len(), 1);
}

/// A2, S018: a refusal counts, however it was brought.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_refusal_ends_the_sign_in_with_its_cause() {
    let world = World::start().await;
    world.set_faults(practice::Faults::default().denies_consent());
    let (sign_in, callback) = waiting(&world, &world.engine, pasting(&world)).await;

    world.engine.paste_redirect(&sign_in.id, Secret::new(callback.as_str())).await.unwrap();

    let progress = ended(&world.engine, &sign_in.id).await;
    assert_eq!(super::support::cause_of(&progress), domain::diagnosis::CauseLabel::UserDeniedConsent);
}

/// A2, S006, S022: a client's own redirect URI is the one that is sent, and the one that is listened at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_comes_back_at_its_own_redirect_uri() {
    let world = World::start().await;
    let connection = world.connect().await;
    for uri in ["http://[::1]:{port}/my/own", "http://localhost:{port}/cb", "http://127.0.0.1:{port}/"] {
        let uri = uri.replace("{port}", &free_port().await.to_string());
        world.engine.set_client_redirect(&connection.client, Some(&uri)).unwrap();

        let sign_in = world.engine.begin_reconnect(&connection.id, true).await.unwrap();

        assert_eq!(sign_in.redirect_uri, uri);
        let sent = sign_in.authorize_url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
        assert_eq!(sent, uri, "S006");
        connected(&world.engine, &sign_in).await;
        let plan = world.engine.plan_connect(world.practice.issuer(), &Default::default()).await.unwrap();
        assert_eq!(plan.redirect_uri, uri, "what to register is what will be sent");
    }

    let refused = world.engine.set_client_redirect(&connection.client, Some("https://example.com/cb"));
    assert!(matches!(refused, Err(Error::RedirectUriRefused(RedirectUriRefused::OtherHost))), "{refused:?}");
    assert!(world.engine.client(&connection.client).unwrap().redirect.is_some(), "the one before stays");
    let usual = world.engine.set_client_redirect(&connection.client, None).unwrap();
    assert_eq!(usual.redirect, None);
}

/// A2, A3, S022: one certificate serves until shortly before its end; its key is in the keychain alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_on_this_computer_has_one_certificate_until_it_ends() {
    let world = World::start().await;
    let connection = world.connect().await;
    assert!(certificate_line(&world.engine).await.starts_with("none"), "none is made ahead of time");
    let uri = format!("https://localhost:{}/cb", free_port().await);
    world.engine.set_client_redirect(&connection.client, Some(&uri)).unwrap();

    let first = by_https(&world, &connection).await;
    let second = by_https(&world, &connection).await;

    assert_eq!(first, second, "a person who has compared it once sees the same again");
    assert!(certificate_line(&world.engine).await.contains(&first), "it can be looked up");
    let pem = std::fs::read_to_string(world.folder.path().join("loopback-certificate.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("KEY"));
    let keys = world.keychain.items().into_iter().filter(|(name, _)| name.contains("loopback-key"));
    assert_eq!(keys.count(), 1);

    world.clock.advance(DAY * 370);
    let renewed = by_https(&world, &connection).await;
    assert_ne!(renewed, first, "made anew before it ends");

    std::fs::write(world.folder.path().join("loopback-certificate.pem"), pem).unwrap();
    let again = by_https(&world, &connection).await;
    assert!(again != renewed && again != first, "a file that does not belong to the key is not served");
}

/// A2, S012, S028: the answer is asked for as a form, and taken from one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posted_answer_is_taken_where_the_provider_posts() {
    let world = World::start().await;
    let engine = with_provider(&world, r#""answer": { "mode": "form_post" },"#);
    let (sign_in, callback) = waiting(&world, &engine, own_request(&engine, SignInWay::Loopback).await).await;
    assert!(sign_in.authorize_url.query().unwrap().contains("response_mode=form_post"));
    assert!(sign_in.is_posted);
    let pasted = engine.paste_redirect(&sign_in.id, Secret::new(callback.as_str())).await;
    assert!(matches!(pasted, Err(Error::PasteRefused(PasteRefused::Posted))), "{pasted:?}");
    let nowhere = engine.begin_connect(own_request(&engine, SignInWay::PastedRedirect).await).await;
    assert!(matches!(nowhere, Err(Error::PasteRefused(PasteRefused::Posted))), "{nowhere:?}");

    let bare = Url::parse(&sign_in.redirect_uri).unwrap();
    let page = world.person.post(&bare, callback.query().unwrap()).await.unwrap();

    assert_eq!(page.status, 303, "S039");
    let connection = connected(&engine, &sign_in).await;
    assert!(connection.token.unwrap().refresh_fingerprint.is_some());
}

/// A2, A3, S029: the token itself, by the provider's own names, becomes a connection that nothing refreshes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_the_fragment_becomes_a_connection_without_a_refresh_token() {
    let world = World::start().await;
    let engine = with_provider(
        &world,
        r#""answer": { "mode": "fragment", "holds_token": true },
           "authorize_names": { "client_id": "key", "redirect_uri": "return_url", "access_token": "token",
                                "state_in_redirect": true },"#,
    );
    let sign_in = engine.begin_connect(own_request(&engine, SignInWay::Loopback).await).await.unwrap();
    let asked = |wanted: &str| {
        sign_in.authorize_url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    assert_eq!(asked("response_type").as_deref(), Some("token"));
    assert_eq!((asked("redirect_uri"), asked("state"), asked("code_challenge")), (None, None, None));
    let back = Url::parse(&asked("return_url").unwrap()).unwrap();
    assert!(back.as_str().starts_with(&format!("{}?state=", sign_in.redirect_uri)), "{back}");

    let page = world.person.visit(&back).await.unwrap();
    assert!(page.status == 200 && page.body.contains("location.hash"), "the browser is asked for what it keeps");
    let forged = Url::parse(&sign_in.redirect_uri).unwrap();
    let refused = world.person.post(&forged, "fragment=token%3Dforged%26state%3Dno").await.unwrap();
    assert_eq!(refused.status, 400, "S029");
    let form = format!("fragment=token%3D{BARE_TOKEN}");
    assert_eq!(world.person.post(&back, &form).await.unwrap().status, 303);

    let connection = connected(&engine, &sign_in).await;
    let token = connection.token.as_ref().unwrap();
    assert_eq!(token.access_fingerprint, Some(Secret::new(BARE_TOKEN).fingerprint()));
    assert_eq!(token.refresh_fingerprint, None, "no answer in a browser may hold one");
    assert!(!format!("{connection:?} {sign_in:?}").contains(BARE_TOKEN), "A3");
    engine.until_quiet().await;
    for file in std::fs::read_dir(world.folder.path()).unwrap().flatten().filter(|it| it.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let holds = bytes.windows(BARE_TOKEN.len()).any(|piece| piece == BARE_TOKEN.as_bytes());
        assert!(!holds, "A3: {:?}", file.path());
    }
}

/// Signs in by https to the end of the paste, and says by which certificate.
async fn by_https(world: &World, connection: &Connection) -> String {
    let sign_in = world.engine.begin_reconnect(&connection.id, false).await.unwrap();
    assert!(sign_in.redirect_uri.starts_with("https://localhost:"), "{}", sign_in.redirect_uri);
    let shown = sign_in.certificate.clone().expect("the browser will warn of it").fingerprint;
    world.engine.cancel_sign_in(&sign_in.id).unwrap();
    assert!(matches!(ended(&world.engine, &sign_in.id).await, SignInProgress::Cancelled));
    shown
}

async fn certificate_line(engine: &Engine) -> String {
    engine.check_self().await.into_iter().find(|it| it.part == Part::Certificate).unwrap().found
}

fn pasting(world: &World) -> ConnectRequest {
    ConnectRequest { way: SignInWay::PastedRedirect, ..world.request() }
}

/// A sign-in without a browser, and the callback that would answer it. The practice provider knows the answer in the
/// query only, whatever is asked for.
async fn waiting(world: &World, engine: &Engine, request: ConnectRequest) -> (SignIn, Url) {
    let request = ConnectRequest { opens_browser: false, ..request };
    let sign_in = engine.begin_connect(request).await.unwrap();
    let mut asked = sign_in.authorize_url.clone();
    let rest: Vec<_> = asked.query_pairs().filter(|(name, _)| name != "response_mode").map(own).collect();
    asked.query_pairs_mut().clear().extend_pairs(rest);
    let callback = world.person.until_callback(&asked).await.unwrap();
    (sign_in, callback)
}

fn own((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

async fn connected(engine: &Engine, sign_in: &SignIn) -> Connection {
    match ended(engine, &sign_in.id).await {
        SignInProgress::Connected(id) => engine.connection(&id).unwrap(),
        other => panic!("the sign-in should have worked: {other:?}"),
    }
}

/// The same board with a provider of the person's own, played by the practice provider.
fn with_provider(world: &World, answer: &str) -> Engine {
    let issuer = world.practice.issuer().trim_end_matches('/');
    let file = format!(
        r#"{{
            "id": "own", "name": "Own", "tag": "Ow",
            "authorization_endpoint": "{issuer}/authorize", "token_endpoint": "{issuer}/token",
            {answer}
            "client_authentication": ["public"], "client_secret": "optional", "pkce": "required",
            "scopes": {{ "parameter": "scope", "always": ["offline_access"], "missing_means_as_asked": true }},
            "refresh": {{ "rotation": "always", "issued": "always" }},
            "redirect": {{ "host": "127.0.0.1" }}
        }}"#
    );
    let folder = world.folder.path().join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("own.json"), file).unwrap();
    let engine = world.opened_again();
    assert_eq!(engine.catalogue_errors(), Vec::<String>::new());
    engine
}

async fn own_request(engine: &Engine, way: SignInWay) -> ConnectRequest {
    let new = NewClient { provider: "own".into(), client_id: "patchbay-practice".into(), ..Default::default() };
    let client = engine.add_client(new).await.unwrap();
    ConnectRequest {
        provider: "own".into(),
        client: ClientChoice::Known(client.id),
        opens_browser: false,
        way,
        ..Default::default()
    }
}

async fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}
