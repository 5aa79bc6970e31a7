//! The layers together, on answers as they come [C1, C2].

use std::time::Duration;

use super::classify;
use crate::diagnosis::{ActionLabel, CauseLabel, Diagnosis, Evidence, EvidenceContext, FailedEndpoint, NetworkFailure};
use crate::provider::SignatureEndpoint;
use crate::provider::error_signature::ErrorSignature;

/// B5, C2: nothing tells the special cases apart, so none is claimed.
#[test]
fn a_bare_invalid_grant_is_the_general_label() {
    assert_eq!(refresh(400, r#"{"error":"invalid_grant"}"#).cause, CauseLabel::GrantInvalid);
    assert_eq!(
        refresh(400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#).cause,
        CauseLabel::GrantInvalid,
        "a text that names both decides neither"
    );
}

/// C2
#[test]
fn words_separate_what_the_code_does_not() {
    for (description, expected) in [
        ("refresh token reuse detected", CauseLabel::RefreshTokenReused),
        ("The grant was revoked by the user", CauseLabel::GrantRevoked),
        ("The refresh token has expired", CauseLabel::RefreshTokenExpired),
    ] {
        let body = format!(r#"{{"error":"invalid_grant","error_description":"{description}"}}"#);
        assert_eq!(refresh(400, &body).cause, expected);
    }
}

/// C1, S092: a registered secret that is over explains why the client is refused, and nothing else.
#[test]
fn an_ended_client_secret_explains_a_refused_client_alone() {
    let context =
        EvidenceContext { client_secret_ended_ago: Some(Duration::from_secs(86_400)), ..EvidenceContext::default() };
    let of = |status, body: &str| {
        let evidence = Evidence {
            http_status: Some(status),
            body: body.into(),
            context: context.clone(),
            ..evidence(FailedEndpoint::TokenRefresh)
        };
        let diagnosis = classify(&evidence, &[]);
        (diagnosis.cause, diagnosis.clues.iter().any(|it| it.fact.words().contains("secret ended 24 h ago")))
    };

    assert_eq!(of(401, r#"{"error":"invalid_client"}"#), (CauseLabel::ClientCredentialsMismatch, true));
    assert_eq!(of(400, r#"{"error":"invalid_grant"}"#), (CauseLabel::GrantInvalid, false));
}

/// B4, S058, S163: never a dead grant because of a page, a limit, an outage or a lost network.
#[test]
fn what_may_pass_is_never_taken_for_a_dead_grant() {
    assert!(refresh(429, r#"{"error":"invalid_grant"}"#).is_transient());
    assert!(refresh(503, "<html>down</html>").is_transient());
    assert!(refresh(200, "<!doctype html><title>Hotel Wi-Fi</title>").is_transient());
    assert!(refresh(307, "").is_transient());
    let lost = Evidence { network_failure: Some(NetworkFailure::TimedOut), ..evidence(FailedEndpoint::TokenRefresh) };
    assert!(classify(&lost, &[]).is_transient());
}

/// B5, S072: a status that lies, or a body that does: the grant is not given up, and its end stays an alternative.
#[test]
fn a_failing_server_that_names_a_dead_grant_is_a_server_that_fails() {
    for body in [
        r#"{"error":"invalid_grant"}"#,
        r#"{"error":"invalid_grant","error_description":"The grant was revoked by the user"}"#,
    ] {
        for status in [500, 502, 503, 504, 520] {
            let told = refresh(status, body);
            assert_eq!(told.cause, CauseLabel::ProviderOutage, "{status} {body}");
            assert_eq!(told.action, ActionLabel::WaitAndRetry, "{status} {body}");
            assert!(told.alternatives.iter().any(|it| it.cause.ends_the_grant()), "{:?}", told.alternatives);
            assert!(told.confidence.percent() < 90, "it is not sure: {:?}", told.confidence);
        }
    }
    let told = refresh(500, r#"{"error":"invalid_client"}"#);
    assert_eq!(
        told.cause,
        CauseLabel::ClientCredentialsMismatch,
        "a program without a better status says what it means"
    );
    assert!(told.is_transient(), "and it is tried again all the same");
}

/// B8: an error inside a success is the error it is.
#[test]
fn an_error_inside_a_200_is_recognised() {
    assert_eq!(refresh(200, r#"{"ok":false,"error":"invalid_refresh_token"}"#).cause, CauseLabel::GrantInvalid);
    let body = r#"{"ok":false,"error":"missing_scope"}"#;
    assert_eq!(api(200, None, body).cause, CauseLabel::InsufficientScope);
}

/// S076
#[test]
fn a_challenge_says_expired_or_lacking_scope() {
    let challenge = r#"Bearer error="invalid_token", error_description="The access token expired""#;
    assert_eq!(api(401, Some(challenge), "").cause, CauseLabel::AccessTokenExpired);
    let challenge = r#"Bearer error="insufficient_scope", scope="files.write""#;
    assert_eq!(api(403, Some(challenge), "").cause, CauseLabel::InsufficientScope);
}

/// C2: who asks whose token it is touches no object, so none can be missing a share.
#[test]
fn no_object_is_missing_a_share_where_the_call_asks_who_it_is() {
    let asked = |status, body: &str| {
        let context = EvidenceContext { asks_who_it_is: true, ..EvidenceContext::default() };
        let evidence =
            Evidence { http_status: Some(status), body: body.into(), context, ..evidence(FailedEndpoint::Api) };
        classify(&evidence, &[])
    };

    let bare = asked(403, "");
    assert_eq!(bare.cause, CauseLabel::InsufficientScope);
    assert_eq!(bare.alternatives[0].cause, CauseLabel::AdminPolicyRestriction, "the likelier first");
    assert!(bare.alternatives.windows(2).all(|it| it[0].confidence >= it[1].confidence), "{bare:?}");
    assert!(bare.alternatives.iter().all(|it| it.cause != CauseLabel::ResourceNotShared), "{bare:?}");
    assert_eq!(asked(404, "").cause, CauseLabel::MalformedApiRequest, "the address is wrong");
    let worded = asked(403, r#"{"message":"Resource not accessible by integration"}"#);
    assert_ne!(worded.cause, CauseLabel::ResourceNotShared);
    assert_eq!(api(403, None, "").cause, CauseLabel::ResourceNotShared, "of a call that names an object it may be");
}

/// C1: a provider's own signature goes before the standard reading.
#[test]
fn a_signature_of_the_provider_comes_first() {
    let signature = ErrorSignature {
        http_status: Some(400),
        ..ErrorSignature::of(SignatureEndpoint::Token, "AADSTS700082", CauseLabel::RefreshTokenExpired)
    };
    let evidence = Evidence {
        http_status: Some(400),
        body: r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired due to inactivity"}"#.into(),
        ..evidence(FailedEndpoint::TokenRefresh)
    };

    assert_eq!(classify(&evidence, &[signature]).cause, CauseLabel::RefreshTokenExpired);
}

/// C1: a redirect brings its words form-encoded, and a signature is written as one reads it.
#[test]
fn a_signature_is_found_in_a_form_too() {
    let signature =
        |contains: &str| ErrorSignature::of(SignatureEndpoint::Authorize, contains, CauseLabel::SsoRequired);
    let body = "error=unauthorized&error_description=The+user+is+blocked%2C+sorry";
    let evidence = Evidence { body: body.into(), ..evidence(FailedEndpoint::Authorize) };

    for contains in ["user is blocked", "Blocked, sorry", "unauthorized"] {
        assert_eq!(classify(&evidence, &[signature(contains)]).cause, CauseLabel::SsoRequired, "{contains}");
    }
    assert_ne!(classify(&evidence, &[signature("user was blocked")]).cause, CauseLabel::SsoRequired);
}

/// C1: codes are compared whole, whatever stands around them.
#[test]
fn a_signature_may_name_fields_and_their_values() {
    let signature = ErrorSignature {
        fields: vec![("code".into(), "190".into()), ("error_subcode".into(), "460".into())],
        ..ErrorSignature::of(SignatureEndpoint::Api, "", CauseLabel::GrantRevoked)
    };
    let cause = |body: &str| {
        let evidence = Evidence { http_status: Some(400), body: body.into(), ..evidence(FailedEndpoint::Api) };
        classify(&evidence, std::slice::from_ref(&signature)).cause
    };

    for body in [
        r#"{"error":{"code":190,"error_subcode":460}}"#,
        r#"[{ "error_subcode" : "460", "Code" : "190" }]"#,
        "code=190&error_subcode=460",
    ] {
        assert_eq!(cause(body), CauseLabel::GrantRevoked, "{body}");
    }
    for body in [r#"{"code":1900,"error_subcode":460}"#, r#"{"code":190}"#, "190 460"] {
        assert_ne!(cause(body), CauseLabel::GrantRevoked, "{body}");
    }
}

/// C1, B8: Zoho refuses codes and refresh tokens with one word, and answers 200.
#[test]
fn an_invalid_code_is_a_lost_grant_where_a_refresh_was_refused() {
    for (endpoint, cause) in [
        (FailedEndpoint::TokenRefresh, CauseLabel::GrantInvalid),
        (FailedEndpoint::TokenExchange, CauseLabel::AuthorizationCodeInvalid),
    ] {
        let refused =
            Evidence { http_status: Some(200), body: r#"{"error":"invalid_code"}"#.into(), ..evidence(endpoint) };
        assert_eq!(classify(&refused, &[]).cause, cause, "{endpoint:?}");
    }
}

/// B10, B11: what we know of the token decides where the answer does not.
#[test]
fn context_decides_only_where_it_explains() {
    let mut old = evidence(FailedEndpoint::TokenRefresh);
    old.http_status = Some(400);
    old.body = r#"{"error":"invalid_grant"}"#.into();
    old.context = EvidenceContext {
        refresh_token_age: Some(Duration::from_secs(61 * 86_400)),
        refresh_token_idle_life: Some(Duration::from_secs(60 * 86_400)),
        clock_ahead_seconds: Some(600),
        ..EvidenceContext::default()
    };

    assert_eq!(classify(&old, &[]).cause, CauseLabel::RefreshTokenExpired, "a wrong clock explains nothing here");
}

/// B9: the clock is blamed where it explains the failure, and only then.
#[test]
fn the_clock_is_blamed_only_where_it_explains_the_failure() {
    let cause = |words: &str, clock_ahead_seconds| {
        let mut refused = evidence(FailedEndpoint::TokenRefresh);
        refused.http_status = Some(400);
        refused.body =
            serde_json::json!({ "error": "invalid_request", "error_description": words }).to_string().into_bytes();
        refused.context.clock_ahead_seconds = clock_ahead_seconds;
        classify(&refused, &[]).cause
    };
    let early = "the assertion was issued in the future";
    let late = "client assertion expired";

    for (words, ahead) in
        [(early, 31), (early, 7200), (late, -31), ("nbf is later than now", 600), ("iat is off", -600)]
    {
        assert_eq!(cause(words, Some(ahead)), CauseLabel::ClockSkew, "{words}, {ahead} s");
    }
    for (words, ahead, why) in [
        (early, Some(30), "that much is tolerated"),
        (early, Some(-600), "a clock behind writes no times of the future"),
        (late, Some(600), "a clock ahead writes nothing that is over"),
        ("immediate retry is not appropriate", Some(600), "no word of times"),
        ("missing parameter: resource", Some(-7200), "no word of times"),
    ] {
        assert_ne!(cause(words, ahead), CauseLabel::ClockSkew, "{words}: {why}");
        assert_eq!(cause(early, None), CauseLabel::ClockSkew, "nothing was measured, and the server says so itself");
    }
}

/// B9: a clock that was set back shows a dead token as living.
#[test]
fn a_token_over_by_the_servers_clock_alone_is_the_clocks_doing() {
    let cause = |age, clock_ahead_seconds, has_refresh_token| {
        let mut refused = evidence(FailedEndpoint::Api);
        refused.http_status = Some(401);
        refused.headers =
            vec![("www-authenticate".into(), r#"Bearer error="invalid_token", error_description="expired""#.into())];
        refused.context = EvidenceContext {
            access_token_age: Some(Duration::from_secs(age)),
            access_token_lifetime: Some(Duration::from_secs(3600)),
            has_refresh_token: Some(has_refresh_token),
            clock_ahead_seconds,
            ..EvidenceContext::default()
        };
        classify(&refused, &[]).cause
    };

    assert_eq!(cause(600, Some(-3000), true), CauseLabel::ClockSkew);
    for (age, ahead, why) in [
        (600, Some(-2999), "by that clock it holds, too"),
        (600, Some(3000), "ahead, we think it over too early"),
        (3590, Some(-20), "twenty seconds are nobody's fault"),
        (3700, Some(-600), "it is over by either clock"),
        (600, None, "nothing was measured"),
    ] {
        assert_eq!(cause(age, ahead, true), CauseLabel::AccessTokenExpired, "{age} s, {ahead:?}: {why}");
    }
    assert_eq!(cause(600, Some(-3000), false), CauseLabel::RefreshTokenMissing, "a right clock renews nothing");
}

/// C2: a request that has worked before is refused without a word: it is the grant, and what we know says how.
#[test]
fn a_wordless_refusal_of_a_refresh_is_a_dead_grant_as_far_as_is_known() {
    let refused = |status, body: &str, context| {
        let body = body.into();
        classify(&Evidence { http_status: Some(status), body, context, ..evidence(FailedEndpoint::TokenRefresh) }, &[])
    };
    let known = || EvidenceContext { has_refresh_token: Some(true), ..EvidenceContext::default() };
    for (status, body) in
        [(400, ""), (401, ""), (400, "{}"), (401, "Unauthorized"), (400, r#"{"error":"Bad Request"}"#), (401, "[]")]
    {
        let bare = refused(status, body, EvidenceContext::default());
        assert_eq!(bare.cause, CauseLabel::GrantInvalid, "{status} {body}");
        assert!(bare.confidence.percent() < 50, "{status} {body}: nothing was said, and little is claimed");
        assert!(!bare.ends_the_grant(), "{status} {body}: no stored token is given up for a guess");
        let superseded = EvidenceContext { is_latest_refresh_token: Some(false), ..known() };
        assert_eq!(refused(status, body, superseded).cause, CauseLabel::RefreshTokenReused, "{status} {body}");
        let raced = EvidenceContext { saw_concurrent_refresh: Some(true), ..known() };
        assert_eq!(refused(status, body, raced).cause, CauseLabel::RefreshTokenReused, "{status} {body}");
        let crowded = EvidenceContext { refresh_tokens_issued: Some(60), ..known() };
        assert_eq!(refused(status, body, crowded).cause, CauseLabel::RefreshTokenLimitExceeded, "{status} {body}");
        let without = EvidenceContext { has_refresh_token: Some(false), ..EvidenceContext::default() };
        assert_eq!(refused(status, body, without).cause, CauseLabel::RefreshTokenMissing, "{status} {body}");
    }
    let asked = Evidence {
        http_status: Some(401),
        headers: vec![("WWW-Authenticate".into(), r#"Basic realm="token""#.into())],
        ..evidence(FailedEndpoint::TokenRefresh)
    };
    assert_eq!(classify(&asked, &[]).cause, CauseLabel::ClientCredentialsMismatch, "RFC 6749 §5.2");
    assert_eq!(refresh(503, "").cause, CauseLabel::ProviderOutage);
}

/// C2, B5: 401 is a client's there (RFC 6749 §5.2), and so is a reason that nobody can read; what we know goes before it.
#[test]
fn a_refusal_of_a_refresh_for_an_unread_reason_asks_nobody_for_consent() {
    let body = r#"{"error":"zq_17","error_description":"The flux coupler was rekeyed."}"#;
    let known = |context| {
        let evidence =
            Evidence { http_status: Some(401), body: body.into(), context, ..evidence(FailedEndpoint::TokenRefresh) };
        classify(&evidence, &[])
    };

    let unread = known(EvidenceContext::default());
    assert_eq!((unread.cause, unread.action), (CauseLabel::ClientCredentialsMismatch, ActionLabel::FixClientConfig));
    assert!(unread.is_guessed() && !unread.ends_the_grant(), "{:?}", unread.confidence);
    assert!(unread.alternatives.iter().any(|it| it.cause == CauseLabel::GrantInvalid), "{:?}", unread.alternatives);
    let superseded = EvidenceContext { is_latest_refresh_token: Some(false), ..EvidenceContext::default() };
    assert_eq!(known(superseded).cause, CauseLabel::RefreshTokenReused);
}

/// C2: time takes no page away that refuses, and whoever put it there is no dead grant either.
#[test]
fn a_page_that_refuses_a_token_request_is_not_waited_for() {
    for endpoint in [FailedEndpoint::TokenRefresh, FailedEndpoint::TokenExchange] {
        for status in [400, 403] {
            let body = "<!doctype html><title>Flux</title><p>Rekeyed.</p>".into();
            let told = classify(&Evidence { http_status: Some(status), body, ..evidence(endpoint) }, &[]);
            assert_eq!((told.cause, told.action), (CauseLabel::NetworkFailure, ActionLabel::AskAdmin), "{status}");
        }
    }
    assert_eq!(refresh(200, "<!doctype html><title>Hotel Wi-Fi</title>").action, ActionLabel::WaitAndRetry);
}

/// C2: where the status speaks of an object, a token is renewed, which asks nobody; a sign-in is for 401.
#[test]
fn a_token_that_is_refused_with_the_status_of_an_object_is_renewed_first() {
    let told = |status, body: &str| {
        let evidence = Evidence { http_status: Some(status), body: body.into(), ..evidence(FailedEndpoint::Api) };
        classify(&evidence, &[])
    };

    for status in [403, 404] {
        let other = told(status, "Authorization token was not accepted: invalid token");
        assert_eq!((other.cause, other.action), (CauseLabel::AccessTokenInvalid, ActionLabel::Refresh), "{status}");
    }
    let refused = told(401, "Authorization token was not accepted: invalid token");
    assert_eq!((refused.cause, refused.action), (CauseLabel::AccessTokenInvalid, ActionLabel::Reconnect));
    let key = told(403, "The api key is invalid");
    assert!(!matches!(key.action, ActionLabel::Refresh), "nothing renews a key: {:?}", key.action);
}

/// C1: words that name the token go before a code that names the client; without them the code counts.
#[test]
fn a_used_refresh_token_is_known_under_any_code() {
    for code in ["invalid_grant", "unauthorized_client", "invalid_request", "access_denied"] {
        let body = format!(r#"{{"error":"{code}","error_description":"Old refresh token used."}}"#);
        assert_eq!(refresh(401, &body).cause, CauseLabel::RefreshTokenReused, "{code}");
    }
    let body = r#"{"error":"unauthorized_client","error_description":"Not authorized for this operation"}"#;
    assert_eq!(refresh(400, body).cause, CauseLabel::ClientCredentialsMismatch);
}

/// C1: a header names a state only where it says that it is so.
#[test]
fn headers_name_what_the_body_does_not() {
    let cause = |status, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        classify(&Evidence { http_status: Some(status), headers, ..evidence(FailedEndpoint::Api) }, &[]).cause
    };

    assert_eq!(cause(423, &[("x-account-deactivated", "true")]), CauseLabel::AccountDisabled);
    assert_eq!(cause(403, &[("X-Account-Suspended", "1")]), CauseLabel::AccountDisabled);
    assert_ne!(cause(403, &[("x-account-locked", "false")]), CauseLabel::AccountDisabled);
    assert_eq!(cause(401, &[("X-GitHub-OTP", "required; app")]), CauseLabel::InteractionRequired);
    assert_eq!(
        cause(200, &[("grpc-status", "16"), ("grpc-message", "token%20expired")]),
        CauseLabel::AccessTokenExpired
    );
    assert_eq!(cause(200, &[("grpc-status", "0")]), CauseLabel::NoFailure);
    let problem = [("www-authenticate", r#"OAuth oauth_problem="token_expired""#)];
    assert_eq!(cause(401, &problem), CauseLabel::AccessTokenExpired);
}

/// C1: a lock on what is asked for, and a program that calls, are no account.
#[test]
fn neither_a_lock_nor_a_user_agent_is_an_account() {
    for at in [FailedEndpoint::TokenRefresh, FailedEndpoint::Api] {
        let cause = |status, body: &str| {
            classify(&Evidence { http_status: Some(status), body: body.into(), ..evidence(at) }, &[]).cause
        };
        for (status, body) in [
            (423, ""),
            (423, "{}"),
            (403, r#"{"message":"User agent not found"}"#),
            (403, r#"{"error":"user_agent_not_found"}"#),
            (400, r#"{"message":"The User-Agent header does not exist"}"#),
            (403, "Unknown user agent: blocked"),
        ] {
            assert_ne!(cause(status, body), CauseLabel::AccountDisabled, "{at:?} {status} {body}");
        }
        for (status, body) in
            [(423, r#"{"message":"The account is locked"}"#), (403, r#"{"message":"User is disabled"}"#)]
        {
            assert_eq!(cause(status, body), CauseLabel::AccountDisabled, "{at:?} {status} {body}");
        }
    }
}

/// B8: in a form every number is a text, and none the worse for it.
#[test]
fn a_success_in_a_form_is_a_success() {
    let exchange = |body: &str| {
        let answer = Evidence { http_status: Some(200), body: body.into(), ..evidence(FailedEndpoint::TokenExchange) };
        classify(&answer, &[]).cause
    };

    assert_eq!(exchange("access_token=a&expires_in=7776000&refresh_token=b"), CauseLabel::NoFailure);
    assert_eq!(exchange("access_token=a&expires_in=3600000"), CauseLabel::ExpiresInInvalid);
    assert_eq!(exchange(r#"{"access_token":"a","expires_in":"3600"}"#), CauseLabel::ExpiresInInvalid);
    assert_eq!(api(200, None, r#"{"errcode":0,"errmsg":"ok","openid":"a"}"#).cause, CauseLabel::NoFailure);
}

/// B9: a token of theirs is early by our clock, be it behind by seconds only; no new consent sets a clock.
#[test]
fn a_token_that_is_early_for_us_is_the_clocks_doing() {
    for ahead in [None, Some(-3), Some(-600)] {
        let mut early = evidence(FailedEndpoint::TokenExchange);
        early.body = "The token can't be used before Tue Apr 17 11:32:42 2018.".into();
        early.context.clock_ahead_seconds = ahead;
        assert_eq!(classify(&early, &[]).cause, CauseLabel::ClockSkew, "{ahead:?}");
    }
}

fn refresh(status: u16, body: &str) -> Diagnosis {
    let evidence = Evidence { http_status: Some(status), body: body.into(), ..evidence(FailedEndpoint::TokenRefresh) };
    classify(&evidence, &[])
}

fn api(status: u16, challenge: Option<&str>, body: &str) -> Diagnosis {
    let evidence = Evidence {
        http_status: Some(status),
        headers: challenge.map(|it| ("WWW-Authenticate".to_owned(), it.to_owned())).into_iter().collect(),
        body: body.into(),
        ..evidence(FailedEndpoint::Api)
    };
    classify(&evidence, &[])
}

fn evidence(endpoint: FailedEndpoint) -> Evidence {
    Evidence { endpoint, ..Evidence::default() }
}

/// A3, S137: what looks like a secret is no word, in whatever dress it comes.
#[test]
fn a_secret_in_an_answer_is_not_among_its_words() {
    let secrets = [
        "ya29.a0AfH6SMBxQwErTyUiOpAsDfGhJkLzXc",
        "1//0gQwErTyUiOpAsDfGhJkLzXcVbNm1234",
        "GOCSPX-abcDEFghijklMNOpqrstuvwx",
        "4/0AY0e-g7Abcdefghijk",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOp",
        "3d6f0a4c-8f0e-4b55-9f4e-2c8f4c1a7d21",
    ];
    for secret in secrets {
        for said in [
            format!("Token {secret} is expired"),
            format!("Invalid client secret: {secret}"),
            format!("invalid refresh token '{secret}' for user"),
        ] {
            let as_json = serde_json::json!({ "error": "x", "error_description": &said }).to_string();
            for body in [as_json, said.clone()] {
                let evidence =
                    Evidence { http_status: Some(401), body: body.clone().into_bytes(), ..Evidence::default() };
                let shown: String =
                    format!("{:?}", classify(&evidence, &[])).chars().filter(char::is_ascii_alphanumeric).collect();
                let secret: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
                let (shown, secret) = (shown.to_lowercase(), secret.to_lowercase());
                assert!(!shown.contains(&secret) && !shown.contains(&secret[6..18]), "of {body}: {shown}");
            }
        }
    }
}

/// C1: "`expires_in`, HTTP 200" would read as if that were the error.
#[test]
fn the_name_of_a_field_is_no_code_of_an_error() {
    for (status, body) in [
        (503, r#"<html><pre>{"access_token":"2YotnFZFEjr1zCsicMWpAA","expires_in":3600}</pre></html>"#),
        (200, "<html>revoked_at, refresh_token_expires_in</html>"),
        (400, r#"{"error":"expires_in"}"#),
    ] {
        let evidence = Evidence {
            endpoint: FailedEndpoint::TokenRefresh,
            http_status: Some(status),
            body: body.into(),
            ..Evidence::default()
        };
        assert_eq!(classify(&evidence, &[]).provider_code, None, "{body}");
    }
}
