//! Random lives of one connection beside a simple model of what its provider knows [A4, A5, A6, B1, B3, B5, S169].
//!
//! Two processes on one folder and one keychain. Whatever happens, in whatever order: the version only grows, one
//! bundle is in the keychain, no refresh token is redeemed twice unless a process ended inside the window W, the
//! status follows from the facts, a grant that is known to be dead is not asked for again, and in the end the
//! connection works, or its grant was ended for a reason that the model knows and a person brings it back.
//!
//! Lives that failed are kept in `model.txt` beside this file and run first; `PROPTEST_CASES` says how many more.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::GrantState;
use domain::connection::status::derive;
use domain::{ConnectionId, TokenVersion};
use engine::Engine;
use engine::clock::Clock;
use engine::flows::connect::SignInProgress;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use fakes::keychain::Mood;
use fakes::steps::Trouble;
use fakes::{Keychain, Person, Steps};
use jiff::Timestamp;
use practice::{EndReason, PracticeProvider, Settings, TokenRole};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use tokio::runtime::Builder;

use super::rotation_survives_a_crash::aftermath::bundles_in;
use super::rotation_survives_a_crash::bench::{Site, practice_request};
use super::support::{MINUTE, ended, folder_in_memory, refreshes, settled, within};

const USUAL_CASES: u32 = 64;
/// A refresh makes about fifteen calls; some crashes therefore come after its end.
const MOST_CALLS: usize = 18;

/// What happens next; `usize` says in which of the two processes.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Refresh(usize),
    /// In both at the same moment.
    RefreshInBoth,
    TestCall(usize),
    /// The API refuses the present access token from now on.
    ApiRefuses,
    Revoke,
    Reconnect(usize),
    /// A third process refreshes and is killed around this call; the first starts anew.
    Crash {
        call: usize,
        takes_effect: bool,
    },
    Jump {
        minutes: u64,
    },
    Lock,
    Unlock,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        3 => (0..2_usize).prop_map(Turn::Refresh),
        2 => Just(Turn::RefreshInBoth),
        3 => (0..2_usize).prop_map(Turn::TestCall),
        2 => Just(Turn::ApiRefuses),
        1 => Just(Turn::Revoke),
        2 => (0..2_usize).prop_map(Turn::Reconnect),
        4 => (1..=MOST_CALLS, any::<bool>()).prop_map(|(call, takes_effect)| Turn::Crash { call, takes_effect }),
        2 => (1..200_u64).prop_map(|minutes| Turn::Jump { minutes }),
        1 => Just(Turn::Lock),
        2 => Just(Turn::Unlock),
    ]
}

/// A4, A5, B1, B3, B5, S169
#[test]
fn whatever_happens_the_model_explains_what_is_found() {
    let outside = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(USUAL_CASES);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/flows/model.txt");
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(kept))),
        // Each try is a second of work.
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    });

    let turns = proptest::collection::vec(turn(), 1..14);
    let outcome =
        runner.run(&turns, |turns| outside.block_on(async { live(&turns).await }).map_err(TestCaseError::fail));

    println!("{cases} lives");
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// What the model knows.
#[derive(Default)]
struct Known {
    version: TokenVersion,
    revoked: usize,
    /// Refresh tokens that a killed process had presented: the next start may present them again.
    forgiven: Vec<String>,
}

struct Life {
    practice: PracticeProvider,
    site: Site,
    engines: Vec<Engine>,
    id: ConnectionId,
    known: Known,
}

async fn live(turns: &[Turn]) -> Result<(), String> {
    let mut life = Life::begin().await;
    for (number, turn) in turns.iter().enumerate() {
        life.take(*turn).await.map_err(|why| format!("turn {number}, {turn:?}: {why}"))?;
    }
    life.end().await
}

impl Life {
    async fn begin() -> Self {
        let practice = PracticeProvider::start(Settings::default()).await.unwrap();
        practice.consent_automatically(Some("mira"));
        let now = Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
        let site = Site {
            folder: folder_in_memory(),
            keychain: Keychain::default(),
            person: Person::default(),
            clock: Clock::set_at(now),
        };
        let engines = vec![site.open(), site.open()];
        engines[0].adopt_practice(practice.issuer()).await.unwrap();
        let sign_in = engines[0].begin_connect(practice_request(&practice)).await.unwrap();
        let SignInProgress::Connected(id) = settled(&engines[0], &sign_in.id).await else { panic!("mira says yes") };
        Self { practice, site, engines, id, known: Known { version: TokenVersion(1), ..Known::default() } }
    }

    async fn take(&mut self, turn: Turn) -> Result<(), String> {
        let was_ended = matches!(self.engines[0].connection(&self.id).unwrap().grant, GrantState::Ended { .. });
        let asked_before = refreshes(&self.practice).len();
        match turn {
            // How each ends is seen in what is found afterwards.
            Turn::Refresh(process) => drop(within(self.engines[process].refresh(&self.id, RefreshWhy::Person)).await),
            Turn::RefreshInBoth => {
                let refresh = |process: usize| self.engines[process].refresh(&self.id, RefreshWhy::Person);
                drop(within(async { tokio::join!(refresh(0), refresh(1)) }).await);
            }
            Turn::TestCall(process) => drop(within(self.engines[process].run_test_call(&self.id)).await),
            Turn::ApiRefuses => drop(self.practice.expire_access_tokens()),
            Turn::Revoke => self.known.revoked += self.practice.revoke_all(),
            Turn::Reconnect(process) => drop(self.reconnect(process).await),
            Turn::Crash { call, takes_effect } => self.crash(call, takes_effect).await,
            Turn::Jump { minutes } => {
                let time = MINUTE * u32::try_from(minutes).unwrap();
                self.practice.pass_time(time);
                self.site.clock.advance(time);
            }
            Turn::Lock => self.site.keychain.be(Mood::Locked),
            Turn::Unlock => self.site.keychain.be(Mood::Willing),
        }
        let asked = refreshes(&self.practice).len();
        if was_ended && asked > asked_before && !matches!(turn, Turn::Reconnect(_)) {
            return Err("a grant that was known to be dead was asked for again".into());
        }
        self.look()
    }

