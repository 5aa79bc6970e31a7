//! A board with a door, and programs that ask at it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::connection::Connection;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ConnectRequest, SignIn, SignInProgress};
use engine::http::Timeouts;
use engine::store::StoreError;
use engine::store::call_hook::{Call, Moment};
use engine::{Engine, EngineParts};
use fakes::{Keychain, Person};
use local_access::frames::{frame, read_frame};
use local_access::protocol::{Read, Refusal, RefusalCode, Request, VERSION};
use local_access::{AskFailed, Client, Door, OwnCommands, Rules};
use practice::{PracticeProvider, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

/// Longer than anything here takes: reached only when an answer never comes.
const PATIENCE: Duration = Duration::from_secs(240);

/// Set for the programs that these tests start: the socket, and what is asked.
pub(crate) const SOCKET: &str = "PATCHBAY_TEST_DOOR_SOCKET";
pub(crate) const REQUEST: &str = "PATCHBAY_TEST_DOOR_REQUEST";

pub(crate) struct Board {
    pub(crate) practice: PracticeProvider,
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    /// Whether the disk takes nothing more.
    pub(crate) is_full: Arc<AtomicBool>,
}

impl Board {
    pub(crate) async fn start() -> Self {
        let practice = PracticeProvider::start(Settings::default()).await.unwrap();
        assert!(practice.consent_automatically(Some("mira")), "Mira has an account there");
        let (folder, person) = (tempfile::tempdir().unwrap(), Person::default());
        let now = jiff::Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
        let clock = Clock::set_at(now);
        let parts = EngineParts::open_with(
            folder.path(),
            Keychain::default().store(),
            clock.clone(),
            Browser::scripted(person.opener()),
            Timeouts::default(),
        );
        let (parts, is_full) = (parts.unwrap(), Arc::new(AtomicBool::default()));
        let disk = Arc::clone(&is_full);
        parts.store.set_call_hook(move |call, moment| {
            let is_refused = (call, moment) == (Call::Write, Moment::Before) && disk.load(Ordering::SeqCst);
            if is_refused { Err(StoreError::DiskFull) } else { Ok(()) }
        });
        let engine = Engine::new(parts);
        engine.adopt_practice(practice.issuer()).await.unwrap();
        Self { practice, engine, clock, folder, is_full }
    }

    /// The same board, as another part of this process would open it.
    pub(crate) fn opened_again(&self) -> Engine {
        let parts = EngineParts::open_with(
            self.folder.path(),
            Keychain::default().store(),
            self.clock.clone(),
            Browser::scripted(Person::default().opener()),
            Timeouts::default(),
        );
        Engine::new(parts.unwrap())
    }

    pub(crate) fn fill_disk(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    pub(crate) async fn connect(&self) -> Connection {
        let request = ConnectRequest {
            provider: self.practice.issuer().to_owned(),
            opens_browser: true,
            ..ConnectRequest::default()
        };
        let sign_in = self.engine.begin_connect(request).await.unwrap();
        self.settled(sign_in).await
    }

    pub(crate) async fn settled(&self, sign_in: SignIn) -> Connection {
        let mut changes = self.engine.follow_sign_in(&sign_in.id).unwrap();
        let over = within(changes.wait_for(|it| it.progress.is_over())).await.unwrap().progress.clone();
        match over {
            SignInProgress::Connected(id) => self.engine.connection(&id).unwrap(),
            other => panic!("the sign-in should have worked: {other:?}"),
        }
    }

    /// Lets time pass for both sides.
    pub(crate) fn pass_time(&self, time: Duration) {
        self.practice.pass_time(time);
        self.clock.advance(time);
    }

    pub(crate) fn open(&self) -> Door {
        self.open_with(Rules { ..rules() })
    }

    pub(crate) fn open_with(&self, rules: Rules) -> Door {
        Door::open(&self.engine, rules).unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        within(Client::find(self.folder.path())).await.unwrap().expect("somebody listens")
    }

    pub(crate) async fn ask(&self, request: &Request) -> Read {
        within(self.client().await.ask(request)).await.unwrap()
    }

    /// Asks as soon as there is a place: who has left is not noticed at once.
    pub(crate) async fn ask_when_free(&self, request: &Request) -> Read {
        within(async {
            loop {
                match Client::find(self.folder.path()).await {
                    Ok(client) => break client.expect("somebody listens").ask(request).await.unwrap(),
                    Err(AskFailed::Refused(refusal)) if refusal.code == RefusalCode::Busy => {
                        tokio::task::yield_now().await;
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
        .await
    }

    /// Asks until it is done with: on a slow disk it takes a moment to see which program this is.
    pub(crate) async fn ask_until_done(&self, request: &Request) -> Read {
        loop {
            match self.ask(request).await {
                Read::Refused(refusal) if refusal.code == RefusalCode::StillAtIt => {}
                told => break told,
            }
        }
    }

    /// What was handed out, as the events tell it; newest first.
    pub(crate) fn deliveries(&self) -> Vec<LifecycleEvent> {
        let all = self.engine.list_events(None, 1_000).unwrap().into_iter().map(|(_, event)| event);
        all.filter(|event| event.kind == EventKind::TokenDelivered).collect()
    }
}

/// Everybody is asked about, the socket is beside the data, and a busy machine makes nobody late: where lateness is what is
/// tried, it is named.
pub(crate) fn rules() -> Rules {
    Rules { own_commands: OwnCommands::none(), runtime_folder: None, time: PATIENCE, ..Rules::default() }
}

pub(crate) fn token_of(connection: &Connection) -> Request {
    Request::Token { connection: connection.id.to_string(), min_valid: None, scopes: vec![] }
}

#[track_caller]
pub(crate) fn refused(read: Read) -> Refusal {
    match read {
        Read::Refused(refusal) => refusal,
        other => panic!("it should have been refused: {other:?}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the provider's own token, for comparing")]
#[track_caller]
pub(crate) fn handed_out(read: Read) -> String {
    match read {
        Read::Token { access_token, .. } => access_token.expose_secret().to_owned(),
        other => panic!("a token was wanted: {other:?}"),
    }
}

/// The program that a refusal names.
#[track_caller]
pub(crate) fn program_in(refusal: &Refusal) -> domain::ProgramId {
    assert_eq!(refusal.code, RefusalCode::PermissionNeeded, "{refusal:?}");
    let command = refusal.command.clone().expect("the command that allows it");
    let id = command.strip_prefix("patchbay programs allow ").and_then(|it| it.split(' ').next());
    domain::ProgramId::from_text(id.expect("its id"))
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

/// A connection without any manners.
pub(crate) async fn raw(door: &Door) -> UnixStream {
    UnixStream::connect(door.socket()).await.unwrap()
}

pub(crate) async fn greeted(door: &Door) -> UnixStream {
    let mut stream = raw(door).await;
    let told = ask_raw(&mut stream, &Request::Hello { version: VERSION }).await;
    assert!(matches!(told, Some(Read::Hello { .. })), "{told:?}");
    stream
}

pub(crate) async fn ask_raw(stream: &mut UnixStream, request: &Request) -> Option<Read> {
    stream.write_all(&frame(request).unwrap()).await.ok()?;
    read_raw(stream).await
}

/// `None`: it was closed.
pub(crate) async fn read_raw(stream: &mut UnixStream) -> Option<Read> {
    let body = within(read_frame(stream)).await.ok()??;
    Some(serde_json::from_slice(&body).unwrap())
}

/// This program under another name, for a process of its own.
pub(crate) fn copy_of_this_program(folder: &Path, name: &str) -> PathBuf {
    let copy = folder.join(name);
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    copy
}

/// Runs such a copy, as that user where one is named; what it was told, or that nobody spoke to it.
pub(crate) async fn run(program: &Path, uid: Option<u32>, door: &Door, request: &Request) -> Option<Value> {
    let mut command = tokio::process::Command::new(program);
    command
        .args(["--exact", "programs::asks_where_it_is_told_to", "--nocapture"])
        .env(SOCKET, door.socket())
        .env(REQUEST, serde_json::to_string(request).unwrap())
        .current_dir("/")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(uid) = uid {
        command.uid(uid);
    }
    let ran = within(command.output()).await.unwrap();
    let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
    let line = stdout.lines().find_map(|line| line.split_once("TOLD ").map(|(_, told)| told.to_owned()));
    let told = line.unwrap_or_else(|| panic!("it said nothing: {stdout} {}", String::from_utf8_lossy(&ran.stderr)));
    serde_json::from_str(&told).unwrap()
}
