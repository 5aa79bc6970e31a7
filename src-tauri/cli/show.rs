//! One connection in full: the sentence, what to do, then the evidence, its clocks and its chain of tokens
//! [A5, B1, B11].

use domain::connection::status::Lamp;
use domain::connection::{Connection, FailureStreak, GrantState, TokenLink};
use domain::diagnosis::{ClueWeight, Confidence, Diagnosis};
use domain::lifecycle::refresh_mode::Upkeep;
use domain::lifecycle_event::EventKind;
use domain::provider::scope_map::shortfall;
use domain::token::Expiry;
use domain::token::durability::Durability;
use engine::Engine;
use engine::flows::connect::LeftSignIn;
use engine::flows::overview::{ConnectionDetail, ConnectionOverview};

use jiff::Timestamp;

use crate::connections::colour;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::DetailJson;
use crate::table::{Table, facts};
use crate::terminal::{FAINT, STRONG, Terminal, Text, WARN};
use crate::words::times::Now;
use crate::words::{events, keychain, lineage as words, refresh_token, scopes as scope_words, sign_in, status};

/// As many links as fit under a page; programs get them all.
const LINEAGE_ROWS: usize = 8;

pub(crate) async fn show(engine: &Engine, terminal: &Terminal, typed: &str) -> Result<Exit, Failure> {
    let connection = engine.find_connection(typed)?;
    let detail = engine.detail(&connection.id)?;
    if terminal.is_json() {
        terminal.object(&DetailJson::of(&detail, refresh_token::warning_of(engine, &detail.overview.connection)))?;
    } else {
        let keychain = keychain::trouble(engine).await;
        let left = engine.left_sign_ins(Some(&connection.id))?;
        let warning = refresh_token::warning_of(engine, &detail.overview.connection);
        terminal.say(page(&detail, &left, warning, keychain, &Now::here()))?;
    }
    Ok(Exit::Done)
}

/// The sentence, what to do, then the evidence.
fn page(
    detail: &ConnectionDetail,
    left: &[LeftSignIn],
    warning: Option<String>,
    keychain: Option<(&str, &str)>,
    now: &Now,
) -> Vec<Text> {
    let overview = &detail.overview;
    let connection = &overview.connection;
    let lamp = overview.status.lamp;
    let locked_out = keychain.filter(|_| connection.rests_on_keychain());
    let (sign, (sentence, advice)) = match locked_out {
        // Nothing works, and nothing is known to work, while its secrets cannot be read.
        Some((happened, advice)) => {
            (Text::from(status::lamp(Lamp::Unproved)), (happened.to_owned(), advice.to_owned()))
        }
        None => (Text::styled(colour(lamp), status::lamp(lamp)), status::sentence(overview, now)),
    };
    let mut lines = vec![
        sign.plain(" ").and(STRONG, &connection.name).plain("  ").and(FAINT, connection.id.as_str()),
        Text::from("  ").plain(sentence),
    ];
    if let Some(at) = lost_answer(detail) {
        lines.push(Text::from(format!(
            "  A refresh {} brought no usable answer: the newer token was probably lost with it. One reconnect mends it.",
            now.moment_in_sentence(at)
        )));
    }
    if !advice.is_empty() {
        lines.push(Text::from("  ").plain(advice));
    }
    lines.extend(warning.map(|it| Text::styled(WARN, "◔ ").plain(it)));
    lines.extend(left.iter().map(|it| Text::from("  ").plain(sign_in::left(it, now))));
    lines.push(Text::default());

    let identity = &connection.identity;
    let since = match locked_out {
        Some(_) => "not readable".to_owned(),
        None => format!("{}, since {}", lamp.as_str(), now.moment(overview.status.since)),
    };
    let missing: Vec<_> = connection.scopes.missing().map(String::as_str).collect();
    let kind = identity.account_kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
    lines.extend(facts(vec![
        ("Account", Some(Text::from(format!("{}{kind}", identity.account().unwrap_or("not visible"))))),
        ("Workspace", identity.workspace().map(Text::from)),
        ("Customer", connection.customer.as_ref().map(Text::from)),
        ("Provider", Some(named(&overview.provider.name, connection.provider.as_str()))),
        ("Client", Some(named(&detail.client.name, detail.client.id.as_str()))),
        ("Environment", Some(Text::from(connection.environment.as_str()))),
        ("Status", Some(Text::from(since))),
        ("How sure", failing(connection).and_then(how_sure).map(Text::from)),
        ("Could also be", failing(connection).and_then(could_also_be).map(Text::from)),
        ("Last proved", Some(Text::from(status::proof(overview, now)))),
        ("Token", Some(token_line(connection, now))),
        ("Defects", defects(connection).map(|it| Text::styled(WARN, it))),
        ("Grant", Some(Text::from(status::grant_clock(overview, now)))),
        (
            "Refresh",
            match locked_out {
                Some(_) => Some(Text::from("waits for the keychain")),
                None => renewal(overview, now).map(Text::from),
            },
        ),
        ("Scopes", Some(scopes(&connection.scopes.granted))),
        (
            "Undone",
            shortfall(&overview.provider.scopes, &connection.scopes).map(|it| Text::from(scope_words::shortfall(&it))),
        ),
        ("Not granted", (!missing.is_empty()).then(|| Text::styled(WARN, missing.join(" ")))),
        ("Dependants", Some(dependants(detail))),
    ]));
    lines.extend(lineage(&detail.lineage, now));
    lines
}

/// What it fails of, if it does.
fn failing(connection: &Connection) -> Option<&Diagnosis> {
    match &connection.grant {
        GrantState::Ended { diagnosis, .. } => Some(diagnosis),
        GrantState::Disconnected { .. } | GrantState::SecretMissing { .. } => None,
        GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => {
            let refused = connection.refresh_failures.as_ref().map(FailureStreak::telling);
            refused.or_else(|| connection.proof.as_ref().and_then(|proof| proof.failure.as_ref()))
        }
    }
}

