//! A dress rehearsal against the practice provider: really signed out and in, refreshed, written and tidied up, then kept
//! warm for as long as it was certified [E4].

use std::time::Duration;

use domain::ConnectionId;
use domain::blast_radius::Uses;
use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::provider::trial_object::TrialMethod;
use domain::rehearsal::{
    AfterFailure, Certificate, Checklist, Expected, ExpectedAccount, HoldEnd, HoldWish, Member, NotTried, OwnCall,
    OwnCallRefused, Rehearsal, Step, StepState, USUAL_HOLD, Verdict,
};
use engine::flows::checklists::{ChecklistDraft, ChecklistRefused, templates};
use engine::flows::connect::ConnectRequest;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::flows::rehearsal::{RehearsalNow, RehearseWith};
use engine::store::{RehearsalRecord, RunState};
use engine::{Engine, Error, Notice};
use jiff::tz::TimeZone;
use practice::{ApiRejection, Faults, LoggedRequest};

use super::grants::{connect_played, connect_sibling, world_with_a_played_revocation};
use super::left_grants::world_with_a_limit;
use super::support::{MINUTE, World, within};

const WRITING: [&str; 5] = ["openid", "profile", "offline_access", "files.read", "files.write"];

async fn writing(world: &World) -> Connection {
    let scopes = WRITING.map(str::to_owned).to_vec();
    world.connect_with(ConnectRequest { scopes, ..world.request() }).await
}

fn member(connection: &Connection, steps: &[Step]) -> Member {
    Member {
        uses: Uses::Connection(connection.id.clone()),
        name: connection.name.clone(),
        steps: steps.to_vec(),
        account: None,
        workspace: None,
        told: vec![],
        own_calls: vec![],
    }
}

fn draft(members: Vec<Member>) -> ChecklistDraft {
    ChecklistDraft {
        id: None,
        name: "Halden Optik demo".into(),
        customer: Some("Halden Optik".into()),
        members,
        hold_for: USUAL_HOLD,
        after_failure: AfterFailure::GoOn,
        signs_out_first: false,
    }
}

fn kept(world: &World, members: Vec<Member>) -> Checklist {
    world.engine.save_checklist(draft(members)).unwrap()
}

/// To its end.
async fn run(world: &World, checklist: &Checklist) -> RehearsalNow {
    run_with(world, checklist, RehearseWith::default()).await
}

async fn run_with(world: &World, checklist: &Checklist, with: RehearseWith) -> RehearsalNow {
    let mut now = world.engine.start_rehearsal(&checklist.id, with).unwrap();
    within(now.wait_for(|it| it.is_over)).await.unwrap().clone()
}

fn calls_of_files(world: &World) -> Vec<String> {
    let is_of_files = |it: &LoggedRequest| it.path.starts_with("/api/files");
    world.practice.log().iter().filter(|it| is_of_files(it)).map(|it| it.method.clone()).collect()
}

fn state<'a>(rehearsal: &'a Rehearsal, wanted: &Step) -> &'a StepState {
    let mut steps = rehearsal.members.iter().flat_map(|it| &it.steps);
    &steps.find(|it| it.step == *wanted).expect("the step is on the list").state
}

fn failure(done: &RehearsalNow, wanted: &Step) -> (String, Option<CauseLabel>) {
    match state(&done.rehearsal, wanted) {
        StepState::Failed { seen, cause, .. } => (seen.clone(), *cause),
        other => panic!("{wanted:?} should have failed: {other:?}"),
    }
}

fn newest(engine: &Engine, checklist: &Checklist) -> RehearsalRecord {
    engine.list_rehearsals(&checklist.id, 1).unwrap().remove(0)
}

async fn becomes(engine: &Engine, is_so: impl Fn() -> bool) {
    let mut notices = engine.notices();
    within(async {
        while !is_so() {
            drop(tokio::time::timeout(Duration::from_millis(20), notices.recv()).await);
        }
    })
    .await;
}

