//! What to run again after a failure, by the point at which it failed: before the first read, before or after writing,
//! or while only the confirmation was missing; and which scheduled runs are missing [D5].

use jiff::Timestamp;

use super::impact::{Picture, stops};
use super::{Access, Run, RunOutcome, Step};
use crate::WorkflowId;

/// Where a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailurePoint {
    /// Nothing was read and nothing written.
    BeforeFirstRead,
    /// Something was read, nothing written.
    BeforeFirstWrite,
    /// Some of it was written, and more was to come.
    MidRunAfterWrites,
    /// All was written; whether it arrived was not said.
    AfterWritingBeforeConfirmation,
    /// The step is not known, or what its steps do.
    NotKnown,
}

/// How to run it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// From the beginning: it left nothing behind.
    Whole,
    /// From the step that failed: what came before is done.
    FromFailedStep,
    /// Look first whether the last write arrived; only if it did not, from there.
    CheckThenFromLastWrite,
    /// Look at the run itself.
    LookFirst,
}

/// What running again could do twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// Nothing was written.
    NotNeeded,
    /// Each write is repeated only under a key that makes it one: an id of the record, not of the run.
    KeyPerRecord,
    NotKnown,
}

/// What to do about the runs of one workflow that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayAdvice {
    pub point: FailurePoint,
    pub replay: Replay,
    pub idempotency: Idempotency,
    /// The smallest span that has to be looked at again: from the last run that went well to the repair.
    pub from: Option<Timestamp>,
    pub until: Timestamp,
    /// Writing steps that were done, in their order: what they left is where to look.
    pub checkpoints: Vec<String>,
    /// The step that failed, where it is known.
    pub failed_step: Option<String>,
    /// The platform kept the run and can complete it itself.
    pub is_kept_by_platform: bool,
}

/// Scheduled runs that fell due while nothing could work or the workflow was paused, and of which no run is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MissedRuns {
    pub count: u32,
    /// Of these, how many fell due while it was paused from here.
    pub paused_count: u32,
    /// They never began: the platform tells of its runs, or we had paused the workflow. Else nobody can say.
    pub is_certain: bool,
}

/// A span in which a workflow was paused from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub from: Timestamp,
    /// When it was resumed; of one that still lasts, now.
    pub until: Timestamp,
}

impl Picture {
    /// Of one workflow from a death to its repair, and on to the end of its pause where that came later; `failed` are its
    /// runs that are known to have failed. What ran well meanwhile ends what is missing before it.
    pub fn missed_runs(
        &self,
        id: &WorkflowId,
        since: Timestamp,
        until: Timestamp,
        pause: Option<Pause>,
        failed: &[&Run],
    ) -> MissedRuns {
        let Some(number) = self.wiring().workflow_number(id) else { return MissedRuns::default() };
        let workflow = &self.workflows()[number];
        let until = pause.map_or(until, |it| it.until.max(until));
        let last = workflow.last_run.as_ref();
        let good = last.filter(|it| it.outcome == RunOutcome::Succeeded && it.at > since && it.at <= until);
        let from = good.map_or(since, |it| it.at);
        let (_, table) = self.wiring().timetable(number);
        let due = |from, until| table.runs_between(from, until, last.map(|it| it.at)).unwrap_or(0);
        let happened = failed.iter().filter(|it| it.at > from && it.at <= until).count();
        let count = due(from, until).saturating_sub(u32::try_from(happened).unwrap_or(u32::MAX));
        let paused_count = pause.map_or(0, |it| due(it.from.max(from), it.until)).min(count);
        MissedRuns { count, paused_count, is_certain: last.is_some() || paused_count == count }
    }
}

/// Advises on scheduled runs that are missing where none is known to have failed.
pub fn advise_on_missed(missed: MissedRuns, last_good: Option<Timestamp>, repaired_at: Timestamp) -> ReplayAdvice {
    let (point, replay, idempotency) = if missed.is_certain {
        (FailurePoint::BeforeFirstRead, Replay::Whole, Idempotency::NotNeeded)
    } else {
        (FailurePoint::NotKnown, Replay::LookFirst, Idempotency::NotKnown)
    };
    ReplayAdvice {
        point,
        replay,
        idempotency,
        from: last_good.filter(|it| *it <= repaired_at),
        until: repaired_at,
        checkpoints: vec![],
        failed_step: None,
        is_kept_by_platform: false,
    }
}

