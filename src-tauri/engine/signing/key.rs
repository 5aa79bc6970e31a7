//! A private key that signs: made here, or given by a person as PEM or JWK [A2, A3, S103].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Secret;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// No private key anyone uses is longer; keychains hold less.
const LONGEST_KEY: usize = 16 * 1024;

/// Why a text is no key to sign with. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRefused {
    #[error("it is neither a PEM file nor a JWK")]
    NotAKey,
    #[error("it holds a public key; the private one is needed")]
    Public,
    #[error("it is protected by a password; give it without")]
    Encrypted,
    #[error("its kind is not known here: P-256, Ed25519 and RSA of 2048 bits and more are (PKCS#8, PKCS#1 or JWK)")]
    UnknownKind,
}

/// A private key, ready to sign. Shows nothing of itself.
pub struct SigningKey {
    pair: Pair,
    /// What the server's list of keys calls it, where it has a name.
    kid: Option<String>,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// As a key of our own making stands in the keychain.
#[derive(Deserialize)]
struct Stored {
    kid: Option<String>,
    pkcs8: String,
}

/// A private JWK (RFC 7518 §6); members of other kinds are ignored.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<String>,
    n: Option<String>,
    e: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
}

impl SigningKey {
    /// A new P-256 key, and the text that keeps it. `None` when no randomness can be had.
    pub fn generate() -> Option<(Self, Secret)> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()?;
        let mut key = Self { pair: pair_of_pkcs8(document.as_ref()).ok()?, kid: None };
        key.kid = Some(key.thumbprint());
        let text = json!({ "kid": key.kid, "pkcs8": URL_SAFE_NO_PAD.encode(document.as_ref()) });
        Some((key, Secret::new(text.to_string())))
    }

    /// A key as it was kept, or as a person gave it: our own form, PEM (PKCS#8, PKCS#1), JWK.
    ///
    /// # Errors
    /// What is wrong with the text.
    #[expect(clippy::disallowed_methods, reason = "a key is read out of its text")]
    pub fn read(text: &Secret) -> Result<Self, KeyRefused> {
        let text = text.expose_secret().trim();
        if text.is_empty() || text.len() > LONGEST_KEY {
            return Err(KeyRefused::NotAKey);
        }
        if let Ok(stored) = serde_json::from_str::<Stored>(text) {
            let pkcs8 = bytes(Some(&stored.pkcs8))?;
            return Ok(Self { pair: pair_of_pkcs8(&pkcs8)?, kid: stored.kid });
        }
        if text.starts_with('{') {
            return read_jwk(text);
        }
        read_pem(text)
    }

    /// RFC 7518 §3.1, RFC 8037 §3.1.
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ecdsa(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
            Pair::Rsa(_) => "RS256",
        }
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The public half alone (RFC 7517), as a server wants it registered.
    pub fn public_jwk(&self) -> Value {
        let mut jwk = self.required_members();
        jwk["alg"] = self.algorithm().into();
        jwk["use"] = "sig".into();
        if let Some(kid) = &self.kid {
            jwk["kid"] = kid.as_str().into();
        }
        jwk
    }

    /// RFC 7638: SHA-256 over the required members, by name.
    pub fn thumbprint(&self) -> String {
        // serde_json writes objects sorted by name, without blanks.
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.required_members().to_string()))
    }

    /// The members that make the public key what it is.
    pub(super) fn required_members(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Ecdsa(pair) => {
                // 0x04, then both coordinates (SEC 1 §2.3.3).
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                json!({ "crv": "P-256", "kty": "EC", "x": text(x), "y": text(y) })
            }
            Pair::Ed25519(pair) => json!({ "crv": "Ed25519", "kty": "OKP", "x": text(pair.public_key().as_ref()) }),
            Pair::Rsa(pair) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "e": text(&e), "kty": "RSA", "n": text(&n) })
            }
        }
    }

    /// `None` when no randomness can be had.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

fn read_pem(text: &str) -> Result<SigningKey, KeyRefused> {
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyRefused::Encrypted);
    }
    if !text.contains("PRIVATE KEY-----") {
        return Err(if text.contains("PUBLIC KEY-----") { KeyRefused::Public } else { KeyRefused::NotAKey });
    }
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyRefused::NotAKey)?;
    let pair = if let PrivateKeyDer::Pkcs8(der) = &der {
        pair_of_pkcs8(der.secret_pkcs8_der())?
    } else if let PrivateKeyDer::Pkcs1(der) = &der {
        let pair = RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(|_| KeyRefused::UnknownKind)?;
        Pair::Rsa(Box::new(pair))
    } else {
        return Err(KeyRefused::UnknownKind);
    };
    Ok(SigningKey { pair, kid: None })
}

