//! Looks at each line on its way in: what is no JSON has no id that an answer could carry, and is answered all the same
//! (JSON-RPC 2.0, sections 5 and 5.1), where the protocol's library passes over it [S149].

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rmcp::model::ErrorData;
use serde_json::Value;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;

/// RFC 8259, section 8.1: may be passed over.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Of so many that are not answered yet no more is read.
const MOST_OPEN: usize = 16;

/// What was wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    NoJson,
    TooLong,
}

impl BadLine {
    pub(super) fn error(self) -> ErrorData {
        match self {
            Self::NoJson => ErrorData::parse_error("This line is no JSON.", None),
            Self::TooLong => ErrorData::invalid_request("This line is too long, and was passed over.", None),
        }
    }
}

/// Lines that nobody has answered yet.
#[derive(Debug, Clone, Default)]
pub(super) struct BadLines(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    open: Mutex<Open>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Open {
    lines: VecDeque<BadLine>,
    /// Who reads on once there is room.
    reader: Option<Waker>,
}

impl BadLines {
    /// The next one to answer.
    pub(super) fn take(&self) -> Option<BadLine> {
        let mut open = self.open();
        let line = open.lines.pop_front();
        if let Some(reader) = open.reader.take() {
            reader.wake();
        }
        line
    }

    pub(super) fn has_some(&self) -> bool {
        !self.open().lines.is_empty()
    }

    /// Comes back once there is one.
    pub(super) async fn came(&self) {
        self.0.came.notified().await;
    }

    fn put(&self, line: BadLine) {
        self.open().lines.push_back(line);
        self.0.came.notify_one();
    }

    /// False: whoever reads is woken when there is.
    fn has_room(&self, reader: &Waker) -> bool {
        let mut open = self.open();
        let has_room = open.lines.len() < MOST_OPEN;
        open.reader = (!has_room).then(|| reader.clone());
        has_room
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is read through it is as it was.
#[derive(Debug)]
pub(super) struct Looked<R> {
    read: R,
    /// What has come of a line.
    line: Vec<u8>,
    longest: usize,
    is_too_long: bool,
    bad: BadLines,
}

impl<R> Looked<R> {
    pub(super) fn new(read: R, longest: usize) -> (Self, BadLines) {
        let bad = BadLines::default();
        (Self { read, line: vec![], longest, is_too_long: false, bad: bad.clone() }, bad)
    }

    fn look(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.is_too_long {
                self.line.extend_from_slice(piece);
                self.is_too_long = self.line.len() > self.longest;
            }
            if self.is_too_long {
                self.line.clear();
            }
            if piece.ends_with(b"\n") {
                if std::mem::take(&mut self.is_too_long) {
                    self.bad.put(BadLine::TooLong);
                } else if !is_json_or_empty(&self.line) {
                    self.bad.put(BadLine::NoJson);
                }
                self.line.clear();
            }
        }
    }
}

fn is_json_or_empty(line: &[u8]) -> bool {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    line.iter().all(u8::is_ascii_whitespace) || serde_json::from_slice::<Value>(line).is_ok()
}

impl<R: AsyncRead + Unpin> AsyncRead for Looked<R> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.bad.has_room(context.waker()) {
            return Poll::Pending;
        }
        let before = into.filled().len();
        let polled = Pin::new(&mut this.read).poll_read(context, into);
        if matches!(polled, Poll::Ready(Ok(()))) {
            let come = into.filled().get(before..).unwrap_or_default().to_vec();
            this.look(&come);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S149: in pieces or as a whole, each line is one, and what was too long is not kept.
    #[test]
    fn each_line_is_looked_at_once() {
        let bad_of = |pieces: &[&[u8]]| {
            let (mut looked, bad) = Looked::new(tokio::io::empty(), 16);
            pieces.iter().for_each(|it| looked.look(it));
            assert!(looked.line.len() <= 16);
            std::iter::from_fn(|| bad.take()).collect::<Vec<_>>()
        };

        assert_eq!(bad_of(&[b"{\"a\":", b"1}\n[]\r\n", b"\n\r\n42\n\xEF\xBB\xBF{}\n"]), []);
        assert_eq!(bad_of(&[b"non", b"sense\n{}\n{\n"]), [BadLine::NoJson, BadLine::NoJson]);
        assert_eq!(bad_of(&[b"0123456789", b"0123456789", b"0123456789\nx\n"]), [BadLine::TooLong, BadLine::NoJson]);
        assert_eq!(bad_of(&[b"half a line"]), [], "it may still become one");
    }
}
