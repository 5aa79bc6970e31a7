//! Reads what PHP and Ruby print of an answer that they have parsed already: `["error"]=> string(5) "x"`,
//! `[error] => x`, `"error" => "x"`, `:error=>"x"` [C1, B8].

use serde_json::{Map, Value};

/// How many arrows are looked at.
const MAX_ARROWS: usize = 64;
const ARROW: &str = "=>";

/// The same as JSON: names and plain values, whatever they were nested in. Nothing where no name stands before an arrow.
pub(super) fn as_json(text: &str) -> Option<String> {
    let arrows: Vec<usize> = text.match_indices(ARROW).map(|(at, _)| at).take(MAX_ARROWS).collect();
    let mut fields = Map::new();
    for (nth, arrow) in arrows.iter().enumerate() {
        let Some((name, _)) = name_before(&text[..*arrow]) else { continue };
        let from = arrow + ARROW.len();
        let next = arrows.get(nth + 1).copied();
        let until = next.and_then(|it| name_before(&text[..it])).map_or(text.len(), |(_, start)| start.max(from));
        if let Some(value) = value(&text[from..until]) {
            fields.entry(name.to_owned()).or_insert(value);
        }
    }
    (!fields.is_empty()).then(|| Value::Object(fields).to_string())
}

/// Whether a text is such an answer, and nothing before it.
pub(super) fn is_printed(text: &str) -> bool {
    const BEGINNINGS: [&str; 4] = ["array(", "array:", "Array", "["];
    text.contains(ARROW) && BEGINNINGS.iter().any(|it| text.starts_with(it)) && as_json(text).is_some()
}

/// The name with which a text ends, in quotes, in brackets or behind a colon; and where it begins.
fn name_before(text: &str) -> Option<(&str, usize)> {
    let marked = text.trim_end();
    let name_end = marked.trim_end_matches(['"', '\'', ']']);
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    let name_start = name_end.trim_end_matches(is_name).len();
    let before = text[..name_start].trim_end_matches(['"', '\'', '[', ':']);
    let is_marked = name_end.len() < marked.len() || before.len() < name_start;
    let name = name_end.get(name_start..)?;
    (is_marked && name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')).then_some((name, before.len()))
}

/// A number, a flag or a text, with what says its type before it; nothing of what is nested.
fn value(printed: &str) -> Option<Value> {
    let printed = printed.trim();
    let typed = ["int(", "float(", "bool("].iter().find_map(|it| printed.strip_prefix(it));
    if let Some(typed) = typed {
        return plain(typed.split(')').next()?.trim());
    }
    let quoted = match printed.strip_prefix("string(") {
        Some(rest) => rest.split_once(')')?.1.trim_start(),
        None => printed,
    };
    if let Some(quote) = quoted.chars().next().filter(|it| matches!(it, '"' | '\'')) {
        return Some(quoted[1..].split(quote).next()?.into());
    }
    let is_nested = ["array", "Array", "{", "[", "object(", "stdClass"].iter().any(|it| printed.starts_with(it));
    let line = printed.lines().next()?.trim().trim_end_matches([',', ')', '}', ']']).trim();
    (!is_nested && !line.is_empty()).then(|| plain(line).unwrap_or_else(|| line.into()))
}

fn plain(text: &str) -> Option<Value> {
    match text {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        number => number.parse::<i64>().ok().map(Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1: three programs print the same answer in three ways.
    #[test]
    fn printed_answers_are_read_as_they_were() {
        let wanted = serde_json::json!({"code": 17, "message": "Token expired, sign in"});
        let read = |text: &str| serde_json::from_str::<Value>(&as_json(text).unwrap()).unwrap();

        assert_eq!(read("array:2 [\n  \"code\" => 17\n  \"message\" => \"Token expired, sign in\"\n]"), wanted);
        assert_eq!(read("Array\n(\n    [code] => 17\n    [message] => Token expired, sign in\n)\n"), wanted);
        assert_eq!(read("[code] => 17 [message] => Token expired, sign in"), wanted);
        assert_eq!(
            read("array(2) { [\"code\"]=> int(17) [\"message\"]=> string(22) \"Token expired, sign in\" }"),
            wanted
        );
        assert_eq!(read("{:code=>17, :message=>\"Token expired, sign in\"}"), wanted);
    }

    /// C1: an arrow in a sentence is none of it.
    #[test]
    fn a_sentence_with_an_arrow_is_no_answer() {
        assert_eq!(as_json("Settings => Apps => Tokens"), None);
        assert_eq!(as_json("=>"), None);
        assert_eq!(as_json("é=> ü\"=> 'ö"), None);
    }
}
