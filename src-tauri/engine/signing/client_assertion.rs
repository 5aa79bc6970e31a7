//! A client that proves itself by a signature in place of a secret (RFC 7523 §2.2, OpenID Connect Core §9) [A2, S052].

use domain::Secret;
use jiff::Timestamp;
use serde_json::json;

use super::{SigningKey, compact, fresh_id};

/// What `client_assertion_type` says.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion is used at once; a minute forgives a slow network and a clock that is a little off.
const LIFETIME: i64 = 60;

/// An assertion for one request. `audience` is the issuer's identifier, or the token endpoint where there is none.
/// `None` when no randomness can be had.
pub fn client_assertion(key: &SigningKey, client_id: &str, audience: &str, now: Timestamp) -> Option<Secret> {
    let mut header = json!({ "alg": key.algorithm(), "typ": "JWT" });
    if let Some(kid) = key.kid() {
        header["kid"] = kid.into();
    }
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": fresh_id()?,
        "iat": now.as_second(),
        "exp": now.as_second() + LIFETIME,
    });
    compact(key, &header, &claims).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;

    /// S052: for one server, for a minute, once.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "looks into the assertion")]
    fn an_assertion_is_short_lived_and_never_the_same() {
        let (key, _) = SigningKey::generate().unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let claims = || -> Value {
            let assertion = client_assertion(&key, "client", "https://as.example", now).unwrap();
            let payload = assertion.expose_secret().split('.').nth(1).unwrap().to_owned();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
        };

        let (one, other) = (claims(), claims());

        assert_eq!(
            (&one["iss"], &one["sub"], &one["aud"]),
            (&"client".into(), &"client".into(), &"https://as.example".into())
        );
        assert_eq!(one["exp"].as_i64().unwrap() - one["iat"].as_i64().unwrap(), 60);
        assert_ne!(one["jti"], other["jti"], "a replay is seen");
    }
}