/// Advises on a run that failed. `steps` are those of its workflow that use connections; `last_good` is the last run
/// that went well before, `repaired_at` when the connection worked again.
pub fn advise(run: &Run, steps: &[Step], last_good: Option<Timestamp>, repaired_at: Timestamp) -> ReplayAdvice {
    let mut live: Vec<&Step> = steps.iter().filter(|it| stops(it)).collect();
    live.sort_by_key(|it| it.place);
    let failed = run.failed_step.as_deref();
    let failed = failed.and_then(|id| live.iter().position(|it| it.external_id == id || it.name == id));
    let point = failed.map_or(FailurePoint::NotKnown, |index| point_of(&live, index));
    let before = &live[..failed.unwrap_or(0)];
    let mut checkpoints: Vec<String> =
        before.iter().filter(|it| it.access == Access::Writes).map(|it| it.name.clone()).collect();
    checkpoints.dedup();
    let (replay, idempotency) = match point {
        FailurePoint::BeforeFirstRead | FailurePoint::BeforeFirstWrite => (Replay::Whole, Idempotency::NotNeeded),
        FailurePoint::MidRunAfterWrites => (Replay::FromFailedStep, Idempotency::KeyPerRecord),
        FailurePoint::AfterWritingBeforeConfirmation => (Replay::CheckThenFromLastWrite, Idempotency::KeyPerRecord),
        FailurePoint::NotKnown => (Replay::LookFirst, Idempotency::NotKnown),
    };
    ReplayAdvice {
        point,
        replay,
        idempotency,
        from: last_good.filter(|it| *it <= repaired_at),
        until: repaired_at,
        checkpoints,
        failed_step: failed.map(|index| live[index].name.clone()).or_else(|| run.failed_step.clone()),
        is_kept_by_platform: run.outcome == RunOutcome::Incomplete,
    }
}

