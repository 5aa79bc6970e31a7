//! n8n behind `trait Platform`, against a strict n8n: both versions, keys with too few rights, hostile servers
//! [D1, D2, D5, D6, S159].

use std::sync::Arc;
use std::time::Duration;

use domain::Secret;
use domain::blast_radius::reading::{FoundRun, FoundUse, PlatformReading, ReadingNote};
use domain::blast_radius::{PlatformConnectionState, RunOutcome, StepVersion};
use engine::clock::Clock;
use engine::http::Http;
use engine::platforms::n8n::N8n;
use engine::platforms::{Platform, PlatformFailure, Progress, Pushed, PushedGrant, Standing, Started, TestWorth};
use fakes::{N8N_KEY, N8nRelease, N8nServer, N8nTrouble, Server};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{timeouts, within};

const TEN_O_CLOCK: &str = "2026-11-20T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn n8n_with(url: &str, key: &str) -> N8n {
    let clock = Clock::set_at(at(TEN_O_CLOCK));
    let told = clock.clone();
    let http = Http::new(timeouts(Duration::from_secs(10)), move || told.now());
    N8n::new(http, clock, url, Secret::new(key)).unwrap()
}

fn n8n(server: &N8nServer) -> N8n {
    n8n_with(server.url(), N8N_KEY)
}

async fn read(n8n: &N8n) -> Result<PlatformReading, PlatformFailure> {
    within(n8n.read(&Arc::default())).await
}

async fn runs(n8n: &N8n) -> Vec<FoundRun> {
    within(n8n.runs_since(at("2026-11-20T09:00:00Z"))).await.unwrap()
}

fn webhook() -> Value {
    json!({ "id": "hook", "name": "Webhook", "type": "n8n-nodes-base.webhook", "parameters": {} })
}

/// A call that reads, with a credential.
fn call(credential: &str) -> Value {
    json!({
        "id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest",
        "parameters": { "authentication": "genericCredentialType", "genericAuthType": "oAuth2Api" },
        "credentials": { "oAuth2Api": { "id": credential, "name": "Drive" } },
    })
}

fn held(access_token: &str) -> Value {
    json!({
        "grantType": "authorizationCode", "authUrl": "https://p.example/auth", "accessTokenUrl": "https://p.example/token",
        "clientId": "client", "clientSecret": "client-secret", "scope": "files.read", "authentication": "header",
        "oauthTokenData": { "access_token": access_token, "refresh_token": "rt-old" },
    })
}

fn grant(access_token: &str) -> PushedGrant {
    let answer =
        json!({ "access_token": access_token, "refresh_token": "rt-new", "token_type": "Bearer", "expires_in": 3600 });
    PushedGrant {
        client_id: "client".to_owned(),
        client_secret: Some(Secret::new("client-secret")),
        authorize_url: "https://p.example/auth".to_owned(),
        token_url: "https://p.example/token".to_owned(),
        scopes: vec!["files.read".to_owned()],
        token_response: Secret::new(answer.to_string()),
        issued_at: at(TEN_O_CLOCK),
    }
}

/// One credential whose token works, and an active workflow that reads with it.
async fn world(release: N8nRelease) -> N8nServer {
    let server = N8nServer::start(release).await.unwrap();
    server.honour("at-old");
    server.add_credential("drive", "Drive", "oAuth2Api", held("at-old"));
    server.add_workflow("probe", "Probe", true, json!([webhook(), call("drive")]));
    server
}

