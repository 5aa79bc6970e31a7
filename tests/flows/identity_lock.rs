//! Whose tokens these are, where a provider says little, or other than before: nothing is taken for the same account
//! unasked, and nothing that was issued to nobody is left behind [A7, A10, S095, S101].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::connection::farewell::RevocationPlan;
use domain::connection::reconnect::ReconnectDecision;
use domain::connection::{Connection, LinkOutcome};
use domain::diagnosis::CauseLabel;
use domain::lifecycle_event::EventKind;
use domain::token::TokenDefect;
use domain::{ConnectionId, Secret, TokenVersion};
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInFailure, SignInId, SignInProgress};
use engine::flows::disconnect::RevocationResult;
use engine::flows::left_grants::OldGrant;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::{Engine, Error};
use fakes::{Answer, Keychain, Person, Seen, Server};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{MINUTE, ended, open, settled, timeouts};

/// A7, S101: where no subject can be compared the addresses are, and what cannot be compared at all is asked about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_be_compared_replaces_nothing_before_a_yes() {
    let (mira, jonas) = (json!({"email": "mira@x.example"}), json!({"email": "jonas@x.example"}));
    let placed = |org: &str| json!({"sub": "u1", "email": "mira@x.example", "org_id": org});
    let bare = json!({"sub": "u1", "email": "mira@x.example"});
    let cases = [
        ("another address", Some(mira.clone()), Some(jonas), (true, false, false)),
        ("a subject at last", Some(mira), Some(json!({"sub": "u2", "email": "jonas@x.example"})), (true, false, false)),
        ("another workspace", Some(placed("acme")), Some(placed("evil")), (false, true, false)),
        ("no workspace any more", Some(placed("acme")), Some(bare.clone()), (false, false, true)),
        ("a workspace at last", Some(bare.clone()), Some(placed("evil")), (false, false, true)),
        ("nobody any more", Some(bare), None, (false, false, true)),
        ("never anybody", None, None, (false, false, true)),
    ];
    for (case, first, then, expected) in cases {
        let stage = Stage::start(first).await;
        let connection = stage.connect().await;
        stage.say(|says| says.userinfo = then);

        let (sign_in, progress) = stage.reconnect(&connection.id).await;

        let SignInProgress::NeedsDecision { comparison, .. } = progress else { panic!("{case}: {progress:?}") };
        let found = (comparison.is_other_account, comparison.is_other_workspace, comparison.is_identity_unknown);
        assert_eq!(found, expected, "{case}");
        assert_eq!(
            stage.engine.connection(&connection.id).unwrap().token,
            connection.token,
            "{case}: replaced unasked"
        );

        stage.engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();
        let refused = ended(&stage.engine, &sign_in).await;
        assert!(matches!(refused, SignInProgress::Refused { .. }), "{case}: {refused:?}");
        assert_eq!(stage.engine.connection(&connection.id).unwrap().token, connection.token, "{case}");
    }
}

/// A7: a provider that never says who it is can still be reconnected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_yes_reconnects_where_nobody_is_ever_named() {
    let stage = Stage::start(None).await;
    let connection = stage.connect().await;
    let (sign_in, _) = stage.reconnect(&connection.id).await;

    stage.engine.decide_reconnect(&sign_in, ReconnectDecision::Replace).unwrap();

    let SignInProgress::Connected(id) = ended(&stage.engine, &sign_in).await else { panic!("a yes stores it") };
    assert_eq!(id, connection.id);
    assert_eq!(stage.engine.connection(&id).unwrap().token.unwrap().version, TokenVersion(2));
}

/// A7, E1: the case of an address says nothing, and the same account is not asked about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_address_without_a_subject_needs_no_question() {
    let stage = Stage::start(Some(json!({"email": "mira@x.example"}))).await;
    let connection = stage.connect().await;
    stage.say(|says| says.userinfo = Some(json!({"email": "Mira@X.example"})));

    let (_, progress) = stage.reconnect(&connection.id).await;

    assert!(matches!(&progress, SignInProgress::Connected(id) if *id == connection.id), "{progress:?}");
}

/// E2, S101
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_call_that_names_another_address_is_of_another_account() {
    let stage = Stage::start(Some(json!({"email": "mira@x.example"}))).await;
    let connection = stage.connect().await;
    let same = stage.engine.run_test_call(&connection.id).await.unwrap();
    assert!(same.failure.is_none() && !same.is_other_account, "{same:?}");
    stage.say(|says| says.userinfo = Some(json!({"email": "jonas@x.example"})));

    let other = stage.engine.run_test_call(&connection.id).await.unwrap();

    assert!(other.is_other_account);
    assert_eq!(other.failure.map(|it| it.cause), Some(CauseLabel::WrongTenantOrAccount));
    let kept = stage.engine.connection(&connection.id).unwrap().identity.label;
    assert_eq!(kept.as_deref(), Some("mira@x.example"), "the connection stays who it was");
}

