//! One rehearsal as it goes: which step is next, what each came to, and what is thereby known of a connection [E4].

use std::time::Duration;

use jiff::Timestamp;

use super::steps::{Ability, NotTried, Step};
use super::{AfterFailure, Checklist, HoldWish};
use crate::ChecklistId;
use crate::blast_radius::Uses;
use crate::diagnosis::CauseLabel;
use crate::provider::trial_object::TrialAct;

/// One run of a checklist.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    pub checklist: ChecklistId,
    /// As the checklist was called when it was run.
    pub name: String,
    pub customer: Option<String>,
    /// Until when all of it is to hold.
    pub hold: HoldWish,
    pub signs_out_first: bool,
    pub started_at: Timestamp,
    pub members: Vec<MemberRun>,
    pub after_failure: AfterFailure,
    /// When its last step ended, or it was stopped.
    pub ended_at: Option<Timestamp>,
    pub was_stopped: bool,
}

/// What has come of one connection.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberRun {
    pub uses: Uses,
    pub name: String,
    pub steps: Vec<StepRun>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StepRun {
    pub step: Step,
    pub state: StepState,
    /// When it came to its end; `None` for what was not tried.
    pub ended_at: Option<Timestamp>,
    pub answer: StepAnswer,
}

/// What the last call of a step was answered with, for whoever asks the provider about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepAnswer {
    pub http_status: Option<u16>,
    pub request_id: Option<String>,
    /// What the call was to do to the trial object, where it is that which failed.
    pub act: Option<TrialAct>,
    /// The provider confirmed that the object is removed, and nobody could read it again to see so.
    pub is_removal_unread: bool,
}

/// What has come of one step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    Waiting,
    Running {
        since: Timestamp,
    },
    Passed {
        took: Duration,
        /// What was seen, for a person: "4 of 4", "rotated"; without secrets.
        seen: String,
    },
    Failed {
        took: Duration,
        seen: String,
        /// Where the failure has a cause that is known.
        cause: Option<CauseLabel>,
    },
    NotTried(NotTried),
}

impl StepState {
    pub fn is_over(&self) -> bool {
        match self {
            Self::Waiting | Self::Running { .. } => false,
            Self::Passed { .. } | Self::Failed { .. } | Self::NotTried(_) => true,
        }
    }
}

/// How far a rehearsal has come, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Really tried: passed or failed.
    pub done: usize,
    /// Not tried, since one before it failed or a person stopped it.
    pub left_out: usize,
    /// All that could be tried when it began, those left out among them.
    pub of: usize,
}

/// What a rehearsal says of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its turn has not come.
    Next,
    UnderWay {
        done: usize,
        of: usize,
    },
    /// All that could be tried passed.
    Holds,
    Fails {
        step: Step,
        cause: Option<CauseLabel>,
    },
    /// It was stopped, or nothing of it could be tried: nothing is known.
    NotProved,
}

impl Rehearsal {
    /// A rehearsal that begins. `able`: what can be done with each member, in the checklist's order.
    pub fn begin(checklist: &Checklist, able: &[Vec<Ability>], now: Timestamp) -> Self {
        let none = vec![];
        let members = checklist.members.iter().enumerate().map(|(place, member)| {
            let able = able.get(place).unwrap_or(&none);
            let steps = member.steps.iter().map(|step| StepRun {
                step: step.clone(),
                state: step.refused_by(able).map_or(StepState::Waiting, StepState::NotTried),
                ended_at: None,
                answer: StepAnswer::default(),
            });
            MemberRun { uses: member.uses.clone(), name: member.name.clone(), steps: steps.collect() }
        });
        let mut rehearsal = Self {
            checklist: checklist.id.clone(),
            name: checklist.name.clone(),
            customer: checklist.customer.clone(),
            hold: HoldWish::For(checklist.hold_for),
            signs_out_first: checklist.signs_out_first,
            started_at: now,
            members: members.collect(),
            after_failure: checklist.after_failure,
            ended_at: None,
            was_stopped: false,
        };
        rehearsal.end_if_done(now);
        rehearsal
    }

    /// In the order they are tried; once that is over those that fail come first, then those of which nothing is
    /// known: of forty the one to mend is not searched for.
    pub fn members_in_view(&self) -> Vec<&MemberRun> {
        let mut members: Vec<&MemberRun> = self.members.iter().collect();
        if self.ended_at.is_some() {
            members.sort_by_key(|it| match it.verdict() {
                Verdict::Fails { .. } => 0,
                Verdict::NotProved | Verdict::Next | Verdict::UnderWay { .. } => 1,
                Verdict::Holds => 2,
            });
        }
        members
    }

    /// The step that is tried next: of which member, and which. `None` while one runs, and at the end.
    pub fn next(&self) -> Option<(usize, usize)> {
        let places = || {
            self.members.iter().enumerate().flat_map(|(member, run)| {
                run.steps.iter().enumerate().map(move |(place, step)| ((member, place), step))
            })
        };
        if self.ended_at.is_some() || places().any(|(_, step)| matches!(step.state, StepState::Running { .. })) {
            return None;
        }
        places().find(|(_, step)| step.state == StepState::Waiting).map(|(place, _)| place)
    }

    /// The next step is tried from now on.
    pub fn start_next(&mut self, now: Timestamp) -> Option<(usize, usize)> {
        let (member, step) = self.next()?;
        self.step_mut(member, step)?.state = StepState::Running { since: now };
        Some((member, step))
    }

