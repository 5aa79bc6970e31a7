//! How messages stand on the wire: JSON behind four bytes of length, 64 KiB at most [S149].

use std::io;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

/// The longest message, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    #[error("an empty message")]
    Empty,
    #[error("it ends in the middle of a message")]
    CutOff,
    #[error(transparent)]
    Io(io::Error),
}

/// One message; `None`: the other end is done. No more room is taken than was announced, and nothing for what is announced
/// as too long.
///
/// # Errors
/// [`FrameError`].
pub async fn read_frame(from: &mut (impl AsyncRead + Unpin)) -> Result<Option<Zeroizing<Vec<u8>>>, FrameError> {
    let mut head = [0; 4];
    let mut have = 0;
    while have < head.len() {
        match from.read(&mut head[have..]).await.map_err(FrameError::Io)? {
            0 if have == 0 => return Ok(None),
            0 => return Err(FrameError::CutOff),
            more => have += more,
        }
    }
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    match length {
        0 => Err(FrameError::Empty),
        length if length > LONGEST => Err(FrameError::TooLong(length)),
        length => {
            let mut body = Zeroizing::new(vec![0; length]);
            match from.read_exact(&mut body).await {
                Ok(_) => Ok(Some(body)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(FrameError::CutOff),
                Err(error) => Err(FrameError::Io(error)),
            }
        }
    }
}

/// A message and its length, to be written as it is.
///
/// # Errors
/// [`FrameError::TooLong`].
pub fn frame(message: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    // As long as a message gets: a vector that grows leaves what it held behind.
    let mut framed = Zeroizing::new(Vec::with_capacity(4 + LONGEST));
    framed.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *framed, message).map_err(|error| FrameError::Io(error.into()))?;
    let length = framed.len() - 4;
    match u32::try_from(length) {
        Ok(written) if length <= LONGEST => framed[..4].copy_from_slice(&written.to_be_bytes()),
        _ => return Err(FrameError::TooLong(length)),
    }
    Ok(framed)
}

/// Writes one message.
///
/// # Errors
/// [`FrameError`].
pub async fn write_frame(to: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> Result<(), FrameError> {
    let framed = frame(message)?;
    to.write_all(&framed).await.map_err(FrameError::Io)?;
    to.flush().await.map_err(FrameError::Io)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{Answer, Refusal, RefusalCode, Request, read_request};

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    proptest! {
        /// S149: whatever comes, reading ends, takes no more than a message is allowed, and answers.
        #[test]
        fn any_bytes_are_read_without_harm(bytes in vec(any::<u8>(), 0..2_000)) {
            run(async {
                let mut rest = bytes.as_slice();
                while let Ok(Some(body)) = read_frame(&mut rest).await {
                    prop_assert!(body.len() <= LONGEST);
                    drop(read_request(&body));
                }
                Ok(())
            })?;
        }

        /// S149: what is said to follow decides nothing that it should not.
        #[test]
        fn any_announced_length_is_bounded(length in any::<u32>(), body in vec(any::<u8>(), 0..300)) {
            let mut bytes = length.to_be_bytes().to_vec();
            bytes.extend_from_slice(&body);
            let read = run(read_frame(&mut bytes.as_slice()));
            let announced = usize::try_from(length).unwrap();
            match read {
                Ok(Some(found)) => prop_assert_eq!(&found[..], &body[..announced]),
                Err(FrameError::TooLong(of)) => prop_assert!(of == announced && of > LONGEST),
                Err(FrameError::Empty) => prop_assert_eq!(announced, 0),
                Err(FrameError::CutOff) => prop_assert!(announced > body.len() && announced <= LONGEST),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        /// S149: what one end writes the other reads.
        #[test]
        fn a_request_comes_through(connection in ".{0,200}", min_valid in any::<Option<u64>>(), scopes in vec(".{0,50}", 0..5)) {
            let asked = Request::Token { connection, min_valid, scopes };
            let framed = frame(&asked).unwrap();
            let body = run(read_frame(&mut framed.as_slice())).unwrap().unwrap();
            prop_assert_eq!(read_request(&body), Some(asked));
        }
    }

    /// S149
    #[test]
    fn what_is_too_long_is_not_written() {
        let long = Refusal::new(RefusalCode::Failed, "x".repeat(LONGEST));

        assert!(matches!(frame(&Answer::Refused(long)), Err(FrameError::TooLong(_))));
    }
}
