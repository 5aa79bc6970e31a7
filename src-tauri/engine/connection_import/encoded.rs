//! Secrets as other tools and people write them: wrapped over lines, URL-encoded, in base64, or not there at all
//! [A3].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use zeroize::Zeroizing;

use super::{Oddity, names, text};

/// Longer ones cannot be sent back in a header; no provider issues such.
const LONGEST: usize = 16 * 1024;

/// The secret a field holds, and what was odd about it.
pub(super) fn secret(field: &str, written: &str, oddities: &mut Vec<Oddity>) -> Option<Secret> {
    let field = || field.to_owned();
    let trimmed = written.trim();
    if trimmed.is_empty() {
        return None;
    }
    if is_placeholder(trimmed) {
        oddities.push(Oddity::Placeholder { field: field() });
        return None;
    }
    let is_wrapped = trimmed.contains(['\n', '\r']);
    let unwrapped: Zeroizing<String> =
        Zeroizing::new(trimmed.chars().filter(|it| !is_wrapped || !it.is_ascii_whitespace()).collect());
    let (plain, was_encoded) = match unescaped(&unwrapped).or_else(|| from_base64(&unwrapped)) {
        Some(plain) => (plain, true),
        None => (unwrapped, is_wrapped),
    };
    let is_usable = plain.len() <= LONGEST && plain.bytes().all(|byte| (0x20..=0x7E).contains(&byte));
    if !is_usable {
        oddities.push(Oddity::Unusable { field: field() });
        return None;
    }
    if was_encoded {
        oddities.push(Oddity::WasEncoded { field: field() });
    }
    Some(text::secret(&plain))
}

/// A name in the place of a value: a template of the tool's, or asterisks.
pub(super) fn is_placeholder(text: &str) -> bool {
    let is_template = ["{{", "${", "{%", "$(", "<%"].iter().any(|open| text.starts_with(open));
    let is_masked = text.chars().all(|it| matches!(it, '*' | '•' | 'x' | 'X' | '.')) && text.len() >= 3;
    is_template || is_masked || text.starts_with("__n8n_BLANK_VALUE") || text == "REDACTED" || text == "<redacted>"
}

/// URL-encoded: every `%` begins an escape, and nothing stands there that an encoder would have replaced.
fn unescaped(text: &str) -> Option<Zeroizing<String>> {
    let bytes = text.as_bytes();
    let is_escaped = text.contains('%')
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            b'%' => bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
            byte => byte.is_ascii_alphanumeric() || b"-_.~*".contains(byte),
        });
    if !is_escaped {
        return None;
    }
    // One pair without a value is the text itself.
    let (plain, _) = url::form_urlencoded::parse(bytes).next()?;
    Some(Zeroizing::new(plain.into_owned()))
}

/// Base64 is taken for what it stands for only where that begins as secrets of a provider do.
fn from_base64(text: &str) -> Option<Zeroizing<String>> {
    if names::begins_like_a_secret(text) {
        return None;
    }
    let plain = Zeroizing::new(STANDARD.decode(text).ok()?);
    let plain = std::str::from_utf8(&plain).ok()?.trim_end_matches(['\n', '\r']);
    names::begins_like_a_secret(plain).then(|| Zeroizing::new(plain.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A3
    #[test]
    fn secrets_in_odd_clothes_are_taken_for_what_they_stand_for_and_said_so() {
        let cases = [
            ("1//0fake-refresh", Some("1//0fake-refresh"), None),
            ("  1//0fake-refresh\n", Some("1//0fake-refresh"), None),
            ("1%2F%2F0fake-refresh", Some("1//0fake-refresh"), Some("encoded")),
            ("1//0fake\n-refresh", Some("1//0fake-refresh"), Some("encoded")),
            ("MS8vMGZha2UtcmVmcmVzaA==", Some("1//0fake-refresh"), Some("encoded")),
            ("bm90IGEga25vd24gcHJlZml4", Some("bm90IGEga25vd24gcHJlZml4"), None),
            ("50%off", Some("50%off"), None),
            ("{{client_secret}}", None, Some("placeholder")),
            ("••••••••", None, Some("placeholder")),
            ("__n8n_BLANK_VALUE_e5362baf", None, Some("placeholder")),
            ("tok\u{7}en", None, Some("unusable")),
            ("tøken", None, Some("unusable")),
            ("", None, None),
            (" \n ", None, None),
        ];
        for (written, taken, oddity) in cases {
            let mut oddities = vec![];
            let secret = secret("refresh_token", written, &mut oddities);
            assert_eq!(secret.is_some(), taken.is_some(), "{written:?}");
            if let (Some(secret), Some(taken)) = (secret, taken) {
                assert!(secret.is_same_as(taken), "{written:?} stands for {taken:?}");
            }
            let seen = oddities.first().map(|it| match it {
                Oddity::Placeholder { .. } => "placeholder",
                Oddity::WasEncoded { .. } => "encoded",
                Oddity::Unusable { .. } => "unusable",
                Oddity::SharedClient { .. } | Oddity::ExpiryGuessed => "other",
            });
            assert_eq!(seen, oddity, "{written:?}");
        }
        let mut oddities = vec![];
        assert!(secret("token", &"a".repeat(LONGEST + 1), &mut oddities).is_none(), "too long to be sent anywhere");
    }
}
