//! The failure bundle and the vendor's report of a connection that really failed at the practice provider [C6, C7, A3].

use std::fs;

use domain::ConnectionId;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::Rung;
use engine::Error;
use engine::flows::connect::ConnectRequest;
use engine::flows::diagnose::DiagnoseWith;
use engine::flows::support_bundle::{BundleWith, EscalationStep, FailureBundle, save_failure_bundle};
use jiff::tz::TimeZone;
use practice::Faults;
use serde_json::Value;

use super::support::{HOUR, World, within};

const MASKED: BundleWith = BundleWith { includes_account: false };

/// Revoked at the provider, found out by a ladder, with the account's secrets in name and scopes' place.
async fn failed() -> (World, ConnectionId) {
    let world = World::start().await;
    let name = Some("Orders, mira@fjordstudio.example, password: hunter2planted".to_owned());
    let connection = world.connect_with(ConnectRequest { name, ..world.request() }).await;
    world.practice.revoke_all();
    world.pass_time(2 * HOUR);
    let with = DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::UTC };
    let report = within(world.engine.diagnose(&connection.id, with, |_| {})).await.unwrap();
    assert_ne!(report.verdict.diagnosis.cause, CauseLabel::NoFailure, "{report:#?}");
    (world, connection.id)
}

fn parsed(bundle: &FailureBundle) -> Value {
    serde_json::from_str(&bundle.json).unwrap()
}

/// C6, A3: the whole way from a refusal to both files; no token that ever was is in them.
#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_of_a_dead_grant_tells_all_but_its_secrets() {
    let (world, id) = failed().await;

    let bundle = within(world.engine.failure_bundle(&id, MASKED)).await.unwrap();

    let json = parsed(&bundle);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["ladder"]["stopped_at"], "credential", "{json:#}");
    assert_eq!(json["verdict"]["provider_code"], "invalid_grant");
    assert_eq!(json["escalation"]["step"], "reconnect");
    let confidence = json["verdict"]["confidence"].as_f64().unwrap();
    assert!(confidence > 0.0 && confidence <= 1.0, "{confidence}");
    let kinds: Vec<_> = json["timeline"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"refresh_failed") && kinds.contains(&"token_issued"), "{kinds:?}");
    assert!(json["tokens"]["in_hand"]["refresh_token"].as_str().is_some_and(|it| it.len() == 10), "a fingerprint");
    assert!(bundle.markdown.contains("invalid_grant") && bundle.markdown.contains("## Ladder"), "{}", bundle.markdown);
    for form in [&bundle.markdown, &bundle.json, &bundle.file_name] {
        for secret in ["practice_at_", "practice_rt_", "practice_code_", "hunter2planted", "mira@"] {
            assert!(!form.contains(secret), "{secret} is in\n{form}");
        }
    }
}

/// C6: the account is named where that was ticked.
#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_named_only_on_request() {
    let (world, id) = failed().await;
    let account = world.engine.connection(&id).unwrap().identity.account().unwrap().to_owned();

    let masked = world.engine.failure_bundle(&id, MASKED).await.unwrap();
    let named = world.engine.failure_bundle(&id, BundleWith { includes_account: true }).await.unwrap();

    assert!(!masked.json.contains(&account) && !masked.markdown.contains(&account), "{}", masked.markdown);
    assert_eq!(parsed(&named)["connection"]["account"]["name"], account.as_str());
}

/// C6: what is written is what was shown, for its owner alone, and never over another file.
#[tokio::test(flavor = "multi_thread")]
async fn both_files_are_written_once_for_their_owner() {
    let (world, id) = failed().await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = world.engine.failure_bundle(&id, MASKED).await.unwrap();

    let [markdown, json] = save_failure_bundle(&bundle, folder.path()).unwrap();

    assert_eq!(fs::read_to_string(&markdown).unwrap(), bundle.markdown);
    assert_eq!(fs::read_to_string(&json).unwrap(), bundle.json);
    #[cfg(unix)]
    for path in [&markdown, &json] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = save_failure_bundle(&bundle, folder.path());
    assert!(matches!(again, Err(Error::BadInput(_))), "{again:?}");
    fs::remove_file(&markdown).unwrap();
    assert!(save_failure_bundle(&bundle, folder.path()).is_err(), "the other name is taken");
    assert!(!markdown.exists(), "half a bundle is none");
    let nowhere = save_failure_bundle(&bundle, &folder.path().join("none"));
    assert!(matches!(nowhere, Err(Error::FileNotWritten { .. })), "{nowhere:?}");
}

