//! What breaks from one moment on if nobody acts, along an axis of up to ninety days: runs that fail, grants that end
//! [B11, D3].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Uses;
use super::impact::{NextRuns, Picture};
use super::schedule::NextRun;
use super::wiring::Number;
use crate::{ConnectionId, WorkflowId};

/// How far the axis reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    Day,
    ThreeDays,
    Week,
    Month,
    #[default]
    Quarter,
}

/// One part of the bent axis: time is even within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// How long after the beginning of the axis it ends.
    pub ends_after: SignedDuration,
    /// Its share of the axis, 0 to 1.
    pub share: f64,
}

/// Marks along the axis, in the order of time. However much breaks, there are no more of them than an axis has room for.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    pub from: Timestamp,
    pub until: Timestamp,
    pub segments: Vec<Segment>,
    pub runs: Vec<RunMark>,
    pub ends: Vec<EndMark>,
    /// Workflows with a run that fails on this axis.
    pub failing_count: usize,
    /// From here on runs fail again that have no mark of their own.
    pub goes_on_from: Option<Timestamp>,
    /// Workflows that fail whenever their event comes.
    pub on_event_count: usize,
    /// Workflows that fail at a moment nobody can tell.
    pub undated_count: usize,
}

/// Runs that fail within one stretch of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct RunMark {
    /// The earliest of them.
    pub at: Timestamp,
    /// Workflows that fail for the first time.
    pub first_count: usize,
    /// Workflows that fail again.
    pub again_count: usize,
    /// Some of those that fail, the first failures first.
    pub named: Vec<FailingRun>,
}

/// One run that fails.
#[derive(Debug, Clone, PartialEq)]
pub struct FailingRun {
    pub workflow: WorkflowId,
    pub at: Timestamp,
    pub is_first: bool,
    /// What it fails for; the earliest death, where there are several.
    pub because: Uses,
}

/// Grants of ours that end within one stretch of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct EndMark {
    /// The earliest of them.
    pub at: Timestamp,
    pub count: usize,
    /// Some of them, the earliest first.
    pub named: Vec<(ConnectionId, Timestamp)>,
}

/// How many stretches an axis is cut into: about four pixels each on a wide screen.
const STRETCHES: usize = 240;
/// How many of a mark are named.
const NAMED: usize = 4;
/// Runs after the first that are worked out, of all workflows together: a calendar takes some microseconds for each.
const REPEATS: usize = 20_000;
/// Marks of repeated runs that one schedule has at least.
const LEAST_REPEATS: usize = 2;
/// Marks of repeated runs that one schedule has at most: its rhythm is seen by then.
const MOST_REPEATS: usize = 10;

const HOUR: i64 = 1;
const DAY: i64 = 24;
/// Ends in hours, and hundredths of the width.
const BENT: [(i64, f64); 6] =
    [(6 * HOUR, 26.0), (DAY, 22.0), (3 * DAY, 15.0), (7 * DAY, 12.0), (30 * DAY, 12.0), (90 * DAY, 9.0)];

impl Reach {
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Day => DAY,
            Self::ThreeDays => 3 * DAY,
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
            Self::Quarter => 90 * DAY,
        })
    }

    /// The parts of the axis; together they are all of it.
    pub fn segments(self) -> Vec<Segment> {
        let parts = BENT.iter().filter(|(hours, _)| SignedDuration::from_hours(*hours) <= self.duration());
        let whole: f64 = parts.clone().map(|(_, share)| share).sum();
        parts
            .map(|(hours, share)| Segment { ends_after: SignedDuration::from_hours(*hours), share: share / whole })
            .collect()
    }
}

impl Horizon {
    /// Of both planes as they are now.
    pub fn over(picture: &Picture, now: Timestamp, reach: Reach) -> Self {
        let until = now.saturating_add(reach.duration()).unwrap_or(Timestamp::MAX);
        let axis = Axis { from: now, until, segments: reach.segments() };
        let mut horizon = Self {
            from: now,
            until,
            segments: axis.segments.clone(),
            runs: vec![],
            ends: ends(picture, &axis),
            failing_count: 0,
            goes_on_from: None,
            on_event_count: 0,
            undated_count: 0,
        };
        horizon.mark_runs(picture, &axis);
        horizon
    }

