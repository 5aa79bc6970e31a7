//! What holds for the claims of every access token that is a JWT, and of every ID token [B7, S060, S095, S101].
//!
//! The input is the claims; or, where it holds a dot, a whole token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Secret;
use domain::token::Expiry;
use domain::token::token_response::TokenAnswer;
use engine::authorization_server::{id_token, read_token_answer};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::token_answer::{never_loops, provider};

pub(crate) fn check(input: &[u8]) {
    let wrapped = format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(input));
    let whole = String::from_utf8_lossy(input);
    let now = Timestamp::from_second(1_763_600_400).unwrap_or_default();
    for token in [wrapped.as_str(), &whole] {
        let body = json!({ "access_token": token, "token_type": "Bearer", "refresh_token": "r" }).to_string();
        let provider = provider(false, false);
        let answer = read_token_answer(body.as_bytes(), Some("application/json"), &provider, now);
        let Some(TokenAnswer::Issued(tokens)) = answer else { panic!("there was a refresh token in it") };
        assert!(tokens.refresh_token.as_ref().is_some_and(|it| it.is_same_as("r")), "kept, whatever stands beside it");
        never_loops(&tokens, now);
        if token == wrapped
            && let Some(exp) = sent_exp(input)
        {
            // Never later than it says; an end that has passed or that nobody lives to see is no end to plan by.
            let said = Timestamp::from_second(exp).unwrap_or(if exp < 0 { Timestamp::MIN } else { Timestamp::MAX });
            assert!(!matches!(tokens.expiry, Expiry::At(at) if at > said), "{:?} is later than {said}", tokens.expiry);
            let left = exp.saturating_sub(now.as_second());
            let is_plain = (1..=86_400).contains(&left) && !has_iat(input);
            assert!(!is_plain || tokens.expiry == Expiry::At(said), "{:?} is not {said}", tokens.expiry);
        }

        let nonce = Secret::new("n");
        for (issuer, nonce) in [(None, None), (Some("https://as.example"), Some(&nonce))] {
            let expected = id_token::ExpectedClaims { issuer, client_id: "us", nonce, workspace_claim: None };
            let Ok(identity) = id_token::read(&Secret::new(token), &expected, now) else { continue };
            for shown in [&identity.label, &identity.workspace_id, &identity.workspace_name].into_iter().flatten() {
                assert!(shown.chars().count() <= 200 && !shown.chars().any(char::is_control), "{shown:?} is shown");
            }
            assert!(identity.subject.is_some_and(|it| (1..=255).contains(&it.len())), "a person has a subject");
        }
    }
}

fn sent_exp(claims: &[u8]) -> Option<i64> {
    let Value::Object(claims) = serde_json::from_slice(claims).ok()? else { return None };
    claims.get("exp")?.as_i64()
}

fn has_iat(claims: &[u8]) -> bool {
    serde_json::from_slice::<Value>(claims).is_ok_and(|claims| claims.get("iat").is_some())
}
