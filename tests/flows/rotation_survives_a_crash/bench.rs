//! Where one flow is run with one trouble: a provider, a board that is made anew each time, a process that ends.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::Environment;
use domain::connection::reconnect::ReconnectDecision;
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::flows::refresh::RefreshWhy;
use engine::store::StoreError;
use engine::store::call_hook::{Call, Moment};
use engine::{Engine, EngineParts};
use fakes::steps::{Failure, Place, Trouble};
use fakes::{Keychain, Person, Steps};
use jiff::Timestamp;
use practice::{Faults, PracticeProvider, Settings};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::super::support::{HOUR, ended, folder_in_memory, open, settled, timeouts};
use super::aftermath::{Aftermath, Fate, refresh_tokens_in};
use super::{Case, Flow};

const PATIENCE: Duration = Duration::from_secs(60);

/// A provider and an empty board that knows it.
pub(super) struct Bench {
    outside: Runtime,
    practice: PracticeProvider,
    clock: Clock,
    template: TempDir,
    /// The call of a refresh before which the new bundle is durable and does not count yet.
    before_commit: usize,
}

/// A board of its own.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) keychain: Keychain,
    pub(crate) person: Person,
    pub(crate) clock: Clock,
}

impl Site {
    pub(crate) fn open(&self) -> Engine {
        open(self.folder.path(), &self.keychain, &self.clock, &self.person, timeouts(Duration::from_secs(20)))
    }

    /// An engine whose every call is one of these steps.
    pub(crate) fn open_counted(&self, steps: &Steps) -> Engine {
        let browser = Browser::scripted(self.person.opener());
        let timeouts = timeouts(Duration::from_secs(20));
        let parts =
            EngineParts::open_with(self.folder.path(), self.keychain.store(), self.clock.clone(), browser, timeouts);
        let parts = parts.unwrap();
        self.keychain.count_as(Some(steps.clone()));
        let (steps, under_way) = (steps.clone(), std::sync::Mutex::new(None));
        parts.store.set_call_hook(move |call, moment| {
            let place = if call == Call::Read { Place::DatabaseRead } else { Place::DatabaseWrite };
            match moment {
                Moment::Before => {
                    let step = steps.begin(place);
                    *under_way.lock().unwrap() = Some(step);
                    match step.trouble {
                        Some(Trouble::Fails(failure)) => Err(of_database(failure)),
                        _ => Ok(()),
                    }
                }
                Moment::After => {
                    let step = under_way.lock().unwrap().take().unwrap();
                    steps.end(step);
                    match step.trouble {
                        Some(Trouble::TakesEffectAndFails(failure)) => Err(of_database(failure)),
                        _ => Ok(()),
                    }
                }
            }
        });
        Engine::new(parts)
    }
}

fn of_database(failure: Failure) -> StoreError {
    match failure {
        Failure::Busy => StoreError::Busy,
        Failure::Full => StoreError::DiskFull,
        _ => StoreError::Unavailable(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR),
            None,
        )),
    }
}

impl Bench {
    pub(super) fn start() -> Self {
        let outside = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let practice = outside.block_on(PracticeProvider::start(Settings::default())).unwrap();
        let clock = Clock::set_at(Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap());
        let template = folder_in_memory();
        let site = Site {
            folder: folder_in_memory(),
            keychain: Keychain::default(),
            person: Person::default(),
            clock: clock.clone(),
        };
        let engine = site.open();
        outside.block_on(engine.adopt_practice(practice.issuer())).unwrap();
        // The last to close the database writes its log back into it.
        drop(engine);
        fs::copy(site.folder.path().join("patchbay.db"), template.path().join("patchbay.db")).unwrap();

        let mut bench = Self { outside, practice, clock, template, before_commit: 0 };
        let places = bench.places_of(Flow::Refresh);
        let durable = places.iter().position(|place| *place == Place::KeychainWrite).unwrap();
        let commit = places[durable..].iter().position(|place| *place == Place::DatabaseWrite).unwrap();
        bench.before_commit = durable + commit + 1;
        bench
    }

    /// The calls of a flow that nothing befalls.
    pub(super) fn places_of(&self, flow: Flow) -> Vec<Place> {
        let (site, id) = self.outside.block_on(self.prepare(flow, Duration::ZERO));
        let steps = Steps::default();
        self.live(&site, flow, id, &steps);
        steps.places()
    }

    /// Runs the flow with its trouble, starts again, and looks.
    pub(super) fn run(&self, case: &Case) -> Result<Fate, String> {
        let (site, id) = self.outside.block_on(self.prepare(case.flow, case.grace));
        self.practice.clear_log();
        let steps = Steps::default();
        steps.choose(case.step, case.trouble, case.lasts);
        self.live(&site, case.flow, id.clone(), &steps);
        let reached = steps.places().len();
        if reached < case.step {
            return Err(format!("this time there were but {reached} calls"));
        }

        let durable: BTreeSet<String> = refresh_tokens_in(&site.keychain);
        site.keychain.count_as(None);
        let aftermath = Aftermath { case, site: &site, practice: &self.practice, durable, request: &|| self.request() };
        self.practice.consent_automatically(Some("mira"));
        self.practice.set_faults(Faults::default().rotation_grace(case.grace));
        self.outside.block_on(async { timeout(PATIENCE, aftermath.look(id)).await.map_err(|_| "it hangs")? })
    }

