//! Events leave for files, webhooks, Sentry and OpenTelemetry: all of them, in order, each once; whatever the receiver does
//! [F5, C9]. What arrives is read by the receivers' own libraries: the official OTLP messages, Sentry's and Standard
//! Webhooks' crates.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::event_forwarding::{ForwardingTrouble, WantedEvents};
use domain::{EventDestinationId, Secret};
use engine::Engine;
use engine::event_destinations::{EventJson, FILE_NAME};
use engine::flows::event_forwarding::{Forwarded, NewEventDestination, NewPlace};
use fakes::{Answer, Seen, Server};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Point;
use prost::Message as _;
use sentry_types::protocol::v7::{Envelope, Level};

use crate::support::{HOUR, World, within};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn new(place: NewPlace) -> NewEventDestination {
    NewEventDestination { name: None, place, wanted: WantedEvents::All, with_accounts: false, from_start: true }
}

fn file_in(folder: &Path) -> NewPlace {
    NewPlace::File { folder: folder.to_owned(), largest: 1 << 20, kept: 2 }
}

fn otlp_at(address: &str) -> NewPlace {
    let headers = Some(Secret::new("Authorization: Bearer otlp-key-hush-hush\nX-Scope-OrgID: fjord"));
    NewPlace::Otlp { endpoint: address.to_owned(), headers, with_metrics: true }
}

async fn add(engine: &Engine, place: NewPlace) -> EventDestinationId {
    engine.add_event_destination(new(place)).await.unwrap().destination.id
}

fn at(engine: &Engine, id: &EventDestinationId) -> domain::event_forwarding::EventDestination {
    engine.list_event_destinations().unwrap().into_iter().map(|it| it.destination).find(|it| it.id == *id).unwrap()
}

fn all_events(engine: &Engine) -> Vec<i64> {
    engine.list_events_after(0, None, 10_000).unwrap().into_iter().map(|(id, _)| id).collect()
}

fn records(seen: &[Seen]) -> Vec<LogRecord> {
    let logs = seen.iter().filter(|it| it.target == "/v1/logs");
    logs.flat_map(|it| {
        let request = ExportLogsServiceRequest::decode(it.raw.as_slice()).unwrap();
        request.resource_logs.into_iter().flat_map(|it| it.scope_logs).flat_map(|it| it.log_records)
    })
    .collect()
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|it| it.key == key)?.value.as_ref()?.value.as_ref()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match value(attributes, key)? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn id_of(record: &LogRecord) -> i64 {
    match value(&record.attributes, "patchbay.event.id") {
        Some(Value::IntValue(id)) => *id,
        other => panic!("an event has a number: {other:?}"),
    }
}

/// Answers with what is set just now.
async fn answering(status: Arc<AtomicU16>) -> Server {
    Server::start(move |_, _| Answer::json(status.load(Ordering::SeqCst), "{}")).await.unwrap()
}

