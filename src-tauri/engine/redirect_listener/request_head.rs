//! Reads a request's head within limits, and refuses what a strict HTTP/1.1 would not contain, before the
//! HTTP library sees a byte [S033, S034, S035].

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A callback with a long code and state stays far below; more is an attack.
const MAX_REQUEST_LINE: usize = 16 * 1024;
/// Browsers send the cookies other programs on this computer have set: a few KiB.
const MAX_HEADERS: usize = 16 * 1024;
const MAX_HEADER_COUNT: usize = 64;
const END: &[u8] = b"\r\n\r\n";

/// The bytes read: the whole head, perhaps with the start of a body. The error is the status to answer with;
/// `None` if the other side left.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, Option<StatusCode>> {
    let mut read = Vec::new();
    loop {
        let seen = read.len();
        // Never more than one piece above the limits.
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return Err(None),
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
        if let Some(at) = find_end(&read, seen) {
            check(&read[..at + END.len()]).map_err(Some)?;
            return Ok(read);
        }
        check_size(&read).map_err(Some)?;
    }
}

fn find_end(read: &[u8], seen: usize) -> Option<usize> {
    let from = seen.saturating_sub(END.len() - 1);
    read[from..].windows(END.len()).position(|it| it == END).map(|at| from + at)
}

fn check(head: &[u8]) -> Result<(), StatusCode> {
    check_size(head)?;
    let without_end = &head[..head.len() - 2];
    let mut lines = without_end.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r\n"));
    let is_plain = |line: &[u8]| !line.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
    let is_folded = |line: &[u8]| line.first().is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    let request_line = lines.next().flatten().ok_or(StatusCode::BAD_REQUEST)?;
    // The HTTP library would skip an empty one and wait for another, which has no end.
    if request_line.is_empty() || !request_line.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let mut count = 0;
    for line in lines {
        let line = line.ok_or(StatusCode::BAD_REQUEST)?;
        if !is_plain(line) || is_folded(line) {
            return Err(StatusCode::BAD_REQUEST);
        }
        count += 1;
    }
    if count > MAX_HEADER_COUNT { Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) } else { Ok(()) }
}

fn check_size(read: &[u8]) -> Result<(), StatusCode> {
    let request_line = read.iter().position(|byte| *byte == b'\n').unwrap_or(read.len());
    if request_line > MAX_REQUEST_LINE {
        return Err(StatusCode::URI_TOO_LONG);
    }
    if read.len() - request_line > MAX_HEADERS + END.len() {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(bytes: &[u8]) -> Result<Vec<u8>, Option<StatusCode>> {
        read(&mut &bytes[..]).await
    }

    /// S035
    #[tokio::test]
    async fn loose_line_ends_folds_and_control_bytes_are_refused() {
        for bytes in [
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n\tfolded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: \0\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\n",
            "\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            assert_eq!(read_all(bytes.as_bytes()).await, Err(Some(StatusCode::BAD_REQUEST)), "{bytes:?}");
        }
    }

    /// S033
    #[tokio::test]
    async fn heads_above_the_limits_are_refused() {
        let line = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(MAX_REQUEST_LINE));
        let header = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(MAX_HEADERS));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADER_COUNT + 1));
        let enough = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADER_COUNT));

        assert_eq!(read_all(line.as_bytes()).await, Err(Some(StatusCode::URI_TOO_LONG)));
        assert_eq!(read_all(header.as_bytes()).await, Err(Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)));
        assert_eq!(read_all(many.as_bytes()).await, Err(Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)));
        assert_eq!(read_all(enough.as_bytes()).await, Ok(enough.into_bytes()));
    }

    /// S033: 1 GiB without a line end costs 16 KiB.
    #[tokio::test]
    async fn an_endless_line_is_left_unread() {
        let mut endless = tokio::io::repeat(b'a').take(1024 * 1024 * 1024);

        assert_eq!(read(&mut endless).await, Err(Some(StatusCode::URI_TOO_LONG)));
        assert!(1024 * 1024 * 1024 - endless.limit() <= 24 * 1024, "the rest was never taken");
    }

    /// S034
    #[tokio::test]
    async fn a_head_in_single_bytes_and_the_start_of_a_body_are_kept() {
        let bytes = b"POST /cb HTTP/1.1\r\nHost: x\r\n\r\ncode=1";

        assert_eq!(read_all(bytes).await.unwrap(), bytes);
        assert_eq!(read_all(&bytes[..20]).await, Err(None), "it left in the middle");
    }
}
