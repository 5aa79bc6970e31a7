//! Who breaks, what heals in which order, and what hangs by one thread, over small pictures and over many.

use proptest::prelude::*;

use super::impact::{Health, OwnConnection, TwoPlanes};
use super::incident_order::{repair_order, validation_list};
use super::ownership::{Personal, orphans, personal_accounts, single_points};
use super::schedule::NextRun;
use super::test_values::{dead, known, ours, own, picture, step, their, workflow};
use super::{Apart, Join, Known, PlatformConnectionState, Schedule, Step, StepVersion, Uses, Workflow};
use crate::connection::Identity;
use crate::test_values::at_minute;
use crate::{PlatformConnectionId, WorkflowId};

fn ids(numbers: &[u64]) -> Vec<WorkflowId> {
    numbers.iter().map(|it| WorkflowId::from_random(*it)).collect()
}

fn every(seconds: u32, number: u64) -> Workflow {
    Workflow { schedule: Schedule::Every { seconds }, ..workflow(number) }
}

/// A8, D2: a good run of a workflow that uses it is told where nothing is proved, and makes nothing proved.
#[test]
fn a_good_run_is_told_of_a_copy_that_nothing_proves() {
    let (first, second) = (PlatformConnectionId::from_random(1), PlatformConnectionId::from_random(2));
    let copy = |id: &PlatformConnectionId| Uses::PlatformConnection(id.clone());
    let well = |number, minute| Workflow { last_good_at: Some(at_minute(minute)), ..workflow(number) };
    let mut all = known(&[]);
    all.workflows = vec![well(1, 3), well(2, 7), well(3, 9), well(4, 11), workflow(5)];
    all.platform_connections = vec![their(1), their(2)];
    all.steps = vec![
        step(1, copy(&first)),
        step(2, copy(&first)),
        Step { is_enabled: false, ..step(3, copy(&first)) },
        Step { version: StepVersion::Draft, ..step(4, copy(&first)) },
        step(5, copy(&second)),
    ];
    let told = |known: Known| picture(known, vec![]).good_run_without_proof(&first);

    assert_eq!(told(all.clone()), Some(at_minute(7)), "the newest, of steps that run");
    assert_eq!(picture(all.clone(), vec![]).health(&copy(&first)), Health::Unknown);
    assert_eq!(picture(all.clone(), vec![]).good_run_without_proof(&second), None, "none ran yet");
    for state in [
        PlatformConnectionState::Works { at: at_minute(1) },
        PlatformConnectionState::Dead { since: at_minute(8), words: String::new() },
    ] {
        all.platform_connections[0].state = state;
        assert_eq!(told(all.clone()), None, "there is something better to say");
    }
}

/// D1, D3: who breaks, when first, for whom, and how often that is in a day.
#[test]
fn a_death_strikes_what_uses_it_the_first_run_first() {
    let mut known = known(&[(1, &[1]), (2, &[1, 2]), (3, &[2])]);
    known.workflows[0] = Workflow { customer: Some("Halden".into()), owner: Some("Mira".into()), ..every(7_200, 1) };
    known.workflows[1] = Workflow { customer: Some("Fjord".into()), ..every(3_600, 2) };
    let picture = picture(known, vec![dead(1), own(2)]);

    let impact = picture.impact(&ours(1), at_minute(0));

    let struck: Vec<_> = impact.struck.iter().map(|it| it.workflow.clone()).collect();
    assert_eq!(struck, ids(&[2, 1]), "the one that runs in an hour before the one that runs in two");
    assert_eq!(impact.first, Some((WorkflowId::from_random(2), at_minute(60))));
    assert_eq!(impact.customers, ["Fjord", "Halden"]);
    assert_eq!(impact.owners, ["Mira"]);
    assert_eq!((impact.runs_per_day, impact.uncounted, impact.heals), (36.0, 0, 2));
    assert_eq!(picture.impact(&ours(2), at_minute(0)).heals, 1, "one of the two waits for another");
}

/// D3: what is kept of a timetable is the same as what it says, whenever it is asked.
#[test]
fn the_next_run_is_the_same_however_often_and_whenever_it_is_asked() {
    let mut known = known(&[(1, &[1])]);
    known.workflows[0].schedule = Schedule::Cron { expression: "*/20 * * * *".to_owned(), time_zone: None };
    let schedule = known.workflows[0].schedule.clone();
    let picture = picture(known, vec![own(1)]);

    for minute in [0, 5, 19, 20, 21, 400, 7, 39, 40, 5, 800, 1_600, 2_400, 3_200, 6] {
        let after = at_minute(minute);
        let first = picture.what_if(&[ours(1)], after).struck[0].first;
        assert_eq!(first, schedule.next_run(after, &jiff::tz::TimeZone::UTC), "asked at minute {minute}");
    }
}