fn lines(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join(FILE_NAME)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn until(is_so: impl Fn() -> bool) {
    within(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// F5: the same shape as everywhere, nothing left out, and nothing twice however often it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_every_event_once_and_in_order() {
    let world = World::start().await;
    let folder = world.folder.path().join("forwarded");
    let connection = world.connect().await;
    let file = add(&world.engine, file_in(&folder)).await;

    world.engine.forward_events(&file, true).await.unwrap();
    world.refresh(&connection.id).await;
    world.engine.forward_events(&file, true).await.unwrap();
    let again = world.engine.forward_events(&file, true).await.unwrap();

    assert_eq!(again, Forwarded::Done { sent: 0, dropped: 0 });
    let expected: Vec<String> = world
        .engine
        .list_events_after(0, None, 10_000)
        .unwrap()
        .iter()
        .map(|(id, event)| serde_json::to_string(&EventJson::of(*id, event)).unwrap() + "\n")
        .collect();
    assert!(expected.len() >= 3, "{expected:?}");
    assert_eq!(std::fs::read_to_string(folder.join(FILE_NAME)).unwrap(), expected.concat());
    assert!(expected.concat().contains("mira"), "the file says what the timeline does");
}

/// F5, C9: logs and figures as an OpenTelemetry receiver reads them.
#[tokio::test(flavor = "multi_thread")]
async fn opentelemetry_is_told_of_events_and_figures() {
    let world = World::start().await;
    let server = answering(Arc::new(AtomicU16::new(200))).await;
    let connection = world.connect().await;
    world.refresh(&connection.id).await;
    world.practice.revoke_all();
    world.refresh(&connection.id).await;
    let otlp = add(&world.engine, otlp_at(server.url())).await;

    let sent = world.engine.forward_events(&otlp, true).await.unwrap();
    world.engine.forward_figures(&otlp).await.unwrap().unwrap().unwrap();

    let seen = server.seen();
    let records = records(&seen);
    assert_eq!(records.iter().map(id_of).collect::<Vec<_>>(), all_events(&world.engine));
    assert_eq!(sent, Forwarded::Done { sent: records.len() as u64, dropped: 0 });
    let asked = records.iter().find(|it| it.event_name == "patchbay.reauth_required_set").unwrap();
    assert_eq!((asked.severity_text.as_str(), asked.severity_number), ("ERROR", 17));
    assert_eq!(text(&asked.attributes, "patchbay.connection").as_deref(), Some(connection.id.as_str()));
    assert_eq!(text(&asked.attributes, "patchbay.provider").as_deref(), Some(connection.provider.as_str()));
    assert!(text(&asked.attributes, "patchbay.cause").is_some() && asked.time_unix_nano > 1_700_000_000_000_000_000);
    let request = ExportLogsServiceRequest::decode(seen[0].raw.as_slice()).unwrap();
    let resource = request.resource_logs[0].resource.clone().unwrap().attributes;
    assert_eq!(text(&resource, "service.name").as_deref(), Some("patchbay"));
    assert!(text(&resource, "service.instance.id").is_some() && text(&resource, "service.version").is_some());
    let header = |name: &str| seen[0].headers.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    assert_eq!(header("authorization").as_deref(), Some("Bearer otlp-key-hush-hush"));
    assert_eq!(header("content-type").as_deref(), Some("application/x-protobuf"));

    let figures = seen.iter().find(|it| it.target == "/v1/metrics").unwrap();
    let figures = ExportMetricsServiceRequest::decode(figures.raw.as_slice()).unwrap();
    let metrics = figures.resource_metrics[0].scope_metrics[0].metrics.clone();
    let points = |name: &str| match metrics.iter().find(|it| it.name == name).and_then(|it| it.data.clone()) {
        Some(Data::Sum(sum)) => {
            assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "{name}");
            sum.data_points
        }
        Some(Data::Gauge(gauge)) => gauge.data_points,
        other => panic!("{name}: {other:?}"),
    };
    let count = |name: &str, key: &str, is: &str| {
        points(name).iter().find(|it| text(&it.attributes, key).as_deref() == Some(is)).and_then(|it| it.value)
    };
    let health = world.engine.health(domain::lifecycle::retention::midnight(world.clock.now())).unwrap().overall;
    assert_eq!((health.refresh_succeeded_count, health.invalid_grant_count), (1, 1));
    assert_eq!(count("patchbay.refreshes", "outcome", "succeeded"), Some(Point::AsInt(1)));
    assert_eq!(count("patchbay.refreshes", "outcome", "grant_ended"), Some(Point::AsInt(1)));
    assert_eq!(count("patchbay.reauth", "step", "prompted"), Some(Point::AsInt(1)));
    assert_eq!(count("patchbay.connections", "patchbay.status", "reauth_required"), Some(Point::AsInt(1)));
    assert!(matches!(points("patchbay.refresh.latency")[0].value, Some(Point::AsDouble(it)) if it > 0.0));
}

/// F5: 503, then 429 with a date to come back at, then well again: all arrive, none twice, and nobody is hammered.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_was_down_gets_everything_once_it_is_back() {
    let world = World::start().await;
    let status = Arc::new(AtomicU16::new(503));
    let told = Arc::clone(&status);
    let server = Server::start(move |_, _| {
        let status = told.load(Ordering::SeqCst);
        let headers = if status == 429 { vec![("retry-after".into(), "1800".into())] } else { vec![] };
        Answer { status, headers, body: "Bearer otlp-key-hush-hush is busy".into() }
    })
    .await
    .unwrap();
    let connection = world.connect().await;
    let otlp = add(&world.engine, otlp_at(server.url())).await;

    let Forwarded::Stopped { complaint, .. } = world.engine.forward_events(&otlp, false).await.unwrap() else {
        panic!("it is down")
    };
    assert_eq!(complaint.trouble, ForwardingTrouble::Status(503));
    let words = complaint.words.unwrap();
    assert!(words.contains("busy") && !words.contains("hush"), "{words}");
    let left_alone = world.engine.forward_events(&otlp, false).await.unwrap();
    assert!(matches!(left_alone, Forwarded::LeftAlone { .. }), "{left_alone:?}");
    assert_eq!(server.seen().len(), 1);

    world.refresh(&connection.id).await;
    world.pass_time(HOUR);
    status.store(429, Ordering::SeqCst);
    world.engine.forward_events(&otlp, false).await.unwrap();
    let asked = world.engine.forward_events(&otlp, true).await.unwrap();
    assert!(matches!(asked, Forwarded::LeftAlone { .. }), "it asked for half an hour, whoever asks: {asked:?}");
    world.pass_time(HOUR / 3);
    assert!(matches!(world.engine.forward_events(&otlp, false).await.unwrap(), Forwarded::LeftAlone { .. }));

    status.store(200, Ordering::SeqCst);
    let before = server.seen().len();
    world.pass_time(HOUR);
    let done = world.engine.forward_events(&otlp, false).await.unwrap();

    let arrived: Vec<_> = records(&server.seen()[before..]).iter().map(id_of).collect();
    assert_eq!(arrived, all_events(&world.engine));
    assert_eq!(done, Forwarded::Done { sent: arrived.len() as u64, dropped: 0 });
    assert_eq!(at(&world.engine, &otlp).failing, None);
}

