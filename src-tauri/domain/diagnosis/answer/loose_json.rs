//! Reads what is not quite JSON: cut off, with commas too many, with single quotes, printed by a program [C1, B8].

use super::json::{self, MAX_NODES};
use super::said::Said;
use super::text;

/// Names and values of what only looks like JSON: cut off, with commas too many, with single quotes.
pub(super) fn read(body: &str, said: &mut Said) {
    let mut key = String::new();
    let mut rest = body;
    let mut left = MAX_NODES;
    while let (Some(at), true) = (rest.find(['"', '\'']), left > 0) {
        left -= 1;
        // A number or a word between a name and what follows.
        let between = rest[..at].trim_start_matches([':', ' ', '\t', '\r', '\n']);
        let bare = between.split([',', '}', ']', '\n']).next().unwrap_or_default().trim();
        if !key.is_empty() && !bare.is_empty() && bare.parse::<f64>().is_ok() {
            json::note_number(&key, bare, 1, true, said);
            key.clear();
        } else if !key.is_empty() && (bare == "true" || bare == "false") {
            json::note_flag(&key, bare == "true", 1, said);
            key.clear();
        } else if between.contains(['{', '[']) && !key.is_empty() {
            key.clear();
        }
        let quote = rest.as_bytes()[at];
        let (text, after) = quoted(&rest[at + 1..], char::from(quote));
        rest = after;
        if rest.trim_start().starts_with(':') {
            key = text;
        } else {
            json::note_text(&key, &text, 1, true, said);
            key.clear();
        }
    }
    let bare = rest.trim_start_matches([':', ' ']).split([',', '}', ']', '\n']).next().unwrap_or_default().trim();
    if !key.is_empty() && bare.parse::<f64>().is_ok() {
        json::note_number(&key, bare, 1, true, said);
    }
    if said.words.trim().is_empty() {
        text::read_words(body, said);
    }
}

/// A quoted text with its simplest escapes undone, and what follows; never closed, it ends with the body.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, it)) = letters.next() {
        match it {
            '\\' => match letters.next() {
                Some((_, 'n' | 'r' | 't')) => value.push(' '),
                Some((_, it)) => value.push(it),
                None => break,
            },
            it if it == quote => return (value, &text[at + 1..]),
            it => value.push(it),
        }
    }
    (value, "")
}