    /// The running step came to its end. What rests on one that failed is not tried; where it was wished so, nothing more.
    pub fn note(&mut self, state: StepState, answer: StepAnswer, now: Timestamp) {
        let running = self.members.iter().enumerate().find_map(|(member, run)| {
            run.steps.iter().position(|it| matches!(it.state, StepState::Running { .. })).map(|step| (member, step))
        });
        let (Some((member, step)), true) = (running, state.is_over()) else { return };
        let has_failed = matches!(state, StepState::Failed { .. });
        if let Some(run) = self.step_mut(member, step) {
            (run.state, run.answer, run.ended_at) = (state, answer, Some(now));
        }
        if has_failed {
            let failed = self.members.get(member).and_then(|it| it.steps.get(step)).map(|it| it.step.clone());
            match self.after_failure {
                AfterFailure::GoOn => {
                    if let (Some(run), Some(failed)) = (self.members.get_mut(member), failed) {
                        run.leave_those(NotTried::FailedBefore, |it| it.rests_on(&failed));
                    }
                }
                AfterFailure::Stop => {
                    for run in self.members.iter_mut().skip(member) {
                        run.leave(NotTried::FailedBefore);
                    }
                }
            }
        }
        self.end_if_done(now);
    }

    /// What is left of a member is pointless.
    pub fn leave_member(&mut self, member: usize, why: NotTried, now: Timestamp) {
        if let Some(run) = self.members.get_mut(member) {
            run.leave(why);
        }
        self.end_if_done(now);
    }

    /// What of its trial object a step failed at; `None`: it has none, or that is not known.
    pub fn failed_act(&self, member: usize, step: &Step) -> Option<TrialAct> {
        self.members.get(member)?.steps.iter().find(|it| it.step == *step)?.answer.act
    }

    /// Whether an object was removed by its provider's word alone.
    pub fn has_unread_removal(&self) -> bool {
        self.members.iter().flat_map(|it| &it.steps).any(|it| it.answer.is_removal_unread)
    }

    /// What can be done with a member is another thing since somebody signed in again: what it could not be tried before
    /// waits, and the other way round.
    pub fn consider_again(&mut self, member: usize, able: &[Ability]) {
        let Some(run) = self.members.get_mut(member).filter(|_| self.ended_at.is_none()) else { return };
        for step in run.steps.iter_mut().filter(|it| it.state == StepState::Waiting || it.is_impossible()) {
            step.state = step.step.refused_by(able).map_or(StepState::Waiting, StepState::NotTried);
        }
    }

    /// A person stops it: what passed stays proved.
    pub fn stop(&mut self, now: Timestamp) {
        if self.ended_at.is_some() {
            return;
        }
        for run in &mut self.members {
            run.leave(NotTried::Stopped);
        }
        (self.was_stopped, self.ended_at) = (true, Some(now));
    }

    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for step in self.members.iter().flat_map(|it| &it.steps).filter(|it| !it.is_impossible()) {
            progress.of += 1;
            match step.state {
                StepState::Passed { .. } | StepState::Failed { .. } => progress.done += 1,
                StepState::NotTried(_) => progress.left_out += 1,
                StepState::Waiting | StepState::Running { .. } => {}
            }
        }
        progress
    }

    pub fn holding_count(&self) -> usize {
        self.members.iter().filter(|it| it.verdict() == Verdict::Holds).count()
    }

    /// Steps that any member has, in their order.
    pub fn columns(&self) -> Vec<Step> {
        Step::in_order(self.members.iter().flat_map(|it| &it.steps).map(|it| it.step.clone()))
    }

    pub fn failed_count(&self) -> usize {
        let steps = self.members.iter().flat_map(|it| &it.steps);
        steps.filter(|it| matches!(it.state, StepState::Failed { .. })).count()
    }

    fn step_mut(&mut self, member: usize, step: usize) -> Option<&mut StepRun> {
        self.members.get_mut(member)?.steps.get_mut(step)
    }

    fn end_if_done(&mut self, now: Timestamp) {
        if self.members.iter().flat_map(|it| &it.steps).all(|it| it.state.is_over()) {
            self.ended_at.get_or_insert(now);
        }
    }
}

impl StepRun {
    /// It was never to be tried of this connection.
    fn is_impossible(&self) -> bool {
        match self.state {
            StepState::NotTried(why) => why.is_impossible(),
            StepState::Waiting | StepState::Running { .. } | StepState::Passed { .. } | StepState::Failed { .. } => {
                false
            }
        }
    }
}

impl MemberRun {
    /// What the steps so far come to.
    pub fn verdict(&self) -> Verdict {
        let failed = self.steps.iter().find_map(|it| match &it.state {
            StepState::Failed { cause, .. } => Some(Verdict::Fails { step: it.step.clone(), cause: *cause }),
            StepState::Waiting | StepState::Running { .. } | StepState::Passed { .. } | StepState::NotTried(_) => None,
        });
        if let Some(failed) = failed {
            return failed;
        }
        let tried: Vec<_> = self.steps.iter().filter(|it| !it.is_impossible()).collect();
        let done = tried.iter().filter(|it| matches!(it.state, StepState::Passed { .. })).count();
        let has_begun = tried.iter().any(|it| it.state != StepState::Waiting);
        let is_left = tried.iter().any(|it| matches!(it.state, StepState::NotTried(_)));
        match (tried.len(), done) {
            (0, _) => Verdict::NotProved,
            (of, done) if of == done => Verdict::Holds,
            _ if is_left => Verdict::NotProved,
            (of, done) if has_begun => Verdict::UnderWay { done, of },
            _ => Verdict::Next,
        }
    }

    fn leave(&mut self, why: NotTried) {
        self.leave_those(why, |_| true);
    }

    fn leave_those(&mut self, why: NotTried, are_left: impl Fn(&Step) -> bool) {
        for step in self.steps.iter_mut().filter(|it| !it.state.is_over() && are_left(&it.step)) {
            step.state = StepState::NotTried(why);
        }
    }
}
