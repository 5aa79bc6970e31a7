//! The status of a connection in words, said from the facts the engine derived [B1].

use std::time::Duration;

use domain::ConnectionId;
use domain::board::{Headline, NextEnd};
use domain::connection::status::{Lamp, StatusReason, Watching};
use domain::connection::{Connection, GrantState, ProofKind};
use domain::diagnosis::{ActionLabel, CauseLabel, Diagnosis};
use domain::lifecycle::refresh_mode::{RefreshMode, Upkeep};
use domain::lifecycle::retry::as_long_as_waited;
use domain::token::durability::{Confidence, Durability, ForecastReason, GrantEnd};
use domain::token::{Expiry, TokenDefect};
use engine::flows::overview::{Board, ConnectionOverview};

use super::errors::{UNOPENED_MEANS, put_aside, unopened_advice};
use super::refresh_token::way as refresh_token_way;
use super::times::{Now, length, life};
use super::{causes, counted, named, platform_needs};
use crate::held;

/// The shape that stands for a state where colour does not.
pub(crate) fn lamp(lamp: Lamp) -> &'static str {
    match lamp {
        Lamp::Active => "●",
        Lamp::Expiring => "◔",
        Lamp::ReauthRequired => "▲",
        Lamp::Unproved => "◇",
        Lamp::Disconnected => "–",
    }
}

