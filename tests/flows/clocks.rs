//! Whose clock says what, when grants end, and what earlier ones teach [B7, B9, B10, B11].

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::board::Headline;
use domain::connection::LinkOutcome;
use domain::connection::status::StatusReason;
use domain::diagnosis::{ActionLabel, CauseLabel, EvidenceContext};
use domain::lifecycle::refresh_reason::RefreshReason;
use domain::provider::Provider;
use domain::token::Expiry;
use domain::token::durability::{Confidence, ForecastReason, GrantEnd};
use domain::{ProviderId, Secret};
use engine::authorization_server::{ClientCredentials, TokenEndpointAnswer, TokenRefresh, refresh_token};
use engine::clock::Clock;
use engine::flows::connect::{ClientChoice, ConnectRequest};
use engine::flows::doctor::Part;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::http::Http;
use fakes::{Answer, Server, serve_certificate};
use jiff::{SignedDuration, Timestamp};
use practice::{Faults, PracticeProvider, Settings};
use serde_json::json;

use super::support::{HOUR, MINUTE, World, timeouts};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// B9, S160: a machine that starts with 1970 finds no certificate valid yet. That is no network in trouble, and it is
/// tried again, as the network sets the clock a moment later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_before_every_certificate_is_named_and_nothing_is_given_up() {
    let world = World::start().await;
    let connection = world.connect().await;
    let issuer = format!("https://127.0.0.1:{}", serve_certificate(2100, 2101).unwrap());

    let refused = world.engine.find_or_discover(&issuer).await.unwrap_err();
    assert!(refused.is_clock_off() && refused.is_unreachable(), "{refused:?}");

    world.move_token_endpoint(&connection.id, &format!("{issuer}/token"));
    let RefreshOutcome::Failed { diagnosis, retry_at } = world.refresh(&connection.id).await else {
        panic!("nothing was refused, so nothing has ended")
    };
    assert_eq!((diagnosis.cause, diagnosis.action), (CauseLabel::ClockSkew, ActionLabel::FixClock));
    assert_eq!(world.status(&connection.id), ("expiring", "refresh_failing"));
    let all = world.engine.list_connections().unwrap();
    let reason = &all[0].status.reason;
    assert!(
        matches!(reason, StatusReason::RefreshFailing { retry_at: Some(at), .. } if *at == retry_at),
        "it is tried again by itself: {reason:?}"
    );

    world.move_token_endpoint(&connection.id, connection.endpoints.token_endpoint.as_str());
    world.pass_time(MINUTE);
    let why = RefreshWhy::Needed { min_valid: HOUR };
    let outcome = world.engine.refresh(&connection.id, why).await.unwrap();
    assert!(matches!(outcome, RefreshOutcome::Refreshed { .. }), "without a person: {outcome:?}");
}

