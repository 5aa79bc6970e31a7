//! What holds for every `WWW-Authenticate` header, and for what the diagnosis makes of it [C1, S076, S094].

use domain::diagnosis::{Evidence, FailedEndpoint, challenge, classify};
use engine::http::HttpAnswer;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};

/// Lines of the input are headers of their own.
pub(crate) fn check(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(100) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(WWW_AUTHENTICATE, value);
        }
    }
    let answer = HttpAnswer {
        status: 401,
        headers,
        body: Vec::new(),
        was_compressed: false,
        remote_address: None,
        latency: std::time::Duration::ZERO,
    };
    let Some(all) = answer.challenges() else { return };

    // As a transport gives it, and as no transport would.
    for text in [all.as_str(), &String::from_utf8_lossy(input)] {
        let challenges = challenge::read(text);
        assert!(challenges.len() <= 16, "a flood of challenges");
        for one in &challenges {
            let shown = [Some(&one.scheme), one.error.as_ref(), one.error_description.as_ref(), one.scope.as_ref()];
            for value in shown.into_iter().flatten() {
                assert!(!value.is_empty() && value.chars().count() <= 1000, "within bounds");
                assert!(!value.chars().any(char::is_control), "{value:?} may be shown and written down");
            }
            assert!(one.words().chars().count() <= 3_100, "all of it, too");
        }
    }
    for status in [401, 403] {
        let evidence = Evidence {
            endpoint: FailedEndpoint::Api,
            http_status: Some(status),
            headers: vec![("WWW-Authenticate".to_owned(), all.clone())],
            ..Evidence::default()
        };
        let diagnosis = classify(&evidence, &[]);
        assert!(diagnosis.provider_code.is_none_or(|code| code.len() <= 320 && !code.chars().any(char::is_control)));
    }
}
