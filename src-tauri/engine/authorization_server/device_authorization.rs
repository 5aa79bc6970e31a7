//! Asks for a code that is typed on another device (RFC 8628 §3.1, §3.2) [A2, S082].

use std::time::Duration;

use domain::Secret;
use domain::diagnosis::{CauseLabel, Diagnosis};
use domain::display_text::cleaned;
use domain::provider::Provider;
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::form::{Refused, post_as_client};
use super::{Binding, ClientCredentials};
use crate::http::{Http, is_local};

/// RFC 8628 §3.2: where the server names none.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// A server that asks for more would let its own codes expire.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// Codes that live longer are not waited for.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);
/// RFC 8628 §6.1 recommends eight letters; nobody types this many.
const MAX_USER_CODE: usize = 64;

/// What a server gives a device.
#[derive(Debug)]
pub struct DeviceAuthorization {
    pub device_code: Secret,
    pub user_code: String,
    pub verification_uri: Url,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: Option<Url>,
    pub expires_in: Duration,
    pub interval: Duration,
}

/// Asks. No retry: a second answer would be another code.
pub async fn authorize_device(
    http: &Http,
    provider: &Provider,
    endpoint: &Url,
    client: &ClientCredentials<'_>,
    scopes: &[String],
    binding: Binding<'_>,
    now: Timestamp,
) -> Result<DeviceAuthorization, Refused> {
    let mut fields = vec![];
    if let (Some(name), false) = (&provider.scopes.parameter, scopes.is_empty()) {
        fields.push((name.clone(), scopes.join(&provider.scopes.separator.to_string())));
    }
    fields.extend(binding.resource.map(|it| ("resource".to_owned(), it.to_owned())));
    let answer = post_as_client(http, provider, client, endpoint, &fields, now).await.map_err(told_apart)?;
    read(&answer, endpoint).ok_or_else(|| {
        Refused::unusable(CauseLabel::ProviderOutage, "the server's answer holds no code that could be typed")
    })
}

/// No such page, or a page for people, is no word about what was asked: there is no device endpoint.
fn told_apart(refused: Refused) -> Refused {
    let diagnosis = &refused.diagnosis;
    let is_elsewhere = diagnosis.cause == CauseLabel::ResourceNotShared
        || matches!(diagnosis.http_status, Some(200..400 | 404 | 405 | 410 | 501));
    if diagnosis.provider_code.is_some() || !is_elsewhere {
        return refused;
    }
    Refused {
        diagnosis: Diagnosis::of_no_device_endpoint(diagnosis.http_status),
        detail: Some("this provider did not answer as a device endpoint".to_owned()),
    }
}

fn read(answer: &Map<String, Value>, endpoint: &Url) -> Option<DeviceAuthorization> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    // Google spells it so, and did before the RFC.
    let uri = text("verification_uri").or_else(|| text("verification_url"))?;
    let seconds = |name: &str| answer.get(name).and_then(Value::as_u64).map(Duration::from_secs);
    let user_code = text("user_code").map(|it| cleaned(it, MAX_USER_CODE))?;
    Some(DeviceAuthorization {
        device_code: Secret::new(text("device_code")?),
        user_code,
        verification_uri: page(uri, endpoint)?,
        verification_uri_complete: text("verification_uri_complete").and_then(|it| page(it, endpoint)),
        expires_in: seconds("expires_in").filter(|it| !it.is_zero())?.min(LONGEST_LIFE),
        interval: seconds("interval").unwrap_or(USUAL_INTERVAL).clamp(Duration::from_secs(1), LONGEST_INTERVAL),
    })
}

