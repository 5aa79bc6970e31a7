//! Every cause, staged by the practice provider and met by the real flow: named, answered with a safe action, found at
//! the right rung, and gone once what the verdict asks for is done [C1, C2, C3].

use domain::ConnectionId;
use domain::board::Headline;
use domain::connection::GrantState;
use domain::diagnosis::probe_plan::{LadderReport, NextStep, Rung, RungState};
use domain::diagnosis::{ActionLabel, CauseLabel as C, Diagnosis};
use domain::lifecycle::refresh_mode::RefreshMode;
use engine::Error;
use engine::flows::connect::{ConnectRequest, SignInFailure, SignInProgress};
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::refresh::RefreshOutcome;
use jiff::tz::TimeZone;
use practice::{Faults, STAGINGS};
use tokio::task::JoinSet;

use super::support::{HOUR, MINUTE, World, ended, within};

/// Which flow meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// The sign-in fails with it.
    AtSignIn,
    /// The sign-in discards what came, and goes on waiting for its own answer.
    ByWaiting,
    /// A refresh that is needed.
    AtRefresh,
    /// A refresh whose answer is lost, and the next one.
    AtSecondRefresh,
    /// A test call.
    AtCall,
    /// Nothing but the ladder, while refreshing is paused: else it is renewed on the way, and nothing fails.
    WhilePaused,
    /// A read of one object.
    AtObject,
    /// Nothing fails; the ladder alone, or nobody, sees it.
    AtNothing,
}

/// What the person does, in the words of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Reconnect,
    WithScopes,
    OtherAccount,
    Refresh,
    CheckClient,
    /// What the provider names is opened, and what is asked there is done.
    Page,
    Clock,
    Wait,
    Admin,
    Share,
    Vendor,
    Nothing,
}

/// One cause, and how it ends.
struct Case {
    staged: C,
    met: Met,
    /// The staged one; where evidence cannot tell it, what is said instead.
    named: C,
    /// Where the ladder stops.
    rung: Option<Rung>,
    step: Step,
    /// Lamp and reason while it lasts.
    during: (&'static str, &'static str),
}

fn case(staged: C, met: Met, rung: Option<Rung>, step: Step, during: (&'static str, &'static str)) -> Case {
    Case { staged, met, named: staged, rung, step, during }
}

const WELL: (&str, &str) = ("active", "kept_alive");
const CALL_FAILED: (&str, &str) = ("unproved", "last_call_failed");

fn cases() -> Vec<Case> {
    use Met as M;
    use Step as S;
    let sign_in = |staged| case(staged, M::AtSignIn, None, S::Nothing, WELL);
    let dead = |staged: C| {
        case(staged, M::AtRefresh, Some(Rung::Credential), S::Reconnect, ("reauth_required", staged.as_str()))
    };
    let refused =
        |staged, step| case(staged, M::AtRefresh, Some(Rung::Credential), step, ("reauth_required", "refresh_failing"));
    let passing = |staged, rung| case(staged, M::AtRefresh, Some(rung), S::Wait, ("expiring", "refresh_failing"));
    let call = |staged, step| case(staged, M::AtCall, Some(Rung::Identity), step, CALL_FAILED);
    vec![
        case(C::AccessTokenExpired, M::WhilePaused, Some(Rung::Credential), S::Refresh, ("expiring", "refresh_paused")),
        call(C::AccessTokenInvalid, S::Refresh),
        case(
            C::RefreshTokenMissing,
            M::AtRefresh,
            Some(Rung::OurToken),
            S::Reconnect,
            ("reauth_required", "token_over"),
        ),
        dead(C::RefreshTokenExpired),
        Case { met: M::AtSecondRefresh, ..dead(C::RefreshTokenReused) },
        dead(C::RefreshTokenLimitExceeded),
        dead(C::GrantRevoked),
        dead(C::GrantInvalid),
        sign_in(C::AuthorizationCodeInvalid),
        call(C::InsufficientScope, S::WithScopes),
        sign_in(C::InvalidScopeRequest),
        dead(C::ConsentRequired),
        call(C::WrongTenantOrAccount, S::OtherAccount),
        case(C::ResourceNotShared, M::AtObject, Some(Rung::Resource), S::Share, WELL),
        call(C::AdminPolicyRestriction, S::Admin),
        dead(C::InteractionRequired),
        call(C::SsoRequired, S::Page),
        call(C::IpRestricted, S::Admin),
        Case { step: S::Admin, ..dead(C::AccountDisabled) },
        sign_in(C::UserDeniedConsent),
        sign_in(C::AppNotApproved),
        Case { rung: Some(Rung::TokenEndpoint), ..refused(C::ClientCredentialsMismatch, S::CheckClient) },
        sign_in(C::RedirectUriMismatch),
        sign_in(C::PkceFailure),
        case(C::StateMismatch, M::ByWaiting, None, S::Nothing, WELL),
        refused(C::UnsupportedGrant, S::CheckClient),
        refused(C::MalformedTokenRequest, S::Vendor),
        call(C::MalformedApiRequest, S::Vendor),
        call(C::TokenAudienceMismatch, S::Vendor),
        call(C::ApiNotEnabled, S::Page),
        case(C::ClockSkew, M::AtNothing, Some(Rung::Clock), S::Clock, WELL),
        passing(C::RateLimited, Rung::Credential),
        passing(C::ProviderOutage, Rung::TokenEndpoint),
        Case { during: ("expiring", "outcome_unknown"), ..passing(C::NetworkFailure, Rung::Reach) },
        // A success with an odd lifetime is a defect of the answer, which the token's clock shows, and no failure.
        Case { named: C::NoFailure, ..case(C::ExpiresInInvalid, M::AtNothing, None, S::Nothing, WELL) },
        case(C::NoFailure, M::AtNothing, None, S::Nothing, WELL),
    ]
}

