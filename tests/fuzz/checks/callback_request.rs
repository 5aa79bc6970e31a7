//! What holds for every connection to the redirect listener, whatever it sends [S026 to S035].

use domain::provider::{AnswerMode, RedirectHost};
use engine::redirect_listener::ListenAt;
use engine::redirect_listener::overhearing::overhear;

const PORT: u16 = 49_321;

pub(crate) fn check(input: &[u8]) {
    // On a thread of its own: the test run is inside a runtime already.
    let heard = std::thread::scope(|scope| scope.spawn(|| hear(input)).join());
    if let Err(panic) = heard {
        std::panic::resume_unwind(panic);
    }
}

fn hear(input: &[u8]) {
    // The clock moves on by itself whenever everyone waits: what hangs for ever shows as a hang.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build() else {
        return;
    };
    for answer in [AnswerMode::Query, AnswerMode::FormPost, AnswerMode::Fragment] {
        let accepts_form_post = answer != AnswerMode::Query;
        let at = ListenAt { answer, ..ListenAt::plain(RedirectHost::Ipv4, Some(PORT), "/callback") };
        let Ok(heard) = runtime.block_on(overhear(&at, PORT, input)) else { return };

        let answer = String::from_utf8_lossy(&heard.answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "an answer, or none: {answer:?}");
        assert!(heard.answer.len() < 64 * 1024, "an answer of {} bytes", heard.answer.len());
        assert!(!answer.to_ascii_lowercase().contains("access-control-allow-origin"), "no page may read it");
        assert!(heard.strange_request_count <= 1, "one connection is counted once");
        if let Some(parameters) = &heard.callback {
            assert!(answer.contains("HTTP/1.1 400 "), "a callback of another sign-in reads: {answer:?}");
            let head = String::from_utf8_lossy(input);
            let line = head.lines().next().unwrap_or_default();
            let is_get = line.starts_with("GET ");
            assert!(is_get || (accepts_form_post && line.starts_with("POST ")), "{line:?} is no callback");
            assert!(line.contains("/callback"), "{line:?} went elsewhere");
            let lower = head.to_ascii_lowercase();
            assert!(lower.contains("host:") && lower.contains("127.0.0.1:49321"), "meant for another host");
            let decoded: usize = parameters.iter().map(|(name, value)| name.len() + value.len()).sum();
            assert!(decoded <= input.len(), "decoding never grows");
            // The page has no words of the request's; short ones stand in it by chance.
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let markup = parameters.iter().filter(|(_, value)| value.len() >= 12 && value.contains(['<', '\'', '&']));
            assert!(markup.clone().all(|(_, value)| !body.contains(value.as_str())), "markup is thrown back");
        }
    }
}