/// D1, D2: more than one page, although a limit above 250 is cut without a word.
#[tokio::test]
async fn all_pages_are_read_and_the_draft_is_told_from_what_runs() {
    let server = world(N8nRelease::New).await;
    server.add_credential("other", "Other", "oAuth2Api", held("x"));
    server.redraft("probe", &json!([webhook(), call("other")]));
    for number in 0..300 {
        server.add_credential(&format!("c{number}"), "Spare", "slackOAuth2Api", json!({}));
        server.add_workflow(&format!("w{number}"), "Spare", false, json!([call(&format!("c{number}"))]));
    }
    let progress = Arc::new(Progress::default());

    let n8n = n8n(&server);
    let reading = within(n8n.read(&progress)).await.unwrap();

    assert_eq!((reading.workflows.len(), reading.connections.len()), (301, 302));
    assert_eq!(progress.state().0, 301);
    assert!(reading.is_whole);
    let probe = reading.workflows.iter().find(|it| it.external_id == "probe").unwrap();
    let steps: Vec<_> = probe.steps.iter().map(|it| (it.version, it.uses.clone())).collect();
    let uses = |id: &str| FoundUse::External(id.to_owned());
    assert_eq!(steps, [(StepVersion::Live, uses("drive")), (StepVersion::Draft, uses("other"))]);
    assert_eq!(n8n.abilities().tests_connections, Some(TestWorth::OnlySaysWhetherConnected));
    assert!(n8n.abilities().takes_grants);
}

/// D2: reading twice finds the same.
#[tokio::test]
async fn the_same_instance_reads_the_same_twice() {
    let server = world(N8nRelease::New).await;
    let n8n = n8n(&server);

    assert_eq!(read(&n8n).await.unwrap(), read(&n8n).await.unwrap());
}

/// D2: 1.123 lists no credentials, tests none and takes none.
#[tokio::test]
async fn an_old_version_is_read_by_its_nodes_and_says_what_it_cannot() {
    let server = world(N8nRelease::Old).await;
    let n8n = n8n(&server);

    let reading = read(&n8n).await.unwrap();

    assert_eq!(reading.connections.len(), 1);
    assert_eq!(reading.connections[0].state, PlatformConnectionState::Unknown, "nobody can say that it is missing");
    assert!(reading.is_whole && reading.notes.is_empty(), "{:?}", reading.notes);
    assert!(!n8n.abilities().takes_grants && n8n.abilities().tests_connections.is_none());
    let tested = within(n8n.test_connection("drive")).await;
    assert!(matches!(tested, Err(PlatformFailure::Unsupported(_))), "{tested:?}");
    let pushed = within(n8n.push_grant("drive", &grant("at-new"))).await;
    assert!(matches!(pushed, Err(PlatformFailure::Unsupported(_))), "{pushed:?}");
    assert_eq!(server.stored("drive"), Some(held("at-old")), "nothing was written");
}

/// D2: the way for versions without an address for it.
#[tokio::test]
async fn an_old_version_takes_a_grant_as_a_file() {
    let server = world(N8nRelease::Old).await;

    let text = within(n8n(&server).import_file("drive", &grant("at-new"))).await.unwrap();

    #[expect(clippy::disallowed_methods, reason = "the test looks into the file")]
    let rows: Value = serde_json::from_str(text.expose_secret()).unwrap();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["name"], &rows[0]["type"]),
        (&json!("drive"), &json!("Drive"), &json!("oAuth2Api"))
    );
    assert_eq!(rows[0]["data"]["oauthTokenData"]["n8n_expires_at"], "1795172400000");
}

/// D2, S159: the story. A grant dies, the run names it, a new grant goes in, and the run that had failed proves it.
#[tokio::test]
async fn a_dead_credential_is_named_replaced_and_proved() {
    let server = world(N8nRelease::New).await;
    let n8n = n8n(&server);
    assert_eq!(server.run("probe"), "success");
    server.revoke("at-old");
    assert_eq!(server.run("probe"), "error");
    let failed = runs(&n8n).await;
    assert_eq!(failed[0].run.outcome, RunOutcome::Failed);
    assert_eq!(failed[0].run.failed_step.as_deref(), Some("call"));
    assert_eq!(failed[0].run.failed_connection.as_deref(), Some("drive"));
    assert_eq!(failed[1].run.outcome, RunOutcome::Succeeded);

    server.honour("at-new");
    let pushed = within(n8n.push_grant("drive", &grant("at-new"))).await.unwrap();

    let Pushed::Proved(by) = pushed else { panic!("{pushed:?}") };
    assert_eq!(by.workflow, "probe");
    assert_eq!(by.run.external_id, runs(&n8n).await[0].run.external_id, "it names the run");
    let stored = server.stored("drive").unwrap();
    assert_eq!(stored["oauthTokenData"]["access_token"], "at-new");
    assert_eq!(stored["oauthTokenData"]["n8n_expires_at"], "1795172400000", "as text: {stored}");
    assert_eq!(
        (&stored["clientId"], &stored["clientSecret"]),
        (&json!("client"), &json!("client-secret")),
        "not wiped"
    );
    assert_eq!(runs(&n8n).await[0].run.outcome, RunOutcome::Succeeded, "the run that was repeated");
    assert_eq!(server.run("probe"), "success");
}

