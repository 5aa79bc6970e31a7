//! The authorization code flow, held to the letter of its documents [A2].

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use practice::{ClientAuthentication, EndReason, GrantState, Outcome, PracticeClient, RedirectRule, Settings};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use crate::client::{FORM, Program, REDIRECT, STATE, VERIFIER, between, form, redemption, send, tokens};

/// A2, RFC 9207
#[tokio::test]
async fn a_flawless_sign_in_yields_tokens_and_an_identity() {
    let program = Program::start().await;

    let redirected = program.authorize(&Program::request()).await.redirected();
    let answer = program.redeem(&redirected["code"]).await;

    assert_eq!(redirected["state"], STATE, "the client recognises its own request");
    assert_eq!(redirected["iss"], program.provider.issuer(), "mix-up protection needs the issuer");
    assert_eq!(answer.status, 200, "every rule was kept: {}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store", "RFC 6749 section 5.1");
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer", "RFC 6750");
    assert_eq!(body["expires_in"], 3600, "the default lifetime");
    let claims = verified_claims(&program, body["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["sub"], "mira", "the account that agreed");
    assert_eq!(claims["nonce"], "nonce-of-the-test", "the nonce comes back");
    assert_eq!(claims["iss"], program.provider.issuer(), "the id token names its issuer");
    assert_eq!(claims["aud"], "patchbay-practice", "and the client it is for");
    assert!(!program.saw_unexpected(), "a correct client causes nothing unexpected");
}

/// A2
#[tokio::test]
async fn a_person_can_choose_account_and_scopes_or_say_no() {
    let program = Program::start().await;
    program.provider.consent_automatically(None);
    let mut request = Program::request();
    request.push(("login_hint", "jonas@haldenoptik.example".to_owned()));

    let page = program.authorize(&request).await;
    let id = between(&page.text, "name=\"request\" value=\"", "\"");
    let allow = [("request", id), ("account", "jonas"), ("scope", "openid"), ("scope", "email"), ("decision", "allow")];
    let allowed = program.post("/authorize/decision", &allow).await;
    let again = program.post("/authorize/decision", &allow).await;
    let other = program.authorize(&Program::request()).await;
    let id = between(&other.text, "name=\"request\" value=\"", "\"");
    let denied =
        program.post("/authorize/decision", &[("request", id), ("account", "mira"), ("decision", "deny")]).await;

    assert!(page.text.contains("Practice provider: not a real account"), "nobody may mistake it for real");
    assert!(page.text.contains("value=\"jonas\" checked"), "the login hint preselects");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("http://127.0.0.1:*"),
        "strict, but not in the way of the redirect: {policy}"
    );
    let body = program.redeem(&allowed.redirected()["code"]).await.json();
    assert_eq!(body["scope"], "openid email", "only what was ticked");
    assert_eq!(program.provider.grants()[0].account, "jonas", "the account that was chosen");
    assert_eq!(again.status, 400, "a page can be answered once");
    assert_eq!(denied.redirected()["error"], "access_denied", "No is an answer too");
    assert_eq!(denied.redirected()["state"], STATE, "errors carry the state");
}

/// A2, A3
#[tokio::test]
async fn what_a_request_says_never_becomes_markup() {
    let program = Program::start().await;
    program.provider.consent_automatically(None);
    let mut request = Program::request();
    request.push(("login_hint", "\"><script>alert(1)</script>".to_owned()));
    request.push(("prompt", "<b>".to_owned()));

    let page = program.authorize(&request).await;

    assert!(!page.text.contains("<script") && !page.text.contains("<b>"), "nothing is reflected raw");
}

/// A2
#[tokio::test]
async fn a_wrong_client_or_redirect_is_shown_and_never_redirected() {
    let program = Program::start().await;
    let elsewhere = ["https://evil.example/cb", "http://127.0.0.1:80@evil.example/", "http://127.0.0.1/cb", ""];

    for uri in elsewhere {
        let answer = program.authorize(&changed("redirect_uri", uri)).await;
        assert_eq!(answer.status, 400, "{uri:?} is no loopback address");
        assert_eq!(answer.header("location"), "", "a code must not leave for {uri:?}");
    }
    let mut twice = Program::request();
    twice.push(("redirect_uri", "https://evil.example/cb".to_owned()));
    for request in [changed("client_id", "nobody"), changed("client_id", ""), twice] {
        let answer = program.authorize(&request).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "nobody to redirect to");
    }
}

