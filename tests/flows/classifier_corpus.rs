//! Recorded failures of real providers against the classifier, as a whole and per provider [C1, C2].

use std::collections::BTreeMap;

use domain::diagnosis::Diagnosis;
use engine::flows::diagnose_recorded::RecordedFailure;
use engine::provider_catalogue::ProviderCatalogue;
use serde_json::Value;

const CORPUS: &str = include_str!("../corpus/failures.jsonl");

/// Of the sample, every case must be named acceptably, and every action must be acceptable.
#[test]
fn every_recorded_failure_is_named_acceptably() {
    let score = scored(CORPUS);
    score.show();
    assert!(score.wrong.is_empty(), "{} of {} are not named acceptably", score.wrong.len(), score.all);
    assert_eq!(score.unsafe_actions, 0, "no action may harm");
}

pub(crate) struct Score {
    pub(crate) all: usize,
    pub(crate) wrong: Vec<String>,
    pub(crate) unsafe_actions: usize,
    /// Of each provider: causes that are right, actions that are right, all.
    pub(crate) providers: BTreeMap<String, (usize, usize, usize)>,
    causes: BTreeMap<String, (usize, usize)>,
}

impl Score {
    fn show(&self) {
        for line in &self.wrong {
            println!("{line}");
        }
        for (provider, (causes, actions, all)) in &self.providers {
            println!("{provider:<18} causes {causes:>3}, actions {actions:>3} of {all:>3}");
        }
        for (cause, (right, all)) in self.causes.iter().filter(|(_, (right, all))| right < all) {
            println!("{cause:<30} {right:>3} of {all:>3}");
        }
        println!("{} of {} right, {} unsafe", self.all - self.wrong.len(), self.all, self.unsafe_actions);
    }
}

pub(crate) fn scored(corpus: &str) -> Score {
    let folder = tempfile::tempdir().unwrap();
    let (catalogue, _) = ProviderCatalogue::load(folder.path());
    let mut score =
        Score { all: 0, wrong: vec![], unsafe_actions: 0, providers: BTreeMap::new(), causes: BTreeMap::new() };
    for line in corpus.lines().filter(|line| !line.is_empty()) {
        let failure: Value = serde_json::from_str(line).unwrap();
        let diagnosis = RecordedFailure::read(line).unwrap().diagnose(&catalogue);
        let is_in = |list: &str, named: &str| failure[list].as_array().unwrap().iter().any(|it| it == named);
        let is_right = is_in("acceptable_causes", diagnosis.cause.as_str());
        let is_right_action = is_in("acceptable_actions", diagnosis.action.as_str());
        score.all += 1;
        score.unsafe_actions += usize::from(is_unsafe(&failure, &diagnosis));
        let of_provider =
            score.providers.entry(failure["provider"].as_str().unwrap_or("unknown").to_owned()).or_default();
        of_provider.0 += usize::from(is_right);
        of_provider.1 += usize::from(is_right_action);
        of_provider.2 += 1;
        let of_cause = score.causes.entry(failure["expected_cause"].as_str().unwrap().to_owned()).or_default();
        of_cause.0 += usize::from(is_right);
        of_cause.1 += 1;
        if !is_right || !is_right_action {
            score.wrong.push(format!(
                "{:<24} {:<14} named {} {} {}%, acceptable {} {} by {:?}",
                failure["id"].as_str().unwrap_or_default(),
                failure["endpoint"].as_str().unwrap_or_default(),
                diagnosis.cause.as_str(),
                diagnosis.action.as_str(),
                diagnosis.confidence.percent(),
                failure["acceptable_causes"],
                failure["acceptable_actions"],
                diagnosis.clues.first(),
            ));
        }
    }
    score
}

/// An action that harms what is really wrong, and that nobody accepts.
fn is_unsafe(failure: &Value, diagnosis: &Diagnosis) -> bool {
    let action = diagnosis.action.as_str();
    if failure["acceptable_actions"].as_array().unwrap().iter().any(|it| it == action) {
        return false;
    }
    let cause = failure["expected_cause"].as_str().unwrap();
    let is_dead = matches!(
        cause,
        "refresh_token_missing"
            | "refresh_token_expired"
            | "refresh_token_reused"
            | "refresh_token_limit_exceeded"
            | "grant_revoked"
            | "grant_invalid"
    );
    let wants_no_consent = matches!(
        cause,
        "rate_limited"
            | "provider_outage"
            | "network_failure"
            | "clock_skew"
            | "client_credentials_mismatch"
            | "redirect_uri_mismatch"
            | "unsupported_grant"
            | "invalid_scope_request"
            | "api_not_enabled"
            | "resource_not_shared"
            | "admin_policy_restriction"
            | "ip_restricted"
    );
    is_dead && matches!(action, "wait_and_retry" | "refresh") || wants_no_consent && action.starts_with("reconnect")
}