/// A10, S095: tokens that came with a refused sign-in are somebody's grant all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_issued_to_a_refused_sign_in_is_revoked() {
    let who = json!({"sub": "u1", "email": "mira@x.example"});
    let cases: [Spoiled; 3] = [
        (
            "another issuer",
            |says| says.id_token = Told::Claims(json!({"iss": "https://evil.example", "sub": "u1"})),
            CauseLabel::TokenAudienceMismatch,
        ),
        ("unreadable", |says| says.id_token = Told::Garbage, CauseLabel::TokenAudienceMismatch),
        ("two people", |says| says.id_token = Told::Claims(json!({"sub": "u2"})), CauseLabel::WrongTenantOrAccount),
    ];
    for (case, spoil, cause) in cases {
        let stage = Stage::start(Some(who.clone())).await;
        let connection = stage.connect().await;
        stage.say(spoil);

        let attempts = [stage.sign_in().await, stage.reconnect(&connection.id).await.1];

        for (progress, number) in attempts.iter().zip([2, 3]) {
            let SignInProgress::Failed(SignInFailure::Cause { diagnosis, detail }) = progress else {
                panic!("{case}: {progress:?}")
            };
            assert_eq!(diagnosis.cause, cause, "{case}");
            let detail = detail.as_deref().unwrap_or_default();
            assert!(detail.ends_with("the tokens that came with it were revoked"), "{case}: {detail}");
            assert!(stage.revoked().contains(&refresh_token(number)), "{case}: {number} lives on");
        }
        assert!(!stage.revoked().contains(&refresh_token(1)), "{case}: the old grant is not touched");
        assert_eq!(stage.engine.connection(&connection.id).unwrap().token, connection.token, "{case}");
    }
}

/// A10: what nobody can take back is not passed over in silence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_sign_in_says_that_its_tokens_live_on() {
    for (revocation, expected) in [(None, "lives on at the provider"), (Some(503), "may live on at the provider")] {
        let stage = Stage::start(Some(json!({"sub": "u1"}))).await;
        stage.say(|says| {
            says.id_token = Told::Garbage;
            says.revocation = revocation;
        });

        let progress = stage.sign_in().await;

        let SignInProgress::Failed(SignInFailure::Cause { detail: Some(detail), .. }) = progress else {
            panic!("{progress:?}")
        };
        assert!(detail.contains(expected), "{detail}");
    }
}

/// A5, S101, OIDC Core §12.2: the rotated token is kept, and handed to nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_answer_with_an_id_token_of_others_is_kept_and_not_handed_out() {
    let cases = [
        ("person", json!({"sub": "u2"})),
        ("person, long ago", json!({"sub": "u2", "exp": 1, "iat": 1})),
        ("issuer", json!({"iss": "https://evil.example", "sub": "u1"})),
        ("person, as a number", json!({"sub": 2})),
        ("workspace", json!({"sub": "u1", "org_id": "evil"})),
    ];
    for (case, claims) in cases {
        let stage = Stage::start(Some(json!({"sub": "u1", "email": "mira@x.example", "org_id": "acme"}))).await;
        let connection = stage.connect().await;
        stage.say(|says| says.id_token = Told::Claims(claims));

        let outcome = stage.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();

        let RefreshOutcome::GrantEnded { diagnosis } = outcome else { panic!("{case}: {outcome:?}") };
        assert_eq!(diagnosis.cause, CauseLabel::WrongTenantOrAccount, "{case}");
        let kept = stage.engine.connection(&connection.id).unwrap().token.unwrap();
        let newest = Secret::new(refresh_token(2).as_str()).fingerprint();
        assert_eq!((kept.version, kept.refresh_fingerprint), (TokenVersion(2), Some(newest)), "{case}: it is not lost");
        let Err(refused) = stage.engine.fresh_access_token(&connection.id, MINUTE, "a script").await else {
            panic!("{case}: handed out")
        };
        let Error::BlockedOnAuth { diagnosis, .. } = refused else { panic!("{case}: {refused:?}") };
        assert_eq!(diagnosis.cause, CauseLabel::WrongTenantOrAccount, "{case}");
        let (links, kinds) = (stage.engine.detail(&connection.id).unwrap().lineage, stage.kinds(&connection.id));
        assert_eq!(links[0].outcome, LinkOutcome::Refused, "{case}: nothing calls it in use");
        assert!(kinds.contains(&EventKind::RefreshFailed), "{case}: {kinds:?}");
        assert!(!kinds.contains(&EventKind::RefreshSucceeded), "{case}: {kinds:?}");
    }
}