/// A2, RFC 6749 section 4.1.2.1
#[tokio::test]
async fn other_mistakes_go_back_to_the_client_by_name() {
    let program = Program::start().await;
    let mut twice = Program::request();
    twice.push(("scope", "openid".to_owned()));
    let cases = [
        (changed("response_type", "token"), "unsupported_response_type"),
        (changed("response_type", ""), "invalid_request"),
        (changed("state", ""), "invalid_request"),
        (changed("code_challenge", ""), "invalid_request"),
        (changed("code_challenge", "short"), "invalid_request"),
        (changed("code_challenge_method", "plain"), "invalid_request"),
        (changed("code_challenge_method", ""), "invalid_request"),
        (changed("scope", "openid everything"), "invalid_scope"),
        (twice, "invalid_request"),
    ];

    for (request, error) in cases {
        let redirected = program.authorize(&request).await.redirected();
        assert_eq!(redirected["error"], error, "{request:?}");
        assert_eq!(redirected["iss"], program.provider.issuer(), "RFC 9207 covers errors as well");
        assert!(!redirected.contains_key("code"), "an error grants nothing");
    }
}

/// A2, RFC 7636
#[tokio::test]
async fn a_wrong_verifier_gets_nothing_and_spends_the_code() {
    let program = Program::start().await;
    let code = program.code().await;
    let mut wrong = redemption(&code);
    let other = VERIFIER.replace('a', "b");
    wrong[4].1 = &other;

    let guessed = program.token(&wrong).await;
    let corrected = program.redeem(&code).await;

    assert_eq!((guessed.status, guessed.error().as_str()), (400, "invalid_grant"), "PKCE is really checked");
    assert_eq!(corrected.error(), "invalid_grant", "a second guess is not allowed");
    assert!(program.provider.grants().is_empty(), "nothing was granted");
}

/// A2, RFC 6749 section 4.1.3
#[tokio::test]
async fn the_redirect_uri_of_the_exchange_must_be_the_same_byte_for_byte() {
    let program = Program::start().await;
    let code = program.code().await;
    let mut other = redemption(&code);
    other[3].1 = "http://localhost:49213/callback/practice";

    let answer = program.token(&other).await;

    assert_eq!(answer.error(), "invalid_grant", "{REDIRECT} was asked for, another was presented");
}

/// A2, RFC 6749 section 4.1.2
#[tokio::test]
async fn a_replayed_code_ends_what_it_issued() {
    let program = Program::start().await;
    let code = program.code().await;
    let (access, refresh) = tokens(&program.redeem(&code).await);

    let replayed = program.redeem(&code).await;

    assert_eq!(replayed.error(), "invalid_grant", "codes work once");
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 401, "the access token died with it");
    assert_eq!(program.refresh(&refresh).await.error(), "invalid_grant", "the refresh token as well");
    let state = program.provider.grants()[0].state;
    assert!(
        matches!(state, GrantState::Ended { why: EndReason::CodeReplayed, .. }),
        "and the reason is kept: {state:?}"
    );
}

/// A2
#[tokio::test]
async fn a_code_lives_sixty_seconds() {
    let program = Program::start().await;
    let (early, late) = (program.code().await, program.code().await);

    program.provider.pass_time(std::time::Duration::from_secs(50));
    let in_time = program.redeem(&early).await;
    program.provider.pass_time(std::time::Duration::from_secs(10));
    let too_late = program.redeem(&late).await;

    assert_eq!(in_time.status, 200, "fifty seconds are fine");
    assert_eq!(too_late.error(), "invalid_grant", "sixty are not");
}

