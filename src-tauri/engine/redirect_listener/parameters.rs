//! Decodes `application/x-www-form-urlencoded` strictly: what is not clean UTF-8 is refused, not mended
//! [S030, S035].

/// Every pair in order. `None` if an escape is broken or the text is not UTF-8.
pub(super) fn decode(encoded: &[u8]) -> Option<Vec<(String, String)>> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            Some((unescape(name)?, unescape(value)?))
        })
        .collect()
}

fn unescape(escaped: &[u8]) -> Option<String> {
    let mut plain = Vec::with_capacity(escaped.len());
    let mut rest = escaped.iter();
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(*rest.next()?)? << 4 | hex_digit(*rest.next()?)?,
            byte => *byte,
        });
    }
    String::from_utf8(plain).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    // A digit of base 16 fits into a byte.
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S030: repeated names are delivered, so that the domain can refuse them.
    #[test]
    fn parameters_arrive_decoded_in_order_and_repeated() {
        let decoded = decode(b"code=4%2F0A%2Bx+y&state=s&st%61te=t&empty=&bare&&a=b=c").unwrap();

        let expected =
            [("code", "4/0A+x y"), ("state", "s"), ("state", "t"), ("empty", ""), ("bare", ""), ("a", "b=c")];
        assert_eq!(decoded, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    /// S035
    #[test]
    fn broken_escapes_and_broken_text_are_refused() {
        for broken in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%ff", "a=%c3%28", "%80=a", "a=%ed%a0%80"] {
            assert_eq!(decode(broken.as_bytes()), None, "{broken}");
        }
    }
}
