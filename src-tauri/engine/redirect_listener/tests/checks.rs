//! Which requests reach the flow, and which are turned away at the door.

use super::*;

/// S026
#[tokio::test]
async fn only_get_reaches_the_flow() {
    let (listener, port) = listener().await;
    let preflight = "Origin: https://evil.test\r\nAccess-Control-Request-Method: GET\r\n\
                     Access-Control-Request-Private-Network: true\r\nAccess-Control-Request-Local-Network: true\r\n";

    for method in ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "Get", "BREW"] {
        let target = if method == "CONNECT" { format!("127.0.0.1:{port}") } else { CODE.to_owned() };
        let answer = send(port, method, &target, preflight).await;
        let expected: &[u16] = if method == "CONNECT" { &[405, 421] } else { &[405] };
        assert!(expected.contains(&status(&answer)), "{method} gave {answer}");
        assert!(!answer.to_ascii_lowercase().contains("access-control"), "{method} allows nobody in");
    }
    assert_eq!(listener.strange_request_count(), 11);

    let (listener, answer) = tokio::join!(sign_in(listener, SignInEnd::Connected), send(port, "GET", CODE, ""));
    assert_eq!(status(&answer), 303, "the code was not spent");
    drop(listener);
}

/// S027: DNS rebinding, and whatever else names another host.
#[tokio::test]
async fn only_the_registered_host_and_port_are_answered() {
    let (mut listener, port) = listener().await;
    let heads = [
        format!("GET {CODE} HTTP/1.1\r\nHost: evil.test:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: localhost.evil.test:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1.nip.io:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1.:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", port ^ 1),
        format!("GET {CODE} HTTP/1.1\r\nHost: user@127.0.0.1:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost:\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nX: y\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.test\r\n\r\n"),
        format!("GET http://evil.test:{port}{CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        format!("GET https://127.0.0.1:{port}{CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        format!("GET http://127.0.0.1:{port}{CODE} HTTP/1.1\r\nHost: evil.test:{port}\r\n\r\n"),
    ];
    for head in &heads {
        assert_eq!(status(&exchange(port, head.as_bytes()).await), 421, "{head}");
    }
    for head in [
        format!("GET {CODE} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\n\r\n"),
    ] {
        assert!(matches!(status(&exchange(port, head.as_bytes()).await), 0 | 400 | 505), "{head}");
    }

    let absolute = format!("GET http://127.0.0.1:{port}{CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let (callback, answer) =
        tokio::join!(async { listener.next().await.refuse() }, exchange(port, absolute.as_bytes()));
    assert_eq!(((), 400), (callback, status(&answer)), "the absolute form that agrees is delivered");
}

/// S028: with the right parameters, too; the code is not spent.
#[tokio::test]
async fn requests_that_are_no_navigation_are_refused() {
    let (listener, port) = listener().await;
    for headers in [
        "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\nSec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n",
        "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nOrigin: https://evil.test\r\n",
        "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n",
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Dest: iframe\r\n",
        "Sec-Fetch-Mode: websocket\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Purpose: prefetch;prerender\r\n",
        "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Purpose: prefetch\r\n",
        "Purpose: prefetch\r\n",
        "X-Moz: prefetch\r\n",
        "Origin: https://evil.test\r\n",
    ] {
        assert_eq!(status(&send(port, "GET", CODE, headers).await), 403, "{headers}");
    }
    assert_eq!(listener.strange_request_count(), 12);

    let browser = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\n\
                   Sec-Fetch-Dest: document\r\nUpgrade-Insecure-Requests: 1\r\n";
    let (_listener, answer) = tokio::join!(sign_in(listener, SignInEnd::Connected), send(port, "GET", CODE, browser));
    assert_eq!(status(&answer), 303);
}

/// S032, S041: and no other path leads anywhere.
#[tokio::test]
async fn what_browsers_ask_for_by_themselves_has_no_effect() {
    let (listener, port) = listener().await;
    for path in
        ["/favicon.ico", "/robots.txt", "/.well-known/appspecific/com.chrome.devtools.json", "/apple-touch-icon.png"]
    {
        assert_eq!(status(&send(port, "GET", path, "").await), 404, "{path}");
    }
    assert_eq!(listener.strange_request_count(), 0, "these are no attack");

    let others = [
        "/",
        "/callback",
        "/callback/",
        "/callback/google/",
        "/callback/googl",
        "/callback/google2",
        "/callback/notion",
        "/callback%2Fgoogle",
        "/Callback/google",
        "//callback/google",
        "/x/../callback/google",
        "/callback/google;x",
        "/done/",
        "/done/x",
        "/start?next=//evil.test",
    ];
    for path in others {
        assert_eq!(status(&send(port, "GET", path, "").await), 404, "{path}");
    }
    assert_eq!(listener.strange_request_count(), 15);
}

/// S033
#[tokio::test]
async fn too_large_requests_are_refused() {
    let (listener, port) = listener().await;
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let large = "a".repeat(20_000);
    let requests = [
        (format!("GET /{large} HTTP/1.1\r\n{host}\r\n"), 414),
        (format!("GET {CODE} HTTP/1.1\r\n{host}X: {large}\r\n\r\n"), 431),
        (format!("GET {CODE} HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(65)), 431),
        (format!("GET {CODE} HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello"), 413),
        (format!("GET {CODE} HTTP/1.1\r\n{host}Content-Length: 9223372036854775808\r\n\r\n"), 413),
        (format!("GET {CODE} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 413),
        (format!("GET {PATH}?code=%ff HTTP/1.1\r\n{host}\r\n"), 400),
        (format!("GET {PATH}?code=%4 HTTP/1.1\r\n{host}\r\n"), 400),
    ];
    for (request, expected) in requests {
        let answer = exchange(port, request.as_bytes()).await;
        // A reset may overtake the answer where more was sent than is read.
        assert!([expected, 0].contains(&status(&answer)), "{} instead of {expected}", status(&answer));
    }
    assert_eq!(listener.strange_request_count(), 8);
}

/// S030: the domain decides about repeated ones, so they must reach it.
#[tokio::test]
async fn parameters_are_delivered_as_they_came() {
    let (mut listener, port) = listener().await;
    let browser =
        tokio::spawn(async move { send(port, "GET", "/callback/google?code=a%20b&state=1&state=2&x", "").await });

    let callback = listener.next().await;

    let expected = [("code", "a b"), ("state", "1"), ("state", "2"), ("x", "")];
    assert_eq!(callback.parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(!format!("{callback:?}").contains("a b"), "A3");
    callback.refuse();
    assert_eq!(status(&browser.await.unwrap()), 400);
    assert_eq!(listener.strange_request_count(), 1);
}

/// S012, S028, S033
#[tokio::test]
async fn a_form_is_read_only_where_the_provider_posts_one() {
    let at = ListenAt { answer: AnswerMode::FormPost, ..listen_at(RedirectHost::Ipv4, None) };
    let mut listener = RedirectListener::bind(&at).await.unwrap();
    let port = port_of(&listener);
    let post = |target: &str, length: usize, body: &str, headers: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .into_bytes()
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://provider.example\r\n\
                Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

    let large = "a".repeat(70_000);
    for (request, expected) in [
        (post(PATH, 0, "", "Content-Type: application/json\r\n"), 415),
        (post("/done/x", 0, "", form), 405),
        (post(PATH, 0, "", "Content-Type: application/x-www-form-urlencoded\r\nOrigin: http://evil.test\r\n"), 403),
        (post(PATH, 70_000, &large, form), 413),
        (post(PATH, 4, "a=%f", form), 400),
    ] {
        let answer = exchange(port, &request).await;
        assert!([expected, 0].contains(&status(&answer)), "{} instead of {expected}", status(&answer));
    }

    let browser = tokio::spawn({
        let request = post("/callback/google?state=1", 14, "code=c&state=2", form);
        async move { exchange(port, &request).await }
    });
    let callback = listener.next().await;
    let names: Vec<_> = callback.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(names, ["state=1", "code=c", "state=2"], "one in the query and one in the form are both seen");
    callback.accept().finish(SignInEnd::Connected);
    assert_eq!(status(&browser.await.unwrap()), 303);
}
