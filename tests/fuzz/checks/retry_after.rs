//! What holds for every `Retry-After`, with and without a `Date` beside it: a wait within a day [B6, B9, S162].
//!
//! The first line is Retry-After, the second Date.

use std::time::Duration;

use domain::lifecycle::retry::wait_before_next;
use engine::http::HttpAnswer;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn check(input: &[u8]) {
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for (name, line) in [(RETRY_AFTER, lines.next()), (DATE, lines.next())] {
        if let Some(value) = line.and_then(|line| HeaderValue::from_bytes(line).ok()) {
            headers.insert(name, value);
        }
    }
    let has_any = headers.contains_key(RETRY_AFTER);
    let answer = HttpAnswer {
        status: 429,
        headers,
        body: Vec::new(),
        was_compressed: false,
        remote_address: None,
        latency: Duration::ZERO,
    };

    for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let asked = answer.retry_after(now);
        assert!(has_any || asked.is_none(), "nothing was asked for");
        for attempt in [0, 7, u32::MAX] {
            for jitter in [0.0, 1.0] {
                let wait = wait_before_next(attempt, jitter, asked);
                assert!(wait <= DAY, "{wait:?} is longer than a day");
                assert!(asked.is_some() || wait >= Duration::from_secs(1), "a wait of nothing is a loop");
                if let Some(asked) = asked {
                    assert!(wait >= asked.min(DAY), "shorter than what was asked for");
                }
                assert!(wait >= Duration::from_secs(1), "a server that asks for no wait at all does not make a loop");
            }
        }
    }
}
