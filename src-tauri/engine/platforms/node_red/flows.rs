//! Reads the nodes of a Node-RED: each tab is a workflow, each configuration node that others name is a connection
//! [D1, D2].

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::providers::{provider_in, provider_of};
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::step_access::access_of;
use super::super::text::{Pieces, account_in, bounded, complaint, id_in, named, parsed, text_in};
use super::super::{PlatformFailure, Progress};
use super::NAME;

/// Types that Node-RED itself brings.
const OWN_TYPES: [&str; 44] = [
    "batch",
    "catch",
    "change",
    "comment",
    "complete",
    "csv",
    "debug",
    "delay",
    "exec",
    "file",
    "file in",
    "function",
    "global-config",
    "group",
    "html",
    "http in",
    "http proxy",
    "http request",
    "http response",
    "inject",
    "join",
    "json",
    "junction",
    "link call",
    "link in",
    "link out",
    "mqtt in",
    "mqtt out",
    "mqtt-broker",
    "range",
    "rbe",
    "sort",
    "split",
    "status",
    "switch",
    "tcp in",
    "tcp out",
    "template",
    "tls-config",
    "trigger",
    "udp in",
    "watch",
    "xml",
    "yaml",
];
/// Configuration nodes that lay out pages and hold nothing secret.
const LAYOUT: [&str; 2] = ["ui_", "ui-"];
/// Subflows in subflows: Node-RED refuses rounds, a file may have them.
const DEEPEST: usize = 20;
const MOST_STEPS: usize = 5_000;

/// What a tab's nodes are told by.
struct Nodes<'a> {
    /// Nodes of tabs and of subflows, by theirs.
    within: HashMap<&'a str, Vec<&'a Value>>,
    /// Connections, by their ids.
    configs: HashMap<&'a str, &'a Value>,
    /// In which tab a node stands.
    tab_of: HashMap<&'a str, &'a str>,
}

/// Whether a file is a list of nodes.
pub(in crate::platforms) fn recognises(pieces: &Pieces<'_>) -> bool {
    let is_node = |raw: &&RawValue| {
        let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get()) else { return false };
        let kind = fields.get("type").map(|it| it.get());
        let is_place = matches!(kind, Some("\"tab\"" | "\"subflow\""));
        fields.contains_key("id")
            && kind.is_some()
            && (is_place || fields.contains_key("z") || fields.contains_key("wires"))
    };
    match pieces {
        Pieces::List(items) => items.iter().take(50).any(is_node),
        Pieces::Object(_) => pieces.has("flows") && pieces.has("rev"),
    }
}

/// Whether it is the file that Node-RED keeps its secrets in: it is told by its form, and not read.
pub(in crate::platforms) fn holds_secrets(name: &str, pieces: &Pieces<'_>) -> bool {
    let is_sealed = match pieces {
        Pieces::Object(fields) => fields.len() == 1 && fields.contains_key("$"),
        Pieces::List(_) => false,
    };
    is_sealed || name.ends_with("_cred.json")
}

/// All tabs of a `flows.json`.
///
/// # Errors
/// [`PlatformFailure`].
pub(in crate::platforms) fn read_file(
    name: &str,
    pieces: &Pieces<'_>,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let raw: Vec<&RawValue> = match pieces {
        Pieces::List(items) => items.clone(),
        Pieces::Object(_) => match pieces.field("flows") {
            Some(flows) => parsed(name, flows.get())?,
            None => return Err(PlatformFailure::Unreadable(name.to_owned(), "it has no `flows`".to_owned())),
        },
    };
    let mut oddities = Oddities::default();
    let mut nodes = Vec::with_capacity(raw.len());
    for piece in raw {
        progress.check()?;
        match serde_json::from_str::<Value>(piece.get()) {
            Ok(node) => nodes.push(node),
            Err(error) => oddities.skipped(|| format!("a node: {}", complaint(&error))),
        }
    }
    read_nodes(&nodes, None, oddities, progress)
}

