//! When n8n starts a workflow by itself: schedule triggers, polling triggers, webhooks [D1, D3].

use domain::blast_radius::Schedule;
use serde_json::Value;

use super::access::is_trigger;
use super::node::Node;

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// Triggers that ask again and again, every minute where nothing else is written (2.40.7).
const POLLING: [&str; 14] = [
    "airtableTrigger",
    "clockifyTrigger",
    "gmailTrigger",
    "googleBusinessProfileTrigger",
    "googleCalendarTrigger",
    "googleDriveTrigger",
    "googleSheetsTrigger",
    "microsoftOneDriveTrigger",
    "microsoftOutlookTrigger",
    "notionTrigger",
    "rssFeedReadTrigger",
    "salesforceTrigger",
    "seaTableTrigger",
    "togglTrigger",
];

/// The schedule that comes around soonest; `zone` is the workflow's own, where it has one.
pub(super) fn schedule_of(nodes: &[Node], zone: Option<&str>) -> Schedule {
    let triggers: Vec<&Node> = nodes.iter().filter(|it| it.is_enabled() && is_trigger(it.short_kind())).collect();
    let timed = triggers.iter().flat_map(|it| times_of(it, zone));
    if let Some((_, soonest)) = timed.min_by_key(|(seconds, _)| *seconds) {
        return soonest;
    }
    let is_timed = |it: &&Node| matches!(it.short_kind(), "scheduleTrigger" | "cron" | "interval");
    let waits_for_somebody =
        |it: &&Node| matches!(it.short_kind(), "manualTrigger" | "executeWorkflowTrigger" | "errorTrigger" | "start");
    if triggers.iter().any(|it| !is_timed(it) && !waits_for_somebody(it)) {
        Schedule::OnEvent
    } else if nodes.is_empty() || triggers.iter().any(is_timed) {
        // A time that could not be read is none that may be told.
        Schedule::Unknown
    } else {
        Schedule::OnDemand
    }
}

/// Each with about how many seconds lie between two runs.
fn times_of(node: &Node, zone: Option<&str>) -> Vec<(u32, Schedule)> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let written = |outer: &str, inner: &str| list(node.parameter(outer).and_then(|it| it.get(inner)));
    match node.short_kind() {
        "scheduleTrigger" => {
            let rules = written("rule", "interval");
            // With nothing written it runs daily at midnight.
            let rules = if rules.is_empty() { vec![Value::Null] } else { rules };
            rules.iter().filter_map(|rule| rule_of(rule, zone)).collect()
        }
        "cron" => written("triggerTimes", "item").iter().filter_map(|it| item_of(it, zone)).collect(),
        "interval" => {
            let unit = match node.plain("unit").unwrap_or("seconds") {
                "hours" => HOUR,
                "minutes" => MINUTE,
                _ => 1,
            };
            every(number(node.parameter("interval")).unwrap_or(1), unit).into_iter().collect()
        }
        kind if node.parameter("pollTimes").is_some() || POLLING.contains(&kind) => {
            let items = written("pollTimes", "item");
            if items.is_empty() {
                every(1, MINUTE).into_iter().collect()
            } else {
                items.iter().filter_map(|it| item_of(it, zone)).collect()
            }
        }
        _ => vec![],
    }
}

/// A rule of the schedule trigger; n8n leaves out what it would take anyway.
fn rule_of(rule: &Value, zone: Option<&str>) -> Option<(u32, Schedule)> {
    let of = |name: &str| number(rule.get(name));
    let (hour, minute) = (of("triggerAtHour").unwrap_or(0), of("triggerAtMinute").unwrap_or(0));
    let cron = |seconds, expression: String| Some((seconds, cron(expression, zone)));
    match rule.get("field").and_then(Value::as_str).unwrap_or("days") {
        "seconds" => every(of("secondsInterval").unwrap_or(30), 1),
        "minutes" => every(of("minutesInterval").unwrap_or(5), MINUTE),
        "hours" => {
            let hours = of("hoursInterval").unwrap_or(1).max(1);
            // Hours that do not divide a day are counted from the last run.
            match 24 % hours {
                0 => cron(hours * HOUR, format!("{minute} {} * * *", each(hours))),
                _ => every(hours, HOUR),
            }
        }
        "days" => match of("daysInterval").unwrap_or(1) {
            0 | 1 => cron(DAY, format!("{minute} {hour} * * *")),
            days => every(days, DAY),
        },
        "weeks" => match of("weeksInterval").unwrap_or(1) {
            0 | 1 => {
                let chosen = rule.get("triggerAtDay").and_then(Value::as_array);
                let days: Vec<String> =
                    chosen.into_iter().flatten().filter_map(|it| number(Some(it))).map(|it| it.to_string()).collect();
                let days = match (chosen, days.is_empty()) {
                    (None, _) => "0".to_owned(),
                    (Some(_), true) => "*".to_owned(),
                    (Some(_), false) => days.join(","),
                };
                cron(7 * DAY, format!("{minute} {hour} * * {days}"))
            }
            weeks => every(weeks, 7 * DAY),
        },
        "months" => {
            let (day, months) = (of("triggerAtDayOfMonth").unwrap_or(1), of("monthsInterval").unwrap_or(1).max(1));
            match 12 % months {
                0 => cron(months * 28 * DAY, format!("{minute} {hour} {day} {} *", each(months))),
                _ => every(months, 30 * DAY),
            }
        }
        "cronExpression" => written_cron(rule.get("expression")?.as_str()?, zone),
        _ => None,
    }
}

