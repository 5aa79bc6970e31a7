//! What holds for the diagnosis of any answer: it ends, it fits together, and what it shows may be shown [C1, C2, S094].

use domain::diagnosis::{Evidence, FailedEndpoint, classify};

/// The first byte chooses endpoint and status; the first line is a header, the rest the body.
pub(crate) fn check(input: &[u8]) {
    let (choice, rest) = input.split_first().map_or((0, input), |(first, rest)| (*first, rest));
    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (header, body) = rest.split_at(line);
    let endpoint = [
        FailedEndpoint::Authorize,
        FailedEndpoint::TokenExchange,
        FailedEndpoint::TokenRefresh,
        FailedEndpoint::Device,
        FailedEndpoint::Revoke,
        FailedEndpoint::Introspect,
        FailedEndpoint::Api,
    ][usize::from(choice) % 7];
    let status = [None, Some(200), Some(400), Some(401), Some(403), Some(404), Some(429), Some(503)];
    let header = String::from_utf8_lossy(header);
    let (name, value) = header.split_once(':').unwrap_or(("www-authenticate", &header));
    let evidence = Evidence {
        endpoint,
        http_status: status[usize::from(choice) / 7 % status.len()],
        headers: vec![(name.to_owned(), value.to_owned())],
        body: body.to_vec(),
        network_error: (choice > 200).then(|| String::from_utf8_lossy(body).into_owned()),
        ..Evidence::default()
    };

    let diagnosis = classify(&evidence, &[]);

    assert!(diagnosis.cause.allows(diagnosis.action), "{:?} {:?}", diagnosis.cause, diagnosis.action);
    assert!(diagnosis.alternatives.iter().all(|it| it.cause != diagnosis.cause), "an alternative is another cause");
    assert!(!diagnosis.clues.is_empty(), "something decided");
    assert!(diagnosis.provider_code.is_none_or(|code| code.len() <= 320 && !code.chars().any(char::is_control)));
    assert_eq!(classify(&evidence, &[]).cause, diagnosis.cause, "the same evidence, the same cause");
}
