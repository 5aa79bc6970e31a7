//! Reads XML, SOAP and pages for names and words. No entity but the five of XML and plain numbers is ever resolved, so
//! that nothing grows; what is not closed ends with the text [C1].

use super::json;
use super::said::Said;
use super::text;

const MAX_ELEMENTS: usize = 4096;

/// Elements and attributes as names with their text.
pub(super) fn read_xml(body: &str, said: &mut Said) {
    let mut rest = body;
    let mut names: Vec<&str> = Vec::new();
    let mut is_root = true;
    for _ in 0..MAX_ELEMENTS {
        let at = rest.find('<').unwrap_or(rest.len());
        let text = rest[..at].trim();
        if let (false, Some(name)) = (text.is_empty(), names.last()) {
            json::note_text(name, &resolved(text), names.len().saturating_sub(1).min(2), true, said);
        }
        rest = &rest[at..];
        // Cut off, or never closed.
        if rest.is_empty() {
            break;
        }
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let (text, after) = data.split_once("]]>").unwrap_or((data, ""));
            json::note_text(names.last().unwrap_or(&""), text.trim(), 2, true, said);
            rest = after;
        } else if let Some(after) = skipped(rest) {
            rest = after;
        } else {
            let Some(end) = rest.find('>') else { break };
            let tag = &rest[1..end];
            rest = &rest[end + 1..];
            if tag.starts_with('/') {
                names.pop();
                continue;
            }
            let tag = tag.trim_end();
            let is_closed = tag.ends_with('/');
            let tag = tag.trim_end_matches('/');
            let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            if is_root || name.to_ascii_lowercase().ends_with("fault") || name.to_ascii_lowercase().contains("error") {
                said.words_of(name.rsplit(':').next().unwrap_or(name));
                said.outcome.has_error |=
                    name.to_ascii_lowercase().contains("error") || name.to_ascii_lowercase().contains("fault");
            }
            is_root = false;
            note_attributes(attributes, said);
            if !is_closed && names.len() < 64 {
                names.push(name);
            }
        }
    }
}

/// Behind a comment, a declaration or a document type, with all that it declares.
fn skipped(rest: &str) -> Option<&str> {
    let after = |end: &str| rest.find(end).map_or("", |at| &rest[at + end.len()..]);
    if rest.starts_with("<!--") {
        return Some(after("-->"));
    }
    if rest.starts_with("<?") {
        return Some(after("?>"));
    }
    if rest.starts_with("<!") {
        let plain = rest.find('>');
        let subset = super::cut(rest, 4096).find('[');
        return Some(match (plain, subset) {
            (Some(end), Some(open)) if open < end => after("]>"),
            (Some(end), _) => &rest[end + 1..],
            (None, _) => "",
        });
    }
    None
}

fn note_attributes(text: &str, said: &mut Said) {
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|it| matches!(it, '"' | '\'')) else { return };
        let (value, next) = after[1..].split_once(quote).unwrap_or((&after[1..], ""));
        let name = name.trim();
        if !name.starts_with("xmlns")
            && !name.contains("schemaLocation")
            && !matches!(name, "time" | "version" | "lang")
        {
            json::note_text(name, &resolved(value), 2, true, said);
        }
        rest = next;
    }
}

/// A page: what a person reads on it.
pub(super) fn read_page(body: &str, said: &mut Said) {
    let mut shown = String::with_capacity(body.len().min(16 * 1024));
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let hidden = ["script", "style", "svg", "noscript"]
            .into_iter()
            .find(|name| rest.get(1..=name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
        let end = match hidden {
            Some(name) => closing(rest, name),
            None if rest.starts_with("<!--") => rest.find("-->").map(|at| at + 3),
            None => rest.find('>').map(|at| at + 1),
        };
        let Some(end) = end else {
            rest = "";
            break;
        };
        // Blocks end clauses; letters within a word are not torn apart by what marks them.
        let is_inline =
            ["<b>", "<i>", "<a ", "<em", "<str", "<spa", "<cod", "</b", "</i", "</a", "</e", "</st", "</sp", "</co"];
        shown.push_str(if is_inline.iter().any(|it| rest.starts_with(it)) { " " } else { " | " });
        rest = &rest[end..];
    }
    shown.push_str(rest);
    text::read_words(&resolved(&shown), said);
}

/// Where the element ends that begins here. Letter case aside, without a copy of the rest.
fn closing(rest: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let start = from + at + 2;
        if rest.get(start..start + name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)) {
            return rest[start..].find('>').map(|at| start + at + 1);
        }
        from = start;
    }
    None
}

fn resolved(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|it| it == b';');
        let letter = end.and_then(|end| letter_of(&rest[1..end]));
        if let (Some(end), Some(letter)) = (end, letter) {
            value.push(letter);
            rest = &rest[end + 1..];
        } else {
            value.push('&');
            rest = &rest[1..];
        }
    }
    value.push_str(rest);
    value.into()
}

fn letter_of(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" | "rsquo" | "lsquo" => Some('\''),
        "nbsp" => Some(' '),
        entity => {
            let number = entity.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}