/// An entry of the old cron node, and of every trigger that polls.
fn item_of(item: &Value, zone: Option<&str>) -> Option<(u32, Schedule)> {
    let of = |name: &str| number(item.get(name));
    let (hour, minute) = (of("hour").unwrap_or(14), of("minute").unwrap_or(0));
    let cron = |seconds, expression: String| Some((seconds, cron(expression, zone)));
    match item.get("mode").and_then(Value::as_str).unwrap_or("everyDay") {
        "everyMinute" => every(1, MINUTE),
        "everyHour" => cron(HOUR, format!("{minute} * * * *")),
        "everyDay" => cron(DAY, format!("{minute} {hour} * * *")),
        "everyWeek" => cron(7 * DAY, format!("{minute} {hour} * * {}", of("weekday").unwrap_or(1))),
        "everyMonth" => cron(28 * DAY, format!("{minute} {hour} {} * *", of("dayOfMonth").unwrap_or(1))),
        "everyX" => {
            let unit = if item.get("unit").and_then(Value::as_str) == Some("minutes") { MINUTE } else { HOUR };
            every(of("value").unwrap_or(2), unit)
        }
        "custom" => written_cron(item.get("cronExpression")?.as_str()?, zone),
        _ => None,
    }
}

fn every(count: u32, unit: u32) -> Option<(u32, Schedule)> {
    let seconds = count.max(1).saturating_mul(unit);
    Some((seconds, Schedule::Every { seconds }))
}

fn cron(expression: String, zone: Option<&str>) -> Schedule {
    Schedule::Cron { expression, time_zone: zone.map(str::to_owned) }
}

/// Five or six fields of what such fields may hold; how often it comes around is told by its first field that is not
/// `*`-like only roughly.
fn written_cron(expression: &str, zone: Option<&str>) -> Option<(u32, Schedule)> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "*/,-?#L ".contains(it);
    if !(5..=6).contains(&fields.len()) || expression.len() > 100 || !expression.chars().all(is_plain) {
        return None;
    }
    let spans = if fields.len() == 6 {
        &[1, MINUTE, HOUR, DAY, 28 * DAY, 7 * DAY][..]
    } else {
        &[MINUTE, HOUR, DAY, 28 * DAY, 7 * DAY][..]
    };
    // The coarsest field that is bound says how long the next round is away.
    let bound = fields.iter().zip(spans.iter()).zip(spans.iter().skip(1).chain(std::iter::once(&(365 * DAY))));
    let span = bound.filter(|((field, _), _)| **field != "*" && **field != "?").map(|((field, own), next)| match field
        .strip_prefix("*/")
        .and_then(|it| it.parse::<u32>().ok())
    {
        Some(step) => own.saturating_mul(step.max(1)),
        None => *next,
    });
    let seconds = span.max().unwrap_or(MINUTE);
    Some((seconds, cron(fields.join(" "), zone)))
}

fn each(step: u32) -> String {
    if step == 1 { "*".to_owned() } else { format!("*/{step}") }
}

