//! Every platform that is read over an API, against servers that misbehave: each refusal has its own words, and no
//! secret is in them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use fakes::{Answer, Server};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::rest::tests::{NOW, access};
use super::{Platform, PlatformFailure, Progress, activepieces, airtable, make, node_red, zapier};

const KEY: &str = "CANARY-key-4711";

fn platforms(address: &str) -> Vec<Box<dyn Platform>> {
    let access = || access(address, None, KEY);
    vec![
        Box::new(make::Make::new(access()).unwrap()),
        Box::new(zapier::Zapier::new(access()).unwrap()),
        Box::new(activepieces::Activepieces::new(access()).unwrap()),
        Box::new(node_red::NodeRed::new(access()).unwrap()),
        Box::new(airtable::Airtable::new(access()).unwrap()),
    ]
}

/// What reading comes to at each of them, where all requests are answered so.
async fn read_all(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Vec<PlatformFailure> {
    let server = Server::start(move |_, _| answer()).await.unwrap();
    let mut failures = vec![];
    for platform in platforms(server.url()) {
        failures.push(platform.read(&Arc::default()).await.unwrap_err());
    }
    for failure in &failures {
        assert!(!format!("{failure} {failure:?}").contains("CANARY"), "{failure}");
    }
    failures
}

/// D2
#[tokio::test]
async fn a_key_that_is_refused_and_a_right_that_is_missing_are_told_apart() {
    for failure in read_all(|| Answer::json(401, format!("{{\"message\": \"no such key {KEY}\"}}"))).await {
        assert!(matches!(failure, PlatformFailure::KeyRefused(_)), "{failure}");
    }
    for failure in read_all(|| Answer::json(403, "{}")).await {
        let PlatformFailure::RightMissing { right, what, .. } = &failure else { panic!("{failure}") };
        assert!(!right.is_empty() && !what.is_empty(), "{failure}");
    }
    for failure in read_all(|| Answer::json(500, format!("{{\"message\": \"cannot use {KEY}\"}}"))).await {
        assert!(matches!(&failure, PlatformFailure::Refused { status: 500, .. }), "{failure}");
    }
}

/// D2, B6: the wait is the server's, and never beyond a day.
#[tokio::test]
async fn a_limit_is_told_with_the_time_at_which_it_ends() {
    for (asked, seconds) in [(Some("120"), 120), (None, 60), (Some("99999999999"), 86_400), (Some("soon"), 60)] {
        let failures = read_all(move || {
            let mut answer = Answer::json(429, "{}");
            answer.headers.extend(asked.map(|it| ("retry-after".to_owned(), it.to_owned())));
            answer
        });
        for failure in failures.await {
            let until = Timestamp::from_second(NOW + seconds).unwrap();
            assert!(matches!(&failure, PlatformFailure::RateLimited { until: at, .. } if *at == until), "{failure}");
        }
    }
}

/// D2, S055: an answer beyond every measure is refused while it arrives, and what is no JSON is said to be none.
#[tokio::test]
async fn answers_that_are_too_large_or_make_no_sense_are_refused() {
    let large = format!("{{\"x\": \"{}\"}}", "a".repeat(50 * 1024 * 1024));
    for failure in read_all(move || Answer::json(200, large.clone())).await {
        assert!(failure.to_string().contains("larger than 16777216 bytes"), "{failure}");
    }
    for body in ["<html>CANARY</html>", "{\"data\": [", "[]", "{\"data\": 3}", "null", "\"x\""] {
        for failure in read_all(move || Answer::json(200, body)).await {
            assert!(matches!(failure, PlatformFailure::Unreadable(..)), "{body}: {failure}");
        }
    }
}

/// A3, S053: a key is not carried to where an answer points.
#[tokio::test]
async fn an_answer_that_points_elsewhere_is_not_followed() {
    let other = Server::start(|_, _| Answer::json(200, "{}")).await.unwrap();
    let target = other.url().to_owned();

    let failures = read_all(move || {
        let headers = vec![("location".to_owned(), format!("{target}/steal"))];
        Answer { status: 307, headers, body: String::new() }
    });

    for failure in failures.await {
        assert!(failure.to_string().contains("it sends elsewhere"), "{failure}");
    }
    assert!(other.seen().is_empty(), "the key stayed here");
}

/// D2: a platform that goes down in the middle of an answer, or is not there, leaves nothing half read.
#[tokio::test]
async fn a_platform_that_goes_down_is_unreachable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let breaking = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4_096];
            drop(stream.read(&mut head).await);
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"data\": [").await);
        }
    });
    for platform in platforms(&address) {
        let failure = platform.read(&Arc::default()).await.unwrap_err();
        assert!(matches!(failure, PlatformFailure::Unreachable(..)), "{failure}");
    }
    breaking.abort();
    drop(breaking.await);
    for platform in platforms(&address) {
        let failure = platform.read(&Arc::default()).await.unwrap_err();
        assert!(matches!(failure, PlatformFailure::Unreachable(..)), "{failure}");
    }
}

/// D2: what was cancelled asks nothing more.
#[tokio::test]
async fn a_cancelled_reading_ends() {
    let server = Server::start(|_, _| Answer::json(200, "{}")).await.unwrap();
    let progress = Arc::new(Progress::default());
    progress.cancel();

    for platform in platforms(server.url()) {
        let failure = platform.read(&progress).await.unwrap_err();
        assert!(matches!(failure, PlatformFailure::Cancelled), "{failure}");
    }
    assert!(server.seen().is_empty(), "nothing was asked");
}