fn point_of(live: &[&Step], failed: usize) -> FailurePoint {
    let (before, rest) = live.split_at(failed);
    let is_any = |steps: &[&Step], access| steps.iter().any(|it| it.access == access);
    let is_unclear = is_any(before, Access::Unknown);
    if before.is_empty() {
        FailurePoint::BeforeFirstRead
    } else if is_any(before, Access::Writes) {
        // What fails last and only reads was to confirm what had been written.
        let is_confirmation = rest.iter().all(|it| it.access == Access::Reads);
        if is_confirmation { FailurePoint::AfterWritingBeforeConfirmation } else { FailurePoint::MidRunAfterWrites }
    } else if is_unclear {
        FailurePoint::NotKnown
    } else {
        FailurePoint::BeforeFirstWrite
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_values::{known, picture, step};
    use super::super::{StepVersion, Uses};
    use super::*;
    use crate::ConnectionId;
    use crate::test_values::at_minute;

    fn steps(accesses: &[Access]) -> Vec<Step> {
        let uses = Uses::Connection(ConnectionId::from_random(1));
        let all = (0..).zip(accesses);
        all.map(|(place, access)| Step {
            place,
            external_id: format!("s{place}"),
            name: format!("Step {place}"),
            access: *access,
            ..step(1, uses.clone())
        })
        .collect()
    }

    fn failed_at(step: &str) -> Run {
        Run {
            external_id: "r".to_owned(),
            at: at_minute(5),
            outcome: RunOutcome::Failed,
            failed_step: Some(step.to_owned()),
            failed_connection: None,
            words: None,
        }
    }

    /// D5: the point of failure decides what may be run again.
    #[test]
    fn the_point_of_failure_decides_what_may_run_again() {
        use Access::{Reads, Unknown, Writes};
        for (accesses, at, point, replay, checkpoints) in [
            (vec![Reads, Writes], "s0", FailurePoint::BeforeFirstRead, Replay::Whole, 0),
            (vec![Reads, Writes], "s1", FailurePoint::BeforeFirstWrite, Replay::Whole, 0),
            (vec![Reads, Writes, Writes], "s2", FailurePoint::MidRunAfterWrites, Replay::FromFailedStep, 1),
            (vec![Writes, Reads, Writes], "s1", FailurePoint::MidRunAfterWrites, Replay::FromFailedStep, 1),
            (
                vec![Reads, Writes, Reads],
                "s2",
                FailurePoint::AfterWritingBeforeConfirmation,
                Replay::CheckThenFromLastWrite,
                1,
            ),
            (vec![Unknown, Writes], "s1", FailurePoint::NotKnown, Replay::LookFirst, 0),
            (vec![Reads], "elsewhere", FailurePoint::NotKnown, Replay::LookFirst, 0),
        ] {
            let advice = advise(&failed_at(at), &steps(&accesses), Some(at_minute(1)), at_minute(9));
            let found = (advice.point, advice.replay, advice.checkpoints.len());
            assert_eq!(found, (point, replay, checkpoints), "{accesses:?} at {at}");
            let is_safe = advice.idempotency == Idempotency::NotNeeded;
            assert_eq!(is_safe, replay == Replay::Whole, "only what wrote nothing may simply run again");
            assert_eq!((advice.from, advice.until), (Some(at_minute(1)), at_minute(9)), "the smallest window");
        }
    }

    /// D5: what fell due and neither failed nor ran is missing; whether it began is said only where that can be seen.
    #[test]
    fn scheduled_runs_of_which_nothing_is_known_are_missing() {
        let mut known = known(&[(1, &[1])]);
        known.workflows[0].schedule = super::super::Schedule::Every { seconds: 600 };
        let id = WorkflowId::from_random(1);
        let missed = |known: &super::super::Known, failed: &[&Run]| {
            picture(known.clone(), vec![]).missed_runs(&id, at_minute(0), at_minute(60), None, failed)
        };
        assert_eq!(
            missed(&known, &[]),
            MissedRuns { count: 6, paused_count: 0, is_certain: false },
            "its platform tells of no run"
        );

        let failed = failed_at("s0");
        known.workflows[0].last_run = Some(failed.clone());
        assert_eq!(
            missed(&known, &[&failed]),
            MissedRuns { count: 5, paused_count: 0, is_certain: true },
            "one has failed"
        );
        let good = Run { outcome: RunOutcome::Succeeded, at: at_minute(30), ..failed };
        known.workflows[0].last_run = Some(good.clone());
        assert_eq!(missed(&known, &[]).count, 3, "what ran well needs no other before it");
        known.workflows[0].last_run = Some(Run { at: at_minute(90), ..good });
        assert_eq!(missed(&known, &[]).count, 6, "what runs after the repair makes up for nothing");
        known.workflows[0].schedule = super::super::Schedule::OnEvent;
        assert_eq!(missed(&known, &[]).count, 0);

        let advice = advise_on_missed(MissedRuns { count: 6, paused_count: 0, is_certain: true }, None, at_minute(60));
        assert_eq!((advice.replay, advice.idempotency), (Replay::Whole, Idempotency::NotNeeded));
        let unseen = advise_on_missed(MissedRuns { count: 6, paused_count: 0, is_certain: false }, None, at_minute(60));
        assert_eq!(unseen.replay, Replay::LookFirst, "they may have begun");
    }

    /// D5, D6: a pause ends with the resumption, however long before that the connection was mended.
    #[test]
    fn scheduled_runs_that_fell_due_during_a_pause_are_missing() {
        let mut known = known(&[(1, &[1])]);
        known.workflows[0].schedule = super::super::Schedule::Every { seconds: 600 };
        let id = WorkflowId::from_random(1);
        let missed = |known: &super::super::Known, pause| {
            picture(known.clone(), vec![]).missed_runs(&id, at_minute(0), at_minute(60), Some(pause), &[])
        };
        let late = Pause { from: at_minute(30), until: at_minute(120) };

        let expected = MissedRuns { count: 12, paused_count: 9, is_certain: false };
        assert_eq!(missed(&known, late), expected, "until it was resumed; of those before the pause nobody can say");
        let whole = Pause { from: at_minute(0), until: at_minute(120) };
        assert_eq!(missed(&known, whole), MissedRuns { count: 12, paused_count: 12, is_certain: true });
        let early = Pause { from: at_minute(10), until: at_minute(40) };
        let found = missed(&known, early);
        assert_eq!((found.count, found.paused_count), (6, 3), "it was resumed while the connection was dead");
        let by_hand = Run { outcome: RunOutcome::Succeeded, at: at_minute(100), ..failed_at("s0") };
        known.workflows[0].last_run = Some(by_hand);
        let found = missed(&known, late);
        assert_eq!((found.count, found.paused_count), (2, 2), "one ran well meanwhile");
    }

    /// D5: what does not run writes nothing.
    #[test]
    fn a_disabled_step_and_a_draft_leave_nothing_behind() {
        let mut all = steps(&[Access::Writes, Access::Writes, Access::Reads]);
        all[0].is_enabled = false;
        all[1].version = StepVersion::Draft;

        let advice = advise(&failed_at("s2"), &all, None, at_minute(9));

        assert_eq!((advice.point, advice.from), (FailurePoint::BeforeFirstRead, None));
    }
}
