//! The protected resources: who is let in, and a file's whole life [A6, A7, E2, E4].

use std::time::Duration;

use serde_json::json;

use crate::client::{Program, send};
use practice::Faults;

/// A7, E2
#[tokio::test]
async fn userinfo_names_person_and_workspace() {
    let program = Program::start().await;
    let (access, _) = program.sign_in().await;

    let answer = program.api("GET", "/userinfo", &access, "").await;

    let expected = json!({
        "sub": "mira", "name": "Mira Solberg", "email": "mira@fjordstudio.example", "email_verified": true,
        "workspace": { "id": "ws-fjordstudio", "name": "Fjordstudio" }, "account_type": "person",
    });
    assert_eq!(answer.json(), expected, "enough to tell two accounts and two workspaces apart");
    assert!(answer.header("x-request-id").starts_with("practice-"), "support asks for this");
    assert!(!answer.header("date").is_empty(), "clock skew is measured with this");
}

/// A6, RFC 6750 section 3.1
#[tokio::test]
async fn a_token_that_is_missing_wrong_or_expired_is_told_apart() {
    let program = Program::start().await;
    let (access, refresh) = program.sign_in().await;

    let missing = send("GET", &program.at("/userinfo"), &[], "").await;
    let basic = send("GET", &program.at("/userinfo"), &[("authorization", "Basic eDp5")], "").await;
    let wrong = program.api("GET", "/userinfo", &refresh, "").await;
    program.provider.pass_time(Duration::from_secs(3601));
    let expired = program.api("GET", "/userinfo", &access, "").await;

    assert_eq!(missing.status, 401, "no token, no answer");
    assert!(!missing.header("www-authenticate").contains("error="), "nothing was wrong with a token");
    assert_eq!(basic.status, 400, "another scheme is a malformed request");
    assert_eq!(wrong.status, 401, "a refresh token opens no resource");
    assert_eq!(expired.status, 401, "an hour is over");
    assert!(expired.header("www-authenticate").contains("error=\"invalid_token\""), "{}", expired.text);
}

/// E4
#[tokio::test]
async fn a_file_can_be_created_read_changed_and_deleted() {
    let program = Program::start().await;
    let (access, _) = program.sign_in().await;

    let created = program.api("POST", "/api/files", &access, "{\"name\":\"Rehearsal\",\"text\":\"one\"}").await;
    let place = created.header("location").to_owned();
    let read = program.api("GET", &place, &access, "").await.json();
    let changed = program.api("PATCH", &place, &access, "{\"text\":\"two\"}").await.json();
    let listed = program.api("GET", "/api/files", &access, "").await.json();
    let deleted = program.api("DELETE", &place, &access, "").await;
    let gone = program.api("GET", &place, &access, "").await;

    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(read["text"], "one", "what was written is read back");
    assert_eq!((&changed["text"], &changed["version"]), (&json!("two"), &json!(2)), "a change counts");
    assert_eq!(listed["files"].as_array().unwrap().len(), 3, "two samples and this one, none of another workspace");
    assert_eq!((deleted.status, gone.status), (204, 404), "and then it is gone");
    assert!(!program.saw_unexpected(), "a missing file is an ordinary answer, not a wrong address");
}

/// A7
#[tokio::test]
async fn accounts_of_another_workspace_see_other_files() {
    let program = Program::start().await;
    let (mira, _) = program.sign_in().await;
    program.provider.consent_automatically(Some("jonas"));
    let (jonas, _) = program.sign_in().await;

    let of_mira = program.api("GET", "/api/files", &mira, "").await.json();
    let id = of_mira["files"][0]["id"].as_str().unwrap();
    let across = program.api("GET", &format!("/api/files/{id}"), &jonas, "").await;

    assert_eq!(across.status, 404, "tenants do not see each other");
}

/// C5: as GitHub and Google do, a refusal names where it is mended, and one press there mends it.
#[tokio::test]
async fn a_staged_refusal_names_the_page_that_mends_it() {
    for (cause, path) in [("sso_required", "/organisation/sso"), ("api_not_enabled", "/console/apis/files")] {
        let program = Program::start().await;
        let (access, _) = program.sign_in().await;
        let idle = send("GET", &program.at(path), &[], "").await;
        assert!(!idle.text.contains("<form"), "nothing is staged: {}", idle.text);
        program.provider.set_faults(Faults::default().with_switch(&format!("stages={cause}")).unwrap());

        let refused = program.api("GET", "/userinfo", &access, "").await;

        assert_eq!(refused.status, 403, "{}", refused.text);
        let body = refused.json();
        let named = body["details"][0]["metadata"]["activationUrl"].as_str().map(str::to_owned);
        let header = refused.header("x-practice-sso").strip_prefix("required; url=").map(str::to_owned);
        let page = named.or(header).unwrap();
        assert!(page.starts_with(&program.at(path)) && page.contains('?'), "{page}");
        assert!(send("GET", &page, &[], "").await.text.contains("<form"), "there is a button");
        assert_eq!(send("POST", &page, &[], "").await.status, 200);
        assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 200, "it is mended");
    }
}
