//! Every flow that touches tokens, stopped before and after, and failed at, every call of keychain and database: what
//! was durable is found again, nothing is left over, and there is one truth [A4, A5, S153, S154, F13 to F15].
//!
//! The list of calls is made by running each flow once; then each call meets everything that can befall it. After
//! each, the board is opened anew and reconciled. Only where the provider had rotated and the answer was not yet
//! durable (the window W) may a grant be lost, and only if the provider gives no grace.
//!
//! All stops run always. Of the failures, which outnumber them, every seventh runs, counted through the generated
//! list; with `PATCHBAY_ALL_CRASH_POINTS=1` (`./dev crash-points`) all of them. The grace is varied for the flows
//! that redeem a refresh token: to the others it makes no difference.

pub(super) mod aftermath;
pub(super) mod bench;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fakes::steps::{Failure, Place, Trouble};

use self::aftermath::Fate;
use self::bench::Bench;

/// Most of them wait for a backoff: more than there are processors.
const WORKERS: usize = 12;
const GRACE: Duration = Duration::from_secs(30);
/// Of the failures, every so many-th runs in the ordinary run.
const SAMPLE: usize = 7;
const ALL: &str = "PATCHBAY_ALL_CRASH_POINTS";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flow {
    Connect,
    Refresh,
    /// The provider rotates, and its answer is lost.
    RefreshUnanswered,
    /// A test call whose token the API refuses.
    RefreshAfter401,
    Reconnect,
    /// Somebody else signs in, and that is what was wanted.
    ReconnectAsAnother,
    Disconnect,
    Forget,
    Reconcile,
    FreshAccessToken,
}

impl Flow {
    fn redeems_a_refresh_token(self) -> bool {
        matches!(
            self,
            Self::Refresh | Self::RefreshUnanswered | Self::RefreshAfter401 | Self::Reconcile | Self::FreshAccessToken
        )
    }
}

const FLOWS: [Flow; 10] = [
    Flow::Connect,
    Flow::Refresh,
    Flow::RefreshUnanswered,
    Flow::RefreshAfter401,
    Flow::Reconnect,
    Flow::ReconnectAsAnother,
    Flow::Disconnect,
    Flow::Forget,
    Flow::Reconcile,
    Flow::FreshAccessToken,
];

/// One run: this flow, and what befalls which call of it.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) flow: Flow,
    pub(super) grace: Duration,
    pub(super) step: usize,
    pub(super) place: Place,
    pub(super) trouble: Trouble,
    /// The calls after it as well, until the next start.
    pub(super) lasts: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flow, grace, step, place, trouble, lasts } = self;
        let from = if *lasts { "from" } else { "at" };
        write!(f, "{flow:?}, grace {grace:?}, {trouble:?} {from} call {step} ({place:?})")
    }
}

#[derive(Debug, Default)]
struct Tally {
    run: usize,
    survived: usize,
    inside_window: usize,
    left_over: usize,
}

/// F13, F14, A4, A5: a process that ends at any call loses nothing that was durable, nor what the provider honours.
#[test]
fn a_process_stopped_around_any_call_loses_nothing_outside_the_window() {
    let cases = every_case(|case| case.trouble.is_stop());
    let (tallies, wrong) = run_all(&cases);
    print("stopped", &tallies);

    assert!(wrong.is_empty(), "{} of {} went wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    for ((flow, grace, _), tally) in &tallies {
        assert!(grace.is_zero() || tally.inside_window == 0, "{flow:?}: with a grace nothing is lost anywhere");
    }
}

/// F15, S154: a keychain or database that fails, at any call, in any way, loses nothing that was durable.
#[test]
fn a_call_that_fails_anywhere_loses_nothing_outside_the_window() {
    let all = std::env::var_os(ALL).is_some();
    let mut cases = every_case(|case| !case.trouble.is_stop());
    let generated = cases.len();
    if !all {
        cases = cases.into_iter().step_by(SAMPLE).collect();
    }
    let (tallies, wrong) = run_all(&cases);
    println!("{} of {generated} generated failures were run", cases.len());
    print("failed", &tallies);

    assert!(wrong.is_empty(), "{} of {} went wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    for ((flow, grace, _), tally) in &tallies {
        assert!(grace.is_zero() || tally.inside_window == 0, "{flow:?}: with a grace nothing is lost anywhere");
    }
}

