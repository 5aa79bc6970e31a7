//! The record of one pass: who, what, when, how long and with what outcome, as a page and as a table [E3].

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{ReconnectQueue, Turn, TurnFailure, TurnState};
use crate::diagnosis::CauseLabel;
use crate::display_text::{as_csv_field, as_markdown, length};

/// Names in a record are cut here.
const LONGEST_NAME: usize = 120;

/// One page of Markdown, with times as the person reads them.
pub fn record_markdown(queue: &ReconnectQueue, zone: &TimeZone, now: Timestamp) -> String {
    let at = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string();
    let sum = queue.sum();
    let mut page = String::from("# Reconnect queue\n\n");
    let state = match queue.ended_at {
        Some(_) if sum.left == 0 && sum.mended == sum.total() => "Every connection was brought back.".to_owned(),
        Some(_) => format!("{} of {} were brought back.", sum.mended, sum.total()),
        None => format!("Under way: {} of {} are back.", sum.mended, sum.total()),
    };
    page.push_str(&format!("{state}\n\n| | |\n| --- | --- |\n"));
    let mut fact = |name: &str, value: String| page.push_str(&format!("| {name} | {value} |\n"));
    fact("Pass", queue.id.to_string());
    fact("Begun", at(queue.began_at));
    fact("Ended", queue.ended_at.map_or_else(|| "not yet".to_owned(), at));
    fact("Lasted", length(queue.ended_at.unwrap_or(now).duration_since(queue.began_at)));
    fact("Brought back", sum.mended.to_string());
    for (name, count) in [
        ("Skipped", sum.skipped),
        ("Handed to somebody else", sum.handed_over),
        ("Came to nothing", sum.failed),
        ("Disconnected or removed meanwhile", sum.gone),
        ("Not reached", sum.left),
    ] {
        if count > 0 {
            fact(name, count.to_string());
        }
    }
    page.push_str(
        "\n## Connections\n\n| | Connection | Account | Customer | Why | Workflows | Outcome | At | Took |\n",
    );
    page.push_str("| ---: | --- | --- | --- | --- | ---: | --- | --- | ---: |\n");
    let time = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
    let named = |text: Option<&str>| text.map_or_else(|| "–".to_owned(), |it| as_markdown(it, LONGEST_NAME));
    for (place, turn) in queue.turns.iter().enumerate() {
        let needing = &turn.needing;
        page.push_str(&format!(
            "| {} | {}, {} | {} | {} | {} | {} | {} | {} | {} |\n",
            place + 1,
            as_markdown(&needing.name, LONGEST_NAME),
            as_markdown(&needing.provider, LONGEST_NAME),
            named(needing.account.as_deref()),
            named(needing.customer.as_deref()),
            named(needing.cause.map(|it| it.words())),
            needing.workflow_count,
            outcome(turn),
            turn.settled_at.map_or_else(|| "–".to_owned(), time),
            took(turn).map_or_else(|| "–".to_owned(), length),
        ));
    }
    page.push_str(&format!("\nTimes are of {}. Written on {}.\n", at(queue.began_at), at(now)));
    page
}

/// One line for each connection (RFC 4180), times in RFC 3339.
pub fn record_csv(queue: &ReconnectQueue) -> String {
    let mut table = String::from(
        "pass,place,connection,name,provider,account,customer,cause,workflows,first_failing_run,outcome,why,signed_in_as,at,seconds\r\n",
    );
    for (place, turn) in queue.turns.iter().enumerate() {
        let needing = &turn.needing;
        let row = [
            queue.id.as_str(),
            &(place + 1).to_string(),
            needing.connection.as_str(),
            &needing.name,
            &needing.provider,
            needing.account.as_deref().unwrap_or_default(),
            needing.customer.as_deref().unwrap_or_default(),
            needing.cause.map_or("", |it| it.as_str()),
            &needing.workflow_count.to_string(),
            &needing.first_run_at.map_or_else(String::new, |at| at.to_string()),
            turn.state.as_str(),
            failure(turn).map_or("", TurnFailure::as_str),
            turn.other_account.as_deref().unwrap_or_default(),
            &turn.settled_at.map_or_else(String::new, |at| at.to_string()),
            &took(turn).map_or_else(String::new, |it| it.as_secs().to_string()),
        ];
        table.push_str(&row.map(as_csv_field).join(","));
        table.push_str("\r\n");
    }
    table
}

