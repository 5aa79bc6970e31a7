//! Figures in words: never a number without what it counts, and since when [C9].

use domain::lifecycle::health::{Figures, Spread};
use jiff::Timestamp;

use super::times::{Now, taken};

/// "in the 7 days since 13 Nov".
pub(crate) fn span(days: u16, since: Timestamp, now: &Now) -> String {
    let since = now.moment(since);
    if days == 1 { format!("in the day since {since}") } else { format!("in the {days} days since {since}") }
}

pub(crate) fn span_of(name: &str, days: u16, since: Timestamp, now: &Now) -> String {
    format!("of {name} {}", span(days, since, now))
}

/// How many refreshes, and how many of them worked.
pub(crate) fn headline(figures: &Figures, span: &str) -> String {
    let (worked, all) = (figures.refresh_succeeded_count, figures.refresh_count());
    let refreshes = counted_u64(all, "refresh", "refreshes");
    match (figures.refresh_success_rate(), all - worked) {
        (None, _) => format!("No refresh {span}."),
        (Some(_), 0) if all == 1 => format!("One refresh {span}, and it succeeded."),
        (Some(_), 0) => format!("{refreshes} {span}, and all succeeded."),
        (Some(_), _) if worked == 0 => format!("{refreshes} {span}, and none succeeded."),
        (Some(rate), _) => format!("{refreshes} {span}: {worked} succeeded ({}).", percent(rate)),
    }
}

pub(crate) fn ended(figures: &Figures) -> Option<String> {
    let count = figures.invalid_grant_count;
    (count > 0).then(|| format!("{} found the grant to be over", counted_u64(count, "refresh", "refreshes")))
}

pub(crate) fn wordless(figures: &Figures) -> Option<String> {
    let count = figures.wordless_count;
    (count > 0).then(|| {
        format!("{} refused without a word; no grant ended by that", counted_u64(count, "refresh", "refreshes"))
    })
}

pub(crate) fn cut_off(figures: &Figures) -> Option<String> {
    let count = figures.cut_off_count;
    (count > 0).then(|| {
        format!(
            "{} ended before the answer was stored; the next one found out",
            counted_u64(count, "more refresh", "more refreshes")
        )
    })
}

pub(crate) fn reconnects(figures: &Figures) -> Option<String> {
    let (needed, done) = (figures.reauth_prompted_count, figures.reauth_completed_count);
    let passed = match figures.reauth_passed_count {
        0 => String::new(),
        count => format!(", {count} over without one"),
    };
    (needed > 0).then(|| {
        format!("a person was needed {} (reauth_required set); {done} of {needed} done{passed}", times(needed))
    })
}

pub(crate) fn calls(figures: &Figures) -> Option<String> {
    let share = |count: u64, rate: Option<f64>| match rate {
        Some(rate) if count > 0 => format!("{count} ({})", percent(rate)),
        Some(_) | None => "none".to_owned(),
    };
    (figures.call_count > 0).then(|| {
        format!(
            "{} made; refused with 401: {}, with 403: {}",
            figures.call_count,
            share(figures.status_401_count, figures.status_401_rate()),
            share(figures.status_403_count, figures.status_403_rate()),
        )
    })
}

pub(crate) fn deliveries(figures: &Figures) -> Option<String> {
    (figures.delivered_count > 0).then(|| format!("{}, by programs", times(figures.delivered_count)))
}

/// "median 212 ms, 99 % within 1.4 s (118 refreshes)".
pub(crate) fn spread(spread: Spread) -> String {
    if spread.count == 1 {
        return format!("{} (one refresh)", taken(spread.median));
    }
    let within = spread.p99.map(|p99| format!(", 99 % within {}", taken(p99))).unwrap_or_default();
    format!("median {}{within} ({} refreshes)", taken(spread.median), spread.count)
}

/// The same of the time between being due and being done.
pub(crate) fn lateness(lateness: Spread) -> String {
    format!("{}, after the due time", spread(lateness))
}

/// What "at risk" means, where it stands.
pub(crate) fn note(figures: &Figures) -> Option<&'static str> {
    figures.at_risk.is_some().then_some("At risk: how long a new token existed and was not in the keychain yet.")
}

/// "115 of 118"; a dash of nothing.
pub(crate) fn part(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{part} of {whole}") }
}

/// Cut, never rounded up: 99.96 % is not all of it.
fn percent(rate: f64) -> String {
    let tenths = (rate * 1000.0).floor();
    if tenths < 1.0 { "under 0.1 %".to_owned() } else { format!("{} %", tenths / 10.0) }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn counted_u64(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C9: of few values nothing is said of the 99th.
    #[test]
    fn a_spread_of_few_refreshes_names_no_percentile() {
        let said = |count, p99: Option<u64>| {
            let ms = std::time::Duration::from_millis;
            spread(Spread { count, median: ms(212), p99: p99.map(ms) })
        };

        assert_eq!(said(1, None), "212 ms (one refresh)");
        assert_eq!(said(5, None), "median 212 ms (5 refreshes)");
        assert_eq!(said(118, Some(1_400)), "median 212 ms, 99 % within 1.4 s (118 refreshes)");
    }

    /// C9
    #[test]
    fn a_rate_says_of_how_many_and_is_never_rounded_up() {
        let figures = |succeeded, failed| Figures {
            refresh_succeeded_count: succeeded,
            refresh_failed_count: failed,
            ..Figures::default()
        };
        let said = |succeeded, failed| headline(&figures(succeeded, failed), "today");

        assert_eq!(said(0, 0), "No refresh today.", "nought of nought is no rate");
        assert_eq!(said(1, 0), "One refresh today, and it succeeded.");
        assert_eq!(said(115, 3), "118 refreshes today: 115 succeeded (97.4 %).");
        assert_eq!(said(9_999, 1), "10000 refreshes today: 9999 succeeded (99.9 %).");
        assert_eq!(said(0, 2), "2 refreshes today, and none succeeded.");
        assert_eq!(percent(0.000_4), "under 0.1 %");
    }
}
