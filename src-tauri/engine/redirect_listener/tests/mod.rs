//! The listener against everything that may knock while a sign-in waits.

mod checks;
mod fragments;
mod https;
mod ports;
mod waiting;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const PATH: &str = "/callback/google";
const CODE: &str = "/callback/google?code=4%2Fabc&state=s";

fn listen_at(host: RedirectHost, port: Option<u16>) -> ListenAt {
    ListenAt::plain(host, port, PATH)
}

async fn listener() -> (RedirectListener, u16) {
    let listener = RedirectListener::bind(&listen_at(RedirectHost::Ipv4, None)).await.unwrap();
    let port = port_of(&listener);
    (listener, port)
}

fn port_of(listener: &RedirectListener) -> u16 {
    url::Url::parse(listener.redirect_uri()).unwrap().port().unwrap()
}

/// Sends bytes and reads the answer to its end.
async fn exchange(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    // An answer may come, and the connection close, before all is sent.
    drop(stream.write_all(request).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8(answer).unwrap()
}

async fn send(port: u16, method: &str, target: &str, headers: &str) -> String {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n");
    exchange(port, request.as_bytes()).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn location(answer: &str) -> &str {
    answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap()
}

fn value_of<'a>(callback: &'a CallbackRequest, name: &str) -> Option<&'a str> {
    callback.parameters.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
}

/// The flow's part: refuses until the state is right, then finishes.
async fn sign_in(mut listener: RedirectListener, end: SignInEnd) -> RedirectListener {
    loop {
        let callback = listener.next().await;
        if value_of(&callback, "state") == Some("s") {
            callback.accept().finish(end);
            return listener;
        }
        callback.refuse();
    }
}
