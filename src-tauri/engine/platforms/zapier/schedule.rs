//! When a Zap runs, where its trigger is Zapier's own schedule [D3].

use domain::blast_radius::Schedule;
use serde_json::Value;

/// `None` where another app triggers it. `every_hour` and `everyHour` are the same trigger of two versions.
pub(super) fn schedule_of(
    app: &str,
    action: &str,
    params: Option<&Value>,
    time_zone: Option<&str>,
) -> Option<Schedule> {
    if !matches!(app, "ScheduleCLIAPI" | "ScheduleAPI") {
        return None;
    }
    Some(cron_of(action, params, time_zone).unwrap_or(Schedule::Unknown))
}

fn cron_of(action: &str, params: Option<&Value>, time_zone: Option<&str>) -> Option<Schedule> {
    let field = |name: &str| params?.get(name)?.as_str().map(str::trim);
    // Unless it says so, a schedule runs on every day.
    let weekdays = match field("weekends") {
        Some("no" | "No" | "false") => "1-5".to_owned(),
        Some(_) | None => "*".to_owned(),
    };
    let plain: String = action.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let expression = match plain.as_str() {
        "everyhour" => format!("{} * * * {weekdays}", minute(field("moh").unwrap_or("00"))?),
        "everyday" => {
            let (hour, minute) = time_of_day(field("hod")?)?;
            format!("{minute} {hour} * * {weekdays}")
        }
        "everyweek" => {
            let (hour, minute) = time_of_day(field("hod")?)?;
            format!("{minute} {hour} * * {}", weekday(field("dow")?)?)
        }
        "everymonth" => {
            let (hour, minute) = time_of_day(field("hod")?)?;
            let day: u8 = field("dom")?.parse().ok().filter(|it| (1..=31).contains(it))?;
            format!("{minute} {hour} {day} * *")
        }
        _ => return None,
    };
    let time_zone = time_zone.map(str::trim).filter(|it| !it.is_empty()).map(super::super::text::bounded);
    Some(Schedule::Cron { expression, time_zone })
}

fn minute(text: &str) -> Option<u8> {
    text.parse().ok().filter(|it| *it < 60)
}

/// "9:00 AM", "09:00", "9am", "14".
fn time_of_day(text: &str) -> Option<(u8, u8)> {
    let small = text.to_ascii_lowercase();
    let (clock, half) = match (small.strip_suffix("am"), small.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        (None, None) => (small.as_str(), None),
    };
    let (hour, minutes) = clock.trim().split_once(':').unwrap_or((clock.trim(), "0"));
    let hour: u8 = hour.trim().parse().ok()?;
    let hour = match half {
        Some(half) => (1..=12).contains(&hour).then_some(hour % 12 + half)?,
        None => hour,
    };
    (hour < 24).then_some((hour, minute(minutes.trim())?))
}

fn weekday(text: &str) -> Option<u8> {
    const NAMES: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let small = text.to_ascii_lowercase();
    let by_name = (0..).zip(NAMES).find(|(_, name)| small.starts_with(name)).map(|(number, _)| number);
    by_name.or_else(|| small.parse().ok().filter(|it| *it < 7))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// D3
    #[test]
    fn the_own_schedule_is_read_and_another_apps_trigger_is_none() {
        let told =
            |action: &str, params: Value| schedule_of("ScheduleCLIAPI", action, Some(&params), Some("Europe/Oslo"));
        let cron = |expression: &str| {
            Some(Schedule::Cron { expression: expression.into(), time_zone: Some("Europe/Oslo".into()) })
        };

        assert_eq!(told("everyHour", json!({"moh": "05", "weekends": "yes"})), cron("5 * * * *"));
        assert_eq!(told("everyDay", json!({"hod": "9:00 AM", "weekends": "no"})), cron("0 9 * * 1-5"));
        assert_eq!(told("every_day", json!({"hod": "12:30 am"})), cron("30 0 * * *"));
        assert_eq!(told("everyWeek", json!({"hod": "2pm", "dow": "Friday"})), cron("0 14 * * 5"));
        assert_eq!(told("everyMonth", json!({"hod": "00:15", "dom": "31"})), cron("15 0 31 * *"));
        for params in [json!({}), json!({"hod": "25:00"}), json!({"hod": "13 pm"}), json!({"hod": 9})] {
            assert_eq!(told("everyDay", params.clone()), Some(Schedule::Unknown), "{params}");
        }
        assert_eq!(schedule_of("SlackCLIAPI", "everyDay", None, None), None);
    }
}
