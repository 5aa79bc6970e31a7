//! Reads all projects that a key sees: connections with their state, and flows with the version that is edited and the
//! one that runs [D1, D2].

use std::collections::{BTreeMap, HashMap};

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::providers::provider_of;
use super::super::rest::Purpose;
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::text::{account_in, bounded, complaint, id_in, moment_in, named, text_in};
use super::super::{PlatformFailure, Progress};
use super::flow::{Walked, walk};
use super::{Activepieces, CONNECTIONS};

const FLOWS: Purpose = Purpose { what: "list flows", right: "READ_FLOW" };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flow {
    id: String,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    folder_id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    published_version_id: Option<String>,
    #[serde(default)]
    updated: Option<String>,
    version: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    trigger: Box<RawValue>,
}

pub(super) async fn read(platform: &Activepieces, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
    let mut reading = PlatformReading { is_whole: true, ..PlatformReading::default() };
    let mut oddities = Oddities::default();
    let mut unlisted = Unlisted::Missing;
    let mut used_by: HashMap<String, Vec<FoundConnection>> = HashMap::new();
    let mut own_ids: HashMap<String, String> = HashMap::new();
    for (project, project_name) in platform.projects(progress).await? {
        let query = [("projectId", project.as_str())];
        match platform.values("app-connections", &query, CONNECTIONS, progress).await {
            Ok(listed) => {
                for entry in &listed {
                    let Some(found) = connection(platform, &project, entry) else {
                        oddities.skipped(|| "a connection without an id".to_owned());
                        continue;
                    };
                    for flow in entry.get("flowIds").and_then(Value::as_array).into_iter().flatten() {
                        if let Some(flow) = flow.as_str() {
                            used_by.entry(flow.to_owned()).or_default().push(found.clone());
                        }
                    }
                    reading.connections.push(found);
                }
            }
            Err(PlatformFailure::RightMissing { right, .. }) => {
                oddities.missing_right(&right, "connections are known only by the steps that use them");
                unlisted = Unlisted::Unknown;
            }
            Err(failure) => return Err(failure),
        }
        let folders = folders(platform, &project, progress).await?;
        let published = published(platform, &project, progress).await?;
        let flows = platform.all("flows", &query, FLOWS, progress).await?;
        let all = u32::try_from(reading.workflows.len() + flows.len()).ok();
        for raw in flows {
            progress.check()?;
            match serde_json::from_str::<Flow>(raw.get()) {
                Ok(flow) => {
                    if let Some(external) = &flow.external_id {
                        own_ids.insert(external.clone(), flow.id.clone());
                    }
                    let folder = flow.folder_id.as_ref().and_then(|id| folders.get(id).cloned());
                    let live = published.get(&flow.id);
                    let mut workflow = workflow(&flow, live, &mut oddities);
                    workflow.project = folder.or_else(|| project_name.clone());
                    workflow.page = Some(format!("{}/projects/{project}/flows/{}", platform.rest.origin(), flow.id));
                    reading.workflows.push(workflow);
                }
                Err(error) => {
                    oddities.skipped(|| format!("a flow: {}", complaint(&error)));
                    reading.is_whole = false;
                }
            }
            progress.report(u32::try_from(reading.workflows.len()).unwrap_or(u32::MAX), all);
        }
    }
    for workflow in &mut reading.workflows {
        for (connection, place) in used_by.remove(&workflow.external_id).into_iter().flatten().zip(0_u32..) {
            let own = FoundUse::External(connection.external_id.clone());
            if workflow.steps.iter().all(|it| it.uses != own) {
                workflow.steps.push(step_without_place(&connection, own, place));
            }
        }
        for called in &mut workflow.starts {
            if let Some(id) = own_ids.get(called) {
                called.clone_from(id);
            }
        }
    }
    Ok(settled(reading, oddities, unlisted))
}

fn connection(platform: &Activepieces, project: &str, entry: &Value) -> Option<FoundConnection> {
    // Steps name a connection by this id, which it keeps across projects.
    let external_id = id_in(entry, "externalId").or_else(|| id_in(entry, "id"))?;
    let name = named(text_in(entry, "displayName")).unwrap_or_else(|| external_id.clone());
    let kind = text_in(entry, "pieceName").unwrap_or_default();
    let said = entry.pointer("/metadata/email").and_then(Value::as_str);
    Some(FoundConnection {
        account: named(said).or_else(|| account_in(&name)),
        name,
        kind: bounded(kind),
        provider: provider_of(kind),
        owner: named(entry.pointer("/owner/email").and_then(Value::as_str)),
        state: state_of(entry, platform.rest.now()),
        page: Some(format!("{}/projects/{project}/connections", platform.rest.origin())),
        external_id,
    })
}

