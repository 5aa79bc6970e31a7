//! Which port is held, by whom, and until when.

use std::time::Instant;

use tokio::net::TcpListener;

use super::*;

/// S025
#[tokio::test]
async fn the_port_is_free_soon_after_every_end() {
    for is_slow_client_there in [false, true] {
        let (listener, port) = listener().await;
        let mut held = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        if is_slow_client_there {
            held.write_all(b"GET ").await.unwrap();
        }
        let started = Instant::now();

        listener.close().await;

        assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
        RedirectListener::bind(&listen_at(RedirectHost::Ipv4, Some(port))).await.unwrap().close().await;
    }

    let (listener, port) = listener().await;
    drop(listener);
    let gone = async { while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {} };
    timeout(Duration::from_secs(1), gone).await.expect("a cancelled sign-in closes its port");
}

/// S025: a browser that never asks for the last page does not hold the port.
#[tokio::test]
async fn a_browser_that_does_not_follow_is_waited_for_eight_seconds() {
    let (listener, port) = listener().await;
    let (listener, _answer) = tokio::join!(sign_in(listener, SignInEnd::Connected), send(port, "GET", CODE, ""));
    let started = Instant::now();

    listener.close().await;

    assert!((7_900..9_000).contains(&started.elapsed().as_millis()), "took {:?}", started.elapsed());
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

/// S023, S024
#[tokio::test]
async fn a_taken_port_is_refused_with_its_holders_name() {
    let (_listener, port) = listener().await;

    for host in [RedirectHost::Ipv4, RedirectHost::Localhost] {
        let refused = RedirectListener::bind(&listen_at(host, Some(port))).await.unwrap_err();

        let ListenerError::PortTaken { port: named, by } = refused else { panic!("{refused:?}") };
        assert_eq!(named, port);
        let own = std::fs::read_to_string("/proc/self/comm").ok().map(|it| it.trim().to_owned());
        assert_eq!(by, own, "this very test holds it");
    }
}

/// S006, S022
#[tokio::test]
async fn the_name_localhost_holds_both_families() {
    let listener = RedirectListener::bind(&listen_at(RedirectHost::Localhost, None)).await.unwrap();
    let port = port_of(&listener);
    assert_eq!(listener.redirect_uri(), format!("http://localhost:{port}{PATH}"));
    let has_ipv6 = TcpListener::bind("[::1]:0").await.is_ok();

    for address in if has_ipv6 { vec!["127.0.0.1", "::1"] } else { vec!["127.0.0.1"] } {
        assert!(TcpListener::bind((address, port)).await.is_err(), "{address} can be stolen");
        let mut stream = TcpStream::connect((address, port)).await.unwrap();
        let request = format!("GET /favicon.ico HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(status(&answer), 404, "{address} answers to the name");
    }
    assert_eq!(status(&send(port, "GET", CODE, "").await), 421, "the literal was not registered");
}

/// S022: finding 11.
#[tokio::test]
async fn a_port_held_in_one_family_by_another_is_refused() {
    let Ok(thief) = TcpListener::bind("[::1]:0").await else { return };
    let port = thief.local_addr().unwrap().port();

    let refused = RedirectListener::bind(&listen_at(RedirectHost::Localhost, Some(port))).await.unwrap_err();

    assert!(matches!(refused, ListenerError::PortTaken { port: named, .. } if named == port), "{refused:?}");
    assert!(TcpListener::bind(("127.0.0.1", port)).await.is_ok(), "nothing was left bound");
}

/// S022
#[tokio::test]
async fn the_literal_is_all_that_is_bound() {
    let (listener, port) = listener().await;
    assert_eq!(listener.redirect_uri(), format!("http://127.0.0.1:{port}{PATH}"));

    assert!(TcpStream::connect(("127.0.0.2", port)).await.is_err(), "another address of this computer");
}