/// A2, RFC 6749 section 2.3
#[tokio::test]
async fn a_client_proves_itself_in_exactly_one_registered_way() {
    let client = |id: &str, way| PracticeClient {
        client_id: id.to_owned(),
        client_secret: Some("s3cret & more".to_owned()),
        redirect: RedirectRule::Exact(vec![REDIRECT.to_owned()]),
        authentication: vec![way],
    };
    let clients = vec![client("by-header", ClientAuthentication::Basic), client("by-body", ClientAuthentication::Post)];
    let program = Program::with(Settings { clients, ..Settings::default() }).await;
    let basic = format!("Basic {}", BASE64_STANDARD.encode("by-header:s3cret+%26+more"));
    let wrong = format!("Basic {}", BASE64_STANDARD.encode("by-header:guess"));
    let ask = |pairs: Vec<(&'static str, &'static str)>, header: Option<String>| {
        let url = program.at("/introspect");
        async move {
            let mut headers = FORM.to_vec();
            if let Some(header) = &header {
                headers.push(("authorization", header));
            }
            send("POST", &url, &headers, &form(&pairs)).await
        }
    };

    let header = ask(vec![("token", "x")], Some(basic.clone())).await;
    let body = ask(vec![("token", "x"), ("client_id", "by-body"), ("client_secret", "s3cret & more")], None).await;
    let both = ask(vec![("token", "x"), ("client_secret", "s3cret & more")], Some(basic)).await;
    let other = ask(vec![("token", "x"), ("client_id", "by-header"), ("client_secret", "s3cret & more")], None).await;
    let none = ask(vec![("token", "x"), ("client_id", "by-body")], None).await;
    let guess = ask(vec![("token", "x")], Some(wrong)).await;

    assert_eq!((header.status, body.status), (200, 200), "each in its own way");
    assert_eq!(both.error(), "invalid_request", "not in two ways at once");
    assert_eq!(other.error(), "invalid_client", "not in a way it did not register");
    assert_eq!(none.error(), "invalid_client", "not without its secret");
    assert_eq!((guess.status, guess.error().as_str()), (401, "invalid_client"), "not with another secret");
    assert!(guess.header("www-authenticate").starts_with("Basic"), "RFC 6749 section 5.2");
}

/// A2, A3
#[tokio::test]
async fn malformed_token_requests_are_refused() {
    let program = Program::start().await;
    let code = program.code().await;
    let body = form(&redemption(&code));

    let query = send("POST", &format!("{}?{body}", program.at("/token")), FORM, "").await;
    let plain = send("POST", &program.at("/token"), &[("content-type", "text/plain")], &body).await;
    let twice = send("POST", &program.at("/token"), FORM, &format!("{body}&code=x")).await;
    let large = send("POST", &program.at("/token"), FORM, &"x".repeat(70_000)).await;
    let method = send("GET", &program.at("/token"), &[], "").await;
    let nowhere = send("GET", &program.at("/oauth/token"), &[], "").await;
    let foreign = send("GET", &program.at("/userinfo"), &[("host", "evil.example")], "").await;

    for answer in [query, plain, twice] {
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{}", answer.text);
    }
    assert_eq!(large.status, 413, "bodies are limited");
    assert_eq!((method.status, nowhere.status, foreign.status), (405, 404, 421), "each is named");
    let log = program.provider.log();
    let unexpected = log.iter().filter(|request| matches!(request.outcome, Outcome::Unexpected { .. })).count();
    assert_eq!(unexpected, 3, "and a test can see them: {log:#?}");
    assert_eq!(program.redeem(&code).await.status, 200, "none of this spent the code");
}

async fn verified_claims(program: &Program, token: &str) -> Value {
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let keys = send("GET", &program.at("/jwks"), &[], "").await.json();
    let key = &keys["keys"][0];
    let mut point = vec![4];
    point.extend(decode(key["x"].as_str().unwrap()));
    point.extend(decode(key["y"].as_str().unwrap()));
    let published = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    published.verify(signed.as_bytes(), &decode(signature)).expect("the published key signed it");
    serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap()
}

fn changed(name: &str, value: &str) -> Vec<(&'static str, String)> {
    let mut request = Program::request();
    for (known, old) in &mut request {
        if *known == name {
            value.clone_into(old);
        }
    }
    request
}
