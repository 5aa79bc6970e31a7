//! Refresh tokens that an answer holds, or seems to hold, in no field that can be read: in base 64, among tags, in plain
//! words [A5, S059].

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use domain::Secret;

use super::wire::text_of;

/// Shorter, it holds no token answer.
const SHORTEST_ENCODED: usize = 40;
/// Runs that are decoded.
const MAX_ENCODED: usize = 16;
/// Of a token, as far as it is told by its looks.
const SHORTEST_TOKEN: usize = 16;
/// From a token's name to the token itself.
const FURTHEST_VALUE: usize = 200;
/// Tokens that are looked for by their names.
const MOST_NAMED: usize = 16;
/// A reference to a letter, from its ampersand to its semicolon.
const LONGEST_REFERENCE: usize = 12;
/// What a token, its name and its quotes may be spelled with in a page, besides the numbers of their letters.
const REFERENCES: [(&str, char); 13] = [
    ("quot", '"'),
    ("apos", '\''),
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("colon", ':'),
    ("comma", ','),
    ("lowbar", '_'),
    ("nbsp", ' '),
];
/// Tags inside a word: what stands around them is one.
const WITHIN_WORDS: [&str; 24] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "code", "em", "font", "i", "kbd", "mark", "nobr", "q", "s", "samp", "shy",
    "small", "span", "strong", "tt", "u", "var", "wbr",
];
/// Base 64 as anybody writes it: padded or not, and cut.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// What stands between a name and its value where people read them.
const MARKUP: [&str; 26] = [
    "td", "th", "tr", "span", "b", "i", "em", "strong", "code", "pre", "p", "div", "li", "dd", "dt", "br", "input",
    "value", "name", "type", "text", "hidden", "string", "key", "is", "nbsp",
];

/// What a text holds besides itself: what stands there in base 64, spelled as in an address, or between tags.
pub(super) fn unwrapped(text: &str) -> Vec<String> {
    let mut all = decoded(text);
    all.extend(without_tags(text));
    if text.contains("%22") || text.contains("%7B") {
        let pairs = url::form_urlencoded::parse(text.as_bytes()).flat_map(|(name, value)| [name, value]);
        all.extend(pairs.filter(|it| it.contains('{')).map(std::borrow::Cow::into_owned).take(MAX_ENCODED));
    }
    all
}

/// The texts that stand in base 64. One with a point beside it is a part of a JWT.
fn decoded(text: &str) -> Vec<String> {
    let is_encoded = |it: char| it.is_ascii_alphanumeric() || "+/-_=".contains(it);
    let mut text = text.trim().replace("\\/", "/").replace("\\r", "").replace("\\n", "");
    if text.chars().all(|it| is_encoded(it) || it.is_whitespace()) {
        text.retain(is_encoded);
    }
    let runs = text.split(|it| !is_encoded(it) && it != '.').filter(|it| it.len() >= SHORTEST_ENCODED);
    let decoded = runs.filter(|it| !it.contains('.')).filter_map(|run| {
        let plain: String = run.trim_end_matches('=').replace('-', "+").replace('_', "/");
        // Behind a name and its equals sign.
        let plain = plain.rsplit('=').next().unwrap_or_default();
        // One letter alone holds no byte.
        let whole = if plain.len() % 4 == 1 { &plain[..plain.len() - 1] } else { plain };
        let bytes = LENIENT.decode(whole).ok()?;
        let text = text_of(&bytes).into_owned();
        text.to_ascii_lowercase().contains("token").then_some(text)
    });
    decoded.take(MAX_ENCODED).collect()
}

/// A text with its references to letters resolved, each once; `None` where it has none that could spell a token.
pub(super) fn dereferenced(text: &str) -> Option<String> {
    const SPELLING: [&str; 8] = ["&#", "&quot;", "&apos;", "&lcub;", "&lbrace;", "&lowbar;", "&amp;quot;", "&amp;#"];
    if !SPELLING.iter().any(|it| text.contains(it)) {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = referenced(rest).unwrap_or(('&', 1));
        plain.push(letter);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    Some(plain)
}

/// The letter that a reference at the beginning of a text stands for, and how long the reference is.
fn referenced(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(LONGEST_REFERENCE).position(|it| it == b';')?;
    let name = &text[1..end];
    let letter = match name.strip_prefix('#') {
        Some(number) => char::from_u32(match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        })?,
        None => REFERENCES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((letter, end + 1))
}

/// A page or XML as it reads: an element that is named after a token begins with its name, what its tags cut in two is
/// whole, and each cell stands in a line of its own. `None` where nothing is marked up.
pub(super) fn as_it_reads(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut is_marked) = (text, false);
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(inside) = from.strip_prefix("<![CDATA[") {
            let (data, behind) = inside.split_once("]]>").unwrap_or((inside, ""));
            plain.push_str(data);
            (rest, is_marked) = (behind, true);
            continue;
        }
        if let Some(comment) = from.strip_prefix("<!--") {
            (rest, is_marked) = (comment.split_once("-->").map_or("", |(_, behind)| behind), true);
            continue;
        }
        let is_tag = from[1..].starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '/' | '!' | '?'));
        let Some(end) = from.find('>').filter(|_| is_tag) else {
            plain.push('<');
            rest = &from[1..];
            continue;
        };
        let name = from[1..end].split(|it: char| it.is_whitespace()).next().unwrap_or_default();
        let local = name.trim_end_matches('/').rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
        if local.contains("token") && !name.starts_with('/') {
            plain.extend(["\n", &local, ":"]);
        } else if !WITHIN_WORDS.contains(&local.trim_start_matches('/')) {
            plain.push('\n');
        }
        (rest, is_marked) = (&from[end + 1..], true);
    }
    plain.push_str(rest);
    is_marked.then_some(plain)
}