/// E4, A10: the whole of it, with a real goodbye before the sign-in, ends in "holds until".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_well_is_proved_and_certified() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let before = of_mira.token_version();
    let checklist = ChecklistDraft { signs_out_first: true, ..draft(vec![member(&of_mira, &Step::ALL)]) };
    let checklist = world.engine.save_checklist(checklist).unwrap();
    world.practice.clear_log();

    let done = run(&world, &checklist).await;

    assert_eq!(done.rehearsal.members[0].verdict(), Verdict::Holds, "{:#?}", done.rehearsal);
    let until = done.rehearsal.ended_at.unwrap().checked_add(USUAL_HOLD).unwrap();
    let holds = Certificate::Holds { count: 1, until, by: HoldEnd::AsLongAsAsked, first: None };
    assert_eq!(done.certificate, Some(holds.clone()));
    assert_eq!(calls_of_files(&world), ["POST", "GET", "PATCH", "DELETE", "GET"], "made, tidied up, and looked for");
    assert!(revocations(&world) > 0, "the old grant was really ended");
    let after = world.engine.connection(&of_mira.id).unwrap().token_version();
    assert_eq!(after.0 - before.0, 3, "a sign-in, a forced refresh, and one refresh for two callers");
    assert_eq!(world.refreshes().len(), 2);
    let StepState::Passed { seen, .. } = state(&done.rehearsal, &Step::SignInAgain) else { panic!("it passed") };
    assert!(seen.starts_with("signed out, and in again as mira"), "{seen}");

    let record = newest(&world.engine, &checklist);
    assert_eq!((record.state, record.certificate()), (RunState::Ended, Some(holds)));
    assert_eq!(world.engine.list_left_objects().unwrap(), []);
    let report = world.engine.rehearsal_report(record.id, &TimeZone::UTC).unwrap();
    assert!(report.markdown.contains("nothing left behind"), "{}", report.markdown);
    assert!(report.html.contains("7 checks, none failed"), "{}", report.html);
}

/// E4, A7: nothing takes the place of a grant but one of the same account, and who is signed out is told so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_at_the_sign_in_replaces_nothing() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist =
        ChecklistDraft { signs_out_first: true, ..draft(vec![member(&of_mira, &[Step::SignInAgain, Step::Account])]) };
    let checklist = world.engine.save_checklist(checklist).unwrap();
    world.signs_in_as("jonas");

    let done = run(&world, &checklist).await;

    let (seen, cause) = failure(&done, &Step::SignInAgain);
    assert_eq!(cause, Some(CauseLabel::WrongTenantOrAccount), "{seen}");
    assert!(seen.contains("signed out until somebody signs in"), "{seen}");
    let connection = world.engine.connection(&of_mira.id).unwrap();
    assert_eq!(connection.identity.subject, of_mira.identity.subject, "it is Mira's still");
    assert_eq!(*state(&done.rehearsal, &Step::Account), StepState::NotTried(NotTried::FailedBefore));
}

/// E4, A10: where a goodbye would end another connection too it is left, and said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_out_of_another_connection() {
    let (world, engine) =
        world_with_a_played_revocation("all_grants_of_the_client", false, serde_json::json!({})).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    let sibling = connect_sibling(&engine).await;
    world.practice.clear_log();

    let done = signed_in_again(&engine, &connection, true).await;

    let StepState::Passed { seen, .. } = state(&done.rehearsal, &Step::SignInAgain) else { panic!("{done:?}") };
    assert!(seen.starts_with("signed in again as mira"), "{seen}");
    assert!(seen.contains("not signed out before: that would end Sibling too"), "{seen}");
    assert_eq!(revocations(&world), 0);
    assert_eq!(engine.run_test_call(&sibling).await.unwrap().failure, None, "it is as alive as before");
}

