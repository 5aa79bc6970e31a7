//! The address at which a browser ended, as a person brings it: read like a callback [A2, S006, S029, S035].

use domain::provider::AnswerMode;
use thiserror::Error;
use url::Url;

use super::parameters;

/// An address with the longest code and state, or a token, stays far below.
const MAX_LENGTH: usize = 64 * 1024;

/// Why a pasted text is not the answer that is waited for. The sign-in goes on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasteRefused {
    #[error("nothing was pasted")]
    Empty,
    #[error("that is too long for an address")]
    TooLong,
    #[error("that is not the address this sign-in ends at")]
    OtherAddress,
    #[error("the address is garbled or cut off")]
    Garbled,
    #[error("the address holds no answer of the provider")]
    NoAnswer,
    #[error("the address belongs to another sign-in")]
    OtherSignIn,
    #[error("the provider posts its answer, so that no address holds it")]
    Posted,
}

/// The parameters of a pasted address, or of what follows its `?` or `#`. Spaces, quotes and line breaks that
/// copying adds are taken away.
///
/// # Errors
/// [`PasteRefused`], never with a part of the text in it.
pub fn read(pasted: &str, redirect_uri: &str, mode: AnswerMode) -> Result<Vec<(String, String)>, PasteRefused> {
    if mode == AnswerMode::FormPost {
        return Err(PasteRefused::Posted);
    }
    if pasted.len() > MAX_LENGTH {
        return Err(PasteRefused::TooLong);
    }
    let text: String = pasted.chars().filter(|it| !is_noise(*it)).collect();
    let text = text.trim_matches(is_quote);
    if text.is_empty() {
        return Err(PasteRefused::Empty);
    }

    let (head, answer) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    let is_address = is_same_address(head, redirect_uri);
    let answer = match () {
        () if is_address => answer,
        () if head.is_empty() => answer,
        // Only what followed the question mark was copied.
        () if head.contains('=') && !head.contains("://") => text,
        () => return Err(PasteRefused::OtherAddress),
    };
    let (query, fragment) = answer.split_once('#').unwrap_or((answer, ""));
    let mut found = decode(query.strip_prefix('?').unwrap_or(query))?;
    // Elsewhere a fragment is decoration, such as `#_=_`.
    if mode == AnswerMode::Fragment {
        found.append(&mut decode(fragment)?);
    }
    if found.is_empty() { Err(PasteRefused::NoAnswer) } else { Ok(found) }
}

fn decode(encoded: &str) -> Result<Vec<(String, String)>, PasteRefused> {
    parameters::decode(encoded.as_bytes()).ok_or(PasteRefused::Garbled)
}

/// Whether that is where the answer was to go; browsers may leave the scheme out of what they show.
fn is_same_address(head: &str, redirect_uri: &str) -> bool {
    let ours = redirect_uri.split('?').next().unwrap_or_default();
    let without_scheme = ours.split_once("://").map_or(ours, |(_, rest)| rest);
    let is_same_url = || match (Url::parse(head), Url::parse(ours)) {
        (Ok(head), Ok(ours)) => head == ours,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    };
    head == ours || head == without_scheme || is_same_url()
}

/// What mail programs, terminals and chats put between the letters; no address holds any of it.
fn is_noise(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '`' | '<' | '>' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "http://127.0.0.1:43117/callback/google";

    fn query(pasted: &str) -> Result<Vec<(String, String)>, PasteRefused> {
        read(pasted, URI, AnswerMode::Query)
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// A2: however it was copied, it says the same.
    #[test]
    fn copying_does_not_change_what_an_address_says() {
        let expected = pairs(&[("code", "4/abc"), ("state", "s")]);
        for pasted in [
            "http://127.0.0.1:43117/callback/google?code=4%2Fabc&state=s",
            "  \"http://127.0.0.1:43117/callback/google?code=4%2Fabc&state=s\"\r\n",
            "<http://127.0.0.1:43117/callback/google?code=4%2Fabc&state=s>",
            "\u{201c}http://127.0.0.1:43117/callback/google?code=4%2Fabc&state=s\u{201d}",
            "http://127.0.0.1:43117/callback/\n  google?code=4%2F\r\n\tabc&sta\u{200b}te=s",
            "127.0.0.1:43117/callback/google?code=4%2Fabc&state=s",
            "HTTP://127.0.0.1:43117/callback/google?code=4%2Fabc&state=s#_=_",
            "?code=4%2Fabc&state=s",
            "code=4%2Fabc&state=s",
            "code=4%2Fabc&state=s#",
        ] {
            assert_eq!(query(pasted), Ok(expected.clone()), "{pasted:?}");
        }
    }

    /// A2
    #[test]
    fn a_fragment_is_read_where_the_provider_answers_in_one() {
        let expected = Ok(pairs(&[("state", "s"), ("token", "t")]));
        for pasted in [&format!("{URI}?state=s#token=t"), "?state=s#token=t", "#state=s&token=t"] {
            assert_eq!(read(pasted, &format!("{URI}?state=s"), AnswerMode::Fragment), expected, "{pasted}");
        }
        assert_eq!(query(&format!("{URI}#code=c")), Err(PasteRefused::NoAnswer));
    }

    /// A2, S006, S035: each mistake has its name.
    #[test]
    fn what_is_not_the_answer_is_refused_by_name() {
        use PasteRefused as No;
        let long = format!("{URI}?code={}", "a".repeat(70_000));
        for (pasted, why) in [
            ("", No::Empty),
            (" \"\" \n", No::Empty),
            (long.as_str(), No::TooLong),
            (URI, No::NoAnswer),
            ("http://127.0.0.1:43117/callback/google?", No::NoAnswer),
            ("http://127.0.0.1:43118/callback/google?code=c&state=s", No::OtherAddress),
            ("https://127.0.0.1:43117/callback/google?code=c&state=s", No::OtherAddress),
            ("http://127.0.0.1:43117/callback/googl?code=c&state=s", No::OtherAddress),
            ("http://127.0.0.1:43117/callback/google/?code=c&state=s", No::OtherAddress),
            ("http://evil.test/?http://127.0.0.1:43117/callback/google?code=c&state=s", No::OtherAddress),
            ("https://accounts.google.com/o/oauth2/v2/auth?client_id=x&state=s", No::OtherAddress),
            ("no idea", No::OtherAddress),
            ("?code=%4", No::Garbled),
            ("?code=%ff", No::Garbled),
        ] {
            assert_eq!(query(pasted), Err(why), "{pasted}");
        }
        assert_eq!(read(URI, URI, AnswerMode::FormPost), Err(No::Posted));
    }
}
