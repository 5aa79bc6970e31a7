//! What a grant may do, in the provider's words [C4].

use domain::provider::scope_map::{Shortfall, WishRefused};

use super::listed;

/// "3 of 5 scopes granted: cannot send mail."
pub(crate) fn shortfall(found: &Shortfall<'_>) -> String {
    let counts = format!("{} of {} scopes granted", found.granted_count, found.requested_count);
    if found.cannot.is_empty() {
        return format!("{counts}.");
    }
    let cannot: Vec<_> = found.cannot.iter().map(|it| in_sentence(it)).collect();
    format!("{counts}: cannot {}.", listed(cannot.iter().map(String::as_str)))
}

/// A wish that names no action.
pub(crate) fn wish_refused(wish: &str, refused: &WishRefused<'_>, provider: &str) -> String {
    match refused {
        WishRefused::Unknown => format!("{provider} knows nothing called {wish:?}."),
        WishRefused::Unclear(several) => {
            format!("{wish:?} may be {}.", listed(several.iter().map(|it| it as &str)))
        }
    }
}

/// "Send mail" within a sentence.
fn in_sentence(action: &str) -> String {
    let mut letters = action.chars();
    // A name stays as it is: "IMAP access".
    let is_name = action.chars().nth(1).is_some_and(char::is_uppercase);
    match letters.next() {
        Some(first) if !is_name => first.to_lowercase().chain(letters).collect(),
        Some(_) | None => action.to_owned(),
    }
}