/// F5: what a receiver never takes is counted, and said; a key that is refused loses nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_ever_is_counted_and_what_a_person_can_mend_waits() {
    let world = World::start().await;
    let status = Arc::new(AtomicU16::new(401));
    let server = answering(Arc::clone(&status)).await;
    world.connect().await;
    let otlp = add(&world.engine, otlp_at(server.url())).await;
    let count = all_events(&world.engine).len() as u64;

    for refusal in [401, 404, 307] {
        status.store(refusal, Ordering::SeqCst);
        let outcome = world.engine.forward_events(&otlp, true).await.unwrap();
        assert!(matches!(outcome, Forwarded::Stopped { sent: 0, dropped: 0, .. }), "{outcome:?}");
        assert_eq!(world.engine.list_event_destinations().unwrap()[0].waiting_count, count);
    }
    status.store(400, Ordering::SeqCst);
    let outcome = world.engine.forward_events(&otlp, true).await.unwrap();

    assert_eq!(outcome, Forwarded::Done { sent: 0, dropped: count });
    assert_eq!((at(&world.engine, &otlp).dropped_count, at(&world.engine, &otlp).sent_count), (count, 0));
    assert_eq!(at(&world.engine, &otlp).accepted, None);
}

/// F5: OTLP, "Partial Success"; and an answer of garbage takes no receipt back.
#[tokio::test(flavor = "multi_thread")]
async fn a_partial_success_is_read_and_garbage_is_not_believed() {
    let world = World::start().await;
    let partial = ExportLogsPartialSuccess { rejected_log_records: 2, error_message: "two are too old".to_owned() };
    let answer = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let server = Server::start(move |_, seen| {
        let headers = vec![("content-type".into(), "application/x-protobuf".into())];
        let body = if seen.target == "/v1/logs" {
            String::from_utf8(answer.clone()).unwrap()
        } else {
            "\u{1}\u{2}garbage".into()
        };
        Answer { status: 200, headers, body }
    })
    .await
    .unwrap();
    world.connect().await;
    let otlp = add(&world.engine, otlp_at(server.url())).await;
    let count = all_events(&world.engine).len() as u64;

    let outcome = world.engine.forward_events(&otlp, true).await.unwrap();
    let figures = world.engine.forward_figures(&otlp).await.unwrap();

    assert_eq!(outcome, Forwarded::Done { sent: count - 2, dropped: 2 });
    assert_eq!(figures, Some(Ok(())));
}

