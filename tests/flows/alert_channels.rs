//! Alerts at channels: each incident once, its repair after it, nothing lost and nothing twice, whatever the receiver does
//! [F4, A3, A5, S085].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Secret;
use domain::alert::{ChannelRule, CommandSettings, Wishes};
use domain::connection::Connection;
use domain::lifecycle::refresh_mode::RefreshMode;
use domain::lifecycle_event::EventKind;
use engine::flows::alert_channels::NewChannel;
use engine::flows::labels::NewDependant;
use engine::store::Delivery;
use engine::{Engine, Error};
use fakes::keychain::Mood;
use fakes::server::{Answer, Seen, Server};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use practice::{Faults, Settings};
use serde_json::Value;

use super::support::{HOUR, MINUTE, World, timeouts, within};

/// Longer than messages gather for.
const GATHERED: Duration = Duration::from_secs(21);

/// A receiver whose answer a test changes.
struct Receiver {
    server: Server,
    answer: Arc<Mutex<Answer>>,
}

impl Receiver {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new(Answer::json(200, "ok")));
        let given = Arc::clone(&answer);
        let server = Server::start(move |_, _| given.lock().unwrap().clone()).await.unwrap();
        Self { server, answer }
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn address(&self) -> Secret {
        Secret::new(format!("{}/services/T0/hush-hush", self.server.url()))
    }

    fn webhook(&self) -> NewChannel {
        NewChannel::Webhook { address: self.address(), key: None }
    }

    fn seen(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// Type and title of each message.
    fn said(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.seen()
            .iter()
            .map(|it| serde_json::from_str::<Value>(&it.body).unwrap())
            .map(|it| (text(&it["type"]), text(&it["data"]["title"])))
            .collect()
    }

    /// The names of the messages, in the order they came.
    fn names(&self) -> Vec<String> {
        self.seen().iter().map(|it| header(it, "webhook-id")).collect()
    }
}

fn header(seen: &Seen, name: &str) -> String {
    seen.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn raised(title: &str) -> (String, String) {
    ("alert.raised".into(), title.into())
}

fn resolved(title: &str) -> (String, String) {
    ("alert.resolved".into(), title.into())
}

async fn add(engine: &Engine, name: &str, new: NewChannel) {
    engine.add_alert_channel(name, new, ChannelRule::default()).await.unwrap();
}

/// What the one that leads does a moment after something changed, and once what came together has gathered.
async fn told(world: &World, engine: &Engine) {
    engine.look_for_channels().unwrap();
    world.pass_time(GATHERED);
    engine.look_for_channels().unwrap();
    engine.send_due_alerts().await.unwrap();
}

async fn dead(world: &World) -> Connection {
    let connection = world.connect().await;
    kill(world, &connection).await;
    connection
}

async fn kill(world: &World, connection: &Connection) {
    world.practice.revoke_all();
    drop(world.refresh(&connection.id).await);
}

fn log(engine: &Engine, channel: &str) -> Vec<Delivery> {
    let channel = engine.find_alert_channel(channel).unwrap();
    engine.alert_deliveries(Some(&channel.id), None, 50).unwrap()
}

/// F4: connection, workflow, first failing step, cause and the way back, at every channel once; and the repair after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_incident_reaches_every_channel_once_and_its_repair_after_it() {
    let world = World::start().await;
    let (hook, slack, teams) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let file = world.folder.path().join("messages");
    add(&world.engine, "Hook", hook.webhook()).await;
    add(&world.engine, "Slack", NewChannel::Slack { address: slack.address() }).await;
    add(&world.engine, "Teams", NewChannel::Teams { address: teams.address() }).await;
    if cfg!(unix) {
        let arguments = vec!["-c".to_owned(), format!("cat >> '{}'", file.display())];
        add(&world.engine, "Script", NewChannel::Command(CommandSettings { program: "/bin/sh".into(), arguments }))
            .await;
    }
    let lines = || std::fs::read_to_string(&file).map(|it| it.lines().count()).ok();
    let connection = world.connect().await;
    let (name, step) = (connection.name.clone(), Some("Send mail".to_owned()));
    let workflow = NewDependant { workflow: "Nightly invoices".into(), place: None, step, owner: None };
    world.engine.add_dependant(&connection.id, workflow).unwrap();
    told(&world, &world.engine).await;
    assert!(hook.seen().is_empty(), "all is well");

    kill(&world, &connection).await;
    for _ in 0..3 {
        told(&world, &world.engine).await;
    }
    told(&world, &world.opened_again()).await;

    assert_eq!(hook.said(), [raised(&format!("{name} needs you"))], "once, also after another start");
    let body: Value = serde_json::from_str(&hook.seen()[0].body).unwrap();
    let item = &body["data"]["items"][0];
    assert_eq!(
        (&item["name"], &item["cause"], &item["action"]),
        (&name.as_str().into(), &"grant_revoked".into(), &"reconnect".into())
    );
    assert_eq!(item["first_failing_run"]["workflow"], "Nightly invoices");
    assert_eq!(item["first_failing_run"]["step"], "Send mail");
    assert_eq!(item["link"], format!("patchbay://reconnect/{}", connection.id));
    assert_eq!(body["data"]["message"], header(&hook.seen()[0], "webhook-id").as_str());
    assert!(header(&hook.seen()[0], "webhook-signature").starts_with("v1,"));
    for (receiver, kind) in [(&slack, "blocks"), (&teams, "attachments")] {
        let seen = receiver.seen();
        assert_eq!(seen.len(), 1, "{kind}");
        assert!(seen[0].body.contains(kind) && seen[0].body.contains("Nightly invoices"), "{}", seen[0].body);
    }
    assert_eq!(lines(), cfg!(unix).then_some(1));

    world.pass_time(MINUTE);
    drop(world.reconnect(&connection.id).await);
    told(&world, &world.engine).await;
    told(&world, &world.engine).await;
    assert_eq!(hook.said()[1..], [resolved(&format!("{name} needs nobody any more"))]);
    let over: Value = serde_json::from_str(&hook.seen()[1].body).unwrap();
    assert_eq!(over["data"]["items"][0]["raised_by"], body["data"]["message"], "it says what it ends");
    assert_eq!((slack.seen().len(), teams.seen().len()), (2, 2));
    assert_eq!(lines(), cfg!(unix).then_some(2));
}