    /// A board on which the flow can begin, with nothing running.
    async fn prepare(&self, flow: Flow, grace: Duration) -> (Site, Option<ConnectionId>) {
        let site = Site {
            folder: folder_in_memory(),
            keychain: Keychain::default(),
            person: Person::default(),
            clock: self.clock.clone(),
        };
        fs::copy(self.template.path().join("patchbay.db"), site.folder.path().join("patchbay.db")).unwrap();
        self.practice.set_faults(Faults::default().rotation_grace(grace));
        self.practice.consent_automatically(Some("mira"));
        if flow == Flow::Connect {
            return (site, None);
        }
        let engine = site.open();
        let sign_in = engine.begin_connect(self.request()).await.unwrap();
        let SignInProgress::Connected(id) = settled(&engine, &sign_in.id).await else { panic!("mira says yes") };
        match flow {
            Flow::RefreshUnanswered => {
                self.practice.set_faults(Faults::default().rotation_grace(grace).drops_answer_after_rotating());
            }
            Flow::RefreshAfter401 => drop(self.practice.expire_access_tokens()),
            Flow::FreshAccessToken => {
                self.practice.pass_time(HOUR);
                self.clock.advance(HOUR);
            }
            Flow::ReconnectAsAnother => drop(self.practice.consent_automatically(Some("jonas"))),
            Flow::Forget => drop(engine.disconnect(&id).await.unwrap()),
            Flow::Reconcile => {
                let steps = Steps::default();
                steps.choose(self.before_commit, Trouble::StopBefore, false);
                drop(engine);
                let (refreshed, id) = (site, id.clone());
                return tokio::task::block_in_place(|| {
                    self.live(&refreshed, Flow::Refresh, Some(id.clone()), &steps);
                    refreshed.keychain.count_as(None);
                    (refreshed, Some(id))
                });
            }
            Flow::Connect | Flow::Refresh | Flow::Reconnect | Flow::Disconnect => {}
        }
        drop(engine);
        (site, Some(id))
    }

    /// One life of the program: it ends with the flow, or where it is stopped, and every task of it where it stands.
    fn live(&self, site: &Site, flow: Flow, id: Option<ConnectionId>, steps: &Steps) {
        let process = std::thread::scope(|scope| {
            let life = scope.spawn(|| {
                let process = Builder::new_current_thread().enable_all().build().unwrap();
                process.block_on(async {
                    let engine = site.open_counted(steps);
                    let request = self.request();
                    let work = tokio::spawn(async move {
                        run(&engine, flow, id, request).await;
                        engine.until_quiet().await;
                    });
                    let ended = async {
                        tokio::select! {
                            _ = work => {}
                            () = steps.until_stopped() => {}
                        }
                    };
                    timeout(PATIENCE, ended).await.is_ok()
                })
            });
            life.join()
        });
        // The thread of the keychain may live a moment longer: nothing it does counts any more.
        steps.stop();
        assert!(matches!(process, Ok(true)), "{flow:?} ends");
    }

    fn request(&self) -> ConnectRequest {
        practice_request(&self.practice)
    }
}

pub(crate) fn practice_request(practice: &PracticeProvider) -> ConnectRequest {
    ConnectRequest {
        provider: practice.issuer().to_owned(),
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

/// How it ends is looked at after the next start.
async fn run(engine: &Engine, flow: Flow, id: Option<ConnectionId>, request: ConnectRequest) {
    let Some(id) = id else {
        if let Ok(sign_in) = engine.begin_connect(request).await {
            ended(engine, &sign_in.id).await;
        }
        return;
    };
    match flow {
        Flow::Connect => {}
        Flow::Refresh | Flow::RefreshUnanswered => drop(engine.refresh(&id, RefreshWhy::Person).await),
        Flow::RefreshAfter401 => drop(engine.run_test_call(&id).await),
        Flow::Reconnect => {
            if let Ok(sign_in) = engine.begin_reconnect(&id, true).await {
                ended(engine, &sign_in.id).await;
            }
        }
        Flow::ReconnectAsAnother => {
            if let Ok(sign_in) = engine.begin_reconnect(&id, true).await {
                let asked = settled(engine, &sign_in.id).await;
                if matches!(asked, SignInProgress::NeedsDecision { .. })
                    && engine.decide_reconnect(&sign_in.id, ReconnectDecision::Replace).is_ok()
                {
                    ended(engine, &sign_in.id).await;
                }
            }
        }
        Flow::Disconnect => drop(engine.disconnect(&id).await),
        Flow::Forget => {
            // What it leaves in the keychain goes with the reconcile that follows it in every shell.
            if engine.forget_connection(&id).is_ok() {
                drop(engine.reconcile().await);
            }
        }
        Flow::Reconcile => drop(engine.reconcile().await),
        Flow::FreshAccessToken => drop(engine.fresh_access_token(&id, Duration::from_secs(60), "a test").await),
    }
}
