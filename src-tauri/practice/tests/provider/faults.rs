//! Every switch does what its name says, and only while it is on [B5, B6, B7, B8, B9, B10, C1].

use std::time::Duration;

use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use practice::{ApiRejection, ErrorShape, Faults, Outcome};
use serde_json::{Value, json};

use crate::client::{FORM, Program, STATE, form, open, refreshing, send, tokens};

/// B5
#[tokio::test]
async fn a_refused_refresh_leaves_the_grant_alive() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;

    program.provider.set_faults(Faults::default().refuses_refresh());
    let refused = program.refresh(&token).await;
    program.provider.set_faults(Faults::default());

    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"), "{}", refused.text);
    assert_eq!(program.refresh(&token).await.status, 200, "the switch is off again");
}

/// B7
#[tokio::test]
async fn expires_in_is_sent_as_it_was_written() {
    let program = Program::start().await;
    let cases: [(Faults, Option<Value>); 5] = [
        (Faults::default().expires_in("3600000"), Some(json!("3600000"))),
        (Faults::default().expires_in(0), Some(json!(0))),
        (Faults::default().expires_in(-1), Some(json!(-1))),
        (Faults::default().expires_in(1e30), Some(json!(1e30))),
        (Faults::default().omits_expires_in(), None),
    ];

    for (faults, expected) in cases {
        program.provider.set_faults(faults);
        let answer = program.redeem(&program.code().await).await.json();
        assert_eq!(answer.get("expires_in").cloned(), expected, "raw, not normalised");
    }
}

/// B10
#[tokio::test]
async fn a_refresh_token_can_be_withheld() {
    let program = Program::start().await;
    let mut request = Program::request();
    request[4].1 = "openid".to_owned();

    program.provider.set_faults(Faults::default().no_refresh_token());
    let never = program.redeem(&program.code().await).await.json();
    program.provider.set_faults(Faults::default().wants_offline_access());
    let code = program.authorize(&request).await.redirected()["code"].clone();
    let not_asked = program.redeem(&code).await.json();
    let asked = program.redeem(&program.code().await).await.json();

    assert!(never.get("refresh_token").is_none(), "{never}");
    assert!(not_asked.get("refresh_token").is_none(), "offline_access was not asked for");
    assert!(asked.get("refresh_token").is_some(), "now it was");
}

/// B6, B8
#[tokio::test]
async fn an_answer_can_be_replaced_without_effect_on_the_grant() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;
    let ok_false = ErrorShape::OkFalse("token_revoked".to_owned());
    let oauth = ErrorShape::OAuth("invalid_grant".to_owned());
    let cases = [
        (Faults::default().answers_status(429).retry_after("7"), 429, "temporarily_unavailable"),
        (Faults::default().answers_status(500), 500, "temporarily_unavailable"),
        (Faults::default().answers_status(503), 503, "temporarily_unavailable"),
        (Faults::default().answers_200_with_an_error(ok_false), 200, "\"ok\":false"),
        (Faults::default().answers_200_with_an_error(oauth), 200, "\"error\":\"invalid_grant\""),
        (Faults::default().answers_html(), 200, "<!doctype html>"),
        (Faults::default().redirects_to("http://127.0.0.1:9/token"), 307, ""),
    ];

    for (faults, status, text) in cases {
        program.provider.set_faults(faults.clone());
        let answer = program.refresh(&token).await;
        assert_eq!(answer.status, status, "{faults:?}");
        assert!(answer.text.contains(text), "{faults:?} said {}", answer.text);
        if status == 429 {
            assert_eq!(answer.header("retry-after"), "7", "the client must be able to obey");
        }
        if status == 307 {
            assert_eq!(answer.header("location"), "http://127.0.0.1:9/token", "a trap for the refresh token");
        }
        assert!(matches!(program.last_logged().outcome, Outcome::Misbehaved { .. }), "the log names the fault");
    }
    program.provider.set_faults(Faults::default());
    assert_eq!(program.refresh(&token).await.status, 200, "none of them used the token up");
}

/// C1
#[tokio::test]
async fn an_answer_can_be_huge_or_without_end() {
    let program = Program::start().await;
    let body = form(&refreshing("x"));

    program.provider.set_faults(Faults::default().answers_huge(3_000_000));
    let huge = program.refresh("x").await;
    program.provider.set_faults(Faults::default().answers_endlessly());
    let mut endless = open("POST", &program.at("/token"), FORM, &body).await.unwrap().into_body();
    let mut read = 0;
    while read < 20_000_000 {
        let frame = endless.frame().await.expect("no end").expect("no error");
        read += frame.data_ref().map_or(0, bytes::Bytes::len);
    }

    assert_eq!(huge.text.len(), 3_000_000, "as large as was asked for");
    assert!(read >= 20_000_000, "and this one never ends");
}

/// C1
#[tokio::test]
async fn a_request_that_is_never_answered_is_in_the_log_while_it_waits() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().never_answers());
    let url = program.at("/token");
    let waiting = tokio::spawn(async move { open("POST", &url, FORM, &form(&refreshing("x"))).await.is_ok() });

    let log = program.provider.until_logged(|log| log.iter().any(|request| request.grant_type.is_some())).await;

    assert_eq!(log[0].outcome, Outcome::Unanswered, "it waits");
    assert!(!waiting.is_finished(), "and goes on waiting");
    program.provider.stop().await;
    assert!(!waiting.await.unwrap(), "stopping the provider ends the wait without an answer");
}

