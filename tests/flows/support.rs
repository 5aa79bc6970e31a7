//! One world for all flow tests: practice provider, keychain, database, clock, person, and the engine between them.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::blast_radius::PlatformKind;
use domain::connection::{Connection, Environment};
use domain::diagnosis::CauseLabel;
use domain::{ConnectionId, Secret};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignIn, SignInFailure, SignInId, SignInProgress};
use engine::flows::platforms::NewPlatform;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::http::Timeouts;
use engine::{Engine, EngineParts};
use fakes::{Keychain, N8N_KEY, Person};
use jiff::Timestamp;
use practice::{Endpoint, Faults, GrantType, LoggedRequest, PracticeProvider, Settings};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Longer than anything here takes: reached only when an event never comes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Everything a flow meets.
pub(crate) struct World {
    pub(crate) practice: PracticeProvider,
    pub(crate) keychain: Keychain,
    pub(crate) person: Person,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
    pub(crate) timeouts: Timeouts,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default(), timeouts(Duration::from_secs(10))).await
    }

    /// A world whose servers may keep nobody waiting for longer than a moment.
    pub(crate) async fn impatient() -> Self {
        Self::start_with(Settings::default(), timeouts(Duration::from_millis(300))).await
    }

    pub(crate) async fn start_with(settings: Settings, timeouts: Timeouts) -> Self {
        let practice = PracticeProvider::start(settings).await.unwrap();
        assert!(practice.consent_automatically(Some("mira")), "Mira has an account there");
        let (folder, keychain, person) = (tempfile::tempdir().unwrap(), Keychain::default(), Person::default());
        // The database keeps milliseconds.
        let now = Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
        let clock = Clock::set_at(now);
        let engine = open(folder.path(), &keychain, &clock, &person, timeouts);
        engine.adopt_practice(practice.issuer()).await.unwrap();
        Self { practice, keychain, person, clock, engine, folder, timeouts }
    }

    /// The same board, opened anew: what another start of the program finds.
    pub(crate) fn opened_again(&self) -> Engine {
        open(self.folder.path(), &self.keychain, &self.clock, &self.person, self.timeouts)
    }

    /// As another account from now on.
    pub(crate) fn signs_in_as(&self, account: &str) {
        assert!(self.practice.consent_automatically(Some(account)), "{account} has an account there");
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.practice.set_faults(faults);
    }

    /// Lets time pass for both sides.
    pub(crate) fn pass_time(&self, time: Duration) {
        self.practice.pass_time(time);
        self.clock.advance(time);
    }

    pub(crate) fn request(&self) -> ConnectRequest {
        ConnectRequest {
            provider: self.practice.issuer().to_owned(),
            client: ClientChoice::Usual,
            scopes: vec![],
            name: None,
            customer: None,
            environment: Environment::Production,
            port: None,
            opens_browser: true,
            ..Default::default()
        }
    }

    /// Signs in to the end, or to the question it stops at.
    pub(crate) async fn sign_in(&self, request: ConnectRequest) -> SignInProgress {
        let sign_in = self.engine.begin_connect(request).await.unwrap();
        settled(&self.engine, &sign_in.id).await
    }

    /// The same with another engine on the board.
    pub(crate) async fn sign_in_with(&self, engine: &Engine) -> Result<ConnectionId, SignInProgress> {
        let sign_in = engine.begin_connect(self.request()).await.unwrap();
        match settled(engine, &sign_in.id).await {
            SignInProgress::Connected(id) => Ok(id),
            other => Err(other),
        }
    }

    /// A sign-in that waits, without a browser, and the callback that would answer it.
    pub(crate) async fn waiting_sign_in(&self) -> (SignIn, url::Url) {
        let sign_in =
            self.engine.begin_connect(ConnectRequest { opens_browser: false, ..self.request() }).await.unwrap();
        let callback = self.person.until_callback(&sign_in.authorize_url).await.unwrap();
        (sign_in, callback)
    }

    /// One connection of Mira's.
    pub(crate) async fn connect(&self) -> Connection {
        self.connect_with(self.request()).await
    }

    pub(crate) async fn connect_with(&self, request: ConnectRequest) -> Connection {
        match self.sign_in(request).await {
            SignInProgress::Connected(id) => self.engine.connection(&id).unwrap(),
            other => panic!("the sign-in should have worked: {other:?}"),
        }
    }

    pub(crate) async fn reconnect(&self, id: &ConnectionId) -> (SignInId, SignInProgress) {
        let sign_in = self.engine.begin_reconnect(id, true).await.unwrap();
        (sign_in.id.clone(), settled(&self.engine, &sign_in.id).await)
    }

    /// A person's click.
    /// As if the provider had moved, or the connection had been made elsewhere.
    pub(crate) fn move_token_endpoint(&self, id: &ConnectionId, to: &str) {
        let sqlite = rusqlite::Connection::open(self.folder.path().join("patchbay.db")).unwrap();
        let moved = sqlite.execute("UPDATE connections SET token_endpoint = ?2 WHERE id = ?1", (id.as_str(), to));
        assert_eq!(moved.unwrap(), 1, "there is such a connection");
    }

    /// As if the provider offered no way to take a grant back.
    pub(crate) fn forget_the_revocation_endpoint(&self) {
        let sqlite = rusqlite::Connection::open(self.folder.path().join("patchbay.db")).unwrap();
        let changed = sqlite
            .execute("UPDATE discovered_issuers SET document = json_remove(document, '$.revocation_endpoint')", ());
        assert_eq!(changed.unwrap(), 1, "there is such an issuer");
    }

    pub(crate) async fn refresh(&self, id: &ConnectionId) -> RefreshOutcome {
        self.engine.refresh(id, RefreshWhy::Person).await.unwrap()
    }

    pub(crate) fn status(&self, id: &ConnectionId) -> (&'static str, &'static str) {
        let status = self.engine.overview(id).unwrap().status;
        (status.lamp.as_str(), status.reason.as_str())
    }

    /// The refreshes that reached the token endpoint.
    pub(crate) fn refreshes(&self) -> Vec<LoggedRequest> {
        refreshes(&self.practice)
    }

    /// The kinds of the newest events of a connection, newest first.
    pub(crate) fn event_kinds(&self, id: Option<&ConnectionId>) -> Vec<&'static str> {
        self.engine.list_events(id, 50).unwrap().into_iter().map(|(_, event)| event.kind.as_str()).collect()
    }

    /// Whether the provider would still take what is stored.
    pub(crate) async fn still_works(&self, id: &ConnectionId) -> bool {
        self.set_faults(Faults::default());
        matches!(self.refresh(id).await, RefreshOutcome::Refreshed { .. })
    }

    /// How many bundles the keychain holds, blanks aside, once what is being erased is gone.
    pub(crate) async fn bundle_count(&self) -> usize {
        self.engine.until_quiet().await;
        self.keychain.items().values().filter(|text| is_bundle(text)).count()
    }
}

