//! https on this computer, to a client that trusts exactly our certificate; and whatever breaks the handshake.

use std::time::Instant;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::NewCertificate;
use super::*;
use crate::clock::Clock;

/// A listener, and a client that trusts its certificate and nothing else.
async fn secure(host: RedirectHost) -> (RedirectListener, u16, TlsConnector) {
    let made = NewCertificate::make(Clock::system().now()).unwrap();
    let certificate = Arc::new(LoopbackCertificate::open(&made.pem, &made.key).unwrap());
    let at = ListenAt { certificate: Some(certificate), ..listen_at(host, None) };
    let listener = RedirectListener::bind(&at).await.unwrap();
    let port = listener.port();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(made.pem.as_bytes()).unwrap()).unwrap();
    (listener, port, trusting(roots))
}

fn trusting(roots: RootCertStore) -> TlsConnector {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn shake_hands(client: &TlsConnector, name: &str, port: u16) -> io::Result<TlsStream<TcpStream>> {
    let address = if name == "::1" { "::1" } else { "127.0.0.1" };
    let stream = TcpStream::connect((address, port)).await?;
    client.connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

async fn get(client: &TlsConnector, name: &str, port: u16, target: &str) -> String {
    let mut stream = shake_hands(client, name, port).await.unwrap();
    let host = if name == "::1" { "[::1]" } else { name };
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A2, S022, S039: from the callback to the last page.
#[tokio::test]
async fn a_browser_that_trusts_the_certificate_comes_back_by_https() {
    for (host, name) in
        [(RedirectHost::Ipv4, "127.0.0.1"), (RedirectHost::Ipv6, "::1"), (RedirectHost::Localhost, "localhost")]
    {
        let (mut listener, port, client) = secure(host).await;
        let written = if name == "::1" { "[::1]" } else { name };
        assert_eq!(listener.redirect_uri(), format!("https://{written}:{port}{PATH}"));

        let asking = client.clone();
        let browser = tokio::spawn(async move { get(&asking, name, port, CODE).await });
        let callback = listener.next().await;
        assert_eq!(value_of(&callback, "code"), Some("4/abc"));
        callback.accept().finish(SignInEnd::Connected);
        let answer = browser.await.unwrap();
        let path = location(&answer).to_owned();
        let (page, ()) = tokio::join!(get(&client, name, port, &path), listener.close());

        assert!(status(&page) == 200 && page.contains("You are connected."), "{page}");
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "S025");
    }
}

/// S022: the certificate is good for this computer's own names, and for no other.
#[tokio::test]
async fn the_certificate_vouches_for_loopback_only() {
    let (_listener, port, client) = secure(RedirectHost::Localhost).await;

    for name in ["localhost", "127.0.0.1"] {
        assert!(shake_hands(&client, name, port).await.is_ok(), "{name}");
    }
    for name in ["example.com", "localhost.evil.test", "127.0.0.2"] {
        assert!(shake_hands(&client, name, port).await.is_err(), "{name}");
    }
}

/// S029, S035: what breaks the handshake concerns nobody but its other end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_handshakes_and_plain_requests_do_not_end_the_wait() {
    let (listener, port, client) = secure(RedirectHost::Ipv4).await;
    let stranger = trusting(RootCertStore::empty());

    for _ in 0..3 {
        assert!(shake_hands(&stranger, "127.0.0.1", port).await.is_err(), "as a browser that was not told to trust it");
        drop(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        let garbage = exchange_bytes(port, b"\x16\x03\x01\xff\xffnot a hello").await;
        assert!(!garbage.starts_with(b"HTTP"), "no word of http");
    }
    assert_eq!(listener.strange_request_count(), 0, "a browser that warns first is not strange");
    let plain = send(port, "GET", CODE, "").await;
    assert!(status(&plain) == 400 && plain.contains("connection: close"), "{plain}");
    assert_eq!(listener.strange_request_count(), 1);

    let (_listener, answer) =
        tokio::join!(sign_in(listener, SignInEnd::Connected), get(&client, "127.0.0.1", port, CODE));
    assert_eq!(status(&answer), 303, "the code was not spent");
}

/// S034: handshakes that never go on hold no place and no time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handshakes_do_not_delay_the_real_one() {
    let (listener, port, client) = secure(RedirectHost::Ipv4).await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        drop(stream.write_all(b"\x16\x03").await);
        slow.push(stream);
    }

    let started = Instant::now();
    let (_listener, answer) =
        tokio::join!(sign_in(listener, SignInEnd::Connected), get(&client, "127.0.0.1", port, CODE));

    assert_eq!(status(&answer), 303);
    assert!(started.elapsed() < Duration::from_secs(2), "took {:?}", started.elapsed());
    let mut open = 0;
    for stream in &mut slow {
        open += usize::from(timeout(Duration::from_millis(1), stream.read_u8()).await.is_err());
    }
    assert!(open <= MAX_CONNECTIONS, "{open} are still held");
}

/// S034
#[tokio::test]
async fn a_handshake_that_takes_too_long_is_dropped() {
    let (_listener, port, _) = secure(RedirectHost::Ipv4).await;
    let started = Instant::now();

    let answer = exchange_bytes(port, b"\x16\x03\x01").await;

    assert!(answer.is_empty() || !answer.starts_with(b"HTTP"));
    assert!(started.elapsed() < Duration::from_secs(7), "took {:?}", started.elapsed());
}

/// S027: an absolute target names the scheme as well.
#[tokio::test]
async fn a_target_of_the_other_scheme_is_misdirected() {
    let (mut listener, port, client) = secure(RedirectHost::Ipv4).await;
    let plain = format!("http://127.0.0.1:{port}{CODE}");
    assert_eq!(status(&get(&client, "127.0.0.1", port, &plain).await), 421);

    let ours = format!("https://127.0.0.1:{port}{CODE}");
    let ((), answer) = tokio::join!(async { listener.next().await.refuse() }, get(&client, "127.0.0.1", port, &ours));
    assert_eq!(status(&answer), 400, "it was delivered, and refused");
}

async fn exchange_bytes(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    answer
}