/// B9: three hours off, and who signed in is known all the same; another process knows of the clock without asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_hours_off_is_seen_told_and_compensated() {
    for hours in [3, -3] {
        let world = World::start().await;
        world.set_faults(Faults::default().clock_is_off_by(SignedDuration::from_hours(hours)));

        let connection = world.connect().await;

        assert!(connection.identity.subject.is_some(), "the ID token is read by the server's clock");
        let expiry = connection.token.unwrap().expiry;
        assert!(
            matches!(expiry, Expiry::At(at) if at.duration_since(world.clock.now()) <= SignedDuration::try_from(HOUR).unwrap()),
            "a lifetime is counted by our own clock, whatever a server's shows: {expiry:?}"
        );
        let reading = world.engine.clock_reading().unwrap();
        let ahead_ms = reading.ahead_ms.unwrap();
        assert!(reading.is_disputed && !reading.is_off, "the only server compared: {reading:?}");
        assert!((ahead_ms + hours * 3_600_000).abs() < 5_000, "{hours} h: {ahead_ms} ms");
        assert_eq!(reading.servers.len(), 1, "{:?}", reading.servers);

        let elsewhere = world.opened_again();
        let check = elsewhere.check_self().await.into_iter().find(|it| it.part == Part::Clock).unwrap();
        assert!(check.found.contains("3.0 h") && check.advice.is_some(), "another process knows: {check:?}");
        assert!(check.is_well && check.found.contains("one of the two is wrong"), "{check:?}");

        let other = PracticeProvider::start(Settings::default()).await.unwrap();
        other.set_faults(Faults::default().clock_is_off_by(SignedDuration::from_hours(hours)));
        assert!(other.consent_automatically(Some("mira")));
        world.engine.find_or_discover(other.issuer()).await.unwrap();
        let client = ClientChoice::New { client_id: PracticeProvider::default_client_id().into(), client_secret: None };
        let request = ConnectRequest { provider: other.issuer().to_owned(), client, ..world.request() };
        world.connect_with(request).await;
        let reading = world.engine.clock_reading().unwrap();
        assert!(reading.is_off && !reading.is_disputed, "another port says so alike: {reading:?}");
        let check = elsewhere.check_self().await.into_iter().find(|it| it.part == Part::Clock).unwrap();
        assert!(!check.is_well && check.advice.is_some(), "{check:?}");
        world.pass_time(2 * DAY);
        assert_eq!(elsewhere.clock_ahead_ms(), None, "what is two days old says nothing");
    }
}

/// B9: what was measured against the clock before it was set says nothing of it afterwards, in this process or another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measurements_are_void_once_our_clock_was_set() {
    for hours in [2, -2] {
        let world = World::start().await;
        let connection = world.connect().await;
        assert_eq!(world.engine.clock_reading().unwrap().servers.len(), 1, "it was measured");
        world.pass_time(MINUTE);
        assert_eq!(world.opened_again().clock_reading().unwrap().servers.len(), 1, "time that passes voids nothing");

        let set_to = world.clock.now().checked_add(SignedDuration::from_hours(hours)).unwrap();
        world.clock.set_to(set_to);

        assert_eq!(
            world.opened_again().clock_ahead_ms(),
            None,
            "{hours} h: another process believes nothing of before"
        );
        assert_eq!(world.engine.clock_ahead_ms(), None, "{hours} h: neither does this one");
        let check = world.engine.check_self().await.into_iter().find(|it| it.part == Part::Clock).unwrap();
        assert!(!check.found.contains("agrees"), "{hours} h: {check:?}");
        world.refresh(&connection.id).await;
        assert_eq!(world.engine.clock_reading().unwrap().servers.len(), 1, "and it is measured anew");
        assert_eq!(world.opened_again().clock_reading().unwrap().servers.len(), 1, "for others too");
    }
}

/// B9: what could not be removed when the clock was set does not count again beside what is measured since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn void_measurements_that_could_not_be_removed_stay_void() {
    let world = World::start().await;
    let connection = world.connect().await;
    let other = PracticeProvider::start(Settings::default()).await.unwrap();
    assert!(other.consent_automatically(Some("mira")));
    world.engine.find_or_discover(other.issuer()).await.unwrap();
    let client = ClientChoice::New { client_id: PracticeProvider::default_client_id().into(), client_secret: None };
    let request = ConnectRequest { provider: other.issuer().to_owned(), client, ..world.request() };
    world.connect_with(request).await;
    assert_eq!(world.opened_again().clock_reading().unwrap().servers.len(), 2);
    let set_to = world.clock.now().checked_add(SignedDuration::from_hours(2)).unwrap();
    world.clock.set_to(set_to);
    let writer = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(world.engine.clock_reading().unwrap().servers.len(), 0, "void, though nothing can be written");
    writer.execute_batch("ROLLBACK").unwrap();

    world.refresh(&connection.id).await;

    let measured = world.opened_again().clock_reading().unwrap().servers;
    let hosts: Vec<_> = measured.iter().map(|it| it.host.as_str()).collect();
    assert!(hosts.len() == 1 && world.practice.issuer().contains(hosts[0]), "{hosts:?}");
}

