//! What a lamp shows of each state of a connection [B1, A6].

use super::*;
use crate::connection::{FailureStreak, Proof, ProofKind};
use crate::diagnosis::{CauseLabel, Diagnosis};
use crate::lifecycle::refresh_mode::RefreshMode;
use crate::test_values::{at_minute, connection, durable_policy};

/// B1, S092: a secret with an end is told of two weeks before it, wherever nothing worse is to be said.
#[test]
fn a_client_secret_that_ends_turns_a_working_connection_to_expiring() {
    let connection = connection();
    let now = at_minute(30);
    let in_days = |days: i64| now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    let derived = derive(&connection, &durable_policy(), Watching::Running, now);
    let under = |ends_at| under_client_secret(derived.clone(), &connection, ends_at, now);

    assert_eq!(under(None), derived, "it never ends");
    assert_eq!(under(Some(in_days(15))), derived, "far away");
    for days in [14, 1, -1] {
        let told = under(Some(in_days(days)));
        assert_eq!((told.lamp, told.reason), (Lamp::Expiring, StatusReason::ClientSecretEnds(in_days(days))));
    }
    let without = Connection {
        token: connection.token.clone().map(|token| TokenFacts { has_refresh_token: false, ..token }),
        ..connection.clone()
    };
    assert_eq!(under_client_secret(derived.clone(), &without, Some(now), now), derived, "no refresh needs it");
    let worse = plain(Lamp::ReauthRequired, StatusReason::SecretMissing, now);
    assert_eq!(under_client_secret(worse.clone(), &connection, Some(now), now), worse);
}

/// B1: a token that will be refreshed by itself is not expiring.
#[test]
fn a_connection_that_renews_itself_is_active_up_to_the_last_minute() {
    let status = derive(&connection(), &durable_policy(), Watching::Running, at_minute(59));

    assert_eq!(status.lamp, Lamp::Active, "the refresh is ours to make, not a person's");
    assert_eq!(status.reason, StatusReason::KeptAlive);
}

/// A8: what another tool let run out long ago is over here since it came, and not before.
#[test]
fn an_imported_token_that_was_over_is_so_since_the_import() {
    let mut imported = Connection { created_at: at_minute(90), ..connection() };
    imported.token.as_mut().unwrap().has_refresh_token = false;

    let status = derive(&imported, &durable_policy(), Watching::Running, at_minute(100));

    assert_eq!(status.reason, StatusReason::TokenOver, "it ended an hour after its issue");
    assert_eq!(status.since, at_minute(90), "nothing of it was here before");
}

/// B1
#[test]
fn one_that_recovered_is_active_since_then_and_not_since_its_sign_in() {
    let recovered = Connection { recovered_at: Some(at_minute(40)), ..connection() };
    let signed_in_again = Connection { grant: GrantState::Alive { granted_at: at_minute(45) }, ..recovered.clone() };
    let since = |it: &Connection| derive(it, &durable_policy(), Watching::Running, at_minute(50)).since;

    assert_eq!(since(&connection()), at_minute(0));
    assert_eq!(since(&recovered), at_minute(40), "it did not work in between");
    assert_eq!(since(&signed_in_again), at_minute(45), "a new sign-in begins anew");
}

/// B1, B10
#[test]
fn without_a_refresh_token_it_is_expiring_and_then_over() {
    let mut fragile = connection();
    fragile.token.as_mut().unwrap().has_refresh_token = false;

    let before = derive(&fragile, &durable_policy(), Watching::Running, at_minute(30));
    let after = derive(&fragile, &durable_policy(), Watching::Running, at_minute(60));

    assert_eq!(before.reason, StatusReason::NoRefreshToken(Some(at_minute(60))));
    assert_eq!(before.share_left, Some(0.5), "the ring shows what is left of this grant's life");
    assert_eq!((after.lamp, after.since), (Lamp::ReauthRequired, at_minute(60)), "over since its expiry");
}

/// B1: a streak of failed refreshes past the expiry stays visible and never deletes a grant.
#[test]
fn failing_refreshes_show_even_after_the_token_is_over() {
    let mut failing = connection();
    failing.refresh_failures = Some(FailureStreak {
        since: at_minute(54),
        count: 3,
        last: Diagnosis::of(CauseLabel::ProviderOutage),
        retry_at: at_minute(70),
        wordless: None,
    });

    let status = derive(&failing, &durable_policy(), Watching::Running, at_minute(65));

    assert_eq!((status.lamp, status.since), (Lamp::Expiring, at_minute(54)), "not green, not dead");
    assert!(status.is_down(), "and it does not work");
    assert_eq!(status.over_since, Some(at_minute(60)));
    assert!(matches!(
        status.reason,
        StatusReason::RefreshFailing { usable_until: None, retry_at: Some(at), .. } if at == at_minute(70)
    ));
    let before = derive(&failing, &durable_policy(), Watching::Running, at_minute(59));
    assert!(!before.is_down(), "the token still holds");

    failing.refresh_failures.as_mut().unwrap().last = Diagnosis::of(CauseLabel::ClientCredentialsMismatch);
    let status = derive(&failing, &durable_policy(), Watching::Running, at_minute(65));
    assert_eq!(status.lamp, Lamp::ReauthRequired, "a wrong client secret does not pass by itself");
}