fn number(value: Option<&Value>) -> Option<u32> {
    match value? {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schedule(nodes: Value) -> Schedule {
        let nodes: Vec<Node> = serde_json::from_value(nodes).unwrap();
        schedule_of(&nodes, Some("Europe/Oslo"))
    }

    fn trigger(kind: &str, parameters: Value) -> Value {
        json!({"type": format!("n8n-nodes-base.{kind}"), "parameters": parameters})
    }

    fn interval(rule: Value) -> Schedule {
        schedule(json!([trigger("scheduleTrigger", json!({"rule": {"interval": [rule]}}))]))
    }

    fn at(expression: &str) -> Schedule {
        Schedule::Cron { expression: expression.to_owned(), time_zone: Some("Europe/Oslo".to_owned()) }
    }

    /// D3: as the editor of 2.40 writes them, without what it would take anyway.
    #[test]
    fn the_rules_of_a_schedule_trigger_become_a_schedule() {
        assert_eq!(interval(json!({})), at("0 0 * * *"), "nothing written is daily at midnight");
        assert_eq!(interval(json!({"field": "seconds", "secondsInterval": 3})), Schedule::Every { seconds: 3 });
        assert_eq!(interval(json!({"field": "minutes"})), Schedule::Every { seconds: 300 });
        assert_eq!(interval(json!({"field": "hours", "hoursInterval": 6})), at("0 */6 * * *"));
        assert_eq!(interval(json!({"field": "hours", "hoursInterval": 18})), Schedule::Every { seconds: 18 * HOUR });
        assert_eq!(interval(json!({"field": "weeks", "triggerAtDay": []})), at("0 0 * * *"));
        assert_eq!(interval(json!({"triggerAtHour": 9, "triggerAtMinute": 30})), at("30 9 * * *"));
        assert_eq!(interval(json!({"daysInterval": 3})), Schedule::Every { seconds: 3 * DAY });
        assert_eq!(interval(json!({"field": "weeks", "triggerAtDay": [1, 3], "triggerAtHour": 7})), at("0 7 * * 1,3"));
        assert_eq!(interval(json!({"field": "months", "monthsInterval": 2})), at("0 0 1 */2 *"));
        let written = json!({"field": "cronExpression", "expression": " 0 */15 * * * * "});
        assert_eq!(interval(written), at("0 */15 * * * *"));
    }

    /// D3: two rules, one answer: the one that comes around soonest.
    #[test]
    fn the_soonest_of_several_counts() {
        let rules = json!({"rule": {"interval": [{"field": "weeks"}, {"field": "hours"}, {"field": "days"}]}});
        assert_eq!(schedule(json!([trigger("scheduleTrigger", rules)])), at("0 * * * *"));
    }

    /// D3: triggers that ask again and again are on a schedule too.
    #[test]
    fn polling_and_the_old_nodes_are_read() {
        let poll = json!({"pollTimes": {"item": [{"mode": "everyMinute"}]}});
        assert_eq!(schedule(json!([trigger("gmailTrigger", poll)])), Schedule::Every { seconds: 60 });
        assert_eq!(schedule(json!([trigger("notionTrigger", json!({}))])), Schedule::Every { seconds: 60 });
        let old = json!({"triggerTimes": {"item": [{"mode": "everyX", "value": 4, "unit": "hours"}]}});
        assert_eq!(schedule(json!([trigger("cron", old)])), Schedule::Every { seconds: 4 * HOUR });
        let interval = json!({"interval": 10, "unit": "minutes"});
        assert_eq!(schedule(json!([trigger("interval", interval)])), Schedule::Every { seconds: 600 });
    }

    /// D1
    #[test]
    fn webhooks_and_events_may_come_at_any_moment() {
        assert_eq!(schedule(json!([trigger("webhook", json!({}))])), Schedule::OnEvent);
        assert_eq!(schedule(json!([trigger("githubTrigger", json!({}))])), Schedule::OnEvent);
        assert_eq!(schedule(json!([trigger("manualTrigger", json!({}))])), Schedule::OnDemand);
        assert_eq!(schedule(json!([trigger("set", json!({}))])), Schedule::OnDemand);
        assert_eq!(schedule(json!([])), Schedule::Unknown);
        let off = json!({"type": "n8n-nodes-base.webhook", "disabled": true});
        assert_eq!(schedule(json!([off, trigger("manualTrigger", json!({}))])), Schedule::OnDemand);
    }

    /// D3: what no cron is does not become one.
    #[test]
    fn nonsense_is_no_schedule() {
        for nonsense in ["=x", "* * *", "a'; DROP", "0 0 0 0 0 0 0", ""] {
            let rule = json!({"field": "cronExpression", "expression": nonsense});
            assert_eq!(interval(rule), Schedule::Unknown, "{nonsense:?}");
        }
        assert_eq!(interval(json!({"field": "hours", "hoursInterval": -4})), at("0 * * * *"));
        assert!(matches!(interval(json!({"field": "minutes", "minutesInterval": u32::MAX})), Schedule::Every { .. }));
    }
}
