//! The end that asks: looks at what it finds before it says a word [S145].

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::de::Error as _;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::frames::{FrameError, read_frame, write_frame};
use crate::place::{Place, Untrusted, board_in, own_uid};
use crate::protocol::{Read, Refusal, RefusalCode, Request, VERSION};

/// An answer that is owed comes within the server's time and a little more.
const PATIENCE: Duration = Duration::from_secs(15);

/// A conversation with the program that watches over a board.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskFailed {
    /// It is not as Patchbay makes it; nothing was said to it.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error("the program that listens was refused: {}", .0.message)]
    Refused(Box<Refusal>),
    #[error("no answer came in time")]
    TooSlow,
    #[error("the answer cannot be read")]
    Unreadable(#[source] FrameError),
}

impl Client {
    /// Finds who listens for the board of this folder; `None`: nobody does.
    ///
    /// # Errors
    /// [`AskFailed::Untrusted`], and where what listens does not answer.
    pub async fn find(data_folder: &Path) -> Result<Option<Self>, AskFailed> {
        // Where no board is, nobody answers for one.
        let Some(board) = board_in(data_folder) else { return Ok(None) };
        for place in Place::to_look(data_folder) {
            if !place.check_socket()? {
                continue;
            }
            match UnixStream::connect(place.socket()).await {
                Ok(stream) => match Self::greet(stream, &place, &board).await? {
                    Some(client) => return Ok(Some(client)),
                    // It still watches over what lay in this folder before.
                    None => continue,
                },
                // A dead one's.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(AskFailed::Unreadable(FrameError::Io(error))),
            }
        }
        Ok(None)
    }

    /// `None`: it answers for another board.
    async fn greet(stream: UnixStream, place: &Place, own_board: &str) -> Result<Option<Self>, AskFailed> {
        let is_own = stream.peer_cred().is_ok_and(|it| it.uid() == own_uid());
        if !is_own {
            return Err(Untrusted { path: place.socket(), why: "another user listens there" }.into());
        }
        let mut client = Self { stream };
        match client.ask(&Request::Hello { version: VERSION }).await? {
            Read::Hello { version: VERSION, board, .. } => Ok((board == own_board).then_some(client)),
            Read::Refused(refusal) => Err(AskFailed::Refused(refusal.into())),
            Read::Hello { .. }
            | Read::Status { .. }
            | Read::Token { .. }
            | Read::Preflight { .. }
            | Read::List { .. } => {
                Err(AskFailed::Refused(Refusal::new(RefusalCode::Version, "It speaks another version.").into()))
            }
        }
    }

    /// Asks, and waits for the answer. A question that waits for a person is asked with [`Client::wait`].
    ///
    /// # Errors
    /// [`AskFailed`]. What the server refuses is an answer, not an error.
    pub async fn ask(&mut self, request: &Request) -> Result<Read, AskFailed> {
        timeout(PATIENCE, self.wait(request)).await.map_err(|_| AskFailed::TooSlow)?
    }

    /// The same, however long it takes.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn wait(&mut self, request: &Request) -> Result<Read, AskFailed> {
        // One that is refused at once has its answer there already, and reads nothing more.
        let written = write_frame(&mut self.stream, request).await;
        match read_frame(&mut self.stream).await {
            Ok(Some(body)) => serde_json::from_slice(&body)
                .map_err(|_| AskFailed::Unreadable(FrameError::Io(serde_json::Error::custom("unknown").into()))),
            Ok(None) => Err(AskFailed::Unreadable(written.err().unwrap_or(FrameError::CutOff))),
            Err(error) => Err(AskFailed::Unreadable(written.err().unwrap_or(error))),
        }
    }
}