/// B14, S163: while the token holds nothing is wrong; from then on it shows, and is no one's grant's end.
#[test]
fn a_token_that_nobody_renews_shows_from_its_expiry_on() {
    let down = Watching::NetworkDown { since: at_minute(10) };
    let paused = Watching::Switched { mode: RefreshMode::Paused, since: at_minute(10) };

    for watching in [down, paused] {
        let before = derive(&connection(), &durable_policy(), watching, at_minute(59));
        let after = derive(&connection(), &durable_policy(), watching, at_minute(36 * 60));

        assert_eq!(before.reason, StatusReason::KeptAlive, "it still holds");
        let reason = StatusReason::RefreshPaused { watching, since: at_minute(60) };
        assert_eq!((after.lamp, after.reason, after.since), (Lamp::Expiring, reason, at_minute(60)));
    }
    let running = derive(&connection(), &durable_policy(), Watching::Running, at_minute(61));
    assert_eq!(running.lamp, Lamp::Active, "whoever wants it has it refreshed");
    assert_eq!(running.reason, StatusReason::RefreshedOnNeed(at_minute(60)), "it does not work by itself");
}

/// B1, B14: a token of a minute is renewed when it is wanted, and paused refreshing lets whoever wants it have it; where
/// nothing may leave, nobody gets it.
#[test]
fn a_token_that_is_refreshed_on_need_stays_active_while_refreshing_is_paused() {
    let mut brief = connection();
    brief.token.as_mut().unwrap().expiry = Expiry::At(at_minute(1));
    let under = |mode| Watching::Switched { mode, since: at_minute(0) };
    let at_three = |watching| derive(&brief, &durable_policy(), watching, at_minute(3));

    let paused = at_three(under(RefreshMode::Paused));
    assert_eq!((paused.lamp, paused.reason), (Lamp::Active, StatusReason::RefreshedOnNeed(at_minute(1))));
    for watching in [under(RefreshMode::Offline), Watching::NetworkDown { since: at_minute(0) }] {
        let status = at_three(watching);
        let reason = StatusReason::RefreshPaused { watching, since: at_minute(1) };
        assert_eq!((status.lamp, status.reason), (Lamp::Expiring, reason));
    }
}

/// S154: a bundle that waits for the keychain is not lost, and the token in hand holds as long as it says.
#[test]
fn a_connection_whose_new_token_waits_is_held_and_not_in_doubt() {
    let mut waiting = connection();
    let at = |connection: &Connection, minute| {
        let status = derive_held(connection, &durable_policy(), Watching::Running, at_minute(minute));
        (status.lamp, status.reason.clone(), status.is_down())
    };
    for grant in [
        GrantState::Alive { granted_at: at_minute(0) },
        GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(30) },
    ] {
        waiting.grant = grant;
        let holds = StatusReason::BundleHeld { usable_until: Some(at_minute(60)) };
        assert_eq!(at(&waiting, 31), (Lamp::Active, holds, false));
        let is_over = StatusReason::BundleHeld { usable_until: None };
        assert_eq!(at(&waiting, 61), (Lamp::Expiring, is_over, true), "nothing renews it meanwhile");
    }
    waiting.grant = GrantState::Disconnected { at: at_minute(5) };
    assert_eq!(at(&waiting, 31).0, Lamp::Disconnected, "what was given up stays given up");
}

/// A5, B1: while the token in hand holds, a lost answer stops nothing; from its end on it does not work.
#[test]
fn a_connection_in_doubt_works_as_long_as_its_token_holds() {
    let mut doubtful = connection();
    doubtful.grant = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(30) };

    let before = derive(&doubtful, &durable_policy(), Watching::Running, at_minute(45));
    let after = derive(&doubtful, &durable_policy(), Watching::Running, at_minute(61));

    assert_eq!(before.reason, StatusReason::OutcomeUnknown { usable_until: Some(at_minute(60)) });
    assert_eq!((before.share_left, before.is_down()), (Some(0.25), false), "the ring shows what is left");
    assert_eq!(after.reason, StatusReason::OutcomeUnknown { usable_until: None });
    assert_eq!((after.over_since, after.is_down()), (Some(at_minute(60)), true));
}

