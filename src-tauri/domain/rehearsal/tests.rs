//! E4: a rehearsal ends in "all hold until", or in the one thing to mend, and never claims what was not tried.

use super::*;
use crate::ConnectionId;
use crate::diagnosis::CauseLabel;
use crate::provider::trial_object::TrialAct;
use crate::test_values::at_minute;
use crate::token::Expiry;
use crate::token::durability::GrantEnd;

const ALL: [Ability; 6] =
    [Ability::SignIn, Ability::Identity, Ability::Scopes, Ability::Object, Ability::Refresh, Ability::Call];

fn member(number: u64) -> Member {
    Member {
        uses: Uses::Connection(ConnectionId::from_random(number)),
        name: format!("Connection {number}"),
        steps: Step::ALL.to_vec(),
        account: None,
        workspace: None,
        told: vec![],
        own_calls: vec![],
    }
}

fn checklist(members: usize, after_failure: AfterFailure) -> Checklist {
    Checklist {
        id: ChecklistId::from_random(1),
        name: "Halden Optik demo".into(),
        customer: Some("Halden Optik".into()),
        members: (1..).take(members).map(member).collect(),
        hold_for: USUAL_HOLD,
        after_failure,
        signs_out_first: false,
        created_at: at_minute(0),
    }
}

fn begun(list: &Checklist) -> Rehearsal {
    Rehearsal::begin(list, &vec![ALL.to_vec(); list.members.len()], at_minute(0))
}

fn passed() -> StepState {
    StepState::Passed { took: Duration::from_millis(190), seen: "rotated".into() }
}

fn failed() -> StepState {
    let cause = Some(CauseLabel::InsufficientScope);
    StepState::Failed { took: Duration::from_millis(96), seen: "3 of 4".into(), cause }
}

/// Passes what is next so often.
fn pass(rehearsal: &mut Rehearsal, times: usize) {
    for _ in 0..times {
        rehearsal.start_next(at_minute(1)).unwrap();
        rehearsal.note(passed(), StepAnswer::default(), at_minute(2));
    }
}

fn lasting() -> Hold {
    Hold { grant_end: GrantEnd::NotKnown, token_end: Expiry::At(at_minute(30)), is_renewed: true }
}

#[test]
fn all_that_passed_hold_for_as_long_as_was_asked() {
    let list = checklist(2, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    assert_eq!(certify(&rehearsal, &[lasting(); 2]), None, "nothing is certified while it runs");

    pass(&mut rehearsal, 14);

    assert_eq!(rehearsal.progress(), Progress { done: 14, left_out: 0, of: 14 });
    assert_eq!(
        certify(&rehearsal, &[lasting(); 2]),
        Some(Certificate::Holds { count: 2, until: at_minute(62), by: HoldEnd::AsLongAsAsked, first: None })
    );
}

#[test]
fn one_that_ends_earlier_shortens_the_certificate() {
    let list = checklist(3, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    pass(&mut rehearsal, 21);

    let dying = Hold { grant_end: GrantEnd::At(at_minute(40)), ..lasting() };
    let fragile = Hold { is_renewed: false, ..lasting() };
    let holds = |rest| certify(&rehearsal, &[lasting(), dying, rest]).unwrap();

    let by_grant = Certificate::Holds { count: 3, until: at_minute(40), by: HoldEnd::Grant, first: Some(1) };
    assert_eq!(holds(lasting()), by_grant);
    let by_token = Certificate::Holds { count: 3, until: at_minute(30), by: HoldEnd::Token, first: Some(2) };
    assert_eq!(holds(fragile), by_token);
}

/// Names of the steps of the first member that are in this state.
fn those<'a>(rehearsal: &'a Rehearsal, state: &StepState) -> Vec<&'a str> {
    rehearsal.members[0].steps.iter().filter(|it| it.state == *state).map(|it| it.step.as_str()).collect()
}

