//! The client against servers that misbehave on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::diagnosis::NetworkFailure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::*;

/// A server that reads a request's head and answers with any bytes.
pub(super) struct RawServer {
    port: u16,
    connections: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
}

impl RawServer {
    pub(super) async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::serve(move |head, mut stream| {
            let bytes = answer(&head);
            async move {
                drop(stream.write_all(&bytes).await);
            }
        })
        .await
    }

    async fn serve<F: Future<Output = ()> + Send>(
        serve: impl Fn(String, TcpStream) -> F + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, heads) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let (counted, serve, seen) = (Arc::clone(&connections), Arc::new(serve), Arc::clone(&heads));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                let (serve, seen) = (Arc::clone(&serve), Arc::clone(&seen));
                tokio::spawn(async move {
                    let head = read_head(&mut stream).await;
                    let seen: Arc<std::sync::Mutex<Vec<String>>> = seen;
                    seen.lock().unwrap().push(head.clone());
                    serve(head, stream).await;
                });
            }
        });
        Self { port, connections, heads }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    // A TLS greeting has no end that plain HTTP would see.
    while head.first() != Some(&0x16) && !head.windows(4).any(|it| it == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

pub(super) fn status(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

const LIMIT: usize = 1024 * 1024;

fn quick() -> Http {
    quick_at(Timestamp::from_second(1_700_000_000).unwrap())
}

fn quick_at(now: Timestamp) -> Http {
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        first_byte: Duration::from_millis(200),
        idle: Duration::from_millis(200),
        total: Duration::from_millis(700),
        discovery: Duration::from_secs(1),
    };
    Http::new(timeouts, move || now)
}

async fn post(http: &Http, server: &RawServer) -> Result<HttpAnswer, HttpFailure> {
    let request = Request::post(server.url("/token").as_str()).body(b"refresh_token=SECRET".to_vec()).unwrap();
    http.send(request, LIMIT).await
}

fn network(kind: NetworkFailure, was_sent: WasSent) -> HttpFailure {
    HttpFailure::Network { kind, was_sent }
}

/// S053: stock clients post the refresh token again to wherever a 307 points.
#[tokio::test]
async fn a_redirect_is_an_answer_and_its_target_hears_nothing() {
    let canary = RawServer::start(|_| status("200 OK", "", "{}")).await;
    for code in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: {}\r\n", canary.url("/steal"));
        let server = RawServer::start(move |_| status(code, &location, "")).await;

        let answer = post(&quick(), &server).await.unwrap();

        assert_eq!(answer.status.to_string(), code[..3]);
    }
    assert_eq!(canary.connections(), 0, "the refresh token stayed here");
}

/// S055: 512 MiB announced, 512 MiB in pieces, and a body without end.
#[tokio::test]
async fn a_body_above_the_limit_is_refused_while_it_arrives() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 536870912\r\n\r\n";
    let announced = RawServer::start(|_| [&head[..], &[b'a'; LIMIT + 1]].concat()).await;
    assert_eq!(post(&quick(), &announced).await.unwrap_err(), HttpFailure::TooLarge { limit: LIMIT });

    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let endless = RawServer::serve(move |_, mut stream| {
        let counted = Arc::clone(&counted);
        async move {
            let piece = [&b"10000\r\n"[..], &[b'a'; 0x10000], b"\r\n"].concat();
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
            while counted.load(Ordering::Relaxed) < 512 * 1024 * 1024 && stream.write_all(&piece).await.is_ok() {
                counted.fetch_add(piece.len(), Ordering::Relaxed);
            }
        }
    })
    .await;
    let before = resident_bytes();

    let refused = post(&Http::new(Timeouts::default(), || Timestamp::UNIX_EPOCH), &endless).await.unwrap_err();

    assert_eq!(refused, HttpFailure::TooLarge { limit: LIMIT });
    assert_eq!(refused.was_sent(), WasSent::Maybe, "the server acted on it");
    assert_eq!(refused.kind(), NetworkFailure::Broken);
    assert!(written.load(Ordering::Relaxed) < 64 * 1024 * 1024, "the rest was not even taken from the wire");
    assert!(resident_bytes() < before + 64 * 1024 * 1024, "memory stays bounded");
}

/// S055
#[tokio::test]
async fn a_body_of_exactly_the_limit_is_taken() {
    let server = RawServer::start(|_| status("200 OK", "", &"a".repeat(LIMIT))).await;
    assert_eq!(post(&quick(), &server).await.unwrap().body.len(), LIMIT);

    let server = RawServer::start(|_| status("200 OK", "", &"a".repeat(LIMIT + 1))).await;
    assert_eq!(post(&quick(), &server).await.unwrap_err(), HttpFailure::TooLarge { limit: LIMIT });
}

