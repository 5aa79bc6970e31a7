//! Reads plain text: a sentence, a page's words, or the line of a program that repeats an answer within its own words,
//! with the status told in it and the frames of its stack [C1, B8].

use std::borrow::Cow;

use super::said::{Code, CodeField, MAX_WORDS, Said, plain_code};
use super::{json, printed_array, told_status};

/// How many answers a line may repeat.
const MAX_REPEATED: usize = 4;
/// How many braces are tried for the beginning of one.
const MAX_TRIED: usize = 32;

/// A text with all it says: the answer that it repeats tells more than who repeats it.
pub(super) fn read(text: &str, said: &mut Said) {
    let text = super::cut(text, MAX_WORDS);
    let told = told_status::status_in(text);
    said.outcome.status = said.outcome.status.or(told);
    said.outcome.has_error |= begins_with_an_error(text);
    if let Some(printed) = printed_array::as_json(text) {
        json::read(&printed, said);
    }
    let unescaped = without_escapes(text);
    let around = without_repeated(text, said)
        .or_else(|| without_repeated(&unescaped, said))
        .map_or_else(|| Cow::from(text), Cow::from);
    let is_told = said.outcome.has_error && !said.codes.is_empty();
    if !is_told || said.words.trim().is_empty() {
        read_words(&told_status::without_phrases(&around), said);
    }
}

/// Whether a code in capitals that calls itself an error stands before the sentence: `ERR-INVALID-AUTH: ...`.
fn begins_with_an_error(text: &str) -> bool {
    let Some((code, _)) = text.split_once(':') else { return false };
    code.starts_with("ERR")
        && code.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || b"-_".contains(&it))
}

/// The words of a text, and what looks like a code in it.
pub(super) fn read_words(text: &str, said: &mut Said) {
    let text = without_asked(super::cut(text, MAX_WORDS));
    let text = without_wrappers(&text);
    let text = without_places(&text);
    let is_code = |it: &&str| {
        it.len() >= 6
            && it.len() <= 60
            && it.contains('_')
            && !it.starts_with('_')
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
            && it.bytes().filter(u8::is_ascii_digit).count() * 3 < it.len()
    };
    let parts = text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '.' || it == '/'));
    let parts = parts.map(|it| it.trim_matches('.')).filter(|it| !it.contains(['.', '/']));
    for code in parts.filter(is_code).take(8) {
        said.codes.push(Code { field: CodeField::Text, text: code.to_owned(), plain: plain_code(code) });
    }
    said.words_of(&text);
}

/// A string within a string: quotation marks with a stroke before them.
fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains("{\\\"") && !text.contains("\\n") {
        return text.into();
    }
    text.replace("\\\\\"", "\"").replace("\\\"", "\"").replace("\\r", " ").replace("\\n", " ").into()
}

/// Reads every object that the text repeats, and gives what is around them.
fn without_repeated(text: &str, said: &mut Said) -> Option<String> {
    let mut around = String::new();
    let (mut from, mut at, mut found) = (0, 0, 0);
    for _ in 0..MAX_TRIED {
        let Some(open) = text[at..].find('{').map(|it| it + at) else { break };
        at = open + 1;
        let begins = text[at..].trim_start();
        if found == MAX_REPEATED || !begins.starts_with(['"', '\'']) {
            continue;
        }
        let length = json::length_of_object(&text[open..]).or_else(|| length_of_quoted(&text[open..]));
        let Some(length) = length else { continue };
        json::read(&text[open..open + length], said);
        around.push_str(&text[from..open]);
        around.push_str(" | ");
        at = open + length;
        from = at;
        found += 1;
    }
    if found == 0 {
        return None;
    }
    around.push_str(&text[from..]);
    Some(around)
}