/// The sentence on top of the list; below it, in lines of their own, what else needs a person.
pub(crate) fn headline(board: &Board, now: &Now) -> String {
    let besides = match board.headline {
        Headline::PlatformsNeedYou { .. } => None,
        Headline::Empty
        | Headline::Unreadable { .. }
        | Headline::Unsaved { .. }
        | Headline::AllWell { .. }
        | Headline::NeedsYou { .. }
        | Headline::SomeDown { .. } => platform_needs::besides(&board.platform_needs),
    };
    [Some(sentence_of_all(board, now)), besides].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn sentence_of_all(board: &Board, now: &Now) -> String {
    let name_of = |id: &ConnectionId| {
        board.connections.iter().find(|it| it.connection.id == *id).map(|it| named(&it.connection.name))
    };
    match &board.headline {
        Headline::Empty => "Nothing is connected yet.".to_owned(),
        Headline::Unreadable { count: 1 } => "One connection cannot be used: no token can be read.".to_owned(),
        Headline::Unreadable { count } => format!("{count} connections cannot be used: no token can be read."),
        Headline::Unsaved { count: 1, first } => {
            format!("A new token for {} is not saved yet; all else works.", name_of(first).unwrap_or_default())
        }
        Headline::Unsaved { count, first } => {
            let first = name_of(first).unwrap_or_default();
            format!("{count} new tokens are not saved yet, the first for {first}; all else works.")
        }
        Headline::PlatformsNeedYou { connection_count, unproved_count, next_end } => {
            let needs = platform_needs::alone(&board.platform_needs).unwrap_or_default();
            let own = match (*connection_count, *unproved_count) {
                (0, _) => String::new(),
                (1, 0) => "\nThe one connection of your own works.".to_owned(),
                (count, 0) => format!("\nAll {count} connections of your own work."),
                (1, _) => "\nThe one connection of your own is not proved yet.".to_owned(),
                (count, unproved) => format!("\nOf your own {count} connections {unproved} are not proved yet."),
            };
            let end = next_end.as_ref().and_then(|it| next_to_stop(it, name_of, now));
            format!("{needs}{own}{}", end.unwrap_or_default())
        }
        Headline::AllWell { connection_count, unproved_count, next_end } => {
            let all = match (*connection_count, *unproved_count) {
                (0, _) => "Nothing needs you; everything here is disconnected.".to_owned(),
                (1, 0) => "Nothing needs you; the one connection works.".to_owned(),
                (count, 0) => format!("Nothing needs you; all {count} connections work."),
                (1, _) => "Nothing needs you; the one connection is not proved yet.".to_owned(),
                (count, unproved) => format!("Nothing needs you; {unproved} of {count} connections not proved yet."),
            };
            let end = next_end.as_ref().and_then(|it| next_to_stop(it, name_of, now));
            format!("{all}{}", end.unwrap_or_default())
        }
        Headline::NeedsYou { count: 1, first, .. } => {
            let unopened = board.connections.iter().find(|it| it.connection.id == *first);
            match unopened.and_then(|it| it.unopened.as_ref()) {
                Some(seal) => format!("One connection needs you. {}", held::unopened_sentence(seal)),
                None => format!("One connection needs you: {}.", name_of(first).unwrap_or_default()),
            }
        }
        Headline::NeedsYou { count, first, .. } => {
            format!("{count} connections need you; mend {} first.", name_of(first).unwrap_or_default())
        }
        Headline::SomeDown { count, first, .. } => {
            let first = board.connections.iter().find(|it| it.connection.id == *first);
            let (name, why) = first.map(|it| (named(&it.connection.name), down(it, now))).unwrap_or_default();
            match count {
                1 => format!("One connection does not work just now: {name}{why}"),
                count => format!("{count} connections do not work just now; the first is {name}{why}"),
            }
        }
    }
}

fn next_to_stop(end: &NextEnd, name_of: impl Fn(&ConnectionId) -> Option<String>, now: &Now) -> Option<String> {
    Some(format!(" The next to stop by itself is {}, {}.", name_of(&end.connection)?, now.moment_in_sentence(end.at)))
}

/// Since when and why it does not work, and what follows: ", since 03:18 (provider down). Nothing for you to do …".
fn down(overview: &ConnectionOverview, now: &Now) -> String {
    let (reason, since) = (&overview.status.reason, overview.status.over_since.unwrap_or(overview.status.since));
    let refresh = || match overview.upkeep {
        Upkeep::Offline => GO_ON.to_owned(),
        Upkeep::Running | Upkeep::Metered | Upkeep::MeteredByNobody | Upkeep::Paused | Upkeep::Nobody => {
            format!("Refresh it: patchbay refresh {}", overview.connection.id)
        }
    };
    let (why, then) = match reason {
        StatusReason::RefreshFailing { last, retry_at, .. } => {
            (causes::short_of_refresh(last), tried_again(overview, *retry_at, now))
        }
        StatusReason::OutcomeUnknown { .. } => ("no usable answer", FINDS_OUT.to_owned()),
        StatusReason::HeldUnopened { .. } => {
            ("its sealed new token cannot be opened", unopened_advice(&overview.connection.id))
        }
        StatusReason::BundleHeld { .. } => ("its new token waits for the keychain", held::ADVICE.to_owned()),
        StatusReason::RefreshPaused { watching: Watching::NetworkDown { .. }, .. } => {
            ("no network", "Nothing for you to do but wait: it is refreshed when the network is back.".to_owned())
        }
        StatusReason::RefreshPaused { watching, .. } => (paused_why(*watching), refresh()),
        StatusReason::RefreshSwitchedOff(_) => ("automatic refresh is switched off", refresh()),
        StatusReason::KeptAlive
        | StatusReason::RefreshedOnNeed(_)
        | StatusReason::NeverExpires
        | StatusReason::NoEndKnown
        | StatusReason::HoldsUntil(_)
        | StatusReason::NoRefreshToken(_)
        | StatusReason::GrantEnds(_)
        | StatusReason::ClientSecretEnds(_)
        | StatusReason::GrantEnded(_)
        | StatusReason::TokenOver
        | StatusReason::SecretMissing
        | StatusReason::NeverProved
        | StatusReason::LastCallFailed(_)
        | StatusReason::DisconnectedByPerson => ("its token is over", refresh()),
    };
    format!(", since {} ({why}). {then}", now.moment(since))
}

/// How long the token holds that is in use.
fn in_hand(usable_until: Option<jiff::Timestamp>, overview: &ConnectionOverview, now: &Now) -> String {
    match (usable_until, overview.status.over_since) {
        (Some(until), _) => format!("the token in hand works until {}.", now.moment(until)),
        (None, Some(since)) => format!("its token is over since {}.", now.moment(since)),
        (None, None) => "the token in hand still works.".to_owned(),
    }
}

const FINDS_OUT: &str = "Nothing to do yet: the next refresh finds out whether the refresh token is spent.";

fn paused_why(watching: Watching) -> &'static str {
    match watching {
        Watching::NetworkDown { .. } => "no provider can be reached",
        Watching::Switched { mode: RefreshMode::Metered, .. } => "refreshing is metered",
        Watching::Switched { mode: RefreshMode::Offline, .. } => "offline mode is on",
        Watching::Switched { mode: RefreshMode::On | RefreshMode::Paused, .. } | Watching::Running => {
            "refreshing is paused"
        }
    }
}

