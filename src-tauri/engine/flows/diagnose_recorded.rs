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
        let value: Value = match serde_json::from_str(line) {
            Err(_) if line.contains("\\u") => serde_json::from_str(&without_half_pairs(line))?,
            read => read?,
        };
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
        let Some(provider) = provider else { return classify_recorded(&self.evidence, &[]) };
        classify_recorded(&self.evidence, &provider.error_signatures).with_mending_page(&self.evidence, provider)
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
        endpoint: endpoint_of(failure),
        http_status: number(&failure["http_status"])
            .or_else(|| number(&failure["status"]))
            .and_then(|it| u16::try_from(it).ok())
            .filter(|it| *it != 0),
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

/// JSON text with a replacement character for each half of a surrogate pair (RFC 8259 §8.2).
fn without_half_pairs(line: &str) -> String {
    let unit = |at: usize| {
        let digits = line.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut whole = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(next) = line[at..].chars().next() {
        let width = match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                whole.push_str("\\ufffd");
                at += 6;
                continue;
            }
            Some(_) => 6,
            // Whatever is escaped by a backslash begins nothing.
            None if next == '\\' => 1 + line[at + 1..].chars().next().map_or(0, char::len_utf8),
            None => next.len_utf8(),
        };
        whole.push_str(&line[at..at + width]);
        at += width;
    }
    whole
}

/// As it is named or by its address. Which of its two requests a token endpoint answered, and that one answered at all,
/// is told by what it says: `invalid_grant` is said nowhere else (RFC 6749 §5.2), save where it is said of an access token.
fn endpoint_of(failure: &Value) -> FailedEndpoint {
    let said = failure["endpoint"].as_str().unwrap_or_default();
    let address = said.split(['?', '#']).next().unwrap_or_default();
    let name = address.rsplit('/').find(|it| !it.is_empty()).unwrap_or_default();
    let named = FailedEndpoint::from_text(name);
    let body = failure["body"].to_string().to_lowercase();
    let is_of_a_call =
        ["access token", "access_token", "accesstoken"].iter().any(|it| body.contains(it)) && !body.contains("refresh");
    // A token endpoint refuses a grant with 400; whoever guards a call says 401 or 403, and names the token.
    let status = failure["http_status"].as_u64().or_else(|| failure["status"].as_u64());
    let is_guarded = !name.is_empty()
        && matches!(status, Some(401 | 403))
        && ["token is invalid", "token invalid", "invalid token", "token expired", "token has expired", "parse token"]
            .iter()
            .any(|it| body.contains(it))
        && !["refresh", "revoked", "authorization code", "auth code"].iter().any(|it| body.contains(it));
    let is_told_apart = named != FailedEndpoint::Api || !body.contains("invalid_grant") || is_of_a_call || is_guarded;
    if !is_token_endpoint(name) && is_told_apart {
        return named;
    }
    let of_a_code = ["authorization code", "auth code", "code_verifier", "redirect_uri", "redirect uri"];
    if !body.contains("refresh") && of_a_code.iter().any(|it| body.contains(it)) {
        FailedEndpoint::TokenExchange
    } else {
        FailedEndpoint::TokenRefresh
    }
}

/// Named without the request: a refresh is what fails again and again, a code is traded once.
fn is_token_endpoint(name: &str) -> bool {
    let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ["token", "tokens", "tokenendpoint", "oauthtoken", "accesstoken"].iter().any(|it| word.eq_ignore_ascii_case(it))
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

    /// C1: whoever records a failure seldom says which of the token endpoint's requests it was.
    #[test]
    fn the_endpoint_is_read_from_its_name_its_address_or_its_answer() {
        use FailedEndpoint as E;
        let dead = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
        let code = r#"{"error":"invalid_grant","error_description":"authorization code already used"}"#;
        for (endpoint, body, expected) in [
            ("token_exchange", dead, E::TokenExchange),
            ("token", dead, E::TokenRefresh),
            ("TOKEN_ENDPOINT", code, E::TokenExchange),
            ("https://oauth2.googleapis.com/token?x=1", dead, E::TokenRefresh),
            ("https://login.example/oauth2/authorize", "{}", E::Authorize),
            ("userinfo", dead, E::TokenRefresh),
            ("userinfo", r#"{"error":"invalid_grant","error_description":"The access token has expired"}"#, E::Api),
            (
                "userinfo",
                r#"{"error":"invalid_grant","error_description":"Token invalid: cannot parse token"}"#,
                E::TokenRefresh,
            ),
            ("", dead, E::TokenRefresh),
            ("", "{}", E::Api),
            ("/v1/me/", "{}", E::Api),
        ] {
            let line = serde_json::json!({ "endpoint": endpoint, "body": body, "status": 400 }).to_string();
            let evidence = RecordedFailure::read(&line).unwrap().evidence;
            assert_eq!((evidence.endpoint, evidence.http_status), (expected, Some(400)), "{endpoint} {body}");
        }
        let unparsed = r#"{"error":"invalid_grant","error_description":"Token invalid: cannot parse token"}"#;
        for (endpoint, body, expected) in
            [("userinfo", unparsed, E::Api), ("userinfo", dead, E::TokenRefresh), ("token", unparsed, E::TokenRefresh)]
        {
            let line = serde_json::json!({ "endpoint": endpoint, "body": body, "status": 401 }).to_string();
            assert_eq!(RecordedFailure::read(&line).unwrap().evidence.endpoint, expected, "{endpoint} {body}");
        }
    }

    /// C1: half of a surrogate pair is what some recorders make of a text that was cut.
    #[test]
    fn half_a_surrogate_pair_costs_one_character() {
        let line = r#"{"endpoint":"api","body":"cut \\ud800 \ud83d here \ude00, whole \ud83d\ude00"}"#;
        let read = RecordedFailure::read(line).unwrap();
        let body = String::from_utf8(read.evidence.body).unwrap();
        assert_eq!(body, "cut \\ud800 \u{fffd} here \u{fffd}, whole 😀");
    }

    /// C1
    #[test]
    fn a_line_without_evidence_is_refused() {
        for line in ["", "{", "[]", "7", "{}", r#"{"id":"x","cause":"y"}"#] {
            assert!(RecordedFailure::read(line).is_err(), "{line:?}");
        }
    }
}
