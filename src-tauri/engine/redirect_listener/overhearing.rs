//! The whole listener but its sockets, on bytes in memory: what hostile requests are tried on [S026 to S035].

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::callback::Flow;
use super::request_checks::Expected;
use super::serving::{REQUEST_PATIENCE, Server, converse};
use super::{ListenAt, ListenerError, nonce};

/// More than any answer.
const ROOM: usize = 256 * 1024;

/// What became of one connection.
#[derive(Debug, Default)]
pub struct Overheard {
    /// All that was sent back.
    pub answer: Vec<u8>,
    /// The parameters of the callback it was taken for; it was then refused, as one of another sign-in.
    pub callback: Option<Vec<(String, String)>>,
    /// How many requests were counted as not the browser's.
    pub strange_request_count: u32,
}

/// Answers a connection that sends exactly these bytes and then waits, as the listener at this port would. Where
/// they are no whole request that takes as long as the listener's patience, on the clock of the runtime.
///
/// # Errors
/// As [`super::RedirectListener::bind`], where there is no randomness.
pub async fn overhear(at: &ListenAt, port: u16, sent: &[u8]) -> Result<Overheard, ListenerError> {
    let expected = Expected::new(at, port, &format!("/done/{}", nonce()?));
    let flow = Arc::new(Flow::default());
    let (callbacks, mut delivered) = mpsc::channel(1);
    let server = Arc::new(Server { expected, flow: Arc::clone(&flow), callbacks, tls: None });
    let (mut browser, ours) = tokio::io::duplex(ROOM);

    let serving = converse(ours, server, Arc::new(AtomicBool::new(true)), Instant::now() + REQUEST_PATIENCE);
    let browsing = async {
        // It may hang up before it has taken all of it.
        drop(browser.write_all(sent).await);
        let mut answer = Vec::new();
        drop(browser.read_to_end(&mut answer).await);
        answer
    };
    let deciding = async {
        // The server ends with the connection, and the channel with the server.
        let callback = delivered.recv().await?;
        let parameters = callback.parameters.clone();
        callback.refuse();
        Some(parameters)
    };
    let ((), answer, callback) = tokio::join!(serving, browsing, deciding);
    Ok(Overheard { answer, callback, strange_request_count: flow.strange_request_count() })
}
