//! Refreshing: durable before it is used, once per 401, and never again after a grant has ended
//! [A4, A5, B1, B4, B5, S067, S068, S071, S072].

use std::time::Duration;

use domain::TokenVersion;
use domain::connection::GrantState;
use domain::diagnosis::CauseLabel;
use domain::lifecycle_event::EventKind;
use engine::Error;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::refresh_lock::RefreshLocks;
use engine::store::Store;
use jiff::Timestamp;
use practice::{ApiRejection, Endpoint, Faults};

use super::support::{HOUR, MINUTE, World, fingerprint_in, within};

/// A5, S069: whoever can read the new version finds its bundle in the keychain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_token_is_durable_before_it_counts() {
    let world = World::start().await;
    let connection = world.connect().await;
    // Writing, reading back, erasing: at each call the pointer must lead to a bundle that is there.
    for call in 1..=4 {
        let (engine, id, keychain) = (world.engine.clone(), connection.id.clone(), world.keychain.clone());
        world.keychain.before_call(call, move || {
            let counted = engine.connection(&id).unwrap().token.unwrap().refresh_fingerprint.unwrap();
            let held: Vec<_> = keychain.items().values().filter_map(|text| fingerprint_in(text)).collect();
            assert!(held.iter().any(|it| it == counted.as_str()), "{counted} counts and is not there");
        });
        assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { is_rotated: true, .. }));
    }

    let after = world.engine.connection(&connection.id).unwrap().token.unwrap();
    assert_eq!(after.version.0, 5);
    assert_eq!(world.bundle_count().await, 1, "the rotated token is discarded");
    let grant = &world.practice.grants()[0];
    let usable: Vec<_> = grant.refresh_tokens.iter().filter(|token| token.usable).collect();
    assert_eq!(usable.len(), 1);
    assert_eq!(usable[0].fingerprint, after.refresh_fingerprint.unwrap().as_str(), "what is stored is what works");
}

/// S068
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_rotate_keeps_the_refresh_token_it_gave() {
    let world = World::start().await;
    world.set_faults(Faults::default().keeps_refresh_tokens());
    let connection = world.connect().await;
    let before = connection.token.unwrap();

    for _ in 0..3 {
        assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { is_rotated: false, .. }));
    }

    let after = world.engine.connection(&connection.id).unwrap().token.unwrap();
    assert_eq!(after.refresh_fingerprint, before.refresh_fingerprint, "the old one is carried over");
    assert_ne!(after.access_fingerprint, before.access_fingerprint);
}

/// B4, E2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_access_token_leads_to_one_refresh_and_one_retry() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();
    assert_eq!(world.practice.expire_access_tokens(), 1, "over there, while we think it holds");

    let call = world.engine.run_test_call(&connection.id).await.unwrap();

    assert!(call.failure.is_none() && call.was_refreshed, "{call:?}");
    assert_eq!((world.refreshes().len(), calls(&world)), (1, 2), "one refresh, one retry");

    world.practice.clear_log();
    world.set_faults(Faults::default().api_rejects(ApiRejection::InvalidToken));
    let call = world.engine.run_test_call(&connection.id).await.unwrap();
    assert!(call.failure.is_some(), "an API that refuses every token is not asked for ever");
    assert_eq!((world.refreshes().len(), calls(&world)), (1, 2));
    assert_eq!(world.status(&connection.id).0, "unproved", "refused, and yet the grant lives");
    assert!(world.still_works(&connection.id).await);
}

/// A6, F2: a token that the API was seen to refuse is not handed out, however long it was meant to hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_known_to_be_refused_is_not_handed_out() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.expire_access_tokens();
    world.set_faults(Faults::default().answers_status(503));
    assert!(world.engine.run_test_call(&connection.id).await.unwrap().failure.is_some());

    let refused = world.engine.fresh_access_token(&connection.id, Duration::ZERO, "a test").await.err();

    assert!(matches!(refused, Some(Error::Temporary { .. })), "an outage keeps it from being renewed: {refused:?}");
    world.set_faults(Faults::default());
    world.pass_time(HOUR / 2);
    assert!(world.engine.fresh_access_token(&connection.id, Duration::ZERO, "a test").await.is_ok());
    assert!(world.still_works(&connection.id).await);
}