const GO_ON: &str = "Go on: patchbay automatic on";

/// "Not before 22:31 (Google asks for 2 min)", where a provider that wants to be asked less often is to be waited for.
fn asked_to_wait(overview: &ConnectionOverview, now: &Now) -> Option<String> {
    let streak = overview.connection.refresh_failures.as_ref()?;
    if streak.last.cause != CauseLabel::RateLimited || streak.retry_at <= now.at() {
        return None;
    }
    let wait = Duration::from_secs(u64::try_from(streak.retry_at.as_second() - streak.since.as_second()).unwrap_or(0));
    // Of its own Patchbay waits a second or two after a first failure: what is longer was asked for, and a day is the
    // longest that it waits.
    let asked = (streak.count == 1 && wait > Duration::from_secs(2)).then(|| {
        let longer = wait + Duration::from_secs(2);
        let or_more = if as_long_as_waited(longer) < longer { " or more" } else { "" };
        format!(" ({} asks for {}{or_more})", overview.provider.name, length(wait))
    });
    Some(format!("Not before {}{}", now.moment(streak.retry_at), asked.unwrap_or_default()))
}

const TRY_NOW: &str = "Try now";

/// From when on a call asks the provider again: before that it is answered with the last failure.
fn call_tries(overview: &ConnectionOverview, now: &Now) -> Option<String> {
    let streak = overview.connection.refresh_failures.as_ref().filter(|it| it.last.is_tried_again())?;
    (streak.retry_at > now.at()).then(|| format!("{} {TRY_NOW}", first_call_after(streak.retry_at, now)))
}

fn first_call_after(at: jiff::Timestamp, now: &Now) -> String {
    format!("The next try is made by the first call after {}.", now.moment(at))
}

/// Why nobody tries again by itself, and what does; `None` where somebody does.
pub(crate) fn not_tried(overview: &ConnectionOverview, now: &Now) -> Option<String> {
    let id = &overview.connection.id;
    let then = asked_to_wait(overview, now).or_else(|| call_tries(overview, now)).unwrap_or_else(|| TRY_NOW.to_owned());
    let by_hand = |why: &str| Some(format!("{why} {then}: patchbay refresh {id}"));
    match overview.upkeep {
        Upkeep::Offline => Some(format!("Offline mode is on, so it is not tried again. {GO_ON}")),
        Upkeep::Paused => by_hand("Refreshing is paused, so it is not tried again by itself."),
        Upkeep::Metered => by_hand("Refreshing is metered, so it is not tried again before it has to be."),
        Upkeep::MeteredByNobody => {
            by_hand("Refreshing is metered and the app is not running, so it is not tried again by itself.")
        }
        Upkeep::Nobody => by_hand("The app is not running, so it is not tried again by itself."),
        Upkeep::Running if !overview.connection.automatic_refresh => {
            by_hand("Automatic refresh is off, so it is not tried again by itself.")
        }
        Upkeep::Running => None,
    }
}

/// The meaning of a refresh that failed, and who tries again: no promise that nobody keeps.
pub(crate) fn meaning_and_next(meaning: &str, overview: &ConnectionOverview, now: &Now) -> String {
    let streak = overview.connection.refresh_failures.as_ref();
    // Nobody does what time cannot cure.
    if streak.is_some_and(|it| !it.last.is_tried_again()) {
        return meaning.to_owned();
    }
    let retry_at = streak.map(|streak| streak.retry_at);
    let then = match (not_tried(overview, now), retry_at.filter(|at| *at > now.at())) {
        (Some(why), _) => why,
        (None, Some(at)) => format!("The running app tries again {}.", now.moment_in_sentence(at)),
        (None, None) => "The running app or the next call tries again.".to_owned(),
    };
    format!("{meaning} {then}")
}

