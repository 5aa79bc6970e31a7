//! Serves the port: few connections, little time, one request each [S031, S033, S034, S039].

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::callback::{CallbackRequest, Flow, Verdict};
use super::pages::{self, Page};
use super::request_checks::{Expected, Request};
use super::{parameters, request_head};

/// A browser opens one or two. More than this come from something else.
pub(super) const MAX_CONNECTIONS: usize = 16;
/// From the connection to the last byte of the request; a browser on this computer needs milliseconds.
pub(super) const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// A form with a code, a state and an id token.
const MAX_FORM: usize = 64 * 1024;
/// How long answers that are on their way may take once the port is closed.
const FAREWELL: Duration = Duration::from_millis(500);
/// The content type of the first record of TLS (RFC 8446 §5.1).
const HANDSHAKE: u8 = 0x16;
/// Out of file descriptors, mostly: no event tells when there are some again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Server {
    pub(super) expected: Expected,
    pub(super) flow: Arc<Flow>,
    pub(super) callbacks: mpsc::Sender<CallbackRequest>,
    /// Present where the browser comes by https.
    pub(super) tls: Option<TlsAcceptor>,
}

/// Runs until `stop` is closed.
pub(super) async fn serve(listeners: Vec<TcpListener>, server: Arc<Server>, mut stop: mpsc::Receiver<()>) {
    let mut connections = Connections::default();
    loop {
        tokio::select! {
            biased;
            _ = stop.recv() => break,
            accepted = connections.accept(&listeners) => match accepted {
                Ok(stream) => {
                    connections.add(stream, Arc::clone(&server));
                    // The one just begun may be the real one: it reads before the next may push it out.
                    tokio::task::yield_now().await;
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listeners);
    connections.say_farewell().await;
}

#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    /// Oldest first.
    open: Vec<Connection>,
}

struct Connection {
    task: AbortHandle,
    /// Nothing is owed to a connection whose request has not arrived.
    is_idle: Arc<AtomicBool>,
}

impl Connections {
    /// Waits first, while every place is held by a complete request: the flow answers them in a moment.
    async fn accept(&mut self, listeners: &[TcpListener]) -> io::Result<TcpStream> {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|it| !it.task.is_finished());
        while self.open.len() >= MAX_CONNECTIONS && self.oldest_idle().is_none() {
            self.tasks.join_next().await;
            self.open.retain(|it| !it.task.is_finished());
        }
        match listeners {
            [one] => Ok(one.accept().await?.0),
            [one, other, ..] => tokio::select! {
                accepted = one.accept() => Ok(accepted?.0),
                accepted = other.accept() => Ok(accepted?.0),
            },
            [] => std::future::pending().await,
        }
    }

    fn add(&mut self, stream: TcpStream, server: Arc<Server>) {
        self.open.retain(|it| !it.task.is_finished());
        if self.open.len() >= MAX_CONNECTIONS
            && let Some(oldest) = self.oldest_idle()
        {
            self.open.remove(oldest).task.abort();
        }
        let is_idle = Arc::new(AtomicBool::new(true));
        let task = self.tasks.spawn(meet(stream, server, Arc::clone(&is_idle)));
        self.open.push(Connection { task, is_idle });
    }

    fn oldest_idle(&self) -> Option<usize> {
        self.open.iter().position(|it| it.is_idle.load(Ordering::Relaxed))
    }

    async fn say_farewell(mut self) {
        for idle in self.open.iter().filter(|it| it.is_idle.load(Ordering::Relaxed)) {
            idle.task.abort();
        }
        // Whoever has not taken the answer by then is cut off with the set.
        drop(timeout(FAREWELL, async { while self.tasks.join_next().await.is_some() {} }).await);
    }
}

/// One connection from its first byte, with a handshake where there has to be one; both take their time together.
async fn meet(stream: TcpStream, server: Arc<Server>, is_idle: Arc<AtomicBool>) {
    let deadline = Instant::now() + REQUEST_PATIENCE;
    let Some(tls) = server.tls.clone() else { return converse(stream, server, is_idle, deadline).await };
    let mut first = [0];
    match timeout_at(deadline, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == HANDSHAKE => {}
        Ok(Ok(1)) => return refuse_plain(stream, &server).await,
        Ok(Ok(_) | Err(_)) | Err(_) => return,
    }
    // A browser breaks the handshake off at the first sight of a certificate that it does not know, and comes again
    // once its person has said yes.
    if let Ok(Ok(stream)) = timeout_at(deadline, tls.accept(stream)).await {
        converse(stream, server, is_idle, deadline).await;
    }
}

/// Whoever speaks http to an https port reads so, and is no browser coming back.
async fn refuse_plain(mut stream: TcpStream, server: &Server) {
    server.flow.count_strange_request();
    drop(timeout(FAREWELL, stream.write_all(&pages::raw(StatusCode::BAD_REQUEST))).await);
}

/// One connection, one request, one answer.
pub(super) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    server: Arc<Server>,
    is_idle: Arc<AtomicBool>,
    deadline: Instant,
) {
    let head = match timeout_at(deadline, request_head::read(&mut stream)).await {
        Ok(Ok(head)) => head,
        Ok(Err(Some(status))) => {
            server.flow.count_strange_request();
            // Best effort: whoever sends such requests may not listen.
            drop(timeout(FAREWELL, stream.write_all(&pages::raw(status))).await);
            return;
        }
        // Browsers open connections ahead of time and leave them; they ask again on another one.
        Ok(Err(None)) | Err(_) => return,
    };
    let (reader, writer) = tokio::io::split(stream);
    let stream = TokioIo::new(tokio::io::join(Cursor::new(head).chain(reader), writer));
    let service = service_fn(|request| {
        let (server, is_idle) = (Arc::clone(&server), Arc::clone(&is_idle));
        async move { Ok::<_, Infallible>(server.answer(request, deadline, &is_idle).await) }
    });
    // Should the library find a head unfinished that we took for whole.
    let mut http = hyper::server::conn::http1::Builder::new();
    http.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(REQUEST_PATIENCE);
    // A connection that breaks concerns nobody but its other end.
    drop(http.serve_connection(stream, service).await);
}