/// B9: the right clock is not blamed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_right_is_well() {
    let world = World::start().await;
    world.connect().await;

    let check = world.engine.check_self().await.into_iter().find(|it| it.part == Part::Clock).unwrap();

    assert!(check.is_well && check.advice.is_none(), "{check:?}");
    assert!(!world.engine.clock_reading().unwrap().is_off);
}

/// B7, B9: the answer is slow, its Date two hours from our clock, and its token holds an end of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lifetimes_count_from_the_request_and_a_servers_moments_by_its_own_clock() {
    let clock = Clock::set_at("2026-11-20T10:00:00Z".parse().unwrap());
    let asked_at = clock.now();
    let slow = clock.clone();
    let server = Server::start(move |_, seen| {
        slow.advance(Duration::from_secs(20));
        // Where the server is, it is noon.
        let date = ("date".to_owned(), "Fri, 20 Nov 2026 12:00:20 GMT".to_owned());
        let mut answer = match seen.target.as_str() {
            "/lifetime" => Answer::json(
                200,
                json!({ "access_token": "a", "token_type": "bearer", "expires_in": 3600 }).to_string(),
            ),
            "/jwt" => {
                let noon: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
                let claims = json!({ "exp": noon.as_second() + 3600 }).to_string();
                let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
                Answer::json(200, json!({ "access_token": token, "token_type": "bearer" }).to_string())
            }
            _ => Answer::json(429, "{}"),
        };
        answer.headers.push(date);
        answer.headers.push(("retry-after".to_owned(), "Fri, 20 Nov 2026 12:05:20 GMT".to_owned()));
        answer
    })
    .await
    .unwrap();
    let ask = async |path: &str| {
        let endpoint: url::Url = format!("{}{path}", server.url()).parse().unwrap();
        let provider = Provider::bare(ProviderId::from_text("far"), endpoint.clone());
        let request = TokenRefresh {
            provider: &provider,
            token_endpoint: &endpoint,
            client: ClientCredentials { client_id: "us", client_secret: None },
            refresh_token: &Secret::new("r"),
            access_token: None,
            earlier: &[],
            context: EvidenceContext::default(),
            binding: engine::authorization_server::Binding::default(),
        };
        let wall = clock.clone();
        let http = Http::new(timeouts(Duration::from_secs(10)), move || wall.now());
        refresh_token(&http, request, || clock.now()).await
    };
    let expiry = |answer: TokenEndpointAnswer| match answer {
        TokenEndpointAnswer::Issued { tokens, .. } => match tokens.expiry {
            Expiry::At(at) => at,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };

    assert_eq!(expiry(ask("/lifetime").await), asked_at + HOUR, "the twenty seconds of its way are taken off");
    let ours = expiry(ask("/jwt").await);
    // The second answer came forty seconds after ten; its Date, by then twenty seconds late, is the measure.
    let error = ours.duration_since(asked_at + HOUR + Duration::from_secs(20)).abs();
    assert!(error <= SignedDuration::from_secs(1), "one o'clock there is eleven here: {ours}");
    let TokenEndpointAnswer::Failed { retry_after, .. } = ask("/limited").await else { panic!("429 is a refusal") };
    assert_eq!(retry_after, Some(Duration::from_secs(300)), "a date is measured with the server's own");
}