    fn mark_runs(&mut self, picture: &Picture, axis: &Axis) {
        let wiring = picture.wiring();
        let mut next = HashMap::<Timestamp, NextRuns>::new();
        // Those that share a schedule and a death run at the same moments.
        let mut alike = BTreeMap::<(Timestamp, Option<Timestamp>, usize), Vec<(Number, Number)>>::new();
        for (workflow, (node, dies_at)) in struck_first(picture, axis) {
            let (table, timetable) = wiring.timetable(workflow);
            let last_run = wiring.workflows[workflow].last_run.as_ref().map(|it| it.at);
            let phase = last_run.filter(|_| timetable.goes_on_from_last_run());
            match next.entry(dies_at).or_insert_with(|| NextRuns::after(dies_at)).of(wiring, workflow) {
                NextRun::At(at) if at <= axis.until => {
                    self.failing_count += 1;
                    alike.entry((at, phase, table)).or_default().push((workflow, node));
                }
                // Its next run lies beyond the axis, or a person starts it and sees.
                NextRun::At(_) | NextRun::OnDemand => {}
                NextRun::AnyMoment => self.on_event_count += 1,
                NextRun::NotKnown => self.undated_count += 1,
            }
        }

        let quota = (REPEATS / alike.len().max(1)).clamp(LEAST_REPEATS, MOST_REPEATS);
        let mut marks = BTreeMap::<usize, RunMark>::new();
        for ((first, _, table), members) in &alike {
            let timetable = wiring.timetable(members[0].0).1;
            debug_assert_eq!(*table, wiring.timetable(members[0].0).0, "they share it");
            let mut run = Some(*first);
            for turn in 0..=quota {
                let Some(at) = run.filter(|at| *at <= axis.until) else { break };
                if turn == quota {
                    self.goes_on_from = Some(self.goes_on_from.map_or(at, |known| known.min(at)));
                    break;
                }
                let stretch = axis.stretch(at);
                let mark = marks.entry(stretch).or_insert_with(|| RunMark::empty(at));
                mark.take(picture, at, turn == 0, members);
                // One mark a stretch is enough.
                let after = axis.end_of(stretch).max(at);
                run = timetable.next_run(after, Some(at)).at().filter(|next| *next > at);
            }
        }
        self.runs = marks.into_values().map(RunMark::ordered).collect();
    }
}

impl RunMark {
    fn empty(at: Timestamp) -> Self {
        Self { at, first_count: 0, again_count: 0, named: vec![] }
    }

    fn take(&mut self, picture: &Picture, at: Timestamp, is_first: bool, members: &[(Number, Number)]) {
        self.at = self.at.min(at);
        *(if is_first { &mut self.first_count } else { &mut self.again_count }) += members.len();
        // First failures come before others whatever came earlier: enough of both are kept until all are known.
        let kept = self.named.iter().filter(|it| it.is_first == is_first).count();
        let wiring = picture.wiring();
        self.named.extend(members.iter().take(NAMED.saturating_sub(kept)).map(|(workflow, node)| FailingRun {
            workflow: wiring.workflows[*workflow].id.clone(),
            at,
            is_first,
            because: wiring.nodes[*node].clone(),
        }));
    }

    fn ordered(mut self) -> Self {
        self.named.sort_by_key(|it| (!it.is_first, it.at));
        self.named.truncate(NAMED);
        self
    }
}

