//! Brings everything that is said into one form that a vocabulary can be held against: lower case, without accents,
//! words between single blanks, clauses between bars; `userRateLimit`, `USER_RATE_LIMIT` and "user rate limit" are one
//! [C1].

use crate::diagnosis::redaction::BLOT;

/// What separates clauses.
pub(crate) const CLAUSE: char = '|';

/// What stands where somebody blotted a secret out: no word of the server's.
const BLOTTED: [&str; 2] = [BLOT, "<secret>"];

/// Appends one thing that was said. Begins and ends with a blank, so that whole words are found as ` word `.
pub(super) fn append(words: &mut String, said: &str) {
    if words.is_empty() {
        words.push(' ');
    }
    let mut before = ' ';
    let mut rest = said;
    while let Some(it) = rest.chars().next() {
        if let Some(after) = without_address(rest, before) {
            rest = after;
            before = ' ';
            blank(words);
            continue;
        }
        if let Some(after) = BLOTTED.iter().find_map(|blot| rest.strip_prefix(blot)) {
            rest = after;
            before = ' ';
            blank(words);
            continue;
        }
        rest = &rest[it.len_utf8()..];
        if is_between_scripts(before, it) {
            blank(words);
        }
        if it.is_ascii_alphanumeric() {
            if it.is_ascii_uppercase() && begins_word(before, rest, words) {
                blank(words);
            }
            words.push(it.to_ascii_lowercase());
        } else if it.is_ascii() {
            match it {
                // Inside a word: can't, isn't; around one it is a quotation mark.
                '\'' | '`' if is_elided(words) => blank(words),
                '\'' | '`' if before.is_alphanumeric() && rest.starts_with(|next: char| next.is_alphabetic()) => {}
                '.' if rest.starts_with(|next: char| next.is_ascii_alphanumeric()) => blank(words),
                '.' | ';' | '!' | '?' | '\n' | '|' => clause(words),
                _ => blank(words),
            }
        } else {
            foreign(words, it);
        }
        before = it;
    }
    clause(words);
}

/// Chinese, Japanese and Korean put no blank before or behind a Latin word.
fn is_between_scripts(before: char, it: char) -> bool {
    let is_ideographic = |it: char| it >= '\u{3000}' && it.is_alphanumeric();
    before.is_ascii_alphanumeric() && is_ideographic(it) || is_ideographic(before) && it.is_ascii_alphanumeric()
}

/// An article or the like that lost its vowel before the next word: l'application, dell'utente, n'est.
fn is_elided(words: &str) -> bool {
    const ELIDED: &[&str] = &["l", "d", "n", "j", "m", "s", "c", "qu", "dell", "all", "dall", "nell", "sull", "un"];
    words.rsplit(' ').next().is_some_and(|last| ELIDED.contains(&last))
}

/// Whether a capital begins a new word: after a small letter, or the last of several capitals before a small one.
fn begins_word(before: char, rest: &str, words: &str) -> bool {
    let next_is_small = rest.starts_with(|next: char| next.is_ascii_lowercase());
    // `OAuth` is one word.
    let is_alone = words.len().checked_sub(2).is_none_or(|at| words.as_bytes()[at] == b' ');
    before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_small && !is_alone)
}

/// Addresses speak of pages, not of failures.
fn without_address(rest: &str, before: char) -> Option<&str> {
    if before.is_alphanumeric() || !rest.as_bytes().first()?.eq_ignore_ascii_case(&b'h') {
        return None;
    }
    let is_address = ["http://", "https://"]
        .iter()
        .any(|it| rest.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it)));
    is_address.then(|| {
        let end = rest.find(|it: char| it.is_whitespace() || "\"'<>|)]}".contains(it)).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        // A full stop at its end ends the clause.
        if address.ends_with('.') { &rest[end - 1..] } else { after }
    })
}

fn blank(words: &mut String) {
    if !words.ends_with(' ') {
        words.push(' ');
    }
}

fn clause(words: &mut String) {
    blank(words);
    if !words.ends_with("| ") && words.len() > 1 {
        words.push(CLAUSE);
        words.push(' ');
    }
}

fn foreign(words: &mut String, it: char) {
    let plain = match it {
        'à'..='å' | 'À'..='Å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' | 'Æ' => "ae",
        'ç' | 'Ç' | 'ć' | 'č' | 'Č' => "c",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'Ì'..='Ï' | 'ı' | 'İ' => "i",
        'ğ' | 'Ğ' => "g",
        'ł' | 'Ł' => "l",
        'ñ' | 'Ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'Ò'..='Ö' | 'Ø' | 'ő' => "o",
        'œ' | 'Œ' => "oe",
        'đ' | 'Đ' => "d",
        'ř' => "r",
        'š' | 'Š' | 'ś' | 'Ś' | 'ş' | 'Ş' => "s",
        'ß' => "ss",
        'ù'..='ü' | 'Ù'..='Ü' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ž' | 'Ž' | 'ź' | 'Ź' | 'ż' | 'Ż' => "z",
        // Accents that stand beside their letter, marks that are not seen, and the apostrophe of books.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => return,
        '’' | '‘' if is_elided(words) => return blank(words),
        '’' | '‘' => return,
        '。' | '！' | '？' | '；' => return clause(words),
        it if it.is_alphanumeric() => return words.extend(it.to_lowercase()),
        _ => return blank(words),
    };
    words.push_str(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(said: &str) -> String {
        let mut words = String::new();
        append(&mut words, said);
        words
    }

    /// C1
    #[test]
    fn a_code_in_any_spelling_is_the_same_words() {
        for code in ["user_rate_limit", "userRateLimit", "USER-RATE-LIMIT", "UserRateLimit", "user.rate.limit"] {
            assert_eq!(plain(code), " user rate limit | ", "{code}");
        }
        assert_eq!(plain("OAuthException"), " oauth exception | ");
        assert_eq!(plain("IPAddressDenied"), " ip address denied | ");
    }

    /// C1
    #[test]
    fn what_stands_around_the_words_is_gone() {
        assert_eq!(plain("Can't,  \"read\"\n it. Why?"), " cant read | it | why | ");
        assert_eq!(plain("See https://x.example/expired?a=1 now."), " see now | ");
        assert_eq!(plain("L’accès de l'utente, it's"), " l acces de l utente its | ");
        assert_eq!(plain("Le jeton a expiré."), " le jeton a expire | ");
        assert_eq!(plain("トークン。期限"), " トークン | 期限 | ");
        assert_eq!(plain("无效的access_token参数"), " 无效的 access token 参数 | ");
        assert_eq!(plain("GEÇERSİZ doğrulama"), " gecersiz dogrulama | ");
        assert_eq!(plain(""), " ");
    }
}