/// A5, B1: a server that fails leaves doubt, and what it answered is what is shown; an answer that never came is shown as that.
#[test]
fn a_failing_server_is_named_also_where_it_leaves_the_token_in_doubt() {
    let reason_after = |http_status| {
        let mut doubtful = connection();
        doubtful.grant = GrantState::OutcomeUnknown { granted_at: at_minute(0), asked_at: at_minute(30) };
        let last = Diagnosis { http_status, ..Diagnosis::of(CauseLabel::ProviderOutage) };
        doubtful.refresh_failures = Some(FailureStreak::after(None, last, at_minute(40), at_minute(30)));
        let status = derive(&doubtful, &durable_policy(), Watching::Running, at_minute(61));
        assert!(status.is_down(), "{http_status:?}: it is over, and nothing renewed it");
        status.reason.as_str()
    };

    assert_eq!(reason_after(Some(503)), "refresh_failing");
    assert_eq!(reason_after(Some(429)), "refresh_failing");
    assert_eq!(reason_after(Some(200)), "outcome_unknown", "a success without tokens");
    assert_eq!(reason_after(None), "outcome_unknown");
}

/// B2, B14: those that are refreshed on need alone wait for nobody.
#[test]
fn a_token_refreshed_on_need_is_not_paused() {
    let mut short = connection();
    short.token.as_mut().unwrap().expiry = Expiry::At(at_minute(1));
    let paused = Watching::Switched { mode: RefreshMode::Paused, since: at_minute(0) };

    let status = derive(&short, &durable_policy(), paused, at_minute(60));
    assert_eq!((status.lamp, status.reason), (Lamp::Active, StatusReason::RefreshedOnNeed(at_minute(1))));
    for shut in [
        Watching::NetworkDown { since: at_minute(0) },
        Watching::Switched { mode: RefreshMode::Offline, since: at_minute(0) },
    ] {
        let status = derive(&short, &durable_policy(), shut, at_minute(60));
        assert!(status.is_down(), "no call can have it refreshed either: {shut:?}");
    }
}

/// B1
#[test]
fn before_any_proof_it_is_unproved() {
    let mut fresh = connection();
    fresh.proof = None;

    assert_eq!(derive(&fresh, &durable_policy(), Watching::Running, at_minute(1)).lamp, Lamp::Unproved);
}

/// B11
#[test]
fn a_grant_that_ends_this_week_is_expiring_in_spite_of_its_refresh_token() {
    let policy = RefreshPolicy { absolute_life: Some(Duration::from_secs(6 * 24 * 3600)), ..durable_policy() };

    let status = derive(&connection(), &policy, Watching::Running, at_minute(10));

    assert!(matches!(status.reason, StatusReason::GrantEnds(_)), "refreshing cannot move the grant's own end");
}

/// B1, B7: tokens of minutes behind a refresh token of half an hour, as Keycloak ships: whoever calls has one made.
#[test]
fn a_grant_that_ends_soon_is_not_down_while_its_token_is_renewed_on_need() {
    let policy = RefreshPolicy { absolute_life: Some(Duration::from_secs(6 * 24 * 3600)), ..durable_policy() };
    let after_its_token = |automatic_refresh| {
        let connection = Connection { automatic_refresh, ..connection() };
        derive(&connection, &policy, Watching::Running, at_minute(90))
    };

    let renewed = after_its_token(true);
    assert!(matches!(renewed.reason, StatusReason::GrantEnds(_)), "{renewed:?}");
    assert_eq!((renewed.is_down(), renewed.over_since), (false, None));
    assert!(after_its_token(false).is_down(), "nobody renews that one by himself");
}

/// B5
#[test]
fn an_ended_grant_needs_a_person_whatever_the_token_says() {
    let mut dead = connection();
    dead.grant = GrantState::Ended { at: at_minute(5), diagnosis: Diagnosis::of(CauseLabel::GrantRevoked) };

    let status = derive(&dead, &durable_policy(), Watching::Running, at_minute(6));

    assert_eq!((status.lamp, status.since), (Lamp::ReauthRequired, at_minute(5)));
}

/// B1: beside the status stands when it was last proved.
#[test]
fn an_old_proof_is_stale_and_a_refused_call_is_no_proof() {
    let mut old = connection();
    old.token.as_mut().unwrap().expiry = Expiry::Never;
    let mut refused = connection();
    refused.proof = Some(Proof {
        at: at_minute(9),
        by: ProofKind::TestCall,
        failure: Some(Diagnosis::of(CauseLabel::InsufficientScope)),
        latency_ms: None,
    });

    assert!(derive(&old, &durable_policy(), Watching::Running, at_minute(3 * 24 * 60)).is_stale);
    assert_eq!(derive(&refused, &durable_policy(), Watching::Running, at_minute(10)).lamp, Lamp::Unproved);
}