fn outcome(turn: &Turn) -> String {
    match &turn.state {
        TurnState::Waiting | TurnState::Open { .. } => "not reached".to_owned(),
        TurnState::Reconnected { .. } => "brought back".to_owned(),
        TurnState::CameBack => "came back by itself".to_owned(),
        TurnState::Skipped => "skipped".to_owned(),
        TurnState::HandedOver => "handed to somebody else".to_owned(),
        TurnState::Failed { why } => match why {
            TurnFailure::Cause(CauseLabel::WrongTenantOrAccount) => {
                let who = turn.other_account.as_deref().map_or_else(
                    || "another account".to_owned(),
                    |it| format!("{}, another account,", as_markdown(it, LONGEST_NAME)),
                );
                format!("came to nothing: {who} signed in, and was refused")
            }
            TurnFailure::Cause(cause) => format!("came to nothing: {}", cause.words()),
            TurnFailure::Cancelled => "cancelled".to_owned(),
            TurnFailure::NobodySignedIn => "nobody signed in".to_owned(),
            TurnFailure::NotBegun => "could not be begun".to_owned(),
        },
        TurnState::Gone => "disconnected or removed".to_owned(),
    }
}

fn failure(turn: &Turn) -> Option<TurnFailure> {
    if let TurnState::Failed { why } = turn.state { Some(why) } else { None }
}

fn took(turn: &Turn) -> Option<SignedDuration> {
    if let TurnState::Reconnected { took } = turn.state { SignedDuration::try_from(took).ok() } else { None }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::reconnect_queue::Needing;
    use crate::test_values::at_minute;
    use crate::{ConnectionId, PassId};

    pub(in crate::reconnect_queue) fn needing(number: u64) -> Needing {
        Needing {
            connection: ConnectionId::from_random(number),
            name: format!("Connection {number}"),
            provider: "Google".into(),
            account: Some(format!("staff-{number}@brightwater.example")),
            customer: Some("Brightwater".into()),
            cause: Some(CauseLabel::GrantRevoked),
            workflow_count: 2,
            customers: vec!["Brightwater".into()],
            first_run_at: Some(at_minute(90)),
            is_asked_for: false,
        }
    }

    fn ended() -> ReconnectQueue {
        let mut all: Vec<Needing> = (0..5).map(needing).collect();
        all[1].name = "=cmd|'/c calc'!A1".into();
        all[2].name = "A | [b](http://x)\u{202e}".into();
        let mut queue = ReconnectQueue::begin(PassId::from_random(1), all, at_minute(0));
        let id = ConnectionId::from_random;
        queue.settle(&id(0), TurnState::Reconnected { took: Duration::from_secs(41) }, at_minute(1));
        queue.settle(&id(1), TurnState::Skipped, at_minute(2));
        queue.settle(&id(2), TurnState::HandedOver, at_minute(3));
        queue.refused_account(&id(3), Some("staff-9@brightwater.example"), at_minute(4));
        queue.stop(at_minute(5));
        queue
    }

    /// E3: the page says what became of each, and of how many.
    #[test]
    fn a_page_tells_what_became_of_each() {
        let page = record_markdown(&ended(), &TimeZone::UTC, at_minute(6));

        for part in [
            "1 of 5 were brought back.",
            "| Lasted | 5 min |",
            "| Not reached | 1 |",
            "| 1 | Connection 0, Google | staff-0@brightwater.example | Brightwater |",
            "| brought back | 01:01:00 | 41 s |",
            "| handed to somebody else |",
            "came to nothing: staff-9@brightwater.example, another account, signed in, and was refused",
            "| grant revoked |",
            "| 5 | Connection 4, Google |",
        ] {
            assert!(page.contains(part), "{part} is missing in:\n{page}");
        }
        assert!(page.contains("A \\| \\[b\\]\\(http://x\\), Google"), "a name makes no markup: {page}");
    }

    /// E3, S108: a table that is opened in a spreadsheet runs nothing.
    #[test]
    fn a_table_has_a_line_for_each_and_runs_nothing() {
        let table = record_csv(&ended());

        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 6, "the head and five connections");
        assert!(lines[1].ends_with(",reconnected,,,2025-11-20T01:01:00Z,41"), "{}", lines[1]);
        assert!(lines[2].contains(",'=cmd|'/c calc'!A1,"), "no formula: {}", lines[2]);
        assert!(lines[4].contains(",failed,wrong_tenant_or_account,staff-9@brightwater.example,"), "{}", lines[4]);
    }
}