/// F4: nothing is lost, nothing sent twice, and what is over is not told before what it ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_down_for_an_hour_gets_everything_once_and_in_order() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    add(&world.engine, "Hook", receiver.webhook()).await;
    receiver.answers(Answer::json(503, "down for maintenance"));
    let connection = dead(&world).await;
    told(&world, &world.engine).await;
    world.pass_time(MINUTE);
    drop(world.reconnect(&connection.id).await);
    for _ in 0..59 {
        told(&world, &world.engine).await;
        world.pass_time(MINUTE - GATHERED);
    }
    let tried = receiver.seen().len();
    assert!((4..40).contains(&tried), "it waits longer and longer: {tried} tries in an hour");
    let names = receiver.names();
    assert!(names.iter().all(|it| *it == names[0]), "the same name at each try, and the repair waits behind it");
    assert_eq!(log(&world.engine, "Hook").len(), 2);
    assert!(log(&world.engine, "Hook")[1].failure.as_ref().unwrap().words.contains("503"));

    receiver.answers(Answer::json(200, "ok"));
    world.pass_time(HOUR / 4);
    told(&world, &world.engine).await;
    world.pass_time(HOUR);
    told(&world, &world.engine).await;

    let kinds: Vec<_> = receiver.said()[tried..].iter().map(|(kind, _)| kind.clone()).collect();
    assert_eq!(kinds, ["alert.raised", "alert.resolved"]);
    assert!(log(&world.engine, "Hook").iter().all(|it| it.delivered_at.is_some()));
}

/// F4: a signature carries the time of its own try; a try that may have arrived is made again under the same name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_may_have_arrived_comes_again_under_the_same_name() {
    let world = World::impatient().await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        // Reads all of it, and never says a word.
        let mut kept = vec![];
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    let address = Secret::new(format!("http://127.0.0.1:{port}/in"));
    add(&world.engine, "Hook", NewChannel::Webhook { address, key: None }).await;
    dead(&world).await;
    told(&world, &world.engine).await;
    let first = log(&world.engine, "Hook").pop().unwrap();
    let words = first.failure.clone().unwrap().words;
    assert!(words.contains("may have arrived"), "{words}");
    silent.abort();
    drop(silent.await);

    let server = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let head = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = server.accept().await.unwrap();
        let mut head = vec![];
        while !head.windows(4).any(|it| it == b"\r\n\r\n") {
            stream.read_buf(&mut head).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&head).into_owned()
    });
    world.pass_time(HOUR);
    world.engine.send_due_alerts().await.unwrap();
    let head = within(head).await.unwrap();
    assert!(head.contains(&format!("webhook-id: {}", first.message)), "{head}");
    assert!(head.contains(&format!("webhook-timestamp: {}", world.clock.now().as_second())), "{head}");
    assert!(log(&world.engine, "Hook")[0].delivered_at.is_some());
}

