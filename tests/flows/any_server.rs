//! Servers that nobody prepared for: devices and their codes, keys that are lost, MCP servers and documents that lie
//! [A2, S014, S082, S083, S085, S086, S087, S088, S090, S092, S103, S104].

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::connection::GrantState;
use domain::diagnosis::CauseLabel;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInProgress, SignInWay};
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::http::Timeouts;
use engine::{Engine, Error};
use fakes::{Answer, Keychain, Person, Seen, Server};
use jiff::Timestamp;
use tempfile::TempDir;

use super::support::{cause_of, ended, open, timeouts, within};

/// A board, its clock and its keychain, with no server of its own.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    clock: engine::clock::Clock,
    keychain: Keychain,
    _folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_time_for_discovery(Duration::from_secs(20))
    }

    pub(crate) fn with_time_for_discovery(discovery: Duration) -> Self {
        let (folder, keychain) = (tempfile::tempdir().unwrap(), Keychain::default());
        let clock = engine::clock::Clock::set_at(Timestamp::from_second(1_800_000_000).unwrap());
        let waits = Timeouts { discovery, ..timeouts(Duration::from_millis(1_500)) };
        let engine = open(folder.path(), &keychain, &clock, &Person::default(), waits);
        Self { engine, clock, keychain, _folder: folder }
    }

    pub(crate) async fn begin(&self, request: ConnectRequest) -> SignIn {
        self.engine.begin_connect(request).await.unwrap()
    }
}

fn request(server: &str, way: SignInWay) -> ConnectRequest {
    let client = ClientChoice::New { client_id: "client".to_owned(), client_secret: None };
    ConnectRequest { provider: server.to_owned(), client, way, ..Default::default() }
}

/// What the server says of itself, with what a case adds.
pub(crate) fn document(base: &str, more: &str) -> Answer {
    Answer::json(
        200,
        format!(
            r#"{{"issuer":"{base}","authorization_endpoint":"{base}/authorize","token_endpoint":"{base}/token"
            ,"device_authorization_endpoint":"{base}/device","registration_endpoint":"{base}/register"
            ,"token_endpoint_auth_methods_supported":["none"],"dpop_signing_alg_values_supported":["ES256"]{more}}}"#
        ),
    )
}

fn header<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    seen.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn refusal(error: &str) -> Answer {
    Answer::json(400, format!(r#"{{"error":"{error}"}}"#))
}

/// A server that gives a device its code, and answers its questions one after the other.
async fn device_server(answers: Vec<Answer>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |base, seen| match seen.target.as_str() {
        "/device" => Answer::json(
            200,
            format!(
                r#"{{"device_code":"dev-code-secret","user_code":"WDJB-MJHT","verification_uri":"{base}/go"
                ,"verification_uri_complete":"{base}/go?c=WDJB-MJHT","expires_in":120,"interval":5}}"#
            ),
        ),
        "/token" => {
            let turn = asked.fetch_add(1, Ordering::Relaxed);
            answers.get(turn).cloned().unwrap_or_else(|| refusal("authorization_pending"))
        }
        "/.well-known/openid-configuration" => document(base, ""),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap()
}

fn questions(server: &Server) -> usize {
    server.seen().iter().filter(|it| it.target == "/token").count()
}

/// Lets the clock run, second by second, until so many questions were asked; says how many seconds that took.
async fn seconds_until_asked(place: &Place, server: &Server, count: usize) -> u32 {
    let mut seconds = 0;
    within(async {
        while questions(server) < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if questions(server) < count {
                place.clock.advance(SECOND);
                seconds += 1;
            }
        }
    })
    .await;
    seconds
}

