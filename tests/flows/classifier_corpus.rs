//! Recorded failures of real providers against the classifier: a floor for each kind of endpoint [C1, C2].

use std::collections::BTreeMap;
use std::time::Duration;

use domain::ProviderId;
use domain::diagnosis::{Evidence, EvidenceContext, FailedEndpoint, NetworkFailure, classify};
use engine::provider_catalogue::ProviderCatalogue;
use serde_json::Value;

const CORPUS: &str = include_str!("../corpus/failures.jsonl");

/// Of each kind of endpoint, how many of the failures must be named acceptably. Raised as the rules learn.
const FLOORS: [(&str, usize); 5] =
    [("api", 29), ("authorize", 4), ("revoke", 0), ("token_exchange", 9), ("token_refresh", 20)];

/// C1, C2
#[test]
fn recorded_failures_are_named_as_often_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let mut scores: BTreeMap<String, (usize, usize)> = BTreeMap::new();

    for line in CORPUS.lines().filter(|line| !line.is_empty()) {
        let failure: Value = serde_json::from_str(line).unwrap();
        let provider = failure["provider"].as_str().and_then(|id| catalogue.find(&ProviderId::from_text(id)));
        let signatures = provider.map(|it| it.error_signatures.as_slice()).unwrap_or_default();
        let idle_life = provider.and_then(|it| it.refresh.idle_life);

        let named = classify(&evidence(&failure, idle_life), signatures).cause.as_str();

        let is_right = failure["acceptable_causes"].as_array().unwrap().iter().any(|it| it == named);
        let endpoint = failure["endpoint"].as_str().unwrap();
        let score = scores.entry(endpoint.to_owned()).or_default();
        score.0 += usize::from(is_right);
        score.1 += 1;
        if !is_right {
            println!(
                "{:<22} {:<14} named {named}, acceptable {}",
                failure["id"], endpoint, failure["acceptable_causes"]
            );
        }
    }

    for (endpoint, floor) in FLOORS {
        let (right, all) = scores[endpoint];
        println!("{endpoint}: {right} of {all}, floor {floor}");
        assert!(right >= floor, "{endpoint}: {right} of {all} are named acceptably, and {floor} were before");
    }
}

/// Only what an answer shows; what is expected of it stays out.
fn evidence(failure: &Value, refresh_token_idle_life: Option<Duration>) -> Evidence {
    let header = |wanted: &str| {
        let headers = failure["headers"].as_object()?;
        let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        value.as_str().map(str::to_owned)
    };
    let context = &failure["context"];
    let seconds = |name: &str| context[name].as_u64().map(Duration::from_secs);
    Evidence {
        endpoint: match failure["endpoint"].as_str().unwrap() {
            "authorize" => FailedEndpoint::Authorize,
            "token_exchange" => FailedEndpoint::TokenExchange,
            "token_refresh" | "revoke" => FailedEndpoint::TokenRefresh,
            _ => FailedEndpoint::Api,
        },
        http_status: failure["http_status"].as_u64().and_then(|it| u16::try_from(it).ok()),
        content_type: header("content-type"),
        www_authenticate: header("www-authenticate"),
        body: failure["body"].as_str().unwrap_or_default().to_owned(),
        network_failure: failure["network_error"].as_str().map(|text| match text {
            text if text.contains("ECONNREFUSED") => NetworkFailure::NotConnected,
            text if text.contains("EAI_AGAIN") => NetworkFailure::NameNotResolved,
            _ => NetworkFailure::Tls,
        }),
        context: EvidenceContext {
            access_token_age: seconds("access_token_age_s"),
            access_token_lifetime: seconds("expires_in_raw"),
            has_refresh_token: context["refresh_token_present"].as_bool(),
            refresh_token_age: seconds("refresh_token_age_s"),
            refresh_token_idle_life,
            clock_ahead_seconds: context["local_clock_vs_date_header_s"].as_i64(),
        },
    }
}