/// When each connection that something hangs on is needed next, of both planes: the first run of all that would stop
/// with it.
pub fn next_needs(picture: &Picture, now: Timestamp) -> Vec<(Uses, Timestamp)> {
    let wiring = picture.wiring();
    let mut next = NextRuns::after(now);
    let running = (0..wiring.workflows.len()).filter(|it| wiring.is_running(*it));
    let mut dated: Vec<(Timestamp, Number)> = running.filter_map(|it| Some((next.of(wiring, it).at()?, it))).collect();
    dated.sort_unstable();
    // From the earliest on, each hands its run to those that it stops with.
    let mut earliest: Vec<Option<Timestamp>> = vec![None; wiring.workflows.len()];
    let mut waiting = vec![];
    for (at, workflow) in dated {
        if earliest[workflow].is_some() {
            continue;
        }
        earliest[workflow] = Some(at);
        waiting.push(workflow);
        while let Some(workflow) = waiting.pop() {
            for other in wiring.rests_on(workflow) {
                if wiring.is_running(*other) && earliest[*other].is_none() {
                    earliest[*other] = Some(at);
                    waiting.push(*other);
                }
            }
        }
    }
    let nodes = wiring.nodes.iter().enumerate();
    nodes
        .filter_map(|(node, uses)| {
            let at = wiring.users_of(node).iter().filter_map(|workflow| earliest[*workflow]).min()?;
            Some((uses.clone(), at))
        })
        .collect()
}

/// The bent axis, from place to time and back.
struct Axis {
    from: Timestamp,
    until: Timestamp,
    segments: Vec<Segment>,
}

impl Axis {
    /// Where a moment stands, 0 to 1.
    fn place(&self, at: Timestamp) -> f64 {
        let passed = at.duration_since(self.from).as_secs_f64();
        let (mut begin, mut place) = (0.0, 0.0);
        for segment in &self.segments {
            let end = segment.ends_after.as_secs_f64();
            if passed <= end {
                return place + segment.share * ((passed - begin) / (end - begin)).max(0.0);
            }
            (begin, place) = (end, place + segment.share);
        }
        1.0
    }

    fn stretch(&self, at: Timestamp) -> usize {
        // Never negative, and at most the number of stretches.
        ((self.place(at) * STRETCHES as f64) as usize).min(STRETCHES - 1)
    }

    /// The last whole second of a stretch.
    fn end_of(&self, stretch: usize) -> Timestamp {
        let wanted = (stretch + 1) as f64 / STRETCHES as f64;
        let (mut begin, mut place) = (0.0, 0.0);
        for segment in &self.segments {
            let end = segment.ends_after.as_secs_f64();
            if wanted <= place + segment.share {
                let seconds = begin + (end - begin) * (wanted - place) / segment.share;
                let ends_after = SignedDuration::from_secs((seconds.ceil() as i64 - 1).max(0));
                return self.from.saturating_add(ends_after).unwrap_or(self.until);
            }
            (begin, place) = (end, place + segment.share);
        }
        self.until
    }
}

/// Every workflow that stops on this axis, with what dies first of all that it needs, and when. What is dead already
/// stops it from now on.
fn struck_first(picture: &Picture, axis: &Axis) -> Vec<(Number, (Number, Timestamp))> {
    let wiring = picture.wiring();
    let mut deaths: Vec<(Timestamp, Number)> = wiring
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(node, uses)| {
            let at = if picture.health(uses).is_dead() {
                axis.from
            } else {
                // What should be over and yet works is no death that lies ahead.
                picture.ends_at(uses).filter(|at| *at > axis.from && *at <= axis.until)?
            };
            Some((at, node))
        })
        .collect();
    deaths.sort_unstable();
    wiring
        .struck_in_turn(deaths.iter().map(|(_, node)| *node))
        .into_iter()
        .map(|(workflow, turn)| {
            let (at, node) = deaths[turn];
            (workflow, (node, at))
        })
        .collect()
}

