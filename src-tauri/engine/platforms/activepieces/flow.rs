//! Walks over one version of a flow, however long its chain of steps: which connection each uses, when the trigger
//! fires, and which flows it calls [D1, D5].

use std::collections::BTreeMap;

use domain::blast_radius::reading::{FoundConnection, FoundStep, FoundUse};
use domain::blast_radius::{Access, PlatformConnectionState, Schedule, StepVersion};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::providers::provider_of;
use super::super::settled::Oddities;
use super::super::step_access::access_of;
use super::super::text::{bounded, complaint, named, text_in};

/// Each step lies within the one before it, and reading one walks over all that follow: so many, and of no larger flow.
const MOST_STEPS: usize = 2_000;
const MAX_FLOW: usize = 4 * 1024 * 1024;

/// Pieces behind which no connection stands.
const OWN_PIECES: [&str; 16] = [
    "ai",
    "approval",
    "csv",
    "data-mapper",
    "date-helper",
    "delay",
    "file-helper",
    "forms",
    "http",
    "json",
    "manual-trigger",
    "math-helper",
    "schedule",
    "store",
    "subflows",
    "webhook",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action<'a> {
    #[serde(default)]
    name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    skip: Option<bool>,
    #[serde(borrow, default)]
    settings: Option<&'a RawValue>,
    #[serde(borrow, default)]
    next_action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    first_loop_action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    on_success_action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    on_failure_action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    children: Option<Vec<Option<&'a RawValue>>>,
}

/// What one version of a flow says.
#[derive(Debug)]
pub(super) struct Walked {
    pub steps: Vec<FoundStep>,
    pub schedule: Schedule,
    /// Flows that it calls, by the ids that Activepieces keeps across copies.
    pub calls: Vec<String>,
}

/// Walks from the trigger on.
pub(super) fn walk(trigger: &RawValue, version: StepVersion, oddities: &mut Oddities) -> Walked {
    let mut walked = Walked { steps: vec![], schedule: Schedule::Unknown, calls: vec![] };
    if trigger.get().len() > MAX_FLOW {
        oddities.skipped(|| format!("a flow of more than {} MiB", MAX_FLOW / 1024 / 1024));
        return walked;
    }
    let mut left = vec![trigger];
    let mut place = 0_u32;
    while let Some(raw) = left.pop() {
        if place as usize >= MOST_STEPS {
            oddities.skipped(|| format!("more than {MOST_STEPS} steps in one flow"));
            break;
        }
        let action: Action<'_> = match serde_json::from_str(raw.get()) {
            Ok(action) => action,
            Err(error) => {
                oddities.skipped(|| format!("a step: {}", complaint(&error)));
                continue;
            }
        };
        let settings = action.settings.and_then(|it| serde_json::from_str::<Value>(it.get()).ok()).unwrap_or_default();
        if place == 0 {
            walked.schedule = schedule_of(&action.kind, &settings);
        }
        step(&action, &settings, place, version, &mut walked, oddities);
        place += 1;
        // The last one put there is walked first: what lies within a step comes before what follows it.
        left.extend(action.next_action);
        left.extend(action.children.unwrap_or_default().into_iter().rev().flatten());
        left.extend(
            [action.on_failure_action, action.on_success_action, action.first_loop_action].into_iter().flatten(),
        );
    }
    walked
}

fn step(
    action: &Action<'_>,
    settings: &Value,
    place: u32,
    version: StepVersion,
    walked: &mut Walked,
    oddities: &mut Oddities,
) {
    let piece = text_in(settings, "pieceName").unwrap_or_default();
    let short = short_name(piece);
    if !piece.is_empty() {
        oddities.look_at_module(short, &OWN_PIECES);
    }
    let verb = text_in(settings, "actionName").or_else(|| text_in(settings, "triggerName")).unwrap_or_default();
    if short == "subflows" {
        let places = ["/input/flow/externalId", "/input/flowId", "/input/flow"];
        walked.calls.extend(places.into_iter().find_map(|it| named(settings.pointer(it)?.as_str())));
    }
    let goes_on = settings.pointer("/errorHandlingOptions/continueOnFailure/value").and_then(Value::as_bool);
    for id in references(action.settings.map(RawValue::get).unwrap_or_default()) {
        walked.steps.push(FoundStep {
            external_id: bounded(&action.name),
            name: named(action.display_name.as_deref()).unwrap_or_else(|| bounded(&action.name)),
            kind: bounded(if piece.is_empty() { &action.kind } else { piece }),
            place,
            uses: FoundUse::External(id),
            version,
            is_enabled: action.skip != Some(true),
            access: if action.kind.ends_with("TRIGGER") { Access::Reads } else { access_of(verb) },
            goes_on_after_error: goes_on == Some(true),
            scopes: vec![],
        });
    }
}

