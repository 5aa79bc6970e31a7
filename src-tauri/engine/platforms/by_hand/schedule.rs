//! A schedule as a person writes it: "every 15 minutes", "daily 09:00 Europe/Oslo", "cron 0 9 * * 1-5", "webhook" [D3].

use domain::blast_radius::Schedule;

use super::super::text::bounded;

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// `None` where it is no schedule that is understood.
pub(super) fn schedule_of(text: &str) -> Option<Schedule> {
    let text = text.trim();
    let small = text.to_lowercase();
    match small.as_str() {
        "" | "unknown" | "?" => return Some(Schedule::Unknown),
        "on demand" | "on-demand" | "manual" | "manually" | "by hand" | "none" => return Some(Schedule::OnDemand),
        "on event" | "on-event" | "event" | "webhook" | "trigger" | "instant" | "immediately" => {
            return Some(Schedule::OnEvent);
        }
        "hourly" => return Some(Schedule::Every { seconds: 3_600 }),
        "daily" => return Some(Schedule::Every { seconds: 86_400 }),
        "weekly" => return Some(Schedule::Every { seconds: 7 * 86_400 }),
        _ => {}
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    match first.to_lowercase().as_str() {
        "every" => every(rest),
        "cron" => cron(rest),
        "daily" => daily(rest, "*"),
        "weekdays" => daily(rest, "1-5"),
        "weekly" => {
            let (day, rest) = rest.split_first()?;
            daily(rest, &weekday(day)?.to_string())
        }
        _ if matches!(words.len(), 5..=7) && is_cron_field(first) => cron(&words),
        _ => text.parse().ok().map(|at| Schedule::NextAt { at }),
    }
}

fn every(words: &[&str]) -> Option<Schedule> {
    let (count, unit) = match words {
        [unit] => match unit.find(|it: char| !it.is_ascii_digit())? {
            0 => (1, (*unit).to_owned()),
            end => (unit.get(..end)?.parse().ok()?, unit.get(end..)?.to_owned()),
        },
        [count, unit] => (count.parse::<u32>().ok()?, (*unit).to_owned()),
        _ => return None,
    };
    let unit = match unit.to_lowercase().trim_end_matches('.') {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        _ => return None,
    };
    let seconds = count.checked_mul(unit).filter(|it| *it > 0)?;
    Some(Schedule::Every { seconds })
}

fn cron(words: &[&str]) -> Option<Schedule> {
    let (fields, time_zone) = match words.split_last()? {
        (last, fields) if last.contains('/') && last.starts_with(|it: char| it.is_ascii_alphabetic()) => {
            (fields, Some(bounded(last)))
        }
        (last, fields) if *last == "UTC" => (fields, Some("Etc/UTC".to_owned())),
        (_, _) => (words, None),
    };
    let is_fine = matches!(fields.len(), 5 | 6) && fields.iter().all(|it| is_cron_field(it));
    is_fine.then(|| Schedule::Cron { expression: bounded(&fields.join(" ")), time_zone })
}

fn is_cron_field(text: &str) -> bool {
    let is_field = |it: u8| it.is_ascii_alphanumeric() || b"*/,-#?".contains(&it);
    !text.is_empty()
        && text.bytes().all(is_field)
        && (text.starts_with('*') || text.contains(|it: char| it.is_ascii_digit()) || text.len() <= 7)
}

fn daily(words: &[&str], days: &str) -> Option<Schedule> {
    let (time, zone) = words.split_first()?;
    let (hour, minute) = time.split_once(':')?;
    let hour: u8 = hour.parse().ok().filter(|it| *it < 24)?;
    let minute: u8 = minute.parse().ok().filter(|it| *it < 60)?;
    let time_zone = match zone {
        [] => None,
        ["UTC"] => Some("Etc/UTC".to_owned()),
        [zone] => Some(bounded(zone)),
        _ => return None,
    };
    Some(Schedule::Cron { expression: format!("{minute} {hour} * * {days}"), time_zone })
}

fn weekday(name: &str) -> Option<usize> {
    let small = name.to_lowercase();
    DAYS.iter().position(|day| small.starts_with(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D3: as a person writes it.
    #[test]
    fn schedules_are_read_as_people_write_them() {
        let cron = |expression: &str, zone: Option<&str>| {
            Some(Schedule::Cron { expression: expression.into(), time_zone: zone.map(str::to_owned) })
        };
        let every = |seconds| Some(Schedule::Every { seconds });

        assert_eq!(schedule_of("every 15 minutes"), every(900));
        assert_eq!(schedule_of("Every 2h"), every(7_200));
        assert_eq!(schedule_of("every day"), every(86_400));
        assert_eq!(schedule_of("hourly"), every(3_600));
        assert_eq!(schedule_of("cron 0 9 * * 1-5 Europe/Oslo"), cron("0 9 * * 1-5", Some("Europe/Oslo")));
        assert_eq!(schedule_of("*/5 * * * *"), cron("*/5 * * * *", None));
        assert_eq!(schedule_of("daily 09:30 UTC"), cron("30 9 * * *", Some("Etc/UTC")));
        assert_eq!(schedule_of("weekly Friday 18:00"), cron("0 18 * * 5", None));
        assert_eq!(schedule_of("weekdays 7:05"), cron("5 7 * * 1-5", None));
        assert_eq!(schedule_of("Webhook"), Some(Schedule::OnEvent));
        assert_eq!(schedule_of("manual"), Some(Schedule::OnDemand));
        assert_eq!(schedule_of(" "), Some(Schedule::Unknown));
        let at = "2026-12-01T09:00:00Z".parse().unwrap();
        assert_eq!(schedule_of("2026-12-01T09:00:00Z"), Some(Schedule::NextAt { at }));
    }

    /// D2: what is not understood is said, and never guessed.
    #[test]
    fn nonsense_is_no_schedule() {
        for text in ["sometimes", "every 0 minutes", "every 99999999 weeks", "daily 25:00", "cron 1 2 3", "every"] {
            assert_eq!(schedule_of(text), None, "{text:?}");
        }
    }
}