/// A10, S101: what a refresh brought of somebody else is ended with the connection, and that is said as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_revokes_tokens_of_another_account() {
    for (status, expected) in
        [(200, RevocationResult::Revoked), (503, RevocationResult::Failed { http_status: Some(503) })]
    {
        let stage = Stage::start(Some(json!({"sub": "u1"}))).await;
        let id = stage.ended_by_another().await;
        assert_eq!(stage.revoked(), Vec::<String>::new(), "its own family may hang on it");
        stage.say(|says| says.revocation = Some(status));
        assert_eq!(stage.engine.plan_disconnect(&id).unwrap().revocation, RevocationPlan::EndsThisGrant);

        let done = stage.engine.disconnect(&id).await.unwrap();

        assert_eq!(done.revocation, expected);
        assert!(stage.revoked().contains(&refresh_token(2)), "{:?}", stage.revoked());
    }
}

/// A10, S101: the person's own new grant takes the place of what was somebody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_revokes_tokens_of_another_account() {
    let stage = Stage::start(Some(json!({"sub": "u1"}))).await;
    let id = stage.ended_by_another().await;
    stage.say(|says| says.id_token = Told::Nothing);

    let (_, progress) = stage.reconnect(&id).await;

    assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
    assert_eq!(stage.engine.old_grant(&id, MINUTE).await, Some(OldGrant::Revoked));
    assert!(stage.revoked().contains(&refresh_token(2)), "{:?}", stage.revoked());
    assert!(!stage.revoked().contains(&refresh_token(3)), "the new one stays");
}

/// A5, S101, OIDC Core §12.2: what says nothing ends no grant, proves nothing, and is noted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_token_that_says_nothing_is_noted_and_ends_no_grant() {
    let long = "x".repeat(700_000);
    let cases = [
        ("list of audiences", json!({"sub": "u1", "aud": ["known-client", "another"]}), false),
        ("a number", json!({"sub": "u1", "exp": "soon"}), false),
        ("nobody", json!({}), true),
        ("another client", json!({"aud": "another-client", "sub": "u1"}), true),
        ("very long", json!({"sub": "u1", "more": long}), true),
    ];
    for (case, claims, is_noted) in cases {
        let stage = Stage::start(Some(json!({"sub": "u1"}))).await;
        let connection = stage.connect().await;
        stage.say(|says| says.id_token = Told::Claims(claims));

        let outcome = stage.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();

        assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{case}: {outcome:?}");
        let kept = stage.engine.connection(&connection.id).unwrap().token.unwrap();
        assert_eq!(kept.defects.contains(&TokenDefect::IdTokenUnusable), is_noted, "{case}: {:?}", kept.defects);
        assert!(stage.engine.fresh_access_token(&connection.id, MINUTE, "a script").await.is_ok(), "{case}");
    }
}

/// A5: an ID token of the same account, or one that says nothing, stands in no refresh's way; and a reconnect by the
/// right account mends what another one's stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_answer_with_the_same_id_token_goes_on_and_a_reconnect_mends_the_other() {
    let stage = Stage::start(Some(json!({"sub": "u1", "email": "mira@x.example"}))).await;
    let connection = stage.connect().await;
    let id = &connection.id;
    for told in [Told::Claims(json!({"sub": "u1"})), Told::Garbage, Told::Nothing] {
        stage.say(|says| says.id_token = told);
        let outcome = stage.engine.refresh(id, RefreshWhy::Person).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");
    }
    stage.say(|says| says.id_token = Told::Claims(json!({"sub": "u2"})));
    stage.engine.refresh(id, RefreshWhy::Person).await.unwrap();
    stage.say(|says| says.id_token = Told::Claims(json!({"sub": "u1"})));

    let (_, progress) = stage.reconnect(id).await;

    assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
    assert!(stage.engine.fresh_access_token(id, MINUTE, "a script").await.is_ok());
}