/// `google-sheets` of `@activepieces/piece-google-sheets`.
pub(super) fn short_name(piece: &str) -> &str {
    let last = piece.rsplit('/').next().unwrap_or(piece);
    last.strip_prefix("piece-").unwrap_or(last)
}

/// Ids in `{{connections['x']}}` and `{{connections.x}}`, wherever they stand in a step's settings.
fn references(settings: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for (at, word) in settings.match_indices("connections") {
        let before = settings.get(..at).unwrap_or_default().trim_end();
        let after = settings.get(at + word.len()..).unwrap_or_default();
        if !before.ends_with("{{") {
            continue;
        }
        let id = if let Some(rest) = after.strip_prefix("['") {
            rest.split('\'').next()
        } else if let Some(rest) = after.strip_prefix("[\\\"") {
            rest.split("\\\"").next()
        } else if let Some(rest) = after.strip_prefix('.') {
            rest.split(|it: char| !it.is_ascii_alphanumeric() && it != '_' && it != '-').next()
        } else {
            None
        };
        if let Some(id) = id.filter(|it| !it.is_empty()).map(bounded)
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

fn schedule_of(kind: &str, settings: &Value) -> Schedule {
    match kind {
        "EMPTY" => return Schedule::OnDemand,
        "WEBHOOK" => return Schedule::OnEvent,
        _ => {}
    }
    match short_name(text_in(settings, "pieceName").unwrap_or_default()) {
        "schedule" => own_schedule(settings).unwrap_or(Schedule::Unknown),
        "manual-trigger" => Schedule::OnDemand,
        "" => Schedule::Unknown,
        _ => Schedule::OnEvent,
    }
}

fn own_schedule(settings: &Value) -> Option<Schedule> {
    let input = settings.get("input")?;
    let number = |name: &str| {
        let value = input.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse::<u64>().ok())
    };
    let days = if input.get("run_on_weekends").and_then(Value::as_bool) == Some(false) { "1-5" } else { "*" };
    let hour = || number("hour_of_the_day").filter(|it| *it < 24);
    let expression = match text_in(settings, "triggerName")? {
        "every_x_minutes" => {
            let seconds = u32::try_from(number("minutes")?.checked_mul(60)?).ok().filter(|it| *it > 0)?;
            return Some(Schedule::Every { seconds });
        }
        "every_hour" => format!("0 * * * {days}"),
        "every_day" => format!("0 {} * * {days}", hour()?),
        "every_week" => format!("0 {} * * {}", hour()?, number("day_of_the_week").filter(|it| *it < 8)?),
        "every_month" => format!("0 {} {} * *", hour()?, number("day_of_the_month").filter(|it| (1..32).contains(it))?),
        "cron_expression" => named(text_in(input, "cronExpression"))?,
        _ => return None,
    };
    Some(Schedule::Cron { expression, time_zone: named(text_in(input, "timezone")) })
}

/// Connections that only steps tell of, with the piece that uses them.
pub(super) fn connections_of(steps: &[FoundStep], into: &mut BTreeMap<String, FoundConnection>) {
    for step in steps {
        let FoundUse::External(id) = &step.uses else { continue };
        into.entry(id.clone()).or_insert_with(|| FoundConnection {
            external_id: id.clone(),
            name: id.clone(),
            kind: step.kind.clone(),
            provider: provider_of(&step.kind),
            account: None,
            owner: None,
            state: PlatformConnectionState::Unknown,
            page: None,
        });
    }
}
