//! A refresh token that is probably spent: sent once more to find out, and from then on only by a person [A5, B4, B5].

use std::time::Duration;

use domain::ConnectionId;
use domain::connection::GrantState;
use domain::diagnosis::ActionLabel;
use domain::lifecycle_event::EventKind;
use engine::Error;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use practice::Faults;

use super::support::{HOUR, MINUTE, World, within};

/// Answers in which a new refresh token stands that cannot be read; the one that was sent goes on working.
fn unreadable() -> Faults {
    const XML: &str = "<o><refresh_token><![CDATA[rt-that-nobody-can-read-1]]></refresh_token></o>";
    Faults::default().keeps_refresh_tokens().malformed_token_answer(XML)
}

/// Until what the loop did is written down; others' changes come without a notice. So much passes between two looks: a
/// clock that was set before the loop lay down to sleep wakes it no more.
async fn until(world: &World, ticks: Duration, is_so: impl Fn() -> bool) {
    let mut notices = world.engine.notices();
    let reached = async {
        while !is_so() {
            world.pass_time(ticks);
            drop(tokio::time::timeout(Duration::from_millis(20), notices.recv()).await);
        }
    };
    within(reached).await;
}

fn failure_count(world: &World, id: &ConnectionId) -> u32 {
    world.engine.connection(id).unwrap().refresh_failures.map_or(0, |streak| streak.count)
}

/// A5, B4: the loop sends it once more and no more, a person is told once, and a click tries again and mends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_sends_a_token_that_is_probably_spent_once_more() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.set_faults(unreadable());
    let _watch = world.engine.watch();

    world.pass_time(HOUR - MINUTE);
    // The doubt is written down after the failure. The token in hand still works.
    until(&world, Duration::ZERO, || world.status(&id) == ("expiring", "outcome_unknown")).await;
    assert_eq!(failure_count(&world, &id), 1);
    world.pass_time(MINUTE);
    until(&world, Duration::from_secs(1), || failure_count(&world, &id) == 2).await;

    let overview = world.engine.overview(&id).unwrap();
    assert_eq!(
        (overview.status.lamp.as_str(), overview.status.reason.as_str()),
        ("reauth_required", "refresh_failing")
    );
    assert!(overview.status.needs_person() && overview.status.action() == ActionLabel::Reconnect);
    assert_eq!(overview.refresh_at, None, "nobody sends it by itself");
    for _ in 0..24 {
        world.pass_time(HOUR);
        let asked = world.engine.fresh_access_token(&id, Duration::ZERO, "a test").await.map(drop);
        assert!(matches!(asked, Err(Error::NeedsMending { .. })), "{asked:?}");
    }
    assert_eq!(world.refreshes().len(), 2, "neither the loop nor who wants a token");
    assert!(matches!(world.engine.connection(&id).unwrap().grant, GrantState::OutcomeUnknown { .. }), "and not ended");
    let told = |kind: EventKind| world.event_kinds(Some(&id)).iter().filter(|it| **it == kind.as_str()).count();
    assert_eq!(told(EventKind::ReauthRequiredSet), 1, "{:?}", world.event_kinds(Some(&id)));

    assert!(matches!(world.refresh(&id).await, RefreshOutcome::Failed { .. }), "a click tries");
    assert_eq!((world.refreshes().len(), told(EventKind::ReauthRequiredSet)), (3, 1));
    world.set_faults(Faults::default().answers_status(503));
    assert!(matches!(world.refresh(&id).await, RefreshOutcome::Failed { .. }));
    assert_eq!(world.engine.overview(&id).unwrap().refresh_at, None, "an outage since then changes nothing");
    world.set_faults(Faults::default());
    assert!(matches!(world.refresh(&id).await, RefreshOutcome::Refreshed { .. }), "it was not spent");
    assert_eq!(world.status(&id), ("active", "kept_alive"));
    assert_eq!(told(EventKind::ReauthRequiredCleared), 1);
}

/// A5, B4: what never left is tried again as often as it takes, also with a token in doubt; so is what an outage refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_down_gives_no_token_up() {
    let world = World::start().await;
    let connection = world.connect().await;
    let id = &connection.id;
    let needed = || world.engine.refresh(id, RefreshWhy::Needed { min_valid: 2 * HOUR });
    world.set_faults(unreadable());
    world.pass_time(2 * MINUTE);
    assert!(matches!(needed().await, Ok(RefreshOutcome::Failed { .. })));
    let is_waited_for = || {
        let streak = world.engine.connection(id).unwrap().refresh_failures.unwrap();
        streak.last.is_tried_again() && world.engine.overview(id).unwrap().refresh_at.is_some()
    };

    world.move_token_endpoint(id, "http://127.0.0.1:1/token");
    for _ in 0..5 {
        world.clock.advance(20 * MINUTE);
        assert!(matches!(needed().await, Ok(RefreshOutcome::Failed { .. })));
        assert!(is_waited_for());
    }
    world.move_token_endpoint(id, connection.endpoints.token_endpoint.as_str());
    world.set_faults(Faults::default().answers_status(503));
    for _ in 0..5 {
        world.clock.advance(20 * MINUTE);
        assert!(matches!(needed().await, Ok(RefreshOutcome::Failed { .. })));
        assert!(is_waited_for());
    }

    world.set_faults(Faults::default());
    world.clock.advance(20 * MINUTE);
    let outcome = needed().await;
    assert!(matches!(outcome, Ok(RefreshOutcome::Refreshed { .. })), "{outcome:?}");
}