/// S159: a token that does not work is found out, although n8n takes it with 200 and its test says OK.
#[tokio::test]
async fn a_grant_that_does_not_work_is_found_out_by_the_run() {
    let server = world(N8nRelease::New).await;
    server.revoke("at-old");
    assert_eq!(server.run("probe"), "error");

    let pushed = within(n8n(&server).push_grant("drive", &grant("at-nobodys"))).await;

    let Err(PlatformFailure::Refused { words, .. }) = pushed else { panic!("{pushed:?}") };
    assert!(words.contains("a run with it failed"), "{words}");
}

/// D5: a run that would write again is a person's decision.
#[tokio::test]
async fn no_run_that_writes_is_repeated_to_prove_a_grant() {
    let server = world(N8nRelease::New).await;
    let mail = json!({ "id": "mail", "name": "Mail", "type": "n8n-nodes-base.gmail", "parameters": {} });
    server.add_workflow("mailing", "Mailing", true, json!([webhook(), call("drive"), mail]));
    server.revoke("at-old");
    assert_eq!(server.run("mailing"), "error");
    server.honour("at-new");

    let n8n = n8n(&server);
    let pushed = within(n8n.push_grant("drive", &grant("at-new"))).await.unwrap();

    assert_eq!(pushed, Pushed::Unproved);
    assert!(!server.seen().iter().any(|it| it.target.ends_with("/retry")), "nothing was repeated");
    within(n8n.repeat_run("1")).await.unwrap();
    assert_eq!(runs(&n8n).await[0].run.outcome, RunOutcome::Succeeded, "a person may");
}

/// D5
#[tokio::test]
async fn a_repeated_run_that_fails_again_says_so() {
    let server = world(N8nRelease::New).await;
    server.revoke("at-old");
    server.run("probe");

    let again = within(n8n(&server).repeat_run("1")).await;

    let Err(PlatformFailure::Refused { words, .. }) = again else { panic!("{again:?}") };
    assert!(words.contains("failed again: The credential \"Drive\" needs to be reconnected"), "{words}");
}

/// D5, F1: n8n calls these a success; also where the credential was deleted, in both versions' words.
#[tokio::test]
async fn failures_behind_a_success_are_found() {
    for (release, on_error) in [
        (N8nRelease::New, "continueRegularOutput"),
        (N8nRelease::New, "continueErrorOutput"),
        (N8nRelease::Old, "continueErrorOutput"),
    ] {
        let server = world(release).await;
        let mut quiet = call("drive");
        quiet["onError"] = json!(on_error);
        server.add_workflow("quiet", "Quiet", true, json!([webhook(), quiet]));
        server.revoke("at-old");
        assert_eq!(server.run("quiet"), "success", "as n8n calls it");

        let found = runs(&n8n(&server)).await;

        assert_eq!(found[0].run.outcome, RunOutcome::FailedInside, "{release:?} {on_error}");
        assert_eq!(found[0].run.failed_connection.as_deref(), Some("drive"));
    }
}

