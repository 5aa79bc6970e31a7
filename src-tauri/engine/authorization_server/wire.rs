//! Token answers as they come over the wire: JSON, form, or something else [S057, S058, S059].

use std::fmt;

use domain::token::token_response::AnswerFields;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Deeper than any honest token answer.
const MAX_DEPTH: usize = 32;

/// Reads the top level of an answer, or `None` when it is neither JSON nor, where allowed, a form.
pub(super) fn read_fields(body: &[u8], content_type: Option<&str>, may_be_form: bool) -> Option<AnswerFields> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
    let media_type = content_type.and_then(|it| it.split(';').next()).map(|it| it.trim().to_ascii_lowercase());
    let is_json_type = media_type.as_deref().is_some_and(|it| it == "application/json" || it.ends_with("+json"));

    if let Ok(TopLevel(fields)) = serde_json::from_str::<TopLevel>(text) {
        if fields.iter().any(|(_, value)| depth(value) > MAX_DEPTH) {
            return None;
        }
        return Some(AnswerFields { fields, has_wrong_content_type: !is_json_type });
    }
    let is_form_type = media_type.as_deref() == Some("application/x-www-form-urlencoded");
    if (may_be_form || is_form_type) && text.contains('=') && !text.starts_with('<') {
        let fields = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        return Some(AnswerFields { fields, has_wrong_content_type: !is_form_type });
    }
    None
}

/// A JSON object with its fields in order, repeats included: a map would hide them.
struct TopLevel(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for TopLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = TopLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<TopLevel, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(TopLevel(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S059
    #[test]
    fn repeated_fields_are_seen() {
        let answer = read_fields(br#"{"a":1,"a":2}"#, Some("application/json; charset=utf-8"), false).unwrap();

        assert_eq!(answer.fields.len(), 2);
        assert!(!answer.has_wrong_content_type);
    }

    /// S058
    #[test]
    fn a_page_is_no_answer_and_json_under_a_wrong_type_is_one() {
        assert!(read_fields(b"<!doctype html><a href='?a=b'>", Some("text/html"), true).is_none());
        assert!(read_fields(b"", None, true).is_none());
        assert!(read_fields(b"\xff\xfe{", Some("application/json"), false).is_none(), "not UTF-8");
        assert!(read_fields(br#"{"a":1}"#, Some("text/html"), false).unwrap().has_wrong_content_type);
    }

    /// A2: some answers come as a form, unless asked otherwise.
    #[test]
    fn a_form_is_read_where_it_is_expected() {
        let form = b"access_token=gho_x&scope=repo%2Cgist&token_type=bearer";

        assert!(read_fields(form, Some("text/plain"), false).is_none());
        assert_eq!(read_fields(form, Some("text/plain"), true).unwrap().fields[1].1, "repo,gist");
    }

    /// S059
    #[test]
    fn a_bottomless_answer_is_refused() {
        let nested = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));

        assert!(read_fields(nested.as_bytes(), Some("application/json"), false).is_none());
    }
}
