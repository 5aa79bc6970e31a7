//! The rules, in order: what the provider's entry knows, what the standards say, what the context says [C1, C2].

use std::time::Duration;

use serde_json::Value;

use super::{CauseLabel, Diagnosis, Evidence, EvidenceContext, FailedEndpoint, NetworkFailure, challenge};
use crate::provider::ErrorSignature;
use crate::provider::error_signature::SaidAnswer;
use crate::token::clock_skew;

/// What is kept of a provider's error code for display.
const MAX_CODE_LENGTH: usize = 80;

/// Names the cause of a failure. Honest: where the evidence does not separate special cases, the
/// general label is the answer.
pub fn classify(evidence: &Evidence, signatures: &[ErrorSignature]) -> Diagnosis {
    let said = Said::read(evidence);
    let cause = by_signature(evidence, &said, signatures)
        .or_else(|| by_network(evidence))
        .or_else(|| by_standard(evidence, &said))
        .unwrap_or_else(|| by_status(evidence, &said));
    let cause = by_context(cause, evidence, &said);

    Diagnosis {
        cause,
        action: cause.usual_action(),
        provider_code: said.code.map(|code| code.chars().filter(|it| !it.is_control()).take(MAX_CODE_LENGTH).collect()),
        http_status: evidence.http_status,
    }
}

/// The words of an answer, whatever form they came in.
struct Said {
    code: Option<String>,
    /// Code, sub-codes and descriptions together, in lower case.
    all: String,
    is_html: bool,
}

impl Said {
    fn read(evidence: &Evidence) -> Self {
        let body = evidence.body.trim();
        let challenges = challenge::read(evidence.www_authenticate.as_deref().unwrap_or_default());
        let refusal = challenges.iter().find(|it| it.error.is_some()).or(challenges.first());
        let challenge_code = refusal.and_then(|it| it.error.clone());
        let challenge = refusal.map(challenge::Challenge::words).unwrap_or_default();
        let lower = body.to_lowercase();
        let is_html = lower.starts_with("<!doctype html") || lower.starts_with("<html");

        let code = match serde_json::from_str::<Value>(body) {
            Ok(value) => code_in(&value),
            Err(_) if is_html || body.starts_with('<') => None,
            Err(_) => form_value(body, "error"),
        };
        let spoken = if is_html { String::new() } else { spoken(&lower) };
        Self { code: code.or(challenge_code), all: format!("{lower} {spoken} {}", challenge.to_lowercase()), is_html }
    }

    fn code_is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.iter().any(|it| code.eq_ignore_ascii_case(it)))
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.all.contains(word))
    }

    /// As a word of its own: `iat` stands in "immediate" too.
    fn has_word(&self, words: &[&str]) -> bool {
        self.all.split(|it: char| !it.is_alphanumeric()).any(|word| words.contains(&word))
    }
}

/// The error code of the JSON shapes in use: `error`, `error.code`, `error.type`, `code`, `errors[0].…`.
fn code_in(value: &Value) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let first = match value {
        Value::Array(items) => items.first()?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value,
    };
    [
        "/error",
        "/error/status",
        "/error/type",
        "/error/code",
        "/errorCode",
        "/code",
        "/errors/0/code",
        "/errors/0/errorType",
    ]
    .iter()
    .find_map(|pointer| first.pointer(pointer).and_then(text))
}

/// The words of a form as they were before they were encoded: a blank travels as a plus.
fn spoken(body: &str) -> String {
    if body.starts_with(['{', '[', '<']) || !body.contains('=') {
        return String::new();
    }
    let pairs = url::form_urlencoded::parse(body.as_bytes());
    pairs.map(|(name, value)| format!("{name} {value} ")).collect()
}