/// B4, B5: a gateway answers so too. Whoever wants a token asks again, and so does the loop; a person is told when it was
/// no accident.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_without_a_word_is_tried_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_status_saying(400, "", ""));
    let mut told = vec![];
    for _ in 0..3 {
        world.pass_time(HOUR);
        let refused = world.engine.fresh_access_token(&connection.id, Duration::ZERO, "a test").await.err();
        let is_temporary = matches!(refused, Some(Error::Temporary { .. }));
        told.push((is_temporary, world.status(&connection.id).0));
    }
    assert_eq!(
        told,
        [(true, "expiring"), (true, "expiring"), (false, "reauth_required")],
        "three times is no accident"
    );
    assert_eq!(world.refreshes().len(), 3, "each asked");

    world.set_faults(Faults::default());
    world.pass_time(HOUR);
    let mut heard = world.engine.notices();
    let _watch = world.engine.watch();
    let heals = async {
        while world.status(&connection.id).0 != "active" {
            heard.recv().await.unwrap();
        }
    };
    within(heals).await;
    assert_eq!(world.refreshes().len(), 4, "by itself, and once");
    let kinds = world.event_kinds(Some(&connection.id));
    let told = kinds.iter().filter(|it| it.starts_with("reauth_required_")).collect::<Vec<_>>();
    assert_eq!(told, [&"reauth_required_cleared", &"reauth_required_set"], "the newest first, and each once");
    let health = world.engine.health(Timestamp::UNIX_EPOCH).unwrap().overall;
    let asked = (health.reauth_prompted_count, health.reauth_completed_count, health.reauth_passed_count);
    assert_eq!(asked, (1, 0, 1), "C9: somebody was told, and nobody had to come");
    assert_eq!((health.wordless_count, health.invalid_grant_count), (3, 0), "C9: no grant ended");
}

/// B4, B5: outages count for nothing in what a person is told of, undo nothing, and the lamp stands still after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outages_among_refusals_without_a_word_neither_hasten_nor_hide_them() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut seen = vec![];
    for status in [503, 503, 403, 503, 403, 503, 403, 503, 429, 503] {
        world.pass_time(HOUR);
        world.set_faults(Faults::default().answers_status_saying(status, "", ""));
        world.refresh(&connection.id).await;
        seen.push(world.status(&connection.id).0);
    }

    let [first, second] = [vec!["expiring"; 6], vec!["reauth_required"; 4]];
    assert_eq!(seen, [first, second].concat(), "from the third refusal on, and no more than once");
    let kinds = world.event_kinds(Some(&connection.id));
    assert_eq!(kinds.iter().filter(|it| **it == "reauth_required_set").count(), 1);
    let cause = world.engine.overview(&connection.id).unwrap().status.diagnosis().map(|it| it.http_status);
    assert_eq!(cause, Some(Some(403)), "what is told is the refusal");
    let asked = world.engine.fresh_access_token(&connection.id, Duration::ZERO, "a test").await.err();
    assert!(matches!(&asked, Some(Error::NeedsMending { diagnosis, .. }) if diagnosis.http_status == Some(403)));
}

/// B4: who was told waits for no try, and the provider is not asked four times an hour for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_a_person_was_told_it_is_tried_about_once_an_hour() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_status_saying(403, "", ""));
    let mut waits = vec![];
    for _ in 0..20 {
        world.pass_time(HOUR);
        let RefreshOutcome::Failed { retry_at, .. } = world.refresh(&connection.id).await else { panic!("refused") };
        waits.push(Duration::try_from(retry_at.duration_since(world.engine.now())).unwrap());
    }

    assert!(waits.iter().all(|it| *it <= HOUR), "{waits:?}");
    assert!(waits[13..].iter().all(|it| *it >= HOUR / 2), "from half an hour to an hour: {waits:?}");
}

/// C2, B6: what is no question of the token is not answered by a refresh.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lacking_scopes_and_rate_limits_lead_to_no_refresh() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();
    for (rejection, cause) in [
        (ApiRejection::InsufficientScope, CauseLabel::InsufficientScope),
        (ApiRejection::TooManyRequests { retry_after: Some("30".into()) }, CauseLabel::RateLimited),
    ] {
        world.set_faults(Faults::default().api_rejects(rejection));
        let call = world.engine.run_test_call(&connection.id).await.unwrap();
        assert_eq!(call.failure.unwrap().cause, cause);
    }

    assert_eq!((world.refreshes().len(), calls(&world)), (0, 2), "one call each");
}