/// Lets the clock run until a sign-in is over.
async fn over_in_time(place: &Place, sign_in: &SignIn) -> SignInProgress {
    let over = ended(&place.engine, &sign_in.id);
    let ticking = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            place.clock.advance(SECOND);
        }
    };
    tokio::select! {
        progress = over => progress,
        () = ticking => unreachable!("a clock does not stop"),
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// S082: `slow_down` counts for good; between its questions nothing is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_asks_at_the_servers_pace_and_slower_when_told_so() {
    let issued = Answer::json(200, r#"{"access_token":"at","refresh_token":"rt","token_type":"Bearer"}"#);
    let server = device_server(vec![refusal("authorization_pending"), refusal("slow_down"), issued]).await;
    let place = Place::new();

    let sign_in = place.begin(request(server.url(), SignInWay::Device)).await;

    let prompt = sign_in.device.clone().unwrap();
    assert_eq!(prompt.user_code, "WDJB-MJHT");
    assert!(!prompt.qr.is_empty(), "the whole address can be photographed");
    assert_eq!(sign_in.ends_at.as_second() - sign_in.started_at.as_second(), 120, "it ends with its code");
    assert!(seconds_until_asked(&place, &server, 1).await >= 5, "not before its time");
    assert!(seconds_until_asked(&place, &server, 2).await >= 5, "at the pace it was told");
    assert!(seconds_until_asked(&place, &server, 3).await >= 10, "slow_down was heeded");
    let progress = ended(&place.engine, &sign_in.id).await;
    assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
    let SignInProgress::Connected(id) = progress else { unreachable!() };
    let again = place.engine.begin_reconnect(&id, false).await.unwrap();
    assert!(again.device.is_some(), "it is brought back the way it came");
    let sent = server.seen().into_iter().rfind(|it| it.target == "/token").unwrap().body;
    assert!(sent.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"), "{sent}");
}

/// S082: a code that ran out, a person who says no, one who gives up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_code_ends_with_its_time_with_a_no_and_with_a_cancel() {
    let place = Place::new();
    let silent = device_server(vec![]).await;
    let sign_in = place.begin(request(silent.url(), SignInWay::Device)).await;
    assert!(matches!(over_in_time(&place, &sign_in).await, SignInProgress::TimedOut), "its time is over");
    assert!(questions(&silent) >= 20, "it was asked all the while");

    let expired = device_server(vec![refusal("expired_token")]).await;
    let sign_in = place.begin(request(expired.url(), SignInWay::Device)).await;
    assert!(matches!(over_in_time(&place, &sign_in).await, SignInProgress::TimedOut), "the server says so");
    assert_eq!(questions(&expired), 1, "and is not asked again");

    let denied = device_server(vec![refusal("access_denied")]).await;
    let sign_in = place.begin(request(denied.url(), SignInWay::Device)).await;
    assert_eq!(cause_of(&over_in_time(&place, &sign_in).await), CauseLabel::UserDeniedConsent);

    let waiting = device_server(vec![]).await;
    let sign_in = place.begin(request(waiting.url(), SignInWay::Device)).await;
    place.engine.cancel_sign_in(&sign_in.id).unwrap();
    assert!(matches!(ended(&place.engine, &sign_in.id).await, SignInProgress::Cancelled));
    assert_eq!(questions(&waiting), 0, "nothing is asked after a cancel");
}

/// S102, S103, S104: one retry for a nonce; a server that never has enough is not asked a third time; a key that the
/// keychain lost is named, and nothing is sent without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_bound_to_a_key_live_and_die_with_it() {
    let greedy = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_greedy = Arc::clone(&greedy);
    let turn = AtomicUsize::new(0);
    let server = Server::start(move |base, seen| match seen.target.as_str() {
        "/.well-known/openid-configuration" => document(base, ""),
        "/device" => Answer::json(
            200,
            format!(r#"{{"device_code":"d","user_code":"A","verification_uri":"{base}/go","expires_in":600}}"#),
        ),
        "/token" => {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            if turn == 0 || is_greedy.load(Ordering::Relaxed) {
                let mut answer = refusal("use_dpop_nonce");
                answer.headers.push(("dpop-nonce".to_owned(), format!("nonce-{turn}")));
                return answer;
            }
            let tokens = format!(r#"{{"access_token":"at{turn}","refresh_token":"rt{turn}","token_type":"DPoP"}}"#);
            Answer::json(200, tokens)
        }
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();
    let place = Place::new();

    let sign_in = place.begin(ConnectRequest { dpop: true, ..request(server.url(), SignInWay::Device) }).await;
    let SignInProgress::Connected(id) = over_in_time(&place, &sign_in).await else { panic!("not connected") };

    let fresh = place.engine.fresh_access_token(&id, Duration::ZERO, "a test").await.unwrap();
    assert!(fresh.is_key_bound, "whoever takes it is told that it is of no use without the key");
    let proofs: Vec<_> = server
        .seen()
        .iter()
        .filter(|it| it.target == "/token")
        .map(|it| header(it, "dpop").unwrap().to_owned())
        .collect();
    assert_eq!(proofs.len(), 2, "once more for the nonce, and no more");
    let keys: Vec<_> = proofs.iter().map(|proof| proof.split('.').next().unwrap()).collect();
    assert_eq!(keys[0], keys[1], "one key");
    assert_ne!(proofs[0], proofs[1], "two proofs");

    greedy.store(true, Ordering::Relaxed);
    let before = questions(&server);
    let outcome = place.engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(!matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
    assert_eq!(questions(&server) - before, 2, "a server that is never content is asked twice");

    greedy.store(false, Ordering::Relaxed);
    place.clock.advance(Duration::from_secs(3600));
    let outcome = place.engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "the key outlives a rotation: {outcome:?}");

    lose_keys(&place.keychain);
    let before = questions(&server);
    let outcome = place.engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    let RefreshOutcome::GrantEnded { diagnosis } = outcome else { panic!("{outcome:?}") };
    assert_eq!(diagnosis.provider_code.as_deref(), Some("dpop_key_missing"));
    assert_eq!(questions(&server), before, "nothing is sent without the key");
    assert!(matches!(place.engine.connection(&id).unwrap().grant, GrantState::Ended { .. }));
}

/// Takes every key that tokens are bound to out of the keychain.
fn lose_keys(keychain: &Keychain) {
    let mut items = keychain.items();
    let before = items.len();
    items.retain(|name, _| !name.contains("/dpop/"));
    assert_eq!(before - items.len(), 1, "one connection, one key");
    keychain.put_items(items);
}

/// S103, S092: what was made for a sign-in that came to nothing does not stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_a_sign_in_that_came_to_nothing_is_erased() {
    let server = device_server(vec![refusal("access_denied")]).await;
    let place = Place::new();
    let keys = || place.keychain.items().into_keys().filter(|name| name.contains("/dpop/")).count();

    let sign_in = place.begin(ConnectRequest { dpop: true, ..request(server.url(), SignInWay::Device) }).await;
    assert_eq!(keys(), 1, "it is there before anything is bound to it");
    over_in_time(&place, &sign_in).await;

    within(async {
        while keys() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// S083, S085, S087, S088: each lie is named, and nothing of it is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_lie_are_refused_by_name() {
    let place = Place::new();
    for (what, more, named) in [
        ("another issuer", r#","issuer":"https://as.example""#, "says that it belongs to"),
        ("http elsewhere", r#","token_endpoint":"http://as.example/token""#, "not https"),
        ("a script", r#","registration_endpoint":"javascript:alert(1)""#, "not https"),
        ("no endpoint for what it requires", r#","require_pushed_authorization_requests":true"#, "requires pushed"),
        ("no code flow", r#","response_types_supported":["token"]"#, "no authorization code flow"),
    ] {
        let server = Server::start(move |base, _| {
            // The last of two fields with one name would be an error of its own: it takes the place of the first.
            let name = more.split('"').nth(1).unwrap();
            let whole = document(base, "");
            let rest: Vec<_> = whole.body.split(',').filter(|part| !part.contains(&format!("\"{name}\":"))).collect();
            let body = rest.join(",");
            let body = body.trim_end().trim_end_matches('}');
            let body = if body.starts_with('{') { body.to_owned() } else { format!("{{{body}") };
            Answer::json(200, format!("{body}{more}}}"))
        })
        .await
        .unwrap();

        let refused = place.engine.plan_connect(server.url(), &std::collections::BTreeMap::new()).await;

        let Err(error) = refused else { panic!("{what} was believed") };
        assert!(chain(&error).contains(named), "{what}: {}", chain(&error));
    }
}

/// S055, S086: a document without end, one that goes round in circles, one that leads inside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_never_end_are_given_up_by_name() {
    let place = Place::new();
    let huge = Server::start(|_, _| Answer::json(200, "a".repeat(5 * 1024 * 1024))).await.unwrap();
    let looping = Server::start(|base, seen| Answer {
        status: 302,
        headers: vec![("location".to_owned(), format!("{base}{}", seen.target))],
        body: String::new(),
    })
    .await
    .unwrap();
    let inside = Server::start(|_, _| Answer {
        status: 302,
        headers: vec![("location".to_owned(), "https://169.254.169.254/latest".to_owned())],
        body: String::new(),
    })
    .await
    .unwrap();
    for (server, named) in [(&huge, "larger than"), (&looping, "moved more than 3 times"), (&inside, "private network")]
    {
        let refused = place.engine.plan_connect(server.url(), &std::collections::BTreeMap::new()).await;

        let Err(error) = refused else { panic!("{named} was believed") };
        assert!(chain(&error).contains(named), "{}", chain(&error));
    }
}

/// S090: what an MCP server says of itself is believed of itself alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_mcp_server_that_lies_is_not_connected() {
    let place = Place::new();
    for (what, metadata, named) in [
        ("another resource", r#"{"resource":"https://bank.example/","authorization_servers":["BASE"]}"#, "belongs to"),
        ("no server", r#"{"resource":"BASE/mcp","authorization_servers":[]}"#, "names no authorization server"),
        (
            "an issuer that does not say so itself",
            r#"{"resource":"BASE/mcp","authorization_servers":["BASE/other"]}"#,
            "belongs to",
        ),
        ("a page", "<!doctype html>", "not the JSON"),
    ] {
        let server = Server::start(move |base, seen| match seen.target.as_str() {
            "/mcp" => Answer {
                status: 401,
                headers: vec![(
                    "www-authenticate".to_owned(),
                    format!(r#"Bearer error="invalid_token", resource_metadata="{base}/meta""#),
                )],
                body: String::new(),
            },
            "/meta" => Answer::json(200, metadata.replace("BASE", base)),
            "/other/.well-known/openid-configuration" => document(base, ""),
            _ => Answer::json(404, "{}"),
        })
        .await
        .unwrap();

        let address = format!("{}/mcp", server.url());
        let refused = place.engine.plan_connect(&address, &std::collections::BTreeMap::new()).await;

        let Err(error) = refused else { panic!("{what} was believed") };
        assert!(chain(&error).contains(named), "{what}: {}", chain(&error));
        assert!(!server.seen().iter().any(|it| it.target == "/register"), "nothing is registered there");
    }
    let open_door = Server::start(|_, seen| match seen.method.as_str() {
        "POST" => Answer::json(200, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();
    let address = format!("{}/mcp", open_door.url());
    let refused = place.engine.plan_connect(&address, &std::collections::BTreeMap::new()).await;
    assert!(matches!(refused, Err(Error::ResourceRefused(_))), "there is nothing to sign in to");
}

/// S073, S089: a document that leads elsewhere is not adopted by being looked at: tokens go where they went.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_leads_elsewhere_takes_no_token_along() {
    let elsewhere = Server::start(|_, _| Answer::json(200, r#"{"sub":"u"}"#)).await.unwrap();
    let other = elsewhere.url().to_owned();
    let has_moved = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_moved = Arc::clone(&has_moved);
    let server = Server::start(move |base, seen| match seen.target.as_str() {
        "/.well-known/openid-configuration" => {
            let at = if is_moved.load(Ordering::Relaxed) { &other } else { base };
            document(base, &format!(r#","userinfo_endpoint":"{at}/userinfo","revocation_endpoint":"{at}/revoke""#))
        }
        "/device" => Answer::json(
            200,
            format!(r#"{{"device_code":"d","user_code":"A","verification_uri":"{base}/go","expires_in":600}}"#),
        ),
        "/token" => Answer::json(200, r#"{"access_token":"at","refresh_token":"rt","token_type":"Bearer"}"#),
        "/userinfo" => Answer::json(200, r#"{"sub":"u"}"#),
        "/revoke" => Answer::json(200, "{}"),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap();
    let place = Place::new();
    let sign_in = place.begin(request(server.url(), SignInWay::Device)).await;
    let SignInProgress::Connected(id) = over_in_time(&place, &sign_in).await else { panic!("not connected") };
    let none = std::collections::BTreeMap::new();
    has_moved.store(true, Ordering::Relaxed);

    let shown = place.engine.find_or_discover(server.url()).await.unwrap();
    let checked = place.engine.check_provider(server.url(), &none).await.unwrap();
    let cancelled = place.begin(request(server.url(), SignInWay::Device)).await;
    place.engine.cancel_sign_in(&cancelled.id).unwrap();
    place.engine.run_test_call(&id).await.unwrap();
    place.engine.disconnect(&id).await.unwrap();

    assert!(elsewhere.seen().is_empty(), "nothing was sent elsewhere: {:?}", elsewhere.seen());
    assert!(shown.identity.is_some_and(|call| call.url.starts_with(server.url())), "what is kept is shown");
    assert!(server.seen().iter().any(|it| it.target == "/revoke"), "it was revoked where it was issued");
    let told: Vec<_> = checked.lines.iter().map(|line| line.evidence.as_str()).collect();
    for field in ["userinfo_endpoint", "revocation_endpoint"] {
        assert!(told.iter().any(|it| it.contains(field)), "the check names {field}: {told:?}");
    }
}

/// An error with all that led to it, as the window's details show it.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
