//! Secrets that are none of ours, in whatever refuses: nothing of them is kept, and nothing of them is shown [A3, C1, C6].

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::probe_plan::{LadderReport, Rung};
use engine::Engine;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInProgress};
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::support_bundle::BundleWith;
use fakes::{Answer, Keychain, Person, Seen, Server};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::any_server::document;
use super::support::{HOUR, ended, open, timeouts, within};

/// Of kinds that are in use, each as it may stand in a sentence, and what of it nobody may see.
const PLANTED: [(&str, &str); 14] = [
    ("refused ya29.PLANTEDplantedPLANTED1234567890", "PLANTEDplanted"),
    ("trace 8f14e45fceea167a5a36dedd4bea2543", "8f14e45fceea"),
    ("trace 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "2fd4e1c67a2d"),
    ("trace 9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015", "9f86d081884c"),
    ("refresh token 4829104829105829 was revoked", "4829104829"),
    ("see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl", "eyJzdWIi"),
    ("of xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy", "pdFZKVeTuE8"),
    ("of ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c"),
    ("header Authorization: Basic bWlyYTpodW50ZXIycGxhbnRlZA==", "bWlyYTpodW50"),
    ("with password=Sommer2024!geheim", "Sommer2024"),
    ("with client_secret: abc8Q~planted-part-of-it", "planted-part"),
    ("cookie: sessionid=plantedsession7", "plantedsession7"),
    ("https://a.example/cb?code=plantedcode77&state=x", "plantedcode77"),
    ("key AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
];

/// Which address refuses, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    path: &'static str,
    status: u16,
    place: Place,
}

/// Where in the answer they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Description,
    Nested,
    Code,
    Challenge,
    Page,
    Text,
}

const PLACES: [Place; 6] = [Place::Description, Place::Nested, Place::Code, Place::Challenge, Place::Page, Place::Text];

/// What such an answer says, one after the other, none so long that it is cut.
fn texts(place: Place) -> Vec<String> {
    let at_once = if place == Place::Code { 1 } else { 4 };
    PLANTED.chunks(at_once).map(|some| some.iter().map(|(text, _)| *text).collect::<Vec<_>>().join("; ")).collect()
}

