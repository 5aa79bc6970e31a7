//! Reads the file that Zapier exports of an account: one Zap after the other, so that ten thousand of them can be
//! counted and left off [D1, D2].

use std::collections::BTreeMap;

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::providers::provider_of;
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::step_access::access_of;
use super::super::text::{Pieces, bounded, complaint, id_of, named, parsed};
use super::super::{PlatformFailure, Progress};
use super::schedule::schedule_of;
use super::{CONNECTIONS_PAGE, OWN_APPS, app_of, title_of_app};

const KNOWN_VERSION: &str = "2";
/// A Zap's own page is known by its number at Zapier. Exports that were made anonymous count from one.
const LEAST_REAL_ID: u64 = 100_000;

#[derive(Deserialize)]
struct Zap {
    id: Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    nodes: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    paused: Option<bool>,
    #[serde(default)]
    type_of: Option<String>,
    #[serde(default)]
    params: Option<Value>,
    #[serde(default)]
    meta: Option<Value>,
    #[serde(default)]
    parent_id: Option<Value>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    selected_api: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    authentication_id: Option<Value>,
}

/// Whether a file's top is an export's.
pub(in crate::platforms) fn recognises(pieces: &Pieces<'_>) -> bool {
    pieces.has("zaps")
}

/// All Zaps of an export.
///
/// # Errors
/// [`PlatformFailure`].
pub(in crate::platforms) fn read_file(
    name: &str,
    pieces: &Pieces<'_>,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let zaps: Vec<&RawValue> = match pieces.field("zaps") {
        Some(zaps) => parsed(name, zaps.get())?,
        None => return Err(PlatformFailure::Unreadable(name.to_owned(), "it has no `zaps`".to_owned())),
    };
    let mut oddities = Oddities::default();
    let metadata = pieces.field("metadata").and_then(|it| serde_json::from_str::<Value>(it.get()).ok());
    let version = metadata.as_ref().and_then(|it| id_of(it.get("version")?));
    if version.as_deref() != Some(KNOWN_VERSION) {
        oddities.unknown_version(version.as_deref().unwrap_or("without a number"));
    }
    let mut reading = PlatformReading { is_whole: true, ..PlatformReading::default() };
    let mut connections = BTreeMap::new();
    let all = u32::try_from(zaps.len()).ok();
    for (count, raw) in (0_u32..).zip(&zaps) {
        progress.check()?;
        progress.report(count, all);
        match serde_json::from_str::<Zap>(raw.get()) {
            Ok(zap) => match workflow(zap, &mut connections, &mut oddities) {
                Some(workflow) => reading.workflows.push(workflow),
                None => oddities.skipped(|| format!("Zap {}: it has no id", count + 1)),
            },
            Err(error) => oddities.skipped(|| format!("Zap {}: {}", count + 1, complaint(&error))),
        }
    }
    progress.report(all.unwrap_or(u32::MAX), all);
    // What could not be read is not gone.
    reading.is_whole = reading.workflows.len() == zaps.len();
    reading.connections = connections.into_values().collect();
    Ok(settled(reading, oddities, Unlisted::Unknown))
}

fn workflow(
    zap: Zap,
    connections: &mut BTreeMap<String, FoundConnection>,
    oddities: &mut Oddities,
) -> Option<FoundWorkflow> {
    let id = id_of(&zap.id)?;
    let mut nodes: Vec<_> = zap.nodes.into_iter().collect();
    nodes.sort_by_key(|(key, _)| (key.parse::<u64>().unwrap_or(u64::MAX), key.clone()));
    let is_root = |node: &Node| node.parent_id.as_ref().is_none_or(Value::is_null);
    let root = nodes.iter().map(|(_, node)| node).find(|node| is_root(node));
    // Below the root `paused` is set whether the Zap runs or not.
    let is_active = root.is_some_and(|it| it.paused != Some(true));
    let schedule = root.map_or(Schedule::Unknown, |root| {
        let time_zone = root.meta.as_ref().and_then(|it| it.get("timezone")).and_then(Value::as_str);
        let app = app_of(root.selected_api.as_deref().unwrap_or_default());
        schedule_of(app, root.action.as_deref().unwrap_or_default(), root.params.as_ref(), time_zone)
            .unwrap_or(Schedule::OnEvent)
    });
    let mut steps = vec![];
    for ((key, node), place) in nodes.iter().zip(0..) {
        let selected = node.selected_api.as_deref().unwrap_or_default();
        let app = app_of(selected);
        oddities.look_at_module(app, &OWN_APPS);
        let Some(connection) = node.authentication_id.as_ref().and_then(id_of) else { continue };
        connections.entry(connection.clone()).or_insert_with(|| FoundConnection {
            external_id: connection.clone(),
            // The file tells numbers alone: the account behind one stands at Zapier.
            name: format!("{} {connection}", title_of_app(app)),
            kind: bounded(app),
            provider: provider_of(app),
            account: None,
            owner: None,
            state: PlatformConnectionState::Unknown,
            page: Some(CONNECTIONS_PAGE.to_owned()),
        });
        let action = node.action.as_deref().unwrap_or_default();
        let access = match node.type_of.as_deref() {
            Some("read" | "search" | "read_bulk") => Access::Reads,
            Some("write" | "search_or_write") => Access::Writes,
            Some(_) | None => access_of(action),
        };
        let what = if action.is_empty() { title_of_app(app) } else { format!("{}: {action}", title_of_app(app)) };
        steps.push(FoundStep {
            external_id: id_of(&node.id).unwrap_or_else(|| key.clone()),
            name: named(node.title.as_deref()).unwrap_or(what),
            kind: bounded(selected),
            place,
            uses: FoundUse::External(connection),
            version: StepVersion::Both,
            is_enabled: true,
            access,
            goes_on_after_error: false,
            scopes: vec![],
        });
    }
    let page = id.parse::<u64>().ok().filter(|it| *it >= LEAST_REAL_ID);
    Some(FoundWorkflow {
        name: named(zap.title.as_deref()).unwrap_or_else(|| format!("Zap {id}")),
        is_active,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule,
        runs_per_day: None,
        page: page.map(|id| format!("https://zapier.com/editor/{id}")),
        steps,
        starts: vec![],
        changed_at: None,
        external_id: id,
    })
}