/// F5: half of a batch that is too large may be taken; of one event nothing can be left out.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_large_is_halved() {
    let world = World::start().await;
    let largest = Arc::new(Mutex::new(2_000_usize));
    let limit = Arc::clone(&largest);
    let server = Server::start(move |_, seen| {
        Answer::json(if seen.raw.len() > *limit.lock().unwrap() { 413 } else { 200 }, "{}")
    })
    .await
    .unwrap();
    let connection = world.connect().await;
    for _ in 0..8 {
        world.refresh(&connection.id).await;
    }
    let otlp = add(&world.engine, otlp_at(server.url())).await;
    let expected = all_events(&world.engine);

    let outcome = world.engine.forward_events(&otlp, true).await.unwrap();

    assert_eq!(outcome, Forwarded::Done { sent: expected.len() as u64, dropped: 0 });
    let taken: Vec<_> = server.seen().into_iter().filter(|it| it.raw.len() <= 2_000).collect();
    assert_eq!(records(&taken).iter().map(id_of).collect::<Vec<_>>(), expected);
    assert!(taken.len() > 1, "one request would not have held them");

    *largest.lock().unwrap() = 10;
    world.refresh(&connection.id).await;
    let outcome = world.engine.forward_events(&otlp, true).await.unwrap();
    assert!(matches!(outcome, Forwarded::Done { sent: 0, dropped: 1.. }), "{outcome:?}");
}

/// F5: what arrives at a webhook is checked by the library that receivers use; the same batch has the same id.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_a_batch_that_comes_twice_has_the_same_id() {
    let world = World::start().await;
    let status = Arc::new(AtomicU16::new(502));
    let server = answering(Arc::clone(&status)).await;
    let connection = world.connect().await;
    let address = Secret::new(format!("{}/hooks/hush?key=hush", server.url()));
    let webhook = add(&world.engine, NewPlace::Webhook { address, key: Some(Secret::new(KEY)) }).await;

    world.engine.forward_events(&webhook, true).await.unwrap();
    // More happened since, and the batch that may have arrived is still the same.
    world.refresh(&connection.id).await;
    status.store(200, Ordering::SeqCst);
    world.engine.forward_events(&webhook, true).await.unwrap();

    let seen = server.seen();
    let checker = standardwebhooks::Webhook::new(KEY).unwrap();
    let mut arrived = vec![];
    for request in &seen {
        let headers = http::HeaderMap::from_iter(request.headers.iter().map(|(name, value)| {
            (http::HeaderName::try_from(name).unwrap(), http::HeaderValue::try_from(value).unwrap())
        }));
        checker.verify(&request.raw, &headers).unwrap();
        assert_eq!(request.target, "/hooks/hush?key=hush");
        let events: Vec<serde_json::Value> = serde_json::from_slice(&request.raw).unwrap();
        arrived.push(events.iter().map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>());
        assert!(events.iter().all(|it| it["board"].as_str().is_some_and(|it| it.starts_with("brd_"))));
    }
    let id = |number: usize| seen[number].headers.iter().find(|it| it.0 == "webhook-id").unwrap().1.clone();
    assert_eq!(arrived[0], arrived[1], "after a 502 nobody knows whether it arrived");
    assert_eq!(id(0), id(1));
    assert_ne!(id(1), id(2));
    assert_eq!(arrived[1..].concat(), all_events(&world.engine));
    let shown = format!("{:?}", at(&world.engine, &webhook));
    assert!(!shown.contains("hush"), "an address may be a key: {shown}");
}