/// What the last refresh came to; `now` where it does not say when.
pub(super) fn state_of(entry: &Value, now: Timestamp) -> PlatformConnectionState {
    let at = moment_in(entry, "updated").unwrap_or(now);
    match text_in(entry, "status") {
        Some("ERROR") => {
            PlatformConnectionState::Dead { since: at, words: "Activepieces could not refresh it".to_owned() }
        }
        Some("MISSING") => PlatformConnectionState::NeverConnected,
        Some("ACTIVE") => PlatformConnectionState::Works { at },
        Some(_) | None => PlatformConnectionState::Unknown,
    }
}

/// Names of folders by their ids; flows are shown without them where they cannot be had.
async fn folders(
    platform: &Activepieces,
    project: &str,
    progress: &Progress,
) -> Result<HashMap<String, String>, PlatformFailure> {
    let purpose = Purpose { what: "list folders", right: "READ_FOLDER" };
    match platform.values("folders", &[("projectId", project)], purpose, progress).await {
        Ok(listed) => {
            Ok(listed.iter().filter_map(|it| Some((id_in(it, "id")?, named(text_in(it, "displayName"))?))).collect())
        }
        Err(PlatformFailure::RightMissing { .. } | PlatformFailure::Refused { .. }) => Ok(HashMap::new()),
        Err(failure) => Err(failure),
    }
}

/// The versions that run, by the ids of their flows. An older Activepieces does not tell them apart in a list.
async fn published(
    platform: &Activepieces,
    project: &str,
    progress: &Progress,
) -> Result<BTreeMap<String, Flow>, PlatformFailure> {
    let query = [("projectId", project), ("versionState", "LOCKED")];
    match platform.all("flows", &query, FLOWS, progress).await {
        Ok(listed) => {
            let flows = listed.iter().filter_map(|it| serde_json::from_str::<Flow>(it.get()).ok());
            Ok(flows.map(|it| (it.id.clone(), it)).collect())
        }
        Err(PlatformFailure::Refused { status: 400..=499, .. }) => Ok(BTreeMap::new()),
        Err(failure) => Err(failure),
    }
}

fn workflow(flow: &Flow, live: Option<&Flow>, oddities: &mut Oddities) -> FoundWorkflow {
    let published = flow.published_version_id.as_deref();
    let is_on = flow.status.as_deref() == Some("ENABLED");
    let is_same = published.is_some() && published == flow.version.id.as_deref();
    let live = live.filter(|it| !is_same && published.is_some() && it.version.id.as_deref() == published);
    let (edited_version, what_runs) = match (published, live) {
        (None, _) => (StepVersion::Draft, None),
        (Some(_), Some(live)) => (StepVersion::Draft, Some(walk(&live.version.trigger, StepVersion::Live, oddities))),
        // What runs is what is edited, or could not be had: then the edited one stands for both.
        (Some(_), None) => (StepVersion::Both, None),
    };
    let edited = walk(&flow.version.trigger, edited_version, oddities);
    let walked = match what_runs {
        Some(live) => both(edited, live),
        None => edited,
    };
    FoundWorkflow {
        external_id: flow.id.clone(),
        name: named(flow.version.display_name.as_deref()).unwrap_or_else(|| format!("flow {}", flow.id)),
        is_active: is_on && published.is_some(),
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: walked.schedule,
        runs_per_day: None,
        page: None,
        steps: walked.steps,
        starts: walked.calls,
        changed_at: flow.updated.as_deref().and_then(|it| it.parse().ok()),
    }
}

/// Steps that stand alike in both are one; what runs decides when.
fn both(edited: Walked, live: Walked) -> Walked {
    let mut steps = live.steps;
    for step in edited.steps {
        let is_alike = |it: &&mut FoundStep| it.external_id == step.external_id && it.uses == step.uses;
        match steps.iter_mut().find(is_alike) {
            Some(same) => same.version = StepVersion::Both,
            None => steps.push(step),
        }
    }
    let schedule = if live.schedule == Schedule::Unknown { edited.schedule } else { live.schedule };
    Walked { steps, schedule, calls: live.calls }
}

fn step_without_place(connection: &FoundConnection, uses: FoundUse, place: u32) -> FoundStep {
    FoundStep {
        external_id: format!("connection:{}", connection.external_id),
        name: connection.name.clone(),
        kind: connection.kind.clone(),
        place,
        uses,
        version: StepVersion::Both,
        is_enabled: true,
        access: Access::Unknown,
        goes_on_after_error: false,
        scopes: vec![],
    }
}
