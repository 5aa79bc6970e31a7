//! Messages to a receiver that checks who sent them: Standard Webhooks 1.0 (<https://www.standardwebhooks.com>) [F4, F5].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use ring::hmac;
use thiserror::Error;
use zeroize::Zeroizing;

/// With which a shared secret begins, as the specification writes it down.
const PREFIX: &str = "whsec_";
/// Of a secret made here; the specification asks for 24 to 64 bytes.
const FRESH_LENGTH: usize = 32;
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Why a text is no secret to sign with. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WebhookKeyRefused {
    #[error("it is no signing secret: one is base64, and most begin with {PREFIX}")]
    NotBase64,
    #[error("a signing secret has 24 to 64 bytes; this one has {0}")]
    Length(usize),
}

/// The secret that a receiver shares. Shows nothing of itself.
pub struct WebhookKey(hmac::Key);

impl WebhookKey {
    /// A new secret as people hand it on: `whsec_` and base64. `None` when no randomness can be had.
    pub fn generate() -> Option<Secret> {
        let mut bytes = Zeroizing::new([0_u8; FRESH_LENGTH]);
        getrandom::fill(bytes.as_mut_slice()).ok()?;
        let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        Some(Secret::new(format!("{PREFIX}{}", text.as_str())))
    }

    /// A secret as it was made here, or given by a receiver: with `whsec_` or without.
    ///
    /// # Errors
    /// What is wrong with the text.
    #[expect(clippy::disallowed_methods, reason = "a key is read out of its text")]
    pub fn read(text: &Secret) -> Result<Self, WebhookKeyRefused> {
        let text = text.expose_secret().trim();
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        let bytes = STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| WebhookKeyRefused::NotBase64)?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(WebhookKeyRefused::Length(bytes.len()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The three headers that go with `body`. `id` names the message: the same at each try, so that a receiver that has
    /// it drops it. `at` is the time of this try; receivers refuse one that is minutes off.
    ///
    /// `None` where `id` is none: empty, with a full stop (which separates what is signed), or not plain ASCII.
    pub fn headers(&self, id: &str, at: Timestamp, body: &[u8]) -> Option<HeaderMap> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if id.is_empty() || !id.bytes().all(is_plain) {
            return None;
        }
        let seconds = at.as_second().to_string();
        let mut signing = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
            signing.update(part);
        }
        let signature = format!("v1,{}", STANDARD.encode(signing.sign()));
        let value = |text: &str| HeaderValue::from_str(text).ok();
        Some(HeaderMap::from_iter([(ID, value(id)?), (TIMESTAMP, value(&seconds)?), (SIGNATURE, value(&signature)?)]))
    }
}

impl std::fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(key: &WebhookKey, id: &str, body: &str) -> Option<String> {
        let headers = key.headers(id, Timestamp::from_second(1_614_265_330).unwrap(), body.as_bytes())?;
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(headers["webhook-id"], id);
        Some(headers["webhook-signature"].to_str().unwrap().to_owned())
    }

    /// F4: the example that the reference implementations of Standard Webhooks are tested with.
    #[test]
    fn a_signature_is_that_of_the_specifications_example() {
        let key = WebhookKey::read(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signature = signed(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    /// F4
    #[test]
    fn a_fresh_secret_signs_and_is_never_the_same() {
        let (one, other) = (WebhookKey::generate().unwrap(), WebhookKey::generate().unwrap());
        assert_ne!(one.fingerprint(), other.fingerprint());
        let sign = |secret| signed(&WebhookKey::read(secret).unwrap(), "msg_1", "{}");
        assert_ne!(sign(&one), sign(&other), "another secret signs otherwise");
        assert_eq!(sign(&one), sign(&one));
    }

    /// F4: what separates the parts cannot be in one of them.
    #[test]
    fn an_id_that_would_move_the_borders_of_what_is_signed_is_refused() {
        let key = WebhookKey::read(&WebhookKey::generate().unwrap()).unwrap();
        for id in ["", "a.b", "a b", "a\nb", "ä"] {
            assert!(signed(&key, id, "{}").is_none(), "{id:?}");
        }
    }

    /// F4, A3
    #[test]
    fn texts_that_are_no_signing_secret_are_told_apart() {
        for (text, why) in [
            ("whsec_not base64", WebhookKeyRefused::NotBase64),
            ("hunter2!", WebhookKeyRefused::NotBase64),
            ("whsec_", WebhookKeyRefused::Length(0)),
            ("whsec_AAAA", WebhookKeyRefused::Length(3)),
        ] {
            assert_eq!(WebhookKey::read(&Secret::new(text)).unwrap_err(), why, "{text}");
        }
    }
}
