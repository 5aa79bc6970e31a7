//! One refresh through the engine, beside a bare POST of the same refresh and one keychain write, and beside the least
//! that a program must do that does not lose a rotated token [A4, A5].

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use domain::{ConnectionId, TokenVersion};
use engine::Engine;
use engine::clock::Clock;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::Keychain;
use keyring_core::Entry;
use tokio::runtime::Runtime;

use super::boards::{self, Secrets};
use super::floor::{Floor, Ground};
use super::measuring::{Spread, row, shown, spread, timed};
use super::servers::{self, Kind};

const RUNS: usize = 200;
const WARM_UP: usize = 20;
/// A keyring that has been in use: gnome-keyring writes the whole of it at every change.
const OTHER_ITEMS: usize = 100;
const AIM: f64 = 1.3;
const LOCK_PATIENCE: Duration = Duration::from_secs(1);

pub(crate) fn measure() {
    let runtime = Runtime::new().unwrap();
    let practice = servers::start(Kind::Practice);

    runtime.block_on(compare(
        "one refresh, keychain in memory",
        &practice.url,
        &Secrets::InMemory(Keychain::default()),
    ));
    if std::env::var_os("PATCHBAY_TEST_KEYCHAIN").is_some() {
        fill_keyring();
        let what = format!("one refresh, gnome-keyring of {OTHER_ITEMS} items");
        runtime.block_on(compare(&what, &practice.url, &Secrets::Real));
    } else {
        println!("one refresh with the real keychain: not measured outside tests/with_keychain.sh");
    }
}

async fn compare(what: &str, issuer: &str, secrets: &Secrets) {
    let folders = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let clock = Clock::system();
    let engine = Engine::new(boards::parts(folders[0].path(), secrets, &clock));
    let id = boards::sign_in(&engine, issuer).await;
    let mut bare = Bare::sign_in(folders[1].path(), issuer, secrets).await;
    let floor = FloorAlone::sign_in([folders[2].path(), folders[3].path()], issuer, secrets).await;

    let (mut theirs, mut posts, mut ours, mut wholes, mut answers) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut floors, mut whole_floors) = (vec![], vec![]);
    for run in 0..WARM_UP + RUNS {
        let (mut post, mut whole) = (Duration::ZERO, Duration::ZERO);
        let (mut least, mut whole_least) = (Duration::ZERO, Duration::ZERO);
        let (mut answer, mut own, mut until_quiet) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        // By turns, so that what else the machine does weighs on all; and each behind each, since what one leaves to the
        // disk the next one waits for.
        for turn in 0..3 {
            match (run + turn) % 3 {
                0 => whole = timed(async { post = bare.refresh().await }).await,
                1 => (least, whole_least) = floor.refresh(),
                _ => {
                    until_quiet = timed(async {
                        own = timed(async { answer = refresh(&engine, &id).await }).await;
                        // The old bundle is blanked after the caller has its token: the next does not begin before.
                        engine.until_quiet().await;
                    })
                    .await;
                }
            }
        }
        if run >= WARM_UP {
            theirs.push(whole);
            posts.push(post);
            floors.push(least);
            whole_floors.push(whole_least);
            ours.push(own);
            wholes.push(until_quiet);
            answers.push(answer);
        }
    }
    let (theirs, posts, ours, answers) = (spread(theirs), spread(posts), spread(ours), spread(answers));
    let (wholes, floors, whole_floors) = (spread(wholes), spread(floors), spread(whole_floors));
    row(what, (theirs.median, floors.median, ours.median), AIM);
    let after = "    the same, with what is done after the caller has its token";
    row(after, (theirs.median, whole_floors.median, wholes.median), AIM);
    println!("    bare: {}, of it the POST {}", range(theirs), range(posts));
    println!("    floor: {}; with the rest {}", range(floors), range(whole_floors));
    println!("    engine: {}, of it the POST {}; with the rest {}", range(ours), range(answers), range(wholes));
    take_apart(secrets).await;
}

/// Where the time goes: each part of a refresh by itself.
async fn take_apart(secrets: &Secrets) {
    let folder = tempfile::tempdir().unwrap();
    let parts = boards::parts(folder.path(), secrets, &Clock::system());
    let now = Clock::system().now();
    let id = &boards::fill(&parts, "http://127.0.0.1:9", 1, (now, Duration::from_secs(3600)), true).await[0];
    let mut times: [Vec<Duration>; 6] = Default::default();
    for _ in 0..RUNS {
        let mut bundle = parts.vault.read_bundle(id, TokenVersion(1)).await.unwrap().unwrap();
        bundle.version = TokenVersion(2);
        let taken = [
            timed(async { drop(parts.vault.read_bundle(id, TokenVersion(1)).await.unwrap()) }).await,
            timed(async { parts.vault.write_bundle(id, &bundle).await.unwrap() }).await,
            timed(async { parts.vault.erase_bundle(id, bundle.version).await.unwrap() }).await,
            timed(async { parts.store.begin_refresh(id, TokenVersion(1), now, "1 2 3").unwrap() }).await,
            timed(async { parts.store.clear_intent(id).unwrap() }).await,
            timed(async { drop(parts.locks.acquire(id, LOCK_PATIENCE).await.unwrap()) }).await,
        ];
        times.iter_mut().zip(taken).for_each(|(all, one)| all.push(one));
    }
    let [read, write, erase, intent, commit, lock] = times.map(spread);
    println!(
        "    of its parts: bundle read {}, written and read back {}, erased {}; one commit {}, on the disk {}; the lock {}",
        shown(read.median),
        shown(write.median),
        shown(erase.median),
        shown(intent.median),
        shown(commit.median),
        shown(lock.median)
    );
}