/// E4, A8: nor is another connection's grant made to go by one consent too many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sign_in_makes_another_connections_grant_go() {
    let (world, engine) = world_with_a_limit("this_grant", 2).await;
    // The oldest, and so the one that would make room.
    let sibling = connect_sibling(&engine).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    let two_alone = Faults { live_grants: Some(2), ..Faults::default() };
    world.set_faults(two_alone.clone());
    world.practice.clear_log();

    let done = signed_in_again(&engine, &connection, false).await;

    assert_eq!(*state(&done.rehearsal, &Step::SignInAgain), StepState::NotTried(NotTried::WouldEndAnother));
    assert_eq!(world.practice.log().iter().filter(|it| it.path.starts_with("/authorize")).count(), 0);
    assert!(is_renewed(&engine, &sibling).await, "it lives");

    let done = signed_in_again(&engine, &connection, true).await;
    assert_eq!(done.rehearsal.holding_count(), 1, "its own goodbye made room: {done:?}");
    assert!(is_renewed(&engine, &sibling).await, "it lives");

    world.set_faults(two_alone.revocation_answers(503));
    let done = signed_in_again(&engine, &connection, true).await;
    let (seen, _) = failure(&done, &Step::SignInAgain);
    assert!(seen.contains("signed out until somebody signs in: a new grant could end Sibling too"), "{seen}");
    assert!(is_renewed(&engine, &sibling).await, "it lives");
}

/// Rehearses nothing but the sign-in of one.
async fn signed_in_again(engine: &Engine, connection: &Connection, signs_out_first: bool) -> RehearsalNow {
    let name = format!("Signs out first: {signs_out_first}, {}", engine.list_checklists().unwrap().len());
    let only = draft(vec![member(connection, &[Step::SignInAgain])]);
    let checklist = engine.save_checklist(ChecklistDraft { name, signs_out_first, ..only }).unwrap();
    let mut now = engine.start_rehearsal(&checklist.id, RehearseWith::default()).unwrap();
    within(now.wait_for(|it| it.is_over)).await.unwrap().clone()
}

async fn is_renewed(engine: &Engine, id: &ConnectionId) -> bool {
    matches!(engine.refresh(id, RefreshWhy::Person).await, Ok(RefreshOutcome::Refreshed { .. }))
}

fn revocations(world: &World) -> usize {
    world.practice.log().iter().filter(|it| it.path.contains("revo")).count()
}

/// E4: a stop is heard at once, the sign-in is taken back, and what was not signed out stays as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_a_sign_in_that_waits() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account, Step::SignInAgain, Step::CleanLog])]);
    let with = RehearseWith { opens_browser: false, ..RehearseWith::default() };

    let mut now = world.engine.start_rehearsal(&checklist.id, with).unwrap();
    let waits = |it: &RehearsalNow| matches!(state(&it.rehearsal, &Step::SignInAgain), StepState::Running { .. });
    within(now.wait_for(waits)).await.unwrap();
    becomes(&world.engine, || world.engine.list_sign_ins().iter().any(|it| !it.progress.is_over())).await;
    assert!(world.engine.stop_rehearsal(&checklist.id));
    let done = within(now.wait_for(|it| it.is_over)).await.unwrap().clone();

    assert!(done.rehearsal.was_stopped);
    assert_eq!(*state(&done.rehearsal, &Step::SignInAgain), StepState::NotTried(NotTried::Stopped));
    assert_eq!(done.certificate, Some(Certificate::Partly { holding_count: 0, of: 1 }));
    assert!(world.engine.list_sign_ins().iter().all(|it| it.progress.is_over()), "nobody waits for a browser");
    assert!(world.still_works(&of_mira.id).await, "it was not signed out");
    assert_eq!(newest(&world.engine, &checklist).state, RunState::Stopped);
    assert!(!world.engine.stop_rehearsal(&checklist.id), "nothing is under way");
}

