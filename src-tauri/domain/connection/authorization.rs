//! A sign-in under way: its state, PKCE and issuer; it accepts or refuses one callback
//! [A2, S004, S005, S007, S008, S030, S036, S037].

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::Secret;

/// Codes above this are not codes (RFC 6749 sets no limit).
const MAX_CODE_LENGTH: usize = 8 * 1024;
/// As in a token answer.
const MAX_TOKEN_LENGTH: usize = 64 * 1024;
/// RFC 6749 §4.2.2, beside the token; a refresh token is never given this way.
const TOLD_WITH_A_TOKEN: [&str; 3] = ["token_type", "expires_in", "scope"];
/// What a person reads of a provider's description, at the most.
const MAX_DESCRIPTION_LENGTH: usize = 512;

/// What is known before the browser opens, and is compared when it answers.
pub struct PendingAuthorization {
    pub state: Secret,
    pub nonce: Secret,
    pub code_verifier: Secret,
    pub expected_issuer: Option<ExpectedIssuer>,
}

/// RFC 9207 §2.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedIssuer {
    pub identifier: String,
    /// The server promised `iss`; an answer without it is refused.
    pub is_promised: bool,
}

/// What a callback turned out to be.
pub enum Callback {
    Code(AuthorizationCode),
    /// The token itself, where the provider gives no code.
    Token(BareToken),
    /// Not this sign-in's answer: ignore it and keep waiting.
    Stray(CallbackRefused),
    /// This sign-in's answer, and it ends it.
    Final(CallbackRefused),
}

/// A code that passed every check; worth exactly one token request.
#[derive(Debug)]
pub struct AuthorizationCode(pub Secret);

/// A token answer that came with the browser (RFC 6749 §4.2.2).
pub struct BareToken {
    pub access_token: Secret,
    /// What else the answer said: lifetime, scopes.
    pub said: Vec<(String, String)>,
}

/// Why a callback was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallbackRefused {
    #[error("the answer does not carry this sign-in's state")]
    StateMismatch,
    #[error("the answer names a parameter twice")]
    RepeatedParameter,
    #[error("the answer comes from another issuer")]
    IssuerMismatch,
    #[error("the answer does not say which issuer it comes from")]
    IssuerMissing,
    #[error("the provider answered {code}")]
    ProviderSaid { code: String, description: Option<String> },
    #[error("the answer holds neither a code nor an error")]
    NoCode,
}

impl PendingAuthorization {
    /// Builds one from random bytes: 32 for the state, 32 for the nonce, 32 for the verifier [S002, S004].
    pub fn from_random(bytes: &[u8; 96], expected_issuer: Option<ExpectedIssuer>) -> Self {
        let text = |range: std::ops::Range<usize>| Secret::new(URL_SAFE_NO_PAD.encode(&bytes[range]));
        Self { state: text(0..32), nonce: text(32..64), code_verifier: text(64..96), expected_issuer }
    }