/// D2, F1: neither that a workflow was paused nor that it was mended since takes a run's hidden failure away.
#[tokio::test]
async fn a_hidden_failure_is_found_in_what_is_paused_or_was_changed_since() {
    let server = world(N8nRelease::New).await;
    let mut quiet = call("drive");
    quiet["onError"] = json!("continueRegularOutput");
    server.add_workflow("quiet", "Quiet", true, json!([webhook(), quiet]));
    server.revoke("at-old");
    assert_eq!(server.run("quiet"), "success", "as n8n calls it");
    let n8n = n8n(&server);

    within(n8n.set_active("quiet", false)).await.unwrap();
    read(&n8n).await.unwrap();
    assert_eq!(runs(&n8n).await[0].run.outcome, RunOutcome::FailedInside, "it is paused");

    server.redraft("quiet", &json!([webhook(), call("drive")]));
    server.touch("quiet", "2026-11-20T09:30:00.000Z");
    read(&n8n).await.unwrap();
    let found = &runs(&n8n).await[0];
    assert_eq!((found.run.outcome, found.may_hide_failure), (RunOutcome::FailedInside, false), "of an earlier version");
}

/// D2: a success that nobody could look into proves nothing; one that hides nothing does.
#[tokio::test]
async fn a_success_that_cannot_be_looked_into_is_told_from_one_that_hides_nothing() {
    let server = world(N8nRelease::New).await;
    assert_eq!(server.run("probe"), "success");
    let mut unseen =
        json!({ "id": "9", "finished": true, "mode": "webhook", "status": "success", "workflowId": "nobody" });
    unseen["startedAt"] = json!("2026-11-20T09:40:00.000Z");
    server.add_execution(unseen);

    let found = runs(&n8n(&server)).await;

    let told: Vec<_> = found.iter().map(|it| (it.workflow.as_str(), it.may_hide_failure)).collect();
    assert_eq!(told, [("nobody", true), ("probe", false)]);
}

/// D2: a workflow that is there and cannot be read is named, and said to be there.
#[tokio::test]
async fn a_workflow_that_cannot_be_read_is_named_and_not_missing() {
    let server = world(N8nRelease::New).await;
    server.redraft("probe", &json!("no list at all"));

    let reading = read(&n8n(&server)).await.unwrap();

    assert_eq!((reading.unread.as_slice(), reading.workflows.len()), (&["probe".to_owned()][..], 0));
    let names_it =
        |it: &ReadingNote| matches!(it, ReadingNote::Skipped { count: 1, first } if first.starts_with("Probe: "));
    assert!(reading.notes.iter().any(names_it), "{:?}", reading.notes);
}

/// D6: what ran is what runs again, and not what somebody has drafted.
#[tokio::test]
async fn resuming_activates_the_version_that_ran() {
    let server = world(N8nRelease::New).await;
    server.redraft("probe", &json!([webhook()]));
    let n8n = n8n(&server);
    let standing = || async { within(n8n.standing("probe")).await.unwrap().unwrap() };
    let version = standing().await.version;
    assert_eq!(version.as_deref(), Some("v1"));

    within(n8n.set_active("probe", false)).await.unwrap();
    assert_eq!(standing().await, Standing { is_active: false, version: None, only: None });
    let started = within(n8n.resume_as("probe", version.as_deref())).await.unwrap();
    assert_eq!(started, Started { version, newer: Some("v2".to_owned()) });

    assert_eq!(server.live_version("probe").as_deref(), Some("v1"), "no draft was published");
    let gone = within(n8n.resume_as("probe", Some("v9"))).await;
    assert!(matches!(gone, Err(PlatformFailure::Refused { status: 404, .. })), "{gone:?}");
}