/// E4: an object is removed also when what comes after its making fails, and the failure is named with its cause.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_is_removed_even_when_a_call_after_it_hangs() {
    let world = World::start().await;
    let (of_mira, with) = (writing(&world).await, quick());
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Object])]);
    world.set_faults(Faults { never_answers_files: Some("GET".into()), ..Faults::default() });
    world.practice.clear_log();

    let done = run_with(&world, &checklist, with).await;

    let (seen, _) = failure(&done, &Step::Object);
    assert!(seen.contains("could not be read back") && seen.contains("within 1 s"), "{seen}");
    assert_eq!(calls_of_files(&world), ["POST", "GET", "DELETE", "GET"]);
    let report = world.engine.rehearsal_report(done.id, &TimeZone::UTC).unwrap();
    assert!(report.detail.contains("removed by its provider’s word"), "nobody could read it: {}", report.detail);
    assert_eq!(world.engine.list_left_objects().unwrap(), []);

    world.set_faults(Faults { api_rejects: Some(ApiRejection::InsufficientScope), ..Faults::default() });
    let done = run(&world, &checklist).await;
    assert_eq!(failure(&done, &Step::Object).1, Some(CauseLabel::InsufficientScope));
    assert_eq!(world.engine.list_left_objects().unwrap(), [], "what was refused was not made");
}

/// E4: what cannot be removed is told by its name, and removed when it can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_removed_is_told_and_tried_again() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Object])]);
    world.set_faults(Faults { keeps_files: true, ..Faults::default() });

    let done = run(&world, &checklist).await;

    let (seen, _) = failure(&done, &Step::Object);
    let left = world.engine.list_left_objects().unwrap();
    assert_eq!(left.len(), 1);
    assert!(seen.contains(&left[0].tag) && seen.contains("still there"), "{seen}");
    let report = world.engine.rehearsal_report(done.id, &TimeZone::UTC).unwrap();
    assert!(report.markdown.contains("one object left behind") && report.markdown.contains(&left[0].tag));
    let again = world.engine.remove_left_object(&left[0].id).await.unwrap();
    assert!(again.is_some_and(|it| it.seen.is_some_and(|seen| seen.contains("409"))), "it stays");

    world.set_faults(Faults::default());
    assert_eq!(world.engine.tidy_up_rehearsals().await.unwrap(), 0, "the next start removes it");
    assert_eq!(world.engine.list_left_objects().unwrap(), []);
}

/// E4: an answer proves no removal: what can still be read is told as left, and removed when it can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_to_be_removed_and_is_still_there_is_told() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Object, Step::ForcedRefresh, Step::CleanLog])]);
    world.set_faults(Faults { keeps_files_with_204: true, ..Faults::default() });

    let done = run(&world, &checklist).await;

    let (seen, _) = failure(&done, &Step::Object);
    let left = world.engine.list_left_objects().unwrap();
    assert_eq!(left.len(), 1);
    assert!(seen.contains(&left[0].tag) && seen.contains("204") && seen.contains("can still be read"), "{seen}");
    let report = world.engine.rehearsal_report(done.id, &TimeZone::UTC).unwrap();
    assert!(report.sentence.contains("fails at removing the object"), "{}", report.sentence);
    assert!(report.detail.contains("one object left behind"), "{}", report.detail);
    for other in [Step::ForcedRefresh, Step::CleanLog] {
        assert!(matches!(state(&done.rehearsal, &other), StepState::Passed { .. }), "{other:?} does not rest on it");
    }
    let again = world.engine.remove_left_object(&left[0].id).await.unwrap();
    assert!(again.is_some(), "it stays");

    world.set_faults(Faults::default());
    assert_eq!(world.engine.remove_left_object(&left[0].id).await.unwrap(), None, "a person removes it");
    assert_eq!(world.engine.list_left_objects().unwrap(), []);
}

/// E4: the headline names what failed, not what comes first in its step.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_headline_names_the_act_that_failed() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Object])]);
    for (faults, words) in [
        (Faults { keeps_files: true, ..Faults::default() }, "fails at removing the object"),
        (Faults { never_answers_files: Some("GET".into()), ..Faults::default() }, "fails at reading the object back"),
        (Faults { never_answers_files: Some("PATCH".into()), ..Faults::default() }, "fails at changing the object"),
        (Faults { never_answers_files: Some("POST".into()), ..Faults::default() }, "fails at making an object"),
    ] {
        world.set_faults(faults);
        let done = run_with(&world, &checklist, quick()).await;
        assert!(done.rehearsal.failed_act(0, &Step::Object).is_some(), "{words}");
        // Of what was written down.
        let report = world.engine.rehearsal_report(done.id, &TimeZone::UTC).unwrap();
        assert!(report.sentence.contains(words), "{words}: {}", report.sentence);
    }
}

