//! An answer that comes compressed though nobody asked for it, opened within the same bound [S055, S057, S059].

use std::io::{self, Read};

use ::http::HeaderMap;
use ::http::header::CONTENT_ENCODING;
use flate2::read::{GzDecoder, ZlibDecoder};

/// RFC 1952 §2.3.1, with the one method there is.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];
/// RFC 1950 §2.2: the usual window, in the four levels.
const ZLIB: [&[u8]; 4] = [&[0x78, 0x01], &[0x78, 0x5e], &[0x78, 0x9c], &[0x78, 0xda]];
const BROTLI_BUFFER: usize = 4096;

/// What was in a compressed body.
pub(super) struct Opened {
    /// Up to where it broke off, or to the limit.
    pub(super) body: Vec<u8>,
    /// All of it is there.
    pub(super) is_whole: bool,
}

/// Opens a body by what it is rather than by what the header says of it: some servers compress and do not say so, or say
/// so and do not. Brotli alone cannot be told by its beginning. One layer is opened. `None`: nothing to open.
///
/// Never more than `limit` bytes come out, whatever is in it.
pub(super) fn opened(headers: &HeaderMap, body: &[u8], limit: usize) -> Option<Opened> {
    if body.starts_with(GZIP) {
        return Some(read_up_to(GzDecoder::new(body), limit));
    }
    if ZLIB.iter().any(|it| body.starts_with(it)) {
        return Some(read_up_to(ZlibDecoder::new(body), limit));
    }
    let mut said = headers.get_all(CONTENT_ENCODING).iter();
    let is_brotli = said.any(|it| it.as_bytes().trim_ascii().eq_ignore_ascii_case(b"br"));
    let is_text = matches!(body.trim_ascii_start().first(), None | Some(b'{' | b'[' | b'<'));
    (is_brotli && !is_text).then(|| read_up_to(brotli_decompressor::Decompressor::new(body, BROTLI_BUFFER), limit))
}

fn read_up_to(reader: impl Read, limit: usize) -> Opened {
    let mut body = Vec::new();
    // One byte more than is taken: whether there would have been more.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = read_all(reader.take(most), &mut body);
    let is_whole = read.is_ok() && body.len() <= limit;
    body.truncate(limit);
    Opened { body, is_whole }
}

/// What was read before it broke stands.
fn read_all(mut reader: impl Read, body: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 8 * 1024];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => body.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    const LIMIT: usize = 64 * 1024;
    const ANSWER: &[u8] = br#"{"refresh_token":"r"}"#;
    /// `ANSWER` in one uncompressed meta-block (RFC 7932 §9.2), and the empty last one.
    const BROTLI: &[u8] = b"\x40\x01\x10{\"refresh_token\":\"r\"}\x03";

    /// S057, S059: by what it is, whatever the header says.
    #[test]
    fn a_compressed_body_is_told_by_its_beginning() {
        for said in [None, Some("gzip"), Some("x-unknown"), Some("gzip, br")] {
            for packed in [gzip(ANSWER), zlib(ANSWER)] {
                let opened = opened(&headers(said), &packed, LIMIT).unwrap();
                assert!(opened.body == ANSWER && opened.is_whole, "{said:?}");
            }
            assert!(opened(&headers(said), ANSWER, LIMIT).is_none(), "it lies: {said:?}");
        }
        let unpacked = opened(&headers(Some("br")), BROTLI, LIMIT).unwrap();
        assert!(unpacked.body == ANSWER && unpacked.is_whole, "{:?}", String::from_utf8_lossy(&unpacked.body));
        assert!(opened(&headers(None), BROTLI, LIMIT).is_none(), "not to be told");
        assert!(opened(&headers(Some("br")), ANSWER, LIMIT).is_none(), "it lies");
    }

    /// S059: what came before it broke is kept.
    #[test]
    fn a_body_that_breaks_off_keeps_its_beginning() {
        let packed = gzip(ANSWER);
        let cut = opened(&headers(None), &packed[..packed.len() - 8], LIMIT).unwrap();
        assert!(cut.body == ANSWER && !cut.is_whole, "the checksum is missing");
        let nothing = opened(&headers(None), &packed[..12], LIMIT).unwrap();
        assert!(nothing.body.len() < ANSWER.len() && !nothing.is_whole);
    }

    /// S055, S057: a bomb is opened to the limit, and no further.
    #[test]
    fn a_bomb_is_opened_to_the_limit() {
        let bomb = gzip(&vec![b'0'; 64 << 20]);
        assert!(bomb.len() < 1 << 20, "it is small");
        let opened = opened(&headers(Some("gzip")), &bomb, LIMIT).unwrap();
        assert_eq!((opened.body.len(), opened.is_whole), (LIMIT, false));
    }

    fn headers(said: Option<&'static str>) -> HeaderMap {
        said.into_iter().map(|said| (CONTENT_ENCODING, HeaderValue::from_static(said))).collect()
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(plain).unwrap();
        packed.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(plain).unwrap();
        packed.finish().unwrap()
    }
}
