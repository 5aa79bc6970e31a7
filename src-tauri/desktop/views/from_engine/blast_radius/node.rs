//! One node with all that hangs on it, step by step [D1].

use std::collections::HashSet;

use domain::WorkflowId;
use domain::blast_radius::lacking_scope::LackSeen;
use domain::blast_radius::{PlatformConnection, Step, Uses};

use super::super::platform_connections::verdict;
use super::survey::{RadiusFacts, Survey, Watched, uses_of};
use crate::views::{Millis, NodeVerdictView, RadiusNodeView, ScopeLackView, UseView};

impl RadiusNodeView {
    /// `None`: nothing of that id is known.
    pub(crate) fn new(facts: &RadiusFacts, id: &str) -> Option<Self> {
        let survey = Survey::new(facts, &facts.picture);
        let Some(uses) = uses_of(&facts.picture, id) else {
            let watched = survey.workflow(&WorkflowId::from_text(id))?;
            let steps = facts.picture.steps_of(&watched.workflow.id).iter();
            let uses = steps.filter_map(|step| use_view(&survey, watched, step)).collect();
            return Some(Self { id: id.to_owned(), uses, verdicts: vec![] });
        };
        let beside: Vec<&PlatformConnection> = facts
            .picture
            .platform_connections()
            .iter()
            .filter(|it| match &uses {
                Uses::Connection(own) => it.joined.as_ref().is_some_and(|join| join.connection.as_ref() == Some(own)),
                Uses::PlatformConnection(own) => it.id == *own,
            })
            .collect();
        let copies = beside.iter().map(|it| Uses::PlatformConnection(it.id.clone()));
        let wanted: HashSet<Uses> = copies.chain([uses.clone()]).collect();
        let mut found = vec![];
        let places: HashSet<usize> =
            wanted.iter().filter_map(|it| survey.source(it)).flat_map(|it| it.users.iter().copied()).collect();
        for place in places {
            let watched = &survey.workflows[place];
            for step in facts.picture.steps_of(&watched.workflow.id).iter().filter(|it| wanted.contains(&it.uses)) {
                found.extend(use_view(&survey, watched, step).map(|view| (watched.next, view)));
            }
        }
        found.sort_by(|(one, a), (other, b)| {
            let names = (&a.workflow, &a.workflow_id, a.place).cmp(&(&b.workflow, &b.workflow_id, b.place));
            one.cmp(other).then(names)
        });
        let verdicts = beside.iter().filter_map(|it| {
            let own = it.joined.as_ref().and_then(|join| survey.own(join.connection.as_ref()?));
            Some(NodeVerdictView {
                id: it.id.to_string(),
                name: it.name.clone(),
                verdict: verdict(it, own, survey.platform(&it.platform)?),
            })
        });
        Some(Self {
            id: id.to_owned(),
            verdicts: verdicts.collect(),
            uses: found.into_iter().map(|(_, view)| view).collect(),
        })
    }
}

fn use_view(survey: &Survey<'_>, watched: &Watched<'_>, step: &Step) -> Option<UseView> {
    let (workflow, source) = (watched.workflow, survey.source(&step.uses)?);
    Some(UseView {
        workflow_id: workflow.id.to_string(),
        workflow: workflow.name.clone(),
        workflow_state: watched.state,
        platform: survey.platform_name(workflow)?,
        customer: watched.customer.map(str::to_owned),
        owner: workflow.owner.clone(),
        source: source.named(),
        lamp: source.lamp(),
        step: step.name.clone(),
        place: step.place.saturating_add(1),
        version: step.version.into(),
        is_enabled: step.is_enabled,
        access: step.access.into(),
        goes_on_after_error: step.goes_on_after_error,
        lack: survey.picture.lacks_of(&workflow.id).into_iter().find(|it| it.step == step.name).map(|it| {
            match it.seen {
                LackSeen::Listed { scopes } => ScopeLackView::List { scopes },
                LackSeen::ByRun { at } => ScopeLackView::Run { at: at.into() },
            }
        }),
        next_run_at: watched.next_at().map(Millis::from),
        seen: workflow.provenance.into(),
    })
}
