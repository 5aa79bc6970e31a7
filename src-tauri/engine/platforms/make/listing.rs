//! Reads all that a key sees of Make: teams, their connections with the scenarios that use them, scenarios with their
//! blueprints as far as the rate limit allows, and incomplete executions [D1, D2].

use std::collections::{HashMap, HashSet};

use domain::blast_radius::PlatformConnectionState;
use domain::blast_radius::reading::{FoundConnection, FoundRun, FoundWorkflow, PlatformReading};
use serde_json::Value;

use super::super::providers::provider_of;
use super::super::rest::Purpose;
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::text::{account_in, id_in, moment_in, named, text_in};
use super::super::{PlatformFailure, Progress};
use super::blueprint::{step_without_place, walk};
use super::schedule::schedule_of;
use super::{Make, NAME, Team, connections_page, runs, scenario_page};

/// Blueprints are asked for one by one, and the smallest plan allows 60 calls a minute. Of the other scenarios it is
/// known which connections they use, and not at which step.
const MOST_BLUEPRINTS: usize = 40;

/// What is asked of a connection: `scenarioUsages` comes only to whom asks.
const CONNECTION_COLUMNS: [&str; 8] =
    ["id", "name", "accountName", "packageName", "expire", "metadata", "teamId", "scenarioUsages"];

/// Which scenarios use a connection, by their ids.
type Usages = HashMap<String, Vec<FoundConnection>>;

pub(super) async fn read(make: &Make, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
    let mut reading = PlatformReading { is_whole: true, ..PlatformReading::default() };
    let mut oddities = Oddities::default();
    let mut scenarios: Vec<(Value, Option<String>)> = vec![];
    let mut usages = Usages::new();
    let (mut lists_usages, mut lists_connections) = (true, true);
    for team in make.teams(progress).await? {
        let folders = folders(make, &team, progress, &mut oddities).await?;
        match connections(make, &team, progress).await {
            Ok(listed) => {
                for entry in listed {
                    let Some(found) = connection(make, &team, &entry) else {
                        oddities.skipped(|| "a connection without an id".to_owned());
                        continue;
                    };
                    match entry.get("scenarioUsages").and_then(Value::as_array) {
                        Some(used) => {
                            for id in used.iter().filter_map(|it| id_in(it, "id")) {
                                usages.entry(id).or_default().push(found.clone());
                            }
                        }
                        None => lists_usages = false,
                    }
                    reading.connections.push(found);
                }
            }
            Err(PlatformFailure::RightMissing { right, .. }) => {
                oddities.missing_right(&right, "connections are known only by the scenarios that use them");
                (lists_connections, lists_usages) = (false, false);
            }
            Err(failure) => return Err(failure),
        }
        let purpose = Purpose { what: "list scenarios", right: "scenarios:read" };
        for scenario in make.all("scenarios", &[("teamId", &team.id)], purpose, progress).await? {
            let folder = id_in(&scenario, "folderId").and_then(|id| folders.get(&id).cloned());
            scenarios.push((scenario, folder.or_else(|| team.name.clone())));
        }
    }
    reading.workflows = workflows(make, &scenarios, &usages, &mut oddities);
    let all = u32::try_from(scenarios.len()).ok();
    let wants = |id: &str| !lists_usages || usages.contains_key(id);
    let mut asked: Vec<usize> = (0..reading.workflows.len())
        .filter(|at| reading.workflows.get(*at).is_some_and(|it| wants(&it.external_id)))
        .collect();
    // Those that run come first.
    asked.sort_by_key(|at| reading.workflows.get(*at).map(|it| (!it.is_active, it.external_id.clone())));
    let (in_detail, by_usage) = asked.split_at(asked.len().min(MOST_BLUEPRINTS));
    if !by_usage.is_empty() && !lists_usages {
        for _ in by_usage {
            oddities.skipped(|| "too many scenarios to read every blueprint".to_owned());
        }
        reading.is_whole = false;
    }
    let mut told = HashSet::new();
    for (count, at) in in_detail.iter().enumerate() {
        progress.check()?;
        progress.report(u32::try_from(count).unwrap_or(u32::MAX), all);
        let Some(workflow) = reading.workflows.get_mut(*at) else { continue };
        match blueprint(make, &workflow.external_id).await {
            Ok(answer) => into_workflow(&answer, workflow, &mut reading.connections, &mut told, &mut oddities),
            Err(PlatformFailure::RightMissing { right, .. }) => {
                oddities.missing_right(&right, "it is known which connections a scenario uses, and not at which step");
                break;
            }
            // What the list of connections said is kept: it is less, and true.
            Err(PlatformFailure::RateLimited { .. }) if lists_usages => {
                oddities.skipped(|| "Make asked to wait: some scenarios were read without their steps".to_owned());
                break;
            }
            Err(PlatformFailure::Refused { status: 400..=499, words, .. }) => oddities.skipped(|| words),
            Err(failure) => return Err(failure),
        }
    }
    reading.runs = incomplete(make, &scenarios, &mut oddities).await?;
    progress.report(all.unwrap_or(u32::MAX), all);
    let unlisted = if lists_connections { Unlisted::Missing } else { Unlisted::Unknown };
    Ok(settled(reading, oddities, unlisted))
}