/// D3: what lives until the day after tomorrow breaks nothing tomorrow.
#[test]
fn the_first_run_is_the_first_after_the_forecast_death() {
    let mut known = known(&[(1, &[1])]);
    known.workflows[0] = every(3_600, 1);
    let dying = OwnConnection { ends_at: Some(at_minute(600)), ..own(1) };
    let picture = picture(known, vec![dying]);

    let impact = picture.impact(&ours(1), at_minute(0));

    assert_eq!(impact.dies_at, Some(at_minute(600)));
    assert_eq!(impact.struck[0].first, NextRun::At(at_minute(660)));
    assert!(impact.struck[0].waits_for.is_empty() && picture.waits_for(&WorkflowId::from_random(1)).is_empty());
}

/// D1: inactive, disabled and draft are counted apart.
#[test]
fn what_does_not_run_does_not_break() {
    let mut known = known(&[(1, &[1]), (2, &[1]), (3, &[1]), (4, &[1])]);
    known.workflows[0].is_active = false;
    known.steps[1].is_enabled = false;
    known.steps[2].version = StepVersion::Draft;
    known.steps.push(Step { is_enabled: false, external_id: "t".into(), ..step(4, ours(1)) });
    let picture = picture(known, vec![dead(1)]);

    let impact = picture.impact(&ours(1), at_minute(0));

    let struck: Vec<_> = impact.struck.iter().map(|it| it.workflow.clone()).collect();
    assert_eq!(struck, ids(&[4]), "one step that runs is enough");
    let apart: Vec<_> = impact.apart.into_iter().map(|(_, why)| why).collect();
    assert_eq!(apart, [Apart::Inactive, Apart::Disabled, Apart::DraftOnly]);
}

/// D1: who starts another stops with it, also over several, and a circle ends.
#[test]
fn workflows_that_start_others_carry_the_stop_along() {
    let mut known = known(&[(1, &[]), (2, &[]), (3, &[1]), (4, &[])]);
    let [one, two, three, four] = [1, 2, 3, 4].map(WorkflowId::from_random);
    known.starts = vec![(one.clone(), two.clone()), (two.clone(), three.clone()), (three.clone(), one.clone())];
    known.starts.push((three.clone(), four.clone()));
    known.workflows[3].schedule = Schedule::OnDemand;
    let picture = picture(known, vec![dead(1)]);

    let impact = picture.impact(&ours(1), at_minute(0));

    assert_eq!(impact.struck.len(), 4, "each once");
    let carried = |id: &WorkflowId| impact.struck.iter().find(|it| it.workflow == *id).unwrap().carried_by.clone();
    assert_eq!((carried(&three), carried(&two), carried(&four)), (None, Some(three.clone()), Some(three)));
    let ready = picture.readiness(&one, at_minute(0)).unwrap();
    assert!(!ready.is_ready && ready.needs.len() == 1, "it needs what those need that it starts");
}

/// D1: started by one that runs, an inactive one runs.
#[test]
fn an_inactive_workflow_that_another_starts_breaks_too() {
    let mut known = known(&[(1, &[]), (2, &[1])]);
    known.workflows[1].is_active = false;
    known.starts = vec![(WorkflowId::from_random(1), WorkflowId::from_random(2))];
    let picture = picture(known, vec![dead(1)]);

    assert_eq!(picture.impact(&ours(1), at_minute(0)).struck.len(), 2);
}

/// D1: two grants, two verdicts, one sentence.
#[test]
fn a_copy_dies_by_itself_and_the_two_planes_say_so() {
    let joined = Some(Join { connection: Some(own(1).id), percent: 95, is_confirmed: false });
    let gone = PlatformConnectionState::Dead { since: at_minute(0), words: "needs to be reconnected".into() };
    for (our, state, expected) in [
        (own(1), gone.clone(), TwoPlanes::CopyDead),
        (dead(1), gone, TwoPlanes::BothDead),
        (dead(1), PlatformConnectionState::Works { at: at_minute(0) }, TwoPlanes::SignInDead),
        (own(1), PlatformConnectionState::Works { at: at_minute(0) }, TwoPlanes::BothWork),
        (own(1), PlatformConnectionState::Unknown, TwoPlanes::NotKnown),
    ] {
        let copy = super::PlatformConnection { state, joined: joined.clone(), ..their(1) };
        let uses = Uses::PlatformConnection(copy.id.clone());
        let stops = Health::of_platform(&copy.state).is_dead();
        let mut known = known(&[(1, &[])]);
        known.steps.push(step(1, uses.clone()));
        let id = copy.id.clone();
        known.platform_connections = vec![copy];
        let picture = picture(known, vec![our]);

        assert_eq!(picture.two_planes(&id), expected);
        assert_eq!(picture.stopped().count(), usize::from(stops), "only its own death stops what uses the copy");
    }
}