/// Of a refresh token that was sent twice in vain.
const NOT_SENT_AGAIN: &str =
    "It is probably spent, and is not sent again by itself: a provider may take that for theft.";

/// Who tries again, and when: past a time that nobody kept, whoever comes next.
fn tried_again(overview: &ConnectionOverview, retry_at: Option<jiff::Timestamp>, now: &Now) -> String {
    match (retry_at, not_tried(overview, now)) {
        (None, _) if overview.connection.has_lost_answers() => {
            let id = &overview.connection.id;
            format!("{NOT_SENT_AGAIN} Try once more: patchbay refresh {id}. Or reconnect: patchbay reconnect {id}")
        }
        (None, _) => "It is not tried again by itself.".to_owned(),
        (Some(_), Some(why)) => why,
        (Some(at), None) if at > now.at() => {
            format!("Nothing for you to do but wait: Patchbay tries again {}.", now.moment_in_sentence(at))
        }
        (Some(_), None) => "Nothing for you to do but wait: the running app or the next call tries again.".to_owned(),
    }
}

/// Usable and renewable: how long, and who renews it as things stand.
fn kept_alive(overview: &ConnectionOverview, now: &Now) -> (String, String) {
    let until = match overview.connection.token.as_ref().map(|token| token.expiry) {
        Some(Expiry::At(at)) => format!("Works now, until {}", now.moment(at)),
        Some(Expiry::Unknown | Expiry::Never) | None => "Works now".to_owned(),
    };
    let by_call = format!("A call that needs it renews it, or patchbay refresh {}. {GO_ON}", overview.connection.id);
    match overview.upkeep {
        // Nobody knows when it ends, so nobody can come before that.
        Upkeep::Running | Upkeep::Nobody if overview.token_refresh_at().is_none() => {
            ("Works now; refreshed when it is next needed.".to_owned(), String::new())
        }
        Upkeep::Running => ("Works now, and stays so by itself.".to_owned(), String::new()),
        Upkeep::Nobody => (
            "Works now; the next call that needs it renews it.".to_owned(),
            "The app is not running; while it runs, it is refreshed ahead of time.".to_owned(),
        ),
        Upkeep::Metered => (format!("{until}; refreshing is metered."), by_call),
        Upkeep::MeteredByNobody => (format!("{until}; refreshing is metered, and the app is not running."), by_call),
        Upkeep::Paused => (format!("{until}; refreshing is paused."), by_call),
        Upkeep::Offline => (format!("{until}; offline mode is on, so nothing renews it."), GO_ON.to_owned()),
    }
}

/// Beside the status word: since when, how long still, or as of when.
pub(crate) fn detail(overview: &ConnectionOverview, now: &Now) -> String {
    let status = &overview.status;
    if status.is_down() {
        return format!("down {}", now.since(status.over_since.unwrap_or(status.since)));
    }
    if status.is_stale
        && let Some(proof) = &overview.connection.proof
    {
        return format!("as of {}", now.moment(proof.at));
    }
    match status.lamp {
        Lamp::ReauthRequired => now.since(status.since),
        Lamp::Expiring => {
            end_of(&status.reason).map_or_else(|| now.since(status.since), |at| format!("{} left", now.left(at)))
        }
        Lamp::Active if matches!(status.reason, StatusReason::RefreshedOnNeed(_)) => "refreshed on need".to_owned(),
        Lamp::Active | Lamp::Unproved | Lamp::Disconnected => String::new(),
    }
}

