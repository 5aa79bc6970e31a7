//! Signing in: what ends with a stored grant, what does not, and what is left behind [A1, A2, A3, S009, S029, S043].

use std::process::Command;
use std::time::Duration;

use domain::Secret;
use domain::diagnosis::CauseLabel;
use domain::token::TokenDefect;
use domain::token::durability::{Durability, durability};
use engine::Error;
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::flows::refresh::RefreshOutcome;
use engine::redirect_listener::ListenerError;
use engine::{Engine, EngineParts};
use fakes::{Answer, Keychain, Person, Server};
use jiff::{SignedDuration, Timestamp};
use practice::{
    ClientAuthentication, EndReason, Endpoint, Faults, GrantState, PracticeClient, PracticeProvider, RedirectRule,
    Settings,
};
use tokio::net::TcpListener;
use url::Url;

use super::support::{HOUR, MINUTE, World, cause_of, ended, timeouts};

/// A2, A3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_ends_with_a_grant_in_the_keychain_and_no_secret_in_the_database() {
    let world = World::start().await;

    let connection = world.connect().await;

    assert_eq!(connection.identity.label.as_deref(), Some("mira@fjordstudio.example"), "it says whose it is");
    assert_eq!(connection.identity.workspace_name.as_deref(), Some("Fjordstudio"));
    assert_eq!(world.status(&connection.id), ("active", "kept_alive"), "proved by the identity call of the sign-in");
    assert_eq!(world.bundle_count().await, 1, "one bundle, one item");
    assert_eq!(world.practice.grants().len(), 1);
    assert_eq!(
        connection.token.unwrap().refresh_fingerprint.unwrap().as_str(),
        world.practice.grants()[0].refresh_tokens[0].fingerprint,
        "what the provider issued is what the database points to"
    );
    for name in ["patchbay.db", "patchbay.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap();
        let has_token = bytes.windows(9).any(|piece| piece == b"practice_");
        assert!(!has_token || !holds(&bytes, b"practice_at_") && !holds(&bytes, b"practice_rt_"), "{name} has a token");
    }
    assert_eq!(world.event_kinds(Some(&connection.id)), ["token_issued"]);
    // The sign-in is told of before the browser has followed its last redirect.
    let last = world.person.until_visited(|url| url.path().starts_with("/done/")).await.unwrap();
    assert!(last.query().is_none(), "no code stays in the address line or the history");
}

/// S160: the pages that a browser gets carry dates, which cannot be written in such years.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_under_an_absurd_clock_is_refused_before_it_begins() {
    let world = World::start().await;
    let moments = [Timestamp::MIN, Timestamp::UNIX_EPOCH - SignedDuration::from_secs(1), Timestamp::MAX];
    for at in moments {
        world.clock.set_to(at);
        let refused = world.engine.begin_connect(world.request()).await;
        assert!(matches!(refused, Err(Error::BadInput(why)) if why.contains("clock")), "{at}: {refused:?}");
    }
    world.clock.set_to(Timestamp::UNIX_EPOCH);
    assert!(world.engine.begin_connect(world.request()).await.is_ok(), "old is not absurd");
}

/// A2, B12, C2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_provider_or_a_stranger_answers_instead_of_a_code_is_named() {
    let world = World::start().await;
    for (faults, cause) in [
        (Faults::default().denies_consent(), CauseLabel::UserDeniedConsent),
        (Faults::default().wrong_issuer(), CauseLabel::StateMismatch),
    ] {
        world.set_faults(faults);
        let progress = world.sign_in(world.request()).await;
        assert_eq!(cause_of(&progress), cause);
        let failed = world.engine.list_events(None, 1).unwrap().remove(0).1;
        assert_eq!(failed.kind.as_str(), "sign_in_failed");
        assert!(failed.redirect_uri_hash.is_some(), "it says by which redirect URI: {failed:?}");
    }

    let token_requests = world.practice.log().iter().filter(|it| it.endpoint == Endpoint::Token).count();
    assert_eq!(token_requests, 0, "no code of such an answer is ever sent on");
    assert_eq!(world.bundle_count().await, 0);
    assert!(world.engine.board().unwrap().connections.is_empty());
}

