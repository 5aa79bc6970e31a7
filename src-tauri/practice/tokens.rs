//! Draws token values and keeps only their SHA-256: what rests in memory or on disk cannot be used [A3].

use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a token, code or client secret.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(value: &str) -> TokenHash {
        TokenHash(Sha256::digest(value.as_bytes()).into())
    }

    /// Whether both are the same; takes as long for "nearly" as for "not at all".
    pub(crate) fn is(&self, other: &TokenHash) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// The first ten hexadecimal digits: enough to tell tokens apart, useless as a token.
    pub(crate) fn fingerprint(&self) -> String {
        let mut digits = hexadecimal(&self.0);
        digits.truncate(10);
        digits
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> String {
        hexadecimal(&hash.0)
    }
}

impl TryFrom<String> for TokenHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<TokenHash, Self::Error> {
        const WRONG: &str = "a hash is 64 hexadecimal digits";
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| WRONG)?;
        }
        Ok(TokenHash(bytes))
    }
}

/// A fresh value on its way to the client. It has no `Debug`, so it cannot be printed by accident.
pub(crate) struct Minted {
    pub(crate) value: String,
    pub(crate) hash: TokenHash,
}

impl Minted {
    /// 256 random bits behind a prefix that names the kind.
    pub(crate) fn draw(prefix: &str) -> Result<Minted, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let value = format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let hash = TokenHash::of(&value);
        Ok(Minted { value, hash })
    }
}

/// Everything one token answer may need, drawn before the grants are locked.
pub(crate) struct Fresh {
    pub(crate) grant: String,
    pub(crate) access: Minted,
    pub(crate) refresh: Minted,
}

impl Fresh {
    pub(crate) fn draw() -> Result<Fresh, getrandom::Error> {
        Ok(Fresh {
            grant: identifier("grant")?,
            access: Minted::draw("practice_at_")?,
            refresh: Minted::draw("practice_rt_")?,
        })
    }
}

/// A name that is unique but secret to nobody, such as a grant's id.
pub(crate) fn identifier(kind: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{kind}-{}", hexadecimal(&bytes)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A3
    #[test]
    fn a_hash_survives_being_written_down() {
        let minted = Minted::draw("practice_rt_").unwrap();

        let written = serde_json::to_string(&minted.hash).unwrap();
        let read: TokenHash = serde_json::from_str(&written).unwrap();

        assert!(read.is(&minted.hash), "the state file must find the same token again");
        assert!(!written.contains(&minted.value), "the value itself is never written");
    }

    /// A3
    #[test]
    fn anything_but_64_hexadecimal_digits_is_no_hash() {
        for wrong in ["", "abc", &"g".repeat(64), &"é".repeat(32)] {
            assert!(
                TokenHash::try_from(wrong.to_owned()).is_err(),
                "{wrong:?} would make a damaged state file look sound"
            );
        }
    }
}
