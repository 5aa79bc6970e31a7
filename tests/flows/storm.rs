//! Many connections due at one time: each is refreshed once, providers are not crowded, memory stays flat
//! [B2, B3, B13, S161, S165, F23, F26].
//!
//! `PATCHBAY_STORM` says how many; `./dev storm` runs ten thousand in a release build.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::connection::{
    Connection, Environment, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome, Scopes, TokenLink,
};
use domain::provider::Provider;
use domain::token::{Expiry, TokenBundle};
use domain::{ClientId, ConnectionId, Secret, TokenVersion};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::clients::NewClient;
use engine::{Engine, EngineParts};
use fakes::{Keychain, Person, TokenServer};
use jiff::Timestamp;
use keyring_core::CredentialStore;
use practice::{PracticeProvider, Settings};
use tempfile::TempDir;
use tokio::time::timeout;

use super::single_flight::{has_real_keychain, real_keychain};
use super::support::{HOUR, MINUTE, folder_in_memory, timeouts};

const COUNT: &str = "PATCHBAY_STORM";
const USUAL_COUNT: usize = 500;
/// What a keyring on a person's machine is asked for.
const REAL_COUNT: usize = 200;
const PROVIDERS: usize = 6;
const LATENCY: Duration = Duration::from_millis(20);
/// Refreshes at once, over all providers.
const MOST_OVERALL: usize = 8;
const PATIENCE: Duration = Duration::from_secs(1800);

/// F23, B3, B13: keychain and database in memory: the engine's own cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_is_one_refresh_for_each_connection() {
    let count = std::env::var(COUNT).map_or(USUAL_COUNT, |text| text.parse().unwrap());
    let figures = storm(count, Keychain::default().store(), folder_in_memory()).await;
    println!("storm, keychain and database in memory: {figures}");
}

/// F23, B3, B13: with this system's keychain and disk, where there is a keychain for tests: what a person gets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_with_a_real_keychain_is_one_refresh_for_each_connection() {
    if has_real_keychain() {
        let store = tokio::task::spawn_blocking(|| std::thread::spawn(real_keychain).join().unwrap()).await.unwrap();
        let figures = storm(REAL_COUNT, store, tempfile::tempdir().unwrap()).await;
        println!("storm, keychain and disk of the system: {figures}");
    } else {
        println!("skipped: this needs a keychain for tests; tests/with_keychain.sh gives one");
    }
}

async fn storm(count: usize, keychain: Arc<CredentialStore>, folder: TempDir) -> String {
    let server = TokenServer::start(count, PROVIDERS, LATENCY).await.unwrap();
    let board = Board::with(count, &server, keychain, folder).await;
    let engine = board.open();
    let limit = usize::max(2, engine.provider(&board.providers[0].id).unwrap().refresh.limits.at_once);
    let (memory_before, cpu_before, started) = (memory_mib(), cpu_time(), Instant::now());

    let watch = engine.watch();
    let halfway = async {
        server.until_redeemed(count / 2).await;
        memory_mib()
    };
    let memory_halfway = timeout(PATIENCE, halfway).await.expect("half of them are refreshed");
    timeout(PATIENCE, server.until_redeemed(count)).await.expect("all of them are refreshed");
    timeout(PATIENCE, until_all_have(&engine, TokenVersion(2))).await.expect("all of them are stored");
    let (took, cpu) = (started.elapsed(), cpu_time() - cpu_before);
    drop(watch);
    engine.until_quiet().await;

    let (at_providers, overall) = server.most_at_once();
    assert_eq!((server.redeemed(), server.reused().len()), (count, 0), "each once, and none twice");
    assert_eq!(server.unreadable(), 0);
    assert!(at_providers.iter().all(|most| *most <= limit), "a provider is not crowded: {at_providers:?}");
    assert!(overall <= MOST_OVERALL, "nor are we: {overall}");
    let memory_after = memory_mib();
    assert!(memory_after < memory_before + 100, "memory stays flat: {memory_before} to {memory_after} MiB");
    let all = engine.list_connections().unwrap();
    let lamps = all.iter().fold(BTreeMap::new(), |mut lamps: BTreeMap<_, usize>, it| {
        *lamps.entry(it.status.lamp.as_str()).or_default() += 1;
        lamps
    });
    assert_eq!(lamps, BTreeMap::from([("active", count)]), "nothing is wrong afterwards");
    board.clear().await;

    format!(
        "{count} connections, {PROVIDERS} providers, {LATENCY:?} each: {count} refreshes, 0 twice, in {:.1} s \
         ({:.0} a second); at once: {overall} in all, {at_providers:?} by provider; memory {memory_before}, \
         {memory_halfway}, {memory_after} MiB; {:.2} ms of processor for each, server included",
        took.as_secs_f64(),
        f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e3 / f64::from(u32::try_from(count).unwrap()),
    )
}

