//! Token answers as they come over the wire: JSON, form, or something else [S057, S058, S059].

use std::borrow::Cow;
use std::fmt;

use domain::Secret;
use domain::token::token_response::{AnswerFields, hold_refresh_token};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::unread_tokens::{Named, as_it_reads, dereferenced, named_tokens, names_field, unwrapped};

/// An answer has three; a few have as many again for a second party.
const MOST_TOKENS: usize = 12;
/// Of small letters alone; a shorter one is a word.
const SHORTEST_TOKEN: usize = 16;
/// Deeper than any honest token answer.
const MAX_DEPTH: usize = 32;
/// Objects looked at in an answer that is none itself.
const MAX_OBJECTS: usize = 16;
/// A string in a string in a string.
const DEEPEST_SPELLING: usize = 3;

/// A body as text: UTF-8, or UTF-16.
pub(super) fn text_of(body: &[u8]) -> Cow<'_, str> {
    let Some((is_big, rest)) = utf16(body) else { return String::from_utf8_lossy(body) };
    let unit = |pair: &[u8; 2]| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let units = rest.as_chunks::<2>().0.iter().map(unit);
    char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

pub(super) fn is_utf16(body: &[u8]) -> bool {
    utf16(body).is_some()
}

/// By its byte order mark, or by the zeros between its first letters (RFC 4627 §3); whether the high byte goes first.
fn utf16(body: &[u8]) -> Option<(bool, &[u8])> {
    match body {
        [0xfe, 0xff, rest @ ..] => Some((true, rest)),
        [0xff, 0xfe, rest @ ..] => Some((false, rest)),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some((true, body)),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some((false, body)),
        _ => None,
    }
}

/// Reads the top level of an answer, or `None` when it is neither JSON nor, where allowed, a form. What
/// breaks off or goes wrong in one field costs that field, never those that were readable: one of them may
/// be a rotated refresh token, which exists nowhere else [S059].
pub(super) fn read_fields(text: &str, content_type: Option<&str>, may_be_form: bool) -> Option<AnswerFields> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let media_type = content_type.and_then(|it| it.split(';').next()).map(|it| it.trim().to_ascii_lowercase());
    let is_json_type = media_type.as_deref().is_some_and(|it| it == "application/json" || it.ends_with("+json"));

    if text.starts_with('{') {
        let read = json_object(text, !is_json_type);
        return (!read.fields.is_empty()).then_some(read);
    }
    let is_form_type = media_type.as_deref() == Some("application/x-www-form-urlencoded");
    if (may_be_form || is_form_type) && text.contains('=') && !text.starts_with('<') {
        let fields = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        return Some(AnswerFields { fields, has_wrong_content_type: !is_form_type, is_whole: true });
    }
    None
}

/// The JSON objects that stand in a text, the outer before the inner, each as far as it can be read: in a list, in another
/// object, behind a line that keeps scripts out, in a page. A text in which no token is named holds none.
pub(super) fn objects_within(text: &str) -> Vec<AnswerFields> {
    let Some(last_token) = text.to_ascii_lowercase().rfind("token") else { return vec![] };
    let begins_object = |at: &usize| text[*at + 1..].trim_start().starts_with('"');
    let begins = text.match_indices('{').map(|(at, _)| at).take_while(|at| *at < last_token).filter(begins_object);
    begins.take(MAX_OBJECTS).map(|at| json_object(&text[at..], false)).collect()
}

/// The same, and those that stand in it in another spelling.
pub(super) fn objects_anywhere(text: &str) -> Vec<AnswerFields> {
    spellings(text).iter().flat_map(|it| objects_within(it)).collect()
}

/// Whether an answer has a field for what went wrong, or for how it went at all: at any depth, in any notation. A page for
/// people has none.
pub(super) fn names_error(body: &[u8]) -> bool {
    const OUTCOMES: [&str; 9] = ["code", "sub_code", "success", "status", "ok", "result", "ret", "retcode", "reason"];
    let text = text_of(body).to_ascii_lowercase();
    if ["<html", "<!doctype html", "<body"].iter().any(|it| text.contains(it)) && text.trim_start().starts_with('<') {
        return false;
    }
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let mut rest = &*text;
    while let Some(at) = rest.find(is_of_name) {
        let (before, from) = rest.split_at(at);
        let (name, after) = from.split_at(from.find(|it| !is_of_name(it)).unwrap_or(from.len()));
        let next = after.trim_start_matches(['"', '\'', '\\']).trim_start();
        let is_element = before.ends_with(['<', ':']) && after.starts_with(['>', ' ']);
        let is_field = next.starts_with([':', '=']) || is_element;
        if is_field
            && (name.starts_with("err") || name.contains("error") || name.contains("fault") || OUTCOMES.contains(&name))
        {
            return true;
        }
        rest = after;
    }
    false
}