    /// `BASE64URL(SHA256(verifier))` (RFC 7636 §4.2).
    pub fn code_challenge(&self) -> String {
        #[expect(clippy::disallowed_methods, reason = "the challenge is the verifier's public digest")]
        let digest = Sha256::digest(self.code_verifier.expose_secret().as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// Checks in the fixed order: parameters, state, issuer, error or code [S029].
    pub fn receive(&self, parameters: &[(String, String)]) -> Callback {
        match self.vouch_for(parameters, "code") {
            Err(callback) => callback,
            Ok(code) if is_visible(code, MAX_CODE_LENGTH) => Callback::Code(AuthorizationCode(Secret::new(code))),
            Ok(_) => Callback::Final(CallbackRefused::NoCode),
        }
    }

    /// The same where the answer holds the token itself, under the name that the provider gives it.
    pub fn receive_token(&self, parameters: &[(String, String)], called: &str) -> Callback {
        match self.vouch_for(parameters, called) {
            Err(callback) => callback,
            Ok(token) if is_visible(token, MAX_TOKEN_LENGTH) => Callback::Token(BareToken {
                access_token: Secret::new(token),
                said: parameters
                    .iter()
                    .filter(|(name, _)| TOLD_WITH_A_TOKEN.contains(&name.as_str()))
                    .cloned()
                    .collect(),
            }),
            Ok(_) => Callback::Final(CallbackRefused::NoCode),
        }
    }

    /// What the parameter of that name holds, in an answer that is this sign-in's own.
    fn vouch_for<'a>(&self, parameters: &'a [(String, String)], wanted: &str) -> Result<&'a str, Callback> {
        let Some(state) = single(parameters, "state") else {
            return Err(Callback::Stray(CallbackRefused::StateMismatch));
        };
        if !self.state.is_same_as(state) {
            return Err(Callback::Stray(CallbackRefused::StateMismatch));
        }
        if [wanted, "iss", "error"].iter().any(|name| count(parameters, name) > 1) {
            return Err(Callback::Final(CallbackRefused::RepeatedParameter));
        }
        if let Err(refused) = self.check_issuer(single(parameters, "iss")) {
            return Err(Callback::Final(refused));
        }

        match (single(parameters, wanted), single(parameters, "error")) {
            (None, Some(error)) => Err(Callback::Final(CallbackRefused::ProviderSaid {
                code: clean(error, 64),
                description: single(parameters, "error_description")
                    .map(|text| clean(text, MAX_DESCRIPTION_LENGTH))
                    .filter(|text| !text.is_empty()),
            })),
            (Some(found), None) => Ok(found),
            (Some(_) | None, Some(_) | None) => Err(Callback::Final(CallbackRefused::NoCode)),
        }
    }