/// S019, S029: a wrong state is a stranger's; the real answer is still waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_with_a_wrong_state_neither_ends_nor_delays_the_sign_in() {
    let world = World::start().await;
    world.set_faults(Faults::default().wrong_state());
    let (sign_in, stray) = world.waiting_sign_in().await;

    let page = world.person.follow(&stray).await.unwrap();

    assert!(page.status >= 400, "the stranger is refused: {}", page.status);
    let progress = world.engine.sign_in(&sign_in.id).unwrap().progress;
    let SignInProgress::WaitingForBrowser { strange_request_count, .. } = progress else { panic!("{progress:?}") };
    assert!(strange_request_count > 0, "it is counted, so that it can be shown");
    world.set_faults(Faults::default());
    world.person.follow(&sign_in.authorize_url).await.unwrap();
    assert!(matches!(ended(&world.engine, &sign_in.id).await, SignInProgress::Connected(_)));
}

/// S019, S064: whoever replays a code makes the provider end the grant; that is seen at the first refresh.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_sent_once_and_a_stolen_one_that_is_replayed_ends_the_grant_there() {
    let world = World::start().await;
    let connection = world.connect().await;
    let exchanges = || world.practice.log().into_iter().filter(|it| it.endpoint == Endpoint::Token).count();
    assert_eq!(exchanges(), 1, "a code is good for one request");
    let callback = world.person.visited().into_iter().find(|it| it.query().is_some_and(|it| it.contains("code=")));
    let callback = callback.unwrap();
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();

    replay(&world.practice, &code, &callback).await;

    assert_eq!(
        world.practice.grants()[0].state,
        match world.practice.grants()[0].state {
            GrantState::Ended { at, .. } => GrantState::Ended { why: EndReason::CodeReplayed, at },
            GrantState::Alive => panic!("a strict server ends what a replayed code issued"),
        }
    );
    world.refresh(&connection.id).await;
    assert_eq!(world.status(&connection.id).0, "reauth_required");
}

/// A2, S023: whoever holds the port is named, and nothing is tried elsewhere.
#[tokio::test]
async fn a_registered_port_that_is_taken_is_said_before_the_browser_opens() {
    let world = World::start().await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();

    let refused = world.engine.begin_connect(ConnectRequest { port: Some(port), ..world.request() }).await;

    assert!(
        matches!(&refused, Err(Error::ListenerUnavailable(ListenerError::PortTaken { port: named, .. })) if *named == port),
        "{refused:?}"
    );
    assert!(world.person.visited().is_empty(), "no browser opens for an answer that could not arrive");
    drop(taken);
    let connection = world.connect_with(ConnectRequest { port: Some(port), ..world.request() }).await;
    assert_eq!(world.status(&connection.id).0, "active", "once it is free the same request works");
}

/// S050: in a process of its own, since which browser there is stands in the environment.
#[test]
fn a_browser_that_does_not_open_leaves_the_sign_in_waiting_with_its_address() {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "connect::without_a_browser", "--nocapture"])
        .env("PATCHBAY_TEST_WITHOUT_BROWSER", "1")
        .env("BROWSER", "/does/not/exist")
        .env("PATH", "/does/not/exist")
        .status()
        .unwrap();

    assert!(status.success(), "see the output above");
}

/// Not a test by itself: the process that the test above starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_browser() {
    if std::env::var_os("PATCHBAY_TEST_WITHOUT_BROWSER").is_none() {
        return;
    }
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let parts = EngineParts::open_with(
        folder.path(),
        Keychain::default().store(),
        Clock::system(),
        Browser::system(),
        timeouts(Duration::from_secs(10)),
    );
    let engine = Engine::new(parts.unwrap());
    engine.adopt_practice(world.practice.issuer()).await.unwrap();

    let sign_in = engine.begin_connect(world.request()).await.unwrap();

    let SignInProgress::WaitingForBrowser { browser_opened, .. } = sign_in.progress else { panic!("{sign_in:?}") };
    assert!(!browser_opened, "it is said that nothing opened");
    world.person.follow(&sign_in.authorize_url).await.unwrap();
    assert!(
        matches!(ended(&engine, &sign_in.id).await, SignInProgress::Connected(_)),
        "the address can be opened by hand"
    );
}

