//! Proofs that whoever sends a token holds its key (RFC 9449), and the nonces that servers hand out [S102, S103, S104].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Secret;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{SigningKey, compact, fresh_id};
use crate::http::HttpAnswer;

/// RFC 9449 §8.1: visible, and nobody's is this long.
const LONGEST_NONCE: usize = 512;
/// Servers spoken to; whoever makes up more of them loses nonces, not tokens.
const MAX_SERVERS: usize = 256;

/// The newest nonce of each server; shared by everything that asks there.
#[derive(Debug, Clone, Default)]
pub struct DpopNonces(Arc<Mutex<HashMap<String, String>>>);

impl DpopNonces {
    fn of(&self, url: &Url) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&url.origin().ascii_serialization()).cloned()
    }

    /// Takes the nonce out of any answer. True when it brought one that was not known.
    fn take(&self, url: &Url, answer: &HttpAnswer) -> bool {
        let Some(nonce) = answer.header("dpop-nonce").filter(|it| is_nonce(it)) else { return false };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SERVERS {
            known.clear();
        }
        known.insert(url.origin().ascii_serialization(), nonce.to_owned()).as_deref() != Some(nonce)
    }
}

/// NQCHAR of RFC 6749 appendix A.
fn is_nonce(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    (1..=LONGEST_NONCE).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The key that one connection's tokens are bound to.
#[derive(Debug)]
pub struct DpopKey {
    key: SigningKey,
    nonces: DpopNonces,
}

impl DpopKey {
    pub fn new(key: SigningKey, nonces: DpopNonces) -> Self {
        Self { key, nonces }
    }

    /// What servers call it: `jkt`.
    pub fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// The proof for one request (§4.2). `access_token`: the one that goes along. `None` when no randomness can
    /// be had.
    #[expect(clippy::disallowed_methods, reason = "a proof holds the hash of the token it goes with")]
    pub fn proof(&self, method: &str, url: &Url, access_token: Option<&Secret>, now: Timestamp) -> Option<String> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let header = json!({ "typ": "dpop+jwt", "alg": self.key.algorithm(), "jwk": self.key.required_members() });
        let mut claims = json!({
            "jti": fresh_id()?,
            "htm": method,
            "htu": target.as_str(),
            "iat": now.as_second(),
        });
        if let Some(token) = access_token {
            claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret())).into();
        }
        if let Some(nonce) = self.nonces.of(url) {
            claims["nonce"] = nonce.into();
        }
        compact(&self.key, &header, &claims)
    }

    /// Notes the nonce that an answer brings. True when the server refused for want of it, so that the request
    /// may go once more (§8, §9).
    pub fn wants_again(&self, url: &Url, answer: &HttpAnswer) -> bool {
        let is_new = self.nonces.take(url, answer);
        let asks = match answer.status {
            400 => serde_json::from_slice::<serde_json::Value>(&answer.body)
                .is_ok_and(|body| body.get("error").and_then(serde_json::Value::as_str) == Some("use_dpop_nonce")),
            401 => {
                answer.challenges().is_some_and(|it| it.contains("use_dpop_nonce"))
                    || answer.body.windows(14).any(|piece| piece == b"use_dpop_nonce")
            }
            _ => false,
        };
        is_new && asks
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use serde_json::Value;

    use super::*;

    fn answer(status: u16, nonce: &str, body: &str) -> HttpAnswer {
        let headers = HeaderMap::from_iter([(
            http::header::HeaderName::from_static("dpop-nonce"),
            HeaderValue::try_from(nonce).unwrap(),
        )]);
        HttpAnswer {
            status,
            headers,
            body: body.into(),
            was_compressed: false,
            remote_address: None,
            latency: std::time::Duration::ZERO,
        }
    }

    fn claims(proof: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }

    /// S102: bound to method, address without query, time and token.
    #[test]
    fn a_proof_says_what_it_is_for() {
        let key = DpopKey::new(SigningKey::generate().unwrap().0, DpopNonces::default());
        let url = Url::parse("https://api.example/me?a=b#c").unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();

        let proof = key.proof("GET", &url, Some(&Secret::new("token")), now).unwrap();

        let (header, claims) = (proof.split('.').next().unwrap(), claims(&proof));
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
        assert!(header["jwk"].get("d").is_none(), "the private half stays here");
        assert_eq!(claims["htu"], "https://api.example/me");
        assert_eq!(claims["iat"], 1_800_000_000);
        assert_eq!(claims["ath"], "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A", "SHA-256 of the token");
    }

    /// S104: once per new nonce, and only where it was asked for.
    #[test]
    fn a_server_that_asks_for_the_same_nonce_again_is_not_asked_again() {
        let key = DpopKey::new(SigningKey::generate().unwrap().0, DpopNonces::default());
        let url = Url::parse("https://as.example/token").unwrap();
        let refusal = r#"{"error":"use_dpop_nonce"}"#;

        assert!(!key.wants_again(&url, &answer(200, "n0", "{}")), "an answer that worked is the answer");
        assert!(key.wants_again(&url, &answer(400, "n1", refusal)));
        assert!(!key.wants_again(&url, &answer(400, "n1", refusal)), "no nonce that was not there before");
        assert!(!key.wants_again(&url, &answer(400, "a b", refusal)), "no nonce at all");
        let proof = key.proof("POST", &url, None, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(claims(&proof)["nonce"], "n1", "the newest goes along");
        let elsewhere = Url::parse("https://api.example/").unwrap();
        let proof = key.proof("POST", &elsewhere, None, Timestamp::UNIX_EPOCH).unwrap();
        assert!(claims(&proof).get("nonce").is_none(), "a nonce belongs to its server");
    }
}