    /// Simple string comparison, no normalisation (RFC 9207 §2.4) [S008].
    fn check_issuer(&self, iss: Option<&str>) -> Result<(), CallbackRefused> {
        match (&self.expected_issuer, iss) {
            (Some(expected), Some(iss)) if expected.identifier != iss => Err(CallbackRefused::IssuerMismatch),
            (Some(expected), None) if expected.is_promised => Err(CallbackRefused::IssuerMissing),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

impl fmt::Debug for PendingAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingAuthorization").finish_non_exhaustive()
    }
}

fn count(parameters: &[(String, String)], name: &str) -> usize {
    parameters.iter().filter(|(key, _)| key == name).count()
}

/// The one value of a parameter; `None` when it is absent or repeated.
fn single<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = parameters.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// 1*VSCHAR (RFC 6749 appendices A.11, A.12).
fn is_visible(text: &str, max_length: usize) -> bool {
    !text.is_empty() && text.len() <= max_length && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// Keeps what RFC 6749 §4.1.2.1 allows in an error text, and cuts it.
fn clean(text: &str, max_length: usize) -> String {
    text.chars().filter(|it| matches!(it, ' '..='!' | '#'..='[' | ']'..='~')).take(max_length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S002: the test vector of RFC 7636 appendix B.
    #[test]
    fn the_challenge_is_the_rfcs() {
        let mut pending = pending();
        pending.code_verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");

        assert_eq!(pending.code_challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    /// S004, S029, S030: wrong, missing or doubled state neither ends nor advances the sign-in.
    #[test]
    fn an_answer_without_our_state_is_a_stray() {
        let state = state_of(&pending());
        for parameters in [
            vec![("code", "c")],
            vec![("code", "c"), ("state", "")],
            vec![("code", "c"), ("state", "other")],
            vec![("error", "access_denied")],
            vec![("code", "c"), ("state", &state), ("state", &state)],
        ] {
            assert!(matches!(receive(&parameters), Callback::Stray(_)), "{parameters:?} is not ours");
        }
    }

    /// S008: the table of RFC 9207.
    #[test]
    fn the_issuer_is_compared_character_by_character() {
        let state = state_of(&pending());
        let with = |iss: &str| receive(&[("code", "c"), ("state", &state), ("iss", iss)]);

        assert!(matches!(with("https://as.example"), Callback::Code(_)));
        for other in ["https://as.example/", "https://AS.example", "https://as.example:443", ""] {
            assert!(matches!(with(other), Callback::Final(CallbackRefused::IssuerMismatch)), "{other}");
        }
        assert!(matches!(
            receive(&[("code", "c"), ("state", &state)]),
            Callback::Final(CallbackRefused::IssuerMissing)
        ));
    }

    /// S030, S036
    #[test]
    fn doubtful_codes_are_refused() {
        let state = state_of(&pending());
        let iss = ("iss", "https://as.example");
        for parameters in [
            vec![("state", state.as_str()), iss],
            vec![("state", &state), iss, ("code", "a"), ("code", "b")],
            vec![("state", &state), iss, ("code", "a"), ("error", "access_denied")],
            vec![("state", &state), iss, ("code", "a\r\nb")],
        ] {
            assert!(matches!(receive(&parameters), Callback::Final(_)), "{parameters:?}");
        }
    }

    /// A2, S004, S030, S036: a token is taken under the same conditions as a code, and nothing else from beside it.
    #[test]
    fn a_token_in_the_answer_is_checked_like_a_code() {
        let state = state_of(&pending());
        let iss = ("iss", "https://as.example");
        let receive = |parameters: &[(&str, &str)]| pending().receive_token(&owned(parameters), "token");

        let all = [
            ("token", "t0k3n"),
            ("state", state.as_str()),
            iss,
            ("expires_in", "3600"),
            ("scope", "read"),
            ("refresh_token", "r"),
        ];
        let Callback::Token(bare) = receive(&all) else { panic!("it is this sign-in's own") };
        assert!(bare.access_token.is_same_as("t0k3n"));
        assert_eq!(bare.said, owned(&[("expires_in", "3600"), ("scope", "read")]), "RFC 6749 §4.2.2");

        for strays in [vec![("token", "t")], vec![("token", "t"), ("state", "other"), iss]] {
            assert!(matches!(receive(&strays), Callback::Stray(_)), "{strays:?}");
        }
        for refused in [
            vec![("token", "t"), ("token", "u"), ("state", &state), iss],
            vec![("token", "a\nb"), ("state", &state), iss],
            vec![("access_token", "t"), ("state", &state), iss],
            vec![("code", "t"), ("state", &state), iss],
            vec![("error", "access_denied"), ("state", &state), iss],
        ] {
            assert!(matches!(receive(&refused), Callback::Final(_)), "{refused:?}");
        }
    }

    /// S037
    #[test]
    fn a_providers_words_are_cleaned_and_cut() {
        let state = state_of(&pending());
        let hostile = format!("<b>\u{202e}\u{1b}[31m\"{}", "x".repeat(9_000));
        let parameters = [
            ("state", state.as_str()),
            ("iss", "https://as.example"),
            ("error", "access_denied"),
            ("error_description", &hostile),
        ];

        let Callback::Final(CallbackRefused::ProviderSaid { description, .. }) = receive(&parameters) else {
            panic!("the provider said no")
        };
        let description = description.unwrap();
        assert_eq!(description.len(), MAX_DESCRIPTION_LENGTH);
        assert!(description.starts_with("<b>[31mx"), "escapes, quotes and bidi marks are gone: {description}");
    }

    fn receive(parameters: &[(&str, &str)]) -> Callback {
        pending().receive(&owned(parameters))
    }

    fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn pending() -> PendingAuthorization {
        let issuer = ExpectedIssuer { identifier: "https://as.example".into(), is_promised: true };
        PendingAuthorization::from_random(&[7; 96], Some(issuer))
    }

    #[expect(clippy::disallowed_methods, reason = "the scripted provider sends the state back")]
    fn state_of(pending: &PendingAuthorization) -> String {
        pending.state.expose_secret().to_owned()
    }
}
