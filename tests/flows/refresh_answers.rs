//! Answers to a refresh that are none, or odd: the grant is kept, and so is every refresh token in them
//! [B1, B4, B6, B7, B8, S055, S059, S060, S061, S062, S072].

use std::time::Duration;

use domain::connection::GrantState;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::NextStep;
use domain::lifecycle_event::EventKind;
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use jiff::tz::TimeZone;
use practice::{ErrorShape, Faults};

use super::support::{HOUR, MINUTE, World};

/// B4, S072, S163: nothing of this says that a grant is dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_keeps_the_grant_and_says_that_refreshing_fails() {
    let world = World::impatient().await;
    let connection = world.connect().await;
    for (faults, cause) in [
        (Faults::default().answers_status(503), CauseLabel::ProviderOutage),
        (Faults::default().answers_status(502), CauseLabel::ProviderOutage),
        (Faults::default().answers_status(429), CauseLabel::RateLimited),
        (Faults::default().answers_html(), CauseLabel::NetworkFailure),
        (Faults::default().redirects_to("http://127.0.0.1:1/token"), CauseLabel::NetworkFailure),
    ] {
        world.set_faults(faults.clone());
        let RefreshOutcome::Failed { diagnosis, .. } = world.refresh(&connection.id).await else {
            panic!("{faults:?} ended the grant")
        };
        assert_eq!(diagnosis.cause, cause);
        assert_eq!(world.status(&connection.id), ("expiring", "refresh_failing"), "{faults:?}");
        assert!(world.still_works(&connection.id).await, "{faults:?} cost the grant");
        assert_eq!(world.status(&connection.id), ("active", "kept_alive"), "one success clears it");
    }
    // Here the request may have been acted on, though nothing that could be read came back.
    for faults in [
        Faults::default().never_answers(),
        Faults::default().answers_endlessly(),
        Faults::default().answers_huge(512 << 20),
    ] {
        world.set_faults(faults.clone());
        assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Failed { .. }), "{faults:?}");
        assert_eq!(world.status(&connection.id), ("expiring", "outcome_unknown"), "{faults:?}");
        assert!(world.still_works(&connection.id).await, "{faults:?} cost the grant");
    }
}

/// B4, B5, S072: a server that fails does not end a grant by what it says meanwhile: nothing of it is believed at the
/// refresh, the ladder or the lamp, and the grant works when the server does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error_that_names_a_dead_grant_does_not_end_it() {
    for status in [500, 502, 503, 504] {
        let world = World::start().await;
        let connection = world.connect().await;
        let id = &connection.id;
        world.pass_time(2 * HOUR);
        let lies = || Faults::default().answers_status_saying(status, "invalid_grant", "The token is not valid");
        world.set_faults(lies());

        let outcome = world.refresh(id).await;

        let RefreshOutcome::Failed { diagnosis, retry_at } = outcome else { panic!("{status}: {outcome:?}") };
        assert_eq!((diagnosis.cause, diagnosis.http_status), (CauseLabel::ProviderOutage, Some(status)));
        assert!(diagnosis.alternatives.iter().any(|it| it.cause.ends_the_grant()), "{status}: {diagnosis:?}");
        assert!(diagnosis.is_transient() && !diagnosis.ends_the_grant(), "{status}: {diagnosis:?}");
        assert!(retry_at > world.clock.now(), "{status}: it is tried again");
        assert_eq!(world.status(id).0, "expiring", "{status}");

        let with = DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::UTC };
        let report = world.engine.diagnose(id, with, |_| {}).await.unwrap();
        let grant = world.engine.connection(id).unwrap().grant;
        assert!(!matches!(grant, GrantState::Ended { .. }), "{status}: {grant:?}");
        assert!(report.failed_rung().is_some(), "{status}: {report:#?}");
        assert!(
            matches!(report.verdict.next, NextStep::WaitUntil(_)),
            "{status}: the card says what the engine does, {:?}",
            report.verdict.next
        );

        world.set_faults(Faults::default());
        assert!(world.still_works(id).await, "{status} cost the grant");
        assert_eq!(world.status(id), ("active", "kept_alive"));
    }
}

/// B6
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_after_is_obeyed_by_the_program_and_not_by_a_person() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().answers_status(429).retry_after("600"));
    let RefreshOutcome::Failed { retry_at, .. } = world.refresh(&connection.id).await else { panic!("429 may pass") };
    assert_eq!(retry_at.duration_since(world.clock.now()).as_secs(), 600, "what the server asked for");
    world.set_faults(Faults::default());
    world.practice.clear_log();

    world.pass_time(10 * MINUTE - Duration::from_secs(1));
    let version = connection.token.unwrap().version;
    for why in [RefreshWhy::Rejected { version }, RefreshWhy::Needed { min_valid: HOUR }] {
        let outcome = world.engine.refresh(&connection.id, why).await.unwrap();
        assert!(matches!(outcome, RefreshOutcome::Failed { .. }), "{why:?} must wait: {outcome:?}");
    }
    assert!(world.refreshes().is_empty(), "not asked before its time");

    assert!(matches!(world.refresh(&connection.id).await, RefreshOutcome::Refreshed { .. }), "a click goes through");
}

