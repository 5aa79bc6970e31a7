//! A person who looks elsewhere is told once of what newly needs them, and when it suits them [F4, E4, S141].

use std::collections::BTreeSet;

use domain::ConnectionId;
use domain::alert::{About, LeadsTo, Look, NoticeText, Say, Trouble, Wishes};
use domain::blast_radius::PlatformConnectionState;
use engine::flows::alerts::WithdrawnCertificate;
use engine::flows::labels::NewDependant;
use engine::platforms::PlatformFailure;
use engine::{Engine, Notice};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::blast_radius::read_world;
use super::support::{HOUR, MINUTE, World, within};

/// F4: across programs and starts, and anew after it has worked in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_is_told_once_and_the_next_one_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    let step = Some("Send mail".to_owned());
    let workflow = NewDependant { workflow: "Nightly invoices".into(), place: None, step, owner: None };
    world.engine.add_dependant(id, workflow).unwrap();
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing, "all is well");

    world.practice.revoke_all();
    drop(world.refresh(id).await);

    let first = look(&world.engine, &[]);
    let told = told(&first);
    assert_eq!((told.len(), told[0].name.as_str(), told[0].workflow_count), (1, connection.name.as_str(), 1));
    let felt = told[0].first.as_ref().unwrap();
    assert_eq!((felt.workflow.as_str(), felt.step.as_deref()), ("Nightly invoices", Some("Send mail")));
    assert_eq!(look(&world.engine, &[]).say, first.say, "what nobody could show is told at the next look");
    world.engine.remember_alerts(&first).unwrap();
    assert_eq!(look(&world.opened_again(), &[]).say, Say::Nothing, "not at every start");

    world.pass_time(MINUTE);
    drop(world.reconnect(id).await);
    assert_eq!(look(&world.engine, &[id]).say, Say::Withdraw);
    world.pass_time(MINUTE);
    world.practice.revoke_all();
    drop(world.refresh(id).await);
    assert!(matches!(look(&world.engine, &[]).say, Say::Tell(_)), "it died while nobody looked in between");
}

/// F4: held back by the board's own clock, and told when the hours are over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_of_the_board_hold_a_message_back() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut heard = world.engine.notices();
    let now = world.clock.now().to_zoned(TimeZone::system());
    let time = |hours: i64| now.checked_add(hours.hours()).unwrap().strftime("%H:%M").to_string();
    let quiet = Some(format!("{}-{}", time(-1), time(1)).parse().unwrap());
    world.engine.set_alert_wishes(Wishes { is_on: true, quiet }).unwrap();
    assert_eq!(world.opened_again().alert_wishes().unwrap(), Wishes { is_on: true, quiet });
    within(async { while heard.recv().await.unwrap() != Notice::AlertWishesChanged {} }).await;

    world.practice.revoke_all();
    drop(world.refresh(&connection.id).await);
    let held = look(&world.engine, &[]);
    assert_eq!(held.say, Say::Nothing);
    world.engine.remember_alerts(&held).unwrap();

    let until = held.again_at.unwrap();
    let waits = world.engine.until(until);
    world.pass_time(HOUR);
    waits.await;
    assert_eq!(told(&look(&world.engine, &[])).len(), 1, "and it still holds");

    world.engine.set_alert_wishes(Wishes { is_on: false, quiet: None }).unwrap();
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing);
}

/// F4, A8, D4: a platform's copy is told of like one of ours, its incident with it, under the same wishes; and again where
/// it has lived in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platforms_dead_copy_is_told_once_and_its_next_death_again() {
    let (world, script, _, id) = read_world().await;
    let state = |state| script.with(|it| it.reading.connections[0].state = state);
    let dead = || PlatformConnectionState::Dead { since: world.clock.now(), words: "401".into() };
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing, "all is well");
    state(dead());
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(world.engine.list_incidents().unwrap().len(), 1);

    let first = look(&world.engine, &[]);
    let said = told(&first);
    assert_eq!((said.len(), said[0].name.as_str(), said[0].platform.as_deref()), (1, "Mail c1", Some("n8n at Halden")));
    assert_eq!((said[0].workflow_count, said[0].first.is_some()), (2, true), "where it is felt");
    let text = NoticeText::of(said, world.engine.now(), &world.engine.clock_face()).unwrap();
    assert_eq!((text.title.as_str(), text.leads_to), ("Mail c1 in n8n at Halden needs you", LeadsTo::Board));
    world.engine.remember_alerts(&first).unwrap();
    world.pass_time(MINUTE);
    world.engine.read_platform(&id).await.unwrap();
    assert_eq!(look(&world.opened_again(), &[]).say, Say::Nothing, "once, whichever program reads it again");

    state(PlatformConnectionState::Works { at: world.clock.now() });
    world.engine.read_platform(&id).await.unwrap();
    world.pass_time(MINUTE);
    state(dead());
    world.engine.read_platform(&id).await.unwrap();
    assert!(matches!(look(&world.engine, &[]).say, Say::Tell(_)), "it lived while nobody looked");

    world.engine.set_alert_wishes(Wishes { is_on: false, quiet: None }).unwrap();
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing);
}

