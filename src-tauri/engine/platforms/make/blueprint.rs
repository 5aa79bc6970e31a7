//! Walks over a blueprint: which module uses which connection, how deep it may lie, and which other scenarios it
//! starts [D1, D5].

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, StepVersion};
use serde_json::Value;

use super::super::providers::provider_of;
use super::super::settled::{Oddities, Unlisted, settled};
use super::super::step_access::access_of;
use super::super::text::{Pieces, account_in, bounded, id_in, id_of, moment_in, named, parsed, text_in};
use super::super::{PlatformFailure, Progress};
use super::OWN_APPS;
use super::schedule::schedule_of;

/// No scenario has so many modules; JSON itself ends the nesting.
const MOST_MODULES: usize = 5_000;
/// The version of the blueprint's form that is known.
const KNOWN_VERSION: i64 = 1;

/// What a blueprint says.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub steps: Vec<FoundStep>,
    /// With the names that the blueprint itself keeps of them.
    pub connections: Vec<FoundConnection>,
    pub starts: Vec<String>,
    /// Webhooks by their ids.
    pub hooks: Vec<String>,
}

/// Whether a file's top is a blueprint's: as the editor downloads it, or as the API wraps it.
pub(in crate::platforms) fn recognises(pieces: &Pieces<'_>) -> bool {
    let is_wrapped = || pieces.field("response").is_some_and(|it| it.get().contains("\"blueprint\""));
    pieces.has("flow") && pieces.has("metadata") || pieces.has("blueprint") || is_wrapped()
}

/// One scenario out of a blueprint file.
///
/// # Errors
/// [`PlatformFailure`].
pub(in crate::platforms) fn read_file(
    name: &str,
    text: &str,
    progress: &Progress,
) -> Result<PlatformReading, PlatformFailure> {
    progress.check()?;
    let whole: Value = parsed(name, text)?;
    let outer = whole.get("response").unwrap_or(&whole);
    let blueprint = outer.get("blueprint").unwrap_or(outer);
    if blueprint.get("flow").and_then(Value::as_array).is_none() {
        return Err(PlatformFailure::Unreadable(name.to_owned(), "it has no `flow`, so it is no blueprint".to_owned()));
    }
    let mut oddities = Oddities::default();
    if let Some(version) = blueprint.pointer("/metadata/version").filter(|it| it.as_i64() != Some(KNOWN_VERSION)) {
        oddities.unknown_version(&format!("blueprint {}", id_of(version).unwrap_or_default()));
    }
    let walked = walk(blueprint, &mut oddities);
    let file = name.trim_end_matches(".json").trim_end_matches(".blueprint");
    let title = named(text_in(blueprint, "name")).unwrap_or_else(|| file.to_owned());
    let workflow = FoundWorkflow {
        // A blueprint does not say which scenario it is of.
        external_id: id_in(outer, "scenarioId").unwrap_or_else(|| title.clone()),
        name: title,
        is_active: true,
        customer: None,
        project: None,
        owner: None,
        environment: None,
        schedule: schedule_of(outer.get("scheduling"), None),
        runs_per_day: None,
        page: None,
        steps: walked.steps,
        starts: walked.starts,
        changed_at: moment_in(outer, "last_edit"),
    };
    progress.report(1, Some(1));
    let reading =
        PlatformReading { connections: walked.connections, workflows: vec![workflow], ..PlatformReading::default() };
    Ok(settled(reading, oddities, Unlisted::Unknown))
}

/// All modules: in routes, in error handlers, and those that hang on nothing.
pub(super) fn walk(blueprint: &Value, oddities: &mut Oddities) -> Walked {
    let mut walk = Walk { walked: Walked::default(), oddities, count: 0 };
    walk.flow(blueprint.get("flow"), true);
    // Orphans are drawn in the editor and never run.
    let orphans = blueprint.pointer("/metadata/designer/orphans").and_then(Value::as_array);
    for orphan in orphans.into_iter().flatten() {
        if orphan.is_array() {
            walk.flow(Some(orphan), false);
        } else {
            walk.module(orphan, false);
        }
    }
    walk.walked
}

struct Walk<'a> {
    walked: Walked,
    oddities: &'a mut Oddities,
    count: usize,
}

