//! Reads a form or a query: the redirect back from an authorization, or a token answer of the old kind [C1].

use super::json;
use super::said::Said;

/// Whether text is pairs of names and values.
pub(super) fn is_form(text: &str) -> bool {
    let first = text.split('&').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, _)| {
        // The line of a log has blanks between its pairs.
        let is_line =
            !name.starts_with("error") && first.contains(char::is_whitespace) && first.matches('=').count() > 1;
        !is_line
            && !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.[]%".contains(&it))
    }) && !text.contains('\n')
}

/// Notes all it says, and gives the words as they were before they were encoded.
pub(super) fn read(text: &str, said: &mut Said) -> String {
    let mut decoded = String::new();
    // A fragment after the query is a second form.
    for part in text.split('#') {
        for (name, value) in url::form_urlencoded::parse(part.as_bytes()).take(64) {
            decoded.push_str(&name);
            decoded.push(' ');
            decoded.push_str(&value);
            decoded.push(' ');
            match name.as_ref() {
                "state" => said.outcome.state = Some(value.into_owned()),
                "code" if value.parse::<u32>().is_err() => said.outcome.has_authorization_code = true,
                "id_token" => said.outcome.has_authorization_code = true,
                // A form has no numbers but texts.
                "expires_in" => said.outcome.expires_in = Some(value.trim().to_owned()).filter(|it| !it.is_empty()),
                // Said without `error`, as OAuth 1.0 and some since do (Twitter's `denied`, Flickr's, Goodreads').
                "denied" | "rejected" | "cancelled" | "canceled" | "declined" | "not_approved" | "access_denied"
                | "user_denied" | "user_cancelled" | "user_canceled"
                    if !["false", "0", "no"].contains(&value.as_ref()) =>
                {
                    said.outcome.has_error = true;
                    said.words_of("user denied");
                }
                name => json::note_text(name, &value, 0, false, said),
            }
        }
    }
    decoded
}
