//! What is signed with keys of ours: client assertions (RFC 7523), proofs of possession (RFC 9449) and messages to
//! webhooks; the only user of `ring` beside TLS [A2, F4, S102, S103].

pub mod client_assertion;
pub mod dpop;
mod key;
pub mod webhook;

pub use dpop::{DpopKey, DpopNonces};
pub use key::{KeyRefused, SigningKey};
pub use webhook::{WebhookKey, WebhookKeyRefused};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A signed token in its compact form (RFC 7515 §7.1).
fn compact(key: &SigningKey, header: &Value, claims: &Value) -> Option<String> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(signed.as_bytes())?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// A name that no other token carries (`jti`).
fn fresh_id() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
