//! The fields of a token answer by their standard names, whatever letter case and separators they came with [B7, S059].

use serde_json::Value;

/// RFC 6749 §5.1, OpenID Connect Core §3.1.3.3, and what is said of the refresh token's own end.
const NAMES: [&str; 8] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token_type",
    "expires_in",
    "scope",
    "scopes",
    "refresh_token_expires_in",
];

/// The fields with those under an odd name (`Access_Token`, `refreshToken`) added under the standard's, and whether there
/// was one. The standard's own name goes first. `None`: two odd names hold different tokens, and neither is the one to take.
pub(super) fn by_standard(fields: &[(String, Value)]) -> Option<(Vec<(String, Value)>, bool)> {
    let mut named = fields.to_vec();
    for name in NAMES {
        if fields.iter().any(|(it, value)| it == name && !value.is_null()) {
            continue;
        }
        let mut alike = fields.iter().filter(|(it, value)| !value.is_null() && is_alike(it, name));
        let Some((_, value)) = alike.next() else { continue };
        if alike.any(|(_, other)| other != value) {
            if name.ends_with("_token") {
                return None;
            }
            continue;
        }
        named.push((name.to_owned(), value.clone()));
    }
    let has_odd_names = named.len() > fields.len();
    Some((named, has_odd_names))
}

/// Whether a refresh token stands among the fields.
pub fn hold_refresh_token(fields: &[(String, Value)]) -> bool {
    fields
        .iter()
        .any(|(name, value)| is_alike(name, "refresh_token") && value.as_str().is_some_and(|it| !it.is_empty()))
}

fn is_alike(name: &str, standard: &str) -> bool {
    let plain = |text: &str| -> Vec<u8> {
        text.bytes().filter(|it| !matches!(it, b'_' | b'-')).map(|it| it.to_ascii_lowercase()).collect()
    };
    // The standard's own name was looked for as it is.
    name.len() <= standard.len() && plain(name) == plain(standard)
}