/// When a reason says the connection stops, if it does.
fn end_of(reason: &StatusReason) -> Option<jiff::Timestamp> {
    match reason {
        StatusReason::HoldsUntil(at)
        | StatusReason::RefreshSwitchedOff(at)
        | StatusReason::GrantEnds(at)
        | StatusReason::ClientSecretEnds(at) => Some(*at),
        StatusReason::NoRefreshToken(at)
        | StatusReason::RefreshFailing { usable_until: at, .. }
        | StatusReason::OutcomeUnknown { usable_until: at }
        | StatusReason::HeldUnopened { usable_until: at }
        | StatusReason::BundleHeld { usable_until: at } => *at,
        StatusReason::KeptAlive
        | StatusReason::RefreshedOnNeed(_)
        | StatusReason::NeverExpires
        | StatusReason::NoEndKnown
        | StatusReason::GrantEnded(_)
        | StatusReason::RefreshPaused { .. }
        | StatusReason::TokenOver
        | StatusReason::SecretMissing
        | StatusReason::NeverProved
        | StatusReason::LastCallFailed(_)
        | StatusReason::DisconnectedByPerson => None,
    }
}

/// The column "Grant".
pub(crate) fn grant_end(overview: &ConnectionOverview, now: &Now) -> String {
    match (&overview.status.reason, overview.grant_end) {
        (StatusReason::GrantEnded(diagnosis), _) => causes::short(diagnosis.cause).to_owned(),
        (StatusReason::DisconnectedByPerson, _) => "given up".to_owned(),
        (StatusReason::SecretMissing, _) => "secret missing".to_owned(),
        (_, GrantEnd::At(at)) if overview.forecast.may_move => format!("{}, may move", now.moment(at)),
        (_, GrantEnd::At(at)) => now.moment(at),
        (_, GrantEnd::AfterIdle(idle)) => format!("kept alive, {}", length(idle)),
        (_, GrantEnd::NotKnown) => "no end known".to_owned(),
    }
}

/// When the grant dies, how sure that is and why; what keeps it from dying [B11].
pub(crate) fn grant_clock(overview: &ConnectionOverview, now: &Now) -> String {
    let forecast = &overview.forecast;
    let is_over = matches!(
        overview.connection.grant,
        GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. }
    );
    if is_over {
        return grant_end(overview, now);
    }
    let end = match forecast.end {
        GrantEnd::At(at) => format!("ends {} ({})", now.moment(at), how_sure(overview)),
        GrantEnd::AfterIdle(idle) => {
            format!("dies after {} without use ({}); kept alive by refreshing", life(idle), confidence(overview))
        }
        GrantEnd::NotKnown => "no end known".to_owned(),
    };
    format!("{end}{}", keep_alive(overview, now).unwrap_or_default())
}

/// When the grant is refreshed only to live on: not where the token is renewed before that, nor where nobody does it.
fn keep_alive(overview: &ConnectionOverview, now: &Now) -> Option<String> {
    let at = overview.forecast.keep_alive_at.filter(|at| *at > now.at())?;
    let while_it_runs = match overview.upkeep {
        Upkeep::Running | Upkeep::Metered => "",
        Upkeep::Nobody | Upkeep::MeteredByNobody => ", while the app runs",
        Upkeep::Paused | Upkeep::Offline => return None,
    };
    if !overview.connection.automatic_refresh || overview.token_refresh_at().is_some_and(|next| next <= at) {
        return None;
    }
    Some(format!("; it is refreshed {} to keep it alive{while_it_runs}", now.moment_in_sentence(at)))
}

/// "documented: consents last 7 days while the client is in testing".
fn how_sure(overview: &ConnectionOverview) -> String {
    let policy = &overview.provider.refresh;
    let days = |span: Option<std::time::Duration>| span.map_or_else(|| "so long".to_owned(), life);
    let why = match overview.forecast.reason {
        ForecastReason::NoRefreshToken => "nothing renews its token".to_owned(),
        ForecastReason::RefreshTokenEnds if overview.forecast.may_move => {
            "its refresh token ends then; a refresh may move that, the first one shows".to_owned()
        }
        ForecastReason::RefreshTokenEnds => "its refresh token ends then".to_owned(),
        ForecastReason::AbsoluteLife => format!("consents last {}", days(policy.absolute_life)),
        ForecastReason::IdleLife => format!("it dies unused after {}", days(policy.idle_life)),
        ForecastReason::TestingMode => {
            format!("consents last {} while the client is in testing", days(policy.testing_life))
        }
        ForecastReason::EarlierGrants => "earlier grants of this client lived as long".to_owned(),
        ForecastReason::NothingKnown => return confidence(overview),
    };
    format!("{}: {why}", confidence(overview))
}