/// C1: a new label wants a staging, and a case here.
#[test]
fn every_cause_can_be_staged_and_is_met_here() {
    let staged: Vec<_> = STAGINGS.iter().map(|it| it.cause).collect();
    let labels: Vec<_> = C::ALL.iter().map(|it| it.as_str()).collect();
    assert_eq!(staged, labels, "the practice provider knows the labels, in their order");
    let met: Vec<_> = cases().iter().map(|it| it.staged.as_str()).collect();
    assert_eq!(met, labels);
}

/// C1, C2, C3
#[tokio::test(flavor = "multi_thread")]
async fn each_staged_cause_is_named_and_ends_where_it_should() {
    let mut all = JoinSet::new();
    for case in cases() {
        all.spawn(async move { play(&case).await.map_err(|why| format!("{}: {why}", case.staged.as_str())) });
    }
    let failed: Vec<_> = all.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), C::ALL.len(), failed.join("\n"));
}

async fn play(case: &Case) -> Result<(), String> {
    match case.met {
        Met::AtSignIn => at_sign_in(case).await,
        Met::ByWaiting => by_waiting(case).await,
        Met::AtRefresh | Met::AtSecondRefresh | Met::AtCall | Met::WhilePaused | Met::AtObject | Met::AtNothing => {
            on_a_connection(case).await
        }
    }
}