fn range(spread: Spread) -> String {
    format!("{} ({} to {})", shown(spread.median), shown(spread.lower), shown(spread.upper))
}

/// A person's click: never needless. Gives the time between request and answer.
async fn refresh(engine: &Engine, id: &ConnectionId) -> Duration {
    match engine.refresh(id, RefreshWhy::Person).await.unwrap() {
        RefreshOutcome::Refreshed { latency, is_rotated: true, .. } => latency,
        other => panic!("it should have been refreshed: {other:?}"),
    }
}

/// The least program: posts its refresh token, and overwrites its one keychain item with the answer.
struct Bare {
    http: reqwest::Client,
    token_endpoint: String,
    refresh_token: String,
    entry: Entry,
}

impl Bare {
    /// Takes a grant of its own over from a board that is then left alone.
    async fn sign_in(folder: &Path, issuer: &str, secrets: &Secrets) -> Self {
        let (token_endpoint, refresh_token) = grant(folder, issuer).await;
        let entry = secrets.store().build("patchbay-benchmark", "the one item", None).unwrap();
        entry.set_secret(b"nothing yet").unwrap();
        Self { http: client(), token_endpoint, refresh_token, entry }
    }

    async fn refresh(&mut self) -> Duration {
        let begun = Instant::now();
        let body = format!(
            "grant_type=refresh_token&client_id=patchbay-practice&refresh_token={}",
            url::form_urlencoded::byte_serialize(self.refresh_token.as_bytes()).collect::<String>()
        );
        let answer = post(&self.http, &self.token_endpoint, body).await;
        let posted = begun.elapsed();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        self.refresh_token = answer["refresh_token"].as_str().unwrap().to_owned();
        let entry = &self.entry;
        // The Secret Service's store may not run on a thread of tokio's.
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| entry.set_secret(answer.to_string().as_bytes()).unwrap());
            });
        });
        posted
    }
}

/// The floor on a thread and a runtime of its own: nothing is handed over, and the Secret Service's store may not run on
/// a thread of tokio's.
struct FloorAlone {
    ask: mpsc::Sender<()>,
    told: mpsc::Receiver<(Duration, Duration)>,
}

impl FloorAlone {
    async fn sign_in(folders: [&Path; 2], issuer: &str, secrets: &Secrets) -> Self {
        let (token_endpoint, refresh_token) = grant(folders[0], issuer).await;
        let ground = Ground::open(folders[1], secrets);
        let asked = (token_endpoint.into(), "patchbay-practice");
        let mut floor = Floor::begin(&ground, "the-one", asked, &refresh_token, client());
        let (ask, asks) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        // It stays: a thread that begins with each refresh would be counted.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            while asks.recv().is_ok() {
                let begun = Instant::now();
                let asked = floor.ask();
                let answer = runtime.block_on(floor.post(&asked));
                floor.keep(asked, &answer);
                let until_answered = begun.elapsed();
                floor.blank_old();
                tell.send((until_answered, begun.elapsed())).ok();
            }
        });
        Self { ask, told }
    }

    /// Until the caller has its token, and until the old bundle is blanked too.
    fn refresh(&self) -> (Duration, Duration) {
        tokio::task::block_in_place(|| {
            self.ask.send(()).unwrap();
            self.told.recv().unwrap()
        })
    }
}

/// A token endpoint and a refresh token of a board that is then left alone.
async fn grant(folder: &Path, issuer: &str) -> (String, String) {
    let throw_away = Secrets::InMemory(Keychain::default());
    let engine = Engine::new(boards::parts(folder, &throw_away, &Clock::system()));
    let id = boards::sign_in(&engine, issuer).await;
    let connection = engine.connection(&id).unwrap();
    let parts = boards::parts(folder, &throw_away, &Clock::system());
    (connection.endpoints.token_endpoint.to_string(), boards::refresh_token(&parts, &id).await)
}

/// As a program makes one that talks to a server every hour: each POST opens a connection, as ours do.
#[expect(clippy::disallowed_methods, reason = "what is measured is a client that is not ours")]
pub(crate) fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

pub(crate) async fn post(client: &reqwest::Client, url: &str, form: String) -> Vec<u8> {
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap().to_vec()
}

fn fill_keyring() {
    let store = Secrets::Real.store();
    for number in 0..OTHER_ITEMS {
        let entry = store.build("somebody else's", &format!("item {number}"), None).unwrap();
        entry.set_secret(&[b'x'; 600]).unwrap();
    }
}
