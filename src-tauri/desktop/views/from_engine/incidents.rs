//! Incidents: the calls around the failure, the workflows with what is to be done about each, and what is still open
//! [D4, D5, D6].

use std::collections::HashSet;

use domain::WorkflowId;
use domain::blast_radius::incident::{Affected, Canary, Incident};
use domain::blast_radius::{PlatformConnectionState, PlatformKind, Run, RunOutcome, Uses};
use domain::connection::ProofKind;
use domain::diagnosis::Diagnosis;
use domain::lifecycle_event::{EventKind, LifecycleEvent};
use engine::Engine;
use engine::flows::incidents::ReplayLine;
use engine::flows::pause_and_resume::{Resumed, SwitchOutcome, Switched};
use engine::platforms::TestWorth;
use jiff::Timestamp;

use super::blast_radius::{Plane, RadiusFacts, Survey};
use crate::views::{
    AffectedWorkflowView, CanaryView, CauseView, IncidentCallKindView, IncidentCallView, IncidentRowView,
    IncidentStateView, IncidentView, LampView, Millis, OpenPointView, PauseOutcomeView, PausedWorkflowView,
    PlatformFailureView, PlatformKindView, PlatformNameView, RepairWayView, ReplayLineView, ResumedView, RunView,
    SourceNameView, UnprovedCopyView, WorkflowStateView, count,
};

/// Of one workflow; the platform has them all.
const MOST_RUNS: usize = 10;
/// How far back the calls around the failure are looked for.
const EVENTS_LOOKED_AT: usize = 500;

/// What one incident's view rests on besides the picture.
pub(crate) struct IncidentFacts {
    incident: Incident,
    /// The newest first.
    runs: Vec<(WorkflowId, Run)>,
    replay: Vec<ReplayLine>,
    /// Of our own connection, the newest first.
    events: Vec<LifecycleEvent>,
}

impl IncidentFacts {
    /// # Errors
    /// The database's.
    pub(crate) fn load(engine: &Engine, incident: Incident) -> Result<Self, engine::Error> {
        let events = match &incident.uses {
            Uses::Connection(id) => engine.list_events(Some(id), EVENTS_LOOKED_AT)?,
            Uses::PlatformConnection(_) => vec![],
        };
        Ok(Self {
            runs: engine.failed_runs_of(&incident)?,
            replay: engine.replay_advice(&incident.id)?,
            events: events.into_iter().map(|(_, event)| event).collect(),
            incident,
        })
    }

    fn runs_of(&self, workflow: &WorkflowId) -> Vec<&Run> {
        self.runs.iter().filter(|(id, _)| id == workflow).map(|(_, run)| run).collect()
    }
}

impl IncidentRowView {
    /// The open ones first, then the newest.
    pub(crate) fn all(facts: &RadiusFacts, incidents: &[Incident]) -> Vec<Self> {
        let survey = Survey::new(facts, &facts.picture);
        let mut rows: Vec<Self> = incidents.iter().map(|it| Self::new(&survey, it)).collect();
        rows.sort_by_key(|it| (it.state == IncidentStateView::Closed, std::cmp::Reverse(it.opened_at.0)));
        rows
    }

    fn new(survey: &Survey<'_>, incident: &Incident) -> Self {
        let source = survey.source(&incident.uses);
        let own = own_of(survey, incident);
        // What is told of a connection just now is of this failure only while it lasts.
        let current = own.filter(|_| incident.repaired_at.is_none()).and_then(|it| it.status.diagnosis());
        let current = current.filter(|it| Some(it.cause) == incident.cause).map(CauseView::from);
        let active = incident.affected.iter().filter_map(|it| survey.picture.place_of(&it.workflow));
        let active: Vec<usize> = active.filter(|it| survey.workflows[*it].is_active()).collect();
        let customers: HashSet<_> = incident.affected.iter().filter_map(|it| it.customer.as_deref()).collect();
        let validated = incident.affected.iter().filter(|it| it.validated_at.is_some()).count();
        Self {
            id: incident.id.to_string(),
            source: source.map_or_else(|| name_alone(incident), |it| it.named()),
            provider_tag: match &incident.uses {
                Uses::Connection(_) => own.map(|it| it.provider.tag.clone()).unwrap_or_default(),
                Uses::PlatformConnection(id) => {
                    let theirs = survey.picture.platform_connection(id);
                    theirs.map(|it| survey.provider_of(it).1).unwrap_or_default()
                }
            },
            lamp: source.map_or(LampView::Disconnected, |it| it.lamp()),
            state: match (incident.closed_at, incident.repaired_at) {
                (Some(_), _) => IncidentStateView::Closed,
                (None, Some(_)) => IncidentStateView::Mended,
                (None, None) => IncidentStateView::Open,
            },
            cause: current.or_else(|| incident.cause.map(|it| CauseView::from(&Diagnosis::of(it)))),
            opened_at: incident.opened_at.into(),
            mended_at: incident.repaired_at.map(Millis::from),
            closed_at: incident.closed_at.map(Millis::from),
            workflow_count: count(incident.affected.len()),
            customer_count: count(customers.len()),
            failed_run_count: incident.affected.iter().map(|it| it.failed_runs).sum(),
            validated_count: count(validated),
            next_failing_run_at: survey.first_run(&active).filter(|_| incident.repaired_at.is_none()),
        }
    }
}