/// E4: an answer that never came leaves it open whether it was made, and that is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_perhaps_made_is_looked_for_by_a_person() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Object])]);
    world.set_faults(Faults { never_answers_files: Some("POST".into()), ..Faults::default() });

    let done = run_with(&world, &checklist, quick()).await;

    let left = world.engine.list_left_objects().unwrap();
    assert_eq!((left.len(), left[0].given.is_none()), (1, true));
    assert!(failure(&done, &Step::Object).0.contains(&left[0].tag));
    world.set_faults(Faults::default());
    assert_eq!(world.engine.tidy_up_rehearsals().await.unwrap(), 1, "nobody knows its id");
    assert!(world.engine.forget_left_object(&left[0].id).unwrap());
    assert_eq!(world.engine.list_left_objects().unwrap(), []);
}

/// E4: a process that is killed while its object is there leaves a line of it, and the next start removes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_run_made_is_removed_at_the_next_start() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account, Step::Object])]);
    world.set_faults(Faults { never_answers_files: Some("GET".into()), ..Faults::default() });
    world.practice.clear_log();
    let doomed = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (engine, id) = (world.opened_again(), checklist.id.clone());
    doomed.spawn(async move { drop(engine.start_rehearsal(&id, RehearseWith::default()).unwrap()) });
    let reads = |log: &[LoggedRequest]| log.iter().any(|it| it.path.starts_with("/api/files/") && it.method == "GET");
    within(world.practice.until_logged(reads)).await;

    let refused = world.engine.start_rehearsal(&checklist.id, RehearseWith::default()).map(drop);
    assert!(matches!(refused, Err(Error::RehearsalUnderWay(_))), "another process runs it: {refused:?}");
    assert_eq!(world.engine.tidy_up_rehearsals().await.unwrap(), 0, "what lives is left alone");
    assert_eq!(newest(&world.engine, &checklist).state, RunState::UnderWay);

    tokio::task::spawn_blocking(move || doomed.shutdown_timeout(Duration::from_secs(5))).await.unwrap();
    world.set_faults(Faults::default());
    let next = world.opened_again();
    assert_eq!(next.tidy_up_rehearsals().await.unwrap(), 0);

    let record = newest(&next, &checklist);
    assert_eq!(record.state, RunState::CutOff);
    assert!(matches!(state(&record.rehearsal, &Step::Account), StepState::Passed { .. }), "what was proved is known");
    assert!(calls_of_files(&world).ends_with(&["DELETE".into(), "GET".into()]), "removed, and looked for");
    assert_eq!(next.list_left_objects().unwrap(), []);
    assert_eq!(run(&world, &checklist).await.rehearsal.holding_count(), 1, "it can be run again");
}

/// E4: a step that hangs ends at its deadline, and the next connection is tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_hangs_keeps_nobody_waiting() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    world.signs_in_as("jonas");
    let of_jonas = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::ForcedRefresh]), member(&of_jonas, &[Step::Account])]);
    world.set_faults(Faults { never_answers: true, ..Faults::default() });

    let done = run_with(&world, &checklist, quick()).await;

    assert!(failure(&done, &Step::ForcedRefresh).0.contains("within 1 s"));
    assert!(matches!(state(&done.rehearsal, &Step::Account), StepState::Passed { .. }), "{:#?}", done.rehearsal);
}

