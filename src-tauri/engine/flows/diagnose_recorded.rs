//! Diagnoses a failure that was recorded elsewhere: one JSON object of evidence in, the conclusion out [C1, B8].

use std::time::Duration;

use domain::diagnosis::{Diagnosis, Evidence, EvidenceContext, FailedEndpoint, classify_recorded};
use domain::provider::Provider;
use serde_json::Value;
use thiserror::Error;

use crate::provider_catalogue::ProviderCatalogue;

/// A failure as it was recorded, and what is known of its provider.
#[derive(Debug)]
pub struct RecordedFailure {
    /// As it came: text, a number, or nothing.
    pub id: Value,
    pub evidence: Evidence,
}

/// A line that holds no evidence.
#[derive(Debug, Error)]
pub enum NoEvidence {
    #[error("not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("a JSON object with the fields of the evidence is expected")]
    NoObject,
    #[error("none of endpoint, http_status, headers, body and network_error is there")]
    Nothing,
}

impl RecordedFailure {
    /// Reads one line. Fields that are not known are left alone; fields of another type count as absent.
    ///
    /// # Errors
    /// Where the line is no JSON object, or one without any evidence.
    pub fn read(line: &str) -> Result<Self, NoEvidence> {
        let value: Value = serde_json::from_str(line)?;
        let Value::Object(fields) = &value else { return Err(NoEvidence::NoObject) };
        let names = ["endpoint", "http_status", "headers", "body", "network_error"];
        if !names.iter().any(|it| fields.contains_key(*it)) {
            return Err(NoEvidence::Nothing);
        }
        Ok(Self { id: value.get("id").cloned().unwrap_or(Value::Null), evidence: evidence_of(&value) })
    }

    /// What the catalogue's entry and the evidence say together.
    pub fn diagnose(mut self, catalogue: &ProviderCatalogue) -> Diagnosis {
        let provider = self.evidence.provider.as_deref().and_then(|name| catalogue.find_loosely(name));
        if let Some(provider) = provider {
            add_limits(&mut self.evidence.context, provider);
        }
        classify_recorded(&self.evidence, provider.map(|it| it.error_signatures.as_slice()).unwrap_or_default())
    }
}

fn add_limits(context: &mut EvidenceContext, provider: &Provider) {
    context.refresh_token_idle_life = provider.refresh.idle_life;
    context.grant_life = provider.refresh.absolute_life;
    context.live_token_limit = provider.refresh.live_tokens.map(|it| it.count);
    context.testing_life = provider.refresh.testing_life;
}

fn evidence_of(failure: &Value) -> Evidence {
    let text = |name: &str| failure[name].as_str().map(str::to_owned);
    Evidence {
        provider: text("provider").filter(|it| !it.is_empty()),
        endpoint: failure["endpoint"].as_str().map_or(FailedEndpoint::Api, FailedEndpoint::from_text),
        http_status: number(&failure["http_status"]).and_then(|it| u16::try_from(it).ok()).filter(|it| *it != 0),
        headers: headers(&failure["headers"]),
        body: match &failure["body"] {
            Value::Null => vec![],
            Value::String(text) => text.clone().into_bytes(),
            // A body that the recorder has already read.
            value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                value.to_string().into_bytes()
            }
        },
        network_failure: None,
        network_error: text("network_error").filter(|it| !it.trim().is_empty()),
        context: context_of(&failure["context"]),
    }
}

/// An object of names with one value or several, or a list of pairs.
fn headers(value: &Value) -> Vec<(String, String)> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Array(all) => {
            Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
        }
        Value::Null | Value::Object(_) => None,
    };
    match value {
        Value::Object(fields) => {
            fields.iter().filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect()
        }
        Value::Array(pairs) => {
            pairs.iter().filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), plain(pair.get(1)?)?))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    }
}

fn context_of(context: &Value) -> EvidenceContext {
    let seconds = |name: &str| {
        let value = number(&context[name])?;
        u64::try_from(value).ok().map(Duration::from_secs)
    };
    let text = |name: &str| match &context[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let flag = |name: &str| context[name].as_bool();
    EvidenceContext {
        access_token_age: seconds("access_token_age_s"),
        access_token_lifetime: seconds("expires_in_raw").filter(|it| !it.is_zero()),
        expires_in_raw: Some(&context["expires_in_raw"]).filter(|it| !it.is_null()).map(Value::to_string),
        has_refresh_token: flag("refresh_token_present"),
        refresh_token_age: seconds("refresh_token_age_s"),
        refresh_token_rotated_ago: seconds("refresh_token_last_rotated_s_ago"),
        is_latest_refresh_token: flag("stored_refresh_token_is_latest"),
        saw_concurrent_refresh: flag("concurrent_refresh_observed"),
        refresh_tokens_issued: number(&context["refresh_tokens_issued_for_account"])
            .and_then(|it| u32::try_from(it).ok()),
        requested_scopes: scopes(&context["requested_scopes"]),
        granted_scopes: scopes(&context["granted_scopes"]),
        expected_tenant: text("expected_tenant"),
        actual_tenant: text("actual_tenant"),
        expected_state: text("expected_state"),
        is_client_in_testing: context["oauth_app_publishing_status"].as_str().map(|it| {
            let it = it.to_lowercase();
            it.contains("test") || it.contains("develop") || it.contains("unverified") || it.contains("draft")
        }),
        clock_ahead_seconds: number(&context["local_clock_vs_date_header_s"]),
        ..EvidenceContext::default()
    }
}

/// A whole number, also one that was written as text or with a fraction.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|it| it as i64)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list, or one text of them.
fn scopes(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::String(all) => Some(all.split([' ', ',']).filter(|it| !it.is_empty()).map(str::to_owned).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1
    #[test]
    fn a_line_is_read_in_the_forms_that_recorders_write() {
        let line = r#"{"id":7,"endpoint":"refresh","http_status":"400","headers":{"Retry-After":30,"x":["a","b"]},
            "body":{"error":"invalid_grant"},"context":{"requested_scopes":"a b","refresh_token_age_s":1.5},"more":[]}"#;
        let read = RecordedFailure::read(line).unwrap();

        assert_eq!(read.id, 7);
        assert_eq!(read.evidence.endpoint, FailedEndpoint::TokenRefresh);
        assert_eq!(read.evidence.http_status, Some(400));
        assert_eq!(read.evidence.header("retry-after"), Some("30"));
        assert_eq!(read.evidence.header("X"), Some("a, b"));
        assert_eq!(read.evidence.body, br#"{"error":"invalid_grant"}"#);
        assert_eq!(read.evidence.context.requested_scopes.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(read.evidence.context.refresh_token_age, Some(Duration::from_secs(1)));
    }

    /// C1
    #[test]
    fn a_line_without_evidence_is_refused() {
        for line in ["", "{", "[]", "7", "{}", r#"{"id":"x","cause":"y"}"#] {
            assert!(RecordedFailure::read(line).is_err(), "{line:?}");
        }
    }
}