/// B2, B11: what keeps a grant alive on Sunday does not renew a token of five minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keep_alive_is_the_grants_and_not_the_tokens() {
    let world = World::start().await;
    let lives = |token, refresh_token| {
        world.set_faults(Faults::default().access_token_lifetime(token).refresh_token_lifetime(refresh_token));
    };
    lives(Duration::from_secs(300), 3 * DAY);
    let id = world.connect().await.id;

    let overview = world.engine.overview(&id).unwrap();
    assert_eq!(overview.refresh_reason, Some(RefreshReason::KeepAlive));
    assert_eq!(overview.token_refresh_at(), None, "it is refreshed when it is next needed");

    lives(30 * DAY, 3 * DAY);
    world.refresh(&id).await;
    let overview = world.engine.overview(&id).unwrap();
    assert_eq!(overview.token_refresh_at(), overview.refresh_at, "this one is renewed by it before its end");
    assert!(overview.refresh_at.is_some());
    world.engine.set_automatic_refresh(&id, false).unwrap();
    let overview = world.engine.overview(&id).unwrap();
    assert_eq!(overview.token_refresh_at(), None, "by itself nothing");
    let board = world.engine.board().unwrap();
    assert!(
        matches!(board.headline, Headline::AllWell { next_end: Some(_), .. }),
        "its grant ends: {:?}",
        board.headline
    );
}

/// B11: one refresh shows that a stated end moves, and the board reads it so from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stated_end_that_moved_with_the_first_refresh_is_an_idle_limit() {
    let world = World::start().await;
    world.set_faults(Faults::default().refresh_token_lifetime(3 * DAY));
    let id = world.connect().await.id;
    assert!(world.engine.overview(&id).unwrap().forecast.may_move, "none has shown it yet");

    world.pass_time(Duration::from_secs(10));
    world.refresh(&id).await;

    let forecast = world.opened_again().overview(&id).unwrap().forecast;
    assert_eq!((forecast.end, forecast.confidence), (GrantEnd::AfterIdle(3 * DAY), Confidence::Observed));
    world.reconnect(&id).await;
    assert!(world.engine.overview(&id).unwrap().forecast.may_move, "a new consent may come with other rules");
}

/// A5, B10: a token that ran out and cannot be renewed is no longer in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fragile_token_that_ran_out_is_expired_in_its_lineage() {
    let world = World::start().await;
    world.set_faults(Faults::default().no_refresh_token());
    let id = world.connect().await.id;
    let newest = || world.engine.detail(&id).unwrap().lineage.remove(0);
    assert_eq!((newest().outcome, newest().ended_at), (LinkOutcome::InUse, None));

    world.pass_time(2 * HOUR);

    assert_eq!(newest().outcome, LinkOutcome::Expired);
    assert_eq!(newest().ended_at, Some(world.engine.overview(&id).unwrap().status.since), "since its own end");
}

/// B11: nobody states how long grants live; two that died at the same age show it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_that_died_of_age_foretell_the_next_ones_end() {
    let world = World::start().await;
    let id = world.connect().await.id;
    for round in 0..2 {
        assert_eq!(world.engine.overview(&id).unwrap().forecast.reason, ForecastReason::NothingKnown, "{round}");
        world.pass_time(90 * DAY);
        world.set_faults(Faults::default().refuses_refresh());
        assert!(matches!(world.refresh(&id).await, RefreshOutcome::GrantEnded { .. }));
        assert_eq!(world.engine.overview(&id).unwrap().forecast.end, GrantEnd::NotKnown, "what is over has no end");
        world.set_faults(Faults::default());
        world.reconnect(&id).await;
    }

    let forecast = world.engine.overview(&id).unwrap().forecast;

    assert_eq!((forecast.confidence, forecast.reason), (Confidence::Observed, ForecastReason::EarlierGrants));
    let expected = world.clock.now() + 90 * DAY;
    assert!(
        matches!(forecast.end, GrantEnd::At(at) if at.duration_since(expected).abs() < SignedDuration::from_mins(1)),
        "{forecast:?}"
    );
    let board = world.opened_again().board().unwrap();
    assert_eq!(board.connections[0].forecast, forecast, "the board and the page say the same");
}

