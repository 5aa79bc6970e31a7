//! One workflow of n8n's, from the API or an export: what its draft uses, and what runs [D1, D2].

use std::collections::HashMap;

use domain::blast_radius::reading::{FoundStep, FoundUse, FoundWorkflow};
use domain::blast_radius::{Schedule, StepVersion};
use domain::display_text::cleaned;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::access::access_of;
use super::node::{CredentialUse, LONGEST_ID, LONGEST_NAME, Node, Wires, loose_text, text_of};
use super::schedule::schedule_of;

/// What is read of it; anything else is left unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowText {
    #[serde(default, deserialize_with = "loose_text")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    pub(super) name: Option<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    is_archived: Option<bool>,
    #[serde(default)]
    nodes: Option<Vec<Node>>,
    #[serde(default)]
    connections: Option<Map<String, Value>>,
    #[serde(default)]
    settings: Option<SettingsText>,
    #[serde(default)]
    tags: Option<Vec<Value>>,
    #[serde(default)]
    shared: Option<Vec<SharedText>>,
    #[serde(default, deserialize_with = "loose_text")]
    updated_at: Option<String>,
    /// Absent: this version of n8n knows none, or this is an export. Null: nothing is published.
    #[serde(default, deserialize_with = "present")]
    active_version: Option<Option<VersionText>>,
}