    async fn reconnect(&self, process: usize) -> Option<SignInProgress> {
        let engine = &self.engines[process];
        let sign_in = engine.begin_reconnect(&self.id, true).await.ok()?;
        Some(ended(engine, &sign_in.id).await)
    }

    async fn crash(&mut self, call: usize, takes_effect: bool) {
        let seen = refreshes(&self.practice).len();
        let steps = Steps::default();
        steps.choose(call, if takes_effect { Trouble::StopAfter } else { Trouble::StopBefore }, false);
        let id = self.id.clone();
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let process = Builder::new_current_thread().enable_all().build().unwrap();
                    process.block_on(async {
                        let engine = self.site.open_counted(&steps);
                        let work = tokio::spawn(async move { engine.refresh(&id, RefreshWhy::Person).await });
                        let over = async {
                            tokio::select! {
                                _ = work => {}
                                () = steps.until_stopped() => {}
                            }
                        };
                        within(over).await;
                    });
                });
            });
        });
        steps.stop();
        self.site.keychain.count_as(None);
        let log = refreshes(&self.practice);
        let presented = log[seen.min(log.len())..].iter().flat_map(|request| &request.tokens);
        let presented = presented.filter(|token| token.role == TokenRole::Presented);
        self.known.forgiven.extend(presented.map(|token| token.fingerprint.clone()));
        self.engines[0] = self.site.open();
        // A locked keychain leaves it for the next start.
        drop(self.engines[0].reconcile().await);
    }

    /// What holds at every moment.
    fn look(&mut self) -> Result<(), String> {
        let connection = self.engines[0].connection(&self.id).map_err(|error| format!("it is gone: {error}"))?;
        let version = connection.token.as_ref().map(|token| token.version).unwrap_or_default();
        if version < self.known.version {
            return Err(format!("the version fell from {} to {version}", self.known.version));
        }
        self.known.version = version;

        for engine in &self.engines {
            let overview = engine.overview(&self.id).unwrap();
            let watching = engine.watching().unwrap();
            let derived = derive(&connection, &overview.provider.refresh, watching, self.site.clock.now());
            if overview.status != derived {
                return Err(format!("shown as {:?}, and {derived:?} follows from the facts", overview.status));
            }
        }

        let mut presented = BTreeMap::new();
        for request in refreshes(&self.practice) {
            for token in request.tokens.iter().filter(|token| token.role == TokenRole::Presented) {
                *presented.entry(token.fingerprint.clone()).or_insert(0) += 1;
            }
        }
        let twice = presented.iter().find(|(token, count)| **count > 1 && !self.known.forgiven.contains(token));
        if let Some((token, count)) = twice {
            return Err(format!("the refresh token {token} was presented {count} times"));
        }
        let reused = self.ended_for(EndReason::RefreshTokenReused);
        if reused > self.known.forgiven.len() {
            return Err(format!("{reused} grants were ended by reuse, after {} kills", self.known.forgiven.len()));
        }
        Ok(())
    }

    /// The storm is over: it works, or a person brings it back.
    async fn end(&mut self) -> Result<(), String> {
        self.site.keychain.be(Mood::Willing);
        self.engines[0].reconcile().await.map_err(|error| format!("at the end: {error}"))?;
        // A settled keychain is asked again.
        let outcome = self.engines[0].refresh(&self.id, RefreshWhy::Person).await;
        self.look()?;
        match outcome {
            Ok(RefreshOutcome::Refreshed { .. }) => {}
            Ok(RefreshOutcome::GrantEnded { .. }) => {
                let explained = self.known.revoked + self.ended_for(EndReason::RefreshTokenReused);
                let is_alive = self.practice.grants().last().is_some_and(practice::GrantSummary::is_alive);
                if is_alive || explained == 0 {
                    return Err("the grant is taken for dead, and lives".into());
                }
                let progress = self.reconnect(1).await;
                if !matches!(progress, Some(SignInProgress::Connected(_))) {
                    return Err(format!("a person cannot bring it back: {progress:?}"));
                }
            }
            other => return Err(format!("at the end it neither works nor is over: {other:?}")),
        }
        let tested = self.engines[1].run_test_call(&self.id).await.map_err(|error| format!("no test call: {error}"))?;
        if let Some(failure) = tested.failure {
            return Err(format!("it does not work in the end: {failure:?}"));
        }
        self.look()?;
        self.engines[0].reconcile().await.map_err(|error| format!("at the end: {error}"))?;
        for engine in &self.engines {
            engine.until_quiet().await;
        }
        let token = self.engines[0].connection(&self.id).unwrap().token.unwrap();
        let counted = (self.id.to_string(), token.refresh_fingerprint.unwrap().to_string());
        let held = bundles_in(&self.site.keychain);
        if held != BTreeSet::from([counted.clone()]) {
            return Err(format!("one bundle is in the keychain, {counted:?}: {held:?}"));
        }
        Ok(())
    }

    fn ended_for(&self, reason: EndReason) -> usize {
        let is_so = |grant: &practice::GrantSummary| matches!(grant.state, practice::GrantState::Ended { why, .. } if why == reason);
        self.practice.grants().iter().filter(|grant| is_so(grant)).count()
    }
}