/// A text, and what stands in it in another spelling, in that again, and so on.
fn spellings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    let mut last = 0;
    for _ in 0..DEEPEST_SPELLING {
        let deeper: Vec<_> = all[last..].iter().flat_map(|it| spelled_out(it)).take(MAX_OBJECTS).collect();
        last = all.len();
        all.extend(deeper);
    }
    all
}

/// What stands in a text in another spelling: quoted as a page quotes, inside a string of JSON, in base 64, between tags.
fn spelled_out(text: &str) -> Vec<String> {
    let mut all: Vec<_> = dereferenced(text).into_iter().collect();
    if let Ok(value) = serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        texts_within(&value, &mut all);
    }
    all.extend(unwrapped(text));
    all
}

/// What in a text, in any spelling, stands behind the name of a token and looks like one.
pub(super) fn hinted_tokens(text: &str, named: Named) -> Vec<Secret> {
    spellings_and_readings(text).iter().flat_map(|it| named_tokens(it, named)).collect()
}

/// Whether a text, in any spelling, has a field that is named after a token.
pub(super) fn names_token_field(text: &str) -> bool {
    spellings_and_readings(text).iter().any(|it| names_field(it))
}

fn spellings_and_readings(text: &str) -> Vec<String> {
    let mut all = spellings(text);
    all.extend(all.iter().filter_map(|it| as_it_reads(it)).collect::<Vec<_>>());
    all
}

/// Whether a token stands there twice, and not alike: which of them counts cannot be told.
pub(super) fn is_ambiguous(answer: &AnswerFields) -> bool {
    let named = |it: &&(String, Value)| is_called_token(&it.0);
    let mut tokens = answer.fields.iter().filter(named);
    tokens.any(|(name, value)| answer.fields.iter().any(|(other, it)| other == name && it != value))
}

/// The fields of an address that names a token: of its query, and of what stands behind its `#`.
pub(super) fn fields_of_address(address: &str) -> Option<AnswerFields> {
    let parts = address.split(['?', '#']).skip(1).flat_map(|it| url::form_urlencoded::parse(it.as_bytes()));
    let fields: Vec<_> = parts.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    let names_token = fields.iter().any(|(name, _)| is_called_token(name));
    names_token.then_some(AnswerFields { fields, has_wrong_content_type: false, is_whole: true })
}