/// All tabs among these nodes; `editor` is where a person opens them.
pub(super) fn read_nodes(
    nodes: &[Value],
    editor: Option<&str>,
    mut oddities: Oddities,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    let tabs: Vec<&Value> = nodes.iter().filter(|it| text_in(it, "type") == Some("tab")).collect();
    let known = Nodes::of(nodes, &mut oddities);
    let all = u32::try_from(tabs.len()).ok();
    let mut workflows = vec![];
    for (count, tab) in (0_u32..).zip(&tabs) {
        progress.check()?;
        progress.report(count, all);
        match workflow(tab, &known, editor) {
            Some(workflow) => workflows.push(workflow),
            None => oddities.skipped(|| format!("a flow of {NAME} without an id")),
        }
    }
    progress.report(all.unwrap_or(u32::MAX), all);
    let used: HashSet<&str> = workflows.iter().flat_map(|it| &it.steps).filter_map(used_id).collect();
    let mut configs: Vec<_> = known.configs.iter().filter(|(id, _)| used.contains(*id)).collect();
    configs.sort_by_key(|(id, _)| **id);
    let connections = configs.into_iter().map(|(id, node)| connection(id, node)).collect();
    let reading = PlatformReading { connections, workflows, is_whole: true, ..PlatformReading::default() };
    Ok(settled(reading, oddities, Unlisted::Missing))
}

impl<'a> Nodes<'a> {
    fn of(nodes: &'a [Value], oddities: &mut Oddities) -> Self {
        let mut known = Self { within: HashMap::new(), configs: HashMap::new(), tab_of: HashMap::new() };
        for node in nodes {
            let (Some(id), Some(kind)) = (text_in(node, "id"), text_in(node, "type")) else {
                oddities.skipped(|| "a node without an id or a type".to_owned());
                continue;
            };
            if matches!(kind, "tab" | "subflow" | "group" | "comment" | "junction") {
                continue;
            }
            if !kind.starts_with("subflow:") && !OWN_TYPES.contains(&kind) {
                oddities.look_at_module(kind, &[]);
            }
            if is_config(node) {
                if !LAYOUT.iter().any(|it| kind.starts_with(it)) && kind != "global-config" {
                    known.configs.insert(id, node);
                }
            } else if let Some(place) = text_in(node, "z") {
                known.within.entry(place).or_default().push(node);
                known.tab_of.insert(id, place);
            }
        }
        known
    }

