//! A provider that is played from its file is as strict as the file, and bends only where the file or a switch says
//! [A2, A10, B3, C1, E2].

use std::time::Duration;

use practice::{Faults, PracticeProvider};
use serde_json::{Value, json};

use crate::client::{Answer, FORM, REDIRECT, STATE, VERIFIER, form, send, tokens};

/// An invented provider; `change` bends it.
fn file(change: Value) -> Value {
    let mut file = json!({
        "id": "odd", "name": "Odd", "tag": "Od",
        "authorization_endpoint": "https://odd.example/authorize",
        "token_endpoint": "https://api.odd.example/token",
        "client_authentication": ["public"], "client_secret": "optional", "pkce": "required",
        "scopes": { "parameter": "permissions", "separator": ",", "always": ["who"], "actions": [
            { "allows": "Read", "scopes": ["read", "offline"] }
        ] },
        "token_request": { "headers": { "Odd-Version": "7" } },
        "token_answer": { "locations": ["/data"], "usual_lifetime_seconds": 600, "kept_fields": { "team": "/team/id" } },
        "refresh": { "rotation": "always", "issued": "always", "previous_token": "refused" },
        "redirect": { "host": "127.0.0.1" },
        "identity": {
            "url": "https://api.odd.example/me?full=1", "token_in": { "header": { "name": "X-Odd", "prefix": "T " } },
            "success_flag": "/fine", "subject": ["/who/0/id"], "label": ["/who/0/name"]
        },
        "revocation": {
            "url": "https://api.odd.example/tokens/{token}", "delete": true, "body": "empty",
            "authentication": "nothing", "wants_access_token": true, "effect": "this_grant"
        },
        "error_signatures": [{ "endpoint": "api", "http_status": 418, "contains": "\"teapot\"", "cause": "rate_limited" }]
    });
    for (pointer, value) in change.as_object().into_iter().flatten() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        file.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    file
}

struct Stage(PracticeProvider);

impl Stage {
    async fn playing(change: Value) -> Stage {
        let provider = PracticeProvider::playing(&file(change)).await.unwrap();
        assert!(provider.consent_automatically(Some("mira")));
        provider.register_redirect(REDIRECT);
        Stage(provider)
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.0.issuer())
    }

    fn client(&self) -> String {
        self.0.played_clients()[0].client_id.clone()
    }

    async fn authorize(&self, changes: &[(&str, &str)]) -> Answer {
        let client = self.client();
        let mut asked = vec![
            ("client_id", client.as_str()),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("state", STATE),
            ("permissions", "who,read"),
            ("code_challenge", "UP1QcOHyHpqo-pUqnr14qSBMX0Oe_e9jy9z5J3zKTzM"),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            asked.retain(|(other, _)| other != name);
            if !value.is_empty() {
                asked.push((name, value));
            }
        }
        send("GET", &format!("{}?{}", self.at("odd.example/authorize"), form(&asked)), &[], "").await
    }

    async fn trade(&self, pairs: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let client = self.client();
        let mut pairs = pairs.to_vec();
        pairs.push(("client_id", &client));
        let headers: Vec<_> = FORM.iter().chain(headers).copied().collect();
        send("POST", &self.at("api.odd.example/token"), &headers, &form(&pairs)).await
    }

    async fn redeem(&self) -> Answer {
        let code = self.authorize(&[("code_challenge", &challenge())]).await.redirected()["code"].clone();
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.trade(&pairs, VERSION).await
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.trade(&[("grant_type", "refresh_token"), ("refresh_token", token)], VERSION).await
    }

    /// Access and refresh token of a sign-in.
    async fn sign_in(&self) -> (String, String) {
        let answer = self.redeem().await;
        assert_eq!(answer.status, 200, "{} {:?}", answer.text, self.0.complaints());
        let text = |name: &str| answer.json()["data"][name].as_str().unwrap_or_default().to_owned();
        (text("access_token"), text("refresh_token"))
    }
}

const VERSION: &[(&str, &str)] = &[("odd-version", "7")];