fn refusing(refusal: Refusal, text: &str) -> Answer {
    let bare = text.rsplit(' ').next().unwrap_or_default();
    let mut answer = match refusal.place {
        Place::Description => {
            Answer::json(refusal.status, format!(r#"{{"error":"invalid_grant","error_description":"{text}"}}"#))
        }
        Place::Nested => Answer::json(
            refusal.status,
            format!(r#"{{"error":{{"code":{},"status":"DENIED","message":"{text}"}}}}"#, refusal.status),
        ),
        Place::Code => Answer::json(refusal.status, format!(r#"{{"error":"{bare}","code":"{bare}"}}"#)),
        Place::Challenge => {
            let mut answer = Answer::json(refusal.status, r#"{"error":"invalid_token"}"#);
            let told = format!(r#"Bearer error="{bare}", error_description="{text}", scope="{bare}""#);
            answer.headers.push(("www-authenticate".into(), told));
            answer
        }
        Place::Page => Answer {
            status: refusal.status,
            headers: vec![("content-type".into(), "text/html".into())],
            body: format!("<html><title>No</title><body><p>{text}</p></body></html>"),
        },
        Place::Text => Answer {
            status: refusal.status,
            headers: vec![("content-type".into(), "text/plain".into())],
            body: text.to_owned(),
        },
    };
    // What looks like chance and no token is an id, and stays: support needs it.
    if let Some(token) = text.split(' ').find(|it| it.starts_with("ya29.") || it.starts_with("ghp_")) {
        answer.headers.push(("x-request-id".into(), token.trim_end_matches(';').to_owned()));
    }
    answer
}

fn answer(base: &str, seen: &Seen, refusal: Option<&(Refusal, String)>) -> Answer {
    let path = seen.target.split('?').next().unwrap_or_default();
    if let Some((refusal, text)) = refusal.filter(|(it, _)| it.path == path) {
        return refusing(*refusal, text);
    }
    match path {
        "/.well-known/openid-configuration" => document(base, &format!(r#","userinfo_endpoint":"{base}/userinfo""#)),
        "/token" => Answer::json(
            200,
            r#"{"access_token":"at-of-ours","refresh_token":"rt-of-ours","token_type":"Bearer","expires_in":3600}"#,
        ),
        "/userinfo" => Answer::json(200, r#"{"sub":"u1","email":"mira@planted.example"}"#),
        _ => Answer::json(200, "{}"),
    }
}

struct Board {
    server: Server,
    refusal: Arc<Mutex<Option<(Refusal, String)>>>,
    engine: Engine,
    clock: Clock,
    person: Person,
}

impl Board {
    async fn start(folder: &Path) -> Self {
        let refusal = Arc::new(Mutex::new(None));
        let set = Arc::clone(&refusal);
        let clock = Clock::set_at(Timestamp::from_second(1_800_000_000).unwrap());
        let told = clock.clone();
        let server = Server::start(move |base, seen| {
            let mut answer = answer(base, seen, set.lock().unwrap().as_ref());
            let date = told.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            answer.headers.push(("date".into(), date));
            answer
        });
        let server = server.await.unwrap();
        let (keychain, person) = (Keychain::default(), Person::default());
        let engine = open(folder, &keychain, &clock, &person, timeouts(Duration::from_secs(5)));
        Self { server, refusal, engine, clock, person }
    }

    async fn sign_in(&self) -> SignInProgress {
        let client = ClientChoice::New { client_id: "client".to_owned(), client_secret: None };
        let request = ConnectRequest { provider: self.server.url().to_owned(), client, ..Default::default() };
        self.come_back(&self.engine.begin_connect(request).await.unwrap()).await
    }

    /// As a browser that was let through.
    async fn come_back(&self, sign_in: &SignIn) -> SignInProgress {
        let of = |name: &str| {
            sign_in.authorize_url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
        };
        let mut back = Url::parse(&of("redirect_uri").unwrap()).unwrap();
        back.query_pairs_mut().append_pair("code", "a-code").append_pair("state", &of("state").unwrap());
        self.person.visit(&back).await.unwrap();
        ended(&self.engine, &sign_in.id).await
    }

    async fn connected(&self) -> Connection {
        let progress = self.sign_in().await;
        let SignInProgress::Connected(id) = progress else { panic!("{progress:?}") };
        self.engine.connection(&id).unwrap()
    }

    async fn climbed(&self, connection: &Connection) -> LadderReport {
        let with = DiagnoseWith {
            may_refresh: false,
            may_write: true,
            resource: Some(Url::parse(&format!("{}/thing", self.server.url())).unwrap()),
            zone: TimeZone::UTC,
        };
        within(self.engine.diagnose(&connection.id, with, |_| {})).await.unwrap()
    }
}

/// Everything in a folder, as one text.
fn files(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries.filter(|it| it.is_file()).map(|it| String::from_utf8_lossy(&fs::read(it).unwrap()).into_owned()).collect()
}

/// A3, C1, C6: whatever an answer of any probe says, wherever in it and at whatever address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_refuses_may_say_any_secret_and_none_of_it_is_kept_or_shown() {
    let (mut found, mut stopped_at) = (vec![], vec![]);
    for (path, status) in [("/token", 400), ("/token", 503), ("/userinfo", 403), ("/userinfo", 500), ("/thing", 403)] {
        let folder = tempfile::tempdir().unwrap();
        let board = Board::start(folder.path()).await;
        let connection = board.connected().await;
        for place in PLACES {
            // What ends the grant for good would end the walk.
            let refusal = Refusal { path, status: if place == Place::Page { 502 } else { status }, place };
            if place == Place::Code && (path == "/thing" || status >= 500) {
                continue;
            }
            for text in texts(place) {
                *board.refusal.lock().unwrap() = Some((refusal, text));
                if path == "/token" {
                    board.clock.advance(2 * HOUR);
                }
                let report = board.climbed(&connection).await;
                stopped_at.extend(report.failed_rung().map(|it| it.rung));
                let kept = board.engine.last_diagnosis(&connection.id).unwrap();
                let events = board.engine.list_events(Some(&connection.id), 30).unwrap();
                let row = board.engine.connection(&connection.id).unwrap();
                let shown = format!("{report:#?}{kept:#?}{events:#?}{row:#?}");
                for (_, secret) in PLANTED.iter().filter(|(_, it)| shown.contains(it)) {
                    let line = shown.lines().find(|it| it.contains(secret)).unwrap_or_default();
                    found.push(format!("{refusal:?}: {}", line.trim()));
                }
                *board.refusal.lock().unwrap() = None;
                if matches!(row.grant, domain::connection::GrantState::Ended { .. }) {
                    let again = board.engine.begin_reconnect(&connection.id, false).await.unwrap();
                    board.come_back(&again).await;
                }
            }
        }
        let bundle = board.engine.failure_bundle(&connection.id, BundleWith { includes_account: true }).await.unwrap();
        let written = format!("{}{}{}", files(folder.path()), bundle.json, bundle.markdown);
        found.extend(PLANTED.iter().filter(|(_, it)| written.contains(it)).map(|(_, it)| format!("{it} is in a file")));
    }
    for rung in [Rung::TokenEndpoint, Rung::Credential, Rung::Identity, Rung::Resource] {
        assert!(stopped_at.contains(&rung), "{rung:?} refused nothing: {stopped_at:?}");
    }
    assert!(found.is_empty(), "{} got out:\n{}", found.len(), found.join("\n"));
}

/// A3, B4: a sign-in that is refused shows what the provider says, and no secret of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_sign_in_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let board = Board::start(folder.path()).await;
    for place in [Place::Description, Place::Code, Place::Page] {
        for text in texts(place) {
            *board.refusal.lock().unwrap() = Some((Refusal { path: "/token", status: 400, place }, text));
            let shown = format!("{:#?}", board.sign_in().await);
            assert!(shown.contains("Failed"), "{shown}");
            assert!(PLANTED.iter().all(|(_, it)| !shown.contains(it)), "{place:?}: {shown}");
        }
    }
    let written = files(folder.path());
    let kept: Vec<_> = PLANTED.iter().filter(|(_, it)| written.contains(it)).collect();
    assert!(kept.is_empty(), "{kept:?} are in a file");
}