/// Its name, what the provider says from then on, and the cause that the failure names.
type Spoiled = (&'static str, fn(&mut Says), CauseLabel);

/// A provider that says of who signed in what it is told to, and a board beside it.
struct Stage {
    server: Server,
    says: Arc<Mutex<Says>>,
    person: Person,
    engine: Engine,
    _folder: TempDir,
}

struct Says {
    id_token: Told,
    /// `None`: the call fails.
    userinfo: Option<Value>,
    /// The status of a revocation; `None`: none is offered.
    revocation: Option<u16>,
    issued: u32,
    now: i64,
}

enum Told {
    Nothing,
    Garbage,
    /// Beside issuer, audience and times, which it may put others in the place of.
    Claims(Value),
}

impl Stage {
    async fn start(userinfo: Option<Value>) -> Self {
        let now = Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
        let says = Says { id_token: Told::Nothing, userinfo, revocation: Some(200), issued: 0, now: now.as_second() };
        let says = Arc::new(Mutex::new(says));
        let told = Arc::clone(&says);
        let server = Server::start(move |own, seen| answer(own, seen, &mut told.lock().unwrap())).await.unwrap();
        let (folder, person) = (tempfile::tempdir().unwrap(), Person::default());
        let patience = timeouts(Duration::from_secs(10));
        let engine = open(folder.path(), &Keychain::default(), &Clock::set_at(now), &person, patience);
        Self { server, says, person, engine, _folder: folder }
    }

    fn say(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    /// A connection whose refresh was answered with tokens of somebody else.
    async fn ended_by_another(&self) -> ConnectionId {
        let connection = self.connect().await;
        self.say(|says| says.id_token = Told::Claims(json!({"sub": "u2"})));
        let outcome = self.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "{outcome:?}");
        connection.id
    }

    fn kinds(&self, id: &ConnectionId) -> Vec<EventKind> {
        self.engine.list_events(Some(id), 50).unwrap().into_iter().map(|(_, event)| event.kind).collect()
    }

    async fn connect(&self) -> Connection {
        match self.sign_in().await {
            SignInProgress::Connected(id) => self.engine.connection(&id).unwrap(),
            other => panic!("the sign-in should have worked: {other:?}"),
        }
    }

    async fn sign_in(&self) -> SignInProgress {
        let request = ConnectRequest {
            provider: self.server.url().to_owned(),
            client: ClientChoice::New { client_id: "known-client".into(), client_secret: None },
            opens_browser: false,
            ..Default::default()
        };
        let sign_in = self.engine.begin_connect(request).await.unwrap();
        self.come_back(&sign_in).await
    }

    async fn reconnect(&self, id: &ConnectionId) -> (SignInId, SignInProgress) {
        let sign_in = self.engine.begin_reconnect(id, false).await.unwrap();
        let progress = self.come_back(&sign_in).await;
        (sign_in.id, progress)
    }

    /// The browser's way back.
    async fn come_back(&self, sign_in: &SignIn) -> SignInProgress {
        let asked: std::collections::HashMap<_, _> = sign_in.authorize_url.query_pairs().into_owned().collect();
        let mut callback = url::Url::parse(&asked["redirect_uri"]).unwrap();
        callback.query_pairs_mut().append_pair("code", "a-code").append_pair("state", &asked["state"]);
        self.person.follow(&callback).await.unwrap();
        settled(&self.engine, &sign_in.id).await
    }

    fn revoked(&self) -> Vec<String> {
        let sent = self.server.seen().into_iter().filter(|seen| seen.target == "/revoke");
        sent.flat_map(|seen| url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect::<Vec<_>>())
            .filter_map(|(name, value)| (name == "token").then_some(value))
            .collect()
    }
}

fn refresh_token(number: u32) -> String {
    format!("refresh-token-of-the-stage-{number:04}")
}

fn answer(own: &str, seen: &Seen, says: &mut Says) -> Answer {
    let path = seen.target.split('?').next().unwrap_or_default();
    if path.starts_with("/.well-known/") {
        let mut said = json!({
            "issuer": own, "authorization_endpoint": format!("{own}/authorize"),
            "token_endpoint": format!("{own}/token"), "userinfo_endpoint": format!("{own}/userinfo"),
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        });
        if says.revocation.is_some() {
            said["revocation_endpoint"] = json!(format!("{own}/revoke"));
        }
        return Answer::json(200, said.to_string());
    }
    match path {
        "/token" => {
            says.issued += 1;
            let mut said = json!({
                "access_token": format!("access-token-of-the-stage-{:04}", says.issued),
                "refresh_token": refresh_token(says.issued), "expires_in": 3600, "token_type": "Bearer",
            });
            match &says.id_token {
                Told::Nothing => {}
                Told::Garbage => said["id_token"] = json!("zzz"),
                Told::Claims(more) => said["id_token"] = json!(id_token(own, more, says.now)),
            }
            Answer::json(200, said.to_string())
        }
        "/userinfo" => {
            says.userinfo.as_ref().map_or_else(|| Answer::json(500, "{}"), |said| Answer::json(200, said.to_string()))
        }
        "/revoke" => Answer::json(says.revocation.unwrap_or(404), "{}"),
        _ => Answer::json(404, "{}"),
    }
}

fn id_token(own: &str, more: &Value, now: i64) -> String {
    let mut claims = json!({"iss": own, "aud": "known-client", "iat": now, "exp": now + 3600});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.signature", part(json!({"alg": "ES256"}).to_string()), part(claims.to_string()))
}