fn challenge() -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use sha2::{Digest as _, Sha256};
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// A2, S006, S011
#[tokio::test]
async fn a_request_that_does_not_keep_to_the_file_is_refused_and_named() {
    let stage = Stage::playing(json!({ "/authorize_parameters": { "prompt": "consent" } })).await;
    let flawless = ("prompt", "consent");
    assert_eq!(stage.authorize(&[flawless]).await.status, 303, "{:?}", stage.0.complaints());

    for (change, complaint) in [
        (("prompt", "none"), "prompt"),
        (("permissions", "who read"), "no scope"),
        (("permissions", "who,,read"), "no scope"),
        (("scope", "who"), "called scope"),
        (("redirect_uri", "http://127.0.0.1:49213/elsewhere"), "not registered"),
        (("redirect_uri", "http://localhost:49213/callback/practice"), "not registered"),
        (("code_challenge", ""), "challenge"),
        (("state", ""), "state"),
        (("response_type", "token"), "response_type"),
        (("client_id", "nobody"), "not known"),
    ] {
        stage.0.clear_complaints();
        let refused = stage.authorize(&[flawless, change]).await;
        assert_eq!(refused.status, 400, "{change:?}");
        let complaints = stage.0.complaints();
        assert!(complaints.iter().any(|it| it.contains(complaint)), "{change:?} is named: {complaints:?}");
    }
    let any_port = stage.authorize(&[flawless, ("redirect_uri", "http://127.0.0.1:1/callback/practice")]).await;
    assert_eq!(any_port.status, 303, "the port is not compared here");
}

/// A2, B7
#[tokio::test]
async fn the_token_answer_has_the_shape_of_the_file() {
    let stage = Stage::playing(json!({})).await;

    let answer = stage.redeem().await.json();
    let without_header = stage.trade(&[("grant_type", "refresh_token"), ("refresh_token", "x")], &[]).await;

    assert_eq!(answer["data"]["expires_in"], 600);
    assert_eq!(answer["data"]["scope"], "who,read");
    assert_eq!(answer["team"]["id"], "kept-team");
    assert!(answer.get("access_token").is_none(), "nothing at the top: {answer}");
    assert_eq!(without_header.status, 400);
    assert!(stage.0.complaints()[0].contains("Odd-Version"), "{:?}", stage.0.complaints());
}

/// B3, B10
#[tokio::test]
async fn refresh_tokens_come_and_go_by_the_rules_of_the_file() {
    let by_scope = Stage::playing(json!({ "/refresh/issued": "by_scope" })).await;
    assert_eq!(by_scope.sign_in().await.1, "", "the offline scope was not asked for");

    let never = Stage::playing(json!({ "/refresh/issued": "never", "/refresh/rotation": "never" })).await;
    assert_eq!(never.sign_in().await.1, "");

    let strict = Stage::playing(json!({})).await;
    let (_, first) = strict.sign_in().await;
    assert_eq!(strict.refresh(&first).await.status, 200);
    assert_eq!(strict.refresh(&first).await.status, 400, "refused, and the grant with it");
    assert!(!strict.0.grants()[0].is_alive());

    let grace = Stage::playing(json!({ "/refresh/previous_token": { "works_for_seconds": 60 } })).await;
    let (_, first) = grace.sign_in().await;
    assert_eq!([grace.refresh(&first).await.status, grace.refresh(&first).await.status], [200, 200]);
    grace.0.pass_time(Duration::from_secs(61));
    assert_eq!(grace.refresh(&first).await.status, 400);

    let until_used = Stage::playing(json!({ "/refresh/previous_token": "works_until_successor_is_used" })).await;
    until_used.0.set_faults(Faults::default().tolerates_reuse());
    let (_, first) = until_used.sign_in().await;
    let second = until_used.refresh(&first).await.json()["data"]["refresh_token"].as_str().unwrap().to_owned();
    until_used.0.pass_time(Duration::from_secs(86_400));
    assert_eq!(until_used.refresh(&first).await.status, 200, "its successor was not used");
    assert_eq!(until_used.refresh(&second).await.status, 200);
    assert_eq!(until_used.refresh(&first).await.status, 400, "now it was");
}

/// E2, S075, A10
#[tokio::test]
async fn the_api_takes_the_token_in_its_place_and_a_revocation_ends_the_grant() {
    let stage = Stage::playing(json!({})).await;
    let (access, _) = stage.sign_in().await;
    let (me, right) = (stage.at("api.odd.example/me?full=1"), format!("T {access}"));

    let who = send("GET", &me, &[("x-odd", &right)], "").await;
    assert_eq!(who.json(), json!({ "fine": true, "who": [{ "id": "mira", "name": "mira@fjordstudio.example" }] }));
    let bearer = format!("Bearer {access}");
    for (url, headers) in [
        (&me, vec![("authorization", bearer.as_str())]),
        (&me, vec![("x-odd", access.as_str())]),
        (&me, vec![("x-odd", right.as_str()), ("authorization", bearer.as_str())]),
        (&stage.at("api.odd.example/me"), vec![("x-odd", right.as_str())]),
    ] {
        assert_eq!(send("GET", url, &headers, "").await.status, 400, "{headers:?}");
    }
    stage.0.set_faults(Faults { answers_signature: Some(0), ..Faults::default() });
    let teapot = send("GET", &me, &[("x-odd", &right)], "").await;
    assert_eq!((teapot.status, teapot.json()["fine"].clone()), (418, json!(false)));
    assert!(teapot.text.contains("\"teapot\""));
    stage.0.set_faults(Faults::default());

    let gone = send("DELETE", &stage.at(&format!("api.odd.example/tokens/{access}")), &[], "").await;
    assert_eq!(gone.status, 204, "{:?}", stage.0.complaints());
    assert!(!stage.0.grants()[0].is_alive());
    let log = stage.0.log();
    assert!(log.iter().all(|it| !it.path.contains(&access)), "no token stands in the log");
    assert_eq!(send("GET", &me, &[("x-odd", &right)], "").await.status, 401);
}