/// Up to the brace that closes it, for what is no JSON: single quotation marks, words without any.
fn length_of_quoted(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut before = ' ';
    for (at, it) in text.char_indices() {
        match (quote, it) {
            (Some(open), it) if it == open && before != '\\' => quote = None,
            // The apostrophe of a word opens nothing.
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(it),
            (None, '{') => depth += 1,
            (None, '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        before = it;
    }
    None
}

/// What runtimes and libraries put around every message.
const WRAPPERS: &[&str] = &[
    "SDK.ServerError",
    "SDK.ClientError",
    "Unhandled Exception",
    "unhandled exception",
    "UnhandledPromiseRejection",
    "During handling of the above exception, another exception occurred",
    "An error occurred while attempting to",
];

/// Without them, and with a sentence that goes on in the next line in one piece.
fn without_wrappers(text: &str) -> Cow<'_, str> {
    let mut text = Cow::from(text);
    for wrapper in WRAPPERS {
        if text.contains(wrapper) {
            text = text.replace(wrapper, " ").into();
        }
    }
    // botocore names the operation between the code and the sentence.
    if let Some((start, rest)) = text.split_once("when calling the ")
        && let Some((_, end)) = rest.split_once(" operation")
    {
        text = format!("{start}{end}").into();
    }
    if text.contains(",\n") {
        text = text.replace(",\n", ", ").into();
    }
    text
}

/// Without the files and lines of a stack, and with the last name of a class alone.
fn without_places(text: &str) -> Cow<'_, str> {
    let is_marked = |word: &str| is_place(word) || is_encoded(word) || class_name(word).is_some();
    if !text.split_whitespace().any(is_marked) {
        return text.into();
    }
    let lines = text.lines().map(|line| {
        let mut words: Vec<&str> = Vec::new();
        for word in line.split_whitespace() {
            if is_encoded(word) {
                continue;
            }
            if !is_place(word) {
                words.push(class_name(word).unwrap_or(word));
            } else if words.len() >= 2 && words[words.len() - 2] == "at" {
                // The function of that frame.
                words.truncate(words.len() - 2);
            }
        }
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n").into()
}

/// `OAuthController.php:165`, `(/app/node_modules/openid-client/lib/client.js:902:15)`.
fn is_place(word: &str) -> bool {
    const FILES: &[&str] =
        &["rb", "py", "php", "js", "mjs", "cjs", "ts", "java", "kt", "go", "cs", "rs", "ex", "swift"];
    word.match_indices('.').any(|(at, _)| {
        let rest = &word[at + 1..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let line = rest[end..].strip_prefix([':', '(']);
        FILES.contains(&&rest[..end]) && line.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    })
}

/// A request that is repeated as one word: `GET&https%3A%2F%2Fapi.example%2Fme&oauth_token%3D…`.
fn is_encoded(word: &str) -> bool {
    word.matches('%').count() >= 4
}

/// The last part of the name of an exception's class: the packages before it say nothing.
fn class_name(word: &str) -> Option<&str> {
    let plain = word.trim_end_matches(|it: char| !it.is_ascii_alphanumeric());
    let name = plain.rsplit(['.', '\\', ':', '(', '"', '\'']).next()?;
    let packages = &plain[..plain.len() - name.len()];
    (["Exception", "Error", "Required", "Fault"].iter().any(|it| name.ends_with(it))
        && packages.matches(['.', '\\', ':']).count() >= 2
        && packages.chars().all(|it| it.is_ascii_alphanumeric() || "._\\:$(\"'".contains(it)))
    .then(|| &word[packages.len()..])
}

/// The parameters of a request, which pages repeat: they are not what is wrong.
const ASKED: &[&str] = &[
    "access_type",
    "acr_values",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "flowname",
    "hd",
    "include_granted_scopes",
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
    "service",
    "o2v",
    "flowName",
];

/// Without the parameters of the request.
fn without_asked(text: &str) -> std::borrow::Cow<'_, str> {
    let is_asked = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| ASKED.contains(&name.trim_start_matches(['?', '&', '"'])))
    };
    if !text.contains('=') || !text.split_whitespace().any(is_asked) {
        return text.into();
    }
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !is_asked(word)).collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n").into()
}