fn staged(cause: C) -> Faults {
    Faults::default().with_switch(&format!("stages={}", cause.as_str())).unwrap()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Result<(), String> {
    if is == should_be { Ok(()) } else { Err(format!("{what} is {is:?} and should be {should_be:?}")) }
}

/// The flow's own words for it, and an action that can be advised.
fn named(case: &Case, told: Option<&Diagnosis>) -> Result<(), String> {
    let Some(told) = told else { return Err("nothing failed".to_owned()) };
    same("the cause", &told.cause, &case.named)?;
    if told.cause.allows(told.action) { Ok(()) } else { Err(format!("{:?} does harm", told.action)) }
}

/// The sign-in fails, says why, leaves nothing; without the fault the same sign-in works.
async fn at_sign_in(case: &Case) -> Result<(), String> {
    let world = World::start().await;
    world.set_faults(staged(case.staged));
    let progress = world.sign_in(world.request()).await;
    let SignInProgress::Failed(SignInFailure::Cause { diagnosis, .. }) = &progress else {
        return Err(format!("it ended as {progress:?}"));
    };
    named(case, Some(diagnosis))?;
    same("what is on the board", &world.engine.board().unwrap().connections.len(), &0)?;

    world.set_faults(Faults::default());
    let connection = world.connect().await;
    same("the status", &world.status(&connection.id), &WELL)
}

/// An answer with another state is nobody's: it ends no sign-in, grants nothing, and the true answer still counts.
async fn by_waiting(case: &Case) -> Result<(), String> {
    let world = World::start().await;
    world.set_faults(staged(case.staged));
    let (sign_in, callback) = world.waiting_sign_in().await;
    let page = world.person.follow(&callback).await.unwrap();
    if page.status < 400 {
        return Err(format!("the stranger was served: {}", page.status));
    }
    let progress = world.engine.sign_in(&sign_in.id).unwrap().progress;
    if !matches!(progress, SignInProgress::WaitingForBrowser { strange_request_count: 1.., .. }) {
        return Err(format!("it is counted, so that it can be shown: {progress:?}"));
    }
    same("the grants", &world.practice.grants().len(), &0)?;

    world.set_faults(Faults::default());
    world.person.follow(&sign_in.authorize_url).await.unwrap();
    let SignInProgress::Connected(id) = ended(&world.engine, &sign_in.id).await else {
        return Err("the true answer was not taken".to_owned());
    };
    same("the status", &world.status(&id), &WELL)
}

async fn on_a_connection(case: &Case) -> Result<(), String> {
    let world = World::start().await;
    if case.staged == C::RefreshTokenMissing {
        world.set_faults(staged(case.staged));
    }
    let scopes = vec!["files.read".to_owned()];
    let connection = world.connect_with(ConnectRequest { scopes, ..world.request() }).await;
    let id = &connection.id;
    let needs_refresh = matches!(case.met, Met::AtRefresh | Met::AtSecondRefresh | Met::WhilePaused);
    if needs_refresh {
        world.pass_time(2 * HOUR);
    }
    world.set_faults(staged(case.staged));
    if case.met == Met::WhilePaused {
        world.engine.set_refresh_mode(RefreshMode::Paused).unwrap();
    }
    let told = meet(&world, id, case).await;
    if !matches!(case.met, Met::AtObject | Met::AtNothing | Met::WhilePaused) {
        named(case, told.as_ref())?;
    }
    same("the status during it", &world.status(id), &case.during)?;

    let report = diagnosed(&world, id, case).await;
    let verdict = &report.verdict;
    same("the rung", &report.failed_rung().map(|it| it.rung), &case.rung).map_err(|it| format!("{it}: {report:#?}"))?;
    named(case, Some(&verdict.diagnosis))?;
    same("the step", &step_of(&verdict.next), &case.step)?;
    one_opinion(&world, case, verdict.diagnosis.action)?;
    let after = report.rungs.iter().skip_while(|it| it.state != RungState::Failed).skip(1);
    if !after.clone().all(|it| it.state == RungState::NotRun) {
        return Err(format!("what lies above was tried: {report:#?}"));
    }

    if case.step != Step::Page {
        world.set_faults(Faults::default());
    }
    world.engine.set_refresh_mode(RefreshMode::On).unwrap();
    mend(&world, id, verdict.next.clone()).await?;
    same("the status after it", &world.status(id), &WELL)?;
    let again = diagnosed(&world, id, case).await;
    same("the cause after it", &again.verdict.diagnosis.cause, &C::NoFailure)
}

/// C1, C2: what the board offers is what the diagnosis advises, and it counts what needs a person.
fn one_opinion(world: &World, case: &Case, advised: ActionLabel) -> Result<(), String> {
    // Of one object, of clocks and of a pause the status of the connection knows nothing.
    if matches!(case.met, Met::AtObject | Met::AtNothing | Met::WhilePaused) {
        return Ok(());
    }
    let board = world.engine.board().unwrap();
    let status = &board.connections[0].status;
    if status.action().is_for_person() || advised.is_for_person() {
        same("the action offered", &status.action(), &advised)?;
    }
    same("a person is needed", &status.needs_person(), &advised.is_for_person())?;
    let needs_you = matches!(board.headline, Headline::NeedsYou { count: 1, .. });
    same("the sentence counts it", &needs_you, &advised.is_for_person())
}

/// A7, S101, F2: a refresh proves nothing of whose grant it is, and what is another's is given to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_remembered_until_a_call_shows_the_right_one() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    world.set_faults(staged(C::WrongTenantOrAccount));
    let told = world.engine.run_test_call(id).await.unwrap().failure.map(|it| it.cause);
    assert_eq!(told, Some(C::WrongTenantOrAccount));
    let taken = || world.engine.fresh_access_token(id, MINUTE, "a script");
    let refused = |taken| match taken {
        Err(Error::BlockedOnAuth { diagnosis, .. }) => Some(diagnosis.cause),
        Err(_) | Ok(_) => None,
    };

    assert_eq!(refused(taken().await), Some(C::WrongTenantOrAccount), "its token is not handed out");
    world.set_faults(Faults::default());
    let outcome = world.refresh(id).await;
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "{outcome:?}");

    assert_eq!(world.status(id), CALL_FAILED, "a refresh says nothing of whose it is");
    assert!(matches!(world.engine.board().unwrap().headline, Headline::NeedsYou { count: 1, .. }));
    assert_eq!(refused(taken().await), Some(C::WrongTenantOrAccount), "nor after a refresh");
    assert!(world.engine.run_test_call(id).await.unwrap().failure.is_none());
    assert_eq!(world.status(id), WELL, "a call that shows the right account does");
    assert!(taken().await.is_ok(), "and its token is handed out");
}