/// D1: what is gone from its platform is gone from the picture.
#[test]
fn what_is_gone_breaks_nothing() {
    let mut known = known(&[(1, &[1]), (2, &[1])]);
    known.workflows[0].provenance.gone_at = Some(at_minute(1));
    let picture = picture(known, vec![dead(1)]);

    assert_eq!(picture.impact(&ours(1), at_minute(2)).struck.len(), 1);
    assert_eq!(picture.workflows().len(), 1);
}

/// D4: "mend this one first, two heal; the third waits for step 2".
#[test]
fn the_order_heals_as_much_as_can_be_with_each_step() {
    let known = known(&[(1, &[1]), (2, &[1]), (3, &[1, 2]), (4, &[2]), (5, &[3])]);
    let picture = picture(known, vec![dead(1), dead(2), own(3)]);

    let order = repair_order(&picture, at_minute(0));

    let nodes: Vec<_> = order.iter().map(|it| it.node.clone()).collect();
    assert_eq!(nodes, [ours(1), ours(2)], "what works needs no repair");
    assert_eq!(order[0].heals, ids(&[1, 2]));
    assert_eq!(order[0].still_waiting, [(WorkflowId::from_random(3), 2)]);
    assert_eq!(order[1].heals, ids(&[3, 4]));
    let validations = validation_list(&picture, &[ours(1)], at_minute(0));
    assert_eq!(validations.len(), 3, "everything that stopped with it is looked at");
}

/// D4: of equals the one whose run is nearer, then the one that runs more often.
#[test]
fn of_equals_the_nearest_run_decides() {
    let mut known = known(&[(1, &[1]), (2, &[2])]);
    known.workflows[1] = every(60, 2);
    let picture = picture(known, vec![dead(1), dead(2)]);

    assert_eq!(repair_order(&picture, at_minute(0))[0].node, ours(2));
}

/// D7: a person's account behind what many share, by what the provider says, the domain, the name.
#[test]
fn personal_accounts_behind_shared_work_are_found() {
    let labelled = |number, label: &str, kind: Option<&str>| OwnConnection {
        identity: Identity { label: Some(label.into()), account_kind: kind.map(str::to_owned), ..Identity::default() },
        ..own(number)
    };
    let mut known = known(&[(1, &[1, 2, 3, 4]), (2, &[1, 2, 3, 4]), (3, &[5])]);
    known.workflows[0].customer = Some("Halden".into());
    known.workflows[1].customer = Some("Fjord".into());
    let board = vec![
        labelled(1, "mira@gmail.com", None),
        labelled(2, "mira@halden.example", Some("organisation halden.example")),
        labelled(3, "automation@halden.example", Some("organisation halden.example")),
        labelled(4, "somebody@x.example", Some("consumer")),
        labelled(5, "eva@gmail.com", None),
    ];
    let picture = picture(known, board);

    let found: Vec<_> = personal_accounts(&picture).into_iter().map(|it| (it.account, it.why)).collect();

    assert_eq!(
        found,
        [
            ("mira@gmail.com".to_owned(), Personal::Private),
            ("mira@halden.example".to_owned(), Personal::OnePerson),
            ("somebody@x.example".to_owned(), Personal::Private),
        ],
        "a role's account is shared by design, and what one workflow uses is not shared"
    );
}

/// D7, A8
#[test]
fn single_points_and_orphans_are_found() {
    let mut known = known(&[(1, &[1]), (2, &[1]), (3, &[1]), (4, &[2])]);
    known.workflows[3].is_active = false;
    let picture = picture(known, vec![own(1), own(2), own(3), dead(4)]);

    let single = single_points(&picture);
    assert_eq!(single.len(), 1);
    assert_eq!((&single[0].node, single[0].workflows, single[0].share), (&ours(1), 3, 1.0));
    let orphaned: Vec<_> = orphans(&picture).into_iter().map(|it| (it.node, it.is_used_by_inactive)).collect();
    assert_eq!(orphaned, [(ours(2), true), (ours(3), false)], "a dead one has nothing to revoke");
}