fn own_of<'a>(survey: &Survey<'a>, incident: &Incident) -> Option<&'a engine::flows::overview::ConnectionOverview> {
    match &incident.uses {
        Uses::Connection(id) => survey.own(id),
        Uses::PlatformConnection(_) => None,
    }
}

/// Of a connection that is gone.
fn name_alone(incident: &Incident) -> SourceNameView {
    let id = match &incident.uses {
        Uses::Connection(id) => id.to_string(),
        Uses::PlatformConnection(id) => id.to_string(),
    };
    SourceNameView { id, name: incident.name.clone(), account: None, platform_name: None }
}

impl IncidentView {
    pub(crate) fn new(facts: &RadiusFacts, of: &IncidentFacts) -> Self {
        let survey = Survey::new(facts, &facts.picture);
        let incident = &of.incident;
        let source = survey.source(&incident.uses);
        let workflows: Vec<AffectedWorkflowView> =
            incident.affected.iter().map(|it| affected(&survey, of, it)).collect();
        let mut row = IncidentRowView::new(&survey, incident);
        row.failed_run_count = workflows.iter().map(|it| it.failed_run_count).sum();
        Self {
            row,
            last_good: incident.last_good_at.map(|at| call(&survey, of, at)),
            first_bad: incident.first_bad_at.map(|at| call(&survey, of, at)),
            repaired: incident.repaired_at.map(|at| repaired(&survey, incident, at)),
            way: source.map_or(RepairWayView::AtPlatform, |it| it.way()),
            canary: incident.canary.map(|it| CanaryView::new(&survey, &incident.uses, it)),
            others: others(&survey, incident),
            note: incident.note.clone(),
            open_points: open_points(incident),
            workflows,
        }
    }
}

/// What else died with it, or stands beside it dead.
fn others(survey: &Survey<'_>, incident: &Incident) -> Vec<SourceNameView> {
    let mut uses: Vec<Uses> = vec![];
    if let Uses::Connection(id) = &incident.uses {
        let copies = survey.picture.platform_connections().iter();
        let copies = copies.filter(|it| it.joined.as_ref().is_some_and(|join| join.connection.as_ref() == Some(id)));
        uses.extend(copies.map(|it| Uses::PlatformConnection(it.id.clone())));
    }
    uses.retain(|it| survey.picture.health(it).is_dead());
    for affected in &incident.affected {
        uses.extend(survey.picture.waits_for(&affected.workflow));
    }
    let mut seen = HashSet::new();
    uses.retain(|it| *it != incident.uses && seen.insert(it.clone()));
    uses.iter().filter_map(|it| Some(survey.source(it)?.named())).collect()
}

fn open_points(incident: &Incident) -> Vec<OpenPointView> {
    let mut points = vec![];
    if incident.repaired_at.is_none() {
        points.push(OpenPointView::NotMended);
    } else if !incident.canary.is_some_and(|it| it.worked) {
        points.push(OpenPointView::CanaryMissing);
    }
    let unseen = incident.affected.iter().filter(|it| it.validated_at.is_none()).count();
    if unseen > 0 {
        points.push(OpenPointView::NotValidated { count: count(unseen) });
    }
    let paused: Vec<String> = incident.affected.iter().filter(|it| it.is_paused()).map(|it| it.name.clone()).collect();
    if !paused.is_empty() {
        points.push(OpenPointView::StillPaused { count: count(paused.len()), names: paused });
    }
    points
}

/// The workflow whose run of that moment showed it.
fn workflow_that_ran(survey: &Survey<'_>, of: &IncidentFacts, at: Timestamp) -> Option<String> {
    let affected = &of.incident.affected;
    let failed = of.runs.iter().find(|(_, run)| run.at == at).map(|(workflow, _)| workflow);
    let good = || {
        let ran = |it: &&Affected| survey.workflow(&it.workflow).is_some_and(|it| it.workflow.last_good_at == Some(at));
        affected.iter().find(ran).map(|it| &it.workflow)
    };
    let workflow = failed.or_else(good)?;
    affected.iter().find(|it| it.workflow == *workflow).map(|it| it.name.clone())
}

