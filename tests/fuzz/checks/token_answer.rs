//! What holds for every token answer, whatever a server sends [B7, B8, S059, S060, S061].
//!
//! The first byte chooses content type and provider; the rest is the body.

use std::time::Duration;

use domain::lifecycle::refresh_time::{is_due, refresh_at};
use domain::provider::{MissingExpiry, Provider};
use domain::token::token_response::{IssuedTokens, TokenAnswer};
use domain::token::{Expiry, TokenDefect, TokenFacts};
use domain::{ProviderId, Secret, TokenVersion};
use engine::authorization_server::read_token_answer;
use jiff::Timestamp;
use serde_json::Value;

/// As S061 has it.
const MAX_TOKEN: usize = 64 * 1024;
const MAX_REFRESH_TOKEN: usize = 512 * 1024;
const CONTENT_TYPES: [Option<&str>; 6] = [
    Some("application/json"),
    None,
    Some("text/html"),
    Some("application/json; charset=utf-16"),
    Some("application/x-www-form-urlencoded"),
    Some("application/problem+json"),
];

pub(crate) fn check(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else { return };
    let content_type = CONTENT_TYPES[usize::from(choice & 7) % CONTENT_TYPES.len()];
    let provider = provider(choice & 8 != 0, choice & 16 != 0);
    let now = Timestamp::from_second(1_763_600_400).unwrap_or_default();

    let answer = read_token_answer(body, content_type, &provider, now);

    if let Some(sent) = sent_refresh_token(body) {
        let Some(TokenAnswer::Issued(tokens)) = &answer else {
            panic!("a refresh token was lost: the answer reads {answer:?}")
        };
        assert!(tokens.refresh_token.as_ref().is_some_and(|it| it.is_same_as(&sent)), "another one, or none, is kept");
        if names_one_token_of_each_kind(body) {
            survives_every_envelope(body, content_type, &provider, &sent);
        }
    }
    match answer {
        Some(TokenAnswer::Issued(tokens)) => {
            for token in [&tokens.access_token, &tokens.id_token].into_iter().flatten() {
                assert!(is_sendable(token, MAX_TOKEN), "a token that no header may carry");
            }
            let refresh_token = tokens.refresh_token.as_ref();
            assert!(refresh_token.is_none_or(|it| is_sendable(it, MAX_REFRESH_TOKEN)), "no form may carry it");
            assert!(tokens.scopes.as_ref().is_none_or(|scopes| scopes.len() <= 1000), "a flood of scopes");
            assert!(tokens.defects.len() <= 12, "a defect is flagged once");
            never_loops(&tokens, now);
        }
        Some(TokenAnswer::Refused { code, .. }) => assert!(!code.is_empty(), "an error has a code"),
        Some(TokenAnswer::Nothing) | None => {}
    }
}

/// No other field could be taken for a token, and no token for the mask of one: a row of the same letter.
fn names_one_token_of_each_kind(body: &[u8]) -> bool {
    let plain: Vec<u8> =
        body.iter().filter(|it| !matches!(it, b'_' | b'-')).map(|it| it.to_ascii_lowercase()).collect();
    let count = |name: &[u8]| plain.windows(name.len()).filter(|it| *it == name).count();
    // Objects before the one in question are looked at first, and not without end.
    count(b"accesstoken") <= 1
        && count(b"refreshtoken") == 1
        && count(b"{") <= 8
        && !plain.windows(5).any(|it| it == b"error")
        && !plain.windows(8).any(|it| it.iter().all(|letter| *letter == it[0]))
}

/// Whatever is wrapped around an answer that is read, the same token comes out of it.
fn survives_every_envelope(body: &[u8], content_type: Option<&str>, provider: &Provider, sent: &str) {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let wrapped = [
        format!("[{text}]"),
        format!("{{\"data\":{text}}}"),
        format!(")]}}'\n{text}"),
        format!("<html><body>{text}</body></html>"),
    ];
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    let marked = [0xff, 0xfe].into_iter().chain(utf16).collect();
    for body in wrapped.into_iter().map(String::into_bytes).chain([marked]) {
        let answer = read_token_answer(&body, content_type, provider, Timestamp::UNIX_EPOCH);
        let Some(TokenAnswer::Issued(tokens)) = &answer else {
            panic!("lost in {}: {answer:?}", String::from_utf8_lossy(&body))
        };
        assert!(tokens.refresh_token.as_ref().is_some_and(|it| it.is_same_as(sent)), "another one, or none, is kept");
        assert!(tokens.defects.contains(&TokenDefect::OddEnvelope), "it is flagged");
    }
}

/// The refresh token of an answer that is whole, valid JSON, as another parser sees it.
fn sent_refresh_token(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    // A repeated field has no one meaning; which of them counts is a rule of its own.
    if text.matches("refresh_token\"").count() != 1 || text.contains("\\u") {
        return None;
    }
    let Value::Object(fields) = serde_json::from_str(text).ok()? else { return None };
    let token = fields.get("refresh_token")?.as_str()?;
    let is_well_formed =
        !token.is_empty() && token.len() <= MAX_REFRESH_TOKEN && token.bytes().all(|it| (0x20..0x7f).contains(&it));
    is_well_formed.then(|| token.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "what is checked is the plain text")]
fn is_sendable(token: &Secret, longest: usize) -> bool {
    let plain = token.expose_secret();
    (1..=longest).contains(&plain.len())
        && plain.bytes().all(|it| (0x20..0x7f).contains(&it))
        && http::HeaderValue::try_from(format!("Bearer {plain}")).is_ok()
}

/// Whatever the expiry, the scheduler asks at most once a minute [S060].
pub(crate) fn never_loops(tokens: &IssuedTokens, now: Timestamp) {
    let facts = TokenFacts {
        version: TokenVersion(1),
        issued_at: now,
        expiry: tokens.expiry,
        has_access_token: tokens.access_token.is_some(),
        has_refresh_token: true,
        access_fingerprint: None,
        refresh_fingerprint: None,
        defects: vec![],
    };
    let earliest = now.checked_add(Duration::from_secs(60)).unwrap_or(Timestamp::MAX);
    for spread in [0.0, 1.0] {
        let due = refresh_at(&facts, spread);
        assert!(due.is_none_or(|due| due >= earliest), "{:?} is due at {due:?}: a loop", tokens.expiry);
    }
    if matches!(tokens.expiry, Expiry::Unknown | Expiry::Never) && facts.has_access_token {
        assert!(!is_due(&facts, Duration::MAX, now), "without a known end nothing is due");
    }
}

pub(crate) fn provider(may_be_form: bool, expires_never: bool) -> Provider {
    let endpoint = url::Url::parse("https://as.example/token");
    let Ok(endpoint) = endpoint else { unreachable!("the address is one") };
    let mut provider = Provider::bare(ProviderId::from_text("https://as.example"), endpoint);
    provider.token_answer.may_be_form_encoded = may_be_form;
    if expires_never {
        provider.token_answer.missing_expiry = MissingExpiry::Never;
    }
    provider
}