/// D6: what was published and switched off again meanwhile looks like a draft; it is named, with when it was saved.
#[tokio::test]
async fn a_newer_version_that_does_not_run_is_named_with_its_time() {
    let server = world(N8nRelease::New).await;
    let n8n = n8n(&server);
    within(n8n.set_active("probe", false)).await.unwrap();
    let same = within(n8n.resume_as("probe", Some("v1"))).await.unwrap();
    assert_eq!(same, Started { version: Some("v1".to_owned()), newer: None }, "nothing newer is there");
    within(n8n.set_active("probe", false)).await.unwrap();
    server.redraft_at("probe", &json!([webhook()]), "2026-11-20T09:40:00.000Z");
    within(n8n.set_active("probe", true)).await.unwrap();
    assert_eq!(server.live_version("probe").as_deref(), Some("v2"));
    within(n8n.set_active("probe", false)).await.unwrap();

    let started = within(n8n.resume_as("probe", Some("v1"))).await.unwrap();

    assert_eq!(started, Started { version: Some("v1".to_owned()), newer: Some("v2".to_owned()) });
    let saved_at = |version| within(n8n.saved_at("probe", version));
    assert_eq!(saved_at("v2").await.unwrap(), Some(at("2026-11-20T09:40:00Z")));
    assert_eq!(saved_at("v9").await.unwrap(), None, "n8n forgets old ones");
    server.allow_only(&["workflow:activate"]);
    assert!(matches!(saved_at("v2").await, Err(PlatformFailure::RightMissing { .. })));
}

/// D6: 1.123 ignores which version it is to activate, so it says what it would start, and what it started.
#[tokio::test]
async fn an_old_version_starts_what_is_saved_and_says_so() {
    let server = world(N8nRelease::Old).await;
    let n8n = n8n(&server);
    let standing = || async { within(n8n.standing("probe")).await.unwrap().unwrap() };
    let before = standing().await;
    assert_eq!((before.version.as_deref(), before.only.as_deref()), (Some("v1"), Some("v1")));

    within(n8n.set_active("probe", false)).await.unwrap();
    server.redraft("probe", &json!([webhook()]));
    assert_eq!(standing().await, Standing { is_active: false, version: None, only: Some("v2".to_owned()) });
    let started = within(n8n.resume_as("probe", Some("v1"))).await.unwrap();

    assert_eq!(started, Started { version: Some("v2".to_owned()), newer: None }, "the truth is told");
    assert_eq!(server.live_version("probe").as_deref(), Some("v2"));
}

/// D1: a credential in use may be deleted, without a warning.
#[tokio::test]
async fn a_deleted_credential_is_missing_and_named_by_its_runs() {
    let server = world(N8nRelease::New).await;
    server.remove_credential("drive");
    assert_eq!(server.run("probe"), "error");
    let n8n = n8n(&server);

    assert_eq!(read(&n8n).await.unwrap().connections[0].state, PlatformConnectionState::Missing);
    assert_eq!(runs(&n8n).await[0].run.failed_connection.as_deref(), Some("drive"));
    assert_eq!(within(n8n.test_connection("drive")).await.unwrap(), PlatformConnectionState::Missing);
    let pushed = within(n8n.push_grant("drive", &grant("x"))).await;
    assert!(matches!(pushed, Err(PlatformFailure::Refused { status: 404, .. })), "{pushed:?}");
}

/// D2: n8n's test says OK of a dead grant, so its OK says nothing.
#[tokio::test]
async fn the_test_of_a_credential_proves_nothing_but_that_none_is_connected() {
    let server = world(N8nRelease::New).await;
    server.add_credential("new", "New", "googleDriveOAuth2Api", json!({ "clientId": "c" }));
    server.add_credential("header", "Key", "httpHeaderAuth", json!({ "name": "x", "value": "y" }));
    server.revoke("at-old");
    let n8n = n8n(&server);

    for (id, state) in [
        ("drive", PlatformConnectionState::Unknown),
        ("new", PlatformConnectionState::NeverConnected),
        ("header", PlatformConnectionState::Unknown),
    ] {
        assert_eq!(within(n8n.test_connection(id)).await.unwrap(), state, "{id}");
    }
}

/// D6
#[tokio::test]
async fn a_workflow_is_paused_and_resumed() {
    let server = world(N8nRelease::New).await;
    let n8n = n8n(&server);

    within(n8n.set_active("probe", false)).await.unwrap();
    assert_eq!(server.is_active("probe"), Some(false));
    within(n8n.set_active("probe", true)).await.unwrap();
    assert_eq!(server.is_active("probe"), Some(true));
    let strange = within(n8n.set_active("nope", true)).await;
    assert!(
        matches!(&strange, Err(PlatformFailure::Refused { status: 404, words, .. }) if words.contains("permission"))
    );
    let path = within(n8n.set_active("../credentials", false)).await;
    assert!(matches!(path, Err(PlatformFailure::Unreadable(..))), "an id is no path: {path:?}");
}

