//! Builds JSON documents from the pointers at which a provider file reads them (RFC 6901) [A7, E2].

use serde_json::{Map, Value};

/// Longer than any list a pointer leads into.
const MAX_LIST: usize = 16;

/// Puts a value where the pointer leads. False, and nothing there, where something else stands in the way.
pub(super) fn put(document: &mut Value, pointer: &str, value: impl Into<Value>) -> bool {
    let Some(path) = pointer.strip_prefix('/') else { return false };
    let mut at = document;
    for step in path.split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        let index = step.parse::<usize>().ok().filter(|index| *index < MAX_LIST);
        if at.is_null() {
            *at = if index.is_some() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        at = match (at, index) {
            (Value::Object(fields), _) => fields.entry(step).or_insert(Value::Null),
            (Value::Array(items), Some(index)) => {
                while items.len() <= index {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            (Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => return false,
        };
    }
    let value = value.into();
    if at.is_null() {
        *at = value;
        return true;
    }
    *at == value
}

/// Puts the value at the first of the pointers that is free for it.
pub(super) fn put_at_first(document: &mut Value, pointers: &[String], value: &str) {
    let _is_placed = pointers.iter().any(|pointer| put(document, pointer, value));
}

/// The text at the first of the pointers that leads to one.
pub(super) fn text_at(document: &Value, pointers: &[String]) -> Option<String> {
    pointers.iter().find_map(|pointer| document.pointer(pointer)?.as_str().map(ToOwned::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// E2
    #[test]
    fn pointers_build_the_document_they_read() {
        let mut document = Value::Null;

        assert!(put(&mut document, "/data/0/id", "7"));
        assert!(put(&mut document, "/data/0/user/name", "Mira"));
        assert!(put(&mut document, "/ok", true));

        assert_eq!(document, json!({ "data": [{ "id": "7", "user": { "name": "Mira" } }], "ok": true }));
        assert!(!put(&mut document, "/ok", false), "another value stands there");
        assert!(!put(&mut document, "/data/0/id/deeper", "x"), "a text has nothing inside");
        assert!(put(&mut document, "/data/0/id", "7"), "the same value is no conflict");
    }

    /// E2
    #[test]
    fn a_list_can_be_the_whole_answer() {
        let mut document = Value::Null;

        put_at_first(&mut document, &["/0/id".to_owned()], "site");

        assert_eq!(text_at(&document, &["/1/id".to_owned(), "/0/id".to_owned()]).as_deref(), Some("site"));
    }
}