fn form_value(body: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(body.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn by_signature(evidence: &Evidence, said: &Said, signatures: &[ErrorSignature]) -> Option<CauseLabel> {
    let json: Option<Value> = serde_json::from_str(&evidence.body).ok();
    let headers: Vec<(String, String)> = [("www-authenticate", &evidence.www_authenticate)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect();
    let answer = SaidAnswer {
        endpoint: evidence.endpoint,
        http_status: evidence.http_status,
        words: &said.all,
        headers: &headers,
        has_field: &|name, value| match &json {
            Some(json) => has_field(json, name, value),
            None => form_value(evidence.body.trim(), name).is_some_and(|it| it.eq_ignore_ascii_case(value)),
        },
    };
    signatures.iter().find(|signature| signature.fits(&answer)).map(|signature| signature.cause)
}

/// At any depth: envelopes differ.
fn has_field(json: &Value, name: &str, value: &str) -> bool {
    let is_it = |found: &Value| match found {
        Value::String(text) => text.eq_ignore_ascii_case(value),
        Value::Number(number) => number.to_string() == value,
        Value::Bool(flag) => flag.to_string() == value,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    match json {
        Value::Object(fields) => fields
            .iter()
            .any(|(key, found)| key.eq_ignore_ascii_case(name) && is_it(found) || has_field(found, name, value)),
        Value::Array(items) => items.iter().any(|it| has_field(it, name, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn by_network(evidence: &Evidence) -> Option<CauseLabel> {
    evidence.network_failure.map(|failure| match failure {
        NetworkFailure::CertificateOfAnotherTime => CauseLabel::ClockSkew,
        NetworkFailure::NameNotResolved
        | NetworkFailure::NotConnected
        | NetworkFailure::TimedOut
        | NetworkFailure::Tls
        | NetworkFailure::Broken => CauseLabel::NetworkFailure,
    })
}

/// RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, OIDC Core §3.1.2.6, and the words that qualify them.
fn by_standard(evidence: &Evidence, said: &Said) -> Option<CauseLabel> {
    use CauseLabel as C;

    if evidence.http_status == Some(429)
        || said.code_is(&["rate_limited", "ratelimited", "slow_down", "too_many_requests"])
    {
        return Some(C::RateLimited);
    }
    // A server that fails says nothing of the grant, whatever its gateway's page holds.
    if evidence.http_status.is_some_and(|status| (500..600).contains(&status)) {
        return None;
    }
    let is_refresh = evidence.endpoint == FailedEndpoint::TokenRefresh;

    if said.code_is(&[
        "invalid_grant",
        "bad_refresh_token",
        "invalid_refresh_token",
        "invalid_code",
        "token_revoked",
        "bad_verification_code",
    ]) {
        return Some(if said.has(&["redirect_uri", "redirect uri"]) {
            C::RedirectUriMismatch
        } else if said.has(&["code_verifier", "pkce", "code challenge"]) {
            C::PkceFailure
        } else if said.has(&["reuse", "already been used", "already used", "rotated", "superseded"]) && is_refresh {
            C::RefreshTokenReused
        } else if said.has(&["revoked"])
            && !said.has(&["expired or revoked", "expired, revoked", "revoked or expired", "or has been revoked"])
        {
            C::GrantRevoked
        } else if is_refresh
            && said.has(&["refresh token has expired", "refresh token expired", "refresh token is expired"])
        {
            C::RefreshTokenExpired
        } else if is_refresh {
            C::GrantInvalid
        } else if evidence.endpoint == FailedEndpoint::TokenExchange {
            C::AuthorizationCodeInvalid
        } else {
            C::GrantInvalid
        });
    }
    if said.code_is(&[
        "invalid_client",
        "bad_client_secret",
        "incorrect_client_credentials",
        "invalid_client_id",
        "unauthorized_client",
    ]) && evidence.endpoint != FailedEndpoint::Api
    {
        return Some(if said.code_is(&["unauthorized_client"]) && said.has(&["grant type", "grant_type"]) {
            C::UnsupportedGrant
        } else {
            C::ClientCredentialsMismatch
        });
    }
    let known = [
        (&["access_denied", "consent_denied"][..], C::UserDeniedConsent),
        (&["redirect_uri_mismatch", "invalid_redirect_uri"], C::RedirectUriMismatch),
        (&["invalid_scope"], C::InvalidScopeRequest),
        (&["unsupported_grant_type", "unsupported_response_type"], C::UnsupportedGrant),
        (&["consent_required"], C::ConsentRequired),
        (
            &[
                "login_required",
                "interaction_required",
                "account_selection_required",
                "insufficient_user_authentication",
            ],
            C::InteractionRequired,
        ),
        (&["insufficient_scope", "missing_scope", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"], C::InsufficientScope),
        (&["token_expired", "expired_token", "expired_access_token"], C::AccessTokenExpired),
        (&["account_inactive", "user_suspended"], C::AccountDisabled),
        (&["temporarily_unavailable", "server_error"], C::ProviderOutage),
        (&["admin_policy_enforced", "org_internal"], C::AdminPolicyRestriction),
    ];
    if let Some((_, cause)) = known.iter().find(|(codes, _)| said.code_is(codes)) {
        return Some(*cause);
    }
    if evidence.endpoint == FailedEndpoint::Authorize {
        return said.has(&["redirect_uri", "redirect uri"]).then_some(C::RedirectUriMismatch);
    }
    if said.code_is(&["invalid_request"]) && evidence.endpoint != FailedEndpoint::Api {
        return Some(if said.has(&["code_verifier", "pkce", "code_challenge"]) {
            C::PkceFailure
        } else if said.has(&["redirect_uri"]) {
            C::RedirectUriMismatch
        } else {
            C::MalformedTokenRequest
        });
    }
    if said.code_is(&["invalid_token", "invalid_auth", "UNAUTHENTICATED", "INVALID_SESSION_ID", "unauthorized"]) {
        return Some(if said.has(&["expired"]) && !said.has(&["revoked", "invalid or expired", "malformed"]) {
            C::AccessTokenExpired
        } else {
            C::AccessTokenInvalid
        });
    }
    None
}

fn by_status(evidence: &Evidence, said: &Said) -> CauseLabel {
    use CauseLabel as C;
    let at_token_endpoint = matches!(evidence.endpoint, FailedEndpoint::TokenExchange | FailedEndpoint::TokenRefresh);

    match evidence.http_status {
        // 407: a proxy between; 511: a portal.
        Some(407 | 408 | 511) => C::NetworkFailure,
        Some(500..=599) => C::ProviderOutage,
        // A page where data should be: a captive portal, a proxy, a maintenance page [S058, S163].
        Some(_) if said.is_html && at_token_endpoint => C::NetworkFailure,
        Some(300..=399) => C::NetworkFailure,
        Some(401) if at_token_endpoint => C::ClientCredentialsMismatch,
        Some(401) if said.has(&["expired"]) => C::AccessTokenExpired,
        Some(401) => C::AccessTokenInvalid,
        Some(403) if said.has(&["scope"]) => C::InsufficientScope,
        Some(403 | 404) if !at_token_endpoint => C::ResourceNotShared,
        Some(400..=499) if at_token_endpoint => C::MalformedTokenRequest,
        Some(400..=499) => C::MalformedApiRequest,
        Some(_) if at_token_endpoint => C::ProviderOutage,
        Some(_) => C::MalformedApiRequest,
        None if evidence.endpoint == FailedEndpoint::Authorize => C::AuthorizationCodeInvalid,
        None => C::NetworkFailure,
    }
}

/// What only we know, and only where it explains the failure.
#[expect(clippy::wildcard_enum_match_arm, reason = "a cause that no context bears on stays as it is")]
fn by_context(cause: CauseLabel, evidence: &Evidence, said: &Said) -> CauseLabel {
    use CauseLabel as C;
    let context = &evidence.context;

    match cause {
        C::AccessTokenExpired | C::AccessTokenInvalid if context.has_refresh_token == Some(false) => {
            C::RefreshTokenMissing
        }
        C::AccessTokenInvalid
            if context.access_token_age.zip(context.access_token_lifetime).is_some_and(|(age, life)| age >= life) =>
        {
            C::AccessTokenExpired
        }
        C::GrantInvalid
            if context
                .refresh_token_age
                .zip(context.refresh_token_idle_life)
                .is_some_and(|(age, life)| age >= life) =>
        {
            C::RefreshTokenExpired
        }
        C::AccessTokenExpired if is_over_by_the_servers_clock_alone(context) => C::ClockSkew,
        C::AccessTokenInvalid
        | C::AuthorizationCodeInvalid
        | C::MalformedTokenRequest
        | C::ClientCredentialsMismatch
            if is_explained_by_our_clock(context, said) =>
        {
            C::ClockSkew
        }
        other => other,
    }
}

/// Off beyond what is tolerated: positive is ahead, in seconds [B9].
fn telling_skew(context: &EvidenceContext) -> Option<i64> {
    context.clock_ahead_seconds.filter(|seconds| clock_skew::is_off(seconds.saturating_mul(1000)))
}

/// The server complains of a time that we wrote, and our clock is off to the side that makes it wrong.
fn is_explained_by_our_clock(context: &EvidenceContext, said: &Said) -> bool {
    let Some(ahead) = telling_skew(context) else { return false };
    let is_early = said.has_word(&["nbf"])
        || said.has(&["in the future", "not yet valid", "not valid yet", "used before", "issued too early"]);
    let is_late = said.has_word(&["assertion"]) && said.has_word(&["expired", "exp", "stale"]);
    if is_early || is_late {
        return (is_early && ahead > 0) || (is_late && ahead < 0);
    }
    said.has_word(&["iat", "clock", "timestamp", "skew"])
}

/// By our clock the token holds, by the server's it is over: ours was set back, or runs behind.
fn is_over_by_the_servers_clock_alone(context: &EvidenceContext) -> bool {
    let (Some(ahead), Some((age, life))) =
        (telling_skew(context), context.access_token_age.zip(context.access_token_lifetime))
    else {
        return false;
    };
    ahead < 0 && age < life && age.saturating_add(Duration::from_secs(ahead.unsigned_abs())) >= life
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::SignatureEndpoint;

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

    /// B4, S058, S163: never a dead grant because of a page, a limit, an outage or a lost network.
    #[test]
    fn what_may_pass_is_never_taken_for_a_dead_grant() {
        assert!(refresh(429, r#"{"error":"invalid_grant"}"#).is_transient());
        assert!(refresh(503, "<html>down</html>").is_transient());
        assert!(refresh(200, "<!doctype html><title>Hotel Wi-Fi</title>").is_transient());
        assert!(refresh(307, "").is_transient());
        let lost =
            Evidence { network_failure: Some(NetworkFailure::TimedOut), ..evidence(FailedEndpoint::TokenRefresh) };
        assert!(classify(&lost, &[]).is_transient());
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
            |contains: &str| ErrorSignature::of(SignatureEndpoint::Authorize, contains, CauseLabel::AccountDisabled);
        let body = "error=unauthorized&error_description=The+user+is+blocked%2C+sorry";
        let evidence = Evidence { body: body.into(), ..evidence(FailedEndpoint::Authorize) };

        for contains in ["user is blocked", "Blocked, sorry", "unauthorized"] {
            assert_eq!(classify(&evidence, &[signature(contains)]).cause, CauseLabel::AccountDisabled, "{contains}");
        }
        assert_ne!(classify(&evidence, &[signature("user was blocked")]).cause, CauseLabel::AccountDisabled);
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
            refused.body = serde_json::json!({ "error": "invalid_request", "error_description": words }).to_string();
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
            (early, None, "nothing was measured"),
            (early, Some(30), "that much is tolerated"),
            (early, Some(-600), "a clock behind writes no times of the future"),
            (late, Some(600), "a clock ahead writes nothing that is over"),
            ("immediate retry is not appropriate", Some(600), "no word of times"),
            ("missing parameter: resource", Some(-7200), "no word of times"),
        ] {
            assert_eq!(cause(words, ahead), CauseLabel::MalformedTokenRequest, "{words}: {why}");
        }
    }

    /// B9: a clock that was set back shows a dead token as living.
    #[test]
    fn a_token_over_by_the_servers_clock_alone_is_the_clocks_doing() {
        let cause = |age, clock_ahead_seconds, has_refresh_token| {
            let mut refused = evidence(FailedEndpoint::Api);
            refused.http_status = Some(401);
            refused.www_authenticate = Some(r#"Bearer error="invalid_token", error_description="expired""#.into());
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

    fn refresh(status: u16, body: &str) -> Diagnosis {
        let evidence =
            Evidence { http_status: Some(status), body: body.into(), ..evidence(FailedEndpoint::TokenRefresh) };
        classify(&evidence, &[])
    }

    fn api(status: u16, challenge: Option<&str>, body: &str) -> Diagnosis {
        let evidence = Evidence {
            http_status: Some(status),
            www_authenticate: challenge.map(str::to_owned),
            body: body.into(),
            ..evidence(FailedEndpoint::Api)
        };
        classify(&evidence, &[])
    }

    fn evidence(endpoint: FailedEndpoint) -> Evidence {
        Evidence { endpoint, ..Evidence::default() }
    }
}