async fn until_all_have(engine: &Engine, version: TokenVersion) {
    loop {
        let all = engine.list_connections().unwrap();
        if all.iter().all(|it| it.connection.token.as_ref().is_some_and(|token| token.version == version)) {
            return;
        }
        // The last ones are between the server's answer and their commit.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// A board with many connections that are all due.
struct Board {
    folder: TempDir,
    keychain: Arc<CredentialStore>,
    providers: Vec<Provider>,
    ids: Vec<ConnectionId>,
}

impl Board {
    /// Written straight into database and keychain: ten thousand sign-ins would take an hour.
    async fn with(count: usize, server: &TokenServer, keychain: Arc<CredentialStore>, folder: TempDir) -> Self {
        let engine = Engine::new(parts(folder.path(), &keychain));
        let mut providers = Vec::new();
        let mut clients = Vec::new();
        for _ in 0..PROVIDERS {
            // Each describes itself once; tokens are redeemed elsewhere.
            let practice = PracticeProvider::start(Settings::default()).await.unwrap();
            providers.push(engine.find_or_discover(practice.issuer()).await.unwrap());
            let new = NewClient {
                provider: practice.issuer().to_owned(),
                name: None,
                client_id: PracticeProvider::default_client_id().to_owned(),
                client_secret: None,
                environment: Environment::Production,
                redirect_port: None,
            };
            clients.push(engine.add_client(new).await.unwrap().id);
        }
        drop(engine);

        let parts = parts(folder.path(), &keychain);
        parts.vault.ensure_canary().await.unwrap();
        parts.store.put_setting("canary_written", "yes").unwrap();
        let now = Clock::system().now();
        let mut ids = Vec::new();
        for grant in 0..count {
            let place = grant % PROVIDERS;
            let bundle = bundle(grant, now);
            let endpoint = server.token_endpoint(place);
            let connection = connection(grant, &providers[place], &clients[place], &endpoint, &bundle);
            parts.vault.write_bundle(&connection.id, &bundle).await.unwrap();
            parts.store.insert_connection(&connection, Some(&link(&bundle)), &[]).unwrap();
            ids.push(connection.id);
        }
        Self { folder, keychain, providers, ids }
    }

    fn open(&self) -> Engine {
        Engine::new(parts(self.folder.path(), &self.keychain))
    }

    /// Leaves the keychain as it was.
    async fn clear(&self) {
        let parts = parts(self.folder.path(), &self.keychain);
        for id in &self.ids {
            parts.vault.erase_connection(id).await.unwrap();
        }
    }
}

fn parts(folder: &Path, keychain: &Arc<CredentialStore>) -> EngineParts {
    let browser = Browser::scripted(Person::default().opener());
    let timeouts = timeouts(Duration::from_secs(30));
    EngineParts::open_with(folder, Arc::clone(keychain), Clock::system(), browser, timeouts).unwrap()
}

/// Due since a moment ago, for a few minutes more.
fn bundle(grant: usize, now: Timestamp) -> TokenBundle {
    TokenBundle {
        version: TokenVersion(1),
        access_token: Some(Secret::new(format!("at_{grant}"))),
        refresh_token: Some(Secret::new(TokenServer::first_token(grant))),
        issued_at: now.checked_sub(HOUR - 4 * MINUTE).unwrap(),
        expiry: Expiry::At(now.checked_add(4 * MINUTE).unwrap()),
        refresh_token_ends_at: None,
        granted_scopes: vec!["openid".into()],
        defects: vec![],
    }
}

fn connection(
    grant: usize,
    provider: &Provider,
    client: &ClientId,
    endpoint: &str,
    bundle: &TokenBundle,
) -> Connection {
    Connection {
        id: ConnectionId::from_random(u64::try_from(grant).unwrap() + 1),
        name: format!("Storm {grant}"),
        provider: provider.id.clone(),
        client: client.clone(),
        customer: None,
        environment: Environment::Production,
        identity: Identity { subject: Some(format!("account {grant}")), ..Identity::default() },
        endpoints: FrozenEndpoints { issuer: None, token_endpoint: endpoint.parse().unwrap(), kept_fields: vec![] },
        scopes: Scopes { requested: vec!["openid".into()], granted: vec!["openid".into()] },
        automatic_refresh: true,
        created_at: bundle.issued_at,
        grant: GrantState::Alive { granted_at: bundle.issued_at },
        token: Some(bundle.facts()),
        refresh_token_ends_at: None,
        refresh_end_moves: None,
        recovered_at: None,
        refresh_failures: None,
        proof: None,
    }
}

fn link(bundle: &TokenBundle) -> TokenLink {
    let facts = bundle.facts();
    TokenLink {
        version: facts.version,
        access_fingerprint: facts.access_fingerprint,
        refresh_fingerprint: facts.refresh_fingerprint,
        issued_at: facts.issued_at,
        issued_by: IssuedBy::Connect,
        reason: None,
        outcome: LinkOutcome::InUse,
        ended_at: None,
    }
}

/// What of this process is in memory; 0 where the system does not say.
fn memory_mib() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let resident = pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok()).unwrap_or(0);
    resident * 4096 / (1024 * 1024)
}

/// The processor time of this process; zero where the system does not say.
fn cpu_time() -> Duration {
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else { return Duration::ZERO };
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