/// Runs each flow once without any trouble, and makes of each of its calls all that can befall it.
fn every_case(is_wanted: impl Fn(&Case) -> bool) -> Vec<Case> {
    let bench = Bench::start();
    let mut cases = Vec::new();
    for flow in FLOWS {
        let places = bench.places_of(flow);
        assert!(places.len() >= 3, "{flow:?} calls keychain and database more often than {places:?}");
        let graces = if flow.redeems_a_refresh_token() { &[GRACE, Duration::ZERO][..] } else { &[Duration::ZERO] };
        for grace in graces.iter().copied() {
            for (index, place) in places.iter().copied().enumerate() {
                for trouble in Trouble::all_of(place) {
                    let may_last = matches!(
                        trouble,
                        Trouble::Fails(
                            Failure::NoStorageAccess
                                | Failure::PlatformFailure
                                | Failure::Busy
                                | Failure::Full
                                | Failure::InputOutput
                        )
                    );
                    for lasts in if may_last { &[false, true][..] } else { &[false] } {
                        let case = Case { flow, grace, step: index + 1, place, trouble, lasts: *lasts };
                        cases.extend(Some(case).filter(&is_wanted));
                    }
                }
            }
        }
    }
    cases
}

type Tallies = BTreeMap<(Flow, Duration, String), Tally>;

/// All of them on a few threads; what went wrong, in words.
fn run_all(cases: &[Case]) -> (Tallies, Vec<String>) {
    let (next, tallies, wrong) = (AtomicUsize::new(0), Mutex::new(Tallies::new()), Mutex::new(Vec::new()));
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(cases.len()) {
            scope.spawn(|| {
                let bench = Bench::start();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fate = bench.run(case);
                    let mut tallies = tallies.lock().unwrap_or_else(PoisonError::into_inner);
                    let tally = tallies.entry((case.flow, case.grace, kind_of(case))).or_default();
                    tally.run += 1;
                    match fate {
                        Ok(Fate::Survived) => tally.survived += 1,
                        Ok(Fate::LeftOver) => tally.left_over += 1,
                        Ok(Fate::LostInsideWindow) => {
                            tally.inside_window += 1;
                            println!("lost inside W: {case}");
                        }
                        Err(why) => wrong.lock().unwrap().push(format!("{case}: {why}")),
                    }
                }
            });
        }
    });
    println!("{} runs in {:.1} s", cases.len(), started.elapsed().as_secs_f64());
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    (tallies.into_inner().unwrap(), wrong)
}

fn kind_of(case: &Case) -> String {
    match case.trouble {
        Trouble::StopBefore => "stopped before a call".into(),
        Trouble::StopAfter => "stopped after a call".into(),
        Trouble::Fails(failure) if case.lasts => format!("{failure:?} from a call on"),
        Trouble::Fails(failure) => format!("{failure:?} at a call"),
        Trouble::TakesEffectAndFails(failure) => format!("took effect, and {failure:?}"),
        Trouble::ClaimsToHaveTakenEffect => "claimed to have taken effect".into(),
    }
}

fn print(what: &str, tallies: &Tallies) {
    let mut sum = Tally::default();
    for ((flow, grace, kind), tally) in tallies {
        println!("{flow:?}, grace {grace:?}, {kind}: {tally}");
        sum.run += tally.run;
        sum.survived += tally.survived;
        sum.inside_window += tally.inside_window;
        sum.left_over += tally.left_over;
    }
    println!("{what}: {sum}");
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} survived", self.survived, self.run)?;
        if self.inside_window > 0 {
            write!(f, ", {} were lost inside W", self.inside_window)?;
        }
        if self.left_over > 0 {
            write!(f, ", {} survived beside an old item that the keychain said it had erased", self.left_over)?;
        }
        Ok(())
    }
}