/// Whether an item holds a token of the practice provider's.
fn is_bundle(text: &[u8]) -> bool {
    let plain = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    plain.windows(12).any(|piece| piece == b"practice_at_" || piece == b"practice_rt_")
}

/// The fingerprint of the refresh token that an item holds.
pub(crate) fn fingerprint_in(text: &[u8]) -> Option<String> {
    let plain = URL_SAFE_NO_PAD.decode(text).ok()?;
    let start = plain.windows(12).position(|piece| piece == b"practice_rt_")?;
    let token = std::str::from_utf8(plain.get(start..start + 12 + 43)?).ok()?;
    Some(Secret::new(token).fingerprint().to_string())
}

pub(crate) fn timeouts(first_byte: Duration) -> Timeouts {
    let discovery = Duration::from_secs(20);
    Timeouts { connect: Duration::from_secs(5), first_byte, idle: first_byte, total: first_byte * 3, discovery }
}

pub(crate) fn open(folder: &Path, keychain: &Keychain, clock: &Clock, person: &Person, timeouts: Timeouts) -> Engine {
    let browser = Browser::scripted(person.opener());
    Engine::new(EngineParts::open_with(folder, keychain.store(), clock.clone(), browser, timeouts).unwrap())
}

/// A folder that no disk slows down, where the system has such; a process that dies takes nothing of it along.
pub(crate) fn folder_in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn refreshes(practice: &PracticeProvider) -> Vec<LoggedRequest> {
    let mut log = practice.log();
    log.retain(|request| request.endpoint == Endpoint::Token && request.grant_type == Some(GrantType::RefreshToken));
    log
}

/// Waits until a sign-in is over, or asks.
pub(crate) async fn settled(engine: &Engine, id: &SignInId) -> SignInProgress {
    let mut changes = engine.follow_sign_in(id).unwrap();
    let is_settled = |it: &SignIn| it.progress.is_over() || matches!(it.progress, SignInProgress::NeedsDecision { .. });
    within(changes.wait_for(is_settled)).await.unwrap().progress.clone()
}

/// Waits until a sign-in is over.
pub(crate) async fn ended(engine: &Engine, id: &SignInId) -> SignInProgress {
    let mut changes = engine.follow_sign_in(id).unwrap();
    within(changes.wait_for(|it| it.progress.is_over())).await.unwrap().progress.clone()
}

/// On a runtime of its own, whose tasks end with it as a process's do.
pub(crate) async fn in_another_process<W: Future<Output = ()> + Send + 'static>(
    world: &World,
    work: impl FnOnce(Engine, ConnectionId) -> W + Send + 'static,
) {
    let engine = world.opened_again();
    let id = engine.list_connections().unwrap().remove(0).connection.id;
    tokio::task::spawn_blocking(move || {
        let process = Runtime::new().unwrap();
        process.block_on(async move { work(engine, id).await });
        // What its tasks have in hand, a lock among it, is given back by then.
        process.shutdown_timeout(PATIENCE);
    })
    .await
    .unwrap();
}

pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("what should happen did not")
}

/// The cause that a failed sign-in names.
pub(crate) fn cause_of(progress: &SignInProgress) -> CauseLabel {
    match progress {
        SignInProgress::Failed(SignInFailure::Cause { diagnosis, .. }) => diagnosis.cause,
        other => panic!("it should have failed with a cause: {other:?}"),
    }
}

/// A server of n8n's at this address, with the key that the fakes take.
pub(crate) fn new_n8n(address: &str) -> NewPlatform {
    NewPlatform {
        kind: PlatformKind::N8n,
        name: None,
        address: Some(address.to_owned()),
        space: None,
        customer: None,
        key: Some(Secret::new(N8N_KEY)),
    }
}