/// The call of that moment, as the events have it; of a platform's connection, the run.
fn call(survey: &Survey<'_>, of: &IncidentFacts, at: Timestamp) -> IncidentCallView {
    let Some(event) = of.events.iter().find(|it| it.at == at) else {
        let (by, words) = match of.incident.uses {
            Uses::Connection(_) => (IncidentCallKindView::Refresh, None),
            Uses::PlatformConnection(_) => (IncidentCallKindView::PlatformRun, workflow_that_ran(survey, of, at)),
        };
        return IncidentCallView { at: at.into(), by, words, http_status: None, provider_code: None };
    };
    let diagnosis = event.diagnosis.as_ref();
    IncidentCallView {
        at: at.into(),
        by: kind_of(event.kind),
        words: event.endpoint.map(str::to_owned),
        http_status: event.http_status.or(diagnosis.and_then(|it| it.http_status)),
        provider_code: diagnosis.and_then(|it| it.provider_code.clone()),
    }
}

fn kind_of(kind: EventKind) -> IncidentCallKindView {
    use EventKind::{Imported, Reconnected, TestCallFailed, TestCallSucceeded, TokenIssued};
    if matches!(kind, TestCallFailed | TestCallSucceeded) {
        IncidentCallKindView::TestCall
    } else if matches!(kind, TokenIssued | Imported | Reconnected) {
        IncidentCallKindView::SignIn
    } else {
        IncidentCallKindView::Refresh
    }
}

fn repaired(survey: &Survey<'_>, incident: &Incident, at: Timestamp) -> IncidentCallView {
    let proof = own_of(survey, incident).and_then(|it| it.connection.proof.as_ref()).filter(|it| it.at == at);
    let by = match (&incident.uses, proof.map(|it| it.by)) {
        (Uses::PlatformConnection(_), _) => IncidentCallKindView::PlatformTest,
        (Uses::Connection(_), Some(ProofKind::SignIn)) => IncidentCallKindView::SignIn,
        (Uses::Connection(_), Some(ProofKind::Refresh)) => IncidentCallKindView::Refresh,
        (Uses::Connection(_), Some(ProofKind::TestCall) | None) => IncidentCallKindView::TestCall,
    };
    IncidentCallView { at: at.into(), by, words: None, http_status: None, provider_code: None }
}

impl CanaryView {
    fn new(survey: &Survey<'_>, uses: &Uses, canary: Canary) -> Self {
        let proof = match uses {
            Uses::Connection(id) => survey.own(id).and_then(|it| it.connection.proof.as_ref()),
            Uses::PlatformConnection(_) => None,
        };
        let proof = proof.filter(|it| it.at == canary.at);
        let failure = proof.and_then(|it| it.failure.as_ref());
        Self {
            at: canary.at.into(),
            is_success: canary.worked,
            latency_ms: proof.and_then(|it| it.latency_ms),
            http_status: failure.and_then(|it| it.http_status),
            cause: failure.map(CauseView::from),
            failure: None,
        }
    }
}

fn affected(survey: &Survey<'_>, of: &IncidentFacts, affected: &Affected) -> AffectedWorkflowView {
    let incident = &of.incident;
    let runs = of.runs_of(&affected.workflow);
    let failed_runs: Vec<RunView> = runs.iter().take(MOST_RUNS).map(|it| RunView::from(*it)).collect();
    let failed_run_count = count(runs.len()).max(affected.failed_runs);
    let Some(watched) = survey.workflow(&affected.workflow) else {
        return AffectedWorkflowView {
            id: affected.workflow.to_string(),
            name: affected.name.clone(),
            platform: platform_named(survey, &affected.platform),
            customer: affected.customer.clone(),
            owner: None,
            state: WorkflowStateView::Inactive,
            next_run_at: None,
            failed_runs,
            failed_run_count,
            can_be_paused: false,
            has_page: false,
            validated_at: affected.validated_at.map(Millis::from),
            proved_by_run: None,
            waits_for: None,
            replay: None,
        };
    };
    let workflow = watched.workflow;
    let waits = survey.picture.waits_for(&affected.workflow);
    let proved = workflow.last_run.as_ref().filter(|run| {
        run.outcome == RunOutcome::Succeeded && incident.repaired_at.is_some_and(|repaired| run.at >= repaired)
    });
    let platform = survey.platform(&workflow.platform);
    let replay = of
        .replay
        .iter()
        .find(|it| it.workflow == affected.workflow)
        .and_then(|line| ReplayLineView::new(workflow, platform?, &runs, line.missed, line.since, &line.advice));
    AffectedWorkflowView {
        id: workflow.id.to_string(),
        name: workflow.name.clone(),
        platform: platform.map_or_else(|| platform_named(survey, &affected.platform), |it| (&it.platform).into()),
        customer: watched.customer.map(str::to_owned),
        owner: workflow.owner.clone(),
        state: watched.state,
        next_run_at: watched.next_at().map(Millis::from),
        failed_runs,
        failed_run_count,
        can_be_paused: survey.can_be_paused(workflow),
        has_page: workflow.page.is_some(),
        validated_at: affected.validated_at.map(Millis::from),
        proved_by_run: proved.map(RunView::from),
        waits_for: waits.iter().find(|it| **it != incident.uses).and_then(|it| Some(survey.source(it)?.named())),
        replay,
    }
}