#[test]
fn a_failure_leaves_what_rests_on_it_and_tries_all_else() {
    let after = |place: usize| {
        let mut rehearsal = begun(&checklist(2, AfterFailure::GoOn));
        pass(&mut rehearsal, place);
        assert_eq!(rehearsal.start_next(at_minute(3)), Some((0, place)));
        rehearsal.note(failed(), StepAnswer::default(), at_minute(3));
        rehearsal
    };
    let left = StepState::NotTried(NotTried::FailedBefore);

    let no_sign_in = after(0);
    assert_eq!(those(&no_sign_in, &left).len(), 6, "all of it was to be tried of the new grant");
    assert_eq!(no_sign_in.next(), Some((1, 0)), "the others are tried");
    let wrong_account = after(1);
    assert_eq!(those(&wrong_account, &left), ["object"], "nothing is written as the wrong one");
    assert_eq!(those(&after(2), &left), Vec::<&str>::new());
    let no_object = after(3);
    assert_eq!(those(&no_object, &StepState::Waiting), ["forced_refresh", "two_at_once", "clean_log"]);
    assert_eq!(those(&after(4), &left), ["two_at_once"]);
}

/// E4: what is pointless is said to be not tried, and why.
#[test]
fn a_grant_that_is_over_leaves_the_rest_of_its_connection() {
    let mut rehearsal = begun(&checklist(2, AfterFailure::GoOn));
    pass(&mut rehearsal, 4);
    rehearsal.start_next(at_minute(3)).unwrap();
    rehearsal.note(failed(), StepAnswer::default(), at_minute(3));

    rehearsal.leave_member(0, NotTried::GrantOver, at_minute(3));

    assert_eq!(those(&rehearsal, &StepState::NotTried(NotTried::GrantOver)), ["clean_log"]);
    assert_eq!(rehearsal.next(), Some((1, 0)));
    assert_eq!(rehearsal.progress().left_out, 2, "what was not tried is not done");
}