/// B8: an error inside a success is the error it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_inside_a_200_is_the_failure_it_is() {
    for (shape, ends) in [
        (ErrorShape::OAuth("invalid_grant".into()), true),
        (ErrorShape::OkFalse("token_revoked".into()), true),
        (ErrorShape::OAuth("temporarily_unavailable".into()), false),
        (ErrorShape::OkFalse("ratelimited".into()), false),
    ] {
        let world = World::start().await;
        let connection = world.connect().await;
        world.set_faults(Faults::default().answers_200_with_an_error(shape.clone()));

        let outcome = world.refresh(&connection.id).await;

        assert_eq!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), ends, "{shape:?}: {outcome:?}");
        assert_eq!(world.status(&connection.id).0, if ends { "reauth_required" } else { "expiring" });
        assert_eq!(world.engine.connection(&connection.id).unwrap().token.unwrap().version.0, 1, "nothing was stored");
    }
}

/// B4: a client that is wrong does not end a grant, and no retry mends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_outlives_a_request_that_the_provider_calls_malformed() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().wants_json_bodies());

    let RefreshOutcome::Failed { diagnosis, .. } = world.refresh(&connection.id).await else { panic!("not the grant") };

    assert_eq!(diagnosis.cause, CauseLabel::MalformedTokenRequest);
    assert!(world.still_works(&connection.id).await);
}

/// B7, S059 to S062: whatever else is wrong with an answer, the refresh token in it is the only one that works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_refresh_token_survives_everything_else_that_is_odd_about_its_answer() {
    let world = World::start().await;
    let connection = world.connect().await;
    let around = |rest: &str| format!(r#"{{"refresh_token":"{{refresh_token}}",{rest}}}"#);
    let mut odd: Vec<Faults> = [
        around(r#""access_token":"{access_token}""#),
        around(r#""access_token":"{access_token}","expires_in":"3600","token_type":"bearer""#),
        around(r#""access_token":"{access_token}","expires_in":{"seconds":3600}"#),
        around(r#""access_token":"{access_token}","expires_in":1e30"#),
        around(r#""access_token":"{access_token}","expires_in":-1"#),
        around(r#""access_token":"{access_token}","expires_in":true"#),
        around(r#""access_token":"{access_token}","scope":["openid","email"]"#),
        around(r#""access_token":"{access_token}","scope":7"#),
        around(r#""access_token":"{access_token}","token_type":"mac""#),
        around(r#""access_token":"{access_token}","token_type":42"#),
        around(r#""access_token":"{access_token}","access_token":"{access_token}""#),
        around(r#""access_token":"{access_token}","id_token":"not.a.token""#),
        around(r#""access_token":"a\r\nX-Evil: 1""#),
        around(r#""access_token":null"#),
        around(r#""access_token":{"value":1}"#),
        "\u{feff}  {\"refresh_token\":\"{refresh_token}\"}\n\n".to_owned(),
    ]
    .into_iter()
    .map(|body| Faults::default().malformed_token_answer(body))
    .collect();
    for raw in ["3600000", "0", "soon", ""] {
        odd.push(Faults::default().expires_in(raw));
    }
    odd.push(Faults::default().omits_expires_in());
    odd.push(Faults::default().token_type("Bot"));

    for faults in odd {
        world.set_faults(faults.clone());
        let outcome = world.refresh(&connection.id).await;
        let has_token = world.engine.connection(&connection.id).unwrap().token.unwrap().has_access_token;
        match outcome {
            RefreshOutcome::Refreshed { is_rotated: true, .. } if has_token => {}
            // Nothing in it can be sent to an API: that is no success, and it is not asked again at once.
            RefreshOutcome::Failed { retry_at, diagnosis }
                if has_token && diagnosis.is_of_unusable_token() && retry_at > world.clock.now() => {}
            other => panic!("{faults:?}: {other:?}"),
        }
        assert_ne!(world.status(&connection.id).0, "reauth_required", "{faults:?}");
        assert!(world.still_works(&connection.id).await, "the rotated token was lost after {faults:?}");
    }
    assert!(world.practice.grants()[0].is_alive(), "no spent token was ever presented");
}

/// B7, B8, S062: the access token before an unusable one works until its own end, and one answer is one event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unusable_access_token_does_not_cost_the_one_in_hand() {
    let world = World::start().await;
    let connection = world.connect().await;
    let before = world.engine.connection(&connection.id).unwrap().token.unwrap();

    world.set_faults(Faults::default().token_type("mac"));
    let outcome = world.refresh(&connection.id).await;

    let RefreshOutcome::Failed { diagnosis, .. } = outcome else { panic!("{outcome:?}") };
    assert!(diagnosis.is_of_unusable_token() && diagnosis.http_status == Some(200), "{diagnosis:?}");
    let after = world.engine.connection(&connection.id).unwrap().token.unwrap();
    assert_eq!(after.version, before.version.next(), "the new refresh token is kept");
    assert_eq!((after.access_fingerprint, after.expiry), (before.access_fingerprint, before.expiry));
    let told = world.engine.list_events(Some(&connection.id), 20).unwrap();
    let told: Vec<_> = told.iter().map(|(_, it)| it.kind).filter(|it| it.as_str().starts_with("refresh_")).collect();
    assert_eq!(told, [EventKind::RefreshFailed], "one answer, one event");
    let taken = world.engine.fresh_access_token(&connection.id, MINUTE, "test").await;
    assert!(taken.is_ok(), "it holds for the better part of an hour: {:?}", taken.err());

    world.clock.advance(2 * HOUR);
    let taken = world.engine.fresh_access_token(&connection.id, MINUTE, "test").await;
    assert!(taken.is_err(), "what is over is not handed out");
    world.refresh(&connection.id).await;
    let over = world.engine.connection(&connection.id).unwrap().token.unwrap();
    assert!(!over.has_access_token, "what is over is not carried on");
    assert!(world.still_works(&connection.id).await);
}