/// D2: which right is missing is said by its name.
#[tokio::test]
async fn a_key_without_a_right_says_which() {
    let server = world(N8nRelease::New).await;
    server.allow_only(&["workflow:list"]);
    let n8n = n8n(&server);

    let reading = read(&n8n).await.unwrap();

    assert!(!reading.is_whole, "what it may not see is not gone");
    let note = |it: &ReadingNote| matches!(it, ReadingNote::MissingRight { right, .. } if right == "credential:list");
    assert!(reading.notes.iter().any(note), "{:?}", reading.notes);
    assert_eq!(reading.connections.len(), 1, "from the nodes");
    let missing = within(n8n.missing_rights()).await.unwrap().unwrap();
    assert!(missing.contains(&"execution:list") && !missing.contains(&"workflow:list"), "{missing:?}");
    let paused = within(n8n.set_active("probe", false)).await.unwrap_err().to_string();
    assert!(paused.contains("may not deactivate a workflow: it lacks workflow:deactivate"), "{paused}");
    let since = within(n8n.runs_since(at(TEN_O_CLOCK))).await.unwrap_err().to_string();
    assert!(since.contains("execution:list"), "{since}");
    server.allow_only(&["credential:list"]);
    let pushed = within(n8n.push_grant("drive", &grant("x"))).await.unwrap_err().to_string();
    assert!(pushed.contains("credential:update"), "kind and name came from the list: {pushed}");
}

/// S010, A3: a wrong key is refused, and no failure shows it.
#[tokio::test]
async fn a_wrong_key_is_said_to_be_one_and_is_not_shown() {
    let server = world(N8nRelease::New).await;
    let n8n = n8n_with(server.url(), "SECRET-KEY");

    let failed = read(&n8n).await.unwrap_err();

    assert!(matches!(failed, PlatformFailure::KeyRefused(_)), "{failed:?}");
    assert!(!format!("{failed} {failed:?}").contains("SECRET-KEY"));
    let front: Vec<_> = server.seen().into_iter().filter(|it| it.target == "/").collect();
    assert!(front.iter().all(|it| !it.headers.iter().any(|(name, _)| name == "x-n8n-api-key")), "open to everybody");
}

/// Bad input: servers that never end.
#[tokio::test]
async fn pages_without_end_are_left() {
    for (trouble, most) in [(N8nTrouble::PagesForever, 1_010), (N8nTrouble::SamePageForever, 8)] {
        let server = world(N8nRelease::New).await;
        server.set_trouble(trouble.clone());

        let failed = read(&n8n(&server)).await.unwrap_err().to_string();

        assert!(failed.contains("pages without end"), "{trouble:?}: {failed}");
        assert!(server.seen().len() < most, "{} requests", server.seen().len());
    }
}

/// Bad input: a short wait is waited, a long one is told.
#[tokio::test]
async fn a_limit_is_respected() {
    let server = world(N8nRelease::New).await;
    server.set_trouble(N8nTrouble::RateLimited { times: 2, retry_after: "0" });
    read(&n8n(&server)).await.unwrap();
    server.set_trouble(N8nTrouble::RateLimited { times: 1, retry_after: "120" });

    let failed = read(&n8n(&server)).await.unwrap_err();

    let PlatformFailure::RateLimited { until, .. } = failed else { panic!("{failed:?}") };
    assert_eq!(until, at("2026-11-20T10:02:00Z"));
    server.set_trouble(N8nTrouble::RateLimited { times: 9, retry_after: "0" });
    assert!(matches!(read(&n8n(&server)).await, Err(PlatformFailure::RateLimited { .. })), "not for ever");
}

