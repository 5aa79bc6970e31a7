//! Refreshing: rotation, reuse, grace, revocation, and what a lost answer costs [A5, A10, B3, B5].

use std::time::Duration;

use practice::{EndReason, Faults, GrantState, GrantType, Outcome, TokenRole};

use crate::client::{FORM, Program, REDIRECT, form, refreshing, tokens, try_send};

/// B3, RFC 9700 section 4.14.2
#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_whole_grant() {
    let program = Program::start().await;
    let (_, first) = program.sign_in().await;

    let (access, second) = tokens(&program.refresh(&first).await);
    let reused = program.refresh(&first).await;

    assert_ne!(first, second, "refresh tokens rotate");
    assert_eq!(reused.error(), "invalid_grant", "the old one was used before");
    assert_eq!(program.refresh(&second).await.error(), "invalid_grant", "its successor died with it");
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 401, "and every access token");
    let grant = &program.provider.grants()[0];
    assert_eq!(grant.refresh_count, 1, "one refresh took effect");
    assert!(matches!(grant.state, GrantState::Ended { why: EndReason::RefreshTokenReused, .. }), "{grant:?}");
}

/// B3
#[tokio::test]
async fn within_the_grace_the_previous_refresh_token_still_works() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().rotation_grace(Duration::from_secs(30)));
    let (_, first) = program.sign_in().await;
    let (_, second) = tokens(&program.refresh(&first).await);

    program.provider.pass_time(Duration::from_secs(20));
    let in_grace = program.refresh(&first).await;
    let successor = program.refresh(&second).await;
    program.provider.pass_time(Duration::from_secs(40));
    let after = program.refresh(&first).await;

    assert_eq!(in_grace.status, 200, "twenty seconds are within thirty");
    assert_eq!(successor.status, 200, "the successor was not harmed");
    assert_eq!(after.error(), "invalid_grant", "after the grace it is reuse");
    assert!(!program.provider.grants()[0].is_alive(), "and reuse ends the grant");
}

/// B3
#[tokio::test]
async fn without_reuse_detection_only_the_old_token_is_refused() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().tolerates_reuse());
    let (_, first) = program.sign_in().await;
    let (_, second) = tokens(&program.refresh(&first).await);

    let reused = program.refresh(&first).await;

    assert_eq!(reused.error(), "invalid_grant", "a rotated token is refused all the same");
    assert_eq!(program.refresh(&second).await.status, 200, "but its successor lives");
}

/// A5
#[tokio::test]
async fn without_rotation_the_answer_carries_no_refresh_token_and_the_old_one_stays() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;
    program.provider.set_faults(Faults::default().keeps_refresh_tokens());

    let first = program.refresh(&token).await;
    let second = program.refresh(&token).await;

    assert!(first.json().get("refresh_token").is_none(), "nothing new to keep");
    assert_eq!((first.status, second.status), (200, 200), "the same token works again and again");
}

/// A5
#[tokio::test]
async fn a_lost_answer_has_rotated_all_the_same() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;
    program.provider.set_faults(Faults::default().drops_answer_after_rotating().for_token_requests(1));

    let lost = try_send("POST", &program.at("/token"), FORM, &form(&refreshing(&token))).await;
    let logged = program.last_logged();
    let retried = program.refresh(&token).await;

    assert!(lost.is_err(), "not one byte of an answer arrived");
    assert!(matches!(logged.outcome, Outcome::Misbehaved { .. }), "{logged:?}");
    assert_eq!(logged.tokens.len(), 3, "one token in, two out, though nobody received them");
    assert_eq!(program.provider.grants()[0].refresh_count, 1, "the refresh took effect");
    assert_eq!(retried.error(), "invalid_grant", "so the retry is reuse");
}

/// A2, RFC 6749 section 6
#[tokio::test]
async fn a_refresh_can_narrow_the_scopes_but_not_widen_them() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().grants_fewer_scopes(["openid", "files.read"]));
    let (_, token) = program.sign_in().await;
    let mut request = refreshing(&token).to_vec();

    request.push(("scope", "openid files.write"));
    let wider = program.token(&request).await;
    request.pop();
    request.push(("scope", "files.read"));
    let narrower = program.token(&request).await;

    assert_eq!(wider.error(), "invalid_scope", "files.write was never granted");
    assert_eq!(narrower.json()["scope"], "files.read", "and the refusal did not use the token up");
    let (access, next) = tokens(&narrower);
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 403, "this access token lacks openid");
    assert_eq!(program.refresh(&next).await.json()["scope"], "openid files.read", "the grant itself kept its scopes");
}