impl Walk<'_> {
    fn flow(&mut self, modules: Option<&Value>, is_enabled: bool) {
        for module in modules.and_then(Value::as_array).into_iter().flatten() {
            self.module(module, is_enabled);
        }
    }

    fn module(&mut self, module: &Value, is_enabled: bool) {
        self.count += 1;
        if self.count > MOST_MODULES {
            self.oddities.skipped(|| format!("more than {MOST_MODULES} modules in one scenario"));
            return;
        }
        let Some(kind) = text_in(module, "module") else {
            self.oddities.skipped(|| "a module without a kind".to_owned());
            return;
        };
        let is_enabled = is_enabled && module.get("disabled").and_then(Value::as_bool) != Some(true);
        let app = kind.split(':').next().unwrap_or(kind);
        self.oddities.look_at_module(app.strip_prefix("app#").unwrap_or(app), &OWN_APPS);
        let handlers = module.get("onerror").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let goes_on = handlers
            .iter()
            .any(|it| matches!(text_in(it, "module"), Some("builtin:Resume" | "builtin:Ignore" | "builtin:Commit")));
        for (field, account) in accounts(module) {
            let connection = self.connection(module, kind, field, account);
            let own = id_in(module, "id").unwrap_or_default();
            self.walked.steps.push(FoundStep {
                external_id: own,
                name: title_of(module, kind),
                kind: bounded(kind),
                place: u32::try_from(self.count - 1).unwrap_or(u32::MAX),
                uses: FoundUse::External(connection),
                version: StepVersion::Both,
                is_enabled,
                access: access_of(kind.split_once(':').map_or(kind, |(_, action)| action)),
                goes_on_after_error: goes_on,
                scopes: vec![],
            });
        }
        if let Some(hook) = module.pointer("/parameters/hook").and_then(id_of) {
            self.walked.hooks.push(hook);
        }
        if is_enabled && let Some(other) = started_by(module, app) {
            self.walked.starts.push(other);
        }
        for route in module.get("routes").and_then(Value::as_array).into_iter().flatten() {
            let is_open = route.get("disabled").and_then(Value::as_bool) != Some(true);
            self.flow(route.get("flow"), is_enabled && is_open);
        }
        self.flow(module.get("onerror"), is_enabled);
        // If-else and merge modules keep theirs in branches.
        for branch in module.get("branches").and_then(Value::as_array).into_iter().flatten() {
            self.flow(branch.get("flow"), is_enabled);
        }
    }

    /// Lists the connection under its id, with the name that the blueprint keeps to show it.
    fn connection(&mut self, module: &Value, kind: &str, field: &str, id: String) -> String {
        if self.walked.connections.iter().all(|it| it.external_id != id) {
            let restored = restored(module, field);
            let label = restored.and_then(|it| text_in(it, "label"));
            let account_type = spec_of(module, field).and_then(|it| text_in(it, "type")?.split_once(':'));
            let account_type = account_type.map(|(_, of)| of.split(',').next().unwrap_or(of));
            let said = restored.and_then(|it| it.pointer("/data/connection")).and_then(Value::as_str);
            let app = kind.split(':').next().unwrap_or(kind);
            let kind = account_type.or(said).unwrap_or(app);
            self.walked.connections.push(FoundConnection {
                external_id: id.clone(),
                name: named(label).unwrap_or_else(|| format!("{app} {id}")),
                kind: bounded(kind),
                provider: provider_of(kind).or_else(|| provider_of(app)),
                account: label.and_then(account_in),
                owner: None,
                state: PlatformConnectionState::Unknown,
                page: None,
            });
        }
        id
    }
}

/// Parameters that name a connection: those that the module's own description says are accounts, and the two usual ones.
fn accounts(module: &Value) -> Vec<(&str, String)> {
    let Some(parameters) = module.get("parameters").and_then(Value::as_object) else { return vec![] };
    let is_account = |field: &str| match spec_of(module, field).and_then(|it| text_in(it, "type")) {
        Some(kind) => kind.starts_with("account:") || kind == "account" || kind.starts_with("keychain:"),
        None => matches!(field, "__IMTCONN__" | "__IMTKEY__"),
    };
    parameters
        .iter()
        .filter(|(field, _)| is_account(field))
        .filter_map(|(field, value)| {
            // Keys are another list than connections, with numbers of their own.
            let id = id_of(value)?;
            Some((field.as_str(), if field == "__IMTKEY__" { format!("key:{id}") } else { id }))
        })
        .collect()
}

fn spec_of<'a>(module: &'a Value, field: &str) -> Option<&'a Value> {
    let specs = module.pointer("/metadata/parameters")?.as_array()?;
    specs.iter().find(|it| text_in(it, "name") == Some(field))
}

fn restored<'a>(module: &'a Value, field: &str) -> Option<&'a Value> {
    module.pointer("/metadata/restore/parameters").or_else(|| module.pointer("/metadata/restore"))?.get(field)
}

/// What a person called the module, or what it does.
fn title_of(module: &Value, kind: &str) -> String {
    let designer = module.pointer("/metadata/designer/name").and_then(Value::as_str);
    named(designer).unwrap_or_else(|| bounded(kind))
}

/// The scenario that a module starts.
fn started_by(module: &Value, app: &str) -> Option<String> {
    if !matches!(app, "scenario-service" | "scenarios" | "make") {
        return None;
    }
    let places = ["/parameters/scenarioId", "/mapper/scenarioId", "/parameters/scenario", "/mapper/scenario"];
    let id = places.into_iter().find_map(|it| id_of(module.pointer(it)?))?;
    id.bytes().all(|byte| byte.is_ascii_digit()).then_some(id)
}

/// A connection that is used somewhere in a scenario, where only that is known.
pub(super) fn step_without_place(connection: &FoundConnection, place: u32) -> FoundStep {
    FoundStep {
        external_id: format!("connection:{}", connection.external_id),
        name: connection.name.clone(),
        kind: connection.kind.clone(),
        place,
        uses: FoundUse::External(connection.external_id.clone()),
        version: StepVersion::Both,
        is_enabled: true,
        access: Access::Unknown,
        goes_on_after_error: false,
        scopes: vec![],
    }
}