fn ends(picture: &Picture, axis: &Axis) -> Vec<EndMark> {
    let mut dated = BTreeSet::new();
    for own in picture.own_connections() {
        if let Some(at) = own.ends_at
            && !own.health.is_dead()
            && at > axis.from
            && at <= axis.until
        {
            dated.insert((at, &own.id));
        }
    }
    let mut marks = BTreeMap::<usize, EndMark>::new();
    for (at, id) in dated {
        let mark = marks.entry(axis.stretch(at)).or_insert_with(|| EndMark { at, count: 0, named: vec![] });
        mark.count += 1;
        if mark.named.len() < NAMED {
            mark.named.push((id.clone(), at));
        }
    }
    marks.into_values().collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::test_values::{dead, known, ours, own, picture, workflow};
    use super::super::{Known, Schedule};
    use super::*;
    use crate::test_values::at_minute;

    fn every(seconds: u32) -> Schedule {
        Schedule::Every { seconds }
    }

    fn cron(expression: &str, zone: Option<&str>) -> Schedule {
        Schedule::Cron { expression: expression.to_owned(), time_zone: zone.map(str::to_owned) }
    }

    fn scheduled(workflows: &[(u64, &[u64])], schedules: &[Schedule]) -> Known {
        let mut known = known(workflows);
        for (workflow, schedule) in known.workflows.iter_mut().zip(schedules) {
            workflow.schedule = schedule.clone();
        }
        known
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// D3: what hangs on the dead fails from now on, what hangs on the dying from its death on.
    #[test]
    fn runs_fail_from_the_death_of_what_they_need() {
        let dying = crate::blast_radius::impact::OwnConnection { ends_at: Some(at_minute(60 * 30)), ..own(2) };
        let known = scheduled(&[(1, &[1]), (2, &[2]), (3, &[3])], &[every(7200), every(7200), every(7200)]);
        let picture = picture(known, vec![dead(1), dying, own(3)]);

        let horizon = Horizon::over(&picture, at_minute(0), Reach::Week);

        let firsts: Vec<_> = horizon
            .runs
            .iter()
            .filter(|it| it.first_count > 0)
            .map(|it| (it.at, it.named[0].because.clone()))
            .collect();
        assert_eq!(firsts[0], (at_minute(120), ours(1)), "the dead one's, at its next run");
        assert_eq!(firsts[1], (at_minute(60 * 32), ours(2)), "the dying one's, after its death");
        assert_eq!(firsts.len(), 2, "what works and does not end breaks nothing");
        assert_eq!(horizon.failing_count, 2);
        assert_eq!(horizon.ends.iter().map(|it| (it.at, it.count)).collect::<Vec<_>>(), [(at_minute(60 * 30), 1)]);
    }

    /// D3: a workflow that needs two fails with the first of them.
    #[test]
    fn the_earliest_death_is_the_one_that_counts() {
        let ends = |number, minute| crate::blast_radius::impact::OwnConnection {
            ends_at: Some(at_minute(minute)),
            ..own(number)
        };
        let known = scheduled(&[(1, &[1, 2])], &[every(600)]);
        let picture = picture(known, vec![ends(1, 300), ends(2, 90)]);

        let horizon = Horizon::over(&picture, at_minute(0), Reach::Day);

        assert_eq!(horizon.runs[0].named[0].because, ours(2));
        assert_eq!(horizon.runs[0].at, at_minute(100));
    }

    /// D3: what cannot be dated is counted, and nothing is made up for it.
    #[test]
    fn what_runs_on_events_or_unknown_times_has_no_mark() {
        let known =
            scheduled(&[(1, &[1]), (2, &[1]), (3, &[1])], &[Schedule::OnEvent, Schedule::Unknown, Schedule::OnDemand]);
        let horizon = Horizon::over(&picture(known, vec![dead(1)]), at_minute(0), Reach::Quarter);

        assert!(horizon.runs.is_empty());
        assert_eq!((horizon.on_event_count, horizon.undated_count), (1, 1));
    }

    /// D3: nine o'clock stays nine o'clock over the end of summer time, and so does its mark.
    #[test]
    fn runs_are_at_the_hour_of_their_zone_on_both_sides_of_a_clock_change() {
        let oslo = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let known = scheduled(&[(1, &[1])], &[cron("0 9 * * *", Some("Europe/Oslo"))]);
        let picture = Picture::build(known, vec![dead(1)], &|_| oslo.clone());

        let horizon = Horizon::over(&picture, at("2026-10-23T12:00:00Z"), Reach::Week);

        let runs: Vec<_> = horizon.runs.iter().map(|it| it.at.to_string()).collect();
        assert_eq!(runs[..3], ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z", "2026-10-26T08:00:00Z"]);
    }

    /// E1: a board of thousands has no more marks than an axis has room for, and is laid out at once.
    #[test]
    fn thousands_of_failing_workflows_stay_few_marks() {
        let uses: Vec<[u64; 1]> = (0..10_000_u64).map(|number| [number % 3_000 + 1]).collect();
        let workflows: Vec<(u64, &[u64])> = uses.iter().zip(1..).map(|(uses, number)| (number, &uses[..])).collect();
        let mut known = known(&workflows);
        for (number, workflow) in known.workflows.iter_mut().enumerate() {
            workflow.schedule = match number % 3 {
                0 => every(60 + u32::try_from(number).unwrap()),
                1 => cron(&format!("{} {} * * *", number % 60, number % 24), None),
                _ => Schedule::OnEvent,
            };
        }
        let owned = (1..=3_000).map(|number| {
            let ends_at = Some(at_minute(i64::try_from(number).unwrap() * 40));
            if number % 10 == 0 {
                dead(number)
            } else {
                crate::blast_radius::impact::OwnConnection { ends_at, ..own(number) }
            }
        });
        let picture = picture(known, owned.collect());

        let horizon = Horizon::over(&picture, at_minute(0), Reach::Quarter);

        assert!(horizon.runs.len() <= STRETCHES && horizon.ends.len() <= STRETCHES);
        assert_eq!(horizon.ends.iter().map(|it| it.count).sum::<usize>(), 2_700, "every end is counted");
        assert_eq!(horizon.runs.iter().map(|it| it.first_count).sum::<usize>(), horizon.failing_count);
        assert!(horizon.runs.iter().chain(&horizon.runs).all(|it| it.named.len() <= NAMED));
        assert!(horizon.goes_on_from.is_some(), "not every repetition has a mark, and that is said");
        assert!(horizon.runs.windows(2).all(|pair| pair[0].at <= pair[1].at), "in the order of time");
    }

    /// D3
    #[test]
    fn first_failures_are_named_before_repeated_ones() {
        let known = scheduled(&[(1, &[1]), (2, &[1])], &[every(60), every(86_400)]);
        let horizon = Horizon::over(&picture(known, vec![dead(1)]), at_minute(0), Reach::ThreeDays);

        let late = horizon.runs.iter().find(|it| it.named.iter().any(|run| run.workflow == workflow(2).id));
        assert!(late.is_some_and(|it| it.named[0].is_first), "{late:?}");
        assert_eq!(horizon.runs[0].at, at_minute(1));
    }

    /// The scale: a quarter of the width is six hours, and each reach fills all of it.
    #[test]
    fn every_reach_fills_the_axis() {
        for reach in [Reach::Day, Reach::ThreeDays, Reach::Week, Reach::Month, Reach::Quarter] {
            let segments = reach.segments();
            assert!((segments.iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-9);
            assert_eq!(segments.last().unwrap().ends_after, reach.duration());
        }
        let axis = Axis { from: at_minute(0), until: at_minute(60 * 24 * 90), segments: Reach::Quarter.segments() };
        assert!((axis.place(at_minute(360)) - 26.0 / 96.0).abs() < 1e-9);
        for stretch in [0, 1, 100, STRETCHES - 1] {
            assert_eq!(axis.stretch(axis.end_of(stretch)), stretch, "its last second lies within it");
        }
    }

    /// D3: when it is needed next, also through another workflow.
    #[test]
    fn a_connection_is_needed_next_by_the_earliest_that_would_stop() {
        let mut known = scheduled(&[(1, &[1]), (2, &[2]), (3, &[])], &[every(7200), Schedule::OnDemand, every(600)]);
        known.starts = vec![(workflow(3).id, workflow(2).id)];
        let needs = next_needs(&picture(known, vec![own(1), own(2), own(3)]), at_minute(0));

        assert_eq!(needs, [(ours(1), at_minute(120)), (ours(2), at_minute(10))], "the third is needed by nothing");
    }
}