/// S025, S044
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_minutes_or_a_cancel_the_port_is_free_and_a_late_answer_finds_nobody() {
    let world = World::start().await;

    let (late, late_callback) = world.waiting_sign_in().await;
    world.clock.advance(10 * MINUTE - Duration::from_secs(1));
    assert!(!world.engine.sign_in(&late.id).unwrap().progress.is_over(), "ten minutes are ten minutes");
    world.clock.advance(Duration::from_secs(1));
    assert!(matches!(ended(&world.engine, &late.id).await, SignInProgress::TimedOut));
    let (cancelled, cancelled_callback) = world.waiting_sign_in().await;
    world.engine.cancel_sign_in(&cancelled.id).unwrap();
    assert!(matches!(ended(&world.engine, &cancelled.id).await, SignInProgress::Cancelled));

    for callback in [late_callback, cancelled_callback] {
        assert!(world.person.follow(&callback).await.is_err(), "the port is closed when the end is told");
        TcpListener::bind(("127.0.0.1", callback.port().unwrap())).await.unwrap();
    }
    assert!(world.practice.grants().is_empty(), "no code was exchanged");
    assert!(world.engine.cancel_sign_in(&cancelled.id).is_err(), "over is over");
}

/// C2, S052
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_client_secret_and_an_unregistered_redirect_are_told_apart() {
    let confidential = PracticeClient {
        client_id: "fjord".into(),
        client_secret: Some("right".into()),
        redirect: RedirectRule::LoopbackAnyPort { path: None },
        authentication: vec![ClientAuthentication::Post, ClientAuthentication::Basic],
    };
    let elsewhere = PracticeClient {
        client_id: "elsewhere".into(),
        client_secret: None,
        redirect: RedirectRule::Exact(vec!["http://127.0.0.1:1/callback".into()]),
        authentication: vec![ClientAuthentication::None],
    };
    let settings = Settings { clients: vec![confidential, elsewhere], ..Settings::default() };
    let world = World::start_with(settings, timeouts(Duration::from_secs(10))).await;
    let with = |client_id: &str, secret: Option<&str>| ConnectRequest {
        client: ClientChoice::New { client_id: client_id.into(), client_secret: secret.map(Secret::new) },
        ..world.request()
    };

    let wrong = world.sign_in(with("fjord", Some("wrong"))).await;
    assert_eq!(cause_of(&wrong), CauseLabel::ClientCredentialsMismatch);
    let right = world.sign_in(with("fjord", Some("right"))).await;
    assert!(matches!(right, SignInProgress::Connected(_)), "the same client with its secret mended: {right:?}");

    let waiting =
        world.engine.begin_connect(ConnectRequest { opens_browser: false, ..with("elsewhere", None) }).await.unwrap();
    let page = world.person.follow(&waiting.authorize_url).await.unwrap();
    assert_eq!(page.status, 400, "the provider shows its own page and sends nobody back");
    let progress = world.engine.sign_in(&waiting.id).unwrap().progress;
    assert!(matches!(progress, SignInProgress::WaitingForBrowser { .. }), "nothing came, so it still waits");
}

/// S053, S055, S056, S058, S163: nothing that is no answer becomes a grant, or is sent twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_gives_no_answer_ends_the_sign_in_and_is_not_asked_twice() {
    let world = World::impatient().await;
    let canary = Server::start(|_, _| Answer::json(200, "{}")).await.unwrap();
    let misbehaviours = [
        (Faults::default().answers_html(), CauseLabel::NetworkFailure),
        (Faults::default().answers_huge(512 << 20), CauseLabel::NetworkFailure),
        (Faults::default().answers_endlessly(), CauseLabel::NetworkFailure),
        (Faults::default().never_answers(), CauseLabel::NetworkFailure),
        (Faults::default().redirects_to(format!("{}/token", canary.url())), CauseLabel::NetworkFailure),
        (Faults::default().answers_status(503), CauseLabel::ProviderOutage),
    ];

    for (faults, cause) in misbehaviours {
        world.practice.clear_log();
        world.set_faults(faults.clone());
        let progress = world.sign_in(world.request()).await;
        assert_eq!(cause_of(&progress), cause, "{faults:?}");
        let requests = world.practice.log().into_iter().filter(|it| it.endpoint == Endpoint::Token).count();
        assert_eq!(requests, 1, "a code may be spent: it is never sent again after {faults:?}");
    }

    assert!(canary.seen().is_empty(), "a code is not carried to where a redirect points");
    assert!(world.practice.grants().is_empty() && world.bundle_count().await == 0);
}

/// B7, S060
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_beside_an_odd_expiry_is_kept() {
    let world = World::start().await;
    world.set_faults(Faults::default().expires_in("3600"));

    let connection = world.connect().await;

    let token = connection.token.clone().unwrap();
    assert_eq!(token.defects, [TokenDefect::ExpiresInIsText], "flagged as the provider's defect");
    assert!(token.has_refresh_token);
    assert!(world.still_works(&connection.id).await, "what was kept is what the provider issued");
}