/// Up to eight workflows over up to five connections, with starts in any direction.
fn any_known() -> impl Strategy<Value = (Known, Vec<bool>)> {
    let uses = prop::collection::vec(prop::collection::vec(1_u64..6, 0..4), 1..9);
    let starts = prop::collection::vec((1_u64..9, 1_u64..9), 0..12);
    let actives = prop::collection::vec((any::<bool>(), any::<bool>()), 8);
    (uses, starts, actives, prop::collection::vec(any::<bool>(), 5)).prop_map(|(uses, starts, actives, dead)| {
        let rows: Vec<(u64, &[u64])> = (1..).zip(uses.iter().map(Vec::as_slice)).collect();
        let mut known = known(&rows);
        for (workflow, (is_active, is_on_demand)) in known.workflows.iter_mut().zip(actives) {
            workflow.is_active = is_active;
            workflow.schedule = if is_on_demand { Schedule::OnDemand } else { Schedule::OnEvent };
        }
        let id = WorkflowId::from_random;
        known.starts = starts.into_iter().map(|(one, other)| (id(one), id(other))).collect();
        (known, dead)
    })
}

fn board(deaths: &[bool]) -> Vec<OwnConnection> {
    (1..).zip(deaths).map(|(number, is_dead)| if *is_dead { dead(number) } else { own(number) }).collect()
}

fn struck(picture: &super::impact::Picture, nodes: &[Uses]) -> Vec<WorkflowId> {
    let mut all: Vec<_> = picture.what_if(nodes, at_minute(0)).struck.into_iter().map(|it| it.workflow).collect();
    all.sort();
    all
}

proptest! {
    /// D1: impact is monotone, and cycles end.
    #[test]
    fn more_deaths_never_strike_less((known, deaths) in any_known(), one in 1_u64..6, other in 1_u64..6) {
        let picture = picture(known, board(&deaths));

        let few = struck(&picture, &[ours(one)]);
        let both = struck(&picture, &[ours(one), ours(other)]);

        prop_assert!(few.iter().all(|it| both.contains(it)), "{few:?} and {both:?}");
        let mut joined = [few, struck(&picture, &[ours(other)])].concat();
        joined.sort();
        joined.dedup();
        prop_assert_eq!(both, joined, "what two deaths strike is what each strikes");
    }

    /// D4: at its end everything has healed, each workflow exactly once, and when it was said to.
    #[test]
    fn the_repair_order_heals_everything((known, deaths) in any_known()) {
        let stopped = {
            let picture = picture(known.clone(), board(&deaths));
            let mut stopped: Vec<_> = picture.stopped().map(|it| it.id.clone()).collect();
            stopped.sort();
            stopped
        };
        let mut left = deaths.clone();
        let order = repair_order(&picture(known.clone(), board(&deaths)), at_minute(0));

        let mut healed = vec![];
        for (place, step) in order.iter().enumerate() {
            let before: Vec<_> = picture(known.clone(), board(&left)).stopped().map(|it| it.id.clone()).collect();
            for (number, is_dead) in (1..).zip(left.iter_mut()) {
                *is_dead = *is_dead && ours(number) != step.node;
            }
            let after: Vec<_> = picture(known.clone(), board(&left)).stopped().map(|it| it.id.clone()).collect();
            let mut really: Vec<_> = before.into_iter().filter(|it| !after.contains(it)).collect();
            let mut said = step.heals.clone();
            really.sort();
            said.sort();
            prop_assert_eq!(&really, &said, "step {}", place + 1);
            healed.extend(said);
        }
        healed.sort();
        prop_assert_eq!(healed, stopped);
    }

    /// D1: a workflow is ready exactly when it runs and nothing stops it.
    #[test]
    fn readiness_and_impact_agree((known, deaths) in any_known()) {
        let picture = picture(known, board(&deaths));
        let stopped: Vec<_> = picture.stopped().map(|it| it.id.clone()).collect();
        for workflow in picture.workflows() {
            let ready = picture.readiness(&workflow.id, at_minute(0)).unwrap();
            let expected = picture.is_running(&workflow.id) && !stopped.contains(&workflow.id);
            prop_assert_eq!(ready.is_ready, expected, "{:?}", &workflow.id);
        }
    }
}
