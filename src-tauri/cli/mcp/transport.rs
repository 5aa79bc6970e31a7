//! Lines in and out, within bounds: however much a client sends, and however little it reads, the memory is bounded
//! [S149].

use std::collections::HashSet;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{ClientJsonRpcMessage, ClientNotification, ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::lines::{BadLines, Looked};

/// A question takes a few hundred bytes. A longer line is passed over, however long it is, and answered as that.
const LONGEST_LINE: usize = 256 * 1024;
/// So many are answered at once; one more is told so. Of a client that reads no answers no more is read.
const MOST_AT_ONCE: usize = 32;
/// For what a server says of itself (JSON-RPC 2.0, section 5.1).
const BUSY: ErrorCode = ErrorCode(-32000);

type Answered = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Messages of a client, so many at a time.
pub(crate) struct Bounded<R: AsyncRead + Unpin, W: AsyncWrite> {
    lines: AsyncRwTransport<RoleServer, Looked<R>, W>,
    bad: BadLines,
    /// Asked and not answered.
    open: Arc<Mutex<HashSet<RequestId>>>,
    /// A refusal that is being written. Nothing is read until it is: that is what holds up who does not read.
    refusing: Option<Answered>,
    has_ended: watch::Sender<bool>,
}

impl<R, W> Bounded<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    pub(crate) fn new(read: R, write: W) -> Self {
        let (read, bad) = Looked::new(read, LONGEST_LINE);
        let lines = AsyncRwTransport::new_server(read, write).with_max_line_length(LONGEST_LINE);
        Self { lines, bad, open: Arc::default(), refusing: None, has_ended: watch::Sender::new(false) }
    }

    /// Becomes true once nothing more comes: nobody waits any longer then.
    pub(crate) fn ended(&self) -> watch::Receiver<bool> {
        self.has_ended.subscribe()
    }

    fn refuse(&mut self, refusal: ErrorData, id: Option<RequestId>) {
        let sending = self.lines.send(ServerJsonRpcMessage::error(refusal, id));
        // Who cannot be answered is gone, which the next line shows.
        self.refusing = Some(Box::pin(async move { drop(sending.await) }));
    }

    /// Why this one is not answered; `None`: it is, and stands as open from now on.
    fn refusal(&self, id: &RequestId) -> Option<ErrorData> {
        let mut open = locked(&self.open);
        if open.contains(id) {
            return Some(ErrorData::invalid_request("This id is in use: its request is not answered yet.", None));
        }
        if open.len() >= MOST_AT_ONCE {
            let said = format!("{MOST_AT_ONCE} requests are under way; ask again when one is answered.");
            return Some(ErrorData::new(BUSY, said, None));
        }
        open.insert(id.clone());
        None
    }
}

impl<R, W> Transport<RoleServer> for Bounded<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answered = match &message {
            ServerJsonRpcMessage::Response(response) => Some(response.id.clone()),
            ServerJsonRpcMessage::Error(error) => error.id.clone(),
            ServerJsonRpcMessage::Request(_) | ServerJsonRpcMessage::Notification(_) => None,
        };
        let sending = self.lines.send(message);
        let open = Arc::clone(&self.open);
        async move {
            let sent = sending.await;
            if let Some(id) = answered {
                locked(&open).remove(&id);
            }
            sent
        }
    }

    // Dropped at any time and called again: what is being written is kept, and a line that has half come as well.
    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(refusing) = &mut self.refusing {
                refusing.await;
                self.refusing = None;
            }
            if let Some(bad) = self.bad.take() {
                self.refuse(bad.error(), None);
                continue;
            }
            let message = tokio::select! {
                biased;
                () = self.bad.came() => continue,
                message = self.lines.receive() => message,
            };
            match &message {
                Some(ClientJsonRpcMessage::Request(request)) => {
                    if let Some(refusal) = self.refusal(&request.id) {
                        self.refuse(refusal, Some(request.id.clone()));
                        continue;
                    }
                }
                Some(ClientJsonRpcMessage::Notification(told)) => {
                    if let ClientNotification::CancelledNotification(cancelled) = &told.notification
                        && let Some(id) = &cancelled.params.request_id
                    {
                        // It is not answered any more.
                        locked(&self.open).remove(id);
                    }
                }
                Some(ClientJsonRpcMessage::Response(_) | ClientJsonRpcMessage::Error(_)) => {}
                // The last lines are answered as well.
                None if self.bad.has_some() => continue,
                None => drop(self.has_ended.send_replace(true)),
            }
            return message;
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.has_ended.send_replace(true);
        self.lines.close().await
    }
}

fn locked(open: &Mutex<HashSet<RequestId>>) -> MutexGuard<'_, HashSet<RequestId>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