async fn connections(make: &Make, team: &Team, progress: &Progress) -> Result<Vec<Value>, PlatformFailure> {
    let purpose = Purpose { what: "list connections", right: "connections:read" };
    let mut query = vec![("teamId", team.id.as_str())];
    query.extend(CONNECTION_COLUMNS.map(|column| ("cols[]", column)));
    progress.check()?;
    // This list has no pages.
    let mut answer: Value = make.rest.fetch(&["connections"], &query, purpose).await?;
    match answer.get_mut("connections").map(Value::take) {
        Some(Value::Array(listed)) => Ok(listed),
        Some(_) | None => {
            let words = "`connections` is missing".to_owned();
            Err(PlatformFailure::Unreadable(format!("the answer of {NAME}"), words))
        }
    }
}

/// Names of a team's folders by their ids. They only order what is seen, so nothing fails for want of them.
async fn folders(
    make: &Make,
    team: &Team,
    progress: &Progress,
    oddities: &mut Oddities,
) -> Result<HashMap<String, String>, PlatformFailure> {
    progress.check()?;
    let purpose = Purpose { what: "list folders", right: "scenarios:read" };
    let answer: Result<Value, _> = make.rest.fetch(&["scenarios-folders"], &[("teamId", &team.id)], purpose).await;
    match answer {
        Ok(answer) => {
            let entries = answer.get("scenariosFolders").and_then(Value::as_array);
            let named =
                entries.into_iter().flatten().filter_map(|it| Some((id_in(it, "id")?, named(text_in(it, "name"))?)));
            Ok(named.collect())
        }
        Err(PlatformFailure::RightMissing { right, .. }) => {
            oddities.missing_right(&right, "scenarios are shown without their folders");
            Ok(HashMap::new())
        }
        Err(PlatformFailure::Refused { .. }) => Ok(HashMap::new()),
        Err(failure) => Err(failure),
    }
}

fn connection(make: &Make, team: &Team, entry: &Value) -> Option<FoundConnection> {
    let id = id_in(entry, "id")?;
    let name = named(text_in(entry, "name")).unwrap_or_else(|| format!("connection {id}"));
    let kind =
        named(text_in(entry, "accountName")).or_else(|| named(text_in(entry, "packageName"))).unwrap_or_default();
    let said = entry.pointer("/metadata/value").and_then(Value::as_str);
    let team = id_in(entry, "teamId").unwrap_or_else(|| team.id.clone());
    let ended = moment_in(entry, "expire").filter(|at| *at <= make.rest.now());
    Some(FoundConnection {
        account: named(said).or_else(|| account_in(&name)),
        provider: provider_of(&kind).or_else(|| provider_of(text_in(entry, "packageName")?)),
        owner: None,
        state: ended.map_or(PlatformConnectionState::Unknown, |since| PlatformConnectionState::Dead {
            since,
            words: "Make says that it has run out".to_owned(),
        }),
        page: Some(connections_page(&make.rest.origin(), &team)),
        external_id: id,
        name,
        kind,
    })
}