/// B5, S072: a state, not a retry; nobody asks again, whoever wants a token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_grant_is_never_asked_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.revoke_all();
    assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::GrantEnded { .. }));
    assert_eq!(world.status(&connection.id).0, "reauth_required");
    assert_eq!(
        world.event_kinds(Some(&connection.id))[..3],
        ["reauth_required_set", "revoked_detected", "refresh_failed"]
    );
    world.practice.clear_log();

    let _watch = world.engine.watch();
    world.pass_time(2 * HOUR);
    for why in [
        RefreshWhy::Scheduled { due_at: world.clock.now() },
        RefreshWhy::Person,
        RefreshWhy::Needed { min_valid: HOUR },
        RefreshWhy::Rejected { version: connection.token.unwrap().version },
    ] {
        let outcome = world.engine.refresh(&connection.id, why).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "{why:?} led to {outcome:?}");
    }
    let token = world.engine.fresh_access_token(&connection.id, MINUTE, "a test").await;
    assert!(matches!(token, Err(Error::BlockedOnAuth { .. })), "the command line says so");
    let call = world.engine.run_test_call(&connection.id).await.unwrap();
    assert!(call.failure.is_some() && call.called.is_empty());
    let again = world.opened_again();
    again.reconcile().await.unwrap();
    assert!(matches!(
        again.refresh(&connection.id, RefreshWhy::Person).await.unwrap(),
        RefreshOutcome::GrantEnded { .. }
    ));

    assert!(world.practice.log().is_empty(), "not one request: {:?}", world.practice.log());
}

/// B5, S071, S072: refused because another program was faster: its token is taken, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_not_believed_when_the_stored_token_has_changed_meanwhile() {
    let world = World::start().await;
    let connection = world.connect().await;
    // Long enough for the other to be done on a machine that builds besides.
    let slow = Faults::default().tolerates_reuse().answers_slowly(Duration::from_secs(4)).for_token_requests(1);
    world.set_faults(slow);
    let ours = tokio::spawn({
        let (engine, id) = (world.engine.clone(), connection.id.clone());
        async move { engine.refresh(&id, RefreshWhy::Person).await.unwrap() }
    });
    world.practice.until_logged(|log| log.iter().filter(|it| it.endpoint == Endpoint::Token).count() == 2).await;
    // A program on a file system without locks, or with a folder restored from a backup.
    std::fs::rename(world.folder.path().join("locks"), world.folder.path().join("locks of before")).unwrap();
    let elsewhere = world.opened_again().refresh(&connection.id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(elsewhere, RefreshOutcome::Refreshed { .. }), "{elsewhere:?}");

    let outcome = ours.await.unwrap();

    assert!(
        matches!(outcome, RefreshOutcome::Refreshed { .. }),
        "nobody has to sign in because two programs met: {outcome:?}"
    );
    assert_eq!(world.refreshes().len(), 3, "refused, looked, asked once more");
    assert_eq!(world.status(&connection.id).0, "active");
}

/// A5, B1: an answer that was lost after the provider rotated: the state says that nobody knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_called_unknown_and_one_retry_settles_it() {
    for (grace, works) in [(MINUTE, true), (Duration::ZERO, false)] {
        let world = World::start().await;
        let connection = world.connect().await;
        world.set_faults(Faults::default().rotation_grace(grace).drops_answer_after_rotating());

        let outcome = world.refresh(&connection.id).await;

        assert!(matches!(outcome, RefreshOutcome::Failed { .. }), "{outcome:?}");
        assert_eq!(world.status(&connection.id), ("expiring", "outcome_unknown"), "neither alive nor dead is claimed");
        assert_eq!(world.refreshes().len(), 1, "not repeated in the same breath");
        let lost_at = world.clock.now();
        world.set_faults(Faults::default().rotation_grace(grace));
        world.clock.advance(MINUTE);
        let retried = world.engine.refresh(&connection.id, RefreshWhy::Needed { min_valid: HOUR }).await.unwrap();
        if works {
            assert!(
                matches!(retried, RefreshOutcome::Refreshed { .. }),
                "within the grace nothing is lost: {retried:?}"
            );
            assert_eq!(world.status(&connection.id), ("active", "kept_alive"));
        } else {
            let RefreshOutcome::GrantEnded { diagnosis } = &retried else { panic!("{retried:?}") };
            let told = (diagnosis.cause, diagnosis.provider_code.as_deref());
            assert_eq!(
                told,
                (CauseLabel::RefreshTokenReused, Some("invalid_grant")),
                "our own lost answer explains it"
            );
            assert_eq!(world.status(&connection.id), ("reauth_required", "refresh_token_reused"));
            let events = world.engine.list_events(Some(&connection.id), 50).unwrap();
            let (_, failed) = events.iter().find(|(_, event)| event.kind == EventKind::RefreshFailed).unwrap();
            assert_eq!(failed.subject, Some(lost_at.to_string()), "and the moment is known");
        }
    }
}