/// E4: who is signed in is compared with whom the demo is given as, and where.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_than_expected_fails_the_rehearsal_and_spares_the_others() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    world.signs_in_as("jonas");
    let of_jonas = writing(&world).await;
    let mut members = vec![member(&of_mira, &[Step::Account, Step::CleanLog]), member(&of_jonas, &[Step::Account])];
    members[0].account = Some(ExpectedAccount::OfDomain("haldenoptik.no".into()));
    let mut checklist = kept(&world, members.clone());

    let done = run(&world, &checklist).await;

    assert_eq!(failure(&done, &Step::Account).1, Some(CauseLabel::WrongTenantOrAccount));
    let Some(Certificate::Mend { member: 0, step: Step::Account, holding_count: 1, .. }) = done.certificate else {
        panic!("{:?}", done.certificate)
    };

    (members[0].account, members[0].workspace) = (None, Some("Brightwater".into()));
    let id = Some(checklist.id.clone());
    checklist = world.engine.save_checklist(ChecklistDraft { id, ..draft(members) }).unwrap();
    let done = run(&world, &checklist).await;
    let (seen, cause) = failure(&done, &Step::Account);
    assert!(seen.contains("not in Brightwater") && cause == Some(CauseLabel::WrongTenantOrAccount), "{seen}");
}

/// E4, B5: a grant that is revoked is found by the forced refresh, not by the audience.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_grant_is_found_before_the_demo() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let steps = [Step::Scopes, Step::ForcedRefresh, Step::TwoAtOnce, Step::CleanLog];
    let checklist = kept(&world, vec![member(&of_mira, &steps)]);
    world.practice.revoke_all();

    let done = run(&world, &checklist).await;

    assert!(failure(&done, &Step::ForcedRefresh).1.is_some());
    assert_eq!(*state(&done.rehearsal, &Step::TwoAtOnce), StepState::NotTried(NotTried::FailedBefore));
    assert_eq!(*state(&done.rehearsal, &Step::CleanLog), StepState::NotTried(NotTried::GrantOver), "it is pointless");
}

/// E4: what was not granted cannot be rehearsed, and is told as that; a scope that is lacking is the thing to mend.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_write_no_object_is_made() {
    let world = World::start().await;
    world.set_faults(Faults::default().grants_fewer_scopes(["openid", "profile", "offline_access", "files.read"]));
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account, Step::Scopes, Step::Object])]);
    world.practice.clear_log();

    let done = run(&world, &checklist).await;

    assert_eq!(*state(&done.rehearsal, &Step::Object), StepState::NotTried(NotTried::MayNotWrite));
    assert_eq!(failure(&done, &Step::Scopes).1, Some(CauseLabel::InsufficientScope));
    assert!(calls_of_files(&world).is_empty());
}

/// E4, S075: a call of one's own goes to hosts of the provider only, and its answer is held against what was expected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_ones_own_is_made_with_the_answer_that_was_expected() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let issuer = world.practice.issuer().trim_end_matches('/').to_owned();
    let call = |name: &str, url: String, expected: Expected| OwnCall {
        name: name.into(),
        method: TrialMethod::Get,
        url,
        body: None,
        expected,
    };
    let text = |it: &str| Expected { text: Some(it.into()), ..Expected::default() };
    let files = format!("{issuer}/api/files");
    let mut of = member(&of_mira, &[Step::Own("Files".into()), Step::Own("Nothing".into()), Step::CleanLog]);
    of.own_calls =
        vec![call("Files", files.clone(), text("Customers.csv")), call("Nothing", files.clone(), text("none"))];
    let checklist = kept(&world, vec![of.clone()]);

    let done = run(&world, &checklist).await;

    assert!(matches!(state(&done.rehearsal, &Step::Own("Files".into())), StepState::Passed { .. }));
    let (seen, cause) = failure(&done, &Step::Own("Nothing".into()));
    assert!(seen.contains("“none” stands nowhere") && cause.is_none(), "{seen}");

    for (wrong, why) in [
        (call("Away", "https://attacker.example/collect".into(), Expected::default()), OwnCallRefused::NotOfProvider),
        (call("Files", files.clone(), Expected::default()), OwnCallRefused::NameTwice),
        (call("", files, Expected::default()), OwnCallRefused::NoName),
    ] {
        let mut of = of.clone();
        of.own_calls.push(wrong);
        let refused = world.engine.save_checklist(ChecklistDraft { name: "Other".into(), ..draft(vec![of]) });
        let Err(Error::ChecklistRefused(ChecklistRefused::OwnCall { why: said, .. })) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(said, why);
    }
}