/// F4, D2: a key that is refused is told of once, however often it is asked again and whatever else keeps the platform away
/// meanwhile; and again once it was read in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_key_is_told_once_and_its_next_refusal_again() {
    let (world, script, _, id) = read_world().await;
    let read_at = world.engine.platform(&id).unwrap().read_at;
    let refused: fn() -> PlatformFailure = || PlatformFailure::KeyRefused("n8n at Halden".into());
    let away: fn() -> PlatformFailure = || PlatformFailure::Unreachable("n8n at Halden".into(), "no answer".into());
    let reads_with = async |failure: Option<fn() -> PlatformFailure>| {
        world.pass_time(MINUTE);
        script.with(|it| it.failure = failure);
        drop(world.engine.read_platform(&id).await);
    };
    reads_with(Some(away)).await;
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing, "that is tried again by itself");

    reads_with(Some(refused)).await;
    let first = look(&world.engine, &[]);
    let said = told(&first);
    assert_eq!((said.len(), &said[0].about, said[0].worked_at), (1, &About::Platform(id.clone()), read_at));
    let text = NoticeText::of(said, world.engine.now(), &world.engine.clock_face()).unwrap();
    assert_eq!((text.title.as_str(), text.leads_to), ("n8n at Halden needs you", LeadsTo::Platforms));
    let why =
        "n8n at Halden does not accept the key, and what is shown of it gets old. Give it another key. Last read ";
    assert!(text.body.starts_with(why), "{}", text.body);
    world.engine.remember_alerts(&first).unwrap();
    for failure in [refused, away, refused] {
        reads_with(Some(failure)).await;
        let again = world.opened_again();
        assert_eq!(look(&again, &[]).say, Say::Nothing, "once, whichever program asks again");
        assert_eq!(again.board().unwrap().platform_needs.unread.len(), 1, "and the board still says it");
    }

    reads_with(None).await;
    let standing = BTreeSet::from([About::Platform(id.clone())]);
    let mended = world.engine.look_for_alerts(&world.engine.board().unwrap(), &standing).unwrap();
    assert_eq!(mended.say, Say::Withdraw);
    world.pass_time(MINUTE);
    reads_with(Some(refused)).await;
    assert!(matches!(look(&world.engine, &[]).say, Say::Tell(_)), "it was read while nobody looked");

    world.engine.set_alert_wishes(Wishes { is_on: false, quiet: None }).unwrap();
    assert_eq!(look(&world.engine, &[]).say, Say::Nothing);
}

/// E4, S141: a rehearsal that stops holding is a message of its own, with no secret in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_certificate_is_told_of() {
    let world = World::start().await;
    let mut heard = world.engine.notices();
    let until = world.clock.now().checked_add(90.minutes()).unwrap();

    world.engine.tell_of_withdrawn_certificate(WithdrawnCertificate {
        checklist: "Monday demo".into(),
        connection: "Gmail".into(),
        until,
        customers: BTreeSet::new(),
        environment: None,
    });

    let Notice::CertificateWithdrawn { checklist, connection, until } = heard.recv().await.unwrap() else {
        panic!("nothing else happened")
    };
    let (now, face) = (world.engine.now(), world.engine.clock_face());
    let text = NoticeText::of_withdrawn(&checklist, &connection, until, now, &face);
    assert_eq!(text.title, "Monday demo: the certificate is withdrawn");
    assert!(text.body.starts_with("Gmail failed its re-test; it was to hold until "), "{}", text.body);
}

fn look(engine: &Engine, standing: &[&ConnectionId]) -> Look {
    let standing: BTreeSet<_> = standing.iter().map(|it| About::Connection((*it).clone())).collect();
    engine.look_for_alerts(&engine.board().unwrap(), &standing).unwrap()
}

fn told(look: &Look) -> &[Trouble] {
    match &look.say {
        Say::Tell(troubles) => troubles,
        other => panic!("nothing is told: {other:?}"),
    }
}