/// S056
#[tokio::test]
async fn silence_ends_in_time_wherever_it_begins() {
    let starts: [&[u8]; 3] = [b"", b"HTTP/1.1 200 OK\r\nConte", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"];
    for start in starts {
        let server = RawServer::serve(move |_, mut stream| async move {
            stream.write_all(start).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;

        let failed = post(&quick(), &server).await.unwrap_err();

        assert_eq!(failed, network(NetworkFailure::TimedOut, WasSent::Maybe), "silence after {} bytes", start.len());
    }
}

/// S059, S160: the program stands still past all its deadlines, and finds the answer in the socket.
#[tokio::test]
async fn an_answer_that_came_while_the_program_stood_still_is_read() {
    // On threads of its own: this runtime has one, and it is blocked.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}/token", listener.local_addr().unwrap().port());
    let (asked, mut was_asked) = tokio::sync::mpsc::channel(1);
    let (stands_still, is_still) = std::sync::mpsc::channel();
    let (answered, was_answered) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![];
        while !head.ends_with(b"SECRET") {
            let mut piece = [0; 1024];
            let count = stream.read(&mut piece).unwrap();
            assert_ne!(count, 0, "the request is whole");
            head.extend_from_slice(&piece[..count]);
        }
        asked.blocking_send(()).unwrap();
        is_still.recv().unwrap();
        stream.write_all(&status("200 OK", "", "{}")).unwrap();
        answered.send(stream).unwrap();
    });
    let standing_still = async {
        was_asked.recv().await.unwrap();
        stands_still.send(()).unwrap();
        let stream = was_answered.recv().unwrap();
        // Longer than the longest of the limits.
        std::thread::sleep(Duration::from_millis(900));
        stream
    };
    let request = Request::post(&url).body(b"refresh_token=SECRET".to_vec()).unwrap();

    let http = quick();
    let (answer, stream) = tokio::join!(http.send(request, LIMIT), standing_still);

    assert_eq!(answer.expect("the answer is not thrown away").body, b"{}");
    drop(stream);
    server.join().unwrap();
}

/// S056: each byte comes in time, all of them never do.
#[tokio::test]
async fn a_dripping_body_ends_with_the_total_limit() {
    let server = RawServer::serve(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n").await.unwrap();
        let mut drip = tokio::time::interval(Duration::from_millis(50));
        while stream.write_all(b"a").await.is_ok() {
            drip.tick().await;
        }
    })
    .await;

    assert_eq!(post(&quick(), &server).await.unwrap_err(), network(NetworkFailure::TimedOut, WasSent::Maybe));
}

/// S056, S064: the server may have acted before the line broke.
#[tokio::test]
async fn a_connection_that_breaks_after_the_request_was_perhaps_acted_on() {
    for start in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"] {
        let server = RawServer::start(move |_| start.to_vec()).await;

        let failed = post(&quick(), &server).await.unwrap_err();

        assert_eq!(failed, network(NetworkFailure::Broken, WasSent::Maybe));
        assert_eq!(server.connections(), 1, "it is not sent a second time");
    }
}

/// S064
#[tokio::test]
async fn what_never_connected_was_not_sent() {
    let unused = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let closed = format!("http://127.0.0.1:{}/", unused.local_addr().unwrap().port());
    drop(unused);
    let plain = RawServer::start(|_| status("200 OK", "", "")).await;
    let cases = [
        (closed, NetworkFailure::NotConnected),
        (format!("https://127.0.0.1:{}/", plain.port()), NetworkFailure::Tls),
        ("http://no-such-host.invalid.localhost:1/".to_owned(), NetworkFailure::NotConnected),
    ];

    for (url, kind) in cases {
        let failed = quick().send(Request::get(&url).body(Vec::new()).unwrap(), LIMIT).await.unwrap_err();

        assert_eq!(failed.was_sent(), WasSent::No, "{url}");
        let names = [network(kind, WasSent::No), network(NetworkFailure::NameNotResolved, WasSent::No)];
        assert!(names.contains(&failed), "{url} gave {failed:?}");
    }
    let relative = quick().send(Request::get("/path").body(Vec::new()).unwrap(), LIMIT).await.unwrap_err();
    assert_eq!(relative.was_sent(), WasSent::No);
}