/// E4: a checklist that cannot be run is not kept, and one that is run is not changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_checklist_is_told_when_it_is_written() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let one = || member(&of_mira, &[Step::Account]);
    let refused = |draft| match world.engine.save_checklist(draft) {
        Err(Error::ChecklistRefused(why)) => why,
        other => panic!("{other:?}"),
    };

    assert_eq!(refused(ChecklistDraft { name: " ".into(), ..draft(vec![one()]) }), ChecklistRefused::NoName);
    assert_eq!(refused(draft(vec![])), ChecklistRefused::NoMembers);
    assert_eq!(refused(draft(vec![one(), one()])), ChecklistRefused::MemberTwice(of_mira.name.clone()));
    assert_eq!(refused(draft(vec![member(&of_mira, &[])])), ChecklistRefused::NoSteps(of_mira.name.clone()));
    let gone = Member { uses: Uses::Connection(domain::ConnectionId::from_text("con_x")), ..one() };
    assert_eq!(refused(draft(vec![gone])), ChecklistRefused::MemberGone("con_x".into()));
    let checklist = kept(&world, vec![one()]);
    assert_eq!(refused(draft(vec![one()])), ChecklistRefused::NameTaken);

    world.set_faults(Faults { never_answers: true, ..Faults::default() });
    let slow =
        ChecklistDraft { id: Some(checklist.id.clone()), ..draft(vec![member(&of_mira, &[Step::ForcedRefresh])]) };
    world.engine.save_checklist(slow.clone()).unwrap();
    let mut now = world.engine.start_rehearsal(&checklist.id, RehearseWith::default()).unwrap();
    assert!(matches!(
        world.engine.start_rehearsal(&checklist.id, RehearseWith::default()),
        Err(Error::RehearsalUnderWay(_))
    ));
    assert_eq!(refused(slow), ChecklistRefused::UnderWay);
    assert!(matches!(world.engine.remove_checklist(&checklist.id), Err(Error::RehearsalUnderWay(_))));
    assert!(world.engine.end_rehearsals(Duration::from_secs(10)).await, "a program that ends stops it first");
    within(now.wait_for(|it| it.is_over)).await.unwrap();
    assert!(world.engine.remove_checklist(&checklist.id).unwrap());
    assert!(matches!(world.engine.checklist(&checklist.id), Err(Error::ChecklistGone(_))));

    let twin = kept(&world, vec![one()]);
    let taken = world.engine.restore_checklist(&checklist.id);
    assert!(matches!(taken, Err(Error::ChecklistRefused(ChecklistRefused::NameTaken))), "{taken:?}");
    world.engine.remove_checklist(&twin.id).unwrap();
    world.engine.restore_checklist(&checklist.id).unwrap();
    assert_eq!(world.engine.list_rehearsals(&checklist.id, 9).unwrap().len(), 1, "with the run of before");
    assert!(matches!(world.engine.restore_checklist(&checklist.id), Err(Error::ChecklistGone(_))), "once");
}

/// E4: templates name the connections that they fit, with those steps that can be tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_takes_what_fits_it() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let of = |id: &str| {
        let template = templates().into_iter().find(|it| it.id == id).unwrap();
        world.engine.candidates(&template).unwrap()
    };

    assert!(of("google").is_empty(), "it is no Google");
    let everything = of("everything");
    assert_eq!(everything.len(), 1);
    assert_eq!((&everything[0].0.uses, &everything[0].0.steps[..]), (&Uses::Connection(of_mira.id), &Step::ALL[..]));
    assert_eq!(everything[0].1.writes.len(), 1);
    let run_of_it = kept(&world, vec![everything[0].0.clone()]);
    assert_eq!(run(&world, &run_of_it).await.rehearsal.holding_count(), 1);
}