/// B10, S059: whatever its length, it is kept, or it is said that it was not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_beyond_all_measure_is_kept_or_missed_aloud() {
    for (length, is_kept) in [(100 * 1024, true), (512 * 1024, true), (512 * 1024 + 1, false)] {
        let world = World::start().await;
        let long = "r".repeat(length);
        world.set_faults(Faults::default().malformed_token_answer(format!(
            r#"{{"access_token":"{{access_token}}","token_type":"Bearer","expires_in":3600,"refresh_token":"{long}"}}"#
        )));

        let connection = world.connect().await;

        let token = connection.token.clone().unwrap();
        assert_eq!(token.has_refresh_token, is_kept, "{length} characters");
        if is_kept {
            assert_eq!(token.defects, []);
            assert_eq!(token.refresh_fingerprint, Some(Secret::new(long).fingerprint()), "to its last character");
            assert_eq!(durability(&connection), Durability::Durable);
            let outcome = world.refresh(&connection.id).await;
            assert!(!matches!(outcome, RefreshOutcome::NoRefreshToken), "the keychain gives it back: {outcome:?}");
        } else {
            assert_eq!(token.defects, [TokenDefect::RefreshTokenUnusable], "flagged as the provider's defect");
            assert_eq!(durability(&connection), Durability::Fragile, "nothing renews it");
            assert_eq!(world.status(&connection.id), ("expiring", "no_refresh_token"));
        }
    }
}

/// S059: a new one that cannot be used does not take the place of the one that can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_brings_an_unusable_refresh_token_says_so() {
    let world = World::start().await;
    let connection = world.connect().await;
    let long = "r".repeat(512 * 1024 + 1);
    world.set_faults(Faults::default().malformed_token_answer(format!(
        r#"{{"access_token":"{{access_token}}","token_type":"Bearer","expires_in":3600,"refresh_token":"{long}"}}"#
    )));

    assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { .. }));

    let (before, after) = (connection.token.unwrap(), world.engine.connection(&connection.id).unwrap().token.unwrap());
    assert_eq!(after.defects, [TokenDefect::RefreshTokenUnusable]);
    assert_eq!(after.refresh_fingerprint, before.refresh_fingerprint, "the one in hand is kept and tried");
}

/// S081
#[tokio::test]
async fn an_issuer_that_describes_another_one_is_refused() {
    let world = World::start().await;
    world.set_faults(Faults::default().discovers_another_issuer("https://accounts.example"));

    let refused = world.engine.begin_connect(world.request()).await;

    assert!(matches!(refused, Err(Error::DiscoveryRefused(_))), "{refused:?}");
    assert!(world.person.visited().is_empty());
}

/// A5: another program that starts in this very moment takes a half stored sign-in for no leftover of a crash.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_of_another_program_leaves_a_sign_in_that_is_being_stored_alone() {
    for call in 1..=5 {
        let world = World::start().await;
        let (other, runtime) = (world.opened_again(), tokio::runtime::Handle::current());
        world.keychain.before_call(call, move || drop(runtime.block_on(other.reconcile())));

        let connection = world.connect().await;

        assert!(world.still_works(&connection.id).await, "reconciled before call {call}");
    }
}

/// S051: the tokens of a refused sign-in are not left in the keychain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_whose_question_nobody_answers_is_taken_back_after_an_hour() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.signs_in_as("jonas");
    let (id, progress) = world.reconnect(&connection.id).await;
    assert!(matches!(progress, SignInProgress::NeedsDecision { .. }), "{progress:?}");

    world.clock.advance(HOUR);

    assert!(matches!(ended(&world.engine, &id).await, SignInProgress::Refused { revoked: true, .. }));
    let alive: Vec<_> = world.practice.grants().into_iter().filter(practice::GrantSummary::is_alive).collect();
    assert_eq!(alive.len(), 1, "the new grant was ended at the provider");
    assert_eq!(alive[0].account, "mira");
}

/// What a thief would send.
async fn replay(practice: &PracticeProvider, code: &str, callback: &Url) {
    let redirect_uri = &callback[..url::Position::AfterPath];
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("client_id", PracticeProvider::default_client_id()),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", &"v".repeat(43)),
        ])
        .finish();
    let status = Person::default().post(&Url::parse(&format!("{}/token", practice.issuer())).unwrap(), &form).await;
    assert_eq!(status.unwrap().status, 400, "a code works once");
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|piece| piece == text)
}