fn confidence(overview: &ConnectionOverview) -> String {
    match overview.forecast.confidence {
        Confidence::Stated => format!("{} says so", overview.provider.name),
        Confidence::Documented => "documented".to_owned(),
        Confidence::Observed => "as seen before".to_owned(),
        Confidence::NotKnown => "not sure".to_owned(),
    }
}

/// The column "Last proved": by what, when.
pub(crate) fn proof(overview: &ConnectionOverview, now: &Now) -> String {
    let Some(proof) = &overview.connection.proof else { return "never".to_owned() };
    let by = match (proof.by, proof.failure.is_none()) {
        (ProofKind::SignIn, true) => "sign-in",
        (ProofKind::SignIn, false) => "sign-in failed",
        (ProofKind::Refresh, true) => "refresh",
        (ProofKind::Refresh, false) => "refresh refused",
        (ProofKind::TestCall, true) => "test call",
        (ProofKind::TestCall, false) => "test call failed",
    };
    format!("{by} {}", now.ago(proof.at))
}

/// "none known" is not "none".
pub(crate) fn dependants(count: usize) -> String {
    if count == 0 { "none known".to_owned() } else { counted(count, "workflow") }
}

pub(crate) fn durability(durability: Durability) -> &'static str {
    match durability {
        Durability::Durable => "a refresh token renews it",
        Durability::Fragile => "fragile: nothing renews it",
        Durability::Everlasting => "its token does not expire",
        Durability::Unknown => "not known",
    }
}

/// What was odd about the answer that brought the token [B7].
pub(crate) fn defect(defect: TokenDefect) -> &'static str {
    match defect {
        TokenDefect::ExpiresInIsText => "expires_in is text",
        TokenDefect::ExpiresInIsMilliseconds => "expires_in is in milliseconds",
        TokenDefect::ExpiresInIsZero => "expires_in is zero",
        TokenDefect::ExpiresInIsNegative => "expires_in is less than zero",
        TokenDefect::ExpiresInIsAbsurd => "expires_in is over ten years",
        TokenDefect::ExpiresInIsNotANumber => "expires_in is no number",
        TokenDefect::TokenTypeMissing => "token_type is missing",
        TokenDefect::TokenTypeOdd => "token_type is of a kind that cannot be used",
        TokenDefect::ScopeIsAList => "scope is a list",
        TokenDefect::DuplicateField => "a field stands twice",
        TokenDefect::WrongContentType => "the content type is not JSON",
        TokenDefect::RefreshTokenUnusable => "the refresh token cannot be used",
        TokenDefect::OtherRefreshToken => "another refresh token came beside it, and was left",
        TokenDefect::RefreshTokenUnclear => "a new refresh token may have come that cannot be told for sure",
        TokenDefect::IdTokenUnusable => "the ID token cannot be read, or is not for this client",
        TokenDefect::ErrorStatus => "the tokens came with the status of an error",
        TokenDefect::OddEnvelope => "the tokens came wrapped, or in an odd encoding",
        TokenDefect::OddFieldNames => "the fields have odd names",
    }
}

const UNUSABLE_REFRESH_TOKEN: &str = "A refresh token came that nobody can use: longer than 512 KiB, or not plain text. Only the provider can mend that.";

fn has_unusable_refresh_token(overview: &ConnectionOverview) -> bool {
    let token = overview.connection.token.as_ref();
    token.is_some_and(|token| token.defects.contains(&TokenDefect::RefreshTokenUnusable))
}

/// What mends it: an action, or the page that the provider named with its refusal [C5].
fn advice_of(diagnosis: &Diagnosis, connection: &Connection) -> String {
    match diagnosis.page_that_mends() {
        Some(page) => format!("The provider names the page where it is mended: {}", page.url()),
        None => causes::advice(diagnosis.action, Some(connection)),
    }
}