impl Server {
    async fn answer(
        &self,
        request: http::Request<Incoming>,
        deadline: Instant,
        is_idle: &AtomicBool,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let has_form = match self.expected.recognise(&head) {
            Request::Callback { has_form } => has_form,
            Request::LastPage => {
                is_idle.store(false, Ordering::Relaxed);
                return self.last_page();
            }
            Request::Unasked => return pages::empty(StatusCode::NOT_FOUND),
            Request::Strange(status) => {
                self.flow.count_strange_request();
                return pages::empty(status);
            }
            Request::WrongMethod { allowed } => {
                self.flow.count_strange_request();
                return pages::method_not_allowed(allowed);
            }
        };
        let form = if has_form { read_form(body, deadline).await } else { Ok(Bytes::new()) };
        is_idle.store(false, Ordering::Relaxed);
        let query = head.uri.query().unwrap_or_default();
        let parameters = form.and_then(|form| {
            let mut parameters = parameters::decode(query.as_bytes()).ok_or(StatusCode::BAD_REQUEST)?;
            parameters.append(&mut self.expected.read_form(&form).ok_or(StatusCode::BAD_REQUEST)?);
            Ok(parameters)
        });
        match parameters {
            // The answer is still in the browser.
            Ok(parameters) if !has_form && self.expected.has_to_ask_for_fragment(&parameters) => {
                pages::fragment_reader()
            }
            Ok(parameters) => self.deliver(parameters).await,
            Err(status) => {
                self.flow.count_strange_request();
                pages::empty(status)
            }
        }
    }

    /// Hands the callback to the flow and keeps the browser waiting for its verdict, or for another
    /// callback's acceptance, whichever comes first.
    async fn deliver(&self, parameters: Vec<(String, String)>) -> Response<Full<Bytes>> {
        let (callback, id, verdict) = CallbackRequest::new(parameters, &self.flow);
        let told = async {
            // The flow is gone with its listener, which takes this connection with it.
            drop(self.callbacks.send(callback).await);
            verdict.await.unwrap_or(Verdict::Refused)
        };
        let verdict = tokio::select! {
            biased;
            _ = self.flow.until(|phase| phase.shuts_out(id)) => Verdict::Refused,
            verdict = told => verdict,
        };
        match verdict {
            Verdict::GoToLastPage => pages::see_other(&self.expected.last_page),
            // Looked at once more: another may have been accepted in the moment between the two.
            Verdict::Refused => pages::page(match self.flow.phase() {
                phase if !phase.shuts_out(id) => Page::NotThisSignIn,
                phase if phase.accepted.is_some() && !phase.is_over => Page::AlreadyAnswered,
                _ => Page::Expired,
            }),
        }
    }

    fn last_page(&self) -> Response<Full<Bytes>> {
        match self.flow.phase().end {
            Some(end) => {
                self.flow.change_phase(|phase| phase.is_last_page_owed = false);
                pages::page(Page::End(end))
            }
            None => pages::empty(StatusCode::NOT_FOUND),
        }
    }
}

async fn read_form(body: Incoming, deadline: Instant) -> Result<Bytes, StatusCode> {
    match timeout_at(deadline, Limited::new(body, MAX_FORM).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
