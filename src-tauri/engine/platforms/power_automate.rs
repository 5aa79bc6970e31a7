//! Power Automate: cloud flows out of an unpacked solution, an unpacked package or a list of Dataverse rows [D1, D2].

use std::collections::{BTreeMap, HashSet};

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse, FoundWorkflow, PlatformReading};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use serde_json::{Map, Value};

use super::providers::provider_of;
use super::settled::{Oddities, Unlisted, settled};
use super::step_access::{access_of, words_of};
use super::text::{Pieces, account_in, bounded, complaint, id_in, moment_in, named, parsed, text_in};
use super::{PlatformFailure, Progress};

/// The form of Logic Apps that flows are written in.
const KNOWN_SCHEMA: &str = "2016-06-01";
const DEEPEST: usize = 40;
const MOST_ACTIONS: usize = 5_000;
const DEFINITION: &str = "/properties/definition";

/// Windows' names of time zones, and IANA's.
const ZONES: [(&str, &str); 20] = [
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Central Standard Time", "America/Chicago"),
    ("China Standard Time", "Asia/Shanghai"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Eastern Standard Time", "America/New_York"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("India Standard Time", "Asia/Kolkata"),
    ("Mountain Standard Time", "America/Denver"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("UTC", "Etc/UTC"),
    ("W. Europe Standard Time", "Europe/Berlin"),
];

/// Whether a file's top is a flow's, or a list of Dataverse rows.
pub(super) fn recognises(pieces: &Pieces<'_>) -> bool {
    let holds = |field: &str, word: &str| pieces.field(field).is_some_and(|it| it.get().contains(word));
    holds("properties", "\"definition\"") || holds("value", "\"clientdata\"") || pieces.has("clientdata")
}

/// The flows of a file.
///
/// # Errors
/// [`PlatformFailure`].
pub(super) fn read_file(name: &str, text: &str, progress: &Progress) -> Result<PlatformReading, PlatformFailure> {
    progress.check()?;
    let whole: Value = parsed(name, text)?;
    let rows = match whole.get("value").and_then(Value::as_array) {
        Some(rows) => rows.as_slice(),
        None => std::slice::from_ref(&whole),
    };
    let mut oddities = Oddities::default();
    let mut connections = BTreeMap::new();
    let mut reading = PlatformReading::default();
    let all = u32::try_from(rows.len()).ok();
    for (count, row) in (0_u32..).zip(rows) {
        progress.check()?;
        progress.report(count, all);
        let unwrapped = match text_in(row, "clientdata").map(serde_json::from_str::<Value>) {
            Some(Ok(inner)) => inner,
            Some(Err(error)) => {
                oddities.skipped(|| format!("flow {}: {}", count + 1, complaint(&error)));
                continue;
            }
            None => row.clone(),
        };
        match workflow(name, row, &unwrapped, &mut connections, &mut oddities) {
            Some(workflow) => reading.workflows.push(workflow),
            // Desktop flows and business rules are rows of the same table.
            None => oddities.skipped(|| format!("flow {}: it has no definition", count + 1)),
        }
    }
    if reading.workflows.is_empty() {
        return Err(PlatformFailure::Unreadable(name.to_owned(), "no flow in it could be read".to_owned()));
    }
    reading.connections = connections.into_values().collect();
    Ok(settled(reading, oddities, Unlisted::Unknown))
}

fn workflow(
    file: &str,
    row: &Value,
    flow: &Value,
    connections: &mut BTreeMap<String, FoundConnection>,
    oddities: &mut Oddities,
) -> Option<FoundWorkflow> {
    let definition = flow.pointer(DEFINITION)?.as_object()?;
    let schema = definition.get("$schema").and_then(Value::as_str).unwrap_or(KNOWN_SCHEMA);
    if !schema.contains(KNOWN_SCHEMA) {
        oddities.unknown_version(schema);
    }
    let references = references(flow, connections);
    let mut walk = Walk { references: &references, steps: vec![], starts: vec![], failing: HashSet::new(), oddities };
    let triggers = definition.get("triggers").and_then(Value::as_object);
    walk.actions(triggers, true, DEEPEST);
    walk.actions(definition.get("actions").and_then(Value::as_object), false, DEEPEST);
    let (title, id) = of_file(file);
    let own_id = id_in(row, "workflowid").or_else(|| id_in(flow, "name")).or(id);
    let display = text_in(row, "name").filter(|_| row.get("clientdata").is_some());
    let name = named(display.or_else(|| flow.pointer("/properties/displayName").and_then(Value::as_str)));
    let name = name.unwrap_or(title);
    let state = flow.pointer("/properties/state").and_then(Value::as_str);
    let mut steps = walk.steps;
    steps.iter_mut().for_each(|it| it.goes_on_after_error = walk.failing.contains(&it.external_id));
    Some(FoundWorkflow {
        external_id: own_id.unwrap_or_else(|| name.clone()),
        name,
        // A file of a solution does not say it: then it counts as on.
        is_active: match (row.get("statecode").and_then(Value::as_i64), state) {
            (Some(code), _) => code == 1,
            (None, Some(state)) => state == "Started",
            (None, None) => true,
        },
        customer: None,
        project: None,
        owner: named(text_in(row, "_ownerid_value@OData.Community.Display.V1.FormattedValue")),
        environment: None,
        schedule: schedule_of(triggers),
        runs_per_day: None,
        page: None,
        steps,
        starts: walk.starts,
        changed_at: moment_in(row, "modifiedon"),
    })
}

/// Title and id in `Sync_leads-6F9619FF-8B86-D011-B42D-00C04FC964FF.json`, as solutions name their files.
fn of_file(file: &str) -> (String, Option<String>) {
    let stem = file.strip_suffix(".json").unwrap_or(file);
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = stem.rsplitn(6, '-').collect();
    let is_id = parts.len() == 6
        && parts
            .iter()
            .rev()
            .skip(1)
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let title = parts.last().filter(|_| is_id).copied();
    let id = title.and_then(|title| stem.get(title.len() + 1..)).map(str::to_ascii_lowercase);
    (bounded(title.unwrap_or(stem)), id)
}

/// Connections by the key that actions name them with.
fn references(flow: &Value, connections: &mut BTreeMap<String, FoundConnection>) -> BTreeMap<String, (String, String)> {
    let mut references = BTreeMap::new();
    for (key, entry) in
        flow.pointer("/properties/connectionReferences").and_then(Value::as_object).into_iter().flatten()
    {
        let inner = entry.get("connection").unwrap_or(&Value::Null);
        let logical = text_in(inner, "connectionReferenceLogicalName");
        let direct = text_in(entry, "connectionName").or_else(|| text_in(inner, "name"));
        let id = named(logical.or(direct)).unwrap_or_else(|| bounded(key));
        let api = entry.pointer("/api/name").and_then(Value::as_str).or_else(|| text_in(entry, "id")).unwrap_or(key);
        let kind = bounded(api.rsplit('/').next().unwrap_or(api));
        let title = named(text_in(entry, "displayName"));
        connections.entry(id.clone()).or_insert_with(|| FoundConnection {
            external_id: id.clone(),
            account: title.as_deref().and_then(account_in),
            name: title.unwrap_or_else(|| id.clone()),
            provider: provider_of(&kind),
            kind: kind.clone(),
            owner: None,
            state: PlatformConnectionState::Unknown,
            page: Some("https://make.powerautomate.com/connections".to_owned()),
        });
        references.insert(key.clone(), (id, kind));
    }
    references
}

struct Walk<'a> {
    references: &'a BTreeMap<String, (String, String)>,
    steps: Vec<FoundStep>,
    starts: Vec<String>,
    /// Actions after whose failure others still run.
    failing: HashSet<String>,
    oddities: &'a mut Oddities,
}

impl Walk<'_> {
    fn actions(&mut self, actions: Option<&Map<String, Value>>, is_trigger: bool, depth: usize) {
        for (name, action) in actions.into_iter().flatten() {
            if self.steps.len() >= MOST_ACTIONS || depth == 0 {
                self.oddities.skipped(|| "actions that lie too deep, or are too many".to_owned());
                return;
            }
            self.action(name, action, is_trigger);
            for (before, how) in action.get("runAfter").and_then(Value::as_object).into_iter().flatten() {
                let outcomes = how.as_array().into_iter().flatten().filter_map(Value::as_str);
                if outcomes.into_iter().any(|it| it.eq_ignore_ascii_case("failed")) {
                    self.failing.insert(bounded(before));
                }
            }
            let inner = |from: &Value| from.get("actions").and_then(Value::as_object).cloned();
            self.actions(inner(action).as_ref(), false, depth - 1);
            for branch in ["else", "default"].into_iter().filter_map(|it| action.get(it)) {
                self.actions(inner(branch).as_ref(), false, depth - 1);
            }
            for (_, case) in action.get("cases").and_then(Value::as_object).into_iter().flatten() {
                self.actions(inner(case).as_ref(), false, depth - 1);
            }
        }
    }

    fn action(&mut self, name: &str, action: &Value, is_trigger: bool) {
        let kind = text_in(action, "type").unwrap_or_default();
        let host = action.pointer("/inputs/host").unwrap_or(&Value::Null);
        if let Some(child) = named(text_in(host, "workflowReferenceName")).filter(|_| kind == "Workflow") {
            self.starts.push(child.to_ascii_lowercase());
        }
        let Some(key) = key_of(host) else { return };
        let Some((id, api)) = self.references.get(key) else {
            self.oddities.skipped(|| "an action whose connection the flow does not describe".to_owned());
            return;
        };
        self.oddities.look_at_module(api, &[]);
        let operation = text_in(host, "operationId").or_else(|| action.pointer("/inputs/path").and_then(Value::as_str));
        let method = action.pointer("/inputs/method").and_then(Value::as_str);
        self.steps.push(FoundStep {
            external_id: bounded(name),
            name: bounded(&name.replace('_', " ")),
            kind: bounded(&format!("{api}:{}", operation.unwrap_or(kind))),
            place: u32::try_from(self.steps.len()).unwrap_or(u32::MAX),
            uses: FoundUse::External(id.clone()),
            version: StepVersion::Both,
            is_enabled: true,
            access: match (is_trigger, text_in(host, "operationId"), method) {
                (true, _, _) | (false, None, Some("get")) => Access::Reads,
                (false, Some(operation), _) => access_of(operation),
                (false, None, Some(_)) => Access::Writes,
                (false, None, None) => access_of(name),
            },
            goes_on_after_error: false,
            scopes: vec![],
        });
    }
}