/// The sentence of one connection, and what follows from it.
pub(crate) fn sentence(overview: &ConnectionOverview, now: &Now) -> (String, String) {
    let (connection, provider) = (&overview.connection, overview.provider.name.as_str());
    let name = &connection.name;
    let reconnect = format!("patchbay reconnect {}", connection.id);
    let test = format!("A test call shows whether it works: patchbay test {}", connection.id);
    match &overview.status.reason {
        StatusReason::KeptAlive => kept_alive(overview, now),
        StatusReason::RefreshedOnNeed(since) => (
            format!("Its token is over since {}; the next call refreshes it.", now.moment(*since)),
            "The grant stands; nothing for you to do.".to_owned(),
        ),
        StatusReason::NeverExpires => (
            String::from("Works now; its token does not expire."),
            format!("It holds until someone ends it at {provider}."),
        ),
        StatusReason::NoEndKnown => (
            String::from("Works now; nobody says until when."),
            format!("{provider} does not tell how long the token lives."),
        ),
        StatusReason::HoldsUntil(at) => {
            (format!("Works now, and holds until {}.", now.moment(*at)), "Nothing renews it.".to_owned())
        }
        StatusReason::RefreshPaused { watching, since } => {
            let why = paused_why(*watching);
            (
                format!("Its token is over since {}: {why}.", now.moment(*since)),
                match overview.upkeep {
                    Upkeep::Offline => format!("The grant stands. {GO_ON}"),
                    Upkeep::Running | Upkeep::Metered | Upkeep::MeteredByNobody | Upkeep::Paused | Upkeep::Nobody => {
                        format!("The grant stands. Refresh it now: patchbay refresh {}", connection.id)
                    }
                },
            )
        }
        StatusReason::NoRefreshToken(at) => {
            let until = at.map_or_else(
                || "but nothing can renew it".to_owned(),
                |at| format!("it stops {}", now.moment_in_sentence(at)),
            );
            let advice = if has_unusable_refresh_token(overview) {
                format!("{UNUSABLE_REFRESH_TOKEN} A reconnect brings as much time again: {reconnect}")
            } else {
                format!("No refresh token was issued. {} {reconnect}", refresh_token_way(overview))
            };
            (format!("Works now; {until}."), advice)
        }
        StatusReason::RefreshSwitchedOff(at) if overview.status.is_down() => (
            format!("Its token is over since {}: automatic refresh is switched off.", now.moment(*at)),
            format!("The grant stands. Refresh it by hand: patchbay refresh {}", connection.id),
        ),
        StatusReason::RefreshSwitchedOff(at) => (
            if *at > now.at() {
                format!("Works now; its token ends {}.", now.moment_in_sentence(*at))
            } else {
                format!("Its token ended {}; the grant stands.", now.moment_in_sentence(*at))
            },
            format!(
                "Automatic refresh is off: by itself nothing renews it; a call that needs it does, or patchbay refresh {}",
                connection.id
            ),
        ),
        StatusReason::ClientSecretEnds(at) => (
            if *at > now.at() {
                format!("Works now; the secret of its client ends {}.", now.moment_in_sentence(*at))
            } else {
                format!("The secret of its client ended {}.", now.moment_in_sentence(*at))
            },
            format!(
                "No refresh works without it. Get a new one at the provider: patchbay client rotate {}",
                connection.client
            ),
        ),
        StatusReason::GrantEnds(at) if *at <= now.at() => (
            format!("The grant was to end {}; the next refresh finds out.", now.moment_in_sentence(*at)),
            format!("Reconnect to be sure: {reconnect}"),
        ),
        StatusReason::GrantEnds(at) => (
            format!("Works now; the grant ends {}.", now.moment_in_sentence(*at)),
            if overview.forecast.may_move {
                format!(
                    "A refresh may move that: patchbay refresh {} shows it. If not, reconnect: {reconnect}",
                    connection.id
                )
            } else {
                format!("A refresh cannot move that. Reconnect before then and nothing stops: {reconnect}")
            },
        ),
        StatusReason::RefreshFailing { last, count, is_repeated, usable_until, retry_at } => {
            let happened = match usable_until {
                Some(until) => format!("Works until {}; refreshes fail.", now.moment(*until)),
                None if overview.status.is_down() => {
                    let since = overview.status.over_since.unwrap_or(overview.status.since);
                    let why = causes::refused(last, provider);
                    let happened = format!("Does not work since {}: {why}", now.moment(since));
                    return (happened, tried_again(overview, *retry_at, now));
                }
                None if *count == 1 => "The last refresh failed.".to_owned(),
                None => format!("The last {count} refreshes failed."),
            };
            let why = causes::refused(last, provider);
            let advice = match retry_at.filter(|at| *at > now.at()) {
                Some(_)
                    if (last.action == ActionLabel::WaitAndRetry || last.is_guessed() && !is_repeated)
                        && not_tried(overview, now).is_some() =>
                {
                    not_tried(overview, now).unwrap_or_default()
                }
                Some(_) if not_tried(overview, now).is_some() => causes::advice(last.action, Some(connection)),
                Some(at) if last.action == ActionLabel::WaitAndRetry || last.is_guessed() && !is_repeated => {
                    format!("Nothing to do: Patchbay tries again {}.", now.moment_in_sentence(at))
                }
                Some(at) => format!(
                    "Patchbay tries again {}. {}",
                    now.moment_in_sentence(at),
                    causes::advice(last.action, Some(connection))
                ),
                None if connection.has_lost_answers() => tried_again(overview, None, now),
                None => causes::advice(last.action, Some(connection)),
            };
            (happened, format!("{why} {advice}"))
        }
        StatusReason::GrantEnded(diagnosis) => {
            (causes::sentence(diagnosis.cause, provider), advice_of(diagnosis, connection))
        }
        StatusReason::TokenOver => (
            "The access token is over, and no refresh token was ever issued.".to_owned(),
            format!("{} {reconnect}", refresh_token_way(overview)),
        ),
        StatusReason::OutcomeUnknown { usable_until } => {
            let holds = in_hand(*usable_until, overview, now);
            let token = connection.token.as_ref();
            let is_unclear = token.is_some_and(|it| it.defects.iter().any(|it| it.leaves_old_in_doubt()));
            let came = if is_unclear {
                "The last refresh brought no refresh token that can be told for sure"
            } else {
                "A refresh was sent, and no usable answer came"
            };
            (format!("{came}; {holds}"), FINDS_OUT.to_owned())
        }
        StatusReason::HeldUnopened { usable_until } => {
            let holds = in_hand(*usable_until, overview, now);
            let happened = match &overview.unopened {
                Some(seal) if seal.is_missing => format!(
                    "Its new token is not here; {holds} You saved it in a file of your own, or it lay sealed at {}.",
                    seal.file.display()
                ),
                Some(seal) => format!(
                    "Its sealed new token cannot be opened; {holds} {UNOPENED_MEANS} It lay at {}.",
                    put_aside(&seal.file.display().to_string())
                ),
                None => format!("Its sealed new token cannot be opened; {holds} {UNOPENED_MEANS}"),
            };
            (happened, unopened_advice(&connection.id))
        }
        StatusReason::BundleHeld { usable_until } => {
            let holds = in_hand(*usable_until, overview, now);
            (format!("It was refreshed, and its new token waits for the keychain; {holds}"), held::ADVICE.to_owned())
        }
        StatusReason::SecretMissing => {
            (format!("The keychain holds no secret for {name}."), format!("Reconnect to store a new one: {reconnect}"))
        }
        StatusReason::NeverProved => ("Connected, not proved yet.".to_owned(), test),
        StatusReason::LastCallFailed(diagnosis) => (
            format!("The last call was refused. {}", causes::sentence(diagnosis.cause, provider)),
            advice_of(diagnosis, connection),
        ),
        StatusReason::DisconnectedByPerson => (
            format!("Disconnected {}.", now.moment_in_sentence(overview.status.since)),
            format!("Its name and dependants are kept. Bring it back: {reconnect}"),
        ),
    }
}
