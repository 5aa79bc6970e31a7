//! Bytes of a file to text, and text to pieces of JSON: with errors that say where it ends and never quote what stands
//! there [A3, D2].

use std::borrow::Cow;
use std::collections::BTreeMap;

use encoding_rs::{Encoding, WINDOWS_1252};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::PlatformFailure;

/// Names and ids are kept as they are up to here.
const LONGEST: usize = 500;

/// The text of a file: UTF-8, UTF-16 with its mark, or what spreadsheets write on Windows.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// A foreign name as it is, cut where no honest one reaches; it is cleaned when it is shown.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

/// The same, where there is one.
pub(super) fn named(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|it| !it.is_empty()).map(bounded)
}

/// An id, which platforms write as text or as a number.
pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => named(Some(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The id in a field of an object.
pub(super) fn id_in(object: &Value, field: &str) -> Option<String> {
    id_of(object.get(field)?)
}

/// The text in a field of an object.
pub(super) fn text_in<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str()
}

/// A moment as RFC 3339, or as milliseconds since 1970.
pub(super) fn moment_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => Timestamp::from_millisecond(number.as_i64()?).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A moment in a field of an object.
pub(super) fn moment_in(object: &Value, field: &str) -> Option<Timestamp> {
    moment_of(object.get(field)?)
}

/// The address in "My Google (a@b.example)".
pub(super) fn account_in(label: &str) -> Option<String> {
    let parts = label.split(|it: char| it.is_whitespace() || "()<>[],;\"'".contains(it));
    parts.filter(|it| it.len() <= 254).find(|it| is_address(it)).map(str::to_owned)
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
}

/// What a JSON text is at its top, with its pieces unread.
pub(super) enum Pieces<'a> {
    Object(BTreeMap<String, &'a RawValue>),
    List(Vec<&'a RawValue>),
}

impl<'a> Pieces<'a> {
    /// Walks over the whole text once, so that a truncated one is known before anything is made of it.
    ///
    /// # Errors
    /// [`PlatformFailure::Unreadable`], with the place.
    pub(super) fn of(name: &str, text: &'a str) -> Result<Self, PlatformFailure> {
        let is_list = text.trim_start().starts_with('[');
        if is_list { parsed(name, text).map(Self::List) } else { parsed(name, text).map(Self::Object) }
    }

    pub(super) fn field(&self, name: &str) -> Option<&'a RawValue> {
        match self {
            Self::Object(fields) => fields.get(name).copied().filter(|it| it.get() != "null"),
            Self::List(_) => None,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// A text at the top.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.field(name)?.get()).ok()
    }
}

/// JSON as a value.
///
/// # Errors
/// [`PlatformFailure::Unreadable`], with the place.
pub(super) fn parsed<'a, T: Deserialize<'a>>(name: &str, text: &'a str) -> Result<T, PlatformFailure> {
    serde_json::from_str(text).map_err(|error| unreadable(name, &error))
}

/// The error without what it quotes.
pub(super) fn unreadable(name: &str, error: &serde_json::Error) -> PlatformFailure {
    let (line, column) = (error.line(), error.column());
    let words = if error.is_eof() {
        format!("it is truncated: it ends in the middle, at line {line}, column {column}")
    } else {
        format!("{} at line {line}, column {column}", complaint(error))
    };
    PlatformFailure::Unreadable(name.to_owned(), words)
}

/// What is wrong, in words that quote nothing.
pub(super) fn complaint(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends in the middle",
        serde_json::error::Category::Data => "what stands there is of another kind than expected",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is no JSON, or nested too deeply",
    }
}

/// JSON as editors keep it: without its comments and the commas before a closing bracket.
pub(super) fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut is_inside_text = false;
    while let Some(letter) = letters.next() {
        if is_inside_text {
            out.push(letter);
            if letter == '\\' {
                out.extend(letters.next());
            }
            is_inside_text = letter != '"';
            continue;
        }
        match (letter, letters.peek()) {
            ('/', Some('/')) => while letters.next_if(|it| *it != '\n').is_some() {},
            ('/', Some('*')) => {
                let mut last = ' ';
                letters.next();
                for next in letters.by_ref() {
                    // Lines stay, so that errors name the right one.
                    if next == '\n' {
                        out.push('\n');
                    }
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
            }
            (']' | '}', _) => {
                let kept = out.trim_end();
                if let Some(without) = kept.strip_suffix(',') {
                    let gap = out.get(kept.len()..).unwrap_or_default().to_owned();
                    out.truncate(without.len());
                    out.push_str(&gap);
                }
                out.push(letter);
            }
            (_, _) => {
                is_inside_text = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D2: spreadsheets write what they please.
    #[test]
    fn text_is_read_however_it_was_written() {
        assert_eq!(decoded(b"\xEF\xBB\xBFa;b"), "a;b");
        assert_eq!(decoded(b"\xFF\xFEa\0;\0"), "a;");
        assert_eq!(decoded(b"K\xFCche"), "Küche", "Windows-1252 where it is no UTF-8");
        assert_eq!(decoded("Küche".as_bytes()), "Küche");
    }

    /// D2: editors of programs allow comments.
    #[test]
    fn comments_and_last_commas_are_taken_out_and_texts_are_left_alone() {
        let text = "{ // one\n \"url\": \"https://a/*b*/\\\"//c\", /* two\n */ \"list\": [1, 2, ],\n}";
        let value: Value = serde_json::from_str(&without_comments(text)).unwrap();

        assert_eq!(value, serde_json::json!({"url": "https://a/*b*/\"//c", "list": [1, 2]}));
    }

    /// D2: a name of ten thousand letters is no longer than what is kept, and nothing else of it changes.
    #[test]
    fn names_are_kept_as_they_are_and_bounded() {
        let name = format!("\u{202e}<b>{}", "ü".repeat(10_000));

        assert_eq!(bounded(&name).chars().count(), LONGEST);
        assert!(name.starts_with(&bounded(&name)), "the begin is as it was");
    }

    /// A3, D2
    #[test]
    fn a_truncated_text_says_where_it_ends_and_quotes_nothing() {
        let failure = Pieces::of("zapfile.json", "{\"zaps\": [\n{\"token\": \"sk-secret").err().unwrap();

        assert_eq!(
            failure.to_string(),
            "zapfile.json cannot be read: it is truncated: it ends in the middle, at line 2, column 20"
        );
    }
}