/// The key of a connection, as each age of Power Automate writes it.
fn key_of(host: &Value) -> Option<&str> {
    let plain = text_in(host, "connectionReferenceName").or_else(|| text_in(host, "connectionName"));
    let nested = || host.pointer("/connection/referenceName").and_then(Value::as_str);
    // `@parameters('$connections')['shared_office365']['connectionId']`
    let in_parameters = || {
        let text = host.pointer("/connection/name")?.as_str()?;
        text.split_once("$connections')['")?.1.split("']").next()
    };
    plain.or_else(nested).or_else(in_parameters)
}

fn schedule_of(triggers: Option<&Map<String, Value>>) -> Schedule {
    let Some((_, trigger)) = triggers.and_then(|it| it.iter().next()) else { return Schedule::Unknown };
    match (text_in(trigger, "type"), text_in(trigger, "kind")) {
        (Some("Recurrence"), _) => recurrence(trigger.get("recurrence")).unwrap_or(Schedule::Unknown),
        (Some("Request" | "Manual"), Some("Http" | "EventGrid")) => Schedule::OnEvent,
        (Some("Request" | "Manual"), _) => Schedule::OnDemand,
        (Some(_), _) => Schedule::OnEvent,
        (None, _) => Schedule::Unknown,
    }
}

fn recurrence(recurrence: Option<&Value>) -> Option<Schedule> {
    let recurrence = recurrence?;
    let interval = recurrence.get("interval").and_then(Value::as_u64).filter(|it| *it > 0).unwrap_or(1);
    let every = |seconds: u64| {
        let seconds = u32::try_from(seconds.checked_mul(interval)?).ok()?;
        Some(Schedule::Every { seconds })
    };
    let frequency = text_in(recurrence, "frequency")?.to_ascii_lowercase();
    let seconds = match frequency.as_str() {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        _ => return None,
    };
    if matches!(frequency.as_str(), "day" | "week") && interval == 1 {
        let time_zone = text_in(recurrence, "timeZone");
        let zone = time_zone.and_then(|name| ZONES.iter().find(|(it, _)| *it == name)).map(|(_, zone)| *zone);
        let numbers = |field: &str| {
            // Numbers, or texts of numbers.
            let number = |it: &Value| it.as_u64().or_else(|| it.as_str()?.trim().parse().ok());
            let items: Vec<u64> = recurrence.pointer(field)?.as_array()?.iter().filter_map(number).collect();
            (!items.is_empty()).then(|| items.iter().map(u64::to_string).collect::<Vec<_>>().join(","))
        };
        // Without hours of its own it runs at the hour at which it began.
        let begin = text_in(recurrence, "startTime").and_then(|it| it.get(11..16)?.split_once(':'));
        let hours = numbers("/schedule/hours").or_else(|| Some(begin?.0.parse::<u8>().ok()?.to_string()));
        let minutes = numbers("/schedule/minutes").or_else(|| Some(begin?.1.parse::<u8>().ok()?.to_string()));
        let days = recurrence.pointer("/schedule/weekDays").and_then(Value::as_array).map(|days| {
            days.iter().filter_map(|it| weekday(it.as_str()?)).map(|it| it.to_string()).collect::<Vec<_>>().join(",")
        });
        let is_weekly_without_day = frequency == "week" && days.as_ref().is_none_or(String::is_empty);
        if let Some(hours) = hours.filter(|_| !is_weekly_without_day) {
            let days = days.filter(|it| !it.is_empty()).unwrap_or_else(|| "*".to_owned());
            let expression = format!("{} {hours} * * {days}", minutes.unwrap_or_else(|| "0".to_owned()));
            let time_zone = zone.or(time_zone.is_none().then_some("Etc/UTC")).map(str::to_owned);
            return Some(Schedule::Cron { expression, time_zone });
        }
    }
    every(seconds)
}

fn weekday(name: &str) -> Option<usize> {
    let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let word = words_of(name).into_iter().next()?;
    names.iter().position(|it| *it == word)
}