/// A page as it is read, where an object in it is marked up.
fn without_tags(text: &str) -> Option<String> {
    let object = text.get(text.find('{')?..text.rfind('}')?)?;
    if !text.trim_start().starts_with('<') || !object.contains('<') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain.push_str(before);
        let is_tag = tag[1..].starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '/' | '!'));
        match tag.find('>').filter(|_| is_tag) {
            Some(end) => rest = &tag[end + 1..],
            None => {
                plain.push('<');
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    Some(plain)
}

/// The tokens that an answer brings, by the first word of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Access,
    Refresh,
}

/// What stands behind the name of a token and looks like one, in whatever notation: enough to know that one may have come,
/// and never enough to use it.
pub(super) fn named_tokens(text: &str, named: Named) -> Vec<Secret> {
    let behind_names = ends_of_names(text, named);
    behind_names.into_iter().filter_map(|at| value_behind(&text[at..])).take(MOST_NAMED).map(Secret::new).collect()
}

/// Whether a token's name stands in a text as that of a field: in one word.
pub(super) fn names_field(text: &str) -> bool {
    [Named::Access, Named::Refresh].iter().any(|it| !ends_of_names(text, *it).is_empty())
}

/// Where names of a token end: `refresh_token`, `refreshToken`, `new-refresh-token`; in a line of its own also in two words.
fn ends_of_names(text: &str, named: Named) -> Vec<usize> {
    let first = match named {
        Named::Access => "access",
        Named::Refresh => "refresh",
    };
    let small = text.to_ascii_lowercase();
    let ends = small.match_indices(first).filter_map(|(at, name)| {
        let behind = &small[at + name.len()..];
        let rest = behind.strip_prefix(['_', '-', ' ']).unwrap_or(behind).strip_prefix("token")?;
        let end = small.len() - rest.len();
        let is_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
        let before = small[..at].trim_end_matches(['_', '-']);
        let is_another = small[..at].ends_with(is_of_name)
            && !["new", "next", "updated", "rotated"].iter().any(|it| before.ends_with(it));
        let is_closing = small[..at].ends_with('/');
        let is_line = small[..at].ends_with('\n') && rest.trim_start_matches([':', ' ']).starts_with('\n');
        let is_in_two = behind.starts_with(' ') && !is_line;
        (!is_another && !is_closing && !is_in_two && !rest.starts_with(is_of_name)).then_some(end)
    });
    ends.collect()
}

fn value_behind(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|it: char| !it.is_ascii_alphanumeric());
        if rest.is_empty() || text.len() - rest.len() > FURTHEST_VALUE {
            return None;
        }
        let of_word = |it: char| it.is_ascii_alphanumeric() || "-._~+/".contains(it);
        let word = &rest[..rest.find(|it| !of_word(it)).unwrap_or(rest.len())];
        let is_markup = MARKUP.iter().any(|it| it.eq_ignore_ascii_case(word.trim_matches(['/', '.'])));
        if !is_markup {
            return looks_like_a_token(word, &rest[word.len()..]).then_some(word);
        }
        rest = &rest[word.len()..];
    }
}