/// Shown to a person and opened by a browser: https, or http on this machine where the server itself is here.
fn page(text: &str, endpoint: &Url) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= 2_048)?;
    let is_here = |url: &Url| url.host().is_some_and(|host| is_local(&host.to_owned()));
    let is_safe = (url.scheme() == "https" && (!is_here(&url) || is_here(endpoint)))
        || (url.scheme() == "http" && is_here(&url) && endpoint.scheme() == "http");
    (is_safe && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(answer: &Value, endpoint: &str) -> Option<DeviceAuthorization> {
        read(answer.as_object().unwrap(), &Url::parse(endpoint).unwrap())
    }

    /// S082: what is no device endpoint says nothing of an object that is not shared.
    #[test]
    fn an_answer_of_no_device_endpoint_is_called_unsupported() {
        let refused = |cause, http_status, code: Option<&str>| {
            let provider_code = code.map(str::to_owned);
            let diagnosis = Diagnosis { http_status, provider_code, ..Diagnosis::of(cause) };
            told_apart(Refused { diagnosis, detail: None })
        };
        for (cause, status) in [
            (CauseLabel::ResourceNotShared, 404),
            (CauseLabel::NetworkFailure, 200),
            (CauseLabel::MalformedTokenRequest, 405),
            (CauseLabel::ResourceNotShared, 403),
        ] {
            let told = refused(cause, Some(status), None);
            assert_eq!(told.diagnosis.cause, CauseLabel::UnsupportedGrant, "{status}");
            assert_eq!(told.diagnosis.http_status, Some(status), "the answer is still told");
            assert!(told.diagnosis.is_of_no_device_endpoint(), "{status}: it is not about the client");
            assert!(told.detail.unwrap().contains("did not answer as a device endpoint"));
        }
        for (cause, status, code) in [
            (CauseLabel::ProviderOutage, Some(503), None),
            (CauseLabel::RateLimited, Some(429), None),
            (CauseLabel::NetworkFailure, None, None),
            (CauseLabel::ClientCredentialsMismatch, Some(404), Some("invalid_client")),
        ] {
            assert_eq!(refused(cause, status, code).diagnosis.cause, cause, "{status:?} tells of something else");
        }
    }

    /// S082: RFC 8628 §3.2, with its usual pace.
    #[test]
    fn an_answer_without_a_pace_is_asked_every_five_seconds() {
        let answer = json!({
            "device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
            "expires_in": 900,
        });

        let given = read_json(&answer, "https://as.example/da").unwrap();

        assert_eq!((given.interval.as_secs(), given.expires_in.as_secs()), (5, 900));
        assert!(given.verification_uri_complete.is_none());
    }

    /// S082, S047: what would be shown or opened is looked at first.
    #[test]
    fn pages_that_nobody_should_open_make_the_answer_useless() {
        for uri in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://as.example/device",
            "https://127.0.0.1/",
            "https://u@as.example/",
        ] {
            let answer = json!({ "device_code": "d", "user_code": "A", "verification_uri": uri, "expires_in": 900 });

            assert!(read_json(&answer, "https://as.example/da").is_none(), "{uri}");
        }
        let hostile = json!({
            "device_code": "d", "user_code": "A\u{202e}B\nC", "verification_uri": "https://as.example/",
            "verification_uri_complete": "javascript:alert(1)", "expires_in": 9_999_999_999_u64, "interval": 0,
        });
        let given = read_json(&hostile, "https://as.example/da").unwrap();
        assert!(given.verification_uri_complete.is_none());
        assert!(!given.user_code.contains(['\u{202e}', '\n']), "{:?}", given.user_code);
        assert_eq!((given.interval.as_secs(), given.expires_in), (1, LONGEST_LIFE));
    }

    /// S082: a pace or a life beyond reason neither keeps a sign-in waiting for ever nor makes it ask without pause.
    #[test]
    fn an_absurd_pace_or_life_is_brought_within_reason() {
        let huge = json!(1_000_000_000_000_000_000_u64);
        for (interval, expires_in, read) in [
            (huge.clone(), huge.clone(), Some((60, 1_800))),
            (json!(u64::MAX), json!(u64::MAX), Some((60, 1_800))),
            (json!(1e18), json!(900), Some((5, 900))),
            (json!(-1), json!(900), Some((5, 900))),
            (json!("10"), json!(900), Some((5, 900))),
            (json!(0), json!(1), Some((1, 1))),
            // A code of which nobody knows how long it lives is none.
            (huge.clone(), json!(-1), None),
            (huge.clone(), json!(0), None),
            (huge.clone(), json!(1e300), None),
            (huge, json!("soon"), None),
        ] {
            let answer = json!({
                "device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
                "expires_in": expires_in, "interval": interval,
            });
            let given = read_json(&answer, "https://as.example/da");
            let seen = given.map(|it| (it.interval.as_secs(), it.expires_in.as_secs()));
            assert_eq!(seen, read, "{answer}");
        }
    }
}