fn pair_of_pkcs8(der: &[u8]) -> Result<Pair, KeyRefused> {
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new()) {
        return Ok(Pair::Ecdsa(pair));
    }
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Ok(Pair::Ed25519(pair));
    }
    RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(Box::new(pair))).map_err(|_| KeyRefused::UnknownKind)
}

fn read_jwk(text: &str) -> Result<SigningKey, KeyRefused> {
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| KeyRefused::NotAKey)?;
    if jwk.d.is_none() {
        return Err(if jwk.kty == "oct" { KeyRefused::UnknownKind } else { KeyRefused::Public });
    }
    let d = bytes(jwk.d.as_ref())?;
    let pair = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("EC", Some("P-256")) => {
            let point = [&[4_u8][..], &bytes(jwk.x.as_ref())?, &bytes(jwk.y.as_ref())?].concat();
            EcdsaKeyPair::from_private_key_and_public_key(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                &d,
                &point,
                &SystemRandom::new(),
            )
            .map(Pair::Ecdsa)
        }
        ("OKP", Some("Ed25519")) => {
            Ed25519KeyPair::from_seed_and_public_key(&d, &bytes(jwk.x.as_ref())?).map(Pair::Ed25519)
        }
        ("RSA", _) => {
            let [n, e, p, q, dp, dq, qi] =
                [&jwk.n, &jwk.e, &jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi].map(|member| bytes(member.as_ref()));
            let public_key = PublicKeyComponents { n: n?, e: e? };
            let (p, q, dp, dq, qi) = (p?, q?, dp?, dq?, qi?);
            RsaKeyPair::from_components(&KeyPairComponents {
                public_key: PublicKeyComponents { n: public_key.n.as_slice(), e: public_key.e.as_slice() },
                d: d.as_slice(),
                p: p.as_slice(),
                q: q.as_slice(),
                dP: dp.as_slice(),
                dQ: dq.as_slice(),
                qInv: qi.as_slice(),
            })
            .map(|pair| Pair::Rsa(Box::new(pair)))
        }
        _ => return Err(KeyRefused::UnknownKind),
    };
    Ok(SigningKey { pair: pair.map_err(|_| KeyRefused::UnknownKind)?, kid: jwk.kid })
}

/// One base64url member, wiped when dropped.
fn bytes(member: Option<&String>) -> Result<Zeroizing<Vec<u8>>, KeyRefused> {
    let text = member.ok_or(KeyRefused::NotAKey)?;
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map(Zeroizing::new).map_err(|_| KeyRefused::NotAKey)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    /// S102: what one key signs its public half confirms, also after it was kept and read again.
    #[test]
    fn a_kept_key_signs_as_the_key_it_was() {
        let (key, kept) = SigningKey::generate().unwrap();
        let again = SigningKey::read(&kept).unwrap();
        let jwk = key.public_jwk();

        let signature = again.sign(b"message").unwrap();

        let member = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], member("x"), member("y")].concat();
        assert!(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(b"message", &signature).is_ok());
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_eq!(jwk["kid"], key.thumbprint().as_str(), "it is named by its thumbprint");
        assert!(jwk.get("d").is_none(), "only the public half is shown");
    }

    /// RFC 7638 §3.1: the thumbprint of the example there.
    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        let members = json!({
            "e": "AQAB",
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
                  jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSq\
                  zs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
                  Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });

        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(members.to_string()));

        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    /// A3: a text that is no key is named for what it is, and never repeated.
    #[test]
    fn texts_that_are_no_private_key_are_told_apart() {
        for (text, why) in [
            ("", KeyRefused::NotAKey),
            ("hunter2", KeyRefused::NotAKey),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", KeyRefused::Public),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", KeyRefused::Encrypted),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", KeyRefused::UnknownKind),
            (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, KeyRefused::Public),
            (r#"{"kty":"oct","k":"AA"}"#, KeyRefused::UnknownKind),
            (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}"#, KeyRefused::UnknownKind),
        ] {
            assert_eq!(SigningKey::read(&Secret::new(text)).unwrap_err(), why, "{text}");
        }
    }
}