/// B9, S160: a machine that has just started shows 1970, one with a typing error 2100; both look like a network in
/// trouble, and are none.
#[tokio::test]
async fn a_certificate_of_another_time_says_that_the_clock_is_off() {
    let cases = [
        (2100, 2101, NetworkFailure::CertificateOfAnotherTime),
        (1990, 1991, NetworkFailure::CertificateOfAnotherTime),
        // In its time; only nobody vouches for it.
        (2000, 2100, NetworkFailure::Tls),
    ];

    for (from, to, kind) in cases {
        let port = fakes::serve_certificate(from, to).unwrap();
        let url = format!("https://127.0.0.1:{port}/");
        let failed = quick().send(Request::get(&url).body(Vec::new()).unwrap(), LIMIT).await.unwrap_err();

        assert_eq!(failed, network(kind, WasSent::No), "a certificate from {from} to {to}");
        let says_so = failed.to_string().contains("this machine's clock");
        assert_eq!(says_so, kind == NetworkFailure::CertificateOfAnotherTime, "{failed}");
    }
}

/// S160: the TLS library cannot tell a time before 1970, and would end the program.
#[tokio::test]
async fn a_clock_before_1970_is_said_before_anything_is_sent() {
    let request = || Request::get("https://127.0.0.1:9/").body(Vec::new()).unwrap();
    let before = Timestamp::from_second(-1).unwrap();

    let refused = quick_at(before).send(request(), LIMIT).await.unwrap_err();
    let asked = quick_at(Timestamp::UNIX_EPOCH).send(request(), LIMIT).await.unwrap_err();

    assert_eq!(refused, network(NetworkFailure::CertificateOfAnotherTime, WasSent::No));
    assert_eq!(asked.kind(), NetworkFailure::NotConnected, "nobody listens there: {asked}");
}

/// S057
#[tokio::test]
async fn a_compressed_answer_is_refused_unread() {
    for encoding in ["gzip", "br", "zstd", "identity, gzip", "x-unknown"] {
        let header = format!("Content-Encoding: {encoding}\r\n");
        let server = RawServer::start(move |_| status("200 OK", &header, "\u{1f}")).await;

        assert_eq!(post(&quick(), &server).await.unwrap_err(), HttpFailure::EncodedBody, "{encoding}");
    }
    let server = RawServer::start(|_| status("200 OK", "Content-Encoding: Identity\r\n", "{}")).await;
    assert_eq!(post(&quick(), &server).await.unwrap().body, b"{}");
}

/// S065
#[tokio::test]
async fn a_request_carries_nothing_that_was_not_asked_for() {
    let server = RawServer::start(|_| status("200 OK", "Set-Cookie: a=b\r\n", "{}")).await;
    let http = quick();

    post(&http, &server).await.unwrap();
    post(&http, &server).await.unwrap();

    let heads = server.heads.lock().unwrap();
    for head in heads.iter() {
        let mut names: Vec<_> =
            head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase())).collect();
        names.sort();
        assert_eq!(names, ["accept", "accept-encoding", "content-length", "host", "user-agent"]);
        assert!(head.contains(&format!("{USER_AGENT}\r\n")) && head.contains("identity"), "{head}");
    }
    assert_eq!(heads.len(), 2);
}

/// S066: run again in a process of its own whose environment names a proxy.
#[tokio::test]
async fn a_proxy_is_never_asked_for_a_server_on_this_computer() {
    if let Ok(port) = std::env::var("PATCHBAY_TEST_LOOPBACK_PORT") {
        let request = Request::get(format!("http://127.0.0.1:{port}/")).body(Vec::new()).unwrap();
        assert_eq!(quick().send(request, LIMIT).await.unwrap().status, 204);
        let remote = Request::get("https://remote.example/").body(Vec::new()).unwrap();
        assert!(quick().send(remote, LIMIT).await.is_err(), "elsewhere the proxy is asked, and this one refuses");
        return;
    }
    let proxy = RawServer::start(|_| status("502 Bad Gateway", "", "")).await;
    let server = RawServer::start(|_| b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    let (proxy_url, port) = (proxy.url("/").to_string(), server.port().to_string());

    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "http::tests::a_proxy_is_never_asked_for_a_server_on_this_computer"])
            .env("PATCHBAY_TEST_LOOPBACK_PORT", port)
            .envs(["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|it| (it, &proxy_url)))
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap()
    })
    .await
    .unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((server.connections(), proxy.connections()), (1, 1), "one request each, each at the right door");
}

/// S010: secrets do not leave this computer in the clear.
#[tokio::test]
async fn plain_http_goes_nowhere_but_to_this_computer() {
    let request = Request::post("http://remote.example/token").body(Vec::new()).unwrap();

    assert_eq!(quick().send(request, LIMIT).await.unwrap_err().was_sent(), WasSent::No);
}

/// A3: what reaches a log names neither the query nor the body.
#[tokio::test]
async fn failures_do_not_show_what_was_sent() {
    let request = Request::post("http://127.0.0.1:1/token?code=SECRET").body(b"SECRET".to_vec()).unwrap();

    let failed = quick().send(request, LIMIT).await.unwrap_err();

    assert!(!format!("{failed} {failed:?}").contains("SECRET"));
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
