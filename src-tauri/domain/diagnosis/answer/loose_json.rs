//! Reads what is not quite JSON: cut off, with commas too many, with single quotes, printed by a program [C1, B8].

use super::json::{self, MAX_NODES};
use super::printed_array;
use super::said::Said;
use super::text;

/// Names and values of what only looks like JSON: cut off, with commas too many, with single quotes.
pub(super) fn read(body: &str, said: &mut Said) {
    if let Some(printed) = printed_array::as_json(body) {
        return json::read(&printed, said);
    }
    let mut key = String::new();
    let mut rest = body;
    let mut left = MAX_NODES;
    while let (Some(at), true) = (rest.find(['"', '\'']), left > 0) {
        left -= 1;
        // A number or a word between a name and what follows.
        let between = rest[..at].trim_start_matches([':', ' ', '\t', '\r', '\n']);
        let bare = between.split([',', '}', ']', '\n']).next().unwrap_or_default().trim();
        if !key.is_empty() && is_plain_value(bare) {
            note_plain(&key, bare, said);
            key.clear();
        } else if between.contains(['{', '[']) && !key.is_empty() {
            key.clear();
        }
        if let Some(name) = note_unquoted(between, said) {
            name.clone_into(&mut key);
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
    if !key.is_empty() && is_plain_value(bare) {
        note_plain(&key, bare, said);
    }
    note_unquoted(rest, said);
    if said.words.trim().is_empty() {
        text::read_words(body, said);
    }
}

/// Names without quotes, as Node and Ruby print them: notes the numbers and flags among them, and gives the name whose
/// value comes next.
fn note_unquoted<'a>(between: &'a str, said: &mut Said) -> Option<&'a str> {
    let mut open = None;
    for part in between.split([',', '{', '}', '[', ']', '\n']).take(MAX_NODES) {
        open = None;
        let Some((name, value)) = part.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if !is_name(name) {
            continue;
        }
        if is_plain_value(value) {
            note_plain(name, value, said);
        } else if value.is_empty() {
            open = Some(name);
        }
    }
    open
}

fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && text.len() <= 40
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'$')
}

fn is_plain_value(bare: &str) -> bool {
    bare == "true" || bare == "false" || !bare.is_empty() && bare.parse::<f64>().is_ok()
}

fn note_plain(name: &str, bare: &str, said: &mut Said) {
    match bare {
        "true" | "false" => json::note_flag(name, bare == "true", 1, said),
        number => json::note_number(name, number, 1, true, said),
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
