//! When a scenario runs, as Make's scheduling says it [D1, D3].

use domain::blast_radius::Schedule;
use jiff::Timestamp;
use serde_json::Value;

/// `next` is when Make itself says that it runs next: its times of day are meant in the organisation's time zone, which
/// only that tells.
pub(super) fn schedule_of(scheduling: Option<&Value>, next: Option<Timestamp>) -> Schedule {
    let Some(scheduling) = scheduling else { return next.map_or(Schedule::Unknown, |at| Schedule::NextAt { at }) };
    let by_next = || next.map_or(Schedule::Unknown, |at| Schedule::NextAt { at });
    match scheduling.get("type").and_then(Value::as_str) {
        Some("immediately") => Schedule::OnEvent,
        Some("on-demand") => Schedule::OnDemand,
        Some("indefinitely") => {
            let seconds = scheduling.get("interval").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
            seconds.filter(|it| *it > 0).map_or_else(by_next, |seconds| Schedule::Every { seconds })
        }
        Some(kind @ ("daily" | "weekly" | "monthly" | "yearly")) => {
            cron(kind, scheduling, next).unwrap_or_else(by_next)
        }
        Some(_) | None => by_next(),
    }
}

fn cron(kind: &str, scheduling: &Value, next: Option<Timestamp>) -> Option<Schedule> {
    let (hour, minute) = scheduling.get("time")?.as_str()?.split_once(':')?;
    let hour: u8 = hour.trim().parse().ok().filter(|it| *it < 24)?;
    let minute: u8 = minute.get(..2)?.parse().ok().filter(|it| *it < 60)?;
    let days = || numbers(scheduling, "days", 0, 31);
    let (days, months, weekdays) = match kind {
        "daily" => (None, None, None),
        "weekly" => (None, None, Some(numbers(scheduling, "days", 0, 7)?)),
        "monthly" => (Some(days()?), None, None),
        _ => (Some(days()?), Some(numbers(scheduling, "months", 1, 12)?), None),
    };
    let [days, months, weekdays] = [days, months, weekdays].map(|it| it.unwrap_or_else(|| "*".to_owned()));
    let expression = format!("{minute} {hour} {days} {months} {weekdays}");
    let time_zone = next.and_then(|at| zone_of(hour, minute, at));
    Some(Schedule::Cron { expression, time_zone })
}

fn numbers(scheduling: &Value, field: &str, least: u64, most: u64) -> Option<String> {
    let numbers: Vec<_> = scheduling.get(field)?.as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?;
    let is_fine = !numbers.is_empty() && numbers.iter().all(|it| (least..=most).contains(it));
    is_fine.then(|| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(","))
}

/// The zone in which the next run has this time of day, by its distance from UTC.
fn zone_of(hour: u8, minute: u8, next: Timestamp) -> Option<String> {
    let in_utc = next.as_second().rem_euclid(86_400) / 60;
    let ahead = (i64::from(hour) * 60 + i64::from(minute) - in_utc + 720).rem_euclid(1_440) - 720;
    // In tz's own names the sign is turned round.
    match (ahead % 60, ahead / 60) {
        (0, 0) => Some("Etc/UTC".to_owned()),
        (0, hours) => Some(format!("Etc/GMT{}{}", if hours > 0 { '-' } else { '+' }, hours.abs())),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(scheduling: Value, next: Option<&str>) -> Schedule {
        schedule_of(Some(&scheduling), next.map(|it| it.parse().unwrap()))
    }

    fn cron_of(expression: &str, zone: Option<&str>) -> Schedule {
        Schedule::Cron { expression: expression.into(), time_zone: zone.map(str::to_owned) }
    }

    /// D3
    #[test]
    fn every_kind_of_scheduling_is_read() {
        assert_eq!(told(json!({"type": "immediately"}), None), Schedule::OnEvent);
        assert_eq!(told(json!({"type": "on-demand"}), None), Schedule::OnDemand);
        assert_eq!(told(json!({"type": "indefinitely", "interval": 900}), None), Schedule::Every { seconds: 900 });
        assert_eq!(told(json!({"type": "daily", "time": "09:30"}), None), cron_of("30 9 * * *", None));
        let weekly = json!({"type": "weekly", "days": [1, 5], "time": "07:00"});
        assert_eq!(told(weekly, Some("2026-11-20T06:00:00Z")), cron_of("0 7 * * 1,5", Some("Etc/GMT-1")));
        let monthly = json!({"type": "monthly", "days": [1], "time": "00:00"});
        assert_eq!(told(monthly, Some("2026-12-01T05:00:00Z")), cron_of("0 0 1 * *", Some("Etc/GMT+5")));
        let yearly = json!({"type": "yearly", "days": [2], "months": [3], "time": "12:00"});
        assert_eq!(told(yearly, None), cron_of("0 12 2 3 *", None));
    }

    /// D3: where only the next run can be trusted, that is what is kept.
    #[test]
    fn what_cannot_be_read_leaves_the_next_run() {
        let at = "2026-11-21T07:00:00Z".parse().unwrap();
        for scheduling in [
            json!({"type": "once", "date": "x"}),
            json!({"type": "indefinitely", "interval": 0}),
            json!({"type": "daily", "time": "25:00"}),
            json!({"type": "weekly", "days": [9], "time": "07:00"}),
            json!({"type": "lunar"}),
        ] {
            assert_eq!(told(scheduling.clone(), Some("2026-11-21T07:00:00Z")), Schedule::NextAt { at }, "{scheduling}");
            assert_eq!(told(scheduling, None), Schedule::Unknown);
        }
    }
}