/// B11: an end that the first refresh may move is entered as one, not as a deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_says_that_a_refresh_may_move_it() {
    let world = World::start().await;
    world.set_faults(Faults::default().refresh_token_lifetime(Duration::from_secs(72 * 3_600)));
    let id = world.connect().await.id;

    let text = world.engine.grant_calendar(Some(&id), &jiff::tz::TimeZone::UTC).unwrap().unwrap();

    assert!(world.engine.overview(&id).unwrap().forecast.may_move, "nobody has refreshed it yet");
    assert!(value(&text, "SUMMARY").ends_with(" UTC\\, unless a refresh moves that"), "{text}");
    assert!(value(&text, "DESCRIPTION").contains("A refresh may move that"), "{text}");
}

/// B11: what leaves Patchbay is a calendar that others can read, whatever a connection is called.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calendar_holds_one_entry_a_grant_and_survives_hostile_names() {
    let world = World::start().await;
    assert_eq!(
        world.engine.grant_calendar(None, &jiff::tz::TimeZone::UTC).unwrap(),
        None,
        "a calendar without an entry is none"
    );
    world.set_faults(Faults::default().no_refresh_token());
    let name = format!("Žofia, her; \\drive\\n{}", "é✶".repeat(60));
    let hostile = "a\r\nEND:VEVENT\r\nBEGIN:VALARM";
    let request = ConnectRequest { name: Some(format!("{name}{hostile}")), ..world.request() };
    let id = world.connect_with(request).await.id;

    let text = world.engine.grant_calendar(Some(&id), &jiff::tz::TimeZone::UTC).unwrap().unwrap();

    assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "folded by octets (section 3.1): {text}");
    assert_eq!(names(&text), ["VCALENDAR", "VEVENT", "VALARM"], "a name opens and closes nothing: {text}");
    let GrantEnd::At(at) = world.engine.overview(&id).unwrap().forecast.end else { panic!("it is fragile") };
    assert_eq!(value(&text, "DTSTART"), at.strftime("%Y%m%dT%H%M%SZ").to_string());
    assert!(value(&text, "SUMMARY").starts_with("Reconnect Žofia\\, her\\; \\\\drive\\\\né✶"), "{text}");
    assert!(value(&text, "DESCRIPTION").ends_with(&format!("patchbay reconnect {id}")), "{text}");
    assert_eq!(
        world.engine.grant_calendar(None, &jiff::tz::TimeZone::UTC).unwrap().as_ref(),
        Some(&text),
        "one or all"
    );

    let uid = value(&text, "UID");
    world.clock.advance(Duration::from_secs(60));
    let again = world.engine.grant_calendar(None, &jiff::tz::TimeZone::UTC).unwrap().unwrap();
    assert_eq!(value(&again, "UID"), uid, "an import replaces the last one");
    assert_ne!(value(&again, "SEQUENCE"), value(&text, "SEQUENCE"), "and is the newer");
    world.set_faults(Faults::default());
    world.reconnect(&id).await;
    assert_eq!(world.engine.grant_calendar(None, &jiff::tz::TimeZone::UTC).unwrap(), None, "it renews itself now");
}

/// What is opened, in order; each is closed again.
fn names(calendar: &str) -> Vec<String> {
    let (mut open, mut all) = (vec![], vec![]);
    for line in unfolded(calendar) {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            open.push(name.to_owned());
            all.push(name.to_owned());
        } else if let Some(name) = line.strip_prefix("END:") {
            assert_eq!(open.pop().as_deref(), Some(name), "{calendar}");
        } else {
            assert!(line.contains(':') && !open.is_empty(), "no content line: {line:?}");
        }
    }
    assert!(open.is_empty(), "{calendar}");
    all
}

/// The first value of that name.
fn value(calendar: &str, name: &str) -> String {
    unfolded(calendar)
        .into_iter()
        .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned()))
        .unwrap()
}

fn unfolded(calendar: &str) -> Vec<String> {
    calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}