/// Letters and digits, drawn by lot; one that is masked or cut is none.
fn looks_like_a_token(word: &str, behind: &str) -> bool {
    word.len() >= SHORTEST_TOKEN
        && word.contains(|it: char| it.is_ascii_digit())
        && word.contains(|it: char| it.is_ascii_alphabetic())
        && !word.ends_with("..")
        && !behind.starts_with(['*', '…'])
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD as PADDED, URL_SAFE_NO_PAD};

    use super::*;

    const ANSWER: &str = r#"{"access_token":"at-new","token_type":"Bearer","refresh_token":"rt/new"}"#;

    /// S059: by itself, in lines, in a field, behind a name, with the alphabet of addresses.
    #[test]
    fn what_stands_in_base_64_is_read() {
        let padded = PADDED.encode(ANSWER);
        let lines = padded.as_bytes().chunks(20).map(|it| str::from_utf8(it).unwrap()).collect::<Vec<_>>().join("\r\n");
        for text in [
            padded.clone(),
            lines,
            URL_SAFE_NO_PAD.encode(ANSWER),
            serde_json::json!({ "data": padded }).to_string(),
            format!(r#"{{"data":"{}"}}"#, padded.replace('/', "\\/")),
            format!("data={padded}"),
            format!("<pre>{padded}</pre>"),
        ] {
            assert_eq!(unwrapped(&text), [ANSWER], "{text}");
        }
        assert!(unwrapped(&padded[..padded.len() - 7])[0].contains("refresh_token"), "cut");
        assert!(unwrapped(&format!("eyJhbGciOiJub25lIn0.{padded}.")).is_empty(), "a part of a JWT");
        assert!(unwrapped(&"c29tZSB3b3JkcyB0aGF0IGFyZSBub25lIG9mIHRoYXQ=".repeat(2)).is_empty(), "words");
    }

    /// S059: marked up for people, or spelled as in an address.
    #[test]
    fn what_stands_between_tags_is_read() {
        let marked =
            "<html><body><pre>{<br/>\n<b>\"refresh_token\"</b>: <span class=\"s\">\"rt-<wbr>new\"</span> }</pre>";
        assert_eq!(unwrapped(marked), ["{\n\"refresh_token\": \"rt-new\" }"]);
        assert!(unwrapped("<p>a < b</p>").is_empty() && unwrapped("{\"a\":\"<b>\"}").is_empty());
        let form: String = url::form_urlencoded::byte_serialize(ANSWER.as_bytes()).collect();
        assert_eq!(unwrapped(&format!("data={form}&ok=1")), [ANSWER]);
    }

    /// A5, S059: whatever the notation; the name of something else is none, nor is a word in its place.
    #[test]
    fn what_looks_like_a_refresh_token_is_seen_by_its_name() {
        let named = |text: &str| named_tokens(text, Named::Refresh).len();
        for text in [
            "refresh_token=1//0gabcdefghijklmnop",
            "access_token: at9\nrefresh_token: a1b2c3d4e5f6a7b8c9\n",
            "<OAuth><access_token>x</access_token><refresh_token>a1b2c3d4e5f6a7b8c9</refresh_token></OAuth>",
            "<input name=\"refresh_token\" type=\"hidden\" value=\"a1b2c3d4e5f6a7b8c9\">",
            "<tr><td>refresh_token</td><td><code>a1b2c3d4e5f6a7b8c9</code></td></tr>",
            "{'refreshToken':'a1b2c3d4e5f6a7b8c9'}",
            r#"{\"new_refresh_token\":\"a1b2c3d4e5f6a7b8c9\""#,
        ] {
            assert_eq!(named(text), 1, "{text}");
        }
        for text in [
            "refresh_token_expires_in: 1234567890a1b2c3d4e5",
            "old_refresh_token=a1b2c3d4e5f6a7b8c9",
            "the refresh token a1b2c3d4e5f6a7b8c9 has expired",
            "refresh_token missing, request a1b2c3d4e5f6a7b8c9",
            "refresh_token: YOUR_REFRESH_TOKEN_HERE",
            "refresh_token: a1b2c3d4e5f6a7b8c9...",
            "refresh_token: a1b2c3d4e5f6a7b8c9****",
            "refresh_token",
        ] {
            assert_eq!(named(text), 0, "{text}");
        }
        assert_eq!(named_tokens("access_token=a1b2c3d4e5f6a7b8c9", Named::Access).len(), 1);
        assert!(names_field("'accessToken'") && names_field("<refresh_token/>") && !names_field("your access token"));
    }

    /// A5, S059: in cells, in CDATA, cut in two by a tag.
    #[test]
    fn a_marked_up_text_is_seen_as_it_reads() {
        for (text, read) in [
            ("<a><refresh_token><![CDATA[rt-1]]></refresh_token></a>", "\nrefresh_token:rt-1\n"),
            ("<td class=\"n\">Refresh token</td>\n<td id=x><b>rt</b>-1</td>", "\nRefresh token\n\n\nrt-1\n"),
            ("<p>refresh_token: rt-<wbr>a<!-- b -->c</p>", "\nrefresh_token: rt-ac\n"),
            ("<o:RefreshToken>1 < 2", "\nrefreshtoken:1 < 2"),
        ] {
            assert_eq!(as_it_reads(text).as_deref(), Some(read), "{text}");
        }
        assert_eq!(as_it_reads("a < b"), None);
        let cells = as_it_reads("<tr><th>Refresh token</th><td>a1b2c3d4e5f6a7b8c9</td></tr>").unwrap();
        assert_eq!(named_tokens(&cells, Named::Refresh).len(), 1, "{cells}");
    }

    /// A5, S059: each letter may stand there by its number.
    #[test]
    fn letters_that_stand_by_their_numbers_are_read() {
        let spelled: String = ANSWER.chars().map(|it| format!("&#{};", u32::from(it))).collect();
        let hexadecimal: String = ANSWER.chars().map(|it| format!("&#x{:04X};", u32::from(it))).collect();
        assert_eq!(dereferenced(&spelled).as_deref(), Some(ANSWER));
        assert_eq!(dereferenced(&hexadecimal).as_deref(), Some(ANSWER));
        assert_eq!(
            dereferenced("&lcub;&quot;a&quot;&#125;&amp;quot; &; &#x110000; &\u{e9}").unwrap(),
            "{\"a\"}&quot; &; &#x110000; &\u{e9}"
        );
        assert_eq!(dereferenced("a=1&b=2"), None, "a form");
    }
}