/// What the flow says of it.
async fn meet(world: &World, id: &ConnectionId, case: &Case) -> Option<Diagnosis> {
    let refreshed = |outcome| match outcome {
        RefreshOutcome::Failed { diagnosis, .. } | RefreshOutcome::GrantEnded { diagnosis } => Some(diagnosis),
        RefreshOutcome::NoRefreshToken => Some(Diagnosis::of(C::RefreshTokenMissing)),
        RefreshOutcome::Refreshed { .. } | RefreshOutcome::AlreadyFresh { .. } => None,
    };
    match case.met {
        Met::AtRefresh => refreshed(world.refresh(id).await),
        Met::AtSecondRefresh => {
            let lost = refreshed(world.refresh(id).await).map(|it| it.cause);
            assert_eq!(lost, Some(C::NetworkFailure), "an answer that never came is no refusal");
            refreshed(world.refresh(id).await)
        }
        Met::AtCall => world.engine.run_test_call(id).await.unwrap().failure,
        Met::AtSignIn | Met::ByWaiting | Met::WhilePaused | Met::AtObject | Met::AtNothing => None,
    }
}

async fn diagnosed(world: &World, id: &ConnectionId, case: &Case) -> LadderReport {
    let object = format!("{}/api/files", world.practice.issuer());
    let resource = (case.met == Met::AtObject).then(|| object.parse().unwrap());
    let with = DiagnoseWith { may_refresh: false, may_write: false, resource, zone: TimeZone::UTC };
    within(world.engine.diagnose(id, with, |_| {})).await.unwrap()
}

fn step_of(next: &NextStep) -> Step {
    match next {
        NextStep::Reconnect => Step::Reconnect,
        NextStep::ReconnectWithScopes { .. } => Step::WithScopes,
        NextStep::ReconnectOtherAccount => Step::OtherAccount,
        NextStep::RefreshNow => Step::Refresh,
        NextStep::CheckClient(_) => Step::CheckClient,
        NextStep::OpenMendingPage => Step::Page,
        NextStep::OpenClock => Step::Clock,
        NextStep::WaitUntil(_) => Step::Wait,
        NextStep::AskAdmin { text } if !text.is_empty() => Step::Admin,
        NextStep::ShareResource { steps } if !steps.is_empty() => Step::Share,
        NextStep::ReportToVendor => Step::Vendor,
        NextStep::Nothing => Step::Nothing,
        other => panic!("{other:?} has no words"),
    }
}

/// What the button does; what somebody else had to mend is mended already, and then it is used again.
async fn mend(world: &World, id: &ConnectionId, next: NextStep) -> Result<(), String> {
    let is_ended = matches!(world.engine.connection(id).unwrap().grant, GrantState::Ended { .. });
    match step_of(&next) {
        Step::Reconnect | Step::WithScopes | Step::OtherAccount => reconnect(world, id).await?,
        // Once the administrator let it in again, consent brings back what was ended.
        Step::Admin if is_ended => reconnect(world, id).await?,
        Step::Page => {
            let kept = world.engine.last_diagnosis(id).unwrap().unwrap();
            let page = kept.verdict.diagnosis.mending_page().unwrap().url().clone();
            world.engine.open_mending_page(id).await.unwrap();
            within(world.person.until_visited(|it| *it == page)).await.unwrap();
            let done = world.person.post(&page, "").await.unwrap();
            same("the page's answer", &done.status, &200)?;
            same("what is staged", &world.practice.faults(), &Faults::default())?;
            let call = world.engine.run_test_call(id).await.unwrap();
            same("the call after it", &call.failure.map(|it| it.cause), &None)?;
        }
        Step::Wait => {
            if let NextStep::WaitUntil(Some(until)) = next {
                let wait = until.duration_since(world.clock.now());
                world.pass_time(wait.try_into().unwrap_or_default());
            }
            world.refresh(id).await;
        }
        Step::Refresh | Step::CheckClient if world.status(id).1 == "refresh_failing" => {
            world.refresh(id).await;
        }
        Step::Vendor if world.status(id).1 == "refresh_failing" => {
            world.refresh(id).await;
        }
        Step::Refresh | Step::CheckClient | Step::Clock | Step::Admin | Step::Share | Step::Vendor => {
            if step_of(&next) == Step::Refresh {
                world.refresh(id).await;
            }
            let call = world.engine.run_test_call(id).await.unwrap();
            same("the call after it", &call.failure.map(|it| it.cause), &None)?;
        }
        Step::Nothing => {}
    }
    Ok(())
}

async fn reconnect(world: &World, id: &ConnectionId) -> Result<(), String> {
    match world.reconnect(id).await.1 {
        SignInProgress::Connected(same_one) => same("the connection", &same_one, id),
        other => Err(format!("the reconnect ended as {other:?}")),
    }
}