/// Bad input: it goes down in the middle; nothing half read comes back.
#[tokio::test]
async fn a_server_that_goes_down_in_the_middle_is_unreachable() {
    let server = world(N8nRelease::New).await;
    for number in 0..300 {
        server.add_workflow(&format!("w{number}"), "Spare", false, json!([]));
    }
    server.set_trouble(N8nTrouble::GoesDownAfter { requests: 3 });

    let failed = read(&n8n(&server)).await.unwrap_err();

    assert!(matches!(&failed, PlatformFailure::Unreachable(_, words) if words.contains("503")), "{failed:?}");
}

/// Bad input: fifty megabytes, a web page, another address, half an answer.
#[tokio::test]
async fn answers_that_are_none_are_refused() {
    for (trouble, words) in [
        (N8nTrouble::Huge { bytes: 50 * 1024 * 1024 }, "larger than any"),
        (N8nTrouble::SignInPage, "a web page answers"),
        (N8nTrouble::RedirectsTo("https://login.example/"), "login.example"),
    ] {
        let server = world(N8nRelease::New).await;
        server.set_trouble(trouble.clone());
        let failed = read(&n8n(&server)).await.unwrap_err().to_string();
        assert!(failed.contains(words), "{trouble:?}: {failed}");
    }
    let half = Server::start(|_, _| fakes::Answer::json(200, "{\"data\":[{\"id\":")).await.unwrap();
    let failed = read(&n8n_with(half.url(), "k")).await.unwrap_err().to_string();
    assert!(failed.contains("ends in the middle"), "{failed}");
}

/// Bad input: the connection breaks within an answer.
#[tokio::test]
async fn a_broken_connection_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            drop(socket.read(&mut [0; 4096]).await);
            drop(socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{\"data\":[").await);
        }
    });

    let failed = read(&n8n_with(&url, "k")).await.unwrap_err();

    serving.abort();
    assert!(matches!(failed, PlatformFailure::Unreachable(..)), "{failed:?}");
}

/// D2: runs whose data is too large to be shown on one page are looked at one by one.
#[tokio::test]
async fn runs_too_large_for_a_page_are_looked_at_one_by_one() {
    let server = world(N8nRelease::New).await;
    server.revoke("at-old");
    server.run("probe");
    let big = "x".repeat(20 * 1024 * 1024);
    for id in ["7", "8"] {
        server.add_execution(json!({
            "id": id, "status": "error", "workflowId": "probe", "startedAt": "2026-11-20T09:30:00.000Z",
            "data": { "resultData": { "error": { "message": "No", "node": { "id": "call", "name": "Call" } } }, "weight": big },
        }));
    }

    let found = runs(&n8n(&server)).await;

    let told: Vec<_> =
        found.iter().map(|it| (it.run.external_id.as_str(), it.run.failed_connection.as_deref())).collect();
    assert_eq!(told, [("8", None), ("7", None), ("1", Some("drive"))]);
    assert_eq!(found[0].run.failed_step.as_deref(), Some("call"));
}

/// D5: n8n leaves out the data of a run that it finds too large, unless it is asked for all of it.
#[tokio::test]
async fn a_run_whose_data_n8n_leaves_out_is_asked_for_by_itself() {
    for (release, step) in [(N8nRelease::New, Some("call")), (N8nRelease::Old, None)] {
        let server = world(release).await;
        server.add_execution(json!({
            "id": "7", "status": "error", "workflowId": "probe", "startedAt": "2026-11-20T09:30:00.000Z", "isOversized": true,
            "data": { "resultData": { "error": { "message": "No", "node": { "id": "call", "name": "Call" } } } },
        }));

        let found = runs(&n8n(&server)).await;

        assert_eq!(found[0].run.outcome, RunOutcome::Failed);
        assert_eq!(found[0].run.failed_step.as_deref(), step, "{release:?}");
    }
}

/// D2: it may be cancelled between two pages.
#[tokio::test]
async fn a_cancelled_reading_ends_with_nothing() {
    let server = world(N8nRelease::New).await;
    let progress = Arc::new(Progress::default());
    progress.cancel();

    let n8n = n8n(&server);
    let outcome = within(n8n.read(&progress)).await;

    assert!(matches!(outcome, Err(PlatformFailure::Cancelled)), "{outcome:?}");
}