/// F5: envelopes as Sentry's own crate reads them, one issue for each connection and cause, and its limits obeyed.
#[tokio::test(flavor = "multi_thread")]
async fn sentry_gets_envelopes_and_its_limits_are_obeyed() {
    let world = World::start().await;
    let server = Server::start(|_, _| {
        let limits = "2700:transaction:key, 60:error;session:organization";
        Answer { status: 200, headers: vec![("x-sentry-rate-limits".into(), limits.into())], body: "{}".into() }
    })
    .await
    .unwrap();
    let connection = world.connect().await;
    world.practice.revoke_all();
    world.refresh(&connection.id).await;
    let dsn = server.url().replace("http://", "http://sentrykeyhushhush@") + "/4711";
    let place = NewPlace::Sentry { dsn: Secret::new(dsn) };
    let wanted = NewEventDestination { wanted: WantedEvents::Trouble, ..new(place) };
    let sentry = world.engine.add_event_destination(wanted).await.unwrap().destination.id;

    let first = world.engine.forward_events(&sentry, true).await.unwrap();
    assert!(
        matches!(first, Forwarded::LeftAlone { sent: 1, .. }),
        "one was taken, then it asked for a minute: {first:?}"
    );
    let mut rounds = 0;
    loop {
        world.pass_time(Duration::from_secs(61));
        rounds += 1;
        match world.engine.forward_events(&sentry, false).await.unwrap() {
            Forwarded::LeftAlone { .. } if rounds < 20 => {}
            Forwarded::Done { .. } => break,
            other => panic!("{other:?}"),
        }
    }

    let seen = server.seen();
    assert!(seen.iter().all(|it| it.target == "/api/4711/envelope/"), "{:?}", seen[0].target);
    let auth = seen[0].headers.iter().find(|it| it.0 == "x-sentry-auth").unwrap().1.clone();
    assert!(auth.starts_with("Sentry ") && auth.contains("sentry_key=sentrykeyhushhush"), "{auth}");
    let envelopes: Vec<_> = seen.iter().map(|it| Envelope::from_slice(&it.raw).unwrap()).collect();
    let events: Vec<_> = envelopes.iter().filter_map(|it| it.event()).collect();
    assert_eq!(events.len(), seen.len(), "each holds one event");
    let ids: BTreeSet<_> = events.iter().map(|it| it.event_id).collect();
    assert_eq!(ids.len(), events.len());
    let asked = events.iter().find(|it| it.tags.get("kind").is_some_and(|it| it == "reauth_required_set")).unwrap();
    assert_eq!(asked.level, Level::Error);
    assert_eq!(asked.tags["connection"], connection.id.as_str());
    assert_eq!(asked.fingerprint[1], connection.id.as_str());
    let same = events.iter().filter(|it| it.fingerprint == asked.fingerprint).count();
    assert!(same > 1, "the refusal and the question are one issue");
    let all = String::from_utf8(seen.iter().flat_map(|it| it.raw.clone()).collect()).unwrap();
    assert!(!all.contains("mira@"), "no account unless it is wished for");
    assert!(all.contains("mark_"));
}

/// F5: by itself, in the process that leads; a place that never answers keeps nobody else waiting, least of all a refresh.
#[tokio::test(flavor = "multi_thread")]
async fn the_leader_forwards_by_itself_and_a_slow_place_holds_up_no_other() {
    let world = World::start().await;
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let folder = world.folder.path().join("forwarded");
    let slow = add(&world.engine, otlp_at(&address)).await;
    add(&world.engine, file_in(&folder)).await;
    let _watch = world.engine.watch();

    let connection = world.connect().await;
    world.refresh(&connection.id).await;
    let count = all_events(&world.engine).len();

    until(|| lines(&folder).len() >= count).await;
    assert_eq!(at(&world.engine, &slow).sent_count, 0);
    drop(silent);
}

/// F5: two processes on one board, both ready to forward: every event arrives once.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_forwards() {
    let world = World::start().await;
    let server = answering(Arc::new(AtomicU16::new(200))).await;
    let other = world.opened_again();
    let otlp = add(&world.engine, otlp_at(server.url())).await;
    let (_one, _two) = (world.engine.watch(), other.watch());
    let connection = world.connect().await;

    for _ in 0..3 {
        world.refresh(&connection.id).await;
        // Beside the leader, as a person would from a terminal.
        other.forward_events(&otlp, true).await.unwrap();
    }
    let newest = || world.engine.list_events(None, 1).unwrap()[0].0;
    until(|| at(&world.engine, &otlp).cursor >= newest()).await;

    let arrived: Vec<_> = records(&server.seen()).iter().map(id_of).collect();
    assert_eq!(arrived, all_events(&world.engine), "each once, in order");
}