#[test]
fn the_first_failure_is_the_one_to_mend() {
    let list = checklist(2, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    pass(&mut rehearsal, 2);
    assert_eq!(rehearsal.start_next(at_minute(3)), Some((0, 2)));
    rehearsal.note(failed(), StepAnswer::default(), at_minute(3));
    pass(&mut rehearsal, 11);

    assert_eq!(rehearsal.progress(), Progress { done: 14, left_out: 0, of: 14 });
    let mend = Certificate::Mend {
        member: 0,
        step: Step::Scopes,
        cause: Some(CauseLabel::InsufficientScope),
        failing_count: 1,
        holding_count: 1,
    };
    assert_eq!(certify(&rehearsal, &[lasting(); 2]), Some(mend));
}

/// E4: what is to be mended is on top; while it runs, nothing jumps.
#[test]
fn once_it_is_over_what_fails_comes_first() {
    let mut rehearsal = begun(&checklist(3, AfterFailure::GoOn));
    let names = |it: &Rehearsal| it.members_in_view().iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    pass(&mut rehearsal, 9);
    rehearsal.start_next(at_minute(3)).unwrap();
    rehearsal.note(failed(), StepAnswer::default(), at_minute(4));
    assert_eq!(names(&rehearsal), ["Connection 1", "Connection 2", "Connection 3"]);

    while rehearsal.next().is_some() {
        pass(&mut rehearsal, 1);
    }

    assert_eq!(names(&rehearsal), ["Connection 2", "Connection 1", "Connection 3"]);
}

#[test]
fn where_it_was_wished_a_failure_ends_all_of_it() {
    let list = checklist(3, AfterFailure::Stop);
    let mut rehearsal = begun(&list);
    rehearsal.start_next(at_minute(1));
    rehearsal.note(failed(), StepAnswer::default(), at_minute(1));

    assert_eq!((rehearsal.next(), rehearsal.ended_at), (None, Some(at_minute(1))));
    assert_eq!(rehearsal.members[2].verdict(), Verdict::NotProved, "nothing of it was tried");
}

#[test]
fn what_was_stopped_keeps_what_was_proved_and_claims_no_more() {
    let list = checklist(2, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    pass(&mut rehearsal, 9);
    rehearsal.stop(at_minute(4));

    let verdicts: Vec<_> = rehearsal.members.iter().map(MemberRun::verdict).collect();
    assert_eq!(verdicts, [Verdict::Holds, Verdict::NotProved]);
    assert_eq!(rehearsal.progress(), Progress { done: 9, left_out: 5, of: 14 });
    assert_eq!(certify(&rehearsal, &[lasting(); 2]), Some(Certificate::Partly { holding_count: 1, of: 2 }));
}

#[test]
fn a_connection_of_a_platform_is_never_signed_out() {
    let list = checklist(1, AfterFailure::GoOn);
    let able = vec![vec![Ability::Identity, Ability::Refresh]];
    let rehearsal = Rehearsal::begin(&list, &able, at_minute(0));

    let waiting: Vec<_> = rehearsal.members[0].steps.iter().filter(|it| it.state == StepState::Waiting).collect();
    let waiting: Vec<_> = waiting.into_iter().map(|it| it.step.as_str()).collect();
    assert_eq!(waiting, ["account", "forced_refresh", "clean_log"]);
    assert_eq!(rehearsal.progress(), Progress { done: 0, left_out: 0, of: 3 }, "what cannot be tried is not counted");
}

#[test]
fn where_nothing_can_be_tried_nothing_is_proved() {
    let mut list = checklist(1, AfterFailure::GoOn);
    list.members[0].steps = vec![Step::Object];
    let rehearsal = Rehearsal::begin(&list, &[vec![]], at_minute(0));

    assert_eq!(rehearsal.ended_at, Some(at_minute(0)));
    assert_eq!(certify(&rehearsal, &[lasting()]), Some(Certificate::Partly { holding_count: 0, of: 1 }));
}

#[test]
fn one_step_runs_at_a_time_and_an_answer_without_a_question_changes_nothing() {
    let list = checklist(1, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    let before = rehearsal.clone();
    rehearsal.note(passed(), StepAnswer::default(), at_minute(1));
    assert_eq!(rehearsal, before, "no step was running");

    rehearsal.start_next(at_minute(1));
    assert_eq!(rehearsal.start_next(at_minute(1)), None);
    rehearsal.note(StepState::Waiting, StepAnswer::default(), at_minute(1));
    assert_eq!(rehearsal.next(), None, "it runs still");
}

#[test]
fn an_account_is_expected_by_name_or_by_domain() {
    let named = ExpectedAccount::Named("Ops@Haldenoptik.no ".into());
    assert!(named.is("ops@haldenoptik.no"));
    assert!(!named.is("mira@haldenoptik.no"));

    let domain = ExpectedAccount::OfDomain("@haldenoptik.no".into());
    assert!(domain.is("mira@HALDENOPTIK.no"));
    assert!(!domain.is("mira@haldenoptik.no.evil.example"));
    assert!(!domain.is("haldenoptik.no"), "a name without an address is of no domain");
}

#[test]
fn a_time_that_was_asked_for_counts_from_the_clock_and_not_from_the_last_check() {
    let list = checklist(1, AfterFailure::GoOn);
    let mut rehearsal = begun(&list);
    rehearsal.hold = HoldWish::Until(at_minute(90));
    pass(&mut rehearsal, 7);

    let holds = Certificate::Holds { count: 1, until: at_minute(90), by: HoldEnd::AsLongAsAsked, first: None };
    assert_eq!(certify(&rehearsal, &[lasting()]), Some(holds));
}

#[test]
fn a_step_is_stored_as_a_word_and_one_of_a_newer_version_is_not_read() {
    for step in Step::ALL.into_iter().chain([Step::Own("Invoices: open".into())]) {
        assert_eq!(Step::from_text(&step.written()), Some(step));
    }
    assert_eq!(Step::from_text("dance"), None);
}

#[test]
fn why_an_object_is_not_made_is_told_apart() {
    let why = |able: &[Ability]| Step::Object.refused_by(able);
    assert_eq!(why(&[Ability::SignIn]), Some(NotTried::NoTrialObject));
    assert_eq!(why(&[Ability::ObjectOnceGranted]), Some(NotTried::MayNotWrite));
    assert_eq!(why(&[Ability::ObjectOnceAnswered]), Some(NotTried::Unanswered));
    assert_eq!(why(&[Ability::Object, Ability::ObjectOnceAnswered]), None);
}

#[test]
fn a_new_sign_in_brings_what_could_not_be_tried_before() {
    let list = checklist(1, AfterFailure::GoOn);
    let mut rehearsal = Rehearsal::begin(&list, &[vec![Ability::SignIn]], at_minute(0));
    assert_eq!(rehearsal.start_next(at_minute(0)), Some((0, 0)));
    rehearsal.note(passed(), StepAnswer::default(), at_minute(1));
    let clean_log_alone = rehearsal.clone();

    rehearsal.consider_again(0, &ALL);

    assert_eq!(clean_log_alone.progress(), Progress { done: 1, left_out: 0, of: 2 });
    assert_eq!(rehearsal.progress(), Progress { done: 1, left_out: 0, of: 7 });
    assert_eq!(rehearsal.next(), Some((0, 1)));
}

mod reports {
    use jiff::tz::TimeZone;

    use super::*;

    fn written(rehearsal: &Rehearsal, certificate: Option<&Certificate>, left: &[String]) -> [String; 2] {
        let zone = TimeZone::UTC;
        let report = Report {
            run: "7".into(),
            rehearsal,
            certificate,
            withdrawal: None,
            tested_at: None,
            left,
            zone: &zone,
            now: at_minute(3),
        };
        [markdown(&report), html(&report)]
    }

    #[test]
    fn a_report_says_the_sentence_and_every_proof() {
        let list = checklist(5, AfterFailure::GoOn);
        let mut rehearsal = begun(&list);
        pass(&mut rehearsal, 35);
        let certificate = certify(&rehearsal, &[lasting(); 5]);

        for page in written(&rehearsal, certificate.as_ref(), &[]) {
            assert!(page.contains("All five connections hold until "), "{page}");
            assert!(page.contains("35 checks, none failed, nothing left behind"), "{page}");
            assert_eq!(page.matches("rotated").count(), 35, "each proof has its line: {page}");
        }
    }

    #[test]
    fn the_one_thing_to_mend_stands_first() {
        let list = checklist(2, AfterFailure::GoOn);
        let mut rehearsal = begun(&list);
        pass(&mut rehearsal, 2);
        rehearsal.start_next(at_minute(3)).unwrap();
        rehearsal.note(
            failed(),
            StepAnswer { http_status: Some(403), request_id: Some("a7f3-21c9".into()), ..StepAnswer::default() },
            at_minute(3),
        );
        pass(&mut rehearsal, 11);
        let certificate = certify(&rehearsal, &[lasting(); 2]);

        for page in written(&rehearsal, certificate.as_ref(), &["a text file, “Patchbay check”".into()]) {
            assert!(page.contains("Connection 1 fails at “Scopes”: mend that first."), "{page}");
            assert!(page.contains("14 checks, 1 failed"), "{page}");
            assert!(
                page.contains("403") && page.contains("a7f3-21c9") && page.contains("one object left behind"),
                "{page}"
            );
            assert!(page.contains("a text file, “Patchbay check”"), "{page}");
        }
    }

    /// E4: the headline names what failed, and no more is claimed of a removal than was seen.
    #[test]
    fn a_removal_is_named_where_it_failed_and_where_nobody_saw_it() {
        let list = checklist(1, AfterFailure::GoOn);
        let object = |came: StepState, answer: StepAnswer| {
            let mut rehearsal = begun(&list);
            pass(&mut rehearsal, 3);
            rehearsal.start_next(at_minute(3)).unwrap();
            rehearsal.note(came, answer, at_minute(3));
            pass(&mut rehearsal, 3);
            let certificate = certify(&rehearsal, &[lasting()]);
            written(&rehearsal, certificate.as_ref(), &[])
        };

        let act = Some(TrialAct::Remove);
        for page in object(failed(), StepAnswer { act, ..StepAnswer::default() }) {
            assert!(page.contains("Connection 1 fails at removing the object: mend that first."), "{page}");
        }
        for page in object(passed(), StepAnswer { is_removal_unread: true, ..StepAnswer::default() }) {
            assert!(!page.contains("nothing left behind"), "{page}");
            assert!(page.contains("removed by its provider’s word, and was not read again"), "{page}");
        }
    }

    /// S108: a name is text, whatever it holds.
    #[test]
    fn no_name_can_break_a_page() {
        let mut list = checklist(1, AfterFailure::GoOn);
        list.name = format!("| x\n# <script>alert(1)</script>\u{202e}{}", "y".repeat(9_000));
        list.members[0].name = "\" onload=x <b>|".into();
        let mut rehearsal = begun(&list);
        pass(&mut rehearsal, 7);

        let [markdown, html] = written(&rehearsal, certify(&rehearsal, &[lasting()]).as_ref(), &[]);

        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("\" onload"), "{html}");
        assert!(markdown.contains("\\| x\\# \\<script\\>"), "{markdown}");
        assert!(!markdown.contains('\u{202e}') && markdown.len() < 6_000 && html.len() < 9_000);
    }
}
