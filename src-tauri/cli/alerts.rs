//! Channels that alerts go to: listed, added, tried, changed and removed; and what became of their messages [F4].

mod adding;

use domain::alert::{AlertChannel, ChannelRule, ChannelSettings, Wishes};
use domain::diagnosis::ActionLabel;
use engine::flows::alert_channels::ChannelState;
use engine::store::Delivery;
use engine::{Engine, Error};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{AlertsCommand, ChannelRuleArguments, QuietName, RuleArguments};
use crate::ending::unless_told;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::table::Table;
use crate::terminal::{BAD, FAINT, STRONG, Terminal, Text, WARN, WELL};
use crate::words::times::Now;
use crate::words::{alerts as words, named};

/// A channel, for programs; what is secret of it is in the keychain and nowhere else.
#[derive(Serialize)]
struct ChannelJson<'a> {
    channel: &'a str,
    name: &'a str,
    kind: &'static str,
    target: String,
    is_on: bool,
    security: Option<&'static str>,
    rule: RuleJson<'a>,
    waiting: usize,
    last: Option<DeliveryJson<'a>>,
    /// Once, where it was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    troubles: bool,
    ahead_days: Option<u64>,
    certificates: bool,
    causes: Vec<&'static str>,
    customers: Vec<&'a str>,
    production_only: bool,
    importance: Option<&'static str>,
    within_hours: Option<u64>,
}

/// A message, for programs.
#[derive(Serialize)]
struct DeliveryJson<'a> {
    message: &'a str,
    channel: &'a str,
    kind: &'static str,
    title: &'a str,
    state: &'static str,
    made_at: Timestamp,
    attempts: u32,
    next_try_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    given_up_at: Option<Timestamp>,
    failure: Option<&'a str>,
    failure_code: Option<&'a str>,
    failed_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct QuietJson {
    quiet: Option<String>,
}

#[derive(Serialize)]
struct RemovedJson<'a> {
    removed: &'a str,
}

pub(crate) async fn alerts(
    engine: &Engine,
    terminal: &Terminal,
    asked: Option<AlertsCommand>,
) -> Result<Exit, Failure> {
    match asked {
        None => list(engine, terminal),
        Some(AlertsCommand::Add(asked)) => adding::add(engine, terminal, asked).await,
        Some(AlertsCommand::Test(asked)) => test(engine, terminal, &asked.channel).await,
        Some(AlertsCommand::Rule(asked)) => rule(engine, terminal, &asked),
        Some(AlertsCommand::On(asked)) => switch(engine, terminal, &asked.channel, true),
        Some(AlertsCommand::Off(asked)) => switch(engine, terminal, &asked.channel, false),
        Some(AlertsCommand::Remove(asked)) => {
            let channel = engine.find_alert_channel(&asked.channel)?;
            engine.remove_alert_channel(&channel.id).await?;
            if terminal.is_json() {
                terminal.object(&RemovedJson { removed: channel.id.as_str() })?;
            } else {
                terminal.say([Text::from(format!("{} is removed, and its secret with it.", named(&channel.name)))])?;
            }
            Ok(Exit::Done)
        }
        Some(AlertsCommand::Log { channel, limit }) => log(engine, terminal, channel.as_deref(), limit.into()),
        Some(AlertsCommand::Quiet { hours }) => quiet(engine, terminal, hours),
    }
}