/// A10, RFC 7009
#[tokio::test]
async fn revoking_a_refresh_token_takes_the_grant_and_an_access_token_only_itself() {
    let program = Program::start().await;
    let (access, refresh) = program.sign_in().await;
    let revoke = |token: String| {
        let program = &program;
        async move { program.post("/revoke", &[("client_id", "patchbay-practice"), ("token", &token)]).await.status }
    };

    assert_eq!(revoke("unknown".to_owned()).await, 200, "an unknown token is revoked already");
    assert_eq!(revoke(access.clone()).await, 200, "an access token can be revoked");
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 401, "it is gone at once");
    let (access, refresh) = tokens(&program.refresh(&refresh).await);
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 200, "but its grant lived on");
    assert_eq!(revoke(refresh.clone()).await, 200, "a refresh token can be revoked");
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 401, "and takes everything with it");
    assert_eq!(program.refresh(&refresh).await.error(), "invalid_grant", "it is gone as well");
    let state = program.provider.grants()[0].state;
    assert!(matches!(state, GrantState::Ended { why: EndReason::RevokedByClient, .. }), "{state:?}");
}

/// C3, RFC 7662
#[tokio::test]
async fn introspection_tells_live_tokens_from_dead_ones() {
    let program = Program::start().await;
    let (access, refresh) = program.sign_in().await;
    let ask = |token: String| {
        let program = &program;
        async move { program.post("/introspect", &[("client_id", "patchbay-practice"), ("token", &token)]).await.json() }
    };

    let live = ask(access.clone()).await;
    let refreshable = ask(refresh.clone()).await;
    assert_eq!(program.provider.expire_access_tokens(), 1, "one was usable");
    let expired = ask(access).await;
    assert_eq!(program.provider.revoke_all(), 1, "one grant was alive");
    let revoked = ask(refresh).await;
    let unknown = ask("nothing".to_owned()).await;

    assert_eq!((&live["active"], &live["sub"]), (&true.into(), &"mira".into()), "{live}");
    assert_eq!(refreshable["token_type"], "refresh_token", "{refreshable}");
    for dead in [expired, revoked, unknown] {
        assert_eq!(dead, serde_json::json!({ "active": false }), "a dead token gives no reason");
    }
}

/// B11
#[tokio::test]
async fn refresh_tokens_age_where_a_lifetime_is_set() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().refresh_token_lifetime(Duration::from_secs(3600)));
    let answer = program.redeem(&program.code().await).await;
    let (_, token) = tokens(&answer);

    program.provider.pass_time(Duration::from_secs(3601));

    assert_eq!(answer.json()["refresh_token_expires_in"], 3600, "the client is told");
    assert_eq!(program.refresh(&token).await.error(), "invalid_grant", "an hour is over");
    let state = program.provider.grants()[0].state;
    assert!(matches!(state, GrantState::Ended { why: EndReason::RefreshTokenExpired, .. }), "{state:?}");
}

/// A3, B12
#[tokio::test]
async fn the_log_counts_and_fingerprints_but_never_holds_a_token() {
    let program = Program::start().await;
    let code = program.code().await;
    let (access, refresh) = tokens(&program.redeem(&code).await);
    program.refresh(&refresh).await;
    program.api("GET", "/userinfo", &access, "").await;

    let log = program.provider.log();
    let grants = program.provider.grants();

    let refreshes = log.iter().filter(|request| request.grant_type == Some(GrantType::RefreshToken)).count();
    assert_eq!(refreshes, 1, "a test counts refreshes this way");
    let presented = log[2].tokens.iter().find(|token| token.role == TokenRole::Presented).unwrap();
    assert_eq!(presented.fingerprint, grants[0].refresh_tokens[0].fingerprint, "log and grants name it alike");
    assert_eq!(log[2].grant.as_deref(), Some(grants[0].id.as_str()), "and the log names the grant");
    let everything = format!(
        "{log:?} {grants:?} {} {}",
        serde_json::to_string(&log).unwrap(),
        serde_json::to_string(&grants).unwrap()
    );
    for secret in [code.as_str(), access.as_str(), refresh.as_str(), REDIRECT] {
        assert!(!everything.contains(secret), "the log would leak {}…", &secret[..12]);
    }
}