/// F4, A5: written down before it is sent: a program that dies in between leaves it to the next, and neither loses nor
/// repeats it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_dies_between_writing_and_sending_loses_nothing() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    add(&world.engine, "Hook", receiver.webhook()).await;
    let connection = dead(&world).await;
    world.engine.look_for_channels().unwrap();
    world.pass_time(GATHERED);
    world.engine.look_for_channels().unwrap();
    assert!(receiver.seen().is_empty(), "it is written down, and the program dies here");

    let next = world.opened_again();
    told(&world, &next).await;
    told(&world, &next).await;

    assert_eq!(receiver.said(), [raised(&format!("{} needs you", connection.name))]);
}

/// F4, A10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_revoked_grants_are_one_message() {
    let settings = Settings { staff: 30, ..Settings::default() };
    let world = World::start_with(settings, timeouts(Duration::from_secs(10))).await;
    let receiver = Receiver::start().await;
    add(&world.engine, "Hook", receiver.webhook()).await;
    let mut connections = vec![];
    for number in 1..=30 {
        world.signs_in_as(&format!("staff-{number}"));
        let request = world.request();
        connections.push(
            world
                .connect_with(engine::flows::connect::ConnectRequest {
                    name: Some(format!("Mailbox {number}")),
                    ..request
                })
                .await,
        );
    }
    world.practice.revoke_all();
    for connection in &connections {
        drop(world.refresh(&connection.id).await);
        world.engine.look_for_channels().unwrap();
        world.pass_time(Duration::from_secs(1));
    }
    told(&world, &world.engine).await;

    assert_eq!(receiver.said(), [raised("30 connections need you")]);
    let body: Value = serde_json::from_str(&receiver.seen()[0].body).unwrap();
    assert_eq!((body["data"]["items"].as_array().unwrap().len(), &body["data"]["count"]), (30, &30.into()));
}

/// F4: held back by the board's own clock, and told when the hours are over, by the loop that runs by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_messages_back_and_the_loop_tells_them_after() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    add(&world.engine, "Hook", receiver.webhook()).await;
    let now = world.clock.now().to_zoned(TimeZone::system());
    let time = |hours: i64| now.checked_add(hours.hours()).unwrap().strftime("%H:%M").to_string();
    let quiet = Some(format!("{}-{}", time(-1), time(1)).parse().unwrap());
    world.engine.set_alert_wishes(Wishes { is_on: true, quiet }).unwrap();
    let connection = dead(&world).await;
    told(&world, &world.engine).await;
    assert!(receiver.seen().is_empty());
    assert!(log(&world.engine, "Hook").is_empty(), "not even written down: it may be mended by then");

    let watch = world.engine.watch();
    world.pass_time(HOUR);
    within(async {
        while receiver.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    drop(watch);
    assert_eq!(receiver.said(), [raised(&format!("{} needs you", connection.name))]);
}

/// F4, B11: a grant that is known to end is told so many days before, once; and once more when a new sign-in moved it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_ends_is_told_ahead_in_its_time() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let day = HOUR * 24;
    let rule = ChannelRule { ahead: Some(day * 7), ..ChannelRule::default() };
    world.engine.add_alert_channel("Hook", receiver.webhook(), rule).await.unwrap();
    add(&world.engine, "Other", receiver.webhook()).await;
    world.set_faults(Faults { refresh_token_lifetime: Some(day * 30), ..Faults::default() });
    let connection = world.connect().await;
    let again_at = world.engine.look_for_channels().unwrap().unwrap();
    let ends_at = world.clock.now().checked_add(day * 30).unwrap();
    assert_eq!(again_at, ends_at.checked_sub(day * 7).unwrap(), "a week before");
    assert!(receiver.seen().is_empty());

    world.pass_time(day * 24);
    told(&world, &world.engine).await;
    told(&world, &world.engine).await;
    let said = receiver.said();
    assert_eq!((said.len(), said[0].0.as_str()), (1, "alert.ahead"), "once, and to the one that asked for it");
    assert!(said[0].1.starts_with(&format!("{} ends ", connection.name)), "{said:?}");
}

/// S085: what a receiver points to is not asked, and the channel says where it led.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_into_a_private_network_is_refused_and_told() {
    let world = World::start().await;
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    let location = vec![("location".to_owned(), format!("{}/admin", inside.server.url()))];
    receiver.answers(Answer { status: 307, headers: location, body: String::new() });
    add(&world.engine, "Hook", receiver.webhook()).await;
    let channel = world.engine.find_alert_channel("Hook").unwrap();

    let test = world.engine.test_alert_channel(&channel.id).await.unwrap();

    let failure = test.failure.unwrap();
    assert_eq!((failure.code.as_str(), test.delivered_at), ("redirected", None));
    assert!(failure.words.contains("a private network"), "{}", failure.words);
    assert!(inside.seen().is_empty() && receiver.seen().len() == 1);
    for bad in
        ["http://10.0.0.7/in", "http://169.254.169.254/latest", "ftp://hooks.example/", "https://a:b@hooks.example/"]
    {
        let new = NewChannel::Webhook { address: Secret::new(bad), key: None };
        let outcome = world.engine.add_alert_channel("Other", new, ChannelRule::default()).await;
        assert!(matches!(outcome.err(), Some(Error::ChannelSecretRefused(_))), "{bad}");
    }
}