fn texts_within(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains('{') && all.len() < MAX_OBJECTS => all.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|it| texts_within(it, all)),
        Value::Object(fields) => fields.values().for_each(|it| texts_within(it, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a token is named in a body as a field of JSON is.
pub(super) fn names_token(body: &[u8]) -> bool {
    spellings(&text_of(body)).iter().any(|it| names_token_as_written(it))
}

fn names_token_as_written(text: &str) -> bool {
    let plain: String = text.chars().filter(|it| !matches!(it, '_' | '-') && !it.is_whitespace()).collect();
    let plain = plain.to_ascii_lowercase();
    plain.contains("accesstoken\":") || plain.contains("refreshtoken\":")
}

/// What an answer calls a token, at any depth, whether it can be used or not.
pub(super) fn tokens_in(answer: &AnswerFields) -> Vec<Secret> {
    let mut gathered = Gathered::default();
    answer.fields.iter().for_each(|(name, value)| gathered.add(name, value));
    gathered.all
}

#[derive(Default)]
struct Gathered {
    all: Vec<Secret>,
}

impl Gathered {
    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if is_called_token(name) && !is_words(text) => {
                if self.all.len() < MOST_TOKENS {
                    self.all.push(Secret::new(text.clone()));
                }
            }
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.add(name, value)),
            Value::Array(list) => list.iter().for_each(|value| self.add(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// What is said of a token, in its place: "invalid", "The refresh token is invalid.", nothing.
fn is_words(text: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_lowercase() || it == '_';
    text.contains(char::is_whitespace) || text.len() < SHORTEST_TOKEN && text.chars().all(is_letter)
}

/// However it is spelled: `refresh_token`, `refreshToken`, `Token`.
fn is_called_token(name: &str) -> bool {
    name.get(name.len().saturating_sub(5)..).is_some_and(|end| end.eq_ignore_ascii_case("token"))
}

/// Whether a body is JSON from beginning to end.
pub(super) fn is_json(body: &[u8]) -> bool {
    serde_json::from_str::<IgnoredAny>(text_of(body).trim_start_matches('\u{feff}')).is_ok()
}

/// Whether a body is meant for people, rather than a token answer that cannot be read.
pub(super) fn looks_like_a_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// Whether a body is no text at all: compressed, as a rule.
pub(super) fn is_binary(body: &[u8]) -> bool {
    body.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

/// Whether a body is an answer whatever the connection does after it: JSON to its closing brace, or an object in which a
/// refresh token can be read to its end. That one exists nowhere else.
pub(super) fn is_enough(body: &[u8]) -> bool {
    let text = text_of(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
        || objects_within(text).iter().any(|it| hold_refresh_token(&it.fields))
}

/// Whether a JSON object ends before its closing brace: what is not in it may have been in the rest.
pub(super) fn breaks_off(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::Deserializer::from_str(text)
            .into_iter::<IgnoredAny>()
            .next()
            .is_some_and(|read| read.is_err_and(|error| error.is_eof()))
}

/// The fields in order, repeats included, up to where the text stops being JSON. A value that is itself
/// unreadable, or bottomless, stands as null.
fn json_object(text: &str, has_wrong_content_type: bool) -> AnswerFields {
    let (mut fields, text) = (Vec::new(), without_raw_controls(text));
    let read = TopLevel(&mut fields).deserialize(&mut serde_json::Deserializer::from_str(&text));
    // What was read before it broke off stands.
    AnswerFields { is_whole: read.is_ok(), has_wrong_content_type, fields }
}

/// A raw control character inside a string is an error in JSON; U+FFFD in its place keeps the rest readable,
/// and a token that holds it stays unusable.
fn without_raw_controls(text: &str) -> String {
    let (mut is_in_string, mut is_escaped) = (false, false);
    text.chars()
        .map(|it| {
            let was_escaped = is_escaped;
            is_escaped = is_in_string && it == '\\' && !was_escaped;
            if it == '"' && !was_escaped {
                is_in_string = !is_in_string;
            }
            if is_in_string && it.is_control() { char::REPLACEMENT_CHARACTER } else { it }
        })
        .collect()
}

/// Reads an object into the list it is given, so that an error keeps what came before it.
struct TopLevel<'a>(&'a mut Vec<(String, Value)>);

impl<'de> DeserializeSeed<'de> for TopLevel<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
            let value = serde_json::from_str(raw.get()).ok().filter(|value| depth(value) <= MAX_DEPTH);
            self.0.push((name, value.unwrap_or(Value::Null)));
        }
        Ok(())
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
    use domain::diagnosis::CauseLabel;

    use super::*;

    /// S059
    #[test]
    fn repeated_fields_are_seen() {
        let answer = read_fields(r#"{"a":1,"a":2}"#, Some("application/json; charset=utf-8"), false).unwrap();

        assert_eq!(answer.fields.len(), 2);
        assert!(!answer.has_wrong_content_type);
    }

    /// S058
    #[test]
    fn a_page_is_no_answer_and_json_under_a_wrong_type_is_one() {
        assert!(read_fields("<!doctype html><a href='?a=b'>", Some("text/html"), true).is_none());
        assert!(read_fields("", None, true).is_none());
        assert!(
            read_fields(&text_of(b"\xff\xfe{"), Some("application/json"), false).is_none(),
            "half a letter, and not JSON"
        );
        assert!(read_fields(r#"{"a":1}"#, Some("text/html"), false).unwrap().has_wrong_content_type);
    }

    /// A2: some answers come as a form, unless asked otherwise.
    #[test]
    fn a_form_is_read_where_it_is_expected() {
        let form = "access_token=gho_x&scope=repo%2Cgist&token_type=bearer";

        assert!(read_fields(form, Some("text/plain"), false).is_none());
        assert_eq!(read_fields(form, Some("text/plain"), true).unwrap().fields[1].1, "repo,gist");
    }

    /// S059, F10: whatever is wrong beside it, a readable refresh token is read.
    #[test]
    fn a_refresh_token_is_read_out_of_any_wreck() {
        let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
        let wrecks = [
            r#"{"refresh_token":"r","expires_in":1e400}"#.to_owned(),
            format!(r#"{{"odd":{deep},"refresh_token":"r"}}"#),
            "{\"note\":\"a\nb\",\"refresh_token\":\"r\"}".to_owned(),
            r#"{"odd":"\ud800","refresh_token":"r"}"#.to_owned(),
            "{\"refresh_token\":\"r\"}\n<br />Notice: something".to_owned(),
            r#"{"refresh_token":"r","rest":"#.to_owned(),
        ];

        for wreck in wrecks {
            let answer = read_fields(&wreck, Some("application/json"), false).unwrap();
            let token = answer.fields.iter().find(|(name, _)| name == "refresh_token");
            assert_eq!(token.map(|(_, value)| value), Some(&Value::from("r")), "read from {wreck}");
        }
        let latin = b"{\"name\":\"M\xfcller\",\"refresh_token\":\"r\"}";
        assert_eq!(read_fields(&text_of(latin), None, false).unwrap().fields[1].1, "r");
    }

    /// S059: the end may be missing, the refresh token may not.
    #[test]
    fn a_body_is_enough_when_its_refresh_token_is_whole() {
        for enough in [r#"{"a":1}"#, r#"{"refresh_token":"r","rest":"#, "{\"refresh_token\":\"r\",\"expires_in\":36"] {
            assert!(is_enough(enough.as_bytes()), "{enough}");
        }
        for short in [
            "",
            "<html>",
            r#"{"access_token":"a","#,
            r#"{"access_token":"a","refresh_token":"r"#,
            r#"{"refresh_token":"""#,
        ] {
            assert!(!is_enough(short.as_bytes()), "{short}");
        }
        assert!(breaks_off(r#"{"access_token":"a","refresh_token":"r"#) && breaks_off(r#" {"a":"#));
        for whole in [r#"{"a":1}"#, "{\"a\":1}\n<br />Notice", r#"{"a":1,,}"#, "<html>", ""] {
            assert!(!breaks_off(whole), "{whole}");
        }
    }

    /// S059: whatever stands around it.
    #[test]
    fn an_object_is_found_inside_anything() {
        let answer = r#"{"access_token":"a","refresh_token":"r"}"#;
        for text in [
            format!("[{answer}]"),
            format!(r#"{{"data":{answer}}}"#),
            format!(r#"{{"data":{{ "more":{{"result":[1,{answer}]}}}}}}"#),
            format!(")]}}'\n{answer}"),
            format!("while(1);{answer}"),
            format!("callback({answer});"),
            format!("<html><style>a {{ color: red }}</style><pre>{answer}</pre></html>"),
            format!("<script>var a = {{\"b\": 1}};</script>{answer}"),
            format!("[{}", &answer[..answer.len() - 1]),
        ] {
            let found = objects_within(&text);
            let all: Vec<_> = found.iter().filter(|it| hold_refresh_token(&it.fields)).collect();
            assert_eq!(all.len(), 1, "{text}");
            assert!(all[0].fields.contains(&("refresh_token".to_owned(), "r".into())), "{text}");
            assert_eq!(all[0].is_whole, text.contains(answer), "{text}");
            assert!(is_enough(text.as_bytes()), "{text}");
        }
        assert!(objects_within("<html>{\"a\":1}</html>").is_empty(), "no token is named");
        assert!(objects_within(&"{\"a\":".repeat(1000)).len() <= MAX_OBJECTS);
        assert!(objects_within(&format!("{}\"token\"", "{\"a\":".repeat(1000))).len() <= MAX_OBJECTS);
    }

    /// S059: quoted as a page quotes, or a string of JSON inside JSON.
    #[test]
    fn an_object_in_another_spelling_is_found() {
        let answer = r#"{"access_token":"a&b","refresh_token":"r"}"#;
        let quoted = answer.replace('&', "&amp;").replace('"', "&quot;");
        for text in [
            format!("<html><body><pre>{quoted}</pre></body></html>"),
            serde_json::to_string(answer).unwrap(),
            serde_json::json!({ "statusCode": 200, "body": answer }).to_string(),
            serde_json::json!({ "body": serde_json::to_string(answer).unwrap() }).to_string(),
            format!("<pre>{}</pre>", quoted.replace('&', "&amp;")),
        ] {
            let objects = objects_anywhere(&text);
            let found = objects.iter().filter(|it| it.fields.contains(&("access_token".to_owned(), "a&b".into())));
            assert_eq!(found.count(), 1, "{text}");
            assert!(names_token(text.as_bytes()), "{text}");
        }
        assert!(spelled_out("<p>no token: expires_in</p>").is_empty() && !names_token(b"<p>expires_in</p>"));
    }

    /// B8, S058: a success refuses only where it says that something went wrong.
    #[test]
    fn an_error_is_named_by_a_field_and_by_no_word() {
        let mut missed = vec![];
        for named in [r#"{"errcode":40030,"errmsg":"invalid"}"#, r#"{"success":false}"#, r#"{"code":1,"message":"m"}"#]
        {
            assert!(names_error(named.as_bytes()), "{named}");
        }
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
        for file in std::fs::read_dir(corpus).unwrap().map(|it| it.unwrap().path()) {
            if file.extension().is_none_or(|it| it != "jsonl") {
                continue;
            }
            for line in std::fs::read_to_string(&file).unwrap().lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                let is_success = row["http_status"].as_u64().is_some_and(|it| (200..300).contains(&it));
                let is_of_token = row["endpoint"].as_str().is_some_and(|it| it.starts_with("token"));
                let cause = row["expected_cause"].as_str().and_then(CauseLabel::from_text);
                let is_refusal = cause.is_some_and(|it| {
                    !it.is_transient() && ![CauseLabel::NoFailure, CauseLabel::ExpiresInInvalid].contains(&it)
                });
                let body = row["body"].as_str().unwrap_or_default();
                if is_success && is_of_token && is_refusal && !names_error(body.as_bytes()) {
                    missed.push(format!("{}: {}", row["id"], body));
                }
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
        let page = r#"{"statusCode":502,"body":"<html>Your session expired</html>"}"#;
        for not_named in
            [page, r#"{"message":"refresh_token_expires_in missing"}"#, "<html>error</html>", "\"error\"", ""]
        {
            assert!(!names_error(not_named.as_bytes()), "{not_named}");
        }
    }

    /// A3, C1, S137: what is said of a token in its place stays legible, and is none.
    #[test]
    fn words_in_a_tokens_place_are_no_token() {
        let brought = |text: &str| tokens_in(&read_fields(text, Some("application/json"), false).unwrap()).len();

        assert_eq!(brought(r#"{"error":"invalid_grant","token":"invalid","refresh_token":""}"#), 0);
        assert_eq!(brought(r#"{"errors":{"refresh_token":["The refresh token is invalid."]}}"#), 0);
        assert_eq!(brought(r#"{"access_token":"at-new","data":{"refreshToken":"abcdefghijklmnopqrst"}}"#), 2);
    }

    /// S058, S059: RFC 8259 §8.1 wants UTF-8, and Windows servers know UTF-16.
    #[test]
    fn utf16_is_read_by_its_mark_or_its_zeros() {
        let answer = r#"{"name":"Müller 🙂","refresh_token":"r"}"#;
        let units = || answer.encode_utf16();
        let (little, big): (Vec<u8>, Vec<u8>) =
            (units().flat_map(u16::to_le_bytes).collect(), units().flat_map(u16::to_be_bytes).collect());
        for body in [[&[0xff, 0xfe], &little[..]].concat(), [&[0xfe, 0xff], &big[..]].concat(), little, big] {
            assert_eq!(text_of(&body), answer);
            assert!(is_utf16(&body) && is_enough(&body));
            assert!(!is_enough(&body[..body.len() - 6]), "cut inside the token");
        }
        assert!(!is_utf16(answer.as_bytes()) && !is_utf16(b"{\0") && !is_utf16(b""));
    }

    /// S061: a raw line break does not turn into something a header may carry.
    #[test]
    fn a_token_with_a_raw_line_break_stays_unusable() {
        let answer = read_fields("{\"access_token\":\"a\nb\"}", Some("application/json"), false).unwrap();

        assert!(answer.fields[0].1.as_str().unwrap().contains('\u{fffd}'));
    }
}