/// C6: nothing is made up where no ladder was run, and nothing is asked at the provider.
#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_asks_the_provider_nothing() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();

    let bundle = world.engine.failure_bundle(&connection.id, MASKED).await.unwrap();

    assert!(world.practice.log().is_empty(), "{:?}", world.practice.log());
    assert!(parsed(&bundle)["ladder"].is_null());
    assert!(bundle.markdown.contains("No ladder of probes was run"));
    let gone = world.engine.failure_bundle(&ConnectionId::from_random(9), MASKED).await;
    assert!(matches!(gone, Err(Error::ConnectionGone(_))), "{gone:?}");
}

/// C7: what the vendor looks it up by, and whether to write at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_for_the_vendor_is_filled_in() {
    let (world, id) = failed().await;
    let client = world.engine.client(&world.engine.connection(&id).unwrap().client).unwrap();

    let report = world.engine.vendor_report(&id, MASKED).await.unwrap();

    assert_eq!(report.escalation.step, EscalationStep::Reconnect, "{:?}", report.escalation);
    assert!(report.text.contains(&format!("Client id: {}", client.client_id)), "{}", report.text);
    assert!(report.text.contains("invalid_grant") && report.text.contains("What we ask of you"), "{}", report.text);
    assert!(!report.text.contains("practice_rt_") && !report.text.contains("mira@"), "{}", report.text);
}

/// C6, C7: an API that refuses the token, and a token endpoint that refuses the refresh: each answer stands beside the
/// request that it came to, and the report is about the one that the diagnosis is about.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_about_the_request_that_the_diagnosis_is_about() {
    let world = World::start().await;
    let id = world.connect().await.id;
    world.set_faults(Faults::default().with_switch("stages=malformed_token_request").unwrap());
    let with = DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::UTC };
    let ladder = within(world.engine.diagnose(&id, with, |_| {})).await.unwrap();
    assert_eq!(ladder.verdict.diagnosis.cause, CauseLabel::MalformedTokenRequest, "{ladder:#?}");
    assert_eq!(ladder.failed_rung().map(|it| it.rung), Some(Rung::Identity), "the call came first");

    let report = world.engine.vendor_report(&id, MASKED).await.unwrap();
    let bundle = world.engine.failure_bundle(&id, MASKED).await.unwrap();

    let host = world.practice.issuer().replacen("http://", "", 1);
    for line in [format!("- Request: POST {host}/token\n"), "- Answer: 400 invalid_request \"A required".to_owned()] {
        assert!(report.text.contains(&line), "{line} is missing in\n{}", report.text);
    }
    let json = parsed(&bundle);
    let rungs = json["ladder"]["rungs"].as_array().unwrap();
    let failed = rungs.iter().find(|it| it["state"] == "failed").unwrap();
    let seen = |it: &Value| (it["request"].to_string(), it["http_status"].as_u64(), it["provider_code"].to_string());
    let [call, refresh] = &failed["proof"].as_array().unwrap()[..] else { panic!("{failed:#}") };
    assert_eq!(seen(call), (format!("\"GET {host}/userinfo\""), Some(401), "\"invalid_token\"".to_owned()));
    assert_eq!(seen(refresh), (format!("\"POST {host}/token\""), Some(400), "\"invalid_request\"".to_owned()));
    assert_eq!(refresh["sent"][0]["name"], "refresh_token", "a fingerprint of what was sent: {refresh:#}");
    let says = failed["says"].as_str().unwrap();
    assert!(says.contains("401 invalid_token") && says.contains("400 invalid_request"), "{says}");
    let events = json["timeline"].as_array().unwrap();
    let of = |kind: &str| {
        let event = events.iter().find(|it| it["kind"] == kind).unwrap();
        (event["http_status"].as_u64(), event["provider_code"].as_str())
    };
    assert_eq!(of("test_call_failed"), (Some(401), Some("invalid_token")), "{events:#?}");
    assert_eq!(of("refresh_failed"), (Some(400), Some("invalid_request")), "{events:#?}");
}