/// C1
#[tokio::test(start_paused = true)]
async fn a_slow_answer_takes_as_long_as_was_asked() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().answers_slowly(Duration::from_secs(5)));

    let before = tokio::time::Instant::now();
    let answer = program.refresh("x").await;

    assert!(before.elapsed() >= Duration::from_secs(5), "on the runtime's own clock, which nobody waits for");
    assert_eq!(answer.error(), "invalid_grant", "and then it is an ordinary answer");
}

/// C1
#[tokio::test]
async fn the_words_of_an_answer_can_be_odd() {
    let program = Program::start().await;

    program.provider.set_faults(Faults::default().token_type("mac"));
    let odd = program.redeem(&program.code().await).await.json();
    program.provider.set_faults(Faults::default().malformed_token_answer("{\"access_token\":\"{access_token}\",,"));
    let malformed = program.redeem(&program.code().await).await;
    program.provider.set_faults(Faults::default().wants_json_bodies());
    let (_, token) = (odd["access_token"].clone(), odd["refresh_token"].as_str().unwrap());
    let as_form = program.refresh(token).await;
    let body = json!({ "grant_type": "refresh_token", "client_id": "patchbay-practice", "refresh_token": token });
    let as_json = send("POST", &program.at("/token"), &[("content-type", "application/json")], &body.to_string()).await;

    assert_eq!(odd["token_type"], "mac", "{odd}");
    assert!(malformed.text.starts_with("{\"access_token\":\"practice_at_"), "real tokens in a broken frame");
    assert!(serde_json::from_str::<Value>(&malformed.text).is_err(), "that is no JSON");
    assert_eq!((as_form.error().as_str(), as_json.status), ("invalid_request", 200), "JSON is wanted now");
}

/// A2
#[tokio::test]
async fn the_redirect_can_lie() {
    let program = Program::start().await;

    program.provider.set_faults(Faults::default().wrong_issuer());
    let issuer = program.authorize(&Program::request()).await.redirected();
    program.provider.set_faults(Faults::default().wrong_state());
    let state = program.authorize(&Program::request()).await.redirected();
    program.provider.set_faults(Faults::default().denies_consent());
    let denied = program.authorize(&Program::request()).await.redirected();
    program.provider.set_faults(Faults::default().discovers_another_issuer("https://other.example"));
    let metadata = send("GET", &program.at("/.well-known/oauth-authorization-server"), &[], "").await.json();

    assert_ne!(issuer["iss"], program.provider.issuer(), "another server's name");
    assert_ne!(state["state"], STATE, "a state nobody sent");
    assert_eq!(denied["error"], "access_denied", "the person said no");
    assert_eq!(metadata["issuer"], "https://other.example", "discovery of somebody else");
}

/// A2
#[tokio::test]
async fn fewer_scopes_can_be_granted_than_were_asked_for() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().grants_fewer_scopes(["openid"]));

    let answer = program.redeem(&program.code().await).await;

    assert_eq!(answer.json()["scope"], "openid", "the answer says so");
    let (access, _) = tokens(&answer);
    let refused = program.api("GET", "/api/files", &access, "").await;
    assert_eq!(refused.status, 403, "and the API means it");
    assert!(refused.header("www-authenticate").contains("insufficient_scope"), "{}", refused.text);
}

/// B9
#[tokio::test]
async fn the_clock_can_be_off() {
    let program = Program::start().await;
    program.provider.set_faults(Faults::default().clock_is_off_by(SignedDuration::from_hours(-2)));

    let answer = send("GET", &program.at("/jwks"), &[], "").await;

    let shown = httpdate::parse_http_date(answer.header("date")).unwrap();
    let shown = Timestamp::try_from(shown).unwrap();
    let logged = program.last_logged().at;
    let off = logged.duration_since(shown);
    assert!((7190..=7210).contains(&off.as_secs()), "two hours behind its own log, not {off:?}");
}

/// B4, B6, C2
#[tokio::test]
async fn the_api_can_refuse_a_good_token() {
    let program = Program::start().await;
    let (access, _) = program.sign_in().await;
    let too_many = ApiRejection::TooManyRequests { retry_after: Some("3".to_owned()) };
    let cases = [(ApiRejection::InvalidToken, 401), (ApiRejection::InsufficientScope, 403), (too_many, 429)];

    for (rejection, status) in cases {
        program.provider.set_faults(Faults::default().api_rejects(rejection));
        let answer = program.api("GET", "/userinfo", &access, "").await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.header("www-authenticate").is_empty(), status == 429, "a challenge for 401 and 403");
        assert_eq!(answer.header("retry-after").is_empty(), status != 429, "a time for 429");
    }
}

/// A10
#[tokio::test]
async fn revocation_can_fail() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;
    program.provider.set_faults(Faults::default().revocation_answers(503));

    let answer = program.post("/revoke", &[("client_id", "patchbay-practice"), ("token", &token)]).await;

    assert_eq!(answer.status, 503, "RFC 7009 section 2.2.1");
    assert!(program.provider.grants()[0].is_alive(), "so the token still exists");
}

/// B6
#[tokio::test]
async fn a_fault_can_pass_after_a_number_of_token_requests() {
    let program = Program::start().await;
    let (_, token) = program.sign_in().await;
    program.provider.set_faults(Faults::default().answers_status(503).for_token_requests(2));

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(program.refresh(&token).await.status);
    }

    assert_eq!(statuses, [503, 503, 200], "two failures, then it is over");
    assert_eq!(program.provider.faults(), Faults::default(), "all switches went back");
}