/// A5: a process that died with a request under way leaves doubt behind, and whoever looks is told, before anybody
/// has settled it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_left_behind_shows_as_doubt_to_whoever_only_looks() {
    let world = World::start().await;
    let id = world.connect().await.id;
    let store = Store::open(&world.folder.path().join("patchbay.db")).unwrap();
    let lock = RefreshLocks::new(world.folder.path().join("locks")).acquire(&id, MINUTE).await.unwrap();
    store.begin_refresh(&id, TokenVersion(1), world.clock.now(), "one that died").unwrap();
    let engine = world.opened_again();
    let told = || engine.overview(&id).unwrap().status.reason.as_str();

    world.clock.advance(MINUTE);
    assert_eq!(told(), "kept_alive", "it may be under way in another process");
    world.clock.advance(2 * MINUTE);
    assert_eq!(told(), "outcome_unknown");
    assert_eq!(engine.board().unwrap().connections[0].status.reason.as_str(), "outcome_unknown");
    drop(lock);
    assert_eq!(told(), "outcome_unknown");
    assert!(matches!(engine.connection(&id).unwrap().grant, GrantState::Alive { .. }), "looking writes nothing");
    assert_eq!(store.list_intents().unwrap().len(), 1, "and settles nothing");
}

/// S067: once the request has left, nobody's impatience loses its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_caller_left_is_stored_all_the_same() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_slowly(Duration::from_millis(200)));

    let caller = tokio::spawn({
        let (engine, id) = (world.engine.clone(), connection.id.clone());
        async move { engine.refresh(&id, RefreshWhy::Person).await }
    });
    world.practice.until_logged(|log| log.iter().filter(|it| it.endpoint == Endpoint::Token).count() == 2).await;
    caller.abort();

    let mut notices = world.engine.notices();
    while world.engine.connection(&connection.id).unwrap().token.unwrap().version.0 < 2 {
        super::support::within(notices.recv()).await.unwrap();
    }
    assert!(world.still_works(&connection.id).await, "the rotated token was kept");
}

fn calls(world: &World) -> usize {
    world.practice.log().iter().filter(|it| it.endpoint == Endpoint::Userinfo).count()
}

/// F2, S060: who wants longer than is left gets a new token where one holds as long; where none does, or hardly anything
/// of it is over, nothing is fetched for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_young_token_is_renewed_only_where_a_new_one_holds_as_long_as_is_wanted() {
    let world = World::start().await;
    world.set_faults(Faults::default().access_token_lifetime(MINUTE / 2));
    let id = world.connect().await.id;
    let second = Duration::from_secs(1);
    let refreshed_for = async |wanted: Duration| {
        let before = world.refreshes().len();
        world.engine.fresh_access_token(&id, wanted, "a test").await.unwrap();
        world.refreshes().len() - before
    };

    assert_eq!(refreshed_for(29 * second).await, 0, "it is as new as can be");
    world.pass_time(5 * second);
    assert_eq!(refreshed_for(29 * second).await, 0, "a sixth of it is over");
    world.pass_time(9 * second);
    assert_eq!(refreshed_for(MINUTE).await, 0, "no token of this provider's holds so long");
    assert_eq!(refreshed_for(20 * second).await, 1, "sixteen seconds are left, and a new one holds for thirty");
    assert_eq!(refreshed_for(20 * second).await, 0);
}