/// F4, B9: a receiver by whose clock ours is minutes off refuses what is signed, and the channel says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_disagree_are_named_where_a_signature_is_refused() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let theirs = world.clock.now().checked_add(10.minutes()).unwrap();
    let date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    receiver.answers(Answer { status: 401, headers: vec![("date".to_owned(), date)], body: "stale".to_owned() });
    add(&world.engine, "Hook", receiver.webhook()).await;
    let channel = world.engine.find_alert_channel("Hook").unwrap();

    let test = world.engine.test_alert_channel(&channel.id).await.unwrap();

    let words = test.failure.unwrap().words;
    assert!(words.contains("answered 401: \u{201c}stale\u{201d}"), "{words}");
    assert!(words.contains("clock is 10 min behind the receiver\u{2019}s"), "{words}");
}

/// F4: given up after three days, and the timeline says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_takes_for_three_days_is_given_up_and_told_in_the_timeline() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    receiver.answers(Answer::json(500, "broken"));
    add(&world.engine, "Hook", receiver.webhook()).await;
    dead(&world).await;
    told(&world, &world.engine).await;
    for _ in 0..74 {
        world.pass_time(HOUR);
        world.engine.send_due_alerts().await.unwrap();
    }

    let message = log(&world.engine, "Hook").pop().unwrap();
    assert!(message.given_up_at.is_some() && message.next_try_at.is_none(), "{message:?}");
    let events = world.engine.list_events(None, 200).unwrap();
    let given_up: Vec<_> = events.iter().filter(|(_, it)| it.kind == EventKind::AlertGivenUp).collect();
    assert_eq!(given_up.len(), 1);
    assert_eq!(given_up[0].1.subject.as_deref(), Some("Hook"));
    let tried = receiver.seen().len();
    world.pass_time(HOUR);
    world.engine.send_due_alerts().await.unwrap();
    assert_eq!(receiver.seen().len(), tried, "it is over");
}

/// F4: a test goes out whatever the rule says; what arrives brings on what waits; nothing leaves offline; a locked keychain
/// is named and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_a_message_here_is_told_and_passes() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    add(&world.engine, "Hook", receiver.webhook()).await;
    let channel = world.engine.find_alert_channel("Hook").unwrap();
    dead(&world).await;
    world.engine.set_refresh_mode(RefreshMode::Offline).unwrap();
    told(&world, &world.engine).await;
    let outcome = world.engine.test_alert_channel(&channel.id).await;
    assert!(matches!(outcome, Err(Error::Offline)) && receiver.seen().is_empty());
    world.engine.set_refresh_mode(RefreshMode::On).unwrap();

    world.keychain.be(Mood::Locked);
    told(&world, &world.engine).await;
    let waiting = log(&world.engine, "Hook").pop().unwrap();
    assert_eq!(waiting.failure.as_ref().map(|it| it.code.as_str()), Some("keychain_unavailable"));
    assert!(waiting.next_try_at.is_some() && receiver.seen().is_empty());
    world.keychain.be(Mood::Willing);

    let test = world.engine.test_alert_channel(&channel.id).await.unwrap();
    assert!(test.delivered_at.is_some());
    world.engine.send_due_alerts().await.unwrap();
    let kinds: Vec<_> = receiver.said().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["alert.test", "alert.raised"], "a channel that works again is not made to wait");
}

/// A3: neither the address nor the signing secret is anywhere but in the keychain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "looked for where it must not be")]
async fn what_is_secret_of_a_channel_stays_in_the_keychain() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let new = receiver.webhook();
    let added = world.engine.add_alert_channel("Hook", new, ChannelRule::default()).await.unwrap();
    let key = added.made_key.unwrap();
    receiver.answers(Answer::json(403, "no: /services/T0/hush-hush is not known"));
    world.engine.test_alert_channel(&added.channel.id).await.unwrap();

    let mut stored = vec![];
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
    let stored = String::from_utf8_lossy(&stored);
    assert!(stored.contains("is not known"), "the receiver's words are kept");
    assert!(!stored.contains("hush-hush"), "the address is a key");
    assert!(!stored.contains(key.expose_secret().trim_start_matches("whsec_")));

    world.engine.remove_alert_channel(&added.channel.id).await.unwrap();
    assert!(matches!(world.engine.find_alert_channel("Hook"), Err(Error::ChannelGone(_))));
    add(&world.engine, "Hook", receiver.webhook()).await;
}