/// "66 %: The answer carries the code …" `None` where nothing was classified.
fn how_sure(diagnosis: &Diagnosis) -> Option<String> {
    let decided = diagnosis.clues.iter().find(|it| it.weight == ClueWeight::Decides)?;
    let meaning = diagnosis.meaning.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    Some(format!("{} %: {}{meaning}", diagnosis.confidence.percent(), decided.sentence()))
}

fn could_also_be(diagnosis: &Diagnosis) -> Option<String> {
    let likely = diagnosis.alternatives.iter().filter(|it| it.confidence >= Confidence::from_percent(15));
    let named: Vec<_> = likely.take(3).map(|it| it.cause.words()).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// When the answer was lost that ended this grant, if that is what did.
fn lost_answer(detail: &ConnectionDetail) -> Option<Timestamp> {
    match &detail.overview.connection.grant {
        GrantState::Ended { .. } => {
            let mut failed =
                detail.events.iter().map(|(_, event)| event).filter(|it| it.kind == EventKind::RefreshFailed);
            failed.next().and_then(events::lost_answer)
        }
        GrantState::Alive { .. }
        | GrantState::OutcomeUnknown { .. }
        | GrantState::SecretMissing { .. }
        | GrantState::Disconnected { .. } => None,
    }
}

/// The chain of tokens, the newest first: why each was fetched and what became of it [A5].
fn lineage(links: &[TokenLink], now: &Now) -> Vec<Text> {
    let mut table = Table::new(&["  Lineage", "Fetched", "By", "Then", "Fingerprint"]);
    for link in links.iter().take(LINEAGE_ROWS) {
        table.row(vec![
            Text::from(format!("  {}", link.version)),
            Text::from(now.moment(link.issued_at)),
            Text::from(words::issued(link)),
            Text::from(words::outcome(link, now)),
            Text::styled(FAINT, link.access_fingerprint.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]);
    }
    if links.is_empty() {
        return vec![];
    }
    let older = links.len().saturating_sub(LINEAGE_ROWS);
    let rest = (older > 0).then(|| Text::styled(FAINT, format!("  {older} older: patchbay show --json")));
    [Text::default()].into_iter().chain(table.lines()).chain(rest).collect()
}

fn named(name: &str, id: &str) -> Text {
    if name == id { Text::from(name) } else { Text::from(name).plain("  ").and(FAINT, id) }
}

fn scopes(granted: &[String]) -> Text {
    if granted.is_empty() { Text::from("none named by the provider") } else { Text::from(granted.join(" ")) }
}

fn token_line(connection: &Connection, now: &Now) -> Text {
    let Some(token) = &connection.token else { return Text::from("none") };
    let until = match (&connection.grant, token.expiry) {
        (GrantState::Disconnected { .. }, _) => return Text::from("erased"),
        (GrantState::SecretMissing { .. }, _) => return Text::from("missing from the keychain"),
        (GrantState::Ended { .. }, _) => "ended with the grant".to_owned(),
        (_, Expiry::At(at)) if at <= now.at() => format!("expired {}", now.ago(at)),
        (_, Expiry::At(at)) => format!("until {}", now.until(at)),
        (_, Expiry::Unknown) => "end not known".to_owned(),
        (_, Expiry::Never) => "does not expire".to_owned(),
    };
    let fingerprint = token.access_fingerprint.as_ref().map(ToString::to_string).unwrap_or_default();
    Text::from(format!("{}, {until}", token.version)).plain("  ").and(FAINT, fingerprint)
}

/// What the provider's last token answer had that it should not, if anything.
fn defects(connection: &Connection) -> Option<String> {
    let defects = &connection.token.as_ref()?.defects;
    let named: Vec<_> = defects.iter().map(|it| status::defect(*it)).collect();
    (!named.is_empty()).then(|| format!("in the provider's last answer: {}", named.join("; ")))
}

/// What keeps it going, while it does.
fn renewal(overview: &ConnectionOverview, now: &Now) -> Option<String> {
    let connection = &overview.connection;
    if !matches!(connection.grant, GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. }) {
        return None;
    }
    if overview.durability == Durability::Durable && !connection.automatic_refresh {
        return Some(format!(
            "automatic refresh: off; a call that needs it renews it, or patchbay refresh {}",
            connection.id
        ));
    }
    if overview.upkeep == Upkeep::Offline && overview.durability == Durability::Durable {
        return Some("offline mode is on: nothing renews it before patchbay automatic on".to_owned());
    }
    let next = match overview.token_refresh_at() {
        // The moment would pass, and nobody would be there to keep it.
        Some(_) if matches!(overview.upkeep, Upkeep::Nobody | Upkeep::MeteredByNobody) => {
            " when it is next needed; ahead of its end while the app runs".to_owned()
        }
        Some(at) if at.as_second() / 60 > now.at().as_second() / 60 => format!(" {}", now.moment_in_sentence(at)),
        // Within this minute, or overdue: a clock time would read as one that is past.
        Some(_) => " in a moment".to_owned(),
        None if overview.durability == Durability::Durable => " when it is next needed".to_owned(),
        None => String::new(),
    };
    Some(format!("{}{next}", status::durability(overview.durability)))
}

fn dependants(detail: &ConnectionDetail) -> Text {
    let names: Vec<_> = detail.dependants.iter().map(|it| format!("{} ({})", it.workflow, it.place)).collect();
    if names.is_empty() {
        return Text::from("none known");
    }
    Text::from(names.join(", "))
}
