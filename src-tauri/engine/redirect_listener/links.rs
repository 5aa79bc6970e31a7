//! Waits on loopback for links that a person follows in mail. A GET changes nothing: it names a screen, the window comes to
//! the front [S026, S027, S028, S033, S038, S111].

use std::convert::Infallible;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::link::Link;
use domain::provider::RedirectHost;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::pages::{self, Page};
use super::request_checks::{has_body, is_navigation, says, single};
use super::serving::REQUEST_PATIENCE;
use super::{ListenerError, request_head, sockets};

/// A person follows one link at a time; more connections than this wait.
const MAX_CONNECTIONS: usize = 8;
/// Whoever opens more often than that is no person: the window is not raised again.
const BETWEEN_TWO: Duration = Duration::from_secs(1);
/// Where ports are chosen from: below those that systems lend to programs that call out.
const FIRST_PORT: u16 = 20_000;
const PORT_COUNT: u16 = 12_000;
const MAX_TRIES: usize = 16;
/// Out of file descriptors, mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The ear for links. Dropping it closes the port.
#[derive(Debug)]
pub struct LinkListener {
    port: u16,
    links: mpsc::Receiver<Link>,
    server: JoinHandle<()>,
}

impl LinkListener {
    /// On this port, or on one that is chosen.
    ///
    /// # Errors
    /// [`ListenerError::PortTaken`]: links that were sent name this port, so no other is taken in its place.
    pub async fn bind(port: Option<u16>) -> Result<Self, ListenerError> {
        let mut left = MAX_TRIES;
        let sockets = loop {
            let wanted = match port {
                Some(port) => port,
                None => random_port()?,
            };
            match sockets::bind(RedirectHost::Ipv4, Some(wanted)).await {
                Ok(sockets) => break sockets,
                Err(error) => {
                    left -= 1;
                    if port.is_some() || left == 0 {
                        return Err(error);
                    }
                }
            }
        };
        let (sender, links) = mpsc::channel(1);
        let door =
            Arc::new(Door { authority: format!("127.0.0.1:{}", sockets.port), links: sender, last: Mutex::default() });
        Ok(Self { port: sockets.port, links, server: tokio::spawn(serve(sockets.listeners, door)) })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next link that somebody followed. Cancel-safe. `None`: the port is closed.
    pub async fn next(&mut self) -> Option<Link> {
        self.links.recv().await
    }
}

impl Drop for LinkListener {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Door {
    /// `127.0.0.1:port`, as a browser writes it.
    authority: String,
    links: mpsc::Sender<Link>,
    last: Mutex<Option<Instant>>,
}

impl Door {
    /// The same page whether what is named exists or not: who asks learns nothing of the board.
    fn answer(&self, request: &Parts) -> Response<Full<Bytes>> {
        let link = match self.recognise(request) {
            Ok(link) => link,
            Err(StatusCode::METHOD_NOT_ALLOWED) => return pages::method_not_allowed("GET"),
            Err(status) => return pages::empty(status),
        };
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| now.duration_since(last) >= BETWEEN_TWO) {
            *last = Some(now);
            // One that nobody took yet is enough.
            drop(self.links.try_send(link));
        }
        pages::page(Page::Opened)
    }