    /// Connections that a node names in any of its fields.
    fn uses(&self, node: &'a Value) -> Vec<&'a str> {
        let mut found = vec![];
        let fields = node.as_object().into_iter().flatten();
        for (_, value) in fields.filter(|(name, _)| !matches!(name.as_str(), "id" | "z" | "g" | "wires" | "links")) {
            self.within_value(value, 4, &mut found);
        }
        found
    }

    fn within_value(&self, value: &'a Value, depth: usize, found: &mut Vec<&'a str>) {
        match value {
            Value::String(text) => {
                if let Some((id, _)) = self.configs.get_key_value(text.as_str())
                    && !found.contains(id)
                {
                    found.push(id);
                }
            }
            Value::Array(items) if depth > 0 => items.iter().for_each(|it| self.within_value(it, depth - 1, found)),
            Value::Object(fields) if depth > 0 => {
                fields.values().for_each(|it| self.within_value(it, depth - 1, found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
}

fn used_id(step: &FoundStep) -> Option<&str> {
    match &step.uses {
        FoundUse::External(id) => Some(id),
        FoundUse::Ours(_) => None,
    }
}

/// It is drawn nowhere.
fn is_config(node: &Value) -> bool {
    node.get("x").is_none() && node.get("y").is_none() && node.get("wires").is_none_or(|it| it.as_array().is_none())
}

fn connection(id: &str, node: &Value) -> FoundConnection {
    let kind = text_in(node, "type").unwrap_or_default();
    let name = named(text_in(node, "name")).unwrap_or_else(|| format!("{kind} {id}"));
    // Nodes of others name the account in a field of their own; a secret is in none of them, but in the other file.
    let said = ["email", "user", "username", "account", "screen_name"].into_iter().find_map(|it| text_in(node, it));
    FoundConnection {
        external_id: bounded(id),
        account: said.and_then(account_in).or_else(|| account_in(&name)),
        name,
        kind: bounded(kind),
        provider: provider_of(kind).or_else(|| provider_in(kind)),
        owner: None,
        state: PlatformConnectionState::Unknown,
        page: None,
    }
}

fn is_off(node: &Value) -> bool {
    node.get("d").and_then(Value::as_bool) == Some(true)
}

fn workflow(tab: &Value, known: &Nodes<'_>, editor: Option<&str>) -> Option<FoundWorkflow> {
    let id = id_in(tab, "id")?;
    let is_active = tab.get("disabled").and_then(Value::as_bool) != Some(true);
    let mut steps = vec![];
    collect(&id, "", true, DEEPEST, known, &mut steps);
    let own = known.within.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
    let starts: BTreeMap<&str, ()> = own
        .iter()
        .filter(|it| !is_off(it) && matches!(text_in(it, "type"), Some("link out" | "link call")))
        .flat_map(|it| it.get("links").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|link| known.tab_of.get(link.as_str()?))
        .filter(|other| **other != id)
        .map(|other| (*other, ()))
        .collect();
    Some(FoundWorkflow {
        name: named(text_in(tab, "label")).unwrap_or_else(|| format!("flow {id}")),
        is_active,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: schedule_of(own),
        runs_per_day: None,
        page: editor.map(|editor| format!("{editor}/#flow/{id}")),
        steps,
        starts: starts.into_keys().map(str::to_owned).collect(),
        changed_at: None,
        external_id: id,
    })
}

/// Steps of a tab, with those of the subflows in it, each as often as it stands there.
fn collect(place: &str, before: &str, is_enabled: bool, depth: usize, known: &Nodes<'_>, steps: &mut Vec<FoundStep>) {
    for node in known.within.get(place).into_iter().flatten() {
        if steps.len() >= MOST_STEPS {
            return;
        }
        let (id, kind) = (text_in(node, "id").unwrap_or_default(), text_in(node, "type").unwrap_or_default());
        let is_enabled = is_enabled && !is_off(node);
        for used in known.uses(node) {
            steps.push(FoundStep {
                external_id: bounded(&format!("{before}{id}")),
                name: named(text_in(node, "name")).unwrap_or_else(|| bounded(kind)),
                kind: bounded(kind),
                place: u32::try_from(steps.len()).unwrap_or(u32::MAX),
                uses: FoundUse::External(bounded(used)),
                version: StepVersion::Both,
                is_enabled,
                access: access(kind),
                goes_on_after_error: false,
                scopes: vec![],
            });
        }
        if let Some(subflow) = kind.strip_prefix("subflow:")
            && depth > 0
        {
            collect(subflow, &format!("{before}{id}/"), is_enabled, depth - 1, known, steps);
        }
    }
}

/// By habit a type ends with where its messages go: "mqtt in", "google-calendar out".
fn access(kind: &str) -> Access {
    match kind.rsplit(' ').next() {
        Some("in") => Access::Reads,
        Some("out") => Access::Writes,
        Some(_) | None => access_of(kind),
    }
}

fn schedule_of(nodes: &[&Value]) -> Schedule {
    let kind = |it: &&&Value| text_in(it, "type").unwrap_or_default().to_owned();
    let live = || nodes.iter().filter(|it| !is_off(it));
    let mut told = None;
    for inject in live().filter(|it| kind(it) == "inject") {
        let every = match inject.get("repeat") {
            Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
            Some(value) => value.as_f64(),
            None => None,
        };
        let seconds = every.filter(|it| (1.0..=f64::from(u32::MAX)).contains(it));
        let schedule = match (named(text_in(inject, "crontab")), seconds) {
            (Some(expression), _) => Schedule::Cron { expression, time_zone: None },
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds above")]
            (None, Some(seconds)) => Schedule::Every { seconds: seconds as u32 },
            (None, None) => continue,
        };
        // Of several, the most frequent is the first to fail.
        told = Some(match (told, schedule) {
            (Some(Schedule::Every { seconds: one }), Schedule::Every { seconds: other }) => {
                Schedule::Every { seconds: one.min(other) }
            }
            (None, schedule) | (Some(Schedule::Cron { .. }), schedule @ Schedule::Every { .. }) => schedule,
            (Some(earlier), _) => earlier,
        });
    }
    let listens = |it: &&&Value| {
        let kind = kind(it);
        kind.ends_with(" in") || matches!(kind.as_str(), "watch" | "trigger" | "catch" | "status" | "complete")
    };
    told.unwrap_or_else(|| if live().any(|it| listens(&it)) { Schedule::OnEvent } else { Schedule::OnDemand })
}