#[derive(Deserialize)]
struct VersionText {
    #[serde(default)]
    nodes: Option<Vec<Node>>,
    #[serde(default)]
    connections: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct SettingsText {
    #[serde(default, deserialize_with = "loose_text")]
    timezone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SharedText {
    #[serde(default, deserialize_with = "loose_text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    project_id: Option<String>,
    #[serde(default)]
    project: Option<ProjectText>,
}

#[derive(Deserialize)]
struct ProjectText {
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
}

/// Whose something is: a person's own project bears their name, a team's its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keeper {
    Person(String),
    Team(String),
}

impl Keeper {
    /// By its name alone: n8n calls a person's own project `Mira Lund <mira@fjord.example>`.
    pub(super) fn named(name: &str) -> Self {
        let name = cleaned(name.trim(), LONGEST_NAME);
        if name.ends_with('>') && name.contains('<') && name.contains('@') {
            Self::Person(name)
        } else {
            Self::Team(name)
        }
    }
}

/// What became of one workflow's text.
pub(super) struct ReadWorkflow {
    pub(super) found: FoundWorkflow,
    /// Every credential that is used, also twice.
    pub(super) uses: Vec<CredentialUse>,
    /// Kinds of nodes that are not n8n's own.
    pub(super) strange: Vec<String>,
    /// Some node, drafted or running, goes on after an error, so that a failed run may be called a success.
    pub(super) hides_failures: bool,
}

impl WorkflowText {
    /// `keepers`: names of projects by their ids, where they are known; `id` and `name` stand in for missing ones.
    pub(super) fn read(
        self,
        keepers: &HashMap<String, Keeper>,
        page: impl Fn(&str) -> Option<String>,
    ) -> Option<ReadWorkflow> {
        let id = self.id.clone().filter(|it| !it.is_empty() && it.len() <= LONGEST_ID)?;
        let draft = self.nodes.unwrap_or_default();
        let draft_wires = Wires::of(self.connections.as_ref());
        let is_active = self.active == Some(true) && self.is_archived != Some(true);
        let zone = self.settings.and_then(|it| it.timezone).filter(|it| it != "DEFAULT" && !it.is_empty());
        let zone = zone.map(|it| cleaned(&it, 60));

        let drafted = steps_of(&draft, &draft_wires);
        let (live, live_wires) = match self.active_version {
            Some(Some(version)) => (Some(version.nodes.unwrap_or_default()), Wires::of(version.connections.as_ref())),
            Some(None) | None => (None, Wires::default()),
        };
        let (steps, running): (_, &[Node]) = match &live {
            Some(live) => (merged(drafted, steps_of(live, &live_wires)), live),
            // An export holds one version, and old servers have one: where it runs at all, that is what runs.
            None => {
                let version = if is_active { StepVersion::Both } else { StepVersion::Draft };
                (drafted.into_iter().map(|step| FoundStep { version, ..step }).collect(), &draft)
            }
        };
        let mut starts: Vec<String> = running.iter().filter(|it| it.is_enabled()).filter_map(Node::starts).collect();
        starts.sort_unstable();
        starts.dedup();
        let all = || draft.iter().chain(live.iter().flatten());
        let keeper = keeper_of(self.shared.as_deref().unwrap_or_default(), keepers);
        let tags = tags_of(self.tags.as_deref().unwrap_or_default());
        let (owner, project) = match keeper {
            Some(Keeper::Person(name)) => (Some(name), tags),
            Some(Keeper::Team(name)) => (None, Some(name)),
            None => (None, tags),
        };
        let found = FoundWorkflow {
            page: page(&id),
            name: Some(cleaned(self.name.as_deref().unwrap_or_default().trim(), LONGEST_NAME))
                .filter(|it| !it.is_empty())
                .unwrap_or_else(|| id.clone()),
            external_id: id,
            is_active,
            customer: None,
            project,
            owner,
            environment: None,
            schedule: if running.is_empty() { Schedule::Unknown } else { schedule_of(running, zone.as_deref()) },
            runs_per_day: None,
            steps,
            starts,
            changed_at: self.updated_at.as_deref().and_then(|it| it.parse::<Timestamp>().ok()),
        };
        Some(ReadWorkflow {
            found,
            uses: all().flat_map(Node::credentials).collect(),
            strange: all().filter(|it| !it.is_built_in()).map(|it| cleaned(it.kind(), LONGEST_NAME)).collect(),
            hides_failures: all().any(|it| it.is_enabled() && it.goes_on_after_error()),
        })
    }
}

fn steps_of(nodes: &[Node], wires: &Wires) -> Vec<FoundStep> {
    let order = wires.order(nodes);
    let mut steps: Vec<FoundStep> = vec![];
    for node in nodes {
        let name = node.name();
        let place = order.get(&name).copied().unwrap_or_default();
        for (index, used) in node.credentials().into_iter().enumerate() {
            let id = node.external_id();
            let external_id = if index == 0 { id } else { format!("{id}:{}", used.kind) };
            if steps.iter().any(|it| it.external_id == external_id) {
                continue;
            }
            steps.push(FoundStep {
                external_id,
                name: cleaned(&name, LONGEST_NAME),
                kind: cleaned(node.kind(), LONGEST_NAME),
                place,
                uses: FoundUse::External(used.external_id()),
                version: StepVersion::Draft,
                is_enabled: node.is_enabled(),
                access: access_of(node),
                goes_on_after_error: node.goes_on_after_error(),
                scopes: vec![],
            });
        }
    }
    steps
}

/// A step that is the same in both is one step. Where they differ the live one keeps the id, by which runs name it.
fn merged(drafted: Vec<FoundStep>, live: Vec<FoundStep>) -> Vec<FoundStep> {
    let mut merged: Vec<FoundStep> =
        live.into_iter().map(|step| FoundStep { version: StepVersion::Live, ..step }).collect();
    for step in drafted {
        let same = merged.iter_mut().find(|it| it.external_id == step.external_id);
        match same {
            Some(it) if it.uses == step.uses && it.is_enabled == step.is_enabled && it.kind == step.kind => {
                it.version = StepVersion::Both;
            }
            Some(_) => merged.push(FoundStep { external_id: format!("{}@draft", step.external_id), ..step }),
            None => merged.push(step),
        }
    }
    merged
}

fn keeper_of(shared: &[SharedText], keepers: &HashMap<String, Keeper>) -> Option<Keeper> {
    let owner = shared.iter().find(|it| it.role.as_deref() == Some("workflow:owner")).or_else(|| shared.first())?;
    let told = owner.project.as_ref().and_then(|project| {
        let name = cleaned(project.name.as_deref()?.trim(), LONGEST_NAME);
        Some(match project.kind.as_deref() {
            Some("personal") => Keeper::Person(name),
            Some("team") => Keeper::Team(name),
            Some(_) | None => Keeper::named(&name),
        })
    });
    told.or_else(|| keepers.get(owner.project_id.as_deref()?).cloned())
}

fn tags_of(tags: &[Value]) -> Option<String> {
    let names = tags.iter().filter_map(|it| it.get("name").and_then(text_of).or_else(|| text_of(it)));
    let joined = cleaned(&names.collect::<Vec<_>>().join(", "), LONGEST_NAME);
    (!joined.is_empty()).then_some(joined)
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
