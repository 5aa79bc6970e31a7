//! Secret text: redacted, not serialisable, not clonable; known outside by its fingerprint [A3, S132].

mod known;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use known::KnownSecrets;

/// What stands where a secret was.
const BLOT: &str = "[secret]";

/// Text that nobody may see: a token, a client secret, a code, a verifier.
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The plain text. Every caller states its reason (`.clippy.toml` bans this method).
    #[expect(clippy::disallowed_methods, reason = "the one place that unwraps secrecy's type")]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }

    /// What logs, events and screens may show.
    #[expect(clippy::disallowed_methods, reason = "hashed, not shown")]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.expose_secret())
    }

    /// Blots itself out of somebody else's words: servers throw back in an error what they were sent.
    pub fn blotted_out_of(&self, text: &str) -> String {
        KnownSecrets::default().and_others([self]).blotted_out_of(text)
    }

    /// Compares in constant time.
    #[expect(clippy::disallowed_methods, reason = "compared, not shown")]
    pub fn is_same_as(&self, other: &str) -> bool {
        self.expose_secret().as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The first ten hex digits of a secret's SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).iter().take(5).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Takes a fingerprint back from the database.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A3
    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("ya29.hidden");

        assert_eq!(format!("{secret:?}"), "Secret(redacted)", "Debug output ends up in logs");
    }

    /// A3, S137
    #[test]
    fn a_secret_is_blotted_out_of_what_a_server_throws_back() {
        let secret = Secret::new("rt/of+mira");

        let text = secret.blotted_out_of("cannot use rt/of+mira (refresh_token=rt%2Fof%2Bmira)");

        assert_eq!(text, "cannot use [secret] (refresh_token=[secret])");
        assert_eq!(Secret::new("").blotted_out_of("as it was"), "as it was", "nothing is in every text");
    }

    /// A3
    #[test]
    fn a_fingerprint_is_ten_hex_digits_of_the_sha256() {
        let fingerprint = Secret::new("abc").fingerprint();

        assert_eq!(fingerprint.as_str(), "ba7816bf8f", "the test vector of FIPS 180-2");
    }
}
