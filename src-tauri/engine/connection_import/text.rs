//! Bytes to text, and text to a tree: UTF-8 or UTF-16, JSON or YAML, with errors that name a line and never quote
//! what stands there [A3].

use domain::Secret;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use super::{ImportRefused, Source};

/// The text of a file, without its byte order mark. PowerShell writes UTF-16 where a person redirects output.
pub(super) fn decoded(source: &Source) -> Result<Zeroizing<String>, ImportRefused> {
    let bytes: &[u8] = &source.bytes;
    let refused = |line| ImportRefused::NotText { file: source.name.clone(), line };
    let wide = match bytes {
        [0xFF, 0xFE, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xFE, 0xFF, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    if let Some((rest, unit)) = wide {
        let (pairs, odd) = rest.as_chunks::<2>();
        let mut text = Zeroizing::new(String::with_capacity(rest.len()));
        for letter in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
            let Ok(letter) = letter else { return Err(refused(line_of(&text, text.len()))) };
            text.push(letter);
        }
        return if odd.is_empty() { Ok(text) } else { Err(refused(line_of(&text, text.len()))) };
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(Zeroizing::new(text.to_owned())),
        Ok(text) => Err(refused(line_of(text, text.find('\0').unwrap_or_default()))),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(refused(before.iter().filter(|byte| **byte == b'\n').count() + 1))
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// A tree whose texts are wiped when it is dropped.
pub(super) struct Tree(pub(super) Value);

impl Drop for Tree {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| wipe(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// JSON of at most 128 levels.
pub(super) fn json(source: &Source, text: &str) -> Result<Tree, ImportRefused> {
    serde_json::from_str(text).map(Tree).map_err(|error| ImportRefused::Malformed {
        file: source.name.clone(),
        line: error.line(),
        column: error.column(),
        reason: if error.is_eof() { "it ends in the middle" } else { "it is no JSON, or nested too deeply" },
    })
}

/// YAML, without tags, includes and runaway aliases.
pub(super) fn yaml(source: &Source, text: &str) -> Result<Tree, ImportRefused> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map(Tree).map_err(|error| {
        let at = error.location();
        let number = |it: u64| usize::try_from(it).unwrap_or_default();
        ImportRefused::Malformed {
            file: source.name.clone(),
            line: at.as_ref().map(|at| number(at.line())).unwrap_or_default(),
            column: at.as_ref().map(|at| number(at.column())).unwrap_or_default(),
            reason: "it is no YAML, or nested too deeply",
        }
    })
}

/// A secret out of a tree; the caller's text stays the tree's, which wipes it.
pub(super) fn secret(text: &str) -> Secret {
    Secret::new(text)
}