/// E4: it is good until the first grant that ends, or the time that was asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_nothing_renews_ends_the_certificate() {
    let world = World::start().await;
    world.set_faults(Faults { no_refresh_token: true, ..Faults::default() });
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account])]);
    let until = |minutes: u32| {
        let at = world.clock.now().checked_add(MINUTE * minutes).unwrap();
        RehearseWith { hold: Some(HoldWish::Until(at)), ..RehearseWith::default() }
    };

    let done = run_with(&world, &checklist, until(240)).await;
    let Some(Certificate::Holds { until: at, first: Some(0), .. }) = done.certificate else {
        panic!("{:?}", done.certificate)
    };
    let ends_at = of_mira.token.map(|it| it.expiry);
    assert_eq!(Some(domain::token::Expiry::At(at)), ends_at, "the token's end, and not the demo's");

    let done = run_with(&world, &checklist, until(20)).await;
    assert!(matches!(done.certificate, Some(Certificate::Holds { by: HoldEnd::AsLongAsAsked, first: None, .. })));
    let over = RehearseWith { hold: Some(HoldWish::Until(world.clock.now())), ..RehearseWith::default() };
    assert!(matches!(world.engine.start_rehearsal(&checklist.id, over), Err(Error::BadInput(_))));
}

/// E4: kept warm until its end, also by the next start of the program; withdrawn with a notice when a test fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_tested_again_and_withdrawn_when_a_test_fails() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account, Step::ForcedRefresh])]);
    run(&world, &checklist).await;
    let engine = world.opened_again();
    let record = || newest(&engine, &checklist);
    let watch = engine.watch();

    world.pass_time(MINUTE * 6);
    becomes(&engine, || record().tested_at.is_some()).await;
    assert!(record().is_good(world.clock.now()));

    let mut notices = engine.notices();
    world.practice.revoke_all();
    world.practice.expire_access_tokens();
    world.pass_time(MINUTE * 6);
    let withdrawn = async {
        while !matches!(notices.recv().await.unwrap(), Notice::CertificateWithdrawn { checklist: of, .. } if of == checklist.name)
        {
        }
    };
    within(withdrawn).await;

    let withdrawal = record().withdrawal.unwrap();
    assert!(withdrawal.member == 0 && withdrawal.cause.is_some(), "{withdrawal:?}");
    let report = engine.rehearsal_report(record().id, &TimeZone::UTC).unwrap();
    assert!(report.sentence.contains("nothing is certified any more"), "{}", report.sentence);
    drop(watch);
}

/// E4: a connection that a person disconnects is certified no more, before any test is due.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_ends_with_the_connection_that_it_stands_on() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account])]);
    run(&world, &checklist).await;
    let watch = world.engine.watch();
    let record = || newest(&world.engine, &checklist);
    assert!(record().is_good(world.clock.now()));

    world.engine.disconnect(&of_mira.id).await.unwrap();

    becomes(&world.engine, || record().withdrawal.is_some()).await;
    drop(watch);
}

/// E4: a test that could not be made is made once more before anything is withdrawn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_is_asked_again_before_a_certificate_is_withdrawn() {
    let world = World::start().await;
    let of_mira = writing(&world).await;
    let checklist = kept(&world, vec![member(&of_mira, &[Step::Account])]);
    run(&world, &checklist).await;
    let record = || newest(&world.engine, &checklist);
    let watch = world.engine.watch();
    let busy = ApiRejection::TooManyRequests { retry_after: None };
    world.set_faults(Faults { api_rejects: Some(busy), ..Faults::default() });

    world.pass_time(MINUTE * 6);
    becomes(&world.engine, || record().doubt_since.is_some()).await;
    assert_eq!(record().withdrawal, None);
    world.set_faults(Faults::default());
    world.pass_time(MINUTE * 2);
    becomes(&world.engine, || record().doubt_since.is_none()).await;
    assert!(record().is_good(world.clock.now()), "it has answered since");

    world.pass_time(MINUTE * 70);
    becomes(&world.engine, || record().next_test_at.is_none()).await;
    assert_eq!(record().withdrawal, None, "it held to its end");
    drop(watch);
}

fn quick() -> RehearseWith {
    RehearseWith { longest_step: Duration::from_secs(1), ..RehearseWith::default() }
}
