//! Signs id tokens with ES256 and publishes the key; a new key at every start [A7].

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    id: String,
}

impl SigningKey {
    pub(crate) fn generate() -> Result<SigningKey, ring::error::Unspecified> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).map_err(|_| ring::error::Unspecified)?;
        let digest = Sha256::digest(pair.public_key().as_ref());
        let id = BASE64_URL_SAFE_NO_PAD.encode(&digest[..8]);
        Ok(SigningKey { pair, random, id })
    }

    /// The public half as a JWK set (RFC 7517).
    pub(crate) fn published(&self) -> Value {
        // An uncompressed point: 0x04, then 32 bytes x, then 32 bytes y.
        let point = self.pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": BASE64_URL_SAFE_NO_PAD.encode(x), "y": BASE64_URL_SAFE_NO_PAD.encode(y),
        }] })
    }

    /// A compact JWS (RFC 7515 §3.1) over `claims`.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, ring::error::Unspecified> {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": self.id });
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes())?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// `at_hash` of OpenID Connect Core 3.1.3.6: the left half of the token's SHA-256.
pub(crate) fn access_token_hash(access_token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token.as_bytes())[..16])
}
