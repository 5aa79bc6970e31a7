//! Where in a provider file something is wrong: the line, and the field as a path, `checks[0].url` [A2].

use std::collections::HashMap;
use std::path::Path;

use serde_json::value::RawValue;

use super::CatalogueError;
use super::file::ProviderFile;

/// What keeps a text from being a provider file, with line and field.
pub(super) fn malformed(path: &Path, text: &str) -> CatalogueError {
    let blank = text.len() - text.trim_start().len();
    if !text[blank..].is_empty() && !text[blank..].starts_with('{') {
        let line = line_at(text, blank);
        return wrong(path, line, String::new(), "it must be an object, in braces: { \"id\": … }");
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize::<_, ProviderFile>(&mut json);
    let (around, error) = match read {
        Err(error) => (error.path().to_string(), error.into_inner()),
        // The value is whole: what is wrong stands behind it.
        Ok(_) => match json.end() {
            Err(error) => (String::new(), error),
            Ok(()) => return wrong(path, 1, String::new(), "it cannot be read"),
        },
    };
    let around = around.trim_end_matches('?').trim_end_matches('.');
    let line = error.line().max(1);
    if error.is_eof() {
        let reason = if text.trim().is_empty() { "the file is empty" } else { "the file breaks off there" };
        return wrong(path, line, around.to_owned(), reason);
    }
    let words = error.to_string();
    let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
    let field = field_of(around, reason);
    match reason.split_once("expected struct ") {
        Some((before, _)) if before.starts_with("invalid length") => wrong(path, line, field, "it must be an object"),
        Some((before, _)) => wrong(path, line, field, &format!("{before}expected an object")),
        None => wrong(path, line, field, reason),
    }
}

fn wrong(path: &Path, line: usize, field: String, reason: &str) -> CatalogueError {
    CatalogueError::Malformed { file: path.to_owned(), line, field, reason: reason.to_owned() }
}

/// A missing field is named by the reason alone; everything else stands where reading stopped.
fn field_of(around: &str, reason: &str) -> String {
    let missing = reason.strip_prefix("missing field `").and_then(|it| it.strip_suffix('`'));
    match missing {
        Some(name) if around.is_empty() => name.to_owned(),
        Some(name) => format!("{around}.{name}"),
        None => around.to_owned(),
    }
}

/// The line a field's value begins on, else that of the nearest thing around it. `text` is JSON.
pub(super) fn line_of(text: &str, field: &str) -> usize {
    let (mut at, mut rest) = (text, field);
    while !rest.is_empty() {
        let Some((inner, behind)) = step(at, rest) else { break };
        (at, rest) = (inner, behind);
    }
    let offset = at.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    line_at(text, offset)
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|it| *it == b'\n').count() + 1
}

/// One step into a value: what stands there, and the path from there on.
fn step<'a, 'p>(text: &'a str, path: &'p str) -> Option<(&'a str, &'p str)> {
    if let Some(indexed) = path.strip_prefix('[') {
        let (number, behind) = indexed.split_once(']')?;
        let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        let item = items.get(number.parse::<usize>().ok()?)?;
        return Some((item.get(), behind.trim_start_matches('.')));
    }
    // Names may hold dots themselves, so that of several that fit the longest counts.
    let fields: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let fits = |name: &str| path.strip_prefix(name).filter(|it| it.is_empty() || it.starts_with(['.', '[']));
    let (name, value) = fields.iter().filter(|(name, _)| fits(name).is_some()).max_by_key(|(name, _)| name.len())?;
    Some((value.get(), fits(name)?.trim_start_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2
    #[test]
    fn a_field_is_found_on_the_line_of_its_value() {
        let text = "{\n  \"a\": {\n    \"b.c\": 1,\n    \"b\": [\n      {},\n      { \"d\": \"[0].b\" }\n    ]\n  }\n}";

        for (field, line) in [
            ("a", 2),
            ("a.b.c", 3),
            ("a.b", 4),
            ("a.b[0]", 5),
            ("a.b[1].d", 6),
            ("a.x", 2),
            ("x", 1),
            ("", 1),
            ("a.b[9].d", 4),
        ] {
            assert_eq!(line_of(text, field), line, "{field}");
        }
    }
}