/// One that its workflow is gone from is known by name alone.
fn platform_named(survey: &Survey<'_>, name: &str) -> PlatformNameView {
    let known = survey.picture.platforms().iter().find(|it| it.name == name);
    known.map_or_else(
        || PlatformNameView {
            id: String::new(),
            name: name.to_owned(),
            kind: PlatformKindView::from(PlatformKind::ByHand),
        },
        PlatformNameView::from,
    )
}

impl From<Switched> for PausedWorkflowView {
    fn from(switched: Switched) -> Self {
        Self {
            outcome: match &switched.outcome {
                SwitchOutcome::Paused => PauseOutcomeView::Paused,
                SwitchOutcome::Resumed => PauseOutcomeView::Resumed,
                SwitchOutcome::AsItWas => PauseOutcomeView::AsItWas,
                SwitchOutcome::NotOffered => PauseOutcomeView::NotOffered,
                SwitchOutcome::ResumedBeforeNewer { newer_saved_at } => {
                    PauseOutcomeView::ResumedBeforeNewer { newer_saved_at: newer_saved_at.map(Millis::from) }
                }
                SwitchOutcome::ResumedAsSaved => PauseOutcomeView::ResumedAsSaved,
                SwitchOutcome::RunsAlready => PauseOutcomeView::RunsAlready,
                SwitchOutcome::EditedSince => PauseOutcomeView::EditedSince,
                SwitchOutcome::ProbablyPaused(error) | SwitchOutcome::ProbablyResumed(error) => {
                    PauseOutcomeView::Unanswered { failure: PlatformFailureView::of_error(error, &switched.name) }
                }
                SwitchOutcome::Failed(error) => {
                    PauseOutcomeView::Failed { failure: PlatformFailureView::of_error(error, &switched.name) }
                }
            },
            id: switched.workflow.to_string(),
            name: switched.name,
        }
    }
}

impl PlatformFailureView {
    /// What kept a platform from being asked, too; `of` says what it was about.
    pub(crate) fn of_error(error: &engine::Error, of: &str) -> Self {
        if let engine::Error::PlatformFailed(failure) = error {
            return failure.into();
        }
        Self::Unreachable { platform: of.to_owned(), words: error.to_string() }
    }
}

impl ResumedView {
    pub(crate) fn new(facts: &RadiusFacts, resumed: Resumed) -> Self {
        match resumed {
            Resumed::Resumed(workflows) => {
                Self::Resumed { workflows: workflows.into_iter().map(PausedWorkflowView::from).collect() }
            }
            Resumed::CanaryFailed { uses, canary } => {
                let survey = Survey::new(facts, &facts.picture);
                let (id, name) = match &uses {
                    Uses::Connection(id) => (id.to_string(), facts.picture.name_of(&uses)),
                    Uses::PlatformConnection(id) => (id.to_string(), facts.picture.name_of(&uses)),
                };
                let alone = || SourceNameView { id, name: name.to_owned(), account: None, platform_name: None };
                Self::CanaryFailed {
                    source: survey.source(&uses).map_or_else(alone, |it| it.named()),
                    canary: Box::new(CanaryView::new(&survey, &uses, canary)),
                    only_a_run_proves: UnprovedCopyView::of(&survey, &uses),
                }
            }
        }
    }
}

impl UnprovedCopyView {
    fn of(survey: &Survey<'_>, uses: &Uses) -> Option<Self> {
        let Plane::Theirs(theirs, platform) = survey.source(uses)?.plane else { return None };
        if platform.abilities.tests_connections == Some(TestWorth::Proves) {
            return None;
        }
        let (words, since) = match &theirs.state {
            PlatformConnectionState::Dead { since, words } => {
                (Some(words.clone()).filter(|it| !it.is_empty()), Some(Millis::from(*since)))
            }
            PlatformConnectionState::Unknown
            | PlatformConnectionState::Works { .. }
            | PlatformConnectionState::NeverConnected
            | PlatformConnectionState::Missing => (None, None),
        };
        Some(Self { platform_name: platform.platform.name.clone(), words, since })
    }
}