fn list(engine: &Engine, terminal: &Terminal) -> Result<Exit, Failure> {
    let all = engine.list_alert_channels()?;
    if terminal.is_json() {
        for it in &all {
            terminal.object(&json_of(it, None))?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(words::NO_CHANNELS)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["", "Channel", "Kind", "To", "Last message"]);
    for it in &all {
        let last = it.last.as_ref();
        let (mark, style) = match last {
            _ if !it.channel.is_on => ("–", FAINT),
            None => ("◇", FAINT),
            Some(last) if last.given_up_at.is_some() => ("▲", BAD),
            Some(last) if last.delivered_at.is_none() || it.waiting_count > 0 => ("…", WARN),
            Some(_) => ("✓", WELL),
        };
        table.row(vec![
            Text::styled(style, mark),
            Text::from(named(&it.channel.name)),
            Text::from(it.channel.settings.kind()),
            Text::from(named(&it.channel.settings.target())),
            Text::styled(style, words::last(it, &now)),
        ]);
        // What waits behind another says nothing of why; the first of them does.
        let first = it.next.as_ref();
        let untaken = first.or_else(|| last.filter(|last| last.delivered_at.is_none()));
        if let Some(failure) = untaken.and_then(|it| it.failure.as_ref()) {
            table.below(Text::styled(FAINT, format!("     {}", failure.words)));
        }
        if let Some(first) = first.filter(|first| last.is_none_or(|last| last.number != first.number)) {
            table.below(Text::styled(FAINT, format!("     First of those that wait: {}.", words::state(first, &now))));
        }
        table.below(Text::styled(FAINT, format!("     Tells {}", words::rule(&it.channel.rule))));
    }
    let head = Text::styled(STRONG, words::headline(&all));
    let mut lines: Vec<_> =
        std::iter::once(head).chain(table.names_within(terminal.columns(), &[1, 3]).lines()).collect();
    if !engine.is_kept_warm() {
        lines.push(Text::styled(WARN, words::NOBODY_SENDS));
    }
    terminal.say(lines)?;
    Ok(Exit::Done)
}

async fn test(engine: &Engine, terminal: &Terminal, channel: &str) -> Result<Exit, Failure> {
    let channel = engine.find_alert_channel(channel)?;
    let cancelled = "Cancelled; the test may have arrived.";
    let delivery = unless_told(cancelled, engine.test_alert_channel(&channel.id)).await??;
    let exit = match delivery.failure.as_ref().filter(|_| delivery.delivered_at.is_none()).map(|it| it.code.as_str()) {
        None => Exit::Done,
        Some("keychain_unavailable") => Exit::KeychainUnavailable,
        Some("try_later" | "unreachable" | "unreadable_answer" | "command_timed_out") => Exit::Temporary,
        Some(_) => Exit::Failed,
    };
    if terminal.is_json() {
        terminal.object(&delivery_json(&delivery))?;
        return Ok(exit);
    }
    match &delivery.failure {
        Some(failure) if delivery.delivered_at.is_none() => {
            let happened = format!("{} did not take the test.", named(&channel.name));
            let (meaning, advice) = (failure.words.clone(), words::advice(&failure.code).to_owned());
            let words = FailureWords { code: "not_delivered", happened, meaning, advice, detail: String::new() };
            Err(Failure::new(exit, ActionLabel::None, words))
        }
        Some(_) | None => {
            terminal.say([Text::styled(WELL, format!("{} took the test.", named(&channel.name)))])?;
            Ok(exit)
        }
    }
}

fn rule(engine: &Engine, terminal: &Terminal, asked: &ChannelRuleArguments) -> Result<Exit, Failure> {
    let channel = engine.find_alert_channel(&asked.of.channel)?;
    if asked.usual || asked.rule.is_said() {
        engine.set_alert_rule(&channel.id, &rule_of(&asked.rule))?;
    }
    let state = state_of_channel(engine, &channel)?;
    if terminal.is_json() {
        terminal.object(&json_of(&state, None))?;
    } else {
        let rule = words::rule(&state.channel.rule);
        terminal.say([Text::from(format!("{} tells {rule}", named(&channel.name)))])?;
    }
    Ok(Exit::Done)
}

fn state_of_channel(engine: &Engine, channel: &AlertChannel) -> Result<ChannelState, Error> {
    let found = engine.list_alert_channels()?.into_iter().find(|it| it.channel.id == channel.id);
    found.ok_or_else(|| Error::ChannelGone(channel.name.clone()))
}

fn switch(engine: &Engine, terminal: &Terminal, typed: &str, is_on: bool) -> Result<Exit, Failure> {
    let channel = engine.find_alert_channel(typed)?;
    engine.set_alert_channel_on(&channel.id, is_on)?;
    if terminal.is_json() {
        terminal.object(&json_of(&state_of_channel(engine, &channel)?, None))?;
    } else {
        let how = if is_on { "on: it tells of what comes from now on." } else { "off." };
        terminal.say([Text::from(format!("{} is {how}", named(&channel.name)))])?;
    }
    Ok(Exit::Done)
}

fn log(engine: &Engine, terminal: &Terminal, typed: Option<&str>, limit: usize) -> Result<Exit, Failure> {
    let channels = engine.list_alert_channels()?;
    let of = typed.map(|typed| engine.find_alert_channel(typed)).transpose()?;
    let all = engine.alert_deliveries(of.as_ref().map(|it| &it.id), None, limit)?;
    if terminal.is_json() {
        for it in &all {
            terminal.object(&delivery_json(it))?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        terminal.note([Text::from(words::NO_MESSAGES)]);
        return Ok(Exit::Done);
    }
    let now = Now::here();
    let mut table = Table::new(&["", "When", "Channel", "Message", "State"]);
    for it in &all {
        let name =
            channels.iter().find(|state| state.channel.id == it.channel).map(|state| state.channel.name.as_str());
        let (mark, style) = match state_of(it) {
            "delivered" => ("✓", WELL),
            "given_up" => ("▲", BAD),
            _ => ("…", WARN),
        };
        table.row(vec![
            Text::styled(style, mark),
            Text::from(now.exact(it.made_at)),
            Text::from(named(name.unwrap_or_default())),
            Text::from(named(&it.title)),
            Text::styled(style, words::state(it, &now)),
        ]);
        if let Some(failure) = it.failure.as_ref().filter(|_| it.delivered_at.is_none()) {
            table.below(Text::styled(FAINT, format!("     {}", failure.words)));
        }
    }
    terminal.say(table.names_within(terminal.columns(), &[2, 3]).lines())?;
    Ok(Exit::Done)
}

fn quiet(engine: &Engine, terminal: &Terminal, hours: Option<QuietName>) -> Result<Exit, Failure> {
    let mut wishes = engine.alert_wishes()?;
    if let Some(hours) = hours {
        let quiet = match hours {
            QuietName::Off => None,
            QuietName::Hours(hours) => Some(hours),
        };
        wishes = Wishes { quiet, ..wishes };
        engine.set_alert_wishes(wishes)?;
    }
    if terminal.is_json() {
        terminal.object(&QuietJson { quiet: wishes.quiet.map(|it| it.to_string()) })?;
    } else {
        let said = match wishes.quiet {
            Some(hours) => format!("Nothing is told during {hours}; what still holds is told after."),
            None => "There are no quiet hours.".to_owned(),
        };
        terminal.say([Text::from(said)])?;
    }
    Ok(Exit::Done)
}

fn rule_of(asked: &RuleArguments) -> ChannelRule {
    ChannelRule {
        is_about_troubles: !asked.no_troubles,
        ahead: asked.ahead(),
        is_about_certificates: asked.certificates,
        causes: asked.cause.clone(),
        customers: asked.customer.iter().map(|it| it.trim().to_owned()).collect(),
        is_production_only: asked.production_only,
        importance: asked.importance,
        first_run_within: asked.within(),
    }
}

fn json_of<'a>(state: &'a ChannelState, signing_secret: Option<&'a str>) -> ChannelJson<'a> {
    let (channel, rule) = (&state.channel, &state.channel.rule);
    let security = match &channel.settings {
        ChannelSettings::Mail(mail) => Some(mail.security.as_str()),
        ChannelSettings::Webhook { .. }
        | ChannelSettings::Slack { .. }
        | ChannelSettings::Teams { .. }
        | ChannelSettings::Command(_) => None,
    };
    ChannelJson {
        channel: channel.id.as_str(),
        name: &channel.name,
        kind: channel.settings.kind(),
        target: channel.settings.target(),
        is_on: channel.is_on,
        security,
        rule: RuleJson {
            troubles: rule.is_about_troubles,
            ahead_days: rule.ahead.map(|it| it.as_secs() / 86_400),
            certificates: rule.is_about_certificates,
            causes: rule.causes.iter().map(|it| it.as_str()).collect(),
            customers: rule.customers.iter().map(String::as_str).collect(),
            production_only: rule.is_production_only,
            importance: rule.importance.map(|it| it.as_str()),
            within_hours: rule.first_run_within.map(|it| it.as_secs() / 3_600),
        },
        waiting: state.waiting_count,
        last: state.last.as_ref().map(delivery_json),
        signing_secret,
    }
}

fn delivery_json(it: &Delivery) -> DeliveryJson<'_> {
    let failure = it.failure.as_ref();
    DeliveryJson {
        message: &it.message,
        channel: it.channel.as_str(),
        kind: it.kind.as_str(),
        title: &it.title,
        state: state_of(it),
        made_at: it.made_at,
        attempts: it.attempts,
        next_try_at: it.next_try_at,
        delivered_at: it.delivered_at,
        given_up_at: it.given_up_at,
        failure: failure.map(|it| it.words.as_str()),
        failure_code: failure.map(|it| it.code.as_str()),
        failed_at: failure.map(|it| it.at),
    }
}

fn state_of(it: &Delivery) -> &'static str {
    match (it.delivered_at, it.given_up_at) {
        (Some(_), _) => "delivered",
        (None, Some(_)) => "given_up",
        (None, None) => "waiting",
    }
}
