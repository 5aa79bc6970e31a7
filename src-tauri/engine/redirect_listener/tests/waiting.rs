//! One callback is accepted, whatever else knocks, and its browser learns the end.

use std::collections::HashSet;
use std::time::Instant;

use super::*;

/// S031: 200 identical callbacks at once, then the same once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_identical_callbacks_one_is_accepted() {
    let (mut listener, port) = listener().await;
    let browsers: Vec<_> = (0..200).map(|_| tokio::spawn(async move { send(port, "GET", CODE, "").await })).collect();

    let accepted = listener.next().await.accept();
    assert!(
        timeout(Duration::from_millis(300), listener.next()).await.is_err(),
        "nothing else is handed out, however many wait"
    );
    accepted.finish(SignInEnd::Connected);

    let mut counts = (0, 0);
    for browser in browsers {
        let answer = browser.await.unwrap();
        match status(&answer) {
            303 => counts.0 += 1,
            410 => counts.1 += 1,
            other => panic!("unexpected {other}: {answer}"),
        }
    }
    assert_eq!(counts, (1, 199));
    let late = send(port, "GET", CODE, "").await;
    assert!(status(&late) == 410 && late.contains("already answered"), "{late}");
    assert_eq!(listener.strange_request_count(), 0, "a reload is not strange");
}

/// S034
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_slow_connections_do_not_delay_the_real_one() {
    let (listener, port) = listener().await;
    let mut slow = Vec::new();
    for _ in 0..500 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        drop(stream.write_all(b"G").await);
        slow.push(stream);
    }

    let started = Instant::now();
    let (_listener, answer) = tokio::join!(sign_in(listener, SignInEnd::Connected), send(port, "GET", CODE, ""));

    assert_eq!(status(&answer), 303);
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
    let mut open = 0;
    for stream in &mut slow {
        let is_closed = timeout(Duration::from_millis(1), stream.read_u8()).await.is_ok();
        open += usize::from(!is_closed);
    }
    assert!(open <= MAX_CONNECTIONS, "{open} are still held");
}

/// S034
#[tokio::test]
async fn a_request_that_takes_too_long_is_dropped() {
    let (_listener, port) = listener().await;
    let started = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut rest = Vec::new();

    drop(stream.read_to_end(&mut rest).await);

    assert!(started.elapsed() < Duration::from_secs(7), "took {:?}", started.elapsed());
}

/// S029
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_wrong_callbacks_do_not_keep_out_the_real_one() {
    let (listener, port) = listener().await;
    let waiting = tokio::spawn(sign_in(listener, SignInEnd::Connected));
    let garbage: Vec<_> = (0..10)
        .map(|_| {
            tokio::spawn(async move {
                let mut answers = HashSet::new();
                for count in 0..1000 {
                    let target = format!("{PATH}?error=access_denied&code={count}&state=wrong{count}");
                    answers.insert(send(port, "GET", &target, "").await);
                }
                answers
            })
        })
        .collect();
    let mut answers = HashSet::new();
    for garbage in garbage {
        answers.extend(garbage.await.unwrap());
    }

    let started = Instant::now();
    let answer = send(port, "GET", CODE, "").await;

    assert_eq!(status(&answer), 303);
    assert!(started.elapsed() < Duration::from_millis(100), "took {:?}", started.elapsed());
    let bodies: HashSet<_> = answers.iter().map(|it| it.split("\r\n\r\n").nth(1).unwrap()).collect();
    assert_eq!(bodies.len(), 1, "S038: the page is the same, byte for byte");
    assert!(answers.iter().all(|it| status(it) == 400));
    assert_eq!(waiting.await.unwrap().strange_request_count(), 10_000);
}

/// S039, S040: the page speaks only after the end is known, at an address without the code.
#[tokio::test]
async fn the_browser_waits_and_leaves_the_code_behind() {
    for (end, sentence) in [
        (SignInEnd::Connected, "You are connected."),
        (SignInEnd::Failed, "The sign-in did not work."),
        (SignInEnd::NeedsDecision, "Patchbay has a question."),
        (SignInEnd::OtherAccount, "This is another account than the one to bring back."),
        (SignInEnd::NotTaken, "This sign-in may do less than the one before"),
    ] {
        let (mut listener, port) = listener().await;
        let mut browser = tokio::spawn(async move { send(port, "GET", CODE, "").await });
        let accepted = listener.next().await.accept();
        assert!(timeout(Duration::from_millis(50), &mut browser).await.is_err(), "nothing is claimed yet");

        accepted.finish(end);
        let answer = browser.await.unwrap();
        let path = location(&answer).to_owned();
        let (page, ()) = tokio::join!(send(port, "GET", &path, ""), listener.close());

        assert_eq!(status(&answer), 303);
        assert!(path.starts_with("/done/") && path.len() == 28 && !path.contains("code"), "{path}");
        assert!(status(&page) == 200 && page.contains(sentence), "{page}");
        assert!(page.contains("content-security-policy: default-src 'none'") && page.contains("no-store"));
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "S025");
    }
}

/// S040: a flow that falls over in the middle has not connected anything.
#[tokio::test]
async fn an_accepted_callback_that_is_dropped_says_that_it_failed() {
    let (mut listener, port) = listener().await;
    let browser = tokio::spawn(async move { send(port, "GET", CODE, "").await });

    drop(listener.next().await.accept());

    let page = send(port, "GET", location(&browser.await.unwrap()), "").await;
    assert!(page.contains("The sign-in did not work."), "{page}");
    listener.close().await;
}

/// S046
#[tokio::test]
async fn a_late_answer_reads_that_the_sign_in_is_over() {
    let (mut listener, port) = listener().await;
    let early = tokio::spawn(async move { send(port, "GET", CODE, "").await });
    let undecided = listener.next().await;

    listener.expire();

    let late = send(port, "GET", CODE, "").await;
    for answer in [early.await.unwrap(), late] {
        assert!(status(&answer) == 410 && answer.contains("This sign-in is over."), "{answer}");
    }
    drop(undecided);
}

/// S025, S040: a closed tab loses neither the code nor time.
#[tokio::test]
async fn a_browser_that_left_still_delivered_its_callback() {
    let (mut listener, port) = listener().await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(format!("GET {CODE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes()).await.unwrap();
    let callback = listener.next().await;
    drop(stream);
    // The listener sees the end of the connection once it runs.
    while !callback.is_abandoned() {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();

    callback.accept().finish(SignInEnd::Connected);
    listener.close().await;

    assert!(started.elapsed() < Duration::from_secs(1), "nobody waits for the last page");
}
