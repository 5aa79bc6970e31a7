//! Makes text of the bytes of an answer, whatever they were encoded in [C1].

use std::borrow::Cow;

/// More of an answer than this says nothing more about a failure.
const MAX_LOOKED_AT: usize = 256 * 1024;

/// The first part of an answer as text: by its byte order mark, as UTF-16 where every other byte is empty, as UTF-8,
/// and else as Latin-1, which takes anything.
pub(super) fn text_of(body: &[u8]) -> Cow<'_, str> {
    let body = &body[..body.len().min(MAX_LOOKED_AT)];
    match body {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8_or_latin1(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => utf16(body, u16::from_be_bytes).into(),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(body, u16::from_le_bytes).into(),
        body => utf8_or_latin1(body),
    }
}

/// What we wrote in the place of secrets is ours: no word of an answer, and a "secret" that nobody spoke of.
pub(super) fn without_blots(text: Cow<'_, str>) -> Cow<'_, str> {
    const BEGIN: &str = "[secret";
    if !text.contains(BEGIN) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find(BEGIN) {
        let (before, blot) = rest.split_at(at);
        out.push_str(before);
        let inside = &blot[BEGIN.len()..];
        let is_fingerprint = |it: &str| it.chars().all(|it| it == ' ' || it.is_ascii_hexdigit());
        rest = match inside.split_once(']') {
            Some((fingerprint, after)) if is_fingerprint(fingerprint) => after,
            Some(_) | None => {
                out.push_str(BEGIN);
                inside
            }
        };
    }
    out.push_str(rest);
    out.into()
}

fn utf8_or_latin1(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        // Cut within a letter.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(&body[..error.valid_up_to()]),
        Err(_) => body.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
    }
}

fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = body.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1, S137: a token that a server repeats does not make a secret of the client's out of its words.
    #[test]
    fn what_stands_in_the_place_of_a_secret_says_nothing() {
        let heard = |text: &'static str| without_blots(text.into()).into_owned();

        assert_eq!(heard("grant ([secret 19dfebbbf7]) expired"), "grant () expired");
        assert_eq!(heard("[secret] and [secret 0a]"), " and ");
        for theirs in ["[secret of the client] is wrong", "[secret", "no secret"] {
            assert_eq!(heard(theirs), theirs);
        }
    }

    /// C1
    #[test]
    fn the_same_words_come_out_of_every_encoding() {
        let words = "{\"error\":\"é\"}";
        let utf16 = |order: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, rest.as_slice()].concat();
        for bytes in [
            words.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], words.as_bytes().to_vec()),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            marked(&[0xff, 0xfe], utf16(u16::to_le_bytes)),
            marked(&[0xfe, 0xff], utf16(u16::to_be_bytes)),
            words.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect(),
        ] {
            assert_eq!(text_of(&bytes), words, "{bytes:?}");
        }
    }

    /// C1
    #[test]
    fn what_is_too_long_or_broken_is_taken_as_far_as_it_goes() {
        assert_eq!(text_of(&vec![b'x'; 1 << 20]).len(), MAX_LOOKED_AT);
        assert_eq!(text_of(&[b'a', 0xc3]), "a", "cut within a letter");
        assert_eq!(text_of(&[]), "");
        assert_eq!(text_of(&[0xff, 0xfe]), "");
    }
}