/// A2
#[tokio::test]
async fn the_answer_is_carried_in_the_way_of_the_file() {
    let form_post = Stage::playing(json!({ "/answer": { "mode": "form_post" } })).await;
    let page = form_post.authorize(&[("response_mode", "form_post")]).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains(&format!("action=\"{REDIRECT}\"")) && page.text.contains("name=\"code\""),
        "{}",
        page.text
    );

    let fragment = Stage::playing(json!({
        "/answer": { "mode": "fragment", "holds_token": true },
        "/pkce": "undocumented",
        "/authorize_names": { "redirect_uri": "return", "access_token": "token", "state_in_redirect": true },
    }))
    .await;
    let back = format!("{REDIRECT}?state={STATE}");
    let changes = [
        ("response_type", "token"),
        ("redirect_uri", ""),
        ("return", back.as_str()),
        ("state", ""),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let sent = fragment.authorize(&changes).await;
    assert_eq!(sent.status, 303, "{:?}", fragment.0.complaints());
    let location = sent.header("location");
    assert!(location.starts_with(&format!("{back}#token=practice_at_")), "{location}");
    assert_eq!(fragment.0.grants().len(), 1, "the grant is there without an exchange");
}

/// C1: the same switches bend the practice provider's own answers.
#[tokio::test]
async fn the_oddities_that_files_name_can_be_switched_on_anywhere() {
    use crate::client::Program;
    let program = Program::start().await;
    let with = |name: &str| program.provider.set_faults(Faults::default().with_oddity(name).unwrap());

    with("nested_token_answer");
    assert!(program.redeem(&program.code().await).await.json()["authed_user"]["access_token"].is_string());
    with("scope_with_commas");
    assert!(program.redeem(&program.code().await).await.json()["scope"].as_str().unwrap().contains(','));
    with("answers_form_encoded");
    assert!(program.redeem(&program.code().await).await.text.starts_with("access_token="));
    with("lower_case_bearer_missing_token_type");
    let answer = program.redeem(&program.code().await).await;
    assert_eq!(answer.json()["token_type"], "bearer");
    let (_, refresh) = tokens(&answer);
    assert!(program.refresh(&refresh).await.json().get("token_type").is_none());
    with("error_as_html");
    let page = program.refresh("unknown").await;
    assert_eq!((page.status, page.header("content-type")), (400, "text/html; charset=utf-8"));

    with("separate_refresh_endpoint");
    let (_, refresh) = tokens(&program.redeem(&program.code().await).await);
    assert_eq!(program.refresh(&refresh).await.status, 400, "not here");
    let pairs = crate::client::refreshing(&refresh);
    assert_eq!(program.post("/refresh", &pairs).await.status, 200, "but there");

    program.provider.revoke_all();
    with("new_grant_ends_older_ones");
    let (older, _) = program.sign_in().await;
    let (newer, refresh) = program.sign_in().await;
    with("revokes_nothing_with_200");
    assert_eq!(program.api("GET", "/userinfo", &older, "").await.status, 401, "it made room");
    assert_eq!(program.post("/revoke", &[("client_id", "patchbay-practice"), ("token", &refresh)]).await.status, 200);
    assert_eq!(program.api("GET", "/userinfo", &newer, "").await.status, 200, "nothing was revoked");
    with("revocation_refuses_public_clients");
    assert_eq!(program.post("/revoke", &[("client_id", "patchbay-practice"), ("token", &refresh)]).await.status, 400);
    with("revocation_leaves_access_token");
    assert_eq!(program.post("/revoke", &[("client_id", "patchbay-practice"), ("token", &refresh)]).await.status, 200);
    assert_eq!(program.api("GET", "/userinfo", &newer, "").await.status, 200, "it lives on");
    assert_eq!(program.refresh(&refresh).await.status, 400, "and nothing renews it");
}
