//! Answers that stand behind the `#`: our own page fetches them, and nobody else can hand one in.

use super::*;

const ORIGIN: &str = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Mode: navigate\r\n\
                      Sec-Fetch-Dest: document\r\n";

async fn fragment_listener() -> (RedirectListener, u16) {
    let at = ListenAt { answer: AnswerMode::Fragment, ..listen_at(RedirectHost::Ipv4, None) };
    let listener = RedirectListener::bind(&at).await.unwrap();
    let port = port_of(&listener);
    (listener, port)
}

async fn post(port: u16, target: &str, headers: &str, form: &str) -> String {
    let length = form.len();
    let head = format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n{headers}");
    exchange(port, format!("{head}\r\n{form}").as_bytes()).await
}

/// S028, S038, S042: the page is served as often as it is asked for, and its form is the answer.
#[tokio::test]
async fn our_own_page_hands_the_fragment_in() {
    let (mut listener, port) = fragment_listener().await;
    for target in [PATH, "/callback/google?state=s"] {
        let page = send(port, "GET", target, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n").await;
        assert!(status(&page) == 200 && page.contains("location.hash"), "{page}");
        assert!(page.contains("script-src 'sha256-") && page.contains("form-action 'self'"), "{page}");
    }
    assert_eq!(listener.strange_request_count(), 0);

    let ours = format!("{ORIGIN}Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n");
    let browser = tokio::spawn(async move {
        post(port, "/callback/google?state=s", &ours, "fragment=token%3Dt%252F1%26scope%3Dread%252Cwrite").await
    });
    let callback = listener.next().await;
    assert_eq!(value_of(&callback, "state"), Some("s"), "what stood in the query stays");
    assert_eq!(value_of(&callback, "token"), Some("t/1"), "decoded once as a form and once as an address");
    assert_eq!(value_of(&callback, "scope"), Some("read,write"));
    assert!(!format!("{callback:?}").contains("t/1"), "A3");
    callback.accept().finish(SignInEnd::Connected);
    let answer = browser.await.unwrap();
    assert!(status(&answer) == 303 && location(&answer).starts_with("/done/"), "S039: {answer}");
}

/// S028, S029: a page elsewhere cannot post an answer, whatever it writes into it.
#[tokio::test]
async fn a_form_from_elsewhere_is_no_answer() {
    let (listener, port) = fragment_listener().await;
    let form = "fragment=token%3Dt%26state%3Ds";
    for headers in [
        "Origin: https://provider.example\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: null\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Site: none\r\n",
    ] {
        let answer = post(port, PATH, &format!("{ORIGIN}{headers}"), form).await;
        assert_eq!(status(&answer), 403, "{headers}");
    }
    for port_of_another in [port ^ 1] {
        let headers = format!("{ORIGIN}Origin: http://127.0.0.1:{port_of_another}\r\n");
        assert_eq!(status(&post(port, PATH, &headers, form).await), 403, "another program's page");
    }
    for form in ["fragment=a%3D1&fragment=b%3D2", "token=t&state=s", "fragment=a&other=b", "fragment=%25zz"] {
        assert_eq!(status(&post(port, PATH, ORIGIN, form).await), 400, "{form}");
    }
    assert_eq!(listener.strange_request_count(), 11);
}

/// A2, S029: a provider that says no says it in the query.
#[tokio::test]
async fn a_refusal_in_the_query_is_heard_at_once() {
    let (mut listener, port) = fragment_listener().await;
    let target = "/callback/google?error=access_denied&state=s";
    let browser = tokio::spawn(async move { send(port, "GET", target, "").await });

    let callback = listener.next().await;

    assert_eq!(value_of(&callback, "error"), Some("access_denied"));
    callback.accept().finish(SignInEnd::Failed);
    assert_eq!(status(&browser.await.unwrap()), 303);
}

/// S012, S028: the provider's own page on this computer may post, and no other plain one.
#[tokio::test]
async fn a_form_may_come_from_the_providers_own_origin() {
    let at = ListenAt {
        answer: AnswerMode::FormPost,
        form_origin: Some("http://127.0.0.1:9".to_owned()),
        ..listen_at(RedirectHost::Ipv4, None)
    };
    let mut listener = RedirectListener::bind(&at).await.unwrap();
    let port = port_of(&listener);
    let other = format!("{ORIGIN}Origin: http://127.0.0.1:10\r\n");
    assert_eq!(status(&post(port, PATH, &other, "code=c&state=s").await), 403);

    let own = format!("{ORIGIN}Origin: http://127.0.0.1:9\r\nSec-Fetch-Site: same-site\r\n");
    let browser = tokio::spawn(async move { post(port, PATH, &own, "code=c&state=s").await });
    let callback = listener.next().await;
    assert_eq!(value_of(&callback, "code"), Some("c"));
    callback.accept().finish(SignInEnd::Connected);
    assert_eq!(status(&browser.await.unwrap()), 303);
}