fn workflows(
    make: &Make,
    scenarios: &[(Value, Option<String>)],
    usages: &Usages,
    oddities: &mut Oddities,
) -> Vec<FoundWorkflow> {
    let mut workflows = vec![];
    for (scenario, project) in scenarios {
        let Some(id) = id_in(scenario, "id") else {
            oddities.skipped(|| "a scenario without an id".to_owned());
            continue;
        };
        let is = |field: &str| scenario.get(field).and_then(Value::as_bool) == Some(true);
        let person =
            |field: &str| scenario.get(field).and_then(|it| text_in(it, "email").or_else(|| text_in(it, "name")));
        let used = usages.get(&id).map(Vec::as_slice).unwrap_or_default();
        let team = id_in(scenario, "teamId").unwrap_or_default();
        workflows.push(FoundWorkflow {
            name: named(text_in(scenario, "name")).unwrap_or_else(|| format!("scenario {id}")),
            // Stopped by errors, or paused for the bill: it does not run either way.
            is_active: is("isActive") && !is("isinvalid") && !is("isPaused"),
            customer: None,
            project: project.clone(),
            owner: named(person("updatedByUser").or_else(|| person("createdByUser"))),
            environment: None,
            schedule: schedule_of(scenario.get("scheduling"), moment_in(scenario, "nextExec")),
            runs_per_day: None,
            page: Some(scenario_page(&make.rest.origin(), &team, &id)),
            steps: used.iter().zip(0..).map(|(connection, place)| step_without_place(connection, place)).collect(),
            starts: vec![],
            changed_at: moment_in(scenario, "lastEdit"),
            external_id: id,
        });
    }
    workflows
}

async fn blueprint(make: &Make, scenario: &str) -> Result<Value, PlatformFailure> {
    let purpose = Purpose { what: "read a scenario's blueprint", right: "scenarios:read" };
    make.rest.fetch(&["scenarios", scenario, "blueprint"], &[], purpose).await
}

/// Steps as they stand in the blueprint; what only the list of connections knows of (a webhook's, a nested one's) stays.
fn into_workflow(
    answer: &Value,
    workflow: &mut FoundWorkflow,
    connections: &mut Vec<FoundConnection>,
    told: &mut HashSet<String>,
    oddities: &mut Oddities,
) {
    let Some(blueprint) = answer.pointer("/response/blueprint") else {
        oddities.skipped(|| format!("the blueprint of scenario {}", workflow.external_id));
        return;
    };
    let mut walked = walk(blueprint, oddities);
    let mut steps = std::mem::take(&mut workflow.steps);
    steps.retain(|it| walked.steps.iter().all(|known| known.uses != it.uses));
    walked.steps.extend(steps);
    workflow.steps = walked.steps;
    workflow.starts = walked.starts;
    // Keys are in no list of connections: the blueprint alone names them.
    let of_keys = walked.connections.into_iter().filter(|it| it.external_id.starts_with("key:"));
    connections.extend(of_keys.filter(|it| told.insert(it.external_id.clone())));
}

/// What is kept to be completed, of the scenarios that say they have such runs.
async fn incomplete(
    make: &Make,
    scenarios: &[(Value, Option<String>)],
    oddities: &mut Oddities,
) -> Result<Vec<FoundRun>, PlatformFailure> {
    let has_some = |it: &&(Value, Option<String>)| it.0.get("dlqCount").and_then(Value::as_u64).unwrap_or(0) > 0;
    let mut found = vec![];
    for id in scenarios.iter().filter(has_some).filter_map(|(it, _)| id_in(it, "id")).take(runs::MOST_QUEUES) {
        match runs::incomplete(make, &id).await {
            Ok(runs) => found.extend(runs),
            Err(PlatformFailure::RightMissing { right, .. }) => {
                oddities.missing_right(&right, "incomplete executions are not seen");
                break;
            }
            Err(PlatformFailure::RateLimited { .. } | PlatformFailure::Refused { .. }) => {
                oddities.skipped(|| "incomplete executions of some scenarios".to_owned());
                break;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(found)
}