/// F5: a keychain that is locked, and offline mode: nothing leaves, nothing is lost; a file needs neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_and_offline_mode_hold_back_what_needs_them() {
    let world = World::start().await;
    let server = answering(Arc::new(AtomicU16::new(200))).await;
    world.connect().await;
    let folder = world.folder.path().join("forwarded");
    let (otlp, file) = (add(&world.engine, otlp_at(server.url())).await, add(&world.engine, file_in(&folder)).await);

    world.keychain.be(fakes::keychain::Mood::Locked);
    let outcome = world.engine.forward_events(&otlp, true).await.unwrap();
    let Forwarded::Stopped { complaint, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(complaint.trouble, ForwardingTrouble::Keychain);
    assert!(matches!(world.engine.forward_events(&file, true).await.unwrap(), Forwarded::Done { sent: 1.., .. }));
    world.keychain.heal();

    world.engine.set_refresh_mode(domain::lifecycle::refresh_mode::RefreshMode::Offline).unwrap();
    assert_eq!(world.engine.forward_events(&otlp, true).await.unwrap(), Forwarded::Offline);
    assert!(server.seen().is_empty());
    world.engine.set_refresh_mode(domain::lifecycle::refresh_mode::RefreshMode::On).unwrap();
    assert!(matches!(world.engine.forward_events(&otlp, true).await.unwrap(), Forwarded::Done { sent: 1.., .. }));
}

/// F5: switched off, nothing leaves and nothing is lost; what waited leaves when it is on again.
#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_a_destination_is_off_waits_for_it() {
    let world = World::start().await;
    world.connect().await;
    let folder = world.folder.path().join("forwarded");
    let file = add(&world.engine, file_in(&folder)).await;
    world.engine.forward_events(&file, false).await.unwrap();

    world.engine.set_event_destination_on(&file, false).unwrap();
    world.engine.set_event_destination_on(&file, false).unwrap();
    assert_eq!(world.engine.forward_events(&file, true).await.unwrap(), Forwarded::Off, "whoever asks");
    let waiting = || world.engine.list_event_destinations().unwrap()[0].waiting_count;
    assert_eq!(waiting(), 1, "that it is off is told once, and waits");
    assert!(world.engine.try_event_destination(&file).await.unwrap().is_ok(), "a trial is no event");

    world.engine.set_event_destination_on(&file, true).unwrap();
    assert_eq!(world.engine.forward_events(&file, false).await.unwrap(), Forwarded::Done { sent: 2, dropped: 0 });
    assert_eq!((waiting(), lines(&folder).len()), (0, all_events(&world.engine).len()));
}

/// F5, A3: nothing secret of a place is in the database, and it goes with the place.
#[tokio::test(flavor = "multi_thread")]
async fn a_places_secret_is_in_the_keychain_alone_and_goes_with_it() {
    let world = World::start().await;
    let before = world.keychain.items().len();
    let otlp = add(&world.engine, otlp_at("https://otlp.example")).await;
    let added = world
        .engine
        .add_event_destination(new(NewPlace::Webhook {
            address: Secret::new("https://hooks.example/hush-hush"),
            key: None,
        }))
        .await
        .unwrap();
    assert!(added.made_key.is_some(), "one is made where none is given");
    let stored = std::fs::read(world.folder.path().join("patchbay.db-wal")).unwrap();
    assert!(!stored.windows(9).any(|it| it == b"hush-hush"));

    world.engine.remove_event_destination(&otlp).await.unwrap();
    world.engine.remove_event_destination(&added.destination.id).await.unwrap();

    let left: BTreeSet<_> = world.keychain.items().into_keys().collect();
    assert!(left.len() <= before + 1, "the canary at most stays: {left:?}");
    assert!(!left.iter().any(|it| it.contains("forwarding")), "{left:?}");
    assert_eq!(world.engine.forward_events(&otlp, true).await.unwrap(), Forwarded::Gone);
}