    /// In the fixed order: host, method, path, and where the request comes from [S029].
    fn recognise(&self, request: &Parts) -> Result<Link, StatusCode> {
        let headers = &request.headers;
        if request.version != Version::HTTP_11 {
            return Err(StatusCode::HTTP_VERSION_NOT_SUPPORTED);
        }
        // A name that was made to point here after its page was loaded still shows in `Host`.
        let is_host = single(headers, HOST.as_str()) == Some(self.authority.as_bytes());
        if !is_host || request.uri.authority().is_some() {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        if request.method != Method::GET {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let path = request.uri.path_and_query().map_or("", |it| it.as_str());
        let link = path.strip_prefix('/').and_then(Link::read_path).ok_or(StatusCode::NOT_FOUND)?;
        // Of browsers only a page that a person opened by a click: no image, no frame, no script that goes there alone.
        let is_of_browser = headers.keys().any(|it| it.as_str().starts_with("sec-fetch-"));
        let is_clicked =
            !is_of_browser || headers.contains_key("sec-fetch-user") && says(headers, "sec-fetch-user", b"?1");
        if !is_navigation(headers) || !is_clicked || headers.contains_key(ORIGIN) {
            return Err(StatusCode::FORBIDDEN);
        }
        if has_body(headers) { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(link) }
    }
}

async fn serve(listeners: Vec<TcpListener>, door: Arc<Door>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let Some(listener) = listeners.into_iter().next() else { return };
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let door = Arc::clone(&door);
                tokio::spawn(async move {
                    // All of it within one patience: a slow sender gives its place back.
                    drop(timeout(REQUEST_PATIENCE, meet(stream, &door)).await);
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// One connection, one request, one answer.
async fn meet(mut stream: TcpStream, door: &Door) {
    let head = match request_head::read(&mut stream).await {
        Ok(head) => head,
        Err(Some(status)) => return drop(stream.write_all(&pages::raw(status)).await),
        Err(None) => return,
    };
    let (reader, writer) = tokio::io::split(stream);
    let stream = TokioIo::new(tokio::io::join(Cursor::new(head).chain(reader), writer));
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let (head, _) = request.into_parts();
        std::future::ready(Ok::<_, Infallible>(door.answer(&head)))
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.keep_alive(false).timer(TokioTimer::new()).header_read_timeout(REQUEST_PATIENCE);
    // A connection that breaks concerns nobody but its other end.
    drop(http.serve_connection(stream, service).await);
}

fn random_port() -> Result<u16, ListenerError> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|error| ListenerError::Unavailable(std::io::Error::other(error)))?;
    Ok(FIRST_PORT + u16::from_le_bytes(bytes) % PORT_COUNT)
}

#[cfg(test)]
mod tests {
    use domain::ConnectionId;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    async fn ask(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        drop(stream.write_all(request.as_bytes()).await);
        let mut answer = vec![];
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn status(answer: &str) -> &str {
        answer.split(' ').nth(1).unwrap_or("")
    }

    const CLICK: &str =
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-User: ?1\r\n";

    fn get(port: u16, path: &str, headers: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n")
    }

    /// S111, F4
    #[tokio::test]
    async fn a_link_that_a_person_follows_is_handed_on() {
        let mut ear = LinkListener::bind(None).await.unwrap();
        let id = ConnectionId::from_random(7);

        let answer = ask(ear.port(), &get(ear.port(), &format!("/reconnect/{id}"), CLICK)).await;

        assert_eq!(ear.next().await, Some(Link::Reconnect(id.clone())));
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Patchbay shows it."), "{answer}");
        assert!(!answer.contains(id.as_str()), "no word of the request comes back");
        assert!((FIRST_PORT..FIRST_PORT + PORT_COUNT).contains(&ear.port()));
        let again = LinkListener::bind(Some(ear.port())).await;
        assert!(
            matches!(again, Err(ListenerError::PortTaken { .. })),
            "no other port stands in for the one that was sent"
        );
    }

    /// S027, S028, S033, S111: pages, scripts, other names and other words move nothing.
    #[tokio::test]
    async fn what_no_person_followed_opens_nothing() {
        let mut ear = LinkListener::bind(None).await.unwrap();
        let port = ear.port();
        let other_host = |host: &str| format!("GET /board HTTP/1.1\r\nHost: {host}\r\n{CLICK}\r\n");
        let long = format!("/{}", "a".repeat(1 << 20));
        for (request, expected) in [
            (other_host("evil.example"), "421"),
            (other_host(&format!("localhost:{port}")), "421"),
            (other_host(&format!("127.0.0.1.:{port}")), "421"),
            (other_host("127.0.0.1"), "421"),
            (other_host(&format!("127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}")), "421"),
            (format!("GET http://127.0.0.1:{port}/board HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"), "421"),
            ("GET /board HTTP/1.1\r\n\r\n".to_owned(), "421"),
            (format!("GET /board HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"), "505"),
            (get(port, "/board", CLICK).replace("GET", "POST"), "405"),
            (get(port, "/board", CLICK).replace("GET", "HEAD"), "405"),
            (get(port, "/", CLICK), "404"),
            (get(port, "/favicon.ico", ""), "404"),
            (get(port, "/board?x=1", CLICK), "404"),
            (get(port, "//board", CLICK), "404"),
            (get(port, "/../board", CLICK), "404"),
            (get(port, "/connection/%2e%2e", CLICK), "404"),
            (get(port, "/disconnect/con_1", CLICK), "404"),
            (get(port, &long, CLICK), "414"),
            (get(port, "/board", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n"), "403"),
            (
                get(port, "/board", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\nSec-Fetch-User: ?1\r\n"),
                "403",
            ),
            (get(port, "/board", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"), "403"),
            (get(port, "/board", &format!("{CLICK}Sec-Purpose: prefetch\r\n")), "403"),
            (get(port, "/board", &format!("{CLICK}Origin: https://evil.example\r\n")), "403"),
            (get(port, "/board", &format!("{CLICK}Content-Length: 1\r\n")), "413"),
        ] {
            let answer = ask(port, &request).await;
            assert_eq!(status(&answer), expected, "{} -> {answer}", &request[..request.len().min(200)]);
        }
        assert!(ear.links.try_recv().is_err(), "nothing was handed on");
    }

    /// S033: whoever sends nothing holds no place for long, and a storm of links is one.
    #[tokio::test]
    async fn a_storm_of_links_raises_the_window_once() {
        let mut ear = LinkListener::bind(None).await.unwrap();
        for _ in 0..50 {
            assert_eq!(status(&ask(ear.port(), &get(ear.port(), "/board", "")).await), "200");
        }

        assert_eq!(ear.next().await, Some(Link::Board));
        assert!(ear.links.try_recv().is_err());
    }
}
